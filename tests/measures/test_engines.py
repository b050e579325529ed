"""Every measure gives the same on polars, eager and lazy, and on pandas, and gives back what it got."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from tests.measures.engines import SEEDS, cells, differences, guide_block, same
from tests.measures.shaken import GROWS, LARGE, prepared

Tables = dict[str, Any]
Convert = Callable[[pl.DataFrame], Any]


def plain_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Pandas as one gets it from a CSV file: floats for whole numbers with gaps, NaN and NaT for nothing."""
    dates = pl.selectors.date()
    return table.with_columns(dates.cast(pl.Datetime("us"))).to_pandas()


def nullable_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Pandas with its nullable types: pd.NA for nothing."""
    return plain_pandas(table).convert_dtypes()


def object_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Pandas made of Python objects: None and dates as they are."""
    return pd.DataFrame({name: pd.Series(table[name].to_list(), dtype=object) for name in table.columns})


def category_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Pandas as one makes it small: categories for repeated words, an index in no order."""
    found = plain_pandas(table)
    words = found.select_dtypes("str").columns
    return found.astype(dict.fromkeys(words, "category")).set_index(pd.Index(range(len(found), 0, -1)))


def short_polars(table: pl.DataFrame) -> pl.DataFrame:
    """Polars with the shortest whole numbers that do, categories and times."""
    fits = [
        name
        for name, dtype in table.schema.items()
        if dtype == pl.Int64 and (table[name].abs().max() or 0) < 2**31 and not name.endswith("_nok")
    ]
    return table.with_columns(
        pl.col(fits).cast(pl.Int32),
        pl.selectors.string().cast(pl.Categorical),
        pl.selectors.date().cast(pl.Datetime("ms")),
    )


def arrow_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Pandas whose columns are those of Arrow."""
    return table.to_pandas(use_pyarrow_extension_array=True)


ENGINES: dict[str, Convert] = {
    "polars": lambda table: table,
    "polars_lazy": pl.DataFrame.lazy,
    "polars_short": short_polars,
    "pandas": plain_pandas,
    "pandas_nullable": nullable_pandas,
    "pandas_objects": object_pandas,
    "pandas_categories": category_pandas,
    "pandas_arrow": arrow_pandas,
    "pyarrow": pl.DataFrame.to_arrow,
}


def full(t: Tables) -> Any:
    return hh.full_position_costs(t["costs"], t["position_hooks"], t["memberships"], t["population"])


def programmes(t: Tables) -> Any:
    return hh.programme_costs(t["costs"], t["pools"], t["programmes"], t["positions"], full(t), t["grants"])


MEASURES: dict[str, Callable[[Tables], Any]] = {
    "allocate": lambda t: hh.allocate(t["costs"], t["memberships"], t["population"]),
    "full_position_costs": full,
    "programme_costs": programmes,
    "cost_per_participant": lambda t: hh.cost_per_participant(programmes(t), t["activities"]),
    "cost_per_session": lambda t: hh.cost_per_participant(programmes(t), t["activities"], "sessions"),
    "cost_per_inhabitant": lambda t: hh.cost_per_participant(programmes(t), t["activities"], "inhabitants", population=t["population"]),
    "gain_lines": lambda t: hh.gain_lines(t["activities"], t["prices"], t["equivalents"]),
    "gain": lambda t: hh.gain(programmes(t), t["activities"], t["prices"], t["equivalents"]),
    "gain_indexed": lambda t: hh.gain(programmes(t), t["activities"], t["prices"], t["equivalents"], price_index=t["price_index"], price_year=2026),
    "gain_filtered": lambda t: hh.gain(programmes(t), t["activities"], t["prices"], t["equivalents"], vat="excluded", travel="included"),
    "municipality_costs": lambda t: hh.municipality_costs(t["costs"], t["population"], t["budgets"]),
    "comparable_costs": lambda t: hh.comparable_costs(t["costs"]),
    "like_for_like": lambda t: hh.like_for_like(t["welfare_tech"], t["memberships"], t["events"]),
    "level_shifts": lambda t: hh.level_shifts(t["welfare_tech"]),
    "unit_rates": lambda t: hh.unit_rates(t["welfare_tech"], t["population"], t["memberships"]),
    "technology_gain": lambda t: hh.technology_gain(t["welfare_tech"], t["technology_effects"]),
    "technology_break_even": lambda t: hh.technology_break_even(t["technology_effects"], 400),
}  # fmt: skip


