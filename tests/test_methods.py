"""Constants of method: dated, graded, with a source, and of the size the code relies on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hhanalytics.evidence import GRADES
from hhanalytics.methods import constant, constants

REPORT = Path(__file__).parents[2] / "shared" / "seeds" / "001_9fc1d89e7b146132.txt"


def test_every_constant_says_where_it_comes_from() -> None:
    for name, entry in constants().items():
        assert entry.grade in GRADES[:3], name
        assert len(entry.source) > 30, name
        assert entry.valid_from <= date(2025, 1, 1), name
        assert entry.source.startswith("Judgement") == (entry.grade == "assumed") or name == "key_fit_nok", name


def test_widths_are_whole_per_cent() -> None:
    """Counts are computed in whole numbers, so a width of half a per cent would be lost."""
    for name in ("about_width", "nearly_width"):
        assert (constant(name) * 100) == pytest.approx(round(constant(name) * 100))


def test_unknown_constant() -> None:
    with pytest.raises(KeyError):
        constant("about_widht")


@pytest.mark.skipif(not REPORT.is_file(), reason="the annual report is not here")
def test_audit_duty_stands_in_the_report() -> None:
    line = REPORT.read_text("utf-8").split("\n")[54]
    assert f"{int(constant('audit_duty_nok')):,}".replace(",", ".") in line
    assert "revisjonspliktige" in line
