"""Why a charge may be off its key: ordinary explanations, tried one by one on the amount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from hhanalytics.decisions.keys import Key, Post
from hhanalytics.decisions.pool_amount import nearest_krone, shares_of
from hhanalytics.measures.allocation import Keys
from hhanalytics.methods import constant

#: How many times too large or too small.
FACTORS: Final = (Fraction(10), Fraction(2), Fraction(1, 2), Fraction(1, 10))
#: Digits are tried on no more than so many kroner either way: among more amounts one would fit by chance.
MOST_NEAR: Final = 5


@dataclass(frozen=True)
class Cause:
    """An explanation that gives the amount charged, within a krone.

    Attributes:
        kind: Which: ``swapped``, ``other_period``, ``sign``, ``doubled``, ``halved``, ``ten_times``, ``a_tenth``,
            ``transposed``, ``dropped_digit``, ``added_digit``, ``other_year``, ``other_members``,
            ``equal_parts``, ``other_amount``, ``other_charge``.
        gives: What it gives, in whole kroner.
        names: Placeholder → (table, id) of what it names.
        members: Among whom the key shares, where that is what differs.
    """

    kind: str
    gives: int
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Case:
    """A charge off its key, and all there is to explain it with."""

    keys: Keys
    found: Sequence[Post]
    post: Post
    name: str
    key: Key

    @property
    def charged(self) -> int:
        return self.post.charges[self.name]

    @property
    def right(self) -> int:
        return self.post.by_key(self.name)

    @property
    def slack(self) -> Fraction:
        """How far from the charge an explanation may be: a krone, and what rounding leaves open of the amount."""
        return Fraction(str(constant("key_fit_nok"))) + self.post.uncertainty * abs(self.charged)

    def fits(self, given: Fraction | int) -> bool:
        """Whether an amount is the one charged."""
        return abs(nearest_krone(Fraction(given)) - self.charged) <= self.slack


def causes(keys: Keys, found: Sequence[Post], post: Post, name: str) -> list[Cause]:
    """Every ordinary explanation that gives a charge, within a krone and what rounding leaves open, best first.

    The order is that of how directly an explanation points at what happened: another place in the same
    figures, then a slip with the number itself, then another way of sharing, then another amount.

    Args:
        keys: The declared keys and the population on file.
        found: All posts, with the keys found.
        post: The post in which the charge is off its key.
        name: Whose charge.

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.decisions.keys import keys_of, posts
        >>> data = hh.load("data/raw")
        >>> found = posts(data)
        >>> [off] = [post for post in found if post.off]
        >>> [(cause.kind, cause.gives) for cause in causes(keys_of(data), found, off, "gol")]
        [('other_period', 98048)]
    """
    if post.key is None:
        return []
    case = _Case(keys, found, post, name, post.key)
    out: list[Cause] = []
    for tried in (_swapped, _other_period, _slips, _other_year, _other_members, _other_amounts):
        for cause in tried(case):
            same = any(cause.members and cause.members == other.members for other in out)
            if cause not in out and not same:
                out.append(cause)
    return out


def _where(post: Post, name: str) -> dict[str, tuple[str, str]]:
    """Names of another charge."""
    return {
        "other_municipality": ("municipalities", name),
        "other_pool": ("pools", post.pool),
        "other_period": ("periods", post.period),
    }


def _swapped(case: _Case) -> Iterator[Cause]:
    """Another charge is off its key too, and each is what the other should be."""
    for other in case.found:
        for whose in other.off:
            if other is case.post and whose == case.name:
                continue
            there = other.by_key(whose)
            back = Fraction(str(constant("key_fit_nok"))) + case.post.uncertainty * abs(case.right)
            if case.fits(there) and abs(case.right - other.charges[whose]) <= back:
                yield Cause("swapped", there, _where(other, whose))


def _other_period(case: _Case) -> Iterator[Cause]:
    """The key that the pool has on other days."""
    members = case.keys.members[case.post.pool]
    days = {day for member in members for day in (member["valid_from"], member["valid_to"]) if day}
    days |= {date.fromordinal(day.toordinal() + 1) for day in days if day < date.max}
    for day in sorted(days - {case.post.start}):
        weights = case.keys.weights(case.post.pool, day, [])
        if case.name in weights and any(weights.values()):
            given = case.post.amount * shares_of(weights)[case.name]
            if case.fits(given):
                names = {"from": ("dates", str(day))}
                yield Cause("other_period", nearest_krone(given), names, tuple(sorted(weights)))


def _slips(case: _Case) -> Iterator[Cause]:
    """The right amount, written wrong: sign, factor, digits."""
    charged, right = case.charged, case.right
    if not right:
        return
    if case.fits(-right):
        yield Cause("sign", -right)
    for factor, kind in zip(FACTORS, ("ten_times", "doubled", "halved", "a_tenth"), strict=True):
        # A factor also multiplies the rounding of what it is applied to.
        if abs(right * factor - charged) <= case.slack * max(factor, Fraction(1)):
            yield Cause(kind, nearest_krone(right * factor))
    if (right < 0) != (charged < 0):
        return
    written = str(abs(charged))
    reach = min(int(case.slack), MOST_NEAR)
    near = [str(value) for value in range(abs(right) - reach, abs(right) + reach + 1) if value > 0]
    for kind, made in (("transposed", transposed), ("dropped_digit", dropped)):
        if any(written in made(value) for value in near):
            yield Cause(kind, charged)
    if any(value in dropped(written) for value in near):
        yield Cause("added_digit", charged)


def transposed(number: str) -> set[str]:
    """A number with two neighbouring digits in each other's place.

    Example:
        >>> sorted(transposed("1223"))
        ['1232', '2123']
    """
    swapped = {number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(len(number) - 1)}
    return {each for each in swapped if each != number and each[0] != "0"}


def dropped(number: str) -> set[str]:
    """A number that has lost one digit.

    Example:
        >>> sorted(dropped("1203"))
        ['103', '120', '123', '203']
    """
    return {str(int(each)) for each in (number[:i] + number[i + 1 :] for i in range(len(number))) if each}


def _other_year(case: _Case) -> Iterator[Cause]:
    """The population of another year."""
    reference = case.key.reference
    if reference is None:
        return
    for year in sorted({year for _, year in case.keys.persons} - {reference.year}, reverse=True):
        given = _by_population(case, year, list(case.key.shares))
        if given is not None and case.fits(given):
            yield Cause("other_year", nearest_krone(given), {"date": ("dates", str(date(year, 1, 1)))})


def _by_population(case: _Case, year: int, names: Sequence[str]) -> Fraction | None:
    """A part by the population of a year; None where somebody's is not on file, or nobody lives there."""
    persons = case.keys.persons
    if case.name not in names or any((each, year) not in persons for each in names):
        return None
    total = sum(persons[each, year] for each in names)
    return case.post.amount * persons[case.name, year] / total if total else None


