"""The sections on proposals, ranking, figures to get, networks and follow-up: their figures, and what they withhold."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import polars as pl
import pytest

from hhanalytics.briefs import sections
from hhanalytics.briefs.blocks import Block
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.html import fragment
from hhanalytics.briefs.pdf import render_pdf
from hhanalytics.briefs.structure import flattened, runs_in
from hhanalytics.dataset import Dataset, load
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.reconciliation import reconcile
from hhanalytics.present.catalogue import texts
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate
from tests.briefs.test_sections import OPTIONAL, said

NEW = ("decision_table", "ranking", "first_figures", "networks", "followups")
#: Words of the trade that no reader should meet.
JARGON = (
    "EVPI",
    "EVPPI",
    "SMAA",
    "Monte Carlo",
    "posterior",
    "simuler",
    "forventningsverdi",
    "stokast",
    "distribusjon",
)


def context_of(data: Dataset, year: int = 2025, *, public: bool = True) -> Context:
    used = corrected(data, reconcile(data))
    return Context(data, used, year, Language("nb", used.tables, Gate(public=public)))


def blocks_of(context: Context, *names: str) -> list[dict[str, Any]]:
    return flattened(getattr(sections, name)(context).structure() for name in names or NEW)


@pytest.fixture(scope="module")
def real() -> Context:
    return context_of(load("data/raw"))


@pytest.fixture(scope="module")
def priced() -> Context:
    """The real data in a year when HOF has confirmed a price for clinical skills and all is counted (made up)."""
    data = load("data/raw")
    price = dict.fromkeys(data.prices.columns) | {
        "quote": "made_up", "service": "clinical_skills_course", "unit": "participants", "amount_nok": 2_400,
        "amount_low_nok": 1_500, "amount_high_nok": 4_000, "vat": "included", "travel": "included",
        "source": "external_prices", "locator": "made up", "grade": "documented",
    }  # fmt: skip
    others = pl.when(pl.col("programme") == "mft").then(None).otherwise("other_work").alias("other_work")
    pairs = data.equivalents.filter((pl.col("programme") == "mft") & (pl.col("kind") == "teaching"))
    return context_of(
        data.replace(
            prices=pl.concat([data.prices, pl.DataFrame([price], data.prices.schema)]),
            programmes=data.programmes.with_columns(others),
            equivalents=pairs.with_columns(confirmed_on=pl.lit(date(2026, 1, 1))),
        )
    )


@pytest.mark.parametrize(
    "words",
    [
        "Kostnad og deltakere er kjent, men stillingen gjør også arbeid som ingen har talt",
        "763 798 ", "høyst 1 736 ", "trolig 1 420–1 700 ", "512 647–557 696 ", "høyst 842–916 ", "mål først ",
        "Lønner seg hvis kjøp ute koster over 1 736 kr per deltaker.",
        "Månedlige webinarer i Hallinghelse", "avvikle eller redusere ",
        "Plikten er lovfestet, måten er det ikke.", "«Minst» er da regnet som inntil 25 %",
        "vises ikke: det krever at HOF har bekreftet", "6 615 423 ",
        "Ingen rekkefølge er sikker: Klinisk ernæringsfysiolog",
        # Three positions, one to two hours each; five programmes, 8 to 40 hours; 854 412 and 929 494 over 1700.
        "3–6 ", "40–200 ", "En time arbeid koster 503–547 kr",
        "vet ingen om nettverket er en tidstyv", "daglig leder", "1. september 2026",
    ],
)  # fmt: skip
def test_sections_say(real: Context, words: str) -> None:
    assert words in re.sub(r"\s", " ", said(blocks_of(real)))


def test_no_chance_is_shown_while_nothing_is_confirmed(real: Context) -> None:
    (table,) = (b for b in blocks_of(real, "decision_table") if b["block"] == "table")
    assert "Lønner seg" not in [column["label"] for column in table["columns"]]
    rows = [row for row in table["rows"] if row["style"] == "body"]
    # Fourteen programmes, the webinars, and what belongs to none.
    assert len(rows) == 16
    assert sum("mål først" in said(row) for row in rows) == 14


def test_a_chance_is_shown_where_it_may_be(priced: Context) -> None:
    (table,) = (b for b in blocks_of(priced, "decision_table") if b["block"] == "table")
    assert "Lønner seg" in [column["label"] for column in table["columns"]]
    (row,) = (row for row in table["rows"] if said(row["cells"][0]).strip() == "Mobilt ferdighetsteam")
    chances = [run for cell in row["cells"] for run in cell if run["run"] == "figure" and run["unit"] == "chance"]
    assert len(chances) == 1
    # At least 440 at PERT(1 500, 2 400, 4 000) against 763 798: nearly always.
    assert chances[0]["value"] > 90
    assert "videreføre" in said(row)
    assert "Lønner seg så lenge kurs i kliniske ferdigheter koster over 1 736 kr (i dag 2 400 kr)" in said(row)
    told = said(blocks_of(priced, "first_figures"))
    # Nearly sure as it is: a better price is worth less than the hours of getting it.
    assert "For ett tiltak med kjent gevinst er det ikke noe enkelt tall som er verdt arbeidet med å hente det." in told


def test_every_new_figure_leads_to_its_rows(real: Context, priced: Context) -> None:
    for context in (real, priced):
        figures = [run for run in runs_in(blocks_of(context)) if run["run"] == "figure" and run["value"] is not None]
        assert len(figures) > 40
        assert [run["text"] for run in figures if not run["citations"]] == []


@pytest.mark.parametrize("name", NEW)
def test_sections_render_on_screen_and_paper(real: Context, name: str) -> None:
    blocks = blocks_of(real, "title", name, "sources")
    assert render_pdf(blocks, date(2026, 3, 20)).startswith(b"%PDF")
    block: Block = getattr(sections, name)(real)
    page = fragment([block.structure()])
    assert "<table" in page or "<figure" in page


@pytest.mark.parametrize("table", [*OPTIONAL, "evaluations", "collecting", "benefit_scores"])
def test_sections_can_do_without(table: str) -> None:
    data = load("data/raw")
    without = data.replace(**{table: data.tables[table].clear()})
    if table == "activities":
        none = {name: data.tables[name].clear() for name in ("equivalents", "evaluations", "readings")}
        without = without.replace(**none)
    blocks = blocks_of(context_of(without), "title", *NEW, "sources")
    assert render_pdf(blocks, date(2026, 3, 20)).startswith(b"%PDF")
    assert "None" not in said(blocks)


def test_no_small_count_can_be_worked_out() -> None:
    """Three participants: neither they nor what a participant costs is shown, in a text, a chart or an interval."""
    data = load("data/raw")
    few = data.activities.with_columns(
        pl.when(pl.col("activity") == "kef_participants").then(3).otherwise("quantity").cast(pl.Int64).alias("quantity")
    )
    small = data.replace(activities=few)
    quotients = [f"{cost / 3:,.0f}".replace(",", "\u00a0") for cost in (512_647, 557_696)]
    inside = json.dumps(blocks_of(context_of(small, public=False)), ensure_ascii=False)
    shown = json.dumps(blocks_of(context_of(small)), ensure_ascii=False)
    assert all(text in inside for text in quotients)
    assert not [text for text in quotients if text in shown]
    public = context_of(small)
    (kef,) = (each for each in public.assessments if each.subject == "kef")
    assert kef.likely.high.value is None
    assert sections.tornado(public, "kef").structure()["items"] == []
    assert sections.tornado(context_of(small, public=False), "kef").structure()["block"] == "chart"


def test_tornado_chart_holds_what_is_drawn(real: Context, priced: Context) -> None:
    chart = sections.tornado(priced, "mft").structure()
    assert chart["block"] == "chart"
    widths = [row["high"] - row["low"] for row in chart["chart"]["data"]["rows"]]
    assert widths == sorted(widths, reverse=True)
    assert "Prisen på kurs i kliniske ferdigheter betyr mest for gevinsten i Mobilt ferdighetsteam" in said(chart)
    assert "kostnaden per deltaker" in said(sections.tornado(real, "mft").structure())
    assert sections.tornado(real, "bti").structure()["items"] == []


def test_words_are_the_readers(real: Context, priced: Context) -> None:
    for context in (real, priced):
        told = said(blocks_of(context)).casefold()
        assert not [word for word in JARGON if word.casefold() in told]
    assert not [id for id, text in texts("nb").items() for word in JARGON if word.casefold() in text.casefold()]


def test_composed_words_exist() -> None:
    """Texts whose ids are put together from what the models may give."""
    from hhanalytics.decisions.collecting import LIKE
    from hhanalytics.decisions.followup import INDICATORS
    from hhanalytics.decisions.priorities import CRITERIA

    words = texts("nb")
    wanted = [f"finding.get_{kind}" for kind in LIKE] + [f"input.{kind}" for kind in LIKE]
    wanted += [f"finding.flip_{kind}_above" for kind in ("price", "count", "units")]
    wanted += [f"finding.flip_{kind}_below" for kind in ("position", "cost")]
    reasons = ("position_not_stated", "vacant", "position_cost_unknown", "no_cost_on_file")
    wanted += [f"finding.flip_cost_{reason}" for reason in reasons]
    wanted += [f"measure.{name}" for name in INDICATORS] + [f"criterion.{name}" for name in CRITERIA]
    assert [id for id in wanted if id not in words] == []
