"""Several budgets of one period, made of the same few layers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from hhanalytics.decisions.layers import Layer, decompose
from hhanalytics.methods import constant

#: Budgets are round: the coarsest of these that still gives every printed amount is taken.
ROUND_TO: Final = (1000, 100, 10, 1)
#: With more than these without a printed amount, each is no longer tried in every layer.
MOST_UNPRINTED: Final = 4
#: Combinations of decompositions of several budgets that are compared.
MOST_TOGETHER: Final = 1000

Amounts = Mapping[str, int]
Persons = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True)
class SharedLayer:
    """One amount that stands in one budget or several, shared by one key.

    Attributes:
        by: Year whose population on 1 January it is shared by; 0: equally.
        amount: Kroner.
        members: Budget → who share it there, also those without a printed amount.
    """

    by: int
    amount: float
    members: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> str:
        """The id by which the catalogues name its key."""
        return f"population/{date(self.by, 1, 1)}" if self.by else "equal"


@dataclass(frozen=True)
class Reading:
    """A way in which all budgets of a period are made of the same few layers.

    Attributes:
        layers: The layers, largest first.
        deviation: Largest distance in kroner from a printed amount.
        unstated: How many of the amounts are no stated total.
        added: How many without a printed amount are members of a layer.
    """

    layers: tuple[SharedLayer, ...]
    deviation: float
    unstated: int
    added: int


def budget_readings(
    budgets: Mapping[str, Amounts],
    persons: Persons,
    unprinted: Sequence[str] = (),
    stated: Iterable[int] = (),
) -> list[Reading]:
    """The fewest layers of which all budgets of a period are made.

    Each budget is taken apart alone (`decompose`). Of their decompositions those are kept that together need
    the fewest different layers, then the fewest amounts that are no stated total. An amount is the same layer
    where it is shared by the same key, also among others: 900 shared by three and by two is one layer. Somebody
    without a printed amount is taken as a member only where that makes amounts the same, or a stated total.

    Args:
        budgets: Budget → municipality → printed amount.
        persons: Year → municipality → inhabitants.
        unprinted: Municipalities that may share a layer although no amount is printed for them.
        stated: Stated totals; a layer within its rounding of one is that total.

    Returns:
        All readings with equally few layers; none where a budget cannot be taken apart.

    Example:
        >>> persons = {2024: {"a": 1000, "b": 2000, "c": 3000, "d": 4000}}
        >>> with_d = {"a": 100_000, "b": 200_000, "c": 300_000}
        >>> without_d = {"a": 166_667, "b": 333_333, "c": 500_000}
        >>> [reading] = budget_readings({"with": with_d, "without": without_d}, persons, ["d"])
        >>> [(layer.amount, layer.members["with"]) for layer in reading.layers]
        [(1000000, ('a', 'b', 'c', 'd'))]
    """
    alone = {name: decompose(amounts, persons) for name, amounts in budgets.items()}
    combinations = itertools.islice(itertools.product(*alone.values()), MOST_TOGETHER)
    totals = sorted(set(stated))
    together = [
        _reading(dict(zip(alone, each, strict=True)), budgets, persons, unprinted, totals) for each in combinations
    ]
    least = min((_size(reading) for reading in together), default=None)
    return [reading for reading in together if _size(reading) == least]


def _size(reading: Reading) -> tuple[int, int, int]:
    """How much a reading takes for granted: layers, amounts that stand nowhere, members without an amount."""
    return len(reading.layers), reading.unstated, reading.added


@dataclass
class _Open:
    """A layer whose members are not settled: for each budget what it may be."""

    by: int
    options: dict[str, dict[tuple[str, ...], tuple[float, float]]]

    def joined(self, budget: str, options: dict[tuple[str, ...], tuple[float, float]]) -> _Open | None:
        """This layer standing in one more budget, if any amount is the same; with as few added as can be."""
        both = []
        for own in itertools.product(*(each.items() for each in self.options.values())):
            for members, (amount, width) in options.items():
                held = [*(value for _, value in own), (amount, width)]
                if max(a for a, _ in held) - min(a for a, _ in held) <= max(w for _, w in held):
                    chosen = {**dict(zip(self.options, own, strict=True)), budget: (members, (amount, width))}
                    both.append((sum(len(names) for names, _ in chosen.values()), list(chosen.items())))
        if not both:
            return None
        best = min(both, key=lambda each: each[0])[1]
        return _Open(self.by, {name: {members: value} for name, (members, value) in best})


def _options(
    layer: Layer, persons: Persons, unprinted: Sequence[str], totals: Sequence[int]
) -> dict[tuple[str, ...], tuple[float, float]]:
    """Who may share a layer beside those with a printed amount → its amount, and how far rounding may move it."""

    def size(names: Iterable[str]) -> float:
        return sum(persons[layer.by].get(name, 0) if layer.by else 1 for name in names)

    out = {}
    sizes = range(len(unprinted) + 1) if len(unprinted) <= MOST_UNPRINTED else (0, len(unprinted))
    for number in sizes:
        for added in itertools.combinations(unprinted, number):
            if layer.by and not all(persons[layer.by].get(name) for name in added):
                continue
            amount = layer.rate * size((*layer.members, *added))
            width = 2.0 * constant("budget_fit_nok") * (len(layer.members) + len(added))
            out[added] = (amount, width)
    stated = {added: value for added, value in out.items() if any(abs(value[0] - t) <= value[1] for t in totals)}
    return out if () in stated else {**stated, **out}


def _reading(
    layers: Mapping[str, Sequence[Layer]],
    budgets: Mapping[str, Amounts],
    persons: Persons,
    unprinted: Sequence[str],
    totals: Sequence[int],
) -> Reading:
    """Decompositions, one for each budget, as layers that stand in several where they can."""
    open_layers: list[_Open] = []
    printed: list[dict[str, Layer]] = []
    for budget, own in layers.items():
        taken: set[int] = set()
        for layer in own:
            options = _options(layer, persons, unprinted, totals)
            for index, other in enumerate(open_layers):
                joined = other.joined(budget, options) if other.by == layer.by and index not in taken else None
                if joined:
                    open_layers[index] = joined
                    printed[index][budget] = layer
                    taken.add(index)
                    break
            else:
                taken.add(len(open_layers))
                open_layers.append(_Open(layer.by, {budget: options}))
                printed.append({budget: layer})
    settled = [
        (own, {name: _first(options, totals) for name, options in each.options.items()})
        for own, each in zip(printed, open_layers, strict=True)
    ]
    shared = [
        SharedLayer(
            next(iter(own.values())).by,
            sum(amount for _, amount in chosen.values()) / len(chosen),
            {name: tuple(sorted((*own[name].members, *added))) for name, (added, _) in chosen.items()},
        )
        for own, chosen in settled
    ]
    rounded, deviation = _rounded(shared, budgets, persons)
    added = sum(len(names) for _, chosen in settled for names, _ in chosen.values())
    unstated = sum(layer.amount not in totals for layer in rounded)
    return Reading(tuple(sorted(rounded, key=lambda layer: -layer.amount)), deviation, unstated, added)


def _first(
    options: Mapping[tuple[str, ...], tuple[float, float]], totals: Sequence[int]
) -> tuple[tuple[str, ...], float]:
    """Who is added, and the amount: a stated total if one fits, otherwise nobody."""
    for added, (amount, width) in options.items():
        if any(abs(amount - total) <= width for total in totals):
            return added, amount
    added = min(options, key=len)
    return added, options[added][0]


def _rounded(
    layers: Sequence[SharedLayer], budgets: Mapping[str, Amounts], persons: Persons
) -> tuple[list[SharedLayer], float]:
    """The layers with the roundest amounts that still give every printed amount."""
    out, deviation = list(layers), float("inf")
    for unit in ROUND_TO:
        out = [SharedLayer(each.by, round(each.amount / unit) * unit, each.members) for each in layers]
        deviation = max(
            abs(sum(part_of(layer, budget, name, persons) for layer in out) - amount)
            for budget, amounts in budgets.items()
            for name, amount in amounts.items()
        )
        if deviation <= constant("budget_fit_nok"):
            break
    return out, deviation


def part_of(layer: SharedLayer, budget: str, municipality: str, persons: Persons) -> float:
    """What a municipality's part of a layer is in a budget, in kroner; 0 where it has none."""
    members = layer.members.get(budget, ())
    if municipality not in members:
        return 0.0
    if not layer.by:
        return layer.amount / len(members)
    return layer.amount * persons[layer.by][municipality] / sum(persons[layer.by][name] for name in members)
