"""No small number of persons gets out, neither itself nor by what is said about it."""

from __future__ import annotations

import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.evidence import Citation, Figure
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import PERSON_UNITS, TABLES


def persons(value: int | None) -> Figure:
    return Figure(value, "users", "documented", citations=(Citation("s", "t", "", "l. 1"),), counts_persons=True)


@pytest.mark.parametrize(
    ("value", "public", "withheld"),
    [(0, True, True), (1, True, True), (4, True, True), (5, True, False), (4, False, False), (None, True, False)],
)
def test_small_counts_of_persons_are_withheld(value: int | None, public: bool, withheld: bool) -> None:
    gate = Gate(public=public)
    assert gate.withholds(persons(value)) is withheld
    assert gate.through(persons(value)).value == (None if withheld else value)


@pytest.mark.parametrize(("count", "withheld"), [(4, True), (5, False), (None, False)])
def test_what_gives_a_small_count_away_is_withheld_too(count: int | None, withheld: bool) -> None:
    """100 000 kr at 25 000 kr each is four persons."""
    cost_of_each = Figure(25_000, "nok", "derived", persons=count)
    found = Gate().through(cost_of_each)
    assert (found.value is None) is withheld
    assert Gate(public=False).through(cost_of_each).value == 25_000
    if withheld:
        assert found.persons is None


def test_other_figures_pass() -> None:
    for figure in (
        Figure(4, "nok", "documented"),
        Figure(-277, "units", "documented"),
        Figure(0.5, "percent", "derived"),
    ):
        assert Gate().through(figure) is figure


def test_the_public_gate_is_the_default() -> None:
    assert Gate().public


def test_a_withheld_value_is_nowhere_in_the_figure() -> None:
    assert "4" not in repr(Gate().through(persons(4)))


@pytest.mark.parametrize(
    ("before", "after", "shown"), [(9, 4, None), (4, 9, None), (3, 4, None), (9, 5, -4), (9, 9, 0)]
)
def test_a_change_does_not_give_away_what_is_withheld(before: int, after: int, shown: int | None) -> None:
    """With 9 shown, a change of −5 would say 4; a small change between shown counts says nothing more."""
    found = Gate().change(persons(before), persons(after))
    assert (None if found is None else found.value) == shown
    inside = Gate(public=False).change(persons(before), persons(after))
    assert inside is not None
    assert inside.value == after - before


def test_a_change_needs_both_counts() -> None:
    assert Gate(public=False).change(persons(None), persons(9)) is None


def test_every_column_that_counts_persons_is_declared() -> None:
    """Persons have the unit "persons", or stand in a table of which it is known that they are persons."""
    declared = {
        (name, column): kind.metadata["counts_persons"]
        for name, schema in TABLES.items()
        for column, kind in schema.columns().items()
        if kind.metadata and kind.metadata.get("counts_persons")
    }
    # Each unit of welfare technology is with one person.
    people = {("population", "persons"), ("population_by_age", "persons"), ("national_counts", "inhabitants_80")}
    assert set(declared) == {*people, ("activities", "quantity"), ("welfare_tech", "units")}
    assert declared["activities", "quantity"] == PERSON_UNITS
    for name, schema in TABLES.items():
        for column, kind in schema.columns().items():
            unit = (kind.metadata or {}).get("unit")
            assert (unit != "persons") or (name, column) in declared


def test_every_unit_in_the_real_data_is_known_as_persons_or_not(dataset: Dataset) -> None:
    """A new unit makes this fail until somebody has said whether it counts persons."""
    things = {
        "hours", "meetings", "gatherings", "days", "courses", "locations", "presentations", "sessions", "webinars",
        "inquiries", "groups", "networks", "issues", "events", "surveys", "plans", "bodies",
    }  # fmt: skip
    found = set(dataset.activities["unit"].unique())
    assert found - things <= set(PERSON_UNITS)
    assert not things & set(PERSON_UNITS)


def test_the_real_small_count_is_withheld(dataset: Dataset) -> None:
    """Ten meetings about four users: the meetings may be said, the users may not."""
    rows = {row["activity"]: row for row in dataset.activities.iter_rows(named=True)}
    users, meetings = rows["kef_users"], rows["kef_meetings"]
    shown = [
        Figure(r["quantity"], r["unit"], "documented", counts_persons=r["unit"] in PERSON_UNITS)
        for r in (users, meetings)
    ]
    assert [Gate().through(figure).value for figure in shown] == [None, 10]
