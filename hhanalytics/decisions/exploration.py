"""What a reader may try out: a programme's price, participants and wages, and who pays for what is shared.

The interactive page of a brief shows nothing else. It looks charges up in the table made here, for each set of members and
each wage growth, and does the few sums of `outcome` in whole numbers, as they are done here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change
from hhanalytics.decisions.exits import exits
from hhanalytics.decisions.municipalities import staying
from hhanalytics.decisions.outlook import carried, nearest
from hhanalytics.decisions.prospects import paid_alone
from hhanalytics.decisions.scenarios import scenario
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.measures.allocation import Keys
from hhanalytics.measures.catalogue import compute

#: Wage growths that can be tried, in tenths of a per cent: a table of charges is made for each.
GROWTHS: Final = tuple(range(0, 101, 5))
#: With more municipalities than this, only sets that differ from today's in one of them are worked out.
ALL_SETS_UP_TO: Final = 6

Members = frozenset[str]


@dataclass(frozen=True)
class Start:
    """What is stated of a programme, from which a reader sets out.

    Attributes:
        cost_low: Lowest cost, kr; None: not known.
        cost_high: Highest cost, kr.
        count_low: Fewest participants; None: not stated.
        count_high: Most participants; None with ``count_low``: open above ("over 440").
        other_work: Whether the cost also pays for work that nobody counted.
        value_low: External-equivalent value, kr, where prices are stated.
        value_high: Its highest; None with ``value_low``: open above.
    """

    cost_low: int | None = None
    cost_high: int | None = None
    count_low: int | None = None
    count_high: int | None = None
    other_work: bool = False
    value_low: int | None = None
    value_high: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What follows for a programme; what is not known is None.

    Attributes:
        cost_low: Lowest cost after wage growth, kr.
        cost_high: Highest cost.
        per_low: Kr per participant, from.
        per_high: Kr per participant, to; it is the break-even price as well.
        per_bound: ``at_most`` where the true one may be lower than either.
        gain_low: Net gain, kr, from.
        gain_high: To; None with ``gain_low``: at least ``gain_low``.
    """

    cost_low: int | None = None
    cost_high: int | None = None
    per_low: int | None = None
    per_high: int | None = None
    per_bound: Literal["", "exact", "at_most"] = ""
    gain_low: int | None = None
    gain_high: int | None = None


def outcome(start: Start, *, growth: int = 0, price: int | None = None, participants: int | None = None) -> Outcome:
    """A programme at an external price, a number of participants and a wage growth.

    Args:
        start: What is stated of it.
        growth: Wage growth since the last accounts, tenths of a per cent.
        price: External price per participant, kr, which the reader assumes; None: not stated.
        participants: A number the reader assumes; None: as stated.

    Source:
        Hallinghelse, annual report 2025, lines 24-31; halves of a krone are rounded up.

    Example:
        >>> team = Start(cost_low=763798, cost_high=763798, count_low=440)
        >>> found = outcome(team, price=2000)
        >>> found.per_bound, found.per_high, found.gain_low, found.gain_high
        ('at_most', 1736, 116202, None)
        >>> outcome(team, participants=500, growth=35).per_high
        1581
    """
    if start.cost_low is None or start.cost_high is None:
        return Outcome()
    grown = Fraction(1000 + growth, 1000)
    low, high = nearest(start.cost_low * grown), nearest(start.cost_high * grown)
    fewest, most = (participants, participants) if participants is not None else (start.count_low, start.count_high)
    if not fewest:
        return Outcome(low, high)
    open_above = most is None or start.other_work
    least = fewest if open_above else most
    per = (nearest(Fraction(low, least or fewest)), nearest(Fraction(high, fewest)))
    gain: tuple[int | None, int | None] = (None, None)
    if price is not None:
        gain = (price * fewest - high, None if open_above or most is None else price * most - low)
    elif participants is None and start.value_low is not None:
        gain = (start.value_low - high, None if start.value_high is None else start.value_high - low)
    return Outcome(low, high, *per, "at_most" if open_above else "exact", *gain)


