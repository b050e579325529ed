"""What stands where citations point, against a look through the whole table for each of them."""

from __future__ import annotations

import polars as pl
import pytest

from hhanalytics.briefs.cited_rows import CitedRows
from hhanalytics.dataset import Dataset, load
from hhanalytics.evidence import Citation
from tests.briefs.synthetic_notebooks import ROOT


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load(ROOT / "data" / "raw")


def places_of(dataset: Dataset) -> list[Citation]:
    """Every place at which a row of the data stands."""
    return [
        Citation(source, table, "", locator)
        for table, rows in dataset.tables.items()
        for name in rows.columns
        if name.endswith("locator") and "source" in rows.columns
        for source, locator in rows.select("source", name).drop_nulls().unique(maintain_order=True).iter_rows()
    ]


def test_every_place_holds_the_rows_that_a_look_through_its_table_finds(dataset: Dataset) -> None:
    places = places_of(dataset)
    at_once = CitedRows(dataset.tables)
    at_once.read(places)
    for place in places:
        rows = dataset.tables[place.table]
        expected = [
            row
            for row in rows.iter_rows(named=True)
            if row["source"] == place.source
            and any(row[name] == place.locator for name in rows.columns if name.endswith("locator"))
        ]
        texts = [
            [row[name] for name in rows.columns if rows[name].dtype == pl.String and row[name]] for row in expected
        ]
        assert [list(row.texts) for row in at_once.at(place)] == texts, place
        assert at_once.at(place) == CitedRows(dataset.tables).at(place), place
    assert len(places) > 500


def test_a_place_of_another_source_or_table_or_none_holds_nothing(dataset: Dataset) -> None:
    known = next(each for each in places_of(dataset) if each.table == "costs")
    nowhere = [
        Citation("other", known.table, "", known.locator),
        Citation(known.source, "networks", "", known.locator),
        Citation(known.source, "sources", "", known.locator),
        Citation(known.source, "no_table", "", known.locator),
        Citation(known.source, known.table, "", ""),
    ]
    rows = CitedRows(dataset.tables)
    # Together with one that holds something, whose source and place they must not borrow from each other.
    rows.read([*nowhere, known])
    assert rows.at(known)
    assert [rows.at(each) for each in nowhere] == [[]] * len(nowhere)


def test_a_row_with_two_places_is_found_at_both_and_once_where_they_are_one() -> None:
    goals = pl.DataFrame(
        {"source": ["s", "s", "s"], "locator": ["l. 1", "l. 2", "l. 3"], "shown_by_locator": ["l. 2", "l. 2", None]}
    )
    rows = CitedRows({"goals": goals})
    assert [len(rows.at(Citation("s", "goals", "", place))) for place in ("l. 1", "l. 2", "l. 3")] == [1, 2, 1]
