"""The page to think with: to the krone what the package says, in a real browser, for all readers."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest

import hhanalytics as hh
from hhanalytics.briefs.explore import NAME, explore_page
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.comparison import first_day
from hhanalytics.decisions.exploration import GROWTHS, Charges, Start, charges, outcome, share_tenths, starts
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate
from tests.briefs.pages import needs_browser
from tests.briefs.synthetic_notebooks import DATA

PARAMETERS = {"year": 2025, "language": "nb", "privacy": "public", "charges": "corrected"}
STATES = 60


@pytest.fixture(scope="module")
def printed() -> Dataset:
    return hh.load(DATA)


@pytest.fixture(scope="module")
def data(printed: Dataset) -> Dataset:
    return hh.corrected(printed, hh.reconcile(printed))


@pytest.fixture(scope="module")
def paid(data: Dataset) -> Charges:
    made = charges(data, 2025, first_day(2025))
    assert made is not None
    return made


@pytest.fixture(scope="module")
def file(printed: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / NAME
    path.write_bytes(explore_page(printed, PARAMETERS, [], [])[0])
    return path


def opened(browser: Any, file: Path, fragment: str = "", width: int = 1280, **options: Any) -> tuple[Any, list[str]]:
    """The page in a state, and whatever it complained of or asked for."""
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    own = ("file", "data", "blob")
    page.on("request", lambda asked: noise.append(asked.url) if asked.url.split(":")[0] not in own else None)
    page.goto(file.as_uri() + fragment)
    return page, noise


READ = """async (fragments) => {
  const rows = (id) => Object.fromEntries([...document.querySelectorAll(`#${id} tbody tr`)].map((row) =>
    [row.dataset.row, [...row.querySelectorAll("[data-value]")].map((cell) => JSON.parse(cell.dataset.value))]));
  const out = [];
  for (const fragment of fragments) {
    const heard = new Promise((done) => window.addEventListener("hashchange", done, { once: true }));
    location.hash = fragment;
    await heard;
    out.push({ result: rows("result"), paying: rows("paying"), texts: document.querySelector("#result").innerText,
               refused: !document.querySelector("#no-charges").hidden });
  }
  return out;
}"""


def states(stated: dict[str, Start], paid: Charges) -> list[dict[str, Any]]:
    """States drawn by chance, sets of members that cannot be among them."""
    random = Random(2025)
    programmes = sorted(stated)
    known = ["mft", "kef"]
    out = []
    for at in range(STATES):
        members = random.sample(paid.municipalities, random.randint(1, len(paid.municipalities)))
        out.append(
            {
                "programme": random.choice(known if at % 3 else programmes),
                "price": random.choice([None, random.randint(0, 6000), 9_999_999]),
                "participants": random.choice([None, None, 1, random.randint(2, 2000), 999_999]),
                "growth": random.choice(GROWTHS),
                "members": ["gol", "nesbyen"] if at == 5 else sorted(members),
                "pool": random.choice([None, *paid.pools]),
            }
        )
    return out


def fragment(state: dict[str, Any]) -> str:
    given = {name: value for name, value in state.items() if value is not None}
    return urlencode({**given, "growth": f"{state['growth'] / 10:g}", "members": ",".join(state["members"])}, safe=",")


def expected(state: dict[str, Any], start: Start, paid: Charges) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the package says of a state, in the order of the page's cells."""
    found = outcome(start, growth=state["growth"], price=state["price"], participants=state["participants"])

    def pair(low: int | None, high: int | None) -> list[Any]:
        return [None] if low is None else [[low, high]]

    result = {
        "cost": pair(found.cost_low, found.cost_high),
        "per": pair(found.per_low, found.per_high),
        "gain": pair(found.gain_low, found.gain_high),
    }
    amounts = paid.of(state["members"], growth=state["growth"], pool=state["pool"])
    if amounts is None:
        return result, None
    whole = sum(amounts.values())
    rows = {name: [kr, share_tenths(kr, whole)] for name, kr in amounts.items()}
    return result, {**rows, "": [whole]}


@needs_browser
def test_page_says_what_the_package_says(browser: Any, file: Path, data: Dataset, paid: Charges) -> None:
    stated = starts(data, 2025)
    drawn = states(stated, paid)
    page, noise = opened(browser, file)
    shown = page.evaluate(READ, [fragment(state) for state in drawn])
    language = Language("nb", data.tables, Gate())
    refused = 0
    for state, found in zip(drawn, shown, strict=True):
        result, rows = expected(state, stated[state["programme"]], paid)
        assert {name: found["result"][name] for name in result} == result, state
        assert found["refused"] == (rows is None), state
        if rows is None:
            refused += 1
            continue
        page_rows = {name: [v for v in values if v is not None] for name, values in found["paying"].items()}
        assert page_rows == {name: [v for v in values if v is not None] for name, values in rows.items()}, state
        cost = result["cost"][0]
        assert cost is None or language.number(cost[1]) in found["texts"], "and writes numbers as a brief does"
    assert refused >= 1
    assert noise == []


