"""Every tidy table, declared once: columns, types, units, keys, rules.

Validation, the data dictionary and the privacy gate are derived from these declarations. A column's
``metadata`` may hold

* ``unit``: what the number counts (``nok``, ``persons``, ``share`` …);
* ``references``: the table and column whose values it must take, as ``table.column``;
* ``allowed``: the values it may take;
* ``term``: the domain of the terms whose names readers see for its ids;
* ``counts_persons``: ``True``, or the units (column ``unit``) for which it does: such values are
  never shown below the threshold for small numbers in a public brief.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import dataframely as dy
import polars as pl

from hhanalytics.evidence import GRADES, QUALIFIERS

SLUG: Final = r"^[a-z][a-z0-9_]*$"
#: The id of a source is also the name of a folder: short, and no device of any system.
FOLDER: Final = r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$)[a-z][a-z0-9_]{0,63}"
#: Units of an activity that count persons.
PERSON_UNITS: Final = ("participants", "persons", "users", "advisers")


#: Tables of counts of persons → the columns that name one of their rows.
COUNTED: Final = {"activities": ("activity",), "welfare_tech": ("technology", "month", "municipality")}


def row_name(table: str, row: Mapping[str, Any]) -> str:
    """The name of a row that counts persons, the same in every release; one reported again has its day in it.

    Example:
        >>> row_name("activities", {"activity": "kef_users", "quantity": 4})
        'activities:kef_users'
    """
    again = row.get("reported_on")
    names = [*(row[key] for key in COUNTED[table]), *([] if again is None else [again])]
    return ":".join([table, *("" if name is None else str(name) for name in names)])


def _id(
    description: str, *, key: bool = False, nullable: bool = False, to: str | None = None, term: str | None = None
) -> dy.String:
    """A stable lower-case ascii id, optionally one that another table declares, or a term of a domain."""
    about = {"references": to, "term": term}
    return dy.String(
        primary_key=key,
        nullable=nullable,
        regex=SLUG,
        description=description,
        metadata={name: value for name, value in about.items() if value},
    )


def _text(description: str, *, nullable: bool = True) -> dy.String:
    return dy.String(nullable=nullable, min_length=1, description=description)


def _choice(description: str, values: tuple[str, ...], *, nullable: bool = False, key: bool = False) -> dy.String:
    return dy.String(
        nullable=nullable,
        primary_key=key,
        check={"allowed": lambda column: column.is_in(values)},
        description=description,
        metadata={"allowed": values},
    )


def _nok(description: str, *, nullable: bool = False, minimum: int | None = None) -> dy.Int64:
    return dy.Int64(nullable=nullable, min=minimum, description=description, metadata={"unit": "nok"})


def _number(
    description: str, unit: str, *, nullable: bool = True, minimum: float | None = None, maximum: float | None = None
) -> dy.Float64:
    return dy.Float64(nullable=nullable, min=minimum, max=maximum, description=description, metadata={"unit": unit})


def _count(description: str, unit: str) -> dy.Int64:
    return dy.Int64(nullable=True, min=0, description=description, metadata={"unit": unit})


class Evidence(dy.Schema):
    """Columns of every row that states a figure."""

    source = _id("Id of the source (its folder in data/raw).", to="sources.source")
    locator = _text("Where in the source: 'l. 82', 'l. 64-65, 71', a table, a page.", nullable=False)
    grade = _choice("How well it is known.", GRADES)
    note = _text("What a reader of the row should know.")


class Named(dy.Schema):
    """Names for readers; bokmål is required, nynorsk and English fall back on it."""

    name_nb = _text("Name in bokmål.", nullable=False)
    name_nn = _text("Name in nynorsk, where it differs.")
    name_en = _text("Name in English.")


class Period(dy.Schema):
    """First and last day, both included."""

    period_start = dy.Date(primary_key=True, description="First day.")
    period_end = dy.Date(primary_key=True, description="Last day.")

    @dy.rule()
    def period_in_order(cls: type[Any]) -> pl.Expr:
        """The first day is not after the last."""
        return cls.period_start.col <= cls.period_end.col


def _one_year(cls: type[Any]) -> pl.Expr:
    return cls.period_start.col.dt.year() == cls.period_end.col.dt.year()


class Validity(dy.Schema):
    """From which day a row holds, and to which (open where empty)."""

    valid_from = dy.Date(primary_key=True, description="First day it holds.")
    valid_to = dy.Date(nullable=True, description="Last day it holds; empty: still holds.")

    @dy.rule()
    def validity_in_order(cls: type[Any]) -> pl.Expr:
        """The first day is not after the last."""
        return cls.valid_to.col.is_null() | (cls.valid_from.col <= cls.valid_to.col)


class Sources(dy.Schema):
    """A document or data set; one row per folder in data/raw, read from its source.toml."""

    source = _id("Id: the name of the folder.", key=True)
    title = _text("Title.", nullable=False)
    short_title = _text("Title as a brief's list of sources prints it.", nullable=False)
    publisher = _text("Who published it.", nullable=False)
    published_on = dy.Date(nullable=True, description="Date of publication.")
    document = _text("Name of the document.")
    address = _text("Where it can be found.")
    licence = _text("Terms of use.")
    sha256 = dy.String(nullable=True, regex="^[0-9a-f]{64}$", description="Checksum of the document as read.")


class Municipalities(Evidence, Named, Validity):
    """A municipality under one code."""

    municipality = _id("Stable id of the municipality.", key=True)
    code = dy.String(primary_key=True, regex=r"^\d{4}$", description="Official number, four digits.")
    organisation_number = dy.String(nullable=True, regex=r"^\d{9}$", description="Organisation number.")


class Population(Evidence):
    """Persons living in a municipality on 1 January."""

    municipality = _id("Municipality.", key=True, to="municipalities.municipality")
    year = dy.Int64(primary_key=True, min=1769, max=2200, description="Year whose 1 January is meant.")
    age_band = dy.String(primary_key=True, regex=r"^\d{1,3}(-\d{1,3}|\+)$", description="Ages: '18-49', '90+'.")
    persons = dy.Int64(min=0, description="Persons.", metadata={"unit": "persons", "counts_persons": True})


class PopulationByAge(Evidence):
    """Persons on 1 January in another division into ages than `population`; never added to it."""

    municipality = _id("Municipality.", key=True, to="municipalities.municipality")
    year = dy.Int64(primary_key=True, min=1769, max=2200, description="Year whose 1 January is meant.")
    age_band = dy.String(primary_key=True, regex=r"^\d{1,3}(-\d{1,3}|\+)$", description="Ages: '18-64', '80+'.")
    persons = dy.Int64(min=0, description="Persons.", metadata={"unit": "persons", "counts_persons": True})


class Pools(Evidence, Named, Validity):
    """An amount shared by one key."""

    pool = _id("Pool (regnskapsområde); 'all' is the name of their sum.", key=True)
    programme = _id("The programme, where the pool pays for just one.", nullable=True, to="programmes.programme")
    part_of_position = dy.Bool(
        description="Whether the amount is somebody's share of a position that otherwise lies in another pool."
    )
    in_accounts = dy.Bool(description="Whether it belongs to the ordinary accounts, as the source delimits them.")

    @dy.rule()
    def pool_not_reserved(cls: type[Any]) -> pl.Expr:
        """A measure names the sum of all pools 'all'."""
        return cls.pool.col != "all"


class Memberships(Evidence, Validity):
    """A municipality's part in a pool, and the key by which the pool is shared."""

    municipality = _id("Municipality.", key=True, to="municipalities.municipality")
    pool = _id("Pool.", key=True, to="pools.pool")
    key = _choice("Allocation key (fordelingsnøkkel).", ("population", "equal", "fixed"))
    reference_date = dy.Date(nullable=True, description="Date of the population used; population key only.")
    fixed_share = _number("Share of the pool, 0 to 1; fixed key only.", "share", minimum=0, maximum=1)

    @dy.rule()
    def reference_date_with_population_key(cls: type[Any]) -> pl.Expr:
        """A population key has a reference date, and no other key has."""
        return (cls.key.col == "population") == cls.reference_date.col.is_not_null()

    @dy.rule()
    def fixed_share_with_fixed_key(cls: type[Any]) -> pl.Expr:
        """A fixed key has a share, and no other key has."""
        return (cls.key.col == "fixed") == cls.fixed_share.col.is_not_null()


