"""What a full position costs, derived from charges whose part of one is known."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import narwhals as nw

from hhanalytics.evidence import Grade, weakest
from hhanalytics.measures.allocation import MEMBERSHIPS, Keys, _day
from hhanalytics.measures.frames import from_rows, lazy, rows


def full_position_costs(costs: Any, position_hooks: Any, memberships: Any, population: Any) -> Any:
    """What a full position costs a year, derived as a range from charges whose part is known.

    A hook is a charge that pays for a stated part of a position: an equal part or a part by
    population among the members of the pool and the municipality charged, or the whole. The range
    runs over all hooks of a pool and year with use ``range``; those with use ``cross_check`` give a
    range of their own beside it.

    Args:
        costs: Columns ``municipality``, ``pool``, ``period_start``, ``period_end``, ``amount_nok``, ``grade``.
        position_hooks: Rows of the table ``position_hooks``.
        memberships: Who was in which pool.
        population: Persons per municipality and year.

    Returns:
        One row per pool, year and use: ``pool``, ``year``, ``use``, ``low_nok``, ``high_nok`` (kr per
        full position and year), ``grade``. A hook whose charges do not cover its period, or whose part is
        not known, gives none. The year is that of the hook's last day.

    Source:
        Hallinghelse, annual report 2025, line 97: Nesbyen's 71 201 kr for half a year of one position.

    Example:
        >>> import hhanalytics as hh
        >>> d = hh.load("data/raw")
        >>> found = hh.full_position_costs(d.costs, d.position_hooks, d.memberships, d.population)
        >>> found.filter(use="range").select("low_nok", "high_nok").row(0)
        (854412, 929494)
    """
    lazy(
        costs=(costs, ("municipality", "pool", "period_start", "period_end", "amount_nok", "grade")),
        position_hooks=(
            position_hooks,
            (
                "pool",
                "charged_pool",
                "municipality",
                "reading",
                "position_percent",
                "use",
                "period_start",
                "period_end",
                "grade",
            ),
        ),
        memberships=(memberships, MEMBERSHIPS),
        population=(population, ("municipality", "year", "persons")),
    )
    keys = Keys(rows(memberships), rows(population))
    hooks = rows(position_hooks)
    needed = nw.from_native(costs).filter(nw.col("pool").is_in([hook["charged_pool"] for hook in hooks]))
    charges = [
        {**row, "start": _day(row["period_start"]), "end": _day(row["period_end"])}
        for row in rows(needed.to_native())
        if None not in (row["period_start"], row["period_end"], row["amount_nok"])
    ]
    found: dict[tuple[str, int, str], list[tuple[int, Grade]]] = {}
    for hook in hooks:
        start, end = _day(hook["period_start"]), _day(hook["period_end"])
        if start is None or end is None:
            continue
        charged = [
            row
            for row in charges
            if row["pool"] == hook["charged_pool"]
            and hook["municipality"] in (None, row["municipality"])
            and start <= row["start"] <= row["end"] <= end
        ]
        part = _payer_part(keys, hook, start)
        months = _month(end, through=True) - _month(start) + 1
        # Charges for a part of the period only would make the position look cheaper than it is.
        covers = charged and min(row["start"] for row in charged) == start and max(row["end"] for row in charged) == end
        if covers and part and months > 0:
            amount = Fraction(sum(int(row["amount_nok"]) for row in charged))
            yearly = amount / part * Fraction(12, months) * Fraction(100, int(hook["position_percent"]))
            grade = weakest(["derived", hook["grade"], *(row["grade"] for row in charged)])
            found.setdefault((hook["pool"], end.year, hook["use"]), []).append((int(yearly + Fraction(1, 2)), grade))
    whole = {"pool": nw.String, "year": nw.Int64, "use": nw.String, "low_nok": nw.Int64, "high_nok": nw.Int64}
    schema = {**whole, "grade": nw.String}
    out: dict[str, list[Any]] = {name: [] for name in schema}
    for (pool, year, use), values in sorted(found.items()):
        amounts, grades = zip(*values, strict=True)
        line = (pool, year, use, min(amounts), max(amounts), weakest(grades))
        for column, value in zip(out, line, strict=True):
            out[column].append(value)
    return from_rows(out, schema, costs)


def _month(day: date, *, through: bool = False) -> int:
    """The first month, or with ``through`` the last, that counts: one counts where its 15th is inside."""
    return day.year * 12 + day.month + (-1 if through and day.day < 15 else 1 if not through and day.day > 15 else 0)


def _payer_part(keys: Keys, hook: dict[str, Any], start: date) -> Fraction | None:
    """Which part of the position the hook's charge pays for."""
    if hook["reading"] == "whole":
        return Fraction(1)
    if hook["municipality"] is None:
        return None
    members = keys.on(hook["pool"], start)
    payers = {member["municipality"] for member in members} | {hook["municipality"]}
    if hook["reading"] == "equal":
        return Fraction(1, len(payers))
    years = {member["reference_date"].year for member in members if member["reference_date"]}
    if len(years) != 1:
        return None
    (year,) = years
    persons = {payer: keys.persons.get((payer, year), 0) for payer in payers}
    return Fraction(persons[hook["municipality"]], sum(persons.values())) if all(persons.values()) else None
