"""The last look at a brief before it is handed out: is it marked, and does it give no small count away?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hhanalytics.briefs.blocks import Title
from hhanalytics.briefs.structure import MIME, Structure, flattened, runs_in, seal
from hhanalytics.dataset import Dataset
from hhanalytics.errors import BriefFailed
from hhanalytics.present.catalogue import texts
from hhanalytics.privacy.planning import following
from hhanalytics.privacy.releases import Said


def said_in(structures: Iterable[Structure]) -> list[Said]:
    """What the figures of a brief say of counted rows."""
    found = {
        Said.of([(row, times) for row, times in run["parts"]], float(run["count"]))
        for run in runs_in(list(structures))
        if run["run"] == "figure" and run.get("parts") and run.get("count") is not None and run["value"] is not None
    }
    return sorted(found)


def check_release(structures: Iterable[Structure], dataset: Dataset, earlier: Iterable[Said]) -> list[Said]:
    """Attack a public brief with everything in it and everything released before.

    Args:
        structures: Its blocks, flattened.
        dataset: The data it was made from.
        earlier: What earlier releases said.

    Returns:
        What this release says of counted rows.

    Raises:
        BriefFailed: A small count follows.
    """
    said = said_in(structures)
    attack(said, dataset, earlier)
    return said


def attack(said: Iterable[Said], dataset: Dataset, earlier: Iterable[Said]) -> None:
    """Try to work small counts out of what a release says and earlier ones said.

    Raises:
        BriefFailed: A small count follows.
    """
    rows = following(said, dataset, earlier)
    if rows:
        raise BriefFailed.withheld(f"small counts can be worked out from what it shows, or showed before: {rows}")


def mark_internal(notebook: Mapping[str, Any]) -> None:
    """Say in the title, and on every page, that a brief shows small numbers and is not for the public."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            structure = output.get("data", {}).get(MIME)
            if structure is None:
                continue
            titles = [block for block in flattened([structure]) if block["block"] == Title.kind]
            for title in titles:
                words = texts(title["language"])
                title["labels"] = {**title["labels"], "marking": words["page.internal"]}
                title["subtitle"] = [{"run": "strong", "runs": [{"run": "text", "text": words["page.internal"]}]},
                                     {"run": "text", "text": " · " if title["subtitle"] else ""}, *title["subtitle"]]  # fmt: skip
            if titles:
                from hhanalytics.briefs.html import fragment

                bare = {name: value for name, value in structure.items() if name != "seal"}
                html = fragment([bare])
                output["data"] |= {MIME: {**bare, "seal": seal(bare, html)}, "text/html": html}
