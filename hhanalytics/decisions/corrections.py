"""Declared corrections: the Dataset with charges put to what their key gives, never in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import Finding
from hhanalytics.errors import BadInput
from hhanalytics.evidence import Citation


@dataclass(frozen=True)
class Correction:
    """One charge, as printed and as it is used instead.

    Attributes:
        municipality: Whose charge.
        pool: In which pool.
        period_start: First day.
        period_end: Last day.
        printed: What the source prints, in kroner.
        used: What is used instead.
        reason: Why, in words for an analyst.
        sources: The rows that the reason rests on.
    """

    municipality: str
    pool: str
    period_start: date
    period_end: date
    printed: int
    used: int
    reason: str
    sources: tuple[Citation, ...]

    @property
    def note(self) -> str:
        """What stands beside the corrected row."""
        places = dict.fromkeys(f"{c.source}: {c.locator}" for c in self.sources if c.table == "costs")
        return f"As printed: {self.printed}. {self.reason} Source: {'; '.join(places) or 'none stated'}."


def corrections(findings: Iterable[Finding]) -> list[Correction]:
    """The corrections that findings declare: each charge off its key, put to what the key gives.

    Args:
        findings: Findings, of which those of kind ``charge_off_key`` are taken.

    Example:
        >>> import hhanalytics as hh
        >>> [correction] = corrections(hh.reconcile(hh.load("data/raw")))
        >>> correction.printed, correction.used
        (98049, 83027)
        >>> correction.reason
        'The key of the pool (population/2025-01-01) gives 83027; what was printed is given by: other_period.'
    """
    out = []
    for finding in findings:
        if finding.kind != "charge_off_key":
            continue
        start, end = (date.fromisoformat(day) for day in finding.names["period"][1].split("/"))
        charged, by_key = (int(finding.figures[name].value or 0) for name in ("charged", "by_key"))
        why = [detail.kind.removeprefix("cause_") for detail in finding.details if detail.figures]
        given = f"what was printed is given by: {', '.join(why)}." if why else "nothing tried gives what was printed."
        reason = f"The key of the pool ({finding.names['key'][1]}) gives {by_key}; {given}"
        pool = finding.names["pool"][1]
        out.append(
            Correction(finding.subject, pool, start, end, charged, by_key, reason, finding.figures["by_key"].citations)
        )
    return out


def corrected(dataset: Dataset, findings: Iterable[Finding | Correction]) -> Dataset:
    """The Dataset with every charge that is off its key replaced by what the key gives.

    Args:
        dataset: The Dataset as printed; it is left as it is.
        findings: Corrections, or findings that declare some (`corrections`); other findings are ignored.

    Returns:
        A Dataset whose ``charges`` is ``corrected``. A corrected row is graded ``derived``; its note names the
        amount as printed, the reason and the source of the reason.

    Raises:
        BadInput: A correction fits no row, or the row no longer holds the amount that was found.

    Example:
        >>> import hhanalytics as hh
        >>> data = hh.load("data/raw")
        >>> hh.corrected(data, hh.reconcile(data)).costs.filter(pool="mft")["amount_nok"].sum()
        763798
    """
    costs = dataset.costs
    problems = []
    given = list(findings)
    for correction in [
        *(each for each in given if isinstance(each, Correction)),
        *corrections(each for each in given if isinstance(each, Finding)),
    ]:
        here = (
            (pl.col("municipality") == correction.municipality)
            & (pl.col("pool") == correction.pool)
            & (pl.col("period_start") == correction.period_start)
            & (pl.col("period_end") == correction.period_end)
        )
        row = costs.filter(here)
        if row["amount_nok"].to_list() != [correction.printed]:
            found = ", ".join(map(str, row["amount_nok"])) or "no row"
            problems.append(
                f"{correction.municipality} in {correction.pool} from {correction.period_start}: "
                f"{found} where {correction.printed} was found"
            )
            continue
        costs = costs.with_columns(
            pl.when(here).then(pl.lit(correction.used)).otherwise("amount_nok").cast(pl.Int64).alias("amount_nok"),
            pl.when(here).then(pl.lit("derived")).otherwise("grade").alias("grade"),
            pl.when(here).then(pl.lit(correction.note)).otherwise("note").alias("note"),
        )
    if problems:
        raise BadInput.of(
            "stale_correction",
            "corrected",
            "; ".join(problems),
            "charges as they were when reconciled",
            "Reconcile this Dataset again and use those findings.",
        )
    return dataset.replace(charges="corrected", costs=costs)
