"""Which values of a measure hold a small count of persons, or give one away, row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.evidence import Figure
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import COUNTED, PERSON_UNITS, row_name

#: Columns of a measure that hold a count, or give one away since it was divided or multiplied by it.
TELLING: Final = {
    "cost_per_participant": (
        "count", "count_low", "count_high", "low_nok", "point_nok", "high_nok", "high_at_low_cost_nok",
    ),
    "gain": (
        "value_low_nok", "value_nok", "value_high_nok", "avoided_low_nok", "avoided_high_nok", "net_gain_low_nok",
        "net_gain_nok", "net_gain_high_nok", "value_per_krone_low", "value_per_krone_high", "break_even_low_nok",
        "break_even_nok", "break_even_high_nok",
    ),
    "gain_lines": ("quantity", "value_low_nok", "value_nok", "value_high_nok"),
    "municipality_costs": ("inhabitants", "per_inhabitant_nok"),
    "like_for_like": ("units", "like_for_like"),
    "level_shifts": ("step", "before", "after", "usual_step"),
    "unit_rates": ("units", "persons_low", "persons_high", "rate_low", "rate", "rate_high"),
    "technology_gain": ("unit_months", "total_low", "total_high"),
    "benefit_by_municipality": (
        "activity_low", "activity_high", "benefit_share_low", "benefit_share_high", "value_low_nok", "value_high_nok",
        "avoided_low_nok", "avoided_high_nok", "freed_hours_low", "freed_hours_high",
    ),
    "gains_by_municipality": ("low", "high"),
    "cash_by_municipality": ("avoided_low_nok", "avoided_high_nok"),
    "need_by_municipality": (
        "inhabitants", "persons_65_plus", "persons_67_plus", "persons_80_plus", "working_18_64", "working_18_66",
        "ratio_65", "ratio_67", "ratio_80",
    ),
}  # fmt: skip
#: The same of a measure's quotients by inhabitants, where they stand beside what rests on other counts.
PER_INHABITANT: Final = {
    "benefit_by_municipality": ("paid_per_inhabitant_low_nok", "paid_per_inhabitant_high_nok"),
}
#: Units that count persons, in measures.
PERSONS: Final = (*PERSON_UNITS, "inhabitants")


def few(frame: pl.DataFrame, column: str, gate: Gate) -> pl.Expr:
    """Whether a count is one the gate holds back, asked once per value."""
    held = [
        value
        for value in frame[column].drop_nulls().unique()
        if gate.withholds(Figure(value, "persons", "documented", counts_persons=True))
    ]
    return pl.col(column).is_in(pl.Series(held, dtype=frame.schema[column]).implode()).fill_null(False)


def planned(table: str, frame: pl.DataFrame, gate: Gate) -> pl.Expr:
    """Whether the plan holds a row back: its count is small, or it would give one away."""
    if gate.plan is None or table not in COUNTED or not set(COUNTED[table]) <= set(frame.columns):
        return pl.lit(False)
    held = [row_name(table, row) in gate.plan.withheld for row in frame.iter_rows(named=True)]
    return pl.lit(pl.Series(held, dtype=pl.Boolean)) if held else pl.lit(False)


def telling(measure: str, frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    """Conditions under each of which the columns `TELLING` of a row are held back.

    Args:
        measure: Its name, one of `TELLING`.
        frame: What it returned.
        dataset: The data it was computed from.
        gate: Who will see it.
    """
    return _TOLD[measure](frame, dataset, gate)


def programmes_with_few(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> pl.Expr:
    """Programmes and years of which some count of persons is held back: every figure of theirs may rest on it."""
    held = _programmes(dataset, gate)
    return _rows(frame, ("programme", "year"), held)


def _programmes(dataset: Dataset, gate: Gate) -> set[tuple[object, ...]]:
    return set(_held(dataset, gate).select("programme", "year").iter_rows())


def _held(dataset: Dataset, gate: Gate) -> pl.DataFrame:
    """The counts of persons that are held back, with their year."""
    counts = dataset.activities.filter(pl.col("unit").is_in(PERSON_UNITS))
    counts = counts.with_columns(pl.col("period_end").dt.year().cast(pl.Int64).alias("year"))
    return counts.filter(few(counts, "quantity", gate) | planned("activities", counts, gate))


def _rows(frame: pl.DataFrame, columns: tuple[str, ...], held: set[tuple[object, ...]]) -> pl.Expr:
    """Whether a row's values in some columns are among those held back."""
    told = [row in held for row in frame.select(columns).iter_rows()]
    return pl.lit(pl.Series(told, dtype=pl.Boolean)) if told else pl.lit(False)


