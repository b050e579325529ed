"""One column of a file while it is read: its cells, where they stand, what was changed and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from hhanalytics.errors import Problem

#: How many places of one kind of problem are told; the rest are counted.
SHOWN: Final = 10
#: Spaces that stand between thousands or around a cell.
SPACES: Final = (" ", "\u00a0", "\u202f", "\u2009", "\u2007")


@dataclass(frozen=True)
class Change:
    """One kind of change made to a column.

    Attributes:
        column: The column as declared.
        heading: Its heading in the file.
        kind: What was changed, as an id.
        count: In how many cells.
        line: Line of the first.
        found: What stood there.
        read_as: What it was read as.
    """

    column: str
    heading: str
    kind: str
    count: int
    line: int | None
    found: str
    read_as: str


@dataclass
class Column:
    """A column of a file.

    Attributes:
        file: The file, for problems.
        name: The column as declared.
        heading: Its heading in the file.
        lines: The line of each cell.
        problems: Where problems are added.
        changes: Where changes are added.
    """

    file: str
    name: str
    heading: str
    lines: pl.Series
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def ask(self, id: str, row: int | None, found: str, expected: str, mend: str) -> None:
        """Note a problem with the column or one of its cells."""
        self.problems.append(Problem(id, self.file, row, self.label, found, expected, mend))

    @property
    def label(self) -> str:
        """The heading, and the column it was taken for where that differs."""
        return self.name if self.heading == self.name else f"{self.heading!r} ({self.name})"

    def ask_each(self, id: str, cells: pl.Series, bad: pl.Series, expected: str, mend: str) -> None:
        """Note the cells that cannot be read: the first of them each, the rest as a count."""
        places = bad.arg_true()
        for place in places.head(SHOWN).to_list():
            more = ""
            if place == places[min(SHOWN, len(places)) - 1] and len(places) > SHOWN:
                more = f" (and {len(places) - SHOWN} more cells)"
            self.ask(id, int(self.lines[place]), f"{shown(cells[place])}{more}", expected, mend)

    def note(self, kind: str, count: int, first: int, before: pl.Series, read_as: object) -> None:
        """Note what was changed, in how many cells, and the first of them."""
        said = "" if read_as is None else str(read_as)
        line = int(self.lines[first])
        self.changes.append(Change(self.name, self.heading, kind, count, line, shown(before[first])[1:-1], said))

    def changed(self, kind: str, before: pl.Series, mask: pl.Series, after: pl.Series) -> None:
        """Note what was changed in the cells for which a mask holds."""
        count = int(mask.sum() or 0)
        if count:
            first = mask.arg_max() or 0
            self.note(kind, count, first, before, after[first])


def shown(text: object) -> str:
    """A cell as an error shows it: on one line, never endless.

    Example:
        >>> shown("a\\nb"), shown("x" * 200)[-6:]
        ("'a\\\\nb'", "xxx …'")
    """
    words = str(text)
    return repr(words if len(words) <= 60 else words[:58] + " …")


def stripped(cells: pl.Series) -> pl.Series:
    """Cells without spaces of any kind around them; empty ones are missing."""
    bare = cells.str.strip_chars("".join(SPACES) + "\t\r\n")
    return bare.set(bare == "", None) if (bare == "").any() else bare