class Endings(Evidence):
    """An earlier row that ends: said by a later source, so that the earlier one stays as it was delivered."""

    ending = _id("Ending.", key=True)
    ends = _choice(
        "What ends: a membership, a pool, a position, a municipality's code, or the waiting of a decision.",
        ("memberships", "pools", "positions", "municipalities", "decisions"),
    )
    last_day = dy.Date(description="Last day it holds; of a decision the day it was taken.")
    municipality = _id(
        "Municipality; empty with memberships: every member of the pool.",
        nullable=True,
        to="municipalities.municipality",
    )
    pool = _id("Pool.", nullable=True, to="pools.pool")
    programme = _id("Programme, with positions.", nullable=True, to="programmes.programme")
    decision = _id("Decision.", nullable=True, to="decisions.decision")

    @dy.rule()
    def ending_names_what_ends(cls: type[Any]) -> pl.Expr:
        """It names what ends (the pool of memberships and pools, the programme of positions …) and nothing else."""
        ends = cls.ends.col
        pool, person = cls.pool.col.is_not_null(), cls.municipality.col.is_not_null()
        programme, decision = cls.programme.col.is_not_null(), cls.decision.col.is_not_null()
        return (
            pl.when(ends == "memberships")
            .then(pool & ~programme & ~decision)
            .when(ends == "pools")
            .then(pool & ~person & ~programme & ~decision)
            .when(ends == "positions")
            .then(programme & ~person & ~decision)
            .when(ends == "municipalities")
            .then(person & ~pool & ~programme & ~decision)
            .otherwise(decision & ~person & ~pool & ~programme)
        )


