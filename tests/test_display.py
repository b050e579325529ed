"""What JupyterLab shows: tables, findings and charts, with what is not known said and nothing that is run."""

from __future__ import annotations

import inspect
import re
import sys
from datetime import date
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.decisions.finding import Finding
from hhanalytics.display.tables import MOST_ROWS, unit_of
from hhanalytics.errors import BadInput
from hhanalytics.evidence import Figure
from hhanalytics.measures.catalogue import MEASURES
from hhanalytics.present.catalogue import texts


def rows(html: str) -> list[list[str]]:
    """The cells of a table, row by row, as a reader sees them."""
    found: list[list[str]] = []

    class Reader(HTMLParser):
        inside = False

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag == "tr":
                found.append([])
            elif tag in ("td", "th"):
                self.inside = True
                found[-1].append("")
            elif tag == "br" and self.inside:
                found[-1][-1] += " | "

        def handle_endtag(self, tag: str) -> None:
            self.inside = self.inside and tag not in ("td", "th")

        def handle_data(self, data: str) -> None:
            if self.inside:
                found[-1][-1] += data

    Reader().feed(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return [[" ".join(cell.replace("\u202f", "·").split()) for cell in row] for row in found]


SHOWN = pl.DataFrame(
    {
        "programme": ["mft", "kef", "<script>alert(1)</script>"],
        "year": [2025, 2025, 2024],
        "cost_low_nok": [778820, 512647, None],
        "high_nok": [1770.045, 915.757, -20.4],
        "confirmed": [True, False, None],
        "part_of": [None, "x", None],
        "month": [date(2025, 6, 1), None, date(2025, 12, 1)],
        "grade": ["documented", "derived", "missing"],
    }
)


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_a_table_to_read(dataset: hh.Dataset, kind: str) -> None:
    """Units in headings, thousands apart, a minus that is one, and what is not known never empty or nought."""
    frame = SHOWN if kind == "polars" else SHOWN.to_pandas(types_mapper=None)
    head, *body = rows(hh.show_table(frame, data=dataset).as_raw_html())
    assert head[:4] == ["programme", "year", "cost_low_nok | kr", "high_nok | kr"]
    assert body == [
        ["Mobilt ferdighetsteam", "2025", "778·820", "1·770", "ja", "–", "juni 2025", "A dokumentert"],
        ["Klinisk ernæringsfysiolog", "2025", "512·647", "916", "nei", "x", "ikke oppgitt", "B beregnet"],
        ["<script>alert(1)</script>", "2024", "ikke oppgitt", "−20", "ikke oppgitt", "–", "desember 2025", "D mangler"],
    ]


def test_a_table_is_the_same_each_time_and_runs_nothing(dataset: hh.Dataset) -> None:
    first, second = (hh.show_table(SHOWN, title="<i>T", data=dataset).as_raw_html() for _ in range(2))
    assert first == second
    assert "<script" not in first
    assert "&lt;i&gt;T" in first
    assert first != hh.show_table(SHOWN, title="other", data=dataset).as_raw_html()


def test_every_measure_can_be_shown(dataset: hh.Dataset) -> None:
    for measure in MEASURES:
        frame = hh.compute(dataset, measure).head(MOST_ROWS)
        head, *body = rows(hh.show_table(frame, data=dataset).as_raw_html())
        assert len(body) == frame.height
        for column, shown in zip(frame.columns, head, strict=True):
            assert shown.startswith(column)
            assert not column.endswith("_nok") or shown.endswith("| kr")


def test_what_cannot_be_shown_is_said() -> None:
    with pytest.raises(BadInput, match="at most 200"):
        hh.show_table(pl.DataFrame({"x": range(201)}))
    with pytest.raises(BadInput, match="collect"):
        hh.show_table(SHOWN.lazy())
    with pytest.raises(BadInput, match="lacks the columns cost"):
        hh.show_chart(SHOWN, "programme", "cost", title="T")


def test_without_great_tables_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "great_tables", None)
    with pytest.raises(BadInput, match="pip install great-tables") as error:
        hh.show_table(SHOWN)
    assert error.value.id == "not_installed"


