"""What a filled-in workbook brings into the data folder: a new source, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hhanalytics.dataset import Dataset, gather, validated
from hhanalytics.errors import BadInput, InvalidData, Problem
from hhanalytics.exports.comments import commented
from hhanalytics.exports.remarks import remarks
from hhanalytics.exports.words import Labels
from hhanalytics.placing import placed
from hhanalytics.present.catalogue import languages
from hhanalytics.sources.folder import Delivery, frame
from hhanalytics.sources.forms import FORMS, Form
from hhanalytics.sources.handin import Handin, Told
from hhanalytics.sources.reading import file_bytes
from hhanalytics.sources.workbook import read_workbook
from hhanalytics.sources.writing import write_folder
from hhanalytics.tables import FIRST_LANGUAGE, TABLES


@dataclass(frozen=True)
class Imported:
    """A workbook that has been read in.

    Attributes:
        folder: The new source folder.
        rows: Table → how many rows it got.
        told: What was read as something else than it stood.
    """

    folder: Path
    rows: dict[str, int]
    told: tuple[Told, ...]


class Refused(InvalidData):
    """A workbook that was not read in.

    Attributes:
        marked: Its copy with the problems as comments, where one could be made.
        unmarked: Why the copy could not be written.
        told: What was read as something else than it stood.
    """

    marked: Path | None = None
    unmarked: BadInput | None = None
    told: tuple[Told, ...] = ()


def import_workbook(path: str | Path, data: str | Path = "data/raw", *, marked: str | Path | None = None) -> Imported:
    """Read a filled-in workbook into a new source folder, whole or not at all.

    Args:
        path: The workbook.
        data: The folder with one folder per source; nothing that stands in it is changed.
        marked: Where to write a copy with the problems as comments; None: beside the workbook.

    Returns:
        The folder, and what was read as something else than it stood.

    Raises:
        Refused: Something is wrong; ``problems`` lists everything, with sheet and cell.
    """
    file, root = Path(path), Path(data)
    content = file_bytes(file)
    known = gather(root, empty=True)
    tables = {name: frame(name, known.tables.get(name, [])) for name in TABLES}

    def labels(language: str) -> Labels:
        """The words of a workbook's language; of one that names a language we do not have, those of the first."""
        return Labels(tables, language if language in languages() else FIRST_LANGUAGE)

    taken = {name: _ids(known, form) for name, form in FORMS.items()}
    handin = read_workbook(content, file.name, words=lambda language: labels(language).typed(), taken=taken)
    problems = list(handin.delivery.problems)
    target = root / handin.source if handin.source else None
    if target is not None and target.exists():
        where, row, cell = handin.asked["source"]
        found, mend = (
            f"{handin.source}, which exists",
            "Choose another id: what has been delivered is never overwritten.",
        )
        problems.append(Problem("place_taken", where, row, "source", found, "a new source", mend, cell))
    both = _together(known, handin.delivery)
    both.problems = [*known.problems, *problems]
    dataset = _dataset(both, handin)
    if isinstance(dataset, InvalidData) or target is None:
        found_wrong = dataset.problems if isinstance(dataset, InvalidData) else tuple(problems)
        raise _refused(found_wrong, handin, content, file, labels(handin.language), marked)
    _write(target, handin, file.name)
    rows = {table: len(rows) for table, rows in handin.delivery.tables.items() if rows and table != "sources"}
    return Imported(target, rows, tuple(handin.told))


def _ids(known: Delivery, form: Form) -> list[str]:
    """Ids that exist, of a table that gets them from the import."""
    return [row[form.id] for row in known.tables.get(form.table, []) if row[form.id]] if form.id else []


def _together(known: Delivery, new: Delivery) -> Delivery:
    """Everything that stands in the data folder, and the new rows."""
    tables = {name: [*known.tables.get(name, []), *new.tables.get(name, [])] for name in TABLES}
    return Delivery(
        tables,
        {**known.checksums, **new.checksums},
        [],
        known.unread | new.unread,
        known.partial | new.partial,
        known.folders | new.folders,
    )


def _dataset(both: Delivery, handin: Handin) -> Dataset | InvalidData:
    try:
        return validated(both)
    except InvalidData as error:
        return InvalidData.from_problems([handin.in_cell(problem) for problem in error.problems])


def _refused(
    problems: Sequence[Problem], handin: Handin, content: bytes, file: Path, labels: Labels, marked: str | Path | None
) -> Refused:
    error = Refused.from_problems(problems)
    error.told = tuple(handin.told)
    copy = commented(content, remarks(labels, handin, problems))
    if copy is not None:
        target = Path(marked) if marked is not None else _copy_beside(file, copy)
        try:
            with placed(target, lambda: None) as made:
                made.write_bytes(copy)
            error.marked = target
        except BadInput as refused:
            error.unmarked = refused  # the problems are told all the same
    return error


def _copy_beside(file: Path, copy: bytes) -> Path:
    """A name beside the workbook that no other copy has: somebody may be mending that one."""
    target, count = file.with_name(f"{file.stem}-merknader.xlsx"), 2
    while target.exists() and target.read_bytes() != copy:
        target = file.with_name(f"{file.stem}-merknader-{count}.xlsx")
        count += 1
    return target


def _write(target: Path, handin: Handin, name: str) -> None:
    """Write the folder beside its place, which reads it back, and only then put it there."""
    with placed(target, lambda: _free(target)) as folder:
        folder.mkdir()
        tables = {table: rows for table, rows in handin.delivery.tables.items() if table != "sources"}
        said = (f"Read from {name}, sha256 {handin.delivery.checksums[handin.file]}.",)
        write_folder(folder, handin.entry, tables, said)


def _free(target: Path) -> None:
    if target.exists():
        mend = "Choose another id: what has been delivered is never overwritten."
        raise BadInput.of("place_taken", str(target), "a folder", "a new source", mend)
