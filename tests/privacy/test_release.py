"""No brief gives away a small count: not alone, not with its sums, not with what was released before."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from hhanalytics.briefs import release
from hhanalytics.briefs.context import context_of
from hhanalytics.briefs.run import render
from hhanalytics.briefs.structure import runs_in, structures_of
from hhanalytics.cli import main
from hhanalytics.dataset import Dataset, load
from hhanalytics.decisions.programmes import programmes_of
from hhanalytics.decisions.series import welfare_tech_breaks
from hhanalytics.errors import BadInput, BriefFailed
from hhanalytics.evidence import Figure
from hhanalytics.present.catalogue import texts
from hhanalytics.privacy.gate import Gate
from hhanalytics.privacy.plan import Plan
from hhanalytics.privacy.planning import counted, plan_of
from hhanalytics.privacy.releases import LEDGER, Said, given_away, read_ledger, write_ledger
from hhanalytics.tables import PERSON_UNITS
from tests.briefs.synthetic_notebooks import TITLE, Write

REPORT = "hallinghelse_annual_report_2025"
#: Synthetic: two technologies planted small in May, one in June.
PLANTED = {("digitalt_tilsyn", "2025-05-01"): 3, ("digitalt_tilsyn", "2025-06-01"): 2}


def plant(folder: Path, planted: dict[tuple[str, str], int]) -> None:
    path = folder / REPORT / "welfare_tech.csv"
    rows = pl.read_csv(path, infer_schema=False)
    key = pl.concat_str("technology", pl.lit("|"), "month")
    for (technology, month), units in planted.items():
        here = key == f"{technology}|{month}"
        assert rows.filter(here).height == 1
        rows = rows.with_columns(units=pl.when(here).then(pl.lit(str(units))).otherwise("units"))
    rows.write_csv(path)


@pytest.fixture
def planted(data_copy: Path) -> Path:
    plant(data_copy, PLANTED)
    return data_copy


def statements(folder: Path) -> list[Said]:
    stored = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
    return release.said_in(structures_of(stored))


# The hole: sums over technologies, and the series that are shown


def test_a_month_is_not_told_by_the_sum_and_the_other_series(planted: Path, tmp_path: Path) -> None:
    data = load(planted)
    plan = plan_of(data)
    for technology, month in PLANTED:
        assert f"welfare_tech:{technology}:{month}:" in plan.small
        # Another technology is withheld in the same month, and the sum can be shown.
        others = [row for row in plan.withheld - plan.small if row.split(":")[2] == month]
        assert len(others) == 1
    folder = render("hof", data=planted, out=tmp_path / "out")
    said = statements(folder)
    sums = [each for each in said if len(each.parts) > 1]
    assert sums, "the sums over technologies are still spoken of"
    assert given_away(said, counted(data), plan) == []


def test_without_the_plan_the_same_brief_is_stopped(
    planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the gate was: each figure judged by itself. The audit finds that May and June can be worked out."""
    monkeypatch.setattr("hhanalytics.briefs.context.gate_of", lambda *_, **__: Gate())
    out = tmp_path / "out"
    # The same figures were shown in another test, and what was worked out for a brief is kept for the next.
    context_of.cache_clear()
    try:
        with pytest.raises(BriefFailed, match="can be worked out") as error:
            render("hof", data=planted, out=out)
    finally:
        context_of.cache_clear()
    assert error.value.id == "not_released"
    assert "digitalt_tilsyn 2025-05-01" in str(error.value)
    assert not re.search(r"\b[23]\b", str(error.value).replace("2025", ""))
    assert not out.exists() or not list(out.iterdir())


def test_sums_and_changes_are_withheld_where_nothing_else_helps() -> None:
    """Two technologies: the other one is as small, or the sum must go."""
    plan = Plan(frozenset({"a"}), frozenset({"a"}))
    gate = Gate(plan=plan)
    total = Figure(23, "units", "documented", counts_persons=True, parts=(("a", 1), ("b", 1)))
    change = Figure(-6, "units", "documented", parts=(("a", 1), ("b", 1), ("a2", -1), ("b2", -1)))
    other = Figure(20, "units", "documented", counts_persons=True, parts=(("b", 1),))
    assert [gate.withholds(figure) for figure in (total, change, other)] == [True, True, False]
    assert not Gate(public=False, plan=plan).withholds(total)
    assert gate.through(total).parts == ()


