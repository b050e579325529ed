"""A later source ends what an earlier one left open, and the earlier one stays as it was delivered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hhanalytics.dataset import load
from hhanalytics.errors import InvalidData

HEAD = "ending,ends,municipality,pool,programme,decision,last_day,locator,grade\n"


def later(raw: Path, endings: str, **tables: str) -> None:
    folder = raw / "later"
    folder.mkdir()
    (folder / "source.toml").write_text('title = "A"\nshort_title = "A"\npublisher = "B"\n', "utf-8")
    (folder / "endings.csv").write_text(HEAD + endings, "utf-8")
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")


def test_one_row_ends_every_member_and_a_new_key_begins(elvedal_copy: Path) -> None:
    before = {path: path.read_bytes() for path in elvedal_copy.rglob("*.*")}
    open_now = load(elvedal_copy).memberships.filter((pl.col("pool") == "rehab") & pl.col("valid_to").is_null())
    assert open_now.height == 4
    new = "municipality,pool,valid_from,key,reference_date,locator,grade\n"
    new += "".join(f"{m},rehab,2028-01-01,population,2027-01-01,a,derived\n" for m in open_now["municipality"])
    later(elvedal_copy, "e1,memberships,,rehab,,,2027-12-31,s. 1,derived\n", memberships=new)
    rows = load(elvedal_copy).memberships.filter(pool="rehab")
    assert rows.filter(pl.col("valid_from") < date(2028, 1, 1))["valid_to"].unique().to_list() == [date(2027, 12, 31)]
    assert rows.filter(pl.col("valid_to").is_null()).height == 4
    # The weaker of both grades: that it ended is no better known than the ending says.
    assert set(rows.filter(pl.col("valid_to").is_not_null())["grade"]) == {"derived"}
    assert {path: path.read_bytes() for path in before} == before


def test_without_an_ending_the_two_keys_are_an_error(elvedal_copy: Path) -> None:
    new = "municipality,pool,valid_from,key,reference_date,locator,grade\n"
    later(elvedal_copy, "", memberships=new + "vestli,rehab,2028-01-01,population,2027-01-01,a,derived\n")
    with pytest.raises(InvalidData) as error:
        load(elvedal_copy)
    assert {problem.id for problem in error.value.problems} == {"overlap", "two_keys"}


def test_positions_pools_codes_and_decisions_end(data_copy: Path) -> None:
    later(
        data_copy,
        "e1,positions,,,kef,,2026-03-31,a,documented\n"
        "e2,pools,,mft_psykisk_helse,,,2025-12-31,a,documented\n"
        "e3,municipalities,gol,,,,2026-12-31,a,documented\n"
        "e4,decisions,,,,gol_bti,2026-05-04,a,documented\n"
        "e5,memberships,gol,bti,,,2026-03-31,a,documented\n",
    )
    data = load(data_copy)
    assert data.positions.filter(programme="kef")["valid_to"].to_list() == [date(2026, 3, 31)]
    assert data.pools.filter(pool="mft_psykisk_helse")["valid_to"].to_list() == [date(2025, 12, 31)]
    codes = data.municipalities.filter(municipality="gol").sort("valid_from")
    assert codes["valid_to"][-1] == date(2026, 12, 31)
    assert codes["valid_to"][0] == date(2019, 12, 31), "a code that had ended stays as it was"
    assert data.decisions.filter(decision="gol_bti").select("status", "decided_on").row(0) == (
        "decided",
        date(2026, 5, 4),
    )
    # Gol's trial would have lasted until 31 July 2026: it may end earlier than stated.
    assert data.memberships.filter(municipality="gol", pool="bti")["valid_to"].to_list() == [date(2026, 3, 31)]
    assert data.memberships.filter(municipality="hol", pool="bti")["valid_to"].to_list() == [None]


@pytest.mark.parametrize(
    ("endings", "ids"),
    [
        ("e1,memberships,,rehab,,,2025-12-31,a,documented\n", ["nothing_to_end"]),
        ("e1,memberships,vestli,felles,,,2026-12-31,a,documented\n", ["nothing_to_end"]),
        ("e1,memberships,,rehabb,,,2027-12-31,a,documented\n", ["unknown_id"]),
        ("e1,memberships,,,,,2027-12-31,a,documented\n", ["ending_names_what_ends"]),
        ("e1,pools,vestli,rehab,,,2027-12-31,a,documented\n", ["ending_names_what_ends"]),
        (
            "e1,memberships,,rehab,,,2027-12-31,a,documented\ne2,memberships,vestli,rehab,,,2027-06-30,a,documented\n",
            ["ended_twice"],
        ),
    ],
)
def test_endings_that_cannot_be(elvedal_copy: Path, endings: str, ids: list[str]) -> None:
    later(elvedal_copy, endings)
    with pytest.raises(InvalidData) as error:
        load(elvedal_copy)
    assert [problem.id for problem in error.value.problems if problem.file.startswith("later/")] == ids
