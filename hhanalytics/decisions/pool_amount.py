"""The amount of a pool that most of its charges agree on: one wrong charge, however large, does not move it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hhanalytics.methods import constant

Amounts = Mapping[str, int]
Shares = Mapping[str, Fraction]


def nearest_krone(value: Fraction) -> int:
    """The nearest whole krone, halves away from zero."""
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def pool_amount(charges: Amounts, shares: Shares, pieces: int = 1) -> tuple[Fraction, list[str]]:
    """The amount of a pool that most of its charges agree on, and the charges that do not.

    A charge agrees with every amount of which its share lies within a krone of it. The amount that the most
    charges agree with is taken, if they are more than half. A charge is named only where it agrees with no
    such amount, so that nothing innocent is named where two readings explain the charges equally well.

    Args:
        charges: Municipality → kroner.
        shares: Municipality → share of the pool; sums to one.
        pieces: How many times each charge may have been rounded.

    Returns:
        The amount, and the municipalities whose charge lies more than a krone from their share of it; none
        where no amount has most charges behind it.

    Example:
        >>> third = Fraction(1, 3)
        >>> amount, off = pool_amount({"a": 100, "b": 100, "c": 130}, {"a": third, "b": third, "c": third})
        >>> int(amount), off
        (300, ['c'])
    """
    fit = Fraction(str(constant("key_fit_nok"))) * pieces
    agrees = {
        name: ((charge - fit) / shares[name], (charge + fit) / shares[name])
        for name, charge in charges.items()
        if shares.get(name)
    }
    # Where the most intervals meet, one of them begins.
    groups = {frozenset(n for n, (low, high) in agrees.items() if low <= at <= high) for at, _ in agrees.values()}
    most = max((len(group) for group in groups), default=0)
    if most * 2 <= len(charges):
        return Fraction(sum(charges.values())), []
    best = [group for group in groups if len(group) == most]
    # More than half of the charges are in each of these groups, so any two share one.
    core = frozenset.intersection(*best) or best[0]
    amount = Fraction(sum(charges[name] for name in core)) / sum(shares[name] for name in core)
    off = [name for name in agrees if not any(name in group for group in best)]
    off += [name for name, charge in charges.items() if not shares.get(name) and abs(charge) > fit]
    return amount, sorted(off)


def shares_of(weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Weights as shares that sum to one."""
    total = sum(weights.values(), Fraction(0))
    return {name: weight / total for name, weight in weights.items()}
