"""What the steering group decided in a year, what it follows up, what waits for it, and what comes before the year is over."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Items, Paragraph
from hhanalytics.briefs.sections.benefit_tables import legend
from hhanalytics.briefs.sections.parts import quoted
from hhanalytics.briefs.status_context import StatusContext
from hhanalytics.decisions.finding import cite
from hhanalytics.decisions.status import adopted
from hhanalytics.present.inline import Runs, runs


def status_decided(context: StatusContext) -> Block:
    """Decisions of the year, follow-up rows, and what waits; nothing where there is none."""
    items = [*_followed(context), *_decided(context), *_waiting(context)]
    if not items:
        return Blocks(())
    return Blocks((Heading("decided", context.say("status_decided.heading")), Items(tuple(items), style="dense")))


def status_ahead(context: StatusContext) -> Block:
    """Dates that lie ahead in the year, and what the letters mean."""
    ahead = sorted([*_deadlines(context), *_memberships(context), *_grants(context)], key=lambda each: each[0])
    blocks: list[Block] = []
    if ahead:
        blocks = [
            Heading("ahead", context.say("status_ahead.heading")),
            Items(tuple(said for _, said in ahead), style="dense"),
        ]
    return Blocks((*blocks, Paragraph(legend(context), "note")))


def _followed(context: StatusContext) -> list[Runs]:
    """Each row that was adopted, with who sees to it and whether its time is out."""
    rows, out = adopted(context.dataset, context.as_of), []
    for row in rows.iter_rows(named=True):
        words: dict[str, Any] = {
            "programme": context.language.name("programmes", row["programme"]),
            "measure": quoted(context, "followups", row, "measure"),
            "owner": context.language.names.get(("role", row["owner"]), context.say("cell.missing")),
        }
        due = row["deadline"]
        kind = "open" if due is None else "passed" if due <= context.as_of else "due"
        said = context.text(f"status_followup.{kind}", **words, **({} if due is None else {"deadline": due}))
        out.append(context.referred(said, cite("followups", rows.filter(followup=row["followup"]))))
    return out


def _decided(context: StatusContext) -> list[Runs]:
    """What was decided in the year, day by day."""
    rows = context.dataset.decisions.filter(
        (pl.col("status") == "decided") & pl.col("decided_on").is_between(date(context.year, 1, 1), context.as_of)
    ).sort("decided_on", maintain_order=True)
    out = []
    for (day,), group in rows.group_by(["decided_on"], maintain_order=True):
        said = context.text("status_decided.on", day=day, decisions=_quotes(context, group))
        out.append(context.referred(said, cite("decisions", group)))
    return out


def _waiting(context: StatusContext) -> list[Runs]:
    rows = context.dataset.decisions.filter(status="waiting")
    if not rows.height:
        return []
    said = context.text("status_decided.waiting", decisions=_quotes(context, rows))
    return [context.referred(said, cite("decisions", rows))]


def _quotes(context: StatusContext, rows: pl.DataFrame) -> Runs:
    """The texts of some rows, one after the other."""
    each = [quoted(context, "decisions", row, "text") for row in rows.iter_rows(named=True)]
    return runs(*(part for place, text in enumerate(each) for part in ("\N{NO-BREAK SPACE}· " if place else "", text)))


def _deadlines(context: StatusContext) -> list[tuple[date, Runs]]:
    """The dates of the yearly cycle that a source states."""
    rows, out = context.dataset.deadlines.filter(pl.col("month").is_not_null()), []
    for row in rows.iter_rows(named=True):
        day = date(context.year, row["month"], row["day"] or 1)
        if day > context.as_of:
            known = "day" if row["day"] else "month"
            when = context.language.when(day, style="" if row["day"] else "month_year")
            words = quoted(context, "deadlines", row, "text")
            said = context.text(f"status_ahead.{known}", when=(when,), text=words)
            out.append((day, context.referred(said, cite("deadlines", rows.filter(deadline=row["deadline"])))))
    return out


def _memberships(context: StatusContext) -> list[tuple[date, Runs]]:
    """Parts in a pool that end before the year is over."""
    rows, out = _ending(context, "memberships", "valid_to"), []
    for row in rows.iter_rows(named=True):
        own = rows.filter(municipality=row["municipality"], pool=row["pool"], valid_from=row["valid_from"])
        municipality = context.language.name("municipalities", row["municipality"])
        pool = context.language.name("pools", row["pool"])
        said = context.text("status_ahead.membership", last=row["valid_to"], municipality=municipality, pool=pool)
        out.append((row["valid_to"], context.backed(said, row["grade"], cite("memberships", own))))
    return out


def _grants(context: StatusContext) -> list[tuple[date, Runs]]:
    """Money from outside that ends before the year is over."""
    rows, out = _ending(context, "grants", "period_end").filter(status="granted"), []
    for row in rows.iter_rows(named=True):
        name = quoted(context, "grants", row, "name")
        said = context.text("status_ahead.grant", last=row["period_end"], grant=name)
        out.append(
            (row["period_end"], context.backed(said, row["grade"], cite("grants", rows.filter(grant=row["grant"]))))
        )
    return out


def _ending(context: StatusContext, table: str, column: str) -> pl.DataFrame:
    """The rows of a table that end after the day and before the year is over."""
    rows = context.dataset.tables[table]
    return rows.filter((pl.col(column) > context.as_of) & (pl.col(column) <= date(context.year, 12, 31)))