def starts(dataset: Dataset, year: int) -> dict[str, Start]:
    """What is stated of each programme in a year.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.

    Example:
        >>> import hhanalytics as hh
        >>> starts(hh.load("data/raw"), 2025)["kef"]
        Start(cost_low=512647, cost_high=557696, count_low=609, count_high=609, other_work=True, value_low=None, value_high=None)
    """
    costs = {row["programme"]: row for row in compute(dataset, "programme_costs", year=year).iter_rows(named=True)}
    gains = {row["programme"]: row for row in compute(dataset, "gain", year=year).iter_rows(named=True)}
    counted = compute(dataset, "cost_per_participant", year=year)
    out = {}
    for row in counted.iter_rows(named=True):
        name = row["programme"]
        value = gains.get(name, {})
        out[name] = Start(
            row["cost_low_nok"],
            row["cost_high_nok"],
            row["count_low"] or None,
            row["count_high"] if row["count_low"] else None,
            costs[name]["other_work"] is not None,
            _whole(value.get("value_low_nok")),
            _whole(value.get("value_high_nok")),
        )
    return out


def _whole(value: float | None) -> int | None:
    return None if value is None else nearest(Fraction(str(value)))


@dataclass(frozen=True)
class Charges:
    """Charges of a year for sets of members and wage growths.

    Attributes:
        year: The year: the first that can still be decided on.
        municipalities: All that can be in: members, and those that left in the year of the accounts.
        today: The members as it stands.
        pools: The pools that are charged, by id.
        every_set: Whether every set was tried, or only those that differ from today's in one municipality.
        paid: Members → pool → municipality → kr, one for each of `GROWTHS`. A set is missing where it cannot be:
            nobody would be left to pay for a pool.
    """

    year: int
    municipalities: tuple[str, ...]
    today: Members
    pools: tuple[str, ...]
    every_set: bool
    paid: Mapping[Members, Mapping[str, Mapping[str, tuple[int, ...]]]]

    def of(self, members: Iterable[str], *, growth: int = 0, pool: str | None = None) -> dict[str, int] | None:
        """What each municipality is charged, kr; None where the set cannot be or was not worked out.

        Args:
            members: Who is in.
            growth: Wage growth since the last accounts, tenths of a per cent; one of `GROWTHS`.
            pool: One pool; None: all together.

        Raises:
            UnknownName: A municipality, growth or pool that is not there.
        """
        inside = frozenset(members)
        for name in inside:
            _known("municipality", name, self.municipalities)
        if pool is not None:
            _known("pool", pool, self.pools)
        _known("wage growth", str(growth), [str(each) for each in GROWTHS])
        if inside not in self.paid:
            return None
        found, at = self.paid[inside], GROWTHS.index(growth)
        nothing = (0,) * len(GROWTHS)
        chosen = [found.get(each, {}) for each in ([pool] if pool is not None else self.pools)]
        return {name: sum(each.get(name, nothing)[at] for each in chosen) for name in self.municipalities}


def _known(what: str, given: str, known: Iterable[str]) -> None:
    if given not in known:
        raise UnknownName.of(what, given, known)


def share_tenths(part: int, whole: int) -> int | None:
    """A share in tenths of a per cent; None of nothing.

    Example:
        >>> share_tenths(1, 3)
        333
    """
    return nearest(Fraction(1000 * part, whole)) if whole else None


