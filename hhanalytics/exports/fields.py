"""What every column of a table or measure is: its kind, its unit, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import polars as pl

from hhanalytics.exports.measured import MEASURED, OWN
from hhanalytics.tables import TABLES

#: Column of an export that names the columns in which a row's value was held back.
WITHHELD: Final = "withheld"


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


def measure_fields(measure: str, frame: pl.DataFrame) -> list[Field]:
    """The columns of a measure."""
    return [
        Field(name, kind_of(dtype), *(OWN.get((measure, name)) or MEASURED[name]))
        for name, dtype in frame.schema.items()
    ]


#: The column that tells what was held back.
WITHHELD_FIELD: Final = Field(
    WITHHELD, "string", "", "Columns whose value is held back, since it counts fewer persons than may be shown."
)
