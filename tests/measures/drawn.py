"""Small whole tables, drawn by hypothesis: every qualifier, gaps where they may be, ties, zeros, negative amounts.

Few names, so that rows meet; keys as declared, so that a row is not there twice where tables forbid it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

PROGRAMMES = ("kurs", "rehab", "tom")
#: Who does things: one programme has nothing, and one has no cost.
DONE_BY = ("kurs", "kurs", "kurs", "rehab", "utenfor")
YEARS = (2026, 2027)
MUNICIPALITIES = ("hei", "nordvik", "sundby")
POOLS = ("felles", "kurs", "rehab")
KINDS = ("course", "course", "talk")
UNITS = ("participants", "sessions")
SERVICES = ("kurs_ute", "time", "kurs_ute", "time", "kurs_ute", "ukjent")
GRADES = ("documented", "derived", "assumed", "missing")

pick = st.sampled_from
amount = st.one_of(st.integers(-2_000, 2_000), pick([0, 1, -1, 100_000, 123_456_789_012]))
grade = pick(GRADES)
ends = pick([date(2026, 1, 31), date(2026, 6, 30), date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31)])
optional_units = pick([None, None, 0.0, 0.1, 0.5, 2.0, 3.75])


def table(
    columns: dict[str, Any], most: int, key: tuple[str, ...] = (), least: int = 0
) -> st.SearchStrategy[pl.DataFrame]:
    """Rows of a kind of table; of those with one key only one.

    Args:
        columns: Name → (type, strategy).
        most: How many rows at most.
        key: Columns that no two rows have alike.
        least: How many at least: where tables must meet, few rows seldom do.
    """
    schema = {name: kind for name, (kind, _) in columns.items()}
    names = list(columns)
    places = [names.index(name) for name in key]
    row = st.tuples(*(strategy for _, strategy in columns.values()))
    rows = st.lists(
        row, min_size=least, max_size=most, unique_by=(lambda r: tuple(r[p] for p in places)) if key else None
    )
    return rows.map(lambda drawn: pl.DataFrame(drawn, schema=schema, orient="row"))


@st.composite
def programme_costs(draw: st.DrawFn) -> pl.DataFrame:
    """Every programme and year once, or not at all; cost known, not known, one or a range, zero or negative."""
    rows = []
    for year in YEARS:
        for programme in (*PROGRAMMES, "unallocated"):
            kind = draw(pick(["one", "one", "range", "unknown", "absent"]))
            low = draw(amount)
            high = low + (draw(st.integers(1, 999)) if kind == "range" else 0)
            cost = (None, None) if kind == "unknown" else (low, high)
            reason = "position_not_stated" if kind == "unknown" else None
            if kind != "absent":
                rows.append((programme, year, *cost, draw(pick([None, None, "more"])), draw(grade), reason))
    kinds = [pl.String, pl.Int64, pl.Int64, pl.Int64, pl.String, pl.String, pl.String]
    names = ["programme", "year", "cost_low_nok", "cost_high_nok", "other_work", "grade", "reason"]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


QUALIFIERS = ("exact", "exact", "at_least", "about", "nearly")


def activities(qualifiers: Sequence[str | None]) -> st.SearchStrategy[pl.DataFrame]:
    """Things done, some of them not counted.

    Args:
        qualifiers: How counts are hedged.
    """
    return table(
        {
            "programme": (pl.String, pick(DONE_BY)),
            "kind": (pl.String, pick(KINDS)),
            "unit": (pl.String, pick([*UNITS, "participants"])),
            "period_end": (pl.Date, ends),
            "quantity": (pl.Int64, pick([None, 0, 5, 15, 44, 440, 609, 1_001]) | st.integers(1, 200)),
            "qualifier": (pl.String, pick(qualifiers)),
            "part_of": (pl.String, pick([None, None, None, "whole"])),
            "grade": (pl.String, grade),
        },
        most=10,
        least=2,
    )


#: Range in order, as declared; a quote may be repeated, in another unit, of another year or of none.
PRICES = table(
    {
        "service": (pl.String, pick(SERVICES[:2])),
        "unit": (pl.String, pick(["participants"] * 7 + ["hours"])),
        "amount_nok": (pl.Int64, pick([100, 1_770, 25_000])),
        "amount_low_nok": (pl.Int64, pick([None, 40])),
        "amount_high_nok": (pl.Int64, pick([None, 30_000])),
        "price_year": (pl.Int64, pick([2025, 2024, 2026, 2025, 2024, 2026, 2025, 2024, 2025, 2024, None, 1999])),
        "vat": (pl.String, pick(["included", "excluded", "not_stated"])),
        "travel": (pl.String, pick(["included", "excluded", "not_stated"])),
    },
    most=6,
    least=3,
)
EQUIVALENTS = table(
    {
        "programme": (pl.String, pick(DONE_BY)),
        "kind": (pl.String, pick(KINDS)),
        "unit": (pl.String, pick(UNITS)),
        "service": (pl.String, pick(SERVICES)),
        "service_units_low": (pl.Float64, optional_units),
        "service_units": (pl.Float64, pick([1.0, 0.1, 2.5, 1.0, 0.1, 2.5, None])),
        "service_units_high": (pl.Float64, optional_units),
        "gain_kind": (
            pl.String,
            pick(["external_equivalent", "external_equivalent", "avoided_cost", "freed_time", "better_quality"]),
        ),
        "confirmed_on": (pl.Date, pick([None, date(2026, 5, 1)])),
    },
    most=10,
    least=4,
    key=("programme", "kind", "unit", "service"),
)
PRICE_INDEX = table(
    {"year": (pl.Int64, pick([2024, 2025, 2026, 2023])), "value": (pl.Float64, pick([100.0, 103.7, 121.3, 0.5]))},
    most=4,
    key=("year",),
    least=3,
)
COSTS = table(
    {
        "municipality": (pl.String, pick(MUNICIPALITIES)),
        "pool": (pl.String, pick(POOLS)),
        "period_end": (pl.Date, ends),
        "amount_nok": (pl.Int64, amount),
        "grade": (pl.String, grade),
    },
    most=14,
)
POPULATION = table(
    {
        "municipality": (pl.String, pick([*MUNICIPALITIES, "utenfor"])),
        "year": (pl.Int64, pick(YEARS)),
        "age_band": (pl.String, pick(["0-17", "18+"])),
        "persons": (pl.Int64, pick([0, 1, 340, 5_678])),
    },
    most=8,
    key=("municipality", "year", "age_band"),
)
BUDGETS = table(
    {
        "municipality": (pl.String, pick(MUNICIPALITIES)),
        "budget": (pl.String, pick(["adopted", "adopted", "revised"])),
        "period_end": (pl.Date, ends),
        "amount_nok": (pl.Int64, amount),
    },
    most=8,
)
