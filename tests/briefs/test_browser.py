"""The HOF brief in a browser: at the widths of a desk, a tablet and a telephone, and for all readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hhanalytics.briefs.run import render
from tests.briefs.pages import needs_browser, opened, violations
from tests.briefs.synthetic_notebooks import DATA

WIDTHS = (1280, 820, 390)

pytestmark = needs_browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render("hof", data=str(DATA), out=tmp_path_factory.mktemp("briefs")) / "brief.html"


@pytest.mark.parametrize("width", WIDTHS)
def test_page_is_drawn_and_fits(browser: Any, page_file: Path, width: int) -> None:
    page, noise = opened(browser, page_file, width)
    charts = page.locator(".drawing").count()
    page.wait_for_function(f"document.querySelectorAll('.live svg.main-svg').length >= {charts}")
    assert noise == []
    assert charts >= 4
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # No text of a chart is cut off by the chart's edge.
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.plot')].flatMap(plot => {
             const box = plot.getBoundingClientRect();
             return [...plot.querySelectorAll('.annotation text')].filter(text => {
               const own = text.getBoundingClientRect();
               return own.left < box.left - 2 || own.right > box.right + 2;
             }).map(text => text.textContent);
           })"""
    )
    assert cut == []


@pytest.mark.parametrize("width", [WIDTHS[0], WIDTHS[-1]])
def test_page_is_accessible(browser: Any, page_file: Path, width: int) -> None:
    """No rule of WCAG 2.1 AA that axe can check is broken."""
    # axe is a script of its own, which the page's policy would not let run.
    page, _ = opened(browser, page_file, width, bypass_csp=True)
    page.wait_for_selector(".live svg.main-svg")
    assert violations(page) == []


def test_page_says_the_same_without_scripts(browser: Any, page_file: Path) -> None:
    page, noise = opened(browser, page_file, java_script_enabled=False)
    images = page.locator(".drawing img")
    assert images.count() >= 4
    assert all(image.is_visible() for image in images.all())
    assert noise == []


def test_keyboard_reaches_the_text_first(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page-main"


def test_references_lead_to_their_source(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file)
    first = page.locator(".refs a").first
    number = first.get_attribute("href")
    first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(f"document.querySelector('{number}').matches(':target')")
