"""Briefs that stand already: one whose inputs have not changed since it was made need not be made again.

Telling that takes a fraction of a second, since nothing is imported that works with data. Whatever is in doubt counts
as changed: a file altered, added or missing on either side, other versions, a warning that should be said again, and
a ledger that no longer holds what the brief said of persons.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from functools import cache
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hhanalytics.briefs import run
from hhanalytics.briefs.parameters import defaults
from hhanalytics.briefs.shelf import FILES
from hhanalytics.errors import HHAnalyticsError
from hhanalytics.sources.contents import contents

#: The file that remembers what was released, as in `hhanalytics.privacy.releases`, which takes long to import.
LEDGER: Final = "releases.jsonl"
#: Stands for the year in a folder's name where none was asked for; no glob pattern, and no part of an id.
ANY_YEAR: Final = "\0"


def standing(
    kind: str = "hof", *, out: str | Path = "briefs", notebooks: str | Path | None = None, **given: Any
) -> Path | None:
    """The folder of a brief that stands, whole, and would be made again exactly as it is.

    Args:
        kind: As for `hhanalytics.briefs.run.render`.
        out: As for `render`.
        notebooks: As for `render`.
        **given: As for `render`.

    Returns:
        Its folder; None: it is to be made. What is wrong with the arguments is for `render` to say.

    Example:
        >>> standing("hof", out="nowhere", data="data/raw") is None
        True
    """
    try:
        folder = Path(notebooks) if notebooks is not None else run.own_notebooks()
        notebook = run.notebook_of(kind, folder, given.get("audience"))
        declared = defaults(notebook)
        source = notebook.read_bytes()
    except (HHAnalyticsError, OSError, ValueError, KeyError):
        return None
    if not given.keys() <= declared.keys():
        return None
    asked = declared | {name: value for name, value in given.items() if value is not None}
    asked["data"] = str(asked.get("data"))
    wanted = run.shown(asked)
    # With many briefs beside it, only those that may be the one are read.
    named = run.folder_name(kind, {**wanted, **({"year": ANY_YEAR} if wanted.get("year", 0) is None else {})})
    for path in sorted(Path(out).glob(f"{escape(named).replace(ANY_YEAR, '*')}/manifest.json")):
        try:
            found = json.loads(path.read_bytes())
            stands = _stands(found, path.parent, kind, source, wanted, asked["data"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if stands:
            return path.parent
    return None


def _stands(
    found: Mapping[str, Any], folder: Path, kind: str, source: bytes, wanted: Mapping[str, Any], data: str
) -> bool:
    made_from, parameters = found["made_from"], found["parameters"]
    year = {"year": made_from["latest_year"]} if "year" in wanted and wanted["year"] is None else {}
    return bool(
        found["kind"] == kind
        and parameters == {**wanted, **year}
        and folder.name == run.folder_name(kind, parameters)
        and not found["warnings"]
        and _whole(folder, found["outputs"])
        and (parameters.get("privacy", "public") != "public" or _remembered(folder.parent, found["released"]))
        # Last, since it reads most.
        and made_from["key"] == key(kind, source, parameters, contents(data))
    )


def key(kind: str, source: bytes, parameters: Mapping[str, Any], data: Mapping[str, str] | None) -> str | None:
    """A checksum of everything a brief is made from and with: another one may give another brief.

    Args:
        kind: The kind of brief.
        source: Its notebook.
        parameters: Its parameters, as they are shown.
        data: What the data folder holds, as `contents` gives it.

    Returns:
        The checksum; None where it is not known what the data folder holds.

    Example:
        >>> key("hof", b"", {"year": 2025}, {"a": "1"}) == key("hof", b"", {"year": 2026}, {"a": "1"})
        False
        >>> key("hof", b"", {}, None) is None
        True
    """
    if data is None:
        return None
    parts = [kind, sha256(source).hexdigest(), dict(parameters), dict(data), made_with()]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def made_with() -> list[Any]:
    """This package's own files by checksum, the version of everything installed beside it, Python and the machine."""
    package = Path(__file__).parents[1]
    own = {
        path.relative_to(package).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in package.rglob("*")
        if path.suffix not in (".pyc", ".pyo") and path.is_file()
    }
    # Every distribution names its version in the folder of its metadata.
    places = [Path(each) for each in dict.fromkeys(sys.path) if each and Path(each).is_dir()]
    installed = sorted(path.name for place in places for path in place.glob("*.*-info"))
    return [own, installed, platform.python_version(), platform.machine(), sys.platform]


def _whole(folder: Path, outputs: Mapping[str, str]) -> bool:
    """Whether the folder holds just what its manifest names, as it was made."""
    there = {path.name: path for path in folder.iterdir()}
    return (
        there.keys() == {*outputs, "manifest.json"} >= set(FILES)
        and not any(path.is_symlink() for path in there.values())
        and all(sha256(there[name].read_bytes()).hexdigest() == checksum for name, checksum in outputs.items())
    )


def remembered(out: Path) -> dict[str, Any]:
    """How much is remembered of what was released from a folder, for the manifest of a brief put there.

    Example:
        >>> remembered(Path("nowhere"))["bytes"]
        0
    """
    path = out / LEDGER
    held = path.read_bytes() if path.is_file() else b""
    return {"bytes": len(held), "sha256": sha256(held).hexdigest()}


def _remembered(out: Path, released: Mapping[str, Any]) -> bool:
    """Whether the ledger still begins with all that it held when the brief was released; it only ever grows."""
    path, size = out / LEDGER, released["bytes"]
    held = path.read_bytes() if path.is_file() else b""
    return bool(len(held) >= size and sha256(held[:size]).hexdigest() == released["sha256"])
