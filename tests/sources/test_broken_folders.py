"""Broken data: each mistake is told once, with file, line, column, what was found, expected, and how to mend it."""

from __future__ import annotations

import codecs
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from hhanalytics.dataset import load
from hhanalytics.errors import InvalidData, Problem

REPORT = "elvedal_report_2026"
PEOPLE = "elvedal_municipalities"
Edit = Callable[[bytes], bytes]


def swap(old: str, new: str, times: int = 1) -> Edit:
    """Put one text in place of another, the first so many times."""

    def edit(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode(), times)

    return edit


def line(number: int, new: str) -> Edit:
    """Put a line in place of a numbered one, the header being 1."""

    def edit(data: bytes) -> bytes:
        lines = data.decode().split("\n")
        lines[number - 1] = new
        return "\n".join(lines).encode()

    return edit


def more(*lines: str) -> Edit:
    return lambda data: data + "".join(f"{text}\n" for text in lines).encode()


def whole(data: bytes) -> Edit:
    return lambda _: data


@dataclass(frozen=True)
class Case:
    """One mistake and the one problem it must give."""

    file: str
    edit: Edit
    id: str
    row: int | None
    column: str | None
    says: tuple[str, ...]


COSTS, MEMBERS = f"{REPORT}/costs.csv", f"{REPORT}/memberships.csv"
CASES = {
    # Cells
    "thousands parted by a space": Case(COSTS, swap("1000000", "1 000 000"), "bad_value", 2, "amount_nok", ("'1 000 000'", "without spaces")),
    "decimal comma": Case(f"{REPORT}/programmes.csv", swap("0.5", '"0,5"'), "bad_value", 2, "avoidable_share", ("'0,5'", "decimal point")),
    "øre where kroner are meant": Case(COSTS, swap("1000000", "1000000.50"), "bad_value", 2, "amount_nok", ("whole number",)),
    "more digits than a number has": Case(COSTS, swap("1000000", "9" * 30), "bad_value", 2, "amount_nok", ("9" * 30,)),
    "digits of another script": Case(COSTS, swap("1000000", "١٢٣"), "bad_value", 2, "amount_nok", ("whole number",)),
    "NaN": Case(f"{REPORT}/programmes.csv", swap("0.5", "NaN"), "bad_value", 2, "avoidable_share", ("'NaN'",)),
    "infinity": Case(f"{REPORT}/programmes.csv", swap("0.5", "inf"), "bad_value", 2, "avoidable_share", ("'inf'",)),
    "beyond all floats": Case(f"{REPORT}/programmes.csv", swap("0.5", "1" + "0" * 400), "bad_value", 2, "avoidable_share", ("number",)),
    "30 February": Case(COSTS, swap("2026-12-31", "2026-02-30"), "bad_value", 2, "period_end", ("'2026-02-30'", "2025-12-31")),
    "Norwegian date": Case(COSTS, swap("2026-12-31", "31.12.2026"), "bad_value", 2, "period_end", ("'31.12.2026'",)),
    "TRUE as Excel writes it": Case(f"{REPORT}/pools.csv", swap("false", "FALSE"), "bad_value", 2, "part_of_position", ("'FALSE'", "true or false")),
    "nothing where something must be": Case(COSTS, swap("1000000", ""), "amount_nok|nullability", 2, "amount_nok", ("nothing", "a value")),
    "a word that is none of the allowed": Case(COSTS, swap("documented", "certain"), "grade|check__allowed", 2, "grade", ("'certain'", "documented, derived, assumed, missing")),
    "an id in capitals": Case(f"{REPORT}/activities.csv", swap(",teaching,", ",Teaching,"), "kind|regex", 2, "kind", ("'Teaching'", "the form")),
    "a negative count": Case(f"{REPORT}/activities.csv", swap(",60,exact", ",-60,exact"), "quantity|min", 2, "quantity", ("'-60'", "at least 0")),
    "more than the whole": Case(f"{REPORT}/programmes.csv", swap("0.5", "1.5"), "avoidable_share|max", 2, "avoidable_share", ("at least 0 and at most 1",)),
    "a month that is no month": Case(f"{REPORT}/welfare_tech.csv", swap("2026-01-01", "2026-01-02"), "month|check__first_of_month", 2, "month", ("first day of a month",)),
    # Rows
    "period the wrong way round": Case(COSTS, swap("2026-01-01,2026-12-31", "2026-12-31,2026-01-01"), "period_in_order", 2, None, ("period_start 2026-12-31, period_end 2026-01-01", "first day before the last")),
    "a charge over two years": Case(COSTS, swap("2026-01-01,2026-12-31", "2026-07-01,2027-06-30"), "costs_within_one_year", 2, None, ("period within one year",)),
    "a budget over two years": Case(f"{REPORT}/budgets.csv", swap("2026-12-31", "2027-12-31"), "budget_within_one_year", 2, None, ("period within one year",)),
    "validity the wrong way round": Case(f"{REPORT}/positions.csv", swap("2026-06-30", "2025-06-30"), "validity_in_order", 3, None, ("2025-06-30",)),
    "population key without date": Case(MEMBERS, swap("population,2026-01-01", "population,"), "reference_date_with_population_key", 2, None, ("key population", "reference_date with the population key")),
    "price range out of order": Case("elvedal_prices/prices.csv", swap("3000,2500,4000", "3000,3500,4000"), "range_in_order", 2, None, ("amount_low_nok 3500",)),
    "a price that is paid to the buyer": Case("elvedal_prices/prices.csv", swap("5000", "-5000"), "amount_nok|min", 3, "amount_nok", ("'-5000'", "at least 0")),
    "an index at nothing": Case("elvedal_prices/price_index.csv", swap("2026,110", "2026,0"), "index_above_none", 3, None, ("value 0.0", "a level above 0")),
    "part of a position that is nobody's": Case(f"{REPORT}/position_hooks.csv", swap("whole", "equal"), "part_has_a_payer", 2, None, ("reading equal",)),
    "same row twice": Case(COSTS, more("vestli,rehab,2026-01-01,2026-12-31,1,row 9,documented"), "primary_key", 10, None, ("municipality vestli, pool rehab", f"as in {COSTS}, line 9", "one row per")),
    "same month twice": Case(f"{REPORT}/welfare_tech.csv", swap("alarm,2026-02-01", "alarm,2026-01-01"), "one_row_per_month", 3, None, ("technology alarm, month 2026-01-01",)),
    "a sum that is nobody's": Case(
        f"{REPORT}/control_totals.csv",
        swap("sum_nordvik,municipality,nordvik", "sum_nordvik,municipality,"),
        "total_of_a_municipality",
        2,
        None,
        ("kind municipality", "a municipality with its total"),
    ),
    "an id that a measure uses": Case(
        f"{REPORT}/programmes.csv",
        more("unallocated,Rest,,,row 6,documented"),
        "programme_not_reserved",
        7,
        None,
        ("programme unallocated", "another id"),
    ),
    "a pool by the name of all": Case(
        f"{REPORT}/pools.csv", more("all,,false,true,Alt,2026-01-01,row 3,documented"), "pool_not_reserved", 4, None, ("pool all",)
    ),
    # Relations
    "an id nobody has declared": Case(f"{REPORT}/activities.csv", swap(",kurs,", ",kursene,"), "unknown_id", 5, "programme", ("'kursene'", "such as kurs", "programmes.csv")),
    "an id and its form wrong at once": Case(COSTS, swap("nordvik", "Nordvik"), "unknown_id", 2, "municipality", ("'Nordvik'", "such as nordvik")),
    "part of an activity that is not there": Case(f"{REPORT}/activities.csv", swap("exact,rehab_2026,", "exact,rehab_26,"), "unknown_id", 4, "part_of", ("such as rehab_2026",)),
    "member twice at once": Case(MEMBERS, more("vestli,felles,2026-06-01,2026-12-31,population,2026-01-01,row 9,documented"), "overlap", 10, "valid_from", ("vestli twice in felles",)),
    "two keys in one pool": Case(MEMBERS, swap("sorstad,rehab,2026-01-01,,equal,", "sorstad,rehab,2026-01-01,,population,2026-01-01"), "two_keys", 8, "key", ("population 2026-01-01 beside equal", "one key per pool")),
    "the first in the file has the odd key": Case(MEMBERS, swap("nordvik,felles,2026-01-01,2026-12-31,population,2026-01-01", "nordvik,felles,2026-01-01,2026-12-31,population,2025-01-01"), "two_keys", 2, "key", ("population 2025-01-01 beside population 2026-01-01",)),
    "a pool that is two things at once": Case(f"{REPORT}/pools.csv", more("rehab,rehab,false,true,Nytt navn,2026-07-01,row 3,documented"), "overlap", 4, "valid_from", ("rehab twice on 2026-07-01",)),
    "age bands that overlap": Case(f"{PEOPLE}/population.csv", swap("0-66", "0-70"), "overlap", 3, "age_band", ("67+ beside 0-70",)),
    "quotes for one service in two units": Case("elvedal_prices/prices.csv", swap("q2,kursplass,participants", "q2,kursplass,hours"), "several_units", 3, "unit", ("hours beside participants",)),
    # Files
    "not UTF-8": Case(COSTS, lambda data: data.replace(b"row 3", b"r\xf8d 3"), "not_utf8", 4, None, ("byte 0xf8", "UTF-8")),
    "UTF-16 from a spreadsheet": Case(COSTS, lambda data: data.decode().encode("utf-16"), "not_utf8", 1, None, ("UTF-8",)),
    "a NUL byte": Case(COSTS, swap("row 2", "row\x002"), "nul_byte", 3, None, ("NUL",)),
    "a cell too many": Case(COSTS, line(3, "midtbygd,felles,2026-01-01,2026-12-31,600000,row 2, unquoted,documented"), "ragged_row", 3, None, ("8 cells", "7 as in the header")),
    "a cell too few": Case(COSTS, line(3, "midtbygd,felles"), "ragged_row", 3, None, ("2 cells",)),
    "semicolons": Case(COSTS, lambda data: data.replace(b",", b";"), "unknown_column", 1, "municipality;pool;period_start;period_end;amount_nok;locator;grade", ("an unknown column",)),
    "an open quote": Case(COSTS, line(4, 'sorstad,felles,2026-01-01,2026-12-31,300000,"row 3,documented'), "bad_csv", 4, None, ("quote",)),
    "an unknown column": Case(COSTS, lambda data: data.replace(b"locator,grade", b"locator,grade,comment").replace(b"documented", b"documented,"), "unknown_column", 1, "comment", ("an unknown column",)),
    "a misspelt column": Case(f"{REPORT}/budgets.csv", swap("budget,period", "buget,period"), "unknown_column", 1, "buget", ("budget",)),
    "a column twice": Case(f"{REPORT}/budgets.csv", swap("locator", "grade"), "double_column", 1, "grade", ("twice",)),
    "a missing column": Case(f"{REPORT}/grants.csv", swap("status", "note"), "no_column", 1, "status", ("no such column",)),
    "an empty file": Case(COSTS, whole(b""), "empty_file", None, None, ("no header", "amount_nok")),
    "a file of blank lines": Case(COSTS, whole(b"\n\n"), "empty_file", None, None, ("no header",)),
    "bad TOML": Case(f"{REPORT}/source.toml", swap('title = "', "title = '"), "bad_toml", None, None, ("TOML",)),
    "TOML without a title": Case(f"{REPORT}/source.toml", swap("title =", "# title ="), "title|nullability", 1, "title", ("nothing",)),
    "TOML with a date in quotes": Case(f"{REPORT}/source.toml", more('published_on = "2026-12-31"'), "bad_value", 1, "published_on", ("without quotes",)),
    "TOML with a number for a text": Case(f"{REPORT}/source.toml", more("licence = 2"), "bad_value", 1, "licence", ("quotes",)),
    "TOML with an unknown key": Case(f"{REPORT}/source.toml", more('licens = "NLOD"'), "unknown_column", None, "licens", ("licence",)),
    "a checksum that is none": Case(f"{REPORT}/source.toml", more('sha256 = "abc"'), "sha256|regex", 1, "sha256", ("'abc'",)),
}  # fmt: skip
# What the lines above make of a second mistake, where one edit cannot do with less.
ALSO = {
    "semicolons": 7,  # every declared column is missing too
    "a misspelt column": 1,
    "a column twice": 2,  # it stands twice, and in the place of another
}


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(InvalidData) as error:
        load(folder)
    return error.value.problems


