"""Findings in words, as a brief says them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.evidence import LETTERS
from hhanalytics.present.inline import plain
from hhanalytics.present.language import Language
from hhanalytics.present.sentences import question, sentence
from hhanalytics.privacy.planning import gate_of

#: So many places of a finding are listed for each source.
FIRST: Final = 3


@dataclass(frozen=True)
class Said:
    """Findings in words; JupyterLab displays them as a list.

    Attributes:
        items: For each: its sentence, the letter and word of its grade, its question, its lines, and what belongs to it.
    """

    items: tuple[SaidFinding, ...]

    def __repr__(self) -> str:
        return "\n".join(item.text() for item in self.items)

    def _repr_html_(self) -> str:
        return f'<ul class="hhanalytics">{"".join(item.html() for item in self.items)}</ul>'


@dataclass(frozen=True)
class SaidFinding:
    """A finding in words."""

    kind: str
    sentence: str
    letter: str
    grade: str
    question: str
    places: str
    details: tuple[SaidFinding, ...]

    def text(self, indent: str = "") -> str:
        """The finding as plain text, what belongs to it below."""
        lines = [f"{indent}- {self.sentence} ({self.letter})"]
        lines += [f"{indent}  → {self.question}"] if self.question else []
        return "\n".join([*lines, *(detail.text(indent + "  ") for detail in self.details)])

    def html(self) -> str:
        """The finding as an item of a list."""
        asked = f"<br>→ {escape(self.question)}" if self.question else ""
        places = f" <small>{escape(self.places)}</small>" if self.places else ""
        inner = f"<ul>{''.join(detail.html() for detail in self.details)}</ul>" if self.details else ""
        grade = f'<abbr title="{escape(self.grade, quote=True)}">{self.letter}</abbr>'
        return f"<li>{escape(self.sentence)} <b>{grade}</b>{places}{asked}{inner}</li>"


def show_findings(
    findings: Finding | Iterable[Finding], data: Dataset, *, language: str = "nb", public: bool = True
) -> Said:
    """Findings in the words of a brief, with their grade, lines and question.

    Args:
        findings: One finding, or several.
        data: The Dataset they were found in; it holds the names.
        language: The language.
        public: Whether small numbers of persons are held back, as in a brief.

    Returns:
        What JupyterLab displays as a list, and ``print`` as text.

    Raises:
        UnknownName: No catalogue for the language, or no sentence for a kind of finding.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.example()
        >>> said = hh.show_findings(hh.reconcile(data), data)
        >>> said.items[0].kind, said.items[0].letter
        ('charge_off_key', 'B')
    """
    words = Language(language, data.tables, gate_of(data, public=public))
    given = (findings,) if isinstance(findings, Finding) else findings
    titles = dict(data.sources.select("source", "short_title").iter_rows())
    return Said(tuple(_said(finding, words, titles) for finding in given))


def _said(finding: Finding, words: Language, titles: Mapping[str, str]) -> SaidFinding:
    return SaidFinding(
        finding.kind,
        plain(sentence(words, finding)),
        LETTERS[finding.grade],
        words.texts[f"grade.{finding.grade}"],
        plain(question(words, finding)),
        _places(finding, titles),
        tuple(_said(detail, words, titles) for detail in finding.details),
    )


def _places(finding: Finding, titles: Mapping[str, str]) -> str:
    """Where it stands: by source the first places, and how many more there are."""
    found: dict[str, dict[str, None]] = {}
    for citation in finding.citations:
        found.setdefault(titles[citation.source], {})[citation.locator] = None
    return "; ".join(
        f"{title}: {', '.join([*places][:FIRST])}" + (f" (+{len(places) - FIRST})" if len(places) > FIRST else "")
        for title, places in found.items()
    )
