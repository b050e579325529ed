"""Grades, hedged counts and citations."""

from __future__ import annotations

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hhanalytics.evidence import GRADES, LETTERS, QUALIFIERS, Citation, bounds, weakest
from hhanalytics.measures.grades import grade_words, graded
from hhanalytics.measures.participants import hedged_range

grades = st.sampled_from(GRADES)


@given(st.lists(grades, min_size=1), grades)
def test_weakest_never_improves(found: list[str], more: str) -> None:
    """It is one of the inputs, no matter in which order, and another input never makes it better."""
    weak = weakest(found)  # type: ignore[arg-type]
    assert weak in found
    assert weak == weakest(list(reversed(found)))  # type: ignore[arg-type]
    assert all(GRADES.index(weak) >= GRADES.index(grade) for grade in found)  # type: ignore[arg-type]
    assert GRADES.index(weakest([*found, more])) >= GRADES.index(weak)  # type: ignore[arg-type,list-item]


def test_nothing_known_is_missing_and_letters_follow_the_order() -> None:
    assert weakest([]) == "missing"
    assert "".join(LETTERS[grade] for grade in GRADES) == "ABCD"


@pytest.mark.parametrize(
    ("value", "qualifier", "expected"),
    [
        (440, "at_least", (440, None)),
        (609, "exact", (609, 609)),
        (600, "about", (540, 660)),
        (150, "nearly", (135, 150)),
        (25, "nearly", (22, 25)),  # 2.5 is 3
        (5, "about", (4, 6)),  # 0.5 is 1
        (4, "about", (4, 4)),
        (0, "about", (0, 0)),
    ],
)
def test_bounds_by_hand(value: int, qualifier: str, expected: tuple[int, int | None]) -> None:
    assert bounds(value, qualifier) == expected  # type: ignore[arg-type]


def test_measures_read_hedged_counts_as_bounds_does() -> None:
    """The measures compute on columns what `bounds` computes on one number."""
    values = [*range(130), 149, 150, 151, 440, 999, 1005, 10**12 + 5]
    rows = [(value, qualifier) for value in values for qualifier in QUALIFIERS]
    low, high = hedged_range()
    frame = nw.from_native(pl.DataFrame(rows, schema=["quantity", "qualifier"], orient="row"))
    found = frame.with_columns(low.alias("low"), high.alias("high"))
    for value, qualifier, least, most in found.iter_rows():
        expected = bounds(value, qualifier)
        assert (least, most) == (expected[0], value if qualifier == "at_least" else expected[1])


def test_grades_as_numbers_and_back() -> None:
    frame = nw.from_native(pl.DataFrame({"grade": [*GRADES, "unheard_of", None]}))
    ranked = frame.with_columns(graded())
    assert ranked["grade_rank"].to_list() == [0, 1, 2, 3, 3, 3]
    assert ranked.with_columns(grade_words("grade_rank"))["grade"].to_list() == [*GRADES, "missing", "missing"]


@pytest.mark.parametrize(
    ("locator", "lines"),
    [
        ("l. 82", [(82, 82)]),
        ("l. 64-65, 71", [(64, 65), (71, 71)]),
        ("tabell 07459, 3320, 2005, 0-17", []),
        ("nettside, kurs over 6 samlinger", []),
    ],
)
def test_cited_lines(locator: str, lines: list[tuple[int, int]]) -> None:
    assert Citation("s", "t", "", locator).lines() == lines
