"""The workbook that people fill in: what to do, where the figures are from, and one sheet per table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from hhanalytics.dataset import Dataset
from hhanalytics.exports.book import Book
from hhanalytics.exports.deadlines import due, due_text
from hhanalytics.exports.fields import WITHHELD
from hhanalytics.exports.gated import gated_table
from hhanalytics.exports.last_year import rows_of, suggested
from hhanalytics.exports.sheets import ACCENT, Styles, said, table_sheet, write_cell
from hhanalytics.exports.words import MARK as STAR
from hhanalytics.exports.words import Labels
from hhanalytics.privacy.gate import Gate
from hhanalytics.privacy.planning import gate_of
from hhanalytics.sources.forms import FORMS, NEEDED, SOURCE, YEARLY
from hhanalytics.tables import TABLES

Rows = Sequence[Mapping[str, Any]]
_HOW: Final = ("unknown", "suggested", "lists", "paste", "privacy", "required")


def template(
    dataset: Dataset,
    year: int,
    *,
    tables: Sequence[str] = YEARLY,
    language: str = "nb",
    command: str = "",
    gate: Gate | None = None,
) -> bytes:
    """An empty workbook for a year, with what was charged and counted the year before as help.

    Args:
        dataset: What is known so far.
        year: The year the figures will be about.
        tables: Which tables it asks for.
        language: The reader's language.
        command: How the workbook is read in, for the sheet that explains.
        gate: Who will see last year's figures; None: the public.

    Returns:
        The xlsx file; the same input gives the same bytes.
    """
    gate = gate or gate_of(dataset)
    rows: dict[str, Rows] = {}
    beside: dict[str, Rows] = {}
    labels = Labels(dataset.tables, language)
    for table in tables:
        asked = suggested(dataset, table, year)
        rows[table] = [row for row, _ in asked]
        known = [row for _, row in asked] if asked else rows_of(dataset, table, year - 1)
        beside[table] = _gated(table, known, labels, gate)
    return workbook(
        dataset, year, rows, beside=beside, entry={"source": f"tall_{year}"}, language=language, command=command
    )


def _gated(table: str, rows: Rows, labels: Labels, gate: Gate) -> Rows:
    """Last year's rows as they may be shown: a small number of persons is said to be held back."""
    frame = pl.DataFrame([{column: row[column] for column in TABLES[table].columns()} for row in rows], _schema(table))
    shown = gated_table(table, frame, gate).to_dicts()
    hidden = labels.texts["figure.hidden"]
    return [{**row, **dict.fromkeys((row.get(WITHHELD) or "").split(), hidden)} for row in shown]


def _schema(table: str) -> dict[str, Any]:
    return {column: kind.dtype for column, kind in TABLES[table].columns().items()}


def filled(dataset: Dataset, source: str, *, language: str = "nb") -> bytes:
    """The workbook that would have delivered a source: everything it holds, filled in.

    Args:
        dataset: A Dataset that holds the source.
        source: Id of the source.
        language: The reader's language.

    Returns:
        The xlsx file; reading it gives the rows of the source, all of them equal. Rows that a later source
        has ended are as they stand in the Dataset: ended.
    """
    rows: dict[str, Rows] = {}
    for table in FORMS:
        own = dataset.tables[table].filter(pl.col("source") == source)
        if own.height:
            rows[table] = own.to_dicts()
    (entry,) = dataset.sources.filter(pl.col("source") == source).to_dicts() or [{"source": source}]
    return workbook(dataset, None, rows, entry=entry, language=language)


def workbook(
    dataset: Dataset,
    year: int | None,
    rows: Mapping[str, Rows],
    *,
    beside: Mapping[str, Rows] | None = None,
    entry: Mapping[str, Any] | None = None,
    language: str = "nb",
    command: str = "",
) -> bytes:
    """A workbook with some rows filled in.

    Args:
        dataset: What is known so far: names, lists, deadlines.
        year: The year it is about; None: none in particular.
        rows: Table → rows; a table that is not named has no sheet.
        beside: Table → last year's rows.
        entry: What is known of the source.
        language: The reader's language.
        command: How it is read in.
    """
    labels = Labels(dataset.tables, language)
    title = labels.say("template.title", year=str(year) if year else "").strip()
    book = Book(labels, title, year or 2000, [*rows])
    _guide(book.file, book.guide, labels, dataset, year, [*rows], title, command)
    source_sheet(book.file, book.source, labels, book.lists, entry or {})
    for table, sheet in book.sheets.items():
        before = str(year - 1) if year else ""
        beside_it = (beside or {}).get(table, ())
        table_sheet(book.file, sheet, FORMS[table], labels, book.lists, rows[table], beside_it, before)
    return book.closed(year)


