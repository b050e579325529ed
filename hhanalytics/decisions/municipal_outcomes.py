"""What each municipality may pay for and get: a programme's outcomes, for one municipality."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.models import Line, Model

if TYPE_CHECKING:
    from hhanalytics.decisions.simulation import Simulation


def municipal_outcomes(simulation: Simulation) -> pl.DataFrame:
    """Outcomes per municipality and programme, from the same draws.

    A municipality's cost is what it was charged for the programme alone, and its part of the shared pool
    for the positions in it. Participants and value are what was counted with its name; where no count of
    the programme is split, they are missing (``not_split``), never shared out by population.

    Args:
        simulation: As `simulate` gives it.

    Returns:
        As ``Simulation.programmes``, with ``municipality`` in front.
    """
    from hhanalytics.decisions.simulation import SUMMARY, summary

    dataset, models = simulation.dataset, simulation.models
    charges = dataset.costs.filter(pl.col("period_end").dt.year() == models.year)
    rows: list[pl.DataFrame] = []
    for municipality in charges["municipality"].unique().sort():
        own = tuple(_own(dataset, charges, model, municipality) for model in models.programmes)
        found = summary(replace(models, programmes=own), simulation.draws, simulation.seed)
        rows.append(found.select(pl.lit(municipality).alias("municipality"), *SUMMARY))
    return pl.concat(rows) if rows else pl.DataFrame(schema={"municipality": pl.String, **SUMMARY})


def _own(dataset: Dataset, charges: pl.DataFrame, model: Model, municipality: str) -> Model:
    """The model of a programme for one municipality."""
    known: dict[str, Any] = {}
    if not model.cost_reason:
        pools = dataset.pools.filter(programme=model.programme)
        direct = charges.filter(pl.col("pool").is_in(pools["pool"].unique().implode()))
        mine = int(direct.filter(municipality=municipality)["amount_nok"].sum())
        # What is charged elsewhere as a part of the position relieves those who share the pool.
        relief = int(direct["amount_nok"].sum()) - model.fixed_nok
        parts = {name: _share(charges, name.partition(":")[2], municipality) for name in model.positions}
        whole = sum(model.positions.values())
        share = sum(size * parts[name] for name, size in model.positions.items()) / whole if whole else 0.0
        known["fixed_nok"] = mine - relief * share
        known["positions"] = {name: size * parts[name] for name, size in model.positions.items()}
    # Whether a count that may lie inside another is this municipality's says nothing: only whole counts are split.
    mine_counts = tuple(pair for pair in model.counts if _whose(dataset, pair[0]) == municipality)
    mine_counts = tuple(pair for pair in mine_counts if _counted(dataset, pair[0]))
    split = any(_whose(dataset, pair[0]) for pair in model.counts)
    # Where only some counts are split, more may have come from here.
    known["ceiling"] = model.ceiling or not all(_whose(dataset, pair[0]) for pair in model.counts)
    lines = tuple(line for line in model.lines if _whose(dataset, line.count) == municipality)
    known["counts"] = mine_counts
    known["count_reason"] = model.count_reason or ("" if mine_counts else "none_here" if split else "not_split")
    known["lines"] = lines
    known["value_reason"] = model.value_reason or _why(dataset, model.lines, lines)
    return replace(model, **known)


def _why(dataset: Dataset, all_lines: tuple[Line, ...], lines: tuple[Line, ...]) -> str:
    if any(not _whose(dataset, line.count) for line in all_lines):
        return "not_split"
    return "" if lines else "none_here"


def _share(charges: pl.DataFrame, pool: str, municipality: str) -> float:
    rows = charges.filter(pool=pool)
    return int(rows.filter(municipality=municipality)["amount_nok"].sum()) / int(rows["amount_nok"].sum())


def _counted(dataset: Dataset, name: str) -> bool:
    return bool(dataset.activities.filter(activity=name.partition(":")[2])["quantity"][0])


def _whose(dataset: Dataset, name: str) -> str | None:
    found: str | None = dataset.activities.filter(activity=name.partition(":")[2])["municipality"][0]
    return found
