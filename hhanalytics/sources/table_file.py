"""Read a text file as it comes into the columns of a declared table, and say what was changed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from hhanalytics.errors import InvalidData, Problem, UnknownName, nearest
from hhanalytics.sources.dates import check_order
from hhanalytics.sources.delimited import Match, Sheet, read_sheet
from hhanalytics.sources.encodings import read_text
from hhanalytics.sources.folder import LINE
from hhanalytics.sources.headings import PERIOD, headings, plain, when
from hhanalytics.sources.names import Known
from hhanalytics.sources.reading import file_bytes
from hhanalytics.sources.shapes import Format
from hhanalytics.sources.typed import Reader
from hhanalytics.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

#: Columns that say where a row comes from; whoever reads a file adds them.
EVIDENCE = ("source", "locator", "grade", "note")
#: Kinds a column without declaration may be read as.
KINDS = ("text", "whole", "number", "money", "date", "period")


@dataclass(frozen=True, eq=False)
class TableFile:
    """A file as read.

    Attributes:
        frame: The rows in declared types, with the line each stood in as ``line_``, and ``<column>_missing``
            where a sign told why a number is missing.
        changes: What was changed: column, heading, kind, count, and the first place with what stood there and
            what it was read as.
        name: Name of the file.
        encoding: Its encoding.
        separator: What parted its cells.
        header_line: The line of its headings.
        preamble: Lines before the headings.
        footer: Lines after the rows.
        ignored: Headings that were left out because that was asked.
        sha256: Checksum of the file.
    """

    frame: pl.DataFrame
    changes: pl.DataFrame
    name: str
    encoding: str
    separator: str
    header_line: int
    preamble: tuple[str, ...]
    footer: tuple[str, ...]
    ignored: tuple[str, ...]
    sha256: str

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas frame: dates as datetimes, whole numbers as ``Int64``, which can hold gaps."""
        import pandas as pd
        import pyarrow as pa

        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        times = pl.selectors.date().cast(pl.Datetime("us"))
        return self.frame.with_columns(times).to_pandas(types_mapper=kinds.get)


def read_table(
    path: str | Path | bytes,
    table: str | Mapping[str, str] | None = None,
    *,
    known: Known | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    encoding: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    negative: str = "minus",
    dates: str | None = None,
    symbols: str | None = None,
) -> TableFile:
    r"""Read a CSV file as spreadsheets, accounting systems and Statistics Norway write it.

    Encoding, separator, preamble, header and footer are told by the file. How numbers and dates are written is
    told by all values of a column together; what stays unclear is an error that asks, and is then declared with
    the arguments below.

    Args:
        path: The file, or its bytes.
        table: A declared table, whose columns are looked for by their names and the headings people use; or a
            mapping from heading to kind (text, whole, number, money, date, period); None: every column as text.
        known: Tables that declare ids, such as ``hh.load("data/raw").tables``: names and municipality numbers of
            any time are then turned into ids.
        columns: Heading in the file → column, where they are not told apart otherwise.
        ignore: Headings to leave out; ``"*"`` for all that mean nothing here.
        encoding: Encoding, such as ``"cp865"``.
        separator: What parts the cells.
        decimal: Decimal sign, ``","`` or ``"."``.
        thousands: Sign between thousands; ``""`` for none.
        negative: ``"parentheses"`` where ``(7)`` is a negative number, ``"trailing"`` where ``7-`` is.
        dates: Order of day, month and year: ``"d.m.y"``, ``"m/d/y"``, ``"d.m.yy"``.
        symbols: ``"ssb"`` where a lone ``-`` is nil; told by the file where it names Statistics Norway.

    Returns:
        The rows, and what was changed.

    Raises:
        InvalidData: Everything that is wrong or unclear, with line, column and how to mend or declare it.
        UnknownName: No such table.

    Example:
        >>> import hhanalytics as hh
        >>> data = "Kommunenr;Regnskapsområde;Periode;Beløp\n619;bti;2025K3;82 145,00\n".encode("cp1252")
        >>> read = hh.read_table(data, "costs", known=hh.load("data/raw").tables)
        >>> read.frame.select("municipality", "period_end", "amount_nok").row(0)
        ('aal', datetime.date(2025, 9, 30), 82145)
        >>> read.changes["kind"].to_list()
        ['leading zero', 'period', 'thousands: space', 'decimal comma', 'decimals of zero']
    """
    format = Format(decimal, thousands, negative, symbols)
    check_order(dates)
    if isinstance(table, str) and (table not in TABLES or table == "sources"):
        raise UnknownName.of("table", table, [name for name in TABLES if name != "sources"])
    name = "the data" if isinstance(path, bytes) else Path(path).name
    given = {plain(heading): column for heading, column in (columns or {}).items()}
    _check_given(given, table)
    found = (
        given
        if table is None
        else {**({plain(h): h for h in table} if isinstance(table, Mapping) else headings(table)), **given}
    )
    knows = (lambda cell: plain(cell) in found) if table is not None else None
    sheet, used, checksum = _sheet(path, name, encoding, knows, separator)
    if symbols is None and any(
        "statistisk sentralbyrå" in line.casefold() or "statistics norway" in line.casefold()
        for line in (*sheet.preamble, *sheet.footer)
    ):
        format = Format(decimal, thousands, negative, "ssb")
    places = _places(sheet, found, {each if each == "*" else plain(each) for each in ignore}, table, name)
    reader = Reader(name, sheet, format, dates, known or {})
    reader.read({place: (column, _kind(column, table)) for place, column in places.items()}, table)
    if reader.problems:
        raise InvalidData.from_problems(reader.problems)
    ignored = tuple(each for i, each in enumerate(sheet.header) if i not in places and each)
    return TableFile(
        pl.DataFrame([*reader.made.values(), sheet.lines.alias(LINE).cast(pl.Int64)]),
        pl.DataFrame([vars(change) for change in reader.changes], schema=_CHANGES),
        name, used, sheet.separator, sheet.header_line, tuple(sheet.preamble), tuple(sheet.footer), ignored, checksum,
    )  # fmt: skip


