"""Names of the data found in a report, also where it was badly read: which municipality, pool or programme.

The names are those of the tables: of municipalities, pools, programmes and terms, in every language, and their
ids as words. A letter may stand as one of those that machines take it for; a name that is only like one is
a guess, and said to be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final
from unicodedata import normalize

import polars as pl

#: Letter → what machines read in its place. Letters of one look come out alike whichever of them is meant.
_SEEN: Final = {
    "å": "(?:[åaäáàâ48&3d]|aa|8)", "ø": "(?:[øoöóg@ae0c]|oe|ae|ea|oa)", "æ": "(?:æ|ae|ee|aee|eae|zee|ze|se|a|e|z)",
    "o": "[o0ø]", "i": "[i1l|!íj]", "l": "[l1i|!]", "s": "[s5$]", "b": "[b8h6]", "g": "[g9q]", "e": "[eéèê]",
    "z": "[z2]", "t": "[t+7]",
}  # fmt: skip
#: Words that tell nothing about which name is meant.
_EMPTY: Final = frozenset(
    [
        "i",
        "og",
        "av",
        "til",
        "for",
        "på",
        "med",
        "den",
        "det",
        "de",
        "en",
        "et",
        "ei",
        "fra",
        "frå",
        "kommune",
        "kommunene",
        "the",
        "of",
        "and",
        "in",
        "kostnader",
        "kostnad",
        "sum",
    ]
)
#: Words this much alike (0 to 1) may be the same, badly read; names so much alike are a guess.
LIKE: Final = 0.8
#: The best name must lie so far before the next.
CLEAR: Final = 0.08
#: Longer lines are no headings.
LONGEST_HEADING: Final = 64
#: Shorter words are only found letter by letter: "Hol" and "Gol" are alike, and not the same.
SHORTEST: Final = 5
#: In headings only words from this length on are found by likeness: "helse" is not "e-helse".
LONG: Final = 8


@lru_cache(maxsize=20_000)
def noisy(word: str) -> re.Pattern[str]:
    """A pattern for a word as machines may have read it.

    Example:
        >>> [bool(noisy("møter").fullmatch(read)) for read in ("mgter", "meater", "moter", "matte")]
        [True, True, True, False]
        >>> bool(noisy("ål").fullmatch("Al")), bool(noisy("hol").fullmatch("gol"))
        (True, False)
    """
    return re.compile(spelt(word), re.IGNORECASE)


def spelt(word: str) -> str:
    """The same as the text of a pattern, to be put into others."""
    return "".join(_SEEN.get(sign, re.escape(sign)) for sign in word.casefold())


@dataclass(frozen=True)
class Name:
    """A name found.

    Attributes:
        id: Its id.
        sure: Whether it stands there letter by letter, as far as a machine can read it.
        read: What stands there.
    """

    id: str
    sure: bool
    read: str


@dataclass(frozen=True)
class Vocabulary:
    """The names that a report may use.

    Attributes:
        municipalities: Id → its names.
        pools: Id → its names.
        programmes: Id → its names.
        technologies: Id → its names.
        budgets: Id → its names.
        units: Id → its names.
        kinds: Id → its names.
    """

    municipalities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    programmes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    technologies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    budgets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def vocabulary(tables: Mapping[str, pl.DataFrame]) -> Vocabulary:
    """The names of a Dataset's tables."""
    terms = tables["terms"]

    def domain(name: str) -> dict[str, tuple[str, ...]]:
        return _names(terms.filter(pl.col("domain") == name), "term")

    return Vocabulary(
        _names(tables["municipalities"], "municipality"),
        _names(tables["pools"], "pool"),
        _names(tables["programmes"], "programme"),
        domain("technology"),
        domain("budget"),
        domain("unit"),
        domain("activity_kind"),
    )


