"""The Dataset: every table of every source, validated, with the relations between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from hhanalytics.errors import BadInput, InvalidData, UnknownName
from hhanalytics.placing import placed
from hhanalytics.sources.contents import contents
from hhanalytics.sources.endings import end_rows
from hhanalytics.sources.folder import Delivery, frame, read_folder
from hhanalytics.sources.processed import MANIFEST, read_processed, write_processed
from hhanalytics.sources.rules import broken_rules
from hhanalytics.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Dataset:
    """Validated tables, as polars frames, reached by name: ``dataset.costs``.

    Attributes:
        tables: Table name → frame with exactly the declared columns.
        checksums: Input file → sha256, for manifests.
        charges: ``printed``, or ``corrected`` where declared corrections are applied.
        printed: Where corrections are applied: the Dataset as it was before them.
    """

    tables: Mapping[str, pl.DataFrame]
    checksums: Mapping[str, str] = field(default_factory=dict)
    charges: str = "printed"
    printed: Dataset | None = field(default=None, repr=False)

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
        """A copy with some tables replaced; one whose ``charges`` change remembers what it was made from."""
        changed = charges is not None and charges != self.charges
        printed = self if changed and self.printed is None else self.printed
        return Dataset({**self.tables, **tables}, self.checksums, charges or self.charges, printed)

    def years(self) -> list[int]:
        """The years with accounts, oldest first.

        Example:
            >>> import hhanalytics as hh
            >>> hh.load("data/raw").years()
            [2025]
        """
        return list(self._years)

    @cached_property
    def _years(self) -> list[int]:
        return sorted(self.costs["period_end"].dt.year().unique().to_list())

    def year(self, year: int | None) -> int:
        """The year asked for, or the latest with accounts.

        Raises:
            UnknownName: Nothing for that year.
            BadInput: Something for that year, but no accounts.
        """
        years = self.years()
        if not years:
            raise BadInput.of("no_accounts", "costs", "no rows", "accounts of a year", "Add a source with costs.csv.")
        if year is None:
            return years[-1]
        if year in years:
            return year
        there = [name for name in ("activities", "budgets") if year in self.tables[name]["period_end"].dt.year()]
        if there:
            found, mend = f"{' and '.join(there)} of {year}, but no costs", "Add a source with costs of that year."
            raise BadInput.of("no_accounts", "costs", found, f"accounts of {year}", mend)
        raise UnknownName.of("year", year, years)

    def shared_pools(self) -> list[str]:
        """The pools that belong to no single programme: several have their positions there.

        Example:
            >>> import hhanalytics as hh
            >>> hh.load("data/raw").shared_pools()
            ['hallinghelse']
        """
        return sorted(self.pools.filter(pl.col("programme").is_null())["pool"].unique().to_list())

    def ordinary_pools(self) -> list[str]:
        """The pools of the ordinary accounts: who is in them takes part in what all share.

        Example:
            >>> import hhanalytics as hh
            >>> hh.load("data/raw").ordinary_pools()
            ['hallinghelse', 'mft', 'mft_psykisk_helse']
        """
        return list(self._ordinary_pools)

    @cached_property
    def _ordinary_pools(self) -> list[str]:
        return sorted(self.pools.filter("in_accounts")["pool"].unique().to_list())

    def latest_reports(self) -> pl.DataFrame:
        """The rows of ``welfare_tech``, of several reports for one month only the latest.

        Example:
            >>> import hhanalytics as hh
            >>> hh.load("data/raw").latest_reports().height
            72
        """
        return self._latest_reports

    @cached_property
    def _latest_reports(self) -> pl.DataFrame:
        # Asked for dozens of times in a brief.
        key = ["technology", "month", "municipality"]
        newest = pl.col("reported_on").fill_null(date.min).rank("ordinal", descending=True).over(key)
        return self.welfare_tech.filter(newest == 1)

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """All tables as pandas frames: dates as datetimes, whole numbers as ``Int64``, which can hold gaps."""
        import pandas as pd
        import pyarrow as pa

        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        times = pl.selectors.date().cast(pl.Datetime("us"))
        return {
            name: table.with_columns(times).to_pandas(types_mapper=kinds.get) for name, table in self.tables.items()
        }

    def save(self, folder: str | Path) -> Path:
        """Write every table as Parquet, with a manifest, whole or not at all.

        Args:
            folder: Where to; a Dataset that stands there is replaced as a whole.

        Returns:
            The folder.

        Raises:
            BadInput: Something else stands there.
        """
        target = Path(folder).resolve()

        def replaceable() -> None:
            if target.exists() and not (target / MANIFEST).is_file() and (not target.is_dir() or any(target.iterdir())):
                found = "something that is no saved Dataset"
                mend = "Give another folder, or empty this one."
                raise BadInput.of("not_a_dataset", str(folder), found, "a new folder, or a Dataset to replace", mend)

        about = {
            "fingerprint": self.fingerprint,
            "charges": self.charges,
            "inputs": dict(sorted(self.checksums.items())),
        }
        with placed(target, replaceable) as work:
            write_processed(work, self.tables, about)
        return Path(folder)


def load(folder: str | Path, *, beside: Path | None = None) -> Dataset:
    """Read and validate every source folder below ``folder``, or read what `Dataset.save` wrote.

    Args:
        folder: A folder with one folder per source (``source.toml`` and one CSV file per table); or a saved Dataset,
            whose files must be as its manifest says.
        beside: One more source folder, which stands elsewhere until it is known to be sound.

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
    if beside is None and (Path(folder) / MANIFEST).is_file():
        tables, about = read_processed(Path(folder))
        return Dataset(tables, about["inputs"], about["charges"])
    return validated(gather(folder, beside=beside))


