"""What stands in an xlsx file beside its values: formulas, errors, percentages, how far the sheets reach.

The values themselves are read by calamine, which says nothing of these and reserves room for every cell
between the first and the last. So they are looked up in the file's own XML first: an error is no empty cell,
60 % is no 0.6, and a letter in the last row of a sheet must not exhaust the memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from xml.etree import ElementTree

#: Largest file in bytes, unpacked: some hundred thousand rows take a tenth of it.
LARGEST: Final = 600_000_000
#: Most cells that a sheet may span, empty ones included.
WIDEST: Final = 8_000_000
#: How Office files from before 2007, and encrypted ones, begin.
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = rb"<(?:\w+:)?c\s([^>]*?[^/])>"
#: What begins a formula or marks an error, looked for as it stands: a sheet has millions of cells without.
_FORMULA = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/")
_ERROR = (b't="e"', b"t='e'")
_AT = re.compile(rb"\br=[\"']\$?([A-Z]{1,3})\$?(\d{1,7})[\"']")
_STYLE = re.compile(rb"\bs=[\"'](\d+)[\"']")
_PERCENT_FORMATS = {9, 10}


class NotAWorkbook(Exception):
    """The file cannot be read as an xlsx workbook; ``args[0]`` is the kind of problem, ``args[1]`` what was found."""


@dataclass(frozen=True)
class Sheet:
    """What one sheet holds beside its values; cells are (row, column), both from 0.

    Attributes:
        name: The name on its tab.
        path: Where it lies in the file.
        formulas: Cells whose value a formula gives.
        errors: Cells that show an error such as ``#REF!``.
        percents: Cells shown as per cent.
    """

    name: str
    path: str
    formulas: frozenset[tuple[int, int]] = frozenset()
    errors: frozenset[tuple[int, int]] = frozenset()
    percents: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Package:
    """An xlsx file.

    Attributes:
        sheets: Its sheets in order.
        base: The day that day numbers count from.
        far: Sheet → a cell that lies so far out that the sheet is not read.
    """

    sheets: tuple[Sheet, ...]
    base: date = date(1899, 12, 30)
    far: dict[str, str] = field(default_factory=dict)


def letters(column: int) -> str:
    """The letters of a column that is counted from 0.

    Example:
        >>> letters(0), letters(27), letters(16383)
        ('A', 'AB', 'XFD')
    """
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def number(column: str) -> int:
    """The number of a column from its letters, counted from 0.

    Example:
        >>> number("A"), number("AB")
        (0, 27)
    """
    found = 0
    for letter in column:
        found = found * 26 + ord(letter) - 64
    return found - 1


def a1(row: int, column: int) -> str:
    """A cell as Excel names it, from row and column counted from 0.

    Example:
        >>> a1(6, 2)
        'C7'
    """
    return f"{letters(column)}{row + 1}"


def look_into(data: bytes) -> Package:
    """What an xlsx file holds beside its values.

    Args:
        data: The file.

    Raises:
        NotAWorkbook: It is no xlsx workbook, encrypted, damaged, or too large.
    """
    if data.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise NotAWorkbook(*(("encrypted", "a file with password") if locked else ("old_format", "an old Office file")))
    if not data.startswith(b"PK"):
        raise NotAWorkbook("not_xlsx", "an empty file" if not data else "a file that is no workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _package(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        ElementTree.ParseError,
        LookupError,
        ValueError,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
        UnicodeError,
    ) as error:
        raise NotAWorkbook("damaged", f"a damaged file ({type(error).__name__})") from error  # fmt: skip


def _package(archive: zipfile.ZipFile) -> Package:
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        # Other producers may call it otherwise; what has no content types is no Office file at all.
        found = "a binary workbook (xlsb)" if "xl/workbook.bin" in names else "a zip file that is no xlsx workbook"
        raise NotAWorkbook("not_xlsx", found)
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
        raise NotAWorkbook("too_large", "a file that is too large when unpacked")
    # calamine does not ask for checksums, and a number from a damaged file would be another number.
    broken = archive.testzip()
    if broken is not None:
        raise NotAWorkbook("damaged", f"a damaged file ({broken})")
    book = parsed(archive.read("xl/workbook.xml"))
    targets = relations(archive, "xl/workbook.xml")
    percents = _percent_styles(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else frozenset()
    base, sheets, far = date(1899, 12, 30), [], {}
    for node in book.iter():
        tag = node.tag.rpartition("}")[2]
        if tag == "workbookPr" and node.get("date1904") in ("1", "true"):
            base = date(1904, 1, 1)
        if tag == "sheet":
            name, path = node.get("name", ""), targets.get(node.get(_RELATIONS, ""), "")
            if path not in names:
                raise NotAWorkbook("damaged", f"a file that lacks its sheet {name}")
            if "worksheets/" not in path:
                continue
            xml = archive.read(path)
            out = _too_far(xml)
            if out:
                far[name] = out
                sheets.append(Sheet(name, path))
            else:
                sheets.append(Sheet(name, path, _cells(_FORMULA, xml), _cells(_ERROR, xml), _styled(xml, percents)))
    return Package(tuple(sheets), base, far)


def parsed(xml: bytes) -> ElementTree.Element:
    """The XML of a part. Entities are refused, which Office never writes: a few lines of them can fill all memory.

    Raises:
        NotAWorkbook: It declares entities, or another encoding than UTF-8.
    """
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        raise NotAWorkbook("damaged", "a file with declarations that no workbook has")
    return ElementTree.fromstring(xml)


def relations(archive: zipfile.ZipFile, part: str, kind: str = "") -> dict[str, str]:
    """Id → path of what a part of the file refers to, or of what it refers to as something."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in archive.namelist():
        return {}
    found = {}
    for node in parsed(archive.read(rels)):
        target = node.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        if node.get("TargetMode") != "External" and node.get("Type", "").endswith(kind):
            found[node.get("Id", "")] = path
    return found


