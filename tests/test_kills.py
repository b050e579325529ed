"""Killed at any moment: the old result or the new one, whole; the next run works and leaves nothing of the dead one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.exports.template import template
from tests.briefs.synthetic_notebooks import ROOT
from tests.exports.test_import import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills forked children")

DATA, ELVEDAL = ROOT / "data" / "raw", ROOT / "tests" / "cases" / "elvedal" / "data"
#: Everything a command needs, imported before it is forked.
IMPORTS = (
    "hhanalytics.cli", "hhanalytics.reports", "hhanalytics.file_reports", "hhanalytics.intake",
    "hhanalytics.workbook_intake", "hhanalytics.exports.new_year", "hhanalytics.exports.measured",
)  # fmt: skip
BRIEF = ("hhanalytics.briefs.run", "hhanalytics.briefs.sections", "papermill.execute", "jinja2", "typst")
FIGURES = """\
municipality,pool,period_start,period_end,amount_nok
aal,bti,2026-01-01,2026-12-31,90000
flaa,bti,2026-01-01,2026-12-31,90000
"""
AMONG = ("--as", "costs", "--source", "accounts_2026", "--publisher", "Synthetic")


def run(jobs: list[dict[str, Any]], imports: tuple[str, ...] = (), seconds: float = 600) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests" / "faults.py")],
        input=json.dumps({"jobs": jobs, "imports": imports}), capture_output=True, text=True, timeout=seconds,
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_moment_of_putting_a_result_in_place(tmp_path: Path) -> None:
    jobs = [
        {"what": "place", "folder": str(tmp_path / f"{kind}-{old}-{exchange}"), "kind": kind, "old": old,
         "exchange": exchange}
        for kind in ("file", "folder") for old in (False, True) for exchange in (True, False)
    ]  # fmt: skip
    found = run(jobs)
    assert [each["faults"] for each in found] == [[]] * len(jobs)
    # The kills did come, before and after the moment itself.
    assert all(each["killed"] > 4 and "new" in each["seen"] for each in found)
    assert all(("old" if job["old"] else "") in each["seen"] for job, each in zip(jobs, found, strict=True))


@pytest.fixture
def filled(dataset: Dataset, tmp_path: Path) -> Desk:
    """A workbook with figures, and a copy of the real data beside it."""
    return Desk(template(dataset, 2026, tables=("costs",)), tmp_path)


def jobs_of(desk: Desk, kills: int, each: bool, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """What is killed: command, what it does to which folder, and what stood there before."""
    here = desk.folder
    (here / "figures.csv").write_text(FIGURES, "utf-8")
    raw, workbook, out = str(desk.raw), str(desk.save()), here / "out"
    commands: dict[str, tuple[Path, list[list[str]], list[str]]] = {
        "build": (
            out / "build",
            [["build", "--data", str(ELVEDAL), "--out", str(out / "build" / "b")]],
            ["build", "--data", str(DATA), "--out", str(out / "build" / "b")],
        ),
        "import": (desk.raw, [], ["import", str(here / "figures.csv"), *AMONG, "--data", raw]),
        "workbook": (desk.raw, [], ["import", workbook, "--data", raw]),
        "export": (
            out / "csv", [], ["export", "--format", "csv", "--out", str(out / "csv" / "x"), "--data", str(ELVEDAL)]
        ),
        "xlsx": (out / "xlsx", [], ["export", "--tables", "--out", str(out / "xlsx" / "x.xlsx"), "--data", str(ELVEDAL)]),
        "new-year": (out / "year", [], ["new-year", "2026", "--out", str(out / "year" / "y"), "--data", str(DATA)]),
        "brief": (
            out / "briefs",
            [["brief", "--data", raw, "--out", str(out / "briefs")]],
            ["brief", "--charges", "corrected", "--data", str(DATA), "--out", str(out / "briefs")],
        ),
    }  # fmt: skip
    for folder, _, _ in commands.values():
        folder.mkdir(parents=True, exist_ok=True)
    return [
        {"what": "survive", "folder": str(commands[name][0]), "before": commands[name][1],
         "command": commands[name][2], "backup": str(here / f"backup-{name}"), "kills": kills, "each": each,
         "seed": 20261125}
        for name in names
    ]  # fmt: skip


def test_commands_that_are_killed(filled: Desk) -> None:
    names = ("build", "import", "workbook", "export", "new-year")
    found = run(jobs_of(filled, 6, False, names), IMPORTS)
    assert {name: each["faults"] for name, each in zip(names, found, strict=True)} == {name: [] for name in names}
    # Two wait for a byte that no file may have.
    assert all(each["killed"] >= 4 for each in found)


#: Kills of each command in the long run, more than two hundred in all; a brief takes longest.
KILLS = {"build": 36, "import": 36, "workbook": 36, "export": 36, "xlsx": 30, "new-year": 30, "brief": 20}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", KILLS)
def test_very_many_kills(filled: Desk, name: str) -> None:
    # The old brief is of other data: one more source, so that the two can be told apart.
    (filled.raw / "more").mkdir()
    (filled.raw / "more" / "source.toml").write_text(
        'title = "More"\nshort_title = "More"\npublisher = "Synthetic"\n', "utf-8"
    )
    [found] = run(jobs_of(filled, KILLS[name], True, (name,)), IMPORTS + BRIEF * (name == "brief"), 1800)
    assert found["faults"] == []
    # Two wait for a byte that no file may have.
    assert found["killed"] >= KILLS[name] - 2


def test_the_long_run_is_long_enough() -> None:
    assert sum(KILLS.values()) - 2 * len(KILLS) >= 200
