"""A bad disk, a bad clock, another locale, somebody's Ctrl-C: a clear error, or the same bytes as ever."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hhanalytics import log
from hhanalytics.cli import main
from hhanalytics.dataset import Dataset, load
from hhanalytics.errors import HHAnalyticsError, InvalidData
from tests.briefs.synthetic_notebooks import PARAMETERS, ROOT, TITLE, notebook
from tests.test_kills import AMONG, BRIEF, DATA, ELVEDAL, FIGURES, IMPORTS, run

posix = pytest.mark.skipif(sys.platform != "linux", reason="rights, limits and signals of Linux")

#: The same data written in four ways, and what is said of them.
WRITE = """\
from hhanalytics.cli import main
for each in (["build", "--out", "{out}/b"], ["export", "--tables", "--out", "{out}/x.xlsx"],
             ["export", "--format", "csv", "--out", "{out}/c"], ["new-year", "2026", "--out", "{out}/y"], ["check"],
             ["show", "municipality_costs", "--format", "csv"]):
    if main([*each, "--data", "{data}"]):
        raise SystemExit(str(each))
"""
OLD_CLOCK = """\
import time
then = 157766400.0  # 1975
real_local, real_utc = time.localtime, time.gmtime
time.time = lambda: then
time.localtime = lambda seconds=None: real_local(then if seconds is None else seconds)
time.gmtime = lambda seconds=None: real_utc(then if seconds is None else seconds)
"""


def written(folder: Path, data: Path, flags: tuple[str, ...] = (), before: str = "", **env: str) -> dict[str, bytes]:
    """What a process of its own writes and says, with the environment given and nothing else."""
    out = folder / "out"
    code = before + WRITE.format(out=out, data=data)
    clean = {"PATH": "/usr/bin:/bin", "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT), **env}
    done = subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, env=clean, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    said = done.stdout.replace(str(out).encode(), b"OUT").replace(str(data).encode(), b"DATA")
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    # The checklist says where data and workbook stand, as it was typed, and in quotes where a space stands in it.
    for name, content in files.items():
        if name.endswith(".html"):
            named = content.replace(str(out).encode(), b"OUT").replace(str(data).encode(), b"DATA")
            files[name] = named.replace(b"&quot;", b"")
    return files | {"said": said}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    here = tmp_path_factory.mktemp("usual")
    return written(here, Path(shutil.copytree(ELVEDAL, here / "data")), HOME=str(here), LC_ALL="C.UTF-8", TZ="UTC")


@pytest.mark.parametrize(
    "how",
    [
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "flags": ("-O",)},
        {"LC_ALL": "C", "LANG": "nb_NO.ISO-8859-1", "TZ": "America/St_Johns", "flags": ("-OO",)},
        {"HOME": "/nowhere", "before": OLD_CLOCK, "touched": "1"},
    ],
    ids=["locale and -O", "no locale and -OO", "clock set back, no home"],
)
def test_same_bytes_everywhere(usual: dict[str, bytes], tmp_path: Path, how: dict[str, Any]) -> None:
    here = tmp_path / "min mappe, æøå ’ $x"
    data = Path(shutil.copytree(ELVEDAL, here / "tall og år"))
    if how.pop("touched", None):
        for number, path in enumerate(data.rglob("*")):
            os.utime(path, (0, 0) if number % 2 else (4_000_000_000, 4_000_000_000))
    made = written(here, data, **how)
    assert sorted(made) == sorted(usual)
    # The workbook names the command that reads it in, with the path of the data: those bytes are compressed.
    paths = ("y/tall-2026.xlsx",)
    assert [name for name in usual if made[name] != usual[name] and name not in paths] == []


BRIEFS = """\
from hhanalytics.cli import main
if main(["brief", "--data", "{data}", "--out", "{out}"]):
    raise SystemExit("no brief")
