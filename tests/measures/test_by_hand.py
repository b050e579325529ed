"""Measures of a synthetic collaboration, against results worked out by hand (tests/cases/elvedal)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput, UnknownName

EXPECTED = Path(__file__).parents[1] / "cases" / "elvedal" / "expected"


def value(text: str) -> Any:
    if text in ("", "true", "false"):
        return {"": None, "true": True, "false": False}[text]
    try:
        return float(text)
    except ValueError:
        return text


@pytest.mark.parametrize("measure", sorted(path.stem for path in EXPECTED.glob("*.csv")))
def test_against_the_expected(elvedal: Dataset, measure: str) -> None:
    """Every row of both years, so that years do not mix; every column that the expectation has."""
    with (EXPECTED / f"{measure}.csv").open(encoding="utf-8", newline="") as file:
        expected = [{k: v for k, v in row.items() if k != "by_hand"} for row in csv.DictReader(file)]
    found = hh.compute(elvedal, measure)
    assert found.select("programme", "year").rows() == [(row["programme"], int(row["year"])) for row in expected]
    for got, row in zip(found.iter_rows(named=True), expected, strict=True):
        for name, text in row.items():
            cell = got[name].isoformat() if isinstance(got[name], date) else got[name]
            wanted = value(text)
            close = pytest.approx(wanted) if isinstance(wanted, float) else wanted
            assert cell == close, (row["programme"], row["year"], name)


def test_every_year_by_itself_is_the_same(elvedal: Dataset) -> None:
    """A year computed from its own rows alone gives what it gives beside another year."""
    for year in (2026, 2027):
        ends = pl.col("period_end").dt.year() == year
        alone = elvedal.replace(
            costs=elvedal.costs.filter(ends),
            activities=elvedal.activities.filter(ends),
            position_hooks=elvedal.position_hooks.filter(ends),
            budgets=elvedal.budgets.filter(ends),
        )
        for measure in ("programme_costs", "cost_per_participant", "gain", "municipality_costs", "full_position_costs"):
            assert hh.compute(alone, measure).equals(hh.compute(elvedal, measure, year=year)), measure


def test_sum_of_programmes_is_the_sum_of_pools(elvedal: Dataset) -> None:
    for year, whole in ((2026, 2_200_000), (2027, 2_340_000)):
        rows = hh.compute(elvedal, "programme_costs", year=year)
        rest = rows.filter(programme="unallocated")
        known = rows.filter(pl.col("programme") != "unallocated")
        assert known["cost_low_nok"].sum() + rest["cost_high_nok"].item() == whole
        assert known["cost_high_nok"].sum() + rest["cost_low_nok"].item() == whole


def test_full_cost_and_avoidable_cost_are_kept_apart(elvedal: Dataset) -> None:
    """Stated: half. Not stated: between nothing known and all of it."""
    rows = {row["programme"]: row for row in hh.compute(elvedal, "programme_costs", year=2026).iter_rows(named=True)}
    assert (rows["rehab"]["avoidable_low_nok"], rows["rehab"]["avoidable_high_nok"]) == (100_000, 100_000)
    assert (rows["kurs"]["avoidable_low_nok"], rows["kurs"]["avoidable_high_nok"]) == (None, 500_000)


# Positions


def positions(data: Dataset, *rows: tuple[str, date, date | None, int | None, bool]) -> dict[str, dict[str, Any]]:
    """Programme costs of 2026 with other positions, all of them in the shared pool."""
    like = data.positions.row(0, named=True)
    names = ("programme", "valid_from", "valid_to", "position_percent", "vacant")
    held = pl.DataFrame([{**like, **dict(zip(names, row, strict=True))} for row in rows], schema=data.positions.schema)
    found = hh.compute(data.replace(positions=held), "programme_costs", year=2026)
    return {row["programme"]: row for row in found.iter_rows(named=True)}


@pytest.mark.parametrize("last", [date(2026, 6, 13), date(2026, 6, 14), date(2026, 6, 15), date(2026, 6, 30)])
def test_periods_that_meet_inside_a_month_are_a_year(elvedal: Dataset, last: date) -> None:
    """60 % all year in two rows costs what it costs in one: no month twice, none lost."""
    after = date.fromordinal(last.toordinal() + 1)
    rows = positions(elvedal, ("kurs", date(2026, 1, 1), last, 60, False), ("kurs", after, None, 60, False))
    assert (rows["kurs"]["cost_low_nok"], rows["kurs"]["cost_high_nok"]) == (480_000, 600_000)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2025, 3, 1), None, 12),
        (date(2026, 3, 1), date(2026, 3, 31), 1),
        (date(2026, 12, 15), date(2030, 1, 1), 1),
        (date(2026, 11, 16), date(2026, 12, 14), 0),
        (date(2027, 1, 1), None, 0),
        (date(2025, 1, 1), date(2025, 12, 31), 0),
    ],
)
def test_months_inside_the_year(elvedal: Dataset, first: date, last: date | None, months: int) -> None:
    row = positions(elvedal, ("kurs", first, last, 100, False))["kurs"]
    assert row["cost_low_nok"] == (round(800_000 * months / 12) if months else None)
    assert row["reason"] == (None if months else "no_cost_on_file")


def test_kroner_are_rounded_not_cut(elvedal: Dataset) -> None:
    """One per cent for seven months: 4 666.67 to 5 833.33."""
    row = positions(elvedal, ("kurs", date(2026, 6, 1), None, 1, False))["kurs"]
    assert (row["cost_low_nok"], row["cost_high_nok"]) == (4_667, 5_833)


def test_a_position_not_stated_beside_a_stated_one_is_missing(elvedal: Dataset) -> None:
    """What is known of it is not taken for the whole, and stays in what is unallocated."""
    rows = positions(
        elvedal, ("kurs", date(2026, 1, 1), None, 50, False), ("kurs", date(2026, 1, 1), None, None, False)
    )
    assert (rows["kurs"]["cost_low_nok"], rows["kurs"]["reason"]) == (None, "position_not_stated")
    assert rows["unallocated"]["cost_nok"] == 2_000_000


def test_vacant_for_a_part_of_the_year(elvedal: Dataset) -> None:
    rows = positions(
        elvedal, ("kurs", date(2026, 1, 1), date(2026, 3, 31), 100, False), ("kurs", date(2026, 4, 1), None, 100, True)
    )
    assert (rows["kurs"]["cost_low_nok"], rows["kurs"]["cost_high_nok"]) == (200_000, 250_000)


def test_vacant_beside_a_pool_of_its_own(elvedal: Dataset) -> None:
    """The vacant position cost nothing; what the pool cost is known."""
    row = positions(elvedal, ("rehab", date(2026, 1, 1), None, 100, True))["rehab"]
    assert (row["cost_nok"], row["reason"], row["basis"]) == (200_000, None, "pool")


def test_more_positions_than_the_pool_can_pay_show_as_a_negative_rest(elvedal: Dataset) -> None:
    rows = positions(elvedal, ("kurs", date(2026, 1, 1), None, 300, False))
    assert (rows["unallocated"]["cost_low_nok"], rows["unallocated"]["cost_high_nok"]) == (-1_000_000, -400_000)


def test_no_price_of_a_full_position(elvedal: Dataset) -> None:
    bare = elvedal.replace(position_hooks=elvedal.position_hooks.filter(use="cross_check"))
    row = hh.compute(bare, "programme_costs", year=2026).filter(programme="kurs").row(0, named=True)
    assert (row["cost_low_nok"], row["reason"]) == (None, "position_cost_unknown")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"period_end": date(2026, 6, 30)}, "the charges reach beyond the hook"),
        ({"period_start": date(2025, 7, 1)}, "the charges do not cover the hook"),
        ({"charged_pool": "felles", "municipality": "ukjent"}, "nobody is charged"),
        ({"reading": "equal"}, "a part, but nobody's"),
        ({"reading": "population"}, "a part, but nobody's"),
    ],
)
def test_a_hook_that_does_not_fit_gives_no_price(elvedal: Dataset, change: dict[str, Any], why: str) -> None:
    """Half a year's charges read as a year's would make every position look cheap."""
    hook = {**elvedal.position_hooks.filter(hook="rehab_25").row(0, named=True), **change}
    hooks = pl.DataFrame([hook], schema=elvedal.position_hooks.schema)
    assert hh.compute(elvedal.replace(position_hooks=hooks), "full_position_costs").height == 0, why


@pytest.mark.parametrize(
    ("reading", "expected"), [("equal", 100_000 * 4 * 2), ("population", 100_000 * 20 * 2), ("whole", 200_000)]
)
def test_readings_of_a_hook(elvedal: Dataset, reading: str, expected: int) -> None:
    """Vestli's 100 000 for 50 %: a fourth, one twentieth (500 of 10 000), or all of it."""
    hook = elvedal.position_hooks.filter(hook="rehab_25").row(0, named=True)
    hook |= {"charged_pool": "felles", "municipality": "vestli", "reading": reading, "position_percent": 50}
    hooks = pl.DataFrame([hook], schema=elvedal.position_hooks.schema)
    [row] = hh.compute(elvedal.replace(position_hooks=hooks), "full_position_costs").iter_rows(named=True)
    assert (row["low_nok"], row["high_nok"]) == (expected, expected)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 1, 1), date(2026, 6, 30), 6),
        (date(2026, 8, 1), date(2026, 12, 31), 5),
        (date(2026, 3, 1), date(2026, 3, 31), 1),
        (date(2026, 3, 16), date(2026, 4, 14), None),
    ],
)
def test_a_hook_for_a_part_of_the_year(elvedal: Dataset, first: date, last: date, months: int | None) -> None:
    """30 000 for half a position in so many months, brought to a year and a full one; no months, no price."""
    charge = elvedal.costs.filter(municipality="vestli", pool="rehab", period_end=date(2026, 12, 31)).row(0, named=True)
    charge |= {"period_start": first, "period_end": last, "amount_nok": 30_000}
    hook = elvedal.position_hooks.filter(hook="rehab_25").row(0, named=True)
    hook |= {"municipality": "vestli", "position_percent": 50, "period_start": first, "period_end": last}
    data = elvedal.replace(
        costs=pl.DataFrame([charge], schema=elvedal.costs.schema),
        position_hooks=pl.DataFrame([hook], schema=elvedal.position_hooks.schema),
    )
    found = hh.compute(data, "full_position_costs")["low_nok"].to_list()
    assert found == ([] if months is None else [60_000 * 12 // months])


@pytest.mark.parametrize("table", ["positions", "position_hooks", "costs"])
def test_a_cost_by_position_is_never_better_than_its_weakest_input(elvedal: Dataset, table: str) -> None:
    doubtful = elvedal.replace(**{table: elvedal.tables[table].with_columns(grade=pl.lit("assumed"))})
    rows = {row["programme"]: row for row in hh.compute(doubtful, "programme_costs", year=2026).iter_rows(named=True)}
    assert rows["kurs"]["grade"] == "assumed"
    assert rows["unallocated"]["grade"] == "assumed"
    assert rows["rehab"]["grade"] == ("assumed" if table == "costs" else "documented")


# Pools


def test_a_pool_that_becomes_a_programme_counts_once(elvedal: Dataset) -> None:
    """Shared in 2026, the programme's own from 2027: each charge belongs to the row of its day."""
    old = elvedal.pools.filter(pool="felles").row(0, named=True)
    rows = [
        {**old, "valid_to": date(2026, 12, 31)},
        {**old, "valid_from": date(2027, 1, 1), "programme": "veiledning", "name_nb": "Nytt navn"},
        elvedal.pools.filter(pool="rehab").row(0, named=True),
    ]
    changed = elvedal.replace(pools=pl.DataFrame(rows, schema=elvedal.pools.schema))
    now = hh.compute(changed, "programme_costs", year=2026)
    assert now.equals(hh.compute(elvedal, "programme_costs", year=2026))
    later = {row["programme"]: row for row in hh.compute(changed, "programme_costs", year=2027).iter_rows(named=True)}
    assert later["veiledning"]["cost_nok"] == 2_100_000
    assert "unallocated" not in later
    assert later["kurs"]["reason"] == "no_cost_on_file"


def test_a_new_name_for_a_pool_changes_no_figure(elvedal: Dataset) -> None:
    old = elvedal.pools.row(0, named=True)
    renamed = [{**old, "valid_to": date(2026, 7, 31)}, {**old, "valid_from": date(2026, 8, 1), "name_nb": "Nytt navn"}]
    pools = pl.concat([pl.DataFrame(renamed, schema=elvedal.pools.schema), elvedal.pools[1:]])
    changed = elvedal.replace(pools=pools)
    for measure in ("programme_costs", "gain"):
        assert hh.compute(changed, measure).equals(hh.compute(elvedal, measure))


def test_a_programme_with_several_pools_of_its_own(elvedal: Dataset) -> None:
    """Both are added; what is somebody's share of its position is not added to the position."""
    extra = [
        {**elvedal.pools.row(1, named=True), "pool": name, "programme": "kurs", "part_of_position": part}
        for name, part in (("lokaler", False), ("andel", True))
    ]
    charge = elvedal.costs.filter(municipality="vestli", pool="rehab", period_end=date(2026, 12, 31)).row(0, named=True)
    charges = [{**charge, "pool": "lokaler", "amount_nok": 7_000}, {**charge, "pool": "andel", "amount_nok": 30_000}]
    more = elvedal.replace(
        pools=pl.concat([elvedal.pools, pl.DataFrame(extra, schema=elvedal.pools.schema)]),
        costs=pl.concat([elvedal.costs, pl.DataFrame(charges, schema=elvedal.costs.schema)]),
    )
    rows = {row["programme"]: row for row in hh.compute(more, "programme_costs", year=2026).iter_rows(named=True)}
    assert (rows["kurs"]["cost_low_nok"], rows["kurs"]["cost_high_nok"]) == (407_000, 507_000)
    assert rows["kurs"]["basis"] == "pool_and_position"
    # 30 000 of the position are paid outside the shared pool.
    assert rows["unallocated"]["cost_high_nok"] == 1_120_000 + 30_000


# Per participant


@pytest.mark.parametrize(
    ("rows", "bound", "low", "point", "high"),
    [
        ([(100, "exact")], "exact", 2000, 2000, 2000),
        ([(100, "nearly")], "range", 2000, None, 200_000 / 90),
        ([(100, "about")], "range", 200_000 / 110, None, 200_000 / 90),
        ([(100, "at_least")], "at_most", None, None, 2000),
        ([(100, "exact"), (None, "exact")], "at_most", None, None, 2000),
        ([(60, "exact"), (40, "about")], "range", 200_000 / 104, None, 200_000 / 96),
        ([(60, "about"), (40, "at_least")], "at_most", None, None, 200_000 / 94),
        ([(0, "exact")], None, None, None, None),
        ([(None, "exact")], None, None, None, None),
        ([], None, None, None, None),
    ],
)
def test_hedged_counts(
    elvedal: Dataset,
    rows: list[tuple[int | None, str]],
    bound: str | None,
    low: float | None,
    point: float | None,
    high: float | None,
) -> None:
    """200 000 kr for 100, hedged in every way."""
    like = elvedal.activities.filter(activity="rehab_2026").row(0, named=True)
    done = [{**like, "activity": f"a{i}", "quantity": n, "qualifier": how} for i, (n, how) in enumerate(rows)]
    data = elvedal.replace(activities=pl.DataFrame(done, schema=elvedal.activities.schema))
    row = hh.compute(data, "cost_per_participant", year=2026).filter(programme="rehab").row(0, named=True)
    assert row["bound"] == bound
    for name, wanted in (("low_nok", low), ("point_nok", point), ("high_nok", high)):
        assert row[name] == (None if wanted is None else pytest.approx(wanted)), name
    assert row["reason"] == (None if bound else "no_participants")
    assert row["grade"] == ("documented" if bound else "missing")


def test_the_limit_holds_whatever_the_true_count(elvedal: Dataset) -> None:
    """At least 60: with 60, 61 … any number, the quotient stays at or below the limit."""
    row = hh.compute(elvedal, "cost_per_participant", year=2027).filter(programme="kurs").row(0, named=True)
    assert row["bound"] == "at_most"
    assert all(row["cost_high_nok"] / count <= row["high_nok"] for count in range(60, 200))


def test_per_session_and_per_inhabitant(elvedal: Dataset) -> None:
    sessions = (
        hh.compute(elvedal, "cost_per_participant", year=2026, by="sessions")
        .filter(programme="kurs")
        .row(0, named=True)
    )
    assert (sessions["low_nok"], sessions["high_nok"], sessions["bound"]) == (40_000, 50_000, "range")
    for year, people in ((2026, 10_000), (2027, 10_500)):
        rows = hh.compute(elvedal, "cost_per_participant", year=year, by="inhabitants")
        rehab = rows.filter(programme="rehab").row(0, named=True)
        assert rehab["count"] == people
        assert rehab["point_nok"] == pytest.approx(rehab["cost_low_nok"] / people)
    ergo = (
        hh.compute(elvedal, "cost_per_participant", year=2026, by="inhabitants")
        .filter(programme="ergo")
        .row(0, named=True)
    )
    assert ergo["bound"] == "range"  # work that is not counted does not matter to the number of inhabitants


def test_a_weak_count_makes_a_weak_quotient(elvedal: Dataset) -> None:
    data = elvedal.replace(activities=elvedal.activities.with_columns(grade=pl.lit("assumed")))
    row = hh.compute(data, "cost_per_participant", year=2026).filter(programme="rehab").row(0, named=True)
    assert row["grade"] == "assumed"


# Grants


@pytest.mark.parametrize(
    ("grant", "placed", "unplaced", "audit", "gross"),
    [
        ({}, 100_000, 0, False, 300_000),
        ({"amount_nok": 200_001}, 200_001, 0, True, 400_001),
        ({"amount_nok": 200_000}, 200_000, 0, False, 400_000),
        ({"amount_nok": None}, 0, 1, False, None),
        ({"status": "refused", "amount_nok": 900_000}, 0, 0, False, 200_000),
        ({"passed_on": True, "amount_nok": 900_000}, 0, 0, True, 200_000),
        ({"period_end": date(2027, 1, 1)}, 0, 1, False, None),
        ({"period_end": None}, 0, 1, False, None),
        ({"period_start": None}, 0, 1, False, None),
        ({"period_start": date(2024, 1, 1), "period_end": date(2025, 12, 31)}, 0, 0, False, 200_000),
        ({"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31)}, 0, 0, False, 200_000),
    ],
)
def test_grants(
    elvedal: Dataset, grant: dict[str, Any], placed: int, unplaced: int, audit: bool, gross: int | None
) -> None:
    """One grant of 100 000 inside 2026 beside 200 000 of cost, changed in one way at a time."""
    like = {**elvedal.grants.filter(grant="inside").row(0, named=True), "programme": "rehab", **grant}
    data = elvedal.replace(grants=pl.DataFrame([like], schema=elvedal.grants.schema))
    row = hh.compute(data, "programme_costs", year=2026).filter(programme="rehab").row(0, named=True)
    assert (row["grants_nok"], row["grants_unplaced"], row["audit_duty"]) == (placed, unplaced, audit)
    assert row["gross_low_nok"] == row["gross_high_nok"] == gross
    assert row["cost_nok"] == 200_000


# Gain


def lines(data: Dataset, **options: Any) -> dict[str, dict[str, Any]]:
    found = hh.gain_lines(data.activities, data.prices, data.equivalents, **options)
    rows = found.filter((pl.col("year") == 2026) & pl.col("counted")).iter_rows(named=True)
    return {f"{row['programme']}_{row['quantity']}": row for row in rows}


def test_value_by_treatment_of_vat_and_travel(elvedal: Dataset) -> None:
    """Two quotes: 3 000 (2 500 to 4 000) without VAT, and 5 000 with it."""
    for options, low, mode, high in (
        ({"vat": "excluded"}, 2_500, 3_000, 4_000),
        ({"vat": "included"}, 5_000, 5_000, 5_000),
        ({"travel": "included"}, 2_500, 3_000, 4_000),
        ({}, 2_500, 4_000, 5_000),
    ):
        row = lines(elvedal, **options)["rehab_60"]
        assert (row["value_low_nok"], row["value_nok"], row["value_high_nok"]) == (
            60 * 0.5 * low,
            60 * mode,
            60 * 2 * high,
        )
    none = lines(elvedal, vat="excluded", travel="excluded")["rehab_60"]
    assert (none["value_nok"], none["reason"]) == (None, "no_price")


def test_prices_brought_to_a_year(elvedal: Dataset) -> None:
    """3 000 in 2025 kroner is 3 300 in 2026 and 3 630 in 2027 (index 100, 110, 121); 5 000 is of 2026."""
    for year, first, second in ((2025, 3_000, 5_000 / 1.1), (2026, 3_300, 5_000), (2027, 3_630, 5_500)):
        row = lines(elvedal, price_index=elvedal.price_index, price_year=year)["rehab_60"]
        assert row["value_nok"] == pytest.approx(60 * (first + second) / 2)
        assert row["value_low_nok"] == pytest.approx(60 * 0.5 * 2_500 * first / 3_000)


def test_a_price_that_cannot_be_brought_to_the_year_leaves_no_value(elvedal: Dataset) -> None:
    """Neither by an index without that year, nor from a quote without one: the rest is not taken for the whole."""
    row = lines(elvedal, price_index=elvedal.price_index, price_year=2030)["rehab_60"]
    assert (row["value_low_nok"], row["value_nok"], row["value_high_nok"], row["reason"]) == (
        None,
        None,
        None,
        "no_price_index",
    )
    undated = elvedal.replace(
        prices=elvedal.prices.with_columns(price_year=pl.when(pl.col("quote") == "q2").then("price_year"))
    )
    row = lines(undated, price_index=elvedal.price_index, price_year=2026)["rehab_60"]
    assert (row["value_nok"], row["reason"]) == (None, "no_price_index")
    assert lines(undated)["rehab_60"]["value_nok"] == 240_000


def test_two_indexes_at_once_are_refused(elvedal: Dataset) -> None:
    with pytest.raises(BadInput, match="one index"):
        lines(elvedal, price_index=pl.concat([elvedal.price_index] * 2), price_year=2026)


def test_quotes_in_several_units_are_not_mixed(elvedal: Dataset) -> None:
    """A place on a course and an hour are not the same: no value rather than one of both."""
    mixed = elvedal.prices.with_columns(unit=pl.when(pl.col("quote") == "q2").then(pl.lit("hours")).otherwise("unit"))
    found = lines(elvedal.replace(prices=mixed))
    assert (found["rehab_60"]["value_nok"], found["rehab_60"]["reason"]) == (None, "several_units")
    assert len(found) == len(lines(elvedal))


def test_an_open_count_has_a_lowest_value_only(elvedal: Dataset) -> None:
    found = hh.gain_lines(elvedal.activities, elvedal.prices, elvedal.equivalents)
    row = found.filter((pl.col("year") == 2027) & (pl.col("quantity") == 60)).row(0, named=True)
    assert (row["value_low_nok"], row["value_high_nok"], row["reason"]) == (150_000, None, None)


def test_avoided_cost_is_a_kind_of_its_own_and_freed_time_is_no_value(elvedal: Dataset) -> None:
    """Rehab's participants once as bought before, once as time set free."""
    for kind, value_nok, avoided in (
        ("avoided_cost", 400_000, 1_000_000),
        ("external_equivalent", 400_000, 0),
        ("freed_time", None, None),
        ("better_quality", None, None),
    ):
        kinds = elvedal.equivalents.with_columns(
            gain_kind=pl.when(pl.col("programme") == "rehab").then(pl.lit(kind)).otherwise("gain_kind")
        )
        row = (
            hh.compute(elvedal.replace(equivalents=kinds), "gain", year=2026)
            .filter(programme="rehab")
            .row(0, named=True)
        )
        assert (row["value_nok"], row["avoided_high_nok"]) == (value_nok, avoided)
        assert row["break_even_nok"] == 2000
        if value_nok is None:
            assert row["reason"] == "no_equivalent"


def test_break_even_is_where_net_gain_is_zero(elvedal: Dataset) -> None:
    """One place for one participant at exactly the break-even price: value equals cost."""
    pair = (
        elvedal.equivalents.filter(programme="rehab")
        .with_columns(service_units_low=None, service_units_high=None)
        .cast({"service_units_low": pl.Float64, "service_units_high": pl.Float64})
    )
    one = elvedal.prices[:1].with_columns(
        amount_nok=pl.lit(2000, pl.Int64), amount_low_nok=pl.lit(None, pl.Int64), amount_high_nok=pl.lit(None, pl.Int64)
    )
    row = (
        hh.compute(elvedal.replace(equivalents=pair, prices=one), "gain", year=2026)
        .filter(programme="rehab")
        .row(0, named=True)
    )
    assert row["break_even_nok"] == 2000
    assert (row["net_gain_low_nok"], row["net_gain_nok"], row["net_gain_high_nok"]) == (0, 0, 0)
    assert (row["value_per_krone_low"], row["value_per_krone_high"]) == (1, 1)


def test_break_even_is_the_cost_per_participant(elvedal: Dataset, dataset: Dataset) -> None:
    for data in (elvedal, dataset):
        for by in ("participants", "sessions"):
            per, found = (hh.compute(data, measure, by=by) for measure in ("cost_per_participant", "gain"))
            columns = ["programme", "year", "low_nok", "point_nok", "high_nok", "bound", "grade"]
            renamed = found.select("programme", "year", pl.col("^break_even_(low_nok|nok|high_nok|bound)$"), "grade")
            assert renamed.rows() == per.select(columns).rows()


# Municipalities


def test_one_budget_is_shown_several_only_when_named(elvedal: Dataset) -> None:
    def shown(year: int, budget: str | None) -> list[int | None]:
        found = hh.compute(elvedal, "municipality_costs", year=year, budget=budget).filter(pool="all")
        return found.sort("municipality")["budget_nok"].to_list()

    assert shown(2026, None) == [700_000, 1_100_000, 380_000, 170_000]
    assert shown(2027, None) == [None] * 4
    assert shown(2027, "revidert") == [710_000, 1_110_000, 390_000, 280_000]
    assert shown(2026, "revidert") == [None] * 4


def test_budgets_by_pool_are_added(elvedal: Dataset) -> None:
    split = pl.concat([elvedal.budgets.with_columns(pool=pl.lit(name)) for name in ("felles", "rehab")])
    found = hh.compute(elvedal.replace(budgets=split), "municipality_costs", year=2026).filter(
        municipality="vestli", pool="all"
    )
    assert found["budget_nok"].item() == 2 * 170_000


def test_a_municipality_without_population_has_no_amount_per_inhabitant(elvedal: Dataset) -> None:
    people = elvedal.population.filter((pl.col("municipality") != "vestli") | (pl.col("year") != 2026))
    found = hh.compute(elvedal.replace(population=people), "municipality_costs", year=2026)
    row = found.filter(municipality="vestli", pool="all").row(0, named=True)
    assert (row["amount_nok"], row["inhabitants"], row["per_inhabitant_nok"]) == (150_000, None, None)
    nobody = elvedal.replace(population=elvedal.population.with_columns(persons=pl.lit(0, pl.Int64)))
    assert hh.compute(nobody, "municipality_costs")["per_inhabitant_nok"].null_count() == 24


# By name


@pytest.mark.parametrize(
    ("options", "kind", "nearest"),
    [
        ({"measure": "cost_per_partisipant"}, "measure", "cost_per_participant"),
        ({"measure": "gain", "year": 2025}, "year", "2026"),
        ({"measure": "gain", "by": "sesions"}, "unit", "sessions"),
        ({"measure": "cost_per_participant", "by": "inhabitant"}, "unit", "inhabitants"),
        ({"measure": "municipality_costs", "budget": "vedtat"}, "budget", "vedtatt"),
    ],
)
def test_unknown_names_come_with_the_nearest(
    elvedal: Dataset, options: dict[str, Any], kind: str, nearest: str
) -> None:
    with pytest.raises(UnknownName) as error:
        hh.compute(elvedal, **options)
    assert error.value.facts["kind"] == kind
    assert error.value.facts["nearest"][0] == nearest


def test_gain_has_no_break_even_per_inhabitant(elvedal: Dataset) -> None:
    with pytest.raises(UnknownName):
        hh.compute(elvedal, "gain", by="inhabitants")
