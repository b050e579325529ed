"""Made-up collaborations that share what they spend, with mistakes planted in their charges.

Nothing in them is about any real place. The same seed gives the same collaboration.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.measures.allocation import largest_remainder
from hhanalytics.tables import TABLES

YEAR = 2030
START, END = date(YEAR, 1, 1), date(YEAR, 12, 31)
#: Fewest payers among whom one wrong charge can be told from the others.
FEWEST = 4
#: Kinds of mistake that are planted.
KINDS = (
    "other_period", "other_members", "other_year", "equal_parts", "swapped", "transposed", "dropped_digit", "added_digit",
    "sign", "doubled", "halved", "ten_times", "a_tenth", "other_amount", "other_charge",
)  # fmt: skip
ROW = {"source": "made_up", "locator": "row", "grade": "documented"}

#: Municipality, pool, first and last day of a charge.
Cell = tuple[str, str, date, date]
Shares = dict[str, Fraction]


@dataclass
class Pool:
    """A pool: how it is shared, and among whom on which days."""

    name: str
    key: str
    reference: int
    members: list[str]
    leaver: str
    fixed: Shares = field(default_factory=dict)


@dataclass(frozen=True)
class Planted:
    """One wrong charge."""

    kind: str
    right: int
    wrong: int
    hidden: Fraction

    @property
    def visible(self) -> bool:
        """Whether it is larger than what rounding of the other charges can hide."""
        return abs(self.wrong - self.right) > self.hidden


@dataclass
class Collaboration:
    """A collaboration of one year, right or with mistakes.

    Attributes:
        persons: Year → municipality → inhabitants.
        pools: Its pools.
        left_on: First day on which the one that leaves is out; None: nobody leaves.
        charges: What is charged.
        planted: Where a mistake was planted.
    """

    persons: dict[int, dict[str, int]]
    pools: list[Pool]
    left_on: date | None
    charges: dict[Cell, int]
    planted: dict[Cell, Planted] = field(default_factory=dict)

    def dataset(self) -> Dataset:
        """The collaboration as a Dataset; what is stated of it is right."""
        names = sorted(self.persons[YEAR])
        rows: dict[str, list[dict[str, Any]]] = {
            "municipalities": [{"municipality": n, "code": f"{i:04}", "valid_from": START, "name_nb": n} for i, n in enumerate(names)],
            "population": [{"municipality": n, "year": y, "age_band": "0+", "persons": p} for y, people in self.persons.items() for n, p in people.items()],
            "pools": [{"pool": p.name, "valid_from": START, "name_nb": p.name, "part_of_position": False, "in_accounts": True} for p in self.pools],
            "memberships": [self._membership(p, n) for p in self.pools for n in p.members],
            "costs": [{"municipality": n, "pool": p, "period_start": a, "period_end": b, "amount_nok": c} for (n, p, a, b), c in self.charges.items()],
            "control_totals": self._totals(names) if not self.planted else [],
        }  # fmt: skip
        return Dataset({name: table(name, rows.get(name, [])) for name in TABLES})

    def _membership(self, pool: Pool, name: str) -> dict[str, Any]:
        left = self.left_on - timedelta(days=1) if self.left_on and name == pool.leaver else None
        return {
            "municipality": name,
            "pool": pool.name,
            "valid_from": START,
            "valid_to": left,
            "key": pool.key,
            "reference_date": date(pool.reference, 1, 1) if pool.key == "population" else None,
            "fixed_share": float(pool.fixed[name]) if pool.key == "fixed" else None,
        }

    def _totals(self, names: Iterable[str]) -> list[dict[str, Any]]:
        whole = {"period_start": START, "period_end": END}
        sums: dict[str, int] = defaultdict(int)
        for (name, *_), amount in self.charges.items():
            sums[name] += amount
        out = [{"name": f"sum_{n}", "kind": "municipality", "municipality": n, "amount_nok": sums[n]} for n in names]
        out.append({"name": "accounts", "kind": "accounts", "municipality": None, "amount_nok": sum(sums.values())})
        return [{**row, **whole} for row in out]


def table(name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """A table with these rows; what they leave out is empty."""
    schema = {column: kind.dtype for column, kind in TABLES[name].columns().items()}
    return pl.DataFrame([{**dict.fromkeys(schema), **ROW, **row} for row in rows], schema=schema)


def collaboration(seed: int, *, mistakes: bool) -> Collaboration:
    """Three to twelve municipalities, one to six pools, some years of population, perhaps an exit in mid-year.

    Args:
        seed: Which.
        mistakes: Whether mistakes are planted, at most one in each pool and period with four payers or more.
    """
    draw = random.Random(seed)
    names = [f"m{i:02}" for i in range(draw.randint(3, 12))]
    years = range(YEAR - draw.randint(2, 8), YEAR + 2)
    people = {name: round(10 ** draw.uniform(2.5, 4.6)) for name in names}
    persons = {}
    for year in years:
        people = {name: max(1, round(n * draw.uniform(0.97, 1.04))) for name, n in people.items()}
        persons[year] = people
    leaver = draw.choice(names) if len(names) > 3 and draw.random() < 0.4 else ""
    left_on = date(YEAR, draw.choice([4, 7, 7, 7, 9]), 1) if leaver else None
    pools = [_pool(draw, f"p{i}", names, list(years), leaver) for i in range(draw.randint(1, 6))]
    made = Collaboration(persons, pools, left_on, {})
    amounts: dict[tuple[str, date, date], int] = {}
    for pool in pools:
        rounding = draw.choice(["each", "whole"])
        for start, end in _periods(draw, left_on):
            amount = amounts[pool.name, start, end] = round(10 ** draw.uniform(4.3, 7))
            for name, part in _charged(made, pool, start, end, amount, rounding).items():
                made.charges[name, pool.name, start, end] = part
    if mistakes:
        _plant(draw, made, amounts)
    return made


def _pool(draw: random.Random, name: str, names: list[str], years: list[int], leaver: str) -> Pool:
    key = draw.choice(["population", "population", "population", "equal", "fixed"])
    size = len(names) if draw.random() < 0.6 else draw.randint(2, len(names))
    members = sorted(draw.sample(names, size))
    gone = leaver if leaver in members and len(members) > 2 and key != "fixed" else ""
    fixed = {}
    if key == "fixed":
        cuts = [draw.randint(5, 40) for _ in members]
        fixed = {n: Fraction(part * 1000 // sum(cuts), 1000) for n, part in zip(members, cuts, strict=True)}
        fixed[members[0]] += 1 - sum(fixed.values())
    return Pool(name, key, draw.choice([y for y in years if y <= YEAR]), members, gone, fixed)


def _periods(draw: random.Random, left_on: date | None) -> list[tuple[date, date]]:
    """The whole year, halves, or cut at the exit."""
    way = draw.choice(["year", "halves", "cut"])
    middle = {"year": None, "halves": date(YEAR, 7, 1), "cut": left_on}[way]
    return [(START, middle - timedelta(days=1)), (middle, END)] if middle else [(START, END)]


def _parts(made: Collaboration, pool: Pool, start: date, end: date) -> list[tuple[int, Shares]]:
    """Days, and the shares on them, of each part of a period between which somebody leaves."""
    cut = made.left_on if pool.leaver and made.left_on and start < made.left_on <= end else None
    spans = [(start, cut - timedelta(days=1)), (cut, end)] if cut else [(start, end)]
    return [((b - a).days + 1, _shares(made, pool, _members(made, pool, a), pool.reference)) for a, b in spans]


def _members(made: Collaboration, pool: Pool, day: date) -> list[str]:
    out = made.left_on and pool.leaver and day >= made.left_on
    return [name for name in pool.members if not (out and name == pool.leaver)]


def _shares(made: Collaboration, pool: Pool, members: Sequence[str], year: int) -> Shares:
    weights = {
        "population": {n: Fraction(made.persons[year][n]) for n in members},
        "equal": dict.fromkeys(members, Fraction(1)),
        "fixed": {n: pool.fixed.get(n, Fraction(0)) for n in members},
    }[pool.key]
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def _exact(made: Collaboration, pool: Pool, start: date, end: date) -> Shares:
    parts = _parts(made, pool, start, end)
    length = sum(days for days, _ in parts)
    out: Shares = defaultdict(Fraction)
    for days, shares in parts:
        for name, share in shares.items():
            out[name] += share * days / length
    return dict(out)


def _charged(made: Collaboration, pool: Pool, start: date, end: date, amount: int, rounding: str) -> dict[str, int]:
    """Whole kroner, as an accountant makes them: each rounded by itself, or the whole by largest remainder."""
    shares = _exact(made, pool, start, end)
    if rounding == "each":
        return {name: int(amount * share + Fraction(1, 2)) for name, share in shares.items()}
    return largest_remainder(amount, shares)


# Mistakes


def _plant(draw: random.Random, made: Collaboration, amounts: dict[tuple[str, date, date], int]) -> None:
    """At most one mistake in each pool and period with enough payers."""
    pools = {pool.name: pool for pool in made.pools}
    right = dict(made.charges)
    taken: set[tuple[str, date, date]] = set()
    for post, amount in amounts.items():
        cells = [cell for cell in right if cell[1:] == post]
        if len(cells) < FEWEST or post in taken or draw.random() < 0.4:
            continue
        cell = draw.choice(cells)
        kind = draw.choice(KINDS)
        pool = pools[post[0]]
        if kind == "swapped":
            others = [c for c in right if c[0] == cell[0] and c[1:] != post and c[1:] not in taken]
            others = [c for c in others if sum(d[1:] == c[1:] for d in right) >= FEWEST]
            if others:
                other = draw.choice(others)
                for one, two in ((cell, other), (other, cell)):
                    _put(made, pools[one[1]], one, kind, right[one], right[two])
                    taken.add(one[1:])
            continue
        wrong = _wrong(draw, made, pool, cell, kind, amount, right, amounts)
        if wrong is not None:
            _put(made, pool, cell, kind, right[cell], wrong)
            taken.add(post)


def _put(made: Collaboration, pool: Pool, cell: Cell, kind: str, right: int, wrong: int) -> None:
    if right == wrong:
        return
    shares = _exact(made, pool, *cell[2:])
    parts = len(_parts(made, pool, *cell[2:]))
    widest = max(share for name, share in shares.items() if name != cell[0])
    # The others fix the amount within a krone of the largest of them; then this charge has its own krone.
    hidden = 2 * parts * (1 + shares[cell[0]] / widest)
    made.charges[cell] = wrong
    made.planted[cell] = Planted(kind, right, wrong, hidden)


def _wrong(
    draw: random.Random,
    made: Collaboration,
    pool: Pool,
    cell: Cell,
    kind: str,
    amount: int,
    right: dict[Cell, int],
    amounts: dict[tuple[str, date, date], int],
) -> int | None:
    """A wrong charge of a kind; None where the kind gives none here."""
    name, _, start, end = cell
    value = right[cell]
    shares = _exact(made, pool, start, end)
    digits = str(value)
    if kind in ("sign", "doubled", "ten_times"):
        return {"sign": -value, "doubled": 2 * value, "ten_times": 10 * value}[kind]
    if kind in ("halved", "a_tenth"):
        return round(value / {"halved": 2, "a_tenth": 10}[kind])
    if kind in ("transposed", "dropped_digit", "added_digit"):
        at = draw.randrange(len(digits) - 1)
        made_up = {
            "transposed": digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :],
            "dropped_digit": digits[:at] + digits[at + 1 :],
            "added_digit": digits[:at] + draw.choice("123456789") + digits[at:],
        }[kind]
        return int(made_up) if made_up[0] != "0" else None
    if kind == "other_charge":
        others = [c for c in right if (c[0] == name) != (c[1:] == cell[1:])]
        return right[draw.choice(others)] if others else None
    if kind == "other_amount":
        others_ = [post for post in amounts if post != cell[1:]]
        return round(amounts[draw.choice(others_)] * shares[name]) if others_ else None
    if pool.key == "fixed":
        return None
    members = _members(made, pool, start)
    if kind == "equal_parts":
        return round(Fraction(amount, len(shares))) if pool.key == "population" else None
    if kind == "other_year":
        year = draw.choice(sorted(made.persons))
        return round(amount * _shares(made, pool, members, year)[name]) if pool.key == "population" else None
    if kind == "other_period":
        if not pool.leaver or name == pool.leaver or len(_parts(made, pool, start, end)) > 1:
            return None
        other = [n for n in pool.members if n != pool.leaver] if pool.leaver in members else pool.members
    else:
        outsiders = [n for n in made.persons[YEAR] if n not in members]
        if outsiders and draw.random() < 0.5:
            other = [*members, draw.choice(outsiders)]
        else:
            gone = draw.choice([m for m in members if m != name])
            other = [n for n in members if n != gone]
    return round(amount * _shares(made, pool, other, pool.reference)[name]) if name in other else None


# How well they are found


@dataclass
class Score:
    """What was found in many collaborations.

    Attributes:
        cases: Collaborations with at least one mistake.
        planted: Mistakes larger than rounding can hide.
        found: Of these, those named.
        hidden: Mistakes within what rounding can hide.
        hidden_found: Of these, those named.
        innocent: Right charges that were named.
        charges: Right charges in all.
        explained: Mistakes found of which the kind planted is among the explanations.
        missed: Kind of mistake → how many were not named.
        quiet: Collaborations without a mistake.
        noise: Of these, those of which something was said that must be cleared up.
    """

    cases: int = 0
    planted: int = 0
    found: int = 0
    hidden: int = 0
    hidden_found: int = 0
    innocent: int = 0
    charges: int = 0
    explained: int = 0
    missed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    quiet: int = 0
    noise: int = 0

    @property
    def rate(self) -> float:
        """Mistakes named, of all that can be seen."""
        return self.found / max(self.planted, 1)

    @property
    def false_alarms(self) -> float:
        """Right charges named, of all that were named."""
        return self.innocent / max(self.innocent + self.found + self.hidden_found, 1)


def cell_of(finding: Finding) -> Cell:
    """The charge that a finding names."""
    start, end = (date.fromisoformat(day) for day in finding.names["period"][1].split("/"))
    return finding.subject, finding.names["pool"][1], start, end


def score(seeds: Iterable[int]) -> Score:
    """Reconcile one collaboration with mistakes and one without for each seed, and count."""
    out = Score()
    for seed in seeds:
        made = collaboration(seed, mistakes=True)
        if made.planted:
            out.cases += 1
            named = {cell_of(f): f for f in hh.reconcile(made.dataset()) if f.kind == "charge_off_key"}
            out.charges += len(made.charges) - len(made.planted)
            out.innocent += len(set(named) - set(made.planted))
            for cell, mistake in made.planted.items():
                seen = cell in named
                if not mistake.visible:
                    out.hidden, out.hidden_found = out.hidden + 1, out.hidden_found + seen
                    continue
                out.planted, out.found = out.planted + 1, out.found + seen
                if not seen:
                    out.missed[mistake.kind] += 1
                elif mistake.kind in {detail.kind.removeprefix("cause_") for detail in named[cell].details}:
                    out.explained += 1
        right = collaboration(seed, mistakes=False)
        out.quiet += 1
        out.noise += any(f.severity == "clarify" for f in hh.reconcile(right.dataset()))
    return out
