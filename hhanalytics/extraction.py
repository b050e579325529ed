"""What a report seems to say, as draft rows: found, put against sums and keys, and written for a person to review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from hhanalytics.dataset import Dataset, load
from hhanalytics.decisions.keys import keys_of
from hhanalytics.decisions.report_keys import with_keys, with_totals
from hhanalytics.errors import BadInput
from hhanalytics.exports.files import write_new
from hhanalytics.exports.review import review
from hhanalytics.sources.drafts import Draft
from hhanalytics.sources.report_costs import cost_tables
from hhanalytics.sources.report_matrix import matrix_tables
from hhanalytics.sources.report_money import stated
from hhanalytics.sources.report_months import monthly_tables
from hhanalytics.sources.report_months_down import tables_by_month
from hhanalytics.sources.report_names import vocabulary
from hhanalytics.sources.report_prose import counts
from hhanalytics.sources.report_text import Report, read_report

#: Tables in the order of the review.
ORDER = ("costs", "control_totals", "budgets", "welfare_tech", "activities", "positions", "grants")


@dataclass(frozen=True)
class Extracted:
    """What was found in a report.

    Attributes:
        report: Its text.
        year: The year it is about.
        drafts: The draft rows, by table and place.
        dataset: The data whose names were looked for.
    """

    report: Report
    year: int
    drafts: tuple[Draft, ...]
    dataset: Dataset = field(repr=False)

    def of(self, table: str) -> list[Draft]:
        """The draft rows of one table."""
        return [draft for draft in self.drafts if draft.table == table]


def extract(path: str | Path, year: int, data: str | Path = "data/raw", *, encoding: str | None = None) -> Extracted:
    r"""Find the figures of an annual report. Nothing is written, and nothing becomes data.

    Args:
        path: The report, a PDF with text or a text file.
        year: The year it is about.
        data: Folder with one folder per source, whose names are looked for.
        encoding: Encoding of a text file where it is known.

    Returns:
        Draft rows, each with its place, what stands there, what was changed and what is doubtful.

    Raises:
        InvalidData: The file cannot be read as text.
        BadInput: Nothing was found.

    Example:
        >>> import tempfile
        >>> text = "Kostnader Hol\nHallinghelse t.o.m 30.6.26 542 039\nMFT t.o.m 30.6.26 76 895\nSum Hol 618 934\n"
        >>> with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        ...     file.write(text) and file.flush()
        ...     found = extract(file.name, 2026)
        >>> [(row.values["pool"], row.value, row.confidence) for row in found.of("costs")]
        [('hallinghelse', 542039, 'checked'), ('mft', 76895, 'checked')]
    """
    report = read_report(path, encoding)
    dataset = load(data)
    drafts = drafts_of(report, year, dataset)
    if not drafts:
        expected = "tables of costs or technology, or counts in its text, with names that the data know"
        mend = "Check that it is the annual report, and that --data holds the names of its municipalities and pools."
        raise BadInput.of("nothing_found", report.name, f"{len(report.lines)} lines without any", expected, mend)
    return Extracted(report, year, drafts, dataset)


def drafts_of(report: Report, year: int, dataset: Dataset) -> tuple[Draft, ...]:
    """The draft rows of a report that has been read.

    Args:
        report: Its text.
        year: The year it is about.
        dataset: Names, keys, and how the same was called in earlier years.

    Returns:
        The rows, by table and place.
    """
    known = vocabulary(dataset.tables)
    pools = dataset.pools.to_dicts()
    matrix = matrix_tables(report, known, year)
    blocks = cost_tables(report, known, year, pools, matrix)
    months = monthly_tables(report, known, year)
    down = tables_by_month(report, known, year)
    taken = matrix.taken | blocks.taken | months.taken | down.taken
    activities = dataset.activities.filter(pl.col("period_end").dt.year() < year).to_dicts()
    positions = dataset.positions.filter(pl.col("valid_from").dt.year() < year).to_dicts()
    prose = [
        *counts(report, known, year, activities, taken).drafts,
        *stated(report, known, year, taken, grants=dataset.grants.to_dicts(), positions=positions, pools=pools).drafts,
    ]
    drafts = with_keys([*blocks.drafts, *months.drafts, *down.drafts, *prose], keys_of(dataset))
    return _ordered(with_totals(drafts, dict(dataset.pools.select("pool", "in_accounts").iter_rows())))


def _ordered(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    return tuple(sorted(drafts, key=lambda draft: (ORDER.index(draft.table), draft.first)))


def write_review(found: Extracted, out: str | Path, *, language: str = "nb", command: str = "") -> Path:
    """Write what was found into a workbook in which a person accepts or refuses each row.

    Args:
        found: What was found.
        out: The workbook, which must not be there yet.
        language: The reader's language.
        command: How it is read in.

    Returns:
        The workbook.
    """
    made = review(found.dataset, found.report, found.year, found.drafts, language=language, command=command)
    return write_new(out, made)
