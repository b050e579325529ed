"""Make many briefs; one that fails does not keep the others back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hhanalytics.briefs import run
from hhanalytics.briefs.parameters import charged_in, defaults
from hhanalytics.dataset import load
from hhanalytics.errors import HHAnalyticsError, UnknownName


@dataclass(frozen=True)
class Job:
    """A brief to be made.

    Attributes:
        kind: Which brief.
        parameters: Those of its notebook that are not as in the notebook.
    """

    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is about, and in which language where that is said, for messages.

        Example:
            >>> Job("municipality", {"municipality": "gol"}).name, Job("hof", {"language": "nn"}).name
            ('gol', 'hof nn')
        """
        about = self.parameters.get("municipality") or self.parameters.get("mandate") or self.kind
        return " ".join(str(part) for part in (about, self.parameters.get("language")) if part)


@dataclass(frozen=True)
class Made:
    """One of several briefs: its folder, or why there is none."""

    job: Job
    folder: Path | None
    error: HHAnalyticsError | None = None

    @property
    def municipality(self) -> str:
        """The municipality, or what else it is about."""
        return self.job.name


def run_many(
    jobs: Sequence[Job],
    *,
    out: str | Path = "briefs",
    notebooks: str | Path | None = None,
    on_brief: Callable[[str, int, int], None] | None = None,
    on_progress: run.Progress | None = None,
) -> list[Made]:
    """Make briefs; each appears whole or not at all, as in `render`.

    Args:
        jobs: The briefs.
        out: As for `render`.
        notebooks: As for `render`.
        on_brief: Called before each with its name, its place, and how many there are.
        on_progress: As for `render`.

    Returns:
        What was made, in the order of the jobs.
    """
    made = []
    for place, job in enumerate(jobs, start=1):
        if on_brief is not None:
            on_brief(job.name, place, len(jobs))
        try:
            done = run.render(job.kind, out=out, notebooks=notebooks, on_progress=on_progress, **job.parameters)
            made.append(Made(job, done))
        except HHAnalyticsError as error:
            made.append(Made(job, None, error))
    return made


def render_for_all(
    kind: str = "municipality",
    *,
    out: str | Path = "briefs",
    notebooks: str | Path | None = None,
    on_brief: Callable[[str, int, int], None] | None = None,
    on_progress: run.Progress | None = None,
    **given: Any,
) -> list[Made]:
    """A brief for each municipality that was charged in the year, as `run_many` makes them.

    Args:
        kind: Which brief; its notebook must have the parameter ``municipality``.
        out: As for `render`.
        notebooks: As for `render`.
        on_brief: As for `run_many`.
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
    jobs = [Job(kind, {**given, "municipality": name}) for name in names]
    return run_many(jobs, out=out, notebooks=notebooks, on_brief=on_brief, on_progress=on_progress)
