"""Make a brief for each municipality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hhanalytics.briefs import run
from hhanalytics.briefs.parameters import charged_in, defaults
from hhanalytics.dataset import load
from hhanalytics.errors import HHAnalyticsError, UnknownName


@dataclass(frozen=True)
class Made:
    """One of several briefs: its folder, or why there is none."""

    municipality: str
    folder: Path | None
    error: HHAnalyticsError | None = None


def render_for_all(
    kind: str = "municipality",
    *,
    out: str | Path = "briefs",
    notebooks: str | Path | None = None,
    on_brief: Callable[[str, int, int], None] | None = None,
    on_progress: run.Progress | None = None,
    **given: Any,
) -> list[Made]:
    """A brief for each municipality that was charged in the year; one that fails does not keep the others back.

    Each appears whole or not at all, as in `render`.

    Args:
        kind: Which brief; its notebook must have the parameter ``municipality``.
        out: As for `render`.
        notebooks: As for `render`.
        on_brief: Called before each with the municipality, its place, and how many there are.
        on_progress: As for `render`.
        **given: Parameters of the notebook but the municipality.

    Returns:
        What was made, in order of name.

    Raises:
        UnknownName: There is no such kind, or its notebook is not about one municipality.
        InvalidData: The data cannot be used.
    """
    folder_of = Path(notebooks) if notebooks is not None else run.own_notebooks()
    notebook = run.notebook_of(kind, folder_of, given.get("audience"))
    declared = defaults(notebook)
    if "municipality" not in declared:
        raise UnknownName.of("parameter", "municipality", declared)
    folder: Any = declared.get("data") if given.get("data") is None else given["data"]
    dataset = load(folder)
    names = charged_in(dataset, dataset.year(given.get("year")))
    made = []
    for place, name in enumerate(names, start=1):
        if on_brief is not None:
            on_brief(name, place, len(names))
        try:
            done = run.render(
                kind, out=out, notebooks=notebooks, on_progress=on_progress, **{**given, "municipality": name}
            )
            made.append(Made(name, done))
        except HHAnalyticsError as error:
            made.append(Made(name, None, error))
    return made
