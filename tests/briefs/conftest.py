"""What tests of briefs share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.briefs.pages import FOUND
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        # Containers forbid the sandbox; the pages are our own.
        opened = driver.chromium.launch(executable_path=FOUND, args=["--no-sandbox"])
        yield opened
        opened.close()
