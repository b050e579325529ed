"""Make many briefs: data and what concerns all of them are worked out once, and several are made at a time."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from hhanalytics.briefs import run
from hhanalytics.briefs.parameters import charged_in, defaults
from hhanalytics.briefs.standing import standing
from hhanalytics.environment import one_core
from hhanalytics.errors import HHAnalyticsError, UnknownName

#: With fewer briefs than this for each, another process takes longer to start than it saves.
WORTHWHILE: Final = 8


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
    """One of several briefs: its folder, or why there is none.

    Attributes:
        job: What was wanted.
        folder: Where it stands.
        error: Why it could not be made.
        unchanged: Whether it stood there already.
        warned: Warnings that it gave: text, category, file and line.
    """

    job: Job
    folder: Path | None
    error: HHAnalyticsError | None = None
    unchanged: bool = False
    warned: tuple[tuple[str, type[Warning], str, int], ...] = ()

    @property
    def municipality(self) -> str:
        """The municipality, or what else it is about."""
        return self.job.name


def run_many(
    jobs: Sequence[Job],
    *,
    out: str | Path = "briefs",
    notebooks: str | Path | None = None,
    force: bool = False,
    workers: int | None = 1,
    on_brief: Callable[[str, int, int], None] | None = None,
    on_progress: run.Progress | None = None,
) -> list[Made]:
    """Make briefs; one that fails does not keep the others back, and one that has not changed is left as it is.

    Args:
        jobs: The briefs.
        out: As for `hhanalytics.briefs.run.render`.
        notebooks: As for `render`.
        force: Make also those that have not changed.
        workers: How many are made at a time, each in a process of its own; None: as many as it is worth. More than one
            needs a main module that may be imported again, as multiprocessing does.
        on_brief: Called with the name of each, its place, and how many there are: before it is made, or with
            several workers when it is done.
        on_progress: As for `render`; not with several workers.

    Returns:
        What was made, in the order of the jobs.
    """
    told = on_brief or (lambda *_: None)
    folder = Path(notebooks) if notebooks is not None else run.own_notebooks()
    if workers is None:
        workers = min(os.cpu_count() or 1, len(jobs) // WORTHWHILE)
    if workers <= 1:
        made = []
        for place, job in enumerate(jobs, start=1):
            told(job.name, place, len(jobs))
            made.append(_one(job, out, folder, force, on_progress))
        return made
    found: dict[int, Made] = {}
    with one_core(), ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = {pool.submit(_apart, job, out, folder, force): place for place, job in enumerate(jobs)}
        try:
            for done in as_completed(waiting):
                place = waiting[done]
                found[place] = done.result()
                told(jobs[place].name, len(found), len(jobs))
                for text, category, file, line in found[place].warned:
                    warnings.warn_explicit(text, category, file, line)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[place] for place in range(len(jobs))]


def render_for_all(
    kind: str = "municipality",
    *,
    out: str | Path = "briefs",
    notebooks: str | Path | None = None,
    on_brief: Callable[[str, int, int], None] | None = None,
    on_progress: run.Progress | None = None,
    force: bool = False,
    workers: int | None = 1,
    **given: Any,
) -> list[Made]:
    """A brief for each municipality that was charged in the year, as `run_many` makes them.

    Args:
        kind: Which brief; its notebook must have the parameter ``municipality``.
        out: As for `run_many`.
        notebooks: As for `run_many`.
        on_brief: As for `run_many`.
        on_progress: As for `run_many`.
        force: As for `run_many`.
        workers: As for `run_many`.
        **given: Parameters of the notebook but the municipality.

    Returns:
        What was made, collaboration by collaboration, in order of name.

    Raises:
        UnknownName: There is no such kind, or its notebook is not about one municipality.
        InvalidData: The data cannot be used.
    """
    from hhanalytics.dataset import loaded
    from hhanalytics.decisions.together import number_of

    folder_of = Path(notebooks) if notebooks is not None else run.own_notebooks()
    notebook = run.notebook_of(kind, folder_of, given.get("audience"))
    declared = defaults(notebook)
    if "municipality" not in declared:
        raise UnknownName.of("parameter", "municipality", declared)
    folder: Any = declared.get("data") if given.get("data") is None else given["data"]
    dataset = loaded(folder)
    names = charged_in(dataset, dataset.year(given.get("year")))
    # One collaboration after the other: what its briefs share is worked out when the first of them is made.
    names.sort(key=lambda name: (number_of(dataset, name), name))
    jobs = [Job(kind, {**given, "municipality": name}) for name in names]
    return run_many(
        jobs, out=out, notebooks=notebooks, force=force, workers=workers, on_brief=on_brief, on_progress=on_progress
    )


def _one(job: Job, out: str | Path, notebooks: Path, force: bool, on_progress: run.Progress | None = None) -> Made:
    try:
        stands = None if force else standing(job.kind, out=out, notebooks=notebooks, **job.parameters)
        if stands is not None:
            return Made(job, stands, unchanged=True)
        return Made(job, run.render(job.kind, out=out, notebooks=notebooks, on_progress=on_progress, **job.parameters))
    except HHAnalyticsError as error:
        return Made(job, None, error)


def _apart(job: Job, out: str | Path, notebooks: Path, force: bool) -> Made:
    """The same in a process of its own, whose warnings are said where the others are, and which stays small."""
    from hhanalytics.briefs.typesetting import beside

    beside()
    with warnings.catch_warnings(record=True) as given:
        made = _one(job, out, notebooks, force)
    warned = tuple((str(each.message), each.category, each.filename, each.lineno) for each in given)
    return Made(job, made.folder, made.error, made.unchanged, warned)
