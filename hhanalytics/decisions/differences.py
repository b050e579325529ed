"""A stated under- or over-spend against budget minus accounts, on the scope they are stated for and on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.budgets import budget_layers
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.scopes import Scope, scopes, units_of
from hhanalytics.decisions.sums import row_of, stated_rows, within


def _stated(dataset: Dataset, kind: str, like: dict[str, Any]) -> pl.DataFrame:
    """The one stated total of a kind for the same period."""
    return dataset.control_totals.filter(
        (pl.col("kind") == kind)
        & (pl.col("period_start") == like["period_start"])
        & (pl.col("period_end") == like["period_end"])
    )


def underspend(
    dataset: Dataset, off_key: Sequence[Finding] = (), layers: Sequence[Finding] | None = None
) -> list[Finding]:
    """A stated under-spend against budget minus accounts, as stated.

    Args:
        dataset: The Dataset as printed.
        off_key: Charges that are off their key.
        layers: What `budget_layers` found, where it has been asked already.

    Returns:
        ``underspend_agrees`` or ``underspend_off``. Where it is off, the details name the budgets and posts
        whose difference is the stated amount to the krone, or say that there are none.

    Example:
        >>> import hhanalytics as hh
        >>> [found] = underspend(hh.load("data/raw"))
        >>> found.figures["computed"].value, [detail.kind for detail in found.details]
        (372503, ['difference_none'])
    """
    found = []
    for total in stated_rows(dataset, "underspend"):
        budget, accounts = _stated(dataset, "budget", total), _stated(dataset, "accounts", total)
        if budget.height != 1 or accounts.height != 1:
            continue
        row = row_of(dataset, total)
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
        if not difference:
            found.append(Finding("underspend_agrees", total["name"], figures, "inform"))
            continue
        details = _other_scopes(dataset, total, off_key, budget_layers(dataset) if layers is None else layers)
        found.append(
            Finding("underspend_off", total["name"], figures, "clarify", question="underspend_off", details=details)
        )
    return found


def _other_scopes(
    dataset: Dataset, total: dict[str, Any], off_key: Sequence[Finding], layers: Sequence[Finding]
) -> tuple[Finding, ...]:
    """Budgets and posts whose difference is a stated one."""
    rows = within(dataset.costs, total)
    printed = within(dataset.budgets, total)
    budgets = {int(amount) for amount in _stated(dataset, "budget", total)["amount_nok"]}
    budgets |= {int(amount) for (amount,) in printed.group_by("budget").agg(pl.col("amount_nok").sum()).select("amount_nok").iter_rows()}  # fmt: skip
    budgets |= {int(d.figures["amount"].value or 0) for f in layers for d in f.details if "amount" in d.figures}
    units = units_of(rows, off_key)
    cites, grade = cite("costs", rows), grade_of(*(frame for frame in (rows, printed) if frame.height))
    of_budget = (*cite("budgets", printed), *cite("control_totals", _stated(dataset, "budget", total)))
    out = []
    for budget in sorted(budgets, reverse=True):
        for scope in _plain(scopes(budget - int(total["amount_nok"]), units)):
            figures = {
                "budget": kroner(budget, of_budget, grade, formula="budget_known"),
                "stated": kroner(int(total["amount_nok"]), cites, grade, formula="difference"),
            }
            kind = "difference_scope_by_key" if scope.corrected else "difference_scope"
            lists = {"pools": ("pools", scope.pools)}
            out.append(Finding(kind, total["name"], figures, "inform", lists=lists))
    return tuple(out) or (Finding("difference_none", total["name"], {}, "inform"),)


def _plain(found: Sequence[Scope]) -> list[Scope]:
    """Scopes of whole pools: with several budgets to subtract from, finer ones would fit by chance."""
    return [scope for scope in found if scope.pools and not scope.without and scope.period is None]
