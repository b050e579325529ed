"""Broken and made-up files: a sound result or our own error, never another exception, never a hang, never a
number silently changed."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hhanalytics.errors import HHAnalyticsError, InvalidData
from hhanalytics.sources.jsonstat import read_jsonstat
from hhanalytics.sources.table_file import read_table

#: Cases in every run, and in a run with --fuzz.
FEW, MANY = 300, 10_000
#: No small file takes longer, on however slow a machine.
LONGEST = 20.0

COSTS = """\ufeffRegnskap 2026, utskrift;;;;
Kommunenr;Regnskapsområde;Fra;Til;Beløp
0619;bti;01.01.2026;31.12.2026;82 145,00
3043;"mft; psykisk";2026-01-01;2026-06-30;−1.204,50
3328;mft;1. januar 2026;30/6/2026;12,5
"Ål
kommune";mft;01.01.2026;31.12.2026;(7)

Kilde: Statistisk sentralbyrå
"""
KINDS = {"Kommunenr": "text", "Regnskapsområde": "text", "Fra": "date", "Til": "date", "Beløp": "money"}
ENCODINGS = ("utf-8", "cp1252", "iso-8859-1", "utf-16", "utf-16-le", "utf-8-sig", "cp865")
PIECES = [
    b"\0", b"\r", b"\n", b"\r\n", b'"', b'""', b";", b",", b"\t", b"|", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xe5", b"\xc3", b"a\xcc\x8a",
    b"sep=,\n", b"-", b"(7)", b"..", b":", b"1.204", b"1,204", b"1e5", b"9" * 40, b"31.02.2026", b"2024M04", b" ", b"\xc2\xa0", b"\xe2\x80\xaf",
    b"\n\n", b"kr", b"%", b"'", b"\xe2\x88\x92", b"NaN", b"inf", b"\x1a", b"Kilde: x\n", b"0,0", b"00", b"\xd9\xa1",
]  # fmt: skip


def mutated(base: bytes, draw: random.Random) -> bytes:
    """A file with up to six things broken."""
    data = bytearray(base)
    for _ in range(draw.randint(1, 6)):
        at = draw.randint(0, len(data))
        what = draw.randrange(6)
        if what == 0:
            data[at:at] = draw.choice(PIECES)
        elif what == 1:
            del data[at : at + draw.randint(1, 12)]
        elif what == 2 and data:
            data[min(at, len(data) - 1)] = draw.randrange(256)
        elif what == 3:
            end = at + draw.randint(1, 40)
            data[at:at] = data[at:end] * draw.randint(1, 3)
        elif what == 4:
            data = data[:at]
        else:
            piece = draw.choice(PIECES)
            data = bytearray(bytes(data).replace(draw.choice(PIECES), piece))
    return bytes(data)


def sound_or_ours(read: Callable[[], Any]) -> None:
    started = time.monotonic()
    refused: HHAnalyticsError | None = None
    made: Any = None
    try:
        made = read()
    except HHAnalyticsError as error:
        refused = error
    assert str(refused) if refused else made is not None
    if isinstance(refused, InvalidData):
        assert refused.problems
        assert all(p.found and p.expected and p.mend for p in refused.problems)
    assert time.monotonic() - started < LONGEST


def run_tables(cases: int) -> None:
    draw = random.Random(20261124)
    bases = [COSTS.encode(encoding, "replace") for encoding in ENCODINGS]
    bases += [COSTS.replace(";", separator).encode() for separator in ("\t", ",")] + [b"", b"a", b"a;b\n1;2\n"]
    for _ in range(cases):
        data = mutated(draw.choice(bases), draw)
        table = draw.choice([None, KINDS, "costs", "population"])
        format = draw.choice(
            [
                {},
                {},
                {"decimal": ","},
                {"negative": "parentheses"},
                {"separator": ";"},
                {"encoding": draw.choice(ENCODINGS)},
            ]
        )
        ignore = draw.choice([(), ("*",)])
        sound_or_ours(lambda: read_table(data, table, ignore=ignore, **format))  # noqa: B023


def test_broken_tables() -> None:
    run_tables(FEW)


@pytest.mark.fuzz
def test_very_many_broken_tables() -> None:
    run_tables(MANY)


# JSON-stat


def cube(draw: random.Random) -> dict[str, Any]:
    """A sound dataset of any shape."""
    sizes = [draw.randint(0, 4) for _ in range(draw.randint(0, 4))]
    cells = 1
    for size in sizes:
        cells *= size
    dimension: dict[str, Any] = {}
    ids = [f"d{n}" for n in range(len(sizes))]
    for id, size in zip(ids, sizes, strict=True):
        codes = [f"c{n}" for n in range(size)]
        index: Any = draw.choice([codes, {code: n for n, code in enumerate(codes)}])
        category = {"index": index} | draw.choice([{}, {"label": {code: code.upper() for code in codes}}])
        if size == 1 and draw.random() < 0.3:
            category = {"label": {codes[0]: "only"}}
        dimension[id] = {"label": id, "category": category}
    values: list[Any] = [draw.choice([None, 1, 2.5, -3, 0]) for _ in range(cells)]
    content: dict[str, Any] = {
        "value": draw.choice([values, {str(n): value for n, value in enumerate(values) if value is not None}])
    }
    content |= draw.choice(
        [{}, {"status": ":"}, {"status": {str(n): "." for n in range(0, cells, 2)}}, {"status": ["e"] * cells}]
    )
    if draw.random() < 0.5:
        return {"dataset": {**content, "dimension": {**dimension, "id": ids, "size": sizes}}}
    return {"version": "2.0", "class": "dataset", "id": ids, "size": sizes, "dimension": dimension, **content}


ODD: list[Any] = [None, -1, 0, 1e308, 2**70, "", "x", [], {}, [[]], {"a": 1}, True, [1, 2, 3], "\ud800", 10**9]


def spoilt(content: Any, draw: random.Random) -> Any:
    """The same with one part put in place of another, somewhere."""
    if draw.random() < 0.25 or not isinstance(content, dict | list) or not content:
        return draw.choice(ODD)
    if isinstance(content, dict):
        key = draw.choice(list(content))
        if draw.random() < 0.2:
            return {name: value for name, value in content.items() if name != key}
        return {**content, key: spoilt(content[key], draw)}
    at = draw.randrange(len(content))
    return [*content[:at], spoilt(content[at], draw), *content[at + 1 :]]


def run_cubes(cases: int) -> None:
    draw = random.Random(2)
    for place in range(cases):
        content = cube(draw)
        # What is sound is read, and stays as it was.
        frame = read_jsonstat(json.dumps(content).encode()).frame
        found = content.get("dataset", content)["value"]
        wanted = [found.get(str(n)) for n in range(frame.height)] if isinstance(found, dict) else found
        assert frame[frame.columns[-2]].to_list() == wanted, content
        data = json.dumps(spoilt(content, draw)).encode()
        if place % 2:
            data = mutated(data, draw)
        sound_or_ours(lambda: read_jsonstat(data))  # noqa: B023


def test_broken_cubes() -> None:
    run_cubes(FEW)


@pytest.mark.fuzz
def test_very_many_broken_cubes() -> None:
    run_cubes(MANY)


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b'{"value": [NaN]}', b"\xff", b"", b"null", b'"\\ud800"']
)
def test_json_that_breaks_readers(data: bytes) -> None:
    with pytest.raises(InvalidData):
        read_jsonstat(data)


# Numbers: written in many ways, read back the same


def written(number: Decimal, decimal: str, thousands: str, minus: str, places: int) -> str:
    """A number as a Norwegian file may have it."""
    whole, _, part = f"{abs(number):.{places}f}".partition(".")
    groups = []
    while len(whole) > 3 and thousands:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    text = thousands.join([whole, *groups]) + (decimal + part if part else "")
    return (minus if number < 0 else "") + text


SPACES = ("", " ", "\u00a0", "\u202f", "'")
columns_of_numbers = st.tuples(
    st.lists(st.decimals(min_value=-(10**11), max_value=10**11, places=2, allow_nan=False), min_size=1, max_size=30),
    st.sampled_from([",", "."]),
    st.sampled_from([*SPACES, ".", ","]),
    st.sampled_from(["-", "−", "–"]),
    st.sampled_from([0, 1, 2, 3]),
    st.sampled_from(ENCODINGS[:4]),
    st.sampled_from(["\r\n", "\n"]),
)


def check_numbers(case: tuple[list[Decimal], str, str, str, int, str, str], kind: str, declared: bool) -> None:
    numbers, decimal, thousands, minus, places, encoding, end = case
    if thousands == decimal:
        return
    exact = [round(number, places) for number in numbers]
    texts = [written(number, decimal, thousands, minus, places) for number in exact]
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL if places % 2 else csv.QUOTE_MINIMAL
    )
    writer.writerows([["Navn", "Beløp"], *(["æøå", text] for text in texts)])
    try:
        data = out.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return
    format = (
        {"decimal": decimal, "thousands": thousands if thousands in ("", ".", ",", "'") else " "} if declared else {}
    )
    asked: set[str] = set()
    try:
        read = read_table(data, {"Navn": "text", "Beløp": kind}, **format)
    except InvalidData as error:
        asked = {problem.id for problem in error.problems}
    # Asked rather than guessed; where the format is declared there is nothing to ask.
    assert asked <= ({"not_whole"} if declared else {"ambiguous_number", "not_whole"})
    if asked == {"ambiguous_number"}:
        assert any(sign in text for text in texts for sign in ",.")
    if asked == {"not_whole"} and declared:
        assert kind == "whole" or places == 3
    if asked:
        return
    made = read.frame["Beløp"].to_list()
    if kind == "money":
        assert made == [int(number * 100) for number in exact]
    elif kind == "whole":
        assert made == [int(number) for number in exact]
        assert all(number == int(number) for number in exact)
    else:
        assert made == [float(number) for number in exact]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("kind", ["money", "whole", "number"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(case=columns_of_numbers)
def test_numbers_come_back_as_they_were_written(kind: str, declared: bool, case: Any) -> None:
    check_numbers(case, kind, declared)


@pytest.mark.fuzz
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("kind", ["money", "whole", "number"])
@settings(max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(case=columns_of_numbers)
def test_very_many_numbers_come_back(kind: str, declared: bool, case: Any) -> None:
    check_numbers(case, kind, declared)


# Texts: what the csv module writes is what is read


texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffd"), max_size=12)


@settings(max_examples=150)
@given(
    rows=st.lists(
        st.tuples(texts.map(lambda t: "x" + t), texts | st.just('a "b"\nc;d'), st.just("slutt")),
        min_size=1,
        max_size=12,
    ),
    separator=st.sampled_from([";", ",", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_texts_come_back_as_they_were_written(rows: list[tuple[str, str, str]], separator: str, quoting: Any) -> None:
    from unicodedata import normalize

    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n", quoting=quoting).writerows([("en", "to", "tre"), *rows])
    read = read_table(out.getvalue().encode(), separator=separator, encoding="utf-8")
    wanted = [tuple(normalize("NFC", cell).strip() or None for cell in row) for row in rows]
    assert read.frame.select("en", "to", "tre").rows() == wanted
