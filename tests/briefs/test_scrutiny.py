"""No figure without a trace: what is planted, altered or left without rows stops a brief, and nothing else does."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest

from hhanalytics.briefs import engine, sections
from hhanalytics.briefs.blocks import Block, ChartBlock, Column, Heading, Paragraph, Row, Table, Title
from hhanalytics.briefs.context import open_context
from hhanalytics.briefs.html import page
from hhanalytics.briefs.numbering import resolved
from hhanalytics.briefs.pdf import render_pdf
from hhanalytics.briefs.run import own_notebooks, render
from hhanalytics.briefs.scrutiny import Scrutiny, scrutinise
from hhanalytics.briefs.structure import MIME, flattened, runs_in, seal, structures_of
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BriefFailed
from hhanalytics.evidence import Citation, Figure
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Dated, Quoted, Run, Shown, runs
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate
from tests.briefs.synthetic_notebooks import PARAGRAPH, ROOT, TITLE, Write
from tests.briefs.test_sections import brief_of, context_of

REPORT = "hallinghelse_annual_report_2025"
LINE_84 = Citation(REPORT, "costs", "mft", "l. 84")
GOAL = Citation(REPORT, "goals", "kef", "l. 713-714")
LABELS = {"skip": "s", "contents": "c", "chart_data": "d", "source": "s", "page": "{page}"}
HEAD = Title("Tittel", (), "Tittel", "Om", "nb", labels=LABELS)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path / "here")


def problems(block: Block, dataset: Dataset | None = None, names: tuple[str, ...] = ()) -> str:
    """What is wrong with a block, as text; empty where nothing is."""
    title = Title("Tittel", (), "Tittel", "Om", "nb", labels=LABELS, names=names)
    try:
        scrutinise([("block", each) for each in flattened([title.structure(), block.structure()])], dataset)
    except BriefFailed as failed:
        return str(failed)
    return ""


def said(*parts: str | Run) -> Paragraph:
    return Paragraph(runs(*parts))


def shown(text: str, value: float | None, unit: str = "nok", *, citations: Any = (LINE_84,), **more: Any) -> Shown:
    return Shown(text, value, unit, "documented", "exact", citations, **more)


# Planted in a notebook


PLANTED = {
    "literal": ('Paragraph(runs("Det koster 5 kr"))', "'Det koster 5 kr' holds a number without a trace"),
    "half": ('Paragraph(runs("½ stilling"))', "'½ stilling' holds a number"),
    "year as amount": ('Paragraph(runs("Det koster 2025 kr"))', "'Det koster 2025 kr' holds a number"),
    "heading": ('Heading("h", "5 kr spart")', "'5 kr spart' holds a number"),
    "no rows": (
        'from hhanalytics.present.inline import Shown\nParagraph((Shown("5\\u00a0kr", 5, "nok", "documented", "exact", ()),))',
        "is a figure that rests on no row",
    ),
    "rows that are not there": (
        "from hhanalytics.evidence import Citation\nfrom hhanalytics.present.inline import Shown\n"
        'Paragraph((Shown("5\\u00a0kr", 5, "nok", "documented", "exact", (Citation("x", "costs", "mft", "l. 84"),)),))',
        "no row of the data stands where",
    ),
    "rows that say another": (
        "from hhanalytics.evidence import Citation\nfrom hhanalytics.present.inline import Shown\n"
        f'Paragraph((Shown("5\\u00a0kr", 5, "nok", "documented", "exact", (Citation("{REPORT}", "costs", "mft", "l. 84"),)),))',
        "names no formula, and does not stand in the rows it cites",
    ),
    "quote of nothing": (
        "from hhanalytics.evidence import Citation\nfrom hhanalytics.present.inline import Quoted\n"
        f'Paragraph((Quoted("Det koster 5 kr", (Citation("{REPORT}", "goals", "kef", "l. 713-714"),)),))',
        "'Det koster 5 kr' does not stand in the rows it is quoted from",
    ),
    "date that is none": ('Paragraph((Dated("5", "2025-01-01", "2025-12-31", "year"),))', "is not how 2025-01-01"),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "says"), PLANTED.values(), ids=PLANTED)
@pytest.mark.usefixtures("elsewhere")
def test_what_is_planted_in_a_notebook_stops_the_brief(write: Write, cell: str, says: str) -> None:
    before = (render("synthetic", notebooks=write()) / "brief.html").read_bytes()
    with pytest.raises(BriefFailed, match="not released: 1 thing without a trace") as failed:
        render("synthetic", notebooks=write(TITLE, PARAGRAPH, cell))
    assert "cell 5" in str(failed.value)
    assert says in str(failed.value)
    assert "The previous brief is untouched" in str(failed.value)
    assert failed.value.id == "untraced"
    assert (Path("briefs") / "synthetic-2025" / "brief.html").read_bytes() == before


@pytest.mark.usefixtures("elsewhere")
def test_everything_is_said_at_once(write: Write) -> None:
    with pytest.raises(BriefFailed, match="2 things without a trace"):
        render("synthetic", notebooks=write(TITLE, 'Paragraph(runs("5 kr"))', 'Paragraph(runs("6 kr"))'))
    assert not Path("briefs").exists()


# Altered after the run


def bundle(block: Block) -> Any:
    return json.loads(json.dumps(block._repr_mimebundle_()))


def notebook(*blocks: Block) -> dict[str, Any]:
    outs = [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": bundle(b)} for b in blocks]
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "", "execution_count": 1, "outputs": [out]}
        for n, out in enumerate(outs)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


FIGURE = said("Det koster ", shown("18\u00a0973\u00a0kr", 18973), ".")


def retold(data: dict[str, Any], change: Callable[[dict[str, Any]], object], *, sealed: bool) -> None:
    """Change a stored structure, with or without a new seal."""
    change(data[MIME])
    if sealed:
        data[MIME]["seal"] = seal(data[MIME], data["text/html"])


def set_run(place: int, **changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda structure: structure["runs"][place].update(changes)


ALTERED: dict[str, Callable[[dict[str, Any]], object]] = {
    "text": set_run(1, text="5\u00a0kr"),
    "value": set_run(1, value=5),
    "unit": set_run(1, unit="participants"),
    "style": set_run(1, style="bare"),
    "bound": set_run(1, bound="at_most", style="bound"),
    "citations": set_run(1, citations=[]),
    "formula": set_run(1, formula="magic"),
    "literal": set_run(0, text="Det koster 5, ikke "),
    "more": lambda structure: structure["runs"].append({"run": "text", "text": " Og 5 til."}),
}


def test_a_notebook_as_it_ran_renders() -> None:
    assert "18\u00a0973\u00a0kr" in page(notebook(HEAD, FIGURE))
    assert render_pdf(structures_of(notebook(HEAD, FIGURE)), date(2026, 4, 1)).startswith(b"%PDF")


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
def test_an_output_altered_after_the_run_is_not_rendered(change: Callable[[dict[str, Any]], object]) -> None:
    stored = notebook(HEAD, FIGURE)
    retold(stored["cells"][1]["outputs"][0]["data"], change, sealed=False)
    with pytest.raises(BriefFailed, match="output of cell 2 was altered after the cell ran") as failed:
        page(stored)
    assert failed.value.id == "altered"
    with pytest.raises(BriefFailed, match="cell 2"):
        structures_of(stored)


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
def test_a_structure_that_does_not_say_its_value_is_not_rendered(change: Callable[[dict[str, Any]], object]) -> None:
    """Even with a new seal: text, value, unit and language must agree."""
    stored = notebook(HEAD, FIGURE)
    retold(stored["cells"][1]["outputs"][0]["data"], change, sealed=True)
    with pytest.raises(BriefFailed, match="without a trace"):
        page(stored)
    with pytest.raises(BriefFailed, match="without a trace"):
        render_pdf(structures_of(stored), date(2026, 4, 1))


def test_what_jupyterlab_displays_is_sealed_too() -> None:
    stored = notebook(HEAD, FIGURE)
    data = stored["cells"][1]["outputs"][0]["data"]
    data["text/html"] = data["text/html"].replace("973", "975")
    with pytest.raises(BriefFailed, match="cell 2"):
        page(stored)


def test_an_output_that_no_cell_gave_is_not_rendered() -> None:
    stored = notebook(HEAD, FIGURE)
    del stored["cells"][1]["outputs"][0]["data"][MIME]["seal"]
    with pytest.raises(BriefFailed, match="did not come from a cell"):
        page(stored)


@pytest.mark.usefixtures("elsewhere")
def test_outputs_altered_between_run_and_rendering_stop_the_brief(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine._bundle

    def altered(value: object) -> Any:
        found = made(value)
        if found[MIME]["block"] == "paragraph":
            found[MIME]["runs"][0]["text"] = "I året "
        return found

    monkeypatch.setattr(engine, "_bundle", altered)
    with pytest.raises(BriefFailed, match="output of cell 4 was altered"):
        render("synthetic", notebooks=write())
    assert not Path("briefs").exists()


@pytest.mark.usefixtures("elsewhere")
def test_the_stored_notebook_of_a_brief_renders_until_it_is_edited() -> None:
    folder = render("hof", notebooks=own_notebooks())
    text = (folder / "notebook.ipynb").read_text("utf-8")
    read: Any = nbformat.reads
    assert page(read(text, as_version=4)) == (folder / "brief.html").read_text("utf-8")
    # As a file's dict, where texts are lists of lines.
    assert page(json.loads(text)) == (folder / "brief.html").read_text("utf-8")
    assert "98\u00a0049\u00a0kr" in text
    with pytest.raises(BriefFailed, match="altered"):
        page(read(text.replace("98\u00a0049\u00a0kr", "89\u00a0049\u00a0kr"), as_version=4))


# Charts and tables


def chart(data: dict[str, Any], title: str = "Tittel", said: Any = ()) -> ChartBlock:
    cell = (shown("18\u00a0973", 18973, style="bare"),)
    table = Table("t", runs("Tabell"), (Column("a"), Column("b")), (Row((runs("Flå"), cell)),))
    return ChartBlock(Chart("c", "bars", title, "Alt", "nok", data), table, said=said)


def test_a_chart_shows_what_its_table_holds(dataset: Dataset) -> None:
    fine = {"rows": [{"label": "Flå", "value": 18973, "text": "18\u00a0973"}]}
    assert problems(chart(fine), dataset) == ""
    assert "the chart shows 18974" in problems(
        chart({"rows": [{"label": "Flå", "value": 18974, "text": "18\u00a0973"}]})
    )
    assert "holds a number that no figure" in problems(
        chart({"rows": [{"label": "Flå", "value": 18973, "text": "19\u00a0000"}]})
    )
    assert "holds a number that no figure" in problems(chart(fine, "Flå betaler 5 kr"))
    assert problems(chart(fine, "Flå betaler 18\u00a0973")) == ""
    # Part of a larger number is another number.
    assert "holds a number" in problems(chart(fine, "Flå betaler 118\u00a0973"))
    assert "holds a number" in problems(chart(fine, "Flå betaler 1\u00a018\u00a0973"))
    # A month is a month under its own key only.
    assert "holds a number" in problems(chart({**fine, "missing_text": "2025-01"}))


@pytest.mark.parametrize("slot", ["caption", "cell", "note", "column"])
def test_bare_numbers_in_tables_are_found(slot: str) -> None:
    texts = dict.fromkeys(("caption", "cell", "note", "column"), "ord") | {slot: "5 kr"}
    table = Table(
        "t", runs(texts["caption"]), (Column(texts["column"]),), (Row((runs(texts["cell"]),)),), (runs(texts["note"]),)
    )
    assert "'5 kr' holds a number" in problems(table)


# No false alarms


def test_figures_as_the_language_shows_them_pass(dataset: Dataset) -> None:
    """Every style, bound and unit, withheld and missing values: what `Language.shown` gives is never refused."""
    for public in (True, False):
        language = Language("nb", dataset.tables, Gate(public=public))
        styles = (
            "",
            "bare",
            "about",
            "bound",
            "signed",
            "million",
            "word",
            "capital+word",
            "bare+bound",
            "signed+bare",
        )
        for style in styles:
            for unit in ("nok", "percent", "municipalities", "participants", "inhabitants", "units"):
                for value in (None, 0, 1, 3, -277, 18973, 1735.9045, 2.5, 466016, 12_000_000.5):
                    if "million" in style and unit != "nok":
                        continue
                    figure = Figure(
                        value,
                        unit,
                        "documented",
                        "at_most",
                        (LINE_84,),
                        counts_persons=unit == "participants",
                        formula="sum",
                    )
                    assert problems(said(language.shown(figure, style)), dataset) == "", (style, unit, value)
                    assert problems(said(language.shown(figure, style))) == "", (style, unit, value)


def test_dates_periods_and_names_pass(dataset: Dataset) -> None:
    language = Language("nb", dataset.tables, Gate())
    start, end = date(2025, 1, 1), date(2025, 6, 30)
    for run in (language.when(start), language.when(start, end, "period"), language.year(2025)):
        assert problems(said("I ", run, ".")) == ""
    for style in ("month", "month_year", "month_short"):
        assert problems(said(language.when(start, style=style))) == ""
    # In plain texts, such as headings of columns, only what can be read as nothing but a date.
    for text in ("1. juli 2025", "juli 2025", "Første halvår 2025", "andre halvår 2025"):
        assert problems(said(text)) == "", text
    for text in ("2025", "juli 202", "5. kurs", "1. juli 2025 kostet 5", "andre halvår 20255", "31.12.2025"):
        assert problems(said(text)) != "", text


def test_dates_in_english_pass_and_may_is_no_month_in_lower_case(dataset: Dataset) -> None:
    scrutiny = Scrutiny("en", (), dataset)
    pages = {
        text: list(scrutiny.problems({"block": "paragraph", "runs": [{"run": "text", "text": text}]}))
        for text in ("1 July 2025", "May 2025", "The first half of 2025", "12 may", "1. July", "July 5", "5 courses")
    }
    assert [text for text, found in pages.items() if found] == ["12 may", "1. July", "July 5", "5 courses"]


def test_names_with_numbers_pass_where_the_data_have_them(dataset: Dataset) -> None:
    named = dataset.replace(
        programmes=dataset.programmes.with_columns(
            name_nb=pl.when(pl.col("programme") == "bti").then(pl.lit("BTI 2025")).otherwise("name_nb")
        )
    )
    assert problems(said("Tiltaket BTI 2025 er med"), named) == ""
    assert problems(said("Tiltaket BTI 2025 er med"), names=("BTI 2025",)) == ""
    assert "BTI 2025" in problems(said("Tiltaket BTI 2025 er med"), dataset)
    # What a title block says is believed only where the data are not at hand; a bare number is no name.
    assert "5 kr" in problems(said("5 kr"), dataset, names=("5 kr",))
    assert problems(said("5"), names=("5",)) != ""


def test_quotes_pass_where_they_stand_in_the_data(dataset: Dataset) -> None:
    text = "44 undervisninger og kurs, 609 deltakere"
    assert problems(said(Quoted(text, (GOAL,))), dataset) == ""
    assert problems(said(Quoted("linje\u00a0713–714", (GOAL,))), dataset) == ""
    assert problems(said(Quoted("linje\u00a0713–715", (GOAL,))), dataset) != ""
    assert problems(said(Quoted(text.replace("44", "45"), (GOAL,))), dataset) != ""
    assert problems(said(Quoted(text, ()))) != ""


@pytest.mark.parametrize("charges", ["printed", "corrected"])
@pytest.mark.parametrize("public", [True, False])
def test_the_brief_passes_with_and_without_the_data(dataset: Dataset, charges: str, public: bool) -> None:
    blocks = [("brief", block) for block in brief_of(context_of(dataset, charges=charges, public=public))]
    scrutinise(blocks, dataset)
    scrutinise(blocks)


def every_digit(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text of a structure that a reader sees and that holds a digit."""
    items: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        if isinstance(value, str) and name in (
            "text",
            "title",
            "alt",
            "label",
            "sentence",
            "unit_text",
            "before_label",
        ):
            if any(sign.isdigit() for sign in value):
                yield (*path, name), value
        else:
            yield from every_digit(value, (*path, name))


