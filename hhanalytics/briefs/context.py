"""What every section of a brief needs: the data, what was found in it, and the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import polars as pl

from hhanalytics.dataset import Dataset, loaded
from hhanalytics.decisions.collecting import figures_to_get
from hhanalytics.decisions.comparison import Benefit, Need, benefits_of, first_day, needs_of, share_findings
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.exits import exit_findings
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.gaps import gaps
from hhanalytics.decisions.municipalities import Municipality, municipalities_of, total_findings
from hhanalytics.decisions.priorities import Priorities, priorities
from hhanalytics.decisions.programmes import Programme, Span, programme_findings, programmes_of
from hhanalytics.decisions.prospects import Prospect, backtest_finding, prospect_findings, prospects
from hhanalytics.decisions.recommendations import Assessment, assessments
from hhanalytics.decisions.reconciliation import reconciled
from hhanalytics.decisions.simulation import Simulation, simulate
from hhanalytics.decisions.together import number_of, of_collaboration
from hhanalytics.decisions.year_before import year_before
from hhanalytics.evidence import Citation, Grade
from hhanalytics.present.inline import References, Run, Runs, runs
from hhanalytics.present.language import Language, Value
from hhanalytics.privacy.planning import gate_of


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

    def around(self, municipality: str) -> Context:
        """The same for the collaboration that a municipality is in; this very context where the data hold no other.

        What was found in the figures as printed, and who may see what, stay those of all the data.
        """
        return _around(self, number_of(self.dataset, municipality))

    # What was found

    @cached_property
    def agreement(self) -> list[Finding]:
        """What reconciliation found in the figures as printed."""
        return list(reconciled(self.printed, self.year))

    @cached_property
    def programmes(self) -> list[Programme]:
        """What is known of every programme, a cost per participant only where it may be shown."""
        gate = self.language.gate
        return [
            replace(
                each,
                per_participant=Span(*map(gate.through, each.per_participant)),
                break_even=Span(*map(gate.through, each.break_even)),
            )
            for each in self._programmes
        ]

    @cached_property
    def period(self) -> Runs:
        """The part of the year that the charges cover, in words: the year where they reach its end."""
        ends = self.dataset.costs.filter(pl.col("period_end").dt.year() == self.year)["period_end"].to_list()
        return self.language.named("periods", f"{self.year}-01-01/{max(ends)}")

    @cached_property
    def whole(self) -> bool:
        """Whether the charges reach the end of the year."""
        return not any(finding.kind == "gap_rest_of_year" for finding in self.gaps)

    @cached_property
    def beside(self) -> list[Finding]:
        """What was charged beside the year before; nothing where there is none."""
        return year_before(self.dataset, self.year)

    @cached_property
    def _programmes(self) -> list[Programme]:
        return programmes_of(self.dataset, self.year)

    def programme_in(self, dataset: Dataset, programme: str) -> Programme:
        """What another Dataset, printed or corrected, says of a programme."""
        known = self._programmes if dataset.charges == self.dataset.charges else programmes_of(dataset, self.year)
        return next(each for each in known if each.programme == programme)

    @cached_property
    def municipalities(self) -> list[Municipality]:
        """What every municipality paid."""
        return municipalities_of(self.dataset, self.year)

    @cached_property
    def benefits(self) -> list[Benefit]:
        """What every municipality pays for each programme and is known to get."""
        return benefits_of(self.dataset, self.year, self._programmes)

    @cached_property
    def needs(self) -> list[Need]:
        """How many live in each municipality and how old they are."""
        return needs_of(self.dataset, self.year)

    @cached_property
    def prospects(self) -> list[Prospect]:
        """What each municipality's leaving would do."""
        return prospects(self.dataset, self.year, first_day(self.year))

    @cached_property
    def outlook(self) -> list[Finding]:
        """Scenarios that should be known, whether the exit could be foretold, and why the last period was dearer."""
        return [
            *prospect_findings(self.dataset, self.year, first_day(self.year)),
            *backtest_finding(self.dataset, self.year),
            *share_findings(self.dataset, self.year),
        ]

    @cached_property
    def gaps(self) -> list[Finding]:
        """What is not known."""
        return gaps(self.dataset, self.year, self._programmes)

    @cached_property
    def simulation(self) -> Simulation:
        """What the programmes may cost and give, given how unsure every figure is."""
        return simulate(self.dataset, year=self.year)

    @cached_property
    def assessments(self) -> list[Assessment]:
        """What is proposed for each programme, a cost per participant only where it may be shown."""
        gate = self.language.gate
        found = assessments(self.dataset, self.year, self.simulation, self._programmes)
        return [
            replace(
                each,
                per_participant=Span(*map(gate.through, each.per_participant)),
                likely=Span(*map(gate.through, each.likely)),
            )
            for each in found
        ]

    @cached_property
    def figures_to_get(self) -> list[Finding]:
        """What is not known or unsure, what to get first being first."""
        return figures_to_get(self.dataset, self.year, self.gaps, self.simulation)

    @cached_property
    def priorities(self) -> Priorities:
        """The programmes ranked over all ways of weighing what counts."""
        return priorities(self.dataset, self.simulation)

    @cached_property
    def findings(self) -> list[Finding]:
        """Everything found, by subject: agreement, totals, programmes, exits, gaps."""
        return [
            *self.agreement,
            *total_findings(self.dataset, self.year),
            *programme_findings(self.dataset, self.year, self._programmes),
            *exit_findings(self.dataset, self.year),
            *self.gaps,
        ]

    def of(self, *kinds: str) -> list[Finding]:
        """The findings of some kinds, in the order of the kinds."""
        return [finding for kind in kinds for finding in self.findings if finding.kind == kind]

    def withholds(self, finding: Finding) -> bool:
        """Whether the privacy gate holds back a figure without which the finding says nothing."""
        return any(self.language.gate.withholds(figure) for figure in finding.figures.values())

    # Words

    def say(self, id: str, **values: Value) -> str:
        """A text as plain string, knowing the year, the part of it that is covered, and what the collaboration calls itself."""
        return self.language.say(id, **{**self._own, **values})

    def text(self, id: str, **values: Value) -> Runs:
        """A text as runs, knowing the year and what the collaboration calls itself."""
        return self.language.text(id, **{**self._own, **values})

    @cached_property
    def _own(self) -> dict[str, Value]:
        names = self.language.names
        own: dict[str, Value] = {"year": str(self.year), "period": self.period}
        for term, fallback in (("name", "collaboration"), ("steering_group", "steering_group")):
            own[fallback] = names.get(("collaboration", term)) or self.language.say(f"collaboration.{term}")
        return own

    def backed(self, sentence: Runs, grade: Grade | None, citations: Iterable[Citation]) -> Runs:
        """A sentence with the letter of how sure it is, and the numbers of its sources."""
        mark: tuple[Run, ...] = (self.language.mark(grade),) if grade else ()
        sources = self.language.backing(citations)
        out: list[str | Run | Iterable[Run]] = [sentence]
        for part in (*mark, *((sources,) if sources.citations else ())):
            out += [" ", part]
        return runs(*out)

    def referred(self, text: str | Runs, citations: Iterable[Citation]) -> Runs:
        """A text with the numbers of its sources."""
        found = References(tuple(dict.fromkeys(citations)))
        return runs(text, " ", found) if found.citations else runs(text)


