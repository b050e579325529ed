"""Other ways than suppressing: grouping small codes ("øvrige kommuner"), and rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np

from hhanalytics.errors import BadInput
from hhanalytics.methods import constant
from hhanalytics.privacy.cells import TOTAL, code_of, rows_of


def group(table: Any, *, values: str, dims: Sequence[str], over: str, threshold: int | None = None,
          name: str = "other") -> Any:  # fmt: skip
    """A table of inner cells in which the codes with small numbers are one code: "øvrige kommuner".

    Offered where suppression would empty a table: a few groups that can be shown say more than many
    municipalities that cannot.

    Args:
        table: A frame of polars or pandas with a row per inner cell; rows of totals are left out.
        values: Name of the column of counts.
        dims: Names of the dimensions.
        over: The dimension whose codes are grouped.
        threshold: Counts below it are small; None: ``small_number`` of ``methods.toml``.
        name: What the group is called.

    Returns:
        The same kind of frame with the dimensions and the values, sorted. Codes join the group, those with
        the smallest count first, until no count in it is small, or nothing is left to join.

    Raises:
        BadInput: The group's name is a code already.

    Example:
        >>> import polars as pl
        >>> table = pl.DataFrame({"municipality": ["aal", "flaa", "gol"], "users": [20, 2, 9]})
        >>> group(table, values="users", dims=["municipality"], over="municipality").rows()
        [('aal', 20), ('other', 11)]
    """
    limit = constant("small_number") if threshold is None else threshold
    rows = rows_of(table, [*dims, values])
    coded = {each: [code_of(v) for v in rows[each]] for each in dims}
    if name in coded[over]:
        raise BadInput.of("double_row", f"The group of {over}", repr(name), "a name that is no code", "Choose another.")
    inner = [i for i in range(len(rows[values])) if all(coded[each][i] != TOTAL for each in dims)]
    at = list(dims).index(over)
    cells = {tuple(coded[each][i] for each in dims): int(rows[values][i]) for i in inner}
    size: dict[str, int] = {}
    for place, count in cells.items():
        size[place[at]] = size.get(place[at], 0) + count
    joined = {place[at] for place, count in cells.items() if count < limit}
    queue = [code for code in sorted(size, key=lambda c: (size[c], c)) if code not in joined]

    def grouped() -> dict[tuple[str, ...], int]:
        out: dict[tuple[str, ...], int] = {}
        for place, count in cells.items():
            key = (*place[:at], name if place[at] in joined else place[at], *place[at + 1 :])
            out[key] = out.get(key, 0) + count
        return out

    found = grouped()
    # One code alone in the group would be shown under another name.
    while queue and joined and (len(joined) == 1 or any(n < limit for p, n in found.items() if p[at] == name)):
        joined.add(queue.pop(0))
        found = grouped()
    order = sorted(found, key=lambda p: (*p[:at], p[at] == name, *p[at:]))
    columns = {each: [place[i] for place in order] for i, each in enumerate(dims)}
    backend = nw.from_native(table).implementation
    made = nw.from_dict({**columns, values: [found[place] for place in order]}, backend=backend)
    return made.to_native()


def rounded(table: Any, *, values: str, base: int = 3, seed: int = 0) -> Any:
    """A table with every count rounded to a multiple of a base, up or down by chance.

    Each value, margins too, is rounded by itself, to the multiple below or above it, the nearer the likelier,
    so that on average nothing is gained or lost. Sums then hold only nearly. Attack the result with
    ``audit(…, rounded=base)``: where a value can still be told, take another seed.

    Args:
        table: A frame of polars or pandas.
        values: Name of the column of counts.
        base: 3 or 5.
        seed: Chance is the same for the same seed.

    Returns:
        The same kind of frame.

    Raises:
        BadInput: Another base, or values that are no counts.

    Source:
        Statistics Norway rounds small counts to multiples of three as an alternative to suppression.

    Example:
        >>> import polars as pl
        >>> rounded(pl.DataFrame({"users": [0, 1, 3, 10]}), values="users")["users"].to_list()
        [0, 3, 3, 12]
    """
    if base not in (3, 5):
        raise BadInput.of("bad_base", "The base of rounding", base, "3 or 5", "Choose one of them.")
    found = rows_of(table, [values])[values]
    if any(value is None or value < 0 or value != int(value) for value in found):
        raise BadInput.of("bad_values", "The column of values", "something else", "counts", "Mend the rows.")
    counts = np.array(found, dtype=np.int64)
    rest = counts % base
    chance = np.random.default_rng(np.random.SeedSequence(seed)).random(len(counts))
    out = counts - rest + np.where(chance < rest / base, base, 0)
    frame = nw.from_native(table)
    lazy = isinstance(frame, nw.LazyFrame)
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    column = nw.new_series(values, out.tolist(), nw.Int64(), backend=eager.implementation)
    done = eager.with_columns(column)
    return done.lazy().to_native() if lazy else done.to_native()
