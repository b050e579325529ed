"""One sheet of a workbook: headings, explanations, lists, checks, cells to fill in, and last year beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from textwrap import wrap
from typing import Any, Final

import dataframely as dy
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from hhanalytics.errors import BadInput
from hhanalytics.exports.words import Labels
from hhanalytics.sources.cells import EXACT
from hhanalytics.sources.forms import HELP, Form, required
from hhanalytics.tables import FIRST_LANGUAGE, OTHER_LANGUAGES, TABLES

#: Rows of a sheet: title, explanation, headings, explanations of columns, ids (hidden); then what people fill in.
TITLE, ABOUT, HEADS, HELPS, IDS, FIRST = range(6)
#: Rows that look like cells to fill in below the last suggestion; those below can be filled in as well.
SPARE: Final = 40
#: What one sheet, one cell and one message can hold.
MOST_ROWS: Final = 1_048_576
LONGEST_TEXT: Final = 32_767
LONGEST_MESSAGE, LONGEST_TITLE = 255, 32
#: Excel takes the year 1900 for a leap year: dates before this one stand as text.
FIRST_DATE: Final = date(1900, 3, 1)
#: Height of one line of a row, in points, and how many of a long text are shown.
LINE_HEIGHT, MOST_LINES = 13.5, 8
WIDTHS: Final = {dy.Date: 12, dy.Int64: 13, dy.Float64: 11, dy.Bool: 10}
ACCENT, GREY, INPUT = "#1f4e5f", "#7a7a7a", "#fff9df"


@dataclass(frozen=True)
class Styles:
    """The formats of a workbook, made once."""

    book: Workbook

    def make(self, **about: Any) -> Format:
        """A format; everything is set in one type and size."""
        base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
        made: Format = self.book.add_format({**base, **about})
        return made

    def input(self, kind: dy.Column | None, *, marked: bool = True) -> Format:
        """A cell to fill in."""
        look = {"bg_color": INPUT, "border": 1, "border_color": "#d9d2b0"} if marked else {}
        return self.make(locked=False, num_format=number_format(kind), text_wrap=marked, **look)

    def help(self, kind: dy.Column) -> Format:
        """A cell that only helps."""
        return self.make(font_color=GREY, italic=True, bg_color="#f2f2f2", num_format=number_format(kind))


def number_format(kind: dy.Column | None) -> str:
    """How Excel shows the values of a column."""
    if isinstance(kind, dy.Date):
        return "dd.mm.yyyy"
    if isinstance(kind, dy.Int64):
        return "#,##0" if (kind.metadata or {}).get("unit") else "0"
    return "General" if isinstance(kind, dy.Float64) else "@"


def write_cell(sheet: Worksheet, row: int, column: int, value: Any, style: Format) -> None:
    """Write a value so that it comes back as it is; text is never taken for a formula.

    Raises:
        BadInput: Excel cannot hold it.
    """
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, date) and not isinstance(value, datetime):
        if value < FIRST_DATE:
            sheet.write_string(row, column, value.isoformat(), style)
        else:
            sheet.write_datetime(row, column, value, style)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # A float of Excel's holds fewer digits than some numbers have; those stand as text.
        if isinstance(value, int) and abs(value) > EXACT:
            sheet.write_string(row, column, str(value), style)
        elif isinstance(value, float) and float(f"{value:.16G}") != value:
            sheet.write_string(row, column, format(Decimal(repr(value)), "f"), style)
        else:
            sheet.write_number(row, column, value, style)
    else:
        text = str(value)
        if len(text) > LONGEST_TEXT:
            found = f"a text of {len(text)} characters"
            mend = "Shorten it, or export as csv or parquet."
            raise BadInput.of("too_long_for_excel", "Excel", found, f"{LONGEST_TEXT} at most", mend)
        sheet.write_string(row, column, text, style)


def table_sheet(
    book: Workbook,
    sheet: Worksheet,
    form: Form,
    labels: Labels,
    lists: Mapping[tuple[str, str], str],
    rows: Sequence[Mapping[str, Any]],
    beside: Sequence[Mapping[str, Any]],
    before: str,
) -> None:
    """Write the sheet of one table.

    Args:
        book: The workbook.
        sheet: Its empty sheet.
        form: Which columns, in which order.
        labels: Words.
        lists: (Table, column) → the range that holds what may be chosen.
        rows: What is filled in already.
        beside: Last year's rows; row for row where they belong to ``rows``.
        before: Last year.

    Raises:
        BadInput: More than Excel can hold.
    """
    if len(rows) + FIRST > MOST_ROWS:
        found = f"{len(rows)} rows of {form.table}"
        raise BadInput.of("too_long_for_excel", "Excel", found, f"{MOST_ROWS} at most", "Export as csv or parquet.")
    styles, kinds = Styles(book), TABLES[form.table].columns()
    heads(sheet, styles, form, labels)
    last = max(len(rows), len(beside) if form.suggested else 0) + SPARE
    lines = [1] * len(rows)
    for place, column in enumerate(form.columns):
        kind, style = kinds[column], styles.input(kinds[column])
        across = width(labels, form.table, column)
        sheet.set_column(place, place, across, styles.input(kind, marked=False))
        words: dict[Any, Any] = {}
        for number in range(last):
            value = rows[number].get(column) if number < len(rows) else None
            if isinstance(value, str | bool):
                if value not in words:
                    shown = said(labels, form.table, column, value)
                    words[value] = shown, lines_of(shown, across)
                value, high = words[value]
                lines[number] = max(lines[number], high)
            write_cell(sheet, FIRST + number, place, value, style)
        validate(sheet, form.table, column, place, labels, lists)
    for number, count in enumerate(lines):
        if count > 1:
            # A row that is not told how high it is hides the second line of a text in some programs.
            sheet.set_row(FIRST + number, LINE_HEIGHT * count)
    if form.shown and beside:
        _beside(sheet, styles, form, labels, beside, before)
    _page(sheet, form, labels, last)


def lines_of(text: str, width: int) -> int:
    """How many lines a text takes in a cell so many characters wide, words kept whole.

    Example:
        >>> lines_of("Mobilt ferdighetsteam psykisk helse (mft_psykisk_helse)", 34), lines_of("Hol (hol)", 34)
        (2, 1)
    """
    return min(sum(len(wrap(part, width)) or 1 for part in str(text).split("\n")), MOST_LINES)


def said(labels: Labels, table: str, column: str, value: Any) -> Any:
    """A value as it stands in the workbook: the word for it where there is one."""
    if value is None:
        return None
    if isinstance(value, bool):
        return labels.truth(value)
    kind = TABLES[table].columns()[column]
    if not isinstance(kind, dy.String):
        return value
    allowed = (kind.metadata or {}).get("allowed")
    if allowed:
        return labels.choice(column, value) if value in allowed else value
    return labels.id(table, column, value) if labels.kinds(table, column) else value


def heads(sheet: Worksheet, styles: Styles, form: Form, labels: Labels, first: int = 0) -> None:
    """Write title, explanation, headings and ids of a table, its columns from a place on."""
    title = styles.make(bold=True, font_size=15, font_color=ACCENT)
    sheet.write_string(TITLE, 0, labels.texts[f"sheet.{form.table}.title"], title)
    sheet.write_string(ABOUT, 0, labels.texts[f"sheet.{form.table}.help"], styles.make())
    head = styles.make(bold=True, font_color="#ffffff", bg_color=ACCENT, text_wrap=True, valign="vcenter", border=1)
    small = styles.make(font_size=8, font_color="#404040", bg_color="#e8eef0", text_wrap=True, border=1)
    small.set_border_color("#c5d0d4")
    for place, column in enumerate(form.columns, first):
        sheet.write_string(HEADS, place, labels.heading(form.table, column), head)
        sheet.write_string(HELPS, place, labels.explanation(form.table, column), small)
        sheet.write_string(IDS, place, f"{form.table}.{column}", styles.make(font_color=GREY))
    sheet.set_row(TITLE, 24)
    sheet.set_row(HEADS, 30)
    sheet.set_row(HELPS, 62)
    sheet.set_row(IDS, None, None, {"hidden": True})


def _beside(
    sheet: Worksheet, styles: Styles, form: Form, labels: Labels, beside: Sequence[Mapping[str, Any]], before: str
) -> None:
    start = len(form.columns) + 1
    sheet.set_column(start - 1, start - 1, 2)
    head = styles.make(italic=True, font_color=GREY, bg_color="#f2f2f2", text_wrap=True, valign="vcenter")
    sheet.write_string(
        ABOUT, start, labels.say("template.before", year=before), styles.make(italic=True, font_color=GREY)
    )
    for place, column in enumerate(form.shown, start):
        kind = TABLES[form.table].columns()[column]
        style = styles.help(kind)
        sheet.set_column(place, place, width(labels, form.table, column))
        sheet.write_string(HEADS, place, f"{labels.name(form.table, column)} {before}", head)
        sheet.write_blank(HELPS, place, None, head)
        sheet.write_string(IDS, place, HELP)
        for number, row in enumerate(beside):
            write_cell(sheet, FIRST + number, place, said(labels, form.table, column, row.get(column)), style)


def width(labels: Labels, table: str, column: str) -> int:
    """How wide a column is shown."""
    kind = TABLES[table].columns()[column]
    said = column.rpartition("_")[2] in (FIRST_LANGUAGE, *OTHER_LANGUAGES)
    if said or column in ("need", "mandate", "note"):
        return 34
    if column == "locator":
        return 20
    longest = max((len(word) for word, _ in labels.choices(table, column)), default=0)
    plain = next((usual for of, usual in WIDTHS.items() if isinstance(kind, of)), 22)
    heading = max(map(len, labels.heading(table, column).split()))
    return min(max(plain if not longest else 0, longest + 2, heading + 2), 34)


def validate(
    sheet: Worksheet, table: str, column: str, place: int, labels: Labels, lists: Mapping[tuple[str, str], str]
) -> None:
    """Let a column hold only what its table allows."""
    kind = TABLES[table].columns()[column]
    check: dict[str, Any] = {
        "validate": "any",
        "input_title": labels.name(table, column)[:LONGEST_TITLE],
        "input_message": labels.explanation(table, column)[:LONGEST_MESSAGE],
        "ignore_blank": True,
        "error_title": labels.texts["template.stop.title"],
    }
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if (table, column) in lists:
        fixed = isinstance(kind, dy.Bool) or "allowed" in (kind.metadata or {})
        home = labels.kinds(table, column)[:1]
        where = labels.texts.get(f"sheet.{home[0]}", labels.sheet("terms")) if home else ""
        listed = fixed or not labels.declared_here(table, column)
        error = labels.texts["template.stop.list"] if listed else labels.say("template.stop.new", sheet=where)
        check |= {"validate": "list", "source": f"={lists[table, column]}", "error_message": error}
        check["error_type"] = "stop" if fixed else "warning"
    elif isinstance(kind, dy.Date):
        limits = {"criteria": "between", "minimum": date(1900, 1, 1), "maximum": date(2200, 12, 31)}
        check |= {"validate": "date", **limits, "error_message": labels.texts["template.stop.date"]}
    elif isinstance(kind, dy.Int64):
        limits = {"criteria": "between", "minimum": -(10**12) if low is None else low}
        limits["maximum"] = 10**12 if high is None else high
        check |= {"validate": "integer", **limits, "error_message": labels.texts["template.stop.whole"]}
    elif isinstance(kind, dy.Float64):
        share = (kind.metadata or {}).get("unit") == "share"
        limits = {
            "criteria": "between",
            "minimum": -1e12 if low is None else low,
            "maximum": 1e12 if high is None else high,
        }
        message = labels.texts["template.stop.share" if share else "template.stop.number"]
        check |= {"validate": "decimal", **limits, "error_message": message}
    sheet.data_validation(FIRST, place, MOST_ROWS - 1, place, check)


def _page(sheet: Worksheet, form: Form, labels: Labels, last: int) -> None:
    across = len(form.columns) + (1 + len(form.shown) if form.shown else 0)
    sheet.freeze_panes(FIRST, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADS, HEADS)
    sheet.print_area(0, 0, FIRST + last - 1, across - 1)
    sheet.set_footer(f"&L&8{labels.sheet(form.table)}&R&8&P / &N")
    allowed = ("format_cells", "format_columns", "format_rows", "sort", "autofilter", "select_locked_cells")
    sheet.protect("", dict.fromkeys((*allowed, "select_unlocked_cells"), True))


def needed(form: Form) -> tuple[str, ...]:
    """The columns that must be filled in."""
    return tuple(column for column in form.columns if required(form.table, column))