def tables(data: Dataset, convert: Convert) -> Tables:
    return {name: convert(table) for name, table in data.tables.items()}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("data_name", ["dataset", "elvedal"])
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "polars"])
def test_same_result_and_same_kind(request: pytest.FixtureRequest, data_name: str, engine: str, measure: str) -> None:
    data: Dataset = request.getfixturevalue(data_name)
    given = tables(data, ENGINES[engine])
    found = MEASURES[measure](given)
    assert type(found) is type(given["costs"])
    expected = cells(MEASURES[measure](dict(data.tables)))
    got = cells(found)
    assert [list(row) for row in got] == [list(row) for row in expected]
    off = [(a, b) for a, b in zip(got, expected, strict=True) if not all(same(a[k], b[k]) for k in a)]
    assert off == []


@pytest.mark.parametrize("measure", MEASURES)
def test_whole_kroner_stay_whole_in_pandas(elvedal: Dataset, measure: str) -> None:
    """Pandas would make floats of whole numbers with gaps; they come as Int64 in every measure."""
    reference = MEASURES[measure](dict(elvedal.tables))
    found = MEASURES[measure](tables(elvedal, plain_pandas))
    for name, dtype in reference.schema.items():
        if dtype == pl.Int64:
            assert str(found[name].dtype) == "Int64", name
        if dtype == pl.Boolean:
            assert str(found[name].dtype) == "boolean", name


def test_to_pandas_gives_frames_the_measures_take(elvedal: Dataset) -> None:
    given = elvedal.to_pandas()
    found = MEASURES["gain"](given)
    assert isinstance(found, pd.DataFrame)
    assert cells(found) == cells(MEASURES["gain"](dict(elvedal.tables)))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("engine", ["polars", "pandas_objects", "pandas"])
def test_measures_take_tables_without_rows(elvedal: Dataset, engine: str, measure: str) -> None:
    """No grants, no positions, no prices, no activities: what they would have given is missing."""
    bare = {**elvedal.tables}
    for name in (
        "grants",
        "positions",
        "position_hooks",
        "prices",
        "equivalents",
        "activities",
        "budgets",
        "price_index",
        "events",
        "technology_effects",
    ):
        bare[name] = bare[name].clear()
    given = {name: ENGINES[engine](table) for name, table in bare.items()}
    got, expected = cells(MEASURES[measure](given)), cells(MEASURES[measure](bare))
    assert [{k: same(a[k], b[k]) for k in a} for a, b in zip(got, expected, strict=True)] == [
        dict.fromkeys(a, True) for a in got
    ]
    if measure == "programme_costs":
        by_name = {row["programme"]: row for row in got if row["year"] == 2026}
        assert by_name["unallocated"]["cost_nok"] == 2_000_000
        assert by_name["rehab"]["cost_nok"] == 200_000
        assert {by_name[name]["reason"] for name in ("kurs", "ergo", "tom")} == {"no_cost_on_file"}


