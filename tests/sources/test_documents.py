"""Does a number stand in a text: printed, misread and run together, and never where another is printed."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.sources.documents import cited_lines, documents_of, figure_columns, stands, verify


@pytest.mark.parametrize(
    ("number", "passage", "unit"),
    [
        (133744, "Hallinghelse t.0.m 30.6.25 133744", "nok"),
        (163355, "f.0.m 1.7.25 163 355", "nok"),
        (200000, "Alle tilskudd pa over 200.000 kroner", "nok"),
        (6480000, "pa NOK 6 480 000 kroner", "nok"),
        (6480000, "pa NOK 6\u00a0480\u202f000 kroner", "nok"),
        (1234567, "1'234'567", "nok"),
        (131, "sum l31 kr", "nok"),
        (10503, "IO503 i alt", "nok"),
        (82145, "BTl Trygg oppvekst (82 145)", "nok"),
        (-277, "endring -277 enheter", "units"),
        (-277, "endring (277) enheter", "units"),
        (-277, "endring − 277", "units"),
        (60, "organisert som en 60 % stilling", "percent"),
        (100, "teknologi 100% stilling", "percent"),
        (50, "en halv, 50 prosent", "percent"),
        (0.2, "dekker 20 % av kostnadene", "share"),
        (4, "knyttet til fire ulike brukere", "users"),
        (2, "en todagers kick-off", "days"),
        (2, "hatt to avsatte", "meetings"),
        (8, "holdt atte mgter", "meetings"),
        (2.5, "indeksen er 2,5", "index"),
    ],
)
def test_a_number_stands_as_it_is_printed(number: float, passage: str, unit: str) -> None:
    assert stands(number, passage, unit)


@pytest.mark.parametrize(
    ("number", "passage", "unit"),
    [
        (133745, "133744", "nok"),
        (133744, "133 745", "nok"),
        (13374, "133744", "nok"),
        (33744, "133744", "nok"),
        (277, "1277", "units"),
        (-277, "277 enheter", "units"),
        (60, "60 stillinger", "percent"),
        (60, "160 %", "percent"),
        (0.2, "0.2", "share"),
        (4, "firefly, firmaet", "users"),
        (2, "totalt", "meetings"),
        (1, "I samarbeid | l", "plans"),
        (10, "lO", "plans"),
        (110, "llO", "nok"),
        (304, "300 304310 312", "units"),
        (2.5, "12,5 og 2,55", "index"),
    ],
)
def test_another_number_is_another_number(number: float, passage: str, unit: str) -> None:
    assert not stands(number, passage, unit)


def test_cells_that_ran_together_are_told_by_their_neighbours() -> None:
    assert stands(304, "300 304310 312", "units", [300, 304, 310, 312])
    assert stands(310, "300 304310 312", "units", [300, 304, 310, 312])
    assert not stands(305, "300 304310 312", "units", [300, 305, 310, 312])


@given(
    st.integers(100, 10**9),
    st.sampled_from(["", " ", ".", "\u00a0", "'"]),
    st.integers(0, 20),
    st.integers(1, 9),
)
def test_one_digit_changed_is_found(number: int, between: str, place: int, change: int) -> None:
    printed = f"{number:,}".replace(",", between)
    assert stands(number, f"Sum: {printed} kr")
    digits = list(str(number))
    place %= len(digits)
    digits[place] = str((int(digits[place]) + change) % 10)
    # A leading nought makes a shorter number, which may stand there as the last groups of the longer.
    if digits[0] != "0":
        assert not stands(int("".join(digits)), f"Sum: {printed} kr")


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(),
    st.text(max_size=40),
    st.text(max_size=8),
)
def test_any_text_can_be_looked_through(number: float, passage: str, unit: str) -> None:
    assert stands(number, passage, unit, [1, 2]) in (True, False)
    assert isinstance(cited_lines(passage), list)


def test_what_holds_figures_follows_from_the_tables() -> None:
    assert figure_columns("prices") == ["amount_nok", "amount_low_nok", "amount_high_nok"]
    assert figure_columns("welfare_tech") == ["units"]
    assert figure_columns("memberships") == ["fixed_share"]
    assert figure_columns("networks") == ["meetings", "local_hours"]
    assert figure_columns("events") == []


def test_documents_are_found_by_checksum_before_name(tmp_path: Path) -> None:
    mine = b"the document\n"
    (tmp_path / "renamed.txt").write_bytes(mine)
    (tmp_path / "report.txt").write_bytes(b"another\n")
    (tmp_path / "empty").mkdir()
    sources = pl.DataFrame(
        {
            "source": ["by_sum", "by_name", "nowhere", "bare"],
            "sha256": [hashlib.sha256(mine).hexdigest(), "0" * 64, "1" * 64, None],
            "document": ["report.txt", "report.txt (OCR)", "lost.txt", None],
        }
    )
    found = documents_of(sources, tmp_path)
    assert [found[s].found for s in sources["source"]] == ["checksum", "name", None, None]
    assert found["by_sum"].lines == ("the document", "")
    with pytest.raises(BadInput, match="no such folder"):
        documents_of(sources, tmp_path / "renamed.txt")
    with pytest.raises(BadInput, match="0 files, none of them known"):
        documents_of(sources, tmp_path / "empty")


def test_bytes_that_are_no_text_are_no_traceback(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "001_9fc1d89e7b146132.txt").write_bytes(random.Random(1).randbytes(5000))
    own = [each for each in verify(dataset.tables, tmp_path) if each.source == "hallinghelse_annual_report_2025"]
    assert sum(each.status == "lost" for each in own) > 100
    assert {each.reason for each in own if each.status == "lost"} <= {"", "no_such_line"}
