"""Every text is in its own language, and every text of the data is there in all of them."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from babel.messages.pofile import read_po

from hhanalytics.dataset import Dataset
from hhanalytics.present import catalogue as catalogue_module
from hhanalytics.present.catalogue import languages, parts, texts
from hhanalytics.present.language import Language, text_in
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import FIRST_LANGUAGE, OTHER_LANGUAGES, TABLES, first_text, translated
from tests.languages import foreign, foreign_words

LOCALES = Path(catalogue_module.__file__).parent / "locales"


def words(text: str) -> str:
    """A text without what is put into it and what is typed as it stands."""
    said = "".join(piece if kind == "text" else " " for kind, piece, _ in parts(text))
    return re.sub(r"`[^`]*`|--[a-z-]+", " ", said)


def test_the_languages_are_those_of_the_tables() -> None:
    assert set(languages()) <= {FIRST_LANGUAGE, *OTHER_LANGUAGES}


@pytest.mark.parametrize("language", languages())
def test_no_text_is_unsure_or_empty(language: str) -> None:
    """A translator's tool marks a guess as fuzzy."""
    for path in sorted((LOCALES / language).glob("*.po")):
        catalogue = read_po(BytesIO(path.read_bytes()))
        assert (
            str(catalogue.locale or (catalogue.mime_headers and dict(catalogue.mime_headers).get("Language")))
            == language
        ), path.name
        assert [str(m.id) for m in catalogue if m.id and (m.fuzzy or not m.string)] == [], path.name
        assert list(catalogue.obsolete) == [], path.name


@pytest.mark.parametrize("language", languages())
def test_no_text_is_in_another_language(language: str) -> None:
    found = {id: said for id, text in texts(language).items() if (said := foreign(words(text), language))}
    assert found == {}


def test_words_of_another_language_are_found() -> None:
    """The lists bite, and no word is in the list of its own language."""
    assert foreign("Kommunene har ikke meldt noe", "nn") == {"kommunene", "ikke", "noe"}
    assert foreign("Kommunane har ikkje meldt noko", "nb") == {"kommunane", "ikkje", "noko"}
    assert foreign("What og how", "en") == {"og"}
    assert not foreign_words("nb") & foreign_words("nn") & {"og", "ikke", "ikkje"}


# Texts of the data


def cells(dataset: Dataset, language: str) -> list[tuple[str, str, str, str]]:
    """Table, text, what it says in bokmål and in the language, for every filled cell."""
    return [
        (table, text, row[first_text(table, text)], row[f"{text}_{language}"] or "")
        for table in TABLES
        for text in translated(table)
        for row in dataset.tables[table].filter(pl.col(first_text(table, text)).is_not_null()).iter_rows(named=True)
    ]


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_text_of_the_data_is_translated(dataset: Dataset, language: str) -> None:
    found = cells(dataset, language)
    assert len(found) > 300
    missing = [cell for cell in found if not cell[3] and not (language == "nn" and cell[1] in ("name", "grantor"))]
    assert missing == []
    # What is only said in bokmål would be the same word in nynorsk.
    assert [cell for cell in found if foreign(cell[3] or cell[2], language)] == []


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_no_translation_says_another_number(dataset: Dataset, language: str) -> None:
    def numbers(text: str) -> list[str]:
        return sorted(re.findall(r"\d+", re.sub(r"(?<=\d)[ ,\u00a0](?=\d{3})", "", text)))

    assert [cell for cell in cells(dataset, language) if cell[3] and numbers(cell[2]) != numbers(cell[3])] == []


def test_what_is_not_translated_is_said_in_bokmaal() -> None:
    assert text_in("nn", {"name_nb": "Gol", "name_nn": None}, "name") == ("Gol", "nn")
    assert text_in("nn", {"text_nb": "Gol ble med", "text_nn": ""}, "text") == ("Gol ble med", "nb")
    assert text_in("en", {"grantor": "Stiftelsen", "grantor_en": None}, "grantor") == ("Stiftelsen", "nb")
    assert text_in("nb", {"alternative_nb": None}, "alternative") == ("", "nb")


@pytest.mark.parametrize(
    ("language", "number", "percent", "day"),
    [
        ("nb", "1\u00a0234,50", "7,0\u00a0%", "1. juli 2025"),
        ("nn", "1\u00a0234,50", "7,0\u00a0%", "1. juli 2025"),
        ("en", "1,234.50", "7.0%", "1 July 2025"),
    ],
)
def test_numbers_and_dates_are_those_of_the_language(language: str, number: str, percent: str, day: str) -> None:
    if language not in languages():
        pytest.skip("no catalogue")
    from datetime import date

    from hhanalytics.evidence import Figure

    said = Language(language, {}, Gate())
    assert said.number(1234.5, "nok_exact") == number
    assert said.shown(Figure(7, "percent", "documented")).text == percent
    assert said.date(date(2025, 7, 1)) == day
