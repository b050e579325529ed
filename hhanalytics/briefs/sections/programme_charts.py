"""How the programmes divide the money, as a chart."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, ChartBlock, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import alternative, text_of
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import citations, plain, runs
from hhanalytics.present.sentences import listed


def shared_pools(context: Context) -> str:
    """The names of the pools that several programmes share."""
    return listed(context.language, (context.language.name("pools", pool) for pool in context.dataset.shared_pools()))


def cost_chart(context: Context, table: Table) -> list[Block]:
    """What each programme takes of the whole, with what belongs to none; ``table`` stands behind it."""
    language = context.language
    known = [p for p in context.programmes if p.cost.known]
    unallocated = context.of("unallocated")
    if len(known) < 2:
        return []
    message = (
        context.text("chart.costs.unallocated", **unallocated[0].figures, pools=shared_pools(context))
        if unallocated
        else context.text("chart.costs.title")
    )
    title, unit = plain(message), context.text("chart.costs.unit")
    rows = []
    for each in known:
        rest = each.programme == UNALLOCATED
        label = (
            context.say("programmes.unallocated", pools=shared_pools(context))
            if rest
            else language.name("programmes", each.programme)
        )
        cell = language.spread(*each.cost, "bare")
        rows.append(
            {
                "label": label,
                "low": each.cost.low.value,
                "high": each.cost.high.value,
                "point": each.cost.high.value if each.cost.low.value == each.cost.high.value else None,
                "bound": "exact" if each.cost.low.value == each.cost.high.value else "range",
                "text": text_of(cell),
            }
        )
    chart = Chart(
        "costs",
        "ranges",
        title,
        alternative(context, title, [(str(row["label"]), str(row["text"])) for row in rows]),
        "nok",
        {"rows": rows, "missing_text": context.say("cell.missing"), "unit_text": plain(unit)},
    )
    notes = (context.referred(context.text("chart.costs.note"), citations(message)),)
    return [ChartBlock(chart, table, notes, said=runs(message, unit))]
