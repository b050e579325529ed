"""The recommendations as rows that the steering group can adopt, and what became of those it adopted last year."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import columns, heading, quoted
from hhanalytics.decisions.finding import cite
from hhanalytics.decisions.followup import followed_up, proposals
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
                (language.when(row["deadline"]),),
            )
        )
        for row in rows.iter_rows(named=True)
    )
    table = Table("followups", context.text("followups.table"), heads, cells, (context.text("followups.note"),))
    return Blocks((heading(context, "followups"), *_results(context), table))


def _results(context: Context) -> list[Block]:
    """Last year's rows against this year's figures; nothing where none were adopted."""
    found = followed_up(context.dataset, context.year)
    if not found:
        return []
    heads = columns(
        context, "results",
        ("programme", "left", 1.3), ("measure", "left", 1.9), ("owner", "left", 0.8), ("outcome", "left", 1.3),
    )  # fmt: skip
    language, rows = context.language, []
    for each in found:
        own = context.dataset.followups.filter(followup=each.row["followup"])
        rows.append(
            Row(
                (
                    context.referred(language.name("programmes", each.row["programme"]), cite("followups", own)),
                    quoted(context, "followups", each.row, "measure"),
                    runs(language.names.get(("role", each.row["owner"]), each.row["owner"] or "")),
                    context.text(f"outcome.{each.status}"),
                )
            )
        )
    return [
        Table("results", context.text("results.table", before=(language.year(context.year - 1),)), heads, tuple(rows))
    ]
