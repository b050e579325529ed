"""Memberships while changes are made to them: who is in which pool, on which day, under which key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from hhanalytics.decisions.changes import Change
from hhanalytics.measures.allocation import SHARES_SUM_WITHIN, Keys
from hhanalytics.tables import TABLES

Row = dict[str, Any]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Parts:
    """The programmes inside shared pools, each as a part of the pool: what an ``opt_out`` needs.

    Attributes:
        of: Pool → programme → its part, 0 to 1; ``unallocated`` is what no programme takes.
        unknown: Programme → pool and reason, where the part is not known.
        own: Programme → the pools that are just this programme.
    """

    of: Mapping[str, Mapping[str, Fraction]]
    unknown: Mapping[str, str]
    own: Mapping[str, tuple[str, ...]]


@dataclass
class Memberships:
    """Memberships while changes are made to them; what is wrong is gathered in ``problems``."""

    rows: dict[str, list[Row]]
    pools: pl.DataFrame
    parts: Parts
    problems: list[str] = field(default_factory=list)
    #: Pool → (municipality, programme, first day outside, first day inside again).
    outside: dict[str, list[tuple[str, str, date, date]]] = field(default_factory=lambda: defaultdict(list))
    touched: set[str] = field(default_factory=set)
    _before: dict[tuple[str, str, date], tuple[list[Row], list[tuple[str, str, date, date]]]] = field(
        default_factory=dict
    )

    def member(self, pool: str, municipality: str, day: date) -> bool:
        """Whether a municipality is in a pool on a day."""
        return any(m["municipality"] == municipality for m in self.on(pool, day))

    def on(self, pool: str, day: date) -> list[Row]:
        """The memberships of a pool on a day."""
        return [m for m in self.rows.get(pool, []) if m["valid_from"] <= day <= (m["valid_to"] or date.max)]

    def begins(self, pool: str) -> date:
        """The first day on which there is such a pool."""
        first: Any = self.pools.filter(pool=pool)["valid_from"].min()
        return first or date.max

    # Changes

    def apply(self, change: Change) -> None:
        """Make one change."""
        if change.kind == "leave":
            self._leave(change)
        elif change.kind == "join":
            self._join(change)
        else:
            self._opt_out(change)

    def _leave(self, change: Change) -> None:
        name, day = change.municipality, change.on
        still = [p for p, rows in self.rows.items() if any(_of(r, name) and _lasts(r, day) for r in rows)]
        pools = list(change.pools or sorted(still))
        begun = [self.begins(p) for p in self.rows if any(_of(r, name) for r in self.rows[p])]
        if not pools:
            self.problems.append(f"{name} is in no pool on {day}, or has left already; remove this change or its date")
        elif begun and day < min(begun):
            self.problems.append(f"{day} is before any pool of {name} exists; give a day from {min(begun)}")
        else:
            for pool in pools:
                if change.pools and not self._exists(pool, day):
                    continue
                if not any(_of(r, name) and _lasts(r, day) for r in self.rows.get(pool, [])):
                    self.problems.append(f"{name} is not in {pool} on {day}; leave it out of this change")
                    continue
                self._end(pool, name, day)

    def _exists(self, pool: str, day: date) -> bool:
        if day < self.begins(pool):
            self.problems.append(f"pool {pool} does not exist on {day}; give a day from {self.begins(pool)}")
            return False
        return True

    def _end(self, pool: str, name: str, day: date) -> None:
        """End a membership; how it was before is kept, should it begin again on the same day."""
        own = [row for row in self.rows[pool] if _of(row, name)]
        self._before[pool, name, day] = (own, [out for out in self.outside[pool] if out[0] == name])
        kept = [{**row, "valid_to": day - DAY} if _lasts(row, day) else row for row in own if row["valid_from"] < day]
        self.rows[pool] = [row for row in self.rows[pool] if not _of(row, name)] + kept
        self.outside[pool] = [
            (who, what, first, min(last, day)) if who == name else (who, what, first, last)
            for who, what, first, last in self.outside[pool]
            if who != name or first < day
        ]
        self.touched.add(pool)

    def _join(self, change: Change) -> None:
        name, day = change.municipality, change.on
        ordinary = self.pools.filter("in_accounts")["pool"].unique().sort().to_list()
        # Those it left on this very day it comes back to, whichever they are.
        left = [pool for pool, who, when in self._before if (who, when) == (name, day)]
        pools = list(change.pools or sorted({*left, *(p for p in ordinary if self.on(p, day))}))
        inside = [pool for pool in pools if self.member(pool, name, day)]
        for pool in inside if change.pools or inside == pools else []:
            self.problems.append(f"{name} is in {pool} on {day} already; choose another day, or other pools")
        for pool in pools:
            if pool in inside:
                continue
            if (before := self._before.pop((pool, name, day), None)) is not None:
                others = [row for row in self.rows[pool] if not _of(row, name)]
                self.rows[pool] = others + before[0]
                self.outside[pool] = [out for out in self.outside[pool] if out[0] != name] + before[1]
            elif self._exists(pool, day):
                self._begin(change, pool)
            self.touched.add(pool)
        for pool in change.ends:
            if self.member(pool, name, day):
                self._end(pool, name, day)
            else:
                self.problems.append(f"{name} is not in {pool} on {day}; take it out of ends")

    def _begin(self, change: Change, pool: str) -> None:
        """A new membership under the key that the others have, as long as they have it."""
        name, day = change.municipality, change.on
        earlier = [row for row in self.rows[pool] if _of(row, name)]
        if any(row["valid_from"] >= day for row in earlier):
            self.problems.append(f"{name} is in {pool} from a later day than {day}; remove that membership first")
            return
        others = [row for row in self.rows[pool] if not _of(row, name) and _lasts(row, day)]
        if not others:
            self.problems.append(f"pool {pool} has no members on {day} whose key could be used; add memberships")
            return
        spans: dict[tuple[Any, ...], tuple[date, date]] = {}
        for row in others:
            key, last = (row["key"], row["reference_date"]), row["valid_to"] or date.max
            first, until = spans.get(key, (date.max, date.min))
            spans[key] = min(first, max(row["valid_from"], day)), max(until, last)
        for (key, reference), (first, last) in spans.items():
            share = self._share(change, pool, earlier, others) if key == "fixed" else None
            if key == "fixed" and share is None:
                self.problems.append(f"{pool} is shared by fixed shares; say which share {name} is to have (share)")
                return
            about = {**others[0], "municipality": name, "key": key, "reference_date": reference, "fixed_share": share}
            self.rows[pool].append({**about, "valid_from": first, "valid_to": None if last == date.max else last})

    def _share(self, change: Change, pool: str, earlier: list[Row], others: list[Row]) -> float | None:
        """What weighs as much beside the others' shares as the share wanted does in the whole."""
        last = max(earlier, key=lambda row: row["valid_from"])["fixed_share"] if earlier else None
        share = change.share if change.share is not None else last
        if share is None:
            return None
        if not 0 < share < 1:
            self.problems.append(f"share {share} in {pool}; give a number between 0 and 1")
            return 0.0
        present = sum(row["fixed_share"] or 0 for row in others if row["valid_from"] <= change.on)
        return float(present * share / (1 - share))

    def _opt_out(self, change: Change) -> None:
        name, day, programme = change.municipality, change.on, str(change.programme)
        own = self.parts.own.get(programme, ())
        shared = [pool for pool, parts in self.parts.of.items() if programme in parts]
        if programme in self.parts.unknown:
            self.problems.append(f"{programme}: {self.parts.unknown[programme]}")
            return
        if not own and not shared:
            self.problems.append(f"{programme} has no cost on file, so there is nothing to stand outside of")
            return
        began = [self.begins(pool) for pool in (*own, *shared)]
        if day < min(began):
            self.problems.append(f"{programme} has no pool on {day}; give a day from {min(began)}")
            return
        taking_part = False
        for pool in own:
            if any(_of(row, name) and _lasts(row, day) for row in self.rows.get(pool, [])):
                self._end(pool, name, day)
                taking_part = True
        for pool in shared:
            out = any(who == name and what == programme and last > day for who, what, _, last in self.outside[pool])
            if self.member(pool, name, day) and not out:
                self.outside[pool].append((name, programme, day, date.max))
                self.touched.add(pool)
                taking_part = True
                self._if_outside_all(pool, name)
        if not taking_part:
            self.problems.append(f"{name} takes no part in {programme} on {day}; remove this change or its date")

    def _if_outside_all(self, pool: str, name: str) -> None:
        """Outside every part of a pool is outside the pool."""
        out = {what: first for who, what, first, last in self.outside[pool] if who == name and last == date.max}
        if set(out) == set(self.parts.of[pool]):
            self._end(pool, name, max(out.values()))

    # The result

    def finished(self, columns: Sequence[str], persons: Iterable[Row]) -> pl.DataFrame:
        """The memberships as a table, parts of pools that somebody stands outside of as fixed shares."""
        people = list(persons)
        out: list[Row] = []
        for pool, rows in self.rows.items():
            out += self._fixed(pool, people) if self.outside[pool] else rows
        return table_of([{name: row[name] for name in columns} for row in out])

    def _fixed(self, pool: str, people: list[Row]) -> list[Row]:
        outs = self.outside[pool]
        keys = Keys(normalised(self.rows[pool]), people)
        cuts = {day for _, _, first, last in outs for day in (first, last) if day != date.max}
        cuts |= {row["valid_from"] for row in self.rows[pool]}
        cuts |= {row["valid_to"] + DAY for row in self.rows[pool] if row["valid_to"]}
        days, made = sorted(cuts), []
        for start, stop in zip(days, [*days[1:], None], strict=True):
            rows = self.on(pool, start)
            away = {(who, what) for who, what, first, last in outs if first <= start < last}
            if rows and not away:
                made += [{**row, "valid_from": start, "valid_to": _before(stop)} for row in rows]
            elif rows and (weights := keys.weights(pool, start, self.problems)):
                shares = self._shares(pool, weights, away, start)
                about = {"key": "fixed", "reference_date": None, "valid_from": start, "valid_to": _before(stop)}
                made += [{**r, **about, **_judged(float(shares[r["municipality"]]))} for r in rows]
        return merged(made)

    def _shares(
        self, pool: str, weights: dict[str, Fraction], away: set[tuple[str, str]], day: date
    ) -> dict[str, Fraction]:
        """What each pays of a pool when some stand outside some of its parts."""
        shares = dict.fromkeys(weights, Fraction(0))
        for programme, part in self.parts.of[pool].items():
            inside = {name: weight for name, weight in weights.items() if (name, programme) not in away}
            total = sum(inside.values(), Fraction(0))
            if not total:
                self.problems.append(f"{programme} has nobody left to pay for it on {day}; let somebody stay")
                return shares
            for name, weight in inside.items():
                shares[name] += part * weight / total
        return shares


