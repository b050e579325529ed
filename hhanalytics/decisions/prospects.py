"""What HOF and the municipalities should know about who may leave or come: scenarios as findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change
from hhanalytics.decisions.effects import backtest, effects
from hhanalytics.decisions.exits import exits
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.municipalities import staying
from hhanalytics.decisions.scenarios import Scenario, scenario
from hhanalytics.errors import BadInput
from hhanalytics.evidence import Citation, Figure, weakest


@dataclass(frozen=True)
class Prospect:
    """What a municipality's leaving would do to itself and to each of the others, in a year.

    Attributes:
        municipality: Who leaves.
        on: The first day outside.
        saves: What it would no longer be charged, kr a year; and so the most it may pay for the same elsewhere.
        moved: What the others pay more together, kr a year.
        others: What each of the others pays more: kr a year, and per cent.
    """

    municipality: str
    on: date
    saves: Figure
    moved: Figure
    others: dict[str, tuple[Figure, Figure]]


def prospects(dataset: Dataset, year: int, on: date) -> list[Prospect]:
    """What happens if each of those that stay leaves, one at a time, the pools staying as they are.

    Args:
        dataset: The Dataset, printed or corrected.
        year: The last year with accounts that is looked at.
        on: First day outside; the year of that day is compared.

    Example:
        >>> import hhanalytics as hh
        >>> found = prospects(hh.load("data/raw"), 2025, date(2027, 1, 1))
        >>> [each.municipality for each in found if each.saves.value == max(p.saves.value for p in found)]
        ['aal']
    """
    return list(_prospects(dataset, year, on))


@lru_cache(maxsize=4)
def _prospects(dataset: Dataset, year: int, on: date) -> tuple[Prospect, ...]:
    """A scenario for each municipality is slow where there are many, and both table and findings ask for them."""
    found = []
    members = staying(dataset, year)
    cites = rests_on(dataset, year, members)
    for name in members if len(members) > 1 else []:
        try:
            made = scenario(dataset, [Change("leave", name, on)])
        except BadInput:
            # It is the last in one of its pools: nobody is there to pay for the rest.
            continue
        rows = {row["municipality"]: row for row in effects(made, year=on.year).iter_rows(named=True)}
        if name not in rows:
            continue
        others = {
            other: (
                kroner(row["change_nok"], cites, "assumed", formula="scenario"),
                Figure(row["change_percent"], "percent", "assumed", citations=cites, formula="scenario"),
            )
            for other, row in rows.items()
            if other != name and other in members
        }
        moved = sum(int(kr.value or 0) for kr, _ in others.values())
        found.append(
            Prospect(
                name,
                on,
                kroner(-rows[name]["change_nok"], cites, "assumed", formula="scenario"),
                kroner(moved, cites, "assumed", formula="scenario"),
                others,
            )
        )
    return tuple(found)


def rests_on(dataset: Dataset, year: int, members: Iterable[str]) -> tuple[Citation, ...]:
    """The last charges of the year, which are carried forward, and the memberships that give their shares."""
    charges = dataset.costs.filter(pl.col("period_end").dt.year() == year)
    last = charges.filter(pl.col("period_end") == pl.col("period_end").max())
    pools = last["pool"].unique().implode()
    memberships = dataset.memberships.filter(pl.col("pool").is_in(pools) & pl.col("municipality").is_in([*members]))
    return (*cite("costs", last), *cite("memberships", memberships))


def prospect_findings(dataset: Dataset, year: int, on: date) -> list[Finding]:
    """The two or three scenarios that a steering group should know.

    Returns:
        ``if_one_more_leaves``: figures ``least`` and ``most`` (per cent that the others pay more, the least and the most
        that anybody's leaving moves) and ``members``;
        ``if_one_returns``, for each that left in the year: figures ``less`` (per cent that the others pay less, as a
        positive number), ``moved`` (kr a year), ``own`` (what it pays more itself);
        ``trial_ends``, for each membership with a last day after the year's end: ``before`` and ``after`` (kr a year each
        of the others pays, with and without it), in ``names`` who and which pool.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> [f.kind for f in prospect_findings(hh.corrected(data, hh.reconcile(data)), 2025, date(2027, 1, 1))]
        ['if_one_more_leaves', 'if_one_returns', 'trial_ends']
    """
    return [
        *_one_more(dataset, year, on),
        *_returns(dataset, year, on),
        *_trials(dataset, year, on),
    ]


def _one_more(dataset: Dataset, year: int, on: date) -> list[Finding]:
    found = prospects(dataset, year, on)
    if not found:
        return []
    # The pools differ a little in who is in them; what all others pay more together is said.
    outlook = scenario(dataset, [], until=on.year).comparison
    rises = {each.municipality: _rise(each, outlook, on) for each in found}
    ordered = sorted(rises, key=lambda name: rises[name].value or 0)
    least, most = ordered[0], ordered[-1]
    number = Figure(len(found), "municipalities", "documented", citations=cite("memberships", dataset.memberships))
    figures = {"least": rises[least], "most": rises[most], "members": number}
    names = {
        "smallest": ("municipalities", least),
        "largest": ("municipalities", most),
        "on": ("dates", on.isoformat()),
    }
    return [Finding("if_one_more_leaves", "leave", figures, "inform", names)]


def _rise(each: Prospect, outlook: pl.DataFrame, on: date) -> Figure:
    """What the others pay more together, in per cent of what they pay."""
    rows = outlook.filter(pl.col("municipality").is_in([*each.others]) & (pl.col("period_end").dt.year() == on.year))
    before = int(rows["before_nok"].sum())
    value = 100 * (each.moved.value or 0) / before if before else None
    return Figure(value, "percent", "assumed", citations=each.moved.citations, formula="scenario")


def _returns(dataset: Dataset, year: int, on: date) -> list[Finding]:
    found = []
    for (name,), rows in exits(dataset, year).group_by(["municipality"], maintain_order=True):
        alone = paid_alone(dataset, str(name), on)
        try:
            made = scenario(dataset, [Change("join", str(name), on, pools=tuple(rows["pool"]), ends=alone)])
        except BadInput:
            continue
        changed = effects(made, year=on.year)
        own = int(changed.filter(municipality=str(name))["change_nok"].sum())
        changed = changed.filter(pl.col("municipality").is_in(staying(dataset, year)))
        before, after = int(changed["before_nok"].sum()), int(changed["after_nok"].sum())
        # Pools that nothing has been charged to cannot be carried forward: nothing is known of what would be shared.
        if not before or before == after:
            continue
        cites = rests_on(dataset, year, [*staying(dataset, year), str(name)])
        figures = {
            "less": Figure(100 * (before - after) / before, "percent", "assumed", citations=cites, formula="scenario"),
            "moved": kroner(before - after, cites, "assumed", formula="scenario"),
            "own": kroner(own, cites, "assumed", formula="scenario"),
        }
        names = {"municipality": ("municipalities", str(name)), "on": ("dates", on.isoformat())}
        found.append(Finding("if_one_returns", str(name), figures, "inform", names))
    return found


def paid_alone(dataset: Dataset, name: str, on: date) -> tuple[str, ...]:
    """Pools in which a municipality is the only member: its own part of something the others share."""
    holds = dataset.memberships.filter(
        (pl.col("valid_from") <= on) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= on))
    )
    alone = holds.group_by("pool").agg(pl.col("municipality").n_unique().alias("n"), pl.col("municipality").first())
    variable = dataset.cost_behaviours.filter(behaviour="variable")["pool"].to_list()
    return tuple(
        alone.filter((pl.col("n") == 1) & (pl.col("municipality") == name) & pl.col("pool").is_in(variable))[
            "pool"
        ].sort()
    )


def _trials(dataset: Dataset, year: int, on: date) -> list[Finding]:
    end = date(year, 12, 31)
    found = []
    ending = dataset.memberships.filter((pl.col("valid_to") >= end) & (pl.col("valid_to") < on))
    for row in ending.sort("pool", "municipality").iter_rows(named=True):
        name, pool, stops = row["municipality"], row["pool"], row["valid_to"] + timedelta(days=1)
        try:
            made: Scenario = scenario(dataset, [Change("join", name, stops, pools=(pool,))], until=on.year)
        except BadInput:
            continue
        others = made.comparison.filter(
            (pl.col("pool") == pool) & (pl.col("municipality") != name) & (pl.col("period_end").dt.year() == on.year)
        )
        each = others.group_by("municipality").agg(pl.col("before_nok", "after_nok").sum()).sort("municipality")
        if not each.height:
            continue
        cites = rests_on(dataset, year, [*each["municipality"], name])
        # They pay the same but for whole kroner; the mean hangs on no order.
        without, with_it = (round(int(each[column].sum()) / each.height) for column in ("before_nok", "after_nok"))
        figures = {
            "without": kroner(without, cites, "assumed", formula="scenario"),
            "with": kroner(with_it, cites, "assumed", formula="scenario"),
            "payers": Figure(each.height, "municipalities", grade_of(others_of(dataset, pool)), citations=cites),
        }
        names = {
            "municipality": ("municipalities", name),
            "pool": ("pools", pool),
            "last": ("dates", row["valid_to"].isoformat()),
        }
        found.append(Finding("trial_ends", name, figures, "decide", names))
    return found


def others_of(dataset: Dataset, pool: str) -> pl.DataFrame:
    """The memberships of a pool."""
    return dataset.memberships.filter(pool=pool)


def backtest_finding(dataset: Dataset, year: int) -> list[Finding]:
    """Whether what happened after an exit could have been foretold from what was known before.

    Returns:
        ``foretold``, with figures ``charges`` (how many were foretold) and ``difference`` (the largest, kr); nothing
        where nobody left.

    Example:
        >>> import hhanalytics as hh
        >>> [finding] = backtest_finding(hh.load("data/raw"), 2025)
        >>> finding.kind, finding.figures["charges"].value
        ('foretold', 10)
    """
    rows = backtest(dataset, year)
    if not rows.height:
        return []
    charges = dataset.costs.join(rows.select("municipality", "pool", "period_start", "period_end"), how="semi", on=[
        "municipality", "pool", "period_start", "period_end",
    ])  # fmt: skip
    worst = int(rows["difference_nok"].abs().max() or 0)  # type: ignore[arg-type]
    grade = weakest([grade_of(charges), "derived"])
    figures = {
        "charges": Figure(rows.height, "charges", grade, citations=cite("costs", charges)),
        "difference": kroner(worst, cite("costs", charges), grade, formula="backtest"),
    }
    return [Finding("foretold" if not worst else "foretold_but", "exits", figures, "inform")]
