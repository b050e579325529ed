"""What running text says of money and positions: stated totals, grants, and how large a position is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from hhanalytics.sources.drafts import Draft, Found, Remark
from hhanalytics.sources.report_names import Vocabulary, any_of, closest, noisy
from hhanalytics.sources.report_periods import words
from hhanalytics.sources.report_prose import Passage, passages
from hhanalytics.sources.report_text import Report

_DIGITS: Final = r"\d{1,3}(?:[ .]\d{3})+|\d{4,10}"
_AMOUNT: Final = re.compile(
    rf"(?:\b(?:NOK|kr)\.?\s*(?P<before>{_DIGITS})(?!\d))|(?<![\d.,])(?P<after>{_DIGITS})(?!\d)\s*(?:kroner|kr\b|NOK)",
    re.IGNORECASE,
)
#: Shares of a position above this are no shares of a position.
LARGEST_SHARE: Final = 100
#: So far back a word may stand from the amount it is about.
BACK: Final = 120
_STOP: Final = re.compile(r"[.!?]\s+(?=[^\W\d_a-zæøå])")


def stated(
    report: Report,
    known: Vocabulary,
    year: int,
    taken: set[int],
    *,
    grants: Sequence[Mapping[str, Any]] = (),
    positions: Sequence[Mapping[str, Any]] = (),
    pools: Sequence[Mapping[str, Any]] = (),
) -> Found:
    """Stated totals, grants and positions.

    Args:
        report: The report.
        known: Names of programmes.
        year: The year it is about.
        taken: Places of lines that stand in tables.
        grants: Rows of `Grants` of earlier years, whose grantors are looked for.
        positions: Rows of `Positions` of earlier years, which tell the pool of a programme's position.
        pools: Rows of `Pools`, which tell the pool where it pays for just one programme.

    Returns:
        Draft rows of ``control_totals``, ``grants`` and ``positions``.
    """
    found = Found()
    grantors = tuple(dict.fromkeys(row["grantor"] for row in grants))
    for passage in passages(report, known, taken):
        for match in _AMOUNT.finditer(passage.text):
            draft = _total(passage, match, year) or _grant(passage, match, grantors)
            if draft is not None:
                found.drafts.append(draft)
        if not passage.planned:
            found.drafts += _positions(passage, known, year, positions, pools)
    return found


def _amount(match: re.Match[str]) -> int:
    return int(re.sub(r"\D", "", match["before"] or match["after"]))


def _span(passage: Passage, start: int, end: int) -> tuple[int, int]:
    return passage.place(start), passage.place(end - 1)


def _sentence(text: str, at: int) -> tuple[int, int]:
    """Where the sentence around a place begins and ends."""
    start = max((each.end() for each in _STOP.finditer(text, 0, at)), default=0)
    end = _STOP.search(text, at)
    return start, end.start() + 1 if end else len(text)


def _total(passage: Passage, match: re.Match[str], year: int) -> Draft | None:
    """A total of the whole, by the word that stands nearest before it."""
    text = passage.text
    start = max(_sentence(text, match.start())[0], match.start() - BACK)
    nearest: tuple[int, str] | None = None
    for kind in ("budget", "accounts", "underspend"):
        for word in _total_words(kind).finditer(text, start, match.start()):
            if nearest is None or word.end() > nearest[0] or (word.end() == nearest[0] and kind == "underspend"):
                nearest = word.end(), kind
    if nearest is None or re.search(
        rf"\b(?:{any_of(words()['money']['granted'])})\b", text[nearest[0] : match.start()], re.IGNORECASE
    ):
        return None
    kind = nearest[1]
    values = {
        "name": {"budget": "budget_total", "accounts": "accounts_total"}.get(kind, kind), "kind": kind, "municipality": None,
        "period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "amount_nok": _amount(match),
    }  # fmt: skip
    first, last = _span(passage, match.start(), match.end())
    return Draft("control_totals", values, "amount_nok", first, last, match[0])


@cache
def _total_words(kind: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{any_of(words()['money'][kind])})", re.IGNORECASE)


def _grant(passage: Passage, match: re.Match[str], grantors: Sequence[str]) -> Draft | None:
    """Money that was given, as a sentence says."""
    start, end = _sentence(passage.text, match.start())
    sentence = passage.text[start:end]
    if not re.search(rf"\b(?:{any_of(words()['money']['granted'])})\b", sentence, re.IGNORECASE):
        return None
    doubts = []
    named = sorted(((_named(name, sentence), name) for name in grantors), reverse=True)[:1]
    grantor = named[0][1] if named and named[0][0] else None
    if grantor is not None and named[0][0] < 1:
        doubts.append(Remark.of("name_guessed", read=grantor))
    if grantor is None:
        giver = re.search(
            rf"\b(?:{any_of(words()['money']['giver'])})\s+((?:[^\W\d_a-zæøå][\w-]*)(?:\s+(?:(?:for|og)\s+)?[^\W\d_a-zæøå][\w-]*)*)",
            passage.text[match.end() : end],
        )
        grantor = giver[1] if giver else None
        doubts.append(Remark.of("name_guessed", read=grantor) if grantor else Remark.of("no_grantor"))
    years = sorted({int(each) for each in re.findall(r"\b(20\d\d)\b", sentence)})
    span = re.search(r"\b(20\d\d)\s*[-–]\s*(20\d\d)\b", sentence)
    first, last = (date(int(span[1]), 1, 1), date(int(span[2]), 12, 31)) if span else (None, None)
    if first is None:
        doubts.append(Remark.of("no_grant_period", years=", ".join(map(str, years)) or "–"))
    if passage.programme is None:
        doubts.append(Remark.of("no_programme"))
    elif not passage.programme.sure:
        doubts.append(Remark.of("name_guessed", read=passage.programme.read))
    doubts.append(Remark.of("no_name"))
    values = {
        "grant": None, "grantor": grantor, "programme": passage.programme.id if passage.programme else None,
        "name_nb": None, "period_start": first, "period_end": last, "amount_nok": _amount(match), "status": "granted",
        "passed_on": False,
    }  # fmt: skip
    at, to = _span(passage, match.start(), match.end())
    return Draft("grants", values, "amount_nok", at, to, match[0]).but(doubts=doubts)


def _named(name: str, sentence: str) -> float:
    """The part of a name's longer words that stand in a sentence; 0 where the longest does not."""
    parts = sorted((part for part in re.findall(r"[^\W\d_]+", name) if len(part) > 3), key=len, reverse=True)
    there = [noisy(part).search(sentence) is not None for part in parts]
    return sum(there) / len(there) if there and there[0] else 0.0


