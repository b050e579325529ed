"""Names and numbers for things that another table declares → their ids.

Municipalities are known by name and by any of their numbers over time, pools and programmes by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from hhanalytics.errors import nearest
from hhanalytics.sources.column import Column, Distinct, distinct, replaced
from hhanalytics.sources.headings import plain

Known = Mapping[str, pl.DataFrame]


def _directory(table: pl.DataFrame, column: str) -> dict[str, set[str]]:
    """Compared form of every name and number → the ids it may mean."""
    found: dict[str, set[str]] = {}
    for name in (column, "name_nb", "name_nn", "name_en", "code"):
        if name in table.columns:
            for id, words in (
                table.select(pl.col(column).alias("id"), pl.col(name).alias("words")).drop_nulls().iter_rows()
            ):
                found.setdefault(plain(str(words)), set()).add(str(id))
    return found


def _look_up(text: str, directory: Mapping[str, set[str]], municipality: bool) -> tuple[set[str], str]:
    """The ids a text may mean, and how it was found."""
    low = plain(text)
    if low in directory:
        return directory[low], "name to id"
    if not municipality:
        return set(), ""
    if re.fullmatch("[0-9]{3}", low):
        # A spreadsheet takes the leading zero of 0619 away.
        return directory.get(f"0{low}", set()), "leading zero"
    for pattern in (
        r"(?P<name>.+?) kommune",
        r"k (?P<code>[0-9]{4})(?: .*)?",
        r"(?P<code>[0-9]{4}) (?P<name>.+?)(?: \(.*\))?",
    ):
        found = re.fullmatch(pattern, low)
        if found:
            parts = [directory.get(part, set()) for part in found.groupdict().values() if part]
            # "3328 Ål" must be right twice.
            return (set.intersection(*parts) if parts else set()), "name to id"
    return set(), ""


def read_ids(cells: pl.Series, to: str, known: Known, column: Column) -> pl.Series:
    """The ids of a column that refers to another table.

    Args:
        cells: The cells as text.
        to: What it refers to, ``table.column``.
        known: Tables that declare ids, by name; ids stay as they are where the table is not among them.
        column: Where they stand.
    """
    table, _, target = to.partition(".")
    municipality = table == "municipalities"
    texts = distinct(cells)
    if table not in known or known[table].is_empty():
        numbers = [each.raw for each in texts if municipality and (each.text or "")[:1].isdigit()]
        if numbers:
            mend = "Give the table municipalities, or the folder that has it (--data)."
            expected = "an id, where no table of municipalities is given"
            column.ask_each("unknown_id", cells, cells.is_in(numbers).fill_null(False), expected, mend)
        return replaced(cells, {each.raw: each.text for each in texts}, pl.String)
    directory = _directory(known[table], target)
    ids: dict[str, str] = {}
    how: dict[str, list[Distinct]] = {}
    lost: list[Distinct] = []
    for each in texts:
        if each.text is None:
            continue
        found, way = _look_up(each.text, directory, municipality)
        if len(found) != 1:
            lost.append(each)
            continue
        ids[each.raw] = next(iter(found))
        if ids[each.raw] != each.raw:
            how.setdefault(way, []).append(each)
    if lost:
        close = nearest(plain(lost[0].text or ""), directory) or sorted(
            {id for some in directory.values() for id in some}
        )
        expected = f"one of {table}, such as {' or '.join(close[:3])}"
        mend = "Correct the name or number" + ("." if municipality else f", or add it to {table}.csv.")
        column.ask_each("unknown_id", cells, cells.is_in([each.raw for each in lost]).fill_null(False), expected, mend)
    made = replaced(cells, ids, pl.String)
    for way, changed in how.items():
        column.noted(way, changed, cells, made)
    return made


def read_words(cells: pl.Series, words: Mapping[str, Any], column: Column) -> pl.Series:
    """A column of words for ids; words that mean none stay, for the rules to judge."""
    texts = distinct(cells)
    ids = {each.raw: str(words.get(plain(each.text), each.text)) for each in texts if each.text is not None}
    made = replaced(cells, ids, pl.String)
    column.noted("word to id", [each for each in texts if each.text != ids.get(each.raw)], cells, made)
    return made
