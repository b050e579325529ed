"""Budgets that bundle layers are taken apart: the 2025 budgets by hand, made-up ones, and those that cannot be."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.budget_readings import budget_readings, part_of
from hhanalytics.decisions.budgets import budget_layers, persons_by_year, printed_budgets
from hhanalytics.decisions.layers import decompose

#: SSB, table 07459, 1 January 2024.
PERSONS_2024 = {"flaa": 1115, "gol": 4986, "hemsedal": 2666, "aal": 5007, "hol": 4496, "nesbyen": 3301}
#: Annual report 2025, lines 89-90, 109-110, 120-121, 132-133, 143-144.
WITH = {"flaa": 596_485, "gol": 1_904_897, "hemsedal": 971_375, "aal": 2_083_420, "hol": 1_888_193}
WITHOUT = {"flaa": 657_003, "gol": 2_175_519, "hemsedal": 1_116_076, "aal": 2_355_182, "hol": 2_132_220}
#: Line 44.
STATED = 6_480_000


def shared(amount: int, members: list[str], persons: dict[str, int] | None) -> dict[str, Fraction]:
    weights = {m: Fraction(persons[m] if persons else 1) for m in members}
    return {m: amount * weight / sum(weights.values()) for m, weight in weights.items()}


def summed(*layers: dict[str, Fraction]) -> dict[str, int]:
    names = {name for layer in layers for name in layer}
    return {n: int(sum(layer.get(n, Fraction(0)) for layer in layers) + Fraction(1, 2)) for n in sorted(names)}


# 2025


def test_the_2025_budgets_by_hand(dataset: Dataset) -> None:
    """Three round amounts give all ten printed numbers within half a krone."""
    five = list(WITH)
    rest = [shared(1_274_000, ["flaa", "gol", "aal", "hol"], PERSONS_2024), shared(682_000, ["flaa", "hemsedal", "aal", "hol"], None)]  # fmt: skip
    for printed, members in ((WITH, [*five, "nesbyen"]), (WITHOUT, five)):
        for name in five:
            exact = sum(layer.get(name, Fraction(0)) for layer in (shared(STATED, members, PERSONS_2024), *rest))
            assert abs(exact - printed[name]) < Fraction(1, 2)
    # The sum of those without Nesbyen is the sum of the three, and what Nesbyen would have paid is missing in the other.
    assert sum(WITHOUT.values()) == STATED + 1_274_000 + 682_000
    missing = shared(STATED, [*five, "nesbyen"], PERSONS_2024)["nesbyen"]
    assert abs(sum(WITHOUT.values()) - sum(WITH.values()) - missing) < 3
    [found] = budget_readings(printed_budgets(dataset.budgets), persons_by_year(dataset), ["nesbyen"])
    assert [(layer.by, layer.amount) for layer in found.layers] == [(2024, STATED), (2024, 1_274_000), (0, 682_000)]
    assert found.deviation < 0.5


def test_the_2025_budgets_are_found(dataset: Dataset) -> None:
    """Also without knowing the stated budget: only then is the first amount nobody's total."""
    for stated in ([STATED], []):
        [reading] = budget_readings({"with": WITH, "without": WITHOUT}, persons_by_year(dataset), ["nesbyen"], stated)
        first, second, third = reading.layers
        assert first.members == {"with": tuple(sorted(PERSONS_2024)), "without": tuple(sorted(WITH))}
        assert set(second.members.values()) == {("aal", "flaa", "gol", "hol")}
        assert set(third.members.values()) == {("aal", "flaa", "hemsedal", "hol")}
        assert (reading.unstated, reading.added) == (3 - len(stated), 1)


def test_each_2025_budget_alone_can_be_read_in_two_ways(dataset: Dataset) -> None:
    """Hemsedal is in one layer or in two: its own number fits both, and is all that tells."""
    for budget in (WITH, WITHOUT):
        found = decompose(budget, persons_by_year(dataset))
        assert len(found) == 2
        assert sorted(tuple(len(layer.members) for layer in layers) for layers in found) == [(3, 5, 4), (4, 5, 4)]
        assert {layer.by for layers in found for layer in layers} == {0, 2024}


def test_what_is_said_of_the_2025_budgets(dataset: Dataset) -> None:
    [found] = budget_layers(dataset)
    assert (found.kind, found.figures["layers"].value, found.figures["amounts"].value) == ("budget_layers", 3, 10)
    assert [detail.kind for detail in found.details] == [
        "budget_layer_stated", "budget_layer_in", "budget_layer_in", "budget_layer", "budget_layer", "budget_layers_alone",
    ]  # fmt: skip
    assert found.details[0].names["key"] == ("keys", "population/2024-01-01")
    assert found.grade == "derived"


