"""What can be said of each welfare technology: what changed, how much there is, what it takes to pay off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding, cite, grade_of, parts
from hhanalytics.decisions.series import monthly, rows_of_all, welfare_tech_breaks
from hhanalytics.evidence import Figure, bounds, weakest
from hhanalytics.measures.catalogue import compute, hourly_wage_nok

#: Kind of activity that is put into introducing technology for all.
EFFORT = "implementation"
#: Units of what a technology costs and must give.
UNITS = {"cost": "nok", "minutes": "minutes", "visits": "visits"}


def units_of(dataset: Dataset, technology: str, year: int) -> dict[str, Figure]:
    """Month → units in use, over all municipalities, as figures.

    Example:
        >>> import hhanalytics as hh
        >>> units_of(hh.load("data/raw"), "trygghetsalarm", 2025)["2025-06-01"].value
        443
    """
    return dict(_units_of(dataset, technology, year))


@lru_cache(maxsize=16)
def _units_of(dataset: Dataset, technology: str, year: int) -> Mapping[str, Figure]:
    """A figure for every month is slow, and sentences, charts and questions all ask for them."""
    inside = pl.col("month").is_between(date(year - 1, 12, 1), date(year, 12, 31))
    rows = rows_of_all(dataset).filter((pl.col("technology") == technology) & inside)
    found = {}
    for (month,), group in rows.sort("month").group_by(["month"], maintain_order=True):
        cites = cite("welfare_tech", group)
        units = int(group["units"].sum())
        rows_told = parts("welfare_tech", group)
        found[str(month)] = Figure(
            units, "units", grade_of(group), citations=cites, counts_persons=True, parts=rows_told
        )
    return found


def technology_changes(dataset: Dataset, year: int, breaks: list[Finding] | None = None) -> list[Finding]:
    """What each technology did in a year, and which months can be compared.

    Args:
        dataset: The Dataset.
        year: The year.
        breaks: As `welfare_tech_breaks` gives them, where they are at hand.

    Returns:
        One finding per technology that has every month, by size. Its figures are ``first`` and ``last``
        (units), its names the months ``start`` and ``end`` they stand for:

        * ``technology_calm``: first and last month of the year, nothing unexplained between them;
        * ``technology_across``: the months before and after an unexplained break, which cannot be compared;
        * ``technology_around``: the months before the first break and after the last, where that takes the
          first back; the months ``gap_start`` to ``gap_end`` between them cannot be compared with either.

    Example:
        >>> import hhanalytics as hh
        >>> found = technology_changes(hh.load("data/raw"), 2025)
        >>> {f.subject: (f.figures["first"].value, f.figures["last"].value) for f in found}["medisineringsstotte"]
        (68, 74)
    """
    found = welfare_tech_breaks(dataset) if breaks is None else breaks
    unexplained = [f for f in found if f.kind == "welfare_tech_break" and f.subject.startswith(str(year))]
    counted = monthly(dataset.replace(welfare_tech=dataset.welfare_tech.filter(pl.col("month").dt.year() == year)))
    by_size = (
        counted.group_by("technology").agg(pl.col("units").sum()).sort("units", "technology", descending=[True, False])
    )
    return [_change(dataset, name, year, unexplained) for name in by_size["technology"]]


def _change(dataset: Dataset, technology: str, year: int, breaks: list[Finding]) -> Finding:
    figures = units_of(dataset, technology, year)
    months = [month for month in figures if month.startswith(str(year))]
    start, end, kind = months[0], months[-1], "technology_calm"
    names = {"technology": ("technology", technology)}
    if breaks:
        start, end, kind = breaks[0].names["from"][1], breaks[-1].subject, "technology_across"
        if takes_back(breaks):
            kind, order = "technology_around", list(figures)
            gap = order[order.index(start) + 1 : order.index(end)]
            names |= {"gap_start": ("months", gap[0]), "gap_end": ("months", gap[-1])}
    names |= {"start": ("months", start), "end": ("months", end)}
    return Finding(kind, technology, {"first": figures[start], "last": figures[end]}, "inform", names)


def takes_back(breaks: list[Finding]) -> bool:
    """Whether the last of several breaks takes the first back by more than half.

    Example:
        >>> import hhanalytics as hh
        >>> takes_back(welfare_tech_breaks(hh.load("data/raw")))
        True
    """
    if len(breaks) < 2:
        return False
    first, last = (b.figures["change"].value or 0 for b in (breaks[0], breaks[-1]))
    return first * last < 0 and abs(last) * 2 > abs(first)


def technology_rates(dataset: Dataset, year: int) -> list[Finding]:
    """Units per 1 000 inhabitants aged 80 and over in the last month of a year, per technology.

    Returns:
        Findings ``technology_rate``: figures ``rate_low``, ``rate`` (high end, or the rate itself) and
        ``per``, named by ``technology`` and ``month``. The range is there because the source does not say
        which municipalities are counted. A rate that cannot be worked out gives no finding.

    Example:
        >>> import hhanalytics as hh
        >>> found = {f.subject: f for f in technology_rates(hh.load("data/raw"), 2025)}
        >>> [round(found["trygghetsalarm"].figures[end].value) for end in ("rate_low", "rate")]
        [416, 502]
    """
    of_year = pl.col("month").dt.year() == year
    rates = compute(dataset.replace(welfare_tech=dataset.welfare_tech.filter(of_year)), "unit_rates")
    rates = rates.filter((pl.col("age") == "80+") & pl.col("municipality").is_null() & pl.col("rate_low").is_not_null())
    members = dataset.memberships.filter(pl.col("pool").is_in(dataset.ordinary_pools()))
    people = dataset.population.filter(
        (pl.col("year") == year) & pl.col("municipality").is_in(members["municipality"].unique().implode())
    )
    found = []
    for row in rates.filter(pl.col("month") == pl.col("month").max()).iter_rows(named=True):
        counted = rows_of_all(dataset).filter(technology=row["technology"], month=row["month"])
        cites = (*cite("welfare_tech", counted), *cite("population", people))
        persons = int(counted["units"].sum())
        low, high = (
            Figure(
                row[end],
                "per_thousand",
                row["grade"],
                citations=cites,
                persons=persons,
                parts=parts("welfare_tech", counted),
                formula="rate",
            )
            for end in ("rate_low", "rate_high")
        )
        names = {"technology": ("technology", row["technology"]), "month": ("months", row["month"].isoformat())}
        per = Figure(1000, "inhabitants", "documented", citations=cites, formula="chosen")
        age = Figure(80, "years", "documented", citations=cites, formula="chosen")
        figures = {"rate_low": low, "rate": high, "per": per, "age": age}
        found.append(Finding("technology_rate", row["technology"], figures, "inform", names))
    return found


def technology_gains(dataset: Dataset, year: int) -> list[Finding]:
    """What is known of the gain per technology, and what a unit must free to pay off.

    Returns:
        Findings:

        * ``technology_gain_unknown``: for how many technologies (``unknown``) no gain is on file;
        * ``technology_break_even``: per technology with a price, ``cost_low``, ``cost`` (kr a month),
          ``minutes_low``, ``minutes`` (of work a month that a unit must free), ``hourly`` (kr);
          ``technology_break_even_visits`` where it is known how long a home visit takes: also
          ``visits_low``, ``visits`` (that a unit must replace in a month);
        * ``joint_effort``: ``hours`` spent on introducing technology for all, ``separate_low`` and
          ``separate`` (what the municipalities would have spent each by itself: from the same in all, if
          the work could be divided without loss, to the same for each), ``members``.

    Example:
        >>> import hhanalytics as hh
        >>> [f.kind for f in technology_gains(hh.load("data/raw"), 2025)]
        ['technology_gain_unknown', 'technology_break_even', 'technology_break_even', 'joint_effort']
    """
    return [*_unknown(dataset, year), *_break_even(dataset, year), *_effort(dataset, year)]


def _unknown(dataset: Dataset, year: int) -> list[Finding]:
    gains = compute(dataset, "technology_gain").filter(year=year)
    unknown = gains.filter((pl.col("reason") == "not_known").all().over("technology"))["technology"].unique()
    rows = rows_of_all(dataset).filter(
        pl.col("technology").is_in(unknown.implode()) & (pl.col("month").dt.year() == year)
    )
    if not rows.height:
        return []
    number = Figure(len(unknown), "series", grade_of(rows), citations=cite("welfare_tech", rows))
    return [Finding("technology_gain_unknown", "technology_gain_unknown", {"unknown": number}, "clarify")]


def _break_even(dataset: Dataset, year: int) -> list[Finding]:
    counted = dataset.welfare_tech.filter(pl.col("month").dt.year() == year)["technology"].unique()
    wages = dataset.price_index.filter(index="municipal_wage").sort("year").tail(1)
    hourly = hourly_wage_nok(dataset)
    found = []
    for row in compute(dataset, "technology_break_even").sort("minutes_high", descending=True).iter_rows(named=True):
        if row["technology"] not in counted:
            continue
        effects = dataset.technology_effects.filter(
            (pl.col("technology") == row["technology"]) & pl.col("effect").is_in(["unit_cost", "home_visit"])
        )
        cites = (*cite("technology_effects", effects), *cite("price_index", wages))
        shown = {
            "cost_low": "cost_low_nok", "cost": "cost_high_nok", "minutes_low": "minutes_low", "minutes": "minutes_high",
            "visits_low": "visits_low", "visits": "visits_high",
        }  # fmt: skip
        figures = {
            name: Figure(
                row[column], UNITS[name.removesuffix("_low")], row["grade"], citations=cites, formula="break_even"
            )
            for name, column in shown.items()
            if row[column] is not None
        }
        figures["hourly"] = Figure(hourly, "nok", "derived", citations=cite("price_index", wages), formula="hourly")
        names = {"technology": ("technology", row["technology"])}
        kind = "technology_break_even" if row["reason"] else "technology_break_even_visits"
        found.append(Finding(kind, row["technology"], figures, "inform", names))
    return found


def _effort(dataset: Dataset, year: int) -> list[Finding]:
    """Hours of joint work, and the range of what separate work would have taken."""
    rows = dataset.activities.filter(
        (pl.col("kind") == EFFORT)
        & (pl.col("unit") == "hours")
        & pl.col("quantity").is_not_null()
        & (pl.col("period_end").dt.year() == year)
    )
    first, last = date(year, 1, 1), date(year, 12, 31)
    ends = pl.col("valid_to")
    members = dataset.memberships.filter(
        pl.col("pool").is_in(dataset.ordinary_pools())
        & (pl.col("valid_from") <= last)
        & (ends.is_null() | (ends >= first))
    )
    number = members["municipality"].n_unique()
    found = []
    for row in rows.iter_rows(named=True):
        own = rows.filter(activity=row["activity"])
        cites = cite("activities", own)
        all_cites = (*cites, *cite("memberships", members))
        low, high = bounds(row["quantity"], row["qualifier"])
        grade = weakest([row["grade"], "assumed"])
        figures = {
            "hours": Figure(row["quantity"], "hours", row["grade"], row["qualifier"], citations=cites),
            "separate_low": Figure(low, "hours", grade, citations=all_cites, formula="separate"),
            "separate": Figure(high and high * number, "hours", grade, citations=all_cites, formula="separate"),
            "members": Figure(number, "municipalities", "derived", citations=cite("memberships", members)),
        }
        found.append(Finding("joint_effort", row["activity"], figures, "inform"))
    return found
