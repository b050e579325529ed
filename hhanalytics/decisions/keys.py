"""The key that the charges of a pool follow: found from the charges, whatever the memberships say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.pool_amount import Amounts, Shares, nearest_krone, pool_amount, shares_of
from hhanalytics.measures.allocation import Keys
from hhanalytics.methods import constant

#: With fewer payers than this one wrong charge cannot be told from the others.
FEWEST_MEMBERS = 4
#: With fewer payers than this any amounts fit some key too easily to say that it is another than the declared.
FEWEST_FOR_ANOTHER_KEY = 3

WeightsOn = Callable[[date], Mapping[str, Fraction]]
#: Why no key is named: one payer, too few to single a charge out, more than one charge off, no key to compare with.
Reason = Literal["one_payer", "few", "several_off", "unusable"]


@dataclass(frozen=True)
class Key:
    """A way of sharing: what by, and among whom.

    Attributes:
        kind: ``population``, ``equal`` or ``fixed``.
        reference: Date of the population; None for other kinds.
        shares: Municipality → share of the pool; sums to one.
        pieces: Into how many parts membership cuts the period; each may be rounded by itself.
        declared: Whether the memberships say the same, of the kind as well as of the members.
    """

    kind: str
    reference: date | None
    shares: Shares
    pieces: int = 1
    declared: bool = False

    @property
    def id(self) -> str:
        """The id by which the catalogues name it: ``population/2025-01-01``, ``equal``, ``fixed``."""
        return f"{self.kind}/{self.reference}" if self.reference else self.kind


@dataclass(frozen=True)
class Post:
    """What a pool charged in a period, and the key it follows.

    Attributes:
        pool: The pool.
        start: First day.
        end: Last day.
        charges: Municipality → kroner.
        declared: The key as declared; None where it cannot be used.
        key: The key found; None where none fits.
        amount: The pool's amount by the key found.
        off: The charges that do not follow it.
        others: How many other keys fit as well.
        reason: Why no key was found.
    """

    pool: str
    start: date
    end: date
    charges: Amounts
    declared: Key | None = None
    key: Key | None = None
    amount: Fraction = Fraction(0)
    off: tuple[str, ...] = ()
    others: int = 0
    reason: Reason | None = None

    def by_key(self, name: str) -> int:
        """What the key found gives a municipality, in whole kroner."""
        return nearest_krone(self.amount * self.key.shares.get(name, Fraction(0))) if self.key else 0

    @property
    def uncertainty(self) -> Fraction:
        """How far, as a part of it, rounding of the charges leaves the pool's amount open."""
        if not self.key or not self.amount:
            return Fraction(0)
        fit = Fraction(str(constant("key_fit_nok"))) * self.key.pieces
        on = [(c, s) for n, c in self.charges.items() if n not in self.off and (s := self.key.shares.get(n))]
        low, high = max((c - fit) / s for c, s in on), min((c + fit) / s for c, s in on)
        return max(abs(high - self.amount), abs(self.amount - low)) / abs(self.amount)

    @property
    def deviation(self) -> float:
        """The largest distance in kroner between a charge that follows the key and what the key gives exactly."""
        shares = self.key.shares if self.key else {}
        on = [name for name in self.charges if name not in self.off]
        return float(max((abs(self.charges[n] - self.amount * shares.get(n, Fraction(0))) for n in on), default=0))

    @property
    def period(self) -> str:
        """First and last day, as the catalogues name a period."""
        return f"{self.start}/{self.end}"


