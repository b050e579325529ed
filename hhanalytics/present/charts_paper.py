"""Charts on paper: SVG from matplotlib, in greys and one accent, readable in black and white.

Letters are drawn as outlines, because an SVG inside HTML or PDF sees no fonts of the page around it:
so both media show the same picture. Same chart, same bytes. Every number sits in an axis of its own
unit on an artist labelled `POINTS`, so that what is drawn can be read back and compared with
`Chart.points`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from hhanalytics.present import fonts
from hhanalytics.present.charts import (
    Chart,
    RangeParts,
    below_line,
    from_structure,
    label_before,
    range_marks,
    range_parts,
    share_marks,
    spans,
)
from hhanalytics.present.theme import (
    ACCENT,
    CHART_PT,
    CHART_SMALL_PT,
    FAINT,
    HAIR,
    INK,
    PAPER,
    SOFT,
    TEXT_WIDTH_MM,
    TINT,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MM: Final = 1 / 25.4
ROW_MM: Final = 7.2
HEAD_MM: Final = 5.0
GAP_MM: Final = 3.0
LABEL_MM: Final = 52.0
PLOT_MM: Final = 25.0
#: A panel of small multiples: its heading, a line of its sentence, its plot, its ticks; the gap to the next.
PANEL_MM: Final = {"head": 11.0, "line": 3.4, "plot": 15.5, "foot": 6.2, "gap": 7.0}
#: Label of the artists that carry the chart's numbers.
POINTS: Final = "points"
#: What the drawings rely on, so that a user's matplotlibrc changes nothing.
SETTINGS: Final[Any] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "hhanalytics",
    "hatch.linewidth": 0.6,
    "hatch.color": FAINT,
    "path.simplify": False,
    "axes.unicode_minus": True,
}
#: No time of making, no name of a tool: same chart, same bytes.
METADATA: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}


def draw_svg(chart: Chart, width_mm: float = TEXT_WIDTH_MM) -> str:
    """The chart as an SVG document of the given width; its title and notes stand outside it."""
    return _draw_svg(fonts.drawable(json.dumps(chart.structure(), sort_keys=True, ensure_ascii=False)), width_mm)


@lru_cache(maxsize=64)
def _draw_svg(structure: str, width_mm: float) -> str:
    # Cached, because the notebook, the page and the PDF each ask for the same drawing.
    with mpl.rc_context(SETTINGS):
        out = BytesIO()
        canvas: Any = FigureCanvasSVG(draw(from_structure(json.loads(structure)), width_mm))
        canvas.print_svg(out, metadata=METADATA)
    return out.getvalue().decode("utf-8")


def draw(chart: Chart, width_mm: float = TEXT_WIDTH_MM) -> Figure:
    """The chart as a matplotlib figure."""
    figure = _DRAWINGS[chart.kind](chart, width_mm)
    for axes in figure.axes:
        for artist in (*axes.lines, *axes.patches):
            # Half a mark may stand outside its axis.
            artist.set_clip_on(False)
    return figure


# Rows: ranges, bars and dumbbells


def _ranges(chart: Chart, width_mm: float) -> Figure:
    rows, unit = chart.data["rows"], chart.data.get("unit_text", "")
    figure, axes = _row_axes(chart, width_mm, [row["text"] for row in rows], head_mm=HEAD_MM if unit else 0)
    _write(axes, 0, -0.82, unit, size=CHART_SMALL_PT, colour=SOFT)
    for y, row in enumerate(rows):
        known = [row[name] for name in range_marks(row)]
        if known:
            _draw_range(axes, y, range_parts(row))
            _write(axes, max(known), y, row["text"], shift=7)
        else:
            _write(axes, 0, y, chart.data.get("missing_text", ""), shift=5, colour=SOFT, font=fonts.ITALIC)
    return figure


def _draw_range(axes: Axes, y: int, parts: RangeParts) -> None:
    if parts.hatched_to is not None:
        # How far down is unknown: hatched.
        axes.barh(y, parts.hatched_to, height=0.46, zorder=2, **_HATCHED)
    if parts.span:
        axes.plot(parts.span, (y, y), color=TINT, linewidth=9.4, solid_capstyle="butt", zorder=3, label=POINTS)
    for value in parts.ends:
        axes.plot(value, y, "|", color=ACCENT, markersize=12, markeredgewidth=2.2, zorder=4, label=POINTS)
    for value in parts.dots:
        axes.plot(value, y, color=ACCENT, zorder=5, label=POINTS, **_DOT)


_HATCHED: Final[dict[str, Any]] = {"facecolor": PAPER, "edgecolor": FAINT, "hatch": "//////", "linewidth": 0}
_DOT: Final[dict[str, Any]] = {"marker": "o", "markersize": 6.5}
_RING: Final[dict[str, Any]] = {
    "marker": "o",
    "markersize": 6,
    "markerfacecolor": PAPER,
    "markeredgecolor": INK,
    "markeredgewidth": 1.2,
}


def _shares(chart: Chart, width_mm: float) -> Figure:
    rows, unit = chart.data["rows"], chart.data.get("unit_text", "")
    figure, axes = _row_axes(chart, width_mm, [row["text"] for row in rows], head_mm=HEAD_MM if unit else 0)
    _write(axes, 0, -0.82, unit, size=CHART_SMALL_PT, colour=SOFT)
    bars = {"possible": {**_HATCHED, "zorder": 2}, "known": {"color": TINT, "zorder": 3}}
    for y, row in enumerate(rows):
        marks = share_marks(row)
        for name in marks:
            if name == "cost":
                axes.plot(row[name], y, color=ACCENT, zorder=5, label=POINTS, **_DOT)
                continue
            (bar,) = axes.barh(y, row[name], height=0.46, **bars[name])
            bar.set_label(POINTS)
        if marks:
            _write(axes, max(row[name] for name in marks), y, row["text"], shift=7)
        else:
            _write(axes, 0, y, chart.data.get("missing_text", ""), shift=5, colour=SOFT, font=fonts.ITALIC)
    return figure


def _bars(chart: Chart, width_mm: float) -> Figure:
    rows = chart.data["rows"]
    figure, axes = _row_axes(chart, width_mm, [row["text"] for row in rows])
    for y, row in enumerate(rows):
        if row["value"] is None:
            _write(axes, 0, y, row["text"], shift=5, colour=SOFT, font=fonts.ITALIC)
            continue
        (bar,) = axes.barh(y, row["value"], height=0.46, color=ACCENT, zorder=2)
        bar.set_label(POINTS)
        _write(axes, max(row["value"], 0), y, row["text"], shift=6)
    return figure


def _dumbbell(chart: Chart, width_mm: float) -> Figure:
    data, rows = chart.data, chart.data["rows"]
    columns = (
        ("before_text", data["before_label"], _RING),
        ("after_text", data["after_label"], {**_DOT, "color": ACCENT}),
        ("change_text", data.get("change_label", ""), None),
    )
    widths = [
        max(_width_mm(head) + (2.5 if mark else 0), *(_width_mm(row[name], fonts.SEMIBOLD) for row in rows))
        for name, head, mark in columns
    ]
    right = sum(widths) + 2 * GAP_MM * len(widths)
    figure, axes = _row_axes(chart, width_mm, [], head_mm=HEAD_MM, right_mm=right)
    for y, row in enumerate(rows):
        before, after = row["before"], row["after"]
        if before is not None and after is not None:
            axes.plot([before, after], [y, y], color=FAINT, linewidth=1.8, zorder=2)
        if before is not None:
            axes.plot(before, y, zorder=3, label=POINTS, **_RING)
        if after is not None:
            axes.plot(after, y, color=ACCENT, zorder=4, label=POINTS, **_DOT)
    edge = width_mm - right
    for (name, head, mark), width in zip(columns, widths, strict=True):
        edge += width + 2 * GAP_MM
        x = _across(axes, edge, width_mm)
        _write(axes, x, -0.82, head, anchor="right", size=CHART_SMALL_PT, colour=SOFT, of_width=True)
        if mark:
            # The heads of the columns are the legend.
            beside = _across(axes, edge - _width_mm(head, size=CHART_SMALL_PT) - 1.8, width_mm)
            axes.plot(beside, -0.82, transform=axes.get_yaxis_transform(), **{**mark, "markersize": 5})
        font = fonts.REGULAR if mark else fonts.SEMIBOLD
        for y, row in enumerate(rows):
            _write(axes, x, y, row[name], anchor="right", font=font, of_width=True)
    return figure


def _row_axes(
    chart: Chart, width_mm: float, texts: list[str], *, head_mm: float = 0.0, right_mm: float = 0.0
) -> tuple[Figure, Axes]:
    """One axis with a row per label: labels at the left edge, room for texts on the right."""
    rows = chart.data["rows"]
    labels = [fonts.wrapped(row["label"], LABEL_MM * MM * 72, CHART_PT) for row in rows]
    left = max(_width_mm(line) for lines in labels for line in lines) + 2 * GAP_MM
    right = right_mm or max((_width_mm(text) for text in texts), default=0) + 1.5 * GAP_MM
    height = head_mm + ROW_MM * len(rows)
    figure = Figure(figsize=(width_mm * MM, height * MM))
    figure.patch.set_alpha(0)
    # However long the texts are, something is left to draw in.
    across = max(width_mm - left - right, PLOT_MM)
    axes = figure.add_axes((left / width_mm, 0, across / width_mm, 1 - head_mm / height))
    axes.set_axis_off()
    values = [point.value for point in chart.points()]
    axes.set_xlim(min([0, *values]), max([0, *values]) or 1)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    edges = _across(axes, 0, width_mm), _across(axes, width_mm, width_mm)
    for y in range(len(rows)):
        if y:
            axes.plot(edges, (y - 0.5, y - 0.5), color=HAIR, linewidth=0.6, transform=axes.get_yaxis_transform())
        _write(axes, edges[0], y, "\n".join(labels[y]), of_width=True)
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=6)
    return figure, axes


def _across(axes: Axes, place_mm: float, width_mm: float) -> float:
    """A place measured from the left edge of the paper, as a share of the axis' width."""
    box = axes.get_position()
    return float((place_mm / width_mm - box.x0) / box.width)


