"""Tables and words about what municipalities pay and get, which several briefs are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hhanalytics.briefs.blocks import Block, Column, Fact, Facts, Paragraph, Row, Table
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.sections.parts import activity_names, amount, cited, columns, graded, text_of
from hhanalytics.briefs.sections.programme_charts import shared_pools
from hhanalytics.decisions.comparison import Benefit, Need
from hhanalytics.decisions.municipalities import Municipality
from hhanalytics.decisions.programmes import Span
from hhanalytics.evidence import LETTERS, Citation, Figure, weakest
from hhanalytics.measures.costs import UNALLOCATED
from hhanalytics.present.inline import Runs, runs
from hhanalytics.present.sentences import enumerated, listed

#: What is missing, in the order in which it is asked for.
ASKED = ("split", "count", "price", "equivalence", "position", "score")


def name_of(context: Context, id: str) -> str:
    """The name of a municipality."""
    return context.language.name("municipalities", id)


def programme_name(context: Context, id: str) -> str:
    """The name of a programme, or the words for what belongs to none."""
    if id != UNALLOCATED:
        return context.language.name("programmes", id)
    return context.say("programmes.unallocated", pools=shared_pools(context))


def legend(context: Context) -> Runs:
    """What the letters mean."""
    return context.text("legend", letters=letters(context))


def letters(context: Context) -> str:
    """The letters, each with its meaning."""
    return ", ".join(f"{letter} {context.language.texts[f'grade.{grade}']}" for grade, letter in LETTERS.items())


# What is paid


def paid_table(context: Context, own: str | None = None) -> Table:
    """What everybody pays, in all and per inhabitant; the one a brief is about stands out."""
    heads = columns(
        context, "paid",
        ("municipality", "left", 1.2), ("total", "right", 1.1), ("per_inhabitant", "right", 1), ("share", "right", 0.9),
        ("here", "right", 1.1),
    )  # fmt: skip
    whole = sum(int(each.total.value or 0) for each in context.municipalities)
    rows = tuple(paid_row(context, each, whole, own, _here(context, each)) for each in context.municipalities)
    cites = cited(*(figure for each in context.municipalities for figure in (each.total, each.inhabitants)))
    left = [name_of(context, each.municipality) for each in context.municipalities if not each.stays]
    notes = [context.text("paid.note")]
    if left:
        notes.append(context.text("municipalities.note.left", municipality=" / ".join(left)))
    return Table("paid", context.referred(context.text("paid.table"), cites), heads, rows, tuple(notes))


def paid_row(context: Context, each: Municipality, whole: int, own: str | None, *more: Runs) -> Row:
    """What one municipality pays, in kroner, per inhabitant and of the whole, and further cells."""
    return Row(
        (
            runs(name_of(context, each.municipality)),
            graded(context, amount(context, each.total), each.total),
            amount(context, each.per_inhabitant),
            amount(context, cost_share(each, whole)),
            *more,
        ),
        "total" if each.municipality == own else "body",
    )


def _here(context: Context, each: Municipality) -> Runs:
    """How many activities a source says took place in a municipality."""
    here = {place for b in context.benefits if b.municipality == each.municipality for place in b.places}
    cites = [c for b in context.benefits if b.municipality == each.municipality for c in b.places_cites]
    known = Figure(len(here), "activities", "documented" if here else "missing", "at_least", tuple(cites))
    return amount(context, known, "bare+bound") if here else runs(context.say("cell.unknown"))


def cost_share(each: Municipality, whole: int) -> Figure:
    """A municipality's part of all charges, per cent."""
    value = 100 * (each.total.value or 0) / whole if whole else None
    grade = weakest([each.total.grade, "derived"])
    return Figure(value, "percent", grade, citations=each.total.citations, formula="share")


