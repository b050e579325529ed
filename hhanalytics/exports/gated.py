"""Frames behind the privacy gate: counts of few persons, and whatever gives one away, are held back.

A value held back is missing, and its row says so in the column ``withheld``, so that it is not taken for
one that is not known.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.exports.fields import WITHHELD
from hhanalytics.exports.telling import (
    PER_INHABITANT,
    TELLING,
    few,
    few_inhabitants,
    planned,
    programmes_with_few,
    telling,
)
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import PERSON_UNITS, TABLES


def gated_table(table: str, frame: pl.DataFrame, gate: Gate, dataset: Dataset | None = None) -> pl.DataFrame:
    """A table as it may be shown.

    Args:
        table: Its name.
        frame: Its rows.
        gate: Who will see it.
        dataset: The data it belongs to; None: what only it could tell to be harmless is held back.

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
            small = few(frame, column, gate) | planned(table, frame, gate)
            counts = pl.lit(True) if persons is True else pl.col("unit").is_in(persons)
            frame = _held_back(frame, small & counts, (column,))
            frame = _held_back(frame, _gives_away(table, frame), (column,))
    if table == "followups":
        frame = _followups(frame, gate, dataset)
    if table == "readings" and "alternative_value" in frame.columns:
        counted = pl.lit(True)
        if dataset is not None:
            others = dataset.activities.filter(~pl.col("unit").is_in(PERSON_UNITS))
            counted = ~pl.col("figure").is_in(others["activity"].implode()).fill_null(False)
        frame = _held_back(frame, few(frame, "alternative_value", gate) & counted, ("alternative_value",))
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
    frame = _held_back(frame, reduce(or_, telling(measure, frame, dataset, gate)), columns)
    if measure in PER_INHABITANT:
        frame = _held_back(frame, few_inhabitants(frame, dataset, gate), PER_INHABITANT[measure])
    return frame


def gated_followups(frame: pl.DataFrame, dataset: Dataset, gate: Gate) -> pl.DataFrame:
    """Rows of ``followups`` with a column ``value``, what became of them, as they may be shown."""
    frame = _followups(frame, gate, dataset)
    rests = programmes_with_few(frame, dataset, gate)
    counts = pl.col("indicator").is_in(["participants", "cost_per_participant"])
    return _held_back(frame, rests & counts, ("baseline", "target", "value"))


def _followups(frame: pl.DataFrame, gate: Gate, dataset: Dataset | None) -> pl.DataFrame:
    """Where a follow-up is shown by a number of persons, or by what a cost divided by one gives."""
    for column in ("baseline", "target"):
        frame = _held_back(frame, few(frame, column, gate) & (pl.col("indicator") == "participants"), (column,))
    rests = pl.lit(True) if dataset is None else programmes_with_few(frame, dataset, gate)
    return _held_back(frame, rests & (pl.col("indicator") == "cost_per_participant"), ("baseline", "target"))


def _gives_away(table: str, frame: pl.DataFrame) -> pl.Expr:
    """Totals beside which just one part is held back, so that it would follow by subtraction."""
    held = frame.filter(pl.col(WITHHELD).is_not_null())
    if table == "welfare_tech" and {"technology", "month", "municipality"} <= set(frame.columns):
        # Two reports of one municipality are still one part.
        part = pl.col("municipality").filter(pl.col(WITHHELD).is_not_null()).drop_nulls()
        return pl.col("municipality").is_null() & (part.n_unique().over("technology", "month") == 1)
    if table == "activities" and {"activity", "part_of"} <= set(frame.columns):
        alone = held.drop_nulls("part_of").group_by("part_of").len().filter(pl.col("len") == 1)["part_of"]
        return pl.col("activity").is_in(alone.implode())
    if table in ("population", "population_by_age") and {"municipality", "year"} <= set(frame.columns):
        # All ages together are known from elsewhere.
        return pl.col(WITHHELD).is_not_null().any().over("municipality", "year")
    return pl.lit(False)


def _held_back(frame: pl.DataFrame, when: pl.Expr, columns: tuple[str, ...]) -> pl.DataFrame:
    marked = frame.with_columns(when.alias("held_"))
    if WITHHELD not in frame.columns:
        marked = marked.with_columns(pl.lit(None, pl.String).alias(WITHHELD))
    names = pl.concat_str(
        [pl.when(pl.col(column).is_not_null()).then(pl.lit(column)) for column in columns],
        separator=" ",
        ignore_nulls=True,
    )
    said = pl.concat_str(WITHHELD, names, separator=" ", ignore_nulls=True)
    said = pl.when(pl.col("held_") & (names != "")).then(said).otherwise(WITHHELD).alias(WITHHELD)
    values = [pl.when(~pl.col("held_")).then(pl.col(column)).alias(column) for column in columns]
    return marked.with_columns(said).with_columns(values).drop("held_")
