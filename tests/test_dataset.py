"""The Dataset: saved whole or not at all, the same for the same files, and open to new years without code."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics import placing
from hhanalytics.dataset import Dataset, load
from hhanalytics.errors import BadInput, InvalidData, UnknownName
from hhanalytics.measures.catalogue import MEASURES, TIMELESS
from hhanalytics.tables import TABLES


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# Saving


def test_saved_tables_are_the_tables(elvedal: Dataset, tmp_path: Path) -> None:
    folder = elvedal.save(tmp_path / "deep" / "processed")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["tables"]) == set(TABLES)
    for name, entry in manifest["tables"].items():
        path = folder / f"{name}.parquet"
        assert pl.read_parquet(path).equals(elvedal.tables[name])
        assert entry == {"rows": elvedal.tables[name].height, "sha256": sha256(path.read_bytes()).hexdigest()}
    assert manifest["inputs"] == dict(elvedal.checksums)
    assert manifest["charges"] == "printed"
    assert manifest["fingerprint"] == elvedal.fingerprint


def test_saving_again_gives_the_same_bytes_and_replaces_the_whole(elvedal: Dataset, tmp_path: Path) -> None:
    folder = elvedal.save(tmp_path / "processed")
    before = content(folder)
    (folder / "left_from_before.parquet").write_bytes(b"x")
    elvedal.save(folder)
    assert content(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["processed"]


def test_saved_dataset_is_read_as_it_was(elvedal: Dataset, tmp_path: Path) -> None:
    again = load(elvedal.save(tmp_path / "processed"))
    assert all(again.tables[name].equals(elvedal.tables[name]) for name in TABLES)
    assert (again.fingerprint, again.charges) == (elvedal.fingerprint, "printed")


def test_what_does_not_match_its_manifest_is_noticed(elvedal: Dataset, tmp_path: Path) -> None:
    folder = elvedal.save(tmp_path / "processed")
    costs = bytearray((folder / "costs.parquet").read_bytes())
    costs[len(costs) // 2] ^= 1
    (folder / "costs.parquet").write_bytes(costs)
    (folder / "pools.parquet").unlink()
    # Sound in itself, but not what was written.
    elvedal.population.head(1).write_parquet(folder / "population.parquet")
    (folder / "notes.parquet").write_bytes(b"")
    with pytest.raises(InvalidData) as error:
        load(folder)
    assert [(p.id, p.file) for p in error.value.problems] == [
        ("altered_file", "costs.parquet"),
        ("unknown_file", "notes.parquet"),
        ("lost_file", "pools.parquet"),
        ("altered_file", "population.parquet"),
    ]
    assert "Build it again" in str(error.value)


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (lambda m: "{", "bad_manifest"),
        (lambda m: "[" * 100_000, "bad_manifest"),
        (lambda m: json.dumps({"kind": "hof", "outputs": {}}), "bad_manifest"),
        (lambda m: json.dumps({**m, "fingerprint": "0" * 64}), "bad_manifest"),
        (lambda m: json.dumps({**m, "inputs": {**m["inputs"], "new/costs.csv": "0" * 64}}), "bad_manifest"),
        (lambda m: json.dumps({**m, "tables": {**m["tables"], "../x": m["tables"]["costs"]}}), "other_version"),
        (lambda m: json.dumps({**m, "tables": {"costs": m["tables"]["costs"]}}), "other_version"),
    ],
)
def test_manifest_that_is_none(elvedal: Dataset, tmp_path: Path, change: Callable[[Any], str], id: str) -> None:
    file = elvedal.save(tmp_path / "processed") / "manifest.json"
    file.write_text(change(json.loads(file.read_text("utf-8"))), "utf-8")
    with pytest.raises(InvalidData) as error:
        load(file.parent)
    assert [p.id for p in error.value.problems] == [id]


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("failing", ["write", "swap"])
def test_a_failing_save_leaves_everything_as_it_was(
    elvedal: Dataset, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, failing: str
) -> None:
    """The disk fills up after a few tables, or the finished folder cannot be put in its place."""
    target = tmp_path / "processed"
    if there:
        dataset.save(target)
    before = content(tmp_path)
    written = 0
    write, replace = pl.DataFrame.write_parquet, Path.replace

    def full(self: pl.DataFrame, *args: Any, **options: Any) -> Any:
        nonlocal written
        written += 1
        if written == 5:
            raise OSError("No space left on device")
        return write(self, *args, **options)

    def stuck(self: Path, to: Any) -> Path:
        if Path(to) == target and self.parent.name == placing.NEW:
            raise OSError("Permission denied")
        return replace(self, to)

    if failing == "write":
        monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    else:
        monkeypatch.setattr(placing, "exchanged", lambda *_: False)
        monkeypatch.setattr(Path, "replace", stuck)
    with pytest.raises(BadInput, match=r"No space.*Make room|Permission"):
        elvedal.save(target)
    assert content(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == (["processed"] if there else [])


@pytest.mark.parametrize(
    "make", [lambda p: (p.mkdir(), (p / "thesis.odt").write_text("x")), lambda p: p.write_text("x")]
)
def test_saving_over_something_else_is_refused(
    elvedal: Dataset, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    """A saved Dataset may be replaced as a whole; a folder of somebody's may not."""
    target = tmp_path / "home"
    make(target)
    before = content(tmp_path)
    with pytest.raises(BadInput) as error:
        elvedal.save(target)
    assert error.value.id == "not_a_dataset"
    assert content(tmp_path) == before


