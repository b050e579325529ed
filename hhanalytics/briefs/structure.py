"""The structures of a brief: read from a notebook, flattened, and walked through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from unicodedata import category

from hhanalytics.errors import UnknownName

MIME: Final = "application/vnd.hhanalytics.block+json"
Structure = dict[str, Any]
#: No text of a brief is longer; one that is comes from data gone wrong.
LONGEST: Final = 5_000
#: Kinds of characters that are not seen: control, format, surrogate, private, unassigned, separators of lines.
HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
#: Format characters that words need: soft hyphen, joiner and non-joiner.
JOINERS: Final = "\u00ad\u200c\u200d"
BREAKS: Final = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")


def structures_of(notebook: Mapping[str, Any]) -> list[Structure]:
    """The blocks of an executed notebook, in order and flattened.

    Args:
        notebook: An nbformat node or the dict of a notebook file.
    """
    found = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            structure = output.get("data", {}).get(MIME)
            if structure is not None:
                found.append(structure)
    return flattened(found)


def flattened(structures: Iterable[Structure]) -> list[Structure]:
    """The structures with the items of ``blocks`` in their place.

    Example:
        >>> flattened([{"block": "blocks", "items": [{"block": "paragraph"}]}])
        [{'block': 'paragraph'}]
    """
    out: list[Structure] = []
    for structure in structures:
        if structure["block"] == "blocks":
            out.extend(flattened(structure["items"]))
        else:
            out.append(structure)
    return out


def title_of(structures: Iterable[Structure]) -> Structure:
    """The title block, which every brief has.

    Raises:
        UnknownName: There is none.
    """
    kinds = []
    for structure in structures:
        if structure["block"] == "title":
            return structure
        kinds.append(structure["block"])
    raise UnknownName.of("block", "title", kinds)


def label(title: Structure, name: str) -> str:
    """A word of the page itself, such as that of the skip link, in the reader's language.

    Raises:
        UnknownName: The title block has no such label.
    """
    labels = title.get("labels", {})
    if name not in labels:
        raise UnknownName.of("label of the title block", name, labels)
    return str(labels[name])


def cleaned(node: Any) -> Any:
    r"""A structure with every text as it may be shown: nothing in it that turns, hides or commands.

    Control characters, direction overrides, invisible signs and private ones are shown by their number; line
    breaks and tabs become spaces; what is longer than any label is cut.

    Example:
        >>> cleaned({"text": "a\x1b[31mb\u202ec", "rows": ["x\ny"]})
        {'text': 'a\\x1b[31mb\\u202ec', 'rows': ['x y']}
    """
    if isinstance(node, str):
        return node if node.isascii() and node.isprintable() and len(node) <= LONGEST else visible(node)
    if isinstance(node, Mapping):
        return {name: cleaned(value) for name, value in node.items()}
    return [cleaned(item) for item in node] if isinstance(node, list | tuple) else node


def visible(text: str) -> str:
    """One text as `cleaned` shows it."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return "".join(sign if _harmless(sign) else _code(sign) for sign in BREAKS.sub(" ", cut))


def _harmless(sign: str) -> bool:
    return category(sign) not in HIDDEN or sign in JOINERS


def _code(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def runs_in(node: Any) -> Iterator[Structure]:
    """All runs below a structure, in reading order."""
    if isinstance(node, Mapping):
        if "run" in node:
            yield dict(node)
        for value in node.values():
            yield from runs_in(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from runs_in(value)
