"""Whatever stands in the data is text for the reader: in page, drawing, paper, notebook, CSV, JSON, terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import category
from xml.etree import ElementTree

import nbformat
import polars as pl
import pytest

from hhanalytics.briefs.blocks import (
    Block,
    ChartBlock,
    Column,
    Fact,
    Facts,
    Heading,
    Items,
    Paragraph,
    Row,
    Table,
    Title,
)
from hhanalytics.briefs.html import fragment, page
from hhanalytics.briefs.pdf import render_pdf
from hhanalytics.briefs.run import render
from hhanalytics.briefs.structure import cleaned, structures_of
from hhanalytics.cli import main
from hhanalytics.console import cell, paragraph, table
from hhanalytics.dataset import load
from hhanalytics.errors import BadInput, BadParameter, HHAnalyticsError, InvalidData, UnknownName
from hhanalytics.present.charts import Chart
from hhanalytics.present.charts_paper import draw_svg
from hhanalytics.present.inline import GradeMark, Shown, runs
from hhanalytics.reports import FORMULA, frame_data, frame_text, problems_text
from tests.briefs.pages import needs_browser
from tests.briefs.synthetic_notebooks import Write
from tests.briefs.test_rendering import DAY, LABELS, Page
from tests.hostile import WORD, naughty

STRINGS = naughty()
REPORT = "hallinghelse_annual_report_2025"
#: What turns text around, hides it, or ends it.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")


def bars(number: int, strings: list[str]) -> Chart:
    rows = [{"label": s, "value": 3, "text": s} for s in strings]
    return Chart(f"c{number}", "bars", strings[0], "; ".join(strings), "nok", {"rows": rows})


def hostile_brief() -> list[Block]:
    """Every string in running text, heading, list, fact, table, grade, figure and chart."""
    blocks: list[Block] = [Title(STRINGS[0], runs(STRINGS[1]), STRINGS[2], STRINGS[3], "nb", labels=LABELS)]
    for number, string in enumerate(STRINGS):
        figure = Shown(string, 1, "nok", "documented", "exact", (), string)
        blocks.append(Paragraph(runs(string, " ", figure, GradeMark("A", string))))
        if number % 5 == 0:
            blocks += [Heading(f"h{number}", string, question=runs(string)), Items((runs(string),))]
        if number % 25 == 0:
            blocks.append(Facts((Fact(runs(string), runs(string), runs(string)),)))
    rows = tuple(Row((runs(s), runs(s))) for s in STRINGS)
    blocks.append(
        Table("t", runs(STRINGS[4]), (Column(STRINGS[5]), Column(STRINGS[6], "right")), rows, (runs(STRINGS[7]),))
    )
    for number, start in enumerate(range(0, len(STRINGS), 40)):
        part = STRINGS[start : start + 40]
        behind = Table(
            f"b{number}", runs(part[0]), (Column("a"), Column("b")), tuple(Row((runs(s), runs(s))) for s in part)
        )
        blocks.append(ChartBlock(bars(number, part), behind, (runs(part[-1]),)))
    return blocks


@pytest.fixture(scope="module")
def notebook() -> Any:
    outputs = [
        {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": block._repr_mimebundle_()}
        for block in hostile_brief()
    ]
    made = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "", "execution_count": 1, "outputs": [out]}
        for n, out in enumerate(outputs)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}


@pytest.fixture(scope="module")
def untraced() -> Iterator[None]:
    """What has no trace is refused before it is set; here it shall come through to where texts are escaped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hhanalytics.briefs.numbering.scrutinise", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def html(notebook: Any, untraced: None) -> str:
    return page(notebook)


def test_there_are_enough_of_them() -> None:
    assert len(STRINGS) == len(set(STRINGS)) >= 500


# Page


