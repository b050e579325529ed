"""Which figures to get first, in kroner and hours; it can stand in place of `gaps`."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import amount, cited, columns, graded, heading, none
from hhanalytics.decisions.collecting import hourly_cost
from hhanalytics.decisions.finding import Finding, cite
from hhanalytics.evidence import Citation
from hhanalytics.present.inline import Runs
from hhanalytics.present.sentences import sentence


def first_figures(context: Context) -> Block:
    """The section on what to get first; nothing where nothing is missing or unsure."""
    found = [each for each in context.figures_to_get if each.kind != "nothing_to_get"]
    nothing = [each for each in context.figures_to_get if each.kind == "nothing_to_get"]
    notes = [sentence(context.language, each) for each in nothing]
    if not found:
        said = tuple(Paragraph(note) for note in notes)
        return Blocks((heading(context, "gaps"), *said) if said else ())
    heads = columns(
        context, "first_figures",
        ("missing", "left", 1.9), ("settles", "left", 1.2), ("stake", "right", 0.8), ("hours", "right", 0.55),
    )  # fmt: skip
    rows = tuple(_row(context, each) for each in found)
    hours = cite("collecting", context.dataset.collecting)
    notes = [context.text("first_figures.note"), *_rate(context), *notes]
    caption = context.referred(context.text("first_figures.table"), hours)
    table = Table("first_figures", caption, heads, rows, tuple(notes))
    return Blocks((heading(context, "gaps"), table))


def _row(context: Context, finding: Finding) -> Row:
    return Row(
        (
            context.referred(sentence(context.language, finding), _cites(finding)),
            context.text(f"settles.{finding.settles}"),
            _kroner(context, finding),
            _hours(context, finding),
        )
    )


def _cites(finding: Finding) -> tuple[Citation, ...]:
    """What the gap rests on; what the work of closing it rests on is said once, in the note."""
    work = ("hours_low", "hours", "work_low", "work")
    return cited(*(figure for name, figure in finding.figures.items() if name not in work))


def _kroner(context: Context, finding: Finding) -> Runs:
    if "worth" in finding.figures:
        worth = finding.figures["worth"]
        return context.text("first_figures.worth", worth=graded(context, amount(context, worth, "bare+about"), worth))
    stake = finding.figures.get("stake")
    return amount(context, stake, "bare+bound") if stake else none(context)


def _hours(context: Context, finding: Finding) -> Runs:
    if "hours" not in finding.figures:
        return none(context)
    low, high = finding.figures["hours_low"], finding.figures["hours"]
    return graded(context, context.language.spread(low, high, "bare"), low, high)


def _rate(context: Context) -> list[Runs]:
    low, high = hourly_cost(context.dataset, context.year)
    if low.value is None:
        return []
    rate = graded(context, context.language.spread(low, high), low, high)
    return [context.referred(context.text("first_figures.rate", rate=rate), high.citations)]
