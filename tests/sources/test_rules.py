"""The declarations hang together: every rule has words, every relation a target, every column a description."""

from __future__ import annotations

import pytest

from hhanalytics.sources.rules import RULES
from hhanalytics.tables import TABLES


def test_every_rule_of_a_row_can_be_put_into_words() -> None:
    """A rule without words would end in a KeyError just when somebody's data break it."""
    declared = {}
    for schema in TABLES.values():
        columns = set(schema.columns())
        for rule in schema.filter(schema.create_empty()).failure.details().columns:
            if rule not in columns and "|" not in rule and rule != "primary_key":
                declared[rule] = columns
    assert set(declared) == set(RULES)
    for rule, columns in declared.items():
        looked_at, expected = RULES[rule]
        assert set(looked_at) <= columns
        assert expected


@pytest.mark.parametrize("name", TABLES)
def test_relations_lead_to_a_key_and_columns_are_described(name: str) -> None:
    for column, kind in TABLES[name].columns().items():
        assert kind.description, column
        assert kind.description.endswith("."), column
        target = (kind.metadata or {}).get("references")
        if target:
            table, _, key = target.partition(".")
            assert key in TABLES[table].primary_key(), column
        if column.endswith("_nok"):
            assert kind.metadata == {"unit": "nok"}
