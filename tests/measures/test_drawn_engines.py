"""Tables drawn at random give the same on every engine; Spark is too slow for that, and has its sets (`test_spark`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from tests.measures import drawn
from tests.measures.engines import cells, differences

#: Sets of tables drawn in every run, and in a run with --fuzz.
FEW, MANY = 8, 500
Tables = dict[str, Any]

MEASURES: dict[str, Callable[[Tables], Any]] = {
    "cost_per_participant": lambda t: hh.cost_per_participant(t["programme_costs"], t["activities"]),
    "gain": lambda t: hh.gain(t["programme_costs"], t["activities"], t["prices"], t["equivalents"]),
    "gain_indexed": lambda t: hh.gain(
        t["programme_costs"], t["activities"], t["prices"], t["equivalents"], price_index=t["index"], price_year=2026
    ),
    "municipality_costs": lambda t: hh.municipality_costs(t["costs"], t["population"], t["budgets"]),
    "like_for_like": lambda t: hh.like_for_like(t["welfare_tech"], t["memberships"], t["events"]),
}


def numpy_pandas(table: pl.DataFrame) -> Any:
    return table.with_columns(pl.selectors.date().cast(pl.Datetime("us"))).to_pandas()


def arrow_pandas(table: pl.DataFrame) -> Any:
    return table.to_pandas(use_pyarrow_extension_array=True)


def on_duckdb(tables: Tables) -> Tables:
    import duckdb

    connection = duckdb.connect()
    return {name: connection.from_arrow(table.to_arrow()) for name, table in tables.items()}


def each(convert: Callable[[pl.DataFrame], Any]) -> Callable[[Tables], Tables]:
    return lambda tables: {name: convert(table) for name, table in tables.items()}


ENGINES: dict[str, Callable[[Tables], Tables]] = {
    "polars_lazy": each(pl.DataFrame.lazy),
    "polars_streaming": each(pl.DataFrame.lazy),
    "pandas": each(numpy_pandas),
    "pandas_arrow": each(arrow_pandas),
}
if importlib.util.find_spec("duckdb") is not None:
    ENGINES["duckdb"] = on_duckdb

SETS = st.fixed_dictionaries(
    {
        "programme_costs": drawn.programme_costs(),
        "activities": drawn.ACTIVITIES,
        "prices": drawn.prices(),
        "equivalents": drawn.equivalents(),
        "index": drawn.PRICE_INDEX,
        "costs": drawn.COSTS,
        "population": drawn.POPULATION,
        "budgets": drawn.BUDGETS,
        "welfare_tech": drawn.WELFARE_TECH,
        "memberships": drawn.MEMBERSHIPS,
        "events": drawn.EVENTS,
    }
)


def agree(tables: Tables) -> None:
    for measure, compute in MEASURES.items():
        expected = cells(compute(tables))
        for engine, convert in ENGINES.items():
            found = compute(convert(tables))
            found = found.collect(engine="streaming") if engine == "polars_streaming" else found
            assert differences(cells(found), expected) == [], (measure, engine)


test_engines_agree = settings(max_examples=FEW)(given(SETS)(agree))


@pytest.mark.fuzz
def test_many() -> None:
    settings(max_examples=MANY)(given(SETS)(agree))()
