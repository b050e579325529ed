"""Welfare technology in the brief for one municipality: never more than that municipality can know."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from hhanalytics.briefs import sections
from hhanalytics.briefs.structure import flattened
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.series import rows_of_all
from hhanalytics.decisions.technology import units_of
from tests.briefs.test_sections import context_of, said

#: Synthetic parts of each count, in per cent; the last gets the rest.
PARTS = {"aal": 30, "gol": 30, "hol": 20, "hemsedal": 10, "flaa": 2}


def split(data: Dataset, *, keep_total: bool = False) -> Dataset:
    """The counts of 2025 as if each had been reported by its municipality."""
    whole = data.welfare_tech
    parts = [
        whole.with_columns(municipality=pl.lit(name), units=pl.col("units") * share // 100)
        for name, share in PARTS.items()
    ]
    given = pl.concat(parts).group_by("technology", "month").agg(pl.col("units").sum().alias("given"))
    rest = (
        whole.join(given, on=["technology", "month"])
        .with_columns(municipality=pl.lit("nesbyen"), units=pl.col("units") - pl.col("given"))
        .select(whole.columns)
    )
    assert (rest["units"] < 0).sum() == 0
    return data.replace(welfare_tech=pl.concat([*parts, rest, *([whole] if keep_total else [])]))


def shown(data: Dataset, municipality: str, *, public: bool = True) -> list[dict[str, Any]]:
    context = context_of(data, public=public)
    parts = (sections.own_technology_section, sections.own_report)
    return flattened(part(context, municipality).structure() for part in parts)


def test_what_flaa_can_know_of_2025(dataset: Dataset) -> None:
    """Sums of the report's table, l. 374-379: 1 056 in May, 1 065 in December, -277 in June, +279 in December."""
    text = said(shown(dataset, "flaa")).replace("\xa0", " ")
    for sentence in (
        "Ingen tall er delt på kommune, så vår bruk er ikke kjent.",
        "For alle samlet skifter de seks tjenestene nivå samtidig i juni og desember, uten oppgitt årsak.",
        "Bare mai og desember kan sammenlignes: 1 056 og 1 065 enheter.",
        "Vi dekker 5,1 % av E-helse og velferdsteknologi.",
        "Hvor mange enheter har vi, og hva er vårt av −277 i juni og +279 i desember?",
        "Velferdsteknologi i Flå: enheter i bruk per tjeneste og måned, hva en enhet koster, og hvor lange hjemmebesøk den sparer.",
    ):  # fmt: skip
        assert sentence in text
    assert "Nesbyen" not in text


def test_the_exit_is_told_to_the_one_it_concerns(dataset: Dataset) -> None:
    assert "Nesbyen gikk ut, men er fortsatt med på e-helse (1. juli 2025)" in said(shown(dataset, "nesbyen")).replace(
        "\xa0", " "
    )


def test_own_counts_where_there_are_any(dataset: Dataset) -> None:
    """Of 561 alarms in May and 566 in December 30 per cent, rounded down: 168 and 169."""
    found = shown(split(dataset), "aal")
    text = said(found).replace("\xa0", " ")
    assert "168 i mai, 169 i desember" in text
    assert "Ingen tall er delt på kommune" not in text
    assert "hva en enhet koster i måneden" in text
    assert "Hva skjedde hos oss i juni og desember: " in text
    # 443 and 447 in June and November: 132 and 134.
    assert "trygghetsalarm −36, +35" in text


def test_a_break_of_others_is_none_here(dataset: Dataset) -> None:
    """Where the units of one municipality stand still, January and December are compared, break or no break."""
    data = split(dataset)
    rows = data.welfare_tech.with_columns(
        units=pl.when(pl.col("municipality") == "aal").then(30).otherwise(pl.col("units"))
    )
    text = said(shown(data.replace(welfare_tech=rows), "aal")).replace("\xa0", " ")
    assert "30 i januar, 30 i desember" in text
    assert "Spør koordinatoren" not in text


def test_no_small_count_of_another_can_be_worked_out(dataset: Dataset) -> None:
    """What all six briefs show, and the totals: of every technology and month with a small count two are missing."""
    data = split(dataset)
    rows = data.welfare_tech.filter(pl.col("month").dt.month().is_in([5, 12]))
    small = rows.filter(pl.col("units") < 5).select("technology").unique()["technology"].to_list()
    assert small
    names = context_of(data).language
    hidden: dict[str, list[str]] = {technology: [] for technology in small}
    for municipality in rows["municipality"].unique().sort():
        found = shown(data, municipality)
        (table,) = (b for b in found if b["block"] == "table")
        for row in table["rows"]:
            label = row["cells"][0][0]["text"]
            for technology in small:
                if names.name("technology", technology) == label and row["cells"][1][0]["text"] == "for få til å vises":
                    hidden[technology].append(municipality)
        if "for få" in said(found):
            assert "i sum" not in said(found)
    assert all(len(each) >= 2 for each in hidden.values())
    inside = json.dumps(shown(data, "hemsedal", public=False), ensure_ascii=False)
    assert "for få til å vises" not in inside


def test_a_total_beside_its_parts_is_counted_once(dataset: Dataset) -> None:
    both = split(dataset, keep_total=True)
    assert rows_of_all(both).height == dataset.welfare_tech.height
    assert units_of(both, "trygghetsalarm", 2025)["2025-06-01"].value == 443
    assert units_of(split(dataset), "trygghetsalarm", 2025)["2025-06-01"].value == 443


def test_a_small_count_is_not_given_away_by_a_sum(dataset: Dataset) -> None:
    few = dataset.welfare_tech.with_columns(
        units=pl.when(pl.col("technology") == "digitalt_tilsyn").then(pl.col("units") - 16).otherwise("units")
    )
    text = said(shown(dataset.replace(welfare_tech=few), "flaa")).replace("\xa0", " ")
    assert "Bare mai og desember kan sammenlignes. Vi dekker" in text
    assert "hva er vårt av endringen i juni og desember?" in text
    assert "−277" not in text


def test_nothing_counted_says_nothing(dataset: Dataset) -> None:
    none = dataset.replace(welfare_tech=dataset.welfare_tech.clear())
    assert "elferdsteknologi i Flå" not in said(shown(none, "flaa"))
    assert sections.own_technology_section(context_of(none), "flaa").structure()["items"] == []
