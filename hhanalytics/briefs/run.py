"""Make a brief: check its parameters, run its notebook, and put page, paper, notebook and manifest in place."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hhanalytics.briefs.parameters import AUDIENCES, checked, defaults, typed
from hhanalytics.briefs.shelf import check_place, put
from hhanalytics.errors import BriefFailed, UnknownName
from hhanalytics.sources.contents import contents

# What works with data is imported when needed: whether a brief has changed at all is told without.
if TYPE_CHECKING:
    from hhanalytics.dataset import Dataset
    from hhanalytics.privacy.releases import Said

#: What the file name of a brief's notebook ends in; the kind of brief stands before it.
ENDING: Final = "_brief.ipynb"
#: Notebooks that are named otherwise → their kind of brief.
OTHERWISE: Final = {"benefit_comparison.ipynb": "benefit"}
#: The kind of brief that has a page to think with beside it.
EXPLORED: Final = "benefit"
#: Who may run the cells.
ENGINES: Final = ("in-process", "kernel")
#: So many lines of a cell's error are shown.
SHORT: Final = 12

#: Called with the stage (``cells``, ``html``, ``pdf``), how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


def render(
    kind: str = "hof",
    *,
    out: str | Path = "briefs",
    notebooks: str | Path | None = None,
    engine: str | None = None,
    on_progress: Progress | None = None,
    **given: Any,
) -> Path:
    """Make a brief: ``brief.html``, ``brief.pdf``, ``notebook.ipynb`` and ``manifest.json``; some also ``explore.html``.

    It appears whole or not at all, and what was there before stands until then. The same data,
    parameters and versions give the same bytes, except in the manifest.

    Args:
        kind: Which brief; its notebook is ``<kind>_brief.ipynb``, or named in `OTHERWISE`; see `notebook_of`.
        out: The folder in which the brief's own folder, such as ``hof-2025-nb``, is put.
        notebooks: The folder of the notebooks; None: those that come with the package.
        engine: Who runs the cells: ``in-process``, or the ``kernel`` that the notebook names; None: in this process,
            unless the notebook names a kernel of another language. Both give the same.
        on_progress: Called as the work goes on.
        **given: Parameters of the notebook; one left out, or None, is the notebook's default.

    Returns:
        The folder of the brief.

    Raises:
        UnknownName: There is no such kind, engine, parameter, year, language …
        BadParameter: A parameter has the wrong type.
        InvalidData: The data cannot be used.
        BriefFailed: A cell failed, or the brief may not be released.
        BadInput: ``out`` cannot be written to, or holds something that is no brief.

    Example:
        >>> render("hof", data="data/nowhere")
        Traceback (most recent call last):
        ...
        hhanalytics.errors.InvalidData: 1 problem in the data:
        - data/nowhere: found no source folder, expected a folder per source. Check the path.
    """
    from hhanalytics.briefs.manifest import manifest
    from hhanalytics.briefs.standing import key, remembered
    from hhanalytics.dataset import loaded
    from hhanalytics.privacy.releases import read_ledger, write_ledger

    notebook = notebook_of(kind, Path(notebooks) if notebooks is not None else own_notebooks(), given.get("audience"))
    if engine is not None and engine not in ENGINES:
        raise UnknownName.of("engine", engine, ENGINES)
    source = notebook.read_bytes()
    declared = defaults(notebook)
    if isinstance(given.get("data"), Path):
        given["data"] = str(given["data"])
    folder: Any = declared.get("data") if given.get("data") is None else given["data"]
    typed("data", folder)
    held = contents(folder)
    dataset = loaded(folder)
    parameters = checked(given, declared, dataset)
    name = folder_name(kind, parameters)
    check_place(Path(out) / name)

    public = parameters.get("privacy", "public") == "public"
    earlier = read_ledger(Path(out)) if public else []
    files, noted, said = _made(
        notebook.name, source, parameters, dataset, earlier, on_progress or (lambda *_: None), engine
    )
    if kind == EXPLORED:
        from hhanalytics.briefs.explore import NAME, explore_page

        files[NAME], said = explore_page(dataset, parameters, earlier, said)
    _check_unchanged(dataset, Path(folder))
    if public:
        from hhanalytics.briefs.release import attack

        # First: what is remembered and not released does no harm, what is released and not remembered does.
        write_ledger(Path(out), name, said, lambda now: attack(said, dataset, now) if now != earlier else None)
    files["manifest.json"] = manifest(
        kind=kind,
        notebook=(notebook.name, source),
        parameters=shown(parameters),
        dataset=dataset,
        files=files,
        key=key(kind, source, shown(parameters), held) if held == contents(folder) else None,
        released=remembered(Path(out)) if public else None,
        warnings=noted,
    )
    return put(files, name, Path(out))


def own_notebooks() -> Path:
    """The folder of the brief notebooks: inside the installed package, or beside it in the repository."""
    package = Path(__file__).parents[1]
    inside = package / "notebooks"
    return inside if inside.is_dir() else package.parent / "notebooks"


def kinds(folder: Path) -> dict[str, Path]:
    """Kind of brief → its notebook, of those in a folder."""
    found = {path.name.removesuffix(ENDING): path for path in folder.glob(f"*{ENDING}")}
    return found | {kind: folder / name for name, kind in OTHERWISE.items() if (folder / name).is_file()}


def notebook_of(kind: str, folder: Path, audience: object = None) -> Path:
    """The notebook of a kind of brief.

    Args:
        kind: The kind.
        folder: The folder of the notebooks.
        audience: Whom it is for; for others than the first of `AUDIENCES` it is ``<kind>_<audience>.ipynb``.

    Raises:
        UnknownName: There is none.
    """
    found = kinds(folder)
    if kind not in found:
        raise UnknownName.of("kind of brief", kind, found)
    own = {AUDIENCES[0]: found[kind]}
    own |= {name: path for name in AUDIENCES[1:] if (path := folder / f"{kind}_{name}.ipynb").is_file()}
    if audience is not None and audience not in own:
        raise UnknownName.of(f"audience of the brief {kind}", audience, own)
    return own[AUDIENCES[0] if audience is None else str(audience)]


def folder_name(kind: str, parameters: Mapping[str, Any]) -> str:
    """The name of a brief's folder; one that is not for everybody, or not reconciled, says so in its name.

    Example:
        >>> folder_name("hof", {"year": 2025, "language": "nb", "privacy": "public", "charges": "corrected"})
        'hof-2025-nb'
        >>> folder_name("hof", {"year": 2025, "language": "nb", "privacy": "internal", "charges": "printed"})
        'hof-2025-nb-printed-internal'
        >>> folder_name("municipality", {"year": 2025, "language": "nb", "municipality": "gol"})
        'municipality-2025-nb-gol'
        >>> folder_name("status", {"as_of": "2026-06-30", "language": "nb"})
        'status-2026-06-30-nb'
    """
    parts = [
        str(parameters[name]) for name in ("mandate", "as_of", "year", "language", "municipality") if name in parameters
    ]
    unusual = [("audience", "council"), ("charges", "printed"), ("privacy", "internal")]
    return "-".join([kind, *parts, *(value for name, value in unusual if parameters.get(name) == value)])


def shown(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as they may stand in files that are handed on.

    A path of the machine says nothing to others and may say who made the brief: of an absolute path only
    the last part is kept. The manifest names the data by checksum.

    Example:
        >>> shown({"year": 2025, "data": "/home/somebody/data/raw"})
        {'year': 2025, 'data': 'raw'}
        >>> shown({"data": "data/raw"})
        {'data': 'data/raw'}
    """
    out = dict(parameters)
    if "data" in out and Path(out["data"]).is_absolute():
        out["data"] = Path(out["data"]).name
    return out


