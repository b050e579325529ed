"""The page to think with: one HTML file with its script and figures in it, which asks no network.

The figures it starts from are blocks like those of a brief, and pass the same scrutiny and the same gate. Its policy lets no
script and no style take effect but those written into it, each named by its hash.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from typing import Any, Final

from hhanalytics.briefs.context import context_of
from hhanalytics.briefs.html import TEMPLATES
from hhanalytics.briefs.html_blocks import Words, block_html
from hhanalytics.briefs.release import attack, said_in
from hhanalytics.briefs.scrutiny import scrutinise
from hhanalytics.briefs.sections.exploring import LARGEST_COUNT, LARGEST_PRICE, Exploring
from hhanalytics.briefs.structure import Structure, cleaned
from hhanalytics.dataset import Dataset
from hhanalytics.decisions.exploration import GROWTHS
from hhanalytics.present.catalogue import formulas
from hhanalytics.present.fonts import css_font_faces
from hhanalytics.present.inline import plain
from hhanalytics.present.theme import css_variables
from hhanalytics.privacy.releases import Said

#: The name of the page, beside ``brief.html``.
NAME: Final = "explore.html"


def explore_page(
    printed: Dataset, parameters: dict[str, Any], earlier: Iterable[Said], brief: Iterable[Said]
) -> tuple[bytes, list[Said]]:
    """The page to think with for a brief, checked like the brief itself.

    Args:
        printed: The Dataset as printed in the sources.
        parameters: Those of the brief's notebook: ``year``, ``language``, ``privacy``, ``charges``.
        earlier: What earlier releases said of counted rows.
        brief: What the brief beside it says of them.

    Returns:
        The page, and what both together say of counted rows.

    Raises:
        BriefFailed: It shows a number without a trace, or a small count follows from it.
    """
    year, public = printed.year(parameters["year"]), parameters["privacy"] != "internal"
    same = (parameters[name] for name in ("language", "privacy", "charges"))
    exploring = Exploring(context_of(printed, year, *same))
    title = exploring.title().structure()
    blocks = [block.structure() for block in exploring.blocks()]
    scrutinise([(f"{NAME}, {block['block']}", block) for block in (title, *blocks)], printed)
    said = sorted({*brief, *said_in(blocks)}) if public else []
    attack(said, printed, earlier)
    return _page(exploring, cleaned(title), cleaned(blocks), public).encode(), said


def _page(exploring: Exploring, title: Structure, blocks: list[Structure], public: bool) -> str:
    say, texts = exploring.context.say, exploring.context.language.texts
    script, style = _read("explore.js"), "\n".join((css_variables(), _read("brief.css"), _read("explore.css")))
    faces = css_font_faces()
    words = Words(source=texts["page.source"], whole=True, formulas=formulas(title["language"]))
    marking = "" if public else texts["page.internal"]
    main = "\n".join(
        (
            f'<noscript><p class="note">{_e(say("explore.noscript"))}</p></noscript>',
            _controls(exploring),
            _results(exploring),
            _sections(blocks, words),
        )
    )
    marked = f'<aside class="marking" aria-label="{_e(marking)}">{_e(marking)}</aside>\n' if marking else ""
    head = ": ".join(filter(None, (marking, title["text"])))
    return f"""<!DOCTYPE html>
<html lang="{_e(title["language"])}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_e(_policy([script], [faces, style]))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{_e(head)}</title>
<meta name="description" content="{_e(title["description"])}">
<link rel="icon" href="data:,">
<style id="faces">{faces}</style>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#page-main">{_e(texts["page.skip"])}</a>
{marked}<header>
{block_html(title, words)}
<p class="back"><a href="brief.html">{_e(say("explore.back"))}</a></p>
</header>
<main id="page-main" tabindex="-1">
{main}
</main>
<footer><p>{_e(title["running"])} · {_e(say("explore.footer"))}</p></footer>
<script type="application/json" id="data">{_json(exploring.data())}</script>
<script>{script}</script>
</body>
</html>
"""


def _controls(exploring: Exploring) -> str:
    """What the reader sets: native inputs, each with its label; hidden until the script runs."""
    say = exploring.context.say
    names = exploring.context.language
    programmes = _options((each.programme, names.name("programmes", each.programme)) for each in exploring.programmes)
    # A slider has no number of its own in the page: its ends are set by the script.
    growth = f'<input type="range" id="growth" min="0" max="{len(GROWTHS) - 1}" step="1" value="0">'
    parts = [
        f"""<div class="field wide"><label for="programme">{_e(say("explore.programme"))}</label>
<select id="programme">{programmes}</select></div>""",
        f"""<div class="field"><label for="price">{_e(say("explore.price"))}</label>
<input type="number" id="price" min="0" max="{LARGEST_PRICE}" step="1" inputmode="numeric" aria-describedby="price-hint">
<label class="said" for="price-slide">{_e(say("explore.price.slide"))}</label>
<input type="range" id="price-slide" min="0" max="100" step="1" list="price-marks"><datalist id="price-marks"></datalist>
<p class="hint" id="price-hint"></p></div>""",
        f"""<div class="field"><label for="participants">{_e(say("explore.participants"))}</label>
