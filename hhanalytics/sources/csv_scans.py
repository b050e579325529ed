"""CSV files of a table as a frame of an engine: every cell is looked at first, then read as its declared type.

Engines read the same text in different ways: one guesses types, one makes nothing of what it cannot read, one fills a
short row. So one reader goes through the file, as `hhanalytics.load` does; after that all engines find the same.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import narwhals as nw
import polars as pl

from hhanalytics.declared import KINDS
from hhanalytics.errors import InvalidData
from hhanalytics.sources.folder import Delivery, header_fits, typed_cell
from hhanalytics.tables import TABLES

#: Rows looked at together, and how many values of a column are remembered as sound.
_ROWS: Final = 20_000
_REMEMBERED: Final = 100_000
#: Problems of one table that are listed; a file of another kind would have one in every cell.
_MOST: Final = 100


@dataclass(frozen=True)
class CsvTable:
    """Files of a table that are sound.

    Attributes:
        table: Its name.
        files: The files.
        header: The columns as they stand in each of them.
        lines_in_cells: Whether a text goes on in the next line.
    """

    table: str
    files: tuple[Path, ...]
    header: tuple[str, ...]
    lines_in_cells: bool


def files_of(path: Path) -> list[Path]:
    """The file, or the files in a folder that a cluster wrote, without its marks."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*.csv") if file.name[0] not in "._" and file.is_file())


def checked(path: Path, table: str, delivery: Delivery) -> CsvTable | None:
    """Look at every cell of a table.

    Args:
        path: A file, or a folder of files with the same header.
        table: Name of the table.
        delivery: Where problems are added: file, line, column, what was found and expected, and how to mend it.

    Returns:
        The files, or None where something is wrong.
    """
    before = len(delivery.problems)
    files = files_of(path)
    headers: dict[str, list[str]] = {}
    broken = False
    for file in files:
        name = file.relative_to(path.parent).as_posix()
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                header, more = _look(stream, table, name, delivery, before)
            broken |= more
            headers[name] = header
        except UnicodeDecodeError:
            line, byte = _not_utf8(file)
            delivery.add("not_utf8", name, line, None, byte, "UTF-8 text", "Save the file with encoding UTF-8.")
        if len(delivery.problems) - before >= _MOST:
            mend = "Mend those that are listed and run again."
            delivery.add("more_problems", path.name, None, None, f"{_MOST} problems or more", "none", mend)
            break
    if not files:
        delivery.add("empty_file", path.name, None, None, "no CSV file in it", "a file", "Add it.")
    if len(delivery.problems) > before:
        return None
    first = next(iter(headers.values()))
    for name, header in headers.items():
        if header != first:
            expected = f"the header of {next(iter(headers))}: {', '.join(first)}"
            delivery.add("other_columns", name, 1, None, ", ".join(header), expected, "Write both alike.")
            return None
    return CsvTable(table, tuple(files), tuple(first), broken)


def _look(stream: Any, table: str, name: str, delivery: Delivery, before: int) -> tuple[list[str], bool]:
    """The header of one file, and whether a text goes on in the next line."""
    columns = TABLES[table].columns()
    rows = _lines(stream, name, delivery)
    _, header = next(rows, (1, []))
    if not header:
        delivery.add("empty_file", name, None, None, "no header", ", ".join(columns), "Add a header.")
        return header, False
    if not header_fits(header, columns, name, delivery):
        return header, False
    kinds = [columns[column] for column in header]
    sound: list[set[str]] = [set() for _ in header]
    broken = False
    while (batch := list(islice(rows, _ROWS))) and len(delivery.problems) - before < _MOST:
        fit = [row for row in batch if len(row[1]) == len(header)]
        for line, cells in islice((row for row in batch if len(row[1]) != len(header)), _MOST):
            found, expected = f"{len(cells)} cells", f"{len(header)} as in the header"
            delivery.add("ragged_row", name, line, None, found, expected, "Put texts with commas in quotes.")
        for line, _ in islice((row for row in fit if not any(row[1])), _MOST):
            delivery.add("empty_row", name, line, None, "only empty cells", "a row", "Remove the line.")
        for place, values in enumerate(zip(*(cells for _, cells in fit), strict=True)):
            new = set(values) - sound[place]
            wrong = _wrong(new, header[place], kinds[place])
            broken = broken or any("\n" in value or "\r" in value for value in new)
            if len(sound[place]) + len(new) <= _REMEMBERED:
                sound[place] |= new - wrong
            if wrong:
                for line, cells in islice((row for row in fit if row[1][place] in wrong), _MOST):
                    _tell(cells[place], header[place], kinds[place], name, line, delivery)
    return header, broken


