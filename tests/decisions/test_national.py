"""Welfare technology here beside the whole country: compared where the scope is the same, else told why not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from hhanalytics.briefs import sections
from hhanalytics.briefs.structure import flattened
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.national import national_findings
from tests.briefs.test_sections import context_of, said

SAME = {"counted": "units", "timing": "in_month", "year": 2025, "inhabitants_80": 250_000}


def counted(data: Dataset, **cells: Any) -> Dataset:
    """The data with synthetic counts of alarms in the whole country: 100 000 units."""
    base = {
        "technology": "trygghetsalarm", "quantity": 100_000, "source": data.sources["source"][0], "locator": "made up",
        "grade": "documented", "note": None, **SAME,
    }  # fmt: skip
    rows = pl.DataFrame([{**base, **cells}], schema=data.national_counts.schema)
    return data.replace(national_counts=rows)


def test_the_same_scope_is_compared(dataset: Dataset) -> None:
    """100 000 among 250 000: 400 per 1 000. Here 566 among 1 359 or 1 127."""
    rate, rest = national_findings(counted(dataset), 2025)
    assert (rate.kind, rate.subject) == ("national_rate", "trygghetsalarm")
    assert rate.figures["national"].value == 400
    assert rate.figures["rate_low"].value == pytest.approx(566 * 1000 / 1359)
    assert rate.figures["rate"].value == pytest.approx(566 * 1000 / 1127)
    assert [(r.subject, r.figures["number"].value) for r in rest.details] == [("no_national", 5)]
    text = said(flattened([sections.welfare_tech_gain(context_of(counted(dataset))).structure()])).replace("\xa0", " ")
    assert "per 1 000 innbyggere på 80 år og over: trygghetsalarm 416–502 her, 400 i hele landet." in text


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"counted": "persons"}, "persons"),
        ({"timing": "in_year"}, "timing"),
        ({"timing": "not_stated"}, "timing"),
        ({"year": 2024}, "other_year"),
        ({"inhabitants_80": None}, "no_population"),
    ],
)
def test_another_scope_is_not(dataset: Dataset, cells: dict[str, Any], reason: str) -> None:
    (found,) = national_findings(counted(dataset, **cells), 2025)
    assert [r.subject for r in found.details] == [reason, "no_national"]
    assert found.details[0].figures["number"].citations


def test_what_is_on_file(dataset: Dataset) -> None:
    """Table 3 of Omsorg 2020: recipients in 2020; the latest year goes before the earlier."""
    rows = dataset.national_counts.filter(year=2020)
    assert dict(rows.select("technology", "quantity").iter_rows()) == {
        "sporingsteknologi": 3454, "trygghetsalarm": 104003, "digitalt_tilsyn": 5998, "medisineringsstotte": 5712,
    }  # fmt: skip
    (found,) = national_findings(dataset, 2025)
    assert {r.subject: r.figures["number"].value for r in found.details} == {
        "persons": 4, "timing": 4, "other_year": 4, "no_population": 4, "no_national": 2,
    }  # fmt: skip
    assert {r.names["latest"][1] for r in found.details[:4]} == {"2020-01-01"}


def test_nothing_to_compare_says_nothing(dataset: Dataset) -> None:
    assert national_findings(dataset.replace(national_counts=dataset.national_counts.clear()), 2025) == []
    assert national_findings(dataset.replace(welfare_tech=dataset.welfare_tech.clear()), 2025) == []
