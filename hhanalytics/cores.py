"""How many cores the libraries below take: one for a brief, whose tables are small."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: What polars and numpy's linear algebra read when they are first loaded.
_READ: Final = ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS")


@contextmanager
def one_core() -> Iterator[None]:
    """Let libraries loaded from now on, here and in processes started now, work on one core.

    Handing tables of some hundred rows to threads and waiting for them took a tenth of a brief's processor time. Who
    makes many briefs gives every core a process. A number of cores that is set already stands, and libraries that
    are loaded already keep theirs.

    Example:
        >>> with one_core():
        ...     os.environ["OPENBLAS_NUM_THREADS"].isdigit()
        True
    """
    added = [name for name in _READ if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
