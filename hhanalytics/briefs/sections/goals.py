"""Goals: which were reached, and what shows it."""

from __future__ import annotations

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import columns, heading, quoted
from hhanalytics.decisions.finding import cite, grade_of
from hhanalytics.evidence import Figure
from hhanalytics.present.inline import runs
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
    blocks.append(_table(context))
    return Blocks(tuple(blocks))


def _table(context: Context) -> Table:
    """Every goal, by programme, with its status and what shows it."""
    goals = context.dataset.goals.filter(year=context.year)
    heads = columns(context, "goals", ("goal", "left", 1.4), ("status", "left", 0.6), ("shown_by", "left", 1.7))
    rows = []
    for (programme,), group in goals.group_by(["programme"], maintain_order=True):
        shown = group.filter(pl.col("shown_by_locator").is_not_null())
        places = (*cite("goals", group), *cite("goals", shown.with_columns(locator="shown_by_locator")))
        rows.append(Row((context.referred(context.language.name("programmes", str(programme)), places),), "group"))
        for row in group.iter_rows(named=True):
            mark = context.say("goals.reading") if row["is_reading"] and not goals["is_reading"].all() else ""
            shown_by = quoted(context, "goals", row, "shown_by") or runs(context.say("cell.missing"))
            rows.append(
                Row(
                    (
                        quoted(context, "goals", row, "text"),
                        runs(context.say(f"status.{row['status']}"), mark),
                        shown_by,
                    )
                )
            )
    notes = (context.text("goals.note"),) if goals["is_reading"].all() else ()
    return Table("goals", context.text("goals.table"), heads, tuple(rows), notes)
