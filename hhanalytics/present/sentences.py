"""Findings in words: what was found, what to ask, what the steering group is asked to consider."""

from __future__ import annotations

from collections.abc import Iterable

from hhanalytics.decisions.finding import Finding
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.language import Language, Value, running


def listed(language: Language, words: Iterable[str]) -> str:
    """Words as a list in running text.

    Example:
        >>> from hhanalytics.dataset import load
        >>> from hhanalytics.privacy.gate import Gate
        >>> listed(Language("nb", load("data/raw").tables, Gate()), ["Hol", "Gol", "Flå"])
        'Hol, Gol og Flå'
    """
    *first, last = [*words] or [""]
    return language.say("list.and", first=", ".join(first), last=last) if first else last


def enumerated(language: Language, items: Iterable[Runs]) -> Runs:
    """Runs as a list in running text: as `listed`, with figures and dates kept.

    Example:
        >>> from hhanalytics.present.inline import plain, runs
        >>> from hhanalytics.privacy.gate import Gate
        >>> plain(enumerated(Language("nb", {}, Gate()), map(runs, ["Hol", "Gol", "Flå"])))
        'Hol, Gol og Flå'
    """
    *first, last = [*items] or [()]
    if not first:
        return last
    joined: Runs = first[0]
    for each in first[1:]:
        joined = runs(joined, ", ", each)
    return language.text("list.and", first=joined, last=last)


def values(language: Language, finding: Finding) -> dict[str, Value]:
    """What fills the placeholders of a finding's texts: its figures, and the names of what it names.

    Two figures ``x_low`` and ``x`` also give their range as ``x_span``, and without its unit as ``x_span_bare``.
    """
    filled: dict[str, Value] = {**finding.figures}
    for low, high in ((name, name.removesuffix("_low")) for name in finding.figures if name.endswith("_low")):
        filled[f"{high}_span"] = language.spread(finding.figures[low], finding.figures[high])
        filled[f"{high}_span_bare"] = language.spread(finding.figures[low], finding.figures[high], "bare")
    for name, (kind, id) in finding.names.items():
        filled[name] = language.named(kind, id)
    for name, (kind, ids) in finding.lists.items():
        filled[name] = enumerated(language, (_in_sentence(language, kind, id) for id in ids))
    return filled


def _in_sentence(language: Language, kind: str, id: str) -> Runs:
    """A name as it stands inside a sentence: services are no proper names."""
    return runs(running(language.name(kind, id))) if kind == "service" else language.named(kind, id)


def sentence(language: Language, finding: Finding) -> Runs:
    r"""What was found, in words.

    Raises:
        UnknownName: The catalogue has no sentence for this kind of finding.

    Example:
        >>> import hhanalytics as hh
        >>> from hhanalytics.present.inline import plain
        >>> from hhanalytics.privacy.gate import Gate
        >>> data = hh.load("data/raw")
        >>> [first, *_] = hh.reconcile(data)
        >>> "98\u00a0049" in plain(sentence(Language("nb", data.tables, Gate()), first))
        True
    """
    return language.text(f"finding.{finding.kind}", **values(language, finding))


def question(language: Language, finding: Finding) -> Runs:
    """What to ask about a finding; nothing where there is nothing to ask."""
    return language.text(f"question.{finding.question}", **values(language, finding)) if finding.question else ()


def request(language: Language, finding: Finding) -> Runs:
    """What the steering group is asked to consider because of a finding; nothing where it is asked nothing."""
    id = f"request.{finding.kind}"
    return language.text(id, **values(language, finding)) if language.has(id) else ()
