"""The briefs about municipalities: each shows the figures of its own municipality, and the unknown as unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.briefs.run import render
from hhanalytics.briefs.run_all import render_for_all
from hhanalytics.briefs.structure import structures_of
from hhanalytics.cli import main
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadParameter, UnknownName
from tests.briefs.synthetic_notebooks import DATA, TITLE, Write

SIX = ("aal", "flaa", "gol", "hemsedal", "hol", "nesbyen")
NAMES = dict(zip(SIX, ("Ål", "Flå", "Gol", "Hemsedal", "Hol", "Nesbyen"), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All briefs about municipalities, as a user gets them."""
    out = tmp_path_factory.mktemp("briefs")
    assert main(["brief", "municipality", "--all-municipalities", "--data", str(DATA), "--out", str(out)]) == 0
    assert main(["brief", "benefit", "--data", str(DATA), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def corrected() -> Dataset:
    data = hh.load(DATA)
    return hh.corrected(data, hh.reconcile(data))


def flat(blocks: list[Any]) -> Iterator[Any]:
    for block in blocks:
        yield from flat(block["items"]) if block["block"] == "blocks" else (block,)


def blocks_of(folder: Path) -> list[Any]:
    return list(flat(structures_of(nbformat.reads((folder / "notebook.ipynb").read_text("utf-8"), as_version=4))))


def own(folder: Path, name: str) -> list[Any]:
    return blocks_of(folder / f"municipality-2025-nb-{name}")


def figures(runs: list[Any]) -> list[float]:
    return [run["value"] for run in runs if run["run"] == "figure"]


def table(blocks: list[Any], id: str) -> dict[str, list[Any]]:
    """The rows of a table, by their first cell."""
    (found,) = (block for block in blocks if block["block"] == "table" and block["id"] == id)
    return {"".join(run.get("text", "") for run in row["cells"][0]): row for row in found["rows"]}


def test_there_is_one_for_each(folder: Path) -> None:
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["benefit-2025-nb", *(f"municipality-2025-nb-{name}" for name in SIX), "releases.jsonl"]
    for name in found[:-1]:
        more = ["explore.html"] if name.startswith("benefit") else []
        made = ["brief.html", "brief.pdf", *more, "manifest.json", "notebook.ipynb"]
        assert sorted(file.name for file in (folder / name).iterdir()) == made
        outputs = json.loads((folder / name / "manifest.json").read_text("utf-8"))["outputs"]
        assert sorted(outputs) == [file for file in made if file != "manifest.json"]


@pytest.mark.parametrize("name", SIX)
def test_a_municipality_has_two_pages(folder: Path, name: str) -> None:
    pdf = (folder / f"municipality-2025-nb-{name}" / "brief.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2


@pytest.mark.parametrize("name", SIX)
def test_figures_are_of_its_own_municipality(folder: Path, corrected: Dataset, name: str) -> None:
    """Title, the large figures, the programmes, the chart and who may leave: against the tables, not the code."""
    blocks = own(folder, name)
    assert blocks[0]["text"] == f"{NAMES[name]} i Hallinghelse 2025: hva vi betaler, og hva vi får"
    charges = corrected.costs.filter(municipality=name)
    total = int(charges["amount_nok"].sum())
    persons = int(corrected.population.filter(municipality=name, year=2025)["persons"].sum())
    (facts,) = (block for block in blocks if block["block"] == "facts")
    shown = [figures(fact["value"])[0] for fact in facts["items"]]
    whole = int(corrected.costs["amount_nok"].sum())
    assert shown == pytest.approx([total, total / persons, 100 * total / whole])
    rows = table(blocks, f"programmes_{name}")
    mft = int(charges.filter(pool="mft")["amount_nok"].sum())
    assert figures(rows["Mobilt ferdighetsteam"]["cells"][1]) == [mft]
    bti = charges.filter(pool="bti")["amount_nok"].sum()
    assert ("Trygg oppvekst (BTI)" in rows) == bool(bti)
    (chart,) = (block["chart"] for block in blocks if block["block"] == "chart")
    share = 100 * mft / int(corrected.costs.filter(pool="mft")["amount_nok"].sum())
    assert chart["data"]["rows"][0]["cost"] == pytest.approx(share)
    leavers = table(blocks, "own_outlook") if name != "nesbyen" else {}
    assert set(leavers) == ({*NAMES.values()} - {NAMES[name], "Nesbyen"} if leavers else set())


def test_no_two_are_alike(folder: Path) -> None:
    """A figure that stood in the wrong brief would stand in two."""
    for kind, place in (("facts", 0), ("chart", 0)):
        found = {str([block for block in own(folder, name) if block["block"] == kind][place]) for name in SIX}
        assert len(found) == len(SIX)
    assert len({(folder / f"municipality-2025-nb-{name}" / "brief.pdf").read_bytes() for name in SIX}) == len(SIX)


@pytest.mark.parametrize("name", SIX)
def test_the_unknown_is_drawn_as_unknown(folder: Path, name: str) -> None:
    (chart,) = (block["chart"] for block in own(folder, name) if block["block"] == "chart")
    assert {(row["known"], row["possible"]) for row in chart["data"]["rows"]} == {(0.0, 100.0)}
    rows = table(own(folder, name), f"programmes_{name}")
    got = "".join(run.get("text", "") for run in rows["Klinisk ernæringsfysiolog"]["cells"][-1])
    assert got == "ikke kjent"


def test_its_own_row_stands_out(folder: Path) -> None:
    for name in SIX:
        strong = {label for label, row in table(own(folder, name), "paid").items() if row["style"] == "total"}
        assert strong == {NAMES[name]}


def test_the_brief_for_the_daily_leader_has_a_page_for_each(folder: Path, corrected: Dataset) -> None:
    blocks = blocks_of(folder / "benefit-2025-nb")
    pages = [block["text"] for block in blocks if block["block"] == "heading" and block["new_page"]]
    assert sorted(pages) == sorted(NAMES.values())
    facts = [block for block in blocks if block["block"] == "facts"]
    totals = [figures(block["items"][0]["value"])[0] for block in facts]
    by_name = dict(zip(pages, totals, strict=True))
    for name in SIX:
        assert by_name[NAMES[name]] == corrected.costs.filter(municipality=name)["amount_nok"].sum()
    comparison = next(block["chart"] for block in blocks if block["block"] == "chart")
    assert sum(row["cost"] for row in comparison["data"]["rows"]) == pytest.approx(100)
    assert {row["known"] for row in comparison["data"]["rows"]} == {0.0}


def test_nothing_shames_and_nothing_is_shared_by_population(folder: Path) -> None:
    for path in folder.glob("*/brief.html"):
        text = path.read_text("utf-8").split("<main", 1)[-1].casefold()
        assert not [word for word in ("feil ", "taper", "gratispassasjer", "skyld") if word in text]


def test_a_municipality_must_be_given_and_exist(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="expected a municipality with charges"):
        render("municipality", data=str(DATA), out=tmp_path)
    with pytest.raises(UnknownName, match=r"Unknown municipality 'goll'\. Did you mean 'gol'"):
        render("municipality", data=str(DATA), out=tmp_path, municipality="goll")
    with pytest.raises(UnknownName, match="Unknown parameter 'municipality'"):
        render("hof", data=str(DATA), out=tmp_path, municipality="gol")
    assert list(tmp_path.iterdir()) == []


def test_one_that_fails_does_not_keep_the_others_back(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parameters = f"year = None\ndata = {str(DATA)!r}\nprivacy = 'public'\nmunicipality = None"
    notebooks = write(TITLE, "1 / (municipality != 'hol') and None", parameters=parameters)
    monkeypatch.setattr("hhanalytics.briefs.run.own_notebooks", lambda: notebooks)
    out = tmp_path / "out"
    assert main(["brief", "synthetic", "--all-municipalities", "--out", str(out)]) == 2
    shown = capsys.readouterr()
    assert "5 of 6 briefs made." in shown.err
    assert "hol: Cell 3 of synthetic_brief.ipynb failed with ZeroDivisionError" in shown.err
    assert "aal 1/6\n" in shown.err
    assert sorted(path.name for path in out.iterdir()) == [f"synthetic-2025-{name}" for name in SIX if name != "hol"]
    assert shown.out.count("\n") == 5 * 4


def test_all_municipalities_needs_a_brief_about_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Unknown parameter 'municipality'"):
        render_for_all("hof", data=str(DATA), out=tmp_path)
    assert main(["brief", "municipality", "--municipality", "gol", "--all-municipalities"]) == 2


def test_split_counts_are_shown_as_known(tmp_path: Path) -> None:
    """Where a count is split, the known part is drawn, and the sentence says that some is known."""
    from hhanalytics.briefs import sections
    from tests.measures.test_benefit import more, part

    plain = sections.open_context(year=2025, language="nb", data=str(DATA), privacy="public", charges="corrected")
    data = more(plain.dataset, "activities", [part("gol", 100)])
    context = sections.Context(plain.printed, data, 2025, plain.language)
    blocks = list(flat([sections.own_benefit(context, "gol").structure()]))
    (chart,) = (block["chart"] for block in blocks if block["block"] == "chart")
    row = next(row for row in chart["data"]["rows"] if row["label"] == "Klinisk ernæringsfysiolog")
    assert (row["known"], row["possible"]) == pytest.approx((100 * 100 / 609, 100))
    assert "Noe av nytten er talt her" in str(blocks)


# The section for the steering group


def test_outlook_is_at_most_half_a_page(tmp_path: Path) -> None:
    from datetime import date

    from hhanalytics.briefs import sections
    from hhanalytics.briefs.pdf import render_pdf

    context = sections.open_context(year=2025, language="nb", data=str(DATA), privacy="public", charges="corrected")
    parts = [sections.title(context), sections.outlook(context), sections.source_list(context)]
    pdf = render_pdf([part.structure() for part in parts], date(2026, 3, 20))
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    text = str(parts[1].structure())
    items = next(block for block in flat([parts[1].structure()]) if block["block"] == "list")["items"]
    assert len(items) == 4
    assert "Nesbyen" in text
    rows = next(block for block in flat([parts[1].structure()]) if block["block"] == "table")["rows"]
    assert len(rows) == 5


def test_outlook_is_nothing_where_nobody_can_leave(elvedal: Dataset) -> None:
    from hhanalytics.briefs import sections
    from hhanalytics.present.language import Language
    from hhanalytics.privacy.gate import Gate

    year = elvedal.years()[-1]
    alone = elvedal.replace(memberships=elvedal.memberships.filter(pl.col("municipality") == "none"))
    context = sections.Context(alone, alone, year, Language("nb", alone.tables, Gate()))
    assert sections.outlook(context).structure()["items"] == []


@pytest.mark.parametrize("place", [0, -1])
def test_briefs_of_another_collaboration_can_be_made(elvedal: Dataset, place: int) -> None:
    """A synthetic collaboration with other programmes and keys: every section says something, none fails."""
    from hhanalytics.briefs import sections
    from hhanalytics.present.language import Language
    from hhanalytics.privacy.gate import Gate

    context = sections.Context(elvedal, elvedal, elvedal.years()[place], Language("nb", elvedal.tables, Gate()))
    assert list(flat([sections.comparison(context).structure(), sections.one_page_each(context).structure()]))
    for each in context.municipalities:
        for section in (sections.own_payment, sections.own_benefit, sections.own_outlook, sections.own_report):
            section(context, each.municipality).structure()
