"""Measures and tables for others: complete, described, behind the privacy gate, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from polars.testing import assert_frame_equal

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.exports.fields import WITHHELD
from hhanalytics.exports.files import write_new, write_new_folder
from hhanalytics.exports.gated import gated_table
from hhanalytics.exports.items import RESTS_ON, items
from hhanalytics.exports.measured import MEASURED, OWN
from hhanalytics.exports.telling import TELLING
from hhanalytics.exports.writers import FORMULA, as_csv, as_parquet, as_xlsx, harmless
from hhanalytics.file_reports import exported
from hhanalytics.measures.catalogue import MEASURES
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import TABLES

INTERNAL = Gate(public=False)


def of(found: list[Any], name: str) -> pl.DataFrame:
    return next(item.frame for item in found if item.name == name)


def test_everything_is_there_and_described(dataset: Dataset) -> None:
    found = items(dataset, gate=INTERNAL)
    assert [item.name for item in found if item.kind == "measure"] == list(MEASURES)
    filled = {name for name in TABLES if dataset.tables[name].height}
    assert {item.name for item in found if item.kind == "table"} == filled
    for item in found:
        assert item.about
        assert [field.name for field in item.fields] == item.frame.columns
        assert all(field.description for field in item.fields)
        if item.kind == "table":
            assert_frame_equal(item.frame, dataset.tables[item.name])
        else:
            assert_frame_equal(item.frame, hh.compute(dataset, item.name))
            assert item.sources
    assert set(RESTS_ON) == set(MEASURES)
    for field in (field for item in found for field in item.fields if field.name.endswith("_nok")):
        assert field.unit == "nok"


def test_no_column_is_described_that_no_measure_has(elvedal: Dataset) -> None:
    have = {column for name in MEASURES for column in hh.compute(elvedal, name).columns}
    assert set(MEASURED) == have
    assert not [(name, column) for name, column in OWN if column not in hh.compute(elvedal, name).columns]


def test_chosen_measures_and_one_year(elvedal: Dataset) -> None:
    found = items(elvedal, measures=["gain", "programme_costs"], tables=[], year=2027)
    assert [item.name for item in found] == ["gain", "programme_costs", "sources"]
    assert of(found, "gain")["year"].unique().to_list() == [2027]
    with pytest.raises(UnknownName, match="gain"):
        items(elvedal, measures=["gian"])


def test_parquet_holds_the_frames(tmp_path: Path, elvedal: Dataset) -> None:
    found = items(elvedal, gate=INTERNAL)
    files = as_parquet(found)
    for item in found:
        assert_frame_equal(pl.read_parquet(BytesIO(files[f"{item.name}.parquet"])), item.frame)


def test_csv_reads_back(elvedal: Dataset) -> None:
    found = items(elvedal, gate=INTERNAL)
    files = as_csv(found)
    assert files == as_csv(items(elvedal, gate=INTERNAL))
    back = pl.read_csv(files["costs.csv"], schema_overrides=elvedal.costs.schema)
    assert_frame_equal(back, elvedal.costs)
    dictionary = pl.read_csv(files["dictionary.csv"])
    row = dictionary.filter((pl.col("name") == "costs") & (pl.col("column") == "amount_nok")).to_dicts()[0]
    assert (row["type"], row["unit"], row["meaning"]) == ("integer", "nok", "Amount charged.")
    assert row["sources"] == "elvedal_report_2026; elvedal_report_2027"
    # What a measure rests on stands there too, without the table of sources beside it.
    alone, *_ = items(elvedal, measures=["comparable_costs"], tables=[], gate=INTERNAL)
    assert {each["sources"] for each in alone.describe()} == {row["sources"]}


def test_xlsx_holds_the_values(dataset: Dataset) -> None:
    content = as_xlsx(items(dataset, gate=INTERNAL))
    assert content == as_xlsx(items(dataset, gate=INTERNAL))
    book = load_workbook(BytesIO(content))
    assert book.sheetnames[0] == "dictionary"
    rows = list(book["costs"].iter_rows(values_only=True))
    assert list(rows[0]) == dataset.costs.columns
    place = rows[0].index("amount_nok")
    assert sum(row[place] for row in rows[1:]) == dataset.costs["amount_nok"].sum()
    day = rows[0].index("period_start")
    assert rows[1][day].date() == date(2025, 1, 1)
    pools = list(book["pools"].iter_rows(values_only=True))
    own = [row[pools[0].index("in_accounts")] for row in pools[1:]]
    assert own == dataset.pools["in_accounts"].to_list(), "true and false are Excel's own"


def test_data_package_is_valid(tmp_path: Path, dataset: Dataset) -> None:
    """Judged by the Frictionless framework: every file against its schema, key, references and checksum."""
    from frictionless import Package, validate

    folder = exported(dataset, tmp_path / "package", "datapackage")
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "title", "note"])
    package = Package(str(folder / "datapackage.json"))
    assert {resource.path for resource in package.resources} == {
        path.name for path in folder.iterdir() if path.suffix == ".csv" and path.name != "dictionary.csv"
    }
    said = json.loads((folder / "datapackage.json").read_text("utf-8"))
    costs = next(resource for resource in said["resources"] if resource["name"] == "costs")
    content = (folder / "costs.csv").read_bytes()
    assert (costs["hash"], costs["bytes"]) == (f"sha256:{sha256(content).hexdigest()}", len(content))
    amount = next(field for field in costs["schema"]["fields"] if field["name"] == "amount_nok")
    assert (amount["type"], amount["unit"], amount["constraints"]) == ("integer", "nok", {"required": True})
    assert costs["sources"][0]["title"].startswith("Årsrapport")
    assert costs["schema"]["primaryKey"] == TABLES["costs"].primary_key()
    links = {link["fields"][0]: link["reference"] for link in costs["schema"]["foreignKeys"]}
    assert links["pool"] == {"resource": "pools", "fields": ["pool"]}


def test_the_package_would_be_refused_if_it_were_wrong(tmp_path: Path, dataset: Dataset) -> None:
    from frictionless import validate

    folder = exported(dataset, tmp_path / "package", "datapackage")
    costs = folder / "costs.csv"
    costs.write_text(costs.read_text("utf-8").replace(",mft,", ",mtf,", 1), "utf-8")
    assert not validate(str(folder / "datapackage.json")).valid


# Text that starts like a formula


@pytest.mark.parametrize("start", FORMULA)
def test_text_is_no_formula(dataset: Dataset, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    odd = dataset.replace(grants=dataset.grants.with_columns(name_nb=pl.lit(text), note=pl.lit("-5 til 5")))
    found = items(odd, measures=[], tables=["grants"])
    assert csv_cells(as_csv(found)["grants.csv"], "name_nb") == {f"'{text}"}
    assert csv_cells(as_csv(found)["grants.csv"], "note") == {"'-5 til 5"}
    sheet = load_workbook(BytesIO(as_xlsx(found)))["grants"]
    heads = [cell.value for cell in sheet[1]]
    cells = [row[heads.index("name_nb")] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value.replace("_x000D_", "\r") for cell in cells} == {text}  # openpyxl leaves the escape
    assert b"apostrophe" in as_csv(found)["README.txt"]


def test_numbers_below_zero_stay_numbers(dataset: Dataset) -> None:
    odd = dataset.replace(costs=dataset.costs.with_columns(amount_nok=-7))
    found = items(odd, measures=[], tables=["costs"])
    assert csv_cells(as_csv(found)["costs.csv"], "amount_nok") == {"-7"}
    assert harmless("7") == "7"


def csv_cells(content: bytes, column: str) -> set[str]:
    return {row[column] for row in csv.DictReader(io.StringIO(content.decode(), newline=""))}


# Small numbers of persons


@pytest.fixture
def few(elvedal: Dataset) -> Dataset:
    """Three participants in a programme whose cost is known."""
    rehab = pl.col("activity") == "rehab_2026"
    return elvedal.replace(
        activities=elvedal.activities.with_columns(pl.when(rehab).then(3).otherwise("quantity").alias("quantity"))
    )


def test_few_persons_are_held_back_and_said_so(few: Dataset) -> None:
    found = items(few, year=2026)
    (row,) = of(found, "activities").filter(activity="rehab_2026").to_dicts()
    assert (row["quantity"], row[WITHHELD]) == (None, "quantity")
    held = of(found, "activities").filter(pl.col(WITHHELD).is_not_null())["activity"].to_list()
    # The rest of rehab in 2026 counts forty, and would give the few away beside a sum of both.
    assert held == ["rehab_2026", "rehab_2026_rest", "tom_2026", "rehab_2027"]
    (row,) = of(found, "cost_per_participant").filter(programme="rehab").to_dicts()
    assert {row[column] for column in TELLING["cost_per_participant"]} == {None}
    assert "count" in row[WITHHELD].split()
    assert row["cost_high_nok"] is not None, "the cost alone tells nothing of persons"
    (row,) = of(found, "gain").filter(programme="rehab").to_dicts()
    assert {row[column] for column in TELLING["gain"]} == {None}
    lines = of(found, "gain_lines").filter((pl.col("programme") == "rehab") & (pl.col("unit") == "participants"))
    (line,) = lines.filter(pl.col(WITHHELD).is_not_null()).to_dicts()
    assert (line["quantity"], line["value_nok"]) == (None, None)


def test_a_total_does_not_give_the_one_part_away() -> None:
    """23 in all, 20 in Ål: Gol's 3 would follow. With two parts held back nothing does."""
    rows = [(None, 1, 23), ("aal", 1, 20), ("gol", 1, 3), (None, 2, 27), ("aal", 2, 20), ("gol", 2, 3), ("hol", 2, 4)]
    frame = pl.DataFrame(
        [{"technology": "gps", "month": date(2026, m, 1), "municipality": who, "units": n} for who, m, n in rows]
    )
    assert gated_table("welfare_tech", frame, Gate())["units"].to_list() == [None, 20, None, 27, 20, None, None]
    assert gated_table("welfare_tech", frame, INTERNAL)["units"].to_list() == [n for *_, n in rows]


