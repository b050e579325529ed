"""What several sections are made of: cells, headings, and the words behind a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hhanalytics.briefs.blocks import Align, Column, Heading, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.numbering import lines_text
from hhanalytics.evidence import Citation, Figure, Grade, weakest
from hhanalytics.present.inline import Quoted, Run, Runs, citations, plain, runs
from hhanalytics.present.language import NBSP, Value
from hhanalytics.tables import FIRST_LANGUAGE, TOPICS


def heading(context: Context, id: str, *, new_page: bool = False, **values: Value) -> Heading:
    """A section's heading with the question it answers: texts ``<id>.heading`` and ``<id>.question``."""
    return Heading(
        id,
        context.text(f"{id}.heading", **values),
        question=context.text(f"{id}.question", **values),
        new_page=new_page,
    )


def columns(context: Context, id: str, *described: tuple[str, Align, float]) -> tuple[Column, ...]:
    """Columns of a table: name of the text ``<id>.column.<name>``, alignment, share of the width."""
    return tuple(Column(context.say(f"{id}.column.{name}"), align, weight) for name, align, weight in described)


def amount(context: Context, figure: Figure, style: str = "bare") -> Runs:
    """A figure as a cell."""
    return (context.language.shown(figure, style),)


def graded(context: Context, cell: Iterable[Run], *figures: Figure) -> Runs:
    """A cell with the letter of its weakest figure; none where nothing is known."""
    known = [figure for figure in figures if figure.value is not None]
    return runs(cell, " ", context.language.mark(figures_grade(known))) if known else runs(cell)


def none(context: Context) -> Runs:
    """The cell where there is nothing to show."""
    return runs(context.say("cell.none"))


def counted(context: Context, figures: Iterable[Figure], most: int) -> Runs:
    """At most so many counts as a cell. Those too small to show are left out: only their being small could be said."""
    language = context.language
    shown = [figure for figure in figures if not language.gate.withholds(figure)][:most]
    if not shown:
        return none(context)
    return runs(*(part for n, f in enumerate(shown) for part in (", " if n else "", language.shown(f, "bound"))))


def figures_grade(figures: Sequence[Figure]) -> Grade:
    """The weakest grade of some figures."""
    return weakest(figure.grade for figure in figures)


def cited(*figures: Figure) -> tuple[Citation, ...]:
    """The citations of some figures, each once."""
    return tuple(dict.fromkeys(c for figure in figures for c in figure.citations))


def behind(
    context: Context, id: str, table: tuple[Column, ...], rows: Iterable[Row], notes: tuple[Runs, ...] = ()
) -> Table:
    """The table behind a chart; its caption is the text ``<id>.table``, with what all its figures rest on."""
    held = tuple(rows)
    caption = context.referred(
        context.text(f"{id}.table"), (c for row in held for each in row.cells for c in citations(each))
    )
    return Table(f"{id}_data", caption, table, held, notes)


def alternative(context: Context, title: str, rows: Iterable[tuple[str, str]]) -> str:
    """What a chart shows, for those who do not see it: its message, then every row."""
    listed = "; ".join(f"{label}: {text}" for label, text in rows)
    return context.say("chart.alternative", title=title, rows=listed)


def places(context: Context, locator: str) -> str:
    """Where a row stands, in the reader's words."""
    lines = Citation("", "", "", locator).lines()
    return f"{context.say('sources.lines')}{NBSP}{lines_text(lines)}" if lines else locator


def quoted(context: Context, table: str, row: Mapping[str, Any], column: str) -> Runs:
    """A text of the data in the reader's language, as a quote from its row; nothing where the cell is empty.

    Args:
        context: The brief's context.
        table: The table.
        row: One of its rows.
        column: Name of the column without its language.
    """
    return context.language.quoted(row, column, citation_of(table, row))


def activity_names(context: Context, names: Iterable[str], citations: Iterable[Citation]) -> list[Runs]:
    """The names of some activities in the reader's language, each as a quote from its row.

    Args:
        context: The brief's context.
        names: The names in bokmål, by which a name that stands in several rows is said once.
        citations: Where the rows stand.
    """
    places = {(each.source, each.locator) for each in citations}
    rows = {
        row["name_nb"]: row
        for row in context.dataset.activities.iter_rows(named=True)
        if (row["source"], row["locator"]) in places
    }
    return [quoted(context, "activities", rows[name], "name") for name in names]


def place(context: Context, table: str, row: Mapping[str, Any]) -> Runs:
    """Where a row stands, as a quote from it."""
    cited_place = citation_of(table, row)
    # Lines are told in the reader's words; any other place is named as in its source.
    own = cited_place.lines() or context.language.code == FIRST_LANGUAGE
    return (Quoted(places(context, row["locator"]), (cited_place,), "" if own else FIRST_LANGUAGE),)


def citation_of(table: str, row: Mapping[str, Any]) -> Citation:
    """The place of one row."""
    return Citation(row["source"], table, str(row.get(TOPICS.get(table, "")) or ""), row["locator"])


def text_of(cell: Runs) -> str:
    """A cell as plain text."""
    return plain(cell)