def _other_members(case: _Case) -> Iterator[Cause]:
    """The same key among one fewer, or one more; or equal parts."""
    shares, reference = case.key.shares, case.key.reference
    if case.key.kind == "fixed":
        return
    everybody = {member["municipality"] for members in case.keys.members.values() for member in members}
    sets = [set(shares) - {each} for each in sorted(shares) if each != case.name]
    sets += [{*shares, each} for each in sorted(everybody - set(shares))]
    for members in map(sorted, sets):
        equal = case.post.amount / len(members) if members else None
        given = _by_population(case, reference.year, members) if reference else equal
        if given is not None and case.fits(given):
            yield Cause("other_members", nearest_krone(given), members=tuple(members))
    if reference and case.fits(case.post.amount / len(shares)):
        yield Cause("equal_parts", nearest_krone(case.post.amount / len(shares)))


def _other_amounts(case: _Case) -> Iterator[Cause]:
    """The amount of another pool or period by this key; or a charge that stands elsewhere."""
    share = case.key.shares.get(case.name, Fraction(0))
    for other in case.found:
        if other is not case.post and other.key and case.fits(other.amount * share):
            names = {place: of for place, of in _where(other, case.name).items() if place != "other_municipality"}
            yield Cause("other_amount", nearest_krone(other.amount * share), names)
    for other in case.found:
        for whose, amount in other.charges.items():
            # Another's charge in the same post, or this municipality's in another.
            if amount == case.charged and (other is case.post) != (whose == case.name):
                yield Cause("other_charge", amount, _where(other, whose))
