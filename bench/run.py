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
from datetime import date
from io import BytesIO
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from polars.testing import assert_frame_equal
from rich.console import Console
from rich.table import Table

import hhanalytics as hh
from bench import by_hand_pandas, by_hand_polars, files
from bench.collaborations import score
from bench.false_alarms import rates as false_alarm_rates
from bench.large import apart, measured, once
from bench.large_tables import compared, median_of
from bench.national import write_country
from bench.programmes import by_hand
from bench.stock import Spent, middle, spent, stock, watched
from bench.synthetic import Synthetic, synthetic, synthetic_table, units
from hhanalytics.decisions.budgets import budget_layers
from hhanalytics.decisions.layers import decompose_once
from hhanalytics.methods import constant

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data" / "raw"
#: What the command line promises for ``--help``, in seconds.
PROMISE = 0.3
#: What importing the package promises beyond Python's start, and ``check`` of the real data, in seconds.
IMPORT, CHECK = 0.06, 1.0
#: What a brief promises of the stock tools' time, and a second one, unchanged, of the first; and how many
#: briefs in the time of one by the stock tools.
OF_STOCK, OF_FIRST, TIMES = 0.4, 0.1, 12
#: What making many briefs may hold in memory, in megabytes.
MEMORY = 1_500
#: What control charts of 10 000 series of 60 months promise, in seconds.
SERIES_PROMISE = 3.0
NO_EVENTS = pl.DataFrame(schema={"kind": pl.String, "date": pl.Date, "municipality": pl.String, "affects": pl.String})
#: What reconciliation of the real data promises, and of it the budgets, in seconds.
RECONCILE, LAYERS = 2.0, 10.0
#: What is promised of planted mistakes: how many are named at least, and right charges among the named at most.
FOUND, FALSE_ALARMS = 0.99, 0.01
#: What a workbook of 100,000 rows promises, in seconds.
WORKBOOK = 5.0


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


def commands(runs: int) -> Iterator[Result]:
    """What everybody waits for: the import, beyond Python's own start, and a check of the real data."""
    program = str(Path(sys.executable).with_name("hhanalytics"))
    bare = against(
        "start", "import hhanalytics", command(sys.executable, "-c", "import hhanalytics"), "python",
        command(sys.executable, "-c", "pass"), 3 * runs,
    )  # fmt: skip
    beyond = bare.seconds - (bare.peer_seconds or 0)
    yield Result("start", "import, beyond Python", beyond, "the promise", IMPORT, beyond / IMPORT)
    found = against(
        "start", "hhanalytics check", command(program, "check", "--data", str(DATA)), "import polars, scipy.optimize",
        command(sys.executable, "-c", "import polars, scipy.optimize"), runs,
    )  # fmt: skip
    yield found
    yield Result("start", "hhanalytics check", found.seconds, "the promise", CHECK, found.seconds / CHECK)


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
    counted = units(rows)
    ours["like_for_like"] = lambda: hh.like_for_like(counted, data.memberships, NO_EVENTS)
    theirs["like_for_like"] = lambda: by_hand_polars.like_for_like(counted)
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


def large(quick: bool) -> Iterator[Result]:
    """From Parquet files of a synthetic nation to the answer, by processor time; ``python -m bench.large`` shows more."""
    runs = []
    for rows, times in ((20_000, 1),) if quick else ((1_000_000, 3), (10_000_000, 3)):
        # One process for all is quicker, but what each holds is not seen.
        runs += measured(rows, times, once if quick else apart, None)
    for part, name, ours, peer, theirs in compared(runs):
        yield Result(part, f"{name}, processor", ours, peer, theirs, ours / theirs)
    if not quick:
        rows = max(run.rows for run in runs)
        for measure in sorted({run.measure for run in runs}):
            held = median_of(runs, measure, "ours, polars streaming", rows, "megabytes")
            yield Result(f"{rows:,} events", f"{measure}, megabytes", held, "the promise", MEMORY, held / MEMORY)


