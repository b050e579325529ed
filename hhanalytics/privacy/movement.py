"""How cells move: the certificate that a cell may be higher or lower, and a programme that finds one of any form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from hhanalytics.errors import BadInput
from hhanalytics.privacy.cells import Array
from hhanalytics.privacy.prices import NIL
from hhanalytics.privacy.protection import Need, Task


@dataclass(frozen=True)
class Move:
    """A way to move a cell: by how much each cell changes."""

    cells: Array
    by: Array


#: Marks a certificate that is a sum of several patterns.
EXTRA: Final = Move(np.zeros(0, np.int64), np.zeros(0))


def cheapest_movement(task: Task, hidden: Array, need: Need, amount: float, way: int) -> Move | None:
    """The cheapest movement of any form that brings a cell so far up (1) or down (-1), by a programme over all cells."""
    size = task.system.size
    price = np.where(hidden, 1e-6, task.cost)
    shut = task.fixed.copy()
    if need.insider >= 0:
        shut[need.insider] = True
    most = 1e6
    rise = np.where(shut, 0.0, np.minimum(task.upper, most))
    fall = np.where(shut, 0.0, np.minimum(task.lower, most))
    low = np.zeros(2 * size)
    low[need.cell if way > 0 else size + need.cell] = amount
    high = np.concatenate([rise, fall])
    if high[need.cell if way > 0 else size + need.cell] < amount - NIL:
        return None
    high[need.cell if way < 0 else size + need.cell] = 0.0
    found = milp(
        np.concatenate([price, price]),
        integrality=np.full(2 * size, int(task.counts)),
        bounds=Bounds(low, np.maximum(low, high)),
        constraints=LinearConstraint(sparse.hstack([task.system.sums, -task.system.sums]).tocsr(), 0.0, 0.0),
        options={"node_limit": 500},
    )
    if found.x is None:
        return None
    by = found.x[:size] - found.x[size:]
    by = np.rint(by) if task.counts else by
    cells = np.nonzero(np.abs(by) > 1e-7)[0]
    return Move(cells, by[cells])


def cannot_protect(task: Task, need: Need) -> BadInput:
    """The error for a cell that nothing can hide."""
    return BadInput.of(
        "cannot_protect",
        f"The cell {task.system.name(need.cell)}",
        "no cells that could hide it",
        "others under the same sums that may be withheld",
        "Group codes (hh.group), or publish fewer sums.",
    )
