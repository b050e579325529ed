"""The content of a file that somebody names: a file, no device or pipe, and not larger than can be held."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hhanalytics.errors import BadInput

#: More bytes than this are not read at once.
LARGEST: Final = 2_000_000_000


def file_bytes(path: str | Path) -> bytes:
    """The content of a file.

    A device has no end and a pipe may never begin, so that reading one would not end either.

    Args:
        path: The file.

    Raises:
        BadInput: It is a folder, device or pipe, or too large.
        FileNotFoundError: There is no such file.

    Example:
        >>> file_bytes("/dev/zero")
        Traceback (most recent call last):
        ...
        hhanalytics.errors.BadInput: /dev/zero: found a folder, device or pipe, expected a file. Give a file.
    """
    file = Path(path)
    if "\0" in str(file):
        raise FileNotFoundError(str(file).replace("\0", "\\0"))
    if file.exists() and not file.is_file():
        raise BadInput.of("not_a_file", str(file), "a folder, device or pipe", "a file", "Give a file.")
    if file.stat().st_size > LARGEST:
        found, mend = f"{file.stat().st_size} bytes", "Divide it into several files."
        raise BadInput.of("too_large", str(file), found, f"at most {LARGEST}", mend)
    return file.read_bytes()