def series(many: int, runs: int) -> Iterator[Result]:
    """Many series of 60 months: control charts and level shifts, against the time promised and a group-by."""
    random = np.random.default_rng(60)
    months = pl.date_range(date(2020, 1, 1), date(2024, 12, 1), "1mo", eager=True)
    names = pl.DataFrame({"technology": [f"series_{i:05}" for i in range(many)]})
    frame = names.join(pl.DataFrame({"month": months}), how="cross")
    frame = frame.with_columns(units=pl.Series(random.normal(100, 10, frame.height)))

    def charts() -> object:
        return hh.xmr(frame["units"], frame["month"], frame["technology"])

    def by_group() -> object:
        change = pl.col("units").diff().abs().over("technology", order_by="month")
        return frame.with_columns(change.alias("change")).group_by("technology").agg(pl.col("units", "change").mean())

    part = f"{many:,} x 60"
    found = against(part, "xmr", charts, "mean and moving range in polars", by_group, runs)
    yield found
    yield Result(part, "xmr", found.seconds, "the promise", SERIES_PROMISE, found.seconds / SERIES_PROMISE)
    yield against(part, "level_shifts", lambda: hh.level_shifts(frame), "mean and moving range", by_group, runs)


def false_alarms(draws: int) -> Iterator[Result]:
    """Shifts reported where there is none, as a ratio to the share that is promised at most."""
    most = constant("shift_chance")
    for rate in false_alarm_rates(12, draws):
        yield Result("false alarms", rate.name, rate.share, "the promise (share)", most, rate.share / most)


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
    tables = sorted(DATA.glob("*/*.csv"))
    data = hh.load(DATA)
    yield against(
        "real data",
        "load: read and check every row",
        lambda: hh.load(DATA),
        "read_csv, nothing checked",
        lambda: [pl.read_csv(file, infer_schema=False) for file in tables],
        runs,
    )

    def whole() -> object:
        decompose_once.cache_clear()
        return hh.reconcile(data)

    found = against("real data", "reconcile", whole, "load", lambda: hh.load(DATA), runs)
    yield found
    yield Result("real data", "reconcile", found.seconds, "the promise", RECONCILE, found.seconds / RECONCILE)

    def budgets() -> object:
        decompose_once.cache_clear()
        return budget_layers(data)

    taken = against("real data", "budgets into layers", budgets, "load", lambda: hh.load(DATA), runs)
    yield taken
    yield Result("real data", "budgets into layers", taken.seconds, "the promise", LAYERS, taken.seconds / LAYERS)


def mistakes(seeds: int) -> Iterator[Result]:
    """Mistakes planted in made-up collaborations: how many are named, and how many right charges are."""
    start = perf_counter()
    found = score(range(seeds))
    seconds = perf_counter() - start
    silent = found.quiet - found.noise
    for name, rate, promise, least in (
        (f"mistakes named: {found.found} of {found.planted}", found.rate, FOUND, True),
        (f"right charges among the named: {found.innocent}", found.false_alarms, FALSE_ALARMS, False),
        (
            f"explained by what was planted: {found.explained} of {found.found}",
            found.explained / found.found,
            FOUND,
            True,
        ),
        (f"silent where all is right: {silent} of {found.quiet}", silent / found.quiet, 1.0, True),
    ):
        if (rate < promise) if least else (rate > promise):
            raise SystemExit(f"{name}: {rate:.2%}, promised {promise:.2%}; missed {dict(found.missed)}")
        yield Result(f"{found.cases:,} cases", f"{name} ({rate:.2%})", seconds, f"the promise, {promise:.0%}")


