"""Synthetic tables of counts, with their margins, for suppressing and attacking."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

Tree = Mapping[str, str]


def codes_of(tree: Tree) -> tuple[list[str], list[str]]:
    """The parts of a hierarchy, and its wholes from below."""
    wholes = set(tree.values())
    leaves = [code for code in tree if code not in wholes]
    depth = {code: _depth(tree, code) for code in wholes}
    return leaves, sorted(wholes, key=lambda code: (-depth[code], code))


def _depth(tree: Tree, code: str) -> int:
    return 0 if code not in tree else 1 + _depth(tree, tree[code])


def flat(name: str, number: int) -> dict[str, str]:
    """A plain dimension as a hierarchy."""
    return {f"{name}{i}": "total" for i in range(number)}


def with_margins(inner: pl.DataFrame, dims: Mapping[str, Tree], values: str = "n") -> pl.DataFrame:
    """A table of inner cells with the sums of every dimension, worked out row by row."""
    found: dict[tuple[str, ...], Any] = {}
    for row in inner.iter_rows(named=True):
        chains = []
        for name, tree in dims.items():
            chain = [row[name]]
            while chain[-1] in tree:
                chain.append(tree[chain[-1]])
            chains.append(chain)
        for place in itertools.product(*chains):
            found[place] = found.get(place, 0) + row[values]
    rows = [(*place, value) for place, value in found.items()]
    return pl.DataFrame(rows, schema=[*dims, values], orient="row")


def made_up(dims: Mapping[str, Tree], mean: float, seed: int, small: float = 0.0) -> pl.DataFrame:
    """Synthetic counts, skewed as real ones are, with margins; a share ``small`` is between 1 and 4."""
    random = np.random.default_rng(seed)
    places = list(itertools.product(*[codes_of(tree)[0] for tree in dims.values()]))
    counts = random.negative_binomial(1, 1 / (1 + mean), size=len(places)) + (5 if small else 0)
    counts = np.where(random.random(len(places)) < small, random.integers(1, 5, len(places)), counts)
    inner = pl.DataFrame(
        [(*place, int(n)) for place, n in zip(places, counts, strict=True)], schema=[*dims, "n"], orient="row"
    )
    return with_margins(inner, dims)


def grid(rows: Sequence[Sequence[int]]) -> pl.DataFrame:
    """A two-way table with margins, written as it is printed."""
    inner = [(f"r{i}", f"c{j}", n) for i, row in enumerate(rows) for j, n in enumerate(row)]
    dims = {"r": flat("r", len(rows)), "c": flat("c", len(rows[0]))}
    return with_margins(pl.DataFrame(inner, schema=["r", "c", "n"], orient="row"), dims)
