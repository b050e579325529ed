"""Cells whose format is known → values, in as few passes over the column as their shapes allow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from hhanalytics.sources.column import SPACES, by_parts
from hhanalytics.sources.shapes import MINUS, MISSING, QUOTES, Kind, Shape

_DASH = "[-" + "".join(MINUS) + "]"


@dataclass(frozen=True)
class _Plan:
    """What has to be done to the cells of a column.

    Attributes:
        kind: What they become.
        swaps: Signs → what is put in their place.
        words: Whether words of a unit stand beside numbers.
        trailing: Whether a minus stands after numbers.
        missing: Whether signs for missing stand in cells.
        nil: Whether signs for nil do.
        pointed: Whether there are decimals.
        ore: Whether every number has two decimals, so that it is øre without its decimal sign.
    """

    kind: Kind
    swaps: Mapping[str, str]
    words: bool
    trailing: bool
    missing: bool
    nil: bool
    pointed: bool
    ore: bool


def converted(cells: pl.Series, shapes: list[Shape], decimal: str, kind: Kind) -> pl.Series:
    """The values of cells that are all of known shapes; null where a cell holds none.

    Args:
        cells: The cells as text.
        shapes: Their shapes, each looked at and found to be a number, a sign for missing or nil, or empty.
        decimal: The decimal sign.
        kind: What they become; money is read as whole øre.
    """
    plan = _plan(shapes, decimal, kind)
    return by_parts(cells, lambda part: _convert(part, plan))


def _plan(shapes: list[Shape], decimal: str, kind: Kind) -> _Plan:
    sorts = {shape.sort for shape in shapes}
    numbers = [shape for shape in shapes if shape.sort == "number"]
    seen = set("".join(shape.text for shape in shapes))
    two = re.compile(rf"{re.escape(decimal)}[09]{{2}}$")
    ore = kind == "money" and "nil" not in sorts and all(two.search(shape.body) for shape in numbers)
    swaps = dict.fromkeys((*SPACES, "\t", "\r", "\n"), "") if " " in seen else {}
    swaps |= dict.fromkeys(("'", *QUOTES), "") if "'" in seen else {}
    swaps |= {sign: "" for sign in ("+", ")", "," if decimal == "." else ".") if sign in seen}
    swaps |= dict.fromkeys(MINUS, "-") if "-" in seen else {}
    swaps |= {"(": "-"} if "(" in seen else {}
    if decimal in seen and (decimal == "," or ore):
        swaps[decimal] = "" if ore else "."
    return _Plan(
        kind,
        swaps,
        words=any(shape.word for shape in shapes),
        trailing=any(shape.trailing for shape in numbers),
        missing="missing" in sorts,
        nil="nil" in sorts,
        pointed=any(decimal in shape.body for shape in numbers),
        ore=ore,
    )


def _convert(cells: pl.Series, plan: _Plan) -> pl.Series:
    text = cells
    if plan.words:
        # A decimal sign may stand in a word only here: "kr. 5", "5,-".
        text = text.str.replace(rf",{_DASH}{{1,2}}\s*$", "")
        text = text.str.replace_all(r"^\s*(?:kr\.?|NOK)|(?:kr\.?|NOK|%|prosent)\s*$", "")
    if plan.missing:
        bare = text.str.strip_chars("".join(SPACES) + "\t\r\n")
        text = text.set(bare.is_in(MISSING).fill_null(False), None)
    if plan.trailing:
        text = text.str.replace(rf"^(.*){_DASH}\s*$", "-$1")
    if plan.swaps:
        text = text.str.replace_many(list(plan.swaps), list(plan.swaps.values()))
    if plan.nil:
        text = text.set((text == "-").fill_null(False), "0")
    if plan.kind == "number":
        return text.str.replace(r"^(-?)\.", "${1}0.").cast(pl.Float64, strict=False)
    if plan.kind == "money" and not plan.ore:
        return _ore(text, plan.pointed)
    if plan.kind == "whole" and plan.pointed:
        text = text.str.replace(r"\.0*$", "").str.replace("^-$", "0")
    return text.cast(pl.Int64, strict=False)


def _ore(text: pl.Series, pointed: bool) -> pl.Series:
    """Kroner as text → whole øre."""
    if not pointed:
        return text.cast(pl.Int64, strict=False) * 100
    n = pl.col("n").str.replace(r"(\.[0-9]{2})0+$", "$1")
    padded = (
        pl.when(n.str.contains(r"\.[0-9]{2}$"))
        .then(n)
        .when(n.str.contains(r"\.[0-9]$"))
        .then(n + "0")
        .otherwise(n.str.strip_suffix(".") + ".00")
    )
    return (
        text.to_frame("n")
        .select(padded.str.replace(".", "", literal=True).cast(pl.Int64, strict=False).alias(text.name))
        .to_series()
    )
