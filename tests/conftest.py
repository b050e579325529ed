"""What the tests share: the real data, a copy of it to break, and a synthetic collaboration."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from hhanalytics.dataset import Dataset, load

# A slow machine is no fault, and a failing example is the same for everybody.
settings.register_profile("project", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", action="store_true", help="also run the long fuzzing of the readers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--fuzz", default=False):
        for item in items:
            if "fuzz" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long; run with --fuzz"))


ROOT = Path(__file__).parents[1]
ELVEDAL = Path(__file__).parent / "cases" / "elvedal"


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """The real data."""
    return load(ROOT / "data" / "raw")


@pytest.fixture(scope="session")
def elvedal() -> Dataset:
    """A synthetic collaboration over two years, every result of which can be worked out by hand."""
    return load(ELVEDAL / "data")


@pytest.fixture
def data_copy(tmp_path: Path) -> Path:
    """A copy of the real data folder, to break."""
    return Path(shutil.copytree(ROOT / "data" / "raw", tmp_path / "raw"))


@pytest.fixture
def elvedal_copy(tmp_path: Path) -> Path:
    """A copy of the synthetic data folder, to break."""
    return Path(shutil.copytree(ELVEDAL / "data", tmp_path / "elvedal"))
