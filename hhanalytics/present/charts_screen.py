"""Charts on screen: plotly figures as JSON, one set of data and a layout for each width.

Every text comes from the chart, so no number is formatted by the reader's browser. Traces that carry
the chart's numbers have ``meta`` set to `POINTS`, so that what is drawn can be read back and compared
with `Chart.points`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hhanalytics.present import fonts
from hhanalytics.present.charts import Chart, range_marks, range_parts, share_marks
from hhanalytics.present.charts_screen_panels import draw_panels
from hhanalytics.present.plotly_parts import POINTS, Part, annotation, axis, figure_of, layout_of, rule, styled, trace
from hhanalytics.present.theme import ACCENT, CHART_PX, CHART_SMALL_PX, FAINT, HAIR, INK, PAPER, SOFT, TINT

LABEL_PX: Final = 230
ROW_PX: Final = 36
HEAD_PX: Final = 26
GAP_PX: Final = 14
RIGHT_PX: Final = {"narrow": 150, "wide": 470}
#: In a narrow chart a row's label stands above its marks, and a dumbbell's texts below them.
NARROW_ROW_PX: Final = {"ranges": 66, "shares": 88, "bars": 66, "dumbbell": 86}

_DOT: Final[Part] = {"symbol": "circle", "size": 11, "color": ACCENT, "opacity": 1}
_RING: Final[Part] = {"symbol": "circle", "size": 10, "color": PAPER, "opacity": 1, "line": {"color": INK, "width": 2}}
_HATCHED: Final[Part] = {
    "color": PAPER,
    "line": {"width": 0},
    "pattern": {"shape": "/", "fgcolor": FAINT, "bgcolor": PAPER, "size": 7, "solidity": 0.2},
}
_END: Final[Part] = {
    "symbol": "line-ns-open",
    "size": 19,
    "color": ACCENT,
    "opacity": 1,
    "line": {"color": ACCENT, "width": 4},
}


def draw_plotly(chart: Chart) -> dict[str, Any]:
    """The chart as a plotly figure.

    Returns:
        ``data``; ``layouts``, by name the layout and the width ``below`` which it holds; ``heights`` of
        the layouts in pixels; ``config``.
    """
    return _DRAWINGS[chart.kind](chart)


def _ranges(chart: Chart) -> Part:
    rows = chart.data["rows"]
    hatched: list[tuple[int, float]] = []
    spans_x: list[float | None] = []
    spans_y: list[int | None] = []
    ends: list[tuple[int, float, str]] = []
    dots: list[tuple[int, float, str]] = []
    for y, row in enumerate(rows):
        parts, said = range_parts(row), f"{row['label']}: {row['text']}"
        if parts.hatched_to is not None:
            hatched.append((y, parts.hatched_to))
        if parts.span:
            spans_x += [*parts.span, None]
            spans_y += [y, y, None]
        ends += [(y, value, said) for value in parts.ends]
        dots += [(y, value, said) for value in parts.dots]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [value for _, value in hatched],
            "y": [y for y, _ in hatched],
            "width": 0.46,
            "hoverinfo": "skip",
            "marker": _HATCHED,
        },
        trace("lines", spans_x, spans_y, None, line={"color": TINT, "width": 16}, meta=POINTS),
        _markers(ends, _END),
        _markers(dots, _DOT),
    ]
    texts = [
        (y, max((row[name] for name in range_marks(row)), default=None), row["text"]) for y, row in enumerate(rows)
    ]
    return _with_rows(chart, data, texts, head=chart.data.get("unit_text", ""))


def _shares(chart: Chart) -> Part:
    rows = list(enumerate(chart.data["rows"]))
    data = []
    for name, style in (("possible", _HATCHED), ("known", {"color": TINT, "line": {"width": 0}})):
        drawn = [(y, row) for y, row in rows if name in share_marks(row)]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [row[name] for _, row in drawn],
                "y": [y for y, _ in drawn],
                # Low enough for a label above it where the chart is narrow.
                "width": 0.3,
                "marker": style,
                "hoverinfo": "skip",
                "meta": POINTS,
            }
        )
    marks = [(y, row["cost"], f"{row['label']}: {row['text']}") for y, row in rows if "cost" in share_marks(row)]
    data.append(_markers(marks, _DOT))
    texts = [(y, max((row[n] for n in share_marks(row)), default=None), row["text"]) for y, row in rows]
    figure = _with_rows(chart, data, texts, head=chart.data.get("unit_text", ""))
    figure["layouts"]["narrow"]["layout"] = _shares_narrow(chart)
    for layout in figure["layouts"].values():
        # One bar lies over the other.
        layout["layout"]["barmode"] = "overlay"
    return figure


def _shares_narrow(chart: Chart) -> Part:
    layout = _row_layout(chart, narrow=True, right=GAP_PX, head=HEAD_PX)
    place: Part = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom"}
    head = annotation(chart.data.get("unit_text", ""), size=CHART_SMALL_PX, colour=SOFT, **place)
    layout["annotations"].append(head)
    for y, row in enumerate(chart.data["rows"]):
        text = row["text"] if share_marks(row) else chart.data.get("missing_text", "")
        layout["annotations"].append(annotation(text, size=CHART_SMALL_PX + 1, colour=SOFT, **_at(0, y, 0, -25)))
    return layout


def _bars(chart: Chart) -> Part:
    rows = list(enumerate(chart.data["rows"]))
    drawn = [(y, row) for y, row in rows if row["value"] is not None]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [row["value"] for _, row in drawn],
        "y": [y for y, _ in drawn],
        "width": 0.46,
        "marker": {"color": ACCENT, "line": {"width": 0}},
        "hoverinfo": "skip",
        "meta": POINTS,
    }
    texts = [(y, None if row["value"] is None else max(row["value"], 0), row["text"]) for y, row in rows]
    return _with_rows(chart, [bars], texts)


def _dumbbell(chart: Chart) -> Part:
    rows = list(enumerate(chart.data["rows"]))
    lines_x: list[float | None] = []
    lines_y: list[int | None] = []
    for y, row in rows:
        if row["before"] is not None and row["after"] is not None:
            lines_x += [row["before"], row["after"], None]
            lines_y += [y, y, None]
    data = [trace("lines", lines_x, lines_y, None, line={"color": FAINT, "width": 3})]
    for name, style in (("before", _RING), ("after", _DOT)):
        head = chart.data[f"{name}_label"]
        marks = [(y, row[name], f"{row['label']}, {head}: {row[f'{name}_text']}") for y, row in rows]
        data.append(_markers([mark for mark in marks if mark[1] is not None], style))
    return figure_of(data, {"narrow": _dumbbell_narrow(chart), "wide": _dumbbell_wide(chart)})


def _markers(marks: list[tuple[int, float, str]], style: Part) -> Part:
    values, ys, said = [mark[1] for mark in marks], [mark[0] for mark in marks], [mark[2] for mark in marks]
    return trace("markers", values, ys, list(said), marker=style, meta=POINTS)


def _with_rows(chart: Chart, data: list[Part], texts: list[tuple[int, float | None, str]], head: str = "") -> Part:
    """A figure with a text right of each row's marks, or the words for what is missing."""
    missing = chart.data.get("missing_text", "")
    right = max((_width(text) for _, value, text in texts if value is not None), default=0) + GAP_PX
    notes = []
    for y, value, text in texts:
        if value is None:
            notes.append(styled(annotation(missing or text, colour=SOFT, **_at(0, y, 8)), "i"))
        else:
            notes.append(annotation(text, **_at(value, y, 11)))
    layouts = {}
    for name in ("narrow", "wide"):
        layout = _row_layout(chart, narrow=name == "narrow", right=right, head=HEAD_PX if head else 0)
        layout["annotations"] += notes
        if head:
            place: Part = {"xref": "x", "x": 0, "yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "left"}
            layout["annotations"].append(annotation(head, size=CHART_SMALL_PX, colour=SOFT, **place))
        layouts[name] = layout
    return figure_of(data, layouts)


def _dumbbell_wide(chart: Chart) -> Part:
    data, rows = chart.data, chart.data["rows"]
    columns = (
        ("before_text", f"○ {data['before_label']}"),
        ("after_text", f"● {data['after_label']}"),
        ("change_text", data.get("change_label", "")),
    )
    widths = [max(_width(head), *(1.06 * _width(row[name]) for row in rows)) for name, head in columns]
    layout = _row_layout(chart, narrow=False, right=sum(widths) + 2 * GAP_PX * len(widths), head=HEAD_PX)
    edge = 0.0
    for (name, head), width in zip(columns, widths, strict=True):
        edge += width + 2 * GAP_PX
        place: Part = {"xref": "paper", "x": 1, "xanchor": "right", "xshift": edge}
        top = annotation(head, size=CHART_SMALL_PX, colour=SOFT, yref="paper", y=1, yanchor="bottom", **place)
        layout["annotations"].append(top)
        for y, row in enumerate(rows):
            cell = annotation(row[name], yref="y", y=y, yanchor="middle", **place)
            layout["annotations"].append(styled(cell, "b") if name == "change_text" else cell)
    return layout


def _dumbbell_narrow(chart: Chart) -> Part:
    data = chart.data
    layout = _row_layout(chart, narrow=True, right=GAP_PX, head=HEAD_PX)
    head = f"○ {data['before_label']}   ● {data['after_label']}"
    place: Part = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom"}
    layout["annotations"].append(annotation(head, size=CHART_SMALL_PX, colour=SOFT, **place))
    for y, row in enumerate(data["rows"]):
        cells = [f"○ {row['before_text']}", f"● {row['after_text']}", row["change_text"]]
        text = "   ".join(cell for cell in cells if cell)
        layout["annotations"].append(annotation(text, size=CHART_SMALL_PX + 1, colour=SOFT, **_at(0, y, 0, -23)))
    return layout


def _row_layout(chart: Chart, *, narrow: bool, right: float, head: float) -> Part:
    """Rows with their labels: at the left where there is room, above the marks where there is not."""
    rows = chart.data["rows"]
    labels = [fonts.wrapped(row["label"], LABEL_PX, CHART_PX) for row in rows]
    height: float = ROW_PX
    if narrow:
        # Marks stand in the middle of a row, so a second line of a label costs twice its height.
        height = NARROW_ROW_PX[chart.kind] + 36 * (max(map(len, labels)) - 1)
    left = 1.0 if narrow else max(_width(line) for lines in labels for line in lines) + 1.5 * GAP_PX
    values = [point.value for point in chart.points()]
    low, high = min([0, *values]), max([0, *values]) or 1
    notes, rules = [], []
    for y, lines in enumerate(labels):
        if narrow:
            part = annotation("\n".join(lines), yref="y", y=y, yanchor="bottom", yshift=14)
            notes.append(styled(part, "b") | {"xref": "paper", "x": 0, "xanchor": "left"})
        else:
            part = annotation("\n".join(lines), yref="y", y=y, yanchor="middle")
            notes.append(part | {"xref": "paper", "x": 0, "xanchor": "left", "xshift": -left - 1})
        if y and not narrow:
            rules.append(rule(HAIR, xref="paper", x0=-3, x1=3, yref="y", y0=y - 0.5, y1=y - 0.5))
        # In a narrow chart zero is marked beside the marks only, not through the texts.
        reach = 0.22 if narrow else 0.5
        rules.append(rule(SOFT, 1.2, layer="above", xref="x", x0=0, x1=0, yref="y", y0=y - reach, y1=y + reach))
    # However long the texts are, something is left to draw in.
    margin = {"l": left, "r": min(right, RIGHT_PX["narrow" if narrow else "wide"]), "t": head, "b": 2}
    return layout_of(
        head + height * len(rows) + 2,
        margin,
        notes,
        rules,
        xaxis=axis(low, high),
        yaxis=axis(len(rows) - 0.5, -0.5),
    )


def _at(x: float, y: float, shift: float, rise: float = 0) -> Part:
    return {
        "xref": "x",
        "x": x,
        "xanchor": "left",
        "xshift": shift,
        "yref": "y",
        "y": y,
        "yanchor": "middle",
        "yshift": rise,
    }


def _width(text: str) -> float:
    return fonts.text_width(text, CHART_PX)


_DRAWINGS: Final[dict[str, Callable[[Chart], Part]]] = {
    "ranges": _ranges,
    "shares": _shares,
    "bars": _bars,
    "dumbbell": _dumbbell,
    "small_multiples": draw_panels,
}
