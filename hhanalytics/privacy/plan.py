"""Which counts are withheld in public, and what may still be said of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

#: The counted rows something is the sum of: row → how many times.
Parts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Plan:
    """What is withheld, and which sums over withheld counts are shown all the same.

    Attributes:
        small: Rows whose count is small.
        withheld: Rows that are not shown; the small ones among them.
        sums: Sums that are shown although they hold withheld rows.
    """

    small: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    sums: tuple[Parts, ...] = ()

    def tells(self, parts: Iterable[tuple[str, int]]) -> bool:
        """Whether a sum tells more about withheld rows than the sums that are shown anyway.

        Example:
            >>> plan = Plan(frozenset("a"), frozenset("ab"), ((("a", 1), ("b", 1), ("c", 1)),))
            >>> plan.tells([("a", 1), ("b", 1)]), plan.tells([("b", 1), ("d", 1)]), plan.tells([("c", 1)])
            (False, True, False)
        """
        own = _totals(parts, self.withheld)
        if not own:
            return False
        known = [_totals(each, self.withheld) for each in self.sums]
        rows = sorted({row for each in (own, *known) for row in each})
        wanted = np.array([own.get(row, 0) for row in rows], dtype=float)
        if not known:
            return True
        matrix = np.array([[each.get(row, 0) for each in known] for row in rows], dtype=float)
        found = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
        return bool(np.abs(matrix @ found - wanted).max() > 1e-9)


def _totals(parts: Iterable[tuple[str, int]], within: frozenset[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for row, times in parts:
        if row in within:
            out[row] = out.get(row, 0) + times
    return {row: times for row, times in out.items() if times}


def described(name: str) -> str:
    """A row as an error names it: where it stands, and no count.

    Example:
        >>> described("welfare_tech:digitalt_tilsyn:2025-05-01:")
        'welfare_tech digitalt_tilsyn 2025-05-01'
    """
    return " ".join(part for part in name.split(":") if part)
