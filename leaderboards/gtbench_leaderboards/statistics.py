"""Estimates with intervals, resampled by deal.

Matches on one deal share its luck, so the deal is what is drawn again: a bootstrap replicate draws as many
deals of each game as were played, with replacement, and takes all matches on them along (Efron, 1979;
clusters as in Davison and Hinkley, 1997, section 3.8). Intervals are 95 % percentile intervals, widened for
few deals as Hesterberg (2015, section 5.3, "expanded percentile") proposes: a plain percentile interval is
too narrow by about sqrt((n - 1) / n) and by the normal quantile where Student's t belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REPLICATES = 2000
LEVEL = 0.95
FEW_DEALS = 10
"""Below this many deals even the widened intervals can be too narrow; tables say so."""
ENOUGH_TO_RANK = 6
"""Below this many deals no two agents are told apart: were they equal, all deals would favour the same one
with a probability of 2 / 2**deals, which is more than 5 % up to 5 deals."""
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


def interval(replicates: Floats, deals: int) -> tuple[float, float] | None:
    """The interval of what was replicated; None if there is nothing to resample.

    That is so with a single deal, where no replicate is defined, and where all deals gave the same figure: an
    interval without width would claim that more deals could not change it.

    Args:
        replicates: Shape (REPLICATES,); those that are nan are left out.
        deals: How many deals a replicate draws, in the game that has fewest.
    """
    defined = replicates[~np.isnan(replicates)]
    if not defined.size or np.ptp(defined) == 0:
        return None
    tail = (1 - LEVEL) / 2
    tail = stats.norm.cdf(np.sqrt(deals / (deals - 1)) * stats.t.ppf(tail, deals - 1))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def interval_note(fewest_deals: int) -> str:
    """What a reader must know of the intervals in a table."""
    note = "Intervals: 95 %, by bootstrap over deals, where these differ"
    return note + (
        f"; fewer than {FEW_DEALS} deals are too few to trust them." if fewest_deals < FEW_DEALS else "."
    )
