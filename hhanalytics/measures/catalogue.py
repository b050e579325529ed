"""The measures by name, computed from a Dataset: what the commands and the briefs use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import narwhals as nw
import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.errors import UnknownName
from hhanalytics.measures import (
    benefit,
    comparable_costs,
    costs,
    gain,
    gain_lines,
    level_shifts,
    like_for_like,
    municipalities,
    need,
    participants,
    positions,
    technology_gain,
    unit_rates,
)
from hhanalytics.methods import constant

#: Dataset → what was computed from it, for as long as it is in use: a brief asks for the same many times.
_KEPT: WeakKeyDictionary[Dataset, dict[tuple[str, str, str | None], pl.DataFrame]] = WeakKeyDictionary()


def _computed(data: Any, measure: str, by: str = "participants", budget: str | None = None) -> pl.DataFrame:
    """A measure of all years, computed once for a Dataset; a frame of the caller's own."""
    if not isinstance(data, Dataset):
        # Tables on an engine: plans, which are not kept.
        return MEASURES[measure](data, by=by, budget=budget)
    kept = _KEPT.setdefault(data, {})
    asked = (measure, by, budget)
    if asked not in kept:
        kept[asked] = MEASURES[measure](data, by=by, budget=budget)
    return kept[asked].clone()


def _programme_costs(data: Dataset, **_: Any) -> pl.DataFrame:
    full = _full_position_costs(data)
    found: pl.DataFrame = costs.programme_costs(
        data.costs, data.pools, data.programmes, data.positions, full, data.grants
    )
    return found


