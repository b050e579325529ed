"""Small numbers of persons in measures: neither shown, nor to be worked out from what is shown beside them."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.exports.fields import WITHHELD
from hhanalytics.exports.gated import gated_measure, gated_table
from hhanalytics.exports.items import items
from hhanalytics.exports.telling import TELLING
from hhanalytics.measures.catalogue import MEASURES
from hhanalytics.privacy.gate import Gate

PUBLIC = Gate(public=True)
SAID = {"source": "made_up", "locator": "l. 1", "grade": "documented"}


def table(dataset: Dataset, name: str, rows: list[dict[str, Any]]) -> Dataset:
    return dataset.replace(**{name: pl.DataFrame([{**SAID, **row} for row in rows], dataset.tables[name].schema)})


def reports(dataset: Dataset, **months: dict[str | None, int]) -> Dataset:
    return table(
        dataset,
        "welfare_tech",
        [
            {"technology": "gps", "month": date(2026, int(month[1:]), 1), "municipality": who, "units": units}
            for month, counts in months.items()
            for who, units in counts.items()
        ],
    )


def shown(dataset: Dataset, measure: str) -> pl.DataFrame:
    return gated_measure(measure, hh.compute(dataset, measure), dataset, PUBLIC)


def test_one_small_count_holds_the_sum_back(elvedal: Dataset) -> None:
    """Gol has 3 of 23 in January, and 20 are shown: 23 would give the 3 away. In February nobody has few."""
    data = reports(elvedal, m1={"aal": 20, "gol": 3}, m2={"aal": 20, "gol": 7})
    found = shown(data, "like_for_like").sort("month")
    assert found["units"].to_list() == [None, 27]
    assert found["like_for_like"].to_list() == [None, 27]
    assert found[WITHHELD].to_list() == ["units like_for_like", None]
    assert shown(data, "technology_gain")["unit_months"].to_list() == [None] * shown(data, "technology_gain").height
    full = gated_measure("like_for_like", hh.compute(data, "like_for_like"), data, Gate(public=False))
    assert full.sort("month")["units"].to_list() == [23, 27]


def test_a_sum_of_all_that_is_small_is_held_back(elvedal: Dataset) -> None:
    data = reports(elvedal, m1={None: 4}, m2={None: 9})
    assert shown(data, "like_for_like").sort("month")["units"].to_list() == [None, 9]
    rates = shown(data, "unit_rates").filter(pl.col("month") == date(2026, 1, 1))
    assert rates.height
    assert rates.select("units", "rate", "rate_low", "rate_high").null_count().row(0) == (rates.height,) * 4


def test_steps_between_small_counts_are_held_back(elvedal: Dataset) -> None:
    months = {f"m{month}": {None: 3 if month < 7 else 90} for month in range(1, 13)}
    plain = hh.compute(reports(elvedal, **months), "level_shifts")
    found = shown(reports(elvedal, **months), "level_shifts")
    assert plain["step"].to_list() == [87.0]
    assert found.select("step", "before", "after").row(0) == (None, None, None)
    assert found["month"].to_list() == plain["month"].to_list()


def test_two_reports_of_one_municipality_are_one_part() -> None:
    """Gol reports 3, then 4: with the 24 in all and 20 in Ål the later one would follow."""
    rows = [(None, 24, None), ("aal", 20, None), ("gol", 3, None), ("gol", 4, date(2026, 3, 1))]
    frame = pl.DataFrame(
        [
            {"technology": "gps", "month": date(2026, 1, 1), "municipality": who, "units": n, "reported_on": on}
            for who, n, on in rows
        ],
        {
            "technology": pl.String,
            "month": pl.Date,
            "municipality": pl.String,
            "units": pl.Int64,
            "reported_on": pl.Date,
        },
    )
    assert gated_table("welfare_tech", frame, PUBLIC)["units"].to_list() == [None, 20, None, None]


def test_what_is_left_over_of_a_count_is_held_back(elvedal: Dataset) -> None:
    """What a programme gives is worked out of counts: with one of them small, none of it is shown."""
    plain = hh.compute(elvedal, "benefit_by_municipality")
    some = plain.filter(pl.col("activity_unit") == "participants").row(0, named=True)
    where = (pl.col("programme") == some["programme"]) & (pl.col("period_end").dt.year() == some["year"])
    few = elvedal.replace(
        activities=elvedal.activities.with_columns(
            pl.when(where & pl.col("quantity").is_not_null()).then(3).otherwise("quantity").alias("quantity")
        )
    )
    own = {"programme": some["programme"], "year": some["year"]}
    found = shown(few, "benefit_by_municipality").filter(**own)
    assert found.height
    for column in TELLING["benefit_by_municipality"]:
        assert found[column].null_count() == found.height, column
    assert (
        found["paid_high_nok"].null_count()
        == hh.compute(few, "benefit_by_municipality").filter(**own)["paid_high_nok"].null_count()
    ), "what is paid counts nobody"
    gains = shown(few, "gains_by_municipality").filter(pl.col("gain_kind") != "better_quality", **own)
    assert gains["low"].null_count() == gains.height
    cash = shown(few, "cash_by_municipality").filter(year=some["year"])
    assert cash["avoided_low_nok"].null_count() == cash.height


def test_ages_do_not_give_each_other_away(dataset: Dataset) -> None:
    """Three of 90 and over: the others of that municipality and year, and all sums of them, are held back with them."""
    old = (pl.col("age_band") == "90+") & (pl.col("municipality") == "flaa")
    people = dataset.population.with_columns(pl.when(old).then(3).otherwise("persons").alias("persons"))
    data = dataset.replace(population=people)
    bands = gated_table("population", people, PUBLIC)
    assert bands.filter(municipality="flaa")["persons"].null_count() == bands.filter(municipality="flaa").height
    assert bands.filter(municipality="gol")["persons"].null_count() == 0
    need = shown(data, "need_by_municipality")
    assert need.filter(municipality="flaa").select(TELLING["need_by_municipality"]).drop_nulls().height == 0
    assert need.filter(municipality="gol")["persons_80_plus"].null_count() == 0
    costs = shown(data, "municipality_costs").filter(municipality="flaa")
    assert costs["per_inhabitant_nok"].null_count() == costs.height
    paid = shown(data, "benefit_by_municipality").filter(municipality="flaa")
    assert paid["paid_per_inhabitant_high_nok"].null_count() == paid.height


def test_follow_ups_and_readings_hold_small_counts_back(dataset: Dataset) -> None:
    row = {
        "programme": "mft", "year": 2025, "recommendation": "continue", "measure_nb": "Nå flere", "owner": None,
        "deadline": None, "adopted_on": None, "note": None,
    }  # fmt: skip
    indicators = [("participants", 3.0, 12.0), ("participants", 30.0, 40.0), ("goals_reached", 2.0, 3.0)]
    data = table(
        dataset,
        "followups",
        [
            {**row, "followup": f"f{n}", "indicator": indicator, "baseline": low, "target": high}
            for n, (indicator, low, high) in enumerate(indicators)
        ],
    )
    found = gated_table("followups", data.followups, PUBLIC, data)
    assert found.select("baseline", "target", WITHHELD).rows() == [
        (None, 12.0, "baseline"),
        (30.0, 40.0, None),
        (2.0, 3.0, None),
    ]
    first = dataset.readings.head(1).with_columns(alternative_value=pl.lit(3.0))
    assert gated_table("readings", first, PUBLIC)["alternative_value"].to_list() == [None]


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_small_is_shown_of_any_measure(elvedal: Dataset, measure: str) -> None:
    """Every count of every measure, as it would be exported."""
    (item, *_) = items(elvedal, measures=[measure], tables=[])
    for field in item.fields:
        if field.unit in ("persons", "units") and field.name not in ("step", "usual_step", "before", "after"):
            values = item.frame[field.name].drop_nulls().to_list()
            assert all(value >= 5 for value in values), field.name
