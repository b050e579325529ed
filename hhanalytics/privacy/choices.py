"""The ways in which a code can rise within its own dimension, while the sums of that dimension stay.

It rises if a neighbour under the same whole falls, or if the whole rises with it; whatever has parts takes one way
down to a part without any.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hhanalytics.privacy.cells import Array, Dimension

#: So many ways down to the parts, and so many choices per dimension, are looked at.
WAYS: Final = 24
#: Where a row of codes is shorter than the longest.
NONE: Final = -1


class Choices:
    """The choices of one dimension.

    What lies below a code is the same for all its neighbours, so it is worked out once for each whole.

    Args:
        dimension: The dimension.
    """

    def __init__(self, dimension: Dimension) -> None:
        self.dimension = dimension
        self._down: dict[int, Array] = {}
        self._parts: dict[int, tuple[Array, Array]] = {}

    def of(self, code: int, lifted: bool) -> tuple[Array, Array]:
        """The ways in which a code may rise, as (codes, signs), one row each, the code itself first, −1 where shorter.

        Args:
            code: Its place in the dimension.
            lifted: Whether wholes may rise with it.

        Example:
            >>> d = Dimension("d", ("a", "b", "total"), (2, 2, -1), ((), (), (0, 1)), 2)
            >>> [codes.tolist() for codes in Choices(d).of(0, False)]
            [[[0, 1]], [[1, -1]]]
        """
        found: list[tuple[Array, int]] = []
        for way in self.down(code):
            base = way[way != NONE]
            at = code
            while True:
                parent = self.dimension.parent[at]
                if parent < 0:
                    found.append((base[None, :], len(base)))
                    break
                beside = self._beside(parent, at)
                if len(beside):
                    risen = np.broadcast_to(base, (len(beside), len(base)))
                    found.append((np.hstack([risen, beside]), len(base)))
                if not lifted:
                    break
                base = np.append(base, parent)
                at = parent
        codes = _stacked([rows for rows, _ in found])
        lengths = np.array([(number, len(rows)) for rows, number in found], np.int64).reshape(-1, 2)
        rising = np.repeat(lengths[:, 0], lengths[:, 1])
        signs = np.where(np.arange(codes.shape[1]) < rising[:, None], 1, -1)
        return codes, np.where(codes == NONE, 0, signs).astype(np.int8)

    def down(self, code: int) -> Array:
        """From a code down to a part that has no parts, each way as a row of the codes on it, the code itself first."""
        if code not in self._down:
            parts = [self.down(child) for child in self.dimension.children[code]]
            below = _stacked(parts) if parts else np.zeros((1, 0), np.int64)
            if len(below) > WAYS:
                below = below[np.linspace(0, len(below) - 1, WAYS).round().astype(int)]
            self._down[code] = np.hstack([np.full((len(below), 1), code), below])
        return self._down[code]

    def _beside(self, parent: int, code: int) -> Array:
        """The ways down from all neighbours of a code under one whole."""
        if parent not in self._parts:
            children = self.dimension.children[parent]
            ways = [self.down(child) for child in children]
            self._parts[parent] = _stacked(ways), np.repeat(children, [len(each) for each in ways])
        ways_down, child = self._parts[parent]
        others = ways_down[child != code]
        # The longest way may have been the code's own.
        return others[:, (others != NONE).any(axis=0)]


def _stacked(rows: list[Array]) -> Array:
    """Rows of different lengths below each other."""
    width = max((each.shape[1] for each in rows), default=0)
    out = np.full((sum(len(each) for each in rows), width), NONE, np.int64)
    start = 0
    for each in rows:
        out[start : start + len(each), : each.shape[1]] = each
        start += len(each)
    return out


def thinned(counts: list[int], most: int) -> list[int]:
    """Fewer choices per dimension, the most numerous first, until their product is small enough.

    Example:
        >>> thinned([5, 100], 100)
        [5, 20]
    """
    counts = list(counts)
    while np.prod(counts, dtype=float) > most and max(counts) > 1:
        largest = counts.index(max(counts))
        counts[largest] = max(1, int(counts[largest] * 0.8))
    return counts


def spread(number: int, chosen: int) -> Array:
    """So many of a number of rows, spread evenly.

    Example:
        >>> spread(9, 3).tolist()
        [0, 4, 8]
    """
    if chosen >= number:
        return np.arange(number)
    return np.unique(np.linspace(0, number - 1, chosen).round().astype(int))
