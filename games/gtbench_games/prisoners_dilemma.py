"""Iterated Prisoner's Dilemma: cooperate or defect, both at once, again and again until chance ends it.

engine    OpenSpiel `python_iterated_prisoners_dilemma`, its payoffs made parameters: simultaneous,
          stochastic stop, general-sum
moves     "cooperate" or "defect"; also "c" and "d"
rewards   points, added up over the rounds; a round pays both `reward` or `punishment`, or `sucker` to the one
          who cooperates and `temptation` to the one who defects
chance    event k decides after round k (counted from 0) whether the match ends
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.errors import BadOption
from gtbench.game import svg
from gtbench.game.base import SEATS, Game
from gtbench.game.memo import Memo
from gtbench.game.questions import Question, how_many
from gtbench.game.words import number
from gtbench.labels import About, Slip
from gtbench.records import PayoffRange
from gtbench_games.labels import EXPLOITING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from numpy.typing import NDArray

    from gtbench.records import Parameter

NAMES = ("cooperate", "defect")
COOPERATE, DEFECT = 0, 1
MOST_ROUNDS = 9999  # the engine's own default; a match of so many rounds has a log of gigabytes
MOST_POINTS = 1_000_000  # a round
STOP = 1  # the chance outcome that ends the match
NEVER = 1e-30  # a chance
EVENTS_A_ROUND = 3  # in the engine's history: two moves and the draw after them
NUMBERS = Memo(number)

EXPLOITED, PROVOKED = "exploited", "provoked"


class PrisonersDilemma(Game):
    """The iterated prisoner's dilemma in words."""

    name = "prisoners_dilemma"
    title = "Iterated Prisoner's Dilemma"
    engine_name = "python_iterated_prisoners_dilemma"
    oracle_class = "gtbench_games.oracles.prisoners_dilemma:DilemmaOracle"
    prose_class = "gtbench_games.prose.prisoners_dilemma:DilemmaProse"
    skin_classes: ClassVar[Mapping[str, str]] = {"two_shops": "gtbench_games.skins.two_shops:TwoShops"}
    defaults: ClassVar[Mapping[str, Parameter]] = {
        "termination_probability": 0.125,
        "max_game_length": MOST_ROUNDS,
        "temptation": 10,
        "reward": 5,
        "punishment": 1,
        "sucker": 0,
    }
    allowed: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "termination_probability": (0, 1),
        "max_game_length": (1, MOST_ROUNDS),
        **dict.fromkeys(("temptation", "reward", "punishment", "sucker"), (0, MOST_POINTS)),
    }
    paper_class = "incomplete, probabilistic, static and dynamic"
    abilities: ClassVar[tuple[str, ...]] = ("collaboration", "math")
    quick = True
    labels: ClassVar[Mapping[str, About]] = {
        EXPLOITED: About("cooperated with an opponent that was seen to defect there", of_opponents=True),
        PROVOKED: About(
            "defected, though the opponent was seen to punish it by more than it brings", of_opponents=True
        ),
        **EXPLOITING,
    }
    tells_alike = True
    form = '"cooperate" or "defect"'
    language = "cooperate|defect|[cd]"
    moves = NAMES
    synonyms = frozenset({"c", "d"})
    played, total = "how many rounds have been played", "how many points you have so far"
    defections = "in how many rounds so far the opponent has defected"

    def checked(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        said = super().checked(parameters)
        ordered = [int(said[name]) for name in ("sucker", "punishment", "reward", "temptation")]
        if any(low >= high for low, high in itertools.pairwise(ordered)):
            raise BadOption(
                f"{self.name}: a dilemma has sucker < punishment < reward < temptation, not "
                + " ".join(map(str, ordered))
            )
        return said

    def load_engine(self) -> Any:
        # takes a quarter of a second, since all Python games of OpenSpiel come with it
        from gtbench_games.dilemma_engine import DilemmaEngine

        return DilemmaEngine(self.parameters)

    @property
    def most_plies(self) -> int:
        longest: int = self.engine.max_game_length()
        going_on = 1 - float(self.parameters["termination_probability"])
        if going_on in (0, 1):
            return longest if going_on else 1
        return min(longest, math.ceil(math.log(NEVER, going_on)))

    def legal(self, state: Any, seat: int) -> list[int]:
        # to ask the Python engine would take half of a ply's time
        return [] if state.is_terminal() else [COOPERATE, DEFECT]

    def information(self, state: Any, seat: int) -> Hashable:
        return tuple(state.history())  # which has no move before both are made

    def write_rules(self, seat: int) -> str:
        def pay(own: int, other: int) -> float:
            return self._round((own, other))[0]  # the game is symmetric; asserted in the tests

        lines = [
            f"- you {NAMES[own]}, the opponent {NAMES[other]}s: you get {number(pay(own, other))}, "
            f"the opponent {number(pay(other, own))}."
            for own in (COOPERATE, DEFECT)
            for other in (COOPERATE, DEFECT)
        ]
        after_a_round = self.engine.new_initial_state()
        after_a_round.apply_actions([COOPERATE, COOPERATE])
        stop = dict(after_a_round.chance_outcomes())[STOP]
        return (
            "Iterated Prisoner's Dilemma, for two players, in rounds.\n"
            f"In each round both players choose a move at the same time: {self.form}. Neither sees the "
            "other's move of the round before both are made. A round pays:\n" + "\n".join(lines) + "\n"
            f"After each round the match ends with probability {stop!r}, and it ends after round "
            f"{self.engine.max_game_length()} in any case. Otherwise another round is played.\n"
            "The match pays the sum of your points over its rounds."
        )

    def observe(self, state: Any, seat: int) -> str:
        points = state.returns()
        return (
            f"Rounds played: {len(state.history()) // EVENTS_A_ROUND}\n"
            f"Points so far: {NUMBERS[points[seat]]} for you, {NUMBERS[points[1 - seat]]} for the opponent."
        )

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        return f"You: {moves[seat]}. Opponent: {moves[1 - seat]}."

    def picture(self, state: Any) -> str:
        points = state.returns()
        return "\n".join(
            f"Player {seat}: {''.join(NAMES[moves[seat]][0].upper() for moves in self.rounds(state)) or '-'}"
            f" ({number(points[seat])} points)"
            for seat in SEATS
        )

    def draw(self, state: Any) -> str:
        return svg.panel(
            [
                (f"Player {seat}", [self._tile(moves[seat], seat) for moves in self.rounds(state)])
                for seat in SEATS
            ],
            caption=" : ".join(map(number, state.returns())),
        )

    @staticmethod
    def _tile(action: int, seat: int) -> svg.Piece:
        """A round's move: a pale letter for cooperation, a filled one for defection."""
        letter = NAMES[action][0].upper()
        return svg.tile(letter, seat) if action == DEFECT else svg.card(letter, seat)

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return (NAMES[action], NAMES[action][0])

    def tensor(self, state: Any, seat: int) -> NDArray[np.float32]:
        """Nine numbers: how often (own, other) was CC, CD, DC, DD, then which of these, or none, came last.

        The engine has no tensor for this game.
        """
        numbers = np.zeros(9, np.float32)
        last = 4  # no round yet
        for moves in self.rounds(state):
            last = 2 * moves[seat] + moves[1 - seat]
            numbers[last] += 1
        numbers[4 + last] = 1
        return numbers

    def tensor_high(self) -> NDArray[np.float32]:
        return np.array([self.engine.max_game_length()] * 4 + [1] * 5, np.float32)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return (
            how_many("played", self.played, lambda state, _: len(self.rounds(state))),
            how_many(
                "total", self.total, lambda state, seat: state.returns()[seat], slip=Slip.CALCULATION_ERROR
            ),
            how_many("defections", self.defections, self._defections),
        )

    def _defections(self, state: Any, seat: int) -> int:
        """How often a seat's opponent has defected."""
        return sum(moves[1 - seat] == DEFECT for moves in self.rounds(state))

    range_text = "the sucker's and the tempter's payoff in each round played; a match counts once a round"

    def payoff_range(self, state: Any, seat: int) -> PayoffRange:
        rounds = len(self.rounds(state))
        low, high = (float(self.parameters[name]) for name in ("sucker", "temptation"))
        return PayoffRange(low=low * rounds, high=high * rounds, weight=rounds)

    def cut_off(self, state: Any) -> bool:
        return bool(state.history()[-1] != STOP)

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        return COOPERATE if offender else DEFECT

    def _round(self, actions: tuple[int, int]) -> tuple[float, float]:
        """What one round of these actions pays each seat."""
        first, second = self.play_out(actions).returns()
        return float(first), float(second)

    @staticmethod
    def rounds(state: Any) -> list[tuple[int, int]]:
        """Both seats' actions in each round played; the engine's history has the stop draw as a third."""
        history = state.history()
        return list(zip(history[0::EVENTS_A_ROUND], history[1::EVENTS_A_ROUND], strict=True))