def test_parts_of_layers_are_what_a_municipality_can_be_compared_on(dataset: Dataset) -> None:
    people = persons_by_year(dataset)
    [reading] = budget_readings({"with": WITH, "without": WITHOUT}, people, ["nesbyen"], [STATED])
    assert round(part_of(reading.layers[0], "without", "hemsedal", people)) == round(STATED * 2666 / 18_270)
    assert part_of(reading.layers[1], "without", "hemsedal", people) == 0
    assert part_of(reading.layers[2], "with", "gol", people) == 0
    assert part_of(reading.layers[2], "elsewhere", "hol", people) == 0


# Made up


PERSONS = {2025: {"a": 1000, "b": 2300, "c": 3100, "d": 4700, "e": 900}, 2026: {"a": 1040, "b": 2290, "c": 3170, "d": 4650, "e": 930}}  # fmt: skip


@pytest.mark.parametrize("persons", [PERSONS[2025], None])
def test_one_layer(persons: dict[str, int] | None) -> None:
    [(layer,)] = decompose(summed(shared(5_000_000, list("abcde"), persons)), PERSONS)
    assert (layer.by, layer.members) == (2025 if persons else 0, tuple("abcde"))


def test_two_years_of_population_in_two_layers() -> None:
    amounts = summed(shared(3_000_000, list("abcde"), PERSONS[2025]), shared(900_000, list("abd"), PERSONS[2026]))
    found = decompose(amounts, PERSONS)
    assert [(layer.by, layer.members) for layer in found[0]] == [(2025, tuple("abcde")), (2026, tuple("abd"))]


def test_amounts_of_no_few_layers_are_not_explained() -> None:
    assert decompose({"a": 812_345, "b": 1_912_399, "c": 777_777, "d": 3_100_007, "e": 131_071}, PERSONS) == []


def test_fewer_amounts_than_layers_need() -> None:
    """Two amounts fit one layer too easily, and three two: with two fewer layers than amounts there is a check."""
    assert decompose({"a": 100_000, "b": 230_000}, PERSONS) == []
    two = summed(shared(400_000, list("abc"), PERSONS[2025]), shared(90_000, list("ab"), None))
    assert decompose(two, PERSONS) == []
    assert decompose({}, PERSONS) == []


@pytest.mark.parametrize("amount", [0, -5])
def test_amounts_that_are_no_budget(amount: int) -> None:
    assert decompose({"a": amount, "b": 230_000, "c": 310_000}, PERSONS) == []


def test_years_that_lack_somebody_are_left_out() -> None:
    persons = {**PERSONS, 2025: {"a": 1000, "b": 2300}}
    [(layer,)] = decompose(summed(shared(5_000_000, list("abc"), PERSONS[2026])), persons)
    assert layer.by == 2026


def test_layers_inside_each_other_have_two_readings_and_both_are_shown() -> None:
    """All share one amount and three share more; or three share one amount and the two others another."""
    amounts = summed(shared(4_000_000, list("abcde"), PERSONS[2025]), shared(1_000_000, list("abc"), PERSONS[2025]))
    found = decompose(amounts, PERSONS)
    members = [{layer.members for layer in layers} for layers in found]
    assert {frozenset(each) for each in members} == {
        frozenset({tuple("abcde"), tuple("abc")}),
        frozenset({tuple("abc"), tuple("de")}),
    }
    # Another budget in which e has left settles it, the amounts being the same.
    without_e = summed(shared(4_000_000, list("abcd"), PERSONS[2025]), shared(1_000_000, list("abc"), PERSONS[2025]))
    four = {n: amounts[n] for n in "abcd"}
    [reading] = budget_readings({"with": four, "without": without_e}, PERSONS, ["e"])
    assert [(layer.amount, layer.members["with"]) for layer in reading.layers] == [
        (4_000_000, tuple("abcde")),
        (1_000_000, tuple("abc")),
    ]


