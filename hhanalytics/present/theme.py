"""One look for screen and paper: colours, sizes, and how a chart is measured out.

Colours are few on purpose: ink, two greys, one accent and its tints. Everything that carries meaning
differs in lightness or pattern too, so that a black and white copy says the same.
"""

from __future__ import annotations

from typing import Final

FONT: Final = "Source Sans Pro"
FONT_STACK: Final = '"Source Sans Pro", "Source Sans 3", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

#: Name → colour. Text in ``ink``, ``soft`` or ``accent`` has a contrast of at least 7:1 on white.
COLOURS: Final[dict[str, str]] = {
    "ink": "#1b2226",
    "soft": "#4e575c",
    "faint": "#8a9499",
    "rule": "#c8ced1",
    "hair": "#e4e8e9",
    "paper": "#ffffff",
    "accent": "#0a4f57",
    "tint": "#9dbcbf",
    "wash": "#eef4f4",
}
INK: Final = COLOURS["ink"]
SOFT: Final = COLOURS["soft"]
FAINT: Final = COLOURS["faint"]
RULE: Final = COLOURS["rule"]
HAIR: Final = COLOURS["hair"]
PAPER: Final = COLOURS["paper"]
ACCENT: Final = COLOURS["accent"]
TINT: Final = COLOURS["tint"]

#: Width of the text column on A4, in millimetres.
TEXT_WIDTH_MM: Final = 158.0
#: Type sizes on paper, in points.
BODY_PT: Final = 10.5
CHART_PT: Final = 8.5
CHART_SMALL_PT: Final = 7.5
#: Type sizes on screen, in pixels.
CHART_PX: Final = 15
CHART_SMALL_PX: Final = 13


def contrast(first: str, second: str) -> float:
    """The WCAG contrast ratio of two colours written ``#rrggbb``.

    Source:
        Web Content Accessibility Guidelines 2.1, definition of contrast ratio.

    Example:
        >>> round(contrast("#000000", "#ffffff"))
        21
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def css_variables() -> str:
    """The colours as CSS custom properties.

    Example:
        >>> "--accent: #0a4f57;" in css_variables()
        True
    """
    lines = [f"--{name}: {colour};" for name, colour in COLOURS.items()]
    return ":root { " + " ".join([*lines, f"--font: {FONT_STACK};"]) + " }"
