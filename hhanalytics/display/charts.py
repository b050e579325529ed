"""Frames as charts, drawn as in a brief."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import Any

from hhanalytics.dataset import Dataset
from hhanalytics.display.tables import eager, name_of, unit_of, unit_word
from hhanalytics.errors import BadInput, UnknownName
from hhanalytics.present.charts import Chart
from hhanalytics.present.language import Language
from hhanalytics.privacy.gate import Gate


@dataclass(frozen=True)
class Drawn:
    """A chart as JupyterLab displays it: the drawing of a brief on paper, with its words for who does not see it."""

    chart: Chart

    def __repr__(self) -> str:
        return self.chart.alt

    def _repr_html_(self) -> str:
        from hhanalytics.present.charts_paper import draw_svg

        source = base64.b64encode(draw_svg(self.chart).encode()).decode("ascii")
        title, alt = escape(self.chart.title), escape(self.chart.alt, quote=True)
        return (
            f'<figure><figcaption><b>{title}</b></figcaption><img alt="{alt}" style="max-width:100%;background:#fff" '
            f'src="data:image/svg+xml;base64,{source}"></figure>'
        )


def show_chart(
    frame: Any,
    label: str,
    high: str,
    low: str | None = None,
    *,
    title: str,
    bound: str | None = None,
    data: Dataset | None = None,
    language: str = "nb",
) -> Drawn:
    """A chart of a range per row, drawn as in a brief: what is open below is hatched, what is not known is said.

    Args:
        frame: A polars, pandas or other eager frame.
        label: Column with what a row is about.
        high: Column with the value, or with the highest of a range.
        low: Column with the lowest of the range; None: the value is one figure.
        title: The message, as a sentence.
        bound: Column that says what the figure is, such as ``bound`` of ``cost_per_participant``: ``at_most`` is
            hatched down to zero.
        data: The Dataset; with it ids are shown by their names.
        language: Language of names and words.

    Returns:
        What JupyterLab displays; its ``chart`` is what the drawings of a brief take.

    Raises:
        BadInput: It is no frame, has too many rows, or lacks a column.

    Example:
        >>> import hhanalytics as hh
        >>> costs = hh.compute(hh.example(), "cost_per_participant", year=2025).filter(programme="mft")
        >>> drawn = hh.show_chart(costs, "programme", "high_nok", "low_nok", title="Per deltaker", bound="bound")
        >>> [(point.row, point.mark, round(point.value)) for point in drawn.chart.points()]
        [('mft', 'high', 1770)]
    """
    words = Language(language, data.tables if data else {}, Gate())
    made = eager(frame, "show_chart")
    lost = [name for name in (label, high, low, bound) if name is not None and name not in made.columns]
    if lost:
        raise BadInput.missing_columns("show_chart", lost, made.columns)
    unit = unit_of(high)
    word = unit_word(unit, words)
    rows = [_bar(row, label, high, low, bound, word, words) for row in made.iter_rows(named=True)]
    missing = words.texts["figure.missing"]
    said = "; ".join(f"{row['label']}: {row['text'] or missing}" for row in rows)
    prepared = {"rows": rows, "missing_text": missing, "unit_text": word}
    return Drawn(Chart("shown", "ranges", title, f"{title.rstrip('.')}. {said}.", unit, prepared))


def _bar(
    row: dict[str, Any], label: str, high: str, low: str | None, bound: str | None, unit: str, words: Language
) -> dict[str, Any]:
    """One row of the chart, with its text."""
    top = row[high]
    bottom = row[low] if low is not None else top
    kind = (row[bound] if bound is not None else None) or ("exact" if bottom == top else "range")
    if kind not in ("exact", "range", "at_most", "at_least"):
        raise UnknownName.of("bound", kind, ("exact", "range", "at_most", "at_least"))
    ends = [words.number(value, unit_of(high)) for value in dict.fromkeys((bottom, top)) if value is not None]
    text = "–".join(ends) + (f" {unit}" if unit else "")
    said = words.texts.get(f"bound.{kind}", "")
    return {
        "label": name_of(label, str(row[label]), words),
        "low": bottom,
        "high": top,
        "point": top if kind == "exact" else None,
        "bound": kind if ends else None,
        "text": (f"{said} {text}" if said else text) if ends else "",
    }
