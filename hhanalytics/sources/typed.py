"""The columns of a sheet, each read as what it is declared to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dataframely as dy
import polars as pl

from hhanalytics.errors import Problem
from hhanalytics.sources.column import Change, Column, tidied
from hhanalytics.sources.dates import read_dates, read_spans
from hhanalytics.sources.delimited import Sheet
from hhanalytics.sources.headings import when, words_for
from hhanalytics.sources.names import Known, read_ids, read_words
from hhanalytics.sources.numbers import read_numbers
from hhanalytics.sources.shapes import Format
from hhanalytics.tables import TABLES


class Reader:
    """Reads one column after the other, so that only one is held twice."""

    def __init__(self, name: str, sheet: Sheet, format: Format, dates: str | None, known: Known) -> None:
        self.name, self.sheet, self.format, self.dates, self.known = name, sheet, format, dates, known
        self.made: dict[str, pl.Series] = {}
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        #: Column made → the column of the file it was made from, where it has another name.
        self.comes_from: dict[str, str] = {}

    def read(self, columns: Mapping[int, tuple[str, str]], table: str | Mapping[str, str] | None) -> None:
        """Read all columns: those that become something else one by one, then texts, which stay as they are."""
        named = table if isinstance(table, str) else None
        texts = [place for place, (name, kind) in columns.items() if self._stays(name, kind, named)]
        for place, (name, kind) in columns.items():
            if place not in texts:
                self._one(place, self.sheet.read([place]).to_series(), name, kind, named)
        rest = self.sheet.read(texts) if texts else pl.DataFrame()
        self.sheet.data = b""
        for place in texts:
            self._one(place, rest.drop_in_place(str(place)), *columns[place], named)
        order = [name for name, _ in columns.values()]
        self.made = {
            name: self.made[name]
            for name in sorted(self.made, key=lambda each: order.index(str(self.comes_from.get(each, each))))
        }

    def _stays(self, name: str, kind: str, table: str | None) -> bool:
        if kind != "declared" or table is None:
            return kind == "text"
        declared: Any = TABLES[table].columns()[name]
        return isinstance(declared, dy.String) and not self._to(declared, table) and not words_for(name)

    def _to(self, declared: Any, table: str) -> str:
        """The other table a column refers to, and its column."""
        to: str = (declared.metadata or {}).get("references", "")
        return "" if to.startswith(f"{table}.") else to

    def _one(self, place: int, cells: pl.Series, name: str, kind: str, table: str | None) -> None:
        column = Column(self.name, name, self.sheet.header[place], self.sheet.lines, self.problems, self.changes)
        if kind == "declared" and table is not None:
            self._declared(name, cells, column, table)
        elif kind in ("whole", "number", "money"):
            self._number(name, cells, kind, column, "nok" if kind == "money" else "")
        elif kind == "date":
            self.made[name] = read_dates(cells, self.dates, column).alias(name)
        elif kind == "period":
            self._period(cells, column, when(table) if table else ("period_start", "period_end"))
        else:
            self.made[name] = tidied(cells, column, loose=self.sheet.loose).alias(name)

    def _declared(self, name: str, cells: pl.Series, column: Column, table: str) -> None:
        kind: Any = TABLES[table].columns()[name]
        if isinstance(kind, dy.Date):
            if name == "month":
                self._period(cells, column, ("month",))
            else:
                self.made[name] = read_dates(cells, self.dates, column).alias(name)
        elif isinstance(kind, dy.Int64 | dy.Float64):
            about = kind.metadata or {}
            unit = about.get("unit", "count" if "counts_persons" in about else "")
            self._number(name, cells, "whole" if isinstance(kind, dy.Int64) else "number", column, unit)
        elif isinstance(kind, dy.Bool):
            self._bool(name, cells, column)
        elif to := self._to(kind, table):
            self.made[name] = read_ids(cells, to, self.known, column).alias(name)
        elif words := words_for(name):
            self.made[name] = read_words(cells, words, column).alias(name)
        else:
            self.made[name] = tidied(cells, column, loose=self.sheet.loose).alias(name)

    def _number(self, name: str, cells: pl.Series, kind: Any, column: Column, unit: str) -> None:
        made, missing = read_numbers(cells, kind, self.format, column, unit)
        self.made[name] = made.alias(name)
        if missing is not None:
            self.made[f"{name}_missing"] = missing.alias(f"{name}_missing")
            self.comes_from[f"{name}_missing"] = name

    def _period(self, cells: pl.Series, column: Column, into: tuple[str, ...]) -> None:
        start, end = read_spans(cells, self.dates, column)
        wrong = None
        if into == ("month",):
            wrong = (
                (end.dt.month_end() != end)
                | (start.dt.month_start() != start)
                | (start.dt.month_start() != end.dt.month_start())
            )
        elif into == ("year",):
            wrong = (start.dt.ordinal_day() != 1) | (end.dt.year() != start.dt.year()) | (end.dt.month() != 12)
        if wrong is not None and wrong.any():
            column.ask_each(
                "bad_value", cells, wrong.fill_null(False), f"a {into[0]}", "Give one row per " + into[0] + "."
            )
        self.comes_from |= dict.fromkeys(into, column.name)
        if into == ("year",):
            self.made["year"] = start.dt.year().cast(pl.Int64).alias("year")
        else:
            for name, made in zip(into, (start, end), strict=False):
                self.made[name] = made.alias(name)
        if into != ("year",):
            column.changes[:] = [
                Change(**{**vars(c), "kind": "period"}) if c.kind == "date" and c.heading == column.heading else c
                for c in column.changes
            ]
        else:
            column.changes[:] = [c for c in column.changes if not (c.kind == "date" and c.heading == column.heading)]

    def _bool(self, name: str, cells: pl.Series, column: Column) -> None:
        words = read_words(cells, words_for("bool"), column)
        bad = (~words.is_in(["true", "false"])).fill_null(False)
        column.ask_each("bad_value", cells, bad, "ja or nei, true or false", "Write it in that form.")
        self.made[name] = words.replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        ).alias(name)
