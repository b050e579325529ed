"""How the tables stand in a workbook: one sheet per table, its columns in the order people fill them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hhanalytics.tables import TABLES

#: Changes with every change of what a workbook must hold; a workbook of another version is not read.
VERSION: Final = 1
#: What the hidden sheet that describes a workbook starts with.
MARK: Final = "hhanalytics"
#: Name of that sheet.
ABOUT: Final = "hhanalytics"
#: Id of a column that only helps: it is never read.
HELP: Final = "help"
#: What the ids of columns begin with in which a draft row is accepted or refused.
REVIEW: Final = "review."
#: Columns that stand last in every sheet.
EVIDENCE: Final = ("note", "locator", "grade")
#: What is asked about the source, in order; ``grade`` is that of every row that says none.
SOURCE: Final = (
    "source",
    "title",
    "short_title",
    "publisher",
    "published_on",
    "document",
    "address",
    "licence",
    "grade",
)
#: What of it must be answered; the grade only where a row says none.
NEEDED: Final = ("source", "title", "short_title", "publisher")


@dataclass(frozen=True)
class Form:
    """The sheet of one table.

    Attributes:
        table: The table.
        columns: Its columns in order; ``source`` is the folder's name and is not asked for.
        suggested: Columns that may be filled in beforehand. A row in which only they are filled is a
            question nobody has answered, and no row.
        shown: Columns of last year's row that are shown beside it.
        id: The column whose id is made where none is given; empty: none.
        id_from: The column it is made from.
        yearly: Whether the id made ends in the year.
    """

    table: str
    columns: tuple[str, ...]
    suggested: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    id: str = ""
    id_from: str = ""
    yearly: bool = True


def _form(
    table: str, columns: str, *, suggested: str = "", shown: str = "", id: str = "", yearly: bool = True
) -> tuple[str, Form]:
    own, _, source = id.partition(" from ")
    return table, Form(
        table, (*columns.split(), *EVIDENCE), tuple(suggested.split()), tuple(shown.split()), own, source, yearly
    )


_HALF = "municipality pool period_start period_end"

#: Table → its sheet. Order is the order of the sheets.
FORMS: Final[dict[str, Form]] = dict(
    [
        _form("costs", f"{_HALF} amount_nok", suggested=_HALF, shown="amount_nok note"),
        _form(
            "budgets",
            "municipality budget pool period_start period_end amount_nok",
            suggested="municipality budget pool period_start period_end",
            shown="amount_nok note",
        ),
        _form(
            "control_totals",
            "name kind municipality period_start period_end amount_nok",
            suggested="name kind municipality period_start period_end",
            shown="amount_nok note",
        ),
        _form(
            "activities",
            "name_nb programme kind unit period_start period_end municipality quantity qualifier part_of activity "
            "name_nn name_en",
            suggested="name_nb programme kind unit period_start period_end municipality part_of activity name_nn name_en",
            shown="quantity qualifier note",
            id="activity from name_nb",
        ),
        _form(
            "welfare_tech",
            "technology month municipality units reported_on",
            suggested="technology month municipality",
            shown="units note",
        ),
        _form(
            "positions",
            "programme pool valid_from valid_to position_percent vacant",
            shown="programme pool valid_from valid_to position_percent vacant",
        ),
        _form(
            "goals",
            "text_nb programme year indicator baseline target status is_reading shown_by_nb shown_by_locator goal "
            "text_nn text_en shown_by_nn shown_by_en",
            shown="text_nb programme status",
            id="goal from text_nb",
        ),
        _form(
            "grants",
            "name_nb grantor programme period_start period_end amount_nok status passed_on grant name_nn name_en "
            "grantor_nn grantor_en",
            shown="name_nb grantor programme period_start period_end amount_nok status",
            id="grant from name_nb",
        ),
        _form(
            "networks",
            "name_nb name_nn name_en year programme mandate ordered_by meetings local_hours evaluation network",
            suggested="name_nb name_nn name_en year programme network",
            shown="mandate ordered_by meetings local_hours evaluation",
            id="network from name_nb",
            yearly=False,
        ),
        _form("benefit_scores", "municipality programme year score", shown="municipality programme score"),
        _form(
            "events",
            "text_nb date precision kind affects municipality event text_nn text_en",
            shown="text_nb date kind affects",
            id="event from text_nb",
        ),
        _form(
            "decisions",
            "text_nb text_nn text_en status programme decided_on decision",
            shown="text_nb status programme",
            id="decision from text_nb",
        ),
        _form("endings", "ends municipality pool programme decision last_day ending", id="ending from ends"),
        _form(
            "memberships",
            "municipality pool valid_from valid_to key reference_date fixed_share",
            shown="municipality pool valid_from valid_to key reference_date fixed_share",
        ),
        _form(
            "pools",
            "name_nb name_nn name_en valid_from valid_to programme part_of_position in_accounts pool",
            shown="name_nb valid_from valid_to programme",
            id="pool from name_nb",
            yearly=False,
        ),
        _form(
            "programmes",
            "name_nb name_nn name_en statutory_basis need ordered_by mandate started other_work avoidable_share "
            "programme",
            shown="name_nb need ordered_by mandate started",
            id="programme from name_nb",
            yearly=False,
        ),
        _form(
            "prices",
            "service unit amount_nok amount_low_nok amount_high_nok quoted_on price_year vat travel address quote",
            shown="service unit amount_nok quoted_on",
            id="quote from service",
        ),
        _form(
            "readings",
            "read_as_nb alternative_nb concerns topic figure alternative_value alternative_weight reading "
            "read_as_nn read_as_en alternative_nn alternative_en",
            shown="read_as_nb alternative_nb topic",
            id="reading from read_as_nb",
        ),
        _form("terms", "name_nb name_nn name_en domain term", shown="name_nb domain term", id="term from name_nb", yearly=False),
        # Tables of registers and of analysts: no part of the yearly workbook, but a workbook can hold them.
        _form(
            "municipalities", "municipality name_nb name_nn name_en code organisation_number valid_from valid_to"
        ),
        _form("population", "municipality year age_band persons"),
        _form(
            "position_hooks",
            "hook pool charged_pool municipality reading position_percent use period_start period_end",
        ),
        _form("price_index", "index year value"),
        _form(
            "equivalents",
            "programme kind unit service service_units_low service_units service_units_high gain_kind confirmed_on",
        ),
        _form(
            "deadlines",
            "text_nb step month day years_after deadline text_nn text_en",
            id="deadline from text_nb",
            yearly=False,
        ),
        _form("population_by_age", "municipality year age_band persons"),
        _form("cost_behaviours", "pool behaviour step_nok valid_from valid_to"),
        _form(
            "budget_circulars",
            "text_nb item value unit basis_nb issued_by budget_year circular text_nn text_en basis_nn basis_en",
        ),
        _form("technology_effects", "technology effect unit scope low high note_nn note_en"),
        _form("national_counts", "technology year counted timing quantity inhabitants_80"),
        _form("goal_changes", "goal changed_on before_nb after_nb budget_year before_nn before_en after_nn after_en"),
        _form(
            "evaluations",
            "text_nb programme activity weighed_on result evaluation text_nn text_en",
            id="evaluation from text_nb",
        ),
        _form("priority_scores", "programme year criterion score_low score_high judged_by"),
        _form("collecting", "gap per hours_low hours_high"),
        _form(
            "followups",
            "programme year recommendation measure_nb indicator baseline target owner deadline adopted_on followup "
            "measure_nn measure_en",
            id="followup from measure_nb",
        ),
        _form(
            "mandates",
            "name_nb name_nn name_en year need ordered_by benefit statutory_basis participants_low participants_high "
            "cost_low_nok cost_high_nok local_hours_low local_hours_high service confirmed_on indicator target "
            "may_stand_outside ends_on mandate need_nn need_en ordered_by_nn ordered_by_en benefit_nn benefit_en "
            "statutory_basis_nn statutory_basis_en indicator_nn indicator_en may_stand_outside_nn may_stand_outside_en",
            id="mandate from name_nb",
        ),
    ]
)  # fmt: skip

#: The sheets of the yearly workbook.
YEARLY: Final = (
    "costs", "budgets", "control_totals", "activities", "welfare_tech", "positions", "goals", "grants", "networks",
    "benefit_scores", "events", "decisions", "endings", "memberships", "pools", "programmes", "prices", "readings",
    "terms",
)  # fmt: skip


def answers(form: Form) -> tuple[str, ...]:
    """The columns that make a row one that somebody has filled in.

    Example:
        >>> answers(FORMS["costs"])
        ('amount_nok', 'note', 'locator', 'grade')
    """
    return tuple(column for column in form.columns if column not in form.suggested)


def required(table: str, column: str) -> bool:
    """Whether a cell of the column must be filled in: it is neither optional nor filled in by the import."""
    made = FORMS[table].id == column or column in ("source", "locator", "grade")
    return not TABLES[table].columns()[column].nullable and not made
