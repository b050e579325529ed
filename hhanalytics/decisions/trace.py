"""From any number of a measure to the rows it was made from: which number is meant, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.asked import filtered, identity, main_column, numbers_of, options_of, read, several
from hhanalytics.decisions.assumptions import Assumption, assumptions_of
from hhanalytics.decisions.cited import cited_rows, measure_of
from hhanalytics.decisions.derivation import CONSTANTS, Input, Step, cell, key_columns
from hhanalytics.decisions.derived_benefit import benefit_number, cash_number, gains_number
from hhanalytics.decisions.derived_comparable import comparable_number, need_number
from hhanalytics.decisions.derived_costs import full_position_number, municipality_number, programme_number
from hhanalytics.decisions.derived_gain import gain_number, line_number, participant_number
from hhanalytics.decisions.derived_shifts import shift_number
from hhanalytics.decisions.derived_technology import break_even_number, like_number, rate_number, technology_number
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.evidence import Bound, Figure, Grade, weakest
from hhanalytics.measures.catalogue import MEASURES, compute

Row = Mapping[str, Any]

#: Measure → what works out one of its numbers step by step.
DERIVED: Final[dict[str, Callable[..., Step]]] = {
    "programme_costs": programme_number,
    "cost_per_participant": participant_number,
    "gain": gain_number,
    "gain_lines": line_number,
    "municipality_costs": municipality_number,
    "full_position_costs": full_position_number,
    "comparable_costs": comparable_number,
    "like_for_like": like_number,
    "level_shifts": shift_number,
    "unit_rates": rate_number,
    "technology_gain": technology_number,
    "technology_break_even": break_even_number,
    "benefit_by_municipality": benefit_number,
    "gains_by_municipality": gains_number,
    "cash_by_municipality": cash_number,
    "need_by_municipality": need_number,
}
#: Measures whose grade is that of each of their numbers, and not only of some.
GRADED: Final = ("unit_rates", "technology_gain", "technology_break_even", "comparable_costs")
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
    measure, wanted = read(query)
    if measure not in MEASURES:
        raise UnknownName.of("measure", measure, MEASURES)
    column = wanted.pop("column", None)
    options = options_of(measure, wanted)
    if year is not None:
        wanted["year"] = str(dataset.year(year))
    frame = compute(dataset, measure, **options)
    rows = frame
    for name, value in wanted.items():
        rows = filtered(measure, rows, name, value)
    numbers = numbers_of(frame)
    if column is not None and column not in numbers:
        raise UnknownName.of(f"number of {measure}", column, numbers)
    if rows.height != 1:
        raise several(measure, rows, column)
    (row,) = rows.iter_rows(named=True)
    return trace_of(dataset, measure, row, column or main_column(measure, row, numbers), **options)


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
            "not_reproduced", f"{measure} {column}", f"{value} by the measure, {step.value} from its rows",
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
        _grade(measure, column, row, step),
        None,
        step,
        dataset.charges,
        tuple(name for name, each in row.items() if name not in (column, "year") and _is_number(each)),
        assumptions_of(dataset, step),
        corrections_of(dataset, step),
    )


def _grade(measure: str, column: str, row: Row, step: Step) -> Grade:
    """The grade of the rows, or what the measure says where that is weaker: a range is a judgement."""
    own = row["grade"] if measure in GRADED and step.value is not None else step.grade
    # What is drawn, or put in proportion to what is usual, stands in no document.
    stated: Grade = "derived" if column in ("chance", "usual_step") else "documented"
    return weakest((step.grade, own, stated))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _agree(found: Any, value: float | None) -> bool:
    if found is None or value is None:
        return found is None and value is None
    return math.isclose(float(found), float(value), rel_tol=AGREES, abs_tol=AGREES)


def unit_of(column: str, row: Row) -> str:
    """What a number of a measure counts."""
    if column.endswith("_nok"):
        return "nok"
    if "krone" in column:
        return "ratio"
    if column.startswith("activity_"):
        return str(row["activity_unit"] or "")
    return UNITS.get(column) or str(row.get("unit") or "")


#: Column of a measure → what it counts.
UNITS: Final = {
    "share": "share",
    "inhabitants": "inhabitants",
    "grants_unplaced": "grants",
    **dict.fromkeys(("units", "like_for_like", "step", "before", "after", "usual_step"), "units"),
    **dict.fromkeys(("municipalities", "throughout", "missing", "came_or_left"), "municipalities"),
    **dict.fromkeys(("replaced", "late", "merged"), "reports"),
    **dict.fromkeys(("months_before", "months_after"), "months"),
    **dict.fromkeys(
        ("cost_share_low", "cost_share_high", "benefit_share_low", "benefit_share_high", "chance"), "share"
    ),
    **dict.fromkeys(("persons_low", "persons_high"), "inhabitants"),
    **dict.fromkeys(("persons_67_plus", "persons_80_plus", "persons_65_plus"), "inhabitants"),
    **dict.fromkeys(("working_18_66", "working_18_64"), "inhabitants"),
    **dict.fromkeys(("rate", "rate_low", "rate_high"), "per_thousand"),
    **dict.fromkeys(("ratio_67", "ratio_80", "ratio_65"), "per_hundred_working"),
    **dict.fromkeys(("minutes_low", "minutes_high"), "minutes"),
    **dict.fromkeys(("freed_hours_low", "freed_hours_high"), "hours"),
    "unit_months": "unit_months",
    "score": "score",
}


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
        if each.table == CONSTANTS:
            continue
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
    """A figure, traced: through the measure that gave it where there is one, else by the rows it cites.

    Beside corrected figures a brief shows some as printed; what only the printed data give is traced there.
    """
    both = [dataset] if dataset.printed is None else [dataset, dataset.printed]
    for data in both:
        found = measure_of(data, figure)
        if found is not None:
            measure, row, column, options = found
            return trace_of(data, measure, row, column, **options)
    steps = [(data, cited_rows(data, figure)) for data in both]
    used, step = next(((data, step) for data, step in steps if step.value == figure.value), steps[0])
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
        used.charges,
        (),
        assumptions_of(used, step),
        corrections_of(used, step),
    )
