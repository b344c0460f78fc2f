"""Reading a reply: its one answer becomes a legal action, or a named fault.

The answer is the last line of the reply, `Action: MOVE`, or the field "action" of the one JSON object that
the reply is. The tag may also stand alone, with the move alone in the line after it. Prose is never searched
for a move: what a text says about a move may well be that it is a bad one. How a move may be spelled is the
game's business (`gtbench.game.base.Game.hear`).

Beside the move a reply can state what can be checked later: `Claim NAME: ANSWER` and `Confidence: NN%`, a
line each, or the fields "claims" and "confidence". What is missing or malformed there is no fault, but
absent.

A reply can be as long as its writer likes, and all matches wait while one is read: everything here takes time
in proportion to its length.
"""

from __future__ import annotations

import json
import re
import string
from typing import TYPE_CHECKING, Any, NamedTuple

from gtbench.game.memo import Memo
from gtbench.game.words import INVISIBLE, normalise
from gtbench.labels import FaultKind
from gtbench.records import Fault, Finish, Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gtbench.game.questions import Question

TAG = "Action:"
ACTION, CLAIMS, CONFIDENCE = "action", "claims", "confidence"
"""The fields of a JSON answer."""
REASONING = "reasoning"
"""Its field for the words that lead to it."""
TOOL = "play"
"""The tool whose argument is the answer."""

CUT_OFF = "The reply was cut off at its token limit."
ONLY_THOUGHT = "Only a thought came, and no reply after it."

MOST_ANSWERS = 100
"""How many tagged answers, no two written alike, are compared; more are ambiguous whatever they are."""

_FILL = rf"\s*_`{INVISIBLE}"
"""What may stand between a tag and its colon: markdown emphasis."""
_LEAD = rf"[{_FILL}#>\"'\[(\u201c\u2018\u2022-]*"
"""What may stand before a tag: markdown emphasis, quotes, bullets."""
_COLON = "[:\uff1a]"


def tag_pattern(tag: str) -> re.Pattern[str]:
    """A line that begins with a tag and its colon, whatever its case; `answer` is what comes after them."""
    return re.compile(rf"{_LEAD}{tag}[{_FILL}]*{_COLON}(?P<answer>.*)", re.IGNORECASE)


_TAGGED = tag_pattern(
    rf"(?:(?P<action>(?:final[{_FILL}]+)?action)"
    rf"|(?:claim[{_FILL}\"'\[(]+(?P<name>[a-z]+)|confidence)[{_FILL}\"'\])]*+)"
)
"""A line that begins with the tag, which is the group `action`, or with a statement's."""
_MEANT = re.compile(
    rf"[\W_]*(?:(?:(?:final[{_FILL}]+)?action|confidence)[{_FILL}]*|claim\b[^:\uff1a]*){_COLON}",
    re.IGNORECASE,
)
"""How a line begins that states something in the asked form, or tries to."""
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,9})?) ?(?:%|percent)", re.ASCII)

_BLANK = string.whitespace + INVISIBLE
_FENCE = "```"
_SAYS = re.compile(r"[^\W_]")
"""A letter or a digit: a line without one, such as a fence or a rule, says nothing."""
_TURN = re.compile(
    r"</s>|</?answer>|<end_of_turn>|<\|(?:im_end|eot_id|end|return|(?:begin|end)_of_solution)\|>",
    re.IGNORECASE,
)
"""What ends a turn in the templates of open models, and may be left in the text."""
_BARE_TAG = ("", "move")
"""What stands under a tag that is a heading, or an echo of the instruction."""
_AROUND = {("", ""), (_FENCE, _FENCE), (f"{_FENCE}json", _FENCE)}
"""What may stand before and after a JSON answer."""

