"""What would change the answer: by hand on the synthetic collaboration, and as an invariant of the models."""

from __future__ import annotations

import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.flips import flip_points, tornado, two_way
from hhanalytics.decisions.models import models_of, today
from hhanalytics.errors import UnknownName


def flips(elvedal: Dataset) -> dict[tuple[str, str], dict[str, object]]:
    rows = flip_points(models_of(elvedal, 2026)).iter_rows(named=True)
    return {(row["programme"], row["input"]): row for row in rows}


@pytest.mark.parametrize(
    ("programme", "input", "at", "pays"),
    [
        # 50 people at 4 000 against half a position of 900 000.
        ("kurs", "price:kursplass", 450_000 / 50, "above"),
        ("kurs", "count:kurs_2026", 450_000 / 4_000, "above"),
        ("kurs", "position:felles", 2 * 50 * 4_000, "below"),
        # 60 and 40 people at 4 000 against 200 000.
        ("rehab", "price:kursplass", 200_000 / 100, "above"),
        ("rehab", "units:rehab.teaching.participants.kursplass", 200_000 / 400_000, "above"),
        ("rehab", "count:rehab_2026", 200_000 / 4_000 - 40, "above"),
    ],
)
def test_flip_points_by_hand(elvedal: Dataset, programme: str, input: str, at: float, pays: str) -> None:
    row = flips(elvedal)[programme, input]
    assert row["flips_at"] == pytest.approx(at)
    assert row["pays"] == pays


def test_distance_is_in_widths_of_the_spread(elvedal: Dataset) -> None:
    row = flips(elvedal)["rehab", "price:kursplass"]
    assert row["distance"] == pytest.approx((2_000 - 4_000) / (5_000 - 2_500))
    assert row["within"] is False
    assert flips(elvedal)["rehab", "units:rehab.teaching.participants.kursplass"]["within"] is True
    # A count that is known has no spread to be measured in.
    assert flips(elvedal)["rehab", "count:rehab_2026"]["distance"] is None


def test_where_it_would_have_to_be_below_zero_nothing_flips(elvedal: Dataset) -> None:
    """The sixty alone are worth 240 000, more than the 200 000 it costs."""
    assert flips(elvedal)["rehab", "count:rehab_2026_rest"]["flips_at"] is None


def test_at_the_flip_the_gain_is_zero(elvedal: Dataset) -> None:
    models = models_of(elvedal, 2026)
    rows = [row for row in flip_points(models).iter_rows(named=True) if row["flips_at"] is not None]
    assert len(rows) == 7
    for row in rows:
        model = models.of(row["programme"])
        gain = model.outcomes(today(models.inputs, {row["input"]: row["flips_at"]}))["net_gain"]
        assert gain == pytest.approx(0, abs=1e-6)
        above = model.outcomes(today(models.inputs, {row["input"]: row["flips_at"] * 1.01}))["net_gain"]
        assert (above > 0) == (row["pays"] == "above")


def test_tornado_has_the_widest_first_and_its_ends_by_hand(elvedal: Dataset) -> None:
    found = tornado(models_of(elvedal, 2026), "kurs")
    assert found["input"].to_list()[0] == "position:felles"
    assert found["swing"].to_list() == sorted(found["swing"], reverse=True)
    first = found.row(0, named=True)
    # A tenth and nine tenths of 800 000 to 1 000 000, halved, against 200 000.
    assert (first["at_low"], first["at_high"]) == pytest.approx((200_000 - 410_000, 200_000 - 490_000))
    assert set(found["outcome"]) == {"net_gain"}


def test_tornado_of_what_has_no_gain_shows_the_cost_per_participant() -> None:
    """MFT, 778 820 kr: the fifty temps inside the 440 or beside them, 778 820 / 440 and / 490."""
    found = tornado(models_of(hh.load("data/raw"), 2025), "mft")
    assert set(found["outcome"]) == {"per_participant"}
    row = found.filter(kind="outside").row(0, named=True)
    assert (row["at_low"], row["at_high"]) == pytest.approx((778_820 / 440, 778_820 / 490))


def test_nothing_uncertain_moves_nothing(elvedal: Dataset) -> None:
    models = models_of(hh.load("data/raw"), 2025)
    assert tornado(models, "bti").height == 0
    with pytest.raises(UnknownName):
        tornado(models, "btii")


def test_break_even_of_price_and_participants(elvedal: Dataset) -> None:
    found = two_way(models_of(elvedal, 2026), "kurs", [0, 50, 100])
    assert found["break_even_low_nok"].to_list() == [None, 8_000, 4_000]
    assert found["break_even_high_nok"].to_list() == [None, 10_000, 5_000]
    assert two_way(models_of(elvedal, 2026), "tom", [10]).height == 0
