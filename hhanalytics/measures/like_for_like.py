"""Like-for-like: units of welfare technology in the municipalities that are counted throughout."""

from __future__ import annotations

from typing import Any, Final

import narwhals as nw

from hhanalytics.measures.frames import Lazy, as_given, lazy, once, rows
from hhanalytics.measures.grades import grade_words
from hhanalytics.measures.unit_reports import COUNTS, latest_of, merged_into, month_number, refuse, renamed, reports_of

KEY: Final = ("technology", "month_number", "municipality")


def like_for_like(welfare_tech: Any, memberships: Any, events: Any) -> Any:
    """Units per technology and month: all that are reported, and those of municipalities counted throughout.

    Throughout means in every month in which the technology is counted at all. Where counts are not split by
    municipality the series cannot be made, and it is never made up by population.

    Args:
        welfare_tech: ``technology``, ``month``, ``municipality`` (null: not split), ``units``, ``grade`` and,
            if there is one, ``reported_on``: of several reports for a month the latest counts.
        memberships: ``municipality``, ``valid_from``, ``valid_to``: who takes part, and so should report.
        events: ``kind``, ``date``, ``municipality``, ``affects``. After a ``merger`` the municipality is part
            of the one in ``affects``: the two are counted as one in all months.

    Returns:
        One row per technology and month: ``technology``, ``month``, ``units`` (all reported), ``like_for_like``
        (null where it cannot be made), ``municipalities`` (that reported), ``throughout`` (of these, in every
        month), ``missing`` (members that report in other months, but not in this), ``replaced`` (earlier
        reports that a later one replaced), ``late`` (reports that came later than the month after),
        ``merged`` (reports counted with another municipality), ``came_or_left`` (entries and exits in the
        month), ``month_before`` (whether the month before is counted; null in the first), ``grade``,
        ``reason``: ``not_by_municipality`` (no count is split: needed are counts per municipality),
        ``partly_by_municipality``, ``split_and_whole`` (a month with both: neither can be used),
        ``none_throughout``.

    Raises:
        BadInput: Columns are missing, a count is no number or negative, a month stands twice with the same
            date of report: the error names the cell.

    Source:
        A judgement: only the same municipalities are compared over time. ``docs/method.md``.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> like_for_like(data.welfare_tech, data.memberships, data.events).select("like_for_like", "reason").row(0)
        (None, 'not_by_municipality')
    """
    counted, members, _ = lazy(
        welfare_tech=(welfare_tech, COUNTS),
        memberships=(memberships, ("municipality", "valid_from", "valid_to")),
        events=(events, ("kind", "date", "municipality", "affects")),
    )
    happened = rows(events)
    into = merged_into(happened)
    reports = once(reports_of(counted, into), welfare_tech)
    refuse(reports)
    latest = once(latest_of(reports), welfare_tech)
    technology = nw.col("technology")
    by_month = ["technology", "month_number"]

    months = latest.group_by(by_month).agg(
        nw.col("units").sum(),
        nw.col("municipality").n_unique().alias("names"),
        nw.col("whole").max(),
        nw.col("split").max(),
        nw.col("replaced").sum(),
        nw.col("late").sum(),
        nw.col("merged").sum(),
        nw.col("grade_rank").max(),
    )
    per_technology = months.group_by("technology").agg(
        nw.len().alias("months"),
        nw.col("month_number").min().alias("first_month"),
        nw.col("whole").max().alias("any_whole"),
        nw.col("split").max().alias("any_split"),
    )
    split = latest.filter(nw.col("split") == 1)
    kept = (
        split.group_by("technology", "municipality")
        .agg(nw.col("month_number").n_unique().alias("reported"))
        .join(per_technology, on="technology", how="left")
        .with_columns(
            nw.when(nw.col("reported") == nw.col("months")).then(nw.lit(1)).otherwise(nw.lit(0)).alias("kept")
        )
        .select("technology", "municipality", "kept")
    )
    same = (
        split.join(kept.filter(nw.col("kept") == 1), on=["technology", "municipality"], how="inner")
        .group_by(by_month)
        .agg(nw.col("units").sum().alias("same_units"), nw.col("municipality").n_unique().alias("throughout"))
    )
    absent = _absent(months.select(*by_month), kept, split, members, into)
    before = months.select(
        "technology", (nw.col("month_number") + 1).alias("month_number"), nw.lit(1).alias("preceded")
    )
    changes = _changes(happened)
    joined = (
        months.join(per_technology, on="technology", how="left")
        .join(same, on=by_month, how="left")
        .join(absent, on=by_month, how="left")
        .join(before, on=by_month, how="left")
        .with_columns(_reason().alias("reason"))
    )
    number = nw.col("month_number")
    result = joined.select(
        technology,
        _first_day(number).alias("month"),
        nw.when(nw.col("reason") == "split_and_whole").then(nw.lit(None)).otherwise(nw.col("units")).alias("units"),
        nw.when(nw.col("reason").is_null()).then(nw.col("same_units")).alias("like_for_like"),
        (nw.col("names") - nw.col("whole")).cast(nw.Int64).alias("municipalities"),
        nw.coalesce("throughout", nw.lit(0)).cast(nw.Int64).alias("throughout"),
        nw.coalesce("missing", nw.lit(0)).cast(nw.Int64).alias("missing"),
        nw.col("replaced").cast(nw.Int64),
        nw.col("late").cast(nw.Int64),
        nw.col("merged").cast(nw.Int64),
        _told(number, changes).cast(nw.Int64).alias("came_or_left"),
        nw.when(number > nw.col("first_month")).then(nw.coalesce(nw.col("preceded") == 1, nw.lit(False))).alias("month_before"),
        grade_words("grade_rank"),
        "reason",
    ).sort("technology", "month")  # fmt: skip
    return as_given(result, welfare_tech)


