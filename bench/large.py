"""Measures over a synthetic nation, from Parquet files to the answer: each engine, the same by hand, and bare reading.

``python -m bench.large 1000000 10000000 --runs 3`` writes the files, measures each in turn in a process of its own, removes
the files, and prints the table of ``bench/README.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pandas as pd
import polars as pl
from polars.testing import assert_frame_equal

import hhanalytics as hh
from bench import by_hand_large, by_hand_pandas
from bench.by_hand_duckdb import SQL
from bench.large_data import Nation, nation, write_events
from bench.large_tables import FLOOR, Run, plot, tables
from hhanalytics.sources.scans import little_read_ahead

ROOT = Path(__file__).parents[1]
COUNTED = ["programme", "unit", "period_end", "quantity", "qualifier", "part_of", "grade"]
#: Measure → the columns of events that it needs.
NEEDED = {
    "municipality_costs": ["municipality", "pool", "period_end", "amount_nok", "grade"],
    "cost_per_participant": COUNTED,
    "gain": [*COUNTED, "kind"],
}
#: The engine is not installed with the package; what is measured without it is the rest.
DUCKDB = importlib.util.find_spec("duckdb") is not None
SMALL = [name for name in Nation.__dataclass_fields__ if name != "events"]
#: So many events that every programme has some in every year.
FEWEST = 20_000
#: Which take all rows into memory, as rows: left out beyond so many.
IN_MEMORY, MOST_IN_MEMORY = {"ours, polars eager", "ours, pandas", "pandas by hand"}, 10_000_000


def _ours(measure: str, data: Nation) -> Any:
    if measure == "municipality_costs":
        return hh.municipality_costs(data.events, data.population, data.budgets)
    if measure == "cost_per_participant":
        return hh.cost_per_participant(data.programme_costs, data.events)
    return hh.gain(data.programme_costs, data.events, data.prices, data.equivalents)


def _named(data: Nation, name: str) -> Any:
    """The tables, with the events under the name that is asked for."""
    return argparse.Namespace(**vars(data), **{name: data.events})


def _pandas_by_hand(measure: str, data: Nation) -> Any:
    if measure == "municipality_costs":
        return by_hand_pandas.municipality_costs(_named(data, "costs"))
    if measure == "cost_per_participant":
        return by_hand_pandas.cost_per_participant(_named(data, "activities"), data.programme_costs)
    return by_hand_large.pandas_gain(data)


def _tables(folder: Path, read: Callable[[Path], Any]) -> Nation:
    return Nation(**{name: read(folder / f"{name}.parquet") for name in SMALL})


def _by_polars(folder: Path, measure: str, way: str) -> Any:
    columns, files = NEEDED[measure], folder / "events" / "*.parquet"
    data = _tables(folder, pl.read_parquet)
    if way == FLOOR:
        # Nothing is done with the pieces: a count, say, would be answered without reading all.
        pl.scan_parquet(files).select(columns).sink_batches(lambda _: None, engine="streaming")
        return pl.DataFrame({"read": columns})
    if way == "ours, polars eager":
        return _ours(measure, replace(data, events=pl.read_parquet(files, columns=columns)))
    data = Nation(**{name: getattr(data, name).lazy() for name in SMALL}, events=pl.scan_parquet(files))
    plan = _ours(measure, data) if way.startswith("ours") else getattr(by_hand_large, measure)(data)
    return plan.collect(engine="streaming")


def _by_pandas(folder: Path, measure: str, way: str) -> Any:
    data = _tables(folder, lambda path: pd.read_parquet(path, dtype_backend="pyarrow"))
    events = pd.read_parquet(folder / "events", columns=NEEDED[measure], dtype_backend="pyarrow")
    call = _ours if way.startswith("ours") else _pandas_by_hand
    return call(measure, replace(data, events=events))


def _by_duckdb(folder: Path, measure: str, way: str) -> Any:
    import duckdb

    with duckdb.connect() as connection:
        events = connection.read_parquet(str(folder / "events" / "*.parquet"))
        if way.startswith("ours"):
            return _ours(measure, replace(_tables(folder, pl.read_parquet), events=events)).pl()
        for name in SMALL:
            connection.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        events.create_view("events")
        return connection.sql(SQL[measure]).pl()


WAYS: dict[str, Callable[[Path, str, str], Any]] = {
    FLOOR: _by_polars,
    "polars by hand": _by_polars,
    "ours, polars streaming": _by_polars,
    "ours, polars eager": _by_polars,
    "DuckDB by hand": _by_duckdb,
    "ours, DuckDB": _by_duckdb,
    "pandas by hand": _by_pandas,
    "ours, pandas": _by_pandas,
}


def peak() -> float:
    """The most megabytes this process has held.

    The system's own count goes on from the process that started this one; Linux says it for the program alone.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def once(folder: Path, measure: str, way: str, rows: int) -> tuple[Run, pl.DataFrame]:
    """From files to the answer, in this process; both sides are loaded before, ours as well as what is written by hand."""
    for name in NEEDED:
        getattr(hh, name)
    start, processor = perf_counter(), process_time()
    # As ``show --engine polars`` does; what is written by hand in polars has it, too.
    with little_read_ahead():
        found = WAYS[way](folder, measure, way)
    run = Run(measure, way, rows, perf_counter() - start, process_time() - processor, peak())
    return run, found if isinstance(found, pl.DataFrame) else pl.from_pandas(found)