def _guide(
    book: Workbook,
    sheet: Worksheet,
    labels: Labels,
    dataset: Dataset,
    year: int | None,
    tables: Sequence[str],
    title: str,
    command: str,
) -> None:
    """The sheet that explains."""
    styles, say = Styles(book), labels.say
    text = styles.make(text_wrap=True)
    big, head = (
        styles.make(bold=True, font_size=18, font_color=ACCENT),
        styles.make(bold=True, font_size=12, font_color=ACCENT),
    )
    bar = styles.make(bold=True, font_color="#ffffff", bg_color=ACCENT, text_wrap=True)
    own = styles.input(None)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 62)
    sheet.set_column(2, 3, 24)
    row = 0

    def line(words: str, style: Any = text, height: int | None = None) -> None:
        nonlocal row
        sheet.merge_range(row, 0, row, 3, words, style)
        sheet.set_row(row, height or 15 * (1 + len(words) // 118))
        row += 1

    line(title, big, 28)
    line(say("template.intro", before=str(year - 1) if year else ""))
    row += 1
    line(labels.texts["template.who.heading"], head, 20)
    for place, id in enumerate(("sheet", "what", "by", "due")):
        sheet.write_string(row, place, labels.texts[f"template.who.{id}"], bar)
    row += 1
    for table in tables:
        sheet.write_url(
            row,
            0,
            f"internal:'{labels.sheet(table)}'!A1",
            styles.make(font_color=ACCENT, underline=1),
            labels.sheet(table),
        )
        about = labels.texts[f"sheet.{table}.help"]
        sheet.write_string(row, 1, about, text)
        sheet.set_row(row, 15 * (1 + len(about) // 66))
        for place in (2, 3):
            sheet.write_blank(row, place, None, own)
        row += 1
    line(labels.texts["template.who.note"], styles.make(italic=True, font_color="#7a7a7a"))
    row += 1
    if year and dataset.deadlines.height:
        line(labels.texts["template.due.heading"], head, 20)
        for step in due(dataset, year, labels.language):
            sheet.write_string(row, 0, due_text(labels, step), text)
            sheet.merge_range(row, 1, row, 2, step.text, text)
            sheet.write_string(
                row,
                3,
                say("template.due.source", source=step.source, locator=step.locator),
                styles.make(font_size=8, font_color="#7a7a7a", text_wrap=True),
            )
            sheet.set_row(row, 30)
            row += 1
        row += 1
    line(labels.texts["template.how.heading"], head, 20)
    for id in _HOW:
        line(f"• {say(f'template.how.{id}', mark=STAR)}")
    row += 1
    line(labels.texts["template.hand.heading"], head, 20)
    line(f"• {labels.texts['template.hand.save']}")
    line(f"• {say('template.hand.import', command=command or 'hhanalytics import')}")
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_rows": True, "format_columns": True})


def source_sheet(
    book: Workbook, sheet: Worksheet, labels: Labels, lists: Mapping[tuple[str, str], str], entry: Mapping[str, Any]
) -> None:
    """Write the sheet that asks where the figures are from.

    Args:
        book: The workbook.
        sheet: Its empty sheet.
        labels: Words.
        lists: (Table, column) → the range that holds what may be chosen.
        entry: What is known of the source.
    """
    styles = Styles(book)
    text = styles.make(text_wrap=True)
    bar = styles.make(bold=True, font_color="#ffffff", bg_color=ACCENT)
    sheet.set_column(0, 0, None, None, {"hidden": True})
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 52)
    sheet.set_column(3, 3, 60)
    sheet.write_string(
        0, 1, labels.texts["template.source.heading"], styles.make(bold=True, font_size=15, font_color=ACCENT)
    )
    sheet.set_row(0, 24)
    sheet.write_string(1, 1, labels.texts["template.source.intro"], styles.make())
    for place, id in enumerate(("question", "answer", "help"), 1):
        sheet.write_string(2, place, labels.texts[f"template.source.{id}"], bar)
    declared = {**TABLES["sources"].columns(), "grade": TABLES["costs"].columns()["grade"]}
    for row, column in enumerate(SOURCE, 3):
        kind = declared[column]
        sheet.write_string(row, 0, f"source.{column}")
        name = labels.name("sources", column) + (f" {STAR}" if column in (*NEEDED, "grade") else "")
        sheet.write_string(row, 1, name, styles.make(bold=True))
        value = entry.get(column)
        write_cell(
            sheet, row, 2, said(labels, "costs", "grade", value) if column == "grade" else value, styles.input(kind)
        )
        sheet.write_string(row, 3, labels.explanation("sources", column), text)
        sheet.set_row(row, 30)
    where = lists["sources", "grade"]
    message = labels.texts["template.stop.list"]
    sheet.data_validation(
        3 + SOURCE.index("grade"), 2, 3 + SOURCE.index("grade"), 2,
        {"validate": "list", "source": f"={where}", "error_message": message, "input_message": labels.texts["template.choose"]},
    )  # fmt: skip
    sheet.freeze_panes(3, 0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_rows": True, "format_columns": True})
