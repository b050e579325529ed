"""The plan of a Dataset: which counts are withheld in public, small ones and those that would give them away.

It is made once for all of a Dataset, so that every section, brief, export and command withholds the same, and
it is attacked itself before anybody uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.methods import constant
from hhanalytics.privacy.gate import Gate
from hhanalytics.privacy.plan import Parts, Plan
from hhanalytics.privacy.releases import Said, given_away, told
from hhanalytics.tables import PERSON_UNITS, row_name

#: What it costs to withhold a sum rather than one of its parts: sums stand in the text, parts in one chart.
DEAR: Final = 50.0


def counted(dataset: Dataset) -> dict[str, int]:
    """Every row of a Dataset that counts persons it serves → its count.

    Population is left out: it is published by Statistics Norway.

    Example:
        >>> import hhanalytics as hh
        >>> counted(hh.load("data/raw"))["activities:kef_users"]
        4
    """
    return dict(_counted(dataset))


@lru_cache(maxsize=8)
def _counted(dataset: Dataset) -> dict[str, int]:
    """The same, worked out once: every brief is attacked with the rows of all."""
    rows = dataset.activities.filter(pl.col("unit").is_in(PERSON_UNITS) & pl.col("quantity").is_not_null())
    found = {row_name("activities", row): int(row["quantity"]) for row in rows.iter_rows(named=True)}
    return found | {row_name("welfare_tech", r): int(r["units"]) for r in dataset.welfare_tech.iter_rows(named=True)}


@lru_cache(maxsize=8)
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
    known = known_sums(dataset)
    _hide_with(known, withheld, counts)
    return _attacked(Plan(small, frozenset(withheld), tuple(sums)), counts, known)


def gate_of(dataset: Dataset, *, public: bool = True) -> Gate:
    """The gate that everything of a Dataset passes before somebody sees it.

    Args:
        dataset: The Dataset.
        public: Whether the reader is the public; then the plan holds back what would give a small count away.

    Example:
        >>> import hhanalytics as hh
        >>> gate_of(hh.load("data/raw"), public=False).plan is None
        True
    """
    return Gate(plan=plan_of(dataset)) if public else Gate(public=False)


def following(said: Iterable[Said], dataset: Dataset, earlier: Iterable[Said]) -> str:
    """The small counts that follow from what a release says and what was released before.

    Args:
        said: What the release says of counted rows.
        dataset: The data it was made from.
        earlier: What earlier releases said.

    Returns:
        At most three of the rows, named as an error may name them, and how many more there are; empty: none.
    """
    rows = given_away([*said, *known_sums(dataset)], counted(dataset), plan_of(dataset), earlier)
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    return "; ".join(rows[:3]) + more


def known_sums(dataset: Dataset) -> list[Said]:
    """Wholes that are the sum of their parts in the data: who sees all but one of them can reckon it out.

    Those are a month's count of all municipalities and the counts of each, and a count with those that lie in it.

    Example:
        >>> import hhanalytics as hh
        >>> known_sums(hh.load("data/raw"))
        []
    """
    return list(_known_sums(dataset))


@lru_cache(maxsize=8)
def _known_sums(dataset: Dataset) -> tuple[Said, ...]:
    counts = counted(dataset)
    months: dict[tuple[str, Any], tuple[list[str], list[str]]] = {}
    for row in dataset.latest_reports().iter_rows(named=True):
        whole, split = months.setdefault((row["technology"], row["month"]), ([], []))
        (whole if row["municipality"] is None else split).append(row_name("welfare_tech", row))
    found = [(whole, split) for whole, split in months.values() if len(whole) == 1 and split]
    activities = dataset.activities.filter(pl.col("unit").is_in(PERSON_UNITS) & pl.col("quantity").is_not_null())
    inside_of = activities.filter(pl.col("part_of").is_not_null())
    for (above, unit), inside in inside_of.group_by(["part_of", "unit"], maintain_order=True):
        whole = _names("activities", activities.filter(activity=above, unit=unit))
        if len(whole) == 1:
            found.append((whole, _names("activities", inside)))
    return tuple(
        Said.of([(name, 1) for name in whole] + [(name, -1) for name in inside], 0.0)
        for whole, inside in found
        if sum(counts[name] for name in whole) == sum(counts[name] for name in inside)
    )


def _names(table: str, rows: pl.DataFrame) -> list[str]:
    return [row_name(table, row) for row in rows.iter_rows(named=True)]


def _hide_with(known: Iterable[Said], withheld: set[str], counts: Mapping[str, int]) -> None:
    """Withhold a second row of each sum of which one is withheld: the whole, or else the smallest part."""
    open_ = True
    while open_:
        open_ = False
        for each in known:
            shown = [(-times, counts[row], row) for row, times in each.parts if row not in withheld]
            if len(shown) == len(each.parts) - 1 and shown:
                withheld.add(min(shown)[2])
                open_ = True


def _attacked(plan: Plan, counts: Mapping[str, int], known: list[Said]) -> Plan:
    """The plan, with less said and more withheld until nothing small follows from all that it lets be shown."""
    while plan.small:
        sums = [Said.of(parts, float(sum(counts[row] * times for row, times in parts))) for parts in plan.sums]
        shown = [Said.of([(row, 1)], float(count)) for row, count in counts.items() if row not in plan.withheld]
        found = set(told([*sums, *shown, *known], counts, plan))
        if not found:
            break
        near = [parts for parts in plan.sums if _touch(parts, found, plan)]
        beside = {row for each in known for row, _ in each.parts if _touch(each.parts, found, plan)}
        if near:
            plan = replace(plan, sums=tuple(parts for parts in plan.sums if parts not in near))
        elif beside - plan.withheld:
            plan = replace(plan, withheld=plan.withheld | beside)
        else:
            # What readers reckon with anyway cannot be hidden: a whole of nought is nought in all its parts.
            break
    return plan


def _touch(parts: Parts, rows: set[str], plan: Plan) -> bool:
    """Whether a sum holds one of some rows, or a withheld row that another sum with one of them may hold."""
    names = {row for row, _ in parts}
    return bool(names & rows) or any(
        names & {row for row, _ in each} & plan.withheld for each in plan.sums if rows & {row for row, _ in each}
    )


def _technologies(dataset: Dataset) -> Iterable[tuple[dict[str, str], list[str]]]:
    """For each month its rows, each with its technology, and the technologies whose sum is spoken of."""
    table = dataset.latest_reports()
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
    """The rows to withhold among some, at least one of them small, and the sums over them that may still be shown.

    A row by itself stands in no sum with others: it is withheld, and with it the sum that it is. The solver says
    the same, but has to be loaded first.
    """
    if len(members) == 1:
        return set(members), []
    return _solved(members, wholes, counts)


def _solved(members: Mapping[str, str], wholes: list[str], counts: Mapping[str, int]) -> tuple[set[str], list[Parts]]:
    """The same by the solver, for any rows."""
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
