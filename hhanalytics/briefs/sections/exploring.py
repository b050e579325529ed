"""What the page to think with starts from: the printed figures as blocks, and the same figures for its script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from hhanalytics.briefs.blocks import Block, Heading, Items, Row, Table, Title
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.benefit import titled
from hhanalytics.briefs.sections.benefit_tables import letters, name_of
from hhanalytics.briefs.sections.parts import amount, columns, graded
from hhanalytics.decisions.comparison import first_day
from hhanalytics.decisions.exploration import GROWTHS, Charges, Start, charges, starts
from hhanalytics.decisions.finding import kroner
from hhanalytics.decisions.programmes import Programme
from hhanalytics.decisions.prospects import rests_on
from hhanalytics.evidence import Figure
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.present.inline import Runs, plain, runs

#: The largest price and number of participants that can be set: products of them stay exact in a browser.
LARGEST_PRICE: Final = 9_999_999
LARGEST_COUNT: Final = 999_999


@dataclass(frozen=True)
class Exploring:
    """The page's contents, before it is HTML.

    Attributes:
        context: The brief's context.
    """

    context: Context

    @cached_property
    def programmes(self) -> list[Programme]:
        """The programmes that can be chosen, what is known best first."""
        known = [each for each in self.context.programmes if each.programme != UNALLOCATED]
        return sorted(known, key=lambda each: (not each.per_participant.known, not each.cost.known))

    @cached_property
    def charges(self) -> Charges | None:
        """Charges for each set of members."""
        return charges(self.context.dataset, self.context.year, first_day(self.context.year))

    @cached_property
    def starts(self) -> dict[str, Start]:
        """What is stated of each programme and may be shown."""
        found = starts(self.context.dataset, self.context.year)

        def shown(each: Programme) -> Start:
            start = found.get(each.programme, Start())
            if not self._hidden(each):
                return start
            return replace(start, count_low=None, count_high=None, value_low=None, value_high=None)

        return {each.programme: shown(each) for each in self.programmes}

    def _counts(self, each: Programme) -> list[Figure]:
        return [figure for figure in each.activity if figure.unit == "participants"]

    def _hidden(self, each: Programme) -> bool:
        """Whether a count of participants, or the cost per participant that gives it away, is held back."""
        gate = self.context.language.gate
        said = [*self._counts(each), *self._quotient(each.programme)]
        return any(gate.withholds(figure) for figure in said)

    def _quotient(self, programme: str) -> tuple[Figure, Figure]:
        # As it was before the gate: only that says whether there was something to hold back.
        return self.context.programme_in(self.context.dataset, programme).per_participant

    # Blocks

    def title(self) -> Title:
        """The title of the page."""
        return titled(self.context, "explore")

    def blocks(self) -> list[Block]:
        """Everything with a number that stands on the page before its script runs."""
        context = self.context
        out: list[Block] = [Heading("printed", context.say("explore.printed")), self._programme_table()]
        if self.charges is not None:
            out.append(self._charge_table(self.charges))
        return [*out, Heading("how", context.say("explore.how")), Items(tuple(self._notes()))]

    def _programme_table(self) -> Table:
        context = self.context
        heads = columns(
            context, "explore",
            ("programme", "left", 1.6), ("cost", "right", 1.2), ("participants", "right", 1), ("per_participant", "right", 1),
        )  # fmt: skip
        rows = []
        for each in self.programmes:
            spread, per = (
                context.language.spread(*each.cost, "bare"),
                context.language.limit(*each.per_participant, "bare"),
            )
            rows.append(
                Row(
                    (
                        runs(context.language.name("programmes", each.programme)),
                        graded(context, spread, each.cost.high),
                        self.count_text(each),
                        graded(context, per, each.per_participant.high),
                    )
                )
            )
        notes = (context.text("explore.legend", letters=letters(context)),)
        return Table("explore_programmes", context.text("explore.printed.programmes"), heads, tuple(rows), notes)

    def count_text(self, each: Programme) -> Runs:
        """The participants of a programme as printed."""
        language = self.context.language
        counts = self._counts(each) or [Figure(None, "participants", "missing")]
        if any(language.gate.withholds(figure) for figure in counts):
            return runs(self.context.say("figure.hidden"))
        return runs(
            *(part for n, f in enumerate(counts) for part in (" + " if n else "", language.shown(f, "bare+bound")))
        )

    def _charge_table(self, charges: Charges) -> Table:
        context = self.context
        heads = columns(context, "explore", ("municipality", "left", 1.6), ("charge", "right", 1))
        cites = rests_on(context.dataset, context.year, charges.municipalities)
        paid = charges.of(charges.today) or {}

        def cell(value: int) -> Runs:
            figure = kroner(value, cites, "assumed", formula="scenario")
            return graded(context, amount(context, figure), figure)

        rows = [Row((runs(name_of(context, name)), cell(paid[name]))) for name in self.municipalities]
        total = self.spoken("total")
        rows.append(Row((runs(total), cell(sum(paid.values()))), "total"))
        return Table("explore_charges", self.said("explore.printed.charges"), heads, tuple(rows))

    def _notes(self) -> list[Runs]:
        ids = ["per", "gain", "growth"]
        if self.charges is not None:
            ids = ["today", *ids, "members", *([] if self.charges.every_set else ["near"])]
        return [self.said(f"explore.how.{id}") for id in ids]

    def said(self, id: str) -> Runs:
        """A text that may name the year that is charged."""
        year = self.charges.year if self.charges is not None else self.context.year
        return self.context.text(id, charged=(self.context.language.year(year),))

    @cached_property
    def municipalities(self) -> list[str]:
        """Who can be in, by name; those that are in today first."""
        if self.charges is None:
            return []
        today = self.charges.today
        return sorted(self.charges.municipalities, key=lambda name: (name not in today, name_of(self.context, name)))

    # For the script

    def spoken(self, name: str) -> str:
        """A text that the script says; it fills what stands between braces."""
        return self.context.language.texts[f"explore.js.{name}"]

    def data(self) -> dict[str, Any]:
        """Everything the script needs: texts, how numbers are written, what is stated, and the tables of charges."""
        language = self.context.language
        return {
            "running": self.title().running,
            "units": {unit: language.measured("", language.unit(unit)) for unit in ("nok", "percent")},
            "group": language.number(1000)[1:-3],
            "decimal": language.number(0.5, "percent")[1:2],
            "texts": {name: self.spoken(name) for name in _spoken(language.texts)},
            "largest": {"price": LARGEST_PRICE, "participants": LARGEST_COUNT},
            "growths": list(GROWTHS),
            "programmes": [self._programme(each) for each in self.programmes],
            "charges": self._charged(self.charges) if self.charges is not None else None,
        }

    def _programme(self, each: Programme) -> dict[str, Any]:
        start = self.starts[each.programme]
        return {
            "id": each.programme,
            "name": self.context.language.name("programmes", each.programme),
            "cost": [start.cost_low, start.cost_high] if start.cost_low is not None else None,
            "count": [start.count_low, start.count_high] if start.count_low is not None else None,
            "other_work": start.other_work,
            "value": [start.value_low, start.value_high] if start.value_low is not None else None,
            "count_text": plain(self.count_text(each)),
        }

    def _charged(self, charges: Charges) -> dict[str, Any]:
        """Tables of kroner, growth by municipality; what is the same for several sets is there once."""
        names = self.municipalities
        tables: list[list[list[int]]] = []
        places: dict[str, int] = {}
        sets: dict[str, dict[str, int]] = {}
        for members, pools in charges.paid.items():
            found = {}
            for pool, paid in sorted(pools.items()):
                table = [[paid[name][at] if name in paid else 0 for name in names] for at in range(len(GROWTHS))]
                known = str(table)
                if known not in places:
                    places[known] = len(tables)
                    tables.append(table)
                found[pool] = places[known]
            sets[",".join(sorted(members))] = found
        return {
            "year": str(charges.year),
            "municipalities": [{"id": name, "name": name_of(self.context, name)} for name in names],
            "today": sorted(charges.today),
            "pools": [{"id": pool, "name": self.context.language.name("pools", pool)} for pool in charges.pools],
            "every_set": charges.every_set,
            "sets": sets,
            "tables": tables,
        }


def _spoken(texts: Mapping[str, str]) -> list[str]:
    """The names of the texts that the script says."""
    mark = "explore.js."
    return [id.removeprefix(mark) for id in texts if id.startswith(mark)]
