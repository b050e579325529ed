"""What the commands say about a data folder: problems, findings and measures, as text and as JSON."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from hhanalytics.console import ENDLESS, cell, paragraph, table, tables
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.errors import InvalidData, UnknownName

#: Narrower than this, problems are listed file by file.
ROOMY: Final = 140
#: Columns of counts that may be large, set in groups of three digits like amounts.
GROUPED: Final = ("inhabitants", "count", "count_low", "count_high", "quantity")
#: Severities in words, in the order in which findings are listed.
SEVERITIES: Final = {
    "clarify": "To clarify before the figures are used",
    "decide": "To decide",
    "inform": "For information",
}


def problems_text(data: str, error: InvalidData, columns: int) -> str:
    """Everything that is wrong as a table; on a narrow terminal a table per file."""
    count = "1 problem" if len(error.problems) == 1 else f"{len(error.problems)} problems"
    place = "cell" if any(p.cell for p in error.problems) else "line"
    heads = [place, "column", "found", "expected", "mend"]
    rows = [
        [cell(value) for value in (p.file, p.cell or p.row, p.column, p.found, p.expected, p.mend)]
        for p in error.problems
    ]
    out = [f"{data}: {count}\n"]
    if columns >= ROOMY:
        return "\n".join([*out, table(["file", *heads], rows, [place], columns)])
    for file in dict.fromkeys(row[0] for row in rows):
        own = [row[1:] for row in rows if row[0] == file]
        out.append(f"{file}\n{table(heads, own, [place], columns)}")
    return "\n".join(out)


def problems_json(error: InvalidData) -> str:
    """Everything that is wrong, as JSON."""
    return _json({"valid": False, "problems": [problem.facts() for problem in error.problems], "findings": []})


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


def found(dataset: Dataset) -> list[dict[str, Any]]:
    """What reconciliation finds, in words and figures; small numbers of persons are held back.

    Example:
        >>> import hhanalytics as hh
        >>> [first, *_] = found(hh.load("data/raw"))
        >>> first["kind"], first["figures"]["charged"]["value"]
        ('charge_off_key', 98049)
    """
    from hhanalytics.decisions.reconciliation import reconcile
    from hhanalytics.present.inline import plain
    from hhanalytics.present.language import Language
    from hhanalytics.present.sentences import question, sentence
    from hhanalytics.privacy.gate import Gate

    language = Language("nb", dataset.tables, Gate(public=True))
    return [
        {
            "kind": finding.kind,
            "subject": finding.subject,
            "severity": finding.severity,
            "figures": _figures(finding, language.gate),
            "question": plain(question(language, finding)),
            "text": plain(sentence(language, finding)),
        }
        for finding in reconcile(dataset)
    ]


def _figures(finding: Finding, gate: Any) -> dict[str, Any]:
    return {
        name: {
            "value": gate.through(figure).value,
            "withheld": gate.withholds(figure),
            "unit": figure.unit,
            "grade": figure.grade,
            "bound": figure.bound,
            "formula": figure.formula,
            "citations": [vars(citation) for citation in figure.citations],
        }
        for name, figure in finding.figures.items()
    }


def findings_text(data: str, findings: Sequence[Mapping[str, Any]], columns: int) -> str:
    """Findings in words, what must be cleared up first."""
    count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    out = [f"{data}: valid, {count}\n"]
    for severity, words in SEVERITIES.items():
        own = [finding for finding in findings if finding["severity"] == severity]
        if own:
            out.append(f"{words}\n" + "".join(_finding(finding, columns) for finding in own))
    return "\n".join(out)


def _finding(finding: Mapping[str, Any], columns: int) -> str:
    asked = paragraph(f"→ {finding['question']}", columns, "    ") if finding["question"] else ""
    return "- " + paragraph(finding["text"], columns, "  ")[2:] + asked


def findings_json(findings: Sequence[Mapping[str, Any]]) -> str:
    """Findings as JSON."""
    return _json({"valid": True, "problems": [], "findings": list(findings)})


def measured(
    dataset: Dataset, measure: str, *, year: int | None, charges: str, options: Mapping[str, str]
) -> pl.DataFrame:
    """A measure computed from a Dataset, with its charges printed or corrected.

    Raises:
        UnknownName: No such measure, or one that does not take one of the options.
    """
    from hhanalytics.measures.catalogue import MEASURES, compute

    if measure not in MEASURES:
        raise UnknownName.of("measure", measure, MEASURES)
    taken = [name for name in inspect.signature(MEASURES[measure]).parameters if name in ("by", "budget")]
    for name in options:
        if name not in taken:
            raise UnknownName.of(f"option of {measure}", name, [*taken, "year", "charges"])
    return compute(charged(dataset, charges), measure, year=year, **options)


def charged(dataset: Dataset, charges: str) -> Dataset:
    """A Dataset with its charges as printed, or put to their key.

    Raises:
        UnknownName: Neither ``printed`` nor ``corrected``.
    """
    from hhanalytics.briefs.parameters import CHARGES
    from hhanalytics.decisions.corrections import corrected
    from hhanalytics.decisions.reconciliation import reconcile

    if charges not in CHARGES:
        raise UnknownName.of("charges", charges, CHARGES)
    return corrected(dataset, reconcile(dataset)) if charges == "corrected" else dataset


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


def frame_text(frame: pl.DataFrame, columns: int = ENDLESS) -> str:
    """A frame as text: numbers to the right, missing values visible, columns without any value named below.

    Example:
        >>> frame = pl.DataFrame({"pool": ["mft", "bti"], "amount_nok": [778820, None], "note": [None, None]})
        >>> print(frame_text(frame), end="")
        pool  amount_nok
        ───── ──────────
        mft      778 820
        bti            –
        <BLANKLINE>
        No value in any row: note
    """
    empty = [column.name for column in frame if frame.height and column.null_count() == frame.height]
    shown = frame.drop(empty)
    rows = list(zip(*(_column(column) for column in shown), strict=True))
    right = [name for name, kind in shown.schema.items() if kind.is_numeric()]
    out = (
        tables(shown.columns, rows, right, columns)
        if frame.height
        else paragraph(f"No rows. Columns: {', '.join(frame.columns)}", columns)
    )
    return out + (f"\n{paragraph('No value in any row: ' + ', '.join(empty), columns)}" if empty else "")


def _column(column: pl.Series) -> list[str]:
    whole = column.dtype.is_float() and column.drop_nulls().round(2).eq(column.drop_nulls().round(0)).all()
    amounts = column.name.endswith("_nok")
    decimals = 0 if whole else 2 if amounts else 4
    grouped = amounts or column.name in GROUPED
    return [cell(value, grouped=grouped, decimals=decimals) for value in column]


def frame_data(frame: pl.DataFrame, format: str) -> str:
    """A frame as ``csv``, or as ``json``: a list of records, dates as in ISO 8601."""
    if format == "csv":
        return frame.write_csv()
    dates = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    return _json(frame.with_columns(pl.col(dates).cast(pl.String)).to_dicts())


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
