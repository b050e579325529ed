"""What tests of languages share: small words by which a text in the wrong language is found."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def foreign_words(language: str) -> frozenset[str]:
    """Words that no text in a language has, because they are of another one."""
    groups = tomllib.loads(Path(__file__).with_name("function_words.toml").read_text("utf-8"))["group"]
    return frozenset(word for group in groups if language not in group["languages"] for word in group["words"])


def foreign(text: str, language: str) -> set[str]:
    """The words of other languages in a text."""
    return set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.casefold())) & foreign_words(language)
