"""What is not known, what it would settle, and how many kroner wait for it."""

from __future__ import annotations

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.incomplete import incomplete
from hhanalytics.decisions.programmes import Programme, programmes_of
from hhanalytics.evidence import Citation, Figure
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.costs import UNALLOCATED


def gaps(dataset: Dataset, year: int, programmes: list[Programme] | None = None) -> list[Finding]:
    """The figures that are missing, those that most kroner wait for first.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.
        programmes: As `programmes_of` gives them, where they are at hand.

    Returns:
        Findings, each with ``settles`` (what the missing figure would settle), mostly ``stake`` (kr that
        cannot be judged without it) and what it concerns in ``lists``:

        * ``gap_positions``: positions whose size is not stated;
        * ``gap_split``: participants counted, but not by municipality;
        * ``gap_price``: no price of the external service that a programme is compared with;
        * ``gap_equivalence``: it is not known how many units of a priced service an activity replaces;
        * ``gap_counts``: done and comparable with something bought outside, but not counted;
        * ``gap_participants``: the cost is known, participants are not counted;
        * ``gap_targets``: goals without indicator and target;
        * ``gap_welfare_tech``: welfare technology not counted by municipality;
        * and what a year that is not over lacks, as `incomplete` finds it.

    Example:
        >>> import hhanalytics as hh
        >>> [f.kind for f in gaps(hh.load("data/raw"), 2025)][:2]
        ['gap_participants', 'gap_positions']
    """
    programmes = programmes_of(dataset, year) if programmes is None else programmes
    found = [
        *_positions(programmes, dataset),
        *_participants(programmes),
        *_split(programmes, dataset, year),
        *_external(programmes, dataset, year),
        *_targets(dataset, year),
        *_welfare_tech(dataset, year),
        *incomplete(dataset, year),
    ]
    return sorted(found, key=lambda f: -(f.figures["stake"].value or 0) if "stake" in f.figures else 1)


def _stake(programmes: list[Programme]) -> Figure:
    """What programmes cost together, at most."""
    cites: tuple[Citation, ...] = tuple(dict.fromkeys(c for p in programmes for c in p.cost.high.citations))
    ranged = any(p.cost.low.value != p.cost.high.value for p in programmes)
    known = [int(p.cost.high.value) for p in programmes if p.cost.high.value is not None]
    # Where no cost is known, what waits is not known either; it is not nothing.
    total = sum(known) if known else None
    return kroner(total, cites, "derived", bound="at_most" if ranged else "exact", formula="sum")


def _gap(kind: str, settles: str, programmes: list[Programme], **figures: Figure) -> Finding:
    ids = tuple(p.programme for p in programmes)
    cites = tuple(dict.fromkeys(c for figure in figures.values() for c in figure.citations))
    number = Figure(len(ids), "programmes", "documented", citations=cites)
    return Finding(
        kind,
        kind,
        {"programmes_number": number, **figures},
        "clarify",
        lists={"programmes": ("programmes", ids)},
        settles=settles,
    )


def _positions(programmes: list[Programme], dataset: Dataset) -> list[Finding]:
    unsaid = [p for p in programmes if p.reason == "position_not_stated"]
    rest = next((p for p in programmes if p.programme == UNALLOCATED and p.cost.known), None)
    if not unsaid:
        return []
    rows = dataset.positions.filter(
        pl.col("programme").is_in([p.programme for p in unsaid]) & pl.col("position_percent").is_null()
    )
    cited = Figure(rows.height, "positions", grade_of(rows), citations=cite("positions", rows))
    stake = {"stake": rest.cost.high} if rest else {}
    return [_gap("gap_positions", "cost_of_programmes", unsaid, positions=cited, **stake)]


def _participants(programmes: list[Programme]) -> list[Finding]:
    uncounted = [p for p in programmes if p.cost.known and p.participants is None and p.programme != UNALLOCATED]
    return [_gap("gap_participants", "cost_per_participant", uncounted, stake=_stake(uncounted))] if uncounted else []


def _split(programmes: list[Programme], dataset: Dataset, year: int) -> list[Finding]:
    split = dataset.activities.filter(
        (pl.col("unit") == "participants")
        & pl.col("municipality").is_not_null()
        & pl.col("quantity").is_not_null()
        & (pl.col("period_end").dt.year() == year)
    )["programme"].to_list()
    whole = [p for p in programmes if p.participants is not None and p.programme not in split]
    if not whole:
        return []
    counted = tuple(c for p in whole if p.participants for c in p.participants.citations)
    priced = [p for p in whole if p.cost.known]
    stake = _stake(priced)
    return [
        _gap(
            "gap_split",
            "benefit_by_municipality",
            whole,
            stake=kroner(stake.value, (*counted, *stake.citations), "derived", bound=stake.bound, formula="sum"),
        )
    ]


def _external(programmes: list[Programme], dataset: Dataset, year: int) -> list[Finding]:
    """What keeps the external-equivalent value from being known, by reason."""
    kinds = {
        "no_price": ("gap_price", "external_value"),
        "no_equivalence": ("gap_equivalence", "external_value"),
        "not_counted": ("gap_counts", "avoided_cost"),
    }
    lines = compute(dataset, "gain_lines", year=year).filter(pl.col("counted") & pl.col("reason").is_not_null())
    found = []
    for (reason,), rows in lines.group_by(["reason"], maintain_order=True):
        if reason not in kinds:
            continue
        kind, settles = kinds[str(reason)]
        those = [p for p in programmes if p.programme in rows["programme"].to_list()]
        services = tuple(rows["service"].unique().sort())
        pairs = dataset.equivalents.filter(pl.col("service").is_in(services))
        rests = Figure(len(services), "services", grade_of(pairs), citations=cite("equivalents", pairs))
        gap = _gap(kind, settles, those, services_number=rests, stake=_stake(those))
        found.append(Finding(**{**vars(gap), "lists": {**gap.lists, "services": ("service", services)}}))
    return found


def _targets(dataset: Dataset, year: int) -> list[Finding]:
    goals = dataset.goals.filter(year=year)
    without = goals.filter(pl.col("indicator").is_null() | pl.col("target").is_null())
    if not without.height:
        return []
    figures = {
        "without": Figure(without.height, "goals", grade_of(without), citations=cite("goals", without)),
        "goals": Figure(goals.height, "goals", grade_of(goals), citations=cite("goals", goals)),
    }
    kind = "gap_targets_all" if without.height == goals.height else "gap_targets"
    return [Finding(kind, kind, figures, "clarify", settles="goals")]


def _welfare_tech(dataset: Dataset, year: int) -> list[Finding]:
    rows = dataset.welfare_tech.filter(pl.col("month").dt.year() == year)
    whole = rows.filter(pl.col("municipality").is_null())
    if not whole.height:
        return []
    figures = {
        "technologies": Figure(
            whole["technology"].n_unique(), "technologies", grade_of(whole), citations=cite("welfare_tech", whole)
        )
    }
    return [Finding("gap_welfare_tech", "gap_welfare_tech", figures, "clarify", settles="use_of_technology")]