def posts(dataset: Dataset, keys: Keys | None = None) -> list[Post]:
    """Every pool and period with charges, with the key the charges follow.

    Args:
        dataset: The Dataset.
        keys: Its keys, where they have been made already.

    Source:
        Candidates: the declared key; population on 1 January of any year on file; equal parts; each among the
        declared members by days, and among all who were charged. The key that the most charges follow is
        taken, the declared one first. A key that is not declared must be followed by all but one.

    Example:
        >>> import hhanalytics as hh
        >>> found = posts(hh.load("data/raw"))
        >>> [(p.pool, p.key.id, p.off) for p in found if p.pool == "mft"]
        [('mft', 'population/2025-01-01', ('gol',)), ('mft', 'population/2025-01-01', ())]
    """
    keys = keys or keys_of(dataset)
    summed = (
        dataset.costs.group_by("pool", "period_start", "period_end", "municipality")
        .agg(pl.col("amount_nok").sum())
        .sort("pool", "period_start", "period_end", "municipality")
    )
    charged: dict[tuple[str, date, date], dict[str, int]] = {}
    for pool, start, end, name, amount in summed.iter_rows():
        charged.setdefault((pool, start, end), {})[name] = amount
    return [post_of(keys, *where, charges) for where, charges in charged.items()]


def keys_of(dataset: Dataset) -> Keys:
    """The declared keys of a Dataset, and the population on file."""
    return Keys(dataset.memberships.iter_rows(named=True), dataset.population.iter_rows(named=True))


def post_of(keys: Keys, pool: str, start: date, end: date, charges: Amounts) -> Post:
    """The key that the charges of one pool and period follow."""
    declared = declared_key(keys, pool, start, end)
    post = Post(pool, start, end, charges, declared)
    if len(charges) == 1:
        return _with(post, "one_payer")
    if declared is None and not any(keys.on(pool, day) for day in (start, end)):
        return _with(post, "unusable")
    number = len(charges)
    tried = [(key, _following(charges, key)) for key in candidates(keys, post)]
    good = [(key, n) for key, n in tried if _acceptable(key, n, number, declared is not None)]
    if not good:
        swapped = _swapped(post)
        if swapped:
            return swapped
        if declared is None:
            return _with(post, "unusable")
        return _with(post, "few" if number < FEWEST_MEMBERS else "several_off")
    best = max(n for _, n in good)
    fitting = [key for key, n in good if n == best]
    key = next((key for key in fitting if key.declared), None) or min(fitting, key=lambda key: _unlikeness(key, post))
    amount, off = pool_amount(charges, key.shares, key.pieces)
    return Post(pool, start, end, charges, declared, key, amount, tuple(off), len(fitting) - 1)


def _with(post: Post, reason: Reason) -> Post:
    return Post(post.pool, post.start, post.end, post.charges, post.declared, reason=reason)


def _acceptable(key: Key, following: int, number: int, usable: bool) -> bool:
    """Whether enough charges follow a key to believe in it."""
    if key.declared:
        return following == number or (number >= FEWEST_MEMBERS and following * 2 > number)
    if number < FEWEST_FOR_ANOTHER_KEY:
        return False
    # Where the declared key cannot be used, nothing says that a charge off another key is off its own.
    return following == number or (usable and number >= FEWEST_MEMBERS and following >= number - 1)


def _unlikeness(key: Key, post: Post) -> tuple[bool, bool, int]:
    """How far a key is from what is declared: of another kind, among others, of another year."""
    declared = post.declared
    day = (declared.reference if declared else None) or post.start
    other_kind = declared is not None and key.kind != declared.kind
    among_others = declared is not None and set(key.shares) != set(declared.shares)
    return other_kind, among_others, abs(key.reference.year - day.year) if key.reference else 0


def _following(charges: Amounts, key: Key) -> int:
    """How many charges lie within a krone of one and the same amount's parts."""
    fit = constant("key_fit_nok") * key.pieces + 1e-6
    ends: list[tuple[float, int]] = []
    for name, charge in charges.items():
        share = float(key.shares.get(name, 0))
        if share:
            ends += [((charge - fit) / share, -1), ((charge + fit) / share, 1)]
    most = here = 0
    for _, step in sorted(ends):
        here -= step
        most = max(most, here)
    return most + sum(1 for name, charge in charges.items() if not key.shares.get(name) and abs(charge) <= fit)


