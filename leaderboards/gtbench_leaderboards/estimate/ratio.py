"""Ratios of sums over matches, with intervals clustered by deal.

All that a table reports of an agent in a game is a ratio: what its matches gave, over what they counted. The
matches on one deal share its luck, so the deal is the cluster:

    r      = sum D / sum S, over the deals d: D what a deal gave, S what it counted
    r(-d)  = the same without deal d
    SE^2   = (n - 1) / n * sum (r - r(-d))^2      delete-one-deal jackknife (Tukey; Cochran 1977, 6.17)

In closed form `r - r(-d) = (D_d - r S_d) / (sum S - S_d)`, so the cost grows with the number of matches only.

The interval is Wilson's (1927) score interval with a design effect: the variance of a quantity between `low`
and `high` is taken as a share `phi` of the largest that its mean admits, `phi` is estimated, and the interval
holds every mean that the estimate is within Student's t of, under that mean's own variance. Near the ends of
the scale, where a plain `r +- t SE` is too narrow or leaves the scale, this keeps its coverage. The degrees
of freedom are those of the effective number of deals, `(sum S)^2 / sum S^2` (Kish, 1965), less one: a few
long matches can outweigh all others. Where all deals gave the same, the interval is Clopper and Pearson's
(1934) for the share of deals that would give something else.

Over several games the estimate is the mean over games and the variances add up; degrees of freedom as
Satterthwaite (1946).

Coverage is measured in `benchmarks/coverage.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.95
ALIKE = 1e-12
"""Standard errors below this are rounding: all deals gave the same."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval at `LEVEL`, or the reason why it has none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""
    """Why there is no interval, or what is special about it; empty otherwise."""

    def fields(self, name: str) -> dict[str, float | str | None]:
        """The fields of a row that this figure is shown in."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high, f"{name}_why": self.why}


@dataclass(frozen=True, slots=True)
class Ratios:
    """The same ratio for several agents in one game, deal by deal."""

    value: Floats
    """Shape (agents,); nan where nothing was counted."""
    pull: Floats
    """Shape (agents, deals): how much each deal moves the ratio, `r - r(-d)`; 0 where it counted nothing."""
    deals: Floats
    """Shape (agents,): in how many deals something was counted."""
    effective: Floats
    """Shape (agents,): the effective number of deals; below `deals` where some weigh more than others."""

    @property
    def variance(self) -> Floats:
        """Shape (agents,): the squared standard error; nan with fewer than two deals."""
        return _variance(self.pull, self.deals)

    def part(self, agents: Sequence[int]) -> Ratios:
        """The ratios of some of the agents, by their places."""
        at = list(agents)
        return Ratios(self.value[at], self.pull[at], self.deals[at], self.effective[at])


def ratios(top: Floats, bottom: Floats) -> Ratios:
    """Ratios of sums over deals.

    Args:
        top: What each deal gave, shape (agents, deals).
        bottom: What each deal counted, the same shape; never negative.
    """
    whole = bottom.sum(axis=1)
    counted = (bottom > 0).sum(axis=1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top.sum(axis=1) / whole
        rest = whole[:, None] - bottom
        pull = np.where((bottom > 0) & (rest > 0), (top - value[:, None] * bottom) / rest, 0.0)
        effective = whole**2 / (bottom**2).sum(axis=1)
    return Ratios(value, pull, counted, effective)


def estimate(
    found: Sequence[Ratios], agent: int, *, low: float = 0.0, high: float = 1.0, level: float = LEVEL
) -> Estimate:
    """The mean of an agent's ratios over the games in which something was counted, with its interval.

    Args:
        found: One game's ratios, or those of several.
        agent: Its place in them.
        low: The lowest value that a ratio can have.
        high: The highest.
        level: The probability that the interval holds the truth.
    """
    found = [one for one in found if one.deals[agent]]
    if not found:
        return Estimate(None, why="nothing was counted")
    values = np.array([one.value[agent] for one in found])
    value = float(values.mean())
    deals = np.array([one.deals[agent] for one in found])
    if deals.min() < 2:  # noqa: PLR2004
        return Estimate(value, why="one deal is too few")
    variances = np.array([one.variance[agent] for one in found])
    free = np.array([one.effective[agent] for one in found]) - 1
    if (variances <= ALIKE**2).all():
        bounds = exact(values, deals, low, high, level)
        return Estimate(value, *bounds, why=f"all {int(deals.sum())} deals alike")
    strata = [
        max(variance, _least(one, count, low, high)) if len(found) > 1 else variance
        for variance, one, count in zip(variances, values, deals, strict=True)
    ]
    variance, freedom = combined(np.array(strata), free)
    return Estimate(value, *interval(value, variance, freedom, low=low, high=high, level=level))


def combined(variances: Floats, free: Floats) -> tuple[float, float]:
    """The variance and the degrees of freedom of a mean over games that are independent of each other."""
    whole = float(variances.sum())
    freedom = whole**2 / float((variances**2 / free).sum()) if whole else float(free.sum())
    return whole / len(variances) ** 2, freedom


def interval(
    value: float, variance: float, freedom: float, *, low: float, high: float, level: float = LEVEL
) -> tuple[float, float]:
    """Wilson's score interval with a design effect, see the module.

    Args:
        value: The estimate, between `low` and `high`.
        variance: Its squared standard error.
        freedom: The degrees of freedom of `variance`.
        low: The lowest value that it can have.
        high: The highest.
        level: The probability that the interval holds the truth.
    """
    span = high - low
    share = min(max((value - low) / span, 0.0), 1.0)
    most = share * (1 - share)
    t = float(special.stdtrit(freedom, (1 + level) / 2))
    if most <= ALIKE:  # at an end of the scale nothing is known of the variance but what is given
        half = t * math.sqrt(variance)
        return max(low, value - half), min(high, value + half)
    k = t * t * variance / (span * span * most)
    middle, half = (share + k / 2) / (1 + k), math.sqrt(k * most + k * k / 4) / (1 + k)
    return low + span * max(0.0, middle - half), low + span * min(1.0, middle + half)


def _variance(pull: Floats, deals: Floats) -> Floats:
    """The jackknife's variance, from what each deal moves; nan with fewer than two deals."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(deals > 1, (deals - 1) / deals * (pull**2).sum(axis=-1), np.nan)
    return found


def exact(values: Floats, deals: Floats, low: float, high: float, level: float) -> tuple[float, float]:
    """The interval of the mean over games where all deals of each game gave the same.

    At most a share `1 - ((1 - level) / 2)^(1 / n)` of deals gives something else, and that at most an end of
    the scale.
    """
    other = 1 - ((1 - level) / 2) ** (1 / deals)
    return float((values - other * (values - low)).mean()), float((values + other * (high - values)).mean())


def _least(value: float, deals: float, low: float, high: float) -> float:
    """The variance that a game brings at least beside others: as if one more deal had given an extreme.

    A game whose deals were all alike must not make the mean over games look surer than it is.
    """
    return (max(value - low, high - value) / (deals + 1)) ** 2 / (deals + 1)
