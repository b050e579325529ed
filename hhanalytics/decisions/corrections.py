"""Declared corrections: the Dataset with charges put to what their key gives, never in place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.errors import BadInput


def corrected(dataset: Dataset, findings: Iterable[Finding]) -> Dataset:
    """The Dataset with every charge that is off its key replaced by what the key gives.

    Args:
        dataset: The Dataset as printed; it is left as it is.
        findings: Findings, of which those of kind ``charge_off_key`` are applied; others are ignored.

    Returns:
        A Dataset whose ``charges`` is ``corrected``. A corrected row is graded ``derived`` and its note
        names the amount as printed.

    Raises:
        BadInput: A finding fits no row, or the row no longer holds the amount that was found.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> hh.corrected(data, hh.reconcile(data)).costs.filter(pool="mft")["amount_nok"].sum()
        763798
    """
    costs = dataset.costs
    problems = []
    for finding in findings:
        if finding.kind != "charge_off_key":
            continue
        pool = finding.names["pool"][1]
        start, end = (date.fromisoformat(day) for day in finding.names["period"][1].split("/"))
        charged, by_key = finding.figures["charged"].value, finding.figures["by_key"].value
        here = (
            (pl.col("municipality") == finding.subject)
            & (pl.col("pool") == pool)
            & (pl.col("period_start") == start)
            & (pl.col("period_end") == end)
        )
        row = costs.filter(here)
        if row["amount_nok"].to_list() != [charged]:
            found = ", ".join(map(str, row["amount_nok"])) or "no row"
            problems.append(f"{finding.subject} in {pool} from {start}: {found} where {charged} was found")
            continue
        note = f"As printed: {charged}; the key of the pool gives {by_key}."
        costs = costs.with_columns(
            pl.when(here).then(pl.lit(by_key)).otherwise("amount_nok").cast(pl.Int64).alias("amount_nok"),
            pl.when(here).then(pl.lit("derived")).otherwise("grade").alias("grade"),
            pl.when(here).then(pl.lit(note)).otherwise("note").alias("note"),
        )
    if problems:
        raise BadInput.of(
            "stale_correction",
            "corrected",
            "; ".join(problems),
            "charges as they were when reconciled",
            "Reconcile this Dataset again and use those findings.",
        )
    return dataset.replace(charges="corrected", costs=costs)
