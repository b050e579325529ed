"""One wrong charge among right ones is found, no right one is named, and it is put right only as declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.charges import charges_off_key
from hhanalytics.decisions.corrections import corrections
from hhanalytics.decisions.key_findings import key_findings
from hhanalytics.decisions.pool_amount import pool_amount
from hhanalytics.errors import BadInput
from hhanalytics.measures.allocation import largest_remainder
from hhanalytics.tables import TABLES

START, END = date(2026, 1, 1), date(2026, 12, 31)
ROW = {"source": "synthetic", "locator": "row", "grade": "documented", "note": None}


def table(name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    schema = {column: kind.dtype for column, kind in TABLES[name].columns().items()}
    return pl.DataFrame([{**dict.fromkeys(schema), **ROW, **row} for row in rows], schema=schema)


def collaboration(persons: Sequence[int], charges: Sequence[int], key: str = "population") -> Dataset:
    """One pool of 2026, its members named m0, m1 …"""
    names = [f"m{i}" for i in range(len(persons))]
    reference = START if key == "population" else None
    filled = {
        "population": table("population", [{"municipality": n, "year": 2026, "age_band": "0+", "persons": p} for n, p in zip(names, persons, strict=True)]),
        "memberships": table("memberships", [{"municipality": n, "pool": "p", "valid_from": START, "key": key, "reference_date": reference} for n in names]),
        "costs": table("costs", [{"municipality": n, "pool": "p", "period_start": START, "period_end": END, "amount_nok": c} for n, c in zip(names, charges, strict=True)]),
    }  # fmt: skip
    return Dataset({name: filled.get(name, table(name, [])) for name in TABLES})


def rounded(amount: int, persons: Sequence[int], how: str) -> list[int]:
    """Charges as an accountant makes them: each rounded by itself, or the whole by largest remainder."""
    total = sum(persons)
    if how == "each":
        return [int(Fraction(amount * p, total) + Fraction(1, 2)) for p in persons]
    parts = largest_remainder(amount, {f"m{i}": Fraction(p) for i, p in enumerate(persons)})
    return [parts[f"m{i}"] for i in range(len(persons))]


towns = st.lists(st.integers(200, 30_000), min_size=4, max_size=9)
how = st.sampled_from(["each", "whole"])
amounts = st.integers(1_000, 50_000_000)


@given(towns, amounts, how)
def test_without_a_mistake_there_is_silence(persons: list[int], amount: int, rounding: str) -> None:
    assert charges_off_key(collaboration(persons, rounded(amount, persons, rounding))) == []


@given(towns, amounts, how, st.integers(0, 8), st.integers(-(10**6), 10**6))
def test_a_planted_mistake_is_found_and_nobody_else_is_named(
    persons: list[int], amount: int, rounding: str, which: int, mistake: int
) -> None:
    """Any size of mistake: the innocent are never named. A large one is always found, with the right amount."""
    which %= len(persons)
    charges = rounded(amount, persons, rounding)
    right = charges[which]
    charges[which] += mistake
    found = charges_off_key(collaboration(persons, charges))
    assert {f.subject for f in found} <= {f"m{which}"}
    # What a krone's rounding can hide: two kroner at the smallest town's share, seen from this one's.
    hidden = 4 * persons[which] / min(persons) + 4
    if abs(mistake) > hidden:
        [finding] = found
        assert finding.figures["charged"].value == right + mistake
        # The others tell the amount, each within a krone.
        others = sum(persons) - persons[which]
        within = 1 + (len(persons) - 1) * persons[which] / others
        assert abs(finding.figures["by_key"].value - right) <= within
        assert abs(finding.figures["difference"].value - mistake) <= within


@given(
    st.lists(st.integers(200, 30_000), min_size=5, max_size=9),
    amounts,
    st.integers(10**4, 10**6),
    st.integers(10**4, 10**6),
)
def test_two_mistakes_among_five_or_more(persons: list[int], amount: int, first: int, second: int) -> None:
    charges = rounded(amount, persons, "each")
    # Two mistakes that fit one key between them could be right, and the others wrong.
    assume(abs(Fraction(first, persons[0]) - Fraction(second, persons[1])) * sum(persons) > 10**4)
    assume(len(persons) > 5 or min(first, second) > 8 * max(persons) / min(persons))
    charges[0] += first
    charges[1] += second
    assert {f.subject for f in charges_off_key(collaboration(persons, charges))} == {"m0", "m1"}


@given(towns, st.lists(st.integers(0, 10**7), min_size=4, max_size=9))
def test_charges_without_any_key_name_nobody(persons: list[int], charges: list[int]) -> None:
    """Where most charges do not agree on an amount, none can be told from the others."""
    size = min(len(persons), len(charges))
    persons, charges = persons[:size], charges[:size]
    shares = {f"m{i}": Fraction(p, sum(persons)) for i, p in enumerate(persons)}
    given_ = {f"m{i}": c for i, c in enumerate(charges)}
    amount, off = pool_amount(given_, shares)
    assert len(off) * 2 < size
    agreeing = [n for n in given_ if abs(given_[n] - amount * shares[n]) <= 2]
    assert not off or len(agreeing) * 2 > size


@pytest.mark.parametrize("mistake", [0, 15_000])
def test_with_fewer_than_four_members_nobody_is_judged(mistake: int) -> None:
    persons = [1000, 2000, 3000]
    charges = [100_000 + mistake, 200_000, 300_000]
    assert charges_off_key(collaboration(persons, charges)) == []
    four = collaboration([*persons, 4000], [*charges, 400_000])
    assert [f.subject for f in charges_off_key(four)] == (["m0"] if mistake else [])


def test_equal_keys_and_towns_without_people() -> None:
    equal = collaboration([1, 2, 3, 4], [500, 500, 500, 900], "equal")
    assert [(f.subject, f.figures["by_key"].value) for f in charges_off_key(equal)] == [("m3", 500)]
    empty = collaboration([0, 1000, 1000, 1000], [700, 1000, 1000, 1000])
    assert [(f.subject, f.figures["by_key"].value) for f in charges_off_key(empty)] == [("m0", 0)]
    assert charges_off_key(collaboration([0, 1000, 1000, 1000], [0, 1000, 1000, 1000])) == []


@pytest.mark.parametrize("how_broken", ["outsider", "not all", "change inside"])
def test_a_charge_is_named_whoever_the_members_are_said_to_be(how_broken: str) -> None:
    """The key is found among those who were charged, and that the memberships say otherwise is said too."""
    data = collaboration([1000] * 5, [100_000] * 4 + [150_000])
    if how_broken == "outsider":
        data = data.replace(memberships=data.memberships.filter(pl.col("municipality") != "m1"))
    elif how_broken == "not all":
        data = data.replace(costs=data.costs.filter(pl.col("municipality") != "m1"))
    else:
        left = pl.when(pl.col("municipality") == "m1").then(pl.lit(date(2026, 6, 30))).otherwise("valid_to")
        data = data.replace(memberships=data.memberships.with_columns(valid_to=left))
    assert [(f.subject, f.figures["by_key"].value) for f in charges_off_key(data)] == [("m4", 100_000)]
    said = [(f.kind, f.subject) for f in key_findings(data) if f.severity == "clarify"]
    assert said == ([("member_not_charged", "m1")] if how_broken == "not all" else [("key_members", "p")])


@pytest.mark.parametrize("persons", [None, 0])
def test_without_population_nobody_is_named(persons: int | None) -> None:
    data = collaboration([1000] * 5, [100_000] * 4 + [150_000])
    people = data.population.clear() if persons is None else data.population.with_columns(persons=pl.lit(0, pl.Int64))
    data = data.replace(population=people)
    assert charges_off_key(data) == []
    assert [f.kind for f in key_findings(data)] == ["key_unusable"]


# Corrections


def test_a_correction_is_a_value_with_reason_and_source() -> None:
    printed = collaboration([1000, 2000, 3000, 4000], [100_000, 200_010, 300_000, 400_000])
    [correction] = corrections(hh.reconcile(printed))
    assert (correction.municipality, correction.printed, correction.used) == ("m1", 200_010, 200_000)
    assert "population/2026-01-01" in correction.reason
    assert {c.table for c in correction.sources} == {"costs", "population"}
    right = hh.corrected(printed, [correction])
    assert right.costs["amount_nok"].to_list() == [100_000, 200_000, 300_000, 400_000]
    assert right.costs["note"][1] == correction.note
    assert "As printed: 200010." in correction.note
    assert "Source: synthetic: row." in correction.note
    with pytest.raises(BadInput):
        hh.corrected(right, [correction])


def test_corrected_puts_to_the_key_what_was_found() -> None:
    printed = collaboration([1000, 2000, 3000, 4000], [100_000, 215_000, 300_000, 400_000])
    right = hh.corrected(printed, hh.reconcile(printed))
    assert right.costs["amount_nok"].to_list() == [100_000, 200_000, 300_000, 400_000]
    assert right.costs["grade"].to_list() == ["documented", "derived", "documented", "documented"]
    assert "215000" in right.costs["note"][1]
    assert printed.costs["amount_nok"].to_list() == [100_000, 215_000, 300_000, 400_000]
    assert charges_off_key(right) == []


def test_a_stale_finding_is_refused_and_nothing_is_changed() -> None:
    printed = collaboration([1000, 2000, 3000, 4000], [100_000, 215_000, 300_000, 400_000])
    findings = hh.reconcile(printed)
    right = hh.corrected(printed, findings)
    moved = printed.replace(costs=printed.costs.with_columns(amount_nok=pl.col("amount_nok") + 1))
    gone = printed.replace(costs=printed.costs.filter(pl.col("municipality") != "m1"))
    other_end = printed.replace(costs=printed.costs.with_columns(period_end=pl.lit(date(2026, 6, 30))))
    for data, found in ((right, "200000"), (moved, "215001"), (gone, "no row"), (other_end, "no row")):
        with pytest.raises(BadInput) as error:
            hh.corrected(data, findings)
        assert error.value.id == "stale_correction"
        assert "m1 in p from 2026-01-01" in str(error.value)
        assert found in str(error.value)


def test_another_charge_from_the_same_day_is_left_alone() -> None:
    """Half a year and a whole year may begin on one day; only the period that was found is put right."""
    printed = collaboration([1000, 2000, 3000, 4000], [100_000, 215_000, 300_000, 400_000])
    half = [{"municipality": f"m{i}", "pool": "p", "period_start": START, "period_end": date(2026, 6, 30), "amount_nok": 10 * (i + 1)} for i in range(4)]  # fmt: skip
    both = printed.replace(costs=pl.concat([printed.costs, table("costs", half)]))
    right = hh.corrected(both, hh.reconcile(both))
    assert right.costs["amount_nok"].to_list() == [100_000, 200_000, 300_000, 400_000, 10, 20, 30, 40]


def test_without_findings_nothing_changes() -> None:
    printed = collaboration([1000] * 4, [5000] * 4)
    assert hh.corrected(printed, []).costs.equals(printed.costs)
