"""The privacy gate: no small number of persons is shown in public.

Every figure that a brief or export shows passes here before it becomes text, so that a value held
back exists nowhere in the files: not in a sentence, not in a chart's data, not in a stored output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hhanalytics.evidence import Figure
from hhanalytics.methods import constant
from hhanalytics.privacy.plan import Plan


@dataclass(frozen=True)
class Gate:
    """What may be shown to whom.

    Attributes:
        public: Whether the reader is the public; only ``False`` lets small numbers of persons through.
        plan: Which counts are withheld to keep small ones from being worked out; None: only small ones are.
    """

    public: bool = True
    plan: Plan | None = None

    def withholds(self, figure: Figure) -> bool:
        """Whether a figure counts persons, or gives a count away, and fewer of them than may be shown.

        Source:
            Threshold ``small_number`` in ``methods.toml``.

        Example:
            >>> Gate().withholds(Figure(4, "users", "documented", counts_persons=True))
            True
            >>> Gate().withholds(Figure(25000, "nok", "derived", persons=4))
            True
            >>> Gate(public=False).withholds(Figure(4, "users", "documented", counts_persons=True))
            False
        """
        if not self.public or figure.value is None:
            return False
        counts = [figure.value] if figure.counts_persons else []
        counts += [figure.persons] if figure.persons is not None else []
        if any(count < constant("small_number") for count in counts):
            return True
        # What is no small number itself may tell one, taken together with the rest that is shown.
        return self.plan is not None and bool(figure.parts) and self.plan.tells(figure.parts)

    def through(self, figure: Figure) -> Figure:
        """The figure as it may be shown: itself, or without its value."""
        return replace(figure, value=None, persons=None, parts=()) if self.withholds(figure) else figure

    def change(self, before: Figure, after: Figure) -> Figure | None:
        """The change from one count to another; None where either is withheld, since it would give it away.

        Example:
            >>> before, after = (Figure(n, "units", "documented", counts_persons=True) for n in (9, 4))
            >>> Gate().change(before, after) is None
            True
        """
        if self.withholds(before) or self.withholds(after) or before.value is None or after.value is None:
            return None
        # Both counts are shown, so their difference tells nothing more: it is no count of persons itself.
        parts = (*after.parts, *((row, -times) for row, times in before.parts))
        return replace(after, value=after.value - before.value, counts_persons=False, parts=parts, formula="difference")
