"""The status of a year on a day: its title, and what is not yet reported."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Heading, Items, Paragraph, Title
from hhanalytics.briefs.sections.benefit import titled
from hhanalytics.briefs.status_context import StatusContext
from hhanalytics.present.inline import Runs
from hhanalytics.present.sentences import sentence


def status_title(context: StatusContext) -> Title:
    """The title of the status brief, with its day."""
    return titled(context, "status")


def status_gaps(context: StatusContext) -> Block:
    """What is not yet reported, said first: everything below is without it."""
    gaps: list[Runs] = []
    for finding in context.not_reported:
        said = sentence(context.language, finding)
        gaps.append(context.backed(said, finding.grade, finding.citations) if finding.figures else said)
    head = Heading("not_reported", context.say("status_gaps.heading"))
    if not gaps:
        return Blocks((head, Paragraph(context.text("status_gaps.none"))))
    return Blocks((head, Items(tuple(gaps), style="requests")))
