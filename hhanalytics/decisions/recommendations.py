"""What the steering group is asked to consider for each programme: a recommendation by a written rule, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.collecting import worth_getting
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.flips import flip_points
from hhanalytics.decisions.models import Model, Models
from hhanalytics.decisions.programmes import Programme, Span, programmes_of
from hhanalytics.decisions.simulation import Simulation, simulate
from hhanalytics.evidence import Citation, Figure, Grade, weakest
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.methods import constant, recommendation_rules

#: Every condition that a line of the rule may name.
CONDITIONS = (
    "form_incomplete", "weighed_less", "all_counted", "statutory", "cost_unknown", "not_counted", "work_uncounted",
    "value_unknown", "not_confirmed", "unlikely", "likely", "goals_reached", "wanted", "worth_getting", "expected_gain",
)  # fmt: skip
RECOMMENDATIONS = ("continue", "strengthen", "measure_first", "end_or_reduce", "other_ways")
#: Conditions that say that something is missing: a recommendation that rests on one is as weak as can be.
MISSING = ("form_incomplete", "cost_unknown", "not_counted", "work_uncounted", "value_unknown")
NOTHING = Figure(None, "nok", "missing")


@dataclass(frozen=True)
class Assessment:
    """What is proposed for one programme, or for one activity that was weighed on its own.

    Attributes:
        subject: Its id.
        table: ``programmes``, ``activities`` or ``mandates``: where the id stands.
        recommendation: One of `RECOMMENDATIONS`: a proposal, for the steering group to decide on.
        because: The conditions of the line of the rule that counted.
        statutory: Whether it serves a duty that the law gives.
        strength: The weakest grade that matters.
        cost: What it costs, kr.
        per_participant: Kr per participant as it is known: a range, or a limit.
        likely: Between what the cost per participant lies in eight of ten draws; without value where not known.
        probability: Chance in per cent that it pays; None where it may not be shown.
        participants: The count of participants, where there is one.
        flip: What would change the answer, as a finding.
        citations: What the recommendation rests on.
    """

    subject: str
    table: str
    recommendation: str
    because: tuple[str, ...]
    statutory: bool
    strength: Grade
    cost: Span
    per_participant: Span
    likely: Span
    probability: Figure | None
    participants: Figure | None
    flip: Finding
    citations: tuple[Citation, ...] = ()


def recommended(holds: Mapping[str, bool]) -> tuple[str, tuple[str, ...]]:
    """The recommendation of the first line of the rule of which every condition holds, and that line's conditions.

    Source:
        The rule in ``methods.toml``.

    Example:
        >>> recommended({"unlikely": True, "statutory": True})
        ('other_ways', ('unlikely', 'statutory'))
    """
    for rule in recommendation_rules():
        if all(holds.get(condition, False) for condition in rule.when):
            return rule.then, rule.when
    raise ValueError("the rule for recommendations has no last line that always holds")


def assessments(
    dataset: Dataset,
    year: int,
    simulation: Simulation | None = None,
    programmes: Iterable[Programme] | None = None,
) -> list[Assessment]:
    """What is proposed for each programme, and for each activity that was weighed on its own.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.
        simulation: As `simulate` gives it, where it is at hand.
        programmes: As `programmes_of` gives them, where they are at hand.

    Returns:
        Programmes in the order of ``programmes``, then activities.

    Example:
        >>> import hhanalytics as hh
        >>> found = {a.subject: a for a in assessments(hh.load("data/raw"), 2025)}
        >>> found["mft"].recommendation, found["mft"].because, found["mft"].probability
        ('measure_first', ('work_uncounted',), None)
        >>> found["faglig_koordinator_webinars"].recommendation
        'end_or_reduce'
    """
    simulation = simulate(dataset, year=year) if simulation is None else simulation
    known = {each.programme: each for each in (programmes_of(dataset, year) if programmes is None else programmes)}
    flips = flip_points(simulation.models)
    found = [
        _programme(dataset, simulation, simulation.models.of(id), each, flips.filter(programme=id))
        for id, each in known.items()
        if id != UNALLOCATED
    ]
    return [*found, *_activities(dataset, year)]


def _programme(
    dataset: Dataset, simulation: Simulation, model: Model, known: Programme, flips: pl.DataFrame
) -> Assessment:
    holds = conditions(dataset, simulation, model)
    recommendation, because = recommended(holds)
    sources = tuple(
        dict.fromkeys((*known.cost.high.citations, *_cited(dataset, simulation.models.year, model, because)))
    )
    return Assessment(
        model.programme,
        "programmes",
        recommendation,
        because,
        holds["statutory"],
        _strength(dataset, simulation, model, because),
        known.cost,
        known.per_participant,
        likely(simulation, model, known.per_participant.high),
        probability(simulation, model),
        known.participants,
        flip(model, simulation.models, known, flips),
        sources,
    )


def conditions(dataset: Dataset, simulation: Simulation, model: Model) -> dict[str, bool]:
    """Which conditions of the rule hold for a programme.

    Args:
        dataset: The Dataset.
        simulation: As `simulate` gives it.
        model: The programme's model, one of the simulation's.
    """
    year, id = simulation.models.year, model.programme
    prior = simulation.programmes.filter(programme=id, outcome="net_gain").row(0, named=True)
    paying = prior["prior"]
    weighed = _weighed(dataset, id)
    scores = dataset.benefit_scores.filter(programme=id, year=year)["score"]
    mean = prior["mean"]
    return {
        "form_incomplete": False,
        "weighed_less": "less" in weighed["result"].to_list(),
        "all_counted": not model.ceiling,
        "work_uncounted": model.ceiling,
        "statutory": _statutory(dataset, id),
        "cost_unknown": bool(model.cost_reason),
        "not_counted": bool(model.count_reason and model.value_reason),
        "value_unknown": bool(model.value_reason),
        "not_confirmed": not model.confirmed,
        "unlikely": paying is not None and paying <= constant("unlikely"),
        "likely": paying is not None and paying >= constant("likely"),
        "goals_reached": (attained(dataset, id, year) or 0.0) >= constant("goals_reached_share"),
        "wanted": bool(scores.len()) and float(scores.to_numpy().mean()) > 0,
        "worth_getting": "net_gain" in model.known and bool(worth_getting(dataset, simulation, id)),
        "expected_gain": mean is not None and mean > 0,
    }


def attained(dataset: Dataset, programme: str, year: int) -> float | None:
    """The share of a programme's goals that were reached, one reached in part counting half; None without goals.

    Example:
        >>> import hhanalytics as hh
        >>> attained(hh.load("data/raw"), "kef", 2025)  # three reached, one in part
        0.875
    """
    statuses = dataset.goals.filter(programme=programme, year=year)["status"].to_list()
    points = {"achieved": 1.0, "partly": 0.5}
    return sum(points.get(status, 0.0) for status in statuses) / len(statuses) if statuses else None


def _weighed(dataset: Dataset, programme: str) -> pl.DataFrame:
    """The evaluations of a programme as a whole."""
    return dataset.evaluations.filter((pl.col("programme") == programme) & pl.col("activity").is_null())


def _statutory(dataset: Dataset, programme: str) -> bool:
    return dataset.programmes.filter(programme=programme)["statutory_basis"].null_count() == 0


def _cited(dataset: Dataset, year: int, model: Model, because: tuple[str, ...]) -> tuple[Citation, ...]:
    """The rows that a recommendation rests on beside the cost."""
    programme = dataset.programmes.filter(programme=model.programme)
    rows: list[Citation] = []
    if {"statutory", "work_uncounted"} & {*because}:
        rows += cite("programmes", programme)
    if "weighed_less" in because:
        rows += cite("evaluations", _weighed(dataset, model.programme))
    if "goals_reached" in because:
        rows += cite("goals", dataset.goals.filter(programme=model.programme, year=year))
    if "wanted" in because:
        rows += cite("benefit_scores", dataset.benefit_scores.filter(programme=model.programme, year=year))
    if "cost_unknown" in because:
        rows += cite("positions", dataset.positions.filter(programme=model.programme)) or cite("programmes", programme)
    return tuple(rows)


def _strength(dataset: Dataset, simulation: Simulation, model: Model, because: tuple[str, ...]) -> Grade:
    if {*because} & {*MISSING}:
        return "missing"
    if "not_confirmed" in because:
        return "assumed"
    if "weighed_less" in because:
        return grade_of(_weighed(dataset, model.programme))
    grades = [model.grade("net_gain", simulation.models.inputs)]
    if "goals_reached" in because:
        grades.append(grade_of(dataset.goals.filter(programme=model.programme, year=simulation.models.year)))
    return weakest(grades)


def likely(simulation: Simulation, model: Model, high: Figure) -> Span:
    """Between what the cost per participant lies in eight of ten draws."""
    row = simulation.programmes.filter(programme=model.programme, outcome="per_participant").row(0, named=True)
    if row["low_80"] is None or row["low_80"] == row["high_80"]:
        return Span(NOTHING, NOTHING)
    inputs = [simulation.models.inputs[name] for name in model.uses("per_participant")]
    cites = tuple(dict.fromkeys((*high.citations, *(c for each in inputs for c in each.citations))))
    persons = min((int(each.spread.low) for each in inputs if each.kind == "count"), default=None)
    low, top = (
        replace(kroner(row[side], cites, row["grade"], formula="eight_of_ten"), persons=persons)
        for side in ("low_80", "high_80")
    )
    return Span(low, top)


def probability(simulation: Simulation, model: Model) -> Figure | None:
    """The chance in per cent that it pays; None where it may not be shown."""
    row = simulation.programmes.filter(programme=model.programme, outcome="net_gain").row(0, named=True)
    if row["probability"] is None:
        return None
    cites = (c for name in model.uses("net_gain") for c in simulation.models.inputs[name].citations)
    return Figure(
        100 * row["probability"], "chance", row["grade"], citations=tuple(dict.fromkeys(cites)), formula="chance"
    )


def flip(model: Model, models: Models, known: Programme, flips: pl.DataFrame) -> Finding:
    """What would change the answer, as a finding.

    ``flip_<kind of input>`` with figures ``at`` and ``today`` where the net gain is known; else
    ``flip_break_even`` with ``price_low`` and ``price``; else what the answer hangs on: ``flip_participants``
    (with ``cost_low`` and ``cost``), or ``flip_cost_<reason>``.
    """
    names: dict[str, tuple[str, str]] = {}
    near = flips.filter(pl.col("flips_at") >= 0).with_columns(
        # An input without spread of its own is as far away as can be.
        far=pl.col("distance").abs().fill_null(float("inf"))
    )
    if near.height:
        row = near.sort("far", "kind").row(0, named=True)
        each = models.inputs[row["input"]]
        unit = "nok" if row["kind"] in ("price", "position") else "participants" if row["kind"] == "count" else "share"
        grade = weakest([model.grade("net_gain", models.inputs), "derived"])
        cites = tuple(dict.fromkeys((*each.citations, *known.cost.high.citations)))
        figures = {
            "at": Figure(row["flips_at"], unit, grade, citations=cites, formula="flip"),
            "today": Figure(
                row["today"],
                unit,
                each.grade,
                citations=each.citations,
                counts_persons=row["kind"] == "count",
                formula="likeliest",
            ),
        }
        if row["kind"] in ("price", "units"):
            names["service"] = ("service", each.topic)
        kind = f"flip_{row['kind']}_{row['pays']}"
        return Finding(kind, model.programme, figures, "decide", names)
    if known.break_even.known and known.break_even_unit == "participants":
        figures = {"price_low": known.break_even.low, "price": known.break_even.high}
        return Finding("flip_break_even", model.programme, figures, "decide", names)
    if known.per_participant.known:
        figures = {"price_low": known.per_participant.low, "price": known.per_participant.high}
        return Finding("flip_break_even", model.programme, figures, "decide", names)
    if not model.cost_reason:
        figures = {"cost_low": known.cost.low, "cost": known.cost.high}
        return Finding("flip_participants", model.programme, figures, "decide", names)
    kind = f"flip_cost_{model.cost_reason}"
    return Finding(kind, model.programme, {}, "decide", names)


# Activities that were weighed on their own


def _activities(dataset: Dataset, year: int) -> list[Assessment]:
    """Activities with an evaluation of their own: what was found counts, since nothing else of theirs is known."""
    rows = dataset.evaluations.filter(pl.col("activity").is_not_null() & (pl.col("weighed_on").dt.year() == year))
    return [activity(dataset, row["activity"]) for row in rows.iter_rows(named=True)]


def activity(dataset: Dataset, id: str) -> Assessment:
    """What is proposed for one activity, by the same rule.

    Its cost and value are not known apart from the programme's, so without an evaluation it is measured
    first. What was weighed is the activity itself: no other work of the position is judged with it.

    Args:
        dataset: The Dataset.
        id: The activity.
    """
    done = dataset.activities.filter(activity=id)
    own = dataset.evaluations.filter(activity=id).sort("weighed_on")
    result = own["result"].to_list()[-1:] or [""]
    holds = {
        "weighed_less": result == ["less"],
        "all_counted": own.height > 0,
        "statutory": _statutory(dataset, done["programme"][0]),
        "cost_unknown": True,
    }
    recommendation, because = recommended(holds)
    return Assessment(
        id,
        "activities",
        recommendation,
        because,
        holds["statutory"],
        "missing" if {*because} & {*MISSING} else grade_of(own),
        Span(NOTHING, NOTHING),
        Span(NOTHING, NOTHING),
        Span(NOTHING, NOTHING),
        None,
        None,
        Finding("flip_participants_and_hours", id, {}, "decide"),
        (*cite("evaluations", own), *cite("activities", done)),
    )
