"""What people do to a workbook, and what the import says of it: nothing changed in silence, nothing as a traceback."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.exports.template import template
from hhanalytics.workbook_intake import Imported, Refused, import_workbook
from tests.exports.half_year import answer_source, columns, first_free, put

ROOT = Path(__file__).parents[2]
H1 = (date(2026, 1, 1), date(2026, 6, 30))


@pytest.fixture(scope="module")
def blank(dataset: Dataset) -> bytes:
    return template(dataset, 2026, tables=("costs", "welfare_tech", "positions", "events", "endings"))


class Desk:
    """A workbook with two rows filled in, and a copy of the data to hand it in to."""

    def __init__(self, content: bytes, folder: Path) -> None:
        self.folder, self.raw = folder, folder / "raw"
        shutil.copytree(ROOT / "data" / "raw", self.raw)
        self.book: Any = load_workbook(BytesIO(content))
        answer_source(self.book)
        self.costs = self.book["Utlignet"]
        for row, amount in ((6, 133_000), (7, 160_000)):
            put(self.costs, row, amount_nok=amount)

    def cell(self, row: int, column: str) -> Any:
        return self.costs.cell(row, columns(self.costs)[column])

    def save(self) -> Path:
        path = self.folder / "tall-2026.xlsx"
        self.book.save(path)
        return path

    def hand_in(self) -> Imported:
        return import_workbook(self.save(), self.raw)

    def refused(self) -> Refused:
        before = {path: path.read_bytes() for path in self.raw.rglob("*") if path.is_file()}
        with pytest.raises(Refused) as error:
            self.hand_in()
        after = {path: path.read_bytes() for path in self.raw.rglob("*") if path.is_file()}
        assert before == after, "something was written to the data"
        assert [path.name for path in self.raw.iterdir() if path.name[0] == "."] == []
        return error.value


@pytest.fixture
def desk(blank: bytes, tmp_path: Path) -> Desk:
    return Desk(blank, tmp_path)


def amounts(imported: Imported) -> list[int]:
    return pl.read_csv(imported.folder / "costs.csv")["amount_nok"].to_list()


def told(imported: Imported, id: str) -> list[tuple[str, str]]:
    return [(each.cell, each.value) for each in imported.told if each.id == id]


# What is taken in


def test_a_new_source_folder(desk: Desk) -> None:
    imported = desk.hand_in()
    assert imported.folder == desk.raw / "tall_2026"
    assert imported.rows == {"costs": 2}
    assert sorted(path.name for path in imported.folder.iterdir()) == ["costs.csv", "source.toml"]
    data = hh.load(desk.raw)
    rows = data.costs.filter(source="tall_2026")
    assert rows["amount_nok"].to_list() == [133_000, 160_000]
    # Where it stands, and how well it is known, follow from the workbook.
    assert rows["locator"].to_list() == ["Utlignet, rad 6", "Utlignet, rad 7"]
    assert rows["grade"].unique().to_list() == ["documented"]
    source = data.sources.filter(source="tall_2026").to_dicts()[0]
    assert (source["title"], source["document"]) == ("Tall 2026 (syntetiske)", "tall-2026.xlsx")
    assert len(source["sha256"]) == 64


def test_suggestions_nobody_answered_are_told_and_left_out(desk: Desk) -> None:
    imported = desk.hand_in()
    left = [each for each in imported.told if each.id == "unanswered" and each.sheet == "Utlignet"]
    assert left[0].cell == "A8"
    assert len(left) == first_free(desk.costs) - 8


@pytest.mark.parametrize(
    ("value", "amount", "why"),
    [
        ("98\u00a0049", 98049, "text_as_number"),
        ("98 049,00 ", 98049, "text_as_number"),
        ("\u2212300 000", -300000, "text_as_number"),
        ("=100+33", None, None),
    ],
)
def test_numbers_as_text(desk: Desk, value: str, amount: int | None, why: str | None) -> None:
    desk.cell(6, "amount_nok").value = value
    if amount is None:
        (problem,) = desk.refused().problems
        assert (problem.id, problem.cell) == ("no_result", "E6")  # openpyxl writes formulas without results
        return
    imported = desk.hand_in()
    assert amounts(imported) == [amount, 160_000]
    assert told(imported, str(why)) == [("E6", str(amount))]


def test_dates_as_text_and_as_day_numbers(desk: Desk) -> None:
    desk.cell(6, "period_start").value = "1. januar 2026"
    for row, value in ((6, 46203), (7, "31.12.2026")):  # Excel's number of 30 June 2026
        cell = desk.cell(row, "period_end")
        cell.value, cell.number_format = value, "General"
    imported = desk.hand_in()
    found = pl.read_csv(imported.folder / "costs.csv").select("period_start", "period_end").rows()
    assert found == [("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")]
    assert told(imported, "day_number") == [("D6", "2026-06-30")]
    assert told(imported, "text_as_date") == [("C6", "2026-01-01"), ("D7", "2026-12-31")]


def test_names_typed_instead_of_chosen(desk: Desk) -> None:
    desk.cell(6, "municipality").value = " flå "
    desk.cell(6, "pool").value = "Mobilt ferdighetsteam psykisk helse"
    desk.cell(7, "municipality").value = "flaa"
    rows = pl.read_csv(desk.hand_in().folder / "costs.csv")
    assert rows.select("municipality", "pool").rows() == [("flaa", "mft_psykisk_helse"), ("flaa", "hallinghelse")]


def test_moved_and_hidden_columns_blank_rows_and_strangers(desk: Desk) -> None:
    sheet = desk.costs
    sheet.move_range("E1:E60", rows=0, cols=15)  # the amounts stand in T now
    sheet.column_dimensions["T"].hidden = True
    sheet.insert_rows(7)
    sheet["V6"] = "husk å ringe"
    imported = desk.hand_in()
    assert amounts(imported) == [133_000, 160_000]
    assert [each.cell for each in imported.told if each.id == "not_read"] == ["V6"]


def test_a_sheet_of_ones_own_is_told(desk: Desk) -> None:
    desk.book.create_sheet("Kladd")["B2"] = 17
    assert [each.sheet for each in desk.hand_in().told if each.id == "sheet_not_read"] == ["Kladd"]


def test_headings_without_ids(desk: Desk) -> None:
    for cell in desk.costs[5]:
        cell.value = None
    assert amounts(desk.hand_in()) == [133_000, 160_000]


def test_an_id_is_made_where_none_is_given(desk: Desk) -> None:
    sheet = desk.book["Hendelser"]
    for row in (6, 7):
        put(
            sheet,
            row,
            text_nb="Nytt møterom på Ål",
            date=date(2026, 3, 1),
            precision="dag",
            kind="annet",
            affects="mft",
        )
    imported = desk.hand_in()
    ids = pl.read_csv(imported.folder / "events.csv")["event"].to_list()
    assert ids == ["nytt_moterom_paa_aal_2026", "nytt_moterom_paa_aal_2026_2"]
    assert [each.value for each in imported.told if each.id == "id_made"] == ids


def test_sixty_per_cent_is_sixty(desk: Desk) -> None:
    sheet = desk.book["Stillinger"]
    put(sheet, 6, programme="KEF", pool="hallinghelse", valid_from=date(2026, 1, 1), position_percent=0.6, vacant="nei")
    put(sheet, 6, programme="ledelse")
    sheet.cell(6, columns(sheet)["position_percent"]).number_format = "0 %"
    endings = desk.book["Avsluttes"]
    put(endings, 6, ends="stilling", programme="ledelse", last_day=date(2025, 12, 31))
    imported = desk.hand_in()
    assert pl.read_csv(imported.folder / "positions.csv")["position_percent"].to_list() == [60]
    assert [each.value for each in imported.told if each.id == "percent"] == ["60"]


def test_days_counted_from_1904(desk: Desk) -> None:
    desk.book.epoch = __import__("openpyxl.utils.datetime", fromlist=["CALENDAR_MAC_1904"]).CALENDAR_MAC_1904
    cell = desk.cell(6, "period_end")
    cell.value, cell.number_format = 44741, "General"  # 30 June 2026, counted from 1904
    for row in range(8, first_free(desk.costs)):
        desk.cell(row, "period_start").value = None
    rows = pl.read_csv(desk.hand_in().folder / "costs.csv")
    assert rows["period_end"].to_list() == ["2026-06-30", "2026-12-31"]


def test_the_value_of_a_formula_is_taken_and_said(blank: bytes, tmp_path: Path) -> None:
    """As Excel saves it: the formula with its result."""
    desk = Desk(blank, tmp_path)
    content = replaced(desk.save(), "<v>133000</v>", "<f>100000+33000</f><v>133000</v>")
    imported = import_workbook(content, desk.raw)
    assert amounts(imported) == [133_000, 160_000]
    assert told(imported, "formula") == [("E6", "133000")]


# What is refused


Spoil = Callable[[Desk], None]


def set_(row: int, column: str, value: Any) -> Spoil:
    def spoil(desk: Desk) -> None:
        desk.cell(row, column).value = value

    return spoil


CELLS: dict[str, tuple[Spoil, str, str, str]] = {
    "one or a thousand": (set_(6, "amount_nok", "1.204"), "ambiguous_number", "E6", "to måter"),
    "øre": (set_(6, "amount_nok", 98049.4), "bad_value", "E6", "et helt tall"),
    "in brackets": (set_(6, "amount_nok", "(7)"), "bad_value", "E6", "et helt tall"),
    "a unit": (set_(6, "amount_nok", "45 kr"), "bad_value", "E6", "et helt tall"),
    "no such day": (set_(6, "period_end", "31.06.2026"), "bad_value", "D6", "en dato"),
    "two days": (set_(6, "period_end", "03/04/2026"), "ambiguous_date", "D6", "to måter"),
    "nobody's municipality": (set_(6, "municipality", "Hallingdal"), "unknown_id", "A6", "ikke kjent"),
    "a word of one's own": (set_(6, "grade", "sikkert"), "grade|check__allowed", "H6", "listen"),
    "the wrong way round": (set_(6, "period_start", date(2026, 12, 1)), "period_in_order", "C6", "slutter før"),
    "nothing": (set_(6, "municipality", None), "municipality|nullability", "A6", "mangler en verdi"),
    "an error": (set_(6, "amount_nok", "#REF!"), "cell_error", "E6", "Formelen gir en feil"),
    "the same twice": (set_(7, "period_start", H1[0]), "primary_key", "A7", "to ganger"),
}  # fmt: skip


def test_mistakes_are_told_also_where_no_copy_can_be_written(desk: Desk) -> None:
    desk.cell(6, "amount_nok").value = "mye"
    (desk.folder / "file").write_bytes(b"")
    with pytest.raises(Refused) as error:
        import_workbook(desk.save(), desk.raw, marked=desk.folder / "file" / "copy.xlsx")
    assert [problem.id for problem in error.value.problems] == ["bad_value"]
    assert error.value.marked is None
    assert error.value.unmarked
    assert error.value.unmarked.id == "unwritable"


@pytest.mark.parametrize("name", CELLS)
def test_each_mistake_has_its_cell(desk: Desk, name: str) -> None:
    spoil, id, cell, words = CELLS[name]
    if name == "the same twice":
        set_(7, "period_end", H1[1])(desk)
    spoil(desk)
    error = desk.refused()
    assert [(problem.id, problem.cell) for problem in error.problems] == [(id, cell)]
    (problem,) = error.problems
    assert problem.file == "tall-2026.xlsx, Utlignet"
    assert problem.found
    assert problem.mend
    assert f"tall-2026.xlsx, Utlignet, {cell}" in str(problem)
    # The same stands in the marked copy, in the words of those who filled it in.
    assert error.marked == desk.folder / "tall-2026-merknader.xlsx"
    comments = {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in load_workbook(error.marked)
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }
    assert list(comments) == [("Utlignet", cell)]
    assert words in comments["Utlignet", cell]


def test_everything_wrong_is_said_at_once(desk: Desk) -> None:
    set_(6, "amount_nok", "1.204")(desk)
    set_(7, "period_end", "tull")(desk)
    put(desk.book["Velferdsteknologi"], 6, units="mange")
    desk.book["Kilde"]["C5"] = None
    found = {(problem.file.partition(", ")[2], problem.cell) for problem in desk.refused().problems}
    assert found == {("Utlignet", "E6"), ("Utlignet", "D7"), ("Velferdsteknologi", "D6"), ("Kilde", "C5")}


def test_what_has_been_delivered_is_never_overwritten(desk: Desk) -> None:
    first = desk.hand_in()
    before = (first.folder / "costs.csv").read_bytes()
    error = desk.refused()
    assert "place_taken" in {problem.id for problem in error.problems}
    assert (first.folder / "costs.csv").read_bytes() == before


def test_merged_cells(desk: Desk) -> None:
    desk.costs.merge_cells("A6:A7")
    (problem,) = [p for p in desk.refused().problems if p.id == "merged_cells"]
    assert (problem.cell, problem.found) == ("A6", "the cells A6:A7 merged")


def test_the_grade_is_asked_once(desk: Desk) -> None:
    desk.book["Kilde"]["C12"] = None
    (problem,) = desk.refused().problems
    assert (problem.id, problem.cell) == ("not_answered", "C12")


def test_a_column_is_gone_or_there_twice(desk: Desk) -> None:
    desk.costs["E5"] = "costs.pool"
    found = {(problem.id, problem.column) for problem in desk.refused().problems}
    assert found == {("double_column", "pool"), ("no_column", "amount_nok")}


def test_an_old_template(desk: Desk) -> None:
    desk.book["hhanalytics"]["B1"] = 0
    (problem,) = desk.refused().problems
    assert (problem.id, problem.found) == ("old_template", "a workbook of version 0")


def test_something_in_the_last_cell(desk: Desk) -> None:
    desk.costs["XFD1048576"] = "x"
    (problem,) = desk.refused().problems
    assert (problem.id, problem.cell) == ("far_out", "XFD1048576")


def saved(book: Any) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def replaced(path: Path, old: str, new: str) -> Path:
    """A workbook with something in its sheets replaced."""
    out = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old_file, zipfile.ZipFile(out, "w") as new_file:
        hits = 0
        for entry in old_file.infolist():
            text = old_file.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                hits += text.count(old.encode())
                text = text.replace(old.encode(), new.encode())
            new_file.writestr(entry, text)
    assert hits == 1
    return out


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("content", "id", "says"),
    [
        (b"", "not_xlsx", "an empty file"),
        (b"municipality;amount\nhol;12\n", "not_xlsx", "no workbook"),
        (OLE, "old_format", "xlsx"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted", "without password"),
        (b"PK\x03\x04 and then nothing", "damaged", "damaged"),
        (zipped(**{"word/document.xml": b"<a/>"}), "not_xlsx", "no xlsx workbook"),
        (zipped(**{"xl/workbook.bin": b"x"}), "not_xlsx", "xlsb"),
        (zipped(**{"xl/workbook.xml": b"<broken"}), "damaged", "damaged"),
        (zipped(**{"xl/workbook.xml": b'<?xml version="1.0" encoding="UT7-8"?><a/>'}), "damaged", "damaged"),
        (saved(Workbook()), "no_template", "no sheet with a table"),
    ],
)
def test_files_that_are_no_workbook_of_ours(tmp_path: Path, content: bytes, id: str, says: str) -> None:
    path = tmp_path / "fil.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refused) as error:
        import_workbook(path, ROOT / "data" / "raw")
    assert id in [problem.id for problem in error.value.problems]
    assert says in str(error.value)


def test_a_workbook_cut_short(desk: Desk) -> None:
    path = desk.save()
    content = path.read_bytes()
    for part in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(Refused) as error:
            import_workbook(path, desk.raw)
        assert [problem.id for problem in error.value.problems] == ["damaged"]


# The marked copy


def test_marked_copy_keeps_what_people_added(desk: Desk) -> None:
    desk.cell(6, "amount_nok").value = "1.204"
    desk.cell(6, "amount_nok").comment = Comment("Stemmer dette?", "noen")
    desk.cell(8, "note").comment = Comment("Spør regnskap", "noen")
    desk.cell(7, "note").value = "=1+1"
    desk.cell(9, "note").alignment = Alignment(horizontal="right")
    desk.cell(9, "note").value = "til høyre"
    error = desk.refused()
    assert error.marked
    ours, theirs = load_workbook(error.marked), load_workbook(desk.folder / "tall-2026.xlsx")
    assert ours.sheetnames == theirs.sheetnames
    for sheet in theirs:
        assert [[c.value for c in row] for row in ours[sheet.title].iter_rows()] == [
            [c.value for c in row] for row in sheet.iter_rows()
        ]
        assert len(ours[sheet.title].data_validations.dataValidation) == len(sheet.data_validations.dataValidation)
        assert ours[sheet.title].protection.sheet == sheet.protection.sheet
    own = ours["Utlignet"]
    assert own["F8"].comment.text == "Spør regnskap"
    assert own["E6"].comment.text.startswith("Stemmer dette?")
    assert "to måter" in own["E6"].comment.text
    assert own["F9"].alignment.horizontal == "right"


def test_marked_copy_can_be_mended_and_handed_in(desk: Desk) -> None:
    desk.cell(6, "amount_nok").value = "1.204"
    marked = desk.refused().marked
    assert marked
    book = load_workbook(marked)
    book["Utlignet"]["E6"] = 1204
    book.save(marked)
    assert amounts(import_workbook(marked, desk.raw)) == [1204, 160_000]


def test_marked_copy_is_the_same_for_the_same_workbook(desk: Desk) -> None:
    desk.cell(6, "amount_nok").value = "1.204"
    path = desk.save()
    copies = []
    for _ in range(2):
        with pytest.raises(Refused) as error:
            import_workbook(path, desk.raw)
        assert error.value.marked
        copies.append(error.value.marked.read_bytes())
    assert copies[0] == copies[1]


def test_a_marked_copy_that_is_being_mended_stays(desk: Desk) -> None:
    desk.cell(6, "amount_nok").value = "1.204"
    first = desk.refused().marked
    assert first
    first.write_bytes(b"mended")
    assert desk.refused().marked == desk.folder / "tall-2026-merknader-2.xlsx"
    assert first.read_bytes() == b"mended"


@pytest.mark.parametrize(
    ("sheet", "column", "value", "says"),
    [
        ("Aktivitet", "quantity", "over 440", "velg forbeholdet i kolonnen Forbehold"),
        ("Utlignet", "amount_nok", 98049.5, "Rund av selv"),
        ("Utlignet", "amount_nok", "(7)", "sett minus foran"),
        ("Utlignet", "municipality", "Oslo", "Velg fra listen."),
        ("Utlignet", "pool", "Nytt", "før det først i arket Regnskapsområder"),
    ],
)
def test_a_comment_says_how_to_mend_that_cell(
    dataset: Dataset, tmp_path: Path, sheet: str, column: str, value: Any, says: str
) -> None:
    """Municipalities have no sheet in the yearly workbook, so nobody is sent to one."""
    desk = Desk(template(dataset, 2026), tmp_path)
    own = desk.book[sheet]
    place = columns(own)[column]
    own.cell(6, place).value = value
    if sheet == "Utlignet" and column != "amount_nok":
        own.cell(6, columns(own)["amount_nok"]).value = 1
    copy = desk.refused().marked
    assert copy is not None
    marked = load_workbook(copy)
    assert says in marked[sheet].cell(6, place).comment.text
