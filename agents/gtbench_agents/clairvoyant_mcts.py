"""CHEATING: the paper's tree search, which sees what is hidden from its seat.

It exists to reproduce the paper's figures, whose MCTS searched the engine's true state: the opponent's card,
die or values. Its name says so wherever a result stands. No honest player can be expected to reach as much,
and in a game of perfect information it is `mcts`.

Not reproduced: in the auction, the paper's second bidder even saw the first one's bid. Here both are asked at
once, and there is no bid to see. Nobody sees luck that is still to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from gtbench_agents.mcts import Mcts

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from random import Random

    from gtbench.game.base import Game
    from gtbench.game.view import View


class ClairvoyantMcts(Mcts):
    """Cheats: searches as `Mcts` does, but from the true state, hidden luck included.

    Args:
        game: The game.
        rng: The luck of this match and seat.
        true_state: Copies the match's state.
        simulations: As for `Mcts`.
        uct: As for `Mcts`.
    """

    def __init__(
        self,
        *,
        game: Game,
        rng: Random,
        true_state: Callable[[], Any],
        simulations: Annotated[int, Field(ge=1)] = 1000,
        uct: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 2.0,
    ) -> None:
        super().__init__(game=game, rng=rng, simulations=simulations, uct=uct)
        self._true_state = true_state

    def _states(self, view: View) -> Iterator[Any]:
        while True:
            yield self._true_state()

    def _known(self, state: Any, seat: int) -> Hashable:
        return tuple(state.history())
