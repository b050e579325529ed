"""Cells as people fill them in: what can mean one thing is read, what can mean two is refused."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hhanalytics.sources.cells import EXACT, read_cell
from hhanalytics.tables import TABLES

WHOLE = TABLES["costs"].columns()["amount_nok"]
NUMBER = TABLES["memberships"].columns()["fixed_share"]
DAY = TABLES["costs"].columns()["period_end"]
TRUTH = TABLES["pools"].columns()["in_accounts"]
TEXT = TABLES["costs"].columns()["locator"]
CODE = TABLES["municipalities"].columns()["code"]
ID = TABLES["costs"].columns()["municipality"]
PERCENT = TABLES["positions"].columns()["position_percent"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (98049.0, WHOLE, 98049),
        ("98049", WHOLE, 98049),
        ("98 049", WHOLE, 98049),
        ("98\u00a0049", WHOLE, 98049),
        ("6\u202f107\u202f497", WHOLE, 6107497),
        ("\u22127", WHOLE, -7),
        ("–300 000", WHOLE, -300000),
        ("1.204.500", WHOLE, 1204500),
        ("98 049,00", WHOLE, 98049),
        ("98.049,00", WHOLE, 98049),
        (" 12 \n", WHOLE, 12),
        (str(2**53 + 1), WHOLE, 2**53 + 1),
        ("0,6", NUMBER, 0.6),
        ("0.6", NUMBER, 0.6),
        ("0,125", NUMBER, 0.125),
        (0.2, NUMBER, 0.2),
        ("1 204,5", NUMBER, 1204.5),
        ("1,204.5", NUMBER, 1204.5),
        ("31.12.2026", DAY, date(2026, 12, 31)),
        ("1. juli 2026", DAY, date(2026, 7, 1)),
        ("2026-07-01", DAY, date(2026, 7, 1)),
        ("31/12/2026", DAY, date(2026, 12, 31)),
        (datetime(2026, 12, 31), DAY, date(2026, 12, 31)),
        (46022.0, DAY, date(2025, 12, 31)),  # Excel's own number of that day
        ("ja", TRUTH, True),
        ("NEI", TRUTH, False),
        (True, TRUTH, True),
        (82.0, TEXT, "82"),
        ("Ål (aal)", ID, "aal"),
        ("aal", ID, "aal"),
        ("l. 82 (konto)", TEXT, "l. 82 (konto)"),
        ("0615", CODE, "0615"),
    ],
)
def test_read(value: Any, kind: Any, expected: Any) -> None:
    read = read_cell(value, kind)
    assert (read.value, read.id) == (expected, "")
    assert type(read.value) is type(expected)


@pytest.mark.parametrize(
    ("value", "kind", "id"),
    [
        ("1.204", WHOLE, "ambiguous_number"),
        ("1,204", WHOLE, "ambiguous_number"),
        ("-98.049", WHOLE, "ambiguous_number"),
        ("1.204", NUMBER, "ambiguous_number"),
        ("(7)", WHOLE, "bad_value"),
        ("45 kr", WHOLE, "bad_value"),
        ("12 34", WHOLE, "bad_value"),
        ("1e5", WHOLE, "bad_value"),
        ("١٢٣", WHOLE, "bad_value"),
        (98049.5, WHOLE, "bad_value"),
        ("98049,5", WHOLE, "bad_value"),
        (1e300, WHOLE, "bad_value"),
        (float(2**53) * 4, WHOLE, "bad_value"),
        ("9" * 25, WHOLE, "bad_value"),
        (True, WHOLE, "bad_value"),
        (datetime(2026, 5, 1), WHOLE, "bad_value"),  # Excel has read 1.5 as a day
        (datetime(2026, 5, 1), NUMBER, "bad_value"),
        ("9" * 5000, NUMBER, "bad_value"),
        ("03/04/2026", DAY, "ambiguous_date"),
        ("31.12.26", DAY, "bad_value"),
        ("30.02.2026", DAY, "bad_value"),
        (2026.0, DAY, "bad_value"),
        (46022.5, DAY, "bad_value"),
        ("i fjor", DAY, "bad_value"),
        (time(1, 2), DAY, "bad_value"),
        ("kanskje", TRUTH, "bad_value"),
        (1.0, TRUTH, "bad_value"),
        (615.0, CODE, "not_text"),
        (4.1, TEXT, "not_text"),
        (datetime(2026, 5, 1), TEXT, "not_text"),
    ],
)
def test_refused(value: Any, kind: Any, id: str) -> None:
    read = read_cell(value, kind)
    assert (read.value, read.id) == (None, id)
    assert read.found
    assert read.expected
    assert read.mend


@pytest.mark.parametrize("value", [None, "", "  ", "\u00a0", "\u200b"])
def test_nothing(value: Any) -> None:
    assert read_cell(value, WHOLE) == read_cell(None, TEXT)


def test_a_percentage_is_what_is_seen() -> None:
    assert read_cell(0.6, PERCENT, percent=True).value == 60
    assert read_cell(0.57, PERCENT, percent=True).value == 57  # 0.57 x 100 is no whole float
    assert read_cell(1.0, PERCENT, percent=True).value == 100
    assert read_cell(0.2, NUMBER, percent=True).value == 0.2, "a share is what stands in the cell"


def test_days_of_a_workbook_that_counts_from_1904() -> None:
    assert read_cell(44560.0, DAY, base=date(1904, 1, 1)).value == date(2025, 12, 31)


@given(st.integers(-EXACT, EXACT), st.sampled_from([" ", "\u00a0", "\u202f"]), st.sampled_from(["", ",00", ",0"]))
def test_a_number_in_norwegian_is_itself(number: int, space: str, tail: str) -> None:
    text = f"{number:,}".replace(",", space) + tail
    read = read_cell(text, WHOLE)
    assert read.value == number
    assert type(read.value) is int


@given(
    st.one_of(st.text(max_size=30), st.from_regex(r"[-+ .,0-9\u00a0]{0,12}", fullmatch=True), st.floats(), st.dates())
)
def test_never_another_number(value: Any) -> None:
    """Whatever stands in a cell, the digits of what was read are its digits in their order, or it is refused."""
    read = read_cell(value, WHOLE)
    if read.value is None:
        assert read.id or not str(value).strip("\u200b\ufeff").split() or not str(value).strip()
        return
    if isinstance(value, float):
        assert abs(read.value - value) <= 1e-9 * max(1, abs(value))
    else:
        seen = "".join(sign for sign in str(value).partition(",00")[0] if sign.isdigit())
        digits = str(abs(read.value))
        assert seen.lstrip("0").rstrip("0") == digits.strip("0") or not digits.strip("0")