def test_page_has_no_element_that_the_strings_brought(html: str) -> None:
    parsed = Page(html)
    brought = {"b", "iframe", "object", "embed", "form", "input", "math", "mtext", "base", "svg", "details "}
    tags = [tag for tag, _ in parsed.elements]
    assert set(tags) & brought == set()
    scripts = [attrs.get("type") for tag, attrs in parsed.elements if tag == "script"]
    charts = sum(attrs.get("class") == "chart" for _, attrs in parsed.elements)
    assert scripts.count(None) == 2
    assert scripts.count("application/json") == charts == len(scripts) - 2
    names = {name for _, attrs in parsed.elements for name in attrs}
    assert not [name for name in names if name.startswith("on") or WORD in name]
    assert all((value or "").startswith(("data:", "#")) for value in parsed.all("href") + parsed.all("src"))


def test_page_shows_every_string_and_nothing_hidden(html: str) -> None:
    parsed = Page(html)
    shown = " ".join(parsed.text.split())
    lost = [s for s in STRINGS if " ".join(cleaned(s).split()) not in shown]
    assert lost == []
    own = html.split("<script>")[0]
    assert FORBIDDEN.findall(own) == []


def test_numbers_behind_charts_are_json(html: str) -> None:
    found = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    for text in found:
        json.loads(text)
        assert "<" not in text


@needs_browser
def test_nothing_happens_in_a_browser(html: str, tmp_path: Path, browser: Any) -> None:
    file = tmp_path / "page.html"
    file.write_text(html, "utf-8")
    noise: list[str] = []
    tab = browser.new_context().new_page()
    tab.on("dialog", lambda dialog: noise.append(dialog.message))
    tab.on("console", lambda message: noise.append(message.text))
    tab.on("pageerror", lambda error: noise.append(str(error)))
    tab.on("request", lambda r: noise.append(r.url) if r.url.split(":")[0] not in ("file", "data") else None)
    tab.goto(file.as_uri())
    tab.wait_for_timeout(2000)
    assert tab.evaluate(f"typeof window.{WORD}") == "undefined"
    assert tab.url == file.as_uri()
    assert noise == []


# Drawing, paper, notebook


@pytest.mark.parametrize("start", range(0, len(STRINGS), 100))
def test_drawing_is_sound_xml_without_any_of_it(start: int) -> None:
    chart = bars(0, STRINGS[start : start + 100])
    svg = draw_svg(Chart(**cleaned(chart.structure())))
    tree = ElementTree.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "foreignObject", "iframe", "image", "a", "text"}
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]


def test_paper_is_made_and_says_them(notebook: Any, untraced: None, tmp_path: Path) -> None:
    pdf = render_pdf(structures_of(notebook), DAY)
    assert b"/JavaScript" not in pdf
    assert b"/Launch" not in pdf
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "a.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", str(tmp_path / "a.pdf"), "-"], capture_output=True, check=True)
    text = done.stdout.decode("utf-8").replace("\f", "")
    assert FORBIDDEN.findall(text.replace("\n", "")) == []
    plain = " ".join(text.split())
    ascii_ones = [s for s in STRINGS if s.isascii() and s.isprintable() and "  " not in s and len(s) < 60]
    assert len(ascii_ones) > 300
    assert [s for s in ascii_ones if s.strip() not in plain] == []


def test_stored_notebook_is_valid_and_shows_no_script(notebook: Any) -> None:
    stored = nbformat.from_dict(notebook)
    nbformat.validate(stored)
    assert nbformat.reads(nbformat.writes(stored), as_version=4) == stored
    shown = fragment(structures_of(notebook))
    tags = {tag for tag, _ in Page(shown).elements}
    assert not tags & {"script", "iframe", "object", "embed", "form", "base", "link", "svg", "math"}
    assert FORBIDDEN.findall(shown) == []


# Commands


def test_csv_comes_back_and_holds_no_formula() -> None:
    frame = pl.DataFrame({"text": STRINGS, "n": range(len(STRINGS))})
    rows = list(csv.DictReader(io.StringIO(frame_data(frame, "csv"), newline="")))
    assert [row["text"].removeprefix("'") for row in rows] == [s.removeprefix("'") for s in STRINGS]
    assert [row["text"] for row in rows if re.match(FORMULA, row["text"])] == []
    assert sum(row["text"].startswith("'") for row in rows) > 20
    assert [int(row["n"]) for row in rows] == list(range(len(STRINGS)))


def test_negative_numbers_stay_numbers_in_csv() -> None:
    assert frame_data(pl.DataFrame({"change": [-277], "text": ["-277"]}), "csv") == "change,text\n-277,'-277\n"


