"""What municipalities pay."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from hhanalytics.measures.frames import as_given, lazy, once
from hhanalytics.measures.grades import grade_words, graded


def municipality_costs(costs: Any, population: Any, budgets: Any, *, budget: str | None = None) -> Any:
    """What each municipality pays: per pool and in all, per inhabitant, as a share, beside its budget.

    Args:
        costs: ``municipality``, ``pool``, ``period_end``, ``amount_nok``, ``grade``.
        population: ``municipality``, ``year``, ``persons``; the 1 January of the year is used.
        budgets: ``municipality``, ``budget``, ``period_end``, ``amount_nok``.
        budget: Which budget, where a source prints several; None: only where there is just one.

    Returns:
        One row per municipality, year and pool, and one with pool ``all``: ``municipality``, ``year``,
        ``pool``, ``amount_nok``, ``inhabitants``, ``per_inhabitant_nok``, ``share`` (of the pool, or of all
        charges), ``budget_nok`` (pool ``all`` only), ``grade``. Inhabitants are null where no population
        is on file for the year.

    Source:
        Hallinghelse, annual report 2025, lines 80-144; SSB table 07459.

    Example:
        >>> import hhanalytics as hh
        >>> paid = hh.compute(hh.load("data/raw"), "municipality_costs", year=2025)
        >>> paid.filter(municipality="flaa", pool="all")["amount_nok"].item()
        430994
    """
    costs_, population_, budgets_ = lazy(
        costs=(costs, ("municipality", "pool", "period_end", "amount_nok", "grade")),
        population=(population, ("municipality", "year", "persons")),
        budgets=(budgets, ("municipality", "budget", "period_end", "amount_nok")),
    )
    year = nw.col("period_end").dt.year().cast(nw.Int64).alias("year")
    paid = (
        costs_.with_columns(graded(), year)
        .group_by("municipality", "year", "pool")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
    )
    paid = once(paid, costs)
    whole = (
        paid.group_by("municipality", "year")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
        .with_columns(nw.lit("all").alias("pool"), nw.col("amount_nok").cast(nw.Int64))
        .select("municipality", "year", "pool", "amount_nok", "grade_rank")
    )
    long = nw.concat([paid, whole], how="vertical")
    totals = long.group_by("year", "pool").agg(nw.col("amount_nok").sum().alias("total_nok"))
    persons = (
        population_.with_columns(nw.col("year").cast(nw.Int64))
        .group_by("municipality", "year")
        .agg(nw.col("persons").sum().alias("inhabitants"))
    )
    chosen = budgets_.with_columns(year)
    if budget is not None:
        chosen = chosen.filter(nw.col("budget") == budget)
    summed = (
        chosen.group_by("municipality", "year")
        .agg(nw.col("amount_nok").sum().alias("budget_nok"), nw.col("budget").n_unique().alias("variants"))
        .with_columns(nw.lit("all").alias("pool"))
        .filter(nw.col("variants") == 1)
        .select("municipality", "year", "pool", "budget_nok")
    )
    result = (
        long.join(totals, on=["year", "pool"], how="left")
        .join(persons, on=["municipality", "year"], how="left")
        .join(summed, on=["municipality", "year", "pool"], how="left")
        .with_columns(grade_words("grade_rank"))
        .select(
            "municipality",
            "year",
            "pool",
            "amount_nok",
            "inhabitants",
            (nw.col("amount_nok") / nw.when(nw.col("inhabitants") > 0).then(nw.col("inhabitants"))).alias(
                "per_inhabitant_nok"
            ),
            (nw.col("amount_nok") / nw.when(nw.col("total_nok") != 0).then(nw.col("total_nok"))).alias("share"),
            "budget_nok",
            "grade",
        )
        .sort("year", "municipality", "pool")
    )
    return as_given(result, costs)
