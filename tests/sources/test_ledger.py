"""From an accounting extract to costs: every line once, øre added first, and the control total met."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import hhanalytics as hh
from hhanalytics.errors import InvalidData
from hhanalytics.sources.ledger import LedgerCosts, read_ledger
from hhanalytics.sources.mapping import read_mapping

# Made up. The sums are worked out by hand: Ål, mft: 1 000,25 + 2 000,25 + 0,30 - 100,30 = 2 900,50; Gol, mft: 0,49;
# Hol, bti: 500,00; left out: 77,77. In all 3 478,76.
LEDGER = """Hovedbok 2026;;;;;
Konto;Ansvar;Tjeneste;Kommune;Tekst;Beløp
10100;200;24100;0619;Lønn;1 000,25
10900;200;24100;3043;Pensjon;2 000,25
11000;200;24100;Ål;Kontor;0,30
17100;200;24100;3328;Refusjon;−100,30
10100;200;24100;3324;Lønn;0,49
13500;300;23200;Hol;Kjøp;500,00
15900;900;17000;Hol;Avskrivning;77,77
"""
MAPPING = """
[columns]
account = "Konto"
responsibility = "Ansvar"
service = "Tjeneste"
municipality = "Kommune"
amount = "Beløp"

[ledger]
control_total = "3 478,76"
period_start = 2026-01-01
period_end = 2026-12-31

[[rule]]
name = "ferdighetsteam"
account = ["10000-11999", "17*"]
responsibility = "200"
service = "24100"
pool = "mft"
programme = "mft"

[[rule]]
account = "13500"
service = "232*"
pool = "bti"

