"""Weights of criteria: drawn evenly from all that are possible, or from those that a preference allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hhanalytics.decisions.spreads import Array
from hhanalytics.errors import BadInput

#: A preference: criteria from the most important to the least, equals together; or lowest and highest weights.
Preference = Sequence[int | Sequence[int]] | Mapping[int, tuple[float, float]] | None


def weights(criteria: int, samples: int, preference: Preference, generator: np.random.Generator) -> Array:
    """Weights that sum to one, spread evenly over all that the preference allows.

    Args:
        criteria: How many criteria.
        samples: How many sets of weights.
        preference: None: all weights; a sequence of criteria (by number, from 0), the most important first, those
            that are not ranked against each other in a sequence of their own, those left out below all; or a
            mapping from criterion to its lowest and highest weight.
        generator: Where chance comes from.

    Returns:
        Samples × criteria.

    Raises:
        BadInput: A criterion that does not exist or stands twice, or intervals that no weights fit.

    Source:
        Differences of sorted uniform numbers are even on the simplex (Rubinstein 1982); sorting them is even
        on the ordered part of it, since all orders are alike.

    Example:
        >>> import numpy as np
        >>> found = weights(3, 20_000, [2, 0, 1], np.random.default_rng(1))
        >>> [round(float(w), 2) for w in found.mean(axis=0)]  # 5/18, 2/18 and 11/18
        [0.28, 0.11, 0.61]
    """
    if preference is None:
        return _even(criteria, samples, generator)
    if isinstance(preference, Mapping):
        return _inside(criteria, samples, preference, generator)
    groups = [[each] if isinstance(each, int | np.integer) else [*each] for each in preference]
    named = [number for group in groups for number in group]
    _known(criteria, named)
    groups.append([number for number in range(criteria) if number not in named])
    drawn = np.sort(_even(criteria, samples, generator), axis=1)[:, ::-1]
    out = np.empty_like(drawn)
    place = 0
    for group in groups:
        block = drawn[:, place : place + len(group)]
        if len(group) > 1:
            # Within a group any order is as likely.
            block = np.take_along_axis(block, generator.random(block.shape).argsort(axis=1), axis=1)
        out[:, group] = block
        place += len(group)
    return out


def _known(criteria: int, named: Sequence[int]) -> None:
    wrong = [number for number in named if not 0 <= number < criteria]
    if wrong or len(set(named)) < len(named):
        found = f"criteria {', '.join(map(str, named))}"
        expected = f"each of 0 to {criteria - 1} at most once"
        raise BadInput.of("bad_preference", "preference", found, expected, "Correct the numbers of the criteria.")


def _even(criteria: int, samples: int, generator: np.random.Generator) -> Array:
    cuts = np.sort(generator.random((samples, criteria - 1)), axis=1)
    edges = np.concatenate([np.zeros((samples, 1)), cuts, np.ones((samples, 1))], axis=1)
    return np.diff(edges, axis=1)


def _inside(
    criteria: int, samples: int, intervals: Mapping[int, tuple[float, float]], generator: np.random.Generator
) -> Array:
    _known(criteria, [*intervals])
    low, high = np.zeros(criteria), np.ones(criteria)
    for number, (least, most) in intervals.items():
        low[number], high[number] = least, most
    rest = 1 - low.sum()
    if not ((low >= 0) & (low <= high)).all() or rest < -1e-12 or high.sum() < 1 - 1e-12:
        found = ", ".join(f"{a:g} to {b:g}" for a, b in zip(low, high, strict=True))
        expected = "lowest weights that sum to at most one, highest to at least one"
        raise BadInput.of("bad_preference", "preference", found, expected, "Widen the intervals.")
    # All weights that reach the lowest: a smaller simplex, of which those are kept that stay below the highest.
    kept: list[Any] = []
    count = tried = 0
    while count < samples and (tried < 20 * samples or count * 200 > tried):
        drawn = low + rest * _even(criteria, samples, generator)
        tried += samples
        kept.append(drawn[(drawn <= high + 1e-12).all(axis=1)])
        count += len(kept[-1])
    if count >= samples:
        return np.concatenate(kept)[:samples]
    return _walk(low, high, samples, generator)


def _walk(low: Array, high: Array, samples: int, generator: np.random.Generator) -> Array:
    """Where few weights fit: each set walks from one that fits, two weights at a time sharing their sum anew."""
    room = high - low
    start = low + room * ((1 - low.sum()) / room.sum() if room.sum() > 0 else 0)
    out = np.tile(start, (samples, 1))
    criteria = len(low)
    for _ in range(30 * criteria * criteria):
        first, second = generator.choice(criteria, 2, replace=False)
        both = out[:, first] + out[:, second]
        least = np.maximum(low[first], both - high[second])
        most = np.minimum(high[first], both - low[second])
        out[:, first] = least + generator.random(samples) * np.maximum(most - least, 0)
        out[:, second] = both - out[:, first]
    return out
