"""The command line. Nothing heavy is imported before a command needs it, so that help is quick.

Answers go to standard output, everything else to standard error, as sentences or as lines of JSON. Exit codes: 0
done, 1 the data are not in order (``check``, ``import``, ``verify``), 2 an error that standard error says how to mend,
70 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from hhanalytics import __version__, file_commands, log
from hhanalytics.console import emit, progress, width
from hhanalytics.environment import one_core
from hhanalytics.errors import HHAnalyticsError, InvalidData
from hhanalytics.options import CHARGES, FOLDER, LANGUAGE, PRIVACY

if TYPE_CHECKING:
    from hhanalytics.briefs.run_all import Made


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
    kind: Annotated[
        str,
        typer.Argument(help="Which brief: hof, municipality, benefit, status, mandate; all: every one but mandates."),
    ] = "hof",
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default=DEFAULT)] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Day of the brief 'status'.", show_default="the last with accounts")
    ] = None,
    language: Annotated[str | None, typer.Option(help=LANGUAGE, show_default=DEFAULT)] = None,
    languages: Annotated[
        str | None, typer.Option(help="With 'all': languages, such as nb,nn.", show_default="every one")
    ] = None,
    charges: Annotated[str | None, typer.Option(help=CHARGES, show_default=DEFAULT)] = None,
    privacy: Annotated[str | None, typer.Option(help=PRIVACY, show_default=DEFAULT)] = None,
    mandate: Annotated[str | None, typer.Option(help="Which mandate, for the brief 'mandate'.")] = None,
    municipality: Annotated[
        str | None, typer.Option(help="Municipality, such as gol, for a brief about one.", show_default=False)
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(help="Whom a brief about a municipality is for: leaders, or council.", show_default="leaders"),
    ] = None,
    all_municipalities: Annotated[
        bool, typer.Option("--all-municipalities", "--all", help="One brief for each municipality that was charged.")
    ] = False,
    data: Annotated[str | None, typer.Option(help=FOLDER, show_default=DEFAULT)] = None,
    out: Annotated[str, typer.Option(help="Folder in which the brief gets a folder of its own.")] = "briefs",
    force: Annotated[bool, typer.Option("--force", help="Make it again, even where nothing has changed.")] = False,
    engine: Annotated[
        str | None, typer.Option(help="Run the cells in-process, or by the kernel of the notebook.", show_default=False)
    ] = None,
) -> None:
    """Make a brief for decision makers, as HTML and PDF."""
    if municipality is not None and all_municipalities:
        raise typer.BadParameter("give --municipality or --all-municipalities, not both")
    if languages is not None and (kind != "all" or language is not None):
        raise typer.BadParameter("--languages goes with 'brief all', and not with --language")
    if engine is not None and (all_municipalities or kind == "all"):
        raise typer.BadParameter("--engine is for one brief, not for many")
    given: dict[str, Any] = {
        name: value
        for name, value in {
            "year": year,
            "as_of": as_of,
            "language": language,
            "charges": charges,
            "privacy": privacy,
            "mandate": mandate,
            "municipality": municipality,
            "audience": audience,
            "data": data,
        }.items()
        # What is not given is the notebook's to decide, which may not even have such a parameter.
        if value is not None
    }
    with one_core():
        if kind == "all":
            _every_kind(languages or given.pop("language", None), out, given, force)
        elif all_municipalities:
            _for_all(kind, out, given, force)
        else:
            _one(kind, out, given, force, engine)


def _one(kind: str, out: str, given: dict[str, Any], force: bool, engine: str | None) -> None:
    """One brief."""
    from hhanalytics.briefs.standing import standing

    folder = None if force else standing(kind, out=out, **given)
    if folder is not None:
        text = "Unchanged: same data, notebook, parameters and versions. --force makes it again."
        log.note("brief_unchanged", text)
        _list(folder)
        return
    with progress() as report:
        from hhanalytics.briefs.run import render

        folder = render(kind, out=out, engine=engine, on_progress=report, **given)
    _list(folder)


def _list(*folders: Path) -> None:
    from hhanalytics.briefs.shelf import files_in

    emit("".join(f"{folder / file}\n" for folder in folders for file in files_in(folder)))


def _for_all(kind: str, out: str, given: dict[str, Any], force: bool) -> None:
    """A brief for each municipality."""
    with progress(each=True) as report:
        from hhanalytics.briefs.run_all import render_for_all

        made = render_for_all(kind, out=out, on_brief=report, force=force, workers=None, **given)
    _tell(made)


def _every_kind(languages: str | None, out: str, given: dict[str, Any], force: bool) -> None:
    """Every kind of brief, in every language or those listed."""
    with progress(each=True) as report:
        from hhanalytics.briefs.every_kind import planned
        from hhanalytics.briefs.run_all import run_many

        listed = None if languages is None else [each.strip() for each in languages.split(",")]
        made = run_many(planned(languages=listed, **given), out=out, on_brief=report, force=force, workers=None)
    _tell(made)


def _tell(made: Sequence[Made]) -> None:
    """What was made; which could not be, and why, is said at the end."""
    _list(*(each.folder for each in made if each.folder))
    failed = [each for each in made if each.error]
    same = sum(each.unchanged for each in made)
    count = len(made) - len(failed) - same
    text = f"{count} of {len(made)} briefs made." + (f" {same} unchanged; --force makes them again." if same else "")
    log.note("briefs_made", text, made=count, unchanged=same, wanted=len(made))
    for each in failed:
        if each.error:
            log.problem(each.error, f"\n{each.job.name}: ", brief=each.job.name)
    if failed:
        raise typer.Exit(log.REFUSED)


@app.command(epilog="Example: hhanalytics check --year 2025 --format json > check.json")
def check(
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="all")] = None,
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
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
    found = reports.found(dataset, year, language)
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
    engine: Annotated[
        Literal["polars", "pandas", "duckdb", "spark"] | None,
        typer.Option(
            help="Compute it on this engine from a folder that 'build' wrote, or of CSV tables.",
            show_default="in memory",
        ),
    ] = None,
) -> None:
    """Compute a measure and show it."""
    from hhanalytics import reports
    from hhanalytics.dataset import load

    options = {name: value for name, value in (("by", by), ("budget", budget)) if value is not None}
    if engine is None:
        found = reports.measured(load(data), measure, year=year, charges=charges, options=options, privacy=privacy)
    else:
        from hhanalytics.engine_reports import measured_on

        found = measured_on(engine, data, measure, year=year, charges=charges, options=options, privacy=privacy)
    text = reports.measured_text(found, charges, width()) if format == "table" else reports.frame_data(found, format)
    emit(text)


@app.command(epilog="Example: hhanalytics trace 'cost_per_participant programme=mft' --charges corrected")
def trace(
    figure: Annotated[str, typer.Argument(help="Measure and filters; column= chooses the number.")],
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="any")] = None,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "printed",
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
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
    language: Annotated[str, typer.Option(help=LANGUAGE)] = "nb",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Set what the steering group adopted last year against this year's figures."""
    from hhanalytics import reports
    from hhanalytics.dataset import load

    found = reports.followups(load(data), year=year, propose=propose, charges=charges, language=language)
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


