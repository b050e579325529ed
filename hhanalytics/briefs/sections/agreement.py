"""What does not add up: stated, computed, the difference, and the question to ask."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Items, Paragraph
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import heading
from hhanalytics.decisions.finding import Finding
from hhanalytics.evidence import Citation
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import enumerated, listed, question, sentence

#: Kinds that the section speaks of one by one, in this order; breaks in series have a section of their own.
KINDS = (
    "charge_off_key", "sum_off", "accounts_off", "accounts_agree", "accounts_agree_corrected", "underspend_off", "underspend_agrees",
)  # fmt: skip


def agreement(context: Context) -> Block:
    """The section on agreement: every deviation with the question it raises, then what does agree."""
    items: list[Runs] = [_item(context, finding) for finding in context.of(*KINDS)]
    budgets = context.of("budget_scope")
    if budgets:
        items.append(_budgets(context, budgets))
    rounding = context.of("sum_rounding")
    blocks: list[Block] = [heading(context, "agreement"), Items(tuple(items))]
    if rounding:
        names = listed(context.language, (context.language.name(*f.names["municipality"]) for f in rounding))
        said = context.text("agreement.rounding", municipalities=names)
        blocks.append(Paragraph(context.referred(said, [c for f in rounding for c in _stated(f)]), "note"))
    return Blocks(tuple(blocks))


def _item(context: Context, finding: Finding) -> Runs:
    asked = question(context.language, finding)
    said = sentence(context.language, finding)
    for name, figure in finding.figures.items():
        if context.language.has(f"explains.{name}"):
            said = runs(said, " ", context.text(f"explains.{name}", **{name: figure}))
    return context.backed(runs(said, " ", asked) if asked else said, finding.grade, finding.citations)


def _budgets(context: Context, findings: list[Finding]) -> Runs:
    """All printed budgets in one item."""
    language = context.language
    each = enumerated(
        language,
        (
            context.text("agreement.budget", budget=language.named(*f.names["budget"]), summed=f.figures["summed"])
            for f in findings
        ),
    )
    said = context.text("agreement.budgets", stated=findings[0].figures["stated"], each=each)
    asked = question(language, findings[0])
    return context.backed(runs(said, " ", asked), findings[0].grade, [c for f in findings for c in f.citations])


def _stated(finding: Finding) -> tuple[Citation, ...]:
    return finding.figures["stated"].citations
