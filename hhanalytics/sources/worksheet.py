"""The rows of one sheet of a workbook, as people have filled it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any, Final

import dataframely as dy

from hhanalytics.errors import Problem, nearest
from hhanalytics.sources.cells import EXACT, clean, empty, read_cell, shown
from hhanalytics.sources.folder import FILE, LINE, Delivery
from hhanalytics.sources.forms import FORMS, HELP, REVIEW, Form, answers
from hhanalytics.sources.handin import Handin, Told, Words, labelled
from hhanalytics.sources.package import Sheet, a1, letters
from hhanalytics.tables import TABLES

#: The ids stand in one of the first rows of a sheet.
HEAD_ROWS: Final = 30
_ID = re.compile(r"([a-z_]+)\.([a-z0-9_]+)")
Rows = list[list[Any]]


def _heads(rows: Rows, words: Words) -> tuple[str, int, dict[int, str]] | None:
    """Table, first row of data and column of each place, from the row of ids or else from the headings."""
    for number, row in enumerate(rows[:HEAD_ROWS]):
        found = {c: match for c, v in enumerate(row) if isinstance(v, str) and (match := _ID.fullmatch(clean(v)))}
        tables = {match[1] for match in found.values() if match[1] in FORMS}
        if tables:
            (table, *_) = sorted(tables, key=lambda name: -sum(m[1] == name for m in found.values()))
            helps = {c: HELP for c, v in enumerate(row) if isinstance(v, str) and v.startswith((HELP, REVIEW))}
            return table, number + 1, {**{c: m[2] for c, m in found.items() if m[1] == table}, **helps}
    for number, row in enumerate(rows[:HEAD_ROWS]):
        texts = {c: clean(v).casefold() for c, v in enumerate(row) if isinstance(v, str)}
        for table, headings in words.headings.items():
            found_here = {c: headings[text] for c, text in texts.items() if text in headings}
            if len(found_here) >= 4 and len(found_here) >= len(texts) / 2:
                below = [
                    clean(v).casefold() for v in (rows[number + 1 :] or [[]])[0] if isinstance(v, str) and clean(v)
                ]
                explained = bool(below) and all(text in words.explanations for text in below)
                return table, number + 1 + explained, found_here
    return None


def read_sheet(sheet: Sheet, rows: Rows, merged: list[Any], handin: Handin, words: Words, base: date) -> Form | None:
    """The rows of one sheet; None where it holds no table."""
    head = _heads(rows, words)
    if head is None:
        return None
    table, start, places = head
    form, file = FORMS[table], handin.sheet(sheet.name)
    columns = TABLES[table].columns()
    before = len(handin.delivery.problems)
    wanted = {c: column for c, column in places.items() if column != HELP}
    handin.letters[file] = {column: letters(c) for c, column in wanted.items()}
    _check_heads(wanted, form, columns, file, start, handin.delivery)
    if len(handin.delivery.problems) > before:
        handin.delivery.partial.add(table)
        return form
    _merged(merged, wanted, start, file, handin.delivery)
    _strays(rows, start, places, sheet, handin)
    reading = _Reading(sheet, file, form, wanted, handin, words, base)
    out = handin.delivery.tables.setdefault(table, [])
    asked = [c for c, column in wanted.items() if column in answers(form)]
    special = {row for row, _ in sheet.formulas | sheet.errors}
    for number, row in islice(enumerate(rows), start, None):
        # calamine gives every row the same width; "" is nothing.
        if number not in special and not any(c < len(row) and not empty(row[c]) for c in asked):
            if any(c < len(row) and not empty(row[c]) for c in wanted):
                handin.told.append(Told("unanswered", sheet.name, f"{letters(min(wanted))}{number + 1}"))
            continue
        out.append(reading.row(number, row))
    return form


class _Reading:
    """Reads the rows of one sheet; texts that repeat are read once."""

    def __init__(
        self,
        sheet: Sheet,
        file: str,
        form: Form,
        wanted: Mapping[int, str],
        handin: Handin,
        words: Words,
        base: date,
    ) -> None:
        self.sheet, self.file = sheet, file
        self.columns = TABLES[form.table].columns()
        self.handin, self.base = handin, base
        self.labels = {column: words.labels.get((form.table, column)) for column in self.columns}
        self.special = sheet.formulas | sheet.errors | sheet.percents
        self.blank = dict.fromkeys(self.columns)
        self.places = [(c, column, _kind(self.columns[column])) for c, column in wanted.items()]
        self.known: dict[str, dict[str, Any]] = {column: {} for column in self.columns}

    def row(self, number: int, row: list[Any]) -> dict[str, Any]:
        """One row as typed values; what is plain is not looked at twice."""
        out: dict[str, Any] = {**self.blank, FILE: self.file, LINE: number + 1}
        special, width = self.special, len(row)
        for c, column, kind in self.places:
            value: Any = row[c] if c < width else ""
            of = type(value)
            if special and (number, c) in special:
                out[column] = self.cell(number, c, column, value)
            elif value == "":
                continue
            elif of is str and kind == "text":
                out[column] = clean(value) or None
            elif of is str and value in self.known[column]:
                out[column] = self.known[column][value]
            elif of is float and kind == "whole" and value.is_integer() and -EXACT <= value <= EXACT:
                out[column] = int(value)
            elif of is date and kind == "date":
                out[column] = value
            else:
                out[column] = self.cell(number, c, column, value)
        return out

    def cell(self, number: int, c: int, column: str, value: Any) -> Any:
        """One cell, with everything that may be said of it."""
        at, place = a1(number, c), (number, c)
        if place in self.sheet.errors:
            self.problem("cell_error", number, column, at, "an error from a formula", "a value", "Mend the formula.")
            return None
        if place in self.sheet.formulas and empty(value):
            mend = "Open it in Excel and save it, or write the value itself."
            self.problem("no_result", number, column, at, "a formula without result", "a value", mend)
            return None
        read = read_cell(value, self.columns[column], percent=place in self.sheet.percents, base=self.base)
        if read.id:
            self.problem(read.id, number, column, at, read.found, read.expected, read.mend)
            return None
        found = labelled(read.value, self.labels[column])
        if place in self.sheet.formulas:
            self.handin.told.append(Told("formula", self.sheet.name, at, "", shown(found)))
        elif read.told:
            self.handin.told.append(Told(read.told, self.sheet.name, at, shown(value), shown(found)))
        elif type(value) is str:
            self.known[column][value] = found
        return found

    def problem(self, id: str, number: int, column: str, at: str, found: str, expected: str, mend: str) -> None:
        """Note a cell that could not be read; no rule speaks of it again."""
        delivery = self.handin.delivery
        delivery.problems.append(Problem(id, self.file, number + 1, column, found, expected, mend, at))
        delivery.unread.add((self.file, number + 1, column))


def _kind(column: dy.Column) -> str:
    """How the plain values of a column are read."""
    if isinstance(column, dy.String):
        return "choice" if column.regex is not None or "allowed" in (column.metadata or {}) else "text"
    return "whole" if isinstance(column, dy.Int64) else "date" if isinstance(column, dy.Date) else "other"


def _check_heads(
    wanted: Mapping[int, str], form: Form, columns: Mapping[str, Any], file: str, start: int, delivery: Delivery
) -> None:
    names = list(wanted.values())
    for c, column in wanted.items():
        at = a1(start - 1, c)
        if column not in form.columns:
            close = " or ".join(nearest(column, form.columns) or sorted(form.columns))
            mend = "Take a new workbook."
            delivery.problems.append(Problem("unknown_column", file, start, column, repr(column), close, mend, at))
        elif names.count(column) > 1:
            mend = "Remove one of them."
            delivery.problems.append(
                Problem("double_column", file, start, column, "the column twice", "it once", mend, at)
            )
    for column in form.columns:
        made = column == form.id or column in ("locator", "grade")
        if column not in names and not columns[column].nullable and not made:
            mend = "Take a new workbook and copy the figures into it."
            delivery.problems.append(
                Problem("no_column", file, start, column, "no such column", "a column for it", mend, a1(start - 1, 0))
            )


def _merged(merged: list[Any], wanted: Mapping[int, str], start: int, file: str, delivery: Delivery) -> None:
    for (top, left), (bottom, right) in merged:
        hit = [c for c in wanted if left <= c <= right]
        if bottom < start or not hit or (top == bottom and left == right):
            continue
        at = a1(max(top, start), hit[0])
        found = f"the cells {a1(top, left)}:{a1(bottom, right)} merged"
        mend = "Unmerge them and fill in each cell."
        delivery.problems.append(
            Problem("merged_cells", file, max(top, start) + 1, wanted[hit[0]], found, "one value per cell", mend, at)
        )


def _strays(rows: Rows, start: int, places: Mapping[int, str], sheet: Sheet, handin: Handin) -> None:
    """Columns that are no part of the table, but hold something: told, since they are not read."""
    width = max((len(row) for row in rows[start:]), default=0)
    for c in (c for c in range(width) if c not in places):
        first = next((n for n, row in enumerate(rows) if n >= start and c < len(row) and not empty(row[c])), None)
        if first is not None:
            handin.told.append(Told("not_read", sheet.name, a1(first, c), shown(rows[first][c])))