#: Datasets that were loaded, the latest last; and how many are held.
_HELD: dict[str, Dataset] = {}
_MOST_HELD = 2


def loaded(folder: str | Path) -> Dataset:
    """As `load`, but the same Dataset as before where the folder holds the same files with the same content.

    For what reads the same data again and again in one run, such as a brief and its notebook, or many briefs.

    Args:
        folder: As for `load`.

    Raises:
        InvalidData: As for `load`.

    Example:
        >>> loaded("data/raw") is loaded("data/raw")
        True
    """
    before = contents(folder)
    key = json.dumps(before)
    held = _HELD.pop(key, None) if before else None
    if held is None:
        held = load(folder)
        if not before or contents(folder) != before:
            return held
    _HELD[key] = held
    while len(_HELD) > _MOST_HELD:
        _HELD.pop(next(iter(_HELD)), None)
    return held


def example() -> Dataset:
    """The real data that come with the package: Hallinghelse's figures for 2025, to try things on.

    Your own are read with `load`.

    Returns:
        The validated Dataset.

    Example:
        >>> import hhanalytics as hh
        >>> hh.example().years()
        [2025]
    """
    package = Path(__file__).parent
    inside = package / "example"
    return load(inside if inside.is_dir() else package.parent / "data" / "raw")


def gather(folder: str | Path, *, empty: bool = False, beside: Path | None = None) -> Delivery:
    """Read every source folder below ``folder``, without judging what was read.

    Args:
        folder: A folder with one folder per source.
        empty: Whether it may hold none, or not exist yet.
        beside: One more source folder, which stands elsewhere until it is known to be sound.
    """
    root = Path(folder)
    delivery = Delivery()
    folders = (
        sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] not in "._") if root.is_dir() else []
    )
    if beside is not None:
        folders.append(beside)
    if not folders and not empty:
        delivery.add("no_data", str(folder), None, None, "no source folder", "a folder per source", "Check the path.")
    for path in folders:
        read_folder(path, delivery)
    return delivery


def validated(delivery: Delivery) -> Dataset:
    """The Dataset of everything that was read, endings applied.

    Args:
        delivery: What was read.

    Raises:
        InvalidData: Something could not be read, or breaks a rule.
    """
    frames, endings = end_rows({name: frame(name, delivery.tables.get(name, [])) for name in TABLES}, delivery)
    problems = [*delivery.problems, *endings, *broken_rules(frames, delivery)]
    if problems:
        raise InvalidData.from_problems(problems)
    return Dataset(
        {name: table.select(list(TABLES[name].columns())) for name, table in frames.items()},
        dict(delivery.checksums),
    )
