"""Constants and rules of method, read from ``methods.toml``: each dated, graded and with its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


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


@dataclass(frozen=True)
class Rule:
    """A line of the rule for recommendations; the first line of which all conditions hold counts.

    Attributes:
        when: Conditions, all of which must hold; none: always.
        then: The recommendation.
    """

    when: tuple[str, ...]
    then: str


@cache
def _methods() -> dict[str, Any]:
    return tomllib.loads(files("hhanalytics").joinpath("methods.toml").read_text(encoding="utf-8"))


@cache
def constants() -> dict[str, Constant]:
    """All constants of method by name."""
    return {name: Constant(name=name, **entry) for name, entry in _methods().items() if name != "recommendation"}


@cache
def recommendation_rules() -> tuple[Rule, ...]:
    """The rule for recommendations, line by line.

    Example:
        >>> recommendation_rules()[-1]
        Rule(when=(), then='end_or_reduce')
    """
    return tuple(Rule(tuple(line["when"]), line["then"]) for line in _methods()["recommendation"]["lines"])


def constant(name: str) -> float:
    """The value of one constant.

    Example:
        >>> constant("small_number")
        5
    """
    return constants()[name].value
