"""What a municipality pays beside what it is known to get: every figure with its grade and sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.municipalities import periods_of, staying
from hhanalytics.decisions.programmes import BOUNDS, Programme, Span, programmes_of
from hhanalytics.evidence import Bound, Citation, Figure, Grade, weakest
from hhanalytics.measures.benefit import benefit_by_municipality
from hhanalytics.measures.need import need_by_municipality
from hhanalytics.tables import PERSON_UNITS


@dataclass(frozen=True)
class Benefit:
    """One municipality and one programme.

    Attributes:
        municipality: Its id.
        programme: The programme's id.
        paid: What it pays for it, kr.
        per_inhabitant: The same per inhabitant.
        cost_share: Its part of what everybody pays for it, per cent.
        counted: What was counted for all municipalities together; None: nothing.
        benefit_share: Its part of what was counted, per cent, lowest and highest; missing where nothing was counted.
        places: Names of activities known to have taken place in it.
        places_cites: Where they stand.
        score: Its own judgement, -4 to 4; missing where there is none.
        missing: What would settle the row.
    """

    municipality: str
    programme: str
    paid: Span
    per_inhabitant: Span
    cost_share: Span
    counted: Figure | None
    benefit_share: Span
    places: tuple[str, ...]
    places_cites: tuple[Citation, ...]
    score: Figure
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Need:
    """How many live in a municipality and how old they are, now and when the series began.

    Attributes:
        municipality: Its id.
        first: The year the series began.
        inhabitants: Now, and then.
        persons_67: 67 and over, now, and then.
        persons_80: 80 and over, now, and then.
        ratio_67: Per 100 aged 18-66, now, and then.
        persons_65: 65 and over now; missing where single years of age are not on file.
        ratio_65: Per 100 aged 18-64 now.
    """

    municipality: str
    first: int
    inhabitants: tuple[Figure, Figure]
    persons_67: tuple[Figure, Figure]
    persons_80: tuple[Figure, Figure]
    ratio_67: tuple[Figure, Figure]
    persons_65: Figure
    ratio_65: Figure


def benefits_of(dataset: Dataset, year: int, programmes: list[Programme] | None = None) -> list[Benefit]:
    """What every municipality pays for each programme and is known to get, dearest programme first.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.
        programmes: As `programmes_of` gives them, where they are at hand.

    Example:
        >>> import hhanalytics as hh
        >>> found = benefits_of(hh.load("data/raw"), 2025)
        >>> [b.places for b in found if (b.municipality, b.programme) == ("aal", "laering_mestring")]
        [('Stressmestringskurs for ansatte i barnehagene',)]
    """
    known = programmes_of(dataset, year) if programmes is None else programmes
    order = {each.programme: place for place, each in enumerate(known)}
    by_id = {each.programme: each for each in known}
    rows = [row for row in benefit_by_municipality(dataset, year).to_dicts() if row["programme"] in by_id]
    found = [_benefit(dataset, year, row, by_id[row["programme"]]) for row in rows]
    return sorted(found, key=lambda each: (order[each.programme], each.municipality))


def _benefit(dataset: Dataset, year: int, row: dict[str, Any], programme: Programme) -> Benefit:
    name, id = row["municipality"], row["programme"]
    own = dataset.costs.filter((pl.col("municipality") == name) & (pl.col("period_end").dt.year() == year))
    cites = (*cite("costs", own), *(c for c in programme.cost.high.citations if c.table != "costs"))
    people = dataset.population.filter(municipality=name, year=year)
    counts = dataset.activities.filter(
        (pl.col("programme") == id)
        & pl.col("unit").is_in([row["activity_unit"]] if row["activity_unit"] else [])
        & (pl.col("period_end").dt.year() == year)
        & pl.col("part_of").is_null()
    )
    here = dataset.activities.filter(
        (pl.col("programme") == id) & (pl.col("municipality") == name) & (pl.col("period_end").dt.year() == year)
    )
    grade: Grade = row["grade"]
    derived = weakest([grade, "derived"]) if grade != "missing" else grade
    both = (*cites, *cite("population", people))
    scores = dataset.benefit_scores.filter(municipality=name, programme=id, year=year)
    return Benefit(
        name,
        id,
        _span(row, "paid_{}_nok", "nok", grade, cites, "paid"),
        _span(row, "paid_per_inhabitant_{}_nok", "nok", derived, both, "per_inhabitant"),
        _span(row, "cost_share_{}", "percent", derived, programme.cost.high.citations, "share"),
        _counted(counts),
        _span(row, "benefit_share_{}", "percent", grade_of(counts) if counts.height else "missing",
              cite("activities", counts), "benefit_share"),
        tuple(here["name_nb"]),
        cite("activities", here),
        Figure(row["score"], "score", grade_of(scores) if scores.height else "missing", citations=cite("benefit_scores", scores)),
        tuple((row["missing"] or "").split(";")) if row["missing"] else (),
    )  # fmt: skip


def _span(row: dict[str, Any], column: str, unit: str, grade: Grade, cites: Iterable[Citation], formula: str) -> Span:
    """Two columns as figures; shares as per cent."""
    ends = []
    for end in ("low", "high"):
        value = row[column.format(end)]
        if value is not None and unit == "percent":
            value = 100 * value
        known: Grade = grade if value is not None else "missing"
        ends.append(Figure(value, unit, known, citations=tuple(cites), formula=formula))
    return Span(*ends)


def _counted(rows: pl.DataFrame) -> Figure | None:
    """What was counted, as the source hedges it."""
    counted = rows.filter(pl.col("quantity").is_not_null())
    if not counted.height:
        return None
    unit, hedges = counted["unit"][0], counted["qualifier"].unique().to_list()
    bound: Bound = "at_least" if "at_least" in hedges or counted.height < rows.height else BOUNDS[hedges[0]]
    persons = unit in PERSON_UNITS
    cites = cite("activities", counted)
    total, formula = int(counted["quantity"].sum()), "count" if counted.height > 1 else ""
    return Figure(total, unit, grade_of(counted), bound, cites, counts_persons=persons, formula=formula)


def needs_of(dataset: Dataset, year: int) -> list[Need]:
    """How many live in each municipality that was charged, and how old they are.

    Example:
        >>> import hhanalytics as hh
        >>> [aal, *_] = needs_of(hh.load("data/raw"), 2025)
        >>> aal.first, [figure.value for figure in aal.persons_67]
        (2005, [1066, 782])
    """
    rows = {(row["municipality"], row["year"]): row for row in need_by_municipality(dataset).iter_rows(named=True)}
    charged = dataset.costs.filter(pl.col("period_end").dt.year() == year)["municipality"].unique().sort()
    found = []
    for name in charged:
        years = sorted(y for who, y in rows if who == name and y <= year)
        if years and years[-1] == year:
            found.append(_need(dataset, name, rows[name, year], rows[name, years[0]]))
    return found


def _need(dataset: Dataset, name: str, now: dict[str, Any], then: dict[str, Any]) -> Need:
    def figure(row: dict[str, Any], column: str, table: str = "population") -> Figure:
        people = dataset.tables[table].filter(municipality=name, year=row["year"])
        ratio = column.startswith("ratio")
        formula = "ratio" if ratio else "inhabitants" if column == "inhabitants" else "ages"
        unit = "per_hundred" if ratio else "inhabitants"
        value = row[column]
        grade: Grade = (
            "missing" if value is None else weakest([grade_of(people), "derived"]) if ratio else grade_of(people)
        )
        return Figure(value, unit, grade, citations=cite(table, people), counts_persons=not ratio, formula=formula)

    def pair(column: str) -> tuple[Figure, Figure]:
        return figure(now, column), figure(then, column)

    return Need(
        name,
        then["year"],
        pair("inhabitants"),
        pair("persons_67_plus"),
        pair("persons_80_plus"),
        pair("ratio_67"),
        figure(now, "persons_65_plus", "population_by_age"),
        figure(now, "ratio_65", "population_by_age"),
    )


def share_findings(dataset: Dataset, year: int) -> list[Finding]:
    """How much of all charges is each municipality's, and why it paid more or less in the last period.

    Returns:
        For every municipality charged in the ordinary pools in both, ``dearer_half`` or ``cheaper_half``, with
        figures ``change`` (of its charge from the first to the last period), ``exit`` (what came of others leaving,
        at the first period's pools) and ``level`` (what came of the pools' amounts, with rounding and charges off
        their key); they sum to it.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> found = {f.subject: f.figures for f in share_findings(hh.corrected(data, hh.reconcile(data)), 2025)}
        >>> [found["gol"][name].value for name in ("change", "exit", "level")]
        [120655, 127180, -6525]
    """
    from hhanalytics.decisions.effects import increases

    periods = periods_of(dataset, year)
    rows = increases(dataset, year)
    found = []
    for name in staying(dataset, year):
        own = rows.filter(municipality=name)
        if not own.height:
            continue
        charges = dataset.costs.filter(
            (pl.col("municipality") == name)
            & pl.col("pool").is_in(dataset.ordinary_pools())
            & (pl.col("period_end").dt.year() == year)
        )
        members = dataset.memberships.filter(pl.col("pool").is_in(dataset.ordinary_pools()))
        grade = weakest([grade_of(charges, members), "derived"])
        sums = {column: int(own[column].sum()) for column in own.columns if column.endswith("_nok")}
        change = sums["after_nok"] - sums["before_nok"]
        parts = {"change": change, "exit": sums["exit_nok"], "level": sums["level_nok"] + sums["off_key_nok"]}
        figures = {
            key: kroner(value, cite("costs", charges), grade, formula="increase") for key, value in parts.items()
        }
        first, last = (f"{start}/{end}" for start, end in (periods[0], periods[-1]))
        names = {"first": ("periods", first), "last": ("periods", last), "municipality": ("municipalities", name)}
        found.append(Finding("dearer_half" if change > 0 else "cheaper_half", name, figures, "inform", names))
    return found


def first_day(year: int) -> date:
    """The first day of the budget year that can still be decided on when the accounts of a year are laid forward."""
    return date(year + 2, 1, 1)
