"""Reading a reply: its one answer becomes a legal action, or a named fault.

The answer is the last line of the reply, `Action: MOVE`, or the field "action" of the one JSON object that
the reply is. Prose is never searched for a move: what a text says about a move may well be that it is a bad
one. How a move may be spelled is the game's business (`gtbench.game.Game.hear`).

Beside the move a reply can state what can be checked later: `Claim NAME: ANSWER` and `Confidence: NN%`, a
line each, or the fields "claims" and "confidence". What is missing or malformed there is no fault, but
absent.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.errors import FaultKind
from gtbench.game import normalise
from gtbench.records import Fault, Finish, Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gtbench.questions import Question

TAG = "Action:"
ACTION, CLAIMS, CONFIDENCE = "action", "claims", "confidence"
"""The fields of a JSON answer."""
REASONING = "reasoning"
"""Its field for the words that lead to it."""
TOOL = "play"
"""The tool whose argument is the answer."""

_LEAD = r"[\s*_`#>\"'\[(\u201c\u2018\u2022-]*"
"""What may stand before a tag: markdown emphasis, quotes, bullets."""
_TAGGED = re.compile(rf"{_LEAD}action[\s*_`]*:(?P<answer>.*)", re.IGNORECASE)
"""A line that begins with the tag."""
_STATED = re.compile(
    rf"{_LEAD}(?:claim[\s*_`\"'\[(]+(?P<name>[a-z]+)|confidence)[\s*_`\"'\])]*:(?P<answer>.*)", re.IGNORECASE
)
"""A line that begins with a statement's tag."""
_MEANT = re.compile(r"^\W*(?:action|claim\b.*|confidence)\s*:", re.IGNORECASE)
"""How a line begins that states something in the asked form, or tries to."""
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,9})?) ?(?:%|percent)", re.ASCII)

_TWICE = object()
"""In the place of a JSON object in which a name comes twice."""

_THOUGHT = re.compile(r"\A\s*<think>.*?(</think>|\Z)", re.DOTALL)


class Stated(NamedTuple):
    """What a reply states beside its move."""

    claims: dict[str, str]
    """By the name of the question: the answer in its one form."""
    confidence: float | None
    """A probability from 0 to 1."""


def read(reply: str, finish: Finish, hear: Callable[[str], int | Fault], form: Form = "tag") -> int | Fault:
    """The legal action that a reply answers with, or what is wrong with the reply.

    Args:
        reply: The player's whole text.
        finish: Why the text ended.
        hear: The game's reading of one answer, at the table where it was asked.
        form: How the answer is written.

    A reply with several tagged lines is ambiguous unless all of them say the same. What a reasoning model
    puts between <think> and </think> before its reply is no part of it; some servers leave that in the text.
    """
    if finish == "refused":
        return Fault(kind=FaultKind.REFUSED, detail="The reply was a refusal.")
    if finish == "length":
        return Fault(kind=FaultKind.TRUNCATED, detail="The reply was cut off at its token limit.")
    if finish == "too_long":
        return Fault(kind=FaultKind.TOO_LONG, detail="The prompt was longer than the model reads.")
    spoken = spoken_part(reply)
    lines = [line for line in spoken.splitlines() if any(map(str.isalnum, line))]  # fences and rules are none
    if not lines:
        return Fault(kind=FaultKind.EMPTY, detail="The reply was empty.")
    return _read_lines(lines, hear) if form == "tag" else _read_object(spoken, hear, form)


def stated(reply: str, finish: Finish, questions: Iterable[Question], form: Form = "tag") -> Stated:
    """What a reply states about the position and about the match; arguments as for `read`.

    A statement that is made twice, not alike, is absent.
    """
    spoken = spoken_part(reply)
    if finish == "length":
        spoken, _, _ = spoken.rpartition("\n")  # the last line may lack its end
    asked = {question.name: question for question in questions}
    found: dict[str, set[str | None]] = {}
    for name, answer in _stated_lines(spoken) if form == "tag" else _stated_fields(spoken):
        said = normalise(answer)
        if name == CONFIDENCE:
            found.setdefault(name, set()).add(said)
        elif name in asked:
            found.setdefault(name, set()).add(asked[name].read(said))
    alike = {name: answer for name, (answer, *others) in found.items() if answer is not None and not others}
    percent = _PERCENT.fullmatch(alike.pop(CONFIDENCE, ""))
    confidence = float(percent[1]) / 100 if percent else None
    return Stated(alike, None if confidence is None or confidence > 1 else confidence)


def prose(reply: str, form: Form = "tag") -> str:
    """The words of a reply that lead to its answer: the lines without a tag, or the object's reasoning."""
    spoken = spoken_part(reply)
    if form == "tag":
        return "\n".join(line for line in spoken.splitlines() if TAG not in line and not _MEANT.match(line))
    found = json_object(spoken)
    reasoning = None if isinstance(found, Fault) else found.get(REASONING)
    return reasoning if isinstance(reasoning, str) else ""


def spoken_part(reply: str) -> str:
    """A reply without the thought that a reasoning model puts before it."""
    return _THOUGHT.sub("", reply, count=1)


def _stated_lines(spoken: str) -> Iterator[tuple[str, str]]:
    """The statements of a text, each with its name."""
    for line in spoken.splitlines():
        if tagged := _STATED.fullmatch(line):
            yield (tagged["name"] or CONFIDENCE).lower(), tagged["answer"]


def _stated_fields(spoken: str) -> Iterator[tuple[str, str]]:
    """The statements of a JSON object, each with its name."""
    found = json_object(spoken)
    if isinstance(found, Fault):
        return
    if isinstance(claims := found.get(CLAIMS), dict):
        for name, answer in claims.items():
            if name != CONFIDENCE:
                yield name, str(answer) if isinstance(answer, str | int) else ""
    confidence = found.get(CONFIDENCE)
    if isinstance(confidence, str):
        yield CONFIDENCE, confidence
    elif isinstance(confidence, int | float):
        yield CONFIDENCE, f"{confidence}%"


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


def _read_object(spoken: str, hear: Callable[[str], int | Fault], form: Form) -> int | Fault:
    """The legal action that a JSON answer names, or what is wrong with it."""
    found = json_object(spoken)
    if isinstance(found, Fault):
        if form == "tool" and found.kind is FaultKind.UNPARSABLE:
            detail = f'The reply is no call of the tool "{TOOL}" with a JSON object.'
            return Fault(kind=FaultKind.UNPARSABLE, detail=detail)
        return found
    action = found.get(ACTION)
    if not isinstance(action, str | int) or isinstance(action, bool):
        return Fault(kind=FaultKind.UNPARSABLE, detail=f'The JSON object has no text "{ACTION}".')
    return hear(str(action))


def json_object(spoken: str) -> dict[str, Any] | Fault:
    """The JSON object that a text is, or what is wrong with it."""
    try:
        found = json.loads(spoken, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        found = None
    if found is _TWICE:
        return Fault(kind=FaultKind.AMBIGUOUS, detail="The JSON object has two fields of one name.")
    if not isinstance(found, dict):
        return Fault(kind=FaultKind.UNPARSABLE, detail="The reply is not one JSON object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> Any:
    """An object, unless one of its names comes twice."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else _TWICE
