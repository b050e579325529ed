"""Make the site of the documentation: ``python docs/make_site.py [FOLDER]``, by default into ``site/``.

The texts are those that can be read in the repository as they are. Here they are put beside each other with the pages of
the project's root, links are led to where each page stands in the site, the API reference is added from the docstrings,
and the site is built. A link or anchor that leads nowhere stops the build. Nothing is fetched from any network, neither
while building nor by the pages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import hhanalytics as hh
from hhanalytics.present.theme import COLOURS, FONT_STACK

DOCS = Path(__file__).parent
ROOT = DOCS.parent
#: Pages that stand outside docs/ → their name in the site.
BESIDE = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "bench/README.md": "bench.md",
    "LICENSE": "license.md",
}
#: Heading → public names, in the order of the reference; every public name stands under one.
REFERENCE = {
    "Data": ("Dataset", "load", "example", "read_table", "read_jsonstat", "extract"),
    "Costs and participants": (
        "compute",
        "allocate",
        "full_position_costs",
        "programme_costs",
        "cost_per_participant",
        "municipality_costs",
        "comparable_costs",
        "need_by_municipality",
    ),
    "Gain and benefit": (
        "gain",
        "gain_lines",
        "technology_gain",
        "technology_break_even",
        "benefit_by_municipality",
        "gains_by_municipality",
        "cash_by_municipality",
    ),
    "Series": ("like_for_like", "level_shifts", "unit_rates", "xmr"),
    "Findings and traces": ("Finding", "reconcile", "corrected", "trace"),
    "What if": ("leave", "join", "opt_out", "scenario", "Scenario", "Change", "Obligation"),
    "Uncertainty": ("simulate", "evpi", "evppi", "evsi", "acceptability", "rank_acceptability"),
    "In JupyterLab": ("show_table", "show_findings", "show_chart"),
    "Small numbers": ("suppress", "suppressed", "audit", "group", "rounded", "differences"),
}
LINK = re.compile(r"\[([^\[\]]*)\]\(([^)\s]+)\)")


def staged() -> dict[str, Path]:
    """Name in the site → file in the repository, of every page and picture."""
    inside = {path.name: path for path in sorted(DOCS.iterdir()) if path.suffix in (".md", ".png")}
    return inside | {name: ROOT / path for path, name in BESIDE.items()}


def led(path: Path, text: str) -> str:
    """The text of a page with its links led to where the other pages stand in the site."""
    places = {file.resolve(): name for name, file in staged().items()}

    def target(match: re.Match[str]) -> str:
        address, sign, anchor = match[2].partition("#")
        if not address or "://" in address:
            return match[0]
        name = places.get((path.parent / address).resolve())
        if name is None and (path.parent / address).exists():
            # A file of the repository that is no page, such as a script.
            return match[1]
        return f"[{match[1]}]({name or address}{sign}{anchor})"

    # What is in fences is shown, not followed.
    parts = re.split(r"(^```.*?^```)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else LINK.sub(target, part) for part in parts)


def reference() -> str:
    """The page of the API reference: what mkdocstrings replaces by the docstrings."""
    out = ["# API reference\n\nEverything public, as `import hhanalytics as hh`; `help(hh.gain)` shows the same.\n"]
    for heading, names in REFERENCE.items():
        out.append(f"\n## {heading}\n")
        out += [f"\n::: hhanalytics.{hh._NAMES[name]}.{name}\n" for name in names]
    return "".join(out)


def style() -> str:
    """The look of a brief, for the site: its colours and its typeface."""
    accent, ink, wash = COLOURS["accent"], COLOURS["ink"], COLOURS["wash"]
    return (
        f":root {{ --md-text-font: {FONT_STACK}; --md-primary-fg-color: {accent}; --md-typeset-a-color: {accent};"
        f" --md-accent-fg-color: {ink}; --md-code-bg-color: {wash}; }}\n"
        ".md-typeset table:not([class]) { font-variant-numeric: tabular-nums; }\n"
    )


def make(target: Path) -> None:
    """Build the site into a folder, which is replaced.

    Raises:
        subprocess.CalledProcessError: The builder warned of something; it has said of what.
    """
    command = shutil.which("zensical", path=str(Path(sys.executable).parent)) or shutil.which("zensical")
    if command is None:
        raise SystemExit("zensical is not installed: .venv/bin/uv sync --group docs")
    with tempfile.TemporaryDirectory() as work:
        pages = Path(work, "docs")
        pages.mkdir()
        for name, path in staged().items():
            if path.suffix == ".png":
                shutil.copyfile(path, pages / name)
            else:
                (pages / name).write_text(led(path, path.read_text("utf-8")), "utf-8")
        (pages / "reference.md").write_text(reference(), "utf-8")
        (pages / "style.css").write_text(style(), "utf-8")
        shutil.copyfile(DOCS / "zensical.toml", Path(work, "zensical.toml"))
        # Docstrings are read there, without importing anything. The reader knows examples by their plural only.
        for path in (ROOT / "hhanalytics").rglob("*.py"):
            copy = Path(work, path.relative_to(ROOT))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(
                re.sub(r"^( +)Example:$", r"\1Examples:", path.read_text("utf-8"), flags=re.MULTILINE), "utf-8"
            )
        there = {**os.environ, "NO_COLOR": "1"}
        subprocess.run([command, "build", "--clean", "--strict"], cwd=work, env=there, check=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(work, "site"), target)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site")
    make(folder)
    print(folder / "index.html")
