"""Data of several collaborations: each brief handles its own, however many others there are."""

from __future__ import annotations

from pathlib import Path

import pytest

import hhanalytics as hh
from bench.national import TOGETHER, write_country
from hhanalytics.briefs.context import context_of
from hhanalytics.decisions.together import collaborations, number_of, of_collaboration


@pytest.mark.parametrize("many", [2, 4])
def test_what_a_brief_handles_does_not_grow_with_the_number_of_collaborations(tmp_path: Path, many: int) -> None:
    data = hh.load(write_country(tmp_path / "data", many * TOGETHER))
    assert len(set(collaborations(data).values())) == many
    context = context_of(data, 2030, "nb", "public", "printed")
    first = context.around("syntetisk_001")
    assert first is context.around("syntetisk_007")
    assert first is not context.around("syntetisk_008")
    members = [f"syntetisk_{number:03}" for number in range(1, TOGETHER + 1)]
    assert sorted(each.municipality for each in first.municipalities) == members
    # Each of seven: four programmes, and what belongs to none of them.
    assert len(first.benefits) == TOGETHER * 5
    assert sorted(each.municipality for each in first.prospects) == members
    assert all(len(each.others) == TOGETHER - 1 for each in first.prospects)


def test_every_charge_belongs_to_one_collaboration_and_what_belongs_to_none_stays(tmp_path: Path) -> None:
    data = hh.load(write_country(tmp_path / "data", 2 * TOGETHER))
    parts = [of_collaboration(data, number_of(data, name)) for name in ("syntetisk_001", "syntetisk_008")]
    assert sum(int(each.costs["amount_nok"].sum()) for each in parts) == data.costs["amount_nok"].sum()
    assert all(each.prices.equals(data.prices) and each.welfare_tech.equals(data.welfare_tech) for each in parts)
