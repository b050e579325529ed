"""The sections of the HOF brief: their figures, on the real data and on what other data may lack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest

from hhanalytics.briefs import sections
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.numbering import resolved
from hhanalytics.briefs.pdf import render_pdf
from hhanalytics.briefs.scrutiny import scrutinise
from hhanalytics.briefs.structure import flattened, runs_in
from hhanalytics.dataset import Dataset, load
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.reconciliation import reconcile
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate

SECTIONS = (
    "title", "page_one", "programmes", "waiting", "municipalities", "outlook", "welfare_tech", "welfare_tech_gain", "goals",
    "agreement", "first_figures", "sources",
)  # fmt: skip
#: Tables that a collaboration may have nothing in.
OPTIONAL = (
    "grants", "activities", "prices", "price_index", "equivalents", "decisions", "welfare_tech", "events", "goals", "networks",
    "readings", "positions", "position_hooks", "control_totals", "budgets",
)  # fmt: skip


def context_of(data: Dataset, *, charges: str = "corrected", public: bool = True) -> Context:
    used = corrected(data, reconcile(data)) if charges == "corrected" else data
    return Context(data, used, 2025, Language("nb", used.tables, Gate(public=public)))


def brief_of(context: Context) -> list[dict[str, Any]]:
    return flattened(getattr(sections, name)(context).structure() for name in SECTIONS)


@pytest.fixture(scope="module")
def real() -> Dataset:
    return load("data/raw")


@pytest.fixture(scope="module")
def brief(real: Dataset) -> list[dict[str, Any]]:
    return brief_of(context_of(real))


def said(node: Any) -> str:
    """All text of structures, non-breaking spaces as spaces."""
    return "".join(pieces(node)).replace("\u00a0", " ")


def pieces(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("text", "title", "alt", "label") and isinstance(value, str):
                yield value
            elif name not in ("citations", "labels"):
                yield from pieces(value)
        if "block" in node or "cells" in node:
            yield "\n"
    elif isinstance(node, list | tuple):
        for value in node:
            yield from pieces(value)


@pytest.mark.parametrize(
    "sentence",
    [
        # The report's figures (lines 44, 60-61, 82-142, 647, 744) and what follows from them by hand:
        # 763 798 / 440, 557 696 / 609, 3 041 699 x 3 266 / 21 318, 21 318 / 18 052 - 1, 5 637 805 / 18 052.
        "Mobilt ferdighetsteam koster høyst 1 736 kr per deltaker.",
        "(minst 440 deltakere, 763 798 kr)",
        "Klinisk ernæringsfysiolog koster høyst 916 kr per deltaker",
        "(609 deltakere, 512 647–557 696 kr)",
        "måtte de fem andre dekke 466 000 kr mer resten av året: 18,1 % høyere andel for hver",
        "−277 i juni og +279 i desember",
        "Regnskapet går opp på kronen når én post rettes: 6 107 497 kr.",
        "budsjett minus regnskap er 372 503 kr, oppgitt er 300 000 kr",
        "98 049 kr er belastet, fordelingsnøkkelen gir 83 027 kr",
        "Nøkkelen fra 1. juli 2025, da Ål, Flå, Gol, Hemsedal og Hol delte, gir 98 048 kr.",
        "151 186 kr er belastet, men stillingen sto ledig fra 1. april 2025.",
        # All ten budgets, lines 89-144, by SSB's population of 2024; worked out in tests/decisions/test_layers.py.
        "Tallene er satt sammen av tre beløp, og stemmer på kronen: samlet budsjett, fordelt etter folketallet 1. januar 2024; "
        "1 274 000 kr fordelt etter folketallet 1. januar 2024 mellom Ål, Flå, Gol og Hol; "
        "682 000 kr fordelt likt mellom Ål, Flå, Hemsedal og Hol.",
        "Per innbygger i de fem kommunene312 kr",
        "82 145 kr",
        "Ta stilling til sju saker",
        "Mobilt ferdighetsteam som trykt: 778 820 kr, høyst 1 770 kr per deltaker. Etter fordelingsnøkkelen: 763 798 kr, høyst 1 736 kr",
        "En hel stilling koster 854 412–929 494 kr i året",
        "Til kontroll gir en annen post 954 748 kr",
        "31 mål for 2025: 15 nådd, 13 delvis nådd, 2 ikke dokumentert og 1 utsatt. Ingen av de 31 målene har indikator og måltall.",
        "Forskning: 13 000 070 kr fra Norges forskningsråd til 31. desember 2028, med revisjonsplikt.",
    ],
)  # fmt: skip
def test_brief_says(brief: list[dict[str, Any]], sentence: str) -> None:
    assert sentence in said(brief)


def test_budgets_that_cannot_be_taken_apart_are_asked_about(real: Dataset) -> None:
    """One printed number that fits nothing: the question is what the budgets cover, and no layers are told."""
    odd = real.replace(budgets=real.budgets.with_columns(pl.col("amount_nok") + pl.int_range(pl.len()) ** 2 * 777))
    text = said(brief_of(context_of(odd)))
    assert "Hva dekker kommunenes budsjettall som ikke er med i samlet budsjett?" in text
    assert "satt sammen av" not in text
    # Without the stated budget and one of the two, two readings fit, and the section says so.
    one = real.replace(
        budgets=real.budgets.filter(budget="med_nesbyen"),
        control_totals=real.control_totals.filter(pl.col("kind") != "budget"),
    )
    assert "kan settes sammen av tre beløp på to måter" in said(brief_of(context_of(one)))


def test_printed_charges_are_said_to_be_printed(real: Dataset) -> None:
    text = said(brief_of(context_of(real, charges="printed")))
    assert "slik de er trykt (én post avviker fra fordelingsnøkkelen)" in text
    assert "Mobilt ferdighetsteam koster høyst 1 770 kr per deltaker." in text
    assert "oppgitt regnskap er 6 107 497 kr" in text


def test_table_of_programmes_sums_to_all_charges(brief: list[dict[str, Any]]) -> None:
    """Lowest costs with the highest remainder, and the other way round, are what was charged in all."""
    table = next(b["table"] for b in brief if b["block"] == "chart" and b["chart"]["id"] == "costs")
    rows = [row for row in table["rows"] if row["style"] != "group"]
    costs = [[run["value"] for run in row["cells"][1] if run["run"] == "figure"] for row in rows]
    known = [values for values in costs if values and values[0] is not None]
    *programmes, rest, (total,) = known
    assert total == 6_615_423
    assert sum(values[0] for values in programmes) + rest[-1] == total
    assert sum(values[-1] for values in programmes) + rest[0] == total


def test_every_printed_figure_leads_to_its_rows(brief: list[dict[str, Any]]) -> None:
    figures = [run for run in runs_in(brief) if run["run"] == "figure" and run["value"] is not None]
    assert len(figures) > 200
    assert [run["text"] for run in figures if not run["citations"]] == []
    entries = next(block["entries"] for block in resolved(brief) if block["block"] == "sources")
    assert all((entry["lines"] or entry["places"]) and entry["topic"] for entry in entries)
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))


@pytest.mark.parametrize("table", OPTIONAL)
def test_brief_can_do_without(real: Dataset, table: str) -> None:
    """Whatever a collaboration has nothing of, its brief is made and says nothing of it."""
    without = real.replace(**{table: real.tables[table].clear()})
    if table == "activities":
        # What refers to an activity goes with it.
        without = without.replace(equivalents=real.equivalents.clear(), evaluations=real.evaluations.clear())
    blocks = brief_of(context_of(without))
    assert render_pdf(blocks, date(2026, 3, 20)).startswith(b"%PDF")
    assert "None" not in said(blocks)


@pytest.mark.parametrize("charges", ["printed", "corrected"])
def test_no_small_count_of_persons_in_public(real: Dataset, charges: str) -> None:
    """A count under five is nowhere, nor is what it could be worked out from."""
    few = real.activities.with_columns(
        pl.when(pl.col("activity") == "kef_participants").then(3).otherwise("quantity").cast(pl.Int64).alias("quantity")
    )
    units = real.welfare_tech.with_columns(
        pl.when(pl.col("technology") == "digitalt_tilsyn").then(pl.col("units") - 16).otherwise("units").alias("units")
    )
    small = real.replace(activities=few, welfare_tech=units)
    shown = json.dumps(brief_of(context_of(small, charges=charges)), ensure_ascii=False)
    quotients = {f"{cost / 3:,.0f}".replace(",", "\u00a0") for cost in (512647, 557696)}
    inside = json.dumps(brief_of(context_of(small, charges=charges, public=False)), ensure_ascii=False)
    for text in ("3\u00a0deltakere", *quotients):
        assert text in inside
        assert text not in shown
    panel = next(b for b in brief_of(context_of(small)) if b["block"] == "chart" and b["chart"]["id"] == "welfare_tech")
    (few_units,) = (p for p in panel["chart"]["data"]["panels"] if p["label"] == "Digitalt tilsyn")
    values = [p["value"] for p in few_units["points"]]
    assert None in values
    assert min(value for value in values if value is not None) >= 5


def test_texts_of_the_data_name_no_small_group(brief: list[dict[str, Any]]) -> None:
    """Texts that come from the data pass no gate, so they may not count persons."""
    small = r"\b(?:en|én|to|tre|fire|[1-4]) (?:\w+e )?(?:bruker|person|deltaker|pasient|ansatt|innbygger)"
    general = "én person kan telle flere ganger"
    assert re.findall(small, said(brief).replace(general, "")) == []


def test_a_year_charged_as_a_whole_is_a_heading_with_a_trace(real: Dataset) -> None:
    """Synthetic: the charges of the second half as if they were for the whole year."""
    half = real.costs.filter(pl.col("period_start") == date(2025, 7, 1))
    whole = real.replace(costs=half.with_columns(period_start=pl.lit(date(2025, 1, 1))))
    blocks = flattened([sections.municipalities(context_of(whole, charges="printed")).structure()])
    (table,) = [block for block in blocks if block["block"] == "table"]
    (year,) = [run for run in table["columns"][1]["said"] if run["run"] == "date"]
    assert (year["text"], year["start"], year["end"]) == ("2025", "2025-01-01", "2025-12-31")
    scrutinise((block["block"], block) for block in blocks)
