"""Networks: mandate, order, evaluation, and what the municipalities' own time in them costs."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.collecting import hourly_cost
from hhanalytics.decisions.finding import cite, kroner
from hhanalytics.decisions.programmes import Span
from hhanalytics.evidence import Citation, Figure, weakest

#: What the steering group asks of every network.
ASKED = ("mandate", "ordered_by", "evaluation")


@dataclass(frozen=True)
class Network:
    """One network in one year.

    Attributes:
        network: Its id.
        programme: The programme that runs it; empty: none stated.
        lacks: What is asked of every network and not stated of this one, of `ASKED`.
        meetings: Meetings held.
        local_hours: Hours the municipalities used.
        local_cost: What those hours cost, kr.
        citations: The row it comes from.
    """

    network: str
    programme: str
    lacks: tuple[str, ...]
    meetings: Figure
    local_hours: Figure
    local_cost: Span
    citations: tuple[Citation, ...]


def networks_of(dataset: Dataset, year: int) -> list[Network]:
    """The networks of a year, those that take most local time first, those whose time is not known after.

    Args:
        dataset: The Dataset.
        year: The year.

    Returns:
        The networks. An hour costs what a full position costs, over the hours of one; the time is missing where it is
        not stated, never nothing.

    Source:
        HOF, follow-up of 20 March 2026, line 57: mandate and order for each network, regular evaluation, and that they
        take no unnecessary time.

    Example:
        >>> import hhanalytics as hh
        >>> found = {n.network: n for n in networks_of(hh.load("data/raw"), 2025)}
        >>> found["folkehelsegruppen"].lacks, found["folkehelsegruppen"].local_cost.high.value
        (('mandate', 'ordered_by', 'evaluation'), None)
    """
    rate = hourly_cost(dataset, year)
    found = []
    for row in dataset.networks.filter(year=year).iter_rows(named=True):
        own = dataset.networks.filter((pl.col("network") == row["network"]) & (pl.col("year") == year))
        cites = cite("networks", own)
        hours = _stated(row["local_hours"], "hours", row["grade"], cites)
        ends = []
        for hourly in rate:
            known = hours.value is not None and hourly.value is not None
            amount = (hours.value or 0) * (hourly.value or 0) if known else None
            ends.append(
                kroner(amount, (*cites, *hourly.citations), weakest([hours.grade, hourly.grade]), formula="work")
            )
        found.append(
            Network(
                row["network"],
                row["programme"] or "",
                tuple(name for name in ASKED if row[name] is None),
                _stated(row["meetings"], "meetings", row["grade"], cites),
                hours,
                Span(*ends),
                cites,
            )
        )
    return sorted(found, key=lambda network: (network.local_hours.value is None, -(network.local_hours.value or 0)))


def _stated(value: int | None, unit: str, grade: str, cites: tuple[Citation, ...]) -> Figure:
    return Figure(value, unit, grade if value is not None else "missing", citations=cites)  # type: ignore[arg-type]
