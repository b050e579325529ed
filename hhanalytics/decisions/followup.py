"""From recommendation to result: rows the steering group can adopt, and last year's rows against this year's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.recommendations import Assessment
from hhanalytics.measures.catalogue import compute
from hhanalytics.methods import constant
from hhanalytics.tables import TABLES

Status = Literal["met", "not_met", "not_measured", "not_due"]
#: Indicators that are met where something is known.
WHETHER = ("cost_known", "participants_counted", "participants_split", "price_known", "equivalent_confirmed")
#: Indicators of which less is better.
LESS = ("cost", "cost_per_participant")
#: What a recommendation to measure first asks for, by the condition it rests on.
ASKS = {
    "form_incomplete": "goals_measurable",
    "cost_unknown": "cost_known",
    "not_counted": "participants_counted",
    "work_uncounted": "participants_counted",
    "value_unknown": "price_known",
    "not_confirmed": "equivalent_confirmed",
    "worth_getting": "price_known",
}
#: What shows that another recommendation was followed.
SHOWS = {
    "continue": "cost_per_participant",
    "strengthen": "participants",
    "end_or_reduce": "cost",
    "other_ways": "cost",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one row that was adopted.

    Attributes:
        row: The row of the table ``followups``.
        value: The indicator's value in this year; None: not known.
        status: Whether it came out as intended; ``not_measured`` where this year's figures cannot say, ``not_due``
            where the deadline lies after the year.
    """

    row: dict[str, Any]
    value: float | None
    status: Status


def proposals(dataset: Dataset, year: int, found: Iterable[Assessment]) -> pl.DataFrame:
    """Each recommendation for a programme as a row that the steering group can adopt.

    Args:
        dataset: The Dataset.
        year: The year of the brief.
        found: As `assessments` gives them.

    Returns:
        ``followup``, ``programme``, ``year``, ``recommendation``, ``indicator``, ``baseline``, ``target``, ``owner`` (a
        role), ``deadline`` (when next year's budget is proposed). Words for the measure are for the reader's language.

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.decisions.recommendations import assessments
        >>> data = hh.load("data/raw")
        >>> rows = proposals(data, 2025, assessments(data, 2025))
        >>> rows.filter(programme="ledelse").select("indicator", "owner", "deadline").row(0)
        ('cost_known', 'manager', datetime.date(2026, 9, 1))
    """
    rows = []
    for each in found:
        if each.table != "programmes":
            continue
        asked = next((ASKS[name] for name in each.because if name in ASKS), "participants_counted")
        indicator = asked if each.recommendation == "measure_first" else SHOWS[each.recommendation]
        baseline = INDICATORS[indicator](dataset, year, each.subject)
        rows.append(
            {
                "followup": f"{each.subject}_{year}",
                "programme": each.subject,
                "year": year,
                "recommendation": each.recommendation,
                "indicator": indicator,
                "baseline": baseline,
                "target": 1.0 if indicator in WHETHER else baseline,
                "owner": "steering_group" if indicator == "equivalent_confirmed" else "manager",
                "deadline": date(year + 1, int(constant("budget_deadline_month")), 1),
            }
        )
    names = ("followup", "programme", "year", "recommendation", "indicator", "baseline", "target", "owner", "deadline")
    columns = TABLES["followups"].columns()
    return pl.DataFrame(rows, {name: columns[name].dtype for name in names})


def followed_up(dataset: Dataset, year: int) -> list[Outcome]:
    """Last year's rows against this year's figures.

    Args:
        dataset: The Dataset, with this year's figures.
        year: This year; rows of the year before are scored.
    """
    rows = dataset.followups.filter((pl.col("year") == year - 1) & pl.col("adopted_on").is_not_null())
    return [_scored(dataset, year, row) for row in rows.iter_rows(named=True)]


def _scored(dataset: Dataset, year: int, row: dict[str, Any]) -> Outcome:
    indicator, programme = row["indicator"], row["programme"]
    value = INDICATORS[indicator](dataset, year, programme)
    status = _status(indicator, value, row["target"], row["baseline"])
    if status == "not_met" and indicator in LESS and _may_be_less(dataset, year, programme, indicator, row):
        status = "not_measured"
    if status != "met" and row["deadline"] is not None and row["deadline"] > date(year, 12, 31):
        status = "not_due"
    return Outcome(row, value, status)


