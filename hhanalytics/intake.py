"""Take a file into the data as a new source folder: read, checked with everything else, whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from hhanalytics.dataset import load
from hhanalytics.errors import BadInput, InvalidData
from hhanalytics.evidence import GRADES
from hhanalytics.placing import placed
from hhanalytics.sources.folder import LINE
from hhanalytics.sources.ledger import LedgerCosts, read_ledger
from hhanalytics.sources.mapping import read_mapping
from hhanalytics.sources.ssb import Fetched, population_entry
from hhanalytics.sources.ssb_population import population_rows
from hhanalytics.sources.table_file import TableFile, read_table
from hhanalytics.sources.writing import cell, csv_text, write_entry
from hhanalytics.tables import FOLDER, TABLES


@dataclass(frozen=True, eq=False)
class Taken:
    """What was taken in.

    Attributes:
        folder: The new source folder.
        rows: Rows of each table.
        file: The file as read, with what was changed.
        ledger: What was made of a ledger, where it was one.
    """

    folder: Path
    rows: Mapping[str, int]
    file: TableFile
    ledger: LedgerCosts | None = None


def import_file(
    path: str | Path,
    table: str,
    source: str,
    about: Mapping[str, Any],
    *,
    data: str | Path = "data/raw",
    grade: str | None = None,
    mapping: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Iterable[str] = (),
    **format: str | None,
) -> Taken:
    """Read a text file into a table and put it into the data as a new source folder.

    Args:
        path: The file.
        table: The table its rows belong to.
        source: Id of the new source: the name of its folder.
        about: What source.toml says: ``title``, ``short_title``, ``publisher`` and what else is known.
        data: Folder with one folder per source.
        grade: How well the figures are known; None: documented, or derived where a mapping makes them.
        mapping: Mapping file, where the file is a ledger that is to become ``costs``.
        columns: Heading → column, for headings that mean nothing otherwise.
        ignore: Headings to leave out.
        **format: How numbers and dates are written, as in `read_table`.

    Returns:
        The folder, and what was changed.

    Raises:
        InvalidData: Something is wrong in the file, or between it and the other data; nothing was written.
        BadInput: The source exists already, or its name is none.
    """
    _check_name(source, Path(data))
    if grade is not None and grade not in GRADES:
        raise BadInput.of("bad_grade", "grade", repr(grade), " or ".join(GRADES), "Give one of these.")
    known = load(data).tables if _has_sources(Path(data)) else {}
    given = {name: value for name, value in format.items() if value is not None}
    ledger = None
    if mapping is not None:
        if table != "costs":
            raise BadInput.of("bad_mapping", "table", repr(table), "costs, with a mapping", "Say --as costs.")
        declared = read_mapping(mapping)
        for needed in ("pools", "municipalities"):
            if needed not in known:
                raise BadInput.of(
                    "bad_mapping", str(data), f"no table {needed}", "a folder that declares it", "Check --data."
                )
        ledger = read_ledger(path, replace(declared, format={**declared.format, **given}), known)
        file, frame = ledger.file, ledger.costs
    else:
        file = read_table(path, table, known=known, columns=columns, ignore=ignore, **given)
        frame = file.frame
    frame = _with_evidence(frame, grade or ("documented" if mapping is None else "derived"))
    facts = {**about, "document": about.get("document", file.name), "sha256": file.sha256}
    folder = write_source(source, {table: frame}, facts, Path(data), file.name)
    return Taken(folder, {table: frame.height}, file, ledger)


def _has_sources(data: Path) -> bool:
    return data.is_dir() and any(path.is_dir() and path.name[0] not in "._" for path in data.iterdir())


def _check_name(source: str, data: Path) -> None:
    if not re.fullmatch(FOLDER, source):
        raise BadInput.of(
            "bad_source", "source", repr(source), "up to 64 lower-case letters, digits and underscores", "Name it so."
        )
    if (data / source).exists():
        mend = "Give another name; a source is never overwritten."
        raise BadInput.of("source_exists", str(data / source), "a source of that name", "a new one", mend)


def _with_evidence(frame: pl.DataFrame, grade: str) -> pl.DataFrame:
    """The rows with where they stand, how sure they are, and the signs that stood for missing numbers."""
    if "locator" not in frame.columns:
        frame = frame.with_columns(locator=pl.format("l. {}", LINE))
    if "grade" not in frame.columns:
        frame = frame.with_columns(grade=pl.lit(grade))
    signs = [name for name in frame.columns if name.endswith("_missing")]
    if signs:
        said = pl.concat_str(
            [pl.lit(f"{name.removesuffix('_missing')}: ") + pl.col(name) for name in signs],
            separator="; ",
            ignore_nulls=True,
        )
        said = pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in signs)).then(said)
        note = (
            pl.concat_str([pl.col("note"), said], separator="; ", ignore_nulls=True)
            if "note" in frame.columns
            else said
        )
        frame = frame.with_columns(note=note).drop(signs)
    return frame


def write_source(
    name: str,
    tables: Mapping[str, pl.DataFrame],
    about: Mapping[str, Any],
    data: Path,
    origin: str,
    said: Sequence[str] = (),
) -> Path:
    """Write a source folder, whole or not at all, after checking it together with all other data.

    Args:
        name: Id of the source.
        tables: Table → rows; ``line_`` says where in the file each row stood.
        about: What source.toml says.
        data: Folder with one folder per source.
        origin: The file the rows come from, named in problems instead of the folder.
        said: Lines that source.toml begins with, as comments.

    Returns:
        The folder.

    Raises:
        InvalidData: The rows break a rule; nothing was written.
        BadInput: The source exists already.
    """
    with placed(data / name, lambda: _check_name(name, data)) as folder:
        folder.mkdir()
        write_entry(
            folder, {key: about[key] for key in TABLES["sources"].columns() if about.get(key) is not None}, said
        )
        lines: dict[str, dict[int, int]] = {}
        for table, frame in tables.items():
            text, lines[f"{name}/{table}.csv"] = _csv(table, frame)
            (folder / f"{table}.csv").write_bytes(text.encode())
        try:
            load(data, beside=folder)
        except InvalidData as error:
            raise InvalidData.from_problems(
                [
                    replace(p, file=origin, row=lines[p.file].get(p.row or 0)) if p.file in lines else p
                    for p in error.problems
                ]
            ) from error
    return data / name


def save_fetched(fetched: Fetched, folder: str | Path) -> Path:
    """Write a fetched table, whole or not at all: its cells as CSV, the responses as they came, where they came from.

    Args:
        fetched: The table.
        folder: A new folder.

    Returns:
        The folder.

    Raises:
        BadInput: Something stands there.
    """
    target = Path(folder)

    def free() -> None:
        if target.exists():
            mend = "Give another folder; nothing is overwritten."
            raise BadInput.of("place_taken", str(folder), "something that stands there", "a new folder", mend)

    with placed(target, free) as work:
        work.mkdir()
        fetched.frame.write_csv(work / f"{fetched.table}.csv")
        for place, answer in enumerate(fetched.answers):
            (work / f"response-{place}.json").write_bytes(answer.content)
        provenance = json.dumps(fetched.provenance(), indent=1, ensure_ascii=False) + "\n"
        (work / "provenance.json").write_text(provenance, "utf-8")
    return target


def save_population(fetched: Fetched, source: str, data: str | Path = "data/raw") -> tuple[Path, int]:
    """Put a fetched table of persons by sex and age into the data, as a new source with the bands used so far.

    Args:
        fetched: The table.
        source: Id of the new source.
        data: Folder with one folder per source; it has population already, which says what the bands are.

    Returns:
        The folder, and how many rows of `population` it has.

    Raises:
        BadInput: The table does not hold everybody, or the source exists already.
        InvalidData: The rows do not go with the other data, such as a year that is there already.
    """
    _check_name(source, Path(data))
    known = load(data).population
    bands = known.filter(pl.col("year") == pl.col("year").max())["age_band"].unique().to_list()
    rows = population_rows(fetched, bands or ["0+"])
    about = {**population_entry(), "title": fetched.label, "published_on": _day(fetched.updated)}
    said = [f"{a.fetched_at.isoformat()}  sha256 {a.sha256}  {a.address}" for a in fetched.answers]
    folder = write_source(source, {"population": rows}, about, Path(data), f"table {fetched.table}", said)
    return folder, rows.height


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _csv(table: str, frame: pl.DataFrame) -> tuple[str, dict[int, int]]:
    """Rows as CSV of a source folder, and which line of it came from which line of the file."""
    columns = [column for column in TABLES[table].columns() if column in frame.columns and column != "source"]
    out = [columns]
    origins = frame[LINE].to_list() if LINE in frame.columns else [None] * frame.height
    lines: dict[int, int] = {}
    at = 2
    for row, origin in zip(frame.select(columns).iter_rows(), origins, strict=True):
        cells = [cell(value) for value in row]
        out.append(cells)
        if origin is not None:
            lines[at] = origin
        at += 1 + sum(text.count("\n") for text in cells)
    return csv_text(out), lines
