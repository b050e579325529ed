"""The handout for councils: two pages each, the figures of the other briefs, for anybody to read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hhanalytics as hh
from hhanalytics.briefs.run import render
from hhanalytics.cli import main
from hhanalytics.errors import BadParameter, UnknownName
from tests.briefs.synthetic_notebooks import DATA
from tests.briefs.test_municipality_briefs import NAMES, SIX, blocks_of, figures, table
from tests.briefs.test_status_brief import words

#: What only the trade says, and what only leaders have to do.
JARGON = ("regnskapsområde", "fordelingsnøkkel", "nullpunkt", "gevinst", "bør melde inn", "spør koordinatoren", "avvik")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("briefs")
    asked = ["--audience", "council", "--language", "nb", "--data", str(DATA), "--out", str(out)]
    assert main(["brief", "municipality", "--all-municipalities", *asked]) == 0
    return out


@pytest.mark.parametrize("name", SIX)
def test_it_has_two_pages_and_its_own_figures(folder: Path, name: str) -> None:
    own = folder / f"municipality-2025-nb-{name}-council"
    assert len(re.findall(rb"/Type\s*/Page\b", (own / "brief.pdf").read_bytes())) == 2
    printed = hh.load(DATA)
    data = hh.corrected(printed, hh.reconcile(printed))
    total = int(data.costs.filter(municipality=name)["amount_nok"].sum())
    persons = int(data.population.filter(municipality=name, year=2025)["persons"].sum())
    blocks = blocks_of(own)
    first = next(block for block in blocks if block["block"] == "list")["items"][0]
    shown = [run for each in first for run in (each["runs"] if each["run"] == "strong" else [each])]
    assert figures(shown) == pytest.approx([total, total / persons])
    rows = table(blocks, f"programmes_{name}")
    mft = int(data.costs.filter(municipality=name, pool="mft")["amount_nok"].sum())
    assert figures(rows["Mobilt ferdighetsteam"]["cells"][1]) == [mft]
    paid = table(blocks, "paid")
    assert [label for label, row in paid.items() if row["style"] == "total"] == [NAMES[name]]


def test_it_says_what_waits_and_leaves_out_what_leaders_do(folder: Path) -> None:
    for name in SIX:
        said = words(folder / f"municipality-2025-nb-{name}-council")
        assert f"Hvor mye {NAMES[name]} får igjen, er ikke kjent." in said
        assert "Skal Hallinghelse også omfatte oppvekst?" in said  # line 226-229
        assert not [word for word in JARGON if word in said.casefold()]


def test_it_is_for_everybody(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="Parameter privacy: found 'internal', expected public"):
        render("municipality", data=str(DATA), out=tmp_path, municipality="gol", audience="council", privacy="internal")
    with pytest.raises(UnknownName, match="Unknown audience of the brief hof 'council'"):
        render("hof", data=str(DATA), out=tmp_path, audience="council")
    with pytest.raises(
        UnknownName, match=r"Unknown audience of the brief municipality 'counsil'\. Did you mean 'council'"
    ):
        render("municipality", data=str(DATA), out=tmp_path, municipality="gol", audience="counsil")
    assert list(tmp_path.iterdir()) == []
