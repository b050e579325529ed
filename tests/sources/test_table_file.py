"""Files as they come: what is told by the file, what is asked, and what is read."""

from __future__ import annotations

import csv
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.errors import BadInput, InvalidData, UnknownName
from hhanalytics.sources.headings import _data, headings, plain
from hhanalytics.tables import TABLES

SHARED = Path(__file__).parents[3] / "shared" / "reference"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference files are not beside the project")


@pytest.fixture(scope="module")
def known() -> Any:
    return hh.load(Path(__file__).parents[2] / "data" / "raw").tables


def column(cells: list[str], kind: str = "number", **format: Any) -> list[Any]:
    """What a column of cells is read as."""
    data = "x;y\n" + "".join(f'"{cell}";1\n' for cell in cells)
    return hh.read_table(data.encode(), {"x": kind, "y": "text"}, **format).frame["x"].to_list()


def asked(cells: list[str], kind: str = "number", **format: Any) -> tuple[str, int | None, str]:
    """The one problem a column gives: id, line, text."""
    with pytest.raises(InvalidData) as error:
        column(cells, kind, **format)
    (problem, *_) = error.value.problems
    return problem.id, problem.row, str(problem)


# Numbers. Right-hand sides are what the digits say, worked out by hand.


@pytest.mark.parametrize(
    ("cells", "kind", "format", "read"),
    [
        (["1 204,50", "−3", "0,5"], "number", {}, [1204.5, -3.0, 0.5]),
        (["1\u00a0204,50", "2\u202f000", "7"], "number", {}, [1204.5, 2000.0, 7.0]),
        (["1.204.000", "-5"], "whole", {}, [1204000, -5]),
        (["1'204", "1’000’000"], "whole", {}, [1204, 1000000]),
        (["1,204.5", "3"], "number", {}, [1204.5, 3.0]),
        (["1.204", "15.5"], "number", {}, [1.204, 15.5]),
        (["1.204", "15,5"], "number", {}, [1204.0, 15.5]),
        (["1.204", "0.125"], "number", {}, [1.204, 0.125]),
        (["1.204"], "number", {"decimal": ","}, [1204.0]),
        (["1.204"], "number", {"decimal": "."}, [1.204]),
        (["1.204"], "number", {"thousands": "."}, [1204.0]),
        (["1,204"], "money", {"decimal": "."}, [120400]),
        (["–7", "+7", "- 7"], "whole", {}, [-7, 7, -7]),
        (["(7)", "5"], "whole", {"negative": "parentheses"}, [-7, 5]),
        (["7-", "1 204,50-", "5"], "money", {"negative": "trailing"}, [-700, -120450, 500]),
        (["12,5", "-0,05", "3", "1 234,10"], "money", {}, [1250, -5, 300, 123410]),
        (["kr 1 204", "7,-", "5 kr", "NOK 3", "8,–", "kr 9 kr", "6\u00a0kr"], "money", {}, [120400, 700, 500, 300, 800, 900, 600]),
        (["1 204,00", "3,00"], "whole", {}, [1204, 3]),
        (["", "  ", "4"], "whole", {}, [None, None, 4]),
        (["-", "4", "12"], "whole", {"symbols": "ssb"}, [0, 4, 12]),
        ([",5", "0,25"], "number", {}, [0.5, 0.25]),
        (["0", "-0", "00"], "whole", {}, [0, 0, 0]),
        (["999999999999999999"], "whole", {}, [999999999999999999]),
    ],
)  # fmt: skip
def test_numbers(cells: list[str], kind: str, format: dict[str, str], read: list[Any]) -> None:
    assert column(cells, kind, **format) == read


