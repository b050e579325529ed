"""Settings that a library takes from the environment only: set for a while, and only where nobody has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unless_set(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment for as long as the block runs; one that is set already stays as it is.

    Args:
        name: The variable.
        value: What it is within the block.

    Example:
        >>> with unless_set("HH_EXAMPLE", "1"):
        ...     os.environ["HH_EXAMPLE"]
        '1'
        >>> "HH_EXAMPLE" in os.environ
        False
    """
    is_set = name in os.environ
    os.environ.setdefault(name, value)
    try:
        yield
    finally:
        if not is_set:
            os.environ.pop(name, None)
