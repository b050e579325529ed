"""Tables of costs, one per municipality: rows of pools and periods, their sum, and the budget below.

A table begins with a heading that names a municipality and ends with a sum. What stands between is read row by
row; the sum tells which readings add up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hhanalytics.sources.drafts import Draft, Found, Remark
from hhanalytics.sources.report_blocks import Block, Row, cost_blocks
from hhanalytics.sources.report_names import Name, Vocabulary, closest, municipality
from hhanalytics.sources.report_numbers import Reading
from hhanalytics.sources.report_sums import Sum, add_up
from hhanalytics.sources.report_text import Report


def cost_tables(
    report: Report,
    known: Vocabulary,
    year: int,
    pools: Sequence[dict[str, Any]] = (),
    matrix: Found | None = None,
) -> Found:
    """The costs, sums and budgets of all municipalities with a table of their own.

    Args:
        report: The report.
        known: Names of municipalities, pools and budgets.
        year: The year it is about.
        pools: Rows of `Pools`, whose validity stands in for a period that no row states.
        matrix: What tables with a column per municipality hold: they are no part of these, but of the result.

    Returns:
        Draft rows of ``costs``, ``control_totals`` and ``budgets``.
    """
    found = Found(list(matrix.drafts)) if matrix else Found()
    blocks = cost_blocks(report, known, year, matrix.taken if matrix else set())
    named = Counter(name.id for block in blocks if (name := _payer(block, known)[0]))
    for block in blocks:
        name, doubts = _payer(block, known)
        if name and named[name.id] > 1:
            doubts.append(Remark.of("table_twice"))
        found.drafts += _drafts(block, name.id if name else None, doubts, known, year)
        rows = [*block.rows, *block.budgets, *([block.total] if block.total else [])]
        found.taken |= {row.at for row in rows} | ({block.heading_at} if block.heading_at is not None else set())
    found.drafts = _periods(found.drafts, year, pools)
    return found


def _payer(block: Block, known: Vocabulary) -> tuple[Name | None, list[Remark]]:
    """Whose table it is, and what is doubtful about that."""
    below = municipality(block.total.label, known.municipalities) if block.total else None
    names = [name for name in (block.heading, below) if name is not None]
    if not names:
        return None, [Remark.of("no_municipality")]
    if len({name.id for name in names}) > 1:
        return names[0], [Remark.of("two_municipalities", heading=names[0].read, total=names[1].read)]
    if not any(name.sure for name in names):
        return names[0], [Remark.of("name_guessed", read=names[0].read)]
    return names[0], []


def changes(reading: Reading) -> list[Remark]:
    """What was changed to read a number."""
    return [Remark.of(each, raw=reading.raw, value=reading.value) for each in reading.changed if each != "left"]


def _drafts(block: Block, payer: str | None, doubts: list[Remark], known: Vocabulary, year: int) -> Iterable[Draft]:
    agreed = _agreed(block)
    places: dict[int, Reading | None] = {row.at: (row.readings[0] if row.readings else None) for row in block.rows}
    if agreed is not None:
        places |= {row.at: reading for row, reading in zip(block.rows, agreed.parts, strict=True)}
    twice = Counter((row.pool.id, row.period and (row.period.start, row.period.end)) for row in block.rows if row.pool)
    for place, row in enumerate(block.rows):
        reading = places[row.at]
        own = [*doubts, *_label_doubts(row)]
        if row.pool and twice[row.pool.id, row.period and (row.period.start, row.period.end)] > 1:
            own.append(Remark.of("row_twice"))
        if reading is None:
            own.append(Remark.of("unreadable", read=row.raw))
        own += _sum_doubts(block, agreed, place)
        if reading and "left" in reading.changed:
            own.append(Remark.of("left_over", raw=reading.raw))
        start, end = (row.period.start, row.period.end) if row.period else (None, None)
        values = {
            "municipality": payer, "pool": row.pool.id if row.pool else None, "period_start": start,
            "period_end": end, "amount_nok": reading.value if reading else None,
        }  # fmt: skip
        read = changes(reading) if reading else []
        if row.period and row.period.read:
            read.append(Remark.of("date_letters"))
        draft = Draft("costs", values, "amount_nok", row.at, row.at, reading.raw if reading else row.raw, tuple(read))
        draft = draft.but(doubts=own)
        yield draft.confirmed_by("sum") if agreed is not None and agreed.result == "holds" else draft
    whole = {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "municipality": payer}
    if block.total is not None and block.total.readings:
        reading = agreed.total if agreed else block.total.readings[0]
        values = {
            **whole,
            "name": f"sum_{payer}" if payer else None,
            "kind": "municipality",
            "amount_nok": reading.value,
        }
        at = block.total.at
        draft = Draft("control_totals", values, "amount_nok", at, at, reading.raw, tuple(changes(reading)))
        left = [Remark.of("left_over", raw=reading.raw)] if "left" in reading.changed else []
        draft = draft.but(doubts=[*doubts, *left, *_sum_doubts(block, agreed, len(block.rows))])
        yield draft.confirmed_by("sum") if agreed is not None and agreed.result == "holds" else draft
    for row in block.budgets:
        if not row.readings:
            continue
        budget = closest(
            without_years(row.label), {key: tuple(map(without_years, names)) for key, names in known.budgets.items()}
        )
        own = list(doubts)
        if budget is None:
            own.append(Remark.of("no_budget", read=row.label))
        elif not budget.sure:
            own.append(Remark.of("name_guessed", read=row.label))
        if len(row.readings) > 1 and row.readings[0].changed:
            own.append(Remark.of("several_readings", values=_values(row.readings)))
        values = {**whole, "budget": budget.id if budget else None, "pool": None, "amount_nok": row.readings[0].value}
        draft = Draft(
            "budgets", values, "amount_nok", row.at, row.at, row.readings[0].raw, tuple(changes(row.readings[0]))
        )
        yield draft.but(doubts=[*own, *letter_doubts(row.readings[0])])


def letter_doubts(reading: Reading) -> list[Remark]:
    """What is doubtful about a reading where no sum confirms it."""
    out = [Remark.of("letters_unconfirmed", raw=reading.raw)] if "letters" in reading.changed else []
    return out + ([Remark.of("left_over", raw=reading.raw)] if "left" in reading.changed else [])


def _values(readings: Sequence[Reading]) -> str:
    return ", ".join(str(each.value) for each in readings)


def without_years(text: str) -> str:
    """A label without years, which change while the rest stays.

    Example:
        >>> without_years("Budsjett 2026 med Dal")
        'Budsjett med Dal'
    """
    return " ".join(re.sub(r"\b20\d\d\b", " ", text).split())


def _agreed(block: Block) -> Sum | None:
    if block.total is None or not block.total.readings or not all(row.readings for row in block.rows):
        return None
    return add_up([row.readings for row in block.rows], block.total.readings)


def _label_doubts(row: Row) -> list[Remark]:
    if row.pool is None:
        return [Remark.of("no_pool", read=row.label)]
    return [] if row.pool.sure else [Remark.of("name_guessed", read=row.label)]


def _sum_doubts(block: Block, agreed: Sum | None, place: int) -> list[Remark]:
    """What the sum leaves open: where it does not hold, any row may be the wrong one."""
    row = block.rows[place] if place < len(block.rows) else block.total
    if block.total is None:
        # Nothing tells whether a digit was misread, and this is money.
        several = row is not None and len(row.readings) > 1 and bool(row.readings[0].changed)
        values = [Remark.of("several_readings", values=_values(row.readings))] if row and several else []
        return [Remark.of("sum_not_checked"), *values]
    if agreed is None:
        return [Remark.of("sum_not_checked")]
    if agreed.result == "holds":
        return []
    kind = "sum_rounding" if agreed.result == "rounding" else "sum_differs"
    out = [Remark.of(kind, sum=sum(each.value for each in agreed.parts), total=agreed.total.value)]
    return out + [Remark.of("would_add_up", value=value) for at, value in agreed.alternatives if at == place]


def _periods(drafts: list[Draft], year: int, pools: Sequence[dict[str, Any]]) -> list[Draft]:
    """Periods that no row states are taken from rows of the same pool, else from the pool, and said to be so."""
    stated: dict[str, Counter[tuple[date, date]]] = {}
    for draft in drafts:
        if draft.table == "costs" and draft.values["pool"] and draft.values["period_start"]:
            own = stated.setdefault(draft.values["pool"], Counter())
            own[draft.values["period_start"], draft.values["period_end"]] += 1
    return [_with_period(draft, year, stated, pools) if draft.table == "costs" else draft for draft in drafts]


def _with_period(
    draft: Draft, year: int, stated: dict[str, Counter[tuple[date, date]]], pools: Sequence[dict[str, Any]]
) -> Draft:
    start, end, pool = draft.values["period_start"], draft.values["period_end"], draft.values["pool"]
    elsewhere = stated.get(pool or "", Counter())
    if start is not None:
        doubts = []
        if not start.year == end.year == year:
            doubts.append(Remark.of("other_year", start=start, end=end))
        if elsewhere[start, end] == 1 and any(count > 1 for count in elsewhere.values()):
            doubts.append(Remark.of("period_unlike", start=start, end=end))
        return draft.but(doubts=doubts)
    first, last = date(year, 1, 1), date(year, 12, 31)
    if len(elsewhere) == 1:
        first, last = next(iter(elsewhere))
    else:
        for row in pools:
            if row["pool"] == pool and row["valid_from"] <= last and (row["valid_to"] or last) >= first:
                first, last = max(first, row["valid_from"]), min(last, row["valid_to"] or last)
    doubt = Remark.of("no_period", start=first, end=last)
    return draft.but(doubts=[doubt], period_start=first, period_end=last)
