"""The measures against docs/method.md written again in plain Python (`tests/measures/reference.py`)."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from tests.measures import drawn, reference
from tests.measures.engines import cells

#: Tables drawn in every run, and in a run with --fuzz.
FEW, MANY = 150, 3_000


def agrees(got: Any, wanted: Any) -> bool:
    """Whether a cell is as worked out: money and words exactly, quotients and values to 1e-9."""
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


@settings(max_examples=FEW)
@given(drawn.programme_costs(), drawn.ACTIVITIES, st.sampled_from(drawn.UNITS))
def test_cost_per_participant(costs: pl.DataFrame, activities: pl.DataFrame, by: str) -> None:
    found = hh.cost_per_participant(costs, activities, by)
    wanted = reference.cost_per_participant(rows(costs), rows(activities), by)
    assert off(found, wanted, ("programme", "year")) == []


GAIN = given(
    drawn.programme_costs(),
    drawn.ACTIVITIES,
    drawn.prices(),
    drawn.equivalents(),
    st.none() | drawn.PRICE_INDEX,
    st.sampled_from([None, None, "included", "excluded"]),
    st.sampled_from([None, None, "not_stated"]),
)


def check_gain(costs: Any, activities: Any, prices: Any, pairs: Any, index: Any, vat: Any, travel: Any) -> None:
    options = {"price_year": None if index is None else 2026, "vat": vat, "travel": travel}
    found = hh.gain(costs, activities, prices, pairs, price_index=index, **options)
    plain = None if index is None else rows(index)
    wanted = reference.gain(rows(costs), rows(activities), rows(prices), rows(pairs), price_index=plain, **options)
    assert off(found, wanted, ("programme", "year")) == []


test_gain = settings(max_examples=FEW)(GAIN(check_gain))


def check_municipality_costs(costs: Any, population: Any, budgets: Any, budget: Any) -> None:
    found = hh.municipality_costs(costs, population, budgets, budget=budget)
    wanted = reference.municipality_costs(rows(costs), rows(population), rows(budgets), budget)
    assert off(found, wanted, ("municipality", "year", "pool")) == []


PAID = given(drawn.COSTS, drawn.POPULATION, drawn.BUDGETS, st.sampled_from([None, None, "adopted", "revised"]))


test_municipality_costs = settings(max_examples=FEW)(PAID(check_municipality_costs))


@pytest.mark.fuzz
def test_many() -> None:
    settings(max_examples=MANY)(GAIN(check_gain))()
    settings(max_examples=MANY)(PAID(check_municipality_costs))()


def test_quotes_that_are_rarely_drawn() -> None:
    """Two quotes, both in the kroner of the year asked for, which the index does not hold: 10 × 100, 150, 250."""
    cost = {"cost_low_nok": 900, "cost_high_nok": 900, "other_work": None, "grade": "documented", "reason": None}
    done = {"unit": "participants", "period_end": date(2026, 6, 30), "quantity": 10, "qualifier": "exact"}
    quote = {"service": "time", "unit": "participants", "amount_low_nok": None, "price_year": 2026}
    replaces = {"service_units_low": None, "service_units": 1.0, "service_units_high": None}
    pair = {"programme": "kurs", "kind": "course", "unit": "participants", "service": "time", **replaces}
    costs = pl.DataFrame([{"programme": "kurs", "year": 2026, **cost}])
    activities = pl.DataFrame([{"programme": "kurs", "kind": "course", **done, "part_of": None, "grade": "derived"}])
    prices = pl.DataFrame(
        [
            {**quote, "amount_nok": middle, "amount_high_nok": high, "vat": "included", "travel": "included"}
            for middle, high in ((100, 130), (200, 250))
        ]
    )
    pairs = pl.DataFrame([{**pair, "gain_kind": "avoided_cost", "confirmed_on": None}])
    index = pl.DataFrame({"year": [2025], "value": [100.0]})
    check_gain(costs, activities, prices, pairs, index, None, None)
    found = hh.gain(costs, activities, prices, pairs, price_index=index, price_year=2026)
    assert found.select("value_low_nok", "value_nok", "value_high_nok").row(0) == (1_000, 1_500, 2_500)
