"""How a judge's answer is read: yes or no on each of the five errors, or a fault, never a guess."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtbench.judging.rubric import ANSWER, QUOTE
from gtbench.labels import FaultKind, Slip
from gtbench.records import Fault, Vote
from gtbench.reply import json_object, spoken_part
from gtbench.text import recorded

if TYPE_CHECKING:
    from gtbench.judging.rubric import Way
    from gtbench.records import Finish, Sample

_TAGGED = re.compile(
    rf"[\s*_`#>\"'\[(-]*(?P<slip>{'|'.join(Slip)})[\s*_`\"'\])]*:[\s*_`]*(?P<answer>yes|no)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"\.{3,}|\u2026")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


UNFINISHED: dict[Finish, FaultKind] = {
    "length": FaultKind.TRUNCATED,
    "refused": FaultKind.REFUSED,
    "too_long": FaultKind.TOO_LONG,
}
"""What an answer is, by why it ended without being done."""


def read_vote(sample: Sample, words: str, way: Way) -> Vote:
    """A judge's answer. What cannot be read as yes or no on each of the five is a fault of its own.

    Args:
        sample: The answer.
        words: What a quote must be from.
        way: How it was asked for.
    """
    if sample.finish != "stop":
        return Vote(fault=UNFINISHED[sample.finish])
    spoken = spoken_part(sample.reply).strip()
    if not spoken:
        return Vote(fault=FaultKind.EMPTY)
    found = _fields(spoken) if way == "json" else _lines(spoken)
    if isinstance(found, FaultKind):
        return Vote(fault=found)
    stands = _plain(words)
    quotes = {slip: quote for slip, quote in found.items() if quote is not None}
    misquoted = tuple(slip for slip, quote in quotes.items() if not _quoted(quote, stands))
    return Vote(quotes=quotes, misquoted=misquoted)


Answers = dict[Slip, str | None]
"""Of each error the quote that shows it; None where it was not made."""


def _fields(spoken: str) -> Answers | FaultKind:
    """The answers in a JSON object, which may stand in a code fence."""
    found = json_object(spoken)
    if isinstance(found, Fault):
        return found.kind
    answers: Answers = {}
    for slip in Slip:
        said = found.get(slip)
        made = said.get(ANSWER) if isinstance(said, dict) else None
        if not isinstance(said, dict) or made not in ("yes", "no"):
            return FaultKind.UNPARSABLE
        quote = recorded(str(said.get(QUOTE, "")))  # JSON can escape what the log of the reply cannot hold
        answers[slip] = _bare(quote) if made == "yes" else None
    return answers


def _lines(spoken: str) -> Answers | FaultKind:
    """The answers in the last five lines, one for each error; "no" and more words may mean anything."""
    lines = [line for line in spoken.splitlines() if any(map(str.isalnum, line))][-len(Slip) :]
    answers: Answers = {}
    for tagged in map(_TAGGED.fullmatch, lines):
        if not tagged or (tagged["answer"].lower() == "no" and any(map(str.isalnum, tagged["rest"]))):
            return FaultKind.UNPARSABLE
        made = tagged["answer"].lower() == "yes"
        answers[Slip(tagged["slip"].lower())] = _bare(tagged["rest"]) if made else None
    return answers if len(answers) == len(Slip) else FaultKind.UNPARSABLE


def _quoted(quote: str, words: str) -> bool:
    """Whether a quote, which may leave out something with an ellipsis, stands in these words."""
    at = 0
    parts = [_bare(_plain(part)) for part in _ELLIPSIS.split(quote)]
    for part in filter(None, parts):
        found = words.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return any(parts)


def _bare(text: str) -> str:
    """A quote without what stands around it."""
    return text.strip(" \t\n\"'`*_.,:;-")


def _plain(text: str) -> str:
    """A text without what may change when it is quoted: case, spacing and the form of quotes."""
    return " ".join(text.translate(_QUOTES).casefold().split())
