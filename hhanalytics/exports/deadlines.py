"""The steps of the yearly cycle, with the dates that sources state and no others."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from hhanalytics.dataset import Dataset
from hhanalytics.exports.words import Labels
from hhanalytics.present.language import Language

#: Kinds of steps in the order in which a year goes.
_ORDER = ("collect", "check", "budget", "meeting", "adopt", "report")


@dataclass(frozen=True)
class Step:
    """One step of a year.

    Attributes:
        deadline: Its id.
        kind: ``collect``, ``check``, ``budget``, ``meeting``, ``adopt`` or ``report``.
        text: What is to be done.
        lang: The language it is said in.
        year: The year it falls in.
        month: The month; None: not stated.
        day: The day; None: not stated.
        source: Short title of the source that says so.
        locator: Where in it.
        grade: How well it is known.
    """

    deadline: str
    kind: str
    text: str
    lang: str
    year: int
    month: int | None
    day: int | None
    source: str
    locator: str
    grade: str

    @property
    def date(self) -> date | None:
        """The day, where it is stated."""
        if self.month is None or self.day is None:
            return None
        return date(self.year, self.month, min(self.day, calendar.monthrange(self.year, self.month)[1]))


def due(dataset: Dataset, year: int, language: Language) -> list[Step]:
    """The steps for the figures of a year, in order; those without a date last in their year.

    Args:
        dataset: The Dataset.
        year: The year the figures are about.
        language: The reader's language.
    """
    titles = dict(dataset.sources.select("source", "short_title").iter_rows())
    steps = [
        Step(
            row["deadline"],
            row["step"],
            *language.of(row, "text"),
            year + row["years_after"],
            row["month"],
            row["day"],
            titles.get(row["source"], row["source"]),
            row["locator"],
            row["grade"],
        )
        for row in dataset.deadlines.iter_rows(named=True)
    ]
    return sorted(steps, key=lambda s: (s.year, s.month or 13, s.day or 32, _ORDER.index(s.kind), s.deadline))


def due_text(labels: Labels, step: Step) -> str:
    """When a step is due, in words."""
    if step.date is not None:
        return labels.say("template.due.by", date=labels.language.date(step.date))
    if step.month is not None:
        return labels.say(
            "template.due.month", month=labels.language.date(date(step.year, step.month, 1), "month_year")
        )
    return labels.say("template.due.year", year=str(step.year))
