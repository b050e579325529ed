"""Numbers in a report as machines read them: every reading of a token, the plainest first.

A reading says what was changed to get it. Marks of a border are left out, letters stand for the digits they look
like, groups of digits are joined. Another digit than the one that stands there is a reading only where somebody
asks for it (`misreadings`), since nothing in the token speaks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Letter or sign → the digits it may stand for.
LETTERS: Final = {
    "O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "!": "1", "i": "1", "S": "5", "s": "5",
    "B": "8", "Z": "2", "z": "2", "G": "6", "b": "6", "q": "9", "g": "9", "A": "4", "T": "7",
}  # fmt: skip
#: Digits that machines take for each other.
CONFUSED: Final = {
    "0": "689", "1": "47", "2": "7", "3": "589", "4": "19", "5": "368", "6": "0589", "7": "12", "8": "03569", "9": "034678",
}  # fmt: skip
#: Signs that stand for the border of a cell.
BORDER: Final = "|[](){}¦_!"
#: What an amount may end with.
_UNIT: Final = re.compile(r"(?:,-{1,2}|,–|\bkr\.?|\bkroner|\bNOK)\s*$", re.IGNORECASE)
#: More digits than this are several numbers run together.
MOST_DIGITS: Final = 10


@dataclass(frozen=True)
class Reading:
    """A number as it may be read.

    Attributes:
        value: The number.
        raw: What stands there.
        changed: What was changed: ``joined`` groups of digits, ``letters`` read as digits, ``border`` left out,
            ``left`` digits that stand before it, ``digit`` taken for another.
        start: Where in the text it begins.
    """

    value: int
    raw: str
    changed: tuple[str, ...] = ()
    start: int = 0

    @property
    def cost(self) -> int:
        """How far it is from what stands there: 0 as it stands."""
        return sum({"border": 0, "joined": 1, "left": 3, "letters": 4, "digit": 16}[each] for each in self.changed)


def digits_of(token: str) -> tuple[str, bool] | None:
    """The digits of a token and whether letters were taken for some; None where it is no number.

    At least half of its signs must be digits as they stand.

    Example:
        >>> digits_of("l33744"), digits_of("133"), digits_of("Sol"), digits_of("t0")
        (('133744', True), ('133', False), None, None)
    """
    if token.isascii() and token.isdigit():
        return token, False
    made = "".join(LETTERS.get(sign, sign) for sign in token)
    real = sum(sign.isascii() and sign.isdigit() for sign in token)
    if not (made.isascii() and made.isdigit()) or not real or 2 * real < len(token):
        return None
    return made, True


def _tokens(text: str) -> list[tuple[int, str]]:
    return [(found.start(), found[0]) for found in re.finditer(r"\S+", text)]


def amounts_at_end(text: str) -> list[Reading]:
    """The readings of the amount that a line ends with, the likeliest first.

    Example:
        >>> [(r.value, r.changed) for r in amounts_at_end("MFT f.o.m 163 355")]
        [(163355, ())]
        >>> [(r.value, r.changed) for r in amounts_at_end("Sum Dal: 1592 160")]
        [(1592160, ('joined',)), (160, ())]
        >>> [(r.value, r.changed) for r in amounts_at_end("Sum Dal: 1 903 2887")]
        [(2887, ('left',))]
        >>> [(r.value, r.changed) for r in amounts_at_end("Fagteam |l33 744,-")]
        [(133744, ('border', 'letters'))]
    """
    body = _UNIT.sub("", text.rstrip(" .;:|]")).rstrip(" :|]")
    tokens = _tokens(body)
    run: list[tuple[int, str, bool, bool]] = []
    for start, token in reversed(tokens):
        bare = token.strip(BORDER + ":;")
        plain = re.fullmatch(r"\d{1,3}(?:[.'’]\d{3})+", bare)
        found = (re.sub(r"\D", "", bare), False) if plain else digits_of(bare)
        if found is None:
            # A border that machines took for a letter: "|33" may be 133 as well as 33.
            break
        run.insert(0, (start, found[0], found[1], bare != token))
        if token != bare and token[0] in BORDER:
            break
        if plain or len(run) == 4:
            break
    readings: list[Reading] = []
    for first in range(len(run)):
        part = run[first:]
        digits = [each[1] for each in part]
        # Behind the first group stand groups of three.
        if any(len(each) != 3 for each in digits[1:]) or (len(digits) > 1 and digits[0].startswith("0")):
            continue
        whole = "".join(digits)
        if len(whole) > MOST_DIGITS:
            continue
        changed = []
        if any(each[3] for each in part):
            changed.append("border")
        if len(digits) > 1 and len(digits[0]) > 3:
            changed.append("joined")
        if any(each[2] for each in part):
            changed.append("letters")
        if first and not readings:
            changed.append("left")
        readings.append(Reading(int(whole), text[part[0][0] :].strip(), tuple(changed), part[0][0]))
        if "joined" not in changed:
            # Only a group that is too long may be a number of its own, such as a year.
            break
    return readings


def misreadings(value: int) -> Iterator[int]:
    """The numbers that one misread digit may have made of this one."""
    digits = str(value)
    for place, digit in enumerate(digits):
        for other in CONFUSED[digit]:
            if place or other != "0" or len(digits) == 1:
                yield int(digits[:place] + other + digits[place + 1 :])


def cells_of(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The numbers of a row of a table whose cells hold whole numbers: digits, what stood there, what was changed.

    Example:
        >>> [cell[0] for cell in cells_of("303 |313 312 (304310 [188|187(187 l9 (3O4")]
        ['303', '313', '312', '304310', '188', '187', '187', '19', '304']
        >>> cells_of("5,5 12")[0]
        ('', '5,5', ('unreadable',))
    """
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for token in re.findall(r"[^\s\[\](){}|¦]+|[\[\](){}|¦]+", text):
        if not token.strip(BORDER):
            continue
        bare = token.strip(BORDER + "-–—.,:;'’")
        if not bare:
            found.append(("", token, ("empty",)))
            continue
        read = digits_of(bare)
        if read is None:
            found.append(("", token, ("unreadable",)))
            continue
        changed = [*(["letters"] if read[1] else [])]
        found.append((read[0], token, tuple(changed)))
    return found


def splits(digits: list[str], columns: int, limit: int = 200) -> list[list[int]]:
    """All ways in which groups of digits, parted by single spaces, are a given count of numbers.

    Args:
        digits: The groups.
        columns: How many numbers they are.
        limit: With more ways than this none is given.

    Example:
        >>> splits(["542", "039", "18", "973"], 2), splits(["542", "039", "973"], 2)
        ([[542039, 18973]], [[542039, 973], [542, 39973]])
    """
    ways: list[list[int]] = []

    def go(at: int, made: list[int]) -> None:
        if len(ways) > limit or len(made) > columns:
            return
        if at == len(digits):
            if len(made) == columns:
                ways.append(list(made))
            return
        for end in range(min(len(digits), at + 4), at, -1):
            groups = digits[at:end]
            if any(len(each) != 3 for each in groups[1:]) or (len(groups) > 1 and not 1 <= len(groups[0]) <= 3):
                continue
            whole = "".join(groups)
            if len(whole) <= MOST_DIGITS:
                go(end, [*made, int(whole)])

    go(0, [])
    return ways if len(ways) <= limit else []