@pytest.mark.parametrize("name", CASES)
def test_one_mistake_is_one_problem(elvedal_copy: Path, name: str) -> None:
    """Nothing follows from a mistake but its own problem: ids in a file that cannot be read are not "unknown"."""
    case = CASES[name]
    path = elvedal_copy / case.file
    path.write_bytes(case.edit(path.read_bytes()))
    found = problems(elvedal_copy)
    wanted = [p for p in found if (p.id, p.file, p.row, p.column) == (case.id, case.file, case.row, case.column)]
    assert len(wanted) == (2 if name == "a column twice" else 1), found
    assert len(found) == 1 + ALSO.get(name, 0), found
    text = str(wanted[0])
    for part in (case.file, *case.says):
        assert part in text
    assert text.endswith(".")
    assert wanted[0].mend


BREAK_WHOLE_TABLES = ["programmes.csv", "pools.csv", "activities.csv"]


@pytest.mark.parametrize("table", BREAK_WHOLE_TABLES)
@pytest.mark.parametrize("broken", [b"", b"\xff\xfe", b"a\n", b"a,b\n1\n"])
def test_a_table_that_cannot_be_read_makes_no_other_problem(elvedal_copy: Path, table: str, broken: bytes) -> None:
    (elvedal_copy / REPORT / table).write_bytes(broken)
    assert {p.file for p in problems(elvedal_copy)} == {f"{REPORT}/{table}"}


