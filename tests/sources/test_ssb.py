"""Fetching from Statistics Norway: against a service on this machine, well-behaved and otherwise."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from local_service import Service, described, persons, running

import hhanalytics as hh
from hhanalytics.cli import main
from hhanalytics.errors import BadInput, NotFetched, UnknownName
from hhanalytics.sources.ssb import Fetched, fetch_table, service
from hhanalytics.sources.ssb_population import population_rows
from hhanalytics.sources.web import Web

ROOT = Path(__file__).parents[2]
KNOWN = ROOT / "data" / "raw"


@pytest.fixture
def ssb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def known() -> pl.DataFrame:
    return hh.load(KNOWN).municipalities


class Waits(list[float]):
    """The waits asked for, none of them waited."""


def web(waits: Waits | None = None, **options: Any) -> Web:
    return Web(sleep=(waits if waits is not None else Waits()).append, pace=0, **options)


def fetch(ssb: Service, known: pl.DataFrame, using: Web | None = None, **options: Any) -> Any:
    given: dict[str, Any] = {"table": "07459", "municipalities": ["aal", "gol"], "years": [2019, 2020, 2024]} | options
    return fetch_table(known=known, web=using or web(), address=ssb.address, **given)


def test_each_municipality_under_the_number_it_had(ssb: Service, known: pl.DataFrame) -> None:
    found = fetch(ssb, known)
    number = {
        2019: {"aal": "0619", "gol": "0617"},
        2020: {"aal": "3043", "gol": "3041"},
        2024: {"aal": "3328", "gol": "3324"},
    }
    assert found.frame.height == 2 * 3 * 2 * 3
    for row in found.frame.iter_rows(named=True):
        year = row["period_start"].year
        assert row["Region"] == number[year][row["municipality"]]
        assert row["value"] == persons(row["Region"], row["Kjonn"], row["Alder"], str(year))
        assert (row["period_end"], row["unit"]) == (date(year, 12, 31), "personer")
    assert "revision" not in found.frame.columns
    assert found.updated == "2026-02-24T07:00:00Z"


def test_where_it_comes_from_is_kept(ssb: Service, known: pl.DataFrame) -> None:
    found = fetch(ssb, known)
    first, second = found.provenance()["requests"]
    assert first["address"].startswith(f"{ssb.address}/tables/07459/metadata?")
    assert "valueCodes[Region]=0617,0619,3041,3043,3324,3328" in second["address"]
    assert second["sha256"] == sha256(found.answers[1].content).hexdigest()
    assert datetime.fromisoformat(second["fetched_at"]).tzinfo is not None


def test_a_selection(ssb: Service, known: pl.DataFrame) -> None:
    found = fetch(ssb, known, select={"Kjonn": ["2"], "Alder": ["001"]})
    assert found.frame.select("Kjonn", "Alder").unique().rows() == [("2", "001")]
    with pytest.raises(UnknownName, match="Did you mean 'Kjonn'"):
        fetch(ssb, known, select={"Kjønn": ["2"]})
    with pytest.raises(UnknownName, match="code of Alder"):
        fetch(ssb, known, select={"Alder": ["120"]})


def test_large_tables_are_asked_for_in_parts(
    ssb: Service, known: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fetch(ssb, known).frame
    # 6 numbers, 2 sexes, 3 ages: 36 cells a year.
    monkeypatch.setitem(service()["service"], "most_cells", 40)
    ssb.seen.clear()
    parts = fetch(ssb, known).frame
    assert len(ssb.seen) == 4
    assert parts.sort(parts.columns).equals(whole.sort(whole.columns))
    monkeypatch.setitem(service()["service"], "most_cells", 30)
    with pytest.raises(BadInput, match="36 cells a period"):
        fetch(ssb, known)


def test_what_the_table_does_not_have(ssb: Service, known: pl.DataFrame) -> None:
    with pytest.raises(UnknownName, match="year"):
        fetch(ssb, known, years=[2031])
    with pytest.raises(UnknownName, match="municipality"):
        fetch(ssb, known, municipalities=["aall"])
    with pytest.raises(UnknownName, match="in the table's Region"):
        fetch(ssb, known, municipalities=["hol"])
    with pytest.raises(BadInput, match="five digits"):
        fetch(ssb, known, table="7459")


# KOSTRA


@pytest.mark.parametrize(
    ("updated", "fetched", "revision"),
    [
        ("2025-03-15T07:00:00Z", datetime(2025, 4, 1, tzinfo=UTC), "unrevised"),
        ("2025-06-14T07:00:00Z", datetime(2025, 9, 1, tzinfo=UTC), "unrevised"),
        ("2025-06-15T06:00:00Z", datetime(2025, 6, 15, 8, tzinfo=UTC), "revised"),
        ("2025-06-16T06:00:00Z", datetime(2025, 9, 1, tzinfo=UTC), "revised"),
        ("", datetime(2025, 6, 14, tzinfo=UTC), "unrevised"),
        ("", datetime(2025, 6, 15, tzinfo=UTC), "revised"),
        ("not a date", datetime(2025, 6, 15, tzinfo=UTC), "revised"),
    ],
)  # fmt: skip
def test_kostra_before_and_after_15_june(
    updated: str, fetched: datetime, revision: str, ssb: Service, known: pl.DataFrame
) -> None:
    """Figures of 2024: published in March 2025, revised on 15 June 2025. Older years are revised long since."""
    ssb.table = {**described("KOKkommuneregion0000", "12345: Utgifter"), "updated": updated}
    found = fetch(ssb, known, web(clock=lambda: fetched), years=[2020, 2024])
    assert found.frame.filter(pl.col("period_start") == date(2024, 1, 1))["revision"].unique().to_list() == [revision]
    assert found.frame.filter(pl.col("period_start") == date(2020, 1, 1))["revision"].unique().to_list() == ["revised"]


# A service that misbehaves


@pytest.mark.parametrize("once", ["status 500", "status 503", "status 429", "cut"])
def test_it_is_tried_again(once: str, ssb: Service, known: pl.DataFrame) -> None:
    ssb.misbehave = [once, once]
    waits = Waits()
    assert fetch(ssb, known, web(waits)).frame.height == 36
    assert [wait for wait in waits if wait] == [1.0, 2.0]


def test_it_waits_as_long_as_it_is_asked(ssb: Service, known: pl.DataFrame) -> None:
    ssb.misbehave = ["status 429 7"]
    waits = Waits()
    fetch(ssb, known, web(waits))
    assert [wait for wait in waits if wait] == [7.0]
    ssb.misbehave = ["status 429 Thu, 01 Jan 2026 12:00:09 GMT"]
    waits.clear()
    fetch(ssb, known, web(waits, clock=lambda: datetime(2026, 1, 1, 12, tzinfo=UTC)))
    assert [wait for wait in waits if wait] == [9.0]
    ssb.misbehave = ["status 429 86400"]
    with pytest.raises(NotFetched, match="asks to wait 86400 s"):
        fetch(ssb, known)


@pytest.mark.parametrize(
    ("misbehave", "id", "says", "asked"),
    [
        (["status 500"] * 4, "no_answer", "answered 500, 4 times", 4),
        (["status 429"] * 4, "no_answer", "answered 429, 4 times", 4),
        (["cut"] * 4, "no_answer", "broke off", 4),
        (["silent"] * 4, "no_answer", "no answer within", 4),
        (["status 404"], "refused", "404", 1),
        (["status 400"], "refused", "nei", 1),
        (["html"], "odd_answer", "sign-in page", 1),
        (["nonsense"], "odd_answer", "JSON", 1),
        (["redirect"] * 9, "odd_answer", "one address to the next", 4),
        (["huge"], "too_large", "more than 2000000 bytes", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(
    misbehave: list[str], id: str, says: str, asked: int, ssb: Service, known: pl.DataFrame
) -> None:
    ssb.misbehave = misbehave
    with pytest.raises(NotFetched) as error:
        fetch(ssb, known, web(timeout=0.3, most_bytes=2_000_000))
    assert error.value.id == id
    assert says in str(error.value)
    assert len(ssb.seen) == asked


def test_a_trickle_is_given_up(ssb: Service, known: pl.DataFrame) -> None:
    ssb.misbehave = ["slow"] * 4
    with pytest.raises(NotFetched, match="no answer within"):
        fetch(ssb, known, web(deadline=0.2))


def test_an_answer_to_another_question(ssb: Service, known: pl.DataFrame) -> None:
    ssb.misbehave = ["well", "other"]
    with pytest.raises(NotFetched) as error:
        fetch(ssb, known)
    assert error.value.id == "odd_answer"


def test_pace(ssb: Service, known: pl.DataFrame) -> None:
    waits = Waits()
    fetch(ssb, known, Web(sleep=waits.append, pace=2))
    assert waits[0] == 0
    assert 1 < waits[1] <= 2


# The cache


def test_an_answer_is_kept_and_used_again(ssb: Service, known: pl.DataFrame, tmp_path: Path) -> None:
    first = fetch(ssb, known, web(cache=tmp_path))
    asked = len(ssb.seen)
    again = fetch(ssb, known, web(cache=tmp_path))
    assert len(ssb.seen) == asked
    assert again.frame.equals(first.frame)
    assert [answer.cached for answer in again.answers] == [True, True]
    assert [answer.fetched_at for answer in again.answers] == [answer.fetched_at for answer in first.answers]
    fetch(ssb, known, web(cache=tmp_path, max_age_days=0))
    assert len(ssb.seen) == 2 * asked


def test_a_spoilt_cache_is_not_believed(ssb: Service, known: pl.DataFrame, tmp_path: Path) -> None:
    fetch(ssb, known, web(cache=tmp_path))
    for path in tmp_path.glob("*.content"):
        path.write_bytes(path.read_bytes().replace(b"2019", b"2018"))
    for path in list(tmp_path.glob("*.json"))[:1]:
        path.write_text("{", "utf-8")
    asked = len(ssb.seen)
    fetch(ssb, known, web(cache=tmp_path))
    assert len(ssb.seen) == 2 * asked


def test_nothing_broken_is_kept(ssb: Service, known: pl.DataFrame, tmp_path: Path) -> None:
    ssb.misbehave = ["html"]
    with pytest.raises(NotFetched):
        fetch(ssb, known, web(cache=tmp_path))
    assert not list(tmp_path.iterdir())


def test_offline_it_says_so_and_what_is_kept(ssb: Service, known: pl.DataFrame, tmp_path: Path) -> None:
    long_ago = datetime(2026, 1, 2, tzinfo=UTC)
    fetch(ssb, known, web(cache=tmp_path, clock=lambda: long_ago))
    ssb.address = "http://127.0.0.1:9"
    with pytest.raises(NotFetched, match="Is there a network") as error:
        fetch(ssb, known, web(cache=tmp_path))
    assert error.value.id == "offline"
    with running() as other:
        ssb.address = other.address
        fetch(ssb, known, web(cache=tmp_path, clock=lambda: long_ago))
    with pytest.raises(NotFetched, match="An answer of 2026-01-02 is kept: --max-age 10000"):
        fetch(ssb, known, web(cache=tmp_path, clock=lambda: long_ago + timedelta(days=3)))


def test_clock_set_back_does_not_keep_an_answer_for_ever(ssb: Service, known: pl.DataFrame, tmp_path: Path) -> None:
    late = datetime(2036, 1, 2, tzinfo=UTC)
    fetch(ssb, known, web(cache=tmp_path, clock=lambda: late))
    asked = len(ssb.seen)
    fetch(ssb, known, web(cache=tmp_path, clock=lambda: late - timedelta(hours=2)))
    assert len(ssb.seen) == asked
    fetch(ssb, known, web(cache=tmp_path, clock=lambda: late - timedelta(days=3650)))
    assert len(ssb.seen) == 2 * asked


# The command


def test_the_command_writes_a_folder_whole(ssb: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out" / "ssb_07459"
    words = ["fetch", "ssb", "07459", "--municipalities", "aal,gol", "--years", "2019-2020,2024", "--out", str(out)]
    words += ["--address", ssb.address, "--cache", str(tmp_path / "cache"), "--data", str(KNOWN), "--select", "Kjonn=2"]
    assert main(words) == 0
    assert "18 cells" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == [
        "07459.csv",
        "provenance.json",
        "response-0.json",
        "response-1.json",
    ]
    about = json.loads((out / "provenance.json").read_text("utf-8"))
    for number, request in enumerate(about["requests"]):
        assert sha256((out / f"response-{number}.json").read_bytes()).hexdigest() == request["sha256"]
    assert pl.read_csv(out / "07459.csv", infer_schema=False)["Region"].unique().sort().to_list()[0] == "0617"
    assert main(words) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert [path.name for path in out.parent.iterdir()] == ["ssb_07459"]


def everybody(last: int = 105) -> dict[str, Any]:
    """The table with every year of age, as the real one has them."""
    table = described()
    ages = {f"{n:03}": f"{n} år" + (" eller eldre" if n == last else "") for n in range(last + 1)}
    table["dimension"]["Alder"]["category"] = {"index": {code: n for n, code in enumerate(ages)}, "label": ages}
    table["size"][table["id"].index("Alder")] = len(ages)
    return table


def fetch_people(ssb: Service, data: Path, *more: str) -> int:
    words = ["fetch", "ssb", "07459", "--municipalities", "aal,gol", "--years", "2019", "--as", "population"]
    return main([*words, "--address", ssb.address, "--cache", str(data.parent / "cache"), "--data", str(data), *more])


def test_population_becomes_a_source(ssb: Service, data_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both sexes and the ages of each band, added by hand from what the service answers; in the bands used so far."""
    ssb.table = everybody()
    shutil.rmtree(data_copy / "ssb_07459_population_by_age")
    path = data_copy / "ssb_07459_population" / "population.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",2019," not in line), "utf-8")
    assert fetch_people(ssb, data_copy) == 0
    assert "12 rows of population from 424 cells" in capsys.readouterr().out
    found = hh.load(data_copy).population.filter(source="ssb_07459_2019")
    bands = {"0-17": range(18), "18-49": range(18, 50), "50-66": range(50, 67), "67-79": range(67, 80),
             "80-89": range(80, 90), "90+": range(90, 106)}  # fmt: skip
    people = {
        (who, band): count for who, band, count in found.select("municipality", "age_band", "persons").iter_rows()
    }
    for who, code in (("aal", "0619"), ("gol", "0617")):
        for band, ages in bands.items():
            by_hand = sum(persons(code, sex, str(age), "2019") for sex in "12" for age in ages)
            assert people[who, band] == by_hand, (who, band)
    assert set(found["grade"]) == {"derived"}
    entry = (data_copy / "ssb_07459_2019" / "source.toml").read_text("utf-8")
    assert ssb.address in entry
    assert "published_on = 2026-02-24" in entry


