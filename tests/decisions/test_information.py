"""The worth of knowing more, against closed forms of the literature; and inputs from which nothing can be learnt."""

from __future__ import annotations

from math import pi, sqrt
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

import hhanalytics as hh
from hhanalytics.errors import BadInput

DRAWS = 100_000
SEEDS = range(5)


def unit_loss(mean: float, deviation: float) -> float:
    """Worth of knowing a normal net gain with the alternative of nothing (Raiffa and Schlaifer, unit normal loss)."""
    z = abs(mean) / deviation
    return deviation * float(norm.pdf(z) - z * norm.sf(z))


def normal(seed: int, columns: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(columns, DRAWS))


def against_nothing(gain: np.ndarray) -> np.ndarray:
    return np.column_stack([np.zeros_like(gain), gain])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mean", [0.0, 0.3, -1.0])
def test_normal_model(seed: int, mean: float) -> None:
    """Gain = mean + X + Y: all is worth L(mean, sqrt 2), X alone L(mean, 1), what has no part in it nothing."""
    x, y, z = normal(seed, 3)
    values = against_nothing(mean + x + y)
    everything = unit_loss(mean, sqrt(2))
    assert hh.evpi(values) == pytest.approx(everything, rel=0.02)
    assert hh.evppi(values, x) == pytest.approx(unit_loss(mean, 1), abs=0.02 * everything)
    assert hh.evppi(values, x + y) == pytest.approx(everything, abs=0.02 * everything)
    assert hh.evppi(values, z) < 0.02 * everything
    assert hh.evppi(values, -5 * x + 3) == pytest.approx(hh.evppi(values, x), abs=0.005 * everything)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bent_dependence_that_no_straight_line_sees(seed: int) -> None:
    """Gain = X^2 - 1 + Y: uncorrelated with X, yet X is worth E max(0, X^2 - 1) = 2 phi(1)."""
    x, y = normal(seed, 2)
    values = against_nothing(x**2 - 1 + y)
    assert abs(np.corrcoef(x, values[:, 1])[0, 1]) < 0.02
    slope, start = np.polyfit(x, values[:, 1], 1)
    linear = float(np.maximum(start + slope * x, 0).mean() - max(values[:, 1].mean(), 0))
    assert linear < 0.02
    assert hh.evppi(values, x) == pytest.approx(2 * float(norm.pdf(1)), abs=0.02 * hh.evpi(values))


@pytest.mark.parametrize("seed", SEEDS)
def test_three_alternatives(seed: int) -> None:
    """Three independent standard normals: the best of them has mean 3 / (2 sqrt pi); knowing one, phi(0)."""
    values = normal(seed, 3).T
    assert hh.evpi(values) == pytest.approx(3 / (2 * sqrt(pi)), rel=0.02)
    assert hh.evppi(values, values[:, 0]) == pytest.approx(float(norm.pdf(0)), abs=0.02 * hh.evpi(values))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_figure_with_two_values(seed: int) -> None:
    """B is 1 in three of ten; gain = B - 0.3 + noise: knowing B is worth 0.3 x 0.7."""
    generator = np.random.default_rng(seed)
    b = (generator.random(DRAWS) < 0.3).astype(float)
    values = against_nothing(b - 0.3 + generator.normal(size=DRAWS) / 2)
    assert hh.evppi(values, b) == pytest.approx(0.21, abs=0.02 * hh.evpi(values))


@pytest.mark.parametrize("size", [1, 4, 25])
def test_a_sample_is_worth_what_its_mean_tells(size: int) -> None:
    """Prior N(0, 1), one measurement N(theta, 2): the mean afterwards has variance 1 / (1 + 4 / n)."""
    x, _ = normal(3, 2)
    values = against_nothing(x)
    expected = unit_loss(0, sqrt(1 / (1 + 4 / size)))
    assert hh.evsi(values, x, size, spread=2.0) == pytest.approx(expected, abs=0.02 * hh.evpi(values))


def test_a_sample_of_everybody_is_the_figure_itself() -> None:
    x, y = normal(4, 2)
    values = against_nothing(x + y)
    assert hh.evsi(values, x, 1, spread=0.0) == pytest.approx(hh.evppi(values, x))
    small, large = (hh.evsi(values, x, size, spread=3.0) for size in (1, 50))
    assert small < large < hh.evppi(values, x) + 0.01


