"""A year beside the one before, on sums worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset


def charges(*rows: tuple[str, str, date, date, int]) -> pl.DataFrame:
    columns = ["municipality", "pool", "period_start", "period_end", "amount_nok"]
    frame = pl.DataFrame(rows, columns, orient="row", schema_overrides={"amount_nok": pl.Int64})
    return frame.with_columns(grade=pl.lit("documented"))


def half(year: int, number: int) -> tuple[date, date]:
    return (date(year, 1, 1), date(year, 6, 30)) if number == 1 else (date(year, 7, 1), date(year, 12, 31))


def row(frame: pl.DataFrame, pool: str = "all", year: int = 2026) -> dict[str, object]:
    return frame.filter(pool=pool, year=year).to_dicts()[0]


def test_half_a_year_is_compared_with_the_same_half() -> None:
    found = row(
        hh.comparable_costs(
            charges(
                ("hol", "mft", *half(2025, 1), 100),
                ("hol", "mft", *half(2025, 2), 130),
                ("gol", "mft", *half(2025, 1), 50),  # gone in 2026
                ("hol", "mft", *half(2026, 1), 110),
                ("flaa", "mft", *half(2026, 1), 7),  # new in 2026
            )
        )
    )
    assert (found["amount_nok"], found["before_nok"], found["change_nok"], found["municipalities"]) == (110, 100, 10, 1)
    assert (found["left_out_nok"], found["before_left_out_nok"]) == (7, 180)


def test_a_whole_year_is_compared_however_it_is_divided() -> None:
    whole = (date(2026, 1, 1), date(2026, 12, 31))
    costs = charges(
        ("hol", "mft", *half(2025, 1), 100), ("hol", "mft", *half(2025, 2), 130), ("hol", "mft", *whole, 260)
    )
    found = row(hh.comparable_costs(costs), "mft")
    assert (found["amount_nok"], found["before_nok"], found["left_out_nok"]) == (260, 230, 0)


def test_a_leap_day_is_no_difference() -> None:
    costs = charges(
        ("hol", "mft", date(2024, 1, 1), date(2024, 2, 29), 10), ("hol", "mft", date(2025, 1, 1), date(2025, 2, 28), 12)
    )
    assert row(hh.comparable_costs(costs), year=2025)["change_nok"] == 2


def test_nothing_alike_is_missing_and_no_zero() -> None:
    costs = charges(("hol", "mft", *half(2025, 2), 10), ("hol", "mft", *half(2026, 1), 12))
    found = row(hh.comparable_costs(costs))
    assert (found["amount_nok"], found["change_nok"], found["grade"], found["left_out_nok"]) == (
        None,
        None,
        "missing",
        12,
    )


def test_a_year_without_a_year_before_has_no_row(dataset: Dataset) -> None:
    assert hh.comparable_costs(dataset.costs).height == 0
    assert (
        hh.comparable_costs(charges(("hol", "mft", *half(2024, 1), 1), ("hol", "mft", *half(2026, 1), 1))).height == 0
    )


def test_the_weaker_grade_of_both_years() -> None:
    costs = charges(("hol", "mft", *half(2025, 1), 10), ("hol", "mft", *half(2026, 1), 12))
    costs = costs.with_columns(grade=pl.Series(["assumed", "documented"]))
    assert row(hh.comparable_costs(costs))["grade"] == "assumed"


CELLS = st.tuples(
    st.sampled_from(["aal", "hol", "gol"]),
    st.sampled_from(["mft", "bti"]),
    st.sampled_from([2025, 2026]),
    st.sampled_from([1, 2]),
)


@given(st.dictionaries(CELLS, st.integers(-(10**9), 10**9), max_size=24))
def test_nothing_is_lost_and_pools_sum_to_all(cells: dict[tuple[str, str, int, int], int]) -> None:
    costs = charges(*((who, pool, *half(year, part), nok) for (who, pool, year, part), nok in cells.items()))
    found = hh.comparable_costs(costs).filter(year=2026)
    if not found.height:
        assert {year for *_, year, _ in cells} != {2025, 2026}
        return
    columns = ("amount_nok", "before_nok", "left_out_nok", "before_left_out_nok")
    whole, pools = found.filter(pool="all"), found.filter(pl.col("pool") != "all")
    for column in columns:
        assert (whole[column].fill_null(0).item()) == pools[column].fill_null(0).sum()
    charged = {year: sum(nok for (_, _, y, _), nok in cells.items() if y == year) for year in (2025, 2026)}
    assert (whole["amount_nok"].fill_null(0) + whole["left_out_nok"]).item() == charged[2026]
    assert (whole["before_nok"].fill_null(0) + whole["before_left_out_nok"]).item() == charged[2025]
    pairs = {(who, pool, part) for who, pool, year, part in cells if year == 2026} & {
        (who, pool, part) for who, pool, year, part in cells if year == 2025
    }
    assert whole["amount_nok"].fill_null(0).item() == sum(cells[(w, p, 2026, n)] for w, p, n in pairs)


@pytest.mark.parametrize("year", [2027])
def test_synthetic_years(elvedal: Dataset, year: int) -> None:
    found = row(hh.compute(elvedal, "comparable_costs"), year=year)
    # By hand from the charges: 2 100 000 + 240 000 after 2 000 000 + 200 000.
    assert (found["amount_nok"], found["before_nok"], found["change_nok"]) == (2_340_000, 2_200_000, 140_000)
