"""Taking files into the data: a new source folder that is sound with all the others, or nothing at all."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import hhanalytics as hh
from hhanalytics.cli import main
from hhanalytics.errors import BadInput, InvalidData
from hhanalytics.intake import import_file

ABOUT = {"title": "Regnskap 2026", "short_title": "Regnskap 2026", "publisher": "Made up"}
COSTS = """Regnskap 2026 (synthetic);;;

Kommunenr;Regnskapsområde;Periode;Beløp
0619;bti;2026;82 145,00
3041;Mobilt ferdighetsteam;1. halvår 2026;1 204
Hol;mft;2026K3;−5

Kilde: regnskapet
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "regnskap.csv"
    path.write_text(COSTS, "utf-8")
    return path


def folders(data: Path) -> list[str]:
    return sorted(path.name for path in data.iterdir())


def test_a_file_becomes_a_source(file: Path, data_copy: Path) -> None:
    taken = import_file(file, "costs", "accounts_2026", ABOUT, data=data_copy)
    assert taken.folder == data_copy / "accounts_2026"
    assert dict(taken.rows) == {"costs": 3}
    dataset = hh.load(data_copy)
    rows = (
        dataset.costs.filter(source="accounts_2026")
        .select("municipality", "pool", "amount_nok", "locator", "grade")
        .rows()
    )
    assert rows == [
        ("aal", "bti", 82145, "l. 4", "documented"),
        ("gol", "mft", 1204, "l. 5", "documented"),
        ("hol", "mft", -5, "l. 6", "documented"),
    ]
    about = tomllib.loads((taken.folder / "source.toml").read_text("utf-8"))
    assert about == {**ABOUT, "document": "regnskap.csv", "sha256": sha256(file.read_bytes()).hexdigest()}
    assert dataset.years() == [2025, 2026]


@pytest.mark.parametrize(
    ("old", "new", "id", "line"),
    [
        ("3041;Mobilt ferdighetsteam", "0619;bti", None, None),
        ("1. halvår 2026;1 204", "2024;1 204", "outside_validity", 5),
        ("82 145,00", "", "amount_nok|nullability", 4),
        ("0619;bti;2026", "Hol;mft;2026K3", "primary_key", 6),
        ("82 145,00", "1.204", "not_whole", 4),
        ("bti;", "btii;", "unknown_id", 4),
    ],
)  # fmt: skip
def test_whole_or_not_at_all(old: str, new: str, id: str | None, line: int | None, file: Path, data_copy: Path) -> None:
    before = folders(data_copy)
    file.write_text(COSTS.replace(old, new, 1), "utf-8")
    if id is None:
        # The same pool and municipality in another period: nothing is wrong with that.
        import_file(file, "costs", "accounts_2026", ABOUT, data=data_copy)
        return
    with pytest.raises(InvalidData) as error:
        import_file(file, "costs", "accounts_2026", ABOUT, data=data_copy)
    assert [(p.id, p.file, p.row) for p in error.value.problems] == [(id, "regnskap.csv", line)]
    assert folders(data_copy) == before


def test_a_source_is_never_overwritten(file: Path, data_copy: Path) -> None:
    held = {path: path.read_bytes() for path in data_copy.rglob("*") if path.is_file()}
    with pytest.raises(BadInput) as error:
        import_file(file, "costs", "hallinghelse_annual_report_2025", ABOUT, data=data_copy)
    assert error.value.id == "source_exists"
    assert {path: path.read_bytes() for path in data_copy.rglob("*") if path.is_file()} == held


@pytest.mark.parametrize("name", ["Regnskap 2026", "../ut", "", "2026", ".skjult"])
def test_a_name_that_is_none(name: str, file: Path, data_copy: Path) -> None:
    with pytest.raises(BadInput) as error:
        import_file(file, "costs", name, ABOUT, data=data_copy)
    assert error.value.id == "bad_source"


def test_text_is_kept_whatever_stands_in_it(tmp_path: Path, data_copy: Path) -> None:
    odd = 'sier "nei", og\ngår; =SUM(A1) \\ æøå'
    text = 'tiltak;name_nb;mandate\nprove;"Prøve";"' + odd.replace('"', '""') + '"\nprove2;To;x\n'
    path = tmp_path / "tiltak.csv"
    path.write_text(text, "utf-8")
    about = {**ABOUT, "title": 'Et "navn" \\ på æøå\n2'}
    import_file(path, "programmes", "nye_tiltak", about, data=data_copy, grade="assumed")
    dataset = hh.load(data_copy)
    assert dataset.programmes.filter(programme="prove")["mandate"].item() == odd
    assert dataset.sources.filter(source="nye_tiltak")["title"].item() == about["title"]
    assert dataset.programmes.filter(programme="prove2")["locator"].item() == "l. 4"


