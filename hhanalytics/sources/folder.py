"""Read one source folder of data/raw: ``source.toml`` and one CSV file per table.

Nothing is guessed and nothing is lost: every cell that cannot be read as its declared type becomes a
problem with file, line, column, what was found, what was expected and how to mend it.
"""

from __future__ import annotations

import csv
import io
import math
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from hhanalytics.errors import Problem, nearest
from hhanalytics.sources.reading import LARGEST
from hhanalytics.tables import TABLES

#: No table has nearly as many columns.
MOST_COLUMNS = 1_000
#: Column that remembers in which line of its file a row stood.
LINE = "line_"
#: Column that remembers in which file a row stood.
FILE = "file_"


@dataclass
class Delivery:
    """What one folder, or all of them, held.

    Attributes:
        tables: Table name → rows as typed values, with `FILE` and `LINE`.
        checksums: File (relative to the data folder) → sha256.
        problems: Everything that could not be read.
        unread: Cells (file, line, column) that could not be read; noted already, so no rule speaks of them again.
        partial: Tables of which something could not be read; whether they have an id cannot be told.
        folders: Names of the source folders.
    """

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[tuple[str, int, str]] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def add(
        self, id: str, file: str, row: int | None, column: str | None, found: str, expected: str, mend: str
    ) -> None:
        """Note a problem."""
        self.problems.append(Problem(id, file, row, column, found, expected, mend))


def read_folder(folder: Path, delivery: Delivery) -> None:
    """Read one source folder into ``delivery``.

    Args:
        folder: The folder; its name is the id of the source.
        delivery: Where rows, checksums and problems are added.
    """
    delivery.folders.add(folder.name)
    toml = folder / "source.toml"
    name = f"{folder.name}/source.toml"
    outside = [path for path in sorted(folder.iterdir()) if not _inside(path, folder)]
    for path in outside:
        delivery.add(
            "outside",
            f"{folder.name}/{path.name}",
            None,
            None,
            "a link that leads out of the data folder",
            "a file in it",
            "Copy the file here.",
        )
    if toml in outside:
        return
    if not toml.is_file():
        delivery.add("no_source", name, None, None, "no such file", "source.toml", "Add it: title, publisher, date.")
    else:
        _read_source(toml, name, folder.name, delivery)
    for path in sorted(folder.iterdir()):
        if path.name == "source.toml" or path.name.startswith(".") or path in outside:
            continue
        if path.suffix != ".csv" or path.stem not in TABLES or path.stem == "sources" or not path.is_file():
            tables = [f"{table}.csv" for table in TABLES if table != "sources"]
            close = nearest(path.name, tables)
            delivery.partial |= {name.removesuffix(".csv") for name in close}
            close = close or tables
            delivery.add(
                "unknown_file",
                f"{folder.name}/{path.name}",
                None,
                None,
                "a file that is no table",
                "a table as CSV, such as " + " or ".join(close[:3]),
                "Rename it, or move it out of data/raw.",
            )
            continue
        _read_table(path, folder.name, delivery)


def _inside(path: Path, folder: Path) -> bool:
    """Whether a file lies in the data folder, wherever links lead."""
    return path.resolve().is_relative_to(folder.parent.resolve())


def _bytes(path: Path, name: str, delivery: Delivery) -> str | None:
    """The text of a file and its checksum; a problem where it is not UTF-8 text."""
    size = path.stat().st_size
    if size > LARGEST:
        mend = "Divide it into several sources."
        delivery.add("too_large", name, None, None, f"{size} bytes", f"at most {LARGEST}", mend)
        return None
    data = path.read_bytes()
    delivery.checksums[name] = sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        found = f"byte 0x{data[error.start]:02x}"
        delivery.add("not_utf8", name, row, None, found, "UTF-8 text", "Save the file with encoding UTF-8.")
        return None
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        delivery.add("nul_byte", name, row, None, "a NUL byte", "text", "Save the file again as UTF-8 text.")
        return None
    return text


def _read_source(path: Path, name: str, source: str, delivery: Delivery) -> None:
    text = _bytes(path, name, delivery)
    if text is None:
        return
    try:
        entry = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Numbers and nesting without end are no faults of TOML, and nothing that stands in a source.toml.
        delivery.add("bad_toml", name, None, None, str(error), "a TOML file", "Mend the syntax at that place.")
        return
    columns = {column: kind for column, kind in TABLES["sources"].columns().items() if column != "source"}
    for key in entry.keys() - columns.keys():
        close = nearest(key, columns) or sorted(columns)
        delivery.add("unknown_column", name, None, key, "an unknown key", " or ".join(close), "Rename or remove it.")
    row: dict[str, Any] = {"source": source, FILE: name, LINE: 1}
    for column, kind in columns.items():
        value = entry.get(column)
        if isinstance(kind, dy.Date):
            if value is not None and type(value) is not date:
                delivery.add(
                    "bad_value", name, 1, column, repr(value), "a date, 2025-12-31", "Write it without quotes."
                )
                value = None
        elif value is not None and not isinstance(value, str):
            delivery.add("bad_value", name, 1, column, repr(value), "a text", "Put it in quotes.")
            delivery.unread.add((name, 1, column))
            value = None
        row[column] = value
    delivery.tables.setdefault("sources", []).append(row)


