"""What each programme costs and gives as a model of uncertain inputs, built from a Dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, Protocol

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.finding import cite
from hhanalytics.decisions.spreads import Array, Spread, counted, ranged
from hhanalytics.evidence import Citation, Grade, weakest
from hhanalytics.measures.catalogue import compute
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.measures.gain_lines import PRICED
from hhanalytics.methods import constant

InputKind = Literal["count", "outside", "price", "units", "position", "cost"]
#: What a model gives, in the order in which results list it.
OUTCOMES = ("cost", "participants", "per_participant", "value", "net_gain")


@dataclass(frozen=True)
class Input:
    """One uncertain figure, drawn once for everything that uses it.

    Attributes:
        name: Its name, such as ``price:hlr_course``; its draws hang on it.
        kind: ``count`` (of an activity), ``outside`` (whether a count comes on top of the one it may be a part of),
            ``price`` (of a service), ``units`` (of a service per activity), ``position`` (a full position in a
            pool), ``cost`` (of something that has not started).
        topic: Id of what it is of: the activity, service, pool or programme.
        spread: What it may be.
        grade: How well it is known.
        citations: The rows it comes from.
    """

    name: str
    kind: InputKind
    topic: str
    spread: Spread
    grade: Grade
    citations: tuple[Citation, ...] = ()


class Draw(Protocol):
    """Gives an input's draws, or its one value."""

    def __call__(self, name: str, /) -> Array | float:
        """The draws of an input."""


@dataclass(frozen=True)
class Line:
    """An activity that is compared with an external service: the names of its count, units and price."""

    count: str
    units: str
    price: str
    avoided: bool = False


