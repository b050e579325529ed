"""What happens if one leaves, joins, or stands outside a programme: charges before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final, Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change, Memberships, Obligation, Parts, check_names, refuse, table_of
from hhanalytics.decisions.outlook import carried, months, nearest
from hhanalytics.measures.allocation import Keys, Shares, largest_remainder
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.costs import UNALLOCATED

DAY = timedelta(days=1)
#: Columns of `Scenario.comparison`.
COMPARISON: Final = {
    "municipality": pl.String,
    "pool": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "before_nok": pl.Int64,
    "after_nok": pl.Int64,
    "share_before": pl.Float64,
    "share_after": pl.Float64,
}
#: What a change of charge is made of, in this order.
PARTS: Final = ("exit_nok", "level_nok", "obligation_nok")

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
            >>> out = hh.opt_out(hh.load("data/raw"), "flaa", "kef", date(2025, 1, 1))
            >>> [s.comparison.filter(municipality="flaa")["after_nok"].sum() for s in (out.at("low"), out)]
            [403743, 401220]
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

    Raises:
        UnknownName: No such municipality or pool.
        BadInput: It has left already, the pool does not exist yet, or nobody would be left in a pool.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> gone = hh.leave(hh.load("data/raw"), "hol", date(2025, 7, 1))
        >>> gone.comparison.filter(pool="mft", municipality="gol", period_end=date(2025, 12, 31))["after_nok"].item()
        145180
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

    Raises:
        UnknownName: No such municipality or pool.
        BadInput: It is a member already, or the pool does not exist or has no members then.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> back = hh.join(hh.load("data/raw"), "nesbyen", date(2025, 7, 1))
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

    Raises:
        UnknownName: No such municipality or programme.
        BadInput: What the programme costs is not known, the municipality takes no part in it, or nobody
            would be left to pay for it.

    Source:
        HOF's follow-up of 20 March 2026, line 43: a municipality may stand outside single programmes.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> out = hh.opt_out(hh.load("data/raw"), "flaa", "kef", date(2025, 7, 1))
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

    Raises:
        UnknownName: One name that does not exist.
        BadInput: Everything else that is wrong, with how to mend it.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> changes = [Change("join", "nesbyen", date(2026, 1, 1)), Change("leave", "hol", date(2027, 1, 1))]
        >>> scenario(hh.load("data/raw"), changes).until
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
    made = _charged(outlook, memberships, state, given, first)
    ranged = any(state.outside.values()) and parts["low"].of != parts["high"].of
    after = _dataset(outlook, memberships, made)
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
    shared = dataset.pools.filter(pl.col("programme").is_null())["pool"].unique().sort().to_list()
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


# Charges


def _charged(
    outlook: Dataset, memberships: pl.DataFrame, state: Memberships, changes: list[Change], first: int
) -> pl.DataFrame:
    """Charges before and after, row by row, with what the change is made of."""
    people = outlook.population.to_dicts()
    old = Keys(outlook.memberships.iter_rows(named=True), people)
    new = Keys(memberships.iter_rows(named=True), people)
    costs = outlook.costs.filter(pl.col("period_end").dt.year() >= first)
    periods = list(costs.select("period_start", "period_end").unique().sort("period_start", "period_end").iter_rows())
    owed, credit = _obligations(changes, periods)
    out: list[dict[str, Any]] = []
    problems = list(_left_alone(outlook, old, new, state))
    keys = ["pool", "period_start", "period_end"]
    for (pool, start, end), rows in costs.group_by(keys, maintain_order=True):
        place = (str(pool), start, end)
        before = dict(rows.group_by("municipality").agg(pl.col("amount_nok").sum()).iter_rows())
        out += _one(outlook, old, new, state, place, before, credit.pop(place, 0), problems)
    problems += [f"{pool} is not charged from {a} to {b}, so nothing can be credited to it" for pool, a, b in credit]
    refuse(problems)
    for (name, pool, start, end), amount in owed.items():
        row = dict(zip(("municipality", "pool", "period_start", "period_end"), (name, pool, start, end), strict=True))
        own = [each for each in out if all(each[k] == v for k, v in row.items())]
        if not own:
            own = [{**row, "before_nok": 0, "after_nok": 0, "share_before": 0.0, **dict.fromkeys(PARTS, 0)}]
            out += own
        own[0]["after_nok"] += amount
        own[0]["obligation_nok"] += amount
        together = [each for each in out if (each["pool"], each["period_start"]) == (pool, start)]
        total = sum(each["after_nok"] for each in together)
        for each in together:
            each["share_after"] = each["after_nok"] / total if total else 0.0
    schema = {**COMPARISON, **dict.fromkeys(PARTS, pl.Int64)}
    return pl.DataFrame(out, schema=schema).sort("period_start", "period_end", "pool", "municipality")


def _one(
    outlook: Dataset,
    old: Keys,
    new: Keys,
    state: Memberships,
    place: tuple[str, date, date],
    before: dict[str, int],
    credit: int,
    problems: list[str],
) -> list[dict[str, Any]]:
    """One pool in one period."""
    pool, start, end = place
    total = sum(before.values())
    _, shares = old.share(*place, total, [])
    if not shares and total:
        shares = {name: Fraction(amount, total) for name, amount in before.items()}
    same_pool, after, shares_after = before, before, shares
    if pool in state.touched:
        paid, moved = new.share(*place, total, [])
        if moved != shares:
            shares_after, same_pool = moved, paid
            after = _at_level(outlook, old, new, place, total, paid, problems)
    whole = sum(after.values())
    level = after
    if credit:
        if credit > whole:
            problems.append(f"{credit} kr credited to {pool} from {start} is more than its {whole} kr; lower it")
        after = largest_remainder(whole - credit, shares_after)
    about = {"pool": pool, "period_start": start, "period_end": end}
    return [
        {
            "municipality": name,
            **about,
            "before_nok": before.get(name, 0),
            "after_nok": after.get(name, 0),
            "share_before": float(shares.get(name, 0)),
            "share_after": float(shares_after.get(name, 0)) if whole else 0.0,
            "exit_nok": same_pool.get(name, 0) - before.get(name, 0),
            "level_nok": level.get(name, 0) - same_pool.get(name, 0),
            "obligation_nok": after.get(name, 0) - level.get(name, 0),
        }
        for name in sorted({*before, *after})
    ]


def _at_level(
    outlook: Dataset,
    old: Keys,
    new: Keys,
    place: tuple[str, date, date],
    total: int,
    paid: dict[str, int],
    problems: list[str],
) -> dict[str, int]:
    """What is paid when the pool's amount does what its cost behaviour says."""
    pool, start, end = place
    behaviour, step = _behaviour(outlook, pool, start)
    if behaviour == "fixed":
        return paid
    cuts = {first for keys in (old, new) for first, _ in keys.segments(pool, start, end)}
    firsts = sorted(cuts)
    pieces = [(a, b - DAY) for a, b in zip(firsts, [*firsts[1:], end + DAY], strict=True)]
    days = {str(i): Fraction((b - a).days + 1) for i, (a, b) in enumerate(pieces)}
    amounts = largest_remainder(total, days)
    out: dict[str, int] = {}
    for index, (a, b) in enumerate(pieces):
        then = new.weights(pool, a, []) if new.on(pool, a) else {}
        amount = amounts[str(index)] * _ratio(old.weights(pool, a, []) if old.on(pool, a) else {}, then)
        if behaviour == "step":
            size = Fraction(step) * months(a, b) / 12
            moved = int((amount - amounts[str(index)]) / size)
            amount = amounts[str(index)] + moved * size
        if then:
            for name, part in largest_remainder(nearest(amount), then).items():
                out[name] = out.get(name, 0) + part
        elif nearest(amount):
            problems.append(f"{pool} has nobody left to pay {nearest(amount)} kr from {a}; let somebody stay")
    return out


