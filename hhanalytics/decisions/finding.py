"""A finding: what was found, with figures and sources, before anybody has put it into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal

import polars as pl

from hhanalytics.evidence import LETTERS, Bound, Citation, Figure, Grade, weakest
from hhanalytics.tables import TOPICS, row_name

#: From what must be cleared up before figures are used, to what is only said.
Severity = Literal["clarify", "decide", "inform"]
SEVERITIES: tuple[Severity, ...] = ("clarify", "decide", "inform")


@dataclass(frozen=True)
class Finding:
    """What was found. Words are made later, from its kind, its figures and the ids it names.

    Attributes:
        kind: What sort of finding; the catalogues have a sentence for each.
        subject: Id of what it is about: a pool, programme, municipality, table …
        figures: Name → figure, the names being those of the sentence's placeholders.
        severity: ``clarify`` (before the figures are used), ``decide`` (for the steering group),
            ``inform``.
        names: Placeholder → (table, id) of what is named, such as ``("municipalities", "gol")``.
        lists: The same for several of one table, such as ``("programmes", ("kef", "mft"))``.
        question: Id of the question to ask; empty where there is none.
        settles: Id of what would change or settle it; empty where nothing would.
        details: What belongs to it and has a sentence of its own, such as explanations, best first.
    """

    kind: str
    subject: str
    figures: Mapping[str, Figure]
    severity: Severity
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    question: str = ""
    settles: str = ""
    details: tuple[Finding, ...] = ()

    @property
    def grade(self) -> Grade:
        """The weakest grade of its figures."""
        return weakest(figure.grade for figure in self.figures.values())

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every row it rests on, once, in the order of its figures."""
        return tuple(dict.fromkeys(c for figure in self.figures.values() for c in figure.citations))

    def _repr_html_(self) -> str:
        """In JupyterLab: what it names, and its figures with unit, grade and place; ``hh.show_findings`` says it in words."""
        named = {name: id for name, (_, id) in self.names.items()}
        named |= {name: ", ".join(ids) for name, (_, ids) in self.lists.items()}
        about = "".join(f"<li>{escape(name)}: {escape(id)}</li>" for name, id in named.items())
        rows = "".join(_row(name, figure) for name, figure in self.figures.items())
        heads = "".join(f"<th>{head}</th>" for head in ("figure", "value", "unit", "grade", "bound", "where"))
        inner = "".join(f"<li>{detail._repr_html_()}</li>" for detail in self.details)
        return (
            f"<p><b>{escape(self.kind)}</b> {escape(self.subject)} ({self.severity})</p>"
            + (f"<ul>{about}</ul>" if about else "")
            + (f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else "")
            + (f"<ul>{inner}</ul>" if inner else "")
        )


class Findings(list[Finding]):
    """Findings, which JupyterLab displays below each other; else a list like any other."""

    def _repr_html_(self) -> str:
        return "<hr>".join(finding._repr_html_() for finding in self)


def _row(name: str, figure: Figure) -> str:
    """A figure as a row of a table; that it is not known is seen."""
    value = "–" if figure.value is None else f"{figure.value:,}".replace(",", "\u202f")
    places = [f"{citation.source} {citation.locator}" for citation in figure.citations]
    where = "; ".join(places[:3]) + (f" (+{len(places) - 3})" if len(places) > 3 else "")
    cells = (name, value, figure.unit, LETTERS[figure.grade], figure.bound, where)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def cite(table: str, rows: pl.DataFrame) -> tuple[Citation, ...]:
    """The places where the rows of a table stand, once each.

    Args:
        table: Name of the table.
        rows: Some of its rows, with ``source`` and ``locator``.

    Example:
        >>> import hhanalytics as hh
        >>> rows = hh.load("data/raw").costs.filter(pool="mft", municipality="gol")
        >>> [citation.locator for citation in cite("costs", rows)]
        ['l. 104', 'l. 105']
    """
    # Mostly a handful of rows, for which a query takes many times as long.
    topics = rows[TOPICS[table]].to_list() if table in TOPICS else [""] * rows.height
    found = dict.fromkeys(zip(rows["source"].to_list(), topics, rows["locator"].to_list(), strict=True))
    return tuple(Citation(source, table, topic or "", locator) for source, topic, locator in found)


def parts(table: str, rows: pl.DataFrame, times: int = 1) -> tuple[tuple[str, int], ...]:
    """The rows of a table as parts of a count: what else is known of them tells something of it.

    Example:
        >>> import hhanalytics as hh
        >>> parts("activities", hh.load("data/raw").activities.filter(activity="kef_users"))
        (('activities:kef_users', 1),)
    """
    return tuple((row_name(table, row), times) for row in rows.iter_rows(named=True))


def grade_of(*frames: pl.DataFrame) -> Grade:
    """The weakest grade in the rows of some tables."""
    return weakest(dict.fromkeys(grade for frame in frames for grade in frame["grade"].to_list()))


def kroner(
    value: int | float | None,
    citations: Iterable[Citation],
    grade: Grade,
    *,
    bound: Bound = "exact",
    formula: str = "",
) -> Figure:
    """An amount in kroner; without a value it is missing, whatever it would have rested on."""
    return Figure(value, "nok", grade if value is not None else "missing", bound, tuple(citations), formula=formula)
