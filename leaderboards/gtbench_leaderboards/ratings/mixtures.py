"""Ratings by who beats whom, which agents that are alike cannot inflate: maximal lottery and alpha-rank.

Both look at a matrix of margins `M`: how much more than its opponent an agent scores in the matches that the
two played against each other.

    maximal lottery  the mixture of agents that no agent beats, `M p <= 0`; of several the one with the
                     largest entropy (Kreweras, 1965; Fishburn, 1984). It is Nash averaging's (Balduzzi et
                     al., 2018, "Re-evaluating evaluation"), whose rating is `M p`: what an agent scores more
                     than the mixture, 0 for those in it
    alpha-rank       how often a population that mostly plays alike, and in which now and then one agent takes
                     the place of a worse one, plays as each agent (Omidshafiei et al., 2019), with local
                     selection of strength `ALPHA` among `POPULATION`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALPHA = 10.0
"""Of alpha-rank: a margin of .1 makes e the odds that a better agent is copied."""
POPULATION = 50
TIGHT = 1e-7
"""Margins that are closer to 0 are 0."""
LEAST = 1e-12
"""A share that is smaller is 0."""


def maximal_lottery(margins: Floats) -> Floats:
    """The mixture that no agent beats, of the largest entropy.

    Args:
        margins: Antisymmetric, shape (agents, agents); 0 where two have not met.
    """
    agents = len(margins)
    whole = np.ones((1, agents))
    solved = optimize.linprog(
        np.zeros(agents), A_ub=margins, b_ub=np.zeros(agents), A_eq=whole, b_eq=[1.0], bounds=(0.0, 1.0)
    )
    found = np.asarray(solved.x, np.float64)
    inside = margins @ found > -TIGHT  # any such mixture is a best response to any other
    if inside.sum() == 1:
        return inside.astype(np.float64)
    limits = (optimize.LinearConstraint(whole, 1.0, 1.0), optimize.LinearConstraint(margins, -np.inf, 0.0))
    bounds = [(0.0, float(one)) for one in inside]
    spread = np.asarray(
        optimize.minimize(
            _order, found, jac=_slope, bounds=bounds, constraints=limits, method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        ).x
    )  # fmt: skip
    best: Floats = np.maximum(spread, 0.0) / np.maximum(spread, 0.0).sum()
    return best


def _order(mixture: Floats) -> float:
    """The entropy of a mixture, with the other sign."""
    return float(mixture @ np.log(np.maximum(mixture, LEAST)))


def _slope(mixture: Floats) -> Floats:
    """How `_order` changes with each share."""
    slope: Floats = np.log(np.maximum(mixture, LEAST)) + 1
    return slope


def alpha_rank(margins: Floats, alpha: float = ALPHA, population: int = POPULATION) -> Floats:
    """The share of time that a population plays as each agent.

    Args:
        margins: As for `maximal_lottery`; each of two agents is paid half of theirs.
        alpha: How strongly the better is copied.
        population: How many there are.
    """
    agents = len(margins)
    if agents == 1:
        return np.ones(1)
    push = alpha * margins  # how much the row is better than the column
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        fixation = np.where(push == 0, 1 / population, np.expm1(-push) / np.expm1(-population * push))
    step = np.nan_to_num(fixation.T) / (agents - 1)  # from the row to the column
    np.fill_diagonal(step, 0.0)
    np.fill_diagonal(step, 1 - step.sum(axis=1))
    balance = np.vstack([step.T - np.eye(agents), np.ones(agents)])
    found: Floats = np.linalg.lstsq(balance, np.append(np.zeros(agents), 1.0), rcond=None)[0]
    shares: Floats = np.maximum(found, 0.0) / np.maximum(found, 0.0).sum()
    return shares
