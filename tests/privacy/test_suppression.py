"""Suppression is safe under an attack that shares no code with it, and takes as few cells as can be shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import hhanalytics as hh
from hhanalytics.errors import BadInput, UnknownName
from tests.privacy import made_up_tables as tables

PACKAGE = Path(__file__).parents[2] / "hhanalytics"
REGIONS = {"north": "total", "south": "total", "a": "north", "b": "north", "c": "north", "d": "south", "e": "south"}


# Fewest cells


def smallest(matrix: list[list[int]], threshold: int, most: int) -> int:
    """The fewest more cells by trying all: interiors and margins of a two-way table, one mark for all."""
    inner = np.array(matrix)
    full = np.vstack([np.hstack([inner, inner.sum(1, keepdims=True)]), [*inner.sum(0), inner.sum()]])
    rows, columns = full.shape
    places = list(itertools.product(range(rows), range(columns)))
    lines = [[(r, c) for c in range(columns)] for r in range(rows)] + [
        [(r, c) for r in range(rows)] for c in range(columns)
    ]
    small = [p for p in places if full[p] < threshold]
    for number in range(most + 1):
        for more in itertools.combinations([p for p in places if p not in small], number):
            hidden = [*small, *more]
            if all(sum(p in hidden for p in line) != 1 for line in lines) and _open(
                full, hidden, small, lines, threshold
            ):
                return number
    raise AssertionError(f"more than {most}")


def _open(full: Any, hidden: list[Any], small: list[Any], lines: list[list[Any]], threshold: int) -> bool:
    place = {p: i for i, p in enumerate(hidden)}
    matrix = []
    for line in lines:
        row = np.zeros(len(hidden))
        for p in line:
            if p in place:
                row[place[p]] = 1 if p == line[-1] else -1
        if row.any():
            matrix.append(row)
    right = np.array(matrix) @ np.array([full[p] for p in hidden])
    for p in small:
        for way, wanted in ((1, 0), (-1, threshold - 1)):
            objective = np.zeros(len(hidden))
            objective[place[p]] = way
            found = linprog(objective, A_eq=np.array(matrix), b_eq=right, bounds=(0, None))
            if found.status == 0 and way * (found.x[place[p]] - wanted) > 1e-6:
                return False
    return True


@pytest.mark.parametrize(
    "matrix",
    [
        # One small cell: three more, the corners of a rectangle.
        [[3, 20, 30], [40, 25, 18], [22, 31, 27]],
        # Two in one row: two more, below them.
        [[3, 4, 30], [40, 25, 18], [22, 31, 27]],
        # Two that are corners of one rectangle: two more.
        [[3, 20, 30], [40, 2, 18], [22, 31, 27]],
        # Four that hide each other need room: 1 and 2 alone would be known to lie below three.
        [[1, 2, 30], [2, 1, 18], [22, 31, 27]],
        [[1, 12, 7, 9], [11, 8, 22, 14], [6, 30, 15, 10], [9, 13, 8, 4]],
    ],
)
def test_no_more_cells_than_trying_all_gives(matrix: list[list[int]]) -> None:
    table = tables.grid(matrix)
    dims = {"r": tables.flat("r", len(matrix)), "c": tables.flat("c", len(matrix[0]))}
    found = hh.suppressed(table, values="n", dims=dims, threshold=5, marks="one")
    assert found.secondary == smallest(matrix, 5, 4)
    assert found.optimal
    assert hh.audit(found.tables[0], values="n", dims=dims, threshold=5, marks="one").passed


@pytest.mark.parametrize(("seed", "shape"), list(itertools.product(range(4), [(4, 4), (3, 5)])))
def test_the_quick_way_is_within_half_more_of_the_fewest(seed: int, shape: tuple[int, int]) -> None:
    from hhanalytics.privacy import suppression

    dims = {"r": tables.flat("r", shape[0]), "c": tables.flat("c", shape[1])}
    table = tables.made_up(dims, 20, seed, small=0.15)
    best = hh.suppressed(table, values="n", dims=dims, marks="one")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(suppression, "EXACT_CELLS", 0)
        quick = hh.suppressed(table, values="n", dims=dims, marks="one")
    assert best.optimal
    assert best.secondary <= quick.secondary <= 1.5 * best.secondary
    assert quick.bound <= best.price + 1e-6
    assert hh.audit(quick.tables[0], values="n", dims=dims, marks="one").passed


def test_a_hierarchy_takes_the_fewest_that_its_levels_allow() -> None:
    """One small cell in a hierarchy of one dimension needs one more: its neighbour under the same whole."""
    inner = pl.DataFrame({"place": ["a", "b", "c", "d", "e"], "n": [3, 30, 17, 20, 25]})
    table = tables.with_margins(inner, {"place": REGIONS})
    found = hh.suppressed(table, values="n", dims={"place": REGIONS}, threshold=5)
    gone = found.tables[0].filter(pl.col("suppression") != "none")["place"].to_list()
    assert sorted(gone) == ["a", "c"]
    assert found.optimal


# Never recovered


@st.composite
def cases(draw: Any) -> tuple[dict[str, Mapping[str, str]], int, str, str]:
    dims: dict[str, Mapping[str, str]] = {
        "place": draw(st.sampled_from([REGIONS, tables.flat("p", 4), tables.flat("p", 7)]))
    }
    for name in draw(st.sampled_from([(), ("kind",), ("kind", "sex")])):
        dims[name] = tables.flat(name, draw(st.integers(2, 3)))
    return (
        dims,
        draw(st.integers(0, 10_000)),
        draw(st.sampled_from(["one", "two"])),
        draw(st.sampled_from(["small", "known"])),
    )


@settings(max_examples=25)
@given(cases())
def test_an_attacker_never_recovers_a_cell(case: tuple[dict[str, Mapping[str, str]], int, str, str]) -> None:
    dims, seed, marks, zeros = case
    table = tables.made_up(dims, 15, seed)
    try:
        found = hh.suppress(table, values="n", dims=dims, marks=marks, zeros=zeros)
    except BadInput as error:
        # Some tables cannot be protected at all, and are refused without a word of any value.
        if error.id != "cannot_protect":
            raise
        return
    attack = hh.audit(found, values="n", dims=dims, marks=marks, zeros=zeros)
    assert attack.passed, [cell for cell in attack.cells if cell["fails"]]
    shown = dict(zip(found.select(list(dims)).iter_rows(), found["n"], strict=True))
    truth = dict(zip(table.select(list(dims)).iter_rows(), table["n"], strict=True))
    assert all(value is None or value == truth[place] for place, value in shown.items())
    # What the attacker finds holds the truth: otherwise the attack itself would be wrong.
    for cell in attack.cells:
        true = truth[tuple(cell[name] for name in dims)]
        assert cell["low"] <= true <= (np.inf if cell["high"] is None else cell["high"])


def test_without_complementary_suppression_the_attack_succeeds() -> None:
    table = tables.grid([[3, 20], [40, 25]])
    naive = table.with_columns(
        pl.when(pl.col("n") < 5).then(None).otherwise("n").alias("n"),
        pl.when(pl.col("n") < 5).then(pl.lit("primary")).otherwise(pl.lit("none")).alias("suppression"),
    )
    attack = hh.audit(naive, values="n", dims=["r", "c"])
    assert [(cell["low"], cell["high"], cell["fails"]) for cell in attack.cells] == [(3, 3, True)]


def test_an_interval_that_is_too_narrow_fails_though_it_is_not_exact() -> None:
    """Two cells of 1 and 2 hide each other, but both lie below four."""
    rows = [("a", None, "primary"), ("b", None, "primary"), ("c", 30, "none"), ("total", 33, "none")]
    table = pl.DataFrame(rows, schema=["place", "n", "suppression"], orient="row")
    attack = hh.audit(table, values="n", dims=["place"], threshold=5)
    assert [(cell["low"], cell["high"], cell["fails"]) for cell in attack.cells] == [(0, 3, True), (0, 3, True)]
    assert hh.audit(table, values="n", dims=["place"], threshold=4).passed


def test_whole_numbers_tell_more_than_fractions() -> None:
    """a + b = 1 leaves two values each in whole numbers; with a = b as well, nothing whole is left."""
    from hhanalytics.privacy.audit import Knowledge

    known = Knowledge()
    for name in "abc":
        known.unknown(name, 0, 4)
    known.sums = [({"a": 2.0, "b": 2.0}, 6.0), ({"a": 1.0, "c": 2.0}, 3.0)]
    assert known.interval(["a", "b", "c"]) == {"a": (1, 3), "b": (0, 2), "c": (0, 1)}


def test_attack_and_suppression_share_no_code() -> None:
    text = (PACKAGE / "privacy" / "audit.py").read_text("utf-8")
    assert set(re.findall(r"from hhanalytics\.(\S+) import", text)) == {"errors", "methods"}
    assert all("privacy.audit" not in path.read_text("utf-8") for path in (PACKAGE / "privacy").glob("*.py")
               if path.name in ("cells.py", "choices.py", "exact.py", "heuristic.py", "movement.py", "patterns.py", "prices.py",
                                "suppression.py"))  # fmt: skip


# Linked tables, changes, insiders, zeros


def test_linked_tables_are_protected_together() -> None:
    """The same technologies by municipality and by month: what one hides the other must not tell."""
    by_place = {"place": tables.flat("p", 3), "tech": tables.flat("t", 3)}
    by_month = {"month": tables.flat("m", 3), "tech": tables.flat("t", 3)}
    first = tables.grid([[3, 9, 12], [30, 6, 7], [8, 14, 22]]).rename({"r": "place", "c": "tech"})
    first = first.with_columns(pl.col("place").str.replace("r", "p"), pl.col("tech").str.replace("c", "t"))
    second = tables.grid([[11, 9, 20], [10, 2, 10], [20, 18, 11]]).rename({"r": "month", "c": "tech"})
    second = second.with_columns(pl.col("month").str.replace("r", "m"), pl.col("tech").str.replace("c", "t"))
    dims = by_place | by_month
    both = hh.suppress(first, values="n", dims=dims, linked=[second])
    assert hh.audit(both[0], values="n", dims=dims, linked=both[1:]).passed
    # Where a sum is hidden in one, it is hidden in the other.
    totals = [t.filter(pl.any_horizontal(pl.col(t.columns[0]) == "total")).sort("tech")["suppression"] for t in both]
    assert totals[0].to_list() == totals[1].to_list()


def test_changes_between_months_do_not_give_a_month_away() -> None:
    hierarchy, signed = hh.differences(["may", "june", "july"])
    values = {"may": 9, "june": 3, "july": 12, "change to june": -6, "change to july": 9}
    table = pl.DataFrame({"month": list(values), "n": list(values.values())})
    found = hh.suppress(table, values="n", dims={"month": hierarchy}, signed=signed)
    gone = set(found.filter(pl.col("n").is_null())["month"])
    assert {"june"} < gone
    assert hh.audit(found, values="n", dims={"month": hierarchy}, signed=signed).passed
    told = found.with_columns(
        pl.when(pl.col("month") == "june").then(None).otherwise(table["n"]).alias("n"),
        pl.when(pl.col("month") == "june").then(pl.lit("primary")).otherwise(pl.lit("none")).alias("suppression"),
    )
    assert not hh.audit(told, values="n", dims={"month": hierarchy}, signed=signed).passed


def test_one_who_is_the_cell_does_not_learn_the_other() -> None:
    """Amounts of two single persons beside each other: either could take its own from what the row must hold."""
    amounts = [[10, 12, 400], [300, 250, 350], [280, 310, 290]]
    table = tables.grid(amounts)
    inner = {(f"r{i}", f"c{j}") for i in range(3) for j in range(3)}
    single = {("r0", "c0"), ("r0", "c1")}
    table = table.with_columns(
        pl.Series("people", [1 if p in single else 9 if p in inner else 40 for p in table.select("r", "c").iter_rows()])
    )
    asked: dict[str, Any] = {"values": "n", "dims": ["r", "c"], "threshold": 3, "protect": "magnitudes"}
    found = hh.suppress(table, contributors="people", **asked)
    rows = dict(zip(table.select("r", "c").iter_rows(), table["n"], strict=True))
    for own, other in itertools.permutations(single):
        inside = pl.DataFrame([(*own, rows[own])], schema=["r", "c", "n"], orient="row")
        attack = hh.audit(found, known=[inside], everything=True, **asked)
        (cell,) = [c for c in attack.cells if (c["r"], c["c"]) == other]
        assert not cell["fails"]
    plain = hh.suppress(table, contributors="people", insiders=False, **asked)
    attack = hh.audit(plain, known=[inside], everything=True, **asked)
    assert not attack.passed, "without looking inside, the same table is given away"


def test_zeros_that_readers_know_hide_nothing() -> None:
    table = tables.grid([[3, 0, 30], [40, 25, 18], [22, 0, 27]])
    found = hh.suppress(table, values="n", dims=["r", "c"], zeros="known")
    assert found.filter(pl.col("n") == 0).height == 2
    assert hh.audit(found, values="n", dims=["r", "c"], zeros="known").passed


# Other rules, other ways


@pytest.mark.parametrize(
    ("largest", "second", "gone"),
    # 100 in all: one has 81; two have 91 together; the second can tell the first to within ten per cent.
    [(81, 1, True), (80, 1, False), (60, 31, True), (60, 29, False), (58, 37, True), (50, 20, False)],
)
def test_an_amount_that_one_or_two_dominate_is_withheld(largest: int, second: int, gone: bool) -> None:
    rows = [("a", 100, largest, second), ("b", 100, 20, 20), ("c", 100, 20, 20), ("total", 300, 30, 20)]
    table = pl.DataFrame(rows, schema=["place", "n", "largest", "second"], orient="row")
    found = hh.suppress(table, values="n", dims=["place"], protect="magnitudes", largest="largest", second="second")
    assert (found.filter(place="a")["suppression"].item() == "primary") is gone
    assert found.filter(place="a")["n"].is_null().item() is gone


def test_what_a_column_calls_secret_is_withheld() -> None:
    table = tables.grid([[30, 20], [40, 25]]).with_columns(secret=(pl.col("r") == "r0") & (pl.col("c") == "c0"))
    found = hh.suppress(table, values="n", dims=["r", "c"], primary="secret")
    assert found.filter(pl.col("suppression") == "primary").select("r", "c").rows() == [("r0", "c0")]
    assert found["n"].null_count() == 4


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas"])
def test_the_same_kind_of_frame_comes_back(kind: str) -> None:
    table = tables.grid([[3, 20, 30], [40, 25, 18], [22, 31, 27]])
    given_as: Any = {"polars": table, "lazy": table.lazy(), "pandas": table.to_pandas()}[kind]
    found = hh.suppress(given_as, values="n", dims=["r", "c"])
    assert type(found) is type(given_as)
    eager = found.collect() if kind == "lazy" else pl.from_pandas(found) if kind == "pandas" else found
    assert eager.columns == ["r", "c", "n", "suppression"]
    assert eager["n"].null_count() == 4
    assert eager["n"].dtype == pl.Int64
    if kind == "pandas":
        assert found["n"].dtype == pd.Int64Dtype()
        assert "suppression" not in given_as


def test_small_municipalities_become_one() -> None:
    counts = {"aal": (20, 9), "flaa": (2, 6), "gol": (30, 12), "hemsedal": (1, 7), "hol": (18, 8)}
    rows = [(name, tech, n) for name, pair in counts.items() for tech, n in zip("ab", pair, strict=True)]
    table = pl.DataFrame(rows, schema=["municipality", "tech", "users"], orient="row")
    found = hh.group(table, values="users", dims=["municipality", "tech"], over="municipality", name="øvrige kommuner")
    shown = {(m, t): n for m, t, n in found.iter_rows()}
    # 2 + 1 is still small, so the next smallest joins: Hol, with 26 in all.
    assert shown["øvrige kommuner", "a"] == 21
    assert set(found["municipality"]) == {"aal", "gol", "øvrige kommuner"}
    assert found["users"].sum() == table["users"].sum()
    assert found["users"].min() >= 5


@pytest.mark.parametrize("base", [3, 5])
def test_rounding_moves_each_less_than_the_base_and_favours_nobody(base: int) -> None:
    table = pl.DataFrame({"n": list(range(60)) * 200})
    found = hh.rounded(table, values="n", base=base)["n"]
    assert found.unique().to_list() == list(range(0, 61, base))
    assert (found - table["n"]).abs().max() < base
    assert abs((found - table["n"]).mean()) < 0.05
    assert hh.rounded(table, values="n", base=base)["n"].to_list() == found.to_list()


def test_a_rounded_table_can_be_attacked_too() -> None:
    dims = {"r": tables.flat("r", 3), "c": tables.flat("c", 3)}
    table = hh.rounded(tables.grid([[3, 20, 1], [40, 25, 18], [2, 31, 27]]), values="n", base=5)
    attack = hh.audit(table, values="n", dims=dims, rounded=5)
    assert attack.cells
    assert attack.passed
    # Four cells of at most four that together are seen to be at least sixteen: all are four.
    told = pl.DataFrame({"r": ["r0", "r1", "r2", "r3", "total"], "n": [0, 0, 0, 0, 20]})
    assert not hh.audit(told, values="n", dims=["r"], rounded=5).passed


# What cannot be


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ({"r": ["a", "b", "total"], "n": [3, 20, 24]}, "not_additive"),
        ({"r": ["a", "a"], "n": [3, 20]}, "double_row"),
        ({"r": ["a", "b"], "n": [3, None]}, "bad_values"),
        ({"r": ["a", "b"], "n": [3.5, 2]}, "bad_values"),
        ({"r": ["a", "b"], "n": [-3, 20]}, "bad_values"),
        ({"r": ["a"], "n": [3]}, "cannot_protect"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(table: dict[str, Any], error: str) -> None:
    with pytest.raises(BadInput) as raised:
        hh.suppress(pl.DataFrame(table), values="n", dims=["r"])
    assert raised.value.id == error


@pytest.mark.parametrize("tree", [{"a": "b", "b": "a"}, {"a": "x", "b": "y"}, {"a": "total"}])
def test_a_hierarchy_that_is_none_is_refused(tree: dict[str, str]) -> None:
    table = pl.DataFrame({"r": ["a", "b"], "n": [10, 20]})
    with pytest.raises(BadInput, match="ierarchy"):
        hh.suppress(table, values="n", dims={"r": tree})


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(UnknownName, match="magnitudes"):
        hh.suppress(tables.grid([[3, 20], [40, 25]]), values="n", dims=["r", "c"], protect="magnitude")  # type: ignore[arg-type]


def test_a_thousand_cells_in_three_dimensions() -> None:
    dims = {
        "place": REGIONS | {f"{r}{i}": r for r in "abcde" for i in range(4)},
        "kind": tables.flat("k", 5),
        "sex": tables.flat("s", 5),
    }
    table = tables.made_up(dims, 30, 1, small=0.08)
    assert table.height > 1000
    found = hh.suppressed(table, values="n", dims=dims)
    assert 0 < found.bound <= found.price
    assert hh.audit(found.tables[0], values="n", dims=dims, everything=False).passed
