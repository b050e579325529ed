"""Welfare technology: a small chart per technology, with its breaks marked as unexplained."""

from __future__ import annotations

from typing import Any

import polars as pl

from hhanalytics.briefs.blocks import Block, Blocks, ChartBlock, Column, Paragraph, Row
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import behind, cited, heading
from hhanalytics.decisions.finding import cite, grade_of, parts
from hhanalytics.decisions.municipalities import ordinary_pools
from hhanalytics.decisions.series import monthly
from hhanalytics.evidence import Figure
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, plain, runs
from hhanalytics.present.sentences import listed, question


def welfare_tech(context: Context) -> Block:
    """The section on welfare technology; nothing where no units were counted in the year."""
    series = monthly(context.dataset).filter(pl.col("month").dt.year() == context.year)
    if not series.height:
        return Blocks(())
    breaks = context.of("welfare_tech_break")
    blocks: list[Block] = [heading(context, "welfare_tech", new_page=True)]
    if breaks:
        blocks.append(Paragraph(context.backed(_summary(context), breaks[0].grade, cited(*breaks[0].figures.values()))))
    blocks.append(_chart(context, series))
    if breaks:
        blocks.append(Paragraph(question(context.language, breaks[0])))
    events = context.dataset.events.filter(
        (
            (pl.col("affects") == "welfare_tech")
            | (pl.col("kind").is_in(["exit", "entry"]) & pl.col("affects").is_in(ordinary_pools(context.dataset)))
        )
        & (pl.col("date").dt.year() == context.year)
    )
    if events.height:
        said = "; ".join(_event(context, row) for row in events.iter_rows(named=True))
        blocks.append(
            Paragraph(context.referred(context.text("welfare_tech.events", events=said), cite("events", events)))
        )
    return Blocks(tuple(blocks))


def _event(context: Context, row: dict[str, Any]) -> str:
    when = {"day": context.language.date(row["date"]), "month": context.language.date(row["date"], "month_year")}
    date = when.get(row["precision"], str(row["date"].year))
    return context.say("welfare_tech.event", event=row["text_nb"], date=date)


def _summary(context: Context) -> Runs:
    """How large the breaks are beside an ordinary month."""
    first = context.of("welfare_tech_break")[0]
    return context.text("welfare_tech.summary", series=first.figures["series"])


def _units(context: Context, technology: str) -> dict[str, Figure]:
    """Month → units in use, as figures."""
    rows = context.dataset.welfare_tech.filter(
        (pl.col("technology") == technology) & (pl.col("month").dt.year() == context.year)
    )
    found = {}
    for (month,), group in rows.group_by(["month"], maintain_order=True):
        found[month.isoformat()] = Figure(
            int(group["units"].sum()),
            "units",
            grade_of(group),
            citations=cite("welfare_tech", group),
            counts_persons=True,
            parts=parts("welfare_tech", group),
        )
    return dict(sorted(found.items()))


def _chart(context: Context, series: pl.DataFrame) -> Block:
    language = context.language
    breaks = [
        {"from": f.names["from"][1], "to": f.names["month"][1], "label": context.say("chart.welfare_tech.break")}
        for f in context.of("welfare_tech_break")
    ]
    panels, table = [], []
    months: list[str] = []
    for technology in series["technology"].unique(maintain_order=True):
        figures = _units(context, technology)
        months = months or list(figures)
        shown = {month: language.shown(figure, "bare") for month, figure in figures.items()}
        points = [
            {"month": month, "tick": _tick(context, month), "value": each.value, "text": each.text}
            for month, each in shown.items()
        ]
        label = language.name("technology", technology)
        panels.append({"label": label, "points": points, "sentence": _sentence(context, figures)})
        table.append(Row((runs(label), *((each,) for each in shown.values()))))
    title = context.say(
        "chart.welfare_tech.title" if breaks else "chart.welfare_tech.calm",
        number=Figure(len(panels), "series", "documented"),
        months=_months(context),
    )
    alt = context.say(
        "chart.alternative", title=title, rows="; ".join(f"{p['label']}: {p['sentence']}" for p in panels)
    )
    chart = Chart(
        "welfare_tech",
        "small_multiples",
        title,
        alt,
        "units",
        {"panels": panels, "breaks": breaks, "ticks": [months[0], months[-1]]},
    )
    heads = (
        Column(context.say("welfare_tech.column.technology"), "left", 2.6),
        *(Column(_tick(context, month), "right") for month in months),
    )
    return ChartBlock(chart, behind(context, "welfare_tech", heads, table), (context.text("chart.welfare_tech.note"),))


def _months(context: Context) -> str:
    return listed(
        context.language, (context.language.name(*f.names["month"]) for f in context.of("welfare_tech_break"))
    )


def _tick(context: Context, month: str) -> str:
    import datetime as dt

    return context.language.date(dt.date.fromisoformat(month), "month_short")


def _sentence(context: Context, figures: dict[str, Figure]) -> str:
    """What one technology did: at its breaks, or from the first month to the last."""
    language, gate = context.language, context.language.gate
    parts = []
    for finding in context.of("welfare_tech_break"):
        before, after = figures[finding.names["from"][1]], figures[finding.names["month"][1]]
        change = gate.change(before, after)
        if change is None:
            return context.say("welfare_tech.withheld")
        parts.append(
            plain(context.text("welfare_tech.change", change=change, month=language.name(*finding.names["month"])))
        )
    if parts:
        return listed(language, parts)
    first, last = next(iter(figures)), list(figures)[-1]
    return context.say(
        "welfare_tech.calm",
        first=figures[first],
        last=figures[last],
        start=language.name("months", first),
        end=language.name("months", last),
    )
