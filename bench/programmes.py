"""Synthetic programmes whose every figure is unsure, and the same drawn by hand in numpy."""

from __future__ import annotations

import json
import resource
import sys
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.tables import TABLES

START, END = date(2025, 1, 1), date(2025, 12, 31)
SHARES = [0.025, 0.1, 0.5, 0.9, 0.975]


def programmes(count: int) -> Dataset:
    """A Dataset with so many programmes, each with a position, an open count, a range of units and a range of prices."""
    ids = [f"programme_{n}" for n in range(count)]
    source = {"source": "synthetic", "locator": "row", "grade": "documented"}
    period = {"period_start": START, "period_end": END}
    people = {"unit": "participants", "kind": "teaching"}
    rows: dict[str, list[dict[str, Any]]] = {
        "programmes": [{"programme": id, "name_nb": id} for id in ids],
        "pools": [
            {"pool": "shared", "programme": None, "part_of_position": False, "in_accounts": True, "valid_from": START, "name_nb": "s"},
            {"pool": "hook", "programme": None, "part_of_position": False, "in_accounts": True, "valid_from": START, "name_nb": "h"},
        ],
        "positions": [
            {"programme": id, "pool": "shared", "valid_from": START, "position_percent": 20 + n % 80, "vacant": False}
            for n, id in enumerate(ids)
        ],
        "costs": [
            {"municipality": "a", "pool": "shared", "amount_nok": 50_000_000, **period},
            {"municipality": "a", "pool": "hook", "amount_nok": 900_000, **period},
        ],
        "position_hooks": [
            {"hook": f"h{percent}", "pool": "shared", "charged_pool": "hook", "municipality": None, "reading": "whole",
             "position_percent": percent, "use": "range", **period}
            for percent in (95, 105)
        ],
        "activities": [
            {"activity": f"{id}_people", "programme": id, "quantity": 100 + n, "qualifier": "at_least", "name_nb": "p",
             **people, **period}
            for n, id in enumerate(ids)
        ],
        "prices": [
            {"quote": f"q{n}", "service": f"service_{n}", "unit": "participants", "amount_nok": 4_000 + 10 * (n % 50),
             "amount_low_nok": 2_500, "amount_high_nok": 9_000, "vat": "included", "travel": "included"}
            for n in range(count)
        ],
        "equivalents": [
            {"programme": id, "service": f"service_{n}", "service_units": 1.0, "service_units_low": 0.8,
             "service_units_high": 1.5, "gain_kind": "external_equivalent", "confirmed_on": START, **people}
            for n, id in enumerate(ids)
        ],
    }  # fmt: skip
    tables = {}
    for name, schema in TABLES.items():
        empty = schema.create_empty()
        filled = [{**dict.fromkeys(empty.columns), **source, **row} for row in rows.get(name, [])]
        kept = [{column: row[column] for column in empty.columns} for row in filled]
        tables[name] = pl.DataFrame(kept, empty.schema) if kept else empty
    return Dataset(tables)


def by_hand(count: int, draws: int) -> int:
    """The same figures drawn all at once, programme by programme, as one would write it."""
    random = np.random.default_rng(1)
    full = random.uniform(900_000 / 1.05, 900_000 / 0.95, draws)
    done = 0
    for n in range(count):
        people = random.triangular(100 + n, 100 + n, 1.25 * (100 + n), draws)
        price = 2_500 + 6_500 * random.beta(
            1 + 4 * (1_500 + 10 * (n % 50)) / 6_500, 1 + 4 * (5_000 - 10 * (n % 50)) / 6_500, draws
        )
        units = 0.8 + 0.7 * random.beta(1 + 4 * 0.2 / 0.7, 1 + 4 * 0.5 / 0.7, draws)
        cost = full * (20 + n % 80) / 100
        value = people * units * price
        for outcome in (cost, people, cost / people, value, value - cost):
            done += len(np.quantile(outcome, SHARES)) + (outcome.mean() > 0) + (outcome.std() > 0)
    return done


def main() -> None:
    """Simulate once in a process of its own; print seconds, and how far memory went up, in megabytes."""
    count, draws = int(sys.argv[1]), int(sys.argv[2])
    data = programmes(count)
    hh.simulate(data, 1_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = perf_counter()
    found = hh.simulate(data, draws).programmes
    seconds = perf_counter() - start
    known = found.filter(outcome="net_gain")["probability"].drop_nulls().len()
    if known != count:
        raise SystemExit(f"{known} of {count} programmes have a known net gain")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak, "added": peak - before}))


if __name__ == "__main__":
    main()