"""


@pytest.mark.fuzz
def test_same_brief_everywhere(tmp_path: Path) -> None:
    made = []
    odd = {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "HOME": "/nowhere", "PYTHONHASHSEED": "7"}
    for name, flags, env, before in (
        ("plain", (), {"TZ": "UTC"}, ""),
        ("min mappe, æøå ’ $x", ("-O",), odd, OLD_CLOCK),
    ):
        data = Path(shutil.copytree(DATA, tmp_path / name / "raw"))
        clean = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **env}
        code = before + BRIEFS.format(data=data, out=tmp_path / name / "out")
        subprocess.run([sys.executable, *flags, "-c", code], env=clean, cwd=tmp_path / name, check=True)
        files = sorted((tmp_path / name / "out" / "hof-2025-nb").iterdir())
        made.append({path.name: path.read_bytes() for path in files if path.name != "manifest.json"})
    assert len(made[0]) == 3
    assert made[0] == made[1]


# Others, and no room


def test_runs_at_once(tmp_path: Path) -> None:
    out = tmp_path / "processed"
    raw = Path(shutil.copytree(DATA, tmp_path / "raw"))
    (tmp_path / "figures.csv").write_text(FIGURES, "utf-8")
    builds = [["build", "--data", str(data), "--out", str(out)] for data in (DATA, ELVEDAL)]
    imports = [["import", str(tmp_path / "figures.csv"), *AMONG, "--data", str(raw)]] * 2
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "hhanalytics", *each], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for each in (*builds, *imports)
    ]
    said = [each.communicate(timeout=120)[1] for each in runs]
    assert [each.returncode for each in runs[:2]] == [0, 0], said
    # A source is delivered once.
    assert sorted(each.returncode for each in runs[2:]) == [0, 2], said
    assert any(b"a source is never overwritten" in each for each in said[2:])
    assert load(out).fingerprint in {load(DATA).fingerprint, load(ELVEDAL).fingerprint}
    assert load(raw).costs.filter(source="accounts_2026").height == 2
    assert [path.name for path in (*tmp_path.iterdir(), *raw.iterdir()) if path.name.startswith(".")] == []


@posix
def test_no_room_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """Files of more than a few bytes are refused, as a full disk does it: by polars, by xlsxwriter and by Python."""
    raw, out = Path(shutil.copytree(ELVEDAL, tmp_path / "raw")), tmp_path / "out"
    (tmp_path / "figures.csv").write_text(FIGURES.replace("aal", "sollia").replace("flaa", "bekkestad"), "utf-8")
    load(raw).save(out / "b")
    data = ["--data", str(raw)]
    commands = [
        ["build", *data, "--out", str(out / "b")],
        ["export", *data, "--out", str(out / "deep" / "x.xlsx")],
        ["export", *data, "--format", "parquet", "--out", str(out / "p")],
        ["new-year", "2026", *data, "--out", str(out / "y")],
    ]
    before = sorted(path.relative_to(out).as_posix() for path in out.rglob("*"))
    jobs = [
        {"what": "obey", "folder": str(raw), "out": str(out), "commands": commands, "size": size}
        for size in (700, 5_000)
    ]
    for job, found in zip(jobs, run(jobs, IMPORTS), strict=True):
        assert found["ends"] == [2] * 4, found["said"]
        assert all("expected room for" in said and "Make room" in said for said in found["said"]), found["said"]
        assert found["unchanged"], job
        assert found["left"] == before
    assert load(out / "b").fingerprint == load(raw).fingerprint


@posix
def test_full_disk_behind_standard_output() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hhanalytics", "check"], stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False
        )
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "A file: No space left on device. Check the path, its rights and the space."
    ]


@posix
def test_raw_data_are_read_only(tmp_path: Path) -> None:
    """Whatever the command: it gets along without the right to write there, and touches nothing."""
    raw, out = Path(shutil.copytree(DATA, tmp_path / "raw")), tmp_path / "out"
    (tmp_path / "figures.csv").write_text(FIGURES, "utf-8")
    for path in (*raw.rglob("*"), raw):
        path.chmod(0o555 if path.is_dir() else 0o444)
    data = ["--data", str(raw)]
    commands = [
        ["check", *data],
        ["show", "programme_costs", *data],
        ["trace", "programme_costs programme=mft column=cost_nok", *data],
        ["verify", "--documents", str(raw), *data],
        ["followup", "--propose", *data],
        ["scenario", "run", "nesbyen_tilbake", *data],
        ["template", "--year", "2026", "--out", str(out / "t.xlsx"), *data],
        ["new-year", "2026", "--out", str(out / "y"), *data],
        ["export", "--tables", "--format", "datapackage", "--out", str(out / "d"), *data],
        ["build", "--out", str(out / "b"), *data],
        ["import", str(tmp_path / "figures.csv"), *AMONG, *data],
        ["build", "--out", str(raw / "b"), *data],
    ]
    [found] = run([{"what": "obey", "folder": str(raw), "out": str(out), "commands": commands}], IMPORTS)
    # There are no documents to look figures up in; what would write there is refused.
    assert found["ends"] == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2, 2], found["said"]
    assert all(f"The folder {raw}: found Permission denied" in said for said in found["said"][-2:])
    assert found["unchanged"]
    assert {"t.xlsx", "y/sjekkliste-2026.html", "d/datapackage.json", "b/manifest.json"} <= set(found["left"])


@posix
@pytest.mark.fuzz
def test_brief_without_rights_or_room(tmp_path: Path) -> None:
    raw, out = Path(shutil.copytree(DATA, tmp_path / "raw")), tmp_path / "out"
    out.mkdir()
    out.chmod(0o555)
    command = ["brief", "--data", str(raw), "--out", str(out)]
    jobs = [
        {"what": "obey", "folder": str(raw), "out": str(out), "commands": [command], "size": size}
        for size in (None, 5_000)
    ]
    denied, full = run(jobs, IMPORTS + BRIEF)
    assert denied["ends"] == full["ends"] == [2]
    assert "Permission denied" in denied["said"][0]
    assert denied["unchanged"]
    assert full["unchanged"]
    assert denied["left"] == full["left"] == []


@posix
@pytest.mark.fuzz
def test_small_file_system(tmp_path: Path) -> None:
    """A real full disk, where one can be made."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    try:
        for each in (["build", "--out", str(disk / "b")], ["export", "--out", str(disk / "x.xlsx"), "--tables"]):
            done = subprocess.run(
                [sys.executable, "-m", "hhanalytics", *each], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert done.returncode == 2
            assert "No space left on device" in done.stderr
            assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Interrupted


@posix
def test_interrupted_brief_ends_with_130_and_nothing_is_left(tmp_path: Path) -> None:
    cell = "import sys, time\nprint('ready', file=sys.stderr, flush=True)\ntime.sleep(60)"
    (tmp_path / "synthetic_brief.ipynb").write_text(json.dumps(notebook(TITLE, cell, parameters=PARAMETERS)), "utf-8")
    code = (
        "import sys; from pathlib import Path; from hhanalytics.briefs import run; from hhanalytics.cli import main\n"
        f"run.own_notebooks = lambda: Path({str(tmp_path)!r})\n"
        f"sys.exit(main(['brief', 'synthetic', '--out', {str(tmp_path / 'out')!r}]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stderr
    first = process.stderr.readline()
    assert first == "ready\n", first + process.communicate()[1]
    started = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    said, rest = process.communicate(timeout=30)
    assert (process.returncode, said, rest) == (130, "", "\nInterrupted. Nothing is half written.\n")
    assert time.monotonic() - started < 20
    assert not (tmp_path / "out").exists()
    # No kernel, no browser: nobody of its session lives on.
    alive = [path for path in Path("/proc").glob("[0-9]*/stat") if session(path) == process.pid]
    assert alive == []


def session(path: Path) -> int:
    try:
        return int(path.read_text().rpartition(")")[2].split()[3])
    except (OSError, ValueError):
        return -1


def test_interrupted_while_it_starts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from hhanalytics.__main__ import run as start

    class Slow:
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "hhanalytics.cli", Slow())
    assert start() == 130
    assert capsys.readouterr().err == "\nInterrupted. Nothing is half written.\n"


def test_whoever_asked_is_told_of_the_end_and_all_that_was_said_is_out(tmp_path: Path) -> None:
    script = tmp_path / "told.py"
    script.write_text(
        "import atexit, sys, tempfile, threading, time\n"
        "import hhanalytics.__main__ as program\n"
        "def run():\n"
        "    global kept\n"
        "    kept = tempfile.TemporaryDirectory(dir=sys.argv[1])\n"
        "    threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
        "    atexit.register(print, 'told')\n"
        "    sys.stdout.write('run\\n')\n"
        "    if sys.argv[2] == 'x':\n"
        "        raise ZeroDivisionError\n"
        "    return int(sys.argv[2])\n"
        "program.run = run\n"
        "sys.exit(program.command())\n",
        "utf-8",
    )
    (tmp_path / "in").mkdir()
    for wanted, code in (("0", 0), ("2", 2), ("x", 1)):
        words = (sys.executable, str(script), str(tmp_path / "in"), wanted)
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()) == (code, ["run", "thread", "told"]), done.stderr
        assert ("ZeroDivisionError" in done.stderr) == (wanted == "x")
        assert list((tmp_path / "in").iterdir()) == []


