"""Put comments into an xlsx file and leave everything else in it as it is.

Writing the workbook anew would lose what people have added to it. So the comments are added to the file
itself: a part with the texts, a drawing that Excel wants for their boxes, and the references to both.
Comments that stand there already stay.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from hhanalytics.sources.package import NotAWorkbook, look_into, number, relations

AUTHOR: Final = "hhanalytics"
_SPREADSHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_COMMENTS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
#: What may stand after the reference to the comments' drawing in a sheet.
_AFTER: Final = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip
#: Every file in the copy gets this date, so that the same workbook gives the same copy.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def commented(data: bytes, remarks: Mapping[str, Mapping[str, str]]) -> bytes | None:
    """A copy of a workbook with comments.

    Args:
        data: The workbook.
        remarks: Sheet → cell → comment; the sheet without name is the first one.

    Returns:
        The copy; None where there is nothing to say in it, or it is no workbook that could hold comments.
    """
    try:
        sheets = look_into(data).sheets
    except NotAWorkbook:
        return None
    paths = {sheet.name: sheet.path for sheet in sheets}
    first = next(iter(paths.values()), "")
    wanted: dict[str, dict[str, str]] = {}
    for name, cells in remarks.items():
        path = paths.get(name, first)
        for cell, text in cells.items():
            own = wanted.setdefault(path, {})
            own[cell] = f"{own[cell]}\n\n{text}" if cell in own else text
    if not wanted or not first:
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
        known = {path: relations(archive, path) for path in wanted}
        texts = {path: next(iter(relations(archive, path, "/comments").values()), "") for path in wanted}
    try:
        for path, cells in wanted.items():
            _annotate(parts, path, known[path], texts[path], cells)
    except (ValueError, KeyError):
        return None  # its XML is not as the format prescribes; the problems are listed all the same
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name, content in parts.items():
            copy.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _annotate(
    parts: dict[str, bytes], path: str, known: Mapping[str, str], texts: str, cells: Mapping[str, str]
) -> None:
    """Add comments to one sheet, whose comments so far stand in ``texts``."""
    sheet = parts[path].decode("utf-8")
    linked = re.search(r"<(?:\w+:)?legacyDrawing\s[^>]*?\bid=[\"']([^\"']+)[\"']", sheet)
    drawing = known.get(linked[1], "") if linked else ""
    if not texts or texts not in parts:
        texts = _free(parts, "xl/comments_hh{}.xml")
        parts[texts] = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<comments xmlns="{_SPREADSHEET}"><authors></authors><commentList></commentList></comments>'.encode()
        )
        _relate(parts, path, texts, f"{_OFFICE}/comments")
        _declare(parts, f'<Override PartName="/{texts}" ContentType="{_COMMENTS}"/>')
    if not drawing or drawing not in parts:
        drawing = _free(parts, "xl/drawings/vmlDrawing_hh{}.vml")
        parts[drawing] = _EMPTY_DRAWING.encode()
        id = _relate(parts, path, drawing, f"{_OFFICE}/vmlDrawing")
        _declare(parts, f'<Default Extension="vml" ContentType="{_VML}"/>')
        parts[path] = _with_drawing(sheet, id).encode()
    parts[texts] = _with_texts(parts[texts].decode("utf-8"), cells).encode()
    parts[drawing] = _with_boxes(parts[drawing].decode("utf-8"), cells).encode()


def _free(parts: Iterable[str], pattern: str) -> str:
    taken, count = {name.casefold() for name in parts}, 1
    while pattern.format(count).casefold() in taken:
        count += 1
    return pattern.format(count)


def _relate(parts: dict[str, bytes], path: str, target: str, kind: str) -> str:
    """Add a reference from a sheet to a part; its id."""
    folder, _, name = path.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    empty = '<?xml version="1.0" encoding="UTF-8"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    text = parts.get(rels, empty.encode()).decode("utf-8")
    if re.search(r"<Relationships[^>]*/>", text):
        text = re.sub(r"(<Relationships[^>]*?)\s*/>", r"\1></Relationships>", text)
    count = 1
    while f'"rIdHh{count}"' in text:
        count += 1
    there = posixpath.relpath(target, folder)
    entry = f'<Relationship Id="rIdHh{count}" Type="{kind}" Target="{there}"/>'
    parts[rels] = text.replace("</Relationships>", f"{entry}</Relationships>").encode()
    return f"rIdHh{count}"


def _declare(parts: dict[str, bytes], entry: str) -> None:
    text = parts["[Content_Types].xml"].decode("utf-8")
    if 'Extension="vml"' in entry and re.search(r"Extension=[\"']vml[\"']", text, re.IGNORECASE):
        return
    # Defaults stand before overrides.
    place = re.search(r"<Types[^>]*>", text) if entry.startswith("<Default") else re.search(r"</Types>", text)
    if place is None:
        raise ValueError("no content types")
    at = place.end() if entry.startswith("<Default") else place.start()
    parts["[Content_Types].xml"] = (text[:at] + entry + text[at:]).encode()


def _with_drawing(sheet: str, id: str) -> str:
    """A sheet that refers to its comments' drawing, at the place the format prescribes."""
    prefix = (re.search(r"<(\w+:)?worksheet[\s>]", sheet) or [None, None])[1] or ""
    after = re.search(rf"<{prefix}(?:{'|'.join(_AFTER)})[\s/>]", sheet)
    end = sheet.rindex(f"</{prefix}worksheet>")
    at = after.start() if after else end
    link = f'<{prefix}legacyDrawing xmlns:r="{_OFFICE}" r:id="{id}"/>'
    return sheet[:at] + link + sheet[at:]


