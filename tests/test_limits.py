"""What is far too large, never ends, leads elsewhere or asks the network is refused, and says why."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hhanalytics as hh
from hhanalytics.briefs.run import render
from hhanalytics.cli import main
from hhanalytics.dataset import load
from hhanalytics.decisions.named_scenarios import read_scenarios
from hhanalytics.errors import BadInput, HHAnalyticsError, InvalidData
from hhanalytics.exports.files import write_new, write_new_folder
from hhanalytics.exports.sheets import Styles, write_cell
from hhanalytics.exports.template import template
from hhanalytics.exports.writers import csv_bytes
from hhanalytics.privacy.releases import LEDGER, read_ledger
from hhanalytics.sources import folder as folders
from hhanalytics.sources.folder import MOST_COLUMNS
from hhanalytics.sources.mapping import read_mapping
from hhanalytics.sources.report_text import read_report
from hhanalytics.workbook_intake import Refused, import_workbook
from tests.exports.half_year import answer_source
from tests.hostile import naughty

RAW = Path(__file__).parents[1] / "data" / "raw"
REPORT = "hallinghelse_annual_report_2025"
#: Entities that grow tenfold with each line.
LAUGHS = '<!DOCTYPE a [<!ENTITY a "naughty">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
DEEP = 200_000


def ids(error: pytest.ExceptionInfo[Any]) -> set[str]:
    return {problem.id for problem in error.value.problems}


# Workbooks


@pytest.fixture(scope="module")
def blank(dataset: Any) -> dict[str, bytes]:
    """The parts of a workbook of ours."""
    with zipfile.ZipFile(io.BytesIO(template(dataset, 2026))) as book:
        return {name: book.read(name) for name in book.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def refused(content: bytes, tmp_path: Path) -> Refused:
    path = tmp_path / "tall.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refused) as error:
        import_workbook(path, RAW)
    return error.value


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_a_workbook_are_not_unfolded(
    blank: dict[str, bytes], part: str, encoding: str, tmp_path: Path
) -> None:
    head, _, rest = blank[part].decode().partition("?>")
    text = f"{head.replace('UTF-8', encoding)}?>{LAUGHS}{rest}".replace("<sheets>", "<sheets>&i;")
    error = refused(packed({**blank, part: text.encode(encoding)}), tmp_path)
    assert [problem.id for problem in error.problems] == ["damaged"]


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(blank: dict[str, bytes], tmp_path: Path) -> None:
    """Some two megabytes that become more than 600."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, content in blank.items():
            book.writestr(name, content)
        for number in range(7):
            with book.open(f"xl/media/{number}.bin", "w", force_zip64=True) as part:
                for _ in range(10):
                    part.write(bytes(10_000_000))
    assert len(out.getvalue()) < 5_000_000
    assert [problem.id for problem in refused(out.getvalue(), tmp_path).problems] == ["too_large"]


@pytest.mark.parametrize(
    "name", ["../../evil", "/tmp/evil", "..", "con", "lpt1", "con/aux", "a\\b", "C:evil", ".evil", "æ", "", "x" * 5_000]
)
def test_the_source_a_workbook_names_is_no_path(
    name: str, blank: dict[str, bytes], data_copy: Path, tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(packed(blank)))
    answer_source(book, source=name)
    path = tmp_path / "tall.xlsx"
    book.save(path)
    before = sorted(file.relative_to(tmp_path) for file in tmp_path.rglob("*"))
    with pytest.raises(Refused):
        import_workbook(path, data_copy, marked=tmp_path / "tall.xlsx")
    assert sorted(file.relative_to(tmp_path) for file in tmp_path.rglob("*")) == before


# Folders of data, and other files


@pytest.mark.parametrize("columns", [MOST_COLUMNS + 1, 10_000_000])
def test_a_table_with_columns_without_end(data_copy: Path, columns: int) -> None:
    (data_copy / REPORT / "networks.csv").write_text("a," * columns + "\n", "utf-8")
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    assert "too_many_columns" in ids(error)
    assert len(str(error.value)) < 10_000


def test_a_table_that_is_too_large(data_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "LARGEST", 1_000)
    with pytest.raises(InvalidData) as error:
        load(data_copy)
    assert "too_large" in ids(error)


