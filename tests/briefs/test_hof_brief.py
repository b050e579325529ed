"""The HOF brief, end to end on the real data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from hhanalytics.briefs.shelf import FILES
from hhanalytics.cli import main
from tests.briefs.synthetic_notebooks import DATA, ROOT


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The brief as a user gets it who stands in another folder."""
    here = tmp_path_factory.mktemp("elsewhere")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(here)
        assert main(["brief", "--data", str(DATA)]) == 0
    return here / "briefs" / "hof-2025-nb"


def test_brief_is_whole(brief: Path) -> None:
    assert sorted(path.name for path in brief.iterdir()) == sorted(FILES)
    assert sorted(path.name for path in brief.parent.iterdir()) == ["hof-2025-nb", "releases.jsonl"]
    parameters = json.loads((brief / "manifest.json").read_text("utf-8"))["parameters"]
    expected = {"year": 2025, "language": "nb", "data": "raw", "privacy": "public", "charges": "corrected"}
    assert parameters == expected


def test_paper_has_at_most_eight_pages(brief: Path) -> None:
    pages = re.findall(rb"/Type\s*/Page\b", (brief / "brief.pdf").read_bytes())
    assert 1 < len(pages) <= 8


def test_page_is_one_file_of_moderate_size(brief: Path) -> None:
    html = (brief / "brief.html").read_text("utf-8")
    assert len(html.encode()) < 6_000_000
    loaded = re.findall(r'<(?:img|script|link|iframe|source)\b[^>]*?\s(?:src|href)="(?!data:)[^"]*"', html)
    assert loaded == []
    assert re.search(r"sections\.\w+\(brief\)", html) is None


def test_nothing_of_the_machine_is_in_any_file(brief: Path) -> None:
    for path in brief.iterdir():
        content = path.read_bytes()
        assert [trace for trace in (str(ROOT), str(brief.parent), "/home/") if trace.encode() in content] == []


def test_stored_notebook_holds_blocks_only(brief: Path) -> None:
    stored = nbformat.reads((brief / "notebook.ipynb").read_text("utf-8"), as_version=4)
    nbformat.validate(stored)
    outputs = [output for cell in stored.cells for output in cell.get("outputs", ())]
    assert outputs
    assert all("application/vnd.hhanalytics.block+json" in output["data"] for output in outputs)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_again_in_another_process(brief: Path, tmp_path: Path, seed: str) -> None:
    """Also where sets of texts have another order, which differs from process to process."""
    command = [sys.executable, "-m", "hhanalytics", "brief", "hof", "--data", str(DATA)]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    again = tmp_path / "briefs" / "hof-2025-nb"
    for name in set(FILES) - {"manifest.json"}:
        assert (again / name).read_bytes() == (brief / name).read_bytes(), name


@pytest.mark.parametrize("options", [["--charges", "printed"], ["--privacy", "internal"]])
def test_every_choice_gives_a_brief(options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["brief", *options, "--data", str(DATA)]) == 0


def test_notebook_in_the_repository_holds_no_outputs() -> None:
    source = json.loads((ROOT / "notebooks" / "hof_brief.ipynb").read_text("utf-8"))
    assert all(not cell.get("outputs") for cell in source["cells"])
