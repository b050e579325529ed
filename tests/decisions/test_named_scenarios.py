"""Scenarios with names: read from a file, everything wrong in it said at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import hhanalytics as hh
from hhanalytics.decisions.changes import Obligation
from hhanalytics.decisions.named_scenarios import read_scenarios, run
from hhanalytics.errors import InvalidData, UnknownName

WHOLE = """
[scenario.many]
title = "Synthetic"
why = "All fields"
until = 2027
[[scenario.many.change]]
do = "leave"
municipality = "hol"
on = 2027-01-01
notice_months = 12
obligations = [{ pool = "rest", yearly_nok = 100000, until = 2027-06-30, credited_to = "hallinghelse" }]
[[scenario.many.change]]
do = "opt_out"
municipality = "gol"
programme = "kef"
on = 2026-07-01
[scenario.many.budget]
year = 2027
wage_growth = [3, 4.0]
saving = 4.5
saving_of = "frame"
vacancies = { samhandling = 6 }
dropped = ["kef"]
[replacement.gol]
low_nok = 1000000
high_nok = 1500000
why = "Synthetic"
"""
WRONG = """
[scenarioo.x]
[scenario.Bad]
title = "t"
why = "w"
[scenario.empty]
title = ""
[[scenario.empty.change]]
do = "leve"
municipality = "hol"
on = "2027-01-01"
programe = "kef"
[[scenario.empty.change]]
do = "join"
municipality = "hol"
on = 2027-01-01
programme = "kef"
[[scenario.empty.change]]
do = "opt_out"
municipality = "hol"
on = 2027-01-01
[scenario.empty.budget]
wage_growth = 3
[replacement.gol]
low_nok = 1.5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "scenarios.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_field_is_read(tmp_path: Path) -> None:
    file = read_scenarios(written(tmp_path, WHOLE))
    assert file.replacements == {"gol": (1_000_000, 1_500_000)}
    made = file.named("many")
    leaving, outside = made.changes
    assert leaving.notify_by == date(2026, 1, 1)
    assert leaving.obligations == (Obligation("rest", 100_000, date(2027, 6, 30), "hallinghelse"),)
    assert (outside.kind, outside.programme) == ("opt_out", "kef")
    assert made.budget is not None
    assert (made.budget.wage_growth, made.budget.vacancies, made.budget.dropped) == (
        (3, 4.0),
        (("samhandling", 6),),
        ("kef",),
    )


def test_all_of_the_files_own_scenarios_can_be_worked_out() -> None:
    data = hh.load("data/raw")
    file = read_scenarios("data/scenarios.toml")
    assert len(file.scenarios) >= 4
    assert file.replacements == {}, "no price was ever stated; none may be shipped"
    for named in file.scenarios.values():
        result = run(named, data)
        assert (result.scenario is not None) == bool(named.changes)
        assert (result.frame is not None) == (named.budget is not None)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as refused:
        read_scenarios(written(tmp_path, WRONG))
    places = {problem.column: problem for problem in refused.value.problems}
    assert {
        "scenarioo", "scenario.Bad", "scenario.empty.title", "scenario.empty.why", "scenario.empty.change 1.do",
        "scenario.empty.change 1.on", "scenario.empty.change 1.programe", "replacement.gol.low_nok",
        "replacement.gol.high_nok", "replacement.gol.why",
    } <= set(places)  # fmt: skip
    assert places["scenario.empty.change 1.programe"].expected == "programme"
    assert places["scenario.empty.change 1.on"].expected == "a date such as 2027-01-01, without quotes"


def test_a_change_takes_only_its_own_fields(tmp_path: Path) -> None:
    text = WRONG[WRONG.index('[[scenario.empty.change]]\ndo = "join"') : WRONG.index("[scenario.empty.budget]")]
    with pytest.raises(InvalidData) as refused:
        read_scenarios(written(tmp_path, '[scenario.empty]\ntitle = "t"\nwhy = "w"\n' + text))
    assert {problem.column for problem in refused.value.problems} == {
        "scenario.empty.change 1.programme", "scenario.empty.change 2.programme",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "id"), [("[scenario", "bad_toml"), (None, "no_scenarios")])
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str | None, id: str) -> None:
    path = written(tmp_path, text) if text else tmp_path / "scenarios.toml"
    with pytest.raises(InvalidData) as refused:
        read_scenarios(path)
    assert [problem.id for problem in refused.value.problems] == [id]


def test_unknown_name() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'nesbyen_tilbake'"):
        read_scenarios("data/scenarios.toml").named("nesbyen_tilbak")