def _status(indicator: str, value: float | None, target: float | None, baseline: float | None) -> Status:
    if indicator in WHETHER:
        return "met" if value == 1.0 else "not_met"
    aim = target if target is not None else baseline
    if value is None or aim is None:
        return "not_measured"
    reached = value <= aim if indicator in LESS else value >= aim
    return "met" if reached else "not_met"


def _may_be_less(dataset: Dataset, year: int, programme: str, indicator: str, row: dict[str, Any]) -> bool:
    """Whether the figure is only a ceiling, or a range whose lowest end reaches the aim."""
    aim = row["target"] if row["target"] is not None else row["baseline"]
    if indicator == "cost_per_participant":
        found = _row(compute(dataset, "cost_per_participant", year=year), programme)
        return found["bound"] == "at_most" or (found["low_nok"] is not None and found["low_nok"] <= aim)
    low = _row(compute(dataset, "programme_costs", year=year), programme)["cost_low_nok"]
    return low is not None and low <= aim


# Indicators: their value for a programme in a year, or None where not known


def _row(frame: pl.DataFrame, programme: str) -> dict[str, Any]:
    found = frame.filter(programme=programme)
    return found.row(0, named=True) if found.height else dict.fromkeys(frame.columns)


def _cost(dataset: Dataset, year: int, programme: str) -> float | None:
    cost = _row(compute(dataset, "programme_costs", year=year), programme)["cost_high_nok"]
    return None if cost is None else float(cost)


def _per_participant(dataset: Dataset, year: int, programme: str) -> float | None:
    cost = _row(compute(dataset, "cost_per_participant", year=year), programme)["high_nok"]
    return None if cost is None else float(cost)


def _participants(dataset: Dataset, year: int, programme: str) -> float | None:
    rows = _people(dataset, year, programme).filter(pl.col("part_of").is_null())
    return float(rows["quantity"].sum()) if rows.height else None


def _people(dataset: Dataset, year: int, programme: str) -> pl.DataFrame:
    return dataset.activities.filter(
        (pl.col("programme") == programme)
        & (pl.col("unit") == "participants")
        & (pl.col("period_end").dt.year() == year)
        & pl.col("quantity").is_not_null()
    )


def _counted(dataset: Dataset, year: int, programme: str) -> float:
    """Whether participants are counted, and no work is left uncounted beside them."""
    other = dataset.programmes.filter(programme=programme)["other_work"].drop_nulls().len()
    return float(_people(dataset, year, programme).height > 0 and not other)


def _split(dataset: Dataset, year: int, programme: str) -> float:
    rows = _people(dataset, year, programme)
    return float(rows.height > 0 and rows["municipality"].null_count() == 0)


def _price(dataset: Dataset, year: int, programme: str) -> float:
    """Whether the external value can be worked out: everything counted, compared and priced."""
    return float(_row(compute(dataset, "gain", year=year), programme)["value_nok"] is not None)


def _confirmed(dataset: Dataset, year: int, programme: str) -> float:
    """Whether every comparison was confirmed by the end of the year."""
    pairs = dataset.equivalents.filter(programme=programme)
    by_then = pairs.filter(pl.col("confirmed_on") <= date(year, 12, 31))
    return float(pairs.height > 0 and by_then.height == pairs.height)


def _reached(dataset: Dataset, year: int, programme: str) -> float | None:
    goals = dataset.goals.filter(programme=programme, year=year)
    return float(goals.filter(status="achieved").height) if goals.height else None


def _measurable(dataset: Dataset, year: int, programme: str) -> float | None:
    goals = dataset.goals.filter(programme=programme, year=year)
    known = goals.filter(pl.col("indicator").is_not_null() & pl.col("target").is_not_null())
    return float(known.height) if goals.height else None


INDICATORS: dict[str, Callable[[Dataset, int, str], float | None]] = {
    "cost_known": lambda dataset, year, programme: float(_cost(dataset, year, programme) is not None),
    "participants_counted": _counted,
    "participants_split": _split,
    "price_known": _price,
    "equivalent_confirmed": _confirmed,
    "cost_per_participant": _per_participant,
    "participants": _participants,
    "cost": _cost,
    "goals_reached": _reached,
    "goals_measurable": _measurable,
}
