"""Which posts a stated total is the sum of: the small set of scopes, the simplest first."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import polars as pl

from hhanalytics.decisions.finding import Finding, kroner
from hhanalytics.evidence import Citation, Grade

#: With more pools than this not every set of them is tried, only those with few in or few out.
MOST_POOLS: Final = 12
#: With more pools than that, how many may be in, or out.
FEW: Final = 2
#: As many readings of one total are listed; more say no more.
MOST_LISTED: Final = 5


@dataclass(frozen=True)
class Unit:
    """A charge, as printed and as its key gives it."""

    pool: str
    municipality: str
    period: tuple[date, date]
    printed: int
    by_key: int


@dataclass(frozen=True)
class Scope:
    """What a total is the sum of.

    Attributes:
        pools: The pools in it.
        corrected: Whether charges off their key are taken as the key gives them.
        without: A municipality whose posts are left out; empty: none.
        period: The only period taken; None: all.
    """

    pools: tuple[str, ...]
    corrected: bool = False
    without: str = ""
    period: tuple[date, date] | None = None

    def holds(self, unit: Unit) -> bool:
        """Whether a charge is in this scope."""
        return (
            unit.pool in self.pools
            and unit.municipality != self.without
            and (self.period is None or unit.period == self.period)
        )


def units_of(rows: pl.DataFrame, off_key: Sequence[Finding]) -> list[Unit]:
    """Charges as units, with what the key gives where they are off it."""
    right = {
        (finding.subject, finding.names["pool"][1], finding.names["period"][1]): finding.figures["by_key"].value
        for finding in off_key
    }
    return [
        Unit(pool, name, (start, end), amount, int(right.get((name, pool, f"{start}/{end}")) or amount))
        for pool, name, start, end, amount in rows.select(
            "pool", "municipality", "period_start", "period_end", "amount_nok"
        ).iter_rows()
    ]


def scopes(stated: int, units: Sequence[Unit], declared: Sequence[str] = ()) -> list[Scope]:
    """The simplest scopes whose posts sum to a stated total exactly.

    Args:
        stated: The total.
        units: All posts that may be in it.
        declared: The pools that are said to be in it; none: all.

    Returns:
        All scopes of the first kind that has any: the declared pools as printed; the same with charges put
        to their key; any pools; any pools without one municipality's posts, or in one period only. Scopes
        that hold the same charges are one, whose pools are those with a charge in it.

    Example:
        >>> day = (date(2025, 1, 1), date(2025, 12, 31))
        >>> units = [Unit("a", "m", day, 100, 100), Unit("b", "m", day, 30, 25), Unit("c", "m", day, 7, 7)]
        >>> scopes(125, units, ["a", "b"])
        [Scope(pools=('a', 'b'), corrected=True, without='', period=None)]
        >>> scopes(107, units)
        [Scope(pools=('a', 'c'), corrected=False, without='', period=None)]
    """
    pools = sorted({unit.pool for unit in units})
    own = tuple(pool for pool in pools if pool in declared) if declared else tuple(pools)
    ways = (False, True) if any(unit.printed != unit.by_key for unit in units) else (False,)
    municipalities = sorted({unit.municipality for unit in units})
    periods = sorted({unit.period for unit in units})
    parts: list[tuple[str, tuple[date, date] | None]] = []
    if len(municipalities) > 1:
        parts += [(name, None) for name in municipalities]
    if len(periods) > 1:
        parts += [("", period) for period in periods]
    sums = {way: _Sums(units, way) for way in ways}
    levels: list[tuple[Callable[[int, Mapping[str, int]], Iterable[tuple[str, ...]]], Iterable[Scope]]] = [
        (_whole, [Scope(own)]),
        (_whole, [Scope(own, True)] if True in ways else []),
        (_sets, (Scope(tuple(pools), way) for way in ways)),
        (_sets, (Scope(tuple(pools), way, *part) for part in parts for way in ways)),
    ]
    for sets, level in levels:
        found: dict[tuple[tuple[Unit, ...], bool], Scope] = {}
        for widest in level:
            for chosen in sets(stated, sums[widest.corrected].of(widest)):
                scope = replace(widest, pools=chosen)
                held = tuple(unit for unit in units if unit.printed and scope.holds(unit))
                if not held:
                    continue
                differs = any(unit.printed != unit.by_key for unit in held)
                kept = replace(scope, pools=tuple(sorted({unit.pool for unit in held})))
                found.setdefault((held, scope.corrected and differs), kept)
        if found:
            return list(found.values())
    return []


class _Sums:
    """What each pool sums to, added up once for every scope that takes the same of all pools."""

    def __init__(self, units: Iterable[Unit], corrected: bool) -> None:
        self.all: Counter[str] = Counter()
        self.by_municipality: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.by_period: defaultdict[tuple[date, date], Counter[str]] = defaultdict(Counter)
        for unit in units:
            amount = unit.by_key if corrected else unit.printed
            for counter in (self.all, self.by_municipality[unit.municipality], self.by_period[unit.period]):
                counter[unit.pool] += amount

    def of(self, scope: Scope) -> dict[str, int]:
        """Each pool of a scope, in its order, with its sum there; a scope without somebody has no period."""
        taken = self.by_period[scope.period] if scope.period else self.all
        left = self.by_municipality[scope.without] if scope.without else Counter[str]()
        return {pool: taken[pool] - left[pool] for pool in scope.pools}


def _whole(stated: int, amounts: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """All pools, where they sum to what is stated."""
    if sum(amounts.values()) == stated:
        yield tuple(amounts)


def _sets(stated: int, amounts: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """Sets of pools that sum to what is stated, those with the most pools first.

    Example:
        >>> list(_sets(5, {"a": 2, "b": 3, "c": 5, "d": 0}))
        [('a', 'b', 'd'), ('a', 'b'), ('c', 'd'), ('c',)]
    """
    pools, values = tuple(amounts), list(amounts.values())
    if len(pools) <= MOST_POOLS:
        for size in range(len(pools), 0, -1):
            for chosen in itertools.combinations(pools, size):
                if sum([amounts[pool] for pool in chosen]) == stated:
                    yield chosen
        return
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        places[value].append(place)
    rest = sum(values) - stated
    for size in range(FEW + 1):
        # Sets that leave out the last come first, as where all sets are tried.
        for out in reversed(list(_few(rest, size, values, places))):
            yield tuple(pool for place, pool in enumerate(pools) if place not in out)
    for size in range(FEW, 0, -1):
        for within in _few(stated, size, values, places):
            yield tuple(pools[place] for place in within)


def _few(
    wanted: int, size: int, values: Sequence[int], places: Mapping[int, list[int]], start: int = 0
) -> Iterator[tuple[int, ...]]:
    """So many places, from one on, whose values sum to what is wanted; the last is looked up, not tried."""
    if size == 0:
        yield from [()] * (wanted == 0)
    elif size == 1:
        yield from ((place,) for place in places.get(wanted, ()) if place >= start)
    else:
        for place in range(start, len(values)):
            for more in _few(wanted - values[place], size - 1, values, places, place + 1):
                yield (place, *more)


def scope_details(
    stated: int,
    units: Sequence[Unit],
    cites: tuple[Citation, ...],
    grade: Grade,
    declared: Sequence[str] = (),
) -> list[Finding]:
    """The scopes of a total as details of a finding, or that none was found."""
    found = scopes(stated, units, declared)
    every = {unit.pool for unit in units}
    out = []
    for scope in found[:MOST_LISTED]:
        outside = tuple(sorted(every - set(scope.pools)))
        lists = {"pools": ("pools", scope.pools)}
        names = {}
        kind = "scope_all"
        if outside:
            lists["outside"] = ("pools", outside)
            kind = "scope_pools"
        if scope.without:
            names["without"] = ("municipalities", scope.without)
            kind = "scope_without"
        if scope.period:
            names["period"] = ("periods", f"{scope.period[0]}/{scope.period[1]}")
            kind = "scope_period"
        if scope.corrected:
            kind += "_by_key"
        figures = {"stated": kroner(stated, cites, grade, formula="scope")}
        out.append(Finding(kind, scope.pools[0], figures, "inform", names, lists))
    if not found:
        out.append(Finding("scope_none", "scope", {}, "inform"))
    return out
