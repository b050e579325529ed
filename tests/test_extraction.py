"""Reports with random figures and planted noise: no figure is silently wrong, and only people make drafts data."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typst
from openpyxl import load_workbook

import hhanalytics as hh
from hhanalytics.cli import main
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput, HHAnalyticsError
from hhanalytics.extraction import drafts_of, extract, write_review
from hhanalytics.present.catalogue import texts
from hhanalytics.sources.drafts import Draft
from hhanalytics.sources.report_text import Line, Report
from hhanalytics.workbook_intake import Refused, import_workbook
from tests import noisy_report
from tests.noisy_report import H1, H2, YEAR

ROOT = Path(__file__).parents[1]
#: Reports in every run, and in a run with --fuzz.
FEW, MANY = 60, 1_500


def as_report(lines: list[str]) -> Report:
    return Report("rapport.txt", "0" * 64, tuple(Line(number, None, line) for number, line in enumerate(lines, 1)))


def drafts(dataset: Dataset, *lines: str) -> tuple[Draft, ...]:
    return drafts_of(as_report(list(lines)), YEAR, dataset)


def doubts(draft: Draft) -> set[str]:
    return {each.id for each in draft.doubts}


# No silent errors


def judged(dataset: Dataset, seed: int, noise: bool) -> tuple[list[str], Counter[str], Counter[str]]:
    """What is wrong and not flagged, how sure the rows are, and what noise was planted."""
    made = noisy_report.report(dataset, random.Random(seed), noise)
    silent: list[str] = []
    seen: set[int] = set()
    sure: Counter[str] = Counter()
    for draft in drafts_of(as_report(made.lines), YEAR, dataset):
        row, at = draft.values, draft.first
        seen.add(at)
        if draft.table == "costs":
            found: Any = tuple(
                row[each] for each in ("municipality", "pool", "period_start", "period_end", "amount_nok")
            )
            right = found == made.costs.get(at)
        elif draft.table == "control_totals":
            found = row["municipality"], draft.value
            right = found == made.sums.get(at)
        else:
            assert draft.table == "welfare_tech", made.lines[at]
            technology, units = made.units[at]
            found = row["technology"], draft.value
            right = found == (technology, units[row["month"].month - 1])
            # Nothing in a table without sums tells that a digit is another one: such a cell is never "checked".
            right = right or (at in made.swapped and draft.confidence == "read")
        sure[f"{draft.table} {draft.confidence}"] += 1
        if not right and draft.confidence != "doubtful":
            silent.append(f"report {seed}, {made.lines[at]!r}: read as {found}")
    lost = (made.costs.keys() | made.sums.keys() | made.units.keys()) - seen
    return silent + [f"report {seed}, not found: {made.lines[at]!r}" for at in lost], sure, Counter(made.noise)


def no_silent_errors(dataset: Dataset, seeds: range) -> None:
    wrong: list[str] = []
    sure: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for seed in seeds:
        silent, own, noise = judged(dataset, seed, noise=True)
        wrong += silent
        sure += own
        planted += noise
    assert wrong == []
    # The noise was there, and most of what could be told was told.
    assert set(planted) == {"letters", "border", "joined", "swap", "drop", "double", "name", "row", "merged"}
    assert sure["costs checked"] > sure["costs doubtful"]


def test_noise_leaves_no_silent_error(dataset: Dataset) -> None:
    no_silent_errors(dataset, range(FEW))


@pytest.mark.fuzz
def test_noise_leaves_no_silent_error_in_many_reports(dataset: Dataset) -> None:
    no_silent_errors(dataset, range(FEW, MANY))


def test_noise_leaves_no_silent_error_in_a_table_with_a_column_per_municipality(dataset: Dataset) -> None:
    sure: Counter[str] = Counter()
    for seed in range(FEW):
        lines, cells = noisy_report.matrix_report(dataset, random.Random(seed))
        rows = [row for row in drafts_of(as_report(lines), YEAR, dataset) if row.table == "costs"]
        assert len(rows) == len(cells)
        for row in rows:
            found = tuple(row.values[each] for each in ("pool", "period_start", "period_end", "amount_nok"))
            right = found == cells[row.first, row.values["municipality"]]
            assert right or row.confidence == "doubtful", (seed, lines[row.first], found)
            sure[row.confidence] += 1
    assert sure["checked"] > sure["doubtful"]


def test_a_report_without_noise_is_read_whole_and_without_needless_doubt(dataset: Dataset) -> None:
    for seed in range(5):
        silent, sure, _ = judged(dataset, seed, noise=False)
        assert silent == []
        assert sure == {"costs checked": 30, "control_totals checked": 5, "welfare_tech read": 72}


# What speaks for a reading, and what does not


BLOCK = (
    "Kostnader Fla",
    "Kostnad Sum",
    "Hallinghelse t.0.m 30.6.26 l33 744",
    "MFTf.o.m 1.7.26 24855",
    "Sum Fla: 158 599",
)


def test_letters_are_digits_where_the_sum_says_so(dataset: Dataset) -> None:
    first, second, total = drafts(dataset, *BLOCK)
    assert first.values == {
        "municipality": "flaa", "pool": "hallinghelse", "period_start": H1[0], "period_end": H1[1], "amount_nok": 133744,
    }  # fmt: skip
    assert [each.id for each in first.changed] == ["letters"]
    assert (first.confidence, second.confidence, total.confidence) == ("checked",) * 3
    assert (second.values["period_start"], second.values["period_end"]) == H2


def test_a_sum_that_does_not_hold_makes_every_row_doubtful_and_names_what_would_add_up(dataset: Dataset) -> None:
    rows = drafts(dataset, *BLOCK[:2], "Hallinghelse t.0.m 30.6.26 183 744", *BLOCK[3:])
    assert [row.value for row in rows] == [183744, 24855, 158599]
    assert all("sum_differs" in doubts(row) for row in rows)
    assert [dict(each.facts) for each in rows[0].doubts if each.id == "would_add_up"] == [{"value": "133744"}]


def test_without_a_sum_or_a_key_nothing_confirms_a_charge(dataset: Dataset) -> None:
    assert doubts(drafts(dataset, *BLOCK[:-1])[1]) == {"sum_not_checked"}


def test_a_heading_and_a_sum_of_different_municipalities_are_doubtful(dataset: Dataset) -> None:
    rows = drafts(dataset, *BLOCK[:-1], "Sum Gol: 158 599")
    assert all("two_municipalities" in doubts(row) for row in rows)


def test_a_pool_nobody_knows_and_a_period_that_is_not_stated_are_told(dataset: Dataset) -> None:
    lines = ("Kostnader Gol", "MFT psykisk helse 7 922", "Felles legevakt t.o.m 30.6.26 1 000", "Sum Gol 8 922")
    known, unknown, _ = drafts(dataset, *lines)
    assert doubts(known) == {"no_period"}
    assert (unknown.values["pool"], unknown.value, doubts(unknown)) == (None, 1000, {"no_pool"})


def test_a_matrix_of_pools_and_municipalities_is_told_by_its_sums(dataset: Dataset) -> None:
    """Single spaces part cells as well as thousands; only one way of parting them adds up."""
    head = "Regnskapsområde Hol Ål Gol Sum"
    rows = drafts(
        dataset, "Kostnader per kommune", head, "Hallinghelse t.o.m 30.6.26 542 039 578 918 585 264 1 706 221",
        "MFT t.o.m 30.6.26 76 895 82 127 98 049 257 071", "Sum 618 934 661 045 683 313 1 963 292",
    )  # fmt: skip
    assert [(row.values["municipality"], row.values["pool"], row.value) for row in rows] == [
        ("hol", "hallinghelse", 542039), ("aal", "hallinghelse", 578918), ("gol", "hallinghelse", 585264),
        ("hol", "mft", 76895), ("aal", "mft", 82127), ("gol", "mft", 98049),
    ]  # fmt: skip
    assert {row.confidence for row in rows} == {"checked"}
    bad = drafts(dataset, head, "Hallinghelse t.o.m 30.6.26 542 039 573 918 585 264 1 706 221", "", "Styring")
    assert {row.confidence for row in bad} == {"doubtful"}


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Mer enn 380 deltakere meldte seg på.", [(380, "at_least", "participants")]),
        ("Til festen kom det naermere\n130 deltakere.", [(130, "nearly", "participants")]),
        ("Vi rakk 36 undervisninger, og i alt\n512 deltakere fikk hjelp.", [(36, "exact", "sessions"), (512, "exact", "participants")]),
        ("Innføringen tok om lag 250 timer.", [(250, "about", "hours")]),
        ("Utvalget rakk sju mgter i ar.", [(7, "exact", "meetings")]),
        ("Planen er 8 styrke tilbudet, 3 møte behovet og 4 avvikle webinarene.", []),
        ("Stillingen er på 60 % og gjelder fra 1. august 2026, etter vedtak i sak 14/26.", []),
        ("I 2027 skal det holdes fem kurs. I år ble det fire kurs.", [(4, "exact", "courses")]),
        ("Det skal holdes fem kurs i 2027.", []),
        ("Tilbudet gjelder barn i 5.-9. trinn og voksne over 65 år.", []),
    ],
)  # fmt: skip
def test_counts_in_prose(dataset: Dataset, sentence: str, found: list[tuple[int, str, str]]) -> None:
    lines = ["Mobilt ferdighetsteam", "", "Resultater i 2026", "", *sentence.split("\n")]
    rows = [row for row in drafts(dataset, *lines) if row.table == "activities"]
    assert [(row.value, row.values["qualifier"], row.values["unit"]) for row in rows] == found
    assert {row.values["programme"] for row in rows} <= {"mft"}


def test_a_table_with_a_row_per_month_is_read_the_other_way(dataset: Dataset) -> None:
    rows = drafts(
        dataset, "Måned Trygghetsalarm Digitalt tilsyn Raykvarsler", "Januar 551 (25 303", "Februar 560 [26 |313",
        "Mars 557 28 31", "", "Styring",
    )  # fmt: skip
    found = {(row.values["technology"], row.values["month"].month): row for row in rows}
    assert {key: row.value for key, row in found.items()} == {
        ("trygghetsalarm", 1): 551, ("trygghetsalarm", 2): 560, ("trygghetsalarm", 3): 557,
        ("digitalt_tilsyn", 1): 25, ("digitalt_tilsyn", 2): 26, ("digitalt_tilsyn", 3): 28,
        ("roykvarsler", 1): 303, ("roykvarsler", 2): 313, ("roykvarsler", 3): 31,
    }  # fmt: skip
    assert [key for key, row in found.items() if row.doubts] == [("roykvarsler", 3)]


def test_a_month_that_was_misread_stands_between_others_and_is_doubtful(dataset: Dataset) -> None:
    rows = drafts(dataset, "Måned Jan Feb Mai Apr Mai Jun", "Trygghetsalarm 551 560 557 551 561 443")
    assert [row.values["month"].month for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all("months_unclear" in doubts(row) for row in rows)


@pytest.mark.parametrize(
    ("row", "values", "doubt"),
    [
        ("Trygghetsalarm 551 560557 551 561", [551, 560, 557, 551, 561], {2: "run_together", 3: "run_together"}),
        ("Trygghetsalarm 551 56 557 551 561", [551, 56, 557, 551, 561], {2: "jump"}),
        ("Trygghetsalarm 551 (56O [557 551 561", [551, 560, 557, 551, 561], {2: "letters_unconfirmed"}),
        ("Trygghetsalarm 551 557 551 561", [551, 557, 551, 561, None], dict.fromkeys(range(1, 6), "cells_missing")),
        ("Trygghetsalarm 1 551 560 557 551 561", [1, 551, 560, 557, 551], dict.fromkeys(range(1, 6), "cells_left")),
        ("Trygghetsalarm 5 51 560557 551 561", [5, 51, 560557, 551, 561], dict.fromkeys(range(1, 6), "cells_shifted")),
        ("Trygghetsalarm 990 1 010 1 020 995 1 001", [990, 1010, 1020, 995, 1001], {}),
    ],
)
def test_cells_of_a_month(dataset: Dataset, row: str, values: list[int | None], doubt: dict[int, str]) -> None:
    found = drafts(dataset, "|Måned|Jan|Feb|Mar|Apr|Mai", row)
    assert [each.value for each in found] == values
    assert {each.values["month"].month for each in found if each.doubts} == set(doubt)
    assert all(doubt[each.values["month"].month] in doubts(each) for each in found if each.doubts)


def test_counts_are_put_beside_those_of_the_year_before(dataset: Dataset) -> None:
    """Name and kind are last year's; two counts of one thing, and one far from last year's 440, are doubtful."""
    lines = ["Mobilt ferdighetsteam", "", "Resultater i 2026", ""]
    (row,) = drafts(dataset, *lines, "I alt har 512 deltakere vært på kurs.")
    assert (row.confidence, row.values["kind"], row.values["name_nb"]) == (
        "read", "teaching", "Deltakere på kurs og undervisning",
    )  # fmt: skip
    (far,) = drafts(dataset, *lines, "I alt har 51 deltakere vært på kurs.")
    assert [dict(each.facts) for each in far.doubts] == [{"value": "51", "before": "440"}]
    (old,) = drafts(dataset, *lines, "I 2024 kom det 430 deltakere.")
    assert doubts(old) == {"earlier_year"}
    both = drafts(dataset, *lines, "I alt har 512 deltakere vært på kurs.", "", "Det kom 300 deltakere til fagdagen.")
    assert [doubts(each) for each in both] == [{"count_twice"}, {"count_twice"}]


def test_plans_are_no_counts(dataset: Dataset) -> None:
    assert drafts(dataset, "Mobilt ferdighetsteam", "", "Mål for 2026", "", "Holde 12 kurs for ansatte.") == ()


# From a report to data, by way of a person

PDF = """#set page(width: 18cm, height: 14cm)
= Kostnad per kommune 2026
#table(columns: (1fr, 3cm), align: (left, right),
  [Kostnader Hol], [Sum], [Hallinghelse t.o.m 30.6.26], [542 039], [MFT t.o.m 30.6.26], [76 895], [Sum Hol], [618 934])
