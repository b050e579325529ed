"""What each municipality pays for each programme beside what it is known to get."""

from __future__ import annotations

from typing import Final

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.measures.benefit_rows import KINDS, BenefitRows

#: Columns of `benefit_by_municipality`.
BENEFIT: Final = {
    "municipality": pl.String,
    "programme": pl.String,
    "year": pl.Int64,
    "paid_low_nok": pl.Int64,
    "paid_high_nok": pl.Int64,
    "paid_per_inhabitant_low_nok": pl.Float64,
    "paid_per_inhabitant_high_nok": pl.Float64,
    "cost_share_low": pl.Float64,
    "cost_share_high": pl.Float64,
    "activity_unit": pl.String,
    "activity_low": pl.Int64,
    "activity_high": pl.Int64,
    "documented_here": pl.String,
    "benefit_share_low": pl.Float64,
    "benefit_share_high": pl.Float64,
    "value_low_nok": pl.Float64,
    "value_high_nok": pl.Float64,
    "avoided_low_nok": pl.Float64,
    "avoided_high_nok": pl.Float64,
    "freed_hours_low": pl.Float64,
    "freed_hours_high": pl.Float64,
    "score": pl.Int64,
    "missing": pl.String,
    "grade": pl.String,
}
#: Kinds of gain that can be cash.
CASH: Final = ("avoided_cost",)


def benefit_by_municipality(dataset: Dataset, year: int) -> pl.DataFrame:
    """Paid and got, per municipality and programme: each as far as it is known, and what is missing.

    Where an activity is not split by municipality, a municipality's part of it lies between nothing and
    all of it. It is never shared by population: the costs are, and benefit shared the same way would equal
    the costs whatever was done. Priced and non-priced effects stand beside each other and are not added.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts.

    Returns:
        One row per municipality and programme, and ``unallocated`` for what of shared pools no programme
        takes:

        * ``paid_low_nok``, ``paid_high_nok``: its charges for the programme; inside a shared pool its part of
          what the programme costs there; null where that is not known. With ``unallocated`` at the
          other end they sum to what it was charged. The same per inhabitant on 1 January.
        * ``cost_share_low``, ``cost_share_high``: of what all municipalities pay for it, 0 to 1.
        * ``activity_unit``, ``activity_low``, ``activity_high``: its part of what was counted; the highest is null
          where the count is open above, or nothing was counted.
        * ``documented_here``: activities known to have taken place in it, ``;`` between.
        * ``benefit_share_low``, ``benefit_share_high``: its part of what was counted, 0 to 1.
        * ``value_…``: external-equivalent value; ``avoided_…``: what was bought before and no longer is, the only
          one that can be cash; ``freed_hours_…``: freed time, in hours and never in kroner.
        * ``score``: its own judgement, -4 to 4 (importance times extent).
        * ``missing``: which figures would settle the row, ``;`` between: ``position`` (what it costs), ``count``
          (what was done), ``split`` (who took part), ``price``, ``equivalence``, ``score``.
        * ``grade``: of what it pays.

    Raises:
        UnknownName: No accounts for that year.

    Source:
        HOF's follow-up of 20 March 2026, lines 53-57 (benefit differs, and is to be documented); the
        plus-minus method for ``score``: DFØ, Veileder i samfunnsøkonomiske analyser, on effects without a price.

    Example:
        >>> import hhanalytics as hh
        >>> found = hh.benefit_by_municipality(hh.load("data/raw"), 2025)
        >>> row = found.filter(municipality="gol", programme="mft").row(0, named=True)
        >>> row["benefit_share_low"], row["benefit_share_high"], row["missing"]
        (0.0, 1.0, 'split;price;score')
    """
    made = BenefitRows(dataset, dataset.year(year))
    rows = [made.row(name, programme) for programme in made.programmes for name in made.municipalities]
    found = pl.DataFrame([row for row in rows if row is not None], schema=BENEFIT)
    return found.sort("municipality", "programme")


def gains_by_municipality(dataset: Dataset, year: int) -> pl.DataFrame:
    """The gains of each municipality, one row per kind, each in its own unit.

    Args:
        dataset: The Dataset.
        year: A year with accounts.

    Returns:
        ``municipality``, ``programme``, ``year``, ``gain_kind``, ``unit`` (``nok``, ``hours``, ``score``), ``low``,
        ``high``, ``cash`` (whether it can be money in a budget). Only kinds of which something is on file.

    Example:
        >>> import hhanalytics as hh
        >>> gains_by_municipality(hh.load("data/raw"), 2025).height
        0
    """
    out = []
    for row in benefit_by_municipality(dataset, year).iter_rows(named=True):
        about = {name: row[name] for name in ("municipality", "programme", "year")}
        for kind, (low, high) in KINDS.items():
            if row[low] is not None:
                unit = "hours" if kind == "freed_time" else "nok"
                out.append({**about, "gain_kind": kind, "unit": unit, "low": row[low], "high": row[high]})
        if row["score"] is not None:
            score = float(row["score"])
            out.append({**about, "gain_kind": "better_quality", "unit": "score", "low": score, "high": score})
    schema = {name: BENEFIT[name] for name in ("municipality", "programme", "year")}
    numbers = {"gain_kind": pl.String, "unit": pl.String, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(out, schema={**schema, **numbers}).with_columns(pl.col("gain_kind").is_in(CASH).alias("cash"))


def cash_by_municipality(dataset: Dataset, year: int) -> pl.DataFrame:
    """The budget's view: what each municipality was charged, beside the costs it avoids. Nothing else is money.

    Args:
        dataset: The Dataset.
        year: The year.

    Returns:
        ``municipality``, ``year``, ``charged_nok``, ``avoided_low_nok``, ``avoided_high_nok`` (null where no price or
        count of what was bought before is on file).

    Example:
        >>> import hhanalytics as hh
        >>> cash_by_municipality(hh.load("data/raw"), 2025).row(0, named=True)["avoided_low_nok"] is None
        True
    """
    year = dataset.year(year)
    charged = (
        dataset.costs.filter(pl.col("period_end").dt.year() == year)
        .group_by("municipality")
        .agg(pl.col("amount_nok").sum().alias("charged_nok"))
    )
    own = benefit_by_municipality(dataset, year).filter(pl.col("avoided_low_nok").is_not_null())
    avoided = own.group_by("municipality").agg(
        pl.col("avoided_low_nok").sum(),
        # One that is open above leaves the sum open.
        pl.when(pl.col("avoided_high_nok").null_count() == 0).then(pl.col("avoided_high_nok").sum()),
    )
    return (
        charged.join(avoided, on="municipality", how="left")
        .select(
            "municipality", pl.lit(year, pl.Int64).alias("year"), "charged_nok", "avoided_low_nok", "avoided_high_nok"
        )
        .sort("municipality")
    )
