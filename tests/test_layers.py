"""Imports only go down: read from every module, those inside functions and lazy names included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "hhanalytics"
#: Package or module → floor. What stands on one floor is strangers to each other, save for `MAY`.
FLOORS = {
    "tables": 0,
    "declared": 0,
    "evidence": 0,
    "methods": 0,
    "masking": 0,
    "errors": 0,
    "environment": 0,
    "placing": 1,
    "dataset": 1,
    "sources": 1,
    "measures": 2,
    "privacy": 2,
    "intake": 2,
    "decisions": 3,
    "present": 4,
    "briefs": 5,
    "exports": 5,
    "log": 5,
    "console": 6,
    "options": 6,
    "extraction": 6,
    "display": 6,
    "lab": 6,
    "workbook_intake": 6,
    "reports": 7,
    "file_reports": 7,
    "engine_reports": 8,
    "scenario_reports": 8,
    "file_commands": 8,
    "cli": 9,
    "__main__": 10,
    "__init__": 10,
}
#: Between the modules of the ground floor what counts is that they do not go in circles.
MAY = {
    ("dataset", "sources"),
    ("dataset", "placing"),
    ("sources", "placing"),
    ("tables", "evidence"),
    ("declared", "tables"),
    ("errors", "masking"),
    ("evidence", "methods"),
}


def modules(package: Path) -> dict[str, Path]:
    """Dotted name inside the package → file; ``__init__`` for the package itself."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = path
    return found


def imports(package: Path, name: str, path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name inside the package of everything a module imports, wherever in it."""
    known = modules(package)
    root = package.name
    # A name taken from the package itself is a submodule or one of its lazy names.
    lazy = lazy_names(package)
    here = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == root:
                    yield node.lineno, alias.name.removeprefix(root).lstrip(".") or "__init__"
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = [] if path.name == "__init__.py" and name == "__init__" else here
                stem = ".".join([*base[: len(base) - node.level + 1], *(node.module or "").split(".")]).strip(".")
            elif node.module and node.module.split(".")[0] == root:
                stem = node.module.removeprefix(root).lstrip(".")
            else:
                continue
            for alias in node.names:
                inner = f"{stem}.{alias.name}".strip(".")
                if inner in known:
                    yield node.lineno, inner
                elif stem:
                    yield node.lineno, stem
                elif alias.name in lazy:
                    yield node.lineno, lazy[alias.name]
                elif alias.name != "__version__":
                    yield node.lineno, "__init__"
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in ("import_module", "__import__") and isinstance(first, ast.Constant):
                if str(first.value).split(".")[0] == root:
                    yield node.lineno, str(first.value).removeprefix(root).lstrip(".") or "__init__"
            elif called == "import_module" and isinstance(first, ast.JoinedStr) and name != "__init__":
                yield node.lineno, "a name made while running"


def lazy_names(package: Path) -> dict[str, str]:
    """The names that ``__init__`` imports when they are first used → their module."""
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))
    for node in ast.walk(tree):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "_NAMES":
            return dict(ast.literal_eval(node.value))
    return {}


def violations(package: Path) -> list[str]:
    """Every import that goes up, to a neighbour, or to something without a floor."""
    found = []
    for name, path in modules(package).items():
        top = name.split(".")[0]
        if top not in FLOORS:
            found.append(f"{name} stands on no floor")
            continue
        for line, target in imports(package, name, path):
            other = target.split(".")[0]
            where = f"{path.relative_to(package)}:{line} imports {target}"
            if other not in FLOORS:
                found.append(f"{where}, which stands on no floor")
            elif FLOORS[other] > FLOORS[top]:
                found.append(f"{where}, which stands above it")
            elif FLOORS[other] == FLOORS[top] and other != top and (top, other) not in MAY:
                found.append(f"{where}, which stands beside it")
    for public, target in lazy_names(package).items():
        path = modules(package).get(target)
        if path is None or not any(
            getattr(node, "name", None) == public for node in ast.parse(path.read_text("utf-8")).body
        ):
            found.append(f"__init__ promises {public} in {target}, where it is not")
    return found


def test_imports_only_go_down() -> None:
    assert len(modules(PACKAGE)) > 30
    assert violations(PACKAGE) == []


MADE_UP = {
    "errors.py": "",
    "measures/__init__.py": "",
    "measures/fine.py": "from made_up.errors import X\nfrom made_up import errors\nfrom . import other\n",
    "measures/other.py": "def f():\n    from made_up.decisions import finding\n",
    "measures/cousin.py": "import made_up.privacy.gate\n",
    "measures/by_name.py": "from made_up import reconcile\n",
    "measures/relative.py": "from ..briefs import blocks\n",
    "measures/root.py": "import made_up as m\n",
    "privacy/__init__.py": "",
    "privacy/gate.py": "from importlib import import_module\nimport_module('made_up.present.charts')\n",
    "privacy/dynamic.py": "from importlib import import_module\nfor n in 'ab':\n    import_module(f'made_up.{n}')\n",
    "decisions/__init__.py": "",
    "decisions/finding.py": "from made_up.measures.fine import f\ndef reconcile(): ...\n",
    "present/charts.py": "",
    "briefs/blocks.py": "",
    "attic/old.py": "",
    "__init__.py": "_NAMES = {'reconcile': 'decisions.finding', 'gone': 'measures.fine'}\n",
}


def test_the_check_itself_can_fail(tmp_path: Path) -> None:
    """On a made-up package: every wrong import is found, whatever its form, and no right one."""
    package = tmp_path / "made_up"
    for name, text in MADE_UP.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert sorted(violations(package)) == [
        "__init__ promises gone in measures.fine, where it is not",
        "attic.old stands on no floor",
        "measures/by_name.py:1 imports decisions.finding, which stands above it",
        "measures/cousin.py:1 imports privacy.gate, which stands beside it",
        "measures/other.py:2 imports decisions.finding, which stands above it",
        "measures/relative.py:1 imports briefs.blocks, which stands above it",
        "measures/root.py:1 imports __init__, which stands above it",
        "privacy/dynamic.py:3 imports a name made while running, which stands on no floor",
        "privacy/gate.py:2 imports present.charts, which stands above it",
    ]


@pytest.mark.parametrize("name", ["allocate", "compute", "load", "reconcile", "gain_lines", "trace"])
def test_public_names_are_there(name: str) -> None:
    import hhanalytics

    assert name in hhanalytics.__all__
    assert callable(getattr(hhanalytics, name))
    with pytest.raises(AttributeError, match="no attribute 'alocate'"):
        hhanalytics.alocate  # noqa: B018
