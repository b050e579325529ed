"""Every brief there is to make of a year, as a list of jobs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from hhanalytics.briefs import run
from hhanalytics.briefs.parameters import charged_in, defaults
from hhanalytics.briefs.run_all import Job
from hhanalytics.dataset import Dataset, loaded
from hhanalytics.errors import UnknownName
from hhanalytics.present import catalogue


def planned(*, languages: Iterable[str] | None = None, notebooks: str | Path | None = None, **given: Any) -> list[Job]:
    """Every kind of brief in every language; one about a municipality for each that was charged in the year.

    Args:
        languages: Languages; None: all that have a catalogue.
        notebooks: The folder of the notebooks; None: those that come with the package.
        **given: Parameters of the notebooks; each brief takes those it has. With ``municipality`` only that one gets a
            brief of its own; with ``year`` alone the status is of the last day of it that has accounts.

    Returns:
        The jobs, language by language. The assessment of a mandate is left out: which one is meant is said by nobody.

    Raises:
        UnknownName: A language without a catalogue, or a parameter that no brief has.
        InvalidData: The data cannot be used.

    Example:
        >>> [job.name for job in planned(languages=["nb"], municipality="gol")]
        ['benefit nb', 'hof nb', 'gol nb', 'status nb']
    """
    known = catalogue.languages()
    wanted = known if languages is None else list(dict.fromkeys(languages))
    for language in wanted:
        if language not in known:
            raise UnknownName.of("language", language, known)
    folder = Path(notebooks) if notebooks is not None else run.own_notebooks()
    kinds = {kind: defaults(run.notebook_of(kind, folder)) for kind in run.kinds(folder)}
    kinds = {kind: declared for kind, declared in kinds.items() if "mandate" not in declared}
    given = {name: value for name, value in given.items() if value is not None}
    declared = {name: default for own in kinds.values() for name, default in own.items()}
    for name in given:
        if name not in declared:
            raise UnknownName.of("parameter", name, declared)
    source: Any = given.get("data", declared.get("data"))
    dataset = loaded(source)
    jobs = []
    for language in wanted:
        for kind, own in sorted(kinds.items()):
            parameters = {name: value for name, value in _with_day(given, dataset).items() if name in own}
            if "language" in own:
                parameters["language"] = language
            jobs += [Job(kind, {**parameters, **about}) for about in _about(own, given, dataset)]
    return jobs


def _about(declared: dict[str, Any], given: dict[str, Any], dataset: Dataset) -> list[dict[str, str]]:
    """The municipalities that a kind of brief is made for; for a kind about none, nothing once."""
    if "municipality" not in declared:
        return [{}]
    if "municipality" in given:
        return [{"municipality": given["municipality"]}]
    return [{"municipality": name} for name in charged_in(dataset, dataset.year(given.get("year")))]


def _with_day(given: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """What was given, with the day of the status: where only a year is given, its last with accounts."""
    if "as_of" in given or "year" not in given:
        return given
    year = dataset.year(given["year"])
    ends: Any = dataset.costs.filter(pl.col("period_end").dt.year() == year)["period_end"].max()
    return {**given, "as_of": ends.isoformat()}