#pagebreak()
= Mobilt ferdighetsteam
Kurs og undervisning hadde over 440 deltakere.
#table(columns: 4, [Måned], [Jan], [Feb], [Mar], [Trygghetsalarm], [550], [561], [557])
"""


@pytest.fixture
def reviewed(tmp_path: Path) -> tuple[Path, Path]:
    """A review workbook made from a PDF, and a data folder to hand it in to."""
    (tmp_path / "r.typ").write_text(PDF, "utf-8")
    report = tmp_path / "arsrapport.pdf"
    report.write_bytes(typst.compile(tmp_path / "r.typ"))
    raw = Path(shutil.copytree(ROOT / "data" / "raw", tmp_path / "raw"))
    book = tmp_path / "gjennomgang.xlsx"
    write_review(extract(report, YEAR, raw), book)
    return book, raw


def answer(path: Path, rest: str | None = None, rows: dict[str, str] | None = None, **cells: str) -> Path:
    """Answer the workbook as a person would: rows by the text of their line, cells by sheet and place."""
    book = load_workbook(path)
    source = book["Kilde"]
    if rest:
        (row,) = [row for row in range(1, 40) if source.cell(row, 1).value == "review.rest"]
        source.cell(row, 3).value = rest
    for sheet in book.worksheets:
        ids = {cell.value: cell.column for cell in next(sheet.iter_rows(min_row=5, max_row=5))}
        if "review.accept" not in ids:
            continue
        for row in range(6, sheet.max_row + 1):
            line = sheet.cell(row, ids["review.line"]).value or ""
            for part, said in (rows or {}).items():
                if part in line:
                    sheet.cell(row, ids["review.accept"]).value = said
                    for column, value in cells.items():
                        for table in ("activities", "costs"):
                            if f"{table}.{column}" in ids:
                                sheet.cell(row, ids[f"{table}.{column}"]).value = value
    book.save(path)
    return path


def test_nothing_enters_before_every_doubtful_row_is_decided(reviewed: tuple[Path, Path]) -> None:
    book, raw = reviewed
    before = sorted(path.name for path in raw.iterdir())
    answer(book, rest="godta kontrollerte (checked)")
    with pytest.raises(Refused) as error:
        import_workbook(book, raw)
    undecided = [(each.file, each.cell) for each in error.value.problems if each.id == "undecided"]
    # The three months are only read, and the count has no kind: both are named with sheet and cell.
    assert undecided == [
        ("gjennomgang.xlsx, Aktivitet", "A6"),
        ("gjennomgang.xlsx, Velferdsteknologi", "A6"),
        ("gjennomgang.xlsx, Velferdsteknologi", "A7"),
        ("gjennomgang.xlsx, Velferdsteknologi", "A8"),
    ]
    assert sorted(path.name for path in raw.iterdir()) == before
    assert error.value.marked is not None


def test_what_was_accepted_becomes_a_source_and_what_was_refused_does_not(reviewed: tuple[Path, Path]) -> None:
    book, raw = reviewed
    answer(book, "godta kontrollerte og leste (read)", {"over 440": "ja", "MFT t.o.m": "nei", "Sum Hol": "nei"}, kind="undervisning (teaching)", name_nb="Deltakere på kurs")  # fmt: skip
    imported = import_workbook(book, raw)
    assert imported.rows == {"costs": 1, "activities": 1, "welfare_tech": 3}
    assert {each.id for each in imported.told} == {"id_made"}
    data = hh.load(raw)
    new = data.costs.filter(source="annual_report_2026").row(0, named=True)
    assert (new["municipality"], new["pool"], new["amount_nok"]) == ("hol", "hallinghelse", 542039)
    assert (new["locator"], new["grade"]) == ("s. 1, l. 3", "documented")
    count = data.activities.filter(source="annual_report_2026").row(0, named=True)
    assert (count["quantity"], count["qualifier"], count["programme"]) == (440, "at_least", "mft")
    units = data.welfare_tech.filter(source="annual_report_2026")
    assert units["units"].to_list() == [550, 561, 557]
    assert units["month"].to_list() == [date(2026, month, 1) for month in (1, 2, 3)]
    entry = data.sources.filter(source="annual_report_2026").row(0, named=True)
    report = raw.parent / "arsrapport.pdf"
    assert (entry["document"], entry["sha256"]) == (report.name, extract(report, YEAR, raw).report.sha256)


def test_an_answer_that_is_none_is_told(reviewed: tuple[Path, Path]) -> None:
    book, raw = reviewed
    answer(book, "godta kontrollerte og leste (read)", {"over 440": "nei", "Trygghetsalarm": "kanskje"})
    with pytest.raises(Refused) as error:
        import_workbook(book, raw)
    assert {(each.id, each.found) for each in error.value.problems} == {("undecided", "'kanskje'")}


def test_the_same_report_gives_the_same_workbook(tmp_path: Path, reviewed: tuple[Path, Path]) -> None:
    book, raw = reviewed
    again = write_review(extract(tmp_path / "arsrapport.pdf", YEAR, raw), tmp_path / "again.xlsx")
    assert again.read_bytes() == book.read_bytes()


def test_the_command_tells_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.txt").write_text("\n".join(BLOCK), "utf-8")
    out = tmp_path / "g.xlsx"
    assert main(["extract", str(tmp_path / "r.txt"), "--year", "2026", "--out", str(out), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["values"]["amount_nok"], row["locator"], row["raw"], row["confidence"]) for row in told["drafts"]] == [
        (133744, "l. 3", "l33 744", "checked"), (24855, "l. 4", "24855", "checked"), (158599, "l. 5", "158 599", "checked"),
    ]  # fmt: skip
    assert main(["extract", str(tmp_path / "r.txt"), "--year", "2026", "--out", str(out)]) == 2
    assert "place_taken" not in capsys.readouterr().out


def test_a_report_about_something_else_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("Dette er en tekst om noe annet.\n" * 5, "utf-8")
    with pytest.raises(BadInput) as error:
        extract(tmp_path / "r.txt", YEAR)
    assert error.value.id == "nothing_found"


def test_every_remark_has_words_and_every_word_its_remark() -> None:
    """In each catalogue: what a draft row may say, and nothing else."""
    made: set[str] = set()
    for path in (ROOT / "hhanalytics").rglob("*.py"):
        made |= set(re.findall(r'Remark\.of\(\s*"(\w+)"', path.read_text("utf-8")))
    made |= {
        "border",
        "joined",
        "letters",
        "name_guessed",
        "no_pool",
        "sum_rounding",
        "sum_differs",
        "cells_missing",
        "cells_left",
    }
    worded = {id.removeprefix("review.remark.") for id in texts("nb") if id.startswith("review.remark.")}
    assert made == worded


# Broken texts

PIECES = ["|", "[", "(", "\t", "  ", "\n", "9" * 30, "1.7.26", "30.6.26", "%", "Sum", "Kostnader Hol", "Hol Ål Gol Sum", "-", "Jan Feb Mar Apr", "\u2028", "½", "٣", "kr", "NOK", ",", "å", "8 ", "Mobilt ferdighetsteam\n\n", "to ", "over ", "…", "\x0c", "31.2.26", "0" * 12]  # fmt: skip


def mutated(lines: list[str], draw: random.Random) -> list[str]:
    text = list("\n".join(lines))
    for _ in range(draw.randint(1, 25)):
        at = draw.randint(0, len(text))
        what = draw.randrange(4)
        if what == 0:
            text[at:at] = draw.choice(PIECES)
        elif what == 1:
            del text[at : at + draw.randint(1, 30)]
        elif what == 2:
            text[at : at + 1] = chr(draw.choice([draw.randint(32, 126), draw.randint(160, 0x2FFF)]))
        else:
            text[at:at] = text[draw.randint(0, len(text)) :][: draw.randint(1, 200)]
    return "".join(text).split("\n")


def survives(dataset: Dataset, seeds: range) -> None:
    for seed in seeds:
        draw = random.Random(seed)
        lines = mutated(noisy_report.report(dataset, draw).lines, draw)
        report = as_report(lines)
        try:
            found = drafts_of(report, YEAR, dataset)
        except HHAnalyticsError:
            continue
        for draft in found:
            assert 0 <= draft.first <= draft.last < len(lines)
            assert draft.value is None or draft.value >= 0
            assert draft.value is not None or draft.confidence == "doubtful"


def test_broken_text_gives_drafts_or_our_error(dataset: Dataset) -> None:
    survives(dataset, range(30))


@pytest.mark.fuzz
def test_much_broken_text_gives_drafts_or_our_error(dataset: Dataset) -> None:
    survives(dataset, range(30, 2_000))


def test_long_lines_and_many_digits_do_not_hang(dataset: Dataset) -> None:
    for piece in ("1 234 ", "Hol ", "over 3 ", "a-", "[", "jan ", "Kostnader Hol MFT ", "t.o.m ", "seks lokale "):
        assert drafts(dataset, "Kostnader Hol", (piece * 2_000)[:2_000], "Hol Ål Gol Sum", (piece * 30)) is not None


def test_a_collaboration_without_terms_and_positions_can_be_read(elvedal: Dataset) -> None:
    """Synthetic names, equal and population keys, nothing on file about technology and budgets."""
    lines = [
        "Kostnader Nordvik",
        "Felles t.o.m 30.6.26 120 000",
        "Rehabilitering t.o.m 30.6.26 30 000",
        "Sum Nordvik 150 000",
    ]
    assert [(row.values.get("pool"), row.value, row.confidence) for row in drafts(elvedal, *lines)] == [
        ("felles", 120000, "checked"), ("rehab", 30000, "checked"), (None, 150000, "checked"),
    ]  # fmt: skip
