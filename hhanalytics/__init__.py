"""hhanalytics: what inter-municipal health programmes cost, what they give, and how sure we are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hhanalytics.dataset import Dataset as Dataset
    from hhanalytics.dataset import example as example
    from hhanalytics.dataset import load as load
    from hhanalytics.decisions.changes import Change as Change
    from hhanalytics.decisions.changes import Obligation as Obligation
    from hhanalytics.decisions.corrections import corrected as corrected
    from hhanalytics.decisions.finding import Finding as Finding
    from hhanalytics.decisions.information import acceptability as acceptability
    from hhanalytics.decisions.information import evpi as evpi
    from hhanalytics.decisions.information import evppi as evppi
    from hhanalytics.decisions.information import evsi as evsi
    from hhanalytics.decisions.ranking import rank_acceptability as rank_acceptability
    from hhanalytics.decisions.reconciliation import reconcile as reconcile
    from hhanalytics.decisions.scenarios import Scenario as Scenario
    from hhanalytics.decisions.scenarios import join as join
    from hhanalytics.decisions.scenarios import leave as leave
    from hhanalytics.decisions.scenarios import opt_out as opt_out
    from hhanalytics.decisions.scenarios import scenario as scenario
    from hhanalytics.decisions.simulation import simulate as simulate
    from hhanalytics.display.charts import show_chart as show_chart
    from hhanalytics.display.findings import show_findings as show_findings
    from hhanalytics.display.tables import show_table as show_table
    from hhanalytics.extraction import extract as extract
    from hhanalytics.measures.allocation import allocate as allocate
    from hhanalytics.measures.benefit import benefit_by_municipality as benefit_by_municipality
    from hhanalytics.measures.benefit import cash_by_municipality as cash_by_municipality
    from hhanalytics.measures.benefit import gains_by_municipality as gains_by_municipality
    from hhanalytics.measures.catalogue import compute as compute
    from hhanalytics.measures.comparable_costs import comparable_costs as comparable_costs
    from hhanalytics.measures.costs import programme_costs as programme_costs
    from hhanalytics.measures.gain import gain as gain
    from hhanalytics.measures.gain_lines import gain_lines as gain_lines
    from hhanalytics.measures.level_shifts import level_shifts as level_shifts
    from hhanalytics.measures.like_for_like import like_for_like as like_for_like
    from hhanalytics.measures.municipalities import municipality_costs as municipality_costs
    from hhanalytics.measures.need import need_by_municipality as need_by_municipality
    from hhanalytics.measures.participants import cost_per_participant as cost_per_participant
    from hhanalytics.measures.positions import full_position_costs as full_position_costs
    from hhanalytics.measures.technology_gain import technology_break_even as technology_break_even
    from hhanalytics.measures.technology_gain import technology_gain as technology_gain
    from hhanalytics.measures.unit_rates import unit_rates as unit_rates
    from hhanalytics.measures.xmr import xmr as xmr
    from hhanalytics.present.traces import trace as trace
    from hhanalytics.privacy.audit import audit as audit
    from hhanalytics.privacy.cells import differences as differences
    from hhanalytics.privacy.grouping import group as group
    from hhanalytics.privacy.grouping import rounded as rounded
    from hhanalytics.privacy.suppression import suppress as suppress
    from hhanalytics.privacy.suppression import suppressed as suppressed
    from hhanalytics.sources.jsonstat import read_jsonstat as read_jsonstat
    from hhanalytics.sources.table_file import read_table as read_table

__version__ = "0.1.0"

#: Public name → module that holds it; imported when first used, so that ``import hhanalytics`` is quick.
_NAMES = {
    "Dataset": "dataset",
    "load": "dataset",
    "example": "dataset",
    "compute": "measures.catalogue",
    "allocate": "measures.allocation",
    "full_position_costs": "measures.positions",
    "programme_costs": "measures.costs",
    "municipality_costs": "measures.municipalities",
    "cost_per_participant": "measures.participants",
    "gain": "measures.gain",
    "gain_lines": "measures.gain_lines",
    "comparable_costs": "measures.comparable_costs",
    "like_for_like": "measures.like_for_like",
    "level_shifts": "measures.level_shifts",
    "unit_rates": "measures.unit_rates",
    "technology_gain": "measures.technology_gain",
    "technology_break_even": "measures.technology_gain",
    "xmr": "measures.xmr",
    "Finding": "decisions.finding",
    "reconcile": "decisions.reconciliation",
    "corrected": "decisions.corrections",
    "trace": "present.traces",
    "simulate": "decisions.simulation",
    "evpi": "decisions.information",
    "evppi": "decisions.information",
    "evsi": "decisions.information",
    "acceptability": "decisions.information",
    "rank_acceptability": "decisions.ranking",
    "benefit_by_municipality": "measures.benefit",
    "gains_by_municipality": "measures.benefit",
    "cash_by_municipality": "measures.benefit",
    "need_by_municipality": "measures.need",
    "Change": "decisions.changes",
    "Obligation": "decisions.changes",
    "Scenario": "decisions.scenarios",
    "scenario": "decisions.scenarios",
    "leave": "decisions.scenarios",
    "join": "decisions.scenarios",
    "opt_out": "decisions.scenarios",
    "suppress": "privacy.suppression",
    "suppressed": "privacy.suppression",
    "audit": "privacy.audit",
    "group": "privacy.grouping",
    "rounded": "privacy.grouping",
    "differences": "privacy.cells",
    "extract": "extraction",
    "show_table": "display.tables",
    "show_findings": "display.findings",
    "show_chart": "display.charts",
    "read_table": "sources.table_file",
    "read_jsonstat": "sources.jsonstat",
}

__all__ = [*sorted(_NAMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'hhanalytics' has no attribute {name!r}")
    return getattr(import_module(f"hhanalytics.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
