"""What municipalities are known to get is made of: their part of what was counted, of its value, and their own scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, inputs, unknown
from hhanalytics.decisions.derived_costs import YEAR, charges
from hhanalytics.decisions.derived_gain import activity_line, equivalent_pairs
from hhanalytics.decisions.derived_paid import paid_number
from hhanalytics.measures.benefit_rows import KINDS
from hhanalytics.measures.catalogue import compute

Row = Mapping[str, Any]

#: What of a count has no highest number.
OPEN = "open_above"


def benefit_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``benefit_by_municipality``."""
    if column.startswith(("paid", "cost_share")):
        return paid_number(dataset, row, column)
    if column == "score":
        scores = dataset.benefit_scores.filter(
            municipality=row["municipality"], programme=row["programme"], year=row["year"]
        )
        given = inputs("benefit_scores", scores, "score")
        return Step(column, "score", "same", given) if given else unknown(column, "no_score")
    if column.startswith(("activity", "benefit_share")):
        rows = [] if row["activity_unit"] is None else _done(dataset, row, unit=row["activity_unit"])
        part = Part(rows, row["municipality"])
        found = part.share(column) if column.startswith("benefit") else part.own(column.removeprefix("activity_"))
        return Step(column, found.formula, found.operation, found.parts, found.because, found.reason)
    return _gain(dataset, row, column)


def _done(dataset: Dataset, row: Row, **those: Any) -> list[Row]:
    """The activities of a programme in a year, such as those of one kind or unit."""
    rows = dataset.activities.filter((pl.col("programme") == row["programme"]) & (row["year"] == YEAR), **those)
    return list(rows.iter_rows(named=True))


def _cells(rows: Sequence[Row]) -> tuple[Input, ...]:
    return tuple(cell("activities", row, "quantity") for row in rows)


class Part:
    """A municipality's part of some counts, and that of the others.

    A count that names a municipality is its own; where it lies inside one of all, it is taken out of that.
    What is left of that may be anybody's: nothing to all of it.
    """

    def __init__(self, rows: list[Row], name: str) -> None:
        self.rows, self.name = rows, name
        self.roots = {row["activity"]: row for row in rows if row["part_of"] is None}
        self.inside: dict[str, list[Row]] = defaultdict(list)
        self.named: dict[bool, list[Row]] = {True: [], False: []}
        for row in rows:
            inside = row["part_of"]
            if (
                row["municipality"] is None
                or row["quantity"] is None
                or (inside is not None and inside not in self.roots)
            ):
                continue
            self.named[row["municipality"] == name].append(row)
            if inside is not None:
                self.inside[inside].append(row)

    def own(self, side: str, *, of: bool = True) -> Step:
        """The fewest or most of a municipality, or of all the others."""
        name = f"{'own' if of else 'others'}_{side}"
        if not self.rows:
            return unknown(name, "not_counted")
        known = _cells(self.named[of])
        if side == "low":
            return Step(name, "counted_low", "lowest", known)
        opened = [row for row in self.named[of] if row["qualifier"] == "at_least"]
        for row in self.roots.values():
            anybody = row["municipality"] is None
            if (row["quantity"] is None and (anybody or (row["municipality"] == self.name) == of)) or (
                anybody and row["qualifier"] == "at_least"
            ):
                opened.append(row)
        if opened:
            return unknown(name, OPEN, because=_cells(opened))
        free = [self._free(id, row) for id, row in self.roots.items() if row["municipality"] is None]
        return Step(name, "counted_high", "sum", (Step("named", "counted_named", "highest", known), *free))

    def _free(self, id: str, row: Row) -> Step:
        """What of a count of all is left for anybody."""
        whole = Step("whole", "counted_of_all", "highest", (cell("activities", row, "quantity"),))
        inside = self.inside[id]
        taken = (Step("inside", "counted_inside", "lowest", _cells(inside)),) if inside else ()
        return Step("free", "may_be_anybodys", "left", (whole, *taken))

    @property
    def unknown(self) -> bool:
        """Whether nothing is known at all: no count, or nothing that anybody may have got."""
        ends = [self.own(side, of=of) for side in ("low", "high") for of in (True, False)]
        return not self.rows or all(end.value == 0 for end in ends)

    def share(self, column: str) -> Step:
        """The lowest or highest part of all that was counted."""
        if self.unknown:
            return unknown(column, "not_counted", because=_cells(self.rows))
        if column.endswith("low"):
            own, others = self.own("low"), self.own("high", of=False)
            if others.value is None or not own.value:
                return Step(column, "may_be_nothing", "sum", (), _cells(self.rows))
            return Step(
                column, "part_of_counted", "quotient", (own, Step("all", "counted_of_all", "sum", (own, others)))
            )
        own, others = self.own("high"), self.own("low", of=False)
        if own.value is None:
            whole = Step("all", "counted_of_all", "sum", _cells([r for r in self.rows if r["quantity"] is not None]))
            return Step(column, "may_be_all", "number", (whole,), own.because)
        if not own.value + (others.value or 0):
            return Step(column, "may_be_nothing", "sum", (), _cells(self.rows))
        return Step(column, "part_of_counted", "quotient", (own, Step("all", "counted_of_all", "sum", (own, others))))


