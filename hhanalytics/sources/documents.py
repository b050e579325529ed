"""Do the figures stand where their rows say: every cited number against the document itself.

A document is a text whose lines are counted from 1. It is found by the checksum its source declares, else by
its name. Texts read by machine (OCR) part thousands in several ways, take ``1`` for ``l`` and run cells
together; a number counts as standing there if it can be read so, and never if another digit is printed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import dataframely as dy
import polars as pl

from hhanalytics.errors import BadInput
from hhanalytics.tables import TABLES

Status = Literal["holds", "lost", "unchecked"]
Found = Literal["checksum", "name"]

#: Small numbers that documents write as words. Machines read "å" as "a", "ø" as "g" or "o".
WORDS: Final = {
    1: "én|en|ett?", 2: "to", 3: "tre", 4: "fire", 5: "fem", 6: "seks", 7: "sju|syv", 8: "[åa]tte", 9: "ni",
    10: "ti", 11: "elleve", 12: "tolv",
}  # fmt: skip
#: What a number word may be joined to.
JOINED: Final = "(?:dagers|[åa]rige?|deltes?)?"
#: Digit → the signs that machines take it for.
MISREAD: Final = {"0": "0Oo", "1": "1lI|", "5": "5S", "8": "8B"}
#: Shorter numbers are too easily found in words by such signs.
FEWEST_DIGITS: Final = 3
#: Between groups of three digits: nothing, a space of any kind, a dot or an apostrophe.
BETWEEN: Final = "[ .'’\u00a0\u2009\u202f]?"
#: Larger files (in bytes) are no texts of reports.
LARGEST: Final = 50_000_000
#: So much of a passage is shown.
SHOWN: Final = 160


@dataclass(frozen=True)
class Document:
    """The text that the figures of a source were read from.

    Attributes:
        source: Id of the source.
        path: The file; None where it is not in the folder.
        found: Whether it has the declared checksum, or only the name.
        lines: Its lines.
    """

    source: str
    path: Path | None
    found: Found | None
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """One figure against its document.

    Attributes:
        source: Id of the source.
        table: The table.
        key: What identifies the row.
        column: The column that holds the figure.
        number: The figure.
        locator: Where it is said to stand.
        status: ``holds``, ``lost`` (it does not stand there) or ``unchecked``.
        reason: Why it could not be checked: ``no_document``, ``no_lines`` (the locator names none), or the
            grade of a row that says itself that the figure does not stand there as such.
        stands: What stands there instead, or the row's note.
    """

    source: str
    table: str
    key: str
    column: str
    number: int | float
    locator: str
    status: Status
    reason: str
    stands: str


def figure_columns(table: str) -> list[str]:
    """The columns of a table that hold figures: numbers with a unit that are no part of its key.

    Example:
        >>> figure_columns("costs"), figure_columns("activities"), figure_columns("terms")
        (['amount_nok'], ['quantity'], [])
    """
    return [
        name
        for name, column in TABLES[table].columns().items()
        if isinstance(column, dy.Int64 | dy.Float64)
        and not column.primary_key
        and {"unit", "counts_persons"} & set(column.metadata or {})
    ]


def documents_of(sources: pl.DataFrame, folder: str | Path) -> dict[str, Document]:
    """Source → its document in a folder, found by checksum, else by name.

    Args:
        sources: The table of sources.
        folder: Where the documents are, or in folders below it.

    Raises:
        BadInput: There is no such folder, or none of the documents is in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise BadInput.of(
            "no_documents", str(folder), "no such folder", "a folder with the documents", "Check the path."
        )
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.stat().st_size <= LARGEST]
    sums = {sha256(path.read_bytes()).hexdigest(): path for path in reversed(files)}
    named = {path.name: path for path in reversed(files)}
    found = {}
    for row in sources.iter_rows(named=True):
        by_sum = sums.get(row["sha256"] or "")
        # A description may follow the name: "report.txt (as text)".
        path = by_sum or named.get(re.split(r" \(", row["document"] or "")[0])
        lines = _lines(path) if path else ()
        how: Found | None = "checksum" if by_sum else "name" if path else None
        found[row["source"]] = Document(row["source"], path, how, lines)
    if not any(document.path for document in found.values()):
        expected = ", ".join(filter(None, sources["document"])) or "the documents of the sources"
        mend = "Check the path, or the sha256 in source.toml."
        raise BadInput.of("no_documents", str(folder), f"{len(files)} files, none of them known", expected, mend)
    return found


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_bytes().decode("utf-8", errors="replace").split("\n"))


def verify(tables: Mapping[str, pl.DataFrame], folder: str | Path) -> list[Checked]:
    """Every cited figure of the data against the documents.

    Args:
        tables: The tables of a Dataset as printed.
        folder: Where the documents are.

    Returns:
        Each figure once, in the order of the tables. A figure graded ``derived`` or ``assumed`` that does not
        stand there is unchecked, since its row says that it was worked out.

    Raises:
        BadInput: None of the documents is in the folder.
    """
    documents = documents_of(tables["sources"], folder)
    together: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    figures = list(_figures(tables))
    for table, column, row in figures:
        if _whole(row[column]):
            together[table, row["source"], row["locator"]].append(int(row[column]))
    return [
        _checked(documents[row["source"]], table, column, row, together[table, row["source"], row["locator"]])
        for table, column, row in figures
    ]


