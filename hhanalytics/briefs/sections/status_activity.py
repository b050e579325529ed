"""What was counted so far in a year, welfare technology in use, and goals."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Items
from hhanalytics.briefs.sections.goals import STATUSES
from hhanalytics.briefs.sections.parts import quoted
from hhanalytics.briefs.status_context import StatusContext
from hhanalytics.decisions.finding import cite, grade_of, parts
from hhanalytics.decisions.programmes import counts_of
from hhanalytics.evidence import Citation, Figure
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import enumerated

#: How many counts of a programme are shown.
COUNTS = 2


def status_activity(context: StatusContext) -> Block:
    """Counts of periods that are over, technology and goals, one item each; nothing where nothing is reported."""
    items = [*_counted(context), *_uncounted(context), *_technology(context), *_goals(context)]
    if not items:
        return Blocks(())
    return Blocks((Heading("activity", context.say("status_activity.heading")), Items(tuple(items), style="findings")))


def _counted(context: StatusContext) -> list[Runs]:
    """What was counted in each programme, in one sentence."""
    language = context.language
    each: list[Runs] = []
    cites: list[Citation] = []
    for programme in context.dataset.programmes["programme"].unique(maintain_order=True):
        counts = [f for f in counts_of(context.dataset, context.year, programme) if not language.gate.withholds(f)]
        if counts:
            shown = enumerated(language, ((language.shown(figure, "bound"),) for figure in counts[:COUNTS]))
            name = language.name("programmes", programme)
            each.append(context.text("status_activity.programme", programme=name, counts=shown))
            cites += [c for figure in counts[:COUNTS] for c in figure.citations]
    if not each:
        return []
    joined = runs(*(part for place, said in enumerate(each) for part in ("; " if place else "", said)))
    return [context.referred(context.text("status_activity.counted", counts=joined), cites)]


def _uncounted(context: StatusContext) -> list[Runs]:
    """What is reported as done without a number."""
    first = date(context.year, 1, 1)
    rows = context.dataset.activities.filter((pl.col("period_end") >= first) & pl.col("quantity").is_null())
    if not rows.height:
        return []
    cites = cite("activities", rows)
    number = Figure(rows.height, "activities", grade_of(rows), citations=cites)
    programmes = Figure(rows["programme"].n_unique(), "programmes", grade_of(rows), citations=cites)
    said = context.text("status_activity.uncounted", number=number, programmes=programmes)
    return [context.referred(said, number.citations)]


def _technology(context: StatusContext) -> list[Runs]:
    """Units in use in the last month that is reported, and whether the series can be compared up to it."""
    rows = context.dataset.latest_reports().filter(pl.col("month").dt.year() == context.year)
    month: Any = rows["month"].max()
    if month is None:
        return []
    rows = rows.filter(month=month)
    units = Figure(
        int(rows["units"].sum()), "units", grade_of(rows), citations=cite("welfare_tech", rows), counts_persons=True,
        parts=parts("welfare_tech", rows), formula="sum",
    )  # fmt: skip
    when = (context.language.when(month, style="month_year"),)
    said = context.text("status_activity.technology", units=units, month=when)
    broken = [finding for finding in context.agreement if finding.kind == "welfare_tech_break"]
    if broken:
        months = enumerated(context.language, (context.language.named(*each.names["month"]) for each in broken))
        said = runs(said, " ", context.text("status_activity.broken", months=months))
    return [context.backed(said, units.grade, units.citations)]


def _goals(context: StatusContext) -> list[Runs]:
    """How many goals the year has, and how far they were reached where it is over."""
    rows = context.dataset.goals.filter(year=context.year)
    if not rows.height:
        return []
    cites = cite("goals", rows)
    number = Figure(rows.height, "goals", grade_of(rows), citations=cites)
    if context.as_of < date(context.year, 12, 31):
        return [context.backed(context.text("status_activity.goals", goals=number), number.grade, cites)]
    counted = []
    for status in reversed(STATUSES):
        reached = rows.filter(status=status)
        if reached.height:
            figure = Figure(reached.height, "goals", grade_of(reached), citations=cites)
            counted.append(context.text(f"goals.count.{status}", number=figure))
    said = context.text("status_activity.reached", goals=number, counts=enumerated(context.language, counted))
    late = rows.filter(status="postponed")
    each = [quoted(context, "goals", row, "text") for row in late.iter_rows(named=True)]
    if each:
        said = runs(said, " ", context.text("status_activity.postponed", goals=enumerated(context.language, each)))
    return [context.backed(said, number.grade, cites)]
