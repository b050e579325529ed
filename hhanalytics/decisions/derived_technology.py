"""What counts of welfare technology are made of: like-for-like, rates, gains and break-even, number by number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, constant_cell, inputs, unknown
from hhanalytics.decisions.derived_comparable import of_ages
from hhanalytics.measures.unit_rates import AGES
from hhanalytics.measures.unit_reports import FIRST, merged_into

Row = Mapping[str, Any]
TABLE = "welfare_tech"


def number_of(day: date) -> int:
    """A month as a number, so that the next is one more."""
    return day.year * 12 + day.month - 1


class Reports:
    """The reports of units in use: of several by one sender for a month the latest counts.

    Attributes:
        into: Municipality → the one it was merged into.
        latest: Technology → numbered month → the reports that count.
        older: The same of those that were replaced.
    """

    def __init__(self, dataset: Dataset, *, merged: bool) -> None:
        self.mergers = dataset.events.filter((pl.col("kind") == "merger") & pl.col("municipality").is_not_null())
        self.into = merged_into(dataset.events.to_dicts()) if merged else {}
        sent: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
        for row in dataset.welfare_tech.iter_rows(named=True):
            sent[row["technology"], number_of(row["month"]), row["municipality"] or ""].append(row)
        self.latest: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        self.older: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for (technology, month, _), rows in sent.items():
            *older, newest = sorted(rows, key=lambda row: row["reported_on"] or FIRST)
            self.latest[technology][month].append(newest)
            self.older[technology][month] += older

    def name(self, row: Row) -> str | None:
        """The municipality after all mergers; None where the count is not split."""
        name = row["municipality"]
        return None if name is None else self.into.get(name, name)

    def moved(self, rows: Iterable[Row]) -> tuple[Input, ...]:
        """The mergers by which some reports are counted with another municipality."""
        names = {row["municipality"] for row in rows} & set(self.into)
        return inputs("events", self.mergers, "municipality") if names else ()

    def by_name(self, technology: str) -> dict[str, dict[int, list[Row]]]:
        """Municipality → numbered month → its reports; what is not split is nobody's."""
        found: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for month, rows in self.latest[technology].items():
            for row in rows:
                name = self.name(row)
                if name is not None:
                    found[name][month].append(row)
        return found

    def units(self, technology: str, month: int, name: str = "units") -> Step:
        """All units reported for a month; unknown where a count of all stands beside those of some."""
        rows = self.latest[technology].get(month, [])
        split = [row["municipality"] is not None for row in rows]
        if any(split) and not all(split):
            return unknown(name, "split_and_whole", because=_cells(rows))
        return Step(name, "units", "sum", _cells(rows), self.moved(rows))


def _cells(rows: Iterable[Row], column: str = "units") -> tuple[Input, ...]:
    return tuple(cell(TABLE, row, column) for row in rows)


# Like for like


