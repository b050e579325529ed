"""Networks: mandate, order and evaluation, and what they take of the municipalities' own time."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import columns, graded, heading
from hhanalytics.decisions.networks import Network, networks_of
from hhanalytics.present.inline import Runs, runs


def networks(context: Context) -> Block:
    """The section on networks; nothing where there are none."""
    found = networks_of(context.dataset, context.year)
    if not found:
        return Blocks(())
    heads = columns(
        context, "networks",
        ("network", "left", 1.6), ("mandate", "left", 0.7), ("ordered_by", "left", 0.7), ("meetings", "right", 0.6),
        ("evaluation", "left", 0.7), ("local_cost", "right", 1.1),
    )  # fmt: skip
    rows = tuple(_row(context, each) for each in found)
    table = Table("networks", context.text("networks.table"), heads, rows, (context.text("networks.note"),))
    return Blocks((heading(context, "networks"), table))


def _row(context: Context, each: Network) -> Row:
    language = context.language
    said = {
        name: runs(context.say("cell.missing" if name in each.lacks else "networks.yes"))
        for name in ("mandate", "ordered_by", "evaluation")
    }
    return Row(
        (
            context.referred(language.name("networks", each.network), each.citations),
            said["mandate"],
            said["ordered_by"],
            (language.shown(each.meetings, "bare"),),
            said["evaluation"],
            _local(context, each),
        )
    )


def _local(context: Context, each: Network) -> Runs:
    if not each.local_cost.known:
        return runs(context.say("cell.missing"))
    cost = graded(context, context.language.spread(*each.local_cost, "bare+about"), *each.local_cost)
    return context.text("networks.local_time", cost=cost, hours=each.local_hours)
