"""Briefs to all municipalities of made-up countries of growing size: processor time, memory, and how both grow.

``python -m bench.country 60 120 357`` makes each country and all its briefs in turn and prints the table of
``bench/README.md``. It fails where a municipality has no brief, or more memory is held than promised.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.large_tables import Run, exponent
from bench.national import YEAR, write_country
from bench.stock import watched

#: Megabytes that may be held, however many municipalities.
MOST = 1_500
WHAT, WAY = "brief municipality --all", "ours"


def measured(municipalities: int) -> Run:
    """What all briefs of a country take."""
    with tempfile.TemporaryDirectory(prefix="country-") as folder:
        data, out = write_country(Path(folder) / "data", municipalities), Path(folder) / "briefs"
        words = (sys.executable, "-P", "-m", "hhanalytics", "brief", "municipality", "--all", "--year", str(YEAR))
        taken, most = watched(*words, "--data", str(data), "--out", str(out))
        made = len(list(out.glob("municipality-*/brief.pdf")))
    if made != municipalities:
        raise SystemExit(f"{made} of {municipalities} briefs were made.")
    return Run(WHAT, WAY, municipalities, taken.wall, taken.cpu, most)


def main(words: list[str] | None = None) -> None:
    """Measure the sizes that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.country", description=__doc__)
    parser.add_argument("municipalities", type=int, nargs="+")
    print(
        "| municipalities | clock, s | processor, s | a brief, s | exponent | memory, MB |\n|---:|---:|---:|---:|---:|---:|"
    )
    runs: list[Run] = []
    for size in sorted(set(parser.parse_args(words).municipalities)):
        runs.append(run := measured(size))
        growth = f"{exponent(runs, WHAT, WAY, runs[-2].rows, size):.2f}" if len(runs) > 1 else ""
        each = run.processor / size
        print(
            f"| {size} | {run.seconds:.0f} | {run.processor:.0f} | {each:.2f} | {growth} | {run.megabytes:.0f} |",
            flush=True,
        )
        if run.megabytes > MOST:
            raise SystemExit(f"{run.megabytes:.0f} MB were held, more than the {MOST:,} promised.")


if __name__ == "__main__":
    main()
