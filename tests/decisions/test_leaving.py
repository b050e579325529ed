"""Who would leave next: every group looked at, the end the same whatever the order, and nothing guessed."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.leaving import who_would_leave
from hhanalytics.errors import BadInput, UnknownName

FIVE = ("aal", "flaa", "gol", "hemsedal", "hol")
LOADED: list[Dataset] = []


def real() -> Dataset:
    if not LOADED:
        LOADED.append(hh.load("data/raw"))
    return LOADED[0]


def test_without_prices_only_the_break_even_is_given() -> None:
    found = who_would_leave(real(), 2025)
    assert found.missing == FIVE
    assert found.order == {"surely": (), "possibly": ()}
    assert set(found.groups["stable"]) == {"not_known"}
    assert set(found.break_even["reason"]) == {"not_known"}
    assert found.groups.height == 2**5 - 1


def test_break_even_by_hand() -> None:
    """Hol, a year of Hallinghelse and MFT (2 × 3 041 699 kr) by 4 527 of 18 052, and BTI: 82 145 a month, a fifth to July and
    then a fourth."""
    found = who_would_leave(real(), 2025).break_even.filter(municipality="hol").row(0, named=True)
    bti = 492_870 / 5 + 492_870 * (31 / 184 / 5 + 153 / 184 / 4)
    assert found["now_nok"] == pytest.approx(2 * 3_041_699 * 4_527 / 18_052 + bti, abs=5)
    assert found["now_per_inhabitant_nok"] == pytest.approx(found["now_nok"] / 4_527, abs=0.01)
    assert found["alone_nok"] == pytest.approx(2 * 3_041_699 + 985_740, abs=5)
    # Flå is the smallest to go, Gol the largest in the pools by population.
    least = 2 * 3_041_699 * 4_527 / (18_052 - 1_117)
    assert found["one_gone_low_nok"] > least
    assert found["now_nok"] < found["one_gone_low_nok"] < found["one_gone_high_nok"] < found["alone_nok"]


prices = st.fixed_dictionaries({name: st.integers(0, 4_000_000) for name in FIVE})


@settings(max_examples=30)
@given(prices)
def test_where_it_stops_is_the_largest_stable_group(given_: dict[str, int]) -> None:
    """The pools stay as they are, so a larger group is never dearer: there is one largest stable group, and whoever
    leaves first, it ends there."""
    found = who_would_leave(real(), 2025, {name: (price, price) for name, price in given_.items()})
    stable = [set(row[0].split(", ")) for row in found.groups.iter_rows() if row[2] == "yes"]
    left = set(FIVE) - set(found.order["surely"])
    assert (left in stable) if left else not stable
    assert all(group <= left for group in stable)
    assert found.order["surely"] == found.order["possibly"]


@settings(max_examples=20)
@given(prices, st.integers(0, 500_000))
def test_a_range_makes_possible_what_is_not_sure(given_: dict[str, int], width: int) -> None:
    found = who_would_leave(real(), 2025, {name: (price, price + width) for name, price in given_.items()})
    assert set(found.order["surely"]) <= set(found.order["possibly"])
    for row in found.break_even.iter_rows(named=True):
        low, high, paid = row["replacement_low_nok"], row["replacement_high_nok"], row["now_nok"]
        expected = "yes" if paid > high else "no" if paid <= low else "possibly"
        assert row["reason"] == expected or abs(paid - low) <= 1 or abs(paid - high) <= 1


def test_one_of_whom_nothing_is_known_is_taken_to_stay() -> None:
    found = who_would_leave(real(), 2025, {"hol": (0, 0)})
    assert found.order["surely"] == ("hol",)
    assert found.missing == ("aal", "flaa", "gol", "hemsedal")
    unknown = found.groups.filter(stable="not_known")
    assert not any("hol" in members for members in unknown["members"])


def test_every_group_is_there_once() -> None:
    found = {frozenset(row.split(", ")) for row in who_would_leave(real(), 2025).groups["members"]}
    assert found == {frozenset(each) for size in range(1, 6) for each in combinations(FIVE, size)}


def test_what_cannot_be_looked_at() -> None:
    with pytest.raises(UnknownName, match="Unknown member 'nesbyen'"):
        who_would_leave(real(), 2025, {"nesbyen": (1, 2)})
    with pytest.raises(BadInput, match="low to high"):
        who_would_leave(real(), 2025, {"gol": (2, 1)})


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hhanalytics.decisions.leaving.MOST_MEMBERS", 4)
    with pytest.raises(BadInput, match="found 5, expected at most 4 members"):
        who_would_leave(real(), 2025)
