"""Ranks over all weights: exact areas of the simplex, preferences, what is missing, equal, dominated or turned about."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from pymcdm.methods import WSM

import hhanalytics as hh
from hhanalytics.decisions.weights import weights
from hhanalytics.errors import BadInput

SAMPLES = 100_000
#: Three standard errors of a share.
NEAR = 3 * 0.5 / SAMPLES**0.5


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


# Exact areas


def test_a_corner_against_the_middle() -> None:
    """w1 > 1/2 on the triangle is a quarter of it. Weights made by dividing uniform numbers by their sum say a sixth."""
    found = hh.rank_acceptability([[1, 0, 0], [0.5, 0.5, 0.5]])
    assert found.rank_acceptability == pytest.approx(np.array([[0.25, 0.75], [0.75, 0.25]]), abs=NEAR)
    assert found.pairwise_winning == pytest.approx(np.array([[0.5, 0.25], [0.75, 0.5]]), abs=NEAR)
    # The part where it is first is a triangle with corners (1,0,0), (1/2,1/2,0), (1/2,0,1/2): its middle.
    assert found.central_weights[0] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=0.01)
    assert found.confidence_factor.tolist() == [1.0, 1.0]
    naive = rng().random((SAMPLES, 3))
    naive /= naive.sum(axis=1, keepdims=True)
    assert abs((naive[:, 0] > 0.5).mean() - 0.25) > 0.05


def test_three_corners_are_alike() -> None:
    found = hh.rank_acceptability(np.eye(3))
    assert found.rank_acceptability == pytest.approx(np.full((3, 3), 1 / 3), abs=NEAR)
    # Where w1 is largest: the mean of the largest of three spacings, 11/18.
    assert found.central_weights[0] == pytest.approx([11 / 18, 7 / 36, 7 / 36], abs=0.01)


@pytest.mark.parametrize("criteria", [2, 4, 6])
def test_a_corner_against_a_constant(criteria: int) -> None:
    """P(w1 > t) = (1 - t)^(k - 1)."""
    values = np.full((2, criteria), 0.3)
    values[0] = 0
    values[0, 0] = 1
    found = hh.rank_acceptability(values).rank_acceptability[0, 0]
    assert found == pytest.approx(0.7 ** (criteria - 1), abs=NEAR)


def test_an_order_of_importance_is_one_of_six_parts() -> None:
    """With w1 >= w2 >= w3, w1 > 1/2 is a half: of six orders, the quarter where w1 is most lies in two."""
    found = hh.rank_acceptability([[1, 0, 0], [0.5, 0.5, 0.5]], preference=[0, 1, 2])
    # The part w1 > 1/2 (a quarter of the whole), halved by w2 >= w3, over a sixth: 3/4.
    assert found.rank_acceptability[0, 0] == pytest.approx(0.75, abs=NEAR)


def test_two_tiers_of_importance() -> None:
    """w1 >= w2 and w1 >= w3: the third of the triangle where w1 is most holds the quarter, so 3/4 as well."""
    values = [[1, 0, 0], [0.5, 0.5, 0.5]]
    for preference in ([0, [1, 2]], [0]):
        found = hh.rank_acceptability(values, preference=preference)  # type: ignore[arg-type]
        assert found.rank_acceptability[0, 0] == pytest.approx(0.75, abs=NEAR)


def test_intervals() -> None:
    """0.4 <= w1 <= 0.6: P(w1 > 1/2) = (0.5^2 - 0.4^2) / (0.6^2 - 0.4^2) = 0.45."""
    found = hh.rank_acceptability([[1, 0, 0], [0.5, 0.5, 0.5]], preference={0: (0.4, 0.6)})
    assert found.rank_acceptability[0, 0] == pytest.approx(0.45, abs=NEAR)


def test_narrow_intervals_are_walked_evenly() -> None:
    """A box so narrow that hardly any weight falls into it: compared with those that do, given long enough."""
    box = dict.fromkeys(range(5), (0.15, 0.25))
    walked = weights(5, 20_000, {**box, 0: (0.2495, 0.25)}, rng())
    assert np.abs(walked.sum(axis=1) - 1).max() < 1e-12
    assert walked[:, 0].min() >= 0.2495 - 1e-12
    assert walked[:, 1:].min() >= 0.15 - 1e-12
    assert walked[:, 1:].max() <= 0.25 + 1e-12
    means = walked[:, 1:].mean(axis=0)
    assert means == pytest.approx(np.full(4, (1 - 0.24975) / 4), abs=5e-4)


# By another library, and by symmetry


def test_ranks_are_those_of_another_library() -> None:
    values = rng(5).random((6, 4))
    drawn = weights(4, 400, None, rng())
    kinds = np.ones(4)
    firsts = np.zeros(6)
    for own in drawn:
        # Weighted sums, the values as given.
        scores = WSM(normalization_function=lambda x, cost: x)(values, own, kinds)
        firsts[int(np.argmax(scores))] += 1
    ours = hh.rank_acceptability(values).rank_acceptability[:, 0]
    assert np.abs(ours - firsts / 400).max() < 4 * 0.5 / 400**0.5


def test_weights_are_alike_in_all_criteria() -> None:
    drawn = weights(4, SAMPLES, None, rng())
    assert drawn.mean(axis=0) == pytest.approx(np.full(4, 0.25), abs=0.003)
    # Dirichlet(1,1,1,1): variance (1/4)(3/4)/5.
    assert drawn.var(axis=0) == pytest.approx(np.full(4, 3 / 80), rel=0.03)


def test_renaming_criteria_or_alternatives_changes_nothing_else() -> None:
    values = rng(2).random((4, 3))
    plain = hh.rank_acceptability(values).rank_acceptability
    for order in permutations(range(3)):
        turned = hh.rank_acceptability(values[:, order]).rank_acceptability
        assert turned == pytest.approx(plain, abs=2 * NEAR)
    swapped = hh.rank_acceptability(values[::-1]).rank_acceptability
    assert swapped[::-1] == pytest.approx(plain, abs=1e-12)


def test_values_are_used_as_given() -> None:
    """A criterion on a scale a thousand times as large decides nearly everything: nothing is rescaled here."""
    found = hh.rank_acceptability([[1_000, 0], [0, 1]])
    assert found.rank_acceptability[0, 0] == pytest.approx(1000 / 1001, abs=NEAR)


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_and_columns_sum_to_one(seed: int) -> None:
    values = rng(seed).random((50, 5, 3))
    values[:, 1, 2] = np.nan
    found = hh.rank_acceptability(values, seed=seed, samples=20_000)
    assert found.rank_acceptability.sum(axis=0) == pytest.approx(1.0)
    assert found.rank_acceptability.sum(axis=1) == pytest.approx(1.0)
    assert found.pairwise_winning + found.pairwise_winning.T == pytest.approx(np.ones((5, 5)))
    again = hh.rank_acceptability(values, seed=seed, samples=20_000)
    assert (again.rank_acceptability == found.rank_acceptability).all()


# What is missing


def test_what_is_missing_may_be_anything_in_its_range() -> None:
    """(nan) against 0.25, range 0 to 1: first in three of four. As zero it would never be, as the mean always."""
    found = hh.rank_acceptability([[np.nan], [0.25]], ranges=[(0, 1)])
    assert found.rank_acceptability[0, 0] == pytest.approx(0.75, abs=NEAR)
    assert found.confidence_factor == pytest.approx([0.75, 0.25], abs=2 * NEAR)


def test_without_a_range_it_is_that_of_the_others() -> None:
    """Others are 0.2 and 1: what is missing beats 0.2 always and 1 never."""
    found = hh.rank_acceptability([[np.nan], [0.2], [1.0]])
    assert found.rank_acceptability[:, 0] == pytest.approx([0, 0, 1], abs=NEAR)
    assert found.rank_acceptability[0, 1] == pytest.approx(1, abs=NEAR)


def test_nothing_known_of_a_criterion_needs_a_range() -> None:
    with pytest.raises(BadInput) as error:
        hh.rank_acceptability([[1, np.nan], [2, np.nan]])
    assert error.value.id == "no_range"
    found = hh.rank_acceptability([[1, np.nan], [1, np.nan]], ranges=[(0, 1), (0, 1)])
    assert found.rank_acceptability[:, 0] == pytest.approx([0.5, 0.5], abs=NEAR)


# Equal, one, dominated, turned about


def test_one_alternative_is_first() -> None:
    found = hh.rank_acceptability([[3, 1]])
    assert found.rank_acceptability.tolist() == [[1.0]]
    assert found.dominated == found.reversals == ()


def test_identical_alternatives_share() -> None:
    found = hh.rank_acceptability([[0.4, 0.7]] * 3)
    assert found.rank_acceptability == pytest.approx(np.full((3, 3), 1 / 3))
    assert found.pairwise_winning == pytest.approx(np.full((3, 3), 0.5))
    assert found.confidence_factor == pytest.approx([1 / 3] * 3)
    assert found.dominated == ()


def test_what_is_never_first_has_no_central_weights() -> None:
    found = hh.rank_acceptability([[1, 0], [0, 1], [0.4, 0.4]], names=["a", "b", "c"])
    assert np.isnan(found.central_weights[2]).all()
    assert np.isnan(found.confidence_factor[2])
    assert found.dominated == ()


def test_dominated_alternatives_are_named() -> None:
    found = hh.rank_acceptability([[1, 0.5], [0.2, 0.5], [0.9, 0.9]], names=["a", "b", "c"])
    assert found.dominated == (("b", "a"), ("b", "c"))
    # What is not known may be better.
    assert hh.rank_acceptability([[1, 0.5], [0.2, np.nan]]).dominated == ()


def test_a_known_reversal() -> None:
    """On the segment w from 0 to 1: a wins above 0.62, its twin from 0.40 to 0.62, b below; b is most often first.

    Without the twin, a beats b above 0.45, so a is most often first.
    """
    lines = {"a": (1.0, 0.0), "twin": (0.9136, 0.1409), "b": (0.45, 0.45)}
    grid = (np.arange(100_000) + 0.5) / 100_000
    scores = {name: grid * one + (1 - grid) * two for name, (one, two) in lines.items()}
    best = np.array([*scores.values()]).argmax(axis=0)
    shares = dict(zip(lines, np.bincount(best, minlength=3) / 100_000, strict=True))
    found = hh.rank_acceptability([*lines.values()], names=[*lines])
    assert found.rank_acceptability[:, 0] == pytest.approx([*shares.values()], abs=NEAR)
    pair = {name: (scores[name] > scores[other]).mean() for name, other in (("a", "b"), ("b", "a"))}
    assert shares["b"] > shares["a"] + 0.015
    assert pair["a"] > pair["b"] + 0.05
    assert ("twin", "b", "a") in found.reversals
    assert hh.rank_acceptability([lines["a"], lines["b"]]).reversals == ()


@pytest.mark.parametrize(
    ("values", "options", "id"),
    [
        ([1, 2, 3], {}, "bad_values"),
        ([[]], {}, "bad_values"),
        ([["a"]], {}, "bad_values"),
        ([[1, float("inf")]], {}, "not_a_number"),
        ([[1], [2]], {"names": ["a", "a"]}, "bad_values"),
        ([[1], [2]], {"ranges": [(0, 1), (0, 1)]}, "bad_values"),
        ([[1, 2]], {"preference": [0, 0]}, "bad_preference"),
        ([[1, 2]], {"preference": [2]}, "bad_preference"),
        ([[1, 2]], {"preference": {0: (0.6, 0.5)}}, "bad_preference"),
        ([[1, 2]], {"preference": {0: (0.6, 1), 1: (0.6, 1)}}, "bad_preference"),
        ([[1, 2]], {"preference": {0: (0, 0.2), 1: (0, 0.2)}}, "bad_preference"),
        ([[1, 2]], {"samples": 0}, "bad_draws"),
    ],
)
def test_what_cannot_be_ranked_is_refused(values: Any, options: dict[str, Any], id: str) -> None:
    with pytest.raises(BadInput) as error:
        hh.rank_acceptability(values, **options)
    assert error.value.id == id