def reading(rows: int, runs: int) -> Iterator[Result]:
    """Files as they come: a ledger as text, and JSON-stat; against reading without looking, and the promises."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.csv"
        files.same(path, files.write_ledger(path, rows))
        part = f"{rows:,} lines"
        found = against(
            part, "read_table", lambda: hh.read_table(path, files.LEDGER), "pandas, told everything, unchecked",
            lambda: files.by_pandas(path), runs,
        )  # fmt: skip
        yield found
        if rows == 1_000_000:
            yield Result(part, "read_table", found.seconds, "the promise of 2 s", 2, found.seconds / 2)
        held = files.peak(path)
        if held is not None:
            size = path.stat().st_size
            yield Result(part, "read_table, peak memory", found.seconds, "the file's size", None, held / size)
    data = files.cube(rows)
    yield against(
        f"{rows:,} cells", "read_jsonstat", lambda: hh.read_jsonstat(data), "json.loads", lambda: json.loads(data), runs
    )


def workbooks(rows: int, runs: int) -> Iterator[Result]:
    """A filled-in workbook: read with every check, against calamine alone; and written, against bare XlsxWriter."""
    from python_calamine import CalamineWorkbook
    from xlsxwriter import Workbook

    from hhanalytics.exports.template import workbook
    from hhanalytics.exports.words import Labels
    from hhanalytics.sources.workbook import read_workbook

    data = hh.load(DATA)
    days = pl.date_range(date(2026, 1, 1), date(2026, 12, 31), eager=True)
    names, pools = data.municipalities["municipality"].unique().sort(), data.pools["pool"].sort()
    number = pl.int_range(rows, eager=True)
    costs = pl.DataFrame(
        {
            "municipality": names.gather(number % names.len()),
            "pool": pools.gather(number // names.len() % pools.len()),
            "period_start": days.gather(number % days.len()),
            "period_end": pl.Series([date(2026, 12, 31)]).gather(number * 0),
            "amount_nok": number * 7,
            "note": "rad " + number.cast(pl.String),
            "locator": "s. " + number.cast(pl.String),
            "grade": pl.Series(["documented"]).gather(number * 0),
        }
    ).to_dicts()
    entry = {"source": "bench", "title": "B", "short_title": "B", "publisher": "B"}
    content = workbook(data, 2026, {"costs": costs}, entry=entry)
    words = Labels(data.tables).typed()

    def ours() -> None:
        found = read_workbook(content, "bench.xlsx", words=lambda _: words).delivery
        if len(found.tables["costs"]) != rows or found.problems:
            raise SystemExit("not every row was read")

    def theirs() -> None:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        book.get_sheet_by_name("Utlignet").to_python()

    def bare() -> None:
        book = Workbook(BytesIO(), {"in_memory": True})
        sheet = book.add_worksheet()
        for place, row in enumerate(costs):
            sheet.write_row(place, 0, [str(value) for value in row.values()])
        book.close()

    read = against(f"{rows:,} rows", "workbook: read every cell", ours, "calamine alone", theirs, runs)
    yield read
    yield Result(read.part, read.name, read.seconds, "the promise", WORKBOOK, read.seconds / WORKBOOK)
    made = lambda: workbook(data, 2026, {"costs": costs}, entry=entry)  # noqa: E731
    yield against(f"{rows:,} rows", "workbook: write", made, "bare XlsxWriter", bare, runs)


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
        ours = command(program, "brief", "--force", "--data", str(DATA), "--out", folder)
        run = f"import papermill; papermill.execute_notebook({str(notebook)!r}, None, progress_bar=False)"
        yield against(
            "brief", "hhanalytics brief", ours, "papermill, empty cell", command(sys.executable, "-c", run), runs
        )


def against_stock(runs: int) -> Iterator[Result]:
    """The brief to HOF against the stock tools on the same notebook, in turn; and made again where nothing changed."""
    program = str(Path(sys.executable).with_name("hhanalytics"))
    with tempfile.TemporaryDirectory() as folder:
        words = (program, "brief", "--data", str(DATA), "--out", folder)
        ours: list[Spent] = []
        theirs: list[Spent] = []
        again: list[Spent] = []
        for _ in range(runs):
            ours.append(spent(command(*words, "--force")))
            theirs.append(spent(lambda: stock("hof", Path(folder), data=str(DATA), year=2025)))
            again.append(spent(command(*words)))
        one, other, second = middle(ours), middle(theirs), middle(again)
    name = "HOF brief, HTML and PDF"
    yield Result(
        "stock", f"{name}, wall", one.wall, "papermill, nbconvert, Chromium", other.wall, one.wall / other.wall
    )
    yield Result("stock", f"{name}, CPU", one.cpu, "papermill, nbconvert, Chromium", other.cpu, one.cpu / other.cpu)
    yield Result("stock", f"{name}, unchanged", second.wall, "the first", one.wall, second.wall / one.wall)


def many(briefs: int, sample: int) -> Iterator[Result]:
    """Briefs to all municipalities of a made-up country, against the stock tools on some of them, scaled to all."""
    program = str(Path(sys.executable).with_name("hhanalytics"))
    with tempfile.TemporaryDirectory() as folder:
        data = write_country(Path(folder) / "raw", briefs)
        words = (program, "brief", "municipality", "--all", "--data", str(data), "--out", str(Path(folder) / "briefs"))
        ours, held = watched(*words)
        names = [f"syntetisk_{1 + place * briefs // sample:03}" for place in range(sample)]
        theirs = middle(
            [
                spent(
                    lambda name=name: stock("municipality", Path(folder), data=str(data), year=2030, municipality=name)
                )  # type: ignore[misc]
                for name in names
            ]
        )
    part, peer = f"{briefs} municipalities", f"stock, {sample} briefs × {briefs / sample:g}"
    all_ = theirs.wall * briefs
    yield Result(part, f"all briefs ({all_ / ours.wall:.1f} times as quick)", ours.wall, peer, all_, ours.wall / all_)
    yield Result(part, "all briefs, CPU", ours.cpu, peer, theirs.cpu * briefs, ours.cpu / (theirs.cpu * briefs))
    yield Result(part, "megabytes at most", held, "the promise", MEMORY, held / MEMORY)


def decisions(programmes: int, draws: int, runs: int) -> Iterator[Result]:
    """Drawing programmes, the worth of one figure, ranks over all weights; against promises and the same by hand."""
    part = f"{programmes} programmes, {draws:,} draws"
    seconds, peak = float("inf"), float("inf")
    for _ in range(runs):
        words = (sys.executable, "-m", "bench.programmes", str(programmes), str(draws))
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found = json.loads(done.stdout)
        seconds, peak = min(seconds, found["seconds"]), min(peak, found["megabytes"])
    if programmes * draws == 50_000_000:
        yield Result(part, "simulate", seconds, "the promise of 3 s", 3, seconds / 3)
    yield Result(part, "simulate, megabytes at most", peak, "the promise of 300", 300, peak / 300)
    start = perf_counter()
    by_hand(programmes, draws)
    hand = perf_counter() - start
    yield Result(part, "simulate", seconds, "by hand in numpy", hand, seconds / hand)

    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(2, 100_000))
    values = np.column_stack([np.zeros_like(x), x + y])
    found_ = against(
        "100,000 draws", "evppi", lambda: hh.evppi(values, x), "np.argsort", lambda: np.argsort(x), 10 * runs
    )
    yield found_
    yield Result("100,000 draws", "evppi", found_.seconds, "the promise of 20 ms", 0.02, found_.seconds / 0.02)
    table = generator.random((12, 6))

    def loop() -> object:
        ranks = np.zeros((12, 12))
        for own in generator.dirichlet(np.ones(6), 20_000):
            ranks[np.argsort(-(table @ own)), np.arange(12)] += 1
        return ranks

    yield against(
        "12 programmes, 6 criteria", "rank_acceptability", lambda: hh.rank_acceptability(table, samples=20_000),
        "a loop over weights", loop, runs,
    )  # fmt: skip


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


def main(words: list[str] | None = None) -> None:
    """Run the parts asked for, print a table, and write JSON where wanted."""
    parts: dict[str, Callable[[bool], Iterator[Result]]] = {
        "start": lambda quick: start_up(3 if quick else 10),
        "commands": lambda quick: commands(2 if quick else 10),
        "measures": lambda quick: measures(*((100_000, 2) if quick else (1_000_000, 5))),
        "large": large,
        "series": lambda quick: series(10_000, 1 if quick else 5),
        "alarms": lambda quick: false_alarms(50 if quick else 2_000),
        "loops": lambda quick: loops(*((20_000, 1) if quick else (1_000_000, 2))),
        "decisions": lambda quick: decisions(*((5, 20_000, 1) if quick else (50, 1_000_000, 3))),
        "files": lambda quick: reading(*((20_000, 2) if quick else (1_000_000, 5))),
        "privacy": privacy,
        "load": lambda quick: loading(2 if quick else 10),
        "mistakes": lambda quick: mistakes(40 if quick else 1_500),
        "workbooks": lambda quick: workbooks(*((10_000, 1) if quick else (100_000, 3))),
        "brief": lambda quick: brief(1 if quick else 5),
        "stock": lambda quick: against_stock(1 if quick else 5),
        "many": lambda quick: many(*((8, 1) if quick else (60, 3))),
    }
    # As on a user's machine, where modules are kept compiled: what was started before compiles them once for all.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
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
