"""A withheld count is in no byte of anything that is given out: brief, export, command, trace."""

from __future__ import annotations

import base64
import contextlib
import html as markup
import io
import json
import re
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hhanalytics import methods
from hhanalytics.briefs.run import render
from hhanalytics.cli import main
from hhanalytics.errors import BadInput
from hhanalytics.file_reports import exported
from hhanalytics.present.catalogue import texts
from hhanalytics.privacy.releases import Said, read_ledger, write_ledger
from tests.privacy.test_release import PLANTED, REPORT, plant

ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
FORMATS = ("xlsx", "csv", "parquet", "datapackage")
#: Synthetic counts that occur nowhere else, small beside a threshold raised for the purpose.
MONTHS = {("digitalt_tilsyn", "2025-05-01"): 73_391, ("digitalt_tilsyn", "2025-06-01"): 68_813}
COURSE, IN_GOL = 57_193, 41_957
RAISED = 80_000


def texts_in(path: Path) -> Iterator[tuple[str, str]]:
    """Every text in every file below a path: as written, unpacked, decoded, and as set on paper."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if not file.is_file():
            continue
        content = file.read_bytes()
        if file.suffix == ".pdf":
            # What stands outside of compressed streams are numbers of objects and where they begin.
            for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S):
                with contextlib.suppress(zlib.error):
                    # A space stands between two numbers there, also between two that are next to each other by chance.
                    yield f"{file.name} stream", zlib.decompress(stream).decode("latin-1").replace(" ", "\n")
            if shutil.which("pdftotext") is None:
                pytest.skip("pdftotext is not installed")
            done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True)
            yield f"{file.name} text", done.stdout.decode("utf-8")
        elif file.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                for name in book.namelist():
                    yield f"{file.name} {name}", book.read(name).decode("utf-8")
        elif file.suffix == ".parquet":
            yield file.name, pl.read_parquet(file).write_csv() + json.dumps(pl.read_parquet_metadata(file))
        else:
            text = content.decode("utf-8")
            yield file.name, text
            yield f"{file.name} decoded", decoded(text)
            for found in re.findall(r"base64,([A-Za-z0-9+/=]{40,})", text):
                yield f"{file.name} inside", base64.b64decode(found).decode("latin-1")


def decoded(text: str) -> str:
    """A text with its escapes resolved, those of JSON and those of HTML."""
    return markup.unescape(ESCAPED.sub(lambda code: chr(int(code[1], 16)), text))


def written(number: int) -> list[str]:
    """A number in every way that a file may write it."""
    head, tail = divmod(number, 1000)
    return [str(number), *(f"{head}{gap}{tail:03}" for gap in ("\u00a0", "\u202f", " ", ",", ".", "&nbsp;", "\\u00a0"))]


@pytest.fixture
def secrets(data_copy: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    """A data folder with planted counts, and the texts that would give one away."""
    plant(data_copy, MONTHS)
    path = data_copy / REPORT / "activities.csv"
    rows = pl.read_csv(path, infer_schema=False)
    mine = pl.col("activity") == "kef_participants"
    rows = rows.with_columns(quantity=pl.when(mine).then(pl.lit(str(COURSE))).otherwise("quantity"))
    in_gol = rows.filter(mine).with_columns(
        activity=pl.lit("synthetic_gol"), municipality=pl.lit("gol"), quantity=pl.lit(str(IN_GOL)), part_of=pl.lit("kef_participants")
    )  # fmt: skip
    pl.concat([rows, in_gol]).write_csv(path)
    constants = methods.constants()
    raised = methods.Constant("small_number", RAISED, "persons", "assumed", date(2026, 1, 1), "")
    monkeypatch.setattr(methods, "constants", lambda: {**constants, "small_number": raised})
    counts = (*MONTHS.values(), COURSE, IN_GOL, COURSE - IN_GOL)
    per_head = {f"{cost / COURSE:.6f}" for cost in (512_647, 557_696)}
    return data_copy, [form for n in counts for form in written(n)] + sorted(per_head)


def leaks(path: Path, forms: list[str]) -> set[tuple[str, str]]:
    return {(name, form) for name, text in texts_in(path) for form in forms if stands(form, name, text)}


def stands(form: str, name: str, text: str) -> bool:
    """Whether a text holds a form; among the charges of the page to think with, any five digits occur inside some number."""
    if name.startswith("explore.html") and form.isdigit():
        return re.search(rf"(?<!\d){form}(?!\d)", text) is not None
    return form in text


def test_a_withheld_count_is_in_no_brief(secrets: tuple[Path, list[str]], tmp_path: Path) -> None:
    data, forms = secrets
    inside = render("hof", data=data, out=tmp_path / "inside", privacy="internal")
    seen = {form for _, form in leaks(inside, forms)}
    assert {"73391", "57\u00a0193"} <= seen, "the search finds them where they are shown"
    for kind, more in (("hof", {}), ("municipality", {"municipality": "gol"}), ("benefit", {})):
        render(kind, data=data, out=tmp_path / "out", **more)
    assert leaks(tmp_path / "out", forms) == set()


@pytest.mark.parametrize("format", FORMATS)
def test_a_withheld_count_is_in_no_export(secrets: tuple[Path, list[str]], tmp_path: Path, format: str) -> None:
    from hhanalytics.dataset import load

    data, forms = secrets
    dataset = load(data)
    inside = exported(dataset, tmp_path / f"inside.{format}", format, privacy="internal", ledger=tmp_path)
    assert {str(n) for n in (73_391, 57_193, 41_957)} <= {form for _, form in leaks(inside, forms)}
    marked = texts("nb")["page.internal"]
    assert any(marked in text for _, text in texts_in(inside)), "and says that it is internal"
    public = exported(dataset, tmp_path / f"public.{format}", format, ledger=tmp_path)
    assert leaks(public, forms) == set()
    assert not any(marked in text for _, text in texts_in(public))


@pytest.mark.parametrize(
    "command",
    [
        ["check", "--format", "json"],
        ["check"],
        ["show", "cost_per_participant", "--format", "json"],
        ["show", "gain", "--format", "csv"],
        ["show", "gain_lines"],
        ["show", "like_for_like", "--format", "json"],
        ["show", "level_shifts", "--format", "json"],
        ["show", "unit_rates", "--format", "json"],
        ["show", "technology_gain", "--format", "json"],
        ["show", "benefit_by_municipality", "--format", "json"],
        ["trace", "cost_per_participant programme=kef", "--format", "json"],
        ["trace", "gain programme=kef"],
        ["followup", "--propose", "--format", "json"],
    ],
)
def test_no_command_says_it(
    secrets: tuple[Path, list[str]], command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    data, forms = secrets
    assert main([*command, "--data", str(data)]) in (0, 1)
    said = capsys.readouterr()
    text = decoded(said.out + said.err)
    assert len(text) > 100
    assert [form for form in forms if form in text] == []


def test_a_workbook_to_fill_in_holds_back_what_the_plan_does(data_copy: Path, tmp_path: Path) -> None:
    """Beside each small month of last year another technology is withheld, also where a command makes the workbook."""
    from hhanalytics.dataset import load
    from hhanalytics.exports.template import template
    from hhanalytics.privacy.gate import Gate

    plant(data_copy, PLANTED)
    book = tmp_path / "tall.xlsx"
    assert main(["template", "--year", "2026", "--data", str(data_copy), "--out", str(book)]) == 0
    said = f"hhanalytics import {book} --data {data_copy}"
    dataset = load(data_copy)
    assert book.read_bytes() == template(dataset, 2026, command=said)
    assert book.read_bytes() != template(dataset, 2026, command=said, gate=Gate())


def test_an_internal_workbook_says_so_on_every_page(elvedal_copy: Path, tmp_path: Path) -> None:
    from hhanalytics.dataset import load

    path = exported(load(elvedal_copy), tmp_path / "a.xlsx", "xlsx", privacy="internal")
    marked = texts("nb")["page.internal"]
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) > 20
        assert [name for name in sheets if f"<oddHeader>&amp;C&amp;B{marked}" not in book.read(name).decode()] == []
        assert marked in book.read("docProps/core.xml").decode()
    assert read_ledger(tmp_path) == [], "what is for the inside is not released"


# Exports and briefs know of each other


def test_an_export_is_remembered_and_stopped_by_what_was_released(data_copy: Path, tmp_path: Path) -> None:
    from hhanalytics.dataset import load
    from hhanalytics.privacy.planning import counted, plan_of

    plant(data_copy, PLANTED)
    data = load(data_copy)
    plan, counts = plan_of(data), counted(data)
    exported(data, tmp_path / "first.csv", "csv", ledger=tmp_path / "briefs")
    said = read_ledger(tmp_path / "briefs")
    assert {row for each in said for row, _ in each.parts} & plan.withheld == set() or all(
        len(s.parts) > 1 for s in said
    )
    hiding = [row for row in plan.withheld - plan.small if row.startswith("welfare_tech")]
    write_ledger(tmp_path / "briefs", "synthetic", [Said.of([(row, 1)], counts[row]) for row in hiding])
    # The sums over technologies came with a brief; together with the two counts the small ones follow.
    write_ledger(tmp_path / "briefs", "synthetic", [Said.of(s, sum(counts[r] * t for r, t in s)) for s in plan.sums])
    with pytest.raises(BadInput, match="can be worked out") as error:
        exported(data, tmp_path / "second.csv", "csv", ledger=tmp_path / "briefs")
    assert error.value.id == "not_released"
    assert not (tmp_path / "second.csv").exists()
    assert (tmp_path / "first.csv").is_dir()