class Programmes(Evidence, Named):
    """A programme (tiltak): a thing done under a mandate."""

    programme = _id("Programme; 'unallocated' is the name of what no programme takes.", key=True)
    statutory_basis = _text("The duty in law it helps to meet, as the source states it.")
    need = _text("The need it answers.")
    ordered_by = _text("Who ordered it.")
    mandate = _text("Mandate, as the source describes it.")
    started = dy.Int64(nullable=True, min=1900, max=2200, description="Year it started.")
    other_work = _text("Work done in the programme that its counts do not cover; empty: none known.")
    avoidable_share = _number(
        "Part of the full cost that disappears if it stops, 0 to 1.", "share", minimum=0, maximum=1
    )

    @dy.rule()
    def programme_not_reserved(cls: type[Any]) -> pl.Expr:
        """A measure names what is left of shared pools 'unallocated'."""
        return cls.programme.col != "unallocated"


class Positions(Evidence, Validity):
    """How large a position a programme has."""

    programme = _id("Programme.", key=True, to="programmes.programme")
    pool = _id("Pool that carries the position.", to="pools.pool")
    position_percent = dy.Int64(
        nullable=True,
        min=0,
        description="Size of the position (stillingsprosent); empty: not stated.",
        metadata={"unit": "percent"},
    )
    vacant = dy.Bool(description="Whether it stood vacant in this period.")


class PositionHooks(Evidence, Period):
    """A charge from which the cost of a full position can be derived."""

    hook = _id("Hook.", key=True)
    pool = _id("Pool whose positions it prices.", to="pools.pool")
    charged_pool = _id("Pool in which the charge stands.", to="pools.pool")
    municipality = _id("Whose charge; empty: all of them.", nullable=True, to="municipalities.municipality")
    reading = _choice(
        "Which part of the position the charge is: an equal part, a part by population, or the whole.",
        ("equal", "population", "whole"),
    )
    position_percent = dy.Int64(
        min=1, description="Size of the position the charge pays for.", metadata={"unit": "percent"}
    )
    use = _choice("Whether it sets the range or only checks it.", ("range", "cross_check"))

    @dy.rule()
    def part_has_a_payer(cls: type[Any]) -> pl.Expr:
        """A part of a position is somebody's."""
        return (cls.reading.col == "whole") | cls.municipality.col.is_not_null()


class Costs(Evidence, Period):
    """An amount charged to a municipality."""

    municipality = _id("Municipality.", key=True, to="municipalities.municipality")
    pool = _id("Pool.", key=True, to="pools.pool")
    amount_nok = _nok("Amount charged.")

    @dy.rule()
    def costs_within_one_year(cls: type[Any]) -> pl.Expr:
        """Accounts are yearly: an amount over two years would belong to neither."""
        return _one_year(cls)


class CostBehaviours(Evidence, Validity):
    """What a pool's amount does when a member comes or goes; a pool without a row stays as it is."""

    pool = _id("Pool.", key=True, to="pools.pool")
    behaviour = _choice(
        "Fixed: stays. Step: changes by whole steps, such as a position. Variable: follows the members.",
        ("fixed", "step", "variable"),
    )
    step_nok = dy.Int64(
        nullable=True, min=1, description="What one step costs a year; step only.", metadata={"unit": "nok"}
    )

    @dy.rule()
    def step_with_step_behaviour(cls: type[Any]) -> pl.Expr:
        """A cost that goes in steps says how large they are, and no other does."""
        return (cls.behaviour.col == "step") == cls.step_nok.col.is_not_null()


class Budgets(Evidence, Period):
    """An amount budgeted for a municipality."""

    municipality = _id("Municipality.", key=True, to="municipalities.municipality")
    budget = _id("Which budget, where the source prints several.", key=True, term="budget")
    pool = _id("Pool; empty: the source does not say what it covers.", nullable=True, to="pools.pool")
    amount_nok = _nok("Amount budgeted.")

    @dy.rule()
    def budget_within_one_year(cls: type[Any]) -> pl.Expr:
        """Budgets are yearly: an amount over two years would belong to neither."""
        return _one_year(cls)


