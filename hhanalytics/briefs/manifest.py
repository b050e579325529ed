"""What a brief was made from and with, so that it can be made again and checked."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from hhanalytics import __version__

if TYPE_CHECKING:
    from hhanalytics.dataset import Dataset

#: Packages that can change what a brief says or how it looks.
PACKAGES: Final = (
    "polars",
    "pyarrow",
    "narwhals",
    "dataframely",
    "numpy",
    "plotly",
    "matplotlib",
    "papermill",
    "jinja2",
    "nbformat",
    "typst",
    "babel",
    "fonttools",
    "font-source-sans-pro",
)


def manifest(
    *,
    kind: str,
    notebook: tuple[str, bytes],
    parameters: Mapping[str, Any],
    dataset: Dataset,
    files: Mapping[str, bytes],
    key: str | None = None,
    released: Mapping[str, Any] | None = None,
    warnings: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The manifest of a brief as JSON.

    Args:
        kind: The kind of brief.
        notebook: Name and content of its notebook, before it was run.
        parameters: All its parameters, with no path of the machine.
        dataset: The data it was made from.
        files: File name → content of what was made.
        key: Checksum of all that it was made from and with, by which it is known not to have changed.
        released: For a public one, how much was remembered of releases when it was put in place.
        warnings: Cell and category of each warning given on the way. Their texts stay out: they have
            not passed the privacy gate.
    """
    entry = {
        "kind": kind,
        "parameters": dict(parameters),
        "data": {"fingerprint": dataset.fingerprint, "inputs": dict(sorted(dataset.checksums.items()))},
        "notebook": {"name": notebook[0], "sha256": sha256(notebook[1]).hexdigest()},
        "made_from": {"key": key, "latest_year": max(dataset.years(), default=None)},
        "released": dict(released) if released is not None else None,
        "outputs": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
        # Nothing in a brief is drawn at random yet.
        "seed": None,
        "versions": versions(),
        "warnings": [dict(warning) for warning in warnings],
        "made_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    return (json.dumps(entry, indent=1, ensure_ascii=False) + "\n").encode()


def versions() -> dict[str, str]:
    """The versions of what a brief is made with.

    Example:
        >>> sorted(versions())[:3]
        ['babel', 'dataframely', 'font-source-sans-pro']
    """
    own = {"hhanalytics": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in PACKAGES}
