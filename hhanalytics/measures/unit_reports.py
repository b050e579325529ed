"""Reports of units in use, as they come: merged, checked, and of several for one month the latest."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import narwhals as nw

from hhanalytics.errors import BadInput
from hhanalytics.measures.frames import Lazy, rows
from hhanalytics.measures.grades import graded

#: Columns of welfare_tech that counts need.
COUNTS: Final = ("technology", "month", "municipality", "units", "grade")
#: A report without a date counts as the first.
FIRST: Final = date(1900, 1, 1)


def month_number(column: str) -> nw.Expr:
    """A month as a number, so that the next is one more."""
    return nw.col(column).dt.year().cast(nw.Int64) * 12 + nw.col(column).dt.month().cast(nw.Int64) - 1


def merged_into(events: list[dict[str, Any]]) -> dict[str, str]:
    """Municipality → the one it is part of in the end."""
    into = {e["municipality"]: e["affects"] for e in events if e["kind"] == "merger" and e["municipality"]}
    found = {}
    for name in into:
        end, seen = into[name], {name}
        while end in into and end not in seen:
            seen.add(end)
            end = into[end]
        found[name] = end
    return found


def renamed(into: dict[str, str]) -> nw.Expr:
    """The municipality after all mergers."""
    name = nw.col("municipality")
    for old, new in into.items():
        name = nw.when(nw.col("municipality") == old).then(nw.lit(new)).otherwise(name)
    return name.alias("municipality")


def reports_of(counted: Lazy, into: dict[str, str]) -> Lazy:
    """Reports with the number of their month, when they came, and who sent them; one without a count is none."""
    nothing = nw.col("units").is_null()
    if counted.collect_schema()["units"].is_float():
        nothing = nothing | nw.col("units").is_nan()
    counted = counted.filter(~nothing)
    dated = "reported_on" in counted.collect_schema().names()
    sent = nw.col("reported_on").cast(nw.Date) if dated else nw.lit(None).cast(nw.Date)
    flag = {
        "whole": nw.col("municipality").is_null(),
        "split": ~nw.col("municipality").is_null(),
        "merged": nw.col("municipality").is_in(list(into)) if into else nw.lit(False),
    }
    mark = (nw.lit(1).alias("dated"),) if dated else ()
    return (
        counted.with_columns(sent.alias("sent"), *mark)
        .with_columns(
            graded(),
            month_number("month").alias("month_number"),
            nw.coalesce("sent", nw.lit(FIRST)).alias("sent"),
            nw.when(month_number("sent") > month_number("month") + 1).then(nw.lit(1)).otherwise(nw.lit(0)).alias("late"),
            *(nw.when(test).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name) for name, test in flag.items()),
        )
        .with_columns(nw.col("municipality").alias("sender"), renamed(into))
    )  # fmt: skip


def refuse(reports: Lazy) -> None:
    """Raise where a count is no number or negative, or the same report stands twice."""
    kind = reports.collect_schema()["units"]
    if not kind.is_numeric():
        found = str(kind)
        mend = "Read the column as whole numbers: no letters, spaces or decimal commas in a count."
        for row in rows(reports.select("technology", "month", "units").to_native()):
            if not str(row["units"]).isdecimal():
                found = f"{row['units']!r} ({row['technology']}, {row['month']:%Y-%m})"
                break
        raise BadInput.of("bad_cell", "welfare_tech, units", found, "a count", mend)
    if kind.is_float():
        parts = reports.filter(nw.col("units") % 1 != 0).select("technology", "month", "sender", "units").head(1)
        for row in rows(parts.to_native()):
            place = f"welfare_tech, units of {row['technology']}, {row['month']:%Y-%m}, {row['sender'] or 'not split'}"
            raise BadInput.of("bad_cell", place, row["units"], "a whole number", "Correct the cell.")
    for row in rows(
        reports.filter(nw.col("units") < 0).select("technology", "month", "sender", "units").head(1).to_native()
    ):
        place = f"welfare_tech, units of {row['technology']}, {row['month']:%Y-%m}, {row['sender'] or 'not split'}"
        raise BadInput.of("negative_count", place, row["units"], "a count from 0", "Correct the cell.")
    twice = reports.group_by("technology", "month_number", "sender", "sent").agg(nw.len().alias("times"))
    for row in rows(twice.filter(nw.col("times") > 1).head(1).to_native()):
        year, month = divmod(row["month_number"], 12)
        place = f"welfare_tech, month {year}-{month + 1:02} of {row['technology']}, {row['sender'] or 'not split'}"
        mend = "Remove the repeated rows, or say when each was reported (reported_on): then the latest counts."
        raise BadInput.of("double_date", place, f"{row['times']} reports", "one", mend)


def latest_of(reports: Lazy) -> Lazy:
    """The latest report of each sender for a month, and how many it replaced."""
    # `refuse` has seen to it that all are whole: a column with nothing in it may still have come as floats.
    reports = reports.with_columns(nw.col("units").cast(nw.Int64))
    if "dated" not in reports.collect_schema().names():
        # Without a day of report none can be later: `refuse` has seen to it that there is one of each.
        return reports.with_columns(nw.lit(0).cast(nw.Int64).alias("replaced"))
    key = ["technology", "month_number", "who"]
    named = reports.with_columns(nw.coalesce("sender", nw.lit("")).alias("who"))
    newest = named.group_by(key).agg(nw.col("sent").max().alias("newest"), nw.len().alias("times"))
    return (
        named.join(newest, on=key, how="left")
        .filter(nw.col("sent") == nw.col("newest"))
        .with_columns((nw.col("times").cast(nw.Int64) - 1).alias("replaced"))
    )
