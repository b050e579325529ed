"""Scenarios: charges always sum to the pools, order and way round do not matter, and what happened is foretold."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.changes import Change, Obligation
from hhanalytics.decisions.effects import backtest, effects, increases
from hhanalytics.decisions.scenario_charges import COMPARISON
from hhanalytics.decisions.scenarios import Scenario, scenario
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.tables import TABLES

FIVE = ("aal", "flaa", "gol", "hemsedal", "hol")
JUL, NEXT = date(2025, 7, 1), date(2027, 1, 1)
KEYS = ["municipality", "pool", "period_start", "period_end"]
ROW = {"source": "synthetic", "locator": "row", "grade": "documented", "note": None}
#: A scenario takes some hundredths of a second.
FEWER = settings(max_examples=40)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.fixture(scope="module")
def data() -> Dataset:
    printed = hh.load("data/raw")
    return hh.corrected(printed, hh.reconcile(printed))


REAL: list[Dataset] = []


def real() -> Dataset:
    """The corrected Dataset for property tests, loaded once."""
    if not REAL:
        printed = hh.load("data/raw")
        REAL.append(hh.corrected(printed, hh.reconcile(printed)))
    return REAL[0]


def pools_of(frame: pl.DataFrame, column: str) -> dict[Any, int]:
    sums = frame.group_by("pool", "period_start", "period_end").agg(pl.col(column).sum())
    return {row[:3]: row[3] for row in sums.iter_rows()}


def changed(made: Scenario) -> pl.DataFrame:
    return made.comparison.filter(pl.col("before_nok") != pl.col("after_nok"))


def attempt(changes: list[Change]) -> Scenario:
    """The scenario, unless these changes cannot be made together."""
    try:
        return scenario(real(), changes)
    except BadInput:
        assume(False)
        raise


change = st.one_of(
    st.builds(Change, st.just("leave"), st.sampled_from(FIVE), days),
    st.builds(Change, st.just("join"), st.just("nesbyen"), days),
    st.builds(
        Change, st.just("opt_out"), st.sampled_from(FIVE), days, st.sampled_from(("kef", "mft", "bti", "unallocated"))
    ),
)


# What must hold


@FEWER
@given(st.lists(change, min_size=1, max_size=4))
def test_charges_sum_to_the_pools(changes: list[Change]) -> None:
    made = attempt(changes)
    assert list(made.comparison.columns) == list(COMPARISON)
    before, after = (pools_of(made.comparison, name) for name in ("before_nok", "after_nok"))
    assert before == after
    for (pool, start, end), total in after.items():
        rows = made.comparison.filter(pool=pool, period_start=start, period_end=end)
        assert rows["share_after"].sum() == pytest.approx(1 if total else 0)
        assert (rows["after_nok"] >= 0).all()


@FEWER
@given(st.lists(change, min_size=1, max_size=4))
def test_the_dataset_says_what_the_comparison_says(changes: list[Change]) -> None:
    """Its charges are those after the changes, and its memberships give them from the pools' amounts."""
    made = attempt(changes)
    costs = made.dataset.costs.select(*KEYS, "amount_nok")
    both = made.comparison.filter(pl.col("after_nok") != 0).join(costs, on=KEYS, how="left")
    assert (both["after_nok"] == both["amount_nok"]).all()
    moved = changed(made).select("pool", "period_start", "period_end").unique()
    amounts = (
        made.comparison.join(moved, on=moved.columns, how="semi")
        .group_by(moved.columns)
        .agg(pl.col("after_nok").sum().alias("amount_nok"))
    )
    again = hh.allocate(amounts, made.dataset.memberships, made.dataset.population)
    own = made.comparison.join(moved, on=moved.columns, how="semi").filter(pl.col("after_nok") != 0)
    joined = own.join(again, on=KEYS, how="full", coalesce=True).filter(
        pl.col("after_nok").fill_null(0) != pl.col("amount_nok").fill_null(0)
    )
    assert joined.height == 0


@FEWER
@given(st.permutations(range(3)), st.lists(change, min_size=3, max_size=3, unique_by=lambda each: each.on))
def test_order_does_not_matter_on_different_days(order: list[int], changes: list[Change]) -> None:
    first, second = attempt(changes), attempt([changes[place] for place in order])
    assert first.comparison.equals(second.comparison)
    assert first.dataset.memberships.equals(second.dataset.memberships)


@FEWER
@given(change, change)
def test_one_after_the_other_is_both_at_once(one: Change, two: Change) -> None:
    assume(one.on < two.on)
    both = attempt([one, two])
    step = scenario(both.base, [one])
    calls = {
        "leave": lambda s, c: hh.leave(s, c.municipality, c.on),
        "join": lambda s, c: hh.join(s, c.municipality, c.on),
        "opt_out": lambda s, c: hh.opt_out(s, c.municipality, c.programme, c.on),
    }
    assert calls[two.kind](step, two).comparison.equals(both.comparison)


