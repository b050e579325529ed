"""What programmes cost."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from hhanalytics.evidence import GRADES
from hhanalytics.measures.frames import Lazy, as_given, lazy, once
from hhanalytics.measures.grades import grade_words, graded
from hhanalytics.methods import constant

#: The row that holds what is left of shared pools when the positions in them are taken out.
UNALLOCATED = "unallocated"


def programme_costs(
    costs: Any, pools: Any, programmes: Any, positions: Any, full_position_costs: Any, grants: Any
) -> Any:
    """What each programme costs a year, net and gross of grants, full and avoidable.

    Direct where a pool is the programme. Inside a shared pool by the size of the position, times the
    derived cost of a full one; amounts charged elsewhere as somebody's share of that position are
    taken out, so that nothing counts twice. A programme whose position is not stated is missing,
    never guessed. What is left of the shared pools is the row ``unallocated``: the lowest of all
    programmes and its highest sum to the pools, and the other way round.

    Args:
        costs: ``pool``, ``period_end``, ``amount_nok``, ``grade``; the year is that of the last day.
        pools: ``pool``, ``programme`` (empty: shared), ``part_of_position``, ``valid_from``, ``valid_to``; a
            charge belongs to the row that holds on its last day.
        programmes: ``programme``, ``other_work``, ``avoidable_share``.
        positions: ``programme``, ``pool``, ``valid_from``, ``valid_to``, ``position_percent``, ``vacant``,
            ``grade``; a month counts where its 15th is inside the period.
        full_position_costs: As `full_position_costs` returns it.
        grants: ``programme``, ``period_start``, ``period_end``, ``amount_nok``, ``status``, ``passed_on``.

    Returns:
        One row per programme and year with costs: ``programme``, ``year``, ``basis`` (``pool``,
        ``position``, ``pool_and_position``, ``remainder``), ``cost_low_nok``, ``cost_nok``,
        ``cost_high_nok`` (what the municipalities pay; ``cost_nok`` only where it is one amount),
        ``avoidable_low_nok``, ``avoidable_high_nok``, ``grants_nok`` (inside the year),
        ``grants_unplaced`` (grants over several years or without amount), ``grants_expire_on``,
        ``audit_duty``, ``gross_low_nok``, ``gross_high_nok``, ``other_work``, ``grade``, ``reason``
        (why a cost is missing: ``position_not_stated``, ``vacant``, ``position_cost_unknown``,
        ``no_cost_on_file``).

    Source:
        Hallinghelse, annual report 2025, lines 55 (audit duty), 81-142 (charges), 97 (position).

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> found = hh.compute(data, "programme_costs", year=2025)
        >>> found.filter(programme="kef").select("cost_low_nok", "cost_high_nok").row(0)
        (512647, 557696)
    """
    costs_, pools_, programmes_, positions_, full_, grants_ = lazy(
        costs=(costs, ("pool", "period_end", "amount_nok", "grade")),
        pools=(pools, ("pool", "programme", "part_of_position", "valid_from", "valid_to")),
        programmes=(programmes, ("programme", "other_work", "avoidable_share")),
        positions=(
            positions,
            ("programme", "pool", "valid_from", "valid_to", "position_percent", "vacant", "grade"),
        ),
        full_position_costs=(full_position_costs, ("pool", "year", "use", "low_nok", "high_nok", "grade")),
        grants=(grants, ("programme", "period_start", "period_end", "amount_nok", "status", "passed_on")),
    )
    holds = (nw.col("valid_from") <= nw.col("period_end")) & (
        nw.col("valid_to").is_null() | (nw.col("period_end") <= nw.col("valid_to"))
    )
    # Few rows are left after this, so that the rest costs nothing; computed once, since it is used several times.
    charged = (
        costs_.select("pool", "period_end", "amount_nok", "grade")
        .with_columns(graded())
        .group_by("pool", "period_end")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
    )
    yearly = (
        once(charged, costs)
        .with_columns(nw.col("period_end").dt.year().cast(nw.Int64).alias("year"))
        .join(pools_.select("pool", "programme", "part_of_position", "valid_from", "valid_to"), on="pool", how="inner")
        .filter(holds)
        .group_by("pool", "year", "programme", "part_of_position")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
    )
    yearly = once(yearly, costs)
    years = yearly.select("year").unique()
    direct = (
        yearly.filter(~nw.col("programme").is_null())
        .with_columns(
            nw.when(nw.col("part_of_position")).then(nw.col("amount_nok")).otherwise(nw.lit(0)).alias("position_part")
        )
        .group_by("programme", "year")
        .agg(
            nw.col("amount_nok").sum().alias("direct_nok"),
            nw.col("position_part").sum(),
            nw.col("grade_rank").max(),
        )
    )
    held = _positions(positions_, yearly, full_, direct)
    rows_ = (
        programmes_.select("programme", "other_work", "avoidable_share")
        .join(years, how="cross")
        .join(direct, on=["programme", "year"], how="left")
        .join(held, on=["programme", "year"], how="left")
    )
    whole = _cost(rows_)
    shared = (
        yearly.filter(nw.col("programme").is_null())
        .group_by("year")
        .agg(nw.col("amount_nok").sum().alias("pool_nok"), nw.col("grade_rank").max())
    )
    taken = held.group_by("year").agg(nw.col("held_low").sum(), nw.col("held_high").sum(), nw.col("held_rank").max())
    rest = shared.join(taken, on="year", how="left").select(
        nw.lit(UNALLOCATED).alias("programme"),
        "year",
        nw.lit("remainder").alias("basis"),
        (nw.col("pool_nok") - nw.coalesce("held_high", nw.lit(0))).alias("cost_low_nok"),
        (nw.col("pool_nok") - nw.coalesce("held_low", nw.lit(0))).alias("cost_high_nok"),
        nw.lit(None, nw.Float64).alias("avoidable_share"),
        nw.lit(None, nw.String).alias("other_work"),
        nw.max_horizontal("grade_rank", nw.coalesce("held_rank", nw.lit(0)), nw.lit(GRADES.index("derived")))
        .cast(nw.Int64)
        .alias("grade_rank"),
        nw.lit(None, nw.String).alias("reason"),
    )
    both = nw.concat([whole, rest.select(whole.collect_schema().names())], how="vertical")
    return as_given(_with_grants(both, grants_, years), costs)


def _months(column: str) -> nw.Expr:
    return nw.col(column).dt.year().cast(nw.Int64) * 12 + nw.col(column).dt.month().cast(nw.Int64)


def _positions(positions: Lazy, yearly: Lazy, full: Lazy, direct: Lazy) -> Lazy:
    """Per programme and year: what its positions in shared pools cost those pools."""
    # A month counts where its 15th is inside, so that periods that meet inside a month share it out once.
    first = _months("valid_from") + nw.when(nw.col("valid_from").dt.day() > 15).then(nw.lit(1)).otherwise(nw.lit(0))
    last = _months("valid_to") - nw.when(nw.col("valid_to").dt.day() < 15).then(nw.lit(1)).otherwise(nw.lit(0))
    months = (
        nw.min_horizontal(nw.coalesce(last, nw.col("year") * 12 + 12), nw.col("year") * 12 + 12)
        - nw.max_horizontal(first, nw.col("year") * 12 + 1)
        + 1
    )
    shared = yearly.filter(nw.col("programme").is_null()).select("pool", "year").unique()
    prices = (
        full.filter(nw.col("use") == "range")
        .with_columns(graded())
        .select("pool", "year", "low_nok", "high_nok", nw.col("grade_rank").alias("price_rank"))
    )
    held = (
        positions.with_columns(graded())
        .select("programme", "pool", "valid_from", "valid_to", "position_percent", "vacant", "grade_rank")
        .join(shared, on="pool", how="inner")
        .with_columns(months.alias("months"))
        .filter(nw.col("months") > 0)
        .join(prices, on=["pool", "year"], how="left")
    )
    filled = ~nw.col("vacant")
    # Kroner = cost of a full position * percent/100 * months/12, rounded once, in whole numbers.
    parts = [
        nw.when(filled)
        .then((nw.col(price) * nw.col("position_percent") * nw.col("months") + 600) // 1200)
        .otherwise(nw.lit(0))
        .alias(name)
        for price, name in (("low_nok", "held_low"), ("high_nok", "held_high"))
    ]
    flags = [
        nw.when(filled & nw.col("position_percent").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("not_stated"),
        nw.when(filled & nw.col("low_nok").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("no_price"),
        nw.when(filled).then(nw.lit(1)).otherwise(nw.lit(0)).alias("filled"),
    ]
    summed = (
        held.with_columns(*parts, *flags)
        .group_by("programme", "year")
        .agg(
            nw.col("held_low").sum(),
            nw.col("held_high").sum(),
            nw.col("not_stated").max(),
            nw.col("no_price").max(),
            nw.col("filled").max(),
            nw.col("grade_rank").max(),
            nw.col("price_rank").max(),
        )
        .join(direct.select("programme", "year", "position_part"), on=["programme", "year"], how="left")
    )
    known = (nw.col("not_stated") == 0) & (nw.col("no_price") == 0) & (nw.col("filled") == 1)
    part = nw.coalesce("position_part", nw.lit(0))
    return summed.select(
        "programme",
        "year",
        nw.when(known).then(nw.col("held_low") - part).alias("held_low"),
        nw.when(known).then(nw.col("held_high") - part).alias("held_high"),
        nw.when(known).then(nw.max_horizontal("grade_rank", "price_rank")).alias("held_rank"),
        nw.when(nw.col("filled") == 0)
        .then(nw.lit("vacant"))
        .otherwise(
            nw.when(nw.col("not_stated") == 1)
            .then(nw.lit("position_not_stated"))
            .otherwise(nw.when(nw.col("no_price") == 1).then(nw.lit("position_cost_unknown")))
        )
        .alias("held_reason"),
    )


def _cost(programmes: Lazy) -> Lazy:
    """The cost of a programme from its direct pools and its positions; null, with the reason, where not known."""
    direct, held = ~nw.col("direct_nok").is_null(), ~nw.col("held_low").is_null()
    # A position that stood vacant took nothing from its pool; without other costs that is all there is to say.
    vacant = nw.coalesce(nw.col("held_reason") == "vacant", nw.lit(False))
    unknown = ~nw.col("held_reason").is_null() & ~(vacant & direct)
    known = (direct | held) & ~unknown
    derived = nw.lit(GRADES.index("derived"))
    return programmes.select(
        "programme",
        "year",
        nw.when(direct & held)
        .then(nw.lit("pool_and_position"))
        .otherwise(nw.when(held).then(nw.lit("position")).otherwise(nw.when(direct).then(nw.lit("pool"))))
        .alias("basis"),
        *(
            nw.when(known)
            .then(nw.coalesce("direct_nok", nw.lit(0)) + nw.coalesce(side, nw.lit(0)))
            .alias(f"cost_{side[5:]}_nok")
            for side in ("held_low", "held_high")
        ),
        "avoidable_share",
        "other_work",
        nw.when(known)
        .then(
            nw.when(held)
            .then(nw.max_horizontal(nw.coalesce("grade_rank", nw.lit(0)), "held_rank", derived))
            .otherwise(nw.col("grade_rank"))
        )
        .cast(nw.Int64)
        .alias("grade_rank"),
        nw.when(unknown)
        .then(nw.col("held_reason"))
        .otherwise(nw.when(~(direct | held)).then(nw.lit("no_cost_on_file")))
        .alias("reason"),
    )


def _with_grants(programmes: Lazy, grants: Lazy, years: Lazy) -> Lazy:
    """Grants beside the costs: those inside the year, those that cannot be placed in it, and when they expire."""
    starts, ends = nw.col("period_start").dt.year(), nw.col("period_end").dt.year()
    inside = (starts == nw.col("year")) & (ends == nw.col("year")) & ~nw.col("amount_nok").is_null()
    spent = ~nw.col("passed_on")
    given = (
        grants.filter((nw.col("status") == "granted") & ~nw.col("programme").is_null())
        .select("programme", "period_start", "period_end", "amount_nok", "passed_on")
        .join(years, how="cross")
        .filter(nw.coalesce(starts <= nw.col("year"), nw.lit(True)) & nw.coalesce(ends >= nw.col("year"), nw.lit(True)))
        .with_columns(
            nw.when(inside & spent).then(nw.col("amount_nok")).otherwise(nw.lit(0)).alias("grants_nok"),
            nw.when(nw.coalesce(inside, nw.lit(False)) | ~spent)
            .then(nw.lit(0))
            .otherwise(nw.lit(1))
            .alias("grants_unplaced"),
            nw.when(nw.col("amount_nok") > int(constant("audit_duty_nok")))
            .then(nw.lit(1))
            .otherwise(nw.lit(0))
            .alias("audited"),
        )
        .group_by("programme", "year")
        .agg(
            nw.col("grants_nok").sum(),
            nw.col("grants_unplaced").sum(),
            nw.col("period_end").max().alias("grants_expire_on"),
            nw.col("audited").max(),
        )
    )
    placed = nw.coalesce("grants_unplaced", nw.lit(0)) == 0
    money = nw.coalesce("grants_nok", nw.lit(0))
    return (
        programmes.join(given, on=["programme", "year"], how="left")
        .with_columns(grade_words("grade_rank"))
        .select(
            "programme",
            "year",
            "basis",
            "cost_low_nok",
            nw.when(nw.col("cost_low_nok") == nw.col("cost_high_nok")).then(nw.col("cost_low_nok")).alias("cost_nok"),
            "cost_high_nok",
            (nw.col("cost_low_nok") * nw.col("avoidable_share")).alias("avoidable_low_nok"),
            (nw.col("cost_high_nok") * nw.coalesce("avoidable_share", nw.lit(1.0))).alias("avoidable_high_nok"),
            money.cast(nw.Int64).alias("grants_nok"),
            nw.coalesce("grants_unplaced", nw.lit(0)).cast(nw.Int64).alias("grants_unplaced"),
            "grants_expire_on",
            (nw.coalesce("audited", nw.lit(0)) == 1).alias("audit_duty"),
            *(
                nw.when(placed).then(nw.col(f"cost_{side}_nok") + money).alias(f"gross_{side}_nok")
                for side in ("low", "high")
            ),
            "other_work",
            "grade",
            "reason",
        )
        .sort("year", "programme")
    )
