"""JupyterLab, opened where the notebooks are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hhanalytics.errors import BadInput

#: The notebooks for analysts; those of the briefs are no place to try things in.
EXPLORE: Final = "explore_*.ipynb"


def executable() -> str:
    """JupyterLab's own command: beside this Python, else on the path.

    Raises:
        BadInput: It is not installed.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("jupyter-lab", path=str(beside)) or shutil.which("jupyter-lab")
    if found is None:
        mend = "Install it: pip install jupyterlab great-tables, or in a copy of the project: uv sync --group lab."
        raise BadInput.of("not_installed", "lab", "no JupyterLab", "JupyterLab", mend)
    return found


def prepared(folder: str) -> bool:
    """Make sure that the folder is there: where it is not, the notebooks for analysts are copied to it.

    Args:
        folder: Where the notebooks are to be.

    Returns:
        Whether they were copied.

    Raises:
        BadInput: Something stands there that is no folder.
    """
    from hhanalytics.briefs.run import own_notebooks
    from hhanalytics.exports.files import write_new_folder

    if Path(folder).is_dir():
        return False
    write_new_folder(folder, {path.name: path.read_bytes() for path in sorted(own_notebooks().glob(EXPLORE))})
    return True


def opened(command: str, folder: str, more: Sequence[str]) -> int:
    """Run JupyterLab in a folder until it is closed.

    Args:
        command: What `executable` found.
        folder: Where it opens.
        more: What else JupyterLab is told, such as ``--no-browser``.

    Returns:
        The exit code.
    """
    with subprocess.Popen([command, *more], cwd=folder) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                # JupyterLab gets Ctrl-C too, and asks whether it is meant.
                continue
