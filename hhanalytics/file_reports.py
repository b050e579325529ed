"""What the commands say about files that come in and go out: what was read otherwise, and what is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hhanalytics.console import cell, paragraph, table
from hhanalytics.dataset import Dataset
from hhanalytics.sources.drafts import CONFIDENCES, Remark

if TYPE_CHECKING:
    from hhanalytics.sources.ssb import Fetched

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
    ledger: str | Path | None = None,
    language: str = "nb",
) -> Path:
    """Write measures and tables for other tools, whole or not at all.

    A public export is attacked before it is written, also with what was released before, and remembered.

    Args:
        dataset: The data.
        out: The workbook or folder; it must not be there yet.
        format: ``xlsx``, ``csv``, ``parquet`` or ``datapackage``.
        measures: Which measures; None: all.
        tables: Which tables; None: all that have rows.
        year: Of measures, only this year.
        privacy: ``public`` holds small numbers of persons back; ``internal`` shows them, and says so.
        ledger: Folder whose ``releases.jsonl`` remembers what was released; None: the one it is written in.
        language: Of the mark on what is internal.

    Returns:
        What was written.

    Raises:
        UnknownName: No such measure, table, year or privacy.
        BadInput: Something stands there, or a small count follows from it and what was released before.
    """
    from hhanalytics.exports import writers
    from hhanalytics.exports.files import free, write_new, write_new_folder
    from hhanalytics.exports.items import items
    from hhanalytics.exports.release import check_release
    from hhanalytics.present.catalogue import texts
    from hhanalytics.privacy.planning import gate_of
    from hhanalytics.privacy.releases import read_ledger, write_ledger

    public = privacy != "internal"
    gate = gate_of(dataset, public=public)
    if year is not None:
        year = dataset.year(year)
    found = items(dataset, measures=measures, tables=tables, year=year, gate=gate)
    mark = "" if public else texts(language)["page.internal"]
    if format == "xlsx":
        files: bytes | dict[str, bytes] = writers.as_xlsx(found, mark)
    elif format == "datapackage":
        files = writers.as_datapackage(found, dataset, mark)
    else:
        files = writers.as_parquet(found, mark) if format == "parquet" else writers.as_csv(found, mark)
    if public:
        folder = Path(out).parent if ledger is None else Path(ledger)
        earlier = read_ledger(folder)
        said = check_release(found, dataset, earlier)
        free(Path(out), folder=format != "xlsx")
        # First: what is remembered and not released does no harm, what is released and not remembered does.
        write_ledger(
            folder, f"export {Path(out).name}", said,
            lambda now: check_release(found, dataset, now) if now != earlier else None,
        )  # fmt: skip
    return write_new(out, files) if isinstance(files, bytes) else write_new_folder(out, files)


def fetched(found: Fetched, years: str, out: str, as_table: str | None, source: str, data: str) -> str:
    """Keep a fetched table in a folder of its own, in the data, or both, and say what was fetched from where."""
    from hhanalytics.intake import save_fetched, save_population

    name = f"ssb_{found.table}_" + re.sub(r"[^0-9]+", "_", years)
    said = []
    if as_table:
        folder, rows = save_population(found, source or name, data)
        said.append(f"{folder}\n{rows} rows of population from {found.frame.height} cells\n")
    if out or not as_table:
        said.append(f"{save_fetched(found, out or name)}\n{found.frame.height} cells\n")
    said.append(f"{cell(found.label)}\nlast changed {found.updated or 'not stated'}\n")
    for answer in found.answers:
        kept = ", kept from an earlier fetch" if answer.cached else ""
        said.append(f"{answer.fetched_at.isoformat()}{kept}  {answer.sha256[:12]}  {answer.address}\n")
    return "".join(said)


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
