"""A made-up half of 2026, from template to brief: what is there is right, what is not is said."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.briefs import sections
from hhanalytics.briefs.context import Context, open_context
from hhanalytics.briefs.pdf import render_pdf
from hhanalytics.briefs.structure import flattened
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.incomplete import incomplete
from hhanalytics.decisions.programmes import ended
from hhanalytics.decisions.year_before import year_before
from tests.briefs.test_sections import SECTIONS, said
from tests.exports.half_year import AMOUNTS, HALF, MEMBERS, START, hand_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import shutil

    folder = tmp_path_factory.mktemp("half") / "raw"
    shutil.copytree(ROOT / "data" / "raw", folder)
    hand_in(folder)
    return folder


@pytest.fixture(scope="module")
def data(raw: Path) -> Dataset:
    return hh.load(raw)


@pytest.fixture(scope="module")
def context(raw: Path) -> Context:
    return open_context(year=2026, language="nb", data=str(raw), privacy="public", charges="corrected")


@pytest.fixture(scope="module")
def brief(context: Context) -> list[dict[str, Any]]:
    names = (*SECTIONS[:-2], "year_before", *SECTIONS[-2:])
    return flattened(getattr(sections, name)(context).structure() for name in names)


def test_what_was_delivered_before_is_untouched(raw: Path) -> None:
    for path in (ROOT / "data" / "raw").rglob("*.*"):
        assert (raw / path.relative_to(ROOT / "data" / "raw")).read_bytes() == path.read_bytes()


def test_the_years_join(data: Dataset, dataset: Dataset) -> None:
    assert data.years() == [2025, 2026]
    for measure in ("municipality_costs", "programme_costs", "cost_per_participant"):
        assert hh.compute(data, measure, year=2025).equals(hh.compute(dataset, measure, year=2025)), measure
    paid = hh.compute(data, "municipality_costs", year=2026).filter(pool="all")
    assert set(paid["municipality"]) == set(MEMBERS)
    assert paid["amount_nok"].sum() == sum(AMOUNTS.values())


def test_nesbyen_is_back_and_pays_by_the_new_key(data: Dataset) -> None:
    """Its part of both amounts is its part of the six municipalities' population on 1 January 2026 (SSB)."""
    people = data.population.filter((pl.col("year") == 2026) & pl.col("municipality").is_in(MEMBERS))
    share = people.filter(municipality="nesbyen")["persons"].sum() / people["persons"].sum()
    paid = data.costs.filter(pl.col("municipality") == "nesbyen", pl.col("period_end") == HALF)
    for pool, amount in paid.select("pool", "amount_nok").iter_rows():
        assert abs(amount - AMOUNTS[pool] * share) < 1
    assert [f.kind for f in hh.reconcile(data, 2026) if f.kind == "charge_off_key"] == []
    old = data.memberships.filter(pl.col("pool") == "mft", pl.col("valid_from") == date(2025, 1, 1))
    assert sorted(old["valid_to"].unique()) == [date(2025, 6, 30), date(2025, 12, 31)]


def test_the_code_changes_and_the_id_does_not(data: Dataset) -> None:
    codes = data.municipalities.filter(municipality="gol").sort("valid_from").select("code", "valid_from", "valid_to")
    assert codes.rows()[-2:] == [("3324", date(2024, 1, 1), date(2025, 12, 31)), ("9901", START, None)]
    years = hh.compute(data, "municipality_costs").filter(municipality="gol", pool="all")["year"]
    assert years.to_list() == [2025, 2026]


def test_the_programme_that_ended_is_not_missed(data: Dataset) -> None:
    missing = incomplete(data, 2026)
    (pools,) = [f for f in missing if f.kind == "gap_pools"]
    assert "mft_psykisk_helse" not in pools.lists["pools"][1]
    assert pools.lists["pools"][1] == ("bti", "ehelse_administrasjon", "ehelse_stilling")
    # 5 x 82 145, 26 000 and 71 201: lines 87, 96 and 97 of the report for 2025.
    assert pools.figures["stake"].value == 5 * 82_145 + 26_000 + 71_201
    (activities,) = [f for f in missing if f.kind == "gap_activities"]
    assert not {"mft", "kef", "mft_psykisk_helse"} & set(activities.lists["programmes"][1])


def test_a_waiting_decision_is_taken(context: Context, dataset: Dataset) -> None:
    text = said(flattened([sections.waiting(context).structure()]))
    assert "psykisk helse" not in text
    assert dataset.decisions.filter(decision="mft_mental_health")["status"].item() == "waiting"


def test_comparable_costs_by_hand(data: Dataset) -> None:
    """First halves of 2025: 2 552 507 in Hallinghelse and 377 127 in MFT (lines 82-139)."""
    (whole, *pools) = year_before(data, 2026)
    figures = {name: figure.value for name, figure in whole.figures.items()}
    assert figures["amount"] == 3_020_000
    assert figures["before"] == 2_552_507 + 377_127
    assert figures["change"] == 3_020_000 - 2_929_634
    assert figures["municipalities"] == 6
    # All of 2025 is 6 630 445 kr: 6 122 519 printed in the three pools, 410 725 and 97 201 outside them.
    assert (
        figures["before_left_out"]
        == data.costs.filter(source="hallinghelse_annual_report_2025")["amount_nok"].sum() - 2_929_634
    )
    assert [f.subject for f in pools] == ["hallinghelse", "mft"]
    assert {c.source for c in whole.citations} == {"hallinghelse_annual_report_2025", "tall_2026"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Resten av året. Tallene går til 30. juni 2026. Det avgjør hva året koster.",
        "Alt etter 30. juni 2026: tallene dekker ikke hele året",
        "Velferdsteknologi etter juni",
        "Det som er belastet i Trygg oppvekst (BTI), Administrasjon av e-helse, Nesbyen og E-helsestilling, Nesbyens andel",
        "Seks kommuner er belastet 3 020 000 kr for det som kostet 2 929 634 kr i 2025: +90 366 kr",
        "Per innbygger i de seks kommunene",
        "Tall 2026",
        "tall for første halvår 2026, avstemt uten avvik",
        "summen av postene for første halvår 2026",
        "Målene for 2026",
        "Budsjettet for 2026",
        "Det er ikke funnet avvik i tallene for første halvår 2026.",
    ],
)
def test_the_brief_says(brief: list[dict[str, Any]], sentence: str) -> None:
    assert sentence in said(brief)


