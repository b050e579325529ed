"""From bytes to UTF-8: which encoding a file has, told by what stands in it, or asked for.

Nothing is replaced and nothing is dropped: what cannot be read as text is a problem with its line.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from hhanalytics.errors import InvalidData, Problem

#: Beginnings that name an encoding, longest first.
_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARK: Final = "\ufeff".encode()
_ANYTHING: Final = re.compile(rb"[^ \t\r\n]")
#: Bytes looked at one step at a time, so that a large file is not held several times over.
_STEP: Final = 1 << 20
#: Bytes of Windows-1252 that may stand between two letters: letters, apostrophe, dashes, point, no-break space.
_IN_WORDS: Final = frozenset(
    {*range(0xC0, 0x100), 0x8A, 0x8C, 0x8E, 0x9A, 0x9C, 0x9E, 0x9F, 0x92, 0x96, 0x97, 0xA0, 0xAD, 0xB4, 0xB7}
    - {0xD7, 0xF7}
)
#: What æ, ø and å become when UTF-8 is read as Windows-1252 and saved again.
_TWICE: Final = re.compile("Ã(?:¦|¸|¥|†|˜|…|©)".encode())


@dataclass(frozen=True)
class Text:
    """A file as UTF-8.

    Attributes:
        name: Name of the file, for problems.
        data: Its text as UTF-8, without byte order mark.
        encoding: The encoding it came in.
        marked: Whether it began with a byte order mark.
        size: Its size in bytes as it came.
    """

    name: str
    data: bytes
    encoding: str
    marked: bool
    size: int

    def line(self, place: int) -> int:
        """The line in which a byte stands, from 1."""
        return (
            self.data.count(b"\n", 0, place) + (self.data.count(b"\r", 0, place) if b"\n" not in self.data else 0) + 1
        )


def refuse(id: str, name: str, row: int | None, column: str | None, found: str, expected: str, mend: str) -> NoReturn:
    """End the reading of a file with one problem."""
    raise InvalidData.from_problems([Problem(id, name, row, column, found, expected, mend)])


def read_text(source: Path | bytes, name: str, encoding: str | None = None) -> Text:
    """A file as UTF-8 text.

    Args:
        source: The file, or its bytes.
        name: What to call it in problems.
        encoding: Its encoding where it is known; None: told by what stands in it.

    Raises:
        InvalidData: It is no text, or its encoding cannot be told.
    """
    raw = source if isinstance(source, bytes) else source.read_bytes()
    size = len(raw)
    mark, marked_as = next(((mark, kind) for mark, kind in _MARKS if raw.startswith(mark)), (b"", ""))
    if not _ANYTHING.search(raw, len(mark)):
        refuse("empty_file", name, None, None, "nothing", "a header and rows", "Get the file again, or leave it out.")
    kind = _known(encoding, name) if encoding else marked_as or _wide(raw) or _narrow(raw, name)
    if encoding and marked_as and not _agree(kind, marked_as):
        mend = "Leave the encoding out, or name the one the file has."
        refuse("unclear_encoding", name, 1, None, f"a byte order mark of {marked_as}", f"{encoding} as named", mend)
    data = _as_utf8(raw[len(mark) :] if mark else raw, kind, name, told=not encoding and not marked_as)
    text = Text(name, data, kind, bool(mark), size)
    _check(text, encoding is not None)
    return text


def _known(encoding: str, name: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        mend = "Name one of utf-8, windows-1252, iso-8859-1, utf-16, cp865, mac-roman."
        refuse("unclear_encoding", name, None, None, f"the unknown encoding {encoding!r}", "a known one", mend)


def _agree(named: str, marked: str) -> bool:
    return named == marked or (named, marked) in {
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16", "utf-16-be"),
    }


def _wide(raw: bytes) -> str:
    """UTF-16 without a mark: every second byte of plain text is zero."""
    head = raw[:4096]
    if len(head) < 4 or len(raw) % 2:
        return ""
    even, odd = head[::2].count(0) * 2 / len(head), head[1::2].count(0) * 2 / len(head)
    if odd > 0.5 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.5 and odd < 0.05 else ""


def _narrow(raw: bytes, name: str) -> str:
    """UTF-8, or else one of the two old western encodings, whichever the bytes fit."""
    if _broken_utf8(raw) is None:
        return "utf-8"
    if b"\0" in raw:
        place = raw.index(b"\0")
        row = raw.count(b"\n", 0, place) + 1
        refuse("nul_byte", name, row, None, "a NUL byte", "text", "Export it again as text, or name its encoding.")
    high = set(raw.translate(None, delete=bytes(range(0x80))))
    if missing := sorted(high & {0x81, 0x8D, 0x8F, 0x90, 0x9D}):
        place = raw.index(bytes(missing[:1]))
        _ask(name, raw.count(b"\n", 0, place) + 1, f"byte 0x{missing[0]:02x}, which Windows-1252 does not have")
    kind = "cp1252" if any(byte < 0xA0 for byte in high) else "iso8859-1"
    if odd := high - _IN_WORDS:
        signs = b"".join(b"\\x%02x" % byte for byte in sorted(odd))
        inside = re.search(rb"(?<=[A-Za-z])[" + signs + rb"](?=[A-Za-z])", raw)
        if inside:
            sign = inside[0].decode(kind)
            _ask(name, raw.count(b"\n", 0, inside.start()) + 1, f"the sign {sign!r} inside a word when read as {kind}")
    return kind


def _broken_utf8(raw: bytes) -> int | None:
    """The place of the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = 0
    try:
        for start in range(0, len(raw), _STEP):
            decoder.decode(raw[start : start + _STEP])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        # The decoder may have kept up to three bytes of the step before.
        return min(max(start + error.start - (len(error.object) - len(raw[start : start + _STEP])), 0), len(raw) - 1)
    return None


