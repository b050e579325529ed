"""What comes first: programmes on several criteria at once, ranked over all ways of weighing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.draws import uniforms
from hhanalytics.decisions.ranking import RankAcceptability, rank_acceptability
from hhanalytics.decisions.recommendations import attained
from hhanalytics.decisions.simulation import Simulation
from hhanalytics.decisions.spreads import Array
from hhanalytics.decisions.weights import Preference
from hhanalytics.evidence import GRADES
from hhanalytics.methods import constant

#: Criteria, each from 0 to 1 with more being better, after the Norwegian principles for priorities: what it gives
#: (nytte: gain, reach, goals, judgement, coping), against what it takes (ressurs: gain), for whom (alvorlighet:
#: severity), and besides them the duty in law and how well all this is known.
CRITERIA = ("gain", "pays", "reach", "goals", "statutory", "judgement", "severity", "coping", "evidence")


@dataclass(frozen=True, eq=False)
class Priorities:
    """Programmes ranked over all ways of weighing the criteria.

    Attributes:
        programmes: Their ids, in the order of the ranking's rows.
        criteria: All criteria, in the order of the ranking's columns.
        unknown: Criteria of which nothing is known for any programme: they may put any of them first.
        scores: Programmes × criteria at their means; nan where not known.
        ranking: As `rank_acceptability` gives it.
    """

    programmes: tuple[str, ...]
    criteria: tuple[str, ...]
    unknown: tuple[str, ...]
    scores: Array
    ranking: RankAcceptability

    def first(self, ranks: int) -> list[tuple[str, float]]:
        """Programmes with the share of weights that put them among the first so many, the most often first."""
        shares = self.ranking.up_to(ranks)
        return sorted(zip(self.programmes, map(float, shares), strict=True), key=lambda pair: (-pair[1], pair[0]))


def priorities(
    dataset: Dataset,
    simulation: Simulation,
    *,
    programmes: Sequence[str] | None = None,
    preference: Preference = None,
    samples: int = 20_000,
) -> Priorities:
    """Programmes ranked on every criterion.

    What is not known of a programme may be anything from 0 to 1: neither zero nor average. That holds also for
    a criterion of which nothing is known at all; leaving it out would say that all are equal in it.

    Args:
        dataset: The Dataset.
        simulation: As `simulate` gives it.
        programmes: Which programmes; None: those whose cost is known.
        preference: As `rank_acceptability` takes it, by the numbers of `CRITERIA`.
        samples: How many sets of weights.

    Returns:
        The ranking. Never a single score: how often each programme has each rank.

    Source:
        Meld. St. 21 (2024-2025) and 38 (2020-2021): nytte, ressurs, alvorlighet; mestring counts as benefit.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> found = priorities(data, hh.simulate(data, draws=10_000), samples=2_000)
        >>> found.unknown
        ('gain', 'pays', 'statutory', 'judgement', 'severity', 'coping')
    """
    year = simulation.models.year
    ids = tuple(programmes) if programmes is not None else tuple(
        model.programme for model in simulation.models.programmes if not model.cost_reason
    )  # fmt: skip
    size = min(simulation.draws, samples)
    table = np.full((size, len(ids), len(CRITERIA)), np.nan)
    for row, id in enumerate(ids):
        for column, values in _scores(dataset, simulation, id, year, size).items():
            table[:, row, CRITERIA.index(column)] = values
    ranges = [(0.0, 1.0)] * len(CRITERIA)
    ranking = rank_acceptability(table, preference, simulation.seed, names=ids, ranges=ranges, samples=samples)
    unknown = tuple(name for number, name in enumerate(CRITERIA) if np.isnan(table[:, :, number]).all())
    return Priorities(ids, CRITERIA, unknown, table.mean(axis=0), ranking)


def _scores(dataset: Dataset, simulation: Simulation, id: str, year: int, size: int) -> dict[str, Array | float]:
    """The criteria of a programme that are known, each from 0 to 1."""
    model = simulation.models.of(id)
    found: dict[str, Array | float] = {}
    if "net_gain" in model.known and model.confirmed and not model.ceiling:
        gains, cost = simulation.values(id)[:size], simulation.values(id, "cost")[:size]
        # Value per krone, from nothing (0) over as much as it costs (one half) to all (1).
        value = np.maximum(gains + cost, 0)
        found["gain"] = value / np.maximum(value + cost, 1e-9)
        found["pays"] = float((gains > 0).mean())
    if "participants" in model.known:
        found["reach"] = np.minimum(simulation.values(id, "participants")[:size] / constant("reach_full"), 1.0)
    reached = attained(dataset, id, year)
    if reached is not None:
        found["goals"] = reached
    if dataset.programmes.filter(programme=id)["statutory_basis"].null_count() == 0:
        found["statutory"] = 1.0
    scores = dataset.benefit_scores.filter(programme=id, year=year)["score"]
    if scores.len():
        found["judgement"] = float((scores.to_numpy().mean() + 4) / 8)
    for row in dataset.priority_scores.filter(programme=id, year=year).iter_rows(named=True):
        drawn = uniforms(simulation.seed, f"score:{id}.{row['criterion']}", 0, size)
        found[row["criterion"]] = row["score_low"] + drawn * (row["score_high"] - row["score_low"])
    outcome = "net_gain" if "net_gain" in model.known else "per_participant"
    grade = model.grade(outcome, simulation.models.inputs)
    found["evidence"] = 1 - GRADES.index(grade) / (len(GRADES) - 1)
    return found
