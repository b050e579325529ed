"""Typst, called here or in a process beside.

It keeps what it has laid out for the next time and gives none of it back: some megabytes for each brief, fifty for one
with many rows. Who makes many briefs lets it work beside, where each brief's memory ends with it.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import datetime
from functools import cache
from typing import Any

import typst

_beside: list[bool] = []


def beside() -> None:
    """Let Typst work in a process of its own from now on."""
    _beside[:] = [True]


def typeset(template: bytes, brief: str, fonts: str, made_at: datetime) -> bytes:
    """A brief as accessible PDF (PDF/UA-1).

    Args:
        template: The template.
        brief: What it is given, as JSON.
        fonts: The folder of the typefaces.
        made_at: The time written into it.

    Raises:
        typst.TypstError: The document is not accessible.
    """
    if not _beside:
        return _compiled(template, brief, fonts, made_at)
    given = pickle.dumps((template, brief, fonts, made_at))
    done = subprocess.run((sys.executable, "-P", "-m", __name__), input=given, stdout=subprocess.PIPE, check=True)
    answer: bytes | str = pickle.loads(done.stdout)
    if isinstance(answer, str):
        refused: Any = typst.TypstError
        raise refused(answer)
    return answer


def _compiled(template: bytes, brief: str, fonts: str, made_at: datetime) -> bytes:
    pdf: Any = typst.compile(
        template,
        font_paths=_fonts(fonts),
        ignore_system_fonts=True,
        sys_inputs={"brief": brief},
        pdf_standards=["ua-1"],
        timestamp=made_at,
        format="pdf",
    )
    return bytes(pdf)


@cache
def _fonts(folder: str) -> typst.Fonts:
    # Read once: finding fonts costs more than setting a brief.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _answer() -> None:
    """The process beside: a brief comes in, its PDF or why there is none goes out."""
    answer: bytes | str
    try:
        answer = _compiled(*pickle.loads(sys.stdin.buffer.read()))
    except typst.TypstError as error:
        answer = str(error)
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _answer()