def _figures(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for table, rows in tables.items():
        if "locator" not in rows.columns:
            continue
        for row in rows.iter_rows(named=True):
            for column in figure_columns(table):
                if row[column] is not None:
                    yield table, column, row


def _whole(value: float) -> bool:
    return float(value).is_integer()


def _checked(document: Document, table: str, column: str, row: dict[str, Any], beside: list[int]) -> Checked:
    def result(status: Status, reason: str = "", stands: str = "") -> Checked:
        key = ", ".join(f"{name}={row[name]}" for name in _key(table) if row.get(name) is not None)
        return Checked(row["source"], table, key, column, row[column], row["locator"], status, reason, stands)

    if document.path is None:
        return result("unchecked", "no_document")
    spans = cited_lines(row["locator"])
    if not spans:
        return result("unchecked", "no_lines")
    unit = (TABLES[table].columns()[column].metadata or {}).get("unit", "")
    passages = [" ".join(document.lines[first - 1 : last]) for first, last in spans]
    outside = [span for span in spans if not 1 <= span[0] <= span[1] <= len(document.lines)]
    if not outside and any(stands(row[column], passage, unit, beside) for passage in passages):
        return result("holds")
    there = f"the document has {len(document.lines)} lines" if outside else " / ".join(p.strip() for p in passages)
    if row["grade"] != "documented" and not outside:
        return result("unchecked", row["grade"], str(row["note"] or ""))
    return result("lost", "no_such_line" if outside else "", there if len(there) <= SHOWN else there[:SHOWN] + " …")


def _key(table: str) -> Iterable[str]:
    keys: list[str] = list(TABLES[table].primary_key())
    return keys or ("technology", "month", "municipality")


def cited_lines(locator: str) -> list[tuple[int, int]]:
    """The lines that a locator names, as (first, last); empty where it names none.

    Example:
        >>> cited_lines("l. 64-65, 71"), cited_lines("tabell 1, 2025")
        ([(64, 65), (71, 71)], [])
    """
    if not re.fullmatch(r"l\. \d+(-\d+)?(, \d+(-\d+)?)*", locator):
        return []
    return [(int(first), int(last or first)) for first, last in re.findall(r"(\d+)(?:-(\d+))?", locator)]


def stands(number: float, passage: str, unit: str = "", beside: Iterable[int] = ()) -> bool:
    """Whether a number stands in a passage.

    Args:
        number: The number.
        passage: The cited lines.
        unit: ``percent`` and ``share`` ask for a per cent sign after it.
        beside: Other numbers of the same line, with which its cell may have run together.

    Example:
        >>> stands(133744, "t.o.m 30.6.25 133 744"), stands(133745, "t.o.m 30.6.25 133 744")
        (True, False)
        >>> stands(304, "300 304310 312", beside=[300, 304, 310, 312])
        True
        >>> stands(0.2, "dekker 20 % av kostnadene", "share")
        True
    """
    if unit == "share":
        return stands(float(Fraction(str(number)) * 100), passage, "percent", beside)
    sign = r" ?(?:%|prosent\b)" if unit == "percent" else ""
    if not _whole(number):
        written = f"{abs(number):.10f}".rstrip("0").replace(".", "[.,]")
        return re.search(rf"(?<![\d]){written}(?!\d){sign}", passage) is not None
    value = int(number)
    negative = (r"(?:[-−–] ?|\()", r"\)?") if value < 0 else ("", "")
    exact = _grouped(str(abs(value)), dict.fromkeys("0158"))
    if re.search(rf"(?<!\d){negative[0]}{exact}{negative[1]}(?!\d){sign}", passage):
        return True
    if abs(value) >= 10 ** (FEWEST_DIGITS - 1):
        noisy = re.finditer(
            rf"(?<!\w){negative[0]}({_grouped(str(abs(value)), MISREAD)}){negative[1]}(?!\w){sign}", passage
        )
        # Most of its signs must be digits as they are, or any word of such letters would do.
        if any(2 * len(re.findall(r"\d", match[1])) > len(str(abs(value))) for match in noisy):
            return True
    if not sign and value in WORDS and re.search(rf"\b(?:{WORDS[value]}){JOINED}\b", passage, re.IGNORECASE):
        return True
    return not sign and value >= 0 and _run_together(value, passage, beside)


def _grouped(digits: str, misread: Mapping[str, str | None]) -> str:
    """A pattern for the digits in groups of three."""
    signs = [f"[{re.escape(misread.get(digit) or digit)}]" for digit in digits]
    first = len(digits) % 3
    groups = ["".join(signs[:first])] if first else []
    groups += ["".join(signs[place : place + 3]) for place in range(first, len(signs), 3)]
    return BETWEEN.join(groups)


def _run_together(value: int, passage: str, beside: Iterable[int]) -> bool:
    """Whether the passage holds the number and another one of its line without a space between."""
    runs = set(re.findall(r"\d+", passage))
    return any(f"{value}{other}" in runs or f"{other}{value}" in runs for other in beside if other != value)
