"""The arithmetic of XmR charts over many series at once: limits of each segment, and the four rules.

All arrays hold the points with a value, sorted by series, segment and date; ``starts`` are the places at
which segments begin. Points of different segments are strangers to each other.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from hhanalytics.methods import constant

#: The rules, the one that is named first where several hold.
RULES: Final = ("outside", "trend", "two_of_three", "shift")
#: Differences below this part of the largest value are those of rounding in a computer.
ROUNDING: Final = 1e-9


class Limits(NamedTuple):
    """What a segment's limits are, once per point."""

    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    rounding: np.ndarray


def limits(values: np.ndarray, starts: np.ndarray, screen: bool, fix_after: int | None) -> Limits:
    """Mean and limits of every segment, from its first ``fix_after`` points or all.

    Mean ± 2.66 times the mean moving range; with ``screen``, moving ranges above 3.267 times their mean are
    left out, once.
    """
    sizes = np.diff([*starts, values.size])
    place = np.arange(values.size) - np.repeat(starts, sizes)
    basis = np.ones(values.size, bool) if fix_after is None else place < fix_after
    mean = _sums(np.where(basis, values, 0), starts) / _sums(basis, starts)
    ranges = np.abs(np.diff(values, prepend=values[:1]))
    used = basis & (place > 0)
    usual = _mean(ranges, used, starts)
    if screen:
        used &= ranges <= np.repeat(usual * constant("xmr_screen"), sizes) * (1 + ROUNDING)
        usual = _mean(ranges, used, starts)
    reach = constant("xmr_limit") * usual
    largest = np.maximum.reduceat(np.abs(values), starts) if values.size else np.zeros(0)
    return Limits(*(np.repeat(each, sizes) for each in (mean, mean - reach, mean + reach, ROUNDING * largest)))


def _sums(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.add.reduceat(values.astype(float), starts) if values.size else np.zeros(0)
    return found


def _mean(values: np.ndarray, used: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean of the values used in each segment; zero where there is none."""
    found: np.ndarray = _sums(np.where(used, values, 0), starts) / np.maximum(_sums(used, starts), 1)
    return found


def _runs(kind: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every place, how long its run of one kind is, and where the run begins."""
    begins = np.flatnonzero(first | np.r_[True, kind[1:] != kind[:-1]]) if kind.size else np.zeros(0, int)
    sizes = np.diff([*begins, kind.size])
    return np.repeat(sizes, sizes), np.repeat(begins, sizes)


def signals(values: np.ndarray, starts: np.ndarray, found: Limits) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Which points each rule flags, and which way each point's trend goes.

    Returns:
        Rule → flags, and the trend as −1, 0 or 1 for the points of a trend.
    """
    first = np.zeros(values.size, bool)
    first[starts] = True
    above = values - found.mean
    side = np.where(np.abs(above) <= found.rounding, 0, np.sign(above)).astype(int)
    outside = (values > found.upper + found.rounding) | (values < found.lower - found.rounding)

    length, _ = _runs(side, first)
    shift = (length >= constant("xmr_shift")) & (side != 0)

    step = np.sign(np.diff(values, prepend=values[:1])).astype(int)
    step[first] = 0
    # A first point has no step: it ends every run of steps, and joins the one that follows it.
    length, begin = _runs(step, first)
    long = (length >= constant("xmr_trend") - 1) & (step != 0)
    trend = np.where(long, step, 0)
    # The point from which a trend starts belongs to it, also where it ends another: then the later one counts.
    origins = np.unique(begin[long]) - 1
    trend[origins] = step[origins + 1]

    near = (found.upper - found.mean) * constant("xmr_near")
    close = ~outside & (np.abs(above) > near + found.rounding)
    beside = np.where(close, side, 0)
    two = np.zeros(values.size, bool)
    if values.size >= 3:
        together = ~(first[1:-1] | first[2:])
        for way in (-1, 1):
            mine, there = beside == way, side == way
            # The third need not be near the limit, but on the same side of the mean.
            hit = together & there[:-2] & there[1:-1] & there[2:]
            hit &= mine[:-2].astype(int) + mine[1:-1] + mine[2:] >= 2
            window = np.zeros(values.size, bool)
            for shifted in range(3):
                window[shifted : shifted + hit.size] |= hit
            two |= window & mine
    return {"outside": outside, "shift": shift, "trend": trend != 0, "two_of_three": two}, trend
