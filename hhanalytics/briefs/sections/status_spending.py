"""What was charged so far in a year, against the budget."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Fact, Facts, Heading, Paragraph
from hhanalytics.briefs.status_context import StatusContext
from hhanalytics.decisions.finding import Finding
from hhanalytics.present.sentences import sentence, values


def status_spending(context: StatusContext) -> Block:
    """Charges so far, the budget, and the part of it that is used; nothing where neither is known."""
    found = context.spent
    if not found:
        return Blocks(())
    facts = [fact for finding in found for fact in _facts(context, finding)]
    blocks: list[Block] = [Heading("spending", context.say("status_spending.heading"))]
    if len(facts) > 1:
        blocks.append(Facts(tuple(facts)))
    else:
        blocks += [
            Paragraph(context.backed(sentence(context.language, each), each.grade, each.citations)) for each in found
        ]
    if any(each.kind == "status_spent_of_year" for each in found):
        blocks.append(Paragraph(context.text("status_spending.not_divided"), "note"))
    return Blocks(tuple(blocks))


def _facts(context: StatusContext, finding: Finding) -> list[Fact]:
    """Each figure of a finding as one that stands by itself."""
    known, out = values(context.language, finding), []
    for name, figure in finding.figures.items():
        id = f"status_spending.{finding.kind.removeprefix('status_')}.{name}"
        note = context.backed(context.text(f"{id}.note", **known), figure.grade, figure.citations)
        out.append(Fact(context.text(id, **known), (context.language.shown(figure),), note))
    return out