def charges(dataset: Dataset, year: int, on: date) -> Charges | None:
    """Charges for each set of members, from a day on, the pools carried forward.

    Who is no longer in has left all pools; who left in the year of the accounts and is in again has come back
    to the pools it left, and no longer pays alone for its part of what the others share. Wage growth is laid on each
    pool and period as `budget_frame` does it, and shared by the same keys.

    Args:
        dataset: The Dataset, printed or corrected.
        year: The year of the accounts.
        on: The first day of the year that is charged.

    Returns:
        None where nothing can be carried forward to that year.

    Example:
        >>> import hhanalytics as hh
        >>> found = charges(hh.load("data/raw"), 2025, date(2027, 1, 1))
        >>> len(found.paid), sum(found.of(found.today).values())
        (60, 7263540)
    """
    members = frozenset(staying(dataset, year))
    left = {str(name): tuple(rows["pool"]) for (name,), rows in exits(dataset, year).group_by(["municipality"])}
    municipalities = tuple(sorted({*members, *left}))
    try:
        outlook = carried(dataset, on.year)
    except BadInput:
        return None
    charged = outlook.costs.filter(pl.col("period_end").dt.year() == on.year)
    if not members or not charged.height:
        return None
    again = {name: Change("join", name, on, pools=left[name], ends=paid_alone(dataset, name, on)) for name in left}
    every = len(municipalities) <= ALL_SETS_UP_TO
    shared = _Shared(on.year)
    paid = {}
    for inside in _sets(municipalities, members) if every else _near(municipalities, members):
        changes = [again[name] for name in sorted(inside - members) if name in again]
        changes += [Change("leave", name, on) for name in sorted(members - inside)]
        try:
            after = scenario(outlook, changes, until=on.year)
        except BadInput:
            # Nobody would be left to pay for a pool, or a key does not hold without those who left.
            continue
        paid[inside] = shared.of(after.dataset, after.comparison)
    if members not in paid:
        return None
    pools = tuple(charged["pool"].unique().sort())
    return Charges(on.year, municipalities, members, pools, every, paid)


def _sets(municipalities: tuple[str, ...], members: Members) -> Iterator[Members]:
    """Today's set, then every other one that is not empty."""
    yield members
    for size in range(1, len(municipalities) + 1):
        yield from (each for each in map(frozenset, combinations(municipalities, size)) if each != members)


def _near(municipalities: tuple[str, ...], members: Members) -> Iterator[Members]:
    """Today's set, and those in which one is in or out that was not."""
    yield members
    yield from (members ^ {name} for name in municipalities)


class _Shared:
    """Charges with wage growth; what is shared alike in several sets is worked out once."""

    def __init__(self, year: int) -> None:
        self.year = year
        self._found: dict[tuple[Any, ...], dict[str, tuple[int, ...]]] = {}

    def of(self, dataset: Dataset, comparison: pl.DataFrame) -> dict[str, dict[str, tuple[int, ...]]]:
        """Pool → municipality → kr for each growth."""
        rows = comparison.filter(pl.col("period_end").dt.year() == self.year)
        members: dict[str, list[dict[str, Any]]] = {}
        for row in dataset.memberships.iter_rows(named=True):
            members.setdefault(row["pool"], []).append(row)
        out: dict[str, dict[str, tuple[int, ...]]] = {}
        keys: Keys | None = None
        for (pool, start, end), group in rows.group_by(["pool", "period_start", "period_end"], maintain_order=True):
            level = dict(group.select("municipality", "after_nok").filter(pl.col("after_nok") != 0).iter_rows())
            own = tuple(
                (m["municipality"], m["valid_from"], m["valid_to"], m["key"], m["reference_date"], m["fixed_share"])
                for m in members.get(str(pool), ())
            )
            place = (pool, start, end, own, tuple(sorted(level.items())))
            if place not in self._found:
                keys = keys or Keys(dataset.memberships.iter_rows(named=True), dataset.population.iter_rows(named=True))
                self._found[place] = _grown(keys, str(pool), start, end, level)
            before = out.setdefault(str(pool), {})
            for name, amounts in self._found[place].items():
                known = before.get(name, (0,) * len(GROWTHS))
                before[name] = tuple(a + b for a, b in zip(known, amounts, strict=True))
        return out


def _grown(keys: Keys, pool: str, start: Any, end: Any, level: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """What each pays of a pool in a period, for each growth; without growth it is the charge itself."""
    total = sum(level.values())
    columns = [level]
    for growth in GROWTHS[1:]:
        amount = nearest(Fraction(total * (1000 + growth), 1000))
        columns.append(keys.share(pool, start, end, amount, [])[0])
    names = sorted({name for each in columns for name in each})
    return {name: tuple(each.get(name, 0) for each in columns) for name in names}
