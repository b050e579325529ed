"""A brief's cells run by a kernel, as papermill does without our engine: slower, and in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hhanalytics.briefs.engine import CellFailed
from hhanalytics.briefs.structure import MIME
from hhanalytics.errors import BadInput, BriefFailed

#: What a block shows itself as; what else a kernel adds has not passed the privacy gate.
OURS: Final = (MIME, "text/html")
#: The kernel of a notebook that names none.
KERNEL: Final = "python3"


def kernel_of(notebook: Mapping[str, Any], engine: str | None) -> str | None:
    """The kernel that shall run a notebook; None: none, it is run in this process.

    Args:
        notebook: The notebook.
        engine: ``in-process``, ``kernel``, or None for what the notebook asks for.

    Example:
        >>> kernel_of({"metadata": {"kernelspec": {"name": "ir", "language": "R"}}}, None)
        'ir'
        >>> kernel_of({"metadata": {}}, None) is None, kernel_of({"metadata": {}}, "kernel")
        (True, 'python3')
    """
    spec = notebook["metadata"].get("kernelspec", {})
    if engine == "kernel" or (engine is None and spec.get("language", "python").casefold() != "python"):
        return str(spec.get("name", KERNEL))
    return None


def run_in_kernel(notebook: Any, parameters: dict[str, Any], kernel: str, outputs: dict[int, list[Any]]) -> Any:
    """The notebook after its run by papermill's own engine.

    Args:
        notebook: The notebook.
        parameters: Its parameters.
        kernel: The kernel's name.
        outputs: Filled with the outputs of each cell by its place: blocks, as our engine gives them.

    Raises:
        CellFailed: A cell raised, printed, or gave something that is no block.
        BriefFailed: There is no such kernel, or it broke down.
    """
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    try:
        run = execute_notebook(notebook, None, parameters=parameters, kernel_name=kernel, language="python", progress_bar=False)  # fmt: skip
    except NoSuchKernel as error:
        raise BriefFailed.withheld(f"there is no kernel {kernel!r} on this machine") from error
    except DeadKernelError as error:
        raise BriefFailed.withheld(f"the kernel {kernel!r} broke down") from error
    except PapermillExecutionError as error:
        # Only the kind of error and its text cross from the kernel; its cell is the one that was run last.
        failed = type(str(error.ename), (Exception,), {})(error.evalue)
        raise CellFailed(int(error.cell_index), str(error.source), None) from failed
    done = 0
    for index, cell in enumerate(run.cells):
        if cell.cell_type != "code":
            continue
        done += 1
        cell.execution_count = done
        outputs[index] = [_block(index, cell.source, output, done) for output in cell.outputs]
    return run


def _block(index: int, source: str, output: Any, count: int) -> Any:
    from nbformat.v4 import new_output

    found = output.get("data", {})
    if MIME not in found:
        raise CellFailed(index, source, None) from BadInput.of(
            "not_a_block",
            "output of the cell",
            str(output.output_type),
            "a block or nothing",
            "Let the cell end in a block or with a semicolon: nothing else has passed the privacy gate.",
        )
    data = {name: found[name] for name in OURS if name in found} | {"text/plain": f"<{found[MIME]['block']}>"}
    make: Any = new_output
    if output.output_type == "execute_result":
        return make("execute_result", data=data, execution_count=count)
    return make("display_data", data=data)
