"""Every decision of a run as one flat list, from which profiles count: who decided, and how it was graded.

A decision is one seat asked for one move. What it is counted under is its `Group`: who, and of what kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from gtbench.errors import BadOption, suggestion
from gtbench.labels import LAYERS, Layer
from gtbench.names import halves
from gtbench.records import Attempt, Grade, Match, Turn

ALL_GAMES = "all games"
ALL = "all"
NONE = "none"
FEW_TOKENS, MANY_TOKENS = 100, 1000

Grades = Mapping[int, tuple[Grade, ...]]
"""The grades of matches, by their numbers."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One seat asked for one move."""

    match: Match
    place: int  # of the turn in the match, from 0
    turn: Turn
    grade: Grade | None  # None where the match has not been graded
    most: float = 0.0  # the largest stake of any decision in this game, in the game's own units

    @property
    def agent(self) -> str:
        """Who decided."""
        return self.match.agents[self.turn.seat]

    @property
    def cell(self) -> tuple[str, int]:
        """The game and the deal: decisions on one deal share its luck."""
        return self.match.game, self.match.deal

    @property
    def regret(self) -> float | None:
        """What was given away for certain; None unless graded."""
        return self.grade.regret if self.grade else None

    @property
    def stake(self) -> float:
        """How much the choice decided; 0 unless graded."""
        return (self.grade.stake or 0.0) if self.grade else 0.0

    @property
    def error(self) -> bool:
        """Whether the move was none of the best ones."""
        return bool(self.grade and self.grade.error)

    @property
    def last(self) -> Attempt | None:
        """The last answer, which is the one that counted."""
        return self.turn.attempts[-1] if self.turn.attempts else None

    @property
    def forfeit(self) -> bool:
        """Whether the seat forfeited the match here."""
        later = self.match.turns[self.place + 1 :]
        return self.turn.seat in self.match.forfeited_by and all(t.seat != self.turn.seat for t in later)

    @property
    def tokens(self) -> int:
        """The tokens that were written for it, hidden reasoning included."""
        return sum(call.output_tokens for attempt in self.turn.attempts for call in attempt.calls)

    @property
    def criticality(self) -> str:
        """How much was at stake, beside the most that was at stake in any decision of the game."""
        if self.grade is None or self.grade.stake is None:
            return "not graded"
        if not self.stake:
            return "nothing at stake"
        return "much at stake" if self.stake > self.most / 2 else "little at stake"

    def labels(self, layer: Layer) -> tuple[str, ...]:
        """Each error of a layer that was made in it, once."""
        faults, play, _ = LAYERS
        found: Sequence[str]
        if layer == faults:
            found = [fault.kind for fault in self.turn.faults]
        elif self.grade is None:
            found = []
        elif layer == play:
            found = self.grade.labels
        else:
            found = [finding.slip for finding in self.grade.slips]
        return tuple(dict.fromkeys(map(str, found)))


class Group(NamedTuple):
    """What decisions are counted under."""

    who: str
    kind: str


def _spent(decision: Decision) -> str:
    tokens = decision.tokens
    if tokens < FEW_TOKENS:
        return f"under {FEW_TOKENS} tokens" if tokens else "no tokens"
    return f"{FEW_TOKENS} to {MANY_TOKENS - 1} tokens" if tokens < MANY_TOKENS else f"{MANY_TOKENS} and more"


def _strategy(decision: Decision) -> str:
    return halves(decision.agent)[0].partition("[")[0]


def _model(decision: Decision) -> str:
    return halves(decision.agent)[1][1:] or NONE


BY: Mapping[str, Callable[[Decision], Group]] = {
    "game": lambda d: Group(d.agent, d.match.game),
    "phase": lambda d: Group(d.agent, d.grade.phase if d.grade else "not graded"),
    "criticality": lambda d: Group(d.agent, d.criticality),
    "seat": lambda d: Group(d.agent, f"player_{d.turn.seat}"),
    "tokens": lambda d: Group(d.agent, _spent(d)),
    "strategy": lambda d: Group(_strategy(d), d.match.game),
    "model": lambda d: Group(_model(d), d.match.game),
}
"""What decisions can be told apart by; by strategy and by model those of several agents are pooled."""


def decisions(matches: Sequence[Match], grades: Grades) -> list[Decision]:
    """Every decision of these matches, in order."""
    found = [
        Decision(match, place, turn, graded[place] if graded else None)
        for match in matches
        for graded in [grades.get(match.number)]
        for place, turn in enumerate(match.turns)
    ]
    most: dict[str, float] = {}
    for decision in found:
        most[decision.match.game] = max(most.get(decision.match.game, 0.0), decision.stake)
    return [replace(decision, most=most[decision.match.game]) for decision in found]


def grouped(found: Sequence[Decision], by: str) -> dict[Group, list[Decision]]:
    """Each group's decisions: for everybody all of them first, then each kind.

    Raises:
        BadOption: There is no such way to tell decisions apart.
    """
    if by not in BY:
        raise BadOption(f"decisions cannot be told apart by {by!r}{suggestion(by, BY)}")
    parts: defaultdict[Group, list[Decision]] = defaultdict(list)
    for decision in found:
        group = BY[by](decision)
        parts[Group(group.who, whole(by))].append(decision)
        parts[group].append(decision)
    order = {who: place for place, who in enumerate(dict.fromkeys(group.who for group in parts))}
    return {group: parts[group] for group in sorted(parts, key=lambda group: order[group.who])}


def whole(by: str) -> str:
    """What all kinds together are called."""
    return ALL_GAMES if by in ("game", "strategy", "model") else ALL
