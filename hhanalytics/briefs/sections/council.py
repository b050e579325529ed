"""The handout for a municipal council: the figures of the briefs without their trade, on two pages that anybody may read."""

from __future__ import annotations

from collections import Counter

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Items, Paragraph, Table, Title
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.benefit import titled
from hhanalytics.briefs.sections.benefit_tables import (
    facts,
    legend,
    name_of,
    paid_row,
    places_said,
    programme_name,
    programme_row,
)
from hhanalytics.briefs.sections.page_one import unknown_items
from hhanalytics.briefs.sections.parts import cited, columns, quoted
from hhanalytics.decisions.finding import cite
from hhanalytics.evidence import Figure, weakest
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import listed, values


def council_title(context: Context, municipality: str) -> Title:
    """The title of the handout."""
    context = context.around(municipality)
    return titled(context, "council", municipality=name_of(context, municipality))


def council_short(context: Context, municipality: str) -> Block:
    """What to remember of it, in a box: what is paid, why it changed, what is got, what is asked of nobody yet."""
    context = context.around(municipality)
    language, name = context.language, name_of(context, municipality)
    each = next(one for one in context.municipalities if one.municipality == municipality)
    paid = context.text("council.paid", municipality=name, total=each.total, per=each.per_inhabitant)
    grade = weakest([each.total.grade, each.per_inhabitant.grade])
    items = [context.backed(paid, grade, cited(each.total, each.per_inhabitant))]
    for finding in context.outlook:
        if finding.kind in ("dearer_half", "cheaper_half") and finding.subject == municipality:
            said = context.text(f"council.{finding.kind}", **values(language, finding))
            items.append(context.backed(said, finding.grade, finding.citations))
    own = [one for one in context.benefits if one.municipality == municipality]
    some = any(one.benefit_share.low.value for one in own)
    items.append(context.text("council.got.some" if some else "council.got.unknown", municipality=name))
    waiting = context.dataset.decisions.filter(status="waiting")
    if waiting.height:
        number = Figure(waiting.height, "decisions", "documented", citations=cite("decisions", waiting))
        items.append(context.referred(context.text("council.waiting", number=number), number.citations))
    head = Heading("short", context.say("council_short.heading"))
    return Blocks((head, Items(tuple(items), style="requests")))


def council_payment(context: Context, municipality: str) -> Block:
    """What the municipality pays, beside the others."""
    context = context.around(municipality)
    each = next(one for one in context.municipalities if one.municipality == municipality)
    head = Heading("paid", context.text("council_payment.heading", municipality=name_of(context, municipality)))
    return Blocks((head, facts(context, each), _paid(context, municipality), Paragraph(legend(context), "note")))


def _paid(context: Context, own: str) -> Table:
    heads = columns(
        context, "paid",
        ("municipality", "left", 1.4), ("total", "right", 1.1), ("per_inhabitant", "right", 1), ("share", "right", 1),
    )  # fmt: skip
    whole = sum(int(each.total.value or 0) for each in context.municipalities)
    rows = tuple(paid_row(context, each, whole, own) for each in context.municipalities)
    cites = cited(*(figure for each in context.municipalities for figure in (each.total, each.inhabitants)))
    left = [name_of(context, each.municipality) for each in context.municipalities if not each.stays]
    notes = [context.text("council_payment.note")]
    if left:
        notes.append(context.text("municipalities.note.left", municipality=listed(context.language, left)))
    return Table("paid", context.referred(context.text("council_payment.table"), cites), heads, rows, tuple(notes))


def council_benefit(context: Context, municipality: str) -> Block:
    """What is known of what the municipality gets for it, and whether the goals were reached."""
    context = context.around(municipality)
    name = name_of(context, municipality)
    own = [each for each in context.benefits if each.municipality == municipality]
    known = [each for each in own if each.paid.known]
    described = columns(
        context, "own_programmes",
        ("programme", "left", 1.5), ("paid", "right", 1.1), ("counted", "left", 1.2), ("got", "left", 1.4),
    )  # fmt: skip
    rows = tuple(programme_row(context, each, per_inhabitant=False) for each in known)
    notes = [context.text("council_benefit.note")]
    unpriced = [programme_name(context, each.programme) for each in own if not each.paid.known]
    if unpriced:
        notes.append(context.text("council_benefit.unknown", programmes=listed(context.language, unpriced)))
    cites = cited(*(f for each in known for f in (each.paid.high, *((each.counted,) if each.counted else ()))))
    caption = context.referred(context.text("council_benefit.table", municipality=name), cites)
    head = Heading("got", context.text("council_benefit.heading", municipality=name), new_page=True)
    table = Table(f"programmes_{municipality}", caption, described, rows, tuple(notes))
    return Blocks((head, *_places(context, municipality), table, *_goals(context)))


def _places(context: Context, municipality: str) -> list[Block]:
    """What a source says took place in the municipality; that nothing is said is said too."""
    nowhere = context.text("council_benefit.nowhere", municipality=name_of(context, municipality))
    return [Paragraph(places_said(context, municipality, "council_benefit.here") or nowhere)]


def _goals(context: Context) -> list[Block]:
    """How many goals were reached."""
    rows = context.dataset.goals.filter(year=context.year)
    reached = rows.filter(status="achieved")
    if not rows.height:
        return []
    cites = cite("goals", rows)
    figures = {
        "goals": Figure(rows.height, "goals", "documented", citations=cites),
        "reached": Figure(reached.height, "goals", "documented", citations=cites),
    }
    id = "council_benefit.goals" + (".read" if rows["is_reading"].any() else "")
    return [Paragraph(context.referred(context.text(id, **figures), cites))]


def council_unknown(context: Context) -> Block:
    """What is not known, beside what it would settle."""
    items = unknown_items(context)
    if not items:
        return Blocks(())
    return Blocks((Heading("unknown", context.say("unknown.heading")), Items(tuple(items))))


def council_considered(context: Context) -> Block:
    """What is proposed to the steering group, and what waits for it; the council is asked nothing."""
    proposals, waiting = _proposals(context), _waiting(context)
    if not proposals and not waiting:
        return Blocks(())
    full = context.language.names.get(("collaboration", "steering_group_full"))
    lead = context.text("council_considered.lead", full=full) if full else context.text("council_considered.lead.short")
    said = runs(*(part for each in (lead, *proposals) for part in (each, " ")))[:-1]
    blocks: list[Block] = [Heading("considered", context.text("council_considered.heading")), Paragraph(said)]
    if waiting:
        blocks += [Paragraph(context.text("council_considered.waiting")), Items(tuple(waiting), style="dense")]
    return Blocks(tuple(blocks))


def _proposals(context: Context) -> list[Runs]:
    """How many programmes each proposal is made for."""
    found = [each for each in context.assessments if each.table == "programmes"]
    out = []
    for name, number in Counter(each.recommendation for each in found).most_common():
        programmes = context.dataset.programmes
        figure = Figure(number, "programmes", "derived", citations=cite("programmes", programmes))
        out.append(context.text(f"council.proposal.{name}", number=figure))
    return out


def _waiting(context: Context) -> list[Runs]:
    """The matters that wait, in the words of their source."""
    rows = context.dataset.decisions.filter(status="waiting")
    return [
        context.referred(
            quoted(context, "decisions", row, "text"), cite("decisions", rows.filter(decision=row["decision"]))
        )
        for row in rows.iter_rows(named=True)
    ]
