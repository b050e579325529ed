"""Level shifts: what is found in series with a known shift, what is not in series without, and how sure."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.methods import constant

#: Steps of one or two, without any pattern.
QUIET = [100, 101, 99, 100, 102, 101, 100, 99, 101, 100, 102, 101]


def table(start: int = 2025, /, **series: list[Any]) -> pl.DataFrame:
    rows = [
        {"technology": name, "month": date(start + i // 12, i % 12 + 1, 1), "units": value}
        for name, values in series.items()
        for i, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema={"technology": pl.String, "month": pl.Date, "units": pl.Float64}, strict=False)


def found(*columns: str, start: int = 2025, **series: list[Any]) -> list[Any]:
    rows = hh.level_shifts(table(start, **series)).select(*columns or ("month",)).rows()
    return [row if len(columns) > 1 else row[0] for row in rows]


def raised(values: list[int], since: int, by: int, until: int = 99) -> list[int]:
    return [v + by * (since <= i < until) for i, v in enumerate(values)]


# The year 2025


def test_june_and_december_in_every_series(dataset: Dataset) -> None:
    """The report's table (l. 374-379): steps from May to June, and from November to December."""
    shifts = hh.level_shifts(dataset.welfare_tech)
    assert shifts["kind"].unique().to_list() == ["simultaneous"]
    steps = {(row["technology"], row["month"].month): row["step"] for row in shifts.iter_rows(named=True)}
    assert steps == {
        ("medisineringsstotte", 6): 59 - 68, ("medisineringsstotte", 12): 74 - 64,
        ("digitalt_tilsyn", 6): 21 - 25, ("digitalt_tilsyn", 12): 20 - 17,
        ("sporingsteknologi", 6): 40 - 61, ("sporingsteknologi", 12): 45 - 42,
        ("trygghetsalarm", 6): 443 - 561, ("trygghetsalarm", 12): 566 - 447,
        ("roykvarsler", 6): 188 - 310, ("roykvarsler", 12): 325 - 186,
        ("dorlas_doralarm", 6): 28 - 31, ("dorlas_doralarm", 12): 35 - 30,
    }  # fmt: skip
    assert set(shifts.filter(pl.col("month").dt.month() == 6)["sureness"]) == {"sure"}
    assert set(shifts.filter(pl.col("month").dt.month() == 12)["sureness"]) == {"too_short"}


def test_december_takes_june_back_where_it_does(dataset: Dataset) -> None:
    """Two of the six stay down: tracking 61 to 45, supervision 25 to 20."""
    december = hh.level_shifts(dataset.welfare_tech).filter(pl.col("month").dt.month() == 12)
    back = december.filter(pl.col("reverses") == date(2025, 6, 1))["technology"].to_list()
    assert back == ["dorlas_doralarm", "medisineringsstotte", "roykvarsler", "trygghetsalarm"]
    assert december["reverses"].null_count() == 2


@pytest.mark.parametrize("technology", ["digitalt_tilsyn", "dorlas_doralarm"])
def test_small_series_alone_say_nothing(dataset: Dataset, technology: str) -> None:
    """Twelve points with two small steps are no finding of their own: no confident nonsense."""
    assert hh.level_shifts(dataset.welfare_tech.filter(technology=technology)).height == 0


# Single series


@pytest.mark.parametrize("by", [20, -20])
def test_a_clear_shift_is_found_where_it_is(by: int) -> None:
    rows = found("month", "kind", "before", "after", "sureness", alarm=raised(QUIET, 6, by))
    assert rows == [(date(2025, 7, 1), "single", 100.5, 100.5 + by, "sure")]


def test_a_shift_of_the_usual_size_is_none() -> None:
    assert found(alarm=QUIET) == []
    assert found(alarm=raised(QUIET, 6, 2)) == []


def test_one_odd_month_is_no_level() -> None:
    assert found(alarm=raised(QUIET, 5, 40, until=6)) == []
    assert found(alarm=raised(QUIET, 11, 40)) == []
    assert found(alarm=raised(QUIET, 2, 40)) == []


def test_up_and_back_again() -> None:
    rows = found("month", "step", "reverses", alarm=raised(QUIET, 4, 30, until=8))
    assert [(month.month, back) for month, _, back in rows] == [(5, None), (9, date(2025, 5, 1))]


def test_two_steps_the_same_way_reverse_nothing() -> None:
    rows = found("reverses", alarm=raised(raised(QUIET, 4, 30), 8, 30))
    assert rows == [None, None]


def test_a_series_that_never_moved_before() -> None:
    assert found("step", "usual_step", alarm=[53] * 6 + [106] * 6) == [(53, 1)]
    assert found(alarm=[53] * 6 + [54] * 6) == []
    assert found("step", share=[0.5] * 6 + [0.75] * 6) == [0.25]


def test_few_months_say_nothing() -> None:
    assert found(alarm=[10, 11, 10, 60, 61]) == []
    assert found(alarm=[10]) == []
    assert hh.level_shifts(table()).height == 0


