"""What one municipality can know of its own welfare technology: its own counts, if there are any."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.series import latest_reports, welfare_tech_breaks
from hhanalytics.decisions.technology import EFFORT, technology_changes
from hhanalytics.privacy.suppression import COLUMN, suppressed


@dataclass(frozen=True)
class OwnTechnology:
    """Welfare technology as one municipality sees it.

    Attributes:
        changes: What each technology did in the municipality itself; nothing where its units are not counted.
        breaks: Unexplained steps of all its series at once.
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
    found = welfare_tech_breaks(own)
    changes = tuple(technology_changes(own, year, found))
    breaks = tuple(f for f in found if f.kind == "welfare_tech_break" and f.subject.startswith(str(year)))
    months = {f.names[end][1] for f in changes for end in ("start", "end")}
    months |= {month for f in breaks for month in (f.names["from"][1], f.subject)}
    hidden = _hidden(dataset, municipality, months) if public and changes else frozenset[str]()
    effort = dataset.activities.filter((pl.col("kind") == EFFORT) & (pl.col("period_end").dt.year() == year))
    programmes = effort["programme"].unique().sort().to_list()
    return OwnTechnology(changes, breaks, hidden, programmes[0] if len(programmes) == 1 else "")


def _hidden(dataset: Dataset, municipality: str, months: set[str]) -> frozenset[str]:
    """Technologies with a count that is small, or that would give a small one of another municipality away.

    Readers know the counts of all together, and every municipality's own brief: what is held back is chosen
    over all municipalities and technologies of a month at once.
    """
    rows = latest_reports(dataset).filter(
        pl.col("municipality").is_not_null() & pl.col("month").cast(pl.String).is_in(sorted(months))
    )
    hidden: set[str] = set()
    for _, table in rows.select("technology", "municipality", "month", "units").group_by(["month"]):
        made = suppressed(table.drop("month"), values="units", dims={"technology": {}, "municipality": {}}).tables[0]
        mine = made.filter((pl.col("municipality") == municipality) & (pl.col(COLUMN) != "none"))
        hidden |= set(mine["technology"])
    return frozenset(hidden)
