"""A turn, told once: all that is known of it as a sequence of parts, which any page or terminal can show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gtbench.grading.reasoning import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gtbench.records import Attempt, Ballot, Call, Grade, Judgement, Turn


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
class Elected:
    """How the agent let replies vote."""

    kind: ClassVar[str] = "elected"

    about: str
    counts: tuple[tuple[str, int], ...]
    """What was voted for, the most votes first; replies without a vote are the last."""
    chosen: str


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
Part = Seen | Answering | Elected | Stated | Wrong | Forced | Moved | Graded | Judged


def narrate(
    turn: Turn, grade: Grade | None = None, judgements: Iterable[Judgement] = (), *, calls: bool = True
) -> Iterator[Part]:
    """The parts of a turn, in the order in which they came about.

    Args:
        turn: The turn.
        grade: Its grade, if it has one.
        judgements: What judges say of it.
        calls: Whether each request to a model is told; else only how replies voted, what the player answered,
            and what was at fault.
    """
    yield Seen(turn.view)
    for attempt in turn.attempts:
        last = attempt is turn.attempts[-1]
        if calls:
            yield from _attempt(attempt, grade if last else None)
        else:
            yield from map(_elected, attempt.ballots)
            yield Replied("reply", attempt.reply)
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
    votes = _votes(attempt)
    for place, call in enumerate(attempt.calls, 1):
        yield Sent(call)
        yield from (Lost(failed.reason) for failed in call.retries)
        yield Served(call)
        if call.reason:
            yield Refused(call.reason)
        for sample in call.samples:
            yield Replied(f"reply, ended by {sample.finish}{next(votes)}", sample.reply)
        yield from (_elected(ballot) for ballot in attempt.ballots if ballot.calls == place)
    if not attempt.calls:
        yield Replied("answer, without a model", attempt.reply)
    yield from (Stated(*statement) for statement in stated(attempt, grade))


def _votes(attempt: Attempt) -> Iterator[str]:
    """What each reply of an answer is for, in words; empty where nothing was voted on."""
    places = [place for place, call in enumerate(attempt.calls, 1) for _ in call.samples]
    told = [""] * len(places)
    for ballot in attempt.ballots:
        by_then = sum(place <= ballot.calls for place in places)
        for place, vote in enumerate(ballot.votes, by_then - len(ballot.votes)):
            if 0 <= place < by_then:
                told[place] = f", a vote for {vote}" if vote is not None else ", without a vote"
    return iter(told)


def _elected(ballot: Ballot) -> Elected:
    """A vote, counted."""
    counts = Counter(vote for vote in ballot.votes if vote is not None).most_common()
    without = ballot.votes.count(None)
    return Elected(ballot.about, (*counts, *([("no vote", without)] if without else [])), ballot.chosen)
