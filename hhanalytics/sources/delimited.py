"""Delimited text → one frame of texts: separator, preamble, header, rows, footer, each told and none guessed."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Final
from unicodedata import normalize

import numpy as np
import polars as pl

from hhanalytics.errors import InvalidData, Problem
from hhanalytics.sources.column import SHOWN, shown, stripped
from hhanalytics.sources.encodings import Text, refuse
from hhanalytics.sources.lines import Rows, find_rows

SEPARATORS: Final = (";", "\t", ",", "|")
#: The longest cell there may be, in bytes.
LONGEST: Final = 100_000
#: Rows and bytes in which the header must stand.
_HEAD_ROWS, _HEAD_BYTES = 60, 1 << 18
_NOTE: Final = re.compile(
    r"\s*[\"']?(?:kilde|kjelde|source|merk|note|fotnote|footnote|sist (?:endret|oppdatert)|utskrift|copyright|©|\*|\d\))", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a delimited text holds.

    Attributes:
        header: The headings, composed and without outer spaces.
        header_line: Line in which they stand.
        cells: The rows as texts, columns named ``"0"``, ``"1"``, …
        lines: Line in which each row starts.
        separator: What parts the cells.
        preamble: Lines before the header.
        footer: Lines after the rows.
    """

    header: list[str]
    header_line: int
    cells: pl.DataFrame
    lines: pl.Series
    separator: str
    preamble: list[str]
    footer: list[str]


Match = Callable[[str], bool]


def read_sheet(text: Text, knows: Match | None = None, separator: str | None = None) -> Sheet:
    """The rows of a delimited text.

    Args:
        text: The text.
        knows: Whether a heading is one of those looked for; None: any may be.
        separator: What parts the cells; None: told by the file.

    Raises:
        InvalidData: It cannot be told what the rows are.
    """
    declared = re.match(rb'"?sep=(.)"?\r?(?:\n|$)', text.data)
    separator = separator or (declared[1].decode(errors="replace") if declared else None)
    if separator is not None and (len(separator.encode()) != 1 or separator in '"\r\n'):
        refuse("unclear_separator", text.name, 1, None, repr(separator), "one of ; , | or a tab", "Name another one.")
    separator, at = _header(text, knows, separator, skip=1 if declared else 0)
    rows = find_rows(text, separator)
    header = [normalize("NFC", cell).strip("\u00a0\u202f \t\r\n") for cell in _split(rows, at, separator)]
    last, footer = _last(text, rows, at, len(header))
    _check_widths(text, rows, at, last, len(header))
    cells, lines = _frame(text, rows, at, last, separator, len(header))
    preamble = [_row(rows, row) for row in range(1 if declared else 0, at) if rows.widths[row]]
    cells, lines, more = _without_padding(cells, lines)
    if cells.is_empty():
        mend = "Get the file with its rows, or leave it out."
        refuse("no_rows", text.name, int(rows.lines[at]), None, "a header and nothing after it", "rows", mend)
    _check_lengths(text, rows, cells, lines, header)
    return Sheet(header, int(rows.lines[at]), cells, lines, separator, preamble, [*more, *footer])


def _row(rows: Rows, row: int) -> str:
    return rows.data[rows.starts[row] : rows.ends[row]].decode(errors="replace").strip("\r\n")


def _split(rows: Rows, row: int, separator: str) -> list[str]:
    line = rows.data[rows.starts[row] : rows.ends[row]].decode().rstrip("\r\n")
    return next(csv.reader([line] if "\n" not in line else StringIO(line, newline=""), delimiter=separator))


def _header(text: Text, knows: Match | None, separator: str | None, skip: int) -> tuple[str, int]:
    """The separator and the place of the header row among the rows."""
    found: list[tuple[tuple[int, int, int], str, int]] = []
    head = text.data[:_HEAD_BYTES].decode(errors="ignore")
    if len(text.data) > _HEAD_BYTES:
        head = head[: head.rfind("\n") + 1] or head
    limit = csv.field_size_limit()
    for each in (separator,) if separator else SEPARATORS:
        try:
            # Longer cells than are allowed are told later, with their line.
            csv.field_size_limit(1 << 30)
            sample = [row for row, _ in zip(csv.reader(StringIO(head, newline=None), delimiter=each), range(1000), strict=False)]
        except csv.Error:
            continue
        finally:
            csv.field_size_limit(limit)
        widths = Counter(len(row) for row in sample[skip:] if len(row) > 1)
        width, rows_of_width = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        places = range(skip, min(len(sample), _HEAD_ROWS + skip))
        if knows:
            matched = [sum(map(knows, {cell.strip() for cell in sample[place]})) for place in places]
            best = max(matched, default=0)
            place = places[matched.index(best)] if best else -1
        else:
            best = 0
            place = next((p for p in places if len(sample[p]) == width and sum(map(bool, map(str.strip, sample[p]))) > width / 2), -1)
        if place < 0:
            place = next((p for p in places if len(sample[p]) == width and any(sample[p])), next((p for p in places if any(sample[p])), skip))
        found.append(((best, rows_of_width, width), each, place))
    if not found:
        # Only a quote gone wrong keeps every separator from being read; it is told with its place.
        find_rows(text, separator or ";")
        refuse("unclear_separator", text.name, None, None, "rows that cannot be split", "cells parted by ; , | or a tab", "Name the separator.")
    found.sort(key=lambda each: each[0], reverse=True)
    if len(found) > 1 and found[0][0] == found[1][0] and found[0][0][2] > 1:
        both = " and ".join(repr(each[1]) for each in found[:2])
        mend = 'Say which it is: separator=";" (--separator).'
        refuse("unclear_separator", text.name, found[0][2] + 1, None, f"{both}, which part the rows equally well", "one of them", mend)
    return found[0][1], found[0][2]


