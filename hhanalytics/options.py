"""Options that several commands share: their words, and how what was typed is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hhanalytics.errors import BadInput

FOLDER: Final = "Folder with one folder per source."
CHARGES: Final = "'printed' as in the sources, or 'corrected' to follow their key."
LANGUAGE: Final = "Language of what readers see: nb, nn or en."
PRIVACY: Final = "'public' holds small numbers of persons back; 'internal' shows them."


def pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """What was given as NAME=VALUE.

    Example:
        >>> pairs("--column", ["Sum kr=amount_nok"])
        {'Sum kr': 'amount_nok'}
    """
    found = {}
    for each in given or ():
        name, sign, value = each.rpartition("=")
        if not (sign and name and value):
            raise BadInput.of("bad_option", option, repr(each), "NAME=VALUE", "Write it so, in quotes.")
        found[name] = value
    return found


def refuse(file: str, given: Mapping[str, object], kind: str) -> None:
    """Refuse options that say nothing about a file of this kind.

    Example:
        >>> refuse("a.xlsx", {"--as": None}, "text file")
    """
    wrong = [option for option, value in given.items() if value]
    if wrong:
        raise BadInput.of("bad_option", " and ".join(wrong), file, f"a {kind}", "Leave it out.")


def year_list(given: str) -> list[int]:
    """Years as typed.

    Example:
        >>> year_list("2019,2024-2026")
        [2019, 2024, 2025, 2026]
    """
    years: list[int] = []
    for part in given.split(","):
        first, _, last = part.partition("-")
        last = last or first
        if not all(each.isascii() and each.isdecimal() and len(each) == 4 for each in (first, last)) or first > last:
            raise BadInput.of("bad_option", "--years", repr(given), "2024, 2024-2026 or 2024,2026", "Write it so.")
        years += range(int(first), int(last) + 1)
    return sorted(set(years))
