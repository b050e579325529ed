"""The command line. Nothing heavy is imported before a command needs it, so that help is quick.

Answers go to standard output, everything else to standard error, as sentences or as lines of JSON. Exit codes: 0
done, 1 the data are not in order (``check``, ``import``, ``verify``), 2 an error that standard error says how to mend,
70 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from hhanalytics import __version__, log
from hhanalytics.console import emit, progress, width
from hhanalytics.errors import BadInput, HHAnalyticsError, InvalidData


class Commands(TyperGroup):
    """The commands; one that is interrupted says so in our way and not in the library's."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was chosen."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(log.INTERRUPTED) from None


app = typer.Typer(
    cls=Commands,
    help="What inter-municipal health programmes cost, what they give, and how sure we are.",
    epilog="Start with: hhanalytics brief",
    no_args_is_help=True,
    add_completion=False,
    # A traceback is a bug of ours; it is shown as Python shows it, without the values of variables.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

scenarios = typer.Typer(
    help="What happens if one leaves, joins or stands outside a programme, and next year's frame.",
    epilog="Example: hhanalytics scenario list",
    no_args_is_help=True,
)
app.add_typer(scenarios, name="scenario")

DEFAULT = "as in the notebook"
SCENARIOS = "File with the scenarios; its head explains how to write them."
FOLDER = "Folder with one folder per source."
CHARGES = "'printed' as in the sources, or 'corrected' to follow their key."
PRIVACY = "'public' holds small numbers of persons back; 'internal' shows them."
TOLD = "as the file tells"
TEXT = "a text file must have it"
#: Endings of files that are read as workbooks; which of them can be is told there.
WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What was typed after the command's name; None: from the system.

    Returns:
        The exit code.

    Example:
        >>> main(["--version"])
        hhanalytics 0.1.0
        0
    """
    given = log.taken(sys.argv[1:] if arguments is None else arguments)
    try:
        # The library shows a mistyped command in a frame; among lines of JSON it is one of them.
        ended = app(given, prog_name="hhanalytics", standalone_mode=not log.is_json())
        code = ended if isinstance(ended, int) else log.DONE
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except HHAnalyticsError as error:
        log.problem(error)
        return log.REFUSED
    except OSError as error:
        log.system(error)
        return log.REFUSED
    except KeyboardInterrupt:
        code = log.INTERRUPTED
    except Exception as error:
        if not hasattr(error, "format_message"):
            log.bug(error)
            return log.BUG
        # What was typed makes no sense to the library.
        text = str(error.format_message())
        log.note("bad_usage", text, "error", kind=type(error).__name__, said=text)
        return log.REFUSED
    if code == log.INTERRUPTED:
        log.interrupted()
    return code


def _version(wanted: bool) -> None:
    if wanted:
        emit(f"hhanalytics {__version__}\n")
        raise typer.Exit


def pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """What was given as NAME=VALUE.

    Example:
        >>> pairs("--column", ["Sum kr=amount_nok"])
        {'Sum kr': 'amount_nok'}
    """
    found = {}
    for each in given or ():
        name, sign, value = each.rpartition("=")
        if not (sign and name and value):
            raise BadInput.of("bad_option", option, repr(each), "NAME=VALUE", "Write it so, in quotes.")
        found[name] = value
    return found


def refuse(file: str, given: Mapping[str, object], kind: str) -> None:
    """Refuse options that say nothing about a file of this kind.

    Example:
        >>> refuse("a.xlsx", {"--as": None}, "text file")
    """
    wrong = [option for option, value in given.items() if value]
    if wrong:
        raise BadInput.of("bad_option", " and ".join(wrong), file, f"a {kind}", "Leave it out.")


def year_list(given: str) -> list[int]:
    """Years as typed.

    Example:
        >>> year_list("2019,2024-2026")
        [2019, 2024, 2025, 2026]
    """
    years: list[int] = []
    for part in given.split(","):
        first, _, last = part.partition("-")
        last = last or first
        if not all(each.isascii() and each.isdecimal() and len(each) == 4 for each in (first, last)) or first > last:
            raise BadInput.of("bad_option", "--years", repr(given), "2024, 2024-2026 or 2024,2026", "Write it so.")
        years += range(int(first), int(last) + 1)
    return sorted(set(years))


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    log_format: Annotated[  # taken out before, wherever it stands
        Literal["text", "json"], typer.Option(help="What standard error gets: sentences, or a line of JSON each.")
    ] = "text",
) -> None:
    pass


@app.command(epilog="Example: hhanalytics brief --year 2025 --charges printed")
def brief(
    kind: Annotated[str, typer.Argument(help="Which brief.")] = "hof",
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default=DEFAULT)] = None,
    language: Annotated[str | None, typer.Option(help="Language, such as nb.", show_default=DEFAULT)] = None,
    charges: Annotated[str | None, typer.Option(help=CHARGES, show_default=DEFAULT)] = None,
    privacy: Annotated[str | None, typer.Option(help=PRIVACY, show_default=DEFAULT)] = None,
    mandate: Annotated[str | None, typer.Option(help="Which mandate, for the brief 'mandate'.")] = None,
    municipality: Annotated[
        str | None, typer.Option(help="Municipality, such as gol, for a brief about one.", show_default=False)
    ] = None,
    all_municipalities: Annotated[
        bool, typer.Option("--all-municipalities", help="One brief for each municipality that was charged.")
    ] = False,
    data: Annotated[str | None, typer.Option(help=FOLDER, show_default=DEFAULT)] = None,
    out: Annotated[str, typer.Option(help="Folder in which the brief gets a folder of its own.")] = "briefs",
) -> None:
    """Make a brief for decision makers, as HTML and PDF."""
    if municipality is not None and all_municipalities:
        raise typer.BadParameter("give --municipality or --all-municipalities, not both")
    given: dict[str, Any] = {
        name: value
        for name, value in {
            "year": year,
            "language": language,
            "charges": charges,
            "privacy": privacy,
            "mandate": mandate,
            "municipality": municipality,
            "data": data,
        }.items()
        # What is not given is the notebook's to decide, which may not even have such a parameter.
        if value is not None
    }
    if all_municipalities:
        _for_all(kind, out, given)
        return
    with progress() as report:
        from hhanalytics.briefs.run import render
        from hhanalytics.briefs.shelf import FILES

        folder = render(kind, out=out, on_progress=report, **given)
    emit("".join(f"{folder / file}\n" for file in FILES))


def _for_all(kind: str, out: str, given: dict[str, Any]) -> None:
    """A brief for each municipality; which could not be made, and why, is said at the end."""
    with progress(each=True) as report:
        from hhanalytics.briefs.run_all import render_for_all
        from hhanalytics.briefs.shelf import FILES

        made = render_for_all(kind, out=out, on_brief=lambda name, at, of: report(name, at, of), **given)
    emit("".join(f"{each.folder / file}\n" for each in made if each.folder for file in FILES))
    failed = [each for each in made if each.error]
    count = len(made) - len(failed)
    log.note("briefs_made", f"{count} of {len(made)} briefs made.", made=count, wanted=len(made))
    for each in failed:
        if each.error:
            log.problem(each.error, f"\n{each.municipality}: ", municipality=each.municipality)
    if failed:
        raise typer.Exit(log.REFUSED)


@app.command(epilog="Example: hhanalytics check --year 2025 --format json > check.json")
def check(
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="all")] = None,
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    format: Annotated[Literal["table", "json"], typer.Option(help="How to show it.")] = "table",
) -> None:
    """Say what is wrong in the data, or where sound data do not agree with each other."""
    from hhanalytics import reports
    from hhanalytics.dataset import load

    try:
        dataset = load(data)
    except InvalidData as error:
        emit(reports.problems_json(error) if format == "json" else reports.problems_text(data, error, width()))
        if log.is_json():
            log.problem(error)
        raise typer.Exit(log.INVALID) from error
    found = reports.found(dataset, year)
    emit(reports.findings_json(found) if format == "json" else reports.findings_text(data, found, width()))


@app.command(epilog="Example: hhanalytics show cost_per_participant --by sessions --format csv > costs.csv")
def show(
    measure: Annotated[str, typer.Argument(help="Name of the measure, such as cost_per_participant.")],
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="all")] = None,
    by: Annotated[str | None, typer.Option(help="Unit to divide by.", show_default="participants")] = None,
    budget: Annotated[str | None, typer.Option(help="Budget to compare with.", show_default="none")] = None,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "printed",
    privacy: Annotated[Literal["public", "internal"], typer.Option(help=PRIVACY)] = "public",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Compute a measure and show it."""
    from hhanalytics import reports
    from hhanalytics.dataset import load

    options = {name: value for name, value in (("by", by), ("budget", budget)) if value is not None}
    found = reports.measured(load(data), measure, year=year, charges=charges, options=options, privacy=privacy)
    text = reports.measured_text(found, charges, width()) if format == "table" else reports.frame_data(found, format)
    emit(text)


@app.command(epilog="Example: hhanalytics trace 'cost_per_participant programme=mft' --charges corrected")
def trace(
    figure: Annotated[str, typer.Argument(help="Measure and filters; column= chooses the number.")],
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="any")] = None,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "printed",
    language: Annotated[str, typer.Option(help="Language, such as nb.")] = "nb",
    privacy: Annotated[str, typer.Option(help=PRIVACY)] = "public",
    format: Annotated[Literal["table", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Show what a number was made from: formula, rows with their lines, assumptions."""
    from hhanalytics import reports
    from hhanalytics.dataset import load
    from hhanalytics.present.traces import trace as traced

    found = traced(reports.charged(load(data), charges), figure, year=year, language=language, privacy=privacy)
    emit(reports.traced_json(found) if format == "json" else reports.traced_text(found, width()))


@app.command(epilog="Example: hhanalytics followup --propose --format csv > data/raw/adopted/followups.csv")
def followup(
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="the latest")] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="This year's recommendations, as rows to adopt, instead.")
    ] = False,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "corrected",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Set what the steering group adopted last year against this year's figures."""
    from hhanalytics import reports
    from hhanalytics.dataset import load

    found = reports.followups(load(data), year=year, propose=propose, charges=charges)
    emit(reports.frame_text(found, width()) if format == "table" else reports.frame_data(found, format))


@app.command(epilog="Example: hhanalytics verify --documents reports/")
def verify(
    documents: Annotated[str, typer.Option(help="Folder with the documents the figures were read from.")],
    format: Annotated[Literal["table", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Check that every figure stands on the line of the document that its row names."""
    from hhanalytics import reports
    from hhanalytics.dataset import load
    from hhanalytics.sources.documents import documents_of
    from hhanalytics.sources.documents import verify as verified

    tables = load(data).tables
    found, held = verified(tables, documents), documents_of(tables["sources"], documents).values()
    emit(
        reports.verified_json(found, held)
        if format == "json"
        else reports.verified_text(documents, found, held, width())
    )
    if any(each.status == "lost" for each in found):
        raise typer.Exit(log.INVALID)


@app.command(epilog="Example: hhanalytics build --out data/processed")
def build(
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    out: Annotated[str, typer.Option(help="Folder to write; replaced as a whole.")] = "data/processed",
) -> None:
    """Validate the data and write every table as Parquet."""
    from hhanalytics.dataset import load

    emit(f"{load(data).save(out)}\n")


@scenarios.command("list", epilog="Example: hhanalytics scenario list")
def scenario_list(
    file: Annotated[str, typer.Option(help=SCENARIOS)] = "data/scenarios.toml",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
) -> None:
    """List the scenarios that have a name."""
    from hhanalytics import scenario_reports
    from hhanalytics.decisions.named_scenarios import read_scenarios

    emit(scenario_reports.listed(read_scenarios(file), format, width()))


@scenarios.command("show", epilog="Example: hhanalytics scenario show nesbyen_tilbake")
def scenario_show(
    name: Annotated[str, typer.Argument(help="Name of the scenario.")],
    file: Annotated[str, typer.Option(help=SCENARIOS)] = "data/scenarios.toml",
) -> None:
    """Say what a scenario assumes."""
    from hhanalytics import scenario_reports
    from hhanalytics.decisions.named_scenarios import read_scenarios

    emit(scenario_reports.described(read_scenarios(file).named(name), width()))


@scenarios.command("run", epilog="Example: hhanalytics scenario run nesbyen_tilbake --format csv > back.csv")
def scenario_run(
    name: Annotated[str, typer.Argument(help="Name of the scenario.")],
    file: Annotated[str, typer.Option(help=SCENARIOS)] = "data/scenarios.toml",
    charges: Annotated[str, typer.Option(help=CHARGES)] = "corrected",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Work out a scenario: charges before and after, or a frame for a budget year."""
    from hhanalytics import reports, scenario_reports
    from hhanalytics.dataset import load
    from hhanalytics.decisions.named_scenarios import read_scenarios, run

    named = read_scenarios(file).named(name)
    emit(scenario_reports.result(run(named, reports.charged(load(data), charges)), format, width()))


@scenarios.command("next", epilog="Example: hhanalytics scenario next")
def scenario_next(
    file: Annotated[str, typer.Option(help=SCENARIOS)] = "data/scenarios.toml",
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="the latest")] = None,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "corrected",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Say who would have reason to leave next, as far as it can be known."""
    from hhanalytics import reports, scenario_reports
    from hhanalytics.dataset import load
    from hhanalytics.decisions.leaving import who_would_leave
    from hhanalytics.decisions.named_scenarios import read_scenarios

    dataset = reports.charged(load(data), charges)
    found = who_would_leave(dataset, dataset.year(year), read_scenarios(file).replacements)
    emit(scenario_reports.leaving(found, format, width()))


@app.command(epilog="Example: hhanalytics template --year 2026 --out tall-2026.xlsx")
def template(
    year: Annotated[int, typer.Option(help="Year the figures will be about.", min=1900, max=2200)],
    out: Annotated[
        str, typer.Option(help="Workbook to write; an existing one is left alone.", show_default="tall-YEAR.xlsx")
    ] = "",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    language: Annotated[str, typer.Option(help="Language, such as nb.")] = "nb",
    privacy: Annotated[Literal["public", "internal"], typer.Option(help=PRIVACY)] = "public",
) -> None:
    """Make the workbook in which a year's figures are handed in."""
    from hhanalytics.dataset import load
    from hhanalytics.exports.files import write_new
    from hhanalytics.exports.template import template as make
    from hhanalytics.privacy.gate import Gate

    target = out or f"tall-{year}.xlsx"
    where = "" if data == "data/raw" else f" --data {data}"
    command, gate = f"hhanalytics import {target}{where}", Gate(public=privacy != "internal")
    emit(f"{write_new(target, make(load(data), year, language=language, command=command, gate=gate))}\n")


@app.command(epilog="Example: hhanalytics extract report-2026.pdf --year 2026")
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
    language: Annotated[str, typer.Option(help="Language of the workbook, such as nb.")] = "nb",
) -> None:
    """Find the figures of an annual report and write them as drafts, for a person to accept or refuse.

    Nothing enters the data: that is done by `import`, with the workbook in which each row has been decided on.
    """
    from hhanalytics import extraction, file_reports

    target = out or f"gjennomgang-{year}.xlsx"
    where = "" if data == "data/raw" else f" --data {data}"
    found = extraction.extract(report, year, data, encoding=encoding)
    command = f"hhanalytics import {target}{where}"
    path = extraction.write_review(found, target, data, language=language, command=command)
    show = file_reports.extracted_json if format == "json" else file_reports.extracted_text
    emit(show(found, path, command, width()))


@app.command("import", epilog="Example: hhanalytics import tall-2026.xlsx")
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


@app.command(epilog="Example: hhanalytics fetch ssb 07459 --municipalities aal,hol --years 2024-2026 --out ssb_07459")
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


@app.command("new-year", epilog="Example: hhanalytics new-year 2026")
def new_year(
    year: Annotated[int, typer.Argument(help="Year the figures will be about.", min=1900, max=2200)],
    out: Annotated[
        str, typer.Option(help="Folder to make; an existing one is left alone.", show_default="year-YEAR")
    ] = "",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    language: Annotated[str, typer.Option(help="Language, such as nb.")] = "nb",
    privacy: Annotated[Literal["public", "internal"], typer.Option(help=PRIVACY)] = "public",
) -> None:
    """Prepare a year: the workbook to hand out, a checklist with the known dates, and a calendar."""
    from hhanalytics.dataset import load
    from hhanalytics.exports.files import write_new_folder
    from hhanalytics.exports.new_year import new_year as make
    from hhanalytics.privacy.gate import Gate

    out, gate = out or f"year-{year}", Gate(public=privacy != "internal")
    files = make(load(data), year, data=data, folder=out, language=language, gate=gate)
    folder = write_new_folder(out, files)
    emit("".join(f"{folder / name}\n" for name in sorted(files)))


@app.command(epilog="Example: hhanalytics export --format xlsx --measure gain --out gain.xlsx")
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
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Write measures and tables for other tools, with units, sources and a data dictionary."""
    from hhanalytics import file_reports, reports
    from hhanalytics.dataset import load

    dataset = reports.charged(load(data), charges)
    path = file_reports.exported(
        dataset, out, format, measures=measure, tables=None if tables or not measure else [], year=year,
        privacy=privacy, ledger=ledger,
    )  # fmt: skip
    emit(f"{path}\n")
