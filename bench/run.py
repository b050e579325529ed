"""Measure: start of the command line, the measures, loading, a whole brief; each against a peer in the same run."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pandas as pd
import polars as pl
from polars.testing import assert_frame_equal
from rich.console import Console
from rich.table import Table

import hhanalytics as hh
from bench import by_hand_pandas, by_hand_polars
from bench.synthetic import Synthetic, synthetic, synthetic_table

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data" / "raw"
#: What the command line promises for ``--help``, in seconds.
PROMISE = 0.3


@dataclass(frozen=True)
class Result:
    """One comparison.

    Attributes:
        part: Part of the benchmark.
        name: What was measured.
        seconds: The quickest of its runs.
        peer: What it is measured against; empty: nothing.
        peer_seconds: The quickest run of the peer, taken in turn with the runs of ours.
        ratio: Ours / peer.
    """

    part: str
    name: str
    seconds: float
    peer: str = ""
    peer_seconds: float | None = None
    ratio: float | None = None


def against(
    part: str, name: str, ours: Callable[[], object], peer: str, theirs: Callable[[], object], runs: int
) -> Result:
    """Measure two things in turn, so that whatever else the machine does meets both."""
    best = [float("inf"), float("inf")]
    for _ in range(runs):
        for side, call in enumerate((ours, theirs)):
            gc.collect()
            start = perf_counter()
            call()
            best[side] = min(best[side], perf_counter() - start)
    return Result(part, name, best[0], peer, best[1], best[0] / best[1])


def command(*words: str, cwd: Path = ROOT) -> Callable[[], object]:
    """A program to be run to its end; it must succeed."""

    def call() -> None:
        done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")

    return call


def start_up(runs: int) -> Iterator[Result]:
    """``hhanalytics --help``, with everything Python needs to come up."""
    ours = command(str(Path(sys.executable).with_name("hhanalytics")), "--help")
    found = against(
        "start", "hhanalytics --help", ours, "import typer", command(sys.executable, "-c", "import typer"), runs
    )
    yield found
    yield Result("start", "hhanalytics --help", found.seconds, "the promise", PROMISE, found.seconds / PROMISE)


def measures(rows: int, runs: int) -> Iterator[Result]:
    """Each measure over large synthetic frames, in polars and in pandas, against the same by hand."""
    data = synthetic(rows)
    costs = _programme_costs(data)
    ours: dict[str, Callable[[], pl.DataFrame]] = {
        "municipality_costs": lambda: hh.municipality_costs(data.costs, data.population, data.budgets),
        "programme_costs": lambda: _programme_costs(data),
        "cost_per_participant": lambda: hh.cost_per_participant(costs, data.activities),
        "gain_lines": lambda: hh.gain_lines(data.activities, data.prices, data.equivalents),
        "gain": lambda: hh.gain(costs, data.activities, data.prices, data.equivalents),
    }
    theirs: dict[str, Callable[[], pl.DataFrame]] = {
        "municipality_costs": lambda: by_hand_polars.municipality_costs(data),
        "programme_costs": lambda: by_hand_polars.programme_costs(data),
        "cost_per_participant": lambda: by_hand_polars.cost_per_participant(data, costs),
        "gain_lines": lambda: by_hand_polars.gain_lines(data),
        "gain": lambda: by_hand_polars.gain(data, costs),
    }
    for name, call in ours.items():
        _same(name, call(), theirs[name]())
        yield against(f"{rows:,} rows", name, call, "by hand in polars", theirs[name], runs)

    frames = data.pandas()
    paid = costs.to_pandas()
    ours_pandas: dict[str, Callable[[], pd.DataFrame]] = {
        "municipality_costs": lambda: hh.municipality_costs(frames.costs, frames.population, frames.budgets),
        "cost_per_participant": lambda: hh.cost_per_participant(paid, frames.activities),
    }
    theirs_pandas: dict[str, Callable[[], pd.DataFrame]] = {
        "municipality_costs": lambda: by_hand_pandas.municipality_costs(frames),
        "cost_per_participant": lambda: by_hand_pandas.cost_per_participant(frames, paid),
    }
    for name, frame in ours_pandas.items():
        _same(name, pl.from_pandas(frame()), pl.from_pandas(theirs_pandas[name]()))
        yield against(f"{rows:,} rows", f"{name}, pandas", frame, "by hand in pandas", theirs_pandas[name], runs)
    for name in ours_pandas:
        yield against(f"{rows:,} rows", f"{name}, polars", ours[name], "the same in pandas", ours_pandas[name], runs)


def loops(rows: int, runs: int) -> Iterator[Result]:
    """What works in Python integers, row by row: sharing, and the cost of a full position."""
    data = synthetic(rows)
    members = (
        data.costs.filter(pl.col("pool") == "pool_150")
        .head(2_000)
        .select("pool", "period_start", "period_end", "amount_nok")
    )
    shared = 20 * members.height

    def hooks() -> object:
        return hh.full_position_costs(data.costs, data.position_hooks, data.memberships, data.population)

    def filtered() -> object:
        charged = data.costs.filter(pl.col("pool") == "pool_1")
        return hh.full_position_costs(charged, data.position_hooks, data.memberships, data.population)

    def sharing() -> object:
        return hh.allocate(members, data.memberships, data.population)

    def by_float() -> object:
        persons = data.population.filter(pl.col("year") == 2025).group_by("municipality").agg(pl.col("persons").sum())
        return members.join(
            data.memberships.join(persons, on="municipality").with_columns(
                (pl.col("persons") / pl.col("persons").sum()).alias("share")
            ),
            on="pool",
        ).with_columns((pl.col("amount_nok") * pl.col("share")).round())

    yield against(f"{shared:,} parts", "allocate", sharing, "float shares, which do not sum", by_float, runs)
    yield against(f"{rows:,} rows", "full_position_costs", hooks, "filtered first", filtered, runs)


def loading(runs: int) -> Iterator[Result]:
    """Reading and checking the real data, and what is found in them."""
    files = sorted(DATA.glob("*/*.csv"))
    data = hh.load(DATA)
    yield against(
        "real data",
        "load: read and check every row",
        lambda: hh.load(DATA),
        "read_csv, nothing checked",
        lambda: [pl.read_csv(file, infer_schema=False) for file in files],
        runs,
    )
    yield against("real data", "reconcile", lambda: hh.reconcile(data), "load", lambda: hh.load(DATA), runs)


def privacy(quick: bool) -> Iterator[Result]:
    """Suppression of large tables: processor seconds, since other work on the machine would count too."""
    sizes = [("1,000 cells, three dimensions, hierarchy", 1_000, 10.0)]
    sizes += [] if quick else [("20,000 cells, three dimensions, hierarchy", 20_000, 60.0)]
    for name, cells, promise in sizes:
        table, dims = synthetic_table(cells)
        start = process_time()
        found = hh.suppressed(table, values="persons", dims=dims)
        spent = process_time() - start
        words = f"{name}: {found.primary} small, {found.secondary} more (no fewer than {found.bound:.0f})"
        yield Result("privacy", words, spent, "the promise, processor time", promise, spent / promise)
        if cells < 5_000:
            start = process_time()
            attack = hh.audit(found.tables[0], values="persons", dims=dims)
            if not attack.passed:
                raise SystemExit("a suppressed cell can be recovered")
            yield Result(
                "privacy",
                "the attack on it",
                process_time() - start,
                "suppression",
                spent,
                (process_time() - start) / spent,
            )


def brief(runs: int) -> Iterator[Result]:
    """A whole brief, HTML and PDF, against papermill on a notebook with one empty cell."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "",
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    empty = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder) / "empty.ipynb"
        notebook.write_text(json.dumps(empty), "utf-8")
        program = str(Path(sys.executable).with_name("hhanalytics"))
        ours = command(program, "brief", "--data", str(DATA), "--out", folder)
        run = f"import papermill; papermill.execute_notebook({str(notebook)!r}, None, progress_bar=False)"
        yield against(
            "brief", "hhanalytics brief", ours, "papermill, empty cell", command(sys.executable, "-c", run), runs
        )


