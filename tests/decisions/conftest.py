"""What the tests of decisions share: small collaborations made from what stands in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

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
