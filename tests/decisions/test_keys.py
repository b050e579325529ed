"""The key that charges follow is found from the charges, and what cannot be found is said."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.charges import charges_off_key
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.key_findings import key_findings
from hhanalytics.decisions.keys import posts

START, MIDDLE, END = date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31)
JUNE = date(2026, 6, 30)
PERSONS = {
    2024: {"a": 1000, "b": 2000, "c": 3000, "d": 4000},
    2025: {"a": 1300, "b": 2000, "c": 3000, "d": 3700},
    2026: {"a": 1600, "b": 2000, "c": 3000, "d": 3400},
}
NAMES = list("abcd")
YEAR = ("p", START, END)


def only(data: Dataset, kind: str) -> Finding:
    [found] = [f for f in key_findings(data) if f.kind == kind]
    return found


def clear(data: Dataset) -> list[str]:
    return [f.kind for f in key_findings(data) if f.severity == "clarify"]


def by(year: int, amount: int = 1_000_000, names: str = "abcd") -> dict[str, int]:
    total = sum(PERSONS[year][n] for n in names)
    return {n: round(amount * PERSONS[year][n] / total) for n in names}


def test_the_declared_key_is_said_with_its_fit(build) -> None:
    """All agree; the fit is the largest rounding: 1 000 001 x 0.16 and so on, by hand."""
    data = build(PERSONS, {"p": NAMES}, {YEAR: by(2026, 1_000_001)})
    assert clear(data) == []
    found = only(data, "key_found")
    assert found.names["key"] == ("keys", "population/2026-01-01")
    # 160 000.16, 200 000.2, 300 000.3 and 340 000.34 become whole, and the amount 1 000 000.
    assert found.figures["deviation"].value == 0
    [post] = posts(build(PERSONS, {"p": NAMES}, {YEAR: {"a": 160_000, "b": 200_000, "c": 300_001, "d": 340_000}}))
    assert post.key is not None
    assert (post.amount, round(post.deviation, 2)) == (1_000_001, 0.7)


@pytest.mark.parametrize("year", [2024, 2025])
def test_another_year_than_declared(build, year: int) -> None:
    data = build(PERSONS, {"p": NAMES}, {YEAR: by(year)})
    found = only(data, "key_differs")
    assert clear(data) == ["key_differs"]
    assert found.names["key"] == ("keys", f"population/{year}-01-01")
    assert found.names["declared"] == ("keys", "population/2026-01-01")
    assert charges_off_key(data) == []


def test_one_wrong_charge_does_not_hide_another_year(build) -> None:
    data = build(PERSONS, {"p": NAMES}, {YEAR: {**by(2024), "c": 123_456}})
    assert clear(data) == ["key_differs"]
    [off] = charges_off_key(data)
    assert (off.subject, off.figures["by_key"].value) == ("c", 300_000)
    assert off.names["key"] == ("keys", "population/2024-01-01")


def test_equal_parts_where_population_is_declared_and_the_other_way_round(build) -> None:
    equal = build(PERSONS, {"p": NAMES}, {YEAR: dict.fromkeys(NAMES, 250_000)})
    assert only(equal, "key_differs").names["key"] == ("keys", "equal")
    people = build(PERSONS, {"p": NAMES}, {YEAR: by(2025)}, key="equal")
    assert only(people, "key_differs").names["key"] == ("keys", "population/2025-01-01")


def test_fixed_shares_count_only_where_they_are_declared(build) -> None:
    charges = {YEAR: {"a": 500_000, "b": 300_000, "c": 150_000, "d": 50_000}}
    undeclared = build(PERSONS, {"p": NAMES}, charges)
    assert clear(undeclared) == ["key_several_off"]
    shares = {"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05}
    fixed = [{"municipality": n, "key": "fixed", "reference_date": None, "fixed_share": s} for n, s in shares.items()]
    data = build(PERSONS, {"p": fixed}, charges)
    assert clear(data) == []
    assert only(data, "key_found").names["key"] == ("keys", "fixed")
    wrong = build(PERSONS, {"p": fixed}, {YEAR: {**charges[YEAR], "b": 400_000}})
    assert [(f.subject, f.figures["by_key"].value) for f in charges_off_key(wrong)] == [("b", 300_000)]


def test_small_amounts_that_many_years_explain_are_not_doubted(build) -> None:
    """By a thousandth, 2025 and 2026 give the same kroner: the declared one is taken."""
    near = {**PERSONS, 2025: {"a": 1601, "b": 2000, "c": 3000, "d": 3399}}
    data = build(near, {"p": NAMES}, {YEAR: by(2026, 1000)})
    assert clear(data) == []
    [post] = posts(data)
    assert post.others >= 1


def test_an_exit_inside_a_period_weighs_days(build) -> None:
    """181 days shared by four, 184 by three; each by hand."""
    half = [*"abc", {"municipality": "d", "valid_to": JUNE}]
    first, second = 1_000_000 * 181 / 365, 1_000_000 * 184 / 365
    weights = PERSONS[2026]
    right = {n: round(first * weights[n] / 10_000 + (second * weights[n] / 6_600 if n != "d" else 0)) for n in NAMES}
    assert clear(build(PERSONS, {"p": half}, {YEAR: right})) == []
    [off] = charges_off_key(build(PERSONS, {"p": half}, {YEAR: {**right, "d": 340_000}}))
    assert (off.subject, off.figures["by_key"].value) == ("d", right["d"])
    assert "cause_other_period" in [why.kind for why in off.details]


def test_a_member_said_to_be_out_who_paid_as_if_it_stayed(build) -> None:
    half = [*"abc", {"municipality": "d", "valid_to": JUNE}]
    data = build(PERSONS, {"p": half}, {YEAR: by(2026)})
    found = only(data, "key_members")
    assert (clear(data), found.lists["members"]) == (["key_members"], ("municipalities", ("a", "b", "c", "d")))


def test_a_member_that_was_not_charged(build) -> None:
    """600 000 among a, b and c is 1 000 000 x 6 600 / 10 000 shared by four: d would pay 340 000 beside 660 000."""
    data = build(PERSONS, {"p": NAMES}, {YEAR: by(2026, 660_000, "abc")})
    found = only(data, "member_not_charged")
    assert (found.subject, found.figures["by_key"].value) == ("d", 340_000)


def test_charges_without_memberships_still_follow_a_key(build) -> None:
    data = build(PERSONS, {"p": []}, {YEAR: by(2025)})
    assert clear(data) == ["key_unusable"]
    odd = [{"municipality": "a", "reference_date": date(2026, 5, 1)}, *"bcd"]
    found = only(build(PERSONS, {"p": odd}, {YEAR: by(2025)}), "key_undeclared")
    assert found.names["key"] == ("keys", "population/2025-01-01")


@pytest.mark.parametrize("charges", [{"a": 100, "b": 900}, {"a": 100, "b": 900, "c": 5}])
def test_too_few_payers_to_name_one(build, charges: dict[str, int]) -> None:
    data = build(PERSONS, {"p": list(charges)}, {YEAR: {n: c * 1000 for n, c in charges.items()}})
    assert (clear(data), charges_off_key(data)) == (["key_few"], [])
    assert only(data, "key_few").figures["payers"].value == len(charges)


def test_more_than_one_wrong_among_four(build) -> None:
    data = build(PERSONS, {"p": NAMES}, {YEAR: {**by(2026), "a": 5_000, "b": 77_777}})
    assert (clear(data), charges_off_key(data)) == (["key_several_off"], [])


def test_two_in_each_others_place_are_named_even_among_four(build) -> None:
    right = by(2026)
    data = build(PERSONS, {"p": NAMES}, {YEAR: {**right, "a": right["d"], "d": right["a"]}})
    found = charges_off_key(data)
    assert [(f.subject, f.figures["by_key"].value) for f in found] == [("a", 160_000), ("d", 340_000)]
    assert {f.details[0].kind for f in found} == {"cause_swapped"}
    assert hh.corrected(data, found).costs.sort("municipality")["amount_nok"].to_list() == list(right.values())


def test_one_payer_is_not_judged_and_that_is_said_once(build) -> None:
    data = build(PERSONS, {"p": ["a"], "q": ["b"]}, {YEAR: {"a": 100}, ("q", START, END): {"b": 200}})
    [found] = key_findings(data)
    assert (found.kind, found.lists["pools"]) == ("keys_not_judged", ("pools", ("p", "q")))
    assert found.figures["charged"].value == 300


def test_a_town_where_nobody_lives_pays_nothing(build) -> None:
    empty = {2026: {"a": 0, "b": 2000, "c": 3000, "d": 5000}}
    right = {"a": 0, "b": 200_000, "c": 300_000, "d": 500_000}
    assert clear(build(empty, {"p": NAMES}, {YEAR: right})) == []
    [off] = charges_off_key(build(empty, {"p": NAMES}, {YEAR: {**right, "a": 700}}))
    assert (off.subject, off.figures["by_key"].value) == ("a", 0)


def test_nobody_lives_anywhere(build) -> None:
    nobody = {2026: dict.fromkeys(NAMES, 0)}
    data = build(nobody, {"p": NAMES}, {YEAR: by(2026)})
    assert (clear(data), charges_off_key(data)) == (["key_unusable"], [])


def test_money_back_follows_the_key_too(build) -> None:
    back = {n: -amount for n, amount in by(2026).items()}
    data = build(PERSONS, {"p": NAMES}, {YEAR: back})
    assert clear(data) == []
    said = [f.kind for f in hh.reconcile(data) if f.severity == "clarify"]
    assert said == ["charge_negative"] * 4
    one = build(PERSONS, {"p": NAMES}, {YEAR: {**by(2026), "b": -200_000}})
    assert [f.kind for f in hh.reconcile(one) if f.severity == "clarify"] == ["charge_off_key"]


def test_a_half_year_that_is_missing(build) -> None:
    """Charges of one half only: the half that is there is judged, and nothing is made up for the other."""
    data = build(PERSONS, {"p": NAMES}, {("p", START, JUNE): by(2026)})
    assert clear(data) == []
    some = build(PERSONS, {"p": NAMES}, {("p", START, JUNE): by(2026), ("p", MIDDLE, END): by(2026, 660_000, "abc")})
    assert [(f.kind, f.subject, f.names["period"][1]) for f in key_findings(some) if f.severity == "clarify"] == [
        ("member_not_charged", "d", "2026-07-01/2026-12-31")
    ]


def test_every_key_found_is_said_in_words_and_cited(build) -> None:
    for found in key_findings(build(PERSONS, {"p": NAMES}, {YEAR: by(2024)})):
        assert found.citations
        assert {figure.grade for figure in found.figures.values()} == {"derived"}


def test_2025(dataset: Dataset) -> None:
    """Every pool of the report by the population of 1 January 2025, before and after the exit, within a krone."""
    found = {f.subject: f for f in key_findings(dataset) if f.kind == "key_found"}
    by_population = {"hallinghelse", "mft", "mft_psykisk_helse"}
    assert {p for p, f in found.items() if f.names["key"][1] == "population/2025-01-01"} == by_population
    assert {p: [d.figures["off"].value for d in f.details] for p, f in found.items() if f.details} == {"mft": [1]}
    assert found["bti"].names["key"][1] == "fixed"
    assert all(f.figures["deviation"].value < 1 for f in found.values())
    assert all(p.others == 0 for p in posts(dataset) if p.pool in by_population)
    # Without the declared memberships of one municipality the key is found all the same.
    less = dataset.replace(memberships=dataset.memberships.filter(pl.col("municipality") != "hol"))
    again = [p for p in posts(less) if p.pool in by_population]
    assert {p.key.id for p in again if p.key} == {"population/2025-01-01"}
    assert [p.off for p in again if p.off] == [("gol",)]
