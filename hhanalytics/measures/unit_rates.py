"""Units of welfare technology per 1 000 inhabitants and per 1 000 aged 80 and over."""

from __future__ import annotations

import re
from typing import Any, Final

import narwhals as nw

from hhanalytics.evidence import GRADES
from hhanalytics.measures.frames import Lazy, as_given, lazy, once, rows
from hhanalytics.measures.grades import grade_words
from hhanalytics.measures.unit_reports import COUNTS, latest_of, month_number, refuse, reports_of

#: Ages that units are put in proportion to → the least age.
AGES: Final = {"all": 0, "80+": 80}
PER: Final = 1000


def unit_rates(welfare_tech: Any, population: Any, memberships: Any) -> Any:
    """Units in use per 1 000 inhabitants, by technology, month and, where counted so, municipality.

    Persons are those of 1 January of the month's year. A count that is split is divided by the persons of its
    municipality. Where it is not split, which municipalities it covers is not stated: then the rate is a
    range, from all who take part at any time of the year to those who take part in all its months.

    Args:
        welfare_tech: ``technology``, ``month``, ``municipality`` (null: not split), ``units``, ``grade``.
        population: ``municipality``, ``year``, ``age_band``, ``persons``.
        memberships: ``municipality``, ``valid_from``, ``valid_to`` of those whose units are counted.

    Returns:
        One row per technology, month, municipality and age: ``technology``, ``month``, ``municipality``,
        ``age`` (``all``, ``80+``), ``units``, ``persons_low``, ``persons_high``, ``rate_low``, ``rate_high``
        (units per 1 000), ``rate`` (null in a range), ``bound`` (``exact``, ``range``; null), ``grade``,
        ``reason`` (``no_members``: nobody takes part throughout; ``no_population``: none for the year;
        ``age_bands``: no division at 80 years).

    Raises:
        BadInput: Columns are missing, or a cell of ``welfare_tech`` cannot be used.

    Source:
        Population on 1 January, Statistics Norway, table 07459.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.compute(hh.load("data/raw"), "unit_rates").filter(technology="trygghetsalarm", age="80+")
        >>> [round(rate) for rate in found.select("rate_low", "rate_high").row(-1)]
        [416, 502]
    """
    counted, people, members = lazy(
        welfare_tech=(welfare_tech, COUNTS),
        population=(population, ("municipality", "year", "age_band", "persons")),
        memberships=(memberships, ("municipality", "valid_from", "valid_to")),
    )
    reports = reports_of(counted, {})
    refuse(reports)
    year = (nw.col("month_number") // 12).alias("year")
    latest = once(latest_of(reports).with_columns(year), welfare_tech)
    persons = once(_persons(people), welfare_tech)
    of_one = latest.filter(nw.col("split") == 1).join(
        persons.with_columns(nw.col("persons").alias("persons_low"), nw.col("persons").alias("persons_high")),
        on=["municipality", "year"],
        how="left",
    )
    of_all = latest.filter(nw.col("whole") == 1).join(_covered(latest, persons, members), on="year", how="left")
    columns = ["technology", "month", "municipality", "age", "units", "persons_low", "persons_high", "grade_rank"]
    both = nw.concat([of_one.select(columns), of_all.select(columns)])
    low, high = nw.col("persons_low"), nw.col("persons_high")
    known = (low > 0) & (high > 0)
    exact = known & (low == high)
    rank = nw.max_horizontal("grade_rank", nw.when(exact).then(nw.lit(1)).otherwise(nw.lit(2)))
    result = (
        both.with_columns(nw.when(known).then(rank).otherwise(nw.lit(len(GRADES) - 1)).alias("rank"))
        .with_columns(grade_words("rank"))
        .select(
            *columns[:-1],
            nw.when(known).then(nw.col("units") * PER / high).alias("rate_low"),
            nw.when(known).then(nw.col("units") * PER / low).alias("rate_high"),
            nw.when(exact).then(nw.col("units") * PER / low).alias("rate"),
            nw.when(known).then(nw.when(exact).then(nw.lit("exact")).otherwise(nw.lit("range"))).alias("bound"),
            "grade",
            nw.when(nw.col("age").is_null() | high.is_null())
            .then(nw.when(nw.col("age") == "80+").then(nw.lit("age_bands")).otherwise(nw.lit("no_population")))
            .otherwise(nw.when(low.is_null()).then(nw.lit("no_members")))
            .alias("reason"),
        )
        .sort("technology", "month", "municipality", "age", nulls_last=True)
    )
    return as_given(result, welfare_tech)


def _persons(people: Lazy) -> Lazy:
    """Persons of each municipality, year and age; null where the bands do not divide at the age."""
    bands = [row["age_band"] for row in rows(people.select("age_band").unique().to_native())]
    parts = []
    for age, least in AGES.items():
        above = [band for band in bands if int(re.split(r"[-+]", band)[0]) >= least]
        across = [band for band in bands if band not in above and _last(band) >= least]
        summed = (
            people.with_columns(
                nw.col("year").cast(nw.Int64),
                nw.when(nw.col("age_band").is_in(above)).then(nw.col("persons")).otherwise(nw.lit(0)).alias("part"),
                nw.when(nw.col("age_band").is_in(across)).then(nw.lit(1)).otherwise(nw.lit(0)).alias("across"),
            )
            .group_by("municipality", "year")
            .agg(nw.col("part").sum(), nw.col("across").max())
        )
        parts.append(
            summed.select(
                "municipality",
                "year",
                nw.lit(age).alias("age"),
                nw.when(nw.col("across") == 0).then(nw.col("part")).alias("persons"),
            )
        )
    return nw.concat(parts)


def _last(band: str) -> int:
    """The highest age of a band.

    Example:
        >>> _last("67-79"), _last("90+")
        (79, 999)
    """
    return 999 if band.endswith("+") else int(band.split("-")[1])


def _covered(latest: Lazy, persons: Lazy, members: Lazy) -> Lazy:
    """Per year and age, persons of those who take part in all months of it, and of those who do at any time."""
    months = latest.select("year", "month_number").unique()
    taking_part = (
        months.join(
            members.select(
                "municipality",
                month_number("valid_from").alias("from_month"),
                nw.coalesce(month_number("valid_to"), nw.lit(9999 * 12)).alias("to_month"),
            ),
            how="cross",
        )
        .filter((nw.col("from_month") <= nw.col("month_number")) & (nw.col("month_number") <= nw.col("to_month")))
        .select("year", "month_number", "municipality")
        .unique()
        .group_by("year", "municipality")
        .agg(nw.len().alias("present"))
    )
    # Of one who takes part nothing is known: then the year has no rate, rather than one of the others only.
    held = persons.select("municipality", "year", nw.lit(1).alias("held")).unique()
    lacking = taking_part.join(held, on=["municipality", "year"], how="left").filter(nw.col("held").is_null())
    all_months = months.group_by("year").agg(nw.len().alias("months"))
    each = taking_part.join(all_months, on="year", how="left").join(persons, on=["municipality", "year"], how="left")
    each = each.with_columns(
        nw.when(nw.col("present") == nw.col("months")).then(nw.lit(1)).otherwise(nw.lit(0)).alias("always"),
        nw.when(nw.col("persons").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("unknown"),
    ).with_columns((nw.col("persons") * nw.col("always")).alias("always_persons"))
    known = nw.col("unknown") == 0
    return (
        each.group_by("year", "age")
        .agg(
            nw.col("persons").sum(),
            nw.col("always_persons").sum(),
            nw.col("always").max(),
            nw.col("unknown").max(),
        )
        .select(
            "year",
            "age",
            nw.when(known & (nw.col("always") == 1)).then(nw.col("always_persons")).alias("persons_low"),
            nw.when(known).then(nw.col("persons")).alias("persons_high"),
        )
        .join(lacking.select("year").unique(), on="year", how="anti")
    )
