"""Ranks that are intervals, from all differences at once.

An agent's rank lies between 1 + the number of agents that are surely better and n - the number that are
surely worse (Mogstad, Romano, Shaikh and Wilhelm, 2024, "Inference for ranks"). "Surely" holds for all pairs
of a table together: Holm's (1979) step-down over the p-values of all differences, so that with probability
`LEVEL` every interval of the table holds the true rank. Two agents are told apart where one of their
intervals ends before the other begins, and nowhere else.

A difference is tested under the variance that it would have between equals, see `difference`. Where all
deals gave the same difference, the sign test decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from gtbench_leaderboards.estimate.ratio import ALIKE, LEVEL, Estimate, Ratios, combined, interval

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more the first of two agents has than the second, deals paired."""

    estimate: Estimate
    p: float
    """Two-sided: the chance of so large a difference between equals; 1 where nothing can be said."""


@dataclass(frozen=True, slots=True)
class RankInterval:
    """Between which ranks an agent stands, 1 the best."""

    low: int
    high: int

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


def difference(
    found: Sequence[Ratios], first: int, second: int, *, span: float = 1.0, level: float = LEVEL
) -> Difference:
    """The difference of two agents' ratios, paired by deal: the mean over the games of both.

    Its test is the score test that belongs to `ratio.interval`: with `s = value / span`, the variance between
    equals is estimated as `variance / (1 - s^2)`.

    Args:
        found: One game's ratios, or those of several.
        first: The place of the agent that may have more.
        second: The place of the other.
        span: The largest difference that there can be.
        level: The probability that the interval holds the truth.
    """
    found = [one for one in found if one.deals[first] and one.deals[second]]
    if not found:
        return Difference(Estimate(None, why="no game of both"), 1.0)
    values = np.array([one.value[first] - one.value[second] for one in found])
    value = float(values.mean())
    deals = np.array([min(one.deals[first], one.deals[second]) for one in found])
    if deals.min() < 2:  # noqa: PLR2004
        return Difference(Estimate(value, why="one deal is too few"), 1.0)
    pulls = [one.pull[first] - one.pull[second] for one in found]
    counts = [max(one.deals[first], one.deals[second]) for one in found]
    variances = np.array([(n - 1) / n * float(p @ p) for p, n in zip(pulls, counts, strict=True)])
    if (variances <= ALIKE**2).all():
        sign = 2 * 0.5 ** float(deals.sum())
        told = Estimate(value, why=f"all {int(deals.sum())} deals alike")
        return Difference(told, min(1.0, sign) if abs(value) > ALIKE else 1.0)
    free = np.array([min(one.effective[first], one.effective[second]) for one in found]) - 1
    variance, freedom = combined(variances, free)
    bounds = interval(value, variance, freedom, low=-span, high=span, level=level)
    share = value / span
    t = abs(value) * math.sqrt(max(0.0, 1 - share * share)) / math.sqrt(variance)
    return Difference(Estimate(value, *bounds), float(2 * special.stdtr(freedom, -t)))


def rank_intervals(found: Sequence[Ratios], agents: int, level: float = LEVEL) -> list[RankInterval]:
    """Each agent's rank, all of them right together with probability `level`."""
    pairs = [(i, j) for i in range(agents) for j in range(i + 1, agents)]
    tested = {pair: difference(found, *pair) for pair in pairs}
    better, worse = [0] * agents, [0] * agents
    for (i, j), one in holm(tested, level):
        up, down = (i, j) if (one.estimate.value or 0) > 0 else (j, i)
        worse[up] += 1
        better[down] += 1
    return [RankInterval(1 + better[i], agents - worse[i]) for i in range(agents)]


def holm(
    tested: dict[tuple[int, int], Difference], level: float = LEVEL
) -> list[tuple[tuple[int, int], Difference]]:
    """The differences that are sure, all of them right together with probability `level` (Holm, 1979)."""
    ordered = sorted(tested.items(), key=lambda item: item[1].p)
    sure = []
    for place, (pair, one) in enumerate(ordered):
        if one.p > (1 - level) / (len(ordered) - place):
            break
        sure.append((pair, one))
    return sure


def met(agents: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The groups of agents that are connected by matches, the largest first."""
    group = list(range(agents))

    def root(one: int) -> int:
        while group[one] != one:
            group[one] = group[group[one]]
            one = group[one]
        return one

    for first, second in pairs:
        group[root(first)] = root(second)
    found: dict[int, list[int]] = {}
    for one in range(agents):
        found.setdefault(root(one), []).append(one)
    return sorted(found.values(), key=len, reverse=True)
