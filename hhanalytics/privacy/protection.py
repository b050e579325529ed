"""What must be protected in a system of cells, and how much must stay open about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hhanalytics.privacy.cells import Array, System


class Need(NamedTuple):
    """One thing that what is suppressed must allow: that a cell may as well be so much higher, or lower.

    Attributes:
        cell: The cell.
        up: By how much it must be able to be higher.
        down: By how much it must be able to be lower.
        insider: The cell whose value the attacker knows besides; −1: none.
    """

    cell: int
    up: float
    down: float
    insider: int = -1


@dataclass(frozen=True)
class Task:
    """A system of cells with everything that decides what to suppress.

    Attributes:
        system: The cells and sums.
        primary: Cells that may not be shown.
        fixed: Cells that readers know whatever is done.
        free: Cells that nobody is shown: sums that no table prints.
        lower: The least every reader knows a suppressed cell to be, as a distance below its value.
        upper: The same above its value.
        cost: What it costs to suppress a cell.
        needs: What must stay open.
        singles: Cells that rest on one person or unit, who knows the value.
        counts: Whether values are whole numbers.
    """

    system: System
    primary: Array
    fixed: Array
    free: Array
    lower: Array
    upper: Array
    cost: Array
    needs: tuple[Need, ...]
    singles: Array
    counts: bool

    def hidden(self) -> Array:
        """What is suppressed to begin with."""
        return np.asarray(self.primary | self.free)


def insider_needs(task: Task, helped: list[tuple[int, int]]) -> list[Need]:
    """What must stay open towards those who know the value of a cell of their own.

    Args:
        task: The task.
        helped: Pairs (cell, single cell that hides it).
    """
    least = 1.0 if task.counts else 0.0
    plain: dict[int, list[Need]] = {}
    for need in task.needs:
        if need.insider < 0:
            plain.setdefault(need.cell, []).append(need)
    return [
        Need(cell, least or max(need.up, 1e-3), least or max(need.down, 1e-3), single)
        for cell, single in helped
        for need in plain.get(cell, ())
    ]
