"""The measures against docs/method.md written again in plain Python (`tests/measures/reference.py`)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from tests.measures import drawn, reference
from tests.measures.engines import cells

#: Tables drawn in every run, and in a run with --fuzz.
FEW, MANY = 200, 3_000


def drawing(cases: int) -> settings:
    """So many tables, however slow the machine."""
    return settings(max_examples=cases, suppress_health_check=[HealthCheck.too_slow])


def agrees(got: Any, wanted: Any) -> bool:
    """Whether a cell is as worked out: money and words exactly, quotients and values to 1e-9."""
    if isinstance(wanted, list):
        # Which of several reasons is told is not compared.
        return got in wanted if wanted else got is None
    if isinstance(wanted, Fraction) and got is not None:
        # A net gain is a difference: what is left of two large numbers is as exact as they are.
        return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-4)
    return bool(got == wanted and type(got) is type(wanted))


def off(found: Any, wanted: list[reference.Row], key: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Cells that differ: where, what the measure gives, what is right."""
    got = {tuple(row[name] for name in key): row for row in cells(found)}
    right = {tuple(row[name] for name in key): row for row in wanted}
    assert got.keys() == right.keys()
    assert all(list(got[each]) == list(right[each]) for each in got)
    return [
        (each, name, got[each][name], right[each][name])
        for each in got
        for name in got[each]
        if not agrees(got[each][name], right[each][name])
    ]


def rows(table: pl.DataFrame) -> list[reference.Row]:
    return table.to_dicts()


@drawing(FEW)
@given(drawn.programme_costs(), drawn.activities([*drawn.QUALIFIERS, None]), st.sampled_from(drawn.UNITS))
def test_cost_per_participant(costs: pl.DataFrame, activities: pl.DataFrame, by: str) -> None:
    found = hh.cost_per_participant(costs, activities, by)
    wanted = reference.cost_per_participant(rows(costs), rows(activities), by)
    assert off(found, wanted, ("programme", "year")) == []


GAIN = given(
    drawn.programme_costs(),
    drawn.activities(drawn.QUALIFIERS),
    drawn.PRICES,
    drawn.EQUIVALENTS,
    drawn.PRICE_INDEX | st.none(),
    st.sampled_from([None, None, "included", "excluded"]),
    st.sampled_from([None, None, "not_stated"]),
)


def check_gain(costs: Any, activities: Any, prices: Any, pairs: Any, index: Any, vat: Any, travel: Any) -> None:
    options = {"price_year": None if index is None else 2026, "vat": vat, "travel": travel}
    found = hh.gain(costs, activities, prices, pairs, price_index=index, **options)
    plain = None if index is None else rows(index)
    wanted = reference.gain(rows(costs), rows(activities), rows(prices), rows(pairs), price_index=plain, **options)
    assert off(found, wanted, ("programme", "year")) == []


test_gain = drawing(FEW)(GAIN(check_gain))


def check_municipality_costs(costs: Any, population: Any, budgets: Any, budget: Any) -> None:
    found = hh.municipality_costs(costs, population, budgets, budget=budget)
    wanted = reference.municipality_costs(rows(costs), rows(population), rows(budgets), budget)
    assert off(found, wanted, ("municipality", "year", "pool")) == []


PAID = given(drawn.COSTS, drawn.POPULATION, drawn.BUDGETS, st.sampled_from([None, None, "adopted", "revised"]))

test_municipality_costs = drawing(FEW)(PAID(check_municipality_costs))


@pytest.mark.fuzz
def test_many() -> None:
    drawing(MANY)(GAIN(check_gain))()
    drawing(MANY)(PAID(check_municipality_costs))()
