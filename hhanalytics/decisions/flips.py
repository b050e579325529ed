"""What would change the answer: for each uncertain input the value at which a programme just pays, and what moves it most."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from hhanalytics.decisions.models import Model, Models, today
from hhanalytics.errors import UnknownName

#: What a tornado shows where there is no net gain.
FALLBACK = ("net_gain", "per_participant", "cost")
FLIPS = {
    "programme": pl.String, "input": pl.String, "kind": pl.String, "today": pl.Float64, "flips_at": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "distance": pl.Float64, "within": pl.Boolean, "pays": pl.String,
}  # fmt: skip
SWINGS = {
    "programme": pl.String, "outcome": pl.String, "input": pl.String, "kind": pl.String,
    "at_low": pl.Float64, "at_high": pl.Float64, "swing": pl.Float64,
}  # fmt: skip


def flip_points(models: Models) -> pl.DataFrame:
    """For each uncertain input, alone, the value at which the net gain is zero; all others as they are today.

    The net gain rises or falls in a straight line with each input alone, so the value is exact.

    Args:
        models: As `models_of` gives them.

    Returns:
        One row per programme with a known net gain and input it hangs on: ``today``, ``flips_at`` (null where
        the input moves nothing, or would have to be below zero), ``low`` and ``high`` of its spread, ``distance`` (from today to the flip, in
        widths of the spread; null where it has no width), ``within`` (whether the flip lies in the spread),
        ``pays`` (``above`` or ``below`` the flip).

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.decisions.models import models_of
        >>> found = flip_points(models_of(hh.load("tests/cases/elvedal/data"), 2026))
        >>> found.filter(programme="rehab", kind="price")["flips_at"].item()  # 200 000 / 100
        2000.0
    """
    rows = []
    for model in models.programmes:
        if "net_gain" not in model.known:
            continue
        for name in model.uses("net_gain"):
            each = models.inputs[name]
            now = each.spread.mode
            flip, slope = _root(model, models, name)
            width = each.spread.high - each.spread.low
            rows.append(
                {
                    "programme": model.programme,
                    "input": name,
                    "kind": each.kind,
                    "today": now,
                    "flips_at": flip,
                    "low": each.spread.low,
                    "high": each.spread.high,
                    "distance": (flip - now) / width if flip is not None and width else None,
                    "within": flip is not None and each.spread.low <= flip <= each.spread.high,
                    "pays": None if not slope else "above" if slope > 0 else "below",
                }
            )
    return pl.DataFrame(rows, FLIPS)


def _root(model: Model, models: Models, name: str) -> tuple[float | None, float]:
    """Where the net gain is zero along one input, and how steeply it rises."""
    at = [float(model.outcomes(today(models.inputs, {name: value}))["net_gain"]) for value in (0.0, 1.0)]
    slope = at[1] - at[0]
    # No price, count or size lies below zero: there the answer is the same whatever the input is.
    return (None if slope == 0 or -at[0] / slope < 0 else -at[0] / slope), slope


def tornado(models: Models, programme: str) -> pl.DataFrame:
    """How far each input alone moves the result, from its lowest tenth to its highest, the widest first.

    Args:
        models: As `models_of` gives them.
        programme: The programme.

    Returns:
        ``outcome`` (the net gain, or where it is not known the cost per participant, or the cost), ``input``,
        ``at_low`` and ``at_high`` (the result with the input at the value that one, and nine, in ten draws lie
        below), ``swing``. Inputs that are known move nothing and are left out.

    Raises:
        UnknownName: No such programme.
    """
    names = [model.programme for model in models.programmes]
    if programme not in names:
        raise UnknownName.of("programme", programme, names)
    model = models.of(programme)
    outcome = next((name for name in FALLBACK if name in model.known), "")
    rows = []
    for name in model.uses(outcome):
        each = models.inputs[name]
        if each.spread.known:
            continue
        ends = [each.spread.quantile(share) for share in (0.1, 0.9)]
        if each.spread.shape == "choice":
            # Of two readings both ends are shown, however likely.
            ends = [each.spread.low, each.spread.high]
        low, high = (float(model.outcomes(today(models.inputs, {name: end}))[outcome]) for end in ends)
        rows.append((programme, outcome, name, each.kind, low, high, abs(high - low)))
    return pl.DataFrame(rows, SWINGS, orient="row").sort("swing", "input", descending=[True, False])


def two_way(models: Models, programme: str, participants: Iterable[float]) -> pl.DataFrame:
    """What an external price must exceed, for numbers of participants.

    Args:
        models: As `models_of` gives them.
        programme: The programme.
        participants: The numbers.

    Returns:
        ``participants``, ``break_even_low_nok``, ``break_even_high_nok``: cost / participants at the lowest and the
        highest cost; nothing where the cost is not known.
    """
    model = models.of(programme)
    if model.cost_reason:
        return pl.DataFrame(
            schema={"participants": pl.Float64, "break_even_low_nok": pl.Float64, "break_even_high_nok": pl.Float64}
        )
    ends = [
        float(model.outcomes(lambda name, side=side: getattr(models.inputs[name].spread, side))["cost"])
        for side in ("low", "high")
    ]
    numbers = [float(number) for number in participants]
    return pl.DataFrame(
        {
            "participants": numbers,
            "break_even_low_nok": [ends[0] / number if number > 0 else None for number in numbers],
            "break_even_high_nok": [ends[1] / number if number > 0 else None for number in numbers],
        },
        schema_overrides={"break_even_low_nok": pl.Float64, "break_even_high_nok": pl.Float64},
    )