def test_json_comes_back() -> None:
    frame = pl.DataFrame({"text": STRINGS})
    assert [row["text"] for row in json.loads(frame_data(frame, "json"))] == STRINGS


def test_terminal_is_commanded_by_nothing() -> None:
    frame = pl.DataFrame({"text": STRINGS})
    for text in (
        frame_text(frame, 80), frame_text(frame), table(["a"], [[cell(s)] for s in STRINGS]), *(paragraph(s, 60) for s in STRINGS)
    ):  # fmt: skip
        assert [sign for sign in text if category(sign) in ("Cc", "Cf") and sign != "\n"] == []


def test_errors_command_no_terminal_either(data_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data_copy / REPORT / "costs.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[1:4] = [
        line.replace("2025-01-01", text)
        for line, text in zip(lines[1:4], ("\x1b[31mred", "\u202eturned", "x\x07"), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    text = problems_text("raw", error.value, 120)
    assert "\\x1b" in text
    assert FORBIDDEN.findall(text.replace("\n", "")) == []
    assert main(["check", "--data", str(data_copy)]) == 1
    assert "\x1b" not in capsys.readouterr().out


# Through the whole house


def columns_of_text(folder: Path) -> Iterator[tuple[Path, pl.DataFrame, str]]:
    for path in sorted(folder.glob("*/*.csv")):
        rows = pl.read_csv(path, infer_schema=False)
        for name in rows.columns:
            if name.startswith(("name_", "text_", "note", "shown_by_nb", "mandate", "need", "grantor")):
                yield path, rows, name


@pytest.mark.parametrize("start", [0, pytest.param(370, marks=pytest.mark.fuzz)])
def test_a_brief_from_hostile_data(data_copy: Path, tmp_path: Path, start: int) -> None:
    strings = (s for s in [*STRINGS[start:], *STRINGS] * 20 if s.strip() and "\r" not in s)
    used: list[str] = []
    for path, _, name in columns_of_text(data_copy):
        rows = pl.read_csv(path, infer_schema=False)
        new = [None if old is None else next(strings) for old in rows[name]]
        used += [text for text in new if text]
        rows.with_columns(pl.Series(name, new, pl.String)).write_csv(path)
    assert len(set(used)) > 300
    folder = render("hof", data=data_copy, out=tmp_path / "out")
    parsed = Page((folder / "brief.html").read_text("utf-8"))
    assert not {tag for tag, _ in parsed.elements} & {"iframe", "object", "embed", "form", "svg", "math"}
    assert sum(tag == "script" and not attrs.get("type") for tag, attrs in parsed.elements) == 2
    assert parsed.text.count(WORD) > 50
    assert (folder / "brief.pdf").read_bytes().startswith(b"%PDF")
    assert main(["check", "--data", str(data_copy)]) == 0


@pytest.mark.parametrize("length", [20_000, 1_000_000])
def test_a_text_without_end_is_cut_or_refused(data_copy: Path, tmp_path: Path, length: int) -> None:
    path = data_copy / REPORT / "programmes.csv"
    rows = pl.read_csv(path, infer_schema=False)
    rows.with_columns(name_nb=pl.when(programme="mft").then(pl.lit("x" * length)).otherwise("name_nb")).write_csv(path)
    if length > 131_072:
        with pytest.raises(InvalidData, match=r"field larger than"):
            load(data_copy)
        return
    folder = render("hof", data=data_copy, out=tmp_path / "out")
    assert "x" * 6_000 not in (folder / "brief.html").read_text("utf-8")


@pytest.mark.parametrize("id", ["mft\u200b", "mfт", "MFT", "mft ", "ｍft", "m​ft", "mft\u0301"])
def test_an_id_that_only_looks_like_one_is_refused(data_copy: Path, id: str) -> None:
    path = data_copy / REPORT / "programmes.csv"
    rows = pl.read_csv(path, infer_schema=False)
    rows.with_columns(programme=pl.when(programme="mft").then(pl.lit(id)).otherwise("programme")).write_csv(path)
    with pytest.raises(InvalidData, match=r"programmes\.csv"):
        load(data_copy)


@pytest.mark.parametrize(
    "number", ["NaN", "inf", "1e400", "-1", "9" * 30, "0x10", "１２", "1_000", "=1+1", "1\u00a0000"]
)
def test_a_number_that_is_none_is_refused(data_copy: Path, number: str) -> None:
    path = data_copy / REPORT / "welfare_tech.csv"
    path.write_text(path.read_text("utf-8").replace(",63,", f",{number},", 1), "utf-8")
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    assert {p.column for p in error.value.problems} == {"units"}


# Parameters and paths

CODE = ("PWNED", "open('PWNED', 'w')", "__import__('pathlib').Path('PWNED').touch()")


@pytest.mark.parametrize(
    "around", ['a"; {} #', "a'; {} #", 'a"""; {} #', 'a\\"; {} #', "a\n{}\n#", "a{{{}}}", "a{{{{{}}}}}", "a\\", "a%s{}"]
)
def test_a_parameter_never_becomes_code(
    around: str, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of the data is the one parameter that may be any text."""
    monkeypatch.chdir(tmp_path)
    name = around.format(CODE[2].replace("/", "")) if "{" in around else around
    data = tmp_path / "raw" / name
    shutil.copytree(Path(__file__).parents[2] / "data" / "raw", data)
    folder = render("synthetic", notebooks=write(), data=str(data), out=tmp_path / "out")
    assert not list(tmp_path.rglob("PWNED"))
    stored = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
    (injected,) = [c for c in stored["cells"] if "injected-parameters" in c["metadata"].get("tags", ())]
    space: dict[str, Any] = {}
    exec("".join(injected["source"]), space)
    assert space["data"] == name


@pytest.mark.parametrize("value", [s for s in STRINGS if len(s) < 80][::7])
def test_other_parameters_take_only_what_is_known(value: str, write: Write) -> None:
    notebooks = write()
    for name in ("privacy", "year", "language"):
        with pytest.raises((UnknownName, BadParameter)):
            render("synthetic", notebooks=notebooks, **{name: value})
    with pytest.raises(UnknownName):
        render("synthetic", notebooks=notebooks, **{value: 1})
    with pytest.raises(UnknownName):
        render(value, notebooks=notebooks)


@pytest.mark.parametrize(
    "kind", ["../synthetic", "..", "/etc/passwd", "synthetic_brief.ipynb", "synthetic/../synthetic", "CON", ""]
)
def test_a_kind_of_brief_is_no_path(kind: str, write: Write, tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        render(kind, notebooks=write(), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["costs.csv", "source.toml"])
def test_a_link_out_of_the_data_is_not_followed(data_copy: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("municipality,pool\nsecret-content,x\n", "utf-8")
    (data_copy / REPORT / name).unlink()
    (data_copy / REPORT / name).symlink_to(secret)
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    assert "outside" in {p.id for p in error.value.problems}
    assert "secret-content" not in str(error.value)


def test_a_linked_folder_is_not_followed_either(data_copy: Path, tmp_path: Path) -> None:
    shutil.move(data_copy / REPORT, tmp_path / "elsewhere")
    (data_copy / REPORT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    assert "outside" in {p.id for p in error.value.problems}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files on this system")
def test_a_pipe_or_device_is_no_table(data_copy: Path) -> None:
    (data_copy / REPORT / "costs.csv").unlink()
    os.mkfifo(data_copy / REPORT / "costs.csv")
    (data_copy / REPORT / "networks.csv").unlink()
    (data_copy / REPORT / "networks.csv").symlink_to("/dev/zero")
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    assert {"unknown_file", "outside"} <= {p.id for p in error.value.problems}


def test_a_brief_does_not_write_through_a_link(write: Write, tmp_path: Path) -> None:
    """A link where the brief's folder would be is not written through."""
    target = tmp_path / "somewhere"
    target.mkdir()
    (target / "mine.txt").write_text("mine", "utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "synthetic-2025").symlink_to(target)
    with pytest.raises((BadInput, HHAnalyticsError)):
        render("synthetic", notebooks=write(), data="data/raw", out=tmp_path / "out")
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
