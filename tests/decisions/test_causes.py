"""Ordinary explanations of a charge off its key, each planted by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hhanalytics.decisions.causes import dropped, transposed
from hhanalytics.decisions.charges import charges_off_key

START, END = date(2026, 1, 1), date(2026, 12, 31)
#: By population of 2026: 16 %, 20 %, 30 % and 34 %; e lives outside the pool.
PERSONS = {
    2025: {"a": 1300, "b": 2000, "c": 3000, "d": 3700, "e": 2500},
    2026: {"a": 1600, "b": 2000, "c": 3000, "d": 3400, "e": 2500},
}
RIGHT = {"a": 162_352, "b": 202_940, "c": 304_410, "d": 344_998}  # of 1 014 700
OTHER = {"a": 4_711, "b": 5_889, "c": 8_833, "d": 10_011}  # of 29 444
P, Q = ("p", START, END), ("q", START, END)


def why(build, wrong: dict[str, int], *, members: Any = "abcd", persons: Any = PERSONS) -> dict[str, list[str]]:
    data = build(
        persons, {"p": list(members), "q": list("abcd"), "r": list("abcde")}, {P: {**RIGHT, **wrong}, Q: OTHER}
    )
    return {f.subject: [each.kind.removeprefix("cause_") for each in f.details] for f in charges_off_key(data)}


@pytest.mark.parametrize(
    ("charged", "kinds"),
    [
        (-202_940, ["sign"]),
        (405_880, ["doubled"]),
        (405_881, ["doubled"]),
        (101_470, ["halved"]),
        (2_029_400, ["ten_times", "added_digit"]),
        (20_294, ["a_tenth", "dropped_digit"]),
        (220_940, ["transposed"]),
        (22_940, ["dropped_digit"]),
        (2_025_940, ["added_digit"]),
        (202_940 + 50_735, ["equal_parts"]),
        (5_889, ["other_amount", "other_charge"]),
        # Without a: 2 000 of 8 400. With e: 2 000 of 12 500, which is also what a pays.
        (241_595, ["other_members"]),
        (162_352, ["other_members", "other_charge"]),
        (202_940 + 777, ["none"]),
    ],
)  # fmt: skip
def test_each_explanation_of_a_wrong_charge(build, charged: int, kinds: list[str]) -> None:
    found = why(build, {"b": charged})
    assert list(found) == ["b"]
    assert found["b"] == kinds


def test_another_year_of_population(build) -> None:
    """By 2025, a has 13 %: 131 911."""
    assert why(build, {"a": 131_911})["a"] == ["other_year"]


def test_another_period_of_the_pool(build) -> None:
    """d left at the new year: without it, b has 2 000 of 6 600, 307 485."""
    members = [*"abc", {"municipality": "d", "valid_to": END}]
    found = why(build, {"b": 307_485}, members=members)
    assert found["b"] == ["other_period"]


def test_swapped_between_two_pools(build) -> None:
    data = build(
        PERSONS, {"p": list("abcd"), "q": list("abcd")}, {P: {**RIGHT, "b": OTHER["b"]}, Q: {**OTHER, "b": RIGHT["b"]}}
    )
    found = charges_off_key(data)
    assert [(f.subject, f.names["pool"][1], f.details[0].kind) for f in found] == [
        ("b", "p", "cause_swapped"),
        ("b", "q", "cause_swapped"),
    ]
    assert found[0].details[0].names["other_pool"] == ("pools", "q")


def test_no_explanation_is_said_to_be_none(build) -> None:
    data = build(PERSONS, {"p": list("abcd")}, {P: {**RIGHT, "c": 304_410 + 4_321}})
    [found] = charges_off_key(data)
    assert [each.kind for each in found.details] == ["cause_none"]


def test_a_population_of_zero_is_said(build) -> None:
    """Its key gives nothing: the question is the population on file, not the charge."""
    data = build({2026: {**PERSONS[2026], "c": 0}}, {"p": list("abcd")}, {P: RIGHT})
    found = {f.subject: [each.kind for each in f.details] for f in charges_off_key(data)}
    assert found["c"] == ["cause_zero_population"]


def test_digits() -> None:
    assert transposed("98049") == {"89049", "90849", "98409", "98094"}
    assert transposed("10") == set()
    assert dropped("98049") == {"8049", "9049", "9849", "9809", "9804"}
    assert dropped("7") == set()


def test_nothing_given_is_further_from_the_charge_than_a_krone(dataset) -> None:
    for finding in charges_off_key(dataset):
        for each in finding.details:
            assert abs(each.figures["gives"].value - finding.figures["charged"].value) <= 1
