"""Two of the measures as one would write them by hand in pandas, on the same synthetic frames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench.synthetic import Synthetic

GRADES = ["documented", "derived", "assumed", "missing"]
RANKS = {grade: rank for rank, grade in enumerate(GRADES)}


def municipality_costs(data: Synthetic) -> pd.DataFrame:
    """What each municipality pays, per pool and in all."""
    costs: Any = data.costs
    population: Any = data.population
    budgets: Any = data.budgets
    costs = costs.assign(year=costs["period_end"].dt.year, grade_rank=costs["grade"].map(RANKS))
    keys = ["municipality", "year", "pool"]
    paid = costs.groupby(keys, as_index=False).agg({"amount_nok": "sum", "grade_rank": "max"})
    whole = paid.groupby(keys[:2], as_index=False).agg({"amount_nok": "sum", "grade_rank": "max"}).assign(pool="all")
    long = pd.concat([paid, whole[paid.columns]], ignore_index=True)
    totals = long.groupby(["year", "pool"], as_index=False)["amount_nok"].sum().rename(columns={"amount_nok": "total"})
    people = population.groupby(keys[:2], as_index=False)["persons"].sum().rename(columns={"persons": "inhabitants"})
    budgets = budgets.assign(year=budgets["period_end"].dt.year)
    planned = budgets.groupby(keys[:2], as_index=False).agg(
        budget_nok=("amount_nok", "sum"), variants=("budget", "nunique")
    )
    planned = planned[planned["variants"] == 1].assign(pool="all").drop(columns="variants")
    found = (
        long.merge(totals, on=["year", "pool"], how="left")
        .merge(people, on=keys[:2], how="left")
        .merge(planned, on=keys, how="left")
    )
    found = found.assign(
        per_inhabitant_nok=found["amount_nok"] / found["inhabitants"].where(found["inhabitants"] > 0),
        share=found["amount_nok"] / found["total"].where(found["total"] != 0),
        grade=found["grade_rank"].map(dict(enumerate(GRADES))),
    )
    in_order: pd.DataFrame = found.sort_values(["year", "municipality", "pool"], ignore_index=True)
    return in_order


def cost_per_participant(data: Synthetic, costs: pd.DataFrame, by: str = "participants") -> pd.DataFrame:
    """Cost per participant as a range with its bound and grade, from programme costs already computed."""
    done: Any = data.activities
    done = done[(done["unit"] == by) & done["part_of"].isna()]
    hedged = done["qualifier"]
    tenth = (done["quantity"] * 10 + 50) // 100
    done = done.assign(
        year=done["period_end"].dt.year,
        grade_rank=done["grade"].map(RANKS),
        low=done["quantity"].where(~hedged.isin(["about", "nearly"]), done["quantity"] - tenth),
        high=done["quantity"].where(hedged != "about", done["quantity"] + tenth),
        open=(hedged == "at_least") | done["quantity"].isna(),
        soft=hedged.isin(["about", "nearly"]),
    )
    counts = done.groupby(["programme", "year"], as_index=False).agg(
        {"quantity": "sum", "low": "sum", "high": "sum", "open": "max", "soft": "max", "grade_rank": "max"}
    )
    found = costs[costs["programme"] != "unallocated"].merge(counts, on=["programme", "year"], how="left")
    counted = found["low"] > 0
    known = counted & found["cost_low_nok"].notna()
    is_open = found["open"].eq(True)
    limit = is_open | found["other_work"].notna()
    point = counted & (found["cost_low_nok"] == found["cost_high_nok"]) & ~found["soft"].eq(True) & ~limit
    rank = found["grade"].map(RANKS).combine(found["grade_rank"], max)
    found = found.assign(
        count=found["quantity"],
        low_nok=(found["cost_low_nok"] / found["high"].where(counted & ~is_open)).where(~limit),
        point_nok=(found["cost_low_nok"] / found["low"].where(counted)).where(point),
        high_nok=found["cost_high_nok"] / found["low"].where(counted),
        bound=point.map({True: "exact", False: "range"}).mask(limit, "at_most").where(known, None),
        grade=rank.where(known, 3).map(dict(enumerate(GRADES))),
    )
    columns = ["programme", "year", "count", "low_nok", "point_nok", "high_nok", "bound", "grade"]
    return found[columns].sort_values(["year", "programme"], ignore_index=True)
