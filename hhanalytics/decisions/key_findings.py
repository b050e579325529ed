"""What is said of the keys found: how well they fit, where they differ from what is declared, where none is found."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from hhanalytics.dataset import Dataset
from hhanalytics.decisions.charges import basis, rows_of
from hhanalytics.decisions.finding import Finding, cite, grade_of, kroner
from hhanalytics.decisions.keys import Post, posts
from hhanalytics.decisions.pool_amount import nearest_krone
from hhanalytics.evidence import Figure, weakest


def key_findings(dataset: Dataset, found: Sequence[Post] | None = None) -> list[Finding]:
    """The key of every pool, and what is unclear about it.

    Args:
        dataset: The Dataset.
        found: Its posts, where they have been made already.

    Returns:
        * ``key_found``: the key that a pool's charges follow, with the largest deviation in kroner;
        * ``key_differs``: it is another than the memberships declare;
        * ``key_members``: it is the declared one, but among others than the declared members by days;
        * ``key_undeclared``: there are no memberships that could be used, but the charges follow a key;
        * ``member_not_charged``: a member without a charge where others have one, with what the key gives;
        * ``key_few``, ``key_several_off``: no key fits, and nobody can tell which charge is off;
        * ``key_unusable``: members or population are missing or zero, so that there is no key to compare with;
        * ``keys_not_judged``: pools with one payer.

    Example:
        >>> import hhanalytics as hh
        >>> found = key_findings(hh.load("data/raw"))
        >>> [(f.kind, f.subject) for f in found if f.kind != "keys_not_judged"]
        [('key_found', 'bti'), ('key_found', 'hallinghelse'), ('key_found', 'mft'), ('key_found', 'mft_psykisk_helse')]
    """
    every = posts(dataset) if found is None else found
    out: list[Finding] = []
    for post in every:
        if post.key and not post.key.declared:
            out.append(_other_key(dataset, post))
        elif post.key is None and post.reason != "one_payer":
            out.append(_no_key(dataset, post))
        out += _not_charged(dataset, post)
    return [*out, *_found(dataset, every), *_not_judged(dataset, every)]


def _names(post: Post) -> dict[str, tuple[str, str]]:
    return {"pool": ("pools", post.pool), "period": ("periods", post.period)}


def _found(dataset: Dataset, every: Sequence[Post]) -> list[Finding]:
    """One finding for each pool and key."""
    groups: dict[tuple[str, str], list[Post]] = {}
    for post in every:
        if post.key:
            groups.setdefault((post.pool, post.key.id), []).append(post)
    out = []
    for (pool, key), own in groups.items():
        bases = [basis(dataset, post) for post in own]
        cites = tuple(dict.fromkeys(c for found, _ in bases for c in found))
        grade = weakest(grade for _, grade in bases)
        figures = {
            "deviation": Figure(
                max(post.deviation for post in own), "nok_exact", grade, citations=cites, formula="deviation"
            ),
            "periods": Figure(len(own), "periods", grade, citations=cites),
        }
        names = {"pool": ("pools", pool), "key": ("keys", key)}
        off = sum(len(post.off) for post in own)
        beside = {"off": Figure(off, "charges", grade, citations=cites)}
        details = (Finding("key_found_off", pool, beside, "inform", names),) if off else ()
        out.append(Finding("key_found", pool, figures, "inform", names, details=details))
    return out


def _other_key(dataset: Dataset, post: Post) -> Finding:
    """The charges follow a key that is not the declared one."""
    key, declared = post.key, post.declared
    cites, grade = basis(dataset, post)
    figures = {
        "deviation": Figure(post.deviation, "nok_exact", grade, citations=cites, formula="deviation"),
        "amount": kroner(nearest_krone(post.amount), cites, grade, formula="key"),
        "others": Figure(post.others, "keys", grade, citations=cites, formula="ways"),
    }
    names = {**_names(post), "key": ("keys", key.id if key else "equal")}
    if declared is None:
        return Finding("key_undeclared", post.pool, figures, "clarify", names, question="key_undeclared")
    if key and (key.kind, key.reference) == (declared.kind, declared.reference):
        members = tuple(sorted(key.shares))
        lists = {"members": ("municipalities", members)}
        return Finding("key_members", post.pool, figures, "clarify", names, lists, question="key_members")
    names["declared"] = ("keys", declared.id)
    details = (Finding("key_others", post.pool, figures, "inform", names),) if post.others else ()
    return Finding("key_differs", post.pool, figures, "clarify", names, question="key_differs", details=details)


def _no_key(dataset: Dataset, post: Post) -> Finding:
    """No key fits, and why."""
    rows = rows_of(dataset, post)
    kind = {"few": "key_few", "several_off": "key_several_off", "unusable": "key_unusable"}[post.reason or "unusable"]
    cites = cite("costs", rows)
    figures = {
        "charged": kroner(int(rows["amount_nok"].sum()), cites, grade_of(rows), formula="sum"),
        "payers": Figure(len(post.charges), "municipalities", grade_of(rows), citations=cites),
    }
    return Finding(kind, post.pool, figures, "clarify", _names(post), question=kind)


def _not_charged(dataset: Dataset, post: Post) -> list[Finding]:
    """Members without a charge where others have one."""
    if post.declared is None or len(post.charges) == 1:
        return []
    out = []
    for name in sorted(set(post.declared.shares) - set(post.charges)):
        share = post.declared.shares[name]
        key = post.key
        # Among those charged the key gives the amount; the one that is missing would have paid on top.
        charged = sum(post.declared.shares.get(each, 0) for each in post.charges if each not in post.off)
        paid = sum(post.charges[each] for each in post.charges if each not in post.off)
        if not share or key is None or not charged:
            continue
        cites, grade = basis(dataset, post)
        figures = {"by_key": kroner(nearest_krone(share * paid / charged), cites, grade, formula="key")}
        names = {**_names(post), "municipality": ("municipalities", name)}
        out.append(Finding("member_not_charged", name, figures, "clarify", names, question="member_not_charged"))
    return out


def _not_judged(dataset: Dataset, every: Sequence[Post]) -> list[Finding]:
    """Pools with one payer."""
    alone = sorted({post.pool for post in every if post.reason == "one_payer"})
    if not alone:
        return []
    rows = dataset.costs.filter(pl.col("pool").is_in(alone))
    figures = {"charged": kroner(int(rows["amount_nok"].sum()), cite("costs", rows), grade_of(rows), formula="sum")}
    return [Finding("keys_not_judged", alone[0], figures, "inform", lists={"pools": ("pools", tuple(alone))})]
