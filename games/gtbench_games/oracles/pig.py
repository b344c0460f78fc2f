"""Pig: roll or stop, by value iteration (T. Neller and C. Presser, 2004), up to the engine's horizon.

An iteration is one move: the m-th is exact for a match that ends in a draw after m moves more, and once
nothing changes any more it is the game without an end. To 20 points that takes 142 moves and all of them are
kept; to 100 points 514, and only the last is kept, so that the last 514 moves before the horizon are not
decidable.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gtbench.game.oracle import Oracle, Tick, refuse, stored
from gtbench.labels import Label
from gtbench_games.pig import ROLL, STOP, Pig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gtbench.game.base import Game

MOST_POINTS = 120
"""The highest goal for which the table is computed; 100 takes ten seconds and 8 MB."""

MOST_BYTES = 16_000_000
"""The tables of all last moves are kept if they take no more: up to a goal of 22 with six faces."""

SETTLED = 1e-12
"""What one move more may change at most where the horizon no longer matters."""


class PigOracle(Oracle):
    """When to roll, and when to stop."""

    yardstick: ClassVar[str] = "perfect play"
    certifies: ClassVar[str] = "Every value is the exact expected payoff with perfect play of both."
    looks_ahead: ClassVar[bool] = True

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        self._goal, self._faces, self._horizon = (
            int(game.parameters[name]) for name in ("winscore", "diceoutcomes", "horizon")
        )
        if self._goal > MOST_POINTS:
            raise refuse(game, f"winscore is at most {MOST_POINTS} for it")

    def prepare(self) -> None:
        tables(self._goal, self._faces)

    def action_values(self, state: Any, seat: int) -> Mapping[int, float] | None:
        scores, total = Pig.scores(state)
        own, other, left = scores[seat], scores[1 - seat], self._horizon - len(Pig.events(state))
        if own + total >= self._goal:
            return {STOP: 1.0}
        kept, settled = tables(self._goal, self._faces)
        if left - 1 >= settled:
            after = kept[-1]
        elif len(kept) > 1:
            after = kept[left - 1]
        else:
            return None
        totals = (min(total + face, self._goal) for face in range(2, self._faces + 1))
        thrown = sum(float(after[own, other, reached]) for reached in totals)
        roll = (thrown - float(after[other, own, 0])) / self._faces
        return {ROLL: roll, STOP: -float(after[other, own + total, 0])}

    def labels(self, state: Any, seat: int, action: int, values: Mapping[int, float]) -> tuple[str, ...]:
        """Of two ways one is the riskier."""
        return (Label.OVER_RISK if action == ROLL else Label.OVER_CAUTION,)


@cache
def tables(goal: int, faces: int) -> tuple[NDArray[np.float64], int]:
    """What each position is worth to the player to move, and after how many moves that settles.

    The table's axes are the moves left before the horizon, the own score, the other's and the turn total. The
    last one holds for any greater number of moves; it is the only one where all would take too much memory.
    """
    arrays = stored(f"pig-{goal}-{faces}", lambda tick: _iterate(goal, faces, tick))
    return arrays["values"].astype(np.float64, copy=False), int(arrays["settled"])


def _iterate(goal: int, faces: int, tick: Tick) -> dict[str, NDArray[Any]]:
    """Both parts of `tables`."""
    scores, totals = np.arange(goal), np.arange(goal + 1)
    must_stop = (scores[:, None, None] + totals >= goal) & np.ones((goal, goal, 1), dtype=bool)
    banked = np.minimum(scores[:, None, None] + totals, goal - 1)
    values, change, moves = np.zeros(must_stop.shape), 1.0, 0
    kept, whole = [values], True
    while change > SETTLED:
        ahead = np.pad(values, ((0, 0), (0, 0), (1, faces)), mode="edge")
        ahead[:, :, 0] = 0.0
        sums = np.cumsum(ahead, axis=2)
        thrown = sums[:, :, 1 + faces :] - sums[:, :, 2 : goal + 3]
        roll = (thrown - values[:, :, :1].transpose(1, 0, 2)) / faces
        stop = -values[scores[None, :, None], banked, 0]
        after = np.where(must_stop, 1.0, np.maximum(roll, stop))
        values, change, moves = after, float(np.abs(after - values).max()), moves + 1
        whole = whole and values.nbytes * (len(kept) + 1) <= MOST_BYTES
        kept = [*kept, values] if whole else [values]
        tick(min(1.0, math.log(change or SETTLED) / math.log(SETTLED)))
    return {"values": np.stack(kept), "settled": np.array(moves)}
