"""What the reader gets: the same content in both media, nothing executed, nothing fetched, all reachable."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
import typst

from hhanalytics.briefs.blocks import (
    Block,
    Blocks,
    ChartBlock,
    Column,
    Fact,
    Facts,
    Heading,
    Items,
    Paragraph,
    Row,
    SourceList,
    Table,
    Title,
)
from hhanalytics.briefs.html import fragment, page
from hhanalytics.briefs.numbering import Numbering, listing, resolved
from hhanalytics.briefs.pdf import TEMPLATE, render_pdf, template_data
from hhanalytics.briefs.structure import structures_of
from hhanalytics.errors import UnknownName
from hhanalytics.evidence import Citation
from hhanalytics.present import charts_paper, charts_screen
from hhanalytics.present.charts import Chart, from_structure
from hhanalytics.present.fonts import FACES, glyphs
from hhanalytics.present.inline import GradeMark, References, Shown, runs
from hhanalytics.present.theme import COLOURS, PAPER, contrast

#: Read as markup by HTML, Typst, matplotlib and plotly, if any of them is let to.
HOSTILE = '<script>alert(me)</script> & "x" #panic() *a* $b$ _c_ @d [e] \\f <b>g</b> &lt;'
DAY = date(2026, 4, 1)
LABELS = {"skip": "Skip", "contents": "Contents", "chart_data": "Data", "source": "Source", "page": "{page}/{pages}"}
FIRST = Citation("report", "costs", "a", "l. 82")
SECOND = Citation("report", "activities", "a", "tabell 1, x")
SAME_AS_FIRST = Citation("report", "costs", "a", "l. 64-65, 83")
UNPRINTED = Citation("statistics", "population", "", "tabell 2, 2025")


def synthetic_charts(text: str = "Row") -> list[Chart]:
    ranges = [
        {"label": text, "low": 3, "high": 5, "point": 4, "bound": "range", "text": text},
        {"label": "b", "low": 11, "high": 17, "point": None, "bound": "at_most", "text": "b"},
        {"label": "c", "low": None, "high": 13, "point": None, "bound": "at_most", "text": "c"},
        {"label": "d", "low": 7, "high": 7, "point": 7, "bound": "exact", "text": "d"},
        {"label": "e", "low": None, "high": None, "point": None, "bound": "exact", "text": ""},
    ]
    pairs = [
        {"label": text, "before": 3, "after": 5, "before_text": "3", "after_text": "5", "change_text": text},
        {"label": "b", "before": 8, "after": None, "before_text": "8", "after_text": "–", "change_text": ""},
    ]
    months = [{"month": f"2025-{m:02}", "tick": text, "value": v, "text": text} for m, v in enumerate((3, 5, 9, 6), 1)]
    months.append({"month": "2025-05", "tick": "may", "value": None, "text": ""})
    panels = [
        {"label": text, "points": months, "sentence": text},
        {"label": "b", "points": months[:3], "sentence": "s"},
    ]
    breaks = [{"from": "2025-02", "to": "2025-03", "label": text}]
    parts = [
        {"label": text, "cost": 25, "known": 0, "possible": 100, "text": text},
        {"label": "b", "cost": 30, "known": 20, "possible": 60, "text": "b"},
        {"label": "c", "cost": None, "known": None, "possible": None, "text": "c"},
    ]
    return [
        Chart("r", "ranges", text, text, "nok", {"rows": ranges, "missing_text": text, "unit_text": text}),
        Chart("d", "dumbbell", text, text, "nok", {"rows": pairs, "before_label": text, "after_label": text}),
        Chart("m", "small_multiples", text, text, "n", {"panels": panels, "breaks": breaks, "ticks": ["2025-01"]}),
        Chart("s", "shares", text, text, "percent", {"rows": parts, "missing_text": text, "unit_text": text}),
        Chart("b", "bars", text, text, "nok", {"rows": [{"label": text, "value": 12, "text": text}]}),
    ]


def shown(number: int) -> Shown:
    return Shown(str(number), number, "nok", "documented", "exact", (UNPRINTED,), style="bare")


def numbers(node: Any) -> list[int]:
    """All numbers of a chart's data."""
    if isinstance(node, dict | list):
        return [number for value in (node.values() if isinstance(node, dict) else node) for number in numbers(value)]
    return [node] if isinstance(node, int) else []


