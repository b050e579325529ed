"""How far a year has come on a day: spending against budget, and what is not yet reported, as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.totals import ordinary
from hhanalytics.evidence import Figure, weakest


def spending(dataset: Dataset, day: date) -> list[Finding]:
    """What was charged so far in a year, against the budget of the same part of it where there is one.

    Args:
        dataset: The Dataset as known on the day (`known_on`), printed or corrected.
        day: The day.

    Returns:
        Of the ordinary accounts ``status_spent`` (``charged``, ``budget``, ``share``: the budget is of the same months),
        ``status_spent_of_year`` (the same, the budget being that of the whole year, since it is not divided), or
        ``status_spent_only``; without charges ``status_budget`` where there is a budget, and ``status_before``: what was
        charged in the last year that is known. Then ``status_outside``: what was charged beside the ordinary accounts.
        Period and budget period are among the names.

    Source:
        ``docs/method.md``, status of a year.

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.decisions.known import known_on
        >>> half = date(2025, 6, 30)
        >>> [found] = spending(known_on(hh.load("data/raw"), half), half)
        >>> found.kind, found.figures["charged"].value, round(found.figures["share"].value, 1)
        ('status_spent_of_year', 3080820, 47.5)
    """
    first = date(day.year, 1, 1)
    rows = dataset.costs.filter(pl.col("period_start") >= first)
    budget, same = _budget(dataset, day.year, rows["period_end"].max() if rows.height else None)  # type: ignore[arg-type]
    whole = _stated(budget)
    names = {} if not budget.height else {"budget_period": _period(budget)}
    if not rows.height:
        planned = [Finding("status_budget", "all", {"budget": whole}, "inform", names)] if budget.height else []
        return [*planned, *_before(dataset, first)]
    own = ordinary(dataset, {"period_start": first, "period_end": day})
    beside = rows.join(own, on=["municipality", "pool", "period_start", "period_end"], how="anti")
    found = []
    if own.height:
        charged = _charged(own)
        figures, kind = {"charged": charged}, "status_spent_only"
        if whole.value:
            cites = (*charged.citations, *whole.citations)
            share = 100 * (charged.value or 0) / whole.value
            grade = weakest([charged.grade, whole.grade, "derived"])
            figures |= {"budget": whole, "share": Figure(share, "percent", grade, citations=cites, formula="of_budget")}
            kind = "status_spent" if same else "status_spent_of_year"
        found.append(Finding(kind, "all", figures, "inform", {**names, "period": _period(own)}))
    if beside.height:
        lists = {"pools": ("pools", tuple(beside["pool"].unique().sort()))}
        names = {"period": _period(beside)}
        found.append(Finding("status_outside", "all", {"charged": _charged(beside)}, "inform", names, lists))
    return found


def _before(dataset: Dataset, first: date) -> list[Finding]:
    """What was charged in the ordinary accounts of the last year that is known before a day."""
    years = [year for year in dataset.years() if year < first.year]
    if not years:
        return []
    own = ordinary(dataset, {"period_start": date(years[-1], 1, 1), "period_end": date(years[-1], 12, 31)})
    return (
        [Finding("status_before", "all", {"charged": _charged(own)}, "inform", {"period": _period(own)})]
        if own.height
        else []
    )


def not_reported(dataset: Dataset, day: date, begun: pl.DataFrame) -> list[Finding]:
    """What is not yet reported of a year on a day.

    Args:
        dataset: The Dataset as known on the day (`known_on`).
        day: The day.
        begun: The counts whose period was not over (`underway`).

    Returns:
        Findings ``status_gap_*``, what matters most first: charges, the budget, counts, goals, follow-up rows, welfare
        technology. Nothing of what is reported.

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.decisions.known import known_on, underway
        >>> data, day = hh.load("data/raw"), date(2026, 6, 30)
        >>> found = not_reported(known_on(data, day), day, underway(data, day))
        >>> [each.kind.removeprefix("status_gap_") for each in found]
        ['costs', 'budget', 'activities', 'goals', 'followups', 'technology']
    """
    year = {"of_year": ("periods", f"{day.year}-01-01/{day.year}-12-31")}
    since = {**year, "since": ("periods", f"{day.year}-01-01/{day}")}
    found: list[Finding] = []
    charged = dataset.costs.filter(pl.col("period_start") >= date(day.year, 1, 1))
    last: Any = charged["period_end"].max()
    if last is None:
        found.append(_gap("status_gap_costs", since))
    elif last < day:
        found.append(_gap("status_gap_costs_since", {"since": ("periods", f"{last + timedelta(days=1)}/{day}")}))
    if not _budget(dataset, day.year, last)[0].height:
        found.append(_gap("status_gap_budget", year))
    done = dataset.activities.filter(pl.col("period_end") >= date(day.year, 1, 1))
    if begun.height:
        count = Figure(begun.height, "activities", grade_of(begun), citations=cite("activities", begun))
        found.append(_gap("status_gap_underway", year, counts=count))
    elif not done.height:
        found.append(_gap("status_gap_activities", since))
    goals = dataset.goals.filter(year=day.year)
    if not goals.height:
        found.append(_gap("status_gap_goals", year))
    elif day < date(day.year, 12, 31):
        found.append(
            _gap(
                "status_gap_goals_open",
                year,
                goals=Figure(goals.height, "goals", grade_of(goals), citations=cite("goals", goals)),
            )
        )
    if not adopted(dataset, day).height:
        found.append(_gap("status_gap_followups", year))
    month: Any = dataset.welfare_tech.filter(pl.col("month").dt.year() == day.year)["month"].max()
    over = day if _month_end(day) == day else day.replace(day=1) - timedelta(days=1)
    if month is None:
        found.append(_gap("status_gap_technology", since))
    elif _month_end(month) < over:
        found.append(_gap("status_gap_technology_since", {"last": ("month_years", str(month))}))
    return found


def _gap(kind: str, names: Mapping[str, tuple[str, str]], **figures: Figure) -> Finding:
    """Something that is not yet reported."""
    return Finding(kind, "all", figures, "inform", names)


def adopted(dataset: Dataset, day: date) -> pl.DataFrame:
    """The follow-up rows that were adopted by a day and are to be seen to in its year: of this year's brief or the last's."""
    rows = dataset.followups.filter(pl.col("adopted_on").is_not_null() & (pl.col("adopted_on") <= day))
    return rows.filter(pl.col("year") >= day.year - 1).sort("deadline", "followup", nulls_last=True)


def _budget(dataset: Dataset, year: int, last: date | None) -> tuple[pl.DataFrame, bool]:
    """The rows of the stated budget, and whether they are of just the part of the year that charges reach."""
    rows = dataset.control_totals.filter(
        (pl.col("kind") == "budget")
        & (pl.col("period_start").dt.year() == year)
        & (pl.col("period_end").dt.year() == year)
    ).sort("period_start", "period_end")
    parts = rows.filter(pl.col("period_end") <= last) if last else rows.clear()
    if last and _tiles(list(parts.select("period_start", "period_end").iter_rows()), date(year, 1, 1), last):
        return parts, True
    whole = rows.filter(period_start=date(year, 1, 1), period_end=date(year, 12, 31))
    if whole.height == 1:
        return whole, False
    pieces = list(rows.select("period_start", "period_end").iter_rows())
    # Parts that make up the year are its budget; anything else may count twice, or leave something out.
    end = date(year, 12, 31) if last or not pieces else pieces[-1][1]
    return (rows, False) if _tiles(pieces, date(year, 1, 1), end) else (rows.clear(), False)


def _tiles(periods: Sequence[tuple[date, date]], first: date, last: date) -> bool:
    """Whether periods, in order, follow each other from the first day to the last."""
    due = first
    for start, end in periods:
        if start != due:
            return False
        due = end + timedelta(days=1)
    return bool(periods) and due == last + timedelta(days=1)


def _stated(rows: pl.DataFrame) -> Figure:
    """The sum of stated totals; missing where there are none."""
    if not rows.height:
        return kroner(None, (), "missing")
    formula = "sum" if rows.height > 1 else ""
    return kroner(int(rows["amount_nok"].sum()), cite("control_totals", rows), grade_of(rows), formula=formula)


def _charged(rows: pl.DataFrame) -> Figure:
    return kroner(int(rows["amount_nok"].sum()), cite("costs", rows), grade_of(rows), formula="sum")


def _period(rows: pl.DataFrame) -> tuple[str, str]:
    first, last = min(rows["period_start"].to_list()), max(rows["period_end"].to_list())
    return "periods", f"{first}/{last}"


def _month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