PEOPLE = ROOT.parent / "shared" / "reference" / "population" / "population_six_1yr_age_sex_2020_2026.csv"


@pytest.mark.skipif(not PEOPLE.is_file(), reason="the reference files are not beside the project")
def test_real_years_of_age_give_the_bands_that_were_delivered(known: pl.DataFrame) -> None:
    """Statistics Norway's persons by sex and year of age, as 07459 would answer them, against the bands on file."""
    rows = hh.read_table(
        PEOPLE, {"kommunenummer": "text", "calyear": "whole", "sex": "text", "age": "whole", "pop_jan1_n": "whole"},
        ignore=["*"],
    ).frame.filter((pl.col("calyear") >= 2024) & (pl.col("sex") != "total"))  # fmt: skip
    last, codes = rows["age"].max(), {row["code"]: row["municipality"] for row in known.iter_rows(named=True)}
    frame = rows.select(
        pl.col("kommunenummer").replace_strict(codes).alias("municipality"),
        pl.date("calyear", 1, 1).alias("period_start"), pl.date("calyear", 12, 31).alias("period_end"),
        pl.col("kommunenummer").alias("Region"), pl.col("sex").replace_strict({"male": "1", "female": "2"}).alias("Kjonn"),
        pl.format("{}", "age").str.zfill(3).alias("Alder"), pl.col("calyear").cast(pl.String).alias("Tid"),
        pl.when(pl.col("age") == last).then(pl.lit("år eller eldre")).otherwise(pl.lit("år")).alias("Alder_label"),
        pl.col("pop_jan1_n").cast(pl.Float64).alias("value"),
    )  # fmt: skip
    found = population_rows(Fetched("07459", "", "", frame, ()), ["0-17", "18-49", "50-66", "67-79", "80-89", "90+"])
    ours = hh.load(KNOWN).population.filter(pl.col("year") >= 2024)
    keys = ["municipality", "year", "age_band"]
    both = found.select(*keys, "persons").join(ours.select(*keys, "persons"), on=keys, how="full", suffix="_ours")
    assert both.height == 6 * 3 * 6
    assert both.filter(pl.col("persons").ne_missing(pl.col("persons_ours"))).height == 0


