"""Every figure taken from the two documents stands on a line that its row cites."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.sources.documents import Checked, cited_lines, documents_of, verify

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
REPORT, FOLLOWUP = "hallinghelse_annual_report_2025", "hof_followup_2026_03_20"
#: What the rows themselves say was worked out, from the report as read: two positions of 40 % (line 576), and
#: counts of lists (lines 822-825, 1137-1145).
WORKED_OUT = {
    ("positions", 80, "l. 576"),
    ("position_hooks", 80, "l. 576"),
    ("activities", 3, "l. 822-825"),
    ("activities", 4, "l. 1137-1145"),
}

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the documents are not here: {SEEDS}")


@pytest.fixture(scope="module")
def checked(dataset: Dataset) -> list[Checked]:
    return [each for each in verify(dataset.tables, SEEDS) if each.source in (REPORT, FOLLOWUP)]


def test_every_figure_stands_on_a_cited_line(checked: list[Checked]) -> None:
    assert [each for each in checked if each.status == "lost"] == []
    rest = {(each.table, each.number, each.locator) for each in checked if each.status == "unchecked"}
    assert rest == WORKED_OUT
    assert sum(each.status == "holds" for each in checked) > 150


def test_the_tables_that_hold_figures_are_checked(checked: list[Checked]) -> None:
    held = {each.table for each in checked if each.status == "holds"}
    assert held >= {"costs", "budgets", "control_totals", "grants", "positions", "activities", "welfare_tech"}


def test_documents_are_those_that_were_read(dataset: Dataset) -> None:
    """The sha256 in source.toml is that of the document."""
    found = documents_of(dataset.sources, SEEDS)
    assert {source: found[source].found for source in (REPORT, FOLLOWUP)} == {REPORT: "checksum", FOLLOWUP: "checksum"}


def test_welfare_tech_is_read_in_order(dataset: Dataset) -> None:
    """The twelve months of each technology are the twelve numbers of its line."""
    lines = documents_of(dataset.sources, SEEDS)[REPORT].lines
    series = dataset.welfare_tech.sort("month").group_by("locator", maintain_order=True).agg("units")
    assert series.height == 6
    for locator, units in series.iter_rows():
        ((first, last),) = cited_lines(locator)
        assert first == last
        # Two cells that the machine ran together.
        line = lines[first - 1].replace("304310", "304 310")
        assert units == [int(number) for number in re.findall(r"\d+", line)]


def test_a_figure_that_was_changed_is_found_out(dataset: Dataset) -> None:
    """A digit, or a line: whatever is wrong in one row is said of that row and of no other."""
    costs = dataset.costs.to_dicts()
    costs[0]["amount_nok"] += 1
    costs[7]["locator"] = "l. 103"
    costs[9]["locator"] = "l. 99104"
    altered = {**dataset.tables, "costs": pl.DataFrame(costs, schema=dataset.costs.schema)}
    lost = [each for each in verify(altered, SEEDS) if each.status == "lost"]
    # From lines 82 (133 744), 94 and 96 of the report; line 103 is another, and the last is beyond the end.
    assert [(each.table, each.number, each.locator) for each in lost] == [
        ("costs", 133745, "l. 82"),
        ("costs", 55476, "l. 103"),
        ("costs", 26000, "l. 99104"),
    ]
    assert "133744" in lost[0].stands
    assert lost[2].reason == "no_such_line"
