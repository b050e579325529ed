"""Stated accounts and budgets against what the charges and the municipal budgets sum to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.scopes import scope_details, units_of
from hhanalytics.decisions.sums import row_of, stated_rows, within
from hhanalytics.evidence import Figure


def ordinary(dataset: Dataset, total: dict[str, Any]) -> pl.DataFrame:
    """The charges that belong to the ordinary accounts on their last day."""
    pools = dataset.pools.filter("in_accounts").select("pool", "valid_from", "valid_to")
    held = pl.col("valid_to").is_null() | (pl.col("period_end") <= pl.col("valid_to"))
    rows = dataset.costs.join(pools, on="pool").filter((pl.col("valid_from") <= pl.col("period_end")) & held)
    return within(rows.select(dataset.costs.columns), total)


def accounts(dataset: Dataset, off_key: Sequence[Finding] = ()) -> list[Finding]:
    """Stated accounts against the charges of the ordinary pools, and which scope they are the sum of.

    Args:
        dataset: The Dataset as printed.
        off_key: Charges that are off their key.

    Returns:
        ``accounts_agree`` as printed, ``accounts_agree_corrected`` with charges put to their key, or
        ``accounts_off``; each with the scopes that give the stated total as details.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> [found] = accounts(data, [f for f in hh.reconcile(data) if f.kind == "charge_off_key"])
        >>> found.kind, [(scope.kind, scope.lists["pools"][1]) for scope in found.details]
        ('accounts_agree_corrected', [('scope_pools_by_key', ('hallinghelse', 'mft', 'mft_psykisk_helse'))])
    """
    found = []
    mended_dataset = corrected(dataset, off_key)
    for total in stated_rows(dataset, "accounts"):
        printed, mended = ordinary(dataset, total), ordinary(mended_dataset, total)
        every = within(dataset.costs, total)
        if not every.height:
            continue
        row = row_of(dataset, total)
        stated = int(total["amount_nok"])
        summed, by_key = int(printed["amount_nok"].sum()), int(mended["amount_nok"].sum())
        used = printed if printed.height else every
        figures = {
            "stated": kroner(stated, cite("control_totals", row), grade_of(row)),
            "summed": kroner(summed, cite("costs", used), grade_of(used), formula="sum"),
            "difference": kroner(
                stated - summed, cite("control_totals", row), grade_of(row, used), formula="difference"
            ),
        }
        if stated == summed:
            kind = "accounts_agree"
        elif stated == by_key:
            kind = "accounts_agree_corrected"
            figures["by_key"] = kroner(by_key, cite("costs", mended), grade_of(mended), formula="key")
            changed = printed.join(
                mended, on=["municipality", "pool", "period_start", "period_end", "amount_nok"], how="anti"
            )
            figures["cells"] = Figure(changed.height, "charges", "derived", citations=cite("costs", changed))
        else:
            kind = "accounts_off"
        off = kind == "accounts_off"
        cites = (*cite("control_totals", row), *cite("costs", every))
        declared = printed["pool"].unique().sort().to_list()
        details = scope_details(stated, units_of(every, off_key), cites, grade_of(row, every), declared)
        found.append(
            Finding(
                kind,
                total["name"],
                figures,
                "clarify" if off else "inform",
                question="accounts_off" if off else "",
                details=tuple(details),
            )
        )
    return found


def budget_scope(dataset: Dataset) -> list[Finding]:
    """Municipal budgets whose sum is not the stated budget: they cover something else."""
    found = []
    for total in stated_rows(dataset, "budget"):
        row = row_of(dataset, total)
        for budget in dataset.budgets["budget"].unique().sort():
            rows = within(dataset.budgets.filter(budget=budget), total)
            summed = int(rows["amount_nok"].sum())
            if not rows.height or summed == total["amount_nok"]:
                continue
            found.append(
                Finding(
                    "budget_scope",
                    budget,
                    {
                        "stated": kroner(int(total["amount_nok"]), cite("control_totals", row), grade_of(row)),
                        "summed": kroner(summed, cite("budgets", rows), grade_of(rows), formula="sum"),
                    },
                    "inform",
                    {"budget": ("budget", budget)},
                    question="budget_scope",
                )
            )
    return found
