"""Which figure to get first: what it is worth, or how many kroner wait for it, set against the hours it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.information import evpi, evppi
from hhanalytics.decisions.models import Input
from hhanalytics.decisions.simulation import Simulation
from hhanalytics.evidence import Citation, Figure, weakest
from hhanalytics.measures.catalogue import compute
from hhanalytics.methods import constant

#: Which missing figure of the table ``collecting`` an uncertain input is like.
LIKE = {
    "price": "gap_price",
    "count": "gap_participants",
    "outside": "gap_participants",
    "units": "gap_equivalence",
    "position": "gap_positions",
    "cost": "gap_positions",
}


def hourly_cost(dataset: Dataset, year: int) -> tuple[Figure, Figure]:
    """What an hour of work costs, from that of a full position; without value where that is not known.

    Example:
        >>> import hhanalytics as hh
        >>> [round(figure.value) for figure in hourly_cost(hh.load("data/raw"), 2025)]
        [503, 547]
    """
    rows = compute(dataset, "full_position_costs", year=year).filter(pl.col("use") == "range")
    hooks = dataset.position_hooks.filter(use="range")
    charged = dataset.costs.filter(pl.col("pool").is_in(hooks["charged_pool"].unique().implode()))
    cites = (*cite("position_hooks", hooks), *cite("costs", charged))
    hours = constant("working_year_hours")
    ends = (rows["low_nok"].min(), rows["high_nok"].max())
    low, high = (
        kroner(None if end is None else float(end) / hours, cites, "assumed", formula="per_hour")  # type: ignore[arg-type]
        for end in ends
    )
    return low, high


def figures_to_get(
    dataset: Dataset, year: int, gaps: Iterable[Finding], simulation: Simulation | None = None
) -> list[Finding]:
    """What to get first, most kroner settled per hour of work first.

    Args:
        dataset: The Dataset.
        year: The year.
        gaps: What is missing, as `hhanalytics.decisions.gaps.gaps` gives it.
        simulation: Where some net gain is known: what is uncertain in it is set against its own worth.

    Returns:
        The gaps, each with figures ``hours_low`` and ``hours`` and, where an hour's cost is known, ``work_low`` and
        ``work`` (kr); then ``get_figure`` for each uncertain figure of a known net gain, with ``worth`` (kr, what
        knowing it is worth before choosing) in place of ``stake``. Where net gains are known and no figure is
        worth the work of getting it, ``nothing_to_get``.

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.decisions.gaps import gaps
        >>> data = hh.load("data/raw")
        >>> first, *_ = figures_to_get(data, 2025, gaps(data, 2025))
        >>> first.kind, first.figures["hours_low"].value, first.figures["hours"].value
        ('gap_positions', 3.0, 6.0)
    """
    rate = hourly_cost(dataset, year)
    found = [_with_hours(dataset, gap, _number(dataset, gap), rate) for gap in gaps]
    found += _worths(dataset, simulation, rate) if simulation else []
    return sorted(found, key=_order)


def _order(finding: Finding) -> tuple[float, float]:
    """Most kroner per hour first; what has no kroner after, the least work first."""
    stake = finding.figures.get("worth") or finding.figures.get("stake")
    hours = finding.figures["hours"].value if "hours" in finding.figures else None
    low = finding.figures["hours_low"].value if "hours_low" in finding.figures else None
    middle = (hours + low) / 2 if hours is not None and low is not None else float("inf")
    if stake is None or not stake.value:
        return 0.0, middle
    return -stake.value / max(middle, 0.1), middle


def _number(dataset: Dataset, gap: Finding) -> int:
    """How many of what its hours are for it concerns."""
    per = dataset.collecting.filter(gap=gap.kind)["per"].to_list()
    if not per or per == ["once"]:
        return 1
    for name in (per[0], f"{per[0]}_number"):
        if name in gap.figures:
            return int(gap.figures[name].value or 0)
    if per == ["goals"] and "without" in gap.figures:
        return int(gap.figures["without"].value or 0)
    return len(gap.lists[per[0]][1]) if per[0] in gap.lists else 1


def _with_hours(dataset: Dataset, finding: Finding, number: int, rate: tuple[Figure, Figure], gap: str = "") -> Finding:
    rows = dataset.collecting.filter(gap=gap or finding.kind)
    if not rows.height:
        return finding
    cites, grade = cite("collecting", rows), grade_of(rows)
    low, high = (float(rows[f"hours_{side}"][0]) * number for side in ("low", "high"))
    figures = {
        **finding.figures,
        "hours_low": Figure(low, "hours", grade, citations=cites, formula="work_hours"),
        "hours": Figure(high, "hours", grade, citations=cites, formula="work_hours"),
    }
    if rate[0].value is not None and rate[1].value is not None:
        for name, hours, hourly in (("work_low", low, rate[0]), ("work", high, rate[1])):
            both = (*cites, *hourly.citations)
            figures[name] = kroner(hours * (hourly.value or 0), both, weakest([grade, hourly.grade]), formula="work")
    return replace(finding, figures=figures)


def worths(simulation: Simulation, programme: str) -> dict[str, float]:
    """What it is worth to know each uncertain input before choosing to run a programme or not, kr.

    Args:
        simulation: As `simulate` gives it.
        programme: A programme with a known net gain.
    """
    gains = simulation.values(programme)
    choice = np.column_stack([gains, np.zeros_like(gains)])
    if evpi(choice) == 0:
        return {}
    names: Sequence[str] = simulation.models.of(programme).uses("net_gain")
    uncertain = [name for name in names if not simulation.models.inputs[name].spread.known]
    return {name: evppi(choice, simulation.input(name)) for name in uncertain}


def _worths(dataset: Dataset, simulation: Simulation, rate: tuple[Figure, Figure]) -> list[Finding]:
    found = []
    known = [model for model in simulation.models.programmes if "net_gain" in model.known]
    for model in known:
        for name, worth in worths(simulation, model.programme).items():
            each = simulation.models.inputs[name]
            if worth <= 0:
                continue
            cites = each.citations
            kind = f"get_{each.kind}"
            finding = Finding(
                kind,
                model.programme,
                {"worth": kroner(worth, cites, weakest([each.grade, "derived"]), formula="worth")},
                "clarify",
                _names(model.programme, each),
                settles="external_value",
            )
            finding = _with_hours(dataset, finding, 1, rate, LIKE[each.kind])
            # What costs more to get than it is worth is left alone.
            if "work_low" not in finding.figures or worth > (finding.figures["work_low"].value or 0):
                found.append(finding)
    if known and not found:
        number = Figure(len(known), "programmes", "derived", citations=_cites(simulation, [m.programme for m in known]))
        return [Finding("nothing_to_get", "collecting", {"programmes_number": number}, "inform")]
    return found


def _names(programme: str, each: Input) -> dict[str, tuple[str, str]]:
    names = {"programme": ("programmes", programme)}
    if each.kind in ("price", "units"):
        names["service"] = ("service", each.topic)
    if each.kind == "position":
        names["pool"] = ("pools", each.topic)
    return names


def _cites(simulation: Simulation, programmes: Iterable[str]) -> tuple[Citation, ...]:
    names = (name for id in programmes for name in simulation.models.of(id).uses("net_gain"))
    return tuple(dict.fromkeys(c for name in names for c in simulation.models.inputs[name].citations))


def worth_getting(dataset: Dataset, simulation: Simulation, programme: str) -> list[str]:
    """The inputs of a programme that are worth more than the work of getting them."""
    rate = hourly_cost(dataset, simulation.models.year)[1].value
    found = []
    for name, worth in worths(simulation, programme).items():
        rows = dataset.collecting.filter(gap=LIKE[simulation.models.inputs[name].kind])
        hours = float(rows["hours_high"][0]) if rows.height else 0.0
        if worth > hours * (rate or 0.0):
            found.append(name)
    return found
