"""Charges that do not follow the key of their pool, with the amount the key gives."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.evidence import Figure, weakest
from hhanalytics.measures.allocation import Keys
from hhanalytics.methods import constant

#: With fewer members than this one wrong charge cannot be told from the others.
FEWEST_MEMBERS = 4

Amounts = dict[str, int]
Shares = dict[str, Fraction]


def _nearest_krone(value: Fraction) -> int:
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def pool_amount(charges: Amounts, shares: Shares) -> tuple[Fraction, list[str]]:
    """The amount of a pool that most of its charges agree on, and the charges that do not.

    A charge agrees with every amount of which its share lies within a krone of it. The amount that the most
    charges agree with is taken, if they are more than half. A charge is named only where it agrees with no
    such amount, so that nothing innocent is named where two readings explain the charges equally well.

    Args:
        charges: Municipality → kroner.
        shares: Municipality → share of the pool; sums to one.

    Returns:
        The amount, and the municipalities whose charge lies more than a krone from their share of it; none
        where no amount has most charges behind it.

    Example:
        >>> third = Fraction(1, 3)
        >>> amount, off = pool_amount({"a": 100, "b": 100, "c": 130}, {"a": third, "b": third, "c": third})
        >>> int(amount), off
        (300, ['c'])
    """
    fit = Fraction(str(constant("key_fit_nok")))
    agrees = {
        name: ((charge - fit) / shares[name], (charge + fit) / shares[name])
        for name, charge in charges.items()
        if shares[name]
    }
    # Where the most intervals meet, one of them begins.
    groups = {frozenset(n for n, (low, high) in agrees.items() if low <= at <= high) for at, _ in agrees.values()}
    most = max((len(group) for group in groups), default=0)
    if most * 2 <= len(charges):
        return Fraction(sum(charges.values())), []
    best = [group for group in groups if len(group) == most]
    # More than half of the charges are in each of these groups, so any two share one.
    core = frozenset.intersection(*best) or best[0]
    amount = Fraction(sum(charges[name] for name in core)) / sum(shares[name] for name in core)
    off = [name for name in agrees if not any(name in group for group in best)]
    off += [name for name, charge in charges.items() if not shares[name] and abs(charge) > fit]
    return amount, sorted(off)


def charges_off_key(dataset: Dataset) -> list[Finding]:
    """Every charge that lies more than a krone from what the key of its pool gives.

    Where the key of another period of the same pool explains the charge within a krone, the finding
    says so (``other_key``).

    Args:
        dataset: The Dataset.

    Returns:
        Findings ``charge_off_key`` with figures ``charged``, ``by_key``, ``difference`` and, where
        found, ``other_key``. Pools with fewer than four members are not judged, nor periods in which the
        members change or others than the members are charged.

    Source:
        Rounding to whole kroner moves a charge by at most half a krone, and the pool's amount by as much.

    Example:
        >>> import hhanalytics as hh
        >>> [(f.subject, f.figures["by_key"].value) for f in charges_off_key(hh.load("data/raw"))]
        [('gol', 83027)]
    """
    keys = Keys(dataset.memberships.iter_rows(named=True), dataset.population.iter_rows(named=True))
    found: list[Finding] = []
    periods = dataset.costs.select("pool", "period_start", "period_end").unique().sort("pool", "period_start")
    for pool, start, end in periods.iter_rows():
        rows = dataset.costs.filter(pool=pool, period_start=start, period_end=end)
        problems: list[str] = []
        weights = keys.weights(pool, start, problems)
        charges = dict(rows.group_by("municipality").agg(pl.col("amount_nok").sum()).sort("municipality").iter_rows())
        if problems or set(charges) - set(weights) or len(keys.segments(pool, start, end)) > 1:
            continue
        if len(charges) < FEWEST_MEMBERS or set(charges) != set(weights):
            continue
        total = sum(weights.values())
        shares = {name: weight / total for name, weight in weights.items()}
        amount, off = pool_amount(charges, shares)
        found += [_off_key(dataset, keys, rows, name, amount, shares[name]) for name in off]
    return found


def _off_key(dataset: Dataset, keys: Keys, rows: pl.DataFrame, name: str, amount: Fraction, share: Fraction) -> Finding:
    """The finding for one charge among the rows of one pool and period."""
    pool, start, end = rows.select("pool", "period_start", "period_end").row(0)
    row = rows.filter(municipality=name)
    charged = int(row["amount_nok"].sum())
    by_key = _nearest_krone(amount * share)
    members = dataset.memberships.filter(pool=pool)
    grade = weakest([grade_of(rows, members), "derived"])
    cites = cite("costs", row)
    others = cite("costs", rows)
    people = cite("population", _reference_population(dataset, members))
    figures: dict[str, Figure] = {
        "charged": kroner(charged, cites, grade_of(row)),
        "by_key": kroner(by_key, (*others, *people), grade, formula="key"),
        "difference": kroner(charged - by_key, cites, grade, formula="difference"),
        "pool_charged": kroner(int(rows["amount_nok"].sum()), others, grade_of(rows), formula="sum"),
        "pool_by_key": kroner(_nearest_krone(amount), others, grade, formula="key"),
    }
    explained = _other_period(keys, pool, start, name, charged, amount)
    if explained:
        figures["other_key"] = kroner(explained, (*others, *people), grade, formula="key_of_other_period")
    return Finding(
        "charge_off_key",
        name,
        figures,
        "clarify",
        {"municipality": ("municipalities", name), "pool": ("pools", pool), "period": ("periods", f"{start}/{end}")},
        question="charge_off_key",
    )


def _reference_population(dataset: Dataset, members: pl.DataFrame) -> pl.DataFrame:
    years = members["reference_date"].drop_nulls().dt.year().unique()
    return dataset.population.filter(
        pl.col("year").is_in(years.implode()) & pl.col("municipality").is_in(members["municipality"].unique().implode())
    )


def _other_period(keys: Keys, pool: str, start: date, name: str, charged: int, amount: Fraction) -> int | None:
    """What the key of another period of this pool would have given, where that is what was charged."""
    days = {day for member in keys.members[pool] for day in (member["valid_from"], member["valid_to"]) if day}
    days |= {date.fromordinal(day.toordinal() + 1) for day in days}
    for day in sorted(days - {start}):
        weights = keys.weights(pool, day, [])
        if name in weights:
            given = _nearest_krone(amount * weights[name] / sum(weights.values()))
            if abs(given - charged) <= constant("key_fit_nok"):
                return given
    return None
