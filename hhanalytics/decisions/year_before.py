"""A year beside the one before, over what both have, as findings."""

from __future__ import annotations

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, kroner
from hhanalytics.evidence import Figure
from hhanalytics.measures.catalogue import compute


def year_before(dataset: Dataset, year: int) -> list[Finding]:
    """What was charged, beside a year earlier; the sum of all pools first.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.

    Returns:
        Findings ``year_before`` (subject ``all`` or a pool): ``amount``, ``before``, ``change`` (kr),
        ``municipalities``, ``left_out`` and ``before_left_out``. None where no year comes before, or
        nothing can be compared.

    Source:
        ``docs/method.md``, comparable costs.

    Example:
        >>> import hhanalytics as hh
        >>> year_before(hh.load("data/raw"), 2025)
        []
    """
    rows = compute(dataset, "comparable_costs", year=year).filter(pl.col("municipalities") > 0)
    found = []
    for row in rows.sort(pl.col("pool") != "all", "pool").iter_rows(named=True):
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
        kind = "year_before" if row["pool"] == "all" else "year_before_pool"
        found.append(Finding(kind, row["pool"], {**amounts, "municipalities": compared}, "inform", names))
    return found
