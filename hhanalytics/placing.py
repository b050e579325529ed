"""Put a result in its place: whole or not at all, whoever ends the run at whatever moment, and whoever else is at it.

A result is made in a work folder beside its place and moved there in one step. A run that is killed leaves at most
such a work folder, hidden by its name; the next run for the same place removes it. Runs for one folder wait for each
other.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hhanalytics.errors import BadInput

#: What the name of a work folder ends in.
WORK: Final = ".part"
#: What a work folder holds: the result being made, and what it replaces where that takes two steps.
NEW, OLD = "new", "old"
#: Where folders cannot be locked, a work folder older than this (in seconds) belongs to nobody.
ABANDONED: Final = 3600
#: What says that there is no room, also while something is written.
FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: Linux: names relative to the working folder; let two names change places.
_HERE, _EXCHANGE = -100, 2


@contextmanager
def placed(target: Path, check: Callable[[], None]) -> Iterator[Path]:
    """A path to make a file or folder at, which takes its place when it is made, and of which nothing stays otherwise.

    Args:
        target: Where it shall stand; what it is made as bears the same name.
        check: Raises where something stands there that must stay; asked before and after.

    Raises:
        BadInput: The place cannot be written to, or there is no room.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     target = Path(folder) / "note.txt"
        ...     with placed(target, lambda: None) as made:
        ...         _ = made.write_text("whole")
        ...         before = target.exists()
        ...     before, target.read_text()
        (False, 'whole')
    """
    absent = [folder for folder in target.parents if not folder.exists()]
    try:
        with _told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target) as locked:
            with _told(target):
                _tidy(target, locked)
            check()
            with _told(target):
                work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=WORK, dir=target.parent))
            try:
                with _told(target):
                    (work / NEW).mkdir()
                    work.chmod(0o755)
                with _told(target, *FULL):
                    yield work / NEW / target.name
                check()
                with _told(target):
                    _flush(work / NEW)
                    _move(work, target)
            finally:
                _clear(work, target)
    finally:
        for folder in absent:
            # Fails where it is not empty, and that is the point.
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def _told(target: Path, *numbers: int) -> Iterator[None]:
    """Say what the system refuses; given numbers, only those."""
    try:
        yield
    except OSError as error:
        # Libraries may hand the system's number on in words only.
        code = error.errno or next((each for each in FULL if os.strerror(each) in str(error)), None)
        if numbers and code not in numbers:
            raise
        what, said = f"The folder {target.parent}", os.strerror(code) if code else str(error)
        if code in FULL:
            mend = "Make room, or choose another; what stood there before is untouched."
            raise BadInput.of("no_room", what, said, f"room for {target.name}", mend) from error
        raise BadInput.of("unwritable", what, said, "a folder to write to", "Choose another.") from error


@contextmanager
def _alone(target: Path) -> Iterator[bool]:
    """Let others who put something into the same folder wait; False where the system has no such locks."""
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    with _told(target):
        handle = os.open(target.parent, os.O_RDONLY)
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


def _tidy(target: Path, locked: bool) -> None:
    """Remove what killed runs left, and put back what one had moved aside."""
    made = re.compile(rf"\.{re.escape(target.name)}-[a-z0-9_]{{8}}{re.escape(WORK)}")
    for path in list(target.parent.iterdir()):
        if not made.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
            continue
        if not locked and abs(time.time() - path.stat().st_mtime) < ABANDONED:
            continue
        if {each.name for each in path.iterdir()} <= {NEW, OLD}:
            _clear(path, target)


def _clear(work: Path, target: Path) -> None:
    aside = work / OLD / target.name
    if aside.exists() and not target.exists():
        aside.replace(target)
    shutil.rmtree(work, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Have the system write to the disk, so that a power cut does not leave a place with an empty file."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDWR)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _move(work: Path, target: Path) -> None:
    made = work / NEW / target.name
    if not target.is_dir():
        made.replace(target)
    elif not exchanged(made, target):
        # Between these two steps nothing stands there; the next run would put the old one back.
        (work / OLD).mkdir()
        target.replace(work / OLD / target.name)
        made.replace(target)


def exchanged(one: Path, other: Path) -> bool:
    """Let two paths change places in one step; False where the system cannot.

    Args:
        one: A file or folder.
        other: Another on the same file system.
    """
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done: int = rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)
    return done == 0
