"""Which readings of some figures add up to their stated total, and which of them are to be preferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal

from hhanalytics.sources.report_numbers import Reading, misreadings

#: More combinations of readings are not gone through.
MOST_COMBINATIONS = 50_000


@dataclass(frozen=True)
class Sum:
    """How some figures agree with their total.

    Attributes:
        result: ``holds``: they add up. ``rounding``: but for what rounding of each to whole kroner may make.
            ``near``: they would, with one digit of one figure read otherwise.
            ``differs``: they do not add up.
        parts: The figures as they are best read.
        total: The total as it is best read.
        alternatives: Place of a figure (the total stands last) → values with which they would add up.
    """

    result: Literal["holds", "rounding", "near", "differs"]
    parts: tuple[Reading, ...]
    total: Reading
    alternatives: tuple[tuple[int, int], ...] = ()

    @property
    def difference(self) -> int:
        """The sum of the figures less the total."""
        return sum(part.value for part in self.parts) - self.total.value


def add_up(parts: Sequence[Sequence[Reading]], total: Sequence[Reading]) -> Sum:
    """The readings of figures that add up to a reading of their total.

    Of readings that add up, those nearest to what stands there are taken. Where none do, one figure may have one
    digit misread: then there is a proposal, never a certainty.

    Args:
        parts: The readings of each figure, the plainest first.
        total: The readings of the total.

    Example:
        >>> two = [[Reading(100, "100")], [Reading(17, "17")]]
        >>> add_up(two, [Reading(117, "117")]).result, add_up(two, [Reading(500, "500")]).result
        ('holds', 'differs')
        >>> found = add_up(two, [Reading(177, "177")])
        >>> found.result, found.alternatives
        ('near', ((0, 160), (1, 77), (2, 117)))
    """
    every = [list(each) for each in (*parts, total)]
    while prod(map(len, every)) > MOST_COMBINATIONS:
        longest = max(every, key=len)
        del longest[-1]
    best: tuple[int, tuple[Reading, ...]] | None = None
    tied = False
    for chosen in product(*every):
        if sum(each.value for each in chosen[:-1]) == chosen[-1].value:
            cost = sum(each.cost + 2 * readings.index(each) for each, readings in zip(chosen, every, strict=True))
            tied = best is not None and cost == best[0]
            if best is None or cost < best[0]:
                best = cost, chosen
    plain = tuple(each[0] for each in every)
    if best is not None and not tied:
        return Sum("holds", best[1][:-1], best[1][-1])
    difference = sum(each.value for each in plain[:-1]) - plain[-1].value
    if best is None and 2 * abs(difference) <= len(plain):
        return Sum("rounding", plain[:-1], plain[-1])
    fixes = []
    for place, reading in enumerate(plain):
        wanted = reading.value + difference if place == len(plain) - 1 else reading.value - difference
        if wanted >= 0 and wanted in set(misreadings(reading.value)):
            fixes.append((place, wanted))
    # Whichever figure is taken, the others may be the wrong ones: it stays a proposal.
    result: Literal["near", "differs"] = "near" if fixes else "differs"
    return Sum(result, plain[:-1], plain[-1], tuple(fixes))
