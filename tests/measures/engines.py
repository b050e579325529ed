"""How the tests compare what engines give."""

from __future__ import annotations

import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from hhanalytics.measures.frames import rows

#: Of the synthetic tables: together they hold every reason why a figure is missing, but for positions.
SEEDS = (1, 2, 6, 11)


def plain(value: Any) -> Any:
    """A cell without the ways of its engine: one nothing, one kind of day."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return value.date()
    return value


def same(a: Any, b: Any) -> bool:
    """Whether two cells agree: money and words exactly, quotients to 1e-9."""
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return bool(a == b)


def cells(native: Any) -> list[dict[str, Any]]:
    """The rows of any frame, their cells without the ways of its engine."""
    return [{key: plain(value) for key, value in row.items()} for row in rows(native)]


def differences(got: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Rows that differ, whatever their order: rows with equal keys have none."""
    assert [list(row) for row in got] == [list(row) for row in expected]
    pairs = zip(sorted(got, key=repr), sorted(expected, key=repr), strict=True)
    return [(a, b) for a, b in pairs if not all(same(a[k], b[k]) for k in a)]


def guide_block(engine: str) -> str:
    """The code that the guide shows for an engine."""
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text("utf-8")
    found = re.search(rf"^<!-- engine: {engine} -->\n```py\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    assert found, engine
    return found[1]