def test_charges_before_there_was_such_a_pool(elvedal_copy: Path) -> None:
    """Each of the four charges is named; without a row for their day they would be in no measure."""
    path = elvedal_copy / REPORT / "pools.csv"
    path.write_bytes(path.read_bytes().replace(b"Rehabilitering,2026-01-01", b"Rehabilitering,2026-01-02"))
    found = problems(elvedal_copy)
    assert [(p.id, p.file, p.row) for p in found] == [("outside_validity", COSTS, row) for row in (6, 7, 8, 9)]
    assert found[0].found == "2026-01-01 to 2026-12-31 in rehab"


def test_files_and_folders_that_are_no_tables(elvedal_copy: Path) -> None:
    report = elvedal_copy / REPORT
    (report / "programmes.csv").rename(report / "programme.csv")
    (report / "notes.docx").write_text("x")
    (report / "sources.csv").write_text("source\n")
    (report / "costs_2.csv").mkdir()
    (report / ".DS_Store").write_text("x")
    (elvedal_copy / "README.md").write_text("about")
    (elvedal_copy / ".cache").mkdir()
    found = problems(elvedal_copy)
    assert [(p.id, p.file) for p in found] == [
        ("unknown_file", f"{REPORT}/{name}") for name in ("costs_2.csv", "notes.docx", "programme.csv", "sources.csv")
    ]
    assert "programmes.csv" in found[2].expected