@pytest.mark.parametrize(
    ("cells", "kind", "id", "line", "says"),
    [
        (["3", "1.204"], "number", "ambiguous_number", 3, "which may be 1.204 or 1204"),
        (["1,204", "350"], "money", "ambiguous_number", 2, 'decimal=","'),
        (["1.000"], "whole", "ambiguous_number", 2, "1.000 or 1000"),
        (["(7)"], "whole", "bad_value", 2, 'negative="parentheses"'),
        (["7-"], "whole", "bad_value", 2, 'negative="trailing"'),
        (["3", "-"], "whole", "lone_dash", 3, 'symbols="ssb"'),
        (["1204,50", "1204.50"], "number", "mixed_numbers", 3, "beside '1204,50' in line 2"),
        (["12 34"], "whole", "bad_value", 2, "groups of three digits"),
        (["1 2 345"], "whole", "bad_value", 2, "groups of three digits"),
        (["12,5"], "whole", "not_whole", 2, "a whole number"),
        (["12,505", "1,5"], "money", "not_whole", 2, "at most two decimals"),
        (["1,2E+05"], "number", "bad_value", 2, "write the number out"),
        (["seks"], "whole", "bad_value", 2, "'seks'"),
        (["١٢٣"], "whole", "bad_value", 2, "a number"),
        (["NaN"], "number", "bad_value", 2, "'NaN'"),
        (["5,"], "number", "bad_value", 2, "'5,'"),
        (["1..2"], "number", "bad_value", 2, "'1..2'"),
        (["9" * 19], "whole", "too_many_digits", 2, "at most 18 digits"),
        (["0,12345678901234567890"], "number", "too_many_digits", 2, "at most 17 digits"),
    ],
)  # fmt: skip
def test_numbers_that_are_asked_for(cells: list[str], kind: str, id: str, line: int, says: str) -> None:
    found = asked(cells, kind)
    assert found[:2] == (id, line)
    assert says in found[2]


def test_each_bad_cell_is_told_and_very_many_are_counted() -> None:
    with pytest.raises(InvalidData) as error:
        column(["x"] * 500, "whole")
    assert [p.row for p in error.value.problems] == list(range(2, 12))
    assert "and 490 more cells" in str(error.value)


def test_persons_are_whole_so_that_a_point_parts_thousands() -> None:
    """Kroner may have decimals, and then it is asked; there is no part of a person."""
    text = b"municipality;year;age_band;persons\nx;2025;0-17;1.204\n"
    read = hh.read_table(text, "population")
    assert read.frame["persons"].to_list() == [1204]
    assert "thousands by unit" in read.changes["kind"].to_list()
    costs = b"municipality;pool;period;amount_nok\nx;y;2025;1.204\n"
    with pytest.raises(InvalidData, match="which may be"):
        hh.read_table(costs, "costs")


def test_signs_for_missing_are_kept_apart_and_never_nought() -> None:
    cells = {"0-17": ".", "18-49": "..", "50-66": ":", "67-79": "-", "80+": "12"}
    rows = "".join(f"aal;2025;{age};{value}\n" for age, value in cells.items())
    text = f"Befolkning\n\nregion;år;alder;personer\n{rows}\nKilde: Statistisk sentralbyrå\n"
    read = hh.read_table(text.encode(), "population")
    assert read.frame["persons"].to_list() == [None, None, None, 0, 12]
    assert read.frame["persons_missing"].to_list() == [".", "..", ":", None, None]
    assert (read.preamble, read.footer) == (("Befolkning",), ("Kilde: Statistisk sentralbyrå",))
    with pytest.raises(InvalidData, match="symbols="):
        hh.read_table(text.replace("Statistisk sentralbyrå", "kommunen").encode(), "population")


# Encodings


LETTERS = "navn;beløp\nÅl æøå;7\nBø;8\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", None), ("utf-8-sig", None), ("cp1252", None), ("iso-8859-1", None), ("utf-16", None), ("utf-16-le", None), ("utf-16-be", None), ("cp865", "cp865"), ("mac-roman", "mac-roman"), ("utf-32", None)],
)  # fmt: skip
def test_encodings(encoding: str, named: str | None) -> None:
    read = hh.read_table(LETTERS.encode(encoding), encoding=named)
    assert read.frame["navn"].to_list() == ["Ål æøå", "Bø"]
    assert read.frame.columns == ["navn", "beløp", "line_"]


def test_windows_is_told_from_iso_by_its_signs() -> None:
    assert hh.read_table("a;b\n–;ø\n".encode("cp1252")).encoding == "cp1252"
    assert hh.read_table("a;b\nå;ø\n".encode("iso-8859-1")).encoding == "iso8859-1"


def test_decomposed_letters_are_composed() -> None:
    data = unicodedata.normalize("NFD", "navn;år\nÅl;2025\n").encode()
    read = hh.read_table(data)
    assert read.frame["navn"].to_list() == ["Ål"]
    assert read.frame.columns[1] == "år"
    assert read.changes.filter(kind="composed letters")["count"].to_list() == [1]


