"""Numbers as Norwegian files write them, read by one format per column.

The format is declared, or follows from all cells of the column together: each possible format is tried on
all shapes. Where two formats fit and would give different numbers, nothing is chosen: it is asked.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import polars as pl

from hhanalytics.sources.column import Column, by_parts, shown
from hhanalytics.sources.conversion import converted
from hhanalytics.sources.shapes import (
    DECIMALS,
    THOUSANDS,
    Format,
    Kind,
    Shape,
    classify,
    shapes_of,
)

_SIGNS: Final = {"": "none", " ": "space", "'": "apostrophe", ".": "point", ",": "comma"}
#: Units of which there are only whole ones.
COUNTS: Final = ("persons", "units", "count")
#: Why a shape is no number → what to do about it.
_MEND: Final = {
    "brackets": 'If brackets mean a negative number, say negative="parentheses" (--negative); otherwise remove them.',
    "trailing": 'If the minus belongs to the number, say negative="trailing" (--negative); otherwise remove it.',
    "exponent": "Digits were lost when it was saved; write the number out.",
    "text": "Write it as a number, or leave the cell empty.",
}
#: Digits that are kept whole: those of a 64-bit whole number, and of a 64-bit float read to the nearest.
_DIGITS: Final = {"whole": 18, "money": 16, "number": 17}
Reading = tuple[str, str]


@cache
def _grammar(decimal: str, thousands: str) -> re.Pattern[str]:
    grouped = rf"9[09]{{0,2}}(?:{re.escape(thousands)}[09]{{3}})+|" if thousands else ""
    return re.compile(rf"({grouped}[09]+|(?={re.escape(decimal)}))(?:{re.escape(decimal)}([09]+))?")


def _reading(body: str, decimal: str, thousands: str) -> Reading | None:
    """The digits before and after the decimal sign, or None where the body is not of this format."""
    found = _grammar(decimal, thousands).fullmatch(body)
    if not found:
        return None
    whole = found[1].replace(thousands, "") if thousands else found[1]
    return whole.lstrip("0") or "0", (found[2] or "").rstrip("0")


def read_numbers(
    cells: pl.Series, kind: Kind, format: Format, column: Column, unit: str = ""
) -> tuple[pl.Series, pl.Series | None]:
    """The numbers of a column, and which kind of missing stands where there is none.

    Args:
        cells: The cells as text.
        kind: ``whole`` for whole numbers, ``money`` for kroner with øre (read as whole øre), else ``number``.
        format: What is declared of the format.
        column: Where they stand; problems and changes are noted there.
        unit: Unit of the declared column, whose word may stand beside the number.

    Returns:
        The numbers (Int64, or Float64 for ``number``), and the signs for missing, None where there are none.
    """
    kept = pl.Float64 if kind == "number" else pl.Int64
    nothing = pl.Series(cells.name, [None], dtype=kept).new_from_index(0, len(cells))
    shapes = classify(cells, unit, format)
    if not _readable(shapes, cells, format, column):
        return nothing, None
    numbers = [shape for shape in shapes if shape.sort == "number"]
    chosen = _choose(numbers, format, cells, column, unit)
    if chosen is None:
        return nothing, None
    decimal, thousands, readings = chosen
    if not _holds(numbers, readings, kind, cells, column):
        return nothing, None
    made = converted(cells, shapes, decimal, kind)
    none = sum(shape.count for shape in shapes if shape.sort in ("missing", "empty"))
    if made.null_count() != cells.null_count() + none:
        lost = made.is_null() & _with(numbers, cells)
        column.ask_each("bad_value", cells, lost, "a number", "Write it as a number, or leave the cell empty.")
        return nothing, None
    _note(cells, made, shapes, numbers, thousands, decimal, kind, column)
    signs = [shape.text for shape in shapes if shape.sort == "missing"]
    status = by_parts(cells, lambda part: _signs(part, signs)) if signs else None
    return made, status


def _signs(cells: pl.Series, signs: list[str]) -> pl.Series:
    found = shapes_of(cells)
    return found.set(~found.is_in(signs).fill_null(False), None).str.strip_chars()


def _with(shapes: list[Shape], cells: pl.Series) -> pl.Series:
    """Which cells have one of these shapes."""
    return shapes_of(cells).is_in([shape.text for shape in shapes]).fill_null(False)


def _readable(shapes: list[Shape], cells: pl.Series, format: Format, column: Column) -> bool:
    """Whether every shape can be a number; if not, each cell that cannot is told."""
    before = len(column.problems)
    for sort, mend in _MEND.items():
        bad = [shape for shape in shapes if shape.sort == sort]
        if bad:
            column.ask_each("bad_value", cells, _with(bad, cells), "a number", mend)
    nil = [shape for shape in shapes if shape.sort == "nil"]
    if nil and format.symbols != "ssb":
        mend = 'In tables of Statistics Norway "-" is nil: say symbols="ssb" (--symbols). Otherwise empty the cell or write 0.'
        row = int(column.lines[nil[0].first])
        column.ask("lone_dash", row, shown(cells[nil[0].first]), "a number, or an empty cell", mend)
    return len(column.problems) == before


def _choose(
    shapes: list[Shape], format: Format, cells: pl.Series, column: Column, unit: str
) -> tuple[str, str, list[Reading]] | None:
    """The one format that fits all cells and what it makes of each shape; or None, and a problem that asks."""
    every: dict[tuple[str, str], list[Reading | None]] = {
        (decimal, thousands): [_reading(shape.body, decimal, thousands) for shape in shapes]
        for decimal in ((format.decimal,) if format.decimal else DECIMALS)
        for thousands in (THOUSANDS if format.thousands is None else (format.thousands,))
        if decimal != thousands
    }
    fits = {each: [r for r in found if r is not None] for each, found in every.items() if None not in found}
    # Persons have no decimals: of two ways to read 1.204 of them one is left. Kroner may have, so that is asked.
    counts = {each: found for each, found in fits.items() if unit not in COUNTS or not any(part for _, part in found)}
    left = {tuple(found): each for each, found in reversed((counts or fits).items())}
    if len(left) == 1:
        (readings, (decimal, thousands)) = next(iter(left.items()))
        rival = next((found for found in fits.values() if tuple(found) != readings), None)
        if rival is not None and counts:
            place = next(i for i, pair in enumerate(zip(rival, readings, strict=True)) if pair[0] != pair[1])
            column.note(
                "thousands by unit", shapes[place].count, shapes[place].first, cells, "no decimals in this column"
            )
        return decimal, thousands, list(readings)
    if left:
        one, other = list(left)[:2]
        place = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
        cell = cells[shapes[place].first]
        said = " or ".join(_said(cell, *left[each]) for each in (one, other))
        expected = "a column that shows which of its signs is the decimal sign"
        mend = 'Say which it is: decimal="," or decimal="." (--decimal).'
        column.ask(
            "ambiguous_number",
            int(column.lines[shapes[place].first]),
            f"{shown(cell)}, which may be {said}",
            expected,
            mend,
        )
        return None
    alone = [shape for i, shape in enumerate(shapes) if all(found[i] is None for found in every.values())]
    if alone:
        declared = [
            f"{name} {sign!r}"
            for name, sign in (("decimal", format.decimal), ("thousands", format.thousands))
            if sign is not None
        ]
        expected = "a number, thousands in groups of three digits" + (
            f", {', '.join(declared)} as declared" if declared else ""
        )
        column.ask_each("bad_value", cells, _with(alone, cells), expected, "Correct it, or declare the format it has.")
        return None
    best = max(every.values(), key=lambda found: sum(reading is not None for reading in found))
    odd, fine = (next(i for i, r in enumerate(best) if (r is None) is wanted) for wanted in (True, False))
    lines = [int(column.lines[shapes[place].first]) for place in (odd, fine)]
    found_text = f"{shown(cells[shapes[odd].first])} beside {shown(cells[shapes[fine].first])} in line {lines[1]}"
    column.ask(
        "mixed_numbers", lines[0], found_text, "one way to write numbers in a column", "Write the column in one format."
    )
    return None


def _said(cell: str, decimal: str, thousands: str) -> str:
    """A number as it would be read, in plain digits."""
    digits = "".join(sign for sign in cell if sign.isdigit() or sign in ",.")
    return (digits.replace(thousands, "") if thousands else digits).replace(decimal, ".")


def _holds(shapes: list[Shape], readings: list[Reading], kind: Kind, cells: pl.Series, column: Column) -> bool:
    """Whether a number of this kind can hold every value unchanged."""
    decimals = {"whole": 0, "money": 2, "number": 99}[kind]
    broken = [shape for shape, (_, part) in zip(shapes, readings, strict=True) if len(part) > decimals]
    if broken:
        expected = "kroner with at most two decimals" if kind == "money" else "a whole number"
        mend = "Nothing is rounded here: correct it, or round it in the file and say so."
        column.ask_each("not_whole", cells, _with(broken, cells), expected, mend)
    long = [
        shape
        for shape, (whole, part) in zip(shapes, readings, strict=True)
        if len((whole + part).lstrip("0")) > _DIGITS[kind]
    ]
    if long:
        expected = f"a number of at most {_DIGITS[kind]} digits"
        column.ask_each("too_many_digits", cells, _with(long, cells), expected, "Is it a number at all, or a name?")
    return not broken and not long


def _note(
    cells: pl.Series,
    made: pl.Series,
    shapes: list[Shape],
    numbers: list[Shape],
    thousands: str,
    decimal: str,
    kind: Kind,
    column: Column,
) -> None:
    """Note what was changed, counted by shape."""
    kinds = {
        f"thousands: {_SIGNS[thousands]}": [s for s in numbers if thousands and thousands in s.body],
        "decimal comma": [s for s in numbers if decimal == "," and "," in s.body],
        "decimals of zero": [s for s in numbers if kind == "whole" and re.search(rf"{re.escape(decimal)}0+$", s.body)],
        "unit word": [s for s in numbers if s.word],
        "minus": [s for s in numbers if s.negative and not re.match("[ ]*-[0-9.,]", cells[s.first])],
        "nil sign": [s for s in shapes if s.sort == "nil"],
        "missing sign": [s for s in shapes if s.sort == "missing"],
    }
    for name, found in kinds.items():
        if found:
            first = min(shape.first for shape in found)
            column.note(name, sum(shape.count for shape in found), first, cells, made[first])
