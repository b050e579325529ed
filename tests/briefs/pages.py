"""Pages in a browser, as tests open them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOUND = os.environ.get("HHANALYTICS_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)

#: For tests that need a browser.
needs_browser = pytest.mark.skipif(FOUND is None, reason=f"no browser here: none of {', '.join(NAMES)} on the path")


def opened(browser: Any, file: Path, width: int = 1280, **options: Any) -> tuple[Any, list[str]]:
    """The page at a width, and whatever it complained of or asked for."""
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on(
        "request",
        lambda request: noise.append(request.url) if request.url.split(":")[0] not in ("file", "data") else None,
    )
    page.goto(file.as_uri())
    return page, noise


def violations(page: Any) -> list[str]:
    """What axe finds against WCAG 2.1 AA, WCAG 2.2 AA and good practice; it must have looked at much."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": tags})
    assert len(found.response["passes"]) > 15
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]
