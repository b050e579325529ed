"""Charges against what happened: positions that stood vacant, municipalities that had not joined or had left."""

from __future__ import annotations

from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.evidence import Citation, Grade, weakest


def charges_against_events(dataset: Dataset) -> list[Finding]:
    """Charges that do not go with what happened.

    Args:
        dataset: The Dataset.

    Returns:
        * ``charged_while_vacant``: every position of a pool stood vacant for a part of a period, by the table
          of positions or of events, and the pool was charged for the whole of it;
        * ``charged_before_start``: a pool charged for days before it started;
        * ``charged_before_joining``, ``charged_after_exit``: a municipality charged for a period no day of
          which it was a member, or that lies before its entry or after its exit by the table of events.

        A year without a month, in the table of events, breaks nothing: it is not known when.

    Example:
        >>> import hhanalytics as hh
        >>> [(f.kind, f.subject, f.names["vacant"][1]) for f in charges_against_events(hh.load("data/raw"))]
        [('charged_while_vacant', 'mft_psykisk_helse', '2025-04-01')]
    """
    return [*_vacant(dataset), *_before_start(dataset), *_outside(dataset)]


def _dated(dataset: Dataset, *kinds: str) -> pl.DataFrame:
    """Events of some kinds whose month at least is known."""
    return dataset.events.filter(pl.col("kind").is_in(list(kinds)) & (pl.col("precision") != "year"))


def _periods(dataset: Dataset) -> list[tuple[str, date, date]]:
    periods = dataset.costs.select("pool", "period_start", "period_end").unique()
    return list(periods.sort("pool", "period_start", "period_end").iter_rows())


def _vacant(dataset: Dataset) -> list[Finding]:
    """Pools charged while all their positions stood vacant."""
    out = []
    for pool, start, end in _periods(dataset):
        since = vacant_from(dataset, pool, start, end)
        if since is None:
            continue
        day, cites, grade = since
        rows = dataset.costs.filter(pool=pool, period_start=start, period_end=end)
        amount = int(rows["amount_nok"].sum())
        if not amount:
            continue
        figures = {
            "charged": kroner(amount, (*cite("costs", rows), *cites), weakest([grade_of(rows), grade]), formula="sum")
        }
        names = {"pool": ("pools", pool), "period": ("periods", f"{start}/{end}"), "vacant": ("dates", str(day))}
        out.append(Finding("charged_while_vacant", pool, figures, "clarify", names, question="charged_while_vacant"))
    return out


def vacant_from(dataset: Dataset, pool: str, start: date, end: date) -> tuple[date, tuple[Citation, ...], Grade] | None:
    """The first day of a period on which every position of a pool stood vacant, and where that stands."""
    positions = dataset.positions.filter(pool=pool)
    inside = (pl.col("valid_from") <= end) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= start))
    here = positions.filter(inside)
    vacant = here.filter("vacant")
    for day in sorted({max(row, start) for row in vacant["valid_from"]}):
        on = here.filter((pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)))
        if on["vacant"].all():
            return day, cite("positions", on.filter("vacant")), grade_of(on)
    if not positions.height:
        # Positions that nobody has listed may still have been said to be vacant.
        events = _dated(dataset, "vacancy").filter((pl.col("affects") == pool) & pl.col("date").is_between(start, end))
        if events.height:
            first = events.sort("date").head(1)
            return first["date"].item(), cite("events", first), grade_of(first)
    return None


def _before_start(dataset: Dataset) -> list[Finding]:
    """Pools charged for days before they started."""
    out = []
    starts = _dated(dataset, "start").filter(pl.col("municipality").is_null())
    for pool, start, end in _periods(dataset):
        event = starts.filter(affects=pool).sort("date").head(1)
        if not event.height or event["date"].item() <= start:
            continue
        rows = dataset.costs.filter(pool=pool, period_start=start, period_end=end)
        figures = {
            "charged": kroner(
                int(rows["amount_nok"].sum()),
                (*cite("costs", rows), *cite("events", event)),
                grade_of(rows, event),
                formula="sum",
            )
        }
        names = {
            "pool": ("pools", pool),
            "period": ("periods", f"{start}/{end}"),
            "start": ("dates", str(event["date"].item())),
        }
        out.append(Finding("charged_before_start", pool, figures, "clarify", names, question="charged_before_start"))
    return out


def _outside(dataset: Dataset) -> list[Finding]:
    """Municipalities charged for a period in which they were no member."""
    out = []
    columns = ["municipality", "pool", "period_start", "period_end"]
    # Parted once: to look through all of them for each charge is slow where there are many.
    stays = dataset.memberships.partition_by("municipality", "pool", as_dict=True)
    dated = _dated(dataset, "entry", "exit")
    events = dated.sort("date", maintain_order=True).partition_by("municipality", "affects", as_dict=True)
    for row in dataset.costs.sort(columns).iter_rows(named=True):
        if not row["amount_nok"]:
            continue
        name, pool, start, end = (row[column] for column in columns)
        own_stays = stays.get((name, pool), dataset.memberships.clear())
        kind, day, evidence, table = _no_member(own_stays, events.get((name, pool), dated.clear()), start, end)
        if not kind:
            continue
        own = dataset.costs.filter(municipality=name, pool=pool, period_start=start, period_end=end)
        cites = (*cite("costs", own), *cite(table, evidence))
        figures = {"charged": kroner(row["amount_nok"], cites, grade_of(own, evidence))}
        names = {
            "municipality": ("municipalities", name),
            "pool": ("pools", pool),
            "period": ("periods", f"{start}/{end}"),
            "day": ("dates", str(day)),
        }
        out.append(Finding(kind, name, figures, "clarify", names, question=kind))
    return out


def _no_member(
    stays: pl.DataFrame, events: pl.DataFrame, start: date, end: date
) -> tuple[str, date | None, pl.DataFrame, str]:
    """Whether a charge lies before joining or after an exit, from when, and where that stands.

    Args:
        stays: The memberships of the municipality in the pool.
        events: When it came to the pool and left it, by date.
        start: The first day of the charge.
        end: Its last day.
    """
    during = stays.filter(
        (pl.col("valid_from") <= end) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= start))
    )
    if stays.height and not during.height:
        later = stays.filter(pl.col("valid_from") > end).sort("valid_from")
        earlier = stays.filter(pl.col("valid_to") < start).sort("valid_to")
        if earlier.height:
            return "charged_after_exit", earlier["valid_to"][-1], earlier.tail(1), "memberships"
        return "charged_before_joining", later["valid_from"][0], later.head(1), "memberships"
    if events.is_empty():
        return "", None, events, "events"
    # What happened last before the period ended decides whether it was in or out.
    before = events.filter(pl.col("date") <= start)
    if before.height and before["kind"][-1] == "exit":
        # A membership that began after it says that the municipality is back, also where no event tells of it.
        if during.filter(pl.col("valid_from") > before["date"][-1]).height:
            return "", None, events, "events"
        return "charged_after_exit", before["date"][-1], before.tail(1), "events"
    after = events.filter(pl.col("date") > start)
    if not before.height and after.height and after["kind"][0] == "entry" and after["date"][0] > end:
        return "charged_before_joining", after["date"][0], after.head(1), "events"
    return "", None, events, "events"
