"""Spreads against scipy's distributions and by hand; draws that depend on nothing but seed, name and number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hhanalytics.decisions.draws import BLOCK, mean_of, quantiles, uniforms
from hhanalytics.decisions.spreads import Spread, counted, ranged
from hhanalytics.errors import BadInput

SHARES = np.array([1e-6, 1e-4, 0.01, 0.1, 0.25, 0.4999, 0.5, 0.5001, 0.75, 0.9, 0.99, 0.9999, 1 - 1e-6])


@pytest.mark.parametrize(("low", "mode", "high"), [(2_500, 4_000, 5_000), (0, 0, 10), (0, 10, 10), (100, 101, 900)])
def test_pert_is_the_beta_of_the_literature(low: float, mode: float, high: float) -> None:
    """PERT: a beta with shapes 1 + 4 (mode - low) / (high - low) and 1 + 4 (high - mode) / (high - low)."""
    first, last = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    expected = stats.beta(first, last, loc=low, scale=high - low)
    spread = Spread("pert", low, mode, high)
    assert np.abs(spread.draws(SHARES) - expected.ppf(SHARES)).max() < 2e-6 * (high - low)
    assert spread.mean == pytest.approx(expected.mean())


@pytest.mark.parametrize(("low", "mode", "high"), [(440, 440, 550), (135, 150, 150), (45, 50, 55)])
def test_triangular_is_scipys(low: float, mode: float, high: float) -> None:
    expected = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
    spread = Spread("triangular", low, mode, high)
    assert spread.draws(SHARES) == pytest.approx(expected.ppf(SHARES), rel=1e-12)
    assert spread.mean == pytest.approx(expected.mean())


def test_a_choice_has_its_weight() -> None:
    drawn = Spread("choice", 0, 0, 50, 0.3).draws(uniforms(1, "inside", 0, 200_000))
    assert set(drawn) == {0.0, 50.0}
    assert (drawn == 50).mean() == pytest.approx(0.3, abs=0.005)


def test_counts_as_their_source_hedges_them() -> None:
    assert counted(609, "exact") == Spread("fixed", 609, 609, 609)
    assert counted(50, "about") == Spread("triangular", 45, 50, 55)
    assert counted(150, "nearly") == Spread("triangular", 135, 150, 150)
    # "Over 440": a quarter above is the stated judgement.
    assert counted(440, "at_least") == Spread("triangular", 440, 440, 550)


def test_a_range_without_mode_is_flat_and_one_without_width_is_known() -> None:
    assert ranged(854_412, None, 929_494).shape == "uniform"
    assert ranged(7, 7, 7).known
    assert not ranged(7, 7, 8).known


@pytest.mark.parametrize("args", [(2, 1, 3), (1, 4, 3), (float("nan"), 1, 2), (0, 1, float("inf"))])
def test_a_spread_out_of_order_is_refused(args: tuple[float, float, float]) -> None:
    with pytest.raises(BadInput) as error:
        Spread("pert", *args)
    assert error.value.id == "bad_spread"


@pytest.mark.parametrize("cut", [1, 1_000, BLOCK - 1, BLOCK, BLOCK + 1, 150_000])
def test_the_same_draw_is_the_same_number_however_it_is_cut(cut: int) -> None:
    whole = uniforms(7, "price:a", 0, 200_000)
    parts = [uniforms(7, "price:a", start, min(start + cut, 200_000)) for start in range(0, 200_000, cut)] if cut > 1 else [
        uniforms(7, "price:a", 65_535, 65_537)
    ]  # fmt: skip
    if cut == 1:
        assert (parts[0] == whole[65_535:65_537]).all()
    else:
        assert (np.concatenate(parts) == whole).all()


def test_inputs_are_independent_of_each_other_and_of_the_seed() -> None:
    a, b, c = (uniforms(*args, 0, 100_000) for args in ((1, "a"), (1, "b"), (2, "a")))
    for other in (b, c):
        assert abs(np.corrcoef(a, other)[0, 1]) < 0.01
    assert stats.kstest(a, "uniform").pvalue > 1e-4


def test_quantiles_are_numpys() -> None:
    shares = [0.0, 0.025, 0.1, 0.5, 0.9, 0.975, 1.0]
    generator = np.random.default_rng(1)
    for values in (
        generator.normal(size=100_001),
        generator.integers(0, 3, 70_000).astype(float),
        np.full(10, 3.0),
        generator.standard_cauchy(50_000),
        np.array([5.0]),
    ):
        assert quantiles(values, shares) == pytest.approx(list(np.quantile(values, shares)), rel=1e-12)
        assert mean_of(values) == pytest.approx(values.mean(), rel=1e-9)
