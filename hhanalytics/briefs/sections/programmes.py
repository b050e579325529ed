"""The programmes: what each costs, what was done, what a participant costs, and what an outside price must exceed."""

from __future__ import annotations

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.decision_table import closing_rows, decision_table
from hhanalytics.briefs.sections.parts import cited, columns, counted, graded, heading, none, quoted
from hhanalytics.briefs.sections.programme_charts import cost_chart
from hhanalytics.briefs.sections.ranking import ranking
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.finding import Finding, cite, grade_of
from hhanalytics.decisions.programmes import Programme, Span
from hhanalytics.evidence import Citation, Figure
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.methods import constant
from hhanalytics.present.inline import Runs, Shown, citations, runs
from hhanalytics.present.language import Value
from hhanalytics.present.sentences import values

#: How many kinds of activity a row of the table names.
ACTIVITIES = 3


def programmes(context: Context) -> Block:
    """The section on programmes: what is proposed for each, how the money is divided, what comes first.

    What was counted, break-even prices and goals of each programme stand in the table behind the chart.
    """
    blocks: list[Block] = [heading(context, "programmes", new_page=True), decision_table(context)]
    blocks += [Paragraph(note, "note") for note in _notes(context)]
    blocks += cost_chart(context, _table(context))
    blocks += [ranking(context), *_grants(context)]
    return Blocks(tuple(blocks))


def _groups(context: Context) -> list[tuple[str, list[Programme]]]:
    """Programmes by how much is known of them."""
    own = [p for p in context.programmes if p.programme != UNALLOCATED]
    return [
        ("known", [p for p in own if p.per_participant.known]),
        ("cost_only", [p for p in own if p.cost.known and not p.per_participant.known]),
        ("unknown", [p for p in own if not p.cost.known]),
    ]


def _table(context: Context) -> Table:
    shown = any(p.value.known for p in context.programmes)
    described: list[tuple[str, str, float]] = [
        ("programme", "left", 1.45), ("cost", "right", 1.4), ("activity", "left", 1.2),
        ("per_participant", "right", 0.95), ("break_even", "right", 1.05),
    ]  # fmt: skip
    if shown:
        described.append(("value", "right", 1.0))
    described.append(("goals", "right", 0.5))
    heads = columns(context, "programmes", *described)  # type: ignore[arg-type]
    rows: list[Row] = []
    for group, members in _groups(context):
        if members:
            rows.append(Row((context.text(f"programmes.group.{group}"),), "group"))
            rows += [_row(context, each, shown) for each in members]
    rows += closing_rows(context, len(heads))
    return Table("programmes", context.text("programmes.table"), heads, tuple(rows))


def _row(context: Context, each: Programme, shown: bool) -> Row:
    language = context.language
    name = context.referred(
        language.name("programmes", each.programme),
        cited(each.cost.high, *each.activity[:ACTIVITIES]),
    )
    cells = [
        name,
        _cost(context, each),
        counted(context, each.activity, ACTIVITIES),
        _quotient(context, each.per_participant),
        _break_even(context, each),
    ]
    if shown:
        cells.append(
            graded(context, language.spread(*each.value, "bare"), *each.value) if each.value.known else none(context)
        )
    return Row((*cells, _goals(context, each.programme)))


def _cost(context: Context, each: Programme) -> Runs:
    if not each.cost.known:
        return (Shown(context.say(f"reason.{each.reason}"), None, "nok", "missing", "exact", ()),)
    return graded(context, context.language.spread(*each.cost, "bare"), each.cost.high)


def _quotient(context: Context, span: Span, style: str = "bare") -> Runs:
    if not span.known:
        return none(context)
    return graded(context, context.language.limit(*span, style), span.high)


def _break_even(context: Context, each: Programme) -> Runs:
    """The break-even price, with its unit where that is not a participant."""
    cell = _quotient(context, each.break_even)
    if not each.break_even.known or each.break_even_unit == "participants":
        return cell
    unit = context.language.name("per_unit", each.break_even_unit)
    return runs(cell, " ", context.text("programmes.per_unit", unit=unit))


def _goals(context: Context, programme: str) -> Runs:
    goals = context.dataset.goals.filter(programme=programme, year=context.year)
    if not goals.height:
        return none(context)
    reached = goals.filter(status="achieved")
    return context.text(
        "programmes.goals",
        reached=Figure(reached.height, "goals", grade_of(goals), citations=cite("goals", goals)),
        goals=Figure(goals.height, "goals", grade_of(goals), citations=cite("goals", goals)),
    )


