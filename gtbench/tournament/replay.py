"""What a replay shows: whether the matches of a log come out again as the log says.

A replay gives each agent the replies that the log holds, and the deals under its key, and computes all else
anew: what each seat saw, what was asked of its model, how its reply was read, what was a fault, and who got
what. Where that is not what the log says, the log was changed, or the games or agents are not what they were.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from gtbench.text import shown_line
from gtbench.tournament.sources import reworded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gtbench.log.read import RunLog
    from gtbench.records import Attempt, Match, Turn

LONGEST = 60
"""Characters of a text that are shown, from where it differs."""


ENDS = {
    "the parameters": "parameters",
    "whether it is zero-sum": "zero_sum",
    "how it ended": "termination",
    "what the engine paid": "paid",
    "the worst payoff": "worst",
    "the rewards": "rewards",
    "the ranges of payoffs": "ranges",
    "the end": "final",
}
"""The fields of a match that follow from its turns, or stand apart from them, and what they are called."""

WORDS = frozenset({"what the seat saw", "the prompt", "the fault"})
"""The parts of a turn that depend on the words of the prompts."""


class Difference(NamedTuple):
    """Where a match that was played again first differs from what a log says."""

    match: Match
    where: str

    def __str__(self) -> str:
        game, (first, second) = self.match.game, self.match.agents
        return shown_line(f"match {self.match.number} ({game}, {first} - {second}), {self.where}")


class Comparison(NamedTuple):
    """The matches of a log beside those that were played again."""

    equal: int
    different: tuple[Difference, ...]
    left: int
    """Matches of the log that were not played again."""
    reworded: bool = False
    """Whether the log is from a time of other prompts, so that texts were not compared."""


def compare(recorded: RunLog, replayed: RunLog) -> Comparison:
    """Hold the matches of a replay against those of the log that it was played from.

    Where models read other words then, what they read is left out, and what they were told of a fault.
    """
    other_words = reworded(recorded)
    again = {_identity(match): match for match in replayed.matches()}
    pairs = [(match, again.get(_identity(match))) for match in recorded.matches()]
    found = [(match, next(differences(match, now, texts=not other_words), "")) for match, now in pairs if now]
    different = tuple(Difference(match, where) for match, where in found if where)
    return Comparison(len(found) - len(different), different, len(pairs) - len(found), other_words)


def _identity(match: Match) -> tuple[object, ...]:
    """What makes two matches the same one: game, deal and agents."""
    return match.game, match.deal, match.agents


def differences(was: Match, now: Match, *, texts: bool = True) -> Iterator[str]:
    """Where two records of one match differ, in order of play; `texts` are those that players read."""
    if was.seed != now.seed:
        yield said("the seed of the deal", was.seed, now.seed)
    if texts and was.rules != now.rules:
        yield said("the rules", was.rules, now.rules)
    for number, (turn, again) in enumerate(zip_longest(was.turns, now.turns), 1):
        for what, before, after in _turn(turn, again):
            if before != after and (texts or what not in WORDS):
                yield f"turn {number}: {said(what, before, after)}"
    for what, name in ENDS.items():
        before, after = getattr(was, name), getattr(now, name)
        if before != after and before is not None and (texts or name != "final"):  # None in older logs
            yield said(what, before, after)


def _turn(was: Turn | None, now: Turn | None) -> Iterator[tuple[str, object, object]]:
    """The parts of a turn, as the log has them and as they are now."""
    if was is None or now is None:
        yield "the move", was and was.move, now and now.move
        return
    yield "the seat", was.seat, now.seat
    yield "what the seat saw", was.view, now.view
    yield "who was asked", _asked(was), _asked(now)
    for attempt, again in zip_longest(was.attempts, now.attempts):
        yield from _attempt(attempt, again)
    yield "the move", (was.move, was.action), (now.move, now.action)


def _asked(turn: Turn) -> str:
    """Who was asked for a move."""
    return "nobody" if turn.forced else "the seat"


def _attempt(was: Attempt | None, now: Attempt | None) -> Iterator[tuple[str, object, object]]:
    """The parts of an answer."""
    if was is None or now is None:
        yield "the answer", was and was.reply, now and now.reply
        return
    for call, again in zip_longest(was.calls, now.calls):
        for message, anew in zip_longest(call.messages if call else (), again.messages if again else ()):
            yield "the prompt", message and message.content, anew and anew.content
    yield "the reply", (was.reply, was.finish, was.form), (now.reply, now.finish, now.form)
    before, after = (fault and (fault.kind, fault.detail) for fault in (was.fault, now.fault))
    yield "the fault", before, after
    if was.ballots:  # older logs do not tell of any
        yield "the votes", _voted(was), _voted(now)
    yield "what was stated", (was.claims, was.confidence), (now.claims, now.confidence)


def _voted(attempt: Attempt) -> tuple[object, ...]:
    """How replies voted."""
    return tuple((ballot.about, ballot.votes, ballot.chosen) for ballot in attempt.ballots)


def said(what: str, was: object, now: object) -> str:
    """What the log says and what has come out, from where the two differ."""
    before, after = _written(was), _written(now)
    pairs = enumerate(zip(before, after, strict=False))
    start = next((place for place, (a, b) in pairs if a != b), min(len(before), len(after)))
    start = max(0, start - LONGEST // 3) if max(len(before), len(after)) > LONGEST else 0
    cut = [("..." if start else "") + text[start : start + LONGEST] for text in (before, after)]
    return f"{what}: the log says {cut[0]!r}, the replay {cut[1]!r}"


def _written(value: object) -> str:
    """A part of a match as text."""
    if isinstance(value, tuple):
        return ", ".join(map(_written, value))
    return "none" if value is None or value == "" else str(value)
