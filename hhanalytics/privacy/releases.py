"""What was said of counts of persons, in this release and earlier ones, and whether it gives one away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from hhanalytics.errors import BadInput
from hhanalytics.methods import constant
from hhanalytics.placing import placed
from hhanalytics.privacy.audit import Knowledge
from hhanalytics.privacy.plan import Parts, Plan, described

#: The ledger's name, in the folder of the briefs.
LEDGER: Final = "releases.jsonl"


@dataclass(frozen=True, order=True)
class Said:
    """One sum of counted rows that was published, with its value."""

    parts: Parts
    value: float

    @classmethod
    def of(cls, parts: Iterable[tuple[str, int]], value: float) -> Said:
        """A sum with its parts in order, each once."""
        totals: dict[str, int] = {}
        for row, times in parts:
            totals[row] = totals.get(row, 0) + times
        return cls(tuple(sorted((row, times) for row, times in totals.items() if times)), value)


def read_ledger(folder: Path) -> list[Said]:
    """Everything that was released before from a folder.

    Raises:
        BadInput: The ledger cannot be read, so that nobody knows what was released.
    """
    path = folder / LEDGER
    if not path.is_file():
        return []
    try:
        return [each for line in path.read_text("utf-8").splitlines() if line.strip() for each in _read(line)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput.of(
            "bad_ledger", str(path), type(error).__name__, "one JSON object per line",
            "Restore it: without it nobody knows what was released before.",
        ) from error  # fmt: skip


@lru_cache(maxsize=4096)
def _read(line: str) -> tuple[Said, ...]:
    """What one release said. Kept: with many briefs, all that was released before is asked for again with each."""
    return tuple(
        Said.of([(str(row), int(times)) for row, times in each["parts"]], float(each["value"]))
        for each in json.loads(line)["said"]
    )


def write_ledger(
    folder: Path, release: str, said: Iterable[Said], attack: Callable[[list[Said]], object] | None = None
) -> None:
    """Add what is new to the ledger; nothing is ever taken out.

    Args:
        folder: Where the ledger is; made if need be.
        release: Name of the release.
        said: What it says.
        attack: Called with everything released so far, while no other run can add to it; raises where the
            release may not go out beside it. So of two runs at once the later one knows the earlier.

    Raises:
        BadInput: The ledger cannot be read or written.
    """
    new = set(said)
    if not new:
        return

    def again() -> None:
        if attack is not None:
            attack(read_ledger(folder))

    path = folder / LEDGER
    with placed(path, again) as made:
        fresh = sorted(new - set(read_ledger(folder)))
        before = path.read_bytes() if path.is_file() else b""
        made.write_bytes(before + (_line(release, fresh) if fresh else b""))


def _line(release: str, said: list[Said]) -> bytes:
    told = [{"parts": [list(part) for part in each.parts], "value": each.value} for each in said]
    return (json.dumps({"release": release, "said": told}, ensure_ascii=False) + "\n").encode()


def given_away(said: Iterable[Said], counts: Mapping[str, int], plan: Plan, earlier: Iterable[Said] = ()) -> list[str]:
    """The small counts that follow, exactly or too narrowly, from what was published.

    Args:
        said: What this release says.
        counts: Every counted row of the Dataset.
        plan: Which rows are withheld.
        earlier: What earlier releases said. What no longer agrees with the data was said of other figures,
            and tells nothing of these.

    Returns:
        Names of rows, as an error may show them: no counts.

    Example:
        >>> plan, counts = Plan(frozenset("a"), frozenset("a")), {"a": 3, "b": 20}
        >>> given_away([Said.of([("a", 1), ("b", 1)], 23.0), Said.of([("b", 1)], 20.0)], counts, plan)
        ['a']
        >>> given_away([Said.of([("b", 1)], 20.0)], counts, plan)
        []
    """
    return [described(row) for row in told(said, counts, plan, earlier)]


def told(said: Iterable[Said], counts: Mapping[str, int], plan: Plan, earlier: Iterable[Said] = ()) -> list[str]:
    """The same by the names of the rows.

    Example:
        >>> told([Said.of([("a", 1)], 3.0)], {"a": 3}, Plan(frozenset("a"), frozenset("a")))
        ['a']
    """
    if not plan.small:
        return []
    limit = constant("small_number")
    statements = {each for each in said if all(row in counts for row, _ in each.parts)}
    statements |= {
        each
        for each in earlier
        if all(row in counts for row, _ in each.parts)
        and abs(sum(counts[row] * times for row, times in each.parts) - each.value) < 1e-9
    }
    spoken = {row for each in statements for row, _ in each.parts}
    known = Knowledge(sums=[(dict(each.parts), each.value) for each in sorted(statements) if each.parts])
    for row in sorted(spoken):
        # A mark says which counts are small and which are only withheld.
        low = limit if row in plan.withheld and row not in plan.small else 0
        known.unknown(row, low, limit - 1 if row in plan.small else np.inf)
    found = known.interval([row for row in sorted(plan.small) if row in spoken])
    return [row for row, (low, high) in found.items() if high - low + 1 < limit]
