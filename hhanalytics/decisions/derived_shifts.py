"""How a level shift was found: the steps of every series, the usual one, the levels and the chance of a false alarm."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step
from hhanalytics.decisions.derived_technology import Reports, number_of
from hhanalytics.measures.catalogue import compute

Row = Mapping[str, Any]


class Series:
    """The series that are searched: technology → numbered month → its units, where they are known."""

    def __init__(self, dataset: Dataset) -> None:
        reports = Reports(dataset, merged=True)
        self.units: dict[str, dict[int, Step]] = {}
        for technology in sorted(reports.latest):
            months = sorted(reports.latest[technology])
            each = {month: reports.units(technology, month, _called(technology, month)) for month in months}
            self.units[technology] = {month: step for month, step in each.items() if step.value is not None}
        #: Every month that any series has, known or not.
        self.months = sorted({month for months in reports.latest.values() for month in months})

    def step(self, technology: str, month: int) -> Step | None:
        """The change from the month before; None where one of the two is not known."""
        units = self.units[technology]
        if month not in units or month - 1 not in units:
            return None
        return Step(
            _called(f"step_of_{technology}", month), "shift_step", "difference", (units[month], units[month - 1])
        )

    def stepping(self, technology: str) -> list[int]:
        """The months of a series that have a step."""
        return [month for month in self.months if self.step(technology, month) is not None]

    def usual(self, technology: str) -> Step:
        """The usual step of a series."""
        steps = (self.step(technology, month) for month in self.months)
        return Step(f"usual_of_{technology}", "usual_step", "usual_step", tuple(s for s in steps if s is not None))

    def size(self, technology: str, month: int) -> Step | None:
        """A step in proportion to the usual one of its series."""
        step = self.step(technology, month)
        if step is None:
            return None
        return Step(f"size_of_{technology}", "shift_size", "in_proportion", (step, self.usual(technology)))

    def counted(self, technology: str, month: int) -> Input:
        """One report by which a month counts."""
        return next(self.units[technology][month].inputs())

    @property
    def rows(self) -> tuple[Input, ...]:
        """Every report that was searched."""
        found = [each for months in self.units.values() for step in months.values() for each in step.inputs()]
        return tuple(dict.fromkeys(found))


def shift_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``level_shifts``; every one names the rows of all series that were searched."""
    series, technology, month = Series(dataset), row["technology"], number_of(row["month"])
    found = _number(dataset, series, technology, month, row, column)
    return Step(column, found.formula, found.operation, found.parts, series.rows, found.reason)


def _number(dataset: Dataset, series: Series, technology: str, month: int, row: Row, column: str) -> Step:
    if column == "usual_step":
        return series.usual(technology)
    if column == "chance":
        return _chance(series, technology, month, row["kind"])
    if column == "step":
        # There is one, or the measure would not have found it.
        return series.step(technology, month) or Step(column, "shift_step", "difference", ())
    shifts = compute(dataset, "level_shifts").filter(technology=technology)["month"].to_list()
    edges = [-1, *(number_of(day) for day in shifts), 9999 * 12]
    spans = list(pairwise(edges))
    at = edges.index(month)
    first, end = spans[at - 1] if column.endswith("before") else spans[at]
    level = tuple(step for each, step in series.units[technology].items() if first <= each < end)
    if column.startswith("months"):
        return Step(column, "months_of_level", "number", level)
    return Step(column, "level", "median", level)


def _chance(series: Series, technology: str, month: int, kind: str) -> Step:
    """The share of noise without any shift in which something as large is found."""
    if kind == "single":
        names, counted = [technology], [series.counted(technology, each) for each in series.stepping(technology)]
    else:
        # For all at once the noise is as long as the months that any series has.
        names = list(series.units)
        counted = [
            next(series.counted(name, each) for name in names if each in series.units[name])
            for each in series.months[1:]
        ]
    steps = Step("steps", "steps_counted", "number", tuple(counted))
    sizes = [size for name in names if (size := series.size(name, month)) is not None]
    return Step("chance", "shift_chance", "share_of_noise", (steps, *sizes))


def _called(name: str, month: int) -> str:
    """A name for a number of a month, such as ``alarm_2025_06``."""
    return f"{name}_{month // 12}_{month % 12 + 1:02}"
