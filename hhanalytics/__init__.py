"""hhanalytics: what inter-municipal health programmes cost, what they give, and how sure we are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hhanalytics.dataset import Dataset as Dataset
    from hhanalytics.dataset import load as load
    from hhanalytics.decisions.corrections import corrected as corrected
    from hhanalytics.decisions.finding import Finding as Finding
    from hhanalytics.decisions.reconciliation import reconcile as reconcile
    from hhanalytics.measures.allocation import allocate as allocate
    from hhanalytics.measures.catalogue import compute as compute
    from hhanalytics.measures.costs import programme_costs as programme_costs
    from hhanalytics.measures.gain import gain as gain
    from hhanalytics.measures.gain import gain_lines as gain_lines
    from hhanalytics.measures.municipalities import municipality_costs as municipality_costs
    from hhanalytics.measures.participants import cost_per_participant as cost_per_participant
    from hhanalytics.measures.positions import full_position_costs as full_position_costs
    from hhanalytics.privacy.audit import audit as audit
    from hhanalytics.privacy.cells import differences as differences
    from hhanalytics.privacy.grouping import group as group
    from hhanalytics.privacy.grouping import rounded as rounded
    from hhanalytics.privacy.suppression import suppress as suppress
    from hhanalytics.privacy.suppression import suppressed as suppressed

__version__ = "0.1.0"

#: Public name → module that holds it; imported when first used, so that ``import hhanalytics`` is quick.
_NAMES = {
    "Dataset": "dataset",
    "load": "dataset",
    "compute": "measures.catalogue",
    "allocate": "measures.allocation",
    "full_position_costs": "measures.positions",
    "programme_costs": "measures.costs",
    "municipality_costs": "measures.municipalities",
    "cost_per_participant": "measures.participants",
    "gain": "measures.gain",
    "gain_lines": "measures.gain",
    "Finding": "decisions.finding",
    "reconcile": "decisions.reconciliation",
    "corrected": "decisions.corrections",
    "suppress": "privacy.suppression",
    "suppressed": "privacy.suppression",
    "audit": "privacy.audit",
    "group": "privacy.grouping",
    "rounded": "privacy.grouping",
    "differences": "privacy.cells",
}

__all__ = [*sorted(_NAMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'hhanalytics' has no attribute {name!r}")
    return getattr(import_module(f"hhanalytics.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
