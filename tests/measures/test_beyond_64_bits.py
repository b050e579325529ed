"""What docs/national.md says of numbers beyond 64 bits."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh

LAST = date(2026, 12, 31)
COSTS = pl.DataFrame(
    {
        "municipality": ["hei", "hei", "sundby"],
        "pool": ["felles"] * 3,
        "period_end": [LAST] * 3,
        "amount_nok": [2**62, 2**62, 5],
        "grade": ["documented"] * 3,
    }
)
PERSONS = pl.DataFrame({"municipality": ["hei"], "year": [2026], "persons": [10]})
BUDGETS = pl.DataFrame({"municipality": ["hei"], "budget": ["adopted"], "period_end": [LAST], "amount_nok": [1]})


def paid(convert: Any) -> Any:
    return hh.municipality_costs(convert(COSTS), convert(PERSONS), convert(BUDGETS))


@pytest.mark.parametrize("way", [lambda table: table, lambda table: table.lazy(), lambda table: table.to_pandas()])
def test_polars_and_pandas_wrap_around(way: Any) -> None:
    found = paid(way)
    found = found.collect() if isinstance(found, pl.LazyFrame) else pl.DataFrame(found.to_dict(orient="list"))
    assert found.filter(municipality="hei")["amount_nok"].to_list() == [-(2**63)] * 2
    assert found.filter(municipality="sundby")["amount_nok"].to_list() == [5, 5]


def test_duckdb_refuses() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    with pytest.raises(duckdb.ConversionException, match="INT128 with value 9223372036854775808"):
        paid(lambda table: connection.from_arrow(table.to_arrow())).fetchall()