def test_findings_of_the_check_command_withhold_it_too(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--data", str(planted), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    data = load(planted)
    plan, counts = plan_of(data), counted(data)
    said = []
    for finding, full in zip(
        [f for f in found if f["kind"] == "welfare_tech_break"], welfare_tech_breaks(data), strict=True
    ):
        for name, figure in finding["figures"].items():
            if figure["value"] is not None and full.figures[name].parts:
                said.append(Said.of(full.figures[name].parts, figure["value"]))
    assert given_away(said, counts, plan) == []


def test_cost_and_cost_per_participant_together_are_a_count(dataset: Dataset) -> None:
    few = dataset.replace(
        activities=dataset.activities.with_columns(
            quantity=pl.when(activity="kef_participants").then(3).otherwise("quantity").cast(pl.Int64)
        )
    )
    kef = next(p for p in programmes_of(few, 2025) if p.programme == "kef")
    assert kef.per_participant.high.parts
    assert Gate(plan=plan_of(few)).withholds(kef.per_participant.high)
    # What the attacker makes of it, should it be shown.
    told = Said.of(kef.per_participant.high.parts, float(kef.per_participant.high.persons or 0))
    assert given_away([told], counted(few), plan_of(few)) == ["activities kef_participants"]


def test_every_figure_about_persons_names_the_rows_it_tells_of(tmp_path: Path) -> None:
    """Without them the audit would not see it."""
    folder = render("hof", data="data/raw", out=tmp_path / "out")
    stored = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
    figures = [run for run in runs_in(structures_of(stored)) if run["run"] == "figure" and run["value"] is not None]
    personal = [run for run in figures if run["unit"] in (*PERSON_UNITS, "units")]
    assert len(personal) > 70
    assert [run for run in personal if not run["parts"]] == []


# The ledger


def test_what_was_released_before_counts(tmp_path: Path, data_copy: Path) -> None:
    """What was said is remembered once, however often it is said."""
    out = tmp_path / "out"
    render("hof", data=data_copy, out=out)
    first = read_ledger(out)
    assert first
    # The six technologies' fall from May to June, as one sum.
    (fall,) = [s for s in first if s.value == -277]
    assert len(fall.parts) == 12
    before = len((out / LEDGER).read_text("utf-8").splitlines())
    render("hof", data=data_copy, out=out)
    assert len((out / LEDGER).read_text("utf-8").splitlines()) == before, "nothing new was said"


def test_two_releases_that_are_each_safe_are_not_safe_together() -> None:
    counts = {"a": 3, "b": 20, "c": 9}
    plan = Plan(frozenset("a"), frozenset("ab"), ((("a", 1), ("b", 1), ("c", 1)),))
    new = [Said.of([("a", 1), ("b", 1), ("c", 1)], 32.0), Said.of([("c", 1)], 9.0)]
    old = [Said.of([("b", 1)], 20.0)]
    assert given_away(new, counts, plan) == []
    assert given_away(old, counts, plan) == []
    assert given_away(new, counts, plan, old) == ["a"]
    # A count that has been corrected since was another count.
    assert given_away(new, counts, plan, [Said.of([("b", 1)], 21.0)]) == []


def test_a_brief_is_stopped_by_an_earlier_one(planted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    data = load(planted)
    plan, counts = plan_of(data), counted(data)
    hiding = [row for row in plan.withheld - plan.small if row.startswith("welfare_tech")]
    assert len(hiding) == 2
    write_ledger(out, "synthetic", [Said.of([(row, 1)], counts[row]) for row in hiding])
    with pytest.raises(BriefFailed, match="or showed before"):
        render("hof", data=planted, out=out)
    # What is for the inside is not handed out, so it is neither stopped nor remembered.
    render("hof", data=planted, out=out, privacy="internal")
    assert len(read_ledger(out)) == 2


def test_of_two_runs_at_once_the_later_one_knows_the_earlier(planted: Path, tmp_path: Path) -> None:
    """What another run released after this one had read the ledger stops it as well."""
    out = tmp_path / "out"
    data = load(planted)
    plan, counts = plan_of(data), counted(data)
    hiding = [row for row in plan.withheld - plan.small if row.startswith("welfare_tech")]
    meanwhile = [Said.of([(row, 1)], counts[row]) for row in hiding]

    def other_run(stage: str, *_: int) -> None:
        if stage == "pdf":
            write_ledger(out, "synthetic", meanwhile)

    with pytest.raises(BriefFailed, match="or showed before"):
        render("hof", data=planted, out=out, on_progress=other_run)
    assert sorted(path.name for path in out.iterdir()) == [LEDGER]
    assert set(read_ledger(out)) == set(meanwhile)


def test_a_ledger_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_text("{", "utf-8")
    with pytest.raises(BadInput, match="nobody knows what was released"):
        render("hof", data="data/raw", out=tmp_path)


def test_a_chart_of_counts_shows_only_what_its_table_shows(write: Write, tmp_path: Path) -> None:
    chart = """\
from hhanalytics.briefs.blocks import ChartBlock, Column, Row, Table
from hhanalytics.present.charts import Chart
from hhanalytics.tables import PERSON_UNITS
data = {"rows": [{"label": "a", "value": 4711, "text": "4711"}]}
table = Table("t", runs("t"), (Column("a"), Column("b")), (Row((runs("a"), runs("withheld"))),))
ChartBlock(Chart("loose", "bars", "t", "a", "participants", data), table)"""
    with pytest.raises(BriefFailed, match="the chart shows 4711, which no figure of the table behind it has"):
        render("synthetic", notebooks=write(TITLE, chart), out=tmp_path)


# Internal


def test_an_internal_brief_says_so_on_every_page(planted: Path, tmp_path: Path) -> None:
    folder = render("hof", data=planted, out=tmp_path, privacy="internal")
    words = texts("nb")["page.internal"]
    page = (folder / "brief.html").read_text("utf-8")
    assert f"<title>{words}: " in page
    assert f">{words}</aside>" in page
    assert f"<strong>{words}</strong>" in page
    assert "position: fixed" in page.split("@media print")[1].split("</style>")[0]
    stored = json.loads((folder / "notebook.ipynb").read_text("utf-8"))
    assert structures_of(stored)[0]["labels"]["marking"] == words
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run(["pdftotext", "-layout", str(folder / "brief.pdf"), "-"], capture_output=True, check=True)
    pages = done.stdout.decode("utf-8").removesuffix("\f").split("\f")
    assert len(pages) > 5
    assert [number for number, text in enumerate(pages, 1) if words not in " ".join(text.split())] == []


def test_a_public_brief_has_no_such_mark(tmp_path: Path) -> None:
    folder = render("hof", data="data/raw", out=tmp_path)
    assert "Internt" not in (folder / "brief.html").read_text("utf-8")


def test_a_brief_of_any_kind_is_marked(write: Write, tmp_path: Path) -> None:
    folder = render("synthetic", notebooks=write(), out=tmp_path, privacy="internal")
    assert texts("nb")["page.internal"] in (folder / "brief.html").read_text("utf-8")
