"""Broken and odd workbooks: rows, or problems of ours; never another exception, never a number nobody wrote."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter.workbook import Workbook

from hhanalytics.dataset import Dataset
from hhanalytics.exports.comments import commented
from hhanalytics.exports.template import filled
from hhanalytics.exports.words import Labels
from hhanalytics.sources.forms import FORMS
from hhanalytics.sources.handin import Handin, Words
from hhanalytics.sources.workbook import read_workbook
from hhanalytics.tables import TABLES

#: Cases of each in every run, and in a run with --fuzz.
FEW, MANY = 60, 10_000


def often(cases: int, *strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """A test that runs what it is given so many times."""
    given_so = given(*strategies)
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return lambda body: settings(max_examples=cases, suppress_health_check=checks)(given_so(body))


class Content(bytes):
    """A workbook that is not printed whole when a case fails."""

    def __repr__(self) -> str:
        return f"<workbook of {len(self)} bytes>"


@pytest.fixture(scope="module")
def content(dataset: Dataset) -> bytes:
    return Content(filled(dataset, "hof_followup_2026_03_20"))


@pytest.fixture(scope="module")
def real(content: bytes, dataset: Dataset) -> set[Any]:
    """Every number and date of the workbook as it is."""
    return numbers(read(content, dataset))


@cache
def words(dataset: Dataset) -> Words:
    return Labels(dataset.tables).typed()


def read(data: bytes, dataset: Dataset) -> Handin:
    return read_workbook(data, "x.xlsx", words=lambda _: words(dataset))


def numbers(handin: Handin) -> set[Any]:
    return {
        value
        for table, rows in handin.delivery.tables.items()
        for row in rows
        for column, value in row.items()
        if column in TABLES[table].columns() and not isinstance(value, str | None) and not isinstance(value, bool)
    }


BYTES_CHANGED_IN_THE_FILE = (
    st.integers(0, 2**32),
    st.integers(1, 40),
)


def bytes_changed_in_the_file(content: bytes, dataset: Dataset, real: set[Any], seed: int, count: int) -> None:
    """A zip file knows its checksums: a changed byte is a damaged file, or lies where it changes nothing."""
    noise = random.Random(seed)
    data = bytearray(content)
    for _ in range(count):
        data[noise.randrange(len(data))] = noise.randrange(256)
    handin = read(bytes(data), dataset)
    assert handin.delivery.problems or numbers(handin) <= real
    commented(bytes(data), {"": {"A1": "x"}})


test_bytes_changed_in_the_file = often(FEW, *BYTES_CHANGED_IN_THE_FILE)(bytes_changed_in_the_file)
test_very_often_bytes_changed_in_the_file = pytest.mark.fuzz(
    often(MANY, *BYTES_CHANGED_IN_THE_FILE)(bytes_changed_in_the_file)
)


XML_CHANGED_INSIDE = (
    st.integers(0, 2**32),
    st.integers(1, 8),
)


def xml_changed_inside(content: bytes, dataset: Dataset, seed: int, count: int) -> None:
    noise = random.Random(seed)
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = noise.choice(names)
        for name in names:
            text = bytearray(old.read(name))
            if name == chosen and text:
                for _ in range(count):
                    place = noise.randrange(len(text))
                    how = noise.randrange(3)
                    if how == 0:
                        text[place] = noise.randrange(32, 127)
                    elif how == 1:
                        del text[place : place + noise.randrange(1, 60)]
                    else:
                        text[place:place] = text[: noise.randrange(40)]
                    if not text:
                        break
            if name != chosen or noise.randrange(4):
                new.writestr(name, bytes(text))
    handin = read(out.getvalue(), dataset)
    assert handin.delivery.problems or handin.delivery.tables
    commented(out.getvalue(), {"": {"A1": "x"}, "Kilde": {"C4": "y"}})
    assert all(problem.id and problem.mend for problem in handin.delivery.problems)


test_xml_changed_inside = often(FEW, *XML_CHANGED_INSIDE)(xml_changed_inside)
test_very_often_xml_changed_inside = pytest.mark.fuzz(often(MANY, *XML_CHANGED_INSIDE)(xml_changed_inside))


VALUES = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(["1.204", "98 049", "ja", "31.12.2026", "=1", "(7)", "−7", "0,5", "1e5", "60 %", "aal", "Ål (aal)"])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**53), 2**53)
    | st.booleans()
    | st.none()
)  # fmt: skip


ANY_CELLS_BELOW_THE_IDS = (
    st.sampled_from(sorted(FORMS)),
    st.lists(st.lists(VALUES, max_size=9), max_size=6),
    st.booleans(),
    st.integers(0, 2**32),
)


def any_cells_below_the_ids(dataset: Dataset, table: str, rows: list[list[Any]], whole: bool, seed: int) -> None:
    """Columns in any order, some missing, some twice; anything in the cells."""
    noise = random.Random(seed)
    columns = list(FORMS[table].columns)
    noise.shuffle(columns)
    if not whole:
        columns = [noise.choice(columns) for _ in range(noise.randrange(1, len(columns) + 1))]
    out = BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Ark")
    for place, column in enumerate(columns):
        sheet.write_string(0, place, f"{table}.{column}")
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if value is not None:
                (sheet.write_string if isinstance(value, str) else sheet.write)(number, place, value)
    book.close()
    handin = read(out.getvalue(), dataset)
    # Every number that was read is one that somebody wrote.
    written = {value for row in rows for value in row if isinstance(value, int | float) and not isinstance(value, bool)}
    texts = [value for row in rows for value in row if isinstance(value, str)]
    for value in numbers(handin):
        if isinstance(value, int | float) and value not in written:
            digits = str(abs(value)).rstrip("0").replace(".", "")
            near = any(abs(value - number) <= 1e-9 * max(1, abs(number)) for number in written)
            assert near or any(digits in "".join(filter(str.isdigit, text)) for text in texts), value


test_any_cells_below_the_ids = often(FEW, *ANY_CELLS_BELOW_THE_IDS)(any_cells_below_the_ids)
test_very_often_any_cells_below_the_ids = pytest.mark.fuzz(
    often(MANY, *ANY_CELLS_BELOW_THE_IDS)(any_cells_below_the_ids)
)


ANY_BYTES = (st.binary(max_size=400) | st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail),)


def any_bytes(dataset: Dataset, data: bytes) -> None:
    handin = read(data, dataset)
    assert len(handin.delivery.problems) == 1
    assert handin.delivery.tables == {}


test_any_bytes = often(FEW, *ANY_BYTES)(any_bytes)
test_very_often_any_bytes = pytest.mark.fuzz(often(MANY, *ANY_BYTES)(any_bytes))
