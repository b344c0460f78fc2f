"""What a player's moves gave away against a pool: other players' moves, as they were seen.

A move's regret is what the best response to the pool earns beyond the move, by what the seat knew. No move is
graded with hindsight: the deals are split into three parts, and a decision is graded by what was seen on the
two parts that its own deal is not in.

    plug-in  the regret against the best response to both parts together. Biased up, since a best response
             fits the noise in what was seen too
    lower    the best response is fitted on one of the two parts and evaluated on the other; the mean of both
             ways round. A response fitted to noise gains nothing on the other part

Half an observation of an equilibrium (`PolicyOracle.equilibrium_policy`) is added at each information set:
where nothing was seen, no opponent is taken to blunder, and no move is wrong for not having tried to exploit
it. So a weakness that was hardly ever seen counts for less than it is, in the plug-in too.

The interval goes from the 2.5 % quantile of the lower end to the 97.5 % quantile of the plug-in, by Bayesian
bootstrap over deals (D. Rubin, 1981): each deal weighs as much as an exponential draw says, and the added
observation as a gamma draw. Where a deal shows one move, these are draws from a Dirichlet posterior. A single
decision has an interval too. It is labelled only where each draw says that the best move earns more, and the
move is no error by itself.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gtbench.game.oracle import TIE, best_of
from gtbench_leaderboards.estimate.bootstrap import FEWEST, SEED
from gtbench_leaderboards.estimate.jackknife import ratio
from gtbench_leaderboards.estimate.ratio import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from gtbench.game.oracle import BestResponse, Oracle, Policy, PolicyOracle

    Floats = NDArray[np.float64]
    ActionValues = Mapping[str, Mapping[int, float]]

PARTS = 3
DRAWS = 100
MOST_INFORMATION_SETS = 200
"""A larger game has fewer draws, and no draws of what was not seen."""
DRAWS_IF_LARGE = 40
"""There a draw takes a tenth of a second."""
ADDED = 0.5
"""How many observations of an equilibrium are added at each information set."""
TAILS = (1 - LEVEL) / 2, (1 + LEVEL) / 2

Where = dict[str, tuple[Any, int]]
"""An engine's state at each information set, and the seat that is asked there."""


