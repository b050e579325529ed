"""What a municipality's exit moved to those who stayed: the year as it went, against its counterfactual."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.evidence import Figure, weakest
from hhanalytics.measures.allocation import allocate

#: Columns of `exit_effects`, in order.
EFFECT = {
    "left": pl.String,
    "left_on": pl.Date,
    "municipality": pl.String,
    "with_it_nok": pl.Int64,
    "without_it_nok": pl.Int64,
    "moved_nok": pl.Int64,
}


def exits(dataset: Dataset, year: int) -> pl.DataFrame:
    """Who left which pools during a year: ``municipality``, ``pool``, ``left_on`` (first day outside).

    Example:
        >>> import hhanalytics as hh
        >>> sorted(exits(hh.load("data/raw"), 2025)["municipality"].unique())
        ['nesbyen']
    """
    first_out = pl.col("valid_to") + pl.duration(days=1)
    stays = dataset.memberships.select("municipality", "pool", pl.col("valid_from").alias("left_on"))
    charged = dataset.costs.select("pool").unique()
    return (
        dataset.memberships.filter((pl.col("valid_to") >= date(year, 1, 1)) & (pl.col("valid_to") < date(year, 12, 31)))
        .select("municipality", "pool", first_out.alias("left_on"))
        .join(stays, on=["municipality", "pool", "left_on"], how="anti")
        .join(charged, on="pool", how="semi")
        .sort("municipality", "pool")
    )


def exit_effects(dataset: Dataset, year: int) -> pl.DataFrame:
    """What each paid after an exit, and what each would have paid had nobody left.

    The pools' amounts are taken as they were: an exit moves shares, and whether it also changed what
    was spent is not known. Only charges that lie wholly after the exit are looked at.

    Args:
        dataset: The Dataset.
        year: The year.

    Returns:
        One row per municipality that left and municipality charged: ``left``, ``left_on``,
        ``municipality``, ``with_it_nok`` (had it stayed), ``without_it_nok`` (as charged), ``moved_nok``.

    Source:
        Same key, the members as they were before the exit; `allocate` does the sharing.

    Example:
        >>> import hhanalytics as hh
        >>> effects = exit_effects(hh.load("data/raw"), 2025)
        >>> effects.filter(municipality="nesbyen")["moved_nok"].item()
        -466016
    """
    out = []
    for (name, left_on), pools in exits(dataset, year).group_by(["municipality", "left_on"], maintain_order=True):
        gone = pools["pool"].implode()
        rows = dataset.costs.filter(
            pl.col("pool").is_in(gone) & (pl.col("period_start") >= left_on) & (pl.col("period_end").dt.year() == year)
        )
        if not rows.height:
            continue
        amounts = rows.group_by("pool", "period_start", "period_end").agg(pl.col("amount_nok").sum()).sort("pool")
        stayed = dataset.memberships.with_columns(
            pl.when((pl.col("municipality") == name) & pl.col("pool").is_in(gone))
            .then(None)
            .otherwise("valid_to")
            .alias("valid_to")
        )
        would = allocate(amounts, stayed, dataset.population).group_by("municipality").agg(pl.col("amount_nok").sum())
        paid = rows.group_by("municipality").agg(pl.col("amount_nok").sum().alias("without_it_nok"))
        out.append(
            would.rename({"amount_nok": "with_it_nok"})
            .join(paid, on="municipality", how="full", coalesce=True)
            .with_columns(
                pl.lit(name).alias("left"),
                pl.lit(left_on).alias("left_on"),
                pl.col("with_it_nok", "without_it_nok").fill_null(0),
            )
            .with_columns((pl.col("without_it_nok") - pl.col("with_it_nok")).alias("moved_nok"))
            .select(EFFECT)
            .sort("municipality")
        )
    return pl.concat(out) if out else pl.DataFrame(schema=EFFECT)


def exit_findings(dataset: Dataset, year: int) -> list[Finding]:
    """What each exit of the year moved to those who stayed.

    Returns:
        Findings ``municipality_left``: figures ``moved`` (kr, two significant digits being enough in
        text), ``increase`` (per cent, the same for all who share by population) and ``members``.

    Example:
        >>> import hhanalytics as hh
        >>> [finding] = exit_findings(hh.load("data/raw"), 2025)
        >>> round(finding.figures["increase"].value, 1)
        18.1
    """
    found = []
    effects = exit_effects(dataset, year)
    for (name, left_on), rows in effects.group_by(["left", "left_on"], maintain_order=True):
        others = rows.filter(pl.col("municipality") != name)
        moved, before = int(others["moved_nok"].sum()), int(others["with_it_nok"].sum())
        pools = exits(dataset, year).filter(municipality=name)["pool"].implode()
        charges = dataset.costs.filter(pl.col("pool").is_in(pools) & (pl.col("period_start") >= left_on))
        members = dataset.memberships.filter(pl.col("pool").is_in(pools))
        people = dataset.population.filter(
            pl.col("year").is_in(members["reference_date"].drop_nulls().dt.year().unique().implode())
            & pl.col("municipality").is_in(members["municipality"].unique().implode())
        )
        cites = (*cite("costs", charges), *cite("population", people))
        grade = weakest([grade_of(charges, members), "derived"])
        last = (left_on - timedelta(days=1)).isoformat()
        found.append(
            Finding(
                "municipality_left",
                str(name),
                {
                    "moved": kroner(moved, cites, grade, formula="exit_effect"),
                    "increase": Figure(100 * moved / before, "percent", grade, citations=cites, formula="exit_effect"),
                    "members": Figure(others.height, "municipalities", grade, citations=cite("memberships", members)),
                },
                "inform",
                {
                    "municipality": ("municipalities", str(name)),
                    "last": ("dates", last),
                    "left": ("dates", left_on.isoformat()),
                },
            )
        )
    return found
