"""A made-up country on disk: as many municipalities as wanted, in collaborations of some that share what they spend.

Nothing in it is about any real place; every title says that it is synthetic. The same numbers give the same files.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from hhanalytics.measures.allocation import largest_remainder

YEAR = 2030
START, END = date(YEAR, 1, 1), date(YEAR, 12, 31)
#: Parts of the accounts of one collaboration, with how many programmes are paid from each.
POOLS = {"felles": 3, "team": 1}
#: So many municipalities share what they spend.
TOGETHER = 7
TECHNOLOGIES = ("alarm", "tilsyn")


def write_country(folder: Path, municipalities: int, seed: int = 1) -> Path:
    """Write a data folder of a made-up country.

    Args:
        folder: Where to; must not exist.
        municipalities: How many.
        seed: Of what is drawn.

    Returns:
        The folder.
    """
    draw = random.Random(seed)
    names = [f"syntetisk_{number:03}" for number in range(1, municipalities + 1)]
    persons = {name: int(draw.lognormvariate(8.5, 1)) + 800 for name in names}
    places = folder / "synthetic_places"
    _source(places, "Synthetic municipalities and inhabitants")
    _table(
        places / "municipalities.csv",
        ({"municipality": name, "code": f"{place:04}", "name_nb": f"Syntetisk {place}", "valid_from": "2000-01-01"}
         for place, name in enumerate(names, start=1)),
    )  # fmt: skip
    _table(
        places / "population.csv",
        ({"municipality": name, "year": YEAR, "age_band": band, "persons": count}
         for name, all_ in persons.items() for band, count in (("0-66", all_ - all_ // 6), ("67+", all_ // 6))),
    )  # fmt: skip

    report = folder / "synthetic_report"
    _source(report, "Synthetic report")
    regions = {f"{number:02}": names[start : start + TOGETHER]
               for number, start in enumerate(range(0, municipalities, TOGETHER), start=1)}  # fmt: skip
    members = {f"{pool}_{region}": own for region, own in regions.items() for pool in POOLS}
    programmes = {pool: [f"{pool}_{place}" for place in range(POOLS[pool.split("_")[0]])] for pool in members}
    every = [programme for own in programmes.values() for programme in own]
    _table(
        report / "programmes.csv",
        ({"programme": each, "name_nb": each.replace("_", " ").capitalize(), "avoidable_share": "0.5"}
         for each in every),
    )  # fmt: skip
    _table(
        report / "pools.csv",
        ({"pool": pool, "programme": own[0] if len(own) == 1 else "", "part_of_position": "false",
          "in_accounts": "true", "name_nb": pool.replace("_", " ").capitalize(), "valid_from": START}
         for pool, own in programmes.items()),
    )  # fmt: skip
    _table(
        report / "positions.csv",
        ({"programme": each, "pool": pool, "valid_from": START, "position_percent": 100, "vacant": "false"}
         for pool, own in programmes.items() for each in own),
    )  # fmt: skip
    _table(
        report / "memberships.csv",
        ({"municipality": name, "pool": pool, "valid_from": START, "key": "population", "reference_date": START}
         for pool, own in members.items() for name in own),
    )  # fmt: skip
    charged = {
        pool: largest_remainder(
            120 * sum(persons[name] for name in members[pool]) * len(own),
            {name: Fraction(persons[name]) for name in members[pool]},
        )
        for pool, own in programmes.items()
    }
    period = {"period_start": START, "period_end": END}
    _table(
        report / "costs.csv",
        ({"municipality": name, "pool": pool, **period, "amount_nok": amount}
         for pool, own in charged.items() for name, amount in own.items()),
    )  # fmt: skip
    paid = {name: sum(own.get(name, 0) for own in charged.values()) for name in names}
    _table(
        report / "budgets.csv",
        ({"municipality": name, "budget": "vedtatt", **period, "amount_nok": amount + 1_000}
         for name, amount in paid.items()),
    )  # fmt: skip
    _table(
        report / "activities.csv",
        ({"activity": f"{each}_teaching", "programme": each, "kind": "teaching", "unit": "participants", **period,
          "quantity": draw.randint(100, 9_000), "qualifier": "exact", "name_nb": f"Kurs i {each}"}
         for each in every),
    )  # fmt: skip
    _table(
        report / "welfare_tech.csv",
        ({"technology": each, "month": date(YEAR, month, 1), "municipality": name,
          "units": 20 + persons[name] // 200 + draw.randint(0, 9)}
         for each in TECHNOLOGIES for name in names for month in range(1, 13)),
    )  # fmt: skip

    prices = folder / "synthetic_prices"
    _source(prices, "Synthetic prices")
    _table(
        prices / "prices.csv",
        [{"quote": "place", "service": "kursplass", "unit": "participants", "amount_nok": 3000, "price_year": YEAR,
          "vat": "excluded", "travel": "included"}],
    )  # fmt: skip
    _table(
        prices / "equivalents.csv",
        ({"programme": each, "kind": "teaching", "unit": "participants", "service": "kursplass", "service_units": 1,
          "gain_kind": "external_equivalent"} for each in every),
    )  # fmt: skip
    return folder


def _source(folder: Path, title: str) -> None:
    folder.mkdir(parents=True)
    lines = [f'title = "{title}"', f'short_title = "{title}"', 'publisher = "Nobody (synthetic)"']
    (folder / "source.toml").write_text("\n".join([*lines, f"published_on = {YEAR + 1}-02-01"]) + "\n", "utf-8")


def _table(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    written = [{**row, "locator": f"row {number}", "grade": "documented"} for number, row in enumerate(rows, start=1)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(written[0]))
        out.writeheader()
        out.writerows(written)


if __name__ == "__main__":
    write_country(Path(sys.argv[1]), int(sys.argv[2]))
