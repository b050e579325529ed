"""Every brief in every language, for every reader: page, paper, keyboard, screen reader, telephone and tablet.

The page is judged by axe in a browser, the paper by two checkers that know nothing of how it was made.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from hhanalytics.briefs.run import render
from hhanalytics.briefs.standing import standing
from hhanalytics.present.catalogue import languages
from hhanalytics.tables import FIRST_LANGUAGE
from tests.briefs.pages import needs_browser, opened, violations
from tests.briefs.synthetic_notebooks import DATA

#: Kind of brief → its parameters, and how many pages it may have.
BRIEFS: dict[str, tuple[str, dict[str, Any], int]] = {
    "hof": ("hof", {}, 8),
    "municipality": ("municipality", {"municipality": "gol"}, 2),
    "benefit": ("benefit", {}, 9),
    "council": ("municipality", {"municipality": "gol", "audience": "council"}, 2),
    "status": ("status", {"as_of": "2026-06-30"}, 1),
}
#: What the second checker holds against the paper by rules of thumb that do not fit it: rows that head a group of rows
#: are headers as well; numbers of a list are painted before its texts, and read in order; and a text alternative may
#: hold many numbers.
RULES_OF_THUMB = {"TBL-010", "ORD-001", "FIG-012"}
#: The largest page, in bytes.
LARGEST = 6_000_000

KEYBOARD = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
  .filter(each => each.checkVisibility()).length"""
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(each => Number(each.tagName[1]))"


@pytest.fixture(scope="module", params=[(name, language) for name in BRIEFS for language in languages()], ids="-".join)
def brief(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The folder of a brief, its name here, and its language; made once, whichever process asks for it."""
    name, language = request.param
    kind, given, _ = BRIEFS[name]
    base = tmp_path_factory.getbasetemp()
    out = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"accessible-{name}-{language}"
    wanted = {"out": out, "data": str(DATA), "language": language, **given}
    return standing(kind, **wanted) or render(kind, **wanted), name, language


@needs_browser
def test_page_is_for_everybody(brief: tuple[Path, str, str], browser: Any) -> None:
    folder, _name, language = brief
    file = folder / "brief.html"
    assert file.stat().st_size < LARGEST
    page, noise = opened(browser, file, 1280, bypass_csp=True, reduced_motion="reduce")
    page.wait_for_timeout(300)
    for width in (1280, 820, 390, 320):
        page.set_viewport_size({"width": width, "height": 1180})
        # Charts are drawn anew a moment after the page has changed its width.
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=5_000)
        # What is built the same way in every language is looked at once in all widths.
        if width == 1280 or (width == 320 and language == FIRST_LANGUAGE):
            assert violations(page) == []
    assert noise == []

    assert page.evaluate("document.documentElement.lang") == language
    levels = page.evaluate(HEADINGS)
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every(t => t.caption && t.querySelector('th[scope]'))"
    )
    # Each chart has its text and the table behind it.
    assert page.evaluate(
        "[...document.querySelectorAll('figure')].every(f => f.querySelector('img[alt]')?.alt && f.querySelector('table'))"
    )


@needs_browser
def test_keyboard_comes_everywhere(brief: tuple[Path, str, str], browser: Any) -> None:
    """Through the whole page by Tab: in the page's order, each stop to be seen, and out at the end."""
    folder, _, language = brief
    if language != FIRST_LANGUAGE:
        pytest.skip("links and folds are the same in every language")
    page, _ = opened(browser, folder / "brief.html")
    page.wait_for_timeout(300)
    number = page.evaluate(KEYBOARD)
    assert number > 10
    stops = []
    for _ in range(number + 5):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const own = document.activeElement;
              if (own === document.body) return null;
              const style = getComputedStyle(own), box = own.getBoundingClientRect();
              window.met = window.met || [];
              const before = window.met.at(-1);
              const follows = !before || Boolean(before.compareDocumentPosition(own) & 4);
              window.met.push(own);
              return [follows, style.outlineStyle !== 'none' || own.className.includes('skip'), box.width > 0]; }"""
        )
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) >= number
    assert all(all(stop) for stop in stops), [place for place, stop in enumerate(stops) if not all(stop)]


@needs_browser
def test_page_one_is_one_view_on_a_tablet(brief: tuple[Path, str, str], browser: Any) -> None:
    """What the leaders are asked, what was found, its cost and what is not known: without scrolling."""
    folder, name, _ = brief
    if name != "hof":
        pytest.skip("only the brief for the steering group has a page one that stands alone")
    page, _ = opened(browser, folder / "brief.html", 820)
    ends = page.evaluate(
        "document.querySelector('section.new-page').previousElementSibling.getBoundingClientRect().bottom"
    )
    assert 600 < ends <= 1180


def test_paper_is_for_everybody(brief: tuple[Path, str, str]) -> None:
    """PDF/UA-1 as the compiler enforces it, seen once more by others."""
    import outloud
    import pdfua
    import pikepdf

    folder, name, language = brief
    path = folder / "brief.pdf"
    found = outloud.check(str(path))
    told = [f"{each.rule}: {each.message}" for each in found.findings if each.rule not in RULES_OF_THUMB]
    assert told == []
    assert [str(each) for each in pdfua.validate(path).findings] == []
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) <= BRIEFS[name][2]
        assert str(pdf.Root.Lang).split("-")[0] == language
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.docinfo.get("/Title", "")).strip()
        with pdf.open_outline() as outline:
            headings = sum(1 + len(each.children) for each in outline.root)
        assert headings >= 4
