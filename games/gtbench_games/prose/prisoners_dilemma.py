"""The iterated dilemma in sentences: rounds and points so far, and what the other one has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gtbench.grading.prose.form import COUNT, At, Form, Truth, whole
from gtbench.grading.prose.grammar import OPPONENT, Grammar
from gtbench.labels import Slip

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from gtbench.grading.prose.text import Clause

EVENTS = 3  # a round, in the engine's history


class DilemmaProse(Grammar):
    """The forms of clauses about rounds of two moves."""

    rounds: ClassVar[str] = "rounds?"
    points: ClassVar[str] = "points?"
    did: ClassVar[tuple[str, str]] = ("cooperated", "defected")

    def forms(self, seat: int) -> Iterable[Form]:
        did = f"(?P<did>{'|'.join(self.did)})"
        who = rf"(?:(?P<own>i)|{OPPONENT})"
        times = rf"(?P<times>{COUNT} times|once|twice|{COUNT} {self.rounds})"
        round_ = self.rounds.removesuffix("s?")
        yield Form(
            rf"(?P<count>{COUNT}) {self.rounds} (?:have|has) been played(?: so far| yet)?", self._played
        )
        yield Form(
            rf"{who} (?:have |has )?(?:always )?{did}(?: in every {round_}| so far| all the time)",
            self._always,
        )
        yield Form(rf"{who} (?:have |has )?always {did}", self._always)
        yield Form(rf"{who} (?:have |has )?never {did}(?: so far)?", self._never)
        yield Form(rf"{who} (?:have |has )?not {did} (?:yet|so far|at all)", self._never)
        yield Form(
            rf"{who} (?:have |has )?{did} (?:in the (?:last|previous) {round_}|last {round_})", self._last
        )
        yield Form(rf"{who} (?:have |has )?{did} {times}(?: so far)?", self._times)
        yield Form(
            rf"i have (?P<count>\d{{1,6}}) {self.points}(?: so far)?|my (?:total|score) is "
            rf"(?P<all>\d{{1,6}})(?: {self.points})?(?: so far)?",
            self._points,
            Slip.CALCULATION_ERROR,
        )

    # Whether they are so.

    def _moves(self, at: At, found: re.Match[str]) -> list[int]:
        """What the one who is spoken of has played, round by round."""
        seat = at.seat if found["own"] else 1 - at.seat
        return list(at.state.history()[seat::EVENTS])

    def _action(self, found: re.Match[str]) -> int:
        named = found.groupdict()
        return self.did.index(named["did"])

    def _played(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = len(at.state.history()) // EVENTS
        return Truth(whole(found["count"]) == so, f"{so} have been played")

    def _always(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        moves, action = self._moves(at, found), self._action(found)
        if not moves:
            return None
        return Truth(all(move == action for move in moves), f"{moves.count(action)} of {len(moves)} rounds")

    def _never(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = self._moves(at, found).count(self._action(found))
        return Truth(so == 0, f"in {so} rounds")

    def _last(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        moves = self._moves(at, found)
        if not moves:
            return Truth(False, "no round has been played")
        return Truth(moves[-1] == self._action(found), f"the move was {at.game.say(moves[-1])}")

    def _times(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        said = found["times"].split()[0]
        count = {"once": 1, "twice": 2}.get(said, whole(said))
        so = self._moves(at, found).count(self._action(found))
        return None if count < so else Truth(count == so, f"in {so} rounds")

    def _points(self, at: At, found: re.Match[str], clause: Clause) -> Truth | None:
        so = at.state.returns()[at.seat]
        return Truth(int(found["count"] or found["all"]) == so, f"{so:g} so far")