def _sheet(
    path: str | Path | bytes, name: str, encoding: str | None, knows: Match | None, separator: str | None
) -> tuple[Sheet, str, str]:
    """The rows as texts, the encoding, the checksum; the bytes themselves are let go of."""
    raw = path if isinstance(path, bytes) else file_bytes(path)
    checksum = sha256(raw).hexdigest()
    text = read_text(raw, name, encoding)
    del raw
    return read_sheet(text, knows, separator), text.encoding, checksum


def _kind(column: str, table: str | Mapping[str, str] | None) -> str:
    """What a column is read as: a kind, or ``declared``."""
    if isinstance(table, str):
        return "period" if column == PERIOD else "declared"
    return table.get(column, "text") if table else "text"


_CHANGES = {
    "column": pl.String, "heading": pl.String, "kind": pl.String, "count": pl.Int64, "line": pl.Int64,
    "found": pl.String, "read_as": pl.String,
}  # fmt: skip


def _check_given(given: Mapping[str, str], table: str | Mapping[str, str] | None) -> None:
    if isinstance(table, str):
        valid = [*(column for column in TABLES[table].columns()), *([PERIOD] if when(table) else [])]
        for column in given.values():
            if column not in valid:
                raise UnknownName.of("column", column, valid)
    elif isinstance(table, Mapping):
        for kind in table.values():
            if kind not in KINDS:
                raise UnknownName.of("kind", kind, KINDS)


def _places(
    sheet: Sheet, found: Mapping[str, str], ignore: set[str], table: str | Mapping[str, str] | None, name: str
) -> dict[int, str]:
    """Place of each column that is read → the column."""
    problems: list[Problem] = []
    line = sheet.header_line
    places: dict[int, str] = {}
    for place, heading in enumerate(sheet.header):
        if plain(heading) in ignore and heading:
            continue
        if not heading:
            if sheet.read([place]).to_series().null_count() < len(sheet.lines):
                mend = "Give the column a heading."
                problems.append(Problem("no_heading", name, line, f"column {place + 1}", "no heading", "one", mend))
            continue
        column = found.get(plain(heading), heading if table is None else None)
        if column is None and "*" in ignore:
            continue
        if column is None:
            wanted = sorted(TABLES[table].columns()) if isinstance(table, str) else sorted(found.values())
            close = nearest(plain(heading), found)
            expected = " or ".join(dict.fromkeys(found[each] for each in close)) or ", ".join(wanted)
            mend = 'Say what it is, columns={"heading": "column"} (--column), or leave it out, ignore=["heading"] (--ignore).'
            problems.append(Problem("unknown_column", name, line, heading, "an unknown heading", expected, mend))
        elif column in places.values():
            mend = "Leave one out: ignore, --ignore."
            other = sheet.header[next(p for p, c in places.items() if c == column)]
            problems.append(
                Problem("double_column", name, line, heading, f"the same as {other!r}", "one of them", mend)
            )
        else:
            places[place] = column
    have = set(places.values())
    if isinstance(table, str):
        have |= set(when(table)) if PERIOD in have else set()
        for column, kind in TABLES[table].columns().items():
            if column not in have and column not in EVIDENCE and not kind.nullable:
                problems.append(
                    Problem(
                        "no_column",
                        name,
                        line,
                        column,
                        "no such column",
                        "a column for it",
                        "Add it, or say which column it is.",
                    )
                )
    elif table is not None:
        problems += [
            Problem("no_column", name, line, each, "no such column", "a column for it", "Correct the heading.")
            for each in table if each not in have
        ]  # fmt: skip
    if problems:
        raise InvalidData.from_problems(problems)
    return places
