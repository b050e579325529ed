"""Who would have reason to leave next: what each pays in every group that may be left, and where it stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.municipalities import staying
from hhanalytics.decisions.outlook import carried
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.measures.allocation import Keys

#: With more members than this there are too many groups to look at every one.
MOST_MEMBERS: Final = 15

#: Columns of `Leaving.break_even`.
BREAK_EVEN: Final = {
    "municipality": pl.String,
    "now_nok": pl.Int64,
    "now_per_inhabitant_nok": pl.Float64,
    "one_gone_low_nok": pl.Int64,
    "one_gone_high_nok": pl.Int64,
    "alone_nok": pl.Int64,
    "replacement_low_nok": pl.Int64,
    "replacement_high_nok": pl.Int64,
    "reason": pl.String,
}

Span = tuple[int, int]
Group = frozenset[str]


@dataclass(frozen=True)
class Leaving:
    """What a group of members pays, and which of its members would have reason to leave it.

    Attributes:
        year: The year whose charges are used, as if everybody stayed.
        break_even: Per member: ``municipality``, ``now_nok`` (its charges, and so the most it may pay for the
            same elsewhere before leaving costs it money), ``now_per_inhabitant_nok``, ``one_gone_low_nok`` and
            ``one_gone_high_nok`` (after any one other has left), ``alone_nok`` (with everybody else gone),
            ``replacement_low_nok`` and ``replacement_high_nok`` (what it would have to buy; null: not stated),
            ``reason`` (``yes``, ``possibly``, ``no``, ``not_known``).
        groups: Per group of members that may be left: ``members``, ``size``, ``stable`` (``yes``: none has reason to
            leave, even at the lowest price; ``possibly``; ``no``: at least one has, even at the highest; ``not_known``).
        order: Who leaves, one after the other, if each acts on the highest (``surely``) or the lowest
            (``possibly``) price of what it would have to buy.
        missing: The members for which it is not known.
    """

    year: int
    break_even: pl.DataFrame
    groups: pl.DataFrame
    order: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]


def who_would_leave(dataset: Dataset, year: int, replacements: Mapping[str, Span] | None = None) -> Leaving:
    """Which member has reason to leave, in which order, and where it stops.

    A member has reason to leave a group when it pays more in it than the same would cost it elsewhere, or
    than doing without would. What that is, is a judgement: without it, the break-even is given and
    nothing else. The pools stay as they are, whoever leaves.

    Args:
        dataset: The Dataset, printed or corrected.
        year: The last year with accounts that is looked at; the year after it is used, carried forward.
        replacements: Municipality → what it would have to pay a year if it left, lowest and highest.

    Raises:
        BadInput: More than 15 members, or a range that ends before it begins.
        UnknownName: A replacement for somebody who is no member.

    Example:
        >>> import hhanalytics as hh
        >>> found = who_would_leave(hh.load("data/raw"), 2025)
        >>> found.groups.height, len(found.missing)
        (31, 5)
    """
    members = staying(dataset, year)
    if len(members) > MOST_MEMBERS:
        mend = "Look at some of them at a time."
        raise BadInput.of("too_many_members", "who_would_leave", len(members), f"at most {MOST_MEMBERS} members", mend)
    given = dict(replacements or {})
    for name, (low, high) in given.items():
        if name not in members:
            raise UnknownName.of("member", name, members)
        if low > high:
            mend = "Give the lowest first."
            raise BadInput.of("range_reversed", f"What {name} would have to buy", (low, high), "low to high", mend)
    charges = Charges(dataset, year + 1, members)
    whole = frozenset(members)
    groups = [charges.group(mask) for mask in range(1, 2 ** len(members))]
    verdicts = {group: _stable(charges, group, given) for group in groups}
    ordered = sorted(groups, key=lambda group: (-len(group), sorted(group)))
    return Leaving(
        year + 1,
        pl.DataFrame([_member(dataset, charges, name, whole, given) for name in members], schema=BREAK_EVEN),
        pl.DataFrame(
            {
                "members": [", ".join(sorted(group)) for group in ordered],
                "size": [len(group) for group in ordered],
                "stable": [verdicts[group] for group in ordered],
            }
        ),
        {word: _order(charges, whole, given, end) for word, end in (("surely", 1), ("possibly", 0))},
        tuple(name for name in members if name not in given),
    )


class Charges:
    """What each member of any group would pay in a year, the pools staying as they are.

    Args:
        dataset: The Dataset.
        year: The year, carried forward where it has no accounts.
        members: The members that may stay.
    """

    def __init__(self, dataset: Dataset, year: int, members: list[str]) -> None:
        self.members = members
        outlook = carried(dataset, year)
        costs = outlook.costs.filter(pl.col("period_end").dt.year() == year)
        keys = Keys(outlook.memberships.iter_rows(named=True), outlook.population.iter_rows(named=True))
        #: Amount, and the weights of those who share it.
        self.pieces: list[tuple[float, dict[str, float]]] = []
        amounts = costs.group_by("pool", "period_start", "period_end", maintain_order=True).agg(
            pl.col("amount_nok").sum()
        )
        for pool, start, end, amount in amounts.iter_rows():
            cut = keys.segments(pool, start, end)
            days = (end - start).days + 1
            for a, b in cut:
                weights = keys.weights(pool, a, []) if keys.on(pool, a) else {}
                inside = {name: float(weight) for name, weight in weights.items() if name in members}
                # What is paid by others than the members is no matter between them.
                part = sum(inside.values()) / float(sum(weights.values())) if weights else 0.0
                if inside:
                    self.pieces.append((amount * part * ((b - a).days + 1) / days, inside))
        self._known: dict[Group, dict[str, float]] = {}

    def group(self, mask: int) -> Group:
        """The members whose bit is set."""
        return frozenset(name for place, name in enumerate(self.members) if mask >> place & 1)

    def of(self, group: Group) -> dict[str, float]:
        """What each in a group pays; a pool in which none of them is costs them nothing."""
        if group not in self._known:
            paid = dict.fromkeys(group, 0.0)
            for amount, weights in self.pieces:
                total = sum(weights[name] for name in weights if name in group)
                for name in group:
                    if name in weights and total:
                        paid[name] += amount * weights[name] / total
            self._known[group] = paid
        return self._known[group]


def _member(dataset: Dataset, charges: Charges, name: str, whole: Group, given: Mapping[str, Span]) -> dict[str, Any]:
    now = charges.of(whole)[name]
    one_gone = [charges.of(whole - {other})[name] for other in whole if other != name]
    persons = _inhabitants(dataset, name)
    low, high = given.get(name, (None, None))
    return {
        "municipality": name,
        "now_nok": round(now),
        "now_per_inhabitant_nok": now / persons if persons else None,
        "one_gone_low_nok": round(min(one_gone, default=now)),
        "one_gone_high_nok": round(max(one_gone, default=now)),
        "alone_nok": round(charges.of(frozenset({name}))[name]),
        "replacement_low_nok": low,
        "replacement_high_nok": high,
        "reason": _reason(now, given.get(name)),
    }


def _inhabitants(dataset: Dataset, name: str) -> int | None:
    """Those by whom the pools are shared: the population of the key, the newest of them."""
    rows = dataset.memberships.filter(municipality=name)
    year: Any = rows["reference_date"].dt.year().max()
    persons = dataset.population.filter(municipality=name, year=year)["persons"].sum() if year else 0
    return int(persons) or None


def _reason(paid: float, replacement: Span | None) -> str:
    if replacement is None:
        return "not_known"
    low, high = replacement
    return "yes" if paid > high else "possibly" if paid > low else "no"


def _stable(charges: Charges, group: Group, given: Mapping[str, Span]) -> str:
    reasons = {_reason(paid, given.get(name)) for name, paid in charges.of(group).items()}
    for word, verdict in (("yes", "no"), ("not_known", "not_known"), ("possibly", "possibly")):
        if word in reasons:
            return verdict
    return "yes"


def _order(charges: Charges, whole: Group, given: Mapping[str, Span], end: int) -> tuple[str, ...]:
    """Who leaves, the one that gains most first, until nobody gains; one that nothing is known of stays."""
    group, gone = whole, []
    while group:
        gains = {name: paid - given[name][end] for name, paid in charges.of(group).items() if name in given}
        leaver = max(sorted(gains), key=lambda name: gains[name], default=None)
        if leaver is None or gains[leaver] <= 0:
            break
        gone.append(leaver)
        group -= {leaver}
    return tuple(gone)
