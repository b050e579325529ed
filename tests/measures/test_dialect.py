"""Measures over large tables keep to what every engine does alike: read from their source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MEASURES = Path(__file__).parents[2] / "hhanalytics" / "measures"
#: Modules of the measures that run on every engine, and what they call.
SOURCES = ("costs", "participants", "gain", "gain_lines", "municipalities", "like_for_like", "unit_reports", "grades")
#: All that may stand inside `agg`: plain aggregations of a column. The rest is computed before, or after.
IN_AGG = {"col", "alias", "sum", "min", "max", "mean", "len", "n_unique"}
#: Differ between engines, or are slow on some.
NEVER = {"round", "median", "quantile", "mode", "weekday", "map_batches", "map_elements", "to_pandas", "rank"}
#: Mean something only in a stated order.
ORDERED = {"shift", "diff", "first", "last", "cum_sum", "cum_count", "cum_min", "cum_max", "cum_prod", "tail", "with_row_index", "fill_null_forward", "rolling_sum", "rolling_mean", "is_first_distinct", "is_last_distinct"}  # fmt: skip


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "?")


def root(node: ast.expr) -> str | None:
    """The frame at the start of a chain of calls."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def faults(source: str) -> list[str]:
    """What in a source some engine would do otherwise, by line."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    in_order = {
        inner
        for call in calls
        if name_of(call) == "over" and any(word.arg == "order_by" for word in call.keywords)
        for inner in ast.walk(call.func)
    }
    found = []
    for call in calls:
        name = name_of(call)
        words = {word.arg: word.value for word in call.keywords}
        if name == "agg":
            inside = [node for each in [*call.args, *words.values()] for node in ast.walk(each)]
            found += [
                (node, f"{name_of(node)} in agg")
                for node in inside
                if isinstance(node, ast.Call) and name_of(node) not in IN_AGG
            ]
            found += [
                (node, "arithmetic in agg")
                for node in inside
                if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare)
            ]
        if name in NEVER:
            found.append((call, name))
        if name in ORDERED and isinstance(call.func, ast.Attribute) and call not in in_order:
            found.append((call, f"{name} without order"))
        if name == "sum_horizontal" or (name == "over" and not words.keys() & {"order_by"} and not call.args):
            found.append((call, name))
        if name == "unique" and getattr(words.get("keep"), "value", "any") not in ("any", "none"):
            found.append((call, "unique that keeps one by order"))
        if name == "fill_null" and "strategy" in words:
            found.append((call, "fill_null by order"))
        if name == "join" and call.args and isinstance(call.func, ast.Attribute):
            left = root(call.func.value)
            if left is not None and left == root(call.args[0]):
                found.append((call, f"{left} joined with itself"))
        if name == "cast" and isinstance(call.func, ast.Attribute):
            divided = [n for n in ast.walk(call.func.value) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
            found += [(call, "quotient cast")] * bool(divided)
    return sorted({f"line {node.lineno}: {what}" for node, what in found})


@pytest.mark.parametrize("module", SOURCES)
def test_measures_keep_to_the_dialect(module: str) -> None:
    source = (MEASURES / f"{module}.py").read_text()
    assert "group_by" in source or module in ("grades",)
    assert faults(source) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("f.group_by('a').agg(nw.when(nw.col('b') > 1).then(nw.col('c')).sum())", "when in agg"),
        ("f.group_by('a').agg(total=nw.col('c').cast(nw.Int64).sum())", "cast in agg"),
        ("f.group_by('a').agg((nw.col('b') * nw.col('c')).sum())", "arithmetic in agg"),
        ("f.group_by('a').agg(nw.col('b').sum() / nw.col('c').sum())", "arithmetic in agg"),
        ("f.group_by('a').agg(*(-nw.col(x).max() for x in names))", "arithmetic in agg"),
        ("f.group_by('a').agg((nw.col('b') > 1).max())", "arithmetic in agg"),
        ("f.group_by('a').agg(nw.col('b').median())", "median"),
        ("f.group_by('a').agg(helper('b'))", "helper in agg"),
        ("f.with_columns(nw.col('a').round(2))", "round"),
        ("f.with_columns(nw.col('a').dt.weekday())", "weekday"),
        ("f.with_columns(nw.col('a').shift(1))", "shift without order"),
        ("f.with_columns(nw.col('a').cum_sum().over('b'))", "cum_sum without order"),
        ("f.group_by('a').agg(nw.col('b').first())", "first without order"),
        ("f.unique('a', keep='first')", "unique that keeps one by order"),
        ("f.join(f, on='a')", "f joined with itself"),
        ("f.filter(x).join(f.group_by('a').agg(nw.len()), on='a')", "f joined with itself"),
        ("f.with_columns((nw.col('a') / 2).cast(nw.Int64))", "quotient cast"),
        ("f.with_columns(nw.col('a').fill_null(strategy='forward'))", "fill_null by order"),
    ],
)
def test_planted_faults_are_found(source: str, what: str) -> None:
    assert f"line 2: {what}" in faults(f"import narwhals as nw\n{source}\n")


def test_what_every_engine_does_is_left_alone() -> None:
    source = """
f.group_by('a').agg(nw.col('b').sum().alias('c'), *(nw.col(x).max() for x in names), nw.len())
f.with_columns(nw.col('a').shift(1).over('b', order_by='day'), (nw.col('a') + 599).cast(nw.Int64))
f.join(g.select('a'), on='a').unique('a').unique('a', keep='any')
', '.join(names)
"""
    assert faults(source) == []
