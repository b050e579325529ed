"""What docs/national.md says of numbers beyond 64 bits."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.measures.frames import rows

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
    amounts = {(row["municipality"], row["pool"]): row["amount_nok"] for row in rows(paid(way))}
    assert amounts == {
        ("hei", "felles"): -(2**63),
        ("hei", "all"): -(2**63),
        ("sundby", "felles"): 5,
        ("sundby", "all"): 5,
    }


def test_duckdb_refuses() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    with pytest.raises(duckdb.ConversionException, match="INT128 with value 9223372036854775808"):
        paid(lambda table: connection.from_arrow(table.to_arrow())).fetchall()
