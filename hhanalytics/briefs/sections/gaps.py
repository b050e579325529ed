"""Which figures to get first: what is missing, what it would settle, how many kroner wait for it."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import amount, columns, heading
from hhanalytics.present.inline import runs
from hhanalytics.present.sentences import sentence


def gaps(context: Context) -> Block:
    """The section on what to get first; nothing where nothing is missing."""
    if not context.gaps:
        return Blocks(())
    heads = columns(context, "gaps", ("missing", "left", 1.9), ("settles", "left", 1.25), ("stake", "right", 0.75))
    rows = []
    for finding in context.gaps:
        stake = finding.figures.get("stake")
        rows.append(
            Row(
                (
                    context.referred(sentence(context.language, finding), finding.citations),
                    context.text(f"settles.{finding.settles}"),
                    amount(context, stake, "bare+bound") if stake else runs(context.say("cell.none")),
                )
            )
        )
    notes = (context.text("gaps.note"),)
    return Blocks((heading(context, "gaps"), Table("gaps", context.text("gaps.table"), heads, tuple(rows), notes)))
