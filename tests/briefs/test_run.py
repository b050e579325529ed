"""Making a brief: whole or not at all, the same bytes again, and no word of the machine."""

from __future__ import annotations

import builtins
import json
import logging
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import pytest

from hhanalytics import placing
from hhanalytics.briefs import run, shelf
from hhanalytics.briefs.run import own_notebooks, render
from hhanalytics.briefs.structure import structures_of
from hhanalytics.dataset import load
from hhanalytics.errors import BadInput, BadParameter, BriefFailed, InvalidData, UnknownName
from tests.briefs.synthetic_notebooks import DATA, PARAGRAPH, PARAMETERS, ROOT, TITLE, Write

SAME = ("brief.html", "brief.pdf", "notebook.ipynb")
NAME = "synthetic-2025"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds the data under its usual name."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(here)
    return here


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


# What is made


def test_brief_is_four_files_in_a_folder_named_after_it(write: Write) -> None:
    folder = render("synthetic", notebooks=write())
    assert folder == Path("briefs") / NAME
    assert sorted(contents(folder)) == sorted(shelf.FILES)
    assert [path.name for path in Path("briefs").iterdir()] == [NAME]
    assert b"The year 2025, for public readers." in (folder / "brief.html").read_bytes()
    assert (folder / "brief.pdf").read_bytes().startswith(b"%PDF")