def _first_day(number: nw.Expr) -> nw.Expr:
    """The first day of a numbered month."""
    year, month = (number // 12).cast(nw.String), (number % 12 + 1).cast(nw.String)
    padded = nw.when(number % 12 < 9).then(nw.concat_str(nw.lit("0"), month)).otherwise(month)
    return nw.concat_str(year, nw.lit("-"), padded, nw.lit("-01")).str.to_date(format="%Y-%m-%d")


def _absent(months: Lazy, kept: Lazy, split: Lazy, members: Lazy, into: dict[str, str]) -> Lazy:
    """In each month, how many of those who report in other months and take part did not."""
    first = nw.col("month_number")
    there = split.select(*KEY).with_columns(nw.lit(1).alias("there")).unique()
    spans = members.select(
        renamed(into),
        month_number("valid_from").alias("from_month"),
        nw.coalesce(month_number("valid_to"), nw.lit(9999 * 12)).alias("to_month"),
    )
    belongs = nw.coalesce((nw.col("from_month") <= first) & (first <= nw.col("to_month")), nw.lit(True))
    return (
        months.join(kept.filter(nw.col("kept") == 0).select("technology", "municipality"), on="technology", how="inner")
        .join(there, on=list(KEY), how="left")
        .filter(nw.col("there").is_null())
        .join(spans, on="municipality", how="left")
        .with_columns(nw.when(belongs).then(nw.lit(1)).otherwise(nw.lit(0)).alias("member"))
        .group_by(*KEY)
        .agg(nw.col("member").max())
        .group_by("technology", "month_number")
        .agg(nw.col("member").sum().alias("missing"))
    )


def _changes(events: list[dict[str, Any]]) -> dict[int, int]:
    """Numbered month → how many municipalities came or left in it, each once."""
    found: dict[int, set[Any]] = {}
    for event in events:
        if event["kind"] in ("exit", "entry"):
            month = event["date"].year * 12 + event["date"].month - 1
            found.setdefault(month, set()).add(event["municipality"])
    return {month: len(names) for month, names in found.items()}


def _told(number: nw.Expr, changes: dict[int, int]) -> nw.Expr:
    told: nw.Expr = nw.lit(0)
    for month, times in changes.items():
        told = nw.when(number == month).then(nw.lit(times)).otherwise(told)
    return told


def _reason() -> nw.Expr:
    """Why the series cannot be made."""
    none = nw.when(nw.col("throughout").is_null()).then(nw.lit("none_throughout"))
    partly = nw.when(nw.col("any_whole") == 1).then(nw.lit("partly_by_municipality")).otherwise(none)
    whole = nw.when(nw.col("any_split") == 0).then(nw.lit("not_by_municipality")).otherwise(partly)
    return nw.when((nw.col("whole") == 1) & (nw.col("split") == 1)).then(nw.lit("split_and_whole")).otherwise(whole)
