"""Who shares what with whom: the data of one collaboration, taken out of data that hold several.

Municipalities belong together where they are charged for, or are members of, the same pool, or of pools that pay for the
same programme. What a brief says to a municipality concerns those; with many collaborations in one folder nothing
that is worked out for one of them grows with the number of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import polars as pl

from hhanalytics.dataset import Dataset

#: Columns that name what may be shared; rows that name two of them tie the two together.
SHARED: Final = ("municipality", "pool", "programme")
#: Tables that are about everybody: what they say of one collaboration alone cannot be compared with what they say of all.
OF_ALL: Final = ("welfare_tech",)


@lru_cache(maxsize=8)
def collaborations(dataset: Dataset) -> Mapping[tuple[str, str], int]:
    """What belongs to which collaboration: column and id → the number of the collaboration.

    One pass over every table, whatever the number of municipalities.

    Args:
        dataset: The Dataset.

    Returns:
        Municipalities, pools and programmes; those that nobody who is in a pool has to do with are left out.

    Example:
        >>> import hhanalytics as hh
        >>> sorted(set(collaborations(hh.load("data/raw")).values()))
        [0]
    """
    above: dict[tuple[str, str], tuple[str, str]] = {}

    def top(node: tuple[str, str]) -> tuple[str, str]:
        path = []
        while (upper := above.setdefault(node, node)) != node:
            path.append(node)
            node = upper
        above.update(dict.fromkeys(path, node))
        return node

    for table in dataset.tables.values():
        columns = [name for name in SHARED if name in table.columns]
        if len(columns) < 2:
            continue
        for row in table.select(columns).unique(maintain_order=True).iter_rows():
            nodes = [node for node in zip(columns, row, strict=True) if node[1] is not None]
            for other in nodes[1:]:
                above[top(other)] = top(nodes[0])
    used = {top(node) for node in above if node[0] == "pool"} & {
        top(node) for node in above if node[0] == "municipality"
    }
    numbers: dict[tuple[str, str], int] = {}
    return {node: numbers.setdefault(top(node), len(numbers)) for node in sorted(above) if top(node) in used}


def number_of(dataset: Dataset, municipality: str) -> int:
    """The number of a municipality's collaboration; −1 where it is in none.

    Example:
        >>> import hhanalytics as hh
        >>> number_of(hh.load("data/raw"), "gol"), number_of(hh.load("data/raw"), "nowhere")
        (0, -1)
    """
    return collaborations(dataset).get(("municipality", municipality), -1)


@lru_cache(maxsize=4)
def of_collaboration(dataset: Dataset, number: int) -> Dataset:
    """The Dataset without the rows that name a municipality, pool or programme of another collaboration.

    Args:
        dataset: The Dataset.
        number: Which collaboration, as in `collaborations`.

    Returns:
        The Dataset; the very same one where it holds no other collaboration. What belongs to nobody in particular
        stays, and so does what `OF_ALL` names.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> of_collaboration(data, 0) is data
        True
    """
    belongs = collaborations(dataset)
    if number not in belongs.values() or set(belongs.values()) == {number}:
        return dataset
    tables: dict[str, Any] = {}
    for name, table in dataset.tables.items():
        columns = [column for column in SHARED if column in table.columns]
        if not columns or name in OF_ALL:
            continue
        foreign = [
            pl.col(column).is_in([id for (kind, id), own in belongs.items() if kind == column and own != number])
            for column in columns
        ]
        tables[name] = table.filter(~pl.any_horizontal(each.fill_null(value=False) for each in foreign))
    return dataset.replace(**tables)
