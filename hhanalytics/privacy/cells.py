"""Tables that are published together as one system of cells and sums.

A cell is a place in the grid of all dimensions; a table that lacks a dimension holds that dimension's
total. So cells that several tables share are one cell, and linked tables are protected together.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import narwhals as nw
import numpy as np
from scipy import sparse

from hhanalytics.errors import BadInput

#: An array of numbers; what numpy says of its shape and kind is of no help here.
Array = Any
#: What `suppress` takes as dimensions: names, or name → (child → parent), or None where nothing is summed.
Dims = Sequence[str] | Mapping[str, Mapping[str, str] | None]

#: Code of the total of a dimension without hierarchy; an empty cell means the same.
TOTAL: Final = "total"
#: Place in the grid that belongs to no table, and one whose zero every reader knows.
NOWHERE: Final = -1
KNOWN_ZERO: Final = -2
#: Larger grids are refused: they would not fit into memory.
LARGEST: Final = 20_000_000
#: Sums of amounts may be off by this share.
TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class Dimension:
    """One dimension: its codes, and which code is part of which.

    Attributes:
        name: Name of its column.
        codes: All codes.
        parent: Place of each code's parent; −1 for a root.
        children: Places of each code's children.
        whole: Place that tables without this dimension stand at.
    """

    name: str
    codes: tuple[str, ...]
    parent: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]
    whole: int

    def from_below(self) -> list[int]:
        """The codes that have parts, parts before wholes."""
        order: list[int] = []

        def visit(code: int) -> None:
            for child in self.children[code]:
                visit(child)
            if self.children[code]:
                order.append(code)

        for code, parent in enumerate(self.parent):
            if parent < 0:
                visit(code)
        return order


@dataclass(frozen=True)
class System:
    """All cells of tables published together, and the sums that hold between them.

    Attributes:
        dimensions: All dimensions.
        grid: Place → cell, `NOWHERE` or `KNOWN_ZERO`.
        value: The value of each cell.
        places: The codes of each cell, one column per dimension.
        table_row: For each table, the cell of each of its rows.
        given: Whether a cell stands in one of the tables.
        sums: One row per sum: +1 at the whole, −1 at its parts; times values it is zero.
    """

    dimensions: tuple[Dimension, ...]
    grid: Array
    value: Array
    places: Array
    table_row: tuple[Array, ...]
    given: Array
    sums: Any

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.value)

    def name(self, cell: int) -> str:
        """A cell as an error names it: by its codes, never by its value."""
        return ", ".join(
            f"{d.name} {d.codes[code]}" for d, code in zip(self.dimensions, self.places[cell], strict=True)
        )


def code_of(value: object) -> str:
    """The code that a cell of a column stands for.

    Example:
        >>> code_of(date(2025, 6, 1)), code_of(None), code_of(7)
        ('2025-06-01', 'total', '7')
    """
    if value is None or value != value:  # NaN is how pandas says nothing
        return TOTAL
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def dimension(name: str, found: set[str], hierarchy: Mapping[str, str] | None, summed: bool) -> Dimension:
    """A dimension from the codes in the tables and, where it has one, its hierarchy.

    Raises:
        BadInput: A code that the hierarchy does not know, or a hierarchy that goes in circles.
    """
    if not summed:
        codes = tuple(sorted(found | {TOTAL}))
        return Dimension(name, codes, (-1,) * len(codes), ((),) * len(codes), codes.index(TOTAL))
    if hierarchy is None:
        hierarchy = {code: TOTAL for code in found if code != TOTAL}
    else:
        roots = sorted(set(hierarchy.values()) - set(hierarchy))
        if len(roots) != 1:
            raise BadInput.of(
                "bad_hierarchy",
                f"The hierarchy of {name}",
                f"{len(roots)} tops ({', '.join(roots[:5])})",
                "one code that everything is part of, and no circles",
                "Give child → parent for every code but that one.",
            )
        found = {roots[0] if code == TOTAL and TOTAL not in hierarchy else code for code in found}
    known = set(hierarchy) | set(hierarchy.values()) | {TOTAL if not hierarchy else ""} - {""}
    strangers = sorted(found - known)
    if strangers:
        raise BadInput.of(
            "bad_hierarchy", f"Dimension {name}", ", ".join(strangers[:5]), "codes of its hierarchy", "Add them to it."
        )
    codes = tuple(sorted(known))
    place = {code: number for number, code in enumerate(codes)}
    parent = tuple(place[hierarchy[code]] if code in hierarchy else -1 for code in codes)
    children = tuple(tuple(i for i, p in enumerate(parent) if p == code) for code in range(len(codes)))
    made = Dimension(name, codes, parent, children, parent.index(-1) if -1 in parent else 0)
    reached = {made.whole} | {c for code in made.from_below() for c in children[code]}
    if len(reached) < len(codes):
        raise BadInput.of(
            "bad_hierarchy", f"The hierarchy of {name}", "a circle", "one code that everything is part of", "Break it."
        )
    return made


def rows_of(native: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    """Columns of any frame as lists.

    Raises:
        BadInput: No frame, or columns are missing.
    """
    try:
        frame = nw.from_native(native)
    except TypeError:
        kind = type(native).__name__
        raise BadInput.of("no_frame", "The table", kind, "a frame of polars or pandas", "Give a frame.") from None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise BadInput.missing_columns("The table", missing, frame.columns)
    return {name: frame[name].to_list() for name in names}


def columns_of(native: Any) -> list[str]:
    """The names of a frame's columns."""
    try:
        return list(nw.from_native(native).collect_schema().names())
    except TypeError:
        return []