def _swapped(post: Post) -> Post | None:
    """Two charges that stand in each other's place: with any other two off, none could be told from the rest."""
    key, names = post.declared, sorted(post.charges)
    if key is None or len(names) < FEWEST_MEMBERS:
        return None
    found = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            charges = {**post.charges, one: post.charges[other], other: post.charges[one]}
            if charges != post.charges and _following(charges, key) == len(names):
                found.append((charges, (one, other)))
    if len(found) != 1:
        return None
    ((charges, pair),) = found
    amount, _ = pool_amount(charges, key.shares, key.pieces)
    return Post(post.pool, post.start, post.end, post.charges, key, key, amount, pair)


# Candidates


def declared_key(keys: Keys, pool: str, start: date, end: date) -> Key | None:
    """The key as the memberships declare it; None where they give none that can be used.

    Days on which the pool has no member at all carry nothing; days on which its key cannot be used make
    the whole unusable.
    """
    kinds = {(m["key"], m["reference_date"]) for first in _days(keys, pool, start, end) for m in keys.on(pool, first)}
    problems: list[str] = []
    shares, pieces = _by_days(keys, pool, start, end, lambda day: keys.weights(pool, day, problems))
    if problems or len(kinds) != 1 or not shares:
        return None
    ((kind, reference),) = kinds
    return Key(kind, reference, shares, pieces, declared=True)


def candidates(keys: Keys, post: Post) -> Iterator[Key]:
    """Every key that is tried on a post: the declared one first."""
    if post.declared:
        yield post.declared
    declared = (post.declared.kind, post.declared.reference) if post.declared else None
    members = _days(keys, post.pool, post.start, post.end)
    same = members and all({m["municipality"] for m in keys.on(post.pool, day)} == set(post.charges) for day in members)
    for kind, reference in _kinds(keys):
        whole = _weights(keys, reference, post.charges)
        if (kind, reference) != declared:
            on = partial(_members_weights, keys, post.pool, reference)
            shares, pieces = _by_days(keys, post.pool, post.start, post.end, on)
            if shares:
                yield Key(kind, reference, shares, pieces)
        if whole and not same:
            yield Key(kind, reference, shares_of(whole))


def _kinds(keys: Keys) -> list[tuple[str, date | None]]:
    """Equal parts, and population on 1 January of every year on file."""
    years = sorted({year for _, year in keys.persons}, reverse=True)
    return [*(("population", date(year, 1, 1)) for year in years), ("equal", None)]


def _weights(keys: Keys, reference: date | None, names: Sequence[str] | Amounts) -> dict[str, Fraction]:
    """Weights by another key; none where somebody's population is not on file, or nobody lives there."""
    if reference is None:
        return dict.fromkeys(names, Fraction(1))
    if any((name, reference.year) not in keys.persons for name in names):
        return {}
    weights = {name: Fraction(keys.persons[name, reference.year]) for name in names}
    return weights if any(weights.values()) else {}


def _members_weights(keys: Keys, pool: str, reference: date | None, day: date) -> dict[str, Fraction]:
    return _weights(keys, reference, [m["municipality"] for m in keys.on(pool, day)])


def _days(keys: Keys, pool: str, start: date, end: date) -> list[date]:
    """The first day of each part of a period in which the pool has members."""
    return [first for first, _ in keys.segments(pool, start, end) if keys.on(pool, first)]


def _by_days(keys: Keys, pool: str, start: date, end: date, weights_on: WeightsOn) -> tuple[dict[str, Fraction], int]:
    """Shares over a period in which members come and go: each part of it weighs as many days as it has."""
    shares: dict[str, Fraction] = {}
    length, pieces = 0, 0
    for first, last in keys.segments(pool, start, end):
        if not keys.on(pool, first):
            continue
        weights = weights_on(first)
        if not weights:
            return {}, 0
        days = (last - first).days + 1
        length, pieces = length + days, pieces + 1
        for name, share in shares_of(weights).items():
            shares[name] = shares.get(name, Fraction(0)) + share * days
    return {name: share / length for name, share in shares.items()} if length else {}, pieces
