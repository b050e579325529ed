"""Draft rows: what a report seems to say, how sure that is, and why. A person decides what becomes data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

#: ``checked``: sums or a key that only the right figure fits confirm it. ``read``: it was read without trouble, and
#: nothing confirms it. ``doubtful``: somebody must look.
Confidence = Literal["checked", "read", "doubtful"]
CONFIDENCES: Final[tuple[Confidence, ...]] = ("checked", "read", "doubtful")


@dataclass(frozen=True)
class Remark:
    """Something to say about a draft row, put into words by a catalogue.

    Attributes:
        id: What it is: ``letters``, ``sum_differs`` …
        facts: Name → what its words are filled with.
    """

    id: str
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, id: str, **facts: object) -> Remark:
        """A remark with its facts."""
        return cls(id, tuple((name, str(value)) for name, value in facts.items()))


@dataclass(frozen=True)
class Draft:
    """A row as it would be.

    Attributes:
        table: The table it would be a row of.
        values: Column → value, as far as it is known.
        column: The column that holds the figure.
        first: Place of the first line it was read from, in the lines of the report.
        last: Place of the last one.
        raw: The figure as it stands in the report.
        changed: What was changed to read it.
        doubts: Why somebody must look; empty: none.
        confirmed: What confirms the figure: ``sum``, ``key``; empty: nothing.
    """

    table: str
    values: Mapping[str, Any]
    column: str
    first: int
    last: int
    raw: str
    changed: tuple[Remark, ...] = ()
    doubts: tuple[Remark, ...] = ()
    confirmed: tuple[str, ...] = ()

    @property
    def value(self) -> Any:
        """The figure."""
        return self.values.get(self.column)

    @property
    def confidence(self) -> Confidence:
        """How sure the row is."""
        return "doubtful" if self.doubts else "checked" if self.confirmed else "read"

    def but(self, *, doubts: Iterable[Remark] = (), changed: Iterable[Remark] = (), **values: Any) -> Draft:
        """The same row with other values, and more to say about it."""
        return replace(
            self,
            values={**self.values, **values},
            changed=tuple(dict.fromkeys((*self.changed, *changed))),
            doubts=tuple(dict.fromkeys((*self.doubts, *doubts))),
        )

    def confirmed_by(self, what: str) -> Draft:
        """The same row, with what confirms its figure."""
        return replace(self, confirmed=tuple(dict.fromkeys((*self.confirmed, what))))

    def without(self, *doubts: str) -> Draft:
        """The same row without some doubts, by id."""
        return replace(self, doubts=tuple(each for each in self.doubts if each.id not in doubts))


@dataclass
class Found:
    """What was found in a report.

    Attributes:
        drafts: The rows.
        taken: Places of lines that stand in tables, so that nobody reads them as prose.
    """

    drafts: list[Draft] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