@app.command(
    epilog="Example: hhanalytics lab --no-browser",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(
    more: typer.Context,
    folder: Annotated[
        str, typer.Option(help="Where to open it; a folder that is not there gets the notebooks for analysts.")
    ] = "notebooks",
) -> None:
    """Open JupyterLab with the notebooks for analysts; other options are handed on to it."""
    from hhanalytics import lab as jupyter

    command = jupyter.executable()
    if jupyter.prepared(folder):
        log.note("notebooks_copied", f"The notebooks were copied to {folder}.", folder=folder)
    code = jupyter.opened(command, folder, more.args)
    if code:
        raise typer.Exit(code)


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


# Figures in and out, as files

app.command(epilog="Example: hhanalytics template --year 2026 --out tall-2026.xlsx")(file_commands.template)
app.command(epilog="Example: hhanalytics extract report-2026.pdf --year 2026")(file_commands.extract)
app.command("import", epilog="Example: hhanalytics import tall-2026.xlsx")(file_commands.import_)
app.command(epilog="Example: hhanalytics fetch ssb 07459 --municipalities aal,hol --years 2024-2026 --out ssb_07459")(
    file_commands.fetch
)
app.command("new-year", epilog="Example: hhanalytics new-year 2026")(file_commands.new_year)
app.command(epilog="Example: hhanalytics export --format xlsx --measure gain --out gain.xlsx")(file_commands.export)
