"""Reconciliation: do the figures agree with each other, with their keys, with stated totals and with what happened."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.budgets import budget_layers
from hhanalytics.decisions.charges import charges_off_key
from hhanalytics.decisions.differences import underspend
from hhanalytics.decisions.events import charges_against_events
from hhanalytics.decisions.finding import SEVERITIES, Finding, Findings
from hhanalytics.decisions.key_findings import key_findings
from hhanalytics.decisions.keys import posts
from hhanalytics.decisions.readings import unclear_readings
from hhanalytics.decisions.series import welfare_tech_breaks
from hhanalytics.decisions.series_checks import totals_against_parts, unchanged_series
from hhanalytics.decisions.sums import municipal_sums, negative_charges
from hhanalytics.decisions.totals import accounts, budget_scope
from hhanalytics.decisions.uncharged import uncharged_periods


def reconcile(dataset: Dataset, year: int | None = None) -> Findings:
    """Every check of agreement, on any data set.

    Args:
        dataset: The Dataset as printed.
        year: Only what concerns this year; None: all years.

    Returns:
        Findings, what must be cleared up first. Each has a kind; those that follow from it stand in its
        ``details``.

        * keys: ``charge_off_key`` with its explanations; ``key_differs``, ``key_members``, ``key_undeclared``,
          ``member_not_charged``, ``period_not_charged``, ``key_few``, ``key_several_off``, ``key_unusable``; ``key_found``,
          ``keys_not_judged``;
        * sums and totals: ``sum_off``, ``sum_rounding``; ``accounts_agree``, ``accounts_agree_corrected``,
          ``accounts_off``, each with the scopes that give the total; ``charge_negative``;
        * differences: ``underspend_off``, ``underspend_agrees``;
        * budgets: ``budget_scope``; ``budget_layers``, ``budget_layers_several``, ``budget_layers_none``,
          ``budget_layers_few``;
        * events: ``charged_while_vacant``, ``charged_before_start``, ``charged_before_joining``,
          ``charged_after_exit``;
        * series: ``welfare_tech_break``, ``series_unchanged``, ``series_unchanged_in``, ``total_against_parts``;
        * readings: ``unclear_reading``, ``unclear_reading_alone``.

    Source:
        Checks as described in ``docs/method.md``; tolerances in ``methods.toml``.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.reconcile(hh.example())
        >>> [f.kind for f in found if f.severity == "clarify"]
        ['charge_off_key', 'charged_while_vacant', 'underspend_off', 'welfare_tech_break', 'welfare_tech_break']
    """
    readings = unclear_readings(dataset, year)
    if year is not None:
        dataset = _only(dataset, year)
    keys = posts(dataset)
    off_key = charges_off_key(dataset, keys)
    layers = budget_layers(dataset)
    found = [
        *off_key,
        *key_findings(dataset, keys),
        *charges_against_events(dataset),
        *uncharged_periods(dataset),
        *negative_charges(dataset, off_key),
        *municipal_sums(dataset, off_key),
        *accounts(dataset, off_key),
        *underspend(dataset, off_key, layers),
        *budget_scope(dataset),
        *layers,
        *welfare_tech_breaks(dataset),
        *unchanged_series(dataset),
        *totals_against_parts(dataset),
        *readings,
    ]
    return Findings(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


@lru_cache(maxsize=8)
def reconciled(dataset: Dataset, year: int | None = None) -> tuple[Finding, ...]:
    """What `reconcile` finds, worked out once for a Dataset and year.

    Args:
        dataset: The Dataset as printed.
        year: Only what concerns this year; None: all years.
    """
    return tuple(reconcile(dataset, year))


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
