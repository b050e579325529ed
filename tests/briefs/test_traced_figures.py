"""Figures as a brief shows them lead to their rows, when they are given to ``hh.trace`` as they stand there."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import hhanalytics as hh
from hhanalytics.briefs import sections
from hhanalytics.briefs.context import Context, open_context
from hhanalytics.dataset import Dataset
from hhanalytics.present.inline import Shown
from tests.briefs.test_sections import SECTIONS, context_of


def shown_in(node: Any) -> Iterator[Shown]:
    """Every figure in a block and the blocks inside it."""
    if isinstance(node, Shown):
        yield node
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from shown_in(getattr(node, field.name))
    elif isinstance(node, list | tuple):
        for each in node:
            yield from shown_in(each)


@pytest.fixture(scope="module")
def context(dataset: Dataset) -> Context:
    return context_of(dataset)


def test_every_figure_of_a_brief_is_traced(context: Context) -> None:
    blocks = [getattr(sections, name)(context) for name in SECTIONS]
    figures = dict.fromkeys(each for block in blocks for each in shown_in(block))
    by = Counter[str]()
    for figure in figures:
        found = hh.trace(context.dataset, figure)
        assert found.value in (figure.value, None) or math.isclose(found.value or 0, figure.value or 0, rel_tol=1e-12)
        assert found.text
        if figure.value is not None:
            assert found.rows.height, figure.text
        by[found.traced.measure] += 1
    # Those of measures are worked out step by step; the others name the rows they cite.
    assert len(figures) > 250
    assert by["level_shifts"] >= 10
    assert by["unit_rates"] >= 8
    assert by["technology_break_even"] >= 4
    assert by["municipality_costs"] >= 6
    assert by["cost_per_participant"] >= 2


def test_a_query_reaches_what_the_brief_prints(context: Context) -> None:
    """By hand: 443 alarms in use (line 377) for 1 127 and 1 359 inhabitants of 80 and over in five and six municipalities."""
    data = context.dataset
    june = "technology=trygghetsalarm month=2025-06"
    assert hh.trace(data, f"like_for_like {june} column=units").value == 443
    assert hh.trace(data, f"unit_rates {june} age=80+ column=rate_low").value == pytest.approx(443_000 / 1359)
    assert hh.trace(data, f"unit_rates {june} age=80+ column=rate_high").value == pytest.approx(443_000 / 1127)
    assert hh.trace(data, f"level_shifts {june}").value == 443 - 561
    asked = hh.trace(data, f"like_for_like {june} column=like_for_like")
    assert (asked.value, asked.traced.reason) == (None, "not_by_municipality")


def test_a_notebook_opened_by_hand_takes_the_latest_year() -> None:
    """Its parameter says no year; only rendering fills it in."""
    found = open_context(year=None, language="nb", data="data/raw", privacy="public", charges="corrected")
    assert found.year == 2025