# Gains


def _gain(dataset: Dataset, row: Row, column: str) -> Step:
    """The value, the cost avoided or the hours freed that a municipality may have of a programme."""
    kind = next(kind for kind, columns in KINDS.items() if column in columns)
    side = "low" if column.endswith(("low", "low_nok")) else "high"
    whole = pl.DataFrame(_done(dataset, row), schema=dataset.activities.schema).filter(pl.col("part_of").is_null())
    pairs = equivalent_pairs(dataset, whole).filter(gain_kind=kind)
    parts: list[Step] = []
    for pair in pairs.iter_rows(named=True):
        counted = Part(_done(dataset, row, kind=pair["kind"], unit=pair["unit"]), row["municipality"])
        done = whole.filter(kind=pair["kind"], unit=pair["unit"]).to_dicts()
        if done:
            parts.append(_of_pair(dataset, done, pair, counted, kind, side))
    if not parts:
        return unknown(
            column,
            "no_equivalent",
            because=inputs("programmes", dataset.programmes.filter(programme=row["programme"]), "programme"),
        )
    lost = [part for part in parts if part.reason]
    if lost:
        return unknown(column, lost[0].reason, because=tuple(each for part in lost for each in part.because))
    return Step(column, f"part_of_{kind}", "sum", tuple(parts))


def _of_pair(dataset: Dataset, done: Sequence[Row], pair: Row, counted: Part, kind: str, side: str) -> Step:
    """A municipality's part of the gain of the activities that are compared with one service."""

    def line(row: Row, end: str) -> Step:
        return _hours(row, pair, end) if kind == "freed_time" else activity_line(dataset, row, pair, f"value_{end}_nok")

    for end in ("low", side):
        lost = next((found for found in (line(row, end) for row in done) if found.reason), None)
        if lost is not None:
            return unknown("part", lost.reason, because=lost.because)
    lines = tuple(line(row, side) for row in done)
    value = lines[0] if len(lines) == 1 else Step("value", "sum", "sum", lines)
    if side == "high":
        share = counted.share("benefit_share_high")
        if share.reason:
            return unknown("part", share.reason, because=share.because)
        return Step("part", "part_of_gain", "product", (value, share))
    own, quantity = counted.own("low"), Step("quantity", "count_low", "lowest", _cells(done))
    if not quantity.value:
        return Step("part", "may_be_nothing", "sum", (), _cells(done))
    return Step(
        "part", "part_of_gain", "product", (value, Step("share", "part_of_counted", "quotient", (own, quantity)))
    )


def _hours(done: Row, pair: Row, side: str) -> Step:
    """The hours an activity frees: as many as were counted, times those of each."""
    name = f"service_units_{side}"
    quantity = cell("activities", done, "quantity")
    each = cell("equivalents", pair, "service_units" if pair[name] is None else name)
    if quantity.value is None or pair["service_units"] is None:
        reason = "not_counted" if quantity.value is None else "no_equivalence"
        return unknown("hours", reason, because=(quantity, each))
    if side == "high" and done["qualifier"] == "at_least":
        return unknown("hours", OPEN, because=(quantity,))
    count = Step("quantity", f"count_{side}", "lowest" if side == "low" else "highest", (quantity,))
    return Step("hours", "hours_freed", "product", (count, each))


def gains_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``gains_by_municipality``: the same as in ``benefit_by_municipality``."""
    kind, side = row["gain_kind"], column
    name = "score" if kind == "better_quality" else KINDS[kind][0 if side == "low" else 1]
    return benefit_number(dataset, row, name)


def cash_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``cash_by_municipality``."""
    name, year = row["municipality"], row["year"]
    if column == "charged_nok":
        return charges(column, dataset.costs.filter((pl.col("municipality") == name) & (year == YEAR)))
    rows = compute(dataset, "benefit_by_municipality", year=year).filter(municipality=name)
    found = [benefit_number(dataset, each, "avoided_low_nok") for each in rows.iter_rows(named=True)]
    known = [place for place, step in enumerate(found) if step.value is not None]
    if not known:
        reasons = [step for step in found if step.reason]
        told = next((step for step in reasons if step.reason != "no_equivalent"), reasons[0] if reasons else None)
        return unknown(column, told.reason if told else "no_equivalent", because=told.because if told else ())
    if column == "avoided_low_nok":
        return Step(column, "avoided_by_municipality", "sum", tuple(found[place] for place in known))
    high = [benefit_number(dataset, rows.row(place, named=True), column) for place in known]
    lost = next((step for step in high if step.value is None), None)
    if lost is not None:
        return unknown(column, lost.missing, because=lost.because)
    return Step(column, "avoided_by_municipality", "sum", tuple(high))
