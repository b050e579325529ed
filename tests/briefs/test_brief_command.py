"""The command ``hhanalytics brief``, with synthetic notebooks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hhanalytics.cli import main
from tests.briefs.synthetic_notebooks import DATA, PARAGRAPH, TITLE, Write

#: The command as it is started from a terminal, also where the tests run in the background.
START = """
import signal, sys
from pathlib import Path
from hhanalytics.briefs import run
from hhanalytics.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
run.own_notebooks = lambda: Path(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


def command(notebooks: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", START, str(notebooks), "brief", "synthetic", "--data", str(DATA), *arguments]


def test_brief_prints_its_files_and_tells_its_progress(write: Write, tmp_path: Path) -> None:
    ended = subprocess.run(command(write()), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    folder = Path("briefs") / "synthetic-2025"
    files = ["brief.html", "brief.pdf", "notebook.ipynb", "manifest.json"]
    assert ended.stdout == "".join(f"{folder / file}\n" for file in files)
    assert all((tmp_path / line).is_file() for line in ended.stdout.splitlines())
    assert ended.stderr == "Cells 4/4\nHTML 1/1\nPDF 1/1\n"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals to imitate")
def test_brief_shows_a_bar_on_a_terminal(write: Write, tmp_path: Path) -> None:
    near, far = os.openpty()
    with subprocess.Popen(command(write()), cwd=tmp_path, stdout=subprocess.PIPE, stderr=far) as process:
        os.close(far)
        shown = b""
        while True:
            try:
                part = os.read(near, 4096)
            except OSError:  # how Linux says that the other end is closed
                part = b""
            if not part:
                break
            shown += part
        assert process.stdout is not None
        printed = process.stdout.read()
    os.close(near)
    assert process.returncode == 0
    assert printed.count(b"\n") == 4
    assert b"Cells" in shown
    assert b"PDF" in shown


def test_failing_cell_ends_with_2_and_the_cell(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hhanalytics.briefs.run.own_notebooks", lambda: write(TITLE, "1 / 0"))
    assert main(["brief", "synthetic", "--data", str(DATA), "--out", str(tmp_path / "briefs")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert (
        "Cell 3 of synthetic_brief.ipynb failed with ZeroDivisionError: division by zero (line 1 of the cell)"
        in shown.err
    )
    assert "1 / 0" in shown.err
    assert "Traceback" not in shown.err
    assert "\x1b" not in shown.err
    assert not (tmp_path / "briefs").exists()


def test_warning_of_a_cell_is_said_on_standard_error(write: Write, tmp_path: Path) -> None:
    notebooks = write(TITLE, "import warnings\nwarnings.warn('mind the gap')\nNone", PARAGRAPH)
    ended = subprocess.run(command(notebooks), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "UserWarning: mind the gap" in ended.stderr
    assert "mind" not in ended.stdout


@pytest.mark.skipif(os.name == "nt", reason="no such signal on Windows")
def test_interrupt_ends_with_130_and_leaves_nothing(write: Write, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    begun = tmp_path / "begun"
    wait = f"from pathlib import Path\nimport time\nPath({str(begun)!r}).touch()\ntime.sleep(60)"
    with subprocess.Popen(
        command(write(TITLE, wait)), cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert printed == ""
    assert "Traceback" not in said
    assert list(here.iterdir()) == []
