"""Standings: score and NRA of each agent, by game and overall, with intervals and honest ties.

Points are the paper's f: in a zero-sum game 1 for a win, 0.5 for a draw, 0 for a loss, else the reward.

    NRA    normalized relative advantage (arXiv 2402.12348): (own - opponents' points) / (both), a ratio of
           sums over matches; absolute values in the denominator keep it in [-1, 1] where points can be
           negative. Undefined while nobody has a point.
    score  (1 + NRA) / 2: the share of the points, in a zero-sum game the mean of wins and half the draws.

Overall is the mean over games, so that no game outweighs another by the size of its rewards or by its
number of matches. The reward is the mean payoff of a match in the game's own units; NRA and score compare
agents and are blind to it (two that always cooperate look like two that always defect).

The rank is 1 plus the number of agents that are better: whose NRA is higher in the whole interval of the
difference, deals drawn jointly. The intervals are so wide that all ranks of a table are right together with
95 % (Bonferroni over its pairs). Equal ranks are ties; where too few deals were played to tell any two agents
apart there is no rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gtbench.records import Match, Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.estimate.statistics import (
    LEVEL,
    deal_weights,
    interval,
    interval_note,
    mean_of_defined,
    ratio,
    surely_positive,
    too_few,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.estimate.statistics import Floats

OVERALL = "overall"


class Standing(Record):
    """One agent's row in one game, or overall; figures are None where they are undefined."""

    game: str
    rank: int | None  # None where too few deals were played to rank
    tied: bool
    agent: str
    matches: int
    score: float | None
    score_low: float | None
    score_high: float | None
    nra: float | None
    nra_low: float | None
    nra_high: float | None
    reward: float | None  # mean payoff of a match; None overall, where units differ
    forfeits: int  # matches
    deals: int  # played, in the game that has fewest


COLUMNS = (
    Column("game", key=True, help="The game; overall is the mean over games, so that each counts alike."),
    Column(
        "rank",
        key=True,
        also=("tied",),
        form=lambda row: "-" if row.rank is None else f"{row.rank}{'=' if row.tied else ''}",
        help="1 plus the number of agents that are surely better; = marks ties, - too few deals to rank.",
    ),
    Column("agent", key=True, agent=True),
    Column("matches", form="d"),
    Column("forfeits", form="d", help="Matches that the agent forfeited."),
    Column("reward", form=".2f", help="Mean payoff of a match, in the game's own units."),
    Column(
        "score",
        form=".2f",
        interval=("score_low", "score_high", "deals"),
        help="The share of the points, 0 to 1; in a zero-sum game that of wins, draws counting half.",
    ),
    Column(
        "nra",
        title="NRA",
        form="+.2f",
        interval=("nra_low", "nra_high", "deals"),
        help="Normalized relative advantage: (own - opponents' points) / (both), -1 to 1.",
    ),
)


def points(match: Match) -> tuple[float, float]:
    """The points of each seat: the paper's f."""
    first, second = match.rewards
    if not match.zero_sum:
        return first, second
    won = (float(np.sign(first - second)) + 1) / 2
    return won, 1 - won


@dataclass(frozen=True, slots=True)
class _Estimates:
    """The NRA of each agent in one game or overall: the figure, and its replicates."""

    nra: Floats  # shape (agents,)
    replicates: Floats  # shape (REPLICATES, agents)
    deals: int  # played, in the game that has fewest
    matches: Floats  # shape (agents,)
    rewards: Floats  # shape (agents,): the mean payoff of a match
    forfeits: Floats  # shape (agents,)


def report(log: RunLog) -> Report[Standing]:
    """Score and NRA of each agent, with intervals."""
    return standings(log.matches())


def _reported(rows: Sequence[Standing], notes: str) -> Report[Standing]:
    return Report(tuple(rows), COLUMNS, notes, split=("game",), views=(View("Standings: {game}"),))


