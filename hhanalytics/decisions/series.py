"""Welfare technology: series that break at once, stand still too long, or do not follow their parts."""

from __future__ import annotations

import itertools
from datetime import date
from statistics import median

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of
from hhanalytics.evidence import Figure
from hhanalytics.methods import constant

#: Fewer series than this move together by chance too often to call it a break.
FEWEST_SERIES = 3


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
    total = pl.col("municipality").is_null()
    stated = total.any().over("technology", "month")
    rows = dataset.welfare_tech.filter(total | ~stated)
    summed = rows.group_by("technology", "month").agg(pl.col("units").sum())
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

        def units(value: int, formula: str = "sum", cites: object = cites, grade: object = grade) -> Figure:
            return Figure(value, "units", grade, citations=cites, counts_persons=formula == "sum", formula=formula)  # type: ignore[arg-type]

        found.append(
            Finding(
                "welfare_tech_break",
                months[i].isoformat(),
                {
                    "before": units(totals[i - 1]),
                    "after": units(totals[i]),
                    "change": units(totals[i] - totals[i - 1], "difference"),
                    "series": Figure(len(names), "series", grade, citations=cites),
                },
                "clarify",
                {"month": ("months", months[i].isoformat()), "from": ("months", months[i - 1].isoformat())},
                question="welfare_tech_break",
                settles="monthly_counts_by_municipality",
            )
        )
    return found


def unchanged_series(dataset: Dataset) -> list[Finding]:
    """Series that stand at the same number for many months.

    Args:
        dataset: The Dataset.

    Returns:
        Findings ``series_unchanged``: figures ``units`` (the number), ``months`` (how many months in a row). A
        small number may well stand still; the larger it is, the less likely that nothing came or went.

    Source:
        Thresholds ``unchanged_months`` and ``unchanged_units`` in ``methods.toml``: judgements.

    Example:
        >>> import hhanalytics as hh
        >>> unchanged_series(hh.load("data/raw"))
        []
    """
    found: list[Finding] = []
    for (technology, municipality), rows in dataset.welfare_tech.sort("month").group_by(
        ["technology", "municipality"], maintain_order=True
    ):
        for run in _runs(rows):
            if run.height < constant("unchanged_months") or run["units"][0] < constant("unchanged_units"):
                continue
            cites, grade = cite("welfare_tech", run), grade_of(run)
            figures = {
                "units": Figure(run["units"][0], "units", grade, citations=cites, counts_persons=True),
                "months": Figure(run.height, "months", grade, citations=cites),
            }
            names = {
                "technology": ("technology", str(technology)),
                "from": ("month_years", run["month"][0].isoformat()),
                "to": ("month_years", run["month"][-1].isoformat()),
            }
            kind = "series_unchanged"
            if municipality is not None:
                kind, names["municipality"] = "series_unchanged_in", ("municipalities", str(municipality))
            found.append(Finding(kind, str(technology), figures, "clarify", names, question="series_unchanged"))
    return sorted(found, key=lambda finding: finding.subject)


def _runs(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """A series cut where its number changes or a month is missing."""
    month = pl.col("month").dt.year() * 12 + pl.col("month").dt.month()
    new = (pl.col("units") != pl.col("units").shift()) | (month - month.shift() != 1)
    return rows.with_columns(new.fill_null(True).cum_sum().alias("run")).partition_by("run", include_key=False)


def totals_against_parts(dataset: Dataset) -> list[Finding]:
    """Months in which a stated total moves the other way than all its parts together.

    Args:
        dataset: The Dataset.

    Returns:
        Findings ``total_against_parts``: figures ``total`` (change of the total) and ``parts`` (change of the sum
        of the municipalities). Only technologies that have both, the same municipalities in both months.

    Example:
        >>> import hhanalytics as hh
        >>> totals_against_parts(hh.load("data/raw"))
        []
    """
    found: list[Finding] = []
    table = dataset.welfare_tech
    split = table.filter(pl.col("municipality").is_not_null())
    for (technology,), totals in (
        table.filter(pl.col("municipality").is_null()).sort("month").group_by(["technology"], maintain_order=True)
    ):
        for (before, old), (month, new) in itertools.pairwise(totals.select("month", "units").iter_rows()):
            here = split.filter((pl.col("technology") == technology) & pl.col("month").is_in([before, month]))
            members = {m: set(here.filter(month=m)["municipality"]) for m in (before, month)}
            next_month = (month.year - before.year) * 12 + month.month - before.month == 1
            if not next_month or not members[before] or members[before] != members[month]:
                continue
            sums = {m: int(here.filter(month=m)["units"].sum()) for m in (before, month)}
            moved, parts = new - old, sums[month] - sums[before]
            if moved * parts >= 0:
                continue
            rows = pl.concat([here, totals.filter(pl.col("month").is_in([before, month]))])
            cites, grade = cite("welfare_tech", rows), grade_of(rows)
            figures = {
                "total": Figure(moved, "units", grade, citations=cites, formula="difference"),
                "parts": Figure(parts, "units", grade, citations=cites, formula="difference"),
            }
            names = {"technology": ("technology", str(technology)), "month": ("month_years", month.isoformat())}
            found.append(
                Finding(
                    "total_against_parts", str(technology), figures, "clarify", names, question="total_against_parts"
                )
            )
    return sorted(found, key=lambda finding: (finding.subject, finding.names["month"][1]))
