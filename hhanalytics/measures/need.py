"""Need beside use: how many live in each municipality, how many of them are old, as context and never as a score."""

from __future__ import annotations

from typing import Final

import polars as pl

from hhanalytics.dataset import Dataset

#: Column → first and last age, from the ages that every year has.
LONG: Final = {"persons_67_plus": (67, None), "persons_80_plus": (80, None), "working_18_66": (18, 66)}
#: The same from single years of age, which are on file for later years only.
LATER: Final = {"persons_65_plus": (65, None), "working_18_64": (18, 64)}


def need_by_municipality(dataset: Dataset) -> pl.DataFrame:
    """Inhabitants on 1 January, the old among them, and their ratio to those of working age, year by year.

    The ages on file since 2005 divide at 67, so 65 and over is given only for the years with single
    years of age (table ``population_by_age``). Each has its own working age, up to the day before.

    Args:
        dataset: The Dataset.

    Returns:
        One row per municipality and year: ``municipality``, ``year``, ``inhabitants``, ``persons_67_plus``,
        ``persons_80_plus``, ``working_18_66``, ``persons_65_plus``, ``working_18_64``, and per 100 of working age:
        ``ratio_67`` (67 and over to 18-66), ``ratio_80`` (80 and over to 18-66), ``ratio_65`` (65 and over to
        18-64). Null where the ages on file do not divide there.

    Source:
        Statistics Norway, table 07459.

    Example:
        >>> import hhanalytics as hh
        >>> found = need_by_municipality(hh.load("data/raw"))
        >>> found.filter(municipality="aal", year=2025).select("inhabitants", "persons_67_plus", "persons_80_plus").row(0)
        (4835, 1066, 311)
    """
    found = _sums(dataset.population, {"inhabitants": (0, None), **LONG})
    later = _sums(dataset.population_by_age, LATER)
    joined = found.join(later, on=["municipality", "year"], how="left")
    return joined.with_columns(
        _ratio("persons_67_plus", "working_18_66").alias("ratio_67"),
        _ratio("persons_80_plus", "working_18_66").alias("ratio_80"),
        _ratio("persons_65_plus", "working_18_64").alias("ratio_65"),
    ).sort("municipality", "year")


def _sums(population: pl.DataFrame, wanted: dict[str, tuple[int, int | None]]) -> pl.DataFrame:
    """Persons of some ages, null where a band on file reaches over an end."""
    ages = population.with_columns(
        pl.col("age_band").str.extract(r"^(\d+)").cast(pl.Int64).alias("first"),
        pl.col("age_band").str.extract(r"-(\d+)$").cast(pl.Int64).fill_null(999).alias("last"),
    )
    sums = []
    for name, (low, high) in wanted.items():
        top = 999 if high is None else high
        inside = (pl.col("first") >= low) & (pl.col("last") <= top)
        across = ~inside & (pl.col("first") <= top) & (pl.col("last") >= low)
        sums.append(pl.when(~across.any()).then(pl.col("persons").filter(inside).sum()).alias(name))
    return ages.group_by("municipality", "year").agg(sums)


def _ratio(old: str, working: str) -> pl.Expr:
    return pl.when(pl.col(working) > 0).then(100 * pl.col(old) / pl.col(working))
