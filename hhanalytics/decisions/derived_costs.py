"""What costs are made of: positions, programmes, municipalities, each number step by step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.derivation import Input, Step, cell, inputs, unknown
from hhanalytics.measures.allocation import Keys
from hhanalytics.measures.costs import UNALLOCATED

Row = Mapping[str, Any]
YEAR = pl.col("period_end").dt.year()


def charges(name: str, rows: pl.DataFrame, pools: pl.DataFrame | None = None, formula: str = "charges") -> Step:
    """The sum of some charges; ``pools`` are the rows that decide whose they are."""
    because = inputs("pools", pools, "programme") if pools is not None else ()
    return Step(name, formula, "sum", inputs("costs", rows.select(_columns(rows)), "amount_nok"), because)


def _columns(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if not name.endswith("_of_pool")]


# Cost of a full position


@lru_cache(maxsize=64)
def full_position(dataset: Dataset, pool: str, year: int, use: str, side: str) -> Step:
    """The lowest or highest cost of a full position over the hooks of a pool, year and use."""
    members = dataset.memberships.filter(pool=pool)
    years = members["reference_date"].drop_nulls().dt.year().unique()
    people = dataset.population.filter(pl.col("year").is_in(years.implode()))
    keys = Keys(members.iter_rows(named=True), people.iter_rows(named=True))
    hooks = dataset.position_hooks.filter((pl.col("pool") == pool) & (year == YEAR) & (pl.col("use") == use))
    found = []
    for hook in hooks.iter_rows(named=True):
        each = _of_hook(dataset, keys, hook)
        if each is not None:
            found.append(each)
    name = f"full_position_{side}"
    if not found:
        return unknown(name, "position_cost_unknown", because=inputs("position_hooks", hooks, "reading"))
    return Step(name, f"full_position_{side}", "least" if side == "low" else "greatest", tuple(found))


def _of_hook(dataset: Dataset, keys: Keys, hook: Row) -> Step | None:
    start, end = hook["period_start"], hook["period_end"]
    own = pl.lit(True) if hook["municipality"] is None else pl.col("municipality") == hook["municipality"]
    inside = (pl.col("period_start") >= start) & (pl.col("period_end") <= end)
    rows = dataset.costs.filter((pl.col("pool") == hook["charged_pool"]) & own & inside)
    part = _part(dataset, keys, hook)
    first = start.year * 12 + start.month + (1 if start.day > 15 else 0)
    months = end.year * 12 + end.month - (1 if end.day < 15 else 0) - first + 1
    covers = rows.height and rows["period_start"].min() == start and rows["period_end"].max() == end
    if not covers or part is None or months <= 0:
        return None
    parts = (
        charges("charged", rows),
        part,
        cell("position_hooks", hook, "months", months),
        cell("position_hooks", hook, "position_percent"),
    )
    return Step("full_position", "full_position", "full_position", parts, (cell("position_hooks", hook, "reading"),))


def _part(dataset: Dataset, keys: Keys, hook: Row) -> Step | None:
    """Which part of the position the hook's charge pays for."""
    if hook["reading"] == "whole":
        return Step("part", "part_whole", "number", (cell("position_hooks", hook, "reading"),))
    payer = hook["municipality"]
    if payer is None:
        return None
    members = keys.on(hook["pool"], hook["period_start"])
    names = sorted({member["municipality"] for member in members} | {payer})
    rows = tuple(cell("memberships", member, "key") for member in members)
    if hook["reading"] == "equal":
        alone = (
            () if any(m["municipality"] == payer for m in members) else (cell("position_hooks", hook, "municipality"),)
        )
        return Step("part", "part_equal", "one_of", (Step("payers", "payers", "number", (*rows, *alone)),))
    years = {member["reference_date"].year for member in members if member["reference_date"]}
    if len(years) != 1:
        return None
    (year,) = years
    if not all(keys.persons.get((name, year)) for name in names):
        return None
    people = dataset.population.filter(pl.col("municipality").is_in(names) & (pl.col("year") == year))
    own = inputs("population", people.filter(municipality=payer), "persons")
    parts = (
        Step("inhabitants_of_payer", "inhabitants", "sum", own),
        Step("inhabitants_of_all", "inhabitants", "sum", inputs("population", people, "persons"), rows),
    )
    return Step("part", "part_population", "quotient", parts)