def test_a_count_does_not_give_the_one_inside_it_away(elvedal: Dataset) -> None:
    """20 young of 60 in rehab: were the young 2, the 58 others would give them away."""
    young = pl.col("activity") == "rehab_2026_young"
    rows = elvedal.activities.with_columns(pl.when(young).then(2).otherwise("quantity").alias("quantity"))
    shown = dict(gated_table("activities", rows, Gate()).select("activity", "quantity").iter_rows())
    assert (shown["rehab_2026_young"], shown["rehab_2026"], shown["rehab_2026_rest"]) == (None, None, 40)


@pytest.mark.parametrize("format", ["csv", "parquet", "datapackage", "xlsx"])
def test_nothing_held_back_is_in_the_files(tmp_path: Path, few: Dataset, format: str) -> None:
    """What a cost divided by three would give is nowhere; for those who may see it, it is."""
    full = hh.compute(few, "cost_per_participant", year=2026).filter(programme="rehab")["high_nok"].item()
    for privacy, there in (("public", False), ("internal", True)):
        path = exported(few, tmp_path / f"{privacy}.{format}", format, privacy=privacy)
        numbers = numbers_in(path)
        assert (any(abs(number - full) < 1e-6 for number in numbers)) is there, privacy


def numbers_in(path: Path) -> list[float]:
    if path.is_file():
        book = load_workbook(path, read_only=True)
        cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        return [float(cell) for cell in cells if isinstance(cell, int | float)]
    found: list[float] = []
    for file in path.iterdir():
        if file.suffix == ".parquet":
            frame = pl.read_parquet(file)
            found += [float(v) for column in frame if column.dtype.is_numeric() for v in column.drop_nulls()]
        elif file.suffix == ".csv":
            for row in csv.reader(io.StringIO(file.read_text("utf-8"))):
                found += [float(cell) for cell in row if cell.replace(".", "", 1).isdigit()]
    return found


def test_a_package_with_held_back_values_is_valid(tmp_path: Path, few: Dataset) -> None:
    from frictionless import validate

    folder = exported(few, tmp_path / "package", "datapackage")
    assert validate(str(folder / "datapackage.json")).valid


# Whole or not at all


def test_never_over_something(tmp_path: Path, elvedal: Dataset) -> None:
    (tmp_path / "there.xlsx").write_text("mine", "utf-8")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.txt").write_text("mine", "utf-8")
    for name, format in (("there.xlsx", "xlsx"), ("there", "csv")):
        with pytest.raises(BadInput) as error:
            exported(elvedal, tmp_path / name, format)
        assert error.value.id == "place_taken"
    assert (tmp_path / "there.xlsx").read_text("utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["there.xlsx", "there"] or len(list(tmp_path.iterdir())) == 2


def test_nothing_is_left_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_new_folder(tmp_path / "out", {"a.csv": b"1", "b.csv": None})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        write_new(tmp_path / "out.xlsx", None)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