def synthetic_brief(text: str = "Text") -> list[Block]:
    cell = runs(text, shown(1))
    table = Table("t", runs(text), (Column(text), Column(text, "right")), (Row((cell, cell)), Row((cell,), "group")))
    drawn = [
        ChartBlock(
            chart,
            Table(f"{chart.id}_data", runs(text), table.columns, table.rows),
            (runs(text),),
            said=runs(*(shown(number) for number in numbers(chart.data))),
        )
        for chart in synthetic_charts(text)
    ]
    cited = runs(text, " ", GradeMark("B", text), " ", References((SECOND, FIRST)))
    return [
        Title(text, runs(text), text, text, "nb", labels=LABELS),
        Blocks((Heading("one", text, question=runs(text)), Items((cited,), ordered=True, style="requests"))),
        Items((runs(text, References((SAME_AS_FIRST,))),), style="findings"),
        Facts((Fact(runs(text), runs(text), runs(text)),)),
        Heading("two", text, new_page=True),
        Paragraph(runs(text)),
        table,
        Heading("three", text, level=3),
        *drawn,
        Heading("sources", text),
        SourceList({"report": {"title": text, "address": "https://example.org/?a=1&b=2"}}, {"costs/a": text}, "line"),
    ]


def structures(text: str = "Text") -> list[dict[str, Any]]:
    return structures_of(notebook(text))