def open_context(*, year: int | None, language: str, data: str, privacy: str, charges: str) -> Context:
    """The context of a brief, from its notebook's parameters.

    Args:
        year: A year with accounts; None, as in a notebook opened by hand: the latest.
        language: A language with a catalogue.
        data: The folder with one folder per source.
        privacy: ``public`` or ``internal``.
        charges: ``printed``, or ``corrected`` for charges put to their key.

    Example:
        >>> context = open_context(year=2025, language="nb", data="data/raw", privacy="public", charges="corrected")
        >>> context.dataset.charges
        'corrected'
    """
    printed = loaded(data)
    return context_of(printed, printed.year(year), language, privacy, charges)


@lru_cache(maxsize=2)
def context_of(printed: Dataset, year: int, language: str, privacy: str, charges: str) -> Context:
    """The context of a Dataset: one for all briefs on the same figures, so that what concerns all is worked out once.

    Args:
        printed: The Dataset as printed.
        year: A year with accounts.
        language: As for `open_context`.
        privacy: As for `open_context`.
        charges: As for `open_context`.
    """
    dataset = corrected(printed, reconciled(printed, year)) if charges == "corrected" else printed
    gate = gate_of(dataset, public=privacy != "internal")
    return Context(printed, dataset, year, Language(language, dataset.tables, gate))


@lru_cache(maxsize=4)
def _around(context: Context, number: int) -> Context:
    """One context for all briefs to a collaboration."""
    dataset = of_collaboration(context.dataset, number)
    return context if dataset is context.dataset else replace(context, dataset=dataset)
