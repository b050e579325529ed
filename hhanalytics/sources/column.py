"""One column of a file while it is read: its cells, where they stand, what was changed and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from unicodedata import normalize

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

    def noted(self, kind: str, texts: list[Distinct], before: pl.Series, after: pl.Series) -> None:
        """Note what was changed in the cells that hold one of these texts."""
        if texts:
            first = min(each.first for each in texts)
            self.note(kind, sum(each.count for each in texts), first, before, after[first])

    def changed(self, kind: str, before: pl.Series, mask: pl.Series, after: pl.Series) -> None:
        """Note what was changed in the cells for which a mask holds."""
        count = int(mask.sum() or 0)
        if count:
            first = mask.arg_max() or 0
            self.note(kind, count, first, before, after[first])


def shown(text: object) -> str:
    r"""A cell as an error shows it: on one line, never endless.

    Example:
        >>> print(shown("a\nb"), shown("x" * 200)[-6:])
        'a\nb' xxx …'
    """
    words = str(text)
    return repr(words if len(words) <= 60 else words[:58] + " …")


@dataclass(frozen=True)
class Distinct:
    """One of the different texts of a column.

    Attributes:
        raw: The text as it stands.
        text: Composed, with plain spaces and none around it; None where nothing is left.
        count: In how many cells it stands.
        first: Place of the first of them.
    """

    raw: str
    text: str | None
    count: int
    first: int


_PLAIN: Final = str.maketrans(dict.fromkeys(SPACES[1:], " "))


#: Cells taken at a time, so that what is made on the way stays small.
_PART: Final = 1 << 16


def by_parts(cells: pl.Series, make: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What is made of a column, a part at a time."""
    if len(cells) <= _PART:
        return make(cells)
    return pl.concat([make(cells.slice(start, _PART)) for start in range(0, len(cells), _PART)], rechunk=False)


def tally(cells: pl.Series, make: Callable[[pl.Series], pl.Series] | None = None) -> dict[str, tuple[int, int]]:
    """Each different text, in how many cells it stands and the place of the first, in the order they come in.

    Args:
        cells: The cells.
        make: What is made of each cell before counting.
    """
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(cells), _PART):
        part = cells.slice(start, _PART)
        counted = (
            pl.DataFrame(
                {"raw": make(part) if make else part, "place": pl.int_range(start, start + len(part), eager=True)}
            )
            .drop_nulls("raw")
            .group_by("raw", maintain_order=True)
            .agg(pl.len(), pl.first("place"))
        )
        for raw, count, first in counted.iter_rows():
            known = found.get(raw)
            found[raw] = (known[0] + count, known[1]) if known else (count, first)
    return found


def distinct(cells: pl.Series) -> list[Distinct]:
    """The different texts of a column, in the order they come in, so that each is read once."""
    return [
        Distinct(raw, normalize("NFC", raw).translate(_PLAIN).strip() or None, count, first)
        for raw, (count, first) in tally(cells).items()
    ]


def replaced(cells: pl.Series, values: Mapping[str, Any], kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    """Each text as the value it means; those that mean none are missing."""
    if not values:
        return pl.Series(cells.name, [None], dtype=kind).new_from_index(0, len(cells))
    old, new = pl.Series(list(values), dtype=pl.String), pl.Series(list(values.values()), dtype=kind)
    return by_parts(cells, lambda part: part.replace_strict(old, new, default=None, return_dtype=kind))


def tidied(cells: pl.Series, column: Column, *, loose: bool) -> pl.Series:
    """A column of texts: letters and their marks composed, no spaces around; empty ones are missing."""
    made = cells
    if loose:
        made = by_parts(cells, lambda part: part.str.normalize("NFC"))
        column.changed("composed letters", cells, (made != cells).fill_null(False), made)
    bare = by_parts(made, lambda part: part.str.strip_chars())
    return bare.set(bare == "", None) if (bare == "").any() else bare
