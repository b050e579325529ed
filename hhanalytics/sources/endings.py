"""Earlier rows that a later source ends, so that what was delivered is never edited.

A membership, a pool, a position or a municipality's code that was open when it was delivered gets its
last day from a row in ``endings``; a decision that waited becomes decided. The ended row exists only in
the Dataset: the earlier folder stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from hhanalytics.errors import Problem
from hhanalytics.evidence import weakest
from hhanalytics.sources.folder import FILE, LINE, Delivery

#: What may end → the columns of an ending that say which row.
NAMED = {
    "memberships": ("pool", "municipality"),
    "pools": ("pool",),
    "positions": ("programme", "pool"),
    "municipalities": ("municipality",),
    "decisions": ("decision",),
}
Frames = dict[str, pl.DataFrame]


def end_rows(frames: Mapping[str, pl.DataFrame], delivery: Delivery) -> tuple[Frames, list[Problem]]:
    """The tables with every declared ending applied.

    Args:
        frames: Table name → its rows, with `FILE` and `LINE`.
        delivery: What was read, and what could not be.

    Returns:
        The tables, and what is wrong with the endings. An ended row takes the weaker of both grades.
    """
    out = dict(frames)
    problems: list[Problem] = []
    ended: dict[tuple[str, int], dict[str, Any]] = {}
    for ending in frames["endings"].iter_rows(named=True):
        table = ending["ends"]
        if table not in NAMED or ending["last_day"] is None or table in delivery.partial:
            continue
        named = {column: ending[column] for column in NAMED[table] if ending[column] is not None}
        rows = _ends(frames[table], table, named, ending["last_day"])
        known = all(ending[column] in frames[_home(column)][column] for column in named)
        if not rows and named and known:
            problems.append(_nothing(ending, table, named))
        for row in rows:
            before = ended.setdefault((table, row), ending)
            if before is not ending:
                problems.append(_twice(ending, before, named))
    for table in NAMED:
        those = {row: ending for (name, row), ending in ended.items() if name == table}
        if those:
            out[table] = _decided(frames[table], those) if table == "decisions" else _ended(frames[table], those)
    return out, problems


def _home(column: str) -> str:
    return "municipalities" if column == "municipality" else f"{column}s"


def _ends(rows: pl.DataFrame, table: str, named: Mapping[str, str], last_day: Any) -> list[int]:
    """Which rows an ending ends, by their number in the table."""
    if not named:
        return []
    chosen = rows.with_row_index("number_").filter(*(pl.col(column) == id for column, id in named.items()))
    if table == "decisions":
        chosen = chosen.filter(pl.col("status") == "waiting")
    else:
        goes_on = pl.col("valid_to").is_null() | (pl.col("valid_to") > last_day)
        chosen = chosen.filter((pl.col("valid_from") <= last_day) & goes_on)
    return chosen["number_"].to_list()


def _patched(rows: pl.DataFrame, values: Mapping[str, Mapping[int, Any]]) -> pl.DataFrame:
    columns = []
    for column, changes in values.items():
        cells = rows[column].to_list()
        for row, value in changes.items():
            cells[row] = value
        columns.append(pl.Series(column, cells, rows.schema[column]))
    return rows.with_columns(columns)


def _grades(rows: pl.DataFrame, endings: Mapping[int, dict[str, Any]]) -> dict[int, Any]:
    known = {row: (rows["grade"][row], ending["grade"]) for row, ending in endings.items()}
    return {row: weakest(both) for row, both in known.items() if set(both) <= {"documented", "derived", "assumed"}}


def _ended(rows: pl.DataFrame, endings: Mapping[int, dict[str, Any]]) -> pl.DataFrame:
    days = {row: ending["last_day"] for row, ending in endings.items()}
    return _patched(rows, {"valid_to": days, "grade": _grades(rows, endings)})


def _decided(rows: pl.DataFrame, endings: Mapping[int, dict[str, Any]]) -> pl.DataFrame:
    days = {row: ending["last_day"] for row, ending in endings.items()}
    status = dict.fromkeys(endings, "decided")
    return _patched(rows, {"status": status, "decided_on": days, "grade": _grades(rows, endings)})


def _said(named: Mapping[str, str]) -> str:
    return ", ".join(f"{column} {id}" for column, id in named.items())


def _nothing(ending: dict[str, Any], table: str, named: Mapping[str, str]) -> Problem:
    found = f"{_said(named)} on {ending['last_day']}"
    expected = f"a row of {table} that holds on that day and goes on after it"
    if table == "decisions":
        expected = "a decision that waits"
    mend = "Correct the ids or the day, or remove the ending: what has ended already needs none."
    return Problem("nothing_to_end", ending[FILE], ending[LINE], "last_day", found, expected, mend)


def _twice(ending: dict[str, Any], before: dict[str, Any], named: Mapping[str, str]) -> Problem:
    found = f"{_said(named)}, as in {before[FILE]}, line {before[LINE]}"
    return Problem("ended_twice", ending[FILE], ending[LINE], None, found, "one ending per row", "Remove one of them.")
