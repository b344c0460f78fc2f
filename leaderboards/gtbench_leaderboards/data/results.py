"""The results of a log as arrays: one entry a match and seat, agents, games and deals as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]
    Flags = NDArray[np.bool_]

OVERALL = "overall"
"""What the mean over games is called where a game's name stands."""


@dataclass(frozen=True, slots=True)
class Results:
    """What each seat of each match had, in one game; every array has one entry a match and seat."""

    game: str
    agents: tuple[str, ...]
    """Of the whole log: all games have the same places."""
    deals: int
    match: Codes
    seat: Codes
    agent: Codes
    opponent: Codes
    deal: Codes
    """Numbered from 0 without gaps."""
    share: Floats
    """The reward as a share of what the seat could have had, 0 to 1; 0 where that is not known."""
    luck: Floats
    """What chance gave of the share; 0 where that is not known."""
    weight: Floats
    """How much the match counts beside others of the game; 0 where its range is not known."""
    reward: Floats
    opponent_reward: Floats
    zero_sum: Flags
    forfeited: Flags
    decided_by_forfeit: Flags
    rows: pd.DataFrame
    """All columns of these entries, as `RunLog.results()` gives them."""

    def column(self, *names: str) -> Floats:
        """The sum of some columns of numbers."""
        found: Floats = self.rows[[*names]].to_numpy(np.float64).sum(axis=1)
        return found

    def by_deal(self, values: Floats, keep: Flags | None = None) -> Floats:
        """Sums over the matches of each agent on each deal, shape (agents, deals)."""
        shape = len(self.agents), self.deals
        place = self.agent * self.deals + self.deal
        if keep is not None:
            values, place = values[keep], place[keep]
        return np.bincount(place, values, shape[0] * shape[1]).astype(np.float64).reshape(shape)

    def by_pair(self, values: Floats) -> Floats:
        """Sums over the matches of each two agents on each deal, shape (agents, agents, deals)."""
        agents = len(self.agents)
        place = (self.agent * agents + self.opponent) * self.deals + self.deal
        found = np.bincount(place, values, agents * agents * self.deals).astype(np.float64)
        return found.reshape(agents, agents, self.deals)

    def by_agent(self, values: Floats) -> Floats:
        """Sums over the matches of each agent, shape (agents,)."""
        return np.bincount(self.agent, values, len(self.agents)).astype(np.float64)


def by_game(results: pd.DataFrame) -> Iterator[Results]:
    """The results of each game, in the order in which games first stand in the log.

    Args:
        results: As `RunLog.results()` gives them.
    """
    agents = tuple(sorted(set(results["agent"].unique())))
    for game, part in results.groupby("game", observed=True, sort=False):
        deal, deals = pd.factorize(part["deal"], sort=True)  # whatever the order of rows
        reward, opponent_reward = (part[name].to_numpy(np.float64) for name in ("reward", "opponent_reward"))
        weight = np.nan_to_num(part["weight"].to_numpy(np.float64))
        low, high = (part[name].to_numpy(np.float64) for name in ("low", "high"))
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip((reward - low) / (high - low), 0, 1)
            luck = np.nan_to_num(part["luck"].to_numpy(np.float64) / (high - low))
        yield Results(
            game=str(game),
            agents=agents,
            deals=len(deals),
            match=part["match"].to_numpy(np.int64),
            seat=part["seat"].to_numpy(np.int64),
            deal=deal.astype(np.int64),
            share=np.where(weight > 0, share, 0.0),
            luck=np.where(weight > 0, luck, 0.0),
            weight=weight,
            zero_sum=part["zero_sum"].to_numpy(bool),
            forfeited=part["forfeited"].to_numpy(bool),
            decided_by_forfeit=part["termination"].isin(("forfeit", "time")).to_numpy(bool),
            agent=_codes(part["agent"], agents),
            opponent=_codes(part["opponent"], agents),
            reward=reward,
            opponent_reward=opponent_reward,
            rows=part,
        )


def _codes(names: pd.Series, agents: tuple[str, ...]) -> Codes:
    """Each name's place among the agents."""
    return pd.Categorical(names, categories=list(agents)).codes.astype(np.int64)
