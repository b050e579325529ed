"""What a reader may try out: as scenarios, frames and the gain model have it, each asked on its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions import exploration
from hhanalytics.decisions.budget_frames import Assumptions, budget_frame
from hhanalytics.decisions.changes import Change
from hhanalytics.decisions.exploration import GROWTHS, Charges, Start, charges, outcome, share_tenths, starts
from hhanalytics.decisions.scenarios import scenario

DATA = Path(__file__).parents[2] / "data" / "raw"
NEXT = date(2027, 1, 1)
#: What Nesbyen pays alone and would no longer pay (data/scenarios.toml, nesbyen_tilbake).
ALONE = ("ehelse_stilling", "ehelse_administrasjon")


@pytest.fixture(scope="module")
def data() -> Dataset:
    printed = hh.load(DATA)
    return hh.corrected(printed, hh.reconcile(printed))


@pytest.fixture(scope="module")
def found(data: Dataset) -> Charges:
    made = charges(data, 2025, NEXT)
    assert made is not None
    return made


def test_every_set_is_charged_as_its_scenario_and_its_frame(data: Dataset, found: Charges) -> None:
    """The table is made in one go; here each set is asked for alone, through the calls that `scenario run` makes."""
    random = Random(7)
    for members in random.sample(sorted(found.paid, key=sorted), 10):
        changes = [Change("join", name, NEXT, ends=ALONE) for name in members - found.today]
        changes += [Change("leave", name, NEXT) for name in found.today - members]
        made = scenario(data, changes, until=2027)
        in_year = made.comparison.filter(pl.col("period_end").dt.year() == 2027)
        for pool in (None, "hallinghelse", "bti"):
            rows = in_year if pool is None else in_year.filter(pool=pool)
            paid = dict(
                rows.group_by("municipality")
                .agg(pl.col("after_nok").sum())
                .filter(pl.col("after_nok") != 0)
                .iter_rows()
            )
            assert paid == {name: kr for name, kr in (found.of(members, pool=pool) or {}).items() if kr}
        growth = random.choice(GROWTHS[1:])
        frame = budget_frame(data, Assumptions(2027, wage_growth=(growth / 10, growth / 10)), after=made)
        framed = dict(frame.municipalities.select("municipality", "high_nok").iter_rows())
        assert framed == {name: kr for name, kr in (found.of(members, growth=growth) or {}).items() if kr}


def test_sets_without_anybody_to_pay_are_not_there(data: Dataset, found: Charges) -> None:
    """Gol's trial in Trygg oppvekst ends in 2026 and Nesbyen is not in it, so these leave its cost to nobody."""
    assert found.every_set
    alone = [frozenset({"gol"}), frozenset({"nesbyen"}), frozenset({"gol", "nesbyen"})]
    assert [found.of(each) for each in (*alone, frozenset())] == [None] * 4
    assert len(found.paid) == 2**6 - 1 - len(alone)


def test_pools_are_paid_in_full_by_those_who_are_in(found: Charges) -> None:
    """What a fixed pool costs does not depend on who shares it, and who is out pays nothing of it."""
    for growth in (0, 35, 100):
        sums = {sum((found.of(each, growth=growth, pool="hallinghelse") or {}).values()) for each in found.paid}
        # Two half-years at 2 640 006 kr, the charges of the second half of 2025 (annual report, line 83).
        assert sums == {2 * ((2_640_006 * (1000 + growth) * 2 + 1000) // 2000)}
        assert not any((found.of(each, growth=growth) or {})["hol"] for each in found.paid if "hol" not in each)


def test_of_many_municipalities_one_moves_at_a_time(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, found: Charges
) -> None:
    monkeypatch.setattr(exploration, "ALL_SETS_UP_TO", 5)
    few = charges(data, 2025, NEXT)
    assert few is not None
    assert not few.every_set
    assert set(few.paid) == {found.today} | {found.today ^ {name} for name in found.municipalities}
    assert all(few.paid[members] == found.paid[members] for members in few.paid)


@pytest.mark.parametrize("price", [1500, 1736, 2900])
def test_gain_is_that_of_the_gain_model(data: Dataset, price: int) -> None:
    """The model is asked with a made-up quote; where it knows a highest gain, work nobody counted is left out of it."""
    quote = {
        "quote": "synthetic",
        "service": "clinical_skills_course",
        "unit": "participants",
        "amount_nok": price,
        "price_year": 2025,
    }
    prices = pl.DataFrame([quote]).with_columns(
        *(pl.lit(None, pl.Int64).alias(name) for name in ("amount_low_nok", "amount_high_nok")),
        pl.lit("included").alias("vat"), pl.lit("included").alias("travel"),
    )  # fmt: skip
    pairs = data.equivalents.filter(programme="mft", kind="teaching").with_columns(service_units=pl.lit(1))
    # Participants count wherever they were taught: the count that the measure divides by.
    taught = data.activities.filter(programme="mft", unit="participants").with_columns(kind=pl.lit("teaching"))
    costs = hh.compute(data, "programme_costs", year=2025)
    model = hh.gain(costs, taught, prices, pairs).filter(programme="mft").row(0, named=True)
    ours = outcome(starts(data, 2025)["mft"], price=price)
    assert ours.gain_low == model["net_gain_low_nok"]
    assert ours.gain_high is None
    assert model["net_gain_high_nok"] is None
    assert ours.per_high == round(model["break_even_high_nok"])


def test_what_is_not_stated_stays_unknown(data: Dataset) -> None:
    known = starts(data, 2025)
    assert outcome(known["mft"]).gain_low is None
    assert outcome(known["bti"], price=2000).gain_low is None
    assert outcome(known["folkehelse"], price=2000, participants=10).cost_low is None
    assert outcome(known["bti"], price=2000, participants=300).gain_low == 300 * 2000 - 410_725
    # The report says what else the team does, so even a known number leaves the cost per participant a limit.
    assert outcome(known["mft"], participants=500).per_bound == "at_most"
    counted = replace(known["mft"], other_work=False)
    assert outcome(counted).per_bound == "at_most"
    assert outcome(counted, price=2000, participants=500).gain_high == 500 * 2000 - 763_798


def test_halves_are_rounded_up_and_a_stated_value_needs_no_price() -> None:
    assert outcome(Start(5, 5, 2, 2)).per_high == 3
    assert outcome(Start(100, 100), growth=5).cost_high == 101  # 100.5
    stated = Start(1000, 1200, 10, 10, value_low=1500, value_high=1800)
    found = outcome(stated)
    assert (found.gain_low, found.gain_high) == (300, 800)
    assert outcome(stated, participants=11).gain_low is None
    assert (share_tenths(1, 8), share_tenths(1, 0)) == (125, None)
