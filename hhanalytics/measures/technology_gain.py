"""Gain per technology, in the three kinds that national guidance counts, and what a unit must free to pay off."""

from __future__ import annotations

from typing import Any, Final

import narwhals as nw

from hhanalytics.errors import BadInput
from hhanalytics.evidence import Grade, weakest
from hhanalytics.measures.frames import from_rows, lazy, rows
from hhanalytics.measures.unit_reports import COUNTS, latest_of, refuse, reports_of

GAINS: Final = ("freed_time", "avoided_cost", "better_quality")
EFFECTS: Final = ("technology", "effect", "unit", "scope", "low", "high", "grade")
GAIN_COLUMNS: Final[dict[str, Any]] = {
    "technology": nw.String,
    "year": nw.Int64,
    "effect": nw.String,
    "unit": nw.String,
    "scope": nw.String,
    "low": nw.Float64,
    "high": nw.Float64,
    "unit_months": nw.Int64,
    "total_low": nw.Float64,
    "total_high": nw.Float64,
    "grade": nw.String,
    "reason": nw.String,
}
BREAK_EVEN_COLUMNS: Final[dict[str, Any]] = {
    "technology": nw.String,
    "cost_low_nok": nw.Float64,
    "cost_high_nok": nw.Float64,
    "minutes_low": nw.Float64,
    "minutes_high": nw.Float64,
    "visits_low": nw.Float64,
    "visits_high": nw.Float64,
    "grade": nw.String,
    "reason": nw.String,
}


