"""Which draft rows of a reviewed workbook a person has accepted. What nobody has decided on is a problem."""

from __future__ import annotations

from typing import Any, Final

from hhanalytics.errors import Problem
from hhanalytics.sources.cells import YES, clean, empty, shown
from hhanalytics.sources.drafts import CONFIDENCES
from hhanalytics.sources.folder import FILE, LINE
from hhanalytics.sources.forms import REVIEW
from hhanalytics.sources.handin import Answer, Handin
from hhanalytics.sources.package import a1

#: What may be said of rows without an answer of their own → how sure those are that it accepts.
REST: Final = {"none": (), "checked": ("checked",), "read": ("checked", "read")}
#: The ids stand in one of the first rows of a sheet.
HEAD_ROWS: Final = 60


def code(value: Any) -> str:
    """The id at the end of a cell that shows a word and its id: ``tvilsom (doubtful)``.

    Example:
        >>> code("tvilsom (doubtful)"), code("doubtful"), code(None)
        ('doubtful', 'doubtful', '')
    """
    text = clean(value) if isinstance(value, str) else ""
    return text[text.rindex("(") + 1 : -1] if text.endswith(")") and "(" in text else text


def read_rest(rows: list[list[Any]], handin: Handin) -> None:
    """What is said of draft rows without an answer of their own."""
    for row in rows[:HEAD_ROWS]:
        if row and row[0] == f"{REVIEW}rest":
            said = code(row[2]) if len(row) > 2 else ""
            handin.rest = said if said in REST else ""


def read_answers(sheet: str, rows: list[list[Any]], handin: Handin) -> None:
    """What was answered to the draft rows of a sheet."""
    for number, row in enumerate(rows[:HEAD_ROWS]):
        places = {str(value).removeprefix(REVIEW): c for c, value in enumerate(row) if str(value).startswith(REVIEW)}
        if "accept" not in places or "confidence" not in places:
            continue
        own = handin.review.setdefault(handin.sheet(sheet), {})
        for line, cells in enumerate(rows[number + 1 :], number + 1):
            value, sure, told = (
                cells[places[name]] if name in places and places[name] < len(cells) else None
                for name in ("accept", "confidence", "remarks")
            )
            accept = (
                value
                if isinstance(value, bool)
                else YES.get(clean(value).casefold())
                if isinstance(value, str)
                else None
            )
            wrong = "" if accept is not None or empty(value) else shown(value)
            own[line + 1] = Answer(accept, code(sure), clean(str(told or "")), a1(line, places["accept"]), wrong)
        return


def settle(handin: Handin) -> None:
    """Keep the rows that were accepted; name every row that nobody has decided on."""
    if not handin.review:
        return
    delivery = handin.delivery
    sure = REST.get(handin.rest, ())
    out: set[tuple[str, int]] = set()
    for rows in delivery.tables.values():
        for row in rows:
            answer = handin.review.get(row[FILE], {}).get(row[LINE])
            if answer is None:
                continue
            # A row without confidence was added by the person who reviewed.
            added = answer.confidence not in CONFIDENCES and not answer.wrong
            if answer.accept or (answer.accept is None and not answer.wrong and (added or answer.confidence in sure)):
                continue
            out.add((row[FILE], row[LINE]))
            if answer.accept is None:
                found = answer.wrong or f"no answer to a row that is {answer.confidence}"
                found += f" ({answer.remarks})" if answer.remarks and not answer.wrong else ""
                mend = "Look it up in the report, correct the row, and write ja or nei."
                if answer.confidence != "doubtful":
                    mend = "Write ja or nei, or accept all rows of its kind on the sheet about the source."
                problem = Problem("undecided", row[FILE], row[LINE], "accept", found, "ja or nei", mend, answer.cell)
                delivery.problems.append(problem)
    # What else is wrong in a row that does not become data is nobody's concern.
    delivery.problems[:] = [
        each for each in delivery.problems if each.id == "undecided" or (each.file, each.row) not in out
    ]
    for table, rows in delivery.tables.items():
        delivery.tables[table] = [row for row in rows if (row[FILE], row[LINE]) not in out]
