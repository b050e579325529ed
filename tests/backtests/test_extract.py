"""What `extract` makes of the real reports, against figures that people took from them line by line."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.extraction import drafts_of
from hhanalytics.sources.documents import cited_lines
from hhanalytics.sources.drafts import Draft
from hhanalytics.sources.report_text import read_report

SHARED = Path(__file__).parents[3] / "shared"
REPORT, FOLLOWUP = "001_9fc1d89e7b146132.txt", "000_3e4a4a2e85bd4eb3.txt"
#: Counts of the transcription that are no number in the text: told in the singular, added up, or counted in a list.
NOT_A_NUMBER = {"A05", "A08", "A18", "A28", "A30", "A41", "A43", "A46"}

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the documents are not here: {SHARED}")


def table(name: str) -> list[dict[str, str]]:
    with (SHARED / "transcription" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def drafts(dataset: Dataset) -> tuple[Draft, ...]:
    return drafts_of(read_report(SHARED / "seeds" / REPORT), 2025, dataset)


def test_every_cell_of_the_cost_tables_is_right_or_flagged(drafts: tuple[Draft, ...]) -> None:
    """52 cells: charges, sums and budgets."""
    truth = {int(row["line"]): int(row["amount_nok"]) for row in table("costs")}
    found = {each.first + 1: each for each in drafts if each.table in ("costs", "control_totals", "budgets")}
    right = [line for line, amount in truth.items() if line in found and found[line].value == amount]
    assert len(right) / len(truth) >= 0.98
    wrong = {line for line in truth if line not in right}
    assert all(line in found and found[line].confidence == "doubtful" for line in wrong)
    # As it is now, nothing is wrong; what was stated elsewhere than in the tables are the three totals of the text.
    assert (len(truth), len(right), sorted(found.keys() - truth.keys())) == (52, 52, [44, 60, 61])


def test_charges_are_whose_and_of_what_the_data_say(drafts: tuple[Draft, ...], dataset: Dataset) -> None:
    """Municipality, pool, period and amount of each charge; a nil that the data leave out is doubtful."""
    columns = ("municipality", "pool", "period_start", "period_end", "amount_nok")
    own = dataset.costs.filter(pl.col("source") == "hallinghelse_annual_report_2025")
    truth = {row["locator"]: tuple(row[each] for each in columns) for row in own.to_dicts()}
    found = {f"l. {each.first + 1}": each for each in drafts if each.table == "costs"}
    assert {where: tuple(each.values[name] for name in columns) for where, each in found.items() if each.value} == truth
    (nil,) = [each for each in found.values() if each.value == 0]
    assert nil.confidence == "doubtful"
    sure = Counter(each.confidence for each in found.values())
    # Periods that rows do not state, and names that are only alike, are somebody's to confirm.
    assert sure["doubtful"] <= 14
    assert {each.id for draft in found.values() for each in draft.doubts} <= {
        "no_period",
        "name_guessed",
        "sum_rounding",
        "sum_differs",
    }


def test_every_cell_of_the_monthly_table_is_right_or_flagged(drafts: tuple[Draft, ...], dataset: Dataset) -> None:
    names = dict(dataset.terms.filter(domain="technology").select("term", "name_nb").iter_rows())
    truth = {(row["technology"], row["month"]): row for row in table("welfare_tech_long")}
    found = {
        (names[each.values["technology"]], f"{each.values['month']:%Y-%m}"): each
        for each in drafts if each.table == "welfare_tech"
    }  # fmt: skip
    right = [key for key, row in truth.items() if key in found and found[key].value == int(row["value"])]
    assert len(right) / len(truth) >= 0.98
    assert all(found[key].confidence == "doubtful" for key in truth if key not in right)
    assert (len(truth), len(right)) == (72, 72)
    # The two cells that ran together are flagged.
    assert [found[key].confidence for key in (("Røykvarsler", "2025-04"), ("Røykvarsler", "2025-05"))] == [
        "doubtful"
    ] * 2


def test_counts_of_the_prose(drafts: tuple[Draft, ...], dataset: Dataset) -> None:
    """Found at least nine in ten of the counts that stand as a number, and at most one in five is none of them."""
    followup = drafts_of(read_report(SHARED / "seeds" / FOLLOWUP), 2025, dataset)
    found = [("1", each) for each in drafts if each.table == "activities"]
    found += [("0", each) for each in followup if each.table == "activities"]
    stated = [row for row in table("activities") if row["value"] and row["id"] not in NOT_A_NUMBER]
    met: dict[str, set[int]] = {}
    for row in stated:
        spans = cited_lines(f"l. {row['line'].replace(',', ', ')}")
        for place, (document, draft) in enumerate(found):
            here = any(draft.first + 1 <= last and first <= draft.last + 1 for first, last in spans)
            if document == row["doc"] and draft.value == int(row["value"]) and here:
                met.setdefault(row["id"], set()).add(place)
    recall = len(met) / len(stated)
    precision = len(set().union(*met.values())) / len(found)
    assert (recall >= 0.9, precision >= 0.8) == (True, True), (recall, precision)
    assert (len(stated), len(met), len(found)) == (23, 21, 25)


def test_hedges_and_programmes_of_counts_are_those_of_the_data(drafts: tuple[Draft, ...], dataset: Dataset) -> None:
    """Of the counts that the data hold with the same line: programme and hedge."""
    own = dataset.activities.filter(
        pl.col("source") == "hallinghelse_annual_report_2025", pl.col("quantity").is_not_null()
    )
    compared = 0
    for row in own.to_dicts():
        for each in drafts:
            here = f"l. {each.first + 1}" == row["locator"] or row["locator"].startswith(f"l. {each.first + 1}-")
            if each.table == "activities" and here and each.value == row["quantity"]:
                compared += 1
                assert each.values["qualifier"] == row["qualifier"]
                assert each.values["programme"] in (row["programme"], None)
    assert compared >= 12


def test_positions_grants_and_totals(drafts: tuple[Draft, ...]) -> None:
    """All shares of positions, amounts of grants and totals that the text states."""
    found = {(each.table, each.first + 1): each.value for each in drafts if each.table in ("positions", "grants")}
    assert found == {
        ("positions", 576): 40, ("positions", 681): 60, ("positions", 782): 100, ("positions", 882): 100,
        ("positions", 1127): 50, ("positions", 1175): 50,
        ("grants", 387): 13_000_070, ("grants", 984): 798_000, ("grants", 1019): 500_000,
    }  # fmt: skip
    totals = {each.values["kind"]: each for each in drafts if each.table == "control_totals" and each.first < 80}
    assert {kind: each.value for kind, each in totals.items()} == {
        "budget": 6_480_000,
        "accounts": 6_107_497,
        "underspend": 300_000,
    }
    # Neither agrees with the other figures, which the reconciliation says as well.
    assert {"total_differs"} == {each.id for kind in ("accounts", "underspend") for each in totals[kind].doubts}
