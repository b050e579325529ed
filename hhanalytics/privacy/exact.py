"""Complementary suppression as an integer programme: the fewest cells, or the least told, provably.

A cell is suppressed or not; what must stay open becomes inequalities that are added as they turn out to
be violated, each from the dual of the attacker's linear programme (Fischetti and Salazar 2000).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from hhanalytics.privacy.cells import Array
from hhanalytics.privacy.heuristic import Cover
from hhanalytics.privacy.prices import NIL
from hhanalytics.privacy.protection import Need, Task, insider_needs

#: Rounds of adding inequalities before the heuristic's result is kept.
ROUNDS: Final = 40
#: Coefficients of one linear programme; more needs are asked about in several.
COEFFICIENTS: Final = 150_000
#: Slack of the solver.
LOOSE: Final = 1e-6


@dataclass(frozen=True)
class Solution:
    """What to suppress, and how good that is.

    Attributes:
        hidden: What is suppressed.
        bound: No suppression that is safe costs less than this.
        optimal: Whether this one is the cheapest.
    """

    hidden: Array
    bound: float
    optimal: bool


@dataclass(frozen=True)
class Asked:
    """One direction of a need, as a linear programme."""

    cell: int
    amount: float
    way: int
    insider: int


def asked(needs: Iterable[Need]) -> list[Asked]:
    """The directions of needs that ask for anything."""
    pairs = [(n, a, w) for n in needs for a, w in ((n.up, 1), (n.down, -1)) if a > NIL]
    return [Asked(n.cell, a, w, n.insider) for n, a, w in pairs]


class Programme:
    """The integer programme with the inequalities found so far."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.sums = task.system.sums.tocsr()
        self.rows: list[Array] = []
        self.cells: list[Array] = []
        self.least: list[float] = []

    def add(self, coefficients: Array, least: float) -> None:
        """Demand that coefficients times what is suppressed come to at least so much."""
        at = np.nonzero(coefficients)[0]
        self.rows.append(np.where(coefficients[at] > 0, np.minimum(coefficients[at], least), coefficients[at]))
        self.cells.append(at)
        self.least.append(least)

    def begin(self, wants: Sequence[Asked]) -> None:
        """Inequalities that hold within each single sum."""
        self.each_sum(wants)
        self.not_alone()

    def each_sum(self, wants: Sequence[Asked]) -> None:
        """The room that the others in each sum must give."""
        task, matrix = self.task, self.sums
        by_cell = matrix.tocsc()
        for want in wants:
            for line in by_cell.indices[by_cell.indptr[want.cell] : by_cell.indptr[want.cell + 1]]:
                at = slice(matrix.indptr[line], matrix.indptr[line + 1])
                cells, signs = matrix.indices[at], matrix.data[at]
                own = signs[cells == want.cell][0] * want.way
                # The others must make up for it: those with the same sign fall, those with the other rise.
                room = np.where(signs * own > 0, task.lower[cells], task.upper[cells])
                room[(cells == want.cell) | (cells == want.insider)] = 0.0
                self.rows.append(np.minimum(room, want.amount))
                self.cells.append(cells)
                self.least.append(want.amount)

    def not_alone(self) -> None:
        """No cell is suppressed alone in a sum: it could be worked out, so it would hide nothing."""
        task, matrix = self.task, self.sums
        for line in range(matrix.shape[0]):
            cells = matrix.indices[matrix.indptr[line] : matrix.indptr[line + 1]]
            for cell in cells:
                if not task.fixed[cell] and not task.free[cell] and not task.primary[cell]:
                    self.rows.append(np.where(cells == cell, -1.0, 1.0))
                    self.cells.append(cells)
                    self.least.append(0.0)

    def relaxed(self) -> float:
        """What meeting all inequalities so far costs at least, if cells could be suppressed in part."""
        matrix, low, high = self._parts()
        cost = np.where(self.task.hidden(), 0.0, self.task.cost)
        found = linprog(
            cost,
            A_ub=-matrix,
            b_ub=-(np.array(self.least) - LOOSE),
            bounds=np.stack([low, high], axis=1),
            method="highs",
        )
        return float(found.fun) if found.status == 0 else 0.0

    def _parts(self) -> tuple[Any, Array, Array]:
        size = self.task.system.size
        lines = np.repeat(np.arange(len(self.rows)), [len(r) for r in self.rows])
        values, cells = (np.concatenate(part) if part else np.zeros(0) for part in (self.rows, self.cells))
        matrix = sparse.csr_matrix((values, (lines, cells.astype(int))), shape=(len(self.rows), size))
        low = self.task.hidden().astype(float)
        return matrix, low, np.maximum(low, np.where(self.task.fixed, 0.0, 1.0))

    def solve(self) -> tuple[Array, float] | None:
        """The cheapest suppression that meets all inequalities so far, and the bound it proves."""
        matrix, low, high = self._parts()
        found = milp(
            np.where(self.task.hidden(), 0.0, self.task.cost),
            integrality=np.ones(len(low)),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(matrix, np.array(self.least) - LOOSE, np.inf) if self.rows else None,
            options={"node_limit": 500, "mip_rel_gap": 0.0},
        )
        if found.x is None:
            return None
        bound = found.mip_dual_bound if found.mip_dual_bound is not None else 0.0
        return found.x > 0.5, float(bound)

    def violated(self, hidden: Array, wants: Sequence[Asked]) -> int:
        """Add an inequality for each direction that is not open enough; say how many."""
        task = self.task
        cells = np.nonzero(hidden)[0]
        inside = self.sums[:, cells].tocsr()
        lines = np.nonzero(np.diff(inside.indptr))[0]
        inside = inside[lines]
        place = {int(cell): number for number, cell in enumerate(cells)}
        batch = max(1, COEFFICIENTS // max(inside.nnz, 1))
        added = 0
        for start in range(0, len(wants), batch):
            part = wants[start : start + batch]
            blocks = sparse.block_diag([inside] * len(part), format="csr")
            objective = np.zeros(len(part) * len(cells))
            bounds = np.tile(np.stack([-task.lower[cells], task.upper[cells]], axis=1), (len(part), 1))
            for number, want in enumerate(part):
                at = number * len(cells) + place[want.cell]
                objective[at] = -want.way
                bounds[at, 1 if want.way > 0 else 0] = want.way * want.amount
                if want.insider >= 0 and want.insider in place:
                    bounds[number * len(cells) + place[want.insider]] = 0.0
            found = linprog(objective, A_eq=blocks, b_eq=np.zeros(blocks.shape[0]), bounds=bounds, method="highs-ds")
            for number, want in enumerate(part):
                reached = abs(found.x[number * len(cells) + place[want.cell]])
                if reached < want.amount - LOOSE * max(1.0, want.amount):
                    dual = np.zeros(self.sums.shape[0])
                    dual[lines] = found.eqlin.marginals[number * len(lines) : (number + 1) * len(lines)]
                    self._cut(want, dual)
                    added += 1
        return added

    def _cut(self, want: Asked, dual: Array) -> None:
        """The inequality that an attacker's dual proves: how much room others must give."""
        slope = self.sums.T @ dual
        slope[want.cell] += want.way
        slope[np.abs(slope) < NIL] = 0.0
        room = np.where(slope > 0, self.task.upper, self.task.lower)
        coefficients = np.minimum(np.where(slope == 0, 0.0, np.abs(slope) * room), want.amount)
        own = slope[want.cell] * want.way
        # The cell itself may move as far as is wanted.
        rest = want.amount * (1 - max(own, 0.0))
        coefficients[want.cell] = 0.0
        if want.insider >= 0:
            coefficients[want.insider] = 0.0
        if rest > NIL:
            self.add(np.minimum(coefficients, rest), rest)


def fewest(task: Task, start: Cover, rounds: int = ROUNDS) -> Solution:
    """The cheapest suppression, or that of the heuristic with the bound proved so far.

    Args:
        task: The task.
        start: The heuristic's result.
        rounds: How often inequalities are added.
    """
    wants = asked(task.needs)
    programme = Programme(task)
    programme.begin(wants)
    bound = 0.0
    for _ in range(rounds):
        solved = programme.solve()
        if solved is None:
            break
        hidden, proved = solved
        bound = max(bound, proved)
        if bound >= start.price() - LOOSE:
            return Solution(start.hidden, start.price(), True)
        if programme.violated(hidden, wants):
            continue
        more = [want for want in asked(_insiders(task, hidden)) if want not in wants]
        if more and _closed(programme, hidden, more):
            continue
        price = float(task.cost[hidden & ~task.hidden()].sum())
        if task.counts and not whole(task, hidden, wants):
            break
        if price < start.price() - LOOSE:
            return Solution(hidden, bound, price <= bound + LOOSE * max(1.0, price))
        break
    return Solution(start.hidden, min(bound, start.price()), start.price() <= bound + LOOSE)


def lower_bound(task: Task) -> float:
    """What any safe suppression costs at least: what the sums ask for, each by itself, cells taken in part."""
    programme = Programme(task)
    programme.each_sum(asked(task.needs))
    return programme.relaxed() if programme.rows else 0.0


def _insiders(task: Task, hidden: Array) -> list[Need]:
    singles = np.nonzero(task.singles & hidden)[0]
    protected = sorted({n.cell for n in task.needs if n.insider < 0})
    return insider_needs(task, [(cell, int(single)) for cell in protected for single in singles if single != cell])


def _closed(programme: Programme, hidden: Array, more: list[Asked]) -> bool:
    """Add inequalities for cells that somebody on the inside can tell exactly; say whether there are any."""
    marks = len(programme.rows)
    by_pair: dict[tuple[int, int], list[Asked]] = {}
    for want in more:
        by_pair.setdefault((want.cell, want.insider), []).append(want)
    closed = False
    for wants in by_pair.values():
        before = len(programme.rows)
        if programme.violated(hidden, wants) < len(wants):
            # One direction is open, and one is enough.
            del programme.rows[before:], programme.cells[before:], programme.least[before:]
            continue
        # Either direction would do: demand the sum of both, which both forms imply.
        cells = {int(c) for part in programme.cells[before:] for c in part}
        del programme.rows[before:], programme.cells[before:], programme.least[before:]
        coefficients = np.zeros(programme.task.system.size)
        coefficients[[c for c in cells if not hidden[c]]] = 1.0
        programme.add(coefficients, 1.0)
        closed = True
    return closed and len(programme.rows) > marks


def whole(task: Task, hidden: Array, wants: Sequence[Asked]) -> bool:
    """Whether every direction is open in whole numbers too, as it need not be in three dimensions."""
    cells = np.nonzero(hidden)[0]
    inside = task.system.sums[:, cells].tocsr()
    inside = inside[np.nonzero(np.diff(inside.indptr))[0]]
    place = {int(cell): number for number, cell in enumerate(cells)}
    for want in wants:
        low, high = -task.lower[cells], task.upper[cells].copy()
        at = place[want.cell]
        if want.way > 0:
            high[at] = want.amount
        else:
            low[at] = -want.amount
        if want.insider >= 0 and want.insider in place:
            low[place[want.insider]] = high[place[want.insider]] = 0.0
        objective = np.zeros(len(cells))
        objective[at] = -want.way
        found = milp(
            objective,
            integrality=np.ones(len(cells)),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(inside, 0.0, 0.0),
        )
        if found.x is None or abs(found.x[at]) < want.amount - LOOSE:
            return False
    return True
