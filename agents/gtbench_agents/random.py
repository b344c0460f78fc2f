"""The baseline that plays a legal move at random, each as likely as the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gtbench.agent.spec import Decision
from gtbench.reply import TAG

if TYPE_CHECKING:
    from random import Random as Rng

    from gtbench.game.view import View


class Random:
    """Plays uniformly at random.

    Args:
        rng: The luck of this match and seat.
    """

    deterministic: ClassVar[bool] = True

    def __init__(self, *, rng: Rng) -> None:
        self._rng = rng

    async def act(self, view: View) -> Decision:
        """A legal move, without a model."""
        return Decision(f"{TAG} {self._rng.choice(view.legal)}")
