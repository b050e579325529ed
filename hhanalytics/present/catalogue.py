"""The texts of a language, by id, from its gettext catalogue in ``locales/``.

A text may hold placeholders for figures and names, ``{cost}`` or ``{cost:bare}``, and emphasis between
asterisks. It holds no digits of its own: every number a reader sees comes from a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Formatter

from babel.messages.pofile import read_po

from hhanalytics.errors import UnknownName

#: The mark that opens and closes emphasis.
EMPHASIS = "*"


def languages() -> list[str]:
    """The languages that have a catalogue.

    Example:
        >>> "nb" in languages()
        True
    """
    found = files("hhanalytics").joinpath("present", "locales").iterdir()
    return sorted(path.name.removesuffix(".po") for path in found if path.name.endswith(".po"))


@cache
def texts(language: str) -> dict[str, str]:
    """Id → text, in one language.

    Raises:
        UnknownName: There is no catalogue for the language.
    """
    if language not in languages():
        raise UnknownName.of("language", language, languages())
    with files("hhanalytics").joinpath("present", "locales", f"{language}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def parts(text: str) -> Iterator[tuple[str, str, str]]:
    """A text cut into literals, placeholders and emphasis marks.

    Yields:
        ``("text", literal, "")``, ``("value", name, style)`` or ``("emphasis", "*", "")``.

    Example:
        >>> list(parts("*{cost}* in all"))[1:3]
        [('value', 'cost', ''), ('emphasis', '*', '')]
    """
    for literal, name, style, _ in Formatter().parse(text):
        for index, piece in enumerate(literal.split(EMPHASIS)):
            if index:
                yield "emphasis", EMPHASIS, ""
            if piece:
                yield "text", piece, ""
        if name is not None:
            yield "value", name, style or ""
