"""The text of a report: PDF pages in the order they are read, text files in their encoding, and what has no text."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import typst

from hhanalytics.errors import InvalidData
from hhanalytics.sources.report_text import read_report

TABLE = """#set page(width: 16cm, height: 12cm)
= Kostnad per kommune 2026
#table(columns: (1fr, 3cm), align: (left, right),
  [Kostnader Flå], [Sum], [Hallinghelse t.o.m 30.6.26], [133 744], [Sum Flå:], [133 744])
#pagebreak()
#table(columns: 4, [Måned], [Jan], [Feb], [Mar], [Trygghetsalarm], [550], [561], [557])
#grid(columns: 2, gutter: 2cm, [Venstre spalte], [høyre spalte])
"""
PICTURE = """#set page(width: 8cm, height: 8cm)
#rect(width: 3cm, height: 3cm, fill: black)
"""


def pdf(folder: Path, source: str, name: str = "rapport.pdf") -> Path:
    (folder / "source.typ").write_text(source, "utf-8")
    path = folder / name
    path.write_bytes(typst.compile(folder / "source.typ"))
    return path


def test_a_pdf_keeps_pages_rows_and_gaps_between_cells(tmp_path: Path) -> None:
    lines = [(each.place, each.text) for each in read_report(pdf(tmp_path, TABLE)).lines if each.text]
    assert lines == [
        ("s. 1, l. 1", "Kostnad per kommune 2026"),
        ("s. 1, l. 2", "Kostnader Flå   Sum"),
        ("s. 1, l. 3", "Hallinghelse t.o.m 30.6.26   133 744"),
        ("s. 1, l. 4", "Sum Flå:   133 744"),
        ("s. 2, l. 1", "Måned   Jan   Feb   Mar"),
        ("s. 2, l. 2", "Trygghetsalarm   550   561   557"),
        ("s. 2, l. 3", "Venstre spalte   høyre spalte"),
    ]


def test_a_pdf_of_pictures_says_that_it_has_no_text_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as error:
        read_report(pdf(tmp_path, PICTURE))
    (problem,) = error.value.problems
    assert problem.id == "no_text_layer"
    assert "OCR" in problem.mend
    assert "exported, not scanned" in problem.mend


def test_a_broken_pdf_and_one_that_is_none_are_our_errors(tmp_path: Path) -> None:
    whole = pdf(tmp_path, TABLE).read_bytes()
    for name, content in {"a.pdf": whole[:40], "b.pdf": b"ikke en pdf", "c.pdf": b"%PDF-1.7\n"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidData) as error:
            read_report(tmp_path / name)
        assert {problem.id for problem in error.value.problems} == {"damaged"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_text_file_in_any_of_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rapport.txt"
    path.write_bytes("Kostnader Flå\r\n\r\nHallinghelse\u00a0tom 30.6.26\t133 744".encode(encoding))
    report = read_report(path)
    assert [(each.place, each.text) for each in report.lines] == [
        ("l. 1", "Kostnader Flå"), ("l. 2", ""), ("l. 3", "Hallinghelse tom 30.6.26   133 744"),
    ]  # fmt: skip


def test_a_mutated_pdf_is_text_or_our_error(tmp_path: Path) -> None:
    whole, path = pdf(tmp_path, TABLE).read_bytes(), tmp_path / "mutated.pdf"
    told: set[str] = set()
    for seed in range(150):
        draw, data = random.Random(seed), bytearray(whole)
        for _ in range(draw.randint(1, 12)):
            at = draw.randrange(len(data))
            if draw.random() < 0.5:
                data[at] = draw.randrange(256)
            else:
                del data[at : at + draw.randint(1, 200)]
        path.write_bytes(data)
        try:
            assert all(line.number >= 1 for line in read_report(path).lines)
        except InvalidData as error:
            told |= {problem.id for problem in error.problems}
    assert told == {"damaged", "no_text_layer"}
