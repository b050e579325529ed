"""Something new, before it starts: its mandate form assessed the same way as what exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.collecting import hourly_cost
from hhanalytics.decisions.draws import SEED
from hhanalytics.decisions.finding import cite, kroner
from hhanalytics.decisions.flips import flip_points
from hhanalytics.decisions.models import Input, Line, Model, Models, price_input
from hhanalytics.decisions.programmes import Programme, Span
from hhanalytics.decisions.recommendations import NOTHING, Assessment, flip, likely, probability, recommended
from hhanalytics.decisions.simulation import Simulation, summary
from hhanalytics.decisions.spreads import fixed, ranged
from hhanalytics.errors import UnknownName
from hhanalytics.evidence import Bound, Figure, weakest
from hhanalytics.methods import constant

#: What a mandate must say before it can be assessed.
REQUIRED = (
    "need", "ordered_by", "benefit", "cost_low_nok", "cost_high_nok", "participants_low", "participants_high",
    "local_hours_low", "local_hours_high", "indicator", "target", "may_stand_outside",
)  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A mandate and what can be said of it.

    Attributes:
        mandate: Its id.
        row: The form as filled in.
        lacks: Required fields that are empty.
        local_hours: Hours asked of the municipalities.
        local_cost: What those cost, kr.
        assessment: What is proposed, and what would change it.
    """

    mandate: str
    row: dict[str, Any]
    lacks: tuple[str, ...]
    local_hours: Span
    local_cost: Span
    assessment: Assessment


def assessed_mandate(dataset: Dataset, mandate: str, *, draws: int = 100_000, seed: int = SEED) -> Proposal:
    """A mandate form assessed by the same models and the same rule as programmes that exist.

    Args:
        dataset: The Dataset.
        mandate: Id of the mandate.
        draws: How many draws.
        seed: Same seed, same result.

    Returns:
        What can be said of it. Where required fields are empty, they are to be filled in first.

    Raises:
        UnknownName: No such mandate.
    """
    rows = dataset.mandates.filter(mandate=mandate)
    if not rows.height:
        raise UnknownName.of("mandate", mandate, dataset.mandates["mandate"])
    row = rows.row(0, named=True)
    models = _models(dataset, row, rows)
    (model,) = models.programmes
    simulation = Simulation(models, draws, seed, summary(models, draws, seed), dataset)
    known = _known(row, rows)
    lacks = tuple(name for name in REQUIRED if row[name] is None)
    prior = simulation.programmes.filter(outcome="net_gain").row(0, named=True)
    paying = prior["prior"]
    holds = {
        "form_incomplete": bool(lacks),
        "cost_unknown": bool(model.cost_reason),
        "not_counted": bool(model.count_reason),
        "value_unknown": bool(model.value_reason),
        "not_confirmed": not model.confirmed,
        "statutory": row["statutory_basis"] is not None,
        "unlikely": paying is not None and paying <= constant("unlikely"),
        "likely": paying is not None and paying >= constant("likely"),
        "expected_gain": paying is not None and prior["mean"] > 0,
    }
    recommendation, because = recommended(holds)
    missing = {"form_incomplete", "cost_unknown", "not_counted", "value_unknown"} & {*because}
    assessment = Assessment(
        mandate,
        "mandates",
        recommendation,
        because,
        holds["statutory"],
        "missing" if missing else "assumed",
        known.cost,
        known.per_participant,
        likely(simulation, model, known.per_participant.high),
        None if lacks else probability(simulation, model),
        known.participants,
        flip(model, models, known, flip_points(models)),
        cite("mandates", rows),
    )
    hours, cost = _local_time(dataset, row, rows)
    return Proposal(mandate, row, lacks, hours, cost, assessment)


def _models(dataset: Dataset, row: dict[str, Any], rows: pl.DataFrame) -> Models:
    """The form as a model: cost, participants and price, each with its range."""
    id, cites = row["mandate"], cite("mandates", rows)
    inputs: dict[str, Input] = {}
    grade = weakest([row["grade"], "assumed"])

    def add(name: str, kind: Any, topic: str, low: float, high: float) -> str:
        inputs[name] = Input(name, kind, topic, ranged(low, None, high), grade, cites)
        return name

    has_cost = row["cost_low_nok"] is not None and row["cost_high_nok"] is not None
    has_people = bool(row["participants_low"]) and row["participants_high"] is not None
    sizes = {add(f"cost:{id}", "cost", id, row["cost_low_nok"], row["cost_high_nok"]): 1.0} if has_cost else {}
    counts: tuple[tuple[str, str], ...] = ()
    if has_people:
        counts = ((add(f"count:{id}", "count", id, row["participants_low"], row["participants_high"]), ""),)
    lines: tuple[Line, ...] = ()
    reason = "no_equivalent" if row["service"] is None else "" if has_people else "not_counted"
    if not reason and not dataset.prices.filter(service=row["service"]).height:
        reason = "no_price"
    if not reason:
        inputs[f"units:{id}"] = Input(f"units:{id}", "units", row["service"], fixed(1.0), grade, cites)
        lines = (Line(f"count:{id}", f"units:{id}", price_input(dataset, row["service"], inputs)),)
    model = Model(
        id,
        positions=sizes,
        cost_reason="" if has_cost else "no_cost_on_file",
        counts=counts,
        count_reason="" if has_people else "no_participants",
        lines=lines,
        value_reason=reason,
        confirmed=row["confirmed_on"] is not None,
        cost_grade=grade if has_cost else "missing",
    )
    used = set(model.names)
    return Models(row["year"], (model,), {name: each for name, each in inputs.items() if name in used})


def _known(row: dict[str, Any], rows: pl.DataFrame) -> Programme:
    """What the form says, as figures."""
    cites, grade = cite("mandates", rows), weakest([row["grade"], "assumed"])
    low, high = row["cost_low_nok"], row["cost_high_nok"]
    cost = Span(kroner(low, cites, grade), kroner(high, cites, grade))
    few, many = row["participants_low"], row["participants_high"]
    known = bool(few) and many is not None and low is not None and high is not None
    per = (
        [kroner(value, cites, grade, formula="cost_per_participant") for value in (low / many, high / few)]
        if known
        else []
    )
    bound: Bound = "exact" if few == many else "at_least"
    people = (Figure(few, "participants", grade, bound, cites, counts_persons=True),) if few else ()
    nothing = Span(NOTHING, NOTHING)
    span = Span(*per) if per else nothing
    return Programme(row["mandate"], "", cost, "", people, span, False, span, "participants", nothing, "")


def _local_time(dataset: Dataset, row: dict[str, Any], rows: pl.DataFrame) -> tuple[Span, Span]:
    cites, grade = cite("mandates", rows), weakest([row["grade"], "assumed"])
    # In the latest year with accounts: what an hour costs in a year that has not been is not known.
    rate = hourly_cost(dataset, dataset.year(None))
    hours, costs = [], []
    for side, hourly in zip(("low", "high"), rate, strict=True):
        stated = row[f"local_hours_{side}"]
        hours.append(Figure(stated, "hours", grade if stated is not None else "missing", citations=cites))
        amount = stated * hourly.value if stated is not None and hourly.value is not None else None
        costs.append(kroner(amount, (*cites, *hourly.citations), weakest([grade, hourly.grade]), formula="work"))
    return Span(*hours), Span(*costs)