def test_findings_in_words(dataset: hh.Dataset) -> None:
    """As the report has it: 98 049 kr charged on line 104, 83 027 by the key."""
    findings = hh.reconcile(dataset)
    said = hh.show_findings(findings, dataset)
    first = said.items[0]
    assert "98 049" in first.sentence.replace("\xa0", " ")
    assert "83 027" in first.sentence.replace("\xa0", " ")
    assert "l. 104" in first.places
    assert len(said.items) == len(findings)
    html = said._repr_html_()
    assert html.count("<li>") == sum(1 + len(finding.details) for finding in findings)
    assert first.question in html
    assert repr(said).startswith(f"- {first.sentence} (B)")
    assert hh.show_findings(findings[0], dataset).items == (first,)


def test_small_counts_are_held_back_in_findings(dataset: hh.Dataset) -> None:
    few = Figure(3, "units", "documented", counts_persons=True)
    many = Figure(300, "units", "documented", counts_persons=True)
    broken = Finding("series_unchanged", "trygghetsalarm", {"units": few}, "clarify")
    template = texts("nb")["finding.series_unchanged"]
    names = set(re.findall(r"\{(\w+)", template))
    shown = dict.fromkeys(names, few) | {}
    made = Finding(broken.kind, broken.subject, shown, "clarify")
    public = hh.show_findings(made, dataset).items[0].sentence
    internal = hh.show_findings(made, dataset, public=False).items[0].sentence
    assert "3" not in public
    assert "3" in internal
    assert (
        "300"
        in hh.show_findings(Finding(made.kind, "x", dict.fromkeys(names, many), "clarify"), dataset).items[0].sentence
    )


def test_a_finding_by_itself_shows_its_figures(dataset: hh.Dataset) -> None:
    findings = hh.reconcile(dataset)
    html = findings[0]._repr_html_()
    head, *body = rows(html)
    assert head == ["figure", "value", "unit", "grade", "bound", "where"]
    charged = next(row for row in body if row[0] == "charged")
    assert charged[1:5] == ["98·049", "nok", "A", "exact"]
    assert "l. 104" in charged[5]
    assert isinstance(findings, list)
    assert findings._repr_html_().count("<b>") == sum(1 + len(finding.details) for finding in findings)
    shown = Finding("k<i>", "s", {"f": Figure(None, "nok", "missing")}, "inform")._repr_html_()
    assert "<td>–</td>" in shown
    assert "k&lt;i&gt;" in shown


def test_a_chart_holds_what_is_known(dataset: hh.Dataset) -> None:
    costs = hh.compute(dataset, "programme_costs", year=2025).filter(
        pl.col("programme").is_in(["mft", "kef", "ledelse"])
    )
    drawn = hh.show_chart(costs, "programme", "cost_high_nok", "cost_low_nok", title="Kostnad", data=dataset)
    assert {(point.row, point.mark, point.value) for point in drawn.chart.points()} == {
        ("Mobilt ferdighetsteam", "point", 778820),
        ("Klinisk ernæringsfysiolog", "low", 512647),
        ("Klinisk ernæringsfysiolog", "high", 557696),
    }
    assert "Ledelse: ikke oppgitt" in drawn.chart.alt
    html = drawn._repr_html_()
    assert 'alt="Kostnad. ' in html
    assert "<script" not in html


def test_units_come_from_the_declarations() -> None:
    assert unit_of("amount_nok") == unit_of("change_nok") == unit_of("made_up_nok") == "nok"
    assert unit_of("inhabitants") == "persons"
    assert unit_of("count") == unit_of("quantity") == unit_of("programme") == ""


def test_everything_public_is_offered_and_explained() -> None:
    """What Tab offers is what is public; each function says what goes in, what comes out, and shows an example."""
    assert set(dir(hh)) == set(hh.__all__)
    assert {"example", "show_table", "show_findings", "show_chart"} <= set(hh.__all__)
    for name in hh.__all__:
        public = getattr(hh, name)
        if inspect.isfunction(public):
            said = inspect.getdoc(public) or ""
            assert "Example:\n    >>> " in said, name
            assert "Returns:\n" in said, name
            assert not inspect.signature(public).parameters or "Args:\n" in said, name
        elif name != "__version__":
            assert len(inspect.getdoc(public) or "") > 40, name
    assert {"costs", "activities", "years"} <= set(dir(hh.example()))
