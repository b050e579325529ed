"""The status of a year on a day: nothing of later, and the numbers of the report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.known import earliest, known_on, underway
from hhanalytics.decisions.status import adopted, not_reported, spending

HALF = date(2025, 6, 30)
#: Lines 82-86, 93-95, 102-106, 113-117, 125-129, 136-140 of the report: charged in the first half of 2025.
FIRST_HALF = {
    "hallinghelse": 133744 + 391054 + 585264 + 321488 + 578918 + 542039,
    "mft": 18973 + 55476 + 98049 + 45607 + 82127 + 76895,
    "mft_psykisk_helse": 7922 + 23162 + 34665 + 19042 + 34290 + 32105,
}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return hh.load("data/raw")


def row(data: Dataset, table: str, **changes: Any) -> pl.DataFrame:
    """A row like the first of a table, changed, in a source of its own that states no date."""
    first = data.tables[table].head(1).to_dicts()[0] if data.tables[table].height else {}
    values = {name: first.get(name) for name in data.tables[table].columns}
    return pl.DataFrame([{**values, "source": "later", "locator": "l. 1", **changes}], data.tables[table].schema)


def more(data: Dataset, **rows: pl.DataFrame) -> Dataset:
    source = row(data, "sources", published_on=None) if "source" not in rows else None
    tables = {name: pl.concat([data.tables[name], each]) for name, each in rows.items()}
    if source is not None:
        tables["sources"] = pl.concat([data.sources, source.select(data.sources.columns)])
    return data.replace(charges=None, **tables)


def told(data: Dataset, day: date) -> tuple[object, ...]:
    known = known_on(data, day)
    return spending(known, day), not_reported(known, day, underway(data, day)), adopted(known, day).to_dicts()


def test_first_half_of_2025_against_the_report(data: Dataset) -> None:
    known = known_on(data, HALF)
    for pool, amount in FIRST_HALF.items():
        assert known.costs.filter(pool=pool)["amount_nok"].sum() == amount
    (found,) = spending(known, HALF)
    # Line 44: 6.48 million for the year, which no line divides.
    assert found.kind == "status_spent_of_year"
    assert found.figures["charged"].value == sum(FIRST_HALF.values()) == 3_080_820
    assert found.figures["budget"].value == 6_480_000
    assert found.figures["share"].value == pytest.approx(100 * 3_080_820 / 6_480_000)
    assert {c.locator for c in found.figures["budget"].citations} == {"l. 44"}


def test_the_whole_year_is_set_against_its_budget(data: Dataset) -> None:
    """Printed: 6 122 519, 15 022 more than line 61 states, since one charge is off its key; beside it BTI and e-health."""
    day = date(2025, 12, 31)
    spent, outside = spending(known_on(data, day), day)
    assert (spent.kind, spent.figures["charged"].value) == ("status_spent", 6_107_497 + 98_049 - 83_027)
    assert outside.figures["charged"].value == 5 * 82_145 + 26_000 + 71_201


def test_nothing_of_2026_is_reported_but_what_was_decided(data: Dataset) -> None:
    day = date(2026, 6, 30)
    known = known_on(data, day)
    spent, gaps, rows = told(data, day)
    assert [each.kind for each in spent] == ["status_before"]  # type: ignore[attr-defined]
    assert [each.kind.removeprefix("status_gap_") for each in gaps] == [  # type: ignore[attr-defined]
        "costs", "budget", "activities", "goals", "followups", "technology",
    ]  # fmt: skip
    assert rows == []
    assert known.decisions.filter(decided_on=date(2026, 3, 20)).height == 15
    assert known_on(data, date(2026, 3, 19)).decisions.filter(decided_on=date(2026, 3, 20)).height == 0


def test_what_a_source_says_without_a_day_is_not_known_before_it_was_written(data: Dataset) -> None:
    assert earliest(data)["hallinghelse_annual_report_2025"] == date(2025, 12, 31)
    assert known_on(data, HALF).decisions.height == 0
    assert known_on(data, date(2025, 12, 31)).decisions.filter(status="waiting").height == 7


DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@given(day=DAYS, after=st.integers(1, 700), length=st.integers(0, 200), amount=st.integers(-(10**7), 10**7))
@settings(max_examples=40, deadline=None)
def test_rows_of_later_change_nothing(data: Dataset, day: date, after: int, length: int, amount: int) -> None:
    """Whatever begins after the day, or is published after it: costs, totals, counts, decisions, follow-ups, months, goals."""
    start = day + timedelta(days=after)
    end = min(start + timedelta(days=length), date(start.year, 12, 31))
    month = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    period = {"period_start": start, "period_end": end}
    rows = {
        "costs": row(data, "costs", **period, amount_nok=amount),
        "control_totals": row(
            data, "control_totals", **period, name="b", kind="budget", municipality=None, amount_nok=amount
        ),
        "activities": row(data, "activities", **period, activity="later", quantity=abs(amount)),
        "decisions": row(data, "decisions", decision="later", status="decided", decided_on=start),
        "events": row(data, "events", event="later", date=start),
        "welfare_tech": row(data, "welfare_tech", month=month, units=abs(amount)),
        "goals": row(data, "goals", goal="later", year=day.year + 1),
        "followups": row(data, "followups", **FOLLOWUP, adopted_on=start),
    }
    later = more(data, **rows)
    assert told(later, day) == told(data, day)
    known, before = known_on(later, day), known_on(data, day)
    for name, table in before.tables.items():
        if name != "sources":
            assert known.tables[name].equals(table), name


FOLLOWUP: dict[str, Any] = {
    "followup": "mft_2025", "programme": "mft", "year": 2025, "recommendation": "measure_first", "measure_nb": "Telle",
    "indicator": "participants_split", "owner": "manager", "deadline": date(2026, 9, 1), "grade": "documented",
}  # fmt: skip


def test_a_source_published_later_is_not_known(data: Dataset) -> None:
    """Synthetic: accounts of the first half of 2025 that were published in September."""
    published = row(data, "sources", published_on=date(2025, 9, 15)).with_columns(source=pl.lit("later"))
    costs = row(data, "costs", period_start=date(2025, 1, 1), period_end=HALF, pool="mft", amount_nok=1)
    later = data.replace(
        charges=None, sources=pl.concat([data.sources, published]), costs=pl.concat([data.costs, costs])
    )
    assert told(later, HALF) == told(data, HALF)
    (spent,) = spending(known_on(later, date(2025, 9, 15)), date(2025, 9, 15))
    assert spent.figures["charged"].value == 3_080_820 + 1


def test_a_budget_of_the_same_months_is_compared_with_them(data: Dataset) -> None:
    """Synthetic: quarters of a budget; two of them make the half-year, and a gap between them would not."""
    quarters = [(date(2025, 1, 1), date(2025, 3, 31)), (date(2025, 4, 1), HALF), (date(2025, 7, 1), date(2025, 9, 30))]
    rows = pl.concat(
        row(
            data, "control_totals", name=f"q{start.month}", kind="budget", municipality=None, amount_nok=1_500_000,
            period_start=start, period_end=end,
        )
        for start, end in quarters
    )  # fmt: skip
    own = data.control_totals.filter(pl.col("kind") != "budget")
    for kept, kind, budget in ((rows, "status_spent", 3_000_000), (rows[1:], "status_spent_only", None)):
        changed = data.replace(charges=None, control_totals=pl.concat([own, kept]))
        (found,) = spending(known_on(changed, HALF), HALF)
        assert found.kind == kind
        if budget:
            assert found.figures["budget"].value == budget


def test_a_period_that_is_only_partly_over_is_said_to_be_so(data: Dataset) -> None:
    """Of the 47 counts in the annual report three end by 30 June, and four begin after it: lines 408, 1084, 1087, 1091."""
    report = data.activities.filter(source="hallinghelse_annual_report_2025")
    begun = underway(data, HALF)
    ended, ahead = (report["period_end"] <= HALF).sum(), (report["period_start"] > HALF).sum()
    assert begun.height == report.height - ended - ahead == 40
    (gap,) = (f for f in not_reported(known_on(data, HALF), HALF, begun) if f.kind == "status_gap_underway")
    assert gap.figures["counts"].value == 40


def test_adopted_rows_are_followed_up_until_the_year_after(data: Dataset) -> None:
    adopted_rows = row(data, "followups", **FOLLOWUP, adopted_on=date(2026, 3, 20))
    later = more(data, followups=adopted_rows)
    assert adopted(known_on(later, date(2026, 3, 19)), date(2026, 3, 19)).height == 0
    assert adopted(known_on(later, date(2026, 6, 30)), date(2026, 6, 30))["followup"].to_list() == ["mft_2025"]
    assert adopted(known_on(later, date(2027, 1, 1)), date(2027, 1, 1)).height == 0
