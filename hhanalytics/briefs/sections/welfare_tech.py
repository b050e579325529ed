"""Welfare technology: what changed, what can be compared, what to ask, what it takes to pay off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, ChartBlock, Column, Paragraph, Row
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import behind, cited, heading, quoted
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of
from hhanalytics.decisions.national import national_findings
from hhanalytics.decisions.series import events_beside, monthly
from hhanalytics.decisions.technology import (
    technology_changes,
    technology_gains,
    technology_rates,
    units_of,
)
from hhanalytics.evidence import Figure
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.xmr import xmr
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, citations, plain, runs
from hhanalytics.present.sentences import enumerated, question, sentence, values

EVEN = ("technology_break_even", "technology_break_even_visits")
BREAKS = ("welfare_tech_break", "welfare_tech_break_explained")


def welfare_tech(context: Context) -> Block:
    """The section on welfare technology; nothing where no units were counted in the year."""
    changes = technology_changes(context.dataset, context.year, context.of(*BREAKS))
    if not changes:
        return Blocks(())
    breaks = context.of("welfare_tech_break")
    blocks: list[Block] = [heading(context, "welfare_tech")]
    if breaks:
        said = context.text("welfare_tech.summary", series=breaks[0].figures["series"])
        blocks.append(Paragraph(context.backed(said, breaks[0].grade, cited(*breaks[0].figures.values()))))
    blocks.append(_chart(context, changes))
    if breaks:
        asked = _question(context, changes, breaks)
        blocks.append(Paragraph(context.referred(asked, citations(asked))))
    events = events_of(context)
    return Blocks((*blocks, *((Paragraph(events),) if events else ())))


def welfare_tech_gain(context: Context) -> Block:
    """What is known of the gain from welfare technology, and how much there is beside those who are old.

    It follows `welfare_tech`; together they fill a page. Nothing where no units were counted in the year.
    """
    changes = technology_changes(context.dataset, context.year, context.of(*BREAKS))
    if not changes:
        return Blocks(())
    limits = [context.text(id) for id in _limits_of_the_data(context)]
    notes = [_rates(context), *_national(context), joined(limits)]
    paragraphs = [Paragraph(text) for text in _gains(context, len(changes))]
    return Blocks((*paragraphs, *(Paragraph(note, "note") for note in notes if note)))


# The chart


def _chart(context: Context, changes: list[Finding]) -> Block:
    language, breaks = context.language, context.of(*BREAKS)
    panels, table = [], []
    said: Runs = ()
    months: list[str] = []
    for change in changes:
        figures = _of_year(context, change.subject)
        months = months or list(figures)
        shown = {month: language.shown(figure, "bare") for month, figure in figures.items()}
        points = [
            {"month": month, "tick": _tick(context, month), "value": each.value, "text": each.text}
            for month, each in shown.items()
        ]
        label = language.name("technology", change.subject)
        told = sentence(language, change)
        panels.append({"label": label, "points": points, "sentence": plain(told)})
        said = runs(said, told)
        table.append(Row((runs(label), *((each,) for each in shown.values()))))
    unexplained = context.of("welfare_tech_break")
    rows = context.dataset.welfare_tech.filter(pl.col("month").dt.year() == context.year)
    message = context.text(
        "chart.welfare_tech.title" if unexplained else "chart.welfare_tech.calm",
        number=Figure(len(panels), "series", grade_of(rows), citations=cite("welfare_tech", rows), formula="number"),
        months=months_of(context, unexplained),
    )
    title = plain(message)
    alt = context.say(
        "chart.alternative", title=title, rows="; ".join(f"{p['label']}: {p['sentence']}" for p in panels)
    )
    data = {"panels": panels, "breaks": [_marked(context, f) for f in breaks], "ticks": [months[0], months[-1]]}
    heads = (
        Column(context.say("welfare_tech.column.technology"), "left", 2.6),
        *(Column(_tick(context, month), "right") for month in months),
    )
    chart = Chart("welfare_tech", "small_multiples", title, alt, "units", data)
    said = runs(message, said)
    notes = (context.referred(context.text("chart.welfare_tech.note"), citations(said)),)
    return ChartBlock(chart, behind(context, "welfare_tech", heads, table), notes, said=said)


def _of_year(context: Context, technology: str) -> dict[str, Figure]:
    found = units_of(context.dataset, technology, context.year)
    return {month: figure for month, figure in found.items() if month.startswith(str(context.year))}


def _marked(context: Context, found: Finding) -> dict[str, str]:
    """A break as the chart marks it, with its name."""
    known = "unexplained" if found.kind == "welfare_tech_break" else "explained"
    month = found.names["month"][1]
    label = context.say(f"welfare_tech.break.{known}", month=_tick(context, month))
    return {"from": found.names["from"][1], "to": month, "label": label}


def _limits_of_the_data(context: Context) -> list[str]:
    """What cannot be made of the counts, as ids of texts."""
    counted = monthly(context.dataset).filter(pl.col("month").dt.year() <= context.year)
    breaks = [(dt.date.fromisoformat(f.subject), f.kind) for f in context.of(*BREAKS)]
    charts = xmr(counted["units"], counted["month"], counted["technology"], breaks=breaks)
    said = ["welfare_tech.too_few_points"] if charts["reason"].null_count() == 0 else []
    same = compute(context.dataset, "like_for_like").filter(year=context.year)
    whole = (same["reason"] == "not_by_municipality").fill_null(value=False).all()
    return [*said, *(["welfare_tech.not_by_municipality"] if whole else [])]


def months_of(context: Context, breaks: Iterable[Finding]) -> Runs:
    """The months of some breaks."""
    return enumerated(context.language, (context.language.named(*f.names["month"]) for f in breaks))


def _tick(context: Context, month: str) -> str:
    return context.language.date(dt.date.fromisoformat(month), "month_short")


def joined(texts: list[Runs], between: str = " ") -> Runs:
    """Texts one after the other."""
    return runs(*(part for text in texts for part in (text, between)))[:-1] if texts else ()


# The words below it


def _question(context: Context, changes: list[Finding], breaks: list[Finding]) -> Runs:
    """What to ask the coordinator, with the size of each break for each technology."""
    return context.text(
        "welfare_tech.ask",
        months=months_of(context, breaks),
        steps=steps_of(context, context.dataset, changes, breaks),
        question=question(context.language, breaks[0]),
    )


def steps_of(
    context: Context,
    dataset: Dataset,
    changes: Iterable[Finding],
    breaks: Sequence[Finding],
    hidden: Collection[str] = (),
) -> Runs:
    """The size of each break, in sum and for each technology.

    Args:
        context: The brief's context.
        dataset: Where the units are taken from.
        changes: What each technology did.
        breaks: The breaks.
        hidden: Technologies of which nothing may be told.
    """
    steps, withheld = [], bool(hidden)
    for change in changes:
        figures = units_of(dataset, change.subject, context.year)
        each = []
        for f in breaks:
            before, after = figures[f.names["from"][1]], figures[f.subject]
            step = None if change.subject in hidden else context.language.gate.change(before, after)
            withheld = withheld or step is None
            each.append(_signed(context, step) if step else context.text("welfare_tech.step.withheld"))
        name = context.language.name("technology", change.subject)
        steps.append(context.text("welfare_tech.step", technology=name, changes=joined(each, ", ")))
    if not withheld:
        # Beside all the others, a sum would give away the one that is withheld.
        total = joined([_signed(context, f.figures["change"]) for f in breaks], ", ")
        whole = context.text("welfare_tech.step", technology=context.say("welfare_tech.total"), changes=total)
        steps.insert(0, whole)
    return joined(steps, "; ")


def _signed(context: Context, change: Figure) -> Runs:
    return (context.language.shown(change, "signed+bare"),)


def events_of(context: Context, municipality: str | None = None) -> Runs:
    """The events of the year that could explain a break, and what each says of the breaks.

    Args:
        context: The brief's context.
        municipality: Only those that concern one municipality; None: all.
    """
    breaks = [dt.date.fromisoformat(f.subject) for f in context.of(*BREAKS)]
    order = ("explains", "still_in", "no_date", "other_month")
    best: dict[str, tuple[dict[str, Any], str]] = {}
    for month in breaks:
        for event, says in events_beside(context.dataset, month):
            if municipality is not None and event["municipality"] != municipality:
                continue
            known = best.get(event["event"])
            if known is None or order.index(says) < order.index(known[1]):
                best[event["event"]] = (event, says)
    if not best:
        return ()
    told = [_event(context, event, says) for event, says in best.values()]
    rows = context.dataset.events.filter(pl.col("event").is_in(list(best)))
    return context.referred(context.text("welfare_tech.events", events=joined(told)), cite("events", rows))


def _event(context: Context, event: dict[str, Any], says: str) -> Runs:
    date = context.language.when(event["date"], style="month_year" if event["precision"] == "month" else "")
    return context.text(f"welfare_tech.event.{says}", event=quoted(context, "events", event, "text"), date=(date,))


def _gains(context: Context, counted: int) -> list[Runs]:
    """What is known of gain: mostly that it is not known, what a unit must free, and the hours spent."""
    found = technology_gains(context.dataset, context.year)
    unknown = [f for f in found if f.kind == "technology_gain_unknown"]
    even = [f for f in found if f.kind in EVEN]
    parts: list[Runs] = []
    for f in unknown:
        if f.figures["unknown"].value == counted:
            parts.append(context.text("welfare_tech.gain_unknown", **f.figures))
        else:
            parts.append(sentence(context.language, f))
    if even:
        parts.append(_break_even(context, even))
    effort = [
        context.backed(sentence(context.language, f), f.grade, f.citations) for f in found if f.kind == "joint_effort"
    ]
    return [text for text in (joined(parts), *effort) if text]


def _break_even(context: Context, even: list[Finding]) -> Runs:
    """What a unit must free to pay off, by technology, and what is not known of it here."""
    more = [context.text("welfare_tech.break_even.more", **values(context.language, f)) for f in even[1:]]
    each = joined([sentence(context.language, even[0]), *more], "; ")
    said = [context.text("welfare_tech.break_even", each=each, hourly=even[0].figures["hourly"])]
    rows = context.dataset.technology_effects.filter(technology=even[0].subject, effect="unit_cost")
    if not rows.filter(scope="local").height:
        # A price of elsewhere says in its own words what it is.
        said += [
            quoted(context, "technology_effects", row, "note") for row in rows.iter_rows(named=True) if row["note"]
        ]
    if any(f.kind == EVEN[0] for f in even):
        said.append(context.text("welfare_tech.break_even.no_visit"))
    return context.backed(joined(said), even[0].grade, cited(*(f for each in even for f in each.figures.values())))


def _rates(context: Context) -> Runs:
    """Units per 1 000 of the oldest, per technology."""
    found = [f for f in technology_rates(context.dataset, context.year) if not context.withholds(f)]
    if not found:
        return ()
    rates = enumerated(context.language, (sentence(context.language, f) for f in found))
    ranged = any(f.figures["rate_low"].value != f.figures["rate"].value for f in found)
    known = values(context.language, found[0])
    shown = {name: known[name] for name in ("per", "age", "month")}
    said = context.text("welfare_tech.rates" if ranged else "welfare_tech.rates.exact", rates=rates, **shown)
    grade = found[0].grade
    return context.backed(said, grade, tuple(c for f in found for c in f.citations))


def _national(context: Context) -> list[Runs]:
    """What is used here beside the whole country, and why the rest is not set beside it."""
    found = [f for f in national_findings(context.dataset, context.year) if not context.withholds(f)]
    rates = [f for f in found if f.kind == "national_rate"]
    out: list[Runs] = []
    if rates:
        each = enumerated(context.language, (sentence(context.language, f) for f in rates))
        shown = {name: rates[0].figures[name] for name in ("per", "age")}
        said = context.text("welfare_tech.national", rates=each, **shown)
        out.append(context.backed(said, rates[0].grade, cited(*(f for r in rates for f in r.figures.values()))))
    for f in found:
        if f.kind == "national_not_comparable":
            reasons = [_unlike(context, each) for each in f.details]
            said = context.text(f"finding.{f.kind}", reasons=joined(reasons, "; "))
            out.append(context.referred(said, f.citations))
    return out


def _unlike(context: Context, reason: Finding) -> Runs:
    """One reason why the country's counts are not set beside ours."""
    latest = reason.names.get("latest")
    when: Runs = (context.language.year(int(latest[1][:4])),) if latest else ()
    return context.text(f"finding.{reason.kind}", when=when, **reason.figures)
