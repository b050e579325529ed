"""What the commands say about scenarios, as text, CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import polars as pl

from hhanalytics.console import paragraph
from hhanalytics.decisions.changes import Change
from hhanalytics.decisions.effects import effects
from hhanalytics.decisions.leaving import Leaving
from hhanalytics.decisions.named_scenarios import Named, Result, ScenarioFile
from hhanalytics.reports import frame_data, frame_text

#: What a frame rests on that is not stated, in words.
MISSING = {
    "wage_growth": "Wage growth is not stated: the frame is in the kroner of the last accounts.",
    "saving_basis": "What the saving requirement is a part of is not stated in any source.",
    "avoidable_share": "What falls away when a programme ends is not stated: it lies between nothing and all.",
}


def listed(file: ScenarioFile, format: str, columns: int) -> str:
    """The scenarios of a file: name, kind and title."""
    rows = [
        {"name": each.name, "changes": len(each.changes), "budget": each.budget.year if each.budget else None}
        | {"title": each.title}
        for each in file.scenarios.values()
    ]
    schema = {"name": pl.String, "changes": pl.Int64, "budget": pl.Int64, "title": pl.String}
    return _shown(pl.DataFrame(rows, schema=schema), format, columns)


def described(named: Named, columns: int) -> str:
    """What a scenario assumes, in words."""
    out = [f"{named.name}: {named.title}\n", paragraph(named.why, columns), "\n"]
    out += [paragraph(f"- {_change(change)}", columns) for change in sorted(named.changes, key=lambda c: c.on)]
    if named.budget:
        about = named.budget
        growth = "not stated" if about.wage_growth is None else "{:g} to {:g} %".format(*about.wage_growth)
        saving = "none" if about.saving is None else f"{about.saving:g} % of what is {about.saving_of}"
        out.append(f"- budget {about.year}: wage growth {growth}; saving {saving}\n")
        out += [f"- {programme} vacant for {months} months\n" for programme, months in about.vacancies]
        out += [f"- {programme} ends\n" for programme in about.dropped]
    return "".join(out)


def _change(change: Change) -> str:
    what = {
        "leave": "leaves",
        "join": "joins",
        "opt_out": f"stands outside {change.programme}",
    }[change.kind]
    said = f"{change.municipality} {what} from {change.on}"
    if change.pools:
        said += f", pools {', '.join(change.pools)}"
    if change.ends:
        said += f", out of {', '.join(change.ends)}"
    if change.notify_by:
        said += f"; notice by {change.notify_by}"
    for due in change.obligations:
        said += f"; keeps paying {due.yearly_nok:,} kr a year in {due.pool}".replace(",", " ")
        said += f" until {due.until}" if due.until else ""
        said += f", credited to {due.credited_to}" if due.credited_to else ""
    return said


def result(made: Result, format: str, columns: int) -> str:
    """What a scenario comes to: per municipality as a table, every row as CSV, all of it as JSON."""
    scenario, frame = made.scenario, made.frame
    if format == "csv":
        if scenario is not None:
            return frame_data(scenario.comparison, "csv")
        return frame_data(frame.municipalities, "csv") if frame is not None else ""
    if format == "json":
        found: dict[str, Any] = {"scenario": asdict(made.named)}
        if scenario is not None:
            found |= {"ranged": scenario.ranged, "comparison": _records(scenario.comparison)}
            found["effects"] = _records(_yearly(made))
        if frame is not None:
            found["frame"] = {name: _records(getattr(frame, name)) for name in ("steps", "pools", "municipalities")}
            found["frame"]["missing"] = list(frame.missing)
        return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False, default=_day) + "\n"
    out = [f"{made.named.title}\n", paragraph(made.named.why, columns), "\n"]
    if scenario is not None:
        yearly = _yearly(made)
        unused = [] if scenario.ranged else ["low_nok", "high_nok"]
        parts = [name for name in ("exit_nok", "level_nok", "obligation_nok") if not (yearly[name] != 0).any()]
        out.append(frame_text(yearly.drop(*unused, *parts), columns))
        if scenario.ranged:
            note = "What the programme costs is a range: low_nok and high_nok are its ends, after_nok the dearest."
            out += ["\n", paragraph(note, columns)]
    if frame is not None:
        if scenario is not None:
            out.append("\n")
        out += [frame_text(frame.steps, columns), "\n", frame_text(frame.municipalities, columns)]
        out += ["\n", *(paragraph(MISSING[name], columns) for name in frame.missing)] if frame.missing else []
    return "".join(out)


def _yearly(made: Result) -> pl.DataFrame:
    scenario = made.scenario
    if scenario is None:
        return pl.DataFrame()
    years = sorted(set(scenario.comparison["period_end"].dt.year()))
    frames = [
        effects(scenario, year=year).select(pl.lit(year, pl.Int64).alias("year"), pl.all()).sort("municipality")
        for year in years
    ]
    return pl.concat(frames)


def leaving(found: Leaving, format: str, columns: int) -> str:
    """Who would have reason to leave, the break-even where it is not known, and where it stops."""
    if format == "csv":
        return frame_data(found.break_even, "csv")
    if format == "json":
        about = {
            "year": found.year,
            "break_even": _records(found.break_even),
            "groups": _records(found.groups),
            "order": {word: list(names) for word, names in found.order.items()},
            "missing": list(found.missing),
        }
        return json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    out = [f"Charges in {found.year}, the last pools carried forward\n\n", frame_text(found.break_even, columns), "\n"]
    if found.missing:
        names = ", ".join(found.missing)
        said = (
            f"Not known for {names}: what it would have to buy, or do without, if it left. That needs who took part "
            "from where, and a price of the same bought elsewhere. Until then, now_nok is the most it may cost "
            "elsewhere before leaving costs money. Give what is known under [replacement.…] in the file of scenarios."
        )
        out.append(paragraph(said, columns))
    for word, leavers in found.order.items():
        if leavers or not found.missing:
            stop = "nobody has reason to leave" if not leavers else "leave, one after the other: " + ", ".join(leavers)
            out.append(paragraph(f"{word}: {stop}", columns))
    return "".join(out)


def _shown(frame: pl.DataFrame, format: str, columns: int) -> str:
    return frame_text(frame, columns) if format == "table" else frame_data(frame, format)


def _records(frame: pl.DataFrame) -> Sequence[dict[str, Any]]:
    return [{name: _day(value) for name, value in row.items()} for row in frame.to_dicts()]


def _day(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