@st.composite
def layered(draw: Any) -> tuple[dict[str, int], dict[int, dict[str, int]], set[tuple[int, tuple[str, ...]]]]:
    """Five to nine towns and one to three layers, of one year's population or equal."""
    names = [f"m{i}" for i in range(draw(st.integers(5, 9)))]
    people = {2025: {n: draw(st.integers(300, 30_000)) for n in names}}
    people[2026] = {n: people[2025][n] + draw(st.integers(-200, 200)) for n in names}
    number = draw(st.integers(1, min(3, len(names) - 2)))
    sets = [tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=2)))) for _ in range(number - 1)] + [
        tuple(names)
    ]
    year = draw(st.sampled_from([2025, 2026]))
    layers = {(draw(st.sampled_from([0, year])), members) for members in sets}
    assume(len(layers) == number)
    parts = [
        shared(draw(st.integers(100, 9_000)) * 1000, list(members), people[by] if by else None)
        for by, members in layers
    ]
    return summed(*parts), people, layers


@given(layered())
def test_layers_that_were_bundled_are_among_those_found(
    made: tuple[dict[str, int], dict[int, dict[str, int]], set[tuple[int, tuple[str, ...]]]],
) -> None:
    """Never more layers than were put in, and of as many those that were. All that are found give every amount."""
    amounts, people, layers = made
    found = decompose(amounts, people)
    assert found
    assert len(found[0]) <= len(layers)
    if len(found[0]) == len(layers):
        assert layers in [{(layer.by, layer.members) for layer in each} for each in found]
    for each in found:
        for name, amount in amounts.items():
            given_ = sum(
                layer.rate * (people[layer.by][name] if layer.by else 1) for layer in each if name in layer.members
            )
            assert abs(given_ - amount) <= 1


def test_the_search_leaves_nothing_out() -> None:
    """Against every pair of layers, tried one by one, on four amounts."""
    names = tuple("abcd")
    amounts = summed(shared(800_000, list(names), PERSONS[2025]), shared(300_000, ["b", "d"], None))
    columns = [(by, m) for by in (0, 2025, 2026) for size in (2, 3, 4) for m in combinations(names, size)]
    fits = set()
    for pair in combinations(columns, 2):
        design = [[Fraction(PERSONS[by][n] if by else 1) if n in m else Fraction(0) for by, m in pair] for n in names]
        # Least squares by the normal equations, in fractions.
        (p, q), (_, r) = [[sum(row[i] * row[j] for row in design) for j in (0, 1)] for i in (0, 1)]
        u, v = (sum(row[i] * amounts[n] for row, n in zip(design, names, strict=True)) for i in (0, 1))
        if p * r == q * q:
            continue
        x, y = (u * r - v * q) / (p * r - q * q), (p * v - q * u) / (p * r - q * q)
        close = all(abs(row[0] * x + row[1] * y - amounts[n]) <= 1 for row, n in zip(design, names, strict=True))
        if x > 0 and y > 0 and close:
            fits.add(frozenset(pair))
    assert {frozenset((layer.by, layer.members) for layer in each) for each in decompose(amounts, PERSONS)} == fits


# Findings


def budgets(build: Any, *named: dict[str, int], stated: int | None = None) -> Dataset:
    year = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
    rows = [
        {**year, "municipality": n, "budget": f"budget_{i}", "amount_nok": a}
        for i, own in enumerate(named)
        for n, a in own.items()
    ]
    totals = [{**year, "name": "budget", "kind": "budget", "amount_nok": stated}] if stated else []
    return build(PERSONS, {"p": list("abcde")}, {}, budgets=rows, control_totals=totals)


def test_several_readings_are_all_shown(build) -> None:
    amounts = summed(shared(4_000_000, list("abcde"), PERSONS[2025]), shared(1_000_000, list("abc"), PERSONS[2025]))
    [found] = budget_layers(budgets(build, amounts))
    assert (found.kind, found.figures["readings"].value) == ("budget_layers_several", 2)
    assert [len(reading.details) for reading in found.details] == [2, 2]


def test_a_stated_budget_among_the_amounts_settles_it(build) -> None:
    amounts = summed(shared(4_000_000, list("abcde"), PERSONS[2025]), shared(1_000_000, list("abc"), PERSONS[2025]))
    [found] = budget_layers(budgets(build, amounts, stated=4_000_000))
    assert found.kind == "budget_layers"
    assert found.details[0].figures["amount"].value == 4_000_000


def test_what_cannot_be_taken_apart_is_said_only_where_it_differs_from_the_stated(build) -> None:
    odd = {"a": 812_345, "b": 1_912_399, "c": 777_777, "d": 3_100_007, "e": 131_071}
    assert [f.kind for f in budget_layers(budgets(build, odd))] == ["budget_layers_none"]
    assert budget_layers(budgets(build, odd, stated=sum(odd.values()))) == []
    assert [f.kind for f in budget_layers(budgets(build, {"a": 812_345, "b": 5}))] == ["budget_layers_few"]
