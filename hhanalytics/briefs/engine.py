"""Papermill's own kernel engine, telling how far it has come."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

#: Name under which papermill knows the engine.
NAME = "hhanalytics"


class BriefEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook in a kernel of this very Python and reports each finished cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, on_cell: Callable[[int, int], None] | None = None, **options: Any
    ) -> Any:
        """Run the notebook; ``on_cell`` gets the number of finished cells and of all."""
        total = sum(cell.cell_type == "code" for cell in nb_man.nb.cells)
        done = 0
        complete = nb_man.cell_complete

        def count(cell: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal done
            done += cell.cell_type == "code"
            if on_cell:
                on_cell(done, total)
            return complete(cell, *args, **kwargs)

        nb_man.cell_complete = count
        with _own_kernel():
            return super().execute_managed_notebook(nb_man, kernel_name, **options)


@contextmanager
def _own_kernel() -> Iterator[None]:
    """Let this environment's kernel come before others of the same name, such as one in the home folder."""
    before = os.environ.get("JUPYTER_PATH")
    own = str(Path(sys.prefix) / "share" / "jupyter")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [own, before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["JUPYTER_PATH"]
        else:
            os.environ["JUPYTER_PATH"] = before


papermill_engines.register(NAME, BriefEngine)
