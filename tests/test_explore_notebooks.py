"""Notebooks for analysts run from top to bottom, without JupyterLab, and end where they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("explore_*.ipynb"))


@pytest.fixture(scope="module")
def ran() -> Iterator[dict[str, Any]]:
    """The notebooks as they run in a kernel that stands in their folder.

    One kernel for all, since most of the time goes into starting it; it forgets every name before the next notebook.
    """
    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel(cwd=str(NOTEBOOKS[0].parent))
    found = {}
    for path in NOTEBOOKS:
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        nbformat.validate(notebook)
        notebook.cells.append(new_code_cell("%reset -f"))
        client = NotebookClient(notebook, timeout=120, km=kernel)
        found[path.name] = client.execute()
        client.kc.stop_channels()
        notebook.cells.pop()
    yield found
    kernel.shutdown_kernel(now=True)


def test_there_is_one_for_each_question() -> None:
    subjects = {path.stem.removeprefix("explore_") for path in NOTEBOOKS}
    assert {"costs", "activities", "gain", "welfare_tech", "municipalities"} <= subjects


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_every_cell_shows_something_and_no_warning(ran: dict[str, Any], name: str) -> None:
    for cell in ran[name].cells:
        if cell.cell_type == "code":
            assert [output.output_type for output in cell.outputs] == ["execute_result"], cell.source


def shown(notebook: Any, id: str) -> str:
    (cell,) = (cell for cell in notebook.cells if cell.id == id)
    return str(cell.outputs[0]["data"]["text/plain"])


def test_welfare_technology_from_question_to_answer(ran: dict[str, Any]) -> None:
    """The report's own figures: −277 and +279 in sum, and the steps of the alarms, in polars and in pandas."""
    notebook = ran["explore_welfare_tech.ipynb"]
    sums = shown(notebook, "naivt-tall")
    assert "-277" in sums
    assert "279" in sums
    assert "not_by_municipality" in shown(notebook, "samme-tall")
    assert "too_few_points" in shown(notebook, "kontroll-tall")
    assert "-118.0" in shown(notebook, "pandas-tall")
    assert "'68 i mai, 74 i desember; juni–november kan ikke sammenlignes'" in shown(notebook, "svar-tall")
    # 275 kr at 376 kr an hour is 44 minutes: one and a half visit of half an hour, at least.
    assert "43.88" in shown(notebook, "gevinst-tall")


def seen(notebook: Any, id: str) -> str:
    """What a cell displays, without tags, thousands set apart by a plain space."""
    (cell,) = (cell for cell in notebook.cells if cell.id == id)
    html = re.sub(r"<style>.*?</style>", "", cell.outputs[0]["data"]["text/html"], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u202f", " ").replace("\xa0", " ").split())


def test_costs_from_question_to_answer(ran: dict[str, Any]) -> None:
    """778 820 kr printed and 763 798 by the key, over 440 participants; programmes and the rest are all charges."""
    notebook = ran["explore_costs.ipynb"]
    assert "Mobilt ferdighetsteam pool 778 820 778 820 A" in seen(notebook, "kostnader")
    assert "Klinisk ernæringsfysiolog position 512 647 557 696 B" in seen(notebook, "kostnader")
    assert shown(notebook, "resten-tall").count("6630445") == 3
    assert "98 049 kr er belastet" in seen(notebook, "avvik-tall")
    assert "printed 778 820 440 1 770 at_most corrected 763 798 440 1 736 at_most" in seen(notebook, "rettet-tall")
    assert "98 049 A dokumentert l. 104" in seen(notebook, "spor-tall")
    assert "Ledelse position_not_stated" in seen(notebook, "svar-tall")


def test_activities_from_question_to_answer(ran: dict[str, Any]) -> None:
    """440 + 50 + 609 + 150, of which 50 may lie inside the 440."""
    notebook = ran["explore_activities.ipynb"]
    assert {"1249", "1199"} <= set(re.findall(r"[0-9]+", shown(notebook, "sum-tall")))
    assert "Folkehelse 150 135 150" in seen(notebook, "spenn-tall")
    assert "440 440 ikke oppgitt" in seen(notebook, "spenn-tall")
    assert "44 at_most 11 651 12 675" in seen(notebook, "enhet-tall")


def test_gain_from_question_to_answer(ran: dict[str, Any]) -> None:
    """At 440 participants, 1 770 kr each falls 20 kr short of 778 820 kr, and 1 771 kr is 420 kr above it."""
    notebook = ran["explore_gain.ipynb"]
    assert "ikke oppgitt ikke oppgitt not_counted" in seen(notebook, "gevinst")
    assert "1 770 −20 1 771 420" in seen(notebook, "flere-tall")
    assert "880 000 ikke oppgitt 101 180 1,13" in seen(notebook, "tenkt-tall")


def test_municipalities_from_question_to_answer(ran: dict[str, Any]) -> None:
    """What the report prints for each, and BTI's 82 145 kr among the 1 117 people of Flå."""
    notebook = ran["explore_municipalities.ipynb"]
    assert "Nesbyen 566 893 ikke oppgitt 3 266 174" in seen(notebook, "betalt")
    assert "Flå 73,54" in seen(notebook, "hvorfor-tall")
    assert "0 1 split;price;score" in seen(notebook, "faar-tall")
    rows = re.findall(r"(Ål|Flå|Gol|Hemsedal|Hol) ([0-9 ]+?) (?=−|[0-9])", seen(notebook, "hva-om-tall"))
    assert len(rows) == 5
    assert "1 772 002 0 −1 772 002" in seen(notebook, "hva-om-tall")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_short_and_in_bokmaal(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    words = " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown").lower().split()
    assert max(text.count("\n") + 1 for text in code) <= 12
    assert len(cells) <= 25
    assert {"ikke", "hva"} <= set(words)
    assert not {"ikkje", "kva", "the"} & set(words)
