"""What is said on standard error while a command runs: sentences, or a line of JSON for each thing that happens.

A line of JSON has the time, the level, the id of the event and its facts. Logs are kept and sent around, so they hold
no content of cells and no text of anybody: where an error lies, and what was expected, but not what was found there.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hhanalytics.errors import HHAnalyticsError
from hhanalytics.masking import masked

FORMATS: Final = ("text", "json")
OPTION: Final = "--log-format"
#: Exit codes; the guide explains them.
DONE, INVALID, REFUSED, BUG, INTERRUPTED = 0, 1, 2, 70, 130
#: Facts that may repeat what stands in the data.
_CONTENT: Final = ("found", "error", "reason", "source", "mend")
#: Errors not about data: what was found is what somebody typed, or what the system says.
_ASKED: Final = ("unknown_name", "bad_parameter", "bad_option", "unwritable", "no_room")
_MOST: Final = 1000

_format = "text"


def taken(arguments: Sequence[str]) -> list[str]:
    """Take the option for the form of the log out of what was typed, wherever it stands.

    Returns:
        The other arguments; an option with a value that is none of the forms is left for the command line to refuse.

    Example:
        >>> taken(["--log-format", "text", "check"])
        ['check']
    """
    global _format
    _format = "text"
    rest, place = [], 0
    while place < len(arguments):
        each = arguments[place]
        name, sign, value = each.partition("=")
        after = arguments[place + 1] if place + 1 < len(arguments) else ""
        value = value if sign else after
        if name == OPTION and value in FORMATS:
            _format = value
            place += 1 if sign else 2
            continue
        rest.append(each)
        place += 1
    _listen()
    return rest


def is_json() -> bool:
    """Whether lines of JSON are asked for."""
    return _format == "json"


def note(event: str, text: str, level: str = "info", **facts: Any) -> None:
    """Say that something happened.

    Args:
        event: Id of the event.
        text: The sentence for people.
        level: ``info``, ``warning``, ``error`` or ``critical``.
        **facts: What the sentence was made from, nothing of it from a cell.
    """
    if _format == "json":
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"time": now, "level": level, "event": event, "facts": _clean(facts)}
        text = json.dumps(entry, ensure_ascii=False, allow_nan=False, default=lambda value: type(value).__name__)
    print(text, file=sys.stderr, flush=True)


def problem(error: HHAnalyticsError, before: str = "", **facts: Any) -> None:
    """Say why something could not be done.

    Args:
        error: The error.
        before: What the sentence begins with.
        **facts: What else belongs to it.
    """
    note(error.id, f"{before}{error}", "error", **facts, **said(error))


def said(error: HHAnalyticsError) -> dict[str, Any]:
    """The facts of an error that a log may hold."""
    asked = error.id in _ASKED
    facts = {name: value for name, value in error.facts.items() if asked or name not in _CONTENT}
    listed = facts.get("problems")
    if isinstance(listed, list):
        facts["count"] = len(listed)
        kept = [
            {name: value for name, value in each.items() if name not in _CONTENT and value is not None}
            for each in listed[:_MOST]
            if isinstance(each, Mapping)
        ]
        facts["problems"] = kept
        if not kept:
            del facts["problems"]
    return facts


def system(error: OSError) -> None:
    """Say what the system refused."""
    name = error.filename if isinstance(error.filename, str) else "A file"
    why = error.strerror or type(error).__name__
    text = masked(f"{name}: {why}. Check the path, its rights and the space.")
    note("file_error", text, "error", file=name, why=why)


def bug(error: Exception) -> None:
    """Say that something went wrong that should not: a fault of this package, to be reported."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "hhanalytics" in frame.filename] or list(frames)
    where = f"{own[-1].filename.rpartition('hhanalytics')[2].lstrip('/')}:{own[-1].lineno}" if own else ""
    shown = masked("".join(traceback.format_exception(error)))
    text = f"{shown}\nThis is a fault in hhanalytics. Report it with the lines above, after looking through them."
    note("bug", text, "critical", kind=type(error).__name__, where=where)


def interrupted() -> None:
    """Say that somebody stopped the command."""
    note("interrupted", "\nInterrupted. Nothing is half written.", "error")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {str(name): _clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else masked(str(value))


class _Lines(logging.Handler):
    """What libraries log, without their words, which may repeat the data."""

    def emit(self, record: logging.LogRecord) -> None:
        note("library", "", record.levelname.lower(), logger=record.name)


_HANDLER: Final = _Lines(logging.WARNING)


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    # Python would say in which folder of whose machine the file stands.
    text = masked(f"{category.__name__}: {message} ({Path(filename).name}, line {lineno})")
    note("python_warning", text, "warning", category=category.__name__, file=Path(filename).name, line=lineno)


def _listen() -> None:
    """Say warnings in our way; and let logs of libraries be lines of JSON as well, as long as they are asked for."""
    warnings.showwarning = _warned
    root = logging.getLogger()
    root.addHandler(_HANDLER) if is_json() else root.removeHandler(_HANDLER)
