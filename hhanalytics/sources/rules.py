"""What declared tables must fulfil, row by row and together, put as problems with file, line and column.

A cell that could not be read, or a table of which a part could not be read, is not judged again: one
mistake is one problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations, pairwise
from typing import Any

import dataframely as dy
import polars as pl

from hhanalytics.errors import Problem, nearest
from hhanalytics.sources.folder import FILE, LINE, Delivery
from hhanalytics.tables import TABLES

Frames = Mapping[str, pl.DataFrame]
Row = dict[str, Any]

#: Rule of a row → the columns it looks at, what it expects.
RULES = {
    "period_in_order": (("period_start", "period_end"), "the first day before the last"),
    "activity_period_in_order": (("period_start", "period_end"), "the first day before the last"),
    "validity_in_order": (("valid_from", "valid_to"), "the first day before the last"),
    "costs_within_one_year": (("period_start", "period_end"), "a period within one year"),
    "budget_within_one_year": (("period_start", "period_end"), "a period within one year"),
    "reference_date_with_population_key": (
        ("key", "reference_date"),
        "a reference_date with the population key, and only there",
    ),
    "fixed_share_with_fixed_key": (("key", "fixed_share"), "a fixed_share with the fixed key, and only there"),
    "visit_in_minutes": (("effect", "unit", "low"), "minutes, more than none, for a home_visit"),
    "index_above_none": (("value",), "a level above 0"),
    "range_in_order": (
        ("amount_low_nok", "amount_nok", "amount_high_nok"),
        "low, point and high price in that order",
    ),
    "one_row_per_month": (
        ("technology", "month", "municipality", "reported_on"),
        "one row per technology, month and municipality, or several with different reported_on",
    ),
    "effect_in_order": (("low", "high"), "both numbers with the lowest first, or neither"),
    "score_in_order": (("score_low", "score_high"), "the lowest not above the highest"),
    "hours_in_order": (("hours_low", "hours_high"), "the lowest not above the highest"),
    "mandate_in_order": (
        (
            "participants_low",
            "participants_high",
            "cost_low_nok",
            "cost_high_nok",
            "local_hours_low",
            "local_hours_high",
        ),
        "the lowest not above the highest",
    ),
    "part_has_a_payer": (("reading", "municipality"), "a municipality where the charge is a part"),
    "ending_names_what_ends": (
        ("ends", "municipality", "pool", "programme", "decision"),
        "the ids of what ends, and no others",
    ),
    "day_in_month": (("month", "day"), "a day that the month has"),
    "total_of_a_municipality": (("kind", "municipality"), "a municipality with its total, and only there"),
    "step_with_step_behaviour": (("behaviour", "step_nok"), "a step_nok with the step behaviour, and only there"),
    "goal_change_says_something": (("before_nb", "after_nb"), "the goal before or after"),
    "pool_not_reserved": (("pool",), "another id"),
    "programme_not_reserved": (("programme",), "another id"),
}


def broken_rules(frames: Frames, delivery: Delivery) -> list[Problem]:
    """Everything the tables break: their own rules and the relations between them.

    Args:
        frames: Table name → its rows, with `FILE` and `LINE`.
        delivery: What was read, and what could not be.
    """
    lost = list(_lost_ids(frames, delivery))
    named = {(problem.file, problem.row, problem.column) for problem in lost}
    broken = [p for name, table in frames.items() for p in _rows(name, table, delivery)]
    together = [
        *_memberships(list(frames["memberships"].iter_rows(named=True)), delivery),
        *_overlapping_pools(frames["pools"]),
        *_age_bands(frames["population"]),
        *_age_bands(frames["population_by_age"]),
        *_service_units(frames["prices"]),
        *_outside_validity(frames, delivery),
    ]
    return [*lost, *(p for p in broken if (p.file, p.row, p.column) not in named), *together]


def _rows(name: str, table: pl.DataFrame, delivery: Delivery) -> Iterator[Problem]:
    """Rows that break a rule of their declaration, found by dataframely."""
    if table.is_empty():
        return
    schema: type[dy.Schema] = type(name, (TABLES[name],), {FILE: dy.String(), LINE: dy.Int64()})
    # Lazily, the rows that pass are not gathered: in most tables none fail, and nothing is left to do.
    failure = schema.filter(table.lazy()).failure
    if not len(failure):
        return
    details = failure.details()
    rules = [column for column in details.columns if column not in table.columns]
    key = TABLES[name].primary_key()
    first: dict[tuple[Any, ...], Row] = {}
    for row in details.iter_rows(named=True):
        for rule in rules:
            if row[rule] != "invalid":
                continue
            column, _, check = rule.partition("|")
            columns = key if rule == "primary_key" else RULES[rule][0] if not check else (column,)
            if any((row[FILE], row[LINE], looked_at) in delivery.unread for looked_at in columns):
                continue
            if column == "source" and name != "sources" and row["source"] in delivery.folders:
                continue  # the folder's name; said once, of its source.toml
            if rule in ("primary_key", "one_row_per_month"):
                values = tuple(row[k] for k in columns)
                before = first.setdefault(values, row)
                if before is row or (rule == "primary_key" and None in values):
                    continue
                found = ", ".join(f"{k} {v}" for k, v in zip(columns, values, strict=True) if v is not None)
                found += f", as in {before[FILE]}, line {before[LINE]}"
                expected = "one row per " + ", ".join(columns)
                yield _problem(rule, row, None, found, expected, "Remove or merge the repeated rows.")
            elif not check:
                found = ", ".join(f"{c} {row[c]}" for c in columns if row[c] is not None) or "the row"
                yield _problem(rule, row, None, found, RULES[rule][1], "Correct the row.")
            else:
                found = "nothing" if row[column] is None else repr(str(row[column]))
                yield _problem(rule, row, column, found, *_words(TABLES[name].columns()[column], column, check))


def _problem(id: str, row: Row, column: str | None, found: str, expected: str, mend: str) -> Problem:
    return Problem(id, row[FILE], row[LINE], column, found, expected, mend)


def _words(kind: dy.Column, column: str, check: str) -> tuple[str, str]:
    """What the rule of a column expects, and how to mend a cell that breaks it."""
    if check == "nullability":
        return "a value", f"Fill in {column}: {kind.description}"
    mend = f"Correct {column}: {kind.description}"
    if check == "regex":
        return f"the form {getattr(kind, 'regex', '')}", mend
    if "first_of_month" in check:
        return "the first day of a month", mend
    allowed = (kind.metadata or {}).get("allowed")
    if allowed:
        return "one of " + ", ".join(allowed), mend
    limits = [
        f"{word} {limit}"
        for word, limit in (("at least", getattr(kind, "min", None)), ("at most", getattr(kind, "max", None)))
        if limit is not None
    ]
    return " and ".join(limits) or f"what {check} asks", mend


def _lost_ids(frames: Frames, delivery: Delivery) -> Iterator[Problem]:
    """Ids that no row of the table they refer to declares."""
    for name, table in frames.items():
        for column, kind in TABLES[name].columns().items():
            target = (kind.metadata or {}).get("references")
            if not target:
                continue
            other, _, key = target.partition(".")
            ids = frames[other][key]
            if other in delivery.partial or ids.null_count():
                continue
            valid = {*ids, *(delivery.folders if other == "sources" else ())}
            lost = {*table[column]} - valid - {None}
            if not lost:
                continue
            for row in table.filter(pl.col(column).is_in(lost)).iter_rows(named=True):
                close = nearest(row[column], valid)
                expected = f"an id in {other}" + (", such as " + " or ".join(close) if close else "")
                mend = f"Correct it, or add a row to {other}.csv."
                yield _problem("unknown_id", row, column, repr(row[column]), expected, mend)


def _together(a: Row, b: Row) -> bool:
    """Whether two validities share a day."""
    return bool(a["valid_from"] <= (b["valid_to"] or date.max) and b["valid_from"] <= (a["valid_to"] or date.max))


def _memberships(rows: list[Row], delivery: Delivery) -> Iterator[Problem]:
    """A municipality twice in a pool at once, and members of one pool under different keys."""
    columns = ("pool", "municipality", "valid_from", "valid_to", "key", "reference_date")
    pools: dict[str, list[Row]] = {}
    for row in rows:
        unread = any((row[FILE], row[LINE], column) in delivery.unread for column in columns)
        whole = None not in (row["pool"], row["municipality"], row["valid_from"], row["key"])
        dated = (row["key"] == "population") == (row["reference_date"] is not None)
        if whole and dated and not unread:
            pools.setdefault(row["pool"], []).append(row)
    for pool, members in pools.items():
        meeting = [pair for pair in combinations(members, 2) if _together(*pair)]
        doubles = {id(b): b for a, b in meeting if a["municipality"] == b["municipality"] and a != b}
        for row in doubles.values():
            found = f"{row['municipality']} twice in {pool} at once"
            mend = "End the first membership before the second begins."
            yield _problem("overlap", row, "valid_from", found, "one membership at a time", mend)
        # The rarer of two keys is the one that is wrong.
        often = Counter((row["key"], row["reference_date"]) for row in members)
        odd: dict[int, tuple[Row, Row]] = {}
        for a, b in meeting:
            key_a, key_b = ((row["key"], row["reference_date"]) for row in (a, b))
            if key_a != key_b and a["municipality"] != b["municipality"]:
                wrong, right = (a, b) if often[key_a] < often[key_b] else (b, a)
                odd.setdefault(id(wrong), (wrong, right))
        for wrong, right in odd.values():
            found = " beside ".join(f"{row['key']} {row['reference_date'] or ''}".strip() for row in (wrong, right))
            mend = "A pool has one key at a time; end one membership or correct its key."
            yield _problem("two_keys", wrong, "key", found, "one key per pool and day", mend)


def _overlapping_pools(pools: pl.DataFrame) -> Iterator[Problem]:
    """A pool that is two things on one day."""
    rows = pools.drop_nulls(["pool", "valid_from"]).sort("valid_from").iter_rows(named=True)
    for a, b in combinations(rows, 2):
        if a["pool"] == b["pool"] and a["valid_from"] != b["valid_from"] and _together(a, b):
            mend = "End the first row before the second begins."
            found = f"{b['pool']} twice on {b['valid_from']}"
            yield _problem("overlap", b, "valid_from", found, "one row per pool and day", mend)


def _outside_validity(frames: Frames, delivery: Delivery) -> Iterator[Problem]:
    """Charges to a pool at a time when there is no such pool."""
    if "pools" in delivery.partial or any(column in ("valid_from", "valid_to") for *_, column in delivery.unread):
        return
    pools: dict[str, list[Row]] = {}
    for row in frames["pools"].iter_rows(named=True):
        pools.setdefault(row["pool"], []).append(row)
    for row in frames["costs"].drop_nulls(["pool", "period_start", "period_end"]).iter_rows(named=True):
        holds = pools.get(row["pool"], [])
        if holds and not any(
            p["valid_from"]
            and p["valid_from"] <= row["period_start"]
            and row["period_end"] <= (p["valid_to"] or date.max)
            for p in holds
        ):
            found = f"{row['period_start']} to {row['period_end']} in {row['pool']}"
            mend = "Correct the period, or the validity of the pool in pools.csv."
            yield _problem("outside_validity", row, "period_start", found, "a period in which the pool exists", mend)


def _ages(band: str) -> tuple[int, int]:
    low, _, high = band.removesuffix("+").partition("-")
    return int(low), int(high) if high else 999 if band.endswith("+") else int(low)


def _age_bands(population: pl.DataFrame) -> Iterator[Problem]:
    """Persons counted twice, since age bands are added together."""
    banded = population.drop_nulls(["municipality", "year", "age_band"]).filter(
        pl.col("age_band").str.contains(r"^\d{1,3}(-\d{1,3}|\+)$")
    )
    together: dict[tuple[str, int], list[Row]] = {}
    for row in banded.iter_rows(named=True):
        together.setdefault((row["municipality"], row["year"]), []).append(row)
    for rows in together.values():
        for before, row in pairwise(sorted(rows, key=lambda row: _ages(row["age_band"]))):
            if before["age_band"] != row["age_band"] and _ages(row["age_band"])[0] <= _ages(before["age_band"])[1]:
                found = f"{row['age_band']} beside {before['age_band']}"
                mend = "Keep one division into ages per municipality and year."
                yield _problem("overlap", row, "age_band", found, "age bands that share no age", mend)


def _service_units(prices: pl.DataFrame) -> Iterator[Problem]:
    """Quotes for one service in different units: which one an equivalent means could not be told."""
    first: dict[str, Row] = {}
    for row in prices.drop_nulls(["service", "unit"]).iter_rows(named=True):
        before = first.setdefault(row["service"], row)
        if before["unit"] != row["unit"]:
            found = f"{row['unit']} beside {before['unit']} in {before[FILE]}, line {before[LINE]}"
            mend = "Give one of them a service id of its own."
            yield _problem("several_units", row, "unit", found, "one unit per service", mend)
