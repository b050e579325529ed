"""Hiding a cell behind others: the smallest ways to move it without moving any sum.

In one dimension a cell can rise if a neighbour under the same whole falls, or if the whole rises with it.
One such choice per dimension, multiplied out, moves a cell and leaves every sum as it was: in a plain table
the corners of a rectangle or box. Everything is whole numbers, so what is found also holds for counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from typing import Any, Final

import numpy as np

from hhanalytics.privacy.cells import KNOWN_ZERO, NOWHERE, Array, System
from hhanalytics.privacy.choices import NONE, Choices, spread, thinned
from hhanalytics.privacy.prices import NEVER, Prices

#: What is worked out once is kept up to so many bytes.
KEPT: Final = 200_000_000
#: For each dimension, some of its choices.
Rows = tuple[Array, ...]
#: No room is asked for.
ANY: Final = (-NEVER, -NEVER)
NO_PATTERN: Final[Array] = np.zeros((0, 0), np.int64)
#: Up to so many patterns are priced as they are; of more, first the cells that differ in two dimensions.
FEW: Final = 400
#: Patterns of so few places altogether are all priced.
SMALL: Final = 2_000
#: So many of the patterns that look cheapest set the limit for all others.
FIRST: Final = 32
#: By so large a part a price may be off, since it is added up in another order.
ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Around:
    """What lies around a cell.

    Attributes:
        places: The choices of each dimension: how far each code of a row lies from the cell in the grid.
        signs: +1 where it goes the same way, −1 where it goes the other, 0 where a row is shorter.
        lines: The cells that differ from the cell in one dimension only, as places in `Prices`: a row per choice, of
            all dimensions below each other.
        starts: Where in `lines` each dimension begins.
        axis: Of which dimension each of `lines` is.
        every: All patterns, where they are so few that leaving some out takes longer than pricing them.
    """

    at: int
    places: tuple[Array, ...]
    signs: tuple[Array, ...]
    lines: Array
    starts: Array
    axis: Array
    every: Array | None = None


class Patterns:
    """Finds the cheapest way to move a cell.

    Args:
        system: The cells and sums.
        places: So many places belong to the patterns around a cell; beyond it, choices are thinned out evenly.
    """

    def __init__(self, system: System, places: int) -> None:
        self.system, self.most = system, places
        flat = np.ascontiguousarray(system.grid).ravel()
        flat = np.where(flat == KNOWN_ZERO, system.size, np.where(flat == NOWHERE, system.size + 1, flat))
        self.flat = flat.astype(np.int32)
        shape = system.grid.shape
        self.strides = [int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape))]
        self.choices = [Choices(d) for d in system.dimensions]
        self._kept: dict[tuple[int, ...], Any] = {}
        self._bytes = 0

    def _keep(self, key: tuple[int, ...], made: Any, arrays: tuple[Array, ...]) -> Any:
        if self._bytes > KEPT:
            self._kept.clear()
            self._bytes = 0
        self._kept[key] = made
        self._bytes += sum(each.nbytes for each in arrays)
        return made

    def _rows(self, axis: int, code: int, lifted: bool) -> tuple[Array, Array]:
        """All choices of a dimension."""
        key = (axis, code, lifted)
        found = self._kept.get(key)
        if found is None:
            made = self.choices[axis].of(code, lifted)
            found = self._keep(key, made, made)
        return found  # type: ignore[no-any-return]

    def _steps(self, axis: int, code: int, lifted: bool, number: int) -> tuple[Array, Array]:
        """So many choices of a dimension, as steps in the grid."""
        key = (axis, code, lifted, number)
        found = self._kept.get(key)
        if found is None:
            codes, signs = self._rows(axis, code, lifted)
            chosen = spread(len(codes), number)
            codes, signs = codes[chosen], signs[chosen]
            steps = np.where(codes == NONE, 0, (codes - code) * self.strides[axis])
            if (signs == signs[:1]).all():
                signs = signs[:1]
            found = self._keep(key, (steps, signs), (steps, signs))
        return found  # type: ignore[no-any-return]

    def around(self, cell: int, lifted: bool) -> Around | None:
        """What lies around a cell; None where nothing can move with it."""
        key = (cell, lifted)
        if key not in self._kept:
            made = self._made(cell, lifted)
            held = () if made is None else (made.lines,) if made.every is None else (made.lines, made.every)
            self._keep(key, made, held)
        return self._kept[key]  # type: ignore[no-any-return]

    def _made(self, cell: int, lifted: bool) -> Around | None:
        codes = self.system.places[cell].tolist()
        rows = [self._rows(axis, code, lifted)[0] for axis, code in enumerate(codes)]
        counts = [len(each) for each in rows]
        if min(counts) == 0:
            return None
        width = int(np.prod([each.shape[1] for each in rows]))
        counts = thinned(counts, max(self.most // width, 1))
        steps = [self._steps(axis, code, lifted, n) for axis, (code, n) in enumerate(zip(codes, counts, strict=True))]
        places, signs = (tuple(each[side] for each in steps) for side in (0, 1))
        at = sum(code * stride for code, stride in zip(codes, self.strides, strict=True))
        wide = max(each.shape[1] for each in places) - 1
        lines = np.full((sum(counts), wide), self.system.size + 1, np.int64)
        start = 0
        for step, sign in zip(places, signs, strict=True):
            lines[start : start + len(step), : step.shape[1] - 1] = self._cells(at + step[:, 1:], sign[:, 1:])
            start += len(step)
        starts = np.cumsum([0, *counts[:-1]])
        made = Around(at, places, signs, lines, starts, np.repeat(np.arange(len(counts)), counts))
        if np.prod(counts, dtype=float) * width > SMALL:
            return made
        return replace(made, every=self._whole(made, tuple(np.indices(counts).reshape(len(counts), -1))))

    def _cells(self, places: Array, signs: Array) -> Array:
        """Places in the grid as places in `Prices`."""
        cells = self.flat.take(places) + np.where(signs < 0, self.system.size + 2, 0)
        if not signs.all():
            cells = np.where(signs == 0, self.system.size + 1, cells)
        return cells

    def _whole(self, around: Around, rows: Rows) -> Array:
        """Patterns, each as the cells it moves: one choice per dimension, multiplied out."""
        number = len(rows[0])
        at, sign = np.full((1, 1), around.at), np.ones((1, 1), np.int8)
        for steps, signs, row in zip(around.places, around.signs, rows, strict=True):
            at = (at[:, :, None] + steps[row][:, None, :]).reshape(number, -1)
            own = signs if len(signs) == 1 else signs[row]
            sign = (sign[:, :, None] * own[:, None, :]).reshape(max(len(sign), len(own)), -1)
        return self._cells(at, sign)

    def _pairs(self, around: Around, one: tuple[int, Array], two: tuple[int, Array]) -> Array:
        """The cells that differ from the cell in two dimensions, for each two choices of these."""
        (a, rows), (b, columns) = one, two
        at = around.at + around.places[a][rows][:, None, 1:, None] + around.places[b][columns][None, :, None, 1:]
        signs = [around.signs[axis] for axis in (a, b)]
        chosen = [s if len(s) == 1 else s[row] for s, row in zip(signs, (rows, columns), strict=True)]
        sign = np.broadcast_to(chosen[0][:, None, 1:, None] * chosen[1][None, :, None, 1:], at.shape)
        return self._cells(at, sign).reshape(len(rows), len(columns), -1)

    def cheapest(
        self, cell: int, prices: Prices, up: float, down: float, lifted: bool, limit: float = NEVER
    ) -> tuple[float, Array, Array] | None:
        """The cheapest pattern around a cell; of several, the first.

        Args:
            cell: The cell.
            prices: What each cell costs now.
            up: How far it must be able to go.
            down: How far it must be able to go back.
            lifted: Whether wholes may move too.
            limit: Only a pattern that costs less is of use.

        Returns:
            Its cost, cells and signs.
        """
        around = self.around(cell, lifted)
        if around is None:
            return None
        if around.every is not None:
            return self.pick(around.every, prices, up, down, limit)
        left = self._left(around, prices, (up, down), limit)
        return self.pick(self._whole(around, left), prices, up, down, limit) if left else None

    def within(self, cell: int, prices: Prices, lifted: bool, limit: float) -> Array | None:
        """All patterns around a cell that cost less than a limit, whether they have the room or not.

        Returns:
            A row each, of places in `Prices`; None where there are too many to be worth keeping.
        """
        around = self.around(cell, lifted)
        if around is None:
            return NO_PATTERN
        if around.every is not None:
            near = limit * (1 + ROUNDING)
            return around.every[prices.at(around.every, *ANY).sum(axis=1) <= near] if prices.sure else around.every
        left = self._left(around, prices, None, limit)
        if left is None:
            return NO_PATTERN
        return None if len(left[0]) > FEW else self._whole(around, left)

    def pick(
        self, found: Array, prices: Prices, up: float, down: float, limit: float
    ) -> tuple[float, Array, Array] | None:
        """The cheapest of some patterns, as `cheapest` gives it."""
        if not len(found):
            return None
        total = prices.at(found, up, down).sum(axis=1)
        best = int(total.argmin())
        if not total[best] < limit:
            return None
        width = self.system.size + 2
        used = found[best]
        used = used[used % width < self.system.size]
        return float(total[best]), used % width, np.where(used < width, 1.0, -1.0)

    def _left(self, around: Around, prices: Prices, room: tuple[float, float] | None, limit: float) -> Rows | None:
        """The patterns among which the cheapest is, or with no room asked for, all below a limit.

        A part of a pattern never costs more than the whole. So choices whose cells in line with the cell are too dear by
        themselves are left out, then those whose cells in one plane with it are, and only what is left is priced.

        Returns:
            For each dimension, the choices of these patterns.
        """
        near = limit * (1 + ROUNDING) if prices.sure else NEVER
        lines = np.add.reduce(prices.at(around.lines, *(room or ANY)), axis=1)
        lowest = np.minimum.reduceat(lines, around.starts)
        least = float(lowest.sum())
        if not least < near:
            return None
        kept = lines - lowest[around.axis] < near - least
        ends = [*around.starts[1:].tolist(), len(lines)]
        parts = [slice(start, end) for start, end in zip(around.starts.tolist(), ends, strict=True)]
        rows = tuple(kept[part].nonzero()[0] for part in parts)
        total = _added([lines[part][row] for part, row in zip(parts, rows, strict=True)])
        few = (total <= near).ravel().nonzero()[0]
        if len(few) > FEW and prices.sure and len(rows) > 1:
            for (a, one), (b, two) in combinations(enumerate(rows), 2):
                pair = prices.at(self._pairs(around, (a, one), (b, two)), *(room or ANY)).sum(axis=2)
                total = total + pair.reshape([len(row) if axis in (a, b) else 1 for axis, row in enumerate(rows)])
            if room:
                near = self._nearer(around, prices, room, rows, total, near)
            few = np.flatnonzero((total <= near) & (total < NEVER))
        chosen = np.unravel_index(few, total.shape)
        return tuple(row[at] for row, at in zip(rows, chosen, strict=True)) if len(few) else None

    def _nearer(self, around: Around, prices: Prices, room: tuple[float, float], rows: Rows, total: Array,
                near: float) -> float:  # fmt: skip
        """A limit nearer than the one given: what the best of those costs that look cheapest."""
        first = np.argpartition(total, FIRST, axis=None)[:FIRST]
        chosen = np.unravel_index(first, total.shape)
        found = self._whole(around, tuple(row[at] for row, at in zip(rows, chosen, strict=True)))
        return float(min(near, prices.at(found, *room).sum(axis=1).min() * (1 + ROUNDING)))


def _added(parts: list[Array]) -> Array:
    """One of each part, added up in every way."""
    return reduce(lambda total, part: total[..., None] + part, parts)