def test_an_empty_folder_may_be_filled(elvedal: Dataset, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert (elvedal.save(tmp_path / "empty") / "manifest.json").is_file()


# What it is


def test_the_same_files_give_the_same_fingerprint(elvedal: Dataset, elvedal_copy: Path) -> None:
    again = load(elvedal_copy)
    assert again.fingerprint == elvedal.fingerprint
    assert all(again.tables[name].equals(elvedal.tables[name]) for name in TABLES)
    path = elvedal_copy / "elvedal_prices" / "prices.csv"
    path.write_bytes(path.read_bytes().replace(b"row 1", b"row 9"))
    assert load(elvedal_copy).fingerprint != elvedal.fingerprint


def test_checksums_are_those_of_the_files(elvedal: Dataset, elvedal_copy: Path) -> None:
    files = {str(p.relative_to(elvedal_copy)): sha256(p.read_bytes()).hexdigest() for p in elvedal_copy.rglob("*.*")}
    assert {k: v for k, v in files.items() if not (elvedal_copy / k).is_dir()} == dict(elvedal.checksums)


def test_every_table_is_there_with_its_columns(dataset: Dataset, elvedal: Dataset) -> None:
    for data in (dataset, elvedal):
        assert set(data.tables) == set(TABLES)
        for name, schema in TABLES.items():
            frame = getattr(data, name)
            assert frame.schema == {column: kind.dtype for column, kind in schema.columns().items()}
            assert schema.is_valid(frame)


def test_it_can_be_copied_pickled_and_asked_for_what_it_has_not(elvedal: Dataset) -> None:
    for twin in (copy.copy(elvedal), copy.deepcopy(elvedal), pickle.loads(pickle.dumps(elvedal))):
        assert twin.costs.equals(elvedal.costs)
        assert twin.fingerprint == elvedal.fingerprint
    with pytest.raises(AttributeError, match="no table 'kosts'"):
        elvedal.kosts  # noqa: B018
    assert not hasattr(Dataset.__new__(Dataset), "tables")
    assert elvedal == elvedal
    assert {elvedal: 1}[elvedal] == 1
    assert "costs 16" in repr(elvedal)
    assert "costs" in dir(elvedal)


def test_replace_leaves_the_original(elvedal: Dataset) -> None:
    changed = elvedal.replace(costs=elvedal.costs.clear(), charges="corrected")
    assert (changed.costs.height, elvedal.costs.height) == (0, 16)
    assert (changed.charges, elvedal.charges) == ("corrected", "printed")
    with pytest.raises(BadInput) as error:
        changed.year(None)
    assert error.value.id == "no_accounts"


def test_years(elvedal: Dataset) -> None:
    assert elvedal.years() == [2026, 2027]
    assert (elvedal.year(None), elvedal.year(2026)) == (2027, 2026)
    with pytest.raises(UnknownName) as error:
        elvedal.year(2025)
    assert error.value.facts["nearest"] == ["2026", "2027"]


def test_to_pandas(elvedal: Dataset) -> None:
    found = elvedal.to_pandas()
    assert set(found) == set(TABLES)
    assert isinstance(found["costs"], pd.DataFrame)
    assert str(found["costs"]["period_end"].dtype).startswith("datetime64")
    # Whole numbers with gaps, which pandas would make floats of.
    assert str(found["positions"]["position_percent"].dtype) == "Int64"
    assert found["positions"]["position_percent"].sum() == elvedal.positions["position_percent"].sum()


# Another year, another collaboration

#: Measures that the synthetic collaboration does not have for each year → the years of which it has any.
SOME_YEARS: dict[str, tuple[int, ...]] = {
    "like_for_like": (2026,),
    "unit_rates": (2026,),
    "technology_gain": (2026,),
    "level_shifts": (),
    "comparable_costs": (2027,),
}


def test_another_collaboration_needs_no_code(elvedal: Dataset) -> None:
    """Other municipalities, programmes, pools and years: every measure computes, every check runs."""
    for name in MEASURES:
        for year in (2026, 2027):
            found = hh.compute(elvedal, name, year=year)
            if name not in TIMELESS:
                # Units of welfare technology are counted in 2026 only, and step nowhere to another level. Before 2026
                # is no year to compare with.
                there = year in SOME_YEARS.get(name, (year,))
                assert set(found["year"]) == ({year} if there else set()), name
    assert {f.kind for f in hh.reconcile(elvedal)} == {
        "accounts_agree", "underspend_agrees", "budget_scope", "budget_layers_none", "key_found",
    }  # fmt: skip


def test_a_new_year_is_a_new_folder(data_copy: Path, dataset: Dataset) -> None:
    """A made-up 2026 for the real collaboration: 2025 stays as it was, 2026 follows its own key."""
    folder = data_copy / "synthetic_report_2026"
    folder.mkdir()
    (folder / "source.toml").write_text(
        'title = "Synthetic"\nshort_title = "Synthetic"\npublisher = "Synthetic"\n', "utf-8"
    )
    five = ("flaa", "gol", "hemsedal", "aal", "hol")
    rows = [f"{m},mft,2026-01-01,2026-12-31,{100_000 + i},synthetic,documented" for i, m in enumerate(five)]
    (folder / "costs.csv").write_text(
        "municipality,pool,period_start,period_end,amount_nok,locator,grade\n" + "\n".join(rows), "utf-8"
    )
    (folder / "activities.csv").write_text(
        "activity,programme,kind,unit,period_start,period_end,quantity,qualifier,name_nb,locator,grade\n"
        "mft_participants_2026,mft,teaching,participants,2026-01-01,2026-12-31,400,exact,Deltakere,synthetic,documented\n",
        "utf-8",
    )
    (folder / "control_totals.csv").write_text(
        "name,kind,municipality,period_start,period_end,amount_nok,locator,grade\n"
        "sum_flaa,municipality,flaa,2026-01-01,2026-12-31,100300,synthetic,documented\n",
        "utf-8",
    )
    both = load(data_copy)
    assert both.years() == [2025, 2026]
    for name in MEASURES:
        before = hh.compute(dataset, name, year=2025)
        assert hh.compute(both, name, year=2025).equals(before), name
        may_be_empty = name in ("full_position_costs", "gains_by_municipality") or name in {*SOME_YEARS} - {
            "comparable_costs"
        }
        assert hh.compute(both, name, year=2026).height or may_be_empty
    mft = hh.compute(both, "cost_per_participant", year=2026).filter(programme="mft").row(0, named=True)
    # Work that is not counted keeps it a limit; the 440 of 2025 are not among the 400.
    assert (mft["count"], mft["cost_low_nok"], mft["bound"]) == (400, 500_010, "at_most")
    # The sum of 2026 has the name of the sum of 2025; each is held against its own year.
    assert hh.reconcile(both, 2025) == hh.reconcile(dataset)
    [off] = [f for f in hh.reconcile(both, 2026) if f.kind == "sum_off"]
    assert (off.subject, off.figures["difference"].value) == ("flaa", 300)
    assert {c.source for c in off.citations} == {"synthetic_report_2026"}


def test_a_year_without_accounts_is_told_from_one_that_is_unknown(elvedal: Dataset) -> None:
    without = elvedal.replace(costs=elvedal.costs.filter(pl.col("period_end").dt.year() != 2027))
    with pytest.raises(BadInput, match="activities and budgets of 2027, but no costs"):
        without.year(2027)
    with pytest.raises(UnknownName):
        without.year(2031)
