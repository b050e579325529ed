"""The sections of a brief: each takes the context and returns blocks; a notebook only puts them in order."""

from hhanalytics.briefs.context import Context, open_context
from hhanalytics.briefs.sections.agreement import agreement
from hhanalytics.briefs.sections.benefit import benefit_title, comparison, one_page_each
from hhanalytics.briefs.sections.council import (
    council_benefit,
    council_considered,
    council_payment,
    council_short,
    council_title,
    council_unknown,
)
from hhanalytics.briefs.sections.decision_table import decision_table
from hhanalytics.briefs.sections.first_figures import first_figures
from hhanalytics.briefs.sections.followups import followups
from hhanalytics.briefs.sections.goals import goals
from hhanalytics.briefs.sections.mandate import mandate, mandate_title
from hhanalytics.briefs.sections.municipalities import municipalities
from hhanalytics.briefs.sections.networks import networks
from hhanalytics.briefs.sections.outlook import outlook
from hhanalytics.briefs.sections.own import own_benefit, own_outlook, own_payment, own_report, own_title
from hhanalytics.briefs.sections.own_technology import own_technology_section
from hhanalytics.briefs.sections.page_one import page_one, title
from hhanalytics.briefs.sections.programmes import programmes
from hhanalytics.briefs.sections.ranking import ranking
from hhanalytics.briefs.sections.sources import short_source_list, source_list, sources
from hhanalytics.briefs.sections.status import status_gaps, status_title
from hhanalytics.briefs.sections.status_activity import status_activity
from hhanalytics.briefs.sections.status_decided import status_ahead, status_decided
from hhanalytics.briefs.sections.status_spending import status_spending
from hhanalytics.briefs.sections.tornado import tornado
from hhanalytics.briefs.sections.waiting import waiting
from hhanalytics.briefs.sections.welfare_tech import welfare_tech, welfare_tech_gain
from hhanalytics.briefs.sections.year_before import year_before
from hhanalytics.briefs.status_context import StatusContext, open_status

__all__ = [
    "Context",
    "StatusContext",
    "agreement",
    "benefit_title",
    "comparison",
    "council_benefit",
    "council_considered",
    "council_payment",
    "council_short",
    "council_title",
    "council_unknown",
    "decision_table",
    "first_figures",
    "followups",
    "goals",
    "mandate",
    "mandate_title",
    "municipalities",
    "networks",
    "one_page_each",
    "open_context",
    "open_status",
    "outlook",
    "own_benefit",
    "own_outlook",
    "own_payment",
    "own_report",
    "own_technology_section",
    "own_title",
    "page_one",
    "programmes",
    "ranking",
    "short_source_list",
    "source_list",
    "sources",
    "status_activity",
    "status_ahead",
    "status_decided",
    "status_gaps",
    "status_spending",
    "status_title",
    "title",
    "tornado",
    "waiting",
    "welfare_tech",
    "welfare_tech_gain",
    "year_before",
]
