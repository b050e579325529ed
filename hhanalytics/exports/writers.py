"""An export as files: CSV, Parquet, one workbook, or a data package."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import chain
from typing import Any, Final

import polars as pl
from xlsxwriter.workbook import Workbook

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.exports.items import Item, dictionary
from hhanalytics.exports.sheets import ACCENT, MOST_ROWS, Styles, write_cell
from hhanalytics.sources.writing import cell, csv_text

#: How a text begins that a spreadsheet may take for a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: What is put before it in CSV; spreadsheets show it, or take it for 'this is text'.
HARMLESS: Final = "'"
#: A workbook of an export carries this date, so that the same data give the same bytes.
MADE: Final = datetime(2000, 1, 1)
#: Colour of what says that an export is not for everybody.
MARKED: Final = "#b00020"
#: Said wherever it was done.
SAID: Final = "Text that starts like a formula (= + - @ or a tab) has an apostrophe in front."


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    Example:
        >>> harmless("=1+1"), harmless("-5 til 5"), harmless("Ål")
        ("'=1+1", "'-5 til 5", 'Ål')
    """
    return f"{HARMLESS}{text}" if text.startswith(FORMULA) else text


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as CSV: UTF-8, comma, point, ISO dates; empty is not known."""
    texts = [kind == pl.String for kind in frame.dtypes]
    rows = (
        [harmless(value) if text and value is not None else cell(value) for value, text in zip(row, texts, strict=True)]
        for row in frame.iter_rows()
    )
    return csv_text(chain([frame.columns], rows)).encode()


def as_csv(found: Sequence[Item], mark: str = "") -> dict[str, bytes]:
    """One CSV file per table and measure, and the data dictionary; a mark stands in the README."""
    files = {f"{item.name}.csv": csv_bytes(item.frame) for item in found}
    return {**files, "dictionary.csv": csv_bytes(dictionary(found)), "README.txt": _lines(mark, SAID)}


def as_parquet(found: Sequence[Item], mark: str = "") -> dict[str, bytes]:
    """One Parquet file per table and measure, and the data dictionary; a mark stands in each and in a README."""
    frames = (*_frames(found), ("dictionary", dictionary(found)))
    files = {f"{name}.parquet": _parquet(frame, mark) for name, frame in frames}
    return {**files, "README.txt": _lines(mark)} if mark else files


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines if line).encode()


def _frames(found: Sequence[Item]) -> list[tuple[str, pl.DataFrame]]:
    return [(item.name, item.frame) for item in found]


def _parquet(frame: pl.DataFrame, mark: str) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, metadata={"marking": mark} if mark else None)
    return out.getvalue()


def as_datapackage(found: Sequence[Item], dataset: Dataset, mark: str = "") -> dict[str, bytes]:
    """A Frictionless Data Package: the CSV files, and what each column is in ``datapackage.json``."""
    files = as_csv(found, mark)
    sources = {row["source"]: row for row in dataset.sources.iter_rows(named=True)}
    names = {name for item in found for name in (item.name, item.name.replace("_", "-"))}
    resources = []
    for item in found:
        content = files[f"{item.name}.csv"]
        schema: dict[str, Any] = {"fields": [_field(field) for field in item.fields], "missingValues": [""]}
        if item.key:
            schema["primaryKey"] = list(item.key)
        links = [_link(item.name, field.name, field.references) for field in item.fields if field.references]
        schema["foreignKeys"] = [link for link in links if (link["reference"]["resource"] or item.name) in names]
        if not schema["foreignKeys"]:
            del schema["foreignKeys"]
        resources.append(
            {
                "name": item.name.replace("_", "-"),
                "title": item.name,
                "description": item.about,
                "profile": "tabular-data-resource",
                "path": f"{item.name}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{sha256(content).hexdigest()}",
                "schema": schema,
                **({"sources": [_source(sources[id]) for id in item.sources]} if item.sources else {}),
            }
        )
    package = {
        "name": "hhanalytics",
        "profile": "tabular-data-package",
        "title": ": ".join(filter(None, (mark, "Measures and tables of hhanalytics"))),
        "description": f"Charges {dataset.charges}. {SAID}",
        "fingerprint": dataset.fingerprint,
        "resources": resources,
    }
    return {**files, "datapackage.json": (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode()}


def _field(field: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"name": field.name, "type": field.type, "description": field.description}
    if field.unit:
        out["unit"] = field.unit
    if field.constraints:
        out["constraints"] = dict(field.constraints)
    return out


def _link(own: str, column: str, references: str) -> dict[str, Any]:
    table, _, key = references.partition(".")
    resource = "" if table == own else table.replace("_", "-")
    return {"fields": [column], "reference": {"resource": resource, "fields": [key]}}


def _source(row: dict[str, Any]) -> dict[str, str]:
    published = row["published_on"].isoformat() if isinstance(row["published_on"], date) else None
    known = {"title": row["title"], "path": row["address"], "publisher": row["publisher"], "licence": row["licence"]}
    return {key: value for key, value in {**known, "published": published, "id": row["source"]}.items() if value}


def as_xlsx(found: Sequence[Item], mark: str = "") -> bytes:
    """One workbook: the data dictionary, then a sheet per table and measure. Text is written as text.

    A mark stands in the title, on the first sheet, and at the head of every page that is printed.

    Raises:
        BadInput: More than Excel can hold.
    """
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": ": ".join(filter(None, (mark, "hhanalytics"))), "created": MADE})
    styles = Styles(book)
    if mark:
        front = book.add_worksheet(mark.partition(":")[0][:31])
        front.write_string(0, 0, mark, styles.make(bold=True, font_size=14, font_color=MARKED))
        front.set_header(f"&C&B{mark}")
        front.set_tab_color(MARKED)
    head = styles.make(bold=True, font_color="#ffffff", bg_color=ACCENT, text_wrap=True)
    looks = {kind: styles.make(num_format=form) for kind, form in _FORMATS.items()}
    for name, frame in (("dictionary", dictionary(found)), *_frames(found)):
        if frame.height + 1 > MOST_ROWS:
            mend = "Export as csv or parquet."
            raise BadInput.of("too_long_for_excel", name, f"{frame.height} rows", f"{MOST_ROWS - 1} at most", mend)
        sheet = book.add_worksheet(name[:31])
        if mark:
            sheet.set_header(f"&C&B{mark}")
            sheet.set_tab_color(MARKED)
        for place, (column, dtype) in enumerate(frame.schema.items()):
            sheet.write_string(0, place, column, head)
            look = looks["nok" if column.endswith("_nok") else "date" if dtype == pl.Date else "plain"]
            longest = len(column)
            for number, value in enumerate(frame[column], 1):
                if value is not None:
                    if isinstance(value, bool):
                        sheet.write_boolean(number, place, value, look)
                    else:
                        write_cell(sheet, number, place, value, look)
                    longest = max(longest, len(str(value)))
            sheet.set_column(place, place, min(longest + 2, 48))
        sheet.freeze_panes(1, 1)
        if frame.height:
            sheet.autofilter(0, 0, frame.height, frame.width - 1)
    book.close()
    return out.getvalue()


_FORMATS: Final = {"nok": "#,##0", "date": "yyyy-mm-dd", "plain": "General"}