<input type="number" id="participants" min="1" max="{LARGEST_COUNT}" step="1" inputmode="numeric" aria-describedby="participants-hint">
<p class="hint" id="participants-hint"></p></div>""",
        f"""<div class="field"><label for="growth">{_e(say("explore.growth"))}</label>
{growth}<output for="growth" id="growth-said"></output></div>""",
    ]
    if exploring.charges is not None:
        boxes = "".join(
            f'<label class="box"><input type="checkbox" name="member" value="{_e(name)}"> {_e(said)}</label>'
            for name, said in _named(exploring)
        )
        parts.append(
            f'<fieldset class="field wide"><legend>{_e(plain(exploring.said("explore.members")))}</legend>'
            f'<div class="boxes">{boxes}</div><p class="hint" id="members-hint"></p></fieldset>'
        )
    return f"""<section class="live" id="choose" aria-labelledby="choose-head" hidden>
<h2 id="choose-head">{_e(say("explore.choose"))}</h2>
<p class="note">{_e(say("explore.choose.note"))}</p>
<form id="controls" autocomplete="off">{"".join(parts)}
<p class="buttons wide"><button type="button" id="undo">{_e(say("explore.undo"))}</button>
<button type="button" id="reset">{_e(say("explore.reset"))}</button></p></form>
<p class="said" id="said" role="status" aria-live="polite"></p>
</section>"""


def _results(exploring: Exploring) -> str:
    """Where the script shows what follows."""
    say = exploring.context.say
    paying = f"<p>{_e(say('explore.paying.none'))}</p>"
    if exploring.charges is not None:
        pools = [(pool, exploring.context.language.name("pools", pool)) for pool in exploring.charges.pools]
        shown = _options([("", say("explore.show.all")), *_named(exploring)])
        paying = f"""<div class="fields"><div class="field"><label for="show">{_e(say("explore.show"))}</label><select id="show">{shown}</select></div>
<div class="field"><label for="pool">{_e(say("explore.pool"))}</label>
<select id="pool">{_options([("", say("explore.pool.all")), *pools])}</select></div></div>
<p id="no-charges" hidden></p>
{_empty_table("paying", plain(exploring.said("explore.paying.table")))}
<figure id="paying-chart"><figcaption></figcaption><div class="drawn"></div></figure>"""
    return f"""<section class="live" aria-labelledby="result-head" hidden>
<h2 id="result-head">{_e(say("explore.result"))}</h2>
<p class="chosen" id="chosen"></p>
{_empty_table("result", say("explore.result.table"))}
<figure id="gain-chart"><figcaption></figcaption><div class="drawn"></div></figure>
</section>
<section class="live" aria-labelledby="paying-head" hidden>
<h2 id="paying-head">{_e(say("explore.paying"))}</h2>
{paying}
</section>
<section class="live" aria-labelledby="keep-head" hidden>
<h2 id="keep-head">{_e(say("explore.keep"))}</h2>
<div class="field"><label for="link">{_e(say("explore.link"))}</label><input type="text" id="link" readonly></div>
<p class="buttons"><button type="button" id="copy">{_e(say("explore.copy"))}</button>
<button type="button" id="csv">{_e(say("explore.csv"))}</button>
<button type="button" id="png">{_e(say("explore.png"))}</button>
<button type="button" id="svg">{_e(say("explore.svg"))}</button></p>
</section>"""


def _empty_table(id: str, caption: str) -> str:
    return (
        f'<div class="scroll" role="region" aria-labelledby="{id}-caption" tabindex="0"><table id="{id}">'
        f'<caption id="{id}-caption"><span>{_e(caption)}</span></caption><thead></thead><tbody></tbody></table></div>'
    )


def _sections(blocks: list[Structure], words: Words) -> str:
    """The blocks, each heading opening a section."""
    out: list[str] = []
    for block in blocks:
        if block["block"] == "heading":
            out.append(f'{"</section>" if out else ""}<section aria-labelledby="{_e(block["id"])}">')
        out.append(block_html(block, words))
    return "\n".join([*out, "</section>"])


def _named(exploring: Exploring) -> list[tuple[str, str]]:
    names = exploring.context.language
    return [(name, names.name("municipalities", name)) for name in exploring.municipalities]


def _options(items: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{_e(value)}">{_e(text)}</option>' for value, text in items)


def _policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    script_hashes, style_hashes = (" ".join(f"'sha256-{_hash(text)}'" for text in texts) for texts in (scripts, styles))
    # Tables carry the widths of their columns as attributes; no other style but the two named comes in.
    return (
        f"default-src 'none'; script-src {script_hashes}; style-src {style_hashes}; style-src-attr 'unsafe-inline'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode("ascii")


def _json(data: dict[str, Any]) -> str:
    """Data as JSON that no browser takes for the end of its element."""
    return json.dumps(cleaned(data), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _e(text: str) -> str:
    return escape(text, quote=True)
