"""Complementary suppression, quickly: each cell hidden behind the pattern that costs least, then made leaner.

Every cell that must stay open keeps a certificate: the movement, in whole steps, that leaves all that is
published as it is. So the result is safe by construction, however large the table; only whether it is the
fewest possible is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from hhanalytics.privacy.cells import Array
from hhanalytics.privacy.movement import EXTRA, Move, cannot_protect, cheapest_movement
from hhanalytics.privacy.patterns import Patterns
from hhanalytics.privacy.prices import NEVER, NIL, Prices
from hhanalytics.privacy.protection import Need, Task, insider_needs

#: So many patterns may be added up to open one cell.
STEPS: Final = 40


def _cells(moves: Iterable[Move]) -> list[Array]:
    """The cells of moves; those of two moves that go there and back only once."""
    return list({id(move.cells): move.cells for move in moves}.values())


class Cover:
    """What is suppressed, and the certificate of every need."""

    def __init__(self, task: Task, patterns: Patterns) -> None:
        self.task = task
        self.patterns = patterns
        self.prices = Prices(task)
        self.hidden = self.prices.hidden
        self.always = task.hidden()
        self.moves: dict[Need, tuple[Move, ...]] = {}
        self.uses: Array = np.zeros(task.system.size, np.int64)
        self.users: dict[int, set[Need]] = {}
        self.limit, self.near = NEVER, dict[bool, Array | None]()

    # Looking for moves

    def _cheapest(self, cell: int, up: float, down: float, limit: float) -> tuple[float, Array, Array] | None:
        """The cheapest pattern, one that lifts wholes only where no other will do."""
        for lifted in (False, True):
            near = self._within(cell, lifted)
            if near is None:
                found = self.patterns.cheapest(cell, self.prices, up, down, lifted, limit)
            else:
                found = self.patterns.pick(near, self.prices, up, down, limit)
            if found:
                return found
        return None

    def _within(self, cell: int, lifted: bool) -> Array | None:
        """All patterns that can be of use for the need being looked at, where they are few.

        What is chosen for it on the way costs nothing more from then on, but is taken from what the rest may cost. So
        what was too dear at first stays too dear.
        """
        if lifted not in self.near:
            self.near[lifted] = self.patterns.within(cell, self.prices, lifted, self.limit)
        return self.near[lifted]

    def _one(self, need: Need, up: float, down: float, limit: float) -> tuple[float, tuple[Move, ...]] | None:
        """One pattern that serves both directions at once."""
        found = self._cheapest(need.cell, up, down, limit)
        if found is None:
            return None
        cost, cells, signs = found
        moves = [Move(cells, signs * up)] if up > NIL else []
        return cost, (*moves, *([Move(cells, -signs * down)] if down > NIL else []))

    def _added_up(self, need: Need, amount: float, way: int, limit: float) -> tuple[float, tuple[Move, ...]] | None:
        """Several patterns, each as far as it goes, for a cell that no single one can open enough."""
        task = self.task
        by: dict[int, float] = {}
        opened, total = [np.zeros(0, np.int64)], 0.0
        while len(opened) <= STEPS and (left := amount - abs(by.get(need.cell, 0.0))) > NIL:
            found = None
            step = left
            while found is None and step > (0.5 if task.counts else amount * 1e-3):
                # Only one way counts; what has moved already stands where readers may think it to be.
                pair = (step, -NEVER) if way > 0 else (-NEVER, step)
                found = self._cheapest(need.cell, *pair, limit - total)
                if found is None:
                    step = float(np.floor(step / 2)) if task.counts and step > 1 else step / 2
            if found is None:
                break
            price, cells, signs = found
            for cell, sign in zip(cells.tolist(), signs.tolist(), strict=True):
                by[cell] = by.get(cell, 0.0) + way * sign * step
            self.prices.moved(cells, np.array([by[cell] for cell in cells.tolist()]))
            opened.append(self.prices.hide(cells))
            total += price
        self.prices.show(np.concatenate(opened))
        self.prices.moved(np.array(list(by), np.int64), 0.0)
        if amount - abs(by.get(need.cell, 0.0)) > NIL:
            return None
        used = sorted(cell for cell, far in by.items() if abs(far) > NIL)
        return total, (Move(np.array(used, np.int64), np.array([by[cell] for cell in used])), EXTRA)

    def best(self, need: Need, limit: float = NEVER) -> tuple[float, tuple[Move, ...]] | None:
        """The cheapest moves that meet a need, and what they cost."""
        # Without a limit all patterns are of use, and so they are where a cell costs less than nothing.
        few = limit < NEVER and self.prices.sure
        self.limit, self.near = limit, {} if few else {False: None, True: None}
        if need.insider < 0:
            return self._best(need, limit)
        self.prices.shut(need.insider)
        either = [self._one(need, need.up, 0.0, limit), self._one(need, 0.0, need.down, limit)]
        self.prices.shut(need.insider, False)
        return min((e for e in either if e), key=lambda e: e[0], default=None)

    def _best(self, need: Need, limit: float) -> tuple[float, tuple[Move, ...]] | None:
        """The same for one who knows no cell."""
        both = self._one(need, need.up, need.down, limit)
        if both is not None and both[0] <= NIL:
            return both
        opened, total = [np.zeros(0, np.int64)], 0.0
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
            opened += [self.prices.hide(move.cells) for move in found[1]]
        else:
            both = (total, tuple(moves))
        self.prices.show(np.concatenate(opened))
        return both

    # Suppressing

    def keep(self, need: Need, moves: tuple[Move, ...]) -> Array:
        """Let these moves be the certificate of a need; gives the cells that this suppresses."""
        for cells in _cells(self.moves.get(need, ())):
            self.uses[cells] -= 1
            for cell in cells.tolist():
                self.users[cell].discard(need)
        self.moves[need] = moves
        opened = [np.zeros(0, np.int64)]
        for cells in _cells(moves):
            self.uses[cells] += 1
            opened.append(self.prices.hide(cells))
            for cell in cells.tolist():
                self.users.setdefault(cell, set()).add(need)
        return np.concatenate(opened)

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
            found = [cheapest_movement(task, self.hidden, need, amount, way) for amount, way in ways]
            either = next((move for move in found if move is not None), None)
            if either is None:
                raise cannot_protect(task, need)
            return (either, EXTRA)
        out: list[Move] = []
        for amount, way in ways:
            if amount <= NIL:
                continue
            move = cheapest_movement(task, self.hidden, need, amount, way)
            if move is None:
                raise cannot_protect(task, need)
            self.prices.hide(move.cells)
            out.append(move)
        return (*out, EXTRA)

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

    def improve(self, rounds: int) -> None:
        """Try to do without each secondary cell, the dearest first."""
        for _ in range(rounds):
            order = sorted(self.secondary(), key=lambda c: (-self.task.cost[c], int(c)))
            if not sum(self._without(int(cell)) for cell in order if self.hidden[cell]):
                break

    def _without(self, cell: int) -> bool:
        """Do without one cell where others can take its place for less.

        Only what is touched is looked at: what its certificates used before, and what takes its place.
        """
        cost = self.task.cost
        touched = sorted(self.users.get(cell, ()), key=lambda n: (n.cell, n.insider))
        before = {need: self.moves[need] for need in touched}
        own = np.array([cell])
        self.prices.shut(cell)
        self.prices.show(own)
        opened = [np.zeros(0, np.int64)]
        spent, done = 0.0, True
        for need in touched:
            found = self.best(need, cost[cell] - spent - NIL)
            if found is None:
                done = False
                break
            spent += found[0]
            opened.append(self.keep(need, found[1]))
        self.prices.shut(cell, False)
        new = np.concatenate(opened)
        used = np.unique(np.concatenate([own, *(cells for moves in before.values() for cells in _cells(moves))]))
        idle = used[(self.uses[used] == 0) & ~self.always[used]]
        if done and cost[new].sum() < cost[idle].sum() - NIL:
            self.prices.show(idle)
            return True
        for need, moves in before.items():
            self.keep(need, moves)
        self.prices.show(new)
        self.prices.hide(own)
        return False


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
        found.append(cover)
    return min(found, key=Cover.price)
