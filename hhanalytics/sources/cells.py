"""The typed value of a workbook's cell, as people fill cells in: never guessed, never silently changed.

Excel keeps numbers as floats, turns ``60 %`` into 0.6 and dates into day numbers, and lets a number be
text. What can mean only one thing is read; what can mean two is refused, with both meanings; whatever was
read as something else than it stood is told.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import dataframely as dy

#: Above this a float no longer tells neighbouring whole numbers apart.
EXACT: Final = 2**53
#: A sum of floats may miss a whole number by this much, relatively; it is still the number that is seen.
NOISE: Final = 1e-9
#: Day numbers that are read as dates: 1930 to 2119.
DAY_NUMBERS: Final = range(10_959, 80_354)
MONTHS: Final = (
    "januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
    "desember",
)  # fmt: skip
#: No number of ours has more signs than this.
LONGEST: Final = 400
YES: Final = {
    "ja": True, "yes": True, "true": True, "sann": True,
    "nei": False, "no": False, "false": False, "usann": False,
}  # fmt: skip

_SPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]+")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-"})
_SPACED = re.compile(r"[+-]?\d{1,3}( \d{3})+([.,]\d+)?")
_PLAIN = re.compile(r"[+-]?\d+([.,]\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+|(?:\.\d{3}){2,}|(?:,\d{3}){2,})")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_LABEL = re.compile(r".*\(([a-z][a-z0-9_]*)\)", re.DOTALL)


@dataclass(frozen=True)
class Read:
    """What a cell was read as.

    Attributes:
        value: The value; None where the cell is empty or could not be read.
        found: What stands there, where it could not be read.
        expected: What was expected, where it could not be read.
        mend: How to mend it.
        id: Kind of the problem; empty: none.
        told: Why the value is another than what stands there; empty: it is the same.
    """

    value: Any = None
    found: str = ""
    expected: str = ""
    mend: str = ""
    id: str = ""
    told: str = ""


def clean(text: str) -> str:
    r"""A text without white space around it.

    Example:
        >>> clean(" Gol\u00a0 ")
        'Gol'
    """
    return text.strip(" \t\n\r\v\f\u00a0\u2000\u2001\u2002\u2003\u2007\u2009\u200b\u202f\u3000\ufeff")


def empty(value: Any) -> bool:
    """Whether nothing stands in a cell."""
    return value is None or value == "" or (isinstance(value, str) and not clean(value))


def read_cell(value: Any, kind: dy.Column, *, percent: bool = False, base: date = date(1899, 12, 30)) -> Read:
    r"""The typed value of a cell.

    Args:
        value: What the cell holds, as Excel has it: text, number, truth, date, time.
        kind: The column it stands in.
        percent: Whether the cell is formatted as per cent, so that 0.6 is seen as 60 %.
        base: The day that day numbers count from.

    Returns:
        Its value, or what is wrong with it.

    Example:
        >>> from hhanalytics.tables import TABLES
        >>> amount = TABLES["costs"].columns()["amount_nok"]
        >>> read_cell("98\u00a0049", amount).value, read_cell(98049.0, amount).value
        (98049, 98049)
        >>> read_cell("1.204", amount).id
        'ambiguous_number'
        >>> read_cell("31.12.2026", TABLES["costs"].columns()["period_end"]).value
        datetime.date(2026, 12, 31)
    """
    if empty(value):
        return Read()
    if isinstance(kind, dy.String):
        return _text(value, kind)
    if isinstance(kind, dy.Bool):
        return _truth(value)
    if isinstance(kind, dy.Date):
        return _date(value, base)
    return _number(value, whole=isinstance(kind, dy.Int64), unit=(kind.metadata or {}).get("unit", ""), percent=percent)


def shown(value: Any) -> str:
    """A cell as a message quotes it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = str(value)
    return repr(text if len(text) <= 80 else f"{text[:79]}…") if isinstance(value, str) else text


def _text(value: Any, kind: dy.String) -> Read:
    about = kind.metadata or {}
    if isinstance(value, str):
        text = clean(value)
        label = _LABEL.fullmatch(text) if kind.regex is not None or "allowed" in about else None
        return Read(label[1] if label else text)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    if whole and abs(value) < EXACT and kind.regex is None:
        return Read(str(int(value)), told="number_as_text")
    what = "a date" if isinstance(value, date | time | timedelta) else "a number"
    mend = "Format the cell as text and write it again, as it shall stand."
    return Read(found=f"{what}, {shown(value)}", expected="a text", mend=mend, id="not_text")


