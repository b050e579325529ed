"""Figures in use that rest on an unclear reading of their source."""

from __future__ import annotations

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite
from hhanalytics.evidence import Figure
from hhanalytics.tables import TABLES

#: Table → columns by which its rows are about a topic.
ABOUT = {
    "costs": ("pool",),
    "budgets": ("budget",),
    "memberships": ("pool",),
    "positions": ("programme", "pool"),
    "activities": ("programme",),
    "grants": ("programme",),
    "control_totals": ("name", "kind"),
    "welfare_tech": ("technology",),
    "goals": ("programme",),
    "networks": ("network", "programme"),
}


def unclear_readings(dataset: Dataset, year: int | None = None) -> list[Finding]:
    """Every reading of an unclear text on which a figure in use rests.

    Args:
        dataset: The Dataset.
        year: Only what concerns this year; None: all years with accounts.

    Returns:
        Findings ``unclear_reading``, in the order of the data, with figure ``rows``: how many rows of those
        years are about what was read. A reading without such a row is left out.

    Example:
        >>> import hhanalytics as hh
        >>> found = unclear_readings(hh.load("data/raw"))
        >>> [f.figures["rows"].value for f in found if f.subject == "mft_psykisk_helse_period"]
        [6]
    """
    out = []
    years = dataset.years() if year is None else [year] if year in dataset.years() else []
    for reading in dataset.readings.iter_rows(named=True):
        table = reading["concerns"]
        if table not in TABLES or table not in ABOUT:
            continue
        rows = _of(dataset.tables[table], years)
        if reading["topic"] is not None:
            about = [pl.col(column) == reading["topic"] for column in ABOUT[table] if column in rows.columns]
            rows = rows.filter(pl.any_horizontal(about))
        if not rows.height:
            continue
        row = dataset.readings.filter(reading=reading["reading"])
        number = Figure(rows.height, "rows", "assumed", citations=(*cite("readings", row), *cite(table, rows)))
        names = {
            "about": ("topics", f"{table}/{reading['topic'] or ''}"),
            "read_as": ("readings", reading["reading"]),
            "alternative": ("readings_alternative", reading["reading"]),
        }
        kind = "unclear_reading" if reading["alternative_nb"] else "unclear_reading_alone"
        out.append(Finding(kind, reading["reading"], {"rows": number}, "inform", names))
    return out


def _of(rows: pl.DataFrame, years: list[int]) -> pl.DataFrame:
    """The rows that concern some years."""
    if "year" in rows.columns:
        return rows.filter(pl.col("year").is_in(years))
    for first, last in (("period_start", "period_end"), ("month", "month"), ("valid_from", "valid_to")):
        if first in rows.columns:
            starts, ends = pl.col(first).dt.year(), pl.col(last).dt.year()
            held = [(starts <= year).fill_null(True) & (ends >= year).fill_null(True) for year in years]
            return rows.filter(pl.any_horizontal(held)) if held else rows.clear()
    return rows