def test_no_step_over_a_missing_month() -> None:
    values: list[int | None] = [*raised(QUIET, 6, 30)]
    values[6] = None
    assert found(alarm=values) == []
    rows = table(alarm=raised(QUIET, 6, 30)).filter(pl.col("month") != date(2025, 7, 1))
    assert hh.level_shifts(rows).height == 0


def test_what_comes_every_year_is_season() -> None:
    """A summer low in three years is no shift; in one year nobody can tell."""
    year = [v - 40 * (i in (5, 6, 7)) for i, v in enumerate(QUIET)]
    assert [m.month for m in found(alarm=year)] == [6, 9]
    assert found(alarm=year * 3) == []


# Together


def test_all_at_once_are_simultaneous() -> None:
    series = {name: raised(QUIET, since, 12) for name, since in (("a", 5), ("b", 5), ("c", 5))}
    assert set(found("month", "kind", **series)) == {(date(2025, 6, 1), "simultaneous")}
    assert len(found(**series)) == 3


def test_one_that_does_not_follow_makes_it_single() -> None:
    series = {"a": raised(QUIET, 5, 12), "b": raised(QUIET, 5, 12), "c": [100] * 12}
    assert set(found("kind", **series)) == {"single"}


def test_two_series_are_too_few_to_be_all() -> None:
    assert set(found("kind", a=raised(QUIET, 5, 12), b=raised(QUIET, 5, 12))) == {"single"}


def test_together_shows_what_none_shows_alone() -> None:
    """Steps of three times the usual: in one series it is noise, in six in the same month it is not."""
    random = np.random.default_rng(3)
    series = {}
    for name in "abcdef":
        order = random.permutation([-1.0, 1.0, 1.4, -1.2, 0.8, -0.9, 1.1, -1.3, 0.7, -0.6])
        series[name] = np.cumsum([100, *order[:5], 5.5, *order[5:]]).tolist()
    assert all(found(**{name: values}) == [] for name, values in series.items())
    assert set(found("month", "kind", **series)) == {(date(2025, 7, 1), "simultaneous")}


# Properties


@given(st.integers(0, 10_000), st.sampled_from([0.5, 4.0, 1024.0]), st.integers(-500, 500))
def test_moved_scaled_and_turned(seed: int, times: float, by: int) -> None:
    random = np.random.default_rng(seed)
    # Values that a computer holds exactly, and none of them a count.
    sets = np.round(random.standard_normal((4, 24)) * 64) / 64 + 0.5**20
    sets[:, 12:] += random.choice([0, 6], 4)[:, None]
    names = "abcd"
    plain = hh.level_shifts(table(**{n: v.tolist() for n, v in zip(names, sets, strict=True)}))
    for factor, offset in ((times, by), (-1.0, 0)):
        moved = hh.level_shifts(table(**{n: (v * factor + offset).tolist() for n, v in zip(names, sets, strict=True)}))
        same = ["technology", "month", "kind", "chance", "sureness", "reverses", "months_before"]
        assert moved.select(same).equals(plain.select(same))
        assert moved["step"].to_list() == pytest.approx((plain["step"] * factor).to_list())


@pytest.mark.parametrize("left", [0.0, 0.5, 0.9])
def test_false_alarms_are_rarer_than_promised(left: float) -> None:
    """Noise drawn here, not by the measure: in at most the promised share of series a shift is reported."""
    random = np.random.default_rng([7, int(left * 10)])
    for length in (12, 36):
        alarms, draws = 0, 400
        for _ in range(draws):
            values = [random.standard_normal()]
            for _ in range(length - 1):
                values.append(left * values[-1] + np.sqrt(1 - left**2) * random.standard_normal())
            alarms += hh.level_shifts(table(a=values)).height > 0
        assert alarms / draws <= constant("shift_chance")


def test_same_answer_again() -> None:
    frame = table(a=raised(QUIET, 6, 9), b=QUIET)
    assert hh.level_shifts(frame).equals(hh.level_shifts(frame))
    assert hh.level_shifts(frame.reverse()).equals(hh.level_shifts(frame))


# What goes in and comes out


def test_own_names_of_columns_and_pandas() -> None:
    frame = table(a=raised(QUIET, 6, 30)).rename({"technology": "team", "month": "day", "units": "visits"})
    shifts = hh.level_shifts(frame, name="team", date="day", value="visits")
    assert shifts.columns[:3] == ["team", "day", "kind"]
    pandas = hh.level_shifts(frame.to_pandas(), name="team", date="day", value="visits")
    assert isinstance(pandas, pd.DataFrame)
    assert pandas["step"].tolist() == shifts["step"].to_list()


def test_what_cannot_be_used_is_named() -> None:
    frame = table(a=QUIET)
    with pytest.raises(BadInput, match=r"month, row 13 \(a\): found 2025-03-01 again"):
        hh.level_shifts(pl.concat([frame, frame[2:3]]))
    with pytest.raises(BadInput, match="units, row 2: found '12,5'"):
        hh.level_shifts(frame.with_columns(units=pl.Series(["1", "12,5", *["3"] * 10])))
    with pytest.raises(BadInput, match="lacks the columns units"):
        hh.level_shifts(frame.drop("units"))