def _with_texts(xml: str, cells: Mapping[str, str]) -> str:
    prefix = (re.search(r"<(\w+:)?comments[\s>]", xml) or [None, None])[1] or ""
    xml = re.sub(rf"<{prefix}(authors|commentList)\s*/>", rf"<{prefix}\1></{prefix}\1>", xml)
    author = len(re.findall(rf"<{prefix}author[\s/>]", xml))
    xml = xml.replace(f"</{prefix}authors>", f"<{prefix}author>{AUTHOR}</{prefix}author></{prefix}authors>", 1)
    for cell, text in sorted(cells.items(), key=lambda item: _place(item[0])):
        said = escape(_printable(text), quote=False)
        there = re.search(rf'<{prefix}comment\s[^>]*\bref="{cell}"[^>]*>', xml)
        run = f'<{prefix}r><{prefix}t xml:space="preserve">{said}</{prefix}t></{prefix}r>'
        if there:
            # One comment per cell: ours goes on after what stands there.
            at = xml.index(f"</{prefix}text>", there.end())
            xml = xml[:at] + run.replace(said, f"\n\n{said}", 1) + xml[at:]
            continue
        made = f'<{prefix}comment ref="{cell}" authorId="{author}"><{prefix}text>{run}</{prefix}text></{prefix}comment>'
        xml = xml.replace(f"</{prefix}commentList>", f"{made}</{prefix}commentList>", 1)
    return xml


def _with_boxes(xml: str, cells: Mapping[str, str]) -> str:
    if "</xml>" not in xml:
        return xml
    boxes = []
    for cell, text in cells.items():
        row, column = _place(cell)
        if re.search(rf"<x:Row>{row}</x:Row>\s*<x:Column>{column}</x:Column>", xml):
            continue
        tall = min(3 + text.count("\n") + len(text) // 40, 18)
        anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 4, {column + 4}, 40, {max(row - 1, 0) + tall}, 8"
        boxes.append(_BOX.format(id=f"_hh_{row}_{column}", anchor=anchor, row=row, column=column))
    return xml.replace("</xml>", "".join(boxes) + "</xml>")


def _place(cell: str) -> tuple[int, int]:
    match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
    return (int(match[2]) - 1, number(match[1])) if match else (0, 0)


def _printable(text: str) -> str:
    return "".join(
        sign
        for sign in text
        if sign in "\n\t" or (sign >= " " and sign not in "\ufffe\uffff" and not "\ud800" <= sign <= "\udfff")
    )


_EMPTY_DRAWING: Final = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    '</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_BOX: Final = (
    '<v:shape id="{id}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;width:220pt;'
    'height:80pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
    '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
    "</x:ClientData></v:shape>"
)
