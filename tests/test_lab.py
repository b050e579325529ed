"""``hhanalytics lab``: JupyterLab where the notebooks are, tried with a stand-in that tells how it was started."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from hhanalytics import lab
from hhanalytics.cli import main

ROOT = Path(__file__).parents[1]
STAND_IN = f"""#!{sys.executable}
import os, pathlib, sys
pathlib.Path(os.environ["TOLD"]).write_text("\\n".join([os.getcwd(), *sys.argv[1:]]))
sys.exit(int(os.environ.get("CODE", 0)))
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script for POSIX systems")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in, which is found before any real JupyterLab, writes how it was started."""
    script = tmp_path / "bin" / "jupyter-lab"
    script.parent.mkdir()
    script.write_text(STAND_IN, "utf-8")
    script.chmod(0o755)
    found = shutil.which
    monkeypatch.setattr(lab.shutil, "which", lambda name, path=None: found(name, path=str(script.parent)))
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "told"


def test_it_opens_where_the_notebooks_are(told: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Elsewhere than in a copy of the project, the notebooks are put there first, once."""
    assert main(["lab", "--no-browser", "--port", "8899"]) == 0
    folder = told.parent / "notebooks"
    assert told.read_text().splitlines() == [str(folder), "--no-browser", "--port", "8899"]
    copied = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert copied == {path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("explore_*.ipynb")}
    assert len(copied) >= 5
    assert "copied to notebooks" in capfd.readouterr().err
    (folder / "mine.ipynb").write_text("{}")
    assert main(["lab"]) == 0
    assert (folder / "mine.ipynb").read_text() == "{}"
    assert "copied" not in capfd.readouterr().err


def test_its_own_folder_and_exit_code(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODE", "3")
    assert main(["lab", "--folder", str(told.parent / "other")]) == 3
    assert told.read_text() == str(told.parent / "other")


def test_without_jupyterlab_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab.shutil, "which", lambda name, path=None: None)
    assert main(["lab"]) == 2
    shown = capsys.readouterr()
    assert "no JupyterLab" in shown.err
    assert "--group lab" in shown.err
    assert "Traceback" not in shown.err
    assert list(tmp_path.iterdir()) == []