class BudgetCirculars(Evidence):
    """What a budget circular (budsjettrundskriv) lays down; a value that is not on file is empty and ``missing``."""

    circular = _id("Circular.", key=True)
    item = _choice(
        "What it lays down.", ("wage_growth", "price_growth", "saving_requirement", "deadline", "other"), key=True
    )
    issued_by = _text("Who issued it.", nullable=False)
    budget_year = dy.Int64(nullable=True, min=1900, max=2200, description="Year it is for; empty: not stated.")
    value = _number("The value laid down; empty: not on file.", "as the item")
    unit = _choice("Unit of the value.", ("percent", "nok", "none"))
    basis_nb = _text("What it is a part of, in bokmål; empty: not stated.")
    basis_nn = _text("The same in nynorsk.")
    basis_en = _text("The same in English.")
    text_nb = _text("What it says, in bokmål.", nullable=False)
    text_nn = _text("The same in nynorsk.")
    text_en = _text("The same in English.")


class ControlTotals(Evidence, Period):
    """A total that a document states."""

    name = _id("Name of the total.", key=True)
    kind = _choice("What it is a total of.", ("municipality", "accounts", "budget", "underspend"))
    municipality = _id("Whose total, where it is one's.", nullable=True, to="municipalities.municipality")
    amount_nok = _nok("The total as stated.")

    @dy.rule()
    def total_of_a_municipality(cls: type[Any]) -> pl.Expr:
        """The total of a municipality is somebody's, and no other is."""
        return (cls.kind.col == "municipality") == cls.municipality.col.is_not_null()


class Grants(Evidence):
    """Money from outside."""

    grant = _id("Grant.", key=True)
    grantor = _text("Who gives it.", nullable=False)
    grantor_nn = _text("The same in nynorsk.")
    grantor_en = _text("The same in English.")
    programme = _id("Programme.", nullable=True, to="programmes.programme")
    name_nb = _text("What it is for.", nullable=False)
    name_nn = _text("The same in nynorsk.")
    name_en = _text("The same in English.")
    period_start = dy.Date(nullable=True, description="First day; empty: not stated.")
    period_end = dy.Date(nullable=True, description="Last day, when it expires; empty: not stated.")
    amount_nok = _nok("Amount granted; empty: not stated.", nullable=True)
    status = _choice("Granted or refused.", ("granted", "refused"))
    passed_on = dy.Bool(description="Whether it was handed on to the municipalities, not spent by the programme.")


class Activities(Evidence):
    """A count of something done."""

    activity = _id("Activity.", key=True)
    programme = _id("Programme.", to="programmes.programme")
    kind = _id("What was done, as a term (domain activity_kind).", term="activity_kind")
    unit = _id("What is counted: participants, sessions, courses … (domain unit).", term="unit")
    period_start = dy.Date(description="First day.")
    period_end = dy.Date(description="Last day.")
    municipality = _id("Municipality; empty: not split.", nullable=True, to="municipalities.municipality")
    quantity = dy.Int64(
        nullable=True,
        min=0,
        description="The count as stated; empty: done, but not counted.",
        metadata={"counts_persons": PERSON_UNITS},
    )
    qualifier = _choice("How the source hedges it.", QUALIFIERS)
    part_of = _id(
        "Activity that this one may be a part of, so that it is not added.", nullable=True, to="activities.activity"
    )
    name_nb = _text("What was done, in bokmål.", nullable=False)
    name_nn = _text("The same in nynorsk.")
    name_en = _text("The same in English.")

    @dy.rule()
    def activity_period_in_order(cls: type[Any]) -> pl.Expr:
        """The first day is not after the last."""
        return cls.period_start.col <= cls.period_end.col


class Prices(Evidence):
    """An external price quote, with VAT and travel as stated."""

    quote = _id("Quote.", key=True)
    service = _id("Service, as a term (domain service).", term="service")
    unit = _id("What the price is for: participants, sessions, hours … (domain unit).", term="unit")
    amount_nok = _nok("Price, or the middle of its range.", minimum=0)
    amount_low_nok = _nok("Lowest price of the range.", nullable=True, minimum=0)
    amount_high_nok = _nok("Highest price of the range.", nullable=True, minimum=0)
    quoted_on = dy.Date(nullable=True, description="Date of the quote; empty: undated.")
    price_year = dy.Int64(nullable=True, description="Year whose price level it is in; empty: not known.")
    vat = _choice("Value added tax.", ("included", "excluded", "not_stated"))
    travel = _choice("Travel.", ("included", "excluded", "not_stated"))
    address = _text("Where the quote was found.")

    @dy.rule()
    def range_in_order(cls: type[Any]) -> pl.Expr:
        """Low, point and high price stand in that order."""
        low = pl.coalesce(cls.amount_low_nok.col, cls.amount_nok.col)
        high = pl.coalesce(cls.amount_high_nok.col, cls.amount_nok.col)
        return (low <= cls.amount_nok.col) & (cls.amount_nok.col <= high)