def _lines(stream: Any, name: str, delivery: Delivery) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line in which each begins; a problem where the file is no CSV."""
    reader = csv.reader(stream, strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        mend = "Close every quote and double the quotes inside a text."
        delivery.add("bad_csv", name, start, None, str(error), "a CSV file", mend)


def _wrong(values: set[str], column: str, kind: dy.Column) -> set[str]:
    """Of some values those that are not of their type."""
    if isinstance(kind, dy.String):
        return {value for value in values if "\0" in value}
    nowhere = Delivery()
    return {value for value in values if value and typed_cell(value, column, kind, "", 0, nowhere) is None}


def _tell(value: str, column: str, kind: dy.Column, name: str, line: int, delivery: Delivery) -> None:
    if isinstance(kind, dy.String):
        delivery.add("nul_byte", name, line, column, "a NUL byte", "text", "Save the file again as UTF-8 text.")
    else:
        typed_cell(value, column, kind, name, line, delivery)


def _not_utf8(file: Path) -> tuple[int, str]:
    """Line and byte where a file stops being UTF-8."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, f"byte 0x{line[error.start]:02x}"
    return 1, "a character that does not end"


def typed(native: Any, found: CsvTable) -> Any:
    """A frame of texts in declared types; empty cells are nothing, and so are columns that may be left out."""
    frame: Any = nw.from_native(native)
    # Files in the folder of a source do not say their source.
    left_out = {"source": nw.lit(found.files[0].parent.name)}
    columns = []
    for name, kind in TABLES[found.table].columns().items():
        wanted = KINDS[type(kind)]
        if name not in found.header:
            columns.append(left_out.get(name, nw.lit(None)).cast(wanted).alias(name))
            continue
        cell: Any = nw.when(nw.col(name) != "").then(nw.col(name))
        if wanted == nw.Date:
            cell = cell.str.to_date(format="%Y-%m-%d")
        elif wanted == nw.Boolean:
            cell = cell == "true"
        elif wanted != nw.String:
            cell = cell.cast(wanted)
        columns.append(cell.alias(name))
    return frame.select(*columns).to_native()


def on_polars(found: CsvTable) -> pl.LazyFrame:
    """The table as a lazy frame of polars."""
    schema = dict.fromkeys(found.header, pl.String)
    texts = pl.scan_csv(list(found.files), schema=schema, glob=False)
    # Polars alone makes a row of a line without anything.
    lazy: pl.LazyFrame = typed(texts.filter(~pl.all_horizontal(pl.all().is_null())), found)
    return lazy


def on_pandas(found: CsvTable) -> Any:
    """The table as a frame of pandas with the types of Arrow, which can hold nothing; read by polars."""
    return on_polars(found).collect().to_pandas(use_pyarrow_extension_array=True)


def on_duckdb(connection: Any) -> Callable[[CsvTable], Any]:
    """What makes a relation of a table on a connection."""

    def read(found: CsvTable) -> Any:
        return typed(
            connection.read_csv(
                [str(file) for file in found.files],
                columns=dict.fromkeys(found.header, "VARCHAR"),
                auto_detect=False,
                header=True,
                sep=",",
                quotechar='"',
                escapechar='"',
            ),
            found,
        )

    return read


def on_spark(session: Any) -> Callable[[CsvTable], Any]:
    """What makes a frame of a table in a session."""

    def read(found: CsvTable) -> Any:
        return typed(
            session.read.csv(
                [str(file) for file in found.files],
                schema=", ".join(f"`{name}` STRING" for name in found.header),
                header=True,
                # What the reader before would have missed is an error, and no row of nothing.
                mode="FAILFAST",
                quote='"',
                escape='"',
                encoding="UTF-8",
                # One file is then one task: only where it must be.
                multiLine=found.lines_in_cells,
            ),
            found,
        )

    return read


def all_checked(paths: dict[str, Path]) -> dict[str, CsvTable]:
    """The CSV files among the tables, each looked at.

    Args:
        paths: Table → its file or folder; those that are no CSV are left out.

    Raises:
        InvalidData: Everything that is wrong in any of them.
    """
    delivery = Delivery()
    found = {}
    for table, path in paths.items():
        if path.suffix == ".csv" and (one := checked(path, table, delivery)) is not None:
            found[table] = one
    if delivery.problems:
        raise InvalidData.from_problems(delivery.problems)
    return found
