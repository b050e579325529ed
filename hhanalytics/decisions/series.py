"""Welfare technology: months in which every series moves the same way at once."""

from __future__ import annotations

import itertools
from datetime import date
from statistics import median

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, parts
from hhanalytics.evidence import Citation, Figure, Grade
from hhanalytics.methods import constant

#: Fewer series than this move together by chance too often to call it a break.
FEWEST_SERIES = 3


def monthly(dataset: Dataset) -> pl.DataFrame:
    """Units per technology and month over all municipalities, for the technologies that have every month.

    Returns:
        ``technology``, ``month``, ``units``, sorted by both.

    Example:
        >>> import hhanalytics as hh
        >>> monthly(hh.load("data/raw")).filter(month=hh.load("data/raw").welfare_tech["month"].min())["units"].sum()
        1033
    """
    summed = dataset.welfare_tech.group_by("technology", "month").agg(pl.col("units").sum())
    months = summed["month"].n_unique()
    return summed.filter(pl.len().over("technology") == months).sort("technology", "month")


def welfare_tech_breaks(dataset: Dataset) -> list[Finding]:
    """Months in which all series move the same way, and far more than they usually do.

    Args:
        dataset: The Dataset.

    Returns:
        Findings ``welfare_tech_break``: figures ``before``, ``after``, ``change`` (units, summed over the
        technologies) and ``series`` (how many), named by their month. Each year is looked at with the
        December before it, over the technologies that have every month of it; months that do not follow
        each other are not compared.

    Source:
        Threshold ``break_ratio`` in ``methods.toml``: a judgement.

    Example:
        >>> import hhanalytics as hh
        >>> [(f.subject, f.figures["change"].value) for f in welfare_tech_breaks(hh.load("data/raw"))]
        [('2025-06-01', -277), ('2025-12-01', 279)]
    """
    years = dataset.welfare_tech["month"].dt.year().unique().sort()
    return [finding for year in years for finding in _breaks_of(dataset, year)]


def _breaks_of(dataset: Dataset, year: int) -> list[Finding]:
    """The breaks in the months of one year."""
    window = dataset.welfare_tech.filter(pl.col("month").is_between(date(year - 1, 12, 1), date(year, 12, 1)))
    series = monthly(dataset.replace(welfare_tech=window))
    names = series["technology"].unique().sort().to_list()
    if len(names) < FEWEST_SERIES:
        return []
    wide = series.pivot("technology", index="month", values="units").sort("month")
    months = wide["month"].to_list()
    values = {name: wide[name].to_list() for name in names}
    totals = [sum(values[name][i] for name in names) for i in range(len(months))]
    steps = [abs(b - a) for a, b in itertools.pairwise(totals)]
    found: list[Finding] = []
    for i in range(1, len(months)):
        changes = [values[name][i] - values[name][i - 1] for name in names]
        together = all(c > 0 for c in changes) or all(c < 0 for c in changes)
        usual = median(step for j, step in enumerate(steps) if j != i - 1) if len(steps) > 1 else 0
        next_month = (months[i].year - months[i - 1].year) * 12 + months[i].month - months[i - 1].month == 1
        if not next_month or not together or steps[i - 1] < max(usual * constant("break_ratio"), 1):
            continue
        rows = window.filter(pl.col("month").is_in([months[i - 1], months[i]]) & pl.col("technology").is_in(names))
        cites, grade = cite("welfare_tech", rows), grade_of(rows)

        before = parts("welfare_tech", rows.filter(month=months[i - 1]), -1)
        after = parts("welfare_tech", rows.filter(month=months[i]))

        def units(
            value: int,
            rows: tuple[tuple[str, int], ...],
            formula: str = "sum",
            cites: tuple[Citation, ...] = cites,
            grade: Grade = grade,
        ) -> Figure:
            counts = formula == "sum"
            return Figure(value, "units", grade, citations=cites, counts_persons=counts, parts=rows, formula=formula)

        found.append(
            Finding(
                "welfare_tech_break",
                months[i].isoformat(),
                {
                    "before": units(totals[i - 1], tuple((name, 1) for name, _ in before)),
                    "after": units(totals[i], after),
                    "change": units(totals[i] - totals[i - 1], (*after, *before), "difference"),
                    "series": Figure(len(names), "series", grade, citations=cites),
                },
                "clarify",
                {"month": ("months", months[i].isoformat()), "from": ("months", months[i - 1].isoformat())},
                question="welfare_tech_break",
                settles="monthly_counts_by_municipality",
            )
        )
    return found
