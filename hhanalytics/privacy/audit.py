"""The attacker: what follows, for everything withheld, from everything that was published.

Written apart from the suppression and sharing no code with it, so that a fault in one is found by the
other. It knows only what a reader has: the tables as published, what sums to what, and which rules were
used. Statements may be added: what was published before, what somebody on the inside knows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np

from hhanalytics.errors import BadInput
from hhanalytics.methods import constant

# The solver takes a quarter of a second to load: only who has something to attack waits for it.
if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: What the attacker calls a quantity: any name that stays the same.
Name = Any
#: A published sum: name → how many times, and the value.
Statement = tuple[Mapping[Name, float], float]

WHOLE: Final = "total"
SLACK: Final = 1e-6
#: Of so many withheld cells and more, only the cells that are small themselves are attacked one by one.
MANY: Final = 1500


@dataclass
class Knowledge:
    """Everything an attacker knows: unknown quantities with their limits, and sums of them.

    Attributes:
        low: The least each unknown can be.
        high: The most it can be.
        whole: Whether unknowns are whole numbers.
        sums: What is known of sums of them.
    """

    whole: bool = True
    low: dict[Name, float] = field(default_factory=dict)
    high: dict[Name, float] = field(default_factory=dict)
    sums: list[Statement] = field(default_factory=list)

    def unknown(self, name: Name, low: float = 0.0, high: float = np.inf) -> None:
        """Let a quantity be unknown within limits; what is known of it already stays."""
        self.low[name] = max(low, self.low.get(name, -np.inf))
        self.high[name] = min(high, self.high.get(name, np.inf))

    def interval(self, names: Sequence[Name]) -> dict[Name, tuple[float, float]]:
        """What follows for some of the unknowns: the least and the most each can be.

        Raises:
            BadInput: What is known contradicts itself.
        """
        if not names:
            return {}
        from scipy.sparse import coo_matrix

        order = list(self.low)
        place = {name: number for number, name in enumerate(order)}
        rows = [
            (place[name], line, times) for line, (terms, _) in enumerate(self.sums) for name, times in terms.items()
        ]
        columns, lines, values = zip(*rows, strict=True) if rows else ((), (), ())
        matrix = coo_matrix((values, (lines, columns)), shape=(len(self.sums), len(order))).tocsr()
        right = np.array([value for _, value in self.sums])
        apart = _parts(matrix)
        out: dict[Name, tuple[float, float]] = {}
        solvers: dict[int, _Solver] = {}
        for name in names:
            part = int(apart[place[name]])
            if part not in solvers:
                inside = np.nonzero(apart == part)[0]
                solvers[part] = _Solver(
                    matrix[:, inside], right, np.array([self.low[order[i]] for i in inside]),
                    np.array([self.high[order[i]] for i in inside]), {int(i): n for n, i in enumerate(inside)}, self.whole,
                )  # fmt: skip
            out[name] = solvers[part].interval(place[name])
        return out


def _parts(matrix: csr_matrix) -> Any:
    """Which unknowns hang together: a number per unknown, the same for those that share sums."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    both = matrix.T @ matrix if matrix.shape[0] else csr_matrix((matrix.shape[1], matrix.shape[1]))
    return connected_components(both, directed=False)[1]


