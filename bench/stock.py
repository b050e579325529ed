"""Briefs by the stock tools, one after the other: papermill's kernel, nbconvert's page, Chromium's print."""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"


@dataclass(frozen=True)
class Spent:
    """What a run took: seconds on the clock, and of the processor with everything it started."""

    wall: float
    cpu: float


def spent(call: Callable[[], object]) -> Spent:
    """Run something that starts programs, and say what it took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def watched(*words: str) -> tuple[Spent, float]:
    """Run a program to its end, and say what it took and the most memory, in megabytes, that it held with its children."""
    most = 0

    def call() -> None:
        nonlocal most
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None:
                most = max(most, sum(map(_held, _family(process.pid))))
                sleep(0.2)
        if process.returncode:
            raise SystemExit(f"{' '.join(words)} failed")

    return spent(call), most / 1024


def _family(process: int) -> Iterator[int]:
    """A process and what it started."""
    yield process
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))


def _held(process: int) -> int:
    """Kilobytes a process holds, shared ones by part; nothing where the system does not say, or it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def middle(runs: Sequence[Spent]) -> Spent:
    """The median of each."""
    return Spent(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))


def run(*words: str) -> None:
    """Run a program to its end; it must succeed."""
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")


def browser() -> str:
    """Chromium, wherever it is."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("Comparing with the stock tools needs Chromium.")
    return found


def stock(kind: str, out: Path, **parameters: str | int) -> None:
    """A brief as HTML and PDF by the stock tools, from the same notebook."""
    bin_ = Path(sys.executable).parent
    given = [word for name, value in parameters.items() for word in ("-p", name, str(value))]
    notebook, page, paper = out / "stock.ipynb", out / "stock.html", out / "stock.pdf"
    run(str(bin_ / "papermill"), str(NOTEBOOKS / f"{kind}_brief.ipynb"), str(notebook), "-k", "python3", *given)
    run(str(bin_ / "jupyter-nbconvert"), "--to", "html", str(notebook), "--output", page.name)
    run(browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={paper}", page.as_uri())
    if not paper.stat().st_size:
        raise SystemExit("Chromium printed nothing.")
