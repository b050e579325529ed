"""Frames as tables to read.

What is shown here is for whoever works with the data: frames are shown as they are. What leaves the house is made with
`hhanalytics brief` or `hhanalytics export`, behind the privacy gate.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from html import escape
from typing import Any, Final

import narwhals as nw
import polars as pl
from babel.numbers import get_decimal_symbol

from hhanalytics.dataset import Dataset
from hhanalytics.errors import BadInput
from hhanalytics.evidence import LETTERS
from hhanalytics.exports.measured import MEASURED
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate
from hhanalytics.tables import TABLES

#: Between groups of three digits: narrow, and never broken over two lines.
THIN: Final = "\u202f"
#: Unit → decimals of numbers that are no whole ones; two elsewhere.
DECIMALS: Final = {
    "nok": 0,
    "persons": 0,
    "units": 0,
    "minutes": 0,
    "hours": 0,
    "per 1000": 1,
    "per 100": 1,
    "share": 3,
}
#: Columns of numbers that are names: their digits are not set in groups.
UNGROUPED: Final = ("year", "price_year", "code")
#: So many rows a table shows; more than that is not read but computed with.
MOST_ROWS: Final = 200


def show_table(frame: Any, *, title: str = "", data: Dataset | None = None, language: str = "nb") -> Any:
    """A frame as a table to read: units in the headings, digits in groups, what is not known said.

    Args:
        frame: A polars, pandas or other eager frame; a measure's result or a table. The index of a pandas frame is not
            shown: ``reset_index()`` makes columns of it.
        title: What stands above it.
        data: The Dataset; with it ids are shown by their names.
        language: Language of names and words.

    Returns:
        A table of the library great-tables, which JupyterLab displays and which its methods change further.

    Raises:
        BadInput: great-tables is not installed; it is no frame, or one with too many rows.
        UnknownName: There is no catalogue for the language.

    Example:
        >>> import hhanalytics as hh
        >>> costs = hh.compute(hh.example(), "programme_costs", year=2025)
        >>> table = hh.show_table(costs.filter(programme="mft").select("programme", "cost_nok"), data=hh.example())
        >>> "Mobilt ferdighetsteam" in table.as_raw_html(), "778\u202f820" in table.as_raw_html()
        (True, True)
    """
    try:
        from great_tables import GT, html
    except ImportError as error:
        mend = "Install it: pip install great-tables, or in a copy of the project: uv sync --group lab."
        raise BadInput.of("not_installed", "show_table", "no great-tables", "great-tables", mend) from error
    words = Language(language, data.tables if data else {}, Gate())
    made = eager(frame, "show_table")
    shown = _readable(made, words)
    # Its ids are random otherwise, and the same notebook would give other bytes each time.
    name = "t" + sha256(repr((shown.schema, shown.rows(), title)).encode()).hexdigest()[:10]
    table = GT(shown, id=name)
    heads: dict[str, Any] = {}
    point = get_decimal_symbol(language)
    for column, kind in shown.schema.items():
        unit = unit_of(column)
        word = unit_word(unit, words)
        heads[column] = html(escape(column) + (f"<br><small>{escape(word)}</small>" if word else ""))
        if kind.is_numeric():
            whole = kind.is_integer() or bool((shown[column].drop_nulls() % 1 == 0).all())
            places = 0 if whole else DECIMALS.get(unit, 2)
            mark = "" if column in UNGROUPED else THIN
            table = table.fmt_number(
                columns=[column], decimals=places, sep_mark=mark, use_seps=bool(mark), dec_mark=point
            )
    # An empty text need not be something unknown: "part of nothing" is an answer.
    texts = [column for column, kind in made.schema.items() if kind == pl.String]
    missing = html(f"<i>{escape(words.texts['figure.missing'])}</i>")
    table = table.cols_label(cases=heads).sub_missing(columns=texts, missing_text="–")
    table = table.sub_missing(columns=[column for column in shown.columns if column not in texts], missing_text=missing)
    return table.tab_header(title) if title else table


def unit_of(column: str) -> str:
    """What the numbers of a column count; empty where the name alone does not say it.

    Example:
        >>> unit_of("cost_high_nok"), unit_of("rate"), unit_of("programme")
        ('nok', 'per 1000', '')
    """
    unit = MEASURED[column][0] if column in MEASURED else _declared().get(column, "")
    if unit.startswith(("{", "as the ")) or unit == "index":
        return ""
    return unit or ("nok" if column.endswith("_nok") else "")


@cache
def _declared() -> dict[str, str]:
    """Column → unit, as the tables declare it."""
    return {
        name: (column.metadata or {}).get("unit", "")
        for table in TABLES.values()
        for name, column in table.columns().items()
    }


@cache
def _kinds() -> dict[str, tuple[str, ...]]:
    """Column → the tables, or domains of terms, that its ids are of."""
    found: dict[str, tuple[str, ...]] = {}
    for table in TABLES.values():
        for name, column in table.columns().items():
            about = column.metadata or {}
            kind = about.get("term") or about.get("references", "").partition(".")[0]
            if kind:
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), kind)))
    return found


def unit_word(unit: str, words: Language) -> str:
    """The word for a unit; the unit itself where no catalogue has one."""
    if not unit:
        return ""
    return words.texts.get(f"unit.of.{unit.replace(' ', '_')}") or words.unit(unit) or unit


def eager(frame: Any, function: str) -> pl.DataFrame:
    """A frame to show, as polars, with what is not known as missing.

    Raises:
        BadInput: It is no frame, or has too many rows.
    """
    try:
        given: Any = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        found, mend = type(frame).__name__, "Give a polars or pandas frame; .collect() a lazy one."
        raise BadInput.of("no_frame", function, found, "a frame", mend) from error
    made: pl.DataFrame = given.to_polars()
    if made.height > MOST_ROWS:
        mend = "Filter or sum it first, or show frame.head()."
        raise BadInput.of("too_many_rows", function, f"{made.height} rows", f"at most {MOST_ROWS}", mend)
    # A number that is none is how pandas writes that it is not known.
    return made.with_columns(pl.selectors.float().fill_nan(None))


def _readable(made: pl.DataFrame, words: Language) -> pl.DataFrame:
    """The frame with names for ids, and words for what is true or graded."""
    yes_no = {True: words.texts["choice.yes"], False: words.texts["choice.no"]}
    changed = []
    for column, kind in made.schema.items():
        values = made[column].to_list()
        if kind == pl.Boolean:
            changed.append(pl.Series(column, [yes_no.get(value) for value in values], pl.String))
        elif kind == pl.String:
            changed.append(
                pl.Series(column, [value if value is None else name_of(column, value, words) for value in values])
            )
        elif kind.is_temporal():
            days = [
                value if value is None else words.date(value, "month_year" if column == "month" else "")
                for value in values
            ]
            changed.append(pl.Series(column, days, pl.String))
    return made.with_columns(changed)


def name_of(column: str, value: str, words: Language) -> str:
    """What readers see for an id; the id itself where no name is known."""
    if column == "grade" and value in LETTERS:
        return f"{LETTERS[value]} {words.texts[f'grade.{value}']}"
    for kind in _kinds().get(column, ()):
        if (kind, value) in words.names:
            return words.names[kind, value]
    return value
