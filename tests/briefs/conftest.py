"""What tests of briefs share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.briefs.synthetic_notebooks import PARAGRAPH, PARAMETERS, TITLE, Write, notebook


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write ``synthetic_brief.ipynb`` with the cells given, and return its folder."""

    def write(*cells: str, parameters: str = PARAMETERS) -> Path:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        text = json.dumps(notebook(*cells or (TITLE, PARAGRAPH), parameters=parameters))
        (folder / "synthetic_brief.ipynb").write_text(text, "utf-8")
        return folder

    return write
