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
