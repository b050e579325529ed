"""No figure without a trace: what a brief may show, checked before any of it is released.

A number that a reader sees is a figure (its text is made again from its value, unit and language, and it says
which rows it rests on), a date, or part of a text that stands in the data. Everything else is words. So a number
typed into a notebook, a text that does not say its value, and a chart that shows other numbers than the table
behind it are found, whoever made them and whenever.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any, Final

from babel.dates import get_month_names

from hhanalytics.briefs.cited_rows import CitedRows
from hhanalytics.briefs.structure import Structure, runs_in
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.reconciliation import reconciled
from hhanalytics.errors import BriefFailed
from hhanalytics.evidence import LETTERS, Citation, Figure
from hhanalytics.methods import constant
from hhanalytics.present.catalogue import has_number, texts
from hhanalytics.present.language import NBSP, Language, running
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import TABLES

#: Parts of a structure that no reader sees, or that are checked on their own.
UNSEEN: Final = frozenset(
    ("block", "run", "id", "kind", "style", "align", "unit", "language", "seal", "citations", "level", "weight",
     "ordered", "new_page", "table_on_paper", "labels", "names", "titles", "bound")
)  # fmt: skip
#: Units of the figures that tables hold: a figure in one of them is no count of rows.
MEASURED_UNITS: Final = frozenset(("nok", "percent", "share", "ratio", "inhabitants", "units"))
#: A problem quotes so much of a text.
QUOTED: Final = 80
#: Keys of a chart's data that hold months, and how those are written.
MONTHS: Final = frozenset(("month", "from", "to", "ticks"))
DIGITS: Final = re.compile(r"\d+")
ISO: Final = re.compile(r"\d{4}-\d\d(-\d\d)?")
#: A run and the places it cites.
Cited = tuple[Structure, list[Citation]]


def scrutinise(placed: Iterable[tuple[str, Structure]], dataset: Dataset | None = None) -> None:
    """Refuse blocks that show a number without a trace.

    Args:
        placed: Where each block stands, in words, and its structure; flattened.
        dataset: The data the brief was made from; with it, names, quoted texts and citations must stand there.

    Raises:
        BriefFailed: With everything that was found, at once.
    """
    whole = list(placed)
    title = next((block for _, block in whole if block.get("block") == "title"), {})
    scrutiny = Scrutiny(str(title.get("language", "nb")), title.get("names", ()), dataset)
    cited = [cited_runs(block) for _, block in whole]
    scrutiny.rows.read(citation for runs in cited for _, citations in runs for citation in citations)
    found = [
        f"{place}: {problem}"
        for (place, block), runs in zip(whole, cited, strict=True)
        for problem in scrutiny.problems(block, runs)
    ]
    if found:
        raise BriefFailed.untraced(list(dict.fromkeys(found)))


def numbered(names: Iterable[str]) -> list[str]:
    """The names that hold a number and a letter: the only words of the data that may stand as plain text.

    Example:
        >>> numbered(["BTI", "BTI 2025", "5"])
        ['BTI 2025']
    """
    return sorted({name for name in names if has_number(name) and any(sign.isalpha() for sign in name)})


def cited_runs(block: Structure) -> list[Cited]:
    """The runs of a block, each with the places it cites."""
    return [(run, [Citation(**citation) for citation in run.get("citations", ())]) for run in runs_in(block)]


class Scrutiny:
    """What may be shown in one brief.

    Args:
        code: Its language.
        names: Names from the tables that hold a number.
        dataset: The data, where they are at hand.
    """

    def __init__(self, code: str, names: Iterable[str], dataset: Dataset | None) -> None:
        self.dataset = dataset
        self.language = Language(code, dataset.tables if dataset else {}, Gate(public=False))
        self.names = numbered(self.language.names.values()) if dataset else numbered(names)
        self.dates = _dates(code)
        self.rows = CitedRows(dataset.tables if dataset else {})

    def problems(self, block: Structure, cited: Iterable[Cited] | None = None) -> Iterator[str]:
        """Everything in a block that has no trace, in words.

        Args:
            block: The block.
            cited: Its `cited_runs`, where they are at hand.
        """
        found = []
        for run, citations in cited_runs(block) if cited is None else cited:
            yield from self._run(run, citations)
            found.append(run)
        known = [run["text"] for run in found if run["run"] in ("figure", "date", "quoted")]
        if block["block"] == "heading" and block["text"] == "".join(_words(block["said"])):
            # Its runs are looked at already.
            block = {**block, "text": ""}
        for text in _strings(block):
            if self._untraced(text, known):
                yield _quote(text, "holds a number that no figure of its block has")
        if block["block"] == "chart":
            yield from self._chart(block["chart"]["data"], [run for run in found if run["run"] == "figure"])
            yield from self._told(block)
        if block["block"] == "sources":
            yield from self._sources(block)

    def _chart(self, node: Any, figures: list[Structure]) -> Iterator[str]:
        """A chart's numbers that no figure behind it has, and texts beside a number that say another."""
        if isinstance(node, Mapping):
            for name, value in node.items():
                if _is_number(value) and not any(run["value"] == value for run in figures):
                    yield f"the chart shows {value}, which no figure of the table behind it has"
                drawn = [node[part] for part in _said_of(name) if _is_number(node.get(part))]
                if isinstance(value, str) and drawn:
                    own = [run["text"] for run in figures if run["value"] in drawn]
                    if self._untraced(value, own):
                        yield _quote(
                            value, f"stands beside {', '.join(map(str, drawn))} in the chart, and says another number"
                        )
                yield from self._chart(value, figures)
        elif isinstance(node, list | tuple):
            for value in node:
                yield from self._chart(value, figures)

    def _told(self, block: Structure) -> Iterator[str]:
        """A chart's sentences that were not made from its runs, and an alternative that says other than the chart."""
        chart, said = block["chart"], "".join(_words(block["said"]))
        for text in (chart["title"], *_sentences(chart["data"])):
            if said and text not in said and self._untraced(text, ()):
                yield _quote(text, "was not made from what the chart says")
        rest = chart["alt"]
        for text in (chart["title"], *_sentences(chart["data"])):
            rest = rest.replace(text, " ")
        for label, own in _labelled(chart["data"]):
            # A row is told as its label and what stands beside it in the chart; only its own numbers may stand there.
            for row in re.findall(rf"{re.escape(label)}: [^;]*", rest):
                rest = rest if self._untraced(row, (label, *own)) else rest.replace(row, " ")
        if self._untraced(rest, ()):
            yield _quote(chart["alt"], "says other numbers than the chart")

    # Runs

    def _run(self, run: Structure, citations: list[Citation]) -> Iterator[str]:
        kind = run["run"]
        if kind == "text" and self._untraced(run["text"], ()):
            yield _quote(run["text"], "holds a number without a trace")
        elif kind == "figure":
            yield from self._figure(run, citations)
        elif kind == "date" and not self._is_date(run):
            yield _quote(run["text"], f"is not how {run['start']} to {run['end']} is written")
        elif kind == "quoted" and not self._is_quoted(run["text"], citations):
            yield _quote(run["text"], "does not stand in the rows it is quoted from")
        elif kind == "grade" and run["letter"] not in LETTERS.values():
            yield _quote(run["letter"], "is no grade")
        if kind in ("figure", "refs"):
            for stated, citation in zip(run["citations"], citations, strict=True):
                if not self._exists(citation):
                    yield f"no row of the data stands where {stated} points"

    def _figure(self, run: Structure, citations: list[Citation]) -> Iterator[str]:
        text, value = run["text"], run["value"]
        if value is None:
            withheld = (self._say_withheld(), self.language.texts["figure.hidden"])
            if has_number(text) and not (run["withheld"] and text in withheld):
                yield _quote(text, "shows a number where no value is known")
            return
        if not citations:
            yield _quote(text, "is a figure that rests on no row")
        if run["formula"] and f"formula.{run['formula']}" not in self.language.texts:
            yield _quote(text, f"was made by {run['formula']!r}, which has no words")
        if not self._says(run):
            yield _quote(text, f"does not say {value} {run['unit']}")
        there = bool(citations) and all(map(self._exists, citations))
        if self.dataset and not run["formula"] and there and not self._stands(value, run["unit"], citations):
            yield _quote(text, "names no formula, and does not stand in the rows it cites")

    def _says(self, run: Structure) -> bool:
        """Whether the text of a figure is what its value, unit, bound and style give."""
        figure = Figure(run["value"], run["unit"], run["grade"], run["bound"])
        try:
            expected = self.language.shown(figure, run["style"]).text
        except (KeyError, ValueError, ArithmeticError):
            return False
        if run["text"] == expected:
            return True
        if self.dataset is not None or self.language.unit(run["unit"]):
            return False
        # Without the data the words for their units are not at hand.
        number, _, unit = run["text"].rpartition(NBSP)
        return number == expected and not has_number(unit) and unit not in self._units

    @cached_property
    def _units(self) -> frozenset[str]:
        """The catalogue's own words for units, which no other unit has."""
        return frozenset(text for id, text in self.language.texts.items() if re.fullmatch(r"unit\.\w+", id))

    def _stands(self, value: float, unit: str, citations: list[Citation]) -> bool:
        """Whether a figure without a formula stands in one of its rows, or may be a count of them."""
        rows = [row for each in citations for row in self.rows.at(each)]
        if any(value in row.numbers for row in rows):
            return True
        if unit not in MEASURED_UNITS and unit not in self._counted:
            return bool(0 <= value <= len(rows))
        charges = [each for each in citations if each.table == "costs"]
        return any(value in row.numbers for each in charges for row in self._corrected_rows.at(each))

    @cached_property
    def _counted(self) -> frozenset[str]:
        """The units in which the data count something: a figure in one of them is no count of rows."""
        return frozenset(self.dataset.activities["unit"].to_list()) if self.dataset is not None else frozenset()

    @cached_property
    def _corrected_rows(self) -> CitedRows:
        """The rows of the data with charges put to their key, which a brief may show as well."""
        if self.dataset is None or self.dataset.printed is not None:
            return self.rows
        return CitedRows(corrected(self.dataset, reconciled(self.dataset)).tables)

    def _say_withheld(self) -> str:
        limit = self.language.number(constant("small_number"))
        return self.language.say("figure.withheld", limit=limit)

    def _is_date(self, run: Structure) -> bool:
        try:
            start, end = dt.date.fromisoformat(run["start"]), dt.date.fromisoformat(run["end"])
        except ValueError:
            return False
        expected = self.language.when(start, end, run["style"]).text
        # Years of four digits only: any other number could be passed off as a year.
        return 1000 <= start.year <= end.year <= 2999 and run["text"] in (expected, expected[:1].upper() + expected[1:])

    # What stands in the data

    def _is_quoted(self, text: str, citations: list[Citation]) -> bool:
        if not citations or self.dataset is None:
            return bool(citations)
        if any(text == known or text == running(known) for each in citations for known in self._texts_at(each)):
            return True
        return any(_same_place(text, each) and self._exists(each) for each in citations)

    def _texts_at(self, citation: Citation) -> Iterator[str]:
        return (text for row in self.rows.at(citation) for text in row.texts)

    def _exists(self, citation: Citation) -> bool:
        if citation.table not in TABLES:
            return False
        return self.dataset is None or bool(self.rows.at(citation))

    def _sources(self, block: Structure) -> Iterator[str]:
        for text in block["topics"].values():
            if self._untraced(text, ()):
                yield _quote(text, "holds a number without a trace")
        if self.dataset is None:
            return
        known = {row["source"]: row for row in self.dataset.sources.iter_rows(named=True)}
        for source, entry in block["titles"].items():
            row = known.get(source, {})
            if entry["title"] != row.get("short_title") or entry["address"] not in (row.get("address") or "", ""):
                yield _quote(entry["title"], f"is not the title of {source}")

    # Words

    def _names_in(self, text: str) -> Iterator[str]:
        """The names with a number that may stand in a text: of a whole country's names most do not."""
        for digits in ("", *dict.fromkeys(DIGITS.findall(text))):
            yield from self._numbered.get(digits, ())

    @cached_property
    def _numbered(self) -> Mapping[str, list[str]]:
        """Names with a number by their first digits, which stand by themselves in every text that holds the name."""
        found: dict[str, list[str]] = {}
        for name in filter(has_number, self.names):
            digits = DIGITS.search(name)
            found.setdefault(digits[0] if digits else "", []).append(name)
        return found

    def _untraced(self, text: str, known: Iterable[str]) -> bool:
        """Whether a text holds a number beside the texts that are known, names of the data and dates."""
        if not has_number(text):
            return False
        rest = text
        for each in sorted({*known, *self._names_in(text)}, key=len, reverse=True):
            # Most of what is known shares no number with the text.
            if has_number(each) and (not (digits := DIGITS.search(each)) or digits[0] in rest):
                # Not inside a larger number.
                rest = re.sub(rf"(?<![\d.,])(?<!\d{NBSP}){re.escape(each)}(?![\d{NBSP}]*\d)", " ", rest, flags=re.I)
        return has_number(self.dates.sub(" ", rest))


