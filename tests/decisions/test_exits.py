"""What an exit moved: against the members as they would have been, whatever the key, and however many left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.exits import exit_effects, exit_findings, exits
from hhanalytics.tables import TABLES

JAN, JUL, END = date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31)
OUT = date(2026, 6, 30)
ROW = {"source": "synthetic", "locator": "row", "grade": "documented", "note": None}
PERSONS = {"a": 1000, "b": 2000, "c": 3000, "d": 4000}


def table(name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    schema = {column: kind.dtype for column, kind in TABLES[name].columns().items()}
    return pl.DataFrame([{**dict.fromkeys(schema), **ROW, **row} for row in rows], schema=schema)


def member(
    name: str, start: date, end: date | None, key: str = "population", pool: str = "p", **more: Any
) -> dict[str, Any]:
    reference = {"reference_date": date(2026, 1, 1)} if key == "population" else {}
    return {"municipality": name, "pool": pool, "valid_from": start, "valid_to": end, "key": key, **reference, **more}


def charged(pool: str = "p", start: date = JUL, end: date = END, **amounts: int) -> list[dict[str, Any]]:
    return [
        {"municipality": n, "pool": pool, "period_start": start, "period_end": end, "amount_nok": a}
        for n, a in amounts.items()
    ]


def data(memberships: list[dict[str, Any]], costs: list[dict[str, Any]]) -> Dataset:
    people = [
        {"municipality": n, "year": y, "age_band": "0+", "persons": p} for n, p in PERSONS.items() for y in (2026, 2025)
    ]
    filled = {
        "memberships": table("memberships", memberships),
        "costs": table("costs", costs),
        "population": table("population", people),
    }
    return Dataset({name: filled.get(name, table(name, [])) for name in TABLES})


def moved(found: pl.DataFrame, left: str) -> dict[str, int]:
    return dict(found.filter(left=left).select("municipality", "moved_nok").iter_rows())


def test_one_leaves_by_hand() -> None:
    """d (4 of 10 parts) leaves; 600 000 are shared by a, b, c as 1, 2, 3 of 6 instead of 10."""
    found = exit_effects(
        data([*(member(n, JAN, None) for n in "abc"), member("d", JAN, OUT)], charged(a=100_000, b=200_000, c=300_000)),
        2026,
    )
    assert moved(found, "d") == {"a": 40_000, "b": 80_000, "c": 120_000, "d": -240_000}
    assert found["left_on"].unique().to_list() == [JUL]


def test_charges_before_the_exit_or_of_another_year_are_no_part_of_it() -> None:
    costs = [
        *charged(a=100_000, b=200_000, c=300_000),
        *charged(start=JAN, end=OUT, a=1, b=2, c=3, d=4),
        *charged(start=date(2027, 1, 1), end=date(2027, 12, 31), a=10, b=20, c=30),
    ]
    both = data([*(member(n, JAN, None) for n in "abc"), member("d", JAN, OUT)], costs)
    assert moved(exit_effects(both, 2026), "d")["d"] == -240_000
    assert exit_effects(both, 2027).height == 0
    [found] = exit_findings(both, 2026)
    assert found.figures["moved"].value == 240_000
    assert found.figures["increase"].value == pytest.approx(100 * 4 / 6)


def test_equal_keys() -> None:
    found = exit_effects(
        data(
            [*(member(n, JAN, None, "equal") for n in "abc"), member("d", JAN, OUT, "equal")], charged(a=40, b=40, c=40)
        ),
        2026,
    )
    assert moved(found, "d") == {"a": 10, "b": 10, "c": 10, "d": -30}


def test_fixed_shares_are_as_they_were_the_day_before() -> None:
    """25 % each until d leaves, then a third each: the shares of that day sum to one, the new ones would not."""
    rows = [member(n, JAN, OUT, "fixed", fixed_share=0.25) for n in "abcd"]
    rows += [member(n, JUL, None, "fixed", fixed_share=share) for n, share in (("a", 0.5), ("b", 0.3), ("c", 0.2))]
    found = exit_effects(data(rows, charged(a=600, b=360, c=240)), 2026)
    assert moved(found, "d") == {"a": 300, "b": 60, "c": -60, "d": -300}


def test_the_key_is_the_one_of_those_who_stayed() -> None:
    """From the day of the exit they share by another reference date; so would the one that left have done."""
    rows = [member(n, JAN, OUT, reference_date=date(2025, 1, 1)) for n in "abcd"] + [
        member(n, JUL, None) for n in "abc"
    ]
    found = exit_effects(data(rows, charged(a=100_000, b=200_000, c=300_000)), 2026)
    assert moved(found, "d") == {"a": 40_000, "b": 80_000, "c": 120_000, "d": -240_000}


def test_a_new_key_for_a_member_is_no_exit() -> None:
    rows = [member(n, JAN, OUT, reference_date=date(2025, 1, 1)) for n in "abcd"] + [
        member(n, JUL, None) for n in "abcd"
    ]
    assert exits(data(rows, charged(a=1, b=2, c=3, d=4)), 2026).height == 0


def test_one_that_comes_back() -> None:
    """Out from July, in again from October: the charge for the autumn months holds no exit any more."""
    october = date(2026, 10, 1)
    rows = [*(member(n, JAN, None) for n in "abc"), member("d", JAN, OUT), member("d", october, None)]
    costs = charged(end=date(2026, 9, 30), a=100_000, b=200_000, c=300_000) + charged(
        start=october, a=1_000, b=2_000, c=3_000, d=4_000
    )
    assert moved(exit_effects(data(rows, costs), 2026), "d") == {"a": 40_000, "b": 80_000, "c": 120_000, "d": -240_000}


def test_two_that_leave_on_one_day() -> None:
    """Each is looked at with the other gone."""
    found = exit_effects(
        data(
            [*(member(n, JAN, None) for n in "ab"), *(member(n, JAN, OUT) for n in "cd")], charged(a=100_000, b=200_000)
        ),
        2026,
    )
    assert moved(found, "c") == {"a": 50_000, "b": 100_000, "c": -150_000}
    assert moved(found, "d") == {"a": 100_000 - 42_857, "b": 200_000 - 85_714, "d": -171_429}
    assert [
        f.subject
        for f in exit_findings(
            data(
                [*(member(n, JAN, None) for n in "ab"), *(member(n, JAN, OUT) for n in "cd")],
                charged(a=100_000, b=200_000),
            ),
            2026,
        )
    ] == ["c", "d"]


def test_from_two_pools_on_two_days() -> None:
    """Each day its own finding, resting on its own pool."""
    march = date(2026, 3, 31)
    rows = [member(n, JAN, None, pool=p) for n in "abc" for p in ("p", "q")]
    rows += [member("d", JAN, OUT), member("d", JAN, march, pool="q")]
    costs = charged(a=100_000, b=200_000, c=300_000) + charged("q", a=10_000, b=20_000, c=30_000)
    found = exit_findings(data(rows, costs), 2026)
    assert {f.names["left"][1]: f.figures["moved"].value for f in found} == {
        "2026-04-01": 24_000,
        "2026-07-01": 240_000,
    }
    assert [{c.topic for c in f.figures["moved"].citations if c.table == "costs"} for f in found] in (
        [{"q"}, {"p"}],
        [{"p"}, {"q"}],
    )


@pytest.mark.parametrize("last", [date(2025, 12, 31), date(2026, 12, 31), None])
def test_no_exit_within_the_year(last: date | None) -> None:
    """Out with the last day of a year is out for the whole of the next: nothing moved inside the year."""
    rows = [
        *(member(n, JAN, None) for n in "abc"),
        member("d", JAN if last != date(2025, 12, 31) else date(2025, 1, 1), last),
    ]
    assert exit_effects(data(rows, charged(a=1, b=2, c=3)), 2026).height == 0
    assert exit_findings(data(rows, charged(a=1, b=2, c=3)), 2026) == []


def test_a_pool_nobody_is_charged_for() -> None:
    rows = [*(member(n, JAN, None) for n in "abc"), member("d", JAN, OUT)]
    assert exit_effects(data(rows, charged("other", a=1)), 2026).height == 0
    assert exit_findings(data(rows, charged(a=0, b=0, c=0)), 2026) == []
