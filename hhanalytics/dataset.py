"""The Dataset: every table of every source, validated, with the relations between them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from hhanalytics.errors import BadInput, InvalidData, Problem, UnknownName, nearest
from hhanalytics.sources.folder import FILE, LINE, Delivery, frame, read_folder
from hhanalytics.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Dataset:
    """Validated tables, as polars frames, reached by name: ``dataset.costs``.

    Attributes:
        tables: Table name → frame with exactly the declared columns.
        checksums: Input file → sha256, for manifests.
        charges: ``printed``, or ``corrected`` where declared corrections are applied.
    """

    tables: Mapping[str, pl.DataFrame]
    checksums: Mapping[str, str] = field(default_factory=dict)
    charges: str = "printed"

    def __getattr__(self, name: str) -> pl.DataFrame:
        if name in TABLES:
            return self.tables[name]
        raise AttributeError(f"Dataset has no table {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def __repr__(self) -> str:
        filled = ", ".join(f"{name} {frame.height}" for name, frame in self.tables.items() if frame.height)
        return f"Dataset({self.charges}; {filled})"

    @cached_property
    def fingerprint(self) -> str:
        """A sha256 over all input files: the same data give the same fingerprint."""
        return sha256(json.dumps(sorted(self.checksums.items())).encode()).hexdigest()

    def replace(self, *, charges: str | None = None, **tables: pl.DataFrame) -> Dataset:
        """A copy with some tables replaced."""
        return Dataset({**self.tables, **tables}, self.checksums, charges or self.charges)

    def years(self) -> list[int]:
        """The years with accounts, oldest first.

        Example:
            >>> import hhanalytics as hh
            >>> hh.load("data/raw").years()
            [2025]
        """
        return sorted(self.costs["period_end"].dt.year().unique().to_list())

    def year(self, year: int | None) -> int:
        """The year asked for, or the latest with accounts.

        Raises:
            UnknownName: No accounts for that year.
        """
        years = self.years()
        if not years:
            raise BadInput.of("no_accounts", "costs", "no rows", "accounts of a year", "Add a source with costs.csv.")
        if year is None:
            return years[-1]
        if year not in years:
            raise UnknownName.of("year", year, years)
        return year

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """All tables as pandas frames, dates as datetimes."""
        dates = pl.selectors.date()
        return {
            name: table.with_columns(dates.cast(pl.Datetime("us"))).to_pandas() for name, table in self.tables.items()
        }

    def save(self, folder: str | Path) -> Path:
        """Write every table as Parquet, with a manifest, whole or not at all.

        Args:
            folder: Where to; what stands there is replaced as a whole.

        Returns:
            The folder.
        """
        target = Path(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            manifest: dict[str, Any] = {"fingerprint": self.fingerprint, "charges": self.charges, "tables": {}}
            for name, table in self.tables.items():
                path = work / f"{name}.parquet"
                table.write_parquet(path)
                manifest["tables"][name] = {"rows": table.height, "sha256": sha256(path.read_bytes()).hexdigest()}
            manifest["inputs"] = dict(sorted(self.checksums.items()))
            (work / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
            swap(work, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return target


def swap(work: Path, target: Path) -> None:
    """Put a finished folder in the place of another; the old one stays until the new one stands.

    Args:
        work: The finished folder, beside ``target``.
        target: Where it shall stand.
    """
    work.chmod(0o755)
    if not target.exists():
        work.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.replace(old / target.name)
    try:
        work.replace(target)
    except OSError:
        (old / target.name).replace(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def load(folder: str | Path) -> Dataset:
    """Read and validate every source folder below ``folder``.

    Args:
        folder: A folder with one folder per source (``source.toml`` and one CSV file per table).

    Returns:
        The validated Dataset.

    Raises:
        InvalidData: Something is wrong; its ``problems`` list everything, with file, row, column, what
            was found, what was expected and how to mend it.

    Example:
        >>> import hhanalytics as hh
        >>> dataset = hh.load("data/raw")
        >>> dataset.costs.filter(pool="bti")["amount_nok"].sum()
        410725
    """
    root = Path(folder)
    delivery = Delivery()
    folders = (
        sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] not in "._") if root.is_dir() else []
    )
    if not folders:
        delivery.add("no_data", str(folder), None, None, "no source folder", "a folder per source", "Check the path.")
    for path in folders:
        read_folder(path, delivery)
    frames = {name: frame(name, delivery.tables.get(name, [])) for name in TABLES}
    problems = list(delivery.problems)
    for name, table in frames.items():
        problems += _rule_problems(name, table, delivery.unread)
    problems += [*_relation_problems(frames), *_membership_problems(frames["memberships"])]
    if problems:
        raise InvalidData.from_problems(problems)
    return Dataset(
        {name: table.select(TABLES[name].columns()) for name, table in frames.items()},
        dict(delivery.checksums),
    )


def _rule_problems(name: str, table: pl.DataFrame, unread: set[tuple[str, int, str]]) -> Iterable[Problem]:
    """Rows that break a rule of their declaration, found by dataframely."""
    schema: type[dy.Schema] = type(name, (TABLES[name],), {FILE: dy.String(), LINE: dy.Int64()})
    details = schema.filter(table).failure.details()
    rules = [column for column in details.columns if column not in table.columns]
    for row in details.iter_rows(named=True):
        for rule in rules:
            if row[rule] != "invalid":
                continue
            column, _, check = rule.partition("|")
            if not check:
                column = ""
            if (row[FILE], row[LINE], column) in unread:
                continue
            expected, mend = _words(name, rule, column, check)
            keys = TABLES[name].primary_key() if rule == "primary_key" else [column] if column else _rule_columns(rule)
            found = ", ".join(f"{key} {row[key]}" for key in keys if key in row) if not column else _shown(row[column])
            yield Problem(rule, row[FILE], row[LINE], column or None, found or "the row", expected, mend)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(str(value))


def _rule_columns(rule: str) -> list[str]:
    return {
        "period_in_order": ["period_start", "period_end"],
        "activity_period_in_order": ["period_start", "period_end"],
        "validity_in_order": ["valid_from", "valid_to"],
        "reference_date_with_population_key": ["key", "reference_date"],
        "fixed_share_with_fixed_key": ["key", "fixed_share"],
        "range_in_order": ["amount_low_nok", "amount_nok", "amount_high_nok"],
        "one_row_per_month": ["technology", "month", "municipality"],
    }.get(rule, [])


def _words(name: str, rule: str, column: str, check: str) -> tuple[str, str]:
    """What a rule expects, and how to mend a row that breaks it."""
    if rule == "primary_key":
        return "one row per " + ", ".join(TABLES[name].primary_key()), "Remove or merge the repeated rows."
    if not column:
        words = {
            "reference_date_with_population_key": "a reference_date with the population key, and only there",
            "fixed_share_with_fixed_key": "a fixed_share with the fixed key, and only there",
            "one_row_per_month": "one row per technology, month and municipality",
            "range_in_order": "low, point and high price in that order",
        }
        return words.get(rule, "the first day before the last"), "Correct the row."
    kind = TABLES[name].columns()[column]
    if check == "nullability":
        return "a value", f"Fill in {column}: {kind.description}"
    if check == "regex":
        return f"the form {getattr(kind, 'regex', '')}", f"Correct {column}: {kind.description}"
    allowed = (kind.metadata or {}).get("allowed")
    if allowed:
        return "one of " + ", ".join(allowed), f"Correct {column}: {kind.description}"
    limits = [
        f"{word} {limit}"
        for word, limit in (("at least", getattr(kind, "min", None)), ("at most", getattr(kind, "max", None)))
        if limit is not None
    ]
    return " and ".join(limits) or f"what {check} asks", f"Correct {column}: {kind.description}"


def _relation_problems(frames: Mapping[str, pl.DataFrame]) -> Iterable[Problem]:
    """Ids that no row of the table they refer to declares."""
    for name, table in frames.items():
        for column, kind in TABLES[name].columns().items():
            target = (kind.metadata or {}).get("references")
            if not target:
                continue
            other, _, key = target.partition(".")
            valid = frames[other][key].drop_nulls().unique().sort()
            lost = table.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(valid.implode()))
            for row in lost.iter_rows(named=True):
                close = nearest(row[column], valid)
                expected = f"an id in {other}" + (", such as " + " or ".join(close) if close else "")
                mend = f"Correct it, or add a row to {other}.csv."
                yield Problem("unknown_id", row[FILE], row[LINE], column, repr(row[column]), expected, mend)


def _membership_problems(memberships: pl.DataFrame) -> Iterable[Problem]:
    """A municipality twice in a pool at once, and members of one pool under different keys."""
    rows = sorted(memberships.iter_rows(named=True), key=lambda r: (str(r["pool"]), str(r["valid_from"])))
    for index, row in enumerate(rows):
        for other in rows[:index]:
            if row["pool"] != other["pool"] or None in (row["valid_from"], other["valid_from"]):
                continue
            if row["valid_from"] > (other["valid_to"] or date.max):
                continue
            if row["municipality"] == other["municipality"]:
                found = f"{row['municipality']} in {row['pool']} twice on {row['valid_from']}"
                mend = "End the first membership before the second begins."
                yield Problem("overlap", row[FILE], row[LINE], "valid_from", found, "one membership at a time", mend)
            elif (row["key"], row["reference_date"]) != (other["key"], other["reference_date"]):
                found = (
                    f"{row['key']} {row['reference_date'] or ''} beside {other['key']} {other['reference_date'] or ''}"
                )
                mend = "A pool has one key at a time; end one membership or correct its key."
                yield Problem("two_keys", row[FILE], row[LINE], "key", found, "one key per pool and day", mend)
