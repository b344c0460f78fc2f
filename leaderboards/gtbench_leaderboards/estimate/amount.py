"""Means of amounts that have no upper bound, such as tokens a match: ratios of sums over matches, by deal.

The interval is `r +- t SE`, cut off at 0, with the standard error and the degrees of freedom of
`gtbench_leaderboards.estimate.ratio`. Where all deals took the same there is none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from gtbench_leaderboards.estimate.ratio import ALIKE, LEVEL, Estimate, combined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench_leaderboards.estimate.ratio import Ratios


def amount(found: Sequence[Ratios], agent: int, level: float = LEVEL) -> Estimate:
    """The mean of an agent's ratios over the games in which something was counted, with its interval.

    Args:
        found: One game's ratios, or those of several; one that is not known makes the mean unknown.
        agent: Its place in them.
        level: The probability that the interval holds the truth.
    """
    found = [one for one in found if one.deals[agent]]
    value = float(np.mean([one.value[agent] for one in found])) if found else math.nan
    if math.isnan(value):
        return Estimate(None, why="not known")
    deals = np.array([one.deals[agent] for one in found])
    if deals.min() < 2:  # noqa: PLR2004
        return Estimate(value, why="one deal is too few")
    variances = np.array([one.variance[agent] for one in found])
    if (variances <= (ALIKE * max(1.0, value)) ** 2).all():
        return Estimate(value, why=f"all {int(deals.sum())} deals alike")
    free = np.array([one.effective[agent] for one in found]) - 1
    variance, freedom = combined(variances, free)
    half = float(special.stdtrit(freedom, (1 + level) / 2)) * math.sqrt(variance)
    return Estimate(value, max(0.0, value - half), value + half)
