"""An accounting extract → costs per municipality, pool and period, by a mapping that somebody has declared.

Every line is taken by exactly one rule: as a cost, or excluded with a reason. Øre are added as whole numbers and
rounded once, when a sum is made. The control total of the ledger must be met to the øre.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hhanalytics.errors import InvalidData, Problem, nearest
from hhanalytics.evidence import half_up
from hhanalytics.sources.column import SHOWN, Column
from hhanalytics.sources.folder import LINE
from hhanalytics.sources.mapping import PARTS, Mapped, Rule
from hhanalytics.sources.names import Known, read_ids
from hhanalytics.sources.table_file import TableFile, read_table


@dataclass(frozen=True, eq=False)
class LedgerCosts:
    """Costs made from a ledger.

    Attributes:
        costs: Rows of the table costs, without source.
        excluded: Excluded sums by reason, in øre.
        lines: Lines of the ledger.
        control_ore: Its control total, met to the øre.
        rounded_ore: What rounding to kroner added in all.
        file: The ledger as read.
    """

    costs: pl.DataFrame
    excluded: Mapping[str, int]
    lines: int
    control_ore: int
    rounded_ore: int
    file: TableFile


def _matches(part: str, codes: Sequence[str]) -> pl.Expr:
    """Whether a line's code is one of these."""
    code = pl.col(part)
    tests = []
    for each in codes:
        low, _, high = each.partition("-")
        if each.endswith("*"):
            tests.append(code.is_not_null() & code.str.starts_with(each[:-1]))
        elif high:
            # Codes of one length stand in the same order as texts and as numbers.
            tests.append((code.str.len_chars() == len(low)) & (code >= low) & (code <= high))
        else:
            tests.append(code == each)
    return pl.any_horizontal(tests).fill_null(False)


def read_ledger(path: str | Path | bytes, mapping: Mapped, known: Known) -> LedgerCosts:
    """Turn an accounting extract into costs.

    Args:
        path: The extract, a text file.
        mapping: What belongs where, from `read_mapping`.
        known: Tables that declare municipalities, pools and programmes.

    Raises:
        InvalidData: Lines that no rule or several rules take, with their sums; a control total that is not met;
            a pool or municipality that is not declared.
    """
    file = _read(path, mapping)
    lines = file.frame.rename({heading: part for part, heading in mapping.columns.items()})
    name = file.name
    lines = _dated(lines, mapping)
    problems = _unknown(mapping, known, name)
    lines = lines.with_columns(
        pl.lit(None, pl.String).alias(part) for part in PARTS if part not in lines.columns
    ).with_columns(
        pl.sum_horizontal(_takes(rule).cast(pl.Int32) for rule in mapping.rules).alias("_rules"),
        pl.coalesce(
            *(pl.when(_takes(rule)).then(pl.lit(place, pl.Int32)) for place, rule in enumerate(mapping.rules)),
            pl.lit(-1, pl.Int32),
        ).alias("_rule"),
    )
    if lines["amount"].null_count():
        row = lines.filter(pl.col("amount").is_null())[LINE][0]
        problems.append(
            Problem(
                "no_amount",
                name,
                row,
                mapping.columns["amount"],
                "no amount",
                "one in every line",
                "Complete or remove the line.",
            )
        )
    problems += _taken(lines, mapping, name)
    total = int(lines["amount"].sum() or 0)
    if not problems and total != mapping.control_ore:
        found = f"lines that sum to {_kroner(total)}, {_kroner(total - mapping.control_ore)} off"
        mend = "Is a line missing, or one too many, such as a sum? Or is the control total another one's?"
        problems.append(
            Problem(
                "control_total", name, None, None, found, f"{_kroner(mapping.control_ore)}, the control total", mend
            )
        )
    if problems:
        raise InvalidData.from_problems(problems)
    costs, rounded = _costs(lines, mapping, known, name)
    excluded: dict[str, int] = {}
    for place, rule in enumerate(mapping.rules):
        if rule.pool is None:
            excluded[rule.reason] = excluded.get(rule.reason, 0) + int(lines.filter(_rule=place)["amount"].sum() or 0)
    return LedgerCosts(costs, excluded, lines.height, mapping.control_ore, rounded, file)


def _read(path: str | Path | bytes, mapping: Mapped) -> TableFile:
    kinds = dict.fromkeys(mapping.columns.values(), "text")
    kinds[mapping.columns["amount"]] = "money"
    for part in ("date", "period"):
        if part in mapping.columns:
            kinds[mapping.columns[part]] = part
    # Other columns of the ledger are looked at by nobody; they are named in the report.
    return read_table(path, kinds, ignore=("*",), **mapping.format)


def _dated(lines: pl.DataFrame, mapping: Mapped) -> pl.DataFrame:
    if "date" in mapping.columns:
        return lines.with_columns(
            period_start=pl.col("date").dt.month_start(), period_end=pl.col("date").dt.month_end()
        )
    if "period" in mapping.columns:
        return lines
    return lines.with_columns(period_start=pl.lit(mapping.start), period_end=pl.lit(mapping.end))


def _takes(rule: Rule) -> pl.Expr:
    return pl.all_horizontal(_matches(part, codes) for part, codes in rule.match.items())


