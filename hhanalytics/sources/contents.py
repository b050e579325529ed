"""What stands in a data folder, by checksum: quick to tell, without reading any of it as data."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path


def contents(folder: str | Path) -> dict[str, str] | None:
    """Every file that a data folder is read from, with its sha256.

    Args:
        folder: A folder with one folder per source; or a saved Dataset.

    Returns:
        File (relative to the folder) → sha256; None where that does not say all: there are links, folders
        where none belong, or nothing that can be read.

    Example:
        >>> found = contents("data/raw")
        >>> "hallinghelse_annual_report_2025/costs.csv" in found, contents("data/nowhere")
        (True, None)
    """
    root = Path(folder)
    try:
        return {path.relative_to(root).as_posix(): _sum(path) for path in _files(root)} or None
    except (OSError, ValueError):
        return None


def _files(root: Path) -> Iterator[Path]:
    for top in sorted(root.iterdir()):
        if top.is_symlink():
            raise ValueError(top)
        if top.is_file():
            yield top
        elif top.name[0] not in "._":
            yield from _inside(top)


def _inside(source: Path) -> Iterator[Path]:
    for path in sorted(source.iterdir()):
        if path.is_symlink() or not path.is_file():
            raise ValueError(path)
        yield path


def _sum(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
