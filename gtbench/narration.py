"""A turn, told once: all that is known of it as a sequence of parts, which any page or terminal can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gtbench.grading.reasoning import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.records import Attempt, Call, Grade, Judgement, Turn


@dataclass(frozen=True, slots=True)
class Seen:
    """What the seat saw."""

    kind: ClassVar[str] = "seen"

    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent to a model: the prompt and the settings."""

    kind: ClassVar[str] = "sent"

    call: Call


@dataclass(frozen=True, slots=True)
class Lost:
    """A try of the same request that failed before it was answered."""

    kind: ClassVar[str] = "lost"

    reason: str


@dataclass(frozen=True, slots=True)
class Served:
    """Who answered, and what that took."""

    kind: ClassVar[str] = "served"

    call: Call


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the server would not answer."""

    kind: ClassVar[str] = "refused"

    reason: str


@dataclass(frozen=True, slots=True)
class Replied:
    """Words of a model, or of the player."""

    kind: ClassVar[str] = "replied"

    how: str
    """In a few words, whose they are and how they ended."""
    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """Something that an answer states in the asked form beside its move."""

    kind: ClassVar[str] = "stated"

    text: str
    right: bool | None
    """Whether it is so; None where it was not checked."""
    truth: str
    """What is so, where it is wrong."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was wrong with an answer."""

    kind: ClassVar[str] = "wrong"

    text: str
    trace: str
    """Where the player's own code failed, if it did and that is to be told."""


@dataclass(frozen=True, slots=True)
class Forced:
    """That the move was the only legal one, and played without asking."""

    kind: ClassVar[str] = "forced"


@dataclass(frozen=True, slots=True)
class Moved:
    """The move; None where the match was forfeited."""

    kind: ClassVar[str] = "moved"

    move: str | None


@dataclass(frozen=True, slots=True)
class Graded:
    """What the game's oracle says of the move, and what was found in the words before it."""

    kind: ClassVar[str] = "graded"

    grade: Grade


@dataclass(frozen=True, slots=True)
class Judged:
    """What an LLM judge says of the reasoning."""

    kind: ClassVar[str] = "judged"

    judgement: Judgement


Answering = Sent | Lost | Served | Refused | Replied
"""How an answer came about."""
Part = Seen | Answering | Stated | Wrong | Forced | Moved | Graded | Judged


def narrate(
    turn: Turn, grade: Grade | None = None, judgements: Iterable[Judgement] = (), *, calls: bool = True
) -> Iterator[Part]:
    """The parts of a turn, in the order in which they came about.

    Args:
        turn: The turn.
        grade: Its grade, if it has one.
        judgements: What judges say of it.
        calls: Whether each request to a model is told; else only what the player answered, and was at fault.
    """
    yield Seen(turn.view)
    for attempt in turn.attempts:
        last = attempt is turn.attempts[-1]
        yield from _attempt(attempt, grade if last else None) if calls else [Replied("reply", attempt.reply)]
        if fault := attempt.fault:
            yield Wrong(f"{fault.kind}. {fault.detail}", fault.trace if calls else "")
    if turn.forced:
        yield Forced()
    yield Moved(turn.move)
    if grade:
        yield Graded(grade)
    yield from map(Judged, judgements)


def _attempt(attempt: Attempt, grade: Grade | None) -> Iterator[Part]:
    """All that was asked of a model for one answer, and what the answer states."""
    for call in attempt.calls:
        yield Sent(call)
        yield from (Lost(failed.reason) for failed in call.retries)
        yield Served(call)
        if call.reason:
            yield Refused(call.reason)
        yield from (Replied(f"reply, ended by {sample.finish}", sample.reply) for sample in call.samples)
    if not attempt.calls:
        yield Replied("answer, without a model", attempt.reply)
    yield from (Stated(*statement) for statement in stated(attempt, grade))
