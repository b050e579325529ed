"""Three measures as one would write them by hand for a large table in polars and pandas: sum first, then join."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl

from bench import by_hand_pandas
from bench.large_data import Nation

GRADES = ["documented", "derived", "assumed", "missing"]


def _rank() -> pl.Expr:
    grade = pl.col("grade")
    chain = pl.when(grade == "documented").then(0).when(grade == "derived").then(1).when(grade == "assumed").then(2)
    return chain.otherwise(3).alias("rank")


def _year() -> pl.Expr:
    return pl.col("period_end").dt.year().cast(pl.Int64).alias("year")


def municipality_costs(data: Nation) -> pl.LazyFrame:
    """What each municipality pays, per pool and in all."""
    keys = ["municipality", "year", "pool"]
    paid = (
        data.events.select("municipality", _year(), "pool", "amount_nok", _rank())
        .group_by(keys)
        .agg(pl.col("amount_nok").sum(), pl.col("rank").max())
    )
    whole = paid.group_by(keys[:2]).agg(pl.lit("all").alias("pool"), pl.col("amount_nok").sum(), pl.col("rank").max())
    long = pl.concat([paid, whole])
    people = data.population.lazy().group_by(keys[:2]).agg(pl.col("persons").sum().alias("inhabitants"))
    planned = (
        data.budgets.lazy()
        .group_by("municipality", _year())
        .agg(pl.col("amount_nok").sum().alias("budget_nok"), pl.col("budget").n_unique().alias("variants"))
        .filter(pl.col("variants") == 1)
        .with_columns(pool=pl.lit("all"))
    )
    return (
        long.join(long.group_by("year", "pool").agg(pl.col("amount_nok").sum().alias("total")), on=keys[1:], how="left")
        .join(people, on=keys[:2], how="left")
        .join(planned, on=keys, how="left")
        .select(
            *keys,
            "amount_nok",
            "inhabitants",
            (pl.col("amount_nok") / pl.col("inhabitants")).alias("per_inhabitant_nok"),
            (pl.col("amount_nok") / pl.when(pl.col("total") != 0).then("total")).alias("share"),
            "budget_nok",
            pl.col("rank").replace_strict(range(4), GRADES, return_dtype=pl.String).alias("grade"),
        )
        .sort("year", "municipality", "pool")
    )


def _summed(rows: pl.LazyFrame, *keys: str) -> pl.LazyFrame:
    value, hedged = pl.col("quantity"), pl.col("qualifier")
    tenth = (value * 10 + 50) // 100
    soft = (hedged == "about") | (hedged == "nearly")
    return (
        rows.filter(pl.col("part_of").is_null())
        .select(
            *keys, _year(), _rank(), value, soft.alias("soft"), (hedged == "at_least").alias("at_least"),
            value.is_null().alias("unknown"), pl.when(soft).then(value - tenth).otherwise(value).alias("low"),
            pl.when(hedged == "about").then(value + tenth).otherwise(value).alias("high"),
        )
        .group_by(*keys, "year")
        .agg(pl.col("quantity", "low", "high").sum(), pl.col("soft", "at_least", "unknown").any(), pl.col("rank").max())
    )  # fmt: skip


def cost_per_participant(data: Nation) -> pl.LazyFrame:
    """Cost per participant as a range, with its bound and grade."""
    is_open = pl.col("at_least") | pl.col("unknown")
    limit = is_open | pl.col("other_work").is_not_null()
    point = (pl.col("cost_low_nok") == pl.col("cost_high_nok")) & ~pl.col("soft") & ~limit
    counts = _summed(data.events.filter(pl.col("unit") == "participants"), "programme").filter(pl.col("low") > 0)
    return (
        data.programme_costs.lazy()
        .filter(pl.col("programme") != "unallocated")
        .with_columns(_rank().alias("cost_rank"))
        .join(counts, on=["programme", "year"], how="left")
        .select(
            "programme",
            "year",
            pl.col("quantity").alias("count"),
            pl.when(~limit).then(pl.col("cost_low_nok") / pl.col("high")).alias("low_nok"),
            pl.when(point).then(pl.col("cost_low_nok") / pl.col("low")).alias("point_nok"),
            (pl.col("cost_high_nok") / pl.col("low")).alias("high_nok"),
            pl.when(limit).then(pl.lit("at_most")).when(point).then(pl.lit("exact")).otherwise(pl.lit("range"))
            .alias("bound"),
            pl.max_horizontal("rank", "cost_rank").replace_strict(range(4), GRADES, return_dtype=pl.String)
            .alias("grade"),
            "cost_low_nok",
            "cost_high_nok",
        )
        .sort("year", "programme")
    )  # fmt: skip


def gain(data: Nation) -> pl.LazyFrame:
    """Value, net gain and break-even price per programme: events are summed before anything is joined."""
    quotes = data.prices.lazy().group_by("service").agg(
        pl.coalesce("amount_low_nok", "amount_nok").min().alias("lowest"), pl.col("amount_nok").mean().alias("price"),
        pl.coalesce("amount_high_nok", "amount_nok").max().alias("highest"),
    )  # fmt: skip
    units = pl.col("service_units")
    worth = (
        _summed(data.events, "programme", "kind", "unit")
        .join(data.equivalents.lazy(), on=["programme", "kind", "unit"])
        .join(quotes, on="service")
        .group_by("programme", "year")
        .agg(
            (pl.col("low") * pl.coalesce("service_units_low", units) * pl.col("lowest")).sum().alias("value_low_nok"),
            (pl.col("quantity") * units * pl.col("price")).sum().alias("value_nok"),
            (pl.col("high") * pl.coalesce("service_units_high", units) * pl.col("highest"))
            .sum()
            .alias("value_high_nok"),
            pl.col("unknown", "at_least").any(),
        )
        .with_columns(
            pl.when(~pl.col("unknown")).then("value_low_nok").alias("value_low_nok"),
            pl.when(~pl.col("unknown")).then("value_nok").alias("value_nok"),
            pl.when(~pl.col("unknown") & ~pl.col("at_least")).then("value_high_nok").alias("value_high_nok"),
        )
    )
    one_cost = pl.col("cost_low_nok") == pl.col("cost_high_nok")
    return (
        cost_per_participant(data)
        .join(worth, on=["programme", "year"], how="left")
        .select(
            "programme", "year", "value_low_nok", "value_nok", "value_high_nok",
            (pl.col("value_low_nok") - pl.col("cost_high_nok")).alias("net_gain_low_nok"),
            pl.when(one_cost).then(pl.col("value_nok") - pl.col("cost_low_nok")).alias("net_gain_nok"),
            pl.col("high_nok").alias("break_even_high_nok"), pl.col("bound").alias("break_even_bound"),
        )
        .sort("year", "programme")
    )  # fmt: skip


def pandas_gain(data: Nation) -> pd.DataFrame:
    """The same in pandas."""
    done: Any = data.events
    per_unit = by_hand_pandas.cost_per_participant(SimpleNamespace(activities=done), data.programme_costs)  # type: ignore[arg-type]
    done = done[done["part_of"].isna() & (done["unit"] == "participants")]
    hedged, tenth = done["qualifier"], (done["quantity"] * 10 + 50) // 100
    done = done.assign(
        year=done["period_end"].dt.year, unknown=done["quantity"].isna(), at_least=hedged == "at_least",
        low=done["quantity"].where(~hedged.isin(["about", "nearly"]), done["quantity"] - tenth),
        high=done["quantity"].where(hedged != "about", done["quantity"] + tenth),
    )  # fmt: skip
    sums = {"quantity": "sum", "low": "sum", "high": "sum", "unknown": "max", "at_least": "max"}
    done = done.groupby(["programme", "kind", "unit", "year"], as_index=False).agg(sums)
    quotes = data.prices.groupby("service", as_index=False).agg(
        lowest=("amount_low_nok", "min"), price=("amount_nok", "mean"), highest=("amount_high_nok", "max")
    )
    lines = done.merge(data.equivalents, on=["programme", "kind", "unit"]).merge(quotes, on="service")
    units = lines["service_units"]
    lines = lines.assign(
        value_low_nok=lines["low"] * units * lines["lowest"], value_nok=lines["quantity"] * units * lines["price"],
        value_high_nok=lines["high"] * units * lines["highest"],
    )  # fmt: skip
    values = ["value_low_nok", "value_nok", "value_high_nok"]
    worth = lines.groupby(["programme", "year"], as_index=False).agg(
        {**dict.fromkeys(values, "sum"), "unknown": "max", "at_least": "max"}
    )
    known = ~worth["unknown"].astype(bool)
    worth[values[:2]] = worth[values[:2]].where(known)
    worth[values[2]] = worth[values[2]].where(known & ~worth["at_least"].astype(bool))
    costs = data.programme_costs[["programme", "year", "cost_low_nok", "cost_high_nok"]]
    found = per_unit.merge(costs, on=["programme", "year"]).merge(worth, on=["programme", "year"], how="left")
    one_cost = found["cost_low_nok"] == found["cost_high_nok"]
    found = found.assign(
        net_gain_low_nok=found["value_low_nok"] - found["cost_high_nok"],
        net_gain_nok=(found["value_nok"] - found["cost_low_nok"]).where(one_cost),
        break_even_high_nok=found["high_nok"], break_even_bound=found["bound"],
    )  # fmt: skip
    return found[["programme", "year", *values, "net_gain_low_nok", "net_gain_nok", "break_even_high_nok",
                  "break_even_bound"]]  # fmt: skip
