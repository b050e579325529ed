"""What the commands say about a data folder: problems, findings, measures and traces, as text and as JSON."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from hhanalytics.console import ENDLESS, cell, paragraph, table, tables
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.errors import InvalidData, UnknownName
from hhanalytics.tables import FIRST_LANGUAGE, OTHER_LANGUAGES

if TYPE_CHECKING:
    from hhanalytics.intake import Taken
    from hhanalytics.present.traces import Trace
    from hhanalytics.sources.documents import Checked, Document

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
#: Kinds of finding that say how an unclear text was read; they are listed last, under a heading of their own.
READINGS: Final = ("unclear_reading", "unclear_reading_alone")


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


def found(dataset: Dataset, year: int | None = None, language: str = "nb") -> list[dict[str, Any]]:
    """What reconciliation finds, in words and figures; small numbers of persons are held back.

    Args:
        dataset: The Dataset.
        year: Only what concerns this year; None: all years.
        language: The reader's language.

    Raises:
        UnknownName: No accounts for that year, or no such language.

    Example:
        >>> import hhanalytics as hh
        >>> [first, *_] = found(hh.load("data/raw"))
        >>> first["kind"], first["figures"]["charged"]["value"]
        ('charge_off_key', 98049)
    """
    from hhanalytics.decisions.reconciliation import reconcile
    from hhanalytics.present.language import Language
    from hhanalytics.privacy.planning import gate_of

    if year is not None:
        dataset.year(year)
    words = Language(language, dataset.tables, gate_of(dataset))
    return [_said(finding, words) for finding in reconcile(dataset, year)]


def _said(finding: Finding, language: Any) -> dict[str, Any]:
    """A finding in words and figures, with what belongs to it."""
    from hhanalytics.present.inline import plain
    from hhanalytics.present.sentences import question, sentence

    return {
        "kind": finding.kind,
        "subject": finding.subject,
        "severity": finding.severity,
        "figures": _figures(finding, language.gate),
        "question": plain(question(language, finding)),
        "text": plain(sentence(language, finding)),
        "details": [_said(detail, language) for detail in finding.details],
    }


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
    groups = [
        (words, [f for f in findings if f["severity"] == severity and f["kind"] not in READINGS])
        for severity, words in SEVERITIES.items()
    ]
    groups.append(("Figures that rest on an unclear text", [f for f in findings if f["kind"] in READINGS]))
    out += [f"{words}\n" + "".join(_finding(finding, columns) for finding in own) for words, own in groups if own]
    return "\n".join(out)


def _finding(finding: Mapping[str, Any], columns: int) -> str:
    asked = paragraph(f"→ {finding['question']}", columns, "    ") if finding["question"] else ""
    return "- " + paragraph(finding["text"], columns, "  ")[2:] + _details(finding, columns, "    ") + asked


def _details(finding: Mapping[str, Any], columns: int, indent: str) -> str:
    """What belongs to a finding, below it."""
    return "".join(
        f"{indent}· "
        + paragraph(detail["text"], columns, f"{indent}  ")[len(indent) + 2 :]
        + _details(detail, columns, f"{indent}  ")
        for detail in finding["details"]
    )


def findings_json(findings: Sequence[Mapping[str, Any]]) -> str:
    """Findings as JSON."""
    return _json({"valid": True, "problems": [], "findings": list(findings)})


def measured(
    dataset: Dataset, measure: str, *, year: int | None, charges: str, options: Mapping[str, str], privacy: str
) -> pl.DataFrame:
    """A measure computed from a Dataset, with its charges printed or corrected; in public behind the privacy gate.

    Raises:
        UnknownName: No such measure, or one that does not take one of the options.
    """
    from hhanalytics.exports.fields import WITHHELD
    from hhanalytics.exports.gated import gated_measure
    from hhanalytics.measures.catalogue import MEASURES, compute
    from hhanalytics.privacy.planning import gate_of

    if measure not in MEASURES:
        raise UnknownName.of("measure", measure, MEASURES)
    takes(measure, options)
    dataset = charged(dataset, charges)
    found = compute(dataset, measure, year=year, **options)
    if privacy == "internal":
        return found
    shown = gated_measure(measure, found, dataset, gate_of(dataset))
    # A column that says what was held back is there where something was.
    return shown.drop(WITHHELD) if WITHHELD in shown.columns and shown[WITHHELD].is_null().all() else shown


def takes(measure: str, options: Mapping[str, str]) -> None:
    """Refuse options that a measure does not take.

    Raises:
        UnknownName: One that it does not take.
    """
    from hhanalytics.measures.catalogue import MEASURES

    taken = [name for name in inspect.signature(MEASURES[measure]).parameters if name in ("by", "budget")]
    for name in options:
        if name not in taken:
            raise UnknownName.of(f"option of {measure}", name, [*taken, "year", "charges"])


def measured_text(found: pl.DataFrame, charges: str, columns: int = ENDLESS) -> str:
    """A measure as text, and which charges it was computed from.

    Example:
        >>> print(measured_text(pl.DataFrame({"amount_nok": [5]}), "printed"), end="")
        amount_nok
        ──────────
                 5
        <BLANKLINE>
        Charges: printed
    """
    return f"{frame_text(found, columns)}\nCharges: {charges}\n"


def charged(dataset: Dataset, charges: str) -> Dataset:
    """The Dataset with its charges ``printed`` or ``corrected``.

    Raises:
        UnknownName: Neither of them.
    """
    from hhanalytics.briefs.parameters import CHARGES
    from hhanalytics.decisions.corrections import corrected
    from hhanalytics.decisions.reconciliation import reconcile

    if charges not in CHARGES:
        raise UnknownName.of("charges", charges, CHARGES)
    return corrected(dataset, reconcile(dataset)) if charges == "corrected" else dataset


def traced_text(trace: Trace, columns: int) -> str:
    """A trace as text: the number and its formula, then the steps, rows, assumptions and corrections as tables."""
    out = [paragraph(line, columns) for line in trace.head()]
    for heading, frame in trace.parts():
        filled = [name for name in frame.columns if frame[name].drop_nulls().cast(pl.String).ne("").any()]
        shown = frame.select(filled).drop([name for name in ("source", "formula", "document") if name in filled])
        rows = [[_precise(value) for value in row] for row in shown.iter_rows()]
        right = [name for name, kind in shown.schema.items() if kind.is_numeric()]
        out.append(f"\n{heading}\n{table(shown.columns, rows, right, columns)}")
    return "".join(out)


def _precise(value: object) -> str:
    if isinstance(value, float):
        return cell(value, grouped=True, decimals=0 if value.is_integer() else 4)
    return "" if value is None else cell(value)


def traced_json(trace: Trace) -> str:
    """A trace as JSON."""
    return _json(trace.to_dict())


def followups(dataset: Dataset, *, year: int | None, propose: bool, charges: str, language: str = "nb") -> pl.DataFrame:
    """Last year's rows with what became of them; or this year's recommendations as rows to adopt.

    Args:
        dataset: The Dataset as printed.
        year: A year with accounts; None: the latest.
        propose: Rows to adopt: a table ``followups`` that, with ``adopted_on`` filled in, can be put into a data
            folder.
        charges: ``printed`` or ``corrected``.
        language: The reader's language; rows to adopt hold what is to be done in every one.

    Returns:
        The rows; scored ones with the indicator's ``value`` and ``status`` (``met``, ``not_met``,
        ``not_measured``, ``not_due``).
    """
    from hhanalytics.decisions.followup import followed_up, proposals
    from hhanalytics.decisions.recommendations import assessments
    from hhanalytics.exports.gated import gated_followups
    from hhanalytics.present.catalogue import languages
    from hhanalytics.present.language import Language
    from hhanalytics.privacy.gate import Gate
    from hhanalytics.privacy.planning import gate_of

    dataset = charged(dataset, charges)
    year = dataset.year(year)
    if propose:
        rows = proposals(dataset, year, assessments(dataset, year))
        every = [
            Language(code, dataset.tables, Gate(public=True))
            for code in (FIRST_LANGUAGE, *OTHER_LANGUAGES)
            if code in languages()
        ]
        return rows.with_columns(
            *(
                pl.Series(f"measure_{each.code}", [each.say(f"measure.{of}") for of in rows["indicator"]], pl.String)
                for each in every
            ),
            pl.lit(None, pl.Date).alias("adopted_on"),
            pl.format("forslag etter tallene for {}", "year").alias("locator"),
            pl.lit("assumed").alias("grade"),
        )
    gate, measure = gate_of(dataset), f"measure_{language}"
    words = Language(language, dataset.tables, gate)
    found = [
        {
            **each.row,
            measure: words.of(each.row, "measure")[0],
            "value": _countless(gate, each.row["indicator"], each.value),
            "status": each.status,
        }
        for each in followed_up(dataset, year)
    ]
    names = ["followup", "programme", "year", "recommendation", measure, "indicator", "baseline", "target"]
    names += ["value", "status", "owner", "deadline"]
    schema = {**dataset.followups.schema, "value": pl.Float64(), "status": pl.String()}
    return gated_followups(pl.DataFrame(found, schema), dataset, gate).select(names)


def _countless(gate: Any, indicator: str, value: float | None) -> float | None:
    """The value of an indicator, held back where it counts few persons."""
    from hhanalytics.evidence import Figure

    counts = indicator == "participants"
    held: float | None = gate.through(Figure(value, indicator, "derived", counts_persons=counts)).value
    return held


#: Why a figure was not checked, in words; a grade says it itself.
UNCHECKED: Final = {
    "no_document": "its document is not in the folder",
    "no_lines": "its place is not given by line",
    "derived": "worked out, so it does not stand there as such",
    "assumed": "a judgement, so it does not stand there as such",
    "missing": "the row says that it is missing",
}


def verified_text(folder: str, checked: Sequence[Checked], documents: Iterable[Document], columns: int) -> str:
    """Figures against their documents: what does not hold, what cannot be checked and why, and how many hold."""
    counts = {status: sum(each.status == status for each in checked) for status in ("holds", "lost", "unchecked")}
    out = [
        f"{folder}: {counts['holds']} figures hold, {counts['lost']} do not, {counts['unchecked']} cannot be checked\n"
    ]
    for each in documents:
        if each.found == "name":
            out.append(paragraph(f"{each.source}: {each.path} has another checksum than source.toml declares", columns))
    lost = [each for each in checked if each.status == "lost"]
    if lost:
        heads = ["source", "table", "row", "figure", "place", "what stands there"]
        rows = [[e.source, e.table, e.key, cell(e.number, grouped=True), e.locator, cell(e.stands)] for e in lost]
        out.append(f"\nDoes not stand where the row says\n{table(heads, rows, ['figure'], columns)}")
    rest = [each for each in checked if each.status == "unchecked"]
    if rest:
        groups = Counter((e.source, e.table, UNCHECKED.get(e.reason, e.reason), e.stands) for e in rest)
        rows = [[source, name, str(number), why, note] for (source, name, why, note), number in groups.items()]
        heads = ["source", "table", "figures", "why", "note"]
        out.append(f"\nCannot be checked\n{table(heads, rows, ['figures'], columns)}")
    return "".join(out)


def verified_json(checked: Sequence[Checked], documents: Iterable[Document]) -> str:
    """The same as JSON: every document and every figure."""
    found = [{"source": d.source, "file": d.path.name if d.path else None, "found_by": d.found} for d in documents]
    return _json({"documents": found, "figures": [vars(each) for each in checked]})


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


def taken_text(taken: Taken, columns: int) -> str:
    """What was taken in from a file, and everything that was changed on the way."""
    out = [f"{taken.folder}: " + ", ".join(f"{rows} rows of {name}" for name, rows in taken.rows.items()) + "\n"]
    file = taken.file
    ignored = f"; left out: {', '.join(file.ignored)}" if file.ignored else ""
    out.append(
        f"Read as {file.encoding}, cells parted by {file.separator!r}, headings in line {file.header_line}{ignored}.\n"
    )
    for what, lines in (("Before the table", file.preamble), ("After the table", file.footer)):
        out += [f"{what}: {cell(line)}\n" for line in lines]
    if taken.ledger is not None:
        ledger = taken.ledger
        out.append(f"{ledger.lines} lines of the ledger meet its control total of {kroner(ledger.control_ore)}.\n")
        out += [f"Excluded, {cell(reason)}: {kroner(ore)}\n" for reason, ore in ledger.excluded.items()]
        out.append(f"Rounding to whole kroner: {kroner(ledger.rounded_ore)}\n")
    if file.changes.height:
        heads = ["heading", "changed", "cells", "first line", "found", "read as"]
        rows = [[cell(value) for value in row] for row in file.changes.drop("column").iter_rows()]
        out.append("\n" + table(heads, rows, ["cells", "first line"], columns))
    return "".join(out)


def kroner(ore: int) -> str:
    """Øre as kroner, to the øre.

    Example:
        >>> kroner(-5), kroner(12345678)
        ('-0.05 kr', '123 456.78 kr')
    """
    return f"{'-' if ore < 0 else ''}{cell(abs(ore) // 100, grouped=True)}.{abs(ore) % 100:02d} kr"
