"""Charges that do not follow the key of their pool, with the amount the key gives and what explains them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.causes import Cause, causes
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.keys import Post, keys_of, posts
from hhanalytics.decisions.pool_amount import nearest_krone
from hhanalytics.evidence import Citation, Figure, Grade, weakest
from hhanalytics.measures.allocation import Keys


def charges_off_key(dataset: Dataset, found: Sequence[Post] | None = None) -> list[Finding]:
    """Every charge that lies more than a krone from what the key of its pool gives.

    Args:
        dataset: The Dataset.
        found: Its posts, where they have been made already.

    Returns:
        Findings ``charge_off_key`` with figures ``charged``, ``by_key``, ``difference``; its details are the
        explanations that give the amount charged, best first, or that none does (``cause_none``; where the population
        on file is zero ``cause_zero_population``). Posts of which nobody can
        tell which charge is off are left to `key_findings`.

    Source:
        Rounding to whole kroner moves a charge by at most half a krone, and the pool's amount by as much.

    Example:
        >>> import hhanalytics as hh
        >>> [found] = charges_off_key(hh.load("data/raw"))
        >>> found.subject, found.figures["by_key"].value, [why.kind for why in found.details]
        ('gol', 83027, ['cause_other_period'])
    """
    keys = keys_of(dataset)
    every = posts(dataset, keys) if found is None else found
    return [_off_key(dataset, keys, every, post, name) for post in every for name in post.off]


def rows_of(dataset: Dataset, post: Post) -> pl.DataFrame:
    """The rows of costs of one pool and period."""
    return dataset.costs.filter(pool=post.pool, period_start=post.start, period_end=post.end)


def basis(dataset: Dataset, post: Post) -> tuple[tuple[Citation, ...], Grade]:
    """What the amounts that a key gives rest on: the charges, the memberships and the population used."""
    rows, members = rows_of(dataset, post), dataset.memberships.filter(pool=post.pool)
    reference = post.key.reference if post.key else None
    people = dataset.population.filter(
        (pl.col("year") == (reference.year if reference else 0)) & pl.col("municipality").is_in(list(post.charges))
    )
    used = [frame for frame in (rows, members) if frame.height]
    return (*cite("costs", rows), *cite("population", people)), weakest([grade_of(*used), "derived"])


def _off_key(dataset: Dataset, keys: Keys, found: Sequence[Post], post: Post, name: str) -> Finding:
    """The finding for one charge."""
    rows = rows_of(dataset, post)
    row = rows.filter(municipality=name)
    cites, grade = basis(dataset, post)
    own, others = cite("costs", row), cite("costs", rows)
    charged, by_key = post.charges[name], post.by_key(name)
    figures: dict[str, Figure] = {
        "charged": kroner(charged, own, grade_of(row)),
        "by_key": kroner(by_key, cites, grade, formula="key"),
        "difference": kroner(charged - by_key, own, grade, formula="difference"),
        "pool_charged": kroner(int(rows["amount_nok"].sum()), others, grade_of(rows), formula="sum"),
        "pool_by_key": kroner(nearest_krone(post.amount), others, grade, formula="key"),
    }
    why = causes(keys, found, post, name)
    return Finding(
        "charge_off_key",
        name,
        figures,
        "clarify",
        {
            "municipality": ("municipalities", name),
            "pool": ("pools", post.pool),
            "period": ("periods", post.period),
            "key": ("keys", post.key.id if post.key else "equal"),
        },
        question="charge_off_key",
        details=tuple(_explained(each, name, cites, grade) for each in why)
        or (Finding(_why_none(keys, post, name), name, {}, "inform"),),
    )


def _why_none(keys: Keys, post: Post, name: str) -> str:
    """That nothing explains a charge; or that the population on file is zero, so that the key gives nothing."""
    reference = post.key.reference if post.key else None
    nobody = reference is not None and keys.persons.get((name, reference.year)) == 0
    return "cause_zero_population" if nobody else "cause_none"


def _explained(cause: Cause, name: str, cites: tuple[Citation, ...], grade: Grade) -> Finding:
    """An explanation as a finding of its own."""
    lists = {"members": ("municipalities", cause.members)} if cause.members else {}
    kind = f"cause_{cause.kind}"
    gives = kroner(cause.gives, cites, grade, formula=kind)
    return Finding(kind, name, {"gives": gives}, "inform", cause.names, lists)
