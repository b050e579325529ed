"""Sums that 64 bits cannot hold: an error, never another number."""

from __future__ import annotations

import importlib.util
from datetime import date
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh

#: Three times this is one and a half of what 64 bits hold.
LARGE = 2**62
WRAPS = pytest.mark.xfail(reason="64-bit sums wrap around without a word: docs/national.md", strict=True)


def tables() -> list[pl.DataFrame]:
    """One municipality charged three times."""
    charges = {"municipality": "hei", "pool": "felles", "period_end": date(2026, 12, 31), "grade": "documented"}
    costs = pl.DataFrame([{**charges, "amount_nok": LARGE}] * 3)
    persons = pl.DataFrame({"municipality": ["hei"], "year": [2026], "persons": [10]})
    kinds = {"municipality": pl.String, "budget": pl.String, "period_end": pl.Date, "amount_nok": pl.Int64}
    return [costs, persons, pl.DataFrame(schema=kinds)]


def in_pandas(table: pl.DataFrame) -> Any:
    return table.with_columns(pl.selectors.date().cast(pl.Datetime("us"))).to_pandas()


@pytest.mark.parametrize("engine", [pytest.param("polars", marks=WRAPS), pytest.param("pandas", marks=WRAPS)])
def test_in_memory(engine: str) -> None:
    given = [table if engine == "polars" else in_pandas(table) for table in tables()]
    try:
        found = hh.municipality_costs(*given)
    except Exception:
        return
    assert found["amount_nok"].to_list() == [3 * LARGE] * 2


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="DuckDB is not installed")
def test_on_duckdb() -> None:
    import duckdb

    connection = duckdb.connect()
    given = [connection.from_arrow(table.to_arrow()) for table in tables()]
    with pytest.raises(duckdb.ConversionException, match=str(3 * LARGE)):
        hh.municipality_costs(*given).fetchall()