def test_what_is_missing_and_why_stays_beside_it(tmp_path: Path, data_copy: Path) -> None:
    path = tmp_path / "nettverk.csv"
    path.write_text("network;år;name_nb;meetings\nnytt;2026;Nytt;:\nannet;2026;Annet;4\n", "utf-8")
    import_file(path, "networks", "nettverk_2026", ABOUT, data=data_copy)
    rows = hh.load(data_copy).networks.filter(source="nettverk_2026").select("network", "meetings", "note").rows()
    assert rows == [("nytt", None, "meetings: :"), ("annet", 4, None)]


def test_a_folder_without_data_takes_its_first_source(tmp_path: Path) -> None:
    path = tmp_path / "kommuner.csv"
    path.write_text("kommune;kommunenummer;navn;gyldig fra\ngol;3324;Gol;1.1.2024\n", "utf-8")
    import_file(path, "municipalities", "kommuner", ABOUT, data=tmp_path / "raw", grade="documented")
    assert hh.load(tmp_path / "raw").municipalities["code"].to_list() == ["3324"]


def test_a_ledger_by_its_mapping(tmp_path: Path, data_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hovedbok.csv").write_text("Konto;Beløp\n10100;1 000,50\n10200;0,25\n19000;9,00\n", "cp1252")
    mapping = """[columns]
account = "Konto"
amount = "Beløp"
[ledger]
control_total = "1 009,75"
period_start = 2026-01-01
period_end = 2026-12-31
[[rule]]
account = "101*"
pool = "mft"
to_municipality = "gol"
[[rule]]
account = "102*"
pool = "mft"
to_municipality = "hol"
[[exclude]]
account = "190*"
reason = "avskrivninger"
"""
    (tmp_path / "kart.toml").write_text(mapping, "utf-8")
    words = [
        "import",
        str(tmp_path / "hovedbok.csv"),
        "--as",
        "costs",
        "--source",
        "ledger_2026",
        "--publisher",
        "Made up",
    ]
    words += ["--map", str(tmp_path / "kart.toml"), "--data", str(data_copy)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "3 lines of the ledger meet its control total of 1 009.75 kr" in said
    assert "Excluded, avskrivninger: 9.00 kr" in said
    costs = hh.load(data_copy).costs.filter(source="ledger_2026")
    # Rounded to the nearest krone, halves upwards: 1 000,50 and 0,25.
    assert costs.select("municipality", "amount_nok", "grade").rows() == [
        ("gol", 1001, "derived"),
        ("hol", 0, "derived"),
    ]


def importing(file: Path, data: Path) -> list[str]:
    """The command that brings the accounts of a file into the data."""
    said = ["--as", "costs", "--source", "accounts_2026", "--publisher", "Made up"]
    return ["import", str(file), *said, "--data", str(data)]


def test_the_command_says_what_was_changed(file: Path, data_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = importing(file, data_copy)
    assert main(words) == 0
    said = capsys.readouterr().out
    for part in (
        "3 rows of costs",
        "headings in line 3",
        "Before the table: Regnskap 2026",
        "After the table: Kilde: regnskapet",
        "decimal comma",
        "name to id",
    ):
        assert part in said
    assert main(words) == 2
    assert "never overwritten" in capsys.readouterr().err


def test_the_command_asks_and_is_answered(file: Path, data_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(COSTS.replace("82 145,00", "1.204").replace("1 204", "7").replace("Beløp", "Utlegg"), "utf-8")
    words = importing(file, data_copy)
    assert main(words) == 2
    assert "--column" in capsys.readouterr().err
    words += ["--column", "Utlegg=amount_nok"]
    assert main(words) == 2
    assert "--decimal" in capsys.readouterr().err
    assert main([*words, "--decimal", ","]) == 0
    assert hh.load(data_copy).costs.filter(source="accounts_2026", municipality="aal")["amount_nok"].item() == 1204


def test_no_such_file(data_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["import", "nowhere.csv", "--as", "costs", "--source", "x", "--publisher", "x", "--data", str(data_copy)]
    assert main(words) == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_an_interrupted_import_leaves_nothing(file: Path, data_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folders(data_copy)

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hhanalytics.intake._csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        import_file(file, "costs", "accounts_2026", ABOUT, data=data_copy)
    assert folders(data_copy) == before
