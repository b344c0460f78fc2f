"""A turn as all verbs print it, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from gtbench.cli.tables import subheading
from gtbench.labels import Slip
from gtbench.narration import (
    Elected,
    Forced,
    Graded,
    Judged,
    Lost,
    Moved,
    Refused,
    Replied,
    Seen,
    Sent,
    Served,
    Stated,
    Wrong,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.narration import Answering, Part
    from gtbench.records import Call, Grade, Judgement


class Subheading(NamedTuple):
    """A line that says what the next ones are, or all there is to say."""

    text: str


def tell(parts: Iterable[Part]) -> None:
    """Print the parts of a turn."""
    for part in parts:
        for line in _lines(part):
            if isinstance(line, Subheading):
                subheading(line.text)
            else:
                typer.echo(line)


def _lines(part: Part) -> Iterator[Subheading | str]:
    """What is printed of a part."""
    match part:
        case Seen(text):
            yield text
        case Elected(about, counts, chosen):
            voted = ", ".join(f"{vote} {count}" for vote, count in counts) or "none"
            yield Subheading(f"votes on the {about}: {voted}; chosen: {chosen}")
        case Stated(text, right, truth):
            checked = f"wrong: {truth}" if truth else "wrong"
            yield Subheading(text if right is None else f"{text} ({'right' if right else checked})")
        case Wrong(text, trace):
            yield Subheading(f"fault: {text}")
            yield from [trace] if trace else []
        case Forced():
            yield Subheading("forced: the only legal move, nobody was asked")
        case Moved(move):
            yield Subheading(f"move: {move}" if move else "no move: the match is forfeited")
        case Graded(grade):
            yield from map(Subheading, _graded(grade))
        case Judged(judgement):
            yield from map(Subheading, _judged(judgement))
        case _:
            yield from _answering(part)


def _answering(part: Answering) -> Iterator[Subheading | str]:
    """What is printed of how an answer came about."""
    match part:
        case Sent(call):
            for message in call.messages:
                yield Subheading(f"prompt, {message.role}")
                yield message.content
            yield Subheading(
                "settings: " + ", ".join(f"{key}={value}" for key, value in call.settings.items())
            )
        case Lost(reason):
            yield Subheading(f"a try that failed: {reason}")
        case Served(call):
            yield Subheading(_served(call))
        case Refused(reason):
            yield Subheading(f"the server would not answer: {reason}")
        case Replied(how, text):
            yield Subheading(how)
            yield text


def _served(call: Call) -> str:
    """Who answered a call, and what that took."""
    return (
        f"answer of {call.served_by or call.model}{call.endpoint and f' at {call.endpoint}'}: "
        f"{call.input_tokens} tokens in, {call.output_tokens} out, {call.seconds:.1f} s"
        f"{', replayed' if call.replayed else ''}"
    )


def _graded(grade: Grade) -> list[str]:
    """What is known of a decision, a line each thing."""
    if grade.status != "graded" or grade.regret is None:
        found = [f"not graded: {grade.status}"]
    else:
        told = "" if grade.exact else " as far as can be told"
        worth = "" if grade.value is None else f"; the position is worth {grade.value:+.3g} with best play"
        found = [f"grade: regret {grade.regret:.3g}{told}, at stake {grade.stake or 0:.3g}{worth}"]
        found += [f"best: {', '.join(grade.best)}"] if grade.error else []
    found += [f"{'error of play' if grade.error else 'missed at no cost'}: {name}" for name in grade.labels]
    return found + [f"error of reasoning: {found.slip}: {found.evidence}" for found in grade.slips]


def _judged(judgement: Judgement) -> list[str]:
    """What a judge says of a decision: a line for each error that a vote names, with its quotes."""
    found, of = [], len(judgement.votes)
    for slip in Slip:
        quotes = [vote.quotes[slip] for vote in judgement.votes if vote.says(slip)]
        if quotes:
            quoted = " / ".join(f'"{quote}"' for quote in dict.fromkeys(quotes))
            found.append(f"judged by {judgement.judge}: {slip}, {len(quotes)} of {of} votes: {quoted}")
    return found or [f"judged by {judgement.judge}: no error, {of} votes"]
