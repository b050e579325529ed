"""JSON-stat in every form the standard allows, and what is refused."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

import hhanalytics as hh
from hhanalytics.errors import BadInput, InvalidData

SHARED = Path(__file__).parents[3] / "shared" / "reference" / "jsonstat"

INDEX: dict[str, Any] = {"list": ["aal", "gol"], "object": {"gol": 1, "aal": 0}}
VALUE: dict[str, Any] = {"list": [10, None, 30, 40], "object": {"0": 10, "2": 30, "3": 40}}
STATUS: dict[str, Any] = {
    "none": (None, [None] * 4), "list": ([None, ":", None, "*"], [None, ":", None, "*"]), "object": ({"1": ":", "3": "*"}, [None, ":", None, "*"]),
    "text": ("e", ["e"] * 4), "list of one": (["e"], ["e"] * 4),
}  # fmt: skip


def dataset(index: str = "list", value: str = "list", status: str = "none", version: int = 2) -> dict[str, Any]:
    dimension: dict[str, Any] = {
        "sted": {"label": "kommune", "category": {"index": INDEX[index], "label": {"aal": "Ål", "gol": "Gol"}}},
        "tid": {"category": {"index": {"2025": 1, "2024": 0}}},
        "hva": {"category": {"label": {"p": "personer"}, "unit": {"p": {"base": "personer", "decimals": 0}}}},
    }
    frame = {"id": ["hva", "sted", "tid"], "size": [1, 2, 2]}
    roles = {"role": {"time": ["tid"], "geo": ["sted"], "metric": ["hva"]}}
    content: dict[str, Any] = {"label": "Folk", "source": "SSB", "updated": "2026-02-24", "value": VALUE[value]}
    if STATUS[status][0] is not None:
        content["status"] = STATUS[status][0]
    if version == 1:
        return {**content, "dimension": {**dimension, **frame, **roles}}
    return {"version": "2.0", "class": "dataset", **content, "dimension": dimension, **frame, **roles}


def read(content: Any) -> Any:
    return hh.read_jsonstat(json.dumps(content).encode())


@pytest.mark.parametrize(("index", "value", "status", "version"), list(itertools.product(INDEX, VALUE, STATUS, [1, 2])))
def test_all_forms_of_one_dataset_say_the_same(index: str, value: str, status: str, version: int) -> None:
    content = dataset(index, value, status, version)
    cube = read({"dataset": content} if version == 1 else content).cube
    assert cube.frame.columns == ["hva", "hva_label", "sted", "sted_label", "tid", "tid_label", "value", "status"]
    assert cube.frame["sted"].to_list() == ["aal", "aal", "gol", "gol"]
    assert cube.frame["sted_label"].to_list() == ["Ål", "Ål", "Gol", "Gol"]
    assert cube.frame["tid"].to_list() == ["2024", "2025"] * 2
    assert cube.frame["hva_label"].to_list() == ["personer"] * 4
    assert cube.frame["value"].to_list() == [10, None, 30, 40]
    assert cube.frame["status"].to_list() == STATUS[status][1]
    assert [(each.id, each.role) for each in cube.dimensions] == [("hva", "metric"), ("sted", "geo"), ("tid", "time")]
    assert (cube.label, cube.updated, cube.dimensions[0].units["p"]["base"]) == ("Folk", "2026-02-24", "personer")


def test_a_bundle_and_a_collection() -> None:
    bundle = read({"folk": dataset(version=1), "flere": dataset(value="object", version=1)})
    assert list(bundle.cubes) == ["folk", "flere"]
    items = [dataset(), {"class": "dataset", "href": "https://example.org/x", "label": "et annet sted"}, dataset()]
    collection = read({"version": "2.0", "class": "collection", "link": {"item": items}})
    assert list(collection.cubes) == ["Folk", "dataset 3"]
    assert collection.links == ("https://example.org/x",)
    with pytest.raises(BadInput, match="folk, flere"):
        _ = bundle.frame


def test_decimals_and_whole_numbers_keep_their_kind() -> None:
    whole, mixed = dataset(), dataset()
    mixed["value"] = [1, 2.5, None, 3]
    assert str(read(whole).frame["value"].dtype) == "Int64"
    assert read(mixed).frame["value"].to_list() == [1.0, 2.5, None, 3.0]
    assert read(whole).cube.to_pandas()["value"].dtype == "Int64"


def test_names_that_are_taken_do_not_collide() -> None:
    content = {
        "class": "dataset",
        "id": ["value"],
        "size": [1],
        "value": [7],
        "dimension": {"value": {"category": {"label": {"a": "A"}}}},
    }
    assert read(content).frame.row(0, named=True) == {"value": "a", "value_label": "A", "value_": 7, "status": None}


def test_a_dataset_of_one_number_and_one_of_none() -> None:
    assert read({"class": "dataset", "id": [], "size": [], "dimension": {}, "value": [7]}).frame.rows() == [(7, None)]
    empty = {"class": "dataset", "id": ["a"], "size": [0], "dimension": {"a": {"category": {"index": []}}}, "value": []}
    assert read(empty).frame.height == 0


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "too few values": ({"value": [1, 2, 3]}, "3 values, expected 4"),
    "a cell outside": ({"value": {"4": 1}}, "a cell '4', expected cells 0 to 3"),
    "a cell twice": ({"value": {"1": 1, "01": 1}}, "each once"),
    "too few sizes": ({"size": [1, 2]}, "2 sizes, expected 3"),
    "a negative size": ({"size": [1, -2, 2]}, "whole numbers"),
    "a size that is true": ({"size": [True, 2, 2]}, "whole numbers"),
    "sizes that do not fit": ({"size": [1, 2, 3], "value": [1] * 6}, "2 codes, expected 3"),
    "far too many cells": ({"size": [1, 10**6, 10**6]}, "2 codes, expected 1000000"),
    "the same name twice": ({"id": ["hva", "sted", "sted"]}, "different names"),
    "no such dimension": ({"id": ["hva", "sted", "ukjent"]}, "dimension.ukjent.category"),
    "words for numbers": ({"value": ["1", 2, 3, 4]}, "found '1', expected numbers"),
    "true for a number": ({"value": [True, 2, 3, 4]}, "expected numbers"),
    "numbers too large": ({"value": [2**70, 2, 3, 4]}, "too large"),
    "large numbers beside decimals": ({"value": [2**60, 0.5, 3, 4]}, "too large"),
    "signs too few": ({"status": [":", ":"]}, "2 signs, expected 4"),
    "signs that are no texts": ({"status": {"1": 7}}, "expected texts"),
    "another class": ({"class": "dimension"}, "dataset, collection or bundle"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_agree_with_itself_is_refused(name: str) -> None:
    change, says = REFUSED[name]
    content = dataset() | change
    if name == "another class":
        del content["value"]
    with pytest.raises(InvalidData) as error:
        read(content)
    assert [p.id for p in error.value.problems] == ["bad_jsonstat"]
    assert says in str(error.value)


def test_an_index_with_holes_is_refused() -> None:
    content = dataset()
    content["dimension"]["sted"]["category"]["index"] = {"aal": 0, "gol": 2}
    with pytest.raises(InvalidData, match="each once"):
        read(content)
    content["dimension"]["sted"]["category"] = {"index": ["aal", "gol"], "label": {"hol": "Hol"}}
    with pytest.raises(InvalidData, match="hol"):
        read(content)


def test_too_many_cells_are_refused_before_they_are_made() -> None:
    index = [str(n) for n in range(5000)]
    dimension = {id: {"category": {"index": index}} for id in "ab"}
    with pytest.raises(InvalidData, match="25000000 cells"):
        read({"class": "dataset", "id": ["a", "b"], "size": [5000, 5000], "dimension": dimension, "value": {}})


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference files are not beside the project")
@pytest.mark.parametrize("name", ["ssb_05300_jsonstat2.json", "ssb_13615_v2_jsonstat2_contacts_removed.json"])
def test_real_responses_cell_by_cell(name: str) -> None:
    """Against the plain formula of the standard: a cell's place is its indices weighted by the sizes after them."""
    content = json.loads((SHARED / name).read_text("utf-8"))
    frame = hh.read_jsonstat(SHARED / name).frame
    places = itertools.product(*(range(size) for size in content["size"]))
    for number, (row, place) in enumerate(zip(frame.iter_rows(named=True), places, strict=True)):
        assert row["value"] == content["value"][number]
        assert row["status"] == content["status"].get(str(number))
        assert (row["value"] is None) == (row["status"] is not None)
        for id, at in zip(content["id"], place, strict=True):
            category = content["dimension"][id]["category"]
            assert category["index"][row[id]] == at
            assert category["label"][row[id]] == row[f"{id}_label"]
