"""Synthetic annual reports with random figures, and the noise that machines read into them: for tests only.

Names are those of the data, so that nothing about them need be made up; every figure is random.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hhanalytics.dataset import Dataset
from hhanalytics.measures.allocation import Keys

YEAR = 2026
H1 = (date(YEAR, 1, 1), date(YEAR, 6, 30))
H2 = (date(YEAR, 7, 1), date(YEAR, 12, 31))
MONTHS = ["Jan", "Feb", "Mar", "Apr", "Mai", "Jun", "Jul", "Aug", "Sept", "Okt", "Nov", "Des"]
LOOKS = {"0": "O", "1": "lI|", "5": "S", "8": "B"}
TAKEN = {"0": "68", "1": "7", "3": "8", "5": "6", "6": "5", "7": "1", "8": "3", "9": "4", "2": "7", "4": "9"}
#: Kinds of noise that put another number into a cell without leaving a trace in it.
SILENT = ("swap", "drop", "double")


@dataclass
class Made:
    """A report and what it says.

    Attributes:
        lines: The text as read.
        costs: Line → municipality, pool, first day, last day, kroner.
        sums: Line → municipality, kroner.
        units: Line → technology and the number of each month.
        noise: Kind of noise → how often it was planted.
        swapped: Lines in which a number became another without a trace.
    """

    lines: list[str] = field(default_factory=list)
    costs: dict[int, tuple[str, str, date, date, int]] = field(default_factory=dict)
    sums: dict[int, tuple[str, int]] = field(default_factory=dict)
    units: dict[int, tuple[str, list[int]]] = field(default_factory=dict)
    noise: dict[str, int] = field(default_factory=dict)
    swapped: set[int] = field(default_factory=set)

    def add(self, line: str) -> int:
        self.lines.append(line)
        return len(self.lines) - 1

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def grouped(value: int) -> str:
    return f"{value:,}".replace(",", " ")


def figures(dataset: Dataset, draw: random.Random) -> dict[tuple[str, str, tuple[date, date]], int]:
    """Random charges: each pool shared by its key, now and then one charge off it."""
    keys = Keys(dataset.memberships.iter_rows(named=True), dataset.population.iter_rows(named=True))
    found: dict[tuple[str, str, tuple[date, date]], int] = {}
    for half in (H1, H2):
        equal = draw.randint(40_000, 120_000)
        found |= {(name, "bti", half): equal for name in ("flaa", "gol", "hemsedal", "aal", "hol")}
        for pool in ("hallinghelse", "mft"):
            problems: list[str] = []
            paid, _ = keys.share(pool, *half, draw.randint(90_000, 4_000_000), problems)
            assert not problems
            for name, amount in paid.items():
                found[name, pool, half] = amount + (draw.randint(-9_000, 9_000) if draw.random() < 0.05 else 0)
    return found


def noisy_number(value: int, draw: random.Random, made: Made, at: int, allowed: tuple[str, ...]) -> str:
    """A number as read, with at most one kind of noise."""
    text = grouped(value)
    kind = draw.choice(allowed) if allowed and draw.random() < 0.3 else ""
    digits = [place for place, sign in enumerate(text) if sign.isdigit()]
    if kind == "letters":
        fit = [place for place in digits if text[place] in LOOKS]
        if not fit:
            return text
        place = draw.choice(fit)
        text = text[:place] + draw.choice(LOOKS[text[place]]) + text[place + 1 :]
    elif kind == "border":
        text = draw.choice("|[({") * draw.randint(0, 1) + text + draw.choice(["", "|", "]", ")"])
    elif kind == "joined":
        text = text.replace(" ", "", draw.randint(1, 2))
    elif kind == "swap":
        place = draw.choice(digits)
        text = text[:place] + draw.choice(TAKEN[text[place]]) + text[place + 1 :]
    elif kind == "drop" and len(digits) > 1:
        place = draw.choice(digits)
        text = text[:place] + text[place + 1 :]
    elif kind == "double":
        place = draw.choice(digits)
        text = text[:place] + text[place] + text[place:]
    if kind:
        made.noise[kind] = made.noise.get(kind, 0) + 1
        if kind in SILENT:
            made.swapped.add(at)
    return text


def noisy_name(name: str, draw: random.Random, made: Made) -> str:
    """A name as read: letters that do not stand in English, and now and then one that only looks alike."""
    text = name.replace("å", "a").replace("Å", "A").replace("ø", draw.choice("ga")).replace("æ", "ae")
    if draw.random() < 0.15:
        for one, other in draw.sample([("b", "h"), ("o", "0"), ("l", "1"), ("I", "l"), ("e", "c")], 5):
            if one in text:
                made.noise["name"] = made.noise.get("name", 0) + 1
                return text.replace(one, other, 1)
    return text


def report(dataset: Dataset, draw: random.Random, noise: bool = True) -> Made:
    """A report with cost tables and a monthly table."""
    made = Made()
    names = dict(dataset.municipalities.select("municipality", "name_nb").iter_rows())
    labels = {"hallinghelse": "Hallinghelse", "mft": "MFT", "bti": "BTI Trygg oppvekst"}
    all_of_them: tuple[str, ...] = ("letters", "border", "joined", *SILENT) if noise else ()
    made.add(f"Kostnad per kommune {YEAR}")
    charges = figures(dataset, draw)
    for payer in draw.sample(sorted({name for name, _, _ in charges}), 5):
        _block(made, payer, names[payer], labels, charges, draw, all_of_them, noise)
    made.add("Styring")
    made.add("")
    made.add("Samarbeidet styres av et forum som møtes hver måned for å drøfte fremdrift og aktuelle saker.")
    _months(made, dataset, draw, noise)
    return made


def _block(
    made: Made,
    payer: str,
    name: str,
    labels: dict[str, str],
    charges: dict[Any, int],
    draw: random.Random,
    allowed: tuple[str, ...],
    noise: bool,
) -> None:
    def read(text: str) -> str:
        return noisy_name(text, draw, made) if noise else text

    made.add(f"Kostnader {read(name)}")
    made.add("Kostnad Sum")
    total = 0
    for pool, label in labels.items():
        for half, period in (
            (H1, ("t.o.m 30.6.26", "t.0.m 30.6.26", "tom 30.6.26")),
            (H2, ("f.o.m 1.7.26", "f.0.m 1.7.26")),
        ):
            amount = charges[payer, pool, half]
            total += amount
            if noise and draw.random() < 0.02:
                made.noise["row"] = made.noise.get("row", 0) + 1
                continue
            at = len(made.lines)
            space = "" if noise and draw.random() < 0.05 else " "
            line = f"{read(label)}{space}{draw.choice(period) if noise else period[0]} {noisy_number(amount, draw, made, at, allowed)}"
            made.costs[made.add(line)] = (payer, pool, *half, amount)
            if noise and draw.random() < 0.04:
                made.add("")
                made.add(f"Årsrapport Hallinghelse {YEAR}")
    if not noise or draw.random() < 0.93:
        at = len(made.lines)
        line = f"Sum {read(name)}{draw.choice([':', ''])} {noisy_number(total, draw, made, at, allowed)}"
        made.sums[made.add(line)] = (payer, total)


def _months(made: Made, dataset: Dataset, draw: random.Random, noise: bool) -> None:
    technologies = dict(dataset.terms.filter(domain="technology").select("term", "name_nb").iter_rows())
    made.add(f"Tabell: Velferdsteknologi i {YEAR}")
    made.add((" " if not noise else "|").join(["Måned", *MONTHS]))
    made.add("Type teknologi")
    for technology, name in technologies.items():
        level = draw.choice([draw.randint(12, 95), draw.randint(120, 800)])
        units = [level]
        while len(units) < 12:
            units.append(max(10, round(units[-1] * draw.uniform(0.9, 1.1))))
        at = len(made.lines)
        allowed = ("letters", *SILENT) if noise else ()
        cells = [noisy_number(each, draw, made, at, allowed) for each in units]
        line = noisy_name(name, draw, made) if noise else name
        for place, text in enumerate(cells):
            gap = " "
            if noise:
                gap = draw.choice([" ", " |", " [", "|", " (", " "])
                if place and draw.random() < 0.01:
                    gap, made.noise["merged"] = "", made.noise.get("merged", 0) + 1
            line += gap + text
        made.units[made.add(line)] = (technology, units)


def matrix_report(dataset: Dataset, draw: random.Random) -> tuple[list[str], dict[tuple[int, str], tuple[Any, ...]]]:
    """A table with a column per municipality, and (line, municipality) → pool, first day, last day, kroner."""
    made, charges = Made(), figures(dataset, draw)
    names = {"hol": "Hol", "aal": "Al", "gol": "Gol", "hemsedal": "Hemsedal", "flaa": "Fla"}
    summed, gap = draw.random() < 0.7, draw.choice([" ", "   ", " | "])
    made.add(f"Regnskapsomrade {gap.join(names.values())}{gap + 'Sum' if summed else ''}")
    cells: dict[tuple[int, str], tuple[Any, ...]] = {}
    columns = [0] * len(names)
    for pool, label in (("hallinghelse", "Hallinghelse"), ("mft", "MFT"), ("bti", "BTI Trygg oppvekst")):
        for half, period in ((H1, "t.o.m 30.6.26"), (H2, "f.0.m 1.7.26")):
            amounts = [charges[name, pool, half] for name in names]
            columns = [total + amount for total, amount in zip(columns, amounts, strict=True)]
            at, row = len(made.lines), amounts + ([sum(amounts)] if summed else [])
            kinds = ("letters", "border", "joined", *SILENT) if draw.random() < 0.4 else ()
            made.add(f"{label} {period}{gap}{gap.join(noisy_number(each, draw, made, at, kinds) for each in row)}")
            cells |= {(at, name): (pool, *half, amount) for name, amount in zip(names, amounts, strict=True)}
    if draw.random() < 0.7:
        made.add(f"Sum{gap}{gap.join(map(grouped, columns + ([sum(columns)] if summed else [])))}")
    return made.lines, cells
