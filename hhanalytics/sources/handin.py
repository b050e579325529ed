"""What a filled-in workbook held: rows, problems, what is said of the source, and what was read otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hhanalytics.errors import Problem
from hhanalytics.sources.folder import Delivery
from hhanalytics.sources.rules import RULES
from hhanalytics.tables import FIRST_LANGUAGE


@dataclass(frozen=True)
class Words:
    """What a reader of the workbook sees for ids, so that it may be typed instead of them.

    Attributes:
        labels: (Table, column) → word as typed, in small letters → id.
        headings: Table → heading in small letters → column, for a sheet that has lost its ids.
        explanations: What stands below headings, in small letters.
    """

    labels: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    explanations: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Told:
    """Something that was read, but not as it stood.

    Attributes:
        id: Why: ``formula``, ``text_as_number``, ``unanswered`` …
        sheet: The sheet.
        cell: The cell; empty: the sheet as a whole.
        found: What stood there.
        value: What it was read as.
    """

    id: str
    sheet: str
    cell: str = ""
    found: str = ""
    value: str = ""


@dataclass(frozen=True)
class Answer:
    """What was answered to a draft row.

    Attributes:
        accept: Whether it becomes data; None: not answered.
        confidence: How sure it was.
        remarks: What was said about it.
        cell: Where the answer stands.
        wrong: What stands there instead of an answer; empty: nothing.
    """

    accept: bool | None
    confidence: str
    remarks: str
    cell: str
    wrong: str = ""


@dataclass
class Handin:
    """What a workbook held.

    Attributes:
        file: Its name.
        delivery: Rows and problems, as from a folder.
        source: Id of the source, the name of its folder; empty: not stated.
        entry: What stands of the source, as in ``source.toml``.
        year: The year the workbook was made for, where it says so.
        language: The language it was made in.
        told: What was read as something else than it stood.
        letters: Sheet file → column → its letters, to name cells by.
        asked: Question about the source → sheet file, row and cell of its answer.
        review: Sheet file → row → what was answered to a draft row; empty: no rows were drafts.
        rest: What happens to draft rows without an answer of their own.
        report: Checksum of the report that draft rows were read from.
    """

    file: str
    delivery: Delivery = field(default_factory=Delivery)
    source: str = ""
    entry: dict[str, Any] = field(default_factory=dict)
    year: int | None = None
    language: str = FIRST_LANGUAGE
    told: list[Told] = field(default_factory=list)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    review: dict[str, dict[int, Answer]] = field(default_factory=dict)
    rest: str = ""
    report: str = ""

    def sheet(self, name: str) -> str:
        """A sheet as the file of its rows."""
        return f"{self.file}, {name}"

    def in_cell(self, problem: Problem) -> Problem:
        """A problem of this workbook with the cell it stands in; any other as it is."""
        columns = self.letters.get(problem.file)
        if columns is None or problem.cell or problem.row is None:
            return problem
        looked_at = RULES[problem.id][0] if problem.id in RULES else ()
        named = [problem.column, *looked_at]
        letter = next((columns[name] for name in named if name in columns), next(iter(columns.values()), ""))
        return replace(problem, cell=f"{letter}{problem.row}") if letter else problem


def labelled(value: Any, labels: Mapping[str, str] | None) -> Any:
    """The id of a word that was typed instead of it; anything else as it is."""
    return labels.get(value.casefold(), value) if labels and isinstance(value, str) else value
