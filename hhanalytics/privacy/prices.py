"""What it costs at the moment to let each cell rise or fall, and how far it can.

Kept up to date cell by cell: to price all of them for every search would take longest in large tables.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hhanalytics.privacy.cells import Array
from hhanalytics.privacy.protection import Task

NEVER: Final = np.inf
#: What is nearly nothing, in units of the values.
NIL: Final = 1e-9


class Prices:
    """Prices and room of every place, in one list.

    First come all cells where they go the same way as the cell that is moved, then a place that is never to be had
    (a zero that readers know), then one that is free (it belongs to no table); then the same for those that go the
    other way.

    Args:
        task: What a cell costs, and between which limits readers know it.

    Attributes:
        hidden: The cells that are suppressed, which cost nothing more.
        sure: Whether no cell costs less than nothing, so that a part of a pattern never costs more than the whole.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.hidden: Array = task.hidden()
        self.sure = not bool((task.cost < 0).any())
        self.width = task.system.size + 2
        self._shut = task.fixed.copy()
        now = np.append(self._of(np.arange(task.system.size)), [NEVER, 0.0])
        self._now = np.concatenate([now, now])
        ends = [NEVER, NEVER]
        self._above = np.concatenate([task.upper, ends, task.lower, ends])
        self._below = np.concatenate([task.lower, ends, task.upper, ends])

    def _of(self, cells: Array) -> Array:
        cost = np.where(self.hidden[cells], 0.0, self.task.cost[cells])
        return np.where(self._shut[cells], NEVER, cost)

    def _renew(self, cells: Array) -> None:
        self._now[cells] = self._now[cells + self.width] = self._of(cells)

    def hide(self, cells: Array) -> Array:
        """Suppress some cells; gives those that were not suppressed before."""
        new = cells[~self.hidden[cells]]
        if len(new):
            self.hidden[new] = True
            self._renew(new)
        return new

    def show(self, cells: Array) -> None:
        """Show some cells again."""
        self.hidden[cells] = False
        self._renew(cells)

    def shut(self, cell: int, shut: bool = True) -> None:
        """Let a cell never be used; or again, if it may be."""
        self._shut[cell] = shut or self.task.fixed[cell]
        self._renew(np.array([cell]))

    def moved(self, cells: Array, by: Array | float) -> None:
        """Let cells stand so far above their values: what is left of their room."""
        task, other = self.task, cells + self.width
        self._above[cells] = self._below[other] = task.upper[cells] - by
        self._above[other] = self._below[cells] = task.lower[cells] + by

    def at(self, places: Array, up: float, down: float) -> Array:
        """What places cost, `NEVER` where they have not the room to go so far with the cell that is moved, and back."""
        if up < 0 and down < 0:
            return self._now.take(places)
        room = (self._above.take(places) >= up - NIL) & (self._below.take(places) >= down - NIL)
        return np.where(room, self._now.take(places), NEVER)
