"""What is said about the project holds: its commands, figures, examples and links, and what it ships."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import hhanalytics as hh
from bench.country import main as briefs_of_a_country
from bench.large import measured
from bench.large_tables import Run
from bench.nationwide import measured as measured_nationwide
from bench.nationwide import once as once_nationwide
from bench.nationwide import table as nationwide_table
from hhanalytics.decisions.comparison import share_findings
from hhanalytics.decisions.exits import exit_effects, exit_findings
from hhanalytics.decisions.exploration import outcome, starts
from hhanalytics.decisions.technology import technology_gains
from hhanalytics.errors import InvalidData
from hhanalytics.methods import constants
from hhanalytics.sources.rules import RULES
from hhanalytics.sources.workbook import NOT_READ

ROOT = Path(__file__).parents[1]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "bench" / "README.md"]
TEXTS += sorted((ROOT / "docs").glob("*.md"))
BASE = "python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run -q "
COMMANDS = {"render-command": BASE + "hhanalytics brief", "test-command": BASE + "--group test pytest -n auto"}


def project_files() -> list[Path]:
    """What is in the project, or would be with the next commit: tracked, or new and not ignored."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-coz", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def marked_block(text: str, mark: str) -> str:
    """The fenced block after a comment."""
    found = re.search(rf"^<!-- {re.escape(mark)} -->\n```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found, f"no fenced block after <!-- {mark} -->"
    return found[1]


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# The two commands, and the run that uses them


@pytest.mark.parametrize("mark", COMMANDS)
def test_readme_has_the_command(mark: str) -> None:
    assert marked_block((ROOT / "README.md").read_text("utf-8"), mark) == COMMANDS[mark] + "\n"


@pytest.mark.parametrize("mark", COMMANDS)
def test_ci_runs_what_the_readme_says(mark: str) -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    function = re.search(r"^readme_command\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)
    assert function
    found = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{function[0]}\nreadme_command {mark}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.rstrip("\n") == COMMANDS[mark]
    name = mark.replace("-", "_")
    assert f"{name}=$(readme_command {mark})" in script
    assert f'bash -c "${name}"' in script
    assert "pytest -" not in script, "tests run through the README's command only"


def test_ci_fails_without_a_command(tmp_path: Path) -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    function = re.search(r"^readme_command\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)
    assert function
    (tmp_path / "README.md").write_text("<!-- test-command -->\nno block\n", "utf-8")
    lost = subprocess.run(
        ["bash", "-c", f"{function[0]}\nreadme_command test-command"], cwd=tmp_path, capture_output=True
    )
    assert lost.returncode == 1
    assert b"no fenced block" in lost.stderr


def test_ci_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)


# What the project is made of


def test_nothing_of_one_machine_is_written_down() -> None:
    # Put together here, so that this file does not hold what it looks for.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "deb.deb" + "ian.org", "registry.npm" + "js.org"]
    machine = re.compile(r"(?<![\w./:-])/(?:work|home|root|Users)/(?!somebody)\w|(?<!\w)[A-Z]:\\\\?Users")
    found = []
    for path in project_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if machine.search(line) or any(host in line for host in hosts):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not found, "\n".join(found)


def test_versions_are_pinned_by_date_and_not_by_lock_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    settings = project["tool"]["uv"]
    assert settings["default-groups"] == []
    assert datetime.fromisoformat(settings["exclude-newer"]).tzinfo is not None
    assert "uv.lock" not in {path.name for path in project_files()}


def test_exact_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    text = (ROOT / "requirements.txt").read_text("utf-8")
    # Whoever moves the date or a bound renews the file: .ci/pins.
    assert f"as of {project['tool']['uv']['exclude-newer']}:" in text
    pinned: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if line[0] != "#")):
        head, *hashes = entry.replace("\\\n", "\n").splitlines()
        found = re.match(r"([a-z0-9-]+)==([\w.]+)", head)
        assert found, head
        assert hashes, head
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64} ?", line) for line in hashes), head
        pinned.setdefault(found[1], set()).add(found[2])
    for needed in project["project"]["dependencies"]:
        name, bound = re.fullmatch(r"([\w-]+)>=([\d.]+)", needed).groups()  # type: ignore[union-attr]
        least = tuple(map(int, bound.split(".")))
        assert name in pinned, name
        assert all(tuple(map(int, re.findall(r"\d+", each))) >= least for each in pinned[name]), name


