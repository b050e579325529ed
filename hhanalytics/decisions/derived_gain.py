"""What counts, costs per participant and the gain model are made of, each number step by step."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, inputs, unknown
from hhanalytics.decisions.derived_costs import YEAR, cost
from hhanalytics.measures.gain_lines import PRICED

Row = Mapping[str, Any]


# Counts and cost per unit


def _counted(dataset: Dataset, row: Row, by: str) -> pl.DataFrame:
    return dataset.activities.filter(
        (pl.col("programme") == row["programme"])
        & (row["year"] == YEAR)
        & (pl.col("unit") == by)
        & pl.col("part_of").is_null()
    )


def _count(dataset: Dataset, row: Row, by: str, column: str) -> Step:
    """How many of a unit, as stated or at an end of its range."""
    if by == "inhabitants":
        charged = dataset.costs.filter(row["year"] == YEAR)["municipality"].unique()
        people = dataset.population.filter(
            (pl.col("year") == row["year"]) & pl.col("municipality").is_in(charged.implode())
        )
        if not people.height:
            return unknown(column, "no_population")
        return Step(column, "inhabitants", "sum", inputs("population", people, "persons"))
    rows = _counted(dataset, row, by)
    cells = inputs("activities", rows, "quantity")
    if rows["quantity"].null_count() == rows.height:
        return unknown(column, "no_participants", cells)
    operation = {"count": "sum", "count_low": "lowest", "count_high": "highest"}[column]
    if column == "count_high":
        # What was done without being counted, or counted "over", has no highest number.
        opened = [each for each in cells if each.value is None or each.qualifier == "at_least"]
        if opened:
            return unknown(column, "open_above", because=opened)
    return Step(column, column, operation, cells)


def _limits(dataset: Dataset, row: Row, by: str) -> tuple[str, tuple[Input, ...]]:
    """Why a quotient is only an upper bound, and the rows that say so; empty where it is not."""
    high = _count(dataset, row, by, "count_high")
    if high.reason == "open_above":
        return "open_above", high.because
    own = dataset.programmes.filter(programme=row["programme"])
    other = tuple(each for each in inputs("programmes", own, "other_work") if each.said)
    return ("other_work", other) if other and by != "inhabitants" else ("", ())


def participant_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``cost_per_participant``."""
    by, year, programme = row["unit"], row["year"], row["programme"]
    if column.startswith("count"):
        return _count(dataset, row, by, column)
    low, high = (cost(dataset, programme, year, side) for side in ("low", "high"))
    if column.startswith("cost"):
        return low if "low" in column else high
    fewest = _count(dataset, row, by, "count_low")
    if low.value is None:
        return unknown(column, low.missing, low.parts, low.because)
    if not fewest.value:
        return unknown(column, "no_participants", fewest.parts)
    limit, rows = _limits(dataset, row, by)
    if column == "high_nok":
        return Step(column, "per_unit_high", "quotient", (high, fewest), rows)
    if column == "high_at_low_cost_nok":
        return Step(column, "per_unit_high_at_low", "quotient", (low, fewest), rows)
    if limit:
        return unknown(column, limit, because=rows)
    if column == "low_nok":
        return Step(column, "per_unit_low", "quotient", (low, _count(dataset, row, by, "count_high")))
    soft = tuple(e for e in fewest.parts if isinstance(e, Input) and e.qualifier in ("about", "nearly"))
    if low.value != high.value or soft:
        return unknown(column, "range", (low, high), soft)
    return Step(column, "per_unit", "quotient", (low, fewest))


# Gain, activity by activity


def activity_line(dataset: Dataset, activity: Row, pair: Row, column: str) -> Step:
    """One end, or the middle, of the value of one activity compared with one service."""
    quantity = cell("activities", activity, "quantity")
    if column == "quantity":
        compared = (cell("equivalents", pair, "service"),)
        if quantity.value is None:
            return unknown(column, "not_counted", because=(quantity, *compared))
        return Step(column, "quantity", "same", (quantity,), compared)
    side = column.removeprefix("value").strip("_").removesuffix("nok").strip("_") or "mode"
    reason, rows = _why(dataset, activity, pair)
    if reason:
        return unknown(column, reason, because=rows)
    if side == "high" and activity["qualifier"] == "at_least":
        return unknown(column, "open_above", because=(quantity,))
    hedge = {"low": "lowest", "high": "highest"}.get(side, "same")
    name = {"low": "service_units_low", "high": "service_units_high"}.get(side, "service_units")
    units = cell("equivalents", pair, name if pair[name] is not None else "service_units")
    count = Step("quantity", {"low": "count_low", "high": "count_high"}.get(side, "count"), hedge, (quantity,))
    return Step(column, "value", "product", (count, units, _price(dataset, pair["service"], side)))


def _price(dataset: Dataset, service: str, side: str) -> Step:
    """The price of a service over its quotes: the lowest, the mean, the highest."""
    quotes = []
    for row in dataset.prices.filter(service=service).iter_rows(named=True):
        name = f"amount_{side}_nok"
        quotes.append(cell("prices", row, name if row.get(name) is not None else "amount_nok"))
    operation = {"low": "least", "high": "greatest"}.get(side, "mean")
    return Step(f"price_{side}", f"price_{side}", operation, tuple(quotes))


