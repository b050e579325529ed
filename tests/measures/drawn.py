"""Small whole tables, drawn by hypothesis: every qualifier, gaps where they may be, ties, zeros, negative amounts.

Few names, so that rows meet; keys as declared, so that a row is not there twice where tables forbid it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

PROGRAMMES = ("kurs", "rehab", "tom")
YEARS = (2026, 2027)
MUNICIPALITIES = ("hei", "nordvik", "sundby")
POOLS = ("felles", "kurs", "rehab")
KINDS = ("course", "talk")
UNITS = ("participants", "sessions")
SERVICES = ("kurs_ute", "time", "ukjent")
GRADES = ("documented", "derived", "assumed", "missing")

pick = st.sampled_from
amount = st.one_of(st.integers(-2_000, 2_000), pick([0, 1, -1, 100_000, 123_456_789_012]))
grade = pick(GRADES)
ends = pick([date(2026, 1, 31), date(2026, 6, 30), date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31)])
TREATMENTS = ("not_stated", "included", "excluded")
#: Units of a service that one of the activity replaces: at least, point, at most.
REPLACES = (
    (None, 1.0, None),
    (0.1, 0.5, 3.75),
    (0.0, 2.5, None),
    (None, 0.1, 0.3),
    (None, None, None),
    (1.0, None, 2.0),
)


def table(columns: dict[str, Any], most: int, key: tuple[str, ...] = ()) -> st.SearchStrategy[pl.DataFrame]:
    """Rows of a kind of table; of those with one key only one.

    Args:
        columns: Name → (type, strategy).
        most: How many rows at most.
        key: Columns that no two rows have alike.
    """
    schema = {name: kind for name, (kind, _) in columns.items()}
    names = list(columns)
    places = [names.index(name) for name in key]
    row = st.tuples(*(strategy for _, strategy in columns.values()))
    rows = st.lists(row, max_size=most, unique_by=(lambda r: tuple(r[p] for p in places)) if key else None)
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


ACTIVITIES = table(
    {
        "programme": (pl.String, pick([*PROGRAMMES, "utenfor"])),
        "kind": (pl.String, pick(KINDS)),
        "unit": (pl.String, pick([*UNITS, "participants"])),
        "period_end": (pl.Date, ends),
        "quantity": (pl.Int64, st.one_of(st.integers(0, 200), pick([15, 5, 0, 440, 609, 0, 7, None]))),
        "qualifier": (pl.String, pick(["exact", "exact", "about", "nearly", "exact", "at_least"])),
        "part_of": (pl.String, pick([None, None, None, "whole"])),
        "grade": (pl.String, grade),
    },
    most=14,
)


@st.composite
def prices(draw: st.DrawFn) -> pl.DataFrame:
    """Quotes of each service: none, one, several or one repeated; ranges in order; at times in another unit."""
    rows = []
    for service in SERVICES[:2]:
        units = draw(pick([["participants"], ["participants"], ["participants"], ["participants", "hours"]]))
        years = draw(pick([[2026], [2025, 2026], [2025], [2025, 2026, 1999, None]]))
        for _ in range(draw(pick([2, 1, 3, 0]))):
            middle = draw(pick([100, 0, 1_770, 25_000]))
            low, high = draw(pick([None, 0, middle])), draw(pick([None, middle + 7, 30_000]))
            tax, travel = draw(pick(TREATMENTS)), draw(pick(TREATMENTS))
            rows.append((service, draw(pick(units)), middle, low, high, draw(pick(years)), tax, travel))
    names = ["service", "unit", "amount_nok", "amount_low_nok", "amount_high_nok", "price_year", "vat", "travel"]
    kinds = [pl.String, pl.String, *[pl.Int64] * 4, pl.String, pl.String]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


@st.composite
def equivalents(draw: st.DrawFn) -> pl.DataFrame:
    """Most activities have one, some none or several; most of what a value needs is known, so that there are values."""
    rows = []
    gains = ["external_equivalent", "external_equivalent", "avoided_cost", "freed_time", "better_quality"]
    for programme in PROGRAMMES:
        for kind in KINDS:
            for unit in UNITS:
                services = draw(pick([["time"], ["kurs_ute"], ["time", "kurs_ute"], [], ["ukjent"]]))
                for service in services:
                    least, middle, most = draw(pick(REPLACES))
                    confirmed = draw(pick([None, date(2026, 5, 1)]))
                    rows.append((programme, kind, unit, service, least, middle, most, draw(pick(gains)), confirmed))
    names = ["programme", "kind", "unit", "service", "service_units_low", "service_units", "service_units_high"]
    kinds = [*[pl.String] * 4, *[pl.Float64] * 3, pl.String, pl.Date]
    schema = dict(zip([*names, "gain_kind", "confirmed_on"], kinds, strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row")


PRICE_INDEX = table(
    {"year": (pl.Int64, pick([2024, 2025, 2026])), "value": (pl.Float64, pick([0.5, 100.0, 103.7, 121.3]))},
    most=3,
    key=("year",),
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
WELFARE_TECH = table(
    {
        "technology": (pl.String, pick(["alarm", "door"])),
        "month": (pl.Date, pick([date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2027, 1, 1)])),
        "municipality": (pl.String, pick([*MUNICIPALITIES, *MUNICIPALITIES, None])),
        "units": (pl.Int64, st.integers(0, 9)),
        "reported_on": (pl.Date, pick([None, None, date(2026, 3, 15), date(2027, 6, 1)])),
        "grade": (pl.String, grade),
    },
    most=14,
    key=("technology", "month", "municipality", "reported_on"),
)
MEMBERSHIPS = table(
    {
        "municipality": (pl.String, pick(MUNICIPALITIES)),
        "valid_from": (pl.Date, pick([date(2025, 1, 1), date(2026, 2, 1)])),
        "valid_to": (pl.Date, pick([None, None, date(2026, 2, 28)])),
    },
    most=4,
)
EVENTS = table(
    {
        "kind": (pl.String, pick(["merger", "exit", "entry"])),
        "date": (pl.Date, pick([date(2026, 2, 1), date(2027, 1, 1)])),
        "municipality": (pl.String, pick(["hei"])),
        "affects": (pl.String, pick(["nordvik"])),
    },
    most=2,
    key=("kind",),
)
