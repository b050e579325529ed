"""Units of welfare technology: same municipalities, persons, gain; by hand on synthetic reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput

REPORT = {
    "technology": pl.String, "month": pl.Date, "municipality": pl.String, "units": pl.Int64, "grade": pl.String,
    "reported_on": pl.Date,
}  # fmt: skip
MEMBER = {"municipality": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}
EVENT = {"kind": pl.String, "date": pl.Date, "municipality": pl.String, "affects": pl.String}


def month(number: int) -> date:
    return date(2025, number, 1)


def reports(*rows: Sequence[Any]) -> pl.DataFrame:
    """Rows of month, municipality, units and, if stated, the day of the report."""
    full = [("alarm", month(m), who, units, "documented", *(rest or [None])) for m, who, units, *rest in rows]
    return pl.DataFrame(full, schema=REPORT, orient="row")


def members(*rows: tuple[str, date, date | None]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=MEMBER, orient="row")


def events(*rows: tuple[str, date, str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=EVENT, orient="row")


def compared(rows: pl.DataFrame, *columns: str, who: pl.DataFrame | None = None, what: pl.DataFrame | None = None) -> list[Any]:  # fmt: skip
    none = members()
    found = hh.like_for_like(rows, none if who is None else who, events() if what is None else what)
    picked = found.select(columns or ("units", "like_for_like")).rows()
    return picked if len(columns) != 1 else [value for (value,) in picked]


# Same municipalities

WHOLE = [(m, "nord", 10 + m) for m in (1, 2, 3, 4)]


def test_only_who_reports_in_every_month() -> None:
    """Sør leaves after February: the total falls by its 20, the series of those who stay does not."""
    rows = reports(*WHOLE, (1, "soer", 20), (2, "soer", 20))
    assert compared(rows) == [(31, 11), (32, 12), (13, 13), (14, 14)]
    assert compared(rows, "municipalities", "throughout") == [(2, 1), (2, 1), (1, 1), (1, 1)]


def test_nobody_throughout() -> None:
    rows = reports((1, "nord", 5), (2, "soer", 6))
    assert compared(rows, "units", "like_for_like", "reason") == [(5, None, "none_throughout"), (6, None, "none_throughout")]  # fmt: skip


def test_a_total_is_never_split(dataset: Dataset) -> None:
    found = hh.like_for_like(dataset.welfare_tech, dataset.memberships, dataset.events)
    assert found["like_for_like"].null_count() == found.height == 72
    assert found["reason"].unique().to_list() == ["not_by_municipality"]
    assert found.group_by("month").agg(pl.col("units").sum()).sort("month")["units"].to_list()[4:6] == [1056, 779]


def test_a_total_beside_parts() -> None:
    """In the month with both neither can be used; what is split later is no like-for-like of the whole."""
    rows = reports((1, None, 30), (1, "nord", 10), (2, "nord", 11), (2, "soer", 20))
    assert compared(rows, "units", "like_for_like", "reason") == [
        (None, None, "split_and_whole"),
        (31, None, "partly_by_municipality"),
    ]


def test_who_did_not_report_is_told_only_while_it_takes_part() -> None:
    rows = reports(*WHOLE, (1, "soer", 20), (2, "soer", 20), (1, "vest", 3), (3, "vest", 3), (4, "vest", 3))
    who = members(
        ("nord", date(2020, 1, 1), None), ("soer", date(2020, 1, 1), month(2)), ("vest", date(2020, 1, 1), None)
    )
    assert compared(rows, "missing", who=who) == [0, 1, 0, 0]
    # Without any membership on file, whoever reports at some time is taken to take part.
    assert compared(rows, "missing") == [0, 1, 1, 1]


def test_the_latest_report_of_a_month_counts() -> None:
    rows = reports(
        (1, "nord", 10), (1, "nord", 14, date(2025, 2, 20)), (1, "nord", 12, date(2025, 2, 3)), (2, "nord", 13, date(2025, 3, 31))
    )  # fmt: skip
    assert compared(rows, "units", "replaced", "late") == [(14, 2, 0), (13, 0, 0)]


def test_late_reports_are_told() -> None:
    """After the month that follows: March for January, not February."""
    rows = reports((1, "nord", 10, date(2025, 2, 28)), (1, "soer", 10, date(2025, 3, 1)))
    assert compared(rows, "units", "late") == [(20, 1)]


def test_a_merger_counts_both_as_one_throughout() -> None:
    """Sør becomes part of Nord in March, Nord in turn of Ny in April."""
    rows = reports(*WHOLE[:3], (1, "soer", 20), (2, "soer", 21), (4, "ny", 40))
    assert compared(rows, "like_for_like") == [None] * 4
    what = events(("merger", month(3), "soer", "nord"), ("merger", month(4), "nord", "ny"))
    assert compared(rows, "like_for_like", "merged", what=what) == [(31, 2), (33, 2), (13, 1), (40, 0)]


def test_a_missing_month_is_told() -> None:
    rows = reports((1, "nord", 10), (2, "nord", 11), (4, "nord", 12))
    assert compared(rows, "month_before") == [None, True, False]


def test_entries_and_exits_are_told() -> None:
    what = events(("exit", date(2025, 2, 14), "soer", "felles"), ("exit", date(2025, 2, 14), "soer", "mft"))
    assert compared(reports(*WHOLE), "came_or_left", what=what) == [0, 1, 0, 0]


def test_technologies_do_not_mix() -> None:
    one = reports(*WHOLE, (1, "soer", 20))
    two = reports((1, "soer", 1), (2, "soer", 2)).with_columns(technology=pl.lit("tilsyn"))
    found = hh.like_for_like(pl.concat([one, two]), members(), events())
    assert found.filter(technology="tilsyn")["like_for_like"].to_list() == [1, 2]
    assert found.filter(technology="alarm")["like_for_like"].to_list() == [11, 12, 13, 14]


@pytest.mark.parametrize("convert", [lambda t: t, pl.DataFrame.lazy, pl.DataFrame.to_pandas], ids=["eager", "lazy", "pandas"])  # fmt: skip
def test_bad_cells_are_named(convert: Any) -> None:
    who, what = convert(members(("nord", month(1), None))), convert(events(("exit", month(1), "nord", "felles")))
    good = reports(*WHOLE)
    for rows, id, words in (
        (good.with_columns(units=-pl.col("units")), "negative_count", "units of alarm, 2025-0"),
        (pl.concat([good, good[2:3]]), "double_date", "month 2025-03 of alarm, nord: found 2 reports"),
        (good.with_columns(units=pl.Series(["1", "2,5", "3", "4"])), "bad_cell", "'2,5' (alarm, 2025-02)"),
        (good.with_columns(units=pl.Series(["1", "2", "ti", "4"])), "bad_cell", "'ti' (alarm, 2025-03)"),
    ):
        with pytest.raises(BadInput) as error:
            hh.like_for_like(convert(rows), who, what)
        assert (error.value.id, words in str(error.value)) == (id, True), str(error.value)


def test_reports_may_come_again_in_files(data_copy: Any) -> None:
    """With the day of the report a month may stand twice; without it is an error, as before."""
    path = data_copy / "hallinghelse_annual_report_2025" / "welfare_tech.csv"
    table = pl.read_csv(path, infer_schema=False)
    again = table.filter(technology="trygghetsalarm", month="2025-06-01").with_columns(units=pl.lit("561"))
    pl.concat([table, again], how="diagonal").with_columns(
        reported_on=pl.Series([None] * table.height + ["2025-08-01"])
    ).write_csv(path)
    data = hh.load(data_copy)
    found = hh.compute(data, "like_for_like").filter(technology="trygghetsalarm", month=date(2025, 6, 1))
    assert found.select("units", "replaced", "late").row(0) == (561, 1, 1)
    # The alarms no longer fall with the others in June: only December is left as a break of all.
    assert [f.subject for f in hh.reconcile(data) if f.kind == "welfare_tech_break"] == ["2025-12-01"]


# Persons

PEOPLE = [
    ("nord", 2024, "0-79", 700), ("nord", 2024, "80+", 90), ("nord", 2025, "0-79", 900), ("nord", 2025, "80-89", 80),
    ("nord", 2025, "90+", 20), ("soer", 2025, "0-79", 480), ("soer", 2025, "80+", 20),
]  # fmt: skip


def population(*rows: tuple[str, int, str, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows or PEOPLE), schema=["municipality", "year", "age_band", "persons"], orient="row")


def test_rates_by_municipality_and_year() -> None:
    """25 units among 1000 in 2025, of whom 100 are 80 and over; 790 and 90 the year before."""
    before = reports((12, "nord", 18)).with_columns(month=pl.lit(date(2024, 12, 1)))
    found = hh.unit_rates(pl.concat([before, reports((1, "nord", 25))]), population(), members())
    assert found.select("month", "age", "rate", "bound").rows() == [
        (date(2024, 12, 1), "80+", 18 / 90 * 1000, "exact"),
        (date(2024, 12, 1), "all", 18 / 790 * 1000, "exact"),
        (date(2025, 1, 1), "80+", 250, "exact"),
        (date(2025, 1, 1), "all", 25, "exact"),
    ]


def test_rates_of_a_total_are_a_range_where_somebody_left() -> None:
    """Sør (500, of whom 20 are old) takes part in January only: 60 units among 1000 or 1500, 100 or 120 old."""
    who = members(("nord", month(1), None), ("soer", month(1), date(2025, 1, 31)))
    found = hh.unit_rates(reports((1, None, 60), (2, None, 60)), population(), who)
    assert set(found.filter(age="all").select("rate_low", "rate_high", "rate", "bound", "grade").rows()) == {
        (40, 60, None, "range", "assumed")
    }
    assert set(found.filter(age="80+").select("rate_low", "rate_high").rows()) == {(500, 600)}


def test_rates_of_a_total_with_the_same_members_all_year() -> None:
    who = members(("nord", month(1), None), ("soer", month(1), None))
    found = hh.unit_rates(reports((1, None, 60)), population(), who)
    assert found.select("age", "rate", "bound", "grade").rows() == [
        ("80+", 500, "exact", "derived"),
        ("all", 40, "exact", "derived"),
    ]


@pytest.mark.parametrize(
    ("rows", "people", "who", "reasons"),
    [
        (reports((1, "vest", 5)), PEOPLE, members(), {"no_population"}),
        (reports((1, None, 5)), PEOPLE, members(), {"no_population"}),
        (reports((1, None, 5)), PEOPLE, members(("vest", month(1), None)), {"no_population"}),
        (reports((1, "nord", 5)), [("nord", 2025, "0-66", 9), ("nord", 2025, "67+", 9)], members(), {None, "age_bands"}),
        (reports((1, None, 5), (2, None, 5)), PEOPLE, members(("nord", month(1), month(1)), ("soer", month(2), None)), {"no_members"}),
    ],
)  # fmt: skip
def test_rates_that_cannot_be_worked_out(rows: pl.DataFrame, people: Any, who: pl.DataFrame, reasons: set[Any]) -> None:
    found = hh.unit_rates(rows, population(*people), who)
    assert found.height
    assert set(found["reason"]) == reasons
    unknown = found.filter(pl.col("reason").is_not_null())
    assert unknown["rate_low"].null_count() == unknown["rate_high"].null_count() == unknown.height
    assert set(unknown["grade"]) == {"missing"}


def test_rates_of_2025(dataset: Dataset) -> None:
    """SSB 07459, 1 January 2025: 21 318 persons in six municipalities, 18 052 in the five that stayed."""
    found = hh.compute(dataset, "unit_rates", year=2025)
    assert found.height == 6 * 12 * 2
    everybody = found.filter(age="all")
    assert set(everybody["persons_high"]) == {21_318}
    assert set(everybody["persons_low"]) == {18_052}
    old = dataset.population.filter(pl.col("age_band").is_in(["80-89", "90+"]) & (pl.col("year") == 2025))
    assert set(found.filter(age="80+")["persons_high"]) == {old["persons"].sum()}
    assert set(found.filter(age="80+")["persons_low"]) == {
        old.filter(pl.col("municipality") != "nesbyen")["persons"].sum()
    }
    assert found["rate"].null_count() == found.height


# Gain


def effects(*rows: Sequence[Any]) -> pl.DataFrame:
    schema = {"technology": pl.String, "effect": pl.String, "unit": pl.String, "scope": pl.String, "low": pl.Float64, "high": pl.Float64, "grade": pl.String}  # fmt: skip
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_only_what_is_local_becomes_a_total() -> None:
    """11 + 12 + 13 + 14 = 50 unit-months; 30 to 60 minutes each were measured here, 100 kr elsewhere."""
    on_file = effects(
        ("alarm", "freed_time", "minutes", "local", 30, 60, "assumed"),
        ("alarm", "avoided_cost", "nok", "national", 100, 100, "documented"),
        ("alarm", "better_quality", "none", "local", None, None, "documented"),
    )
    found = {row["effect"]: row for row in hh.technology_gain(reports(*WHOLE), on_file).iter_rows(named=True)}
    assert [found["freed_time"][n] for n in ("unit_months", "total_low", "total_high", "grade", "reason")] == [50, 1500, 3000, "assumed", None]  # fmt: skip
    assert [found["avoided_cost"][n] for n in ("low", "high", "total_low", "reason")] == [100, 100, None, "not_local"]
    assert [found["better_quality"][n] for n in ("low", "total_low", "reason")] == [None, None, "no_number"]


def test_what_is_not_on_file_is_missing(dataset: Dataset) -> None:
    found = hh.compute(dataset, "technology_gain", year=2025)
    assert found.height == 6 * 3
    assert set(found.select("grade", "reason").rows()) == {("missing", "not_known")}
    assert found["total_low"].null_count() == found["total_high"].null_count() == 18


def test_break_even_by_hand() -> None:
    """200 to 300 kr at 400 kr an hour: 30 to 45 minutes; visits of 15 to 30 minutes: one to three of them."""
    on_file = effects(("alarm", "unit_cost", "nok", "local", 200, 300, "documented"), ("alarm", "unit_cost", "nok", "elsewhere", 1, 2, "documented"))  # fmt: skip
    (row,) = hh.technology_break_even(on_file, 400, visit_minutes=(15, 30)).rows()
    assert row == ("alarm", 200, 300, 30, 45, 1, 3, "derived", None)
    (row,) = hh.technology_break_even(on_file, 400).rows()
    assert row[5:] == (None, None, "derived", "visit_length")
    # A stated length, here 15 to 20 minutes, goes before the one given for all; that of elsewhere gives way.
    stated = effects(
        ("alarm", "unit_cost", "nok", "local", 200, 300, "documented"),
        ("alarm", "home_visit", "minutes", "local", 15, 20, "assumed"),
        ("alarm", "home_visit", "minutes", "elsewhere", 1, 2, "documented"),
        ("lock", "home_visit", "minutes", "local", 5, 5, "documented"),
    )
    (row,) = hh.technology_break_even(stated, 400, visit_minutes=(1, 600)).rows()
    assert row == ("alarm", 200, 300, 30, 45, 1.5, 3, "assumed", None)
    assert hh.technology_break_even(stated.to_pandas(), 400)["visits_low"].tolist() == [1.5]
    with pytest.raises(BadInput, match="more than nothing"):
        hh.technology_break_even(on_file, 0)
    with pytest.raises(BadInput, match="more than nothing"):
        hh.technology_break_even(on_file, 400, visit_minutes=(0, 10))


def test_prices_of_units_are_those_on_file(dataset: Dataset) -> None:
    """What stands as the price of a unit is what the quotes of other municipalities say, and graded assumed."""
    quotes = dict(dataset.prices.select("service", "amount_nok").iter_rows())
    alarms = [quotes[f"safety_alarm{kind}"] for kind in ("", "_mobile", "_fixed")]
    costs = {row["technology"]: row for row in dataset.technology_effects.iter_rows(named=True)}
    assert (costs["trygghetsalarm"]["low"], costs["trygghetsalarm"]["high"]) == (min(alarms), max(alarms))
    assert costs["roykvarsler"]["low"] == costs["roykvarsler"]["high"] == quotes["smoke_alarm_rent"]
    assert set(dataset.technology_effects["grade"]) == {"assumed"}
    assert set(dataset.technology_effects["scope"]) == {"elsewhere"}
    (alarm,) = hh.compute(dataset, "technology_break_even").filter(technology="trygghetsalarm").iter_rows(named=True)
    hour = 53_270 * 12 / 1700
    assert alarm["minutes_low"] == pytest.approx(275 / hour * 60)
    assert alarm["minutes_high"] == pytest.approx(310 / hour * 60)
    assert alarm["visits_low"] is None


def test_pandas_in_gives_pandas_out() -> None:
    frame = reports(*WHOLE).to_pandas()
    found = hh.like_for_like(frame, members().to_pandas(), events().to_pandas())
    assert isinstance(found, pd.DataFrame)
    assert found["like_for_like"].tolist() == [11, 12, 13, 14]


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_a_month_without_a_count_is_missing_not_nothing(dataset: Dataset, kind: str) -> None:
    """The count of June left empty: no month of June, and July does not follow it."""
    empty = dataset.welfare_tech.filter(technology="trygghetsalarm").with_columns(
        units=pl.when(pl.col("month").dt.month() == 6).then(None).otherwise(pl.col("units"))
    )
    given = [f.to_pandas() if kind == "pandas" else f for f in (empty, dataset.memberships, dataset.events)]
    found = pl.DataFrame(hh.like_for_like(*given)) if kind == "polars" else pl.from_pandas(hh.like_for_like(*given))
    assert found["month"].dt.month().to_list() == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]
    assert found["units"].to_list() == [550, 561, 557, 551, 561, 441, 438, 438, 443, 447, 566]
    assert found.filter(pl.col("month").dt.month() == 7)["month_before"].item() is False


def test_half_a_unit_is_refused(dataset: Dataset) -> None:
    half = dataset.welfare_tech.with_columns(units=pl.col("units") + 0.5)
    for call in (
        lambda: hh.like_for_like(half, dataset.memberships, dataset.events),
        lambda: hh.technology_gain(half, dataset.technology_effects),
    ):
        with pytest.raises(BadInput, match=r"2025-.*found .*\.5, expected a whole number"):
            call()


def test_a_negative_count_is_no_shift(dataset: Dataset) -> None:
    below = dataset.welfare_tech.with_columns(
        units=pl.when(pl.int_range(pl.len()) == 5).then(-3).otherwise(pl.col("units"))
    )
    with pytest.raises(BadInput, match=r"units, row 6 \(medisineringsstotte, 2025-06\): found -3"):
        hh.level_shifts(below, counts=True)


def test_a_member_without_population_leaves_no_rate(dataset: Dataset) -> None:
    """Hol takes part: a rate of the other municipalities alone would be none of all, and it is not left out in silence."""
    people = dataset.population.filter((pl.col("municipality") != "hol") | (pl.col("year") != 2025))
    found = hh.compute(dataset.replace(population=people), "unit_rates")
    assert found["reason"].unique().to_list() == ["no_population"]
    assert found["rate_high"].null_count() == found.height == dataset.welfare_tech.height
    traced = hh.trace(dataset.replace(population=people), "unit_rates technology=trygghetsalarm month=2025-06")
    assert (traced.value, traced.traced.reason) == (None, "no_population")
