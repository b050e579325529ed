"""Write every finding, measure and brief as JSON and text, one file each, to be compared between versions of libraries.

Called by ``.ci/versions`` as ``python figures.py FOLDER`` with the Python of each set of versions.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from hhanalytics.briefs.run import render
from hhanalytics.briefs.structure import structures_of
from hhanalytics.cli import main as command
from hhanalytics.measures.catalogue import MEASURES

#: Data → the years whose brief is made. The second is synthetic.
DATA = {"data/raw": 2025, "tests/cases/elvedal/data": None}
#: The briefs, each with what it needs.
BRIEFS = (("hof", {}), ("hof", {"charges": "printed"}), ("benefit", {}), ("municipality", {"municipality": "gol"}))


def said(file: Path, *arguments: str) -> None:
    """Keep what a command answers, and how it ends."""
    before = sys.stdout
    with file.open("w", encoding="utf-8") as out:
        sys.stdout = out
        try:
            code = command(arguments)
        finally:
            sys.stdout = before
    with file.open("a", encoding="utf-8") as out:
        out.write(f"\nended with {code}\n")


def main(folder: Path) -> None:
    """Write all figures."""
    folder.mkdir(parents=True)
    for data, year in DATA.items():
        name = Path(data).parent.name
        said(folder / f"{name}-check.json", "check", "--format", "json", "--data", data)
        for charges in ("printed", "corrected"):
            for measure in MEASURES:
                file = folder / f"{name}-{measure}-{charges}.json"
                said(file, "show", measure, "--charges", charges, "--format", "json", "--data", data)
        said(folder / f"{name}-next.txt", "scenario", "next", "--data", data)
        said(folder / f"{name}-followup.json", "followup", "--propose", "--format", "json", "--data", data)
        command(["export", "--tables", "--format", "csv", "--out", str(folder / f"{name}-export"), "--data", data])
        if year:
            for scenario in ("nesbyen_tilbake",):
                said(folder / f"{scenario}.json", "scenario", "run", scenario, "--format", "json")
            for place, (kind, given) in enumerate(BRIEFS):
                made = render(kind, out=folder / "briefs", year=year, **given)
                stored = json.loads((made / "notebook.ipynb").read_text("utf-8"))
                blocks = json.dumps(structures_of(stored), indent=1, ensure_ascii=False, sort_keys=True)
                (folder / f"brief-{place}-{kind}.json").write_text(blocks, "utf-8")
    # The files themselves hold versions of drawing libraries; what they say is in the blocks.
    for path in sorted((folder / "briefs").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (folder / "briefs").rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
