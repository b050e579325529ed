"""Measures written again from docs/method.md, in plain Python: loops over rows, exact fractions, nothing of the package.

They are slow and plain on purpose: what the frames give is compared with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

Row = dict[str, Any]

GRADES = ["documented", "derived", "assumed", "missing"]


def weakest(grades: Iterable[str]) -> str:
    return max(grades, key=GRADES.index)


def hedged(quantity: int, qualifier: str) -> tuple[int, int | None]:
    """Lowest and highest of a count as hedged; None: open above."""
    tenth = int(Fraction(quantity, 10) + Fraction(1, 2))
    return {
        "exact": (quantity, quantity),
        "at_least": (quantity, None),
        "about": (quantity - tenth, quantity + tenth),
        "nearly": (quantity - tenth, quantity),
    }[qualifier]


def quotient(amount: int | Fraction | None, by: int | Fraction | None) -> Fraction | None:
    return None if amount is None or by is None else Fraction(amount) / by


def cost_per_participant(programme_costs: list[Row], activities: list[Row], by: str = "participants") -> list[Row]:
    found = []
    for cost in programme_costs:
        if cost["programme"] == "unallocated":
            continue
        done = [
            row
            for row in activities
            if row["programme"] == cost["programme"]
            and row["period_end"].year == cost["year"]
            and row["unit"] == by
            and row["part_of"] is None
        ]
        counted = [row for row in done if row["quantity"] is not None]
        ranges = [hedged(row["quantity"], row["qualifier"]) for row in counted]
        count = sum(row["quantity"] for row in counted) if counted else None
        low = sum(least for least, _ in ranges) if counted else None
        is_open = len(counted) < len(done) or any(row["qualifier"] == "at_least" for row in done)
        high = sum(most or 0 for _, most in ranges) if counted and not is_open else None
        has_cost = cost["cost_low_nok"] is not None
        divisible = low is not None and low > 0
        limit = is_open or cost["other_work"] is not None
        one = cost["cost_low_nok"] == cost["cost_high_nok"] and low == high == count
        hedges = any(row["qualifier"] in ("about", "nearly") for row in done)
        bound = None
        if has_cost and divisible:
            bound = "at_most" if limit else "exact" if one and not hedges else "range"
        reason = cost["reason"] if not has_cost else None if divisible else "no_participants"
        fewest, most = (low, high) if divisible else (None, None)
        found.append(
            {
                "programme": cost["programme"],
                "year": cost["year"],
                "unit": by,
                "count": count,
                "count_low": low,
                "count_high": high,
                "cost_low_nok": cost["cost_low_nok"],
                "cost_high_nok": cost["cost_high_nok"],
                "low_nok": None if limit else quotient(cost["cost_low_nok"], most),
                "point_nok": quotient(cost["cost_low_nok"], fewest) if bound == "exact" else None,
                "high_nok": quotient(cost["cost_high_nok"], fewest),
                "high_at_low_cost_nok": quotient(cost["cost_low_nok"], fewest),
                "bound": bound,
                "grade": weakest([cost["grade"], *(row["grade"] for row in done)]) if bound else "missing",
                "reason": reason,
            }
        )
    return found


def quotes_of(
    service: str, prices: list[Row], index: dict[int, float] | None, price_year: int | None
) -> tuple[str | None, list[Fraction]]:
    """Why a service has no price; else its low, mode and high."""
    quotes = [row for row in prices if row["service"] == service]
    if not quotes:
        return "no_price", []
    if len({row["unit"] for row in quotes}) > 1:
        return "several_units", []
    brought = []
    for row in quotes:
        factor: Fraction | None = Fraction(1)
        if index is not None and row["price_year"] != price_year:
            now, then = index.get(price_year or 0), index.get(row["price_year"])
            factor = None if now is None or then is None else Fraction(now) / Fraction(then)
        if factor is None:
            return "no_price_index", []
        middle = row["amount_nok"]
        low = middle if row["amount_low_nok"] is None else row["amount_low_nok"]
        high = middle if row["amount_high_nok"] is None else row["amount_high_nok"]
        brought.append((low * factor, middle * factor, high * factor))
    lows, middles, highs = zip(*brought, strict=True)
    return None, [min(lows), Fraction(sum(middles)) / len(middles), max(highs)]


def line(activity: Row, equivalent: Row, priced: tuple[str | None, list[Fraction]]) -> Row:
    """The value of an activity by one equivalent: low, mode, high (None: open), or why there is none."""
    no_price, price = priced
    units = equivalent["service_units"]
    least, most = equivalent["service_units_low"], equivalent["service_units_high"]
    found = {
        "kind": equivalent["gain_kind"],
        "confirmed": equivalent["confirmed_on"] is not None,
        "value": [None, None, None],
    }
    # In this order: without a count nothing else matters, and prices come before what they are multiplied by.
    if activity["quantity"] is None:
        return found | {"reason": "not_counted"}
    if no_price in ("no_price", "several_units"):
        return found | {"reason": no_price}
    if units is None:
        return found | {"reason": "no_equivalence"}
    if no_price:
        return found | {"reason": no_price}
    low, high = hedged(activity["quantity"], activity["qualifier"])
    value = [
        low * Fraction(units if least is None else least) * price[0],
        activity["quantity"] * Fraction(units) * price[1],
        None if high is None else high * Fraction(units if most is None else most) * price[2],
    ]
    return found | {"reason": None, "value": value}


REASONS = ["not_counted", "no_price", "several_units", "no_equivalence", "no_price_index"]


def gain(
    programme_costs: list[Row],
    activities: list[Row],
    prices: list[Row],
    equivalents: list[Row],
    *,
    price_index: list[Row] | None = None,
    price_year: int | None = None,
    vat: str | None = None,
    travel: str | None = None,
) -> list[Row]:
    """The gain model; ``reason`` is the first of all reasons that hold, in the order of docs/method.md."""
    index = None if price_index is None else {row["year"]: row["value"] for row in price_index}
    chosen = [row for row in prices if vat in (None, row["vat"]) and travel in (None, row["travel"])]
    found = []
    for unit in cost_per_participant(programme_costs, activities):
        lines = [
            line(activity, pair, quotes_of(pair["service"], chosen, index, price_year))
            for activity in activities
            for pair in equivalents
            if activity["programme"] == pair["programme"] == unit["programme"]
            and (activity["kind"], activity["unit"]) == (pair["kind"], pair["unit"])
            and activity["period_end"].year == unit["year"]
            and activity["part_of"] is None
            and pair["gain_kind"] in ("external_equivalent", "avoided_cost")
        ]
        reasons = {each["reason"] for each in lines if each["reason"]}
        known = bool(lines) and not reasons
        is_open = any(each["value"][2] is None for each in lines)

        def summed(side: int, kinds: tuple[str, ...], *, of: list[Row] = lines, given: bool = known) -> Fraction | None:
            return sum((each["value"][side] for each in of if each["kind"] in kinds), Fraction(0)) if given else None

        both = ("external_equivalent", "avoided_cost")
        capped = known and not is_open
        low, point, high = summed(0, both), summed(1, both), summed(2, both, given=capped)
        least, most = unit["cost_low_nok"], unit["cost_high_nok"]
        has_cost = least is not None
        found.append(
            {
                "programme": unit["programme"],
                "year": unit["year"],
                "cost_low_nok": least,
                "cost_high_nok": most,
                "value_low_nok": low,
                "value_nok": point,
                "value_high_nok": high,
                "avoided_low_nok": summed(0, both[1:]),
                "avoided_high_nok": summed(2, both[1:], given=capped),
                "net_gain_low_nok": low - most if low is not None and has_cost else None,
                "net_gain_nok": point - least if point is not None and has_cost and least == most else None,
                "net_gain_high_nok": high - least if high is not None and has_cost else None,
                "value_per_krone_low": quotient(low, most) if has_cost and most > 0 else None,
                "value_per_krone_high": quotient(high, least) if has_cost and least > 0 else None,
                "break_even_unit": unit["unit"],
                "break_even_low_nok": unit["low_nok"],
                "break_even_nok": unit["point_nok"],
                "break_even_high_nok": unit["high_nok"],
                "break_even_bound": unit["bound"],
                "confirmed": all(each["confirmed"] for each in lines) if lines else None,
                "grade": unit["grade"],
                "reason": min(reasons, key=REASONS.index, default=None) if lines else "no_equivalent",
            }
        )
    return found


def municipality_costs(
    costs: list[Row], population: list[Row], budgets: list[Row], budget: str | None = None
) -> list[Row]:
    found = []
    for year in {row["period_end"].year for row in costs}:
        charged = [row for row in costs if row["period_end"].year == year]
        for municipality in {row["municipality"] for row in charged}:
            own = [row for row in charged if row["municipality"] == municipality]
            living = [r["persons"] for r in population if (r["municipality"], r["year"]) == (municipality, year)]
            planned = [
                row
                for row in budgets
                if row["municipality"] == municipality
                and row["period_end"].year == year
                and budget in (None, row["budget"])
            ]
            for pool in {row["pool"] for row in own} | {"all"}:
                paid = [row for row in own if pool in ("all", row["pool"])]
                amount = sum(row["amount_nok"] for row in paid)
                whole = sum(row["amount_nok"] for row in charged if pool in ("all", row["pool"]))
                one_budget = pool == "all" and len({row["budget"] for row in planned}) == 1
                persons = sum(living) if living else None
                found.append(
                    {
                        "municipality": municipality,
                        "year": year,
                        "pool": pool,
                        "amount_nok": amount,
                        "inhabitants": persons,
                        "per_inhabitant_nok": quotient(amount, persons) if persons else None,
                        "share": quotient(amount, whole) if whole else None,
                        "budget_nok": sum(row["amount_nok"] for row in planned) if one_budget else None,
                        "grade": weakest(row["grade"] for row in paid),
                    }
                )
    return found
