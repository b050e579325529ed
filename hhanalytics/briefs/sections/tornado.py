"""What moves the result of a programme most: one uncertain figure at a time."""

from __future__ import annotations

from typing import Any

from hhanalytics.briefs.blocks import Block, Blocks, ChartBlock, Row
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import alternative, behind, columns, graded, quoted, text_of
from hhanalytics.decisions.finding import kroner
from hhanalytics.decisions.flips import tornado as swings
from hhanalytics.decisions.models import Input
from hhanalytics.decisions.programmes import Span
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, plain, runs
from hhanalytics.present.language import capital


def tornado(context: Context, programme: str) -> Block:
    """A chart of ranges, the widest first; nothing where nothing is uncertain, or a count is too small to show."""
    models = context.simulation.models
    found = [row for row in swings(models, programme).iter_rows(named=True) if row["swing"] > 0]
    ends = [_span(context, programme, row) for row in found]
    if not found or any(context.language.gate.withholds(figure) for span in ends for figure in span):
        return Blocks(())
    rows, table, labels = [], [], []
    for row, span in zip(found, ends, strict=True):
        said = capital(_label(context, models.inputs[row["input"]]))
        label = plain(said)
        labels.append(said)
        cell = context.language.spread(*span, "bare+about")
        values = {"label": label, "low": span.low.value, "high": span.high.value, "point": None, "bound": "range"}
        rows.append({**values, "text": text_of(cell)})
        table.append(Row((said, graded(context, cell, *span))))
    outcome = context.say(f"outcome_of.{found[0]['outcome']}")
    name = context.language.name("programmes", programme)
    message = context.text("chart.tornado.title", input=labels[0], outcome=outcome, programme=name)
    title = plain(message)
    alt = alternative(context, title, [(str(row["label"]), str(row["text"])) for row in rows])
    data: dict[str, Any] = {"rows": rows, "missing_text": "", "unit_text": context.say("chart.tornado.unit")}
    chart = Chart(f"tornado_{programme}", "ranges", title, alt, "nok", data)
    heads = columns(context, "tornado", ("input", "left", 2), ("result", "right", 1))
    behind_it = behind(context, "tornado", heads, table)
    return ChartBlock(chart, behind_it, (context.text("chart.tornado.note"),), said=message)


def _span(context: Context, programme: str, row: dict[str, Any]) -> Span:
    models = context.simulation.models
    model = models.of(programme)
    inputs = [models.inputs[name] for name in model.uses(row["outcome"])]
    cites = tuple(dict.fromkeys(c for each in inputs for c in each.citations))
    persons = min((int(each.spread.low) for each in inputs if each.kind == "count"), default=None)
    grade = model.grade(row["outcome"], models.inputs)
    low, high = sorted((row["at_low"], row["at_high"]))
    ends = [kroner(value, cites, grade, formula="swing") for value in (low, high)]
    return Span(*(type(end)(**{**vars(end), "persons": persons}) for end in ends))


def _label(context: Context, each: Input) -> Runs:
    """An uncertain figure in words."""
    names = context.language.names
    name: Runs
    if each.kind in ("count", "outside"):
        rows = context.dataset.activities.filter(activity=each.topic)
        known = quoted(context, "activities", rows.row(0, named=True), "name") if rows.height else ()
        name = known or runs(each.topic)
    elif each.kind == "position":
        name = runs(names.get(("pools", each.topic), each.topic))
    else:
        name = runs(names.get(("service", each.topic), each.topic))
    return context.text(f"input.{each.kind}", name=name)
