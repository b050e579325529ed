"""The structures of a brief: read from a notebook, flattened, and walked through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from hhanalytics.errors import BriefFailed, UnknownName

#: Parts of a structure in the order in which they are read.
READING: Final = (
    "subtitle", "said", "question", "caption", "label", "value", "note", "runs", "items", "chart", "columns", "rows",
    "cells", "notes", "table",
)  # fmt: skip
MIME: Final = "application/vnd.hhanalytics.block+json"
Structure = dict[str, Any]


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


def _place(name: str) -> tuple[int, str]:
    return (READING.index(name) if name in READING else len(READING), name)


def runs_in(node: Any) -> Iterator[Structure]:
    """All runs below a structure, in reading order, however its keys are sorted where it was stored.

    Example:
        >>> [run["run"] for run in runs_in({"notes": [{"run": "refs"}], "caption": [{"run": "text"}]})]
        ['text', 'refs']
    """
    if isinstance(node, Mapping):
        if "run" in node:
            yield dict(node)
        for name in sorted(node, key=_place):
            yield from runs_in(node[name])
    elif isinstance(node, list | tuple):
        for value in node:
            yield from runs_in(value)
