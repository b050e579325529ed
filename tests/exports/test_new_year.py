"""A new year: dates only where a source states them, and what earlier years left open."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hhanalytics.dataset import Dataset
from hhanalytics.exports.deadlines import due
from hhanalytics.exports.last_year import moved, suggested
from hhanalytics.exports.new_year import new_year
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"


def plain(files: dict[str, bytes]) -> str:
    return re.sub(r"<[^>]+>", "", files["sjekkliste-2026.html"].decode())


def test_dates_are_those_of_the_sources(dataset: Dataset) -> None:
    steps = {step.deadline: step for step in due(dataset, 2026, Language("nb", dataset.tables, Gate()))}
    assert steps["budget_proposal"].date == date(2026, 9, 1)
    assert [name for name, step in steps.items() if step.date] == ["budget_proposal"]
    assert steps["annual_report"].year == 2027
    assert (steps["councils_adopt"].month, steps["councils_adopt"].grade) == (12, "derived")


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the documents are not here")
def test_dates_stand_on_the_lines_they_cite(dataset: Dataset) -> None:
    documents = {"hof_followup_2026_03_20": "000_", "hallinghelse_annual_report_2025": "001_"}
    words = {
        "budget_proposal": "budsjett innen 1. september hvert år",
        "budget_meeting": "årlig budsjettmøte i HOF",
        "hof_meetings": "fast punkt på agendaen i alle møter i HOF",
        "annual_report": "årlig gjennom Hallinghelses årsmelding",
        "political_briefing": "muntlig orientering",
        "councils_adopt": "desember",
    }
    assert set(words) | {"collect", "check"} == set(dataset.deadlines["deadline"])
    for row in dataset.deadlines.filter(pl.col("grade") != "assumed").iter_rows(named=True):
        (path,) = SEEDS.glob(f"{documents[row['source']]}*.txt")
        lines = path.read_text("utf-8").split("\n")
        cited = re.findall(r"(\d+)(?:-(\d+))?", row["locator"])
        passage = " ".join(line for a, b in cited for line in lines[int(a) - 1 : int(b or a)])
        assert words[row["deadline"]] in passage, row["deadline"]


def test_checklist(dataset: Dataset) -> None:
    files = new_year(dataset, 2026)
    assert files == new_year(dataset, 2026)
    text = plain(files)
    for words in (
        "senest 1. september 2026",
        "HOFs oppfølging av BDO, 20. mars 2026, l. 71",
        "i 2027, dato ikke oppgitt",
        "Mobilt ferdighetsteam deles etter folketall, nøkkelen er folketallet 1. januar 2025. Gjelder den også i 2026?",
        "Gol er med i Trygg oppvekst (BTI) til 31. juli 2026",
        "Saken «Utredningen av felles legevakt» venter.",
        "Stillingsprosenten for Ledelse er ikke oppgitt.",
        "hhanalytics import year-2026/tall-2026.xlsx",
        "Tallene er samlet inn",
        "Tallene er avstemt, og avvik er avklart",
        "hhanalytics fetch ssb 07459 --municipalities all --years 2026 --as population",
    ):
        assert words in text, words
    page = files["sjekkliste-2026.html"].decode()
    assert "http" not in page
    assert "<script" not in page


def test_checklist_names_the_folder_in_its_commands(dataset: Dataset) -> None:
    page = new_year(dataset, 2026, data="my-data", folder="our year")["sjekkliste-2026.html"].decode()
    assert "hhanalytics import &quot;our year/tall-2026.xlsx&quot; --data my-data" in page


def test_calendar(dataset: Dataset) -> None:
    text = new_year(dataset, 2026)["frister-2026.ics"].decode()
    assert text.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20260901\r\nDTEND;VALUE=DATE:20260902\r\n" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_nothing_is_open_where_nothing_is(elvedal: Dataset) -> None:
    """The synthetic collaboration has no deadlines; what its data leave open is asked, and no more."""
    text = plain(new_year(elvedal, 2026))
    assert "september" not in text


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2025, 6, 30), 1, date(2026, 6, 30)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2023, 2, 28), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), -1, date(2024, 12, 31)),
    ],
)
def test_a_year_later(day: date, years: int, expected: date) -> None:
    assert moved(day, years) == expected


def test_what_is_suggested(dataset: Dataset) -> None:
    ids = [new["activity"] for new, _ in suggested(dataset, "activities", 2026)]
    assert "mft_participants_2026" in ids
    assert not set(ids) & set(dataset.activities["activity"]), "an id is used once"
    parts = {new["part_of"] for new, _ in suggested(dataset, "activities", 2026)} - {None}
    assert parts <= set(ids)
    months = [new["month"] for new, _ in suggested(dataset, "welfare_tech", 2026)]
    assert (min(months), max(months), len(months)) == (date(2026, 1, 1), date(2026, 12, 1), 72)
    assert suggested(dataset, "costs", 2030) == []
    halves = {(n["pool"], n["period_end"]) for n, _ in suggested(dataset, "costs", 2026) if n["municipality"] == "gol"}
    # Gol's trial in BTI ends on 31 July 2026, so the last five months of that year are not asked for.
    assert {pool for pool, _ in halves} == {"hallinghelse", "mft", "mft_psykisk_helse"}
    assert pl.Series([n["period_end"].year for n, _ in suggested(dataset, "costs", 2026)]).unique().to_list() == [2026]
