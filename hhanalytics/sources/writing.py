"""Write a source folder: ``source.toml`` and one CSV file per table, as `read_folder` reads them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hhanalytics.errors import BadInput
from hhanalytics.tables import TABLES


def write_folder(
    folder: Path, entry: Mapping[str, Any], tables: Mapping[str, Sequence[Mapping[str, Any]]], said: Sequence[str] = ()
) -> None:
    """Write a source folder.

    Args:
        folder: The folder, which exists.
        entry: What ``source.toml`` says.
        tables: Table → its rows; one without rows has no file.
        said: Lines that ``source.toml`` begins with, as comments.

    Raises:
        BadInput: What was written does not read back as the same cells.
    """
    write_entry(folder, entry, said)
    for table, rows in tables.items():
        if rows:
            _write_table(folder / f"{table}.csv", table, rows)


def write_entry(folder: Path, entry: Mapping[str, Any], said: Sequence[str] = ()) -> None:
    """Write the ``source.toml`` of a source folder.

    Args:
        folder: The folder, which exists.
        entry: What it says.
        said: Lines that it begins with, as comments.
    """
    lines = [f"# {line}\n" for line in said] + [f"{key} = {_toml(value)}\n" for key, value in entry.items()]
    (folder / "source.toml").write_text("".join(lines), "utf-8", newline="\n")


def _write_table(path: Path, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = [column for column in TABLES[table].columns() if column != "source"]
    lines = [columns, *([cell(row[column]) for column in columns] for row in rows)]
    path.write_text(csv_text(lines), "utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as file:
        if list(csv.reader(file, strict=True)) != lines:
            found, mend = f"other cells in {path.name}", "Report this with the workbook; nothing was written."
            raise BadInput.of("not_kept", path.name, found, "what was read", mend)


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    r"""Rows as CSV, so that every text comes back as it is, also one with a lone carriage return.

    Example:
        >>> csv_text([["a", "b,c"], ["d\re", ""]])
        'a,"b,c"\n"d\re",""\n'
    """
    out = io.StringIO()
    plain, quoted = (csv.writer(out, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in rows:
        (quoted if any("\r" in text for text in row) else plain).writerow(row)
    return out.getvalue()


def cell(value: Any) -> str:
    """A value as a CSV file of ours holds it.

    Example:
        >>> cell(None), cell(True), cell(date(2026, 1, 1)), cell(0.00001)
        ('', 'true', '2026-01-01', '0.00001')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)


def _toml(value: Any) -> str:
    # TOML's basic strings are JSON's, but for DEL, which JSON leaves as it is.
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
