"""What each activity would have cost bought outside: units of a service that it replaces, times their price."""

from __future__ import annotations

from typing import Any, Literal

import narwhals as nw

from hhanalytics.errors import BadInput
from hhanalytics.measures.frames import Lazy, as_given, lazy, rows
from hhanalytics.measures.participants import hedged_range

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


def quotes_of(prices: Lazy, index: Lazy | None, price_year: int | None, vat: str | None, travel: str | None) -> Lazy:
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


def indexed(price_index: Any, price_year: int | None) -> dict[str, tuple[Any, tuple[str, ...]]]:
    """The index among the frames a measure takes, where a year is asked for."""
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
    done, pairs, quotes, *index = lazy(
        activities=(activities, ("programme", "kind", "unit", "period_end", "quantity", "qualifier", "part_of")),
        equivalents=(equivalents, EQUIVALENTS),
        prices=(prices, PRICES),
        **indexed(price_index, price_year),
    )
    low, high = hedged_range()
    found = valued(
        done.select("programme", "kind", "unit", "period_end", "quantity", "qualifier", "part_of").with_columns(
            nw.col("period_end").dt.year().cast(nw.Int64).alias("year"),
            low.alias("quantity_low"),
            nw.when(nw.col("qualifier") == "at_least")
            .then(nw.lit(None, nw.Int64))
            .otherwise(high)
            .alias("quantity_high"),
        ),
        pairs,
        quotes_of(quotes, index[0] if index else None, price_year, vat, travel),
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
        reason_words("reason"),
    ).sort("year", "programme", "kind", "unit", "service")
    return as_given(result, activities)


def valued(done: Lazy, pairs: Lazy, quotes: Lazy) -> Lazy:
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


def reason_words(number: str) -> nw.Expr:
    """The reason of a place among `REASONS` as a word; null for none."""
    word = nw.lit(None, nw.String)
    for place, name in enumerate(REASONS):
        word = nw.when(nw.col(number) == place).then(nw.lit(name)).otherwise(word)
    return word.alias("reason")
