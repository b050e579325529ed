"""Control charts (XmR): what is usual for a series, and which points are not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.measures.cells import days, numbers
from hhanalytics.measures.frames import pandas_of
from hhanalytics.measures.xmr_rules import RULES, Limits, limits, signals
from hhanalytics.methods import constant

IMPROVEMENTS: Final = ("increase", "decrease", "neutral")
#: Why a segment has no limits.
TOO_FEW: Final = "too_few_points"
#: A day and why the series is another one from then on.
Break = tuple[Any, str]


def xmr(
    values: Any,
    dates: Any,
    series: Any = None,
    improvement: str = "neutral",
    breaks: Sequence[Break] | Mapping[Any, Sequence[Break]] = (),
    screen_outliers: bool = True,
    fix_after: int | None = None,
    target: float | None = None,
    *,
    counts: bool | None = None,
) -> Any:
    """An XmR chart (individuals and moving range) of one or many series, as a frame.

    Limits are the mean ± 2.66 times the mean moving range, from all points between two stated breaks. Points
    without a value take no part: those on either side of them, or of a missing month, follow each other.

    Args:
        values: One value per point; None where there is none.
        dates: Its date, in any order.
        series: Which series it belongs to; None: all are one series.
        improvement: Which way is better: ``increase``, ``decrease`` or ``neutral``.
        breaks: Days from which limits are worked out anew, each with its reason: pairs for all series, or
            series → pairs. There is no other way to get new limits.
        screen_outliers: Whether moving ranges above 3.267 times their mean are left out, once.
        fix_after: Limits from so many first points of each segment, at least 12; None: from all.
        target: What is aimed at, for the assurance.
        counts: Whether values are counts, whose lower limit is never below zero and which cannot be
            negative; None: they are where all are whole numbers from zero.

    Returns:
        One row per point, by series and date: ``series`` (if given), ``date``, ``value``, ``mean``,
        ``lower``, ``upper``, ``special_cause`` (``outside``, ``trend``, ``two_of_three``, ``shift``: the
        first that holds; null), ``direction`` (``improvement``, ``concern``, ``neutral``; null),
        ``segment`` (from 1), then the same for all points of a segment: ``break_reason``, ``variation``
        (the direction at its last point, or ``common_cause``), ``assurance`` (``pass``, ``fail``,
        ``inconsistent``: whether the limits lie on the right side of the target), ``reason``
        (``too_few_points`` where there are too few for limits, and so neither signal nor variation). A frame
        of pandas if the values are of pandas, else of polars.

    Raises:
        BadInput: A cell that is no number or date, a date twice in one series, a negative count, a break
            without reason: the error names the cell.
        UnknownName: An unknown improvement, or breaks of a series that is not there.

    Source:
        Wheeler, Understanding Variation; NHS England, Making Data Count. The flags are those of
        the R package NHSRplotthedots, save for two things: limits of counts are cut at zero, and fewer than
        12 points get none. Constants ``xmr_*`` in ``methods.toml``.

    Example:
        >>> months = [f"2025-{month:02}-01" for month in range(1, 13)]
        >>> chart = xmr([10, 12, 11, 13, 12, 11, 10, 12, 11, 13, 12, 29], months, improvement="decrease")
        >>> chart.select("upper", "special_cause", "direction").row(-1)
        (16.724, 'outside', 'concern')
    """
    if improvement not in IMPROVEMENTS:
        raise UnknownName.of("improvement", improvement, IMPROVEMENTS)
    if fix_after is not None and (isinstance(fix_after, bool) or fix_after < constant("xmr_fewest")):
        fewest = f"at least {constant('xmr_fewest'):.0f} points"
        raise BadInput.of("too_few_to_fix", "fix_after", fix_after, fewest, "Give more points, or None.")
    table, names = _points(values, dates, series, counts)
    table = table.with_columns(_segments(table, names, breaks))
    known = table.filter(pl.col("value").is_not_nan()).with_columns(_is_count(counts).alias("is_count"))
    chart = _charted(known, improvement, screen_outliers, fix_after, target)
    of_segment = chart.group_by("number", "segment").agg(
        pl.col("mean", "lower", "upper", "variation", "assurance").sort_by("date").last()
    )
    of_point = chart.select("number", "date", "special_cause", "direction")
    found = (
        table.join(of_segment, on=["number", "segment"], how="left")
        .join(of_point, on=["number", "date"], how="left")
        .with_columns(pl.col("value").fill_nan(None))
        .with_columns(pl.when(pl.col("mean").is_null()).then(pl.lit(TOO_FEW)).alias("reason"))
        .sort("number", "date")
    )
    columns = ["date", "value", "mean", "lower", "upper", "special_cause", "direction", "segment"]
    columns += ["break_reason", "variation", "assurance", "reason"]
    if series is not None:
        found = found.with_columns(names.gather(found["number"]).alias("series"))
        columns.insert(0, "series")
    return _like(found.select(columns), values)


def _points(values: Any, dates: Any, series: Any, counts: bool | None) -> tuple[pl.DataFrame, pl.Series]:
    """The points by series and date, and the names of the series by their number."""
    number, day = numbers(values), days(dates)
    given = pl.Series("series", series if series is not None else [0] * number.size)
    lengths = {"values": number.size, "dates": len(day), "series": len(given)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{size} {name}" for name, size in lengths.items())
        raise BadInput.of("different_lengths", "xmr", told, "as many of each", "Give one of each for every point.")
    if given.null_count():
        place = f"series, row {int(given.is_null().arg_max() or 0) + 1}"
        raise BadInput.of("bad_cell", place, "nothing", "a name", "Say which series the point belongs to.")
    below = np.flatnonzero(number < 0)
    if counts and below.size:
        place, found = f"values, row {below[0] + 1}", f"{number[below[0]]:g}"
        raise BadInput.of("negative_count", place, found, "a count from 0", "Correct the cell, or leave it empty.")
    names = given.unique().sort()
    ids = names.to_frame().with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("number"))
    table = pl.DataFrame({"series": given, "date": day, "value": number}).with_row_index("row", 1)
    table = table.join(ids, on="series", how="left").sort("number", "date", "row")
    twice = table.filter(pl.struct("number", "date").is_duplicated())
    if twice.height:
        rows, name = twice["row"][:2].to_list(), "" if series is None else f" of series {twice['series'][0]}"
        found = f"{twice['date'][0]} again (first in row {rows[0]})"
        mend = "Keep one of the rows, or say which series each belongs to."
        raise BadInput.of("double_date", f"dates, row {rows[1]}{name}", found, "each date once", mend)
    return table.select("number", "date", "value"), names


def _segments(table: pl.DataFrame, names: pl.Series, breaks: Any) -> list[pl.Series]:
    """Number of the segment of each point, and the reason for which it began."""
    each = dict(breaks) if isinstance(breaks, Mapping) else None
    strange = [name for name in each or () if name not in names]
    if strange:
        raise UnknownName.of("series", strange[0], names.to_list())
    listed: list[tuple[int | None, dt.date, str]]
    if each is None:
        listed = [(None, day, why) for day, why in _stated(breaks)]
    else:
        listed = [(names.index_of(name), day, why) for name, pairs in each.items() for day, why in _stated(pairs)]
    segment = np.ones(table.height, np.int64)
    reasons = np.full(table.height, None, dtype=object)
    number, date = table["number"].to_numpy(), table["date"].to_numpy()
    for which, day, why in sorted(listed, key=lambda b: b[1]):
        after = (date >= np.datetime64(day)) & (True if which is None else number == which)
        segment[after] += 1
        reasons[after] = why
    return [pl.Series("segment", segment), pl.Series("break_reason", reasons.tolist(), dtype=pl.String)]


def _stated(breaks: Any) -> list[tuple[dt.date, str]]:
    """Breaks as days with reasons, each day once."""
    found: dict[dt.date, str] = {}
    for place, pair in enumerate(breaks, 1):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise BadInput.of("bad_break", f"breaks, {place}", repr(pair), "(date, reason)", "Say why it breaks.")
        (day,) = days([pair[0]], f"breaks, {place}")
        if not isinstance(pair[1], str) or not pair[1].strip():
            raise BadInput.of("bad_break", f"breaks, {place}", repr(pair[1]), "a reason", "Say why it breaks.")
        found[day] = f"{found[day]}; {pair[1]}" if day in found else pair[1]
    return list(found.items())


def _is_count(counts: bool | None) -> pl.Expr:
    """Whether a series is one of counts: as stated, or because all its values are whole numbers from zero."""
    if counts is not None:
        return pl.lit(counts)
    value = pl.col("value")
    return ((value >= 0) & (value == value.floor())).all().over("number")


def _charted(
    known: pl.DataFrame, improvement: str, screen: bool, fix_after: int | None, target: float | None
) -> pl.DataFrame:
    """The points of segments that are long enough, with limits, signals and what they mean."""
    enough = known.filter(pl.len().over("number", "segment") >= constant("xmr_fewest"))
    values, number, segment = (enough[name].to_numpy() for name in ("value", "number", "segment"))
    changes = np.r_[True, (np.diff(number) != 0) | (np.diff(segment) != 0)] if values.size else np.zeros(0, bool)
    starts = np.flatnonzero(changes)
    found = limits(values, starts, screen, fix_after)
    flags, trend = signals(values, starts, found)
    rule = np.full(values.size, None, dtype=object)
    for name in reversed(RULES):
        rule[flags[name]] = name
    way = np.where(rule == "trend", trend, np.sign(values - found.mean)).astype(int)
    better = {"increase": 1, "decrease": -1, "neutral": 0}[improvement]
    meant = np.where(way * better > 0, "improvement", "concern") if better else np.full(values.size, "neutral")
    direction = [word if signal else None for word, signal in zip(meant.tolist(), rule.tolist(), strict=True)]
    lower = np.where(enough["is_count"].to_numpy(), np.maximum(found.lower, 0), found.lower)
    return enough.with_columns(
        pl.Series("mean", found.mean),
        pl.Series("lower", lower),
        pl.Series("upper", found.upper),
        pl.Series("special_cause", rule.tolist(), dtype=pl.String),
        pl.Series("direction", direction, dtype=pl.String),
        pl.Series("assurance", _assured(found, better, target), dtype=pl.String),
    ).with_columns(pl.col("direction").fill_null("common_cause").alias("variation"))


def _assured(found: Limits, better: int, target: float | None) -> list[str | None]:
    """Whether a target will be met: the limits lie beyond it, short of it, or on both sides."""
    if target is None or not better:
        return [None] * found.mean.size
    good = target < found.lower if better > 0 else target > found.upper
    bad = target > found.upper if better > 0 else target < found.lower
    return [str(word) for word in np.where(good, "pass", np.where(bad, "fail", "inconsistent"))]


def _like(found: pl.DataFrame, given: Any) -> Any:
    """The frame as one of pandas, if what was given is of pandas."""
    return pandas_of(found) if type(given).__module__.partition(".")[0] == "pandas" else found
