"""Running text with figures in it: what sentences, cells and captions are made of.

An inline run is plain text, emphasis, a figure with its value and citations, a date, a text quoted from the
data, a reference to sources, or a grade letter. Runs keep their values, so that numbering, escaping, trace and
the privacy gate work on values and not on strings.

Plain text holds no number: one that a reader sees is a figure, a date, or stands in a quoted text, and each of
those is checked against what it was made from before a brief is released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hhanalytics.evidence import Citation, Grade


@dataclass(frozen=True)
class Text:
    """Plain text: words of the catalogues and names, without a number."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Emphasised runs."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Shown:
    """A figure as shown: its text, and the value, unit, grade and citations behind it.

    ``withheld`` marks a value that the privacy gate held back: then ``value`` is None and ``text``
    says so. ``style`` is how it was put into text, so that its text can be made again from its value.
    ``parts`` are the counted rows that it tells of, and ``count`` their sum: what is released is attacked
    with them.
    """

    text: str
    value: int | float | None
    unit: str
    grade: Grade
    bound: str
    citations: tuple[Citation, ...]
    formula: str = ""
    withheld: bool = False
    style: str = ""
    parts: tuple[tuple[str, int], ...] = ()
    count: int | float | None = None


@dataclass(frozen=True)
class Dated:
    """A year, a date or a period: its text, and its first and last day as ISO dates.

    ``style`` is ``year``, ``period``, or a style of dates (empty, ``month``, ``month_year``, ``month_short``).
    """

    text: str
    start: str
    end: str
    style: str = ""


@dataclass(frozen=True)
class Quoted:
    """A text as it stands in a row of the data, or the place where the row stands in its source.

    ``lang`` is the language the text is really in, where that is not the reader's; empty: it is.
    """

    text: str
    citations: tuple[Citation, ...]
    lang: str = ""


@dataclass(frozen=True)
class References:
    """The numbers of the sources, printed as [4, 11] once the brief is whole."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class GradeMark:
    """How sure, as one letter."""

    letter: str
    label: str


Run = Text | Strong | Shown | Dated | Quoted | References | GradeMark
Runs = tuple[Run, ...]


def runs(*parts: str | Run | Iterable[Run]) -> Runs:
    """Runs from texts, runs and lists of runs.

    Example:
        >>> runs("Sum ", Strong((Text("i alt"),)))
        (Text(text='Sum '), Strong(runs=(Text(text='i alt'),)))
    """
    out: list[Run] = []
    for part in parts:
        if isinstance(part, str):
            if part:
                out.append(Text(part))
        elif isinstance(part, Run):
            out.append(part)
        else:
            out.extend(part)
    return tuple(out)


def to_json(items: Iterable[Run]) -> list[dict[str, Any]]:
    """The runs as JSON-ready dicts, the form they have in a notebook's stored outputs."""
    return [_run_to_json(item) for item in items]


def _run_to_json(item: Run) -> dict[str, Any]:
    if isinstance(item, Text):
        return {"run": "text", "text": item.text}
    if isinstance(item, Strong):
        return {"run": "strong", "runs": to_json(item.runs)}
    if isinstance(item, References):
        return {"run": "refs", "citations": [vars(citation) for citation in item.citations]}
    if isinstance(item, GradeMark):
        return {"run": "grade", "letter": item.letter, "label": item.label}
    if isinstance(item, Dated):
        return {"run": "date", **vars(item)}
    if isinstance(item, Quoted):
        places = [vars(citation) for citation in item.citations]
        return {"run": "quoted", "text": item.text, "citations": places, "lang": item.lang}
    return {
        "run": "figure",
        "text": item.text,
        "value": item.value,
        "unit": item.unit,
        "grade": item.grade,
        "bound": item.bound,
        "citations": [vars(citation) for citation in item.citations],
        "formula": item.formula,
        "withheld": item.withheld,
        "style": item.style,
        "parts": [list(part) for part in item.parts],
        "count": item.count,
    }


def plain(items: Iterable[Run]) -> str:
    """The runs as plain text, without references and grade letters.

    Example:
        >>> plain(runs("Sum ", Strong((Text("i alt"),))))
        'Sum i alt'
    """
    return "".join(_plain(item) for item in items)


def _plain(item: Run) -> str:
    if isinstance(item, Text | Shown | Dated | Quoted):
        return item.text
    if isinstance(item, Strong):
        return plain(item.runs)
    return ""


def citations(items: Iterable[Run]) -> Iterator[Citation]:
    """All citations of the runs, in reading order."""
    for item in items:
        if isinstance(item, Strong):
            yield from citations(item.runs)
        elif isinstance(item, Shown | References):
            yield from item.citations
