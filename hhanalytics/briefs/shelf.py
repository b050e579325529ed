"""Where finished briefs stand: a folder each, put there whole or not at all.

The files are written to a work folder beside the place and moved there together. A run that is killed
leaves at most such a work folder, hidden by its name; the next run removes it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hhanalytics.dataset import swap
from hhanalytics.errors import BadInput

#: The files of a brief.
FILES: Final = ("brief.html", "brief.pdf", "notebook.ipynb", "manifest.json")
#: A work folder lives for moments; one older than this (in seconds) belongs to nobody.
ABANDONED: Final = 3600


def check_place(target: Path) -> None:
    """Refuse a place that holds anything but a brief, which a new brief would remove.

    Raises:
        BadInput: Somebody's own file stands there.
    """
    above = next((path for path in target.parents if path.exists()), None)
    if above is not None and not above.is_dir():
        raise BadInput.of(
            "unwritable", f"The folder {target.parent}", f"{above}, a file", "a folder to write to", "Choose another."
        )
    found = [] if not target.exists() else [target] if not target.is_dir() else target.iterdir()
    foreign = sorted(path.name for path in found if path.name not in FILES and path.name[0] != ".")
    if foreign:
        raise BadInput.of(
            "place_taken",
            f"The folder of the brief, {target}",
            ", ".join(foreign),
            "only the files of a brief, since the whole folder is replaced",
            "Move what is yours somewhere else.",
        )


def put(files: Mapping[str, bytes], name: str, out: Path) -> Path:
    """Put a finished brief in its place; the previous one stands until then.

    Args:
        files: File name → content.
        name: The name of the brief's folder.
        out: The folder in which it is put; made if need be.

    Returns:
        The brief's folder.

    Raises:
        BadInput: ``out`` cannot be written to.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     placed = put({"brief.html": b"<!DOCTYPE html>"}, "hof-2025-nb", Path(folder))
        ...     [path.name for path in placed.iterdir()]
        ['brief.html']
    """
    target = out / name
    new = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out) as alone:
            _tidy(name, out, alone)
            check_place(target)
            work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=out))
            try:
                for file, content in files.items():
                    (work / file).write_bytes(content)
                swap(work, target)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise BadInput.of(
            "unwritable", f"The folder {out}", error.strerror or error, "a folder to write to", "Choose another."
        ) from error
    finally:
        for folder in new:
            # Fails where it is not empty, and that is the point.
            with suppress(OSError):
                folder.rmdir()
    return target


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Let others who put something into the folder wait; False where the system has no such locks."""
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # some network file systems
            locked = False
        else:
            locked = True
        yield locked
    finally:
        os.close(handle)


def _tidy(name: str, out: Path, alone: bool) -> None:
    """Remove what a killed run left, and put back a brief that it had moved aside."""
    made = re.compile(rf"\.{re.escape(name)}-(old-)?[a-z0-9_]{{8}}")
    for path in list(out.iterdir()):
        match = made.fullmatch(path.name)
        if not match or path.is_symlink() or not path.is_dir():
            continue
        if not alone and time.time() - path.stat().st_mtime < ABANDONED:
            continue
        held = {each.name for each in path.iterdir()}
        if match[1] and held == {name} and not (out / name).exists():
            (path / name).replace(out / name)
            held = set()
        if held <= ({name} if match[1] else set(FILES)):
            shutil.rmtree(path, ignore_errors=True)
