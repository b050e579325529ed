"""Scenarios with names, from a TOML file that anybody can edit; everything wrong in it is said at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.budget_frames import Assumptions, BudgetFrame, budget_frame
from hhanalytics.decisions.changes import Change, Obligation
from hhanalytics.decisions.scenarios import Scenario, scenario
from hhanalytics.errors import InvalidData, Problem, UnknownName, nearest
from hhanalytics.sources.reading import file_bytes
from hhanalytics.tables import SLUG

#: What may be done → the fields it takes besides ``do``, ``municipality`` and ``on``.
DOES: Final = {
    "leave": ("pools", "notice_months", "obligations"),
    "join": ("pools", "ends", "share"),
    "opt_out": ("programme",),
}

Check = tuple[Callable[[Any], bool], str]


def _whole(value: Any) -> bool:
    return type(value) is int


def _number(value: Any) -> bool:
    return type(value) in (int, float)


def _day(value: Any) -> bool:
    return type(value) is date


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


TEXT: Final[Check] = (lambda value: isinstance(value, str) and bool(value), "a text in quotes")
WHOLE: Final[Check] = (_whole, "a whole number")
NUMBER: Final[Check] = (_number, "a number")
DAY: Final[Check] = (_day, "a date such as 2027-01-01, without quotes")
TEXTS: Final[Check] = (_texts, 'ids in brackets, such as ["bti"]')

FIELDS: Final[dict[str, dict[str, Check]]] = {
    "scenario": {
        "title": TEXT,
        "why": TEXT,
        "until": WHOLE,
        "change": (lambda v: isinstance(v, list), "[[scenario.NAME.change]]"),
        "budget": (lambda v: isinstance(v, dict), "[scenario.NAME.budget]"),
    },
    "change": {
        "do": (lambda value: value in DOES, "one of " + ", ".join(DOES)),
        "municipality": TEXT,
        "on": DAY,
        "programme": TEXT,
        "pools": TEXTS,
        "ends": TEXTS,
        "share": (lambda v: _number(v) and 0 < v < 1, "a number between 0 and 1"),
        "notice_months": (lambda v: _whole(v) and v >= 0, "a whole number, 0 or more"),
        "obligations": (lambda v: isinstance(v, list), "a list of { pool = …, yearly_nok = … }"),
    },
    "obligation": {
        "pool": (lambda v: isinstance(v, str) and re.fullmatch(SLUG, v) is not None, "an id"),
        "yearly_nok": (lambda v: _whole(v) and v >= 0, "whole kroner"),
        "until": DAY,
        "credited_to": TEXT,
    },
    "budget": {
        "year": WHOLE,
        "wage_growth": (
            lambda v: isinstance(v, list) and len(v) == 2 and all(map(_number, v)),
            "two numbers in brackets, lowest and highest",
        ),
        "saving": NUMBER,
        "saving_of": (lambda value: value in ("carried", "frame"), "carried or frame"),
        "vacancies": (lambda v: isinstance(v, dict) and all(map(_whole, v.values())), "{ programme = months }"),
        "dropped": TEXTS,
    },
    "replacement": {
        "low_nok": (lambda v: _whole(v) and v >= 0, "whole kroner"),
        "high_nok": (lambda v: _whole(v) and v >= 0, "whole kroner"),
        "why": TEXT,
    },
}
NEEDED: Final = {
    "scenario": ("title", "why"),
    "change": ("do", "municipality", "on"),
    "obligation": ("pool", "yearly_nok"),
    "budget": ("year",),
    "replacement": ("low_nok", "high_nok", "why"),
}


@dataclass(frozen=True)
class Named:
    """A scenario as it stands in the file.

    Attributes:
        name: Its name.
        title: What readers call it.
        why: Why it is there, and what it assumes.
        changes: Who leaves, joins, or stands outside what.
        budget: Under which assumptions a frame is made; None: no frame is.
        until: The last year to look at.
    """

    name: str
    title: str
    why: str
    changes: tuple[Change, ...] = ()
    budget: Assumptions | None = None
    until: int | None = None


@dataclass(frozen=True)
class ScenarioFile:
    """Everything in a scenario file.

    Attributes:
        scenarios: Name → scenario, in the order of the file.
        replacements: Municipality → what it would have to buy if it left, kr a year, lowest and highest.
    """

    scenarios: Mapping[str, Named] = field(default_factory=dict)
    replacements: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def named(self, name: str) -> Named:
        """The scenario of a name.

        Raises:
            UnknownName: There is none.
        """
        if name not in self.scenarios:
            raise UnknownName.of("scenario", name, self.scenarios)
        return self.scenarios[name]


@dataclass(frozen=True)
class Result:
    """What a named scenario comes to: charges, a frame, or both."""

    named: Named
    scenario: Scenario | None
    frame: BudgetFrame | None


def read_scenarios(path: str | Path) -> ScenarioFile:
    """The scenarios of a file.

    Raises:
        InvalidData: It is missing or cannot be read, or something in it is wrong; everything is listed.

    Example:
        >>> list(read_scenarios("data/scenarios.toml").scenarios)
        ['nesbyen_tilbake', 'gol_videre_i_bti', 'flaa_utenfor_kef', 'ramme_2027']
    """
    file = Path(path)
    try:
        raw = file_bytes(file)
    except FileNotFoundError:
        _refuse([_problem("no_scenarios", file, "no such file", "a file of scenarios", "Check the path after --file.")])
    try:
        found = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        mend = "Texts in quotes, dates and numbers without."
        _refuse([_problem("bad_toml", file, str(error), "TOML in UTF-8", mend)])
    problems: list[Problem] = []
    reading = _Reading(file, problems)
    for key in found:
        if key not in ("scenario", "replacement"):
            reading.add(key, "", "an unknown heading", "[scenario.NAME] or [replacement.MUNICIPALITY]")
    scenarios = {name: reading.scenario(name, given) for name, given in found.get("scenario", {}).items()}
    replaced = {name: reading.replacement(name, given) for name, given in found.get("replacement", {}).items()}
    _refuse(problems)
    return ScenarioFile(
        {name: made for name, made in scenarios.items() if made}, {n: span for n, span in replaced.items() if span}
    )


def run(named: Named, dataset: Dataset) -> Result:
    """Work out a named scenario.

    Raises:
        UnknownName: A name in it does not exist in the data.
        BadInput: It cannot be done; everything that is wrong is listed.

    Example:
        >>> import hhanalytics as hh
        >>> named = read_scenarios("data/scenarios.toml").named("ramme_2027")
        >>> run(named, hh.load("data/raw")).frame.missing
        ('wage_growth', 'saving_basis')
    """
    until = max(named.until or 0, named.budget.year if named.budget else 0) or None
    made = scenario(dataset, named.changes, until=until) if named.changes else None
    frame = budget_frame(dataset, named.budget, after=made) if named.budget else None
    return Result(named, made, frame)


def _problem(id: str, file: Path, found: str, expected: str, mend: str, where: str | None = None) -> Problem:
    return Problem(id, file.name, None, where, found, expected, mend)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidData.from_problems(problems)


class _Reading:
    """Reads what stands in the file, and gathers what is wrong with it."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems

    def add(self, where: str, name: str, found: str, expected: str) -> None:
        mend = f"Correct {name or where}; the head of the file that comes with the package explains each field."
        place = f"{where}.{name}" if name else where
        self.problems.append(_problem("bad_scenario", self.file, found, expected, mend, place))

    def checked(self, kind: str, where: str, given: Any) -> bool:
        """Whether the fields are those they may be."""
        before = len(self.problems)
        if not isinstance(given, dict):
            self.add(where, "", repr(given), "fields")
            return False
        fields = FIELDS[kind]
        for name, value in given.items():
            if name not in fields:
                close = nearest(name, fields)
                self.add(where, name, "an unknown field", " or ".join(close) if close else ", ".join(fields))
            elif not fields[name][0](value):
                self.add(where, name, repr(value), fields[name][1])
        for name in NEEDED[kind]:
            if name not in given:
                self.add(where, name, "nothing", fields[name][1])
        return len(self.problems) == before

    def scenario(self, name: str, given: Any) -> Named | None:
        where = f"scenario.{name}"
        if not re.fullmatch(SLUG, name):
            self.add(where, "", repr(name), "a name of lower-case letters, digits and underscores")
        whole = self.checked("scenario", where, given)
        if not isinstance(given, dict):
            return None
        if not given.get("change") and "budget" not in given:
            self.add(where, "", "nothing to work out", "[[scenario.NAME.change]] or [scenario.NAME.budget]")
        listed = given.get("change", ())
        rows = enumerate(listed if isinstance(listed, list) else (), start=1)
        changes = [self.change(f"{where}.change {n}", each) for n, each in rows]
        budget = self.budget(f"{where}.budget", given["budget"]) if "budget" in given else None
        made = tuple(change for change in changes if change is not None)
        if not whole:
            return None
        return Named(name, given["title"], given["why"], made, budget, given.get("until"))

    def change(self, where: str, given: Any) -> Change | None:
        if not self.checked("change", where, given):
            return None
        allowed = DOES[given["do"]]
        for name in given:
            if name not in ("do", "municipality", "on", *allowed):
                self.add(where, name, f"a field that {given['do']} does not take", ", ".join(allowed))
        if given["do"] == "opt_out" and "programme" not in given:
            self.add(where, "programme", "nothing", "the programme it stands outside of")
        due = [
            self.obligation(f"{where}.obligation {n}", o) for n, o in enumerate(given.get("obligations", ()), start=1)
        ]
        return Change(
            given["do"],
            given["municipality"],
            given["on"],
            given.get("programme"),
            tuple(given["pools"]) if "pools" in given else None,
            tuple(given.get("ends", ())),
            given.get("share"),
            given.get("notice_months"),
            tuple(each for each in due if each is not None),
        )

    def obligation(self, where: str, given: Any) -> Obligation | None:
        return Obligation(**given) if self.checked("obligation", where, given) else None

    def budget(self, where: str, given: Any) -> Assumptions | None:
        if not self.checked("budget", where, given):
            return None
        growth = given.get("wage_growth")
        return Assumptions(
            given["year"],
            (growth[0], growth[1]) if growth else None,
            given.get("saving"),
            given.get("saving_of", "carried"),
            tuple(given.get("vacancies", {}).items()),
            tuple(given.get("dropped", ())),
        )

    def replacement(self, name: str, given: Any) -> tuple[int, int] | None:
        where = f"replacement.{name}"
        return (given["low_nok"], given["high_nok"]) if self.checked("replacement", where, given) else None