def test_columns_that_hold_nothing(elvedal: Dataset) -> None:
    """Columns of nothing have no type of their own; they count as declared."""
    nothing = {
        "prices": ["amount_low_nok", "amount_high_nok", "price_year"],
        "grants": ["period_start", "period_end"],
        "positions": ["valid_to"],
        "programmes": ["other_work", "avoidable_share"],
        "equivalents": ["service_units_low", "service_units_high", "confirmed_on"],
        "activities": ["part_of", "municipality"],
        "memberships": ["valid_to", "fixed_share"],
    }
    typed = dict(elvedal.tables)
    for name, columns in nothing.items():
        typed[name] = typed[name].with_columns(pl.lit(None, typed[name].schema[c]).alias(c) for c in columns)
    typed["memberships"] = typed["memberships"].filter(pl.col("valid_from") < date(2027, 1, 1))
    untyped = {
        name: table.with_columns(pl.lit(None).alias(c) for c in nothing.get(name, [])) for name, table in typed.items()
    }
    for measure in ("programme_costs", "gain", "cost_per_participant", "allocate"):
        assert cells(MEASURES[measure](untyped)) == cells(MEASURES[measure](typed))
        assert cells(MEASURES[measure](tables_of(untyped, object_pandas))) == cells(MEASURES[measure](typed))


def tables_of(given: Tables, convert: Convert) -> Tables:
    return {name: convert(table) for name, table in given.items()}


@pytest.mark.parametrize("measure", MEASURES)
def test_mixed_kinds(elvedal: Dataset, measure: str) -> None:
    """Each frame in turn from another library: said in plain words, not somewhere inside a join."""
    used = {
        "allocate": ("costs", "memberships", "population"),
        "full_position_costs": ("costs", "position_hooks", "memberships", "population"),
        "programme_costs": ("costs", "pools", "programmes", "positions", "grants"),
        "cost_per_participant": ("activities",),
        "cost_per_session": ("activities",),
        "cost_per_inhabitant": ("population",),
        "gain_lines": ("activities", "prices", "equivalents"),
        "gain": ("activities", "prices", "equivalents"),
        "gain_indexed": ("activities", "prices", "equivalents"),
        "gain_filtered": ("activities", "prices", "equivalents"),
        "municipality_costs": ("costs", "population", "budgets"),
        "comparable_costs": (),  # takes one frame
        "like_for_like": ("welfare_tech", "memberships", "events"),
        "level_shifts": (),
        "unit_rates": ("welfare_tech", "population", "memberships"),
        "technology_gain": ("welfare_tech", "technology_effects"),
        "technology_break_even": (),
    }
    for name in used[measure]:
        with pytest.raises(BadInput) as error:
            MEASURES[measure]({**elvedal.tables, name: plain_pandas(elvedal.tables[name])})
        assert error.value.id == "mixed_kinds", name
        assert error.value.facts["kinds"] == ["pandas", "polars"]


needs_duckdb = pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="DuckDB is not installed")


def relations(tables: Tables) -> Tables:
    """The tables as relations of a connection of their own: not the one that the library keeps for everybody."""
    import duckdb

    connection = duckdb.connect()
    return {name: connection.from_arrow(table.to_arrow()) for name, table in tables.items()}


@needs_duckdb
@pytest.mark.parametrize("seed", [None, *SEEDS])
@pytest.mark.parametrize("measure", LARGE)
def test_duckdb_gives_what_polars_gives(elvedal: Dataset, dataset: Dataset, measure: str, seed: int | None) -> None:
    """All on the engine, and only what grows: with small tables of polars or pandas the answer is there, too."""
    tables = prepared(dict((elvedal if seed else dataset).tables), seed)
    expected = cells(LARGE[measure](tables))
    there = relations(tables)
    small = {"there": there.get, "polars": tables.get, "pandas": lambda name: plain_pandas(tables[name])}
    for where in small if seed is None else [list(small)[seed % 3]]:
        given = {name: there[name] if name in GROWS else small[where](name) for name in tables}
        found = LARGE[measure](given)
        assert type(found) is type(there["costs"])
        assert differences(cells(found), expected) == []
        kinds = {column: str(kind) for column, kind in zip(found.columns, found.types, strict=True)}
        assert {kinds[column] for column in kinds if column.endswith("_nok")} <= {"BIGINT", "DOUBLE"}
    if seed is None:
        # Without ties, the order is the same.
        assert [row.get("programme") for row in cells(found)] == [row.get("programme") for row in expected]


