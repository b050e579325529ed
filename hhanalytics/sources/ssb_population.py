"""Rows of `population` from Statistics Norway's table of persons by sex and year of age."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from hhanalytics.errors import BadInput
from hhanalytics.sources.ssb import Fetched

#: The sexes that together are everybody: both, or their sum.
_SEXES = ({"1", "2"}, {"0"})
#: Words of the last age, which has no end.
_OPEN = re.compile(r"eller (eldre|mer)|or (older|more)|\+")


def population_rows(fetched: Fetched, bands: Sequence[str]) -> pl.DataFrame:
    """Persons by municipality, year and band of ages, summed over sexes and years of age.

    Args:
        fetched: The table, with every sex and every age.
        bands: The bands that the ages are divided into, as in `population`: ``18-49``, ``90+``.

    Returns:
        Rows of `population`, graded ``derived``: each is a sum of the table's cells.

    Raises:
        BadInput: The table holds not everybody, or a cell without a figure; nothing is guessed.
    """
    frame = fetched.frame
    age, sex = (_column(frame, name) for name in ("alder", "kj(o|ø)nn"))
    ages = dict(frame.select(age, f"{age}_label").unique().iter_rows())
    _whole(frame, age, sex, ages, fetched.table)
    empty = frame.filter(pl.col("value").is_null())
    if empty.height:
        first = empty.row(0, named=True)
        found = f"{empty.height} cells without a figure, the first for {first['municipality']}, {first['Tid']}, age {first[age]}"
        raise BadInput.of("no_figure_there", fetched.table, found, "a figure in every cell", "Fetch it again later.")
    taken = {code: _band(int(code), bands, fetched.table) for code in ages}
    region = _column(frame, "region|kommune")
    return (
        frame.with_columns(
            year=pl.col("period_start").dt.year().cast(pl.Int64), age_band=pl.col(age).replace_strict(taken)
        )
        .group_by("municipality", "year", "age_band", maintain_order=True)
        .agg(pl.col("value").sum().cast(pl.Int64).alias("persons"), pl.col(region).first().alias("code"))
        .with_columns(
            locator=pl.format("tabell {}, {}, {}, {}", pl.lit(fetched.table), "code", "year", "age_band"),
            grade=pl.lit("derived"),
        )
        .drop("code")
        .sort("municipality", "year", pl.col("age_band").str.extract(r"^(\d+)").cast(pl.Int64))
    )


def _column(frame: pl.DataFrame, pattern: str) -> str:
    found = [name for name in frame.columns if re.fullmatch(pattern, name, re.IGNORECASE)]
    if len(found) != 1:
        mend = "Take table 07459, or write the rows as population.csv."
        raise BadInput.of("bad_table", "the table", f"the columns {', '.join(frame.columns)}", f"one {pattern}", mend)
    return found[0]


def _whole(frame: pl.DataFrame, age: str, sex: str, ages: dict[str, str], table: str) -> None:
    """Refuse a table that does not hold everybody exactly once."""
    sexes = set(frame[sex])
    numbers = sorted(int(code) for code in ages if re.fullmatch(r"\d{1,3}", code))
    last = next((label for code, label in ages.items() if numbers and int(code) == numbers[-1]), "")
    whole = len(numbers) == len(ages) and numbers == list(range(len(numbers))) and _OPEN.search(last)
    if not whole or sexes not in _SEXES:
        found = (
            f"sexes {', '.join(sorted(sexes))} and ages {', '.join(sorted(ages)[:3])} … {', '.join(sorted(ages)[-1:])}"
        )
        mend = "Fetch it without --select, so that sexes and ages are whole."
        raise BadInput.of("not_everybody", table, found, "both sexes and every year of age up to the last", mend)
    double = frame.select("municipality", "period_start", sex, age).is_duplicated()
    if double.any():
        mend = "Choose one of them: --select DIMENSION=CODE."
        raise BadInput.of("not_everybody", table, "several figures for the same persons", "one", mend)


def _band(age: int, bands: Sequence[str], table: str) -> str:
    """The band of an age.

    Example:
        >>> _band(17, ["0-17", "18+"], "07459"), _band(105, ["0-17", "18+"], "07459")
        ('0-17', '18+')
    """
    for band in bands:
        low, _, high = band.rstrip("+").partition("-")
        if int(low) <= age and (band.endswith("+") or age <= int(high)):
            return band
    raise BadInput.of("not_everybody", table, f"age {age}", f"one of {', '.join(bands)}", "Give a band for every age.")
