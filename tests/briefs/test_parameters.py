"""Parameters of a brief: read from its notebook, checked against the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hhanalytics.briefs.parameters import PARAMETERS, checked, defaults
from hhanalytics.dataset import Dataset, load
from hhanalytics.errors import BadParameter, UnknownName
from tests.briefs.synthetic_notebooks import DATA, notebook

DECLARED = {"year": None, "language": "nb", "data": "data/raw", "privacy": "public", "charges": "corrected"}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load(DATA)


@pytest.fixture(autouse=True)
def two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hhanalytics.present.catalogue.languages", lambda: ["nb", "nn"])


def written(folder: Path, parameters: str, **changes: Any) -> Path:
    path = folder / "synthetic_brief.ipynb"
    path.write_text(json.dumps({**notebook(parameters=parameters), **changes}), "utf-8")
    return path


def test_defaults_are_read_without_running_anything(tmp_path: Path) -> None:
    cell = '# What to make\nyear: int | None = None\nlanguage = "nb"  # bokmål\n'
    assert defaults(written(tmp_path, cell)) == {"year": None, "language": "nb"}


@pytest.mark.parametrize(
    "cell",
    [
        "import os\nyear = 2025",
        "year = int('2025')",
        "year: int",
        "year = other = 2025",
        "year, language = 2025, 'nb'",
        "year = ",
    ],
)
def test_cell_that_does_more_than_assign_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises((BadParameter, UnknownName)) as refused:
        defaults(written(tmp_path, cell))
    assert "synthetic_brief.ipynb" in str(refused.value)


def test_parameter_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"Unknown parameter 'yaer'\. Did you mean 'year'"):
        defaults(written(tmp_path, "yaer = 2025"))


def test_notebook_needs_one_cell_of_parameters(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="0 cells tagged parameters"):
        defaults(written(tmp_path, "year = 2025", cells=[]))


def test_given_ones_come_before_defaults_and_none_stands_for_the_default(data: Dataset) -> None:
    given = {"language": "nn", "privacy": None}
    assert checked(given, DECLARED, data) == {**DECLARED, "year": 2025, "language": "nn"}


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        ({"languge": "nb"}, UnknownName, "Unknown parameter 'languge'. Did you mean 'language'"),
        ({"municipality": "gol"}, UnknownName, "Unknown parameter 'municipality'"),
        ({"language": "mb"}, UnknownName, "Unknown language 'mb'. Did you mean 'nb'"),
        ({"charges": "correct"}, UnknownName, "Did you mean 'corrected'"),
        ({"privacy": "Public"}, UnknownName, "Did you mean 'public'"),
        ({"year": 2025.0}, BadParameter, "found 2025.0, expected a year with accounts"),
        ({"year": False}, BadParameter, "found False"),
        ({"language": ["nb"]}, BadParameter, "expected a language with a catalogue"),
    ],
)
def test_what_does_not_fit_is_refused(data: Dataset, given: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        checked(given, DECLARED, data)


def test_every_parameter_says_what_is_expected() -> None:
    assert all(rule.expected for rule in PARAMETERS.values())