@pytest.mark.parametrize("engine", ["polars_streaming", *(name for name in ENGINES if name != "polars")])
@pytest.mark.parametrize("seed", SEEDS)
def test_ties_and_gaps(elvedal: Dataset, engine: str, seed: int) -> None:
    tables = prepared(dict(elvedal.tables), seed)
    streaming = engine == "polars_streaming"
    given = tables_of(tables, pl.DataFrame.lazy if streaming else ENGINES[engine])
    for measure, compute in LARGE.items():
        found = compute(given)
        found = found.collect(engine="streaming") if streaming else found
        assert differences(cells(found), cells(compute(tables))) == [], measure


def test_eager_and_lazy_polars_may_meet(elvedal: Dataset) -> None:
    mixed = {**elvedal.tables, "population": elvedal.population.lazy(), "prices": elvedal.prices.lazy()}
    for measure in MEASURES:
        assert isinstance(MEASURES[measure](mixed), pl.DataFrame)


@pytest.mark.parametrize("engine", ["polars", "polars_lazy", "pandas"])
@pytest.mark.parametrize(
    ("measure", "table", "column"),
    [
        ("allocate", "memberships", "reference_date"),
        ("full_position_costs", "position_hooks", "reading"),
        ("programme_costs", "grants", "passed_on"),
        ("programme_costs", "pools", "valid_to"),
        ("cost_per_participant", "activities", "part_of"),
        ("gain_lines", "prices", "vat"),
        ("gain", "equivalents", "confirmed_on"),
        ("municipality_costs", "budgets", "budget"),
        ("comparable_costs", "costs", "period_start"),
        ("like_for_like", "events", "affects"),
        ("unit_rates", "population", "age_band"),
        ("technology_gain", "technology_effects", "scope"),
    ],
)
def test_missing_columns(elvedal: Dataset, engine: str, measure: str, table: str, column: str) -> None:
    given = tables(elvedal, ENGINES[engine])
    given[table] = ENGINES[engine](elvedal.tables[table].drop(column))
    with pytest.raises(BadInput) as error:
        MEASURES[measure](given)
    assert (error.value.id, error.value.facts["frame"], error.value.facts["missing"]) == (
        "missing_columns",
        table,
        [column],
    )


@pytest.mark.parametrize("nothing", [None, "costs.csv", {"municipality": []}])
def test_what_is_no_frame(elvedal: Dataset, nothing: object) -> None:
    with pytest.raises(BadInput) as error:
        hh.municipality_costs(elvedal.costs, nothing, elvedal.budgets)
    assert error.value.id == "no_frame"
    assert "population" in str(error.value)
    with pytest.raises(BadInput):
        hh.cost_per_participant(MEASURES["programme_costs"](dict(elvedal.tables)), elvedal.activities, "inhabitants")
    with pytest.raises(BadInput):
        hh.gain_lines(elvedal.activities, elvedal.prices, elvedal.equivalents, price_year=2026)


def test_amounts_beyond_floats_on_every_engine(elvedal: Dataset) -> None:
    """2^53 + 1 is no float; it comes through whole."""
    big = 2**53 + 1
    costs = elvedal.costs.filter(municipality="nordvik", pool="rehab").with_columns(amount_nok=pl.lit(big, pl.Int64))
    for convert in ENGINES.values():
        found = cells(hh.municipality_costs(convert(costs), convert(elvedal.population), convert(elvedal.budgets)))
        assert {row["amount_nok"] for row in found} == {big}


@needs_duckdb
def test_engines_in_the_guide(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the guide shows it; Spark is tried where Spark runs."""
    dataset.save(tmp_path / "data" / "processed")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(guide_block("small"), names)
    expected = hh.compute(dataset, "cost_per_participant")
    for engine in ("polars", "duckdb"):
        exec(guide_block(engine), names)
        assert differences(cells(names["found"]), cells(expected)) == []
