"""The accounts carried forward: what the pools would be charged later if they stayed as they are."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import refuse
from hhanalytics.decisions.memberships import table_of
from hhanalytics.measures.allocation import Keys

DAY = timedelta(days=1)


def half_years(after: date, until: int) -> list[tuple[date, date]]:
    """The half-years from the day after a day to the end of a year; the first may be shorter.

    Example:
        >>> [str(end) for _, end in half_years(date(2025, 12, 31), 2026)]
        ['2026-06-30', '2026-12-31']
    """
    out = []
    start = after + DAY
    while start.year <= until:
        end = date(start.year, 6, 30) if start.month <= 6 else date(start.year, 12, 31)
        out.append((start, end))
        start = end + DAY
    return out


def months(start: date, end: date) -> Fraction:
    """The length of a period in months; parts of a month by days.

    Example:
        >>> months(date(2025, 8, 1), date(2025, 12, 31))
        Fraction(5, 1)
    """
    stop = end + DAY

    def place(day: date) -> Fraction:
        first = day.replace(day=1)
        length = ((first + timedelta(days=32)).replace(day=1) - first).days
        return Fraction(day.year * 12 + day.month) + Fraction(day.day - 1, length)

    return place(stop) - place(start)


def nearest(value: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


@lru_cache(maxsize=4)
def carried(dataset: Dataset, until: int) -> Dataset:
    """The Dataset with accounts up to the end of a year, the last pools carried forward.

    A pool that was charged up to the last day of the accounts goes on at the same rate per month and by the
    key that then holds; any other has ended. Where fixed shares no longer sum to one, because a membership
    ends, those left share in the same proportion to each other.

    Args:
        dataset: The Dataset.
        until: The last year to look at.

    Returns:
        A Dataset; rows carried forward are graded ``assumed`` and say so. The same Dataset where the accounts
        reach that far.

    Raises:
        BadInput: A key that does not hold: members without population, two keys at once …

    Example:
        >>> import hhanalytics as hh
        >>> data = carried(hh.load("data/raw"), 2026)
        >>> half = data.costs.filter(pool="bti", period_end=date(2026, 6, 30))
        >>> half["amount_nok"].sum(), half["amount_nok"].to_list()[0]
        (492870, 98574)
    """
    last: Any = dataset.costs["period_end"].max()
    if last is None or last.year >= until:
        return dataset
    going = dataset.costs.filter(period_end=last)
    memberships = table_of(dataset.memberships.to_dicts())
    keys = Keys(memberships.iter_rows(named=True), dataset.population.iter_rows(named=True))
    problems: list[str] = []
    rows: list[dict[str, Any]] = []
    for (pool, first), charges in going.group_by(["pool", "period_start"], maintain_order=True):
        rate = Fraction(int(charges["amount_nok"].sum())) / months(first, last)
        about = {**charges.row(0, named=True), "grade": "assumed"}
        about["note"] = f"Carried forward from {first} to {last}."
        for start, end in half_years(last, until):
            if not _exists(dataset, str(pool), start, end) or not keys.on(str(pool), start):
                continue
            paid, _ = keys.share(str(pool), start, end, nearest(rate * months(start, end)), problems)
            rows += [
                {**about, "municipality": name, "period_start": start, "period_end": end, "amount_nok": amount}
                for name, amount in sorted(paid.items())
            ]
    refuse(problems)
    if not rows:
        return dataset
    # Two charges to one pool that end on one day, such as a correction, become one.
    more = pl.DataFrame(rows, schema=dataset.costs.schema)
    sums = more.group_by("municipality", "pool", "period_start", "period_end", maintain_order=True).agg(
        pl.col("amount_nok").sum(), pl.exclude("amount_nok").first()
    )
    costs = pl.concat([dataset.costs, sums.select(dataset.costs.columns)])
    return dataset.replace(costs=costs, memberships=memberships)


def _exists(dataset: Dataset, pool: str, start: date, end: date) -> bool:
    holds = (pl.col("valid_from") <= start) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= end))
    return bool(dataset.pools.filter((pl.col("pool") == pool) & holds).height)
