"""The status brief: one page, the numbers of the report, and nothing of later. And all kinds of brief in one command."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import nbformat
import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.briefs import sections
from hhanalytics.briefs.every_kind import planned
from hhanalytics.briefs.run import render
from hhanalytics.briefs.structure import flattened, structures_of
from hhanalytics.cli import main
from hhanalytics.errors import BadParameter, UnknownName
from hhanalytics.present.catalogue import read_texts
from tests.briefs.synthetic_notebooks import DATA, PARAGRAPH, ROOT, TITLE, Write, notebook
from tests.briefs.test_traced_figures import shown_in

DAYS = ("2025-06-30", "2025-12-31", "2026-06-30")
PARTS = ("status_title", "status_gaps", "status_spending", "status_activity", "status_decided", "status_ahead")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("briefs")
    for day in DAYS:
        asked = [] if day == "2025-12-31" else ["--as-of", day]  # the last day with accounts
        assert main(["brief", "status", *asked, "--language", "nb", "--data", str(DATA), "--out", str(out)]) == 0
    return out


def words(folder: Path) -> str:
    """Everything a reader of the brief sees, but the list of sources."""
    html = (folder / "brief.html").read_text("utf-8")
    main_part = html.split("<main", 1)[1].split('id="sources"', 1)[0]
    return " ".join(re.sub("<[^>]+>", " ", main_part).split())


def test_it_is_named_by_its_day_and_has_one_page(folder: Path) -> None:
    assert sorted(path.name for path in folder.glob("status-*")) == [f"status-{day}-nb" for day in DAYS]
    for day in DAYS:
        assert len(re.findall(rb"/Type\s*/Page\b", (folder / f"status-{day}-nb" / "brief.pdf").read_bytes())) == 1


def test_spending_is_that_of_the_report(folder: Path) -> None:
    """Half a year: 3 080 820 as printed, less the 15 022 by which one charge is off its key. The year: line 61, line 44."""
    half, year = words(folder / "status-2025-06-30-nb"), words(folder / "status-2025-12-31-nb")
    assert "Belastet i første halvår 2025 3 065 798 kr" in half
    assert "Brukt av årets budsjett 47,3 %" in half  # 3 065 798 / 6 480 000
    assert "ikke delt på perioder" in half
    assert "Belastet i 2025 6 107 497 kr" in year
    assert "94,3 %" in year  # 6 107 497 / 6 480 000
    assert "507 926 kr" in year  # 5 × 82 145 + 26 000 + 71 201
    assert "ikke delt på perioder" not in year


def test_nothing_of_later_is_told(folder: Path) -> None:
    half, now = words(folder / "status-2025-06-30-nb"), words(folder / "status-2026-06-30-nb")
    assert "2026" not in half
    assert not [later for later in ("andre halvår", "440", "609", "Venter på HOF", "15 nådd") if later in half]
    assert "ingenting er meldt for første halvår 2026" in now
    assert "Vedtatt 20. mars 2026" in now
    assert "31. juli 2026: siste dag Gol er med i Trygg oppvekst (BTI)" in now  # line 64-65
    assert "1. september 2026" in now
    noted = nbformat.reads((folder / "status-2025-06-30-nb" / "notebook.ipynb").read_text("utf-8"), as_version=4)
    assert "hof_followup_2026_03_20" not in json.dumps(
        [each for each in flattened(structures_of(noted)) if each["block"] != "sources"]
    )


def test_every_figure_is_traced() -> None:
    context = sections.open_status(
        as_of="2025-12-31", language="nb", data=str(DATA), privacy="public", charges="corrected"
    )
    figures = [each for name in PARTS for each in shown_in(getattr(sections, name)(context))]
    assert len(figures) > 15
    for figure in figures:
        found = hh.trace(context.dataset, figure)
        assert found.rows.height, figure.text
        assert found.value in (None, figure.value)


@pytest.mark.parametrize("day", ["2025-6-30", "30.06.2025", "2024-12-31", "2205-06-30", "2025-02-30", ""])
def test_a_day_that_is_none_or_that_nothing_is_known_of_is_refused(day: str, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="as_of"):
        render("status", data=str(DATA), out=tmp_path, as_of=day)
    assert list(tmp_path.iterdir()) == []


def test_a_day_inside_a_period_says_from_when_nothing_is_reported() -> None:
    context = sections.open_status(
        as_of="2025-09-15", language="nb", data=str(DATA), privacy="public", charges="printed"
    )
    said = str(sections.status_gaps(context).structure())
    assert "1. juli 2025–15. september 2025" in said
    assert "perioder som ikke er over" in said


def test_follow_up_rows_say_who_sees_to_them_and_whether_their_time_is_out() -> None:
    """Synthetic: three rows adopted on 20 March 2026; one is due in May, one in September, one at no day."""
    context = sections.open_status(
        as_of="2026-06-30", language="nb", data=str(DATA), privacy="public", charges="printed"
    )
    adopted = {
        "year": 2025, "recommendation": "measure_first", "measure_nb": "Telle per kommune", "indicator": "participants_split",
        "owner": "manager", "adopted_on": date(2026, 3, 20), "source": "hof_followup_2026_03_20", "locator": "l. 11",
        "grade": "documented",
    }  # fmt: skip
    due = {"kef": date(2026, 5, 1), "mft": date(2026, 9, 1), "bti": None}
    rows = [{**adopted, "followup": name, "programme": name, "deadline": day} for name, day in due.items()]
    schema = context.dataset.followups.schema
    known = context.dataset.replace(charges=None, followups=pl.DataFrame(rows, schema))
    asked = replace(context, dataset=known)
    items = [
        "".join(run.get("text", "") or "".join(each["text"] for each in run.get("runs", ())) for run in item)
        for item in sections.status_decided(asked).structure()["items"][1]["items"][:3]
    ]
    assert [item.strip() for item in items] == [
        "Klinisk ernæringsfysiolog: Telle per kommune (daglig leder). Fristen 1. mai 2026 er ute.",
        "Mobilt ferdighetsteam: Telle per kommune (daglig leder, frist 1. september 2026).",
        "Trygg oppvekst (BTI): Telle per kommune (daglig leder, uten frist).",
    ]
    assert "oppfølgingsrader" not in str(sections.status_gaps(asked).structure())


@pytest.mark.parametrize("subject", ["status", "council"])
def test_its_texts_are_the_same_texts_in_every_language(subject: str) -> None:
    """Each with the same placeholders; bokmål is what the others are measured by."""
    folder = ROOT / "hhanalytics" / "present" / "locales"
    found = {
        code: {
            id: sorted(set(re.findall(r"{(\w+)", text)))
            for id, text in read_texts(code, (folder / code / f"{subject}.po").read_bytes()).items()
        }
        for code in ("nb", "nn", "en")
    }
    assert len(found["nb"]) > 20
    assert found["nn"] == found["nb"] == found["en"]


# Every kind of brief


def several(write: Write, failing: str) -> Path:
    """Synthetic notebooks: a brief of all, and one about a municipality that fails for one of them."""
    parameters = f"year = None\nlanguage = 'nb'\ndata = {str(DATA)!r}\nprivacy = 'public'"
    notebooks = write(TITLE, PARAGRAPH, parameters=parameters)
    own = notebook(TITLE, failing, parameters=f"{parameters}\nmunicipality = None")
    (notebooks / "own_brief.ipynb").write_text(json.dumps(own), "utf-8")
    return notebooks


def test_all_makes_every_kind_for_every_municipality_and_lists_what_failed(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notebooks = several(write, "1 / (municipality not in ('hol', 'gol')) and None")
    monkeypatch.setattr("hhanalytics.briefs.run.own_notebooks", lambda: notebooks)
    out = tmp_path / "out"
    assert main(["brief", "all", "--languages", "nb", "--out", str(out)]) == 2
    shown = capsys.readouterr()
    made = sorted(path.name for path in out.iterdir())
    assert made == [*(f"own-2025-nb-{name}" for name in ("aal", "flaa", "hemsedal", "nesbyen")), "synthetic-2025-nb"]
    assert all(len(list((out / name).iterdir())) == 4 for name in made)
    assert "5 of 7 briefs made." in shown.err
    end = shown.err.split("briefs made.")[1]
    assert "gol nb: Cell 3 of own_brief.ipynb failed with ZeroDivisionError" in end
    assert "hol nb: Cell 3 of own_brief.ipynb failed with ZeroDivisionError" in end
    assert shown.out.count("\n") == 5 * 4


def test_all_goes_over_the_languages_with_a_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hhanalytics.present.catalogue.languages", lambda: ["nb", "xx"])
    jobs = planned(municipality="gol", year=2025, charges="printed")
    assert [(job.kind, job.parameters["language"]) for job in jobs] == [
        (kind, language) for language in ("nb", "xx") for kind in ("benefit", "hof", "municipality", "status")
    ]
    by_kind = {job.kind: dict(job.parameters) for job in jobs}
    assert by_kind["status"] == {"as_of": "2025-12-31", "charges": "printed", "language": "xx"}
    assert by_kind["municipality"]["municipality"] == "gol"
    assert all(job.parameters["charges"] == "printed" for job in jobs)
    with pytest.raises(UnknownName, match="Unknown language 'nn'"):
        planned(languages=["nb", "nn"])
    with pytest.raises(UnknownName, match="Unknown parameter 'mandat'"):
        planned(languages=["nb"], mandat="x")


@pytest.mark.parametrize("asked", [["hof", "--languages", "nb"], ["all", "--languages", "nb", "--language", "nb"]])
def test_languages_goes_with_all_only(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["brief", *asked]) == 2
    assert "--languages" in capsys.readouterr().err
