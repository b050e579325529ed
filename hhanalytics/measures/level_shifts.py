"""Level shifts: when a series steps to another level, how sure that is, and whether it steps back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import narwhals as nw
import numpy as np
import polars as pl

from hhanalytics.errors import BadInput
from hhanalytics.measures.frames import from_rows, polars_of
from hhanalytics.measures.step_noise import (
    chance_of,
    in_proportion,
    largest_in_noise,
    length_of,
    share_as_large,
    usual_steps,
)
from hhanalytics.methods import constant

#: What the result holds, besides the columns that name series and date.
COLUMNS: Final[dict[str, Any]] = {
    "kind": nw.String,
    "step": nw.Float64,
    "before": nw.Float64,
    "after": nw.Float64,
    "usual_step": nw.Float64,
    "months_before": nw.Int64,
    "months_after": nw.Int64,
    "chance": nw.Float64,
    "sureness": nw.String,
    "reverses": nw.Date,
}
FEWEST_TOGETHER: Final = 3


def level_shifts(
    series: Any,
    *,
    name: str = "technology",
    date: str = "month",
    value: str = "units",
    level: float | None = None,
    counts: bool = False,
) -> Any:
    """Steps to another level, in single series and in all at once.

    A step is the change from one month to the next; next to a missing month there is none. It is put in
    proportion to the usual step of its series, and compared with the largest that occur in noise without any
    shift: white, autocorrelated and seasonal, of the same length. The noise with the most false alarms
    decides. A step that comes back in the same calendar month of the other years is season, not shift.

    Args:
        series: A frame in any order: a row per series and month, with a value or none.
        name: Its column that names the series.
        date: Its column of dates, the first day of each month.
        value: Its column of values.
        level: Highest chance of a false alarm in a series, or in all together, at which a step is reported;
            None: ``shift_chance`` in ``methods.toml``.
        counts: Whether values are counts, which cannot be negative.

    Returns:
        One row per shift and series: ``<name>``, ``<date>`` (the first month of the new level), ``kind``
        (``simultaneous``: all series step the same way, at least three; else ``single``), ``step``
        (change from the month before), ``before`` and ``after`` (middle level on either side, up to the next
        shift), ``usual_step``, ``months_before``, ``months_after``, ``chance`` (of a false alarm: the share
        of noise in which something as large is found; for ``simultaneous`` of all series together),
        ``sureness`` (``sure``; ``likely``; ``too_short``: all step at once, but on one side fewer than three
        months are known, so it may be a single odd month), ``reverses`` (the earlier shift of which it takes
        back more than half). A single series must keep its new level for three months on either side: until
        then nothing is said of it.

    Raises:
        BadInput: Columns are missing, a month stands twice in a series, or a value is no number, or a negative count.

    Source:
        Chance from 4 000 draws of each noise (``NOISES`` in `hhanalytics.measures.step_noise`) with a fixed seed; thresholds
        ``shift_*`` in ``methods.toml``. Rates of false alarm, measured on other noise: ``bench/README.md``.

    Example:
        >>> import hhanalytics as hh
        >>> found = level_shifts(hh.load("data/raw").welfare_tech)
        >>> found.filter(technology="trygghetsalarm").select("month", "step", "sureness", "reverses").rows()
        ... # doctest: +NORMALIZE_WHITESPACE
        [(datetime.date(2025, 6, 1), -118.0, 'sure', None),
         (datetime.date(2025, 12, 1), 119.0, 'too_short', datetime.date(2025, 6, 1))]
    """
    table = polars_of(series, series=(name, date, value))
    names, months, values = _wide(table, name, date, value)
    if counts and (values < 0).any():
        worst = int((table[value] < 0).arg_max() or 0)
        place = f"{value}, row {worst + 1} ({table[name][worst]}, {table[date][worst]:%Y-%m})"
        raise BadInput.of("negative_count", place, table[value][worst], "a count from 0", "Correct the cell.")
    steps = np.diff(values, axis=1)
    steps[:, np.diff(_index(months)) != 1] = np.nan
    usual = usual_steps(steps, values)
    size = in_proportion(steps, usual[:, None])
    seasonal = _recurring(steps, months)
    level = constant("shift_chance") if level is None else level
    chance = _single_chance(size)
    together, common = _together(steps, size)
    hit = (chance <= level) | (together & (common <= level))
    hit &= ~np.isnan(steps) & ~seasonal
    out: dict[str, list[Any]] = {name: [], date: [], **{column: [] for column in COLUMNS}}
    for row in np.flatnonzero(hit.any(axis=1)):
        _of_series(
            out, name, date, names[row], months, values[row], steps[row], np.flatnonzero(hit[row]), usual[row],
            np.where(together & (common <= level), common, np.inf), chance[row],
        )  # fmt: skip
    kinds = {name: nw.String, date: nw.Date, **COLUMNS}
    return from_rows(out, kinds, series)


def _wide(table: pl.DataFrame, name: str, date: str, value: str) -> tuple[list[Any], pl.Series, np.ndarray]:
    """A row per series and a column per month; NaN where there is no value."""
    if not table.schema[value].is_numeric():
        text = table[value].cast(pl.String)
        worst = int((text.cast(pl.Float64, strict=False).is_null() & text.is_not_null()).arg_max() or 0)
        mend = "Correct the cell; write a decimal point for a comma, and read the column as numbers."
        raise BadInput.of("bad_cell", f"{value}, row {worst + 1}", repr(table[value][worst]), "a number", mend)
    table = table.with_columns(pl.col(date).cast(pl.Date), pl.col(value).cast(pl.Float64).fill_nan(None))
    twice = table.with_row_index("row", 1).filter(pl.struct(name, date).is_duplicated()).sort(name, date, "row")
    if twice.height:
        place = f"{date}, row {twice['row'][1]} ({twice[name][0]})"
        mend = "Keep one report for the month, or add up the municipalities first: like_for_like does both."
        raise BadInput.of("double_date", place, f"{twice[date][0]} again", "each month once", mend)
    grid = table.with_columns(pl.col(date).cast(pl.String)).pivot(date, index=name, values=value).sort(name)
    months = sorted(column for column in grid.columns if column != name)
    values = grid.select(months).to_numpy().astype(float).reshape(grid.height, len(months))
    return grid[name].to_list(), pl.Series(months, dtype=pl.String).str.to_date(), values


def _index(months: pl.Series) -> np.ndarray:
    """Months as consecutive numbers."""
    return (months.dt.year() * 12 + months.dt.month()).to_numpy()


def _recurring(steps: np.ndarray, months: pl.Series) -> np.ndarray:
    """Whether a step comes again in the same calendar month of every other year, the same way, half as large."""
    calendar = months.dt.month().to_numpy()[1:]
    out = np.zeros(steps.shape, bool)
    for month in range(1, 13):
        places = np.flatnonzero(calendar == month)
        if places.size < 2:
            continue
        block = steps[:, places]
        for at, place in enumerate(places):
            others = np.delete(block, at, axis=1)
            known = ~np.isnan(others)
            again = (np.sign(others) == np.sign(block[:, [at]])) & (np.abs(others) >= np.abs(block[:, [at]]) / 2)
            out[:, place] = known.any(axis=1) & (again | ~known).all(axis=1)
    return out


def _together(steps: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Months in which all series that have a step go the same way, and the chance of something as large."""
    known = ~np.isnan(steps)
    number = known.sum(axis=0)
    same = ((steps > 0) | ~known).all(axis=0) | ((steps < 0) | ~known).all(axis=0)
    together = same & (number >= FEWEST_TOGETHER)
    common = np.ones(steps.shape[1])
    for place in np.flatnonzero(together):
        common[place] = chance_of(steps.shape[1], size[known[:, place], place])
    return together, common


