"""The measures over large tables, and synthetic tables to break them on: ties, gaps, rows that belong nowhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl

import hhanalytics as hh
from hhanalytics.tables import TABLES

Tables = dict[str, Any]

#: What they take is prepared, so that a fault in one is not seen in another.
LARGE: dict[str, Callable[[Tables], Any]] = {
    "programme_costs": lambda t: hh.programme_costs(t["costs"], t["pools"], t["programmes"], t["positions"], t["full_position_costs"], t["grants"]),
    "cost_per_participant": lambda t: hh.cost_per_participant(t["programme_costs"], t["activities"]),
    "cost_per_inhabitant": lambda t: hh.cost_per_participant(t["programme_costs"], t["activities"], "inhabitants", population=t["population"]),
    "gain": lambda t: hh.gain(t["programme_costs"], t["activities"], t["prices"], t["equivalents"]),
    "gain_indexed": lambda t: hh.gain(t["programme_costs"], t["activities"], t["prices"], t["equivalents"], price_index=t["price_index"], price_year=2026),
    "municipality_costs": lambda t: hh.municipality_costs(t["costs"], t["population"], t["budgets"]),
    "like_for_like": lambda t: hh.like_for_like(t["welfare_tech"], t["memberships"], t["events"]),
}  # fmt: skip
#: The tables that grow with a country; the others are small and may be in memory.
GROWS = ("costs", "activities", "programme_costs", "welfare_tech")
#: A row of these is the only one with its key, or the measure rightly refuses them; rows are not drawn from them.
KEYS = {"programmes": ["programme"], "price_index": ["year"], "prices": ["service", "amount_nok"]}
#: What memberships and hooks must agree on is left as it is.
AS_THEY_ARE = ("memberships", "position_hooks", "municipalities", "welfare_tech", "events")


def prepared(tables: dict[str, pl.DataFrame], seed: int | None = None) -> dict[str, pl.DataFrame]:
    """The tables, shaken where a seed is given, and those that measures make for each other."""
    full = hh.full_position_costs(
        tables["costs"], tables["position_hooks"], tables["memberships"], tables["population"]
    )
    given = {**(tables if seed is None else shaken(tables, seed)), "full_position_costs": full}
    return {**given, "programme_costs": LARGE["programme_costs"](given)}


def shaken(tables: dict[str, pl.DataFrame], seed: int, rows: int = 150) -> dict[str, pl.DataFrame]:
    """Tables of the same kind with rows drawn at random, cells swapped between them, and gaps."""
    random = np.random.default_rng(seed)
    found = {}
    for name, table in tables.items():
        if name in AS_THEY_ARE or not table.height:
            found[name] = table
            continue
        drawn = table if name in KEYS else table[random.integers(0, table.height, rows)]
        swaps, gaps = random.choice([0, 0, 0.3]), random.choice([0, 0, 0.05, 0.15])
        columns = [_cells(name, drawn[column], random, swaps, gaps) for column in drawn.columns]
        found[name] = drawn.with_columns(columns)
        if name in KEYS:
            found[name] = found[name].drop_nulls(KEYS[name][:1]).unique(KEYS[name], maintain_order=True)
    return {**found, "welfare_tech": _reports(random), "events": _events(tables["events"])}


def _reports(random: np.random.Generator) -> pl.DataFrame:
    """Units in use by municipality: reports that fail to come, come twice, or are for all together."""
    months = pl.date_range(date(2025, 3, 1), date(2026, 4, 1), "1mo", eager=True)
    places = ["nordvik", "sundby", "hei", None]
    grid = (
        pl.DataFrame({"technology": ["alarm", "door", "pills"]})
        .join(pl.DataFrame({"month": months}), how="cross")
        .join(pl.DataFrame({"municipality": pl.Series(places, dtype=pl.String)}), how="cross")
        .join(pl.DataFrame({"later": [0, 20, 90]}), how="cross")
    )
    comes = pl.Series(random.random(grid.height))
    whole = pl.col("municipality").is_null()
    kept = (pl.col("later") == 0) & (comes < 0.97) & ~whole | (comes < 0.05) & (pl.col("technology") != "pills")
    grid = grid.with_columns(
        units=pl.Series(random.integers(0, 4, grid.height)),
        grade=pl.Series(random.choice(["documented", "derived", "assumed"], grid.height)),
        reported_on=pl.when(pl.col("later") > 0).then(pl.col("month") + pl.duration(days=pl.col("later"))),
    )
    return grid.filter(kept).drop("later")


def _events(empty: pl.DataFrame) -> pl.DataFrame:
    """One municipality becomes part of another, one leaves."""
    rows = {
        "kind": ["merger", "exit"],
        "date": [date(2026, 1, 1), date(2025, 6, 30)],
        "municipality": ["hei", "sundby"],
        "affects": ["nordvik", "welfare_tech"],
    }
    return pl.DataFrame(rows, schema={name: empty.schema[name] for name in rows})


def _cells(table: str, column: pl.Series, random: np.random.Generator, swaps: float, gaps: float) -> pl.Series:
    declared = TABLES[table].columns()[column.name]
    cells = column[random.permutation(len(column))] if random.random() < swaps else column
    if column.name == "qualifier":
        cells = pl.Series(column.name, random.choice(["exact", "at_least", "about", "nearly"], len(column)))
    if column.name.endswith("_nok") and column.dtype == pl.Int64:
        cells = cells + pl.Series(random.integers(-900, 900, len(column)))
    gap = pl.Series(random.random(len(column)) < (gaps if declared.nullable else gaps / 5))
    return pl.select(pl.when(~gap).then(cells).alias(column.name)).to_series()
