"""What is proposed for each programme: one line with cost, participants, proposal, and what would change it."""

from __future__ import annotations

import polars as pl

from hhanalytics.briefs.blocks import Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import columns, counted, graded, none, quoted
from hhanalytics.briefs.sections.programme_charts import shared_pools
from hhanalytics.decisions.finding import cite, grade_of
from hhanalytics.decisions.recommendations import Assessment
from hhanalytics.evidence import Figure
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.methods import constant
from hhanalytics.present.inline import Runs, Shown, runs
from hhanalytics.present.sentences import sentence

#: Why something is proposed, in the order in which a reader wants it: what is known first.
REASONS = (
    "likely goals_reached wanted", "likely", "expected_gain", "unlikely", "unlikely statutory", "statutory", "",
    "worth_getting", "not_confirmed", "value_unknown", "work_uncounted", "not_counted", "cost_unknown",
    "weighed_less all_counted", "weighed_less all_counted statutory",
)  # fmt: skip


#: How many kinds of activity a row names.
ACTIVITIES = 2


def decision_table(context: Context) -> Table:
    """Every programme by what its proposal rests on; then the activities that were weighed, the rest, the total."""
    chance = any(each.probability for each in context.assessments)
    described: list[tuple[str, str, float]] = [
        ("programme", "left", 1.4), ("cost", "right", 1.4), ("activity", "left", 1.08),
        ("per_participant", "right", 1.12),
    ]  # fmt: skip
    if chance:
        described.append(("chance", "right", 0.7))
    described += [("proposal", "left", 0.92), ("hangs_on", "left", 1.3)]
    heads = columns(context, "proposals", *described)  # type: ignore[arg-type]
    rows: list[Row] = []
    for because in _reasons(context):
        id = "_and_".join(because) or "otherwise"
        rows.append(Row((context.text(f"because.{id}"),), "group"))
        rows += [_row(context, each, chance) for each in context.assessments if each.because == because]
    rows += closing_rows(context, len(heads))
    return Table("proposals", context.text("proposals.table"), heads, tuple(rows), tuple(_notes(context, chance)))


def _reasons(context: Context) -> list[tuple[str, ...]]:
    found = {each.because for each in context.assessments}
    return sorted(found, key=lambda because: REASONS.index(" ".join(because)))


def _row(context: Context, each: Assessment, chance: bool) -> Row:
    language = context.language
    cells = [
        context.referred(_name(context, each), each.citations),
        _cost(context, each),
        _activity(context, each),
        _per_participant(context, each),
    ]
    if chance:
        cells.append(
            graded(context, (language.shown(each.probability),), each.probability)
            if each.probability
            else none(context)
        )
    proposal = runs(context.text(f"recommendation.{each.recommendation}"), " ", language.mark(each.strength))
    hidden = context.withholds(each.flip)
    hangs_on = context.text("proposals.hidden") if hidden else sentence(language, each.flip)
    if each.statutory and each.recommendation != "other_ways":
        hangs_on = runs(hangs_on, " ", context.text("proposals.statutory"))
    return Row((*cells, proposal, hangs_on))


def _name(context: Context, each: Assessment) -> Runs:
    if each.table == "programmes":
        return context.language.named("programmes", each.subject)
    rows = context.dataset.activities.filter(activity=each.subject)
    return quoted(context, "activities", rows.row(0, named=True), "name")


def _cost(context: Context, each: Assessment) -> Runs:
    if each.cost.known:
        return graded(context, context.language.spread(*each.cost, "bare"), each.cost.high)
    if each.table == "activities":
        return none(context)
    reason = context.simulation.models.of(each.subject).cost_reason
    return (Shown(context.say(f"reason.{reason}"), None, "nok", "missing", "exact", ()),)


def _activity(context: Context, each: Assessment) -> Runs:
    """What was counted, participants first."""
    figures = next((p.activity for p in context.programmes if p.programme == each.subject), ())
    return counted(context, figures, ACTIVITIES)


def _per_participant(context: Context, each: Assessment) -> Runs:
    """The limit or range that is known, and where in it the figure probably lies."""
    if not each.per_participant.known:
        return none(context)
    cell = graded(context, context.language.limit(*each.per_participant, "bare"), each.per_participant.high)
    if not each.likely.known:
        return cell
    likely = context.language.spread(*each.likely, "bare+about")
    return runs(cell, " ", context.text("proposals.likely", span=graded(context, likely, *each.likely)))


def closing_rows(context: Context, width: int) -> list[Row]:
    """The last rows of a table of programmes: what of shared pools belongs to none, and all that was charged."""
    found = []
    for each in context.programmes:
        if each.programme == UNALLOCATED and each.cost.known:
            name = context.say("programmes.unallocated", pools=shared_pools(context))
            cost = graded(context, context.language.spread(*each.cost, "bare"), each.cost.high)
            found.append(Row((context.referred(name, each.cost.high.citations), cost, *(() for _ in range(width - 2)))))
    rows = context.dataset.costs.filter(pl.col("period_end").dt.year() == context.year)
    total = Figure(int(rows["amount_nok"].sum()), "nok", grade_of(rows), citations=cite("costs", rows), formula="sum")
    cells = (context.text("programmes.total"), graded(context, (context.language.shown(total, "bare"),), total))
    return [*found, Row((*cells, *(() for _ in range(width - 2))), "total")]


def _notes(context: Context, chance: bool) -> list[Runs]:
    notes = [context.text("proposals.note.rule")]
    likely = [each for each in context.assessments if each.likely.known]
    if likely:
        cites = tuple(dict.fromkeys(c for each in likely for c in each.likely.high.citations))
        said = context.text(
            "proposals.note.likely", share=Figure(80, "chance", "derived", citations=cites, formula="chosen")
        )
        notes.append(runs(said, " ", _open_counts(context)) if _open_counts(context) else said)
    if not chance:
        notes.append(context.text("proposals.note.no_chance"))
    else:
        notes.append(context.text("proposals.note.chance"))
    return notes


def _open_counts(context: Context) -> Runs:
    """How far above a count that is open above its draws go: a judgement, said where it is used."""
    counts = [each for each in context.simulation.models.inputs.values() if each.kind == "count"]
    hedges = dict(context.dataset.activities.select("activity", "qualifier").iter_rows())
    cites = tuple(c for each in counts if hedges.get(each.topic) == "at_least" for c in each.citations)
    if not cites:
        return ()
    more = Figure(100 * (constant("at_least_factor") - 1), "chance", "assumed", citations=cites, formula="judged")
    return context.text("proposals.note.open", more=graded(context, (context.language.shown(more),), more))
