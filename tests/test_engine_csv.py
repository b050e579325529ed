"""Tables from CSV: on every engine what Parquet gives, and an error where a cell is not of its type."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from hhanalytics import cli, log
from hhanalytics.dataset import Dataset
from hhanalytics.engine_reports import MEASURES, measured_on
from hhanalytics.errors import InvalidData
from hhanalytics.sources import scans

ENGINES = [engine for engine in ("polars", "pandas", "duckdb") if importlib.util.find_spec(engine)]
TABLES = (*scans.LARGE, *scans.SMALL)
GIVEN = {"year": None, "charges": "printed", "options": {}, "privacy": "internal"}


def written(dataset: Dataset, folder: Path) -> Path:
    """Every table as CSV."""
    folder.mkdir()
    for name in TABLES:
        dataset.tables[name].write_csv(folder / f"{name}.csv")
    return folder


@pytest.fixture
def folder(elvedal: Dataset, tmp_path: Path) -> Path:
    return written(elvedal, tmp_path / "tables")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("data", ["dataset", "elvedal"])
def test_as_from_parquet(data: str, engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    source: Dataset = request.getfixturevalue(data)
    tables = scans.scanned(written(source, tmp_path / "tables"), engine)
    saved = str(source.save(tmp_path / "saved"))
    for measure in MEASURES:
        wanted = measured_on(engine, saved, measure, **GIVEN)
        assert_frame_equal(measured_on(engine, str(tmp_path / "tables"), measure, **GIVEN), wanted, rel_tol=1e-12)
    for name in scans.LARGE:
        frame = getattr(tables, name)
        got = {"polars": lambda f: f.collect(), "pandas": pl.from_pandas, "duckdb": lambda f: f.pl()}[engine](frame)
        assert_frame_equal(got, source.tables[name], check_row_order=False)


#: Every way of writing that is sound: a mark of its encoding, lines of Windows, lines without anything, quotes, a text
#: over two lines, columns in another order and left out.
HARD = """\ufeffmunicipality,pool,amount_nok,period_start,period_end,note,locator,grade\r
"elv",felles,"-5",2026-01-01,2026-12-31,,l. 1,documented\r
\r
elv,felles,+007,2024-02-29,2024-02-29,"Ål, ""øvre""\r
NULL",NA,derived\r
elv,felles,123456789012345678,0001-01-01,9999-12-31,"",  null ,missing\r
\r
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_hard_to_read(engine: str, folder: Path) -> None:
    (folder / "costs.csv").write_bytes(HARD.encode())
    frame = scans.scanned(folder, engine).costs
    got = {"polars": lambda f: f.collect(), "pandas": pl.from_pandas, "duckdb": lambda f: f.pl()}[engine](frame)
    assert got["amount_nok"].to_list() == [-5, 7, 123456789012345678]
    assert got["note"].to_list() == [None, 'Ål, "øvre"\r\nNULL', None]
    assert got["locator"].to_list() == ["l. 1", "NA", "  null "]
    assert [str(day) for day in got["period_start"]] == ["2026-01-01", "2024-02-29", "0001-01-01"]
    assert set(got["source"]) == {"tables"}


@pytest.mark.parametrize("engine", ENGINES)
def test_files_that_a_cluster_wrote(engine: str, folder: Path, elvedal: Dataset) -> None:
    (folder / "costs.csv").unlink()
    (folder / "costs.csv").mkdir()
    (folder / "costs.csv" / "_SUCCESS").touch()
    for part in range(2):
        half = elvedal.costs.filter(pl.int_range(pl.len()) % 2 == part)
        half.write_csv(folder / "costs.csv" / f"part-{part}.csv")
    found = measured_on(engine, str(folder), "municipality_costs", **GIVEN)
    assert found.filter(pool="all")["amount_nok"].sum() == elvedal.costs["amount_nok"].sum()


@pytest.mark.parametrize("engine", ENGINES)
def test_everything_that_is_wrong_is_told(engine: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    costs, activities = folder / "costs.csv", folder / "activities.csv"
    lines = costs.read_text("utf-8").splitlines()
    header = lines[0].split(",")
    for line, column, value in [(1, "amount_nok", "12.5"), (3, "period_end", "2026-02-30"), (4, "amount_nok", "1e3")]:
        cells = lines[line].split(",")
        cells[header.index(column)] = value
        lines[line] = ",".join(cells)
    lines[5] = lines[5].rsplit(",", 1)[0]
    costs.write_text("\n".join(lines), "utf-8")
    activities.write_bytes(activities.read_bytes() + b"\xe5\n")
    with pytest.raises(InvalidData) as caught:
        measured_on(engine, str(folder), "gain", **GIVEN)
    told = [(problem.file, problem.row, problem.column, problem.found) for problem in caught.value.problems]
    assert told[1:] == [
        ("costs.csv", 2, "amount_nok", "'12.5'"),
        ("costs.csv", 4, "period_end", "'2026-02-30'"),
        ("costs.csv", 5, "amount_nok", "'1e3'"),
        ("costs.csv", 6, None, f"{len(header) - 1} cells"),
    ]
    assert told[0] == ("activities.csv", activities.read_bytes().count(b"\n"), None, "byte 0xe5")
    where = ["--engine", engine, "--data", str(folder), "--privacy", "internal"]
    assert cli.main(["show", "gain", *where]) == log.REFUSED
    shown = capsys.readouterr()
    assert "costs.csv, line 4, period_end: found '2026-02-30', expected a date, 2025-12-31." in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty_file"),
        ("municipality\n", "no_column"),
        ("{},surplus\n", "unknown_column"),
        ("{}\n{nothing}\n", "empty_row"),
        ('{}\n"a"b\n', "bad_csv"),
        ('{}\n"a\n', "bad_csv"),
        ("{}\n\0{nothing}\n", "nul_byte"),
    ],
)
def test_no_table(text: str, told: str, folder: Path, elvedal: Dataset) -> None:
    columns = elvedal.costs.columns
    nothing = "," * (len(columns) - 1)
    (folder / "costs.csv").write_text(text.replace("{}", ",".join(columns)).replace("{nothing}", nothing), "utf-8")
    with pytest.raises(InvalidData) as caught:
        scans.scanned(folder, "polars")
    assert told in {problem.id for problem in caught.value.problems}


def test_a_file_of_another_kind_does_not_fill_the_screen(folder: Path, elvedal: Dataset) -> None:
    elvedal.costs.with_columns(amount_nok=pl.lit("x")).sample(5_000, with_replacement=True, seed=1).write_csv(
        folder / "costs.csv"
    )
    with pytest.raises(InvalidData) as caught:
        scans.scanned(folder, "polars")
    assert len(caught.value.problems) <= 201


def test_a_table_twice(folder: Path, elvedal: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    elvedal.costs.write_parquet(folder / "costs.parquet")
    assert (
        cli.main(["show", "gain", "--engine", "polars", "--data", str(folder), "--privacy", "internal"]) == log.REFUSED
    )
    assert "costs.parquet, costs.csv" in capsys.readouterr().err
