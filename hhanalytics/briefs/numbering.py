"""The numbers of the sources: [4, 11] in the text, and the list they lead to.

One number stands for the rows of one table and topic in one source; in a brief of one or two pages, for the rows of
one table. Numbers follow the order in which
they are first printed; what stands only behind figures without a printed number comes after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Any, Final

from hhanalytics.briefs.scrutiny import scrutinise
from hhanalytics.briefs.structure import LEAVES, MAPPINGS, Structure, cleaned, runs_in
from hhanalytics.evidence import Citation

Key = tuple[str, str, str]
#: What a structure holds for numbering and for the attack before release, and no reader sees.
HELD_BACK: Final = ("citations", "parts", "count")
#: A list of places longer than this is printed as its first and last.
LONG: Final = 6


@dataclass(frozen=True)
class Entry:
    """One line of the list of sources.

    Attributes:
        number: Its number.
        source: Id of the source.
        table: The table whose rows are cited.
        topic: What the rows are about.
        lines: Cited lines, merged and sorted.
        places: Locators that name no lines, in order of first citation.
    """

    number: int
    source: str
    table: str
    topic: str
    lines: tuple[tuple[int, int], ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Numbering:
    """The citations of a whole brief by number."""

    cited: Mapping[Key, tuple[Citation, ...]]
    order: Mapping[Key, int]
    by_table: bool = False

    @classmethod
    def of(cls, structures: Iterable[Structure], *, by_table: bool = False) -> Numbering:
        """The numbering of a brief, from all its structures; by table, whatever the rows are about, where it says so."""
        found = [run for structure in structures for run in runs_in(structure)]
        cited: dict[Key, dict[tuple[str, str, str, str], None]] = {}
        for kind in ("refs", "figure"):
            for run in found:
                for each in run.get("citations", ()) if run["run"] == kind else ():
                    place = each["source"], each["table"], each["topic"], each["locator"]
                    cited.setdefault((*place[:2], "" if by_table else place[2]), {})[place] = None
        order = {key: number for number, key in enumerate(cited, start=1)}
        return cls({key: tuple(starmap(Citation, places)) for key, places in cited.items()}, order, by_table)

    def numbers(self, citations: Iterable[Citation]) -> list[int]:
        """The numbers of citations, each once, ascending."""
        return sorted({self.order[_key(citation, self.by_table)] for citation in citations})

    def of_run(self, run: Structure) -> list[int]:
        """The numbers of a run as it stands in a structure."""
        return sorted(
            {
                self.order[each["source"], each["table"], "" if self.by_table else each["topic"]]
                for each in run.get("citations", ())
            }
        )

    def entries(self) -> list[Entry]:
        """The list of sources, by number."""
        return [
            Entry(
                number,
                *key,
                lines=merged(pair for citation in self.cited[key] for pair in citation.lines()),
                places=tuple(dict.fromkeys(c.locator for c in self.cited[key] if c.locator and not c.lines())),
            )
            for key, number in self.order.items()
        ]


def _key(citation: Citation, by_table: bool) -> Key:
    return citation.source, citation.table, "" if by_table else citation.topic


def merged(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Lines sorted, with overlapping and neighbouring ones joined.

    Example:
        >>> merged([(82, 82), (64, 65), (66, 66)])
        ((64, 66), (82, 82))
    """
    out: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return tuple(out)


def lines_text(lines: Iterable[tuple[int, int]]) -> str:
    """Lines as printed.

    Example:
        >>> lines_text([(64, 65), (82, 82)])
        '64–65, 82'
    """
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in lines)


def places_text(places: Iterable[str]) -> str:
    """Locators that name no lines, with what they share said once.

    Example:
        >>> places_text(["tabell 1, 3320, 2025", "tabell 1, 3322, 2025"])
        'tabell 1, 3320 / 3322, 2025'
        >>> places_text(["nettside"])
        'nettside'
    """
    split = [place.split(", ") for place in places]
    if len({len(parts) for parts in split}) == 1:
        return ", ".join(_listed(list(dict.fromkeys(column)), " / ") for column in zip(*split, strict=True))
    return _listed([", ".join(parts) for parts in split], "; ")