def _full_position_costs(data: Dataset, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = positions.full_position_costs(
        data.costs, data.position_hooks, data.memberships, data.population
    )
    return found


def _municipality_costs(data: Dataset, *, budget: str | None = None, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = municipalities.municipality_costs(data.costs, data.population, data.budgets, budget=budget)
    return found


def _cost_per_participant(data: Dataset, *, by: str = "participants", **_: Any) -> pl.DataFrame:
    where = ["municipality", "year"]
    charged = nw.from_native(data.costs).with_columns(nw.col("period_end").dt.year().cast(nw.Int64).alias("year"))
    people = nw.from_native(data.population).join(charged.select(where).unique(), on=where, how="semi")
    found: pl.DataFrame = participants.cost_per_participant(
        _computed(data, "programme_costs"), data.activities, by, population=people.to_native()
    )
    return found


def _gain(data: Dataset, *, by: str = "participants", **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = gain.gain(
        _computed(data, "programme_costs"), data.activities, data.prices, data.equivalents, by=by
    )
    return found


def _gain_lines(data: Dataset, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = gain_lines.gain_lines(data.activities, data.prices, data.equivalents)
    return found


def _comparable_costs(data: Dataset, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = comparable_costs.comparable_costs(data.costs)
    return found


def _like_for_like(data: Dataset, **_: Any) -> pl.DataFrame:
    # Only who comes to or leaves what all share matters for a count of all.
    shared = nw.col("affects").is_in([*data.ordinary_pools(), "welfare_tech"])
    events = nw.from_native(data.events).filter(~nw.col("kind").is_in(["exit", "entry"]) | shared)
    counted = like_for_like.like_for_like(data.welfare_tech, data.memberships, events.to_native())
    found: pl.DataFrame = (
        nw.from_native(counted).with_columns(nw.col("month").dt.year().cast(nw.Int64).alias("year")).to_native()
    )
    return found


def _unit_rates(data: Dataset, **_: Any) -> pl.DataFrame:
    members = data.memberships.filter(pl.col("pool").is_in(data.ordinary_pools()))
    found: pl.DataFrame = unit_rates.unit_rates(data.welfare_tech, data.population, members)
    return found.with_columns(pl.col("month").dt.year().cast(pl.Int64).alias("year"))


def _level_shifts(data: Dataset, **_: Any) -> pl.DataFrame:
    counted: pl.DataFrame = like_for_like.like_for_like(data.welfare_tech, data.memberships, data.events)
    found: pl.DataFrame = level_shifts.level_shifts(counted, counts=True)
    return found.with_columns(pl.col("month").dt.year().cast(pl.Int64).alias("year"))


def _technology_gain(data: Dataset, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = technology_gain.technology_gain(data.welfare_tech, data.technology_effects)
    return found


def hourly_wage_nok(data: Dataset) -> float | None:
    """What an hour of municipal work is paid, from the latest monthly wage on file; None where there is none.

    Example:
        >>> import hhanalytics as hh
        >>> round(hourly_wage_nok(hh.load("data/raw")))
        376
    """
    wages = data.price_index.filter(index="municipal_wage").sort("year")
    return float(wages["value"][-1]) * 12 / constant("working_year_hours") if wages.height else None


def _technology_break_even(data: Dataset, **_: Any) -> pl.DataFrame:
    hourly = hourly_wage_nok(data)
    effects = data.technology_effects if hourly else data.technology_effects.clear()
    found: pl.DataFrame = technology_gain.technology_break_even(effects, hourly or 1)
    return found


def _over_years(data: Dataset, measure: Callable[[Dataset, int], pl.DataFrame]) -> pl.DataFrame:
    """A measure of one year, over all years with accounts; an error where there are none."""
    data.year(None)
    return pl.concat([measure(data, year) for year in data.years()])


def _benefit_by_municipality(data: Dataset, **_: Any) -> pl.DataFrame:
    return _over_years(data, benefit.benefit_by_municipality)


def _gains_by_municipality(data: Dataset, **_: Any) -> pl.DataFrame:
    return _over_years(data, benefit.gains_by_municipality)


def _cash_by_municipality(data: Dataset, **_: Any) -> pl.DataFrame:
    return _over_years(data, benefit.cash_by_municipality)


def _need_by_municipality(data: Dataset, **_: Any) -> pl.DataFrame:
    return need.need_by_municipality(data)


#: Measures that divide by a unit of activity.
BY_UNIT = ("cost_per_participant", "gain")

MEASURES: dict[str, Callable[..., pl.DataFrame]] = {
    "programme_costs": _programme_costs,
    "cost_per_participant": _cost_per_participant,
    "gain": _gain,
    "gain_lines": _gain_lines,
    "municipality_costs": _municipality_costs,
    "full_position_costs": _full_position_costs,
    "comparable_costs": _comparable_costs,
    "like_for_like": _like_for_like,
    "level_shifts": _level_shifts,
    "unit_rates": _unit_rates,
    "technology_gain": _technology_gain,
    "technology_break_even": _technology_break_even,
    "benefit_by_municipality": _benefit_by_municipality,
    "gains_by_municipality": _gains_by_municipality,
    "cash_by_municipality": _cash_by_municipality,
    "need_by_municipality": _need_by_municipality,
}
#: Measures whose rows belong to no year.
TIMELESS = ("technology_break_even",)


def compute(
    dataset: Dataset,
    measure: str,
    *,
    year: int | None = None,
    by: str = "participants",
    budget: str | None = None,
) -> pl.DataFrame:
    """A measure computed from a Dataset.

    Args:
        dataset: The Dataset, printed or corrected.
        measure: Name of the measure, such as ``cost_per_participant``.
        year: Only this year; None: all years with accounts.
        by: Unit for ``cost_per_participant`` and ``gain``.
        budget: Which budget for ``municipality_costs``.

    Returns:
        What the measure of that name returns.

    Raises:
        UnknownName: Unknown measure, year, unit or budget, with the nearest valid names.

    Example:
        >>> import hhanalytics as hh
        >>> costs = hh.compute(hh.example(), "programme_costs", year=2025)
        >>> costs.filter(programme="bti")["cost_nok"].item()
        410725
    """
    if measure not in MEASURES:
        raise UnknownName.of("measure", measure, MEASURES)
    units = [
        *dataset.activities["unit"].unique().sort(),
        *(["inhabitants"] if measure == "cost_per_participant" else []),
    ]
    # The default is no choice of the caller's: without such an activity the result is missing, with its reason.
    if measure in BY_UNIT and by != "participants" and by not in units:
        raise UnknownName.of("unit", by, units)
    if budget is not None and budget not in (names := dataset.budgets["budget"].unique()):
        raise UnknownName.of("budget", budget, names)
    found = _computed(dataset, measure, by, budget)
    return found if year is None or measure in TIMELESS else found.filter(pl.col("year") == dataset.year(year))
