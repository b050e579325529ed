"""What waits for the steering group, beside what is known of it."""

from __future__ import annotations

from typing import Any

from hhanalytics.briefs.blocks import Block, Blocks, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import columns, graded, heading, place, quoted
from hhanalytics.decisions.finding import cite
from hhanalytics.present.inline import Runs, runs


def waiting(context: Context) -> Block:
    """The decisions that wait; nothing where none do."""
    decisions = context.dataset.decisions.filter(status="waiting")
    if not decisions.height:
        return Blocks(())
    heads = columns(context, "waiting", ("decision", "left", 1.8), ("known", "left", 0.8), ("place", "left", 0.75))
    rows = []
    for row in decisions.iter_rows(named=True):
        own = decisions.filter(decision=row["decision"])
        stands = context.referred(place(context, "decisions", row), cite("decisions", own))
        rows.append(Row((quoted(context, "decisions", row, "text"), _known(context, row), stands)))
    return Blocks((heading(context, "waiting"), Table("waiting", context.text("waiting.table"), heads, tuple(rows))))


def _known(context: Context, row: dict[str, Any]) -> Runs:
    """What the programme it concerns costs, or that no cost is known."""
    programme = next((p for p in context.programmes if p.programme == row["programme"]), None)
    if programme is None or not programme.cost.known:
        return runs(context.say("waiting.unknown"))
    cost = context.text("waiting.cost", year=str(context.year), cost=context.language.spread(*programme.cost))
    return graded(context, cost, programme.cost.high)
