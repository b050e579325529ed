"""Frames behind the privacy gate: counts of few persons, and whatever gives one away, are held back.

A value held back is missing, and its row says so in the column ``withheld``, so that it is not taken for
one that is not known.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.evidence import Figure
from hhanalytics.exports.fields import WITHHELD
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import PERSON_UNITS, TABLES

#: Columns of a measure that hold a count, or give one away since it was divided or multiplied by it.
TELLING: Final = {
    "cost_per_participant": (
        "count", "count_low", "count_high", "low_nok", "point_nok", "high_nok", "high_at_low_cost_nok",
    ),
    "gain": (
        "value_low_nok", "value_nok", "value_high_nok", "avoided_low_nok", "avoided_high_nok", "net_gain_low_nok",
        "net_gain_nok", "net_gain_high_nok", "value_per_krone_low", "value_per_krone_high", "break_even_low_nok",
        "break_even_nok", "break_even_high_nok",
    ),
    "gain_lines": ("quantity", "value_low_nok", "value_nok", "value_high_nok"),
    "municipality_costs": ("inhabitants", "per_inhabitant_nok"),
}  # fmt: skip
#: Units that count persons, in measures.
PERSONS: Final = (*PERSON_UNITS, "inhabitants")


def gated_table(table: str, frame: pl.DataFrame, gate: Gate) -> pl.DataFrame:
    """A table as it may be shown.

    Args:
        table: Its name.
        frame: Its rows.
        gate: Who will see it.

    Example:
        >>> rows = pl.DataFrame({"units": [4, 12]})
        >>> gated_table("welfare_tech", rows, Gate()).rows()
        [(None, 'units'), (12, None)]
    """
    if not gate.public:
        return frame
    for column, kind in TABLES[table].columns().items():
        persons = (kind.metadata or {}).get("counts_persons")
        if persons and column in frame.columns:
            few = _few(frame, column, gate)
            counts = pl.lit(True) if persons is True else pl.col("unit").is_in(persons)
            frame = _held_back(frame, few & counts, (column,))
            frame = _held_back(frame, _gives_away(table, frame), (column,))
    return frame


def gated_measure(measure: str, frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> pl.DataFrame:
    """A measure as it may be shown.

    Args:
        measure: Its name.
        frame: What it returned.
        dataset: The data it was computed from.
        gate: Who will see it.
    """
    columns = TELLING.get(measure)
    if columns is None or not gate.public:
        return frame
    if measure in ("gain", "cost_per_participant"):
        # Sums over a programme: what is shown of its parts would give the one that is held back away.
        frame = _held_back(frame, _programmes_with_few(frame, dataset, gate), columns)
        if measure == "gain":
            return frame
    counts = {"municipality_costs": ("inhabitants",), "gain_lines": ("quantity",)}.get(measure, ("count", "count_low"))
    few = pl.any_horizontal(_few(frame, column, gate) for column in counts)
    persons = pl.lit(True) if measure == "municipality_costs" else pl.col("unit").is_in(PERSONS)
    return _held_back(frame, few & persons, columns)


def _few(frame: pl.DataFrame, column: str, gate: Gate) -> pl.Expr:
    """Whether a count is one the gate holds back, asked once per value."""
    held = [
        value
        for value in frame[column].drop_nulls().unique()
        if gate.withholds(Figure(value, "persons", "documented", counts_persons=True))
    ]
    return pl.col(column).is_in(pl.Series(held, dtype=frame.schema[column]).implode()).fill_null(False)


def _gives_away(table: str, frame: pl.DataFrame) -> pl.Expr:
    """Totals beside which just one part is held back, so that it would follow by subtraction."""
    held = frame.filter(pl.col(WITHHELD).is_not_null())
    if table == "welfare_tech" and {"technology", "month", "municipality"} <= set(frame.columns):
        parts = pl.col(WITHHELD).is_not_null() & pl.col("municipality").is_not_null()
        return pl.col("municipality").is_null() & (parts.sum().over("technology", "month") == 1)
    if table == "activities" and {"activity", "part_of"} <= set(frame.columns):
        alone = held.drop_nulls("part_of").group_by("part_of").len().filter(pl.col("len") == 1)["part_of"]
        return pl.col("activity").is_in(alone.implode())
    return pl.lit(False)


def _programmes_with_few(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> pl.Expr:
    """Programmes and years of which some count of persons is held back: every figure of theirs may rest on it."""
    counts = dataset.activities.filter(pl.col("unit").is_in(PERSON_UNITS))
    few = counts.filter(_few(counts, "quantity", gate)).select(
        "programme", pl.col("period_end").dt.year().alias("year")
    )
    held = {(programme, year) for programme, year in few.iter_rows()}
    told = [(p, y) in held for p, y in frame.select("programme", "year").iter_rows()]
    return pl.lit(pl.Series(told, dtype=pl.Boolean)) if told else pl.lit(False)


def _held_back(frame: pl.DataFrame, when: pl.Expr, columns: tuple[str, ...]) -> pl.DataFrame:
    marked = frame.with_columns(when.alias("held_"))
    if WITHHELD not in frame.columns:
        marked = marked.with_columns(pl.lit(None, pl.String).alias(WITHHELD))
    names = pl.concat_str(
        [pl.when(pl.col(column).is_not_null()).then(pl.lit(column)) for column in columns],
        separator=" ",
        ignore_nulls=True,
    )
    said = pl.when(pl.col("held_") & (names != "")).then(names).otherwise(WITHHELD).alias(WITHHELD)
    values = [pl.when(~pl.col("held_")).then(pl.col(column)).alias(column) for column in columns]
    return marked.with_columns(said).with_columns(values).drop("held_")
