"""What a municipality's exit moved to those who stayed: the year as it went, against its counterfactual."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.evidence import Figure, weakest
from hhanalytics.measures.allocation import allocate

#: Stands for "still holds" where dates are compared.
OPEN = date(9999, 12, 31)

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
        The key that holds for those who stayed, with the one that left among them; fixed shares as they
        were on the last day before. `allocate` does the sharing.

    Example:
        >>> import hhanalytics as hh
        >>> effects = exit_effects(hh.load("data/raw"), 2025)
        >>> effects.filter(municipality="nesbyen")["moved_nok"].item()
        -466000
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
        stayed = _had_it_stayed(dataset.memberships, str(name), left_on, pools["pool"].to_list())
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
            .select(list(EFFECT))
            .sort("municipality")
        )
    return pl.concat(out) if out else pl.DataFrame(schema=EFFECT)


def _had_it_stayed(memberships: pl.DataFrame, name: str, left_on: date, pools: list[str]) -> pl.DataFrame:
    """The memberships, had one municipality stayed in some pools."""
    last = left_on - timedelta(days=1)
    out = [memberships.filter(~pl.col("pool").is_in(pools))]
    for pool in pools:
        members = memberships.filter(pool=pool)
        on_last = (pl.col("valid_from") <= last) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= last))
        before = members.filter(on_last)
        if "fixed" in before["key"]:
            # How the rest would have shared otherwise is not known; the shares of that day sum to one.
            out.append(before.with_columns(pl.lit(None, pl.Date).alias("valid_to")))
            continue
        own = pl.col("municipality") == name
        ended = own & (pl.col("valid_to") == last)
        back = members.filter(own & (pl.col("valid_from") > left_on))["valid_from"].min()
        until = back - timedelta(days=1) if isinstance(back, date) else OPEN
        keys = (
            members.filter(~own & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= left_on)))
            .group_by("key", "reference_date", "fixed_share")
            .agg(pl.col("valid_from").min(), pl.col("valid_to").fill_null(OPEN).max())
            .with_columns(
                pl.max_horizontal("valid_from", pl.lit(left_on)).alias("valid_from"),
                pl.min_horizontal("valid_to", pl.lit(until)).alias("valid_to"),
            )
            .filter(pl.col("valid_from") <= pl.col("valid_to"))
        )
        extended = members.filter(ended).drop(keys.columns).join(keys, how="cross").select(members.columns)
        out += [members, extended]
    return pl.concat(out)


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
        if not before:
            continue
        pools = exits(dataset, year).filter(municipality=name, left_on=left_on)["pool"].implode()
        charges = dataset.costs.filter(
            pl.col("pool").is_in(pools) & (pl.col("period_start") >= left_on) & (pl.col("period_end").dt.year() == year)
        )
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
