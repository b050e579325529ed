"""The section on welfare technology: its words on the real data, and on data that go otherwise."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hhanalytics.briefs import sections
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.html import fragment
from hhanalytics.briefs.pdf import render_pdf
from hhanalytics.briefs.structure import flattened, runs_in
from hhanalytics.dataset import Dataset
from hhanalytics.present.charts import from_structure
from hhanalytics.present.charts_paper import POINTS, draw
from tests.briefs.test_sections import context_of, said


def blocks(data: Dataset, **options: Any) -> list[dict[str, Any]]:
    context: Context = context_of(data, charges="printed", **options)
    parts = (sections.welfare_tech, sections.welfare_tech_gain)
    return flattened(part(context).structure() for part in parts)


def chart_of(found: list[dict[str, Any]]) -> dict[str, Any]:
    (chart,) = (b for b in found if b["block"] == "chart")
    return chart


def jump_of(data: Dataset, month: int, by: int = 40) -> Dataset:
    """The units without the breaks of 2025, and with one from a month on."""
    rows = data.welfare_tech.with_columns(pl.col("units").first().over("technology") + pl.col("month").dt.month() % 2)
    return data.replace(
        welfare_tech=rows.with_columns(
            units=pl.col("units") + by * (pl.col("month").dt.month() >= month).cast(pl.Int64)
        )
    )


@pytest.mark.parametrize(
    "sentence",
    [
        # Report, l. 374-379, and differences by hand.
        "Hva skjedde i juni og desember, i sum −277, +279; trygghetsalarm −118, +119; røykvarsler −122, +139; medisineringsstøtte −9, +10;",
        "sporingsteknologi −21, +3; dørlås/døralarm −3, +5; digitalt tilsyn −4, +3?",
        "når ble leverandøren byttet",
        # l. 18-19, 302-303: neither explains.
        "Nesbyen gikk ut, men er fortsatt med på e-helse (1. juli 2025): en annen måned enn bruddene.",
        "fra Hepro AS til Atea (datoen er ikke oppgitt).",
        # The national table counts recipients, 2017 to 2020, and has no smoke detectors nor door locks.
        "Nasjonale tall kan ikke settes ved siden av våre: de teller personer, våre tall enheter;",
        "de siste er fra 2020; folketallet for hele landet er ikke hentet inn; for to av tjenestene finnes de ikke.",
        "Gevinsten er ikke kjent for noen av de seks tjenestene:",
        # 275, 310 and 37 kr at 53 270 x 12 / 1700 = 376 kr an hour; then what stands in the row itself.
        "Trygghetsalarm til 275–310 kr i måneden må frigjøre 44–49 minutter arbeid per enhet i måneden for å gå i null; røykvarsler til 37 kr: 6 minutter (timelønn 376 kr uten sosiale kostnader).",
        "Oslo (2022), brukt i stedet for hva en enhet koster kommunen, som ikke er oppgitt. Hvor lenge et hjemmebesøk varer, er ikke oppgitt.",
        "Fellesarbeidet med ny leverandør tok om lag 600 timer. Hver for seg ville de seks kommunene brukt 540–3 960 timer",
        "Det er antatt, ikke målt.",
        # 566 and 20 units among 1 359 or 1 127 persons.
        "Per 1 000 innbyggere på 80 år og over, desember: digitalt tilsyn 15–18, ",
        "trygghetsalarm 416–502. Et spenn, fordi kilden ikke sier hvilke kommuner som er talt.",
        "Kontrollgrenser er ikke regnet ut: for få måneder.",
        "tallene er ikke delt på kommune",
    ],
)  # fmt: skip
def test_section_says(dataset: Dataset, sentence: str) -> None:
    assert sentence in said(blocks(dataset))


def test_each_panel_says_what_can_be_compared(dataset: Dataset) -> None:
    panels = {p["label"]: p["sentence"] for p in chart_of(blocks(dataset))["chart"]["data"]["panels"]}
    assert panels["Medisineringsstøtte"] == "68 i mai, 74 i desember; juni–november kan ikke sammenlignes"
    assert len(panels) == 6
    assert all(s.endswith("i desember; juni–november kan ikke sammenlignes") for s in panels.values())


def test_breaks_are_marked_and_named(dataset: Dataset) -> None:
    data = chart_of(blocks(dataset))["chart"]["data"]
    assert data["breaks"] == [
        {"from": "2025-05-01", "to": "2025-06-01", "label": "jun: uforklart"},
        {"from": "2025-11-01", "to": "2025-12-01", "label": "des: uforklart"},
    ]


def test_names_of_breaks_do_not_meet(dataset: Dataset) -> None:
    """On paper, no text of a panel lies on another."""
    figure = draw(from_structure(chart_of(blocks(dataset))["chart"]))
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in axes.texts if t.get_text()]
        met = [(a, b) for i, (a, one) in enumerate(boxes) for b, other in boxes[i + 1 :] if one.overlaps(other)]
        assert met == []


def test_table_behind_the_chart_holds_its_points(dataset: Dataset) -> None:
    """Six technologies, twelve months, as in the report; and the drawing has the same numbers."""
    chart = chart_of(blocks(dataset))
    cells = [[run["value"] for cell in row["cells"][1:] for run in cell] for row in chart["table"]["rows"]]
    assert sum(map(sum, cells)) == dataset.welfare_tech["units"].sum()
    assert [[p["value"] for p in panel["points"]] for panel in chart["chart"]["data"]["panels"]] == cells
    drawn = [line for axes in draw(from_structure(chart["chart"])).axes for line in axes.lines if line.get_label() == POINTS]  # fmt: skip
    assert sum(len(line.get_ydata()) for line in drawn) == 72


def test_every_figure_has_its_source_and_grade(dataset: Dataset) -> None:
    found = blocks(dataset)
    figures = [run for run in runs_in(found) if run["run"] == "figure" and run["value"] is not None]
    assert len(figures) > 100
    assert [run["text"] for run in figures if not run["citations"]] == []
    assumed = [run["text"] for run in figures if run["grade"] == "assumed"]
    assert {"275", "3\u00a0960\u00a0timer"} <= set(assumed)


def test_fills_at_most_a_page(dataset: Dataset) -> None:
    context = context_of(dataset)
    parts = (sections.title, sections.welfare_tech, sections.welfare_tech_gain)
    found = flattened(part(context).structure() for part in parts)
    pdf = render_pdf(found, date(2026, 3, 20))
    # With the title, which takes room of its own.
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert "<figure" in fragment(found)


def test_control_limits_are_not_missed_where_there_are_enough_months(dataset: Dataset) -> None:
    calm = jump_of(dataset, month=13)
    text = said(blocks(calm))
    assert "Kontrollgrenser er ikke regnet ut" not in text
    assert "Spørsmål til koordinatoren" not in text
    assert "Enheter i bruk i 2025" in text
    panels = chart_of(blocks(calm))["chart"]["data"]
    assert panels["breaks"] == []
    assert panels["panels"][0]["sentence"] == "551 i januar, 550 i desember"


def test_one_break_is_not_compared_across(dataset: Dataset) -> None:
    panels = chart_of(blocks(jump_of(dataset, month=8)))["chart"]["data"]["panels"]
    assert panels[0]["sentence"] == "551 i juli, 590 i august: kan ikke sammenlignes"


def test_an_explained_break_is_marked_but_not_asked_about(dataset: Dataset) -> None:
    events = dataset.events.with_columns(
        date=pl.when(pl.col("event") == "supplier_change").then(date(2025, 8, 1)).otherwise("date"),
        precision=pl.when(pl.col("event") == "supplier_change").then(pl.lit("month")).otherwise("precision"),
    )
    found = blocks(jump_of(dataset, month=8).replace(events=events))
    assert [b["label"] for b in chart_of(found)["chart"]["data"]["breaks"]] == ["aug: forklart"]
    text = said(found)
    assert "fra Hepro AS til Atea (august 2025) kan forklare endringen samme måned." in text
    assert "Spørsmål til koordinatoren" not in text
    assert "viser ikke om bruken" not in text


def test_small_counts_cannot_be_worked_out(dataset: Dataset) -> None:
    """Of a technology with fewer than five units no step is told, nor a sum from which it would follow."""
    few = dataset.welfare_tech.with_columns(
        units=pl.when(pl.col("technology") == "digitalt_tilsyn").then(pl.col("units") - 16).otherwise("units")
    )
    data = dataset.replace(welfare_tech=few)
    text = said(blocks(data))
    assert "digitalt tilsyn −4, for få til å vises?" in text
    assert "i sum" not in text
    assert "i sum −277" in said(blocks(data, public=False))
    assert "digitalt tilsyn 3" not in text
    shown = json.dumps(blocks(data), ensure_ascii=False)
    (panel,) = (p for p in chart_of(blocks(data))["chart"]["data"]["panels"] if p["label"] == "Digitalt tilsyn")
    assert panel["sentence"].startswith("9 i mai, under 5 i desember")
    assert '"value": 4,' not in shown


def test_break_even_in_visits_where_their_length_is_known(dataset: Dataset) -> None:
    """Synthetic: 188 kr here at 376 kr an hour is 30 minutes; visits of 10 to 15 minutes: two to three."""
    hour = 53_270 * 12 / 1700
    base = {"technology": "trygghetsalarm", "scope": "local", "locator": "made up", "grade": "documented", "note": None}
    base["source"] = dataset.sources["source"][0]
    rows = [
        {**base, "effect": "unit_cost", "unit": "nok", "low": hour / 2, "high": hour / 2},
        {**base, "effect": "home_visit", "unit": "minutes", "low": 10.0, "high": 15.0},
    ]
    effects = dataset.technology_effects
    made = pl.concat([effects, pl.DataFrame(rows, schema=effects.schema)])
    text = said(blocks(dataset.replace(technology_effects=made))).replace("\xa0", " ")
    assert "må frigjøre 30 minutter arbeid per enhet i måneden for å gå i null: 2–3 hjemmebesøk" in text
    assert "brukeren betaler i måneden i Målselv (2019) og Oslo" not in text
    assert "Hvor lenge et hjemmebesøk varer, er ikke oppgitt." in text  # of the smoke detector


def test_nothing_counted_gives_no_section(dataset: Dataset) -> None:
    assert blocks(dataset.replace(welfare_tech=dataset.welfare_tech.clear())) == []