def _ask(name: str, row: int, found: str) -> NoReturn:
    mend = 'Say which it is, such as encoding="cp865" (old PC) or encoding="mac-roman", or save it as UTF-8.'
    refuse("unclear_encoding", name, row, None, found, "text whose encoding can be told", mend)


def _as_utf8(raw: bytes, kind: str, name: str, told: bool) -> bytes:
    if kind in ("utf-8", "utf-8-sig"):
        # What was told by its bytes has been gone through already.
        if not told and (place := _broken_utf8(raw)) is not None:
            row = raw.count(b"\n", 0, place) + 1
            refuse("not_utf8", name, row, None, f"byte 0x{raw[place]:02x}", "UTF-8 text", "Name another encoding.")
        return raw
    if kind.startswith("utf-16") and len(raw) % 2:
        refuse(
            "unclear_encoding", name, None, None, "half a sign at the end", "whole UTF-16 signs", "Get the file again."
        )
    try:
        decoder = codecs.getincrementaldecoder(kind)()
        out = bytearray()
        for start in range(0, len(raw), _STEP):
            out += decoder.decode(raw[start : start + _STEP]).encode()
        out += decoder.decode(b"", final=True).encode()
    except (UnicodeError, LookupError) as error:
        refuse(
            "unclear_encoding",
            name,
            None,
            None,
            f"bytes that are no {kind} ({error})",
            f"{kind} text",
            "Name another encoding.",
        )
    except (TypeError, AttributeError):
        refuse(
            "unclear_encoding",
            name,
            None,
            None,
            f"{kind}, which is no encoding of text",
            "one",
            "Name another encoding.",
        )
    return bytes(out).removeprefix(_MARK)


def _check(text: Text, named: bool) -> None:
    """Signs that show that the text is no text, or that something went wrong before it came."""
    data, name = text.data, text.name
    place = data.find(b"\0")
    if place >= 0:
        refuse("nul_byte", name, text.line(place), None, "a NUL byte", "text", "Export the file again as text.")
    # Both signs looked for begin with the same rare byte, which is quicker to find.
    rare = data.find(b"\xef") >= 0
    place = data.find(_MARK) if rare else -1
    if place >= 0:
        mend = "Two files were put together; import them one by one, or remove the mark."
        refuse(
            "mark_inside",
            name,
            text.line(place),
            None,
            "a byte order mark inside the text",
            "one at the beginning only",
            mend,
        )
    place = data.find("\ufffd".encode()) if rare else -1
    if place >= 0:
        mend = "Letters were lost when it was saved; export it again, best as UTF-8."
        refuse(
            "lost_letters", name, text.line(place), None, "the sign for an unreadable letter (\ufffd)", "letters", mend
        )
    twice = None if data.find("Ã".encode()) < 0 else _TWICE.search(data)
    if twice and not named:
        mend = "It was saved once in a wrong encoding; export it again."
        refuse(
            "lost_letters",
            name,
            text.line(twice.start()),
            None,
            f"{twice[0].decode()!r}, which is a broken æ, ø or å",
            "letters",
            mend,
        )
