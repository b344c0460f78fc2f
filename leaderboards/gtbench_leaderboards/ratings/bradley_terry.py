"""Bradley-Terry strengths from scores, with the advantage of the first seat (Bradley and Terry, 1952).

The expected share of a seat is `1 / (1 + exp(-(own - other + seat)))`, where `seat` is the game's advantage
of player_0. Shares between 0 and 1 (draws, payoffs) enter as they are: a quasi-likelihood (Papke and
Wooldridge, 1996), in which a draw is half a win. Every game weighs the same, however many matches it has. A
small ridge keeps strengths finite where somebody was never beaten; Newton's steps are halved until the
penalised likelihood grows. Standard errors are a sandwich, clustered by deal.

Strengths are told on the scale of Elo: 400 points are odds of 10 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse, special

from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ranks import met
from gtbench_leaderboards.estimate.ratio import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.results import Results

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]
    Sparse = sparse.csr_array

ELO = 400 / math.log(10)
RIDGE = 1e-2
"""As much as a hundredth of a match of average weight against an agent of mean strength."""
STEPS = 100
CLOSE = 1e-12
"""A step that is smaller is none; and so is what rounding takes of a likelihood, as a part of it."""


class Strength(Record):
    """How strong an agent is, all games together."""

    agent: str
    matches: int
    strength: float  # in points of Elo; the mean of all agents that are connected by matches is 0
    strength_low: float | None
    strength_high: float | None
    strength_why: str


COLUMNS = (
    Column("agent", key=True, agent=True),
    Column("matches", form="d"),
    Column(
        "strength",
        form="+.0f",
        interval=("strength_low", "strength_high", "strength_why"),
        help="Points on the scale of Elo, 0 in the mean: 400 more are odds of 10 to 1.",
    ),
)

VIEWS = (View("Strengths"),)

NOTES = (
    "Strength: Bradley-Terry on scores, every game weighing the same, with an advantage of the first seat in "
    "each; 0 is the mean, 400 points are odds of 10 to 1. Intervals: 95 %, clustered by deal."
)


@dataclass(frozen=True, slots=True)
class Contests:
    """What strengths are fitted to: one entry a match, from player_0's side."""

    first: Codes
    second: Codes
    game: Codes
    cluster: Codes
    """The deal, numbered over all games."""
    share: Floats
    """What player_0 had, as a share of both, 0 to 1."""
    weight: Floats


@dataclass(frozen=True, slots=True)
class Strengths:
    """Each agent's strength in points of Elo, 0 in the mean, and what they were estimated with."""

    points: Floats
    """Shape (agents,)."""
    errors: Floats
    """Shape (agents,): standard errors."""
    seat: Floats
    """Shape (games,): the advantage of player_0."""
    clusters: int

    def interval(self, agent: int) -> tuple[float, float] | None:
        """The 95 % interval of a strength; None with fewer than two deals."""
        if self.clusters < 2:  # noqa: PLR2004
            return None
        half = float(special.stdtrit(self.clusters - 1, (1 + LEVEL) / 2)) * float(self.errors[agent])
        return float(self.points[agent]) - half, float(self.points[agent]) + half


def report(log: RunLog) -> Report[Strength]:
    """Bradley-Terry strengths of all games."""
    results = with_ranges(log)
    games = [game for game in by_game(results) if game.weight.any()] if len(results) else []
    if not games:
        return Report((), COLUMNS, NOTES, views=VIEWS)
    names = games[0].agents
    pairs = {pair for game in games for pair in zip(game.agent.tolist(), game.opponent.tolist(), strict=True)}
    (group, *others) = met(len(names), list(pairs))
    played = np.sum([game.by_agent(np.ones_like(game.reward)) for game in games], axis=0)
    told = fit(contests(games), len(names))
    rows = [_row(told, i, names[i], int(played[i])) for i in group]
    alone = sorted(names[i] for one in others for i in one)
    left = f" Not connected by matches, and left out: {', '.join(alone)}." if alone else ""
    rows.sort(key=lambda row: -row.strength)
    return Report(tuple(rows), COLUMNS, NOTES + left, views=VIEWS)


def _row(told: Strengths, place: int, agent: str, matches: int) -> Strength:
    """An agent's row."""
    low, high = told.interval(place) or (None, None)
    why = "" if low is not None else "one deal is too few"
    return Strength(
        agent=agent,
        matches=matches,
        strength=float(told.points[place]),
        strength_low=low,
        strength_high=high,
        strength_why=why,
    )


