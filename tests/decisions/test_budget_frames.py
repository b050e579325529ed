"""Budget frames: steps sum to the frame, municipalities to the pools, and what is not known is a range."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.budget_frames import STEPS, Assumptions, BudgetFrame, budget_frame
from hhanalytics.errors import BadInput, UnknownName

LOADED: list[Dataset] = []
#: A year of the pools charged to the end of 2025, carried forward: twice 2 640 006, 401 693, 71 201, 26 000; BTI twelve fifths
#: of 410 725.
CARRIED = 2 * (2_640_006 + 401_693 + 71_201 + 26_000) + 985_740


def real() -> Dataset:
    if not LOADED:
        printed = hh.load("data/raw")
        LOADED.append(hh.corrected(printed, hh.reconcile(printed)))
    return LOADED[0]


def step(frame: BudgetFrame, name: str) -> tuple[int, int]:
    found: tuple[int, int] = frame.steps.filter(step=name).select("low_nok", "high_nok").row(0)
    return found


growth = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: tuple(sorted(n / 10 for n in pair)))
assumptions = st.builds(
    Assumptions,
    st.sampled_from((2026, 2027)),
    st.none() | growth,
    st.none() | st.integers(0, 200).map(lambda n: n / 10),
    st.sampled_from(("carried", "frame")),
    st.sampled_from(((), (("samhandling", 6),), (("ehelse", 3), ("samhandling", 12)))),
    st.sampled_from(((), ("kef",), ("mft", "kef"))),
)


@settings(max_examples=40)
@given(assumptions)
def test_everything_sums(about: Assumptions) -> None:
    made = budget_frame(real(), about)
    steps = made.steps.filter(pl.col("step") != "frame")
    assert steps["step"].to_list() == list(STEPS)
    for end in ("low_nok", "high_nok"):
        total = made.steps.filter(step="frame")[end].item()
        assert steps[end].sum() == total == made.pools[end].sum() == made.municipalities[end].sum()
    assert made.pools["carried_nok"].sum() == made.municipalities["carried_nok"].sum() == CARRIED
    assert (made.municipalities["low_nok"] <= made.municipalities["high_nok"] + 5).all()


def test_saving_by_hand() -> None:
    """4.5 % of 7 263 540 kr is 326 859 kr; the rounding of ten pools and half-years is within five."""
    made = budget_frame(real(), Assumptions(2027, saving=4.5))
    assert CARRIED == 7_263_540
    assert step(made, "saving")[0] == pytest.approx(-326_859, abs=5)
    assert made.missing == ("wage_growth", "saving_basis")


def test_wages_come_first_and_savings_may_be_of_what_is_left() -> None:
    """3 to 4 % of 7 263 540; then 4.5 % of that and of the base."""
    of_frame = budget_frame(real(), Assumptions(2027, (3.0, 4.0), 4.5, "frame"))
    assert step(of_frame, "wage_growth") == (217_906, 290_542)
    assert step(of_frame, "saving")[0] == pytest.approx(-0.045 * 7_263_540 * 1.03, abs=5)
    assert step(of_frame, "saving")[1] == pytest.approx(-0.045 * 7_263_540 * 1.04, abs=5)
    assert "wage_growth" not in of_frame.missing


def test_a_programme_that_ends_saves_from_nothing_to_all_of_it() -> None:
    """The avoidable part is not stated. KEF costs at most 557 696 of 5 192 513 kr; of a year of 5 280 012 that is 567 094."""
    made = budget_frame(real(), Assumptions(2027, dropped=("kef",)))
    low, high = step(made, "dropped")
    assert low == pytest.approx(-557_696 / 5_192_513 * 5_280_012, abs=2)
    assert high == 0
    assert "avoidable_share" in made.missing
    stated = real().replace(programmes=real().programmes.with_columns(avoidable_share=pl.lit(0.5)))
    half = step(budget_frame(stated, Assumptions(2027, dropped=("mft",))), "dropped")
    assert half == (-401_693, -401_693)


def test_a_vacancy_saves_its_months() -> None:
    """Samhandling, half a position of 854 412 to 929 494 kr, six months of twelve."""
    made = budget_frame(real(), Assumptions(2027, vacancies=(("samhandling", 6),)))
    grown = 5_280_012 / 5_192_513
    assert step(made, "vacancies") == pytest.approx((-929_494 / 4 * grown, -854_412 / 4 * grown), abs=2)


def test_after_a_scenario_the_frame_is_shared_by_those_left() -> None:
    gone = hh.leave(real(), "hol", date(2027, 1, 1))
    made = budget_frame(real(), Assumptions(2027, dropped=("kef",)), after=gone)
    assert made.municipalities["carried_nok"].sum() == CARRIED
    assert not made.municipalities.filter(municipality="hol").height


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"saving": 101}, "saving 101; give per cent between 0 and 100"),
        ({"wage_growth": (4, 3)}, "give the lowest first"),
        ({"vacancies": (("kef", 13),)}, "kef vacant for 13 months"),
        ({"vacancies": (("kef", 3),), "dropped": ("kef",)}, "both dropped and vacant"),
        ({"dropped": ("laering_mestring",)}, "give position_percent"),
    ],
)
def test_assumptions_that_do_not_hold(given_: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match="Budget frame: found") as refused:
        budget_frame(real(), Assumptions(2027, **given_))
    assert says in str(refused.value)


def test_names_and_years_that_do_not_exist() -> None:
    with pytest.raises(UnknownName, match="Unknown programme 'keff'"):
        budget_frame(real(), Assumptions(2027, dropped=("keff",)))
    with pytest.raises(BadInput, match="a year from 2025"):
        budget_frame(real(), Assumptions(2019))
