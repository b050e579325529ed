"""What a plan lets be shown gives no small count away, by trying every way the withheld counts could be."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.evidence import Figure
from hhanalytics.exports.gated import gated_table
from hhanalytics.privacy.gate import Gate
from hhanalytics.privacy.plan import Parts, Plan
from hhanalytics.privacy.planning import _protected, _solved, counted, known_sums, plan_of
from hhanalytics.privacy.releases import told

ROOT = Path(__file__).parents[2]
SAID = {"source": "made_up", "locator": "l. 1", "grade": "documented"}
#: Counts go up to this in made-up data, so that every way can be tried.
MOST = 14


def units(dataset: Dataset, counts: dict[tuple[str, int, str | None], int]) -> Dataset:
    """A Dataset with these counts of (technology, month, municipality), and no activity that counts persons."""
    rows = [
        {**SAID, "technology": name, "month": date(2026, month, 1), "municipality": who, "units": n}
        for (name, month, who), n in counts.items()
    ]
    return dataset.replace(
        welfare_tech=pl.DataFrame(rows, dataset.welfare_tech.schema), activities=dataset.activities.clear()
    )


def possible(plan: Plan, counts: dict[str, int], sums: list[tuple[Parts, float]], row: str) -> set[int]:
    """Every value a withheld row may have beside what is published; no code is shared with the attack."""
    hidden = sorted(plan.withheld)
    limit = 5
    spans = [range(limit) if each in plan.small else range(limit, 70) for each in hidden]
    found = set()
    for values in itertools.product(*spans):
        guess = {**counts, **dict(zip(hidden, values, strict=True))}
        if all(sum(guess[name] * times for name, times in parts) == total for parts, total in sums):
            found.add(guess[row])
    return found


def made_up() -> Iterator[Any]:
    """Two or three technologies in one month, counted for all or by municipality, one or two of them small."""
    draw = np.random.default_rng(9)
    for number in range(12):
        names = ["a", "b", "c"][: 2 + number % 2]
        split = number % 3
        keys = [(name, 1, who) for name in names for who in (("aal", "gol") if split and name == "a" else (None,))]
        counts = {key: int(n) for key, n in zip(keys, draw.integers(5, MOST, len(keys)), strict=True)}
        counts[keys[number % len(keys)]] = int(draw.integers(0, 5))
        if split == 2:
            counts[("a", 1, None)] = counts[("a", 1, "aal")] + counts[("a", 1, "gol")]
        yield pytest.param(counts, id=f"{number}")


@pytest.mark.parametrize("counts", list(made_up()))
def test_nothing_small_follows_whatever_way_one_tries(dataset: Dataset, counts: Any) -> None:
    data = units(dataset, counts)
    plan, known = plan_of(data), counted(data)
    assert plan.small
    sums = [(parts, sum(known[name] * times for name, times in parts)) for parts in plan.sums]
    sums += [(each.parts, each.value) for each in known_sums(data)]
    if len(plan.withheld) > 4:
        pytest.skip("too many ways to try them all")
    for row in plan.small:
        assert possible(plan, known, sums, row) >= set(range(5)), row


@pytest.mark.parametrize("spoken", [[], ["a"], ["b"]])
@pytest.mark.parametrize("count", range(5))
def test_a_row_by_itself_is_withheld_as_the_solver_would(count: int, spoken: list[str]) -> None:
    counts = {"row": count, "elsewhere": 30}
    assert _protected({"row": "a"}, spoken, counts) == _solved({"row": "a"}, spoken, counts) == ({"row"}, [])


def test_random_groups_are_solved_as_before() -> None:
    draw = np.random.default_rng(4)
    for _ in range(25):
        rows = {f"r{n}": f"k{draw.integers(0, 2)}" for n in range(draw.integers(1, 4))}
        counts = {row: int(n) for row, n in zip(rows, draw.integers(0, 12, len(rows)), strict=True)}
        counts["r0"] = int(draw.integers(0, 5))
        spoken = sorted(kind for kind in set(rows.values()) if draw.random() < 0.6)
        assert _protected(rows, spoken, counts) == _solved(rows, spoken, counts)


def test_a_check_of_the_real_data_loads_no_solver() -> None:
    code = (
        "import sys; from hhanalytics.cli import main; main(['check']); sys.exit(int('scipy.optimize' in sys.modules))"
    )
    assert not subprocess.run((sys.executable, "-c", code), capture_output=True, check=False, cwd=ROOT).returncode


def test_a_total_minus_the_others(dataset: Dataset) -> None:
    """24 in all and 20 in Ål would leave 4 for Gol; and then in the export and in every figure alike."""
    data = units(dataset, {("gps", 1, None): 24, ("gps", 1, "aal"): 20, ("gps", 1, "gol"): 4, ("tv", 1, None): 30})
    plan = plan_of(data)
    assert len(plan.withheld & {f"welfare_tech:gps:2026-01-01:{who}" for who in ("", "aal", "gol")}) >= 2
    open_plan = Plan(plan.small, plan.small)
    said = _singles(data, open_plan)
    assert told([*said, *known_sums(data)], counted(data), open_plan) == ["welfare_tech:gps:2026-01-01:gol"]
    shown = gated_table("welfare_tech", data.welfare_tech, Gate(plan=plan), data)
    assert set(plan.withheld) == {
        f"welfare_tech:{t}:{m}:{who or ''}" for t, m, who, n in shown.select("technology", "month", "municipality", "units").iter_rows() if n is None
    }  # fmt: skip


@pytest.mark.parametrize(("whole", "inside"), [(60, (57, 3)), (60, (30, 27, 3)), (10, (10, 0)), (12, (4, 8))])
def test_a_count_minus_the_rest_of_what_lies_in_it(dataset: Dataset, whole: int, inside: tuple[int, ...]) -> None:
    """The parts of a course fill it: without all but one of them the one that is small follows."""
    (row,) = dataset.activities.filter(activity="mft_participants").to_dicts()
    rows = [{**row, "quantity": whole, "qualifier": "exact"}]
    rows += [
        {**row, "activity": f"part_{n}", "part_of": row["activity"], "quantity": count, "qualifier": "exact"}
        for n, count in enumerate(inside)
    ]
    data = dataset.replace(
        activities=pl.DataFrame(rows, dataset.activities.schema), welfare_tech=dataset.welfare_tech.clear()
    )
    plan, known = plan_of(data), counted(data)
    sums = [(parts, sum(known[name] * times for name, times in parts)) for parts in plan.sums]
    sums.append(((("activities:mft_participants", 1), *((f"activities:part_{n}", -1) for n in range(len(inside)))), 0))
    assert plan.small
    for name in plan.small:
        assert possible(plan, known, sums, name) >= set(range(5)), name
    shown = gated_table("activities", data.activities, Gate(plan=plan), data)
    hidden = {f"activities:{name}" for name in shown.filter(pl.col("quantity").is_null())["activity"]}
    assert hidden >= plan.withheld


def test_differences_between_months(dataset: Dataset) -> None:
    """30 in January and 27 less in February are 3: the change goes with the count, as does any sum over months."""
    data = units(dataset, {("gps", 1, None): 30, ("gps", 2, None): 3, ("tv", 1, None): 40, ("tv", 2, None): 41})
    plan = plan_of(data)
    gate = Gate(plan=plan)
    january, february = ("welfare_tech:gps:2026-01-01:", 1), ("welfare_tech:gps:2026-02-01:", 1)
    change = Figure(-27, "units", "derived", parts=(february, (january[0], -1)))
    year = Figure(33, "units", "derived", counts_persons=True, parts=(january, february))
    assert [gate.withholds(figure) for figure in (change, year)] == [True, True]
    assert not gate.withholds(Figure(30, "units", "documented", counts_persons=True, parts=(january,)))
    # Both technologies' change together stands in the text where the other one is withheld as well.
    other = [("welfare_tech:tv:2026-02-01:", 1), ("welfare_tech:tv:2026-01-01:", -1)]
    together = Figure(-26, "units", "derived", parts=(*change.parts, *other))
    assert gate.withholds(together) is ("welfare_tech:tv:2026-02-01:" not in plan.withheld)


def test_a_cost_divided_by_the_cost_per_participant(dataset: Dataset) -> None:
    few = dataset.activities.with_columns(
        quantity=pl.when(activity="mft_participants").then(3).otherwise("quantity").cast(pl.Int64)
    )
    data = dataset.replace(activities=few)
    for query in ("cost_per_participant programme=mft", "gain programme=mft column=break_even_high_nok"):
        assert hh.trace(data, query).value is None, query
        assert hh.trace(data, query, privacy="internal").value is not None
    counts = hh.trace(data, "cost_per_participant programme=mft").rows.filter(
        table="activities", key="activity=mft_participants"
    )
    assert counts["value"].to_list() == [None]


def _singles(data: Dataset, plan: Plan) -> list[Any]:
    from hhanalytics.privacy.releases import Said

    return [Said.of([(row, 1)], float(n)) for row, n in counted(data).items() if row not in plan.withheld]
