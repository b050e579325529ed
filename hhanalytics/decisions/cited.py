"""A figure that is already made: the measure that gave it, or the rows that it cites."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, unknown
from hhanalytics.evidence import Citation, Figure
from hhanalytics.measures.catalogue import BY_UNIT, compute
from hhanalytics.tables import TABLES, TOPICS

#: Table → the column that holds its figure.
VALUES: Final = {
    "costs": "amount_nok",
    "budgets": "amount_nok",
    "control_totals": "amount_nok",
    "grants": "amount_nok",
    "population": "persons",
    "positions": "position_percent",
    "position_hooks": "position_percent",
    "activities": "quantity",
    "welfare_tech": "units",
    "prices": "amount_nok",
    "price_index": "value",
    "networks": "meetings",
    "benefit_scores": "score",
}
#: Formula of a figure → the measures that give it, and the columns it may stand in.
MEASURED: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "cost": (("programme_costs", ("cost_nok", "cost_high_nok", "cost_low_nok")),),
    # What a programme costs may be said as a sum of its parts.
    "sum": (("programme_costs", ("cost_nok", "cost_high_nok", "cost_low_nok")),),
    "cost_per_participant": (("cost_per_participant", ("point_nok", "high_nok", "high_at_low_cost_nok", "low_nok")),),
    "break_even": (
        ("gain", ("break_even_nok", "break_even_high_nok", "break_even_low_nok")),
        ("technology_break_even", ("minutes_low", "minutes_high", "cost_low_nok", "cost_high_nok")),
    ),
    "value": (("gain", ("value_nok", "value_high_nok", "value_low_nok")),),
    "full_position": (("full_position_costs", ("low_nok", "high_nok")),),
    "rate": (("unit_rates", ("rate", "rate_high", "rate_low")),),
    "per_inhabitant": (("municipality_costs", ("per_inhabitant_nok",)),),
    "difference": (("level_shifts", ("step",)),),
}
#: Columns of a measure that the rows a figure cites may name.
NAMED: Final = ("programme", "technology", "municipality")
#: What a measure is asked for besides its defaults, and the row of it that is meant.
Found = tuple[str, dict[str, Any], str, dict[str, Any]]


def rows_at(dataset: Dataset, citation: Citation) -> pl.DataFrame:
    """The rows that stand where a citation points; none where there is no such place in the data."""
    if citation.table not in TABLES or "locator" not in TABLES[citation.table].columns():
        return pl.DataFrame()
    rows = dataset.tables[citation.table].filter(source=citation.source, locator=citation.locator)
    topic = TOPICS.get(citation.table)
    return rows.filter(pl.col(topic).fill_null("") == citation.topic) if topic else rows


def measure_of(dataset: Dataset, figure: Figure) -> Found | None:
    """The measure, row, column and options that a figure is, by its formula and value; None where that is not certain."""
    if figure.value is None or figure.formula not in MEASURED:
        return None
    cited = _named(dataset, figure)
    for measure, columns in MEASURED[figure.formula]:
        found: list[Found] = []
        for options in _options(dataset, measure):
            for row in _rows(dataset, measure, options.get("by", "participants")):
                column = next((name for name in columns if row[name] == figure.value), None)
                # What rows are about is what the figure is about.
                if column is not None and all(
                    row.get(name) in cited[name] for name in NAMED if row.get(name) and cited[name]
                ):
                    found.append((measure, row, column, options))
        # The same number in several rows of one programme, such as of each unit it is divided by, says the same once.
        if len(found) == 1 or (
            found and measure in BY_UNIT and len({each[3].get("by") for each in found}) == len(found)
        ):
            return found[0]
    return None


@lru_cache(maxsize=32)
def _rows(dataset: Dataset, measure: str, by: str) -> tuple[dict[str, Any], ...]:
    """The rows of a measure, worked out once for all figures that ask."""
    return tuple(compute(dataset, measure, by=by).iter_rows(named=True))


def _options(dataset: Dataset, measure: str) -> Iterator[dict[str, Any]]:
    """What a measure may be asked for: as it is, and divided by each unit that something was counted in."""
    yield {}
    if measure in BY_UNIT:
        counted = dataset.activities.filter(pl.col("quantity").is_not_null())["unit"].unique().sort()
        yield from ({"by": unit} for unit in counted if unit != "participants")


def _named(dataset: Dataset, figure: Figure) -> dict[str, set[str]]:
    """The programmes, technologies and municipalities that the rows of a figure are about."""
    found: dict[str, set[str]] = {name: set() for name in NAMED}
    for citation in dict.fromkeys(figure.citations):
        rows = rows_at(dataset, citation)
        for name in NAMED:
            if name in rows.columns and citation.table != "population":
                found[name] |= set(rows[name].drop_nulls())
    owned = {citation.topic for citation in figure.citations if citation.table == "costs"}
    found["programme"] |= set(dataset.pools.filter(pl.col("pool").is_in(owned))["programme"].drop_nulls())
    return found


def cited_rows(dataset: Dataset, figure: Figure) -> Step:
    """The rows a figure cites, as one step; their sum only where the figure says that it is one."""
    cells: list[Input] = []
    for citation in dict.fromkeys(figure.citations):
        for row in rows_at(dataset, citation).iter_rows(named=True):
            cells.append(cell(citation.table, row, VALUES.get(citation.table, "grade")))
    name = figure.formula or "stated"
    if figure.value is None:
        return unknown(name, "not_stated", because=cells)
    step = Step(name, name, "sum", tuple(cells))
    # A sum that its rows do not give rests on more than they say, such as a choice among them.
    stated = figure.formula in ("", "sum") and step.value is not None and float(step.value) == figure.value
    return step if stated else Step(name, name, "cited", tuple(cells))
