"""Errors that say what, where, what was found, what was expected and how to mend it.

Every error has an ``id`` and ``facts``; its text is made from them. Problems in data are collected
and raised together as `InvalidData`, so that a file is mended once and not once per error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Self

from hhanalytics.masking import masked


class HHAnalyticsError(Exception):
    """Base of all errors of this package.

    Attributes:
        id: Stable name of the kind of error.
        facts: What the text was made from.
    """

    def __init__(self, id: str, text: str, **facts: Any) -> None:
        super().__init__(masked(text))
        self.id = id
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        # An error crosses from one process to another whole: its text alone would not make it again.
        return _again, (type(self), self.id, str(self), self.__dict__)


def _again(kind: type[HHAnalyticsError], id: str, text: str, state: dict[str, Any]) -> HHAnalyticsError:
    error = kind(id, text)
    error.__dict__.update(state)
    return error


def nearest(found: str, valid: Iterable[str]) -> list[str]:
    """The valid names most like the one found, best first.

    Example:
        >>> nearest("goll", ["gol", "hol", "aal"])
        ['gol', 'hol']
        >>> nearest("2025", ["2019", "2026"])
        ['2026', '2019']
    """
    names = sorted(valid)
    if found.isdecimal() and names and all(name.isdecimal() for name in names):
        return sorted(names, key=lambda name: abs(int(name) - int(found)))[:3]
    return get_close_matches(found.casefold(), names, n=3, cutoff=0.5)


def _suggestion(found: str, valid: Sequence[str]) -> str:
    close = nearest(found, valid)
    if close:
        return "Did you mean " + " or ".join(repr(name) for name in close) + "?"
    return "Valid: " + ", ".join(sorted(valid)[:30]) + "." if valid else "There is none to choose from."


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place of the data.

    Attributes:
        id: Kind of problem.
        file: The file, relative to the data folder.
        row: Line of the file, the header being line 1; None for the file as a whole.
        column: The column; None for the row as a whole.
        found: What stands there.
        expected: What was expected.
        mend: How to mend it.
        cell: The cell of a workbook, such as ``C7``; None in other files.
    """

    id: str
    file: str
    row: int | None
    column: str | None
    found: str
    expected: str
    mend: str
    cell: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "found", masked(self.found))
        object.__setattr__(self, "mend", masked(self.mend))

    def __str__(self) -> str:
        place = f", {self.cell}" if self.cell else f", line {self.row}" if self.row else ""
        where = self.file + place + (f", {self.column}" if self.column else "")
        return f"{where}: found {self.found}, expected {self.expected}. {self.mend}"

    def facts(self) -> dict[str, Any]:
        """The problem as a dict, for tables and JSON."""
        return asdict(self)


class InvalidData(HHAnalyticsError):
    """The data cannot be used; ``problems`` lists everything that is wrong."""

    problems: tuple[Problem, ...]

    @classmethod
    def from_problems(cls, problems: Sequence[Problem]) -> Self:
        """All problems of a data folder at once."""
        ordered = tuple(sorted(problems, key=lambda p: (p.file, p.row or 0, p.column or "", p.id)))
        count = "1 problem" if len(ordered) == 1 else f"{len(ordered)} problems"
        error = cls("invalid_data", f"{count} in the data:\n" + "\n".join(f"- {p}" for p in ordered))
        error.problems = ordered
        error.facts = {"problems": [p.facts() for p in ordered]}
        return error


class UnknownName(HHAnalyticsError, LookupError):
    """A name that does not exist: a municipality, programme, year, measure, parameter …."""

    @classmethod
    def of(cls, kind: str, found: object, valid: Iterable[object]) -> Self:
        """An unknown name, with the nearest valid ones.

        Args:
            kind: What was named, such as ``municipality``.
            found: The name as given.
            valid: All names that would have been valid.
        """
        names = [str(name) for name in valid]
        text = f"Unknown {kind} {str(found)!r}. {_suggestion(str(found), names)}"
        return cls("unknown_name", text, kind=kind, found=str(found), valid=names, nearest=nearest(str(found), names))


class BadInput(HHAnalyticsError, ValueError):
    """Frames or values given to a function that it cannot use."""

    @classmethod
    def missing_columns(cls, frame: str, missing: Sequence[str], found: Sequence[str]) -> Self:
        """A frame lacks columns that a measure needs."""
        text = f"{frame} lacks the columns {', '.join(missing)}; it has {', '.join(found)}. Add them or rename yours."
        return cls("missing_columns", text, frame=frame, missing=list(missing), found=list(found))

    @classmethod
    def mixed_kinds(cls, kinds: Sequence[str]) -> Self:
        """Frames of different libraries in one call."""
        text = f"The frames are of different kinds ({', '.join(kinds)}). Give all of them as one kind."
        return cls("mixed_kinds", text, kinds=list(kinds))

    @classmethod
    def of(cls, id: str, what: str, found: object, expected: str, mend: str) -> Self:
        """A value that cannot be used."""
        text = f"{what}: found {found}, expected {expected}. {mend}"
        return cls(id, text, what=what, found=str(found), expected=expected, mend=mend)


class BadParameter(HHAnalyticsError, ValueError):
    """A brief's parameter has the wrong type or lies outside what the data allow."""

    @classmethod
    def of(cls, name: str, found: object, expected: str) -> Self:
        """A parameter that cannot be used, and what would be."""
        text = f"Parameter {name}: found {found!r}, expected {expected}. Give another value for {name}."
        return cls("bad_parameter", text, name=name, found=str(found), expected=expected)


class BriefFailed(HHAnalyticsError):
    """A brief could not be made; whatever was there before is untouched."""

    @classmethod
    def in_cell(cls, notebook: str, cell: int, source: str, error: str) -> Self:
        """A cell of the notebook failed."""
        text = (
            f"Cell {cell} of {notebook} failed with {error}\n\n{source}\n\n"
            "The previous brief is untouched. Mend the cell or the data and run again."
        )
        return cls("cell_failed", text, notebook=notebook, cell=cell, source=source, error=error)

    @classmethod
    def untraced(cls, problems: Sequence[str]) -> Self:
        """The brief shows numbers that lead nowhere, or texts that do not say their value."""
        count = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
        listed = "\n".join(f"- {problem}" for problem in problems)
        text = (
            f"The brief was not released: {count} without a trace:\n{listed}\n"
            "Give a number as a figure with its rows, a text of the data as a quote. The previous brief is untouched."
        )
        return cls("untraced", text, problems=list(problems))

    @classmethod
    def altered(cls, cell: int) -> Self:
        """A stored output is not what the cell gave."""
        text = (
            f"The output of cell {cell} was altered after the cell ran, or did not come from a cell. "
            "Run the notebook again: hhanalytics brief. The previous brief is untouched."
        )
        return cls("altered", text, cell=cell)

    @classmethod
    def withheld(cls, reason: str) -> Self:
        """The brief was made but may not be released."""
        text = f"The brief was not released: {reason}. The previous brief is untouched."
        return cls("not_released", text, reason=reason)


class NotFetched(HHAnalyticsError):
    """Something could not be had from the network; nothing was written."""

    @classmethod
    def of(cls, id: str, address: str, found: object, mend: str) -> Self:
        """An address that gave nothing usable."""
        text = f"{address}: {found}. {mend}"
        return cls(id, text, address=address, found=str(found), mend=mend)
