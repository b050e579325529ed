"""Reconciliation: do the figures agree with each other, with their keys and with stated totals."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.charges import charges_off_key
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.finding import SEVERITIES, Finding, cite, grade_of, kroner
from hhanalytics.decisions.series import welfare_tech_breaks
from hhanalytics.evidence import Figure
from hhanalytics.methods import constant


def reconcile(dataset: Dataset, year: int | None = None) -> list[Finding]:
    """Every check of agreement, on any data set.

    Args:
        dataset: The Dataset as printed.
        year: Only what concerns this year; None: all years.

    Returns:
        Findings, what must be cleared up first:

        * ``charge_off_key``: a charge does not follow the key of its pool;
        * ``sum_off``, ``sum_rounding``: a stated sum differs from its parts, by more or no more than
          rounding explains;
        * ``accounts_agree``, ``accounts_agree_corrected``, ``accounts_off``: stated accounts against the
          charges of the ordinary pools, printed or put to their key;
        * ``underspend_off``, ``underspend_agrees``: a stated under-spend against budget minus accounts;
        * ``budget_scope``: municipal budgets that sum to another amount than the stated budget;
        * ``welfare_tech_break``: all series move the same way in one month.

    Source:
        Checks as described in ``docs/method.md``; tolerances in ``methods.toml``.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.reconcile(hh.load("data/raw"))
        >>> [f.kind for f in found if f.severity == "clarify"]
        ['charge_off_key', 'underspend_off', 'welfare_tech_break', 'welfare_tech_break']
    """
    if year is not None:
        dataset = _only(dataset, year)
    off_key = charges_off_key(dataset)
    found = [
        *off_key,
        *_municipal_sums(dataset),
        *_accounts(dataset, off_key),
        *_underspend(dataset),
        *_budget_scope(dataset),
        *welfare_tech_breaks(dataset),
    ]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _only(dataset: Dataset, year: int) -> Dataset:
    """The amounts and counts of one year; for the counts with the December before, to which January is compared."""
    ends = pl.col("period_end").dt.year() == year
    months = pl.col("month").is_between(date(year - 1, 12, 1), date(year, 12, 1))
    return dataset.replace(
        costs=dataset.costs.filter(ends),
        budgets=dataset.budgets.filter(ends),
        control_totals=dataset.control_totals.filter(ends),
        welfare_tech=dataset.welfare_tech.filter(months),
    )


def _municipal_sums(dataset: Dataset) -> list[Finding]:
    """Stated sums per municipality against their parts."""
    found = []
    for total in dataset.control_totals.filter(kind="municipality").sort("name", "period_end").iter_rows(named=True):
        parts = _within(dataset.costs.filter(municipality=total["municipality"]), total)
        if not parts.height:
            continue
        summed = int(parts["amount_nok"].sum())
        difference = int(total["amount_nok"]) - summed
        if not difference:
            continue
        row = _row(dataset, total)
        rounding = abs(difference) <= constant("sum_tolerance_per_part_nok") * parts.height
        cites = (*cite("control_totals", row), *cite("costs", parts))
        found.append(
            Finding(
                "sum_rounding" if rounding else "sum_off",
                total["municipality"],
                {
                    "stated": kroner(int(total["amount_nok"]), cite("control_totals", row), grade_of(row)),
                    "summed": kroner(summed, cite("costs", parts), grade_of(parts), formula="sum"),
                    "difference": kroner(difference, cites, grade_of(row, parts), formula="difference"),
                },
                "inform" if rounding else "clarify",
                {"municipality": ("municipalities", total["municipality"])},
                question="" if rounding else "sum_off",
            )
        )
    return found


def _row(dataset: Dataset, total: dict[str, Any]) -> pl.DataFrame:
    """The row of a stated total: another year may state one by the same name."""
    return dataset.control_totals.filter(
        name=total["name"], period_start=total["period_start"], period_end=total["period_end"]
    )


def _within(rows: pl.DataFrame, total: dict[str, Any]) -> pl.DataFrame:
    return rows.filter(
        (pl.col("period_start") >= total["period_start"]) & (pl.col("period_end") <= total["period_end"])
    )


def _ordinary(dataset: Dataset, total: dict[str, Any]) -> pl.DataFrame:
    """The charges that belong to the ordinary accounts on their last day."""
    pools = dataset.pools.filter("in_accounts").select("pool", "valid_from", "valid_to")
    held = pl.col("valid_to").is_null() | (pl.col("period_end") <= pl.col("valid_to"))
    rows = dataset.costs.join(pools, on="pool").filter((pl.col("valid_from") <= pl.col("period_end")) & held)
    return _within(rows.select(dataset.costs.columns), total)


def _accounts(dataset: Dataset, off_key: list[Finding]) -> list[Finding]:
    """Stated accounts against the charges of the ordinary pools, as printed and with charges put to their key."""
    found = []
    for total in dataset.control_totals.filter(kind="accounts").sort("name", "period_end").iter_rows(named=True):
        printed, mended = _ordinary(dataset, total), _ordinary(corrected(dataset, off_key), total)
        if not printed.height:
            continue
        row = _row(dataset, total)
        stated = int(total["amount_nok"])
        summed, by_key = int(printed["amount_nok"].sum()), int(mended["amount_nok"].sum())
        figures = {
            "stated": kroner(stated, cite("control_totals", row), grade_of(row)),
            "summed": kroner(summed, cite("costs", printed), grade_of(printed), formula="sum"),
            "difference": kroner(
                stated - summed, cite("control_totals", row), grade_of(row, printed), formula="difference"
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
        severity = "clarify" if kind == "accounts_off" else "inform"
        question = kind if kind == "accounts_off" else ""
        found.append(Finding(kind, total["name"], figures, severity, question=question))  # type: ignore[arg-type]
    return found


def _stated(dataset: Dataset, kind: str, like: dict[str, Any]) -> pl.DataFrame:
    """The one stated total of a kind for the same period."""
    return dataset.control_totals.filter(
        (pl.col("kind") == kind)
        & (pl.col("period_start") == like["period_start"])
        & (pl.col("period_end") == like["period_end"])
    )


def _underspend(dataset: Dataset) -> list[Finding]:
    """A stated under-spend against budget minus accounts, as stated."""
    found = []
    for total in dataset.control_totals.filter(kind="underspend").sort("name", "period_end").iter_rows(named=True):
        budget, accounts = _stated(dataset, "budget", total), _stated(dataset, "accounts", total)
        if budget.height != 1 or accounts.height != 1:
            continue
        row = _row(dataset, total)
        computed = int(budget["amount_nok"].item()) - int(accounts["amount_nok"].item())
        both = (*cite("control_totals", budget), *cite("control_totals", accounts))
        difference = int(total["amount_nok"]) - computed
        figures = {
            "stated": kroner(int(total["amount_nok"]), cite("control_totals", row), grade_of(row)),
            "computed": kroner(computed, both, grade_of(budget, accounts), formula="difference"),
            "difference": kroner(difference, both, grade_of(row, budget, accounts), formula="difference"),
            "budget": kroner(int(budget["amount_nok"].item()), cite("control_totals", budget), grade_of(budget)),
            "accounts": kroner(
                int(accounts["amount_nok"].item()), cite("control_totals", accounts), grade_of(accounts)
            ),
        }
        if difference:
            found.append(Finding("underspend_off", total["name"], figures, "clarify", question="underspend_off"))
        else:
            found.append(Finding("underspend_agrees", total["name"], figures, "inform"))
    return found


def _budget_scope(dataset: Dataset) -> list[Finding]:
    """Municipal budgets whose sum is not the stated budget: they cover something else."""
    found = []
    for total in dataset.control_totals.filter(kind="budget").sort("name", "period_end").iter_rows(named=True):
        row = _row(dataset, total)
        for budget in dataset.budgets["budget"].unique().sort():
            rows = _within(dataset.budgets.filter(budget=budget), total)
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
