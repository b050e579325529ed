"""Files of tables as frames of an engine, Parquet or CSV: the large tables are scanned, never read whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import polars as pl

from hhanalytics.environment import unless_set
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.sources import csv_scans

#: Engine → the package it comes in, and how to install it.
ENGINES: Final = {
    "polars": ("polars", ""),
    "pandas": ("pandas", ""),
    "duckdb": ("duckdb", "pip install duckdb"),
    "spark": ("pyspark", "pip install 'pyspark[connect]>=4', and Java 17"),
}
#: Endings of files that are read.
KINDS: Final = ("parquet", "csv")
#: Tables that grow with the country and with the years. The others are small, and sent to the engine.
LARGE: Final = ("costs", "activities", "population", "welfare_tech")
SMALL: Final = (
    "budgets",
    "equivalents",
    "events",
    "grants",
    "memberships",
    "pools",
    "position_hooks",
    "positions",
    "prices",
    "programmes",
)


class Reader(NamedTuple):
    """How an engine makes a frame of a Parquet file, and of a CSV table that was looked at."""

    parquet: Callable[[Path], Any]
    csv: Callable[[csv_scans.CsvTable], Any]


def scanned(folder: str | Path, engine: str) -> Any:
    """The tables that measures take, each by its name: a file, or a folder of files, ``NAME.parquet`` or ``NAME.csv``.

    Cells of CSV files are read as the types that are declared for the table; empty ones are nothing.

    Args:
        folder: The folder, as `Dataset.save` writes it or as a cluster does.
        engine: ``polars``, ``pandas``, ``duckdb`` or ``spark``. A session of Spark that there is is used.

    Raises:
        UnknownName: No such engine.
        BadInput: It is not installed, or tables are missing or there twice: all of them are named.
        InvalidData: A CSV file cannot be read as declared; everything that is wrong, with file, line and column.

    Example:
        >>> import tempfile
        >>> import hhanalytics as hh
        >>> folder = hh.load("data/raw").save(tempfile.mkdtemp() + "/processed")
        >>> scanned(folder, "polars").costs.select("amount_nok").sum().collect().item() > 6_000_000
        True
    """
    if engine not in ENGINES:
        raise UnknownName.of("engine", engine, ENGINES)
    paths = _files(folder)
    reader = _reader(engine)
    sound = csv_scans.all_checked(paths)

    def scan(name: str) -> Any:
        return reader.csv(sound[name]) if name in sound else reader.parquet(paths[name])

    def small(name: str) -> pl.DataFrame:
        return csv_scans.on_polars(sound[name]).collect() if name in sound else pl.read_parquet(paths[name])

    in_memory = {name: small(name) for name in SMALL}
    ordinary = sorted(set(in_memory["pools"].filter("in_accounts")["pool"]))
    # Pandas has no engine to send small tables to: they must be of its kind.
    frames = in_memory if engine != "pandas" else {name: scan(name) for name in SMALL}
    return SimpleNamespace(**{name: scan(name) for name in LARGE}, **frames, ordinary_pools=lambda: ordinary)


def little_read_ahead() -> AbstractContextManager[None]:
    """While this is entered, polars reads ahead as many row groups of Parquet as it has threads: no core waits for one.

    By default it reads up to 512 ahead, of which some wait decoded, and holds several times the memory in no less time
    (``bench``). No argument of a scan says so, and it counts when a plan is collected; what the environment says stays.

    Example:
        >>> import tempfile
        >>> import hhanalytics as hh
        >>> folder = hh.load("data/raw").save(tempfile.mkdtemp() + "/processed")
        >>> with little_read_ahead():
        ...     pl.scan_parquet(folder / "costs.parquet").select(pl.len()).collect().item() > 0
        True
    """
    return unless_set(POLARS_ROW_GROUP_PREFETCH_SIZE=str(pl.thread_pool_size()))


def _files(folder: str | Path) -> dict[str, Path]:
    """Each table's file, or folder of files."""
    root = Path(folder).resolve()
    there = {name: [path for kind in KINDS if (path := root / f"{name}.{kind}").exists()] for name in (*LARGE, *SMALL)}
    if missing := [f"{name}.parquet" for name, paths in there.items() if not paths]:
        expected = "a folder with a file for each table, Parquet or CSV (costs.csv)"
        mend = "Write one: hhanalytics build --data data/raw; or add CSV files with the columns of the data dictionary."
        raise BadInput.of("not_a_dataset", str(folder), f"no {', '.join(missing)}", expected, mend)
    if twice := [path.name for paths in there.values() if len(paths) > 1 for path in paths]:
        raise BadInput.of("two_files", str(folder), ", ".join(twice), "one file for each table", "Remove one of them.")
    return {name: path for name, (path,) in there.items()}


def _reader(engine: str) -> Reader:
    package, install = ENGINES[engine]
    if find_spec(package) is None:
        raise BadInput.of("no_engine", f"--engine {engine}", "it is not installed", package, f"Install it: {install}.")
    if engine == "polars":
        return Reader(pl.scan_parquet, csv_scans.on_polars)
    if engine == "pandas":
        import pandas as pd

        # Otherwise pandas would make Python objects of dates.
        return Reader(lambda path: pd.read_parquet(path, dtype_backend="pyarrow"), csv_scans.on_pandas)
    if engine == "duckdb":
        import duckdb

        connection = duckdb.connect()

        def read(path: Path) -> Any:
            return connection.read_parquet(str(path / "**/*.parquet" if path.is_dir() else path))

        return Reader(read, csv_scans.on_duckdb(connection))
    # A session that is connected to runs Java elsewhere.
    if "SPARK_REMOTE" not in os.environ and "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        raise BadInput.of("no_engine", "--engine spark", "no Java", "Java 17", "Install it, or set SPARK_REMOTE.")
    from pyspark.sql import SparkSession

    session = SparkSession.builder.appName("hhanalytics").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return Reader(lambda path: session.read.parquet(str(path)), csv_scans.on_spark(session))
