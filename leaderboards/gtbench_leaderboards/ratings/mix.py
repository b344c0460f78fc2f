"""Ratings by who beats whom, cycles that are sure, and how few matches decide who is first.

    margin         what an agent scores more than the maximal lottery, against the agents in it; 0 for those,
                   below 0 for all others. An agent that is entered twice moves nobody else: its share of the
                   lottery is divided among both
    lottery        the agent's share of the maximal lottery, the mixture of agents that nobody beats
    alpha-rank     the share of time that a population which copies the better plays as the agent; a second
                   agent of a kind does move others' shares
    cycles         three agents of which each surely scores more than the next, the last more than the first
    first          how many pairs of matches, those that speak most for it, would have to be left out for
                   another to be first by score (see `gtbench_leaderboards.ratings.fragility`)

Margins of two agents are what one scores more than the other in their matches, the mean over the games in
which they met, 0 where they did not. The formulas stand in `gtbench_leaderboards.ratings.mixtures`. The
interval of a margin is by deal and takes the lottery as it is; "surely" is 95 % for all pairs (Holm).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gtbench.records import Record
from gtbench.report import Column, Report, View
from gtbench_leaderboards.data.ranges import with_ranges
from gtbench_leaderboards.data.results import by_game
from gtbench_leaderboards.estimate.ranks import difference, holm, met
from gtbench_leaderboards.estimate.ratio import LEVEL, Estimate, Ratios, estimate, ratios
from gtbench_leaderboards.ratings.fragility import first_by_score
from gtbench_leaderboards.ratings.mixtures import alpha_rank, maximal_lottery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gtbench.log.read import RunLog
    from gtbench_leaderboards.data.results import Results

    Floats = NDArray[np.float64]

MOST_CYCLES = 10
"""That are listed; all are counted."""


class Mixed(Record):
    """One agent beside the mixture that nobody beats."""

    agent: str
    margin: float | None
    margin_low: float | None
    margin_high: float | None
    margin_why: str
    lottery: float
    alpha_rank: float


COLUMNS = (
    Column("agent", key=True, agent=True),
    Column(
        "margin",
        form="+.3f",
        interval=("margin_low", "margin_high", "margin_why"),
        help="What it scores more than the maximal lottery, against the agents in it.",
    ),
    Column("lottery", form=".1%", help="Its share of the maximal lottery, the mixture that nobody beats."),
    Column(
        "alpha_rank", title="alpha-rank", form=".1%", help="Its share of a population that copies the better."
    ),
)

VIEWS = (View("Mix"),)

NOTES = (
    "Margin: what an agent scores more than the maximal lottery, the mixture of agents that nobody beats; an "
    "agent that is entered twice moves nobody else in it, but does in alpha-rank. Intervals: 95 %, by deal, "
    "the lottery taken as it is."
)


def report(log: RunLog) -> Report[Mixed]:
    """Maximal lottery and alpha-rank, cycles, who is surely first."""
    results = with_ranges(log)
    games = [game for game in by_game(results) if game.weight.any()] if len(results) else []
    if not games:
        return Report((), COLUMNS, NOTES, views=VIEWS)
    names = games[0].agents
    pairs = {pair for game in games for pair in zip(game.agent.tolist(), game.opponent.tolist(), strict=True)}
    (group, *others) = met(len(names), list(pairs))
    found = [_margins(game, group) for game in games]
    agents = [names[place] for place in group]
    rows = sorted(_rows(found, agents), key=lambda row: (-(row.margin or 0.0), -row.lottery))
    cycles = [tuple(agents[i] for i in cycle) for cycle in sure_cycles(found)]
    told = [_told(cycles), first_by_score(games, group)]
    if others:
        left = ", ".join(sorted(names[i] for one in others for i in one))
        told.append(f"Not connected by matches, and left out: {left}.")
    return Report(tuple(rows), COLUMNS, "\n".join([NOTES, *told]), views=VIEWS)


def _told(cycles: Sequence[tuple[str, ...]]) -> str:
    """What is said of cycles."""
    if not cycles:
        return "No cycle is sure."
    listed = "; ".join(" beats ".join((*cycle, cycle[0])) for cycle in cycles[:MOST_CYCLES])
    more = f"; and {len(cycles) - MOST_CYCLES} more" if len(cycles) > MOST_CYCLES else ""
    return f"{len(cycles)} sure cycle{'s' * (len(cycles) > 1)}: {listed}{more}."


@dataclass(frozen=True, slots=True)
class Margins:
    """What agents score more than each other in one game: a place a pair, the first before the second."""

    agents: int
    pairs: Ratios

    @property
    def matrix(self) -> Floats:
        """Antisymmetric, shape (agents, agents); nan where two have not met."""
        found = np.full((self.agents, self.agents), np.nan)
        first, second = np.triu_indices(self.agents, 1)
        found[first, second], found[second, first] = self.pairs.value, -self.pairs.value
        return found

    def against(self, mixture: Floats) -> Ratios:
        """What each agent scores more than a mixture, given as each one's share for each; by agent.

        Args:
            mixture: Shape (agents, agents); a row is what an agent is measured by.
        """
        first, second = np.triu_indices(self.agents, 1)
        value, pull = np.zeros(self.agents), np.zeros((self.agents, self.pairs.pull.shape[1]))
        deals, effective = np.full(self.agents, np.inf), np.full(self.agents, np.inf)
        for own, other, sign in ((first, second, 1.0), (second, first, -1.0)):
            share = mixture[own, other]
            np.add.at(value, own, sign * share * np.nan_to_num(self.pairs.value))
            np.add.at(pull, own, sign * share[:, None] * self.pairs.pull)
            counts = (self.pairs.deals > 0) & (share > 0)
            np.minimum.at(deals, own[counts], self.pairs.deals[counts])
            np.minimum.at(effective, own[counts], self.pairs.effective[counts])
        there = np.isfinite(deals)
        return Ratios(value, pull, np.where(there, deals, 0.0), np.where(there, effective, 0.0))


def _margins(game: Results, group: Sequence[int]) -> Margins:
    """The margins of the agents that are connected by matches, in one game."""
    at = np.ix_(list(group), list(group))
    gave, counted = game.by_pair(game.share * game.weight)[at], game.by_pair(game.weight)[at]
    first, second = np.triu_indices(len(group), 1)
    top, bottom = gave[first, second] - gave[second, first], counted[first, second] + counted[second, first]
    return Margins(len(group), ratios(top, bottom / 2))


def _rows(found: Sequence[Margins], agents: Sequence[str]) -> list[Mixed]:
    """Every agent's row."""
    whole = np.array([one.matrix for one in found])
    there = ~np.isnan(whole)
    games = np.maximum(there.sum(axis=0), 1)  # in which two have met
    margins = np.nan_to_num(whole).sum(axis=0) / games
    mixture, ranked = maximal_lottery(margins), alpha_rank(margins)
    counted = (there & (mixture > 0)).any(axis=2).sum(axis=0)  # the games in which an agent is measured
    against = [one.against(mixture * counted[:, None] / games) for one in found]
    return [
        Mixed(
            agent=agent,
            lottery=float(mixture[place]),
            alpha_rank=float(ranked[place]),
            **_margin(against, place).fields("margin"),
        )
        for place, agent in enumerate(agents)
    ]