# Structure


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, end: str) -> None:
    data = end.join([separator.join(row) for row in [("en", "to"), ("a", "b"), ("c", "d")]])
    read = hh.read_table(data.encode())
    assert read.frame.rows() == [("a", "b", 2), ("c", "d", 3)]
    assert read.separator == separator


def test_the_separator_a_file_declares() -> None:
    read = hh.read_table(b"sep=,\na,b\n1;2,3\n")
    assert read.frame.rows() == [("1;2", "3", 3)]


def test_preamble_header_footer_and_lines() -> None:
    text = '"07459: Befolkning";\n\nUtskrift 1.1.2026\nkommune;"år\n(1. januar)";personer\nÅl;2025;1\n\n"to\nlinjer";2026;2\n;;\nKilde: SSB;;\n\nMerknad uten skilletegn\nog mer;av den\n'
    read = hh.read_table(text.encode(), {"kommune": "text", "år\n(1. januar)": "text", "personer": "whole"})
    assert read.frame["kommune"].to_list() == ["Ål", "to\nlinjer"]
    assert read.frame["line_"].to_list() == [6, 8]
    assert read.header_line == 4
    assert len(read.preamble) == 2
    assert read.footer == ("Kilde: SSB", "Merknad uten skilletegn", "og mer;av den")


