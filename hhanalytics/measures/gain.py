"""The gain model (gevinstmodell): what it would have cost bought outside, minus what it costs here."""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw

from hhanalytics.errors import BadInput
from hhanalytics.measures.frames import Lazy, as_given, lazy, once, rows
from hhanalytics.measures.participants import ACTIVITIES, COSTS, added, hedged_range, per_unit, yearly_counts

#: Kinds of gain that may be set against cost; freed time and better quality stand beside it, never in it.
PRICED = ("external_equivalent", "avoided_cost")
#: Columns of prices that the model needs.
PRICES = ("service", "unit", "amount_nok", "amount_low_nok", "amount_high_nok", "price_year", "vat", "travel")
#: Why a value is missing; the first that holds is the reason.
REASONS = ("not_counted", "no_price", "several_units", "no_equivalence", "no_price_index")
#: Columns of equivalents that it needs.
EQUIVALENTS = (
    "programme",
    "kind",
    "unit",
    "service",
    "service_units_low",
    "service_units",
    "service_units_high",
    "gain_kind",
    "confirmed_on",
)


def _quotes(prices: Lazy, index: Lazy | None, price_year: int | None, vat: str | None, travel: str | None) -> Lazy:
    """Price per service and unit as low, mode, high, in the kroner of ``price_year``."""
    quotes = prices
    for name, wanted in (("vat", vat), ("travel", travel)):
        if wanted is not None:
            quotes = quotes.filter(nw.col(name) == wanted)
    amounts = {
        "price_low": nw.coalesce("amount_low_nok", "amount_nok"),
        "price": nw.col("amount_nok"),
        "price_high": nw.coalesce("amount_high_nok", "amount_nok"),
    }
    if index is None:
        quotes = quotes.with_columns(*(amount.cast(nw.Float64).alias(name) for name, amount in amounts.items()))
    else:
        years = [row["year"] for row in rows(index.select("year").to_native())]
        if len(set(years)) < len(years):
            raise BadInput.of(
                "two_indexes", "price_index", "a year twice", "one index, a row a year", "Choose one index."
            )
        then = index.select(nw.col("year").alias("price_year"), nw.col("value").alias("then"))
        now = index.filter(nw.col("year") == price_year).select(nw.col("value").alias("now"))
        factor = nw.when(nw.col("price_year") == price_year).then(nw.lit(1.0)).otherwise(nw.col("now") / nw.col("then"))
        quotes = (
            quotes.join(then, on="price_year", how="left")
            .with_columns(nw.lit(1).alias("one"))
            .join(now.with_columns(nw.lit(1).alias("one")), on="one", how="left")
            .with_columns(*((amount * factor).alias(name) for name, amount in amounts.items()))
        )
    return (
        quotes.with_columns(
            nw.when(nw.col("price").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("not_brought")
        )
        .group_by("service")
        .agg(
            nw.col("price_low").min(),
            nw.col("price").mean(),
            nw.col("price_high").max(),
            nw.col("not_brought").max(),
            nw.col("unit").n_unique().alias("service_units_quoted"),
        )
    )


def _indexed(price_index: Any, price_year: int | None) -> dict[str, tuple[Any, tuple[str, ...]]]:
    return {} if price_year is None else {"price_index": (price_index, ("year", "value"))}


def gain_lines(
    activities: Any,
    prices: Any,
    equivalents: Any,
    *,
    price_index: Any = None,
    price_year: int | None = None,
    vat: Literal["included", "excluded", "not_stated"] | None = None,
    travel: Literal["included", "excluded", "not_stated"] | None = None,
) -> Any:
    """The external-equivalent value, activity by activity.

    Args:
        activities: ``programme``, ``kind``, ``unit``, ``period_end``, ``quantity``, ``qualifier``, ``part_of``.
        prices: ``service``, ``unit``, ``amount_nok``, ``amount_low_nok``, ``amount_high_nok``, ``price_year``,
            ``vat``, ``travel``; several quotes for one service make a range, if they are for one unit.
        equivalents: ``programme``, ``kind``, ``unit``, ``service``, ``service_units`` (and ``_low``,
            ``_high``), ``gain_kind``, ``confirmed_on``.
        price_index: ``year``, ``value``; with ``price_year`` brings each quote to that year's kroner.
        price_year: Year whose kroner are wanted; None leaves the quotes as they are.
        vat: Use only quotes with this treatment of VAT; None: all, as stated.
        travel: The same for travel.

    Returns:
        One row per programme, year and equivalent: ``programme``, ``year``, ``kind``, ``unit``,
        ``service``, ``gain_kind``, ``quantity``, ``value_low_nok``, ``value_nok``, ``value_high_nok``,
        ``confirmed``, ``counted`` (False where the activity may be part of another), ``reason`` (why value
        is missing, the first that holds: ``not_counted``, ``no_price``, ``several_units`` (quotes for one service in different
        units), ``no_equivalence``, ``no_price_index``). ``value_high_nok`` is null also where the count is open
        above.

    Raises:
        BadInput: Columns are missing, frames of different libraries, ``price_year`` without one index.

    Source:
        Hallinghelse, annual report 2025, lines 24-31.

    Example:
        >>> import hhanalytics as hh
        >>> d = hh.load("data/raw")
        >>> lines = hh.gain_lines(d.activities, d.prices, d.equivalents)
        >>> sorted(lines["reason"].unique().to_list())
        ['no_equivalence', 'no_price', 'not_counted']
    """
    indexed = _indexed(price_index, price_year)
    done, pairs, quotes, *index = lazy(
        activities=(activities, ("programme", "kind", "unit", "period_end", "quantity", "qualifier", "part_of")),
        equivalents=(equivalents, EQUIVALENTS),
        prices=(prices, PRICES),
        **indexed,
    )
    low, high = hedged_range()
    found = _valued(
        done.select("programme", "kind", "unit", "period_end", "quantity", "qualifier", "part_of").with_columns(
            nw.col("period_end").dt.year().cast(nw.Int64).alias("year"),
            low.alias("quantity_low"),
            nw.when(nw.col("qualifier") == "at_least")
            .then(nw.lit(None, nw.Int64))
            .otherwise(high)
            .alias("quantity_high"),
        ),
        pairs,
        _quotes(quotes, index[0] if index else None, price_year, vat, travel),
    )
    result = found.select(
        "programme",
        "year",
        "kind",
        "unit",
        "service",
        "gain_kind",
        "quantity",
        "value_low_nok",
        "value_nok",
        "value_high_nok",
        "confirmed",
        nw.col("part_of").is_null().alias("counted"),
        _reason_words("reason"),
    ).sort("year", "programme", "kind", "unit", "service")
    return as_given(result, activities)


def _valued(done: Lazy, pairs: Lazy, quotes: Lazy) -> Lazy:
    """What was done (``quantity``, ``quantity_low``, ``quantity_high``) beside what each equivalent of it is worth.

    ``reason`` is the place among `REASONS` of why a value is missing, and null where it is not.
    """
    holds = {
        "not_counted": nw.col("quantity").is_null(),
        "no_price": nw.col("service_units_quoted").is_null(),
        "several_units": nw.col("service_units_quoted") > 1,
        "no_equivalence": nw.col("service_units").is_null(),
        "no_price_index": nw.col("not_brought") == 1,
    }
    reason = nw.lit(None, nw.Int64)
    for number, name in reversed(list(enumerate(REASONS))):
        reason = nw.when(holds[name]).then(nw.lit(number)).otherwise(reason)
    known = nw.col("reason").is_null()
    units = {
        "_low": nw.coalesce("service_units_low", "service_units"),
        "": nw.col("service_units"),
        "_high": nw.coalesce("service_units_high", "service_units"),
    }
    return (
        done.join(pairs, on=["programme", "kind", "unit"], how="inner")
        .join(quotes, on="service", how="left")
        .with_columns(reason.alias("reason"), (~nw.col("confirmed_on").is_null()).alias("confirmed"))
        .with_columns(
            nw.when(known).then(nw.col(f"quantity{side}") * each * nw.col(f"price{side}")).alias(f"value{side}_nok")
            for side, each in units.items()
        )
    )


def _reason_words(number: str) -> nw.Expr:
    """The reason of a place among `REASONS` as a word; null for none."""
    word = nw.lit(None, nw.String)
    for place, name in enumerate(REASONS):
        word = nw.when(nw.col(number) == place).then(nw.lit(name)).otherwise(word)
    return word.alias("reason")


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
        **_indexed(price_index, price_year),
    )
    if by == "inhabitants":
        mend = "Ask cost_per_participant for a cost per inhabitant."
        raise BadInput.of("no_break_even", "by", by, "a unit of something done, such as participants", mend)
    counts = once(yearly_counts(done, "programme", "kind", "unit"), activities)
    units = per_unit(costs_, added(counts.filter(nw.col("unit") == by), "programme"), by)
    is_counted, is_capped = nw.col("uncounted") == 0, nw.col("open_above") == 0
    lines = _valued(
        counts.with_columns(
            nw.when(is_counted).then(nw.col("count")).alias("quantity"),
            nw.when(is_counted).then(nw.col("count_low")).alias("quantity_low"),
            nw.when(is_capped).then(nw.col("count_high")).alias("quantity_high"),
        ),
        pairs.filter(nw.col("gain_kind").is_in(PRICED)),
        _quotes(quotes, index[0] if index else None, price_year, vat, travel),
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
            .otherwise(_reason_words("reason"))
            .alias("reason"),
        )
        .sort("year", "programme")
    )
    return as_given(result, programme_costs)
