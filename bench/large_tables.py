"""What ``bench.large`` measured, as tables in Markdown and as a plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Ours → what it is compared with.
PEERS = {
    "ours, polars streaming": "polars by hand",
    "ours, polars eager": "polars by hand",
    "ours, DuckDB": "DuckDB by hand",
    "ours, pandas": "pandas by hand",
}
FLOOR = "reading alone"
COLUMNS = (
    FLOOR, "polars by hand", "ours, polars streaming", "ours, polars eager", "DuckDB by hand", "ours, DuckDB",
    "pandas by hand", "ours, pandas",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One measurement: seconds on the clock and of the processor, and the most megabytes held."""

    measure: str
    way: str
    rows: int
    seconds: float
    processor: float
    megabytes: float


def values(runs: Iterable[Run], measure: str, way: str, rows: int, what: str = "processor") -> list[float]:
    """One figure of all runs of one way; empty where it was not measured."""
    return [getattr(run, what) for run in runs if (run.measure, run.way, run.rows) == (measure, way, rows)]


def median_of(runs: Iterable[Run], measure: str, way: str, rows: int, what: str = "processor") -> float:
    """The median of one way, or nan where it was not measured."""
    found = values(runs, measure, way, rows, what)
    return statistics.median(found) if found else math.nan


def exponent(runs: Sequence[Run], measure: str, way: str, low: int, high: int) -> float:
    """How processor time grows with rows: 1 is in proportion, below it is less."""
    one, other = (median_of(runs, measure, way, rows) for rows in (low, high))
    return math.log(other / one) / math.log(high / low)


def compared(runs: Sequence[Run]) -> Iterator[tuple[str, str, float, str, float]]:
    """Part, name, seconds, peer and its seconds of each of ours, by processor time."""
    for rows in sizes(runs):
        for measure in measures(runs):
            for way, peer in PEERS.items():
                ours, theirs = (median_of(runs, measure, each, rows) for each in (way, peer))
                if not math.isnan(ours):
                    yield f"{rows:,} events", f"{measure}, {way.removeprefix('ours, ')}", ours, peer, theirs


def sizes(runs: Iterable[Run]) -> list[int]:
    """Every number of events, smallest first."""
    return sorted({run.rows for run in runs})


def measures(runs: Iterable[Run]) -> list[str]:
    """Every measure, as they came."""
    return list(dict.fromkeys(run.measure for run in runs))


def tables(runs: Sequence[Run]) -> str:
    """Processor seconds, seconds on the clock, ratios, memory and growth."""

    def spread(measure: str, way: str, rows: int, what: str) -> str:
        found = values(runs, measure, way, rows, what)
        if not found:
            return ""
        return f"{statistics.median(found):.2f}" + (f" ({min(found):.2f}–{max(found):.2f})" if len(found) > 1 else "")

    def most(measure: str, way: str, rows: int) -> str:
        found = values(runs, measure, way, rows, "megabytes")
        return f"{max(found):,.0f}" if found else ""

    def ratio(measure: str, way: str, rows: int) -> str:
        found = median_of(runs, measure, way, rows) / median_of(runs, measure, PEERS[way], rows)
        return "" if math.isnan(found) else f"{found:.2f}"

    def growth(measure: str, way: str, rows: int) -> str:
        smaller = [other for other in sizes(runs) if other < rows]
        found = exponent(runs, measure, way, smaller[-1], rows) if smaller else math.nan
        return "" if math.isnan(found) else f"{found:.2f}"

    parts = {
        "Processor, s": _table(runs, COLUMNS, lambda *at: spread(*at, "processor")),
        "Clock, s": _table(runs, COLUMNS, lambda *at: spread(*at, "seconds")),
        "Processor time of ours, as a ratio to the same by hand": _table(runs, tuple(PEERS), ratio),
        "Most memory, MB": _table(runs, COLUMNS, most),
    }
    if len(sizes(runs)) > 1:
        parts["Growth from the size before (exponent of processor time)"] = _table(runs, COLUMNS, growth, skip=1)
    return "\n\n".join(f"{title}:\n\n{text}" for title, text in parts.items())


def _table(runs: Sequence[Run], ways: tuple[str, ...], cell: Callable[[str, str, int], str], skip: int = 0) -> str:
    lines = [f"| events | measure | {' | '.join(ways)} |", f"|---:|---|{'---:|' * len(ways)}"]
    for rows in sizes(runs)[skip:]:
        for measure in measures(runs):
            cells = " | ".join(cell(measure, way, rows) for way in ways)
            size = f"{rows // 1_000_000:,} M" if rows >= 1_000_000 else f"{rows:,}"
            lines.append(f"| {size} | `{measure}` | {cells} |")
    return "\n".join(lines)


@contextmanager
def panels(count: int, size: tuple[float, float], path: Path) -> Iterator[tuple[Any, list[Any]]]:
    """A figure and its panels in a row, processor time upwards and sizes to the right, both by tens; written at the end."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "bench"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, count, figsize=size, sharey=True, layout="constrained", squeeze=False)
    for axis in axes[0]:
        axis.set(xscale="log", yscale="log")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("processor time, s")
    yield figure, list(axes[0])
    figure.savefig(path, metadata={"Date": None})


def plot(runs: Sequence[Run], path: Path) -> None:
    """Processor time against events."""
    names = measures(runs)
    colours = {"polars": "#1b6ca8", "DuckDB": "#c2571a", "pandas": "#4b8b3b", FLOOR: "#777777"}
    with panels(len(names), (10, 3.2), path) as (figure, axes):
        for axis, measure in zip(axes, names, strict=True):
            for way in COLUMNS:
                if way.endswith("eager"):
                    continue
                colour = next(colour for word, colour in colours.items() if word in way)
                style = "-" if way.startswith("ours") else ":" if way == FLOOR else "--"
                spent = [median_of(runs, measure, way, rows) for rows in sizes(runs)]
                axis.plot(sizes(runs), spent, style, color=colour, marker="o", markersize=3, label=way)
            axis.set_xlabel("events")
            axis.set_title(measure, fontsize="medium")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", fontsize="small")
