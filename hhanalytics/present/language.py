"""Figures, names, dates and sentences in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from unicodedata import normalize

import polars as pl
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from hhanalytics.errors import UnknownName
from hhanalytics.evidence import LETTERS, Citation, Figure
from hhanalytics.methods import constant
from hhanalytics.present.catalogue import parts, texts
from hhanalytics.present.inline import Dated, GradeMark, Quoted, References, Run, Runs, Shown, Strong, Text, plain, runs
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import FIRST_LANGUAGE

#: Decimals shown per unit; whole numbers elsewhere.
DECIMALS = {"nok_exact": 2, "percent": 1, "share": 3, "million": 1, "exact": 2, "small": 5}
NBSP = "\u00a0"
#: Significant digits of a figure shown as ``about``.
ABOUT_DIGITS = 3

#: Kinds of ids that need no name for readers: what is said of the figures must not wait for a term.
UNNAMED = ("budget", "technology")

#: Kinds of names that are names of places, and of whom they belong to.
PLACES = ("municipalities", "collaboration")
#: Letters as they are sorted: at the end of the Norwegian alphabet, and as letters with a mark elsewhere.
LAST = str.maketrans({"æ": "\uf001", "ø": "\uf002", "å": "\uf003"})
MARKED = str.maketrans({"æ": "ae", "ø": "o"})
#: Language → what Babel calls its way of writing numbers and dates, where that is not the language's own.
LOCALES = {"en": "en_GB"}
#: Texts that stand in nynorsk only where they differ from bokmål.
SAME_IN_NYNORSK = ("name", "grantor")

Value = Figure | str | Runs | dt.date
#: A year that stands alone.
YEAR = re.compile("[12][0-9]{3}")


def text_in(code: str, row: Mapping[str, Any], text: str) -> tuple[str, str]:
    """A text of a row in a language, and the language it is really in.

    Where it was never translated it is shown in bokmål. A name stands in nynorsk only where that differs, so there
    the one in bokmål is also the nynorsk one.

    Args:
        code: The reader's language.
        row: A row of a table that has texts for readers.
        text: The column without its language, such as ``name``, ``text`` or ``grantor``.

    Returns:
        The text, empty where the cell is, and the code of its language.

    Example:
        >>> text_in("en", {"text_nb": "Gol ble med", "text_en": "Gol joined"}, "text")
        ('Gol joined', 'en')
        >>> text_in("en", {"text_nb": "Gol ble med", "text_en": None}, "text")
        ('Gol ble med', 'nb')
    """
    own = row.get(f"{text}_{code}")
    if own:
        return str(own), code
    first = row.get(f"{text}_{FIRST_LANGUAGE}") or row.get(text) or ""
    same = code == "nn" and text in SAME_IN_NYNORSK
    return str(first), code if same or not first else FIRST_LANGUAGE


class Language:
    """Everything needed to say a finding to a reader.

    Args:
        code: The language, such as ``nb``.
        tables: Tables with names for readers, by table name; none for words and numbers only.
        gate: The privacy gate that every figure passes.

    Raises:
        UnknownName: There is no catalogue for the language.
    """

    def __init__(self, code: str, tables: Mapping[str, pl.DataFrame], gate: Gate) -> None:
        self.code = code
        self.gate = gate
        self.texts = texts(code)
        self.locale = Locale.parse(LOCALES.get(code, code))
        self.names: dict[tuple[str, str], str] = {}
        for table in ("municipalities", "pools", "programmes", "networks"):
            if table in tables:
                self._add_names(table, tables[table].rename({_id(table): "id"}))
        if "terms" in tables:
            for (domain,), rows in tables["terms"].group_by(["domain"]):
                self._add_names(str(domain), rows.rename({"term": "id"}))
        # How unclear texts were read: longer than a name, and quoted from its row.
        self.readings: dict[tuple[str, str], Quoted] = {}
        for kind, column in (("readings", "read_as"), ("readings_alternative", "alternative")):
            if "readings" in tables:
                self._add_readings(kind, column, tables["readings"])

    def _add_names(self, kind: str, rows: pl.DataFrame) -> None:
        for row in rows.iter_rows(named=True):
            self.names[kind, row["id"]] = self.of(row, "name")[0]

    def _add_readings(self, kind: str, column: str, rows: pl.DataFrame) -> None:
        for row in rows.iter_rows(named=True):
            place = Citation(row["source"], "readings", "", row["locator"])
            for said in self.quoted(row, column, place):
                self.readings[kind, row["reading"]] = said

    # Texts of the data

    def of(self, row: Mapping[str, Any], text: str) -> tuple[str, str]:
        """A text of a row in the reader's language, and the language it is really in; see `text_in`."""
        return text_in(self.code, row, text)

    def quoted(self, row: Mapping[str, Any], text: str, place: Citation) -> tuple[Quoted, ...]:
        """A text of a row as a quote from its place, marked where it is in another language; none where it is empty."""
        said, code = self.of(row, text)
        return (Quoted(said, (place,), "" if code == self.code else code),) if said else ()

    # Numbers and dates

    def number(self, value: float, unit: str = "", *, digits: int | None = None) -> str:
        """A number in the language's form, halves rounded away from zero, minus as a minus sign."""
        number = Decimal(str(value))
        if digits is not None and number:
            number = number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), ROUND_HALF_UP)
        places = DECIMALS.get(unit, 0)
        number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return ("−" if number < 0 else "") + str(format_decimal(abs(number), pattern, self.locale))

    def date(self, day: dt.date, style: str = "") -> str:
        """A date: ``1. juli 2025``; style ``month``: ``juli``; style ``month_year``: ``juli 2025``.

        Example:
            >>> Language("nb", {}, Gate()).date(dt.date(2025, 7, 1))
            '1. juli 2025'
        """
        form = {"month": "LLLL", "month_year": "LLLL y", "month_short": "LLL"}.get(style) or self.texts["date.day"]
        text = str(format_date(day, form, self.locale))
        return text.rstrip(".") if form == "LLL" else text

    def period(self, start: dt.date, end: dt.date) -> str:
        """A period: a year, a half-year, or from month to month."""
        first_of_month, last_of_month = start.day == 1, (end + dt.timedelta(days=1)).day == 1
        spans = {(1, 12): "period.year", (1, 6): "period.first_half", (7, 12): "period.second_half"}
        if start.year == end.year and first_of_month and last_of_month:
            id = spans.get((start.month, end.month))
            if id:
                return plain(self.text(id, year=str(start.year)))
            between = {"first": self.date(start, "month"), "last": self.date(end, "month_year")}
            return plain(self.text("period.months", **between))
        return plain(self.text("period.days", first=self.date(start), last=self.date(end)))

    def when(self, start: dt.date, end: dt.date | None = None, style: str = "") -> Dated:
        """A date or period as a run that keeps its days.

        Args:
            start: The first day.
            end: The last day, for ``year`` and ``period``.
            style: ``year``, ``period``, or a style of `date`.
        """
        last = end or start
        text = str(start.year) if style == "year" else self.period(start, last) if style == "period" else ""
        return Dated(text or self.date(start, style), start.isoformat(), last.isoformat(), style)

    def year(self, year: int) -> Dated:
        """A year as a run."""
        return self.when(dt.date(year, 1, 1), dt.date(year, 12, 31), "year")

    def named(self, kind: str, id: str) -> Runs:
        """The name for readers of an id, as runs: dates and periods keep their days."""
        styles = {"dates": "", "months": "month", "month_years": "month_year"}
        if kind in styles:
            return (self.when(dt.date.fromisoformat(id), style=styles[kind]),)
        if kind == "periods":
            start, _, end = id.partition("/")
            return (self.when(dt.date.fromisoformat(start), dt.date.fromisoformat(end), "period"),)
        if kind == "keys":
            by, _, day = id.partition("/")
            return self.text(f"key.{by}", **({"date": dt.date.fromisoformat(day)} if day else {}))
        if (kind, id) in self.readings:
            return (self.readings[kind, id],)
        return (Text(self.name(kind, id)),)

    def name(self, kind: str, id: str) -> str:
        """The name for readers of an id: of a municipality, pool, programme, term, date, period or key."""
        if kind == "dates":
            return self.date(dt.date.fromisoformat(id))
        if kind == "months":
            return self.date(dt.date.fromisoformat(id), "month")
        if kind == "month_years":
            return self.date(dt.date.fromisoformat(id), "month_year")
        if kind == "periods":
            start, _, end = id.partition("/")
            return self.period(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
        if kind == "keys":
            by, _, day = id.partition("/")
            return self.say(f"key.{by}", **({"date": self.date(dt.date.fromisoformat(day))} if day else {}))
        if (kind, id) in self.readings:
            return self.readings[kind, id].text
        if kind == "topics":
            return self._topic(*id.split("/"))
        if (kind, id) not in self.names and kind in UNNAMED:
            return id.replace("_", " ")
        if (kind, id) not in self.names:
            raise UnknownName.of(kind, id, [known for other, known in self.names if other == kind])
        return self.names[kind, id]

    def _topic(self, table: str, topic: str) -> str:
        """What a row is about: the programme, pool or technology, or else what its table holds."""
        kinds = ("programmes", "pools", "technology", "networks")
        found = next((self.names[kind, topic] for kind in kinds if (kind, topic) in self.names), None)
        return found or _capital(self.say(f"topic.{table}"))

    # Figures

    def shown(self, figure: Figure, style: str = "") -> Shown:
        """A figure as text, its value and citations behind it.

        Args:
            figure: The figure; it passes the privacy gate here.
            style: Empty for number and unit; ``bare`` without unit; ``about`` rounded to three digits;
                ``bound`` with the word for its bound in front; ``signed`` with a plus sign; ``million`` in
                millions; ``word`` small numbers as words; ``capital`` with a capital first. Several are
                joined by ``+``.
        """
        styles = set(style.split("+")) - {""}
        if self.gate.withholds(figure):
            limit = self.number(constant("small_number"))
            small = figure.counts_persons and figure.value is not None and figure.value < constant("small_number")
            text = self.say("figure.withheld", limit=limit) if small else self.texts["figure.hidden"]
            return Shown(
                text, None, figure.unit, figure.grade, figure.bound, figure.citations, withheld=True, style=style
            )
        if figure.value is None:
            text = self.texts["figure.missing"]
            return Shown(text, None, figure.unit, figure.grade, figure.bound, figure.citations)
        text = self._numeral(figure.value, figure.unit, styles)
        if "signed" in styles and figure.value > 0:
            text = f"+{text}"
        unit = "" if "bare" in styles else self._unit(figure.unit, styles)
        if "word" in styles and figure.value == 1 and f"one.{figure.unit}" in self.texts:
            # A numeral and its noun agree in gender, so they are one text.
            text, unit = self.texts[f"one.{figure.unit}"], ""
        text = self.measured(text, unit)
        if "bound" in styles and f"bound.{figure.bound}" in self.texts:
            text = f"{self.texts[f'bound.{figure.bound}']} {text}"
        if "capital" in styles:
            text = _capital(text)
        count = figure.value if figure.persons is None else figure.persons
        return Shown(
            text,
            figure.value,
            figure.unit,
            figure.grade,
            figure.bound,
            figure.citations,
            figure.formula,
            style=style,
            parts=figure.parts,
            count=count if figure.parts else None,
        )

    def _numeral(self, value: float, unit: str, styles: set[str]) -> str:
        if "word" in styles and f"word.{value}" in self.texts:
            return self.texts[f"word.{value}"]
        if "million" in styles:
            return self.number(value / 1_000_000, "million")
        return self.number(value, unit, digits=ABOUT_DIGITS if "about" in styles else None)

    def _unit(self, unit: str, styles: set[str]) -> str:
        """The word for a unit: from the catalogue, or from the terms of the data."""
        if "million" in styles:
            return self.texts[f"unit.million_{unit}"]
        return self.texts.get(f"unit.{unit}") or self.names.get(("unit", unit), "")

    def measured(self, number: str, unit: str) -> str:
        r"""A number beside the word or sign for its unit, never parted from it.

        Example:
            >>> Language("nb", {}, Gate()).measured("4,5", "%")
            '4,5\xa0%'
        """
        if not unit:
            return number
        form = self.texts["figure.with_word" if any(map(str.isalpha, unit)) else "figure.with_sign"]
        # Only the form's own space: a unit of several words may be broken.
        return form.replace(" ", NBSP).format(number=number, unit=unit)

    def unit(self, unit: str) -> str:
        """The word for a unit; empty where it has none."""
        return self._unit(unit, set())

    def spread(self, low: Figure, high: Figure, style: str = "") -> Runs:
        """A range, as one figure where both ends are the same."""
        if low.value == high.value:
            return (self.shown(high, style),)
        if low.value is None:
            return (self.shown(high, f"{style}+bound"),)
        return (self.shown(low, f"{style}+bare"), Text("–"), self.shown(high, style))

    def limit(self, low: Figure, high: Figure, style: str = "") -> Runs:
        """A range with the word for its bound in front, where it has one: ``høyst 842–916``."""
        word = self.texts.get(f"bound.{high.bound}", "")
        return runs(f"{word} " if word else "", self.spread(low, high, style))

    # Sentences

    def has(self, id: str) -> bool:
        """Whether the catalogue has a text of this id."""
        return id in self.texts

    def text(self, id: str, /, **values: Value) -> Runs:
        """The text of an id with its placeholders filled.

        Args:
            id: Id of the text.
            values: Placeholder → figure, runs, date or ready text.

        Raises:
            UnknownName: No such text, or a placeholder without a value.
        """
        if id not in self.texts:
            raise UnknownName.of("text", id, self.texts)
        out: list[Run] = []
        strong: list[Run] | None = None
        for kind, piece, style in parts(self.texts[id]):
            if kind == "emphasis":
                if strong is None:
                    strong = []
                else:
                    out.append(Strong(tuple(strong)))
                    strong = None
                continue
            (out if strong is None else strong).extend(
                (Text(piece),) if kind == "text" else self._filled(id, piece, style, values)
            )
        return runs(out)

    def _filled(self, id: str, name: str, style: str, values: Mapping[str, Value]) -> Iterable[Run]:
        if name not in values:
            raise UnknownName.of(f"placeholder in text {id}", name, values)
        value: Any = values[name]
        if isinstance(value, Figure):
            return (self.shown(value, style),)
        if isinstance(value, dt.date):
            return (self.when(value, style=style),)
        if isinstance(value, str) and name == "year" and YEAR.fullmatch(value):
            return (self.year(int(value)),)
        if isinstance(value, str):
            return (Text({"capital": _capital, "running": self._running}.get(style, str)(value)),)
        styled = {"capital": _capital, "running": self._running}.get(style)
        return _first(tuple(value), styled) if styled else tuple(value)

    def _running(self, text: str) -> str:
        """A name as it stands inside a sentence; one that begins with the name of a place keeps its capital."""
        first = re.split(r"\W", text, maxsplit=1)[0]
        return (
            text if any(kind in PLACES and name == first for (kind, _), name in self.names.items()) else running(text)
        )

    def order(self, text: str) -> tuple[str, str]:
        """What a name is sorted by: in Norwegian æ, ø and å come last; elsewhere they are a, o and a with a mark.

        Example:
            >>> sorted(["Ål", "Hol", "Øst", "Ærlig"], key=Language("nb", {}, Gate()).order)
            ['Hol', 'Ærlig', 'Øst', 'Ål']
        """
        low = text.casefold()
        if self.locale.language in ("nb", "nn"):
            return low.translate(LAST), text
        return normalize("NFKD", low.translate(MARKED)), text

    def say(self, id: str, **values: Value) -> str:
        """The text of an id as a plain string, for headings and labels."""
        return plain(self.text(id, **values))

    def mark(self, grade: str) -> GradeMark:
        """The letter of a grade, with its meaning for those who do not see it."""
        return GradeMark(LETTERS[grade], self.texts[f"grade.{grade}"])  # type: ignore[index]

    def backing(self, citations: Iterable[Citation]) -> References:
        """The numbers of the sources a sentence rests on."""
        return References(tuple(dict.fromkeys(citations)))


def _first(said: Runs, change: Callable[[str], str]) -> Runs:
    """Runs with their first text changed; a figure or date stays as it was made."""
    if said and isinstance(said[0], Text | Quoted):
        return (replace(said[0], text=change(said[0].text)), *said[1:])
    return said


def capital(said: Runs) -> Runs:
    """Runs that begin with a capital, where they begin with words.

    Example:
        >>> capital((Text("prisen på kurs"),))
        (Text(text='Prisen på kurs'),)
    """
    return _first(said, _capital)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def running(text: str) -> str:
    """A name as it stands inside a sentence: without its capital, unless it is an abbreviation.

    Example:
        >>> running("Kurs i førstehjelp"), running("HLR-kurs")
        ('kurs i førstehjelp', 'HLR-kurs')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _id(table: str) -> str:
    return {"municipalities": "municipality", "pools": "pool", "programmes": "programme", "networks": "network"}[table]