@FEWER
@given(st.sampled_from(FIVE), days, st.sampled_from(("kef", "unallocated", None)))
def test_leaving_and_joining_on_one_day_changes_nothing(name: str, day: date, outside: str | None) -> None:
    before = [Change("opt_out", name, date(2025, 1, 1), outside)] if outside else []
    until = day.year
    without = scenario(real(), before, until=until)
    again = scenario(real(), [*before, Change("leave", name, day), Change("join", name, day)], until=until)
    assert again.dataset.memberships.equals(without.dataset.memberships)
    costs = without.dataset.costs.sort(KEYS)
    assert again.dataset.costs.sort(KEYS).equals(costs)


@FEWER
@given(st.sampled_from(FIVE), days)
def test_joining_and_leaving_on_one_day_changes_nothing(name: str, day: date) -> None:
    assume(name != "nesbyen")
    made = attempt([Change("join", "nesbyen", day), Change("leave", "nesbyen", day, pools=("hallinghelse", "mft"))])
    assert not changed(made).filter(pl.col("pool").is_in(["hallinghelse", "mft"])).height


@FEWER
@given(st.sampled_from(FIVE), st.dates(date(2025, 8, 1), date(2027, 12, 31)), st.sampled_from(("low", "high")))
def test_outside_everything_is_gone(name: str, day: date, end: Any) -> None:
    """Standing outside all that has a known cost, and outside the rest, is to leave."""
    everything = ("ehelse", "kef", "faglig_koordinator", "samhandling", "unallocated", "mft", "mft_psykisk_helse")
    programmes = (*everything, *(() if name == "gol" and day > date(2026, 7, 31) else ("bti",)))
    outside = scenario(real(), [Change("opt_out", name, day, each) for each in programmes], end=end)
    gone = scenario(real(), [Change("leave", name, day)], end=end)
    assert outside.comparison.equals(gone.comparison)
    assert outside.dataset.memberships.equals(gone.dataset.memberships)


@FEWER
@given(st.lists(change, min_size=1, max_size=3))
def test_the_parts_of_a_change_sum_to_it(changes: list[Change]) -> None:
    found = effects(attempt(changes), by="row")
    parts = found["exit_nok"] + found["level_nok"] + found["obligation_nok"]
    assert (parts == found["change_nok"]).all()
    assert (found["low_nok"] <= found["high_nok"]).all()


# Figures reckoned by hand


def test_one_leaves_by_hand(data: Dataset) -> None:
    """MFT, second half of 2025: 401 693 kr by 13 525 inhabitants when Hol's 4 527 are gone. Gol has 4 888."""
    gone = hh.leave(data, "hol", JUL)
    mft = gone.comparison.filter(pool="mft", period_start=JUL)
    paid = dict(mft.select("municipality", "after_nok").iter_rows())
    assert paid["hol"] == 0
    assert paid["gol"] == pytest.approx(401_693 * 4_888 / 13_525, abs=1)
    assert sum(paid.values()) == 401_693
    bti = gone.comparison.filter(pool="bti", municipality="gol")
    assert bti["after_nok"].item() in (102_681, 102_682)  # 410 725 / 4
    assert not changed(gone).filter(pl.col("period_end") < JUL).height


def test_in_the_middle_of_a_period(data: Dataset) -> None:
    """Hol leaves on 1 October: of 184 days, 92 are shared by five and 92 by four."""
    mft = hh.leave(data, "hol", date(2025, 10, 1)).comparison.filter(pool="mft", period_start=JUL)
    paid = dict(mft.select("municipality", "after_nok").iter_rows())
    half = 401_693 / 2
    assert paid["hol"] == pytest.approx(half * 4_527 / 18_052, abs=1)
    assert paid["flaa"] == pytest.approx(half * 1_117 / 18_052 + half * 1_117 / 13_525, abs=1)


def test_outside_a_programme_moves_its_share_of_it(data: Dataset) -> None:
    """KEF costs 512 647 to 557 696 of Hallinghelse's 5 192 513 kr; Flå's part of it goes to the other four."""
    out = hh.opt_out(data, "flaa", "kef", JUL)
    total = int(data.costs.filter(pool="hallinghelse")["amount_nok"].sum())
    assert total == 5_192_513
    for end, cost in (("low", 512_647), ("high", 557_696)):
        row = out.at(end).comparison.filter(pool="hallinghelse", municipality="flaa", period_start=JUL)  # type: ignore[arg-type]
        saved = row["before_nok"].item() - row["after_nok"].item()
        assert saved == pytest.approx(cost / total * 2_640_006 * 1_117 / 18_052, abs=1)
    found = effects(out).filter(municipality="flaa")
    assert found["low_nok"].item() < found["high_nok"].item()
    assert out.ranged
    assert not hh.opt_out(data, "flaa", "mft", JUL).ranged


