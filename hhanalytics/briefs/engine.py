"""Papermill's engine for briefs: the cells run in this very process, and give blocks or nothing.

No kernel is started, which would take ten times as long as the cells. The price is that a brief
notebook is plain Python: no magics, no ``await`` outside functions. In return a cell that shows
anything but a block is refused, since nothing else has passed the privacy gate.
"""

from __future__ import annotations

import ast
import io
import json
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from types import ModuleType
from typing import Any, Final

from papermill.engines import Engine, papermill_engines

from hhanalytics.briefs.blocks import Block
from hhanalytics.errors import BadInput

#: Name under which papermill knows the engine.
NAME: Final = "hhanalytics"
#: What errors call the place of a cell's code.
_FILE: Final = "<cell>"
#: Standard output, warning filters and the drawing library's settings belong to the whole process.
ONE_AT_A_TIME: Final = threading.RLock()


class CellFailed(Exception):
    """A cell failed; the cause is its own error.

    Attributes:
        index: Place of the cell in the notebook as it was run, from 0.
        source: The cell's code.
        line: The line of the cell in which it failed; None where it is not known.
    """

    def __init__(self, index: int, source: str, line: int | None) -> None:
        super().__init__(f"cell {index}")
        self.index = index
        self.source = source
        self.line = line


class BriefEngine(Engine):  # type: ignore[misc]
    """Runs the cells of a brief notebook one after the other in a namespace of their own."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003  # asked for by papermill; there is no kernel
        *,
        on_cell: Callable[[int, int], None] | None = None,
        on_warning: Callable[[int, warnings.WarningMessage], None] | None = None,
        keep: Callable[[int, list[Any]], None] | None = None,
        **_: Any,
    ) -> None:
        """Run the notebook that papermill manages.

        Args:
            nb_man: Papermill's manager of the notebook.
            kernel_name: The kernel that the notebook names.
            on_cell: Called with the number of finished code cells and of all.
            on_warning: Called with the index of a cell and each warning it gave.
            keep: Called with the index of a cell and its outputs, which then do not stand in the notebook: papermill
                writes that as text several times, also where nobody asked for a file.

        Raises:
            CellFailed: A cell raised, printed, or gave something that is no block.
        """
        cells = nb_man.nb.cells
        total = sum(cell.cell_type == "code" for cell in cells)
        done = 0
        with ONE_AT_A_TIME, _namespace() as namespace:
            for index, cell in enumerate(cells):
                if cell.cell_type != "code":
                    continue
                nb_man.cell_start(cell, index)
                try:
                    bundles, given = run_cell(cell.source, namespace)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # also SystemExit: a cell must not end the program
                    nb_man.cell_exception(cell, index, exception=error)
                    raise CellFailed(index, cell.source, _line(error)) from error
                done += 1
                cell.execution_count = done
                outputs = [_output(bundle, done if last else None) for bundle, last in bundles]
                cell.outputs = [] if keep else outputs
                if keep:
                    keep(index, outputs)
                nb_man.cell_complete(cell, index)
                if on_warning:
                    for warning in given:
                        on_warning(index, warning)
                if on_cell:
                    on_cell(done, total)


def run_cell(source: str, namespace: dict[str, Any]) -> tuple[list[tuple[Any, bool]], list[warnings.WarningMessage]]:
    """Run the code of one cell.

    Args:
        source: The code.
        namespace: Its global names.

    Returns:
        The MIME bundles of the blocks it gave, each with whether it is the cell's value rather than
        displayed on the way; and its warnings.

    Raises:
        BadInput: It printed, or gave something that is no block.

    Example:
        >>> run_cell("1 + 1", {})
        Traceback (most recent call last):
        ...
        hhanalytics.errors.BadInput: value of the cell: found int, expected a block or nothing. Let the cell end in a ...
    """
    shown: list[tuple[Any, bool]] = []
    printed = io.StringIO()
    # As in JupyterLab, where `display` needs no import.
    namespace["display"] = lambda *values: shown.extend((_bundle(value), False) for value in values)
    tree = ast.parse(source, _FILE)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with warnings.catch_warnings(record=True) as given, redirect_stdout(printed):
        exec(compile(tree, _FILE, "exec", dont_inherit=True), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), _FILE, "eval", dont_inherit=True), namespace)
            # A semicolon at the end keeps a value from being shown, as in JupyterLab.
            if value is not None and not source.rstrip().endswith(";"):
                shown.append((_bundle(value), True))
    if text := printed.getvalue().strip():
        raise BadInput.of(
            "printed",
            "output of the cell",
            f"printed text ({text.splitlines()[0][:60]!r})",
            "blocks",
            "Remove the print: what is printed has not passed the privacy gate.",
        )
    return shown, given


def _bundle(value: object) -> Any:
    if not isinstance(value, Block):
        raise BadInput.of(
            "not_a_block",
            "value of the cell",
            type(value).__name__,
            "a block or nothing",
            "Let the cell end in a block or with a semicolon: nothing else has passed the privacy gate.",
        )
    # Through JSON and back, so that what is rendered is what is stored, and no object lives on in it.
    return json.loads(json.dumps(value._repr_mimebundle_(), allow_nan=False))


def _output(bundle: Any, count: int | None) -> Any:
    from nbformat.v4 import new_output

    make: Any = new_output
    output = make("display_data") if count is None else make("execute_result", execution_count=count)
    # As it is: nbformat would make a node of each citation of each figure.
    dict.__setitem__(output, "data", bundle)
    return output


def _line(error: BaseException) -> int | None:
    """The line of the cell that an error passed through."""
    if isinstance(error, SyntaxError) and error.filename == _FILE:
        return error.lineno
    found = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            found = trace.tb_lineno
            break
        trace = trace.tb_next
    return found


@contextmanager
def _namespace() -> Iterator[dict[str, Any]]:
    """Global names for the cells, as those of a module: dataclasses and pickles look theirs up."""
    module = ModuleType("brief_notebook")
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    try:
        yield vars(module)
    finally:
        if before is None:
            del sys.modules[module.__name__]
        else:
            sys.modules[module.__name__] = before


papermill_engines.register(NAME, BriefEngine)