def test_a_folder_without_source_toml_is_one_problem(elvedal_copy: Path) -> None:
    (elvedal_copy / REPORT / "source.toml").unlink()
    [found] = problems(elvedal_copy)
    assert (found.id, found.file) == ("no_source", f"{REPORT}/source.toml")


def test_a_folder_whose_name_is_no_id_is_one_problem(elvedal_copy: Path) -> None:
    (elvedal_copy / REPORT).rename(elvedal_copy / "Report 2026")
    [found] = problems(elvedal_copy)
    assert (found.id, found.file, found.column) == ("source|regex", "Report 2026/source.toml", "source")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_no_data_at_all(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "raw")
    [found] = problems(tmp_path / "raw")
    assert found.id == "no_data"


#: Ten mistakes in one delivery: what they are, where.
TEN = {
    (COSTS, 2, "amount_nok"): "bad_value",
    (COSTS, 3, None): "period_in_order",
    (COSTS, 5, "municipality"): "unknown_id",
    (f"{REPORT}/activities.csv", 3, "quantity"): "bad_value",
    (f"{REPORT}/budgets.csv", 2, "period_start"): "bad_value",
    (f"{REPORT}/grants.csv", 2, "status"): "status|check__allowed",
    (f"{REPORT}/grants.csv", 4, None): "ragged_row",
    (f"{REPORT}/notes.txt", None, None): "unknown_file",
    (f"{PEOPLE}/population.csv", 2, "persons"): "persons|min",
    (MEMBERS, 8, "reference_date"): "bad_value",
    (f"{REPORT}/pools.csv", 2, "name_nb"): "name_nb|nullability",
    ("elvedal_prices/source.toml", 1, "publisher"): "publisher|nullability",
}