def contests(games: Sequence[Results]) -> Contests:
    """The matches of some games; each game weighs as much as it would with the mean number of matches."""
    parts, clusters = [], 0
    total = sum(int((game.seat == 0).sum()) for game in games)
    for place, game in enumerate(games):
        first = np.flatnonzero(game.seat == 0)
        other = _opposite(game, first)
        share = (1 + game.share[first] - game.share[other]) / 2
        weight = np.full(len(first), total / len(games) / len(first))
        code = np.full(len(first), place)
        parts.append(
            (game.agent[first], game.opponent[first], code, game.deal[first] + clusters, share, weight)
        )
        clusters += game.deals
    return Contests(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _opposite(game: Results, first: Codes) -> Codes:
    """For each entry of player_0 the entry of player_1 of the same match."""
    second = np.flatnonzero(game.seat == 1)
    order = second[np.argsort(game.match[second], kind="stable")]
    found: Codes = order[np.searchsorted(game.match[order], game.match[first])]
    return found


def fit(found: Contests, agents: int, *, seat: bool = True, ridge: float = RIDGE) -> Strengths:
    """The strengths that fit these matches best.

    Args:
        found: The matches.
        agents: How many there are; one without a match has strength 0.
        seat: Whether player_0 may have an advantage, one for each game.
        ridge: How strongly strengths are drawn to 0.
    """
    games = int(found.game.max()) + 1
    design = _design(found, agents, games, seat=seat)
    penalty = np.full(agents + games, ridge)
    strengths = np.zeros(agents + games)
    value = _likelihood(design, found, strengths, penalty)
    for _ in range(STEPS):
        expected = 1 / (1 + np.exp(-design @ strengths))
        gradient = design.T @ (found.weight * (found.share - expected)) - penalty * strengths
        curvature = _curvature(design, found.weight * expected * (1 - expected), penalty)
        step = np.linalg.solve(curvature, gradient)
        rounding = CLOSE * max(1.0, abs(value))
        while (grown := _likelihood(design, found, strengths + step, penalty)) < value - rounding:
            step /= 2
        strengths, value = strengths + step, grown
        if np.abs(step).max() < CLOSE:
            break
    return _told(design, found, strengths, penalty, agents)


def _design(found: Contests, agents: int, games: int, *, seat: bool) -> Sparse:
    """A row a match: 1 for player_0, -1 for player_1, and 1 for its seat in the game."""
    rows = np.arange(len(found.share))
    ones = np.ones(len(rows))
    parts = [(ones, found.first), (-ones, found.second), *([(ones, agents + found.game)] if seat else [])]
    values, columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return sparse.csr_array((values, (np.tile(rows, len(parts)), columns)), (len(rows), agents + games))


def _curvature(design: Sparse, weight: Floats, penalty: Floats) -> Floats:
    """The negative second derivative of the penalised likelihood."""
    found: Floats = (design.T @ (sparse.diags_array(weight) @ design)).toarray() + np.diag(penalty)
    return found


def _likelihood(design: Sparse, found: Contests, strengths: Floats, penalty: Floats) -> float:
    """The penalised quasi-likelihood of these strengths."""
    margin = design @ strengths
    fit_ = found.weight @ (found.share * margin - np.logaddexp(0, margin))
    return float(fit_ - penalty @ strengths**2 / 2)


def _told(design: Sparse, found: Contests, strengths: Floats, penalty: Floats, agents: int) -> Strengths:
    """Strengths with their sandwich errors, on the scale of Elo."""
    expected = 1 / (1 + np.exp(-design @ strengths))
    bread = np.linalg.inv(_curvature(design, found.weight * expected * (1 - expected), penalty))
    clusters = int(found.cluster.max()) + 1
    rest = found.weight * (found.share - expected)
    by_cluster = sparse.csr_array((rest, (found.cluster, np.arange(len(rest)))), (clusters, len(rest)))
    pulls = (by_cluster @ design).toarray()
    factor = clusters / (clusters - 1) if clusters > 1 else 1.0
    variance = factor * bread @ (pulls.T @ pulls) @ bread
    centred = np.eye(len(strengths))
    centred[:agents, :agents] -= 1 / agents
    variance = centred @ variance @ centred.T
    points = strengths[:agents] - strengths[:agents].mean()
    errors = np.sqrt(np.maximum(0.0, np.diag(variance)[:agents]))
    return Strengths(ELO * points, ELO * errors, ELO * strengths[agents:], clusters)
