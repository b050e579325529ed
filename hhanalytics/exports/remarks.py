"""What must be mended in a workbook, in the words of those who filled it in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import dataframely as dy

from hhanalytics.errors import Problem
from hhanalytics.exports.words import Labels
from hhanalytics.sources.forms import FORMS
from hhanalytics.sources.handin import Handin
from hhanalytics.tables import TABLES

#: Problems of which what stands in the cell is repeated.
QUOTED: Final = (
    "bad_value", "ambiguous_number", "ambiguous_date", "regex", "allowed", "min", "max", "first_of_month", "unknown_id",
    "bad_answer",
)  # fmt: skip
#: Kind of a column → the word for what is expected in it.
KINDS: Final = ((dy.Int64, "whole"), (dy.Float64, "number"), (dy.Date, "date"), (dy.Bool, "truth"))
#: Sheet → cell → what must be mended there. The sheet without name is the first one.
Remarks = dict[str, dict[str, str]]


def remarks(labels: Labels, handin: Handin, problems: Sequence[Problem]) -> Remarks:
    """The problems of a workbook by sheet and cell.

    Args:
        labels: Words.
        handin: The workbook as read.
        problems: What is wrong, in it and elsewhere; only what stands in it is told.
    """
    out: Remarks = {}
    for problem in problems:
        file, _, sheet = problem.file.partition(", ")
        if file != handin.file:
            continue
        cells = out.setdefault(sheet, {})
        cell = problem.cell or "A1"
        text = remark(labels, problem, _table(handin, problem.file))
        if text not in cells.get(cell, ""):
            cells[cell] = f"{cells[cell]}\n\n{text}" if cell in cells else text
    return out


def remark(labels: Labels, problem: Problem, table: str | None) -> str:
    """One problem in words: what is wrong, what stands there, how to mend it."""
    kind = problem.id.rpartition("|")[2].removeprefix("check__")
    known = kind if f"problem.{kind}" in labels.texts else "default"
    values = {"expected": _expected(labels, table, problem.column), "sheet": _home(labels, table, problem.column)}
    lines = [labels.say(f"problem.{known}", **values)]
    elsewhere = re.search(r"as in (.+), line (\d+)$", problem.found)
    if elsewhere:
        lines.append(labels.say("comment.also", file=elsewhere[1], row=elsewhere[2]))
    elif kind in QUOTED:
        lines.append(labels.say("comment.found", found=problem.found.strip("'")))
    values["hedge"] = labels.name(table, "qualifier") if table else ""
    return "\n".join([*lines, labels.say(_mend(labels, known, problem, table), **values)])


def _mend(labels: Labels, known: str, problem: Problem, table: str | None) -> str:
    """Which text says how to mend it: the one for that kind of cell, where there is one."""
    column = problem.column or ""
    kind = TABLES[table].columns().get(column) if table else None
    if table is None or kind is None:
        return f"mend.{known}"
    own = ""
    if known == "bad_value":
        own = next((word for of, word in KINDS if isinstance(kind, of)), "")
        if own == "whole" and re.fullmatch(r"-?\d+[.,]\d+", problem.found.strip("'")):
            own = "rounded"
        elif column == "quantity" and "qualifier" in TABLES[table].columns():
            own = "hedged"
    elif known == "nullability":
        own = "list" if labels.choices(table, column) else ""
    elif known == "unknown_id":
        own = "" if labels.declared_here(table, column) else "list"
    return f"mend.{known}.{own}" if f"mend.{known}.{own}" in labels.texts else f"mend.{known}"


def _table(handin: Handin, file: str) -> str | None:
    rows = handin.letters.get(file)
    fits = [table for table, form in FORMS.items() if rows and set(rows) <= set(form.columns)]
    return max(fits, key=lambda table: len(rows or ()) / len(FORMS[table].columns)) if fits else None


def _expected(labels: Labels, table: str | None, column: str | None) -> str:
    kind = TABLES[table].columns().get(column or "") if table else None
    id = next((word for of, word in KINDS if isinstance(kind, of)), "text")
    return labels.texts[f"expected.{id}"]


def _home(labels: Labels, table: str | None, column: str | None) -> str:
    """The sheet in which a new id of a column is declared."""
    kinds = labels.kinds(table, column) if table and column in TABLES[table].columns() else ()
    return labels.texts.get(f"sheet.{kinds[0]}", labels.sheet("terms")) if kinds else labels.sheet("terms")