def _truth(value: Any) -> Read:
    if isinstance(value, bool):
        return Read(value)
    known = YES.get(clean(value).casefold()) if isinstance(value, str) else None
    if known is None:
        return Read(found=shown(value), expected="ja or nei, yes or no", mend="Choose from the list.", id="bad_value")
    return Read(known)


def _number(value: Any, *, whole: bool, unit: str, percent: bool) -> Read:
    expected = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        mend = "Format the cell as a number and write it again: Excel may have read it as a date."
        return Read(found=shown(value), expected=expected, mend=mend, id="bad_value")
    told = ""
    if isinstance(value, str):
        text = _SPACES.sub(" ", clean(value)).translate(_MINUS)
        if _EITHER.fullmatch(text):
            mend = "Write it as a number, without sign for thousands."
            return Read(found=shown(value), expected=f"{expected}; this may be two", mend=mend, id="ambiguous_number")
        number = _parsed(text)
        if number is None:
            mend = "Write digits only; a number below zero with a minus in front."
            return Read(found=shown(value), expected=expected, mend=mend, id="bad_value")
        told = "text_as_number"
    else:
        number = value
    if not whole:
        found = float(number)
        if not math.isfinite(found):
            return Read(found=shown(value), expected=expected, mend="Write a smaller number.", id="bad_value")
        return Read(found, told=told)
    if percent and unit == "percent" and isinstance(number, float):
        number, told = number * 100, "percent"
    return _whole(value, number, expected, told)


def _whole(value: Any, number: float, expected: str, told: str) -> Read:
    if isinstance(number, int):
        if abs(number) < 2**63:
            return Read(number, told=told)
    elif math.isfinite(number) and abs(number) <= EXACT:
        nearest = round(number)
        if number == nearest:
            return Read(nearest, told=told)
        if abs(number - nearest) <= NOISE * max(1.0, abs(number)):
            return Read(nearest, told=told or "noise")
    mend = (
        "Round it yourself, so that sums still agree."
        if abs(number) <= EXACT
        else "Write it as text: Excel loses digits."
    )
    return Read(found=shown(value), expected=expected, mend=mend, id="bad_value")


def _parsed(text: str) -> int | float | None:
    """The number that a text can only mean; None where it is none."""
    if _SPACED.fullmatch(text):
        text = text.replace(" ", "")
    if _GROUPED.fullmatch(text):
        last = max(text.rfind(","), text.rfind("."))
        thousands = text.count(text[last]) > 1
        point = "" if thousands else text[last]
        head, tail = (text, "") if thousands else (text[:last], text[last + 1 :])
        text = head.replace(".", "").replace(",", "") + (f".{tail}" if point else "")
    if not _PLAIN.fullmatch(text) or not text.isascii() or len(text) > LONGEST:
        return None
    whole, _, decimals = text.replace(",", ".").partition(".")
    return int(whole) if not decimals.strip("0") else float(f"{whole}.{decimals}")


def _date(value: Any, base: date) -> Read:
    if isinstance(value, datetime):
        return Read(value.date(), told="" if value.time() == time() else "time_dropped")
    if isinstance(value, date):
        return Read(value)
    bad = Read(
        found=shown(value), expected="a date, such as 31.12.2025", mend="Write day, month and year.", id="bad_value"
    )
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not float(value).is_integer() or int(value) not in DAY_NUMBERS:
            return bad
        return Read(base + timedelta(days=int(value)), told="day_number")
    if not isinstance(value, str):
        return bad
    text = _SPACES.sub(" ", clean(value)).casefold()
    for pattern, order in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ t]00:00(?::00)?)?", "ymd"),
        (r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", "dmy"),
        (rf"(\d{{1,2}})\.? ({'|'.join(MONTHS)}) (\d{{4}})", "dmy"),
        (r"(\d{1,2})/(\d{1,2})/(\d{4})", "dmy"),
    ):
        match = re.fullmatch(pattern, text, re.ASCII)
        if not match:
            continue
        parts = dict(zip(order, match.groups(), strict=True))
        if "/" in text and int(parts["d"]) <= 12 and int(parts["m"]) <= 12 and parts["d"] != parts["m"]:
            mend = "Write day, month and year with points: 31.12.2025."
            return Read(found=shown(value), expected="a date; this may be two", mend=mend, id="ambiguous_date")
        month = MONTHS.index(parts["m"]) + 1 if parts["m"] in MONTHS else int(parts["m"])
        try:
            return Read(date(int(parts["y"]), month, int(parts["d"])), told="" if order == "ymd" else "text_as_date")
        except ValueError:
            return bad
    return bad
