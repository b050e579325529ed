"""The structures of a brief: read from a notebook, flattened, and walked through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hhanalytics.errors import UnknownName

MIME: Final = "application/vnd.hhanalytics.block+json"
Structure = dict[str, Any]


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
