"""Who pays what: parts sum to the whole, whatever the key, the amount, the order or the members."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.errors import BadInput
from hhanalytics.measures.allocation import Keys, largest_remainder

START, END = date(2025, 1, 1), date(2025, 12, 31)
NAMES = ("ane", "bo", "cato", "dina", "eva", "finn")
#: Beyond what a float can count, and negative, for pools that are paid back.
amounts = st.one_of(st.integers(-(10**6), 10**6), st.integers(-(2**62), 2**62), st.just(2**53 + 1))
weights = st.lists(st.integers(0, 10**7), min_size=1, max_size=6).filter(any)


def frame(**columns: list[Any]) -> pl.DataFrame:
    types = {"reference_date": pl.Date, "valid_to": pl.Date, "fixed_share": pl.Float64}
    return pl.DataFrame(columns).cast({name: types[name] for name in columns if name in types})  # type: ignore[arg-type]


def pools(*rows: tuple[str, date, date, int]) -> pl.DataFrame:
    return pl.DataFrame(
        rows,
        schema={"pool": pl.String, "period_start": pl.Date, "period_end": pl.Date, "amount_nok": pl.Int64},
        orient="row",
    )


Member = tuple[str, date, date | None]


def members(*rows: Member, key: str = "equal", shares: list[float] | None = None, pool: str = "p") -> pl.DataFrame:
    population = key == "population"
    return frame(
        municipality=[row[0] for row in rows],
        pool=[pool] * len(rows),
        valid_from=[row[1] for row in rows],
        valid_to=[row[2] for row in rows],
        key=[key] * len(rows),
        reference_date=[date(2025, 1, 1) if population else None] * len(rows),
        fixed_share=shares or [None] * len(rows),
    )


def people(**persons: int) -> pl.DataFrame:
    names = list(persons) or ["nobody"]
    return pl.DataFrame(
        {"municipality": names, "year": [2025] * len(names), "persons": [persons.get(n, 0) for n in names]}
    )


def paid(found: pl.DataFrame) -> dict[str, int]:
    return dict(found.group_by("municipality").agg(pl.col("amount_nok").sum()).iter_rows())


# Largest remainder


@given(amounts, weights)
def test_parts_are_whole_sum_to_the_whole_and_lie_within_a_krone(amount: int, parts: list[int]) -> None:
    shares = {name: Fraction(weight) for name, weight in zip(NAMES, parts, strict=False)}
    found = largest_remainder(amount, shares)
    total = sum(shares.values())
    assert sum(found.values()) == amount
    assert all(type(part) is int for part in found.values())
    assert all(abs(part - amount * shares[name] / total) < 1 for name, part in found.items())
    assert all(found[name] == 0 for name in found if shares[name] == 0)


@given(st.integers(0, 2**60), weights)
def test_more_weight_never_pays_less(amount: int, parts: list[int]) -> None:
    shares = {name: Fraction(weight) for name, weight in zip(NAMES, parts, strict=False)}
    found = largest_remainder(amount, shares)
    for a in found:
        for b in found:
            if shares[a] > shares[b]:
                assert found[a] >= found[b]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (100, (34, 33, 33)),
        (101, (34, 34, 33)),
        (102, (34, 34, 34)),
        (-100, (-33, -33, -34)),
        (0, (0, 0, 0)),
        (1, (1, 0, 0)),
    ],
)
def test_ties_go_by_name(amount: int, expected: tuple[int, ...]) -> None:
    """By hand: thirds; a krone left over goes to the first in the alphabet, whatever the order given."""
    for order in (("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")):
        found = largest_remainder(amount, {name: Fraction(1) for name in order})
        assert tuple(found[name] for name in "abc") == expected


# Allocation


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=6), st.lists(amounts, min_size=1, max_size=3), st.randoms())
def test_sum_and_order_by_population(persons: list[int], given_amounts: list[int], random: Random) -> None:
    """The rows of all three frames may come in any order; age bands are added together."""
    names = NAMES[: len(persons)]
    by_name = dict(zip(names, persons, strict=True))
    bands = [(n, 2025, p // 3) for n, p in by_name.items()] + [(n, 2025, p - p // 3) for n, p in by_name.items()]
    bands += [(n, 2024, 999) for n in names]
    belong = members(*((n, START, None) for n in names), key="population")
    costs = pools(*(("p", START + timedelta(days=i), END, amount) for i, amount in enumerate(given_amounts)))

    def shuffled(table: pl.DataFrame) -> pl.DataFrame:
        order = list(range(table.height))
        random.shuffle(order)
        return table[order]

    population = pl.DataFrame(bands, schema=["municipality", "year", "persons"], orient="row")
    found = hh.allocate(costs, belong, population)
    again = hh.allocate(shuffled(costs), shuffled(belong), shuffled(population))
    key = ["period_start", "municipality"]
    assert found.sort(key).equals(again.sort(key))
    assert found["amount_nok"].dtype == pl.Int64
    sums = found.group_by("period_start").agg(pl.col("amount_nok").sum()).sort("period_start")
    assert sums["amount_nok"].to_list() == given_amounts
    for row in found.iter_rows(named=True):
        exact = given_amounts[(row["period_start"] - START).days] * Fraction(by_name[row["municipality"]], sum(persons))
        assert abs(row["amount_nok"] - exact) < 1
        assert row["share"] == pytest.approx(by_name[row["municipality"]] / sum(persons))


@given(
    amounts,
    st.lists(st.tuples(st.integers(0, 364), st.integers(0, 364)), min_size=1, max_size=4),
    st.sampled_from(["equal", "population"]),
)
def test_sum_with_any_entries_and_exits(amount: int, spans: list[tuple[int, int]], key: str) -> None:
    """One is a member all year; the others come and go on any days."""
    rows: list[Member] = [("always", START, None)]
    for name, (a, b) in zip(NAMES, spans, strict=False):
        rows.append((name, START + timedelta(days=min(a, b)), START + timedelta(days=max(a, b))))
    everyone = people(always=7, **{row[0]: 3 for row in rows[1:]})
    found = hh.allocate(pools(("p", START, END, amount)), members(*rows, key=key), everyone)
    assert found["amount_nok"].sum() == amount
    assert found["share"].sum() == pytest.approx(1)
    weight = 7 if key == "population" else 1
    other = 3 if key == "population" else 1
    exact = Fraction(0)
    for day in range(365):
        now = START + timedelta(days=day)
        beside = sum(row[1] <= now <= (row[2] or END) for row in rows[1:])
        exact += Fraction(weight, weight + other * beside) / 365
    by_name = dict(zip(found["municipality"], found["share"], strict=True))
    assert by_name["always"] == pytest.approx(float(exact))
    # One krone for the days, and one for each change of members.
    cuts = 2 * len(spans) + 1
    assert abs(paid(found)["always"] - amount * exact) <= cuts + 1


def test_exit_in_the_middle_by_hand() -> None:
    """365 kr: 100 days shared by two, 265 days by the one who stays."""
    last = START + timedelta(days=99)
    found = hh.allocate(pools(("p", START, END, 365)), members(("ane", START, None), ("bo", START, last)), people())
    assert paid(found) == {"ane": 50 + 265, "bo": 50}
    assert dict(zip(found["municipality"], found["share"], strict=True)) == pytest.approx(
        {"ane": 315 / 365, "bo": 50 / 365}
    )


def test_entry_on_the_last_day_and_forever() -> None:
    """The last day is inside; 9999-12-31, as some registers write "no end", is no end."""
    forever = date(9999, 12, 31)
    found = hh.allocate(pools(("p", START, END, 730)), members(("ane", START, forever), ("bo", END, None)), people())
    assert paid(found) == {"ane": 729, "bo": 1}


def test_change_of_key_inside_the_period() -> None:
    """Half a year equal, then by population: 184 days and 181 days of 365."""
    equal = members(("ane", START, date(2025, 6, 30)), ("bo", START, date(2025, 6, 30)))
    later = members(("ane", date(2025, 7, 1), None), ("bo", date(2025, 7, 1), None), key="population")
    found = hh.allocate(pools(("p", START, END, 36_500)), pl.concat([equal, later]), people(ane=3, bo=1))
    assert paid(found) == {"ane": 18_100 // 2 + 18_400 * 3 // 4, "bo": 18_100 // 2 + 18_400 // 4}


def test_fixed_shares() -> None:
    belong = members(("ane", START, None), ("bo", START, None), key="fixed", shares=[0.2, 0.8])
    assert paid(hh.allocate(pools(("p", START, END, 99)), belong, people())) == {"ane": 20, "bo": 79}
    thirds = members(*((n, START, None) for n in NAMES[:3]), key="fixed", shares=[0.3333333] * 3)
    assert paid(hh.allocate(pools(("p", START, END, 100)), thirds, people())) == {"ane": 34, "bo": 33, "cato": 33}


@given(amounts, st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_any_fixed_shares_that_sum_to_one(amount: int, thousandths: list[int]) -> None:
    """Written with three decimals, as in a table; the last member takes what is left."""
    while sum(thousandths) >= 1000:
        thousandths = thousandths[:-1]
    parts = [*thousandths, 1000 - sum(thousandths)]
    names = NAMES[: len(parts)]
    belong = members(*((n, START, None) for n in names), key="fixed", shares=[p / 1000 for p in parts])
    found = paid(hh.allocate(pools(("p", START, END, amount)), belong, people()))
    assert sum(found.values()) == amount
    assert all(abs(found[n] - Fraction(amount * p, 1000)) < 1 for n, p in zip(names, parts, strict=True))


def test_beyond_floats() -> None:
    amount = 2**53 + 1
    found = hh.allocate(pools(("p", START, END, amount)), members(("ane", START, None)), people())
    assert paid(found) == {"ane": amount}


def test_nothing_to_share_gives_nothing_of_the_right_kind() -> None:
    found = hh.allocate(pools(), members(("ane", START, None)), people())
    assert found.height == 0
    assert found.schema["amount_nok"] == pl.Int64
    assert found.schema["period_end"] == pl.Date


def test_everything_wrong_is_listed_at_once() -> None:
    """One error names every pool and what to mend; nothing is shared meanwhile."""
    belong = pl.concat(
        [
            members(("ane", START, None), key="population", pool="no_people"),
            members(("ane", START, None), ("bo", START, None), key="fixed", shares=[0.5, 0.4], pool="shares"),
            members(("ane", START, None), ("ane", date(2025, 3, 1), None), pool="twice"),
            pl.concat(
                [
                    members(("ane", START, None), pool="mixed"),
                    members(("bo", START, None), key="population", pool="mixed"),
                ]
            ),
            members(("ane", date(2025, 2, 1), None), pool="gap"),
            members(("bo", START, None), key="population", pool="empty_town"),
            members(("ane", START, None), key="population", pool="midyear").with_columns(
                reference_date=date(2025, 7, 1)
            ),
        ]
    )
    costs = pools(
        *(
            (name, START, END, 100)
            for name in ("no_people", "shares", "twice", "mixed", "gap", "empty_town", "midyear", "nowhere")
        ),
        ("backwards", END, START, 100),
    )
    with pytest.raises(BadInput) as error:
        hh.allocate(costs, belong, people(bo=0))
    text = str(error.value)
    for name in (*costs["pool"], "0.9", "2025-07-01", "1 January"):
        assert name in text
    assert text.count("'nowhere'") == 1
    assert error.value.id == "cannot_allocate"


@given(st.integers(1, 400), st.integers(0, 400))
def test_segments_cover_the_period_once(first: int, length: int) -> None:
    rows: list[Member] = [
        ("ane", START, None),
        ("bo", START + timedelta(days=first), START + timedelta(days=first + length)),
    ]
    keys = Keys(members(*rows).iter_rows(named=True), [])
    pieces = keys.segments("p", START, END)
    days = [a + timedelta(days=i) for a, b in pieces for i in range((b - a).days + 1)]
    assert days == [START + timedelta(days=i) for i in range(365)]
    for a, b in pieces:
        assert {m["municipality"] for m in keys.on("p", a)} == {m["municipality"] for m in keys.on("p", b)}
