"""Blocks as HTML: every text escaped, every table with caption and headings, every picture with words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from hhanalytics.briefs.structure import Structure
from hhanalytics.present.charts import Chart, from_structure
from hhanalytics.present.charts_paper import draw_svg
from hhanalytics.present.charts_screen import draw_plotly


@dataclass(frozen=True)
class Words:
    """Words of the page itself, and whether it is a page or a cell's output in JupyterLab."""

    chart_data: str = ""
    source: str = ""
    whole: bool = False
    formulas: Mapping[str, str] = field(default_factory=dict)


# Runs


def runs_html(runs: list[Structure], words: Words) -> str:
    """Runs as HTML."""
    return "".join(_RUNS[run["run"]](run, words) for run in runs)


def _in_language(text: str, lang: str) -> str:
    """A text, marked where it is in another language than the page: it is then read aloud in its own."""
    return f'<span lang="{escape(lang, quote=True)}">{escape(text)}</span>' if lang else escape(text)


def _figure_run(run: Structure, words: Words) -> str:
    shown = escape(run["text"])
    if run["value"] is None:
        return f'<span class="missing">{shown}</span>'
    behind = "".join(
        f' data-{name}="{escape(str(value), quote=True)}"'
        for name, value in (
            ("unit", run["unit"]),
            ("grade", run["grade"]),
            ("bound", run["bound"]),
            ("sources", " ".join(map(str, run.get("numbers", ())))),
        )
        if value
    )
    said = _made_by(run, words)
    title = f' title="{escape(said, quote=True)}"' if said else ""
    figure = f'<data value="{run["value"]}"{behind}{title}>{shown}</data>'
    return f'<a class="lead" href="#source-{run["lead"]}">{figure}</a>' if "lead" in run else figure


def _made_by(run: Structure, words: Words) -> str:
    """How a figure was made, and the numbers of its sources, for who points at it."""
    formula = words.formulas.get(run["formula"] or "stated", "")
    numbers = ", ".join(map(str, run.get("numbers", ())))
    return f"{formula} [{numbers}]" if formula and numbers else formula


def _refs_run(run: Structure, words: Words) -> str:
    numbers = run.get("numbers", ())
    if not numbers:
        return ""
    said = escape(words.source)
    items = [
        f'<a href="#source-{n}"><span class="said">{said} </span>{n}</a>' if run["linked"] else str(n) for n in numbers
    ]
    return f'<span class="refs">[{", ".join(items)}]</span>'


def _grade_run(run: Structure, _: Words) -> str:
    letter, label = escape(run["letter"]), escape(run["label"], quote=True)
    return f'<span class="grade" title="{label}">{letter}<span class="said">, {label}</span></span>'


_RUNS: Final[dict[str, Callable[[Structure, Words], str]]] = {
    "text": lambda run, _: escape(run["text"]),
    "strong": lambda run, words: f"<strong>{runs_html(run['runs'], words)}</strong>",
    "figure": _figure_run,
    "date": lambda run, _: escape(run["text"]),
    "quoted": lambda run, _: _in_language(run["text"], run["lang"]),
    "refs": _refs_run,
    "grade": _grade_run,
}


# Blocks


def block_html(block: Structure, words: Words) -> str:
    """One block as HTML."""
    return _BLOCKS[block["block"]](block, words)


def _title(block: Structure, words: Words) -> str:
    return f'<h1>{escape(block["text"])}</h1>\n<p class="subtitle">{runs_html(block["subtitle"], words)}</p>'


def _heading(block: Structure, words: Words) -> str:
    level, id = int(block["level"]), escape(block["id"], quote=True)
    question = f'<p class="question">{runs_html(block["question"], words)}</p>' if block["question"] else ""
    return f'<h{level} id="{id}">{escape(block["text"])}</h{level}>{question}'


def _paragraph(block: Structure, words: Words) -> str:
    return f'<p class="{escape(block["style"])}">{runs_html(block["runs"], words)}</p>'


def _list(block: Structure, words: Words) -> str:
    tag = "ol" if block["ordered"] else "ul"
    items = "".join(f"<li>{runs_html(item, words)}</li>\n" for item in block["items"])
    # Lists drawn without markers lose their role in Safari unless it is named.
    return f'<{tag} class="{escape(block["style"])}" role="list">\n{items}</{tag}>'


def _facts(block: Structure, words: Words) -> str:
    items = []
    for fact in block["items"]:
        note = f'<dd class="note">{runs_html(fact["note"], words)}</dd>' if fact["note"] else ""
        label, value = runs_html(fact["label"], words), runs_html(fact["value"], words)
        items.append(f'<div><dt>{label}</dt><dd class="value">{value}</dd>{note}</div>')
    return f'<dl class="facts">{"".join(items)}</dl>'


