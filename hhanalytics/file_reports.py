"""What the commands say about files that come in and go out: what was read otherwise, and what is written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from hhanalytics.console import paragraph, table
from hhanalytics.dataset import Dataset
from hhanalytics.sources.drafts import CONFIDENCES, Remark

#: Why something was read as something else than it stood, in words.
TOLD: Final = {
    "formula": "the value of a formula was taken",
    "text_as_number": "a text was read as a number",
    "number_as_text": "a number was read as a text",
    "text_as_date": "a text was read as a date",
    "day_number": "a day number was read as a date",
    "time_dropped": "the time of day was left out of a date",
    "percent": "a percentage was read as a whole number of per cent",
    "noise": "a number that misses a whole one by a hair was read as it",
    "id_made": "an id was made",
    "unanswered": "a suggested row nobody has answered was left out",
    "not_read": "a column that is no part of the table was not read",
    "sheet_not_read": "a sheet that holds no table was not read",
}
#: Cells named in a line of what was told.
NAMED: Final = 8


def told_text(told: Sequence[Any], columns: int) -> str:
    """What was read as something else than it stood, by sheet and reason.

    Args:
        told: What `read_workbook` tells.
        columns: Width of the terminal.
    """
    groups: dict[tuple[str, str], list[Any]] = {}
    for each in told:
        groups.setdefault((each.sheet, each.id), []).append(each)
    lines = []
    for (sheet, id), own in groups.items():
        cells = [_told(each) for each in own[:NAMED] if each.cell]
        more = f" and {len(own) - NAMED} more" if len(own) > NAMED else ""
        where = f": {', '.join(cells)}{more}" if cells else ""
        lines.append("- " + paragraph(f"{sheet}: {TOLD[id]}{where}", columns, "  ")[2:])
    return "".join(lines)


def _told(each: Any) -> str:
    change = f" {each.found} → {each.value}" if each.found and each.value else f" {each.value or each.found}"
    return f"{each.cell}{change.rstrip()}"


def exported(
    dataset: Dataset,
    out: str | Path,
    format: str,
    *,
    measures: Sequence[str] | None = None,
    tables: Sequence[str] | None = None,
    year: int | None = None,
    privacy: str = "public",
) -> Path:
    """Write measures and tables for other tools, whole or not at all.

    Args:
        dataset: The data.
        out: The workbook or folder; it must not be there yet.
        format: ``xlsx``, ``csv``, ``parquet`` or ``datapackage``.
        measures: Which measures; None: all.
        tables: Which tables; None: all that have rows.
        year: Of measures, only this year.
        privacy: ``public`` holds small numbers of persons back; ``internal`` shows them.

    Returns:
        What was written.
    """
    from hhanalytics.exports import writers
    from hhanalytics.exports.files import write_new, write_new_folder
    from hhanalytics.exports.items import items
    from hhanalytics.privacy.gate import Gate

    gate = Gate(public=privacy != "internal")
    if year is not None:
        year = dataset.year(year)
    found = items(dataset, measures=measures, tables=tables, year=year, gate=gate)
    if format == "xlsx":
        return write_new(out, writers.as_xlsx(found))
    if format == "datapackage":
        return write_new_folder(out, writers.as_datapackage(found, dataset))
    return write_new_folder(out, writers.as_parquet(found) if format == "parquet" else writers.as_csv(found))


def extracted_text(found: Any, path: Path, command: str, columns: int) -> str:
    """What was found in a report, by table and how sure it is.

    Args:
        found: What `extract` gives.
        path: The workbook it was written to.
        command: How the workbook is read in.
        columns: Width of the terminal.
    """
    by_table: dict[str, Counter[str]] = {}
    for draft in found.drafts:
        by_table.setdefault(draft.table, Counter())[draft.confidence] += 1
    rows = [[name, *(str(count[each]) for each in CONFIDENCES), str(count.total())] for name, count in by_table.items()]
    names = ["table", *CONFIDENCES, "all"]
    shown = table(names, rows, names[1:], columns)
    means = (
        "checked: sums or the allocation key confirm it. read: read without trouble, nothing confirms it. "
        "doubtful: look it up in the report."
    )
    then = f"Drafts, not data. Decide on each row in {path}, then: {command}"
    return f"{shown}\n{paragraph(means, columns)}{paragraph(then, columns)}"


def extracted_json(found: Any, path: Path, command: str, columns: int) -> str:  # noqa: ARG001
    """Every draft row with its place, what stands there, what was changed and what is doubtful."""
    rows = [
        {
            "table": draft.table,
            "values": {name: _plain(value) for name, value in draft.values.items()},
            "locator": found.report.locator(draft.first, draft.last),
            "raw": draft.raw,
            "confidence": draft.confidence,
            "confirmed_by": list(draft.confirmed),
            "changed": [_remark(each) for each in draft.changed],
            "doubts": [_remark(each) for each in draft.doubts],
        }
        for draft in found.drafts
    ]
    about = {"report": found.report.name, "sha256": found.report.sha256, "year": found.year, "workbook": str(path)}
    return json.dumps({**about, "drafts": rows}, ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _remark(told: Remark) -> dict[str, str]:
    return {"id": told.id, **dict(told.facts)}
