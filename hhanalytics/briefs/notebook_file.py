"""An executed notebook as the bytes of its file: just those that nbformat writes, in a fraction of the time.

nbformat copies the whole notebook and writes it with the standard library's encoder, which is slow where it indents.
A brief's notebook is mostly the rows behind its figures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json import encoder
from typing import Any

from hhanalytics.briefs.structure import MAPPINGS

_quoted: Any = encoder.encode_basestring


def notebook_bytes(notebook: Mapping[str, Any]) -> bytes:
    """The file of a notebook.

    Args:
        notebook: An nbformat node of version 4; it is left as it is.
    """
    from nbformat.v4.rwbase import split_lines, strip_transient

    copied = _copied(notebook)
    split: Any = split_lines
    strip: Any = strip_transient
    return (indented(strip(split(copied))) + "\n").encode()


def _copied(notebook: Mapping[str, Any]) -> Any:
    """A copy in all parts that differ in a file; what blocks hold is shared."""
    import nbformat

    make: Any = nbformat.from_dict
    cells = []
    for cell in notebook["cells"]:
        outputs = cell.get("outputs")
        bare = make({name: value for name, value in cell.items() if name != "outputs"})
        if outputs is not None:
            bare["outputs"] = [_output(output) for output in outputs]
        cells.append(bare)
    whole = make({name: value for name, value in notebook.items() if name != "cells"})
    whole["cells"] = cells
    return whole


def _output(output: Mapping[str, Any]) -> Any:
    from nbformat.notebooknode import NotebookNode

    node: Any = NotebookNode
    copied = node()
    for name, value in output.items():
        dict.__setitem__(copied, name, node() if name == "data" else value)
    for mime, value in output.get("data", {}).items():
        dict.__setitem__(copied["data"], mime, value)
    return copied


def indented(node: Any, level: int = 0) -> str:
    """JSON as notebooks are written: sorted names, one space of indent, all signs as they are.

    Example:
        >>> node = {"b": [1, "å", None, True, 1.5, []], "a": {}}
        >>> indented(node) == json.dumps(node, indent=1, sort_keys=True, separators=(",", ": "), ensure_ascii=False)
        True
    """
    if isinstance(node, str):
        return str(_quoted(node))
    between = ",\n" + " " * (level + 1)
    if isinstance(node, MAPPINGS):
        # Most of a notebook is short texts: they are not worth a call each.
        parts = [
            f"{_quoted(name)}: {_quoted(each) if type(each := node[name]) is str else indented(each, level + 1)}"
            for name in sorted(node)
        ]
    elif isinstance(node, list | tuple):
        parts = [indented(each, level + 1) for each in node]
    else:
        return "null" if node is None else str(json.dumps(node))
    opening, closing = "{}" if isinstance(node, MAPPINGS) else "[]"
    return f"{opening}{between[1:]}{between.join(parts)}\n{' ' * level}{closing}" if parts else opening + closing