def test_later_years_carry_the_last_pools_forward(data: Dataset) -> None:
    """BTI was charged 410 725 kr for five months; six months are 492 870 kr."""
    made = hh.leave(data, "hol", NEXT)
    rows = made.comparison.filter(period_end=date(2027, 6, 30))
    assert pools_of(rows, "before_nok") == {
        (pool, date(2027, 1, 1), date(2027, 6, 30)): amount
        for pool, amount in (
            ("bti", 492_870), ("hallinghelse", 2_640_006), ("mft", 401_693), ("ehelse_stilling", 71_201),
            ("ehelse_administrasjon", 26_000),
        )
    }  # fmt: skip
    assert made.dataset.years() == [2025, 2026, 2027]
    carried = made.dataset.costs.filter(pl.col("period_end") > date(2025, 12, 31))
    assert set(carried["grade"]) == {"assumed"}


def test_what_one_that_left_keeps_paying(data: Dataset) -> None:
    """120 000 kr a year for the half-year left, credited to Hallinghelse: the others pay 60 000 less."""
    due = Obligation("ehelse_stilling", 120_000, credited_to="hallinghelse")
    plain, owing = hh.leave(data, "hol", JUL), hh.leave(data, "hol", JUL, obligations=[due], notice=12)
    assert owing.changes[0].notify_by == date(2024, 7, 1)
    found, before = effects(owing), effects(plain)
    assert found.filter(municipality="hol")["obligation_nok"].item() == 60_000
    others = pl.col("municipality").is_in(FIVE[:-1])
    assert found.filter(others)["obligation_nok"].sum() == -60_000
    assert (found["exit_nok"] == before["exit_nok"]).all()
    total = sum(pools_of(owing.comparison, "after_nok").values())
    assert total == sum(pools_of(owing.comparison, "before_nok").values())


def test_an_obligation_may_come_on_top_and_end(data: Dataset) -> None:
    due = Obligation("rest", 120_000, until=date(2025, 9, 30))
    made = hh.leave(data, "hol", JUL, obligations=[due])
    assert made.comparison.filter(pool="rest").select("municipality", "before_nok", "after_nok").rows() == [
        ("hol", 0, 30_000)
    ]
    assert made.dataset.pools.filter(pool="rest").height == 1


def behaving(data: Dataset, behaviour: str, step: int | None = None) -> Dataset:
    schema = {column: kind.dtype for column, kind in TABLES["cost_behaviours"].columns().items()}
    row = {**ROW, "pool": "mft", "valid_from": date(2025, 1, 1), "behaviour": behaviour, "step_nok": step}
    return data.replace(cost_behaviours=pl.DataFrame([{**dict.fromkeys(schema), **row}], schema=schema))


def test_cost_behaviour_by_hand(data: Dataset) -> None:
    """Hol has 4 527 of 18 052 (25.08 %) of 401 693 kr: 100 735 kr. Variable: all of it falls away. Steps of 120 000 kr a
    year (60 000 a half-year): one whole step does."""
    for behaviour, step, expected in (("variable", None, 401_693 - 100_735), ("step", 120_000, 341_693)):
        made = hh.leave(behaving(data, behaviour, step), "hol", JUL)
        mft = made.comparison.filter(pool="mft", period_start=JUL)
        assert mft["after_nok"].sum() == pytest.approx(expected, abs=1)
        part = effects(made)
        assert (part["exit_nok"] + part["level_nok"] == part["change_nok"]).all()
        if behaviour == "variable":
            before = dict(mft.select("municipality", "before_nok").iter_rows())
            after = dict(mft.select("municipality", "after_nok").iter_rows())
            assert all(after[name] == pytest.approx(before[name], abs=1) for name in FIVE[:-1])


def test_gol_goes_on_in_bti_by_hand(data: Dataset) -> None:
    """The trial ends on 31 July 2026; four then share 82 145 a month and a half-year's 492 870 kr, 25 % each."""
    made = hh.join(data, "gol", date(2026, 8, 1), pools=["bti"], share=0.2)
    row = made.comparison.filter(pool="bti", municipality="hol", period_end=date(2026, 12, 31))
    assert row["after_nok"].item() == pytest.approx(492_870 / 5, abs=2)
    july, rest = 492_870 * 31 / 184, 492_870 * 153 / 184
    assert row["before_nok"].item() == pytest.approx(july / 5 + rest / 4, abs=2)


# What happened


def test_the_exit_of_2025_is_foretold_to_the_krone(data: Dataset) -> None:
    found = backtest(data, 2025)
    assert found.height == 10
    assert found["difference_nok"].to_list() == [0] * 10
    printed = hh.load("data/raw")
    assert backtest(printed, 2025)["difference_nok"].to_list() == [0] * 10


