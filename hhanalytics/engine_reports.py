"""A measure computed on an engine from files, for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import narwhals as nw
import polars as pl

from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.reports import takes

#: The measures that run on every engine.
MEASURES: Final = ("programme_costs", "cost_per_participant", "gain", "municipality_costs", "like_for_like")


def measured_on(
    engine: str,
    folder: str,
    measure: str,
    *,
    year: int | None,
    charges: str,
    options: Mapping[str, str],
    privacy: str,
) -> pl.DataFrame:
    """A measure computed on an engine from the files of a saved Dataset; in public behind the privacy gate.

    Only the result comes into memory. In public the tables do, too, since the gate looks at the rows below a figure:
    the folder is then a saved Dataset, whose files are as its manifest says.

    Raises:
        UnknownName: No such measure, year, unit or budget, or an option that the measure does not take.
        BadInput: The engine or tables are missing; charges are to be corrected, or the gate has nothing to look at.
    """
    from hhanalytics.measures.catalogue import MEASURES as ALL
    from hhanalytics.sources.processed import MANIFEST
    from hhanalytics.sources.scans import little_read_ahead, scanned

    if measure not in MEASURES:
        raise UnknownName.of("measure on an engine" if measure in ALL else "measure", measure, MEASURES)
    takes(measure, options)
    if charges != "printed":
        raise BadInput.of("bad_option", "--charges", charges, "printed with --engine", "Leave --engine out.")
    public = privacy != "internal"
    if public and not (Path(folder) / MANIFEST).is_file():
        mend = "Give such a folder, or --privacy internal where nobody else sees the result."
        raise BadInput.of("not_a_dataset", folder, f"no {MANIFEST}", "a saved Dataset, for the privacy gate", mend)
    tables = scanned(folder, engine)
    with little_read_ahead():
        _known("unit", options.get("by"), tables.activities, ("inhabitants",))
        _known("budget", options.get("budget"), tables.budgets)
        found = _polars(ALL[measure](tables, **options))
    if year is not None:
        if year not in (years := found["year"].unique().to_list()):
            raise UnknownName.of("year", year, years)
        found = found.filter(pl.col("year") == year)
    return _gated(measure, found, folder) if public else found


def _polars(native: Any) -> pl.DataFrame:
    frame: Any = nw.from_native(native)
    collected = frame.collect(backend="polars") if isinstance(frame, nw.LazyFrame) else frame
    found: pl.DataFrame = collected.to_polars()
    # Pandas has no dates, only times.
    return found.with_columns(pl.selectors.datetime().cast(pl.Date))


def _known(kind: str, name: str | None, table: Any, more: tuple[str, ...] = ()) -> None:
    """Refuse a name that stands in no row: the measure would only say that it is missing."""
    if name is None or name in more:
        return
    names = _polars(nw.from_native(table).select(kind).unique().to_native())[kind].drop_nulls().to_list()
    if name not in names:
        raise UnknownName.of(kind, name, [*names, *more])


def _gated(measure: str, found: pl.DataFrame, folder: str) -> pl.DataFrame:
    from hhanalytics.dataset import load
    from hhanalytics.exports.fields import WITHHELD
    from hhanalytics.exports.gated import gated_measure
    from hhanalytics.privacy.planning import gate_of

    dataset = load(folder)
    shown = gated_measure(measure, found, dataset, gate_of(dataset))
    return shown.drop(WITHHELD) if WITHHELD in shown.columns and shown[WITHHELD].is_null().all() else shown