def test_everything_is_told_at_once_and_once(elvedal_copy: Path) -> None:
    def edit(name: str, *edits: Edit) -> None:
        path = elvedal_copy / name
        for change in edits:
            path.write_bytes(change(path.read_bytes()))

    edit(COSTS, swap(",1000000,", ",1.000.000,"), line(3, "midtbygd,felles,2026-12-31,2026-01-01,600000,row 2,documented"), line(5, "westli,felles,2026-01-01,2026-12-31,100000,row 4,documented"))  # fmt: skip
    edit(f"{REPORT}/activities.csv", swap(",40,exact", ",mange,exact"))
    edit(f"{REPORT}/budgets.csv", swap("2026-01-01", "januar"))
    edit(f"{REPORT}/grants.csv", swap("granted,false", "given,false"), line(4, "handed_on,Fylket"))
    edit(f"{PEOPLE}/population.csv", swap(",3000,", ",-3000,"))
    edit(MEMBERS, swap("sorstad,rehab,2026-01-01,,equal,", "sorstad,rehab,2026-01-01,,equal,i år"))
    edit(f"{REPORT}/pools.csv", swap(",Felles,", ",,"))
    edit("elvedal_prices/source.toml", swap("publisher", "# publisher"))
    (elvedal_copy / REPORT / "notes.txt").write_text("x")
    found = problems(elvedal_copy)
    assert {(p.file, p.row, p.column): p.id for p in found} == TEN
    assert len(found) == len(TEN)
    assert [(p.file, p.row or 0) for p in found] == sorted((p.file, p.row or 0) for p in found)


def test_the_error_lists_them_and_survives_a_process(elvedal_copy: Path) -> None:
    path = elvedal_copy / COSTS
    path.write_bytes(path.read_bytes().replace(b"1000000", b"x").replace(b"600000", b"y"))
    with pytest.raises(InvalidData) as error:
        load(elvedal_copy)
    text = str(error.value)
    assert text.startswith("2 problems in the data:\n- ")
    assert [fact["found"] for fact in error.value.facts["problems"]] == ["'x'", "'y'"]
    again = pickle.loads(pickle.dumps(error.value))
    assert (str(again), again.id, again.problems) == (text, "invalid_data", error.value.problems)


