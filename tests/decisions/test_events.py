"""Charges against what happened, and readings that figures rest on."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.events import charges_against_events
from hhanalytics.decisions.readings import unclear_readings
from tests.decisions.conftest import MIDDLE, Build

START, END = date(2026, 1, 1), date(2026, 12, 31)
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)
PERSONS = {2026: dict.fromkeys("abcd", 1000)}
CHARGES = {("p", START, END): dict.fromkeys("abcd", 25_000)}


def found(data: Dataset) -> list[tuple[str, str]]:
    return [(f.kind, f.subject) for f in charges_against_events(data)]


def position(**row: Any) -> dict[str, Any]:
    return {"programme": "x", "pool": "p", "valid_from": START, "position_percent": 50, "vacant": False, **row}


def event(day: date, kind: str, affects: str = "p", **row: Any) -> dict[str, Any]:
    return {
        "event": f"{kind}_{day}",
        "date": day,
        "precision": "month",
        "kind": kind,
        "affects": affects,
        "text_nb": "x",
        **row,
    }


@pytest.mark.parametrize(
    ("positions", "vacant"),
    [
        ([position(valid_to=JUNE), position(valid_from=JULY, vacant=True)], JULY),
        ([position(vacant=True)], START),
        ([position(valid_from=date(2025, 1, 1), vacant=True)], START),
        ([position()], None),
        # Somebody else holds a position in the pool: it is charged for that.
        ([position(), position(programme="y", vacant=True)], None),
        ([position(vacant=True), position(programme="y", valid_from=JULY, vacant=True), position(programme="z", valid_to=JUNE)], JULY),
        # It stood vacant before or after what is charged.
        ([position(valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31), vacant=True), position()], None),
        ([position(valid_from=date(2027, 1, 1), vacant=True), position()], None),
    ],
)  # fmt: skip
def test_a_pool_whose_positions_all_stood_vacant(build, positions: list[dict[str, Any]], vacant: date | None) -> None:
    said = charges_against_events(build(PERSONS, {"p": list("abcd")}, CHARGES, positions=positions))
    assert [f.names["vacant"][1] for f in said] == ([str(vacant)] if vacant else [])
    assert [f.figures["charged"].value for f in said] == ([100_000] if vacant else [])


def test_a_vacancy_by_the_events_where_no_position_is_listed(build) -> None:
    data = build(
        PERSONS, {"p": list("abcd")}, CHARGES, events=[event(JULY, "vacancy"), event(JULY, "vacancy", "elsewhere")]
    )
    assert found(data) == [("charged_while_vacant", "p")]
    year = build(PERSONS, {"p": list("abcd")}, CHARGES, events=[event(START, "vacancy", precision="year")])
    assert found(year) == []


def test_nothing_charged_is_nothing_to_ask(build) -> None:
    zero = {("p", START, END): dict.fromkeys("abcd", 0)}
    assert found(build(PERSONS, {"p": list("abcd")}, zero, positions=[position(vacant=True)])) == []


def test_before_joining_and_after_leaving_by_the_memberships(build) -> None:
    members = [*"ab", {"municipality": "c", "valid_to": JUNE}, {"municipality": "d", "valid_from": JULY}]
    halves = {("p", START, JUNE): dict.fromkeys("abcd", 25_000), ("p", JULY, END): dict.fromkeys("abcd", 25_000)}
    said = charges_against_events(build(PERSONS, {"p": members}, halves))
    assert [(f.kind, f.subject, f.names["period"][1], f.names["day"][1]) for f in said] == [
        ("charged_after_exit", "c", "2026-07-01/2026-12-31", "2026-06-30"),
        ("charged_before_joining", "d", "2026-01-01/2026-06-30", "2026-07-01"),
    ]
    assert found(build(PERSONS, {"p": members}, CHARGES)) == []


def test_before_joining_and_after_leaving_by_the_events(build) -> None:
    events = [
        event(JULY, "exit", municipality="c"), event(JULY, "entry", municipality="d"), event(JULY, "exit", "q", municipality="a"),
    ]  # fmt: skip
    halves = {("p", START, JUNE): dict.fromkeys("abcd", 25_000), ("p", JULY, END): dict.fromkeys("abcd", 25_000)}
    assert found(build(PERSONS, {"p": list("abcd")}, halves, events=events)) == [
        ("charged_after_exit", "c"),
        ("charged_before_joining", "d"),
    ]
    # Out, and in again before the second half.
    back = [event(date(2026, 3, 1), "exit", municipality="c"), event(JULY, "entry", municipality="c")]
    assert found(build(PERSONS, {"p": list("abcd")}, halves, events=back)) == []


def test_a_pool_charged_before_it_started(build) -> None:
    assert found(build(PERSONS, {"p": list("abcd")}, CHARGES, events=[event(JULY, "start")])) == [
        ("charged_before_start", "p")
    ]
    assert found(build(PERSONS, {"p": list("abcd")}, CHARGES, events=[event(START, "start")])) == []


def test_2025(dataset: Dataset) -> None:
    """Lines 86-140 and 1195-1198: charged for the half-year, vacant from April. Nothing else."""
    [said] = charges_against_events(dataset)
    assert (said.kind, said.subject, said.figures["charged"].value) == (
        "charged_while_vacant",
        "mft_psykisk_helse",
        151_186,
    )
    assert {c.locator for c in said.citations} >= {"l. 86", "l. 95", "l. 1175, 1195-1196"}


# Readings


def test_readings_are_listed_where_figures_of_the_year_rest_on_them(dataset: Dataset) -> None:
    said = {f.subject: f for f in unclear_readings(dataset, 2025)}
    assert said["bti_period"].figures["rows"].value == 5
    assert said["mft_psykisk_helse_period"].figures["rows"].value == 6
    assert "l. 86" in {c.locator for c in said["mft_psykisk_helse_period"].citations}
    assert all(f.figures["rows"].grade == "assumed" and f.severity == "inform" for f in said.values())
    # Events are no figures, and the grant for research runs from 2025.
    assert "nesbyen_notice" not in said
    assert unclear_readings(dataset, 2024) == []


def test_a_reading_that_touches_nothing_is_left_out(dataset: Dataset) -> None:
    data = dataset.replace(costs=dataset.costs.filter(pl.col("pool") != "bti"))
    assert {f.subject for f in unclear_readings(dataset)} - {f.subject for f in unclear_readings(data)} == {
        "bti_period"
    }


def test_a_reading_without_an_alternative(dataset: Dataset) -> None:
    data = dataset.replace(readings=dataset.readings.with_columns(alternative_nb=pl.lit(None, pl.String)))
    assert {f.kind for f in unclear_readings(data)} == {"unclear_reading_alone"}
    assert "unclear_reading_alone" in {f.kind for f in hh.reconcile(data)}


def test_a_half_year_without_charges_is_asked_about(build: Build) -> None:
    """Two pools, one of them charged in the first half only: said once, unless it ended, had no members or was vacant."""
    persons = {2026: {"a": 100, "b": 200, "c": 300, "d": 400}}
    shares = {"a": 10, "b": 20, "c": 30, "d": 40}
    half = date(2026, 6, 30)
    members: dict[str, list[Any]] = {"p": list("abcd"), "q": list("abcd")}
    charges = {("p", START, half): shares, ("q", START, half): shares, ("q", MIDDLE, END): shares}
    found = [f for f in hh.reconcile(build(persons, members, charges)) if f.kind == "period_not_charged"]
    assert [(f.subject, f.names["period"], f.figures["charged"].value) for f in found] == [
        ("p", ("periods", "2026-07-01/2026-12-31"), 100)
    ]
    whole = {("p", START, END): shares, ("q", START, half): shares, ("q", MIDDLE, END): shares}
    ended = {**members, "p": [{"municipality": name, "valid_to": half} for name in "abcd"]}
    empty = [{"programme": "x", "pool": "p", "valid_from": MIDDLE, "position_percent": 100, "vacant": True}]
    for made in (
        build(persons, members, whole),
        build(persons, ended, charges),
        build(persons, members, charges, positions=empty),
    ):
        assert "period_not_charged" not in {f.kind for f in hh.reconcile(made)}
