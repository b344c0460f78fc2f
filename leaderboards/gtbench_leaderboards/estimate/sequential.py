"""Statements that stay right however often one looks: e-processes and confidence sequences by betting.

A gambler who stands against the claim "the mean is m" bets on each deal's figure before it is seen. Under the
claim nobody's wealth grows in the mean, so that it ever reaches 1 / alpha with probability at most alpha
(Ville, 1939): the claim can be rejected at the moment at which it does, whoever looks how often. The bets are
Waudby-Smith and Ramdas's (2024, "Estimating means of bounded random variables by betting", section 4.4): the
hedged capital process with predictable plug-in bets.

    wealth+(m) = prod (1 + b_t (x_t - m)),  b_t = min(lambda_t, 1 / (2 m))         against m and less
    wealth-(m) = prod (1 - b_t (x_t - m)),  b_t = min(lambda_t, 1 / (2 (1 - m)))   against m and more
    lambda_t   = sqrt(2 log(2 / alpha) / (v_(t-1) t log(t + 1)))

where v is the variance seen so far, with one deal of 1/4 added. Figures lie in [0, 1]; deals are independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

GRID = 1000
"""Into how many parts means are told apart by a confidence sequence; its bounds are rounded outwards."""


@dataclass(frozen=True, slots=True)
class Stop:
    """When a comparison was decided, and for whom."""

    deal: int
    """After how many deals."""
    better: bool
    """Whether the first has the higher mean."""


def _bets(figures: Floats, alpha: float) -> Floats:
    """The plug-in bets, each from what was seen before it; shape (deals,)."""
    n = np.arange(1, len(figures) + 1)
    means = (0.5 + np.cumsum(figures)) / (n + 1)
    spread = (0.25 + np.cumsum((figures - means) ** 2)) / (n + 1)
    before = np.concatenate([[0.25], spread[:-1]])
    bets: Floats = np.sqrt(2 * np.log(2 / alpha) / (before * n * np.log(n + 1)))
    return bets


def wealth(figures: Floats, mean: float, alpha: float) -> tuple[Floats, Floats]:
    """The wealth after each deal against "the mean is at most `mean`", then against "at least"."""
    bets = _bets(figures, alpha)
    up = np.minimum(bets, 0.5 / mean if mean else np.inf)
    down = np.minimum(bets, 0.5 / (1 - mean) if mean < 1 else np.inf)
    grown: tuple[Floats, Floats] = (
        np.cumprod(1 + up * (figures - mean)).astype(np.float64),
        np.cumprod(1 - down * (figures - mean)).astype(np.float64),
    )
    return grown


def decided(differences: ArrayLike, alpha: float) -> Stop | None:
    """When the sign of a mean difference was certain, looking after every deal; None if it is not yet.

    Args:
        differences: By deal, in order of play: what the first has more than the second, from -1 to 1.
        alpha: How likely a decision may be where there is no difference.
    """
    figures = (1 + np.asarray(differences, dtype=np.float64)) / 2
    if not len(figures):
        return None
    up, down = wealth(figures, 0.5, alpha)
    for place in range(len(figures)):
        if max(up[place], down[place]) >= 2 / alpha:
            return Stop(place + 1, bool(up[place] > down[place]))
    return None


def confidence_sequence(figures: ArrayLike, alpha: float) -> tuple[float, float]:
    """The interval for the mean of figures in [0, 1] that holds at all times at once.

    Args:
        figures: By deal, in order of play.
        alpha: How likely the truth may be outside it at any time.
    """
    seen = np.asarray(figures, dtype=np.float64)
    means = np.linspace(0, 1, GRID + 1)
    bets = _bets(seen, alpha)
    up, down = np.zeros(GRID + 1), np.zeros(GRID + 1)
    open_ = np.ones(GRID + 1, dtype=bool)
    with np.errstate(divide="ignore"):
        most_up, most_down = 0.5 / means, 0.5 / (1 - means)
    for figure, bet in zip(seen, bets, strict=True):
        up += np.log1p(np.minimum(bet, most_up) * (figure - means))
        down += np.log1p(-np.minimum(bet, most_down) * (figure - means))
        open_ &= np.maximum(up, down) < np.log(2 / alpha)
    left = np.flatnonzero(open_)
    if not len(left):  # nothing on the grid is left: the truth lies between two of its points
        best = int(np.argmin(np.maximum(up, down)))
        left = np.array([best])
    return max(0.0, (left[0] - 1) / GRID), min(1.0, (left[-1] + 1) / GRID)