def test_who_came_back_is_not_asked_why_it_pays(data: Dataset) -> None:
    """Nesbyen's exit in 2025 is an event; that it is a member again is a membership. Before, it had to be in or out."""
    asked = [(f.subject, f.names["period"][1]) for f in hh.reconcile(data) if f.kind == "charged_after_exit"]
    assert asked == []
    members = data.memberships.filter(~((pl.col("municipality") == "nesbyen") & (pl.col("valid_from") == START)))
    gone = data.replace(memberships=members)
    asked = [(f.subject, f.names["period"][1]) for f in hh.reconcile(gone) if f.kind == "charged_after_exit"]
    assert set(asked) == {("nesbyen", f"{START}/{HALF}")}


def test_what_ended_and_what_moves_nothing_is_not_told(context: Context, brief: list[dict[str, Any]]) -> None:
    """Gol's part in BTI ends in July, but nothing of 2026 is charged there yet: no return can be reckoned."""
    assert "mft_psykisk_helse" not in {each.subject for each in context.assessments}
    assert "Kommer Gol tilbake" not in said(brief)
    assert "0 kr i året" not in said(brief)


def test_a_vacancy_that_ends_ends_no_programme(data: Dataset) -> None:
    """The psychologist's position stood vacant until the end of 2025 (line 234); it was filled, not done away with."""
    assert ended(data, 2026) == {"mft_psykisk_helse"}
    assert ended(data, 2025) == frozenset()


@pytest.mark.parametrize("municipality", ["nesbyen", "flaa"])
def test_a_municipality_brief_says_which_part_of_the_year_it_paid_for(context: Context, municipality: str) -> None:
    text = said(flattened([sections.own_payment(context, municipality).structure()]))
    assert "Betalt i første halvår 2026" in text
    benefit = said(flattened([sections.own_benefit(context, municipality).structure()]))
    assert "psykisk helse" not in benefit
    assert "Kommunepsykolog" in benefit


def test_the_brief_is_made_in_both_media(brief: list[dict[str, Any]]) -> None:
    assert render_pdf(brief, date(2026, 9, 1)).startswith(b"%PDF")
    assert "None" not in said(brief)


def test_a_year_that_is_whole_lacks_nothing(dataset: Dataset, elvedal: Dataset) -> None:
    assert incomplete(dataset, 2025) == []
    assert year_before(dataset, 2025) == []
    assert [f.kind for f in incomplete(elvedal, 2027)] == ["gap_activities", "gap_technology"]


def test_each_municipality_beside_its_own_year_before(data: Dataset) -> None:
    """The halves that both years have, added up by hand; what Nesbyen paid to leave is no charge of any other's."""
    halves = {
        year: data.costs.filter(
            pl.col("pool").is_in(["hallinghelse", "mft"]), period_start=date(year, 1, 1), period_end=date(year, 6, 30)
        )
        for year in (2025, 2026)
    }
    own = {name: year_before(data, 2026, name) for name in MEMBERS}
    for name, found in own.items():
        (finding,) = found
        assert finding.kind == "year_before_own"
        for figure, year in (("amount", 2026), ("before", 2025)):
            expected = halves[year].filter(municipality=name)["amount_nok"].sum()
            assert finding.figures[figure].value == expected, (name, figure)
    assert sum(found[0].figures["change"].value or 0 for found in own.values()) == (
        year_before(data, 2026)[0].figures["change"].value
    )


@pytest.mark.parametrize("name", ["flaa", "nesbyen"])
def test_the_brief_of_a_municipality_keeps_to_two_pages(context: Context, name: str) -> None:
    parts = (sections.own_payment, sections.own_benefit, sections.own_technology_section, sections.own_outlook)
    found = [sections.own_title(context, name), *(part(context, name) for part in parts)]
    found += [sections.own_report(context, name), sections.source_list(context)]
    blocks = flattened(each.structure() for each in found)
    assert "regnet over samme regnskapsområder og måneder" in said(blocks)
    assert len(re.findall(rb"/Type\s*/Page\b", render_pdf(blocks, date(2026, 9, 1)))) == 2


def test_the_section_is_nothing_in_the_first_year(dataset: Dataset) -> None:
    first = open_context(year=2025, language="nb", data=str(ROOT / "data" / "raw"), privacy="public", charges="printed")
    assert flattened([sections.year_before(first).structure()]) == []


def test_the_section_in_html(raw: Path, tmp_path: Path) -> None:
    from hhanalytics.briefs.run import render

    folder = render("hof", year=2026, data=str(raw), out=str(tmp_path))
    assert "Resten av året" in (folder / "brief.html").read_text("utf-8")
