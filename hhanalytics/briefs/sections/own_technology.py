"""Welfare technology in the brief for one municipality: only what that municipality can know."""

from __future__ import annotations

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.benefit_tables import name_of, share_text
from hhanalytics.briefs.sections.parts import cited, columns
from hhanalytics.briefs.sections.welfare_tech import BREAKS, events_of, joined, months_of, steps_of
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.own_technology import OwnTechnology, own_technology
from hhanalytics.decisions.technology import technology_changes, units_of
from hhanalytics.present.inline import Runs, citations, runs
from hhanalytics.present.sentences import enumerated, sentence, values


def own_technology_section(context: Context, municipality: str) -> Block:
    """What is known of welfare technology in one municipality; nothing where no units were counted in the year.

    Units that are not counted by municipality are told as those of all, and never shared out.
    """
    context = context.around(municipality)
    own = own_technology(context.dataset, municipality, context.year, public=context.language.gate.public)
    # What all counted is told only where nothing is counted here.
    whole = [] if own.changes else technology_changes(context.dataset, context.year, context.of(*BREAKS))
    if not whole and not own.changes:
        return Blocks(())
    blocks: list[Block] = [Heading("own_technology", context.say("own_technology.heading"), level=3)]
    paid = _paid(context, municipality, own.programme)
    if own.changes:
        blocks += [_table(context, municipality, own), *([Paragraph(paid)] if paid else [])]
    else:
        parts = (_of_all(context, whole), _comparable(context, whole), paid)
        blocks.append(Paragraph(joined([part for part in parts if part])))
    more = (events_of(context, municipality), _question(context, municipality, own, whole))
    blocks += [Paragraph(text) for text in more if text]
    return Blocks(tuple(blocks))


def own_technology_asked(context: Context, municipality: str) -> list[Runs]:
    """What the municipality can count of its welfare technology, so that more can be said."""
    counted = context.dataset.welfare_tech.filter(pl.col("month").dt.year() == context.year)
    if not counted.height:
        return []
    name = name_of(context, municipality)
    counts = not (counted["municipality"] == municipality).any()
    price = not context.dataset.technology_effects.filter(effect="unit_cost", scope="local").height
    if counts and price:
        return [context.text("missing.technology_both", municipality=name)]
    asked = [context.text("missing.technology_counts", municipality=name)] if counts else []
    return [*asked, *([context.text("missing.technology_price")] if price else [])]


def _of_all(context: Context, whole: list[Finding]) -> Runs:
    """That nothing is counted here, and what the series of all say."""
    breaks = context.of("welfare_tech_break")
    if breaks:
        months, series = months_of(context, breaks), breaks[0].figures["series"]
        said = context.text("own_technology.unknown", months=months, series=series)
    else:
        said = context.text("own_technology.unknown_calm")
    cites = (*cited(*(f for each in breaks for f in each.figures.values())), *citations(said))
    return context.backed(said, breaks[0].grade if breaks else whole[0].grade, cites)


def _comparable(context: Context, whole: list[Finding]) -> Runs:
    """Which months can be compared, and the units of all in them."""
    kind, breaks = whole[0].kind, context.of("welfare_tech_break")
    shown = values(context.language, whole[0])
    named = {name: shown[name] for name in ("start", "end")}
    if kind == "technology_calm":
        each = [context.text("own_technology.each", **values(context.language, f)) for f in whole]
        return context.text(f"own_technology.{kind}", each=enumerated(context.language, each), **named)
    if kind == "technology_around" and _some_small(context, whole):
        return context.text(f"own_technology.{kind}.few", **named)
    sums = {"before": breaks[0].figures["before"], "after": breaks[-1].figures["after"]}
    return context.text(f"own_technology.{kind}", **named, **sums)


def _some_small(context: Context, whole: list[Finding]) -> bool:
    """Whether a count of the year is withheld: beside the others, a sum would give it away."""
    each = (units_of(context.dataset, f.subject, context.year).values() for f in whole)
    return any(context.language.gate.withholds(figure) for figures in each for figure in figures)


def _table(context: Context, municipality: str, own: OwnTechnology) -> Table:
    """What each technology did here."""
    heads = columns(context, "own_technology", ("technology", "left", 1), ("units", "left", 2))
    rows = []
    for change in own.changes:
        hidden = change.subject in own.hidden
        told = context.text("welfare_tech.step.withheld") if hidden else sentence(context.language, change)
        rows.append(Row((runs(context.language.name("technology", change.subject)), told)))
    caption = context.text("own_technology.table", municipality=name_of(context, municipality))
    cites = [c for row in rows for cell in row.cells for c in citations(cell)]
    return Table("own_technology", context.referred(caption, cites), heads, tuple(rows))


def _paid(context: Context, municipality: str, programme: str) -> Runs:
    """What the municipality pays for what welfare technology belongs to, and its part of it."""
    for each in context.benefits:
        if (each.municipality, each.programme) == (municipality, programme) and each.cost_share.known:
            said = context.text(
                "own_technology.paid",
                programme=context.language.name("programmes", programme),
                share=share_text(context, each.cost_share),
            )
            return context.backed(said, each.cost_share.high.grade, cited(*each.cost_share))
    return ()


def _question(context: Context, municipality: str, own: OwnTechnology, whole: list[Finding]) -> Runs:
    """What to ask the coordinator, with the size of what is to be explained."""
    if own.changes:
        if not own.breaks:
            return ()
        mine = context.dataset.replace(welfare_tech=context.dataset.welfare_tech.filter(municipality=municipality))
        steps = steps_of(context, mine, own.changes, own.breaks, own.hidden)
        asked = context.text("own_technology.ask_own", months=months_of(context, own.breaks), steps=steps)
    else:
        breaks = context.of("welfare_tech_break")
        if not breaks:
            return ()
        if _some_small(context, whole):
            return context.text("own_technology.ask.few", months=months_of(context, breaks))
        moves = [context.text("finding.welfare_tech_break.each", **values(context.language, f)) for f in breaks]
        asked = context.text("own_technology.ask", changes=enumerated(context.language, moves))
    return context.referred(asked, citations(asked))
