"""The quick search finds what trying all patterns finds, and looks at no more of a larger table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from bench.synthetic import synthetic_table
from hhanalytics.errors import BadInput
from hhanalytics.privacy import heuristic, patterns, suppression
from hhanalytics.privacy.cells import KNOWN_ZERO, NOWHERE, Dimension, System, dimension, system_of
from hhanalytics.privacy.choices import WAYS, Choices
from hhanalytics.privacy.patterns import Patterns
from hhanalytics.privacy.prices import NEVER, NIL, Prices
from hhanalytics.privacy.protection import Task
from tests.privacy import made_up_tables as tables

TREES: list[Mapping[str, str]] = [
    tables.flat("p", 2),
    tables.flat("p", 6),
    {"n": "total", "s": "total", "a": "n", "b": "n", "c": "n", "d": "s", "e": "s"},
    {"x": "total", "y": "total", "x1": "x", "x2": "x", "x11": "x1", "x12": "x1", "x21": "x2", "y1": "y"},
]


# By the definition, one by one


def ways_down(d: Dimension, code: int) -> list[list[int]]:
    found = [[code, *down] for child in d.children[code] for down in ways_down(d, child)] or [[code]]
    return found if len(found) <= WAYS else [found[round(i)] for i in np.linspace(0, len(found) - 1, WAYS)]


def ways_up(d: Dimension, code: int, lifted: bool) -> list[dict[int, int]]:
    """Every way a code may rise, as code → sign."""
    found = []
    for down in ways_down(d, code):
        risen, at = dict.fromkeys(down, 1), code
        while d.parent[at] >= 0:
            beside = [child for child in d.children[d.parent[at]] if child != at]
            found += [risen | dict.fromkeys(way, -1) for child in beside for way in ways_down(d, child)]
            if not lifted:
                break
            at = d.parent[at]
            risen = risen | {at: 1}
        else:
            found.append(risen)
    return found


def exhaustive(system: System, cell: int, price: Any, lifted: bool) -> float:
    """What the cheapest of all patterns around a cell costs, by trying every one."""
    choices = [ways_up(d, int(c), lifted) for d, c in zip(system.dimensions, system.places[cell], strict=True)]
    best = NEVER
    for each in itertools.product(*choices):
        total = 0.0
        for corner in itertools.product(*(way.items() for way in each)):
            at = int(system.grid[tuple(code for code, _ in corner)])
            sign = int(np.prod([s for _, s in corner]))
            if at == KNOWN_ZERO:
                total = NEVER
            elif at != NOWHERE:
                total += price(at, sign)
        best = min(best, total)
    return best


def price_of(prices: Prices, up: float, down: float) -> Any:
    """What a cell costs, worked out anew."""
    task = prices.task

    def price(cell: int, sign: int) -> float:
        above, below = (task.upper, task.lower) if sign > 0 else (task.lower, task.upper)
        if prices._shut[cell] or above[cell] < up - NIL or below[cell] < down - NIL:
            return NEVER
        return 0.0 if prices.hidden[cell] else float(task.cost[cell])

    return price


@st.composite
def systems(draw: Any) -> tuple[System, Task]:
    """A table with rows left out and any prices, limits and suppressed cells."""
    random = np.random.default_rng(draw(st.integers(0, 100_000)))
    dims = {f"d{i}": draw(st.sampled_from(TREES)) for i in range(draw(st.integers(1, 3)))}
    table = tables.made_up(dims, 3, int(random.integers(1000)))
    leaves = pl.all_horizontal(*[pl.col(name).is_in(tables.codes_of(tree)[0]) for name, tree in dims.items()])
    table = table.filter((pl.col("n") > 0) | ~leaves | pl.Series(random.random(table.height) < 0.5))
    system = system_of([table], "n", dims, whole_numbers=True)
    size = system.size
    below = draw(st.sampled_from([0.0, 0.0, -0.5]))
    cost = random.choice([below, 1.0, 1.5, 7.0], size) + random.random(size) * draw(st.sampled_from([0.0, 1e-6, 1.0]))
    lower, upper = random.integers(0, 6, (2, size)).astype(float)
    upper[random.random(size) < 0.5] = np.inf
    some = [random.random(size) < share for share in (0.2, 0.1)]
    return system, Task(system, *some, np.zeros(size, bool), lower, upper, cost, (), np.zeros(size, bool), True)


@pytest.fixture(params=["as they are", "leaving out early"])
def narrow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables would otherwise be priced whole."""
    if request.param == "leaving out early":
        monkeypatch.setattr(patterns, "SMALL", 0)
        monkeypatch.setattr(patterns, "FEW", patterns.FIRST)