def full_position_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``full_position_costs``."""
    return full_position(dataset, row["pool"], row["year"], row["use"], column.removesuffix("_nok"))


# Cost of a programme


def pooled(dataset: Dataset, year: int) -> pl.DataFrame:
    """The charges of a year with the programme of their pool as it was on their last day."""
    pools = dataset.pools.select("pool", "programme", "part_of_position", "valid_from", "valid_to")
    own = pools.rename({name: f"{name}_of_pool" for name in pools.columns if name != "pool"})
    held = pl.col("valid_to_of_pool").is_null() | (pl.col("period_end") <= pl.col("valid_to_of_pool"))
    return (
        dataset.costs.filter(year == YEAR)
        .join(own, on="pool", maintain_order="left")
        .filter((pl.col("valid_from_of_pool") <= pl.col("period_end")) & held)
    )


def _pool_rows(dataset: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    used = rows.select("pool", valid_from="valid_from_of_pool").unique()
    return dataset.pools.join(used, on=["pool", "valid_from"], how="semi")


@lru_cache(maxsize=256)
def cost(dataset: Dataset, programme: str, year: int, side: str) -> Step:
    """What a programme costs in a year, at the low or the high side."""
    if programme == UNALLOCATED:
        return _remainder(dataset, year, side)
    name, rows = f"cost_{side}_nok", pooled(dataset, year)
    own = rows.filter(programme_of_pool=programme)
    direct = charges("charged", own, _pool_rows(dataset, own)) if own.height else None
    held = _held(dataset, programme, year, side, rows)
    # A position that stood vacant took nothing from its pool; a pool of its own is then the whole cost.
    if held is not None and held.reason == "vacant" and direct is not None:
        held = None
    if held is not None and held.reason:
        return unknown(name, held.reason, held.parts, held.because)
    if direct is None and held is None:
        programmes = dataset.programmes.filter(programme=programme)
        return unknown(name, "no_cost_on_file", because=inputs("programmes", programmes, "programme"))
    if held is None and direct is not None:
        return Step(name, "cost_of_pool", "same", (direct,))
    parts = tuple(part for part in (direct, held) if part is not None)
    return Step(name, "cost_of_position" if direct is None else "cost_of_both", "sum", parts)


def _held(dataset: Dataset, programme: str, year: int, side: str, rows: pl.DataFrame) -> Step | None:
    """What a programme's positions cost the shared pools; None where it has none there."""
    shared = rows.filter(pl.col("programme_of_pool").is_null())["pool"].unique()
    found = []
    for row in dataset.positions.filter(programme=programme).iter_rows(named=True):
        months = _months(row, year)
        if row["pool"] in shared and months > 0:
            found.append((row, months))
    if not found:
        return None
    name, filled = f"positions_{side}", [(row, months) for row, months in found if not row["vacant"]]
    cells = [cell("positions", row, "position_percent") for row, _ in filled or found]
    if not filled:
        return unknown(name, "vacant", because=[cell("positions", row, "vacant") for row, _ in found])
    if any(row["position_percent"] is None for row, _ in filled):
        return unknown(name, "position_not_stated", cells)
    parts = []
    for row, months in filled:
        full = full_position(dataset, row["pool"], year, "range", side)
        if full.reason:
            return unknown(name, full.reason, cells, full.because)
        size = cell("positions", row, "position_percent"), cell("positions", row, "months", months)
        carries = inputs("pools", dataset.pools.filter(pool=row["pool"]), "pool")
        parts.append(Step("position", "position", "position", (full, *size), carries))
    whole = Step(name, "positions", "sum", tuple(parts))
    elsewhere = rows.filter((pl.col("programme_of_pool") == programme) & pl.col("part_of_position_of_pool"))
    if not elsewhere.height:
        return whole
    paid = charges("charged_elsewhere", elsewhere, _pool_rows(dataset, elsewhere), "charged_elsewhere")
    return Step(f"{name}_net", "positions_net", "difference", (whole, paid))


def _months(position: Row, year: int) -> int:
    """Months of the year in which a position was held; one counts where its 15th is inside."""
    start, end = position["valid_from"], position["valid_to"]
    first = start.year * 12 + start.month + (1 if start.day > 15 else 0)
    last = year * 12 + 12 if end is None else end.year * 12 + end.month - (1 if end.day < 15 else 0)
    return int(min(last, year * 12 + 12) - max(first, year * 12 + 1) + 1)


def _remainder(dataset: Dataset, year: int, side: str) -> Step:
    """What is left of the shared pools: the lowest where the positions cost most, and the other way round."""
    rows, other = pooled(dataset, year), "high" if side == "low" else "low"
    shared = rows.filter(pl.col("programme_of_pool").is_null())
    taken = []
    for programme in dataset.programmes["programme"].unique().sort():
        held = _held(dataset, programme, year, other, rows)
        if held is not None and not held.reason:
            taken.append(held)
    whole = charges("shared_pools", shared, _pool_rows(dataset, shared))
    return Step(f"cost_{side}_nok", "remainder", "difference", (whole, *taken))


