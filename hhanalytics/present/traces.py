"""A trace in the reader's words: what a number is, how it was made, and every row it rests on.

Everything passes the privacy gate here: where a count of persons is too small to show, neither it nor any
step that it could be worked out from has a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from html import escape
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.assumptions import Assumption
from hhanalytics.decisions.derivation import Input, Step, symbols
from hhanalytics.decisions.trace import Traced, trace_figure, traced
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.evidence import LETTERS, Figure
from hhanalytics.present.inline import Shown
from hhanalytics.present.language import Language
from hhanalytics.privacy.planning import gate_of
from hhanalytics.tables import COUNTED, PERSON_UNITS, row_name

#: Below this a number of three decimals says nothing.
SMALL: Final = 0.01
ROWS: Final = {
    "step": pl.String, "table": pl.String, "key": pl.String, "column": pl.String, "value": pl.Float64,
    "says": pl.String, "qualifier": pl.String, "grade": pl.String, "source": pl.String, "title": pl.String,
    "document": pl.String, "locator": pl.String, "note": pl.String,
}  # fmt: skip
STEPS: Final = {
    "step": pl.String, "formula": pl.String, "words": pl.String, "symbols": pl.String, "value": pl.Float64,
}  # fmt: skip
ASSUMPTIONS: Final = {
    "kind": pl.String, "id": pl.String, "said": pl.String, "alternative": pl.String, "value": pl.Float64,
    "unit": pl.String, "grade": pl.String, "title": pl.String, "locator": pl.String,
}  # fmt: skip
CORRECTIONS: Final = {
    "table": pl.String, "key": pl.String, "printed": pl.Float64, "corrected": pl.Float64, "title": pl.String,
    "locator": pl.String, "note": pl.String,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Trace:
    """One number with everything it was made from, in words.

    Attributes:
        traced: The number and its steps.
        language: Words and numbers for the reader, behind the privacy gate.
        titles: Source → its title and document.
    """

    traced: Traced
    language: Language
    titles: Mapping[str, tuple[str, str]]

    @property
    def withheld(self) -> bool:
        """Whether the privacy gate holds the number back."""
        return self.traced.value is not None and (
            self._hides(self.traced.step) or self.language.gate.withholds(self._figure)
        )

    @property
    def value(self) -> int | float | None:
        """The number; None where it is not known or may not be shown."""
        return None if self.withheld else self.traced.value

    @property
    def _figure(self) -> Figure:
        own = self.traced
        return Figure(own.value, own.unit, own.grade, own.bound, persons=own.persons)  # type: ignore[arg-type]

    def _hides(self, part: Step | Input) -> bool:
        """Whether a part counts too few persons, or rests on one that does."""
        if isinstance(part, Step):
            # How many rows or municipalities there are gives none of their counts away.
            return part.operation != "number" and any(map(self._hides, part.parts))
        value = None if part.value is None else int(part.value)
        told = ((row_name(part.table, part.row), 1),) if part.counts_persons and part.table in COUNTED else ()
        figure = Figure(value, "", part.grade, counts_persons=part.counts_persons, parts=told)
        return self.language.gate.withholds(figure)

    def _shown(self, part: Step | Input) -> float | None:
        return None if part.value is None or self._hides(part) else float(part.value)

    @property
    def formula(self) -> str:
        """How it was made, in words."""
        return self._words(self.traced.step)

    @property
    def symbols(self) -> str:
        """How it was made, in symbols."""
        return symbols(self.traced.step)

    @property
    def reason(self) -> str:
        """Why there is no number, in words; empty where there is one."""
        if self.withheld:
            return self.language.say("figure.hidden")
        return self.language.say(f"missing.{self.traced.reason}") if self.traced.reason else ""

    @property
    def text(self) -> str:
        """The number as a reader sees it, with the word for its bound."""
        if self.withheld:
            return self.language.say("figure.hidden")
        number = self.traced.value
        if number is None:
            return self.language.say("figure.missing")
        precise = self.language.number(number, _precision(number))
        word = self.language.texts.get(f"bound.{self.traced.bound}", "")
        return f"{word} {self.language.measured(precise, self.language.unit(self.traced.unit))}".strip()

    def _words(self, step: Step) -> str:
        return self.language.say(f"formula.{step.formula}")

    # Frames

    @property
    def rows(self) -> pl.DataFrame:
        """Every input row: which step uses it, where it stands, what it says, how well it is known."""
        owner = _owners(self.traced.step)
        return pl.DataFrame([self._row(each, owner) for each in self.traced.step.inputs()], ROWS, orient="row")

    def _row(self, each: Input, owner: Mapping[int, str]) -> tuple[Any, ...]:
        source = str(each.row.get("source") or "")
        says = each.said or (self.language.say("figure.hidden") if each.value is not None and self._hides(each) else "")
        return (
            owner.get(id(each), ""), each.table, _key(each), each.column, self._shown(each), says, each.qualifier,
            each.grade, source, *self.titles.get(source, (source, "")), str(each.row.get("locator") or ""),
            str(each.row.get("note") or ""),
        )  # fmt: skip

    @property
    def steps(self) -> pl.DataFrame:
        """Every step from the number downwards: its formula in words and symbols, and its value."""
        found = [
            (each.name, each.formula, self._words(each), symbols(each), self._shown(each))
            for each in self.traced.step.steps()
        ]
        return pl.DataFrame(found, STEPS, orient="row").unique(maintain_order=True)

    @property
    def assumptions(self) -> pl.DataFrame:
        """What it takes for granted."""
        return pl.DataFrame([self._assumed(each) for each in self.traced.assumptions], ASSUMPTIONS, orient="row")

    def _assumed(self, each: Assumption) -> tuple[Any, ...]:
        title = self.titles.get(each.source, (each.source, ""))[0]
        counts = each.unit in PERSON_UNITS
        value = self.language.gate.through(Figure(each.value, each.unit, each.grade, counts_persons=counts)).value
        names, said, other = self.language.readings, each.said, each.alternative
        if each.kind == "reading" and ("readings", each.id) in names:
            alternative = names.get(("readings_alternative", each.id))
            said, other = names["readings", each.id].text, alternative.text if alternative else ""
        return each.kind, each.id, said, other, value, each.unit, each.grade, title, each.locator

    @property
    def corrections(self) -> pl.DataFrame:
        """What was corrected before it was used: as printed, and as used."""
        found = []
        for each in self.traced.corrections:
            row = each.input.row
            source = str(row.get("source") or "")
            title = self.titles.get(source, (source, ""))[0]
            shown = self._shown(each.input)
            printed = None if shown is None else float(each.printed)
            note = str(row.get("note") or "")
            found.append(
                (each.input.table, _key(each.input), printed, shown, title, str(row.get("locator") or ""), note)
            )
        return pl.DataFrame(found, CORRECTIONS, orient="row")

    # Everything at once

    def to_dict(self) -> dict[str, Any]:
        """The whole trace, ready for JSON; parts of a step are named by their place in ``steps`` and ``rows``."""
        own = self.traced
        steps, inputs = list(own.step.steps()), list(own.step.inputs())
        at_step = {id(each): place for place, each in enumerate(steps)}
        at_row = {(each.table, each.key, each.column): place for place, each in enumerate(inputs)}
        tree = [
            {
                "name": each.name,
                "formula": {"id": each.formula, "words": self._words(each), "symbols": symbols(each)},
                "operation": each.operation,
                "value": self._shown(each),
                "parts": [_part(part, at_step, at_row) for part in each.parts],
            }
            for each in steps
        ]
        return {
            "measure": own.measure,
            "column": own.column,
            "keys": {name: value.isoformat() if isinstance(value, date) else value for name, value in own.keys.items()},
            "charges": own.charges,
            "value": self.value,
            "withheld": self.withheld,
            "unit": own.unit,
            "bound": own.bound,
            "grade": own.grade,
            "text": self.text,
            "reason": {"id": own.reason, "words": self.reason},
            "formula": {"id": own.step.formula, "words": self.formula, "symbols": self.symbols},
            "steps": tree,
            "rows": self.rows.to_dicts(),
            "assumptions": self.assumptions.to_dicts(),
            "corrections": self.corrections.to_dicts(),
        }

    @property
    def heading(self) -> str:
        """What was asked for, in one line."""
        own = self.traced
        keys = " ".join(f"{name}={value}" for name, value in own.keys.items() if value is not None)
        name = f"{own.measure} {keys} {own.column}".strip() if own.measure else own.column
        mark = f"{LETTERS[own.grade]} {self.language.say(f'grade.{own.grade}')}"
        return f"{name}: {self.text} ({mark}, {self.language.say(f'trace.{own.charges}')})"

    def parts(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """The filled tables of the trace, each under its heading."""
        for name in ("steps", "rows", "assumptions", "corrections"):
            frame = getattr(self, name)
            if frame.height:
                yield self.language.say(f"trace.{name}"), frame

    def head(self) -> list[str]:
        """The lines above the tables: the number, its formula, and why where there is none."""
        formula = f"{self.language.say('trace.formula')}: {self.formula}"
        why = [f"{self.language.say('trace.reason')}: {self.reason}"] if self.reason else []
        written = [] if self.traced.step.reason else [f"{self.traced.column} = {self.symbols}"]
        lines = [self.heading, *why, *([] if self.traced.step.reason else [formula]), *written]
        if self.traced.beside:
            lines.append(f"{self.language.say('trace.beside')}: {', '.join(self.traced.beside)}")
        return lines

    def __str__(self) -> str:
        out = self.head()
        for heading, frame in self.parts():
            out += ["", heading, *(_line(row) for row in frame.iter_rows(named=True))]
        return "\n".join(out)

    def __repr__(self) -> str:
        return f"<Trace {self.heading}>"

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.head()[1:])
        tables = "".join(f"<h4>{escape(heading)}</h4>{_html(frame)}" for heading, frame in self.parts())
        return f'<div class="hhanalytics-trace"><h3>{escape(self.heading)}</h3>{lines}{tables}</div>'


def _precision(number: float) -> str:
    """Two decimals where the number is no whole one, more where it is small; a unit of `DECIMALS` that says so."""
    if float(number).is_integer():
        return ""
    return "exact" if abs(number) >= 1 else "share" if abs(number) >= SMALL else "small"


def _owners(step: Step) -> dict[int, str]:
    found: dict[int, str] = {}
    for each in step.steps():
        for part in (*each.parts, *each.because):
            if isinstance(part, Input):
                found.setdefault(id(part), each.name)
    return found


def _part(part: Step | Input, steps: Mapping[int, int], rows: Mapping[Any, int]) -> dict[str, int]:
    if isinstance(part, Step):
        return {"step": steps[id(part)]}
    return {"row": rows[part.table, part.key, part.column]}


def _key(each: Input) -> str:
    return ", ".join(f"{name}={value}" for name, value in each.key if value is not None)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{float(Fraction(value).limit_denominator(10**6)):.4f}"
    return "" if value is None else str(value)


def _line(row: Mapping[str, Any]) -> str:
    return "- " + "; ".join(f"{name}: {_cell(value)}" for name, value in row.items() if value not in (None, ""))


def _html(frame: pl.DataFrame) -> str:
    filled = [column.name for column in frame if column.drop_nulls().cast(pl.String).ne("").any()]
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in filled)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row[name]))}</td>" for name in filled) + "</tr>"
        for row in frame.iter_rows(named=True)
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _unshown(shown: Shown) -> Figure:
    """The figure behind what a brief shows."""
    bound: Any = shown.bound
    return Figure(shown.value, shown.unit, shown.grade, bound, shown.citations, formula=shown.formula)


def trace(
    dataset: Dataset,
    figure: str | Figure | Shown,
    *,
    year: int | None = None,
    language: str = "nb",
    privacy: str = "public",
) -> Trace:
    """What a number was made from: formula, every input row with its line, assumptions, corrections.

    Args:
        dataset: The Dataset, printed or corrected.
        figure: A figure, of a finding or as a block of a brief shows it, or a description: a measure, then ``column=value`` filters, such as
            ``cost_per_participant programme=mft``. ``column=`` chooses the number, ``year=`` the year,
            ``by=`` and ``budget=`` what the measure takes.
        year: Only this year.
        language: Language of the words.
        privacy: ``public`` holds small counts of persons back; ``internal`` shows them.

    Returns:
        A trace with the frames ``rows``, ``steps``, ``assumptions`` and ``corrections``, readable as text
        and in a notebook. A number that is not known is traced to the reason.

    Raises:
        UnknownName: No such measure, column, value, year, language …; the nearest are named.
        BadInput: The description cannot be read, or fits several numbers; those are listed.

    Source:
        The formulas of ``docs/method.md``; each number is worked out anew from its rows and compared.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.trace(hh.load("data/raw"), "cost_per_participant programme=mft")
        >>> found.symbols, round(found.value)
        ('cost_high_nok / count_low', 1770)
        >>> found.rows.filter(table="activities").select("value", "qualifier", "locator").row(0)
        (440.0, 'at_least', 'l. 647-648')
    """
    if privacy not in ("public", "internal"):
        raise UnknownName.of("privacy", privacy, ["public", "internal"])
    words = Language(language, dataset.tables, gate_of(dataset, public=privacy == "public"))
    asked: Any = _unshown(figure) if isinstance(figure, Shown) else figure
    if not isinstance(asked, str | Figure):
        kind = type(asked).__name__
        raise BadInput.of("bad_query", "figure", kind, "a Figure or a description", "Give one of them.")
    found = traced(dataset, asked, year=year) if isinstance(asked, str) else trace_figure(dataset, asked)
    titles = {
        source: (title, document or "")
        for source, title, document in dataset.sources.select("source", "short_title", "document").iter_rows()
    }
    return Trace(found, words, titles)
