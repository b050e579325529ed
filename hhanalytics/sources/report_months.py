"""The monthly table of welfare technology: technologies in rows, months in columns, borders read as brackets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import log
from typing import Any, Final

from hhanalytics.sources.drafts import Draft, Found, Remark
from hhanalytics.sources.report_names import Vocabulary, closest, municipality
from hhanalytics.sources.report_numbers import cells_of, splits
from hhanalytics.sources.report_periods import is_total, month_of
from hhanalytics.sources.report_text import Report

#: A line with so many months is the head of a table.
FEWEST_MONTHS: Final = 3
#: A number so many times its neighbours, or less than that part of them, has lost or won a digit.
JUMP: Final = 2.0
#: Numbers below this jump by themselves.
SMALL: Final = 10
#: Lines between the head of the table and its last row that may be something else.
BETWEEN: Final = 3

Cell = tuple[str, str, tuple[str, ...]]


def monthly_tables(report: Report, known: Vocabulary, year: int) -> Found:
    """The units of each technology and month.

    Args:
        report: The report.
        known: Names of technologies and municipalities.
        year: The year it is about.

    Returns:
        Draft rows of ``welfare_tech``.
    """
    found = Found()
    lines = report.lines
    at = 0
    while at < len(lines):
        months, sure = _months(lines[at].text)
        if not months:
            at += 1
            continue
        found.taken.add(at)
        where = caption_municipality(report, at, known)
        rows: list[tuple[int, str | None, list[Remark], list[Cell]]] = []
        totals: tuple[int, list[Cell]] | None = None
        others, row = 0, at + 1
        while row < len(lines) and others <= BETWEEN:
            text = lines[row].text
            label, cells = row_cells(text)
            if _months(text)[0]:
                break
            if not cells or len(cells) < len(months) / 2:
                others += bool(text.strip())
            elif is_total(label):
                totals = row, cells
                break
            else:
                name = closest(label, known.technologies)
                doubts = [Remark.of("no_technology", read=label)] if name is None else []
                doubts += [Remark.of("name_guessed", read=label)] if name and not name.sure else []
                doubts += [] if sure else [Remark.of("months_unclear")]
                rows.append((row, name.id if name else None, doubts, cells))
                others = 0
            row += 1
        if any(name for _, name, _, _ in rows):
            found.drafts += _drafts(rows, totals, months, where, year)
            found.taken |= {place for place, *_ in rows} | ({totals[0]} if totals else set())
        at = max(row, at + 1)
    return found


def _months(text: str) -> tuple[list[int], bool]:
    """The months that a line is the head of, and whether all were read; none where it is no head.

    Example:
        >>> _months("Måned|lan [Feb [Mar |Apr"), _months("Måned Jan Feb Mai Apr Mai xyz Jul")
        (([1, 2, 3, 4], True), ([1, 2, 3, 4, 5, 6, 7], False))
    """
    tokens = [token for token in re.split(r"[\s|\[\](){}¦]+", text) if token]
    read = [month_of(token) for token in tokens]
    places = [place for place, month in enumerate(read) if month]
    if len(places) < FEWEST_MONTHS or len(places) * 2 < len(read):
        return [], False
    months = [month for month in read if month]
    first, last = places[0], places[-1]
    if len(months) == last - first + 1 and all(one < other for one, other in pairwise(months)):
        # Months that are left out may be so, as in a table by quarter, or one may be misread.
        return months, months[-1] - months[0] == last - first
    # A month that was misread stands between others that tell which it is.
    offset, votes = Counter((read[place] or 0) - place for place in places).most_common(1)[0]
    counted = [place + offset for place in range(first, last + 1)]
    if votes * 2 <= len(places) or not 1 <= counted[0] <= counted[-1] <= 12:
        return [], False
    return counted, False


def row_cells(text: str) -> tuple[str, list[Cell]]:
    """The label of a row and the cells behind it."""
    start = re.search(r"(?<![^\s\[\](){}|¦])[\[\](){}|¦]?\s*(?=[0-9OolISB]*[0-9])", text)
    if start is None:
        return text.strip(), []
    return text[: start.start()].strip(" |[](){}:.-"), cells_of(text[start.start() :])


def caption_municipality(report: Report, at: int, known: Vocabulary) -> str | None:
    """The municipality of a table whose caption names one and calls it so."""
    for line in reversed(report.lines[max(0, at - 3) : at]):
        named = re.search(r"(\S+) kommune\b", line.text, re.IGNORECASE)
        name = municipality(named[1], known.municipalities) if named else None
        if name is not None and name.sure:
            return name.id
    return None


def _drafts(
    rows: Sequence[tuple[int, str | None, list[Remark], list[Cell]]],
    totals: tuple[int, list[Cell]] | None,
    months: list[int],
    where: str | None,
    year: int,
) -> list[Draft]:
    made: list[list[Draft]] = []
    names = [name for _, name, _, _ in rows]
    for at, name, doubts, cells in rows:
        values, remarks = fitted(cells, len(months))
        twice = [Remark.of("row_twice")] if name is not None and names.count(name) > 1 else []
        own = []
        for place, month in enumerate(months):
            value, raw, changed, unsure = values[place]
            row: dict[str, Any] = {
                "technology": name, "month": date(year, month, 1), "municipality": where, "units": value
            }  # fmt: skip
            draft = Draft("welfare_tech", row, "units", at, at, raw, tuple(changed))
            own.append(draft.but(doubts=[*doubts, *twice, *remarks, *unsure]))
        made.append(jumps(own))
    return [draft for own in _with_totals(made, totals, len(months)) for draft in own]


def fitted(
    cells: list[Cell], columns: int
) -> tuple[list[tuple[int | None, str, list[Remark], list[Remark]]], list[Remark]]:
    """Cells set into columns: value, what stood there, what was changed, and doubts; and doubts about all of them.

    Cells that ran together are parted where that gives as many as there are columns, each like its neighbours.

    Example:
        >>> values, doubts = fitted(cells_of("303 312 (304310 [188"), 5)
        >>> [value for value, *_ in values], doubts, [r.id for r in values[2][3]]
        ([303, 312, 304, 310, 188], [], ['run_together'])
        >>> fitted(cells_of("303 312"), 3)[1][0].id
        'cells_missing'
    """
    out: list[tuple[int | None, str, list[Remark], list[Remark]]] = []
    if len(cells) > columns and all(digits for digits, _, _ in cells):
        # Thousands may be written with a space.
        way = _with_thousands([digits for digits, _, _ in cells], columns)
        if way is not None and not any("letters" in changed for _, _, changed in cells):
            return [(value, str(value), [], []) for value in way], []
    missing = columns - len(cells)
    parted = _parted(cells, missing) if missing > 0 else None
    wrong = (
        []
        if missing == 0 or parted is not None
        else [Remark.of("cells_missing" if missing > 0 else "cells_left", found=len(cells), columns=columns)]
    )
    if missing == 0 and _shifted([digits for digits, _, _ in cells]):
        wrong = [Remark.of("cells_shifted")]
    for place, (digits, raw, changed) in enumerate(cells):
        if parted is not None and place in parted:
            for piece in parted[place]:
                out.append(
                    (
                        int(piece),
                        raw,
                        [Remark.of("split", raw=raw, value=piece)],
                        [Remark.of("run_together", raw=raw, value=piece)],
                    )
                )
            continue
        if not digits or len(digits) > 9:
            out.append((None, raw, [], [Remark.of("unreadable", read=raw)]))
            continue
        value = int(digits)
        letters = [Remark.of("letters", raw=raw, value=value)] if "letters" in changed else []
        doubts = [Remark.of("letters_unconfirmed", raw=raw)] if letters else []
        if len(digits) > 1 and digits.startswith("0"):
            doubts.append(Remark.of("leading_zero", raw=raw))
        out.append((value, raw, letters, doubts))
    out += [(None, "", [], [Remark.of("unreadable", read="")])] * max(0, columns - len(out))
    return out[:columns], wrong


def _shifted(row: list[str]) -> bool:
    """Whether as many cells as columns may be so by chance: two ran together, and another was cut in two."""
    lengths = [len(digits) for digits in row]
    usual = sorted(lengths)[(len(lengths) - 1) // 2]
    cut = usual > 2 and any(one + other <= usual for one, other in pairwise(lengths))
    return cut or any(length >= 2 * max(usual, 1) for length in lengths)


def _with_thousands(groups: list[str], columns: int) -> list[int] | None:
    """The one way to join groups of digits to as many numbers as there are columns that is as even as a series is."""
    if len(groups) > 2 * columns:
        return None
    ways = splits(groups, columns, limit=2_000)
    scored = sorted((_unevenness(way), way) for way in ways)
    if not scored or (len(scored) > 1 and scored[1][0] < 2 * scored[0][0] + 1):
        return None
    # A border read as 1 makes a thousand of hundreds: then the number without it would lie nearer to the others.
    best = scored[0][1]
    near = sorted(best)[len(best) // 2]
    apart = [value for value in best if value >= 1000 and abs(value % 1000 - near) < abs(value - near)]
    return None if apart else best


def _unevenness(row: list[int]) -> float:
    return sum(abs(log((one + 1) / (other + 1))) for one, other in pairwise(row))


def _parted(cells: list[Cell], missing: int) -> dict[int, list[str]] | None:
    """Place → pieces of cells that ran together, where that can be done in one way."""
    lengths = sorted(len(digits) for digits, _, _ in cells if digits)
    if not lengths:
        return None
    usual = lengths[(len(lengths) - 1) // 2]
    found: dict[int, list[str]] = {}
    for place, (digits, _, _) in enumerate(cells):
        parts, rest = divmod(len(digits), usual)
        if parts > 1 and not rest:
            found[place] = [digits[n : n + usual] for n in range(0, len(digits), usual)]
    if sum(len(pieces) - 1 for pieces in found.values()) != missing:
        return None
    return None if any(piece.startswith("0") for pieces in found.values() for piece in pieces) else found


def jumps(row: list[Draft]) -> list[Draft]:
    """Numbers unlike both of their neighbours: a digit was lost, won or taken from a border."""
    out = []
    for place, draft in enumerate(row):
        near = [
            row[other].value
            for other in (place - 2, place - 1, place + 1, place + 2)
            if 0 <= other < len(row) and row[other].value is not None
        ]
        value = draft.value
        if value is not None and len(near) >= 2 and max(value, *near) >= SMALL:
            far = [n for n in near if max(value, n) > JUMP * max(min(value, n), 1)]
            if len(far) * 2 > len(near):
                draft = draft.but(doubts=[Remark.of("jump", value=value)])
        out.append(draft)
    return out


def _with_totals(rows: list[list[Draft]], totals: tuple[int, list[Cell]] | None, columns: int) -> list[list[Draft]]:
    """Columns whose sum is stated: confirmed where it holds, doubtful where not."""
    if totals is None or len(totals[1]) != columns:
        return rows
    out = [list(row) for row in rows]
    for place, (digits, _, _) in enumerate(totals[1]):
        values = [row[place].value for row in rows]
        if not digits or None in values:
            continue
        held = sum(values) == int(digits)
        for row in out:
            kept = row[place].without("letters_unconfirmed", "jump", "run_together") if held else row[place]
            doubt = Remark.of("sum_differs", sum=sum(values), total=int(digits))
            row[place] = kept.confirmed_by("sum") if held else kept.but(doubts=[doubt])
    return out