def test_any_digit_of_the_brief_altered_is_found(dataset: Dataset) -> None:
    """Every text with a number in the real brief, one digit changed: none goes unnoticed."""
    blocks = brief_of(context_of(dataset))
    changed, missed = 0, []
    for place, block in enumerate(blocks):
        for path, text in every_digit(block):
            # Not a year: another is a date all the same.
            years = {n for match in re.finditer(r"(?<!\d)[12]\d{3}(?!\d)", text) for n in range(*match.span())}
            digits = [n for n, sign in enumerate(text) if sign.isdigit() and n not in years]
            if not digits:
                continue
            at = digits[-1]
            other = copy.deepcopy(block)
            node: Any = other
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
            altered = [("title", blocks[0]), ("block", other)] if place else [("title", other)]
            changed += 1
            try:
                scrutinise(altered, dataset)
            except BriefFailed:
                continue
            missed.append((path, text))
    assert changed > 300
    assert missed == []


# Every figure leads to its rows


def test_every_figure_of_the_brief_leads_to_its_sources(dataset: Dataset) -> None:
    """The numbers of a figure's sources are printed beside it, or it is a link itself; all of them exist."""
    blocks = resolved(brief_of(context_of(dataset)))
    entries = {entry["number"] for block in blocks if block["block"] == "sources" for entry in block["entries"]}
    figures = [run for run in runs_in(blocks) if run["run"] == "figure" and run["value"] is not None]
    assert len(figures) > 250
    assert all(run["numbers"] and set(run["numbers"]) <= entries for run in figures)
    assert all(run["linked"] for run in figures)
    leads = [run for run in figures if "lead" in run]
    assert 0 < len(leads) < 60
    assert all(run["lead"] in run["numbers"] for run in leads)
    for block in blocks:
        if block["block"] == "paragraph":
            printed = {n for run in runs_in(block) if run["run"] == "refs" for n in run["numbers"]}
            own = [run for run in runs_in(block) if run["run"] == "figure" and run["value"] is not None]
            assert all("lead" in run or set(run["numbers"]) <= printed for run in own)


