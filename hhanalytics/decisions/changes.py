"""Who comes and who goes: changes to memberships, applied in the order of their dates.

A change is a plain value. Applying several gives the same whatever order they are given in, as long as
their dates differ; on one day they are taken in the order given. Nothing here knows of kroner: what a
change costs is worked out in `hhanalytics.decisions.scenarios`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hhanalytics.errors import BadInput, HHAnalyticsError, UnknownName

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Obligation:
    """What a municipality keeps paying after it has left.

    Attributes:
        pool: The pool the payment is booked in; a new id makes a new one.
        yearly_nok: Kroner a year.
        until: Last day it is paid; None: as far as the scenario looks.
        credited_to: The pool whose amount it lowers for the others; None: it comes on top.
    """

    pool: str
    yearly_nok: int
    until: date | None = None
    credited_to: str | None = None


@dataclass(frozen=True)
class Change:
    """One municipality leaves, joins, or stands outside a programme, from a day on.

    Attributes:
        kind: What it does.
        municipality: Who.
        on: First day it holds.
        programme: Which programme, for ``opt_out``.
        pools: Which pools; None: all it is in (``leave``), or all of the ordinary accounts (``join``).
        ends: Pools that it leaves on the same day as it joins.
        share: Its part of pools with fixed shares, for ``join``; None: as it was when it last took part.
        notice_months: Months of notice before ``on``.
        obligations: What it keeps paying, for ``leave``.
    """

    kind: Literal["leave", "join", "opt_out"]
    municipality: str
    on: date
    programme: str | None = None
    pools: tuple[str, ...] | None = None
    ends: tuple[str, ...] = ()
    share: float | None = None
    notice_months: int | None = None
    obligations: tuple[Obligation, ...] = ()

    @property
    def notify_by(self) -> date | None:
        """The last day to give notice; None where no period of notice is stated.

        Example:
            >>> Change("leave", "gol", date(2027, 1, 1), notice_months=12).notify_by
            datetime.date(2026, 1, 1)
        """
        if self.notice_months is None:
            return None
        months = self.on.year * 12 + self.on.month - 1 - self.notice_months
        first = date(months // 12, months % 12 + 1, 1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY
        return first.replace(day=min(self.on.day, last.day))


def check_names(changes: Iterable[Change], municipalities: Sequence[str], known: Mapping[str, Sequence[str]]) -> None:
    """Refuse names that do not exist, all at once.

    Raises:
        UnknownName: One name does not exist.
        BadInput: Several do not.
    """
    found: list[HHAnalyticsError] = list(_unknown(changes, municipalities, known))
    if len(found) == 1:
        raise found[0]
    refuse([str(error) for error in found])


def _unknown(
    changes: Iterable[Change], municipalities: Sequence[str], known: Mapping[str, Sequence[str]]
) -> Iterator[UnknownName]:
    for change in changes:
        if change.municipality not in municipalities:
            yield UnknownName.of("municipality", change.municipality, municipalities)
        if change.kind == "opt_out" and change.programme not in known["programme"]:
            yield UnknownName.of("programme", change.programme, known["programme"])
        credited = (o.credited_to for o in change.obligations if o.credited_to is not None)
        for pool in (*(change.pools or ()), *change.ends, *credited):
            if pool not in known["pool"]:
                yield UnknownName.of("pool", pool, known["pool"])


def refuse(problems: Sequence[str]) -> None:
    """Raise what is wrong with a scenario, if anything is."""
    if problems:
        listed = "; ".join(dict.fromkeys(problems))
        raise BadInput.of("cannot_change", "The scenario", listed, "changes that can be made", "Mend each of them.")
