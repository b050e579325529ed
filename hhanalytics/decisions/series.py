"""Welfare technology over time: shifts of all series at once, and which events could explain them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, parts
from hhanalytics.evidence import Figure
from hhanalytics.measures.level_shifts import level_shifts

#: Name of the table that an event affects when it is about counts of welfare technology.
TABLE = "welfare_tech"


@lru_cache(maxsize=8)
def rows_of_all(dataset: Dataset) -> pl.DataFrame:
    """The latest rows that make up the units of all: the stated total, or each municipality where there is none."""
    total = pl.col("municipality").is_null()
    return dataset.latest_reports().filter(total | ~total.any().over("technology", "month"))


def monthly(dataset: Dataset) -> pl.DataFrame:
    """Units per technology and month over all municipalities, for the technologies that have every month.

    A row without municipality is the total; where there is none, the municipalities are added.

    Returns:
        ``technology``, ``month``, ``units``, sorted by both.

    Example:
        >>> import hhanalytics as hh
        >>> monthly(hh.load("data/raw")).filter(month=hh.load("data/raw").welfare_tech["month"].min())["units"].sum()
        1033
    """
    summed = rows_of_all(dataset).group_by("technology", "month").agg(pl.col("units").sum())
    months = summed["month"].n_unique()
    return summed.filter(pl.len().over("technology") == months).sort("technology", "month")


def welfare_tech_breaks(dataset: Dataset) -> list[Finding]:
    """Months in which all series step to another level at once, further than noise explains.

    Args:
        dataset: The Dataset.

    Returns:
        Findings ``welfare_tech_break``, or ``welfare_tech_break_explained`` where an event of the same month
        explains it: figures ``before``, ``after``, ``change`` (units, summed over the technologies) and
        ``series`` (how many), named by their month. Each year is looked at with the December before it, over
        the technologies that have every month of it; months that do not follow each other are not compared.

    Source:
        `hhanalytics.level_shifts`, kind ``simultaneous``; thresholds ``shift_*`` in ``methods.toml``.

    Example:
        >>> import hhanalytics as hh
        >>> [(f.subject, f.figures["change"].value) for f in welfare_tech_breaks(hh.load("data/raw"))]
        [('2025-06-01', -277), ('2025-12-01', 279)]
    """
    years = dataset.welfare_tech["month"].dt.year().unique().sort()
    return [finding for year in years for finding in _breaks_of(dataset, year)]


def _breaks_of(dataset: Dataset, year: int) -> list[Finding]:
    """The breaks in the months of one year."""
    series = monthly(_window(dataset, year))
    if not series.height:
        return []
    shifts = level_shifts(series).filter(kind="simultaneous")
    return breaks_at(dataset, year, shifts["month"].unique().to_list())


def _window(dataset: Dataset, year: int) -> Dataset:
    """The months of a year and the December before it."""
    inside = pl.col("month").is_between(date(year - 1, 12, 1), date(year, 12, 1))
    return dataset.replace(welfare_tech=dataset.welfare_tech.filter(inside))


def breaks_at(dataset: Dataset, year: int, months: Iterable[date]) -> list[Finding]:
    """What the units do in some months of a year, as findings of a break.

    Args:
        dataset: The Dataset.
        year: The year.
        months: First days of the months; those not counted, or without a month before, are left out.

    Example:
        >>> import hhanalytics as hh
        >>> (june,) = breaks_at(hh.load("data/raw"), 2025, [date(2025, 6, 1)])
        >>> june.figures["before"].value, june.figures["after"].value
        (1056, 779)
    """
    window = _window(dataset, year)
    series = monthly(window)
    counted = series["technology"].unique().implode()
    rows = rows_of_all(window).filter(pl.col("technology").is_in(counted))
    known = series["month"].unique().sort().to_list()
    totals = dict(series.group_by("month").agg(pl.col("units").sum()).iter_rows())
    found = sorted(month for month in set(months) if month in known[1:])
    return [_break(dataset, rows, month, known[known.index(month) - 1], totals) for month in found]


def _break(dataset: Dataset, rows: pl.DataFrame, month: date, before: date, totals: dict[date, int]) -> Finding:
    used = rows.filter(pl.col("month").is_in([before, month]))
    cites, grade = cite(TABLE, used), grade_of(used)

    was = parts(TABLE, used.filter(month=before))
    became = parts(TABLE, used.filter(month=month))

    def units(value: int, formula: str, rows: tuple[tuple[str, int], ...]) -> Figure:
        persons = formula == "sum"
        return Figure(value, "units", grade, citations=cites, counts_persons=persons, parts=rows, formula=formula)

    explained = any(says == "explains" for _, says in events_beside(dataset, month))
    return Finding(
        "welfare_tech_break_explained" if explained else "welfare_tech_break",
        month.isoformat(),
        {
            "before": units(totals[before], "sum", was),
            "after": units(totals[month], "sum", became),
            "change": units(
                totals[month] - totals[before], "difference", (*became, *((row, -times) for row, times in was))
            ),
            "series": Figure(used["technology"].n_unique(), "series", grade, citations=cites),
        },
        "inform" if explained else "clarify",
        {"month": ("months", month.isoformat()), "from": ("months", before.isoformat())},
        question="" if explained else "welfare_tech_break",
        settles="" if explained else "monthly_counts_by_municipality",
    )


def events_beside(dataset: Dataset, month: date) -> list[tuple[dict[str, Any], str]]:
    """Events that could explain a step in all counts, and what each says of it, by date and scope.

    Args:
        dataset: The Dataset.
        month: First month of the new level.

    Returns:
        Events of the same year that affect the counts, or by which a municipality came to or left the
        ordinary pools, each with ``explains`` (in that month, and nothing speaks against it), ``no_date``
        (only the year is known), ``other_month``, or ``still_in`` (in that month, but the municipality that
        left still takes part in some pool).

    Example:
        >>> import hhanalytics as hh
        >>> [(e["event"], says) for e, says in events_beside(hh.load("data/raw"), date(2025, 6, 1))]
        [('nesbyen_exit', 'other_month'), ('supplier_change', 'no_date')]
    """
    affects, kind = pl.col("affects"), pl.col("kind")
    comes_or_goes = kind.is_in(["exit", "entry"]) & affects.is_in(dataset.ordinary_pools())
    events = dataset.events.filter(
        ((affects == TABLE) | comes_or_goes) & (pl.col("date").dt.year() == month.year)
    ).sort("event")
    return [(event, _says(dataset, event, month)) for event in events.iter_rows(named=True)]


def _says(dataset: Dataset, event: dict[str, Any], month: date) -> str:
    if event["precision"] == "year":
        return "no_date"
    if (event["date"].year, event["date"].month) != (month.year, month.month):
        return "other_month"
    return "still_in" if event["kind"] == "exit" and still_in(dataset, event) else "explains"


def still_in(dataset: Dataset, event: dict[str, Any]) -> list[str]:
    """The pools in which a municipality takes part on the day it left another.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> still_in(data, data.events.filter(event="nesbyen_exit").row(0, named=True))
        ['ehelse_administrasjon', 'ehelse_stilling']
    """
    day, ends = event["date"], pl.col("valid_to")
    members = dataset.memberships.filter(
        (pl.col("municipality") == event["municipality"])
        & (pl.col("pool") != event["affects"])
        & (pl.col("valid_from") <= day)
        & (ends.is_null() | (ends >= day))
    )
    return members["pool"].unique().sort().to_list()
