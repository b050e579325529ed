"""Notebooks for analysts run from top to bottom, without JupyterLab, and end where they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("explore_*.ipynb"))


def run(path: Path, folder: Path) -> Any:
    """The notebook as it runs in a kernel that stands in a folder."""
    notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    return client.execute()


@pytest.fixture(scope="module")
def ran() -> dict[str, Any]:
    return {path.name: run(path, path.parent) for path in NOTEBOOKS}


def test_there_is_one_for_welfare_technology() -> None:
    assert "explore_welfare_tech.ipynb" in [path.name for path in NOTEBOOKS]


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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_short_and_in_bokmaal(path: Path) -> None:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    words = " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown").lower().split()
    assert max(text.count("\n") + 1 for text in code) <= 12
    assert len(cells) <= 25
    assert {"ikke", "hva"} <= set(words)
    assert not {"ikkje", "kva", "the"} & set(words)
