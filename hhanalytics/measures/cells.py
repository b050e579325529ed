"""Values and dates as a measure of series needs them, and errors that name the cell which is neither."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from hhanalytics.errors import BadInput

#: What stands in text where a number was meant.
COMMA = re.compile(r"^\s*[-−+]?\d[\d\s\u00a0\u202f.]*,\d+\s*$")
PLAIN = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*")
GROUPED = re.compile(r"^\s*[-−+]?\d{1,3}([\s\u00a0\u202f]\d{3})+\s*$")


def numbers(values: Any, name: str = "values") -> np.ndarray:
    """Values as floats, nothing as NaN.

    Args:
        values: A list, an array, or a column of polars or pandas.
        name: What to call them in an error.

    Raises:
        BadInput: A cell that is no number; the error names its place, the first being 1.

    Example:
        >>> numbers([1, None, 2.5])
        array([1. , nan, 2.5])
    """
    found = _plain(values)
    if isinstance(found, np.ndarray):
        _finite(found, name)
        return found
    for place, cell in enumerate(found, 1):
        # A column read as text is one thing, the cell that made it so another: that one is named.
        if isinstance(cell, str) and not PLAIN.fullmatch(cell):
            _number(cell, f"{name}, row {place}")
    out = np.array([_number(cell, f"{name}, row {place}") for place, cell in enumerate(found, 1)], dtype=float)
    _finite(out, name)
    return out


def days(dates: Any, name: str = "dates") -> pl.Series:
    """Dates as a polars column of dates; texts such as ``2025-06-01`` are read.

    Raises:
        BadInput: A cell that is no date; the error names its place, the first being 1.

    Example:
        >>> days(["2025-06-01"]).to_list()
        [datetime.date(2025, 6, 1)]
    """
    column = _column(dates)
    if column is not None and column.dtype == pl.Date and not column.null_count():
        return column
    if column is not None and isinstance(column.dtype, pl.Datetime) and not column.null_count():
        return column.cast(pl.Date)
    cells = column.to_list() if column is not None else list(dates)
    return pl.Series([_day(cell, f"{name}, row {place}") for place, cell in enumerate(cells, 1)], dtype=pl.Date)


def whole(values: np.ndarray) -> bool:
    """Whether all values are whole numbers from zero, as counts are.

    Example:
        >>> whole(np.array([0.0, 3.0, np.nan])), whole(np.array([0.5])), whole(np.array([-1.0]))
        (True, False, False)
    """
    known = values[~np.isnan(values)]
    return bool(known.size and (known >= 0).all() and (known == np.floor(known)).all())


def _column(values: Any) -> pl.Series | None:
    """A column of a library as polars; None for a plain list."""
    if isinstance(values, pl.Series):
        return values
    if isinstance(values, np.ndarray):
        return pl.Series(values) if values.dtype.kind in "iufM" else None
    if type(values).__module__.partition(".")[0] in ("pandas", "pyarrow") and hasattr(values, "dtype"):
        return None if str(values.dtype) == "object" else pl.Series(values)
    return None


def _plain(values: Any) -> np.ndarray | Sequence[Any]:
    """Numbers of a known type as an array; anything else cell by cell."""
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        found = type(values).__name__
        raise BadInput.of("no_values", "values", found, "a list or a column", "Give one value per point.")
    column = _column(values)
    if column is None:
        return list(values)
    if column.dtype.is_numeric() and not column.dtype.is_decimal():
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)
    return column.to_list()


def _number(cell: Any, place: str) -> float:
    """One cell as a float."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)) or type(cell).__name__ in ("NAType", "NaTType"):
        return math.nan
    if isinstance(cell, int | float | Decimal | np.integer | np.floating) and not isinstance(cell, bool):
        return float(cell)
    mend = "Correct the cell, or leave it empty if it is not known."
    if isinstance(cell, str):
        if COMMA.match(cell):
            mend = "Write a decimal point for the comma."
        elif GROUPED.match(cell):
            mend = "Write the number without spaces."
        elif PLAIN.fullmatch(cell):
            mend = "Read the column as numbers, not as text."
    raise BadInput.of("bad_cell", place, repr(cell), "a number", mend)


def _finite(values: np.ndarray, name: str) -> None:
    endless = np.flatnonzero(np.isinf(values))
    if endless.size:
        place = f"{name}, row {endless[0] + 1}"
        raise BadInput.of("bad_cell", place, "an infinite number", "a number", "Correct the cell, or leave it empty.")


def _day(cell: Any, place: str) -> dt.date:
    """One cell as a date."""
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if isinstance(cell, dt.datetime) and type(cell).__name__ != "NaTType":
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str):
        try:
            return dt.date.fromisoformat(cell)
        except ValueError:
            pass
    raise BadInput.of("bad_cell", place, repr(cell), "a date such as 2025-06-01", "Correct the cell.")
