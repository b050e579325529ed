"""What is known of each programme in a year: every figure with its bound, grade and sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner, parts
from hhanalytics.evidence import Bound, Citation, Figure, Grade, Qualifier
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.measures.gain_lines import PRICED
from hhanalytics.tables import PERSON_UNITS

#: What a hedge in the source makes of a count.
BOUNDS: dict[Qualifier, Bound] = {"exact": "exact", "at_least": "at_least", "about": "about", "nearly": "nearly"}


class Span(NamedTuple):
    """The lowest and the highest a figure may be; both without value where it is not known."""

    low: Figure
    high: Figure

    @property
    def known(self) -> bool:
        """Whether there is a highest value at all."""
        return self.high.value is not None


@dataclass(frozen=True)
class Programme:
    """One programme in one year.

    Attributes:
        programme: Its id.
        basis: How its cost is known: ``pool``, ``position``, ``pool_and_position``, ``remainder``; empty where not.
        cost: What the municipalities pay, kr.
        reason: Why the cost is missing; empty where it is known.
        activity: What was counted, participants first.
        per_participant: Kr per participant.
        open_count: Whether the count of participants is open above ("over 440").
        break_even: The external price at which net gain is zero, kr per unit of ``break_even_unit``.
        break_even_unit: The unit that an external service is priced by.
        value: External-equivalent value, kr.
        value_reason: Why the value is missing; empty where it is known.
    """

    programme: str
    basis: str
    cost: Span
    reason: str
    activity: tuple[Figure, ...]
    per_participant: Span
    open_count: bool
    break_even: Span
    break_even_unit: str
    value: Span
    value_reason: str

    @property
    def participants(self) -> Figure | None:
        """The count of participants, if there is one."""
        return next((figure for figure in self.activity if figure.unit == "participants"), None)


def programmes_of(dataset: Dataset, year: int) -> list[Programme]:
    """What is known of every programme that has not ended, dearest first, what is missing last.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.

    Example:
        >>> import hhanalytics as hh
        >>> found = {p.programme: p for p in programmes_of(hh.load("data/raw"), 2025)}
        >>> found["kef"].cost.low.value, round(found["kef"].per_participant.high.value)
        (512647, 916)
    """
    costs = compute(dataset, "programme_costs", year=year)
    gains = {row["programme"]: row for row in compute(dataset, "gain", year=year).iter_rows(named=True)}
    quotients = {"participants": _by_programme(compute(dataset, "cost_per_participant", year=year))}
    found, gone = [], ended(dataset, year)
    for row in costs.iter_rows(named=True):
        id = row["programme"]
        if id in gone:
            continue
        counts = counts_of(dataset, year, id)
        unit = _priced_unit(dataset, id, counts)
        if unit not in quotients:
            quotients[unit] = _by_programme(compute(dataset, "cost_per_participant", year=year, by=unit))
        cites = _cost_citations(dataset, year, id)
        gain = gains.get(id, {})
        found.append(
            Programme(
                programme=id,
                basis=row["basis"] or "",
                cost=_span(row["cost_low_nok"], row["cost_high_nok"], row["grade"], cites, "cost"),
                reason=row["reason"] or "",
                activity=tuple(figure for figure in counts),
                per_participant=_quotient(quotients["participants"].get(id), counts, cites, "cost_per_participant"),
                open_count=any(f.unit == "participants" and f.bound == "at_least" for f in counts),
                break_even=_quotient(quotients[unit].get(id), counts, cites, "break_even"),
                break_even_unit=unit,
                value=_span(gain.get("value_low_nok"), gain.get("value_high_nok"), "assumed", cites, "value"),
                value_reason=gain.get("reason") or "",
            )
        )
    return sorted(found, key=lambda p: (p.programme == UNALLOCATED, -(p.cost.high.value or 0), p.programme))


def ended(dataset: Dataset, year: int) -> frozenset[str]:
    """Programmes that had ended before a year: their pools had, or else their positions, and nothing was counted.

    A programme that never had a pool or a position of its own is not said to have ended, nor is one whose last
    position stood vacant: a vacancy ends when somebody is found.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> ended(data, 2025), ended(data, 2026)
        (frozenset(), frozenset())
    """
    first = date(year, 1, 1)
    goes_on = pl.col("valid_to").is_null() | (pl.col("valid_to") >= first)
    own = dataset.pools.drop_nulls("programme")
    gone = set(own["programme"]) - set(own.filter(goes_on)["programme"])
    vacant_last = pl.col("vacant") & (pl.col("valid_to") == pl.col("valid_to").max().over("programme"))
    staffed = dataset.positions.filter(~pl.col("programme").is_in(own["programme"].implode()))
    gone |= set(staffed["programme"]) - set(staffed.filter(goes_on | vacant_last)["programme"])
    counted = dataset.activities.filter(pl.col("period_end") >= first)["programme"]
    return frozenset(gone) - set(counted)


def _by_programme(frame: pl.DataFrame) -> dict[str, dict[str, object]]:
    return {row["programme"]: row for row in frame.iter_rows(named=True)}


def _span(
    low: int | float | None, high: int | float | None, grade: Grade, cites: tuple[Citation, ...], formula: str
) -> Span:
    return Span(kroner(low, cites, grade, formula=formula), kroner(high, cites, grade, formula=formula))


def _quotient(
    row: dict[str, object] | None, counts: Iterable[Figure], cites: tuple[Citation, ...], formula: str
) -> Span:
    """A cost per unit: an upper bound given as a range where the cost itself is one."""
    if row is None or row["high_nok"] is None:
        return Span(kroner(None, (), "missing"), kroner(None, (), "missing"))
    bound: Bound = "at_most" if row["bound"] == "at_most" else "exact"
    low = row["high_at_low_cost_nok"] if bound == "at_most" else row["low_nok"]
    counted = [figure for figure in counts if figure.unit == row["unit"]]
    cites = (*cites, *(c for figure in counted for c in figure.citations))
    # Who knows the cost can divide it by this and have the count.
    persons = row["count"] if any(figure.counts_persons for figure in counted) else None
    rows = tuple(part for figure in counted for part in figure.parts)

    def per_unit(value: object) -> Figure:
        made = kroner(value, cites, row["grade"], bound=bound, formula=formula)  # type: ignore[arg-type]
        return replace(made, persons=persons, parts=rows)  # type: ignore[arg-type]

    return Span(per_unit(low), per_unit(row["high_nok"]))


def counts_of(dataset: Dataset, year: int, programme: str) -> list[Figure]:
    """What was counted in a programme: participants first, then in the order of the source.

    Counts that may lie inside another are left out, and so are those of something that was done once:
    they say no more than that it was done.
    """
    rows = dataset.activities.filter(
        (pl.col("programme") == programme)
        & (pl.col("period_end").dt.year() == year)
        & pl.col("quantity").is_not_null()
        & (pl.col("quantity") != 1)
        & pl.col("part_of").is_null()
    )
    found = []
    for (unit, qualifier), group in rows.group_by(["unit", "qualifier"], maintain_order=True):
        found.append(
            Figure(
                int(group["quantity"].sum()),
                str(unit),
                grade_of(group),
                BOUNDS[qualifier],
                cite("activities", group),
                counts_persons=unit in PERSON_UNITS,
                parts=parts("activities", group) if unit in PERSON_UNITS else (),
                formula="sum" if group.height > 1 else "",
            )
        )
    return sorted(found, key=lambda figure: figure.unit != "participants")


def _priced_unit(dataset: Dataset, programme: str, counts: Iterable[Figure]) -> str:
    """The unit by which a comparable external service is priced, if it was counted; else participants."""
    counted = {figure.unit for figure in counts}
    units = dataset.equivalents.filter((pl.col("programme") == programme) & pl.col("gain_kind").is_in(PRICED))[
        "unit"
    ].to_list()
    return next((unit for unit in units if unit in counted), "participants")


def _cost_citations(dataset: Dataset, year: int, programme: str) -> tuple[Citation, ...]:
    """The rows a programme's cost was made from."""
    in_year = dataset.costs.filter(pl.col("period_end").dt.year() == year)
    shared = dataset.shared_pools()
    if programme == UNALLOCATED:
        return cite("costs", in_year.filter(pl.col("pool").is_in(shared)))
    pools = dataset.pools.filter(pl.col("programme") == programme)["pool"].unique()
    direct = in_year.filter(pl.col("pool").is_in(pools.implode()))
    positions = dataset.positions.filter(
        (pl.col("programme") == programme) & pl.col("pool").is_in(shared) & ~pl.col("vacant")
    )
    cites = cite("costs", direct)
    if positions.height and positions["position_percent"].null_count() == 0:
        cites = (*cites, *cite("positions", positions), *_hook_citations(dataset, in_year, positions["pool"]))
    return tuple(dict.fromkeys(cites))


