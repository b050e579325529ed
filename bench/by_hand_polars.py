"""The measures as one would write them by hand in polars: what the package is measured against.

Each returns what the measure returns, so that a benchmark also shows that both do the same.
"""

from __future__ import annotations

import polars as pl

from bench.synthetic import Synthetic

GRADES = ["documented", "derived", "assumed", "missing"]
RANK = pl.col("grade").replace_strict(GRADES, range(4), return_dtype=pl.Int64).alias("grade_rank")


def _word(rank: pl.Expr) -> pl.Expr:
    return rank.fill_null(3).replace_strict(range(4), GRADES, return_dtype=pl.String).alias("grade")


def municipality_costs(data: Synthetic) -> pl.DataFrame:
    """What each municipality pays, per pool and in all."""
    paid = (
        data.costs.lazy()
        .with_columns(RANK, pl.col("period_end").dt.year().cast(pl.Int64).alias("year"))
        .group_by("municipality", "year", "pool")
        .agg(pl.col("amount_nok").sum(), pl.col("grade_rank").max())
    )
    whole = (
        paid.group_by("municipality", "year")
        .agg(pl.col("amount_nok").sum(), pl.col("grade_rank").max())
        .select("municipality", "year", pl.lit("all").alias("pool"), "amount_nok", "grade_rank")
    )
    people = data.population.lazy().group_by("municipality", "year").agg(pl.col("persons").sum().alias("inhabitants"))
    budgets = (
        data.budgets.lazy()
        .with_columns(pl.col("period_end").dt.year().cast(pl.Int64).alias("year"))
        .group_by("municipality", "year")
        .agg(pl.col("amount_nok").sum().alias("budget_nok"), pl.col("budget").n_unique().alias("variants"))
        .filter(pl.col("variants") == 1)
        .select("municipality", "year", pl.lit("all").alias("pool"), "budget_nok")
    )
    long = pl.concat([paid, whole])
    totals = long.group_by("year", "pool").agg(pl.col("amount_nok").sum().alias("total_nok"))
    return (
        long.join(totals, on=["year", "pool"], how="left")
        .join(people, on=["municipality", "year"], how="left")
        .join(budgets, on=["municipality", "year", "pool"], how="left")
        .select(
            "municipality",
            "year",
            "pool",
            "amount_nok",
            "inhabitants",
            (pl.col("amount_nok") / pl.when(pl.col("inhabitants") > 0).then("inhabitants")).alias("per_inhabitant_nok"),
            (pl.col("amount_nok") / pl.when(pl.col("total_nok") != 0).then("total_nok")).alias("share"),
            "budget_nok",
            _word(pl.col("grade_rank")),
        )
        .sort("year", "municipality", "pool")
        .collect()
    )


