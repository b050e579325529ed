"""What the municipalities pay beside the year before: same municipalities, same pools, same months."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import amount, columns, heading
from hhanalytics.present.inline import runs
from hhanalytics.present.sentences import sentence, values


def year_before(context: Context) -> Block:
    """The section on the year before; nothing where there is none, or nothing to compare."""
    found = context.beside
    if not found:
        return Blocks(())
    language, (whole, *pools) = context.language, found
    known = values(language, whole)
    said = context.backed(sentence(language, whole), whole.grade, whole.citations)
    blocks: list[Block] = [heading(context, "year_before", before_year=known["before_year"]), Paragraph(said)]
    if len(pools) > 1:
        heads = columns(
            context,
            "year_before",
            ("pool", "left", 1.6),
            ("now", "right", 1),
            ("before", "right", 1),
            ("change", "right", 1),
        )
        rows = [
            Row((runs(language.name(*f.names["pool"])), *(amount(context, f.figures[n]) for n in ("amount", "before"))
                 , amount(context, f.figures["change"], "bare+signed")))
            for f in pools
        ]  # fmt: skip
        blocks.append(Table("year_before", context.text("year_before.table", **known), heads, tuple(rows)))
    if whole.figures["left_out"].value or whole.figures["before_left_out"].value:
        blocks.append(Paragraph(context.text("year_before.left_out", **known), "note"))
    return Blocks(tuple(blocks))
