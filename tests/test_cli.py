"""The commands: what they say, where they say it, and how they end."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.cli import main
from hhanalytics.console import cell, paragraph, table
from hhanalytics.errors import InvalidData, Problem
from hhanalytics.measures.catalogue import MEASURES
from hhanalytics.present.catalogue import languages
from hhanalytics.reports import frame_data, frame_text, problems_text
from tests.languages import foreign

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data" / "raw"
COSTS = Path("hallinghelse_annual_report_2025") / "costs.csv"


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("COLUMNS", raising=False)


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hhanalytics", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The data with two errors in one file and one in another."""
    folder = tmp_path / "raw"
    shutil.copytree(DATA, folder)
    lines = (folder / COSTS).read_text("utf-8").splitlines()
    lines[1] = lines[1].replace("flaa", "flå", 1)
    lines[2] = lines[2].replace("2025-", "2025/", 1)
    (folder / COSTS).write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "municipality_codes" / "extra.csv").write_text("a,b\n", "utf-8")
    return folder


# All commands


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    took = []
    for _ in range(3):
        start = time.perf_counter()
        shown = run("--help")
        took.append(time.perf_counter() - start)
        assert shown.returncode == 0
    assert all(
        f" {command} " in shown.stdout for command in ("brief", "check", "show", "trace", "verify", "build", "scenario")
    )
    loaded = "import sys; import hhanalytics.cli; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"polars", "pandas", "numpy", "pyarrow", "dataframely", "matplotlib", "papermill"} & set(modules)
    # What it takes on an idle machine is measured in bench/; here others may be running.
    assert min(took) < 1.5


