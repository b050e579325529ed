"""What a scenario does to each municipality, and what an exit that happened did, taken apart."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change
from hhanalytics.decisions.exits import exits
from hhanalytics.decisions.memberships import table_of
from hhanalytics.decisions.municipalities import periods_of
from hhanalytics.decisions.scenario_charges import PARTS
from hhanalytics.decisions.scenarios import Scenario, scenario
from hhanalytics.measures.allocation import Keys, allocate

KEYS = ["municipality", "pool", "period_start", "period_end"]


def effects(made: Scenario, *, by: str = "municipality", year: int | None = None) -> pl.DataFrame:
    """The change of charge: in kroner, in per cent, per inhabitant, and what it is made of.

    Args:
        made: The scenario.
        by: ``municipality`` for sums, ``row`` for each pool and period.
        year: Only this year.

    Returns:
        The columns of ``by``, ``before_nok``, ``after_nok``, ``change_nok``, ``change_percent`` (null where
        nothing was paid before), ``change_per_inhabitant_nok`` (inhabitants on 1 January of the year, or of the
        latest before it that is on file), ``exit_nok``, ``level_nok``, ``obligation_nok``, which sum to the
        change, and ``low_nok`` and ``high_nok``, between which the charge lies where a cost is a range.

    Example:
        >>> import hhanalytics as hh
        >>> from datetime import date
        >>> gone = hh.leave(hh.load("data/raw"), "hol", date(2025, 7, 1))
        >>> found = effects(gone).filter(municipality="gol").row(0, named=True)
        >>> found["change_nok"] == found["exit_nok"] + found["level_nok"] + found["obligation_nok"]
        True
    """
    rows = _rows(made, year)
    ends = [rows["after_nok"]]
    if made.ranged:
        other = _rows(made.at("low" if made.end == "high" else "high"), year)
        # A row may stand at one end only, such as one that pays nothing at the highest cost.
        rows = rows.join(other.select(*KEYS, other_nok="after_nok"), on=KEYS, how="left")
        ends.append(rows["other_nok"].fill_null(0))
    rows = rows.with_columns(other_nok=ends[-1])
    keys = KEYS if by == "row" else ["municipality"]
    sums = rows.group_by(keys, maintain_order=True).agg(
        pl.col("before_nok", "after_nok", "other_nok", *PARTS).sum(), pl.col("period_start").max().alias("newest")
    )
    people = _people(made.base, sums)
    change = pl.col("after_nok") - pl.col("before_nok")
    return sums.with_columns(people).select(
        *keys,
        "before_nok",
        "after_nok",
        change.alias("change_nok"),
        pl.when(pl.col("before_nok") != 0).then(100 * change / pl.col("before_nok")).alias("change_percent"),
        (change / pl.col("inhabitants")).alias("change_per_inhabitant_nok"),
        *PARTS,
        pl.min_horizontal("after_nok", "other_nok").alias("low_nok"),
        pl.max_horizontal("after_nok", "other_nok").alias("high_nok"),
    )


def _rows(made: Scenario, year: int | None) -> pl.DataFrame:
    """The comparison with what the change is made of."""
    both = made.comparison.with_columns(made.parts.select(PARTS))
    return both if year is None else both.filter(pl.col("period_end").dt.year() == year)


def _people(dataset: Dataset, rows: pl.DataFrame) -> pl.Series:
    """Inhabitants beside each row."""
    sums = dataset.population.group_by("municipality", "year").agg(pl.col("persons").sum()).sort("year")
    known: dict[str, dict[int, int]] = {}
    for name, year, persons in sums.iter_rows():
        known.setdefault(name, {})[year] = persons
    found = []
    for name, newest in rows.select("municipality", "newest").iter_rows():
        years = [year for year in known.get(name, {}) if year <= newest.year]
        found.append(known[name][max(years)] if years else None)
    return pl.Series("inhabitants", found, pl.Int64)


def backtest(dataset: Dataset, year: int) -> pl.DataFrame:
    """What would have been foretold of the year's exits, beside what was charged.

    Only what was known before the first exit is used: charges up to then, and memberships as they stood, with
    nobody gone. The scenario then lets those leave who did, on the day they did, and its shares are put to
    the pools' later amounts.

    Args:
        dataset: The Dataset, printed or corrected.
        year: The year.

    Returns:
        One row per municipality, pool and period after an exit: ``municipality``, ``pool``, ``period_start``,
        ``period_end``, ``share`` (foretold), ``foretold_nok``, ``charged_nok``, ``difference_nok``; no rows where
        nobody left.

    Example:
        >>> import hhanalytics as hh
        >>> found = backtest(hh.load("data/raw"), 2025)
        >>> found.height, found["difference_nok"].abs().max()
        (10, 0)
    """
    schema = {"share": pl.Float64, "foretold_nok": pl.Int64, "charged_nok": pl.Int64, "difference_nok": pl.Int64}
    nothing = pl.DataFrame(schema={**{key: dataset.costs.schema[key] for key in KEYS}, **schema})
    gone = exits(dataset, year)
    if not gone.height:
        return nothing
    first: date = gone["left_on"].min()  # type: ignore[assignment]
    changes = [
        Change("leave", str(name), left_on, pools=tuple(pools["pool"]))
        for (name, left_on), pools in gone.group_by(["municipality", "left_on"], maintain_order=True)
    ]
    known = dataset.replace(
        costs=dataset.costs.filter(pl.col("period_end") < first),
        memberships=_as_if_nobody_left(dataset.memberships, first),
    )
    if not known.costs.filter(pl.col("period_end").dt.year() == year).height:
        return nothing
    later = dataset.costs.filter(
        pl.col("pool").is_in(gone["pool"].unique().implode())
        & (pl.col("period_start") >= first)
        & (pl.col("period_end").dt.year() == year)
    )
    amounts = later.group_by("pool", "period_start", "period_end").agg(pl.col("amount_nok").sum()).sort("pool")
    foretold = allocate(amounts, scenario(known, changes).dataset.memberships, dataset.population)
    charged = later.group_by(KEYS).agg(pl.col("amount_nok").sum().alias("charged_nok"))
    found: pl.DataFrame = (
        foretold.rename({"amount_nok": "foretold_nok"})
        .join(charged, on=KEYS, how="full", coalesce=True)
        .with_columns(pl.col("foretold_nok", "charged_nok").fill_null(0))
        .with_columns((pl.col("charged_nok") - pl.col("foretold_nok")).alias("difference_nok"))
        .select(nothing.columns)
        .sort("period_start", "pool", "municipality")
    )
    return found


def _as_if_nobody_left(memberships: pl.DataFrame, day: date) -> pl.DataFrame:
    """Memberships as they stood before a day, without anything that happened from then on."""
    stood: list[dict[str, Any]] = [
        {
            **row,
            "valid_to": None if (row["valid_to"] or day) >= date.fromordinal(day.toordinal() - 1) else row["valid_to"],
        }
        for row in memberships.filter(pl.col("valid_from") < day).iter_rows(named=True)
    ]
    return table_of(stood)


#: Columns of `increases`, in the order in which the parts are taken.
INCREASE = {
    "municipality": pl.String,
    "pool": pl.String,
    "before_nok": pl.Int64,
    "off_key_nok": pl.Int64,
    "exit_nok": pl.Int64,
    "level_nok": pl.Int64,
    "after_nok": pl.Int64,
}


def increases(dataset: Dataset, year: int) -> pl.DataFrame:
    """Why each paid more, or less, in the last period of the year than in the first.

    In this order, so that the parts sum to the whole exactly: the first period put to its key
    (``off_key_nok``, rounding or a charge that did not follow it), the exit at the first period's pool
    (``exit_nok``), then the growth of the pool at the new shares (``level_nok``).

    Args:
        dataset: The Dataset, printed or corrected.
        year: The year.

    Returns:
        One row per municipality and ordinary pool: ``municipality``, ``pool``, ``before_nok``, ``off_key_nok``,
        ``exit_nok``, ``level_nok``, ``after_nok``; no rows where the year has one period.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> found = increases(hh.corrected(data, hh.reconcile(data)), 2025).filter(pl.col("municipality") == "aal")
        >>> found.select(pl.col("exit_nok", "level_nok").sum()).row(0)
        (125800, -6455)
    """
    periods = periods_of(dataset, year)
    if len(periods) < 2:
        return pl.DataFrame(schema=INCREASE)
    keys = Keys(dataset.memberships.iter_rows(named=True), dataset.population.iter_rows(named=True))
    out = []
    for pool in dataset.ordinary_pools():
        paid = [_paid(dataset, pool, *period) for period in (periods[0], periods[-1])]
        if not any(paid):
            continue
        total = sum(paid[0].values())
        by_key, _ = keys.share(pool, *periods[0], total, []) if keys.on(pool, periods[0][0]) else ({}, {})
        moved, _ = keys.share(pool, *periods[-1], total, []) if keys.on(pool, periods[-1][0]) else ({}, {})
        for name in sorted({*paid[0], *paid[1], *by_key, *moved}):
            steps = [each.get(name, 0) for each in (paid[0], by_key, moved, paid[1])]
            parts = [after - before for before, after in pairwise(steps)]
            out.append(dict(zip(INCREASE, (name, pool, steps[0], *parts, steps[-1]), strict=True)))
    return pl.DataFrame(out, schema=INCREASE)


def _paid(dataset: Dataset, pool: str, start: date, end: date) -> dict[str, int]:
    rows = dataset.costs.filter(pool=pool, period_start=start, period_end=end)
    return dict(rows.group_by("municipality").agg(pl.col("amount_nok").sum()).iter_rows())