def test_only_what_was_known_is_used_to_foretell_it(data: Dataset) -> None:
    """Later memberships, however odd, change nothing."""
    later = data.memberships.with_columns(
        valid_from=pl.when(pl.col("pool") == "mft").then(pl.col("valid_from")).otherwise("valid_from")
    )
    odd = later.filter(municipality="hol", pool="mft").with_columns(valid_from=pl.lit(date(2025, 8, 1)))
    assert backtest(data.replace(memberships=pl.concat([later, odd])), 2025)["difference_nok"].to_list() == [0] * 10


def test_increases_sum_to_the_whole(data: Dataset) -> None:
    """Each paid from 17.1 % to 17.2 % more in the second half: 18.1 % the exit, and a little less to share."""
    for each in (data, hh.load("data/raw")):
        found = increases(each, 2025)
        parts = found["off_key_nok"] + found["exit_nok"] + found["level_nok"]
        assert (parts == found["after_nok"] - found["before_nok"]).all()
    sums = increases(data, 2025).group_by("municipality").agg(pl.exclude("pool").sum()).sort("municipality")
    for row in sums.filter(pl.col("municipality") != "nesbyen").iter_rows(named=True):
        assert row["exit_nok"] / (row["before_nok"] + row["off_key_nok"]) == pytest.approx(3_266 / 18_052, abs=2e-5)
    assert sums.filter(municipality="nesbyen").select("exit_nok", "after_nok").row(0) == (-469_692, 0)
    off = increases(hh.load("data/raw"), 2025).filter(municipality="gol", pool="mft")["off_key_nok"].item()
    assert off == pytest.approx(377_127 * 4_888 / 21_318 - 98_049, abs=1)


# What is refused


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([Change("leave", "gol", NEXT), Change("leave", "gol", NEXT + timedelta(days=1))], "has left already"),
        ([Change("leave", "gol", date(2024, 1, 1))], "before any pool of gol exists"),
        ([Change("join", "gol", NEXT)], "gol is in hallinghelse on 2027-01-01 already"),
        ([Change("join", "nesbyen", date(2025, 3, 1), pools=("bti",))], "pool bti does not exist on 2025-03-01"),
        ([Change("join", "nesbyen", NEXT, pools=("bti",))], "say which share nesbyen is to have"),
        ([Change("opt_out", "gol", date(2025, 2, 1), "bti")], "bti has no pool on 2025-02-01"),
        ([Change("opt_out", "gol", NEXT, "laering_mestring")], "give position_percent"),
        ([Change("opt_out", "gol", NEXT, "forskning")], "has no cost on file"),
        ([Change("opt_out", "gol", NEXT, "kef")] * 2, "gol takes no part in kef"),
        ([Change("opt_out", name, NEXT, "kef") for name in FIVE], "kef has nobody left to pay for it"),
        ([Change("leave", name, NEXT) for name in FIVE], "pool mft would have no members"),
        ([Change("leave", "gol", NEXT, pools=("ehelse_stilling",))], "gol is not in ehelse_stilling"),
        ([Change("join", "nesbyen", NEXT, ends=("bti",))], "nesbyen is not in bti"),
        (
            [Change("leave", "hol", NEXT, obligations=(Obligation("rest", 10**8, credited_to="mft"),))],
            "is more than its 401693 kr",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(data: Dataset, changes: list[Change], says: str) -> None:
    with pytest.raises(BadInput, match="The scenario: found") as refused:
        scenario(data, changes)
    assert says in str(refused.value)
    assert refused.value.id == "cannot_change"


def test_everything_wrong_is_said_at_once(data: Dataset) -> None:
    wrong = [
        Change("leave", "gol", date(2024, 1, 1)),
        Change("join", "hol", NEXT),
        Change("opt_out", "aal", NEXT, "forskning"),
    ]
    with pytest.raises(BadInput) as refused:
        scenario(data, wrong)
    assert all(part in str(refused.value) for part in ("of gol", "hol is in mft", "forskning has no cost"))


def test_names_that_do_not_exist(data: Dataset) -> None:
    with pytest.raises(UnknownName, match=r"Unknown municipality 'goll'\. Did you mean 'gol'"):
        hh.leave(data, "goll", NEXT)
    with pytest.raises(UnknownName, match=r"Unknown programme 'keff'\. Did you mean 'kef'"):
        hh.opt_out(data, "gol", "keff", NEXT)
    with pytest.raises(BadInput, match=r"'goll'.*'holl'"):
        scenario(data, [Change("leave", "goll", NEXT), Change("leave", "holl", NEXT)])


def test_nothing_is_changed_in_place(data: Dataset) -> None:
    before = data.costs.clone()
    hh.leave(data, "hol", JUL)
    assert data.costs.equals(before)