def test_a_lone_figure_is_a_link_in_both_media() -> None:
    language = Language("nb", {}, Gate())
    sources = open_source_list()
    blocks = [HEAD, said("Sum ", language.shown(Figure(5, "nok", "documented", citations=(LINE_84,)))), sources]
    html = page(notebook(*blocks))
    assert '<a class="lead" href="#source-1"><data value="5"' in html
    assert 'title="Tallet slik det står i kilden [1]"' in html
    pdf = render_pdf([block.structure() for block in blocks], date(2026, 4, 1))
    assert pdf.count(b"/Subtype/Link") + pdf.count(b"/Subtype /Link") == 1


def open_source_list() -> Block:
    context = open_context(
        year=2025, language="nb", data=str(ROOT / "data" / "raw"), privacy="public", charges="printed"
    )
    blocks: Any = sections.sources(context)
    found: Block = blocks.items[-1]
    return found


def test_headings_may_hold_figures_as_runs() -> None:
    language = Language("nb", {}, Gate())
    amount = language.shown(Figure(5, "nok", "documented", citations=(LINE_84,)))
    heading = Heading("h", runs("Spart: ", amount))
    assert heading.structure()["text"] == "Spart: 5\u00a0kr"
    assert problems(heading) == ""
    altered = {**heading.structure(), "text": "Spart: 6\u00a0kr"}
    with pytest.raises(BriefFailed, match="Spart: 6"):
        scrutinise([("h", altered)])
    assert problems(said(Dated("2025", "2025-01-01", "2025-12-31", "year"))) == ""
