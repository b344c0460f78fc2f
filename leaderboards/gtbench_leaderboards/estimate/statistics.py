"""Estimates with intervals, resampled by deal.

Matches on one deal share its luck, so the deal is what is drawn again: a bootstrap replicate draws as many
deals of each game as were played, with replacement, and takes all matches on them along (Efron, 1979;
clusters as in Davison and Hinkley, 1997, section 3.8). Intervals are 95 % percentile intervals, widened for
few deals as Hesterberg (2015, section 5.3, "expanded percentile") proposes: a plain percentile interval is
too narrow by about sqrt((n - 1) / n) and by the normal quantile where Student's t belongs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REPLICATES = 10_000
AT_ONCE = 500
"""Replicates whose draws are multiplied together: as numbers of eight bytes all would take gigabytes."""
KEPT = 16
"""Draws that are kept, each of a number of deals of a game."""
LEVEL = 0.95
FEW_DEALS = 10
"""Below this many deals even the widened intervals can be too narrow; tables say so."""
SEED = 20241202
"""Fixed, so that the same log always gives the same intervals."""


@lru_cache(maxsize=KEPT)
def deal_weights(deals: int, stratum: int) -> NDArray[np.uint8]:
    """How often each deal is drawn in each replicate; kept, since a profile has many rows.

    Args:
        deals: The number of deals played.
        stratum: The game's place, since each game's deals are drawn independently.

    Returns:
        Shape (REPLICATES, deals); each row sums to `deals`. Nothing is drawn as often as 255 times but with a
        chance that is nil.
    """
    rng = np.random.default_rng([SEED, stratum])
    chances, drawn = np.full(deals, 1 / deals), np.empty((REPLICATES, deals), np.uint8)
    for some in range(0, REPLICATES, AT_ONCE):
        drawn[some : some + AT_ONCE] = rng.multinomial(deals, chances, size=len(drawn[some : some + AT_ONCE]))
    return drawn


def drawn_sums(values: Floats, stratum: int) -> Floats:
    """Sums over the deals that each replicate draws.

    Args:
        values: By deal, shape (deals, figures).
        stratum: The game's place.

    Returns:
        Shape (REPLICATES, figures).
    """
    weights = deal_weights(len(values), stratum)
    parts = [weights[some : some + AT_ONCE] @ values for some in range(0, REPLICATES, AT_ONCE)]
    return np.concatenate(parts)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element; nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)


def mean_of_defined(rows: Floats) -> Floats:
    """The mean along the first axis of what is not nan; nan where nothing is."""
    defined = ~np.isnan(rows)
    return ratio(np.where(defined, rows, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))


def interval(replicates: Floats, deals: int, level: float = LEVEL) -> tuple[float, float] | None:
    """The interval of what was replicated; None if there is nothing to resample.

    That is so with a single deal, where no replicate is defined, and where all deals gave the same figure: an
    interval without width would claim that more deals could not change it.

    Args:
        replicates: Shape (REPLICATES,); those that are nan are left out.
        deals: How many deals a replicate draws, in the game that has fewest.
        level: The probability that the interval covers the truth.
    """
    defined = replicates[~np.isnan(replicates)]
    if deals < 2 or not defined.size or np.ptp(defined) == 0:  # noqa: PLR2004
        return None
    tail = stats.norm.cdf(np.sqrt(deals / (deals - 1)) * stats.t.ppf((1 - level) / 2, deals - 1))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def too_few(deals: int, level: float) -> bool:
    """Whether no difference can be sure, since by chance all deals would favour one side (a sign test)."""
    return 2 * 0.5**deals > 1 - level


def surely_positive(replicates: Floats, deals: int, level: float) -> bool:
    """Whether a difference is above 0 in the whole interval, or in all deals alike, not `too_few`."""
    bounds = interval(replicates, deals, level)
    return bounds[0] > 0 if bounds else bool(np.all(replicates > 0))


def interval_note(fewest_deals: int) -> str:
    """What a reader must know of the intervals in a table."""
    note = "Intervals: 95 %, by bootstrap over deals; none where all deals gave the same figure"
    return note + (
        f"; fewer than {FEW_DEALS} deals are too few to trust them." if fewest_deals < FEW_DEALS else "."
    )


Cell = tuple[str, int]
"""A game and a deal."""


class Estimate(NamedTuple):
    """A figure with its interval; None where undefined."""

    value: float | None
    low: float | None
    high: float | None
    deals: int  # behind it, in the game that has fewest


UNDEFINED = Estimate(None, None, None, 0)


def replicated(
    cells: Mapping[Cell, float], games: Sequence[str], deals: Mapping[str, Sequence[int]]
) -> Floats:
    """A sum over cells in each replicate.

    Args:
        cells: What is to be summed, by game and deal.
        games: The games of the log, whose places are the strata.
        deals: By game, the deals to be drawn from.
    """
    total = np.zeros(REPLICATES)
    for stratum, game in enumerate(games):
        if drawn := deals.get(game):
            values = np.array([cells.get((game, deal), 0.0) for deal in drawn])
            total += drawn_sums(values[:, None], stratum)[:, 0]
    return total


def clustered(top: Mapping[Cell, float], bottom: Mapping[Cell, float], games: Sequence[str]) -> Estimate:
    """A ratio of sums with its interval, deals resampled."""
    whole = sum(bottom.values())
    if not whole:
        return UNDEFINED
    deals = {game: sorted(deal for name, deal in bottom if name == game) for game in games}
    fewest = min(len(drawn) for drawn in deals.values() if drawn)
    replicates = ratio(replicated(top, games, deals), replicated(bottom, games, deals))
    low, high = interval(replicates, fewest) or (None, None)
    return Estimate(sum(top.values()) / whole, low, high, fewest)
