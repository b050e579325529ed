"""The municipalities: what each pays before and after, in all and per inhabitant, and what an exit moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from hhanalytics.briefs.blocks import Block, Blocks, ChartBlock, Column, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import (
    alternative,
    amount,
    behind,
    cited,
    columns,
    graded,
    heading,
    none,
    text_of,
)
from hhanalytics.decisions.finding import kroner
from hhanalytics.decisions.municipalities import Municipality, periods_of
from hhanalytics.evidence import Figure, weakest
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, citations, plain, runs


def municipalities(context: Context) -> Block:
    """The section on municipalities: chart, table, and what is not known of who gets what."""
    blocks: list[Block] = [heading(context, "municipalities"), *_chart(context), _table(context)]
    for finding in context.of("gap_split"):
        blocks.append(
            Paragraph(context.referred(context.text("municipalities.benefit"), cited(finding.figures["stake"])))
        )
    return Blocks(tuple(blocks))


def _name(context: Context, each: Municipality) -> str:
    return context.language.name("municipalities", each.municipality)


def _sum(figures: Iterable[Figure], *, formula: str = "sum") -> Figure:
    """Figures of one unit added together."""
    own = list(figures)
    total = sum(int(figure.value or 0) for figure in own)
    return kroner(total, cited(*own), weakest(figure.grade for figure in own), formula=formula)


def _table(context: Context) -> Table:
    periods = periods_of(context.dataset, context.year)
    heads = (
        *columns(context, "municipalities", ("municipality", "left", 1.2)),
        *(Column(_period(context, period), "right", 1.0) for period in periods),
        *columns(
            context,
            "municipalities",
            ("outside", "right", 1.0),
            ("total", "right", 1.1),
            ("inhabitants", "right", 0.9),
            ("per_inhabitant", "right", 1.0),
        ),
    )
    rows = [_row(context, each) for each in context.municipalities]
    rows.append(_total(context, len(periods)))
    notes = [context.text("municipalities.note"), *_same(context)]
    left = [each for each in context.municipalities if not each.stays]
    if left:
        notes.append(
            context.text("municipalities.note.left", municipality=" / ".join(_name(context, each) for each in left))
        )
    places = cited(*(figure for each in context.municipalities for figure in (each.total, each.inhabitants)))
    caption = context.referred(context.text("municipalities.table"), places)
    return Table("municipalities", caption, heads, tuple(rows), tuple(notes))


def _same(context: Context) -> list[Runs]:
    """Says so where all that stay pay the same per inhabitant in the ordinary pools, to the krone."""
    stay = [each for each in context.municipalities if each.stays and each.inhabitants.value]
    per = [sum(f.value or 0 for f in each.periods) / (each.inhabitants.value or 1) for each in stay]
    if len(per) < 2 or max(per) - min(per) > 1:
        return []
    cites = cited(*(f for each in stay for f in (*each.periods, each.inhabitants)))
    return [
        context.text(
            "municipalities.note.same", per=kroner(sum(per) / len(per), cites, "derived", formula="per_inhabitant")
        )
    ]


def _period(context: Context, period: tuple[date, date]) -> Runs:
    """A period as a heading: a date, since a whole year is nothing but a number."""
    said = context.language.when(*period, "period")
    return (replace(said, text=said.text[:1].upper() + said.text[1:]),)


def _row(context: Context, each: Municipality) -> Row:
    cells: list[Runs] = [runs(_name(context, each))]
    cells += [_charged(context, figure) for figure in (*each.periods, each.outside)]
    cells.append(graded(context, amount(context, each.total), each.total))
    cells.append(amount(context, each.inhabitants))
    cells.append(amount(context, each.per_inhabitant))
    return Row(tuple(cells))


def _charged(context: Context, figure: Figure) -> Runs:
    return amount(context, figure) if figure.value else none(context)


def _total(context: Context, periods: int) -> Row:
    all_of = context.municipalities
    cells: list[Runs] = [context.text("municipalities.total")]
    cells += [_charged(context, _sum(each.periods[number] for each in all_of)) for number in range(periods)]
    cells.append(_charged(context, _sum(each.outside for each in all_of)))
    total = _sum(each.total for each in all_of)
    cells.append(graded(context, amount(context, total), total))
    return Row((*cells, (), ()), "total")


def _chart(context: Context) -> list[Block]:
    """What each was charged in the ordinary pools in the first and in the last period of the year."""
    periods = periods_of(context.dataset, context.year)
    if len(periods) < 2:
        return []
    language = context.language
    before, after = _period(context, periods[0]), _period(context, periods[-1])
    rows, table = [], []
    for each in context.municipalities:
        first, last = each.periods[0], each.periods[-1]
        change = _change(first, last)
        texts = [
            text_of(amount(context, figure)) if figure.value else context.say("cell.out") for figure in (first, last)
        ]
        moved = text_of((language.shown(change, "signed"),)) if change else ""
        rows.append(
            {
                "label": _name(context, each),
                "before": first.value or None,
                "after": last.value or None,
                "before_text": texts[0],
                "after_text": texts[1],
                "change_text": moved,
            }
        )
        shown = [amount(context, figure) if figure.value else runs(context.say("cell.out")) for figure in (first, last)]
        table.append(Row((runs(_name(context, each)), *shown, (language.shown(change, "signed"),) if change else ())))
    stay = [each for each in context.municipalities if each.stays]
    whole = _change(_sum(e.periods[0] for e in stay), _sum(e.periods[-1] for e in stay))
    number = Figure(
        len(stay),
        "municipalities",
        weakest(each.periods[-1].grade for each in stay),
        citations=cited(*(each.periods[-1] for each in stay)),
        formula="number",
    )
    message = _message(context, whole, number, periods[-1])
    title = plain(message)
    data = {
        "rows": rows,
        "before_label": plain(before),
        "after_label": plain(after),
        "change_label": context.say("chart.municipalities.change"),
    }
    alt = alternative(
        context, title, [(str(r["label"]), f"{r['before_text']} → {r['after_text']} {r['change_text']}") for r in rows]
    )
    heads = (
        *columns(context, "municipalities", ("municipality", "left", 1.2)),
        Column(before, "right"),
        Column(after, "right"),
        Column(context.say("chart.municipalities.change"), "right"),
    )
    chart = Chart("municipalities", "dumbbell", title, alt, "nok", data)
    notes = (context.referred(context.text("chart.municipalities.note"), citations(message)),)
    return [ChartBlock(chart, behind(context, "municipalities_change", heads, table), notes, said=message)]


def _message(context: Context, change: Figure | None, members: Figure, last: tuple[date, date]) -> Runs:
    """What happened to those that take part, as the chart's title."""
    if change is None or not change.value:
        return context.text("municipalities_change.table")
    way = "more" if change.value > 0 else "less"
    return context.text(
        f"chart.municipalities.{way}",
        members=members,
        change=replace(change, value=abs(change.value)),
        last=(context.language.when(*last, "period"),),
    )


def _change(first: Figure, last: Figure) -> Figure | None:
    """The change in per cent; None where either was not charged."""
    if not first.value or not last.value:
        return None
    grade = weakest([first.grade, last.grade, "derived"])
    value = 100 * (last.value - first.value) / first.value
    return Figure(value, "percent", grade, citations=cited(first, last), formula="change")