class PriceIndex(Evidence):
    """An index that brings a price from one year to another."""

    index = _id("Index.", key=True)
    year = dy.Int64(primary_key=True, description="Year.")
    value = _number("Level of the index.", "index", nullable=False)

    @dy.rule()
    def index_above_none(cls: type[Any]) -> pl.Expr:
        """Prices are divided by the level of their year."""
        return cls.value.col > 0


class Equivalents(Evidence):
    """Which external service an activity is compared with; graded assumed until HOF has confirmed it."""

    programme = _id("Programme.", key=True, to="programmes.programme")
    kind = _id("Kind of activity.", key=True, term="activity_kind")
    unit = _id("Unit of the activity that is priced.", key=True, term="unit")
    service = _id("External service.", key=True, term="service")
    service_units_low = _number("Units of the service that one unit of the activity replaces, at least.", "ratio")
    service_units = _number("Units of the service that one unit of the activity replaces; empty: not known.", "ratio")
    service_units_high = _number("Units of the service that one unit of the activity replaces, at most.", "ratio")
    gain_kind = _choice(
        "What kind of gain it is; only avoided cost can be cash.",
        ("external_equivalent", "avoided_cost", "freed_time", "better_quality"),
    )
    confirmed_on = dy.Date(nullable=True, description="When the steering group confirmed it; empty: not yet.")


class Decisions(Evidence):
    """What waits for the steering group, or was decided."""

    decision = _id("Decision.", key=True)
    status = _choice("Waiting or decided.", ("waiting", "decided"))
    programme = _id("Programme it concerns.", nullable=True, to="programmes.programme")
    text_nb = _text("What it is about, as a short phrase in bokmål.", nullable=False)
    text_nn = _text("The same in nynorsk.")
    text_en = _text("The same in English.")
    decided_on = dy.Date(nullable=True, description="When it was decided.")


class WelfareTech(Evidence):
    """Units of welfare technology in use in a month."""

    technology = _id("Technology, as a term (domain technology).", term="technology")
    month = dy.Date(description="First day of the month.", check={"first_of_month": lambda c: c.dt.day() == 1})
    municipality = _id("Municipality; empty: not split.", nullable=True, to="municipalities.municipality")
    units = dy.Int64(min=0, description="Units in use.", metadata={"unit": "units", "counts_persons": True})
    reported_on = dy.Date(
        nullable=True,
        description="When it was reported; empty: not stated. Of several reports for one month the latest counts.",
    )

    @dy.rule()
    def one_row_per_month(cls: type[Any]) -> pl.Expr:
        """A technology has one row per month and municipality, and one more for each later report."""
        return pl.struct(cls.technology.col, cls.month.col, cls.municipality.col, cls.reported_on.col).is_unique()


class TechnologyEffects(Evidence):
    """What a unit of welfare technology costs or gives in a month, as a range; a kind without a row is not known."""

    technology = _id("Technology, as a term (domain technology).", key=True)
    effect = _choice(
        "What it is: the price of a unit, the length of a home visit that it can replace, or a kind of gain.",
        ("unit_cost", "home_visit", "freed_time", "avoided_cost", "better_quality"),
        key=True,
    )
    unit = _choice(
        "What is counted per unit and month, of a home visit per visit; better quality has no number.",
        ("nok", "minutes", "none"),
    )
    scope = _choice(
        "Where it was measured; only what is local is multiplied by local units.",
        ("local", "national", "elsewhere"),
        key=True,
    )
    low = _number("Lowest, per unit and month.", "as the column unit", minimum=0)
    high = _number("Highest, per unit and month.", "as the column unit", minimum=0)
    note_nn = _text("The note in nynorsk.")
    note_en = _text("The note in English.")

    @dy.rule()
    def visit_in_minutes(cls: type[Any]) -> pl.Expr:
        """A home visit lasts a number of minutes, travel included, and more than none."""
        known = (cls.unit.col == "minutes") & (cls.low.col > 0).fill_null(False)
        return (cls.effect.col != "home_visit") | known

    @dy.rule()
    def effect_in_order(cls: type[Any]) -> pl.Expr:
        """The lowest is not above the highest, and both or neither are given."""
        low, high = cls.low.col, cls.high.col
        return (low.is_null() & high.is_null()) | (low <= high).fill_null(False)


class NationalCounts(Evidence):
    """Use of a welfare technology in the whole country, with what was counted and when."""

    technology = _id("Technology, as a term (domain technology).", key=True)
    year = dy.Int64(min=1900, max=2200, primary_key=True, description="Year that was counted.")
    counted = _choice("What was counted; only units are set beside units.", ("units", "persons"), key=True)
    timing = _choice(
        "When: in use in a month, at any time of the year, or not stated.",
        ("in_month", "in_year", "not_stated"),
    )
    quantity = dy.Int64(min=0, description="How many, in the whole country.", metadata={"unit": "units or persons"})
    inhabitants_80 = dy.Int64(
        nullable=True,
        min=1,
        description="Inhabitants of the country aged 80 and over that year; empty: not on file.",
        metadata={"unit": "persons", "counts_persons": True},
    )


