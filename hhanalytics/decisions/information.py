"""What it is worth to know more before choosing: of everything, of one figure, of a sample; and how sure a choice is.

``values`` are what each alternative gives in each draw: an array of draws × alternatives. Of several
alternatives the one that gives most on average is chosen; knowing more is worth what it lets us gain by
choosing differently where that is better. What cannot change the choice is worth nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from hhanalytics.decisions.draws import SEED, checked, mean_of
from hhanalytics.decisions.spreads import Array
from hhanalytics.errors import BadInput

#: At most so many bins, each with so many draws, when draws are sorted by a figure.
BINS: Final = 200
IN_BIN: Final = 500


def evpi(values: Any) -> float:
    """What it is worth to know everything before choosing.

    Args:
        values: Draws × alternatives, what each alternative gives.

    Returns:
        Mean of the best in each draw, minus the best mean; never below zero, and zero for one alternative.

    Raises:
        BadInput: No such array, or a value that is no finite number.

    Source:
        Raiffa and Schlaifer, Applied Statistical Decision Theory (1961).

    Example:
        >>> import numpy as np
        >>> evpi(np.array([[0.0, 10.0], [0.0, -10.0]]))
        5.0
    """
    return _evpi(_alternatives(values))


def _evpi(alternatives: Array) -> float:
    best = mean_of(alternatives.max(axis=0))
    return max(best - max(mean_of(values) for values in alternatives), 0.0)


def _alternatives(values: Any) -> Array:
    """The values as alternatives × draws, each alternative in one piece of memory."""
    return np.ascontiguousarray(_table(values).T)


def evppi(values: Any, parameter: Any) -> float:
    """What it is worth to know one figure before choosing.

    Draws are sorted by the figure and cut into bins of equal size; in each, the alternative is chosen that
    is best there. That follows any dependence, bent ones too, where a straight line would see nothing.
    Half of a bin chooses and the other half is counted, and the other way round: so chance differences
    inside a bin do not look like knowledge. A figure with few values has a bin for each.

    Args:
        values: Draws × alternatives.
        parameter: The draws of the figure, one per draw.

    Returns:
        Its worth, from zero to that of knowing everything.

    Raises:
        BadInput: Arrays that do not fit each other, or a value that is no finite number.

    Source:
        Strong and Oakley, Medical Decision Making 33 (2013), with bins halved against chance.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 10_001)
        >>> bent = np.column_stack([np.zeros_like(x), x**2 - 1 / 3])
        >>> abs(evppi(bent, x) - 2 / 9 / 3**0.5) < 0.001
        True
    """
    table = _alternatives(values)
    figure = np.asarray(parameter, float)
    if figure.shape != table.shape[1:]:
        found = f"a parameter of shape {figure.shape} for {table.shape[1]} draws"
        raise BadInput.of("bad_values", "evppi", found, "one number per draw", "Give the draws of one figure.")
    if not np.isfinite(figure).all():
        raise BadInput.of(
            "not_a_number", "parameter", "nan or inf", "finite numbers", "Leave out the draws, or fill them."
        )
    if len(table) == 1 or figure.min() == figure.max():
        return 0.0
    # Against the alternative that is best as things stand: what the others would add.
    best = max(range(len(table)), key=lambda number: mean_of(table[number]))
    added = [table[number] - table[best] for number in range(len(table)) if number != best]
    order = np.argsort(figure)
    starts = _starts(figure[order])
    if len(starts) == 1:
        return 0.0
    sums, halves = [], []
    for half in (0, 1):
        # Sorted draws at even places, and those at odd places: where each bin begins among them, and how many it has.
        first = -(-(starts - half) // 2)
        drawn = order[half::2]
        sums.append(np.stack([np.add.reduceat(each[drawn], first) for each in added], axis=1))
        halves.append(np.diff([*first, len(drawn)])[:, None])
    gained = 0.0
    for mine, other in ((0, 1), (1, 0)):
        judged = sums[other] / halves[other]
        choice = judged.argmax(axis=1)[:, None]
        picked, promised = (np.take_along_axis(each, choice, axis=1) for each in (sums[mine], judged))
        worth = np.where(promised > 0, picked, 0.0)
        gained += float(worth.sum())
    return min(max(gained / len(order), 0.0), _evpi(table))


def _starts(figure: Array) -> Any:
    """Where each bin of sorted draws begins: at each value where there are few, else at equal distances."""
    bins = int(min(BINS, max(len(figure) // IN_BIN, 2)))
    steps = np.flatnonzero(np.diff(figure)) + 1
    starts = np.concatenate([[0], steps]) if len(steps) < bins else np.arange(bins) * len(figure) // bins
    # A bin needs two draws, one to choose by and one to count; a smaller one is joined to its neighbour.
    wide = np.diff([*starts, len(figure)]) > 1
    return starts[wide] if wide[0] else np.unique(np.concatenate([[0], starts[wide][1:]]))


def evsi(values: Any, parameter: Any, size: int, *, spread: float, seed: int = SEED) -> float:
    """What a sample is worth: a figure measured on so many, before choosing.

    Args:
        values: Draws × alternatives.
        parameter: The draws of the figure.
        size: How many are measured.
        spread: Standard deviation of one measurement around the figure.
        seed: Same seed, same sample.

    Returns:
        Its worth: below that of knowing the figure itself, and the nearer to it the larger the sample.

    Raises:
        BadInput: As `evppi`; a sample of less than one, or a spread below zero.

    Source:
        The mean of the sample holds all it tells of the figure; Strong et al., Medical Decision Making 35 (2015).

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(1).normal(size=20_000)
        >>> choice = np.column_stack([np.zeros_like(x), x])
        >>> evsi(choice, x, 1, spread=1.0) < evsi(choice, x, 100, spread=1.0) <= evpi(choice)
        True
    """
    checked(max(size, 0), seed)
    if not spread >= 0:
        raise BadInput.of("bad_spread", "spread", spread, "zero or more", "Give the spread of one measurement.")
    figure = np.asarray(parameter, float)
    noise = np.random.default_rng(np.random.SeedSequence(seed)).standard_normal(figure.shape)
    return evppi(values, figure + noise * (spread / size**0.5))


def acceptability(costs: Any, benefits: Any, worths: Any) -> Array:
    """How often each alternative is best, over what one unit of benefit may be worth.

    Args:
        costs: Draws × alternatives, in kroner.
        benefits: Draws × alternatives, in units.
        worths: What a unit may be worth, in kroner; a price, or a judgement.

    Returns:
        Worths × alternatives: the share of draws in which benefit × worth − cost is largest. Rows sum to one;
        alternatives that are equally good share the draw.

    Raises:
        BadInput: Arrays that do not fit each other, or a value that is no finite number.

    Source:
        Van Hout et al., Health Economics 3 (1994).

    Example:
        >>> import numpy as np
        >>> acceptability(np.array([[900.0, 0.0], [1100.0, 0.0]]), np.array([[1.0, 0.0]] * 2), [800, 1000]).tolist()
        [[0.0, 1.0], [0.5, 0.5]]
    """
    spent, gained = _table(costs), _table(benefits)
    grid = np.atleast_1d(np.asarray(worths, float))
    if spent.shape != gained.shape or grid.ndim != 1 or not np.isfinite(grid).all():
        found = f"costs {spent.shape}, benefits {gained.shape}, worths {grid.shape}"
        raise BadInput.of("bad_values", "acceptability", found, "arrays that fit", "Give one cost and benefit each.")
    return np.array([_shares_of_best(gained * worth - spent) for worth in grid])


def _shares_of_best(table: Array) -> Array:
    best = table == table.max(axis=1, keepdims=True)
    found: Array = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return found


def _table(values: Any) -> Array:
    """The values as draws × alternatives, each a finite number."""
    try:
        table = np.asarray(values, float)
    except (TypeError, ValueError):
        raise BadInput.of(
            "bad_values", "values", type(values).__name__, "draws × alternatives", "Give an array of numbers."
        ) from None
    if table.ndim != 2 or 0 in table.shape:
        raise BadInput.of(
            "bad_values", "values", f"an array of shape {table.shape}", "draws × alternatives",
            "Give a row per draw and a column per alternative.",
        )  # fmt: skip
    if not np.isfinite(table).all():
        number = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise BadInput.of(
            "not_a_number", "values", f"nan or inf, first in draw {number}", "finite numbers",
            "Leave out an alternative whose value is not known, or give its range.",
        )  # fmt: skip
    return table
