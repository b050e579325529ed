"""What programmes and municipalities cost."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import narwhals as nw

from hhanalytics.evidence import GRADES
from hhanalytics.measures.allocation import Keys, _day
from hhanalytics.measures.frames import Lazy, as_given, from_rows, lazy, rows
from hhanalytics.methods import constant

#: The row that holds what is left of shared pools when the positions in them are taken out.
UNALLOCATED = "unallocated"


def graded() -> nw.Expr:
    """The grade as a number, so that the weakest is the largest."""
    rank = nw.lit(len(GRADES) - 1)
    for number, grade in enumerate(GRADES):
        rank = nw.when(nw.col("grade") == grade).then(nw.lit(number)).otherwise(rank)
    return rank.alias("grade_rank")


def grade_words(rank: str) -> nw.Expr:
    """The grade of a rank as a word; no rank is ``missing``."""
    word = nw.lit(GRADES[-1])
    for number, grade in enumerate(GRADES[:-1]):
        word = nw.when(nw.col(rank) == number).then(nw.lit(grade)).otherwise(word)
    return word.alias("grade")


def full_position_costs(costs: Any, position_hooks: Any, memberships: Any, population: Any) -> Any:
    """What a full position costs a year, derived as a range from charges whose part is known.

    A hook is a charge that pays for a stated part of a position: an equal part or a part by
    population among the members of the pool and the municipality charged, or the whole. The range
    runs over all hooks of a pool and year with use ``range``; those with use ``cross_check`` give a
    range of their own beside it.

    Args:
        costs: Columns ``municipality``, ``pool``, ``period_start``, ``period_end``, ``amount_nok``.
        position_hooks: Rows of the table ``position_hooks``.
        memberships: Who was in which pool.
        population: Persons per municipality and year.

    Returns:
        One row per pool, year and use: ``pool``, ``year``, ``use``, ``low_nok``, ``high_nok`` (kr per
        full position and year).

    Source:
        Hallinghelse, annual report 2025, line 97: Nesbyen's 71 201 kr for half a year of one position.

    Example:
        >>> import hhanalytics as hh
        >>> d = hh.load("data/raw")
        >>> found = hh.full_position_costs(d.costs, d.position_hooks, d.memberships, d.population)
        >>> found.filter(use="range").select("low_nok", "high_nok").row(0)
        (854412, 929494)
    """
    lazy(
        costs=(costs, ("municipality", "pool", "period_start", "period_end", "amount_nok")),
        position_hooks=(
            position_hooks,
            (
                "pool",
                "charged_pool",
                "municipality",
                "reading",
                "position_percent",
                "use",
                "period_start",
                "period_end",
            ),
        ),
    )
    keys = Keys(rows(memberships), rows(population))
    charges = rows(costs)
    found: dict[tuple[str, int, str], list[int]] = {}
    for hook in rows(position_hooks):
        start, end = _day(hook["period_start"]), _day(hook["period_end"])
        if start is None or end is None:
            continue
        charged = [
            int(row["amount_nok"])
            for row in charges
            if row["pool"] == hook["charged_pool"]
            and hook["municipality"] in (None, row["municipality"])
            and start <= (_day(row["period_start"]) or date.min)
            and (_day(row["period_end"]) or date.max) <= end
        ]
        part = _payer_part(keys, hook, start)
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        if charged and part:
            yearly = Fraction(sum(charged)) / part * Fraction(12, months) * Fraction(100, int(hook["position_percent"]))
            found.setdefault((hook["pool"], end.year, hook["use"]), []).append(int(yearly + Fraction(1, 2)))
    out: dict[str, list[Any]] = {name: [] for name in ("pool", "year", "use", "low_nok", "high_nok")}
    for (pool, year, use), values in sorted(found.items()):
        for column, value in zip(out, (pool, year, use, min(values), max(values)), strict=True):
            out[column].append(value)
    whole = {"pool": nw.String, "year": nw.Int64, "use": nw.String, "low_nok": nw.Int64, "high_nok": nw.Int64}
    return from_rows(out, whole, costs)


def _payer_part(keys: Keys, hook: dict[str, Any], start: date) -> Fraction | None:
    """Which part of the position the hook's charge pays for."""
    if hook["reading"] == "whole":
        return Fraction(1)
    members = keys.on(hook["pool"], start)
    payers = {member["municipality"] for member in members} | {hook["municipality"]}
    if hook["reading"] == "equal":
        return Fraction(1, len(payers))
    years = {member["reference_date"].year for member in members if member["reference_date"]}
    if len(years) != 1:
        return None
    (year,) = years
    persons = {payer: keys.persons.get((payer, year), 0) for payer in payers}
    return Fraction(persons[hook["municipality"]], sum(persons.values())) if all(persons.values()) else None


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
        costs: ``pool``, ``period_end``, ``amount_nok``, ``grade``.
        pools: ``pool``, ``programme`` (empty: shared), ``part_of_position``.
        programmes: ``programme``, ``other_work``, ``avoidable_share``.
        positions: ``programme``, ``pool``, ``valid_from``, ``valid_to``, ``position_percent``, ``vacant``.
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
        pools=(pools, ("pool", "programme", "part_of_position")),
        programmes=(programmes, ("programme", "other_work", "avoidable_share")),
        positions=(positions, ("programme", "pool", "valid_from", "valid_to", "position_percent", "vacant")),
        full_position_costs=(full_position_costs, ("pool", "year", "use", "low_nok", "high_nok")),
        grants=(grants, ("programme", "period_start", "period_end", "amount_nok", "status", "passed_on")),
    )
    kinds = pools_.select("pool", "programme", "part_of_position").unique()
    yearly = (
        costs_.with_columns(graded(), nw.col("period_end").dt.year().cast(nw.Int64).alias("year"))
        .group_by("pool", "year")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
        .join(kinds, on="pool", how="inner")
    )
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
    held = _positions(positions_, kinds, full_, years, direct)
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
    taken = held.group_by("year").agg(nw.col("held_low").sum(), nw.col("held_high").sum())
    rest = shared.join(taken, on="year", how="left").select(
        nw.lit(UNALLOCATED).alias("programme"),
        "year",
        nw.lit("remainder").alias("basis"),
        (nw.col("pool_nok") - nw.coalesce("held_high", nw.lit(0))).alias("cost_low_nok"),
        (nw.col("pool_nok") - nw.coalesce("held_low", nw.lit(0))).alias("cost_high_nok"),
        nw.lit(None, nw.Float64).alias("avoidable_share"),
        nw.lit(None, nw.String).alias("other_work"),
        nw.lit(GRADES.index("derived")).cast(nw.Int64).alias("grade_rank"),
        nw.lit(None, nw.String).alias("reason"),
    )
    both = nw.concat([whole, rest.select(whole.collect_schema().names())], how="vertical")
    return as_given(_with_grants(both, grants_, years), costs)


