"""What all measures share: any engine's frames in, the same kind out."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import polars as pl

from hhanalytics.declared import DECLARED
from hhanalytics.errors import BadInput

Lazy = nw.LazyFrame[Any]


def lazy(**needed: tuple[Any, tuple[str, ...]]) -> list[Lazy]:
    """The frames as narwhals lazy frames of one engine, checked for their columns.

    Frames in memory other than polars are computed on polars: pandas knows several kinds of "nothing",
    of which some make a comparison false and others make it unknown. Beside frames of DuckDB or Spark, those in
    memory are sent there: nothing large leaves its engine.

    Args:
        needed: Name of the frame → (frame, columns it must have).

    Raises:
        BadInput: Something that is no frame, missing columns, or frames of different libraries.
    """
    frames: list[Lazy] = []
    kinds = set()
    engines: dict[str, Lazy] = {}
    for name, (native, columns) in needed.items():
        try:
            frame = nw.from_native(native)
        except TypeError:
            found = type(native).__name__
            raise BadInput.of("no_frame", name, found, "a frame of polars or pandas", f"Give {name}.") from None
        names = frame.collect_schema().names()
        missing = [column for column in columns if column not in names]
        if missing:
            raise BadInput.missing_columns(name, missing, names)
        kind = str(frame.implementation.name).lower()
        kinds.add(kind)
        typed = _typed(_on_polars(frame) if isinstance(frame, nw.DataFrame) else frame, columns)
        if not typed.implementation.is_polars():
            engines.setdefault(kind, typed)
        frames.append(typed)
    if len(engines) > 1 or (len(kinds) > 1 and not engines):
        raise BadInput.mixed_kinds(sorted(engines if len(engines) > 1 else kinds))
    for engine in engines.values():
        return [sent(frame, engine) if frame.implementation.is_polars() else frame for frame in frames]
    return frames


def sent(frame: Lazy, engine: Lazy) -> Lazy:
    """A polars frame as one of the engine of another, on the same connection or session."""
    there: Any = engine.to_native()
    plain = frame.with_columns(nw.col(name).cast(_everywhere(kind)) for name, kind in frame.collect_schema().items())
    given = plain.collect(backend="polars").to_arrow()
    if engine.implementation.is_duckdb():
        # The engine finds the table by the name of the variable; the other name stands for the frame asked.
        found: Any = there.query("frame_asked", "SELECT * FROM given")
    else:
        from pyspark.sql.pandas.types import from_arrow_schema

        # Without a schema, a table without rows would be refused by a session elsewhere.
        found = there.sparkSession.createDataFrame(given, from_arrow_schema(given.schema))
    made: Lazy = nw.from_native(found)
    return made


def _everywhere(kind: Any) -> Any:
    """A type that every engine has: some lack one for nothing, categories, numbers without sign, finer times."""
    if kind == nw.Unknown or isinstance(kind, nw.Categorical | nw.Enum):
        return nw.String
    if isinstance(kind, nw.Datetime):
        return nw.Datetime("us")
    return nw.Int64 if kind.is_unsigned_integer() else kind


def _on_polars(frame: nw.DataFrame[Any]) -> Lazy:
    """A frame in memory as a lazy polars one; whole numbers that pandas kept as floats are whole again."""
    if not frame.implementation.is_pandas_like():
        return frame.lazy(backend="polars")
    native = frame.to_native()
    # Times and truths say what they are even where there are none.
    typed = set(native.select_dtypes(["datetime", "bool", "boolean"]).columns)
    empty = [name for name in native.columns[native.isna().all()] if name in DECLARED and name not in typed]
    floats = [name for name in native.select_dtypes("float").columns if DECLARED.get(name) == nw.Int64]
    whole = [name for name in floats if not ((native[name] % 1) > 0).any()]
    types = {name: nw.Datetime("us") if DECLARED[name] == nw.Date else DECLARED[name] for name in empty}
    types |= dict.fromkeys(whole, nw.Int64)
    return frame.lazy(backend="polars").with_columns(nw.col(name).cast(dtype) for name, dtype in types.items())


def _typed(frame: Lazy, columns: tuple[str, ...]) -> Lazy:
    """The frame with columns of a kindred type in their declared one, so that frames can be joined.

    These are columns that hold nothing at all and so have no type, categories, and shorter whole numbers.
    """
    schema = frame.collect_schema()
    types = {
        name: DECLARED[name]
        for name in columns
        if name in DECLARED
        and schema[name] != DECLARED[name]
        and (
            schema[name] == nw.Unknown
            or (DECLARED[name] == nw.Int64 and schema[name].is_integer())
            or (DECLARED[name] == nw.String and isinstance(schema[name], nw.Categorical | nw.Enum))
        )
    }
    return frame.with_columns(nw.col(name).cast(dtype) for name, dtype in types.items()) if types else frame


def as_given(result: Lazy, like: Any) -> Any:
    """The result as the kind of frame that was given: eager for eager, lazy for lazy; on an engine it stays there.

    In pandas, whole numbers come as ``Int64`` and truths as ``boolean``, which can hold "nothing", so that
    kroner stay whole where some are missing.
    """
    given = nw.from_native(like)
    if not result.implementation.is_polars():
        return _whole(result).to_native()
    if isinstance(given, nw.LazyFrame):
        return result.to_native()
    if given.implementation.is_pandas():
        return _to_pandas(result.collect().to_native())
    return result.collect(backend=given.implementation).to_native()


def _whole(frame: Lazy) -> Lazy:
    """Sums and counts have a type of their own in every engine; here they are whole numbers as any other."""
    kinds = frame.collect_schema().items()
    others = [name for name, dtype in kinds if dtype.is_integer() and dtype != nw.Int64]
    return frame.with_columns(nw.col(others).cast(nw.Int64)) if others else frame


def _to_pandas(frame: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return frame.to_pandas(types_mapper=kinds.get)


def rows(native: Any) -> list[dict[str, Any]]:
    """The rows of any frame as dicts, nulls as None."""
    frame = nw.from_native(native)
    if isinstance(frame, nw.DataFrame):
        frame = _on_polars(frame)
    return list(frame.collect().iter_rows(named=True))


def from_rows(columns: dict[str, list[Any]], schema: dict[str, Any], like: Any) -> Any:
    """A frame of the kind given, from columns."""
    given = nw.from_native(like)
    if given.implementation.is_pandas():
        # Pandas has no dates, only times.
        types = {name: nw.Datetime("us") if kind == nw.Date else kind for name, kind in schema.items()}
        return _to_pandas(nw.from_dict(columns, types, backend="polars").to_native())
    if isinstance(given, nw.LazyFrame):
        made: Lazy = nw.from_dict(columns, schema, backend="polars").lazy()
        return (made if given.implementation.is_polars() else sent(made, given)).to_native()
    return nw.from_dict(columns, schema, backend=given.implementation).to_native()


def once(part: Lazy, like: Any) -> Lazy:
    """A part that is used several times: computed at once where the frames given are in memory, or on DuckDB.

    A relation of DuckDB is a query and no result: used several times, it would read its files as often. Spark finds
    what is the same in a plan by itself.
    """
    if part.implementation.is_duckdb():
        return sent(_whole(part).collect(backend="polars").lazy(), part)
    return part if isinstance(nw.from_native(like), nw.LazyFrame) else part.collect().lazy()


def pandas_of(frame: pl.DataFrame) -> Any:
    """A polars frame as one of pandas, as `as_given` would: whole numbers that can hold gaps, dates as times."""
    return _to_pandas(frame.with_columns(pl.selectors.date().cast(pl.Datetime("us"))))


def polars_of(native: Any, **needed: tuple[str, ...]) -> pl.DataFrame:
    """Any frame, checked for its columns, as an eager polars one: for measures that are not lazy.

    Args:
        native: The frame.
        needed: One name for it in errors → the columns it must have.
    """
    ((name, columns),) = needed.items()
    (frame,) = lazy(**{name: (native, columns)})
    collected = frame.collect(backend="polars")
    found: pl.DataFrame = collected.to_native()
    return found
