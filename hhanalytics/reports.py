"""What the commands say about a data folder: problems, findings and measures, as text and as JSON."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
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
#: What a spreadsheet reads as the beginning of a formula.
FORMULA: Final = r"^\s*[=+\-@＝＋－＠]"
#: Severities in words, in the order in which findings are listed.
SEVERITIES: Final = {
    "clarify": "To clarify before the figures are used",
    "decide": "To decide",
    "inform": "For information",
}


def problems_text(data: str, error: InvalidData, columns: int) -> str:
    """Everything that is wrong as a table; on a narrow terminal a table per file."""
    count = "1 problem" if len(error.problems) == 1 else f"{len(error.problems)} problems"
    heads = ["line", "column", "found", "expected", "mend"]
    rows = [[cell(value) for value in (p.file, p.row, p.column, p.found, p.expected, p.mend)] for p in error.problems]
    out = [f"{data}: {count}\n"]
    if columns >= ROOMY:
        return "\n".join([*out, table(["file", *heads], rows, ["line"], columns)])
    for file in dict.fromkeys(row[0] for row in rows):
        own = [row[1:] for row in rows if row[0] == file]
        out.append(f"{file}\n{table(heads, own, ['line'], columns)}")
    return "\n".join(out)


def problems_json(error: InvalidData) -> str:
    """Everything that is wrong, as JSON."""
    return _json({"valid": False, "problems": [problem.facts() for problem in error.problems], "findings": []})


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
    from hhanalytics.privacy.plan import plan_of

    language = Language("nb", dataset.tables, Gate(plan=plan_of(dataset)))
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
    from hhanalytics.briefs.parameters import CHARGES
    from hhanalytics.decisions.corrections import corrected
    from hhanalytics.decisions.reconciliation import reconcile
    from hhanalytics.measures.catalogue import MEASURES, compute

    if measure not in MEASURES:
        raise UnknownName.of("measure", measure, MEASURES)
    taken = [name for name in inspect.signature(MEASURES[measure]).parameters if name in ("by", "budget")]
    for name in options:
        if name not in taken:
            raise UnknownName.of(f"option of {measure}", name, [*taken, "year", "charges"])
    if charges not in CHARGES:
        raise UnknownName.of("charges", charges, CHARGES)
    if charges == "corrected":
        dataset = corrected(dataset, reconcile(dataset))
    return compute(dataset, measure, year=year, **options)


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
        else f"No rows. Columns: {', '.join(frame.columns)}\n"
    )
    return out + (f"\n{paragraph('No value in any row: ' + ', '.join(empty), columns)}" if empty else "")


def _column(column: pl.Series) -> list[str]:
    whole = column.dtype.is_float() and column.drop_nulls().round(2).eq(column.drop_nulls().round(0)).all()
    amounts = column.name.endswith("_nok")
    decimals = 0 if whole else 2 if amounts else 4
    grouped = amounts or column.name in GROUPED
    return [cell(value, grouped=grouped, decimals=decimals) for value in column]


def frame_data(frame: pl.DataFrame, format: str) -> str:
    """A frame as ``csv``, or as ``json``: a list of records, dates as in ISO 8601.

    A text that a spreadsheet would take for a formula gets an apostrophe in front in CSV, as one would type it.
    """
    if format == "csv":
        texts = [name for name, kind in frame.schema.items() if kind == pl.String]
        guarded = (
            pl.when(pl.col(texts).str.contains(FORMULA)).then(pl.lit("'") + pl.col(texts)).otherwise(pl.col(texts))
        )
        return (frame.with_columns(guarded.name.keep()) if texts else frame).write_csv()
    dates = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    return _json(frame.with_columns(pl.col(dates).cast(pl.String)).to_dicts())


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
