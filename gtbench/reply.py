"""Reading a reply: its one tagged answer becomes a legal action, or a named fault.

The answer is the last line of the reply, `Action: MOVE`. Prose is never searched for a move: what a text
says about a move may well be that it is a bad one. How a move may be spelled is the game's business
(`gtbench.game.Game.hear`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gtbench.errors import FaultKind
from gtbench.game import normalise
from gtbench.records import Fault, Finish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TAG = "Action:"

_TAGGED = re.compile(r"[\s*_`#>\"'\[(\u201c\u2018\u2022-]*action[\s*_`]*:(?P<answer>.*)", re.IGNORECASE)
"""A line that begins with the tag, markdown emphasis around it allowed."""

_THOUGHT = re.compile(r"\A\s*<think>.*?(</think>|\Z)", re.DOTALL)


def read(reply: str, finish: Finish, hear: Callable[[str], int | Fault]) -> int | Fault:
    """The legal action that a reply answers with, or what is wrong with the reply.

    Args:
        reply: The player's whole text.
        finish: Why the text ended.
        hear: The game's reading of one answer, at the table where it was asked.

    A reply with several tagged lines is ambiguous unless all of them say the same. What a reasoning model
    puts between <think> and </think> before its reply is no part of it; some servers leave that in the text.
    """
    if finish == "refused":
        return Fault(kind=FaultKind.REFUSED, detail="The reply was a refusal.")
    if finish == "length":
        return Fault(kind=FaultKind.TRUNCATED, detail="The reply was cut off at its token limit.")
    spoken = _THOUGHT.sub("", reply, count=1)
    lines = [line for line in spoken.splitlines() if any(map(str.isalnum, line))]  # fences and rules are none
    if not lines:
        return Fault(kind=FaultKind.EMPTY, detail="The reply was empty.")
    return _read_lines(lines, hear)


def _read_lines(lines: Sequence[str], hear: Callable[[str], int | Fault]) -> int | Fault:
    """The legal action that the tagged one of these lines names, or what is wrong with them."""
    answers = [tagged["answer"] for line in lines if (tagged := _TAGGED.fullmatch(line))]
    if not answers:
        return Fault(kind=FaultKind.UNPARSABLE, detail=f'The reply has no line "{TAG} MOVE".')
    first, *others = ((normalise(answer), hear(answer)) for answer in answers)
    if any(words != first[0] and (move != first[1] or isinstance(move, Fault)) for words, move in others):
        return Fault(kind=FaultKind.AMBIGUOUS, detail=f'The reply has several different "{TAG}" lines.')
    if not _TAGGED.fullmatch(lines[-1]):
        return Fault(kind=FaultKind.UNPARSABLE, detail=f'The "{TAG}" line is not the last line of the reply.')
    return first[1]
