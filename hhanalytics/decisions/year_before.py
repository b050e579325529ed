"""A year beside the one before, over what both have, as findings."""

from __future__ import annotations

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, kroner
from hhanalytics.evidence import Figure
from hhanalytics.measures.catalogue import compute


def year_before(dataset: Dataset, year: int, municipality: str | None = None) -> list[Finding]:
    """What was charged, beside a year earlier; the sum of all pools first.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.
        municipality: Only what this one was charged, and only the sum; None: everybody.

    Returns:
        Findings ``year_before`` (subject ``all`` or a pool): ``amount``, ``before``, ``change`` (kr),
        ``municipalities``, ``left_out`` and ``before_left_out``; of one municipality ``year_before_own``. None where no year comes before, or
        nothing can be compared.

    Source:
        ``docs/method.md``, comparable costs.

    Example:
        >>> import hhanalytics as hh
        >>> year_before(hh.load("data/raw"), 2025)
        []
    """
    if municipality is not None:
        dataset = dataset.replace(costs=dataset.costs.filter(pl.col("municipality") == municipality))
        if year not in dataset.years():
            return []
    rows = compute(dataset, "comparable_costs", year=year).filter(pl.col("municipalities") > 0)
    found = []
    rows = rows.sort(pl.col("pool") != "all", "pool")
    for row in rows.filter((pl.col("pool") == "all") | (municipality is None)).iter_rows(named=True):
        charges = dataset.costs.filter(pl.col("period_end").dt.year().is_in([year - 1, year]))
        if row["pool"] != "all":
            charges = charges.filter(pl.col("pool") == row["pool"])
        cites = cite("costs", charges)
        amounts = {
            name: kroner(row[f"{name}_nok"], cites, row["grade"], formula=formula)
            for name, formula in (
                ("amount", "sum"),
                ("before", "sum"),
                ("change", "difference"),
                ("left_out", "sum"),
                ("before_left_out", "sum"),
            )
        }
        compared = Figure(row["municipalities"], "municipalities", row["grade"], citations=cites)
        names = {"before_year": ("periods", f"{year - 1}-01-01/{year - 1}-12-31")}
        if row["pool"] != "all":
            names["pool"] = ("pools", row["pool"])
        if municipality is not None:
            names["municipality"] = ("municipalities", municipality)
        kind = "year_before_pool" if row["pool"] != "all" else "year_before_own" if municipality else "year_before"
        found.append(Finding(kind, row["pool"], {**amounts, "municipalities": compared}, "inform", names))
    return found
