"""How a number was made: a tree of steps, down to the rows of the data that it rests on.

A step is an operation on parts; a part is another step or an input, which is one cell of one row. The
value of a step is worked out here from its parts, in fractions, and not taken from a measure: that both
agree is what makes the tree a trace.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, Final

import polars as pl

from hhanalytics.evidence import GRADES, Grade, bounds, weakest
from hhanalytics.measures.allocation import largest_remainder
from hhanalytics.measures.step_noise import FARTHEST, chance_of
from hhanalytics.methods import constants
from hhanalytics.tables import PERSON_UNITS, TABLES

#: Columns that identify a row of a table without a declared key.
KEYS: Final = {"welfare_tech": ("technology", "month", "municipality", "reported_on")}
#: Where constants of method stand, as if they were a table.
CONSTANTS: Final = "methods"
#: Columns that may be the topic of a reading.
TOPIC_COLUMNS: Final = ("programme", "pool", "charged_pool", "technology")


@dataclass(frozen=True, eq=False)
class Input:
    """One cell of one row of the data.

    Attributes:
        table: The table.
        key: The columns that identify the row, with their values.
        column: The column used; for the length of a period, ``months``.
        value: The number used; None where it is not stated, or where the row only decides what counts.
        said: What the cell says where that is no number.
        row: The whole row.
    """

    table: str
    key: tuple[tuple[str, Any], ...]
    column: str
    value: Fraction | None
    said: str
    row: Mapping[str, Any]

    @property
    def qualifier(self) -> str:
        """How the source hedges the number; empty where it cannot."""
        return str(self.row.get("qualifier") or "")

    @property
    def grade(self) -> Grade:
        """The grade of the row."""
        found = self.row.get("grade")
        return found if found in GRADES else "documented"

    @property
    def topics(self) -> frozenset[str]:
        """Ids by which a reading may concern the row."""
        return frozenset(str(self.row[name]) for name in TOPIC_COLUMNS if self.row.get(name) is not None)

    @property
    def counts_persons(self) -> bool:
        """Whether the number counts persons that the privacy gate protects: participants, users, units in use."""
        if self.table == "activities":
            return self.column == "quantity" and self.row.get("unit") in PERSON_UNITS
        return self.table == "welfare_tech" and self.column == "units"


@dataclass(frozen=True, eq=False)
class Step:
    """A number made from parts.

    Attributes:
        name: What it is called: a column of a measure, or what a part of a formula is.
        formula: How it is made, as an id that the catalogues put into words.
        operation: The arithmetic, one of `OPERATIONS`.
        parts: What it is made from, in order.
        because: Rows that decide what counts, without being a number in it.
        reason: Where there is no value: why, as an id that the catalogues put into words.
    """

    name: str
    formula: str
    operation: str
    parts: tuple[Input | Step, ...]
    because: tuple[Input, ...] = ()
    reason: str = ""

    @cached_property
    def value(self) -> Fraction | None:
        """The value, worked out from the parts; None where it is not known."""
        if self.reason:
            return None
        if self.operation == "number":
            return Fraction(len(self.parts))
        if self.operation in HEDGED:
            return _hedged(self.parts, self.operation)
        values = [part.value for part in self.parts]
        known = [value for value in values if value is not None]
        # A sum goes over what is stated; any other operation, and any step that is not known, leaves nothing known.
        lost = [part for part in self.parts if part.value is None]
        if any(self.operation != "sum" or isinstance(part, Step) for part in lost):
            return None
        return OPERATIONS[self.operation][0](known)

    @property
    def missing(self) -> str:
        """Why there is no value: its own reason or that of a part; empty where there is one."""
        if self.reason or self.value is not None:
            return self.reason
        found = (part.missing for part in self.parts if isinstance(part, Step))
        return next((reason for reason in found if reason), "not_stated")

    def steps(self) -> Iterator[Step]:
        """This step and all below it, each once, from the result downwards."""
        yield from dict.fromkeys(_walk(self))

    def inputs(self) -> Iterator[Input]:
        """Every input below, numbers before rows that only decide, each once."""
        steps = list(self.steps())
        found = [part for step in steps for part in step.parts if isinstance(part, Input)]
        seen: dict[tuple[Any, ...], Input] = {}
        for each in (*found, *(row for step in steps for row in step.because)):
            seen.setdefault((each.table, each.key, each.column), each)
        yield from seen.values()

    @property
    def grade(self) -> Grade:
        """The weakest grade of its inputs; missing where there is no value."""
        return weakest(each.grade for each in self.inputs()) if self.value is not None else "missing"


def _walk(step: Step) -> Iterator[Step]:
    yield step
    for part in step.parts:
        if isinstance(part, Step):
            yield from _walk(part)


# Operations: what is computed, and how it is written with the names of the parts


def half_up_fraction(value: Fraction) -> Fraction:
    """The nearest whole number, halves upwards."""
    return Fraction(math.floor(value + Fraction(1, 2)))


def _quotient(values: Sequence[Fraction]) -> Fraction | None:
    return values[0] / values[1] if values[1] else None


def _product(values: Sequence[Fraction]) -> Fraction:
    return math.prod(values, start=Fraction(1))


def _full_position(values: Sequence[Fraction]) -> Fraction:
    charge, part, months, percent = values
    return half_up_fraction(charge / part * 12 / months * 100 / percent)


def _part_of_shared(values: Sequence[Fraction]) -> Fraction | None:
    """What the one at a place gets of an amount, shared by weights in whole parts."""
    amount, place, *weights = values
    shares = largest_remainder(int(amount), {f"{at:09}": weight for at, weight in enumerate(weights)})
    return Fraction(shares[f"{int(place) - 1:09}"])


def _usual_step(values: Sequence[Fraction]) -> Fraction | None:
    """1.4826 times the middle step; where most are nothing, from the mean of all but the two largest; at least one."""
    sizes = sorted(map(abs, values))
    found = Fraction("1.4826") * statistics.median(sizes) if sizes else Fraction(0)
    if not found and len(sizes) > 2:
        found = Fraction("1.2533") * sum(sizes[:-2], Fraction(0)) / (len(sizes) - 2)
    return max(found, Fraction(1))


def _in_proportion(values: Sequence[Fraction]) -> Fraction | None:
    step, usual = values
    return min(abs(step) / usual, Fraction(FARTHEST))


def _share_of_noise(values: Sequence[Fraction]) -> Fraction | None:
    steps, *sizes = (float(value) for value in values)
    return Fraction(str(chance_of(int(steps), sizes)))


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


Computed = Callable[[Sequence[Fraction]], Fraction | None]

#: Operation → (computation, how it is written: ``{0}``, ``{1}`` … for parts, or what joins all of them).
OPERATIONS: Final[dict[str, tuple[Computed, str]]] = {
    "same": (lambda v: v[0], "{0}"),
    "sum": (lambda v: sum(v, Fraction(0)), " + "),
    "difference": (lambda v: v[0] - sum(v[1:], Fraction(0)), " − "),
    "product": (_product, " × "),
    "quotient": (_quotient, "{0} / {1}"),
    "least": (lambda v: min(v, default=None), "min"),
    "greatest": (lambda v: max(v, default=None), "max"),
    "mean": (_mean, "mean"),
    "number": (lambda v: Fraction(len(v)), "number"),
    "one_of": (lambda v: 1 / v[0] if v[0] else None, "1 / {0}"),
    "full_position": (_full_position, "{0} / {1} × 12 / {2} × 100 / {3}"),
    "per_hundred": (lambda v: 100 * v[0] / v[1] if v[1] else None, "100 × {0} / {1}"),
    "per_thousand": (lambda v: 1000 * v[0] / v[1] if v[1] else None, "1000 × {0} / {1}"),
    "hourly_wage": (lambda v: 12 * v[0] / v[1] if v[1] else None, "12 × {0} / {1}"),
    "minutes": (lambda v: 60 * v[0] / v[1] if v[1] else None, "60 × {0} / {1}"),
    "left": (lambda v: max(v[0] - sum(v[1:], Fraction(0)), Fraction(0)), " − "),
    "part_of_shared": (_part_of_shared, "largest_remainder"),
    "median": (lambda v: Fraction(statistics.median(v)) if v else None, "median"),
    "usual_step": (_usual_step, "usual_step"),
    "in_proportion": (_in_proportion, "|{0}| / {1}"),
    "share_of_noise": (_share_of_noise, "share_of_noise"),
    "position": (lambda v: half_up_fraction(v[0] * v[1] / 100 * v[2] / 12), "{0} × {1} / 100 × {2} / 12"),
    "lowest": (lambda v: sum(v, Fraction(0)), "lowest"),
    "highest": (lambda v: sum(v, Fraction(0)), "highest"),
    # Rows that a finished figure cites: what was done with them is said by its formula only.
    "cited": (lambda _: None, ", "),
}
#: Operations on hedged counts: each is taken at an end of the range that its qualifier allows.
HEDGED: Final = ("lowest", "highest")
#: Written with their name around their parts.
_CALLED: Final = (
    "min", "max", "mean", "number", "lowest", "highest", "largest_remainder", "median", "usual_step", "share_of_noise",
)  # fmt: skip
#: So many parts are written out; more are written as a sum over a column.
_WRITTEN: Final = 4


def _hedged(parts: Sequence[Input | Step], end: str) -> Fraction | None:
    total = Fraction(0)
    for part in parts:
        if part.value is None:
            continue
        qualifier: Any = part.qualifier if isinstance(part, Input) else "exact"
        low, high = bounds(int(part.value), qualifier or "exact")
        total += low if end == "lowest" else int(part.value) if high is None else high
    return total


def symbols(step: Step) -> str:
    """The formula of a step in symbols.

    Example:
        >>> two = (Step("cost", "sum", "sum", ()), Step("count", "sum", "sum", ()))
        >>> symbols(Step("high_nok", "per_unit", "quotient", two))
        'cost / count'
    """
    if step.reason:
        return ""
    names = [part.name if isinstance(part, Step) else f"{part.table}.{part.column}" for part in step.parts]
    form = OPERATIONS[step.operation][1]
    if "{" in form:
        return form.format(*names) if names else ""
    if form in _CALLED:
        return f"{form}({', '.join(dict.fromkeys(names))})"
    if form == " + " and len(names) > _WRITTEN:
        return " + ".join(f"Σ {name}" if names.count(name) > 1 else name for name in dict.fromkeys(names))
    return form.join(names) if names else "0"


# Making inputs


@cache
def key_columns(table: str) -> tuple[str, ...]:
    """The columns that identify a row of a table."""
    return KEYS.get(table) or tuple(TABLES[table].primary_key())


def inputs(table: str, rows: pl.DataFrame, column: str) -> tuple[Input, ...]:
    """The cells of one column of some rows, in the order of the rows."""
    return tuple(cell(table, row, column) for row in rows.iter_rows(named=True))


def cell(table: str, row: Mapping[str, Any], column: str, value: object = ...) -> Input:
    """The cell of a row, or a number made from the row, such as the months of its period."""
    found = row.get(column) if value is ... else value
    number = isinstance(found, int | float | Fraction) and not isinstance(found, bool)
    return Input(
        table,
        tuple((name, row.get(name)) for name in key_columns(table)),
        column,
        Fraction(str(found)) if number else None,
        "" if number or found is None else str(found).lower() if isinstance(found, bool) else str(found),
        row,
    )


def constant_cell(name: str) -> Input:
    """A constant of method as a row of its own."""
    held = constants()[name]
    row = {"constant": name, "value": held.value, "grade": held.grade, "source": "", "locator": "methods.toml"}
    return Input(CONSTANTS, (("constant", name),), "value", Fraction(str(held.value)), "", row)


def unknown(name: str, reason: str, parts: Sequence[Input | Step] = (), because: Sequence[Input] = ()) -> Step:
    """A number that is not known, with the rows that say why."""
    return Step(name, "missing", "sum", tuple(parts), tuple(because), reason)
