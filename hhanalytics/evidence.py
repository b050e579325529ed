"""Evidence: how well a figure is known, and where it comes from.

Every figure carries a *grade* and, where the source hedges, a *qualifier*. A result is never better
than its weakest input (`weakest`), and the qualifier decides which range a count may lie in
(`bounds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from hhanalytics.methods import constant

Grade = Literal["documented", "derived", "assumed", "missing"]
Qualifier = Literal["exact", "at_least", "about", "nearly"]
Bound = Literal["exact", "at_most", "at_least", "range", "about", "nearly"]

#: From strongest to weakest.
GRADES: Final[tuple[Grade, ...]] = ("documented", "derived", "assumed", "missing")
QUALIFIERS: Final[tuple[Qualifier, ...]] = ("exact", "at_least", "about", "nearly")
LETTERS: Final[dict[Grade, str]] = {"documented": "A", "derived": "B", "assumed": "C", "missing": "D"}


def weakest(grades: Iterable[Grade]) -> Grade:
    """The grade of a result that rests on figures of these grades.

    Args:
        grades: The grades of all inputs; none at all means nothing is known.

    Returns:
        The weakest of them, ``missing`` for an empty list.

    Example:
        >>> weakest(["documented", "derived"])
        'derived'
        >>> weakest([])
        'missing'
    """
    found = list(grades)
    return max(found, key=GRADES.index) if found else "missing"


def bounds(value: int, qualifier: Qualifier) -> tuple[int, int | None]:
    """The range in which a hedged count may lie.

    Args:
        value: The count as stated.
        qualifier: How the source hedges it. ``at_least`` ("over 440") is open above.

    Returns:
        Lowest and highest value; highest is ``None`` where the range is open.

    Source:
        Widths for ``about`` and ``nearly`` are stated judgements in ``methods.toml``.

    Example:
        >>> bounds(440, "at_least")
        (440, None)
        >>> bounds(150, "nearly")
        (135, 150)
    """
    if qualifier == "at_least":
        return value, None
    if qualifier == "about":
        width = half_up(value * percent("about_width"))
        return value - width, value + width
    if qualifier == "nearly":
        return value - half_up(value * percent("nearly_width")), value
    return value, value


def percent(name: str) -> int:
    """A width of `bounds` in whole per cent, so that ranges are computed in whole numbers."""
    return round(constant(name) * 100)


def half_up(hundredths: int) -> int:
    """Hundredths as the nearest whole number, halves upwards.

    Example:
        >>> half_up(249), half_up(250)
        (2, 3)
    """
    return (hundredths + 50) // 100


@dataclass(frozen=True, order=True)
class Citation:
    """One place in one source: the row of a table that a figure was taken from.

    Attributes:
        source: Id of the source.
        table: Table in which the row stands.
        topic: What the row is about (a programme, a pool …); rows with the same source, table and
            topic share one number in a brief's list of sources.
        locator: Where in the source, such as ``l. 82`` or ``l. 64-65, 1044``.
    """

    source: str
    table: str
    topic: str
    locator: str

    def lines(self) -> list[tuple[int, int]]:
        """The cited lines as (first, last) pairs; empty where the locator names no lines.

        Example:
            >>> Citation("report", "costs", "", "l. 64-65, 71").lines()
            [(64, 65), (71, 71)]
        """
        if not self.locator.startswith("l. "):
            return []
        pairs = re.findall(r"(\d+)(?:-(\d+))?", self.locator)
        return [(int(first), int(last or first)) for first, last in pairs]


@dataclass(frozen=True)
class Figure:
    """A number as it may be printed: value, unit, how sure, and where it comes from.

    Attributes:
        value: The number; ``None`` where it is not known.
        unit: What it counts: ``nok``, ``percent``, ``participants`` …
        grade: The weakest grade of what it rests on.
        bound: Whether it is the value itself or only a limit on it.
        citations: The rows it was made from.
        counts_persons: Whether it counts persons and so must pass the privacy gate.
        persons: The fewest persons that could be worked out from it, such as the count a cost was divided by.
        parts: The counted rows it is the sum of (how many times each, −1 for what is taken away); for what only
            gives a count away, those of that count.
        formula: How it was made, as an id that the catalogues put into words.
    """

    value: int | float | None
    unit: str
    grade: Grade
    bound: Bound = "exact"
    citations: tuple[Citation, ...] = ()
    counts_persons: bool = False
    persons: int | None = None
    parts: tuple[tuple[str, int], ...] = ()
    formula: str = ""
