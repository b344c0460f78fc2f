"""Pig: roll on, or stop and keep what was rolled (J. Scarne, 1945; solved by T. Neller and C. Presser, 2004).

engine    OpenSpiel `pig` with 2 players: sequential, stochastic, perfect information, zero-sum
moves     "roll" or "stop"; also "roll again" for roll, "hold" for stop
rewards   win 1, draw 0 (only at the horizon), loss -1
chance    one event a roll, named by seat, turn and roll, so that luck never depends on what the other does

To the paper's 20 points rolling is right in every state; `winscore=100` poses a real trade-off.
"""

from __future__ import annotations

import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from gtbench.game import svg
from gtbench.game.base import SEATS, Game
from gtbench.game.memo import Memo
from gtbench.game.questions import Question, how_many
from gtbench.labels import Slip
from gtbench.records import PLAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gtbench.records import Parameter

ROLL, STOP = 0, 1
LOST = 1  # the face that loses the turn total
ROLLED, ROLLED_LOST, ENDED = bytes([ROLL]), bytes([ROLL, LOST - 1]), bytes([255])
NUMBER = re.compile(r"\d+")


class Pig(Game):
    """Pig in words."""

    name = "pig"
    title = "Pig"
    engine_name = "pig"
    oracle_class = "gtbench_games.oracles.pig:PigOracle"
    prose_class = "gtbench_games.prose.pig:PigProse"
    skin_classes: ClassVar[Mapping[str, str]] = {
        "gold_digging": "gtbench_games.skins.gold_digging:GoldDigging"
    }
    defaults: ClassVar[Mapping[str, Parameter]] = {"winscore": 20, "diceoutcomes": 6, "horizon": 1000}
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "winscore": (2, 1000), "diceoutcomes": (2, 100), "horizon": (2, 10_000),
    }  # fmt: skip
    variants = ("winscore=100",)
    paper_class = "probabilistic, dynamic"
    abilities: ClassVar[tuple[str, ...]] = ()
    tells_alike = True
    form = '"roll" or "stop"'
    language = "roll(?: again)?|stop|hold"
    moves = ("roll", "stop")
    synonyms = frozenset({"roll again", "hold"})
    known = "Score: %d for you, %d for the opponent.\nTurn total: %d. You need %d more to win."
    lost = "turn over"
    total = "the turn total"
    needed = "how many points you still need to win beyond your score and the turn total, at least 0"
    opponent = "how many points the opponent still needs beyond its score"

    def chance_event(self, state: Any, number: int) -> str:
        record = self._record(state)  # it ends with the roll that is to be thrown
        turns = len(record) + 1 - 2 * record.count(ROLL)
        latest_first = record[::-2]
        rolls = len(latest_first) - len(latest_first.lstrip(ROLLED))
        return self._throws[turns, rolls - 1]

    @cached_property
    def _throws(self) -> Memo[tuple[int, int], str]:
        """The names of throws, by the turns and the rolls of the turn before them."""

        def name(before: tuple[int, int]) -> str:
            turns, rolls = before
            return f"seat {turns % PLAYERS} turn {turns // PLAYERS} roll {rolls}"

        return Memo(name)

    def write_rules(self, seat: int) -> str:
        goal = self.parameters["winscore"]
        rolling = self.engine.new_initial_state()
        rolling.apply_action(ROLL)
        sides = len(rolling.chance_outcomes())
        order = "first" if seat == 0 else "second"
        return (
            f"Pig, for two players, with a die of the faces 1 to {sides}, all equally likely. Both players "
            f"start with a score of 0; the first to reach a score of {goal} wins.\n"
            "The players take turns, and a turn can have many moves. It starts with a turn total of 0. A "
            f"move is {self.form}:\n"
            f"- roll: the die is thrown. If it shows {LOST}, the turn total is lost and the turn ends. "
            "Otherwise the number thrown is added to the turn total and the turn goes on.\n"
            "- stop: the turn total is added to the player's score and the turn ends.\n"
            f"The turn total counts only once the player stops. When score and turn total together reach "
            f"{goal}, stop is the only legal move, and it wins.\n"
            f"The match is a draw if nobody has won within {self.engine.max_game_length()} moves, those of "
            "both players together; if the last of them is a roll, no die is thrown for it.\n"
            f"A win pays {self.engine.max_utility():g}, a draw 0, a loss {self.engine.min_utility():g}.\n"
            f"You take the {order} turn."
        )

    def observe(self, state: Any, seat: int) -> str:
        return self._observed[seat][str(state)]

    @cached_property
    def _observed(self) -> tuple[Memo[str, str], Memo[str, str]]:
        """What each seat reads of the engine's own text; how many moves were made, the history says."""

        def observed(seat: int, text: str) -> str:
            *scores, total = _numbers(text)
            own = scores[seat] + total * (f"player: {seat}" in text)
            needed = max(0, int(self.parameters["winscore"]) - own)
            return self.known % (scores[seat], scores[1 - seat], total, needed)

        return Memo(partial(observed, 0)), Memo(partial(observed, 1))

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        line = super().tell(state, moves, seat)
        if self.moves[STOP] in moves.values():
            return line
        if state.is_terminal():  # a roll wins nothing, so it was the last move that the horizon allows
            return f"{line}, after which the match was over"
        number = state.history()[-1] + 1
        return f"{line} {number}, {self.lost}" if number == LOST else f"{line} {number}"

    def cut_off(self, state: Any) -> bool:
        return not any(state.returns())  # a draw is but at the horizon

    def picture(self, state: Any) -> str:
        scores, total = self.scores(state)
        lines = [f"Player {seat}: {scores[seat]} points" for seat in SEATS]
        return "\n".join([*lines, f"Turn total: {total}"])

    def draw(self, state: Any) -> str:
        scores, total = self.scores(state)
        rows = [(f"Player {seat}", [svg.tile(str(scores[seat]), seat)]) for seat in SEATS]
        events = self.events(state)
        last = [event[:2] for event in events[-1:]]
        thrown = [svg.die(die, seat) for seat, turn, _, _, die in events if die and [(seat, turn)] == last]
        return svg.panel([*rows, ("Last turn", thrown), ("Turn total", [svg.tile(str(total))])])

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return ("roll", "roll again") if action == ROLL else ("stop", "hold")

    def explain(self, state: Any, seat: int, said: re.Match[str]) -> str:
        goal = self.parameters["winscore"]
        return f'score and turn total reach {goal}, so that "{self.moves[STOP]}" is the only legal move'

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            how_many("total", self.total, lambda state, _: self.scores(state)[1]),
            how_many("needed", self.needed, self._needed, slip=Slip.CALCULATION_ERROR),
            how_many(
                "opponent", self.opponent,
                lambda state, seat: int(self.parameters["winscore"]) - self.scores(state)[0][1 - seat],
            ),
        )  # fmt: skip

    def _needed(self, state: Any, seat: int) -> int:
        """The points that the seat to move has still to roll."""
        scores, total = self.scores(state)
        return max(0, int(self.parameters["winscore"]) - scores[seat] - total)

    @staticmethod
    def _record(state: Any) -> bytes:
        """The engine's history: a byte for a stop, or a roll that lost the turn, and two for any other roll.

        A 0 is thus always a roll, and the number thrown after it is at least 1; none comes after a roll that
        is still to be thrown, or that the horizon made the last move.
        """
        return bytes(state.history()).replace(ROLLED_LOST, ENDED)

    @staticmethod
    def events(state: Any) -> list[tuple[int, int, int, int, int | None]]:
        """Each move so far: seat, its turn and its roll in that turn (from 0), action, and face thrown."""
        events: list[tuple[int, int, int, int, int | None]] = []
        turns = rolls = 0
        history = iter(state.history())
        for action in history:
            die = next(history, None) if action == ROLL else None
            face = None if die is None else die + 1
            events.append((turns % PLAYERS, turns // PLAYERS, rolls, action, face))
            rolls += 1
            if action == STOP or face == LOST:
                turns, rolls = turns + 1, 0
        return events

    @staticmethod
    def scores(state: Any) -> tuple[list[int], int]:
        """Both scores and the turn total."""
        first, second, total = _numbers(str(state))
        return [first, second], total


def _numbers(text: str) -> list[int]:
    """Both scores and the turn total, from the engine's "Scores: 5 7, Turn total: 3"."""
    first, second, total, *_ = map(int, NUMBER.findall(text))
    return [first, second, total]
