"""Which part of the year a label speaks of: dates, months and halves, also where they were badly read."""

from __future__ import annotations

import re
import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from hhanalytics.sources.report_names import any_of
from hhanalytics.sources.report_numbers import LETTERS

_D: Final = r"[0-9OolISB]{1,2}"
_YEAR: Final = r"[0-9OolISB]{2}(?:[0-9OolISB]{2})?"
_DATE: Final = rf"{_D}\s?[.,]\s?{_D}\s?[.,]\s?{_YEAR}(?![0-9])"
#: "til og med" and "fra og med" before a date, as they are shortened, run into the word before, and badly read.
_TO: Final = r"(?:t\s?[.,]?\s?[o0ce]\s?[.,]?\s?m|til(?:\s+og\s+med)?)\b\.?:?\s*"
_FROM: Final = r"(?:f\s?[.,]?\s?[o0ce]\s?[.,]?\s?m|fr[aå](?:\s+og\s+med)?)\b\.?:?\s*"
_DASH: Final = r"\s*[-–—]\s*"


@cache
def words() -> dict[str, Any]:
    """The words of annual reports."""
    return tomllib.loads(files("hhanalytics.sources").joinpath("report_words.toml").read_text("utf-8"))


def is_total(label: str) -> bool:
    """Whether a label is that of a sum.

    Example:
        >>> is_total("| Sum Hol"), is_total("Summer med lesing")
        (True, False)
    """
    return re.match(rf"\W*(?:{any_of(words()['money']['total'])})\b", label.casefold()) is not None


@dataclass(frozen=True)
class Period:
    """A part of a year as a label states it.

    Attributes:
        start: First day.
        end: Last day.
        label: The label without it.
        read: Whether letters had to be read as digits.
    """

    start: date
    end: date
    label: str
    read: bool = False


@lru_cache(maxsize=20_000)
def month_of(word: str) -> int | None:
    """The month that a word names, also a short one and one badly read.

    Example:
        >>> [month_of(word) for word in ("lan", "Sept", "Maned", "Mai", "0kt.")]
        [1, 9, None, 5, 10]
    """
    bare = word.strip(".|[](){}:,")
    for number, names in words()["months"].items():
        if re.fullmatch(any_of(names), bare, re.IGNORECASE):
            return int(number)
    # A capital J is taken for an l.
    return month_of("j" + bare[1:]) if bare[:1] in ("l", "I", "1") and len(bare) > 2 else None


def _day(text: str) -> tuple[date, bool] | None:
    pieces = [piece.strip() for piece in re.split("[.,]", text)]
    made = ["".join(LETTERS.get(sign, sign) for sign in piece) for piece in pieces]
    if not all(piece.isascii() and piece.isdigit() for piece in made):
        return None
    day, month, year = map(int, made)
    try:
        return date(year if year > 99 else 2000 + year, month, day), made != pieces
    except ValueError:
        return None


def period_of(text: str, year: int) -> Period | None:
    """The part of a year that a label states; None where it states none, or one that cannot be.

    Args:
        text: The label, with or without the amount behind it.
        year: The year of the report, for labels that state only months.

    Example:
        >>> found = period_of("MFTf.o.m 1.7.25 24 855", 2025)
        >>> found.start.isoformat(), found.end.isoformat(), found.label
        ('2025-07-01', '2025-12-31', 'MFT 24 855')
        >>> period_of("Fagteam, andel juli-des: 71201", 2026).start.isoformat()
        '2026-07-01'
        >>> period_of("Fagteam 2. halvår 2026 71 201", 2026).label
        'Fagteam 71 201'
    """
    both = re.search(rf"(?:{_FROM})?({_DATE}){_DASH}(?:{_TO})?({_DATE})", text, re.IGNORECASE)
    if both:
        one, other = _day(both[1]), _day(both[2])
        if one and other and one[0] <= other[0]:
            return Period(one[0], other[0], _without(text, both), one[1] or other[1])
        return None
    for word, first in ((_TO, False), (_FROM, True)):
        single = re.search(rf"{word}({_DATE})", text, re.IGNORECASE)
        if single:
            found = _day(single[1])
            if found is None:
                return None
            day, read = found
            start, end = (day, date(day.year, 12, 31)) if first else (date(day.year, 1, 1), day)
            return Period(start, end, _without(text, single), read)
    names = "|".join(any_of(each) for each in words()["months"].values())
    months = re.search(rf"\b({names})\.?{_DASH}({names})\b\.?(?:\s+(20\d\d))?", text, re.IGNORECASE)
    if months:
        one_month, other_month = month_of(months[1]), month_of(months[2])
        if one_month and other_month and one_month <= other_month:
            return _months(int(months[3] or year), one_month, other_month, _without(text, months))
        return None
    half = re.search(r"\b(1|2|f[øog]rste|andre)\.?\s*halv[åa4]r(?:\s+(20\d\d))?", text, re.IGNORECASE)
    if half:
        second = half[1] == "2" or half[1].casefold() == "andre"
        return _months(int(half[2] or year), 7 if second else 1, 12 if second else 6, _without(text, half))
    return None


def _months(year: int, first: int, last: int, label: str) -> Period:
    return Period(date(year, first, 1), date(year, last, monthrange(year, last)[1]), label)


def _without(text: str, found: re.Match[str]) -> str:
    return re.sub(
        r"\s*[,:]?\s+(?=\S)", " ", f"{text[: found.start()].rstrip(' ,:')} {text[found.end() :].lstrip(' :')}"
    ).strip()


def mentions_date(text: str) -> bool:
    """Whether a date stands in a text, readable or not.

    Example:
        >>> mentions_date("t.o.m 31.6.25"), mentions_date("1 204")
        (True, False)
    """
    return re.search(_DATE, text) is not None
