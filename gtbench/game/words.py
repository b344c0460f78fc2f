"""Words as players write them, without what changes no move, and as texts quote them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters without width, a byte order mark among them, that change nothing at the ends of a word."""
QUOTES = " \t\r\n\"'`*_\u201c\u201d\u2018\u2019\u00ab\u00bb" + INVISIBLE
BEFORE = QUOTES + ":([{"
AFTER = QUOTES + ".,;:!)]}"
"""What may stand around a move without changing it: quotes, brackets, markdown emphasis, punctuation."""

DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u2192": "->", "\u21d2": "=>"}
)
"""Dashes and arrows as they are written in ASCII."""

_WRAPPED = re.compile(r"<(.*)>|\$(.*)\$|\\(?:boxed|text)\{(.*)", re.DOTALL)
"""A move in angle brackets or in a formula. Both brackets must be there: "<5" may mean less than five."""

WHOLE = "(?:0|[1-9][0-9]*)"
"""A whole number as moves are written with it, as a regular expression."""

QUOTED_CHARACTERS = 60
"""How much of an answer is quoted back in a fault."""

LONGEST_ANSWER = 200
"""Characters of an answer that is searched for the moves it names; no longer one could be a move."""


def normalise(answer: str) -> str:
    """An answer without what does not change the move: case, spacing, wrapping, and the form of dashes."""
    said = " ".join(answer.casefold().split())
    bare = (said if said.isascii() else said.translate(DASHES)).lstrip(BEFORE).rstrip(AFTER)
    while len(bare) <= LONGEST_ANSWER and (wrapped := _WRAPPED.fullmatch(bare)):
        bare = "".join(wrapped.groups("")).lstrip(BEFORE).rstrip(AFTER)
    return bare


def spans(numbers: Iterable[int]) -> str:
    """Rising numbers in few words: "1, 3 to 7"."""
    runs: list[list[int]] = []
    for each in numbers:
        if runs and runs[-1][-1] == each - 1:
            runs[-1][1:] = [each]
        else:
            runs.append([each])
    return ", ".join(" to ".join(map(str, run)) for run in runs)


def quote(text: str) -> str:
    """The beginning of a player's words in double quotes, as ASCII and not too long."""
    quoted = ""
    for character in text:
        escaped = json.dumps(character)[1:-1]
        if len(quoted) + len(escaped) > QUOTED_CHARACTERS:
            return f'"{quoted}..."'
        quoted += escaped
    return f'"{quoted}"'


def number(value: float) -> str:
    """A number in full: whole ones without a point, none in scientific notation."""
    return str(int(value)) if value == int(value) else repr(float(value))
