"""A workbook that people fill in and hand back: its sheets, its lists, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from hhanalytics.exports.sheets import Styles
from hhanalytics.exports.words import Labels
from hhanalytics.sources.forms import ABOUT, FORMS, MARK, VERSION


class Book:
    """A workbook being made.

    Args:
        labels: Words.
        title: Its title.
        year: The year in which it is said to be made, so that the same input gives the same bytes.
        tables: Which tables have sheets.

    Attributes:
        file: The workbook.
        guide: Its first sheet, which says what to do.
        source: The sheet about the source.
        sheets: Table → its sheet.
        lists: (Table, column) → the range that holds what may be chosen.
    """

    def __init__(self, labels: Labels, title: str, year: int, tables: Sequence[str]) -> None:
        self._out = BytesIO()
        self._language = labels.code
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.file = Workbook(self._out, options)
        self.file.set_properties({"title": title, "created": datetime(year, 1, 1), "author": "hhanalytics"})
        names = [labels.texts[f"template.sheet.{id}"] for id in ("guide", "source")]
        self.guide, self.source = (self.file.add_worksheet(name) for name in names)
        self.sheets = {table: self.file.add_worksheet(labels.sheet(table)) for table in tables}
        self._chosen = self.file.add_worksheet(labels.texts["template.sheet.lists"])
        self.lists = _lists(self.file, self._chosen, labels, tables)

    def closed(self, year: int | None, *facts: tuple[Any, ...]) -> bytes:
        """The xlsx file, with a hidden sheet that says what it is.

        Args:
            year: The year the figures are about; None: none in particular.
            *facts: What else it is to say of itself: a name, then values.
        """
        about = self.file.add_worksheet(ABOUT)
        language = ("language", self._language)
        own = ("sheets", self.guide.get_name(), self._chosen.get_name())
        for number, line in enumerate(((MARK, VERSION), ("year", year), own, language, *facts)):
            for place, value in enumerate(line):
                about.write(number, place, value)
        about.very_hidden()
        self._chosen.hide()
        self.guide.activate()
        self.file.close()
        return self._out.getvalue()


def _lists(book: Workbook, sheet: Worksheet, labels: Labels, tables: Sequence[str]) -> dict[tuple[str, str], str]:
    """Write what may be chosen, each list once: (table, column) → the range that holds it."""
    ranges: dict[tuple[str, ...], str] = {}
    found: dict[tuple[str, str], str] = {}
    name, place = sheet.get_name(), 0
    head = Styles(book).make(bold=True)
    columns = [("sources", "grade"), *((table, column) for table in tables for column in FORMS[table].columns)]
    for table, column in columns:
        home = "costs" if table == "sources" else table
        words = tuple(word for word, _ in labels.choices(home, column))
        if not words:
            continue
        if words not in ranges:
            sheet.write_string(0, place, labels.name(home, column), head)
            for number, word in enumerate(words, 1):
                sheet.write_string(number, place, word)
            letter = chr(65 + place) if place < 26 else f"{chr(64 + place // 26)}{chr(65 + place % 26)}"
            ranges[words] = f"'{name}'!${letter}$2:${letter}${len(words) + 1}"
            sheet.set_column(place, place, 30)
            place += 1
        found[table, column] = ranges[words]
    sheet.protect("")
    return found