class Events(Evidence):
    """Something that breaks or explains a series."""

    event = _id("Event.", key=True)
    date = dy.Date(description="When; the first day where only month or year is known.")
    precision = _choice("How exactly the date is known.", ("day", "month", "year"))
    kind = _choice(
        "What sort of event.",
        ("exit", "entry", "vacancy", "absence", "start", "end", "supplier", "decision", "merger", "other"),
    )
    affects = _id(
        "What it affects: an id of a pool, programme or table; of a merger, the municipality it is part of after it."
    )
    municipality = _id("Municipality it concerns.", nullable=True, to="municipalities.municipality")
    text_nb = _text("What happened, in bokmål.", nullable=False)
    text_nn = _text("The same in nynorsk.")
    text_en = _text("The same in English.")


class Goals(Evidence):
    """A goal and how far it was reached."""

    goal = _id("Goal.", key=True)
    programme = _id("Programme.", to="programmes.programme")
    year = dy.Int64(description="Year.")
    text_nb = _text("The goal, as a short phrase in bokmål.", nullable=False)
    text_nn = _text("The same in nynorsk.")
    text_en = _text("The same in English.")
    indicator = _text("What would show it; empty: none stated.")
    baseline = _number("Where it started.", "as the indicator")
    target = _number("What was aimed at.", "as the indicator")
    status = _choice("How far it was reached.", ("achieved", "partly", "postponed", "not_documented"))
    is_reading = dy.Bool(description="Whether the status is our reading of the text, not stated in it.")
    shown_by_nb = _text("What shows it, in bokmål.")
    shown_by_nn = _text("The same in nynorsk.")
    shown_by_en = _text("The same in English.")
    shown_by_locator = _text("Where in the source that stands.")


class GoalChanges(Evidence):
    """A change the steering group made to a goal, such as with the budget."""

    goal = _id("Goal.", key=True, to="goals.goal")
    changed_on = dy.Date(primary_key=True, description="When it was decided.")
    budget_year = dy.Int64(nullable=True, min=1900, max=2200, description="Budget it was part of, if any.")
    before_nb = _text("The goal before, in bokmål; empty: a new goal.")
    before_nn = _text("The same in nynorsk.")
    before_en = _text("The same in English.")
    after_nb = _text("The goal after, in bokmål; empty: it was dropped.")
    after_nn = _text("The same in nynorsk.")
    after_en = _text("The same in English.")

    @dy.rule()
    def goal_change_says_something(cls: type[Any]) -> pl.Expr:
        """There is a goal before or after."""
        return cls.before_nb.col.is_not_null() | cls.after_nb.col.is_not_null()


class BenefitScores(Evidence):
    """A municipality's own judgement of benefit (pluss-minus-metoden)."""

    municipality = _id("Municipality.", key=True, to="municipalities.municipality")
    programme = _id("Programme.", key=True, to="programmes.programme")
    year = dy.Int64(primary_key=True, description="Year.")
    score = dy.Int64(min=-4, max=4, description="From -4 to +4: importance times extent.")


class Networks(Evidence, Named):
    """A network of professionals across the municipalities."""

    network = _id("Network.", key=True)
    year = dy.Int64(primary_key=True, description="Year.")
    programme = _id("Programme that runs it.", nullable=True, to="programmes.programme")
    mandate = _text("Mandate, as the source describes it.")
    ordered_by = _text("Who ordered it.")
    meetings = _count("Meetings held; empty: not stated.", "meetings")
    local_hours = _count("Hours the municipalities used; empty: not stated.", "hours")
    evaluation = _text("How it was evaluated.")


class Readings(Evidence):
    """Where a source is unclear: what it was read as, and what else it may mean."""

    reading = _id("Reading.", key=True)
    concerns = _id("Table the reading matters to.")
    topic = _id("Programme, pool or technology the reading matters to.", nullable=True)
    read_as_nb = _text("What it is read as, in bokmål.", nullable=False)
    read_as_nn = _text("The same in nynorsk.")
    read_as_en = _text("The same in English.")
    alternative_nb = _text("What else it may mean, in bokmål.")
    alternative_nn = _text("The same in nynorsk.")
    alternative_en = _text("The same in English.")
    figure = _id(
        "The activity whose count the reading decides, where it decides one; empty: none.",
        nullable=True,
        to="activities.activity",
    )
    alternative_value = _number(
        "The count if the alternative holds; empty for a count that then is no part of another.",
        "as the figure",
        minimum=0,
    )
    alternative_weight = _number(
        "Chance given to the alternative, 0 to 1; empty: the weight in methods.toml.", "share", minimum=0, maximum=1
    )