def notebook(text: str = "Text") -> dict[str, Any]:
    outputs = [
        {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": block._repr_mimebundle_()}
        for block in synthetic_brief(text)
    ]
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "code()", "execution_count": 1, "outputs": [out]}
        for n, out in enumerate(outputs)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data

    def all(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


@pytest.fixture(scope="module")
def html() -> str:
    return page(notebook(HOSTILE))


@pytest.fixture(scope="module")
def parsed(html: str) -> Page:
    return Page(html)


# Charts


@pytest.mark.parametrize("chart", synthetic_charts(), ids=lambda chart: chart.kind)
def test_both_drawings_hold_the_points(chart: Chart) -> None:
    """Each drawing holds exactly the chart's numbers, row by row."""
    names = [each["label"] for each in chart.data.get("rows", chart.data.get("panels"))]
    expected = {(names.index(point.row), float(point.value)) for point in chart.points()}
    assert expected
    assert points_on_paper(chart) == expected
    assert points_on_screen(chart) == expected


def points_on_paper(chart: Chart) -> set[tuple[int, float]]:
    figure = charts_paper.draw(chart)
    found = set()
    for number, axes in enumerate(figure.axes):
        for line in axes.lines:
            if line.get_label() == charts_paper.POINTS:
                pairs = zip(line.get_xdata(), line.get_ydata(), strict=True)
                found |= {
                    (number, float(y)) if chart.kind == "small_multiples" else (int(y), float(x)) for x, y in pairs
                }
        for bar in axes.patches:
            if bar.get_label() == charts_paper.POINTS:
                found.add((round(bar.get_y() + bar.get_height() / 2), float(bar.get_width())))
    return {pair for pair in found if not math.isnan(pair[1])}


def points_on_screen(chart: Chart) -> set[tuple[int, float]]:
    found = set()
    for trace in charts_screen.draw_plotly(chart)["data"]:
        if trace.get("meta") != charts_screen.POINTS:
            continue
        panel = int(trace.get("xaxis", "x")[1:] or 1) - 1
        pairs = [pair for pair in zip(trace["x"], trace["y"], strict=True) if None not in pair]
        found |= {(panel, float(y)) if chart.kind == "small_multiples" else (int(y), float(x)) for x, y in pairs}
    return found


def test_an_unbroken_line_never_crosses_a_break() -> None:
    chart = synthetic_charts()[2]
    lines = [line for line in charts_paper.draw(chart).axes[0].lines if line.get_label() == charts_paper.POINTS]
    assert [list(line.get_xdata()) for line in lines] == [[0, 1], [2, 3, 4]]


@pytest.mark.parametrize("chart", synthetic_charts(HOSTILE), ids=lambda chart: chart.kind)
def test_drawings_are_repeatable_and_serialisable(chart: Chart) -> None:
    assert from_structure(json.loads(json.dumps(chart.structure()))) == chart
    first = charts_paper.draw_svg(chart)
    charts_paper._draw_svg.cache_clear()
    assert charts_paper.draw_svg(chart) == first
    assert "<text" not in first
    texts = json.dumps(charts_screen.draw_plotly(chart))
    assert "<script>" not in texts
    assert "&lt;script&gt;" in texts


def test_unknown_kind_of_chart_is_refused() -> None:
    with pytest.raises(UnknownName, match="bars"):
        Chart("x", "bar", "t", "a", "nok", {})  # type: ignore[arg-type]


# Numbers of sources


def test_citations_of_one_topic_share_a_number_and_merge_their_lines() -> None:
    numbering = Numbering.of(structures())
    assert numbering.numbers([FIRST, SAME_AS_FIRST]) == numbering.numbers([FIRST]) != numbering.numbers([SECOND])
    # Printed references come first, in reading order; what stands only behind figures follows.
    assert [numbering.numbers([each]) for each in (SECOND, FIRST, UNPRINTED)] == [[1], [2], [3]]
    words = listing(numbering.entries()[1], {"titles": {}, "topics": {}, "lines_word": "line"})
    assert words["lines"] == "line\u00a064–65, 82–83"


def test_resolving_leaves_structures_as_they_are() -> None:
    before = structures()
    copy = json.loads(json.dumps(before))
    resolved(before)
    assert before == copy


# HTML


def test_hostile_text_is_text_in_html(parsed: Page) -> None:
    # Title, its copy in the head, running title, headings, contents, lists, facts, tables, figures.
    assert parsed.text.count(HOSTILE) > 30
    scripts = [attrs for tag, attrs in parsed.elements if tag == "script"]
    assert sorted(str(attrs.get("type")) for attrs in scripts) == ["None"] * 2 + ["application/json"] * 5
    # The only bold elements are the numbers of the three entries in the list of sources.
    assert [tag for tag, _ in parsed.elements].count("b") == 3
    assert "code()" not in parsed.text


def test_page_asks_no_network_and_runs_only_its_own_scripts(html: str, parsed: Page) -> None:
    policy = next(a["content"] for t, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.split("script-src")[1].split(";")[0]
    loading = [value for name in ("src", "srcset", "data", "action", "poster") for value in parsed.all(name)]
    assert loading
    assert all(value.startswith("data:") for value in loading)
    for tag, attrs in parsed.elements:
        if tag != "a" and "href" in attrs:
            assert (attrs["href"] or "").startswith("data:")
    assert "@import" not in html
    assert re.findall(r'url\((?!"data:)', html.split("</style>")[0]) == []
    assert len(html.encode()) < 6_000_000


def test_page_can_be_reached_and_read_by_all(html: str, parsed: Page) -> None:
    ids = Counter(parsed.all("id"))
    assert {id for id, times in ids.items() if times > 1} == set()
    targets = [href[1:] for href in parsed.all("href") if href.startswith("#")]
    assert set(targets) <= set(ids)
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert html.startswith('<!DOCTYPE html>\n<html lang="nb">')
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in parsed.elements}
    assert all(attrs.get("alt") for tag, attrs in parsed.elements if tag == "img")
    assert all(attrs.get("scope") for tag, attrs in parsed.elements if tag == "th")
    tables = [tag for tag, _ in parsed.elements if tag in ("table", "caption", "details")]
    assert Counter(tables) == {"table": 6, "caption": 6, "details": 5}


def test_what_is_labelled_has_its_label(parsed: Page) -> None:
    labelled = parsed.all("aria-labelledby")
    assert labelled
    assert set(labelled) <= set(parsed.all("id"))


def test_fragment_has_no_script_and_no_numbers() -> None:
    out = fragment([block.structure() for block in synthetic_brief(HOSTILE)])
    assert "<script" not in out
    assert 'class="refs"' not in out
    assert Page(out).text.count(HOSTILE) > 20


def test_missing_label_says_which() -> None:
    bare = Title("t", (), "t", "t", "nb", labels={"skip": "s"}).structure()
    with pytest.raises(UnknownName, match="page"):
        render_pdf([bare], DAY)


def test_withheld_value_is_in_neither_medium() -> None:
    withheld = Shown("under 5", None, "persons", "documented", "exact", (), withheld=True)
    brief = [Title("t", (), "t", "t", "nb", labels=LABELS).structure(), Paragraph(runs(withheld)).structure()]
    assert "<data" not in fragment(brief)
    assert json.loads(template_data(brief, DAY))["blocks"][1]["runs"][0]["value"] is None


# PDF


def test_hostile_text_is_text_in_pdf() -> None:
    found = typst.query(
        TEMPLATE.read_bytes(), "heading", field="body", sys_inputs={"brief": template_data(structures(HOSTILE), DAY)}
    )
    texts = [body["text"] for body in json.loads(found)]
    assert texts == [HOSTILE] * 5


def test_pdf_is_accessible_and_repeatable() -> None:
    first, second = render_pdf(structures(HOSTILE), DAY), render_pdf(structures(HOSTILE), DAY)
    assert first == second
    assert first != render_pdf(structures(HOSTILE), date(2026, 4, 2))
    assert b"pdfuaid:part>1<" in first
    assert len(re.findall(rb"/Type\s*/Page\b", first)) == 3


def test_picture_without_words_is_refused() -> None:
    brief = structures()
    next(block for block in brief if block["block"] == "chart")["chart"]["alt"] = ""
    with pytest.raises(typst.TypstError, match="missing alt text"):
        render_pdf(brief, DAY)


# Looks


@pytest.mark.parametrize("name", ["ink", "soft", "accent"])
def test_colours_of_text_have_contrast(name: str) -> None:
    assert contrast(COLOURS[name], PAPER) >= 7
    assert contrast(COLOURS[name], COLOURS["wash"]) >= 4.5


@pytest.mark.parametrize("face", FACES, ids=lambda face: face[0].stem)
def test_faces_have_the_signs_of_numbers(face: tuple[Any, ...]) -> None:
    assert {ord(sign) for sign in "\u00a0\u202f\u2212–«»…æøåÆØÅ"} <= glyphs(face[0])
