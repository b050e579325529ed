"""The parameters of a brief: read from its notebook, checked before anything starts.

A notebook has one cell tagged ``parameters`` with one assignment per line; that cell is the truth about
names and defaults. What values are allowed depends on the data.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hhanalytics.errors import BadParameter, UnknownName

if TYPE_CHECKING:
    from hhanalytics.dataset import Dataset

#: Who may read the brief: ``public`` shows no small number of persons.
READERS = ("public", "internal")
#: Which charges it is made from: as printed, or put to their key.
CHARGES = ("printed", "corrected")
#: Whom a brief about one municipality is for: its own leaders, or its council and so everybody.
AUDIENCES = ("leaders", "council")


@dataclass(frozen=True)
class Parameter:
    """What a parameter may be.

    Attributes:
        kind: Its type.
        expected: What is expected, in words for the error.
        valid: The values it may take with a given Dataset; None: any of its type.
    """

    kind: type
    expected: str
    valid: Callable[[Dataset], list[Any]] | None = None


def _languages(_: Dataset) -> list[str]:
    from hhanalytics.present.catalogue import languages

    return languages()


def _municipalities(data: Dataset) -> list[str]:
    return [str(name) for name in data.costs["municipality"].unique().sort()]


#: Every parameter that a brief notebook may declare.
PARAMETERS: dict[str, Parameter] = {
    "as_of": Parameter(str, "a day such as 2026-06-30"),
    "audience": Parameter(str, " or ".join(AUDIENCES), lambda _: list(AUDIENCES)),
    "year": Parameter(int, "a year with accounts", lambda data: data.years()),
    "language": Parameter(str, "a language with a catalogue", _languages),
    "municipality": Parameter(str, "a municipality with charges", _municipalities),
    "data": Parameter(str, "a folder with one folder per source"),
    "privacy": Parameter(str, " or ".join(READERS), lambda _: list(READERS)),
    "charges": Parameter(str, " or ".join(CHARGES), lambda _: list(CHARGES)),
    "mandate": Parameter(str, "a mandate on file", lambda data: data.mandates["mandate"].to_list()),
}


def defaults(notebook: Path) -> dict[str, Any]:
    """The parameters a notebook declares, with their default values.

    Raises:
        BadParameter: The notebook has no cell tagged ``parameters``, or one that does more than assign.
    """
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise BadParameter.of(notebook.name, f"{len(tagged)} cells tagged parameters", "one")
    source = "".join(tagged[0]["source"])
    try:
        found = dict(_assigned(statement) for statement in ast.parse(source).body)
    except ValueError as error:
        raise BadParameter.of(notebook.name, str(error), "one name = value per line") from error
    except SyntaxError as error:
        raise BadParameter.of(notebook.name, (error.text or source).strip(), "one name = value per line") from error
    for name in found:
        if name not in PARAMETERS:
            raise UnknownName.of("parameter", name, PARAMETERS)
    return found


def _assigned(statement: ast.stmt) -> tuple[str, Any]:
    """The name and value of an assignment such as ``year: int | None = None``."""
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    if isinstance(statement, ast.AnnAssign):
        targets, value = [statement.target], statement.value
    elif isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    if len(targets) != 1 or not isinstance(targets[0], ast.Name) or value is None:
        raise ValueError(ast.unparse(statement))
    try:
        return targets[0].id, ast.literal_eval(value)
    except ValueError as error:
        raise ValueError(ast.unparse(statement)) from error


def checked(given: Mapping[str, Any], declared: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    """All parameters of a brief, given ones over defaults, each checked.

    Args:
        given: Name → value, as typed by the user; None stands for the default.
        declared: Name → default, from the notebook.
        dataset: The data they must fit.

    Returns:
        Name → value; the year is the latest with accounts where none is given.

    Raises:
        UnknownName: A parameter the notebook does not have, or a value that is none of the valid ones.
        BadParameter: A value of the wrong type.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> checked({"year": 2052}, {"year": None}, data)
        Traceback (most recent call last):
        ...
        hhanalytics.errors.UnknownName: Unknown year '2052'. Did you mean '2025'?
    """
    for name in given:
        if name not in declared:
            raise UnknownName.of("parameter", name, declared)
    chosen = {**declared, **{name: value for name, value in given.items() if value is not None}}
    if "year" in chosen and chosen["year"] is None:
        chosen["year"] = dataset.year(None)
    if "as_of" in chosen and chosen["as_of"] is None:
        chosen["as_of"] = last_day(dataset).isoformat()
    for name, value in chosen.items():
        typed(name, value)
        rule = PARAMETERS[name]
        if name == "year":
            dataset.year(value)  # says more of a year with counts and without accounts
        if rule.valid is not None and value not in (valid := rule.valid(dataset)):
            raise UnknownName.of(name, value, valid)
    if "as_of" in chosen:
        _check_day(chosen["as_of"], dataset)
    if chosen.get("audience") == "council" and chosen.get("privacy") == "internal":
        raise BadParameter.of("privacy", "internal", "public, since what a council gets anybody may read")
    if "municipality" in chosen and "year" in chosen:
        charged = charged_in(dataset, chosen["year"])
        if chosen["municipality"] not in charged:
            raise UnknownName.of(f"municipality charged in {chosen['year']}", chosen["municipality"], charged)
    return chosen


def last_day(dataset: Dataset) -> date:
    """The last day that charges reach: the day of a status that is given none.

    Example:
        >>> import hhanalytics as hh
        >>> str(last_day(hh.load("data/raw")))
        '2025-12-31'
    """
    dataset.year(None)  # says so where there are no accounts at all
    found: Any = dataset.costs["period_end"].max()
    return date(found.year, found.month, found.day)


def _check_day(text: str, dataset: Dataset) -> None:
    """Refuse what is no day, and a day that the data can say nothing of.

    Raises:
        BadParameter: It is not written as a day, lies before the first accounts, or more than a year after the last of what is known.
    """
    known: Any = dataset.sources["published_on"].max() or last_day(dataset)
    first: Any = dataset.costs["period_start"].min()
    last = date(max(known, last_day(dataset)).year + 1, 12, 31)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadParameter.of("as_of", text, PARAMETERS["as_of"].expected) from error
    if text != day.isoformat() or not first <= day <= last:
        raise BadParameter.of("as_of", text, f"a day from {first} to {last}, written like that")


def charged_in(dataset: Dataset, year: int) -> list[str]:
    """The municipalities that were charged in a year: those a brief of their own can be made for.

    Example:
        >>> import hhanalytics as hh
        >>> charged_in(hh.load("data/raw"), 2025)
        ['aal', 'flaa', 'gol', 'hemsedal', 'hol', 'nesbyen']
    """
    rows = dataset.costs.filter(dataset.costs["period_end"].dt.year() == year)
    return [str(name) for name in rows["municipality"].unique().sort()]


def typed(name: str, value: object) -> None:
    """Refuse a value that is not of its parameter's type; ``True`` is no number here.

    Raises:
        BadParameter: It is not.

    Example:
        >>> typed("year", "2025")
        Traceback (most recent call last):
        ...
        hhanalytics.errors.BadParameter: Parameter year: found '2025', expected a year with accounts (int). ...
    """
    rule = PARAMETERS[name]
    if type(value) is not rule.kind:
        raise BadParameter.of(name, value, f"{rule.expected} ({rule.kind.__name__})")
