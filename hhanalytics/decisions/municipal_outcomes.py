"""What each municipality may pay for and get: a programme's outcomes, for one municipality."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

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
    book = _Book.of(dataset, charges)
    rows: list[pl.DataFrame] = []
    for municipality in charges["municipality"].unique().sort():
        own = tuple(_own(book, model, municipality) for model in models.programmes)
        found = summary(replace(models, programmes=own), simulation.draws, simulation.seed)
        rows.append(found.select(pl.lit(municipality).alias("municipality"), *SUMMARY))
    return pl.concat(rows) if rows else pl.DataFrame(schema={"municipality": pl.String, **SUMMARY})


@dataclass(frozen=True)
class _Book:
    """What is asked for every municipality and programme, read once: a filter for each would read all rows each time.

    Attributes:
        pools: Programme → its own pools.
        charged: Pool → municipality → kroner.
        total: Pool → kroner.
        whose: Activity → the municipality it was counted for.
        quantity: Activity → its count.
    """

    pools: dict[str, set[str]]
    charged: dict[str, dict[str, int]]
    total: dict[str, int]
    whose: dict[str, str | None]
    quantity: dict[str, float | None]

    @classmethod
    def of(cls, dataset: Dataset, charges: pl.DataFrame) -> Self:
        pools: dict[str, set[str]] = defaultdict(set)
        for programme, pool in dataset.pools.select("programme", "pool").drop_nulls("programme").iter_rows():
            pools[programme].add(pool)
        charged: dict[str, dict[str, int]] = defaultdict(dict)
        summed = charges.group_by("pool", "municipality").agg(pl.col("amount_nok").sum())
        for pool, municipality, amount in summed.iter_rows():
            charged[pool][municipality] = amount
        counts = dataset.activities.unique("activity", keep="first", maintain_order=True)
        return cls(
            dict(pools),
            dict(charged),
            {pool: sum(amounts.values()) for pool, amounts in charged.items()},
            dict(counts.select("activity", "municipality").iter_rows()),
            dict(counts.select("activity", "quantity").iter_rows()),
        )

    def paid(self, pool: str, municipality: str) -> int:
        """What a municipality was charged in a pool."""
        return self.charged.get(pool, {}).get(municipality, 0)

    def share(self, pool: str, municipality: str) -> float:
        """The same as a part of the pool."""
        return self.paid(pool, municipality) / self.total[pool]

    def of_count(self, name: str) -> str | None:
        """The municipality that a count names."""
        return self.whose[name.partition(":")[2]]

    def counted(self, name: str) -> bool:
        """Whether anything was counted."""
        return bool(self.quantity[name.partition(":")[2]])


def _own(book: _Book, model: Model, municipality: str) -> Model:
    """The model of a programme for one municipality."""
    known: dict[str, Any] = {}
    if not model.cost_reason:
        pools = book.pools.get(model.programme, set())
        mine = sum(book.paid(pool, municipality) for pool in pools)
        # What is charged elsewhere as a part of the position relieves those who share the pool.
        relief = sum(book.total.get(pool, 0) for pool in pools) - model.fixed_nok
        parts = {name: book.share(name.partition(":")[2], municipality) for name in model.positions}
        whole = sum(model.positions.values())
        share = sum(size * parts[name] for name, size in model.positions.items()) / whole if whole else 0.0
        known["fixed_nok"] = mine - relief * share
        known["positions"] = {name: size * parts[name] for name, size in model.positions.items()}
    # Whether a count that may lie inside another is this municipality's says nothing: only whole counts are split.
    whose = [book.of_count(count) for count, _ in model.counts]
    own = (pair for pair, place in zip(model.counts, whose, strict=True) if place == municipality)
    mine_counts = tuple(pair for pair in own if book.counted(pair[0]))
    # Where only some counts are split, more may have come from here.
    known["ceiling"] = model.ceiling or not all(whose)
    lines = tuple(line for line in model.lines if book.of_count(line.count) == municipality)
    known["counts"] = mine_counts
    known["count_reason"] = model.count_reason or ("" if mine_counts else "none_here" if any(whose) else "not_split")
    known["lines"] = lines
    known["value_reason"] = model.value_reason or _why(book, model.lines, lines)
    return replace(model, **known)


def _why(book: _Book, all_lines: tuple[Line, ...], lines: tuple[Line, ...]) -> str:
    if any(not book.of_count(line.count) for line in all_lines):
        return "not_split"
    return "" if lines else "none_here"