def _unknown(mapping: Mapped, known: Known, name: str) -> list[Problem]:
    """Pools, programmes and municipalities of the mapping that no table declares."""
    problems = []
    pools = dict(known["pools"].select("pool", "programme").unique("pool").iter_rows())
    people = set(known["municipalities"]["municipality"])
    for rule in mapping.rules:
        if rule.pool is None:
            continue
        if rule.pool not in pools:
            close = " or ".join(nearest(rule.pool, pools) or sorted(pools))
            problems.append(
                Problem(
                    "unknown_id",
                    name,
                    None,
                    rule.name,
                    f"the pool {rule.pool!r}",
                    close,
                    "Correct the mapping, or add it to pools.csv.",
                )
            )
        elif rule.programme is not None and rule.programme != pools[rule.pool]:
            found = f"the programme {rule.programme!r} with the pool {rule.pool!r}"
            expected = f"{pools[rule.pool]!r}, as in pools.csv" if pools[rule.pool] else "none, since several share it"
            problems.append(Problem("unknown_id", name, None, rule.name, found, expected, "Correct one of them."))
        if rule.municipality is not None and rule.municipality not in people:
            close = " or ".join(nearest(rule.municipality, people) or sorted(people))
            problems.append(
                Problem(
                    "unknown_id",
                    name,
                    None,
                    rule.name,
                    f"the municipality {rule.municipality!r}",
                    close,
                    "Correct the mapping.",
                )
            )
    return problems


def _taken(lines: pl.DataFrame, mapping: Mapped, name: str) -> list[Problem]:
    """Lines that no rule takes, or several, by their codes, with their sums."""
    problems = []
    parts = [part for part in PARTS if part in mapping.columns]
    for odd, id, what, mend in (
        (
            lines.filter(pl.col("_rules") == 0),
            "unmapped_lines",
            "one rule that takes them",
            "Add a [[rule]], or an [[exclude]] with a reason.",
        ),
        (lines.filter(pl.col("_rules") > 1), "two_rules", "one rule that takes them", "Narrow one of the rules."),
    ):
        groups = odd.group_by(parts, maintain_order=True).agg(pl.len(), pl.col("amount").sum(), pl.col(LINE).first())
        for row in groups.head(3 * SHOWN).iter_rows(named=True):
            codes = ", ".join(f"{part} {row[part]}" for part in parts if row[part] is not None) or "no codes"
            found = f"{row['len']} {'line' if row['len'] == 1 else 'lines'} with {codes}, {_kroner(row['amount'])}"
            if id == "two_rules":
                line = odd.filter(pl.col(LINE) == row[LINE])
                found += ", taken by " + " and ".join(
                    r.name for r in mapping.rules if line.select(_takes(r)).item(0, 0)
                )
            problems.append(Problem(id, name, row[LINE], None, found, what, mend))
        if groups.height > 3 * SHOWN:
            rest = groups.slice(3 * SHOWN)
            found = f"{rest['len'].sum()} more lines with {rest.height} other combinations of codes, {_kroner(int(rest['amount'].sum()))}"
            problems.append(Problem(id, name, None, None, found, what, mend))
    return problems


def _costs(lines: pl.DataFrame, mapping: Mapped, known: Known, name: str) -> tuple[pl.DataFrame, int]:
    """Sums by municipality, pool and period, rounded once."""
    rules = pl.DataFrame(
        {
            "_rule": range(len(mapping.rules)),
            "pool": [rule.pool for rule in mapping.rules],
            "_to": [rule.municipality for rule in mapping.rules],
            "_sign": [rule.sign for rule in mapping.rules],
        },
        schema={"_rule": pl.Int32, "pool": pl.String, "_to": pl.String, "_sign": pl.Int64},
    )
    charged = lines.join(rules, on="_rule", how="left", maintain_order="left").filter(pl.col("pool").is_not_null())
    own = charged.filter(pl.col("_to").is_null())
    problems: list[Problem] = []
    if own.height:
        column = Column(name, "municipality", mapping.columns["municipality"], own[LINE], problems, [])
        ids = read_ids(own["municipality"], "municipalities.municipality", known, column)
        empty = own["municipality"].is_null()
        column.ask_each(
            "unknown_id",
            own["account"],
            empty,
            "a municipality in every line",
            "Complete it, or say to_municipality in the rule.",
        )
        if problems:
            raise InvalidData.from_problems(problems)
        named = own.select(LINE, _own=ids)
        charged = charged.join(named, on=LINE, how="left", maintain_order="left").with_columns(
            pl.coalesce("_to", "_own").alias("_to")
        )
    sums = (
        charged.with_columns(_ore=pl.col("amount") * pl.col("_sign"))
        .group_by(pl.col("_to").alias("municipality"), "pool", "period_start", "period_end", maintain_order=True)
        .agg(pl.col("_ore").sum(), pl.col(LINE))
        .sort("municipality", "pool", "period_start")
    )
    kroner = [half_up(ore) for ore in sums["_ore"]]
    costs = sums.select(
        "municipality", "pool", "period_start", "period_end",
        pl.Series("amount_nok", kroner, dtype=pl.Int64),
        pl.Series("locator", [_locator(found) for found in sums[LINE]], dtype=pl.String),
    )  # fmt: skip
    return costs, sum(kroner) * 100 - int(sums["_ore"].sum() or 0)


def _locator(found: pl.Series) -> str:
    """The lines of a sum: ``l. 2-5, 9``; the first and last where there are very many stretches."""
    places = found.sort().to_list()
    spans: list[list[int]] = []
    for place in places:
        if spans and place == spans[-1][1] + 1:
            spans[-1][1] = place
        else:
            spans.append([place, place])
    if len(spans) > 20:
        return f"l. {places[0]}-{places[-1]}, utvalg etter kontokartet"
    return "l. " + ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _kroner(ore: int) -> str:
    """Øre as kroner, to the øre.

    Example:
        >>> _kroner(-5), _kroner(123456)
        ('-0.05 kr', '1234.56 kr')
    """
    return f"{'-' if ore < 0 else ''}{abs(ore) // 100}.{abs(ore) % 100:02d} kr"
