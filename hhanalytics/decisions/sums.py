"""Stated sums per municipality against their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.scopes import scope_details, units_of
from hhanalytics.methods import constant


def stated_rows(dataset: Dataset, kind: str) -> list[dict[str, Any]]:
    """The stated totals of a kind, in order of name and period."""
    return list(
        dataset.control_totals.filter(kind=kind).sort("name", "period_end", "period_start").iter_rows(named=True)
    )


def row_of(dataset: Dataset, total: dict[str, Any]) -> pl.DataFrame:
    """The row of a stated total: another year may state one by the same name."""
    return dataset.control_totals.filter(
        name=total["name"], period_start=total["period_start"], period_end=total["period_end"]
    )


def within(rows: pl.DataFrame, total: dict[str, Any]) -> pl.DataFrame:
    """The rows whose period lies within that of a stated total."""
    return rows.filter(
        (pl.col("period_start") >= total["period_start"]) & (pl.col("period_end") <= total["period_end"])
    )


def municipal_sums(dataset: Dataset, off_key: Sequence[Finding] = ()) -> list[Finding]:
    """Stated sums per municipality against their parts.

    Args:
        dataset: The Dataset as printed.
        off_key: Charges that are off their key; a sum may have been made with what the key gives.

    Returns:
        ``sum_rounding`` where each part rounded by half a krone explains the difference, ``sum_off`` where it
        does not, with the posts that do give the sum as details.

    Example:
        >>> import hhanalytics as hh
        >>> [(f.kind, f.subject) for f in municipal_sums(hh.load("data/raw"))]
        [('sum_rounding', 'hemsedal'), ('sum_rounding', 'hol'), ('sum_rounding', 'nesbyen')]
    """
    found = []
    for total in stated_rows(dataset, "municipality"):
        parts = within(dataset.costs.filter(municipality=total["municipality"]), total)
        if not parts.height:
            continue
        summed = int(parts["amount_nok"].sum())
        stated = int(total["amount_nok"])
        difference = stated - summed
        if not difference:
            continue
        row = row_of(dataset, total)
        rounding = abs(difference) <= constant("sum_tolerance_per_part_nok") * parts.height
        cites = (*cite("control_totals", row), *cite("costs", parts))
        figures = {
            "stated": kroner(stated, cite("control_totals", row), grade_of(row)),
            "summed": kroner(summed, cite("costs", parts), grade_of(parts), formula="sum"),
            "difference": kroner(difference, cites, grade_of(row, parts), formula="difference"),
        }
        names = {"municipality": ("municipalities", total["municipality"])}
        if rounding:
            found.append(Finding("sum_rounding", total["municipality"], figures, "inform", names))
            continue
        details = scope_details(stated, units_of(parts, off_key), cites, grade_of(row, parts))
        found.append(
            Finding(
                "sum_off", total["municipality"], figures, "clarify", names, question="sum_off", details=tuple(details)
            )
        )
    return found


def negative_charges(dataset: Dataset, off_key: Sequence[Finding] = ()) -> list[Finding]:
    """Charges below zero that are not already said to be off their key.

    Args:
        dataset: The Dataset as printed.
        off_key: Charges that are off their key.

    Returns:
        Findings ``charge_negative``: money back, or a sign too many; the amounts do not tell which.

    Example:
        >>> import hhanalytics as hh
        >>> negative_charges(hh.load("data/raw"))
        []
    """
    named = {(f.subject, f.names["pool"][1], f.names["period"][1]) for f in off_key}
    rows = dataset.costs.filter(pl.col("amount_nok") < 0).sort("pool", "period_start", "municipality")
    found = []
    for row in rows.iter_rows(named=True):
        name, pool, period = row["municipality"], row["pool"], f"{row['period_start']}/{row['period_end']}"
        if (name, pool, period) in named:
            continue
        own = rows.filter(municipality=name, pool=pool, period_start=row["period_start"], period_end=row["period_end"])
        figures = {"charged": kroner(row["amount_nok"], cite("costs", own), grade_of(own))}
        names = {"municipality": ("municipalities", name), "pool": ("pools", pool), "period": ("periods", period)}
        found.append(Finding("charge_negative", name, figures, "clarify", names, question="charge_negative"))
    return found
