"""The monthly table of welfare technology the other way: months in rows, technologies in columns."""

from __future__ import annotations

import re
from datetime import date

from hhanalytics.sources.drafts import Draft, Found, Remark
from hhanalytics.sources.report_months import BETWEEN, caption_municipality, fitted, jumps, row_cells
from hhanalytics.sources.report_names import Vocabulary, any_of
from hhanalytics.sources.report_periods import month_of
from hhanalytics.sources.report_text import Report


def tables_by_month(report: Report, known: Vocabulary, year: int) -> Found:
    """The units of each month and technology, of tables with a row per month.

    Args:
        report: The report.
        known: Names of technologies and municipalities.
        year: The year it is about.

    Returns:
        Draft rows of ``welfare_tech``.
    """
    found = Found()
    at = 0
    while at < len(report.lines):
        columns = _columns(report.lines[at].text, known)
        head, at = at, at + 1
        if not columns:
            continue
        where = caption_municipality(report, head, known)
        series: list[list[Draft]] = [[] for _ in columns]
        others = 0
        seen: list[int] = []
        while at < len(report.lines) and others <= BETWEEN and not _columns(report.lines[at].text, known):
            text = report.lines[at].text
            label, cells = row_cells(text)
            month = month_of(label) if label and cells else None
            if month is None:
                others += bool(text.strip())
            else:
                values, doubts = fitted(cells, len(columns))
                if seen and month <= seen[-1]:
                    doubts = [*doubts, Remark.of("months_unclear")]
                seen.append(month)
                for place, technology in enumerate(columns):
                    value, raw, changed, unsure = values[place]
                    row = {
                        "technology": technology,
                        "month": date(year, month, 1),
                        "municipality": where,
                        "units": value,
                    }
                    draft = Draft("welfare_tech", row, "units", at, at, raw, tuple(changed))
                    series[place].append(draft.but(doubts=[*doubts, *unsure]))
                found.taken.add(at)
                others = 0
            at += 1
        if seen:
            found.taken.add(head)
        gaps = len(set(seen)) < len(seen) or (bool(seen) and seen[-1] - seen[0] + 1 != len(seen))
        unclear = [Remark.of("months_unclear")] if gaps else []
        found.drafts += [draft.but(doubts=unclear) for own in series for draft in jumps(own)]
    return found


def _columns(text: str, known: Vocabulary) -> list[str]:
    """The technologies that a line lists as columns, in order; none where it lists fewer than two or much else."""
    places: dict[str, tuple[int, int]] = {}
    for id, names in known.technologies.items():
        match = re.search(any_of(names[:-1] or names), text, re.IGNORECASE)
        if match:
            places[id] = match.span()
    letters = sum(sign.isalpha() for sign in text)
    named = sum(sign.isalpha() for start, end in places.values() for sign in text[start:end])
    if len(places) < 2 or named * 3 < letters * 2 or re.search(r"\d{2}", text) or text.rstrip().endswith("."):
        return []
    return sorted(places, key=lambda id: places[id])
