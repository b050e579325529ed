"""The mapping file of a ledger: which lines belong to which pool and municipality, and which are left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from hhanalytics.errors import InvalidData, Problem, nearest
from hhanalytics.sources.reading import file_bytes

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


def read_mapping(path: str | Path) -> Mapped:
    """Read a mapping file.

    Raises:
        InvalidData: It is no such file; everything wrong is listed.
    """
    name = Path(path).name
    raw = file_bytes(path)
    try:
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
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