def programme_number(dataset: Dataset, row: Row, column: str) -> Step:
    """A number of the measure ``programme_costs``."""
    programme, year = row["programme"], row["year"]
    side = "low" if "low" in column else "high"
    if column in ("cost_low_nok", "cost_high_nok"):
        return cost(dataset, programme, year, side)
    if column == "cost_nok":
        low, high = cost(dataset, programme, year, "low"), cost(dataset, programme, year, "high")
        if low.value is None or low.value == high.value:
            return Step(column, "one_cost", "same", (low,))
        return unknown(column, "range", (low, high))
    if column.startswith("avoidable"):
        return _avoidable(dataset, programme, column, cost(dataset, programme, year, side))
    granted = _grants(dataset, programme, year, column)
    if column.startswith("gross"):
        if granted.reason:
            return granted
        return Step(column, "gross", "sum", (cost(dataset, programme, year, side), granted))
    return granted


def _avoidable(dataset: Dataset, programme: str, column: str, full: Step) -> Step:
    own = dataset.programmes.filter(programme=programme)
    share = inputs("programmes", own, "avoidable_share")
    if share and share[0].value is not None:
        return Step(column, "avoidable", "product", (full, *share))
    if full.value is None:
        return Step(column, "avoidable", "same", (full,))
    if column == "avoidable_low_nok":
        return unknown(column, "avoidable_not_stated", (full, *share))
    return Step(column, "avoidable_at_most", "same", (full,), share)


def _grants(dataset: Dataset, programme: str, year: int, column: str) -> Step:
    """Grants inside the year, or how many cannot be placed in it."""
    starts, ends = pl.col("period_start").dt.year(), pl.col("period_end").dt.year()
    rows = dataset.grants.filter(
        (pl.col("programme") == programme)
        & (pl.col("status") == "granted")
        & ~pl.col("passed_on")
        & (starts <= year).fill_null(True)
        & (ends >= year).fill_null(True)
    )
    inside = ((starts == year) & (ends == year)).fill_null(False) & pl.col("amount_nok").is_not_null()
    placed, loose = rows.filter(inside), rows.filter(~inside)
    unplaced: tuple[Input, ...] = inputs("grants", loose, "amount_nok")
    if column == "grants_unplaced":
        return Step(column, "grants_unplaced", "number", unplaced)
    if column.startswith("gross") and unplaced:
        return unknown(column, "grants_unplaced", because=unplaced)
    return Step("grants_nok", "grants", "sum", inputs("grants", placed, "amount_nok"))


# What municipalities pay


def municipality_number(dataset: Dataset, row: Row, column: str, budget: str | None = None) -> Step:
    """A number of the measure ``municipality_costs``."""
    name, year, pool = row["municipality"], row["year"], row["pool"]
    of_pool = pl.lit(True) if pool == "all" else pl.col("pool") == pool
    of_year = dataset.costs.filter((year == YEAR) & of_pool)
    paid = charges("amount_nok", of_year.filter(municipality=name))
    if column == "amount_nok":
        return paid
    if column == "share":
        whole = charges("all_pay", of_year)
        return (
            Step(column, "share", "quotient", (paid, whole)) if whole.value else unknown(column, "no_total", (whole,))
        )
    if column == "budget_nok":
        return _budget(dataset, name, year, pool, budget)
    people = dataset.population.filter(municipality=name, year=year)
    if not people.height:
        return unknown(column, "no_population")
    persons = Step("inhabitants", "inhabitants", "sum", inputs("population", people, "persons"))
    if column == "inhabitants":
        return persons
    return (
        Step(column, "per_inhabitant", "quotient", (paid, persons))
        if persons.value
        else unknown(column, "no_population", (persons,))
    )


def _budget(dataset: Dataset, name: str, year: int, pool: str, budget: str | None) -> Step:
    if pool != "all":
        return unknown("budget_nok", "budget_for_all")
    chosen = pl.lit(True) if budget is None else pl.col("budget") == budget
    rows = dataset.budgets.filter((pl.col("municipality") == name) & (year == YEAR) & chosen)
    if not rows.height:
        return unknown("budget_nok", "no_budget")
    if rows["budget"].n_unique() > 1:
        return unknown("budget_nok", "several_budgets", because=inputs("budgets", rows, "amount_nok"))
    return Step("budget_nok", "budget", "sum", inputs("budgets", rows, "amount_nok"))
