"""Every figure taken from the two documents stands on a line that its row cites."""

from __future__ import annotations

import csv
import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

RAW = Path(__file__).parents[2] / "data" / "raw"
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
#: Source → start of the file name of its document.
DOCUMENTS = {"hof_followup_2026_03_20": "000_", "hallinghelse_annual_report_2025": "001_"}
#: Table → the column that holds its figure.
FIGURES = {
    "costs": "amount_nok",
    "budgets": "amount_nok",
    "control_totals": "amount_nok",
    "grants": "amount_nok",
    "positions": "position_percent",
    "activities": "quantity",
    "welfare_tech": "units",
}
#: Small counts that the documents write as words (the OCR reads "ø" as "g").
WORDS = {1: "en|ett?", 2: "to(?:dagers)?", 3: "tre", 4: "fire", 5: "fem", 6: "seks"}
#: (table, id) → why the figure itself stands on no line.
EXCEPTIONS = {
    ("positions", "mft"): "two positions of 40 %",
    ("activities", "faglig_koordinator_networks"): "counted from a list",
    ("activities", "samhandling_bodies"): "counted from a list",
}
#: Two cells that the OCR ran together: how they are printed, and what they are read as.
MERGED = ("304310", "304 310")

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the documents are not here: {SEEDS}")


def document(source: str) -> Path:
    """The document of a source."""
    (path,) = SEEDS.glob(f"{DOCUMENTS[source]}*.txt")
    return path


def rows(source: str, table: str) -> list[dict[str, str]]:
    """The rows of a table in one source folder; none where it has no such table."""
    path = RAW / source / f"{table}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def passages(source: str, locator: str) -> list[str]:
    """The cited passages, the lines of each joined by a space.

    Args:
        source: Id of the source.
        locator: Such as ``l. 64-65, 71``.
    """
    if not re.fullmatch(r"l\. \d+(-\d+)?(, \d+(-\d+)?)*", locator):
        raise ValueError(f"not a locator: {locator!r}")
    lines = document(source).read_text("utf-8").split("\n")
    spans = [(int(a), int(b or a)) for a, b in re.findall(r"(\d+)(?:-(\d+))?", locator)]
    if not all(1 <= first <= last <= len(lines) for first, last in spans):
        raise ValueError(f"no such lines: {locator!r}")
    return [" ".join(lines[first - 1 : last]) for first, last in spans]


def stands(number: int, passage: str, *, percent: bool = False) -> bool:
    """Whether a number stands in a passage, its thousands parted by a space, a dot or nothing."""
    digits = f"{number:,}".replace(",", "[ .]?")
    pattern = rf"(?<!\d){digits}(?!\d)" + (" ?%" if percent else "")
    if not percent and number in WORDS:
        pattern += rf"|\b(?:{WORDS[number]})\b"
    return re.search(pattern, passage, re.IGNORECASE) is not None


@pytest.mark.parametrize("source", DOCUMENTS)
@pytest.mark.parametrize("table", FIGURES)
def test_figure_stands_on_a_cited_line(table: str, source: str) -> None:
    """Each figure stands in one of the passages its row cites."""
    lost = []
    for row in rows(source, table):
        figure = row[FIGURES[table]]
        name = row["activity"] if table == "activities" else row.get("programme", "")
        cited = [passage.replace(*MERGED) for passage in passages(source, row["locator"])]
        if not figure or (table, name) in EXCEPTIONS:
            continue
        if not any(stands(int(figure), passage, percent=table == "positions") for passage in cited):
            lost.append(f"{figure} at {row['locator']}: {cited}")
    assert not lost, "\n".join(lost)


def test_welfare_tech_is_read_in_order() -> None:
    """The twelve months of each technology are the twelve numbers of its line."""
    source = "hallinghelse_annual_report_2025"
    found: dict[str, list[tuple[str, int]]] = {}
    for row in rows(source, "welfare_tech"):
        found.setdefault(row["locator"], []).append((row["month"], int(row["units"])))
    assert len(found) == 6
    for locator, months in found.items():
        (line,) = passages(source, locator)
        assert [units for _, units in sorted(months)] == [int(n) for n in re.findall(r"\d+", line.replace(*MERGED))]


@pytest.mark.parametrize("source", DOCUMENTS)
def test_checksum_is_that_of_the_document(source: str) -> None:
    """The sha256 in source.toml is that of the document as read."""
    entry = tomllib.loads((RAW / source / "source.toml").read_text("utf-8"))
    assert entry["sha256"] == sha256(document(source).read_bytes()).hexdigest()
