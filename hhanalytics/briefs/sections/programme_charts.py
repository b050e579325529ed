"""Charts on programmes: how they divide the money, and what an outside price must exceed."""

from __future__ import annotations

import polars as pl

from hhanalytics.briefs.blocks import Block, ChartBlock, Column, Row
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import alternative, behind, columns, graded, text_of
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import citations, plain, runs
from hhanalytics.present.sentences import listed


def shared_pools(context: Context) -> str:
    """The names of the pools that several programmes share."""
    pools = context.dataset.pools.filter(pl.col("programme").is_null())["pool"].unique().sort()
    return listed(context.language, (context.language.name("pools", pool) for pool in pools))


def cost_chart(context: Context) -> list[Block]:
    """What each programme takes of the whole, with what belongs to none."""
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
    rows, table = [], []
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
        table.append(Row((runs(label), graded(context, cell, each.cost.high))))
    chart = Chart(
        "costs",
        "ranges",
        title,
        alternative(context, title, [(str(row["label"]), str(row["text"])) for row in rows]),
        "nok",
        {"rows": rows, "missing_text": context.say("cell.missing"), "unit_text": plain(unit)},
    )
    heads: tuple[Column, ...] = columns(context, "costs", ("programme", "left", 2), ("cost", "right", 1))
    notes = (context.referred(context.text("chart.costs.note"), citations(message)),)
    return [ChartBlock(chart, behind(context, "costs", heads, table), notes, said=runs(message, unit))]


def break_even_chart(context: Context) -> list[Block]:
    """What a comparable service must cost outside for the programme to pay."""
    language = context.language
    known = [p for p in context.programmes if p.per_participant.known]
    if not known:
        return []
    rows, table = [], []
    for each in known:
        span = each.per_participant
        cell = language.limit(*span, "bare")
        rows.append(
            {
                "label": language.name("programmes", each.programme),
                "low": span.low.value if span.low.value != span.high.value else None,
                "high": span.high.value,
                "point": None if span.high.bound == "at_most" else span.high.value,
                "bound": span.high.bound,
                "text": text_of(cell),
            }
        )
        table.append(Row((runs(language.name("programmes", each.programme)), graded(context, cell, span.high))))
    first = known[0]
    message = context.text(
        "chart.break_even.title",
        programme=language.name("programmes", first.programme),
        price=(language.shown(first.per_participant.high),),
    )
    title = plain(message)
    chart = Chart(
        "break_even",
        "ranges",
        title,
        alternative(context, title, [(str(row["label"]), str(row["text"])) for row in rows]),
        "nok",
        {"rows": rows, "missing_text": context.say("cell.missing"), "unit_text": context.say("chart.break_even.unit")},
    )
    heads = columns(context, "break_even", ("programme", "left", 2), ("per_participant", "right", 1))
    notes = (context.referred(context.text("chart.break_even.note"), citations(message)),)
    return [ChartBlock(chart, behind(context, "break_even", heads, table), notes, said=message)]
