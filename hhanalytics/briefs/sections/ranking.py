"""What comes first, whatever one weighs most: how often each programme is among the first."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, ChartBlock, Row
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import alternative, behind, columns
from hhanalytics.decisions.finding import cite
from hhanalytics.evidence import Citation, Figure
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, plain, runs
from hhanalytics.present.language import Value
from hhanalytics.present.sentences import listed

#: How many places are looked at.
PLACES = 3


def ranking(context: Context) -> Block:
    """Bars: in how many of all ways of weighing what counts a programme is among the first three."""
    found = context.priorities
    if len(found.programmes) <= PLACES:
        return Blocks(())
    language = context.language
    cites = _cites(context)
    shares = [
        (id, Figure(100 * share, "chance", "assumed", citations=cites, formula="ranked"))
        for id, share in found.first(PLACES)
    ]
    places = Figure(PLACES, "places", "assumed", citations=cites, formula="chosen")
    first, share = shares[0]
    sure = share.value is not None and share.value >= 95
    values: dict[str, Value] = {
        "programme": language.name("programmes", first),
        "share": (language.shown(share),),
        "places": places,
    }
    message = context.text("chart.ranking.sure" if sure else "chart.ranking.unsure", **values)
    title = plain(message)
    rows, table = [], []
    for id, figure in shares:
        shown = language.shown(figure)
        rows.append({"label": language.name("programmes", id), "value": figure.value, "text": shown.text})
        table.append(Row((runs(language.name("programmes", id)), (shown,))))
    alt = alternative(context, title, [(str(row["label"]), str(row["text"])) for row in rows])
    chart = Chart("ranking", "bars", title, alt, "percent", {"rows": rows})
    heads = columns(context, "ranking", ("programme", "left", 2), ("share", "right", 1))
    return ChartBlock(chart, behind(context, "ranking", heads, table), tuple(_notes(context, places)), said=message)


def _notes(context: Context, places: Figure) -> list[Runs]:
    language, found = context.language, context.priorities
    names = {name: context.say(f"criterion.{name}") for name in found.criteria}
    note = context.text(
        "chart.ranking.note",
        places=places,
        criteria=listed(language, names.values()),
    )
    if found.unknown:
        unknown = listed(language, (names[name] for name in found.unknown))
        note = runs(note, " ", context.text("chart.ranking.unknown", criteria=unknown))
    for worse, better in found.ranking.dominated:
        pair = {name: language.name("programmes", id) for name, id in (("worse", worse), ("better", better))}
        note = runs(note, " ", context.text("chart.ranking.dominated", **pair))
    for left, before, now in found.ranking.reversals:
        three = {
            name: language.name("programmes", id) for name, id in (("left", left), ("before", before), ("now", now))
        }
        note = runs(note, " ", context.text("chart.ranking.reversal", **three))
    return [note]


def _cites(context: Context) -> tuple[Citation, ...]:
    """What the criteria are taken from."""
    dataset, ids = context.dataset, list(context.priorities.programmes)
    goals = dataset.goals.filter(year=context.year).filter(
        dataset.goals.filter(year=context.year)["programme"].is_in(ids)
    )
    inputs = context.simulation.models.inputs.values()
    counted = (c for each in inputs if each.kind == "count" for c in each.citations)
    programmes = dataset.programmes.filter(dataset.programmes["programme"].is_in(ids))
    return tuple(dict.fromkeys((*cite("goals", goals), *counted, *cite("programmes", programmes))))
