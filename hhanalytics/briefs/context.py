"""What every section of a brief needs: the data, what was found in it, and the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from hhanalytics.dataset import Dataset, load
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.exits import exit_findings
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.programmes import programme_findings
from hhanalytics.decisions.reconciliation import reconcile
from hhanalytics.measures.catalogue import compute
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate


@dataclass(frozen=True)
class Context:
    """The figures of one year, and the language they are said in.

    Attributes:
        printed: The Dataset as printed in the sources.
        dataset: The Dataset the brief rests on, printed or corrected.
        year: The year.
        language: Words, numbers and dates for the reader, behind the privacy gate.
    """

    printed: Dataset
    dataset: Dataset
    year: int
    language: Language

    @cached_property
    def agreement(self) -> list[Finding]:
        """What reconciliation found in the figures as printed."""
        return reconcile(self.printed)

    @cached_property
    def exits(self) -> list[Finding]:
        """What the year's exits moved."""
        return exit_findings(self.dataset, self.year)

    @cached_property
    def programmes(self) -> list[Finding]:
        """What is known about what each programme costs and gives."""
        return programme_findings(self.dataset, self.year)

    def measure(self, name: str, **options: str) -> pl.DataFrame:
        """A measure of the year, computed from the brief's Dataset."""
        return compute(self.dataset, name, year=self.year, **options)  # type: ignore[arg-type]

    def of(self, kind: str) -> list[Finding]:
        """The findings of one kind."""
        return [f for f in (*self.agreement, *self.exits, *self.programmes) if f.kind == kind]


def open_context(*, year: int, language: str, data: str, privacy: str, charges: str) -> Context:
    """The context of a brief, from its notebook's parameters.

    Args:
        year: A year with accounts.
        language: A language with a catalogue.
        data: The folder with one folder per source.
        privacy: ``public`` or ``internal``.
        charges: ``printed``, or ``corrected`` for charges put to their key.

    Example:
        >>> context = open_context(year=2025, language="nb", data="data/raw", privacy="public", charges="corrected")
        >>> context.dataset.charges
        'corrected'
    """
    printed = load(data)
    dataset = corrected(printed, reconcile(printed)) if charges == "corrected" else printed
    return Context(printed, dataset, year, Language(language, dataset.tables, Gate(public=privacy != "internal")))
