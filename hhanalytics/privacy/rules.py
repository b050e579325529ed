"""Which cells are told too much by themselves: too few persons, or one contributor who can be worked out."""

from __future__ import annotations

import numpy as np

from hhanalytics.methods import constant
from hhanalytics.privacy.cells import Array


def too_few(counts: Array, threshold: float, *, zeros_known: bool) -> Array:
    """Counts below the threshold; zeros are among them unless every reader knows them.

    Example:
        >>> too_few(np.array([0, 1, 4, 5]), 5, zeros_known=False).tolist()
        [True, True, True, False]
    """
    return np.asarray((counts < threshold) & ((counts > 0) | (not zeros_known)))


def dominated(total: Array, largest: Array, second: Array | None, share: float | None = None) -> Array:
    """Amounts of which one contributor has more than the share, or two have where the second is known.

    Source:
        Share ``dominance_one`` and ``dominance_two`` in ``methods.toml``.

    Example:
        >>> dominated(np.array([100.0, 100.0]), np.array([81.0, 40.0]), None).tolist()
        [True, False]
    """
    one = largest > (constant("dominance_one") if share is None else share) * total
    if second is None:
        return np.asarray(one)
    return np.asarray(one | (largest + second > constant("dominance_two") * total))


def within_percent(total: Array, largest: Array, second: Array) -> Array:
    """Amounts from which the second largest contributor can tell the largest to within ``p_percent``.

    Source:
        ``p_percent`` in ``methods.toml``.

    Example:
        >>> within_percent(np.array([100.0, 100.0]), np.array([60.0, 50.0]), np.array([36.0, 20.0])).tolist()
        [True, False]
    """
    return np.asarray(total - largest - second < constant("p_percent") * largest)
