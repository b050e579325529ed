"""Which number is meant: a description such as ``cost_per_participant programme=mft`` read, or answered with a hint."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.measures.catalogue import BY_UNIT

Row = Mapping[str, Any]

#: Measure → the number meant where no column is named: the first of these that is known, else the first.
MAIN: Final[dict[str, tuple[str, ...]]] = {
    "programme_costs": ("cost_nok", "cost_high_nok"),
    "cost_per_participant": ("point_nok", "high_nok"),
    "gain": ("net_gain_nok",),
    "gain_lines": ("value_nok",),
    "municipality_costs": ("amount_nok",),
    "full_position_costs": (),
    "comparable_costs": ("change_nok",),
    "like_for_like": ("like_for_like", "units"),
    "level_shifts": ("step",),
    "unit_rates": ("rate", "rate_high"),
    "technology_gain": ("total_high", "high", "total_low"),
    "technology_break_even": ("minutes_high",),
    "benefit_by_municipality": ("paid_high_nok",),
    "gains_by_municipality": ("high", "low"),
    "cash_by_municipality": ("charged_nok",),
    "need_by_municipality": ("inhabitants",),
}
#: Measure → the column that ``by`` fills.
UNIT_COLUMN: Final = {"cost_per_participant": "unit", "gain": "break_even_unit"}
#: A month without its day is its first.
MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
#: So many candidates are listed.
LISTED: Final = 12


def numbers_of(frame: pl.DataFrame) -> list[str]:
    """The columns of a measure that hold numbers.

    Example:
        >>> numbers_of(pl.DataFrame({"year": [2025], "cost_nok": [1], "pool": ["a"]}))
        ['cost_nok']
    """
    return [name for name, kind in frame.schema.items() if kind.is_numeric() and name != "year"]


def read(query: str) -> tuple[str, dict[str, str]]:
    """The measure and the filters of a description."""
    expected = "a measure and filters, such as: cost_per_participant programme=mft"
    try:
        words = shlex.split(query)
    except ValueError as error:
        raise BadInput.of("bad_query", "figure", repr(query), expected, f"Mend the quotes ({error}).") from None
    filters = [word.partition("=") for word in words[1:]]
    if not words or not all(name and sign for name, sign, _ in filters) or "=" in words[0]:
        raise BadInput.of("bad_query", "figure", repr(query), expected, "Write it like that.")
    names = [name for name, *_ in filters]
    if len(set(names)) < len(names):
        raise BadInput.of("bad_query", "figure", repr(query), "each filter once", "Leave one of them out.")
    return words[0], {name: value for name, _, value in filters}


def options_of(measure: str, wanted: dict[str, str]) -> dict[str, Any]:
    """What the measure takes beside the data, taken out of the filters."""
    found: dict[str, Any] = {}
    if measure in BY_UNIT:
        column = UNIT_COLUMN[measure]
        by = wanted.pop("by", None) or wanted.pop(column, None)
        found |= {"by": by} if by is not None else {}
    if measure == "municipality_costs" and "budget" in wanted:
        found["budget"] = wanted.pop("budget")
    return found


def filtered(measure: str, rows: pl.DataFrame, name: str, value: str) -> pl.DataFrame:
    """The rows whose column has a value; an error with the nearest where there is no such column or value."""
    if name not in rows.columns:
        raise UnknownName.of(f"column of {measure}", name, [*rows.columns, "column"])
    said = [_said(each) for each in rows[name]]
    if rows.schema[name].is_temporal() and MONTH.fullmatch(value):
        value += "-01"
    kept = rows.filter(pl.Series([each == value for each in said], dtype=pl.Boolean))
    if not kept.height:
        raise UnknownName.of(name, value, sorted({each for each in said if each is not None}))
    return kept


def _said(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def identity(measure: str, row: Row) -> list[str]:
    """The columns that say which row of a measure it is."""
    names: dict[str, tuple[str, ...]] = {
        "comparable_costs": ("pool", "year"),
        "like_for_like": ("technology", "month"),
        "level_shifts": ("technology", "month", "kind"),
        "unit_rates": ("technology", "month", "municipality", "age"),
        "technology_gain": ("technology", "year", "effect", "scope"),
        "technology_break_even": ("technology",),
        "benefit_by_municipality": ("municipality", "programme", "year"),
        "gains_by_municipality": ("municipality", "programme", "year", "gain_kind"),
        "cash_by_municipality": ("municipality", "year"),
        "need_by_municipality": ("municipality", "year"),
        "municipality_costs": ("municipality", "year", "pool"),
        "full_position_costs": ("pool", "year", "use"),
        "gain_lines": ("programme", "year", "kind", "unit", "service"),
        "cost_per_participant": ("programme", "year", "unit"),
        "gain": ("programme", "year", "break_even_unit"),
    }
    return [name for name in names.get(measure, ("programme", "year")) if name in row]


def main_column(measure: str, row: Row, numbers: list[str]) -> str:
    """The number meant where none is named; an error with the candidates where that is not clear."""
    chosen = MAIN[measure] or tuple(numbers)
    known = [name for name in chosen if row[name] is not None]
    if not MAIN[measure] and len({row[name] for name in known}) > 1:
        listed = [f"column={name} ({row[name]:,})".replace(",", " ") for name in known]
        raise BadInput.of("several_figures", measure, "; ".join(listed), "one number", "Add one of these.")
    return (known or list(chosen))[0]


def several(measure: str, rows: pl.DataFrame, column: str | None) -> BadInput:
    """The rows that a description fits, told apart by what differs between them."""
    if not rows.height:
        return BadInput.of("no_figure", measure, "no row", "a row", "Check the data: there is nothing to measure.")
    names = identity(measure, rows.row(0, named=True))
    names += [name for name in rows.columns if name not in names and name not in (column, "grade", "reason")]
    differing = [name for name in names if rows[name].n_unique() > 1]
    # The fewest columns that tell the rows apart, those that identify a row first.
    chosen: list[str] = []
    for name in differing:
        if rows.select(chosen).n_unique() < rows.height if chosen else True:
            chosen.append(name)
    listed = [
        " ".join(f"{name}={shlex.quote(_said(row[name]) or '')}" for name in chosen if row[name] is not None)
        for row in rows.head(LISTED).iter_rows(named=True)
    ]
    more = f"; … and {rows.height - LISTED} more" if rows.height > LISTED else ""
    found = f"{rows.height} rows: {'; '.join(listed)}{more}"
    return BadInput.of("several_figures", measure, found, "one row", "Add one of these.")
