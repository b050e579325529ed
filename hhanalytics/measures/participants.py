"""Cost per participant, per session, per inhabitant: a range, and whether it is only a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from hhanalytics.evidence import GRADES, percent
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.measures.frames import Lazy, as_given, lazy
from hhanalytics.measures.grades import grade_words, graded

#: Columns of activities that a count needs.
ACTIVITIES = ("programme", "unit", "period_end", "quantity", "qualifier", "part_of", "grade")
#: Columns of what programmes cost that a cost per unit needs.
COSTS = ("programme", "year", "cost_low_nok", "cost_high_nok", "other_work", "grade", "reason")


def _width(hedge: str) -> nw.Expr:
    """How far a count said to be ``hedge`` may be off, in hundredths, so that halves round upwards when divided."""
    return nw.col("quantity") * percent(f"{hedge}_width") + 50


def hedged_range() -> tuple[nw.Expr, nw.Expr]:
    """Lowest and highest of a hedged ``quantity``, as `hhanalytics.evidence.bounds` gives them.

    Where the range is open above, the highest is the count itself: whether it is open is for the caller.
    """
    value, hedged = nw.col("quantity"), nw.col("qualifier")
    # Whole-number arithmetic, as in `hhanalytics.evidence.half_up`.
    about, nearly = (_width(hedge) // 100 for hedge in ("about", "nearly"))
    low = (
        nw.when(hedged == "about")
        .then(value - about)
        .otherwise(nw.when(hedged == "nearly").then(value - nearly).otherwise(value))
    )
    return low, nw.when(hedged == "about").then(value + about).otherwise(value)


def yearly_counts(activities: Lazy, *keys: str) -> Lazy:
    """Activities added up by keys and year: how many, as a range, and what is not known of them.

    This is the one pass over what may be a large table, so that whatever is joined to it is small. Counts that may lie
    inside another (``part_of``) are not added. Something done but not counted, or counted "over", leaves the range
    open above.
    """
    value, hedged = nw.col("quantity"), nw.col("qualifier")
    uncounted = value.is_null()
    flags = {
        "uncounted": uncounted,
        "open_above": (hedged == "at_least") | uncounted,
        "soft": (hedged == "about") | (hedged == "nearly"),
        "counted": ~uncounted,
    }
    # Widths stay hundredths of whole numbers until they are summed: engines take long to divide each row.
    widths = {hedge: _width(hedge) for hedge in ("about", "nearly")}
    rows = activities.filter(nw.col("part_of").is_null()).select(
        *keys,
        nw.col("period_end").dt.year().cast(nw.Int64).alias("year"),
        value.alias("count"),
        *(
            nw.when(hedged == hedge).then(width - width % 100).otherwise(nw.lit(0)).alias(hedge)
            for hedge, width in widths.items()
        ),
        *(nw.when(holds).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name) for name, holds in flags.items()),
        graded().alias("count_rank"),
    )
    return added(rows, *keys, sums=("count", *widths)).with_columns(
        (nw.col("count") - (nw.col("about") + nw.col("nearly")) // 100).alias("count_low"),
        (nw.col("count") + nw.col("about") // 100).alias("count_high"),
    )


def added(parts: Lazy, *keys: str, sums: Sequence[str] = ("count", "count_low", "count_high")) -> Lazy:
    """Parts of `yearly_counts` added up again, by fewer keys and year."""
    return parts.group_by(*keys, "year").agg(
        *(nw.col(name).sum() for name in sums),
        *(nw.col(name).max() for name in ("uncounted", "open_above", "soft", "counted", "count_rank")),
    )


def _inhabitants(population: Lazy) -> Lazy:
    zero = nw.lit(0)
    return (
        population.with_columns(nw.col("year").cast(nw.Int64))
        .group_by("year")
        .agg(nw.col("persons").sum().alias("count"))
        .with_columns(
            nw.col("count").alias("count_low"),
            nw.col("count").alias("count_high"),
            zero.alias("open_above"),
            zero.alias("soft"),
            zero.alias("count_rank"),
        )
    )


def cost_per_participant(
    programme_costs: Any, activities: Any, by: str = "participants", *, population: Any = None
) -> Any:
    """What a programme costs per participant, or per another unit.

    A count that is open above ("over 440") makes the quotient an upper bound, not a point; so does a
    position that also does work nobody has counted.

    Args:
        programme_costs: As `programme_costs` returns it.
        activities: ``programme``, ``unit``, ``period_end``, ``quantity``, ``qualifier``, ``part_of``, ``grade``.
        by: Unit to divide by: ``participants``, ``sessions``, ``courses`` … or ``inhabitants``.
        population: With ``by="inhabitants"``: ``municipality``, ``year``, ``persons`` of those who take part.

    Returns:
        One row per programme and year: ``programme``, ``year``, ``unit``, ``count``, ``count_low``,
        ``count_high`` (null where open), ``cost_low_nok``, ``cost_high_nok``, ``low_nok``,
        ``point_nok``, ``high_nok`` (kr per unit), ``high_at_low_cost_nok`` (the upper bound at the
        lowest cost), ``bound`` (``exact``, ``range``, ``at_most``, null), ``grade``, ``reason`` (why it
        is missing: as in `programme_costs`, or ``no_participants`` where nothing of the unit is counted).

    Raises:
        BadInput: Columns are missing, or ``by="inhabitants"`` without population.

    Source:
        Gevinstmodell as described in Hallinghelse, annual report 2025, lines 24-31.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> found = hh.compute(data, "cost_per_participant", year=2025)
        >>> found.filter(programme="mft").select("bound", "high_nok").row(0)
        ('at_most', 1770.0454545454545)
    """
    frames: dict[str, tuple[Any, tuple[str, ...]]] = {"programme_costs": (programme_costs, COSTS)}
    if by == "inhabitants":
        frames["population"] = (population, ("municipality", "year", "persons"))
    else:
        frames["activities"] = (activities, ACTIVITIES)
    costs, reached = lazy(**frames)
    if by == "inhabitants":
        counts = _inhabitants(reached)
    else:
        counts = yearly_counts(reached.filter(nw.col("unit") == by), "programme")
    return as_given(per_unit(costs, counts, by), programme_costs)


def per_unit(costs: Lazy, counts: Lazy, by: str) -> Lazy:
    """Costs divided by how many of a unit were reached, as `cost_per_participant` returns it."""
    costs = costs.filter(nw.col("programme") != UNALLOCATED)
    if by == "inhabitants":
        joined = costs.join(counts, on="year", how="left")
    else:
        joined = costs.join(counts.filter(nw.col("counted") == 1), on=["programme", "year"], how="left")
    has_count = nw.col("count_low") > 0
    other = ~nw.col("other_work").is_null() if by != "inhabitants" else nw.lit(False)
    limit = (nw.col("open_above") == 1) | other
    one_cost = nw.col("cost_low_nok") == nw.col("cost_high_nok")
    point = has_count & one_cost & (nw.col("soft") == 0) & ~limit
    known = has_count & ~nw.col("cost_low_nok").is_null()
    divisor_low = nw.when(has_count).then(nw.col("count_low"))
    divisor_high = nw.when(has_count & (nw.col("open_above") == 0)).then(nw.col("count_high"))
    return (
        joined.with_columns(graded())
        .with_columns(nw.max_horizontal("grade_rank", nw.coalesce("count_rank", nw.lit(len(GRADES) - 1))).alias("rank"))
        .with_columns(nw.when(known).then(nw.col("rank")).alias("rank"))
        .with_columns(grade_words("rank"))
        .select(
            "programme",
            "year",
            nw.lit(by).alias("unit"),
            "count",
            "count_low",
            nw.when(nw.col("open_above") == 0).then(nw.col("count_high")).alias("count_high"),
            "cost_low_nok",
            "cost_high_nok",
            nw.when(~limit).then(nw.col("cost_low_nok") / divisor_high).alias("low_nok"),
            nw.when(point).then(nw.col("cost_low_nok") / divisor_low).alias("point_nok"),
            (nw.col("cost_high_nok") / divisor_low).alias("high_nok"),
            (nw.col("cost_low_nok") / divisor_low).alias("high_at_low_cost_nok"),
            nw.when(known)
            .then(
                nw.when(limit)
                .then(nw.lit("at_most"))
                .otherwise(nw.when(point).then(nw.lit("exact")).otherwise(nw.lit("range")))
            )
            .alias("bound"),
            "grade",
            nw.when(nw.col("cost_low_nok").is_null())
            .then(nw.col("reason"))
            .otherwise(nw.when(~nw.coalesce(has_count, nw.lit(False))).then(nw.lit("no_participants")))
            .alias("reason"),
        )
        .sort("year", "programme")
    )
