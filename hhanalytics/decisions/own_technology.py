"""What one municipality can know of its own welfare technology: its own counts, if there are any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.series import breaks_at, welfare_tech_breaks
from hhanalytics.decisions.technology import EFFORT, technology_changes


@dataclass(frozen=True)
class OwnTechnology:
    """Welfare technology as one municipality sees it.

    Attributes:
        changes: What each technology did in the municipality itself; nothing where its units are not counted.
        breaks: Unexplained steps of all series at once in which it takes part.
        hidden: Technologies of which the counts may not be shown: too few, or another's could be worked out.
        programme: The programme that welfare technology belongs to; empty where that is not known.
    """

    changes: tuple[Finding, ...]
    breaks: tuple[Finding, ...]
    hidden: frozenset[str]
    programme: str


def own_technology(dataset: Dataset, municipality: str, year: int, *, public: bool = True) -> OwnTechnology:
    """What is counted in one municipality, and what of it may be shown.

    Args:
        dataset: The Dataset.
        municipality: Id of the municipality.
        year: The year.
        public: Whether the reader is the public, who may not work out a small count.

    Example:
        >>> import hhanalytics as hh
        >>> own_technology(hh.load("data/raw"), "flaa", 2025)
        OwnTechnology(changes=(), breaks=(), hidden=frozenset(), programme='ehelse')
    """
    own = dataset.replace(welfare_tech=dataset.welfare_tech.filter(municipality=municipality))
    found = _breaks(dataset, own, year)
    changes = tuple(technology_changes(own, year, found))
    breaks = tuple(f for f in found if f.kind == "welfare_tech_break" and f.subject.startswith(str(year)))
    months = {f.names[end][1] for f in changes for end in ("start", "end")}
    months |= {month for f in breaks for month in (f.names["from"][1], f.subject)}
    hidden = _hidden(dataset, municipality, months) if public and changes else frozenset[str]()
    effort = dataset.activities.filter((pl.col("kind") == EFFORT) & (pl.col("period_end").dt.year() == year))
    programmes = effort["programme"].unique().sort().to_list()
    return OwnTechnology(changes, breaks, hidden, programmes[0] if len(programmes) == 1 else "")


def _breaks(dataset: Dataset, own: Dataset, year: int) -> list[Finding]:
    """The breaks of the municipality's own series, and those of all series that its units follow.

    Few units seldom step all at once, even where the way of counting changed. A break of all is one here too
    where the municipality's units go the same way, by at least half as much in proportion.
    """
    mine = [f for f in welfare_tech_breaks(own) if f.subject.startswith(str(year))]
    known = {f.subject for f in mine}
    whole = {f.subject: f for f in welfare_tech_breaks(dataset) if f.subject not in known}
    here = breaks_at(own, year, map(date.fromisoformat, whole))
    mine += [f for f in here if _moved(f) * _moved(whole[f.subject]) >= _moved(whole[f.subject]) ** 2 / 2]
    return sorted(mine, key=lambda f: f.subject)


def _moved(found: Finding) -> float:
    """Change in proportion to what was there before."""
    before, change = (found.figures[name].value or 0 for name in ("before", "change"))
    return change / before if before else 0.0


def _hidden(dataset: Dataset, municipality: str, months: set[str]) -> frozenset[str]:
    """Technologies with a count that is small, or that would give a small one of another municipality away.

    Readers know the counts of all together, and every municipality's own brief: what is held back is chosen
    over all municipalities and technologies of a month at once.
    """
    hidden: set[str] = set()
    for month in sorted(months):
        table = _held_back(dataset, month)
        if table is not None:
            hidden |= set(table.filter(municipality=municipality)["technology"])
    return frozenset(hidden)


@lru_cache(maxsize=64)
def _held_back(dataset: Dataset, month: str) -> pl.DataFrame | None:
    """What of a month's counts by municipality is held back; chosen once for the briefs to all of them."""
    rows = dataset.latest_reports().filter(
        pl.col("municipality").is_not_null() & (pl.col("month").cast(pl.String) == month)
    )
    if rows.is_empty():
        return None
    # Imported when needed: it brings a solver with it.
    from hhanalytics.privacy.suppression import COLUMN, suppressed

    table = rows.select("technology", "municipality", "units")
    made: pl.DataFrame = suppressed(table, values="units", dims={"technology": {}, "municipality": {}}).tables[0]
    return made.filter(pl.col(COLUMN) != "none")