[[exclude]]
account = "15900"
reason = "avskrivninger"
"""


@pytest.fixture(scope="module")
def known() -> Any:
    return hh.load(Path(__file__).parents[2] / "data" / "raw").tables


def made(tmp_path: Path, known: Any, ledger: str = LEDGER, mapping: str = MAPPING) -> LedgerCosts:
    (tmp_path / "hovedbok.csv").write_text(ledger, "cp1252" if "−" not in ledger else "utf-8")
    (tmp_path / "kart.toml").write_text(mapping, "utf-8")
    return read_ledger(tmp_path / "hovedbok.csv", read_mapping(tmp_path / "kart.toml"), known)


def refused(
    tmp_path: Path, known: Any, ledger: str = LEDGER, mapping: str = MAPPING
) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InvalidData) as error:
        made(tmp_path, known, ledger, mapping)
    return [(p.id, p.row, str(p)) for p in error.value.problems]


def test_a_ledger_becomes_costs(tmp_path: Path, known: Any) -> None:
    found = made(tmp_path, known)
    assert found.costs.rows() == [
        ("aal", "mft", date(2026, 1, 1), date(2026, 12, 31), 2901, "l. 3-6"),
        ("gol", "mft", date(2026, 1, 1), date(2026, 12, 31), 0, "l. 7"),
        ("hol", "bti", date(2026, 1, 1), date(2026, 12, 31), 500, "l. 8"),
    ]
    assert dict(found.excluded) == {"avskrivninger": 7777}
    # 2 901 + 0 + 500 against 2 900,50 + 0,49 + 500,00: one øre, rounded once per sum and not per line.
    assert found.rounded_ore == 1
    assert (found.control_ore, found.lines) == (347_876, 7)
    charged = 100 * found.costs["amount_nok"].sum() - found.rounded_ore
    assert charged + sum(found.excluded.values()) == found.control_ore


def test_signs_can_be_turned(tmp_path: Path, known: Any) -> None:
    turned = MAPPING.replace("[ledger]", "[ledger]\nsign = -1")
    assert made(tmp_path, known, mapping=turned).costs["amount_nok"].to_list() == [-2900, 0, -500]


def test_dates_in_the_lines_give_months(tmp_path: Path, known: Any) -> None:
    ledger = LEDGER.replace("Tekst", "Bilagsdato").replace("Lønn", "05.02.2026").replace("Pensjon", "28.02.2026")
    for word in ("Kontor", "Refusjon", "Kjøp", "Avskrivning"):
        ledger = ledger.replace(word, "31.03.2026")
    mapping = MAPPING.replace('amount = "Beløp"', 'amount = "Beløp"\ndate = "Bilagsdato"')
    mapping = mapping.replace("period_start = 2026-01-01\nperiod_end = 2026-12-31\n", "")
    costs = made(tmp_path, known, ledger, mapping).costs
    assert costs.select("municipality", "period_end", "amount_nok").rows()[:2] == [
        ("aal", date(2026, 2, 28), 3001), ("aal", date(2026, 3, 31), -100),
    ]  # fmt: skip


def test_lines_that_no_rule_takes_are_listed_with_their_sums(tmp_path: Path, known: Any) -> None:
    ledger = LEDGER + "12000;200;24100;Hol;Annet;10,00\n12000;200;24100;Hol;Annet;5,50\n"
    assert refused(tmp_path, known, ledger)[0] == (
        "unmapped_lines", 10,
        "hovedbok.csv, line 10: found 2 lines with account 12000, responsibility 200, service 24100, municipality Hol, 15.50 kr, "
        "expected one rule that takes them. Add a [[rule]], or an [[exclude]] with a reason.",
    )  # fmt: skip


def test_lines_that_two_rules_take(tmp_path: Path, known: Any) -> None:
    mapping = MAPPING + '\n[[rule]]\nname = "alt"\nservice = "23*"\npool = "bti"\n'
    (problem,) = refused(tmp_path, known, mapping=mapping)
    assert problem[:2] == ("two_rules", 8)
    assert "rule 2 and alt" in problem[2]


def test_a_control_total_that_is_not_met(tmp_path: Path, known: Any) -> None:
    (problem,) = refused(tmp_path, known, mapping=MAPPING.replace("3 478,76", "3 478,77"))
    assert problem[0] == "control_total"
    assert "3478.76 kr, -0.01 kr off" in problem[2]


def test_a_sum_line_does_not_slip_in(tmp_path: Path, known: Any) -> None:
    ids = {id for id, _, _ in refused(tmp_path, known, LEDGER + ";;;;Sum;3 478,76\n")}
    assert "unmapped_lines" in ids


def test_an_empty_amount_and_an_unknown_municipality(tmp_path: Path, known: Any) -> None:
    assert "no_amount" in {id for id, _, _ in refused(tmp_path, known, LEDGER.replace("0,49", ""))}
    assert [found[:2] for found in refused(tmp_path, known, LEDGER.replace("3324", "0301"))] == [("unknown_id", 7)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('pool = "mft"', 'pool = "mftt"', "mftt"),
        ('programme = "mft"', 'programme = "kef"', "'kef' with the pool 'mft'"),
        ('control_total = "3 478,76"', "", "control_total"),
        ('control_total = "3 478,76"', 'control_total = "3.478,7"', "control_total"),
        ('account = "13500"', "account = 13500", "codes as texts"),
        ('"10000-11999"', '"11999-10000"', "lower to a higher"),
        ("[[exclude]]", "[[exlude]]", "exclude"),
        ('reason = "avskrivninger"', "", "reason"),
        ('amount = "Beløp"', "", "columns.amount"),
        ('municipality = "Kommune"', "", "to_municipality"),
        ("period_start = 2026-01-01", "", "two dates"),
        ("[ledger]", "[ledger]\nsign = 2", "1, or -1"),
        ('service = "232*"', 'servise = "232*"', "service"),
        ('amount = "Beløp"', 'amount = "Sum"', "line 2, Sum: found no such column"),
        ('account = "Konto"', "account = Konto", "TOML"),
    ],
)  # fmt: skip
def test_mappings_that_make_no_sense(old: str, new: str, says: str, tmp_path: Path, known: Any) -> None:
    assert old in MAPPING
    found = refused(tmp_path, known, mapping=MAPPING.replace(old, new, 1))
    assert any(says in text for _, _, text in found), found


def test_millions_of_ore_are_added_exactly(tmp_path: Path, known: Any) -> None:
    """A hundred thousand lines of ten øre are ten thousand kroner: floats would drift."""
    lines = "10100;200;24100;Ål;x;0,10\n" * 100_000
    head = "".join(LEDGER.splitlines(keepends=True)[:2])
    found = made(tmp_path, known, head + lines, MAPPING.replace("3 478,76", "10 000,00"))
    assert found.costs["amount_nok"].to_list() == [10_000]
    assert found.costs["locator"].to_list() == ["l. 3-100002"]
