"""Welfare technology: series that stand still too long, and totals that do not follow their parts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, parts
from hhanalytics.evidence import Figure
from hhanalytics.methods import constant


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
                "units": Figure(
                    run["units"][0],
                    "units",
                    grade,
                    citations=cites,
                    counts_persons=True,
                    parts=parts("welfare_tech", run.head(1)),
                ),
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
        own = split.filter(technology=technology)
        members: dict[date, set[str]] = defaultdict(set)
        sums: dict[date, int] = defaultdict(int)
        for in_month, municipality, units in own.select("month", "municipality", "units").iter_rows():
            members[in_month].add(municipality)
            sums[in_month] += units or 0
        for (before, old), (month, new) in itertools.pairwise(totals.select("month", "units").iter_rows()):
            next_month = (month.year - before.year) * 12 + month.month - before.month == 1
            if not next_month or not members[before] or members[before] != members[month]:
                continue
            moved, parts = new - old, sums[month] - sums[before]
            if moved * parts >= 0:
                continue
            rows = pl.concat([each.filter(pl.col("month").is_in([before, month])) for each in (own, totals)])
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
