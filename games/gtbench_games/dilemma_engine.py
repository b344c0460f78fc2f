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
        self._termination_probability = parameters["termination_probability"]
        self.payoffs = (
            (parameters["reward"], parameters["sucker"]),
            (parameters["temptation"], parameters["punishment"]),
        )

    def new_initial_state(self) -> _State:
        """The start of a match."""
        return _State(self, self._termination_probability)


class _State(original.IteratedPrisonersDilemmaState):  # type: ignore[misc]
    """The original's state, paid otherwise."""

    def _apply_actions(self, actions: Sequence[int]) -> None:
        before = self._returns.copy()
        super()._apply_actions(actions)
        payoffs = self.get_game().payoffs
        self._rewards[:] = payoffs[actions[0]][actions[1]], payoffs[actions[1]][actions[0]]
        self._returns[:] = before + self._rewards