def _listed(items: list[str], between: str) -> str:
    return between.join(items) if len(items) <= LONG else f"{items[0]} … {items[-1]}"


def listing(entry: Entry, sources: Structure) -> dict[str, Any]:
    """An entry in words, with the titles, topics and words of the block that prints the list."""
    known = sources["titles"].get(entry.source, {})
    lines = f"{sources['lines_word']}\u00a0{lines_text(entry.lines)}".strip() if entry.lines else ""
    return {
        "number": entry.number,
        "title": known.get("title", entry.source),
        "address": known.get("address", ""),
        "topic": sources["topics"].get(f"{entry.table}/{entry.topic}", ""),
        "lines": lines,
        "places": places_text(entry.places),
        "lang": known.get("lang", ""),
    }


def glued(items: Iterable[Any]) -> list[Any]:
    r"""Runs with no line break before a reference or a grade letter; other lists as they are.

    Example:
        >>> glued([{"run": "text", "text": "so "}, {"run": "refs", "citations": []}])[0]["text"]
        'so\xa0'
    """
    out = list(items)
    for place, (item, following) in enumerate(pairwise(out)):
        if not (isinstance(item, Mapping) and isinstance(following, Mapping)):
            break
        if item.get("run") == "text" and following.get("run") in ("refs", "grade") and item["text"].endswith(" "):
            out[place] = {**item, "text": item["text"][:-1] + "\u00a0"}
    return out


def _printed_near(node: Mapping[str, Any], printed: Callable[[Any], set[int]]) -> set[int]:
    """The numbers printed beside what is below a node: in a caption, a row, a fact, the notes of a chart."""
    if "cells" in node or {"label", "value", "note"} <= node.keys():
        return printed(node)
    beside = printed(node["caption"]) if "caption" in node else set()
    return beside | (printed(node["notes"]) if node.get("block") == "chart" else set())


def numbered_blocks(placed: Iterable[tuple[str, Structure]]) -> list[Structure]:
    """The blocks of a whole brief as page and paper place them: without an untraced number, and `resolved`.

    Args:
        placed: Where each block stands, in words, and its structure; flattened.

    Raises:
        BriefFailed: A number has no trace.
    """
    whole = list(placed)
    scrutinise(whole)
    return resolved(structure for _, structure in whole)


def resolved(structures: Iterable[Structure]) -> list[Structure]:
    """The structures with numbers for citations and entries for the list of sources.

    Every figure leads to its sources: where their numbers are not all printed near it (in its sentence, row,
    caption or note), the figure itself does, by ``lead``.

    Args:
        structures: All flattened structures of a brief; they are left as they are.
    """
    whole = cleaned(list(structures))
    lists = [structure for structure in whole if structure["block"] == "sources"]
    numbering = Numbering.of(whole, by_table=any(each.get("by_table") for each in lists))
    linked = bool(lists)

    def printed(node: Any) -> set[int]:
        """The numbers that the references below a node print."""
        return {number for run in runs_in(node) if run["run"] == "refs" for number in numbering.of_run(run)}

    def resolve(node: Any, near: frozenset[int] = frozenset()) -> Any:
        if isinstance(node, LEAVES):
            return node
        if isinstance(node, MAPPINGS):
            near |= _printed_near(node, printed)
            unseen = HELD_BACK if node.get("run") == "figure" else HELD_BACK[:1]
            out = {name: resolve(value, near) for name, value in node.items() if name not in unseen}
            if node.get("run") in ("refs", "figure"):
                numbers = numbering.of_run(dict(node))
                out |= {"numbers": numbers, "linked": linked}
                far = [number for number in numbers if number not in near]
                if node["run"] == "figure" and node["value"] is not None and far and linked:
                    out["lead"] = far[0]
            if node.get("block") == "sources":
                out["entries"] = [listing(entry, dict(node)) for entry in numbering.entries()]
            return out
        if isinstance(node, list | tuple):
            if any(isinstance(item, Mapping) and "run" in item for item in node):
                near |= printed(node)
            return [resolve(item, near) for item in glued(node)]
        return node

    return [resolve(structure) for structure in whole]
