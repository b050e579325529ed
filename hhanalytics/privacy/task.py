"""From tables and choices to a task: which cells are small, what readers know, what a cell costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hhanalytics.errors import BadInput
from hhanalytics.methods import constant
from hhanalytics.privacy import rules
from hhanalytics.privacy.cells import Array, System, columns_of, rows_of
from hhanalytics.privacy.protection import Need, Task


def given_columns(system: System, tables: Sequence[Any], names: dict[str, str | None]) -> dict[str, Array]:
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


def primary_cells(
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


def task_of(
    system: System, given: dict[str, Array], small: Array, limit: float, *, counts: bool, margins: str, marks: str,
    zeros: str, prefer: str, signed: set[str], insiders: bool,
) -> Task:  # fmt: skip
    """The task: limits that readers know, costs, and what must stay open.

    Args:
        system: The cells.
        given: Columns of the tables, one value per cell.
        small: What may not be shown.
        limit: The threshold.
        counts: Whether values are counts.
        margins: As for `suppressed`.
        marks: As for `suppressed`.
        zeros: As for `suppressed`.
        prefer: As for `suppressed`.
        signed: Codes whose values may be negative.
        insiders: Whether to look from inside single cells.
    """
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
