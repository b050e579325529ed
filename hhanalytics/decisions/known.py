"""The Dataset as it was known on a day: nothing that happened, or was published, later."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from hhanalytics.dataset import Dataset

#: Table → the column with the day on which a row was known at the earliest; where it is empty, `earliest` of its source.
#: What was charged or counted is known when its period is over. A budget is a plan: it is known when its period begins.
KNOWN_FROM: Final = {
    "costs": "period_end",
    "activities": "period_end",
    "control_totals": "period_end",
    "budgets": "period_start",
    "grants": "period_start",
    "decisions": "decided_on",
    "events": "date",
    "followups": "adopted_on",
    "memberships": "valid_from",
    "positions": "valid_from",
    "position_hooks": "period_end",
    "prices": "quoted_on",
    "goal_changes": "changed_on",
}
#: Tables that only give names and rules: leaving rows out would leave what is known without a name.
ALWAYS: Final = frozenset(("sources", "municipalities", "pools", "programmes", "terms"))


def earliest(dataset: Dataset) -> dict[str, date]:
    """Source → the first day on which it can have been known.

    The day it was published; where that is not stated, the last day it tells of, since nobody counts ahead.

    Example:
        >>> import hhanalytics as hh
        >>> found = earliest(hh.load("data/raw"))
        >>> str(found["hof_followup_2026_03_20"]), str(found["hallinghelse_annual_report_2025"])
        ('2026-03-20', '2025-12-31')
    """
    found: dict[str, date] = {}
    for table in ("costs", "activities"):
        ends = dataset.tables[table].group_by("source").agg(pl.col("period_end").max())
        for source, end in ends.iter_rows():
            found[source] = max(end, found.get(source, end))
    for source, published in dataset.sources.select("source", "published_on").iter_rows():
        if published is not None:
            found[source] = published
    return found


def known_on(dataset: Dataset, day: date) -> Dataset:
    """The Dataset without every row that was not known on a day.

    Args:
        dataset: The Dataset, as printed.
        day: The day.

    Returns:
        A copy. Left out are: rows of sources published later; charges, counts and totals whose period ends later;
        what begins, was decided or adopted later; years that had not begun; and what has no day of its own, such as a
        waiting decision, before the source that names it can have been written (`earliest`). A source that states no
        date of publication is taken to have told of each period when it was over.

    Example:
        >>> import hhanalytics as hh
        >>> half = known_on(hh.load("data/raw"), date(2025, 6, 30))
        >>> half.costs["period_end"].unique().to_list(), half.decisions.height
        ([datetime.date(2025, 6, 30)], 0)
    """
    first = earliest(dataset)
    published = dataset.sources.filter(pl.col("published_on") > day)["source"].to_list()
    unwritten = [source for source, when in first.items() if when > day]
    tables = {
        name: _known(name, frame, day, published, unwritten)
        for name, frame in dataset.tables.items()
        if name not in ALWAYS and frame.height
    }
    return dataset.replace(charges=None, **tables)


def underway(dataset: Dataset, day: date) -> pl.DataFrame:
    """The counts whose period had begun by a day and not ended: how much of them lies before it is not known."""
    published = dataset.sources.filter(pl.col("published_on") > day)["source"].to_list()
    return dataset.activities.filter(
        (pl.col("period_start") <= day) & (pl.col("period_end") > day) & ~pl.col("source").is_in(published)
    )


def _known(name: str, frame: pl.DataFrame, day: date, published: list[str], unwritten: list[str]) -> pl.DataFrame:
    if "source" in frame.columns:
        frame = frame.filter(~pl.col("source").is_in(published))
    if name == "welfare_tech":
        over, told = pl.col("month").dt.month_end() <= day, pl.col("reported_on").fill_null(day) <= day
        return frame.filter(over & told)
    if "year" in frame.columns:
        frame = frame.filter(pl.col("year") <= day.year)
    column = KNOWN_FROM.get(name)
    if column is None:
        return frame
    own = pl.col(column)
    if name == "control_totals":
        own = pl.when(pl.col("kind") == "budget").then(pl.col("period_start")).otherwise(own)
    # A waiting decision without a day is known from the source that names it.
    written = ~pl.col("source").is_in(unwritten)
    return frame.filter(pl.when(own.is_null()).then(written).otherwise(own <= day))
