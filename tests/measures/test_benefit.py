"""Paid beside got: what is paid sums to the charges, and what is not split is never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.errors import UnknownName
from hhanalytics.measures.need import need_by_municipality
from hhanalytics.tables import TABLES

SIX = ("aal", "flaa", "gol", "hemsedal", "hol", "nesbyen")
ROW = {"source": "hallinghelse_judgements", "locator": "row", "grade": "documented", "note": None}
LOADED: list[Dataset] = []


def real() -> Dataset:
    if not LOADED:
        LOADED.append(hh.load("data/raw"))
    return LOADED[0]


def more(data: Dataset, table: str, rows: Sequence[dict[str, Any]]) -> Dataset:
    """The Dataset with rows added."""
    schema = {column: kind.dtype for column, kind in TABLES[table].columns().items()}
    added = pl.DataFrame([{**dict.fromkeys(schema), **ROW, **row} for row in rows], schema=schema)
    return data.replace(**{table: pl.concat([data.tables[table], added])})


def part(name: str, quantity: int, of: str = "kef_participants", **other: Any) -> dict[str, Any]:
    """A count of one municipality, inside a count of all."""
    whole = real().activities.filter(activity=of).row(0, named=True)
    return {**whole, "activity": f"{of}_{name}", "municipality": name, "quantity": quantity, "part_of": of, **other}


def row(data: Dataset, municipality: str, programme: str) -> dict[str, Any]:
    return (
        hh.benefit_by_municipality(data, 2025).filter(municipality=municipality, programme=programme).row(0, named=True)
    )


# Paid


@pytest.mark.parametrize("form", ["printed", "corrected"])
def test_paid_sums_to_what_was_charged(dataset: Dataset, form: str) -> None:
    data = hh.corrected(dataset, hh.reconcile(dataset)) if form == "corrected" else dataset
    found = hh.benefit_by_municipality(data, 2025)
    for name in SIX:
        own = found.filter(municipality=name)
        rest = own.filter(programme="unallocated")
        known = own.filter(pl.col("programme") != "unallocated")
        charged = data.costs.filter(municipality=name)["amount_nok"].sum()
        assert known["paid_low_nok"].sum() + rest["paid_high_nok"].item() == charged
        assert known["paid_high_nok"].sum() + rest["paid_low_nok"].item() == charged


def test_paid_sums_to_what_was_charged_elsewhere(elvedal: Dataset) -> None:
    for year in elvedal.years():
        found = hh.benefit_by_municipality(elvedal, year)
        known = pl.col("programme") != "unallocated"
        charged = elvedal.costs.filter(pl.col("period_end").dt.year() == year)["amount_nok"].sum()
        rest = found.filter(~known)["paid_high_nok"].sum()
        assert found.filter(known)["paid_low_nok"].sum() + rest == charged


def test_paid_by_hand(dataset: Dataset) -> None:
    """Ål: BTI 82 145 kr (l. 130); MFT 82 127 + 107 588 (l. 127-128), 189 715 kr, 39.2 kr for each of 4 835; KEF 512 647 to
    557 696 kr by 1 286 010 of the 5 192 513 kr charged in Hallinghelse (l. 125-126)."""
    assert row(dataset, "aal", "bti")["paid_low_nok"] == 82_145
    mft = row(dataset, "aal", "mft")
    assert (mft["paid_low_nok"], mft["paid_high_nok"]) == (189_715, 189_715)
    assert mft["paid_per_inhabitant_low_nok"] == pytest.approx(189_715 / 4_835)
    kef = row(dataset, "aal", "kef")
    for end, cost in (("low", 512_647), ("high", 557_696)):
        assert kef[f"paid_{end}_nok"] == pytest.approx(cost * (578_918 + 707_092) / 5_192_513, abs=1)
    assert row(dataset, "aal", "laering_mestring")["paid_low_nok"] is None
    assert "position" in row(dataset, "aal", "laering_mestring")["missing"].split(";")


# Got


def test_what_is_not_split_is_anything_from_nothing_to_all(dataset: Dataset) -> None:
    for name in SIX:
        kef = row(dataset, name, "kef")
        assert (kef["activity_low"], kef["activity_high"]) == (0, 609)
        assert (kef["benefit_share_low"], kef["benefit_share_high"]) == (0.0, 1.0)
        assert "split" in kef["missing"].split(";")
        mft = row(dataset, name, "mft")
        assert (mft["activity_low"], mft["activity_high"]) == (0, None)  # over 440


def test_population_has_no_part_in_benefit(dataset: Dataset) -> None:
    """Other inhabitants, the same benefit."""
    doubled = dataset.replace(population=dataset.population.with_columns(pl.col("persons") * 2))
    got = ["activity_low", "activity_high", "benefit_share_low", "benefit_share_high", "documented_here", "score"]
    before, after = (hh.benefit_by_municipality(data, 2025).select(got) for data in (dataset, doubled))
    assert before.equals(after)


def test_named_places_are_used(dataset: Dataset) -> None:
    assert row(dataset, "gol", "mft")["documented_here"] == "mft_klinobs_courses_gol;mft_proact_courses"
    assert row(dataset, "aal", "laering_mestring")["documented_here"] == "laering_kindergarten_courses"
    assert row(dataset, "hol", "mft")["documented_here"] is None


def test_hours_put_in_are_no_benefit(dataset: Dataset) -> None:
    """The 600 hours of the change of supplier (l. 333) are work, not something a municipality got."""
    assert row(dataset, "gol", "ehelse")["activity_unit"] is None
    assert row(dataset, "gol", "ehelse")["missing"].split(";")[0] == "count"


def test_split_by_hand(dataset: Dataset) -> None:
    """100 of KEF's 609 in Gol and 200 in Ål: 309 may be anybody's."""
    data = more(dataset, "activities", [part("gol", 100), part("aal", 200)])
    gol, aal, hol = (row(data, name, "kef") for name in ("gol", "aal", "hol"))
    assert (gol["activity_low"], gol["activity_high"]) == (100, 409)
    assert gol["benefit_share_low"] == pytest.approx(100 / 609)
    assert gol["benefit_share_high"] == pytest.approx(409 / 609)
    assert aal["benefit_share_low"] == pytest.approx(200 / 609)
    assert (hol["benefit_share_low"], hol["activity_high"]) == (0.0, 309)


def test_all_split_leaves_nothing_open(dataset: Dataset) -> None:
    counts = dict(zip(SIX, (200, 50, 150, 100, 100, 9), strict=True))
    data = more(dataset, "activities", [part(name, count) for name, count in counts.items()])
    for name, count in counts.items():
        found = row(data, name, "kef")
        assert found["benefit_share_low"] == found["benefit_share_high"] == pytest.approx(count / 609)
        assert "split" not in found["missing"].split(";")


def test_open_above_knows_a_least_count_but_no_least_share(dataset: Dataset) -> None:
    """Gol had 120 of over 440: how many the others had has no end."""
    mft = row(more(dataset, "activities", [part("gol", 120, "mft_participants", qualifier="exact")]), "gol", "mft")
    assert (mft["activity_low"], mft["activity_high"], mft["benefit_share_low"]) == (120, None, 0.0)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 100), min_size=6, max_size=6), st.lists(st.integers(0, 100), min_size=6, max_size=6))
def test_the_true_share_lies_within_whatever_it_is(told: list[int], untold: list[int]) -> None:
    """Of what each really got, a part is told by municipality; the rest is in the whole only."""
    whole = sum(told) + sum(untold)
    data = real()
    activities = data.activities.with_columns(
        pl.when(pl.col("activity") == "kef_participants").then(pl.lit(whole)).otherwise("quantity").alias("quantity")
    )
    split = [part(name, count) for name, count in zip(SIX, told, strict=True)]
    found = hh.benefit_by_municipality(more(data.replace(activities=activities), "activities", split), 2025)
    kef = found.filter(programme="kef").sort("municipality")
    for place, each in enumerate(kef.iter_rows(named=True)):
        really = told[place] + untold[place]
        assert each["activity_low"] <= really <= each["activity_high"]
        if whole:
            assert each["benefit_share_low"] - 1e-12 <= really / whole <= each["benefit_share_high"] + 1e-12
        else:
            assert each["benefit_share_low"] is None


# Kinds of gain


def gaining(data: Dataset) -> Dataset:
    """HLR courses that were bought before, hours freed by KEF's teaching, and a price for each."""
    hlr = data.activities.filter(activity="mft_hlr_courses").row(0, named=True)
    data = more(data.replace(activities=data.activities.filter(pl.col("activity") != "mft_hlr_courses")), "activities", [
        {**hlr, "quantity": 20}, {**hlr, "activity": "hlr_gol", "municipality": "gol", "quantity": 5, "part_of": "mft_hlr_courses"},
    ])  # fmt: skip
    quote = {"unit": "courses", "vat": "not_stated", "travel": "not_stated"}
    data = more(data, "prices", [
        {**quote, "quote": "hlr", "service": "hlr_course", "amount_nok": 10_000},
        {**quote, "quote": "shift", "service": "nurse_hour", "unit": "hours", "amount_nok": 500},
    ])  # fmt: skip
    freed = {
        "programme": "kef",
        "kind": "guidance",
        "unit": "inquiries",
        "service": "nurse_hour",
        "gain_kind": "freed_time",
    }
    freed |= {"service_units_low": 0.5, "service_units": 1.0, "service_units_high": 2.0}
    return more(data, "equivalents", [freed])