def _made(
    name: str,
    source: bytes,
    parameters: dict[str, Any],
    dataset: Dataset,
    earlier: list[Said],
    on_progress: Progress,
    engine: str | None,
) -> tuple[dict[str, bytes], list[dict[str, Any]], list[Said]]:
    """The notebook run, and what is made from it, as file name → content; warnings; what it says of persons."""
    # Imported when needed: nobody should wait for them to learn that a parameter is wrong.
    import typst

    from hhanalytics.briefs.engine import ONE_AT_A_TIME
    from hhanalytics.briefs.html import page
    from hhanalytics.briefs.notebook_file import notebook_bytes
    from hhanalytics.briefs.numbering import resolved
    from hhanalytics.briefs.pdf import render_pdf
    from hhanalytics.briefs.release import check_release, mark_internal
    from hhanalytics.briefs.scrutiny import scrutinise
    from hhanalytics.briefs.structure import placed

    with ONE_AT_A_TIME:
        notebook, noted = _executed(name, source, parameters, on_progress, engine)
        blocks = placed(notebook)
        scrutinise(blocks, dataset)
        # Before anything is made of it: what may not be released is not written either.
        said: list[Said] = []
        if parameters.get("privacy") == "internal":
            mark_internal(notebook)
            blocks = placed(notebook)
        else:
            said = check_release((block for _, block in blocks), dataset, earlier)
        on_progress("html", 0, 1)
        # Looked through above, with the data, which is more than `numbered_blocks` would do without.
        numbered = resolved(block for _, block in blocks)
        html = page(notebook, numbered).encode()
        on_progress("html", 1, 1)
        on_progress("pdf", 0, 1)
        try:
            pdf = render_pdf(numbered, _day(dataset, parameters.get("as_of")), ready=True)
        except typst.TypstError as error:
            raise BriefFailed.withheld(f"it cannot be set as accessible PDF ({error})") from error
        on_progress("pdf", 1, 1)
    return {"brief.html": html, "brief.pdf": pdf, "notebook.ipynb": notebook_bytes(notebook)}, noted, said