def test_folder_names_the_language(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hhanalytics.present.catalogue.languages", lambda: ["nb", "xx"])
    notebooks = write(parameters=PARAMETERS + '\nlanguage: str = "nb"')
    assert render("synthetic", notebooks=notebooks).name == "synthetic-2025-nb"
    assert render("synthetic", notebooks=notebooks, language="xx").name == "synthetic-2025-xx"


def test_given_parameters_reach_the_cells_and_the_manifest(write: Write) -> None:
    folder = render("synthetic", notebooks=write(), privacy="internal")
    assert b"for internal readers" in (folder / "brief.html").read_bytes()
    assert manifest_of(folder)["parameters"] == {"year": 2025, "data": "data/raw", "privacy": "internal"}


def test_progress_is_told_from_first_cell_to_paper(write: Write) -> None:
    told: list[tuple[str, int, int]] = []
    render("synthetic", notebooks=write(), on_progress=lambda *stage: told.append(stage))
    cells = [("cells", done, 4) for done in range(1, 5)]
    assert told == [*cells, ("html", 0, 1), ("html", 1, 1), ("pdf", 0, 1), ("pdf", 1, 1)]


def test_manifest_names_what_the_brief_was_made_from(write: Write) -> None:
    notebooks = write()
    folder = render("synthetic", notebooks=notebooks)
    found = manifest_of(folder)
    data = load(DATA)
    assert found["data"] == {"fingerprint": data.fingerprint, "inputs": dict(data.checksums)}
    source = (notebooks / "synthetic_brief.ipynb").read_bytes()
    assert found["notebook"] == {"name": "synthetic_brief.ipynb", "sha256": sha256(source).hexdigest()}
    assert found["outputs"] == {name: sha256((folder / name).read_bytes()).hexdigest() for name in SAME}
    assert found["seed"] is None
    assert found["warnings"] == []
    assert {"hhanalytics", "python", "polars", "papermill", "typst", "font-source-sans-pro"} <= set(found["versions"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["made_at"])


def test_pdf_is_dated_by_the_newest_source(write: Write) -> None:
    newest = load(DATA).sources["published_on"].max()
    pdf = (render("synthetic", notebooks=write()) / "brief.pdf").read_bytes()
    assert f"/CreationDate(D:{newest:%Y%m%d}".encode() in pdf


# The same again


def test_same_inputs_and_parameters_give_the_same_bytes(write: Write) -> None:
    first = contents(render("synthetic", notebooks=write(), out="first"))
    second = contents(render("synthetic", notebooks=write(), out="second"))
    assert {name: first[name] for name in SAME} == {name: second[name] for name in SAME}
    differing = {
        key
        for key, value in json.loads(first["manifest.json"]).items()
        if value != json.loads(second["manifest.json"])[key]
    }
    assert differing <= {"made_at"}


def test_stored_notebook_is_valid_and_renders_the_same_page(write: Write) -> None:
    folder = render("synthetic", notebooks=write())
    text = (folder / "notebook.ipynb").read_text("utf-8")
    stored = nbformat.reads(text, as_version=4)
    nbformat.validate(stored)
    assert [each["block"] for each in structures_of(stored)] == ["title", "paragraph"]
    assert [cell["id"] for cell in stored.cells] == ["cell-1", "cell-2", "cell-3", "cell-4"]
    assert "papermill" not in text
    assert "from an earlier run" not in text
    assert "collapsed" not in text
    from hhanalytics.briefs.html import page

    assert page(stored) == (folder / "brief.html").read_text("utf-8")


def test_nothing_of_the_machine_is_in_any_file(write: Write, tmp_path: Path) -> None:
    data = tmp_path / "somewhere" / "raw"
    shutil.copytree(DATA, data)
    folder = render("synthetic", notebooks=write(), out=tmp_path / "out", data=data)
    traces = [str(tmp_path), str(ROOT), sys.prefix, str(Path.home()), "/home/", "somewhere", os.uname().nodename]
    for name, content in contents(folder).items():
        found = [trace for trace in traces if len(trace) > 3 and trace.encode() in content]
        assert found == [], name
    assert manifest_of(folder)["parameters"]["data"] == "raw"
    # The notebook says the same as the manifest.
    assert 'data = \\"raw\\"' in (folder / "notebook.ipynb").read_text("utf-8")


def test_page_asks_no_network(write: Write) -> None:
    html = (render("synthetic", notebooks=write()) / "brief.html").read_text("utf-8")
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', html) == []
    assert "@import" not in html


# What is refused before anything starts


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        ({"yaer": 2025}, UnknownName, "Unknown parameter 'yaer'. Did you mean 'year'"),
        ({"year": 2052}, UnknownName, "Unknown year '2052'. Did you mean '2025'|Valid: 2025"),
        ({"year": "2025"}, BadParameter, "year: found '2025', expected a year with accounts"),
        ({"year": True}, BadParameter, "year: found True"),
        ({"privacy": "publik"}, UnknownName, "Did you mean 'public'"),
        ({"data": 5}, BadParameter, "data: found 5"),
        ({"data": "nowhere"}, InvalidData, "nowhere: found no source folder"),
    ],
)
def test_bad_parameter_stops_before_the_first_cell(
    write: Write, given: dict[str, Any], kind: type[Exception], says: str
) -> None:
    told: list[Any] = []
    with pytest.raises(kind, match=says):
        render("synthetic", notebooks=write(), on_progress=lambda *stage: told.append(stage), **given)
    assert told == []
    assert not Path("briefs").exists()


def test_unknown_kind_names_the_nearest(write: Write) -> None:
    with pytest.raises(UnknownName, match=r"Unknown kind of brief 'syntetic'\. Did you mean 'synthetic'\?"):
        render("syntetic", notebooks=write())


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/nowhere"])
def test_folder_that_cannot_be_written_to(write: Write, out: str) -> None:
    Path("file").write_text("mine", "utf-8")
    with pytest.raises(BadInput, match="a folder to write to"):
        render("synthetic", notebooks=write(), out=out)
    assert Path("file").read_text("utf-8") == "mine"


def test_own_files_in_the_place_of_a_brief_are_not_removed(write: Write) -> None:
    own = Path("briefs") / NAME / "notes.docx"
    own.parent.mkdir(parents=True)
    own.write_text("mine", "utf-8")
    with pytest.raises(BadInput, match=r"notes\.docx"):
        render("synthetic", notebooks=write())
    assert own.read_text("utf-8") == "mine"


# Cells that fail


