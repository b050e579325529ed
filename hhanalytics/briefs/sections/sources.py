"""Sources and method: how unclear text was read, and the numbered list that every figure leads to."""

from __future__ import annotations

from typing import Any

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Items, Paragraph, SourceList
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import heading, place, quoted
from hhanalytics.decisions.finding import cite
from hhanalytics.decisions.readings import unclear_readings
from hhanalytics.errors import UnknownName
from hhanalytics.present.inline import Runs
from hhanalytics.tables import FIRST_LANGUAGE, TABLES, TOPICS

#: Tables whose unclear readings move a figure of the brief.
FIGURES = ("costs", "grants", "positions", "activities", "control_totals", "budgets", "welfare_tech", "memberships")


def sources(context: Context) -> Block:
    """The last section: readings and the list of sources."""
    blocks: list[Block] = [
        heading(context, "sources"),
        Paragraph(context.text("sources.method"), "note"),
    ]
    resting = [finding.subject for finding in unclear_readings(context.dataset, context.year)]
    readings = context.dataset.readings.filter(pl.col("concerns").is_in(FIGURES) & pl.col("reading").is_in(resting))
    if readings.height:
        blocks.append(Heading("readings", context.say("readings.heading"), level=3))
        blocks.append(Paragraph(context.referred(context.text("readings.lead"), cite("readings", readings)), "note"))
        blocks.append(Items(tuple(_readings(context, readings)), style="compact"))
    blocks.append(Heading("source_list", context.say("source_list.heading"), level=3))
    return Blocks((*blocks, _list(context)))


def source_list(context: Context) -> Block:
    """Only the list of sources, for a brief of few pages."""
    return Blocks((Heading("sources", context.say("sources.heading")), _list(context)))


def short_source_list(context: Context) -> Block:
    """The list of sources with one number for each table of a source, for a page that has no room for more."""
    return Blocks((Heading("sources", context.say("sources.heading")), _list(context, by_table=True)))


def _list(context: Context, *, by_table: bool = False) -> SourceList:
    return SourceList(_titles(context), _topics(context), context.say("sources.lines"), by_table)


def _readings(context: Context, readings: pl.DataFrame) -> list[Runs]:
    out = []
    for row in readings.iter_rows(named=True):
        out.append(
            context.text(
                "readings.one",
                topic=_topic(context, row),
                read_as=quoted(context, "readings", row, "read_as"),
                alternative=quoted(context, "readings", row, "alternative") or context.say("cell.missing"),
                place=place(context, "readings", row),
            )
        )
    return out


def _topic(context: Context, row: dict[str, Any]) -> str:
    """What a reading is about: the programme, pool or technology it matters to, or else the table."""
    names = context.language.names
    kinds = ("programmes", "pools", "technology")
    found = next((names[kind, row["topic"]] for kind in kinds if (kind, row["topic"]) in names), None)
    word = context.say(f"topic.{row['concerns']}")
    return found or word[:1].upper() + word[1:]


def _titles(context: Context) -> dict[str, dict[str, str]]:
    """Source → its short title, its address, and the language of both title and places, where it is another."""
    rows = context.dataset.sources.select("source", "short_title", "address").iter_rows()
    lang = "" if context.language.code == FIRST_LANGUAGE else FIRST_LANGUAGE
    return {source: {"title": title, "address": address or "", "lang": lang} for source, title, address in rows}


def _topics(context: Context) -> dict[str, str]:
    """Table and topic → words: what the cited rows are about."""
    out = {}
    for table in TABLES:
        id = f"topic.{table}"
        if not context.language.has(id):
            continue
        word = context.say(id)
        out[f"{table}/"] = word
        column = TOPICS.get(table)
        if column is None:
            continue
        kind = f"{column}s"
        for topic in context.dataset.tables[table][column].drop_nulls().unique():
            try:
                out[f"{table}/{topic}"] = context.say("topic.of", word=word, name=context.language.name(kind, topic))
            except UnknownName:
                out[f"{table}/{topic}"] = word
    return out
