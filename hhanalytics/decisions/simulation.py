"""How sure we are: what each programme and each municipality may cost and get, given how unsure every input is."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.draws import BLOCK, SEED, checked, mean_of, quantiles, uniforms, variance_of
from hhanalytics.decisions.models import OUTCOMES, Draw, Model, Models, models_of
from hhanalytics.decisions.spreads import Array
from hhanalytics.errors import BadInput, UnknownName

#: Ends of the intervals of 95 and 80 per cent, and the median, by the name of their column.
SHARES: Final = {"low_95": 0.025, "low_80": 0.1, "median": 0.5, "high_80": 0.9, "high_95": 0.975}
#: So many draws of shared inputs are kept, so that they are made once.
KEPT: Final = 8_000_000
#: Columns of `Simulation.programmes`, in order.
SUMMARY: Final = {
    "programme": pl.String, "year": pl.Int64, "outcome": pl.String, "mean": pl.Float64, "mean_error": pl.Float64,
    **dict.fromkeys(SHARES, pl.Float64), "bound": pl.String, "grade": pl.String, "reason": pl.String,
    "prior": pl.Float64, "probability": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Simulation:
    """What was drawn, and what comes out of it.

    Attributes:
        models: The models and inputs it was made from.
        draws: How many draws.
        seed: Same seed, same draws.
        programmes: One row per programme and outcome (``cost``, ``participants``, ``per_participant``, ``value``,
            ``net_gain``): ``mean`` with its standard error, the ends of the intervals that hold 95 and 80 per cent
            of the draws, ``median``; ``bound`` (``at_most`` where work was done that nobody counted, else
            ``range`` or ``exact``), ``grade``, ``reason`` (why it is missing); for the net gain ``prior``, the
            share of draws above zero, and ``probability``, the same where it may be shown: the steering group
            has confirmed every comparison and no work is uncounted.
    """

    models: Models
    draws: int
    seed: int
    programmes: pl.DataFrame
    dataset: Dataset = field(repr=False)

    def values(self, programme: str, outcome: str = "net_gain") -> Array:
        """All draws of one outcome of one programme.

        Raises:
            UnknownName: No such programme, or an outcome that is not known for it.
        """
        model = self._model(programme)
        if outcome not in model.known:
            raise UnknownName.of(f"outcome of {programme}", outcome, model.known)
        found = model.outcomes(self.input)[outcome]
        return np.full(self.draws, found) if isinstance(found, float | int) else found

    def input(self, name: str, /) -> Array:
        """All draws of one input."""
        if name not in self.models.inputs:
            raise UnknownName.of("input", name, self.models.inputs)
        return self.models.inputs[name].spread.draws(uniforms(self.seed, name, 0, self.draws))

    def _model(self, programme: str) -> Model:
        names = [model.programme for model in self.models.programmes]
        if programme not in names:
            raise UnknownName.of("programme", programme, names)
        return self.models.of(programme)

    @cached_property
    def municipalities(self) -> pl.DataFrame:
        """The same per municipality and programme: see `municipal_outcomes`."""
        from hhanalytics.decisions.municipal_outcomes import municipal_outcomes

        return municipal_outcomes(self)


def simulate(
    dataset: Dataset,
    draws: int = 100_000,
    seed: int = SEED,
    *,
    year: int | None = None,
    chunk: int = 2 * BLOCK,
    threads: int | None = None,
) -> Simulation:
    """What each programme may cost and give, given how unsure every input is.

    Each input is drawn once for everything that uses it: one price for all that is compared with a
    service, one cost of a full position for all positions in a pool.

    Args:
        dataset: The Dataset, printed or corrected.
        draws: How many draws.
        seed: Same seed, same result, whatever ``chunk`` and ``threads``.
        year: A year with accounts; None: the latest.
        chunk: How many draws are worked on at a time.
        threads: How many threads; None: one per processor.

    Returns:
        A `Simulation`: ``programmes`` and ``municipalities`` as frames.

    Raises:
        BadInput: Fewer than one draw, chunk or thread.
        UnknownName: No accounts for the year.

    Source:
        Spreads as stated in ``docs/method.md``; draws by the inverse of each distribution.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.simulate(hh.load("data/raw"), draws=20_000).programmes
        >>> low, high = found.filter(programme="kef", outcome="per_participant").select("low_80", "high_80").row(0)
        >>> 845 < low < 853 < 905 < high < 913
        True
    """
    checked(draws, seed)
    if chunk < 1 or (threads is not None and threads < 1):
        found = f"chunk {chunk}, threads {threads}"
        raise BadInput.of("bad_chunk", "simulate", found, "at least one of each", "Leave them out.")
    models = models_of(dataset, year)
    return Simulation(models, draws, seed, summary(models, draws, seed, chunk, threads), dataset)


def summary(models: Models, draws: int, seed: int, chunk: int = 2 * BLOCK, threads: int | None = None) -> pl.DataFrame:
    """The rows of `Simulation.programmes`, from models."""
    uses = Counter(name for model in models.programmes for name in model.names)
    shared = [name for name, times in uses.items() if times > 1 and not models.inputs[name].spread.known]
    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:

        def made(name: str) -> Array:
            return models.inputs[name].spread.draws(uniforms(seed, name, 0, draws))

        few = shared[: KEPT // draws]
        kept = dict(zip(few, pool.map(made, few), strict=True))

        def one(model: Model) -> list[dict[str, Any]]:
            return _rows(model, models, _drawn(model, models, draws, seed, chunk, kept))

        rows = [row for found in pool.map(one, models.programmes) for row in found]
    return pl.DataFrame(rows, SUMMARY)


def _drawn(
    model: Model, models: Models, draws: int, seed: int, chunk: int, kept: dict[str, Array]
) -> dict[str, Array | float]:
    """All draws of what a model gives; one number where nothing in it is uncertain."""
    out: dict[str, Array | float] = {}
    for start in range(0, draws, chunk):
        stop = min(start + chunk, draws)
        part = model.outcomes(_part(models, seed, start, stop, kept))
        for name, values in part.items():
            if isinstance(values, float | int):
                out[name] = values
                continue
            whole = out.setdefault(name, np.empty(draws))
            whole[start:stop] = values  # type: ignore[index]
    return out


def _part(models: Models, seed: int, start: int, stop: int, kept: dict[str, Array]) -> Draw:
    made: dict[str, Array | float] = {}

    def draw(name: str, /) -> Array | float:
        if name in kept:
            return kept[name][start:stop]
        if name not in made:
            spread = models.inputs[name].spread
            made[name] = spread.mean if spread.known else spread.draws(uniforms(seed, name, start, stop))
        return made[name]

    return draw


def _rows(model: Model, models: Models, drawn: dict[str, Array | float]) -> list[dict[str, Any]]:
    reasons = {
        "cost": model.cost_reason,
        "participants": model.count_reason,
        "per_participant": model.cost_reason or model.count_reason,
        "value": model.value_reason,
        "net_gain": model.value_reason or model.cost_reason,
    }
    rows = []
    for outcome in OUTCOMES:
        row: dict[str, Any] = {"programme": model.programme, "year": models.year, "outcome": outcome}
        row |= {"grade": "missing", "reason": reasons[outcome] or None}
        if outcome in drawn:
            values = drawn[outcome]
            row |= described(values) | {"grade": model.grade(outcome, models.inputs)}
            limit = model.ceiling and outcome == "per_participant"
            row["bound"] = "at_most" if limit else "exact" if row["low_95"] == row["high_95"] else "range"
            if outcome == "net_gain":
                row["prior"] = _share_above_zero(values)
                row["probability"] = row["prior"] if model.confirmed and not model.ceiling else None
        rows.append(row)
    return rows


def _share_above_zero(values: Array | float) -> float:
    return float(values > 0) if isinstance(values, float | int) else int(np.count_nonzero(values > 0)) / len(values)


def described(values: Array | float) -> dict[str, float]:
    """Mean with its standard error, and the quantiles of `SHARES`."""
    if isinstance(values, float | int):
        return {"mean": float(values), "mean_error": 0.0, **dict.fromkeys(SHARES, float(values))}
    mean = mean_of(values)
    error = (variance_of(values, mean) / len(values)) ** 0.5
    return {"mean": mean, "mean_error": error, **dict(zip(SHARES, quantiles(values, SHARES.values()), strict=True))}


def precise_means(models: Models, seed: int = SEED, *, points: int = 4096, repeats: int = 16) -> pl.DataFrame:
    """Means by a Sobol sequence, which fills the space of inputs evenly, with their errors.

    Args:
        models: As `models_of` gives them.
        seed: Same seed, same result.
        points: Points of each sequence, a power of two.
        repeats: How many independently scrambled sequences; their scatter gives the error.

    Returns:
        ``programme``, ``outcome``, ``mean``, ``mean_error`` (standard error), for what is known.

    Raises:
        BadInput: Points that are no power of two, or fewer than two repeats.

    Source:
        Owen, scrambled nets (1995); ``scipy.stats.qmc.Sobol``.

    Example:
        >>> import hhanalytics as hh
        >>> found = precise_means(models_of(hh.load("data/raw"), 2025), points=256)
        >>> round(found.filter(programme="kef", outcome="cost")["mean"].item())
        535172
    """
    from scipy.stats import qmc

    if points < 1 or points & (points - 1) or repeats < 2:
        found = f"{points} points, {repeats} repeats"
        raise BadInput.of("bad_draws", "precise_means", found, "a power of two, and two or more", "Change them.")
    checked(points, seed)
    names = [name for name, each in models.inputs.items() if not each.spread.known]
    means: dict[tuple[str, str], list[float]] = {}
    for child in np.random.SeedSequence(seed).spawn(repeats):
        cube = qmc.Sobol(max(len(names), 1), rng=np.random.default_rng(child)).random(points)
        drawn = {name: models.inputs[name].spread.draws(cube[:, i]) for i, name in enumerate(names)}
        for model in models.programmes:
            outcomes = model.outcomes(lambda name, drawn=drawn: drawn.get(name, models.inputs[name].spread.mean))
            for name, values in outcomes.items():
                means.setdefault((model.programme, name), []).append(float(np.mean(values)))
    rows = [(*key, float(np.mean(found)), float(np.std(found, ddof=1) / repeats**0.5)) for key, found in means.items()]
    return pl.DataFrame(rows, ["programme", "outcome", "mean", "mean_error"], orient="row")
