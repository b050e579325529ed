"""One year beside the year before, over what both have: same municipalities, same pools, same months."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from hhanalytics.measures.frames import Lazy, as_given, lazy, once
from hhanalytics.measures.grades import grade_words, graded

_WHO = ("municipality", "pool")
_WHEN = ("first_day", "last_day")


def comparable_costs(costs: Any) -> Any:
    """What was charged beside a year earlier, over the same municipalities, pools and months.

    Where a municipality's charges in a pool span the same months in both years, they are compared as a
    whole, however they are divided. Otherwise only charges for the very same part of the year are. What is
    left has nothing to compare with, on either side, and is shown as such.

    Args:
        costs: ``municipality``, ``pool``, ``period_start``, ``period_end``, ``amount_nok``, ``grade``.

    Returns:
        One row per pool and year that follows a year with charges, and one with pool ``all``: ``pool``,
        ``year``, ``municipalities`` (how many are compared), ``amount_nok``, ``before_nok``, ``change_nok``
        (null where nothing can be compared), ``left_out_nok`` and ``before_left_out_nok`` (charged in the
        one year and in the other, without its like), ``grade``.

    Source:
        ``docs/method.md``, comparable costs.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> half = {"municipality": "hol", "pool": "mft", "grade": "documented"}
        >>> import polars as pl
        >>> costs = pl.DataFrame(
        ...     [
        ...         {**half, "period_start": date(y, 1, 1), "period_end": date(y, 6, 30), "amount_nok": nok}
        ...         for y, nok in ((2025, 100), (2026, 110))
        ...     ]
        ... )
        >>> hh.comparable_costs(costs).filter(pool="all").select("year", "amount_nok", "change_nok").rows()
        [(2026, 110, 10)]
    """
    (given,) = lazy(costs=(costs, (*_WHO, "period_start", "period_end", "amount_nok", "grade")))
    charges = once(_placed(given), costs)
    wholes = charges.group_by(*_WHO, "year").agg(
        nw.col("amount_nok").sum(),
        nw.col("first_day").min(),
        nw.col("last_day").max(),
        nw.col("months").sum(),
        nw.col("grade_rank").max(),
    )
    wholes = wholes.with_columns(nw.col("amount_nok", "months").cast(nw.Int64))
    whole = _joined(wholes, (*_WHO, *_WHEN, "months"))
    apart = charges.join(whole.select(*_WHO, "year"), on=[*_WHO, "year"], how="anti")
    # Compared as a whole with the year before, a year may still be compared in part with the year after.
    parts = _joined(apart, (*_WHO, *_WHEN), earlier=charges)
    compared = once(nw.concat([whole, parts], how="vertical"), costs)
    years = charges.select("year").unique()
    follows = years.join(years.with_columns((nw.col("year") + 1).alias("year")), on="year", how="inner")
    result = (
        _sums(charges, compared)
        .join(follows, on="year", how="inner")
        .with_columns(grade_words("grade_rank"))
        .select(
            "pool",
            "year",
            "municipalities",
            _where_compared("compared_nok").alias("amount_nok"),
            _where_compared("before_nok").alias("before_nok"),
            (_where_compared("compared_nok") - nw.col("before_nok")).alias("change_nok"),
            (nw.col("all_nok") - nw.col("compared_nok")).alias("left_out_nok"),
            (nw.col("all_before_nok") - nw.col("before_nok")).alias("before_left_out_nok"),
            "grade",
        )
        .sort("year", "pool")
    )
    return as_given(result, costs)


def _where_compared(column: str) -> nw.Expr:
    return nw.when(nw.col("municipalities") > 0).then(nw.col(column))


def _placed(costs: Lazy) -> Lazy:
    """The charges with their place in the year, as month and day; 29 February is the last of its month."""
    start, end = nw.col("period_start").dt, nw.col("period_end").dt
    last = (end.month().cast(nw.Int64) * 100 + end.day().cast(nw.Int64)).alias("last_day")
    return (
        costs.with_columns(
            graded(),
            end.year().cast(nw.Int64).alias("year"),
            (start.month().cast(nw.Int64) * 100 + start.day().cast(nw.Int64)).alias("first_day"),
            last,
            (end.month().cast(nw.Int64) - start.month().cast(nw.Int64) + 1).alias("months"),
        )
        .with_columns(
            nw.when(nw.col("last_day") == 229).then(nw.lit(228)).otherwise(nw.col("last_day")).alias("last_day")
        )
        .select(*_WHO, "year", *_WHEN, "months", "amount_nok", nw.col("grade_rank").cast(nw.Int64))
    )


def _joined(charges: Lazy, on: tuple[str, ...], *, earlier: Lazy | None = None) -> Lazy:
    """Charges beside those of the year before that agree in some columns."""
    before = (charges if earlier is None else earlier).select(
        *on,
        (nw.col("year") + 1).alias("year"),
        nw.col("amount_nok").alias("before_nok"),
        nw.col("grade_rank").alias("before_rank"),
    )
    weaker = nw.when(nw.col("grade_rank") > nw.col("before_rank")).then(nw.col("grade_rank"))
    return charges.join(before, on=[*on, "year"], how="inner").select(
        *_WHO,
        "year",
        nw.col("amount_nok").alias("compared_nok"),
        "before_nok",
        weaker.otherwise(nw.col("before_rank")).alias("grade_rank"),
    )


def _sums(charges: Lazy, compared: Lazy) -> Lazy:
    """Per pool and year, and for all pools: everything charged in both years, and what of it is compared."""
    zero = nw.lit(0, nw.Int64)
    lines = nw.concat(
        [
            charges.select("pool", "year", nw.col("amount_nok").alias("all_nok"), zero.alias("all_before_nok")),
            charges.select(
                "pool",
                (nw.col("year") + 1).alias("year"),
                zero.alias("all_nok"),
                nw.col("amount_nok").alias("all_before_nok"),
            ),
        ],
        how="vertical",
    )
    found = []
    for everything in (False, True):
        pool = (nw.lit("all") if everything else nw.col("pool")).alias("pool")
        charged = (
            lines.with_columns(pool)
            .group_by("pool", "year")
            .agg(nw.col("all_nok").sum(), nw.col("all_before_nok").sum())
        )
        here = compared.with_columns(pool)
        sums = (
            here.group_by("pool", "year")
            .agg(
                nw.col("compared_nok").sum(),
                nw.col("before_nok").sum(),
                nw.col("grade_rank").max(),
                nw.col("municipality").n_unique().alias("municipalities"),
            )
            .with_columns(nw.col("municipalities").cast(nw.Int64))
        )
        filled = ("compared_nok", "before_nok", "municipalities")
        found.append(
            charged.join(sums, on=["pool", "year"], how="left")
            .with_columns(nw.col(column).fill_null(0) for column in filled)
            .select("pool", "year", "all_nok", "all_before_nok", *filled, "grade_rank")
        )
    return nw.concat(found, how="vertical")
