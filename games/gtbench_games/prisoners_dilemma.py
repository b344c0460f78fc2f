"""Iterated Prisoner's Dilemma: cooperate or defect, both at once, again and again until chance ends it.

engine    OpenSpiel `python_iterated_prisoners_dilemma`: simultaneous, stochastic stop, general-sum
moves     "cooperate" or "defect"; also "c" and "d"
rewards   points, added up over the rounds; a round pays both 5, both 1, or 0 and 10
chance    event k decides after round k (counted from 0) whether the match ends
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.errors import BadOption
from gtbench.game import Game

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gtbench.records import Parameter

NAMES = ("cooperate", "defect")
COOPERATE, DEFECT = 0, 1
MOST_ROUNDS = 9999  # the engine's own default; a match of so many rounds has a log of gigabytes
STOP = 1  # the chance outcome that ends the match


class PrisonersDilemma(Game):
    """The iterated prisoner's dilemma in words."""

    name = "prisoners_dilemma"
    title = "Iterated Prisoner's Dilemma"
    engine_name = "python_iterated_prisoners_dilemma"
    defaults: ClassVar[Mapping[str, Parameter]] = {
        "termination_probability": 0.125,
        "max_game_length": MOST_ROUNDS,
    }
    paper_class = "incomplete, probabilistic, static and dynamic"
    abilities: ClassVar[tuple[str, ...]] = ("collaboration", "math")
    form = '"cooperate" or "defect"'
    moves = NAMES
    synonyms = frozenset({"c", "d"})

    def __init__(self, **parameters: Parameter) -> None:
        # registers the engine's game, and takes a quarter of a second since all Python games come with it
        import open_spiel.python.games.iterated_prisoners_dilemma  # noqa: F401

        said = self.checked(parameters)  # the engine itself takes any number
        if not 0 <= float(said["termination_probability"]) <= 1:
            raise BadOption(f"{self.name}: termination_probability is a number from 0 to 1")
        if not 1 <= int(said["max_game_length"]) <= MOST_ROUNDS:
            raise BadOption(f"{self.name}: max_game_length is a whole number from 1 to {MOST_ROUNDS}")
        super().__init__(**parameters)

    def write_rules(self, seat: int) -> str:
        def pay(own: int, other: int) -> float:
            return self._round((own, other))[0]  # the game is symmetric; asserted in the tests

        lines = [
            f"- you {NAMES[own]}, the opponent {NAMES[other]}s: you get {pay(own, other):g}, "
            f"the opponent {pay(other, own):g}."
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
            f"Rounds played: {len(self._rounds(state))}\n"
            f"Points so far: {points[seat]:g} for you, {points[1 - seat]:g} for the opponent."
        )

    def tell(self, state: Any, moves: Mapping[int, str], seat: int) -> str:
        points = state.rewards()
        return f"You: {moves[seat]} (+{points[seat]:g}). Opponent: {moves[1 - seat]} (+{points[1 - seat]:g})."

    def picture(self, state: Any) -> str:
        points = state.returns()
        return "\n".join(
            f"Player {seat}: {''.join(NAMES[moves[seat]][0].upper() for moves in self._rounds(state)) or '-'}"
            f" ({points[seat]:g} points)"
            for seat in (0, 1)
        )

    def spellings(self, state: Any, seat: int, action: int) -> tuple[str, ...]:
        return (NAMES[action], NAMES[action][0])

    def tensor(self, state: Any, seat: int) -> NDArray[np.float32]:
        """Nine numbers: how often (own, other) was CC, CD, DC, DD, then which of these, or none, came last.

        The engine has no tensor for this game.
        """
        numbers = np.zeros(9, np.float32)
        last = 4  # no round yet
        for moves in self._rounds(state):
            last = 2 * moves[seat] + moves[1 - seat]
            numbers[last] += 1
        numbers[4 + last] = 1
        return numbers

    def tensor_high(self) -> NDArray[np.float32]:
        return np.array([self.engine.max_game_length()] * 4 + [1] * 5, np.float32)

    def forfeit_action(self, state: Any, seat: int, *, offender: bool) -> int:
        return COOPERATE if offender else DEFECT

    def _round(self, actions: tuple[int, int]) -> tuple[float, float]:
        """What one round of these actions pays each seat."""
        first, second = self.play_out(actions).returns()
        return float(first), float(second)

    @staticmethod
    def _rounds(state: Any) -> list[tuple[int, int]]:
        """Both seats' actions in each round played; the engine's history has the stop draw as a third."""
        history = state.history()
        return list(zip(history[0::3], history[1::3], strict=True))
