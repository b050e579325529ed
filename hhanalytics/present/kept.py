"""What is costly to make and the same for everybody, kept on disk between runs: never data, never parts of a brief."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from hhanalytics.sources.web import default_cache

#: So many bytes at the beginning of a kept file say what the rest must be.
_HEAD = sha256().digest_size


def kept(name: str, make: Callable[[], bytes], folder: Path | None = None) -> bytes:
    """Something that was made before, or made now and kept; where nothing can be kept, it is made each time.

    Args:
        name: File name, which must differ wherever what is made would.
        make: Makes it.
        folder: Where it is kept; None: in the user's cache.

    Example:
        >>> with tempfile.TemporaryDirectory() as place:
        ...     kept("a", lambda: b"made", Path(place)), kept("a", lambda: b"not asked", Path(place))
        (b'made', b'made')
    """
    path = (folder or default_cache() / "made") / name
    with suppress(OSError):
        stored = path.read_bytes()
        # One that was cut off or altered is made anew.
        if sha256(stored[_HEAD:]).digest() == stored[:_HEAD]:
            return stored[_HEAD:]
    made = make()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(made).digest() + made)
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    return made
