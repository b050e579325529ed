"""What a year lacks that the year before had: months, pools, activities, goals, budgets, population."""

from __future__ import annotations

from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.programmes import ended
from hhanalytics.evidence import Figure


def incomplete(dataset: Dataset, year: int) -> list[Finding]:
    """What is missing in a year that is not over, or not wholly reported.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.

    Returns:
        Findings in the form of `gaps`; none for a year that is whole:

        * ``gap_rest_of_year``: no charge reaches the end of the year; ``stake`` is what was charged
          for periods after that day the year before;
        * ``gap_pools``: pools that somebody is still in and that were charged the year before, but not now;
        * ``gap_months``: welfare technology of which some months are missing; ``gap_technology``: all of them;
        * ``gap_activities``: programmes with activity the year before, and none now;
        * ``gap_goals``, ``gap_budgets``: goals or budgets on file for the year before, and none for this one;
        * ``gap_population``: no population on file for the year.

    Example:
        >>> import hhanalytics as hh
        >>> incomplete(hh.load("data/raw"), 2025)
        []
    """
    found = [_rest(dataset, year), _pools(dataset, year), _months(dataset, year), _activities(dataset, year)]
    found += [_whole_table(dataset, year, *each) for each in _TABLES]
    return [finding for finding in (*found, _population(dataset, year)) if finding]


#: Table that a year usually has → its gap, and what that would settle.
_TABLES = (
    ("welfare_tech", "gap_technology", "use_of_technology"),
    ("goals", "gap_goals", "goals"),
    ("budgets", "gap_budgets", "under_budget"),
)


def _whole_table(dataset: Dataset, year: int, table: str, kind: str, settles: str) -> Finding | None:
    """A table with rows of the year before and none of the year."""
    rows = dataset.tables[table]
    when = {"welfare_tech": pl.col("month").dt.year(), "goals": pl.col("year")}.get(
        table, pl.col("period_end").dt.year()
    )
    before = rows.filter(when == year - 1)
    if not before.height or rows.filter(when == year).height:
        return None
    figures = {"rows_before": Figure(before.height, "rows", grade_of(before), citations=cite(table, before))}
    names = {"of_year": ("periods", f"{year}-01-01/{year}-12-31")}
    return Finding(kind, kind, figures, "clarify", names, settles=settles)


def _of(frame: pl.DataFrame, year: int, column: str = "period_end") -> pl.DataFrame:
    return frame.filter(pl.col(column).dt.year() == year)


def _stake(rows: pl.DataFrame) -> dict[str, Figure]:
    if not rows.height:
        return {}
    return {"stake": kroner(int(rows["amount_nok"].sum()), cite("costs", rows), grade_of(rows), formula="sum")}


def _rest(dataset: Dataset, year: int) -> Finding | None:
    last = _of(dataset.costs, year)["period_end"].max()
    if not isinstance(last, date) or last == date(year, 12, 31):
        return None
    open_still = _pools_in(dataset, last, date(year, 12, 31))
    # A charge that began earlier cannot be divided, so only what began after that day is at stake.
    start = pl.col("period_start").dt
    later = start.month().cast(pl.Int64) * 100 + start.day() > last.month * 100 + last.day
    before = _of(dataset.costs, year - 1).filter(later & pl.col("pool").is_in(open_still))
    names = {"last": ("dates", last.isoformat())}
    return Finding("gap_rest_of_year", "gap_rest_of_year", _stake(before), "clarify", names, settles="whole_year")


def _pools_in(dataset: Dataset, first: date, last: date) -> list[str]:
    """Pools in which somebody is a member on some day of a period."""
    holds = (pl.col("valid_from") <= last) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > first))
    return sorted(dataset.memberships.filter(holds)["pool"].unique())


def _pools(dataset: Dataset, year: int) -> Finding | None:
    charged = _of(dataset.costs, year)["pool"].unique()
    members = _pools_in(dataset, date(year, 1, 1), date(year, 12, 31))
    before = _of(dataset.costs, year - 1).filter(
        pl.col("pool").is_in(members) & ~pl.col("pool").is_in(charged.implode())
    )
    if not before.height:
        return None
    lists = {"pools": ("pools", tuple(before["pool"].unique().sort()))}
    return Finding("gap_pools", "gap_pools", _stake(before), "clarify", lists=lists, settles="cost_of_year")


def _months(dataset: Dataset, year: int) -> Finding | None:
    rows = _of(dataset.welfare_tech, year, "month")
    known = rows.filter(
        pl.col("technology").is_in(_of(dataset.welfare_tech, year - 1, "month")["technology"].implode())
    )
    months = known["month"].unique().sort()
    if not months.len() or months.len() == 12:
        return None
    figures = {"months": Figure(months.len(), "months", grade_of(known), citations=cite("welfare_tech", known))}
    names = {"month": ("months", months[-1].isoformat())}
    return Finding("gap_months", "gap_months", figures, "clarify", names, settles="use_of_technology")


def _activities(dataset: Dataset, year: int) -> Finding | None:
    now = _of(dataset.activities, year)["programme"].unique()
    before = _of(dataset.activities, year - 1).filter(~pl.col("programme").is_in(now.implode()))
    left = before.filter(~pl.col("programme").is_in([*ended(dataset, year)]))
    if not left.height:
        return None
    ids = tuple(left["programme"].unique().sort())
    figures = {"programmes_number": Figure(len(ids), "programmes", grade_of(left), citations=cite("activities", left))}
    lists = {"programmes": ("programmes", ids)}
    return Finding("gap_activities", "gap_activities", figures, "clarify", lists=lists, settles="what_was_done")


def _population(dataset: Dataset, year: int) -> Finding | None:
    charged = _of(dataset.costs, year)["municipality"].unique()
    known = dataset.population.filter((pl.col("year") == year) & pl.col("municipality").is_in(charged.implode()))
    missing = tuple(sorted(set(charged) - set(known["municipality"])))
    before = dataset.population.filter((pl.col("year") == year - 1) & pl.col("municipality").is_in(missing))
    if not missing or not before.height:
        return None
    figures = {
        "persons": Figure(len(missing), "municipalities", grade_of(before), citations=cite("population", before))
    }
    lists = {"municipalities": ("municipalities", missing)}
    return Finding("gap_population", "gap_population", figures, "clarify", lists=lists, settles="per_inhabitant")