def test_kinds_of_gain_are_kept_apart(dataset: Dataset) -> None:
    """Gol: at least 5 and at most 20 courses that cost 10 000 kr before; of 29 inquiries' 14.5 to 58 hours, none to all."""
    data = gaining(dataset)
    mft, kef = row(data, "gol", "mft"), row(data, "gol", "kef")
    assert (mft["avoided_low_nok"], mft["avoided_high_nok"]) == (50_000.0, 200_000.0)
    assert (kef["freed_hours_low"], kef["freed_hours_high"]) == (0.0, 58.0)
    assert kef["value_low_nok"] is None
    kinds = hh.gains_by_municipality(data, 2025)
    assert dict(kinds.select("gain_kind", "unit").unique().iter_rows()) == {
        "avoided_cost": "nok",
        "freed_time": "hours",
    }
    assert dict(kinds.select("gain_kind", "cash").unique().iter_rows()) == {"avoided_cost": True, "freed_time": False}


def test_hours_of_at_least_so_many_have_no_upper_end(dataset: Dataset) -> None:
    """At least 29 inquiries free at least 14.5 hours in all; how many at most, nobody knows."""
    data = gaining(dataset)
    hedged = pl.when(kind="guidance", programme="kef").then(pl.lit("at_least")).otherwise(pl.col("qualifier"))
    kef = row(data.replace(activities=data.activities.with_columns(qualifier=hedged)), "gol", "kef")
    assert (kef["freed_hours_low"], kef["freed_hours_high"]) == (0.0, None)


