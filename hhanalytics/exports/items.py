"""What an export holds: measures and tables behind the privacy gate, with their columns and their sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.errors import UnknownName
from hhanalytics.exports.fields import WITHHELD, WITHHELD_FIELD, Field, measure_fields, table_fields
from hhanalytics.exports.gated import gated_measure, gated_table
from hhanalytics.measures import (
    benefit,
    comparable_costs,
    costs,
    gain,
    gain_lines,
    level_shifts,
    like_for_like,
    municipalities,
    need,
    participants,
    positions,
    technology_gain,
    unit_rates,
)
from hhanalytics.measures.catalogue import MEASURES, compute
from hhanalytics.privacy.gate import Gate
from hhanalytics.privacy.planning import gate_of
from hhanalytics.tables import TABLES

_REPORTS: Final = ("welfare_tech", "memberships", "events", "pools")
_GAIN: Final = ("costs", "pools", "programmes", "positions", "activities", "prices", "equivalents")
_BENEFIT: Final = (*_GAIN, "position_hooks", "memberships", "population", "benefit_scores")
#: Measure → the tables it is computed from.
RESTS_ON: Final = {
    "programme_costs": ("costs", "pools", "programmes", "positions", "position_hooks", "grants"),
    "cost_per_participant": ("costs", "pools", "programmes", "positions", "position_hooks", "activities"),
    "gain": _GAIN,
    "gain_lines": ("activities", "prices", "equivalents"),
    "municipality_costs": ("costs", "population", "budgets"),
    "full_position_costs": ("costs", "position_hooks", "memberships", "population"),
    "comparable_costs": ("costs",),
    "like_for_like": _REPORTS,
    "level_shifts": _REPORTS,
    "unit_rates": ("welfare_tech", "population", "memberships", "pools"),
    "technology_gain": ("welfare_tech", "technology_effects"),
    "technology_break_even": ("technology_effects", "price_index"),
    "benefit_by_municipality": _BENEFIT,
    "gains_by_municipality": _BENEFIT,
    "cash_by_municipality": _BENEFIT,
    "need_by_municipality": ("population", "population_by_age"),
}
#: Measure → the function whose docstring says what it is.
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "programme_costs": costs.programme_costs,
    "cost_per_participant": participants.cost_per_participant,
    "gain": gain.gain,
    "gain_lines": gain_lines.gain_lines,
    "municipality_costs": municipalities.municipality_costs,
    "full_position_costs": positions.full_position_costs,
    "comparable_costs": comparable_costs.comparable_costs,
    "like_for_like": like_for_like.like_for_like,
    "level_shifts": level_shifts.level_shifts,
    "unit_rates": unit_rates.unit_rates,
    "technology_gain": technology_gain.technology_gain,
    "technology_break_even": technology_gain.technology_break_even,
    "benefit_by_municipality": benefit.benefit_by_municipality,
    "gains_by_municipality": benefit.gains_by_municipality,
    "cash_by_municipality": benefit.cash_by_municipality,
    "need_by_municipality": need.need_by_municipality,
}


@dataclass(frozen=True)
class Item:
    """One table or measure of an export.

    Attributes:
        name: Its name.
        kind: ``table`` or ``measure``.
        about: What one row is.
        frame: Its rows, as they may be shown.
        fields: Its columns.
        key: Columns that tell its rows apart; empty: not declared.
        sources: Ids of the sources it rests on.
    """

    name: str
    kind: str
    about: str
    frame: pl.DataFrame
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def describe(self) -> list[dict[str, Any]]:
        """Its columns as rows of a data dictionary."""
        return [
            {
                "name": self.name,
                "kind": self.kind,
                "column": field.name,
                "type": field.type,
                "unit": field.unit or None,
                "meaning": field.description,
                "values": ", ".join(dict(field.constraints).get("enum", ())) or None,
                "references": field.references or None,
                "sources": "; ".join(self.sources) or None,
            }
            for field in self.fields
        ]


def items(
    dataset: Dataset,
    *,
    measures: Sequence[str] | None = None,
    tables: Sequence[str] | None = None,
    year: int | None = None,
    gate: Gate | None = None,
) -> list[Item]:
    """What an export holds; the table of sources is always part of it.

    Args:
        dataset: The data.
        measures: Which measures; None: all.
        tables: Which tables; None: all that have rows.
        year: Of measures, only this year.
        gate: Who will see it; None: the public.

    Raises:
        UnknownName: No such measure or table.

    Example:
        >>> import hhanalytics as hh
        >>> found = items(hh.load("data/raw"), measures=["gain"], tables=[])
        >>> [(item.name, item.kind) for item in found]
        [('gain', 'measure'), ('sources', 'table')]
    """
    gate = gate or gate_of(dataset)
    for kind, asked, known in (("measure", measures, MEASURES), ("table", tables, TABLES)):
        for name in asked or ():
            if name not in known:
                raise UnknownName.of(kind, name, known)
    filled = [name for name in TABLES if dataset.tables[name].height]
    chosen = list(dict.fromkeys([*(filled if tables is None else tables), "sources"]))
    out = [_measure(dataset, name, year, gate) for name in dict.fromkeys(MEASURES if measures is None else measures)]
    return out + [_table(dataset, name, gate) for name in chosen]


def dictionary(found: Sequence[Item]) -> pl.DataFrame:
    """The data dictionary of an export."""
    return pl.DataFrame([row for item in found for row in item.describe()], infer_schema_length=None)


def _measure(dataset: Dataset, name: str, year: int | None, gate: Gate) -> Item:
    plain = compute(dataset, name, year=year)
    frame = gated_measure(name, plain, dataset, gate)
    fields = [*measure_fields(name, plain), *([WITHHELD_FIELD] if WITHHELD in frame.columns else [])]
    doc = (_FUNCTIONS[name].__doc__ or "").strip().partition("\n")[0]
    used = [dataset.tables[table]["source"] for table in RESTS_ON[name]]
    sources = sorted(set().union(*used)) if used else []
    return Item(name, "measure", doc, frame, tuple(fields), (), tuple(sources))


def _table(dataset: Dataset, name: str, gate: Gate) -> Item:
    plain: pl.DataFrame = dataset.tables[name]
    frame = gated_table(name, plain, gate, dataset)
    fields = [*table_fields(name), *([WITHHELD_FIELD] if WITHHELD in frame.columns else [])]
    about = " ".join((TABLES[name].__doc__ or "").split())
    sources = sorted(plain["source"].unique()) if name != "sources" else []
    return Item(name, "table", about, frame, tuple(fields), tuple(TABLES[name].primary_key()), tuple(sources))
