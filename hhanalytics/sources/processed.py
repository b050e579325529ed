"""Tables as Parquet with a manifest: written by ``Dataset.save``, and read only if every file is as it was written."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from hhanalytics.errors import InvalidData, Problem
from hhanalytics.tables import TABLES

#: What marks a folder as a saved Dataset.
MANIFEST: Final = "manifest.json"
AGAIN: Final = "Build it again: hhanalytics build."


def write_processed(folder: Path, tables: Mapping[str, pl.DataFrame], about: Mapping[str, Any]) -> None:
    """Write tables and their manifest.

    Args:
        folder: The folder, which does not exist yet.
        tables: Table name → frame.
        about: What else the manifest says.
    """
    folder.mkdir()
    entries = {}
    for name, table in tables.items():
        # Written by Python: where the disk is full, polars does not say so as the system does.
        out = io.BytesIO()
        table.write_parquet(out)
        (folder / f"{name}.parquet").write_bytes(out.getbuffer())
        entries[name] = {"rows": table.height, "sha256": sha256(out.getbuffer()).hexdigest()}
    manifest = json.dumps({**about, "tables": entries}, indent=1, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(manifest, "utf-8", newline="\n")


def read_processed(folder: Path) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Tables as they were written, and what their manifest says.

    Args:
        folder: A folder with a manifest.

    Raises:
        InvalidData: A file is not as the manifest says; all of them are listed.
    """
    about = _manifest(folder)
    problems, tables = [], {}
    for name in TABLES:
        file, entry = f"{name}.parquet", about["tables"][name]
        path = folder / file
        if not path.is_file():
            problems.append(_problem("lost_file", file, "no such file", "the table that the manifest names"))
            continue
        content = path.read_bytes()
        checksum = sha256(content).hexdigest()
        if checksum != entry["sha256"]:
            expected = f"sha256 {str(entry['sha256'])[:12]}…, as {MANIFEST} says"
            problems.append(_problem("altered_file", file, f"sha256 {checksum[:12]}…", expected))
            continue
        tables[name] = pl.read_parquet(io.BytesIO(content))
        if tables[name].height != entry["rows"] or tables[name].columns != list(TABLES[name].columns()):
            problems.append(_problem("other_version", file, "other rows or columns", "those of this version"))
    known = {MANIFEST, *(f"{name}.parquet" for name in TABLES)}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            problems.append(_problem("unknown_file", path.name, "a file that the manifest does not name", "none"))
    if problems:
        raise InvalidData.from_problems(problems)
    return tables, about


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / MANIFEST).read_bytes())
        named = {name: (entry["rows"], entry["sha256"]) for name, entry in about["tables"].items()}
        inputs = {str(file): str(checksum) for file, checksum in about["inputs"].items()}
        fingerprint, charges = about["fingerprint"], about["charges"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = "something that is no manifest of tables"
        raise InvalidData.from_problems([_problem("bad_manifest", MANIFEST, found, "the manifest as built")]) from None
    if set(named) != set(TABLES):
        found = f"{len(named)} tables"
        expected = f"the {len(TABLES)} tables of this version"
        raise InvalidData.from_problems([_problem("other_version", MANIFEST, found, expected)])
    made = sha256(json.dumps(sorted(inputs.items())).encode()).hexdigest()
    if made != fingerprint or charges not in ("printed", "corrected"):
        found = "inputs that do not give its fingerprint"
        raise InvalidData.from_problems([_problem("bad_manifest", MANIFEST, found, "the manifest as built")])
    return dict(about)


def _problem(id: str, file: str, found: str, expected: str) -> Problem:
    return Problem(id, file, None, None, found, expected, AGAIN)