def _hook_citations(dataset: Dataset, costs: pl.DataFrame, pools: pl.Series) -> tuple[Citation, ...]:
    """The charges from which the cost of a full position in some pools was derived."""
    hooks = dataset.position_hooks.filter(pl.col("pool").is_in(pools.implode()) & (pl.col("use") == "range"))
    return cite("costs", costs.filter(pl.col("pool").is_in(hooks["charged_pool"].unique().implode())))


def programme_findings(dataset: Dataset, year: int, programmes: list[Programme] | None = None) -> list[Finding]:
    """What is known about what each programme costs and gives, as findings.

    Args:
        dataset: The Dataset.
        year: A year with accounts.
        programmes: As `programmes_of` gives them, where they are at hand.

    Returns:
        For every programme whose cost per participant is known, dearest first, ``per_participant_open`` (the
        count is open above), ``per_participant_at_most`` (the position also does work nobody has counted)
        or ``per_participant``, with figures ``per_low``, ``per``, ``cost_low``, ``cost`` and ``participants``; ``unallocated``: what of the shared pools belongs to no programme, with
        figures ``low``, ``high``, ``pool`` and ``share`` (per cent, at most).

    Example:
        >>> import hhanalytics as hh
        >>> [f.subject for f in programme_findings(hh.load("data/raw"), 2025)]
        ['mft', 'kef', 'unallocated']
    """
    found = []
    for each in programmes_of(dataset, year) if programmes is None else programmes:
        if each.programme == UNALLOCATED:
            found += _unallocated(dataset, year, each)
        elif each.per_participant.known and each.participants is not None:
            found.append(
                Finding(
                    _kind(each),
                    each.programme,
                    {
                        "per_low": each.per_participant.low,
                        "per": each.per_participant.high,
                        "participants": each.participants,
                        "cost_low": each.cost.low,
                        "cost": each.cost.high,
                    },
                    "decide",
                    {"programme": ("programmes", each.programme)},
                    settles="participants_and_price",
                )
            )
    return found


def _kind(each: Programme) -> str:
    """Whether the cost per participant is only a limit, and why."""
    if each.open_count:
        return "per_participant_open"
    return "per_participant_at_most" if each.per_participant.high.bound == "at_most" else "per_participant"


def _unallocated(dataset: Dataset, year: int, rest: Programme) -> list[Finding]:
    shared = dataset.shared_pools()
    rows = dataset.costs.filter(pl.col("pool").is_in(shared) & (pl.col("period_end").dt.year() == year))
    pool, cites = int(rows["amount_nok"].sum()), cite("costs", rows)
    if not rest.cost.known or not pool:
        return []
    high = rest.cost.high.value or 0
    return [
        Finding(
            "unallocated",
            UNALLOCATED,
            {
                "low": rest.cost.low,
                "high": rest.cost.high,
                "pool": kroner(pool, cites, grade_of(rows), formula="sum"),
                "share": Figure(100 * high / pool, "percent", "derived", "at_most", cites, formula="share"),
            },
            "decide",
            lists={"pools": ("pools", tuple(shared))},
            settles="position_shares",
        )
    ]
