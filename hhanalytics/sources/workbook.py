"""Read a workbook that people have filled in: the same rows, and the same checks, as a folder of CSV files.

Columns are found by the ids in a hidden row, so they may stand in any order, be hidden, or have others
between them. Whatever is read as something else than it stood is told; whatever cannot be read is a problem
with its sheet and cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any

import dataframely as dy

from hhanalytics.errors import Problem
from hhanalytics.sources.cells import clean, empty, read_cell, shown
from hhanalytics.sources.decided import read_answers, read_rest, settle
from hhanalytics.sources.folder import FILE, LINE
from hhanalytics.sources.forms import ABOUT, FORMS, MARK, NEEDED, SOURCE, VERSION
from hhanalytics.sources.handin import Handin, Told, Words, labelled
from hhanalytics.sources.identify import fill_ids
from hhanalytics.sources.package import NotAWorkbook, Package, Sheet, a1, look_into
from hhanalytics.sources.worksheet import Rows, read_sheet
from hhanalytics.tables import FIRST_LANGUAGE, FOLDER, TABLES

#: The questions about the source stand in the first rows of their sheet.
QUESTIONS = 60
#: Kind of file that cannot be read → what was expected, how to mend it.
NOT_READ = {
    "encrypted": ("a workbook without password", "Open it in Excel and save it without password."),
    "old_format": ("an xlsx workbook", "Save it in Excel as 'Excel-arbeidsbok (.xlsx)'."),
    "not_xlsx": ("an xlsx workbook", "Give the workbook that 'hhanalytics template' made, filled in."),
    "too_large": ("some hundred thousand rows at most", "Divide it into several workbooks."),
    "damaged": ("an xlsx workbook", "Open it in Excel, let Excel mend it, and save it."),
}


def read_workbook(
    data: bytes,
    file: str,
    *,
    words: Callable[[str], Words] | None = None,
    taken: Mapping[str, Iterable[str]] | None = None,
) -> Handin:
    """Read a filled-in workbook.

    Args:
        data: The file.
        file: Its name.
        words: From the language of a workbook to what may be typed in it instead of ids.
        taken: Table → ids that exist already, so that none is made twice.

    Returns:
        Everything read, and everything that could not be.
    """
    handin = Handin(file)
    handin.delivery.checksums[file] = sha256(data).hexdigest()
    try:
        package = look_into(data)
        sheets = list(_values(data, package))
    except NotAWorkbook as error:
        expected, mend = NOT_READ[error.args[0]]
        handin.delivery.problems.append(Problem(error.args[0], file, None, None, error.args[1], expected, mend))
        return handin
    for name, cell in package.far.items():
        mend = "Delete what stands there, and save the workbook."
        found = f"something in {cell}"
        problem = Problem("far_out", handin.sheet(name), None, None, found, "the rows of a table", mend, cell)
        handin.delivery.problems.append(problem)
    own = _about(sheets, handin)
    if handin.delivery.problems:
        return handin
    typed = words(handin.language) if words is not None else Words()
    known = 0
    for sheet, rows, merged in sheets:
        if sheet.name in own:
            continue
        if _source(sheet, rows, handin, typed):
            read_rest(rows, handin)
            known += 1
        elif form := read_sheet(sheet, rows, merged, handin, typed, package.base):
            known += 1
            handin.delivery.tables.setdefault(form.table, [])
            read_answers(sheet.name, rows, handin)
        elif any(not empty(value) for row in rows for value in row):
            handin.told.append(Told("sheet_not_read", sheet.name))
    if not known:
        expected, mend = NOT_READ["not_xlsx"]
        problem = Problem("no_template", file, None, None, "no sheet with a table", expected, mend)
        handin.delivery.problems.append(problem)
        return handin
    settle(handin)
    _complete(handin, taken or {})
    return handin


def _values(data: bytes, package: Package) -> Iterator[tuple[Sheet, Rows, list[Any]]]:
    """The values of each sheet, row by row from A1, and its merged ranges."""
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        for sheet in package.sheets:
            if sheet.name in package.far:
                continue
            read = book.get_sheet_by_name(sheet.name)
            yield sheet, read.to_python(skip_empty_area=False), list(read.merged_cell_ranges or ())
    except (KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit):
        raise
    except BaseException as error:  # calamine is Rust: what it cannot read may also end in a panic
        raise NotAWorkbook("damaged", f"a damaged file ({type(error).__name__})") from error


def _about(sheets: Sequence[tuple[Sheet, Rows, list[Any]]], handin: Handin) -> set[str]:
    """What the hidden sheet says: the version, the year, and which sheets hold no table."""
    own = {ABOUT}
    for sheet, rows, _ in sheets:
        if sheet.name != ABOUT or not rows or rows[0][:1] != [MARK]:
            continue
        said = {clean(str(row[0])): row[1:] for row in rows if row}
        version = next(iter(said.get(MARK, [])), None)
        if version != VERSION:
            found = f"a workbook of version {shown(version)}"
            mend = "Make a new one with 'hhanalytics template' and copy the figures into it."
            expected = f"version {VERSION}"
            handin.delivery.problems.append(Problem("old_template", handin.file, None, None, found, expected, mend))
        year = next(iter(said.get("year", [])), None)
        handin.year = int(year) if isinstance(year, int | float) else None
        handin.language = clean(str(next(iter(said.get("language", [])), "") or "")) or FIRST_LANGUAGE
        handin.report = clean(str(next(iter(said.get("report", [])), "") or ""))
        own |= {str(name) for name in said.get("sheets", []) if not empty(name)}
    return own


def _source(sheet: Sheet, rows: Rows, handin: Handin, words: Words) -> bool:
    """The sheet that asks about the source."""
    places = {
        match[1]: (r, c)
        for r, row in enumerate(rows[:QUESTIONS])
        for c, value in enumerate(row[:3])
        if isinstance(value, str) and (match := re.fullmatch(r"source\.(\w+)", clean(value)))
    }
    if not places:
        return False
    file = handin.sheet(sheet.name)
    declared: dict[str, dy.Column] = {**TABLES["sources"].columns(), "grade": TABLES["costs"].columns()["grade"]}
    for column in SOURCE:
        if column not in places:
            continue
        row, col = places[column][0], places[column][1] + 2
        value = rows[row][col] if col < len(rows[row]) else None
        at = a1(row, col)
        handin.asked[column] = (file, row + 1, at)
        read = read_cell(value, declared[column])
        answer = labelled(read.value, words.labels.get(("sources", column)))
        allowed = (declared[column].metadata or {}).get("allowed")
        if read.id:
            handin.delivery.problems.append(
                Problem(read.id, file, row + 1, column, read.found, read.expected, read.mend, at)
            )
        elif answer is None and column in NEEDED:
            handin.delivery.problems.append(
                Problem("not_answered", file, row + 1, column, "nothing", "an answer", "Fill it in.", at)
            )
        elif answer is not None and (
            (column == "source" and not re.fullmatch(FOLDER, answer)) or (allowed and answer not in allowed)
        ):
            expected = (
                "one of " + ", ".join(allowed) if allowed else "up to 64 lower-case letters, digits and underscores"
            )
            handin.delivery.problems.append(
                Problem("bad_answer", file, row + 1, column, shown(answer), expected, "Correct it.", at)
            )
        else:
            handin.entry[column] = answer
    handin.source = handin.entry.get("source") or ""
    return True


def _complete(handin: Handin, taken: Mapping[str, Iterable[str]]) -> None:
    """Fill in what the import knows: the source, where a row stands, its grade, and ids that were left open."""
    delivery = handin.delivery
    if not handin.asked:
        expected, mend = "a sheet that says where the figures are from", "Take a new workbook."
        delivery.problems.append(Problem("no_source", handin.file, None, None, "no such sheet", expected, mend))
    source = handin.source or "source"
    delivery.folders.add(source)
    grade = handin.entry.pop("grade", None)
    ungraded = [
        (row[FILE], row[LINE], "grade") for rows in delivery.tables.values() for row in rows if not row["grade"]
    ]
    if grade is None and set(ungraded) - delivery.unread and "grade" in handin.asked:
        # Asked once for all rows, so it is missed once.
        file, line, at = handin.asked["grade"]
        expected = f"an answer, since {len(ungraded)} rows say none"
        if not any(problem.cell == at and problem.file == file for problem in delivery.problems):
            delivery.problems.append(
                Problem("not_answered", file, line, "grade", "nothing", expected, "Choose one.", at)
            )
        delivery.unread |= set(ungraded)
    for table, rows in delivery.tables.items():
        for row in rows:
            row["source"] = source
            sheet = row[FILE].removeprefix(f"{handin.file}, ")
            if row["locator"] is None:
                row["locator"] = f"{sheet}, rad {row[LINE]}"
            if row["grade"] is None and (row[FILE], row[LINE], "grade") not in delivery.unread:
                row["grade"] = grade
        form = FORMS[table]
        if form.id:
            for row, id in fill_ids(form, rows, set(taken.get(table, ())), handin.year):
                sheet = row[FILE].removeprefix(f"{handin.file}, ")
                letter = handin.letters[row[FILE]].get(form.id, "")
                handin.told.append(Told("id_made", sheet, f"{letter}{row[LINE]}" if letter else "", "", id))
    entry = {**handin.entry, "document": handin.entry.get("document") or handin.file}
    # Draft rows stand in the report, not in the workbook in which they were reviewed.
    report = handin.report if re.fullmatch("[0-9a-f]{64}", handin.report) else ""
    entry["sha256"] = report or delivery.checksums[handin.file]
    handin.entry = {column: value for column, value in entry.items() if column != "source" and value is not None}
    known: dict[str, Any] = {column: handin.entry.get(column) for column in TABLES["sources"].columns()}
    row = {**known, "source": source, FILE: handin.file, LINE: 1}
    delivery.unread |= {(handin.file, 1, column) for column in ("title", "short_title", "publisher", "source")}
    delivery.tables["sources"] = [row]
