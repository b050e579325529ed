"""A brief on paper: PDF through Typst, refused by the compiler where it is not accessible (PDF/UA-1).

The template is fixed; the brief goes in as data and is placed as strings. So no text of a brief can be
read as markup, and the same structures and date give the same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from hhanalytics.briefs.numbering import numbered_blocks
from hhanalytics.briefs.structure import Structure, flattened, label, title_of
from hhanalytics.briefs.typesetting import typeset
from hhanalytics.present import fonts
from hhanalytics.present.charts import from_structure
from hhanalytics.present.charts_paper import draw_svg
from hhanalytics.present.theme import COLOURS, FONT

TEMPLATE: Final = Path(__file__).parent / "templates" / "brief.typ"


def render_pdf(structures: list[Structure], date: date, *, ready: bool = False) -> bytes:
    """The brief as PDF.

    Args:
        structures: The blocks' structures, as from `structures_of`.
        date: The brief's date, written into the metadata as its time of making.
        ready: Whether the structures are `numbered_blocks` already.

    Raises:
        UnknownName: The brief has no title block, or the title block lacks the label ``page``.
        BriefFailed: It shows a number without a trace.
        typst.TypstError: The document is not accessible, such as a picture without text alternative.
    """
    made_at = datetime(date.year, date.month, date.day, tzinfo=UTC)
    return typeset(TEMPLATE.read_bytes(), template_data(structures, date, ready=ready), str(fonts.FOLDER), made_at)


def template_data(structures: list[Structure], date: date, *, ready: bool = False) -> str:
    """What the template is given: the whole brief as JSON, with numbers for citations and drawings for charts."""
    blocks = structures if ready else numbered_blocks((block["block"], block) for block in flattened(structures))
    title = title_of(blocks)
    brief = {
        "title": title,
        "page": label(title, "page"),
        "date": [date.year, date.month, date.day],
        "font": FONT,
        "colours": COLOURS,
        "blocks": [_drawn(block) for block in blocks],
    }
    # PDF/UA allows no sign without a glyph; the page, which may use the reader's fonts, shows them all.
    return fonts.drawable(json.dumps(brief, ensure_ascii=False, sort_keys=True))


def _drawn(block: Structure) -> Structure:
    if block["block"] != "chart":
        return block
    svg = draw_svg(from_structure(block["chart"]))
    return {**block, "svg": svg, "table_on_paper": block.get("table_on_paper", False)}