@pytest.mark.parametrize("command", ["brief", "check", "show", "trace", "verify", "build", "scenario"])
def test_every_command_explains_itself_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Example: hhanalytics {command}" in " ".join(shown.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hhanalytics {hh.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["show", "cost_per_participants"],
            "Unknown measure 'cost_per_participants'. Did you mean 'cost_per_participant'",
        ),
        (["show", "gain", "--year", "2052"], "Unknown year '2052'"),
        (["show", "gain", "--by", "participant"], "Unknown unit 'participant'. Did you mean 'participants'"),
        (["show", "cost_per_participant", "--by", "kroner"], "Unknown unit 'kroner'"),
        (["show", "municipality_costs", "--budget", "med"], "Unknown budget 'med'"),
        (["show", "municipality_costs", "--by", "sessions"], "Unknown option of municipality_costs 'by'"),
        (["show", "gain", "--charges", "correct"], "Unknown charges 'correct'. Did you mean 'corrected'"),
        (["show", "gain", "--data", "nowhere"], "nowhere: found no source folder"),
        (["show", "gain", "--format", "xml"], "xml"),
        (["show", "gain", "--nope"], "--nope"),
        (["show"], "Missing argument"),
        (["trace", "cost_per_participant programme=mtf"], "Unknown programme 'mtf'. Did you mean 'mft'"),
        (["trace", "programme_costs"], "rows: programme=bti"),
        (["trace", "programme_costs programme=mft", "--charges", "correct"], "Did you mean 'corrected'"),
        (["trace", "programme_costs programme=mft", "--year", "2052"], "Unknown year '2052'"),
        (["trace", ""], "a measure and filters"),
        (["trace"], "Missing argument"),
        (["verify"], "--documents"),
        (["verify", "--documents", "nowhere"], "no such folder"),
        (["verify", "--documents", "bench"], "none of them known"),
        (["build", "--data", "nowhere"], "nowhere: found no source folder"),
        (["brief", "hoff"], "Unknown kind of brief 'hoff'"),
        (["brief", "--year", "2052"], "Unknown year '2052'"),
        (["brief", "--year", "soon"], "'--year'"),
        (["brief", "--language", "mb"], "Unknown language 'mb'"),
        (["brief", "--privacy", "publik"], "Unknown privacy 'publik'. Did you mean 'public'"),
        (["brief", "--data", "nowhere"], "nowhere: found no source folder"),
    ],
)
def test_what_is_not_understood_ends_with_2_and_a_hint(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = ["--out", str(tmp_path / "out")] if arguments[0] in ("brief", "build") else []
    assert main([*arguments, *out]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert says in shown.err
    assert "Traceback" not in shown.err
    assert list(tmp_path.iterdir()) == []


def test_module_ends_with_the_code_of_the_command() -> None:
    ended = run("show", "goin")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "Unknown measure 'goin'. Did you mean 'gain'?\n"


@pytest.mark.skipif(os.name == "nt", reason="no such pipes on Windows")
@pytest.mark.parametrize("arguments", [["show", "municipality_costs"], ["check", "--format", "json"]])
def test_reader_that_stops_early_is_no_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "hhanalytics", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


def test_output_is_utf8_whatever_the_system_says() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    shown = run("check", "--format", "json", env=environment)
    assert shown.returncode == 0
    assert "ø" in shown.stdout


# check


def test_check_lists_every_problem_for_scripts(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--data", str(broken), "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["valid"] is False
    assert said["findings"] == []
    places = {(each["file"], each["row"], each["column"]) for each in said["problems"]}
    assert {(COSTS.as_posix(), 2, "municipality"), (COSTS.as_posix(), 3, "period_start")} <= places
    assert ("municipality_codes/extra.csv", None, None) in places
    assert set(said["problems"][0]) == {"id", "file", "row", "cell", "column", "found", "expected", "mend"}


@pytest.mark.parametrize("columns", [80, 200, None])
def test_check_lists_every_problem_for_people(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int | None
) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["check", "--data", str(broken)]) == 1
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert "\x1b" not in shown
    if columns:
        # The first line names the folder as it was given.
        assert max(map(len, lines[1:])) <= columns
    else:
        # One line per problem, with its file, for grep.
        assert sum(line.startswith(COSTS.as_posix()) for line in lines) >= 2
    # Folded or not, no word is lost.
    squeezed = "".join(shown.split())
    for text in ("hallinghelse_annual_report_2025/costs.csv", "extra.csv", "municipality", "period_start"):
        assert text in squeezed


def test_folded_table_loses_nothing() -> None:
    word = "abcdefghij" * 9
    shown = table(["file", "mend"], [[word, "x y"], ["[red]a[/red]", "*b*"]], columns=40)
    assert max(map(len, shown.splitlines())) <= 40
    assert word in "".join(line.split(" ")[0] for line in shown.splitlines())
    assert "[red]a[/red]" in shown


def test_codes_for_the_terminal_in_the_data_are_shown_and_not_obeyed() -> None:
    assert cell("a\x1b[31mb\nc\u202ed") == "a\\x1b[31mb c\\x202ed"
    assert cell("12\u00a0345") == "12\u00a0345"
    problem = Problem("x", "a.csv", 2, "name", "\x1b]0;owned\x07", "a name", "Write one.")
    error = InvalidData.from_problems([problem])
    assert "\x1b" not in problems_text("raw", error, 80) + problems_text("raw", error, 200)


def test_check_tells_what_does_not_agree(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["check"]) == 0
    shown = capsys.readouterr().out
    assert "data/raw: valid" in shown
    assert "98\u00a0049" in shown
    assert shown.index("To clarify") < shown.index("For information")
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown


def test_check_shows_explanations_below_what_they_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--year", "2025"]) == 0
    shown = capsys.readouterr().out.replace("\u00a0", " ")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    first = next(i for i, line in enumerate(lines) if line.startswith("- Gol"))
    below = " ".join(lines[first : first + 6])
    assert "· Nøkkelen fra 1. juli 2025, da Ål, Flå, Gol, Hemsedal og Hol delte, gir 98 048 kr." in below
    assert below.index("· Nøkkelen") < below.index("→ Hvilken nøkkel")
    assert "682 000 kr er fordelt likt mellom Ål, Flå, Hemsedal og Hol." in " ".join(lines)
    assert shown.index("For information") < shown.index("Figures that rest on an unclear text")


def test_check_of_a_year_without_accounts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--year", "2019"]) == 2
    assert "Unknown year '2019'" in capsys.readouterr().err


def test_check_tells_scripts_what_does_not_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["valid"], said["problems"]) == (True, [])
    assert [each["kind"] for each in said["findings"]] == [each.kind for each in hh.reconcile(hh.load(DATA))]
    first = said["findings"][0]
    assert set(first) == {"kind", "subject", "severity", "figures", "question", "text", "details"}
    assert first["question"].endswith("?")
    charged = first["figures"]["charged"]
    assert (charged["value"], charged["unit"], charged["grade"], charged["bound"]) == (
        98049,
        "nok",
        "documented",
        "exact",
    )
    assert charged["citations"][0]["locator"] == "l. 104"


# show


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_shown_in_every_form(measure: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = hh.compute(hh.load(DATA), measure, year=2025)
    said = {}
    for form in ("csv", "json", "table"):
        assert main(["show", measure, "--year", "2025", "--privacy", "internal", "--format", form]) == 0
        shown = capsys.readouterr()
        assert shown.err == ""
        said[form] = shown.out
    assert said["csv"] == expected.write_csv()
    assert [list(row) for row in json.loads(said["json"])] == [expected.columns] * expected.height
    assert len(list(csv.reader(io.StringIO(said["csv"])))) == expected.height + 1
    assert "\x1b" not in said["table"]
    assert all(name in said["table"] for name in expected.columns)


def test_options_reach_the_measure(capsys: pytest.CaptureFixture[str]) -> None:
    def amount(*options: str) -> int:
        assert main(["show", "programme_costs", *options, "--format", "json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        return next(row["cost_nok"] for row in rows if row["programme"] == "mft")

    assert amount() == amount("--charges", "printed") == 778820
    assert amount("--charges", "corrected") == 763798
    assert main(["show", "cost_per_participant", "--by", "sessions", "--format", "json"]) == 0
    assert {row["unit"] for row in json.loads(capsys.readouterr().out)} == {"sessions"}
    assert main(["show", "municipality_costs", "--budget", "med_nesbyen", "--format", "json"]) == 0
    assert any(row["budget_nok"] for row in json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("measure", MEASURES)
def test_table_fits_the_terminal(
    measure: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["show", measure]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= columns
    assert "…" not in shown


@pytest.mark.parametrize("charges", ["printed", "corrected"])
def test_a_measure_says_which_charges_it_has(charges: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "programme_costs", "--charges", charges]) == 0
    assert capsys.readouterr().out.endswith(f"\nCharges: {charges}\n")


def test_table_shows_missing_values_and_aligns_numbers() -> None:
    frame = pl.DataFrame(
        {
            "programme": ["a", "bb"],
            "year": [2025, 2025],
            "cost_nok": [1234567, None],
            "low_nok": [1.5, 1234.25],
            "share": [0.25, None],
            "text": ["ø", None],
            "yes": [True, False],
        }
    )
    lines = frame_text(frame).splitlines()
    assert lines[0].split() == frame.columns
    ends = {name: lines[0].index(name) + len(name) for name in ("cost_nok", "low_nok", "share")}
    for name, (first, second) in {
        "cost_nok": ("1 234 567", "–"),
        "low_nok": ("1.50", "1 234.25"),
        "share": ("0.2500", "–"),
    }.items():
        assert lines[2][: ends[name]].endswith(f" {first}")
        assert lines[3][: ends[name]].endswith(f" {second}")
    assert "2025" in lines[2]
    assert lines[3].split()[-2:] == ["–", "no"]


def test_empty_frame_says_so() -> None:
    assert frame_text(pl.DataFrame(schema={"a": pl.Int64, "b": pl.String})) == "No rows. Columns: a, b\n"


def test_dates_are_iso_and_numbers_are_numbers_in_json() -> None:
    frame = pl.DataFrame({"day": ["2025-12-31"], "n": [None], "x": [0.5], "ø": ["å"]}).with_columns(
        pl.col("day").str.to_date()
    )
    text = frame_data(frame, "json")
    assert json.loads(text) == [{"day": "2025-12-31", "n": None, "x": 0.5, "ø": "å"}]
    assert '"ø": "å"' in text


def test_running_text_breaks_only_at_plain_spaces() -> None:
    shown = paragraph("belastet er 98\u00a0049\u00a0kr " * 5, 30, "  ")
    assert max(map(len, shown.splitlines())) <= 30
    assert shown.count("98\u00a0049\u00a0kr") == 5


# build


def test_build_writes_every_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "processed"
    assert main(["build", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert pl.read_parquet(out / "costs.parquet").height == manifest["tables"]["costs"]["rows"]


def test_build_that_cannot_write_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    assert main(["build", "--out", str(tmp_path / "file" / "below")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{tmp_path / 'file'}: " in shown.err
    assert (tmp_path / "file").read_text("utf-8") == "mine"


# trace


def test_trace_shows_formula_lines_assumptions_and_corrections(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "cost_per_participant programme=mft", "--charges", "corrected"]) == 0
    shown = capsys.readouterr().out.replace("\u00a0", " ")
    # Lines 104 and 647 of the report; 763 798 / 440.
    for said in (
        "høyst 1 735,90 kr",
        "cost_high_nok / count_low",
        "763 798",
        "l. 647-648",
        "at_least",
        "participations",
    ):
        assert said in shown, said
    assert "98 049     83 027  Årsrapport Hallinghelse 2025  l. 104" in shown
    assert main(["trace", "gain programme=mft"]) == 0
    assert "Hvorfor tallet mangler: Aktiviteten er ikke talt" in capsys.readouterr().out


def test_trace_as_json_holds_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "programme_costs programme=bti", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] == 410_725
    locators = [row["locator"] for row in found["rows"] if row["table"] == "costs"]
    assert locators == ["l. 87", "l. 107", "l. 118", "l. 130", "l. 141"]
    assert found["formula"]["symbols"] == "cost_low_nok"


# verify


def documented(folder: Path) -> Path:
    """A synthetic source with two figures, and beside it the document they stand in."""
    (folder / "documents" / "below").mkdir(parents=True)
    (folder / "documents" / "below" / "report.txt").write_text("Overskrift\nSum 12 345\nfem 6 7\n", "utf-8")
    shutil.copytree(DATA / "municipality_codes", folder / "raw" / "municipality_codes")
    source = folder / "raw" / "report"
    source.mkdir()
    files = {
        "source.toml": 'title = "R"\nshort_title = "R"\npublisher = "Noen"\ndocument = "report.txt (tekst)"\n',
        "pools.csv": "name_nb,valid_from,pool,part_of_position,in_accounts,locator,grade\n"
        "Felles,2025-01-01,felles,false,true,l. 1,documented\n",
        "costs.csv": "period_start,period_end,municipality,pool,amount_nok,locator,grade,note\n"
        "2025-01-01,2025-12-31,gol,felles,12345,l. 2,documented,\n"
        "2025-01-01,2025-12-31,hol,felles,999,l. 3,derived,Regnet ut.\n",
    }
    for name, text in files.items():
        (source / name).write_text(text, "utf-8")
    return folder


def test_verify_says_what_does_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = documented(tmp_path)
    arguments = ["verify", "--data", str(folder / "raw"), "--documents", str(folder / "documents")]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "1 figures hold, 0 do not, 1 cannot be checked" in shown
    assert "Regnet ut." in shown
    assert "report.txt has another checksum" in shown
    (folder / "documents" / "below" / "report.txt").write_text("Overskrift\nSum 12 354\n", "utf-8")
    assert main(arguments) == 1
    shown = capsys.readouterr().out
    assert "Sum 12 354" in shown
    assert main([*arguments, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(each["number"], each["status"]) for each in found["figures"]] == [(12345, "lost"), (999, "unchecked")]
    assert {each["source"]: each["found_by"] for each in found["documents"]}["report"] == "name"


# scenario


def test_scenarios_are_listed_and_described(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["scenario", "list", "--format", "csv"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0] == "name,changes,budget,title"
    assert len(listed) == 5
    assert main(["scenario", "show", "nesbyen_tilbake"]) == 0
    assert "nesbyen joins from 2027-01-01, out of ehelse_stilling, ehelse_administrasjon" in capsys.readouterr().out
    assert main(["scenario", "show", "ramme_2027"]) == 0
    assert "wage growth not stated; saving 4.5 % of what is carried" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nesbyen_tilbake", "gol_videre_i_bti", "flaa_utenfor_kef", "ramme_2027"])
def test_scenario_run_shows_the_same_in_every_form(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for form in ("table", "csv", "json"):
        assert main(["scenario", "run", name, "--format", form]) == 0
    out = capsys.readouterr().out
    found = json.loads(out[out.index("{\n") :])
    assert found["scenario"]["name"] == name
    if "comparison" in found:
        rows = found["comparison"]
        assert sum(row["before_nok"] for row in rows) == pytest.approx(
            sum(row["after_nok"] for row in rows) + (194_402 if name == "nesbyen_tilbake" else 0)
        )
    else:
        assert found["frame"]["missing"] == ["wage_growth", "saving_basis"]


def test_scenario_next_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["scenario", "next"]) == 0
    assert "Not known for aal, flaa, gol, hemsedal, hol" in capsys.readouterr().out
    file = tmp_path / "own.toml"
    prices = "".join(f'[replacement.{n}]\nlow_nok = 0\nhigh_nok = 9999999\nwhy = "x"\n' for n in ("gol", "hol"))
    file.write_text(prices, "utf-8")
    assert main(["scenario", "next", "--file", str(file), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["missing"] == ["aal", "flaa", "hemsedal"]
    assert set(found["order"]["possibly"]) == {"gol", "hol"}
    assert found["order"]["surely"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nesbyen_tilbak"], "Did you mean 'nesbyen_tilbake'"),
        (["run", "ramme_2027", "--charges", "correct"], "Did you mean 'corrected'"),
        (["list", "--file", "nowhere.toml"], "nowhere.toml: found no such file"),
        (["show"], "Missing argument"),
    ],
)
def test_scenario_mistakes_end_with_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["scenario", *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("language", languages())
def test_words_are_those_of_the_language_and_figures_the_same(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    def said(*command: str) -> tuple[list[str], str]:
        """Numbers and words of what a command tells scripts."""
        assert main([*command, "--format", "json"]) == 0
        out = capsys.readouterr().out
        figures = re.findall(r'"(?:value|baseline|target|lines|source)": ("[^"]*"|[-\d.]+|null)', out)
        return figures, " ".join(re.findall(r'"(?:text|question|words|measure_\w\w)": "([^"]*)"', out))

    for command in (["check"], ["trace", "cost_per_participant programme=mft"]):
        figures, words = said(*command, "--language", language)
        assert (figures, foreign(words, language)) == (said(*command)[0], set())
        assert len(words) > 100
    assert said("followup", "--propose", "--language", language) == said("followup", "--propose")


def test_a_language_without_words_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for command in (["check"], ["followup"], ["trace", "cost_per_participant programme=mft"], ["brief"]):
        assert main([*command, "--language", "dk"]) == 2
        assert "Unknown language 'dk'" in capsys.readouterr().err


# Workbooks, exports, a new year


def test_a_year_from_workbook_to_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from openpyxl import load_workbook

    from tests.exports.half_year import answer_source, put

    raw, path = tmp_path / "raw", tmp_path / "tall-2026.xlsx"
    shutil.copytree(DATA, raw)
    assert main(["template", "--year", "2026", "--out", str(path), "--data", str(raw)]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert main(["template", "--year", "2026", "--out", str(path), "--data", str(raw)]) == 2
    assert "something that stands there" in capsys.readouterr().err
    book = load_workbook(path)
    answer_source(book)
    put(book["Utlignet"], 6, amount_nok="1.204")
    book.save(path)
    assert main(["import", str(path), "--data", str(raw)]) == 1
    said = capsys.readouterr()
    assert "E6" in said.out
    assert "this may be two" in said.out
    assert f"Nothing was written to {raw}" in said.err
    assert "tall-2026-merknader.xlsx" in said.err
    assert main(["import", str(path), "--data", str(raw), "--format", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["id"], problem["cell"], problem["file"]) == ("ambiguous_number", "E6", "tall-2026.xlsx, Utlignet")
    put(book["Utlignet"], 6, amount_nok="1 204")
    book.save(path)
    assert main(["import", str(path), "--data", str(raw)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{raw / 'tall_2026'}\n{raw / 'tall_2026' / 'costs.csv'}  1\n"
    assert "Utlignet: a text was read as a number: E6 '1 204' → 1204" in said.err
    assert main(["import", str(tmp_path / "no.xlsx"), "--data", str(raw)]) == 2
    assert "no.xlsx" in capsys.readouterr().err


def test_new_year_prepares_a_folder_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "year-2026"
    assert main(["new-year", "2026", "--out", str(out)]) == 0
    names = ["frister-2026.ics", "sjekkliste-2026.html", "tall-2026.xlsx"]
    assert capsys.readouterr().out == "".join(f"{out / name}\n" for name in names)
    assert main(["new-year", "2026", "--out", str(out)]) == 2


@pytest.mark.parametrize("format", ["xlsx", "csv", "parquet", "datapackage"])
def test_export(tmp_path: Path, capsys: pytest.CaptureFixture[str], format: str) -> None:
    out = tmp_path / f"out.{format}"
    words = ["export", "--format", format, "--measure", "municipality_costs", "--year", "2025", "--out", str(out)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{out}\n"
    if format == "csv":
        assert {path.name for path in out.iterdir()} == {
            "municipality_costs.csv", "sources.csv", "dictionary.csv", "README.txt",
        }  # fmt: skip
        rows = list(csv.DictReader(io.StringIO((out / "municipality_costs.csv").read_text("utf-8"))))
        assert next(r["amount_nok"] for r in rows if (r["municipality"], r["pool"]) == ("flaa", "all")) == "430994"
    assert main([*words[:-1], str(tmp_path / "no"), "--measure", "gian"]) == 2
    assert "Did you mean 'gain'" in capsys.readouterr().err
    assert main(["export", "--year", "1999", "--out", str(tmp_path / "no")]) == 2
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a.csv"], "--as and --source and --publisher: found nothing"),
        (["a.csv", "--as", "costs", "--publisher", "P"], "--source: found nothing"),
        (
            ["a.csv", "--as", "costs", "--source", "s", "--publisher", "P", "--marked", "b.xlsx"],
            "--marked: found a.csv",
        ),
        (["a.csv", "--as", "costs", "--source", "s", "--publisher", "P", "--format", "json"], "expected a workbook"),
        (["A.XLSX", "--as", "costs"], "--as: found A.XLSX, expected a text file"),
        (["a.xlsx", "--decimal", ",", "--ignore", "x"], "--ignore and --decimal: found a.xlsx"),
    ],
)
def test_import_asks_for_what_the_kind_of_file_needs(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "a.xlsx", "A.XLSX"):
        (tmp_path / name).write_text("kommune;beløp\nHol;7\n", "utf-8")
    assert main(["import", *words, "--data", str(tmp_path / "raw")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "raw").exists()
