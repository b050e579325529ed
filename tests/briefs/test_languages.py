"""The versions of a brief in all languages hold the same figures, and each is in one language only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest
from papermill.execute import execute_notebook

from hhanalytics.briefs.blocks import Paragraph
from hhanalytics.briefs.engine import NAME
from hhanalytics.briefs.html import page
from hhanalytics.briefs.html_blocks import Words, block_html
from hhanalytics.briefs.parameters import defaults
from hhanalytics.briefs.run import OTHERWISE, own_notebooks
from hhanalytics.briefs.structure import runs_in, structures_of
from hhanalytics.evidence import Citation
from hhanalytics.present.catalogue import languages
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import FIRST_LANGUAGE
from tests.briefs.synthetic_notebooks import DATA
from tests.languages import foreign

#: Whatever brief there is; the one on a mandate needs a form, which is not in the data.
KINDS = sorted({*(path.name for path in own_notebooks().glob("*_brief.ipynb")), *OTHERWISE} - {"mandate_brief.ipynb"})
#: Attributes that a reader sees or hears.
READ = ("alt", "aria-label", "title", "content")


@cache
def executed(kind: str, language: str) -> Any:
    """A brief's notebook after its run."""
    path = own_notebooks() / kind
    given: dict[str, Any] = {"language": language, "data": str(DATA)}
    if "municipality" in defaults(path):
        given["municipality"] = "gol"
    read: Any = nbformat.read
    return execute_notebook(
        read(path, as_version=4), None, parameters=given, engine_name=NAME, kernel_name="python3", language="python",
        progress_bar=False,
    )  # fmt: skip


def stated(kind: str, language: str) -> Counter[Any]:
    """Every figure and date of a brief: what it says, not how, and where it is from."""
    runs = [run for structure in structures_of(executed(kind, language)) for run in runs_in(structure)]
    figures = (
        (run["value"], run["unit"], run["grade"], run["bound"], json.dumps(run["citations"], sort_keys=True))
        for run in runs
        if run["run"] == "figure"
    )
    dates = ((run["start"], run["end"]) for run in runs if run["run"] == "date")
    return Counter([*figures, *dates])


def drawn(kind: str, language: str) -> Counter[float]:
    """Every number that the charts of a brief draw."""

    def numbers(node: Any) -> Iterator[float]:
        if isinstance(node, Mapping):
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                yield from numbers(each)
        elif isinstance(node, int | float) and not isinstance(node, bool):
            yield node

    blocks = structures_of(executed(kind, language))
    return Counter(n for block in blocks if block["block"] == "chart" for n in numbers(block["chart"]["data"]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_figures(kind: str, language: str) -> None:
    own, first = stated(kind, language), stated(kind, FIRST_LANGUAGE)
    assert first.total() > 30
    assert own - first == Counter()
    assert first - own == Counter()
    assert drawn(kind, language) == drawn(kind, FIRST_LANGUAGE)


class Said(HTMLParser):
    """What a page says in its own language, and what it marks as being in another.

    Texts of charts stand as JSON in scripts; what is typed, as in ``code``, is in no language.
    """

    EMPTY = ("meta", "link", "img", "br", "col", "hr", "input")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}

    @property
    def language(self) -> str:
        return self.open[-1][1] if self.open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        language = own.get("lang") or self.language
        kind = own.get("type") or "" if tag == "script" else ""
        self.texts.setdefault(language, []).extend(
            text for name in READ if (text := own.get(name)) and "http-equiv" not in own
        )
        if tag not in self.EMPTY:
            self.open.append((f"{tag} {kind}".strip(), language))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0].split()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag = self.open[-1][0] if self.open else ""
        if tag == "script application/json":
            self.texts[self.language] += strings(json.loads(data))
        elif tag not in ("script", "style", "code"):
            self.texts.setdefault(self.language, []).append(data)


def strings(node: Any) -> list[str]:
    """The texts below a node."""
    if isinstance(node, Mapping):
        return [text for name, value in node.items() if name != "font" for text in strings(value)]
    if isinstance(node, list):
        return [text for value in node for text in strings(value)]
    return [node] if isinstance(node, str) else []


def said(html: str) -> dict[str, list[str]]:
    """Language → what a page says in it."""
    parser = Said()
    parser.feed(html)
    parser.close()
    return parser.texts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", languages())
def test_no_page_mixes_languages(kind: str, language: str) -> None:
    html = page(executed(kind, language))
    assert f'<html lang="{language}">' in html
    texts = said(html)
    assert len(" ".join(texts[language])) > 3_000
    mixed = {text.strip(): found for text in texts[language] if (found := foreign(text, language))}
    assert mixed == {}
    # What is marked is in the language it is marked with.
    assert [text for other, own in texts.items() for text in own if other and foreign(text, other)] == []


def test_words_of_another_language_are_found_wherever_they_stand() -> None:
    html = (
        '<html lang="nn"><p title="Tala">Det er <b lang="nb">ikke</b> nok</p><img alt="hva">'
        '<script type="application/json">{"text": ["noe"]}</script><script>var from;</script></html>'
    )
    texts = said(html)
    assert texts["nb"] == ["ikke"]
    assert {word for text in texts["nn"] for word in foreign(text, "nn")} == {"hva", "noe"}


def test_a_text_without_translation_is_marked() -> None:
    """It is read aloud in the language it is in (WCAG 3.1.2), on the page and on paper."""
    row = {"text_nb": "Gol ble med", "text_en": None}
    place = Citation("hallinghelse_annual_report_2025", "events", "", "l. 64-65")
    english = Language("en", {}, Gate())
    structure = Paragraph(english.quoted(row, "text", place)).structure()
    assert '<span lang="nb">Gol ble med</span>' in block_html(structure, Words())
    assert english.quoted({**row, "text_en": "Gol joined"}, "text", place)[0].lang == ""
    assert Language("nb", {}, Gate()).quoted(row, "text", place)[0].lang == ""
