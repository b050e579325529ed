"""The shapes of a column's numbers: each digit but zero as 9, each kind of space, minus and quote as one sign.

A million cells have a few hundred shapes. Whether a column can be read, and how, is told from its shapes
alone; the cells themselves are then changed in one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from hhanalytics.errors import BadInput
from hhanalytics.sources.column import SPACES, tally

Kind = Literal["whole", "number", "money"]

DECIMALS: Final = (",", ".")
THOUSANDS: Final = ("", " ", ".", ",", "'")
#: Signs that are written for a minus: minus sign, en dash, two other hyphens.
MINUS: Final = ("−", "–", "‐", "‑")
QUOTES: Final = ("’", "´", "`")
#: Kinds of missing in tables of Statistics Norway: cannot occur, not available, not to be shown, not yet there.
MISSING: Final = (".", "..", ":", "…")
#: Words around a number, by the unit of the declared column.
WORDS: Final = {
    "nok": re.compile(r"^(?:kr\.?|NOK) *| *(?:kr\.?|NOK|,--?)$"),
    "percent": re.compile(r" *(?:%|prosent)$"),
}
_SAME: Final = {
    **dict.fromkeys("12345678", "9"),
    **dict.fromkeys((*SPACES[1:], "\t", "\r", "\n"), " "),
    **dict.fromkeys(MINUS, "-"),
    **dict.fromkeys(QUOTES, "'"),
}


@dataclass(frozen=True)
class Format:
    """How numbers are written.

    Attributes:
        decimal: Decimal sign, ``","`` or ``"."``; None: told by the column.
        thousands: Sign between groups of three digits, ``""`` for none; None: told by the column.
        negative: ``minus`` before the number, or declared ``parentheses`` around or ``trailing`` minus after it.
        symbols: ``ssb`` where a lone ``-`` is nil, as in tables of Statistics Norway.
    """

    decimal: str | None = None
    thousands: str | None = None
    negative: str = "minus"
    symbols: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no format."""
        for name, value, valid in (
            ("decimal", self.decimal, (None, *DECIMALS)),
            ("thousands", self.thousands, (None, *THOUSANDS)),
            ("negative", self.negative, ("minus", "parentheses", "trailing")),
            ("symbols", self.symbols, (None, "ssb")),
        ):
            if value not in valid:
                expected = " or ".join(repr(each) for each in valid if each is not None)
                raise BadInput.of("bad_format", name, repr(value), expected, "Give one of these, or leave it out.")
        if self.decimal is not None and self.decimal == self.thousands:
            both = "decimal and thousands"
            raise BadInput.of("bad_format", both, repr(self.decimal), "two different signs", "Change one of them.")


@dataclass(frozen=True)
class Shape:
    """One shape and what it says.

    Attributes:
        text: The shape as it stands.
        body: The number in it, without sign, words and outer spaces; empty where it is none.
        sort: ``number``, ``missing``, ``nil``, ``empty``, or why it is none: ``brackets``, ``trailing``,
            ``exponent``, ``text``.
        negative: Whether it has a minus.
        trailing: Whether the minus stands after it.
        word: Whether a unit's word stands beside it.
        count: How many cells have it.
        first: Place of the first of them.
    """

    text: str
    body: str
    sort: str
    negative: bool
    trailing: bool
    word: bool
    count: int
    first: int


def shapes_of(cells: pl.Series) -> pl.Series:
    """The shape of each cell."""
    return cells.str.replace_many(list(_SAME), list(_SAME.values()))


def classify(cells: pl.Series, unit: str, format: Format) -> list[Shape]:
    """Every shape of a column once, with what it says.

    Args:
        cells: The cells.
        unit: Unit of the declared column.
        format: What is declared.
    """
    return [_shape(text, count, first, unit, format) for text, (count, first) in tally(cells, shapes_of).items()]


def _shape(text: str, count: int, first: int, unit: str, format: Format) -> Shape:
    bare = text.strip(" ")
    if not bare:
        return Shape(text, "", "empty", False, False, False, count, first)
    if bare in MISSING:
        return Shape(text, "", "missing", False, False, False, count, first)
    if bare == "-":
        return Shape(text, "", "nil", False, False, False, count, first)
    words = WORDS.get(unit)
    body = words.sub("", bare) if words else bare
    word = body != bare
    negative = trailing = False
    sort = "number"
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(" "), True
        sort = "number" if format.negative == "parentheses" else "brackets"
    elif body.endswith("-") and len(body) > 1:
        body, negative, trailing = body[:-1].rstrip(" "), True, True
        sort = "number" if format.negative == "trailing" else "trailing"
    elif body[:1] in "+-":
        negative = body[:1] == "-"
        body = body[1:].lstrip(" ")
    if re.fullmatch(r"[09][09.,]*[eE][+-]?[09]+", body):
        sort = "exponent"
    elif len(body) > 60 or not re.fullmatch(r"(?:[.,]?[09]+)(?:[ .,'][09]+)*", body):
        sort = "text"
    return Shape(text, body, sort, negative, trailing, word, count, first)
