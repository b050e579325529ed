"""The gain model (gevinstmodell): what it would have cost bought outside, minus what it costs here."""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw

from hhanalytics.errors import BadInput
from hhanalytics.measures.frames import as_given, lazy, once
from hhanalytics.measures.gain_lines import EQUIVALENTS, PRICED, PRICES, indexed, quotes_of, reason_words, valued
from hhanalytics.measures.participants import ACTIVITIES, COSTS, added, per_unit, yearly_counts


def gain(
    programme_costs: Any,
    activities: Any,
    prices: Any,
    equivalents: Any,
    *,
    by: str = "participants",
    price_index: Any = None,
    price_year: int | None = None,
    vat: Literal["included", "excluded", "not_stated"] | None = None,
    travel: Literal["included", "excluded", "not_stated"] | None = None,
) -> Any:
    """The gain model per programme: external-equivalent value, net gain, value per krone, break-even price.

    The break-even price needs no external price: it is what a participant costs here, so that buying
    outside is dearer above it. Where any quote, count or equivalence is missing, the value is missing
    and the break-even price carries the message.

    Args:
        programme_costs: As `programme_costs` returns it.
        activities: As for `gain_lines`.
        prices: As for `gain_lines`.
        equivalents: As for `gain_lines`.
        by: Unit of the break-even price: of something done, so not ``inhabitants``.
        price_index: As for `gain_lines`.
        price_year: As for `gain_lines`.
        vat: As for `gain_lines`.
        travel: As for `gain_lines`.

    Returns:
        One row per programme and year: ``programme``, ``year``, ``cost_low_nok``, ``cost_high_nok``,
        ``value_low_nok``, ``value_nok``, ``value_high_nok``, ``avoided_low_nok``, ``avoided_high_nok`` (the
        part of the value that was formerly bought outside), ``net_gain_low_nok``, ``net_gain_nok``,
        ``net_gain_high_nok``, ``value_per_krone_low``, ``value_per_krone_high``, ``break_even_unit``,
        ``break_even_low_nok``, ``break_even_nok``, ``break_even_high_nok``, ``break_even_bound``,
        ``confirmed`` (every equivalent by HOF), ``grade`` (of the break-even price), ``reason`` (why value
        is missing: as in `gain_lines`, the first there that holds for something done; or ``no_equivalent``).

    Raises:
        BadInput: As `gain_lines`; or ``by`` is ``inhabitants``.

    Source:
        Hallinghelse, annual report 2025, lines 24-31.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.compute(hh.load("data/raw"), "gain", year=2025)
        >>> found.filter(programme="mft").select("value_nok", "break_even_bound").row(0)
        (None, 'at_most')
    """
    costs_, done, quotes, pairs, *index = lazy(
        programme_costs=(programme_costs, COSTS),
        activities=(activities, (*ACTIVITIES, "kind")),
        prices=(prices, PRICES),
        equivalents=(equivalents, EQUIVALENTS),
        **indexed(price_index, price_year),
    )
    if by == "inhabitants":
        mend = "Ask cost_per_participant for a cost per inhabitant."
        raise BadInput.of("no_break_even", "by", by, "a unit of something done, such as participants", mend)
    counts = once(yearly_counts(done, "programme", "kind", "unit"), activities)
    units = per_unit(costs_, added(counts.filter(nw.col("unit") == by), "programme"), by)
    is_counted, is_capped = nw.col("uncounted") == 0, nw.col("open_above") == 0
    lines = valued(
        counts.with_columns(
            nw.when(is_counted).then(nw.col("count")).alias("quantity"),
            nw.when(is_counted).then(nw.col("count_low")).alias("quantity_low"),
            nw.when(is_capped).then(nw.col("count_high")).alias("quantity_high"),
        ),
        pairs.filter(nw.col("gain_kind").is_in(PRICED)),
        quotes_of(quotes, index[0] if index else None, price_year, vat, travel),
    )
    is_avoided = nw.col("gain_kind") == "avoided_cost"

    def number(flag: nw.Expr, name: str) -> nw.Expr:
        return nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name)

    summed = (
        lines.with_columns(
            number(~nw.col("reason").is_null(), "unknown"),
            number(nw.col("value_high_nok").is_null(), "open_value"),
            number(~nw.col("confirmed"), "unconfirmed"),
            nw.when(is_avoided).then(nw.col("value_low_nok")).alias("avoided_low"),
            nw.when(is_avoided).then(nw.col("value_high_nok")).alias("avoided_high"),
        )
        .group_by("programme", "year")
        .agg(
            *(nw.col(name).sum() for name in ("value_low_nok", "value_nok", "value_high_nok")),
            nw.col("avoided_low").sum(),
            nw.col("avoided_high").sum(),
            *(nw.col(name).max() for name in ("unknown", "open_value", "unconfirmed")),
            nw.col("reason").min(),
        )
    )
    known = nw.col("unknown") == 0
    capped = known & (nw.col("open_value") == 0)
    cost = {side: nw.when(nw.col(f"cost_{side}_nok") > 0).then(nw.col(f"cost_{side}_nok")) for side in ("low", "high")}
    one_cost = nw.col("cost_low_nok") == nw.col("cost_high_nok")
    result = (
        units.select(
            "programme",
            "year",
            "unit",
            "cost_low_nok",
            "cost_high_nok",
            "low_nok",
            "point_nok",
            "high_nok",
            "bound",
            "grade",
        )
        .join(summed, on=["programme", "year"], how="left")
        .with_columns(
            nw.when(known).then(nw.col("value_low_nok")).alias("value_low_nok"),
            nw.when(known).then(nw.col("value_nok")).alias("value_nok"),
            nw.when(capped).then(nw.col("value_high_nok")).alias("value_high_nok"),
            nw.when(known).then(nw.col("avoided_low")).alias("avoided_low"),
            nw.when(capped).then(nw.col("avoided_high")).alias("avoided_high"),
        )
        .select(
            "programme",
            "year",
            "cost_low_nok",
            "cost_high_nok",
            "value_low_nok",
            "value_nok",
            "value_high_nok",
            nw.col("avoided_low").alias("avoided_low_nok"),
            nw.col("avoided_high").alias("avoided_high_nok"),
            (nw.col("value_low_nok") - nw.col("cost_high_nok")).alias("net_gain_low_nok"),
            nw.when(one_cost).then(nw.col("value_nok") - nw.col("cost_low_nok")).alias("net_gain_nok"),
            (nw.col("value_high_nok") - nw.col("cost_low_nok")).alias("net_gain_high_nok"),
            (nw.col("value_low_nok") / cost["high"]).alias("value_per_krone_low"),
            (nw.col("value_high_nok") / cost["low"]).alias("value_per_krone_high"),
            nw.col("unit").alias("break_even_unit"),
            nw.col("low_nok").alias("break_even_low_nok"),
            nw.col("point_nok").alias("break_even_nok"),
            nw.col("high_nok").alias("break_even_high_nok"),
            nw.col("bound").alias("break_even_bound"),
            (nw.col("unconfirmed") == 0).alias("confirmed"),
            "grade",
            nw.when(nw.col("unknown").is_null())
            .then(nw.lit("no_equivalent"))
            .otherwise(reason_words("reason"))
            .alias("reason"),
        )
        .sort("year", "programme")
    )
    return as_given(result, programme_costs)
