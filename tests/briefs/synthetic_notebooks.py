"""Synthetic brief notebooks, written cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "raw"

PARAMETERS = 'year: int | None = None\ndata: str = "data/raw"\nprivacy: str = "public"'
TITLE = """\
from hhanalytics.briefs.blocks import Blocks, Heading, Paragraph, Title
from hhanalytics.present.inline import Dated, runs

labels = {"skip": "Skip", "contents": "Contents", "chart_data": "Data", "source": "Source", "page": "{page}/{pages}"}
Title("Synthetic", runs("Nothing here is real"), "Synthetic", "A synthetic brief", "nb", labels=labels)"""
PARAGRAPH = """\
Paragraph(runs("The year ", Dated(f"{year}", f"{year}-01-01", f"{year}-12-31", "year"), f", for {privacy} readers."))"""

Write = Callable[..., Path]


def notebook(*cells: str, parameters: str = PARAMETERS) -> dict[str, Any]:
    """A notebook as JupyterLab saves it: with random ids, and with an output of an earlier run."""
    stale = {"output_type": "stream", "name": "stdout", "text": "from an earlier run"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "own", "display_name": "/home/somebody/own", "language": "python"},
            "language_info": {"name": "python", "version": "3.0.0"},
        },
        "cells": [
            {
                "cell_type": "code",
                "id": f"random{place}",
                "metadata": {"tags": ["parameters"]} if place == 0 else {"collapsed": False},
                "source": source,
                "execution_count": 7,
                "outputs": [stale],
            }
            for place, source in enumerate((parameters, *cells))
        ],
    }
