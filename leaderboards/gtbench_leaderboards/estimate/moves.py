"""What the draw of each move gave beyond what its agent gives there on average: luck of the players' own.

An agent that mixes, or errs now and then, is lucky or unlucky in what it happens to play. With `V(a)` what a
seat can expect after move a, all hands seen, and `p` how often the agent plays a at this information set,

    given = V(move) - sum over a of p(a) V(a)

has mean 0 for every agent and any `V`, so that it can be taken from scores as chance is (AIVAT: Burch,
Schmid, Moravcik, Morrill and Bowling, 2018). `p` is not known: it is counted over *all* matches of the agent,
at the same information set. Given which information sets are met, the moves there are draws of one policy, so
that the mean of `given` stays 0, exactly. What is taken from one pair of agents comes back in others: over
all matches of an agent its own part is nothing, but for what `V` differs by hands it did not see; and of a
pair's part remains what its visits to an information set are of all.

Matches are therefore no longer independent: each deal's moves are in the counts by which the others are
corrected. `influence` says how much leaving out a deal moves a figure that way; without it intervals would be
far too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Moves:
    """The decisions of one game's matches; entries of the first four arrays are decisions."""

    match: Codes
    """Places among the game's matches."""
    deal: Codes
    policy: Codes
    """The agent and the information set, as one number from 0."""
    move: Codes
    """The move, as a number from 0 that tells it from all other moves of all policies."""
    other: Codes
    """The moves that could have been made: the decision of each, then which it is, as in `move`."""
    option: Codes
    worth: Floats
    """What each seat could expect after it, shape (options, 2)."""

    @cached_property
    def _visits(self) -> Codes:
        """How often each policy was asked."""
        return np.bincount(self.policy)

    @cached_property
    def _policy_of(self) -> Codes:
        """The policy that each move belongs to; of moves that were never made it does not matter."""
        found = np.zeros(max(self.move.max(), self.option.max()) + 1, np.int64)
        found[self.option] = self.policy[self.other]
        return found

    @cached_property
    def _chance(self) -> Floats:
        """How often each move was made by its policy."""
        made = np.bincount(self.move, minlength=len(self._policy_of))
        return made / self._visits[self._policy_of]

    def given(self, matches: int) -> Floats:
        """What the draws of both players' moves gave each seat of each match, shape (matches, 2)."""
        played = self.option == self.move[self.other]
        share = played - self._chance[self.option]
        found = np.zeros((matches, 2))
        np.add.at(found, self.match[self.other], share[:, None] * self.worth)
        return found

    def influence(self, target: Codes, weight: Floats, deals: int) -> Floats:
        """How much each deal moves sums of scores by its part in the policies that were counted.

        Args:
            target: Which sum each seat of each match adds to, shape (matches, 2).
            weight: With which weight, times the factor that `given` is multiplied by; the same shape.
            deals: How many there are.

        Returns:
            Shape (targets, deals).
        """
        match = self.match[self.other]
        pulls = sparse.coo_array(
            (
                (self.worth * weight[match]).ravel(),
                (np.repeat(self.option, 2), target[match].ravel()),
            ),
            shape=(len(self._policy_of), int(target.max()) + 1),
        ).tocsr()
        policies, moves = len(self._visits), len(self._policy_of)
        belongs = sparse.coo_array(
            (np.ones(moves), (np.arange(moves), self._policy_of)), shape=(moves, policies)
        ).tocsr()
        mean = belongs.T @ (pulls * self._chance[:, None])
        beyond = pulls - belongs @ mean
        here = self.policy * deals + self.deal
        places, at = np.unique(here, return_inverse=True)
        rest = self._visits[places // deals] - np.bincount(at)
        share = np.where(rest > 0, 1 / np.maximum(rest, 1), 0.0)[at]
        counted = sparse.coo_array((share, (self.deal, self.move)), shape=(deals, moves)).tocsr()
        found: Any = counted @ beyond
        moved: Floats = found.toarray().T
        return moved
