"""What municipalities pay for programmes is made of: charges, and their part of what programmes cost shared pools."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Step, inputs, unknown
from hhanalytics.decisions.derived_costs import YEAR, charges, cost
from hhanalytics.measures.costs import UNALLOCATED

Row = Mapping[str, Any]


class Paid:
    """Who pays what for which programme in a year."""

    def __init__(self, dataset: Dataset, year: int) -> None:
        self.data, self.year = dataset, year
        self.charges = dataset.costs.filter(year == YEAR)
        self.shared = dataset.shared_pools()

    @cached_property
    def programmes(self) -> list[str]:
        """Every programme on file."""
        return self.data.programmes["programme"].unique().sort().to_list()

    def cost(self, programme: str, end: str) -> Step:
        """What a programme costs at one end."""
        return cost(self.data, programme, self.year, end)

    def charged(self, pools: list[str], name: str | None = None, called: str = "charged") -> Step:
        """What one or all were charged in some pools."""
        own = pl.lit(True) if name is None else pl.col("municipality") == name
        return charges(called, self.charges.filter(pl.col("pool").is_in(pools) & own).sort("pool", "municipality"))

    def own_pools(self, programme: str) -> list[str]:
        """The pools of a programme."""
        return self.data.pools.filter(programme=programme)["pool"].unique().sort().to_list()

    def paid(self, name: str, programme: str, end: str) -> Step:
        """What a municipality pays for a programme where that costs as much as at one end."""
        if programme == UNALLOCATED:
            own = self.charged(self.shared, name)
            taken = [part for each in self.programmes if (part := self._part(name, each, end)) is not None]
            return Step(f"left_{end}", "left_of_shared", "difference", (own, *taken)) if taken else own
        whole = self.cost(programme, end)
        if whole.value is None:
            return unknown(f"paid_at_{end}", whole.missing, whole.parts, whole.because)
        own, part = self.charged(self.own_pools(programme), name), self._part(name, programme, end)
        parts = (own, part) if own.parts and part else (part,) if part else (own,)
        return Step(f"paid_at_{end}", "paid_for_programme", "sum", parts)

    def _part(self, name: str, programme: str, end: str) -> Step | None:
        """A municipality's part of what a programme costs the shared pools; None where it has none."""
        whole = self.cost(programme, end)
        if whole.value is None:
            return None
        direct = self.charged(self.own_pools(programme))
        held = Step(f"held_{end}", "held_in_shared", "difference", (whole, direct)) if direct.parts else whole
        carried = self.data.positions.filter((pl.col("programme") == programme) & pl.col("pool").is_in(self.shared))
        if not held.value or not carried.height:
            return None
        pools = carried["pool"].unique().sort().to_list()
        because = inputs("positions", carried, "pool")
        weights = {}
        for each in self.charges.filter(pl.col("pool").is_in(pools))["municipality"].unique().sort():
            weight = self.charged(pools, each, "charged_shared")
            if weight.value:
                weights[each] = weight
        if name not in weights:
            return None
        # Which of them it is, in order of name: the odd kroner go to the largest remainders, ties by name.
        place = Step("place", "place", "number", tuple(weights[each] for each in weights if each <= name))
        parts = (held, place, *weights.values())
        return Step(f"part_at_{end}", "part_of_shared", "part_of_shared", parts, because)


@lru_cache(maxsize=8)
def paid_in(dataset: Dataset, year: int) -> Paid:
    """The payments of a year, worked out once for all that ask."""
    return Paid(dataset, year)


def paid_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``benefit_by_municipality`` that is about what is paid."""
    made, name, programme = paid_in(dataset, row["year"]), row["municipality"], row["programme"]
    side = "low" if "low" in column else "high"
    ends = [made.paid(name, programme, end) for end in ("low", "high")]
    lost = next((each for each in ends if each.value is None), None)
    if lost is not None:
        return unknown(column, lost.missing, lost.parts, lost.because)
    operation = "least" if side == "low" else "greatest"
    if column.startswith("cost_share"):
        return _share(made, programme, ends, column, operation)
    paid = Step(f"paid_{side}_nok", f"paid_{side}", operation, tuple(ends))
    if "per_inhabitant" not in column:
        return paid
    people = dataset.population.filter(municipality=name, year=row["year"])
    persons = Step("inhabitants", "inhabitants", "sum", inputs("population", people, "persons"))
    if not persons.value:
        return unknown(column, "no_population", because=inputs("population", people, "persons"))
    return Step(column, "per_inhabitant", "quotient", (paid, persons))


def _share(made: Paid, programme: str, ends: list[Step], column: str, operation: str) -> Step:
    found = []
    for end, own in zip(("low", "high"), ends, strict=True):
        whole = _whole(made, programme, end)
        if whole.value:
            found.append(Step(f"share_at_{end}", "share_of_programme", "quotient", (own, whole)))
    if not found:
        return unknown(column, "no_total", ends)
    return Step(column, f"share_{operation}", operation, tuple(found))


def _whole(made: Paid, programme: str, end: str) -> Step:
    """What all pay for a programme: what it costs, since parts always sum to it."""
    if programme != UNALLOCATED:
        return made.cost(programme, end)
    names = made.charges["municipality"].unique().sort()
    parts = tuple(made.paid(name, programme, end) for name in names)
    return Step(f"left_of_all_{end}", "paid_by_all", "sum", parts)