BROKEN = {
    "nothing": (b"", "empty_file", None),
    "blanks alone": (b"\xef\xbb\xbf \n\n", "empty_file", None),
    "header only": (b"a;b\n", "no_rows", 1),
    "a NUL byte": (b"a;b\n1;2\n3;\x004\n", "nul_byte", 3),
    "a row too long": (b"a;b\n1;2\n1;2;3\n4;5\n", "ragged_row", 3),
    "a row too short": (b"a;b;c\n1;2;3\n1;2\n4;5;6\n", "ragged_row", 3),
    "cut off at the end": (b"a;b;c\n1;2;3\n4;5;6\n7\n", "ragged_row", 4),
    "a quote never closed": (b'a;b\n1;"2\n3;4\n', "bad_quote", 2),
    "a quote inside a cell": (b'a;b\n1;2\n3;5" skjerm\n', "bad_quote", 3),
    "text after a quote": (b'a;b\n1;2\n"3"x;4\n', "bad_quote", 3),
    "mixed line ends": (b"a;b\r\n1;2\r\n3;4\n5;6\r\n", "mixed_line_ends", 3),
    "a CR alone": (b"a;b\n1;2\n3\r3;4\n", "mixed_line_ends", 3),
    "a mark inside": (b"a;b\n1;2\n\xef\xbb\xbf3;4\n", "mark_inside", 3),
    "letters lost": ("a;b\n1;\ufffd\n".encode(), "lost_letters", 2),
    "letters broken": ("a;b\n1;\u00c3\u00b8\n".encode(), "lost_letters", 2),
    "old PC letters": ("a;b\n1;sørøy\n".encode("cp865"), "unclear_encoding", 2),
    "old Mac letters": ("a;b\n1;sæter og bæsj\n".encode("mac-roman"), "unclear_encoding", 2),
    "a huge cell": (b"a;b\n1;2\n3;" + b"x" * 200_000 + b"\n", "huge_cell", 3),
    "huge headings": (b"a;b" + b"x" * 200_000 + b"\n1;2\n", "huge_cell", 1),
    "a huge note": (b"a;b\n1;2\nKilde: " + b"x" * 200_000 + b";\n", "huge_cell", 3),
    "no heading": (b"a;;c\n1;2;3\n", "no_heading", 1),
    "two separators": (b"a;b,c\nd;e,f\n", "unclear_separator", 1),
    "half a UTF-16 sign": ("a;b\n1;2\n".encode("utf-16") + b"x", "unclear_encoding", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(name: str, tmp_path: Path) -> None:
    data, id, line = BROKEN[name]
    path = tmp_path / "fil.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidData) as error:
        hh.read_table(path)
    assert [(p.id, p.file, p.row) for p in error.value.problems] == [(id, "fil.csv", line)]


def test_a_very_long_line_is_no_trouble() -> None:
    header = ";".join(f"k{n}" for n in range(3000))
    read = hh.read_table(f"{header}\n{';'.join('1' * 3000)}\n".encode())
    assert read.frame.shape == (1, 3001)


# Headings and ids


HEADS = {
    "bokmål": "Kommune;Regnskapsområde;Periode;Beløp",
    "nynorsk": "KOMMUNENAMN;Rekneskapsområde;Tidsrom;Sum",
    "English": "Municipality;Pool;Period;Amount (NOK)",
    "ids": "municipality;pool;period;amount_nok",
    "decomposed": unicodedata.normalize("NFD", "kommune;regnskapsområde;tid;beløp"),
}


@pytest.mark.parametrize("language", HEADS)
def test_headings(language: str, known: Any) -> None:
    data = f"{HEADS[language]}\nÅL kommune;Mobilt ferdighetsteam;2025K2;5\n".encode()
    read = hh.read_table(data, "costs", known=known)
    assert read.frame.row(0, named=True) == {
        "municipality": "aal", "pool": "mft", "period_start": date(2025, 4, 1), "period_end": date(2025, 6, 30), "amount_nok": 5, "line_": 2,
    }  # fmt: skip


def test_headings_lead_to_columns_and_are_not_told_twice() -> None:
    """Each word in the data leads to a column of some table, and each table knows its own columns."""
    everything = {column for table in TABLES.values() for column in table.columns()}
    assert set(_data()["columns"]) - {"period", "name"} <= everything
    for name, words in _data()["tables"].items():
        assert set(words) <= set(TABLES[name].columns())
    for name, table in TABLES.items():
        if name != "sources":
            assert {plain(each) for each in table.columns() if each != "source"} <= set(headings(name))


@pytest.mark.parametrize(
    "written", ["0619", "619", "3043", "3328", "3328 Ål", "K-3328 Ål (2024-)", "Ål", "ål kommune", "aal", "\u00a0Ål "]
)
def test_a_municipality_under_all_its_names_and_numbers(written: str, known: Any) -> None:
    data = f"Kommunenr;Pool;Periode;Beløp\n{written};mft;2025;5\n".encode()
    assert hh.read_table(data, "costs", known=known).frame["municipality"].to_list() == ["aal"]


@pytest.mark.parametrize(
    ("written", "says"), [("3328 Gol", "3328 Gol"), ("0301", "0301"), ("19", "19"), ("Sum", "Sum"), ("Goll", "gol")]
)
def test_what_is_no_municipality_of_ours(written: str, says: str, known: Any) -> None:
    data = f"Kommunenr;Pool;Periode;Beløp\nÅl;mft;2025;5\n{written};mft;2025;5\n".encode()
    with pytest.raises(InvalidData) as error:
        hh.read_table(data, "costs", known=known)
    (problem,) = error.value.problems
    assert (problem.id, problem.row) == ("unknown_id", 3)
    assert says in str(problem)


def test_unknown_headings_are_asked_for_and_can_be_declared() -> None:
    data = b"Kommune;Konto;Pool;Periode;Utlegg\ngol;1;mft;2025;5\n"
    with pytest.raises(InvalidData) as error:
        hh.read_table(data, "costs")
    assert [(p.id, p.column) for p in error.value.problems] == [
        ("unknown_column", "Konto"), ("unknown_column", "Utlegg"), ("no_column", "amount_nok"),
    ]  # fmt: skip
    read = hh.read_table(data, "costs", columns={"Utlegg": "amount_nok"}, ignore=["Konto"])
    assert read.frame["amount_nok"].to_list() == [5]
    assert read.ignored == ("Konto",)


def test_one_thing_under_two_headings() -> None:
    with pytest.raises(InvalidData) as error:
        hh.read_table(b"kommune;kommunenr;pool;tid;sum\ngol;3324;mft;2025;1\n", "costs")
    assert [p.id for p in error.value.problems] == ["double_column"]


def test_words_for_allowed_values() -> None:
    data = "Kommune;Pool;Gyldig fra;Fordelingsnøkkel;Referansedato;Sikkerhet\ngol;mft;1.1.2026;Innbyggertall;1.1.2026;Dokumentert\n".encode()
    row = hh.read_table(data, "memberships").frame.row(0, named=True)
    assert (row["key"], row["grade"], row["valid_from"]) == ("population", "documented", date(2026, 1, 1))


# Dates and periods


@pytest.mark.parametrize(
    "written",
    [
        "31.12.2025",
        "2025-12-31",
        "31/12/2025",
        "31-12-2025",
        "20251231",
        "31. desember 2025",
        "31 des. 2025",
        "31-Dec-2025",
        "2025-12-31 00:00:00",
    ],
)
def test_dates(written: str) -> None:
    assert column([written], "date") == [date(2025, 12, 31)]


@pytest.mark.parametrize(
    ("cells", "id"),
    [
        (["3/4/2025"], "ambiguous_date"),
        (["31.12.25"], "ambiguous_date"),
        (["31.02.2025"], "bad_value"),
        (["45000"], "bad_value"),
        (["2025-12-31 12:00"], "bad_value"),
        (["12/31/2025"], "ambiguous_date"),
    ],
)
def test_dates_that_are_asked_for(cells: list[str], id: str) -> None:
    assert asked(cells, "date")[0] == id


def test_the_column_shows_which_is_the_day() -> None:
    assert column(["3/4/2025", "25/4/2025"], "date") == [date(2025, 4, 3), date(2025, 4, 25)]
    assert column(["3/4/2025"], "date", dates="m/d/y") == [date(2025, 3, 4)]
    assert column(["31.12.25"], "date", dates="d.m.yy") == [date(2025, 12, 31)]


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2024M02", date(2024, 2, 1), date(2024, 2, 29)), ("2024K1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)), ("2024T3", date(2024, 9, 1), date(2024, 12, 31)),
        ("1. halvår 2024", date(2024, 1, 1), date(2024, 6, 30)), ("2. kvartal 2024", date(2024, 4, 1), date(2024, 6, 30)),
        ("mars 2024", date(2024, 3, 1), date(2024, 3, 31)), ("2020U53", date(2020, 12, 28), date(2021, 1, 3)),
        ("31.12.2024", date(2024, 12, 31), date(2024, 12, 31)),
    ],
)  # fmt: skip
def test_periods(written: str, first: date, last: date) -> None:
    read = hh.read_table(f"tid;y\n{written};1\n".encode(), {"tid": "period", "y": "text"})
    assert read.frame.select("period_start", "period_end").row(0) == (first, last)


