"""Only what changed is made again; many briefs are those that one at a time gives; a kernel gives the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hhanalytics.briefs import standing as module
from hhanalytics.briefs.run import render
from hhanalytics.briefs.run_all import Job, run_many
from hhanalytics.briefs.standing import standing
from hhanalytics.cli import main
from hhanalytics.errors import BriefFailed, UnknownName
from hhanalytics.present.kept import kept
from tests.briefs.synthetic_notebooks import DATA, PARAGRAPH, TITLE, Write

SAME = ("brief.html", "brief.pdf", "notebook.ipynb")
#: A sum of counted rows, which the ledger remembers.
COUNT = """\
from hhanalytics.briefs import sections
from hhanalytics.evidence import Citation, Figure
sections.welfare_tech(sections.open_context(year=2025, language="nb", data=data, privacy=privacy, charges="corrected"))"""


@pytest.fixture
def made(write: Write, data_copy: Path, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A brief that speaks of counted persons, and with what it was made."""
    given = {"out": tmp_path / "briefs", "notebooks": write(TITLE, COUNT), "data": str(data_copy)}
    folder = render("synthetic", **given)
    assert (tmp_path / "briefs" / "releases.jsonl").stat().st_size
    return folder, given


def test_it_stands_until_something_changes(made: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, given = made
    assert standing("synthetic", **given) == folder
    assert standing("synthetic", **given, year=2025) == folder
    assert standing("synthetic", **given, year=2024) is None
    assert standing("synthetic", **given, privacy="internal") is None
    assert standing("synthetic", **given, nonsense=1) is None
    assert standing("other", **given) is None
    notebook = given["notebooks"] / "synthetic_brief.ipynb"
    data = Path(given["data"])
    changes: list[tuple[Path, Callable[[bytes], bytes]]] = [
        (data / "municipality_codes" / "municipalities.csv", lambda was: was + b"\n"),
        (notebook, lambda was: was + b"\n"),
        (folder / "brief.html", lambda was: was.replace(b"Synthetic", b"synthetic")),
        (folder / "brief.pdf", lambda was: was[:-1]),
        (folder / "notebook.ipynb", lambda _: b""),
        (folder / "manifest.json", lambda _: b"{}"),
        (folder.parent / "releases.jsonl", lambda was: was[1:]),
        (folder.parent / "releases.jsonl", lambda _: b""),
        (folder / "notes.txt", lambda _: b"mine"),
        (data / "municipality_codes" / "more.csv", lambda _: b""),
    ]
    for path, change in changes:
        was = path.read_bytes() if path.exists() else None
        path.write_bytes(change(was or b""))
        assert standing("synthetic", **given) is None, path
        path.unlink() if was is None else path.write_bytes(was)
        assert standing("synthetic", **given) == folder, path
    # A ledger that has grown still holds what this brief said.
    with (folder.parent / "releases.jsonl").open("ab") as ledger:
        ledger.write(b'{"release": "other", "said": []}\n')
    assert standing("synthetic", **given) == folder
    (data / "municipality_codes" / "link.csv").symlink_to(data / "municipality_codes" / "municipalities.csv")
    assert standing("synthetic", **given) is None
    (data / "municipality_codes" / "link.csv").unlink()
    monkeypatch.setattr(module, "made_with", lambda: ["polars-0.dist-info"])
    assert standing("synthetic", **given) is None


def test_a_warning_is_said_again(write: Write, tmp_path: Path) -> None:
    given = {"out": tmp_path, "notebooks": write(TITLE, "import warnings; warnings.warn('look')"), "data": str(DATA)}
    with pytest.warns(UserWarning, match="look"):
        render("synthetic", **given)
    assert standing("synthetic", **given) is None


def test_the_command_says_so_and_force_makes_it_again(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notebooks = write()
    monkeypatch.setattr("hhanalytics.briefs.run.own_notebooks", lambda: notebooks)
    words = ["brief", "synthetic", "--data", str(DATA), "--out", str(tmp_path / "out")]
    assert main(words) == 0
    first = capsys.readouterr()
    manifest = tmp_path / "out" / "synthetic-2025" / "manifest.json"
    made_at = manifest.stat().st_mtime_ns
    assert main(words) == 0
    second = capsys.readouterr()
    assert second.out == first.out
    assert second.err.startswith("Unchanged: ")
    assert manifest.stat().st_mtime_ns == made_at
    assert main([*words, "--force"]) == 0
    assert capsys.readouterr().err == first.err
    assert manifest.stat().st_mtime_ns != made_at


def test_to_tell_that_nothing_changed_imports_nothing_that_works_with_data() -> None:
    code = "import sys, hhanalytics.briefs.standing; print(*{'polars', 'numpy', 'pandas', 'papermill'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_several_at_a_time_are_those_of_one_at_a_time(write: Write, tmp_path: Path) -> None:
    parameters = f"year = None\ndata = {str(DATA)!r}\nprivacy = 'public'\nmunicipality = None"
    warns = "import warnings; municipality == 'gol' and warnings.warn('look') or None"
    notebooks = write(TITLE, PARAGRAPH, "1 / (municipality != 'hol') and None", warns, parameters=parameters)
    jobs = [Job("synthetic", {"municipality": name}) for name in ("gol", "hol", "flaa")]
    with pytest.warns(UserWarning, match="look"):
        one = run_many(jobs, out=tmp_path / "one", notebooks=notebooks)
    told: list[tuple[str, int, int]] = []
    with pytest.warns(UserWarning, match="look"):
        two = run_many(
            jobs, out=tmp_path / "two", notebooks=notebooks, workers=2, on_brief=lambda *each: told.append(each)
        )
    assert [each.job for each in two] == jobs
    assert [each.error and type(each.error) for each in two] == [None, BriefFailed, None]
    assert str(two[1].error) == str(one[1].error)
    assert sorted(name for name, _, _ in told) == ["flaa", "gol", "hol"]
    for left, right in zip(one, two, strict=True):
        for file in SAME if left.folder else ():
            assert (left.folder / file).read_bytes() == (right.folder / file).read_bytes()
    again = run_many(jobs, out=tmp_path / "one", notebooks=notebooks)
    assert [each.unchanged for each in again] == [False, False, True]


# The kernel


@pytest.fixture
def by_kernel(write: Write) -> Callable[..., Path]:
    def by_kernel(*cells: str, name: str = "python3", language: str = "python") -> Path:
        notebooks = write(*cells)
        path = notebooks / "synthetic_brief.ipynb"
        text = json.loads(path.read_text("utf-8"))
        text["metadata"]["kernelspec"] = {"name": name, "display_name": name, "language": language}
        path.write_text(json.dumps(text), "utf-8")
        return notebooks

    return by_kernel


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_kernel_gives_the_same_and_refuses_the_same(by_kernel: Callable[..., Path], tmp_path: Path) -> None:
    notebooks = by_kernel(TITLE, f"display({PARAGRAPH})")
    ours = render("synthetic", notebooks=notebooks, data=str(DATA), out=tmp_path / "ours")
    theirs = render("synthetic", notebooks=notebooks, data=str(DATA), out=tmp_path / "theirs", engine="kernel")
    for file in SAME:
        assert (theirs / file).read_bytes() == (ours / file).read_bytes()
    notebooks = by_kernel(TITLE, "print('4 persons')")
    with pytest.raises(BriefFailed, match=r"Cell 3 of synthetic_brief\.ipynb failed with BadInput"):
        render("synthetic", notebooks=notebooks, data=str(DATA), out=tmp_path / "out", engine="kernel")
    notebooks = by_kernel(TITLE, "1 / 0")
    with pytest.raises(BriefFailed, match=r"Cell 3 of synthetic_brief\.ipynb failed with ZeroDivisionError"):
        render("synthetic", notebooks=notebooks, data=str(DATA), out=tmp_path / "out", engine="kernel")
    assert not (tmp_path / "out").exists()


def test_a_notebook_of_another_language_asks_for_its_kernel(by_kernel: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(BriefFailed, match="there is no kernel 'absent' on this machine"):
        render("synthetic", notebooks=by_kernel(name="absent", language="R"), data=str(DATA), out=tmp_path)
    with pytest.raises(UnknownName, match=r"Unknown engine 'kernal'\. Did you mean 'kernel'"):
        render("synthetic", notebooks=by_kernel(), data=str(DATA), out=tmp_path, engine="kernal")


# What is kept on disk


def test_a_kept_file_that_was_altered_is_made_anew(tmp_path: Path) -> None:
    assert kept("face", lambda: b"made", tmp_path) == b"made"
    path = tmp_path / "face"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert kept("face", lambda: b"made again", tmp_path) == b"made again"
    assert kept("face", lambda: b"not asked", tmp_path) == b"made again"
    assert [each.name for each in tmp_path.iterdir()] == ["face"]
    (tmp_path / "file").write_bytes(b"")
    assert kept("face", lambda: b"made", tmp_path / "file") == b"made"
