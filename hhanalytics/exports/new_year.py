"""A new year: the workbook to hand out, a checklist with the dates that are known, and these as a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from html import escape

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.exports.commands import typed
from hhanalytics.exports.deadlines import Step, due, due_text
from hhanalytics.exports.template import template
from hhanalytics.exports.words import Labels
from hhanalytics.privacy.gate import Gate

_STYLE = """
body{font:11pt/1.45 "Source Sans 3",Calibri,Arial,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1a1a1a}
h1{color:#1f4e5f;font-size:1.7em;margin-bottom:.2em}h2{color:#1f4e5f;font-size:1.15em;margin:1.6em 0 .4em}
table{border-collapse:collapse;width:100%}td{border-bottom:1px solid #d5d5d5;padding:.35em .6em .35em 0;vertical-align:top}
td:first-child{width:12em}small{color:#666}ol{padding-left:1.4em}ul{padding-left:0;list-style:none}li{margin:.35em 0}
.line{display:inline-block;width:8em;border-bottom:1px solid #777}code{background:#f2f2f2;padding:.1em .3em}
.box{display:inline-block;width:.8em;height:.8em;border:1.2px solid #555;margin-right:.6em;vertical-align:-.1em}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}li,tr{break-inside:avoid}}
"""


def new_year(
    dataset: Dataset,
    year: int,
    *,
    data: str = "data/raw",
    folder: str = "",
    language: str = "nb",
    gate: Gate | None = None,
) -> dict[str, bytes]:
    """What is needed to collect and check the figures of a year.

    Args:
        dataset: What is known so far.
        year: The year.
        data: Where the figures will be read in, for the commands on the checklist.
        folder: Where the files will lie, for the same; empty: ``year-<year>``.
        language: The reader's language.
        gate: Who will see last year's figures; None: the public.

    Returns:
        File name → content: the workbook, the checklist (HTML, without network) and the known dates as a
        calendar. The same input gives the same bytes.

    Example:
        >>> import hhanalytics as hh
        >>> sorted(new_year(hh.load("data/raw"), 2026))
        ['frister-2026.ics', 'sjekkliste-2026.html', 'tall-2026.xlsx']
    """
    labels = Labels(dataset.tables, language)
    name = f"tall-{year}.xlsx"
    lies = folder or f"year-{year}"
    commands = {
        "import": typed("import", f"{lies}/{name}", data=data),
        "population": typed(
            "fetch", "ssb", "07459", "--municipalities", "all", "--years", str(year), "--as", "population", data=data
        ),
        "check": typed("check", data=data),
        "brief": typed("brief", "--year", str(year), data=data),
    }
    steps = due(dataset, year, labels.language)
    return {
        name: template(dataset, year, language=language, command=commands["import"], gate=gate),
        f"sjekkliste-{year}.html": _checklist(labels, dataset, year, steps, name, commands).encode(),
        f"frister-{year}.ics": _calendar(steps, year, language).encode(),
    }


def open_questions(labels: Labels, dataset: Dataset, year: int) -> Iterator[str]:
    """What earlier years left open and the new one must settle, in words."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    day = labels.language.date
    sheets = {name: labels.sheet(name) for name in ("endings", "memberships")}
    goes_on = pl.col("valid_to").is_null() | (pl.col("valid_to") > start)
    keys = dataset.memberships.filter(goes_on & (pl.col("reference_date") < start))
    for pool, of in keys.select("pool", "reference_date").unique().sort("pool", "reference_date").iter_rows():
        values = {"pool": labels.names("pools")[pool], "date": day(of), "year": str(year), **sheets}
        yield labels.say("year.open.key", **values)
    for row in dataset.memberships.filter(pl.col("valid_to").is_between(start, end)).iter_rows(named=True):
        who, what = labels.names("municipalities")[row["municipality"]], labels.names("pools")[row["pool"]]
        yield labels.say("year.open.membership", municipality=who, pool=what, date=day(row["valid_to"]))
    for row in dataset.grants.filter(pl.col("period_end").is_between(start, end)).iter_rows(named=True):
        yield labels.say("year.open.grant", name=labels.language.of(row, "name")[0], date=day(row["period_end"]))
    for row in dataset.decisions.filter(pl.col("status") == "waiting").iter_rows(named=True):
        yield labels.say("year.open.decision", name=labels.language.of(row, "text")[0], **sheets)
    unsaid = dataset.positions.filter(goes_on & pl.col("position_percent").is_null())
    for programme in unsaid["programme"].unique().sort():
        yield labels.say("year.open.position", programme=labels.names("programmes")[programme])


def _checklist(
    labels: Labels, dataset: Dataset, year: int, steps: list[Step], workbook: str, commands: dict[str, str]
) -> str:
    say, box = labels.say, '<span class="box"></span>'
    title = escape(say("year.title", year=str(year)))
    rows = []
    for step in steps:
        when = escape(due_text(labels, step))
        blank = "" if step.date else f' <span class="line" title="{escape(labels.texts["year.note"])}">&nbsp;</span>'
        source = escape(say("template.due.source", source=step.source, locator=step.locator))
        rows.append(
            f"<tr><td>{when}{blank}</td><td>{box}{_said(step, labels.code)}<br><small>{source}</small></td></tr>"
        )
    guide = labels.texts["template.sheet.guide"]
    values = {"workbook": workbook, "guide": guide, "before": str(year - 1)}
    done = "".join(
        f"<li>{box}{_coded(say(f'year.step.{id}', **{**values, 'command': commands.get(id, '')}), commands.get(id))}</li>"
        for id in (
            "hand_out", "collect", "import", "mend", "population", "check", "clarify", "brief", "compare", "keep",
        )
    )  # fmt: skip
    asked = [f"<li>{box}{escape(text)}</li>" for text in open_questions(labels, dataset, year)]
    clear = f"<ul>{''.join(asked)}</ul>" if asked else f"<p>{escape(labels.texts['year.clear.none'])}</p>"
    head = f'<!doctype html>\n<html lang="{labels.code}"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
    return (
        f"{head}<body>\n<h1>{title}</h1>\n<p>{escape(labels.texts['year.intro'])}</p>\n"
        f"<h2>{escape(labels.texts['year.dates'])}</h2>\n<table>{''.join(rows)}</table>\n"
        f"<h2>{escape(labels.texts['year.clear'])}</h2>\n{clear}\n"
        f"<h2>{escape(labels.texts['year.steps'])}</h2>\n<ol>{done}</ol>\n</body></html>\n"
    )


def _coded(text: str, command: str | None) -> str:
    if not command:
        return escape(text)
    return escape(text).replace(escape(command), f"<code>{escape(command)}</code>")


def _said(step: Step, code: str) -> str:
    """What is to be done, marked where it stands in another language than the page."""
    text = escape(step.text)
    return text if step.lang == code else f'<span lang="{escape(step.lang)}">{text}</span>'


def _calendar(steps: list[Step], year: int, language: str) -> str:
    """The steps with a date, as iCalendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//hhanalytics//new-year//{language.upper()}"]
    for step in steps:
        if step.date is None:
            continue
        last = step.date + timedelta(days=1)
        about = f"{step.source}, {step.locator}"
        lines += [
            "BEGIN:VEVENT", f"UID:{step.deadline}-{year}@hhanalytics", f"DTSTAMP:{year}0101T000000Z",
            f"DTSTART;VALUE=DATE:{step.date:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}",
            *_folded(f"SUMMARY:{_text(step.text)}"), *_folded(f"DESCRIPTION:{_text(about)}"), "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line of at most 75 octets, as the format asks."""
    piece = ""
    for sign in line:
        if len((piece + sign).encode()) > 74:
            yield piece
            piece = " "
        piece += sign
    yield piece
