"""Numbers, names, dates and sentences as a reader of bokmål or English expects them."""

from __future__ import annotations

from datetime import date

import pytest

from hhanalytics.dataset import Dataset, load
from hhanalytics.errors import UnknownName
from hhanalytics.evidence import Citation, Figure
from hhanalytics.present.inline import Shown, Strong, plain
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def real() -> Dataset:
    return load("data/raw")


@pytest.fixture(scope="module")
def language(real: Dataset) -> Language:
    return Language("nb", real.tables, Gate())


def figure(value: float | None, unit: str = "nok", **more: object) -> Figure:
    return Figure(value, unit, "documented", citations=(Citation("s", "costs", "a", "l. 1"),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "unit", "style", "text"),
    [
        (6107497, "nok", "", f"6{NBSP}107{NBSP}497{NBSP}kr"),
        (-277, "units", "bare", "−277"),
        (279, "units", "bare+signed", "+279"),
        (0, "nok", "bare+signed", "0"),
        # Halves away from zero, in binary too: 2.5 and 1735.5.
        (2.5, "nok", "bare", "3"),
        (-2.5, "nok", "bare", "−3"),
        (1735.9045, "nok", "bare", f"1{NBSP}736"),
        (18.05, "percent", "", f"18,1{NBSP}%"),
        (-0.04, "percent", "bare", "0,0"),
        (2615037, "nok", "million", f"2,6{NBSP}mill. kr"),
        (466016, "nok", "about+bare", f"466{NBSP}000"),
        (5, "municipalities", "word", f"fem{NBSP}kommuner"),
        (5, "municipalities", "word+bare", "fem"),
        (1, "charges", "word", "én post"),
        (1, "programmes", "word+capital", "Ett tiltak"),
        (13, "goals", "word", f"13{NBSP}mål"),
        (609, "participants", "", f"609{NBSP}deltakere"),
    ],
)
def test_figures_as_text(language: Language, value: float, unit: str, style: str, text: str) -> None:
    shown = language.shown(figure(value, unit), style)
    assert (shown.text, shown.value) == (text, value)


def test_minus_zero_is_zero(language: Language) -> None:
    assert language.number(-0.2) == "0"


def test_bounds_and_ranges(language: Language) -> None:
    low, high = figure(842.0, bound="at_most"), figure(915.8, bound="at_most")
    assert plain(language.limit(low, high, "bare")) == "høyst 842–916"
    assert plain(language.limit(high, high, "bare")) == "høyst 916"
    assert plain(language.spread(figure(5), figure(5))) == f"5{NBSP}kr"
    assert language.shown(figure(440, "participants", bound="at_least"), "bound").text == f"minst 440{NBSP}deltakere"


def test_missing_is_said_and_never_zero(language: Language) -> None:
    assert language.shown(figure(None)).text == "ikke oppgitt"


def test_small_counts_of_persons_are_withheld_with_their_values(language: Language, real: Dataset) -> None:
    few = figure(4, "users", counts_persons=True)
    shown = language.shown(few)
    assert (shown.text, shown.value, shown.withheld) == ("under 5", None, True)
    inside = Language("nb", real.tables, Gate(public=False))
    assert inside.shown(few).value == 4


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), "2025"),
        (date(2025, 1, 1), date(2025, 6, 30), "første halvår 2025"),
        (date(2025, 7, 1), date(2025, 12, 31), "andre halvår 2025"),
        (date(2025, 8, 1), date(2025, 12, 31), "august–desember 2025"),
        (date(2025, 2, 3), date(2025, 3, 1), "3. februar 2025–1. mars 2025"),
    ],
)
def test_periods(language: Language, start: date, end: date, text: str) -> None:
    assert language.period(start, end) == text


@pytest.mark.parametrize(
    ("value", "unit", "style", "text"),
    [
        (6107497, "nok", "", f"6,107,497{NBSP}NOK"),
        (2615037, "nok", "million", f"2.6{NBSP}million NOK"),
        # No space before the sign, as British English has it.
        (18.05, "percent", "", "18.1%"),
        (1, "charges", "word+capital", "One charge"),
        (5, "municipalities", "word", f"five{NBSP}municipalities"),
    ],
)
def test_figures_in_english(real: Dataset, value: float, unit: str, style: str, text: str) -> None:
    assert Language("en", real.tables, Gate()).shown(figure(value, unit), style).text == text


def test_days_and_periods_in_english(real: Dataset) -> None:
    """Day before month without a stop, months with a capital."""
    english = Language("en", real.tables, Gate())
    assert english.date(date(2025, 7, 1)) == "1 July 2025"
    assert english.period(date(2025, 7, 1), date(2025, 12, 31)) == "the second half of 2025"
    assert english.period(date(2025, 8, 1), date(2025, 12, 31)) == "August–December 2025"
    assert english.period(date(2025, 2, 3), date(2025, 3, 1)) == "3 February 2025 to 1 March 2025"


def test_names(language: Language) -> None:
    assert language.name("municipalities", "aal") == "Ål"
    assert language.name("months", "2025-06-01") == "juni"
    with pytest.raises(UnknownName, match="gol"):
        language.name("municipalities", "goll")


def test_sentence_keeps_values_and_emphasis(language: Language) -> None:
    runs = language.text("finding.accounts_agree", stated=figure(6107497))
    assert isinstance(runs[0], Strong)
    assert [run.value for run in runs if isinstance(run, Shown)] == [6107497]


def test_text_without_its_figure_is_refused(language: Language) -> None:
    with pytest.raises(UnknownName, match="stated"):
        language.text("finding.accounts_agree")
    with pytest.raises(UnknownName, match="finding"):
        language.text("finding.acounts_agree")
