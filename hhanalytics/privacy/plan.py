"""Which counts of a Dataset are withheld in public: small ones, and those that would give them away.

The plan is made once for all of a Dataset, so that every section, brief and command withholds the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.methods import constant
from hhanalytics.tables import PERSON_UNITS, row_name

#: The counted rows something is the sum of: row → how many times.
Parts = tuple[tuple[str, int], ...]
#: What it costs to withhold a sum rather than one of its parts: sums stand in the text, parts in one chart.
DEAR: Final = 50.0


@dataclass(frozen=True)
class Plan:
    """What is withheld, and which sums over withheld counts are shown all the same.

    Attributes:
        small: Rows whose count is small.
        withheld: Rows that are not shown; the small ones among them.
        sums: Sums that are shown although they hold withheld rows.
    """

    small: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    sums: tuple[Parts, ...] = ()

    def tells(self, parts: Iterable[tuple[str, int]]) -> bool:
        """Whether a sum tells more about withheld rows than the sums that are shown anyway.

        Example:
            >>> plan = Plan(frozenset("a"), frozenset("ab"), ((("a", 1), ("b", 1), ("c", 1)),))
            >>> plan.tells([("a", 1), ("b", 1)]), plan.tells([("b", 1), ("d", 1)]), plan.tells([("c", 1)])
            (False, True, False)
        """
        own = _totals(parts, self.withheld)
        if not own:
            return False
        known = [_totals(each, self.withheld) for each in self.sums]
        rows = sorted({row for each in (own, *known) for row in each})
        wanted = np.array([own.get(row, 0) for row in rows], dtype=float)
        if not known:
            return True
        matrix = np.array([[each.get(row, 0) for each in known] for row in rows], dtype=float)
        found = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
        return bool(np.abs(matrix @ found - wanted).max() > 1e-9)


def _totals(parts: Iterable[tuple[str, int]], within: frozenset[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for row, times in parts:
        if row in within:
            out[row] = out.get(row, 0) + times
    return {row: times for row, times in out.items() if times}


def counted(dataset: Dataset) -> dict[str, int]:
    """Every row of a Dataset that counts persons it serves → its count.

    Population is left out: it is published by Statistics Norway.

    Example:
        >>> import hhanalytics as hh
        >>> counted(hh.load("data/raw"))["activities:kef_users"]
        4
    """
    rows = dataset.activities.filter(pl.col("unit").is_in(PERSON_UNITS) & pl.col("quantity").is_not_null())
    found = {row_name("activities", row): int(row["quantity"]) for row in rows.iter_rows(named=True)}
    return found | {row_name("welfare_tech", r): int(r["units"]) for r in dataset.welfare_tech.iter_rows(named=True)}


def plan_of(dataset: Dataset) -> Plan:
    """What to withhold of a Dataset.

    Args:
        dataset: The Dataset.

    Returns:
        The plan. Sums over technologies and over the activities of one kind are kept where they can be: then
        a further single count is withheld instead, as few as possible.

    Example:
        >>> import hhanalytics as hh
        >>> plan_of(hh.load("data/raw")).withheld
        frozenset({'activities:kef_users'})
    """
    counts, limit = counted(dataset), constant("small_number")
    small = frozenset(name for name, count in counts.items() if count < limit)
    withheld, sums = set(small), []
    for members, wholes in (*_technologies(dataset), *_activities(dataset)):
        if not any(name in small for name in members):
            continue
        gone, shown = _protected(members, wholes, counts)
        withheld |= gone
        sums += shown
    return Plan(small, frozenset(withheld), tuple(sums))


def _technologies(dataset: Dataset) -> Iterable[tuple[dict[str, str], list[str]]]:
    """For each month its rows, each with its technology, and the technologies whose sum is spoken of."""
    # Of several reports of a month only the latest is added up.
    newest = pl.col("reported_on").fill_null(date.min).rank("ordinal", descending=True)
    table = dataset.welfare_tech.filter(newest.over("technology", "month", "municipality") == 1)
    months = table.group_by("technology", pl.col("month").dt.year().alias("year")).agg(pl.col("month").n_unique())
    whole = months.filter(pl.col("month") == pl.col("month").max().over("year"))
    complete = set(whole.select("technology", "year").iter_rows())
    for (month,), rows in table.group_by(["month"], maintain_order=True):
        named = {row_name("welfare_tech", row): row["technology"] for row in rows.iter_rows(named=True)}
        yield named, [t for t in dict.fromkeys(named.values()) if (t, month.year) in complete]


def _activities(dataset: Dataset) -> Iterable[tuple[dict[str, str], list[str]]]:
    """The activities that are added up: of one programme, unit, reservation and year."""
    rows = dataset.activities.filter(
        pl.col("unit").is_in(PERSON_UNITS) & pl.col("quantity").is_not_null() & pl.col("part_of").is_null()
    ).with_columns(pl.col("period_end").dt.year().alias("year"))
    for _, group in rows.group_by(["programme", "unit", "qualifier", "year"], maintain_order=True):
        names = [row_name("activities", row) for row in group.iter_rows(named=True)]
        yield {name: name for name in names}, names


def _protected(
    members: Mapping[str, str], wholes: list[str], counts: Mapping[str, int]
) -> tuple[set[str], list[Parts]]:
    """The rows to withhold among some, and the sums over them that may still be shown."""
    from hhanalytics.privacy.suppression import suppress

    kinds = list(dict.fromkeys(members.values()))
    hierarchy: dict[str, str] = {}
    rows: list[tuple[str, int, float]] = []
    sums: dict[str, list[str]] = {}
    for kind in kinds:
        own = [row for row, each in members.items() if each == kind]
        above = "sum" if kind in wholes else "rest"
        if len(own) == 1:
            hierarchy[own[0]] = above
        else:
            hierarchy |= dict.fromkeys(own, f"kind {kind}") | {f"kind {kind}": above}
            sums[f"kind {kind}"] = own
        rows += [(row, counts[row], 1.0 + counts[row] / 1e9) for row in own]
    sums["sum"] = [row for row, kind in members.items() if kind in wholes]
    hierarchy |= {"sum": "everything", "rest": "everything"}
    rows += [(name, sum(counts[row] for row in own), DEAR) for name, own in sums.items() if own]
    used = {code for row, _, _ in rows for code in _above(row, hierarchy)}
    table = pl.DataFrame(rows, schema={"row": pl.String, "n": pl.Int64, "cost": pl.Float64}, orient="row")
    try:
        found = suppress(
            table,
            values="n",
            dims={"row": {c: p for c, p in hierarchy.items() if c in used}},
            cost="cost",
            margins="given",
        )
    except BadInput:
        return set(members), []
    gone = set(found.filter(pl.col("suppression") != "none")["row"])
    shown = [tuple((row, 1) for row in own) for name, own in sums.items() if own and name not in gone]
    return gone & set(members), shown


def _above(code: str, hierarchy: Mapping[str, str]) -> Iterable[str]:
    while code in hierarchy:
        yield code
        code = hierarchy[code]
    yield code


def described(name: str) -> str:
    """A row as an error names it: where it stands, and no count.

    Example:
        >>> described("welfare_tech:digitalt_tilsyn:2025-05-01:")
        'welfare_tech digitalt_tilsyn 2025-05-01'
    """
    return " ".join(part for part in name.split(":") if part)
