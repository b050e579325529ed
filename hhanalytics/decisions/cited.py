"""A figure that is already made: the measure that gave it, or the rows that it cites."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, unknown
from hhanalytics.evidence import Citation, Figure
from hhanalytics.measures.catalogue import compute
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
#: Formula of a figure → the measure that gives it, and the columns it may stand in.
MEASURED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "cost": ("programme_costs", ("cost_nok", "cost_high_nok", "cost_low_nok")),
    "cost_per_participant": ("cost_per_participant", ("point_nok", "high_nok", "high_at_low_cost_nok", "low_nok")),
    "break_even": ("gain", ("break_even_nok", "break_even_high_nok", "break_even_low_nok")),
    "value": ("gain", ("value_nok", "value_high_nok", "value_low_nok")),
    "full_position": ("full_position_costs", ("low_nok", "high_nok")),
}


def rows_at(dataset: Dataset, citation: Citation) -> pl.DataFrame:
    """The rows that stand where a citation points; none where there is no such place in the data."""
    if citation.table not in TABLES or "locator" not in TABLES[citation.table].columns():
        return pl.DataFrame()
    rows = dataset.tables[citation.table].filter(source=citation.source, locator=citation.locator)
    topic = TOPICS.get(citation.table)
    return rows.filter(pl.col(topic).fill_null("") == citation.topic) if topic else rows


def measure_of(dataset: Dataset, figure: Figure) -> tuple[str, dict[str, Any], str] | None:
    """The measure, row and column that a figure is, by its formula and value; None where that is not certain."""
    if figure.value is None or figure.formula not in MEASURED:
        return None
    measure, columns = MEASURED[figure.formula]
    topics = {citation.topic for citation in figure.citations}
    found = []
    for row in compute(dataset, measure).iter_rows(named=True):
        column = next((name for name in columns if row[name] == figure.value), None)
        if column is not None:
            found.append((measure, row, column))
    owners = {row["programme"]: row for row in dataset.pools.iter_rows(named=True) if row["programme"]}
    own = [each for each in found if each[1].get("programme") in topics or _pool(owners, each[1]) in topics]
    chosen = own if len(own) == 1 else found
    return chosen[0] if len(chosen) == 1 else None


def _pool(owners: dict[str, dict[str, Any]], row: dict[str, Any]) -> str:
    return str(owners.get(str(row.get("programme")), {}).get("pool", ""))


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
