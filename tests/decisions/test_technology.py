"""What is said of each technology: what can be compared, which events explain, rates, gain and effort."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.series import events_beside, still_in, welfare_tech_breaks
from hhanalytics.decisions.technology import takes_back, technology_changes, technology_gains, technology_rates
from tests.decisions.test_reconciliation import series

MONTHS = [100, 101, 99, 100, 102, 101, 100, 99, 101, 100, 102, 101]


def moved(*steps: tuple[int, int]) -> list[int]:
    """Units month by month, raised or lowered from some places on."""
    return [v + sum(by for since, by in steps if i >= since) for i, v in enumerate(MONTHS)]


def change(data: Dataset) -> tuple[str, Any, Any, dict[str, str]]:
    found = technology_changes(data, 2026)[0]
    named = {name: id for name, (kind, id) in found.names.items() if kind == "months"}
    return found.kind, found.figures["first"].value, found.figures["last"].value, named


def event(data: Dataset, **cells: Any) -> Dataset:
    """The data with one more event, about the counts unless said otherwise."""
    base = {
        "event": "made_up", "date": date(2026, 7, 1), "precision": "month", "kind": "other", "affects": "welfare_tech",
        "municipality": None, "text_nb": "Noe skjedde", "locator": "row 1", "grade": "documented", "note": None,
        "source": data.sources["source"][0],
    }  # fmt: skip
    row = pl.DataFrame([{**base, **cells}], schema=data.events.schema)
    return data.replace(events=pl.concat([data.events, row]))


# What can be compared


def test_of_2025_may_and_december(dataset: Dataset) -> None:
    """The report's table, by size of the series: 68 in May and 74 in December, June to November apart."""
    found = technology_changes(dataset, 2025)
    assert {f.subject: (f.figures["first"].value, f.figures["last"].value) for f in found} == {
        "trygghetsalarm": (561, 566), "roykvarsler": (310, 325), "medisineringsstotte": (68, 74),
        "sporingsteknologi": (61, 45), "dorlas_doralarm": (31, 35), "digitalt_tilsyn": (25, 20),
    }  # fmt: skip
    assert {f.kind for f in found} == {"technology_around"}
    months = {name: id for name, (_, id) in found[0].names.items() if name != "technology"}
    assert months == {
        "start": "2025-05-01", "end": "2025-12-01", "gap_start": "2025-06-01", "gap_end": "2025-11-01",
    }  # fmt: skip
    assert all(f.figures[name].citations and f.figures[name].counts_persons for f in found for name in f.figures)


def test_a_calm_year(elvedal: Dataset) -> None:
    data = series(elvedal, *[MONTHS] * 3)
    assert change(data) == ("technology_calm", 100, 101, {"start": "2026-01-01", "end": "2026-12-01"})


def test_one_break(elvedal: Dataset) -> None:
    data = series(elvedal, *[moved((6, 40))] * 3)
    assert change(data) == ("technology_across", 101, 140, {"start": "2026-06-01", "end": "2026-07-01"})


def test_two_breaks_the_same_way(elvedal: Dataset) -> None:
    data = series(elvedal, *[moved((4, 40), (8, 40))] * 3)
    assert not takes_back(welfare_tech_breaks(data))
    assert change(data) == ("technology_across", 100, 181, {"start": "2026-04-01", "end": "2026-09-01"})


def test_there_and_back(elvedal: Dataset) -> None:
    data = series(elvedal, *[moved((4, -40), (8, 30))] * 3)
    assert takes_back(welfare_tech_breaks(data))
    kind, first, last, months = change(data)
    assert (kind, first, last) == ("technology_around", 100, 91)
    assert (months["gap_start"], months["gap_end"]) == ("2026-05-01", "2026-08-01")


def test_a_break_in_january_is_compared_with_december(elvedal: Dataset) -> None:
    data = series(elvedal, *[[*MONTHS, *(v + 40 for v in MONTHS)]] * 3)
    found = technology_changes(data, 2027)[0]
    assert (found.figures["first"].value, found.figures["last"].value) == (101, 140)
    assert found.names["start"][1] == "2026-12-01"


def test_of_several_reports_the_latest(elvedal: Dataset) -> None:
    data = series(elvedal, *[MONTHS] * 3)
    again = data.welfare_tech.filter(technology="a", month=date(2026, 12, 1)).with_columns(
        units=pl.lit(500, pl.Int64), reported_on=pl.lit(date(2027, 2, 1))
    )
    data = data.replace(welfare_tech=pl.concat([data.welfare_tech, again]))
    assert data.latest_reports().height == 36
    assert {f.subject: f.figures["last"].value for f in technology_changes(data, 2026)} == {
        "a": 500,
        "b": 101,
        "c": 101,
    }


# Events


