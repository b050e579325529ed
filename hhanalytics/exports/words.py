"""The words of a workbook: sheets, headings, explanations, and names for ids, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import dataframely as dy
import polars as pl

from hhanalytics.present.catalogue import texts
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate
from hhanalytics.sources.forms import FORMS, YEARLY, required
from hhanalytics.sources.handin import Words
from hhanalytics.tables import TABLES, first_text

#: What marks a column that must be filled in.
MARK = "*"
#: Column whose ids have no table of their own → the tables whose ids it takes.
TAKES = {
    ("events", "affects"): ("pools", "programmes", "municipalities"),
    ("readings", "topic"): ("programmes", "pools"),
}
#: Table → its id and the text that names it, for tables that are no part of `Language`.
NAMED = {"activities": ("activity", "name"), "decisions": ("decision", "text"), "sources": ("source", "title")}
#: Parts of a longer name that a list shows.
LONGEST_NAME = 60


@dataclass(frozen=True)
class Labels:
    """Words for tables, columns and values.

    Attributes:
        tables: The Dataset's tables, whose names are shown for ids.
        code: The language.
    """

    tables: Mapping[str, pl.DataFrame]
    code: str = "nb"

    @cached_property
    def texts(self) -> dict[str, str]:
        """The catalogue."""
        return texts(self.code)

    @cached_property
    def language(self) -> Language:
        """Names, dates and numbers."""
        return Language(self.code, self.tables, Gate(public=True))

    def say(self, id: str, **values: str) -> str:
        """A text with its placeholders filled."""
        return self.texts[id].format(**values)

    def name(self, table: str, column: str) -> str:
        """What readers see for a column, without unit."""
        return self._first("heading", table, column)

    def heading(self, table: str, column: str) -> str:
        """What stands above a column: its name, its unit, and whether it must be filled in.

        Example:
            >>> import hhanalytics as hh
            >>> Labels(hh.load("data/raw").tables).heading("costs", "amount_nok")
            'Beløp (kr) *'
        """
        out = self.name(table, column)
        unit = (TABLES[table].columns()[column].metadata or {}).get("unit")
        if unit:
            word = self.texts.get(f"unit.of.{unit.replace(' ', '_')}", unit)
            out += f" {self.say('template.unit', unit=word)}"
        return f"{out} {MARK}" if required(table, column) else out

    def explanation(self, table: str, column: str) -> str:
        """What a column asks for."""
        return self._first("explain", table, column)

    def _first(self, about: str, table: str, column: str) -> str:
        """The words for a column: of its table, of all tables, or of the text that it says in another language."""
        for id in (f"{about}.{table}.{column}", f"{about}.{column}"):
            if id in self.texts:
                return self.texts[id]
        text, _, language = column.rpartition("_")
        return self.say(f"translated.{about}.{language}", heading=self.name(table, first_text(table, text)))

    def sheet(self, table: str) -> str:
        """The name of a table's sheet."""
        return self.texts[f"sheet.{table}"]

    def choice(self, column: str, value: str) -> str:
        """The word for an allowed value."""
        return self.texts[f"choice.{column}.{value}"]

    def truth(self, value: bool) -> str:
        """The word for true or false."""
        return self.texts["choice.yes" if value else "choice.no"]

    def id(self, table: str, column: str, id: str) -> str:
        """An id as a list shows it: with its name, so that it can be read and still be told from others."""
        for kind in self.kinds(table, column):
            name = self.names(kind).get(id)
            if name:
                return f"{name} ({id})"
        return id

    def kinds(self, table: str, column: str) -> tuple[str, ...]:
        """Tables, or domains of terms, that the ids of a column are of."""
        about = TABLES[table].columns()[column].metadata or {}
        target, term = about.get("references"), about.get("term")
        if (table, column) in TAKES:
            return TAKES[table, column]
        return (target.partition(".")[0],) if target else (term,) if term else ()

    def declared_here(self, table: str, column: str) -> bool:
        """Whether new ids of a column can be declared in the yearly workbook itself; municipalities cannot."""
        return all(kind not in FORMS or kind in YEARLY for kind in self.kinds(table, column))

    def names(self, kind: str) -> Mapping[str, str]:
        """Id → name, of a table or a domain of terms."""
        return self._names.get(kind, {})

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for (kind, id), name in self.language.names.items():
            found.setdefault(kind, {})[id] = _short(name)
        for table, (id, name) in NAMED.items():
            rows = self.tables[table].drop_nulls(id).iter_rows(named=True)
            found[table] = {row[id]: _short(text) for row in rows if (text := self.language.of(row, name)[0])}
        return found

    def choices(self, table: str, column: str) -> list[tuple[str, str]]:
        """What may stand in a column, as (word, id); empty: anything."""
        kind = TABLES[table].columns()[column]
        if isinstance(kind, dy.Bool):
            return [(self.truth(True), "true"), (self.truth(False), "false")]
        allowed = (kind.metadata or {}).get("allowed")
        if allowed:
            return [(self.choice(column, value), value) for value in allowed if (column, value) != ("grade", "missing")]
        ids = {id: None for kind in self.kinds(table, column) for id in self.names(kind)}
        listed = [(self.id(table, column, id), id) for id in ids]
        return sorted(listed, key=lambda pair: self.language.order(pair[0]))

    def typed(self) -> Words:
        """What a reader may type instead of ids, for reading the workbook back."""
        labels: dict[tuple[str, str], dict[str, str]] = {}
        for table, form in FORMS.items():
            for column in form.columns:
                labels[table, column] = self._typed(table, column)
        labels["sources", "grade"] = self._typed("costs", "grade")
        headings = {
            table: _unlike((self.heading(table, column).casefold(), column) for column in form.columns)
            for table, form in FORMS.items()
        }
        below = {self.explanation(table, column).casefold() for table, form in FORMS.items() for column in form.columns}
        return Words(labels, headings, frozenset(below))

    def _typed(self, table: str, column: str) -> dict[str, str]:
        kind = TABLES[table].columns()[column]
        if not isinstance(kind, dy.String):
            return {}
        allowed = (kind.metadata or {}).get("allowed")
        if allowed:
            return {self.choice(column, value).casefold(): value for value in allowed}
        found = ((name.casefold(), id) for of in self.kinds(table, column) for id, name in self.names(of).items())
        ids = {id for of in self.kinds(table, column) for id in self.names(of)}
        # An id is itself, also where it is another's name.
        return {name: id for name, id in _unlike(found).items() if name not in ids}


def _unlike(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Only what means one thing."""
    found: dict[str, set[str]] = {}
    for name, id in pairs:
        found.setdefault(name, set()).add(id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def _short(name: str) -> str:
    one_line = " ".join(name.split())
    return one_line if len(one_line) <= LONGEST_NAME else f"{one_line[: LONGEST_NAME - 1].rstrip()}…"