@pytest.mark.usefixtures("narrow")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(systems(), st.booleans(), st.sampled_from([NEVER, 1.0, 3.0, 9.0]), st.data())
def test_the_quick_search_finds_the_cheapest_of_all_patterns(
    case: tuple[System, Task], lifted: bool, limit: float, data: Any
) -> None:
    system, task = case
    search, prices = Patterns(system, 10**9), Prices(task)
    for _ in range(4):
        cell = data.draw(st.integers(0, system.size - 1))
        up, down = data.draw(st.sampled_from([(1.0, 0.0), (0.0, 2.0), (2.0, 3.0)]))
        best = exhaustive(system, cell, price_of(prices, up, down), lifted)
        found = search.cheapest(cell, prices, up, down, lifted, limit)
        kept = search.within(cell, prices, lifted, limit) if limit < NEVER else None
        assert (found is None) == (not best < limit)
        if found is not None:
            assert found[0] == pytest.approx(best)
            price = price_of(prices, up, down)
            assert sum(price(c, int(s)) for c, s in zip(*found[1:], strict=True)) == pytest.approx(best)
            # Whatever it moves, every sum stays.
            by = np.zeros(system.size)
            by[found[1]] = found[2]
            assert by[cell] == 1
            assert not (system.sums @ by).any()
            if kept is not None:
                chosen = search.pick(kept, prices, up, down, limit)
                assert chosen is not None
                assert [part.tolist() for part in chosen[1:]] == [part.tolist() for part in found[1:]]
            # What was found costs nothing from now on.
            prices.hide(found[1])


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("lifted", [False, True])
def test_choices_are_those_of_the_definition(tree: Mapping[str, str], lifted: bool) -> None:
    d = dimension("d", set(tree), tree, summed=True)
    choices = Choices(d)
    for code in range(len(d.codes)):
        codes, signs = choices.of(code, lifted)
        rows = [
            {c: s for c, s in zip(*row, strict=True) if s} for row in zip(codes.tolist(), signs.tolist(), strict=True)
        ]
        assert rows == ways_up(d, code, lifted)


# Whole tables


class Slow(Patterns):
    """Prices all patterns anew for every search, and keeps nothing."""

    def within(self, *_: Any) -> None:
        """Nothing is kept."""

    def cheapest(self, cell: int, prices: Prices, up: float, down: float, lifted: bool, limit: float = NEVER) -> Any:
        """The cheapest, by pricing every pattern."""
        size = self.system.size
        cost = np.where(prices._shut, NEVER, np.where(prices.hidden, 0.0, prices.task.cost))
        every_place = np.append(cost, [NEVER, 0.0])
        assert np.array_equal(prices._now, np.tile(every_place, 2)), "prices are kept up to date"
        around = self.around(cell, lifted)
        if around is None:
            return None
        every = np.indices([len(rows) for rows in around.places]).reshape(len(around.places), -1)
        found = self._whole(around, tuple(every))
        room = (prices._above >= up - NIL) & (prices._below >= down - NIL)
        total = np.where(room, np.tile(every_place, 2), NEVER)[found]
        best = int(np.argmin(total.sum(axis=1)))
        if not total[best].sum() < limit:
            return None
        used = found[best][found[best] % (size + 2) < size]
        return float(total[best].sum()), used % (size + 2), np.where(used < size + 2, 1.0, -1.0)


@pytest.mark.usefixtures("narrow")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([*TREES, tables.flat("q", 9)]), min_size=1, max_size=3).filter(
        lambda trees: np.prod([len(tree) for tree in trees]) < 250
    ),
    st.integers(0, 10_000),
    st.sampled_from([{}, {"marks": "one"}, {"zeros": "known"}, {"prefer": "least"}, {"margins": "given"}]),
    st.sampled_from([60, 6_000]),
)
def test_a_table_is_suppressed_as_by_pricing_all_patterns(
    trees: list[Mapping[str, str]], seed: int, options: Any, places: int
) -> None:
    """Cell for cell, also where choices are thinned out; and what is suppressed withstands the attack."""
    dims = {f"d{i}": tree for i, tree in enumerate(trees)}
    table = tables.made_up(dims, 25, seed, small=0.15)
    found: list[Any] = []
    for way in (Patterns, Slow):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(suppression, "EXACT_CELLS", 0)
            patched.setattr(heuristic, "Patterns", lambda system, _, way=way: way(system, places))
            try:
                found.append(hh.suppressed(table, values="n", dims=dims, **options))
            except BadInput as error:
                found.append(str(error))
    quick, slow = found
    if isinstance(slow, str):
        assert quick == slow
        return
    assert quick.tables[0].equals(slow.tables[0])
    assert (quick.price, quick.bound) == (slow.price, slow.bound)
    told = {name: value for name, value in options.items() if name in ("marks", "zeros")}
    if options.get("margins") != "given":
        assert hh.audit(quick.tables[0], values="n", dims=dims, **told).passed


def test_no_search_looks_at_more_of_a_larger_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four times the cells each search prices no more than twice the places: those in line with its cell."""
    looked: list[int] = []
    at = Prices.at

    def counted(self: Prices, places: Any, up: float, down: float) -> Any:
        looked.append(places.size)
        return at(self, places, up, down)

    monkeypatch.setattr(Prices, "at", counted)
    each = []
    for cells in (3_000, 10_000):
        looked.clear()
        table, dims = synthetic_table(cells)
        hh.suppressed(table, values="persons", dims=dims)
        each.append(sum(looked) / len(looked))
    assert each[1] < 2 * each[0]
    assert each[1] < 1_000, each