def facts(context: Context, each: Municipality) -> Facts:
    """What a municipality pays: in all, per inhabitant, and its part of everything."""
    whole = sum(int(other.total.value or 0) for other in context.municipalities)
    share = cost_share(each, whole)

    def fact(id: str, figure: Figure) -> Fact:
        note = context.backed(context.text(f"own.fact.{id}.note"), figure.grade, figure.citations)
        return Fact(context.text(f"own.fact.{id}"), (context.language.shown(figure),), note)

    return Facts((fact("total", each.total), fact("per_inhabitant", each.per_inhabitant), fact("share", share)))


# What is got


def share_text(context: Context, share: Span) -> Runs:
    """A part in per cent, as one number where both ends read the same."""
    texts = [text_of(amount(context, figure, "")) for figure in share]
    return amount(context, share.high, "") if texts[0] == texts[1] else context.language.spread(*share)


def benefit_text(context: Context, each: Benefit) -> Runs:
    """Where a part of the benefit may lie; that nothing is known is said in words."""
    low, high = each.benefit_share
    if high.value is None:
        return runs(context.say("cell.unknown"))
    if not low.value and high.value == 100:
        return context.text("shares.anything")
    return context.language.spread(low, high)


def programme_table(context: Context, municipality: str, *, per_inhabitant: bool = True) -> Table:
    """What one municipality pays for each programme, what was counted in all, and what is known of its part."""
    described = [("programme", "left", 2.1), ("paid", "right", 1.15)]
    described += [("per_inhabitant", "right", 0.7)] if per_inhabitant else []
    described += [("counted", "left", 1.2), ("got", "left", 1.4)]
    heads = columns(context, "own_programmes", *described)  # type: ignore[arg-type]
    own = [each for each in context.benefits if each.municipality == municipality]
    known = [each for each in own if each.paid.known]
    rows = [programme_row(context, each, per_inhabitant) for each in known]
    unpriced = [programme_name(context, each.programme) for each in own if not each.paid.known]
    notes = [context.text("own_programmes.note")]
    if unpriced:
        notes.append(context.text("own_programmes.unknown", programmes=listed(context.language, unpriced)))
    cites = cited(
        *(figure for each in known for figure in (each.paid.high, *((each.counted,) if each.counted else ())))
    )
    caption = context.text("own_programmes.table", municipality=name_of(context, municipality))
    return Table(f"programmes_{municipality}", context.referred(caption, cites), heads, tuple(rows), tuple(notes))


def programme_row(context: Context, each: Benefit, per_inhabitant: bool) -> Row:
    """What a municipality pays for a programme, what was counted of it, and what is known of the municipality's part."""
    language = context.language
    cells = [
        runs(programme_name(context, each.programme)),
        graded(context, language.spread(each.paid.low, each.paid.high, "bare"), *each.paid),
    ]
    if per_inhabitant:
        low, high = (text_of(amount(context, figure)) for figure in each.per_inhabitant)
        same = low == high
        cells.append(
            amount(context, each.per_inhabitant.high) if same else language.spread(*each.per_inhabitant, "bare")
        )
    cells.append(amount(context, each.counted, "bound") if each.counted else runs(context.say("cell.unknown")))
    cells.append(_got(context, each))
    return Row(tuple(cells))


def _got(context: Context, each: Benefit) -> Runs:
    if each.programme == UNALLOCATED:
        return runs(context.say("cell.unknown"))
    low, high = each.benefit_share
    if each.places and not low.value:
        return context.referred(
            enumerated(context.language, activity_names(context, each.places, each.places_cites)), each.places_cites
        )
    if low.value is None or (not low.value and high.value == 100):
        return runs(context.say("cell.unknown"))
    return benefit_text(context, each)


def places_said(context: Context, municipality: str, id: str) -> Runs:
    """What a source says took place in a municipality, put into a text; nothing where none says so.

    Args:
        context: The brief's context.
        municipality: The municipality.
        id: Id of the text, with the placeholders ``municipality`` and ``places``.
    """
    own = [each for each in context.benefits if each.municipality == municipality]
    places = list(dict.fromkeys(place for each in own for place in each.places))
    if not places:
        return ()
    cites = [cite for each in own for cite in each.places_cites]
    said = enumerated(context.language, activity_names(context, places, cites))
    return context.referred(context.text(id, municipality=name_of(context, municipality), places=said), cites)


