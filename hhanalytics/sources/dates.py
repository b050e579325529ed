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
from hhanalytics.sources.column import SPACES, Column, shown, stripped

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


def read_day(text: str, order: str | None) -> date | None | str:
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


def read_span(text: str, order: str | None = None) -> Span | None | str:
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
    found = re.fullmatch(r"(?P<m>[a-zæøå]+)\.?[ -]+(?P<y>[12][0-9]{3})", low) or re.fullmatch(r"(?P<y>[12][0-9]{3})[ -]+(?P<m>[a-zæøå]+)\.?", low)
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
    known = order or _order(cells)
    made = _each(cells, lambda text: read_day(text, known), column, "a date, such as 31.12.2025 or 2025-12-31")
    return made.struct.field("start").rename(cells.name)


def read_spans(cells: pl.Series, order: str | None, column: Column) -> tuple[pl.Series, pl.Series]:
    """First and last days of a column of periods."""
    expected = "a period, such as 2025, 2024M04, 2024K1 or 1. halvår 2025"
    known = order or _order(cells)
    made = _each(cells, lambda text: read_span(text, known), column, expected)
    return made.struct.field("start"), made.struct.field("end")


def _order(cells: pl.Series) -> str | None:
    """The order of day and month where some date of the column shows it."""
    figures = cells.drop_nulls().unique().str.extract_groups(r"^\s*([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{4}").struct.unnest().cast(pl.Int64)
    first, second = (figures.to_series(i).max() or 0 for i in (0, 1))
    return "d.m.y" if isinstance(first, int) and isinstance(second, int) and first > 12 >= second else None


def _each(cells: pl.Series, read: Callable[[str], Span | date | None | str], column: Column, expected: str) -> pl.Series:
    """Each different text read once, as a struct of first and last day."""
    bare = stripped(cells)
    texts = bare.unique(maintain_order=True).drop_nulls()
    spaces = str.maketrans(dict.fromkeys(SPACES[1:], " "))
    order = texts.to_list()
    found: list[Span | None] = []
    wrong: dict[str, list[str]] = {}
    for text in order:
        made = read(text.translate(spaces)) if len(text) < 60 else None
        if isinstance(made, date):
            made = (made, made)
        if made is None or isinstance(made, str):
            wrong.setdefault(made or "bad_value", []).append(text)
            made = None
        found.append(made)
    for reason, bad in wrong.items():
        id, wanted, mend = _ASKED.get(reason, ("bad_value", expected, "Write it in that form."))
        if id == "ambiguous_date":
            mask = (bare == bad[0]).fill_null(False)
            column.ask(id, int(column.lines[mask.arg_max() or 0]), shown(bad[0]), wanted, mend)
        else:
            column.ask_each(id, bare, bare.is_in(bad).fill_null(False), wanted, mend)
    table = pl.DataFrame(
        {"text": order, "start": [f and f[0] for f in found], "end": [f and f[1] for f in found]},
        schema={"text": pl.String, "start": pl.Date, "end": pl.Date},
    )
    joined = bare.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
    iso = [text for text in order if not re.fullmatch(r"\d{4}-\d\d-\d\d", text)]
    if iso and not wrong:
        first = bare.is_in(iso).fill_null(False)
        column.changed("date", cells, first, joined["start"])
    return joined.select(pl.struct("start", "end")).to_series()
