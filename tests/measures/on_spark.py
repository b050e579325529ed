"""Compute the measures over large tables on Spark, in a process of its own, and write what came as JSON.

A process has one session of one kind, and a test that is interrupted leaves none behind.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.measures.engines import SEEDS, cells, guide_block
from tests.measures.shaken import GROWS, LARGE, prepared

#: Small and quick: nothing is compiled for so few rows, and nobody looks at a page about it.
CONFIG = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "512m",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss8m",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss8m",
}


def session(master: str) -> Any:
    """A session of Spark: ``connect`` for one that is spoken to over a connection, else its master."""
    # Here, since this file is looked through where there is no Spark.
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    builder = builder.remote("local[1]") if master == "connect" else builder.master(master)
    for name, value in CONFIG.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def sets(master: str) -> Iterator[tuple[str, dict[str, pl.DataFrame], bool]]:
    """Name, tables, and whether the small ones stay in memory."""
    from hhanalytics.dataset import load

    root = Path(__file__).parents[2]
    synthetic = dict(load(root / "tests" / "cases" / "elvedal" / "data").tables)
    if master.startswith("local["):
        yield "real", prepared(dict(load(root / "data" / "raw").tables)), False
        yield f"shaken {SEEDS[0]}", prepared(synthetic, SEEDS[0]), False
    yield f"shaken {SEEDS[-1]}", prepared(synthetic, SEEDS[-1]), True


def main(master: str, out: str) -> None:
    """Compute everything and write it."""
    warnings.simplefilter("ignore")
    spark = session(master)
    found: dict[str, Any] = {}
    for name, tables, small_in_memory in sets(master):
        given: dict[str, Any] = {
            table: frame if small_in_memory and table not in GROWS else spark.createDataFrame(frame.to_arrow())
            for table, frame in tables.items()
            if frame.height
        }
        given = {**{table: frame for table, frame in tables.items() if not frame.height}, **given}
        for measure, compute in LARGE.items():
            before = jobs(spark, master)
            result = compute(given)
            found[f"{name}, {measure}"] = {
                "kind": f"{type(result).__module__}.{type(result).__name__}",
                "jobs": jobs(spark, master) - before,
                "cells": cells(result),
                "plan": "" if master == "connect" else result._jdf.queryExecution().toString(),
            }
    if master.startswith("local["):
        found["guide"] = guide()
        found["csv"] = from_csv()
    found["refused"] = refused(spark) if master.startswith("local[") else ""
    found["executors"] = 0 if master == "connect" else spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size()
    Path(out).write_text(json.dumps(found, default=str))
    spark.stop()


def guide() -> list[dict[str, Any]]:
    """What the code in the guide gives."""
    from hhanalytics.dataset import load

    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        saved = load(Path(__file__).parents[2] / "data" / "raw").save(Path(folder) / "processed")
        # Java stays in the folder it was started in.
        exec((guide_block("small") + guide_block("spark")).replace("data/processed", str(saved)), names)
        return cells(names["found"])


def from_csv() -> dict[str, Any]:
    """A measure from CSV files, one of them with a text over two lines; and what a bad cell is told."""
    from hhanalytics.dataset import load
    from hhanalytics.engine_reports import measured_on
    from hhanalytics.errors import InvalidData
    from hhanalytics.sources.scans import LARGE as SCANNED
    from hhanalytics.sources.scans import SMALL, scanned

    data = load(Path(__file__).parents[2] / "tests" / "cases" / "elvedal" / "data")
    with tempfile.TemporaryDirectory() as folder:
        for name in (*SCANNED, *SMALL):
            data.tables[name].write_csv(Path(folder) / f"{name}.csv")
        costs = Path(folder) / "costs.csv"
        data.costs.with_columns(note=pl.lit('Ål, "øvre"\r\ndel')).write_csv(costs)
        given: dict[str, Any] = {"year": None, "charges": "printed", "options": {}, "privacy": "internal"}
        measured = cells(measured_on("spark", folder, "municipality_costs", **given))
        read = cells(scanned(folder, "spark").costs)
        costs.write_text(costs.read_text("utf-8").replace("2026-01-01", "2026-13-01", 1), "utf-8")
        try:
            measured_on("spark", folder, "municipality_costs", **given)
        except InvalidData as error:
            return {"measured": measured, "costs": read, "refused": str(error)}
    return {}


def refused(spark: Any) -> str:
    """What a frame of Spark beside one of DuckDB is told."""
    import duckdb

    from hhanalytics import municipality_costs
    from hhanalytics.dataset import load

    data = load(Path(__file__).parents[2] / "tests" / "cases" / "elvedal" / "data")
    costs, persons = data.costs.to_arrow(), data.population.to_arrow()
    try:
        municipality_costs(spark.createDataFrame(costs), duckdb.from_arrow(persons), data.budgets)
    except ValueError as error:
        return str(error)
    return "nothing"


def jobs(spark: Any, master: str) -> int:
    """How many jobs have run so far; a measure that stays on its engine starts none."""
    return 0 if master == "connect" else len(spark.sparkContext.statusTracker().getJobIdsForGroup(None))


if __name__ == "__main__":
    main(*sys.argv[1:])
