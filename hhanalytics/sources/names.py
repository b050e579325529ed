"""Names and numbers for things that another table declares → their ids: municipalities by name or any of
their numbers over time, pools and programmes by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from hhanalytics.errors import nearest
from hhanalytics.sources.column import Column, stripped
from hhanalytics.sources.headings import plain

Known = Mapping[str, pl.DataFrame]


def _directory(table: pl.DataFrame, column: str) -> dict[str, set[str]]:
    """Compared form of every name and number → the ids it may mean."""
    found: dict[str, set[str]] = {}
    for name in (column, "name_nb", "name_nn", "name_en", "code"):
        if name in table.columns:
            for id, words in table.select(pl.col(column).alias("id"), pl.col(name).alias("words")).drop_nulls().iter_rows():
                found.setdefault(plain(str(words)), set()).add(str(id))
    return found


def _look_up(text: str, directory: Mapping[str, set[str]], municipality: bool) -> tuple[set[str], str]:
    """The ids a text may mean, and how it was found."""
    low = plain(text)
    if low in directory:
        return directory[low], "name"
    if not municipality:
        return set(), ""
    if re.fullmatch("[0-9]{3}", low):
        # A spreadsheet takes the leading zero of 0619 away.
        return directory.get(f"0{low}", set()), "leading zero"
    for pattern in (r"(?P<name>.+?) kommune", r"k (?P<code>[0-9]{4})(?: .*)?", r"(?P<code>[0-9]{4}) (?P<name>.+?)(?: \(.*\))?"):
        found = re.fullmatch(pattern, low)
        if found:
            parts = [directory.get(part, set()) for part in found.groupdict().values() if part]
            # "3328 Ål" must be right twice.
            return (set.intersection(*parts) if parts else set()), "name"
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
    bare = stripped(cells)
    municipality = table == "municipalities"
    if table not in known or known[table].is_empty():
        if municipality:
            numbers = bare.str.contains(r"^[0-9]").fill_null(False)
            mend = "Give the table municipalities, or the folder that has it (--data)."
            column.ask_each("unknown_id", cells, numbers, "an id, where no table of municipalities is given", mend)
        return bare
    directory = _directory(known[table], target)
    ids: dict[str, str] = {}
    how: dict[str, str] = {}
    lost: list[str] = []
    for text in bare.drop_nulls().unique(maintain_order=True).to_list():
        found, way = _look_up(text, directory, municipality)
        if len(found) == 1:
            ids[text], how[text] = next(iter(found)), way
        else:
            lost.append(text)
    if lost:
        close = nearest(plain(lost[0]), directory) or sorted({each for some in directory.values() for each in some})
        mend = "Correct the name or number" + ("." if municipality else f", or add it to {table}.csv.")
        column.ask_each("unknown_id", cells, bare.is_in(lost).fill_null(False), f"one of {table}, such as {' or '.join(close[:3])}", mend)
        return pl.Series(cells.name, [None], dtype=pl.String).new_from_index(0, len(cells))
    made = bare.replace_strict(ids, default=None, return_dtype=pl.String) if ids else bare
    for way, kind in (("name", "name to id"), ("leading zero", "leading zero")):
        changed = [text for text, found in how.items() if found == way and ids[text] != text]
        column.changed(kind, bare, bare.is_in(changed).fill_null(False), made)
    return made


def read_words(cells: pl.Series, words: Mapping[str, Any], column: Column) -> pl.Series:
    """A column of words for ids; words that mean none stay, for the rules to judge."""
    bare = stripped(cells)
    ids = {text: str(words[plain(text)]) for text in bare.drop_nulls().unique().to_list() if plain(text) in words}
    made = bare.replace(ids) if ids else bare
    column.changed("word to id", bare, (made != bare).fill_null(False), made)
    return made
