"""Suppress small numbers so that nobody can work them out from what is still shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import narwhals as nw
import numpy as np

from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.methods import constant
from hhanalytics.privacy import rules
from hhanalytics.privacy.cells import Dims, System, columns_of, rows_of, system_of
from hhanalytics.privacy.exact import fewest, lower_bound
from hhanalytics.privacy.heuristic import covered
from hhanalytics.privacy.protection import Need, Task

#: An array of numbers; what numpy says of its shape and kind is of no help here.
Array = Any
Protect = Literal["counts", "magnitudes"]
Margins = Literal["known", "given"]
Marks = Literal["one", "two"]
Zeros = Literal["small", "known"]
Prefer = Literal["fewest", "least"]

#: The column that says what happened to a row.
COLUMN: Final = "suppression"
#: Up to so many cells, and so many of them to be hidden, the integer programme is tried.
EXACT_CELLS: Final = 300
EXACT_NEEDS: Final = 60
#: From so many cells on, the heuristic takes fewer orders and rounds.
LARGE: Final = 3000


@dataclass(frozen=True)
class Suppressed:
    """Tables made safe, and at what price.

    Attributes:
        tables: The tables as given, with values blanked and a column `suppression`.
        primary: How many cells were too small themselves.
        secondary: How many more had to be suppressed.
        bound: No safe suppression costs less; where every cell costs one, so many cells are the fewest.
        price: What the secondary cells cost.
        optimal: Whether that is proved to be the least.
        emptied: The part of the inner cells above zero that is gone.
    """

    tables: tuple[Any, ...]
    primary: int
    secondary: int
    bound: float
    price: float
    optimal: bool
    emptied: float


def suppress(
    table: Any,
    *,
    values: str,
    dims: Dims,
    threshold: int | None = None,
    protect: Protect = "counts",
    linked: Sequence[Any] = (),
    primary: str | None = None,
    **options: Any,
) -> Any:
    """A table with its small numbers blanked, and as few others as keep them from being worked out.

    Args:
        table: A frame of polars or pandas with a row per cell, margins included. A code ``total``, or
            nothing at all, stands for the total of a dimension.
        values: Name of the column of values.
        dims: Names of the dimensions; or name → hierarchy (child → parent), an empty one for a plain
            dimension, None for one along which nothing is summed.
        threshold: Counts below it are small; None: ``small_number`` of ``methods.toml``.
        protect: ``counts`` of persons, or ``magnitudes``: amounts that rest on persons or units.
        linked: Tables published together with this one, with some of the same dimensions.
        primary: Column that says which rows may not be shown, besides those that the threshold finds.
        **options: See `suppressed`.

    Returns:
        The same kind of frame with nothing in the place of what is suppressed, and a column ``suppression``:
        ``none``, ``primary`` or ``secondary``. With ``linked``: a tuple of all tables.

    Raises:
        BadInput: The table cannot be read so, its sums do not hold, or a cell cannot be hidden.

    Source:
        Fischetti and Salazar (2000), Models and algorithms for optimizing cell suppression in tabular data.

    Example:
        >>> import polars as pl
        >>> rows = [("aal", "a", 3), ("aal", "b", 20), ("hol", "a", 30), ("hol", "b", 40), ("gol", "a", 9), ("gol", "b", 8)]
        >>> table = pl.DataFrame(rows, schema=["municipality", "technology", "users"], orient="row")
        >>> found = suppress(table, values="users", dims=["municipality", "technology"], threshold=5)
        >>> found["suppression"].to_list()
        ['primary', 'secondary', 'none', 'none', 'secondary', 'secondary']
    """
    made = suppressed(
        table, values=values, dims=dims, threshold=threshold, protect=protect, linked=linked, primary=primary, **options
    )
    return made.tables if linked else made.tables[0]


def suppressed(
    table: Any,
    *,
    values: str,
    dims: Dims,
    threshold: int | None = None,
    protect: Protect = "counts",
    linked: Sequence[Any] = (),
    primary: str | None = None,
    margins: Margins = "known",
    marks: Marks = "two",
    zeros: Zeros = "small",
    prefer: Prefer = "fewest",
    signed: Collection[str] = (),
    cost: str | None = None,
    contributors: str | None = None,
    largest: str | None = None,
    second: str | None = None,
    insiders: bool = True,
) -> Suppressed:
    """The same as `suppress`, with what it cost and how far from the least that may be.

    Args:
        table: As for `suppress`.
        values: As for `suppress`.
        dims: As for `suppress`.
        threshold: As for `suppress`.
        protect: As for `suppress`.
        linked: As for `suppress`.
        primary: As for `suppress`.
        margins: ``known``: readers know the margins that the table leaves out; ``given``: they do not.
        marks: ``two``: readers see which cells are small themselves, so ``secondary`` says "not small";
            ``one``: all that is suppressed has one mark.
        zeros: ``small``: zeros are small numbers; ``known``: they are shown, and hide nothing.
        prefer: ``fewest`` cells (the smallest of them), or the ``least`` sum of values.
        signed: Codes whose values may be negative, such as changes; they are never small themselves.
        cost: Column with what it costs to suppress a row.
        contributors: Column that counts who an amount rests on; needed for ``magnitudes`` by threshold.
        largest: Column with the largest contribution to an amount.
        second: Column with the second largest.
        insiders: Whether those whose own value a cell is may not work out others from it.

    Returns:
        What was done.

    Raises:
        BadInput: As for `suppress`.
        UnknownName: One of the choices does not exist.
    """
    for name, found, valid in (
        ("protect", protect, ("counts", "magnitudes")), ("margins", margins, ("known", "given")),
        ("marks", marks, ("one", "two")), ("zeros", zeros, ("small", "known")), ("prefer", prefer, ("fewest", "least")),
    ):  # fmt: skip
        if found not in valid:
            raise UnknownName.of(name, found, valid)
    limit = constant("small_number") if threshold is None else threshold
    tables = [table, *linked]
    counts = protect == "counts"
    system = system_of(tables, values, dims, whole_numbers=counts)
    given = _columns(system, tables, {"primary": primary, "cost": cost, "contributors": contributors,
                                      "largest": largest, "second": second})  # fmt: skip
    small = _primary(system, given, limit, counts, zeros == "known", set(signed))
    task = _task(
        system, given, small, limit, counts=counts, margins=margins, marks=marks, zeros=zeros, prefer=prefer,
        signed=set(signed), insiders=insiders,
    )  # fmt: skip
    large = system.size > LARGE
    cover = covered(task, orders=1 if large else 4, rounds=1 if large else 3, places=60_000 if large else 600_000)
    hidden, bound, optimal = cover.hidden, 0.0, cover.price() == 0
    if not optimal and system.size <= EXACT_CELLS and len(task.needs) <= EXACT_NEEDS:
        better = fewest(task, cover)
        hidden, bound, optimal = better.hidden, better.bound, better.optimal
    elif not optimal:
        bound = lower_bound(task)
    return _result(task, tables, values, hidden, bound, optimal)


def _columns(system: System, tables: Sequence[Any], names: dict[str, str | None]) -> dict[str, Array]:
    """Columns of the tables as one value per cell; nothing where no table says."""
    out: dict[str, Array] = {}
    for role, name in names.items():
        if name is None:
            continue
        held = [table for table in tables if name in columns_of(table)]
        if not held:
            raise BadInput.missing_columns("The table", [name], columns_of(tables[0]))
        values = np.full(system.size, np.nan)
        for table, cells in zip(tables, system.table_row, strict=True):
            if name in columns_of(table):
                values[cells] = [np.nan if v is None else float(v) for v in rows_of(table, [name])[name]]
        out[role] = values
    return out


def _signed(system: System, signed: set[str]) -> Array:
    found = np.zeros(system.size, bool)
    for axis, d in enumerate(system.dimensions):
        codes = [i for i, code in enumerate(d.codes) if code in signed]
        found |= np.isin(system.places[:, axis], codes)
    return found


def _primary(
    system: System, given: dict[str, Array], limit: float, counts: bool, zeros_known: bool, signed: set[str]
) -> Array:
    """What may not be shown by itself."""
    minus = _signed(system, signed)
    if (system.value[~minus] < 0).any():
        raise BadInput.of(
            "bad_values", "The column of values", "numbers below zero", "none", "Name their codes as signed."
        )
    small = np.zeros(system.size, bool)
    if counts:
        small |= rules.too_few(system.value, limit, zeros_known=zeros_known)
    elif "contributors" in given:
        small |= rules.too_few(np.nan_to_num(given["contributors"], nan=np.inf), limit, zeros_known=True)
    elif "primary" not in given and "largest" not in given:
        raise BadInput.of(
            "no_rule", "Amounts to protect", "no column to judge them by", "contributors, largest or primary",
            "Name one of these columns.",
        )  # fmt: skip
    if not counts and "largest" in given:
        first, next_one = np.nan_to_num(given["largest"]), given.get("second")
        small |= rules.dominated(system.value, first, next_one) & (system.value > 0)
        if next_one is not None:
            small |= rules.within_percent(system.value, first, np.nan_to_num(next_one)) & (first > 0)
    if "primary" in given:
        small |= np.nan_to_num(given["primary"]) > 0
    return np.asarray(small & system.given & ~minus)


def _task(
    system: System, given: dict[str, Array], small: Array, limit: float, *, counts: bool, margins: str, marks: str,
    zeros: str, prefer: str, signed: set[str], insiders: bool,
) -> Task:  # fmt: skip
    value, minus = system.value, _signed(system, signed)
    known_zero = (value == 0) & ~small & ~minus
    fixed = known_zero if zeros == "known" or not counts else np.zeros(system.size, bool)
    fixed = fixed | (~system.given if margins == "known" else False)
    free = ~system.given & ~fixed
    least = 1.0 if counts and zeros == "known" else 0.0
    lower = np.where(minus, np.inf, value - least)
    upper = np.full(system.size, np.inf)
    if counts and marks == "two":
        by_size = small & (value < limit)
        upper[by_size] = limit - 1 - value[by_size]
        lower = np.where(small | minus | free, lower, value - limit)
    lower = np.maximum(np.where(free, np.maximum(value, 0), lower), 0.0)
    if "cost" in given:
        cost = np.nan_to_num(given["cost"], nan=1.0)
    elif prefer == "least":
        cost = np.abs(value) + 1e-6
    else:
        # Among equally many, the smallest: what is gained by it never comes to a whole cell.
        cost = 1.0 + np.abs(value) / (1.0 + 2 * np.abs(value).sum())
    cost = np.where(free, 0.0, cost)
    if counts:
        needs = [_count_need(int(c), value[c], limit, least) for c in np.nonzero(small)[0]]
        singles = small & (value == 1)
    else:
        part = constant("p_percent")
        needs = [Need(int(c), part * value[c], part * value[c]) for c in np.nonzero(small)[0]]
        singles = small & (given.get("contributors", np.zeros(system.size)) == 1)
    wanted = tuple(n for n in needs if n.up > 0 or n.down > 0)
    return Task(
        system, small, fixed, free, lower, upper, cost, wanted, singles if insiders else np.zeros_like(small), counts
    )


def _count_need(cell: int, value: float, limit: float, least: float) -> Need:
    """All that "under five" leaves open must stay open; as much around a count that is not small."""
    if value < limit:
        return Need(cell, limit - 1 - value, value - least)
    return Need(cell, limit - 1, min(limit - 1, value - least))


def _result(task: Task, tables: Sequence[Any], values: str, hidden: Array, bound: float, optimal: bool) -> Suppressed:
    system = task.system
    secondary = hidden & ~task.primary & ~task.free
    words = np.where(task.primary, "primary", np.where(secondary, "secondary", "none"))
    out = tuple(_blanked(table, values, words[cells]) for table, cells in zip(tables, system.table_row, strict=True))
    leaf = np.ones(system.size, bool)
    for axis, d in enumerate(system.dimensions):
        leaf &= np.isin(system.places[:, axis], [i for i, c in enumerate(d.children) if not c])
    inner = leaf & system.given & (system.value > 0)
    emptied = float((hidden & inner).sum() / inner.sum()) if inner.any() else 0.0
    price = float(task.cost[secondary].sum())
    return Suppressed(out, int(task.primary.sum()), int(secondary.sum()), bound, price, optimal, emptied)


def _blanked(native: Any, values: str, words: Array) -> Any:
    """The frame, of the same kind, with nothing where something is suppressed."""
    frame = nw.from_native(native)
    lazy = isinstance(frame, nw.LazyFrame)
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    shown = [str(word) for word in words]
    if eager.implementation.is_pandas():
        out = eager.to_native().copy()
        kept = words == "none"
        whole = np.issubdtype(out[values].dtype if isinstance(out[values].dtype, np.dtype) else float, np.integer)
        # Whole numbers stay whole where some are missing.
        out[values] = (out[values].astype("Int64") if whole else out[values]).where(kept)
        out[COLUMN] = shown
        return out
    backend = eager.implementation
    mark = nw.new_series(COLUMN, shown, nw.String(), backend=backend)
    done = eager.with_columns(mark).with_columns(
        nw.when(nw.col(COLUMN) == "none").then(nw.col(values)).otherwise(nw.lit(None)).alias(values)
    )
    return done.lazy().to_native() if lazy else done.to_native()
