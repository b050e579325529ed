"""Delimited text → one frame of texts: separator, preamble, header, rows, footer, each told and none guessed."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import polars as pl

from hhanalytics.errors import InvalidData, Problem
from hhanalytics.sources.column import SHOWN, shown
from hhanalytics.sources.encodings import Text, refuse
from hhanalytics.sources.lines import Rows, find_rows

SEPARATORS: Final = (";", "\t", ",", "|")
#: The longest cell there may be, in bytes.
LONGEST: Final = 100_000
#: Rows and bytes in which the header must stand.
_HEAD_ROWS, _HEAD_BYTES = 60, 1 << 18
_NOTE: Final = re.compile(
    r"\s*[\"']?(?:kilde|kjelde|source|merk|note|fotnote|footnote|sist (?:endret|oppdatert)|utskrift|copyright|©|\*|\d\))",
    re.IGNORECASE,
)


@dataclass(eq=False)
class Sheet:
    """What a delimited text holds; its cells are read a few columns at a time.

    Attributes:
        name: Name of the file, for problems.
        header: The headings, composed and without outer spaces.
        header_line: Line in which they stand.
        lines: Line in which each row starts.
        separator: What parts the cells.
        preamble: Lines before the header.
        footer: Lines after the rows.
        loose: Whether marks may stand beside their letters, as a and a ring for å.
        data: The rows as UTF-8, after as many lines as `skipped`.
        skipped: Lines before the first row in `data`.
    """

    name: str
    header: list[str]
    header_line: int
    lines: pl.Series
    separator: str
    preamble: list[str]
    footer: list[str]
    loose: bool
    data: bytes
    skipped: int
    longest: int

    def read(self, places: Sequence[int]) -> pl.DataFrame:
        """The cells of some columns as texts, named after their places; empty cells are missing.

        Raises:
            InvalidData: They cannot be read, or a cell is far too long.
        """
        count = len(self.lines)
        try:
            made = pl.read_csv(
                self.data, separator=self.separator, has_header=False, quote_char='"', infer_schema=False,
                schema={str(i): pl.String for i in range(len(self.header))}, columns=sorted(places),
                skip_lines=self.skipped, n_rows=count, raise_if_empty=False, glob=False,
            )  # fmt: skip
        except (pl.exceptions.PolarsError, OSError) as error:
            found = str(error).splitlines()[0][:200]
            refuse(
                "bad_csv", self.name, int(self.lines[0]), None, found, "rows of cells", "Save the file again as CSV."
            )
        if made.height != count:
            found = f"{count} rows, of which {made.height} could be split"
            refuse(
                "bad_csv", self.name, int(self.lines[0]), None, found, "rows of cells", "Save the file again as CSV."
            )
        for place in places if self.longest > LONGEST else ():
            cells = made[str(place)]
            long = (cells.str.len_bytes() > LONGEST).fill_null(False)
            if long.any():
                at = long.arg_max() or 0
                found = f"a cell of {cells.str.len_chars()[at]} signs, {shown(cells[at])}"
                mend = "Is a quote missing? Shorten it."
                refuse(
                    "huge_cell",
                    self.name,
                    int(self.lines[at]),
                    self.header[place],
                    found,
                    f"at most {LONGEST} bytes",
                    mend,
                )
        return made


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
    if at >= len(rows.widths):
        refuse(
            "empty_file",
            text.name,
            None,
            None,
            "no header",
            "a header and rows",
            "Get the file again, or leave it out.",
        )
    if int(rows.ends[at]) - rows.start(at) > LONGEST:
        found = f"headings of {int(rows.ends[at]) - rows.start(at)} bytes"
        refuse("huge_cell", text.name, rows.line(at), None, found, f"at most {LONGEST} bytes", "Is a quote missing?")
    header = [normalize("NFC", cell).strip("\u00a0\u202f \t\r\n") for cell in _split(rows, at, separator)]
    last, footer = _last(rows, at, len(header), separator)
    _check_widths(text, rows, at, last, len(header))
    kept = _kept(rows, at, last, len(header))
    if not len(kept):
        mend = "Get the file with its rows, or leave it out."
        refuse("no_rows", text.name, rows.line(at), None, "a header and nothing after it", "rows", mend)
    lines = pl.Series("line_", rows.lines(kept).astype(np.int32))
    gaps = len(kept) < int(kept[-1]) - int(kept[0]) + 1
    return Sheet(
        name=text.name,
        header=header,
        header_line=rows.line(at),
        lines=lines,
        separator=separator,
        preamble=[rows.row(row) for row in range(1 if declared else 0, at) if rows.widths[row]],
        footer=footer,
        # The marks that are written beside letters begin with one of two bytes; the third is the sign for ångström.
        loose=any(text.data.find(sign) >= 0 for sign in (b"\xcc", b"\xcd", b"\xe2\x84\xab")),
        # Given whole, the text is not copied; rows with others between them are put together first.
        data=_joined(rows, kept) if gaps else rows.data,
        skipped=0 if gaps else int(lines[0]) - 1,
        longest=int(np.diff(rows.ends, prepend=rows.ends.dtype.type(0)).max()),
    )


def _split(rows: Rows, row: int, separator: str) -> list[str]:
    """The cells of one row; a row far too long is not split, and is told where it is read."""
    if int(rows.ends[row]) - rows.start(row) > LONGEST:
        return [rows.row(row)] * 2
    return next(csv.reader(StringIO(rows.row(row), newline=""), delimiter=separator), [""])


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
            sample = [
                row
                for row, _ in zip(csv.reader(StringIO(head, newline=None), delimiter=each), range(1000), strict=False)
            ]
        except csv.Error:
            continue
        finally:
            csv.field_size_limit(limit)
        widths = Counter(len(row) for row in sample[skip:] if len(row) > 1)
        width, rows_of_width = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        best, place = _header_row(sample, skip, width, knows)
        found.append(((best, rows_of_width, width), each, place))
    if not found:
        # Only a quote gone wrong keeps every separator from being read; it is told with its place.
        find_rows(text, separator or ";")
        refuse(
            "unclear_separator",
            text.name,
            None,
            None,
            "rows that cannot be split",
            "cells parted by ; , | or a tab",
            "Name the separator.",
        )
    found.sort(key=lambda each: each[0], reverse=True)
    if len(found) > 1 and found[0][0] == found[1][0] and found[0][0][2] > 1:
        both = " and ".join(repr(each[1]) for each in found[:2])
        mend = 'Say which it is: separator=";" (--separator).'
        refuse(
            "unclear_separator",
            text.name,
            found[0][2] + 1,
            None,
            f"{both}, which part the rows equally well",
            "one of them",
            mend,
        )
    return found[0][1], found[0][2]


def _header_row(sample: list[list[str]], skip: int, width: int, knows: Match | None) -> tuple[int, int]:
    """How many headings of the best row are known, and its place."""
    places = range(skip, min(len(sample), _HEAD_ROWS + skip))
    if knows:
        matched = [sum(map(knows, {cell.strip() for cell in sample[place]})) for place in places]
        if best := max(matched, default=0):
            return best, places[matched.index(best)]
    filled = {place: sum(bool(cell.strip()) for cell in sample[place]) for place in places}
    wide = [place for place in places if len(sample[place]) == width]
    # Best a row as wide as most whose cells are filled; else any as wide; else any with something in it.
    for some in (
        [p for p in wide if filled[p] > width / 2],
        [p for p in wide if any(sample[p])],
        [p for p in places if any(sample[p])],
    ):
        if some:
            return 0, some[0]
    return 0, skip


def _last(rows: Rows, at: int, width: int, separator: str) -> tuple[int, list[str]]:
    """Place of the last row of the table, and the lines of notes after it."""
    backwards = rows.widths[at:][::-1] == width
    # Blank rows have no width; in a table of one column notes look like rows and are told by their words.
    last = len(rows.widths) - 1 - int(backwards.argmax()) if backwards.any() else at
    if width == 1:
        blank = np.flatnonzero(rows.widths[at:last] == 0) + at
        if len(blank) and all(_NOTE.match(rows.row(row)) for row in range(int(blank[-1]) + 1, last + 1)):
            last = int(blank[-1]) - 1
    padded: list[str] = []
    while (
        width > 1
        and last > at
        and _NOTE.match(rows.row(last))
        and not any(map(str.strip, _split(rows, last, separator)[1:]))
    ):
        padded.insert(0, _split(rows, last, separator)[0])
        last -= 1
    rest = range(last + 1 + len(padded), len(rows.widths))
    notes: list[str] = []
    after_blank = False
    for row in rest:
        if rows.widths[row] == 0:
            after_blank = True
            continue
        line = rows.row(row)
        if not (after_blank or notes or _NOTE.match(line)):
            break
        notes.append(line)
    else:
        return last, [*padded, *notes]
    return len(rows.widths) - 1, []


def _check_widths(text: Text, rows: Rows, at: int, last: int, width: int) -> None:
    widths = rows.widths[at + 1 : last + 1]
    bad = np.flatnonzero((widths != width) & (widths != 0)) + at + 1
    if not len(bad):
        return
    mend = "Put texts that hold the separator in quotes, or complete the row."
    problems = [
        Problem(
            "ragged_row",
            text.name,
            rows.line(int(row)),
            None,
            f"{rows.widths[row]} cells",
            f"{width} as in the header",
            mend,
        )
        for row in bad[:SHOWN]
    ]
    if len(bad) > SHOWN:
        found = f"{len(bad) - SHOWN} more rows of another width"
        problems.append(
            Problem("ragged_row", text.name, rows.line(int(bad[SHOWN])), None, found, f"{width} cells", mend)
        )
    raise InvalidData.from_problems(problems)


def _kept(rows: Rows, at: int, last: int, width: int) -> npt.NDArray[np.int32]:
    """The rows that hold something: not blank, and not separators alone."""
    part = slice(at + 1, last + 1)
    ends = rows.ends[at : last + 1].astype(np.int64)
    ended = 2 if b"\r\n" in rows.data[: int(ends[0])] else 1
    return (np.flatnonzero((rows.widths[part] != 0) & (np.diff(ends) > width - 1 + ended)) + at + 1).astype(np.int32)


def _joined(rows: Rows, kept: npt.NDArray[np.int32]) -> bytes:
    """The rows that are kept, put together from the stretches without gaps."""
    breaks = np.flatnonzero(np.diff(kept) > 1)
    firsts, lasts = np.concatenate([kept[:1], kept[breaks + 1]]), np.concatenate([kept[breaks], kept[-1:]])
    return b"".join(rows.data[rows.start(a) : rows.ends[b]] for a, b in zip(firsts, lasts, strict=True))
