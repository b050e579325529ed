"""Draft rows of a report against what is known: the allocation keys, and stated totals of all of them.

A charge that is what the key gives its payer, by what the others paid, was read rightly: a misread digit would have
to fall on the same krone. A charge off its key may be misread or printed so; it is said, and never changed alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Final

from hhanalytics.decisions.keys import Post, post_of
from hhanalytics.decisions.pool_amount import nearest_krone
from hhanalytics.measures.allocation import Keys
from hhanalytics.sources.drafts import Draft, Remark
from hhanalytics.sources.report_numbers import misreadings

#: With fewer others a charge is not confirmed by what they paid.
FEWEST_OTHERS: Final = 3
#: Each charge is rounded to whole kroner.
ROUNDING: Final = Fraction(1, 2)
#: Doubts that a confirmed figure settles.
SETTLED: Final = (
    "sum_differs", "sum_rounding", "sum_not_checked", "would_add_up", "letters_unconfirmed", "several_readings",
    "left_over",
)  # fmt: skip


def with_keys(drafts: Sequence[Draft], keys: Keys) -> list[Draft]:
    """Draft rows of costs, confirmed by their key or said to be off it.

    Args:
        drafts: Draft rows of any table.
        keys: The keys and population on file.

    Returns:
        The same rows in the same order.
    """
    groups: dict[tuple[str, date, date], dict[str, list[int]]] = {}
    for place, draft in enumerate(drafts):
        row = draft.values
        if draft.table == "costs" and all(row[each] is not None for each in ("pool", "municipality", "amount_nok")):
            where = row["pool"], row["period_start"], row["period_end"]
            groups.setdefault(where, {}).setdefault(row["municipality"], []).append(place)
    out = list(drafts)
    for (pool, start, end), payers in groups.items():
        charges = {name: drafts[places[0]].value for name, places in payers.items() if len(places) == 1}
        if len(charges) <= FEWEST_OTHERS:
            continue
        post = post_of(keys, pool, start, end, charges)
        for name, amount in by_others(post).items():
            place = payers[name][0]
            out[place] = _judged(out[place], amount)
    return _with_chance(out)


def _with_chance(drafts: list[Draft]) -> list[Draft]:
    """Where a row looks misread though its sum holds, two misreadings may have met: the sum confirms nothing there."""
    odd = {each.values["municipality"] for each in drafts if "sum" in each.confirmed and _told(each, "off_key")}
    told = Remark.of("sum_by_chance")
    return [
        each.but(doubts=[told])
        if each.table in ("costs", "control_totals")
        and each.values["municipality"] in odd
        and each.confirmed == ("sum",)
        and not _told(each, "off_key")
        else each
        for each in drafts
    ]


def _told(draft: Draft, doubt: str) -> bool:
    return any(each.id == doubt for each in draft.doubts)


def by_others(post: Post) -> dict[str, tuple[Fraction, Fraction]]:
    """Municipality → the least and the most it may pay by the key, by what the others paid.

    Example:
        >>> from hhanalytics.decisions.keys import Key
        >>> quarter = dict.fromkeys("abcd", Fraction(1, 4))
        >>> key = Key("equal", None, quarter)
        >>> post = Post("p", date(2026, 1, 1), date(2026, 12, 31), dict.fromkeys("abcd", 25), None, key, Fraction(100))
        >>> [float(value) for value in by_others(post)["a"]]
        [24.0, 26.0]
    """
    if post.key is None:
        return {}
    shares = post.key.shares
    found = {}
    for name in post.charges:
        others = [
            (charge, shares[other]) for other, charge in post.charges.items()
            if other != name and other not in post.off and shares.get(other)
        ]  # fmt: skip
        if len(others) < FEWEST_OTHERS or not shares.get(name):
            continue
        low = max((charge - ROUNDING) / share for charge, share in others) * shares[name]
        high = min((charge + ROUNDING) / share for charge, share in others) * shares[name]
        if low <= high:
            found[name] = low - ROUNDING, high + ROUNDING
    return found


def _judged(draft: Draft, limits: tuple[Fraction, Fraction]) -> Draft:
    low, high = limits
    value = draft.value
    # Where another digit would fit as well, the key tells nothing.
    fits = [other for other in misreadings(value) if low <= other <= high]
    if low <= value <= high and (draft.confirmed or not fits):
        return draft.confirmed_by("key").without(*SETTLED)
    # A krone more or less is how remainders are shared out: it confirms nothing, and is no deviation.
    if low - 1 <= value <= high + 1:
        return draft
    gives = nearest_krone((low + high) / 2)
    told = Remark.of("off_key", value=value, gives=gives)
    if draft.confirmed and not any(_one_off(value, other) for other in range(ceil(low), floor(high) + 1)):
        # The sum confirms it, and no misread digit explains it: it is printed so, and `check` says what is off.
        return draft.but(changed=[told])
    if draft.confirmed:
        return draft.but(doubts=[told])
    proposed = {dict(each.facts)["value"] for each in draft.doubts if each.id == "would_add_up"}
    if len(fits) == 1 and str(fits[0]) in proposed:
        # Sum and key ask for the same digit. It is still not what stands there, so somebody must look.
        digit = Remark.of("digit", raw=draft.raw, value=fits[0])
        kept = draft.without("would_add_up")
        return kept.but(changed=[digit], doubts=[told], amount_nok=fits[0])
    return draft.but(doubts=[told])


def _one_off(value: int, other: int) -> bool:
    """Whether one digit read otherwise, lost or read twice makes one number of the other.

    Example:
        >>> _one_off(98049, 93049), _one_off(98049, 9804), _one_off(98049, 83027)
        (True, True, False)
    """
    short, long = sorted((str(value), str(other)), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return len(long) - len(short) == 1 and any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


def with_totals(drafts: Sequence[Draft], in_accounts: Mapping[str, bool]) -> list[Draft]:
    """Stated accounts and under-spend against the sum of the charges.

    Args:
        drafts: Draft rows of any table.
        in_accounts: Pool → whether it belongs to the ordinary accounts.

    Returns:
        The same rows in the same order; a total that the charges give is confirmed, another is doubtful.
    """
    costs = [each for each in drafts if each.table == "costs" and in_accounts.get(each.values["pool"] or "")]
    known = bool(costs) and all(each.value is not None for each in costs)
    charged = sum(each.value for each in costs) if known else None
    totals = {each.values["kind"]: each.value for each in drafts if each.table == "control_totals"}
    spare = totals["budget"] - totals["accounts"] if {"budget", "accounts"} <= totals.keys() else None
    expected = {"accounts": charged, "underspend": spare}
    return [_against(each, expected) if each.table == "control_totals" else each for each in drafts]


def _against(draft: Draft, expected: Mapping[str, int | None]) -> Draft:
    wanted = expected.get(draft.values["kind"])
    if wanted is None:
        return draft
    if wanted == draft.value:
        return draft.confirmed_by("sum")
    return draft.but(doubts=[Remark.of("total_differs", value=draft.value, reckoned=wanted)])