def like_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``like_for_like``."""
    reports, technology, month = Reports(dataset, merged=True), row["technology"], number_of(row["month"])
    rows, own = reports.latest[technology].get(month, []), reports.by_name(technology)
    counted = set(reports.latest[technology])
    always = {name: months for name, months in own.items() if set(months) == counted}
    match column:
        case "units":
            return reports.units(technology, month)
        case "like_for_like":
            if row["reason"] is not None:
                return unknown(column, row["reason"], because=_cells(rows))
            same = [each for months in always.values() for each in months[month]]
            others = [e for months in always.values() for m, each in months.items() if m != month for e in each]
            return Step(column, "same_throughout", "sum", _cells(same), (*_cells(others), *reports.moved(same)))
        case "municipalities":
            here = {name: months[month] for name, months in own.items() if month in months}
            return _named(column, "municipalities_reported", here, reports)
        case "throughout":
            there = {name: [e for each in months.values() for e in each] for name, months in always.items()}
            return _named(column, "municipalities_throughout", there, reports)
        case "missing":
            gone = {
                name: [e for each in months.values() for e in each]
                for name, months in own.items()
                if name not in always and month not in months
            }
            return _absent(dataset, reports, gone, month, rows)
        case "replaced":
            return Step(column, "reports_replaced", "number", _cells(reports.older[technology].get(month, [])))
        case "late":
            late = [each for each in rows if each["reported_on"] and number_of(each["reported_on"]) > month + 1]
            return Step(column, "reports_late", "number", _cells(late, "reported_on"))
        case "merged":
            moved = [each for each in rows if each["municipality"] in reports.into]
            return Step(column, "reports_merged", "number", _cells(moved), reports.moved(moved))
    return _changes(dataset, month)


def _named(column: str, formula: str, rows: Mapping[str, list[Row]], reports: Reports) -> Step:
    """How many municipalities some reports are of."""
    each = [
        Step("municipality", "municipality", "sum", _cells(own), reports.moved(own)) for _, own in sorted(rows.items())
    ]
    return Step(column, formula, "number", tuple(each))


def _absent(dataset: Dataset, reports: Reports, gone: Mapping[str, list[Row]], month: int, here: Iterable[Row]) -> Step:
    """How many of those who report in other months, and take part in this one, did not report."""
    found = []
    for name, rows in sorted(gone.items()):
        spans = [m for m in dataset.memberships.iter_rows(named=True) if reports.name(m) == name]
        held = [m for m in spans if _holds(m, month)]
        if held or not spans:
            because = tuple(cell("memberships", member, "municipality") for member in held)
            found.append(Step("municipality", "municipality", "sum", _cells(rows), because))
    return Step("missing", "municipalities_missing", "number", tuple(found), _cells(here) if found else ())


def _holds(member: Row, month: int) -> bool:
    last = member["valid_to"]
    return number_of(member["valid_from"]) <= month <= (number_of(last) if last else 9999 * 12)


def _changes(dataset: Dataset, month: int) -> Step:
    """How many municipalities came to or left what all share in a month."""
    affected = [*dataset.ordinary_pools(), TABLE]
    found: dict[str, list[Row]] = defaultdict(list)
    for event in dataset.events.iter_rows(named=True):
        if event["kind"] in ("exit", "entry") and event["affects"] in affected and number_of(event["date"]) == month:
            found[event["municipality"] or ""].append(event)
    each = [
        Step("municipality", "municipality_changed", "number", tuple(cell("events", event, "kind") for event in own))
        for own in found.values()
    ]
    return Step("came_or_left", "came_or_left", "number", tuple(each))


# Rates


def rate_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``unit_rates``."""
    reports, month = Reports(dataset, merged=False), number_of(row["month"])
    rows = [r for r in reports.latest[row["technology"]].get(month, []) if r["municipality"] == row["municipality"]]
    units = Step("units", "units", "sum", _cells(rows))
    if column == "units":
        return units
    sides = {"persons_low": ("low",), "persons_high": ("high",), "rate_low": ("high",), "rate_high": ("low",)}
    found = [_persons(dataset, reports, row, side) for side in sides.get(column, ("low", "high"))]
    if column.startswith("persons"):
        return found[0]
    # Both ends must be known, else there is no rate at all.
    both = [_persons(dataset, reports, row, side) for side in ("low", "high")]
    lost = next((part for part in both if not part.value), None)
    if lost is not None:
        return unknown(column, lost.missing if lost.reason else "no_population", because=lost.because)
    if column == "rate" and both[0].value != both[1].value:
        return unknown(column, "range", both)
    return Step(column, "per_thousand", "per_thousand", (units, found[0]))


def _persons(dataset: Dataset, reports: Reports, row: Row, side: str) -> Step:
    """The persons that a count may cover: of its municipality, or of all who take part at some or at all times."""
    year, name, least = row["month"].year, f"persons_{side}", AGES.get(row["age"])
    if row["municipality"] is not None:
        month = reports.latest[row["technology"]][number_of(row["month"])]
        covered, because = [row["municipality"]], _cells(r for r in month if r["municipality"] == row["municipality"])
    else:
        counted = _counted(reports, row["technology"], year)
        covered, members = _covered(dataset, set(counted), always=side == "low")
        because = (*members, *_cells(counted.values()))
    people = dataset.population.filter((pl.col("year") == year) & pl.col("municipality").is_in(covered))
    if least is None or people["municipality"].n_unique() < len(covered):
        return unknown(name, "no_population", because=because)
    if not covered:
        return unknown(name, "no_members", because=because)
    return of_ages(people, "population", name, least, None, because)


