"""Municipal budgets taken apart, so that budget and accounts can be compared on the same scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.budget_readings import Reading, budget_readings
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.layers import MOST_LAYERS, SPARE, decompose
from hhanalytics.evidence import Citation, Figure, Grade, weakest

Amounts = Mapping[str, int]


def budget_layers(dataset: Dataset) -> list[Finding]:
    """What the municipal budgets are made of.

    Args:
        dataset: The Dataset.

    Returns:
        One finding for the budgets of each period: ``budget_layers`` with a detail for each layer,
        ``budget_layers_several`` with a detail for each equally small reading, ``budget_layers_none`` where no
        few layers give the printed amounts, or ``budget_layers_few`` where too few amounts are printed to tell.
        Where the budgets sum to the stated budget and cannot be taken apart, nothing is said.

    Source:
        `decompose` and `budget_readings`.

    Example:
        >>> import hhanalytics as hh
        >>> [found] = budget_layers(hh.load("data/raw"))
        >>> [int(layer.figures["amount"].value) for layer in found.details if "amount" in layer.figures]
        [6480000, 6480000, 6480000, 1274000, 682000]
    """
    found = []
    periods = dataset.budgets.select("period_start", "period_end").unique().sort("period_start", "period_end")
    for start, end in periods.iter_rows():
        rows = dataset.budgets.filter(period_start=start, period_end=end)
        found += _of_period(dataset, rows, start, end)
    return found


def persons_by_year(dataset: Dataset) -> dict[int, dict[str, int]]:
    """Year → municipality → inhabitants on 1 January."""
    out: dict[int, dict[str, int]] = {}
    summed = dataset.population.group_by("year", "municipality").agg(pl.col("persons").sum())
    for year, name, persons in summed.sort("year", "municipality").iter_rows():
        out.setdefault(year, {})[name] = persons
    return out


def printed_budgets(rows: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Budget → municipality → amount."""
    out: dict[str, dict[str, int]] = {}
    summed = rows.group_by("budget", "municipality").agg(pl.col("amount_nok").sum()).sort("budget", "municipality")
    for budget, name, amount in summed.iter_rows():
        out.setdefault(budget, {})[name] = amount
    return out


def _of_period(dataset: Dataset, rows: pl.DataFrame, start: date, end: date) -> list[Finding]:
    """What is found of the budgets of one period."""
    persons, printed = persons_by_year(dataset), printed_budgets(rows)
    totals = dataset.control_totals.filter(kind="budget", period_start=start, period_end=end)
    stated = totals["amount_nok"].to_list()
    taken = sorted(set(dataset.memberships["municipality"]) | set(dataset.costs["municipality"]))
    grade = weakest([grade_of(rows), "derived"])
    out: list[Finding] = []
    solved = {name: amounts for name, amounts in printed.items() if decompose(amounts, persons)}
    off = {name: amounts for name, amounts in printed.items() if sum(amounts.values()) not in stated}
    for kind, names in (
        ("budget_layers_few", [n for n, a in off.items() if n not in solved and len(a) <= SPARE]),
        ("budget_layers_none", [n for n, a in off.items() if n not in solved and len(a) > SPARE]),
    ):
        if names:
            here = rows.filter(pl.col("budget").is_in(names))
            figures = {
                "amounts": Figure(here.height, "amounts", grade, citations=cite("budgets", here)),
                "most": Figure(
                    _most_layers(off, names), "layers", grade, citations=cite("budgets", here), formula="layers"
                ),
            }
            lists = {"budgets": ("budget", tuple(names))}
            out.append(Finding(kind, names[0], figures, "inform", lists=lists))
    if solved:
        unprinted = [name for name in taken if not any(name in amounts for amounts in solved.values())]
        readings = budget_readings(solved, persons, unprinted, stated)
        out.append(
            _finding(dataset, rows.filter(pl.col("budget").is_in(list(solved))), readings, solved, grade, stated)
        )
    return out


def _most_layers(printed: Mapping[str, Amounts], names: Iterable[str]) -> int:
    """How many layers were looked for at most."""
    return max(min(MOST_LAYERS, max(len(printed[name]) - SPARE, 0)) for name in names)


def _finding(
    dataset: Dataset,
    rows: pl.DataFrame,
    readings: Sequence[Reading],
    printed: Mapping[str, Amounts],
    grade: Grade,
    stated: Sequence[int],
) -> Finding:
    """The finding for budgets that can be taken apart."""
    years = sorted({layer.by for reading in readings for layer in reading.layers if layer.by})
    people = dataset.population.filter(pl.col("year").is_in(years))
    cites = (*cite("budgets", rows), *cite("population", people))
    names = tuple(printed)
    figures = {
        "layers": Figure(len(readings[0].layers), "layers", grade, citations=cites, formula="layers"),
        "amounts": Figure(rows.height, "amounts", grade, citations=cites),
    }
    lists = {"budgets": ("budget", names)}
    if len(readings) > 1:
        figures["readings"] = Figure(len(readings), "readings", grade, citations=cites, formula="ways")
        details = tuple(
            Finding(
                "budget_reading",
                names[0],
                {"number": Figure(i, "readings", grade, citations=cites, formula="ways")},
                "inform",
                details=tuple(_layers(reading, cites, grade, stated)),
            )
            for i, reading in enumerate(readings, start=1)
        )
        return Finding(
            "budget_layers_several", names[0], figures, "inform", lists=lists, question="budget_layers", details=details
        )
    details = tuple(_layers(readings[0], cites, grade, stated))
    persons = persons_by_year(dataset)
    alone = max(len(decompose(amounts, persons)) for amounts in printed.values())
    if alone > 1:
        ways = {"ways": Figure(alone, "readings", grade, citations=cites, formula="ways")}
        details = (*details, Finding("budget_layers_alone", names[0], ways, "inform"))
    return Finding("budget_layers", names[0], figures, "inform", lists=lists, question="budget_layers", details=details)


def _layers(reading: Reading, cites: tuple[Citation, ...], grade: Grade, stated: Sequence[int]) -> list[Finding]:
    """What is the stated budget among the layers; then each layer, for each budget where its members differ."""
    named, out = [], []
    for layer in reading.layers:
        figures = {"amount": kroner(round(layer.amount), cites, grade, formula="layers")}
        names = {"key": ("keys", layer.key)}
        if round(layer.amount) in stated:
            named.append(Finding("budget_layer_stated", layer.key, figures, "inform", names))
        together: dict[tuple[str, ...], list[str]] = {}
        for budget, members in layer.members.items():
            together.setdefault(members, []).append(budget)
        for members, budgets in together.items():
            lists = {"members": ("municipalities", members)}
            if len(together) == 1:
                out.append(Finding("budget_layer", layer.key, figures, "inform", names, lists))
            else:
                lists["budgets"] = ("budget", tuple(budgets))
                out.append(Finding("budget_layer_in", layer.key, figures, "inform", names, lists))
    return [*named, *out]
