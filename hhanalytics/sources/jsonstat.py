"""JSON-stat, versions 1 and 2, as statistical offices send it: cells with codes, labels, values and status.

What does not agree with itself (sizes, positions, numbers of values) is refused with the reason; nothing is
filled in. A missing value stays missing, with the sign that says why beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from math import isfinite, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np
import polars as pl

from hhanalytics.errors import InvalidData, Problem
from hhanalytics.sources.column import shown
from hhanalytics.sources.cubes import Cube, Dimension, JsonStat
from hhanalytics.sources.reading import file_bytes

if TYPE_CHECKING:
    pass

#: More cells than this are not unfolded; ask for less at a time.
MOST_CELLS: Final = 20_000_000


class _Refused(Exception):
    """What is wrong, where in the response, and what was expected."""

    def __init__(self, where: str, found: str, expected: str) -> None:
        super().__init__(where)
        self.where, self.found, self.expected = where, found, expected


def _refuse(where: str, found: str, expected: str) -> NoReturn:
    raise _Refused(where, found, expected)


def read_jsonstat(path: str | Path | bytes) -> JsonStat:
    """Read JSON-stat 1 or 2: a dataset, a collection or a bundle.

    Args:
        path: The file, or its bytes.

    Returns:
        The datasets; ``.frame`` is the cells where there is one dataset.

    Raises:
        InvalidData: It is no JSON-stat, or does not agree with itself.

    Source:
        JSON-stat 2.0 and 1.x, https://json-stat.org/full/.

    Example:
        >>> import hhanalytics as hh
        >>> text = b'{"class": "dataset", "version": "2.0", "id": ["year"], "size": [2], "value": [7, null],'
        >>> text += b'"status": {"1": ":"}, "dimension": {"year": {"category": {"index": ["2024", "2025"]}}}}'
        >>> hh.read_jsonstat(text).frame.rows()
        [('2024', '2024', 7, None), ('2025', '2025', None, ':')]
    """
    name = "the data" if isinstance(path, bytes) else Path(path).name
    raw = path if isinstance(path, bytes) else file_bytes(path)
    found: JsonStat = _read(raw, name, _response)
    return found


def read_dimensions(raw: bytes) -> tuple[tuple[Dimension, ...], str, str]:
    """The dimensions, title and date of a dataset that describes a table without its values.

    Raises:
        InvalidData: It is no JSON-stat, or does not agree with itself.
    """
    found: tuple[tuple[Dimension, ...], str, str] = _read(raw, "the description", _described)
    return found


def _read(raw: bytes, name: str, read: Callable[[Any], Any]) -> Any:
    try:
        return read(json.loads(raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8"), parse_constant=_no_number))
    except _Refused as refused:
        where, found, expected = refused.where, refused.found, refused.expected
    except UnicodeDecodeError as error:
        where, found, expected = "", f"byte 0x{error.object[error.start]:02x}", "JSON in UTF-8"
    except (ValueError, RecursionError) as error:
        where, found, expected = "", f"{error}"[:200], "JSON"
    mend = "Fetch it again; if it stays so, tell whoever made it."
    raise InvalidData.from_problems([Problem("bad_jsonstat", name, None, where or None, found, expected, mend)])


def _described(content: Any) -> tuple[tuple[Dimension, ...], str, str]:
    if not isinstance(content, dict):
        _refuse("", f"a {type(content).__name__}", "an object")
    return _dimensions(content)[0], _words(content, "label"), _words(content, "updated")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text}, which is no JSON number")


def _response(content: Any) -> JsonStat:
    if not isinstance(content, dict):
        _refuse("", f"a {type(content).__name__}", "an object")
    kind = content.get("class")
    if kind == "collection":
        return _collection(content)
    if kind == "dataset" or ("value" in content and "dimension" in content):
        return JsonStat({"dataset": _cube("dataset", content)})
    if kind not in (None, "bundle"):
        _refuse("class", shown(kind), "dataset, collection or bundle")
    found = {name: each for name, each in content.items() if isinstance(each, dict) and "dimension" in each}
    if not found:
        _refuse("", f"an object of {', '.join(map(shown, list(content)[:5])) or 'nothing'}", "a dataset")
    return JsonStat({name: _cube(name, each) for name, each in found.items()})


def _collection(content: dict[str, Any]) -> JsonStat:
    link = content.get("link")
    items = link.get("item", []) if isinstance(link, dict) else []
    if not isinstance(items, list):
        _refuse("link.item", shown(items), "a list")
    cubes: dict[str, Cube] = {}
    links: list[str] = []
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            _refuse(f"link.item[{place}]", shown(item), "an object")
        if "dimension" in item and "value" in item:
            label = item.get("label")
            name = label if isinstance(label, str) and label and label not in cubes else f"dataset {place + 1}"
            cubes[name] = _cube(name, item)
        elif isinstance(item.get("href"), str):
            links.append(item["href"])
    return JsonStat(cubes, tuple(links))


def _dimensions(content: dict[str, Any]) -> tuple[tuple[Dimension, ...], list[int]]:
    """The dimensions of a dataset and their sizes."""
    dimension = content.get("dimension")
    if not isinstance(dimension, dict):
        _refuse("dimension", shown(dimension), "an object")
    # Version 1 has ids, sizes and roles inside "dimension", version 2 beside it.
    inside = "id" not in content
    ids, sizes, roles = ((dimension if inside else content).get(key) for key in ("id", "size", "role"))
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids) or len(set(ids)) != len(ids):
        _refuse("id", shown(ids), "a list of different names")
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        _refuse("size", shown(sizes), "a list of whole numbers")
    if len(sizes) != len(ids):
        _refuse("size", f"{len(sizes)} sizes", f"{len(ids)}, one per dimension")
    role_of = (
        {each: role for role, some in roles.items() if isinstance(some, list) for each in some if isinstance(each, str)}
        if isinstance(roles, dict)
        else {}
    )
    dimensions = tuple(
        _dimension(id, size, dimension.get(id), role_of.get(id, "")) for id, size in zip(ids, sizes, strict=True)
    )
    return dimensions, sizes


def _cube(name: str, content: dict[str, Any]) -> Cube:
    dimensions, sizes = _dimensions(content)
    cells = prod(sizes)
    if cells > MOST_CELLS:
        _refuse("size", f"{cells} cells", f"at most {MOST_CELLS}; ask for less at a time")
    columns: dict[str, pl.Series] = {}
    after = cells
    for each, size in zip(dimensions, sizes, strict=True):
        after = after // size if size else 0
        place = np.tile(
            np.repeat(np.arange(size, dtype=np.uint32), after), cells // (size * after) if size * after else 0
        )
        for column, words in ((each.id, each.codes), (f"{each.id}_label", each.labels)):
            columns[_free(column, columns)] = pl.Series(words, dtype=pl.String).gather(pl.Series(place))
    columns[_free("value", columns)] = _values(content.get("value"), cells)
    columns[_free("status", columns)] = _status(content.get("status"), cells)
    notes = content.get("note")
    return Cube(
        name, _words(content, "label"), _words(content, "source"), _words(content, "updated"), dimensions,
        pl.DataFrame([series.alias(column) for column, series in columns.items()]),
        tuple(note for note in notes if isinstance(note, str)) if isinstance(notes, list) else (),
    )  # fmt: skip


def _words(content: Mapping[str, Any], key: str) -> str:
    found = content.get(key)
    return found if isinstance(found, str) else ""


def _free(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name


def _dimension(id: str, size: int, content: Any, role: str) -> Dimension:
    where = f"dimension.{id}"
    category = content.get("category") if isinstance(content, dict) else None
    if not isinstance(category, dict):
        _refuse(f"{where}.category", shown(category), "an object")
    index, label = category.get("index"), category.get("label", {})
    if not isinstance(label, dict) or not all(isinstance(words, str) for words in label.values()):
        _refuse(f"{where}.category.label", shown(label), "an object of texts")
    if index is None:
        # A dimension of one category may leave its index out; its code is then that of its label.
        if size != 1 or len(label) != 1:
            _refuse(f"{where}.category", f"no index, and {len(label)} labels", f"an index of {size} codes")
        codes = list(label)
    elif isinstance(index, list):
        codes = index
    elif isinstance(index, dict):
        positions = list(index.values())
        if not all(type(place) is int for place in positions) or sorted(positions) != list(range(len(positions))):
            _refuse(f"{where}.category.index", f"the positions {shown(positions)}", f"0 to {size - 1}, each once")
        codes = sorted(index, key=index.__getitem__)
    else:
        _refuse(f"{where}.category.index", shown(index), "a list or an object")
    if not all(isinstance(code, str) for code in codes) or len(set(codes)) != len(codes):
        _refuse(f"{where}.category.index", shown(codes), "different codes")
    if len(codes) != size:
        _refuse(f"{where}.category.index", f"{len(codes)} codes", f"{size} as in size")
    if unknown := sorted(label.keys() - set(codes)):
        _refuse(f"{where}.category.label", f"labels for {shown(unknown)}", "labels for codes of the index")
    units = category.get("unit")
    return Dimension(
        id, _words(content, "label"), tuple(codes), tuple(label.get(code, code) for code in codes), role,
        units if isinstance(units, dict) else {},
    )  # fmt: skip


def _places(found: Mapping[str, Any], cells: int, where: str) -> Iterator[tuple[int, Any]]:
    seen: set[int] = set()
    for key, value in found.items():
        if not (key.isascii() and key.isdigit() and len(key) < 12) or int(key) >= cells or int(key) in seen:
            _refuse(where, f"a cell {shown(key)}", f"cells 0 to {cells - 1}, each once")
        seen.add(int(key))
        yield int(key), value


def _values(found: Any, cells: int) -> pl.Series:
    if isinstance(found, dict):
        values: list[Any] = [None] * cells
        for place, value in _places(found, cells, "value"):
            values[place] = value
    elif isinstance(found, list):
        if len(found) != cells:
            _refuse("value", f"{len(found)} values", f"{cells}, the product of the sizes")
        values = found
    else:
        _refuse("value", shown(found), "a list or an object")
    kinds = set(map(type, values))
    if kinds - {int, float, type(None)}:
        bad = next(each for each in values if type(each) not in (int, float, type(None)))
        _refuse("value", shown(bad), "numbers and null")
    try:
        if float not in kinds:
            return pl.Series(values, dtype=pl.Int64)
        series = pl.Series([None if each is None else float(each) for each in values], dtype=pl.Float64)
    except (OverflowError, TypeError, pl.exceptions.PolarsError):
        _refuse("value", "a number too large to keep", "numbers of at most 64 bits")
    whole = [each for each in values if type(each) is int and abs(each) > 1 << 53] if int in kinds else []
    if whole or any(not isfinite(each) for each in (series.max(), series.min()) if isinstance(each, float)):
        _refuse("value", "a number too large to keep", "numbers that stay the same beside decimals")
    return series


def _status(found: Any, cells: int) -> pl.Series:
    if found is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, cells)
    if isinstance(found, str):
        return pl.Series([found], dtype=pl.String).new_from_index(0, cells)
    if isinstance(found, dict):
        signs: list[Any] = [None] * cells
        for place, sign in _places(found, cells, "status"):
            signs[place] = sign
    elif isinstance(found, list):
        if len(found) not in (1, cells):
            _refuse("status", f"{len(found)} signs", f"{cells}, or one for all")
        signs = found * cells if len(found) == 1 and cells != 1 else found
    else:
        _refuse("status", shown(found), "a list, an object or a text")
    if bad := [sign for sign in signs if sign is not None and not isinstance(sign, str)]:
        _refuse("status", shown(bad[0]), "texts")
    return pl.Series(signs, dtype=pl.String)
