"""What the tests of decisions share: small collaborations made from what stands in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from bench.collaborations import table
from hhanalytics.dataset import Dataset
from hhanalytics.tables import TABLES

START, MIDDLE, END = date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31)
Build = Callable[..., Dataset]


@pytest.fixture
def build() -> Build:
    """A Dataset from population, memberships and charges.

    ``persons``: year → municipality → inhabitants. ``members``: pool → rows, each a municipality, or a dict with
    it. ``charges``: (pool, first day, last day) → municipality → kroner. Other tables by name.
    """

    def made(
        persons: Mapping[int, Mapping[str, int]],
        members: Mapping[str, list[Any]],
        charges: Mapping[tuple[str, date, date], Mapping[str, int]],
        *,
        key: str = "population",
        reference: int | None = 2026,
        **others: list[dict[str, Any]],
    ) -> Dataset:
        day = date(reference, 1, 1) if key == "population" and reference else None
        like = {"valid_from": START, "key": key, "reference_date": day}
        rows: dict[str, list[dict[str, Any]]] = {
            "population": [{"municipality": n, "year": y, "age_band": "0+", "persons": p} for y, people in persons.items() for n, p in people.items()],
            "pools": [{"pool": p, "name_nb": p, "valid_from": START, "part_of_position": False, "in_accounts": True} for p in members],
            "memberships": [{**like, "pool": p, **(m if isinstance(m, dict) else {"municipality": m})} for p, own in members.items() for m in own],
            "costs": [{"municipality": n, "pool": p, "period_start": a, "period_end": b, "amount_nok": c} for (p, a, b), own in charges.items() for n, c in own.items()],
            **others,
        }  # fmt: skip
        return Dataset({name: table(name, rows.get(name, [])) for name in TABLES})

    return made


def months(first: date, number: int) -> list[date]:
    """The first days of some months."""
    start = first.year * 12 + first.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(start, start + number)]


@pytest.fixture(scope="session")
def rich(elvedal: Dataset) -> Dataset:
    """The synthetic collaboration with everything that any measure uses: counts by municipality, mergers, effects …

    Alarms are counted by municipality: one merged into another, one left, one reported late and once more. All
    series step down in October 2026; the robot alone does so in June. Charges of 2027 have no like in part.
    """
    wobble = (0, 1, 0, 2, 1, 0, 1, 2, 0, 1, 0, 1, 2, 1, 0, 1, 0, 2)
    reports: list[dict[str, Any]] = []
    for at, (month, more) in enumerate(zip(months(START, 18), wobble, strict=True)):
        alarms = {"nordvik": 90 if at < 9 else 50, "midtbygd": 40 if at < 9 else 20, "sorstad": 12, "vestli": 6}
        for name, units in alarms.items():
            if (name == "vestli" and at > 5) or (name == "midtbygd" and at == 2):
                continue
            reports.append({"technology": "alarm", "month": month, "municipality": name, "units": units + more})
        reports.append({"technology": "dispenser", "month": month, "units": (80 if at < 9 else 30) - more})
        reports.append({"technology": "sensor", "month": month, "units": (200 if at < 9 else 110) + 2 * more})
        reports.append(
            {"technology": "robot", "month": month, "units": (500 if at < 5 else 300) - (at > 8) * 40 + more}
        )
        if at < 6:
            reports.append({"technology": "gps", "month": month, "municipality": "nordvik", "units": 7 + at})
        if at in (4, 6, 7):
            reports.append({"technology": "gps", "month": month, "units": 20 + at})
    reports[0]["reported_on"] = date(2026, 1, 20)
    reports.append({**reports[0], "units": 95, "reported_on": date(2026, 4, 2)})
    charges = elvedal.costs.with_columns(
        period_end=pl.when((pl.col("municipality") == "sorstad") & (pl.col("period_end").dt.year() == 2027))
        .then(date(2027, 6, 30))
        .otherwise("period_end")
    ).filter(
        ~((pl.col("municipality") == "vestli") & (pl.col("pool") == "rehab") & (pl.col("period_end").dt.year() == 2027))
    )
    events = [
        {"event": "merged", "date": date(2026, 5, 1), "kind": "merger", "affects": "nordvik", "municipality": "sorstad"},
        {"event": "left", "date": date(2026, 7, 1), "kind": "exit", "affects": "felles", "municipality": "vestli"},
        {"event": "left_too", "date": date(2026, 7, 1), "kind": "exit", "affects": "welfare_tech", "municipality": "vestli"},
        {"event": "elsewhere", "date": date(2026, 7, 1), "kind": "exit", "affects": "rehab", "municipality": "sorstad"},
    ]  # fmt: skip
    effects = [
        {"technology": "alarm", "effect": "unit_cost", "unit": "nok", "scope": "local", "low": 100.0, "high": 200.0},
        {"technology": "alarm", "effect": "unit_cost", "unit": "nok", "scope": "elsewhere", "low": 1.0, "high": 900.0},
        {"technology": "alarm", "effect": "freed_time", "unit": "minutes", "scope": "local", "low": 10.0, "high": 25.0},
        {
            "technology": "alarm",
            "effect": "freed_time",
            "unit": "minutes",
            "scope": "national",
            "low": 1.0,
            "high": 2.0,
        },
        {"technology": "sensor", "effect": "better_quality", "unit": "none", "scope": "local"},
    ]
    like = {"kind": "teaching", "unit": "participants", "period_start": START, "period_end": END, "qualifier": "exact"}
    done = [
        {**like, "activity": "rehab_inside", "programme": "rehab", "municipality": "midtbygd", "quantity": 15, "part_of": "rehab_2026_rest"},
        {**like, "activity": "kurs_south", "programme": "kurs", "municipality": "sorstad", "quantity": 9},
        {**like, "activity": "ergo_north", "programme": "ergo", "municipality": "nordvik", "quantity": 30, "qualifier": "about", "part_of": "ergo_2026"},
    ]  # fmt: skip
    pairs = [
        {"programme": "ergo", "kind": "teaching", "unit": "participants", "service": "tid", "service_units_low": 0.5, "service_units": 1.0, "gain_kind": "freed_time"},
        {"programme": "kurs", "kind": "teaching", "unit": "sessions", "service": "tid", "service_units": 2.0, "gain_kind": "freed_time"},
    ]  # fmt: skip
    ages = {"0-17": 800, "18-64": 2700, "65-79": 1100, "80+": 400}
    by_age = [{"municipality": "nordvik", "year": 2027, "age_band": band, "persons": n} for band, n in ages.items()]
    bands = {"0-17": 600, "18-66": 2300, "67-79": 1600, "80+": 500}
    people = [{"municipality": "nordvik", "year": 2027, "age_band": band, "persons": n} for band, n in bands.items()]
    others = elvedal.population.filter((pl.col("municipality") != "nordvik") | (pl.col("year") != 2027))
    wage = {"index": "municipal_wage", "year": 2026, "value": 51_000.0}
    scores = [{"municipality": "nordvik", "programme": "rehab", "year": 2026, "score": 3}]
    added = {"activities": done, "equivalents": pairs, "price_index": [wage]}
    return elvedal.replace(
        costs=charges,
        welfare_tech=table("welfare_tech", reports),
        events=table("events", events),
        technology_effects=table("technology_effects", effects),
        benefit_scores=table("benefit_scores", scores),
        population_by_age=table("population_by_age", by_age),
        population=pl.concat([others, table("population", people)]),
        **{name: pl.concat([elvedal.tables[name], table(name, rows)]) for name, rows in added.items()},
    )