def _table(block: Structure, words: Words) -> str:
    id, columns = "table-" + escape(block["id"], quote=True), block["columns"]
    heads = "".join(f'<th scope="col" class="{escape(c["align"])}">{escape(c["label"])}</th>' for c in columns)
    whole = sum(c["weight"] for c in columns)
    # The same shares of the width as on paper.
    widths = "".join(f'<col style="width:{100 * c["weight"] / whole:.1f}%">' for c in columns)
    rows = "\n".join(_row(row, columns, words) for row in block["rows"])
    return (
        f'<div class="scroll" role="region" aria-labelledby="{id}" tabindex="0"><table style="--columns:{len(columns)}">\n'
        f'<caption id="{id}"><span>{runs_html(block["caption"], words)}</span></caption>\n<colgroup>{widths}</colgroup>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>{_notes(block, words)}"
    )


def _row(row: Structure, columns: list[Structure], words: Words) -> str:
    cells = [runs_html(cell, words) for cell in row["cells"]]
    if row["style"] == "group":
        return f'<tr class="group"><th scope="rowgroup" colspan="{len(columns)}">{cells[0]}</th></tr>'
    aligns = [escape(column["align"]) for column in columns]
    rest = "".join(f'<td class="{align}">{cell}</td>' for align, cell in zip(aligns[1:], cells[1:], strict=False))
    return f'<tr class="{escape(row["style"])}"><th scope="row" class="{aligns[0]}">{cells[0]}</th>{rest}</tr>'


def _notes(block: Structure, words: Words) -> str:
    return "".join(f'<p class="note">{runs_html(note, words)}</p>' for note in block["notes"])


def _chart(block: Structure, words: Words) -> str:
    chart = from_structure(block["chart"])
    id = "chart-" + escape(chart.id, quote=True)
    figure = f'<figure class="chart" id="{id}"><figcaption>{escape(chart.title)}</figcaption>\n{_drawing(chart, words)}'
    summary = escape(words.chart_data)
    # Two folds of the same name are told apart by the chart's title.
    said = f'<span class="said">: {escape(chart.title)}</span>'
    # A closed fold does not print, so a table that belongs on paper starts open.
    opened = " open" if block.get("table_on_paper") else ""
    fold = f"<details{opened}><summary>{summary}{said}</summary>"
    table = f"{fold}{_table(block['table'], words)}</details>" if words.whole else ""
    return f"{figure}{_notes(block, words)}{table}</figure>"


def _drawing(chart: Chart, words: Words) -> str:
    svg = draw_svg(chart)
    alt = escape(chart.alt, quote=True)
    source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
    # An <img>, so that ids inside the drawing cannot meet those of the page.
    image = f'<img src="{source}" alt="{alt}">'
    if not words.whole:
        return image
    figure = draw_plotly(chart)
    heights = " ".join(f"--{name}: {height}px;" for name, height in figure["heights"].items())
    return (
        f'<div class="drawing" style="{heights}">{image}<div class="plot" role="img" aria-label="{alt}" hidden></div>'
        f'<script type="application/json">{json_for_html(figure)}</script></div>'
    )


def json_for_html(value: Any) -> str:
    r"""JSON that may stand inside a script element, whatever texts it holds.

    Example:
        >>> json_for_html("</script>")
        '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _sources(block: Structure, _: Words) -> str:
    items = "\n".join(_entry(entry) for entry in block.get("entries", ()))
    return f'<ol class="sources" role="list">\n{items}\n</ol>'


def _entry(entry: Mapping[str, Any]) -> str:
    title, address = _in_language(entry["title"], entry["lang"]), entry["address"]
    if address.startswith(("https://", "http://")):
        title = f'<a href="{escape(address, quote=True)}" rel="noreferrer">{title}</a>'
    topic = f", {escape(entry['topic'])}" if entry["topic"] else ""
    told = [escape(entry["lines"]), _in_language(entry["places"], entry["lang"]) if entry["places"] else ""]
    places = ": " * any(told) + "; ".join(filter(None, told))
    return f'<li id="source-{entry["number"]}"><b>{entry["number"]}</b> <span>{title}{topic}{places}</span></li>'


_BLOCKS: Final[dict[str, Callable[[Structure, Words], str]]] = {
    "title": _title,
    "heading": _heading,
    "paragraph": _paragraph,
    "list": _list,
    "facts": _facts,
    "table": _table,
    "chart": _chart,
    "sources": _sources,
}