@needs_browser
def test_page_of_another_collaboration_says_what_the_package_says(
    browser: Any, elvedal: Dataset, tmp_path: Path
) -> None:
    """Synthetic: its prices are stated, its counts have both ends, and it has four municipalities."""
    file, stated = tmp_path / NAME, starts(elvedal, 2026)
    file.write_bytes(explore_page(elvedal, {**PARAMETERS, "year": 2026}, [], [])[0])
    paid = charges(elvedal, 2026, first_day(2026))
    assert paid is not None
    random, drawn = Random(4), []
    for at in range(20):
        state = {
            "programme": ("kurs", "rehab")[at % 2],
            "price": random.choice([None, None, 4000]),
            "growth": random.choice(GROWTHS),
        }
        state |= {"participants": random.choice([None, None, 52]), "pool": None}
        drawn.append({**state, "members": sorted(random.sample(paid.municipalities, random.randint(1, 4)))})
    page, noise = opened(browser, file)
    shown = page.evaluate(READ, [fragment(state) for state in drawn])
    for state, found in zip(drawn, shown, strict=True):
        result, rows = expected(state, stated[state["programme"]], paid)
        assert {name: found["result"][name] for name in result} == result, state
        assert rows is not None
        assert {name: values for name, values in found["paying"].items() if name} == {
            n: v for n, v in rows.items() if n
        }, state
    unset = [
        found
        for state, found in zip(drawn, shown, strict=True)
        if state["price"] is None and state["participants"] is None
    ]
    assert any(found["result"]["gain"] != [None] and "som i kildene" in found["texts"] for found in unset)
    assert noise == []


@needs_browser
def test_page_starts_with_the_printed_figures(browser: Any, file: Path) -> None:
    """Page one of the HOF brief: høyst 1 736 kr, over 440; the report states no external price."""
    page, noise = opened(browser, file)
    rows = {
        row.get_attribute("data-row"): row.locator("td").all_inner_texts()
        for row in page.locator("#result tbody tr").all()
    }
    nbsp = "\u00a0"
    assert rows["per"][:2] == [f"høyst 1{nbsp}736"] * 2
    assert rows["participants"][:2] == ["minst 440"] * 2
    assert rows["price"][:2] == rows["gain"][:2] == ["ikke oppgitt"] * 2
    assert page.locator("#price").input_value() == page.locator("#participants").input_value() == ""
    assert f"nullpunktspris høyst 1{nbsp}736{nbsp}kr".replace(nbsp, " ") in page.locator(
        "#gain-chart svg"
    ).text_content().replace(nbsp, " ")
    assert page.locator("#growth-said").inner_text().startswith("ikke oppgitt")
    assert page.locator("#undo").is_disabled()
    assert page.locator("#reset").is_disabled()
    assert noise == []