def test_months_and_years_of_tables_that_have_them() -> None:
    tech = hh.read_table("teknologi;måned;antall\ntrygghetsalarm;2024M04;12\n".encode(), "welfare_tech")
    assert tech.frame["month"].to_list() == [date(2024, 4, 1)]
    people = hh.read_table(b"kommune;tid;alder;folkemengde\ngol;2024;0-17;5\n", "population")
    assert people.frame["year"].to_list() == [2024]
    with pytest.raises(InvalidData, match="a year"):
        hh.read_table(b"kommune;tid;alder;folkemengde\ngol;2024K1;0-17;5\n", "population")


# What is given wrongly


def test_what_is_declared_must_make_sense() -> None:
    with pytest.raises(BadInput, match="decimal"):
        hh.read_table(b"a;b\n1;2\n", decimal=";")
    with pytest.raises(BadInput, match="two different"):
        hh.read_table(b"a;b\n1;2\n", decimal=",", thousands=",")
    with pytest.raises(UnknownName, match="costs"):
        hh.read_table(b"a;b\n1;2\n", "cost")
    with pytest.raises(UnknownName, match="whole"):
        hh.read_table(b"a;b\n1;2\n", {"a": "int"})
    with pytest.raises(UnknownName, match="amount_nok"):
        hh.read_table(b"a;b\n1;2\n", "costs", columns={"a": "amount"})
    with pytest.raises(InvalidData, match="unknown encoding"):
        hh.read_table(b"a;b\n1;2\n", encoding="martian")


def test_pandas_is_served_and_gaps_stay_gaps() -> None:
    frame = hh.read_table(b"kommune;pool;tid;sum\ngol;mft;2025;\n", "costs").to_pandas()
    assert frame["amount_nok"].isna().tolist() == [True]
    assert str(frame["amount_nok"].dtype) == "Int64"


# Real files


def by_hand(path: Path, heading: str, encoding: str = "utf-8") -> int:
    """The sum of a column by Python's own csv and int."""
    with path.open(encoding=encoding, newline="") as file:
        return sum(
            int("".join(filter(str.isdigit, row[heading])) or 0) * (-1 if "-" in row[heading] else 1)
            for row in csv.DictReader(file, delimiter=";")
        )