def _last(text: Text, rows: Rows, at: int, width: int) -> tuple[int, list[str]]:
    """Place of the last row of the table, and the lines of notes after it."""
    full = np.flatnonzero(rows.widths[at:] == width) + at
    # Blank rows have no width; in a table of one column notes look like rows and are told by their words.
    last = int(full[-1]) if len(full) else at
    if width == 1:
        blank = np.flatnonzero(rows.widths[at:last] == 0) + at
        if len(blank) and all(_NOTE.match(_row(rows, row)) for row in range(int(blank[-1]) + 1, last + 1)):
            last = int(blank[-1]) - 1
    rest = range(last + 1, len(rows.widths))
    notes: list[str] = []
    after_blank = False
    for row in rest:
        if rows.widths[row] == 0:
            after_blank = True
            continue
        line = _row(rows, row)
        if not (after_blank or notes or _NOTE.match(line)):
            break
        notes.append(line)
    else:
        return last, notes
    return len(rows.widths) - 1, []


def _check_widths(text: Text, rows: Rows, at: int, last: int, width: int) -> None:
    widths = rows.widths[at + 1 : last + 1]
    bad = np.flatnonzero((widths != width) & (widths != 0)) + at + 1
    if not len(bad):
        return
    mend = "Put texts that hold the separator in quotes, or complete the row."
    problems = [
        Problem("ragged_row", text.name, int(rows.lines[row]), None, f"{rows.widths[row]} cells", f"{width} as in the header", mend)
        for row in bad[:SHOWN]
    ]
    if len(bad) > SHOWN:
        found = f"{len(bad) - SHOWN} more rows of another width"
        problems.append(Problem("ragged_row", text.name, int(rows.lines[bad[SHOWN]]), None, found, f"{width} cells", mend))
    raise InvalidData.from_problems(problems)


def _frame(text: Text, rows: Rows, at: int, last: int, separator: str, width: int) -> tuple[pl.DataFrame, pl.Series]:
    columns = {str(i): pl.String for i in range(width)}
    kept = np.flatnonzero(rows.widths[at + 1 : last + 1] != 0) + at + 1
    lines = pl.Series("line_", rows.lines[kept], dtype=pl.Int64)
    if not len(kept):
        return pl.DataFrame(schema=columns), lines
    data: bytes | memoryview
    if len(kept) == last - at:
        data = rows.data if at < 0 else memoryview(rows.data)[rows.starts[at + 1] : rows.ends[last]]
    else:
        data = b"".join(rows.data[rows.starts[row] : rows.ends[row]] for row in kept)
    try:
        made = pl.read_csv(
            bytes(data), separator=separator, has_header=False, schema=columns, infer_schema=False, quote_char='"',
            raise_if_empty=False, glob=False,
        )  # fmt: skip
    except (pl.exceptions.PolarsError, OSError) as error:
        found = str(error).splitlines()[0][:200]
        refuse("bad_csv", text.name, int(lines[0]), None, found, "rows of cells", "Save the file again as CSV.")
    if made.height != len(kept):
        found = f"{len(kept)} rows, of which {made.height} could be split"
        refuse("bad_csv", text.name, int(lines[0]), None, found, "rows of cells", "Save the file again as CSV.")
    return made, lines


def _without_padding(cells: pl.DataFrame, lines: pl.Series) -> tuple[pl.DataFrame, pl.Series, list[str]]:
    """Without rows that are all empty, and without notes at the end that are padded to the table's width."""
    if cells.width < 2:
        return cells, lines, []
    empty = cells.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if empty.any():
        cells, lines = cells.filter(~empty), lines.filter(~empty)
    notes: list[str] = []
    while cells.height and all(cell is None for cell in cells.row(-1)[1:]) and _NOTE.match(str(cells.item(-1, 0))):
        notes.insert(0, str(cells.item(-1, 0)))
        cells, lines = cells.head(-1), lines.head(-1)
    return cells, lines, notes


def _check_lengths(text: Text, rows: Rows, cells: pl.DataFrame, lines: pl.Series, header: list[str]) -> None:
    if not len(rows.ends) or int((rows.ends - rows.starts).max()) <= LONGEST:
        return
    for place, name in enumerate(header):
        long = (cells[str(place)].str.len_bytes() > LONGEST).fill_null(False)
        if long.any():
            at = long.arg_max() or 0
            found = f"a cell of {cells[str(place)].str.len_chars()[at]} signs, {shown(cells[str(place)][at])}"
            refuse("huge_cell", text.name, int(lines[at]), name, found, f"at most {LONGEST} bytes", "Is a quote missing? Shorten it.")


def composed(cells: pl.Series) -> pl.Series:
    """Cells with letters and their marks as one sign each: å, not a and a ring."""
    if not cells.str.contains(r"[^\x00-\x7f]").any():
        return cells
    return cells.str.normalize("NFC")


__all__ = ["LONGEST", "SEPARATORS", "Sheet", "composed", "read_sheet", "stripped"]
