"""From any number of a measure to the rows it was made from: which number is meant, and what it rests on."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.assumptions import Assumption, assumptions_of
from hhanalytics.decisions.cited import cited_rows, measure_of
from hhanalytics.decisions.derivation import Input, Step, cell, key_columns
from hhanalytics.decisions.derived_costs import full_position_number, municipality_number, programme_number
from hhanalytics.decisions.derived_gain import gain_number, line_number, participant_number
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.evidence import Bound, Figure, Grade
from hhanalytics.measures.catalogue import BY_UNIT, MEASURES, compute

Row = Mapping[str, Any]

#: Measure → what works out one of its numbers step by step.
DERIVED: Final[dict[str, Callable[..., Step]]] = {
    "programme_costs": programme_number,
    "cost_per_participant": participant_number,
    "gain": gain_number,
    "gain_lines": line_number,
    "municipality_costs": municipality_number,
    "full_position_costs": full_position_number,
}
#: Measure → the number meant where no column is named: the first of these that is known, else the first.
MAIN: Final[dict[str, tuple[str, ...]]] = {
    "programme_costs": ("cost_nok", "cost_high_nok"),
    "cost_per_participant": ("point_nok", "high_nok"),
    "gain": ("net_gain_nok",),
    "gain_lines": ("value_nok",),
    "municipality_costs": ("amount_nok",),
    "full_position_costs": (),
}
#: Measure → the column that ``by`` fills.
UNIT_COLUMN: Final = {"cost_per_participant": "unit", "gain": "break_even_unit"}
#: So many candidates are listed.
LISTED: Final = 12
#: A trace must give the number itself, but for how a float is stored.
AGREES: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Correction:
    """A row whose number was corrected before it was used.

    Attributes:
        input: The row as used.
        printed: The number as printed.
    """

    input: Input
    printed: int | float


@dataclass(frozen=True, eq=False)
class Traced:
    """One number and what it was made from.

    Attributes:
        measure: The measure, or empty for a figure that is no measure's.
        column: The column of the measure.
        keys: What identifies its row.
        value: The number, as the measure gives it.
        unit: What it counts.
        bound: Whether it is the value itself or only a limit on it.
        grade: The weakest grade of what it rests on.
        persons: The fewest persons that could be worked out from it, as of a `Figure`.
        step: How it was made.
        charges: ``printed`` or ``corrected``.
        beside: The names of the other numbers of the row.
        assumptions: What it takes for granted.
        corrections: Rows that were corrected.
    """

    measure: str
    column: str
    keys: Mapping[str, Any]
    value: int | float | None
    unit: str
    bound: Bound
    grade: Grade
    persons: int | float | None
    step: Step
    charges: str
    beside: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    corrections: tuple[Correction, ...]

    @property
    def reason(self) -> str:
        """Where there is no value: why, as an id."""
        return self.step.missing if self.value is None else ""


def numbers_of(frame: pl.DataFrame) -> list[str]:
    """The columns of a measure that hold numbers.

    Example:
        >>> numbers_of(pl.DataFrame({"year": [2025], "cost_nok": [1], "pool": ["a"]}))
        ['cost_nok']
    """
    return [name for name, kind in frame.schema.items() if kind.is_numeric() and name != "year"]


def traced(dataset: Dataset, query: str, *, year: int | None = None) -> Traced:
    """The number that a description means, traced.

    Args:
        dataset: The Dataset, printed or corrected.
        query: A measure, then ``column=value`` filters; ``column=`` chooses the number, ``year=`` the year,
            ``by=`` and ``budget=`` what the measure takes.
        year: The year; None: as in the query, or any.

    Raises:
        UnknownName: No such measure, column, value, year, unit or budget; the nearest are named.
        BadInput: The description cannot be read, or fits several numbers; those are listed.

    Example:
        >>> import hhanalytics as hh
        >>> found = traced(hh.load("data/raw"), "cost_per_participant programme=mft")
        >>> found.column, round(found.value), found.bound
        ('high_nok', 1770, 'at_most')
    """
    measure, wanted = _read(query)
    if measure not in MEASURES:
        raise UnknownName.of("measure", measure, MEASURES)
    column = wanted.pop("column", None)
    options = _options(measure, wanted)
    if year is not None:
        wanted["year"] = str(dataset.year(year))
    frame = compute(dataset, measure, **options)
    rows = frame
    for name, value in wanted.items():
        rows = _filtered(measure, rows, name, value)
    numbers = numbers_of(frame)
    if column is not None and column not in numbers:
        raise UnknownName.of(f"number of {measure}", column, numbers)
    if rows.height != 1:
        raise _several(measure, rows, column)
    (row,) = rows.iter_rows(named=True)
    return trace_of(dataset, measure, row, column or _main(measure, row, numbers), **options)


def trace_of(dataset: Dataset, measure: str, row: Row, column: str, *, budget: str | None = None, **_: Any) -> Traced:
    """One number of one row of a measure, traced.

    Raises:
        BadInput: The trace does not give the number, so that it is none.
    """
    given = {"budget": budget} if measure == "municipality_costs" else {}
    step = DERIVED[measure](dataset, row, column, **given)
    value = row[column]
    if not _agree(step.value, value):
        raise BadInput.of(
            "not_traced", f"{measure} {column}", f"{value} by the measure, {step.value} from its rows",
            "the same", "Report it: one of them is wrong.",
        )  # fmt: skip
    keys = {name: row[name] for name in identity(measure, row)}
    return Traced(
        measure,
        column,
        keys,
        value,
        unit_of(column, row),
        _bound(measure, column, row),
        step.grade,
        None,
        step,
        dataset.charges,
        tuple(name for name, each in row.items() if name not in (column, "year") and _is_number(each)),
        assumptions_of(dataset, step),
        corrections_of(dataset, step),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _agree(found: Any, value: float | None) -> bool:
    if found is None or value is None:
        return found is None and value is None
    return math.isclose(float(found), float(value), rel_tol=AGREES, abs_tol=AGREES)


def _read(query: str) -> tuple[str, dict[str, str]]:
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


def _options(measure: str, wanted: dict[str, str]) -> dict[str, Any]:
    """What the measure takes beside the data, taken out of the filters."""
    found: dict[str, Any] = {}
    if measure in BY_UNIT:
        column = UNIT_COLUMN[measure]
        by = wanted.pop("by", None) or wanted.pop(column, None)
        found |= {"by": by} if by is not None else {}
    if measure == "municipality_costs" and "budget" in wanted:
        found["budget"] = wanted.pop("budget")
    return found


def _filtered(measure: str, rows: pl.DataFrame, name: str, value: str) -> pl.DataFrame:
    valid = [column for column in rows.columns if not rows.schema[column].is_temporal()]
    if name not in valid:
        raise UnknownName.of(f"column of {measure}", name, [*valid, "column"])
    said = [_said(each) for each in rows[name]]
    kept = rows.filter(pl.Series([each == value for each in said], dtype=pl.Boolean))
    if not kept.height:
        raise UnknownName.of(name, value, sorted({each for each in said if each is not None}))
    return kept


def _said(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def identity(measure: str, row: Row) -> list[str]:
    """The columns that say which row of a measure it is."""
    names = {
        "municipality_costs": ("municipality", "year", "pool"),
        "full_position_costs": ("pool", "year", "use"),
        "gain_lines": ("programme", "year", "kind", "unit", "service"),
        "cost_per_participant": ("programme", "year", "unit"),
        "gain": ("programme", "year", "break_even_unit"),
    }
    return [name for name in names.get(measure, ("programme", "year")) if name in row]


def _main(measure: str, row: Row, numbers: list[str]) -> str:
    chosen = MAIN[measure] or tuple(numbers)
    known = [name for name in chosen if row[name] is not None]
    if not MAIN[measure] and len({row[name] for name in known}) > 1:
        listed = [f"column={name} ({row[name]:,})".replace(",", " ") for name in known]
        raise BadInput.of("several_figures", measure, "; ".join(listed), "one number", "Add one of these.")
    return (known or list(chosen))[0]


def _several(measure: str, rows: pl.DataFrame, column: str | None) -> BadInput:
    """The rows that a description fits, told apart by what differs between them."""
    if not rows.height:
        return BadInput.of("no_figure", measure, "no row", "a row", "Check the data: there is nothing to measure.")
    names = identity(measure, rows.row(0, named=True))
    names += [name for name in rows.columns if name not in names and name not in (column, "grade", "reason")]
    differing = [name for name in names if rows[name].n_unique() > 1 and not rows.schema[name].is_temporal()]
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


def unit_of(column: str, row: Row) -> str:
    """What a number of a measure counts."""
    if column.endswith("_nok"):
        return "nok"
    if "krone" in column:
        return "ratio"
    named = {"share": "share", "inhabitants": "inhabitants", "grants_unplaced": "grants"}
    return named.get(column) or str(row.get("unit") or "")


def _bound(measure: str, column: str, row: Row) -> Bound:
    limits = {"cost_per_participant": "bound", "gain": "break_even_bound"}
    if row[column] is None or measure not in limits or not column.startswith(("high", "break_even_high")):
        return "exact"
    return "at_most" if row[limits[measure]] in ("at_most", "range") else "exact"


def corrections_of(dataset: Dataset, step: Step) -> tuple[Correction, ...]:
    """The inputs of a step that differ from what is printed."""
    if dataset.printed is None:
        return ()
    found = []
    before: dict[str, dict[tuple[Any, ...], Row]] = {}
    for each in step.inputs():
        names = key_columns(each.table)
        if each.table not in before:
            rows = dataset.printed.tables[each.table].iter_rows(named=True)
            before[each.table] = {tuple(row[name] for name in names): row for row in rows}
        row = before[each.table].get(tuple(value for _, value in each.key))
        if row is None or each.column not in row or each.value is None:
            continue
        printed = cell(each.table, row, each.column)
        if printed.value is not None and printed.value != each.value:
            found.append(Correction(each, row[each.column]))
    return tuple(found)


def trace_figure(dataset: Dataset, figure: Figure) -> Traced:
    """A figure, traced: through the measure that gave it where there is one, else by the rows it cites."""
    found = measure_of(dataset, figure)
    if found is not None:
        return trace_of(dataset, *found)
    step = cited_rows(dataset, figure)
    return Traced(
        "",
        figure.formula or "value",
        {},
        figure.value,
        figure.unit,
        figure.bound,
        figure.grade,
        figure.value if figure.counts_persons else figure.persons,
        step,
        dataset.charges,
        (),
        assumptions_of(dataset, step),
        corrections_of(dataset, step),
    )
