"""Commands as somebody types them, for the sheets and lists that say what to do next."""

from __future__ import annotations

from typing import Final

#: Where the commands look for data when nothing is said.
USUAL: Final = "data/raw"


def typed(*words: str, data: str = USUAL) -> str:
    """A command as it is typed.

    Args:
        *words: The command and what belongs to it; a path that holds a space is put in quotes.
        data: The data folder, which is said where it is not the usual one.

    Example:
        >>> typed("import", "year 2026/tall.xlsx"), typed("check", data="my-data")
        ('hhanalytics import "year 2026/tall.xlsx"', 'hhanalytics check --data my-data')
    """
    given = () if data == USUAL else ("--data", data)
    return " ".join(["hhanalytics", *map(_word, (*words, *given))])


def _word(text: str) -> str:
    plain = text.replace("\\", "/")
    return f'"{plain}"' if " " in plain else plain