# Small multiples


def _small_multiples(chart: Chart, width_mm: float) -> Figure:
    panels, gap = chart.data["panels"], PANEL_MM["gap"]
    columns = min(3, len(panels))
    cell = (width_mm - gap * (columns - 1)) / columns
    sentences = [fonts.wrapped(panel["sentence"], cell * MM * 72, CHART_SMALL_PT) for panel in panels]
    head = PANEL_MM["head"] + PANEL_MM["line"] * max(map(len, sentences))
    step = head + PANEL_MM["plot"] + PANEL_MM["foot"]
    height = step * -(-len(panels) // columns)
    figure = Figure(figsize=(width_mm * MM, height * MM))
    figure.patch.set_alpha(0)
    for number, panel in enumerate(panels):
        left, top = (number % columns) * (cell + gap), (number // columns) * step
        texts = [(panel["label"], fonts.SEMIBOLD, CHART_PT, INK)]
        texts += [(text, fonts.REGULAR, CHART_SMALL_PT, SOFT) for text in sentences[number]]
        for line, (text, font, size, colour) in enumerate(texts):
            baseline = 1 - (top + 3 + PANEL_MM["line"] * line) / height
            figure.text(left / width_mm, baseline, text, parse_math=False, **_style(font, size, colour))
        bottom = 1 - (top + head + PANEL_MM["plot"]) / height
        box = ((left + 0.5) / width_mm, bottom, (cell - 7) / width_mm, PANEL_MM["plot"] / height)
        _draw_panel(figure.add_axes(box), panel, chart.data)
    return figure


def _draw_panel(axes: Axes, panel: dict[str, Any], data: dict[str, Any]) -> None:
    points = panel["points"]
    last = len(points) - 1
    axes.set_axis_off()
    axes.set_xlim(0, max(last, 1))
    axes.set_ylim(0, max([point["value"] for point in points if point["value"] is not None] + [1]))
    axes.axhline(0, color=SOFT, linewidth=0.7)
    for x, point in enumerate(points):
        if point["month"] in data["ticks"]:
            anchor = "center" if x else "left"
            _write(axes, x, 0, point["tick"], rise=-8, anchor=anchor, size=CHART_SMALL_PT, colour=SOFT)
    for start, stop, breaks in spans(panel, data["breaks"]):
        values = [float("nan") if point["value"] is None else point["value"] for point in points[start:stop]]
        axes.plot(range(start, stop), values, color=ACCENT, linewidth=1.6, solid_capstyle="round", label=POINTS)
        _label_ends(axes, points, start, stop)
        if breaks:
            pair = [point["value"] for point in points[start - 1 : start + 1]]
            if None not in pair:
                axes.plot([start - 1, start], pair, color=FAINT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            axes.axvline(start - 0.5, color=FAINT, linewidth=0.6, ymax=1.4)
            anchor, shift = ("right", -3) if label_before(start, len(points)) else ("left", 3)
            top, size = axes.get_ylim()[1], CHART_SMALL_PT - 0.5
            _write(axes, start - 0.5, top, breaks, rise=16, shift=shift, anchor=anchor, size=size, colour=SOFT)


def _label_ends(axes: Axes, points: list[dict[str, Any]], start: int, stop: int) -> None:
    last = len(points) - 1
    for x in sorted({start, stop - 1}):
        value = points[x]["value"]
        if value is None:
            continue
        axes.plot(x, value, "o", color=ACCENT, markersize=2.8)
        anchor = "right" if x == stop - 1 and x < last and x != start else "left"
        shift = 3.5 if x == last else 0 if x == 0 else 2 if anchor == "left" else -2
        rise = 0 if x == last else 7 if x == 0 else -6.5 if below_line(points, x, start, stop) else 5.5
        text = points[x].get("text", str(value))
        _write(axes, x, value, text, shift=shift, rise=rise, anchor=anchor, size=CHART_SMALL_PT)


# Text


def _style(font: Path, size: float, colour: str) -> dict[str, Any]:
    return {"fontproperties": FontProperties(fname=str(font), size=size), "color": colour}


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    shift: float = 0,
    rise: float = 0,
    anchor: str = "left",
    size: float = CHART_PT,
    colour: str = INK,
    font: Path = fonts.REGULAR,
    of_width: bool = False,
) -> None:
    """Text at a place of the axis, moved by points; with ``of_width`` x is a share of the axis' width."""
    axes.annotate(
        text,
        (x, y),
        (shift, rise),
        xycoords=axes.get_yaxis_transform() if of_width else "data",
        textcoords="offset points",
        annotation_clip=False,
        horizontalalignment=anchor,
        verticalalignment="center" if "\n" in text else "center_baseline",
        linespacing=1.0,
        parse_math=False,
        zorder=8,
        **_style(font, size, colour),
    )


def _width_mm(text: str, font: Path = fonts.REGULAR, size: float = CHART_PT) -> float:
    return fonts.text_width(text, size, font) / 72 * 25.4


_DRAWINGS: Final = {
    "ranges": _ranges,
    "shares": _shares,
    "bars": _bars,
    "dumbbell": _dumbbell,
    "small_multiples": _small_multiples,
}
