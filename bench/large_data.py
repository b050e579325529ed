"""A synthetic nation: 357 municipalities, 40 programmes, ten years, and as many registered events as wanted.

Nothing in it is about any real place or person. An event is a line of attendance that also carries a charge, so that
one large table serves as ``activities`` and as ``costs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

import hhanalytics as hh

MUNICIPALITIES, PROGRAMMES = 357, 40
YEARS = range(2016, 2026)
KINDS = [f"synthetic_kind_{i}" for i in range(10)]
UNITS = ["participants", "participants", "sessions"]
QUALIFIERS = ["exact", "at_least", "about", "nearly"]
GRADES = ["documented", "derived", "assumed"]
#: Rows in memory at a time while events are written.
CHUNK = 500_000
PLACES = [f"synthetic_{i:03}" for i in range(MUNICIPALITIES)]
NAMES = [f"programme_{i:02}" for i in range(PROGRAMMES)]
POOLS = [f"pool_{i:02}" for i in range(PROGRAMMES)]


@dataclass(frozen=True)
class Nation:
    """The small tables, and the large one as a frame of whatever kind is measured."""

    population: Any
    budgets: Any
    programme_costs: Any
    prices: Any
    equivalents: Any
    events: Any = None


def write_events(folder: Path, rows: int, seed: int = 357) -> None:
    """Write events as one Parquet file per year, in pieces, so that memory stays flat.

    Args:
        folder: Where to; must not exist.
        rows: How many in all.
        seed: The same seed gives the same events.
    """
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for place, year in enumerate(YEARS):
        left = rows // len(YEARS) + (rows % len(YEARS) if place == 0 else 0)
        writer = None
        while left:
            piece = _events(random, min(left, CHUNK), year)
            # Without the schema of Arrow, words come back as plain strings, as from any other program.
            writer = writer or pq.ParquetWriter(folder / f"{year}.parquet", piece.schema, store_schema=False)
            writer.write_table(piece)
            left -= piece.num_rows
        if writer:
            writer.close()


def _words(codes: np.ndarray, words: list[str], mask: np.ndarray | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int16(), mask=mask), words)


def _events(random: np.random.Generator, rows: int, year: int) -> pa.Table:
    """Events of a year. Of four programmes one is exact, one hedged, one open above, one not always counted."""
    programme = random.integers(0, PROGRAMMES, rows, dtype=np.int16)
    sort = programme % 4
    rare = random.random(rows, dtype=np.float32) < 0.02
    hedge = np.where(sort == 1, random.integers(2, 4, rows, dtype=np.int16), sort == 2)
    start = (date(year, 1, 1) - date(1970, 1, 1)).days
    return pa.table(
        {
            "municipality": _words(random.integers(0, MUNICIPALITIES, rows, dtype=np.int16), PLACES),
            "pool": _words(programme, POOLS),
            "programme": _words(programme, NAMES),
            "kind": _words(random.integers(0, len(KINDS), rows, dtype=np.int16), KINDS),
            "unit": _words(random.integers(0, len(UNITS), rows, dtype=np.int16) // 2, UNITS[1:]),
            "period_end": pa.array(start + random.integers(0, 365, rows, dtype=np.int32), pa.date32()),
            "amount_nok": pa.array(random.integers(0, 2_000, rows)),
            "quantity": pa.array(random.integers(1, 40, rows), mask=rare & (sort == 3)),
            "qualifier": _words(np.where(rare, hedge, 0), QUALIFIERS),
            "part_of": _words(programme, NAMES, mask=random.random(rows, dtype=np.float32) > 0.05),
            "grade": _words(random.integers(0, 30, rows, dtype=np.int16) // 14, GRADES),
        }
    )


def nation(seed: int = 40) -> Nation:
    """The small tables; charges of each half-year are already brought together to what programmes cost."""
    random = np.random.default_rng(seed)
    places = pl.DataFrame({"municipality": PLACES}).join(pl.DataFrame({"year": list(YEARS)}), how="cross")
    half_years = pl.DataFrame(
        [(date(year, first, 1), date(year, last, 30 if last == 6 else 31)) for year in YEARS for first, last in ((1, 6), (7, 12))],
        schema={"period_start": pl.Date, "period_end": pl.Date}, orient="row",
    )  # fmt: skip
    costs = (
        pl.DataFrame({"municipality": PLACES})
        .join(pl.DataFrame({"pool": POOLS}), how="cross")
        .join(half_years, how="cross")
        .with_columns(grade=pl.lit("documented"))
    )
    costs = costs.with_columns(amount_nok=pl.Series(random.integers(0, 60_000, costs.height)))
    start, nobody = date(2000, 1, 1), pl.lit(None, pl.Date)
    pools = pl.DataFrame({"pool": POOLS, "programme": NAMES, "part_of_position": False, "valid_from": start})
    others = [None if i % 3 else "other" for i in range(PROGRAMMES)]
    programmes = pl.DataFrame({"programme": NAMES, "other_work": others, "avoidable_share": 0.5})
    kinds = {"pool": pl.String, "programme": pl.String, "grade": pl.String}
    none = pl.DataFrame(schema={**kinds, "valid_from": pl.Date, "valid_to": pl.Date, "year": pl.Int64, "use": pl.String,
                                "position_percent": pl.Int64, "vacant": pl.Boolean, "low_nok": pl.Int64,
                                "high_nok": pl.Int64, "period_start": pl.Date, "period_end": pl.Date,
                                "amount_nok": pl.Int64, "status": pl.String, "passed_on": pl.Boolean})  # fmt: skip
    amount = random.integers(500, 5_000, 30)
    pairs = pl.DataFrame({"programme": NAMES}).join(pl.DataFrame({"kind": KINDS[:5]}), how="cross")
    services = pl.Series([f"service_{i}" for i in random.integers(0, 10, pairs.height)])
    return Nation(
        population=places.with_columns(persons=pl.Series(random.integers(300, 90_000, places.height))),
        budgets=places.select(
            "municipality", budget=pl.lit("adopted"), period_end=pl.date("year", 12, 31), amount_nok=pl.lit(900_000)
        ),
        programme_costs=hh.programme_costs(
            costs, pools.with_columns(valid_to=nobody), programmes, none, none, none
        ),
        prices=pl.DataFrame(
            {"service": [f"service_{i % 10}" for i in range(30)], "unit": "participants", "amount_nok": amount,
             "amount_low_nok": amount - 100, "amount_high_nok": amount + 100, "price_year": 2025,
             "vat": "not_stated", "travel": "not_stated"}
        ),
        equivalents=pairs.with_columns(
            unit=pl.lit("participants"), service=services, service_units_low=pl.lit(None, pl.Float64),
            service_units=pl.Series(random.integers(1, 5, pairs.height) / 2),
            service_units_high=pl.lit(None, pl.Float64),
            gain_kind=pl.Series(random.choice(["external_equivalent", "avoided_cost"], pairs.height)),
            confirmed_on=nobody,
        ),
    )  # fmt: skip
