"""The structures of a brief: read from a notebook, flattened, and walked through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from unicodedata import category

from hhanalytics.errors import BriefFailed, UnknownName

#: Parts of a structure in the order in which they are read.
READING: Final = (
    "subtitle", "said", "question", "caption", "label", "value", "note", "runs", "items", "chart", "columns", "rows",
    "cells", "notes", "table",
)  # fmt: skip
#: Parts of a structure that hold no runs: rows behind a figure, of which there may be many.
RUNLESS: Final = frozenset(("citations", "parts"))
#: A plain dict first: whether something is a mapping takes ten times as long to ask, and a brief has tens of thousands.
MAPPINGS: Final = (dict, Mapping)
#: What nothing lies below.
LEAVES: Final = (str, int, float, type(None))
MIME: Final = "application/vnd.hhanalytics.block+json"
Structure = dict[str, Any]
#: No text of a brief is longer; one that is comes from data gone wrong.
LONGEST: Final = 5_000
#: Kinds of characters that are not seen: control, format, surrogate, private, unassigned, separators of lines.
HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
NBSP: Final = "\u00a0"
#: Format characters that words need: soft hyphen, joiner and non-joiner.
JOINERS: Final = "\u00ad\u200c\u200d"
BREAKS: Final = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")


def structures_of(notebook: Mapping[str, Any]) -> list[Structure]:
    """The blocks of an executed notebook, in order and flattened.

    Args:
        notebook: An nbformat node or the dict of a notebook file.

    Raises:
        BriefFailed: An output was altered after its cell ran.
    """
    return [structure for _, structure in placed(notebook)]


def placed(notebook: Mapping[str, Any]) -> list[tuple[str, Structure]]:
    """The blocks of an executed notebook with the cell and kind of each, for messages.

    Raises:
        BriefFailed: An output was altered after its cell ran.
    """
    found = []
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            structure = data.get(MIME)
            if structure is None:
                continue
            html = data.get("text/html", "")
            # In a notebook's file, texts are stored line by line.
            if structure.get("seal") != seal(structure, html if isinstance(html, str) else "".join(html)):
                raise BriefFailed.altered(number)
            found += [(f"cell {number}, {block['block']}", block) for block in flattened([structure])]
    return found


def seal(structure: Mapping[str, Any], html: str) -> str:
    """What a block's stored output is known by: a checksum of its structure and of how it displays.

    It tells an output that was edited by hand from the one that the cell gave. The manifest holds the checksum of
    the whole notebook.

    Example:
        >>> seal({"block": "paragraph", "seal": "x"}, "") == seal({"block": "paragraph"}, "")
        True
    """
    bare = {name: value for name, value in structure.items() if name != "seal"}
    text = json.dumps([bare, html], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
        # Printable are all signs but the hidden ones, and of spaces only the ordinary; amounts are full of the other.
        return node if len(node) <= LONGEST and node.replace(NBSP, " ").isprintable() else visible(node)
    if isinstance(node, (list, tuple)):
        return [cleaned(item) for item in node]
    if isinstance(node, LEAVES) or not isinstance(node, MAPPINGS):
        return node
    return {name: cleaned(value) for name, value in node.items()}


def visible(text: str) -> str:
    """One text as `cleaned` shows it."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return "".join(sign if _harmless(sign) else _code(sign) for sign in BREAKS.sub(" ", cut))


def _harmless(sign: str) -> bool:
    return category(sign) not in HIDDEN or sign in JOINERS


def _code(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _place(name: str) -> tuple[int, str]:
    return (READING.index(name) if name in READING else len(READING), name)


@lru_cache(maxsize=4096)
def _in_order(names: tuple[str, ...]) -> list[str]:
    """Names in reading order, without those that never hold runs; a brief has thousands of structures of few forms."""
    return sorted((name for name in names if name not in RUNLESS), key=_place)


def runs_in(node: Any) -> Iterator[Structure]:
    """All runs below a structure, in reading order, however its keys are sorted where it was stored.

    Example:
        >>> [run["run"] for run in runs_in({"notes": [{"run": "refs"}], "caption": [{"run": "text"}]})]
        ['text', 'refs']
    """
    found: list[Structure] = []
    _collect(node, found)
    return iter(found)


def _collect(node: Any, found: list[Structure]) -> None:
    # Into one list: a generator for each part of a structure takes several times as long.
    if isinstance(node, LEAVES):
        return
    if isinstance(node, MAPPINGS):
        if "run" in node:
            found.append(dict(node))
        for name in _in_order(tuple(node)):
            _collect(node[name], found)
    elif isinstance(node, (list, tuple)):
        for value in node:
            _collect(value, found)
