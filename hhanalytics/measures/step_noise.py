"""How large steps are in series that hold no shift: what a step must exceed to be one.

A step is put in proportion to the usual step of its series, so that series of any size compare. What is then
large is found by drawing noise of the same length, again and again, from fixed seeds: the same answer for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

#: A step is put in proportion to the usual one; beyond this many it is no surer.
FARTHEST: Final = 50.0
#: Noise without any shift, by which the chance of a false alarm is found: how much of a month's value is
#: left the month after, how much all series have in common, and the size of a smooth season.
NOISES: Final = (
    (0.0, 0.0, 0.0),
    (0.5, 0.0, 0.0),
    (0.9, 0.0, 0.0),
    (0.0, 0.9, 0.0),
    (0.5, 0.9, 0.0),
    (0.9, 0.9, 0.0),
    (0.0, 0.5, 2.0),
)
DRAWS: Final = 4000
#: More series than so many are no surer together.
MOST_TOGETHER: Final = 12


def usual_steps(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The usual size of a step in each series: 1.4826 times the middle one, as for a standard deviation.

    Where more than half the steps are nothing, it is worked out from the mean of all but the two largest. In
    whole numbers it is at least one: less cannot be counted.
    """
    sizes = np.sort(np.abs(steps), axis=1)  # NaN comes last
    known = (~np.isnan(sizes)).sum(axis=1)
    out = np.zeros(len(sizes))
    some = np.flatnonzero(known > 0)
    out[some] = 1.4826 * np.nanmedian(sizes[some], axis=1)
    for row in np.flatnonzero((out == 0) & (known > 2)):
        out[row] = 1.2533 * sizes[row, : known[row] - 2].mean()
    counted = (np.isnan(values) | (values >= 0) & (values == np.floor(values))).all(axis=1)
    return np.where(counted, np.maximum(out, 1), out)


def in_proportion(steps: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Steps in proportion to the usual one; a step where none is usual is as far as it goes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(usual > 0, np.abs(steps) / usual, np.where(steps != 0, FARTHEST, 0))
    return np.where(np.isnan(steps), np.nan, np.minimum(found, FARTHEST))


def share_as_large(drawn: np.ndarray, size: Any) -> Any:
    """The highest share, over the kinds of noise, of draws whose largest step is as large; none is surely zero."""
    above = [(len(each) - np.searchsorted(each, size, side="left") + 1) / (len(each) + 1) for each in drawn]
    found = np.max(above, axis=0)
    return np.where(np.isnan(size), 1.0, found)


def length_of(steps: int) -> int:
    """Length by which noise is drawn: long series are all alike.

    Example:
        >>> length_of(11), length_of(59)
        (11, 48)
    """
    return steps if steps <= 24 else 24 + (steps - 24) // 12 * 12


def chance_of(steps: int, sizes: Sequence[float]) -> float:
    """The chance of a false alarm: how much of the noise holds as large a step, in one series or in several at once.

    Args:
        steps: Steps that each series has.
        sizes: The step in each series, in proportion to the usual one.
    """
    drawn = largest_in_noise(length_of(steps), min(len(sizes), MOST_TOGETHER))
    return float(share_as_large(drawn, float(np.median(sizes))))


@lru_cache(maxsize=64)
def largest_in_noise(steps: int, together: int) -> np.ndarray:
    """The largest step, in proportion to the usual one, in each of many draws of each kind of noise, sorted.

    Args:
        steps: Steps per series.
        together: Number of series; from two on only months count in which all go the same way, and their
            middle proportion.
    """
    out = []
    for kind, (left, shared, season) in enumerate(NOISES):
        random = np.random.default_rng([20250601, steps, together, kind])
        values = noise(random, DRAWS, together, steps + 1, left, shared, season)
        moves = np.ascontiguousarray(np.diff(values, axis=2))
        usual = 1.4826 * _middle(np.abs(moves))
        # Series first: over an axis this short, numpy takes long unless it is the outermost.
        each = np.ascontiguousarray(np.moveaxis(moves, 1, 0))
        same = (each > 0).all(axis=0) | (each < 0).all(axis=0) | (together == 1)
        draw, step = np.nonzero(same)
        found = np.zeros((DRAWS, steps))
        found[draw, step] = _middle(in_proportion(moves[draw, :, step], usual[draw]))
        out.append(np.sort(found.max(axis=1)))
    return np.array(out)


def noise(
    random: np.random.Generator, draws: int, series: int, length: int, left: float, shared: float, season: float
) -> np.ndarray:
    """Noise without any shift.

    Args:
        random: Where it is drawn from.
        draws: How many sets.
        series: Series in a set.
        length: Months.
        left: How much of a month's value is left the month after.
        shared: Share of the variance that all series of a set have in common.
        season: Size of a smooth yearly wave that all series of a set follow.
    """
    values = random.standard_normal((length, draws, series))
    common = random.standard_normal((length, draws, 1))
    if shared:
        values = np.sqrt(1 - shared) * values + np.sqrt(shared) * common
    if left:
        values[1:] *= np.sqrt(1 - left**2)
        for month in range(1, length):
            values[month] += left * values[month - 1]
    if season:
        start = random.uniform(0, 2 * np.pi, (1, draws, 1))
        values += season * np.sin(2 * np.pi * np.arange(length)[:, None, None] / 12 + start)
    return np.moveaxis(values, 0, 2)


def _middle(sizes: np.ndarray) -> np.ndarray:
    """The median along the last axis, where nothing is missing: numpy's looks for that first, at twice the time."""
    half = sizes.shape[-1] // 2
    if sizes.shape[-1] % 2:
        return np.partition(sizes, half, axis=-1)[..., half]
    parted = np.partition(sizes, (half - 1, half), axis=-1)
    return (parted[..., half - 1] + parted[..., half]) / 2
