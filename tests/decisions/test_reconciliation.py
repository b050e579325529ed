"""Do the figures agree: mistakes planted in synthetic data are found, and silence is kept where all is well."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from bench.collaborations import KINDS
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import SEVERITIES, Finding, cite
from hhanalytics.decisions.series import monthly, welfare_tech_breaks
from hhanalytics.decisions.series_checks import totals_against_parts, unchanged_series
from hhanalytics.present.catalogue import texts
from hhanalytics.present.inline import plain
from hhanalytics.present.language import Language
from hhanalytics.present.sentences import question, sentence
from hhanalytics.privacy.gate import Gate

WELL = {"accounts_agree": 2, "underspend_agrees": 2, "budget_scope": 1, "budget_layers_none": 1, "key_found": 3}


def kinds(data: Dataset) -> Counter[str]:
    return Counter(f.kind for f in hh.reconcile(data))


def only(data: Dataset, kind: str) -> Finding:
    [found] = [f for f in hh.reconcile(data) if f.kind == kind]
    return found


def total(data: Dataset, name: str, year: int, amount: int) -> Dataset:
    """The data with another stated total."""
    here = (pl.col("name") == name) & (pl.col("period_end").dt.year() == year)
    new = pl.when(here).then(amount).otherwise("amount_nok").cast(pl.Int64).alias("amount_nok")
    return data.replace(control_totals=data.control_totals.with_columns(new))


def charge(data: Dataset, municipality: str, pool: str, year: int, by: int) -> Dataset:
    """The data with one charge changed."""
    here = (
        (pl.col("municipality") == municipality) & (pl.col("pool") == pool) & (pl.col("period_end").dt.year() == year)
    )
    assert data.costs.filter(here).height == 1
    new = (pl.col("amount_nok") + pl.when(here).then(by).otherwise(0)).cast(pl.Int64)
    return data.replace(costs=data.costs.with_columns(amount_nok=new))


def test_silence_where_all_is_well(elvedal: Dataset) -> None:
    """Two years in which everything agrees, but for a second budget of the second year."""
    assert kinds(elvedal) == WELL
    assert {f.severity for f in hh.reconcile(elvedal)} == {"inform"}
    assert only(elvedal, "budget_scope").subject == "revidert"


@pytest.mark.parametrize("municipality", ["nordvik", "midtbygd", "sorstad", "vestli"])
@pytest.mark.parametrize("pool", ["felles", "rehab"])
@pytest.mark.parametrize("year", [2026, 2027])
@pytest.mark.parametrize("by", [-7_000, 12_345])
def test_any_single_wrong_cell_is_found(elvedal: Dataset, municipality: str, pool: str, year: int, by: int) -> None:
    """Every cell in turn: it is named, with its sum and the accounts that it breaks, and nothing else is."""
    wrong = charge(elvedal, municipality, pool, year, by)
    found = hh.reconcile(wrong)
    off = only(wrong, "charge_off_key")
    assert (off.subject, off.names["pool"][1], off.figures["difference"].value) == (municipality, pool, by)
    assert off.names["period"][1] == f"{year}-01-01/{year}-12-31"
    assert only(wrong, "sum_off").subject == municipality
    # The accounts hold with the charge put to its key, as they were stated.
    assert only(wrong, "accounts_agree_corrected").figures["cells"].value == 1
    assert [f.kind for f in found if f.severity == "clarify"] == ["charge_off_key", "sum_off"]
    right = hh.corrected(wrong, found)
    assert right.costs["amount_nok"].equals(elvedal.costs["amount_nok"])
    assert kinds(right) == WELL
    assert kinds_of_year(wrong, 2026 + 2027 - year) == kinds_of_year(elvedal, 2026 + 2027 - year)


def kinds_of_year(data: Dataset, year: int) -> Counter[str]:
    return Counter(f.kind for f in hh.reconcile(data, year))


@pytest.mark.parametrize(("by", "kind"), [(1, "sum_rounding"), (-1, "sum_rounding"), (2, "sum_off"), (-500, "sum_off")])
def test_sums_within_rounding_and_beyond(elvedal: Dataset, by: int, kind: str) -> None:
    """Two charges, each rounded by half a krone at most: one krone is rounding, two are not."""
    data = total(elvedal, "sum_vestli", 2026, 150_000 + by)
    found = only(data, kind)
    assert (found.subject, found.figures["difference"].value, found.figures["summed"].value) == ("vestli", by, 150_000)
    assert (found.severity, bool(found.question)) == (
        ("inform", False) if kind == "sum_rounding" else ("clarify", True)
    )
    assert kinds(data) == Counter({**WELL, kind: 1})


def test_findings_rest_on_the_rows_of_their_year(elvedal: Dataset) -> None:
    """Both years state a sum by the same name."""
    found = only(total(elvedal, "sum_vestli", 2027, 1), "sum_off")
    assert {c.source for c in found.citations} == {"elvedal_report_2027"}
    assert [c.locator for c in found.figures["stated"].citations] == ["row 4"]
    assert sorted(c.locator for c in found.figures["summed"].citations) == ["row 4", "row 8"]


def test_accounts_that_nothing_explains(elvedal: Dataset) -> None:
    found = only(total(elvedal, "accounts", 2026, 2_100_000), "accounts_off")
    assert (found.severity, found.figures["difference"].value) == ("clarify", -100_000)


def test_pools_outside_the_accounts_are_not_summed(elvedal: Dataset) -> None:
    outside = elvedal.replace(pools=elvedal.pools.with_columns(in_accounts=pl.col("pool") != "rehab"))
    assert kinds(outside)["accounts_off"] == 2
    assert kinds(total(total(outside, "accounts", 2026, 2_000_000), "accounts", 2027, 2_100_000))["accounts_agree"] == 2


@pytest.mark.parametrize(
    ("stated", "kind"), [(150_000, "underspend_agrees"), (149_999, "underspend_off"), (-150_000, "underspend_off")]
)
def test_underspend(elvedal: Dataset, stated: int, kind: str) -> None:
    """Budget 2 350 000 minus accounts 2 200 000."""
    data = total(elvedal, "underspend", 2026, stated)
    found = [f for f in hh.reconcile(data, 2026) if f.subject == "underspend"]
    assert [(f.kind, f.figures["computed"].value, f.figures["difference"].value) for f in found] == [
        (kind, 150_000, stated - 150_000)
    ]


def test_a_pool_that_leaves_the_accounts(elvedal: Dataset) -> None:
    """In the accounts until the new year: each charge counts as its day says, and once."""
    old = elvedal.pools.filter(pool="rehab").row(0, named=True)
    rows = [{**old, "valid_to": date(2026, 12, 31)}, {**old, "valid_from": date(2027, 1, 1), "in_accounts": False}]
    pools = pl.concat([elvedal.pools.filter(pool="felles"), pl.DataFrame(rows, schema=elvedal.pools.schema)])
    data = elvedal.replace(pools=pools)
    assert kinds_of_year(data, 2026)["accounts_agree"] == 1
    assert only(data, "accounts_off").figures["summed"].value == 2_100_000


def test_an_underspend_without_a_budget_is_not_judged(elvedal: Dataset) -> None:
    data = elvedal.replace(control_totals=elvedal.control_totals.filter(pl.col("kind") != "budget"))
    assert not {"underspend_off", "underspend_agrees", "budget_scope"} & set(kinds(data))


def test_budget_scope(elvedal: Dataset) -> None:
    data = total(elvedal, "budget", 2026, 2_300_000)
    scope = {f.subject: f.figures["summed"].value for f in hh.reconcile(data, 2026) if f.kind == "budget_scope"}
    assert scope == {"vedtatt": 2_350_000}


def test_most_pressing_first_and_figures_say_where_they_stand(elvedal: Dataset) -> None:
    wrong = charge(total(elvedal, "underspend", 2027, 5), "vestli", "felles", 2026, 999)
    found = hh.reconcile(wrong)
    order = [SEVERITIES.index(f.severity) for f in found]
    assert order == sorted(order)
    for finding in found:
        assert finding.citations
        assert all(figure.citations and figure.grade != "missing" for figure in finding.figures.values())


def test_nothing_to_reconcile(elvedal: Dataset) -> None:
    empty = elvedal.replace(
        **{name: elvedal.tables[name].clear() for name in ("costs", "control_totals", "budgets", "welfare_tech")}
    )
    assert hh.reconcile(empty) == []


def test_each_row_is_cited_once(elvedal: Dataset) -> None:
    rows = pl.concat([elvedal.costs[:2]] * 2)
    assert [(c.topic, c.locator) for c in cite("costs", rows)] == [("felles", "row 1"), ("felles", "row 2")]


# Breaks in series


def series(data: Dataset, *rows: list[int], start: date = date(2026, 1, 1), names: str = "abcdefgh") -> Dataset:
    """Technologies with these units month by month."""
    like: dict[str, Any] = data.welfare_tech.row(0, named=True)
    out = []
    for name, units in zip(names, rows, strict=False):
        for i, n in enumerate(units):
            month = date(start.year + (start.month - 1 + i) // 12, (start.month - 1 + i) % 12 + 1, 1)
            out.append({**like, "technology": name, "month": month, "units": n})
    return data.replace(welfare_tech=pl.DataFrame(out, schema=data.welfare_tech.schema))


def breaks(data: Dataset) -> list[tuple[str, int]]:
    return [(f.subject, f.figures["change"].value) for f in welfare_tech_breaks(data)]


UP, DOWN = [100, 101, 102, 103, 104, 105], [100, 99, 98, 97, 96, 95]


def test_all_must_move_the_same_way(elvedal: Dataset) -> None:
    jump = [100, 101, 102, 153, 154, 155]
    assert breaks(series(elvedal, jump, jump, jump)) == [("2026-04-01", 153)]
    assert breaks(series(elvedal, jump, jump, DOWN)) == []
    still = [100, 101, 102, 102, 103, 104]
    assert breaks(series(elvedal, jump, jump, still)) == []


def test_a_common_move_of_the_usual_size_is_no_break(elvedal: Dataset) -> None:
    assert breaks(series(elvedal, UP, UP, UP)) == []
    assert breaks(series(elvedal, DOWN, DOWN, DOWN)) == []


def test_two_series_are_too_few(elvedal: Dataset) -> None:
    jump = [100, 101, 102, 153, 154, 155]
    assert breaks(series(elvedal, jump, jump)) == []


def test_a_series_that_lacks_a_month_is_left_out(elvedal: Dataset) -> None:
    """A technology that begins in March did not jump from nothing."""
    jump = [100, 101, 102, 153, 154, 155]
    data = series(elvedal, jump, jump, jump, [900] * 6)
    first = (pl.col("technology") == "d") & (pl.col("month") < date(2026, 3, 1))
    data = data.replace(welfare_tech=data.welfare_tech.filter(~first))
    assert breaks(data) == [("2026-04-01", 153)]
    [found] = welfare_tech_breaks(data)
    assert found.figures["series"].value == 3
    assert set(monthly(data)["technology"]) == {"a", "b", "c"}


def test_months_that_do_not_follow_each_other_are_not_compared(elvedal: Dataset) -> None:
    data = series(elvedal, *[[100, 101, 102, 103, 154, 155]] * 3)
    data = data.replace(welfare_tech=data.welfare_tech.filter(pl.col("month") != date(2026, 4, 1)))
    assert breaks(data) == []


def test_january_is_compared_with_december(elvedal: Dataset) -> None:
    units = [100 + i for i in range(12)] + [160 + i for i in range(12)]
    data = series(elvedal, units, units, units)
    assert breaks(data) == [("2027-01-01", 147)]
    assert [f.subject for f in hh.reconcile(data, 2027) if f.kind == "welfare_tech_break"] == ["2027-01-01"]
    assert not [f for f in hh.reconcile(data, 2026) if f.kind == "welfare_tech_break"]


def test_a_new_year_does_not_change_what_was_found_in_the_old(elvedal: Dataset) -> None:
    """A technology that is gone in the second year still counts in the first."""
    jump = [100 + i + (50 if i > 5 else 0) for i in range(12)]
    one = series(elvedal, jump, jump, jump, jump)
    two = series(elvedal, *[[300 + i for i in range(12)]] * 3, start=date(2027, 1, 1))
    both = one.replace(welfare_tech=pl.concat([one.welfare_tech, two.welfare_tech]))
    first = [f for f in welfare_tech_breaks(both) if f.subject == "2026-07-01"]
    assert first == [f for f in welfare_tech_breaks(one) if f.subject == "2026-07-01"]
    assert first[0].figures["series"].value == 4


def test_municipalities_are_added_together(elvedal: Dataset) -> None:
    data = series(elvedal, *[[50, 51, 52, 80, 81, 82]] * 3)
    split = pl.concat([data.welfare_tech.with_columns(municipality=pl.lit(name)) for name in ("nordvik", "vestli")])
    assert breaks(data.replace(welfare_tech=split)) == [("2026-04-01", 2 * 3 * 28)]


def test_counts_of_a_break_pass_the_gate_as_persons(elvedal: Dataset) -> None:
    [found] = welfare_tech_breaks(series(elvedal, *[[1, 2, 3, 20, 21, 22]] * 3))
    assert {name for name, figure in found.figures.items() if figure.counts_persons} == {"before", "after"}


# Series that stand still, and totals against their parts


@pytest.mark.parametrize(
    ("units", "found"),
    [
        ([60] * 6, [(60, 6)]),
        ([60] * 5 + [61], []),
        ([61, *[60] * 7, 61], [(60, 7)]),
        ([60] * 6 + [70] * 8, [(60, 6), (70, 8)]),
        # A handful may well stand still.
        ([49] * 12, []),
    ],
)
def test_a_number_that_stands_still_too_long(elvedal: Dataset, units: list[int], found: list[tuple[int, int]]) -> None:
    said = unchanged_series(series(elvedal, units))
    assert [(f.figures["units"].value, f.figures["months"].value) for f in said] == found
    assert all(f.figures["units"].counts_persons for f in said)


def test_a_gap_is_no_repetition(elvedal: Dataset) -> None:
    data = series(elvedal, [60] * 9)
    data = data.replace(welfare_tech=data.welfare_tech.filter(pl.col("month") != date(2026, 5, 1)))
    assert unchanged_series(data) == []


def test_each_municipality_is_a_series(elvedal: Dataset) -> None:
    data = series(elvedal, [60] * 6)
    moving = series(elvedal, [60, 61, 62, 63, 64, 65]).welfare_tech.with_columns(municipality=pl.lit("nordvik"))
    still = data.welfare_tech.with_columns(municipality=pl.lit("vestli"))
    [found] = unchanged_series(data.replace(welfare_tech=pl.concat([moving, still])))
    assert (found.kind, found.names["municipality"]) == ("series_unchanged_in", ("municipalities", "vestli"))


def split(data: Dataset, **parts: list[int]) -> Dataset:
    """The first series as total, with these municipalities beside it."""
    rows = [data.welfare_tech]
    rows += [series(data, units).welfare_tech.with_columns(municipality=pl.lit(name)) for name, units in parts.items()]
    return data.replace(welfare_tech=pl.concat(rows))


def test_a_total_that_moves_against_its_parts(elvedal: Dataset) -> None:
    data = split(series(elvedal, [100, 110, 120]), nordvik=[60, 65, 50], vestli=[40, 45, 48])
    [found] = totals_against_parts(data)
    assert (found.names["month"][1], found.figures["total"].value, found.figures["parts"].value) == (
        "2026-03-01",
        10,
        -12,
    )
    assert totals_against_parts(split(series(elvedal, [100, 110]), nordvik=[60, 65], vestli=[40, 45])) == []
    # A part that begins or ends moves the sum of the parts without anybody having counted wrong.
    assert totals_against_parts(split(series(elvedal, [100, 110]), nordvik=[60, 65], vestli=[40])) == []


def test_a_total_and_its_parts_are_not_added(elvedal: Dataset) -> None:
    data = split(series(elvedal, [100, 110, 120]), nordvik=[60, 65, 70], vestli=[40, 45, 50])
    assert monthly(data)["units"].to_list() == [100, 110, 120]


# Words


def test_everything_that_can_be_found_has_words(elvedal: Dataset) -> None:
    """Every kind that the checks can make, with the details they make; no text is left without a value."""
    texts_of = texts("nb")
    asked = {name.removeprefix("finding.") for name in texts_of if name.startswith("finding.")}
    causes = {f"cause_{kind}" for kind in (*KINDS, "none")}
    scopes = {f"scope_{kind}{way}" for kind in ("all", "pools", "without", "period") for way in ("", "_by_key")}
    assert causes | scopes | {"scope_none", "difference_scope_by_key", "budget_reading", "key_others"} <= asked


def test_bad_data_give_findings_and_no_traceback(elvedal: Dataset) -> None:
    """Whatever is taken away, turned round or set to nothing: the checks run to their end."""
    data = elvedal
    amounts = pl.col("amount_nok")
    changes = {
        "negative": data.replace(costs=data.costs.with_columns(-amounts)),
        "nothing": data.replace(costs=data.costs.with_columns(amounts * 0)),
        "nobody": data.replace(population=data.population.with_columns(persons=pl.lit(0, pl.Int64))),
        "no population": data.replace(population=data.population.clear()),
        "no members": data.replace(memberships=data.memberships.clear()),
        "no pools": data.replace(pools=data.pools.clear()),
        "one member": data.replace(costs=data.costs.filter(municipality="vestli"), memberships=data.memberships.filter(municipality="vestli")),
        "half a year": data.replace(costs=data.costs.with_columns(period_end=pl.col("period_end").dt.replace(month=6, day=30))),
        "negative budget": data.replace(budgets=data.budgets.with_columns(-amounts)),
        "no budgets": data.replace(budgets=data.budgets.clear()),
        "all outside": data.replace(pools=data.pools.with_columns(in_accounts=pl.lit(False))),
        "two keys": data.replace(memberships=pl.concat([data.memberships, data.memberships.with_columns(key=pl.lit("equal"), reference_date=pl.lit(None, pl.Date))])),
    }  # fmt: skip
    said = {}
    for name, changed in changes.items():
        found = hh.reconcile(changed)
        language = Language("nb", changed.tables if changed.pools.height else data.tables, Gate())
        for finding in found:
            for each in (finding, *finding.details):
                assert plain(sentence(language, each))
                question(language, each)
        said[name] = {f.kind for f in found if f.severity == "clarify"}
    assert "charge_negative" in said["negative"]
    assert "key_unusable" in said["nobody"] & said["no population"] & said["no members"]
    assert "key_undeclared" in said["two keys"]
    assert "accounts_off" in said["nothing"] & said["one member"]
    assert all(said[name] for name in ("all outside", "no pools"))
