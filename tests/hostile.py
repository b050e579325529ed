"""Strings that somebody might put into data to fool whatever reads them; made here, some six hundred."""

from __future__ import annotations

from itertools import product
from typing import Final

#: A word that is in every string, so that it can be found again.
WORD: Final = "naughty"

_MARKUP = (
    "<script>{w}</script>", "<img src=x onerror={w}>", "<svg/onload={w}>", "</script><script>{w}</script>", "<!--{w}-->",
    "<![CDATA[{w}]]>", "<iframe src=javascript:{w}>", "<a href='javascript:{w}'>", "<style>*{{{w}}}</style>", "</style>{w}",
    "<math><mtext>{w}", "<details open ontoggle={w}>", "<base href=//{w}>", "<meta http-equiv=refresh content=0;{w}>",
    "<form action=//{w}><input>", "<object data={w}>", "<embed src={w}>", "<link rel=stylesheet href=//{w}>", "<b>{w}", "<p {w}",
    "]]>{w}", "<?xml {w}?>", "<!DOCTYPE {w}>", "<!ENTITY x '{w}'>", "&{w};", "&#x3C;{w}&#x3E;", "&lt;{w}", "<<{w}>>",
)  # fmt: skip
_TEMPLATES = (
    "{{{{ {w} }}}}", "{{% {w} %}}", "{{# {w} #}}", "${{{w}}}", "#{{{w}}}", "<%= {w} %>", "%({w})s", "{{{w}!r}}", "{{0.__class__.{w}}}",
    "$({w})", "`{w}`", "#panic({w})", "#import \"{w}\"", "#let {w} = 1", "\\input{{{w}}}", "$\\frac{{{w}}}{{0}}$", "*{w}*", "_{w}_",
    "[{w}](javascript:x)", "![{w}](x)", "@{w}", "== {w}", "- {w}", "+ {w}", "/ {w}: x", "~{w}~", "\\u{{{w}}}", "$$ {w} $$", "[bold]{w}[/bold]",
    "[link=x]{w}", ":{w}:", "%{w}%", "%s{w}%n", "{{{w}", "}}{w}{{",
)  # fmt: skip
_CODE = (
    "'; {w} #", "\"; {w} #", "'''{w}", '"""{w}', "\\'{w}", "\\\\\"{w}", "{w}\\", "__import__('os').system('{w}')", "0 or {w}()",
    "'; DROP TABLE {w}; --", "' OR 1=1 -- {w}", "; ls {w}", "| {w}", "&& {w}", "> {w}", "$HOME {w}", "%APPDATA% {w}", "!{w}", "%run {w}",
    "constructor.{w}", "__proto__ {w}", "undefined {w}", "null {w}", "NaN {w}", "Infinity {w}", "true {w}", "1e400 {w}", "0x41 {w}", "-0 {w}",
)  # fmt: skip
_FORMULAS = (
    "={w}()", "=1+1 {w}", "+{w}", "-{w}", "@SUM({w})", "=cmd|'/c {w}'!A0", "=HYPERLINK(\"//{w}\")", "=IMPORTXML({w})", "\t={w}", "\r={w}",
    "=DDE(\"{w}\")", "+cmd|{w}", "-2+3+cmd|{w}", "@{w}", "＝{w}",
)  # fmt: skip
_PATHS = (
    "../../{w}",
    "..\\..\\{w}",
    "/etc/{w}",
    "C:\\{w}",
    "\\\\host\\{w}",
    "file:///{w}",
    "CON {w}",
    "{w}/.",
    "~/{w}",
    "%2e%2e/{w}",
)
#: Signs that change how a text is read, sent or set.
_SIGNS = (
    *(chr(code) for code in (*range(1, 9), *range(11, 13), *range(14, 32), 127)),
    *(chr(code) for code in (0x80, 0x85, 0x9B, 0x9D, 0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x180E)),
    *(chr(code) for code in range(0x200B, 0x2010)),
    *(chr(code) for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A))),
    *(chr(code) for code in (0x3000, 0x3164, 0xFEFF, 0xFFF9, 0xFFFD, 0xFFFE, 0xFFFF, 0xE0001, 0xE0041, 0xF0000, 0x10FFFF)),
)  # fmt: skip
_ESCAPES = (
    "\x1b[31m{w}\x1b[0m", "\x1b]0;{w}\x07", "\x1b]8;;http://{w}\x07x\x1b]8;;\x07", "\x1b[2J{w}", "\x1b[1A\x1b[2K{w}", "\x1bc{w}", "\x9b31m{w}",
    "{w}\x08\x08\x08", "{w}\rhidden", "\x1b[6n{w}", "\x1bP{w}\x1b\\",
)  # fmt: skip
_SCRIPTS = (
    "{w} æøåÆØÅ", "{w} Ⅻ ﬁ ½", "{w} 田中さん", "{w} ﷽", "{w} שלום", "{w} مرحبا", "{w} Ω≈ç√∫", "{w} 👩‍👩‍👧‍👦", "{w} 🇳🇴", "{w} \u0915\u094d\u0937", "{w} \u0e01\u0e33",
    "nаughty {w}", "ｎａｕｇｈｔｙ {w}", "{w} Z\u0351\u036b\u0343\u036a\u0302\u036b", "{w} " + "a\u0300" * 40, "𝓃𝒶𝓊 {w}", "{w} \u0130\u0131", "{w} ß ẞ ŉ",
    "{w} 0️⃣", "{w} ١٢٣", "{w} \ud7ff",
)  # fmt: skip
_AROUND = ("{s}", "x {s}", "{s} x", "x{s}x", "{s}{s}", "({s})")


def naughty() -> list[str]:
    """The strings, each different; no NUL, which no file of data may hold."""
    shapes = [*_MARKUP, *_TEMPLATES, *_CODE, *_FORMULAS, *_PATHS, *_ESCAPES, *_SCRIPTS]
    plain = [shape.format(w=WORD) for shape in shapes]
    turned = [around.format(s=text) for text, around in product(plain, _AROUND[1:4])]
    signs = [around.format(s=sign).replace("x", WORD) for sign, around in product(_SIGNS, ("x{s}x", "{s}x"))]
    spaces = [f" {WORD}", f"{WORD} ", f"\n{WORD}\n", f"{WORD}\t{WORD}", f"\u3000{WORD}"]
    return list(dict.fromkeys([*plain, *turned, *signs, *spaces]))