def _positions(positions: Lazy, kinds: Lazy, full: Lazy, years: Lazy, direct: Lazy) -> Lazy:
    """Per programme and year: what its positions in shared pools cost those pools."""
    first = nw.col("valid_from").dt.year().cast(nw.Int64) * 12 + nw.col("valid_from").dt.month().cast(nw.Int64)
    last = nw.col("valid_to").dt.year().cast(nw.Int64) * 12 + nw.col("valid_to").dt.month().cast(nw.Int64)
    months = (
        nw.min_horizontal(nw.coalesce(last, nw.col("year") * 12 + 12), nw.col("year") * 12 + 12)
        - nw.max_horizontal(first, nw.col("year") * 12 + 1)
        + 1
    )
    shared = kinds.filter(nw.col("programme").is_null()).select("pool")
    prices = full.filter(nw.col("use") == "range").select("pool", "year", "low_nok", "high_nok")
    held = (
        positions.select("programme", "pool", "valid_from", "valid_to", "position_percent", "vacant")
        .join(shared, on="pool", how="inner")
        .join(years, how="cross")
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
    unknown = ~nw.col("held_reason").is_null()
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
            .then(nw.max_horizontal(nw.coalesce("grade_rank", nw.lit(0)), derived))
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


def municipality_costs(costs: Any, population: Any, budgets: Any, *, budget: str | None = None) -> Any:
    """What each municipality pays: per pool and in all, per inhabitant, as a share, beside its budget.

    Args:
        costs: ``municipality``, ``pool``, ``period_end``, ``amount_nok``, ``grade``.
        population: ``municipality``, ``year``, ``persons``; the 1 January of the year is used.
        budgets: ``municipality``, ``budget``, ``period_end``, ``amount_nok``.
        budget: Which budget, where a source prints several; None: only where there is just one.

    Returns:
        One row per municipality, year and pool, and one with pool ``all``: ``municipality``, ``year``,
        ``pool``, ``amount_nok``, ``inhabitants``, ``per_inhabitant_nok``, ``share`` (of the pool, or of all
        charges), ``budget_nok`` (pool ``all`` only), ``grade``. Inhabitants are null where no population
        is on file for the year.

    Source:
        Hallinghelse, annual report 2025, lines 80-144; SSB table 07459.

    Example:
        >>> import hhanalytics as hh
        >>> paid = hh.compute(hh.load("data/raw"), "municipality_costs", year=2025)
        >>> paid.filter(municipality="flaa", pool="all")["amount_nok"].item()
        430994
    """
    costs_, population_, budgets_ = lazy(
        costs=(costs, ("municipality", "pool", "period_end", "amount_nok", "grade")),
        population=(population, ("municipality", "year", "persons")),
        budgets=(budgets, ("municipality", "budget", "period_end", "amount_nok")),
    )
    year = nw.col("period_end").dt.year().cast(nw.Int64).alias("year")
    paid = (
        costs_.with_columns(graded(), year)
        .group_by("municipality", "year", "pool")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
    )
    whole = (
        paid.group_by("municipality", "year")
        .agg(nw.col("amount_nok").sum(), nw.col("grade_rank").max())
        .with_columns(nw.lit("all").alias("pool"))
        .select("municipality", "year", "pool", "amount_nok", "grade_rank")
    )
    long = nw.concat([paid, whole], how="vertical")
    totals = long.group_by("year", "pool").agg(nw.col("amount_nok").sum().alias("total_nok"))
    persons = (
        population_.with_columns(nw.col("year").cast(nw.Int64))
        .group_by("municipality", "year")
        .agg(nw.col("persons").sum().alias("inhabitants"))
    )
    chosen = budgets_.with_columns(year)
    if budget is not None:
        chosen = chosen.filter(nw.col("budget") == budget)
    summed = (
        chosen.group_by("municipality", "year")
        .agg(nw.col("amount_nok").sum().alias("budget_nok"), nw.col("budget").n_unique().alias("variants"))
        .with_columns(nw.lit("all").alias("pool"))
        .filter(nw.col("variants") == 1)
        .select("municipality", "year", "pool", "budget_nok")
    )
    result = (
        long.join(totals, on=["year", "pool"], how="left")
        .join(persons, on=["municipality", "year"], how="left")
        .join(summed, on=["municipality", "year", "pool"], how="left")
        .with_columns(grade_words("grade_rank"))
        .select(
            "municipality",
            "year",
            "pool",
            "amount_nok",
            "inhabitants",
            (nw.col("amount_nok") / nw.when(nw.col("inhabitants") > 0).then(nw.col("inhabitants"))).alias(
                "per_inhabitant_nok"
            ),
            (nw.col("amount_nok") / nw.when(nw.col("total_nok") != 0).then(nw.col("total_nok"))).alias("share"),
            "budget_nok",
            "grade",
        )
        .sort("year", "municipality", "pool")
    )
    return as_given(result, costs)
