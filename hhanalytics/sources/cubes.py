"""What JSON-stat holds: datasets with dimensions and cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from hhanalytics.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Dimension:
    """One dimension of a cube.

    Attributes:
        id: Its id.
        label: What it is called.
        codes: Codes of its categories, in order.
        labels: Their labels, in the same order.
        role: ``time``, ``geo``, ``metric`` or empty.
        units: Code → unit as stated, where it is a metric.
    """

    id: str
    label: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    role: str = ""
    units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Cube:
    """One dataset.

    Attributes:
        name: Its name in the response.
        label: Its title.
        source: Who made it.
        updated: When it was last changed, as stated.
        dimensions: Its dimensions, in order.
        frame: One row per cell: for each dimension its code and, as ``<id>_label``, its label; then ``value`` and
            ``status``.
        notes: Notes as stated.
    """

    name: str
    label: str
    source: str
    updated: str
    dimensions: tuple[Dimension, ...]
    frame: pl.DataFrame
    notes: tuple[str, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """The cells as a pandas frame; whole numbers as ``Int64``, which can hold gaps."""
        import pandas as pd
        import pyarrow as pa

        return self.frame.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)


@dataclass(frozen=True, eq=False)
class JsonStat:
    """What a response holds.

    Attributes:
        cubes: The datasets by name, in order.
        links: Addresses of datasets that a collection only points to.
    """

    cubes: Mapping[str, Cube]
    links: tuple[str, ...] = ()

    @property
    def cube(self) -> Cube:
        """The only dataset.

        Raises:
            BadInput: There are none or several.
        """
        if len(self.cubes) != 1:
            names = ", ".join(self.cubes) or "none"
            raise BadInput.of("not_one_dataset", "JSON-stat", f"the datasets {names}", "one", "Choose from .cubes.")
        return next(iter(self.cubes.values()))

    @property
    def frame(self) -> pl.DataFrame:
        """The cells of the only dataset."""
        return self.cube.frame