class Move(NamedTuple):
    """A move at an information set."""

    information_set: str
    action: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A move that was seen, and where."""

    match: int
    place: int  # of the turn in the match
    deal: int
    move: Move


@dataclass(frozen=True, slots=True)
class PoolGrade:
    """What one decision gave away against the pool; see this module."""

    regret: float  # the plug-in
    low: float | None  # the interval
    high: float | None
    best: tuple[str, ...]  # the best moves, in words
    labels: tuple[str, ...]  # the errors against these opponents


@dataclass(frozen=True, slots=True)
class Against:
    """One player's decisions in one game, graded by its pools; means a decision, in the game's own units."""

    decisions: Mapping[tuple[int, int], PoolGrade]  # by match and turn; those that could be graded
    lower: float | None
    plug_in: float | None
    low: float | None
    high: float | None


def combine(graders: Sequence[PoolGrader]) -> Against:
    """Combine what one player gave away against each pool that it met."""
    graders = [grader for grader in graders if grader.pool.whole]
    decisions = {where: grade for grader in graders for where, grade in grader.decisions().items()}
    if not decisions:
        return Against({}, None, None, None, None)
    draws = min(grader.pool.draws for grader in graders)
    sums = np.sum([grader.sums()[: 1 + draws] for grader in graders], axis=0)
    lower, plug_in = ratio(sums[..., 0], sums[..., 1]).T
    low = max(0.0, float(np.nanquantile(lower[1:], TAILS[0]))) if draws else None
    high = float(np.nanquantile(plug_in[1:], TAILS[1])) if draws else None
    return Against(decisions, max(0.0, float(lower[0])), float(plug_in[0]), low, high)


class Pool:
    """Moves that were seen, as a policy that has a best response.

    Draw 0 is how it was seen, and 1 to `draws` are those of the bootstrap.
    """

    def __init__(self, oracle: PolicyOracle, where: Where, seen: Sequence[Seen]) -> None:
        self.oracle, self.where, self.seen = oracle, where, seen
        small = len(oracle.default_policy) <= MOST_INFORMATION_SETS
        equilibrium = oracle.equilibrium_policy
        information_sets = equilibrium if small else dict.fromkeys(one.move.information_set for one in seen)
        prior = {Move(name, a): ADDED * p for name in information_sets for a, p in equilibrium[name].items()}
        self._columns, self._prior = list(prior), np.array(list(prior.values()), np.float64)
        self._deals = sorted({one.deal for one in seen})
        self._counts = counted(seen, self._deals, self._columns)
        draws = DRAWS if small else DRAWS_IF_LARGE
        self.draws = draws if len(self._deals) >= FEWEST else 0

    @property
    def whole(self) -> bool:
        """Whether each part has something in it; else nothing can be graded."""
        return len(set(map(part_of, self._deals))) == PARTS

    @cached_property
    def _priors(self) -> Floats:
        """How much the added observations count by each draw; shape (1 + draws, columns)."""
        drawn = np.random.default_rng(SEED).gamma(self._prior, size=(self.draws, len(self._prior)))
        return np.concatenate([self._prior[None], drawn])

    @cached_property
    def _weights(self) -> Floats:
        return weights(self._deals)

    def _policy(self, draw: int, counts: Callable[[int], bool]) -> Policy:
        """How the pool plays on the deals of the parts that count."""
        deals = self._weights[draw] * [counts(part_of(deal)) for deal in self._deals]
        totals = (deals @ self._counts + self._priors[draw]).tolist()
        policy: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for (name, action), total in zip(self._columns, totals, strict=True):
            policy[name][action] = total
        return policy

    def _without(self, draw: int) -> list[BestResponse]:
        """The best response to all but each part."""
        return [self.oracle.against(self._policy(draw, part.__ne__)) for part in range(PARTS)]

    @cached_property
    def responses(self) -> list[BestResponse]:
        """By part, the best response that grades the decisions on the part's deals: fitted on the others."""
        return self._without(0)

    @cached_property
    def _fitted(self) -> list[BestResponse]:
        """The best response to each part."""
        return [self.oracle.against(self._policy(0, part.__eq__)) for part in range(PARTS)]

    def _action_values(self, paid: Oracle) -> ActionValues:
        """The action values at each information set where they are known."""
        found = ((name, paid.action_values(*place)) for name, place in self.where.items())
        return {name: values for name, values in found if values}

    @cached_property
    def plug_in(self) -> list[list[ActionValues]]:
        """The action values after the response that grades a part's decisions; by draw and part."""
        by_draw = (self._without(draw) if draw else self.responses for draw in range(1 + self.draws))
        return [list(map(self._action_values, responses)) for responses in by_draw]

    @cached_property
    def fitted(self) -> list[ActionValues]:
        """The action values after the best response to each part."""
        return list(map(self._action_values, self._fitted))

    @cached_property
    def paid(self) -> list[dict[tuple[int, int], ActionValues]]:
        """The action values after the response fitted on one part, evaluated on another; by draw and both."""
        found = []
        for draw in range(1 + self.draws):
            pays = [self._policy(draw, part.__eq__) for part in range(PARTS)]
            pairs = permutations(range(PARTS), 2)
            found.append({(i, j): self._action_values(self._fitted[i].paid_by(pays[j])) for i, j in pairs})
        return found


