"""The commands that take figures in and give them out, as files. No logic; what is heavy is imported when needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import typer

from hhanalytics import log
from hhanalytics.console import emit, width
from hhanalytics.errors import BadInput
from hhanalytics.options import CHARGES, FOLDER, LANGUAGE, PRIVACY, pairs, refuse, year_list

TOLD = "as the file tells"
TEXT = "a text file must have it"
#: Endings of files that are read as workbooks; which of them can be is told there.
WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods")


def template(
    year: Annotated[int, typer.Option(help="Year the figures will be about.", min=1900, max=2200)],
    out: Annotated[
        str, typer.Option(help="Workbook to write; an existing one is left alone.", show_default="tall-YEAR.xlsx")
    ] = "",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
    privacy: Annotated[Literal["public", "internal"], typer.Option(help=PRIVACY)] = "public",
) -> None:
    """Make the workbook in which a year's figures are handed in."""
    from hhanalytics.dataset import load
    from hhanalytics.exports.commands import typed
    from hhanalytics.exports.files import write_new
    from hhanalytics.exports.template import template as make
    from hhanalytics.privacy.planning import gate_of

    target, dataset = out or f"tall-{year}.xlsx", load(data)
    command = typed("import", target, data=data)
    gate = gate_of(dataset, public=privacy != "internal")
    emit(f"{write_new(target, make(dataset, year, language=language, command=command, gate=gate))}\n")


