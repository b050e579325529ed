"""The grade of evidence as a column: a number while frames are summed, a word before and after."""

from __future__ import annotations

import narwhals as nw

from hhanalytics.evidence import GRADES


def graded() -> nw.Expr:
    """The grade as a number, so that the weakest is the largest."""
    rank = nw.lit(len(GRADES) - 1)
    # The commonest is asked for first, and whatever is none of them is the last.
    for number, grade in reversed(list(enumerate(GRADES[:-1]))):
        rank = nw.when(nw.col("grade") == grade).then(nw.lit(number)).otherwise(rank)
    return rank.alias("grade_rank")


def grade_words(rank: str) -> nw.Expr:
    """The grade of a rank as a word; no rank is ``missing``."""
    word = nw.lit(GRADES[-1])
    for number, grade in enumerate(GRADES[:-1]):
        word = nw.when(nw.col(rank) == number).then(nw.lit(grade)).otherwise(word)
    return word.alias("grade")
