"""Synthetic frames, large enough to measure on. Nothing in them is about any real place or person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

MUNICIPALITIES = 400
POOLS = 200
PROGRAMMES = 200
YEARS = list(range(2016, 2026))
KINDS = [f"kind_{i}" for i in range(10)]
UNITS = ["participants", "sessions", "courses"]
GRADES = ["documented", "derived", "assumed"]
QUALIFIERS = ["exact", "at_least", "about", "nearly"]
SERVICES = [f"service_{i}" for i in range(30)]


@dataclass(frozen=True)
class Synthetic:
    """The frames that the measures take, by the names of their tables."""

    costs: pl.DataFrame
    population: pl.DataFrame
    budgets: pl.DataFrame
    pools: pl.DataFrame
    programmes: pl.DataFrame
    positions: pl.DataFrame
    full_position_costs: pl.DataFrame
    grants: pl.DataFrame
    activities: pl.DataFrame
    prices: pl.DataFrame
    equivalents: pl.DataFrame
    position_hooks: pl.DataFrame
    memberships: pl.DataFrame

    def pandas(self) -> Synthetic:
        """The same frames in pandas, dates as datetimes."""
        dates = pl.selectors.date().cast(pl.Datetime("us"))
        frames = {name: getattr(self, name).with_columns(dates).to_pandas() for name in self.__dataclass_fields__}
        return Synthetic(**frames)


def _names(prefix: str, count: int) -> np.ndarray:
    return np.array([f"{prefix}_{i}" for i in range(count)])


def _month_ends(years: np.ndarray, months: np.ndarray) -> pl.Series:
    first = pl.DataFrame({"y": years, "m": months}).select(pl.date("y", "m", 1)).to_series()
    return first.dt.month_end()


def synthetic(rows: int, seed: int = 20250101) -> Synthetic:
    """All frames, ``costs`` and ``activities`` with so many rows.

    Args:
        rows: Rows of the two large frames.
        seed: The same seed gives the same frames.
    """
    random = np.random.default_rng(seed)
    municipalities, pools = _names("municipality", MUNICIPALITIES), _names("pool", POOLS)
    programmes = _names("programme", PROGRAMMES)
    years = np.array(YEARS)
    ends = _month_ends(random.choice(years, rows), random.integers(1, 13, rows))
    costs = pl.DataFrame(
        {
            "municipality": random.choice(municipalities, rows),
            "pool": random.choice(pools, rows),
            "period_start": ends.dt.month_start(),
            "period_end": ends,
            "amount_nok": random.integers(0, 200_000, rows),
            "grade": random.choice(GRADES, rows, p=[0.8, 0.15, 0.05]),
        }
    )
    quantity = pl.Series(random.integers(0, 500, rows)).to_frame("q")
    activities = pl.DataFrame(
        {
            "programme": random.choice(programmes, rows),
            "kind": random.choice(KINDS, rows),
            "unit": random.choice(UNITS, rows),
            "period_end": _month_ends(random.choice(years, rows), random.integers(1, 13, rows)),
            "quantity": quantity.select(
                pl.when(pl.Series(random.random(rows) < 0.98)).then("q").otherwise(None)
            ).to_series(),
            "qualifier": random.choice(QUALIFIERS, rows, p=[0.97, 0.01, 0.01, 0.01]),
            "part_of": pl.Series(np.where(random.random(rows) < 0.05, "another", "")).replace("", None),
            "grade": random.choice(GRADES, rows, p=[0.8, 0.15, 0.05]),
        }
    )
    return Synthetic(
        costs=costs,
        activities=activities,
        **_places(random, municipalities),
        **_programmes(random, programmes, pools),
        **_outside(random, programmes),
        **_keys(municipalities),
    )


def _places(random: np.random.Generator, municipalities: np.ndarray) -> dict[str, pl.DataFrame]:
    """Population and budgets."""
    years = pl.DataFrame({"year": YEARS})
    population = (
        pl.DataFrame({"municipality": municipalities})
        .join(years, how="cross")
        .join(pl.DataFrame({"age_band": ["0-17", "18-49", "50-66", "67-79", "80-89", "90+"]}), how="cross")
    )
    budgets = pl.DataFrame({"municipality": municipalities}).join(years, how="cross")
    return {
        "population": population.with_columns(persons=pl.Series(random.integers(1, 3000, population.height))),
        "budgets": budgets.select(
            "municipality",
            budget=pl.lit("adopted"),
            period_end=pl.date("year", 12, 31),
            amount_nok=pl.Series(random.integers(1_000_000, 9_000_000, budgets.height)),
        ),
    }


def _programmes(random: np.random.Generator, programmes: np.ndarray, pools: np.ndarray) -> dict[str, pl.DataFrame]:
    """Half the pools pay for one programme; the positions of the other programmes lie in the other half."""
    half = POOLS // 2
    direct, shared = programmes[:half], pools[half:]
    positions = pl.DataFrame(
        {
            "programme": programmes[half:],
            "pool": shared,
            "valid_from": [date(2016, 1, 1)] * half,
            "valid_to": pl.Series([None] * half, dtype=pl.Date),
            "position_percent": random.integers(10, 101, half),
            "vacant": [False] * half,
            "grade": ["documented"] * half,
        }
    )
    grid = pl.DataFrame({"pool": shared}).join(pl.DataFrame({"year": YEARS}), how="cross")
    grants = 2_000
    starts = random.choice(np.array(YEARS), grants)
    return {
        "pools": pl.DataFrame(
            {
                "pool": pools,
                "programme": [*direct, *[None] * half],
                "part_of_position": [False] * POOLS,
                "valid_from": [date(2016, 1, 1)] * POOLS,
                "valid_to": pl.Series([None] * POOLS, dtype=pl.Date),
            }
        ),
        "programmes": pl.DataFrame(
            {
                "programme": programmes,
                "other_work": pl.Series(np.where(random.random(PROGRAMMES) < 0.3, "other", "")).replace("", None),
                "avoidable_share": random.random(PROGRAMMES).round(2),
            }
        ),
        "positions": positions,
        "full_position_costs": grid.with_columns(
            use=pl.lit("range"),
            low_nok=pl.lit(850_000, pl.Int64),
            high_nok=pl.lit(930_000, pl.Int64),
            grade=pl.lit("derived"),
        ),
        "grants": pl.DataFrame(
            {
                "programme": random.choice(programmes, grants),
                "period_start": pl.DataFrame({"y": starts}).select(pl.date("y", 1, 1)).to_series(),
                "period_end": pl.DataFrame({"y": starts}).select(pl.date("y", 12, 31)).to_series(),
                "amount_nok": random.integers(10_000, 500_000, grants),
                "status": random.choice(["granted", "refused"], grants),
                "passed_on": random.random(grants) < 0.1,
            }
        ),
    }


def _outside(random: np.random.Generator, programmes: np.ndarray) -> dict[str, pl.DataFrame]:
    """Prices, and which service each kind of activity is compared with."""
    quotes = len(SERVICES) * 3
    amount = random.integers(500, 5_000, quotes)
    return {
        "prices": pl.DataFrame(
            {
                "service": SERVICES * 3,
                "unit": ["participants"] * quotes,
                "amount_nok": amount,
                "amount_low_nok": amount - 100,
                "amount_high_nok": amount + 100,
                "price_year": [2025] * quotes,
                "vat": ["not_stated"] * quotes,
                "travel": ["not_stated"] * quotes,
            }
        ),
        "equivalents": pl.DataFrame({"programme": programmes})
        .join(pl.DataFrame({"kind": KINDS[:5]}), how="cross")
        .with_columns(
            unit=pl.lit("participants"),
            service=pl.Series(random.choice(SERVICES, len(programmes) * 5)),
            service_units_low=pl.lit(None, pl.Float64),
            service_units=pl.lit(1.0),
            service_units_high=pl.lit(None, pl.Float64),
            gain_kind=pl.Series(random.choice(["external_equivalent", "avoided_cost"], len(programmes) * 5)),
            confirmed_on=pl.lit(None, pl.Date),
        ),
    }


def _keys(municipalities: np.ndarray) -> dict[str, pl.DataFrame]:
    """One pool whose members share by population, and a hook in it."""
    members = municipalities[:20]
    return {
        "memberships": pl.DataFrame(
            {
                "municipality": members,
                "pool": ["pool_150"] * len(members),
                "valid_from": [date(2016, 1, 1)] * len(members),
                "valid_to": pl.Series([None] * len(members), dtype=pl.Date),
                "key": ["population"] * len(members),
                "reference_date": [date(2025, 1, 1)] * len(members),
                "fixed_share": pl.Series([None] * len(members), dtype=pl.Float64),
            }
        ),
        "position_hooks": pl.DataFrame(
            {
                "hook": ["a", "b", "c"],
                "pool": ["pool_150"] * 3,
                "charged_pool": ["pool_1"] * 3,
                "municipality": ["municipality_1"] * 3,
                "reading": ["equal", "population", "whole"],
                "position_percent": [100] * 3,
                "use": ["range", "range", "cross_check"],
                "period_start": [date(2025, 1, 1)] * 3,
                "period_end": [date(2025, 12, 31)] * 3,
                "grade": ["derived"] * 3,
            }
        ),
    }


def synthetic_table(cells: int) -> tuple[pl.DataFrame, dict[str, dict[str, str]]]:
    """A table of counts in three dimensions, one a hierarchy, with all margins; some four per cent are small.

    Returns:
        The table with at least so many cells, and its dimensions as child → parent.
    """
    side = round((cells / 1.3) ** (1 / 3))
    regions = {f"region_{i}": "total" for i in range(max(2, side // 5))}
    places = {f"place_{i}": f"region_{i % len(regions)}" for i in range(side)}
    dims = {
        "place": {**regions, **places},
        "age": {f"age_{i}": "total" for i in range(side)},
        "service": {f"service_{i}": "total" for i in range(side)},
    }
    random = np.random.default_rng(9)
    counts = random.negative_binomial(1, 1 / 81, size=(side, side, side)) + 5
    counts = np.where(random.random(counts.shape) < 0.05, random.integers(1, 5, counts.shape), counts)
    inner = pl.DataFrame(
        {
            "place": np.repeat(list(places), side * side),
            "age": np.tile(np.repeat(list(dims["age"]), side), side),
            "service": np.tile(list(dims["service"]), side * side),
            "persons": counts.ravel(),
        }
    )
    for name, tree in dims.items():
        levels = [inner]
        while levels[-1][name].is_in(list(tree)).any():
            upper = levels[-1].filter(pl.col(name).is_in(list(tree))).with_columns(pl.col(name).replace(tree))
            levels.append(upper.group_by("place", "age", "service", maintain_order=True).agg(pl.col("persons").sum()))
        inner = pl.concat(levels)
    return inner, dims
