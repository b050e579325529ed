"""Who pays what: an amount shared among the members of a pool by its key, in whole kroner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import narwhals as nw

from hhanalytics.errors import BadInput
from hhanalytics.measures.frames import from_rows, lazy, rows

Shares = dict[str, Fraction]
#: Columns of memberships that an allocation needs.
MEMBERSHIPS = ("municipality", "pool", "valid_from", "valid_to", "key", "reference_date", "fixed_share")
#: Fixed shares such as a third cannot be written in full, so their sum may be this far from one.
SHARES_SUM_WITHIN = Fraction(1, 10**6)


def largest_remainder(amount: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Share a whole amount in whole parts that always sum to it.

    Each gets the whole part of its exact share; what is left goes, one at a time, to the largest
    remainders, ties in order of name.

    Args:
        amount: What is shared; may be negative.
        weights: Name → weight, in any unit; not all zero.

    Source:
        Hamilton's method, as used for seats and for kroner.

    Example:
        >>> largest_remainder(100, {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)})
        {'a': 34, 'b': 33, 'c': 33}
    """
    total = sum(weights.values(), Fraction(0))
    exact = {name: amount * weight / total for name, weight in weights.items()}
    parts = {name: share.numerator // share.denominator for name, share in exact.items()}
    order = sorted(exact, key=lambda name: (parts[name] - exact[name], name))
    for name in order[: amount - sum(parts.values())]:
        parts[name] += 1
    return parts


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


class Keys:
    """The shares that the key of a pool gives its members, day by day.

    Args:
        memberships: Rows of `Memberships`.
        population: Rows of `Population`.
    """

    def __init__(self, memberships: Iterable[dict[str, Any]], population: Iterable[dict[str, Any]]) -> None:
        self.members: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in memberships:
            dates = {name: _day(row.get(name)) for name in ("valid_from", "valid_to", "reference_date")}
            self.members[row["pool"]].append({**row, **dates})
        self.persons: dict[tuple[str, int], int] = defaultdict(int)
        for row in population:
            if row["persons"] is not None:
                self.persons[row["municipality"], int(row["year"])] += int(row["persons"])

    def on(self, pool: str, day: date) -> list[dict[str, Any]]:
        """The memberships of a pool on a day."""
        return [m for m in self.members.get(pool, []) if m["valid_from"] <= day <= (m["valid_to"] or date.max)]

    def segments(self, pool: str, start: date, end: date) -> list[tuple[date, date]]:
        """The period cut where the membership of the pool changes."""
        cuts = {start}
        for member in self.members.get(pool, []):
            cuts.add(member["valid_from"])
            if member["valid_to"] and member["valid_to"] < end:
                cuts.add(member["valid_to"] + timedelta(days=1))
        inside = sorted(cut for cut in cuts if start <= cut <= end)
        return [(a, b - timedelta(days=1)) for a, b in zip(inside, [*inside[1:], end + timedelta(days=1)], strict=True)]

    def weights(self, pool: str, day: date, problems: list[str]) -> Shares:
        """Municipality → weight in the pool on a day; what is wrong is added to ``problems``."""
        members = self.on(pool, day)
        if not members:
            problems.append(f"pool {pool!r} has no members on {day}; add memberships or correct the period")
            return {}
        keys = {(member["key"], member["reference_date"]) for member in members}
        names = [member["municipality"] for member in members]
        if len(keys) > 1 or len(set(names)) < len(names):
            problems.append(f"pool {pool!r} has two keys, or a member twice, on {day}; end one of the memberships")
            return {}
        ((key, reference),) = keys
        if key == "equal":
            return dict.fromkeys(names, Fraction(1))
        if key == "fixed":
            shares = {m["municipality"]: Fraction(str(m["fixed_share"] or 0)) for m in members}
            total = sum(shares.values(), Fraction(0))
            if abs(total - 1) > SHARES_SUM_WITHIN:
                problems.append(
                    f"the fixed shares of pool {pool!r} on {day} sum to {float(total)}, not 1; correct fixed_share"
                )
                return {}
            return shares
        if key != "population" or reference is None or (reference.month, reference.day) != (1, 1):
            problems.append(f"pool {pool!r} has key {key!r} with reference date {reference}; give a 1 January")
            return {}
        missing = [name for name in names if (name, reference.year) not in self.persons]
        if missing:
            problems.append(
                f"no population on {reference} for {', '.join(missing)} in pool {pool!r}; add it to population"
            )
            return {}
        persons = {name: Fraction(self.persons[name, reference.year]) for name in names}
        if not any(persons.values()):
            problems.append(f"the members of pool {pool!r} have no inhabitants on {reference}; correct population")
            return {}
        return persons

    def share(
        self, pool: str, start: date, end: date, amount: int, problems: list[str]
    ) -> tuple[dict[str, int], Shares]:
        """What each member pays of an amount, and its exact share of it."""
        pieces = self.segments(pool, start, end)
        days = {str(i): Fraction((b - a).days + 1) for i, (a, b) in enumerate(pieces)}
        amounts = largest_remainder(amount, days)
        length = sum(days.values())
        paid: dict[str, int] = defaultdict(int)
        shares: Shares = defaultdict(Fraction)
        for index, (first, _) in enumerate(pieces):
            weights = self.weights(pool, first, problems)
            if not weights or not sum(weights.values()):
                continue
            total = sum(weights.values())
            for name, part in largest_remainder(amounts[str(index)], weights).items():
                paid[name] += part
                shares[name] += weights[name] / total * days[str(index)] / length
        return dict(paid), dict(shares)


def allocate(amounts: Any, memberships: Any, population: Any) -> Any:
    """Who pays what of each pool, in whole kroner that always sum to the amount.

    The key stands with the membership: by population on 1 January of a stated year, equally, or by
    fixed shares that sum to one. Where membership changes inside a period, the amount is first
    divided by days and each part shared among those who were members then.

    Args:
        amounts: Columns ``pool``, ``period_start``, ``period_end`` (both days included), ``amount_nok``.
        memberships: Columns ``municipality``, ``pool``, ``valid_from``, ``valid_to``, ``key``
            (``population``, ``equal``, ``fixed``), ``reference_date``, ``fixed_share``.
        population: Columns ``municipality``, ``year``, ``persons``; age bands are added together.

    Returns:
        One row per amount and member, of the same kind of frame as ``amounts``: ``pool``,
        ``period_start``, ``period_end``, ``municipality``, ``share`` (0 to 1), ``amount_nok``.

    Raises:
        BadInput: A pool without members, a member without population, shares that do not sum to one;
            everything that is wrong is listed.

    Source:
        Hallinghelse, annual report 2025, lines 44-45 (by population) and 71 (20 % each); rounding by
        largest remainder.

    Example:
        >>> import polars as pl
        >>> from datetime import date
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> pool = pl.DataFrame({"pool": ["mft"], "period_start": [date(2025, 7, 1)],
        ...                      "period_end": [date(2025, 12, 31)], "amount_nok": [401693]})
        >>> hh.allocate(pool, data.memberships, data.population).select("municipality", "amount_nok").rows()
        [('aal', 107588), ('flaa', 24855), ('gol', 108768), ('hemsedal', 59747), ('hol', 100735)]
    """
    lazy(
        amounts=(amounts, ("pool", "period_start", "period_end", "amount_nok")),
        memberships=(memberships, MEMBERSHIPS),
        population=(population, ("municipality", "year", "persons")),
    )
    keys = Keys(rows(memberships), rows(population))
    problems: list[str] = []
    out: dict[str, list[Any]] = {
        name: [] for name in ("pool", "period_start", "period_end", "municipality", "share", "amount_nok")
    }
    for row in rows(amounts):
        start, end = _day(row["period_start"]), _day(row["period_end"])
        if start is None or end is None or end < start or row["amount_nok"] is None:
            problems.append(
                f"pool {row['pool']!r}: a period that ends before it begins, or an empty cell; correct the row"
            )
            continue
        paid, shares = keys.share(row["pool"], start, end, int(row["amount_nok"]), problems)
        for name in sorted(paid):
            for column, value in zip(
                out, (row["pool"], start, end, name, float(shares[name]), paid[name]), strict=True
            ):
                out[column].append(value)
    if problems:
        listed = "; ".join(dict.fromkeys(problems))
        raise BadInput.of("cannot_allocate", "allocate", listed, "members, keys and population", "Mend the rows named.")
    schema = {
        "pool": nw.String,
        "period_start": nw.Date,
        "period_end": nw.Date,
        "municipality": nw.String,
        "share": nw.Float64,
        "amount_nok": nw.Int64,
    }
    return from_rows(out, schema, amounts)