def _notes(context: Context) -> list[Runs]:
    """What a reader of the figures must know: how they were made, and where they may mislead."""
    notes = [context.text("programmes.note.method")]
    full = _full_position(context)
    if full:
        notes.append(full)
    for finding in context.of("charge_off_key"):
        notes.append(_both_ways(context, finding.names["pool"][1]))
    if not any(p.value.known for p in context.programmes):
        missing = list(context.of("gap_price", "gap_equivalence", "gap_counts"))
        said = runs(*(part for f in missing for part in (context.text(f"value.{f.kind}", **_lists(context, f)), " ")))[
            :-1
        ]
        notes.append(
            context.referred(
                context.text("programmes.note.no_value", reasons=said),
                cited(*(f.figures["services_number"] for f in missing)),
            )
        )
    return [note for note in notes if note]


def _lists(context: Context, finding: Finding) -> dict[str, Value]:
    return {name: value for name, value in values(context.language, finding).items() if name in finding.lists}


def _full_position(context: Context) -> Runs:
    """What a full position costs, and the cross-check beside it."""
    dataset = context.dataset
    costs = compute(dataset, "full_position_costs", year=context.year)
    spans = {row["use"]: (row["low_nok"], row["high_nok"]) for row in costs.iter_rows(named=True)}
    if "range" not in spans:
        return ()

    def figures(use: str) -> tuple[Figure, Figure]:
        hooks = dataset.position_hooks.filter(use=use)
        charges = dataset.costs.filter(pl.col("pool").is_in(hooks["charged_pool"].unique().implode()))
        cites: tuple[Citation, ...] = (*cite("position_hooks", hooks), *cite("costs", charges))
        low, high = (Figure(value, "nok", "derived", citations=cites, formula="full_position") for value in spans[use])
        return low, high

    spread = context.language.spread
    check = (
        context.text("programmes.note.cross_check", cost=spread(*figures("cross_check")))
        if "cross_check" in spans
        else ()
    )
    said = context.text("programmes.note.full_position", cost=spread(*figures("range")), check=check)
    return context.referred(said, figures("range")[0].citations)


def _both_ways(context: Context, pool: str) -> Runs:
    """A programme's cost and cost per participant as printed and as the key gives, where a charge is off its key."""
    owners = context.printed.pools.filter(pool=pool)["programme"].drop_nulls().unique().to_list()
    if not owners:
        return ()
    ways = {}
    for name, data in (("printed", context.printed), ("by_key", corrected(context.printed, context.agreement))):
        ways[name] = context.programme_in(data, owners[0])
    language = context.language
    said = context.text(
        "programmes.note.both_ways" if ways["printed"].per_participant.known else "programmes.note.both_costs",
        programme=language.name("programmes", owners[0]),
        printed=ways["printed"].cost.high,
        by_key=ways["by_key"].cost.high,
        per_printed=ways["printed"].per_participant.high,
        per_by_key=ways["by_key"].per_participant.high,
    )
    return context.referred(said, citations(said))


# Grants


def _grants(context: Context) -> list[Block]:
    """Money from outside in the year: amount, until when, and whether it must be audited."""
    year, language = context.year, context.language
    rows = context.dataset.grants.filter(
        (pl.col("status") == "granted")
        & (pl.col("period_start").is_null() | (pl.col("period_start").dt.year() <= year))
        & (pl.col("period_end").is_null() | (pl.col("period_end").dt.year() >= year))
    )
    stated = rows.filter(pl.col("amount_nok").is_not_null()).sort("amount_nok", descending=True)
    if not rows.height:
        return []
    parts: list[Runs] = []
    for row in stated.iter_rows(named=True):
        one = stated.filter(grant=row["grant"])
        figure = Figure(row["amount_nok"], "nok", grade_of(one), citations=cite("grants", one))
        until = (
            context.text("grants.until", date=row["period_end"]) if row["period_end"] else context.text("grants.open")
        )
        audit = context.text("grants.audit") if row["amount_nok"] > constant("audit_duty_nok") else ()
        passed = context.text("grants.passed_on") if row["passed_on"] else ()
        named = (
            runs(language.name("programmes", row["programme"]))
            if row["programme"]
            else quoted(context, "grants", row, "name")
        )
        parts.append(
            context.referred(
                context.text(
                    "grants.one",
                    programme=named,
                    grantor=quoted(context, "grants", row, "grantor"),
                    amount=figure,
                    until=until,
                    passed=passed,
                    audit=audit,
                ),
                figure.citations,
            )
        )
    unsaid = rows.height - stated.height
    said = runs(*(piece for part in parts for piece in (part, " ")))
    unstated = rows.filter(pl.col("amount_nok").is_null())
    tail = (
        context.referred(
            context.text(
                "grants.unstated",
                number=Figure(unsaid, "grants", grade_of(unstated), citations=cite("grants", unstated)),
            ),
            cite("grants", unstated),
        )
        if unsaid
        else ()
    )
    return [Paragraph(runs(context.text("grants.lead"), " ", said, tail))]
