"""How many deals tell two agents apart, and which difference some deals can tell.

A difference of score is tested as `ranks.difference` tests it. Where `v` is the variance that the paired
difference of one deal has between equals, and `gap` is the true difference,

    T      = difference sqrt(n / v), Student's t with f degrees of freedom, noncentrality gap sqrt(n / v)
    power  = P(T > t), t the quantile (1 + level) / 2 of the central distribution

For many deals this is the normal approximation `n = (z_t + z_power)^2 v / gap^2`; for few, t is wider (Cohen,
1988, section 2). Over several games the difference is the mean, `n` deals of each: v = sum v_g / games^2, and
f is Satterthwaite's, with Kish's effective number of deals in each game, as in `estimate.ratio`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from gtbench_leaderboards.estimate.ratio import ALIKE, LEVEL, combined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gtbench_leaderboards.estimate.ratio import Ratios

    Floats = NDArray[np.float64]
    Deals = int | Floats
    """Of each game alike, or of each game; shape (games,)."""

POWER = 0.8
FEWEST = 2
"""Deals without which there is no test."""
MOST = 10**7
"""Deals beyond which nobody plays."""
NORMAL = 1000
"""Degrees of freedom from which Student's t is the normal distribution to three digits."""
FINE = 1e-4
"""To what part of itself a resolution is found."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much the paired difference of two agents varies from deal to deal."""

    variances: Floats
    """Shape (games,): of one deal's difference between equals."""
    effective: Floats
    """Shape (games,): as how much of a deal each counts: Kish's effective number over the number."""

    def error(self, deals: Deals) -> tuple[float, float]:
        """The standard error of the mean over games after these deals, and its degrees of freedom."""
        free = np.maximum(self.effective * deals - 1, 1.0)
        variance, freedom = combined(self.variances / deals, free)
        return math.sqrt(variance), freedom


def spread(found: Sequence[Ratios], first: int, second: int) -> Spread | None:
    """How much two agents' difference varies; None where that cannot be told.

    Args:
        found: One game's ratios, or those of several, all played by both.
        first: The place of one agent.
        second: The place of the other.
    """
    if min((one.deals[who] for one in found for who in (first, second)), default=0) < FEWEST:
        return None
    gap = float(np.mean([one.value[first] - one.value[second] for one in found]))
    deals = np.array([max(one.deals[first], one.deals[second]) for one in found])
    pulls = [one.pull[first] - one.pull[second] for one in found]
    variances = (deals - 1) * np.array([float(pull @ pull) for pull in pulls])
    if (variances <= deals * ALIKE**2).all() or abs(gap) >= 1:
        return None
    effective = np.array([min(one.effective[first], one.effective[second]) for one in found]) / deals
    return Spread(variances / (1 - gap * gap), effective)


def together(found: Sequence[Spread]) -> Spread:
    """How much the mean over games of differences varies, from that of each game."""
    return Spread(
        np.concatenate([one.variances for one in found]), np.concatenate([one.effective for one in found])
    )


def power(gap: float, deals: Deals, of: Spread, level: float = LEVEL) -> float:
    """The probability that so many deals tell a difference, on the side where it is.

    Args:
        gap: The true difference, above 0.
        deals: Of each game.
        of: How much the difference varies.
        level: Of the test.
    """
    error, freedom = of.error(deals)
    t = float(stats.t.ppf((1 + level) / 2, freedom))
    shift = gap / error
    found = stats.norm.sf(t - shift) if freedom > NORMAL else stats.nct.sf(t, freedom, shift)
    return float(found)


def deals_needed(gap: float, of: Spread, *, wanted: float = POWER, level: float = LEVEL) -> int | None:
    """The fewest deals of each game that tell a difference with some power; None if more than `MOST`."""
    few, many = FEWEST, FEWEST
    while power(gap, many, of, level) < wanted:
        few, many = many, 2 * many
        if few > MOST:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if power(gap, middle, of, level) >= wanted else (middle, many)
    return many


def resolution(deals: Deals, of: Spread, *, wanted: float = POWER, level: float = LEVEL) -> float | None:
    """The smallest difference that so many deals tell with some power; None if they tell none."""
    if np.min(deals) < FEWEST or power(1.0, deals, of, level) < wanted:
        return None
    low, high = 0.0, 1.0
    while high - low > FINE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, deals, of, level) >= wanted else (middle, high)
    return high
