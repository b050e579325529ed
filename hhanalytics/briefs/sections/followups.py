"""The recommendations as rows that the steering group can adopt."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import columns, heading
from hhanalytics.decisions.followup import proposals
from hhanalytics.present.inline import runs


def followups(context: Context) -> Block:
    """The section with a row per programme: what is to be done, who sees to it, until when."""
    rows = proposals(context.dataset, context.year, context.assessments)
    if not rows.height:
        return Blocks(())
    heads = columns(
        context, "followups",
        ("programme", "left", 1.3), ("proposal", "left", 0.8), ("measure", "left", 1.9), ("owner", "left", 0.8),
        ("deadline", "left", 0.9),
    )  # fmt: skip
    language = context.language
    cells = tuple(
        Row(
            (
                runs(language.name("programmes", row["programme"])),
                context.text(f"recommendation.{row['recommendation']}"),
                context.text(f"measure.{row['indicator']}"),
                runs(language.names.get(("role", row["owner"]), row["owner"])),
                runs(language.date(row["deadline"])),
            )
        )
        for row in rows.iter_rows(named=True)
    )
    table = Table("followups", context.text("followups.table"), heads, cells, (context.text("followups.note"),))
    return Blocks((heading(context, "followups"), table))
