"""Welfare technology here beside the whole country: only where the same was counted, at the same time."""

from __future__ import annotations

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite
from hhanalytics.decisions.technology import technology_rates
from hhanalytics.evidence import Figure, weakest

PER = 1000


def national_findings(dataset: Dataset, year: int) -> list[Finding]:
    """Units per 1 000 of the oldest here and in the whole country, or why they are not comparable.

    Args:
        dataset: The Dataset.
        year: The year.

    Returns:
        Findings ``national_rate`` per technology of which the country's count has the same scope (units in use
        in a month of the same year, with the country's inhabitants): ``rate_low``, ``rate``, ``national``; and
        one ``national_not_comparable`` for the others, whose ``details`` are the reasons: ``persons``,
        ``timing``, ``other_year`` (its name ``latest``: the first day of the latest year), ``no_population``, ``no_national``
        (``number`` of technologies without any). Nothing where nothing was counted, or no country's on file.

    Example:
        >>> import hhanalytics as hh
        >>> (found,) = national_findings(hh.load("data/raw"), 2025)
        >>> found.kind, [reason.subject for reason in found.details]
        ('national_not_comparable', ['persons', 'timing', 'other_year', 'no_population', 'no_national'])
    """
    counted = dataset.welfare_tech.filter(pl.col("month").dt.year() == year)
    national = dataset.national_counts
    if not counted.height or not national.height:
        return []
    rates = {f.subject: f for f in technology_rates(dataset, year)}
    out: list[Finding] = []
    unlike: dict[str, pl.DataFrame] = {}
    without: list[str] = []
    for technology in counted["technology"].unique().sort():
        rows = national.filter(technology=technology)
        if not rows.height:
            without.append(technology)
            continue
        reasons, row = _closest(rows, year)
        if not reasons and technology in rates:
            out.append(_rate(rates[technology], row))
        for reason in reasons:
            unlike[reason] = pl.concat([unlike[reason], row]) if reason in unlike else row
    if unlike or without:
        out.append(_not_comparable(counted, unlike, without))
    return out


def _closest(rows: pl.DataFrame, year: int) -> tuple[list[str], pl.DataFrame]:
    """The row that has most in common with units in use in a month of the year, and what it has not."""
    tests = {
        "persons": pl.col("counted") != "units",
        "timing": pl.col("timing") != "in_month",
        "other_year": pl.col("year") != year,
        "no_population": pl.col("inhabitants_80").is_null(),
    }
    flags = rows.with_columns(**tests).with_columns(pl.sum_horizontal(*tests).alias("unlike"))
    best = flags.sort("unlike", "year", descending=[False, True]).head(1)
    return [name for name in tests if best[name][0]], best.select(rows.columns)


def _rate(here: Finding, row: pl.DataFrame) -> Finding:
    cites = cite("national_counts", row)
    value = row["quantity"][0] * PER / row["inhabitants_80"][0]
    grade = weakest([row["grade"][0], "derived"])
    figures = {
        **{name: here.figures[name] for name in ("rate_low", "rate")},
        "national": Figure(value, "per_thousand", grade, citations=cites, formula="rate"),
        "per": here.figures["per"],
        "age": here.figures["age"],
    }
    return Finding("national_rate", here.subject, figures, "inform", here.names)


def _not_comparable(counted: pl.DataFrame, unlike: dict[str, pl.DataFrame], without: list[str]) -> Finding:
    reasons = []
    for reason in ("persons", "timing", "other_year", "no_population"):
        if reason in unlike:
            rows = unlike[reason]
            number = Figure(rows.height, "series", "derived", citations=cite("national_counts", rows), formula="number")
            names = {"latest": ("dates", f"{max(rows['year'].to_list())}-01-01")}
            kind = f"national_{reason}"
            reasons.append(Finding(kind, reason, {"number": number}, "inform", names))
    if without:
        rows = counted.filter(pl.col("technology").is_in(without))
        number = Figure(len(without), "series", "derived", citations=cite("welfare_tech", rows), formula="number")
        reasons.append(Finding("national_no_national", "no_national", {"number": number}, "inform"))
    figures = {f"number_{each.subject}": each.figures["number"] for each in reasons}
    return Finding("national_not_comparable", "national_counts", figures, "inform", details=tuple(reasons))