def _why(dataset: Dataset, activity: Row, pair: Row) -> tuple[str, tuple[Input, ...]]:
    """Why the value of an activity is missing, and the rows that say so; the first reason that holds."""
    quotes = dataset.prices.filter(service=pair["service"])
    equivalent = cell("equivalents", pair, "service_units")
    if activity["quantity"] is None:
        return "not_counted", (cell("activities", activity, "quantity"), equivalent)
    if not quotes.height:
        return "no_price", (equivalent,)
    if quotes["unit"].n_unique() > 1:
        return "several_units", inputs("prices", quotes, "unit")
    return ("no_equivalence", (equivalent,)) if pair["service_units"] is None else ("", ())


def line_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``gain_lines``."""
    own = dataset.activities.filter(
        (pl.col("programme") == row["programme"])
        & (row["year"] == YEAR)
        & (pl.col("kind") == row["kind"])
        & (pl.col("unit") == row["unit"])
        & pl.col("quantity").eq_missing(pl.lit(row["quantity"], pl.Int64))
        & (pl.col("part_of").is_null() == row["counted"])
    )
    pairs = equivalent_pairs(dataset, own).filter(pl.col("service") == row["service"])
    found = [
        activity_line(dataset, activity, pair, column)
        for activity in own.iter_rows(named=True)
        for pair in pairs.iter_rows(named=True)
    ]
    # Several activities of a kind may have the same count; their qualifier tells them apart.
    fits = [step for step in found if _near(step.value, row[column])]
    return (fits or found)[0]


def _near(value: Fraction | None, found: float | None) -> bool:
    if value is None or found is None:
        return value is None and found is None
    return abs(float(value) - found) <= 1e-9 * max(1.0, abs(found))


def equivalent_pairs(dataset: Dataset, activities: pl.DataFrame) -> pl.DataFrame:
    """The services that some activities are compared with."""
    on = ["programme", "kind", "unit"]
    return dataset.equivalents.join(activities.select(on).unique(), on=on, how="semi")


# Gain per programme


def _value(dataset: Dataset, row: Row, column: str, *, avoided: bool = False) -> Step:
    """The value of what a programme did, over the lines that may be set against cost."""
    name = column.replace("avoided", "value")
    own = dataset.activities.filter(
        (pl.col("programme") == row["programme"]) & (row["year"] == YEAR) & pl.col("part_of").is_null()
    )
    pairs = equivalent_pairs(dataset, own).filter(pl.col("gain_kind").is_in(PRICED))
    lines = []
    for pair in pairs.iter_rows(named=True):
        if not avoided or pair["gain_kind"] == "avoided_cost":
            same = own.filter(kind=pair["kind"], unit=pair["unit"])
            lines += [activity_line(dataset, activity, pair, name) for activity in same.iter_rows(named=True)]
    lost = [line for line in lines if line.reason]
    if row["reason"] == "no_equivalent":
        programmes = dataset.programmes.filter(programme=row["programme"])
        return unknown(column, "no_equivalent", because=inputs("programmes", programmes, "programme"))
    if row["reason"]:
        every = _value(dataset, {**row, "reason": None}, name) if avoided else None
        rows = every.because if every else tuple(each for line in lost for each in line.because)
        return unknown(column, row["reason"], because=rows)
    opened = lost or (_open(dataset, row, name) if avoided and "high" in column else [])
    if opened:
        return unknown(column, opened[0].reason, because=tuple(e for line in opened for e in line.because))
    return Step(column, "avoided" if avoided else "value_sum", "sum", tuple(lines))


def _open(dataset: Dataset, row: Row, name: str) -> list[Step]:
    """The whole value where its highest is open: then so is that of any part of it."""
    whole = _value(dataset, row, name)
    return [whole] if whole.reason else []


def gain_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``gain``."""
    side = "low" if "low" in column else "high" if "high" in column else "mode"
    other = {"low": "high", "high": "low", "mode": "low"}[side]
    of_value = "value_nok" if side == "mode" else f"value_{side}_nok"
    if column.startswith("break_even"):
        unit = {"low": "low_nok", "high": "high_nok", "mode": "point_nok"}[side]
        found = participant_number(dataset, {**row, "unit": row["break_even_unit"]}, unit)
        if found.reason:
            return unknown(column, found.reason, found.parts, found.because)
        return Step(column, "break_even", "same", (found,))
    if column.startswith("cost"):
        return cost(dataset, row["programme"], row["year"], side)
    if column.startswith("avoided"):
        return _value(dataset, row, column, avoided=True)
    value = _value(dataset, row, of_value)
    if column.startswith("value") and "krone" not in column:
        return value
    paid = cost(dataset, row["programme"], row["year"], other)
    for part in (value, paid):
        if part.value is None:
            return unknown(column, part.missing, part.parts, part.because)
    if column.startswith("net_gain"):
        if side == "mode":
            high = cost(dataset, row["programme"], row["year"], "high")
            if paid.value != high.value:
                return unknown(column, "range", (paid, high))
        return Step(column, "net_gain", "difference", (value, paid))
    if not paid.value or paid.value < 0:
        return unknown(column, "no_cost_on_file", (paid,))
    return Step(column, "value_per_krone", "quotient", (value, paid))
