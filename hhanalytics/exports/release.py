"""The last look at an export before it is written: is it marked, and does it give no small count away?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.exports.items import Item
from hhanalytics.privacy.planning import counted, following
from hhanalytics.privacy.releases import Said
from hhanalytics.tables import COUNTED, PERSON_UNITS, row_name

#: Measures whose ``units`` are those of all municipalities in a month.
MONTHLY = ("like_for_like", "unit_rates")


def said_in(items: Iterable[Item], dataset: Dataset) -> list[Said]:
    """What an export says of counted rows: each row that it shows, and the sums of its measures.

    Args:
        items: What is exported.
        dataset: The data it was made from.
    """
    counts = counted(dataset)
    found: set[Said] = set()
    for item in items:
        if item.kind == "table" and item.name in COUNTED:
            value = "quantity" if item.name == "activities" else "units"
            shown = [(row_name(item.name, row), row[value]) for row in item.frame.iter_rows(named=True)]
            found |= {Said.of([(row, 1)], float(n)) for row, n in shown if n is not None and row in counts}
        elif item.name == "cost_per_participant":
            found |= _of_programmes(item.frame, dataset)
        elif item.name in MONTHLY:
            found |= _of_months(item.frame, dataset)
    return sorted(found)


def _of_programmes(frame: pl.DataFrame, dataset: Dataset) -> set[Said]:
    """Counts that a cost was divided by; the quotient tells the count as well."""
    rows = dataset.activities.filter(
        pl.col("unit").is_in(PERSON_UNITS) & pl.col("quantity").is_not_null() & pl.col("part_of").is_null()
    ).with_columns(pl.col("period_end").dt.year().cast(pl.Int64).alias("year"))
    told = pl.any_horizontal(pl.col("count", "low_nok", "high_nok", "high_at_low_cost_nok").is_not_null())
    shown = frame.filter(told).select("programme", "year", "unit")
    groups = rows.join(shown, on=["programme", "year", "unit"], how="semi").group_by("programme", "year", "unit")
    return {
        Said.of(
            ((row_name("activities", row), 1) for row in group.iter_rows(named=True)), float(group["quantity"].sum())
        )
        for _, group in groups
    }


def _of_months(frame: pl.DataFrame, dataset: Dataset) -> set[Said]:
    """Units of a technology and month: of all municipalities, or of the one that the row names."""
    counts, found = dataset.latest_reports(), set()
    for row in frame.filter(pl.col("units").is_not_null()).iter_rows(named=True):
        reports = counts.filter(technology=row["technology"], month=row["month"])
        who = row.get("municipality")
        own = reports.filter(pl.col("municipality").is_null() if who is None else pl.col("municipality") == who)
        rows = own if own.height else reports
        if rows["units"].sum() == row["units"]:
            names = [(row_name("welfare_tech", each), 1) for each in rows.iter_rows(named=True)]
            found.add(Said.of(names, float(row["units"])))
    return found


def check_release(items: Sequence[Item], dataset: Dataset, earlier: Iterable[Said]) -> list[Said]:
    """Attack a public export with everything in it and everything released before.

    Args:
        items: What is exported.
        dataset: The data it was made from.
        earlier: What earlier releases said.

    Returns:
        What this release says of counted rows.

    Raises:
        BadInput: A small count follows.
    """
    said = said_in(items, dataset)
    rows = following(said, dataset, earlier)
    if rows:
        raise BadInput.of(
            "not_released", "export", f"small counts that can be worked out from it, or with what was released before: "
            f"{rows}", "none", "Export other tables or measures, or with --privacy internal.",
        )  # fmt: skip
    return said
