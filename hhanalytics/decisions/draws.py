"""Uniform random numbers that depend on nothing but the seed, the input's name and the number of the draw."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import Final

import numpy as np

from hhanalytics.decisions.spreads import Array
from hhanalytics.errors import BadInput

#: Draws per seed: every input has a child of the seed for each block of so many draws.
BLOCK: Final = 65_536
SEED: Final = 20_250_101


@cache
def _key(name: str) -> tuple[int, ...]:
    digest = sha256(name.encode()).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "big") for i in (0, 4, 8))


def uniforms(seed: int, name: str, start: int, stop: int) -> Array:
    """The uniform numbers of an input, from draw ``start`` to before ``stop``.

    The same draw is the same number, however many are asked for, in what pieces and by how many threads;
    and an input keeps its numbers when others are added.

    Example:
        >>> whole = uniforms(1, "price", 0, 100_000)
        >>> bool((whole[70_000:] == uniforms(1, "price", 70_000, 100_000)).all())
        True
    """
    out = np.empty(stop - start)
    done = 0
    while start + done < stop:
        block, offset = divmod(start + done, BLOCK)
        take = min(BLOCK - offset, stop - start - done)
        child = np.random.SeedSequence(seed, spawn_key=(*_key(name), block))
        generator = np.random.Generator(np.random.PCG64(child))
        if offset:
            out[done : done + take] = generator.random(offset + take)[offset:]
        else:
            generator.random(out=out[done : done + take])
        done += take
    return out


def checked(draws: int, seed: int) -> None:
    """Refuse a number of draws or a seed that cannot be.

    Raises:
        BadInput: Less than one draw, or a negative seed.
    """
    if draws < 1:
        raise BadInput.of("bad_draws", "draws", draws, "at least one", "Give more draws.")
    if seed < 0:
        raise BadInput.of("bad_seed", "seed", seed, "zero or more", "Give another seed.")


def mean_of(values: Array) -> float:
    """The mean, summed block by block, so that it is the same however the draws were made."""
    parts = [float(values[i : i + BLOCK].sum()) for i in range(0, len(values), BLOCK)]
    return sum(parts) / len(values)


def variance_of(values: Array, mean: float) -> float:
    """The mean squared distance from the mean, summed like it."""
    parts = []
    for i in range(0, len(values), BLOCK):
        centred = values[i : i + BLOCK] - mean
        centred *= centred
        parts.append(float(centred.sum()))
    return sum(parts) / len(values)


def quantiles(values: Array, shares: Iterable[float]) -> list[float]:
    """Quantiles as ``numpy.quantile`` gives them, without sorting everything.

    Values are first counted in bins; only the bins that hold a wanted one are then sorted.

    Example:
        >>> quantiles(np.array([3.0, 1.0, 2.0, 4.0]), [0.5])
        [2.5]
    """
    low, high = float(values.min()), float(values.max())
    wanted = list(shares)
    if low == high or not np.isfinite(high - low):
        return [low if low == high else float(np.quantile(values, share)) for share in wanted]
    bins = max(len(values) // 256, 1)
    index = ((values - low) * (bins / (high - low))).astype(np.int32)
    np.minimum(index, bins - 1, out=index)
    below = np.concatenate([[0], np.cumsum(np.bincount(index, minlength=bins))])
    sorted_bins: dict[int, Array] = {}

    def at(rank: int) -> float:
        number = int(np.searchsorted(below, rank, side="right")) - 1
        if number not in sorted_bins:
            sorted_bins[number] = np.sort(values[index == number])
        return float(sorted_bins[number][rank - below[number]])

    found = []
    for share in wanted:
        place = share * (len(values) - 1)
        first = int(place)
        lower, upper = at(first), at(min(first + 1, len(values) - 1))
        found.append(lower + (upper - lower) * (place - first))
    return found
