"""The documentation does what it says: its commands run, its tutorial comes out as told, its site is whole."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typst
from openpyxl import load_workbook

import hhanalytics as hh
from hhanalytics.cli import main
from tests.exports.half_year import half_year_workbook, new_code

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
#: What a command in a copy of the project begins with, where it needs a group of its own.
STARTED = re.compile(r"^(?:\.venv/bin/uv run (?:-q )?(?:--group \w+ )*)?hhanalytics (.*)")

BRIEFS = "a brief takes seconds to render, and this one is rendered there"
#: Commands that are not run here → why, and the test that runs them or what they do.
ELSEWHERE = {
    "brief": (BRIEFS, "tests/briefs/test_hof_brief.py::test_brief_is_whole"),
    "brief --charges printed": (BRIEFS, "tests/briefs/test_hof_brief.py::test_every_choice_gives_a_brief"),
    "brief --data my-data --out my-briefs": (
        BRIEFS,
        "tests/briefs/test_municipality_briefs.py::test_there_is_one_for_each",
    ),
    "brief benefit": (
        BRIEFS,
        "tests/briefs/test_municipality_briefs.py::test_the_brief_for_the_daily_leader_has_a_page_for_each",
    ),
    "brief municipality --municipality gol": (
        BRIEFS,
        "tests/briefs/test_municipality_briefs.py::test_figures_are_of_its_own_municipality",
    ),
    "brief municipality --all-municipalities": (
        BRIEFS,
        "tests/briefs/test_municipality_briefs.py::test_there_is_one_for_each",
    ),
    "brief municipality --municipality gol --audience council": (
        BRIEFS,
        "tests/briefs/test_council_handout.py::test_it_has_two_pages_and_its_own_figures",
    ),
    "brief status --as-of 2026-06-30": (BRIEFS, "tests/briefs/test_accessible.py::test_paper_is_for_everybody"),
    "brief all": (BRIEFS, "tests/briefs/test_status_brief.py::test_all_goes_over_the_languages_with_a_catalogue"),
    "brief all --languages nb": (
        BRIEFS,
        "tests/briefs/test_status_brief.py::test_all_makes_every_kind_for_every_municipality_and_lists_what_failed",
    ),
    "brief all --municipality gol": (
        BRIEFS,
        "tests/briefs/test_status_brief.py::test_all_makes_every_kind_for_every_municipality_and_lists_what_failed",
    ),
    "brief --year 2026": (BRIEFS, "tests/test_project.py::test_the_year_in_the_guide_runs"),
    "fetch ssb 07459 --municipalities aal,hol --years 2024-2026 --out ssb_07459_2026": (
        "asks Statistics Norway; there a service on this machine answers",
        "tests/sources/test_ssb.py::test_the_command_writes_a_folder_whole",
    ),
    "fetch ssb 07459 --municipalities all --years 2027 --as population": (
        "asks Statistics Norway; there a service on this machine answers",
        "tests/sources/test_ssb.py::test_population_becomes_a_source",
    ),
    "verify --documents reports": (
        "needs the annual report itself, which belongs to its publisher and does not travel with the project",
        "tests/backtests/test_citations.py::test_every_figure_stands_on_a_cited_line",
    ),
    "lab": ("opens JupyterLab; there a stand-in is started", "tests/test_lab.py::test_its_own_folder_and_exit_code"),
    "lab --no-browser": (
        "opens JupyterLab; there a stand-in is started",
        "tests/test_lab.py::test_it_opens_where_the_notebooks_are",
    ),
}


def fences(page: Path, language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [str(block) for block in found]


def commands() -> dict[str, set[str]]:
    """Every command in a block of commands, without its comment → the pages it stands on."""
    found: dict[str, set[str]] = {}
    for page in PAGES:
        for line in "".join(fences(page, "sh")).splitlines():
            taken = STARTED.match(re.sub(r"\s+#.*", "", line.strip()))
            if taken:
                found.setdefault(taken[1], set()).add(page.name)
    return found


def marked(page: str, mark: str) -> dict[str, str]:
    """Name → content of the files that a page shows."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return dict(re.findall(rf"^<!-- {mark}: (\S+) -->\n```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


# What the commands find where they are run


def workbook(path: Path, raw: Path) -> None:
    """The synthetic half-year, filled in."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(half_year_workbook(hh.load(raw)))
    new_code(raw)


def report(path: Path, raw: Path) -> None:
    """A page of a synthetic annual report."""
    source = path.with_suffix(".typ")
    cells = "[Kostnader Hol], [Sum], [Hallinghelse t.o.m 30.6.26], [542 039], [Sum Hol], [542 039]"
    source.write_text(f"= Kostnad per kommune 2026\n#table(columns: (1fr, 3cm), {cells})\n", "utf-8")
    path.write_bytes(typst.compile(source))


def review(path: Path, raw: Path) -> None:
    """Its drafts, those that were read accepted, the sum refused."""
    report(path.with_name("read.pdf"), raw)
    assert main(["extract", "read.pdf", "--year", "2026", "--out", str(path)]) == 0
    book = load_workbook(path)
    (row,) = [row for row in range(1, 40) if book["Kilde"].cell(row, 1).value == "review.rest"]
    book["Kilde"].cell(row, 3).value = "godta kontrollerte og leste (read)"
    for sheet in book.worksheets:
        ids = {cell.value: cell.column for cell in next(sheet.iter_rows(min_row=5, max_row=5))}
        for line in range(6, sheet.max_row + 1) if "review.accept" in ids else ():
            if "Sum Hol" in str(sheet.cell(line, ids["review.line"]).value):
                sheet.cell(line, ids["review.accept"]).value = "nei"
    book.save(path)


def costs(path: Path, raw: Path) -> None:
    """What an accounting system might write."""
    rows = "".join(f"{name};bti;2026;90 000,00\n" for name in ("Ål", "Flå", "Gol", "Hemsedal", "Hol"))
    path.write_text(f"Kommune;Regnskapsområde;Periode;Beløp\n{rows}", "utf-8")


def ledger(path: Path, raw: Path) -> None:
    """Lines that sum to what the guide's mapping says: 3 000,26 + 478,50 = 3 478,76."""
    lines = "10500;24100;Ål;3000,26\n15900;24100;Ål;478,50\n"
    path.write_text(f"Konto;Tjeneste;Kommune;Beløp\n{lines}", "utf-8")


def mapping(path: Path, raw: Path) -> None:
    """The mapping that stands in the guide."""
    (shown,) = [block for block in fences(ROOT / "docs" / "guide.md", "toml") if "[ledger]" in block]
    path.write_text(shown, "utf-8")


FILES: dict[str, Callable[[Path, Path], None]] = {
    "year-2026/tall-2026.xlsx": workbook,
    "tall-2026.xlsx": workbook,
    "report.pdf": report,
    "arsrapport-2026.pdf": report,
    "gjennomgang-2026.xlsx": review,
    "regnskap.csv": costs,
    "hovedbok.csv": ledger,
    "kart.toml": mapping,
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the data, in which commands are run."""
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("processed"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def tutorial(project: Path) -> None:
    """The folder that the page for analysts makes."""
    for name, content in marked("analysts.md", "tutorial").items():
        path = project / "data" / "raw" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")


@pytest.mark.parametrize("command", sorted(commands().keys() - ELSEWHERE.keys()))
def test_the_command_runs(command: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it stands, in a folder with the data and with the file it names."""
    typed, _, target = command.partition(" > ")
    arguments = shlex.split(typed)
    if "2026" in command and arguments[0] in ("check", "show", "trace", "export"):
        tutorial(project)
    for name in arguments:
        if name in FILES and "--out" not in arguments:
            FILES[name](project / name, project / "data" / "raw")
    before = {path for path in project.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main(arguments) == 0, capsys.readouterr().err
    shown = capsys.readouterr().out
    assert shown.strip()
    if target:
        assert shown.startswith("followup,")
    if "--out" in arguments or arguments[0] in ("import", "new-year", "extract", "brief"):
        new = {path for path in project.rglob("*") if path.is_file()} - before
        assert new
        assert all(path.stat().st_size for path in new)


def test_commands_that_run_elsewhere_are_still_said_and_still_run() -> None:
    """No exception outlives its command, and each names a test that exists."""
    assert not ELSEWHERE.keys() - commands().keys()
    for reason, test in ELSEWHERE.values():
        file, _, name = test.partition("::")
        functions = [node.name for node in ast.parse((ROOT / file).read_text("utf-8")).body if hasattr(node, "name")]
        assert name in functions, test
        assert len(reason) > 20


def test_there_are_commands_for_everybody() -> None:
    pages = {page for where in commands().values() for page in where}
    assert {"README.md", "guide.md", "daily-leader.md", "analysts.md"} <= pages
    assert len(commands()) > 30


def test_the_tutorial_comes_out_as_it_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """420 000 / 135 = 3 111, and Gol's year on trial, which ends on 31 July 2026."""
    tutorial(project)
    text = (ROOT / "docs" / "analysts.md").read_text("utf-8")
    assert round(5 * 84_000 / 135) == 3111
    assert "420 000 / 135 = 3 111 kr" in text
    assert main(["check", "--year", "2026"]) == 0
    assert "fordelt likt, men medlemskapet" in capsys.readouterr().out
    gol = hh.load("data/raw").memberships.filter(pool="bti", municipality="gol")
    assert str(gol["valid_to"].item()) == "2026-07-31"
    names: dict[str, Any] = {}
    exec("".join(fences(ROOT / "docs" / "analysts.md", "python")), names)
    assert capsys.readouterr().out == "3111 at_most\n"
    assert "Kostnad" in names["chart"].chart.title
    assert len(names["findings"].items) == len(hh.reconcile(hh.example()))


# The site


class Page(HTMLParser):
    """Anchors of a page, and everything it links to or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := given.get(name))}
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        loaded = given.get("src") or (given.get("href") if tag == "link" else None)
        if loaded:
            self.loads.append(loaded)


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("zensical", reason="the group docs is not installed")
    target = tmp_path_factory.mktemp("docs") / "site"
    # Whatever would ask a network gets no answer.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make_site.py"), str(target)],
        cwd=target.parent, env={**os.environ, **nowhere, "NO_COLOR": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arning" not in done.stdout + done.stderr
    return target


def test_the_site_has_every_page_and_asks_no_network(site: Path) -> None:
    pages = {path.name for path in site.glob("*.html")}
    assert {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} <= pages
    assert {"contributing.html", "changelog.html", "reference.html"} <= pages
    asked = [(path.name, load) for path in site.glob("*.html") for load in read(path).loads if "//" in load]
    assert [each for each in asked if not each[1].startswith("data:")] == []


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {path.name: read(path) for path in site.glob("*.html") if path.name != "404.html"}
    lost = []
    for name, page in pages.items():
        for link in page.links:
            address, _, anchor = unquote(link).partition("#")
            address = address.split("?")[0] or name
            if "://" in link or link.startswith("mailto:") or address in (".", "./"):
                continue
            there = pages.get(address)
            if (there is None and not (site / address).exists()) or (there and anchor and anchor not in there.ids):
                lost.append((name, link))
    assert lost == []


def test_the_reference_shows_every_public_name_with_its_words(site: Path) -> None:
    html = (site / "reference.html").read_text("utf-8")
    for name in set(hh.__all__) - {"__version__"}:
        assert f'id="hhanalytics.{hh._NAMES[name]}.{name}"' in html, name
        first = (getattr(hh, name).__doc__ or "").split()[:3]
        assert first, f"{name} has no docstring"
    # Examples are shown as code, not run together as text.
    assert "&gt;&gt;&gt;" in html
    assert "<p>&gt;&gt;&gt;" not in html


def test_the_accessibility_list_has_every_criterion_of_wcag() -> None:
    """The fifty criteria of WCAG 2.1 at levels A and AA, once each; what is not met says why, what is met says how."""
    counts = {(1, 1): [1], (1, 2): [1, 2, 3, 4, 5], (1, 3): [1, 2, 3, 4, 5], (1, 4): [1, 2, 3, 4, 5, 10, 11, 12, 13]}
    counts |= {(2, 1): [1, 2, 4], (2, 2): [1, 2], (2, 3): [1], (2, 4): [1, 2, 3, 4, 5, 6, 7], (2, 5): [1, 2, 3, 4]}
    counts |= {(3, 1): [1, 2], (3, 2): [1, 2, 3, 4], (3, 3): [1, 2, 3, 4], (4, 1): [1, 2, 3]}
    asked = [f"{one}.{two}.{three}" for (one, two), each in counts.items() for three in each]
    text = (ROOT / "docs" / "accessibility.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\| \d\..*", text, re.MULTILINE)
    ]
    assert [row[0] for row in rows] == asked
    assert len(asked) == 50
    for number, _, status, how, note in rows:
        assert status in ("met", "partly", "n/a"), number
        assert (status == "n/a") == (how == ""), number
        assert status != "partly" or note, number
        assert set(how.split(", ")) <= {"", "axe", "browser", "test", "PDF", "eye"}, number
