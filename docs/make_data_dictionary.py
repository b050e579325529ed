"""Write ``docs/data.md`` from the declarations in ``hhanalytics.tables``; never edit that file by hand.

Run ``python docs/make_data_dictionary.py`` after a change of the tables. ``tests/test_project.py`` fails
while the file is not current.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dataframely as dy

from hhanalytics.tables import TABLES

TARGET = Path(__file__).with_name("data.md")

HEAD = """\
# Data dictionary

<!-- Made by docs/make_data_dictionary.py from hhanalytics/tables.py. Change the declarations, then run it. -->

One CSV file per table, in the folder of its source: `data/raw/<source>/<table>.csv`. UTF-8, comma between
cells, a header with the names below in any order. Dates are written `2025-12-31`, decimals with a point,
truth as `true` or `false`; an empty cell is *not known*. A column that may be empty may also be left out.
`source` is filled in from the folder's name. How to make a folder: [guide](guide.md#your-own-data).

Persons: values of columns marked **persons** are never shown below the threshold for small numbers in a
public brief ([method](method.md#small-numbers)).

| table | one row is |
|---|---|
"""

KINDS = {
    dy.String: "text",
    dy.Int64: "whole number",
    dy.Float64: "number",
    dy.Date: "date",
    dy.Bool: "true/false",
}


def _kind(column: dy.Column) -> str:
    word = next(word for kind, word in KINDS.items() if isinstance(column, kind))
    return "id" if getattr(column, "regex", None) == r"^[a-z][a-z0-9_]*$" else word


def _values(column: dy.Column) -> str:
    """What a column may hold, beyond its kind."""
    about: dict[str, Any] = column.metadata or {}
    said = []
    if "allowed" in about:
        said.append(", ".join(f"`{value}`" for value in about["allowed"]))
    if "references" in about:
        table = about["references"].partition(".")[0]
        said.append(f"an id in [{table}](#{table})")
    if "unit" in about:
        said.append(about["unit"])
    for limit, words in (("min", "at least"), ("max", "at most")):
        value = getattr(column, limit, None)
        if value is not None:
            said.append(f"{words} {value:g}")
    persons = about.get("counts_persons")
    if persons is True:
        said.append("**persons**")
    elif persons:
        said.append("**persons** where unit is " + ", ".join(persons))
    return "; ".join(said)


def _needed(column: dy.Column) -> str:
    return "key" if column.primary_key else "may be empty" if column.nullable else "yes"


def _rules(schema: type[dy.Schema]) -> list[str]:
    """What is asked of a row as a whole, in the words of the rules."""
    factories = [getattr(schema, name) for name in schema._schema_validation_rules()]
    return [" ".join((factory.validation_fn.__doc__ or "").split()) for factory in factories]


def dictionary() -> str:
    """The text of ``docs/data.md``."""
    out = [HEAD]
    out += [f"| [{name}](#{name}) | {_first(schema)} |\n" for name, schema in TABLES.items()]
    for name, schema in TABLES.items():
        out.append(f"\n## {name}\n\n{' '.join((schema.__doc__ or '').split())}\n\n")
        out.append("| column | kind | needed | values | meaning |\n|---|---|---|---|---|\n")
        for column, declared in schema.columns().items():
            if name == "sources" and column == "source":
                needed = "the folder's name"
            elif column == "source":
                needed = "filled in"
            else:
                needed = _needed(declared)
            cells = (f"`{column}`", _kind(declared), needed, _values(declared), declared.description or "")
            out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
        keys = schema.primary_key()
        rules = [*([f"One row per {', '.join(keys)}."] if keys else []), *_rules(schema)]
        if name == "sources":
            out.append("\nOne `source.toml` per folder; each column is a key in it.\n")
        elif rules:
            out.append("\n" + " ".join(rules) + "\n")
    return "".join(out)


def _first(schema: type[dy.Schema]) -> str:
    return " ".join((schema.__doc__ or "").split()).partition(".")[0].partition(";")[0]


if __name__ == "__main__":
    TARGET.write_text(dictionary(), encoding="utf-8")
    print(f"{TARGET.name} written")