# What is fine


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: codecs.BOM_UTF8 + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: data + b"\n\n",
        lambda data: data.rstrip(b"\n"),
        lambda data: data.replace(b"row 1,", b'"row\n1, quoted ""so""",'),
        lambda data: data.replace(b"locator,grade", b"locator,grade,note").replace(b"documented", b"documented,note"),
        lambda data: data.replace(b"1000000", b"+1000000"),
    ],
    ids=["bom", "crlf", "cr", "blank_lines", "no_last_newline", "quoted_newline", "optional_column", "plus"],
)
def test_what_spreadsheets_do_is_read(elvedal_copy: Path, edit: Edit) -> None:
    before = load(elvedal_copy).costs.drop("locator", "note")
    path = elvedal_copy / COSTS
    path.write_bytes(edit(path.read_bytes()))
    assert load(elvedal_copy).costs.drop("locator", "note").equals(before)


def test_line_numbers_after_a_quoted_newline(elvedal_copy: Path) -> None:
    """The row stands where it begins, as an editor counts."""
    path = elvedal_copy / COSTS
    text = (
        path.read_text("utf-8").replace("row 1,", '"one\ntwo\r\nthree",').replace("300000", "x").replace("200000", "y")
    )
    path.write_bytes(text.encode())
    [found] = problems(elvedal_copy)
    assert path.read_text("utf-8").split("\n")[found.row - 1 : found.row] == [
        "sorstad,felles,2026-01-01,2026-12-31,x,row 3,documented"
    ]  # type: ignore[operator]


def test_only_a_header_is_a_table_without_rows(elvedal_copy: Path) -> None:
    path = elvedal_copy / REPORT / "grants.csv"
    path.write_text(path.read_text("utf-8").split("\n")[0] + "\n", "utf-8")
    assert load(elvedal_copy).grants.height == 0


def test_the_largest_whole_number(elvedal_copy: Path) -> None:
    path = elvedal_copy / COSTS
    path.write_bytes(path.read_bytes().replace(b",1000000,", b",999999999999999999,"))
    assert load(elvedal_copy).costs["amount_nok"].max() == 10**18 - 1


def test_a_row_may_name_another_source(elvedal_copy: Path) -> None:
    path = elvedal_copy / COSTS
    text = path.read_text("utf-8").replace("locator,grade", "locator,grade,source")
    path.write_text(
        text.replace("documented", "documented,elvedal_prices", 1).replace("documented\n", "documented,\n"), "utf-8"
    )
    found = load(elvedal_copy).costs.group_by("source").len()
    assert dict(found.iter_rows()) == {"elvedal_prices": 1, REPORT: 7, "elvedal_report_2027": 8}


def test_a_member_that_comes_back_and_a_key_that_changes(elvedal_copy: Path) -> None:
    """Out for a while and in again, and another reference date for all from a day on: neither overlaps."""
    path = elvedal_copy / MEMBERS
    text = path.read_text("utf-8").replace("vestli,rehab,2026-01-01,,", "vestli,rehab,2026-01-01,2026-03-31,")
    path.write_text(text + "vestli,rehab,2026-05-01,,equal,,row 9,documented\n", "utf-8")
    assert load(elvedal_copy).memberships.filter(pl.col("municipality") == "vestli").height == 4


def test_years_and_collaborations_are_folders(elvedal_copy: Path, data_copy: Path) -> None:
    """The synthetic folders beside the real ones: both are read, neither changes the other's rows."""
    before = load(data_copy)
    for folder in elvedal_copy.iterdir():
        shutil.copytree(folder, data_copy / folder.name)
    both = load(data_copy)
    assert both.years() == [2025, 2026, 2027]
    for name, table in load(elvedal_copy).tables.items():
        assert both.tables[name].height == table.height + before.tables[name].height
