"""Charges before and after changes to memberships, pool by pool, and what each change of charge is made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change, refuse
from hhanalytics.decisions.memberships import Memberships
from hhanalytics.decisions.outlook import months, nearest
from hhanalytics.measures.allocation import Keys, Shares, largest_remainder

DAY = timedelta(days=1)
#: Columns of a scenario's comparison.
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


def charged(
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
    for row in outlook.cost_behaviours.iter_rows(named=True):
        if row["pool"] == pool and row["valid_from"] <= day <= (row["valid_to"] or date.max):
            return row["behaviour"], row["step_nok"] or 0
    return "fixed", 0


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


def dataset_after(outlook: Dataset, memberships: pl.DataFrame, made: pl.DataFrame) -> Dataset:
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
