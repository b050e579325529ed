"""The brief for one municipality's own leaders: what we pay, what we get, what happens if somebody leaves."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Items, Paragraph, Row, Table, Title
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.benefit import half_year, own_chart, titled
from hhanalytics.briefs.sections.benefit_tables import (
    facts,
    legend,
    missing,
    name_of,
    need_sentence,
    paid_table,
    places_said,
    programme_table,
)
from hhanalytics.briefs.sections.own_technology import own_technology_asked
from hhanalytics.briefs.sections.parts import amount, cited, columns, graded, heading
from hhanalytics.decisions.prospects import Prospect
from hhanalytics.decisions.year_before import year_before
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import sentence, values


def own_title(context: Context, municipality: str) -> Title:
    """The title of the brief for one municipality."""
    context = context.around(municipality)
    return titled(context, "own", municipality=name_of(context, municipality))


def own_payment(context: Context, municipality: str) -> Block:
    """What we pay, beside the others, and why the last period was dearer."""
    context = context.around(municipality)
    each = next(m for m in context.municipalities if m.municipality == municipality)
    return Blocks(
        (
            heading(context, "own_payment"),
            facts(context, each),
            *half_year(context, municipality),
            *_year_before(context, municipality),
            paid_table(context, municipality),
            *need_sentence(context, municipality),
            Paragraph(legend(context), "note"),
        )
    )


def _year_before(context: Context, municipality: str) -> list[Block]:
    """What we pay beside the year before, over what both years have; nothing where there is none."""
    found = year_before(context.dataset, context.year, municipality)
    said = [context.backed(sentence(context.language, each), each.grade, each.citations) for each in found]
    return [Paragraph(each) for each in said]


def own_benefit(context: Context, municipality: str) -> Block:
    """What we get, as far as it is known."""
    context = context.around(municipality)
    own = [each for each in context.benefits if each.municipality == municipality]
    counted = cited(*(each.counted for each in own if each.counted and each.paid.known))
    some = any(each.benefit_share.low.value for each in own)
    said = runs(context.referred(context.text("own_benefit.some" if some else "own_benefit.unknown"), counted))
    if known := places_said(context, municipality, "own_benefit.places"):
        said = runs(said, " ", known)
    chart = own_chart(context, municipality)
    blocks: list[Block] = [heading(context, "own_benefit"), Paragraph(said)]
    blocks += [chart] if chart is not None else []
    return Blocks((*blocks, programme_table(context, municipality, per_inhabitant=False)))


def own_outlook(context: Context, municipality: str) -> Block:
    """What happens if we, or another, leave; for one that has left, if it comes back."""
    context = context.around(municipality)
    name = name_of(context, municipality)
    items: list[Runs] = []
    mine = next((each for each in context.prospects if each.municipality == municipality), None)
    if mine is not None:
        said = context.text("own_outlook.leave", saves=mine.saves, on=mine.on, municipality=name)
        items.append(context.backed(said, mine.saves.grade, mine.saves.citations))
    for finding in context.outlook:
        about = finding.kind in ("if_one_returns", "trial_ends")
        if finding.kind == "if_one_returns" and finding.subject == municipality:
            back = context.text("own_outlook.back", **values(context.language, finding))
            items.append(context.backed(back, finding.grade, finding.citations))
        elif about and (finding.kind == "if_one_returns" or _in_pool(context, municipality, finding.names["pool"][1])):
            items.append(context.backed(sentence(context.language, finding), finding.grade, finding.citations))
    others = [each for each in context.prospects if municipality in each.others]
    blocks: list[Block] = []
    if items or others:
        blocks = [heading(context, "own_outlook"), *([Items(tuple(items), style="findings")] if items else [])]
    if others:
        blocks.append(_table(context, municipality, others))
    return Blocks(tuple(blocks))


def _in_pool(context: Context, municipality: str, pool: str) -> bool:
    return context.dataset.memberships.filter(municipality=municipality, pool=pool).height > 0


def _table(context: Context, municipality: str, others: list[Prospect]) -> Table:
    heads = columns(context, "own_outlook", ("leaver", "left", 1.4), ("kroner", "right", 1), ("percent", "right", 1))
    rows = []
    for each in sorted(others, key=lambda prospect: prospect.moved.value or 0):
        kroner, percent = each.others[municipality]
        rows.append(
            Row(
                (
                    runs(name_of(context, each.municipality)),
                    graded(context, amount(context, kroner, "bare+signed"), kroner),
                    amount(context, percent, "signed"),
                )
            )
        )
    year = (context.language.year(others[0].on.year),)
    caption = context.text("own_outlook.table", municipality=name_of(context, municipality), budget_year=year)
    note = context.text("outlook.note", budget_year=year)
    return Table("own_outlook", context.referred(caption, others[0].moved.citations), heads, tuple(rows), (note,))


def own_report(context: Context, municipality: str) -> Block:
    """What we should report so that the next comparison says more."""
    context = context.around(municipality)
    asked = [*missing(context, municipality), *own_technology_asked(context, municipality)]
    if not asked:
        return Blocks(())
    return Blocks((Heading("own_report", context.say("own_report.heading")), Items(tuple(asked), style="compact")))