FAILING = {
    "error": ("x = 1\nraise ValueError('no such thing')", "ValueError: no such thing", "line 2 of the cell"),
    "syntax": ("x = 1\n%matplotlib inline", "SyntaxError", "line 2 of the cell"),
    "exit": ("raise SystemExit", "SystemExit", "line 1 of the cell"),
    "inside": (
        "import hhanalytics\nhhanalytics.load('nowhere')",
        "InvalidData: 1 problem",
        "line 2 of the cell; raised in hhanalytics.dataset, line",
    ),
    "long": ("raise ValueError('\\n'.join(map(str, range(99))))", "0\n1\n2", "… and 87 more lines"),
    "frame": ("import polars as pl\npl.DataFrame({'persons': [3]})", "found DataFrame", "privacy gate"),
    "printed": ("print('persons: 3')", "printed text", "Remove the print"),
    "displayed": ("display(3)", "found int", "privacy gate"),
    "unstorable": (
        "class Odd(Paragraph):\n    def structure(self):\n        return {'block': 'paragraph', 'runs': [object()]}\nOdd(())",
        "Error",
        "cell",
    ),
}


@pytest.mark.parametrize(("cell", "error", "where"), FAILING.values(), ids=FAILING)
def test_failing_cell_leaves_the_previous_brief(write: Write, cell: str, error: str, where: str) -> None:
    before = contents(render("synthetic", notebooks=write()))
    with pytest.raises(BriefFailed) as failed:
        render("synthetic", notebooks=write(TITLE, PARAGRAPH, cell, PARAGRAPH))
    text = str(failed.value)
    assert text.startswith("Cell 4 of synthetic_brief.ipynb failed with ")
    assert error in text
    assert where in text
    assert cell in text
    assert "\x1b" not in text
    assert failed.value.__cause__ is not None
    assert contents(Path("briefs") / NAME) == before
    assert [path.name for path in Path("briefs").iterdir()] == [NAME]


def test_failing_cell_leaves_nothing_where_nothing_was(write: Write) -> None:
    with pytest.raises(BriefFailed, match="Cell 2 of"):
        render("synthetic", notebooks=write("1 / 0"), out="new/briefs")
    assert not Path("new").exists()


def test_interrupted_run_leaves_nothing(write: Write) -> None:
    with pytest.raises(KeyboardInterrupt):
        render("synthetic", notebooks=write(TITLE, "raise KeyboardInterrupt"), out="new/briefs")
    assert not Path("new").exists()


