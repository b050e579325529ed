"""The rule for recommendations: each line of it, on data that differ from the synthetic ones in just that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product

import polars as pl
import pytest

import hhanalytics as hh
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.collecting import figures_to_get, worths
from hhanalytics.decisions.gaps import gaps
from hhanalytics.decisions.recommendations import (
    CONDITIONS,
    MISSING,
    RECOMMENDATIONS,
    Assessment,
    assessments,
    recommended,
)
from hhanalytics.methods import recommendation_rules
from hhanalytics.present.catalogue import texts


def found(dataset: Dataset, programme: str, year: int = 2026) -> Assessment:
    return next(each for each in assessments(dataset, year) if each.subject == programme)


def confirmed(dataset: Dataset) -> Dataset:
    return dataset.replace(equivalents=dataset.equivalents.with_columns(confirmed_on=pl.lit(date(2026, 2, 1))))


def with_basis(dataset: Dataset, programme: str) -> Dataset:
    basis = pl.when(pl.col("programme") == programme).then(pl.lit("Lovens paragraf")).otherwise("statutory_basis")
    return dataset.replace(programmes=dataset.programmes.with_columns(statutory_basis=basis))


def priced(dataset: Dataset, low: int, mode: int, high: int) -> Dataset:
    prices = dataset.prices.filter(quote="q1").with_columns(
        amount_nok=pl.lit(mode, pl.Int64), amount_low_nok=pl.lit(low, pl.Int64), amount_high_nok=pl.lit(high, pl.Int64)
    )
    return dataset.replace(prices=prices)


# The rule as it is written


def test_the_rule_names_only_what_exists_and_always_ends() -> None:
    rules = recommendation_rules()
    assert {condition for rule in rules for condition in rule.when} <= set(CONDITIONS)
    assert {rule.then for rule in rules} == set(RECOMMENDATIONS)
    assert rules[-1].when == ()
    assert len({rule.when for rule in rules}) == len(rules)


def test_every_line_can_count() -> None:
    """For each line there is something it decides: none stands behind one that always comes first."""
    for rule in recommendation_rules():
        assert recommended(dict.fromkeys(rule.when, True)) == (rule.then, rule.when)


def test_every_line_has_its_words() -> None:
    words = texts("nb")
    for rule in recommendation_rules():
        assert f"because.{'_and_'.join(rule.when) or 'otherwise'}" in words
        assert f"recommendation.{rule.then}" in words
        assert f"new.{rule.then}" in words


def test_nothing_is_ended_on_a_figure_that_nobody_has() -> None:
    """Whatever else holds: work that is uncounted, a cost or value that is unknown, is measured first."""
    others = [name for name in CONDITIONS if name not in ("work_uncounted", "all_counted", "form_incomplete")]
    for picked in product([False, True], repeat=len(others)):
        holds = dict(zip(others, picked, strict=True)) | {"work_uncounted": True, "all_counted": False}
        assert recommended(holds)[0] == "measure_first"


# Lines on data


def test_a_gain_that_is_confirmed_and_likely_is_continued(elvedal: Dataset) -> None:
    each = found(elvedal, "rehab")
    assert (each.recommendation, each.because, each.strength) == ("continue", ("likely",), "documented")
    assert each.probability is not None
    assert each.probability.value is not None
    assert 99 < each.probability.value < 100


def test_and_strengthened_where_goals_are_reached_and_the_municipalities_want_it(elvedal: Dataset) -> None:
    goal = dict.fromkeys(elvedal.goals.columns) | {
        "goal": "g1", "programme": "rehab", "year": 2026, "text_nb": "Nå hundre", "status": "achieved", "is_reading": True,
        "source": "elvedal_report_2026", "locator": "row 1", "grade": "derived",
    }  # fmt: skip
    score = {
        "municipality": "nordvik", "programme": "rehab", "year": 2026, "score": 3, "source": "elvedal_report_2026",
        "locator": "row 1", "grade": "documented", "note": None,
    }  # fmt: skip
    goals = pl.DataFrame([goal], elvedal.goals.schema)
    wanted = elvedal.replace(goals=goals, benefit_scores=pl.DataFrame([score], elvedal.benefit_scores.schema))
    each = found(wanted, "rehab")
    assert (each.recommendation, each.strength) == ("strengthen", "derived")
    assert "benefit_scores" in {citation.table for citation in each.citations}
    against = wanted.replace(benefit_scores=wanted.benefit_scores.with_columns(score=pl.lit(-3, pl.Int64)))
    assert found(against, "rehab").recommendation == "continue"
    postponed = wanted.replace(goals=goals.with_columns(status=pl.lit("postponed")))
    assert found(postponed, "rehab").recommendation == "continue"


def test_a_loss_that_is_not_confirmed_is_measured_first_and_shows_no_chance(elvedal: Dataset) -> None:
    each = found(elvedal, "kurs")
    assert (each.recommendation, each.because, each.strength) == ("measure_first", ("not_confirmed",), "assumed")
    assert each.probability is None


def test_once_confirmed_it_is_ended_or_reduced(elvedal: Dataset) -> None:
    each = found(confirmed(elvedal), "kurs")
    assert (each.recommendation, each.because) == ("end_or_reduce", ("unlikely",))
    assert each.probability is not None
    assert each.probability.value == 0


def test_unless_the_law_asks_for_it(elvedal: Dataset) -> None:
    each = found(with_basis(confirmed(elvedal), "kurs"), "kurs")
    assert (each.recommendation, each.statutory) == ("other_ways", True)


def test_or_the_position_does_work_that_nobody_has_counted(elvedal: Dataset) -> None:
    other = pl.when(pl.col("programme") == "kurs").then(pl.lit("Veiledning er ikke talt")).otherwise("other_work")
    data = confirmed(elvedal).replace(programmes=elvedal.programmes.with_columns(other_work=other))
    each = found(data, "kurs")
    assert (each.recommendation, each.because, each.probability) == ("measure_first", ("work_uncounted",), None)


def test_what_is_missing_is_as_weak_as_can_be(elvedal: Dataset) -> None:
    for name, because in (("ergo", "work_uncounted"), ("tom", "cost_unknown"), ("veiledning", "cost_unknown")):
        each = found(elvedal, name)
        assert (each.recommendation, each.because, each.strength) == ("measure_first", (because,), "missing")
        assert because in MISSING


def near(dataset: Dataset) -> Dataset:
    """A price around what a place in kurs costs here, 9 000 kr: the answer can turn."""
    return confirmed(priced(dataset, 7_000, 9_000, 11_500))


def test_an_answer_that_can_turn_on_a_figure_worth_getting_is_measured_first(elvedal: Dataset) -> None:
    each = found(near(elvedal), "kurs")
    assert (each.recommendation, each.because) == ("measure_first", ("worth_getting",))


def test_and_decided_on_the_mean_where_getting_it_costs_more(elvedal: Dataset) -> None:
    """A thousand hours at 800 000 to 1 000 000 kr a position cost more than the figure is worth."""
    rows = [
        {"gap": gap, "per": "once", "hours_low": 1_000.0, "hours_high": 1_000.0, "source": "elvedal_prices",
         "locator": "row 1", "grade": "assumed", "note": None}
        for gap in ("gap_price", "gap_participants", "gap_equivalence", "gap_positions")
    ]  # fmt: skip
    dear = near(elvedal).replace(collecting=pl.DataFrame(rows, elvedal.collecting.schema))
    assert found(dear, "kurs").because == ("expected_gain",)
    assert found(dear, "kurs").recommendation == "continue"
    lower = confirmed(priced(dear, 7_000, 8_700, 10_500))
    assert found(lower, "kurs").recommendation == "end_or_reduce"
    assert found(with_basis(lower, "kurs"), "kurs").recommendation == "other_ways"


def test_a_programme_that_was_weighed_is_judged_by_it_if_all_its_work_is_counted(elvedal: Dataset) -> None:
    row = {
        "evaluation": "e", "programme": "kurs", "activity": None, "weighed_on": date(2026, 11, 1), "result": "less",
        "text_nb": "Veid", "source": "elvedal_report_2026", "locator": "row 9", "grade": "derived", "note": None,
    }  # fmt: skip
    weighed = elvedal.replace(evaluations=pl.DataFrame([row], elvedal.evaluations.schema))
    each = found(weighed, "kurs")
    assert (each.recommendation, each.strength) == ("end_or_reduce", "derived")
    assert "row 9" in {citation.locator for citation in each.citations}
    assert found(with_basis(weighed, "kurs"), "kurs").recommendation == "other_ways"
    other = pl.when(pl.col("programme") == "kurs").then(pl.lit("Veiledning er ikke talt")).otherwise("other_work")
    uncounted = weighed.replace(programmes=elvedal.programmes.with_columns(other_work=other))
    assert found(uncounted, "kurs").recommendation == "measure_first"


# What comes first


def test_criteria_are_scored_as_the_method_says(elvedal: Dataset) -> None:
    from hhanalytics.decisions.priorities import CRITERIA, priorities

    score = {
        "programme": "rehab", "year": 2026, "criterion": "coping", "score_low": 0.5, "score_high": 0.9, "judged_by": "a",
        "source": "elvedal_report_2026", "locator": "row 1", "grade": "assumed", "note": None,
    }  # fmt: skip
    data = with_basis(elvedal, "kurs").replace(priority_scores=pl.DataFrame([score], elvedal.priority_scores.schema))
    found_ = priorities(data, hh.simulate(data, year=2026))
    assert found_.programmes == ("ergo", "kurs", "rehab")
    scores = {
        id: dict(zip(CRITERIA, row, strict=True)) for id, row in zip(found_.programmes, found_.scores, strict=True)
    }
    assert scores["ergo"]["reach"] == pytest.approx(0.1)
    assert scores["kurs"]["statutory"] == pytest.approx(1.0)
    assert scores["rehab"]["evidence"] == pytest.approx(1.0)
    assert scores["ergo"]["evidence"] == pytest.approx(2 / 3)
    assert scores["rehab"]["coping"] == pytest.approx(0.7, abs=0.01)
    # About 424 000 against 200 000.
    assert scores["rehab"]["gain"] == pytest.approx(0.67, abs=0.02)
    # Not stated, not confirmed: unknown, neither zero nor average.
    for id, criterion in (("ergo", "statutory"), ("kurs", "gain"), ("kurs", "pays"), ("ergo", "coping")):
        assert scores[id][criterion] != scores[id][criterion]
    assert found_.unknown == ("goals", "judgement", "severity")
    assert found_.first(1)[0][0] == "rehab"
    assert found_.ranking.rank_acceptability.sum(axis=0) == pytest.approx(1.0)
    by_duty = priorities(data, hh.simulate(data, year=2026), preference=[CRITERIA.index("statutory")])
    assert dict(by_duty.first(1))["kurs"] > dict(found_.first(1))["kurs"]


# What to get first


def test_the_worth_of_the_price_is_near_that_of_everything(elvedal: Dataset) -> None:
    simulation = hh.simulate(near(elvedal), year=2026)
    known = worths(simulation, "kurs")
    assert set(known) == {"price:kursplass", "count:kurs_2026", "position:felles"}
    # Deviation of the gain: price 50 x about 840, position half of 200 000 / sqrt 12, count 9 000 x about 2.
    assert sorted(known, key=lambda name: known[name]) == ["count:kurs_2026", "position:felles", "price:kursplass"]
    gains = simulation.values("kurs")
    everything = max(0.0, float((gains.clip(min=0)).mean() - max(gains.mean(), 0)))
    assert 0 < known["price:kursplass"] < everything


def test_figures_to_get_are_kroner_and_hours(elvedal: Dataset) -> None:
    data = near(elvedal)
    simulation = hh.simulate(data, year=2026)
    findings = figures_to_get(data, 2026, gaps(data, 2026), simulation)
    got = {each.kind: each for each in findings}
    assert got["get_price"].figures["worth"].value == pytest.approx(worths(simulation, "kurs")["price:kursplass"])
    assert "hours" not in got["get_price"].figures  # nobody has said what it takes
    real = hh.load("data/raw")
    for each in figures_to_get(real, 2025, gaps(real, 2025)):
        low, high = each.figures["hours_low"].value, each.figures["hours"].value
        rates = each.figures["work_low"].value / low, each.figures["work"].value / high  # type: ignore[operator]
        # 854 412 and 929 494 kr over 1 700 hours.
        assert rates == pytest.approx((854_412 / 1_700, 929_494 / 1_700))


def test_most_kroner_per_hour_come_first() -> None:
    real = hh.load("data/raw")

    def rates() -> Iterator[float]:
        for each in figures_to_get(real, 2025, gaps(real, 2025)):
            if "stake" in each.figures:
                hours = (each.figures["hours_low"].value + each.figures["hours"].value) / 2  # type: ignore[operator]
                yield each.figures["stake"].value / hours  # type: ignore[operator]

    assert [*rates()] == sorted(rates(), reverse=True)


def test_where_nothing_could_change_the_choice_it_is_said(elvedal: Dataset) -> None:
    sure = confirmed(priced(elvedal, 100, 200, 300))
    findings = figures_to_get(sure, 2026, [], hh.simulate(sure, year=2026))
    assert [each.kind for each in findings] == ["nothing_to_get"]
    assert findings[0].figures["programmes_number"].value == 2


# Known then: the monthly webinars (annual report, lines 857-861)


def test_the_webinars_come_out_as_what_was_known_then() -> None:
    data = hh.load("data/raw")
    webinars = found(data, "faglig_koordinator_webinars", 2025)
    assert (webinars.recommendation, webinars.because[0]) == ("end_or_reduce", "weighed_less")
    # A decision is reported, not a figure: no cost, no participants, no chance; graded as the reading it is.
    assert (webinars.strength, webinars.probability, webinars.participants) == ("derived", None, None)
    assert not webinars.cost.known
    assert {c.locator for c in webinars.citations if c.table == "evaluations"} == {"l. 857-861"}
    # The position that held them does much else that nobody has counted: it is not ended with them.
    assert found(data, "faglig_koordinator", 2025).recommendation == "measure_first"


def test_before_they_were_weighed_they_would_have_been_measured_first() -> None:
    from hhanalytics.decisions.recommendations import activity

    data = hh.load("data/raw")
    before = data.replace(evaluations=data.evaluations.clear())
    assert activity(before, "faglig_koordinator_webinars").recommendation == "measure_first"
    mixed = data.replace(evaluations=data.evaluations.with_columns(result=pl.lit("mixed")))
    assert activity(mixed, "faglig_koordinator_webinars").recommendation == "measure_first"
    assert [a.subject for a in assessments(before, 2025) if a.table == "activities"] == []


def test_real_programmes_are_all_measured_first() -> None:
    data = hh.load("data/raw")
    own = [each for each in assessments(data, 2025) if each.table == "programmes"]
    assert len(own) == 14
    assert {each.recommendation for each in own} == {"measure_first"}
    assert {each.probability for each in own} == {None}
    assert {each.strength for each in own} == {"missing"}
    assert [each.subject for each in own if each.statutory] == ["laering_mestring"]
