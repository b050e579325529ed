"""Tables of costs with a column per municipality: which digits belong to which column, told by the sums."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final

from hhanalytics.sources.drafts import Draft, Found, Remark
from hhanalytics.sources.report_names import Name, Vocabulary, any_of, closest, municipality
from hhanalytics.sources.report_numbers import digits_of, splits
from hhanalytics.sources.report_periods import Period, is_total, period_of, words
from hhanalytics.sources.report_sums import MOST_COMBINATIONS
from hhanalytics.sources.report_text import Report

#: A line that names so many municipalities, and little else, is the head of a table.
FEWEST_COLUMNS: Final = 3
BETWEEN: Final = 3
_NIL: Final = ("-", "–", "—", "−")


@dataclass(frozen=True)
class Head:
    """The head of a table.

    Attributes:
        payers: The municipalities in order.
        summed: Whether a column with the sum follows.
    """

    payers: tuple[Name, ...]
    summed: bool

    @property
    def columns(self) -> int:
        """Numbers in a row."""
        return len(self.payers) + self.summed


def matrix_tables(report: Report, known: Vocabulary, year: int) -> Found:
    """The costs of tables with a column per municipality.

    Args:
        report: The report.
        known: Names of municipalities and pools.
        year: The year it is about.

    Returns:
        Draft rows of ``costs``.
    """
    found = Found()
    at = 0
    while at < len(report.lines):
        head = _head(report.lines[at].text, known)
        at += 1
        if head is None:
            continue
        rows: list[tuple[int, str, Name | None, Period | None, list[list[int]], str]] = []
        total: list[list[int]] | None = None
        others = 0
        while at < len(report.lines) and others <= BETWEEN and _head(report.lines[at].text, known) is None:
            text = report.lines[at].text.strip()
            period = period_of(text, year)
            label, cells = _split(period.label if period else text)
            if not cells or not re.search(r"[^\W\d_]{2,}", label):
                others += bool(text)
                at += 1
                continue
            ways = _ways(cells, head.columns)
            if is_total(label):
                total = ways
                found.taken.add(at)
                at += 1
                break
            pool = closest(label, known.pools)
            if pool is None and period is None:
                others += 1
            else:
                rows.append((at, label, pool, period, ways, " ".join(cells)))
                others = 0
            at += 1
        if any(pool for _, _, pool, _, _, _ in rows):
            found.drafts += _drafts(head, rows, total)
            found.taken |= {row[0] for row in rows}
    return found


def _head(text: str, known: Vocabulary) -> Head | None:
    """The municipalities that a line lists as columns."""
    if len(text) > 160 or text.rstrip().endswith((".", ",")) or re.search(r"\d{3}", text):
        return None
    tokens = [token for token in re.split(r"[\s|\[\](){}¦,]+", text) if token]
    payers: list[Name] = []
    left: list[str] = []
    summed = False
    for token in tokens:
        name = municipality(token, known.municipalities)
        if name is not None and name.id not in {each.id for each in payers}:
            payers.append(name)
        elif payers and re.fullmatch(any_of(words()["money"]["total"]), token, re.IGNORECASE):
            summed = True
        else:
            left.append(token)
    if len(payers) < FEWEST_COLUMNS or len(left) > 2:
        return None
    return Head(tuple(payers), summed)


def _split(text: str) -> tuple[str, list[str]]:
    """The label of a row, and what stands in its cells: groups of digits, or whole cells where wide gaps part them."""
    start = re.search(r"(?<=\s)[|\[(]?\s*[0-9OolISB]*[0-9][0-9OolISB]*(?:\s|$)|(?<=\s)[-–—−](?=\s|$)", text)
    if start is None:
        return text.strip(), []
    rest = re.sub(r"[|\[\](){}¦]", "   ", text[start.start() :]).strip()
    wide = re.split(r"\s{2,}", rest)
    pieces = wide if len(wide) > 1 else rest.split()
    return text[: start.start()].strip(" |[](){}:.-"), pieces


def _ways(cells: Sequence[str], columns: int) -> list[list[int]]:
    """The numbers that a row may hold; none where its cells are not as many."""
    if len(cells) == columns and all(_whole(cell) is not None for cell in cells):
        return [[value for cell in cells if (value := _whole(cell)) is not None]]
    groups: list[str] = []
    for cell in cells:
        for token in cell.split():
            read = digits_of(token)
            if token in _NIL:
                groups.append("0")
            elif read is None or read[1]:
                return []
            else:
                groups.append(read[0])
    return splits(groups, columns)


def _whole(cell: str) -> int | None:
    if cell in _NIL:
        return 0
    plain = re.sub(r"(?<=\d)[ .'’](?=\d{3}(?:\D|$))", "", cell)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 10 else None


def _drafts(
    head: Head,
    rows: Sequence[tuple[int, str, Name | None, Period | None, list[list[int]], str]],
    total: list[list[int]] | None,
) -> list[Draft]:
    count = len(head.payers)
    chosen = [_by_row(ways, count, head.summed) for *_, ways, _ in rows]
    together = _by_columns([ways for *_, ways, _ in rows], total, count)
    if together is not None and not all(held for _, held in chosen):
        chosen, total = [(way[:count], True) for way in together[:-1]], [together[-1]]
    sums = [column for column in range(count) if _column_holds(chosen, total, column)]
    out: list[Draft] = []
    for (at, label, pool, period, ways, raw), (values, held) in zip(rows, chosen, strict=True):
        shared = [] if pool and pool.sure else [Remark.of("name_guessed" if pool else "no_pool", read=label)]
        for column, payer in enumerate(head.payers):
            value = values[column] if values else None
            doubts = [*shared] + ([] if payer.sure else [Remark.of("name_guessed", read=payer.read)])
            confirmed = held or (values is not None and column in sums)
            if value is None:
                doubts.append(Remark.of("unreadable", read=raw))
            elif not confirmed:
                doubts.append(
                    Remark.of("several_readings", values=_shown(ways, column))
                    if len(ways) > 1
                    else Remark.of("sum_not_checked")
                )
            row: dict[str, Any] = {
                "municipality": payer.id, "pool": pool.id if pool else None, "amount_nok": value,
                "period_start": period.start if period else None, "period_end": period.end if period else None,
            }  # fmt: skip
            draft = Draft("costs", row, "amount_nok", at, at, raw, ()).but(doubts=doubts)
            out.append(draft.confirmed_by("sum") if confirmed and value is not None else draft)
    return out


def _by_row(ways: list[list[int]], count: int, summed: bool) -> tuple[list[int] | None, bool]:
    """The numbers of a row, and whether its own sum confirms them."""
    if not ways:
        return None, False
    if summed:
        held = [way for way in ways if sum(way[:count]) == way[count]]
        if len(held) == 1:
            return held[0][:count], True
    return ways[0][:count], False


def _by_columns(rows: Sequence[list[list[int]]], total: list[list[int]] | None, count: int) -> list[list[int]] | None:
    """The one choice of readings of all rows, and of the total, that adds up in every column; the total stands last."""
    every = [*rows, total or []]
    if not all(every) or prod(map(len, every)) > MOST_COMBINATIONS:
        return None
    held = [
        list(choice)
        for choice in product(*every)
        if all(sum(way[column] for way in choice[:-1]) == choice[-1][column] for column in range(count))
    ]
    return held[0] if len(held) == 1 else None


def _column_holds(chosen: Sequence[tuple[list[int] | None, bool]], total: list[list[int]] | None, column: int) -> bool:
    if not total or len(total) > 1 or any(values is None for values, _ in chosen):
        return False
    return sum(values[column] for values, _ in chosen if values is not None) == total[0][column]


def _shown(ways: list[list[int]], column: int) -> str:
    return ", ".join(str(value) for value in dict.fromkeys(way[column] for way in ways))
