"""What stands in the data where a brief's citations point, read once for all of them.

A brief points to hundreds of places, to most of them from many figures. Each table is looked through once for all
places in it, not once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

import polars as pl

from hhanalytics.decisions.cited import VALUES
from hhanalytics.evidence import Citation
from hhanalytics.sources.documents import figure_columns
from hhanalytics.tables import TABLES

#: A source and where in it.
Place = tuple[str, str]


@dataclass(frozen=True)
class CitedRow:
    """A row of the data: the texts that may be quoted from it, and the numbers that it states."""

    texts: tuple[str, ...]
    numbers: tuple[float, ...]


class CitedRows:
    """The rows of some tables, by the places at which they stand.

    Args:
        tables: The tables, by name.

    Example:
        >>> import hhanalytics as hh
        >>> rows = CitedRows(hh.load("data/raw").tables)
        >>> place = Citation("hallinghelse_annual_report_2025", "costs", "mft", "l. 84")
        >>> [row.numbers for row in rows.at(place)]
        [(18973,)]
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._tables = tables
        self._rows: dict[tuple[str, str, str], list[CitedRow]] = {}

    def read(self, citations: Iterable[Citation]) -> None:
        """Look up several places at once, so that they are at hand."""
        wanted: dict[str, set[Place]] = {}
        for each in citations:
            if (each.table, each.source, each.locator) not in self._rows:
                self._rows[each.table, each.source, each.locator] = []
                wanted.setdefault(each.table, set()).add((each.source, each.locator))
        for table, places in wanted.items():
            for (source, locator), row in _found(table, self._tables.get(table), places):
                self._rows[table, source, locator].append(row)

    def at(self, citation: Citation) -> list[CitedRow]:
        """The rows that stand where a citation points; none where there is no such place."""
        place = (citation.table, citation.source, citation.locator)
        if place not in self._rows:
            self.read([citation])
        return self._rows[place]


def _found(table: str, rows: pl.DataFrame | None, places: Set[Place]) -> Iterator[tuple[Place, CitedRow]]:
    """The rows that stand at one of some places, with the place; a row that has several is found at each."""
    locators = [name for name in rows.columns if name.endswith("locator")] if rows is not None else []
    if rows is None or table not in TABLES or "source" not in rows.columns or not locators:
        return
    words = [name for name, kind in rows.schema.items() if kind == pl.String]
    figures = [name for name in dict.fromkeys((VALUES.get(table, ""), *figure_columns(table))) if name in rows.columns]
    # Some of another source may be among them.
    near = rows.filter(pl.any_horizontal(pl.col(name).is_in([place for _, place in places]) for name in locators))
    for row in near.iter_rows(named=True):
        texts = tuple(text for name in words if (text := row[name]) is not None)
        numbers = tuple(value for name in figures if isinstance(value := row[name], int | float))
        found = CitedRow(texts, numbers)
        for locator in {row[name] for name in locators} - {None}:
            if (row["source"], locator) in places:
                yield (row["source"], locator), found