def programme_costs(data: Synthetic) -> pl.DataFrame:
    """What each programme costs: the core of the measure (cost, basis, grants), without its reasons."""
    yearly = (
        data.costs.lazy()
        .with_columns(RANK, pl.col("period_end").dt.year().cast(pl.Int64).alias("year"))
        .group_by("pool", "year")
        .agg(pl.col("amount_nok").sum(), pl.col("grade_rank").max())
        .join(data.pools.lazy(), on="pool")
    )
    years = yearly.select("year").unique()
    direct = (
        yearly.filter(pl.col("programme").is_not_null())
        .group_by("programme", "year")
        .agg(pl.col("amount_nok").sum().alias("direct"), pl.col("grade_rank").max())
    )
    prices = data.full_position_costs.lazy().filter(pl.col("use") == "range")
    held = (
        data.positions.lazy()
        .join(prices, on="pool")
        .group_by("programme", "year")
        .agg(
            *(
                ((pl.col(side) * pl.col("position_percent") * 12 + 600) // 1200).sum().alias(side)
                for side in ("low_nok", "high_nok")
            )
        )
    )
    grants = (
        data.grants.lazy()
        .filter((pl.col("status") == "granted") & ~pl.col("passed_on"))
        .with_columns(pl.col("period_start").dt.year().cast(pl.Int64).alias("year"))
        .group_by("programme", "year")
        .agg(pl.col("amount_nok").sum().alias("grants_nok"))
    )
    whole = (
        data.programmes.lazy()
        .join(years, how="cross")
        .join(direct, on=["programme", "year"], how="left")
        .join(held, on=["programme", "year"], how="left")
        .join(grants, on=["programme", "year"], how="left")
        .select(
            "programme",
            "year",
            (pl.col("direct").fill_null(0) + pl.col("low_nok").fill_null(0)).alias("cost_low_nok"),
            (pl.col("direct").fill_null(0) + pl.col("high_nok").fill_null(0)).alias("cost_high_nok"),
            pl.col("grants_nok").fill_null(0),
        )
    )
    taken = held.group_by("year").agg(pl.col("low_nok").sum(), pl.col("high_nok").sum())
    rest = (
        yearly.filter(pl.col("programme").is_null())
        .group_by("year")
        .agg(pl.col("amount_nok").sum())
        .join(taken, on="year")
        .select(
            pl.lit("unallocated").alias("programme"),
            "year",
            (pl.col("amount_nok") - pl.col("high_nok")).alias("cost_low_nok"),
            (pl.col("amount_nok") - pl.col("low_nok")).alias("cost_high_nok"),
            pl.lit(0, pl.Int64).alias("grants_nok"),
        )
    )
    return pl.concat([whole, rest]).sort("year", "programme").collect()


def _counts(data: Synthetic, by: str) -> pl.LazyFrame:
    value, hedged = pl.col("quantity"), pl.col("qualifier")
    tenth = (value * 10 + 50) // 100
    return (
        data.activities.lazy()
        .filter((pl.col("unit") == by) & pl.col("part_of").is_null())
        .with_columns(
            RANK,
            pl.col("period_end").dt.year().cast(pl.Int64).alias("year"),
            pl.when(hedged.is_in(["about", "nearly"])).then(value - tenth).otherwise(value).alias("low"),
            pl.when(hedged == "about").then(value + tenth).otherwise(value).alias("high"),
        )
        .group_by("programme", "year")
        .agg(
            pl.col("quantity").sum().alias("count"),
            pl.col("low").sum(),
            pl.col("high").sum(),
            ((hedged == "at_least") | value.is_null()).any().alias("open"),
            hedged.is_in(["about", "nearly"]).any().alias("soft"),
            pl.col("grade_rank").max().alias("count_rank"),
            value.is_not_null().any().alias("counted"),
        )
        .filter(pl.col("counted"))
    )


def cost_per_participant(data: Synthetic, costs: pl.DataFrame, by: str = "participants") -> pl.DataFrame:
    """Cost per participant as a range with its bound, from programme costs already computed."""
    counted = pl.col("low") > 0
    limit = pl.col("open") | pl.col("other_work").is_not_null()
    point = counted & (pl.col("cost_low_nok") == pl.col("cost_high_nok")) & ~pl.col("soft") & ~limit
    return (
        costs.lazy()
        .filter(pl.col("programme") != "unallocated")
        .join(_counts(data, by), on=["programme", "year"], how="left")
        .with_columns(pl.max_horizontal(RANK, "count_rank").alias("rank"))
        .select(
            "programme",
            "year",
            "count",
            pl.when(~limit)
            .then(pl.col("cost_low_nok") / pl.when(counted & ~pl.col("open")).then("high"))
            .alias("low_nok"),
            pl.when(point).then(pl.col("cost_low_nok") / pl.when(counted).then("low")).alias("point_nok"),
            (pl.col("cost_high_nok") / pl.when(counted).then("low")).alias("high_nok"),
            pl.when(counted & pl.col("cost_low_nok").is_not_null())
            .then(pl.when(limit).then(pl.lit("at_most")).when(point).then(pl.lit("exact")).otherwise(pl.lit("range")))
            .alias("bound"),
        )
        .sort("year", "programme")
        .collect()
    )


def gain_lines(data: Synthetic) -> pl.DataFrame:
    """The external-equivalent value of every activity."""
    quotes = (
        data.prices.lazy()
        .group_by("service")
        .agg(
            pl.coalesce("amount_low_nok", "amount_nok").min().cast(pl.Float64).alias("price_low"),
            pl.col("amount_nok").mean().alias("price"),
            pl.coalesce("amount_high_nok", "amount_nok").max().cast(pl.Float64).alias("price_high"),
        )
    )
    value, hedged = pl.col("quantity"), pl.col("qualifier")
    tenth = (value * 10 + 50) // 100
    low = pl.when(hedged.is_in(["about", "nearly"])).then(value - tenth).otherwise(value)
    high = pl.when(hedged == "about").then(value + tenth).when(hedged != "at_least").then(value)
    return (
        data.activities.lazy()
        .join(data.equivalents.lazy(), on=["programme", "kind", "unit"])
        .join(quotes, on="service", how="left")
        .select(
            "programme",
            pl.col("period_end").dt.year().cast(pl.Int64).alias("year"),
            "kind",
            "unit",
            "service",
            "gain_kind",
            "quantity",
            (low * pl.coalesce("service_units_low", "service_units") * pl.col("price_low")).alias("value_low_nok"),
            (value * pl.col("service_units") * pl.col("price")).alias("value_nok"),
            (high * pl.coalesce("service_units_high", "service_units") * pl.col("price_high")).alias("value_high_nok"),
            pl.col("confirmed_on").is_not_null().alias("confirmed"),
            pl.col("part_of").is_null().alias("counted"),
            pl.when(value.is_null()).then(pl.lit("not_counted")).alias("reason"),
        )
        .sort("year", "programme", "kind", "unit", "service")
        .collect()
    )


def gain(data: Synthetic, costs: pl.DataFrame, by: str = "participants") -> pl.DataFrame:
    """The gain model per programme: value, net gain and break-even price."""
    summed = (
        gain_lines(data)
        .lazy()
        .filter(pl.col("counted"))
        .group_by("programme", "year")
        .agg(
            pl.col("value_low_nok").sum(),
            pl.col("value_nok").sum(),
            pl.col("value_high_nok").sum(),
            pl.col("reason").is_not_null().any().alias("unknown"),
            pl.col("value_high_nok").is_null().any().alias("open"),
        )
    )
    per_unit = cost_per_participant(data, costs, by).lazy()
    known = ~pl.col("unknown")
    return (
        per_unit.join(
            costs.lazy().select("programme", "year", "cost_low_nok", "cost_high_nok"), on=["programme", "year"]
        )
        .join(summed, on=["programme", "year"], how="left")
        .select(
            "programme",
            "year",
            pl.when(known).then("value_low_nok").alias("value_low_nok"),
            pl.when(known).then("value_nok").alias("value_nok"),
            pl.when(known).then(pl.col("value_low_nok") - pl.col("cost_high_nok")).alias("net_gain_low_nok"),
            pl.col("high_nok").alias("break_even_high_nok"),
            pl.col("bound").alias("break_even_bound"),
        )
        .sort("year", "programme")
        .collect()
    )


def like_for_like(welfare_tech: pl.DataFrame) -> pl.DataFrame:
    """Units of all municipalities, and of those that report in every month."""
    months = pl.col("month").n_unique().over("technology")
    always = pl.col("month").n_unique().over("technology", "municipality") == months
    return (
        welfare_tech.lazy()
        .with_columns(always.alias("always"))
        .group_by("technology", "month")
        .agg(
            pl.col("units").sum(),
            pl.col("units").filter("always").sum().alias("like_for_like"),
            pl.len().cast(pl.Int64).alias("municipalities"),
            pl.col("always").sum().cast(pl.Int64).alias("throughout"),
        )
        .sort("technology", "month")
        .collect()
    )