_THOUGHT = re.compile(
    rf"^[ \t{INVISIBLE}]*(?:<\|start\|>assistant)?"
    r"(?:<(?:seed:)?think(?:ing)?>|<thought>|<\|begin_of_thought\|>|\[think\]|\u25c1think\u25b7"
    r"|<\|channel\|>(?:analysis|commentary))",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that begins a thought, in the marks of most reasoning models."""
_THOUGHT_OVER = re.compile(
    r"</(?:seed:)?think(?:ing)?>|</thought>|<\|end_of_thought\|>|\[/think\]|\u25c1/think\u25b7"
    r"|<\|channel\|>final(?:[^\n<]{0,9}<\|constrain\|>[^\n<]{0,9})?(?:<\|message\|>)?",
    re.IGNORECASE,
)
"""Where a thought ends; its beginning may have stood in the prompt."""

_TWICE = object()
"""In the place of a JSON object in which a name comes twice."""


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

    A reply with several tagged lines is ambiguous unless all of them say the same; a tag with nothing after
    it, or with the word MOVE of the instruction, is none if another follows. Statements may stand after the
    answer. What a reasoning model thinks before its reply is no part of it, see `spoken_part`.
    """
    if finish == "refused":
        return Fault(kind=FaultKind.REFUSED, detail="The reply was a refusal.")
    if finish == "too_long":
        return Fault(kind=FaultKind.TOO_LONG, detail="The prompt was longer than the model reads.")
    spoken = spoken_part(reply)
    lines = _lines(spoken)
    thought_alone = not lines and spoken != reply
    if finish == "length":
        return Fault(
            kind=FaultKind.TRUNCATED, detail=f"{CUT_OFF}{' ' + ONLY_THOUGHT if thought_alone else ''}"
        )
    if not lines:
        return Fault(kind=FaultKind.EMPTY, detail=ONLY_THOUGHT if thought_alone else "The reply was empty.")
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
        known = found.setdefault(name, set()) if name == CONFIDENCE or name in asked else None
        if known is not None and len(known) <= 1:  # two contradict each other, whatever a third says
            said = normalise(answer)
            known.add(said if name == CONFIDENCE else asked[name].read(said))
    alike = {name: answer for name, (answer, *others) in found.items() if answer is not None and not others}
    percent = _PERCENT.fullmatch(alike.pop(CONFIDENCE, ""))
    confidence = float(percent[1]) / 100 if percent else None
    return Stated(alike, None if confidence is None or confidence > 1 else confidence)


def prose(reply: str, form: Form = "tag") -> str:
    """The words of a reply that lead to its answer: the lines without a tag, or the object's reasoning."""
    spoken = spoken_part(reply)
    if form == "tag":
        lines = _lines(spoken)
        last = next(_answers(lines), None)
        if last and last.alone:
            del lines[last.line]
        return "\n".join(
            line for line in lines if not (TAG in line or _MEANT.match(line) or _TAGGED.fullmatch(line))
        )
    found = json_object(spoken)
    reasoning = None if isinstance(found, Fault) else found.get(REASONING)
    return reasoning if isinstance(reasoning, str) else ""


def spoken_part(reply: str) -> str:
    """A reply without what a reasoning model thinks before it, which some servers leave in the text.

    It is what follows the last thought, and so nothing where that thought has no end.
    """
    if "<" not in reply and "[" not in reply and "\u25c1" not in reply:
        return reply  # as most are: to look for every mark takes longer
    over = 0
    for mark in _THOUGHT_OVER.finditer(reply):
        over = mark.end()
    spoken = reply[over:]
    return "" if _THOUGHT.search(spoken) else spoken


def _lines(spoken: str) -> list[str]:
    """The lines of a text that say something; what ends a turn ends a line."""
    text = _TURN.sub("\n", spoken) if "<" in spoken else spoken
    fenced = _FENCE in text
    return [line for line in text.splitlines() if _SAYS.search(line) and not (fenced and _is_fence(line))]


def _is_fence(line: str) -> bool:
    """Whether a line is the beginning of a code fence that names its language."""
    before, fence, language = line.partition(_FENCE)
    return bool(fence) and not before.strip(_BLANK) and language.strip(_BLANK).isalnum()


def _stated_lines(spoken: str) -> Iterator[tuple[str, str]]:
    """The statements of a text, each with its name; a line that comes again states nothing new."""
    for line in dict.fromkeys(_lines(spoken)):
        tagged = _TAGGED.fullmatch(line)
        if tagged and not tagged["action"]:
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


class _Answer(NamedTuple):
    """What stands under a tag."""

    text: str
    line: int  # the number of the line that holds it
    alone: bool  # whether that is the line after the tag's
    last: bool  # whether nothing but statements comes after it


def _answers(lines: Sequence[str]) -> Iterator[_Answer]:
    """What stands under each tag, the last first: the rest of its line or, where that says nothing, the next.

    Statements are passed over, also between a tag and the line after it.
    """
    matches = Memo(_TAGGED.fullmatch)  # the same line may come a million times
    below, after = None, 0  # the next line, if it has no tag, and how many there are
    for number in range(len(lines) - 1, -1, -1):
        tagged = matches[lines[number]]
        if tagged is None:
            below = number
        elif not tagged["action"]:
            continue
        else:
            text = tagged["answer"]
            if below is None or _SAYS.search(text):
                yield _Answer(text, number, False, after == 0)
            else:
                yield _Answer(lines[below], below, True, after == 1)
            below = None
        after += 1


def _read_lines(lines: Sequence[str], hear: Callable[[str], int | Fault]) -> int | Fault:
    """The legal action that the tagged one of these lines names, or what is wrong with them."""
    answers = _answers(lines)
    last = next(answers, None)
    if last is None:
        return Fault(kind=FaultKind.UNPARSABLE, detail=f'The reply has no line "{TAG} MOVE".')
    move = hear(last.text)
    if _disagree(answers, last, move, hear):
        return Fault(kind=FaultKind.AMBIGUOUS, detail=f'The reply has several different "{TAG}" lines.')
    if not last.last:
        return Fault(kind=FaultKind.UNPARSABLE, detail=f'The "{TAG}" line is not the last line of the reply.')
    return move


def _disagree(
    others: Iterable[_Answer], last: _Answer, move: int | Fault, hear: Callable[[str], int | Fault]
) -> bool:
    """Whether any of the earlier answers is not for the last one's move."""
    written: dict[tuple[str, bool], _Answer] = {}
    for other in others:
        written.setdefault((other.text, other.alone), other)
        if len(written) > MOST_ANSWERS:
            return True
    words = normalise(last.text)
    different = {(normalise(other.text), other.alone): other for other in written.values()}
    return any(key[0] != words and _speaks_against(move, other, hear) for key, other in different.items())


def _speaks_against(move: int | Fault, other: _Answer, hear: Callable[[str], int | Fault]) -> bool:
    """Whether an earlier answer, in other words than the last one's, is not for the same move."""
    heard = hear(other.text)
    if isinstance(heard, Fault):
        bare = other.alone or normalise(other.text) in _BARE_TAG
        return not (bare and heard.kind is FaultKind.UNPARSABLE)
    return heard != move


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
    """The JSON object that a text is, with its names in lower case, or what is wrong with it."""
    try:
        found = json.loads(_unwrapped(spoken), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        found = None
    if found is _TWICE:
        return Fault(kind=FaultKind.AMBIGUOUS, detail="The JSON object has two fields of one name.")
    if not isinstance(found, dict):
        return Fault(kind=FaultKind.UNPARSABLE, detail="The reply is not one JSON object.")
    return found


def _unwrapped(spoken: str) -> str:
    """A JSON answer without one code fence around it, and what ends a turn."""
    start, end = spoken.find("{"), spoken.rfind("}") + 1
    if not 0 <= start < end:
        return spoken
    around = (_TURN.sub("", part).strip(_BLANK).lower() for part in (spoken[:start], spoken[end:]))
    return spoken[start:end] if tuple(around) in _AROUND else spoken


def _once(pairs: list[tuple[str, Any]]) -> Any:
    """An object with its names in lower case, unless one of them comes twice."""
    found = {name.casefold(): value for name, value in pairs}
    return found if len(found) == len(pairs) else _TWICE
