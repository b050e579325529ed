"""How often `level_shifts` reports a shift where there is none, and how often it finds one where there is.

The noise here is drawn with other seeds, and is partly of other kinds, than that by which the measure judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

import hhanalytics as hh
from hhanalytics.measures.step_noise import noise

#: Name → how much of a month's value is left the month after, what series have in common, size of the season.
KINDS = {
    "white": (0.0, 0.0, 0.0),
    "autocorrelated 0.5": (0.5, 0.0, 0.0),
    "autocorrelated 0.8": (0.8, 0.0, 0.0),
    "in common 0.8": (0.0, 0.8, 0.0),
    "seasonal": (0.0, 0.3, 2.0),
}
SERIES = 6


class Rate(NamedTuple):
    """In how many of the draws something was reported."""

    name: str
    share: float


def table(values: np.ndarray) -> pl.DataFrame:
    """Series as rows of a frame."""
    months = pl.date_range(date(2010, 1, 1), date(2030, 12, 1), "1mo", eager=True)[: values.shape[1]]
    names = pl.DataFrame({"technology": [f"series_{i}" for i in range(len(values))]})
    return names.join(pl.DataFrame({"month": months}), how="cross").with_columns(units=pl.Series(values.reshape(-1)))


def found(values: np.ndarray, kind: str) -> float:
    """In what share of the series a shift of a kind is reported, each series looked at by itself."""
    return sum(hh.level_shifts(table(each)).filter(kind=kind).height > 0 for each in values) / len(values)


def rates(length: int, draws: int) -> Iterator[Rate]:
    """False alarms in noise of some months, and shifts found in it."""
    for number, (name, (left, shared, season)) in enumerate(KINDS.items()):
        random = np.random.default_rng([length, number])
        sets = noise(random, draws, SERIES, length, left, shared, season)
        yield Rate(f"{name}, {length} months: single series", found(sets[:, :1], "single"))
        yield Rate(f"{name}, {length} months: six together", found(sets, "simultaneous"))
    random = np.random.default_rng(length)
    others = {
        "counts about 5": random.poisson(5, (draws, 1, length)),
        "counts about 300": random.poisson(300, (draws, 1, length)),
        "heavy tails": random.standard_t(3, (draws, 1, length)),
        "random walk": random.standard_normal((draws, 1, length)).cumsum(axis=2),
    }
    for name, values in others.items():
        yield Rate(f"{name}, {length} months: single series", found(values.astype(float), "single"))


def power(length: int, draws: int) -> Iterator[Rate]:
    """How often a shift in the middle is found, by its size in standard deviations of white noise."""
    for size in (3, 5, 8):
        random = np.random.default_rng([length, size, 1])
        sets = noise(random, draws, SERIES, length, 0, 0, 0)
        sets[:, :, length // 2 :] += size
        yield Rate(f"a shift of {size}, {length} months: single series", found(sets[:, :1], "single"))
        yield Rate(f"a shift of {size}, {length} months: six together", found(sets, "simultaneous"))


if __name__ == "__main__":
    for months in (12, 36, 60):
        for rate in (*rates(months, 2000), *power(months, 500)):
            print(f"{rate.share:6.1%}  {rate.name}")
