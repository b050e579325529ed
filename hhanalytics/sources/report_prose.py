"""Counts in running text: a number, how it is hedged, and what it counts; and which programme's chapter says so.

Sentences are read over line ends. A digit that stands for a letter ("8 bygge", where å was meant) counts nothing,
since no thing that is counted follows it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from hhanalytics.sources.drafts import Draft, Found, Remark
from hhanalytics.sources.report_names import Name, Vocabulary, any_of, heading, spelt
from hhanalytics.sources.report_periods import words
from hhanalytics.sources.report_text import Report

#: Words that may stand between a number and what it counts.
MOST_BETWEEN: Final = 3
#: A count so many times last year's, or less than that part of it, may have lost or won a digit.
UNLIKE: Final = 3
#: Digits that machines read for å: alone they count something only where it stands right behind them.
LETTER_DIGITS: Final = ("3", "4", "8")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-/][^\W\d_]+)*-?")
_YEAR: Final = r"\b20\d\d\b"
_YEARS: Final = range(1900, 2101)


@dataclass(frozen=True)
class Passage:
    """A paragraph.

    Attributes:
        text: Its lines, joined by spaces.
        starts: Where in it each line starts.
        places: The places of its lines.
        programme: The programme whose chapter it stands in.
        planned: Whether the chapter tells what is to be done.
    """

    text: str
    starts: tuple[int, ...]
    places: tuple[int, ...]
    programme: Name | None
    planned: bool

    def place(self, at: int) -> int:
        """The line in which a sign of the text stands."""
        return self.places[bisect_right(self.starts, at) - 1]


def passages(report: Report, known: Vocabulary, taken: set[int]) -> Iterator[Passage]:
    """The paragraphs of a report outside its tables, with their chapters.

    Args:
        report: The report.
        known: Names of programmes.
        taken: Places of lines that stand in tables.
    """
    programme: Name | None = None
    planned = False
    held: list[tuple[int, str]] = []

    def passage() -> Passage:
        starts, text = [], ""
        for _, line in held:
            starts.append(len(text))
            text += line + " "
        return Passage(text, tuple(starts), tuple(at for at, _ in held), programme, planned)

    before_blank = True
    for at, line in enumerate(report.lines):
        raw, text = line.text, line.text.strip()
        alone = before_blank or raw[:1] == " "
        before_blank = not text
        if not text or at in taken or re.fullmatch(r"\W*\d{1,4}\W*", text):
            if held and not text:
                yield passage()
                held = []
            continue
        kind = _section(text)
        name = heading(text, known.programmes) if alone and kind is None and not _bullet(text) else None
        if kind is not None or name is not None:
            if held:
                yield passage()
                held = []
            if name is not None:
                programme, planned = name, False
            else:
                planned = bool(kind)
            continue
        held.append((at, text))
    if held:
        yield passage()


def _bullet(text: str) -> bool:
    return re.match(r"(?:[•¢«*o·▪-]|e)[«]?\s", text) is not None


def _section(text: str) -> bool | None:
    """Whether a line heads a chapter of plans; None where it heads none of the known kinds."""
    if len(text) > 60 or text[-1] in ".,;" or not text[:1].isupper():
        return None
    for kind, planned in (("plan", True), ("done", False)):
        if re.match(rf"(?:{any_of(words()['sections'][kind])})(?:\b|(?<=resultater)i)", text, re.IGNORECASE):
            return planned
    return None


def _nouns(known: Vocabulary) -> dict[str, str]:
    """Word of what is counted → its unit, empty where the word does not tell."""
    found: dict[str, str] = {}
    # A unit's own word before a word of a longer name: "kurs" before "undervisninger og kurs".
    for words_in in (1, 2):
        for unit, names in known.units.items():
            # The last name is the id as words.
            for name in names[:-1]:
                parts = re.findall(r"[^\W\d_]+", name.casefold())
                if len(parts) == 1 if words_in == 1 else len(parts) > 1:
                    found.setdefault(parts[0], unit)
    for unit, names in words()["nouns"].items():
        for word in names:
            if unit in known.units or not unit:
                found.setdefault(word.casefold(), unit)
    return found


def counts(report: Report, known: Vocabulary, year: int, before: Sequence[Mapping[str, Any]], taken: set[int]) -> Found:
    """The counts that a report states in running text.

    Args:
        report: The report.
        known: Names of programmes, units and kinds of activity.
        year: The year it is about.
        before: Rows of `Activities` of earlier years, which tell how a count was called.
        taken: Places of lines that stand in tables.

    Returns:
        Draft rows of ``activities``.
    """
    nouns = _nouns(known)
    pattern = _pattern()
    found = Found()
    for passage in passages(report, known, taken):
        if passage.planned:
            continue
        for match in pattern.finditer(passage.text):
            draft = _count(passage, match, nouns, known, year, before)
            if draft is not None:
                found.drafts.append(draft)
    named = Counter(map(_what, found.drafts))
    # Two counts of one thing: one may be a part of the other, or of something else.
    twice = [Remark.of("count_twice")]
    found.drafts = [
        draft.but(doubts=twice) if _what(draft)[2] and named[_what(draft)] > 1 else draft for draft in found.drafts
    ]
    return found


def _what(draft: Draft) -> tuple[str | None, str | None, str | None]:
    return draft.values["programme"], draft.values["unit"], draft.values["name_nb"]


@cache
def _pattern() -> re.Pattern[str]:
    numbers = "|".join(f"(?:{any_of(each)})" for each in words()["numbers"].values())
    hedges = "|".join(f"(?:{any_of(each)})" for each in words()["qualifiers"].values())
    digits = r"\d{1,3}(?:[ .]\d{3})+|\d{1,6}"
    return re.compile(
        rf"(?<![\w.,/%–-])(?:(?P<hedge>{hedges})\.?\s+)?"
        rf"(?P<number>(?P<digits>{digits})(?![\w%]|[.,:/–-]\s?\d|\s?%|[.]-)|(?P<word>{numbers})(?=\b|dagers))",
        re.IGNORECASE,
    )


def _value(match: re.Match[str]) -> int | None:
    if match["digits"]:
        return int(re.sub(r"\D", "", match["digits"]))
    for number, names in words()["numbers"].items():
        if re.fullmatch(any_of(names), match["word"], re.IGNORECASE):
            return int(number)
    return None


def _count(
    passage: Passage,
    match: re.Match[str],
    nouns: Mapping[str, str],
    known: Vocabulary,
    year: int,
    before: Sequence[Mapping[str, Any]],
) -> Draft | None:
    value = _value(match)
    if value is None or (match["digits"] and len(match["digits"]) == 4 and value in _YEARS):
        return None
    counted = _counted(passage.text, match.end(), nouns, alone=(match["digits"] or "") in LETTER_DIGITS)
    if counted is None:
        return None
    word, unit, end = counted
    # The year that is named next, or else last before, says what it is for: a plan is no count.
    years = (
        re.findall(_YEAR, _rest(passage.text, end))[:1] or re.findall(_YEAR, _start(passage.text, match.start()))[-1:]
    )
    if years and int(years[0]) > year:
        return None
    hedge = next(
        (
            qualifier
            for qualifier, names in words()["qualifiers"].items()
            if match["hedge"] and re.fullmatch(any_of(names), match["hedge"], re.IGNORECASE)
        ),
        "exact",
    )
    programme = passage.programme
    doubts = [Remark.of("earlier_year", year=years[0])] if years and int(years[0]) < year else []
    if programme is None:
        doubts.append(Remark.of("no_programme"))
    elif not programme.sure:
        doubts.append(Remark.of("name_guessed", read=programme.read))
    if not unit:
        doubts.append(Remark.of("no_unit", read=word))
    kind = _kind(word, known)
    like = _like(before, programme.id if programme else None, unit, kind)
    kind = kind or (like["kind"] if like else None)
    if kind is None:
        doubts.append(Remark.of("no_kind"))
    if match["digits"] in LETTER_DIGITS:
        doubts.append(Remark.of("digit_or_letter", raw=match["digits"]))
    values = {
        "programme": programme.id if programme else None, "kind": kind, "unit": unit or None,
        "period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "municipality": None, "quantity": value,
        "qualifier": hedge, "name_nb": like["name_nb"] if like else None, "part_of": None, "activity": None,
    }  # fmt: skip
    if like is None:
        doubts.append(Remark.of("no_name"))
    elif not like["quantity"] <= UNLIKE * value <= UNLIKE * UNLIKE * like["quantity"]:
        doubts.append(Remark.of("unlike_before", value=value, before=like["quantity"]))
    raw = " ".join(passage.text[match.start() : end].split())
    first, last = passage.place(match.start()), passage.place(end - 1)
    return Draft("activities", values, "quantity", first, last, raw).but(doubts=doubts)


def _counted(text: str, at: int, nouns: Mapping[str, str], alone: bool) -> tuple[str, str, int] | None:
    """What a number counts: the word, its unit, and where it ends."""
    days = re.match(r"dagers\b", text[at:], re.IGNORECASE)
    if days:
        return "dager", nouns.get("dager", ""), at + days.end()
    stops = words()["stops"]["words"]
    for step in range(MOST_BETWEEN + 1 + 1):
        found = re.match(r"\s+", text[at:])
        word = _WORD.match(text, at + found.end()) if found else None
        if word is None:
            return None
        unit = _unit(word[0], nouns)
        if unit is not None:
            # "8 møte" with å for 8: an infinitive ends in e, what is counted seldom does.
            return None if alone and word[0].casefold().endswith("e") else (word[0], unit, word.end())
        # "lærings- og mestringskurs" is one word.
        joined = step and text[:at].endswith("-") and word[0].casefold() in ("og", "eller")
        if alone or step > MOST_BETWEEN or (not joined and word[0].casefold() in stops):
            return None
        if word[0][:1].isupper() and not word[0].isupper():
            return None
        at = word.end()
    return None


def _unit(word: str, nouns: Mapping[str, str]) -> str | None:
    """The unit of a word or of the last part of a compound; None where nothing is counted so."""
    fits = [noun for noun in nouns if len(noun) <= len(word) + 2 and _ends_in(noun).search(word)]
    return nouns[max(fits, key=len)] if fits else None


@cache
def _ends_in(noun: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{spelt(noun)})(?:ne|ene|ane)?$", re.IGNORECASE)


def _rest(text: str, at: int) -> str:
    """The rest of a sentence."""
    end = re.search(r"[.!?]\s+(?=[^\W\d_a-zæøå]|$)", text[at:])
    return text[at : at + end.start() if end else len(text)]


def _start(text: str, at: int) -> str:
    """The beginning of a sentence, up to a place."""
    return text[max((found.end() for found in re.finditer(r"[.!?]\s+(?=[^\W\d_a-zæøå])", text[:at])), default=0) : at]


def _kind(word: str, known: Vocabulary) -> str | None:
    """The kind of activity that a word names by itself: courses, meetings …."""
    for kind, names in known.kinds.items():
        for name in names[:-1]:
            if len(name) > 3 and _ends_in(name.casefold()).search(word):
                return kind
    return None


def _like(
    before: Sequence[Mapping[str, Any]], programme: str | None, unit: str, kind: str | None
) -> Mapping[str, Any] | None:
    """The one count of an earlier year for the same programme and unit."""
    rows = [
        row for row in before
        if row["programme"] == programme and row["unit"] == unit and row["quantity"] is not None and not row["part_of"]
    ]  # fmt: skip
    same = [row for row in rows if row["kind"] == kind] or rows
    return same[0] if len({row["name_nb"] for row in same}) == 1 else None