# Nothing to learn


@pytest.mark.parametrize(
    "values",
    [
        np.ones((1_000, 1)),
        np.random.default_rng(1).normal(size=(1_000, 1)),
        np.ones((1_000, 3)),
        np.column_stack([np.arange(1_000.0)] * 2),
        np.column_stack([np.arange(1_000.0), np.arange(1_000.0) - 1]),
        np.array([[1.0, 2.0]]),
    ],
    ids=["one, known", "one", "all equal", "identical", "one better in every draw", "one draw"],
)
def test_what_cannot_change_the_choice_is_worth_nothing(values: np.ndarray) -> None:
    assert hh.evpi(values) == 0.0
    assert hh.evppi(values, np.linspace(0, 1, len(values))) == pytest.approx(0, abs=1e-12)


def test_a_figure_that_is_known_is_worth_nothing_more() -> None:
    values = against_nothing(normal(1, 1)[0])
    assert hh.evppi(values, np.full(DRAWS, 7.0)) == 0.0


@pytest.mark.parametrize(
    ("values", "parameter", "id"),
    [
        ([[1.0, float("nan")]], [1.0], "not_a_number"),
        ([[1.0, float("inf")]], [1.0], "not_a_number"),
        ([[1.0, 2.0]], [float("nan")], "not_a_number"),
        ([[1.0, 2.0]], [1.0, 2.0], "bad_values"),
        ([1.0, 2.0], [1.0, 2.0], "bad_values"),
        ([[], []], [1.0, 2.0], "bad_values"),
        ([["a", "b"]], [1.0], "bad_values"),
    ],
)
def test_what_cannot_be_reckoned_with_is_refused(values: Any, parameter: Any, id: str) -> None:
    with pytest.raises(BadInput) as error:
        hh.evppi(values, parameter)
    assert error.value.id == id


@pytest.mark.parametrize(("size", "spread"), [(0, 1.0), (-3, 1.0), (1, -1.0), (1, float("nan"))])
def test_a_sample_that_cannot_be_is_refused(size: int, spread: float) -> None:
    with pytest.raises(BadInput):
        hh.evsi([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0], size, spread=spread)


@pytest.mark.parametrize("draws", [2, 3, 4, 7, 999, 1_001, 20_003])
def test_any_number_of_draws(draws: int) -> None:
    generator = np.random.default_rng(draws)
    values, figure = generator.normal(size=(draws, 3)), generator.integers(0, 5, draws).astype(float)
    assert 0 <= hh.evppi(values, figure) <= hh.evpi(values)
    figure[0] = 99.0  # alone in its bin
    assert 0 <= hh.evppi(values, figure) <= hh.evpi(values)


def test_order_of_draws_is_nothing() -> None:
    x, y = normal(1, 2)
    values = against_nothing(x + y)
    turned = np.random.default_rng(2).permutation(DRAWS)
    assert hh.evppi(values[turned], x[turned]) == pytest.approx(hh.evppi(values, x), rel=1e-9)


def test_it_is_quick() -> None:
    """Far below what a reader would notice; the promise of 20 ms is measured in bench."""
    x, y = normal(1, 2)
    values = against_nothing(x + y)
    times = []
    for _ in range(5):
        start = perf_counter()
        hh.evppi(values, x)
        times.append(perf_counter() - start)
    assert min(times) < 0.1


# How sure a choice is


def test_acceptability_follows_the_break_even() -> None:
    """Cost 763 798 shared by 440 to 550: it pays at a price with the chance that the count exceeds cost / price."""
    people = 550 - np.sqrt(1 - (np.arange(DRAWS) + 0.5) / DRAWS) * 110
    costs, benefits = against_nothing(np.full(DRAWS, 763_798.0)), against_nothing(people)
    prices = np.array([1_300.0, 1_500.0, 1_736.0, 2_000.0])
    found = hh.acceptability(costs, benefits, prices)
    triangular = np.clip((550 - 763_798 / prices) / 110, 0, 1) ** 2
    assert found[:, 1] == pytest.approx(triangular, abs=1e-4)
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_equal_alternatives_share() -> None:
    assert hh.acceptability([[1.0, 1.0]], [[2.0, 2.0]], 5).tolist() == [[0.5, 0.5]]
    with pytest.raises(BadInput):
        hh.acceptability([[1.0, 1.0]], [[2.0]], 5)
