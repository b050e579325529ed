"""The measures by name, computed from a Dataset: what the commands and the briefs use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.errors import UnknownName
from hhanalytics.measures import costs, gain, like_for_like, municipalities, participants, positions


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
    charged = data.costs.select("municipality", year=pl.col("period_end").dt.year().cast(pl.Int64)).unique()
    people = data.population.join(charged, on=["municipality", "year"], how="semi")
    found: pl.DataFrame = participants.cost_per_participant(
        _programme_costs(data), data.activities, by, population=people
    )
    return found


def _gain(data: Dataset, *, by: str = "participants", **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = gain.gain(_programme_costs(data), data.activities, data.prices, data.equivalents, by=by)
    return found


def _gain_lines(data: Dataset, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = gain.gain_lines(data.activities, data.prices, data.equivalents)
    return found


def _like_for_like(data: Dataset, **_: Any) -> pl.DataFrame:
    found: pl.DataFrame = like_for_like.like_for_like(data.costs)
    return found


#: Measures that divide by a unit of activity.
BY_UNIT = ("cost_per_participant", "gain")

MEASURES: dict[str, Callable[..., pl.DataFrame]] = {
    "programme_costs": _programme_costs,
    "cost_per_participant": _cost_per_participant,
    "gain": _gain,
    "gain_lines": _gain_lines,
    "municipality_costs": _municipality_costs,
    "full_position_costs": _full_position_costs,
    "like_for_like": _like_for_like,
}


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
        >>> costs = hh.compute(hh.load("data/raw"), "programme_costs", year=2025)
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
    found = MEASURES[measure](dataset, by=by, budget=budget)
    return found if year is None else found.filter(pl.col("year") == dataset.year(year))
