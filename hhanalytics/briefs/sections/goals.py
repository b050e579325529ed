"""Goals: which were reached, and what shows it."""

from __future__ import annotations

from typing import Any

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Items, Paragraph
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import heading, quoted
from hhanalytics.decisions.finding import cite, grade_of
from hhanalytics.evidence import Figure
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import enumerated, sentence

#: In the order a reader looks for them.
STATUSES = ("postponed", "not_documented", "partly", "achieved")


def goals(context: Context) -> Block:
    """The section on goals; nothing where none were set for the year."""
    goals = context.dataset.goals.filter(year=context.year)
    if not goals.height:
        return Blocks(())
    blocks: list[Block] = [heading(context, "goals")]
    counted = []
    for status in reversed(STATUSES):
        number = goals.filter(status=status).height
        if number:
            figure = Figure(number, "goals", grade_of(goals), citations=cite("goals", goals))
            counted.append(context.text(f"goals.count.{status}", number=figure))
    said = context.text(
        "goals.summary",
        goals=Figure(goals.height, "goals", grade_of(goals), citations=cite("goals", goals)),
        counts=enumerated(context.language, counted),
    )
    for finding in context.of("gap_targets_all", "gap_targets"):
        said = runs(said, " ", sentence(context.language, finding))
    blocks.append(Paragraph(context.referred(said, cite("goals", goals))))
    blocks.append(Items(tuple(_groups(context)), style="compact"))
    if goals["is_reading"].all():
        blocks.append(Paragraph(context.text("goals.note"), "note"))
    return Blocks(tuple(blocks))


def _groups(context: Context) -> list[Runs]:
    """The goals by how far they were reached, each with what shows it."""
    goals = context.dataset.goals.filter(year=context.year)
    out = []
    for status in STATUSES:
        rows = goals.filter(status=status)
        if not rows.height:
            continue
        shown = rows.filter(pl.col("shown_by_locator").is_not_null())
        places = (*cite("goals", rows), *cite("goals", shown.with_columns(locator="shown_by_locator")))
        each = [_goal(context, row, mixed=not goals["is_reading"].all()) for row in rows.iter_rows(named=True)]
        said = runs(*(part for number, goal in enumerate(each) for part in ("; " if number else "", goal)))
        group = context.text("goals.group", status=context.say(f"status.{status}"), goals=said)
        out.append(context.referred(group, places))
    return out


def _goal(context: Context, row: dict[str, Any], *, mixed: bool) -> Runs:
    mark = context.say("goals.reading") if row["is_reading"] and mixed else ""
    shown_by = quoted(context, "goals", row, "shown_by") or context.say("cell.missing")
    return runs(context.text("goals.one", goal=quoted(context, "goals", row, "text"), shown_by=shown_by), mark)
