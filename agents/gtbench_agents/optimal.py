"""The baseline that plays by the game's oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gtbench.agent.spec import Decision
from gtbench.errors import NoOracle
from gtbench.reply import TAG

if TYPE_CHECKING:
    from random import Random

    from gtbench.game.base import Game
    from gtbench.game.view import View


class Optimal:
    """Plays the oracle's policy: perfect play, or an equilibrium, from what its seat may know.

    Equally good moves are equally likely; where an equilibrium mixes, the move is drawn from its mixture.

    Args:
        game: The game.
        rng: The luck of this match and seat.

    Raises:
        NoOracle: The game has no oracle with these parameters, or one that knows how to play in places only.
    """

    def __init__(self, *, game: Game, rng: Random) -> None:
        self._game, self._rng, self._oracle = game, rng, game.oracle()
        if not self._oracle.complete:
            raise self._lost()

    def _lost(self) -> NoOracle:
        """That it does not know what to play."""
        return NoOracle(f"optimal cannot play {self._game}: no way to play it is known to be best")

    async def act(self, view: View) -> Decision:
        """A move of the policy, without a model."""
        policy = self._oracle.policy(view)
        if not policy:
            raise self._lost()
        (action,) = self._rng.choices(list(policy), list(policy.values()))
        return Decision(f"{TAG} {self._game.say(action)}")