@pytest.mark.parametrize(
    ("ages", "more", "says"),
    [
        (105, ("--select", "Kjonn=1"), "both sexes"),
        (105, ("--select", "Alder=000,001"), "every year of age"),
        (105, (), "2019"),  # that year is there already
        (2, (), "0-17"),
    ],
)
def test_population_that_is_not_everybody_is_refused(
    ages: int, more: tuple[str, ...], says: str, ssb: Service, data_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ssb.table = everybody(ages)
    before = sorted(path.name for path in data_copy.iterdir())
    assert fetch_people(ssb, data_copy, *more) != 0
    assert says in "".join(capsys.readouterr())
    assert sorted(path.name for path in data_copy.iterdir()) == before


def test_the_command_writes_nothing_where_it_fails(
    ssb: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ssb.misbehave = ["status 404"]
    words = ["fetch", "ssb", "07459", "--municipalities", "all", "--years", "2024", "--out", str(tmp_path / "x")]
    words += ["--address", ssb.address, "--cache", str(tmp_path / "cache"), "--data", str(KNOWN)]
    assert main(words) == 2
    assert "404" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


SHARED = ROOT.parent / "shared" / "reference" / "jsonstat"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference files are not beside the project")
def test_a_real_table_without_municipalities_is_refused_with_its_dimensions(ssb: Service, known: pl.DataFrame) -> None:
    ssb.table = json.loads((SHARED / "ssb_13615_v2_jsonstat2_contacts_removed.json").read_text("utf-8"))
    with pytest.raises(BadInput, match="Produkter, NACE, ContentsCode, Tid"):
        fetch(ssb, known, table="13615")
