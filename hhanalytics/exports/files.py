"""Writing what others get: whole or not at all, and never over something that stands there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hhanalytics.errors import BadInput
from hhanalytics.placing import placed


def write_new(path: str | Path, content: bytes) -> Path:
    """Write a file that is not there yet, whole or not at all.

    Args:
        path: The file.
        content: What it holds.

    Returns:
        The file.

    Raises:
        BadInput: Something stands there.
    """
    target = Path(path)
    with placed(target, lambda: free(target)) as made:
        made.write_bytes(content)
    return target


def write_new_folder(path: str | Path, files: Mapping[str, bytes]) -> Path:
    """Write a folder that is not there yet, or is empty, whole or not at all.

    Args:
        path: The folder.
        files: Name inside it → what it holds.

    Returns:
        The folder.

    Raises:
        BadInput: Something stands there.
    """
    target = Path(path)
    with placed(target, lambda: free(target, folder=True)) as folder:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return target


def free(target: Path, *, folder: bool = False) -> None:
    """Refuse a place where something stands; for a folder, an empty one is none.

    Raises:
        BadInput: Something stands there.
    """
    empty = folder and target.is_dir() and not target.is_symlink() and not any(target.iterdir())
    if (target.exists() or target.is_symlink()) and not empty:
        mend = "Give another name, or move what stands there."
        raise BadInput.of("place_taken", str(target), "something that stands there", "a new name", mend)
