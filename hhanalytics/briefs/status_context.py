"""The context of the status brief: what was known on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from hhanalytics.briefs.context import Context
from hhanalytics.briefs.parameters import last_day
from hhanalytics.dataset import loaded
from hhanalytics.decisions.corrections import corrected
from hhanalytics.decisions.finding import Finding
from hhanalytics.decisions.known import known_on, underway
from hhanalytics.decisions.reconciliation import reconcile
from hhanalytics.decisions.status import not_reported, spending
from hhanalytics.present.inline import Runs
from hhanalytics.present.language import Language, Value
from hhanalytics.privacy.planning import gate_of


@dataclass(frozen=True)
class StatusContext(Context):
    """What was known on a day of the year it lies in.

    Attributes:
        as_of: The day.
        begun: The counts whose period had begun and was not over.
    """

    as_of: date
    begun: pl.DataFrame = field(repr=False)

    @cached_property
    def period(self) -> Runs:
        """The part of the year before the day, whether or not anything is reported of it."""
        return self.language.named("periods", f"{self.year}-01-01/{self.as_of}")

    @cached_property
    def spent(self) -> list[Finding]:
        """Spending so far against budget."""
        return spending(self.dataset, self.as_of)

    @cached_property
    def not_reported(self) -> list[Finding]:
        """What is not yet reported."""
        return not_reported(self.dataset, self.as_of, self.begun)

    @cached_property
    def _own(self) -> dict[str, Value]:
        return {**super()._own, "as_of": self.as_of}


def open_status(*, as_of: str | None, language: str, data: str, privacy: str, charges: str) -> StatusContext:
    """The context of the status brief, from its notebook's parameters.

    Args:
        as_of: The day, such as ``2025-06-30``; None, as in a notebook opened by hand: the last with accounts.
        language: A language with a catalogue.
        data: The folder with one folder per source.
        privacy: ``public`` or ``internal``.
        charges: ``printed``, or ``corrected`` for charges put to their key, which are found from what was known then.

    Example:
        >>> context = open_status(as_of="2025-06-30", language="nb", data="data/raw", privacy="public", charges="printed")
        >>> context.spent[0].figures["charged"].value
        3080820
    """
    whole = loaded(data)
    day = date.fromisoformat(as_of) if as_of else last_day(whole)
    printed = known_on(whole, day)
    dataset = printed
    if charges == "corrected" and printed.years():
        dataset = corrected(printed, reconcile(printed, printed.year(None)))
    gate = gate_of(dataset, public=privacy != "internal")
    return StatusContext(
        printed, dataset, day.year, Language(language, dataset.tables, gate), as_of=day, begun=underway(whole, day)
    )
