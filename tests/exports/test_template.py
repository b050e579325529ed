"""The workbook that people fill in, looked at with another library than the one that wrote it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from hhanalytics.dataset import Dataset
from hhanalytics.evidence import QUALIFIERS
from hhanalytics.exports.template import template
from hhanalytics.exports.words import Labels
from hhanalytics.present.catalogue import texts
from hhanalytics.sources.forms import FORMS, SOURCE, YEARLY
from hhanalytics.tables import TABLES
from tests.exports.half_year import columns


@pytest.fixture(scope="module")
def content(dataset: Dataset) -> bytes:
    return template(dataset, 2026)


@pytest.fixture(scope="module")
def book(content: bytes) -> Any:
    return load_workbook(BytesIO(content))


@pytest.fixture(scope="module")
def labels(dataset: Dataset) -> Labels:
    return Labels(dataset.tables)


def test_same_data_same_bytes(dataset: Dataset, content: bytes) -> None:
    assert template(dataset, 2026) == content


def test_every_column_has_a_heading_and_an_explanation(labels: Labels) -> None:
    for table, form in FORMS.items():
        assert set(form.columns) == set(TABLES[table].columns()) - {"source"}
        names = [labels.name(table, column) for column in form.columns]
        assert len(names) == len(set(names)), f"two headings of {table} are the same: {names}"
        for column in form.columns:
            assert labels.explanation(table, column).endswith((".", "nærmere.")), (table, column)
        for id in (f"sheet.{table}", f"sheet.{table}.title", f"sheet.{table}.help"):
            assert labels.texts[id]
    assert all(labels.name("sources", column) and labels.explanation("sources", column) for column in SOURCE)


def test_every_allowed_value_has_a_word_of_its_own(labels: Labels) -> None:
    for table, form in FORMS.items():
        for column in form.columns:
            values = (TABLES[table].columns()[column].metadata or {}).get("allowed", ())
            words = [labels.choice(column, value) for value in values]
            assert len(words) == len(set(words)), (table, column)


def test_no_heading_is_for_a_column_that_is_not_there() -> None:
    known = {column for table in TABLES.values() for column in table.columns()}
    own = {f"{table}.{column}" for table, kind in TABLES.items() for column in kind.columns()}
    for kind in ("heading", "explain"):
        named = {id.removeprefix(f"{kind}.") for id in texts("nb") if id.startswith(f"{kind}.") and id != "heading"}
        named -= {"sources.grade"}  # asked once, for all rows
        assert named <= known | own, named - known - own
    chosen = {id.split(".")[1:3][1] for id in texts("nb") if id.startswith("choice.") and id.count(".") == 2}
    allowed = {
        value
        for table in TABLES.values()
        for kind in table.columns().values()
        for value in (kind.metadata or {}).get("allowed", ())
    }
    assert chosen <= allowed


def test_sheet_names_are_what_excel_takes(labels: Labels) -> None:
    names = [labels.sheet(table) for table in FORMS]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\']", name) for name in names)


def test_one_sheet_per_table_behind_the_one_that_explains(book: Any, labels: Labels) -> None:
    assert book.sheetnames[:2] == ["Les først", "Kilde"]
    assert book.sheetnames[2:-2] == [labels.sheet(table) for table in YEARLY]
    assert [book[name].sheet_state for name in book.sheetnames[-2:]] == ["hidden", "veryHidden"]
    said = "\n".join(str(cell.value) for row in book["Les først"].iter_rows() for cell in row if cell.value)
    assert "Tall for 2026" in said
    assert "senest 1. september 2026" in said
    assert "dato ikke oppgitt" in said
    assert "Skriv aldri navn på ansatte" in said


@pytest.mark.parametrize("table", YEARLY)
def test_only_cells_to_fill_in_are_open(book: Any, labels: Labels, table: str) -> None:
    sheet = book[labels.sheet(table)]
    assert sheet.protection.sheet is True
    assert sheet.row_dimensions[5].hidden is True
    assert sheet.freeze_panes == "B6"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"
    width = len(FORMS[table].columns)
    assert [sheet.cell(5, place).value for place in range(1, width + 1)] == [
        f"{table}.{column}" for column in FORMS[table].columns
    ]
    for row in range(1, 12):
        for place in range(1, sheet.max_column + 1):
            cell = sheet.cell(row, place)
            is_input = row > 5 and place <= width
            assert cell.protection.locked is not is_input, cell.coordinate
    # Help from last year stands to the right, grey, under the id that is never read.
    for place in range(width + 2, sheet.max_column + 1):
        assert sheet.cell(5, place).value == "help"
        assert (
            sheet.cell(6, place).font.color is None or sheet.cell(6, place).value is None or sheet.cell(6, place).font.i
        )


@pytest.mark.parametrize("table", YEARLY)
def test_checks_and_lists(book: Any, labels: Labels, table: str) -> None:
    sheet = book[labels.sheet(table)]
    checks = {}
    for check in sheet.data_validations.dataValidation:
        assert len(check.prompt) <= 255
        assert len(check.promptTitle) <= 32
        left, top, right, bottom = range_boundaries(str(check.sqref))
        assert (top, bottom) == (6, 1_048_576)
        assert left == right
        checks[sheet.cell(5, left).value.partition(".")[2]] = check
    assert set(checks) == set(FORMS[table].columns)
    for column, check in checks.items():
        kind = TABLES[table].columns()[column]
        about = kind.metadata or {}
        expected = {"Int64": "whole", "Float64": "decimal", "Date": "date"}.get(type(kind).__name__)
        if expected:
            assert check.type == expected, column
            assert check.error
        if "allowed" in about or type(kind).__name__ == "Bool":
            assert (check.type, check.errorStyle) == ("list", None if check.errorStyle is None else "stop"), column
        if "references" in about and labels.choices(table, column):
            assert (check.type, check.errorStyle) == ("list", "warning"), column


def listed(book: Any, check: Any) -> list[str]:
    sheet, _, cells = check.formula1.lstrip("=").partition("!")
    return [row[0].value for row in book[sheet.strip("'")][cells.replace("$", "")]]


def test_lists_show_names(book: Any, labels: Labels) -> None:
    def of(table: str, column: str) -> list[str]:
        sheet = book[labels.sheet(table)]
        place = columns(sheet)[column]
        for check in sheet.data_validations.dataValidation:
            if range_boundaries(str(check.sqref))[0] == place:
                return listed(book, check)
        raise AssertionError(column)

    assert of("costs", "municipality") == [
        "Flå (flaa)", "Gol (gol)", "Hemsedal (hemsedal)", "Hol (hol)", "Nesbyen (nesbyen)", "Ål (aal)",
    ]  # fmt: skip
    assert "Mobilt ferdighetsteam (mft)" in of("costs", "pool")
    assert of("activities", "qualifier") == ["nøyaktig", "minst", "om lag", "nærmere"]
    assert len(QUALIFIERS) == 4
    assert of("costs", "grade") == ["dokumentert", "utledet", "antatt"]
    assert of("pools", "in_accounts") == ["ja", "nei"]
    assert "Digitalt tilsyn (digitalt_tilsyn)" in of("welfare_tech", "technology")


def test_last_year_stands_beside_and_is_no_input(book: Any) -> None:
    """Flå was charged 133 744 kr for Hallinghelse in the first half of 2025 (line 82 of the report)."""
    sheet = book["Utlignet"]
    assert [sheet.cell(6, place).value for place in (1, 2)] == ["Flå (flaa)", "Hallinghelse (hallinghelse)"]
    assert str(sheet.cell(6, 4).value)[:10] == "2026-06-30"
    assert sheet.cell(6, 5).value is None
    assert (sheet.cell(3, 10).value, sheet.cell(6, 10).value) == ("Beløp 2025", 133744)
    assert "2025" in sheet.cell(2, 10).value


def test_who_has_left_is_not_asked(book: Any) -> None:
    """Nesbyen left Hallinghelse on 1 July 2025, and stays in its two e-health pools."""
    sheet = book["Utlignet"]
    asked = {
        (sheet.cell(row, 1).value, sheet.cell(row, 2).value)
        for row in range(6, sheet.max_row)
        if sheet.cell(row, 1).value
    }
    assert {pool for who, pool in asked if who == "Nesbyen (nesbyen)"} == {
        "Administrasjon av e-helse, Nesbyen (ehelse_administrasjon)",
        "E-helsestilling, Nesbyens andel (ehelse_stilling)",
    }


def test_no_figure_is_suggested(book: Any, labels: Labels) -> None:
    for table in YEARLY:
        sheet, form = book[labels.sheet(table)], FORMS[table]
        for place, column in enumerate(form.columns, 1):
            if column not in form.suggested:
                assert not [
                    sheet.cell(row, place).value
                    for row in range(6, sheet.max_row + 1)
                    if sheet.cell(row, place).value is not None
                ], column


def test_small_numbers_of_last_year_are_held_back(dataset: Dataset) -> None:
    few = dataset.replace(welfare_tech=dataset.welfare_tech.with_columns(units=3))
    sheet = load_workbook(BytesIO(template(few, 2026)))["Velferdsteknologi"]
    assert {sheet.cell(row, len(FORMS["welfare_tech"].columns) + 2).value for row in range(6, 78)} == {"vises ikke"}


def test_text_is_never_a_formula(dataset: Dataset) -> None:
    odd = dataset.replace(
        grants=dataset.grants.with_columns(name_nb=dataset.grants["name_nb"].str.replace("^", "=1+1;"))
    )
    sheet = load_workbook(BytesIO(template(odd, 2026)))["Tilskudd"]
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str) and "=1+1" in cell.value]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
