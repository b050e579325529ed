"""What happens if one leaves, joins, or stands outside a programme: charges before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change, Obligation, check_names, refuse
from hhanalytics.decisions.memberships import Memberships, Parts, table_of
from hhanalytics.decisions.outlook import carried
from hhanalytics.decisions.scenario_charges import COMPARISON, charged, dataset_after
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.costs import UNALLOCATED

End = Literal["low", "high"]


@dataclass(frozen=True)
class Scenario:
    """Charges as they are or would be, beside charges after some changes.

    Attributes:
        base: The Dataset it started from.
        changes: The changes, in the order of their dates.
        dataset: The Dataset after the changes: memberships and charges; charges of years without accounts
            are carried forward.
        comparison: One row per municipality, pool and period: ``municipality``, ``pool``, ``period_start``,
            ``period_end``, ``before_nok``, ``after_nok``, ``share_before``, ``share_after``.
        parts: The same rows with what the change is made of: ``exit_nok`` (other shares of the same pool),
            ``level_nok`` (another amount of the pool), ``obligation_nok`` (what one that left keeps paying).
        until: The last year it looks at.
        end: Which end of a range it was worked out for; only standing outside a part of a shared pool
            has a range.
        ranged: Whether the two ends differ.
    """

    base: Dataset
    changes: tuple[Change, ...]
    dataset: Dataset
    comparison: pl.DataFrame
    parts: pl.DataFrame
    until: int
    end: End = "high"
    ranged: bool = False

    def at(self, end: End) -> Scenario:
        """The same scenario with the lowest or the highest cost of what somebody stands outside of.

        Example:
            >>> import hhanalytics as hh
            >>> from datetime import date
            >>> out = hh.opt_out(hh.example(), "flaa", "kef", date(2025, 1, 1))
            >>> [s.comparison.filter(municipality="flaa")["after_nok"].sum() for s in (out.at("low"), out)]
            [401661, 399084]
        """
        return self if end == self.end else scenario(self.base, self.changes, until=self.until, end=end)


def leave(
    data: Dataset | Scenario,
    municipality: str,
    on: date,
    *,
    pools: Sequence[str] | None = None,
    notice: int | None = None,
    obligations: Iterable[Obligation] = (),
) -> Scenario:
    """A municipality leaves, from a day on.

    The pools stay as they are, since positions do not shrink with membership, unless `cost_behaviours`
    says otherwise.

    Args:
        data: The Dataset, or a scenario to go on from.
        municipality: Who leaves.
        on: First day outside.
        pools: Which pools; None: all it is in.
        notice: Months of notice; ``changes[…].notify_by`` then says when it must be given.
        obligations: What it keeps paying.

    Returns:
        The scenario: its ``comparison`` has what each pays before and after.

    Raises:
        UnknownName: No such municipality or pool.
        BadInput: It has left already, the pool does not exist yet, or nobody would be left in a pool.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> gone = hh.leave(hh.example(), "hol", date(2025, 7, 1))
        >>> gone.comparison.filter(pool="mft", municipality="gol", period_end=date(2025, 12, 31))["after_nok"].item()
        145174
    """
    chosen = tuple(pools) if pools is not None else None
    change = Change("leave", municipality, on, pools=chosen, notice_months=notice, obligations=tuple(obligations))
    return _more(data, change)


def join(
    data: Dataset | Scenario,
    municipality: str,
    on: date,
    *,
    pools: Sequence[str] | None = None,
    ends: Sequence[str] = (),
    share: float | None = None,
) -> Scenario:
    """A municipality joins, from a day on, under the key the others have.

    Args:
        data: The Dataset, or a scenario to go on from.
        municipality: Who joins.
        on: First day inside.
        pools: Which pools; None: those of the ordinary accounts that have members then.
        ends: Pools it leaves on the same day, such as one it paid its own part in.
        share: Its part of pools with fixed shares; None: as when it last took part.

    Returns:
        The scenario: its ``comparison`` has what each pays before and after.

    Raises:
        UnknownName: No such municipality or pool.
        BadInput: It is a member already, or the pool does not exist or has no members then.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> back = hh.join(hh.example(), "nesbyen", date(2025, 7, 1))
        >>> after = back.comparison.filter(period_end=date(2025, 12, 31), pool="mft")
        >>> after["after_nok"].sum(), after.filter(municipality="nesbyen")["after_nok"].item()
        (401693, 61541)
    """
    chosen = tuple(pools) if pools is not None else None
    return _more(data, Change("join", municipality, on, pools=chosen, ends=tuple(ends), share=share))


def opt_out(data: Dataset | Scenario, municipality: str, programme: str, on: date) -> Scenario:
    """A municipality stands outside one programme, from a day on.

    Where the programme has a pool of its own, that is to leave it. Inside a shared pool, the municipality's
    share of what the programme costs there moves to the others. That cost is mostly a range: the scenario
    is worked out at its highest, and `Scenario.at` gives its lowest.

    Args:
        data: The Dataset, or a scenario to go on from.
        municipality: Who.
        programme: Which programme, or ``unallocated`` for what of shared pools no programme takes.
        on: First day outside.

    Returns:
        The scenario: its ``comparison`` has what each pays before and after.

    Raises:
        UnknownName: No such municipality or programme.
        BadInput: What the programme costs is not known, the municipality takes no part in it, or nobody
            would be left to pay for it.

    Source:
        HOF's follow-up of 20 March 2026, line 43: a municipality may stand outside single programmes.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> out = hh.opt_out(hh.example(), "flaa", "kef", date(2025, 7, 1))
        >>> out.ranged, int(out.comparison["after_nok"].sum() - out.comparison["before_nok"].sum())
        (True, 0)
    """
    return _more(data, Change("opt_out", municipality, on, programme=programme))


def _more(data: Dataset | Scenario, change: Change) -> Scenario:
    if isinstance(data, Scenario):
        return scenario(data.base, (*data.changes, change), until=max(data.until, change.on.year), end=data.end)
    return scenario(data, (change,))


def scenario(dataset: Dataset, changes: Iterable[Change], *, until: int | None = None, end: End = "high") -> Scenario:
    """Several changes at once, in whatever order they are given.

    Args:
        dataset: The Dataset, printed or corrected.
        changes: Who leaves, joins, or stands outside what, and from when.
        until: The last year to look at; None: as far as the accounts and the changes reach.
        end: For programmes inside a shared pool: their lowest or highest cost.

    Returns:
        The scenario: its ``comparison`` has what each pays before and after.

    Raises:
        UnknownName: One name that does not exist.
        BadInput: Everything else that is wrong, with how to mend it.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> changes = [Change("join", "nesbyen", date(2026, 1, 1)), Change("leave", "hol", date(2027, 1, 1))]
        >>> scenario(hh.example(), changes).until
        2027
    """
    given = sorted(changes, key=lambda change: change.on)
    programmes = [*dataset.programmes["programme"], UNALLOCATED]
    names = {"programme": programmes, "pool": dataset.pools["pool"].unique().sort().to_list()}
    check_names(given, dataset.municipalities["municipality"].unique().sort().to_list(), names)
    accounts: Any = dataset.costs["period_end"].max()
    last = max([until or 0, dataset.year(None), accounts.year, *(change.on.year for change in given)])
    outlook = carried(dataset, last)
    outlook = outlook.replace(memberships=table_of(outlook.memberships.to_dicts()))
    outs = any(change.kind == "opt_out" for change in given)
    parts = _parts(dataset) if outs else dict.fromkeys(("low", "high"), Parts({}, {}, {}))
    state = Memberships(
        {str(pool): rows.to_dicts() for (pool,), rows in outlook.memberships.group_by(["pool"], maintain_order=True)},
        dataset.pools,
        parts[end],
    )
    for change in given:
        state.apply(change)
    refuse(state.problems)
    people = dataset.population.to_dicts()
    memberships = state.finished(dataset.memberships.columns, people)
    refuse(state.problems)
    first = min((change.on.year for change in given), default=last)
    made = charged(outlook, memberships, state, given, first)
    ranged = any(state.outside.values()) and parts["low"].of != parts["high"].of
    after = dataset_after(outlook, memberships, made)
    columns = list(COMPARISON)
    return Scenario(
        dataset, tuple(given), after, made.select(columns), made.drop("share_before", "share_after"), last, end, ranged
    )


def _parts(dataset: Dataset) -> dict[str, Parts]:
    """What part of each shared pool each programme takes, at the lowest or the highest of its cost."""
    year = dataset.year(None)
    costs = {row["programme"]: row for row in compute(dataset, "programme_costs", year=year).iter_rows(named=True)}
    in_year = dataset.costs.filter(pl.col("period_end").dt.year() == year)
    totals = dict(in_year.group_by("pool").agg(pl.col("amount_nok").sum()).iter_rows())
    shared = dataset.shared_pools()
    own = {
        str(programme): tuple(rows["pool"].unique().sort())
        for (programme,), rows in dataset.pools.drop_nulls("programme").group_by(["programme"])
    }
    of: dict[str, dict[str, dict[str, Fraction]]] = {
        side: {pool: {} for pool in shared if totals.get(pool)} for side in ("low", "high")
    }
    unknown = {}
    for (programme, pool), rows in dataset.positions.group_by(["programme", "pool"], maintain_order=True):
        row = costs[str(programme)]
        if pool not in of["high"] or rows["vacant"].all():
            continue
        if row["reason"]:
            unknown[str(programme)] = (
                f"what it costs inside {pool} is not known ({row['reason']}); give position_percent in "
                f"positions.csv, or stand outside {UNALLOCATED!r}, which holds it"
            )
            continue
        direct = sum(totals.get(each, 0) for each in own.get(str(programme), ()))
        for side, parts in of.items():
            parts[str(pool)][str(programme)] = Fraction(row[f"cost_{side}_nok"] - direct, totals[pool])
    for parts in of.values():
        for held in parts.values():
            held[UNALLOCATED] = 1 - sum(held.values(), Fraction(0))
    return {side: Parts(parts, unknown, own) for side, parts in of.items()}
