"""A brief as HTML: a cell's output in JupyterLab, and the whole page in one file that asks no network.

The page holds its fonts, pictures and scripts. Its policy (Content-Security-Policy) allows nothing to
be loaded and no script to run but the two written into it, each named by its hash.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

from hhanalytics.briefs.html_blocks import Words, block_html
from hhanalytics.briefs.numbering import numbered_blocks
from hhanalytics.briefs.structure import Structure, cleaned, flattened, label, placed, title_of
from hhanalytics.present.catalogue import formulas
from hhanalytics.present.fonts import css_font_faces
from hhanalytics.present.theme import css_variables

TEMPLATES: Final = Path(__file__).parent / "templates" / "hhanalytics"


def fragment(structures: list[Structure]) -> str:
    """Blocks as HTML for display in JupyterLab: no script, and no numbers, which only a whole brief has."""
    words = Words()
    blocks = "\n".join(block_html(structure, words) for structure in cleaned(flattened(structures)))
    return f'<style>{_read("fragment.css")}</style>\n<div class="hhanalytics">\n{blocks}\n</div>'


def page(notebook: Mapping[str, Any], blocks: list[Structure] | None = None) -> str:
    """An executed brief notebook as one self-contained HTML page.

    Args:
        notebook: An nbformat node or the dict of a notebook file.
        blocks: Its `numbered_blocks`, where they are at hand.

    Raises:
        UnknownName: The brief has no title block, or the title block lacks a label.
        BriefFailed: It shows a number without a trace, or an output was altered after its cell ran.
    """
    structures = numbered_blocks(placed(notebook)) if blocks is None else blocks
    text: str = _template().render(brief=assemble(structures))
    return text


def assemble(structures: list[Structure]) -> dict[str, Any]:
    """What the page template places: texts still to be escaped, and parts that are HTML already."""
    title = title_of(structures)
    words = Words(label(title, "chart_data"), label(title, "source"), True, formulas(title["language"]))
    body = [structure for structure in structures if structure["block"] != "title"]
    plotly, loader = _plotly(), _read("charts.js")
    return {
        "language": title["language"],
        "title": ": ".join(filter(None, (title["labels"].get("marking"), title["text"]))),
        "marking": title["labels"].get("marking", ""),
        "description": title["description"],
        "running": title["running"],
        "skip": label(title, "skip"),
        "contents": label(title, "contents"),
        "footer": title["labels"].get("footer", ""),
        "policy": _policy(plotly, loader),
        "style": "\n".join((css_variables(), css_font_faces(), _read("brief.css"))),
        "plotly": plotly,
        "loader": loader,
        "header_html": block_html(title, words),
        "contents_html": _contents(body),
        "body_html": _sections(body, words),
        "has_charts": any(structure["block"] == "chart" for structure in body),
    }


def _contents(body: list[Structure]) -> str:
    heads = [block for block in body if block["block"] == "heading" and block["level"] == 2]
    items = (f'<li><a href="#{escape(head["id"], quote=True)}">{escape(head["text"])}</a></li>' for head in heads)
    return "\n".join(items)


def _sections(body: list[Structure], words: Words) -> str:
    """The blocks, each second-level heading opening a section."""
    out, open_section = [], False
    for block in body:
        if block["block"] == "heading" and block["level"] == 2:
            out.append("</section>" if open_section else "")
            out.append(f'<section class="{_section_class(block)}" aria-labelledby="{escape(block["id"], quote=True)}">')
            open_section = True
        out.append(block_html(block, words))
    return "\n".join([*out, "</section>" if open_section else ""])


def _section_class(heading: Structure) -> str:
    return "new-page" if heading["new_page"] else ""


def _policy(*scripts: str) -> str:
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    # plotly writes its few style rules into the page, hence inline styles.
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _template() -> Any:
    """The page's template, compiled once for all briefs that a process makes."""
    # Imported when needed: the page is made last.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # What is text is escaped by the template, what is HTML was escaped where it was made.
    made = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)
    return made.get_template("page.html.j2")


@cache
def _hash(script: str) -> str:
    return base64.b64encode(sha256(script.encode()).digest()).decode("ascii")


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