@cache
def _dates(code: str) -> re.Pattern[str]:
    """How days, months with year and half-years are written in a language."""
    months = {name for width in ("wide", "abbreviated") for name in get_month_names(width, "format", code).values()}
    months |= {name.rstrip(".") for name in months}
    months |= {name[:1].upper() + name[1:] for name in months}
    # In its own case: "12 may" is no date in English.
    month = f"(?-i:{'|'.join(map(re.escape, sorted(months, key=len, reverse=True)))})"
    form = texts(code)["date.day"]
    stop = re.escape(form[form.index("d") + 1 : form.index("M")].strip())
    halves = [texts(code).get(f"period.{half}", "") for half in ("first_half", "second_half")]
    written = [re.escape(half).replace(r"\{year\}", "[12][0-9]{3}") for half in halves if "{year}" in half]
    day = rf"(?<!\d)[0-9]{{1,2}}{stop}\s{month}\b(?:\s[12][0-9]{{3}}\b)?"
    return re.compile("|".join([day, rf"\b{month}\s[12][0-9]{{3}}\b", *(f"\\b{each}\\b" for each in written)]), re.I)


def _quote(text: str, problem: str) -> str:
    return f"{text if len(text) <= QUOTED else text[:QUOTED] + ' …'!r} {problem}"


