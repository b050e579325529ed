"""Suppress small numbers so that nobody can work them out from what is still shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import narwhals as nw
import numpy as np

from hhanalytics.errors import UnknownName
from hhanalytics.methods import constant
from hhanalytics.privacy.cells import Array, Dims, system_of
from hhanalytics.privacy.exact import fewest, lower_bound
from hhanalytics.privacy.heuristic import covered
from hhanalytics.privacy.protection import Task
from hhanalytics.privacy.task import given_columns, primary_cells, task_of

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

    Example:
        >>> import polars as pl
        >>> rows = [("aal", "a", 3), ("aal", "b", 20), ("hol", "a", 30), ("hol", "b", 40), ("gol", "a", 9), ("gol", "b", 8)]
        >>> table = pl.DataFrame(rows, schema=["municipality", "technology", "users"], orient="row")
        >>> found = suppressed(table, values="users", dims=["municipality", "technology"], threshold=5)
        >>> found.primary, found.secondary, found.optimal
        (1, 3, True)
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
    given = given_columns(system, tables, {"primary": primary, "cost": cost, "contributors": contributors,
                                      "largest": largest, "second": second})  # fmt: skip
    small = primary_cells(system, given, limit, counts, zeros == "known", set(signed))
    task = task_of(
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