@dataclass(frozen=True)
class Model:
    """One programme in one year.

    Attributes:
        programme: Its id.
        fixed_nok: The part of its cost that is known.
        positions: Full positions it takes, by the name of the input that prices them.
        cost_reason: Why the cost is missing; empty where it is known.
        counts: Names of the counts of participants, each with the name of what decides whether it is added (empty: it is).
        count_reason: Why participants are missing; empty where they are counted.
        lines: What it is compared with.
        value_reason: Why the value is missing; empty where it is known.
        ceiling: Whether the cost per participant is only a ceiling: work was done that nobody has counted.
        confirmed: Whether the steering group has confirmed every comparison.
        cost_grade: The grade of its cost.
    """

    programme: str
    fixed_nok: float = 0.0
    positions: Mapping[str, float] = field(default_factory=dict)
    cost_reason: str = ""
    counts: tuple[tuple[str, str], ...] = ()
    count_reason: str = ""
    lines: tuple[Line, ...] = ()
    value_reason: str = ""
    ceiling: bool = False
    confirmed: bool = False
    cost_grade: Grade = "missing"

    @property
    def known(self) -> tuple[str, ...]:
        """The outcomes that can be worked out."""
        cost, count, value = not self.cost_reason, not self.count_reason, not self.value_reason
        has = (cost, count, cost and count, value, cost and value)
        return tuple(name for name, there in zip(OUTCOMES, has, strict=True) if there)

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs it uses, each once."""
        return tuple(dict.fromkeys(name for outcome in OUTCOMES for name in self.uses(outcome)))

    def uses(self, outcome: str) -> tuple[str, ...]:
        """The inputs that an outcome hangs on, each once."""
        found: list[str] = []
        if outcome in ("cost", "per_participant", "net_gain") and not self.cost_reason:
            found += self.positions
        if outcome in ("participants", "per_participant"):
            found += [name for pair in self.counts for name in pair if name]
        if outcome in ("value", "net_gain"):
            found += [name for line in self.lines for name in (line.count, line.units, line.price)]
        return tuple(dict.fromkeys(found))

    def grade(self, outcome: str, inputs: Mapping[str, Input]) -> Grade:
        """The weakest grade of what an outcome hangs on; ``missing`` where it is not known."""
        if outcome not in self.known:
            return "missing"
        grades = [inputs[name].grade for name in self.uses(outcome)]
        if outcome in ("cost", "per_participant", "net_gain"):
            grades.append(self.cost_grade)
        return weakest(grades)

    def outcomes(self, draw: Draw) -> dict[str, Array | float]:
        """What it costs and gives, for the draws of its inputs."""
        found: dict[str, Array | float] = {}
        if not self.cost_reason:
            cost: Array | float = self.fixed_nok
            for name, size in self.positions.items():
                cost = cost + size * draw(name)
            found["cost"] = cost
        if not self.count_reason:
            people: Array | float = 0.0
            for count, outside in self.counts:
                people = people + (draw(count) * draw(outside) if outside else draw(count))
            found["participants"] = people
            # Asked what would be if nobody came, there is no cost per participant.
            if "cost" in found and not (isinstance(people, float | int) and people == 0):
                found["per_participant"] = found["cost"] / people
        if not self.value_reason:
            value: Array | float = 0.0
            for line in self.lines:
                value = value + draw(line.count) * draw(line.units) * draw(line.price)
            found["value"] = value
            if "cost" in found:
                found["net_gain"] = value - found["cost"]
        return found


@dataclass(frozen=True)
class Models:
    """The models of all programmes of a year, and the inputs they share."""

    year: int
    programmes: tuple[Model, ...]
    inputs: Mapping[str, Input]

    def of(self, programme: str) -> Model:
        """The model of one programme."""
        return next(model for model in self.programmes if model.programme == programme)


def models_of(dataset: Dataset, year: int | None = None) -> Models:
    """The models of all programmes of a year.

    Args:
        dataset: The Dataset, printed or corrected.
        year: A year with accounts; None: the latest.

    Example:
        >>> import hhanalytics as hh
        >>> models = models_of(hh.load("data/raw"), 2025)
        >>> kef = models.of("kef")
        >>> kef.positions, kef.known, kef.value_reason
        ({'position:hallinghelse': 0.6}, ('cost', 'participants', 'per_participant'), 'no_equivalence')
    """
    year = dataset.year(year)
    inputs: dict[str, Input] = {}
    costs = compute(dataset, "programme_costs", year=year)
    gains = {row["programme"]: row for row in compute(dataset, "gain", year=year).iter_rows(named=True)}
    lines = compute(dataset, "gain_lines", year=year)
    prices = _position_prices(dataset, year, inputs)
    found = []
    for row in costs.filter(pl.col("programme") != UNALLOCATED).iter_rows(named=True):
        id = row["programme"]
        model = Model(id, cost_reason=row["reason"] or "", value_reason=(gains.get(id) or {}).get("reason") or "")
        if not model.cost_reason:
            model = _with_cost(dataset, year, row, model, prices)
        counts, open_above = _counts(dataset, year, id, inputs)
        values = () if model.value_reason else _lines(dataset, lines.filter(programme=id), year, inputs)
        model = replace(
            model,
            counts=counts,
            count_reason="" if counts else "no_participants",
            lines=values,
            ceiling=open_above or row["other_work"] is not None,
            confirmed=bool((gains.get(id) or {}).get("confirmed")),
        )
        found.append(replace(model, cost_grade=row["grade"]))
    used = {name for model in found for name in model.names}
    return Models(year, tuple(found), {name: each for name, each in inputs.items() if name in used})


# Costs


def _position_prices(dataset: Dataset, year: int, inputs: dict[str, Input]) -> dict[str, Spread]:
    """What a full position costs, by pool: one draw for all positions in it."""
    found = {}
    rows = compute(dataset, "full_position_costs", year=year).filter(pl.col("use") == "range")
    for row in rows.iter_rows(named=True):
        hooks = dataset.position_hooks.filter(pool=row["pool"], use="range")
        charged = dataset.costs.filter(pl.col("pool").is_in(hooks["charged_pool"].unique().implode()))
        spread = ranged(row["low_nok"], None, row["high_nok"])
        name = f"position:{row['pool']}"
        cites = (*cite("position_hooks", hooks), *cite("costs", charged))
        inputs[name] = Input(name, "position", row["pool"], spread, row["grade"], cites)
        found[row["pool"]] = spread
    return found


def _with_cost(dataset: Dataset, year: int, row: dict[str, Any], model: Model, prices: Mapping[str, Spread]) -> Model:
    """The cost as a known part and positions, which together give the lowest cost that the measure gives."""
    sizes: dict[str, float] = {}
    for each in dataset.positions.filter(programme=model.programme, vacant=False).iter_rows(named=True):
        months = _months(each["valid_from"], each["valid_to"], year)
        if each["pool"] in prices and months and each["position_percent"] and _shared(dataset, each["pool"], year):
            name = f"position:{each['pool']}"
            sizes[name] = sizes.get(name, 0.0) + each["position_percent"] * months / 1200
    low = sum(prices[name.partition(":")[2]].low * size for name, size in sizes.items())
    return replace(model, fixed_nok=round(row["cost_low_nok"] - low), positions=sizes)


def _shared(dataset: Dataset, pool: str, year: int) -> bool:
    """Whether a pool was charged in a year and pays for no programme alone."""
    charged = dataset.costs.filter((pl.col("pool") == pool) & (pl.col("period_end").dt.year() == year))
    return bool(charged.height) and dataset.pools.filter(pool=pool)["programme"].null_count() > 0


def _months(start: date, end: date | None, year: int) -> int:
    """Months of a year in a period: one counts where its 15th is inside."""
    days = [date(year, month, 15) for month in range(1, 13)]
    return sum(start <= day and (end is None or day <= end) for day in days)


# Counts and what they are compared with


def _counts(
    dataset: Dataset, year: int, programme: str, inputs: dict[str, Input]
) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The counts of participants, those that may lie inside another as alternatives, and whether some are missing."""
    rows = dataset.activities.filter(
        (pl.col("programme") == programme)
        & (pl.col("unit") == "participants")
        & (pl.col("period_end").dt.year() == year)
    )
    whole = rows.filter(pl.col("part_of").is_null())
    if not whole["quantity"].fill_null(0).sum():
        return (), False
    found = []
    for row in rows.filter(pl.col("quantity").is_not_null()).iter_rows(named=True):
        found.append((_count(dataset, row, inputs), _outside(dataset, row, inputs) if row["part_of"] else ""))
    return tuple(found), whole["quantity"].null_count() > 0


