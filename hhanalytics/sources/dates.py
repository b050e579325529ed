"""Dates, months and periods as Norwegian files and Statistics Norway write them.

A column has few different dates, so each is read once. ``3/4/2025`` is the third of April or the fourth of
March: which one follows from the column, or it is asked.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import polars as pl

from hhanalytics.errors import BadInput
from hhanalytics.sources.column import Column, Distinct, distinct, replaced, shown

#: First letters of each month, in bokmål, nynorsk and English.
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "januar jan january", "februar feb february", "mars mar march", "april apr", "mai may", "juni jun june",
            "juli jul july", "august aug", "september sep sept", "oktober okt october oct", "november nov",
            "desember des december dec",
        ), 1
    )
    for name in names.split()
}  # fmt: skip
#: Orders of day, month and year in a date of figures.
ORDERS: Final = ("d.m.y", "m/d/y", "d.m.yy")
Span = tuple[date, date]
Read = Span | date | None | str
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_FIGURES: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?: 00:00(?::00)?)?", re.ASCII)
_WORDS: Final = re.compile(r"(\d{1,2})\.?[ -]+([a-zæøå]+)\.?[ -]+(\d{4})", re.ASCII)


def check_order(order: str | None) -> None:
    """Refuse an order that is none."""
    if order not in (None, *ORDERS):
        raise BadInput.of("bad_format", "dates", repr(order), " or ".join(map(repr, ORDERS)), "Give one of these.")


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_day(text: str, order: str | None) -> date | str | None:
    """One date; None where it is none, or the name of what is unclear: ``order``, ``century``.

    Args:
        text: The date as written.
        order: Declared order of its figures.

    Example:
        >>> read_day("31.12.2025", None), read_day("1. mars 2025", None)
        (datetime.date(2025, 12, 31), datetime.date(2025, 3, 1))
        >>> read_day("3/4/2025", None), read_day("3/4/2025", "d.m.y"), read_day("31.12.25", None)
        ('order', datetime.date(2025, 4, 3), 'century')
    """
    found = _ISO.fullmatch(text)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if re.fullmatch(r"[12][0-9]{7}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    found = _FIGURES.fullmatch(text)
    if found:
        first, sign, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
        if len(found[4]) == 2:
            if order != "d.m.yy":
                return "century"
            year += 2000
        if order == "m/d/y" and sign != ".":
            return _day(year, first, second)
        if sign == "." or order is not None:
            return _day(year, second, first)
        one, other = _day(year, second, first), _day(year, first, second)
        return "order" if one and other and one != other else one or ("american" if other else None)
    found = _WORDS.fullmatch(text.casefold())
    if found and found[2] in _MONTHS:
        return _day(int(found[3]), _MONTHS[found[2]], int(found[1]))
    return None


def read_span(text: str, order: str | None = None) -> Span | str | None:
    """A period: a year, half-year, tertial, quarter, month, week or day; None where it is none.

    Example:
        >>> read_span("2024K1")
        (datetime.date(2024, 1, 1), datetime.date(2024, 3, 31))
        >>> read_span("2024M02")[1], read_span("1. halvår 2025")[1]
        (datetime.date(2024, 2, 29), datetime.date(2025, 6, 30))
    """
    low = text.casefold()
    if re.fullmatch(r"[12][0-9]{3}", low):
        return _months(int(low), 1, 12)
    for pattern, length in _PERIODS:
        found = pattern.fullmatch(low)
        if found:
            year, number = int(found["y"]), int(found["n"])
            return _months(year, (number - 1) * length + 1, length) if 1 <= number <= 12 // length else None
    found = re.fullmatch(r"(?P<m>[a-zæøå]+)\.?[ -]+(?P<y>[12][0-9]{3})", low) or re.fullmatch(
        r"(?P<y>[12][0-9]{3})[ -]+(?P<m>[a-zæøå]+)\.?", low
    )
    if found and found["m"] in _MONTHS:
        return _months(int(found["y"]), _MONTHS[found["m"]], 1)
    found = re.fullmatch(r"([12][0-9]{3})[uw]([0-9]{2})", low)
    if found:
        try:
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            return None
        return monday, monday + timedelta(days=6)
    day = read_day(text, order)
    return (day, day) if isinstance(day, date) else day


def _months(year: int, first: int, length: int) -> Span:
    last = first + length - 1
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


_PERIODS: Final = tuple(
    (re.compile(pattern, re.ASCII), length)
    for pattern, length in (
        (r"(?P<y>[12]\d{3})m(?P<n>\d{1,2})", 1),
        (r"(?P<y>[12]\d{3})-(?P<n>\d{2})", 1),
        (r"(?P<n>\d{2})[./](?P<y>[12]\d{3})", 1),
        (r"(?P<y>[12]\d{3})[kq](?P<n>\d)", 3),
        (r"(?P<n>\d)\. ?(?:kvartal|kv\.?) (?P<y>[12]\d{3})", 3),
        (r"(?P<y>[12]\d{3})t(?P<n>\d)", 4),
        (r"(?P<n>\d)\. ?tertial (?P<y>[12]\d{3})", 4),
        (r"(?P<y>[12]\d{3})h(?P<n>\d)", 6),
        (r"(?P<n>\d)\. ?halv[åa]r (?P<y>[12]\d{3})", 6),
    )
)

_ASKED: Final = {
    "order": ("ambiguous_date", "a column that shows whether day or month comes first", 'Say dates="d.m.y" or dates="m/d/y" (--dates).'),
    "century": ("ambiguous_date", "a year with four digits", 'Write it so, or say dates="d.m.yy" for years after 2000 (--dates).'),
    "american": ("ambiguous_date", "the day first", 'If the month comes first, say dates="m/d/y" (--dates).'),
}  # fmt: skip


def read_dates(cells: pl.Series, order: str | None, column: Column) -> pl.Series:
    """The dates of a column.

    Args:
        cells: The cells as text.
        order: Declared order of day, month and year.
        column: Where they stand; problems and changes are noted there.
    """
    return _each(cells, read_day, order, column, "a date, such as 31.12.2025 or 2025-12-31")[0]


def read_spans(cells: pl.Series, order: str | None, column: Column) -> tuple[pl.Series, pl.Series]:
    """First and last days of a column of periods."""
    expected = "a period, such as 2025, 2024M04, 2024K1 or 1. halvår 2025"
    return _each(cells, read_span, order, column, expected)


def _order(texts: list[Distinct]) -> str | None:
    """The order of day and month where some date of the column shows it."""
    figures = [
        found for each in texts if (found := re.match(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{4}", each.text or ""))
    ]
    first, second = (max((int(each[i]) for each in figures), default=0) for i in (1, 2))
    return "d.m.y" if first > 12 >= second else None


def _each(
    cells: pl.Series, read: Callable[[str, str | None], Read], order: str | None, column: Column, expected: str
) -> tuple[pl.Series, pl.Series]:
    """First and last day of each cell; each different text is read once."""
    texts = distinct(cells)
    order = order or _order(texts)
    spans: dict[str, Span] = {}
    wrong: dict[str, list[Distinct]] = {}
    for each in texts:
        if each.text is None:
            continue
        made = read(each.text, order) if len(each.text) < 60 else None
        if isinstance(made, date):
            spans[each.raw] = (made, made)
        elif isinstance(made, tuple):
            spans[each.raw] = made
        else:
            wrong.setdefault(made or "", []).append(each)
    for reason, bad in wrong.items():
        id, wanted, mend = _ASKED.get(reason, ("bad_value", expected, "Write it in that form."))
        if id == "ambiguous_date":
            column.ask(id, int(column.lines[bad[0].first]), shown(bad[0].raw), wanted, mend)
        else:
            column.ask_each(id, cells, cells.is_in([each.raw for each in bad]).fill_null(False), wanted, mend)
    start, end = (replaced(cells, {raw: span[i] for raw, span in spans.items()}, pl.Date) for i in (0, 1))
    changed = [each for each in texts if each.raw in spans and not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", each.raw)]
    column.noted("date", changed, cells, start)
    return start, end
