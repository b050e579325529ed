"""A measure from files, on an engine, is what the same folder gives in memory."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from hhanalytics import cli, engine_reports, log, reports
from hhanalytics.dataset import Dataset, load
from hhanalytics.engine_reports import MEASURES, measured_on
from hhanalytics.sources import scans


@pytest.fixture(scope="module")
def saved(elvedal: Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(elvedal.save(tmp_path_factory.mktemp("saved") / "processed"))


@pytest.mark.parametrize("privacy", ["public", "internal"])
@pytest.mark.parametrize("engine", ["polars", "pandas", "duckdb"])
def test_as_in_memory(saved: str, engine: str, privacy: str) -> None:
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    for measure in MEASURES:
        options = {"by": "inhabitants"} if measure == "cost_per_participant" else {}
        given = {"year": None, "charges": "printed", "options": options, "privacy": privacy}
        found = measured_on(engine, saved, measure, **given)
        assert_frame_equal(found, reports.measured(load(saved), measure, **given), rel_tol=1e-9)


def test_files_that_a_cluster_wrote(saved: str, elvedal: Dataset, tmp_path: Path) -> None:
    """A table may be a folder of files, and there need be no manifest: then only for those who may see all."""
    for name in (*scans.LARGE, *scans.SMALL):
        (tmp_path / f"{name}.parquet").mkdir()
        for part in range(2):
            half = elvedal.tables[name].filter(pl.int_range(pl.len()) % 2 == part)
            half.write_parquet(tmp_path / f"{name}.parquet" / f"part-{part}.parquet")
    engines = [engine for engine in ("polars", "pandas", "duckdb") if importlib.util.find_spec(engine)]
    for engine in engines:
        found = measured_on(engine, str(tmp_path), "municipality_costs", year=2026, charges="printed", options={}, privacy="internal")  # fmt: skip
        assert (
            found.filter(pool="all")["amount_nok"].sum()
            == elvedal.costs.filter(pl.col("period_end").dt.year() == 2026)["amount_nok"].sum()
        )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["level_shifts"], "Unknown measure on an engine 'level_shifts'"),
        (["gain", "--charges", "corrected"], "--charges: found corrected"),
        (["gain", "--by", "participant"], "Unknown unit 'participant'. Did you mean 'participants'"),
        (["gain", "--budget", "x"], "Unknown option of gain 'budget'"),
        (["gain", "--year", "2052"], "Unknown year '2052'"),
        (["gain", "--data", "data/raw"], "no manifest.json"),
        (["gain", "--data", "data/raw", "--privacy", "internal"], "no costs.parquet, activities.parquet"),
    ],
)
def test_refused(saved: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    where = [] if "--data" in arguments else ["--data", saved]
    assert cli.main(["show", *arguments, "--engine", "polars", *where]) == log.REFUSED
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("engine", "install"), [("duckdb", "pip install duckdb"), ("spark", "pip install 'pyspark[connect]>=4', and Java")]
)
def test_an_engine_that_is_not_there(
    saved: str, engine: str, install: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scans, "find_spec", lambda _: None)
    assert cli.main(["show", "gain", "--engine", engine, "--data", saved]) == log.REFUSED
    shown = capsys.readouterr()
    assert install in shown.err
    assert shown.out == ""


def test_spark_without_java(saved: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(scans, "find_spec", lambda _: True)
    monkeypatch.setattr(scans.shutil, "which", lambda _: None)
    for name in ("SPARK_REMOTE", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["show", "gain", "--engine", "spark", "--data", saved]) == log.REFUSED
    assert "no Java" in capsys.readouterr().err


def test_polars_reads_little_ahead(saved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default polars holds far more row groups than it works on; what somebody has set themselves stays."""
    name, seen = "POLARS_ROW_GROUP_PREFETCH_SIZE", []
    collected = engine_reports._polars

    def looked(native: object) -> pl.DataFrame:
        seen.append(os.environ.get(name))
        return collected(native)

    monkeypatch.setattr(engine_reports, "_polars", looked)
    for before in (None, "7"):
        monkeypatch.delenv(name, raising=False)
        if before:
            monkeypatch.setenv(name, before)
        measured_on("polars", saved, "gain", year=None, charges="printed", options={}, privacy="internal")
        assert os.environ.get(name) == before
    assert seen == [str(pl.thread_pool_size()), "7"]
