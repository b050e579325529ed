"""The texts of a language, by id, from its gettext catalogues in ``locales/<language>/``, one file per subject.

A text may hold placeholders for figures and names, ``{cost}`` or ``{cost:bare}``, and emphasis between
asterisks. It holds no digits of its own: every number a reader sees comes from a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from string import Formatter

from babel.messages.pofile import PoFileError, read_po

from hhanalytics.errors import BadInput, UnknownName

#: Ids of texts that may hold a number: words in which a digit is part of a name. There is none.
ALLOWED: frozenset[str] = frozenset()
#: The mark that opens and closes emphasis.
EMPHASIS = "*"


def languages() -> list[str]:
    """The languages that have a catalogue.

    Example:
        >>> "nb" in languages()
        True
    """
    return sorted(path.name for path in _folder().iterdir() if path.is_dir())


def _folder() -> Traversable:
    return files("hhanalytics").joinpath("present", "locales")


@cache
def texts(language: str) -> dict[str, str]:
    """Id → text, in one language.

    Raises:
        UnknownName: There is no catalogue for the language.
        BadInput: A text holds a number of its own, or stands in two files; every such text is named.
    """
    if language not in languages():
        raise UnknownName.of("language", language, languages())
    found: dict[str, str] = {}
    twice: set[str] = set()
    for path in sorted(_folder().joinpath(language).iterdir(), key=lambda path: path.name):
        if path.name.endswith(".po"):
            own = read_texts(f"{language}/{path.name}", path.read_bytes())
            twice |= found.keys() & own.keys()
            found |= own
    if twice:
        mend = "Keep it in the file of its subject."
        raise BadInput.of("text_twice", f"catalogue {language}", ", ".join(sorted(twice)), "each text once", mend)
    return found


def read_texts(name: str, content: bytes) -> dict[str, str]:
    r"""Id → text of a catalogue's file.

    Raises:
        BadInput: It cannot be read, or a text holds a number of its own; every such text is named.

    Example:
        >>> read_texts("nb", b'msgid "total"\nmsgstr "{total} in all"')
        {'total': '{total} in all'}
    """
    try:
        catalogue = read_po(BytesIO(content), abort_invalid=True)
    except (ValueError, LookupError, PoFileError) as error:
        found, mend = f"{type(error).__name__} ({error})", "Mend it at that place."
        raise BadInput.of("bad_catalogue", f"catalogue {name}", found, "a gettext catalogue in UTF-8", mend) from error
    texts = {str(message.id): str(message.string) for message in catalogue if message.id}
    check_texts(name, texts)
    return texts


def check_texts(name: str, found: Mapping[str, str]) -> None:
    """Refuse a catalogue in which a text holds a number that no figure stands behind.

    Args:
        name: Language and file, for the error.
        found: Id → text.

    Raises:
        BadInput: With every text whose placeholders are broken, or else that holds a number.

    Example:
        >>> check_texts("nb", {"total": "{total} in all"})
        >>> check_texts("nb", {"total": "5 kr"})
        Traceback (most recent call last):
        ...
        hhanalytics.errors.BadInput: catalogue nb: found total ('5 kr'), expected texts without numbers. Put a ...
    """
    cut = {id: _cut(text) for id, text in found.items()}
    broken = [f"{id} ({found[id]!r})" for id, pieces in cut.items() if pieces is None]
    if broken:
        mend = "Close every brace, and put nothing into it but a name and its style."
        raise BadInput.of("bad_catalogue", f"catalogue {name}", "; ".join(broken), "placeholders in braces", mend)
    bad = [
        f"{id} ({found[id]!r})"
        for id, pieces in cut.items()
        if id not in ALLOWED and any(kind == "text" and has_number(piece) for kind, piece, _ in pieces or ())
    ]
    if bad:
        mend = "Put a placeholder there and fill it with a figure."
        raise BadInput.of("literal_number", f"catalogue {name}", "; ".join(bad), "texts without numbers", mend)


def _cut(text: str) -> list[tuple[str, str, str]] | None:
    """The `parts` of a text; None where a placeholder is not opened or not closed."""
    try:
        return list(parts(text))
    except ValueError:
        return None


def has_number(text: str) -> bool:
    """Whether a text holds a digit, in whatever script, or a sign such as a half.

    Example:
        >>> has_number("i alt"), has_number("5 kr"), has_number("½")
        (False, True, True)
    """
    return any(map(str.isnumeric, text))


def formulas(language: str) -> dict[str, str]:
    """Formula → how a figure was made, in words.

    Example:
        >>> formulas("nb")["net_gain"]
        'Ekstern verdi minus kostnad'
    """
    mark = "formula."
    return {id.removeprefix(mark): text for id, text in texts(language).items() if id.startswith(mark)}


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
