"""Reconciliation, scenarios, simulation and suppression from a few municipalities to a nation, and how they grow.

``python -m bench.nationwide --runs 3 --log runs.jsonl --plot bench/nationwide.svg`` measures every size in turn, each in a
process of its own, and prints the table of ``bench/README.md``. The country is made up (``national.py``).
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import polars as pl

import hhanalytics as hh
from bench import programmes
from bench.large import ROOT, peak
from bench.large_tables import Run, exponent, median_of, panels, sizes, values
from bench.national import YEAR, write_country
from bench.synthetic import synthetic_table

FLOOR, OURS, HAND = "reading alone", "ours", "numpy by hand"
SEED = "syntetisk_003"
DRAWS = 10_000
PLACES = (21, 42, 84, 168, 357)
#: What is measured → its sizes, and in what they are counted.
SIZES: dict[str, tuple[tuple[int, ...], str]] = {
    "load": (PLACES, "municipalities"),
    "reconcile": (PLACES, "municipalities"),
    "leave": (PLACES, "municipalities"),
    "simulate, each municipality": (PLACES, "municipalities"),
    "simulate, programmes": ((10, 100, 1_000), "programmes, 10,000 draws"),
    "simulate, draws": ((10_000, 100_000, 1_000_000), "draws, 10 programmes"),
    "evppi": ((10_000, 100_000, 1_000_000), "draws"),
    "suppress": ((1_000, 3_000, 10_000, 30_000, 100_000), "cells"),
}
#: What is compared with the same by hand or with bare reading.
PEERS = {"load": FLOOR, "simulate, programmes": HAND, "simulate, draws": HAND}


def _read(folder: Path) -> None:
    for path in sorted(folder.rglob("*.csv")):
        pl.read_csv(path, infer_schema_length=None)


def work(measure: str, way: str, size: int, folder: Path) -> Callable[[], Any]:
    """Make ready what is not measured, and give what is."""
    if measure == "load":
        return (lambda: _read(folder)) if way == FLOOR else (lambda: hh.load(folder))
    if measure in ("simulate, programmes", "simulate, draws"):
        count, draws = (size, DRAWS) if measure == "simulate, programmes" else (10, size)
        if way == HAND:
            return lambda: programmes.by_hand(count, draws)
        data = programmes.programmes(count)
        return lambda: hh.simulate(data, draws)
    if measure == "evppi":
        x, y = np.random.default_rng(1).normal(size=(2, size))
        gains = np.column_stack([np.zeros_like(x), x + y])
        return lambda: hh.evppi(gains, x)
    if measure == "suppress":
        table, dims = synthetic_table(size)
        return lambda: hh.suppressed(table, values="persons", dims=dims)
    data = hh.load(folder)
    if measure == "reconcile":
        return lambda: hh.reconcile(data)
    if measure == "leave":
        return lambda: hh.leave(data, SEED, date(YEAR, 7, 1))
    found = hh.simulate(data, DRAWS)
    return lambda: found.municipalities


def once(measure: str, way: str, size: int, folder: Path) -> Run:
    """One measurement, in this process."""
    call = work(measure, way, size, folder)
    start, processor = perf_counter(), process_time()
    call()
    return Run(measure, way, size, perf_counter() - start, process_time() - processor, peak())


def apart(measure: str, way: str, size: int, folder: Path) -> Run:
    """The same in a process of its own."""
    words = [sys.executable, "-m", "bench.nationwide", "--one", measure, way, str(size), str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{measure}, {way}, {size}:\n{done.stderr}")
    return Run(**json.loads(done.stdout))


def measured(
    chosen: dict[str, Sequence[int]], runs: int, one: Callable[..., Run] = apart, log: Path | None = None
) -> list[Run]:
    """Every measure at every size, in turn."""
    found: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="nationwide-") as name:
        countries: dict[int, Path] = {}
        for _ in range(runs):
            for measure, steps in chosen.items():
                for size in steps:
                    folder = Path(name)
                    if SIZES[measure][1] == "municipalities":
                        folder = countries.get(size) or write_country(Path(name) / str(size), size)
                        countries[size] = folder
                    for way in (OURS, *([PEERS[measure]] if measure in PEERS else [])):
                        found.append(one(measure, way, size, folder))
                        if log:
                            with log.open("a", encoding="utf-8") as file:
                                file.write(json.dumps(asdict(found[-1])) + "\n")
    return found


def table(runs: Sequence[Run]) -> str:
    """Processor time, growth, memory and the peer, a line each size."""
    lines = [
        "| measure | size | processor, s (least–most) | exponent | memory, MB | peer, s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for measure, (_, unit) in SIZES.items():
        steps = sizes(run for run in runs if run.measure == measure)
        for before, size in zip([0, *steps], steps, strict=False):
            took = values(runs, measure, OURS, size)
            growth = f"{exponent(runs, measure, OURS, before, size):.2f}" if before else ""
            held = max(values(runs, measure, OURS, size, "megabytes"))
            peer = median_of(runs, measure, PEERS[measure], size) if measure in PEERS else math.nan
            beside = "" if math.isnan(peer) else f"{peer:.3f} ({PEERS[measure]})"
            spent = f"{median_of(runs, measure, OURS, size):.3f} ({min(took):.3f}–{max(took):.3f})"
            lines.append(f"| {measure} | {size:,} {unit} | {spent} | {growth} | {held:,.0f} | {beside} |")
    return "\n".join(lines)


def plot(runs: Iterable[Run], path: Path) -> None:
    """Processor time against size, a panel for each way of counting size."""
    from matplotlib.ticker import NullLocator

    runs = list(runs)
    units = list(dict.fromkeys(unit for _, unit in SIZES.values()))
    with panels(len(units), (14, 3.8), path) as (_, axes):
        for axis, unit in zip(axes, units, strict=True):
            for measure in (name for name, (_, own) in SIZES.items() if own == unit):
                for way, style in ((OURS, "-"), *([(PEERS[measure], "--")] if measure in PEERS else [])):
                    steps = sizes(run for run in runs if (run.measure, run.way) == (measure, way))
                    spent = [median_of(runs, measure, way, size) for size in steps]
                    label = measure if way == OURS else way
                    axis.plot(steps, spent, style, marker="o", markersize=3, label=label)
            ticks = sizes(run for run in runs if SIZES[run.measure][1] == unit)
            axis.set_xlabel(unit)
            axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks], fontsize="small")
            axis.xaxis.set_minor_locator(NullLocator())
            # Above the panel, where no line is.
            axis.legend(fontsize="x-small", loc="lower left", bbox_to_anchor=(0, 1), frameon=False)


def main(words: list[str] | None = None) -> None:
    """Measure and print the table; or, with ``--one``, do one measurement and say what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.nationwide", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--log", type=Path, help="add each measurement here; what stands there counts")
    parser.add_argument("--plot", type=Path, help="write a plot (SVG)")
    parser.add_argument("--one", nargs=4, metavar=("MEASURE", "WAY", "SIZE", "FOLDER"))
    chosen = parser.parse_args(words)
    if chosen.one:
        measure, way, size, folder = chosen.one
        print(json.dumps(asdict(once(measure, way, int(size), Path(folder)))))
        return
    before = chosen.log.read_text("utf-8").splitlines() if chosen.log and chosen.log.exists() else []
    runs = [Run(**json.loads(line)) for line in before]
    runs += measured({name: steps for name, (steps, _) in SIZES.items()}, chosen.runs, log=chosen.log)
    print(table(runs))
    if chosen.plot:
        plot(runs, chosen.plot)


if __name__ == "__main__":
    main()
