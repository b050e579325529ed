"""Small multiples on screen: one, two or three columns of panels by width."""

from __future__ import annotations

from typing import Any, Final

from hhanalytics.present import fonts
from hhanalytics.present.charts import Chart, below_line, label_before, spans
from hhanalytics.present.plotly_parts import POINTS, Part, annotation, axis, figure_of, layout_of, rule, styled, trace
from hhanalytics.present.theme import ACCENT, CHART_PX, CHART_SMALL_PX, FAINT, SOFT

#: Layout → columns, and the least width that the layout is shown at, by which sentences are broken.
COLUMNS: Final = {"narrow": (1, 270), "medium": (2, 480), "wide": (3, 680)}
GAP_PX: Final = 34
HEAD_PX: Final = 74
LINE_PX: Final = 17
PLOT_PX: Final = 96
FOOT_PX: Final = 44
#: How far above the highest value a break reaches, so that its label clears the values.
RISE: Final = 1.45
#: Room at a panel's right for the last value.
END_PX: Final = 34


def draw_panels(chart: Chart) -> Part:
    """Small multiples as a plotly figure."""
    data = [part for number, panel in enumerate(chart.data["panels"]) for part in _traces(chart, number, panel)]
    return figure_of(data, {name: _layout(chart, columns, least) for name, (columns, least) in COLUMNS.items()})


def _axes(number: int) -> tuple[str, str]:
    return (f"x{number + 1}", f"y{number + 1}") if number else ("x", "y")


def _traces(chart: Chart, number: int, panel: dict[str, Any]) -> list[Part]:
    points = panel["points"]
    place = dict(zip(("xaxis", "yaxis"), _axes(number), strict=True))
    out: list[Part] = []
    for start, stop, label in spans(panel, chart.data["breaks"]):
        pair = [point["value"] for point in points[start - 1 : start + 1]] if label else [None]
        if None not in pair:
            dashed = {"color": FAINT, "width": 1.5, "dash": "3px,3px"}
            out.append(trace("lines", [start - 1, start], pair, None, line=dashed, **place))
        part = points[start:stop]
        sizes = [6 if x in (0, len(part) - 1) else 0.01 for x in range(len(part))]
        said = [f"{panel['label']}, {point['tick']}: {_text(point)}" for point in part]
        style = {
            "line": {"color": ACCENT, "width": 2.5},
            "marker": {"color": ACCENT, "size": sizes, "opacity": 1, "line": {"width": 0}},
        }
        values = [point["value"] for point in part]
        out.append(trace("lines+markers", list(range(start, stop)), values, list(said), meta=POINTS, **style, **place))
    return out


def _layout(chart: Chart, columns: int, least: int) -> Part:
    panels = chart.data["panels"]
    columns = min(columns, len(panels))
    cell = (least - GAP_PX * (columns - 1)) / columns
    sentences = [fonts.wrapped(panel["sentence"], cell, CHART_SMALL_PX) for panel in panels]
    head = HEAD_PX + LINE_PX * max(map(len, sentences))
    step, lines = head + PLOT_PX + FOOT_PX, -(-len(panels) // columns)
    height, share = step * lines, GAP_PX / least
    axes: dict[str, Part] = {}
    notes: list[Part] = []
    rules: list[Part] = []
    for number, panel in enumerate(panels):
        x, y = _axes(number)
        column, line = number % columns, number // columns
        left = column * (1 + share) / columns
        right = left + (1 - share * (columns - 1)) / columns
        top = 1 - (line * step + head) / height
        values = [point["value"] for point in panel["points"] if point["value"] is not None]
        domain = [left, right - END_PX / least]
        axes[f"xaxis{x[1:]}"] = axis(0, max(len(panel["points"]) - 1, 1), domain=domain, anchor=y)
        axes[f"yaxis{y[1:]}"] = axis(0, max([*values, 1]), domain=[top - PLOT_PX / height, top], anchor=x)
        notes += _heading(panel, sentences[number], x, y, head)
        notes += _ticks(panel, chart.data["ticks"], x, y)
        notes += _values(panel, chart.data["breaks"], x, y)
        across: Part = {"xref": f"{x} domain", "x0": 0, "x1": 1, "yref": y, "y0": 0, "y1": 0}
        rules.append(rule(SOFT, 1.2, **across))
        for start, _, label in spans(panel, chart.data["breaks"]):
            if label:
                place: Part = {
                    "xref": x,
                    "x0": start - 0.5,
                    "x1": start - 0.5,
                    "yref": f"{y} domain",
                    "y0": 0,
                    "y1": RISE,
                }
                rules.append(rule(FAINT, **place))
                notes.append(_break_label(panel, start, label, x, y))
    margin = {"l": 4, "r": 0, "t": 0, "b": 0}
    return layout_of(height, margin, notes, rules, **axes)


def _heading(panel: dict[str, Any], sentence: list[str], x: str, y: str, head: float) -> list[Part]:
    place: Part = {"xref": f"{x} domain", "x": 0, "xanchor": "left", "yref": f"{y} domain", "y": 1, "yanchor": "top"}
    label = annotation(panel["label"], size=CHART_PX, yshift=head - 4, xshift=-4, **place)
    below = annotation("\n".join(sentence), size=CHART_SMALL_PX, colour=SOFT, yshift=head - 25, xshift=-4, **place)
    return [styled(label, "b"), below]


def _ticks(panel: dict[str, Any], ticks: list[str], x: str, y: str) -> list[Part]:
    place: Part = {"xref": x, "yref": y, "y": 0, "yanchor": "top", "yshift": -3}
    return [
        annotation(p["tick"], size=CHART_SMALL_PX, colour=SOFT, x=at, xanchor="center" if at else "left", **place)
        for at, p in enumerate(panel["points"])
        if p["month"] in ticks
    ]


def _values(panel: dict[str, Any], breaks: list[dict[str, str]], x: str, y: str) -> list[Part]:
    """The first and last value of every unbroken part."""
    points, out = panel["points"], []
    last = len(points) - 1
    for start, stop, _ in spans(panel, breaks):
        for at in sorted({start, stop - 1}):
            if points[at]["value"] is None:
                continue
            place: Part = {"xref": x, "x": at, "yref": y, "y": points[at]["value"]}
            if at == last:
                place |= {"xanchor": "left", "xshift": 7, "yanchor": "middle"}
            else:
                below = below_line(points, at, start, stop)
                place |= {"xanchor": "right" if at == stop - 1 and at != start else "left"}
                place |= {"xshift": 0 if at == 0 else 3 if place["xanchor"] == "left" else -1}
                place |= {"yanchor": "top", "yshift": -4} if below else {"yanchor": "bottom", "yshift": 4}
            out.append(annotation(_text(points[at]), size=CHART_SMALL_PX, **place))
    return out


def _break_label(panel: dict[str, Any], start: int, label: str, x: str, y: str) -> Part:
    before = label_before(start, len(panel["points"]))
    side: Part = {"xanchor": "right", "xshift": -4} if before else {"xanchor": "left", "xshift": 4}
    place: Part = {"xref": x, "x": start - 0.5, "yref": f"{y} domain", "y": RISE, "yanchor": "top"}
    return annotation(label, size=CHART_SMALL_PX - 1, colour=SOFT, **place, **side)


def _text(point: dict[str, Any]) -> str:
    return str(point.get("text", point["value"]))
