"""Nim: who wins is read off the nim-sum of the piles, in misere play too (C. L. Bouton, 1901)."""

from __future__ import annotations

from functools import cache, cached_property, reduce
from math import prod
from operator import xor
from typing import TYPE_CHECKING, Any

from gtbench_games.nim import WRONG_SUM
from gtbench_games.oracles.boards import PerfectOracle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def mover_wins(sizes: Sequence[int], *, misere: bool) -> bool:
    """Whether the player who is to move from piles of these sizes wins with perfect play.

    It does if their nim-sum is not 0; but in misere play, where the last object loses, an even number of
    piles of one object and no larger pile is what wins. No object left at all is such an end.
    """
    if misere and max(sizes, default=0) <= 1:
        return sum(sizes) % 2 == 0
    return reduce(xor, sizes, 0) != 0


@cache
def plies_left(sizes: tuple[int, ...], *, misere: bool) -> int:
    """How many plies Nim lasts from these piles, sorted: who wins hurries, who loses delays."""
    after = {
        tuple(sorted((*sizes[:pile], left, *sizes[pile + 1 :])))
        for pile, size in enumerate(sizes)
        for left in range(size)
    }
    if not after:
        return 0
    won = [plies_left(left, misere=misere) for left in after if not mover_wins(left, misere=misere)]
    return 1 + (min(won) if won else max(plies_left(left, misere=misere) for left in after))


MOST_POSITIONS = 20_000
"""Positions of piles, sorted or not, up to which it is computed how long play lasts."""


class NimOracle(PerfectOracle):
    """Perfect play of Nim from any piles, in misere and in normal play."""

    def action_values(self, state: Any, seat: int) -> Mapping[int, float]:
        sizes = [int(size) for size in str(state).split(": ")[1].split()]
        values = {}
        for action in state.legal_actions():
            taken, pile = divmod(action, len(sizes))
            left = [*sizes[:pile], sizes[pile] - taken - 1, *sizes[pile + 1 :]]
            values[action] = -1.0 if mover_wins(left, misere=bool(self.game.parameters["is_misere"])) else 1.0
        return values

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        """A move with regret always missed the sum that wins."""
        return (*super().labels(state, seat, action, values), WRONG_SUM)

    def plies(self, state: Any) -> int | None:
        if prod(size + 1 for size in self._most) > MOST_POSITIONS:
            return None
        sizes = tuple(sorted(int(size) for size in str(state).split(": ")[1].split()))
        return plies_left(sizes, misere=bool(self.game.parameters["is_misere"]))

    @cached_property
    def _most(self) -> list[int]:
        """The piles of the largest start."""
        return [int(size) for size in str(self.game.engine.new_initial_state()).split(": ")[1].split()]