class _Solver:
    """Linear programmes over unknowns that hang together."""

    def __init__(self, matrix: Any, right: Any, low: Any, high: Any, place: dict[int, int], whole: bool) -> None:
        used = np.nonzero(np.diff(matrix.tocsr().indptr))[0]
        self.matrix, self.right = matrix.tocsr()[used], right[used]
        self.low, self.high, self.place, self.whole = low, high, place, whole
        self.seen_low: Any = None
        self.seen_high: Any = None

    def interval(self, unknown: int) -> tuple[float, float]:
        at = self.place[unknown]
        return self._end(at, 1.0), self._end(at, -1.0)

    def _end(self, at: int, way: float) -> float:
        """The least (way 1) or the most (way −1) that one unknown can be."""
        from scipy.optimize import linprog

        seen = self.seen_low if way > 0 else self.seen_high
        limit = self.low[at] if way > 0 else self.high[at]
        # What an earlier answer showed to be possible need not be asked again.
        if seen is not None and abs(seen[at] - limit) < SLACK:
            return float(limit)
        objective = np.zeros(len(self.low))
        objective[at] = way
        bounds = np.stack([self.low, self.high], axis=1)
        found = linprog(objective, A_eq=self.matrix, b_eq=self.right, bounds=bounds, method="highs") if (
            self.matrix.shape[0]
        ) else linprog(objective, bounds=bounds, method="highs")  # fmt: skip
        if found.status == 3:
            return -way * np.inf
        if found.x is None:
            raise BadInput.of(
                "contradiction", "What was published", "sums that cannot all hold", "sums that agree",
                "Look for a figure that was changed after it was withheld.",
            )  # fmt: skip
        answer, point = found.x[at], found.x
        if self.whole and np.abs(point - np.rint(point)).max() > SLACK:
            point = self._whole(objective)
            answer = point[at] if point is not None else (np.ceil if way > 0 else np.floor)(answer - way * SLACK)
        if point is not None:
            self.seen_low = point if self.seen_low is None else np.minimum(self.seen_low, point)
            self.seen_high = point if self.seen_high is None else np.maximum(self.seen_high, point)
        return float(np.rint(answer) if self.whole else answer)

    def _whole(self, objective: Any) -> Any:
        """The same in whole numbers, where the answer without that is not one."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        found = milp(
            objective, integrality=np.ones(len(self.low)), bounds=Bounds(self.low, self.high),
            constraints=LinearConstraint(self.matrix, self.right, self.right),
        )  # fmt: skip
        return found.x


@dataclass(frozen=True)
class Attack:
    """What an attacker finds.

    Attributes:
        cells: For each cell attacked: its codes, ``suppression``, ``low``, ``high`` (None: no limit) and ``fails``.
        failed: How many are exact, or narrower than they must be.
    """

    cells: tuple[dict[str, Any], ...]
    failed: int

    @property
    def passed(self) -> bool:
        """Whether nothing withheld is told after all."""
        return self.failed == 0


def audit(
    published: Any,
    *,
    values: str,
    dims: Sequence[str] | Mapping[str, Mapping[str, str] | None],
    threshold: int | None = None,
    protect: str = "counts",
    linked: Sequence[Any] = (),
    marks: str = "two",
    zeros: str = "small",
    signed: Iterable[str] = (),
    known: Sequence[Any] = (),
    rounded: int = 1,
    everything: bool | None = None,
) -> Attack:
    """Attack tables as they are published: what follows for every withheld cell?

    Args:
        published: The table, with nothing where a value is withheld and a column ``suppression``.
        values: Name of the column of values.
        dims: The dimensions, as for `suppress`.
        threshold: As for `suppress`.
        protect: As for `suppress`.
        linked: Tables published together with it, or before: what was released earlier counts too.
        marks: As for `suppress`.
        zeros: As for `suppress`.
        signed: As for `suppress`.
        known: Tables of rows (codes and value) that an attacker knows besides: margins printed elsewhere, or
            what somebody on the inside knows.
        rounded: The base that shown values were rounded to; each lies less than it from the truth.
        everything: Whether also cells that are only suppressed to hide others are attacked; None: where they
            are not too many.

    Returns:
        The attack. A cell fails if it is exact; a small one also if fewer values are possible than there
        are below the threshold, or, for magnitudes, if it is known to within ``p_percent``.

    Raises:
        BadInput: A table that cannot be read, or published figures that contradict each other.

    Example:
        >>> import polars as pl
        >>> rows = [("a", None, "primary"), ("b", 20, "none"), ("total", 23, "none")]
        >>> table = pl.DataFrame(rows, schema=["technology", "users", "suppression"], orient="row")
        >>> found = audit(table, values="users", dims=["technology"])
        >>> [(cell["technology"], cell["low"], cell["high"], cell["fails"]) for cell in found.cells]
        [('a', 3.0, 3.0, True)]
    """
    limit = constant("small_number") if threshold is None else threshold
    counts = protect == "counts"
    reader = _Reader(dims, values, signed, rounded)
    for table in [published, *linked]:
        reader.read(table)
    for table in known:
        reader.read(table, exact=True)
    floor = 1.0 if counts and zeros == "known" else 0.0
    knowledge = reader.knowledge(counts, marks, limit, floor)
    withheld = list(reader.withheld)
    if everything is None:
        everything = len(withheld) < MANY
    wanted = [place for place in withheld if everything or reader.withheld[place] == "primary"]
    found = knowledge.interval(wanted)
    cells = []
    for place in wanted:
        low, high = found[place]
        small = reader.withheld[place] == "primary"
        fails = high - low < SLACK
        if small and counts:
            fails |= high - low + 1 < limit - floor - SLACK
        elif small:
            fails |= high - low < constant("p_percent") * (high + low) - SLACK * max(1.0, abs(high))
        cells.append({
            **dict(zip(reader.names, place, strict=True)), "suppression": reader.withheld[place],
            "low": low, "high": None if np.isinf(high) else high, "fails": bool(fails),
        })  # fmt: skip
    return Attack(tuple(cells), sum(bool(cell["fails"]) for cell in cells))


class _Reader:
    """Reads tables as a reader does: places with values, places without, and which sums must hold."""

    def __init__(
        self,
        dims: Sequence[str] | Mapping[str, Mapping[str, str] | None],
        values: str,
        signed: Iterable[str],
        base: int,
    ) -> None:
        self.names = list(dims)
        given: Mapping[str, Mapping[str, str] | None] = dims if isinstance(dims, Mapping) else {n: {} for n in dims}
        self.part_of: dict[str, dict[str, str] | None] = {
            name: None if tree is None else {str(c): str(p) for c, p in tree.items()} for name, tree in given.items()
        }
        self.values, self.signed, self.base = values, set(signed), base
        self.top = {name: self._top(tree) for name, tree in self.part_of.items()}
        self.shown: dict[tuple[str, ...], tuple[float, float]] = {}
        self.withheld: dict[tuple[str, ...], str] = {}
        self.tables: list[tuple[list[str], set[tuple[str, ...]]]] = []

    @staticmethod
    def _top(tree: dict[str, str] | None) -> str:
        tops = {parent for parent in tree.values() if parent not in tree} if tree else set()
        return tops.pop() if len(tops) == 1 else WHOLE

    def read(self, native: Any, *, exact: bool = False) -> None:
        """Take in one table."""
        frame = nw.from_native(native)
        rows = (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).rows(named=True)
        own = [name for name in self.names if rows and name in rows[0]]
        places = set()
        for row in rows:
            place = tuple(self._code(name, row[name]) if name in own else self.top[name] for name in self.names)
            places.add(place)
            value = row[self.values]
            if value is None or value != value:
                self.withheld[place] = str(row.get("suppression") or "primary")
                continue
            width = 0.0 if exact or self.base == 1 else self.base - 1.0
            low, high = self.shown.get(place, (-np.inf, np.inf))
            self.shown[place] = (max(low, float(value) - width), min(high, float(value) + width))
        if not exact:
            self.tables.append((own, places))

    def _code(self, name: str, value: Any) -> str:
        if value is None or value != value:
            return self.top[name]
        text = value.isoformat()[:10] if isinstance(value, dt.date) else str(value)
        return self.top[name] if text == WHOLE and text not in (self.part_of[name] or {}) else text

    def knowledge(self, counts: bool, marks: str, limit: float, floor: float) -> Knowledge:
        """What the tables tell: limits for each withheld cell, and every sum it stands in."""
        knowledge = Knowledge(whole=counts)
        for place, (low, high) in self.shown.items():
            if high > low:
                self.withheld.setdefault(place, "rounded")
                knowledge.unknown(place, 0.0 if counts and low < 0 else low, high)
        for place, word in self.withheld.items():
            if any(code in self.signed for code in place):
                knowledge.unknown(place, -np.inf)
            elif counts and marks == "two" and word == "primary":
                knowledge.unknown(place, floor, limit - 1)
            elif counts and marks == "two" and word == "secondary":
                knowledge.unknown(place, limit)
            else:
                knowledge.unknown(place, floor if word != "rounded" else 0.0)
            if place in self.shown:
                # Shown in one table and withheld in another: an attacker just looks it up.
                low, high = self.shown[place]
                knowledge.sums.append(({place: 1.0}, low)) if low == high else knowledge.unknown(place, low, high)
        for own, places in self.tables:
            self._sums(knowledge, own, places)
        return knowledge

    def _sums(self, knowledge: Knowledge, own: list[str], places: set[tuple[str, ...]]) -> None:
        """Every sum in one table; a margin that nothing shows is an unknown of its own."""
        for axis, name in enumerate(self.names):
            tree = self.part_of[name]
            if name not in own or tree is None:
                continue
            tree = tree or {code: WHOLE for code in {place[axis] for place in places} if code != WHOLE}
            parts: dict[str, list[str]] = {}
            for child, parent in tree.items():
                parts.setdefault(parent, []).append(child)
            others = [
                sorted({place[i] for place in places} | (self._wholes(i) if other in own else set()))
                for i, other in enumerate(self.names)
            ]
            for parent, children in parts.items():
                for rest in product(*[[None] if i == axis else codes for i, codes in enumerate(others)]):
                    at = [
                        tuple(code if i == axis else rest[i] for i in range(len(rest))) for code in (parent, *children)
                    ]
                    self._sum(knowledge, at)

    def _wholes(self, axis: int) -> set[str]:
        tree = self.part_of[self.names[axis]]
        if tree is None:
            return set()
        return set(tree.values()) or {WHOLE}

    def _sum(self, knowledge: Knowledge, at: list[Any]) -> None:
        terms: dict[Name, float] = {}
        right = 0.0
        for number, place in enumerate(at):
            sign = 1.0 if number == 0 else -1.0
            if place in self.withheld:
                terms[place] = sign
            elif place in self.shown:
                right -= sign * self.shown[place][0]
            elif self._has_parts(place):
                # A margin that is not printed.
                knowledge.low.setdefault(place, -np.inf)
                knowledge.high.setdefault(place, np.inf)
                terms[place] = sign
        if terms:
            knowledge.sums.append((terms, right))

    def _has_parts(self, place: tuple[str, ...]) -> bool:
        """Whether a place is a whole of something: what is left out and has no parts is a zero."""
        for name, code in zip(self.names, place, strict=True):
            tree = self.part_of[name]
            if tree is not None and (code in tree.values() or (not tree and code == WHOLE)):
                return True
        return False
