"""Ids for rows that were delivered without one, made from what the row says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from hhanalytics.sources.forms import Form

#: Longest part of an id that comes from a text.
LONGEST = 48
_SPELT = str.maketrans({"å": "aa", "æ": "ae", "ø": "o", "ä": "ae", "ö": "o", "đ": "d", "ŋ": "ng", "ß": "ss"})


def slug(text: str) -> str:
    """A text as an id: lower-case letters, digits and underscores.

    Example:
        >>> slug("Kurs i førstehjelp, Ål (HLR)"), slug("2 møter")
        ('kurs_i_forstehjelp_aal_hlr', 'n_2_moter')
    """
    spelt = unicodedata.normalize("NFC", text).casefold().translate(_SPELT)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not words or not words[0].isalpha():
        words = f"n_{words}".rstrip("_")
    if len(words) > LONGEST:
        words = words[:LONGEST].rpartition("_")[0] or words[:LONGEST]
    return words


def fill_ids(
    form: Form, rows: list[dict[str, Any]], taken: set[str], year: int | None
) -> Iterator[tuple[dict[str, Any], str]]:
    """Give an id to every row that lacks one, never one that exists.

    Args:
        form: The form of the table.
        rows: Its rows; changed in place.
        taken: Ids that other sources use.
        year: The year of the workbook.

    Yields:
        Each row that got an id, and the id.
    """
    used = taken | {row[form.id] for row in rows if row[form.id] is not None}
    for row in rows:
        if row[form.id] is not None or not isinstance(row[form.id_from], str):
            continue
        ending = f"_{_year(row) or year}" if form.yearly and (_year(row) or year) else ""
        stem = slug(row[form.id_from])
        id = stem + ending
        count = 2
        while id in used:
            id = f"{stem}{ending}_{count}"
            count += 1
        used.add(id)
        row[form.id] = id
        yield row, id


def _year(row: dict[str, Any]) -> int | None:
    for column in ("period_end", "year", "date", "decided_on", "last_day", "quoted_on"):
        value = row.get(column)
        if isinstance(value, date):
            return value.year
        if isinstance(value, int):
            return value
    return None
