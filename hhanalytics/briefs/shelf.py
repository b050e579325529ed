"""Where finished briefs stand: a folder each, put there whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hhanalytics.errors import BadInput
from hhanalytics.placing import placed

#: The files of a brief.
FILES: Final = ("brief.html", "brief.pdf", "notebook.ipynb", "manifest.json")
#: Files that some kinds of brief have as well: the page to think with.
MORE_FILES: Final = ("explore.html",)


def files_in(folder: Path) -> list[str]:
    """The files of a finished brief, in the order in which they are named."""
    return [name for name in (*FILES, *MORE_FILES) if name in FILES or (folder / name).is_file()]


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
    foreign = sorted(path.name for path in found if path.name not in (*FILES, *MORE_FILES) and path.name[0] != ".")
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
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     placed = put({"brief.html": b"<!DOCTYPE html>"}, "hof-2025-nb", Path(folder))
        ...     [path.name for path in placed.iterdir()]
        ['brief.html']
    """
    target = out / name
    with placed(target, lambda: check_place(target)) as made:
        made.mkdir()
        for file, content in files.items():
            (made / file).write_bytes(content)
    return target
