"""Blocks: what a cell of a brief notebook returns.

A block's MIME bundle holds its structure (``application/vnd.hhanalytics.block+json``), from which
both HTML and PDF are made, and ``text/html``, so that in JupyterLab it simply displays. A block
holds no layout: headings, runs, rows and prepared chart data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from hhanalytics.briefs.structure import MIME, seal
from hhanalytics.present.charts import Chart
from hhanalytics.present.inline import Runs, plain, runs, to_json

Align = Literal["left", "right", "center"]


class Block:
    """Base of all blocks: a kind, a structure, a MIME bundle."""

    kind: ClassVar[str]

    def structure(self) -> dict[str, Any]:
        """The block as JSON-ready dict, with its ``block`` kind."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from hhanalytics.briefs.html import fragment

        structure = self.structure()
        html = fragment([structure])
        sealed = {**structure, "seal": seal(structure, html)}
        return {MIME: sealed, "text/html": html, "text/plain": f"<{self.kind}>"}


@dataclass(frozen=True)
class Blocks(Block):
    """Several blocks returned by one cell, in order."""

    kind: ClassVar[str] = "blocks"
    items: tuple[Block, ...]

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {"block": self.kind, "items": [item.structure() for item in self.items]}


@dataclass(frozen=True)
class Title(Block):
    """The brief's title (its only first-level heading), the line below it, and its metadata.

    ``names`` are the names in the data that hold a number: only those may stand in plain text. ``said`` are the runs
    that titles and description with a figure or year were made from.
    ``running`` is the short title of the running header; ``description`` goes into the metadata.
    ``labels`` are the words of the page itself, in the reader's language: ``skip`` (link to the text),
    ``contents``, ``chart_data`` (opens the table behind a chart), ``source`` (said before the number of
    a source), ``page`` (such as ``side {page} av {pages}``) and, if wanted, ``footer``.
    """

    kind: ClassVar[str] = "title"
    text: str
    subtitle: Runs
    running: str
    description: str
    language: str
    labels: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    said: Runs = ()

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "text": self.text,
            "subtitle": to_json(self.subtitle),
            "running": self.running,
            "description": self.description,
            "language": self.language,
            "labels": self.labels,
            "names": list(self.names),
            "said": to_json(self.said),
        }


@dataclass(frozen=True)
class Heading(Block):
    """A heading, with the question the section answers. Level 2 opens a section, 3 a part of one.

    A heading with a figure or year in it is given as runs.
    """

    kind: ClassVar[str] = "heading"
    id: str
    text: str | Runs
    level: int = 2
    question: Runs = ()
    new_page: bool = False

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "id": self.id,
            "text": plain(runs(self.text)),
            "said": to_json(runs(self.text)),
            "level": self.level,
            "question": to_json(self.question),
            "new_page": self.new_page,
        }


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph: ``body``, or ``note`` in smaller type."""

    kind: ClassVar[str] = "paragraph"
    runs: Runs
    style: Literal["body", "note"] = "body"

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {"block": self.kind, "style": self.style, "runs": to_json(self.runs)}


@dataclass(frozen=True)
class Items(Block):
    """A list. ``requests`` is what the reader is asked to decide, ``findings`` what was found, ``compact`` small type, ``dense`` between both."""

    kind: ClassVar[str] = "list"
    items: tuple[Runs, ...]
    ordered: bool = False
    style: Literal["requests", "findings", "plain", "compact", "dense"] = "plain"

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "ordered": self.ordered,
            "style": self.style,
            "items": [to_json(item) for item in self.items],
        }


@dataclass(frozen=True)
class Fact:
    """A figure that stands by itself: label above, value large, note below."""

    label: Runs
    value: Runs
    note: Runs = ()


@dataclass(frozen=True)
class Facts(Block):
    """Two to four figures side by side."""

    kind: ClassVar[str] = "facts"
    items: tuple[Fact, ...]

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "items": [
                {"label": to_json(fact.label), "value": to_json(fact.value), "note": to_json(fact.note)}
                for fact in self.items
            ],
        }


@dataclass(frozen=True)
class Column:
    """A column of a table; ``weight`` is its share of the width on paper.

    A label with a figure or year in it is given as runs.
    """

    label: str | Runs
    align: Align = "left"
    weight: float = 1.0

    def structure(self) -> dict[str, Any]:
        """The column as JSON-ready data."""
        said = runs(self.label)
        return {"label": plain(said), "said": to_json(said), "align": self.align, "weight": self.weight}


@dataclass(frozen=True)
class Row:
    """A row: one cell per column, the first being its heading. ``group`` rows span the table."""

    cells: tuple[Runs, ...]
    style: Literal["body", "total", "group"] = "body"


@dataclass(frozen=True)
class Table(Block):
    """A table with caption, column headings, row headings and notes."""

    kind: ClassVar[str] = "table"
    id: str
    caption: Runs
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Runs, ...] = ()

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "id": self.id,
            "caption": to_json(self.caption),
            "columns": [column.structure() for column in self.columns],
            "rows": [{"style": row.style, "cells": [to_json(cell) for cell in row.cells]} for row in self.rows],
            "notes": [to_json(note) for note in self.notes],
        }


@dataclass(frozen=True)
class ChartBlock(Block):
    """A chart: its message as title, a text alternative, prepared data, and the table behind it.

    The table stands behind a fold on screen; on paper only where ``table_on_paper`` says so. Every number in the
    chart is a figure of the table, of the notes or of ``said``: the runs that its title and texts were made from.
    """

    kind: ClassVar[str] = "chart"
    chart: Chart
    table: Table
    notes: tuple[Runs, ...] = ()
    table_on_paper: bool = False
    said: Runs = ()

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "chart": self.chart.structure(),
            "table": self.table.structure(),
            "notes": [to_json(note) for note in self.notes],
            "table_on_paper": self.table_on_paper,
            "said": to_json(self.said),
        }


@dataclass(frozen=True)
class SourceList(Block):
    """Where the numbered list of sources is printed.

    The numbers are given when the whole brief is known, in order of first citation. ``titles`` maps
    a source's id to its short ``title`` and ``address`` (may be empty), ``topics`` a (table, topic)
    pair, written ``table/topic``, to words. ``lines_word`` stands before line numbers. ``by_table`` gathers all rows of a
    table of a source under one number, for a brief that has no room for more.
    """

    kind: ClassVar[str] = "sources"
    titles: dict[str, dict[str, str]] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    lines_word: str = ""
    by_table: bool = False

    def structure(self) -> dict[str, Any]:
        """See `Block.structure`."""
        return {
            "block": self.kind,
            "titles": self.titles,
            "topics": self.topics,
            "lines_word": self.lines_word,
            "by_table": self.by_table,
        }
