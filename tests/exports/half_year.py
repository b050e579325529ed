"""A synthetic first half of 2026, handed in as a workbook: Nesbyen is back, a code has changed, a programme has ended."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import load_workbook

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.exports.template import template
from hhanalytics.exports.words import Labels
from hhanalytics.workbook_intake import Imported, import_workbook

MEMBERS = ("flaa", "gol", "hemsedal", "aal", "hol", "nesbyen")
#: Pool → made-up amount of the first half.
AMOUNTS = {"hallinghelse": 2_600_000, "mft": 420_000}
START, HALF = date(2026, 1, 1), date(2026, 6, 30)
SHEETS = {"costs": "Utlignet", "memberships": "Medlemskap", "endings": "Avsluttes", "activities": "Aktivitet"}


def columns(sheet: Any) -> dict[str, int]:
    """Column → its number, from the hidden row of ids."""
    return {
        cell.value.partition(".")[2]: cell.column
        for cell in sheet[5]
        if isinstance(cell.value, str) and "." in cell.value
    }


def put(sheet: Any, row: int, **values: Any) -> None:
    """Fill in cells of a row by column."""
    places = columns(sheet)
    for column, value in values.items():
        sheet.cell(row, places[column]).value = value


def first_free(sheet: Any) -> int:
    """The first row without anything to the left."""
    row = 6
    while any(sheet.cell(row, place).value is not None for place in columns(sheet).values()):
        row += 1
    return row


def answer_source(book: Any, **answers: str) -> None:
    """Answer the questions about the source."""
    given = {"title": "Tall 2026 (syntetiske)", "short_title": "Tall 2026", "publisher": "Testkilden"}
    given |= {"grade": "dokumentert", **answers}
    sheet = book["Kilde"]
    for row in range(1, 20):
        id = sheet.cell(row, 1).value
        if isinstance(id, str) and id.removeprefix("source.") in given:
            sheet.cell(row, 3).value = given[id.removeprefix("source.")]


def shares(dataset: Dataset) -> pl.DataFrame:
    """What each of the six would be charged, by the population on 1 January 2026."""
    members = pl.DataFrame(
        [
            {
                "municipality": name, "pool": pool, "valid_from": START, "valid_to": None, "key": "population",
                "reference_date": START, "fixed_share": None,
            }
            for pool in AMOUNTS
            for name in MEMBERS
        ],
        schema_overrides={"valid_to": pl.Date, "fixed_share": pl.Float64},
    )  # fmt: skip
    amounts = pl.DataFrame(
        [{"pool": p, "period_start": START, "period_end": HALF, "amount_nok": nok} for p, nok in AMOUNTS.items()]
    )
    return hh.allocate(amounts, members, dataset.population)


def half_year_workbook(dataset: Dataset, content: bytes = b"") -> bytes:
    """The template for 2026, filled in for the first half."""
    book = load_workbook(BytesIO(content or template(dataset, 2026)))
    answer_source(book)
    labels = Labels(dataset.tables)
    costs, charged = book[SHEETS["costs"]], shares(dataset)
    paid = {(row["municipality"], row["pool"]): row["amount_nok"] for row in charged.iter_rows(named=True)}
    places = columns(costs)
    for row in range(6, first_free(costs)):
        ids = tuple(
            costs.cell(row, places[name]).value.rpartition("(")[2].rstrip(")") for name in ("municipality", "pool")
        )
        if ids in paid and costs.cell(row, places["period_end"]).value.date() == HALF:
            costs.cell(row, places["amount_nok"]).value = paid.pop(ids)
    for (name, pool), amount in paid.items():  # Nesbyen was not suggested: it had left
        who, what = labels.id("costs", "municipality", name), labels.id("costs", "pool", pool)
        put(
            costs, first_free(costs),
            municipality=who, pool=what, period_start=START, period_end=HALF, amount_nok=amount,
        )  # fmt: skip
    endings = book[SHEETS["endings"]]
    last = date(2025, 12, 31)
    for what, ids in (
        ("medlemskap", {"pool": "hallinghelse"}),
        ("medlemskap", {"pool": "mft"}),
        ("medlemskap", {"pool": "mft_psykisk_helse"}),
        ("regnskapsområde", {"pool": "mft_psykisk_helse"}),
        ("stilling", {"programme": "mft_psykisk_helse"}),
        ("sak som venter", {"decision": "mft_mental_health"}),
        ("kommunenummer", {"municipality": "gol"}),
    ):
        put(endings, first_free(endings), ends=what, last_day=last, **ids)
    memberships = book[SHEETS["memberships"]]
    for pool in AMOUNTS:
        for name in MEMBERS:
            put(
                memberships, first_free(memberships),
                municipality=name, pool=pool, valid_from=START, key="folketall", reference_date=START,
            )  # fmt: skip
    activities = book[SHEETS["activities"]]
    places = columns(activities)
    for row in range(6, first_free(activities)):
        if activities.cell(row, places["activity"]).value in ("mft_participants_2026", "kef_participants_2026"):
            put(activities, row, quantity=210, qualifier="nøyaktig", period_end=HALF)
    tech = book["Velferdsteknologi"]
    places = columns(tech)
    for row in range(6, first_free(tech)):
        if tech.cell(row, places["month"]).value.date() <= HALF:
            put(tech, row, units=100 + row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def new_code(raw: Path) -> None:
    """A register says that Gol has another number from 2026 (made up)."""
    folder = raw / "codes_2026"
    folder.mkdir()
    (folder / "source.toml").write_text(
        'title = "Kommunenummer 2026 (syntetisk)"\nshort_title = "Koder 2026"\npublisher = "Testkilden"\n', "utf-8"
    )
    rows = "municipality,name_nb,code,valid_from,locator,grade\ngol,Gol,9901,2026-01-01,rad 1,documented\n"
    (folder / "municipalities.csv").write_text(rows, "utf-8")


def hand_in(raw: Path) -> Imported:
    """The half year as a new source in a copy of the real data."""
    dataset = hh.load(raw)
    new_code(raw)
    path = raw.parent / "tall-2026.xlsx"
    path.write_bytes(half_year_workbook(dataset))
    return import_workbook(path, raw)
