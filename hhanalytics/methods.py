"""Constants of method, read from ``methods.toml``: each dated, graded and with its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Constant:
    """A constant of method.

    Attributes:
        name: Its name in ``methods.toml``.
        value: The number.
        unit: What it counts.
        grade: ``documented``, ``derived`` or ``assumed``.
        valid_from: The day from which it holds.
        source: Where it comes from, or that it is a judgement.
    """

    name: str
    value: float
    unit: str
    grade: str
    valid_from: date
    source: str


@cache
def constants() -> dict[str, Constant]:
    """All constants of method by name."""
    text = files("hhanalytics").joinpath("methods.toml").read_text(encoding="utf-8")
    return {name: Constant(name=name, **entry) for name, entry in tomllib.loads(text).items()}


def constant(name: str) -> float:
    """The value of one constant.

    Example:
        >>> constant("small_number")
        5
    """
    return constants()[name].value