def _of(row: Row, name: str) -> bool:
    return bool(row["municipality"] == name)


def _lasts(row: Row, day: date) -> bool:
    return (row["valid_to"] or date.max) >= day


def _before(day: date | None) -> date | None:
    return None if day is None else day - DAY


def _judged(share: float) -> Row:
    return {"fixed_share": share, "grade": "assumed", "note": "Share as the scenario gives it."}


def normalised(rows: Iterable[Row]) -> list[Row]:
    """Fixed shares that do not sum to one after somebody came or went, in the same proportion to each other.

    How a pool is shared anew is for its members to agree; this is the rule where nothing is agreed.

    Example:
        >>> row = {"key": "fixed", "valid_from": date(2026, 1, 1), "valid_to": None, "fixed_share": 0.2}
        >>> [r["fixed_share"] for r in normalised({**row, "municipality": name} for name in "abcd")]
        [0.25, 0.25, 0.25, 0.25]
    """
    given = list(rows)
    if not any(row["key"] == "fixed" for row in given):
        return given
    days = sorted({r["valid_from"] for r in given} | {r["valid_to"] + DAY for r in given if r["valid_to"]})
    out = []
    for start, stop in zip(days, [*days[1:], None], strict=True):
        here = [r for r in given if r["valid_from"] <= start and _lasts(r, start)]
        shares = [Fraction(str(r["fixed_share"] or 0)) for r in here]
        total = sum(shares, Fraction(0))
        off = all(r["key"] == "fixed" for r in here) and total and abs(total - 1) > SHARES_SUM_WITHIN
        for row, share in zip(here, shares, strict=True):
            part = {**row, "valid_from": start, "valid_to": _before(stop)}
            out.append({**part, **_judged(float(share / total))} if off else part)
    return merged(out)


def merged(rows: Iterable[Row]) -> list[Row]:
    """Rows that follow each other and say the same, as one."""
    out: list[Row] = []
    for row in sorted(rows, key=lambda r: (r["municipality"], r["valid_from"])):
        last = out[-1] if out else None
        apart = ("valid_from", "valid_to")
        if (
            last is not None
            and last["valid_to"] is not None
            and last["valid_to"] + DAY == row["valid_from"]
            and all(last[name] == row[name] for name in row if name not in apart)
        ):
            out[-1] = {**last, "valid_to": row["valid_to"]}
        else:
            out.append(row)
    return out


def table_of(rows: Iterable[Row]) -> pl.DataFrame:
    """Memberships as a table, in one order and form: the same memberships give the same table."""
    schema = {name: kind.dtype for name, kind in TABLES["memberships"].columns().items()}
    by_pool: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_pool[row["pool"]].append(row)
    made = [row for pool in sorted(by_pool) for row in merged(normalised(by_pool[pool]))]
    return pl.DataFrame(made, schema=schema)
