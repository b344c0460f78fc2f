"""Figures that are counted over the deals of several games together, with intervals by leaving out each deal.

Matches on one deal share its luck, so the deal is the cluster, and each game's deals are a stratum of their
own. With `f` the figure, `f(-d)` the same without deal d, and `m` the mean of `f(-d)` over the `n` deals of
d's game, the variance is the stratified delete-one-deal jackknife's (Shao and Tu, 1995, section 6.3):

    SE^2 = sum over games (n - 1) / n * sum over deals (f(-d) - m)^2

It serves any smooth figure: a ratio of sums, a difference of means, kappa. The interval is that of
`gtbench_leaderboards.estimate.ratio`, which says why there is none, or what is special about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gtbench_leaderboards.estimate.ratio import ALIKE, LEVEL, Estimate, exact, interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

FEW_DEALS = 10
"""Below this many deals intervals can be too narrow; tables say so."""

Cell = tuple[str, int]
"""A game and a deal."""


def jackknife(
    value: float,
    without: Floats,
    games: Sequence[str],
    weights: Floats,
    *,
    amounts: Floats | None = None,
    low: float = 0.0,
    high: float = 1.0,
    level: float = LEVEL,
) -> Estimate:
    """A figure with its interval.

    Args:
        value: The figure over all deals.
        without: The same without each deal, shape (deals,); nan where nothing is left.
        games: The game of each deal.
        weights: How much each deal counts in the figure, shape (deals,).
        amounts: What each deal gave, where that is seldom and can be much; the degrees of freedom are then no
            more than the effective number of deals that gave something.
        low: The lowest value that it can have.
        high: The highest.
        level: The probability that the interval holds the truth.
    """
    if len(without) < 2 or np.isnan(without).any():  # noqa: PLR2004
        return Estimate(value, why="one deal is too few")
    _, strata = np.unique(np.asarray(games), return_inverse=True)
    deals = np.bincount(strata)
    means = np.where(deals > 1, np.bincount(strata, without) / deals, value)  # of a single one nothing varies
    factor = np.where(deals > 1, (deals - 1) / deals, 1.0)
    parts = factor * np.bincount(strata, (without - means[strata]) ** 2)
    whole = float(parts.sum())
    if whole <= ALIKE**2:
        bounds = exact(np.array([value]), np.array([float(len(without))]), low, high, level)
        return Estimate(value, *bounds, why=f"all {len(without)} deals alike")
    free = _effective(strata, weights) - 1
    if amounts is not None:
        free = np.minimum(free, _effective(strata, amounts))
    freedom = whole**2 / float((parts**2 / np.maximum(free, 1.0)).sum())
    return Estimate(value, *interval(value, whole, freedom, low=low, high=high, level=level))


def _effective(strata: Codes, weights: Floats) -> Floats:
    """The effective number of deals in each stratum (Kish, 1965); 0 where none has a weight."""
    whole, squares = np.bincount(strata, weights), np.bincount(strata, weights**2)
    return np.divide(whole**2, squares, out=np.zeros_like(whole), where=squares > 0)


def clustered(
    top: Mapping[Cell, float],
    bottom: Mapping[Cell, float],
    *,
    amounts: bool = False,
    high: float = 1.0,
) -> Estimate:
    """A ratio of sums over deals with its interval.

    Args:
        top: What each deal gave.
        bottom: What it counted; deals that counted nothing are left out.
        amounts: Whether what deals give is seldom and can be much, as regrets are.
        high: The highest value that the ratio can have; the lowest is 0.
    """
    cells = [cell for cell, counted in bottom.items() if counted]
    if not cells:
        return Estimate(None, why="nothing was counted")
    gave = np.array([top.get(cell, 0.0) for cell in cells], np.float64)
    counted = np.array([bottom[cell] for cell in cells], np.float64)
    without = ratio(gave.sum() - gave, counted.sum() - counted)
    value = float(gave.sum() / counted.sum())
    games = [game for game, _ in cells]
    return jackknife(value, without, games, counted, amounts=gave if amounts else None, high=high)


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Element by element; nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom)


def interval_note(fewest_deals: int) -> str:
    """What a reader must know of the intervals in a table.

    Args:
        fewest_deals: The deals of the game that has fewest.
    """
    note = "Intervals: 95 %, clustered by deal"
    return note + (
        f"; fewer than {FEW_DEALS} deals are too few to trust them." if fewest_deals < FEW_DEALS else "."
    )
