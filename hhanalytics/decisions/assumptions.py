"""What a number takes for granted: constants of method, readings of unclear text, hooks, proposed equivalents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import CONSTANTS, HEDGED, Input, Step
from hhanalytics.evidence import Grade
from hhanalytics.methods import constants

Kind = Literal["constant", "reading", "hook", "equivalent", "other_work"]

#: Qualifier → the constant that says how wide it is.
WIDTHS: Final = {"about": "about_width", "nearly": "nearly_width"}
#: Formula → the constants it rests on.
_SHIFT: Final = ("shift_chance", "shift_sure", "shift_months", "shift_fewest")
BY_FORMULA: Final = {
    "key": ("key_fit_nok",),
    "key_of_other_period": ("key_fit_nok",),
    **dict.fromkeys(("shift_step", "usual_step", "level", "months_of_level", "shift_chance"), _SHIFT),
}


@dataclass(frozen=True)
class Assumption:
    """One thing taken for granted.

    Attributes:
        kind: What sort of assumption.
        id: Its id: of the constant, the reading, the hook or the equivalent.
        said: What is assumed, as the data say it; for a constant, its source.
        alternative: What else it may be; empty where nothing is stated.
        value: The number of a constant.
        unit: What that number counts.
        grade: How well it is known.
        source: Id of its source; empty for a constant.
        locator: Where it stands there.
    """

    kind: Kind
    id: str
    said: str
    alternative: str
    value: float | None
    unit: str
    grade: Grade
    source: str
    locator: str


def assumptions_of(dataset: Dataset, step: Step) -> tuple[Assumption, ...]:
    """Everything that the rows and the rules of a step take for granted, each once."""
    inputs = list(step.inputs())
    found = [
        *_constants(step),
        *(each for row in inputs for each in _of_row(row)),
        *_readings(dataset, inputs),
    ]
    return tuple(dict.fromkeys(found))


def _constants(step: Step) -> Iterator[Assumption]:
    names: list[str] = []
    for each in step.steps():
        names += BY_FORMULA.get(each.formula, ())
        if each.operation in HEDGED:
            names += [WIDTHS[p.qualifier] for p in each.parts if isinstance(p, Input) and p.qualifier in WIDTHS]
        names += [str(p.row["constant"]) for p in each.parts if isinstance(p, Input) and p.table == CONSTANTS]
    for name in dict.fromkeys(names):
        held = constants()[name]
        grade: Any = held.grade
        yield Assumption("constant", name, held.source, "", held.value, held.unit, grade, "", "methods.toml")


def _of_row(row: Input) -> Iterator[Assumption]:
    """What one row is: a reading of a charge, a proposal not confirmed, work that no count covers."""
    held, place = row.row, (row.grade, str(row.row.get("source") or ""), str(row.row.get("locator") or ""))
    if row.table == "position_hooks" and row.column == "reading":
        yield Assumption("hook", str(held["hook"]), str(held.get("note") or row.said), "", None, "", *place)
    elif row.table == "equivalents" and held.get("confirmed_on") is None:
        name = "/".join(str(held[column]) for column in ("programme", "kind", "unit", "service"))
        yield Assumption("equivalent", name, str(held.get("note") or ""), "", None, "", *place)
    elif row.table == "programmes" and row.column == "other_work" and row.said:
        yield Assumption("other_work", str(held["programme"]), row.said, "", None, "", *place)


def _readings(dataset: Dataset, inputs: list[Input]) -> Iterator[Assumption]:
    """How unclear text was read, where it matters to one of the rows."""
    topics: dict[str, set[str]] = {}
    for each in inputs:
        topics.setdefault(each.table, set()).update(each.topics)
    for row in dataset.readings.filter(pl.col("concerns").is_in(list(topics))).iter_rows(named=True):
        if row["topic"] is None or row["topic"] in topics[row["concerns"]]:
            said, other = str(row["read_as_nb"]), str(row["alternative_nb"] or "")
            yield Assumption(
                "reading", row["reading"], said, other, None, "", row["grade"], row["source"], row["locator"]
            )
