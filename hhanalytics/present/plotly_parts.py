"""Parts of plotly figures that all charts on screen share."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from hhanalytics.present.theme import ACCENT, CHART_PX, CHART_SMALL_PX, FONT_STACK, INK, PAPER, RULE

Part = dict[str, Any]

#: ``meta`` of the traces that carry the chart's numbers.
POINTS: Final = "points"
#: Up to which width of the chart, in pixels, a layout holds. The page's CSS has the same limits.
LIMITS: Final = {"narrow": 480, "medium": 680, "wide": 100_000}
#: No toolbar, no zoom: a page is scrolled past its charts.
CONFIG: Final[Part] = {
    "displayModeBar": False,
    "displaylogo": False,
    "doubleClick": False,
    "scrollZoom": False,
    "showTips": False,
}


def plain(text: str) -> str:
    """A text that plotly shows as it stands: it reads a little HTML, and what is between dollars as mathematics.

    Example:
        >>> plain("<b> $x$")
        '&lt;b&gt; &#36;x&#36;'
    """
    return escape(text, quote=False).replace("$", "&#36;")


def figure_of(data: list[Part], layouts: dict[str, Part]) -> Part:
    """A figure: its traces, and for each width its layout and height."""
    return {
        "data": data,
        "layouts": {name: {"below": LIMITS[name], "layout": layout} for name, layout in layouts.items()},
        "heights": {name: layout["height"] for name, layout in layouts.items()},
        "config": CONFIG,
    }


def layout_of(height: float, margin: Part, annotations: list[Part], shapes: list[Part], **axes: Part) -> Part:
    """A layout without ground, grid, legend or zoom."""
    return {
        "height": round(height),
        "margin": {"pad": 0, **margin},
        "annotations": annotations,
        "shapes": shapes,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT_STACK, "size": CHART_PX, "color": INK},
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": ACCENT,
            "font": {"family": FONT_STACK, "size": CHART_SMALL_PX + 1, "color": INK},
            "align": "left",
        },
        **axes,
    }


def axis(low: float, high: float, **more: Any) -> Part:
    """An axis that only places; its texts are annotations."""
    return {"range": [low, high], "visible": False, "fixedrange": True, **more}


def annotation(text: str, *, size: int = CHART_PX, colour: str = INK, **place: Any) -> Part:
    """A text at a place. plotly reads a little HTML in texts, so they are escaped."""
    return {
        "text": "<br>".join(map(plain, text.split("\n"))),
        "showarrow": False,
        "font": {"size": size, "color": colour},
        "align": "left",
        "borderpad": 0,
        **place,
    }


def styled(part: Part, tag: str) -> Part:
    """An annotation in ``b`` or ``i``."""
    return {**part, "text": f"<{tag}>{part['text']}</{tag}>"}


def rule(colour: str = RULE, width: float = 1, *, layer: str = "below", **place: Any) -> Part:
    """A line that is no data."""
    return {"type": "line", "layer": layer, "line": {"color": colour, "width": width}, **place}


def trace(mode: str, x: list[Any], y: list[Any], texts: list[str | None] | None, **style: Any) -> Part:
    """A scatter trace with given hover texts, or without hover."""
    hover = {"hovertext": [text and plain(text) for text in texts], "hoverinfo": "text"} if texts else {}
    return {"type": "scatter", "mode": mode, "x": x, "y": y, "cliponaxis": False, "hoverinfo": "skip", **hover, **style}
