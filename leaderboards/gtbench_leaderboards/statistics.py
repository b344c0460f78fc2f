"""Estimates with intervals, resampled by deal.

Matches on one deal share its luck, so the deal is what is drawn again: a bootstrap replicate draws as many
deals of each game as were played, with replacement, and takes all matches on them along (Efron, 1979;
clusters as in Davison and Hinkley, 1997, section 3.8). Intervals are 95 % percentile intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REPLICATES = 2000
LEVEL = 0.95
SEED = 20241202
"""Fixed, so that the same log always gives the same intervals."""


def deal_weights(deals: int, stratum: int) -> Floats:
    """How often each deal is drawn in each replicate.

    Args:
        deals: The number of deals played.
        stratum: The game's place, since each game's deals are drawn independently.

    Returns:
        Shape (REPLICATES, deals); each row sums to `deals`.
    """
    rng = np.random.default_rng([SEED, stratum])
    return rng.multinomial(deals, np.full(deals, 1 / deals), size=REPLICATES).astype(np.float64)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element; nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)


def mean_of_defined(rows: Floats) -> Floats:
    """The mean along the first axis of what is not nan; nan where nothing is."""
    defined = ~np.isnan(rows)
    return ratio(np.where(defined, rows, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))


def interval(replicates: Floats) -> tuple[float, float] | None:
    """The 95 % percentile interval of the replicates that are defined; None if there is none."""
    defined = replicates[~np.isnan(replicates)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
