"""Tables of Statistics Norway (PxWebApi 2) for municipalities and years, each cell with where it comes from.

The table's own description is asked for first: it says which codes it has, so that a municipality is found under
the number it had in that year, and how large the answer will be.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from math import prod
from typing import Any
from urllib.parse import quote

import polars as pl

from hhanalytics.errors import BadInput, NotFetched, UnknownName
from hhanalytics.sources.cubes import Cube, Dimension
from hhanalytics.sources.dates import read_span
from hhanalytics.sources.jsonstat import read_dimensions, read_jsonstat
from hhanalytics.sources.web import Answer, Web


@cache
def service() -> dict[str, Any]:
    """What is known of the service and of KOSTRA's dates."""
    return tomllib.loads(files("hhanalytics.sources").joinpath("ssb.toml").read_text("utf-8"))


def population_entry() -> dict[str, Any]:
    """What ``source.toml`` says of population that was fetched."""
    return dict(service()["population"])


@dataclass(frozen=True, eq=False)
class Fetched:
    """A table as fetched.

    Attributes:
        table: Its number.
        label: Its title.
        updated: When Statistics Norway last changed it, as stated.
        frame: One row per cell: municipality, period_start, period_end, code and label of every dimension, value,
            status, unit and, for KOSTRA, revision.
        answers: The responses it was made from, with address, time and checksum; the first is the description.
    """

    table: str
    label: str
    updated: str
    frame: pl.DataFrame
    answers: tuple[Answer, ...]

    def provenance(self) -> dict[str, Any]:
        """Where it comes from, as a dict for JSON."""
        return {
            "table": self.table, "label": self.label, "updated": self.updated, "rows": self.frame.height,
            "requests": [
                {"address": a.address, "fetched_at": a.fetched_at.isoformat(), "sha256": a.sha256, "bytes": len(a.content)}
                for a in self.answers
            ],
        }  # fmt: skip


def fetch_table(
    table: str,
    municipalities: Sequence[str],
    years: Sequence[int],
    known: pl.DataFrame,
    web: Web,
    *,
    select: Mapping[str, Sequence[str]] | None = None,
    address: str | None = None,
) -> Fetched:
    """Fetch a table for some municipalities and years.

    Args:
        table: Number of the table, five digits.
        municipalities: Ids of municipalities.
        years: The years wanted; all periods within them are taken.
        known: Table of municipalities with their numbers over time.
        web: How to fetch.
        select: Dimension → codes, for other dimensions; all codes otherwise.
        address: Where the service is; None: Statistics Norway.

    Raises:
        NotFetched: The service gave nothing usable.
        UnknownName: No such municipality, year, dimension or code.
        BadInput: The answer would be too large.
    """
    if not re.fullmatch("[0-9]{5}", table):
        raise BadInput.of(
            "bad_table", "table", repr(table), "five digits, such as 07459", "Look it up in the statistics bank."
        )
    ids = sorted(known["municipality"].unique().to_list())
    for each in municipalities:
        if each not in ids:
            raise UnknownName.of("municipality", each, ids)
    base = f"{(address or service()['service']['address']).rstrip('/')}/tables/{table}"
    described = web.get(f"{base}/metadata?lang=no&outputFormat=json-stat2")
    dimensions, label, updated = _parsed(described, read_dimensions)
    region, time = _named(dimensions, "geo", "region|kommune"), _named(dimensions, "time", "tid")
    wanted = {each.id: list(each.codes) for each in dimensions}
    for name, chosen in (select or {}).items():
        if name not in wanted:
            raise UnknownName.of("dimension", name, list(wanted))
        for code in chosen:
            if code not in wanted[name]:
                raise UnknownName.of(f"code of {name}", code, wanted[name])
        wanted[name] = list(chosen)
    spans = {code: span for code in time.codes if isinstance(span := read_span(code), tuple)}
    wanted[time.id] = [code for code, (start, end) in spans.items() if start.year in years and end.year in years]
    for year in years:
        if not any(start.year == year for start, _ in spans.values()):
            raise UnknownName.of("year", year, sorted({start.year for start, _ in spans.values()}))
    codes = _codes(region, municipalities, known)
    wanted[region.id] = sorted(codes)
    answers, cubes = [described], []
    for part in _parts(wanted, time.id):
        query = "&".join(
            f"valueCodes[{quote(id)}]={','.join(quote(c, safe='') for c in some)}" for id, some in part.items()
        )
        answer = web.get(f"{base}/data?lang=no&outputFormat=json-stat2&{query}")
        cube = _parsed(answer, read_jsonstat).cube
        _same(cube, part, answer)
        answers.append(answer)
        cubes.append(cube)
    frame = pl.concat([_rows(cube, region.id, time.id, codes, spans) for cube in cubes])
    if any(each.id.startswith("KOK") for each in dimensions) or "kostra" in label.casefold():
        frame = frame.with_columns(revision=_revision(cubes[0].updated or updated, answers[1].fetched_at))
    return Fetched(table, label, cubes[0].updated or updated, _in_force(frame, region.id, known), tuple(answers))


def _parsed(answer: Answer, read: Any) -> Any:
    from hhanalytics.errors import InvalidData

    try:
        return read(answer.content)
    except InvalidData as error:
        problem = error.problems[0]
        found = f"an answer with {problem.found} where {problem.expected} is expected" + (
            f" ({problem.column})" if problem.column else ""
        )
        raise NotFetched.of("odd_answer", answer.address, found, "Fetch it again with --max-age 0.") from error


