"""Headings as people write them → the columns of a declared table; words → ids. The mapping is data."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final
from unicodedata import normalize

from hhanalytics.tables import TABLES

#: Stands for the columns that say when, whichever the table has.
PERIOD: Final = "period"
_UNIT: Final = re.compile(r"\s*\((?:i )?(?:kr|kroner|nok|prosent|%|antall|antal|personer|personar)\.?\)$")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("hhanalytics.sources").joinpath("headings.toml").read_text("utf-8"))


def plain(words: str) -> str:
    """A heading or name as it is compared: composed, lower case, no marks between words.

    Example:
        >>> plain("  Kommune-nr. "), plain("Belo\u0308p (kr)"), plain("BEL\u00d8P (kr)")
        ('kommune nr', 'belöp', 'beløp')
    """
    low = normalize("NFC", words).casefold().strip()
    return " ".join(re.sub(r"[\s_\-.:/*]+", " ", _UNIT.sub("", low)).split())


@cache
def headings(table: str) -> dict[str, str]:
    """Compared form of every heading a table knows → its column, or `PERIOD`.

    Example:
        >>> found = headings("costs")
        >>> found["kommunenr"], found["beløp"], found["tidsrom"]
        ('municipality', 'amount_nok', 'period')
    """
    columns = TABLES[table].columns()
    known: dict[str, str] = {}
    for column, words in _data()["columns"].items():
        if column in columns or (column == PERIOD and when(table)):
            known |= dict.fromkeys(map(plain, words), column)
        elif column == "name" and "name_nb" in columns:
            known |= dict.fromkeys(map(plain, words), "name_nb")
        elif column in ("year", "month") and "period_start" in columns:
            known |= dict.fromkeys(map(plain, words), PERIOD)
    for column, words in _data().get("tables", {}).get(table, {}).items():
        known |= dict.fromkeys(map(plain, words), column)
    return known | {plain(column): column for column in columns if column != "source"}


def when(table: str) -> tuple[str, ...]:
    """The columns that a period fills: first and last day, or the month, or the year."""
    columns = TABLES[table].columns()
    for some in (("period_start", "period_end"), ("month",), ("year",)):
        if all(column in columns for column in some):
            return some
    return ()


@cache
def words_for(column: str) -> dict[str, str]:
    """Compared form of the words for a column's allowed values → the value."""
    found = _data()["values"].get(column, {})
    return {plain(word): value for value, words in found.items() for word in (value, *words)}