class Evaluations(Evidence):
    """Something that was weighed: what it gives against what it takes."""

    evaluation = _id("Evaluation.", key=True)
    programme = _id("Programme.", to="programmes.programme")
    activity = _id(
        "The activity that was weighed; empty: the whole programme.", nullable=True, to="activities.activity"
    )
    weighed_on = dy.Date(description="When; the first day where only month or year is known.")
    result = _choice(
        "What came out: it gives more than it takes, less, or both sides were found.", ("more", "less", "mixed")
    )
    text_nb = _text("What was weighed and found, as a short phrase in bokmål.", nullable=False)
    text_nn = _text("The same in nynorsk.")
    text_en = _text("The same in English.")


class PriorityScores(Evidence):
    """A judgement of a programme on one criterion, as a range from 0 (lowest) to 1 (highest)."""

    programme = _id("Programme.", key=True, to="programmes.programme")
    year = dy.Int64(primary_key=True, description="Year.")
    criterion = _choice(
        "Criterion: severity of what it meets (alvorlighet), or how far it helps people cope (mestring).",
        ("severity", "coping"),
        key=True,
    )
    score_low = _number("Lowest.", "share", nullable=False, minimum=0, maximum=1)
    score_high = _number("Highest.", "share", nullable=False, minimum=0, maximum=1)
    judged_by = _text("Who judged it, as a role.")

    @dy.rule()
    def score_in_order(cls: type[Any]) -> pl.Expr:
        """The lowest score is not above the highest."""
        return cls.score_low.col <= cls.score_high.col


class Collecting(Evidence):
    """What it takes to get a figure that is missing, in hours of work."""

    gap = _id("What is missing, as a kind of finding (gap_price …).", key=True)
    per = _choice(
        "What the hours are for: all of it, or each programme, position, service, goal or technology it concerns.",
        ("once", "programmes", "positions", "services", "goals", "technologies"),
    )
    hours_low = _number("Hours, at least.", "hours", nullable=False, minimum=0)
    hours_high = _number("Hours, at most.", "hours", nullable=False, minimum=0)

    @dy.rule()
    def hours_in_order(cls: type[Any]) -> pl.Expr:
        """The lowest number of hours is not above the highest."""
        return cls.hours_low.col <= cls.hours_high.col


class Followups(Evidence):
    """A recommendation that the steering group adopted: what is to be done, by whom, and what shows it."""

    followup = _id("Follow-up.", key=True)
    programme = _id("Programme.", to="programmes.programme")
    year = dy.Int64(description="Year of the brief that recommended it.")
    recommendation = _choice(
        "What was recommended.", ("continue", "strengthen", "measure_first", "end_or_reduce", "other_ways")
    )
    measure_nb = _text("What is to be done, as a short phrase in bokmål.", nullable=False)
    measure_nn = _text("The same in nynorsk.")
    measure_en = _text("The same in English.")
    indicator = _choice(
        "What shows it, worked out from next year's figures.",
        ("cost_known", "participants_counted", "participants_split", "price_known", "equivalent_confirmed",
         "cost_per_participant", "participants", "cost", "goals_reached", "goals_measurable"),
    )  # fmt: skip
    baseline = _number("Its value in the year of the brief; empty: not known.", "as the indicator")
    target = _number("What is aimed at; empty: that it is known.", "as the indicator")
    owner = _id("Who sees to it, as a role (domain role).", nullable=True)
    deadline = dy.Date(nullable=True, description="Until when.")
    adopted_on = dy.Date(nullable=True, description="When the steering group adopted it; empty: a proposal.")


class Mandates(Evidence, Named):
    """A mandate form for something new, filled in before it starts."""

    mandate = _id("Mandate.", key=True)
    year = dy.Int64(description="Year it would start.")
    need = _text("The need it meets.")
    need_nn = _text("The same in nynorsk.")
    need_en = _text("The same in English.")
    ordered_by = _text("Who ordered it.")
    ordered_by_nn = _text("The same in nynorsk.")
    ordered_by_en = _text("The same in English.")
    benefit = _text("The benefit that is expected, and for whom.")
    benefit_nn = _text("The same in nynorsk.")
    benefit_en = _text("The same in English.")
    statutory_basis = _text("The duty it serves, where there is one.")
    statutory_basis_nn = _text("The same in nynorsk.")
    statutory_basis_en = _text("The same in English.")
    participants_low = _count("Participants a year, at least.", "participants")
    participants_high = _count("Participants a year, at most.", "participants")
    cost_low_nok = _nok("Cost a year, at least.", nullable=True)
    cost_high_nok = _nok("Cost a year, at most.", nullable=True)
    local_hours_low = _count("Hours asked of the municipalities a year, at least.", "hours")
    local_hours_high = _count("Hours asked of the municipalities a year, at most.", "hours")
    service = _id("The external service a place is compared with, as a term (domain service).", nullable=True)
    confirmed_on = dy.Date(nullable=True, description="When the steering group confirmed the comparison.")
    indicator = _text("What will show whether it succeeds.")
    indicator_nn = _text("The same in nynorsk.")
    indicator_en = _text("The same in English.")
    target = _number("What is aimed at.", "as the indicator")
    may_stand_outside = _text("Which municipalities may stay out, and how.")
    may_stand_outside_nn = _text("The same in nynorsk.")
    may_stand_outside_en = _text("The same in English.")
    ends_on = dy.Date(nullable=True, description="Last day, where it is for a time.")

    @dy.rule()
    def mandate_in_order(cls: type[Any]) -> pl.Expr:
        """Low and high stand in that order."""
        return (
            (cls.participants_low.col <= cls.participants_high.col).fill_null(True)
            & (cls.cost_low_nok.col <= cls.cost_high_nok.col).fill_null(True)
            & (cls.local_hours_low.col <= cls.local_hours_high.col).fill_null(True)
        )


