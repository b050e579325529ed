"""The texts of every language: all that are asked for exist, none holds a number, none is left over."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import hhanalytics
from hhanalytics.errors import BadInput
from hhanalytics.evidence import GRADES
from hhanalytics.present import catalogue as catalogue_module
from hhanalytics.present.catalogue import languages, parts, texts

PACKAGE = Path(hhanalytics.__file__).parent
#: Methods that are given the id of a text.
ASKING = {"say", "text"}
#: What makes a finding; its first argument is the kind.
MAKING = {"Finding", "_gap"}


@cache
def nodes(*folders: str) -> list[ast.AST]:
    """All syntax nodes of some packages."""
    paths = sorted(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))
    return [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def strings(node: ast.AST) -> set[str]:
    """The strings below a node."""
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def calls(names: set[str], *folders: str) -> list[ast.Call]:
    found = (node for node in nodes(*folders) if isinstance(node, ast.Call))
    return [call for call in found if (getattr(call.func, "attr", "") or getattr(call.func, "id", "")) in names]


@pytest.fixture(params=languages())
def catalogue(request: pytest.FixtureRequest) -> dict[str, str]:
    return texts(request.param)


def test_every_text_that_is_asked_for_exists(catalogue: dict[str, str]) -> None:
    asked = {
        call.args[0].value
        for call in calls(ASKING, "present", "briefs")
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert {"legend", "programmes.total"} <= asked
    assert asked <= set(catalogue)


def test_every_finding_has_its_words(catalogue: dict[str, str]) -> None:
    """A finding of a kind without a sentence, or with a question without words, would stop a brief."""
    made = calls(MAKING, "decisions")
    kinds = {kind for call in made if call.args for kind in strings(call.args[0])}
    questions = {id for call in made for k in call.keywords if k.arg == "question" for id in strings(k.value) if id}
    assert {"charge_off_key", "gap_positions", "cost_total"} <= kinds
    assert {"charge_off_key", "underspend_off"} <= questions
    assert {f"finding.{kind}" for kind in kinds} <= set(catalogue)
    assert {f"question.{id}" for id in questions} <= set(catalogue)
    assert {f"grade.{grade}" for grade in GRADES} <= set(catalogue)


@pytest.mark.parametrize("language", languages())
def test_every_language_says_the_same(language: str) -> None:
    """The same texts, each with the same figures, names and emphasis; what a figure looks like is the language's own."""

    def held(text: str) -> list[str]:
        return sorted(name if kind == "value" else kind for kind, name, _ in parts(text) if kind != "text")

    own, nb = texts(language), texts("nb")
    assert own.keys() == nb.keys()
    assert not {id for id, text in own.items() if held(text) != held(nb[id])}


def test_texts_hold_no_number(catalogue: dict[str, str]) -> None:
    """Every number comes from a figure, so that all languages have the same ones."""
    literals = {id: [piece for kind, piece, _ in parts(text) if kind == "text"] for id, text in catalogue.items()}
    assert not {id for id, pieces in literals.items() if re.search(r"\d", "".join(pieces))}


@pytest.mark.parametrize("number", ["5", "½", "٣", "²"])
def test_a_catalogue_with_a_number_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    """Refused when it is read, whoever wrote it, with every such text named."""
    entries = (f'msgid "{id}"\nmsgstr "{{total}} av {number} kr"\n\n' for id in ("first", "second"))
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "made_up.po").write_text("".join(entries), "utf-8")
    monkeypatch.setattr(catalogue_module, "_folder", lambda: tmp_path)
    with pytest.raises(
        BadInput, match=r"catalogue xx/made_up.po: found first .*; second .*, expected texts without numbers"
    ):
        texts("xx")


def test_a_text_in_two_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them would be shown, and the other one mended."""
    (tmp_path / "yy").mkdir()
    for name in ("first", "second"):
        (tmp_path / "yy" / f"{name}.po").write_text(f'msgid "same"\nmsgstr "{name}"\n', "utf-8")
    monkeypatch.setattr(catalogue_module, "_folder", lambda: tmp_path)
    with pytest.raises(BadInput, match=r"catalogue yy: found same, expected each text once"):
        texts("yy")


def test_texts_are_well_formed(catalogue: dict[str, str]) -> None:
    for id, text in catalogue.items():
        assert text, id
        assert [kind for kind, *_ in parts(text)].count("emphasis") % 2 == 0, id
        assert all(name is None or re.fullmatch(r"[a-z_]+", name) for _, name, *_ in Formatter().parse(text)), id
        assert "  " not in text, id


def test_no_text_is_left_over(catalogue: dict[str, str]) -> None:
    """A text whose id stands nowhere in the code, whole or composed, is forgotten or misspelt."""
    written, composed = set(), []
    for node in nodes("present", "briefs", "decisions", "exports"):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            written.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            pieces = [re.escape(p.value) if isinstance(p, ast.Constant) else r"[\w.]+" for p in node.values]
            if any("\\." in piece for piece in pieces):
                composed.append("".join(pieces))
    made = re.compile("|".join(composed))
    assert not {id for id in catalogue if id not in written and not made.fullmatch(id)}
