"""Periods in which a pool was not charged while others were, and nothing says why: a half-year that may be missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.events import vacant_from
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner

Span = tuple[date, date]


def uncharged_periods(dataset: Dataset) -> list[Finding]:
    """Pools of the ordinary accounts without charges in a part of the year in which the others have some.

    Args:
        dataset: The Dataset.

    Returns:
        ``period_not_charged``, one per pool and unbroken part of a year, with what the pool was charged in the
        rest of it. Only of pools that are charged in the year, exist and have members in all of that part, and
        whose positions did not stand vacant in it.

    Example:
        >>> import hhanalytics as hh
        >>> uncharged_periods(hh.load("data/raw"))
        []
    """
    ordinary = dataset.ordinary_pools()
    rows = dataset.costs.filter(pl.col("pool").is_in(ordinary))
    found = []
    for year in sorted(set(rows["period_end"].dt.year())):
        spans = rows.filter(pl.col("period_end").dt.year() == year).select("pool", "period_start", "period_end")
        every = {(start, end) for _, start, end in spans.iter_rows()}
        for pool in sorted(set(spans["pool"])):
            own = {(start, end) for name, start, end in spans.iter_rows() if name == pool}
            bare = sorted(s for s in every if not any(s[0] <= end and start <= s[1] for start, end in own))
            found += [_finding(dataset, pool, year, span) for span in _joined(bare) if _due(dataset, pool, span)]
    return found


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that overlap or follow each other, as one."""
    out: list[Span] = []
    for start, end in spans:
        if out and start <= out[-1][1] + timedelta(days=1):
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _due(dataset: Dataset, pool: str, span: Span) -> bool:
    """Whether a pool exists, has members and is not vacant in all of a span."""
    start, end = span
    holds = (pl.col("valid_from") <= start) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= end))
    there: Any = [dataset.tables[name].filter(holds, pool=pool).height for name in ("pools", "memberships")]
    return all(there) and vacant_from(dataset, pool, start, end) is None


def _finding(dataset: Dataset, pool: str, year: int, span: Span) -> Finding:
    rows = dataset.costs.filter(pl.col("period_end").dt.year() == year, pool=pool)
    figures = {"charged": kroner(int(rows["amount_nok"].sum()), cite("costs", rows), grade_of(rows), formula="sum")}
    names = {"pool": ("pools", pool), "period": ("periods", f"{span[0]}/{span[1]}")}
    return Finding("period_not_charged", pool, figures, "clarify", names, question="period_not_charged")