def test_courses_of_two_rows_are_valued_once(dataset: Dataset) -> None:
    """20 courses and 10 of the same kind, 5 of the 20 in Gol: at least 5 of 10 000 kr, and at most all 30."""
    data = gaining(dataset)
    more_courses = data.activities.filter(activity="mft_hlr_courses").with_columns(
        activity=pl.lit("mft_hlr_more"), quantity=pl.lit(10, pl.Int64)
    )
    mft = row(data.replace(activities=data.activities.vstack(more_courses)), "gol", "mft")
    assert (mft["avoided_low_nok"], mft["avoided_high_nok"]) == (50_000.0, 300_000.0)


def test_a_budget_never_sees_freed_time(dataset: Dataset) -> None:
    with_it = gaining(dataset)
    without = with_it.replace(equivalents=with_it.equivalents.filter(pl.col("gain_kind") != "freed_time"))
    seen = hh.cash_by_municipality(with_it, 2025)
    assert seen.equals(hh.cash_by_municipality(without, 2025))
    assert seen.columns == ["municipality", "year", "charged_nok", "avoided_low_nok", "avoided_high_nok"]
    gol = seen.filter(municipality="gol").row(0, named=True)
    assert (gol["charged_nok"], gol["avoided_low_nok"], gol["avoided_high_nok"]) == (1_623_734, 50_000.0, 200_000.0)


def test_own_judgement(dataset: Dataset) -> None:
    assert row(dataset, "gol", "kef")["score"] is None
    scored = more(dataset, "benefit_scores", [{"municipality": "gol", "programme": "kef", "year": 2025, "score": 3}])
    found = row(scored, "gol", "kef")
    assert (found["score"], "score" in found["missing"].split(";")) == (3, False)
    assert "score" in row(scored, "aal", "kef")["missing"].split(";")
    assert hh.gains_by_municipality(scored, 2025)["cash"].to_list() == [False]


def test_unknown_year(dataset: Dataset) -> None:
    with pytest.raises(UnknownName, match="Unknown year '2031'"):
        hh.benefit_by_municipality(dataset, 2031)


# Need


def test_need_by_hand(dataset: Dataset) -> None:
    """Ål 2025: 755 + 241 + 70 are 67 and over, 311 of them 80 and over; 1 778 + 1 120 are 18 to 66."""
    found = need_by_municipality(dataset)
    aal = found.filter(municipality="aal", year=2025).row(0, named=True)
    assert (aal["persons_67_plus"], aal["persons_80_plus"], aal["working_18_66"]) == (1_066, 311, 2_898)
    assert aal["ratio_67"] == pytest.approx(100 * 1_066 / 2_898)
    assert found.filter(pl.col("year") < 2020)["persons_65_plus"].null_count() == 6 * 15
    assert found.filter(pl.col("year") >= 2020)["persons_65_plus"].null_count() == 0


def test_both_divisions_into_ages_hold_the_same_people(dataset: Dataset) -> None:
    keys = ["municipality", "year"]
    by_age = dataset.population_by_age.group_by(keys).agg(pl.col("persons").sum())
    bands = dataset.population.group_by(keys).agg(pl.col("persons").sum().alias("other"))
    joined = by_age.join(bands, on=keys)
    assert joined.height == 42
    assert (joined["persons"] == joined["other"]).all()
    found = need_by_municipality(dataset).join(
        dataset.population_by_age.filter(age_band="80+").select(*keys, "persons"), on=keys
    )
    assert (found["persons"] == found["persons_80_plus"]).all()
    assert (found["persons_65_plus"] >= found["persons_67_plus"]).all()
