"""Parquet files of a saved Dataset as frames of an engine: the large tables are scanned, never read whole."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import polars as pl

from hhanalytics.errors import BadInput, UnknownName

#: Engine → the package it comes in, and how to install it.
ENGINES: Final = {
    "polars": ("polars", ""),
    "pandas": ("pandas", ""),
    "duckdb": ("duckdb", "pip install duckdb"),
    "spark": ("pyspark", "pip install 'pyspark[connect]>=4', and Java 17"),
}
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


def scanned(folder: str | Path, engine: str) -> Any:
    """The tables that measures take, each by its name: ``NAME.parquet`` is a file, or a folder of files.

    Args:
        folder: The folder, as `Dataset.save` writes it or as a cluster does.
        engine: ``polars``, ``pandas``, ``duckdb`` or ``spark``. A session of Spark that there is is used.

    Raises:
        UnknownName: No such engine.
        BadInput: It is not installed, or tables are missing: all of them are named.

    Example:
        >>> import tempfile
        >>> import hhanalytics as hh
        >>> folder = hh.load("data/raw").save(tempfile.mkdtemp() + "/processed")
        >>> scanned(folder, "polars").costs.select("amount_nok").sum().collect().item() > 6_000_000
        True
    """
    if engine not in ENGINES:
        raise UnknownName.of("engine", engine, ENGINES)
    paths = {name: Path(folder).resolve() / f"{name}.parquet" for name in (*LARGE, *SMALL)}
    missing = [path.name for path in paths.values() if not path.exists()]
    if missing:
        expected = "a folder with a Parquet file for each table"
        mend = "Write one: hhanalytics build --data data/raw."
        raise BadInput.of("not_a_dataset", str(folder), f"no {', '.join(missing)}", expected, mend)
    scan = _scanner(engine)
    small = {name: pl.read_parquet(paths[name]) for name in SMALL}
    ordinary = sorted(set(small["pools"].filter("in_accounts")["pool"]))
    # Pandas has no engine to send small tables to: they must be of its kind.
    frames = small if engine != "pandas" else {name: scan(paths[name]) for name in SMALL}
    large = {name: scan(paths[name]) for name in LARGE}
    return SimpleNamespace(**large, **frames, ordinary_pools=lambda: ordinary)


def _scanner(engine: str) -> Any:
    """What makes a frame of a path."""
    package, install = ENGINES[engine]
    if find_spec(package) is None:
        raise BadInput.of("no_engine", f"--engine {engine}", "it is not installed", package, f"Install it: {install}.")
    if engine == "polars":
        return pl.scan_parquet
    if engine == "pandas":
        import pandas as pd

        # Otherwise pandas would make Python objects of dates.
        return lambda path: pd.read_parquet(path, dtype_backend="pyarrow")
    if engine == "duckdb":
        import duckdb

        connection = duckdb.connect()
        return lambda path: connection.read_parquet(str(path / "**/*.parquet" if path.is_dir() else path))
    # A session that is connected to runs Java elsewhere.
    if "SPARK_REMOTE" not in os.environ and "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        raise BadInput.of("no_engine", "--engine spark", "no Java", "Java 17", "Install it, or set SPARK_REMOTE.")
    from pyspark.sql import SparkSession

    session = SparkSession.builder.appName("hhanalytics").config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return lambda path: session.read.parquet(str(path))
