"""Last year's rows, as help beside this year's and as suggestions for what to ask.

A suggestion names what was counted or charged last year, with its dates moved by a year; it never holds a
figure. A charge is suggested only where the municipality is still in the pool.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.sources.forms import FORMS

Row = dict[str, Any]


def moved(day: date, years: int) -> date:
    """The same day in another year; the last day of February stays the last.

    Example:
        >>> moved(date(2024, 2, 29), 1), moved(date(2025, 2, 28), -1)
        (datetime.date(2025, 2, 28), datetime.date(2024, 2, 29))
    """
    year = day.year + years
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(year=year, day=calendar.monthrange(year, day.month)[1] if day.day == last else day.day)


def rows_of(dataset: Dataset, table: str, year: int) -> list[Row]:
    """The rows of a table that concern a year; of what holds until ended, those that hold at its end."""
    frame: pl.DataFrame = dataset.tables[table]
    if "period_end" in frame.columns:
        frame = frame.filter(pl.col("period_end").dt.year() == year)
    elif table == "welfare_tech":
        # Of several reports for a month the latest counts; one without a date is the earliest.
        one = ["technology", "month", "municipality"]
        frame = frame.sort("reported_on", maintain_order=True).unique(one, keep="last", maintain_order=True)
        frame = frame.filter(pl.col("month").dt.year() == year)
    elif "year" in frame.columns:
        frame = frame.filter(pl.col("year") == year)
    elif "valid_from" in frame.columns:
        end = date(year, 12, 31)
        frame = frame.filter(
            (pl.col("valid_from") <= end) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > end))
        )
    elif table == "events":
        frame = frame.filter(pl.col("date").dt.year() == year)
    elif table == "decisions":
        frame = frame.filter(pl.col("status") == "waiting")
    return frame.to_dicts()


def suggested(dataset: Dataset, table: str, year: int) -> list[tuple[Row, Row]]:
    """What to ask for in a year: (the row without its figures, last year's row)."""
    form = FORMS[table]
    if not form.suggested:
        return []
    before = rows_of(dataset, table, year - 1)
    ids = {row[form.id]: _id_for(row[form.id], year) for row in before} if form.id and form.yearly else {}
    found = []
    for row in before:
        new = {column: _next(row[column]) for column in form.suggested}
        if "year" in new:
            new["year"] = year
        if ids:
            new[form.id] = ids[row[form.id]]
            if "part_of" in new:
                new["part_of"] = ids.get(new["part_of"])
        if table != "costs" or _member(dataset, new):
            found.append((new, row))
    return found


def _next(value: Any) -> Any:
    return moved(value, 1) if isinstance(value, date) else value


def _id_for(id: str, year: int) -> str:
    """The id of the same thing a year later.

    Example:
        >>> _id_for("kef_courses", 2026), _id_for("kef_courses_2025", 2026)
        ('kef_courses_2026', 'kef_courses_2026')
    """
    return f"{re.sub(r'_20[0-9]{2}$', '', id)}_{year}"


def _member(dataset: Dataset, row: Row) -> bool:
    """Whether a municipality is in a pool for a whole period, as far as is known."""
    own = dataset.memberships.filter(
        (pl.col("pool") == row["pool"]) & (pl.col("municipality") == row["municipality"])
    ).iter_rows(named=True)
    parts = sorted((m["valid_from"], m["valid_to"] or date.max) for m in own)
    return any(first <= row["period_start"] and row["period_end"] <= last for first, last in _joined(iter(parts)))


def _joined(parts: Iterator[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """Validities that follow each other, as one."""
    whole: tuple[date, date] | None = None
    for first, last in parts:
        if whole and (first - whole[1]).days <= 1:
            whole = (whole[0], max(whole[1], last))
            continue
        if whole:
            yield whole
        whole = (first, last)
    if whole:
        yield whole
