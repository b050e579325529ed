"""The assessment of something new: what its mandate says, what it would cost and give, and what is missing."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Fact, Facts, Heading, Paragraph, Row, Table, Title
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.scrutiny import numbered
from hhanalytics.briefs.sections.page_one import LABELS
from hhanalytics.briefs.sections.parts import columns, graded, quoted
from hhanalytics.decisions.finding import cite
from hhanalytics.decisions.mandates import Proposal, assessed_mandate
from hhanalytics.evidence import Figure, weakest
from hhanalytics.present.inline import Runs, plain, runs
from hhanalytics.present.sentences import listed, sentence

#: Fields of the form in the order in which a reader looks for them; a range is one line.
TEXTS = ("need", "ordered_by", "benefit", "statutory_basis", "indicator", "may_stand_outside")
RANGES = ("participants", "cost_nok", "local_hours")


def mandate_title(context: Context, mandate: str) -> Title:
    """The title of the assessment of a mandate."""
    row = assessed_mandate(context.dataset, mandate).row
    name = quoted(context, "mandates", row, "name")
    title, description = context.text("mandate.title", mandate=name), context.text("mandate.description")
    labels = {page: context.language.texts[f"page.{page}"] for page in LABELS}
    subtitle = context.text("mandate.subtitle", start=(context.language.year(row["year"]),))
    names = tuple(numbered(context.language.names.values()))
    said = runs(title, description)
    return Title(plain(title), subtitle, plain(name), plain(description), context.language.code, labels, names, said)


def mandate(context: Context, mandate: str) -> Block:
    """The proposal, its figures, and the form."""
    found = assessed_mandate(context.dataset, mandate)
    blocks: list[Block] = [
        Heading("mandate-proposal", context.say("mandate.proposal.heading")),
        Paragraph(_proposal(context, found)),
    ]
    if found.lacks:
        fields = listed(context.language, (context.say(f"field.{name}").lower() for name in found.lacks))
        blocks.append(Paragraph(context.text("mandate.lacks", fields=fields)))
    facts = _facts(context, found)
    if len(facts) > 1:
        blocks.append(Facts(tuple(facts)))
    blocks.append(
        Heading("mandate-form", context.say("mandate.form.heading"), question=context.text("mandate.form.question"))
    )
    blocks.append(_form(context, found))
    return Blocks(tuple(blocks))


def _proposal(context: Context, found: Proposal) -> Runs:
    each = found.assessment
    words = context.text(
        "mandate.proposal",
        proposal=context.say(f"new.{each.recommendation}"),
        because=context.say(f"because.{'_and_'.join(each.because) or 'otherwise'}"),
        flip=sentence(context.language, each.flip) if each.flip.figures else (),
    )
    return context.backed(words, each.strength, each.citations)


def _facts(context: Context, found: Proposal) -> list[Fact]:
    each, language = found.assessment, context.language
    facts = []
    if each.cost.known:
        facts.append(_fact(context, "mandate.cost", language.spread(*each.cost)))
    if each.per_participant.known:
        facts.append(_fact(context, "mandate.per_participant", language.spread(*each.per_participant, "about")))
    if found.local_cost.known:
        hours = language.spread(*found.local_hours)
        note = context.text("mandate.local_time.note", hours=hours)
        facts.append(_fact(context, "mandate.local_time", language.spread(*found.local_cost, "about"), note))
    if each.probability is not None:
        facts.append(_fact(context, "mandate.chance", (language.shown(each.probability),)))
    return facts


def _fact(context: Context, label: str, value: Runs, note: Runs = ()) -> Fact:
    return Fact(context.text(label), value, note)


def _form(context: Context, found: Proposal) -> Table:
    row, language = found.row, context.language
    missing = runs(context.say("cell.missing"))
    heads = columns(context, "mandate.form", ("field", "left", 1), ("said", "left", 2.4))
    own = context.dataset.mandates.filter(mandate=found.mandate)
    cites = cite("mandates", own)
    cells: dict[str, Runs] = {name: quoted(context, "mandates", row, name) or missing for name in TEXTS}
    for name in RANGES:
        low, high = (row[_side(name, side)] for side in ("low", "high"))
        units = {"participants": "participants", "cost_nok": "nok", "local_hours": "hours"}
        ends = [
            Figure(
                value,
                units[name],
                weakest([row["grade"], "assumed"]),
                citations=cites,
                counts_persons=name == "participants",
            )
            for value in (low, high)
        ]
        cells[name] = graded(context, language.spread(ends[0], ends[1]), *ends) if high is not None else missing
    cells["service"] = runs(language.name("service", row["service"])) if row["service"] else missing
    target = Figure(row["target"], "", row["grade"], citations=cites)
    cells["target"] = (language.shown(target),) if row["target"] is not None else missing
    cells["ends_on"] = (language.when(row["ends_on"]),) if row["ends_on"] else missing
    order = (
        "need", "ordered_by", "benefit", "statutory_basis", "participants", "cost_nok", "local_hours", "service",
        "indicator", "target", "may_stand_outside", "ends_on",
    )  # fmt: skip
    rows = tuple(Row((runs(context.say(f"field.{name}")), cells[name])) for name in order)
    return Table("mandate", context.referred(context.text("mandate.form.table"), cites), heads, rows)


def _side(name: str, side: str) -> str:
    return f"cost_{side}_nok" if name == "cost_nok" else f"{name}_{side}"
