"""The lines of cost tables: which lines are rows of a table, and which rows belong to one municipality's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from hhanalytics.sources.report_names import Name, Vocabulary, any_of, closest, municipality
from hhanalytics.sources.report_numbers import Reading, amounts_at_end
from hhanalytics.sources.report_periods import Period, is_total, period_of, words
from hhanalytics.sources.report_text import Report

#: Longer lines are sentences.
LONGEST: Final = 130
#: So many lines of other text may stand inside a table, such as the head of a page.
BETWEEN: Final = 4


@dataclass(frozen=True)
class Row:
    """A line of a table with its amount.

    Attributes:
        at: Place of the line.
        kind: ``pool``, ``sum`` or ``budget``.
        label: What stands before the amount.
        pool: The pool that the label means.
        period: The part of the year that it states.
        readings: The readings of the amount, the likeliest first; empty: it cannot be read.
        raw: The amount as it stands.
    """

    at: int
    kind: str
    label: str
    pool: Name | None
    period: Period | None
    readings: tuple[Reading, ...]
    raw: str


@dataclass
class Block:
    """The table of one municipality.

    Attributes:
        heading: The municipality in its heading.
        heading_at: Place of the heading; None: it has none.
        rows: Its rows.
        total: Its sum.
        budgets: Budgets that stand below.
        others: Lines of other text since its last row.
    """

    heading: Name | None = None
    heading_at: int | None = None
    rows: list[Row] = field(default_factory=list)
    total: Row | None = None
    budgets: list[Row] = field(default_factory=list)
    others: int = 0


def cost_blocks(report: Report, known: Vocabulary, year: int, taken: set[int]) -> list[Block]:
    """The tables of a report.

    Args:
        report: The report.
        known: Names of municipalities and pools.
        year: The year it is about.
        taken: Places of lines that stand in other tables.
    """
    blocks: list[Block] = []
    open: Block | None = None
    for at, line in enumerate(report.lines):
        text = line.text.strip()
        if not text or at in taken:
            continue
        row = row_of(at, text, known, year) if len(text) <= LONGEST else None
        if row is None:
            name = _heading(text, known)
            if name is not None:
                open = Block(name, at)
                blocks.append(open)
            elif open is not None:
                # A new chapter ends the table; the head of a page or of a column does not.
                open.others += 1 + (len(text) > 60)
                open = open if open.others <= BETWEEN else None
            continue
        if row.kind == "budget":
            if open is not None:
                open.budgets.append(row)
                open.others = 0
            continue
        if open is not None and open.total is not None and row.kind == "pool":
            open = None
        if open is None:
            # Without a heading only a row that is surely one begins a table.
            if row.kind == "sum" or row.pool is None or not (row.pool.sure or row.period) or not row.readings:
                continue
            open = Block()
            blocks.append(open)
        if row.kind == "sum":
            if open.total is None:
                open.total = row
        elif row.pool is not None or row.period is not None or open.heading is not None:
            open.rows.append(row)
        open.others = 0
    return [block for block in blocks if _is_table(block)]


def _is_table(block: Block) -> bool:
    sure = sum(row.pool is not None and bool(row.readings) for row in block.rows)
    return sure >= 1 and (block.total is not None or (block.heading is not None and sure >= 2) or sure >= 3)


def _heading(text: str, known: Vocabulary) -> Name | None:
    """The municipality whose table a line begins: named with a word for costs, or alone."""
    if len(text) > 60 or text[-1] in ".,;":
        return None
    about = re.search(rf"\b(?:{any_of(words()['money']['costs'])})\b", text, re.IGNORECASE)
    alone = len(re.findall(r"[^\W\d_]{2,}", re.sub(r"(?i)\bkommune\b", "", text))) == 1
    return municipality(text, known.municipalities) if about or alone else None


def row_of(at: int, text: str, known: Vocabulary, year: int) -> Row | None:
    """A line as a row of a table; None where it is none.

    Example:
        >>> row = row_of(0, "Sum Dal 1495 969", Vocabulary(), 2025)
        >>> row.kind, row.readings[0].value, row_of(0, "Årsrapport for samarbeidet 2025", Vocabulary(), 2025)
        ('sum', 1495969, None)
    """
    period = period_of(text, year)
    label = period.label if period else text
    readings = amounts_at_end(label)
    # "Budsjett 2025 657 003": a year before the amount, rather than millions.
    years = {str(each) for each in (year - 1, year, year + 1)}
    last = [each for each in readings if each.raw.split()[0].strip("|[](){}:") not in years]
    readings = [*last, *(each for each in readings if each not in last and " " in each.raw)]
    start = readings[0].start if readings else len(label)
    words_before = label[:start].strip(" :|[](){}.-")
    if not re.search(r"[^\W\d_]{2,}", words_before) or not (readings or period or len(text) < 60):
        return None
    pool = closest(words_before, known.pools)
    if re.match(rf"\W*(?:{any_of(words()['money']['budget'])})", words_before.casefold()):
        kind = "budget"
    elif is_total(words_before):
        kind = "sum"
    else:
        kind = "pool"
    if not readings and (kind != "pool" or pool is None or not (period or (pool.sure and len(text) < 60))):
        # A pool whose amount cannot be read is still a row, and has to be seen.
        return None
    if not readings and not re.search(r"\d", label[len(words_before) :] + ("0" if period else "")):
        return None
    raw = readings[0].raw if readings else text
    return Row(at, kind, words_before, pool, period, tuple(readings), raw)