def _margin(against: Sequence[Ratios], place: int) -> Estimate:
    """What an agent scores more than the mixture, with its interval."""
    found = estimate(against, place, low=-1.0)
    return Estimate(0.0, why="it is the lottery") if found.value is None else found


def sure_cycles(found: Sequence[Margins]) -> list[tuple[int, int, int]]:
    """Three agents of which each surely scores more than the next, the last more than the first."""
    agents = found[0].agents
    tested = {}
    for place, pair in enumerate(itertools.combinations(range(agents), 2)):
        both = [_two_sided(one.pairs, place) for one in found if one.pairs.deals[place]]
        if both:
            tested[pair] = difference(both, 0, 1)
    beats = np.zeros((agents, agents), dtype=bool)
    for (first, second), one in holm(tested, LEVEL):
        beats[(first, second) if (one.estimate.value or 0) > 0 else (second, first)] = True
    return [
        (i, j, k)
        for i in range(agents)
        for j in np.flatnonzero(beats[i]).tolist()
        for k in np.flatnonzero(beats[j] & beats[:, i]).tolist()
        if i < j and i < k
    ]


def _two_sided(pairs: Ratios, place: int) -> Ratios:
    """A margin as the difference of two agents' scores, for the test of differences."""
    sides = np.array([0.5, -0.5])
    return Ratios(
        sides * pairs.value[place],
        sides[:, None] * pairs.pull[place],
        np.full(2, pairs.deals[place]),
        np.full(2, pairs.effective[place]),
    )