ENDLESS = {
    "nested lists": f"title = {'[' * DEEP}",
    "nested tables": f"title = {'{a=' * 5_000}",
    "a number": f"title = {'9' * 10_000}",
    "a dotted name": "a." * 3_000 + "b = 1",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_toml_without_end(what: str, data_copy: Path, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text(ENDLESS[what], "utf-8")
    (data_copy / REPORT / "source.toml").write_text(ENDLESS[what], "utf-8")
    for read in (lambda: load(data_copy), lambda: read_mapping(path), lambda: read_scenarios(path)):
        with pytest.raises(InvalidData):
            read()


def test_json_without_end(tmp_path: Path) -> None:
    for text in (
        "[" * DEEP,
        '{"a":' * DEEP,
        f'{{"value": [{"9" * 10_000}]}}',
        '{"value": [NaN]}',
        '{"value": [1e999]}',
    ):
        with pytest.raises(InvalidData):
            hh.read_jsonstat(text.encode())
        (tmp_path / LEDGER).write_text(text, "utf-8")
        with pytest.raises(BadInput, match="nobody knows"):
            read_ledger(tmp_path)


def test_a_cube_that_says_it_is_larger_than_it_is() -> None:
    text = b'{"class": "dataset", "id": ["a", "b"], "size": [100000, 100000], "value": {"0": 1},'
    text += b'"dimension": {"a": {"category": {"index": ["x"]}}, "b": {"category": {"index": ["y"]}}}}'
    with pytest.raises(InvalidData):
        hh.read_jsonstat(text)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such files on this system")
@pytest.mark.parametrize("path", ["/dev/zero", "link", "pipe", "folder", "a\0b"])
def test_what_is_no_file_is_not_read(path: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    there = tmp_path / path
    reads: list[Any] = [read_mapping, hh.read_table, hh.read_jsonstat, import_workbook, read_report]
    for read in reads:
        with pytest.raises((BadInput, FileNotFoundError)):
            read(there)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e400", "9" * 400, "1e18", "-" + "9" * 19, "٣", "1\u200b2"])
def test_a_number_that_is_none_is_no_number_of_a_table(number: str) -> None:
    with pytest.raises(InvalidData):
        hh.read_table(f"kommune;antall\nGol;{number}\n".encode(), {"kommune": "text", "antall": "number"})


# Places to write to


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "nowhere.xlsx")
    (tmp_path / "link").symlink_to(mine)
    with pytest.raises(BadInput, match="stands there"):
        write_new(tmp_path / "link.xlsx", b"x")
    with pytest.raises(BadInput, match="stands there"):
        write_new_folder(tmp_path / "link", {"a": b"x"})
    assert list(mine.iterdir()) == []
    assert not (tmp_path / "nowhere.xlsx").exists()


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such files on this system")
@pytest.mark.parametrize(
    "command",
    [
        ["export", "--measure", "programme_costs"],
        ["export", "--measure", "programme_costs", "--format", "csv"],
        ["new-year", "2027"],
        ["template", "--year", "2027"],
        ["build"],
        ["brief"],
    ],
)
@pytest.mark.parametrize("out", ["/dev/null", "/dev/null/below"])
def test_a_device_is_no_place_to_write_to(command: list[str], out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--out", out, "--data", str(RAW)]) not in (0, None)
    said = capsys.readouterr().err
    assert "/dev/null" in said
    assert "Traceback" not in said
    assert Path("/dev/null").is_char_device()


# Spreadsheets


def test_naughty_strings_come_back_from_a_workbook_as_text(tmp_path: Path) -> None:
    """As openpyxl reads it: no cell is a formula or a link, and every text is the one that was written."""
    from openpyxl import load_workbook
    from xlsxwriter.workbook import Workbook

    strings = [text for text in naughty() if text.strip()]
    assert len(strings) > 500
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, style = book.add_worksheet(), Styles(book).make()
    for number, text in enumerate(strings):
        write_cell(sheet, number, 0, text, style)
    book.close()
    cells = [row[0] for row in load_workbook(io.BytesIO(out.getvalue())).active.iter_rows()]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as packed_book:
        xml = packed_book.read("xl/worksheets/sheet1.xml") + packed_book.read("xl/sharedStrings.xml")
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml
    plain = [(text, cell.value) for text, cell in zip(strings, cells, strict=True) if text.isprintable()]
    assert len(plain) > 400
    assert [text for text, back in plain if back != text] == []


def test_naughty_strings_come_back_from_exported_csv() -> None:
    import csv

    strings = naughty()
    rows = list(csv.reader(io.StringIO(csv_bytes(pl.DataFrame({"text": strings})).decode(), newline="")))[1:]
    assert [row[0].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in strings]
    assert [row[0] for row in rows if row[0].lstrip("\u3000 ").startswith(("=", "+", "-", "@", "＝"))] == []


# Network


def test_nothing_asks_the_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the command that fetches may open a connection."""
    asked: list[object] = []

    def no(*given: object, **_: object) -> None:
        asked.append(given)
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, no)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, no)
    render("hof", data=RAW, out=tmp_path)
    assert main(["check", "--data", str(RAW)]) == 0
    assert main(["show", "gain", "--data", str(RAW)]) == 0
    assert main(["export", "--out", str(tmp_path / "a.xlsx"), "--ledger", str(tmp_path), "--data", str(RAW)]) == 0
    assert asked == []
    assert (
        main(
            [
                "fetch",
                "ssb",
                "07459",
                "--municipalities",
                "all",
                "--years",
                "2024",
                "--out",
                "made_up",
                "--data",
                str(RAW),
                "--cache",
                str(tmp_path),
            ]
        )
        != 0
    )
    assert asked, "and this is how it would have been seen"


# Fuzzing


TEXT = st.one_of(st.text(max_size=60), st.sampled_from(naughty()))
VALUE = st.one_of(
    TEXT, st.none(), st.integers(), st.floats(), st.booleans(), st.binary(max_size=8), st.lists(TEXT, max_size=2)
)


@settings(max_examples=150)
@given(name=st.one_of(st.sampled_from(["year", "language", "privacy", "charges", "municipality"]), TEXT), value=VALUE)
def test_no_parameter_ends_in_another_error_than_ours(name: str, value: Any) -> None:
    """None of them starts a notebook: each is refused before, with the reason."""
    from hhanalytics.briefs.parameters import checked, defaults
    from hhanalytics.briefs.run import notebook_of, own_notebooks

    declared = defaults(notebook_of("municipality", own_notebooks()))
    try:
        found = checked({name: value}, declared, _data())
    except HHAnalyticsError:
        return
    assert set(found) == set(declared)


@settings(max_examples=40)
@given(
    place=st.integers(0, 400),
    what=st.one_of(TEXT.map(str.encode), st.binary(min_size=1, max_size=20)),
    cut=st.integers(0, 40),
)
def test_no_file_of_data_ends_in_another_error_than_ours(
    tmp_path_factory: pytest.TempPathFactory, place: int, what: bytes, cut: int
) -> None:
    root = tmp_path_factory.mktemp("raw")
    (root / "made_up").mkdir()
    (root / "made_up" / "source.toml").write_text('title = "A"\nshort_title = "A"\npublisher = "B"\n', "utf-8")
    rows = b"municipality,code,valid_from,name_nb,locator,grade\ngol,3324,2024-01-01,Gol,l. 1,documented\n" * 4
    (root / "made_up" / "municipalities.csv").write_bytes(rows[:place] + what + rows[place + cut :])
    with contextlib.suppress(HHAnalyticsError):
        load(root)


@settings(max_examples=100)
@given(place=st.integers(0, 3_000), what=st.one_of(TEXT.map(str.encode), st.binary(min_size=1, max_size=20)))
def test_no_catalogue_ends_in_another_error_than_ours(place: int, what: bytes) -> None:
    from hhanalytics.present.catalogue import read_texts

    whole = (Path(hh.__file__).parent / "present" / "locales" / "nb" / "page.po").read_bytes()
    with contextlib.suppress(HHAnalyticsError):
        read_texts("nb/page.po", whole[:place] + what + whole[place:])


def _data() -> Any:
    if "data" not in _HELD:
        _HELD["data"] = load(RAW)
    return _HELD["data"]


_HELD: dict[str, Any] = {}