def test_default_dependencies_are_light() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    names = {re.split(r"[^\w-]", needed)[0] for needed in project["project"]["dependencies"]}
    assert not names & {"jupyterlab", "notebook", "pyspark", "selenium", "playwright", "kaleido", "weasyprint"}
    assert {"test", "lint", "lab"} <= set(project["dependency-groups"])


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_is_a_brief_notebook() -> None:
    assert "hof_brief.ipynb" in [path.name for path in notebooks()]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_notebooks_carry_no_outputs(path: Path) -> None:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count") is not None]


@pytest.mark.parametrize("path", [p for p in notebooks() if "explore" not in p.name], ids=lambda path: path.name)
def test_brief_notebooks_have_one_parameters_cell(path: Path) -> None:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1


def test_wheel_holds_everything_the_package_needs(tmp_path: Path) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    build = [uv, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True)
    if done.returncode and re.search(r"fetch|dns|connect|network|timed out", done.stderr, re.IGNORECASE):
        pytest.skip(f"the build backend cannot be had: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    files = [path.relative_to(ROOT) for path in project_files()]
    needed = {path.as_posix() for path in files if path.parts[0] == "hhanalytics"}
    needed |= {f"hhanalytics/{path.as_posix()}" for path in files if path.parts[0] == "notebooks"}
    raw = {Path(*path.parts[2:]).as_posix() for path in files if path.parts[:2] == ("data", "raw")}
    needed |= {f"hhanalytics/example/{name}" for name in raw}
    assert needed <= held
    for suffix in (".ipynb", ".po", ".typ", ".j2", ".css", ".js", "methods.toml", "py.typed"):
        assert any(name.endswith(suffix) for name in held), suffix
    outside = {name.split("/")[0] for name in held} - {"hhanalytics"}
    assert [name for name in outside if not name.endswith(".dist-info")] == []
    assert wheel.stat().st_size < 2_000_000
    # Installed, far from any copy of the project, the examples read the data that came with it.
    apart = tmp_path / "apart"
    zipfile.ZipFile(wheel).extractall(apart)
    code = "import hhanalytics as hh; print(hh.__file__, hh.example().years(), hh.example().costs['amount_nok'].sum())"
    env = {**os.environ, "PYTHONPATH": str(apart)}
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout.split(" ", 1) == [str(apart / "hhanalytics" / "__init__.py"), "[2025] 6630445\n"], done.stderr


# What the texts say


def test_data_dictionary_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_data_dictionary", ROOT / "docs" / "make_data_dictionary.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    current = (ROOT / "docs" / "data.md").read_text("utf-8") == module.dictionary()
    assert current, "run: python docs/make_data_dictionary.py"


def anchors(path: Path) -> set[str]:
    """The anchors that headings get."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(target)
    assert not lost


def spaced(value: float) -> str:
    """A number as the texts print it."""
    return f"{round(value):,}".replace(",", " ")


@pytest.fixture(scope="module")
def printed() -> hh.Dataset:
    return hh.load(ROOT / "data" / "raw")


@pytest.fixture(scope="module")
def figures(printed: hh.Dataset) -> dict[str, float]:
    """Every figure that the texts quote, from the code."""
    findings = hh.reconcile(printed)
    corrected = hh.corrected(printed, findings)
    found: dict[str, float] = {}
    for data in (printed, corrected):
        costs = hh.compute(data, "programme_costs", year=2025)
        heads = hh.compute(data, "cost_per_participant", year=2025)
        mft = costs.filter(programme="mft")["cost_nok"].item()
        found[f"mft_{data.charges}"] = mft
        found[f"mft_position_{data.charges}"] = (
            hh.compute(data, "full_position_costs", year=2025).filter(use="cross_check")["low_nok"].item()
        )
        found[f"mft_per_head_{data.charges}"] = heads.filter(programme="mft")["high_nok"].item()
    for by, name in (("participants", "kef_per_head"), ("sessions", "kef_per_session")):
        row = hh.compute(printed, "cost_per_participant", year=2025, by=by).filter(programme="kef")
        found[f"{name}_low"], found[f"{name}_high"] = row["high_at_low_cost_nok"].item(), row["high_nok"].item()
    costs = hh.compute(printed, "programme_costs", year=2025)
    found["kef_low"], found["kef_high"] = costs.filter(programme="kef").select("cost_low_nok", "cost_high_nok").row(0)
    found["bti"] = costs.filter(programme="bti")["cost_nok"].item()
    position = hh.compute(printed, "full_position_costs", year=2025).filter(use="range")
    found["position_low"], found["position_high"] = position.select("low_nok", "high_nok").row(0)
    found["hook"] = printed.costs.filter(pool="ehelse_stilling")["amount_nok"].item()
    for finding in findings:
        for number, each in enumerate((finding, *finding.details)):
            found |= {
                f"{each.kind}_{each.subject}_{name}" + f"_{number}" * bool(number): f.value or 0
                for name, f in each.figures.items()
            }
    half = printed.costs.filter(pool="mft", period_end=date(2025, 12, 31))
    found["mft_second_half"] = half["amount_nok"].sum()
    found["aal_second_half"] = half.filter(municipality="aal")["amount_nok"].item()
    people = dict(
        printed.population.filter(year=2025).group_by("municipality").agg(pl.col("persons").sum()).iter_rows()
    )
    found |= {f"people_{name}": people[name] for name in ("aal", "nesbyen")}
    found["people_all"] = sum(people.values())
    found["people_five"] = found["people_all"] - people["nesbyen"]
    found["aal_exact_whole_part"] = found["mft_second_half"] * people["aal"] // found["people_five"]
    effects = exit_effects(printed, 2025)
    found["moved"] = effects.filter(pl.col("municipality") != "nesbyen")["moved_nok"].sum()
    found["hallinghelse"] = printed.costs.filter(pool="hallinghelse")["amount_nok"].sum()
    gol = next(f for f in share_findings(corrected, 2025) if f.subject == "gol")
    found |= {f"gol_{name}": abs(figure.value or 0) for name, figure in gol.figures.items()}
    found["tried_gain"] = outcome(starts(corrected, 2025)["mft"], price=2000).gain_low or 0
    found["audit_duty"] = constants()["audit_duty_nok"].value
    alarms = hh.compute(printed, "unit_rates").filter(technology="trygghetsalarm", age="80+").row(-1, named=True)
    found |= {f"old_{end}": alarms[f"persons_{end}"] for end in ("low", "high")}
    found["wage"] = printed.price_index.filter(index="municipal_wage", year=2024)["value"].item()
    (effort,) = (f for f in technology_gains(printed, 2025) if f.kind == "joint_effort")
    found["separate"] = effort.figures["separate"].value or 0
    return found


@pytest.mark.parametrize("name", ["README.md", "docs/guide.md", "docs/method.md"])
def test_every_amount_in_the_texts_comes_out_of_the_code(name: str, figures: dict[str, float]) -> None:
    text = (ROOT / name).read_text("utf-8")
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\s", " ", text)
    quoted = set(re.findall(r"(?<![\d,.])\d{1,3}(?: \d{3})+(?!\d)", text))
    assert len(quoted) > 1
    assert not quoted - {spaced(value) for value in figures.values()}


def test_the_figures_that_must_be_told_are_told(printed: hh.Dataset, figures: dict[str, float]) -> None:
    method = " ".join((ROOT / "docs" / "method.md").read_text("utf-8").split())
    (gone,) = exit_findings(printed, 2025)
    told = [
        f"{spaced(figures['mft_printed'])} kr | over 440 participants | at most {spaced(figures['mft_per_head_printed'])} kr",
        f"{spaced(figures['mft_corrected'])} kr | over 440 participants | "
        f"at most {spaced(figures['mft_per_head_corrected'])} kr",
        f"{spaced(figures['kef_low'])} kr to {spaced(figures['kef_high'])} kr | 609 participations | "
        f"at most {spaced(figures['kef_per_head_low'])} kr to {spaced(figures['kef_per_head_high'])} kr",
        f"44 sessions | at most {spaced(figures['kef_per_session_low'])} kr to {spaced(figures['kef_per_session_high'])} kr",
        f"**{spaced(figures['position_low'])} kr**",
        f"**{spaced(figures['position_high'])} kr**",
        f"paid {spaced(figures['moved'])} kr more in the second half of 2025",
        f"= {gone.figures['increase'].value:.1f} % more",
        f"({figures['people_nesbyen'] / figures['people_all']:.2%})".replace("%", " %"),
        f"{figures['mft_second_half'] * figures['people_aal'] / figures['people_five']:,.1f}".replace(",", " "),
    ]
    for month in ("2025-06-01", "2025-12-01"):
        before, after, change = (int(figures[f"welfare_tech_break_{month}_{n}"]) for n in ("before", "after", "change"))
        months = {"2025-06-01": ("May", "June"), "2025-12-01": ("November", "December")}[month]
        sign = "+" if change > 0 else "−"
        told.append(
            f"{spaced(before)}{' units' * (before > 1000)} in {months[0]}, {spaced(after)} in {months[1]} ({sign}{abs(change)})"
        )
    assert not [words for words in told if words not in method]


def test_activities_are_as_the_texts_say(printed: hh.Dataset) -> None:
    counts = {row["activity"]: (row["quantity"], row["qualifier"]) for row in printed.activities.iter_rows(named=True)}
    assert counts["mft_participants"] == (440, "at_least")
    assert counts["kef_participants"] == (609, "exact")
    assert counts["kef_sessions"] == (44, "exact")


def test_what_the_readme_calls_unknown_is_unknown(printed: hh.Dataset) -> None:
    gain = hh.compute(printed, "gain", year=2025)
    assert gain["value_nok"].null_count() == gain.height
    assert printed.equivalents["confirmed_on"].null_count() == printed.equivalents.height
    assert printed.programmes["avoidable_share"].null_count() == printed.programmes.height
    counted = printed.activities.filter(pl.col("quantity").is_not_null() & (pl.col("unit") == "participants"))
    assert counted["municipality"].null_count() == counted.height
    assert printed.years() == [2025]


def test_constants_in_the_method_are_those_in_use() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([\d.]+) \| (\w+) \| (\w+) \|$", (ROOT / "docs/method.md").read_text("utf-8"), re.MULTILINE
    )
    said = {name: (float(value), unit, grade) for name, value, unit, grade in rows}
    assert said == {name: (c.value, c.unit, c.grade) for name, c in constants().items()}


def test_every_error_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    listed = {
        name for row in re.findall(r"^\| (`[^|]*?`) \|", guide, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    ids = set(RULES) | {"primary_key", *NOT_READ}
    for path in (ROOT / "hhanalytics").rglob("*.py"):
        text = path.read_text("utf-8")
        ids |= set(
            re.findall(
                r'(?:delivery\.add|[Pp]roblem|_problem|(?:BadInput|NotFetched)\.of|(?<!_)refuse|column\.ask|column\.ask_each|cls)\(\s*"([a-z0-9_]+)"',
                text,
            )
        )
        ids |= set(re.findall(r'\bid="([a-z0-9_]+)"', text)) if path.parent.name == "sources" else set()
    ids -= {"invalid_data"}  # its problems have ids of their own
    assert len(ids) > 20
    assert not ids - listed


def test_commands_in_the_texts_exist() -> None:
    said: dict[str, set[str]] = {"check": {"--format"}}
    for path in TEXTS:
        for command, rest in re.findall(
            r"\bhhanalytics (brief|check|show|trace|verify|followup|build|template|import|fetch|export|new-year)\b([^`\n#|]*)",
            path.read_text("utf-8"),
        ):
            said.setdefault(command, set()).update(re.findall(r"--[a-z]+", rest))
    options = re.findall(r"^\| .*? \| `(--\w+)", (ROOT / "docs" / "guide.md").read_text("utf-8"), re.MULTILINE)
    said["brief"].update(options)
    assert len(options) > 4
    for command, flags in said.items():
        shown = subprocess.run(
            [sys.executable, "-m", "hhanalytics", command, "--help"],
            cwd=ROOT, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr
        assert not [flag for flag in flags if flag not in shown.stdout], command


# What the texts show


def test_library_example_runs() -> None:
    out = run_python(marked_block((ROOT / "README.md").read_text("utf-8"), "library-example"))
    assert "at_most" in out
    assert "1770.0" in out
    assert "nesbyen" in out


def test_python_in_the_guide_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/guide.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    assert run_python("\n".join(blocks)).split() == ["printed", "778820", "corrected", "763798"]


@pytest.fixture
def guide_folder(tmp_path: Path) -> Path:
    """The real data and, beside them, the folder that the guide makes."""
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "raw")
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    names = re.findall(r"^<!-- example: (\S+) -->$", guide, re.MULTILINE)
    assert len(names) == 3
    for name in names:
        path = tmp_path / "raw" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(marked_block(guide, f"example: {name}"), "utf-8")
    return tmp_path / "raw"


def test_the_folder_in_the_guide_is_a_new_year(guide_folder: Path) -> None:
    data = hh.load(guide_folder)
    assert data.years() == [2025, 2026]
    (row,) = hh.compute(data, "cost_per_participant", year=2026).filter(programme="bti").iter_rows(named=True)
    assert (row["high_nok"], row["bound"]) == (450_000 / 120, "at_most")
    before = hh.compute(hh.load(ROOT / "data" / "raw"), "municipality_costs", year=2025)
    assert hh.compute(data, "municipality_costs", year=2025).equals(before)


def test_a_fault_in_the_folder_is_told_as_the_guide_says(guide_folder: Path) -> None:
    costs = guide_folder / "accounts_2026" / "costs.csv"
    costs.write_text(costs.read_text("utf-8").replace("90000", "90 000", 1).replace("hol,bti", "holl,bti"), "utf-8")
    with pytest.raises(InvalidData) as error:
        hh.load(guide_folder)
    assert [(p.id, p.row) for p in error.value.problems] == [("bad_value", 2), ("unknown_id", 6)]


def test_a_key_changes_by_ending_the_memberships(guide_folder: Path) -> None:
    """As the guide shows it: the new memberships alone are an error, with the ending they are not."""
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    delivered = {path: path.read_bytes() for path in guide_folder.rglob("*.csv")}
    new = guide_folder / "accounts_2026" / "memberships.csv"
    new.write_text(marked_block(guide, "example-of-a-key: memberships.csv"), "utf-8")
    with pytest.raises(InvalidData) as error:
        hh.load(guide_folder)
    assert {problem.id for problem in error.value.problems} == {"overlap", "two_keys"}
    (guide_folder / "accounts_2026" / "endings.csv").write_text(
        marked_block(guide, "example-of-a-key: endings.csv"), "utf-8"
    )
    data = hh.load(guide_folder)
    assert {path: path.read_bytes() for path in delivered} == delivered
    year = pl.DataFrame(
        {"pool": "mft", "period_start": [date(2026, 1, 1)], "period_end": [date(2026, 12, 31)], "amount_nok": 800_000}
    )
    paid = hh.allocate(year, data.memberships, data.population)
    people = data.population.filter(year=2026).group_by("municipality").agg(pl.col("persons").sum())
    shares = paid.join(people, on="municipality").select(pl.col("share") - pl.col("persons") / pl.col("persons").sum())
    assert paid["amount_nok"].sum() == 800_000
    assert shares["share"].abs().max() < 1e-12


def test_the_year_in_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands as they stand, in order; between the first and the second the workbook is filled in."""
    from hhanalytics.cli import main
    from tests.exports.half_year import half_year_workbook, new_code

    commands = marked_block((ROOT / "docs" / "guide.md").read_text("utf-8"), "yearly-cycle").splitlines()
    assert [command.split()[1] for command in commands] == ["new-year", "import", "check", "brief", "export"]
    raw = shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert main(command.split()[1:]) == 0, command
        if "new-year" in command:
            path = tmp_path / "year-2026" / "tall-2026.xlsx"
            content = half_year_workbook(hh.load(raw), path.read_bytes())
            new_code(raw)
            path.write_bytes(content)
    assert hh.load(raw).years() == [2025, 2026]
    assert (tmp_path / "briefs" / "hof-2026-nb" / "brief.pdf").is_file()
    assert (tmp_path / "tall-2026-alle.xlsx").is_file()


def test_bench_compares_like_with_like() -> None:
    """Each measure and its peer by hand give the same; the bench ends with an error where they do not."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "measures", "large"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "gain_lines" in done.stdout
    assert "cost_per_participant, polars streaming, processor" in done.stdout


def test_bench_of_a_nation_measures_each_decision() -> None:
    """Every measure runs on small sizes, and the exponent is that of the times measured."""
    sizes = {
        "load": [7, 14], "reconcile": [7], "leave": [7], "simulate, each municipality": [7],
        "simulate, programmes": [2], "simulate, draws": [500], "evppi": [10_000], "suppress": [200],
    }  # fmt: skip
    runs = measured_nationwide(sizes, 1, once_nationwide)
    assert len(runs) == 13
    assert all(run.processor > 0 and run.megabytes > 0 for run in runs)
    doubled = [Run("leave", "ours", size, 1.0, size**2 / 100, 1.0) for size in (21, 42)]
    assert "| 2.00 |" in nationwide_table(doubled)


def test_bench_of_a_country_makes_every_brief(capsys: pytest.CaptureFixture[str]) -> None:
    """Two sizes, and the exponent between them."""
    briefs_of_a_country(["2", "4"])
    head, _, two, four = capsys.readouterr().out.splitlines()
    names = [cell.strip() for cell in head.strip("|").split("|")]
    assert [row.split("|")[1].strip() for row in (two, four)] == ["2", "4"]
    grown = dict(zip(names, four.strip("|").split("|"), strict=True))
    assert -1 < float(grown["exponent"]) < 2


def test_bench_refuses_to_compare_what_differs(tmp_path: Path) -> None:
    """A way whose answer is off by more than 1e-9 of it is named, and nothing is reported of it."""

    def one(_folder: Path, measure: str, way: str, rows: int) -> tuple[Run, pl.DataFrame]:
        off = 1 + 1e-8 if (measure, way) == ("gain", "ours, pandas") else 1
        answer = pl.DataFrame({name: [7 * off] for name in "abcdefgh"} | {"year": [2020]})
        return Run(measure, way, rows, 1, 1, 1), answer

    log = tmp_path / "log.jsonl"
    with pytest.raises(SystemExit, match="gain, ours, pandas gives something else"):
        measured(100, 1, one, log)
    assert '"cost_per_participant"' in log.read_text("utf-8")
    assert '"gain", "way": "ours, pandas"' not in log.read_text("utf-8")