def extract(
    report: Annotated[str, typer.Argument(help="The annual report: a PDF with text, or a text file.")],
    year: Annotated[int, typer.Option(help="Year it is about.", min=1900, max=2200)],
    out: Annotated[
        str,
        typer.Option(help="Workbook to write; an existing one is left alone.", show_default="gjennomgang-YEAR.xlsx"),
    ] = "",
    encoding: Annotated[str | None, typer.Option(help="Text file: encoding, such as cp865.", show_default=TOLD)] = None,
    format: Annotated[Literal["table", "json"], typer.Option(help="How to show what was found.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
) -> None:
    """Find the figures of an annual report and write them as drafts, for a person to accept or refuse.

    Nothing enters the data: that is done by `import`, with the workbook in which each row has been decided on.
    """
    from hhanalytics import extraction, file_reports
    from hhanalytics.exports.commands import typed

    target = out or f"gjennomgang-{year}.xlsx"
    found = extraction.extract(report, year, data, encoding=encoding)
    command = typed("import", target, data=data)
    path = extraction.write_review(found, target, language=language, command=command)
    show = file_reports.extracted_json if format == "json" else file_reports.extracted_text
    emit(show(found, path, command, width()))


def import_(
    file: Annotated[str, typer.Argument(help="A workbook, filled in, or a text file with cells, such as CSV.")],
    table: Annotated[
        str | None, typer.Option("--as", help="Table its rows belong to, such as costs.", show_default=TEXT)
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Id of the new source: the name of its folder.", show_default=TEXT)
    ] = None,
    publisher: Annotated[str | None, typer.Option(help="Who published it.", show_default=TEXT)] = None,
    title: Annotated[str | None, typer.Option(help="Title of the source.", show_default="the file's name")] = None,
    grade: Annotated[
        str | None, typer.Option(help="How well the figures are known.", show_default="documented; derived with --map")
    ] = None,
    mapping: Annotated[str | None, typer.Option("--map", help="Mapping file that makes costs of a ledger.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="HEADING=COLUMN; may be repeated.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Heading to leave out; may be repeated.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding, such as cp865.", show_default=TOLD)] = None,
    separator: Annotated[str | None, typer.Option(help="What parts the cells.", show_default=TOLD)] = None,
    decimal: Annotated[str | None, typer.Option(help="Decimal sign.", show_default=TOLD)] = None,
    thousands: Annotated[str | None, typer.Option(help="Sign between thousands.", show_default=TOLD)] = None,
    negative: Annotated[
        str | None, typer.Option(help="'parentheses' for (7), 'trailing' for 7-.", show_default="minus")
    ] = None,
    dates: Annotated[str | None, typer.Option(help="'d.m.y', 'm/d/y' or 'd.m.yy'.", show_default=TOLD)] = None,
    symbols: Annotated[str | None, typer.Option(help="'ssb' where a lone - is nil.", show_default=TOLD)] = None,
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    marked: Annotated[
        str | None,
        typer.Option(
            help="Workbook: where to write a copy with what must be mended.", show_default="FILE-merknader.xlsx"
        ),
    ] = None,
    format: Annotated[
        Literal["table", "json"] | None,
        typer.Option(help="Workbook: how to show what must be mended.", show_default="table"),
    ] = None,
) -> None:
    """Take a workbook or a text file into the data as a new source, whole or not at all.

    A workbook made by `template` says itself what it is; of a text file, --as, --source and --publisher must be said.
    """
    from pathlib import Path

    from hhanalytics import reports
    from hhanalytics.intake import import_file

    about = {"--as": table, "--source": source, "--publisher": publisher}
    how = {
        "encoding": encoding, "separator": separator, "decimal": decimal, "thousands": thousands,
        "negative": negative, "dates": dates, "symbols": symbols,
    }  # fmt: skip
    if Path(file).suffix.lower() in WORKBOOKS:
        others = {"--title": title, "--grade": grade, "--map": mapping, "--column": column, "--ignore": ignore}
        refuse(file, {**about, **others, **{f"--{name}": value for name, value in how.items()}}, "text file")
        _import_workbook(file, data, marked, format)
        return
    refuse(file, {"--marked": marked, "--format": format}, "workbook")
    if table is None or source is None or publisher is None:
        missing = " and ".join(option for option, value in about.items() if value is None)
        mend = "Say what the rows are, what the source is to be called and who published it."
        raise BadInput.of("bad_option", missing, "nothing", f"a value, since {file} is no workbook", mend)
    named = title or Path(file).name
    taken = import_file(
        file, table, source, {"title": named, "short_title": named, "publisher": publisher}, data=data, grade=grade,
        mapping=mapping, columns=pairs("--column", column), ignore=ignore or (), **how,
    )  # fmt: skip
    emit(reports.taken_text(taken, width()))


def _import_workbook(file: str, data: str, marked: str | None, format: str | None) -> None:
    from hhanalytics import reports
    from hhanalytics.workbook_intake import Refused, import_workbook

    try:
        imported = import_workbook(file, data, marked=marked)
    except Refused as error:
        emit(reports.problems_json(error) if format == "json" else reports.problems_text(file, error, width()))
        _tell(error.told)
        if log.is_json():
            log.problem(error)
        if error.marked:
            text = f"Nothing was written to {data}. What must be mended: {error.marked}"
            log.note("not_imported", text, marked=str(error.marked))
        if error.unmarked:
            log.problem(error.unmarked, "There is no copy with what must be mended. ")
        raise typer.Exit(log.INVALID) from error
    _tell(imported.told)
    emit(
        f"{imported.folder}\n"
        + "".join(f"{imported.folder / table}.csv  {rows}\n" for table, rows in imported.rows.items())
    )


def _tell(told: Sequence[Any]) -> None:
    """Say what was read otherwise than it stood."""
    from hhanalytics import file_reports

    if told:
        text = file_reports.told_text(told, width()).removesuffix("\n")
        places = [{"id": each.id, "sheet": each.sheet, "cell": each.cell} for each in told]
        log.note("read_otherwise", text, count=len(told), places=places)


def fetch(
    service: Annotated[Literal["ssb"], typer.Argument(help="The service: ssb, Statistics Norway.")],  # noqa: ARG001
    table: Annotated[str, typer.Argument(help="Number of the table, such as 07459.")],
    municipalities: Annotated[str, typer.Option(help="Ids with commas between, such as aal,hol; or all.")],
    years: Annotated[str, typer.Option(help="Years, such as 2024-2026 or 2024,2026.")],
    out: Annotated[str, typer.Option(help="New folder to write.", show_default="none with --as")] = "",
    as_table: Annotated[
        Literal["population"] | None,
        typer.Option("--as", help="Take it into the data as this table.", show_default="only written to --out"),
    ] = None,
    source: Annotated[str, typer.Option(help="With --as: id of the new source.", show_default="ssb_TABLE_YEARS")] = "",
    select: Annotated[list[str] | None, typer.Option(help="DIMENSION=CODE,CODE; may be repeated.")] = None,
    max_age: Annotated[float, typer.Option(help="Days for which a kept answer is used again; 0: ask anew.")] = 1,
    address: Annotated[
        str | None, typer.Option(help="Address of the service.", show_default="Statistics Norway")
    ] = None,
    cache: Annotated[str | None, typer.Option(help="Folder for kept answers.", show_default="the user's cache")] = None,
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Fetch a table by municipality and year, with where it comes from. The only command that uses the network."""
    from pathlib import Path

    from hhanalytics import file_reports
    from hhanalytics.dataset import load
    from hhanalytics.sources.ssb import fetch_table
    from hhanalytics.sources.web import Web, default_cache

    known = load(data).municipalities
    ids = sorted(known["municipality"].unique()) if municipalities == "all" else municipalities.split(",")
    web = Web(cache=Path(cache) if cache else default_cache(), max_age_days=max_age)
    chosen = {name: codes.split(",") for name, codes in pairs("--select", select).items()}
    fetched = fetch_table(table, ids, year_list(years), known, web, select=chosen, address=address)
    emit(file_reports.fetched(fetched, years, out, as_table, source, data))


def new_year(
    year: Annotated[int, typer.Argument(help="Year the figures will be about.", min=1900, max=2200)],
    out: Annotated[
        str, typer.Option(help="Folder to make; an existing one is left alone.", show_default="year-YEAR")
    ] = "",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
    privacy: Annotated[Literal["public", "internal"], typer.Option(help=PRIVACY)] = "public",
) -> None:
    """Prepare a year: the workbook to hand out, a checklist with the known dates, and a calendar."""
    from hhanalytics.dataset import load
    from hhanalytics.exports.files import write_new_folder
    from hhanalytics.exports.new_year import new_year as make
    from hhanalytics.privacy.planning import gate_of

    out, dataset = out or f"year-{year}", load(data)
    gate = gate_of(dataset, public=privacy != "internal")
    files = make(dataset, year, data=data, folder=out, language=language, gate=gate)
    folder = write_new_folder(out, files)
    emit("".join(f"{folder / name}\n" for name in sorted(files)))


def export(
    out: Annotated[str, typer.Option(help="Workbook or folder to write; an existing one is left alone.")],
    format: Annotated[Literal["xlsx", "csv", "parquet", "datapackage"], typer.Option(help="Kind of files.")] = "xlsx",
    measure: Annotated[
        list[str] | None, typer.Option(help="Name of a measure; may be repeated.", show_default="all")
    ] = None,
    tables: Annotated[bool, typer.Option("--tables", help="All tables; without --measure also all measures.")] = False,
    year: Annotated[int | None, typer.Option(help="Of measures, only this year.", show_default="all")] = None,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "printed",
    privacy: Annotated[Literal["public", "internal"], typer.Option(help=PRIVACY)] = "public",
    ledger: Annotated[str, typer.Option(help="Folder that remembers what was released, as of the briefs.")] = "briefs",
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Write measures and tables for other tools, with units, sources and a data dictionary."""
    from hhanalytics import file_reports, reports
    from hhanalytics.dataset import load

    dataset = reports.charged(load(data), charges)
    path = file_reports.exported(
        dataset, out, format, measures=measure, tables=None if tables or not measure else [], year=year,
        privacy=privacy, ledger=ledger, language=language,
    )  # fmt: skip
    emit(f"{path}\n")