def _names(rows: pl.DataFrame, id: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows.iter_rows(named=True):
        names = found.setdefault(row[id], {})
        for name in (row["name_nb"], row["name_nn"], row["name_en"], row[id].replace("_", " ")):
            if name:
                names[name] = None
    return {key: tuple(names) for key, names in found.items()}


def municipality(text: str, known: Mapping[str, tuple[str, ...]]) -> Name | None:
    """The municipality that a few words name; None where none or several are named.

    Example:
        >>> names = {"aal": ("Ål",), "hol": ("Hol",), "nesbyen": ("Nesbyen",)}
        >>> municipality("Sum AL:", names)
        Name(id='aal', sure=True, read='AL')
        >>> municipality("Kostnader Nesbyn", names).sure, municipality("Sum Hol og Ål", names)
        (False, None)
    """
    words = re.findall(r"[^\W_]+(?:[-&|!$+@][^\W_]+)*|[^\W_]*[&@|!][^\W_]*", text)
    found: dict[str, Name] = {}
    for word in words:
        for id, names in known.items():
            if any(noisy(name).fullmatch(word) for name in names):
                found.setdefault(id, Name(id, True, word))
    if not found:
        for word in words:
            close = [
                (_alike(word.casefold(), name.casefold()), id)
                for id, names in known.items()
                for name in names
                if len(name) >= SHORTEST
            ]
            best = max(close, default=(0.0, ""))
            if best[0] >= LIKE and sum(value > best[0] - CLEAR for value, id in close if id != best[1]) == 0:
                found.setdefault(best[1], Name(best[1], False, word))
    return next(iter(found.values())) if len(found) == 1 else None


def _alike(one: str, other: str) -> float:
    # What cannot be alike by its length alone is not looked at.
    if 2 * min(len(one), len(other)) < LIKE * (len(one) + len(other)):
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def words_of(text: str) -> list[str]:
    """The words of a name that tell which it is, composed and in small letters."""
    low = normalize("NFC", text).casefold().replace("-", "")
    return [word for word in re.findall(r"[^\W_]+", low) if word not in _EMPTY]


def closest(text: str, known: Mapping[str, tuple[str, ...]]) -> Name | None:
    """The name that a label means, such as that of a pool in a table.

    Every word of the label and of the name counts; a name is sure where each of its words stands in the label, each
    word of the label is one of its, and no other name fits as well.

    Example:
        >>> pools = {"mft": ("Mobilt ferdighetsteam", "mft"), "mft_ph": ("mft psykisk helse",), "bti": ("Trygg oppvekst (BTI)",)}
        >>> [closest(label, pools) for label in ("MFT", "BTl Trygg oppvekst")]
        [Name(id='mft', sure=True, read='MFT'), Name(id='bti', sure=True, read='BTl Trygg oppvekst')]
        >>> closest("MFT psykisk helse", pools).id, closest("Strøm", pools)
        ('mft_ph', None)
    """
    label = words_of(text)
    if not label:
        return None
    scored = sorted(
        ((max(_fit(label, words_of(name)) for name in names), id) for id, names in known.items()), reverse=True
    )
    if not scored or scored[0][0][0] < 0.5:
        return None
    (best, exact), id = scored[0]
    if len(scored) > 1 and scored[1][0][0] > best - CLEAR:
        return None
    return Name(id, exact, text.strip())


def _fit(label: list[str], name: list[str]) -> tuple[float, bool]:
    """How well the words of a label and of a name agree (0 to 1), and whether they are the same."""
    if not name:
        return 0.0, False
    there = [max((_word(word, other) for other in name), default=0.0) for word in label]
    back = [max((_word(other, word) for other in label), default=0.0) for word in name]
    part = sum(map(len, label))
    weight = sum(value * len(word) for value, word in zip(there, label, strict=True)) / part
    other = sum(value * len(word) for value, word in zip(back, name, strict=True)) / sum(map(len, name))
    if not weight or not other:
        return 0.0, False
    return 2 * weight * other / (weight + other), min(there) == 1.0 and min(back) == 1.0


@lru_cache(maxsize=100_000)
def _word(one: str, other: str) -> float:
    """How alike two words are: 1 the same, less for a part of a compound or a word badly read, 0 for none."""
    if one == other or noisy(other).fullmatch(one) or noisy(one).fullmatch(other):
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= SHORTEST:
        if long.startswith(short) or long.endswith(short):
            return 0.8
        ratio = _alike(one, other)
        if ratio >= LIKE:
            return 0.9 * ratio
        common = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(short))
        if common >= 8:
            return 0.6
    return 0.0


def heading(line: str, known: Mapping[str, tuple[str, ...]]) -> Name | None:
    """The name that a heading is about; None where it is about none, or the line is no heading.

    Example:
        >>> heading("Koordinator for e-helse i Dalen", {"ehelse": ("E-helse og teknologi", "ehelse")}).id
        'ehelse'
        >>> heading("Det er holdt kurs i e-helse, og mer skal komme.", {"ehelse": ("ehelse",)})
    """
    text = line.strip(" •*#-–—|¢«o\t")
    if not 2 <= len(text) <= LONGEST_HEADING or text[-1] in ".,;:" or ". " in text or not text[:1].isupper():
        return None
    label = words_of(text)
    scored: list[tuple[float, int, str, bool]] = []
    for id, names in known.items():
        for name in names:
            words = words_of(name)
            if not words:
                continue
            here = [max((_part(word, other) for other in label), default=0.0) for word in words]
            if min(here) > 0:
                scored.append((sum(here) / len(here), sum(map(len, words)), id, min(here) == 1.0))
    if not scored:
        return None
    # The name with the most letters says the most: "MFT psykisk helse" is not "MFT".
    best = max(scored, key=lambda each: (each[1] * each[0], each[2]))
    return Name(best[2], best[3] and best[0] == 1.0, text)


def _part(word: str, other: str) -> float:
    if noisy(word).fullmatch(other):
        return 1.0
    if len(word) < SHORTEST:
        return 0.0
    # A compound of a heading: "folkehelsekoordinator" is about "folkehelse".
    if noisy(word).match(other):
        return 0.9
    ratio = _alike(word, other) if len(word) >= LONG else 0.0
    return 0.9 * ratio if ratio >= LIKE else 0.0


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of some words or phrases, longest first, as machines may have read them."""
    return _any_of(tuple(words))


@lru_cache(maxsize=1_000)
def _any_of(words: tuple[str, ...]) -> str:
    each = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(r"\s+".join(spelt(part) for part in word.split()) for word in each)
