"""OpenSpiel's iterated prisoner's dilemma with its payoffs made parameters.

A module of its own, since importing OpenSpiel's Python games takes a quarter of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyspiel
from open_spiel.python.games import iterated_prisoners_dilemma as original

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLAYERS = 2
CONTINUE, STOP = 0, 1
CHANCE, SIMULTANEOUS, TERMINAL = (
    int(player)
    for player in (pyspiel.PlayerId.CHANCE, pyspiel.PlayerId.SIMULTANEOUS, pyspiel.PlayerId.TERMINAL)
)


class DilemmaEngine(original.IteratedPrisonersDilemmaGame):  # type: ignore[misc]  # OpenSpiel has no types
    """The original's game; `parameters` are the original's, and the four payoffs by their usual names."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        rounds = parameters["max_game_length"]
        pyspiel.Game.__init__(
            self,
            pyspiel.load_game("python_iterated_prisoners_dilemma").get_type(),
            pyspiel.GameInfo(
                num_distinct_actions=2,
                max_chance_outcomes=2,
                num_players=PLAYERS,
                min_utility=parameters["sucker"],  # of a match of a single round
                max_utility=parameters["temptation"] * rounds,
                utility_sum=None,
                max_game_length=rounds,
            ),
            dict(parameters),
        )
        self.stop, self.rounds = parameters["termination_probability"], rounds
        self.payoffs = (
            (parameters["reward"], parameters["sucker"]),
            (parameters["temptation"], parameters["punishment"]),
        )

    def new_initial_state(self) -> _State:
        """The start of a match."""
        return _State(self)


class _State(original.IteratedPrisonersDilemmaState):  # type: ignore[misc]
    """The original's state, paid otherwise, in plain numbers: arrays and enums would take most of a ply."""

    def __init__(self, game: DilemmaEngine) -> None:
        pyspiel.State.__init__(self, game)
        self._termination_probability, self._rounds_left = game.stop, game.rounds
        self._payoffs = (*game.payoffs[0], *game.payoffs[1])  # by 2 * own action + the other's
        self._is_chance = self._game_over = False
        self._rewards, self._returns = [0.0] * PLAYERS, [0.0] * PLAYERS

    def current_player(self) -> int:
        """The player to move as a number."""
        return TERMINAL if self._game_over else CHANCE if self._is_chance else SIMULTANEOUS

    def chance_outcomes(self) -> list[tuple[int, float]]:
        """Going on, and the end."""
        return [(CONTINUE, 1 - self._termination_probability), (STOP, self._termination_probability)]

    def _apply_action(self, action: int) -> None:
        self._rounds_left -= 1
        self._is_chance = False
        self._game_over = action == STOP or self._rounds_left == 0

    def _apply_actions(self, actions: Sequence[int]) -> None:
        first, second = actions
        self._is_chance = True
        paid = [self._payoffs[2 * first + second], self._payoffs[2 * second + first]]
        self._rewards = paid
        self._returns = [self._returns[0] + paid[0], self._returns[1] + paid[1]]

    def rewards(self) -> list[float]:
        """What the last round paid."""
        return self._rewards.copy()

    def returns(self) -> list[float]:
        """What all rounds have paid so far."""
        return self._returns.copy()
