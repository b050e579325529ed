"""If more leave: what the year's exit did, and the scenarios a steering group should know."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Items, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import amount, cited, columns, graded, heading
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.prospects import Prospect
from hhanalytics.evidence import Figure
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import sentence

#: Findings in the order in which they are told.
TOLD = ("municipality_left", "if_one_more_leaves", "if_one_returns", "trial_ends")


def outlook(context: Context) -> Block:
    """What the exit moved, what would happen if one more left, came back, or did not go on: half a page."""
    known = [*context.of("municipality_left"), *context.outlook]
    told = [finding for kind in TOLD for finding in known if finding.kind == kind]
    if not told:
        return Blocks(())
    items = [_told(context, finding) for finding in told]
    for finding in (f for f in context.outlook if f.kind == "foretold"):
        said = sentence(context.language, finding)
        items[0] = runs(items[0], " ", context.backed(said, finding.grade, finding.citations))
    blocks: list[Block] = [heading(context, "outlook"), Items(tuple(items), style="findings")]
    if context.prospects:
        blocks.append(_table(context))
    return Blocks(tuple(blocks))


def _told(context: Context, finding: Finding) -> Runs:
    return context.backed(sentence(context.language, finding), finding.grade, finding.citations)


def _table(context: Context) -> Table:
    """Each that could leave, in the order of what its leaving would move."""
    heads = columns(
        context, "outlook",
        ("municipality", "left", 1.2), ("saves", "right", 1.2), ("least", "right", 1), ("most", "right", 1),
    )  # fmt: skip
    ordered = sorted(context.prospects, key=lambda each: each.moved.value or 0)
    rows = tuple(_row(context, each) for each in ordered)
    year = (context.language.year(context.prospects[0].on.year),)
    notes = (context.text("outlook.note", budget_year=year),)
    caption, cites = context.text("outlook.table", budget_year=year), cited(*(each.saves for each in ordered))
    return Table("outlook", context.referred(caption, cites), heads, rows, notes)


def _row(context: Context, each: Prospect) -> Row:
    rises = sorted((rise for _, rise in each.others.values()), key=lambda figure: figure.value or 0)
    nothing = Figure(None, "percent", "missing")
    return Row(
        (
            runs(context.language.name("municipalities", each.municipality)),
            graded(context, amount(context, each.saves), each.saves),
            amount(context, rises[0] if rises else nothing, "signed"),
            amount(context, rises[-1] if rises else nothing, "signed"),
        )
    )