def _positions(
    passage: Passage,
    known: Vocabulary,
    year: int,
    before: Sequence[Mapping[str, Any]],
    pools: Sequence[Mapping[str, Any]],
) -> Iterator[Draft]:
    text = passage.text
    position = any_of(words()["money"]["position"])
    patterns = (
        rf"(?P<share>\d{{1,3}})\s?(?:%|prosent)\s*(?P<word>{position})",
        rf"(?P<many>\w+)\s+(?:\w+\s+)?(?P<word>{position})\s+p[aå4]\s+(?P<share>\d{{1,3}})\s?(?:%|prosent)",
        r"\bjobbe[rt]?\s+(?P<share>\d{1,3})\s?(?:%|prosent)\s+som\s+(?P<role>[^.,;]{3,60})",
    )
    for number, pattern in enumerate(patterns):
        for match in re.finditer(pattern, text, re.IGNORECASE):
            share = int(match["share"])
            if not 0 < share <= LARGEST_SHARE:
                continue
            programme, doubts = passage.programme, []
            if number == 2:
                programme = closest(match["role"], known.programmes) or programme
            if programme is None:
                doubts.append(Remark.of("no_programme"))
            elif not programme.sure:
                doubts.append(Remark.of("name_guessed", read=programme.read))
            id = programme.id if programme else None
            if number == 1:
                doubts.append(Remark.of("several_positions", raw=" ".join(match[0].split())))
            start, end = _sentence(text, match.start())
            vacant = re.search(rf"\b(?:{any_of(words()['money']['vacant'])})\b", text[start:end], re.IGNORECASE)
            if vacant:
                doubts.append(Remark.of("vacant", read=vacant[0]))
            yield _position(passage, match, share, id, doubts, year, before, pools)


def _position(
    passage: Passage,
    match: re.Match[str],
    share: int,
    programme: str | None,
    doubts: list[Remark],
    year: int,
    before: Sequence[Mapping[str, Any]],
    pools: Sequence[Mapping[str, Any]],
) -> Draft:
    """One position; whether it is one that is on file already is said."""
    own = [row for row in before if row["programme"] == programme and programme]
    open = [row for row in own if row["valid_to"] is None or row["valid_to"].year >= year]
    homes = {row["pool"] for row in own} or {
        row["pool"] for row in pools if row["programme"] == programme and programme
    }
    changed = []
    if any(row["position_percent"] == share for row in open):
        changed.append(Remark.of("on_file", share=share))
    doubts = [*doubts, Remark.of("no_start")]
    if len(homes) != 1:
        doubts.append(Remark.of("no_home"))
    values = {
        "programme": programme, "pool": next(iter(homes)) if len(homes) == 1 else None, "valid_from": date(year, 1, 1),
        "valid_to": None, "position_percent": share, "vacant": False,
    }  # fmt: skip
    first, last = _span(passage, match.start(), match.end())
    draft = Draft("positions", values, "position_percent", first, last, " ".join(match[0].split()), tuple(changed))
    return draft.but(doubts=doubts)
