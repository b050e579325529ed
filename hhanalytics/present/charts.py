"""A chart before it is drawn: its message, its text alternative and its prepared data.

The data already holds every text shown; a drawing places and never computes. There are five kinds.

``ranges``
    ``{"rows": [{"label", "low", "high", "point", "bound", "text"}], "missing_text", "unit_text"}``.
    ``bound`` is ``exact`` (a dot), ``range`` (a bar) or ``at_most`` (a mark at the highest, hatched
    down to zero because how far down is unknown). A row without numbers shows ``missing_text``.
``shares``
    ``{"rows": [{"label", "cost", "known", "possible", "text"}], "unit_text", "missing_text"}``, all in per
    cent. A dot for the share of the cost; a bar for the share of the benefit that is known, hatched up to
    what is possible. A row without numbers shows ``missing_text``.
``dumbbell``
    ``{"rows": [{"label", "before", "after", "before_text", "after_text", "change_text"}],
    "before_label", "after_label", "change_label" (optional)}``.
``small_multiples``
    ``{"panels": [{"label", "points": [{"month", "tick", "value", "text"}], "sentence"}],
    "breaks": [{"from", "to", "label"}], "ticks": [months that carry a tick text]}``. The line is
    broken between the months of a break.
``bars``
    ``{"rows": [{"label", "value", "text"}]}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from hhanalytics.errors import UnknownName

Kind = Literal["ranges", "shares", "dumbbell", "small_multiples", "bars"]
KINDS: Final[tuple[Kind, ...]] = ("ranges", "shares", "dumbbell", "small_multiples", "bars")


class Point(NamedTuple):
    """One number that a drawing shows: of which row or panel, which mark, its value."""

    row: str
    mark: str
    value: float


@dataclass(frozen=True)
class Chart:
    """A chart, ready to be drawn on screen or paper.

    Attributes:
        id: Lower-case name, unique in the brief.
        kind: How it is drawn.
        title: The message, as a sentence.
        alt: What the chart shows, for those who do not see it.
        unit: Unit of its numbers.
        data: Prepared rows or panels, as described in this module.
    """

    id: str
    kind: Kind
    title: str
    alt: str
    unit: str
    data: dict[str, Any]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownName.of("kind of chart", self.kind, KINDS)

    def structure(self) -> dict[str, Any]:
        """The chart as a JSON-ready dict."""
        return vars(self).copy()

    def points(self) -> list[Point]:
        """All numbers that both drawings show, in the order of the data."""
        return list(_POINTS[self.kind](self.data))


def from_structure(structure: dict[str, Any]) -> Chart:
    """The chart of a structure; the inverse of `Chart.structure`.

    Example:
        >>> chart = Chart("c", "bars", "Title", "Alt", "nok", {"rows": [{"label": "a", "value": 1, "text": "1"}]})
        >>> from_structure(chart.structure()) == chart
        True
    """
    return Chart(**{name: structure[name] for name in ("id", "kind", "title", "alt", "unit", "data")})


def _marks(rows: list[dict[str, Any]], *names: str) -> Iterator[Point]:
    for row in rows:
        for name in names:
            if row.get(name) is not None:
                yield Point(row["label"], name, row[name])


def _range_points(data: dict[str, Any]) -> Iterator[Point]:
    for row in data["rows"]:
        yield from _marks([row], *range_marks(row))


def range_marks(row: dict[str, Any]) -> tuple[str, ...]:
    """Which numbers of a ``ranges`` row are drawn: none where nothing is known.

    Example:
        >>> range_marks({"low": None, "high": 5, "point": None, "bound": "at_most"})
        ('high',)
        >>> range_marks({"low": 5, "high": 5, "point": 5, "bound": "exact"})
        ('point',)
    """
    known = tuple(name for name in ("point", "high", "low") if row.get(name) is not None)
    return known[:1] if row.get("bound") == "exact" else known


class RangeParts(NamedTuple):
    """What a row of ``ranges`` is drawn of: the same on screen and paper."""

    hatched_to: float | None
    span: tuple[float, float] | None
    ends: tuple[float, ...]
    dots: tuple[float, ...]


def range_parts(row: dict[str, Any]) -> RangeParts:
    """The parts of a ``ranges`` row.

    Example:
        >>> range_parts({"low": 3, "high": 5, "point": None, "bound": "at_most"})
        RangeParts(hatched_to=3, span=(3, 5), ends=(5,), dots=())
    """
    marks = {name: row[name] for name in range_marks(row)}
    if row.get("bound") == "exact":
        return RangeParts(None, None, (), tuple(marks.values()))
    low, high = marks.get("low"), marks.get("high")
    hatched_to = (high if low is None else low) if row.get("bound") == "at_most" else None
    closed = {"at_most": ("high",), "at_least": ("low",)}.get(row.get("bound", ""), ("low", "high"))
    return RangeParts(
        hatched_to,
        None if low is None or high is None else (low, high),
        tuple(marks[name] for name in closed if name in marks),
        tuple(marks[name] for name in ("point",) if name in marks),
    )


def share_marks(row: dict[str, Any]) -> tuple[str, ...]:
    """Which numbers of a ``shares`` row are drawn, the longest first: nothing known is no mark.

    Example:
        >>> share_marks({"cost": 25.1, "known": 0, "possible": 100})
        ('possible', 'cost')
    """
    return tuple(
        name for name in ("possible", "known", "cost") if row.get(name) or (name == "cost" and row.get(name) == 0)
    )


def spans(panel: dict[str, Any], breaks: list[dict[str, str]]) -> list[tuple[int, int, str]]:
    """The unbroken parts of a panel's line: first point, end, and the label of the break before it.

    Example:
        >>> points = [{"month": month} for month in ("2025-05", "2025-06", "2025-07")]
        >>> spans({"points": points}, [{"from": "2025-05", "to": "2025-06", "label": "break"}])
        [(0, 1, ''), (1, 3, 'break')]
    """
    months = [point["month"] for point in panel["points"]]
    labels = {months.index(each["to"]): each["label"] for each in breaks if {each["from"], each["to"]} <= set(months)}
    starts = [0, *sorted(labels)]
    return [
        (start, stop, labels.get(start, "")) for start, stop in zip(starts, [*starts[1:], len(months)], strict=True)
    ]


def label_before(start: int, points: int) -> bool:
    """Whether the label of a break stands before its line: where there is room, so that labels do not meet.

    Example:
        >>> label_before(5, 12), label_before(2, 12)
        (True, False)
    """
    return start > 0.35 * (points - 1)


def below_line(points: list[dict[str, Any]], at: int, start: int, stop: int) -> bool:
    """Whether the text at the end of an unbroken part goes below it: above, it would lie on a falling line.

    Example:
        >>> points = [{"value": value} for value in (60, 65, 61, 40)]
        >>> below_line(points, 2, 0, 3), below_line(points, 1, 0, 2)
        (True, False)
    """
    if at != stop - 1 or at in (start, len(points) - 1):
        return False
    before, value = points[at - 1]["value"], points[at]["value"]
    return before is not None and bool(before > value)


def _share_points(data: dict[str, Any]) -> Iterator[Point]:
    for row in data["rows"]:
        yield from _marks([row], *share_marks(row))


def _panel_points(data: dict[str, Any]) -> Iterator[Point]:
    for panel in data["panels"]:
        for point in panel["points"]:
            if point["value"] is not None:
                yield Point(panel["label"], point["month"], point["value"])


def _dumbbell_points(data: dict[str, Any]) -> Iterator[Point]:
    return _marks(data["rows"], "before", "after")


def _bar_points(data: dict[str, Any]) -> Iterator[Point]:
    return _marks(data["rows"], "value")


_POINTS: Final[dict[Kind, Callable[[dict[str, Any]], Iterator[Point]]]] = {
    "ranges": _range_points,
    "shares": _share_points,
    "dumbbell": _dumbbell_points,
    "small_multiples": _panel_points,
    "bars": _bar_points,
}
