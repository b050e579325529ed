"""What does not add up: stated, computed, the difference, and the question to ask."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Items, Paragraph
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import heading
from hhanalytics.decisions.finding import Finding
from hhanalytics.evidence import Citation, weakest
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import enumerated, listed, question, sentence, values

#: Kinds that the section speaks of one by one, in this order; breaks in series have a section of their own, and
#: unclear texts stand with the sources.
KINDS = (
    "charge_off_key", "key_differs", "key_members", "key_undeclared", "key_several_off", "key_few", "key_unusable",
    "member_not_charged", "period_not_charged", "charged_before_joining", "charged_after_exit", "charged_before_start", "charged_while_vacant",
    "charge_negative", "sum_off", "accounts_off", "accounts_agree", "accounts_agree_corrected", "underspend_off", "underspend_agrees",
    "series_unchanged", "series_unchanged_in", "total_against_parts",
)  # fmt: skip
#: Kinds of details that the section tells as well: the best explanation, or the only scope.
TOLD = ("cause_", "scope_", "difference_scope")
#: Kinds of findings about what the municipal budgets are made of.
LAYERS = ("budget_layers", "budget_layers_several")


def agreement(context: Context) -> Block:
    """The section on agreement: every deviation with the question it raises, then what does agree."""
    items: list[Runs] = [_item(context, finding) for finding in context.of(*KINDS)]
    items += _budgets(context, context.of("budget_scope"), context.of(*LAYERS))
    rounding = context.of("sum_rounding")
    told: Block = Items(tuple(items)) if items else Paragraph(context.text("agreement.none"))
    blocks: list[Block] = [heading(context, "agreement"), told]
    if rounding:
        names = listed(context.language, (context.language.name(*f.names["municipality"]) for f in rounding))
        said = context.text("agreement.rounding", municipalities=names)
        blocks.append(Paragraph(context.referred(said, [c for f in rounding for c in _stated(f)]), "note"))
    return Blocks(tuple(blocks))


def _item(context: Context, finding: Finding) -> Runs:
    asked = question(context.language, finding)
    said = sentence(context.language, finding)
    why = finding.details[0] if finding.details else None
    # What is known already, or explains nothing, is not told again.
    if why and finding.severity == "clarify" and why.figures and why.kind.startswith(TOLD):
        said = runs(said, " ", sentence(context.language, why))
    return context.backed(runs(said, " ", asked) if asked else said, finding.grade, finding.citations)


def _budgets(context: Context, findings: list[Finding], layers: list[Finding]) -> list[Runs]:
    """All printed budgets in one item: what they sum to, and what they are made of."""
    language = context.language
    said: list[Runs] = []
    if findings:
        each = enumerated(
            language,
            (
                context.text("agreement.budget", budget=language.named(*f.names["budget"]), summed=f.figures["summed"])
                for f in findings
            ),
        )
        said.append(context.text("agreement.budgets", stated=findings[0].figures["stated"], each=each))
    said += [_layers(context, finding) for finding in layers]
    # What the budgets cover is asked only where it could not be worked out.
    said += [question(language, finding) for finding in (layers or findings)[:1]]
    used = [*findings, *layers]
    if not said:
        return []
    text = runs(*(part for each in said for part in (each, " ")))[:-1]
    return [context.backed(text, weakest(f.grade for f in used), [c for f in used for c in f.citations])]


def _layers(context: Context, finding: Finding) -> Runs:
    """What the municipal budgets are made of: first what can be compared with the accounts, then the rest."""
    language = context.language
    stated = [detail for detail in finding.details if detail.kind == "budget_layer_stated"]
    known = {detail.figures["amount"].value for detail in stated}
    rest = [
        detail
        for detail in finding.details
        if detail.kind == "budget_layer" and detail.figures["amount"].value not in known
    ]
    if not rest:
        return sentence(language, finding)
    parts: list[Runs] = [
        *(context.text("agreement.layer_stated", **values(language, detail)) for detail in stated),
        *(context.text("agreement.layer", **values(language, detail)) for detail in rest),
    ]
    joined = runs(*(part for each in parts for part in (each, "; ")))[:-1]
    return context.text("agreement.layers", layers=finding.figures["layers"], parts=joined)


def _stated(finding: Finding) -> tuple[Citation, ...]:
    return finding.figures["stated"].citations