class Deadlines(Evidence):
    """A step of the yearly cycle, with its date where a source states one."""

    deadline = _id("Step.", key=True)
    step = _choice("What sort of step.", ("collect", "check", "budget", "meeting", "adopt", "report"))
    month = dy.Int64(nullable=True, min=1, max=12, description="Month; empty: not stated.")
    day = dy.Int64(nullable=True, min=1, max=31, description="Day of the month; empty: not stated.")
    years_after = dy.Int64(min=0, max=1, description="0: in the year the figures are about, 1: in the year after.")
    text_nb = _text("What is to be done, in bokmål.", nullable=False)
    text_nn = _text("The same in nynorsk.")
    text_en = _text("The same in English.")

    @dy.rule()
    def day_in_month(cls: type[Any]) -> pl.Expr:
        """A day belongs to a month that has it."""
        month, day = cls.month.col, cls.day.col
        long = pl.when(month == 2).then(29).when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
        return day.is_null() | (month.is_not_null() & (day <= long))


class Terms(Evidence, Named):
    """A word for readers for an id that has no table of its own."""

    domain = _choice(
        "Kind of id.",
        ("technology", "unit", "activity_kind", "service", "budget", "collaboration", "per_unit", "role"),
        key=True,
    )
    term = _id("The id.", key=True)


#: Table name → declaration. Order is the order of the data dictionary.
TABLES: Final[dict[str, type[dy.Schema]]] = {
    "sources": Sources,
    "municipalities": Municipalities,
    "population": Population,
    "population_by_age": PopulationByAge,
    "pools": Pools,
    "memberships": Memberships,
    "endings": Endings,
    "programmes": Programmes,
    "positions": Positions,
    "position_hooks": PositionHooks,
    "costs": Costs,
    "cost_behaviours": CostBehaviours,
    "budgets": Budgets,
    "budget_circulars": BudgetCirculars,
    "control_totals": ControlTotals,
    "grants": Grants,
    "activities": Activities,
    "prices": Prices,
    "price_index": PriceIndex,
    "equivalents": Equivalents,
    "decisions": Decisions,
    "welfare_tech": WelfareTech,
    "technology_effects": TechnologyEffects,
    "national_counts": NationalCounts,
    "events": Events,
    "goals": Goals,
    "goal_changes": GoalChanges,
    "benefit_scores": BenefitScores,
    "networks": Networks,
    "readings": Readings,
    "evaluations": Evaluations,
    "priority_scores": PriorityScores,
    "collecting": Collecting,
    "followups": Followups,
    "mandates": Mandates,
    "deadlines": Deadlines,
    "terms": Terms,
}

#: Languages of readers other than bokmål; a text in one of them ends in its code.
OTHER_LANGUAGES: Final = ("nn", "en")
#: The language of a text that ends in no code.
FIRST_LANGUAGE: Final = "nb"


def translated(table: str) -> list[str]:
    """Columns of a table whose texts stand in every language of readers, without the language.

    Example:
        >>> translated("goals"), translated("grants"), translated("costs")
        (['text', 'shown_by'], ['grantor', 'name'], [])
    """
    columns = TABLES[table].columns()
    mark = f"_{OTHER_LANGUAGES[0]}"
    return [name.removesuffix(mark) for name in columns if name.endswith(mark)]


def first_text(table: str, text: str) -> str:
    """The column that holds a translated text in bokmål.

    Example:
        >>> first_text("goals", "text"), first_text("grants", "grantor")
        ('text_nb', 'grantor')
    """
    own = f"{text}_{FIRST_LANGUAGE}"
    return own if own in TABLES[table].columns() else text


#: Table → the column by which its rows are gathered in a brief's list of sources.
TOPICS: Final[dict[str, str]] = {
    "costs": "pool",
    "activities": "programme",
    "grants": "programme",
    "programmes": "programme",
    "evaluations": "programme",
}