def technology_gain(welfare_tech: Any, technology_effects: Any) -> Any:
    """Time freed, cost avoided and better quality, per technology and year.

    What was measured here is multiplied by the units counted here. What was measured elsewhere, or for the
    whole country, is shown per unit, as what one might expect, and never becomes a local total.

    Args:
        welfare_tech: ``technology``, ``month``, ``municipality``, ``units``, ``grade``.
        technology_effects: ``technology``, ``effect``, ``unit``, ``scope``, ``low``, ``high``, ``grade``.

    Returns:
        One row per technology, year, kind of gain and scope: ``technology``, ``year``, ``effect``
        (``freed_time``, ``avoided_cost``, ``better_quality``), ``unit``, ``scope``, ``low`` and ``high``
        (per unit and month), ``unit_months`` (units summed over the year's months), ``total_low`` and
        ``total_high`` (local only), ``grade``, ``reason`` (``not_known``: nothing on file; ``not_local``;
        ``no_number``: told, but not in numbers).

    Raises:
        BadInput: Columns are missing, or a cell of ``welfare_tech`` cannot be used.

    Source:
        The three kinds are those of the national programme for welfare technology (Helsedirektoratet, KS).

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.compute(hh.load("data/raw"), "technology_gain", year=2025)
        >>> found["reason"].unique().to_list()
        ['not_known']
    """
    counted, effects = lazy(welfare_tech=(welfare_tech, COUNTS), technology_effects=(technology_effects, EFFECTS))
    reports = reports_of(counted, {})
    refuse(reports)
    used = (
        latest_of(reports)
        .with_columns((nw.col("month_number") // 12).alias("year"))
        .group_by("technology", "year")
        .agg(nw.col("units").sum().alias("unit_months"), nw.col("grade_rank").max())
        .sort("technology", "year")
    )
    known = rows(effects.sort("technology", "effect", "scope").to_native())
    out: dict[str, list[Any]] = {column: [] for column in GAIN_COLUMNS}
    for use in rows(used.to_native()):
        for effect in GAINS:
            found = [e for e in known if (e["technology"], e["effect"]) == (use["technology"], effect)]
            for row in (*found, *([] if found else [None])):
                for column, cell in _gain_row(use, effect, row).items():
                    out[column].append(cell)
    return from_rows(out, GAIN_COLUMNS, welfare_tech)


def _gain_row(use: dict[str, Any], effect: str, known: dict[str, Any] | None) -> dict[str, Any]:
    base = {"technology": use["technology"], "year": use["year"], "effect": effect, "unit_months": use["unit_months"]}
    nothing = dict.fromkeys(("unit", "scope", "low", "high", "total_low", "total_high"))
    if known is None:
        return {**base, **nothing, "grade": "missing", "reason": "not_known"}
    same = {name: known[name] for name in ("unit", "scope", "low", "high")}
    if known["low"] is None:
        return {**base, **nothing, **same, "grade": known["grade"], "reason": "no_number"}
    if known["scope"] != "local":
        return {**base, **nothing, **same, "grade": known["grade"], "reason": "not_local"}
    totals = {f"total_{end}": known[end] * use["unit_months"] for end in ("low", "high")}
    grade = weakest([known["grade"], "derived"])
    return {**base, **same, **totals, "grade": grade, "reason": None}


def technology_break_even(
    technology_effects: Any, hourly_nok: float, visit_minutes: tuple[float, float] | None = None
) -> Any:
    """How much work a unit must free in a month, or how many home visits it must replace, to pay for itself.

    Args:
        technology_effects: ``technology``, ``effect``, ``unit``, ``scope``, ``low``, ``high``, ``grade``; the
            rows ``unit_cost`` and ``home_visit`` are used, those of here (``local``) before those of elsewhere.
        hourly_nok: What an hour of work costs, kroner.
        visit_minutes: Shortest and longest home visit, travel included, where ``technology_effects`` has none
            of the technology; None: not known.

    Returns:
        One row per technology: ``technology``, ``cost_low_nok``, ``cost_high_nok`` (per unit and month),
        ``minutes_low``, ``minutes_high`` (of work to free per unit and month), ``visits_low``,
        ``visits_high`` (null where it is not known how long a visit takes), ``grade``, ``reason``
        (``visit_length``: visits cannot be given).

    Raises:
        BadInput: Columns are missing, or an hour or a visit is nothing or less.

    Source:
        Cost per unit / cost per hour × 60; cost of a visit = its minutes × cost per hour / 60.

    Example:
        >>> import polars as pl
        >>> cost = {"technology": ["alarm"], "effect": ["unit_cost"], "unit": ["nok"], "scope": ["local"],
        ...         "low": [300.0], "high": [300.0], "grade": ["documented"]}
        >>> found = technology_break_even(pl.DataFrame(cost), 400, visit_minutes=(15, 30))
        >>> found.select("minutes_low", "visits_low", "visits_high").row(0)
        (45.0, 1.5, 3.0)
    """
    if hourly_nok <= 0 or any(length <= 0 for length in visit_minutes or ()):
        told = f"{hourly_nok} kr, {visit_minutes} minutes"
        raise BadInput.of(
            "bad_price", "technology_break_even", told, "more than nothing", "Correct the price or length."
        )
    (effects,) = lazy(technology_effects=(technology_effects, EFFECTS))
    out: dict[str, list[Any]] = {column: [] for column in BREAK_EVEN_COLUMNS}
    known = rows(effects.sort("technology", "scope").to_native())
    for technology in dict.fromkeys(row["technology"] for row in known):
        cost = _nearest(known, technology, "unit_cost")
        if not cost:
            continue
        low, high = min(row["low"] for row in cost), max(row["high"] for row in cost)
        grades: list[Grade] = [row["grade"] for row in cost]
        minutes = (low * 60 / hourly_nok, high * 60 / hourly_nok)
        visits: tuple[float | None, float | None] = (None, None)
        stated = _nearest(known, technology, "home_visit")
        lengths = [row[end] for row in stated for end in ("low", "high")] or [*(visit_minutes or ())]
        if lengths:
            visits = (minutes[0] / max(lengths), minutes[1] / min(lengths))
            grades += [row["grade"] for row in stated]
        reason = None if lengths else "visit_length"
        cells = (technology, low, high, *minutes, *visits, weakest([*grades, "derived"]), reason)
        for column, cell in zip(BREAK_EVEN_COLUMNS, cells, strict=True):
            out[column].append(cell)
    return from_rows(out, BREAK_EVEN_COLUMNS, technology_effects)


def _nearest(known: list[dict[str, Any]], technology: str, effect: str) -> list[dict[str, Any]]:
    """The rows with a number: what is measured here goes before what is measured elsewhere."""
    found = [
        row for row in known if (row["technology"], row["effect"]) == (technology, effect) and row["low"] is not None
    ]
    return [row for row in found if row["scope"] == "local"] or found