def apart(folder: Path, measure: str, way: str, rows: int) -> tuple[Run, pl.DataFrame]:
    """The same in a process of its own, so that what it holds is what it needs."""
    words = [sys.executable, "-m", "bench.large", "--one", str(folder), measure, way]
    done = subprocess.run([*words, str(rows)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{measure}, {way}:\n{done.stderr}")
    return Run(**json.loads(done.stdout)), pl.read_parquet(folder / "answer.parquet")


def measured(rows: int, runs: int, one: Callable[..., tuple[Run, pl.DataFrame]], log: Path | None) -> list[Run]:
    """Write the files, measure each way in turn; those that do not give the same end it with an error."""
    found: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="nation-") as name:
        folder = Path(name)
        write_events(folder / "events", rows)
        small = nation()
        for table in SMALL:
            getattr(small, table).write_parquet(folder / f"{table}.parquet")
        answers: dict[str, pl.DataFrame] = {}
        for _ in range(runs):
            for measure in NEEDED:
                for way in WAYS:
                    if (way in IN_MEMORY and rows > MOST_IN_MEMORY) or ("DuckDB" in way and not DUCKDB):
                        continue
                    run, answer = one(folder, measure, way, rows)
                    if way != FLOOR:
                        _same(f"{measure}, {way}", answer, answers.setdefault(measure, answer))
                    found.append(run)
                    if log:
                        with log.open("a", encoding="utf-8") as file:
                            file.write(json.dumps(asdict(run)) + "\n")
    return found


def _same(name: str, answer: pl.DataFrame, other: pl.DataFrame) -> None:
    """Two that do not give the same may not be compared."""
    both = [column for column in other.columns if column in answer.columns]
    if len(both) < 8 or not answer.height:
        raise SystemExit(f"{name}: nothing to compare")
    keys = [key for key in ("municipality", "programme", "year", "pool") if key in both]
    left, right = (frame.select(both).sort(keys) for frame in (answer, other))
    try:
        assert_frame_equal(left, right, check_dtypes=False, rel_tol=1e-9, abs_tol=0)
    except AssertionError as error:
        raise SystemExit(f"{name} gives something else:\n{error}") from None


def main(words: list[str] | None = None) -> None:
    """Measure and print the table; or, with ``--one``, do one measurement and say what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.large", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, help="events, one or several sizes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--log", type=Path, help="add each measurement here, as a line of JSON; what stands there counts"
    )
    parser.add_argument("--plot", type=Path, help="write a plot (SVG)")
    parser.add_argument("--one", nargs=4, metavar=("FOLDER", "MEASURE", "WAY", "ROWS"))
    chosen = parser.parse_args(words)
    if chosen.one:
        folder, measure, way, rows = chosen.one
        run, answer = once(Path(folder), measure, way, int(rows))
        answer.write_parquet(Path(folder) / "answer.parquet")
        print(json.dumps(asdict(run)))
        return
    if min(chosen.rows, default=FEWEST) < FEWEST:
        parser.error(
            f"at least {FEWEST:,} events: with fewer, some programmes have none, and peers by hand leave them out"
        )
    before = chosen.log.read_text("utf-8").splitlines() if chosen.log and chosen.log.exists() else []
    runs = [Run(**json.loads(line)) for line in before]
    for rows in chosen.rows:
        runs += measured(rows, chosen.runs, apart, chosen.log)
    print(tables(runs))
    if chosen.plot:
        plot(runs, chosen.plot)


if __name__ == "__main__":
    main()