@pytest.mark.parametrize("moment", ["write", "swap"])
def test_interrupted_while_it_is_put_in_place(write: Write, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    before = contents(render("synthetic", notebooks=write()))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(placing, "_move", interrupted) if moment == "swap" else patched.setattr(
            Path, "write_bytes", interrupted
        )
        for out in ("briefs", "new/briefs"):
            with pytest.raises(KeyboardInterrupt):
                render("synthetic", notebooks=write(TITLE), out=out)
    assert contents(Path("briefs") / NAME) == before
    assert [path.name for path in Path("briefs").iterdir()] == [NAME]
    assert not Path("new").exists()


def test_page_without_title_is_no_brief(write: Write) -> None:
    with pytest.raises(UnknownName, match="title"):
        render("synthetic", notebooks=write("from hhanalytics.briefs.blocks import Paragraph\nParagraph(())"))
    assert not Path("briefs").exists()


def test_data_that_change_meanwhile_are_found_out(write: Write, tmp_path: Path) -> None:
    data = tmp_path / "raw"
    shutil.copytree(DATA, data)
    costs = "hallinghelse_annual_report_2025/costs.csv"
    change = f"from pathlib import Path\nwith (Path(data) / {costs!r}).open('a') as file:\n    _ = file.write('\\n')"
    with pytest.raises(BriefFailed, match=r"costs\.csv changed while the brief was made"):
        render("synthetic", notebooks=write(TITLE, change), data=data)


# What cells may do


def test_cells_share_names_and_may_show_several_blocks(write: Write) -> None:
    cells = (
        TITLE,
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass Own:\n    name: str",
        "display(Paragraph(runs(Own('displayed').name)))\nBlocks((Paragraph(runs('one')), Paragraph(runs('two'))))",
        "Paragraph(runs('hidden'));",
        "[Own('x') for _ in range(2)] and None",
    )
    folder = render("synthetic", notebooks=write(*cells))
    stored = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
    texts = [run["text"] for each in structures_of(stored)[1:] for run in each["runs"]]
    assert texts == ["displayed", "one", "two"]


def process() -> list[Any]:
    """What belongs to the whole process and a notebook could leave changed."""
    own = [Path.cwd(), sys.stdout, sys.stderr, sys.displayhook, set(sys.modules), list(sys.path), dict(os.environ)]
    return [*own, list(warnings.filters), vars(builtins).copy(), logging.getLogger("papermill").level]


def test_nothing_is_left_in_the_process(write: Write) -> None:
    render("synthetic", notebooks=write())
    before = process()
    render("synthetic", notebooks=write(TITLE, "secret = 1", PARAGRAPH))
    assert process() == before
    # And the names of one run are unknown to the next.
    with pytest.raises(BriefFailed, match="NameError: name 'secret'"):
        render("synthetic", notebooks=write(TITLE, "secret;"))


def test_warning_of_a_cell_is_said_and_noted_but_not_shown(write: Write) -> None:
    notebooks = write(TITLE, "import warnings\nwarnings.warn('about 3 persons')\nNone", PARAGRAPH)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with pytest.warns(UserWarning, match="about 3 persons"):
            folder = render("synthetic", notebooks=notebooks)
    assert manifest_of(folder)["warnings"] == [{"cell": 3, "category": "UserWarning"}]
    assert not any(
        b"about 3 persons" in content
        for name, content in contents(folder).items()
        if name in SAME and name != "notebook.ipynb"
    )


# Others at the same place


@contextmanager
def in_processes(count: int, notebooks: Path) -> Iterator[list[Any]]:
    import subprocess

    code = f"from hhanalytics.briefs.run import render; render('synthetic', notebooks={str(notebooks)!r})"
    runs = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(count)]
    yield runs
    for each in runs:
        assert each.wait(60) == 0, each.stderr.read() if each.stderr else ""
        if each.stderr:
            each.stderr.close()


def test_runs_at_the_same_time_leave_one_whole_brief(write: Write) -> None:
    notebooks = write()
    with in_processes(3, notebooks), ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: render("synthetic", notebooks=notebooks), range(6)))
    assert set(made) == {Path("briefs") / NAME}
    assert [path.name for path in Path("briefs").iterdir()] == [NAME]
    found = contents(made[0])
    assert json.loads(found["manifest.json"])["outputs"] == {name: sha256(found[name]).hexdigest() for name in SAME}


def test_leftovers_of_a_killed_run_are_removed_and_nothing_else() -> None:
    out = Path("briefs")
    for name in (
        f".{NAME}-abcd1234.part/new/{NAME}/brief.html",
        f".{NAME}-mine.part/new/brief.html",
        f".{NAME}-abcd5678.part/notes.docx",
        ".other-2025-abcd1234.part/new/other-2025/brief.html",
    ):
        (out / name).parent.mkdir(parents=True)
        (out / name).write_text("", "utf-8")
    shelf.put({"brief.html": b"new"}, NAME, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [NAME, f".{NAME}-mine.part", f".{NAME}-abcd5678.part", ".other-2025-abcd1234.part"]
    )


def test_brief_that_a_killed_run_moved_aside_comes_back(write: Write) -> None:
    aside = Path("briefs") / f".{NAME}-abcd1234.part" / "old" / NAME
    aside.mkdir(parents=True)
    (aside / "brief.html").write_text("previous", "utf-8")
    with pytest.raises(OSError, match="No such file"):
        shelf.put({"no/such/folder": b""}, NAME, Path("briefs"))
    assert (Path("briefs") / NAME / "brief.html").read_text("utf-8") == "previous"
    assert [path.name for path in Path("briefs").iterdir()] == [NAME]


# Where the notebooks are


def test_notebooks_are_those_of_the_repository_or_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_notebooks() == ROOT / "notebooks"
    package = tmp_path / "site-packages" / "hhanalytics"
    (package / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(run, "__file__", str(package / "briefs" / "run.py"))
    assert own_notebooks() == package / "notebooks"