class PoolGrader:
    """A player's moves, graded by a pool."""

    def __init__(self, pool: Pool, own: Sequence[Seen]) -> None:
        self.pool, self.own = pool, own
        self._deals = sorted({seen.deal for seen in own})
        self._moves = list(dict.fromkeys(seen.move for seen in own))
        self._counts = counted(own, self._deals, self._moves)

    def _losses(self, paid: ActionValues, by: ActionValues) -> Floats:
        """The regret of each of the player's moves by `paid`, best moves by `by`; nan where unknown."""
        best = {
            name: best_of(by[name])[0] for name in {move.information_set for move in self._moves} & by.keys()
        }
        return np.array([
            paid[name][best[name]] - paid[name][action] if name in paid and name in best else math.nan
            for name, action in self._moves
        ])  # fmt: skip

    @cached_property
    def losses(self) -> Floats:
        """What each move on each part's deals gives away, first as seen, then by each draw.

        Shape (1 + draws, 3, parts, moves). The three: the lower end; the plug-in; and the regret against the
        best move of draw 0.
        """
        pool, found = self.pool, []
        for plug_in, paid in zip(pool.plug_in, pool.paid, strict=True):
            crossed = {pair: self._losses(values, pool.fitted[pair[0]]) for pair, values in paid.items()}
            pairs = [[pair for pair in crossed if part not in pair] for part in range(PARTS)]
            found.append([
                [sum(crossed[pair] for pair in both) / len(both) for both in pairs],
                [self._losses(values, values) for values in plug_in],
                [self._losses(values, seen) for values, seen in zip(plug_in, pool.plug_in[0], strict=True)],
            ])  # fmt: skip
        return np.array(found)

    def sums(self) -> Floats:
        """The sum of what the decisions gave away, and how many could be graded; deals weighted by each draw.

        Shape (1 + draws, 2, 2): the lower end and the plug-in; the sum and its divisor.
        """
        parts = np.array(list(map(part_of, self._deals)))
        found = []
        for deals, losses in zip(weights(self._deals), self.losses[:, :2], strict=False):
            made = deals[:, None] * self._counts
            made = np.array([made[parts == part].sum(axis=0) for part in range(PARTS)])
            known = ~np.isnan(losses)
            found.append([(made * np.where(known, losses, 0)).sum((1, 2)), (made * known).sum((1, 2))])
        return np.array(found).swapaxes(1, 2)

    def decisions(self) -> dict[tuple[int, int], PoolGrade]:
        """The grade of each decision that has one, by match and turn."""
        grade = cache(self._grade)
        all_ = ((seen, grade(part_of(seen.deal), seen.move)) for seen in self.own)
        return {(seen.match, seen.place): found for seen, found in all_ if found}

    def _grade(self, part: int, move: Move) -> PoolGrade | None:
        """The grade of a move made on one of a part's deals; None where it cannot be said."""
        (state, seat), response = self.pool.where[move.information_set], self.pool.responses[part]
        values = self.pool.plug_in[0][part].get(move.information_set)
        if values is None:
            return None
        _, plug_in, as_seen = self.losses[:, :, part, self._moves.index(move)].T
        low = high = None
        labels: tuple[str, ...] = ()
        if self.pool.draws:
            low = max(0.0, float(np.nanquantile(as_seen[1:], TAILS[0])))
            high = float(np.nanquantile(plug_in[1:], TAILS[1]))
            verdict = self.pool.oracle.grade(state, seat, move.action)
            wrong_by_itself = verdict is not None and move.action not in verdict.best
            if np.nanmin(as_seen[1:]) > TIE and not wrong_by_itself:
                labels = response.labels(state, seat, move.action, values)
        best = tuple(map(self.pool.oracle.game.say, best_of(values)))
        return PoolGrade(float(plug_in[0]), low, high, best, labels)


def part_of(deal: int) -> int:
    """The part that a deal is in."""
    return deal % PARTS


def weights(deals: Sequence[int]) -> Floats:
    """The weight of each deal: 1 in draw 0, then as drawn; the same for every player.

    Shape (1 + DRAWS, deals).
    """
    return np.stack([_weight(deal) for deal in deals], axis=1)


@cache
def _weight(deal: int) -> Floats:
    return np.concatenate([[1.0], np.random.default_rng([SEED, deal]).exponential(size=DRAWS)])


def counted(seen: Sequence[Seen], deals: Sequence[int], moves: Sequence[Move]) -> Floats:
    """How often each move was made on each deal; shape (deals, moves)."""
    found = np.zeros((len(deals), len(moves)))
    rows = {deal: row for row, deal in enumerate(deals)}
    columns = {move: column for column, move in enumerate(moves)}
    for one in seen:
        found[rows[one.deal], columns[one.move]] += 1
    return found