def _counted(reports: Reports, technology: str, year: int) -> dict[int, Row]:
    """The months of a year in which anything is counted, each with a report that says so, the technology's own first."""
    found: dict[int, Row] = {}
    for each in (technology, *sorted(reports.latest)):
        for month, rows in sorted(reports.latest[each].items()):
            if month // 12 == year and rows:
                found.setdefault(month, rows[0])
    return found


def _covered(dataset: Dataset, months: set[int], *, always: bool) -> tuple[list[str], tuple[Input, ...]]:
    """Who takes part in all of some months, or in any, and the rows that say so."""
    members = dataset.memberships.filter(pl.col("pool").is_in(dataset.ordinary_pools()))
    present: dict[str, set[int]] = defaultdict(set)
    for member in members.iter_rows(named=True):
        present[member["municipality"]] |= {month for month in months if _holds(member, month)}
    names = sorted(name for name, there in present.items() if there and (not always or there == months))
    return names, inputs("memberships", members.filter(pl.col("municipality").is_in(names)), "municipality")


# Gain and break-even


def _effect(dataset: Dataset, technology: str, effect: str, scope: str | None = None) -> list[Row]:
    rows = dataset.technology_effects.filter(technology=technology, effect=effect)
    return [row for row in rows.iter_rows(named=True) if scope is None or row["scope"] == scope]


def technology_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``technology_gain``."""
    reports = Reports(dataset, merged=False)
    months = reports.latest[row["technology"]]
    used = [each for month in sorted(months) if month // 12 == row["year"] for each in months[month]]
    known = [] if row["scope"] is None else _effect(dataset, row["technology"], row["effect"], row["scope"])
    beside = tuple(cell("technology_effects", each, "effect") for each in known)
    unit_months = Step("unit_months", "unit_months", "sum", _cells(used), beside)
    if column == "unit_months":
        return unit_months
    side = column.removeprefix("total_")
    if not known:
        return unknown(column, "effect_not_known", because=_cells(used))
    per_unit = cell("technology_effects", known[0], side)
    if per_unit.value is None:
        return unknown(column, "no_number", because=(cell("technology_effects", known[0], "effect"),))
    if column == side:
        return Step(column, "per_unit_and_month", "same", (per_unit,), _cells(used))
    if row["scope"] != "local":
        return unknown(column, "not_local", because=(cell("technology_effects", known[0], "scope"),))
    return Step(column, "effect_total", "product", (per_unit, unit_months))


def hourly_wage(dataset: Dataset) -> Step:
    """What an hour of municipal work is paid: twelve of the latest monthly wages over the hours of a year."""
    wages = dataset.price_index.filter(index="municipal_wage").sort("year").tail(1)
    monthly = inputs("price_index", wages, "value")
    return Step("hourly_nok", "hourly_wage", "hourly_wage", (*monthly, constant_cell("working_year_hours")))


def break_even_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``technology_break_even``."""
    costs = [each for each in _effect(dataset, row["technology"], "unit_cost") if each["low"] is not None]
    used = [each for each in costs if each["scope"] == "local"] or costs
    side = "high" if "high" in column else "low"
    cells = tuple(cell("technology_effects", each, side) for each in used)
    if column.startswith("visits"):
        return unknown(column, "visit_length", because=cells)
    hourly = hourly_wage(dataset)
    # Without a wage there is nothing to set the price beside, and the measure has no row.
    wages = tuple(hourly.inputs())
    cost = Step(f"cost_{side}_nok", f"unit_cost_{side}", "least" if side == "low" else "greatest", cells, wages)
    if column.startswith("cost"):
        return cost
    return Step(column, "minutes_to_free", "minutes", (cost, hourly))
