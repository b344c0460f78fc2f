"""The measures of GTBench (arXiv 2402.12348), for comparison with its tables: NRA and sequential Elo.

    f      zero-sum: 1 for a win, 0.5 for a draw, 0 for a loss; otherwise the reward
    NRA    (sum f(own) - sum f(opponent)) / (sum |f(own)| + sum |f(opponent)|): a ratio of sums over matches;
           the absolute values keep it in [-1, 1] where rewards can be negative
    Elo    every agent starts at 1500; after each match, in the order in which matches stand in the log, the
           winner takes 20 (1 - expected) from the loser; expected = 1 / (1 + 10^((loser - winner) / 400))

Both look at who had more, not at how much: an agent that loses one chip often and wins two seldom comes out
behind one that it beats. Elo depends on the order of matches too. Standings rank by neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

START, STEP, SCALE = 1500.0, 20.0, 400.0


def points(own: Floats, other: Floats, zero_sum: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The paper's f of both sides of each match, from their rewards."""
    won = (np.sign(own - other) + 1) / 2
    return np.where(zero_sum, won, own), np.where(zero_sum, 1 - won, other)


def elo(agents: int, matches: Iterable[tuple[int, int, float]]) -> list[float]:
    """Each agent's rating after these matches.

    Args:
        agents: How many there are.
        matches: In order of play: the places of the two agents, and the first's reward less the second's.
    """
    ratings = [START] * agents
    for first, second, margin in matches:
        expected = 1 / (1 + 10 ** ((ratings[second] - ratings[first]) / SCALE))
        step = STEP * ((margin > 0) + 0.5 * (margin == 0) - expected)
        ratings[first] += step
        ratings[second] -= step
    return ratings
