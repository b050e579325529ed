"""How the commands show things: tables as text, running text, progress, and output that may be cut off."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from io import StringIO
from typing import Any, Final
from unicodedata import category

from hhanalytics import log

#: What stands where there is no value.
NOTHING: Final = "–"
#: Columns of a measure that say what a row is about; they are repeated where a table is cut.
KEYS: Final = ("programme", "municipality", "pool", "year", "kind", "unit", "use")
#: Width of what is not shown on a terminal: no line is broken.
ENDLESS: Final = 1_000_000

#: What a brief goes through, in words.
STAGES: Final = {"cells": "Cells", "html": "HTML", "pdf": "PDF"}


def emit(text: str) -> None:
    """Write to standard output, as UTF-8 with plain newlines.

    A reader that has seen enough, such as ``head``, is no error.
    """
    reconfigure: Any = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", newline="\n")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Python would say the same once more when it ends and flushes.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            raise


def width() -> int:
    """Columns of the terminal, or of ``COLUMNS``; without either, lines are as long as they are."""
    known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return shutil.get_terminal_size().columns if known else ENDLESS


def paragraph(text: str, columns: int, indent: str = "") -> str:
    """Running text, broken at spaces where it is wider than the terminal.

    Example:
        >>> print(paragraph("one two three four five six seven", 24, "  "), end="")
          one two three four
          five six seven
    """
    words = _one_line(text)
    if columns >= ENDLESS:
        return f"{indent}{words}\n"
    lines = textwrap.wrap(words, max(columns - len(indent), 20), break_on_hyphens=False, break_long_words=False)
    return "".join(f"{indent}{line}\n" for line in lines)


def cell(value: object, *, grouped: bool = False, decimals: int = 0) -> str:
    """A value as a table shows it; where there is none, that is seen.

    Args:
        value: The value.
        grouped: Whether the digits of a number are set in groups of three.
        decimals: Decimals of a float.

    Example:
        >>> cell(778820, grouped=True), cell(1735.904, grouped=True, decimals=2), cell(2025), cell(None)
        ('778 820', '1 735.90', '2025', '–')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        shown = f"{value:{',' if grouped else ''}{f'.{decimals}f' if isinstance(value, float) else ''}}"
        return shown.replace(",", " ")
    return value.isoformat() if isinstance(value, date) else _one_line(str(value))


def _one_line(text: str) -> str:
    """A text in one line and without codes that a terminal would obey."""
    spaced = re.sub(r"[\t\n\r\v\f]+", " ", text)
    return "".join(f"\\x{ord(sign):02x}" if category(sign) in ("Cc", "Cf") else sign for sign in spaced)


def table(
    names: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = (), columns: int = ENDLESS
) -> str:
    """A table as text; cells are folded where it would be wider than ``columns``, never cut.

    Args:
        names: The headings.
        rows: The cells as texts.
        right: Headings of columns to align to the right.
        columns: How wide it may be.

    Example:
        >>> print(table(["programme", "cost_nok"], [["mft", "778 820"]], ["cost_nok"]), end="")
        programme  cost_nok
        ────────── ────────
        mft         778 820
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Rich draws the line below the headings only; there is a space where other tables have rules.
    rule = box.Box("    \n    \n ─  \n    \n    \n    \n    \n    \n")
    made = Table(box=rule, pad_edge=False, padding=(0, 1), show_edge=False, collapse_padding=True)
    for name in names:
        made.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    out = StringIO()
    # Only text: no colour, no markup, no control codes.
    Console(file=out, width=columns, color_system=None, force_terminal=False, legacy_windows=False).print(made)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def tables(names: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str], columns: int) -> str:
    """A table as text, cut into several where it is wider than ``columns``; each repeats what a row is about."""
    wide = [max(map(len, (name, *(row[place] for row in rows)))) + 2 for place, name in enumerate(names)]
    keys = [place for place, name in enumerate(names) if name in KEYS]
    parts: list[list[int]] = [[]]
    for place in range(len(names)):
        if place in keys:
            continue
        if parts[-1] and sum(wide[each] for each in (*keys, *parts[-1], place)) > columns + 2:
            parts.append([])
        parts[-1].append(place)
    out = []
    for part in parts:
        chosen = [*keys, *part]
        out.append(table([names[i] for i in chosen], [[row[i] for i in chosen] for row in rows], right, columns))
    return "\n".join(out)


@contextmanager
def progress(*, each: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Show on standard error how far a brief has come: a bar on a terminal, else a line per finished stage.

    Args:
        each: Whether several are made, and a line says which one is being made.
    """
    plain = log.is_json() or not sys.stderr.isatty()
    if each and plain:
        yield lambda name, at, of: log.note("brief", f"{name} {at}/{of}", municipality=name, place=at, wanted=of)
        return
    if plain:

        def line(stage: str, done: int, total: int) -> None:
            if done == total:
                log.note(f"brief_{stage}", f"{STAGES.get(stage, stage)} {done}/{total}", done=done, wanted=total)

        yield line
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Standard output is left alone: the engine watches it for what cells print.
    with Progress(*shown, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        if each:
            whole = bar.add_task("", total=None)
            # Told before each: those before it are finished.
            yield lambda name, at, of: bar.update(whole, description=name, completed=at - 1, total=of)
            return
        stages = {stage: bar.add_task(words, total=None if stage == "cells" else 1) for stage, words in STAGES.items()}
        yield lambda stage, done, total: bar.update(stages[stage], completed=done, total=total)
