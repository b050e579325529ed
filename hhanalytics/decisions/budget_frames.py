"""Next year's frame (budsjettramme) under stated assumptions, per pool and municipality."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.outlook import carried, nearest
from hhanalytics.decisions.scenarios import Scenario
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.measures.allocation import Keys
from hhanalytics.measures.catalogue import compute

#: The steps of a frame, in the order in which they are taken.
STEPS: Final = ("carried", "wage_growth", "dropped", "vacancies", "saving")

Place = tuple[str, Any, Any]


@dataclass(frozen=True)
class Assumptions:
    """What a frame is made under.

    Attributes:
        year: The budget year.
        wage_growth: Growth of the level since the last accounts, per cent, lowest and highest; None: not stated, and
            the frame is in the kroner of the last accounts.
        saving: The saving requirement, per cent; None: none.
        saving_of: What it is a part of: ``carried`` (the pools carried forward) or ``frame`` (what is left after
            the other steps).
        vacancies: Programme → months its positions stand vacant.
        dropped: Programmes that end.
    """

    year: int
    wage_growth: tuple[float, float] | None = None
    saving: float | None = None
    saving_of: Literal["carried", "frame"] = "carried"
    vacancies: tuple[tuple[str, int], ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class BudgetFrame:
    """A frame with its steps.

    Attributes:
        assumptions: What it was made under.
        steps: ``step``, ``low_nok``, ``high_nok``: what each step adds; the last row, ``frame``, is their sum.
        pools: ``pool``, ``carried_nok``, ``low_nok``, ``high_nok``.
        municipalities: ``municipality``, ``carried_nok``, ``low_nok``, ``high_nok``; they sum to the pools.
        missing: What would have to be stated: ``wage_growth``, ``saving_basis``, ``avoidable_share``.
    """

    assumptions: Assumptions
    steps: pl.DataFrame
    pools: pl.DataFrame
    municipalities: pl.DataFrame
    missing: tuple[str, ...] = field(default=())


def budget_frame(dataset: Dataset, assumptions: Assumptions, *, after: Scenario | None = None) -> BudgetFrame:
    """The frame of a year: the pools carried forward, then wages, programmes dropped, vacancies, savings.

    Only what can be cash is counted. Freed time and better quality are no part of a frame.

    Args:
        dataset: The Dataset, printed or corrected; what programmes cost is taken from its last accounts.
        assumptions: What it is made under.
        after: A scenario of the same Dataset; the frame is then shared by those who are left, at its pools.

    Raises:
        UnknownName: A programme that does not exist.
        BadInput: A year before the accounts, a saving outside 0 to 100 per cent, more months than a year has, or
            a programme whose cost is not known.

    Source:
        Hallinghelse, annual report 2025, lines 149-152 (KRU's budget directive) and 1196-1198 (4.5 %).

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> frame = budget_frame(data, Assumptions(2027, saving=4.5))
        >>> frame.steps.filter(step="frame")["high_nok"].item() < frame.steps.filter(step="carried")["high_nok"].item()
        True
    """
    last: Any = dataset.costs["period_end"].max()
    _check(dataset, assumptions)
    outlook = carried(after.dataset if after is not None else dataset, assumptions.year)
    costs = outlook.costs.filter(pl.col("period_end").dt.year() == assumptions.year)
    if not costs.height:
        mend = "Give the year of the next budget."
        raise BadInput.of("no_frame_year", "Budget frame", assumptions.year, f"a year from {last.year}", mend)
    sums = costs.group_by("pool", "period_start", "period_end", maintain_order=True).agg(pl.col("amount_nok").sum())
    start: dict[Place, Fraction] = {(p, a, b): Fraction(n) for p, a, b, n in sums.iter_rows()}
    ends = [_end(dataset, start, assumptions, high=high) for high in (False, True)]
    steps = [{"step": step, "low_nok": ends[0][1][step], "high_nok": ends[1][1][step]} for step in STEPS]
    whole = [sum(each.values()) for each in (ends[0][0], ends[1][0])]
    steps.append({"step": "frame", "low_nok": whole[0], "high_nok": whole[1]})
    amounts = [{place: nearest(value) for place, value in start.items()}, ends[0][0], ends[1][0]]
    names = ("carried_nok", "low_nok", "high_nok")
    keys = Keys(outlook.memberships.iter_rows(named=True), outlook.population.iter_rows(named=True))
    pools: dict[str, dict[str, int]] = {}
    paid: dict[str, dict[str, int]] = {}
    for name, shared in zip(names, amounts, strict=True):
        for (pool, first, until), amount in shared.items():
            pools.setdefault(pool, dict.fromkeys(names, 0))[name] += amount
            for municipality, part in keys.share(pool, first, until, amount, [])[0].items():
                paid.setdefault(municipality, dict.fromkeys(names, 0))[name] += part
    schema = {"low_nok": pl.Int64, "high_nok": pl.Int64}
    return BudgetFrame(
        assumptions,
        pl.DataFrame(steps, schema={"step": pl.String, **schema}),
        pl.DataFrame([{"pool": pool, **pools[pool]} for pool in sorted(pools)]),
        pl.DataFrame([{"municipality": name, **paid[name]} for name in sorted(paid)]),
        tuple(_missing(dataset, assumptions)),
    )


def _check(dataset: Dataset, given: Assumptions) -> None:
    known = dataset.programmes["programme"].to_list()
    for programme in (*given.dropped, *(name for name, _ in given.vacancies)):
        if programme not in known:
            raise UnknownName.of("programme", programme, known)
    problems = []
    if given.saving is not None and not 0 <= given.saving <= 100:
        problems.append(f"saving {given.saving}; give per cent between 0 and 100")
    if given.wage_growth is not None and given.wage_growth[0] > given.wage_growth[1]:
        problems.append(f"wage growth {given.wage_growth}; give the lowest first")
    problems += [f"{name} vacant for {n} months; give 0 to 12" for name, n in given.vacancies if not 0 <= n <= 12]
    twice = {name for name, _ in given.vacancies} & set(given.dropped)
    problems += [f"{name} is both dropped and vacant; give one of them" for name in sorted(twice)]
    year = dataset.year(None)
    costs = {row["programme"]: row for row in compute(dataset, "programme_costs", year=year).iter_rows(named=True)}
    problems += [
        f"what {name} costs is not known ({costs[name]['reason']}); give position_percent in positions.csv, or leave it out"
        for name in (*given.dropped, *(name for name, _ in given.vacancies))
        if costs[name]["cost_high_nok"] is None
    ]
    if problems:
        raise BadInput.of("cannot_frame", "Budget frame", "; ".join(problems), "assumptions that hold", "Mend each.")


def _end(
    dataset: Dataset, start: dict[Place, Fraction], given: Assumptions, *, high: bool
) -> tuple[dict[Place, int], dict[str, int]]:
    """One end of the frame: the highest with high wages and small savings, or the lowest."""
    now, said = dict(start), {"carried": nearest(sum(start.values(), Fraction(0)))}

    def step(name: str, new: dict[Place, Fraction]) -> None:
        nonlocal now
        now = new
        said[name] = nearest(sum(now.values(), Fraction(0))) - sum(said.values())

    growth = Fraction(str((given.wage_growth or (0, 0))[int(high)])) / 100
    step("wage_growth", {place: amount * (1 + growth) for place, amount in now.items()})
    for name, programmes in (("dropped", [(p, 12) for p in given.dropped]), ("vacancies", list(given.vacancies))):
        new = dict(now)
        for programme, months in programmes:
            for place, part in _parts(dataset, start, programme, high=high, dropped=name == "dropped").items():
                new[place] -= part * (1 + growth) * months / 12
        step(name, {place: max(amount, Fraction(0)) for place, amount in new.items()})
    part = Fraction(str(given.saving or 0)) / 100
    base = start if given.saving_of == "carried" else now
    step("saving", {place: max(now[place] - base[place] * part, Fraction(0)) for place in now})
    rounded = {place: nearest(amount) for place, amount in now.items()}
    # Kroner of single pools are what is charged; the last step takes up their rounding.
    said["saving"] += sum(rounded.values()) - sum(said.values())
    return rounded, said


def _parts(
    dataset: Dataset, start: dict[Place, Fraction], programme: str, *, high: bool, dropped: bool
) -> dict[Place, Fraction]:
    """What of each pool and period would fall away with a programme: at the high end as little as may be."""
    year = dataset.year(None)
    costs = compute(dataset, "programme_costs", year=year).filter(programme=programme).row(0, named=True)
    in_year = dataset.costs.filter(pl.col("period_end").dt.year() == year)
    totals = dict(in_year.group_by("pool").agg(pl.col("amount_nok").sum()).iter_rows())
    own = dataset.pools.filter(programme=programme)["pool"].unique().to_list()
    shared = dataset.positions.filter(programme=programme)["pool"].unique().to_list()
    share = costs["avoidable_low_nok"] / costs["cost_low_nok"] if costs["avoidable_low_nok"] is not None else None
    # A share that is not stated lies anywhere from nothing to all; a vacant position costs nothing.
    avoidable = Fraction(1) if not dropped else Fraction(str(share)) if share is not None else Fraction(int(not high))
    held = Fraction(costs["cost_low_nok" if high else "cost_high_nok"] - sum(totals.get(pool, 0) for pool in own))
    out = {}
    for place, amount in start.items():
        pool = place[0]
        if pool in own:
            out[place] = amount * avoidable
        elif pool in shared and totals.get(pool):
            out[place] = amount * held / totals[pool] * avoidable
    return out


def _missing(dataset: Dataset, given: Assumptions) -> list[str]:
    known = dataset.programmes.filter(pl.col("avoidable_share").is_not_null())["programme"].to_list()
    out = [] if given.wage_growth is not None else ["wage_growth"]
    if given.saving:
        circulars = dataset.budget_circulars.filter(item="saving_requirement", value=given.saving)
        if not circulars["basis_nb"].drop_nulls().len():
            out.append("saving_basis")
    return out + ["avoidable_share"] * any(name not in known for name in given.dropped)