def _counts(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    # Sums over a programme: what is shown of its parts would give the one that is held back away.
    held = set(_held(dataset, gate).select("programme", "year", "unit").iter_rows())
    return [_rows(frame, ("programme", "year", "unit"), held), *_by_unit(frame, ("count", "count_low"), gate)]


def _gain(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    """What a programme's gain rests on: counts that have a price, and the one the break-even price is for."""
    from hhanalytics.measures.catalogue import compute

    held = _held(dataset, gate)
    priced = compute(dataset, "gain_lines").filter(pl.col("value_low_nok").is_not_null())
    told = held.join(priced, on=["programme", "year", "unit"], how="semi").select("programme", "year")
    return [
        _rows(frame, ("programme", "year"), set(told.iter_rows())),
        _rows(
            frame,
            ("programme", "year", "break_even_unit"),
            set(held.select("programme", "year", "unit").iter_rows()),
        ),
    ]


def _by_unit(frame: pl.DataFrame, counts: tuple[str, ...], gate: Gate) -> list[pl.Expr]:
    small = pl.any_horizontal(few(frame, column, gate) for column in counts)
    return [small & pl.col("unit").is_in(PERSONS)]


def _reports(dataset: Dataset, gate: Gate) -> pl.DataFrame:
    """Months of a technology of which something is held back: how many municipalities' counts, and the whole."""
    counted = dataset.welfare_tech
    own = counted.filter(few(counted, "units", gate) | planned("welfare_tech", counted, gate))
    return own.group_by("technology", "month").agg(
        pl.col("municipality").n_unique() - pl.col("municipality").is_null().any().cast(pl.UInt32),
        pl.col("municipality").is_null().any().alias("whole"),
    )


def _sums_that_tell(dataset: Dataset, gate: Gate) -> pl.DataFrame:
    """Months in which the sum of all is a small count, or would give the only one that is held back away."""
    return _reports(dataset, gate).filter(pl.col("whole") | (pl.col("municipality") == 1))


def _like_for_like(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    # What some municipalities have beside what all have tells of the others; so of both, where any is held back.
    held = set(_reports(dataset, gate).select("technology", "month").iter_rows())
    return [_rows(frame, ("technology", "month"), held), few(frame, "units", gate), few(frame, "like_for_like", gate)]


def _level_shifts(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    return [_rows(frame, ("technology",), set(_sums_that_tell(dataset, gate).select("technology").iter_rows()))]


def _unit_rates(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    held = set(_reports(dataset, gate).select("technology", "month").iter_rows())
    return [
        _rows(frame, ("technology", "month"), held) & pl.col("municipality").is_null(),
        *(few(frame, column, gate) for column in ("units", "persons_low", "persons_high")),
    ]


def _technology_gain(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    months = _sums_that_tell(dataset, gate).select("technology", pl.col("month").dt.year())
    return [_rows(frame, ("technology", "year"), set(months.iter_rows()))]


def _benefit(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    # Nothing as the lowest of a range counts nobody: it says that nothing is known. What is left over of a count
    # for those who are not told apart is one, and then no row of the programme may tell it.
    low = few(frame, "activity_low", gate) & (pl.col("activity_low") > 0)
    small = (low | few(frame, "activity_high", gate)) & pl.col("activity_unit").is_in(PERSONS)
    return [
        programmes_with_few(frame, dataset, gate),
        small.fill_null(False).any().over("programme", "year"),
    ]


def _gains(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    """The municipality's judgement counts nobody."""
    held = _benefit_held(dataset, gate)
    return [_rows(frame, ("programme", "year"), held) & (pl.col("gain_kind") != "better_quality")]


def _cash(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    return [_rows(frame, ("year",), {(year,) for _, year in _benefit_held(dataset, gate)})]


def _benefit_held(dataset: Dataset, gate: Gate) -> set[tuple[object, ...]]:
    """Programmes and years of which `benefit_by_municipality` holds something back."""
    from hhanalytics.measures.catalogue import compute

    frame = compute(dataset, "benefit_by_municipality")
    few_persons, left_over = _benefit(frame, dataset, gate)
    return set(frame.filter(few_persons | left_over).select("programme", "year").iter_rows())


def _ages(dataset: Dataset, gate: Gate) -> set[tuple[object, ...]]:
    """Municipalities and years of which the number of some age is held back: every sum may give it away."""
    held: set[tuple[object, ...]] = set()
    for table in (dataset.population, dataset.population_by_age):
        held |= set(table.filter(few(table, "persons", gate)).select("municipality", "year").iter_rows())
    return held


def few_inhabitants(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> pl.Expr:
    """Municipalities and years of which the number of some age is held back."""
    return _rows(frame, ("municipality", "year"), _ages(dataset, gate))


def _need(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> list[pl.Expr]:
    return [few_inhabitants(frame, dataset, gate)]


_TOLD: Final[dict[str, Callable[[pl.DataFrame, Dataset, Gate], list[pl.Expr]]]] = {
    "cost_per_participant": _counts,
    "gain": _gain,
    "gain_lines": lambda frame, _, gate: _by_unit(frame, ("quantity",), gate),
    "municipality_costs": lambda frame, dataset, gate: [few(frame, "inhabitants", gate), *_need(frame, dataset, gate)],
    "like_for_like": _like_for_like,
    "level_shifts": _level_shifts,
    "unit_rates": _unit_rates,
    "technology_gain": _technology_gain,
    "benefit_by_municipality": _benefit,
    "gains_by_municipality": _gains,
    "cash_by_municipality": _cash,
    "need_by_municipality": _need,
}
