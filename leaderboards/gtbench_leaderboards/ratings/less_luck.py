"""Scores less what chance gave, and less what the draw of both players' moves gave where that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gtbench_leaderboards.data.moves import by_seat
from gtbench_leaderboards.estimate.adjusted import factors
from gtbench_leaderboards.estimate.ratio import ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gtbench_leaderboards.data.results import Results
    from gtbench_leaderboards.estimate.moves import Moves
    from gtbench_leaderboards.estimate.ratio import Ratios

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

NOWHERE = -1
MOVES = ", and what the draw of both players' moves gave, where the oracle knows what follows on each"
"""What a note says where moves are taken from scores too."""


def less_luck(game: Results, moves: Moves | None, target: Codes, sign: Floats, counted: Floats) -> Ratios:
    """Sums of scores less luck, as ratios.

    Args:
        game: The results.
        moves: Its decisions; None takes chance only.
        target: Which sum each entry of the results adds to, `NOWHERE` for none.
        sign: 1, or -1 where it is subtracted.
        counted: What each deal counts, shape (sums, deals).
    """
    kept = target != NOWHERE
    place = target[kept] * game.deals + game.deal[kept]

    def summed(values: Floats) -> Floats:
        weighed = (values * game.weight * sign)[kept]
        return np.bincount(place, weighed, counted.size).astype(np.float64).reshape(counted.shape)

    luck = game.luck
    matches = np.unique(game.match)
    if moves is not None:
        luck = luck + moves.given(len(matches))[np.searchsorted(matches, game.match), game.seat]
    top, taken = summed(game.share), summed(luck)
    factor = factors(top, counted, taken)
    found = ratios(top - factor * taken, counted)
    if moves is None:
        return found
    weight = np.where(kept, sign * game.weight * factor[target, game.deal], 0.0)
    targets = by_seat(game, np.where(kept, target, 0))
    pulled = moves.influence(targets, by_seat(game, weight), game.deals)
    whole = counted.sum(axis=1, keepdims=True)
    pull = found.pull.copy()
    pull[: len(pulled)] += np.divide(
        pulled, whole[: len(pulled)], out=np.zeros_like(pulled), where=whole[: len(pulled)] > 0
    )
    return replace(found, pull=pull)
