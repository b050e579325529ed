"""The rows of `benefit_by_municipality`: what is paid from the charges, what is got from the counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.evidence import Grade, bounds, weakest
from hhanalytics.measures import costs, gain_lines, positions
from hhanalytics.measures.allocation import largest_remainder
from hhanalytics.measures.costs import UNALLOCATED

Row = dict[str, Any]
#: Lowest and highest; the highest is None where it is open.
Range = tuple[int, int | None]

#: Units by which the benefit of a programme is counted, the best first; else whatever was counted.
UNITS: Final = ("participants", "users", "sessions", "courses")
#: Units of work put in, which is no benefit.
PUT_IN: Final = ("hours",)
#: Kind of gain → its columns; only avoided cost can be cash.
KINDS: Final = {
    "external_equivalent": ("value_low_nok", "value_high_nok"),
    "avoided_cost": ("avoided_low_nok", "avoided_high_nok"),
    "freed_time": ("freed_hours_low", "freed_hours_high"),
}


@dataclass(frozen=True)
class _Paid:
    """What everybody pays for a programme, at one end of what it costs; None where that is not known."""

    by: dict[str, int] | None
    grade: Grade


class BenefitRows:
    """Everything needed for the rows, worked out once."""

    def __init__(self, dataset: Dataset, year: int) -> None:
        self.data, self.year = dataset, year
        self.charges = dataset.costs.filter(pl.col("period_end").dt.year() == year)
        self.municipalities = self.charges["municipality"].unique().sort().to_list()
        full = positions.full_position_costs(
            dataset.costs, dataset.position_hooks, dataset.memberships, dataset.population
        )
        found: pl.DataFrame = costs.programme_costs(
            dataset.costs, dataset.pools, dataset.programmes, dataset.positions, full, dataset.grants
        )
        self.costs = {row["programme"]: row for row in found.filter(year=year).iter_rows(named=True)}
        self.programmes = sorted(self.costs)
        people = dataset.population.filter(year=year).group_by("municipality").agg(pl.col("persons").sum())
        self.people: dict[str, int] = dict(people.iter_rows())
        lines: pl.DataFrame = gain_lines.gain_lines(dataset.activities, dataset.prices, dataset.equivalents)
        self.lines = lines.filter(pl.col("counted") & (pl.col("year") == year)).to_dicts()
        self.services = {
            (row["programme"], row["kind"], row["unit"], row["service"]): row
            for row in dataset.equivalents.iter_rows(named=True)
        }
        self.activities: dict[str, list[Row]] = defaultdict(list)
        for row in dataset.activities.filter(pl.col("period_end").dt.year() == year).iter_rows(named=True):
            self.activities[row["programme"]].append(row)
        self.by_pool: dict[str, dict[str, int]] = defaultdict(dict)
        sums = self.charges.group_by("pool", "municipality").agg(pl.col("amount_nok").sum())
        for pool, name, amount in sums.sort("pool", "municipality").iter_rows():
            self.by_pool[pool][name] = amount
        scores = dataset.benefit_scores.filter(year=year)
        self.scores = {(r["municipality"], r["programme"]): r["score"] for r in scores.iter_rows(named=True)}
        self.paid = {end: self._paid(end) for end in ("low", "high")}

    # Paid

    def _paid(self, end: str) -> dict[str, _Paid]:
        shared = self.data.shared_pools()
        rest: dict[str, int] = defaultdict(int)
        for pool in shared:
            for name, amount in self.by_pool.get(pool, {}).items():
                rest[name] += amount
        out: dict[str, _Paid] = {}
        for programme, row in self.costs.items():
            cost = row[f"cost_{end}_nok"]
            if programme == UNALLOCATED:
                continue
            if cost is None:
                out[programme] = _Paid(None, "missing")
                continue
            by: dict[str, int] = defaultdict(int)
            for pool in self.data.pools.filter(programme=programme)["pool"].unique():
                for name, amount in self.by_pool.get(pool, {}).items():
                    by[name] += amount
            held = cost - sum(by.values())
            weights = self._shared_charges(programme, shared)
            if held and weights:
                parts = largest_remainder(held, weights)
                for name, part in parts.items():
                    by[name] += part
                    rest[name] -= part
            out[programme] = _Paid(dict(by), row["grade"])
        if UNALLOCATED in self.costs:
            out[UNALLOCATED] = _Paid(dict(rest), self.costs[UNALLOCATED]["grade"])
        return out

    def _shared_charges(self, programme: str, shared: list[str]) -> dict[str, Fraction]:
        """What each was charged in the shared pools that carry a programme's positions."""
        pools = self.data.positions.filter((pl.col("programme") == programme) & pl.col("pool").is_in(shared))["pool"]
        weights: dict[str, Fraction] = defaultdict(Fraction)
        for pool in pools.unique():
            for name, amount in self.by_pool.get(pool, {}).items():
                weights[name] += amount
        return {name: weight for name, weight in weights.items() if weight}

    def takes_part(self, name: str, programme: str) -> bool:
        """Whether a municipality pays for a programme, is in one of its pools, or is known to have got something."""
        paid = self.paid["high"][programme].by
        if paid and name in paid:
            return True
        if any(row["municipality"] == name for row in self.activities[programme]):
            return True
        own = self.data.pools.filter(programme=programme)["pool"].unique().to_list()
        carried = self.data.positions.filter(programme=programme)["pool"].unique().to_list()
        # One that no pool is known to pay for may be anybody's.
        return not paid and (not own or not carried or any(name in self.by_pool.get(p, {}) for p in (*own, *carried)))

    # Got

    def unit(self, programme: str) -> str | None:
        """The unit by which a programme's benefit is counted, if anything was."""
        counted = [r["unit"] for r in self.activities[programme] if r["quantity"] is not None and r["part_of"] is None]
        counted = [unit for unit in counted if unit not in PUT_IN]
        return next((unit for unit in (*UNITS, *counted) if unit in counted), None)

    def split(self, rows: list[Row], name: str) -> tuple[Range, Range]:
        """A municipality's part of some counts, and what the others are known to have at least and at most.

        A row that names a municipality may lie inside one that names none (``part_of``): it is then
        taken out of it. What is left of that may be anybody's.
        """
        roots = {row["activity"]: row for row in rows if row["part_of"] is None}
        own: Range = (0, 0)
        others: Range = (0, 0)
        inside: dict[str, Range] = defaultdict(lambda: (0, 0))
        for row in rows:
            if row["quantity"] is None or row["municipality"] is None:
                continue
            if row["part_of"] is not None and row["part_of"] not in roots:
                continue
            known = bounds(row["quantity"], row["qualifier"])
            if row["part_of"] is not None:
                inside[row["part_of"]] = _plus(inside[row["part_of"]], known)
            if row["municipality"] == name:
                own = _plus(own, known)
            else:
                others = _plus(others, known)
        free: Range = (0, 0)
        for id, row in roots.items():
            if row["municipality"] is None:
                whole: Range = bounds(row["quantity"], row["qualifier"]) if row["quantity"] is not None else (0, None)
                high = None if whole[1] is None else max(whole[1] - inside[id][0], 0)
                free = _plus(free, (0, high))
            elif row["quantity"] is None:
                # Done here, but not counted.
                own, others = (_plus(own, (0, None)), others) if row["municipality"] == name else (
                    own, _plus(others, (0, None)),
                )  # fmt: skip
        return (own[0], _plus(own, free)[1]), (others[0], _plus(others, free)[1])

    def row(self, name: str, programme: str) -> Row | None:
        """The row of a municipality and a programme; None where it takes no part in it."""
        if not self.takes_part(name, programme):
            return None
        ends = [self.paid[end][programme] for end in ("low", "high")]
        paid = sorted(each.by.get(name, 0) for each in ends if each.by is not None)
        shares = sorted(
            each.by.get(name, 0) / sum(each.by.values()) for each in ends if each.by and sum(each.by.values())
        )
        persons = self.people.get(name)
        unit = self.unit(programme)
        counted = [row for row in self.activities[programme] if row["unit"] == unit] if unit else []
        activity, benefit = self._activity(counted, name)
        here = [row["activity"] for row in self.activities[programme] if row["municipality"] == name]
        gains, reasons = self._gains(name, programme)
        missing = self._missing(programme, unit, benefit, reasons, (name, programme) in self.scores)
        known = bool(paid)
        return {
            "municipality": name,
            "programme": programme,
            "year": self.year,
            "paid_low_nok": paid[0] if known else None,
            "paid_high_nok": paid[-1] if known else None,
            "paid_per_inhabitant_low_nok": paid[0] / persons if known and persons else None,
            "paid_per_inhabitant_high_nok": paid[-1] / persons if known and persons else None,
            "cost_share_low": shares[0] if shares else None,
            "cost_share_high": shares[-1] if shares else None,
            "activity_unit": unit,
            "activity_low": activity[0] if unit else None,
            "activity_high": activity[1] if unit else None,
            "documented_here": ";".join(here) or None,
            "benefit_share_low": benefit[0] if benefit else None,
            "benefit_share_high": benefit[1] if benefit else None,
            **gains,
            "score": self.scores.get((name, programme)),
            "missing": ";".join(missing) or None,
            "grade": weakest(each.grade for each in ends),
        }

    def _activity(self, rows: list[Row], name: str) -> tuple[Range, tuple[float, float] | None]:
        """A municipality's part of what was counted, as a count and as a share of all of it."""
        if not rows:
            return (0, None), None
        own, others = self.split(rows, name)
        if own == (0, 0) and others == (0, 0):
            return own, None
        low = 0.0 if others[1] is None or not own[0] else own[0] / (own[0] + others[1])
        high = 1.0 if own[1] is None else own[1] / (own[1] + others[0]) if own[1] + others[0] else 0.0
        return own, (low, high)

    def _gains(self, name: str, programme: str) -> tuple[dict[str, float | None], set[str]]:
        """The gains of each kind, and why some are not known."""
        sums: dict[str, list[float | None]] = {}
        reasons: set[str] = set()
        compared: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
        for line in self.lines:
            if line["programme"] == programme and line["gain_kind"] in KINDS:
                compared[line["gain_kind"], line["kind"], line["unit"], line["service"]].append(line)
        # Together, not one by one: which of several activities of a kind a municipality took part in is not known.
        for (gain_kind, kind, unit, service), lines in compared.items():
            rows = [row for row in self.activities[programme] if (row["kind"], row["unit"]) == (kind, unit)]
            counted = [row for row in rows if row["part_of"] is None]
            if gain_kind == "freed_time":
                low, high = _hours(counted, self.services[programme, kind, unit, service])
            else:
                reasons |= {line["reason"] for line in lines if line["reason"]}
                low, high = (_total(line[f"value_{end}_nok"] for line in lines) for end in ("low", "high"))
            if low is None:
                sums[gain_kind] = [None, None]
                continue
            activity, benefit = self._activity(rows, name)
            fewest = sum(bounds(row["quantity"], row["qualifier"])[0] for row in counted)
            least = low * activity[0] / fewest if fewest else 0.0
            most = None if high is None or benefit is None else high * benefit[1]
            before = sums.setdefault(gain_kind, [0.0, 0.0])
            if before[0] is not None:
                sums[gain_kind] = [before[0] + least, _total((before[1], most))]
        empty: list[float | None] = [None, None]
        out = {column: sums.get(kind, empty)[end] for kind, names in KINDS.items() for end, column in enumerate(names)}
        return out, reasons

    def _missing(
        self, programme: str, unit: str | None, benefit: tuple[float, float] | None, reasons: set[str], scored: bool
    ) -> list[str]:
        if programme == UNALLOCATED:
            return ["position"]
        out = ["position"] if self.costs[programme]["reason"] == "position_not_stated" else []
        if unit not in UNITS:
            # Meetings and networks are counted, but not who got something out of them.
            out.append("count")
        elif benefit and benefit[0] < benefit[1]:
            out.append("split")
        if reasons & {"no_price", "several_units", "no_price_index"}:
            out.append("price")
        if "no_equivalence" in reasons:
            out.append("equivalence")
        return out if scored else [*out, "score"]


def _hours(counted: list[Row], service: Row) -> tuple[float | None, float | None]:
    """Freed time is counted in units of the service, which are hours; no price is put on it."""
    middle = service["service_units"]
    if middle is None or any(row["quantity"] is None for row in counted):
        return None, None
    low, high = (
        middle if service[f"service_units_{end}"] is None else service[f"service_units_{end}"]
        for end in ("low", "high")
    )
    ends = [bounds(row["quantity"], row["qualifier"]) for row in counted]
    most = _total(each[1] for each in ends)
    return low * sum(each[0] for each in ends), None if most is None else high * most


def _total(amounts: Iterable[float | None]) -> float | None:
    """The sum of some amounts; None where one of them is not known."""
    total = 0.0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _plus(one: Range, two: Range) -> Range:
    return one[0] + two[0], None if one[1] is None or two[1] is None else one[1] + two[1]
