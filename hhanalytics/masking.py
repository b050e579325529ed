"""What no error and no log may say: who somebody is.

An error shows what stands in a cell, since that is where it is mended; forms that name a person are covered.
A name has no form: where whole cells must stay out, as in logs, they are left out (`hhanalytics.log`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

#: Form → what stands in its place; digits among letters are a checksum. Days of D-numbers count from 41; months of made-up numbers from 41 or 81.
_FORMS: Final = (
    (re.compile(r"(?<![^\W_])[0-7]\d[01245689]\d\d{2}[ \u00a0]?\d{5}(?![^\W_])"), "[identity number]"),
    (re.compile(r"(?<![^\W_])\d{4}[. ]\d{2}[. ]\d{5}(?![^\W_])"), "[account number]"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\w+])(\+|00)47[ \u00a0]?(\d[ \u00a0]?){8}(?!\d)"), "[telephone]"),
    (re.compile(r"(?<![^\W_])[49]\d{2}[ \u00a0]\d{2}[ \u00a0]\d{3}(?![^\W_])"), "[telephone]"),
)


@cache
def _home() -> str:
    try:
        home = str(Path.home())
    except (RuntimeError, OSError):
        return ""
    return home if len(home) > 1 else ""


def masked(text: str) -> str:
    """A text without what names a person: identity, account and telephone numbers, e-mail, the home folder.

    Example:
        >>> masked("found 01019912345 (synthetic), expected a whole number")
        'found [identity number] (synthetic), expected a whole number'
        >>> masked("kari@example.org, 412 34 567, 98 049, 1 736 kr, 3 043 326")
        '[e-mail], [telephone], 98 049, 1 736 kr, 3 043 326'
    """
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    home = _home()
    return re.sub(rf"{re.escape(home)}(?=/|\\|$|\W)", "~", text) if home and home in text else text
