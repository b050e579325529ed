"""What each municipality pays in a year, part by part, and what it costs in all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.evidence import Figure, weakest

Periods = tuple[tuple[date, date], ...]


@dataclass(frozen=True)
class Municipality:
    """What one municipality paid in a year.

    Attributes:
        municipality: Its id.
        stays: Whether it still takes part in the ordinary pools at the end of the year.
        periods: Charges in the ordinary pools, per period in the order of `periods_of`; zero where it was
            not charged.
        outside: Charges in pools outside the ordinary accounts.
        total: All charges.
        inhabitants: Inhabitants on 1 January.
        per_inhabitant: All charges, kr per inhabitant.
    """

    municipality: str
    stays: bool
    periods: tuple[Figure, ...]
    outside: Figure
    total: Figure
    inhabitants: Figure
    per_inhabitant: Figure


def _charges(dataset: Dataset, year: int) -> pl.DataFrame:
    return dataset.costs.filter(pl.col("period_end").dt.year() == year)


def periods_of(dataset: Dataset, year: int) -> Periods:
    """The periods for which the ordinary pools are charged, in order.

    Example:
        >>> import hhanalytics as hh
        >>> [str(end) for _, end in periods_of(hh.load("data/raw"), 2025)]
        ['2025-06-30', '2025-12-31']
    """
    rows = _charges(dataset, year).filter(pl.col("pool").is_in(dataset.ordinary_pools()))
    return tuple(rows.select("period_start", "period_end").unique().sort("period_start", "period_end").iter_rows())


def staying(dataset: Dataset, year: int) -> list[str]:
    """The municipalities that take part in an ordinary pool on the last day of a year.

    Example:
        >>> import hhanalytics as hh
        >>> staying(hh.load("data/raw"), 2025)
        ['aal', 'flaa', 'gol', 'hemsedal', 'hol']
    """
    last = date(year, 12, 31)
    rows = dataset.memberships.filter(
        pl.col("pool").is_in(dataset.ordinary_pools())
        & (pl.col("valid_from") <= last)
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= last))
    )
    return rows["municipality"].unique().sort().to_list()


def municipalities_of(dataset: Dataset, year: int) -> list[Municipality]:
    """What every municipality paid, those that stay first, the largest first.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.

    Example:
        >>> import hhanalytics as hh
        >>> [(m.municipality, m.total.value) for m in municipalities_of(hh.load("data/raw"), 2025)][-1]
        ('nesbyen', 566893)
    """
    charges, ordinary = _charges(dataset, year), dataset.ordinary_pools()
    stays, periods = staying(dataset, year), periods_of(dataset, year)
    found = []
    for name in charges["municipality"].unique().sort():
        own = charges.filter(municipality=name)
        inside = own.filter(pl.col("pool").is_in(ordinary))
        people = dataset.population.filter(municipality=name, year=year)
        persons = int(people["persons"].sum()) if people.height else None
        total = _sum(own)
        per = None if not persons else (total.value or 0) / persons
        known = "missing" if per is None else weakest([total.grade, grade_of(people), "derived"])
        found.append(
            Municipality(
                name,
                name in stays,
                tuple(_sum(inside.filter(period_start=start, period_end=end)) for start, end in periods),
                _sum(own.filter(~pl.col("pool").is_in(ordinary))),
                total,
                Figure(persons, "inhabitants", grade_of(people), citations=cite("population", people), formula="sum"),
                kroner(per, (*total.citations, *cite("population", people)), known, formula="per_inhabitant"),
            )
        )
    return sorted(found, key=lambda m: (not m.stays, -(m.total.value or 0), m.municipality))


def _sum(rows: pl.DataFrame) -> Figure:
    grade = grade_of(rows) if rows.height else "documented"
    return kroner(int(rows["amount_nok"].sum()), cite("costs", rows), grade, formula="sum" if rows.height > 1 else "")


def total_findings(dataset: Dataset, year: int) -> list[Finding]:
    """What it costs in all.

    Returns:
        ``cost_total``, with figures ``total`` (ordinary pools, kr), ``per_inhabitant`` (what the municipalities
        that stay were charged in them, over their inhabitants) and ``members`` (how many those are); then
        ``cost_outside`` for each programme with pools outside the ordinary accounts, with figures ``total``,
        ``payers`` and, where all pay the same, ``each``.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> total, *outside = total_findings(hh.corrected(data, hh.reconcile(data)), 2025)
        >>> total.figures["total"].value, round(total.figures["per_inhabitant"].value)
        (6107497, 312)
    """
    charges, ordinary = _charges(dataset, year), dataset.ordinary_pools()
    stays = staying(dataset, year)
    inside = charges.filter(pl.col("pool").is_in(ordinary))
    theirs = inside.filter(pl.col("municipality").is_in(stays))
    people = dataset.population.filter(pl.col("municipality").is_in(stays) & (pl.col("year") == year))
    persons = int(people["persons"].sum())
    members = dataset.memberships.filter(pl.col("municipality").is_in(stays) & pl.col("pool").is_in(ordinary))
    per = int(theirs["amount_nok"].sum()) / persons if persons else None
    figures = {
        "total": _sum(inside),
        "per_inhabitant": kroner(
            per, (*cite("costs", theirs), *cite("population", people)), "derived", formula="per_inhabitant"
        ),
        "members": Figure(len(stays), "municipalities", grade_of(members), citations=cite("memberships", members)),
    }
    found = [Finding("cost_total", "accounts", figures, "inform")]
    outside = charges.filter(~pl.col("pool").is_in(ordinary)).join(
        dataset.pools.select("pool", "programme").unique(), on="pool", how="left"
    )
    for (programme,), rows in outside.group_by(["programme"], maintain_order=True):
        found.append(_outside(rows, str(programme) if programme else ""))
    return found


def _outside(rows: pl.DataFrame, programme: str) -> Finding:
    paid = rows.group_by("municipality").agg(pl.col("amount_nok").sum()).sort("municipality")
    payers, cites = paid["municipality"].to_list(), cite("costs", rows)
    figures = {"total": _sum(rows), "payers": Figure(len(payers), "municipalities", grade_of(rows), citations=cites)}
    names = {"programme": ("programmes", programme)} if programme else {"programme": ("pools", str(rows["pool"][0]))}
    kind = "cost_outside"
    if len(payers) == 1:
        kind = "cost_outside_one"
        names["municipality"] = ("municipalities", payers[0])
    elif paid["amount_nok"].n_unique() == 1:
        kind = "cost_outside_each"
        figures["each"] = kroner(int(paid["amount_nok"][0]), cites, grade_of(rows))
    return Finding(kind, programme, figures, "inform", names)