@needs_shared
def test_a_budget_of_a_municipality() -> None:
    """Sogndal 2013: 4,898 lines, NBSP or space between thousands, nynorsk; the year's budget comes to nought."""
    (path,) = SHARED.glob("number_formats/sogndal*")
    heads = ("rekneskap_2011", "budsjett_2012", "budsjett_2013")
    read = hh.read_table(
        path, {"konto": "text", "ansvar": "text", "tjeneste": "text"} | dict.fromkeys(heads, "whole"), ignore=["*"]
    )
    assert read.frame.height == 4898
    for heading in heads:
        assert read.frame[heading].sum() == by_hand(path, heading)
    assert read.frame["konto"].str.len_chars().min() == 5


@needs_shared
def test_a_pay_table_of_the_state() -> None:
    """NBSP between thousands and decimal commas; net is gross less two per cent, which the file rounds."""
    (path,) = SHARED.glob("number_formats/fad*")
    kinds = {
        "trinn": "whole",
        "brutto-aar": "whole",
        "brutto-dag-260": "number",
        "brutto-dag-312": "number",
        "pensjonsinnskudd": "whole",
        "netto-aar": "whole",
        "netto-dag-260": "number",
        "netto-dag-312": "number",
    }
    frame = hh.read_table(path, kinds).frame
    assert frame.height == 110
    assert frame.select((pl.col("brutto-aar") - pl.col("pensjonsinnskudd") == pl.col("netto-aar")).all()).item()
    assert frame.select(((pl.col("brutto-aar") / 260 - pl.col("brutto-dag-260")).abs() <= 0.1).all()).item()


@needs_shared
def test_lists_inside_cells_stay_lists() -> None:
    """Bufdir's cooperations: commas and no numbers inside cells, semicolons between; as many numbers as names."""
    (path,) = SHARED.glob("number_formats/bufdir*")
    read = hh.read_table(path)
    assert (read.separator, read.encoding, read.frame.height) == (";", "utf-8", 64)
    pairs = read.frame.select("kommunenavn", "kommunenummer").iter_rows()
    counts = [(len(names.split(",")), len(numbers.split(","))) for names, numbers in pairs]
    assert max(counts) > (2, 2)
    assert all(number.strip().isdigit() for row in read.frame["kommunenummer"] for number in row.split(","))
    assert read.frame["kommunenavn"][0] == "BOKN, KARMØY"


@needs_shared
def test_a_file_of_statistics_norway_in_its_old_encoding() -> None:
    (path,) = SHARED.glob("codes/ssb_klass*")
    read = hh.read_table(path)
    assert read.encoding == "iso8859-1"
    assert read.frame.height == 356
    names = dict(read.frame.select("targetCode", "targetName").iter_rows())
    assert (names["3811"], names["3043"]) == ("Færder", "Ål")


@needs_shared
def test_numbers_of_municipalities_keep_their_noughts(known: Any) -> None:
    path = SHARED / "codes" / "kommuner_six_over_time.csv"
    frame = hh.read_table(path).frame
    assert sorted(frame["kommunenummer"])[0] == "0615"
    data = "Kommune;Pool;Periode;Beløp\n" + "".join(f"{code};mft;2025;1\n" for code in frame["kommunenummer"])
    read = hh.read_table(data.encode(), "costs", known=known)
    assert read.frame.group_by("municipality").len()["len"].to_list() == [3] * 6


@needs_shared
def test_population_as_it_was_delivered(known: Any) -> None:
    """The same persons as in the project's own table, by another way of reading."""
    path = SHARED / "population" / "population_six_bands_2005_2026.csv"
    read = hh.read_table(
        path,
        "population",
        known=known,
        columns={"kommunenummer": "municipality", "calyear": "year", "band": "age_band", "pop_jan1_n": "persons"},
        ignore=["kommune"],
    )
    ours = (
        known["population"].group_by("municipality", "year").agg(pl.col("persons").sum()).sort("municipality", "year")
    )
    theirs = read.frame.group_by("municipality", "year").agg(pl.col("persons").sum()).sort("municipality", "year")
    assert ours.equals(theirs)
