"""Hiding a cell behind others: the smallest ways to move it without moving any sum.

In one dimension a cell can rise if a neighbour under the same whole falls, or if the whole rises with it.
One such choice per dimension, multiplied out, moves a cell and leaves every sum as it was: in a plain table
the corners of a rectangle or box. Everything is whole numbers, so what is found also holds for counts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np

from hhanalytics.privacy.cells import KNOWN_ZERO, NOWHERE, Dimension, System

#: An array of numbers; what numpy says of its shape and kind is of no help here.
Array = Any
#: So many ways down to the parts, and so many choices per dimension, are looked at.
WAYS: Final = 24
#: Patterns are kept up to so many bytes.
KEPT: Final = 200_000_000
NEVER: Final = np.inf


class Patterns:
    """Finds the cheapest way to move a cell.

    A pattern is kept as places in one list of prices: those of all cells where they go the same way as the
    cell that is moved, then those where they go the other way, then what is never to be had, then what is free.

    Args:
        system: The cells and sums.
        places: So many places are looked up in one search; beyond it, choices are thinned out evenly.
    """

    def __init__(self, system: System, places: int) -> None:
        self.system, self.most = system, places
        self.flat = np.ascontiguousarray(system.grid).ravel().astype(np.int32)
        shape = system.grid.shape
        self.strides = [int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape))]
        self._known: dict[tuple[int, bool], Array | None] = {}
        self._bytes = 0

    def of(self, cell: int, lifted: bool) -> Array | None:
        """All patterns around a cell as places in the list of prices, one row each; None where there is none."""
        key = (cell, lifted)
        if key not in self._known:
            if self._bytes > KEPT:
                self._known.clear()
                self._bytes = 0
            made = self._known[key] = self._made(cell, lifted)
            self._bytes += 0 if made is None else made.nbytes
        return self._known[key]

    def _made(self, cell: int, lifted: bool) -> Array | None:
        places = self.system.places[cell]
        choices = [moves(d, int(code), lifted) for d, code in zip(self.system.dimensions, places, strict=True)]
        if any(len(codes) == 0 for codes, _ in choices):
            return None
        width = int(np.prod([codes.shape[1] for codes, _ in choices]))
        choices = _thinned(choices, max(self.most // width, 1))
        at, sign = np.zeros((1, 1), np.int64), np.ones((1, 1), np.int8)
        for (codes, signs), stride in zip(choices, self.strides, strict=True):
            # Every row so far with every choice of this dimension.
            at = (at[:, None, :, None] + stride * np.maximum(codes, 0)[None, :, None, :]).reshape(
                len(at) * len(codes), -1
            )
            sign = (sign[:, None, :, None] * signs[None, :, None, :]).reshape(len(at), -1)
        cells, size = self.flat[at], self.system.size
        out = np.where(sign < 0, cells + size, cells)
        out[cells == KNOWN_ZERO] = 2 * size
        out[(cells == NOWHERE) | (sign == 0)] = 2 * size + 1
        return np.asarray(out, np.int32)

    def cheapest(
        self, cell: int, rise: Array, fall: Array, lifted: bool, limit: float = NEVER
    ) -> tuple[float, Array, Array] | None:
        """The cheapest pattern around a cell.

        Args:
            cell: The cell.
            rise: Cost of each cell where it goes the same way as the cell.
            fall: The same where it goes the other way.
            lifted: Whether wholes may move too.
            limit: Only a pattern that costs less is of use.

        Returns:
            Its cost, cells and signs.
        """
        found = self.of(cell, lifted)
        if found is None:
            return None
        total = np.concatenate([rise, fall, [NEVER, 0.0]])[found].sum(axis=1)
        best = int(np.argmin(total))
        if not total[best] < limit:
            return None
        size = self.system.size
        used = found[best][found[best] < 2 * size].astype(np.int64)
        return float(total[best]), used % size, np.where(used < size, 1.0, -1.0)


def _thinned(choices: list[tuple[Array, Array]], most: int) -> list[tuple[Array, Array]]:
    """Fewer choices per dimension, spread evenly, until their product is small enough."""
    counts = [len(codes) for codes, _ in choices]
    if np.prod(counts, dtype=float) <= most:
        return choices
    while np.prod(counts, dtype=float) > most and max(counts) > 1:
        largest = counts.index(max(counts))
        counts[largest] = max(1, int(counts[largest] * 0.8))
    out = []
    for (codes, signs), count in zip(choices, counts, strict=True):
        chosen = np.unique(np.linspace(0, len(codes) - 1, count).round().astype(int))
        out.append((codes[chosen], signs[chosen]))
    return out


@lru_cache(maxsize=4096)
def moves(dimension: Dimension, code: int, lifted: bool) -> tuple[Array, Array]:
    """The ways in which a code may rise in one dimension, as (codes, signs), one row each, −1 where shorter.

    Example:
        >>> d = Dimension("d", ("a", "b", "total"), (2, 2, -1), ((), (), (0, 1)), 2)
        >>> [codes.tolist() for codes in moves(d, 0, False)]
        [[[0, 1]], [[1, -1]]]
    """
    rows: list[list[tuple[int, int]]] = []
    for below in _ways_down(dimension, code):
        base = [(each, 1) for each in (code, *below)]
        at = code
        while True:
            parent = dimension.parent[at]
            if parent < 0:
                rows.append(base)
                break
            for sibling in dimension.children[parent]:
                if sibling != at:
                    rows += [
                        base + [(each, -1) for each in (sibling, *down)]
                        for down in _ways_down(dimension, sibling)
                    ]  # fmt: skip
            if not lifted:
                break
            base = [*base, (parent, 1)]
            at = parent
    width = max((len(row) for row in rows), default=0)
    codes = np.full((len(rows), width), -1, np.int64)
    signs = np.zeros((len(rows), width), np.int8)
    for number, row in enumerate(rows):
        codes[number, : len(row)] = [c for c, _ in row]
        signs[number, : len(row)] = [s for _, s in row]
    return codes, signs


@lru_cache(maxsize=4096)
def _ways_down(dimension: Dimension, code: int) -> tuple[tuple[int, ...], ...]:
    """From a code down to a part that has no parts, each way as the codes on it."""
    if not dimension.children[code]:
        return ((),)
    ways = [(child, *down) for child in dimension.children[code] for down in _ways_down(dimension, child)]
    if len(ways) > WAYS:
        ways = [ways[round(i)] for i in np.linspace(0, len(ways) - 1, WAYS)]
    return tuple(ways)
