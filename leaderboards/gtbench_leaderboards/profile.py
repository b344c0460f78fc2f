"""The error profile: what each agent did wrong, by game and kind of fault.

A decision is one seat asked for one move; it is faulty if at least one answer to it was. Rates come with
95 % intervals by bootstrap over deals.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from gtbench.errors import FaultKind
from gtbench.records import Match, Record, Report
from gtbench_leaderboards.statistics import REPLICATES, deal_weights, interval, interval_note, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gtbench.store import RunLog

ALL_GAMES = "all games"


class FaultProfile(Record):
    """One agent's faults in one game, or in all; counts of answers, but for `decisions` and `forfeits`."""

    agent: str
    game: str
    decisions: int
    empty: int
    truncated: int
    refused: int
    unparsable: int
    ambiguous: int
    illegal: int
    crashed: int
    timed_out: int
    rate: float | None  # the share of decisions with at least one fault; None without a decision
    rate_low: float | None
    rate_high: float | None
    forfeits: int  # matches


def report(log: RunLog) -> Report[FaultProfile]:
    """The error profile of a run."""
    return profile(log.matches())


def profile(matches: Sequence[Match]) -> Report[FaultProfile]:
    """Every agent's row over all games, then in each game; none without a match."""
    if not matches:
        return Report((), "")
    games = list(dict.fromkeys(match.game for match in matches))
    agents = dict.fromkeys(agent for match in matches for agent in match.agents)
    rows = tuple(
        _row(
            agent, label, [match for match in matches if agent in match.agents and match.game in among], games
        )
        for agent in agents
        for label, among in [(ALL_GAMES, games), *((game, [game]) for game in games)]
    )
    fewest = min(len({match.deal for match in matches if match.game == game}) for game in games)
    notes = (
        "Faults are counted by answer; a second faulty answer to the same question, or time that is up, "
        "forfeits the match. "
        "Faulty: the share of decisions with at least one fault. "
    )
    return Report(rows, notes + interval_note(fewest))


def _row(agent: str, label: str, matches: Sequence[Match], games: Sequence[str]) -> FaultProfile:
    """One agent's faults in these matches."""
    kinds: Counter[str] = Counter()
    decisions: Counter[tuple[str, int]] = Counter()  # by game and deal
    faulty: Counter[tuple[str, int]] = Counter()
    for match in matches:
        for turn in match.turns:
            if match.agents[turn.seat] == agent:
                kinds.update(fault.kind for fault in turn.faults)
                decisions[match.game, match.deal] += 1
                faulty[match.game, match.deal] += bool(turn.faults)
    low, high = _bounds(decisions, faulty, games) or (None, None)
    return FaultProfile(
        agent=agent,
        game=label,
        decisions=decisions.total(),
        **{kind.value: kinds[kind] for kind in FaultKind},
        rate=faulty.total() / decisions.total() if decisions else None,
        rate_low=low,
        rate_high=high,
        forfeits=sum(match.agents[seat] == agent for match in matches for seat in match.forfeited_by),
    )


def _bounds(
    decisions: Counter[tuple[str, int]], faulty: Counter[tuple[str, int]], games: Sequence[str]
) -> tuple[float, float] | None:
    """The interval of the rate; None where there is nothing to resample."""
    top = np.zeros(REPLICATES)
    bottom = np.zeros(REPLICATES)
    fewest = []
    for stratum, game in enumerate(games):
        deals = sorted(deal for name, deal in decisions if name == game)
        if deals:
            weights = deal_weights(len(deals), stratum)
            top += weights @ np.array([faulty[game, deal] for deal in deals])
            bottom += weights @ np.array([decisions[game, deal] for deal in deals])
            fewest.append(len(deals))
    return interval(ratio(top, bottom), min(fewest)) if fewest else None