@needs_browser
def test_page_is_worked_by_keyboard_undone_shared_and_kept(browser: Any, file: Path, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    page, noise = opened(browser, file, accept_downloads=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#price")
    page.keyboard.type("2000")
    assert page.locator('[data-row="gain"] td').nth(1).inner_text().replace("\u00a0", " ") == "minst 116 202"
    assert "antatt av deg" in page.locator('[data-row="price"] td').nth(1).inner_text()
    expect(page.locator("#said")).to_contain_text("116")
    page.focus('[value="hol"]')
    page.keyboard.press("Space")
    assert page.locator('tr[data-row="hol"] td').nth(1).inner_text() == "0"
    assert "ikke med" in page.locator('tr[data-row="hol"] th').inner_text()
    page.focus("#growth")
    page.keyboard.press("ArrowRight")
    link = page.locator("#link").input_value()
    assert link == f"{NAME}#price=2000&growth=0.5&members=aal,flaa,gol,hemsedal", (
        "and says nothing of where the file lies"
    )
    again, _ = opened(browser, file, "#" + link.split("#")[1])
    assert again.locator("#paying").inner_text() == page.locator("#paying").inner_text()

    kept = {}
    for name in ("csv", "svg", "png"):
        with page.expect_download() as caught:
            page.click(f"#{name}")
        kept[name] = tmp_path / caught.value.suggested_filename
        caught.value.save_as(kept[name])
    rows = list(csv.reader(StringIO(kept["csv"].read_text("utf-8-sig")), delimiter=";"))
    own = [row for row in rows if row and row[0] == "Hol"]
    assert [row[1:4] for row in own] == [["1772002", "0", "-1772002"]]
    assert ["Netto gevinst", "ikke oppgitt", "minst 112 383", ""] in rows
    assert ["Kostnad", "763798", "767617", "+3819"] in rows
    assert kept["png"].read_bytes().startswith(b"\x89PNG\r\n")
    assert kept["png"].stat().st_size > 20_000
    assert "Mobilt ferdighetsteam" in kept["svg"].read_text("utf-8")

    for _ in range(3):
        page.click("#undo")
    assert page.locator("#undo").is_disabled()
    assert page.locator("#price").input_value() == ""
    assert page.evaluate("location.hash") in ("", "#")
    page.fill("#participants", "0")
    assert page.get_attribute("#participants", "aria-invalid") == "true"
    assert "999" in page.locator("#participants-hint").inner_text()
    page.check('[value="nesbyen"]')
    assert page.get_attribute("#participants", "aria-invalid") == "false", "what cannot be is replaced by what holds"
    page.click("#reset")
    assert not page.is_checked('[value="nesbyen"]')
    assert noise == []


@needs_browser
@pytest.mark.parametrize(
    "wrong", ["#price=-1", "#price=1e9", "#members=oslo", "#growth=0.7", "#x=<b>", "#programme=__proto__&constructor=1"]
)
def test_a_link_that_does_not_fit_leaves_the_printed_figures(browser: Any, file: Path, wrong: str) -> None:
    from playwright.sync_api import expect

    page, noise = opened(browser, file, wrong)
    assert page.locator("#reset").is_disabled()
    expect(page.locator("#said")).to_contain_text("lenken")
    assert noise == []


@needs_browser
@pytest.mark.parametrize(
    ("width", "state"), [(1280, ""), (320, "#price=2000&growth=3.5&members=gol"), (390, "#programme=kef&price=1000")]
)
def test_page_is_accessible_and_fits(browser: Any, file: Path, width: int, state: str) -> None:
    """No rule of WCAG 2.1 AA that axe can check is broken, and nothing is wider than the page."""
    from axe_playwright_python.sync_playwright import Axe

    # axe is a script of its own, which the page's policy would not let run.
    page, _ = opened(browser, file, state, width, bypass_csp=True)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": tags})
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []
    assert len(found.response["passes"]) > 20
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@needs_browser
def test_page_says_its_printed_figures_without_scripts(browser: Any, file: Path) -> None:
    page, noise = opened(browser, file, java_script_enabled=False)
    assert not page.locator("#controls").is_visible()
    assert page.locator("#table-explore_programmes").is_visible()
    assert noise == []


# Without a browser


def test_page_is_small_the_same_each_time_and_lets_nothing_in(printed: Dataset, file: Path) -> None:
    text = file.read_text("utf-8")
    assert explore_page(printed, PARAMETERS, [], [])[0] == file.read_bytes()
    assert len(text) < 300_000
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert "default-src &#x27;none&#x27;" in policy
    assert "unsafe-inline" not in policy.replace("style-src-attr &#x27;unsafe-inline&#x27;", "")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_counts_that_are_withheld_are_not_in_the_page(printed: Dataset) -> None:
    """609 participations (annual report, line 430 ff.) made a small synthetic number: it and what tells it are gone."""
    import polars as pl

    few = printed.activities.with_columns(
        pl.when((pl.col("programme") == "kef") & (pl.col("unit") == "participants"))
        .then(3)
        .otherwise("quantity")
        .alias("quantity")
    )
    small = printed.replace(activities=few)
    text = explore_page(small, PARAMETERS, [], [])[0].decode()
    (found,) = re.findall(r'id="data">(.*?)</script>', text)
    (kef,) = (each for each in json.loads(found)["programmes"] if each["id"] == "kef")
    assert kef["count"] is None
    assert kef["value"] is None
    assert kef["cost"] == [512_647, 557_696]
    for secret in (512_647 // 3, round(557_696 / 3)):
        assert not re.search(rf"{secret // 1000}\D?{secret % 1000:03}", text)
    inside = explore_page(small, {**PARAMETERS, "privacy": "internal"}, [], [])[0].decode()
    assert '"count":[3,3]' in inside or '"count":[9,9]' in inside
    assert 'class="marking"' in inside
