"""What every column of a table or measure is: its kind, its unit, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import polars as pl

from hhanalytics.tables import TABLES

#: Column of an export that names the columns in which a row's value was held back.
WITHHELD: Final = "withheld"

#: Column of a measure → unit and meaning; a unit in braces stands in that column of the row.
MEASURED: Final[dict[str, tuple[str, str]]] = {
    "programme": ("", "Programme; 'unallocated': what no programme takes."),
    "municipality": ("", "Municipality."),
    "pool": ("", "Pool; 'all': their sum."),
    "year": ("", "Year."),
    "kind": ("", "Kind of activity."),
    "unit": ("", "What is counted."),
    "service": ("", "External service."),
    "use": ("", "Whether it sets the range or only checks it."),
    "basis": ("", "What the cost rests on: its own pool, or the size of its position."),
    "bound": ("", "Whether the quotient is exact, a range or only a limit."),
    "break_even_bound": ("", "Whether the break-even price is exact, a range or only a limit."),
    "break_even_unit": ("", "What the break-even price is for."),
    "gain_kind": ("", "What kind of gain it is."),
    "confirmed": ("", "Whether HOF has confirmed what it is compared with."),
    "counted": ("", "Whether it is added; false where it may be part of another."),
    "grade": ("", "How well it is known: the weakest of what it rests on."),
    "reason": ("", "Why it is missing."),
    "other_work": ("", "Work done in the programme that its counts do not cover."),
    "grants_unplaced": ("grants", "Grants whose period is not stated, so that no year takes them."),
    "grants_expire_on": ("", "When the last grant expires."),
    "audit_duty": ("", "Whether a grant is so large that it must be audited."),
    "count": ("{unit}", "How many, as stated."),
    "count_low": ("{unit}", "How many, at least."),
    "count_high": ("{unit}", "How many, at most; empty: open above, or not counted."),
    "quantity": ("{unit}", "How many, as stated."),
    "inhabitants": ("persons", "Inhabitants on 1 January."),
    "share": ("share", "Part of the pool's amount, 0 to 1."),
    "amount_nok": ("nok", "Amount charged."),
    "budget_nok": ("nok", "Amount budgeted."),
    "per_inhabitant_nok": ("nok", "Amount per inhabitant."),
    "cost_nok": ("nok", "Cost, where it is one figure."),
    "cost_low_nok": ("nok", "Cost, at least."),
    "cost_high_nok": ("nok", "Cost, at most."),
    "gross_low_nok": ("nok", "Cost with grants, at least."),
    "gross_high_nok": ("nok", "Cost with grants, at most."),
    "grants_nok": ("nok", "Grants of the year."),
    "avoidable_low_nok": ("nok", "What disappears if it stops, at least."),
    "avoidable_high_nok": ("nok", "What disappears if it stops, at most."),
    "low_nok": ("nok", "Lowest value of the range."),
    "high_nok": ("nok", "Highest value of the range."),
    "point_nok": ("nok", "Per unit, where it is one figure."),
    "high_at_low_cost_nok": ("nok", "Highest value of the range, at the lowest cost."),
    "value_low_nok": ("nok", "External-equivalent value, at least."),
    "value_nok": ("nok", "External-equivalent value."),
    "value_high_nok": ("nok", "External-equivalent value, at most."),
    "avoided_low_nok": ("nok", "Part of the value that was formerly bought outside, at least."),
    "avoided_high_nok": ("nok", "Part of the value that was formerly bought outside, at most."),
    "net_gain_low_nok": ("nok", "Net gain, at least."),
    "net_gain_nok": ("nok", "Net gain."),
    "net_gain_high_nok": ("nok", "Net gain, at most."),
    "value_per_krone_low": ("ratio", "External-equivalent value per krone of cost, at least."),
    "value_per_krone_high": ("ratio", "External-equivalent value per krone of cost, at most."),
    "break_even_low_nok": ("nok", "Break-even price, at least."),
    "break_even_nok": ("nok", "Break-even price."),
    "break_even_high_nok": ("nok", "Break-even price, at most."),
    "before_nok": ("nok", "The same a year earlier: same municipalities, pools and months."),
    "change_nok": ("nok", "Difference from a year earlier."),
    "municipalities": ("municipalities", "Municipalities that are compared."),
    "left_out_nok": ("nok", "Amount of the year that has nothing to compare with a year earlier."),
    "before_left_out_nok": ("nok", "Amount a year earlier that has nothing to compare with."),
}


@dataclass(frozen=True)
class Field:
    """A column of an export.

    Attributes:
        name: Its name.
        type: ``string``, ``integer``, ``number``, ``date`` or ``boolean``, as Table Schema calls them.
        unit: What it counts; ``{unit}``: the unit in the row's column of that name.
        description: What it means.
        constraints: What it must fulfil, as Table Schema names it.
        references: The table and column whose values it takes.
    """

    name: str
    type: str
    unit: str = ""
    description: str = ""
    constraints: tuple[tuple[str, Any], ...] = ()
    references: str = ""


def kind_of(dtype: pl.DataType) -> str:
    """The kind of a column, as Table Schema names it.

    Example:
        >>> kind_of(pl.Int64()), kind_of(pl.Date())
        ('integer', 'date')
    """
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    return "boolean" if dtype == pl.Boolean else "date" if dtype == pl.Date else "string"


def table_fields(table: str) -> list[Field]:
    """The columns of a table, from its declaration."""
    found = []
    for name, column in TABLES[table].columns().items():
        about: dict[str, Any] = column.metadata or {}
        constraints: list[tuple[str, Any]] = []
        # What is held back is missing, whatever is required of the source.
        if not column.nullable and not about.get("counts_persons"):
            constraints.append(("required", True))
        if "allowed" in about:
            constraints.append(("enum", list(about["allowed"])))
        for limit, word in (("min", "minimum"), ("max", "maximum")):
            value = getattr(column, limit, None)
            if value is not None:
                constraints.append((word, value))
        if isinstance(column, dy.String) and column.regex is not None:
            constraints.append(("pattern", column.regex.removeprefix("^").removesuffix("$")))
        unit = about.get("unit") or ("{unit}" if about.get("counts_persons") else "")
        found.append(
            Field(
                name,
                kind_of(column.dtype),
                unit,
                column.description or "",
                tuple(constraints),
                about.get("references", ""),
            )
        )
    return found


def measure_fields(frame: pl.DataFrame) -> list[Field]:
    """The columns of a measure."""
    return [Field(name, kind_of(dtype), *MEASURED[name]) for name, dtype in frame.schema.items()]


#: The column that tells what was held back.
WITHHELD_FIELD: Final = Field(
    WITHHELD, "string", "", "Columns whose value is held back, since it counts fewer persons than may be shown."
)
