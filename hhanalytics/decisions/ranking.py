"""What comes first, whatever one weighs most: how often each alternative has each rank over all possible weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hhanalytics.decisions.draws import BLOCK, SEED, checked
from hhanalytics.decisions.spreads import Array
from hhanalytics.decisions.weights import Preference, weights
from hhanalytics.errors import BadInput

#: Sets of weights worked on at a time.
PART: Final = 16_384


@dataclass(frozen=True, eq=False)
class RankAcceptability:
    """How alternatives rank over all weights that are possible.

    Attributes:
        alternatives: Their names.
        rank_acceptability: Alternatives × ranks: the share of weights (and draws) that give it the rank.
        central_weights: Alternatives × criteria: the mean of the weights that put it first; nan where none does.
        confidence_factor: The share of draws in which it is first under its central weights; nan where it never is.
        pairwise_winning: Alternatives × alternatives: how often the one of the row beats that of the column.
        dominated: Pairs (worse, better): the better is at least as good on every criterion and every draw, and
            better on one.
        reversals: Triples (left out, before, now): which of the rest is most often first changes from the one to
            the other when an alternative is left out.
    """

    alternatives: tuple[str, ...]
    rank_acceptability: Array
    central_weights: Array
    confidence_factor: Array
    pairwise_winning: Array
    dominated: tuple[tuple[str, str], ...]
    reversals: tuple[tuple[str, str, str], ...]

    def up_to(self, rank: int) -> Array:
        """How often each is among the first so many."""
        found: Array = self.rank_acceptability[:, :rank].sum(axis=1)
        return found


def rank_acceptability(
    values: Any,
    preference: Preference = None,
    seed: int = SEED,
    *,
    names: Sequence[str] | None = None,
    ranges: Sequence[tuple[float, float]] | None = None,
    samples: int = 100_000,
) -> RankAcceptability:
    """How alternatives rank over all weights of the criteria (SMAA-2).

    Values are used as given: put the criteria on one scale first, more being better. A value that is
    missing (nan) is unknown: it is drawn anywhere in the criterion's range, neither zero nor the average.
    Alternatives that are equally good share their ranks.

    Args:
        values: Alternatives × criteria, or draws × alternatives × criteria.
        preference: None: all weights are possible; an order of importance or intervals, as `weights` takes them.
        seed: Same seed, same result.
        names: Names of the alternatives; None: their numbers.
        ranges: Lowest and highest value of each criterion, for what is missing; None: those that occur in it.
        samples: How many sets of weights.

    Returns:
        A `RankAcceptability`.

    Raises:
        BadInput: No such array; a value that is infinite; a criterion of which nothing is known and no range is
            given; names or ranges that do not fit.

    Source:
        Lahdelma and Salminen, SMAA-2, Operations Research 49(3), 2001.

    Example:
        >>> found = rank_acceptability([[1, 0, 0], [0.5, 0.5, 0.5]])
        >>> [round(float(first), 2) for first in found.rank_acceptability[:, 0]]
        [0.25, 0.75]
    """
    table = _draws(values)
    checked(samples, seed)
    _, count, criteria = table.shape
    labels = tuple(names) if names is not None else tuple(str(number) for number in range(count))
    if len(labels) != count or len(set(labels)) < count:
        raise BadInput.of("bad_values", "names", ", ".join(labels), f"{count} different names", "Name each once.")
    limits = _limits(table, ranges)
    ranks, wins = np.zeros((count, count)), np.zeros((count, count))
    first_weights, firsts = np.zeros((count, criteria)), np.zeros(count)
    without = np.zeros((count, count))
    for drawn, filled in _parts(table, limits, preference, samples, seed):
        scores = np.einsum("sac,sc->sa", filled, drawn)
        below, equal = scores[:, :, None] < scores[:, None, :], scores[:, :, None] == scores[:, None, :]
        above, tied = below.sum(axis=2), equal.sum(axis=2)
        for rank in range(count):
            ranks[:, rank] += np.where((above <= rank) & (rank < above + tied), 1 / tied, 0).sum(axis=0)
        best = np.where(above == 0, 1 / tied, 0.0)
        firsts += best.sum(axis=0)
        first_weights += best.T @ drawn
        wins += below.sum(axis=0).T
        wins += equal.sum(axis=0) / 2
        for left in range(count if count > 2 else 0):
            rest = np.delete(scores, left, axis=1)
            top = rest == rest.max(axis=1, keepdims=True)
            without[left, np.arange(count) != left] += (top / top.sum(axis=1, keepdims=True)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        central = np.where(firsts[:, None] > 0, first_weights / firsts[:, None], np.nan)
    return RankAcceptability(
        labels,
        ranks / samples,
        central,
        _confidence(table, limits, central, samples, seed),
        wins / samples,
        _dominated(table, labels),
        _reversals(labels, firsts, without) if count > 2 else (),
    )


def _draws(values: Any) -> Array:
    try:
        table = np.asarray(values, float)
    except (TypeError, ValueError):
        found = type(values).__name__
        raise BadInput.of("bad_values", "values", found, "an array of numbers", "Give missing ones as nan.") from None
    if table.ndim == 2:
        table = table[None]
    if table.ndim != 3 or 0 in table.shape:
        raise BadInput.of(
            "bad_values", "values", f"an array of shape {np.shape(values)}",
            "alternatives × criteria, or draws × alternatives × criteria", "Give a row per alternative.",
        )  # fmt: skip
    if np.isinf(table).any():
        raise BadInput.of("not_a_number", "values", "inf", "finite numbers, nan for what is missing", "Mend them.")
    return table


def _limits(table: Array, ranges: Sequence[tuple[float, float]] | None) -> Array:
    """Lowest and highest value of each criterion."""
    if ranges is not None:
        limits = np.asarray(ranges, float)
        if limits.shape != (table.shape[2], 2) or not (limits[:, 0] <= limits[:, 1]).all():
            found = f"{limits.tolist()}"
            raise BadInput.of("bad_values", "ranges", found, "a low and a high per criterion", "Give one each.")
        return limits
    known = ~np.isnan(table)
    unknown = [number for number in range(table.shape[2]) if not known[:, :, number].any()]
    if unknown:
        found = f"nothing known of criterion {', '.join(map(str, unknown))}"
        raise BadInput.of("no_range", "values", found, "a value, or a range", "Give ranges, or leave it out.")
    return np.stack([np.nanmin(table, axis=(0, 1)), np.nanmax(table, axis=(0, 1))], axis=1)


def _parts(
    table: Array, limits: Array, preference: Preference, samples: int, seed: int
) -> Iterator[tuple[Array, Array]]:
    """Weights, and a draw of the values with what is missing filled in, part by part."""
    children = np.random.SeedSequence(seed, spawn_key=(2,)).spawn(-(-samples // PART))
    for number, child in enumerate(children):
        size = min(PART, samples - number * PART)
        generator = np.random.default_rng(child)
        drawn = weights(table.shape[2], size, preference, generator)
        yield drawn, _filled(table, limits, size, number * PART, generator)


def _filled(table: Array, limits: Array, size: int, start: int, generator: np.random.Generator) -> Array:
    picked: Array = table[(start + np.arange(size)) % len(table)]
    missing = np.isnan(picked)
    if not missing.any():
        return picked
    low, high = limits.T
    return np.where(missing, low + generator.random(picked.shape) * (high - low), picked)


def _confidence(table: Array, limits: Array, central: Array, samples: int, seed: int) -> Array:
    """How often each is first under its central weights, over what its values may be."""
    sure = len(table) == 1 and not np.isnan(table).any()
    size = 1 if sure else min(samples, BLOCK)
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    filled = _filled(table, limits, size, 0, generator)
    found = np.full(len(central), np.nan)
    for number, own in enumerate(central):
        if not np.isnan(own).any():
            scores = filled @ own
            # What differs by rounding alone is equal.
            top = scores >= scores.max(axis=1, keepdims=True) - 1e-12 * np.abs(scores).max()
            found[number] = (top[:, number] / top.sum(axis=1)).mean()
    return found


def _dominated(table: Array, labels: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for worse in range(len(labels)):
        for better in range(len(labels)):
            low, high = table[:, worse], table[:, better]
            # What is not known may be better, so it is never dominated there.
            if (high >= low).all() and (high > low).any():
                found.append((labels[worse], labels[better]))
    return tuple(found)


def _reversals(labels: tuple[str, ...], firsts: Array, without: Array) -> tuple[tuple[str, str, str], ...]:
    found = []
    for left, label in enumerate(labels):
        kept = [number for number in range(len(labels)) if number != left]
        before = max(kept, key=lambda number: firsts[number])
        now = max(kept, key=lambda number: without[left, number])
        # Of two that are first equally often, neither is before the other.
        if firsts[before] > firsts[now] and without[left, now] > without[left, before]:
            found.append((label, labels[before], labels[now]))
    return tuple(found)