def _count(dataset: Dataset, row: dict[str, Any], inputs: dict[str, Input]) -> str:
    name = f"count:{row['activity']}"
    if name not in inputs:
        spread, grade = counted(row["quantity"], row["qualifier"]), row["grade"]
        cites = cite("activities", dataset.activities.filter(activity=row["activity"]))
        other = dataset.readings.filter(
            (pl.col("figure") == row["activity"]) & pl.col("alternative_value").is_not_null()
        )
        if other.height:
            # Two readings: the one taken, as a number, or the other.
            low, high = sorted((float(row["quantity"]), float(other["alternative_value"][0])))
            chance = _weight(other)
            spread = Spread("choice", low, low, high, chance if high != row["quantity"] else 1 - chance)
            grade, cites = "assumed", (*cites, *cite("readings", other))
        elif row["qualifier"] == "at_least":
            grade = weakest([grade, "assumed"])
        inputs[name] = Input(name, "count", row["activity"], spread, grade, cites)
    return name


def _outside(dataset: Dataset, row: dict[str, Any], inputs: dict[str, Input]) -> str:
    """Whether a count that may lie inside another comes on top of it after all."""
    name = f"outside:{row['activity']}"
    reading = dataset.readings.filter(figure=row["activity"])
    spread = Spread("choice", 0, 0, 1, _weight(reading))
    inputs[name] = Input(name, "outside", row["activity"], spread, "assumed", cite("readings", reading))
    return name


def _weight(reading: pl.DataFrame) -> float:
    stated = reading["alternative_weight"].drop_nulls()
    return float(stated[0]) if stated.len() else constant("alternative_weight")


def _lines(dataset: Dataset, lines: pl.DataFrame, year: int, inputs: dict[str, Input]) -> tuple[Line, ...]:
    """What a programme's activities are compared with, every part of it known."""
    found = []
    for row in lines.filter(pl.col("counted") & pl.col("gain_kind").is_in(PRICED)).iter_rows(named=True):
        keys = {name: row[name] for name in ("programme", "kind", "unit")}
        pair = dataset.equivalents.filter(service=row["service"], **keys)
        units = _units(pair, row, inputs)
        price = price_input(dataset, row["service"], inputs)
        done = dataset.activities.filter(**keys).filter(
            (pl.col("period_end").dt.year() == year) & pl.col("part_of").is_null() & pl.col("quantity").is_not_null()
        )
        for activity in done.iter_rows(named=True):
            line = Line(_count(dataset, activity, inputs), units, price, row["gain_kind"] == "avoided_cost")
            if line not in found:
                found.append(line)
    return tuple(found)


def _units(pair: pl.DataFrame, row: dict[str, Any], inputs: dict[str, Input]) -> str:
    name = f"units:{row['programme']}.{row['kind']}.{row['unit']}.{row['service']}"
    stated = pair.row(0, named=True)
    mode = float(stated["service_units"])
    low, high = (float(stated[f"service_units_{side}"] or mode) for side in ("low", "high"))
    inputs[name] = Input(
        name, "units", row["service"], ranged(low, mode, high), pair["grade"][0], cite("equivalents", pair)
    )
    return name


def price_input(dataset: Dataset, service: str, inputs: dict[str, Input]) -> str:
    """The price of a service: one draw for everything that is compared with it."""
    name = f"price:{service}"
    quotes = dataset.prices.filter(service=service)
    low = quotes.select(pl.coalesce("amount_low_nok", "amount_nok").min()).item()
    high = quotes.select(pl.coalesce("amount_high_nok", "amount_nok").max()).item()
    mode = float(quotes["amount_nok"].to_numpy().mean())
    grade = weakest(quotes["grade"].unique())
    inputs[name] = Input(name, "price", service, ranged(low, mode, high), grade, cite("prices", quotes))
    return name


def today(inputs: Mapping[str, Input], others: Mapping[str, float] | None = None) -> Draw:
    """Every input at its likeliest value; ranges without one at their middle, alternatives as they were read.

    Args:
        inputs: The inputs.
        others: Inputs that are set to something else.
    """
    given = others or {}
    return lambda name: given[name] if name in given else inputs[name].spread.mode
