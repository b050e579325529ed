"""Large made-up files as accounting systems and statistical offices write them, and what reading them costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

import hhanalytics as hh

#: Column of the ledger → kind.
LEDGER = {
    "Konto": "text",
    "Kontonavn": "text",
    "Ansvar": "text",
    "Tjeneste": "text",
    "Tjenestenavn": "text",
    "Bilagsdato": "date",
    "Regnskap": "money",
    "Budsjett": "money",
}
#: Prints peak memory while reading, in bytes beyond what stood before.
_PEAK = """
import json, pathlib, sys
import hhanalytics as hh
from bench.files import LEDGER
hh.read_table("Konto;Kontonavn;Ansvar;Tjeneste;Tjenestenavn;Bilagsdato;Regnskap;Budsjett\\n1;a;1;1;b;1.1.2025;1,5;2,5\\n".encode(), LEDGER)
status = lambda name: next(int(l.split()[1]) * 1024 for l in open("/proc/self/status") if l.startswith(name))
before = status("VmRSS")
pathlib.Path("/proc/self/clear_refs").write_text("5")
hh.read_table(sys.argv[1], LEDGER)
print(status("VmHWM") - before)
"""


def amounts(numbers: np.ndarray) -> list[str]:
    """Øre as kroner: spaces between thousands, decimal comma, a minus sign."""
    return [
        f"{'−' if n < 0 else ''}{abs(n) // 100:,}".replace(",", "\u00a0") + f",{abs(n) % 100:02d}"
        for n in numbers.tolist()
    ]


def write_ledger(path: Path, rows: int) -> pl.DataFrame:
    """A ledger of so many lines, and what is in it; about as many bytes a line as a municipality's own."""
    draw = np.random.default_rng(8)
    accounts, services = draw.integers(10_000, 20_000, rows), draw.integers(10_000, 40_000, rows)
    first, second = (draw.integers(-(10**9), 10**9, rows) for _ in range(2))
    days = pl.select(pl.date(2025, 1, 1) + pl.duration(days=pl.Series(draw.integers(0, 365, rows)))).to_series()
    frame = pl.DataFrame(
        {
            "Konto": accounts.astype(str),
            "Kontonavn": [f"Lønn og godtgjørelse, art {n % 300}" for n in accounts.tolist()],
            "Ansvar": draw.integers(100, 999, rows).astype(str),
            "Tjeneste": services.astype(str),
            "Tjenestenavn": [f"Helsefremming og forebygging {n % 200}" for n in services.tolist()],
            "Bilagsdato": days.dt.strftime("%d.%m.%Y"),
            "Regnskap": amounts(first),
            "Budsjett": amounts(second),
        }
    )
    frame.write_csv(path, separator=";", line_terminator="\r\n")
    return frame.with_columns(Bilagsdato=days, Regnskap=pl.Series(first), Budsjett=pl.Series(second))


def by_pandas(path: Path) -> pd.DataFrame:
    """The same file with everything told beforehand and nothing checked."""
    frame = pd.read_csv(
        path, sep=";", decimal=",", thousands="\u00a0", dtype={"Konto": str, "Ansvar": str, "Tjeneste": str}
    )
    for column in ("Regnskap", "Budsjett"):
        frame[column] = (
            frame[column].str.replace("\u00a0", "").str.replace("−", "-").str.replace(",", ".").astype(float)
        )
    frame["Bilagsdato"] = pd.to_datetime(frame["Bilagsdato"], format="%d.%m.%Y")
    return frame


def peak(path: Path) -> int | None:
    """Bytes of memory that reading a file takes at most, in a process of its own; None where it cannot be told."""
    if not sys.platform.startswith("linux"):
        return None
    done = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def cube(cells: int) -> bytes:
    """A JSON-stat dataset of about so many cells, every fiftieth missing with a sign."""
    side = round(cells ** (1 / 3))
    codes = {str(n): n for n in range(side)}
    dimension = {id: {"category": {"index": codes, "label": {code: f"navn {code}" for code in codes}}} for id in "abc"}
    values = [None if n % 50 == 0 else n % 977 for n in range(side**3)]
    content = {
        "class": "dataset",
        "version": "2.0",
        "id": list("abc"),
        "size": [side] * 3,
        "dimension": dimension,
        "value": values,
        "status": {str(n): ":" for n in range(0, side**3, 50)},
    }
    return json.dumps(content).encode()


def same(path: Path, wanted: pl.DataFrame) -> None:
    """End the bench where what is read is not what was written."""
    read = hh.read_table(path, LEDGER).frame.select(wanted.columns)
    if not read.equals(wanted):
        raise SystemExit("read_table: not the same as was written")
