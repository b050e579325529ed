"""What all measures share: any engine's frames in, the same kind out."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from hhanalytics.errors import BadInput

Lazy = nw.LazyFrame[Any]


def lazy(**needed: tuple[Any, tuple[str, ...]]) -> list[Lazy]:
    """The frames as narwhals lazy frames, checked for their columns.

    Args:
        needed: Name of the frame → (frame, columns it must have).

    Raises:
        BadInput: Columns are missing, or the frames are of different libraries.
    """
    frames = []
    kinds = set()
    for name, (native, columns) in needed.items():
        frame = nw.from_native(native)
        found = frame.collect_schema().names()
        missing = [column for column in columns if column not in found]
        if missing:
            raise BadInput.missing_columns(name, missing, found)
        kinds.add(str(frame.implementation.name).lower())
        frames.append(frame.lazy())
    if len(kinds) > 1:
        raise BadInput.mixed_kinds(sorted(kinds))
    return frames


def as_given(result: Lazy, like: Any) -> Any:
    """The result as the kind of frame that was given: eager for eager, lazy for lazy."""
    given = nw.from_native(like)
    if isinstance(given, nw.LazyFrame):
        return result.to_native()
    return result.collect(backend=given.implementation).to_native()


def rows(native: Any) -> list[dict[str, Any]]:
    """The rows of any frame as dicts, nulls as None."""
    frame = nw.from_native(native)
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return [
        {key: None if value != value else value for key, value in row.items()} for row in eager.iter_rows(named=True)
    ]


def from_rows(columns: dict[str, list[Any]], schema: dict[str, Any], like: Any) -> Any:
    """A frame of the kind given, from columns."""
    given = nw.from_native(like)
    pandas = given.implementation.is_pandas()
    types = {name: nw.Datetime("us") if pandas and kind == nw.Date else kind for name, kind in schema.items()}
    if isinstance(given, nw.LazyFrame):
        backend: Any = "polars" if given.implementation.is_polars() else "pyarrow"
        return nw.from_dict(columns, types, backend=backend).lazy().to_native()
    return nw.from_dict(columns, types, backend=given.implementation).to_native()
