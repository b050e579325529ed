"""Page one: what the steering group is asked to consider, what was found, what it costs, what is not known."""

from __future__ import annotations

from hhanalytics.briefs.blocks import Block, Blocks, Fact, Facts, Heading, Items, Paragraph, Title
from hhanalytics.briefs.context import Context
from hhanalytics.briefs.scrutiny import numbered
from hhanalytics.briefs.sections.parts import cited
from hhanalytics.decisions.finding import Finding, cite
from hhanalytics.evidence import LETTERS, Citation, Figure, weakest
from hhanalytics.present.inline import Runs, Shown, runs
from hhanalytics.present.sentences import enumerated, request, sentence, values

#: How many programmes page one speaks of: those that cost most.
PROGRAMMES = 2
#: How many of the unknown page one names.
UNKNOWN = 4
#: Words of the page itself.
LABELS = ("skip", "contents", "chart_data", "source", "page", "footer")


def title(context: Context) -> Title:
    """The brief's title, and on which figures it rests."""
    off_key = context.of("charge_off_key")
    cites = tuple(c for finding in off_key for c in finding.figures["charged"].citations)
    cells = Figure(len(off_key), "charges", "derived", citations=cites)
    form = context.dataset.charges if off_key or context.dataset.charges == "printed" else "agreed"
    return Title(
        context.say("title.text"),
        context.text(f"title.subtitle.{form}", cells=cells),
        context.say("title.running"),
        context.say("title.description"),
        context.language.code,
        {name: context.language.texts[f"page.{name}"] for name in LABELS},
        tuple(numbered(context.language.names.values())),
        context.text("title.text"),
    )


def page_one(context: Context) -> Block:
    """Page one, to be read by itself."""
    return Blocks(
        (
            Heading("decide", context.say("decide.heading")),
            Items(tuple(_requests(context)), ordered=True, style="requests"),
            Heading("findings", context.say("findings.heading")),
            Items(tuple(_findings(context)), style="findings"),
            Heading("cost", context.say("cost.heading")),
            Facts(tuple(_costs(context))),
            Heading("unknown", context.say("unknown.heading")),
            Items(tuple(unknown_items(context))),
            Paragraph(_legend(context), "note"),
        )
    )


def _requests(context: Context) -> list[Runs]:
    """What the findings ask of the steering group, and what waits for it."""
    out: list[Runs] = []
    for finding in context.of("gap_price", "gap_positions", "charge_off_key"):
        asked = request(context.language, finding)
        out.append(context.referred(asked, _used(asked)) if asked else asked)
    breaks = context.of("welfare_tech_break")
    if breaks:
        out.append(context.text("request.welfare_tech_break", months=_months(context, breaks)))
    waiting = context.dataset.decisions.filter(status="waiting")
    if waiting.height:
        number = Figure(waiting.height, "decisions", "documented", citations=cite("decisions", waiting))
        out.append(context.text("request.waiting", number=number))
    return [item for item in out if item]


def _used(said: Runs) -> list[Citation]:
    """What the figures in a sentence rest on."""
    return [c for run in said if isinstance(run, Shown) for c in run.citations]


def _months(context: Context, breaks: list[Finding]) -> Runs:
    return enumerated(context.language, (context.language.named(*finding.names["month"]) for finding in breaks))


def _findings(context: Context) -> list[Runs]:
    language = context.language
    programmes = [f for f in context.findings if f.kind.startswith("per_participant") and not context.withholds(f)]
    out = [
        context.backed(sentence(language, finding), finding.grade, finding.citations)
        for finding in (*programmes[:PROGRAMMES], *context.of("municipality_left"), *context.beside[:1])
    ]
    breaks = context.of("welfare_tech_break")
    if breaks:
        out.append(_breaks(context, breaks))
    agreement = context.of("accounts_agree", "accounts_agree_corrected", "accounts_off", "underspend_off")
    if agreement:
        said = runs(*(part for finding in agreement for part in (sentence(language, finding), " ")))[:-1]
        grade = weakest(finding.grade for finding in agreement)
        out.append(context.backed(said, grade, _stated(agreement)))
    return out


def _stated(findings: list[Finding]) -> tuple[Citation, ...]:
    """Where the stated totals stand; the charges they are compared with are cited elsewhere on the page."""
    names = ("stated", "budget", "accounts")
    return cited(*(figure for finding in findings for name, figure in finding.figures.items() if name in names))


def _breaks(context: Context, breaks: list[Finding]) -> Runs:
    """All breaks of the year in one sentence."""
    language = context.language
    each = [
        context.text(
            "finding.welfare_tech_break.each", change=f.figures["change"], month=language.name(*f.names["month"])
        )
        for f in breaks
    ]
    joined: Runs = each[0]
    for number, part in enumerate(each[1:], start=2):
        joined = runs(joined, context.say("list.last") if number == len(each) else ", ", part)
    said = context.text("finding.welfare_tech_breaks", series=breaks[0].figures["series"], changes=joined)
    return context.backed(said, weakest(f.grade for f in breaks), [c for f in breaks for c in f.citations])


def _costs(context: Context) -> list[Fact]:
    language = context.language
    (total,) = context.of("cost_total")
    figures = total.figures
    facts = [
        Fact(
            context.text("cost.total"),
            (language.shown(figures["total"]),),
            context.backed(_agrees(context), figures["total"].grade, figures["total"].citations),
        ),
        Fact(
            context.text("cost.per_inhabitant", members=figures["members"]),
            (language.shown(figures["per_inhabitant"]),),
            context.backed(
                context.text(f"cost.per_inhabitant.note{'' if context.whole else '.part'}"),
                figures["per_inhabitant"].grade,
                figures["per_inhabitant"].citations,
            ),
        ),
    ]
    for finding in context.of("cost_outside_each", "cost_outside", "cost_outside_one")[:2]:
        known = values(language, finding)
        main = finding.figures["each" if "each" in finding.figures else "total"]
        note = context.text(f"cost.note.{finding.kind}", **known)
        facts.append(
            Fact(
                context.text("cost.outside", programme=known["programme"]),
                (language.shown(main),),
                context.backed(note, main.grade, main.citations),
            )
        )
    return facts


def _agrees(context: Context) -> Runs:
    """Whether the total is what the source states."""
    found = context.of("accounts_agree", "accounts_agree_corrected", "accounts_off")
    kind = found[0].kind if found else "none"
    if kind == "accounts_agree_corrected" and context.dataset.charges == "printed":
        kind = "accounts_off"
    return context.text(f"cost.total.note.{kind}", **(found[0].figures if found else {}))


def unknown_items(context: Context) -> list[Runs]:
    """The unknown that most depends on, each beside what it would settle."""
    parts: list[Runs] = []
    for finding in context.gaps:
        id = f"unknown.{finding.kind}"
        if context.language.has(id) and len(parts) < UNKNOWN:
            missing = context.text(id, **values(context.language, finding))
            parts.append(
                context.text("unknown.one", missing=missing, settles=context.say(f"settles.{finding.settles}"))
            )
    return parts


def _legend(context: Context) -> Runs:
    letters = ", ".join(f"{letter} {context.language.texts[f'grade.{grade}']}" for grade, letter in LETTERS.items())
    return context.text("legend", letters=letters)
