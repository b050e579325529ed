"""Which posts a stated total is the sum of, and which budgets and posts a stated difference is of."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.scopes import Scope, Unit, scopes

H1, H2 = (date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 12, 31))
UNITS = [
    Unit("a", "m", H1, 100, 100), Unit("a", "n", H1, 210, 200), Unit("a", "m", H2, 3_000, 3_000), Unit("a", "n", H2, 50_000, 50_000),
    Unit("b", "m", H1, 7, 7), Unit("b", "n", H2, 1_100, 1_100), Unit("c", "m", H1, 600_000, 600_000),
]  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "declared", "expected"),
    [
        (53_310, ["a"], [Scope(("a",))]),
        (53_300, ["a"], [Scope(("a",), True)]),
        (54_417, ["a"], [Scope(("a", "b"))]),
        (654_417, [], [Scope(("a", "b", "c"))]),
        (654_407, ["a"], [Scope(("a", "b", "c"), True)]),
        # Without one municipality, or in one half only, where no pools as a whole give it.
        (3_107, ["a"], [Scope(("a", "b"), without="n")]),
        (54_100, ["a"], [Scope(("a", "b"), period=H2)]),
        (207, ["a"], []),
        (5, ["a"], []),
    ],
)
def test_the_simplest_scope_is_found(stated: int, declared: list[str], expected: list[Scope]) -> None:
    assert scopes(stated, UNITS, declared) == expected


def test_scopes_that_hold_the_same_posts_are_one() -> None:
    """A pool of nothing but zeros makes no other scope."""
    assert scopes(53_310, [*UNITS, Unit("z", "m", H1, 0, 0)], []) == [Scope(("a",))]


def test_nothing_is_no_scope() -> None:
    assert scopes(0, UNITS, ["a"]) == []
    assert scopes(0, []) == []


def test_several_scopes_are_all_listed() -> None:
    alike = [Unit("a", "m", H1, 100, 100), Unit("b", "m", H1, 100, 100), Unit("c", "m", H1, 5, 5)]
    assert scopes(105, alike) == [Scope(("a", "c")), Scope(("b", "c"))]


def test_more_pools_than_can_be_tried() -> None:
    """Of twenty pools, those with two in or two out are tried: it ends, and finds what lies there."""
    units = [Unit(f"p{i:02}", "m", H1, 10**6 + 2**i, 10**6 + 2**i) for i in range(20)]
    whole = sum(unit.printed for unit in units)
    assert [len(s.pools) for s in scopes(whole - units[3].printed - units[7].printed, units)] == [18]
    assert scopes(sum(unit.printed for unit in units[:10]), units) == []


def only(data: Dataset, kind: str, year: int = 2026) -> Finding:
    [found] = [f for f in hh.reconcile(data, year) if f.kind == kind]
    return found


def stated(data: Dataset, name: str, amount: int) -> Dataset:
    here = (pl.col("name") == name) & (pl.col("period_end").dt.year() == 2026)
    new = pl.when(here).then(amount).otherwise("amount_nok").cast(pl.Int64).alias("amount_nok")
    return data.replace(control_totals=data.control_totals.with_columns(new))


def test_accounts_of_fewer_pools_than_declared(elvedal: Dataset) -> None:
    """2 000 000 of the 2 200 000 is what stands in one of the two pools."""
    found = only(stated(elvedal, "accounts", 2_000_000), "accounts_off")
    assert [(d.kind, d.lists["pools"][1], d.lists["outside"][1]) for d in found.details] == [
        ("scope_pools", ("felles",), ("rehab",))
    ]


def test_a_sum_that_leaves_out_a_post(elvedal: Dataset) -> None:
    found = only(stated(elvedal, "sum_vestli", 100_000), "sum_off")
    assert [(d.kind, d.lists["pools"][1]) for d in found.details] == [("scope_pools", ("felles",))]
    nothing = only(stated(elvedal, "sum_vestli", 123_456), "sum_off")
    assert [d.kind for d in nothing.details] == ["scope_none"]


def test_an_underspend_of_one_pool(elvedal: Dataset) -> None:
    """Stated 350 000: the budget of 2 350 000 minus the one pool of 2 000 000."""
    found = only(stated(elvedal, "underspend", 350_000), "underspend_off")
    assert [(d.kind, d.lists["pools"][1], d.figures["budget"].value) for d in found.details] == [
        ("difference_scope", ("felles",), 2_350_000)
    ]
    nothing = only(stated(elvedal, "underspend", 111_111), "underspend_off")
    assert [d.kind for d in nothing.details] == ["difference_none"]


def test_accounts_without_any_ordinary_pool(elvedal: Dataset) -> None:
    data = elvedal.replace(pools=elvedal.pools.with_columns(in_accounts=pl.lit(False)))
    found = only(data, "accounts_off")
    assert (found.figures["summed"].value, [d.kind for d in found.details]) == (0, ["scope_all"])


def test_the_scope_of_the_2025_accounts(dataset: Dataset) -> None:
    """The only one: three pools, with one charge by its key."""
    [found] = [f for f in hh.reconcile(dataset) if f.kind == "accounts_agree_corrected"]
    [scope] = found.details
    assert scope.kind == "scope_pools_by_key"
    assert scope.lists["pools"][1] == ("hallinghelse", "mft", "mft_psykisk_helse")
    assert scope.lists["outside"][1] == ("bti", "ehelse_administrasjon", "ehelse_stilling")