def _programme_costs(data: Synthetic) -> pl.DataFrame:
    found: pl.DataFrame = hh.programme_costs(
        data.costs, data.pools, data.programmes, data.positions, data.full_position_costs, data.grants
    )
    return found


def _same(name: str, ours: pl.DataFrame, by_hand: pl.DataFrame) -> None:
    """Two that do not give the same may not be compared."""
    both = [column for column in ours.columns if column in by_hand.columns]
    if len(both) < 3:
        raise SystemExit(f"{name}: nothing to compare")
    # Lines with the same keys may stand in either order.
    left, right = (frame.select(both).sort(both) for frame in (ours, by_hand))
    assert_frame_equal(left, right, check_dtypes=False, rel_tol=1e-9)


def show(results: list[Result]) -> None:
    """The results as a table."""
    table = Table("part", "measured", "seconds", "against", "seconds ", "ratio", box=None, pad_edge=False)
    for column in (2, 4, 5):
        table.columns[column].justify = "right"
    for result in results:
        peer = "" if result.peer_seconds is None else f"{result.peer_seconds:.3f}"
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        table.add_row(result.part, result.name, f"{result.seconds:.3f}", result.peer, peer, ratio)
    Console(width=120 if not sys.stdout.isatty() else None).print(table)


def main(words: list[str] | None = None) -> None:
    """Run the parts asked for, print a table, and write JSON where wanted."""
    parts: dict[str, Callable[[bool], Iterator[Result]]] = {
        "start": lambda quick: start_up(3 if quick else 10),
        "measures": lambda quick: measures(*((100_000, 2) if quick else (1_000_000, 5))),
        "loops": lambda quick: loops(*((20_000, 1) if quick else (1_000_000, 2))),
        "load": lambda quick: loading(2 if quick else 10),
        "privacy": privacy,
        "brief": lambda quick: brief(1 if quick else 5),
    }
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small frames, few runs: does it still work")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here")
    parser.add_argument("part", nargs="*", choices=[*parts, []], help="only these parts")
    chosen: Any = parser.parse_args(words)
    results = [result for name in chosen.part or parts for result in parts[name](chosen.quick)]
    show(results)
    if chosen.json:
        versions = {"python": platform.python_version(), "polars": pl.__version__, "pandas": pd.__version__}
        about = {"quick": chosen.quick, "cores": os.cpu_count(), **versions}
        found = {**about, "results": [asdict(result) for result in results]}
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
