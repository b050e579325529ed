"""Paid beside got: what the brief for the daily leader and those for single municipalities share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hhanalytics.briefs.blocks import (
    Block,
    Blocks,
    ChartBlock,
    Column,
    Heading,
    Items,
    Paragraph,
    Row,
    Table,
    Title,
)
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.scrutiny import numbered
from hhanalytics.briefs.sections.benefit_tables import (
    benefit_text,
    facts,
    legend,
    missing,
    name_of,
    need_sentence,
    need_table,
    paid_table,
    programme_name,
    programme_table,
    share_text,
)
from hhanalytics.briefs.sections.page_one import LABELS
from hhanalytics.briefs.sections.parts import alternative, cited, columns, heading
from hhanalytics.decisions.comparison import Benefit
from hhanalytics.measures.benefit import gains_by_municipality
from hhanalytics.measures.benefit_rows import UNITS
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, plain, runs
from hhanalytics.present.language import Value
from hhanalytics.present.sentences import sentence


def benefit_title(context: Context) -> Title:
    """The title of the brief for the daily leader."""
    return titled(context, "benefit")


def titled(context: Context, id: str, **names: Value) -> Title:
    """A title from the texts ``<id>.title``, ``.subtitle``, ``.running`` and ``.description``."""
    title, running, description = (
        context.text(f"{id}.{part}", **names) for part in ("title", "running", "description")
    )
    return Title(
        plain(title),
        context.text(f"{id}.subtitle", **names),
        plain(running),
        plain(description),
        context.language.code,
        {name: context.language.texts[f"page.{name}"] for name in LABELS},
        tuple(numbered(context.language.names.values())),
        runs(title, running, description),
    )


def comparison(context: Context) -> Block:
    """All municipalities beside each other: what can be said, and what cannot."""
    said = context.text("comparison.unknown" if _nothing_is_split(context) else "comparison.some")
    cites = [c for each in context.benefits if each.counted for c in each.counted.citations]
    blocks: list[Block] = [
        heading(context, "comparison"),
        Paragraph(context.referred(said, cites)),
        paid_table(context),
        Paragraph(legend(context), "note"),
        *(share_chart(context, programme) for programme in _charted(context)),
        heading(context, "need"),
        need_table(context),
        Heading("gains", context.say("gains.heading"), level=3),
        Paragraph(context.text("gains.kinds")),
        Paragraph(context.text(f"gains.{'none' if _nothing_priced(context) else 'some'}")),
    ]
    return Blocks(tuple(blocks))


def _nothing_is_split(context: Context) -> bool:
    return not any(each.benefit_share.low.value for each in context.benefits)


def _nothing_priced(context: Context) -> bool:
    return gains_by_municipality(context.dataset, context.year).filter("cash").height == 0


def _charted(context: Context) -> list[str]:
    """Programmes of which both the cost and the participants are known."""
    found = [
        each.programme
        for each in context.benefits
        if each.cost_share.known and each.counted is not None and each.counted.unit == "participants"
    ]
    return list(dict.fromkeys(found))


# What is got


def share_chart(context: Context, programme: str) -> Block:
    """Of one programme: each municipality's part of the cost, and where its part of the benefit may lie."""
    own = [each for each in context.benefits if each.programme == programme]
    rows = [(name_of(context, each.municipality), each) for each in own]
    counted = next(each.counted for each in own if each.counted is not None)
    known = any(each.benefit_share.low.value for each in own)
    id = "chart.shares.programme_some" if known else "chart.shares.programme"
    message = context.text(id, programme=programme_name(context, programme), count=counted)
    return drawn(context, f"shares_{programme}", message, rows, context.say("paid.column.municipality"))


def drawn(context: Context, id: str, message: Runs, rows: Sequence[tuple[str, Benefit]], head: str) -> ChartBlock:
    """A chart of shares, its table, and what the marks mean."""
    title = plain(message)
    shown = [_shares(context, label, each) for label, each in rows]
    chart = Chart(
        id,
        "shares",
        title,
        alternative(context, title, [(row["label"], row["text"]) for row in shown]),
        "percent",
        {"rows": shown, "unit_text": context.say("chart.shares.unit"), "missing_text": context.say("cell.unknown")},
    )
    table = [
        Row((runs(label), share_text(context, each.cost_share), benefit_text(context, each))) for label, each in rows
    ]
    heads = (Column(head, "left", 1.6), *columns(context, "shares", ("cost", "right", 1), ("benefit", "right", 1.4)))
    cites = cited(*(f for _, each in rows for f in (each.cost_share.high, each.benefit_share.high)))
    notes = (context.referred(context.text("chart.shares.note"), cites),)
    # The table says in words that nothing is known of a part; the chart draws it from nothing to all.
    ends = (context.language.shown(figure) for _, each in rows for figure in each.benefit_share)
    caption = context.referred(context.text("shares.table"), cites)
    return ChartBlock(chart, Table(f"{id}_data", caption, heads, tuple(table)), notes, said=runs(message, ends))


def _shares(context: Context, label: str, each: Benefit) -> dict[str, Any]:
    gate = context.language.gate
    cost = context.language.shown(gate.through(each.cost_share.high))
    low, high = (gate.through(figure) for figure in each.benefit_share)
    text = context.say(
        "chart.shares.text", cost=share_text(context, each.cost_share), benefit=benefit_text(context, each)
    )
    return {"label": label, "cost": cost.value, "known": low.value, "possible": high.value, "text": text}


# One page per municipality


def one_page_each(context: Context) -> Block:
    """A page for each municipality: what it pays, what it is known to get, what would settle the rest."""
    blocks: list[Block] = []
    for each in context.municipalities:
        name = name_of(context, each.municipality)
        blocks += [
            Heading(
                f"own_{each.municipality}",
                name,
                question=context.text("own.question", municipality=name),
                new_page=True,
            ),
            facts(context, each),
            *half_year(context, each.municipality),
            programme_table(context, each.municipality),
            *_own_chart(context, each.municipality),
            *need_sentence(context, each.municipality),
        ]
        asked = missing(context, each.municipality)
        if asked:
            blocks.append(Heading(f"missing_{each.municipality}", context.say("missing.heading"), level=3))
            blocks.append(Items(tuple(asked)))
    return Blocks(tuple(blocks))


def half_year(context: Context, municipality: str) -> list[Block]:
    """Why the last period of the year was dearer, or cheaper."""
    found = [f for f in context.outlook if f.kind in ("dearer_half", "cheaper_half") and f.subject == municipality]
    return [Paragraph(context.backed(sentence(context.language, f), f.grade, f.citations)) for f in found]


def _own_chart(context: Context, municipality: str) -> list[Block]:
    chart = own_chart(context, municipality)
    return [chart] if chart is not None else []


def own_chart(context: Context, municipality: str) -> ChartBlock | None:
    """A municipality's part of each programme's cost, and where its part of the benefit may lie."""
    own = [
        each
        for each in context.benefits
        if each.municipality == municipality and each.cost_share.known and each.benefit_share.known
        and each.counted is not None and each.counted.unit in UNITS
    ]  # fmt: skip
    if not own:
        return None
    name = name_of(context, municipality)
    rows = [(programme_name(context, each.programme), each) for each in own]
    known = any(each.benefit_share.low.value for each in own)
    message = context.text(f"chart.shares.{'own_some' if known else 'own'}", municipality=name)
    return drawn(context, f"shares_{municipality}", message, rows, context.say("own_programmes.column.programme"))
