"""An agent that plays what its opponent has just played, where that is legal."""

from random import Random
from typing import ClassVar

from gtbench import Decision, View


class Copycat:
    """Plays the opponent's last move if it can, else a legal one at random."""

    games: ClassVar[tuple[str, ...]] = ("kuhn_poker", "prisoners_dilemma")
    deterministic: ClassVar[bool] = True

    def __init__(self, *, rng: Random, shy: bool = False) -> None:
        self._rng, self._shy = rng, shy

    async def act(self, view: View) -> Decision:
        told = view.history[-1] if view.history and not self._shy else ""
        copied = [move for move in view.legal if told.endswith(f"pponent: {move}")]
        return Decision(f"Action: {copied[0] if copied else self._rng.choice(view.legal)}")
