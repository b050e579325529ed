"""A finding: what was found, with figures and sources, before anybody has put it into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from hhanalytics.evidence import Bound, Citation, Figure, Grade, weakest
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
    topic = pl.col(TOPICS[table]) if table in TOPICS else pl.lit("")
    found = rows.select("source", topic.fill_null("").alias("topic"), "locator").unique(maintain_order=True)
    return tuple(Citation(source, table, topic, locator) for source, topic, locator in found.iter_rows())


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
    return weakest(grade for frame in frames for grade in frame["grade"].unique())


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
