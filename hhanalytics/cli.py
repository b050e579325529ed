"""The command line. Nothing heavy is imported before a command needs it, so that help is quick.

Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 invalid data
found by ``check`` or figures that ``verify`` does not find, 2 an error that the text on standard error says how to mend, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import typer

from hhanalytics import __version__
from hhanalytics.console import emit, progress, width
from hhanalytics.errors import HHAnalyticsError, InvalidData

app = typer.Typer(
    help="What inter-municipal health programmes cost, what they give, and how sure we are.",
    epilog="Start with: hhanalytics brief",
    no_args_is_help=True,
    add_completion=False,
    # A traceback is a bug of ours; it is shown as Python shows it, without the values of variables.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFAULT = "as in the notebook"
FOLDER = "Folder with one folder per source."
CHARGES = "'printed' as in the sources, or 'corrected' to follow their key."
PRIVACY = "'public' holds small numbers of persons back; 'internal' shows them."


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
    try:
        app(None if arguments is None else list(arguments), prog_name="hhanalytics")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except HHAnalyticsError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"{error.filename or 'A file'}: {error.strerror}. Check the path, its rights and the space.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        emit(f"hhanalytics {__version__}\n")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: hhanalytics brief --year 2025 --charges printed")
def brief(
    kind: Annotated[str, typer.Argument(help="Which brief.")] = "hof",
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default=DEFAULT)] = None,
    language: Annotated[str | None, typer.Option(help="Language, such as nb.", show_default=DEFAULT)] = None,
    charges: Annotated[str | None, typer.Option(help=CHARGES, show_default=DEFAULT)] = None,
    privacy: Annotated[str | None, typer.Option(help=PRIVACY, show_default=DEFAULT)] = None,
    data: Annotated[str | None, typer.Option(help=FOLDER, show_default=DEFAULT)] = None,
    out: Annotated[str, typer.Option(help="Folder in which the brief gets a folder of its own.")] = "briefs",
) -> None:
    """Make a brief for decision makers, as HTML and PDF."""
    given: dict[str, Any] = {
        name: value
        for name, value in {
            "year": year,
            "language": language,
            "charges": charges,
            "privacy": privacy,
            "data": data,
        }.items()
        # What is not given is the notebook's to decide, which may not even have such a parameter.
        if value is not None
    }
    with progress() as report:
        from hhanalytics.briefs.run import render
        from hhanalytics.briefs.shelf import FILES

        folder = render(kind, out=out, on_progress=report, **given)
    emit("".join(f"{folder / file}\n" for file in FILES))


@app.command(epilog="Example: hhanalytics check --format json > check.json")
def check(
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
        raise typer.Exit(1) from error
    found = reports.found(dataset)
    emit(reports.findings_json(found) if format == "json" else reports.findings_text(data, found, width()))


@app.command(epilog="Example: hhanalytics show cost_per_participant --by sessions --format csv > costs.csv")
def show(
    measure: Annotated[str, typer.Argument(help="Name of the measure, such as cost_per_participant.")],
    year: Annotated[int | None, typer.Option(help="Year with accounts.", show_default="all")] = None,
    by: Annotated[str | None, typer.Option(help="Unit to divide by.", show_default="participants")] = None,
    budget: Annotated[str | None, typer.Option(help="Budget to compare with.", show_default="none")] = None,
    charges: Annotated[str, typer.Option(help=CHARGES)] = "printed",
    format: Annotated[Literal["table", "csv", "json"], typer.Option(help="How to show it.")] = "table",
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
) -> None:
    """Compute a measure and show it."""
    from hhanalytics import reports
    from hhanalytics.dataset import load

    options = {name: value for name, value in (("by", by), ("budget", budget)) if value is not None}
    found = reports.measured(load(data), measure, year=year, charges=charges, options=options)
    emit(reports.frame_text(found, width()) if format == "table" else reports.frame_data(found, format))


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
        raise typer.Exit(1)


@app.command(epilog="Example: hhanalytics build --out data/processed")
def build(
    data: Annotated[str, typer.Option(help=FOLDER)] = "data/raw",
    out: Annotated[str, typer.Option(help="Folder to write; replaced as a whole.")] = "data/processed",
) -> None:
    """Validate the data and write every table as Parquet."""
    from hhanalytics.dataset import load

    emit(f"{load(data).save(out)}\n")
