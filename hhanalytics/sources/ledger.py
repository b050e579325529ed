"""An accounting extract → costs per municipality, pool and period, by a mapping that somebody has declared.

Every line is taken by exactly one rule: as a cost, or excluded with a reason. Øre are added as whole numbers and
rounded once, when a sum is made. The control total of the ledger must be met to the øre.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from hhanalytics.errors import InvalidData, Problem, nearest
from hhanalytics.evidence import half_up
from hhanalytics.sources.column import SHOWN, Column
from hhanalytics.sources.folder import LINE
from hhanalytics.sources.names import Known, read_ids
from hhanalytics.sources.table_file import TableFile, read_table

#: What a rule may look at.
PARTS: Final = ("account", "responsibility", "service", "project", "municipality")
_TABLE: Final = {"columns", "ledger", "rule", "exclude", "format"}
_LEDGER: Final = {"control_total", "sign", "period_start", "period_end"}
_FORMAT: Final = {"encoding", "separator", "decimal", "thousands", "negative", "dates"}


@dataclass(frozen=True)
class Rule:
    """What is done with some lines.

    Attributes:
        name: The rule's name or number, for messages.
        match: Part of a line → codes: single ones, ranges ``"1000-1999"`` or beginnings ``"24*"``.
        pool: The pool they belong to; None: they are excluded.
        programme: The programme, which must be the pool's.
        municipality: Whose they are; None: as the line says.
        sign: 1 as the ledger has them, -1 turned.
        reason: Why they are excluded.
    """

    name: str
    match: Mapping[str, tuple[str, ...]]
    pool: str | None
    programme: str | None
    municipality: str | None
    sign: int
    reason: str


@dataclass(frozen=True)
class Mapped:
    """A mapping as declared.

    Attributes:
        columns: Part of a line (account, amount, date …) → heading in the ledger.
        rules: What is done with the lines.
        control_ore: The ledger's control total, in øre.
        start: First day of the costs; None: as the lines say.
        end: Last day.
        format: How the ledger writes numbers and dates.
    """

    columns: Mapping[str, str]
    rules: tuple[Rule, ...]
    control_ore: int
    start: date | None
    end: date | None
    format: Mapping[str, Any]


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


def read_mapping(path: str | Path) -> Mapped:
    """Read a mapping file.

    Raises:
        InvalidData: It is no such file; everything wrong is listed.
    """
    name = Path(path).name
    try:
        content = tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidData.from_problems(
            [Problem("bad_toml", name, None, None, str(error), "a TOML file", "Mend the syntax at that place.")]
        ) from error
    return _Mapping(name, content).read()


class _Mapping:
    """Reads a mapping and gathers what is wrong."""

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self.name, self.content = name, content
        self.problems: list[Problem] = []

    def ask(self, where: str, found: object, expected: str, mend: str = "Correct the mapping.") -> None:
        self.problems.append(Problem("bad_mapping", self.name, None, where, str(found), expected, mend))

    def read(self) -> Mapped:
        for key in self.content.keys() - _TABLE:
            self.ask(key, "an unknown part", " or ".join(nearest(key, _TABLE) or sorted(_TABLE)))
        columns = self._table("columns", {*PARTS, "amount", "date", "period"})
        for needed in ("account", "amount"):
            if needed not in columns:
                self.ask(f"columns.{needed}", "nothing", "the heading of that column in the ledger")
        ledger = self._table("ledger", _LEDGER)
        start, end = ledger.get("period_start"), ledger.get("period_end")
        dated = "date" in columns or "period" in columns
        if not dated and not (type(start) is date and type(end) is date):
            self.ask("ledger.period_start, period_end", f"{start}, {end}", "two dates, or a column date or period")
        if dated and (start is not None or end is not None):
            self.ask("ledger.period_start, period_end", f"{start}, {end}", "none, since the lines have their own")
        sign = ledger.get("sign", 1)
        if sign not in (1, -1):
            self.ask("ledger.sign", sign, "1, or -1 where the ledger has costs as negative")
            sign = 1
        rules = [
            *self._rules("rule", columns, sign),
            *self._rules("exclude", columns, sign),
        ]
        if not any(rule.pool for rule in rules):
            self.ask("rule", "no rule", "at least one [[rule]] with a pool")
        control = self._control(ledger.get("control_total"))
        format = self._table("format", _FORMAT)
        if self.problems:
            raise InvalidData.from_problems(self.problems)
        whole = not dated
        return Mapped(columns, tuple(rules), control, start if whole else None, end if whole else None, format)

    def _table(self, name: str, keys: set[str]) -> dict[str, Any]:
        found = self.content.get(name, {})
        if not isinstance(found, dict):
            self.ask(name, found, f"a table [{name}]")
            return {}
        for key in found.keys() - keys:
            self.ask(f"{name}.{key}", "an unknown key", " or ".join(nearest(key, keys) or sorted(keys)))
        if name in ("columns", "format"):
            for key, value in found.items():
                if not isinstance(value, str):
                    self.ask(f"{name}.{key}", value, "a text")
        return {key: value for key, value in found.items() if key in keys}

    def _control(self, found: Any) -> int:
        """The control total in øre: a whole number of kroner, or a text with two decimals."""
        if type(found) is int:
            return found * 100
        text = (
            re.sub("[\\s\u00a0\u202f]", "", str(found)).replace("−", "-").replace(",", ".")
            if isinstance(found, str)
            else ""
        )
        if not re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{2})?", text):
            self.ask("ledger.control_total", found, 'the total of the ledger as "1 234 567,89"')
            return 0
        return int(text.replace(".", "")) if "." in text else int(text) * 100

    def _rules(self, kind: str, columns: Mapping[str, Any], sign: int) -> list[Rule]:
        found = self.content.get(kind, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.ask(kind, found, f"tables [[{kind}]]")
            return []
        needed = {"rule": "pool", "exclude": "reason"}[kind]
        own = {"rule": {"pool", "programme", "name", "sign", "to_municipality"}, "exclude": {"reason", "name"}}[kind]
        rules = []
        for place, each in enumerate(found, 1):
            where = f"{kind} {place}"
            for key in each.keys() - own - set(PARTS):
                self.ask(f"{where}.{key}", "an unknown key", " or ".join(nearest(key, {*own, *PARTS}) or sorted(own)))
            if not isinstance(each.get(needed), str):
                self.ask(f"{where}.{needed}", each.get(needed, "nothing"), "a text")
            match = {part: self._codes(f"{where}.{part}", each[part]) for part in PARTS if part in each}
            for part in match.keys() - columns.keys():
                self.ask(f"{where}.{part}", "a part without column", f"columns.{part}")
            if not match:
                self.ask(where, "nothing to tell lines by", "an account, responsibility, service …")
            if kind == "rule" and "to_municipality" not in each and "municipality" not in columns:
                self.ask(f"{where}.to_municipality", "nothing", "whose the costs are, or columns.municipality")
            own_sign = each.get("sign", sign)
            if own_sign not in (1, -1):
                self.ask(f"{where}.sign", own_sign, "1 or -1")
            rules.append(
                Rule(
                    str(each.get("name", where)), match, each.get("pool") if kind == "rule" else None, each.get("programme"),
                    each.get("to_municipality"), own_sign if own_sign in (1, -1) else 1, str(each.get("reason", "")),
                )
            )  # fmt: skip
        return rules

    def _codes(self, where: str, found: Any) -> tuple[str, ...]:
        codes = found if isinstance(found, list) else [found]
        for code in codes:
            if not isinstance(code, str) or not re.fullmatch(r"[^\s*-]+(?:-[^\s*-]+|\*)?|\*", code):
                self.ask(where, repr(code), 'codes as texts: "10100", "10100-10999" or "24*"')
                return ()
            low, _, high = code.partition("-")
            if high and (len(low) != len(high) or low > high):
                self.ask(where, repr(code), "a range from a lower to a higher code of the same length")
        return tuple(codes)


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
