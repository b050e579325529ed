"""The measures stay on Spark and give there what they give on polars: one machine, several processes, Connect."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hhanalytics import municipality_costs
from hhanalytics.dataset import Dataset
from tests.measures.engines import SEEDS, cells, differences
from tests.measures.shaken import LARGE, prepared

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="PySpark is not installed: group engines"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17, and there is none"),
]
#: What in a plan tells that rows go through Python.
PYTHON = ("PythonUDF", "MapInPandas", "MapInArrow", "ArrowEvalPython", "BatchEvalPython", "FlatMapGroups")


def computed(master: str, folder: Path) -> dict[str, Any]:
    out = folder / "found.json"
    command = [sys.executable, "-m", "tests.measures.on_spark", master, str(out)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=Path(__file__).parents[2])
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(out.read_text())


def texts(native: Any) -> list[dict[str, Any]]:
    """The cells as they come through JSON."""
    return json.loads(json.dumps(cells(native), default=str))


@functools.cache
def reference(name: str, measure: str, dataset: Dataset, elvedal: Dataset) -> list[dict[str, Any]]:
    given = prepared(dict(dataset.tables)) if name == "real" else prepared(dict(elvedal.tables), int(name.split()[1]))
    return texts(LARGE[measure](given))


@pytest.mark.parametrize("master", ["local[2]", "local-cluster[2,1,1024]", "connect"])
def test_spark_gives_what_polars_gives(master: str, tmp_path: Path, dataset: Dataset, elvedal: Dataset) -> None:
    found = computed(master, tmp_path)
    executors = found.pop("executors")
    # The driver is counted too.
    assert executors == {"local[2]": 1, "local-cluster[2,1,1024]": 3, "connect": 0}[master]
    if guide := found.pop("guide", None):
        assert differences(guide, reference("real", "cost_per_participant", dataset, elvedal)) == []
    csv = found.pop("csv", None)
    assert bool(csv) == (master == "local[2]")
    if csv:
        assert differences(csv["measured"], texts(municipality_costs(elvedal.costs, elvedal.population, elvedal.budgets))) == []  # fmt: skip
        assert differences(csv["costs"], texts(elvedal.costs.with_columns(note=pl.lit('Ål, "øvre"\r\ndel')))) == []
        assert "costs.csv, line 2, period_start: found '2026-13-01', expected a date" in csv["refused"]
    if (refused := found.pop("refused")) or master == "local[2]":
        assert "duckdb, pyspark" in refused
    names = {key.split(", ")[0] for key in found}
    assert names == ({"real", f"shaken {SEEDS[0]}"} if master == "local[2]" else set()) | {f"shaken {SEEDS[-1]}"}
    for key, got in found.items():
        name, measure = key.split(", ")
        assert differences(got["cells"], reference(name, measure, dataset, elvedal)) == [], key
        assert got["kind"] == f"pyspark.sql.{'connect' if master == 'connect' else 'classic'}.dataframe.DataFrame", key
        assert [node for node in PYTHON if node in got["plan"]] == [], key
        assert bool(got["plan"]) == (master != "connect")
        # Two read a small table (events, price index) to build the plan, and look for the one bad row.
        if measure not in ("like_for_like", "gain_indexed"):
            assert got["jobs"] == 0, key