def named_dims(dims: Dims) -> dict[str, tuple[Mapping[str, str] | None, bool]]:
    """Name → hierarchy, and whether anything is summed along the dimension."""
    if isinstance(dims, Mapping):
        return {name: (dict(given) if given else None, given is not None) for name, given in dims.items()}
    return dict.fromkeys(dims, (None, True))


def system_of(tables: Sequence[Any], values: str, dims: Dims, *, whole_numbers: bool) -> System:
    """The system of cells and sums of tables published together.

    Args:
        tables: The tables; each has the column of values and the dimensions it is divided by.
        values: Name of the column of values.
        dims: The dimensions of all of them.
        whole_numbers: Whether values are counts.

    Raises:
        BadInput: A table that cannot be read so, or whose sums do not hold.
    """
    wanted = named_dims(dims)
    used = [[name for name in wanted if name in columns_of(table)] for table in tables]
    read = [rows_of(table, [values, *names]) for table, names in zip(tables, used, strict=True)]
    coded = [{name: [code_of(v) for v in rows[name]] for name in names} for rows, names in zip(read, used, strict=True)]
    lost = [name for name in wanted if not any(name in names for names in used)]
    if lost or not used[0]:
        raise BadInput.missing_columns("The table", lost or list(wanted), columns_of(tables[0]))
    made = tuple(
        dimension(name, {code for table in coded for code in table.get(name, ())}, *how) for name, how in wanted.items()
    )
    shape = tuple(len(d.codes) for d in made)
    if np.prod(shape, dtype=float) > LARGEST:
        raise BadInput.of(
            "too_many_codes", "The dimensions together", f"{np.prod(shape, dtype=float):.0f} places",
            f"at most {LARGEST}", "Publish fewer tables together, or group codes.",
        )  # fmt: skip
    amounts = [_amounts(rows[values], whole_numbers) for rows in read]
    return _System(made, shape).build(coded, amounts, used)


def _amounts(found: Sequence[Any], whole_numbers: bool) -> Array:
    """Values as numbers, each checked."""
    out = np.array([np.nan if value is None else float(value) for value in found], dtype=float)
    bad = ~np.isfinite(out)
    if whole_numbers:
        bad |= out != np.rint(np.where(np.isfinite(out), out, 0.5))
    if bad.any():
        expected = "whole numbers" if whole_numbers else "a number in every row"
        raise BadInput.of("bad_values", "The column of values", f"{bad.sum()} rows without", expected, "Mend the rows.")
    return out