def missing(context: Context, municipality: str) -> list[Runs]:
    """What this municipality can report, and what must be got elsewhere, so that the next comparison says more."""
    own = [
        each
        for each in context.benefits
        if each.municipality == municipality and each.programme != UNALLOCATED and (each.paid.known or each.places)
    ]
    every = [each for each in context.benefits if each.municipality == municipality and each.programme != UNALLOCATED]
    out = []
    for id in ASKED:
        among = every if id == "position" else own
        names = [programme_name(context, each.programme) for each in among if id in each.missing]
        if names:
            which = context.say("missing.all") if len(names) == len(own) else listed(context.language, names)
            out.append(context.text(f"missing.{id}", programmes=which))
    return out


# Need


def need_table(context: Context, own: str | None = None) -> Table:
    """How old the municipalities are, now and when the series began."""
    cites = cited(*(f for each in context.needs for f in (*each.inhabitants, *each.ratio_67, each.persons_65)))
    described = columns(context, "need", ("municipality", "left", 1.1), ("inhabitants", "right", 0.9))
    heads = (*described, *_ages(context, cites))
    rows = tuple(_need_row(context, each, own) for each in context.needs)
    caption = context.referred(context.text("need.table"), cites)
    years = [int(year) for year in context.dataset.population_by_age["year"].unique().sort()]
    since = (context.language.year(years[0]),) if years else runs(context.say("cell.unknown"))
    early, _ = AGES
    limits = {"hundred": chosen(HUNDRED, "", cites), "adult": chosen(ADULT, "years", cites)}
    note = context.text("need.note", since=since, early=chosen(early, "years", cites), **limits)
    return Table("need", caption, heads, rows, (note,))


#: Ages from which somebody is old: from later years' single ages, and from the bands that every year has.
AGES = (65, 67)
OLDEST, ADULT, HUNDRED = 80, 18, 100


def chosen(value: int, unit: str, citations: Iterable[Citation]) -> Figure:
    """A measure or limit that figures were made with: it stands in the method, and the rows are divided by it."""
    return Figure(value, unit, "documented", citations=tuple(citations), formula="chosen")


def _ages(context: Context, cites: Sequence[Citation]) -> list[Column]:
    early, late = AGES
    first = min((each.first for each in context.needs), default=context.year)
    labels = [context.text("need.column.persons", age=chosen(age, "years", cites)) for age in (early, OLDEST)]
    labels += [
        context.text(
            "need.column.ratio",
            age=chosen(age, "years", cites),
            hundred=chosen(HUNDRED, "", cites),
            when=(context.language.year(year),),
        )
        for age, year in ((early, context.year), (late, context.year), (late, first))
    ]
    return [Column(label, "right", 1.0) for label in labels]


def _need_row(context: Context, each: Need, own: str | None) -> Row:
    figures = (
        each.inhabitants[0], each.persons_65, each.persons_80[0], each.ratio_65, each.ratio_67[0], each.ratio_67[1],
    )  # fmt: skip
    cells = (runs(name_of(context, each.municipality)), *(amount(context, figure) for figure in figures))
    return Row(cells, "total" if each.municipality == own else "body")


def need_sentence(context: Context, municipality: str) -> list[Block]:
    """How the ratio of old to working age has moved, in one sentence."""
    for each in context.needs:
        if each.municipality == municipality:
            now, then = each.ratio_67
            cites = cited(now, then)
            grown = "more" if (now.value or 0) > (then.value or 0) else "fewer"
            said = context.text(
                f"need.{grown}",
                age=chosen(AGES[1], "years", cites), hundred=chosen(HUNDRED, "", cites),
                municipality=name_of(context, municipality), now=now, then=then,
                first=(context.language.year(each.first),),
            )  # fmt: skip
            return [Paragraph(context.backed(said, now.grade, cites))]
    return []