def standings(matches: Sequence[Match]) -> Report[Standing]:
    """Every agent's row overall, then in each game, each table from the best down; none without a match."""
    if not matches:
        return _reported((), "")
    agents = sorted({agent for match in matches for agent in match.agents})
    games = list(dict.fromkeys(match.game for match in matches))
    by_game = [
        _estimate([match for match in matches if match.game == game], agents, stratum)
        for stratum, game in enumerate(games)
    ]
    overall = _Estimates(
        nra=mean_of_defined(np.stack([estimates.nra for estimates in by_game])),
        replicates=mean_of_defined(np.stack([estimates.replicates for estimates in by_game])),
        deals=min(estimates.deals for estimates in by_game),
        matches=np.sum([estimates.matches for estimates in by_game], axis=0),
        rewards=np.full(len(agents), np.nan),
        forfeits=np.sum([estimates.forfeits for estimates in by_game], axis=0),
    )
    rows = _rows(OVERALL, agents, overall)
    for game, estimates in zip(games, by_game, strict=True):
        rows += _rows(game, agents, estimates)
    notes = (
        "Score: the share of the points, 0 to 1. NRA: (own - opponents' points) / (both). A win counts 1, a "
        "draw 0.5; in games that are not zero-sum points are rewards. Overall: the mean over games. Reward: "
        "the mean payoff of a match. Rank: 1 + the number of agents that are surely better (all ranks of a "
        "table together: 95 %); = marks ties, - too few deals to rank. "
    )
    return _reported(rows, notes + interval_note(overall.deals))


def _estimate(matches: Sequence[Match], agents: Sequence[str], stratum: int) -> _Estimates:
    """The NRA of each agent in the matches of one game."""
    deals = sorted({match.deal for match in matches})
    difference = np.zeros((len(deals), len(agents)))
    total = np.zeros_like(difference)
    count = np.zeros(len(agents))
    rewards = np.zeros(len(agents))
    forfeits = np.zeros(len(agents))
    for match in matches:
        own = points(match)
        for seat, agent in enumerate(match.agents):
            cell = deals.index(match.deal), agents.index(agent)
            difference[cell] += own[seat] - own[1 - seat]
            total[cell] += abs(own[seat]) + abs(own[1 - seat])
            count[cell[1]] += 1
            rewards[cell[1]] += match.rewards[seat]
            forfeits[cell[1]] += seat in match.forfeited_by
    weights = deal_weights(len(deals), stratum)
    return _Estimates(
        nra=ratio(difference.sum(axis=0), total.sum(axis=0)),
        replicates=ratio(weights @ difference, weights @ total),
        deals=len(deals),
        matches=count,
        rewards=ratio(rewards, count),
        forfeits=forfeits,
    )


def _rows(game: str, agents: Sequence[str], estimates: _Estimates) -> list[Standing]:
    """The table of one game or overall, from the best down."""
    ranks = _ranks(estimates)
    rows = []
    for i, agent in enumerate(agents):
        low, high = interval(estimates.replicates[:, i], estimates.deals) or (None, None)
        nra = _defined(estimates.nra[i])
        rows.append(
            Standing(
                game=game,
                rank=ranks[i],
                tied=ranks[i] is not None and ranks.count(ranks[i]) > 1,
                agent=agent,
                matches=int(estimates.matches[i]),
                score=_share(nra),
                score_low=_share(low),
                score_high=_share(high),
                nra=nra,
                nra_low=low,
                nra_high=high,
                reward=_defined(estimates.rewards[i]),
                forfeits=int(estimates.forfeits[i]),
                deals=estimates.deals,
            )
        )
    return sorted(rows, key=lambda row: (row.rank or 0, -(-2 if row.nra is None else row.nra), row.agent))


def _ranks(estimates: _Estimates) -> list[int | None]:
    """1 plus the number of better agents, for each agent; None for all where no pair could be told apart."""
    agents = range(estimates.replicates.shape[1])
    pairs = len(agents) * (len(agents) - 1) / 2
    level = 1 - (1 - LEVEL) / pairs
    if too_few(estimates.deals, level):
        return [None for _ in agents]
    return [
        1
        + sum(
            surely_positive(
                estimates.replicates[:, other] - estimates.replicates[:, agent], estimates.deals, level
            )
            for other in agents
        )
        for agent in agents
    ]


def _defined(value: float) -> float | None:
    """None for nan."""
    return None if np.isnan(value) else float(value)


def _share(nra: float | None) -> float | None:
    """The score that goes with an NRA."""
    return None if nra is None else (1 + nra) / 2
