"""Complementary suppression, quickly: each cell hidden behind the pattern that costs least, then made leaner.

Every cell that must stay open keeps a certificate: the movement, in whole steps, that leaves all that is
published as it is. So the result is safe by construction, however large the table; only whether it is the
fewest possible is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from hhanalytics.errors import BadInput
from hhanalytics.privacy.patterns import NEVER, Patterns
from hhanalytics.privacy.protection import Need, Task, insider_needs

#: An array of numbers; what numpy says of its shape and kind is of no help here.
Array = Any
#: What is nearly nothing, in units of the values.
NIL: Final = 1e-9
#: So many patterns may be added up to open one cell.
STEPS: Final = 40


@dataclass(frozen=True)
class Move:
    """A way to move a cell: by how much each cell changes."""

    cells: Array
    by: Array


#: Marks a certificate that is a sum of several patterns.
EXTRA: Final = Move(np.zeros(0, np.int64), np.zeros(0))


class Cover:
    """What is suppressed, and the certificate of every need."""

    def __init__(self, task: Task, patterns: Patterns) -> None:
        self.task = task
        self.patterns = patterns
        self.hidden = task.hidden()
        self.moves: dict[Need, tuple[Move, ...]] = {}
        self.never: set[int] = set()
        self.uses: Array = np.zeros(task.system.size, np.int64)
        self.users: dict[int, set[Need]] = {}

    # Looking for moves

    def _prices(self, up: float, down: float, insider: int) -> tuple[Array, Array]:
        """What each cell costs as one that rises or falls, `NEVER` where it has not the room."""
        task = self.task
        cost = np.where(self.hidden, 0.0, task.cost)
        cost[task.fixed] = NEVER
        if self.never:
            cost[list(self.never)] = NEVER
        if insider >= 0:
            cost[insider] = NEVER
        can_rise = (task.upper >= up - NIL) & (task.lower >= down - NIL)
        can_fall = (task.lower >= up - NIL) & (task.upper >= down - NIL)
        return np.where(can_rise, cost, NEVER), np.where(can_fall, cost, NEVER)

    def _one(self, need: Need, up: float, down: float, limit: float) -> tuple[float, tuple[Move, ...]] | None:
        """One pattern that serves both directions at once."""
        rise, fall = self._prices(up, down, need.insider)
        for lifted in (False, True):
            found = self.patterns.cheapest(need.cell, rise, fall, lifted, limit)
            if found:
                cost, cells, signs = found
                moves = [Move(cells, signs * up)] if up > NIL else []
                return cost, (*moves, *([Move(cells, -signs * down)] if down > NIL else []))
        return None

    def _added_up(self, need: Need, amount: float, way: int, limit: float) -> tuple[float, tuple[Move, ...]] | None:
        """Several patterns, each as far as it goes, for a cell that no single one can open enough."""
        task = self.task
        z = np.zeros(task.system.size)
        hidden, total = self.hidden.copy(), 0.0
        for _ in range(STEPS):
            left = amount - abs(z[need.cell])
            if left <= NIL:
                break
            found = None
            step = left
            while found is None and step > (0.5 if task.counts else amount * 1e-3):
                cost = np.where(hidden, 0.0, task.cost)
                cost[task.fixed] = NEVER
                if self.never:
                    cost[list(self.never)] = NEVER
                if need.insider >= 0:
                    cost[need.insider] = NEVER
                above, below = task.upper - z, task.lower + z
                if way < 0:
                    above, below = below, above
                rise, fall = np.where(above >= step - NIL, cost, NEVER), np.where(below >= step - NIL, cost, NEVER)
                for lifted in (False, True):
                    found = self.patterns.cheapest(need.cell, rise, fall, lifted, limit - total)
                    if found:
                        break
                if found is None:
                    step = np.floor(step / 2) if task.counts and step > 1 else step / 2
            if found is None:
                return None
            price, cells, signs = found
            z[cells] += way * signs * step
            hidden[cells] = True
            total += price
        cells = np.nonzero(np.abs(z) > NIL)[0]
        return (total, (Move(cells, z[cells]), EXTRA)) if amount - abs(z[need.cell]) <= NIL else None

    def best(self, need: Need, limit: float = NEVER) -> tuple[float, tuple[Move, ...]] | None:
        """The cheapest moves that meet a need, and what they cost."""
        if need.insider >= 0:
            either = [self._one(need, need.up, 0.0, limit), self._one(need, 0.0, need.down, limit)]
            return min((e for e in either if e), key=lambda e: e[0], default=None)
        both = self._one(need, need.up, need.down, limit)
        if both is None or both[0] > NIL:
            before, total = self.hidden.copy(), 0.0
            moves: list[Move] = []
            for amount, way in ((need.up, 1), (need.down, -1)):
                if amount <= NIL:
                    continue
                pair = (amount, 0.0) if way > 0 else (0.0, amount)
                room = min(limit, both[0] if both else NEVER) - total
                found = self._one(need, *pair, room)
                if found is None and (limit == NEVER or len(self.moves.get(need, ())) > 2):
                    found = self._added_up(need, amount, way, room)
                if found is None:
                    break
                total += found[0]
                moves += found[1]
                for move in found[1]:
                    self.hidden[move.cells] = True
            else:
                both = (total, tuple(moves))
            self.hidden = before
        return both

    # Suppressing

    def keep(self, need: Need, moves: tuple[Move, ...]) -> None:
        """Let these moves be the certificate of a need."""
        for move in self.moves.get(need, ()):
            self.uses[move.cells] -= 1
            for cell in move.cells.tolist():
                self.users[cell].discard(need)
        self.moves[need] = moves
        for move in moves:
            self.uses[move.cells] += 1
            self.hidden[move.cells] = True
        for move in moves:
            for cell in move.cells.tolist():
                self.users.setdefault(cell, set()).add(need)

    def meet(self, needs: Iterable[Need]) -> None:
        """Suppress what is needed for each of the needs in turn.

        Raises:
            BadInput: A cell cannot be hidden behind others.
        """
        for need in needs:
            found = self.best(need)
            self.keep(need, found[1] if found else self._by_programme(need))

    def _by_programme(self, need: Need) -> tuple[Move, ...]:
        """Moves of any form, by a programme over all cells: for what no pattern can open."""
        task = self.task
        ways = [(need.up, 1), (need.down, -1)]
        if need.insider >= 0:
            found = [self._moved(need, amount, way) for amount, way in ways]
            either = next((move for move in found if move is not None), None)
            if either is None:
                raise cannot_protect(task, need)
            return (either, EXTRA)
        out: list[Move] = []
        for amount, way in ways:
            if amount <= NIL:
                continue
            move = self._moved(need, amount, way)
            if move is None:
                raise cannot_protect(task, need)
            self.hidden[move.cells] = True
            out.append(move)
        return (*out, EXTRA)

    def _moved(self, need: Need, amount: float, way: int) -> Move | None:
        """The cheapest movement of any form that brings a cell so far up or down."""
        task, size = self.task, self.task.system.size
        price = np.where(self.hidden, 1e-6, task.cost)
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

    def insiders(self) -> list[Need]:
        """What must also stay open: cells hidden only behind one whose owner knows its value."""
        singles = self.task.singles & self.hidden
        pairs = set()
        for need, moves in self.moves.items():
            if need.insider >= 0 or not self.task.primary[need.cell]:
                continue
            used = [{int(c) for c in move.cells if singles[c] and c != need.cell} for move in moves]
            pairs |= {(need.cell, single) for single in set.intersection(*used)} if used else set()
        return [need for need in insider_needs(self.task, sorted(pairs)) if need not in self.moves]

    def secondary(self) -> Array:
        """The cells suppressed to hide others."""
        return np.nonzero(self.hidden & ~self.task.primary & ~self.task.free)[0]

    def price(self) -> float:
        """What the suppressed cells cost."""
        return float(self.task.cost[self.secondary()].sum())

    def prune(self) -> None:
        """Show again what no certificate uses."""
        self.hidden &= self.task.hidden() | (self.uses > 0)

    def improve(self, rounds: int) -> None:
        """Try to do without each secondary cell, the dearest first."""
        for _ in range(rounds):
            order = sorted(self.secondary(), key=lambda c: (-self.task.cost[c], int(c)))
            if not sum(self._without(int(cell)) for cell in order if self.hidden[cell]):
                break

    def _without(self, cell: int) -> bool:
        """Do without one cell where others can take its place for less."""
        touched = sorted(self.users.get(cell, ()), key=lambda n: (n.cell, n.insider))
        hidden, price = self.hidden.copy(), self.price()
        before = {need: self.moves[need] for need in touched}
        self.never.add(cell)
        self.hidden[cell] = False
        spent, done = 0.0, True
        for need in touched:
            found = self.best(need, self.task.cost[cell] - spent - NIL)
            if found is None:
                done = False
                break
            spent += found[0]
            self.keep(need, found[1])
        self.never.discard(cell)
        if done:
            self.prune()
        if not done or self.price() >= price - NIL:
            for need, moves in before.items():
                self.keep(need, moves)
            self.hidden = hidden
            return False
        return True


def cannot_protect(task: Task, need: Need) -> BadInput:
    """The error for a cell that nothing can hide."""
    return BadInput.of(
        "cannot_protect",
        f"The cell {task.system.name(need.cell)}",
        "no cells that could hide it",
        "others under the same sums that may be withheld",
        "Group codes (hh.group), or publish fewer sums.",
    )


def covered(task: Task, orders: int = 1, rounds: int = 2, places: int = 600_000) -> Cover:
    """What to suppress by the heuristic.

    Args:
        task: The task.
        orders: In how many orders the cells are taken; the cheapest result counts.
        rounds: How often every secondary cell is looked at again.
        places: So many places are looked up in one search.
    """
    patterns = Patterns(task.system, places)
    found: list[Cover] = []
    size = task.system.value
    keys = (
        lambda n: (-(n.up + n.down), -size[n.cell], n.cell),
        lambda n: (size[n.cell], n.cell),
        lambda n: (n.cell,),
        lambda n: (-n.cell,),
    )
    for key in keys[:orders]:
        cover = Cover(task, patterns)
        cover.meet(sorted(task.needs, key=key))
        for _ in range(5):
            cover.improve(rounds)
            more = cover.insiders()
            if not more:
                break
            cover.meet(more)
        cover.prune()
        found.append(cover)
    return min(found, key=Cover.price)
