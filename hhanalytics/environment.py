"""Settings that libraries take from the environment only: set for a while, and only where nobody has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


@contextmanager
def unless_set(**variables: str) -> Iterator[None]:
    """Set variables of the environment for as long as the block runs; one that is set already stays as it is.

    Args:
        **variables: Variable → what it is within the block.

    Example:
        >>> with unless_set(HH_EXAMPLE="1"):
        ...     os.environ["HH_EXAMPLE"]
        '1'
        >>> "HH_EXAMPLE" in os.environ
        False
    """
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def one_core() -> AbstractContextManager[None]:
    """Let polars and numpy's linear algebra work on one core, where they are first loaded from now on.

    Processes started now do so, too. Handing tables of some hundred rows to threads and waiting for them took a tenth
    of a brief's processor time; who makes many briefs gives every core a process.

    Example:
        >>> with one_core():
        ...     os.environ["OPENBLAS_NUM_THREADS"].isdigit()
        True
    """
    return unless_set(POLARS_MAX_THREADS="1", OPENBLAS_NUM_THREADS="1")