def _named(dimensions: Sequence[Dimension], role: str, pattern: str) -> Dimension:
    """The dimension of a role, or else with such a name."""
    for found in (
        [each for each in dimensions if each.role == role],
        [d for d in dimensions if re.search(pattern, d.id, re.IGNORECASE)],
    ):
        if len(found) == 1:
            return found[0]
    names = ", ".join(each.id for each in dimensions)
    raise BadInput.of(
        "bad_table", "the table", f"the dimensions {names}", f"one of {role}", "Take a table by municipality and time."
    )


def _codes(region: Dimension, municipalities: Sequence[str], known: pl.DataFrame) -> dict[str, str]:
    """Codes of the table for the municipalities → their ids."""
    codes: dict[str, str] = {}
    numbers = {row["code"]: row["municipality"] for row in known.iter_rows(named=True)}
    for code in region.codes:
        number = code.removeprefix("K-").removeprefix("K_")
        if numbers.get(number) in municipalities:
            codes[code] = numbers[number]
    for each in municipalities:
        if each not in codes.values():
            raise UnknownName.of(f"municipality in the table's {region.id}", each, sorted(set(codes.values())))
    return codes


def _parts(wanted: Mapping[str, list[str]], time: str) -> Iterator[dict[str, list[str]]]:
    """The question, cut by time so that no answer has more cells than the service gives."""
    most = service()["service"]["most_cells"]
    per_period = prod(len(codes) for id, codes in wanted.items() if id != time)
    if per_period > most:
        sizes = ", ".join(f"{id} {len(codes)}" for id, codes in wanted.items())
        mend = "Choose codes: --select DIMENSION=CODE,CODE."
        raise BadInput.of(
            "too_many_cells", "the table", f"{per_period} cells a period ({sizes})", f"at most {most}", mend
        )
    step = max(1, most // max(per_period, 1))
    for start in range(0, len(wanted[time]), step):
        yield {**wanted, time: wanted[time][start : start + step]}


def _same(cube: Cube, asked: Mapping[str, list[str]], answer: Answer) -> None:
    """Refuse an answer to another question than was asked."""
    got = {each.id: set(each.codes) for each in cube.dimensions}
    if got != {id: set(codes) for id, codes in asked.items()}:
        odd = next(iter(sorted(asked.keys() ^ got.keys())), "") or next(id for id in asked if got[id] != set(asked[id]))
        found = f"an answer to another question (other codes in {odd})"
        raise NotFetched.of("odd_answer", answer.address, found, "Fetch it again with --max-age 0.")


def _rows(
    cube: Cube, region: str, time: str, codes: Mapping[str, str], spans: Mapping[str, tuple[date, date]]
) -> pl.DataFrame:
    metric = next((each for each in cube.dimensions if each.role == "metric"), None)
    units = (
        {code: str(about.get("base", "")) for code, about in metric.units.items() if isinstance(about, dict)}
        if metric
        else {}
    )
    unit = (
        pl.col(metric.id).replace_strict(units, default=None, return_dtype=pl.String)
        if metric and units
        else pl.lit(None, pl.String)
    )
    first, last = ({code: span[i] for code, span in spans.items()} for i in (0, 1))
    return cube.frame.select(
        pl.col(region).replace_strict(dict(codes), return_dtype=pl.String).alias("municipality"),
        pl.col(time).replace_strict(first, return_dtype=pl.Date).alias("period_start"),
        pl.col(time).replace_strict(last, return_dtype=pl.Date).alias("period_end"),
        pl.exclude("value", "status"),
        pl.col("value").cast(pl.Float64),
        "status",
        unit.alias("unit"),
    )


def _in_force(frame: pl.DataFrame, region: str, known: pl.DataFrame) -> pl.DataFrame:
    """One row per municipality and period: under the number it had then, where the table has that number.

    A number is answered for every year; outside the years it was in force its cells are empty or nought.
    """
    codes = known.select(
        pl.col("code").alias("_code"), pl.col("valid_from").alias("_from"), pl.col("valid_to").alias("_to")
    )
    with_dates = frame.with_columns(_code=pl.col(region).str.replace("^K[-_]", "")).join(
        codes, on="_code", how="left", maintain_order="left"
    )
    held = (pl.col("_from") <= pl.col("period_start")) & (
        pl.col("_to").is_null() | (pl.col("_to") >= pl.col("period_start"))
    )
    any_held = held.any().over("municipality", "period_start", "period_end")
    newest = pl.col("_from") == pl.col("_from").max().over("municipality", "period_start", "period_end")
    return with_dates.filter(pl.when(any_held).then(held).otherwise(newest)).select(frame.columns)


def _revision(updated: str, fetched_at: datetime) -> pl.Expr:
    """Whether KOSTRA's figures of a year are the unrevised ones of March or the revised ones of June.

    What counts is when the table was last changed, and not later than it was fetched.
    """
    try:
        changed = datetime.fromisoformat(updated)
        as_of = min(changed if changed.tzinfo else changed.replace(tzinfo=UTC), fetched_at).date()
    except ValueError:
        as_of = fetched_at.date()
    kostra = service()["kostra"]
    final = pl.date(pl.col("period_end").dt.year() + 1, kostra["final_month"], kostra["final_day"])
    return pl.when(pl.lit(as_of) >= final).then(pl.lit("revised")).otherwise(pl.lit("unrevised"))
