"""The workbook in which a person accepts or refuses what was found in a report, row by row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.exports.book import Book
from hhanalytics.exports.sheets import (
    ACCENT,
    FIRST,
    GREY,
    HEADS,
    HELPS,
    IDS,
    LINE_HEIGHT,
    MOST_ROWS,
    SPARE,
    Styles,
    heads,
    said,
    validate,
    width,
    write_cell,
)
from hhanalytics.exports.template import source_sheet
from hhanalytics.exports.words import Labels
from hhanalytics.sources.decided import REST
from hhanalytics.sources.drafts import CONFIDENCES, Draft, Remark
from hhanalytics.sources.forms import FORMS, REVIEW, SOURCE
from hhanalytics.sources.report_text import Report
from hhanalytics.tables import TABLES

#: Columns before those of the table, with their width.
OWN: Final = {"accept": 9, "confidence": 21, "remarks": 46, "raw": 18, "line": 44}
LOOKS: Final = {"checked": "#dcefdc", "read": "#fff3c4", "doubtful": "#f8d7cf"}
#: Doubts that a reader of the row should know of as well, once it is data.
NOTED: Final = ("no_period", "several_positions", "no_grant_period")
LONGEST: Final = 400


def review(
    dataset: Dataset, report: Report, year: int, drafts: Sequence[Draft], *, language: str = "nb", command: str = ""
) -> bytes:
    """A workbook with the draft rows of a report, one sheet per table.

    Args:
        dataset: What is known so far: names and lists.
        report: The report.
        year: The year it is about.
        drafts: The draft rows.
        language: The reader's language.
        command: How the workbook is read in.

    Returns:
        The xlsx file; the same input gives the same bytes.
    """
    labels = Labels(dataset.tables, language)
    by_table = {
        table: [each for each in drafts if each.table == table] for table in dict.fromkeys(d.table for d in drafts)
    }
    title = labels.say("review.title", year=str(year))
    book = Book(labels, title, year, [*by_table])
    _guide(book.file, book.guide, labels, report, title, by_table, command)
    about = labels.say("review.source.title", year=str(year))
    publisher = labels.language.names.get(("collaboration", "name"), "")
    entry = {
        "source": f"annual_report_{year}", "title": about, "short_title": about, "publisher": publisher or None,
        "document": report.name, "grade": "documented",
    }  # fmt: skip
    source_sheet(book.file, book.source, labels, book.lists, entry)
    _rest(book.file, book.source, labels)
    for table, sheet in book.sheets.items():
        _sheet(book.file, sheet, labels, book.lists, report, by_table[table])
    return book.closed(year, ("report", report.sha256))


def _guide(
    book: Workbook,
    sheet: Worksheet,
    labels: Labels,
    report: Report,
    title: str,
    drafts: Mapping[str, Sequence[Draft]],
    command: str,
) -> None:
    """The sheet that says what to do, and how much there is to look at."""
    styles = Styles(book)
    text = styles.make(text_wrap=True)
    bar = styles.make(bold=True, font_color="#ffffff", bg_color=ACCENT, text_wrap=True)
    right = styles.make(bold=True, font_color="#ffffff", bg_color=ACCENT, align="right")
    number = styles.make(num_format="#,##0", align="right")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 4, 14)
    sheet.set_column(5, 5, 44)
    sheet.write_string(0, 0, title, styles.make(bold=True, font_size=18, font_color=ACCENT))
    sheet.set_row(0, 28)
    sheet.merge_range(1, 0, 1, 5, labels.say("review.intro", report=report.name), text)
    sheet.set_row(1, 32)
    row = 3
    for place, id in enumerate(("sheet", *CONFIDENCES, "all")):
        name = labels.texts["template.who.sheet" if id == "sheet" else f"review.{id}"]
        sheet.write_string(row, place, name, bar if id == "sheet" else right)
    for table, own in drafts.items():
        row += 1
        link = styles.make(font_color=ACCENT, underline=1)
        sheet.write_url(row, 0, f"internal:'{labels.sheet(table)}'!A1", link, labels.sheet(table))
        count = Counter(draft.confidence for draft in own)
        for place, confidence in enumerate(CONFIDENCES, 1):
            sheet.write_number(row, place, count[confidence], number)
        sheet.write_number(row, 4, len(own), number)
    row += 2
    for confidence in CONFIDENCES:
        look = styles.make(bg_color=LOOKS[confidence], border=1, border_color="#d0d0d0")
        sheet.write_string(row, 0, labels.texts[f"review.{confidence}"], look)
        sheet.merge_range(row, 1, row, 5, labels.texts[f"review.{confidence}.means"], text)
        sheet.set_row(row, 30)
        row += 1
    row += 1
    for id in ("look", "answer", "rest", "missing", "import"):
        words = labels.say(f"review.how.{id}", command=command or "hhanalytics import")
        sheet.merge_range(row, 0, row, 5, f"• {words}", text)
        sheet.set_row(row, 15 * (1 + len(words) // 112))
        row += 1
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_rows": True, "format_columns": True})


def _rest(book: Workbook, sheet: Worksheet, labels: Labels) -> None:
    """The question what happens to rows that nobody has answered, below those about the source."""
    styles, row = Styles(book), 3 + len(SOURCE)
    sheet.write_string(row, 0, f"{REVIEW}rest")
    sheet.write_string(row, 1, labels.texts["review.rest"], styles.make(bold=True, text_wrap=True))
    sheet.write_blank(row, 2, None, styles.input(None))
    sheet.write_string(row, 3, labels.texts["review.rest.help"], styles.make(text_wrap=True))
    sheet.set_row(row, 45)
    choices = [f"{labels.texts[f'review.rest.{id}']} ({id})" for id in REST]
    sheet.data_validation(
        row, 2, row, 2,
        {"validate": "list", "source": choices, "error_message": labels.texts["template.stop.list"]},
    )  # fmt: skip


def _sheet(
    book: Workbook,
    sheet: Worksheet,
    labels: Labels,
    lists: Mapping[tuple[str, str], str],
    report: Report,
    drafts: Sequence[Draft],
) -> None:
    """The draft rows of one table, the doubtful ones first seen by their colour and word."""
    form = FORMS[drafts[0].table]
    if len(drafts) + FIRST > MOST_ROWS:
        found = f"{len(drafts)} rows of {form.table}"
        raise BadInput.of("too_long_for_excel", "Excel", found, f"{MOST_ROWS} at most", "Give the report alone.")
    styles, kinds = Styles(book), TABLES[form.table].columns()
    heads(sheet, styles, form, labels, len(OWN))
    head = styles.make(bold=True, font_color="#ffffff", bg_color=GREY, text_wrap=True, valign="vcenter", border=1)
    small = styles.make(font_size=8, font_color="#404040", bg_color="#eeeeee", text_wrap=True, border=1)
    for place, (id, wide) in enumerate(OWN.items()):
        sheet.set_column(place, place, wide)
        sheet.write_string(HEADS, place, labels.texts[f"review.column.{id}"], head)
        sheet.write_string(HELPS, place, labels.texts[f"review.column.{id}.help"], small)
        sheet.write_string(IDS, place, f"{REVIEW}{id}")
    answer = styles.input(kinds["note"])
    told = {
        id: styles.make(text_wrap=True, bg_color=look, border=1, border_color="#d0d0d0") for id, look in LOOKS.items()
    }
    grey = styles.make(font_color="#404040", text_wrap=True, font_size=9)
    rows = [_values(labels, report, draft) for draft in drafts]
    for number, (draft, row) in enumerate(zip(drafts, rows, strict=True), FIRST):
        remarks = "\n".join(remark(labels, each) for each in (*draft.doubts, *draft.changed))
        sheet.write_blank(number, 0, None, answer)
        sure = f"{labels.texts[f'review.{draft.confidence}']} ({draft.confidence})"
        sheet.write_string(number, 1, sure, told[draft.confidence])
        sheet.write_string(number, 2, remarks, told[draft.confidence] if remarks else grey)
        sheet.write_string(number, 3, draft.raw[:LONGEST], grey)
        lines = " ".join(each.text.strip() for each in report.lines[draft.first : draft.last + 1])
        sheet.write_string(number, 4, lines[:LONGEST], grey)
        longest = [
            sum(_lines(part, OWN["remarks"]) for part in remarks.split("\n")),
            _lines(lines[:LONGEST], OWN["line"]),
        ]
        longest += [
            _lines(str(said(labels, form.table, column, value)), width(labels, form.table, column))
            for column, value in row.items()
            if value is not None and column in form.columns
        ]
        sheet.set_row(number, LINE_HEIGHT * max(longest))
    yes = [labels.truth(True), labels.truth(False)]
    check = {"validate": "list", "source": yes, "error_message": labels.texts["template.stop.list"]}
    sheet.data_validation(FIRST, 0, FIRST + len(drafts) + SPARE, 0, check)
    for place, column in enumerate(form.columns, len(OWN)):
        style = styles.input(kinds[column])
        sheet.set_column(place, place, width(labels, form.table, column), styles.input(kinds[column], marked=False))
        for number in range(len(drafts) + SPARE):
            value = said(labels, form.table, column, rows[number].get(column)) if number < len(rows) else None
            write_cell(sheet, FIRST + number, place, value, style)
        validate(sheet, form.table, column, place, labels, lists)
    sheet.freeze_panes(FIRST, 2)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADS, HEADS)
    allowed = ("format_cells", "format_columns", "format_rows", "sort", "autofilter", "select_locked_cells")
    sheet.protect("", dict.fromkeys((*allowed, "select_unlocked_cells"), True))


def _lines(text: str, wide: int) -> int:
    """Lines that a text takes in a column so wide."""
    return max(1, -(-len(text) // max(wide - 2, 1)))


def _values(labels: Labels, report: Report, draft: Draft) -> dict[str, Any]:
    """A draft row as the sheet holds it: with its place, and with what a reader of it should know."""
    notes = [remark(labels, each) for each in draft.doubts if each.id in NOTED]
    note = " ".join(notes) or None
    return {**draft.values, "locator": report.locator(draft.first, draft.last), "note": note}


def remark(labels: Labels, told: Remark) -> str:
    """A remark in words."""
    facts = {name: _shown(value) for name, value in told.facts}
    return labels.say(f"review.remark.{told.id}", **facts)


def _shown(value: str) -> str:
    """A fact as people write it: dates and numbers of the remark itself; what stood in the report stays as it is.

    Example:
        >>> _shown("2026-06-30"), _shown("133744"), _shown("l33")
        ('30.06.2026', '133 744', 'l33')
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    return f"{int(value):,}".replace(",", " ") if re.fullmatch(r"\d{5,}", value) else value