def _executed(
    name: str, source: bytes, parameters: dict[str, Any], on_progress: Progress, engine: str | None
) -> tuple[Any, list[dict[str, Any]]]:
    """The notebook after its run, with nothing in it of the time and the machine."""
    import nbformat
    from papermill.execute import execute_notebook

    from hhanalytics.briefs.engine import NAME, CellFailed
    from hhanalytics.briefs.kernel import kernel_of, run_in_kernel

    read: Any = nbformat.reads
    notebook = read(source, as_version=4)
    kernel = kernel_of(notebook, engine)
    tagged = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ()))
    _number(notebook)

    def number(index: int) -> int:
        """The number of a cell in the notebook as it stands, before papermill added one."""
        return index + 1 if index <= tagged else index

    noted: list[dict[str, Any]] = []
    outputs: dict[int, list[Any]] = {}

    def on_warning(index: int, warning: warnings.WarningMessage) -> None:
        noted.append({"cell": number(index), "category": warning.category.__name__})
        # Said again, so that whoever makes the brief sees it; what the cell prints is not shown.
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)

    try:
        with _quiet("papermill"):
            run = (
                run_in_kernel(notebook, parameters, kernel, outputs)
                if kernel
                else execute_notebook(
                    # As a node: papermill fills in names between braces in a path.
                    notebook,
                    None,
                    parameters=parameters,
                    engine_name=NAME,
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    on_cell=lambda done, total: on_progress("cells", done, total),
                    on_warning=on_warning,
                    keep=outputs.__setitem__,
                )
            )
    except CellFailed as failed:
        raise BriefFailed.in_cell(name, number(failed.index), failed.source, _short(failed)) from failed.__cause__
    for index, given in outputs.items():
        run.cells[index].outputs = given
    return _timeless(run, shown(parameters)), noted


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Let a logger say errors only: papermill takes parameters like ``year: int | None`` for unknown ones."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _number(notebook: Any) -> None:
    """Give the cells ids by their place: those that papermill and nbformat make are random."""
    notebook.nbformat_minor = 5
    for place, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{place}"


def _timeless(notebook: Any, parameters: dict[str, Any]) -> Any:
    """The notebook without times, versions and paths: the same run gives the same notebook."""
    from papermill.translators import translate_parameters

    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata.clear()
        if tags:
            cell.metadata["tags"] = tags
        if "injected-parameters" in tags:
            cell.source = translate_parameters("python3", "python", parameters, "Parameters")
    _number(notebook)
    notebook.metadata.clear()
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _short(failed: Any) -> str:
    """The error of a cell in a few lines, with where it arose."""
    error = failed.__cause__
    lines = f"{type(error).__name__}: {error}".rstrip(": ").splitlines()
    if len(lines) > SHORT:
        lines = [*lines[:SHORT], f"… and {len(lines) - SHORT} more lines"]
    trace, place = error.__traceback__, ""
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith("hhanalytics.") and module != "hhanalytics.briefs.engine":
            place = f"; raised in {module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    where = f"line {failed.line} of the cell{place}" if failed.line else ""
    return "\n".join(lines) + (f" ({where})" if where else "")


def _day(dataset: Dataset, as_of: str | None) -> date:
    """The day that a brief is about, or else of the newest source, which dates it: it knows nothing of later days."""
    if as_of:
        return date.fromisoformat(as_of)
    days: Any = dataset.sources["published_on"].max() or dataset.costs["period_end"].max()
    found: date = days
    return found


def _check_unchanged(dataset: Dataset, folder: Path) -> None:
    """The notebook reads the data itself; the manifest must name what it has read."""
    from hhanalytics.dataset import load
    from hhanalytics.sources.processed import MANIFEST

    if (folder / MANIFEST).is_file():
        # A saved Dataset: reading it again checks every file.
        if load(folder).fingerprint != dataset.fingerprint:
            raise BriefFailed.withheld(f"{MANIFEST} changed while the brief was made")
        return
    for file, checksum in dataset.checksums.items():
        path = folder / file
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != checksum:
            raise BriefFailed.withheld(f"{file} changed while the brief was made")