class _System:
    """Builds a `System` table by table."""

    def __init__(self, dimensions: tuple[Dimension, ...], shape: tuple[int, ...]) -> None:
        self.dimensions, self.shape = dimensions, shape
        self.grid: Array = np.full(shape, NOWHERE, dtype=np.int64)
        self.value: list[float] = []
        self.given: list[bool] = []
        self.places: list[tuple[int, ...]] = []

    def build(self, coded: list[dict[str, list[str]]], amounts: list[Array], used: list[list[str]]) -> System:
        rows = [self._table(codes, values, names) for codes, values, names in zip(coded, amounts, used, strict=True)]
        sums = [self._sums(set(names)) for names in used]
        matrix = sparse.vstack(sums).tocsr() if sums else sparse.csr_matrix((0, len(self.value)))
        if matrix.shape[1] < len(self.value):
            matrix.resize(matrix.shape[0], len(self.value))
        places = np.array(self.places, dtype=np.int64).reshape(len(self.value), len(self.shape))
        return System(
            self.dimensions, self.grid, np.array(self.value), places, tuple(rows), np.array(self.given, bool), matrix
        )

    def _slice(self, names: set[str]) -> tuple[Any, ...]:
        return tuple(slice(None) if d.name in names else d.whole for d in self.dimensions)

    def _table(self, codes: dict[str, list[str]], values: Array, names: list[str]) -> Array:
        """Enter one table: its rows, the margins it leaves out, and the zeros it leaves out."""
        own = [d for d in self.dimensions if d.name in names]
        place = [{code: number for number, code in enumerate(d.codes)} for d in own]
        at = np.array(
            [
                [where[d.codes[d.whole] if code == TOTAL and code not in where else code] for code in codes[d.name]]
                for d, where in zip(own, place, strict=True)
            ],
            dtype=np.int64,
        ).reshape(len(own), len(values))
        shape = tuple(len(d.codes) for d in own)
        flat = np.ravel_multi_index(tuple(at), shape) if len(values) else np.zeros(0, np.int64)
        if len(np.unique(np.asarray(flat))) < len(values):
            raise BadInput.of("double_row", "The table", "two rows of the same place", "one", "Merge or remove them.")
        held = np.zeros(shape, bool)
        held.ravel()[flat] = True
        amount = np.zeros(shape)
        amount.ravel()[flat] = values
        leaf = np.ones(shape, bool)
        for axis, d in enumerate(own):
            for code in d.from_below():
                leaf[(slice(None),) * axis + (code,)] = False
        _fill(own, held, amount, leaf)
        cells = self._enter(names, held, amount, leaf)
        return np.asarray(cells.ravel()[flat], np.int64)

    def _enter(self, names: list[str], held: Array, amount: Array, leaf: Array) -> Array:
        """Cells for every place of one table's grid: new ones, or those another table entered."""
        view = self.grid[self._slice(set(names))]
        own = [i for i, d in enumerate(self.dimensions) if d.name in names]
        for at in map(tuple, np.argwhere(held | ~leaf)):
            cell = int(view[at])
            if cell < 0:
                cell = view[at] = len(self.value)
                whole = [d.whole for d in self.dimensions]
                for axis, code in zip(own, at, strict=True):
                    whole[axis] = int(code)
                self.places.append(tuple(whole))
                self.value.append(float(amount[at]))
                self.given.append(bool(held[at]))
                continue
            if abs(self.value[cell] - amount[at]) > TOLERANCE * max(1.0, abs(amount[at])):
                where = ", ".join(
                    f"{self.dimensions[i].name} {self.dimensions[i].codes[code]}"
                    for i, code in zip(own, at, strict=True)
                )
                raise BadInput.of(
                    "not_additive", "Tables published together", f"two values at {where}", "one", "Mend one of them."
                )
            self.given[cell] = self.given[cell] or bool(held[at])
        view[~held & leaf & (view == NOWHERE)] = KNOWN_ZERO
        return np.asarray(view)

    def _sums(self, names: set[str]) -> Any:
        """The sums that hold in one table, along each of its dimensions."""
        view = self.grid[self._slice(names)]
        own = [d for d in self.dimensions if d.name in names]
        whole, part, number = [], [], 0
        for axis, d in enumerate(own):
            for code in d.from_below():
                parents = np.take(view, code, axis).ravel()
                children = np.stack([np.take(view, child, axis).ravel() for child in d.children[code]])
                lines = np.nonzero(parents >= 0)[0]
                whole.append((np.arange(number, number + len(lines)), parents[lines]))
                inside = children[:, lines]
                row = np.broadcast_to(np.arange(number, number + len(lines)), inside.shape)
                part.append((row[inside >= 0], inside[inside >= 0]))
                number += len(lines)
        both = [*whole, *part, (np.zeros(0, np.int64), np.zeros(0, np.int64))]
        rows, cells = (np.concatenate([each[side] for each in both]) for side in (0, 1))
        signs = np.concatenate([np.ones(sum(len(r) for r, _ in whole)), -np.ones(sum(len(r) for r, _ in part))])
        return sparse.csr_matrix((signs, (rows, cells)), shape=(number, len(self.value)))


def _fill(own: list[Dimension], held: Array, amount: Array, leaf: Array) -> None:
    """Work out the margins that a table leaves out, and check those that it holds."""
    known = held | leaf
    for axis, d in enumerate(own):
        for code in d.from_below():
            here = (slice(None),) * axis
            parts = sum((amount[(*here, child)] for child in d.children[code]), np.zeros(()))
            whole = np.logical_and.reduce([known[(*here, child)] for child in d.children[code]])
            missing = ~known[(*here, code)] & whole
            amount[(*here, code)] = np.where(missing, parts, amount[(*here, code)])
            known[(*here, code)] |= whole
    for axis, d in enumerate(own):
        for code in d.from_below():
            here = (slice(None),) * axis
            parts = sum((amount[(*here, child)] for child in d.children[code]), np.zeros(()))
            off = np.abs(parts - amount[(*here, code)]) > TOLERANCE * np.maximum(1.0, np.abs(amount[(*here, code)]))
            if off.any():
                at = list(np.argwhere(off)[0])
                at.insert(axis, code)
                names = ", ".join(f"{o.name} {o.codes[i]}" for o, i in zip(own, at, strict=True))
                raise BadInput.of(
                    "not_additive", "The table", f"a whole that is not the sum of its parts at {names}",
                    "sums that hold", "Mend it, or declare the dimension as not summed (None).",
                )  # fmt: skip


def differences(codes: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """A dimension in which also the change from each code to the next is published.

    Args:
        codes: The codes in order, such as months.

    Returns:
        The hierarchy (each code is the sum of the one before it and the change to it), and the codes of
        the changes, which may be negative.

    Example:
        >>> differences(["may", "june"])
        ({'may': 'june', 'change to june': 'june'}, ('change to june',))
    """
    hierarchy: dict[str, str] = {}
    for before, after in itertools.pairwise(codes):
        hierarchy |= {before: after, f"change to {after}": after}
    return hierarchy, tuple(f"change to {after}" for after in codes[1:])