def _behaviour(outlook: Dataset, pool: str, day: date) -> tuple[str, int]:
    rows = outlook.cost_behaviours.filter(
        (pl.col("pool") == pool)
        & (pl.col("valid_from") <= day)
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))
    )
    return rows.select("behaviour", pl.col("step_nok").fill_null(0)).row(0) if rows.height else ("fixed", 0)


def _ratio(before: Shares, after: Shares) -> Fraction:
    """How much a cost that follows its members grows or shrinks, seen from those who are in both."""
    both = [name for name in before if name in after]
    if not both:
        return Fraction(0) if before else Fraction(1)
    nothing = Fraction(0)
    kept = sum((before[name] for name in both), nothing) / sum(before.values(), nothing)
    share = sum((after[name] for name in both), nothing) / sum(after.values(), nothing)
    return kept / share if share else Fraction(1)


def _left_alone(outlook: Dataset, old: Keys, new: Keys, state: Memberships) -> Iterable[str]:
    """Pools that had members and would have none."""
    for pool in sorted(state.touched):
        days = {row["valid_from"] for row in old.members[pool]} | {
            row["valid_to"] + DAY for row in new.members[pool] if row["valid_to"]
        }
        # A pool from which everybody is gone has no day of its own left: the days it had are enough.
        for day in sorted(days):
            behaviour, _ = _behaviour(outlook, pool, day)
            if old.on(pool, day) and not new.on(pool, day) and behaviour != "variable":
                yield f"pool {pool} would have no members on {day}; let somebody stay, or say that its cost is variable"
                break