def _single_chance(size: np.ndarray) -> np.ndarray:
    """For each step, in how much of the noise the largest is as large."""
    out = np.ones(size.shape)
    known = (~np.isnan(size)).sum(axis=1)
    for length in np.unique(known[known >= constant("shift_fewest") - 1]):
        out[known == length] = share_as_large(largest_in_noise(length_of(int(length)), 1), size[known == length])
    return out


def _levels(values: np.ndarray, places: np.ndarray) -> tuple[list[np.ndarray], list[float]]:
    """The known months between shifts, and their middle level."""
    edges = [0, *(places + 1), values.size]
    parts = [values[a:b][~np.isnan(values[a:b])] for a, b in pairwise(edges)]
    return parts, [float(np.median(part)) for part in parts]


def _lasting(values: np.ndarray, steps: np.ndarray, places: np.ndarray, common: np.ndarray) -> np.ndarray:
    """The steps after which another level lasts; what all series do at once is kept in any case.

    One odd month makes two steps and no level. The smallest step that leads to no lasting level goes first,
    since without it the levels beside it are longer.
    """
    while places.size:
        parts, levels = _levels(values, places)
        weak = [
            place
            for number, place in enumerate(places)
            if not np.isfinite(common[place])
            and (
                min(parts[number].size, parts[number + 1].size) < constant("shift_months")
                or (levels[number + 1] - levels[number]) * np.sign(steps[place]) < abs(steps[place]) / 2
            )
        ]
        if not weak:
            break
        places = places[places != min(weak, key=lambda place: abs(steps[place]))]
    return places


def _of_series(
    out: dict[str, list[Any]],
    name: str,
    date: str,
    who: Any,
    months: pl.Series,
    values: np.ndarray,
    steps: np.ndarray,
    places: np.ndarray,
    usual: float,
    common: np.ndarray,
    own: np.ndarray,
) -> None:
    """The shifts of one series, with the level on either side and what they take back."""
    places = _lasting(values, steps, places, common)
    parts, levels = _levels(values, places)
    for number, place in enumerate(places):
        shared = bool(np.isfinite(common[place]))
        chance = float(common[place] if shared else own[place])
        short = min(parts[number].size, parts[number + 1].size) < constant("shift_months")
        sureness = "too_short" if short else "sure" if chance <= constant("shift_sure") else "likely"
        before, after = levels[number], levels[number + 1]
        back = None
        for earlier in range(number - 1, -1, -1):
            moved = levels[earlier + 1] - levels[earlier]
            if moved * steps[place] < 0 and (levels[earlier + 1] - after) * np.sign(moved) > abs(moved) / 2:
                back = months[int(places[earlier]) + 1]
                break
        row = {
            name: who,
            date: months[int(place) + 1],
            "kind": "simultaneous" if shared else "single",
            "step": float(steps[place]),
            "before": before,
            "after": after,
            "usual_step": float(usual),
            "months_before": int(parts[number].size),
            "months_after": int(parts[number + 1].size),
            "chance": chance,
            "sureness": sureness,
            "reverses": back,
        }
        for column, cell in row.items():
            out[column].append(cell)