def _same_place(text: str, citation: Citation) -> bool:
    """Whether a text names just the lines of a citation, or is its locator."""
    lines = [str(number) for first, last in citation.lines() for number in dict.fromkeys((first, last))]
    return text == citation.locator or (bool(lines) and re.findall(r"\d+", text) == lines)


def _strings(node: Any) -> Iterator[str]:
    """The texts that stand beside runs: headings, labels, what a chart says; months of its data are no texts."""
    if isinstance(node, Mapping):
        if "run" in node:
            return
        for name, value in node.items():
            if name not in UNSEEN and not (name in MONTHS and _is_months(value)):
                yield from _strings(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _strings(value)
    elif isinstance(node, str):
        yield node


def _sentences(node: Any) -> Iterator[str]:
    """The sentences in a chart's data, such as what a panel shows."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from (value,) if name == "sentence" and isinstance(value, str) else _sentences(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _sentences(value)


def _labelled(node: Any) -> Iterator[tuple[str, list[str]]]:
    """The rows of a chart's data that have a label, each with its texts."""
    if isinstance(node, Mapping):
        if isinstance(node.get("label"), str):
            yield node["label"], [value for value in node.values() if isinstance(value, str)]
        for value in node.values():
            yield from _labelled(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _labelled(value)


def _is_months(value: Any) -> bool:
    return all(isinstance(each, str) and ISO.fullmatch(each) for each in ([value] if isinstance(value, str) else value))


def _words(said: Iterable[Structure]) -> Iterator[str]:
    for run in said:
        yield from _words(run["runs"]) if run["run"] == "strong" else (run.get("text", ""),)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _said_of(name: str) -> tuple[str, ...]:
    """The numbers of a chart's row that a text of it says: ``before_text`` that of ``before``, ``text`` those drawn."""
    return (
        ("value", "low", "high", "point", "cost", "known", "possible")
        if name == "text"
        else (name.removesuffix("_text"),)
    )
