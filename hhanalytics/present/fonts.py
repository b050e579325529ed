"""The typeface of both media, taken from the font package and never from a copied file."""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import font_source_sans_pro
from fontTools.ttLib import TTFont

from hhanalytics.present.kept import kept
from hhanalytics.present.theme import FONT

FOLDER: Final = Path(font_source_sans_pro.font_directory)
REGULAR: Final = FOLDER / "SourceSansPro-Regular.ttf"
ITALIC: Final = FOLDER / "SourceSansPro-It.ttf"
SEMIBOLD: Final = FOLDER / "SourceSansPro-Semibold.ttf"

#: (file, CSS weight, CSS style) of the faces that briefs use.
FACES: Final = ((REGULAR, 400, "normal"), (ITALIC, 400, "italic"), (SEMIBOLD, 600, "normal"))

#: How the faces are cut down; what differs here is another face, also where one is kept on disk.
CUT: Final[dict[str, Any]] = {
    "flavor": "woff",
    "hinting": False,
    "layout_features": ["kern", "liga", "ccmp", "locl", "mark", "mkmk"],
}

#: Dashes, quotes, minus, arrows and spaces beyond the Latin alphabets.
_SIGNS: Final = "‐‑‒–—‘’‚“”„•…′″€←↑→↓−≈≤≥○●\u2009\u200a\u202f"
#: Basic Latin, Latin-1 and Latin Extended-A (Sámi names), and what numbers and quotes are set with.
CHARACTERS: Final[frozenset[int]] = frozenset([*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, _SIGNS)])


def glyphs(path: Path = REGULAR) -> frozenset[int]:
    """The code points a face can draw.

    Example:
        >>> {0x202F, 0x2212} <= glyphs()
        True
    """
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawable(text: str) -> str:
    """A text with a box for each sign that the typeface cannot draw, so that its absence is seen.

    Example:
        >>> drawable("Å 田")
        'Å ?'
    """
    return text.translate(_undrawable())


class _Undrawable(dict[int, str]):
    """Code point → what is drawn instead."""

    def __missing__(self, code: int) -> str:
        sign = chr(code) if code in _drawn() else "?"
        # Kept: a brief has some forty different signs, and half a million in all.
        self[code] = sign
        return sign


@cache
def _undrawable() -> _Undrawable:
    return _Undrawable()


@cache
def _drawn() -> frozenset[int]:
    return frozenset.intersection(*(glyphs(path) for path, _, _ in FACES))


def text_width(text: str, size: float, path: Path = REGULAR) -> float:
    """The width of a line of text, in the unit of its size.

    Both drawings leave room for their texts by it; unlike a drawing library it needs no picture.

    Example:
        >>> 35 < text_width("kommune", 10) < 45
        True
    """
    widths, unknown, per_em = _advances(path)
    return sum(widths.get(ord(sign), unknown) for sign in text) * size / per_em


@cache
def _advances(path: Path) -> tuple[dict[int, int], int, int]:
    with TTFont(path, lazy=True) as font:
        metrics = font["hmtx"].metrics
        widths = {code: metrics[name][0] for code, name in font.getBestCmap().items()}
        return widths, metrics[".notdef"][0], font["head"].unitsPerEm


def wrapped(text: str, width: float, size: float, path: Path = REGULAR) -> list[str]:
    """Lines of a text that are no wider than a width; a longer word stands alone.

    Example:
        >>> wrapped("a text of words", 30, 10)
        ['a text', 'of', 'words']
    """
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, path) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def css_font_faces() -> str:
    """``@font-face`` rules with the faces as base64 WOFF, cut down to the characters of a brief.

    The same package gives the same bytes: no time of making is written into the faces.
    """
    return "\n".join(_font_face(path, weight, style) for path, weight, style in FACES)


def _font_face(path: Path, weight: int, style: str) -> str:
    encoded = base64.b64encode(_kept_subset(path)).decode("ascii")
    return (
        f'@font-face {{ font-family: "{FONT}"; font-weight: {weight}; font-style: {style}; font-display: swap; '
        f'src: url("data:font/woff;base64,{encoded}") format("woff"); }}'
    )


def _kept_subset(path: Path) -> bytes:
    """The cut face, kept on disk: cutting three takes longer than making the rest of a page."""
    made_with = [version("fonttools"), zlib.ZLIB_RUNTIME_VERSION, CUT, sorted(CHARACTERS)]
    key = sha256(json.dumps(made_with).encode() + path.read_bytes()).hexdigest()
    return kept(f"{path.stem}-{key[:32]}.woff", lambda: _subset(path))


def _subset(path: Path) -> bytes:
    # Imported when needed: mostly the cut face is at hand.
    from fontTools.subset import Options, Subsetter

    options = Options(**CUT)
    with TTFont(path, recalcTimestamp=False) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=CHARACTERS & frozenset(font.getBestCmap()))
        subsetter.subset(font)
        font.flavor = "woff"
        out = BytesIO()
        font.save(out, reorderTables=None)
    return out.getvalue()
