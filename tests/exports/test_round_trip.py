"""A source written as a workbook and read back is the same source."""

from __future__ import annotations

import math
import shutil
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from xlsxwriter.workbook import Workbook

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.exports.sheets import Styles, write_cell
from hhanalytics.exports.template import filled, workbook
from hhanalytics.exports.words import Labels
from hhanalytics.present.catalogue import languages
from hhanalytics.sources.cells import clean
from hhanalytics.sources.folder import FILE, LINE, frame
from hhanalytics.sources.forms import FORMS
from hhanalytics.sources.workbook import read_workbook
from hhanalytics.tables import TABLES
from hhanalytics.workbook_intake import import_workbook

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path.name for path in (ROOT / "data" / "raw").iterdir())


def back(content: bytes, dataset: Dataset) -> dict[str, pl.DataFrame]:
    handin = read_workbook(content, "x.xlsx", words=lambda code: Labels(dataset.tables, code).typed())
    assert [str(problem) for problem in handin.delivery.problems] == []
    return {name: frame(name, rows).drop(FILE, LINE) for name, rows in handin.delivery.tables.items() if name in FORMS}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_of_the_real_data(dataset: Dataset, source: str) -> None:
    found = back(filled(dataset, source), dataset)
    own = {name: dataset.tables[name].filter(source=source) for name in FORMS}
    assert found.keys() == {name for name, rows in own.items() if rows.height}
    for name, rows in found.items():
        assert_frame_equal(rows, own[name])


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("source", ["hallinghelse_annual_report_2025", "external_prices"])
def test_in_every_language(dataset: Dataset, source: str, language: str) -> None:
    """Headings and choices are read back in the words of the workbook's own language."""
    for name, rows in back(filled(dataset, source, language=language), dataset).items():
        assert_frame_equal(rows, dataset.tables[name].filter(source=source))


@pytest.mark.parametrize("source", SOURCES)
def test_imported_it_is_the_same_data(data_copy: Path, dataset: Dataset, source: str) -> None:
    """The folder is taken away and comes back from its workbook: every table of the Dataset is as before."""
    path = data_copy.parent / "x.xlsx"
    path.write_bytes(filled(dataset, source))
    shutil.rmtree(data_copy / source)
    import_workbook(path, data_copy)
    again = hh.load(data_copy)
    for name in FORMS:
        assert_frame_equal(again.tables[name], dataset.tables[name], check_row_order=False)


TEXTS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
    | st.sampled_from(["=1+1", "+47", "-5", "@navn", "'sitat", "_x0041_", "a\nb", "a\r\nb", "1.204", "0615", "Ål (aal)", "ja", "TRUE"])
).map(clean).filter(bool)  # fmt: skip
KINDS: dict[type[dy.Column], st.SearchStrategy[Any]] = {
    dy.Int64: st.integers(-(2**62), 2**62) | st.integers(-10_000, 10_000),
    dy.Float64: st.floats(allow_nan=False, allow_infinity=False),
    dy.Date: st.dates(date(1800, 1, 1), date(2199, 12, 31)),
    dy.Bool: st.booleans(),
    dy.String: TEXTS,
}


def values(column: dy.Column) -> st.SearchStrategy[Any]:
    allowed = (column.metadata or {}).get("allowed")
    if allowed:
        found: st.SearchStrategy[Any] = st.sampled_from(allowed)
    elif getattr(column, "regex", None) is not None:
        found = st.from_regex(column.regex.replace(r"\d", "[0-9]"), fullmatch=True)  # type: ignore[attr-defined]
    else:
        found = next(of for kind, of in KINDS.items() if isinstance(column, kind))
    return found | st.none() if column.nullable else found


@st.composite
def rows_of(draw: st.DrawFn, table: str) -> list[dict[str, Any]]:
    columns = TABLES[table].columns()
    row = st.fixed_dictionaries(
        {name: st.just("test") if name == "source" else values(kind) for name, kind in columns.items()}
    )
    return draw(st.lists(row, min_size=1, max_size=4))


@pytest.mark.parametrize("table", FORMS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_row_of_any_table(dataset: Dataset, table: str, data: st.DataObject) -> None:
    """Not only sound rows: whatever a table can hold comes back bit for bit, its rules being asked later."""
    rows = data.draw(rows_of(table))
    entry = {"source": "test", "title": "T", "short_title": "T", "publisher": "P"}
    found = back(workbook(dataset, 2026, {table: rows}, entry=entry), dataset)[table]
    expected = pl.DataFrame(rows, {name: kind.dtype for name, kind in TABLES[table].columns().items()}, orient="row")
    assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e300, 5e-324, -1 / 3, 2**53 + 1, -(2**62), 123456789.123456789])
def test_no_digit_is_lost(dataset: Dataset, value: float) -> None:
    table, column = ("costs", "amount_nok") if isinstance(value, int) else ("price_index", "value")
    rows = dataset.tables[table].head(1).with_columns(pl.lit(value, dataset.tables[table].schema[column]).alias(column))
    found = back(
        workbook(
            dataset,
            2026,
            {table: rows.to_dicts()},
            entry={"source": "test", "title": "T", "short_title": "T", "publisher": "P"},
        ),
        dataset,
    )
    got = found[table][column].item()
    assert got == value
    assert math.copysign(1, got) == math.copysign(1, value)


def test_what_excel_cannot_hold_is_refused() -> None:
    book = Workbook(BytesIO(), {"in_memory": True})
    sheet, style = book.add_worksheet(), Styles(book).make()
    with pytest.raises(BadInput) as error:
        write_cell(sheet, 0, 0, "x" * 32_768, style)
    assert error.value.id == "too_long_for_excel"
