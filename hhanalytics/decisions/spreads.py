"""How an uncertain input is spread: its lowest, likeliest and highest value, and how to draw from it.

Draws come by the inverse of the distribution, so that one uniform number gives one draw, whatever the
distribution. Only additions, multiplications, divisions and square roots are used on arrays: those are exact
to the last bit, so a draw does not depend on how many are made at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from hhanalytics.errors import BadInput
from hhanalytics.evidence import Qualifier, bounds
from hhanalytics.methods import constant

Array = NDArray[np.float64]
Shape = Literal["fixed", "uniform", "triangular", "pert", "choice"]

#: Steps of the table behind `Shape` ``pert``, on each side of the median.
STEPS: Final = 4096


@dataclass(frozen=True)
class Spread:
    """What an uncertain input may be.

    Attributes:
        shape: ``fixed``; ``uniform`` between low and high; ``triangular`` or ``pert`` around a mode; ``choice``
            between low and high, of which high has the chance ``weight``.
        low: Lowest value.
        mode: Likeliest value.
        high: Highest value.
        weight: Chance of ``high``, for a choice.
    """

    shape: Shape
    low: float
    mode: float
    high: float
    weight: float = 0.0

    def __post_init__(self) -> None:
        ordered = self.low <= self.mode <= self.high
        if not ordered or not np.isfinite([self.low, self.high]).all() or not 0 <= self.weight <= 1:
            found = f"low {self.low}, mode {self.mode}, high {self.high}, weight {self.weight}"
            expected = "finite numbers in that order, and a weight from 0 to 1"
            raise BadInput.of("bad_spread", "spread", found, expected, "Correct the range.")

    @property
    def known(self) -> bool:
        """Whether it is one value and nothing else."""
        return self.low == self.high or self.shape == "fixed" or (self.shape == "choice" and self.weight in (0, 1))

    @property
    def mean(self) -> float:
        """Its mean.

        Example:
            >>> Spread("pert", 0, 1, 8).mean
            2.0
        """
        if self.shape == "uniform":
            return (self.low + self.high) / 2
        if self.shape == "triangular":
            return (self.low + self.mode + self.high) / 3
        if self.shape == "pert":
            return (self.low + constant("pert_weight") * self.mode + self.high) / (constant("pert_weight") + 2)
        return self.low + self.weight * (self.high - self.low) if self.shape == "choice" else self.mode

    def quantile(self, share: float) -> float:
        """The value below which a share of all draws lies.

        Example:
            >>> Spread("triangular", 440, 440, 550).quantile(0.75)
            495.0
        """
        return float(self.draws(np.array([share]))[0])

    def draws(self, uniform: Array) -> Array:
        """A draw for each uniform number from 0 to 1."""
        low, high = self.low, self.high
        if self.shape == "fixed" or low == high:
            return np.full(uniform.shape, float(self.mode))
        if self.shape == "choice":
            return np.where(uniform < 1 - self.weight, float(low), float(high))
        if self.shape == "uniform":
            return low + uniform * (high - low)
        if self.shape == "triangular":
            return _triangular(uniform, low, self.mode, high)
        first, last = _pert_shapes(low, self.mode, high)
        return low + _beta(uniform, first, last) * (high - low)


def _triangular(uniform: Array, low: float, mode: float, high: float) -> Array:
    rising, falling = (high - low) * (mode - low), (high - low) * (high - mode)
    if mode == low:
        return high - np.sqrt((1 - uniform) * falling)
    if mode == high:
        return low + np.sqrt(uniform * rising)
    before = uniform < (mode - low) / (high - low)
    root = np.sqrt(np.where(before, uniform * rising, (1 - uniform) * falling))
    return np.where(before, low + root, high - root)


def _pert_shapes(low: float, mode: float, high: float) -> tuple[float, float]:
    weight = constant("pert_weight")
    return 1 + weight * (mode - low) / (high - low), 1 + weight * (high - mode) / (high - low)


def _beta(uniform: Array, first: float, last: float) -> Array:
    """The inverse of a beta distribution, read off a table that is finest where the inverse is steepest."""
    table, slope = _beta_table(first, last)
    upper = uniform >= 0.5
    tail = np.where(upper, 1 - uniform, uniform)
    tail += tail
    place = np.sqrt(np.sqrt(tail)) * STEPS
    index = np.minimum(place.astype(np.int32), STEPS - 1)
    place -= index
    index += upper * np.int32(STEPS + 1)
    found: Array = table[index] + place * slope[index]
    return found


@lru_cache(maxsize=256)
def _beta_table(first: float, last: float) -> tuple[Array, Array]:
    from scipy.special import betaincinv

    tail = (np.arange(STEPS + 1) / STEPS) ** 4 / 2
    lower: Any = betaincinv(first, last, tail)
    upper: Any = 1 - betaincinv(last, first, tail)
    table = np.concatenate([lower, upper])
    slope = np.concatenate([np.diff(lower), [0.0], np.diff(upper), [0.0]])
    return table, slope


def fixed(value: float) -> Spread:
    """A value that is known."""
    return Spread("fixed", value, value, value)


def ranged(low: float, mode: float | None, high: float, shape: Shape = "pert") -> Spread:
    """A range with its likeliest value; without one, every value in it is as likely.

    Example:
        >>> ranged(10, None, 20).shape, ranged(10, 12, 20).shape, ranged(10, 10, 10).shape
        ('uniform', 'pert', 'fixed')
    """
    if low == high:
        return fixed(low)
    return Spread("uniform", low, (low + high) / 2, high) if mode is None else Spread(shape, low, mode, high)


def counted(value: int, qualifier: Qualifier) -> Spread:
    """The spread of a count as its source hedges it.

    "Over 440" is open above: it needs an assumed upper factor (``at_least_factor``).

    Source:
        Widths and factor are stated judgements in ``methods.toml``; triangular around what the source says.

    Example:
        >>> counted(440, "at_least").high, counted(50, "about").low, counted(609, "exact").known
        (550.0, 45, True)
    """
    low, high = bounds(value, qualifier)
    top = value * constant("at_least_factor") if high is None else high
    return fixed(value) if low == top else Spread("triangular", low, value, top)
