"""Scores less what chance gave: the same mean, and a fraction of the variance where luck decides much.

The luck of a match has mean 0 whatever the agents do (`gtbench.grading.luck`), so that any multiple of it can
be taken from the match's share without bias, if the factor does not depend on this deal:

    adjusted = share - b * luck / (high - low)

Luck by exact play explains the payoffs of agents that do not play exactly only in part, and in lopsided pairs
a factor of 1 would add variance. The factor is therefore fitted for each agent, by least squares over the
deals, as the one that leaves the least variance. Deals are taken in two halves, and each half has the factor
of the other (cross-fitting; Chernozhukov et al., 2018), drawn towards 1 as if `PRIOR` more deals said so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PRIOR = 4
"""Deals: how much is believed of a factor of 1 before anything was played."""


def adjusted(top: Floats, bottom: Floats, luck: Floats) -> Floats:
    """What each deal gave less its luck, to be used in place of `top`.

    Args:
        top: What each deal gave, shape (agents, deals).
        bottom: What each deal counted, the same shape.
        luck: What chance gave of it, the same shape.
    """
    return top - factors(top, bottom, luck) * luck


def factors(top: Floats, bottom: Floats, luck: Floats) -> Floats:
    """The multiple of luck that is taken from each deal; arguments and shape as in `adjusted`."""
    half = np.arange(top.shape[1]) % 2
    found = np.empty_like(top)
    for part in (0, 1):
        factor = _factor(top[:, half != part], bottom[:, half != part], luck[:, half != part])
        found[:, half == part] = factor[:, None]
    return found


def _factor(top: Floats, bottom: Floats, luck: Floats) -> Floats:
    """For each agent the multiple of luck that leaves the least variance; 1 where nothing is known of it."""
    whole, counted = bottom.sum(axis=1, keepdims=True), (bottom > 0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(bottom > 0, top - bottom * (top.sum(axis=1, keepdims=True) / whole), 0.0)
        spread = (luck**2).sum(axis=1)
        prior = PRIOR * spread / counted
        factor = ((rest * luck).sum(axis=1) + prior) / (spread + prior)
    return np.where(spread > 0, factor, 1.0)