# Exit codes and logs


@pytest.fixture
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def lines(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    assert all(list(each) == ["time", "level", "event", "facts"] for each in found)
    return found


def test_exit_codes_are_those_in_the_guide(
    in_the_repository: None, elvedal_copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = (ROOT / "docs" / "guide.md").read_text("utf-8").partition("### Exit codes")[2].partition("\n## ")[0]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert told == {log.DONE, log.INVALID, log.REFUSED, log.BUG, log.INTERRUPTED} == {0, 1, 2, 70, 130}
    assert main(["check", "--data", str(elvedal_copy)]) == 0
    assert main(["check", "--data", "nowhere"]) == 1
    assert main(["show", "nothing"]) == main(["shwo"]) == main(["build", "--data", "nowhere"]) == 2
    capsys.readouterr()
    for raised, code, event in (
        (ZeroDivisionError("Kari Nordmann"), 70, "bug"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ):
        with monkeypatch.context() as patched:

            def broken(*_: Any, raised: BaseException = raised) -> None:
                raise raised

            patched.setattr("hhanalytics.reports.found", broken)
            assert main(["check", "--data", str(elvedal_copy)]) == code
            said = capsys.readouterr().err
            assert ("Report it" in said) == (code == 70)
            assert main(["check", "--log-format", "json", "--data", str(elvedal_copy)]) == code
            [entry] = lines(capsys.readouterr().err)
            assert entry["event"] == event
            assert "Kari" not in str(entry)
    assert entry["level"] == "error"


def test_every_line_of_the_log_is_json(
    in_the_repository: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {
        ("check", "--nope"): "bad_usage",
        ("shwo",): "bad_usage",
        ("show", "gian"): "unknown_name",
        ("build", "--data", "nowhere"): "invalid_data",
        ("import", str(tmp_path / "no.csv"), *AMONG): "file_error",
        ("export", "--out", str(ROOT / "README.md")): "place_taken",
    }
    for arguments, event in cases.items():
        assert main(["--log-format=json", *arguments]) == 2
        [entry] = lines(capsys.readouterr().err)
        assert (entry["level"], entry["event"]) == ("error", event)
        assert entry["facts"]
    # A warning is one as well, without its words and without the folder it comes from.
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        log.taken(["--log-format", "json"])
        warnings.warn_explicit("about 3 persons", UserWarning, "/home/somebody/x.py", 7)
    [entry] = lines(capsys.readouterr().err)
    assert entry["facts"] == {"category": "UserWarning", "file": "x.py", "line": 7}
    # Where all is well, the answer is as ever and nothing is said.
    assert main(["show", "programme_costs", "--format", "csv", "--log-format", "json"]) == 0
    made = capsys.readouterr()
    assert made.out.startswith("programme,")
    assert made.err == ""


def test_no_error_and_no_log_says_who_somebody_is(
    in_the_repository: None, data_copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synthetic: the month of the identity number is one that only made-up persons have."""
    secrets = ("01819912345", "kari.nordmann@example.org", "+47 412 34 567", "1234.56.78901")
    monkeypatch.setenv("HOME", str(data_copy.parent))
    from hhanalytics import masking

    masking._home.cache_clear()
    rows = [f"Kari Nordmann {each},bti,2026-01-01,2026-12-31,{each},l. 1,documented" for each in secrets]
    head = "municipality,pool,period_start,period_end,amount_nok,locator,grade"
    folder = data_copy / "hand"
    folder.mkdir()
    (folder / "source.toml").write_text('title = "x"\nshort_title = "x"\npublisher = "x"\n', "utf-8")
    (folder / "costs.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
    for arguments in (["check"], ["build", "--out", str(data_copy.parent / "b")], ["check", "--format", "json"]):
        for form in ("text", "json"):
            assert main([*arguments, "--data", str(data_copy), "--log-format", form]) in (1, 2)
            made = capsys.readouterr()
            assert [each for each in secrets if each in made.out + made.err] == []
            if form == "json":
                [entry] = lines(made.err)
                assert entry["event"] == "invalid_data"
                assert entry["facts"]["count"] == 7
                assert all(each["id"] and each["row"] for each in entry["facts"]["problems"])
                assert "Nordmann" not in made.err
                assert str(data_copy.parent) not in made.err
    masking._home.cache_clear()


def test_errors_keep_their_numbers(dataset: Dataset) -> None:
    """What is covered is what names a person, and no amount, id or date."""
    text = "98 049,00; 83 027 kr; 12345678901 is no date; 2025-12-31; 2 147 483 647; NO 974 760 673; l. 412-415"
    text += "; sha256 b2716b2dfe9f76155224822d60e454c0bbb170c9f1f5e21f643655a1b57d6447"
    assert str(HHAnalyticsError("x", text)) == text
    assert str(HHAnalyticsError("x", "kari_01819912345 (synthetic)")) == "kari_[identity number] (synthetic)"
    assert isinstance(InvalidData.from_problems([]), HHAnalyticsError)