def _percent_styles(xml: bytes) -> frozenset[bytes]:
    root = parsed(xml)
    formats = set(_PERCENT_FORMATS)
    found = []
    for node in root.iter():
        tag = node.tag.rpartition("}")[2]
        if tag == "numFmt" and "%" in node.get("formatCode", ""):
            formats.add(int(node.get("numFmtId", "-1")))
        if tag == "cellXfs":
            found = [place for place, style in enumerate(node) if int(style.get("numFmtId", "0")) in formats]
    return frozenset(str(place).encode() for place in found)


def _at(attributes: bytes) -> tuple[int, int] | None:
    match = _AT.search(attributes)
    return (int(match[2]) - 1, number(match[1].decode())) if match else None


def _cells(signs: tuple[bytes, ...], xml: bytes) -> frozenset[tuple[int, int]]:
    """The cells in which one of some signs stands."""
    found = set()
    for sign in signs:
        place = xml.find(sign)
        while place >= 0:
            start = max(xml.rfind(b"<c ", 0, place), xml.rfind(b":c ", 0, place))
            at = _at(xml[start : xml.find(b">", start)]) if start >= 0 else None
            if at:
                found.add(at)
            place = xml.find(sign, place + 1)
    return frozenset(found)


def _styled(xml: bytes, styles: frozenset[bytes]) -> frozenset[tuple[int, int]]:
    if not styles or not any(re.search(rb"\bs=[\"']" + style + rb"[\"']", xml) for style in styles):
        return frozenset()
    found = set()
    for match in re.finditer(_CELL, xml):
        style = _STYLE.search(match[1])
        if style and style[1] in styles and (at := _at(match[1])):
            found.add(at)
    return frozenset(found)


def _too_far(xml: bytes) -> str:
    """A filled cell that makes the sheet span more cells than can be read; empty: none."""
    last = (-1, -1)
    # The last row and the outermost column, without looking at each of a million cells.
    for match in re.finditer(rb"<(?:\w+:)?row\s[^>]*?\br=[\"'](\d{1,7})[\"']", xml[-2_000_000:]):
        last = max(last, (int(match[1]), 0))
    wide = 0
    for match in re.finditer(rb" r=[\"']([A-Z]{2,3})(\d{1,7})[\"']([^>]*)>", xml):
        if not match[3].endswith(b"/"):
            wide = max(wide, number(match[1].decode()))
            last = max(last, (int(match[2]), wide))
    if max(last[0], 1) * max(wide + 1, 26) <= WIDEST:
        return ""
    return a1(max(last[0], 1) - 1, wide)
