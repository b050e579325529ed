"""Amounts that bundle several layers, each shared by its own key among its own members, taken apart again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from hhanalytics.methods import constant

#: Most layers that are looked for.
MOST_LAYERS: Final = 3
#: As many printed amounts more than layers there must be, or chance alone would find a fit.
SPARE: Final = 2
#: How far from a printed amount a layer may carry it before all amounts are fitted together, in kroner: the
#: amounts it is first reckoned from are rounded, and their rounding grows.
FIRST_LOOK: Final = 12.0
#: Equations whose determinant, every row having one as its largest weight, is smaller say nothing that rounding leaves.
SINGULAR: Final = 1e-4
#: So few sets of layers are compared with all amounts at once.
FEW: Final = 8
#: Readings of one set of first amounts that are followed up.
MOST_READINGS: Final = 64

#: A key: the year of the population, or 0 for equal parts.
By = int
Weights = Mapping[By, Sequence[float]]


@dataclass(frozen=True, order=True)
class Layer:
    """One amount, shared by one key.

    Attributes:
        by: Year whose population on 1 January it is shared by; 0: equally.
        members: Who share it, of those with a printed amount.
        rate: Kroner per inhabitant, or per member.
    """

    by: By
    members: tuple[str, ...]
    rate: float


Decomposition = tuple[Layer, ...]


def decompose(amounts: Mapping[str, int], persons: Mapping[int, Mapping[str, int]]) -> list[Decomposition]:
    """The smallest sets of layers that give every amount within a krone.

    A layer is shared equally, or by the population of one year, among at least two of those with an amount, and
    every layer is positive. Layers of several years are tried for two layers; of three, those shared by
    population have one year. Nothing is looked for with more layers than two fewer than there are amounts.

    Args:
        amounts: Municipality → printed amount.
        persons: Year → municipality → inhabitants; years that lack somebody are left out.

    Returns:
        All equally small decompositions; none where no such set gives the amounts.

    Source:
        With k layers, k of the amounts and a guess of which layers each of them holds give the layers by
        linear equations; all other amounts must then be sums of some of the layers. The largest amount holds
        at least one layer, so it is always among the k. What passes is fitted to all amounts by least squares.

    Example:
        >>> persons = {2024: {"a": 1000, "b": 2000, "c": 3000, "d": 4000}}
        >>> [layers] = decompose({"a": 150_000, "b": 200_000, "c": 350_000, "d": 450_000}, persons)
        >>> [(layer.by, layer.members, round(layer.rate)) for layer in layers]
        [(0, ('a', 'c', 'd'), 50000), (2024, ('a', 'b', 'c', 'd'), 100)]
    """
    names = tuple(sorted(amounts))
    years = tuple(
        (year, tuple(people[name] for name in names))
        for year, people in sorted(persons.items())
        if all(people.get(name) for name in names)
    )
    return list(decompose_once(names, tuple(amounts[name] for name in names), years))


@lru_cache(maxsize=256)
def decompose_once(
    names: tuple[str, ...], amounts: tuple[int, ...], years: tuple[tuple[int, tuple[int, ...]], ...]
) -> tuple[Decomposition, ...]:
    """`decompose` of values that can be kept: a brief asks more than once."""
    target = np.array(amounts, dtype=float)
    if min(amounts, default=0) <= 0:
        return ()
    weights: dict[By, Any] = {0: np.ones(len(names))} | {year: np.array(people, float) for year, people in years}
    for number in range(1, MOST_LAYERS + 1):
        if len(names) < number + SPARE:
            break
        found: dict[tuple[tuple[By, tuple[str, ...]], ...], Decomposition] = {}
        for bys, has in _held(target, weights, number):
            for layers in _fitted(names, target, weights, bys, has):
                found.setdefault(tuple((layer.by, layer.members) for layer in layers), layers)
        if found:
            return tuple(found[which] for which in sorted(found))
    return ()


def _combinations(weights: Mapping[By, Any], number: int) -> list[tuple[By, ...]]:
    """Which keys the layers may have: any for one or two, one year of population among three."""
    if number < MOST_LAYERS:
        return list(itertools.combinations_with_replacement(weights, number))
    return sorted(
        {
            tuple(sorted([year] * by_population + [0] * (number - by_population)))
            for year in weights
            for by_population in range(number + 1)
        }
    )


def _held(target: Any, weights: Mapping[By, Any], number: int) -> Iterator[tuple[tuple[By, ...], Any]]:
    """Keys, and which layers each amount holds, for all that look like fitting."""
    combinations = _combinations(weights, number)
    # Key combination, layer, municipality; the largest weight of each layer being one.
    scale = np.array([[weights[by] / weights[by].max() for by in bys] for bys in combinations])
    sets = np.array(list(itertools.product((0.0, 1.0), repeat=number)))  # every set of layers
    guesses = np.array(list(itertools.product(sets[1:], repeat=number)))  # guess, row, layer
    guesses = guesses[(guesses.sum(axis=1) > 0).all(axis=1)]  # every layer is held by some row
    combination, guess = np.nonzero(_told_apart(combinations, guesses))
    first = int(target.argmax())
    for others in itertools.combinations([i for i in range(len(target)) if i != first], number - 1):
        rows = [first, *others]
        system = guesses[guess] * scale[:, :, rows].transpose(0, 2, 1)[combination]
        largest = np.maximum.reduce([system[..., layer] for layer in range(number)])
        solvable = np.abs(np.linalg.det(system / largest[..., None])) > SINGULAR
        which, system = combination[solvable], system[solvable]
        rates = np.linalg.solve(system, np.broadcast_to(target[rows, None], (len(which), number, 1)))
        rates = rates[..., 0]
        positive = (rates > FIRST_LOOK).all(1)
        which, rates = which[positive], rates[positive]
        parts = rates[:, :, None] * scale[which]  # candidate, layer, municipality
        # Most fail at the first amount that they were not reckoned from; the few that do not are looked at in one go.
        for other in (i for i in range(len(target)) if i not in rows):
            if len(which) <= FEW:
                break
            sums = parts[:, :, other] @ sets.T  # candidate, set
            fits = (np.abs(sums - target[other]) <= FIRST_LOOK).any(1)
            which, parts = which[fits], parts[fits]
        sums = np.einsum("sl,clm->csm", sets, parts)
        near = np.abs(sums - target) <= FIRST_LOOK  # candidate, set, municipality
        for index in np.nonzero(near.any(1).all(1))[0]:
            choices = [np.nonzero(near[index, :, i])[0] for i in range(len(target))]
            for chosen in itertools.islice(itertools.product(*choices), MOST_READINGS):
                yield combinations[which[index]], sets[list(chosen)]


def _told_apart(combinations: Sequence[tuple[By, ...]], guesses: Any) -> Any:
    """Which guesses to try with each combination of keys: layers of one key can change places, and do so once.

    Of all orders of such layers the guess that comes first is kept.
    """
    number = guesses.shape[1]
    held = guesses.transpose(0, 2, 1) @ (2.0 ** np.arange(number)[::-1])  # guess, layer: by which rows it is held
    rising = held[:, :-1] < held[:, 1:]
    keys = np.array(combinations)
    alike = (keys[:, :-1] == keys[:, 1:])[:, None]
    return (rising | ~alike).all(axis=2)


def _fitted(
    names: tuple[str, ...], target: Any, weights: Mapping[By, Any], bys: tuple[By, ...], has: Any
) -> Iterator[Decomposition]:
    """The layers fitted to all amounts, if they then give each within a krone."""
    if (has.sum(0) < 2).any():
        return
    design = has * np.array([weights[by] for by in bys]).T
    rates, _, rank, _ = np.linalg.lstsq(design, target, rcond=None)
    if rank < len(bys) or (rates <= 0).any() or np.abs(design @ rates - target).max() > constant("budget_fit_nok"):
        return
    layers = (
        Layer(by, tuple(name for name, holds in zip(names, has[:, i], strict=True) if holds), float(rates[i]))
        for i, by in enumerate(bys)
    )
    yield tuple(sorted(layers))