def says(data: Dataset, month: date = date(2026, 7, 1)) -> list[str]:
    return [word for found, word in events_beside(data, month) if found["event"] == "made_up"]


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({}, ["explains"]),
        ({"precision": "day", "date": date(2026, 7, 31)}, ["explains"]),
        ({"date": date(2026, 6, 1)}, ["other_month"]),
        ({"precision": "year", "date": date(2026, 1, 1)}, ["no_date"]),
        ({"date": date(2025, 7, 1)}, []),
        ({"affects": "rehab"}, []),
    ],
)
def test_events_by_date_and_scope(elvedal: Dataset, cells: dict[str, Any], word: list[str]) -> None:
    assert says(event(elvedal, **cells)) == word


def test_who_left_but_is_still_in_explains_nothing(elvedal: Dataset) -> None:
    """An exit from one pool, in the month of the break, by a municipality that stays in another."""
    gone = elvedal.replace(memberships=elvedal.memberships.filter(pl.col("municipality") != "vestli"))
    pool = elvedal.pools.filter("in_accounts")["pool"][0]
    cells = {"kind": "exit", "affects": pool, "municipality": "vestli"}
    assert says(event(gone, **cells)) == ["explains"]
    assert still_in(elvedal, {"municipality": "vestli", "affects": pool, "date": date(2026, 7, 1)})
    assert says(event(elvedal, **cells)) == ["still_in"]


def test_what_is_explained_is_no_question(elvedal: Dataset) -> None:
    data = series(elvedal, *[moved((6, 40))] * 3)
    [found] = welfare_tech_breaks(data)
    assert (found.kind, found.severity, found.question) == ("welfare_tech_break", "clarify", "welfare_tech_break")
    [found] = welfare_tech_breaks(event(data))
    assert (found.kind, found.severity, found.question) == ("welfare_tech_break_explained", "inform", "")
    assert found.figures["change"].value == 3 * 39
    assert change(event(data))[0] == "technology_calm"


def test_neither_exit_nor_supplier_explains_2025(dataset: Dataset) -> None:
    """Nesbyen left on 1 July (l. 18-19) and stays in e-health (l. 267-270); the supplier's change has no date."""
    for month in (date(2025, 6, 1), date(2025, 12, 1)):
        assert {e["event"]: word for e, word in events_beside(dataset, month)} == {
            "nesbyen_exit": "other_month",
            "supplier_change": "no_date",
        }
    exit_ = dataset.events.filter(event="nesbyen_exit").row(0, named=True)
    assert "ehelse_stilling" in still_in(dataset, exit_)
    # Even in July the exit would explain nothing.
    assert {e["event"]: word for e, word in events_beside(dataset, date(2025, 7, 1))}["nesbyen_exit"] == "still_in"


# Rates, gain and effort


def test_rates_in_the_last_month(dataset: Dataset) -> None:
    """20 to 566 units in December, among those of 80 and over in six or in five municipalities."""
    old = dataset.population.filter(pl.col("age_band").is_in(["80-89", "90+"]) & (pl.col("year") == 2025))
    six = old["persons"].sum()
    five = six - old.filter(municipality="nesbyen")["persons"].sum()
    found = {f.subject: f.figures for f in technology_rates(dataset, 2025)}
    assert len(found) == 6
    for technology, units in (("trygghetsalarm", 566), ("digitalt_tilsyn", 20)):
        figures = found[technology]
        assert figures["rate_low"].value == pytest.approx(units / six * 1000)
        assert figures["rate"].value == pytest.approx(units / five * 1000)
        assert figures["rate"].persons == units
        assert {c.table for c in figures["rate"].citations} == {"welfare_tech", "population"}


def test_effort_is_about_600_hours_and_the_rest_a_stated_range(dataset: Dataset) -> None:
    """About 600 (540 to 660) hours (l. 333); separately between as much in all and as much for each of six."""
    (effort,) = (f for f in technology_gains(dataset, 2025) if f.kind == "joint_effort")
    figures = effort.figures
    assert (figures["hours"].value, figures["hours"].bound, figures["hours"].grade) == (600, "about", "documented")
    assert (figures["separate_low"].value, figures["separate"].value) == (540, 660 * 6)
    assert figures["separate"].grade == "assumed"
    assert figures["members"].value == 6


def test_gain_is_missing_where_nothing_is_on_file(dataset: Dataset) -> None:
    found = {f.kind: f for f in technology_gains(dataset, 2025)}
    assert found["technology_gain_unknown"].figures["unknown"].value == 6
    alone = dataset.replace(
        technology_effects=dataset.technology_effects.clear(), activities=dataset.activities.clear()
    )
    assert [f.kind for f in technology_gains(alone, 2025)] == ["technology_gain_unknown"]
    without_wage = dataset.replace(price_index=dataset.price_index.clear())
    assert "technology_break_even" not in [f.kind for f in technology_gains(without_wage, 2025)]


def test_nothing_counted(dataset: Dataset) -> None:
    none = dataset.replace(welfare_tech=dataset.welfare_tech.clear(), activities=dataset.activities.clear())
    assert technology_changes(none, 2025) == technology_rates(none, 2025) == technology_gains(none, 2025) == []