# What one that left keeps paying

Place = tuple[str, date, date]


def _obligations(
    changes: list[Change], periods: list[tuple[date, date]]
) -> tuple[dict[tuple[str, str, date, date], int], dict[Place, int]]:
    owed: dict[tuple[str, str, date, date], int] = {}
    credit: dict[Place, int] = {}
    # Half-years, whatever shorter periods single pools are charged for.
    longest = [(a, b) for a, b in periods if not any((c <= a and b <= d) and (a, b) != (c, d) for c, d in periods)]
    for change in changes:
        for due in change.obligations:
            for start, end in longest:
                first, last = max(start, change.on), min(end, due.until or date.max)
                if first > last:
                    continue
                amount = nearest(Fraction(due.yearly_nok) * months(first, last) / 12)
                place = (change.municipality, due.pool, start, end)
                owed[place] = owed.get(place, 0) + amount
                if due.credited_to:
                    to = (due.credited_to, start, end)
                    credit[to] = credit.get(to, 0) + amount
    return owed, credit


def _dataset(outlook: Dataset, memberships: pl.DataFrame, made: pl.DataFrame) -> Dataset:
    """The Dataset after the changes; charges that changed are graded ``assumed``."""
    keys = ["municipality", "pool", "period_start", "period_end"]
    changed = made.filter(pl.col("before_nok") != pl.col("after_nok")).select(*keys, "before_nok", "after_nok")
    if not changed.height and memberships.equals(outlook.memberships):
        return outlook
    note = pl.format("Scenario: {} kr instead of {} kr.", "after_nok", "before_nok")
    judged = {"grade": pl.lit("assumed"), "note": note, "amount_nok": pl.col("after_nok")}
    kept = outlook.costs.join(changed.select(keys), on=keys, how="anti")
    about = outlook.costs.group_by("pool", maintain_order=True).agg(pl.col("source").first(), pl.col("locator").first())
    some = outlook.costs["source"].first()
    moved = (
        changed.filter(pl.col("after_nok") != 0)
        .join(about, on="pool", how="left")
        .with_columns(**judged)
        .with_columns(pl.col("source").fill_null(some), pl.col("locator").fill_null("scenario"))
        .select(outlook.costs.columns)
    )
    costs = pl.concat([kept, moved]).sort(keys)
    return outlook.replace(costs=costs, memberships=memberships, pools=_pools(outlook, costs))


def _pools(outlook: Dataset, costs: pl.DataFrame) -> pl.DataFrame:
    """The pools, with those that only an obligation is booked in."""
    new = costs.filter(~pl.col("pool").is_in(outlook.pools["pool"].unique().implode()))
    if not new.height:
        return outlook.pools
    rows = [
        {
            **dict.fromkeys(outlook.pools.columns),
            **{"pool": pool, "name_nb": pool, "valid_from": start, "part_of_position": False, "in_accounts": False},
            **{"source": source, "locator": "scenario", "grade": "assumed"},
        }
        for pool, start, source in new.group_by("pool")
        .agg(pl.col("period_start").min(), pl.col("source").first())
        .sort("pool")
        .iter_rows()
    ]
    return pl.concat([outlook.pools, pl.DataFrame(rows, schema=outlook.pools.schema)])
