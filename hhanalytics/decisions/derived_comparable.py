"""What costs beside those of the year before, and what need is made of, each number step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, inputs, unknown
from hhanalytics.measures.need import LATER, LONG

Row = Mapping[str, Any]
#: Charges of one municipality in one pool: those of the year, and those of the year before they are set beside.
Pair = tuple[str, list[Row], list[Row]]


# Comparable costs


def _days(row: Row) -> tuple[int, int]:
    """First and last day within the year; 29 February is the last of its month."""
    first, last = (row[name].month * 100 + row[name].day for name in ("period_start", "period_end"))
    return first, 228 if last == 229 else last


def _span(rows: Sequence[Row]) -> tuple[int, int, int]:
    """From when, until when, and over how many months some charges go."""
    days = [_days(row) for row in rows]
    months = sum(row["period_end"].month - row["period_start"].month + 1 for row in rows)
    return min(first for first, _ in days), max(last for _, last in days), months


def _pairs(rows: Sequence[Row], year: int) -> list[Pair]:
    """Charges that have their like in the year before: as a whole where they span the same months, else one by one."""
    charged: dict[tuple[str, str], dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        charged[row["municipality"], row["pool"]][row["period_end"].year].append(row)
    found: list[Pair] = []
    for (name, _), years in charged.items():
        now, before = years.get(year, []), years.get(year - 1, [])
        if not now or not before:
            continue
        if _span(now) == _span(before):
            found.append((name, now, before))
            continue
        for row in now:
            same = [other for other in before if _days(other) == _days(row)]
            if same:
                found.append((name, [row], same))
    return found


def _cells(rows: Sequence[Row]) -> tuple[Input, ...]:
    return tuple(cell("costs", row, "amount_nok") for row in rows)


def comparable_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``comparable_costs``."""
    year, pool = row["year"], row["pool"]
    of_pool = pl.lit(True) if pool == "all" else pl.col("pool") == pool
    years = dataset.costs.filter(of_pool & pl.col("period_end").dt.year().is_in([year - 1, year]))
    rows = list(years.iter_rows(named=True))
    pairs = _pairs(rows, year)
    now = [each for _, own, _ in pairs for each in own]
    before = [each for _, _, own in pairs for each in own]
    if column == "municipalities":
        names = sorted({name for name, *_ in pairs})
        own = {name: _cells([row for row in (*now, *before) if row["municipality"] == name]) for name in names}
        each = tuple(Step("municipality", "municipality", "sum", own[name]) for name in names)
        return Step(column, "municipalities", "number", each)
    if "left_out" in column:
        of_year, kept = (year - 1, before) if column.startswith("before") else (year, now)
        left = [row for row in rows if row["period_end"].year == of_year and all(row is not other for other in kept)]
        return Step(column, "left_out", "sum", _cells(left))
    if not pairs:
        return unknown(column, "nothing_comparable", because=_cells(rows))
    this = Step("amount_nok", "compared", "sum", _cells(now), _cells(before))
    that = Step("before_nok", "compared", "sum", _cells(before), _cells(now))
    if column == "change_nok":
        return Step(column, "change_of_costs", "difference", (this, that))
    return this if column == "amount_nok" else that


# Need

#: Ratio → the old and those of working age.
RATIOS = {
    "ratio_67": ("persons_67_plus", "working_18_66"),
    "ratio_80": ("persons_80_plus", "working_18_66"),
    "ratio_65": ("persons_65_plus", "working_18_64"),
}


def of_ages(
    people: pl.DataFrame, table: str, name: str, first: int, last: int | None, because: Sequence[Input] = ()
) -> Step:
    """The persons of some ages, from rows that divide there; else unknown, with the rows that reach across."""
    inside, across = [], []
    for row in people.iter_rows(named=True):
        low, _, high = row["age_band"].rstrip("+").partition("-")
        top = int(high) if high else 999
        end = 999 if last is None else last
        if int(low) >= first and top <= end:
            inside.append(cell(table, row, "persons"))
        elif int(low) <= end and top >= first:
            across.append(cell(table, row, "persons"))
    if across:
        return unknown(name, "age_bands", because=across)
    return Step(name, "inhabitants" if not first and last is None else "of_age", "sum", tuple(inside), tuple(because))


def need_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``need_by_municipality``."""
    if column in RATIOS:
        old, working = (need_number(dataset, row, name) for name in RATIOS[column])
        lost = next((part for part in (old, working) if part.value is None), None)
        if lost is not None:
            return unknown(column, lost.missing, because=lost.because)
        if not working.value:
            return unknown(column, "nobody_working", (working,))
        return Step(column, "per_hundred", "per_hundred", (old, working))
    table = "population_by_age" if column in LATER else "population"
    people = dataset.tables[table].filter(municipality=row["municipality"], year=row["year"])
    if not people.height:
        known = dataset.population.filter(municipality=row["municipality"], year=row["year"])
        return unknown(column, "no_single_years", because=inputs("population", known, "age_band"))
    first, last = {"inhabitants": (0, None), **LONG, **LATER}[column]
    return of_ages(people, table, column, first, last)
