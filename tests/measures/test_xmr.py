"""Control charts: published cases, the rules by hand, an oracle that goes point by point, and what cannot be charted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.measures.xmr_rules import limits


def months(number: int, start: int = 2020) -> list[date]:
    return [date(start + i // 12, i % 12 + 1, 1) for i in range(number)]


def chart(values: Sequence[float | None], **options: Any) -> pl.DataFrame:
    found: pl.DataFrame = hh.xmr(values, months(len(values)), **options)
    return found


def rules(values: Sequence[float | None], **options: Any) -> list[str | None]:
    return chart(values, **options)["special_cause"].to_list()


# Published cases

#: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, flow rates of ten batches.
NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
#: Montgomery, Introduction to Statistical Quality Control, costs of processing twenty mortgage loan applications.
LOANS = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]


def test_loan_costs_as_published() -> None:
    """Printed: mean 300.5, mean moving range 7.79, limits 321.22 and 279.78; all points inside."""
    found = chart(LOANS, counts=False)
    mean, lower, upper = found.select("mean", "lower", "upper").row(0)
    assert (round(mean, 1), round((upper - mean) / 2.66, 2)) == (300.5, 7.79)
    assert (round(upper, 2), round(lower, 2)) == (321.22, 279.78)
    assert found["special_cause"].null_count() == len(LOANS)


def test_flow_rates_as_published() -> None:
    """Printed: mean 50.81, mean moving range 1.8778. Ten points are too few for the chart, not for the arithmetic.

    The limits printed there, 55.8041 and 45.8159, are by 3 / 1.128; by its rounded form, 2.66, they are 55.80 and 45.82.
    """
    found = limits(np.array(NIST), np.array([0]), screen=True, fix_after=None)
    assert round(found.mean[0], 2) == 50.81
    assert round((found.upper[0] - found.mean[0]) / 2.66, 4) == 1.8778
    assert (round(found.upper[0], 2), round(found.lower[0], 2)) == (55.80, 45.82)
    assert chart(NIST)["reason"].unique().to_list() == ["too_few_points"]


# By hand

HAND = [10, 12, 11, 13, 12, 11, 10, 12, 11, 13, 12, 29]


def test_screening_by_hand() -> None:
    """Moving ranges 2 1 2 1 1 1 2 1 2 1 17: mean 31/11; 17 is above 3.267 x 31/11 = 9.2, the others mean 14/10."""
    screened, plain = chart(HAND), chart(HAND, screen_outliers=False)
    assert screened["mean"][0] == plain["mean"][0] == 13
    assert screened["upper"][0] == pytest.approx(13 + 2.66 * 1.4)
    assert plain["upper"][0] == pytest.approx(13 + 2.66 * 31 / 11)
    assert screened["special_cause"].to_list() == [None] * 11 + ["outside"]


def test_screened_once_only() -> None:
    """Ranges 1 (ten times), 4, 50: mean 64/12, limit 17.4, so 50 goes; then 4 is above 3.267 x 14/11 and stays."""
    values = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 4, 54]
    found = chart(values)
    assert found["upper"][0] - found["mean"][0] == pytest.approx(2.66 * 14 / 11)


@pytest.mark.parametrize("turned", [1, -1])
def test_shift_is_all_of_seven_or_more(turned: int) -> None:
    """Twice seven on either side of the mean 0, then six that are too few for a row."""
    seven = [turned * v for v in [5, 1, 5, 1, 5, 1, 5, -5, -1, -5, -1, -5, -1, -5]]
    assert rules(seven) == ["shift"] * 14
    six = [turned * v for v in [5, 1, 5, 1, 5, 1, -5, -1, -5, -1, -5, -1]]
    assert rules(six) == [None] * 12


def test_a_point_on_the_mean_ends_the_row() -> None:
    values = [1, 2, 1, 0, 2, 1, 2, -1, -2, -1, 0, -2, -1, -2]
    assert sum(values) == 0
    assert rules(values) == [None] * 14


def test_trend_is_all_of_seven_points() -> None:
    """Seven points that rise are six steps; six points are not enough, and two equal ones end it."""
    base = [5, 3, 5, 3, 5, 3]
    rising = [0, 1, 2, 3, 4, 5, 6]
    assert rules([*base, *rising, 3, 5], screen_outliers=False)[6:13] == ["trend"] * 7
    assert rules([*base, 4, *rising[1:], 3, 5, 3], screen_outliers=False)[7:13] != ["trend"] * 6
    assert rules([*base, 0, 1, 2, 3, 3, 4, 5, 6, 3, 5], screen_outliers=False)[6:14] == [None] * 8


def test_two_of_three() -> None:
    """Two of three in the outer third, with one nearer the mean on the same side, which is not marked."""
    quiet = [1, -1] * 10
    high = 5.0
    values = [*quiet, high, 1, high, *quiet]
    found = chart(values, screen_outliers=False)
    reach = found["upper"][0] - found["mean"][0]
    mean = found["mean"][0]
    assert 2 / 3 * reach < high - mean < reach
    assert found["special_cause"].to_list()[20:23] == ["two_of_three", None, "two_of_three"]
    # With the third on the other side of the mean it is none, as in NHSRplotthedots (ptd_two_in_three).
    across = chart([*quiet, high, -1, high, *quiet], screen_outliers=False)
    assert across["special_cause"].to_list()[20:23] == [None, None, None]


def test_two_in_the_outer_third_on_different_sides_are_none() -> None:
    values = [*[1, -1] * 10, 5, 0, -5, *[1, -1] * 10]
    found = chart(values, screen_outliers=False)
    assert 2 / 3 * found["upper"][0] < 5 < found["upper"][0] == -found["lower"][0]
    assert found["special_cause"].null_count() == len(values)


# An oracle that goes point by point, as the rules are told


def told(values: list[float]) -> list[str | None]:
    mean = sum(values) / len(values)
    moves = [abs(b - a) for a, b in itertools.pairwise(values)]
    usual = sum(moves) / len(moves)
    kept = [m for m in moves if m <= 3.267 * usual]
    reach = 2.66 * sum(kept) / len(kept)
    small = 1e-9 * max(map(abs, values))
    out: list[str | None] = []
    near = [reach * 2 / 3 + small < abs(v - mean) <= reach + small for v in values]
    side = [0 if abs(v - mean) <= small else 1 if v > mean else -1 for v in values]
    for i, value in enumerate(values):
        windows = [range(a, a + 7) for a in range(i - 6, i + 1) if a >= 0 and a + 7 <= len(values)]
        threes = [range(a, a + 3) for a in range(i - 2, i + 1) if a >= 0 and a + 3 <= len(values)]
        if abs(value - mean) > reach + small:
            out.append("outside")
        elif any(
            all(values[j] < values[j + 1] for j in w[:-1]) or all(values[j] > values[j + 1] for j in w[:-1])
            for w in windows
        ):
            out.append("trend")
        elif near[i] and any(sum(near[j] for j in t) >= 2 and abs(sum(side[j] for j in t)) == 3 for t in threes):
            out.append("two_of_three")
        elif any(abs(sum(side[j] for j in w)) == 7 for w in windows):
            out.append("shift")
        else:
            out.append(None)
    return out


wobbling = st.lists(st.integers(-30, 30).map(float), min_size=12, max_size=50)


@given(wobbling)
def test_as_the_rules_are_told(values: list[float]) -> None:
    assert rules(values, counts=False) == told(values)


def test_as_the_rules_are_told_on_series_that_wander() -> None:
    """All rules occur, also where a row ends at the end of the series."""
    random = np.random.default_rng(4)
    seen = set()
    for _ in range(300):
        values = random.standard_normal(40).cumsum().round(1).tolist() if random.random() < 0.5 else random.standard_normal(40).tolist()  # fmt: skip
        found = rules(values, counts=False)
        assert found == told(values)
        seen |= set(found)
    assert seen == {None, "outside", "shift", "trend", "two_of_three"}


# Properties


@given(wobbling, st.integers(-1000, 1000), st.sampled_from([0.25, 2.0, 64.0]))
def test_moved_and_scaled(values: list[float], by: int, times: float) -> None:
    plain = chart(values, counts=False, improvement="increase")
    other = chart([v * times + by for v in values], counts=False, improvement="increase")
    for name in ("mean", "lower", "upper"):
        assert other[name].to_list() == pytest.approx((plain[name] * times + by).to_list(), abs=1e-6)
    assert other["special_cause"].to_list() == plain["special_cause"].to_list()
    assert other["direction"].to_list() == plain["direction"].to_list()


@given(wobbling)
def test_turned_upside_down(values: list[float]) -> None:
    plain = chart(values, counts=False, improvement="increase")
    turned = chart([-v for v in values], counts=False, improvement="decrease")
    assert turned["lower"].to_list() == pytest.approx((-plain["upper"]).to_list())
    assert turned["special_cause"].to_list() == plain["special_cause"].to_list()
    assert turned["direction"].to_list() == plain["direction"].to_list()


@given(st.permutations(range(24)))
def test_order_of_rows_does_not_matter(order: list[int]) -> None:
    values = [float(i % 5 + i // 8) for i in range(24)]
    days = months(24)
    found = hh.xmr([values[i] for i in order], [days[i] for i in order])
    assert found.equals(hh.xmr(values, days))


def test_each_series_is_charted_by_itself() -> None:
    random = np.random.default_rng(1)
    rows = [(name, day, float(v)) for name in "cab" for day, v in zip(months(30), random.normal(9, 2, 30), strict=True)]
    rows += [("short", day, 1.0) for day in months(5)]
    random.shuffle(rows)  # type: ignore[arg-type]
    names, days, values = ([row[i] for row in rows] for i in range(3))
    found = hh.xmr(values, days, names, improvement="decrease", target=11)
    assert found["series"].unique(maintain_order=True).to_list() == ["a", "b", "c", "short"]
    for name in ("a", "b", "c", "short"):
        mine = sorted((day, v) for n, day, v in rows if n == name)
        alone = hh.xmr([v for _, v in mine], [day for day, _ in mine], improvement="decrease", target=11)
        assert found.filter(series=name).drop("series").equals(alone)


# Segments, gaps, constants


def test_new_limits_only_where_stated_and_why() -> None:
    values = [10, 12] * 6 + [30, 32] * 6
    whole = chart(values)
    assert whole["segment"].unique().to_list() == [1]
    assert set(whole["special_cause"]) == {"outside"}
    parts = chart(values, breaks=[(date(2021, 1, 1), "ny leverandør")])
    assert parts["mean"].unique(maintain_order=True).to_list() == [11, 31]
    assert parts["special_cause"].null_count() == 24
    assert parts.group_by("segment", maintain_order=True).agg(pl.col("break_reason").first()).rows() == [
        (1, None),
        (2, "ny leverandør"),
    ]


def test_too_few_points_have_no_limits() -> None:
    """2025 with its two breaks: five, six and one month; and eleven points of a segment whose twelfth is empty."""
    alarms = [550, 561, 557, 551, 561, 443, 441, 438, 438, 443, 447, 566]
    found = chart(alarms, breaks=[(date(2020, 6, 1), "uforklart"), (date(2020, 12, 1), "uforklart")], target=500)
    assert found["segment"].to_list() == [1] * 5 + [2] * 6 + [3]
    for name in ("mean", "lower", "upper", "special_cause", "direction", "variation", "assurance"):
        assert found[name].null_count() == 12
    assert found["reason"].to_list() == ["too_few_points"] * 12
    eleven = chart([*HAND[:11], None])
    assert eleven["reason"].to_list() == ["too_few_points"] * 12
    assert chart(HAND)["reason"].null_count() == 12


def test_breaks_of_one_series() -> None:
    days = months(24)
    values = ([10, 12] * 6 + [30, 32] * 6) * 2
    found = hh.xmr(values, days * 2, ["a"] * 24 + ["b"] * 24, breaks={"b": [("2021-01-01", "flyttet")]})
    assert found.group_by("series", maintain_order=True).agg(pl.col("segment").max())["segment"].to_list() == [1, 2]


def test_gaps_are_skipped() -> None:
    """An empty point, or a month without a point: its neighbours follow each other."""
    values = [float(v) for v in HAND] + [11.0, 12.0]
    days = months(14)
    with_empty = hh.xmr([*values[:5], None, *values[5:]], [*days[:5], date(2020, 5, 15), *days[5:]])
    plain = hh.xmr(values, days)
    assert with_empty.filter(pl.col("value").is_not_null()).equals(plain)
    empty = with_empty.filter(pl.col("value").is_null()).row(0, named=True)
    assert (empty["special_cause"], empty["reason"], empty["mean"]) == (None, None, plain["mean"][0])
    assert hh.xmr(values, [d if d.month < 6 else d.replace(year=d.year + 1) for d in days[:12]] + months(2, 2023))[
        "mean"
    ][0] == pytest.approx(plain["mean"][0])


@pytest.mark.parametrize("value", [0, 0.1, 561, 1e9, -3.7])
def test_a_constant_series_has_no_signal(value: float) -> None:
    found = chart([value] * 24)
    assert found["special_cause"].null_count() == 24
    assert found["lower"].to_list() == pytest.approx([value] * 24) == found["upper"].to_list()


def test_counts_have_no_limit_below_zero() -> None:
    values = [0, 3, 1, 4, 0, 2, 5, 1, 0, 3, 2, 1]
    assert chart(values)["lower"][0] == 0
    assert chart(values, counts=False)["lower"][0] < 0
    assert chart([v + 0.5 for v in values])["lower"][0] < 0
    assert chart(values)["upper"].equals(chart(values, counts=False)["upper"])


def test_limits_fixed_after_so_many_points() -> None:
    values = [10.5, 12.5] * 6 + [30.5] * 8
    found = chart(values, fix_after=12)
    assert found["mean"].unique().to_list() == [11.5]
    assert found["upper"][0] == pytest.approx(11.5 + 2.66 * 2)
    assert found["special_cause"].to_list()[12:] == ["outside"] * 8


# What it means


@pytest.mark.parametrize(
    ("improvement", "up", "down"),
    [("increase", "improvement", "concern"), ("decrease", "concern", "improvement"), ("neutral", "neutral", "neutral")],
)
def test_direction(improvement: str, up: str, down: str) -> None:
    values = [5, 1, 5, 1, 5, 1, 5, -5, -1, -5, -1, -5, -1, -5]
    found = chart(values, improvement=improvement)
    assert found["direction"].to_list() == [up] * 7 + [down] * 7
    assert found["variation"].unique().to_list() == [down]
    assert chart([1, -1] * 8, improvement=improvement)["variation"].unique().to_list() == ["common_cause"]


def test_a_rising_trend_is_better_also_below_the_mean() -> None:
    values = [5, 3, 5, 3, 5, 3, 0, 1, 2, 3, 4, 5, 6, 3, 5]
    found = chart(values, improvement="increase", screen_outliers=False)
    assert found["direction"].to_list()[6:13] == ["improvement"] * 7


def test_a_point_that_ends_one_trend_and_starts_another_goes_with_the_later() -> None:
    """As in NHSRplotthedots, which looks at the step to the right of a point that has a trend on both sides."""
    values = [9, 11] * 10 + [7, 8, 9, 10, 11, 12, 13, 12, 11, 10, 9, 8, 7] + [9, 11] * 10
    found = chart(values, improvement="increase", screen_outliers=False)
    assert found["special_cause"].to_list()[20:33] == ["trend"] * 13
    assert found["direction"].to_list()[20:33] == ["improvement"] * 6 + ["concern"] * 7


@pytest.mark.parametrize(
    ("improvement", "target", "result"),
    [
        ("increase", 5, "pass"), ("increase", 11, "inconsistent"), ("increase", 40, "fail"),
        ("decrease", 5, "fail"), ("decrease", 11, "inconsistent"), ("decrease", 40, "pass"),
        ("neutral", 11, None), ("increase", None, None),
    ],
)  # fmt: skip
def test_assurance(improvement: str, target: float | None, result: str | None) -> None:
    found = chart([10, 12] * 6, improvement=improvement, target=target)
    assert found["assurance"].unique().to_list() == [result]


# What goes in and comes out

COLUMNS = ["date", "value", "mean", "lower", "upper", "special_cause", "direction", "segment"]


def test_columns_and_kinds() -> None:
    polars = chart(HAND)
    assert polars.columns[:8] == COLUMNS
    assert polars["date"].dtype == pl.Date
    pandas = hh.xmr(pd.Series(HAND), pd.Series(pd.to_datetime(months(12))))
    assert isinstance(pandas, pd.DataFrame)
    assert pandas["upper"].tolist() == polars["upper"].to_list()
    for values in (np.array(HAND), pl.Series(HAND), pl.Series(HAND, dtype=pl.Int16), pd.Series(HAND, dtype="Int64")):
        assert list(hh.xmr(values, [datetime(d.year, d.month, d.day) for d in months(12)])["upper"]) == list(polars["upper"])  # fmt: skip
    assert hh.xmr(HAND, [d.isoformat() for d in months(12)]).equals(polars)


def test_no_points_at_all() -> None:
    assert hh.xmr([], []).height == 0
    assert hh.xmr([None] * 13, months(13))["reason"].unique().to_list() == ["too_few_points"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("12,5", ("values, row 3", "decimal point")),
        ("1 200", ("values, row 3", "without spaces")),
        ("tolv", ("values, row 3", "'tolv'")),
        ("12", ("values, row 3", "as numbers")),
        (True, ("values, row 3", "True")),
        (float("inf"), ("values, row 3", "infinite")),
    ],
)
def test_a_cell_that_is_no_number_is_named(cell: Any, words: tuple[str, ...]) -> None:
    values: list[Any] = [1, 2, cell, 4]
    for given_as in (list, lambda v: pd.Series(v, dtype=object)):
        with pytest.raises(BadInput) as error:
            hh.xmr(given_as(values), months(4))
        assert error.value.id == "bad_cell"
        assert all(word in str(error.value) for word in words)


def test_the_cell_that_made_a_column_text_is_named() -> None:
    with pytest.raises(BadInput, match="values, row 3: found 'tolv'"):
        hh.xmr(["10", "11", "tolv", "12,5"], months(4))


@pytest.mark.parametrize(
    ("call", "id", "words"),
    [
        (lambda: hh.xmr([1, 2], ["2025-01-01", "31.12.2025"]), "bad_cell", "dates, row 2"),
        (lambda: hh.xmr([1, 2], ["2025-01-01", None]), "bad_cell", "dates, row 2"),
        (lambda: hh.xmr([1, 2, 3], ["2025-01-01", "2025-02-01", "2025-01-01"]), "double_date", "dates, row 3"),
        (lambda: hh.xmr([1, 2], ["2025-01-01"] * 2, ["a", "a"]), "double_date", "of series a"),
        (lambda: hh.xmr([1, -2], months(2), counts=True), "negative_count", "values, row 2: found -2"),
        (lambda: hh.xmr([1, 2], months(3)), "different_lengths", "2 values, 3 dates"),
        (lambda: hh.xmr([1, 2], months(2), ["a", None]), "bad_cell", "series, row 2"),
        (lambda: hh.xmr("12", months(2)), "no_values", "a list or a column"),
        (lambda: hh.xmr(HAND, months(12), breaks=[(date(2020, 6, 1), " ")]), "bad_break", "a reason"),
        (lambda: hh.xmr(HAND, months(12), breaks=[date(2020, 6, 1)]), "bad_break", "breaks, 1"),
        (lambda: hh.xmr(HAND, months(12), breaks=[("juni", "x")]), "bad_cell", "breaks, 1"),
        (lambda: hh.xmr(HAND, months(12), fix_after=6), "too_few_to_fix", "at least 12"),
    ],
)
def test_what_cannot_be_charted(call: Any, id: str, words: str) -> None:
    with pytest.raises(BadInput) as error:
        call()
    assert error.value.id == id
    assert words in str(error.value)


def test_unknown_names() -> None:
    with pytest.raises(UnknownName, match="increase"):
        chart(HAND, improvement="incrase")
    with pytest.raises(UnknownName, match="alarm"):
        hh.xmr(HAND, months(12), ["alarm"] * 12, breaks={"alarn": [(date(2020, 6, 1), "x")]})