def _read_table(path: Path, source: str, delivery: Delivery) -> None:
    name = f"{source}/{path.name}"
    before = len(delivery.problems)
    _read_rows(path, source, name, delivery)
    if any(problem.column is None or problem.row == 1 for problem in delivery.problems[before:]):
        delivery.partial.add(path.stem)


def _read_rows(path: Path, source: str, name: str, delivery: Delivery) -> None:
    text = _bytes(path, name, delivery)
    if text is None:
        return
    columns = TABLES[path.stem].columns()
    first = text[: text.find("\n")].count(",") + 1
    if first > MOST_COLUMNS:
        found, expected = f"{first} columns", f"at most {MOST_COLUMNS}: {', '.join(columns)}"
        delivery.add("too_many_columns", name, 1, None, found, expected, "Keep only the columns of the table.")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        mend = "Close every quote and double the quotes inside a text."
        delivery.add("bad_csv", name, start, None, str(error), "a CSV file", mend)
        return
    if not rows or not any(rows[0][1]):
        delivery.add(
            "empty_file", name, None, None, "no header", ", ".join(columns), "Add a header, or remove the file."
        )
        return
    header = rows[0][1]
    if not header_fits(header, columns, name, delivery):
        return
    out = delivery.tables.setdefault(path.stem, [])
    for line, cells in rows[1:]:
        if not cells:
            continue
        if len(cells) != len(header):
            found, expected = f"{len(cells)} cells", f"{len(header)} as in the header"
            delivery.add("ragged_row", name, line, None, found, expected, "Put texts with commas in quotes.")
            continue
        row: dict[str, Any] = {"source": source, FILE: name, LINE: line}
        row |= {column: None for column in columns if column not in row}
        for column, cell in zip(header, cells, strict=True):
            row[column] = typed_cell(cell, column, columns[column], name, line, delivery)
        if row["source"] is None:
            row["source"] = source
        out.append(row)


def header_fits(header: list[str], columns: dict[str, dy.Column], name: str, delivery: Delivery) -> bool:
    """Whether a header has every column that must be there, once, and no other; a problem for each that is wrong."""
    before = len(delivery.problems)
    for column in header:
        if column not in columns:
            close = nearest(column, columns) or sorted(columns)
            delivery.add(
                "unknown_column", name, 1, column, "an unknown column", " or ".join(close), "Rename or remove it."
            )
        elif header.count(column) > 1:
            delivery.add("double_column", name, 1, column, "the column twice", "it once", "Remove one of them.")
    for column, kind in columns.items():
        if column not in header and column != "source" and not kind.nullable:
            delivery.add("no_column", name, 1, column, "no such column", "a column for it", "Add the column.")
    return len(delivery.problems) == before


_EXPECTED = {
    dy.Int64: ("a whole number without spaces, 12345", re.compile(r"[+-]?[0-9]{1,18}")),
    dy.Float64: ("a number with decimal point, 0.6", re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")),
    dy.Date: ("a date, 2025-12-31", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    dy.Bool: ("true or false", re.compile(r"true|false")),
}


def typed_cell(cell: str, column: str, kind: dy.Column, name: str, line: int, delivery: Delivery) -> Any:
    """The typed value of a cell; None, and a problem, where it is not of its type."""
    if cell == "":
        return None
    if isinstance(kind, dy.String):
        return cell
    expected, pattern = _EXPECTED[type(kind)]
    value: Any = None
    if pattern.fullmatch(cell):
        try:
            if isinstance(kind, dy.Int64):
                value = int(cell)
            elif isinstance(kind, dy.Float64):
                value = float(cell)
                value = value if math.isfinite(value) else None
            elif isinstance(kind, dy.Date):
                value = date.fromisoformat(cell)
            else:
                value = cell == "true"
        except ValueError:
            value = None
    if value is None:
        delivery.add("bad_value", name, line, column, repr(cell), expected, "Write it in that form.")
        delivery.unread.add((name, line, column))
    return value


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows of a table as a frame in declared types, with `FILE` and `LINE` last."""
    schema = {column: kind.dtype for column, kind in TABLES[table].columns().items()}
    return pl.DataFrame(rows, schema={**schema, FILE: pl.String, LINE: pl.Int64}, orient="row")
