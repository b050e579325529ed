"""The sections of a brief: each takes the context and returns blocks; a notebook only puts them in order."""

from hhanalytics.briefs.context import Context, open_context
from hhanalytics.briefs.sections.agreement import agreement
from hhanalytics.briefs.sections.gaps import gaps
from hhanalytics.briefs.sections.goals import goals
from hhanalytics.briefs.sections.municipalities import exits, municipalities
from hhanalytics.briefs.sections.page_one import page_one, title
from hhanalytics.briefs.sections.programmes import programmes
from hhanalytics.briefs.sections.sources import sources
from hhanalytics.briefs.sections.waiting import waiting
from hhanalytics.briefs.sections.welfare_tech import welfare_tech
from hhanalytics.briefs.sections.year_before import year_before

__all__ = [
    "Context",
    "agreement",
    "exits",
    "gaps",
    "goals",
    "municipalities",
    "open_context",
    "page_one",
    "programmes",
    "sources",
    "title",
    "waiting",
    "welfare_tech",
    "year_before",
]
